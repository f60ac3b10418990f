"""Verdicts and results: what a check found and what that is worth. A closed set of dataclasses, never a bool."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from quorate.errors import Exit, Span
from quorate.language.properties import TEMPORAL
from quorate.trace import Data, Trace


@dataclass(frozen=True)
class Cut:
    """A bound that limited the search: the source of its condition and how many steps (or states) it cut."""

    condition: str
    count: int
    span: Span | None = None


@dataclass(frozen=True)
class Holds:
    """True in the whole reachable space; no bound cut anything."""

    name = "holds"


@dataclass(frozen=True)
class HoldsWithinBounds:
    """True in every state within the bounds; `cuts` says which bounds cut how many steps."""

    cuts: tuple[Cut, ...]
    name = "holds within bounds"


@dataclass(frozen=True)
class Proved:
    """Inductive: true at every depth. `lemmas` are the names of the invariants the proof used beside it."""

    lemmas: tuple[str, ...] = ()
    name = "proved"


@dataclass(frozen=True)
class Violated:
    """False, and `trace` shows it."""

    trace: Trace
    name = "violated"


@dataclass(frozen=True)
class Vacuous:
    """Nothing was checked, or an expected state was never reached."""

    reason: str
    name = "vacuous"


@dataclass(frozen=True)
class Inconclusive:
    """Not known: `reason` names the budget that ran out, the interrupt, or the solver's answer."""

    reason: str
    name = "inconclusive"


Verdict: TypeAlias = Holds | HoldsWithinBounds | Proved | Violated | Vacuous | Inconclusive


@dataclass(frozen=True)
class Induction:
    """A counterexample to induction: states that satisfy every hypothesis, and a step by `action` after which
    `property` is false. It need not be reachable.

    `trace`, of the kind "induction", was replayed natively. `reachable` says whether a search found its first state;
    None if that is not known. `contradicts` names the invariants and lemmas, not among the hypotheses, that are false
    in the first state; `finding` says in a sentence what that means.
    """

    property: str
    action: str
    trace: Trace
    reachable: bool | None = None
    contradicts: tuple[str, ...] = ()
    finding: str = ""


@dataclass(frozen=True)
class Preservation:
    """What one action does to one property. `status` is "preserved", "broken" or "unknown" (`reason` says why)."""

    action: str
    status: str
    seconds: float
    reason: str = ""


@dataclass(frozen=True)
class Proof:
    """How far a proof of one property came.

    `status` is "inductive", "trivial" (no state of the types violates it), "violated" (by an initial state, or within
    the first `k` states), "not inductive" (then `cti` shows why), "unknown" (the solver's time ran out; `reason` says
    so) or "skipped". `k` is how many states before a step the hypotheses speak of: 1 for plain induction. `lemmas` are
    the other invariants that the proof rests on, directly or by way of one another. `actions` has each action's part.
    """

    status: str
    k: int = 1
    seconds: float = 0.0
    lemmas: tuple[str, ...] = ()
    cti: Induction | None = None
    actions: tuple[Preservation, ...] = ()
    reason: str = ""


@dataclass(frozen=True)
class PropertyResult:
    """The verdict on one property. `kind` is "invariant", "step_invariant", "reachable", a temporal kind, "deadlock"
    or "fault".

    `witness` is a shortest trace to a state a `@reachable` property asks for. `proof` is what z3 said of it beside.
    """

    name: str
    kind: str
    verdict: Verdict
    doc: str = ""
    explanation: str | None = None
    witness: Trace | None = None
    proof: Proof | None = None


@dataclass(frozen=True)
class States:
    """Counts in TLC's words. `generated` counts every successor and the initial states; `distinct` the different
    states kept; `left_on_queue` those not expanded; `depth` the states on the longest shortest path; `terminal` the
    expanded states without any step; `cut` the steps and states that bounds dropped."""

    generated: int
    distinct: int
    left_on_queue: int
    depth: int
    terminal: int
    cut: int


@dataclass(frozen=True)
class Seconds:
    """Wall-clock seconds. `liveness` is the time that temporal properties took after the search."""

    total: float
    load: float
    compile: float
    explore: float
    liveness: float = 0.0


@dataclass(frozen=True)
class ActionCoverage:
    """How often an action could happen: states it is `enabled` in, steps it `generated`, new states it found."""

    name: str
    enabled: int
    generated: int
    distinct: int


@dataclass(frozen=True)
class Covered:
    """A condition in the model's text, and whether the search ever met it true and ever false.

    `kind` is "require", "within", "branch" (an `if`) or "quantifier" (of a property; then `was_true` says that it ever
    ranged over something, `was_false` that it was evaluated). Both are false for one that was never evaluated.
    """

    kind: str
    condition: str
    span: Span
    was_true: bool
    was_false: bool

    @property
    def suspicion(self) -> str | None:
        """What is strange about it, in words, or None."""
        match self.kind, self.was_true, self.was_false:
            case "quantifier", False, True:
                return "always ranges over nothing"
            case "quantifier", _, _:
                return None
            case _, False, False:
                return "never evaluated"
            case _, False, True:
                return "never true"
            case _, True, False:
                return "never false"
        return None


@dataclass(frozen=True)
class Growth:
    """How many different values a variable takes in a sample of some levels: `depths` are the levels, from 1,
    `values` the different values there, `states` the states looked at."""

    variable: str
    depths: tuple[int, ...]
    values: tuple[int, ...]
    states: tuple[int, ...]


@dataclass(frozen=True)
class Progress:
    """A snapshot of a running search. `rate` is distinct states a second since the start; `widest` names the variable
    that takes most values, and `busiest` the action that found most states, once the search runs long."""

    depth: int
    generated: int
    distinct: int
    left_on_queue: int
    seconds: float
    rate: float
    memory_bytes: int
    widest: str | None = None
    busiest: str | None = None


@dataclass(frozen=True)
class Audit:
    """A second opinion on a search, which agreed: how many `states` were looked at (`all` of them, or a sample), how
    many native `successors` were found among its states, and how many states, in how many batches, z3 looked at."""

    states: int
    all: bool
    successors: int
    z3_batches: int
    z3_states: int
    seconds: float


@dataclass(frozen=True)
class CheckResult:
    """Everything a check found. `verdict` is the worst of its properties' (see `worst`). `growth` is there when the
    search ended before the space did: what made it large. `coverage` has the conditions of the model's text,
    `unchanged` the variables that have one value in all states. `levels` are the new states at each depth, from the
    initial ones on; `digest`, if it was asked for, 32 hexadecimal digits that stand for the set of states."""

    model: str
    parameters: Mapping[str, Data]
    verdict: Verdict
    states: States
    seconds: Seconds
    memory_bytes: int
    actions: tuple[ActionCoverage, ...]
    properties: tuple[PropertyResult, ...]
    cuts: tuple[Cut, ...] = ()
    warnings: tuple[str, ...] = ()
    growth: tuple[Growth, ...] = ()
    coverage: tuple[Covered, ...] = ()
    unchanged: tuple[str, ...] = ()
    audit: Audit | None = None
    levels: tuple[int, ...] = ()
    digest: str | None = None

    @property
    def exit_code(self) -> Exit:
        """The exit code of the design for this verdict."""
        return exit_code(self.verdict)


@dataclass(frozen=True)
class ProofResult:
    """Everything that `prove` found. `properties` are those that were to be proved, `lemmas` the hypotheses that were
    proved along with them; each has its proof. `unbounded` names the bounds that were lifted."""

    model: str
    parameters: Mapping[str, Data]
    unbounded: tuple[str, ...]
    verdict: Verdict
    properties: tuple[PropertyResult, ...]
    lemmas: tuple[PropertyResult, ...]
    seconds: float

    @property
    def exit_code(self) -> Exit:
        """The exit code of the design for this verdict."""
        return exit_code(self.verdict)


def exit_code(verdict: Verdict) -> Exit:
    """The process exit code for a verdict (design, section 4)."""
    match verdict:
        case Holds() | HoldsWithinBounds() | Proved():
            return Exit.HOLDS
        case Vacuous():
            return Exit.VACUOUS
        case Inconclusive():
            return Exit.INCONCLUSIVE
        case Violated(trace):
            if trace.fault is not None:
                return Exit.ASSERTION if trace.fault.kind == "assert" else Exit.MODEL_FAULT
            if trace.kind in TEMPORAL:
                return Exit.LIVENESS
            return Exit.DEADLOCK if trace.kind == "deadlock" else Exit.SAFETY


def worst(verdicts: tuple[Verdict, ...]) -> Verdict:
    """The verdict of several together: a violation first, then inconclusive, vacuous, bounded, full."""
    order = (Violated, Inconclusive, Vacuous, HoldsWithinBounds, Holds, Proved)
    return min(verdicts, key=lambda verdict: order.index(type(verdict)), default=Holds())
