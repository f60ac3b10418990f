"""What a picture of a trace shows, before it is drawn: a card for each state, with an arrow from each to the next."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from quorate.trace import Data, Step, Trace
from quorate_reports.values import Change, changes, in_full, printable, show, show_call
from quorate_reports.wording import GOOD_KINDS, subject

Mark = Literal["plain", "place", "old", "new", "quiet"]
Piece: TypeAlias = tuple[str, Mark]
Line: TypeAlias = tuple[Piece, ...]
Mood = Literal["initial", "plain", "bad", "good", "loop"]

WIDEST = 66
"""The characters in the longest line of a card."""


@dataclass(frozen=True)
class Card:
    """One state: a title, the lines below it, and the label of the arrow that leads to it (None for the first).

    A card of the mood "bad" stands for the violating state, or for the step that fails (then `is_fault`); "loop" for a
    state that comes again and again.
    """

    title: str
    lines: tuple[Line, ...]
    mood: Mood
    arrow: str | None = None
    is_fault: bool = False


@dataclass(frozen=True)
class Picture:
    """A chain of cards under a title. `loop` is the index of the card that the last leads back to, by the step
    `back`; without a step the last card is where the run stays."""

    title: str
    cards: tuple[Card, ...]
    loop: int | None = None
    back: str | None = None


def picture(trace: Trace) -> Picture:
    """The picture of a trace: changed variables marked in each state, the initial and the violating one set off."""
    # the step that closes a loop is an arrow back to a card that is there
    last = len(trace.steps) - 1 - trace.returns()
    back = show_call(trace.steps[-1].action or "?", trace.steps[-1].arguments) if trace.returns() else None
    cards = [_first(trace)]
    for number, step in enumerate(trace.steps[1 : last + 1], start=1):
        lines = _changed(trace.steps[number - 1], step)
        arrow = show_call(step.action or "?", step.arguments)
        cards.append(Card(f"state {number + 1}", lines, "plain", arrow))
    if trace.loop is not None:
        for number in range(trace.loop, last + 1):
            cards[number] = replace(cards[number], mood="loop")
        begin = cards[trace.loop]
        cards[trace.loop] = replace(begin, title=f"{begin.title}: {_what_it_is(trace)}")
    elif trace.fault is None:
        mood: Mood = "good" if trace.kind in GOOD_KINDS else "bad"
        end = cards[last]
        cards[last] = Card(f"{end.title}: {_what_it_is(trace)}", end.lines, mood, end.arrow)
    else:
        arrow = show_call(trace.fault.action, trace.fault.arguments)
        where = "" if trace.fault.span is None else trace.fault.span.text()
        message = [wrapped([(printable(text), "plain")]) for text in (trace.fault.message, where) if text]
        lines = tuple(line for lines in message for line in lines)
        cards.append(Card(f"the step fails: {printable(trace.fault.kind)}", lines, "bad", arrow, is_fault=True))
    return Picture(subject(trace), tuple(cards), trace.loop, back)


def _what_it_is(trace: Trace) -> str:
    """What the last state is, for its title, where its number stands already."""
    name = printable(trace.property or trace.kind)
    if trace.kind == "deadlock":
        return "deadlock, no step is possible"
    if trace.kind == "run":
        return "here begins a loop" if trace.returns() else "the run ends here"
    if trace.kind == "reachable":
        return f"what {name} asks for"
    if trace.kind == "step_invariant":
        return f"the step to it violates {name}"
    if trace.kind == "induction":
        return f"the step to it breaks {name}"
    if trace.kind == "difference":
        return f"not initial in {name}" if len(trace.steps) == 1 else f"{name} does not take the step to it"
    if trace.loop is not None:
        return f"{'here begins a loop that' if trace.returns() else 'nothing happens any more, which'} violates {name}"
    if trace.kind == "recoverable":
        return f"{name} is out of reach"
    return f"violates {name}"


def _first(trace: Trace) -> Card:
    step = trace.steps[0]
    how = f", by {show_call(step.action, step.arguments)}" if step.action else ""
    # the first state of a counterexample to induction is any that the hypotheses allow
    is_any = trace.kind == "induction"
    lines = [
        line
        for name, value in step.state.items()
        for text in in_full(name, value, WIDEST)
        for line in wrapped(named_pieces(text))
    ]
    title = "state 1: need not be reachable" if is_any else f"state 1: initial{how}"
    return Card(title, tuple(lines), "plain" if is_any else "initial")


def named_pieces(text: str) -> list[Piece]:
    """A variable and its value as pieces."""
    name, colon, value = text.partition(": ")
    if colon:
        return [(name + colon, "place"), (value, "plain")]
    # a line that goes on with a value is indented
    return [(text, "plain" if text.startswith(" ") else "place")]


def _changed(before: Step, after: Step) -> tuple[Line, ...]:
    """The variables of a state in order: what changed in them, or their value in grey."""
    found: dict[str, list[Change]] = {}
    for change in changes(before.state, after.state):
        found.setdefault(change.variable, []).append(change)
    lines: list[Line] = []
    for name, value in after.state.items():
        if name in found:
            lines += [line for change in found[name] for line in wrapped(change_pieces(change))]
        else:
            lines.append(_unchanged(name, value))
    return tuple(lines)


def _unchanged(name: str, value: Data) -> Line:
    text = f"{printable(name)}: {show(value)}"
    return ((text if len(text) <= WIDEST else text[: WIDEST - 1] + "…", "quiet"),)


def change_pieces(change: Change) -> list[Piece]:
    """A change as pieces: its place, the old value and the new one."""
    if change.old is not None and change.new is not None:
        return [(f"{change.place}: ", "place"), (change.old, "old"), (" → ", "plain"), (change.new, "new")]
    if change.new is not None:
        return [(f"{change.place}: ", "place"), (f"+ {change.new}", "new")]
    return [(f"{change.place}: ", "place"), (f"- {change.old}", "old")]


def wrapped(pieces: Iterable[Piece], width: int = WIDEST) -> list[Line]:
    """Pieces broken into lines at spaces, later lines indented; a word longer than a line is cut into parts."""
    lines: list[list[Piece]] = [[]]
    used = 0
    for text, mark in pieces:
        for word in _words(text, width):
            if used and used + len(word.rstrip()) > width:
                lines.append([("    ", "plain")])
                used = 4
            lines[-1].append((word, mark))
            used += len(word)
    return [_merged(line) for line in lines]


def _words(text: str, width: int) -> list[str]:
    """The text in pieces that end in a space, none longer than fits a line."""
    words: list[str] = []
    for word in text.split(" "):
        words += [word[start : start + width - 4] for start in range(0, len(word), width - 4)] or [""]
        words[-1] += " "
    words[-1] = words[-1][:-1]
    return [word for word in words if word]


def _merged(pieces: list[Piece]) -> Line:
    """Neighbours of the same mark as one piece."""
    merged: list[Piece] = []
    for text, mark in pieces:
        if merged and merged[-1][1] == mark:
            merged[-1] = (merged[-1][0] + text, mark)
        else:
            merged.append((text, mark))
    return tuple(merged)


def folded(text: str, width: int) -> list[str]:
    """A label as lines no longer than `width` where its spaces allow."""
    lines = [""]
    for word in text.split(" "):
        if lines[-1] and len(lines[-1]) + 1 + len(word) > width:
            lines.append(word)
        else:
            lines[-1] = f"{lines[-1]} {word}" if lines[-1] else word
    return lines
