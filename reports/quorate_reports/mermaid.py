"""A sequence diagram as Mermaid, to paste into a pull request or a page of notes."""

from __future__ import annotations

import re
from collections.abc import Iterator

from quorate_reports.sequence import Arrow, Diagram, Row

ARROWS = {"received": "->>", "again": "-->>", "kept": "-->>", "lost": "-x", "in flight": "--)"}
REMARKS = {"again": " (again)", "kept": " (put back, taken again)", "lost": " (lost)", "in flight": " (never received)"}
PLAIN = " .,_()=[]{}:/+-!?*'"
"""The characters besides letters, digits and those beyond ASCII that mean nothing to Mermaid in a text."""
OUTSIDE = "outside"
"""The lane that messages come from if none is known."""


def sequence_to_mermaid(diagram: Diagram) -> str:
    """The Mermaid text of a sequence diagram. A message is drawn where it is received; one that arrives late says in
    which state it was sent."""
    return "\n".join([*_Mermaid(diagram).lines(), ""])


def escaped(text: str) -> str:
    """A text that Mermaid takes as it is: what could mean something to Mermaid or to HTML becomes a character code."""
    plain = "".join(c if c.isalnum() or c in PLAIN or ord(c) > 127 else f"#{ord(c)};" for c in text)
    # at the beginning of a text it would not be part of it
    plain = re.sub(r"(?i)(wrap):", r"\1#58;", plain)
    # as a word of its own it would end a block
    return re.sub(r"(?i)\bend\b", lambda found: f"#{ord(found[0][0])};{found[0][1:]}", plain)


class _Mermaid:
    """Writes the lines of a diagram."""

    def __init__(self, diagram: Diagram) -> None:
        self.diagram = diagram
        self.landing = {arrow.end: arrow for arrow in diagram.arrows if arrow.end is not None}
        self.first, self.last = self._name(0), self._name(len(diagram.lanes) - 1)

    def lines(self) -> Iterator[str]:
        """The lines of the text."""
        diagram = self.diagram
        yield "sequenceDiagram"
        for number, lane in enumerate(diagram.lanes):
            yield f"    participant {self._name(number)} as {escaped(lane.name) or '#32;'}"
        if any(arrow.source is None for arrow in diagram.arrows):
            yield f"    participant {OUTSIDE} as …"
        opens = None if diagram.loop is None or not diagram.returns else diagram.loop + 1
        for number, row in enumerate(diagram.rows):
            if number == opens:
                yield "    loop for ever"
            for line in self._row(number, row):
                yield f"    {'    ' if opens is not None and number >= opens else ''}{line}"
        if opens is not None:
            yield "    end"
        sign = "✓" if diagram.is_good else "✗"
        told = "<br/>".join(escaped(text) for text in (f"{sign} {diagram.verdict}", *diagram.reasons))
        yield f"    Note over {self._span()}: {told}"

    def _name(self, lane: int | None) -> str:
        return OUTSIDE if lane is None else f"n{lane}"

    def _span(self) -> str:
        return self.first if self.first == self.last else f"{self.first},{self.last}"

    def _row(self, number: int, row: Row) -> Iterator[str]:
        arrow = self.landing.get(number)
        if arrow is not None:
            yield self._arrow(arrow)
        if row.mood in ("bad", "good"):
            yield f"rect {'rgba(197, 34, 31, 0.15)' if row.mood == 'bad' else 'rgba(19, 115, 51, 0.15)'}"
        yield f"Note over {self._place(row)}: {self._note(row)}"
        if row.mood in ("bad", "good"):
            yield "end"
        for waiting in self.diagram.arrows:
            if waiting.end is None and waiting.start == number:
                yield self._arrow(waiting)

    def _place(self, row: Row) -> str:
        """What a note stands over: its lane, with those that take part, or all lanes."""
        if row.lane is None:
            return self._span()
        lanes = sorted({row.lane, *row.partners})
        return ",".join(dict.fromkeys([self._name(lanes[0]), self._name(lanes[-1])]))

    def _note(self, row: Row) -> str:
        """A step, numbered, and what it changes."""
        call = f"{row.label} {row.call}"
        return "<br/>".join(escaped(text) for text in [call, *(change.text() for change in row.changes), *row.state])

    def _arrow(self, arrow: Arrow) -> str:
        # one that nobody receives, and that is for nobody in particular, ends where it began
        target = arrow.source if arrow.target is None else arrow.target
        remark = REMARKS.get(arrow.fate, "")
        if arrow.start is None:
            remark += " (on its way at the beginning)"
        elif arrow.is_late:
            remark += f" (sent in state {arrow.start + 1})"
        ends = f"{self._name(arrow.source)}{ARROWS[arrow.fate]}{self._name(target)}"
        return f"{ends}: {escaped(arrow.label + remark)}"
