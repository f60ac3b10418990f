"""Budgets of a search, and what happens when one runs out."""

from __future__ import annotations

from dataclasses import dataclass

from quorate.errors import UsageError


@dataclass(frozen=True)
class Limits:
    """The most distinct states, levels, seconds and bytes a search may take; None is no limit.

    Raises UsageError for a limit that is not positive.
    """

    max_states: int | None = None
    max_depth: int | None = None
    max_time: float | None = None
    max_memory: int | None = None

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            if value is not None and value <= 0:
                raise UsageError(f"{name.replace('_', '-')} must be positive, not {value}")


class BudgetExhausted(Exception):  # noqa: N818 - an outcome of the search, not an error
    """A budget ran out; the message names it."""
