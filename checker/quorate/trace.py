"""Counterexamples as plain data: no engine, no model class, nothing but what can be written to a file.

Values are in data form (`Data`), readable without the model:
booleans and integers as they are; an enum member or a node as its name ("LEADER", "s1"); None for an absent option;
a sequence as a list; a set or bag `{"#set": [...]}` / `{"#bag": [...]}` (sorted); a map
`{"#map": [[key, value], ...]}`; a record as a dict of its fields; a message `{"tag": "Vote", "value": {fields}}`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from quorate.errors import Span

Data: TypeAlias = Any


@dataclass(frozen=True)
class Step:
    """A state and the step that led to it. The first step of a trace, its initial state, has no action.

    `node` is the lane it happens on, None where it belongs to no node. `received` is the message that the step took,
    `sent` are those that it sent, in order, each as often as it was sent. `failure` says which fault of the environment
    the step is: "crash", "restart", "partition", "heal", "loss" or "duplication".
    """

    action: str | None
    arguments: Mapping[str, Data]
    state: Mapping[str, Data]
    node: str | None = None
    received: Data | None = None
    sent: tuple[Data, ...] = ()
    failure: str | None = None


@dataclass(frozen=True)
class Fault:
    """A step that failed while it ran: `kind` is "range", "index", "key", "division", "empty", "capacity", "none",
    "shift", "overflow" or "assert"; `message` says what happened. `values` are the
    sources and values of what the failing statement reads."""

    kind: str
    message: str
    action: str
    arguments: Mapping[str, Data]
    span: Span | None = None
    values: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Trace:
    """A finite behaviour from an initial state, and what it shows.

    `kind` is "invariant", "step_invariant", "reachable" (a witness), "deadlock", "fault", a temporal kind, "induction"
    (two states or more of a counterexample to induction), "difference" (the last step, or the only state, is one that
    the model named by `property` does not have) or "run" (one of which nothing is said).
    For "invariant" the last state violates `property`; for "step_invariant" the last step does; for "fault" the step
    in `fault`, taken from the last state, fails. `loop` is the index of the state where the loop of a lasso begins: its
    last step leads back there, so that this state stands at the end once more; or it is the last state, which is
    terminal, and the run stays there. `explanation` says why the property fails, when that is known, a line for each
    reason. `lanes` are the names of the nodes that take part, in order.
    """

    model: str
    parameters: Mapping[str, Data]
    kind: str
    property: str | None
    steps: tuple[Step, ...]
    fault: Fault | None = None
    loop: int | None = None
    explanation: str | None = None
    reproduce: str | None = field(default=None, compare=False)
    lanes: tuple[str, ...] = ()

    def returns(self) -> bool:
        """Whether it ends with a step back to the state where its loop begins."""
        last = len(self.steps) - 1
        return self.loop is not None and self.loop < last and self.steps[last].state == self.steps[self.loop].state
