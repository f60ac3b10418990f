"""The sequence diagram of a trace, before it is drawn: a lane for each node, a row for each step, an arrow for each
message.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from quorate.trace import Data, Step, Trace
from quorate_reports.flights import IN_NETWORK, Fate, Flight, failing_step, flights, is_message
from quorate_reports.values import Change, printable, show, show_call, without
from quorate_reports.view import View
from quorate_reports.wording import GOOD_KINDS, beginning, ending, subject

OTHERS = "others"
MOST_LANES = 8
"""Of more nodes than these only those are shown that have a part in the trace."""
NOTE = 60
"""The characters of a line of the first state; what is longer becomes several lines."""

Mood = Literal["plain", "initial", "bad", "good"]


@dataclass(frozen=True)
class Lane:
    """A column: a node, or all that happens on none (`is_node` is false)."""

    name: str
    is_node: bool


@dataclass(frozen=True)
class Row:
    """A step and the state it leads to. `label` is the number of that state, from 1; "✗" for a step that fails, "↺" for
    one that leads back to where a loop begins.

    `lane` is the index of the lane it happens on; None for the first state, and for what the network does. `action` is
    its name alone, `call` has its arguments too. `partners` are lanes that take part without a message. `failure` is as
    in `Step`; of a partition `side` has the lanes of one side. `sent` are the messages that it sends, in full.
    """

    label: str
    lane: int | None
    action: str
    call: str
    mood: Mood
    changes: tuple[Change, ...] = ()
    state: tuple[str, ...] = ()
    partners: tuple[int, ...] = ()
    failure: str | None = None
    side: tuple[int, ...] = ()
    sent: tuple[str, ...] = ()


@dataclass(frozen=True)
class Arrow:
    """A message between two rows, by their indices; `fate`, and where `start` and `end` are None, as in `Flight`.

    `source` and `target` are lanes: the target of a message that was not received is the one it was for. None where
    that is not known. `tag` is the kind of message, `fields` are those that the lanes do not say, and `full` has all.
    """

    fate: Fate
    start: int | None
    source: int | None
    end: int | None
    target: int | None
    tag: str
    fields: str
    full: str

    @property
    def label(self) -> str:
        """The message without what the lanes say: `Vote(term=1)`."""
        return f"{self.tag}({self.fields})" if self.fields else self.tag

    @property
    def is_late(self) -> bool:
        """Whether something else happens between its two ends."""
        return self.end is not None and self.end - (self.start or 0) > 1


@dataclass(frozen=True)
class Stretch:
    """Rows in which a lane is "down" (crashed) or "apart" (on the other side of a partition): from `start` up to
    `end`, or to the end of the diagram."""

    lane: int
    kind: Literal["down", "apart"]
    start: int
    end: int | None


@dataclass(frozen=True)
class Diagram:
    """A sequence diagram. `loop` is the index of the row whose state comes again and again, after the last row if
    `returns`; else nothing happens any more. `verdict` is what the end shows, `reasons` say why, `witnesses` are the
    lanes that they name. `idle` nodes have no part in the trace, and no lane."""

    title: str
    lanes: tuple[Lane, ...]
    rows: tuple[Row, ...]
    arrows: tuple[Arrow, ...]
    stretches: tuple[Stretch, ...]
    verdict: str
    reasons: tuple[str, ...]
    witnesses: tuple[int, ...]
    is_good: bool
    loop: int | None = None
    returns: bool = False
    idle: int = 0


def legend(diagram: Diagram, link: str, ring: str) -> list[str]:
    """What the signs in a diagram mean that it has and no word beside them explains. `link` and `ring` say how a node
    that takes part, and a witness, are drawn."""
    last = diagram.rows[-1]
    told = {
        f"{link}: takes part in the step": any(row.partners for row in diagram.rows),
        "open arrow: no step here receives the message": any(arrow.end is None for arrow in diagram.arrows),
        "dotted lane: down": any(one.kind == "down" for one in diagram.stretches),
        "dashed lane: parted from the others": any(one.kind == "apart" for one in diagram.stretches),
        f"{ring}: named in the reason": last.mood == "bad" and any(one != last.lane for one in diagram.witnesses),
    }
    return [text for text, applies in told.items() if applies]


def sequence(trace: Trace, view: View | None = None) -> Diagram:
    """The sequence diagram of a trace; with a view of it, that much of its states."""
    return _Builder(trace, view or View(tuple(step.state for step in trace.steps))).diagram()


class _Builder:
    """Makes the parts of a diagram."""

    def __init__(self, trace: Trace, view: View) -> None:
        self.trace, self.view = trace, view
        failing = failing_step(trace)
        self.steps = trace.steps if failing is None else (*trace.steps, failing)
        self.lanes = self._lanes()
        self.positions = {lane.name: number for number, lane in enumerate(self.lanes) if lane.is_node}

    def diagram(self) -> Diagram:
        trace = self.trace
        reasons = tuple(printable(line) for line in (trace.explanation or "").splitlines())
        return Diagram(
            title=subject(trace),
            lanes=tuple(Lane(printable(lane.name), lane.is_node) for lane in self.lanes),
            rows=tuple(self._row(number, step) for number, step in enumerate(self.steps)),
            arrows=tuple(self._arrow(flight) for flight in flights(trace)),
            stretches=tuple(self._stretches()),
            verdict=ending(trace),
            reasons=reasons,
            witnesses=tuple(
                number
                for name, number in self.positions.items()
                if re.search(rf"(?<!\w){re.escape(name)}(?!\w)", trace.explanation or "")
            ),
            is_good=trace.kind in GOOD_KINDS,
            loop=trace.loop,
            returns=trace.returns(),
            idle=len(trace.lanes) - len(self.positions),
        )

    def _lanes(self) -> list[Lane]:
        """The nodes, and a lane for the others where a step needs it."""
        nodes = [Lane(name, True) for name in self._shown()]
        elsewhere = [step for step in self.steps[1:] if not self._is_on_a_node(step) and not _is_in_network(step)]
        if not nodes:
            return [Lane(self.trace.model, False)]
        return [*nodes, Lane(OTHERS, False)] if elsewhere else nodes

    def _shown(self) -> list[str]:
        """The nodes that have a lane: all, or of many those that have a part in the trace."""
        if len(self.trace.lanes) <= MOST_LANES:
            return list(self.trace.lanes)
        named = {step.node for step in self.steps}
        for step in self.steps:
            messages = [value["value"] for value in [*step.sent, *step.arguments.values()] if is_message(value)]
            values = [step.arguments, *messages]
            named |= {value for each in values for value in each.values() if isinstance(value, str)}
        return [name for name in self.trace.lanes if name in named] or list(self.trace.lanes[:1])

    def _is_on_a_node(self, step: Step) -> bool:
        return step.node is not None and step.node in self.trace.lanes

    def _lane(self, step: Step) -> int | None:
        """The lane of a step; None for one of the network."""
        if step.node in self.positions:
            return self.positions[step.node]
        return None if _is_in_network(step) or self.lanes[-1].is_node else len(self.lanes) - 1

    def _named(self, value: Data) -> int | None:
        """The lane that a value names."""
        return self.positions.get(value) if isinstance(value, str) else None

    def _row(self, number: int, step: Step) -> Row:
        if number == 0:
            return Row("1", None, "", beginning(self.trace), "initial", state=tuple(self.view.lines(0, NOTE)))
        lane = self._lane(step)
        fails = number == len(self.trace.steps)
        closes = self.trace.returns() and number == len(self.trace.steps) - 1
        others = [self._named(value) for value in step.arguments.values()] if not _has_messages(step) else []
        side = [self._named(name) for value in step.arguments.values() for name in _members(value)]
        return Row(
            label="✗" if fails else "↺" if closes else str(number + 1),
            lane=lane,
            action=printable(step.action or "?"),
            call=show_call(step.action or "?", step.arguments),
            mood=self._mood(number),
            changes=() if fails or self.view.full else self._changes(number),
            state=() if fails else tuple(self.view.lines(number, NOTE)),
            partners=tuple(other for other in dict.fromkeys(others) if other is not None and other != lane),
            failure=step.failure,
            side=tuple(one for one in side if one is not None) if step.failure == "partition" else (),
            sent=() if lane is None else tuple(show(message) for message in step.sent),
        )

    def _changes(self, number: int) -> tuple[Change, ...]:
        """What a step changes, without the contents of networks where the arrows say as much."""
        before, after = self.steps[number - 1], self.steps[number]
        drawn = {
            name
            for name, value in after.state.items()
            if name in before.state and _is_drawn(before.state[name], value, after)
        }
        return tuple(change for change in self.view.changes(number) if change.variable not in drawn)

    def _mood(self, number: int) -> Mood:
        if number < len(self.steps) - 1 or self.trace.returns():
            return "plain"
        return "good" if self.trace.kind in GOOD_KINDS else "bad"

    def _arrow(self, flight: Flight) -> Arrow:
        fields = flight.message["value"] if is_message(flight.message) else {}
        source = self._lane(self.steps[flight.start]) if flight.start is not None else self._named(fields.get("src"))
        taken = flight.end is not None and flight.fate != "lost"
        target = self._lane(self.steps[flight.end]) if taken and flight.end else self._named(fields.get("dst"))
        ends = [self.lanes[lane].name for lane in (source, target) if lane is not None and self.lanes[lane].is_node]
        tag, told = _label(flight.message, ends)
        return Arrow(flight.fate, flight.start, source, flight.end, target, tag, told, show(flight.message))

    def _stretches(self) -> Iterator[Stretch]:
        for number, step in enumerate(self.steps):
            lane, rest = self._lane(step), list(enumerate(self.steps))[number + 1 :]
            if step.failure == "crash" and lane is not None:
                back = (n for n, later in rest if later.failure == "restart" and later.node == step.node)
                yield Stretch(lane, "down", number, next(back, None))
            if step.failure == "partition":
                healed = next((n for n, later in rest if later.failure == "heal"), None)
                for value in step.arguments.values():
                    for name in _members(value):
                        if (away := self._named(name)) is not None:
                            yield Stretch(away, "apart", number, healed)


def _is_in_network(step: Step) -> bool:
    return step.node is None and step.failure in IN_NETWORK


def _has_messages(step: Step) -> bool:
    return step.received is not None or bool(step.sent)


def _members(value: Data) -> list[Data]:
    """The elements of a set."""
    return value["#set"] if isinstance(value, dict) and isinstance(value.get("#set"), list) else []


def _label(message: Data, ends: list[str]) -> tuple[str, str]:
    """The kind of a message, and its fields without those that only name the lanes it goes between."""
    if not is_message(message):
        return show(message), ""
    fields = {key: value for key, value in message["value"].items() if value not in ends}
    told = [(key, value) for key, value in fields.items() if value is not None or key not in ("src", "dst")]
    return printable(message["tag"]), ", ".join(f"{printable(key)}={show(value)}" for key, value in told)


def _is_drawn(old: Data, new: Data, step: Step) -> bool:
    """Whether a variable gained only messages that were sent, and missed only the one that was received."""
    before, after = _messages(old), _messages(new)
    if before is None or after is None:
        return False
    gained, missed = without(after, before), without(before, after)
    return not without(gained, list(step.sent)) and not without(missed, [step.received])


def _messages(value: Data) -> list[Data] | None:
    """The messages in a set, a bag, or queues; None for anything else."""
    match value:
        case {"#set": list(items)} | {"#bag": list(items)}:
            found = items
        case {"#map": list(pairs)} if all(isinstance(queue, list) for _, queue in pairs):
            found = [item for _, queue in pairs for item in queue]
        case _:
            return None
    return found if all(is_message(item) for item in found) else None
