"""The initial states of a search: made natively, one after the other, within the limits."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from quorate.errors import LoadError, Span
from quorate.explore.limits import Limits
from quorate.kernel.kernel import Kernel
from quorate.language.faults import fault_of
from quorate.language.model import Model, State


@dataclass
class Initial:
    """The packed initial states, how many each constraint dropped, how many choices the `within` at a place cut, and
    why the making of them stopped before its end (None if it did not)."""

    dropped: list[int]
    states: list[tuple[int, ...]] = field(default_factory=list)
    cuts: dict[Span, int] = field(default_factory=dict)
    stopped: str | None = None


def initial(model: Model, kernel: Kernel, limits: Limits, interrupted: Callable[[], bool]) -> Initial:
    """Make the initial states. Ctrl-C and limits end it with those made so far.

    Raises LoadError if an `@init` or a constraint fails.
    """
    found = Initial([0] * len(model.constraints()))
    seen: set[State] = set()
    began = time.perf_counter()
    try:
        for made in model.initial_transitions():
            if made.cut and made.span is not None:
                found.cuts[made.span] = found.cuts.get(made.span, 0) + 1
            if made.state is not None and made.state not in seen:
                seen.add(made.state)
                _keep(model, kernel, found, made.state)
            if interrupted():
                raise KeyboardInterrupt
            if limits.max_time is not None and time.perf_counter() - began >= limits.max_time:
                found.stopped = f"the time limit of {limits.max_time:g} s was reached while initial states were made"
                break
            if limits.max_states is not None and len(found.states) > limits.max_states:
                found.states.pop()
                found.stopped = f"the limit of {limits.max_states:,} states was reached by initial states alone"
                break
    except KeyboardInterrupt:
        found.stopped = "interrupted while initial states were made"
    return found


def _keep(model: Model, kernel: Kernel, found: Initial, state: State) -> None:
    for number, constraint in enumerate(model.constraints()):
        try:
            wanted = constraint(model.at(state))
        except Exception as error:  # noqa: BLE001 - whatever the model's own text raises is what is reported
            fault = fault_of(error, constraint.name, {})
            place = f" at {fault.span.path}:{fault.span.line}" if fault.span else ""
            raise LoadError(f"{constraint.name} fails in an initial state{place}: {fault.message}") from None
        if not wanted:
            found.dropped[number] += 1
            return
    found.states.append(kernel.codec.encode(state))
