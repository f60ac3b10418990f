"""Emission of the bits of `quorate.kernel.coverage`.

While a function runs its bits are in registers; at its end they are added to the job's.
"""

from __future__ import annotations

from quorate.kernel.builder import I64, Builder, Value, i64
from quorate.kernel.coverage import SITES_PER_WORD, Plan


class Observer:
    """Emits the setting of the bits in one entry point."""

    def __init__(self, builder: Builder, plan: Plan) -> None:
        self.b, self.plan = builder, plan
        self.places = {site: divmod(2 * k, 2 * SITES_PER_WORD) for k, site in enumerate(plan.sites)}
        self.words = [builder.variable(I64, i64(0)) for _ in range(plan.words)]

    def mark(self, site: int | None, which: int) -> None:
        """Set the first (0: true) or second (1: false) bit of a site, where the code comes by."""
        if site in self.places:
            word, bit = self.places[site]
            self.words[word].set(self.b.or_(self.words[word].get(), i64(1 << bit + which)))

    def flush(self, array: Value) -> None:
        """Add the bits to those of the job."""
        for offset, word in enumerate(self.words):
            at = self.plan.first + offset
            self.b.store_at(array, at, self.b.or_(self.b.load_at(array, at), word.get()))
