"""The option --faults: the faults that a model is checked with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from quorate.errors import UsageError
from quorate.finder import find_model
from quorate_reports.quantities import parse_count

if TYPE_CHECKING:
    from quorate.language.model import Model


def find_faulty(spec: str, faults: str | None) -> type[Model]:
    """The model that `spec` means, with the faults that a text such as `crash=1,partition=1` names.

    Raises LoadError, ParameterError and UsageError as `find_model` and `with_faults` do.
    """
    model = find_model(spec)
    if faults is None:
        return model
    from quorate import with_faults

    return with_faults(model, **parse_faults(faults))


def parse_faults(faults: str) -> dict[str, int]:
    """The budgets that a text such as `crash=1,partition=1` names. Raises UsageError."""
    budgets = {}
    for part in faults.split(","):
        name, _, budget = (piece.strip() for piece in part.partition("="))
        if not name or name in budgets:
            raise UsageError(f"--faults {faults}: a fault is missing or named twice", hint="write crash=1,partition=1")
        budgets[name] = parse_count(budget, f"--faults {name}") if budget else 1
    return budgets
