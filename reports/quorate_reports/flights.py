"""The messages of a trace on their way: which send each receive belongs to, and what became of the others."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from quorate.trace import Data, Step, Trace

Fate = Literal["received", "again", "kept", "lost", "in flight"]

IN_NETWORK = ("loss", "duplication", "partition", "heal")
"""The faults that happen to the network, and at no node."""


@dataclass(frozen=True)
class Flight:
    """A message on its way from the step that sent it to the one that took it; both are indices of states.

    `start` is None for a message that was on its way at the beginning, `end` for one that nobody took. `fate` is
    "received"; "again" for one that the same node had before, or that the network doubled; "kept" where a node puts
    back what it received, and takes it again; "lost" where the network drops it at `end`; or "in flight".
    """

    message: Data
    start: int | None
    end: int | None
    fate: Fate


@dataclass
class _Sent:
    """A message that was sent, and those who took it."""

    message: Data
    start: int | None
    by: str | None
    is_copy: bool = False
    is_kept: bool = False
    takers: list[str | None] = field(default_factory=list)


def flights(trace: Trace) -> tuple[Flight, ...]:
    """The flights of a trace: those that end in the order of their ends, then those that do not by their starts."""
    matcher = _Matcher()
    previous = trace.steps[0]
    for number, step in enumerate(trace.steps[1:], start=1):
        matcher.step(number, step, previous)
        previous = step
    failing = failing_step(trace)
    if failing is not None:
        matcher.step(len(trace.steps), failing, previous)
    return (*matcher.ended, *matcher.left())


def failing_step(trace: Trace) -> Step | None:
    """The step that fails at the end of a trace, as one that leads nowhere: its lane and message are told from its
    arguments."""
    if trace.fault is None:
        return None
    arguments = trace.fault.arguments
    received = next((value for value in arguments.values() if is_message(value)), None)
    ends = [] if received is None else [received["value"].get("dst")]
    node = next((value for value in [*ends, *arguments.values()] if value in trace.lanes), None)
    return Step(trace.fault.action, arguments, trace.steps[-1].state, node=node, received=received)


def is_message(value: Data) -> bool:
    """Whether a value in data form is a message."""
    return isinstance(value, dict) and isinstance(value.get("tag"), str) and isinstance(value.get("value"), dict)


class _Matcher:
    """Goes through the steps, and finds for each message that is taken where it was sent."""

    def __init__(self) -> None:
        self.sent: dict[str, list[_Sent]] = {}
        self.ended: list[Flight] = []

    def step(self, number: int, step: Step, before: Step) -> None:
        """Account for a step, which leads to the state with this index."""
        sent = list(step.sent)
        if step.received is not None and step.failure not in ("partition", "heal"):
            stays = _stays(before, step.received)
            if step.failure == "duplication":
                if step.received in sent:
                    sent.remove(step.received)
                if step.node is None and step.received in sent:
                    sent.remove(step.received)
                self._double(step.received, stays)
            if step.failure != "duplication" or step.node is not None:
                self._take(number, step, stays)
        for message in sent:
            kept = message == step.received
            self._known(message).append(_Sent(message, number, step.node, is_kept=kept))

    def _known(self, message: Data) -> list[_Sent]:
        return self.sent.setdefault(json.dumps(message, sort_keys=True), [])

    def _source(self, message: Data, node: str | None, stays: bool) -> _Sent:
        """The send that a receive belongs to: the first whose message is still there, or is new to the node."""
        known = self._known(message)
        for one in known:
            if node not in one.takers if stays else not one.takers:
                return one
        if known and stays:
            return known[-1]
        known.append(_Sent(message, None, None))
        return known[-1]

    def _take(self, number: int, step: Step, stays: bool) -> None:
        source = self._source(step.received, step.node, stays)
        fate: Fate = "received"
        if step.failure == "loss":
            fate = "lost"
        elif source.is_copy or step.node in source.takers:
            fate = "again"
        elif source.is_kept and source.by == step.node:
            fate = "kept"
        source.takers.append(step.node)
        self.ended.append(Flight(step.received, source.start, number, fate))

    def _double(self, message: Data, stays: bool) -> None:
        source = self._source(message, None, stays)
        self._known(message).append(_Sent(message, source.start, source.by, is_copy=True))

    def left(self) -> Iterator[Flight]:
        """The messages that nobody took."""
        waiting = [one for known in self.sent.values() for one in known if not one.takers and one.start is not None]
        for one in sorted(waiting, key=lambda one: one.start or 0):
            yield Flight(one.message, one.start, None, "in flight")


def _stays(step: Step, message: Data) -> bool:
    """Whether a message that is taken is still there: in a network that keeps the set of all messages."""
    return any(
        isinstance(value, dict) and isinstance(value.get("#set"), list) and message in value["#set"]
        for value in step.state.values()
    )
