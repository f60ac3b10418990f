"""A sequence diagram as text: lanes as columns, an arrow where a message arrives, what each step changes beside it."""

from __future__ import annotations

from collections.abc import Iterator

from quorate_reports.page import BAD, GOOD, NEW, QUIET, Page, Part
from quorate_reports.picture import Line, change_pieces, named_pieces, wrapped
from quorate_reports.sequence import Arrow, Diagram, Row, legend

NUMBERS = 5
NARROWEST, WIDEST = 6, 14
"""The columns of a lane."""
NOTES = 34
"""The least room for notes beside the lanes; with less they stand below."""
INDENT = 9
STYLES = {"plain": "", "place": "", "old": QUIET, "new": NEW, "quiet": QUIET}


def sequence_to_text(diagram: Diagram, *, width: int = 80) -> str:
    """A sequence diagram as plain text of a given width."""
    page = Page.in_memory(width)
    write_sequence(page, diagram)
    return page.text()


def write_sequence(page: Page, diagram: Diagram) -> None:
    """Write a sequence diagram on a page, and below it what it shows.

    An arrow stands in the row of the step that receives the message. It begins at the lane of the sender, with the
    number of the state that it was sent in where something else happened since.
    """
    _Writer(page, diagram).write()


class _Writer:
    def __init__(self, page: Page, diagram: Diagram) -> None:
        self.page, self.diagram = page, diagram
        lanes = len(diagram.lanes)
        room = (page.width - NUMBERS - NOTES) // lanes
        self.is_beside = room >= NARROWEST
        if not self.is_beside:
            room = (page.width - NUMBERS) // lanes
        longest = max(len(lane.name) for lane in diagram.lanes)
        self.column = max(2, min(room, max(longest + 2, 9), WIDEST))
        self.lanes = [NUMBERS + self.column * number + self.column // 2 for number in range(lanes)]
        self.notes = NUMBERS + self.column * lanes + 2 if self.is_beside else INDENT
        self.loop = (diagram.loop or 0) + 1 if diagram.returns else 0
        self.landing = {arrow.end: arrow for arrow in diagram.arrows if arrow.end is not None}

    def write(self) -> None:
        self._heads()
        for number, row in enumerate(self.diagram.rows):
            if self.loop and number == self.loop:
                self.page.line(("┌ again and again", BAD))
            self._row(number, row)
        if len(self.diagram.rows) > 12:
            self._heads()
        sign, style = ("✓", GOOD) if self.diagram.is_good else ("✗", BAD)
        self.page.line((f"{sign} {self.diagram.verdict}", style), indent=2)
        for reason in self.diagram.reasons:
            self.page.line(reason, indent=4)
        told = [sign for sign in legend(self.diagram, "●", "◇") if sign[0] in "●◇"]
        if told:
            self.page.line(("; ".join(told), QUIET), indent=2)

    def _heads(self) -> None:
        line = ""
        for lane, x in zip(self.diagram.lanes, self.lanes, strict=True):
            name = lane.name if len(lane.name) < self.column else f"{lane.name[: self.column - 2]}…"
            line = f"{line:{max(0, x - len(name) // 2)}}{name}"
        self.page.line((line, NEW), wraps=False)

    # -- rows

    def _row(self, number: int, row: Row) -> None:
        marks = [self._marks(number, row), *self._stubs(number)]
        beside = list(self._note(number, row))
        for place in range(max(len(marks), len(beside) if self.is_beside else 0)):
            drawn = marks[place] if place < len(marks) else self._lives(number)
            first = f"{row.label if place == 0 else '':>3}  "
            loops = bool(self.loop) and number >= self.loop
            parts: list[Part] = [("│", BAD), (first[1:], QUIET)] if loops else []
            parts = parts or [(first, BAD if row.mood == "bad" else QUIET)]
            parts.append("".join(drawn[NUMBERS:]))
            if self.is_beside and place < len(beside):
                parts += ["  ", *beside[place]]
            self.page.line(*parts, wraps=False)
        for line in [] if self.is_beside else beside:
            self.page.line(" " * INDENT, *line, wraps=False)

    def _note(self, number: int, row: Row) -> Iterator[list[Part]]:
        """The lines beside a row."""
        width = max(20, self.page.width - self.notes)
        lines: list[tuple[Line, str]] = [(line, NEW) for line in wrapped([(row.call, "plain")], width)]
        remarks = [remark for remark in (self._remark(number),) if remark]
        waiting = [arrow.full for arrow in self.diagram.arrows if arrow.end is None and arrow.start == number]
        for full in row.sent:
            is_waiting = full in waiting
            if is_waiting:
                waiting.remove(full)
            remarks.append(f"sends {full}{', which nobody receives' if is_waiting else ''}")
        pieces = [[(remark, "quiet")] for remark in remarks]
        pieces += [change_pieces(change) for change in row.changes]
        pieces += [named_pieces(text) for text in row.state]
        lines += [(line, "") for each in pieces for line in wrapped(each, width)]
        for line, style in lines:
            yield [(text, style or STYLES[mark]) for text, mark in line]

    def _remark(self, number: int) -> str:
        """What is to be said of the message that a row receives, besides itself."""
        arrow = self.landing.get(number)
        if arrow is None:
            return ""
        what = {"again": "once more", "kept": "which it had put back", "lost": "lost on its way"}.get(arrow.fate, "")
        since = "on its way at the beginning" if arrow.start is None else ""
        if arrow.start is not None and arrow.is_late and arrow.fate != "kept":
            since = f"sent in state {arrow.start + 1}"
        return ", ".join(part for part in (what, since) if part)

    # -- lanes

    def _lives(self, number: int) -> list[str]:
        """The lines of the lanes, as they are below a row."""
        line = [" "] * (self.lanes[-1] + self.column - self.column // 2)
        for lane, x in enumerate(self.lanes):
            line[x] = "│"
            for stretch in self.diagram.stretches:
                if stretch.lane == lane and stretch.start <= number and not (stretch.end and number >= stretch.end):
                    line[x] = " " if stretch.kind == "down" else "╎"
        return line

    def _marks(self, number: int, row: Row) -> list[str]:
        """The line of a row: its step on its lane, and the arrow that leads to it."""
        line = self._lives(number)
        if row.failure in ("partition", "heal"):
            line[self.lanes[0] - 1 : self.lanes[-1] + 2] = "┄" * (self.lanes[-1] - self.lanes[0] + 3)
        arrow = self.landing.get(number)
        if arrow is not None:
            self._arrow(line, arrow)
        for partner in row.partners if row.lane is not None else ():
            self._wire(line, self.lanes[row.lane or 0], self.lanes[partner], "─")
            line[self.lanes[partner]] = "●"
        if row.mood == "bad":
            for witness in self.diagram.witnesses:
                if line[self.lanes[witness]] in "│╎ ":
                    line[self.lanes[witness]] = "◇"
        if row.lane is not None:
            line[self.lanes[row.lane]] = "✗" if row.failure == "crash" or row.label == "✗" else "■"
        return line

    def _arrow(self, line: list[str], arrow: Arrow) -> None:
        """Draw the arrow that ends at a row."""
        target = None if arrow.target is None else self.lanes[arrow.target]
        source = None if arrow.source is None else self.lanes[arrow.source]
        if source is None or source == target:
            x = target if target is not None else self.lanes[0]
            if source is None:
                line[max(NUMBERS, x - 3) : x] = "○─▶"[-min(3, x - NUMBERS) :] if x > NUMBERS else ""
            elif x + 2 < len(line):
                line[x + 1 : x + 3] = "◀╮"
            return
        if arrow.fate == "lost":
            away = source + (self.column if arrow.source != len(self.lanes) - 1 else -self.column)
            target = (source + (away if target is None else target)) // 2
        assert target is not None
        step = 1 if target > source else -1
        self._wire(line, source, target, "┄" if arrow.fate == "again" else "─")
        line[source] = "○" if arrow.start is None else "├" if step > 0 else "┤"
        if arrow.fate == "lost":
            line[target] = "✗"
            return
        line[target - step] = "▶" if step > 0 else "◀"
        tag = str((arrow.start or 0) + 1) if arrow.is_late and arrow.start is not None else ""
        if tag and abs(target - source) > len(tag) + 2:
            begin = source + 1 if step > 0 else source - len(tag)
            line[begin : begin + len(tag)] = tag

    def _wire(self, line: list[str], source: int, target: int, wire: str) -> None:
        """Draw a level line between two columns, across the lanes between them."""
        for x in range(min(source, target) + 1, max(source, target)):
            line[x] = "┼" if x in self.lanes and wire == "─" else wire

    def _stubs(self, number: int) -> Iterator[list[str]]:
        """A line for each message that a row sends and nobody receives."""
        for arrow in self.diagram.arrows:
            if arrow.end is None and arrow.start == number and arrow.source is not None:
                line, x = self._lives(number), self.lanes[arrow.source]
                to_left = arrow.source == len(self.lanes) - 1 if arrow.target is None else arrow.target < arrow.source
                if to_left and arrow.source:
                    line[x - 2 : x + 1] = "◁╌┤"
                else:
                    line[x : x + 3] = "├╌▷"[: len(line) - x]
                yield line
