"""Every kind of mistake that Quorate finds in a model: one table, from which docs/errors.md is made."""

from __future__ import annotations

from quorate.compiler.catalogue.declarations import DECLARATIONS, WARNINGS
from quorate.compiler.catalogue.entry import Entry
from quorate.compiler.catalogue.names import CONSTRUCTS, NAMES
from quorate.compiler.catalogue.values import LOOPS, TYPES, WRITES

ENTRIES: tuple[Entry, ...] = tuple(
    sorted((*DECLARATIONS, *CONSTRUCTS, *NAMES, *TYPES, *LOOPS, *WRITES, *WARNINGS), key=lambda entry: entry.code)
)

__all__ = ["ENTRIES", "Entry"]
