"""What comes of a saved counterexample that is taken again: a small closed set of dataclasses."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias, assert_never

from quorate.errors import Exit, Span
from quorate.trace import Data, Trace
from quorate.verdict import Violated, exit_code


@dataclass(frozen=True)
class Still:
    """The trace still shows what it showed, or fails on the way: `trace` is how it runs now."""

    trace: Trace
    name = "still"


@dataclass(frozen=True)
class Blocked:
    """The step to the state `number` (counted from 1) cannot be taken: `trace` is how it runs until there.

    `reason` is the condition that is false, at `span`; `cut` says that it is a bound's.
    """

    trace: Trace
    number: int
    action: str
    arguments: Mapping[str, Data]
    reason: str
    span: Span | None = None
    cut: bool = False
    name = "blocked"


@dataclass(frozen=True)
class Gone:
    """The trace runs to its end, `trace`, and no longer shows what it showed: `reason` says what is so now."""

    trace: Trace
    reason: str
    name = "gone"


@dataclass(frozen=True)
class Undecided:
    """Whether it still happens cannot be said: the model has no such action or property any more, or a bound is met."""

    reason: str
    name = "undecided"


Outcome: TypeAlias = Still | Blocked | Gone | Undecided


@dataclass(frozen=True)
class Divergence:
    """The first state (`number`, counted from 1) that is another than the recorded one, and where they differ."""

    number: int
    variables: tuple[str, ...]


@dataclass(frozen=True)
class Rerun:
    """What came of a recorded trace in a model as it is now. `gained` and `lost` are the variables that the model has
    and the trace has not, and the other way round; of the others `divergence` tells."""

    recorded: Trace
    outcome: Outcome
    gained: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()
    divergence: Divergence | None = None

    @property
    def exit_code(self) -> Exit:
        """The class of what the trace still shows; 0 if it no longer happens; 20 if that is not known.

        A witness of a reachable state is the other way round: 0 if it is one still. A counterexample to induction that
        is one still says that nothing is proved: 20. So does a trace that a bound blocks.
        """
        witness = self.recorded.kind == "reachable"
        match self.outcome:
            case Still(trace) if trace.fault is None and trace.kind in ("reachable", "induction"):
                return Exit.HOLDS if witness else Exit.INCONCLUSIVE
            case Still(trace):
                return exit_code(Violated(trace))
            case Blocked(cut=True) | Undecided():
                return Exit.INCONCLUSIVE
            case Blocked() | Gone():
                return Exit.INCONCLUSIVE if witness else Exit.HOLDS
            case _:
                assert_never(self.outcome)
