"""Budgets of a search, and what happens when one runs out."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

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


def memory_to_use() -> int | None:
    """Nine tenths of the memory that is free on this machine, in bytes; None where the system does not say.

    A search that takes more would be ended by the system, without a verdict.
    """
    try:
        with Path("/proc/meminfo").open() as lines:
            free = next(int(line.split()[1]) for line in lines if line.startswith("MemAvailable:"))
    except (OSError, StopIteration, ValueError):
        return None
    return free * 1024 * 9 // 10


class BudgetExhausted(Exception):  # noqa: N818 - an outcome of the search, not an error
    """A budget ran out; the message names it."""
