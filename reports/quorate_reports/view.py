"""How much of a trace's states a reader wants to see: some variables, all of them at every step, expressions beside
them.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from quorate.errors import UsageError, nearest
from quorate.trace import Data, Fault, Trace
from quorate_reports.values import Change, changes, in_full

if TYPE_CHECKING:
    from quorate.language.model import Model


@dataclass(frozen=True)
class View:
    """The states of a trace as they are to be shown, one for each step.

    `full` shows all of a state at every step, and not only what changed. Values in `always` are shown at every step:
    those of expressions.
    """

    states: tuple[Mapping[str, Data], ...]
    full: bool = False
    always: frozenset[str] = frozenset()

    def lines(self, number: int, width: int) -> Iterator[str]:
        """What is shown of a state itself: all of the first, and of every one if `full`; else what is there always."""
        for name, value in self.states[number].items():
            if number == 0 or self.full or name in self.always:
                yield from in_full(name, value, width)

    def changes(self, number: int) -> tuple[Change, ...]:
        """What the step to a state changes, of what is shown and not there always."""
        found = changes(self.states[number - 1], self.states[number])
        return tuple(change for change in found if change.variable not in self.always)

    def of(self, trace: Trace) -> Trace:
        """The trace with these states."""
        steps = zip(trace.steps, self.states, strict=True)
        return replace(trace, steps=tuple(replace(step, state=state) for step, state in steps))


def view_of(
    trace: Trace,
    *,
    only: Sequence[str] = (),
    hide: Sequence[str] = (),
    full: bool = False,
    expressions: Sequence[str] = (),
    model: str | None = None,
    faults: str | None = None,
) -> View:
    """The states of a trace with the variables asked for, and the values of expressions.

    `model` names the model that expressions are about, as on the command line, and `faults` its faults; without them
    the command that found the trace says so. Raises UsageError for a variable that there is not, for an expression
    outside the modelling language, and for a trace that is none of the model's; also what `find_model` raises.
    """
    shown = [{name: step.state[name] for name in step.state if name not in hide} for step in trace.steps]
    if only:
        shown = [{name: state[name] for name in state if name in only} for state in shown]
    _refuse_unknown(trace, [*only, *hide])
    values: Sequence[Mapping[str, Data]] = [{}] * len(shown)
    if expressions:
        values = list(_evaluated(trace, _model_of(trace, model, faults), expressions))
    states = tuple(dict(state) | dict(more) for state, more in zip(shown, values, strict=True))
    return View(states, full, frozenset(values[0]))


def _refuse_unknown(trace: Trace, names: Sequence[str]) -> None:
    known = dict.fromkeys(name for step in trace.steps for name in step.state)
    for name in names:
        if name not in known:
            cure = nearest(name, known) or f"its variables are {', '.join(known)}"
            raise UsageError(f"the trace has no variable {name}", hint=cure)


def _model_of(trace: Trace, spec: str | None, faults: str | None) -> Model:
    """The model of a trace at its parameters. Raises UsageError if nothing says which it is."""
    from quorate_reports.faults import find_faulty

    if spec is None:
        spec, told = _named_in(trace.reproduce or "")
        faults = faults or told
    if spec is None:
        raise UsageError(
            "the trace does not say which model it is of", hint="name it: --model raft, --model my_raft.py"
        )
    return find_faulty(spec, faults)(**dict(trace.parameters))


def _named_in(command: str) -> tuple[str | None, str | None]:
    """The model, and the faults, that a command such as `quorate check raft --faults crash=1` is about."""
    try:
        words = shlex.split(command)
    except ValueError:
        return None, None
    if len(words) < 3 or words[0] != "quorate" or words[2].startswith("-"):
        return None, None
    faults = words[words.index("--faults") + 1 :][:1] if "--faults" in words else []
    return words[2], faults[0] if faults else None


def _evaluated(trace: Trace, model: Model, expressions: Sequence[str]) -> Iterator[dict[str, Data]]:
    """The values of expressions in each state of a trace; where one has none, what is the matter."""
    from quorate.compiler.expression import StateExpression

    compiled = [StateExpression(model, text) for text in expressions]
    for step in trace.steps:
        state = model.state_from_data(step.state)
        found = {expression.text: expression.value(state) for expression in compiled}
        yield {text: f"fails: {value.message}" if isinstance(value, Fault) else value for text, value in found.items()}
