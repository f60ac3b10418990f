"""Where the parts of a sequence diagram go, so that no text lies on another."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

from rich.cells import cell_len

from quorate_reports.picture import Line, change_pieces, named_pieces, wrapped
from quorate_reports.sequence import Arrow, Diagram, Row

CHARACTER, SMALL = 7.25, 6.65
"""The width of a character of the monospaced font at 12 and at 11 pixels; a little more than its own, for fonts that
stand in."""
LINE, SMALL_LINE = 16, 13
MARGIN, GAP = 24, 24
NUMBERS = 34
BOX = 20
LONGEST_ACTION, LONGEST_LABEL = 20, 24
RUN = 18
"""How much more of an arrow than its label is level."""
STUB = 26
"""The length of the arrow of a message that nobody takes."""


@dataclass(frozen=True)
class Path:
    """The way of an arrow, and where its label is. `opens` says that its beginning is not in the trace."""

    points: tuple[tuple[float, float], ...]
    label: tuple[str, ...]
    label_at: tuple[float, float]
    anchor: str
    opens: bool = False


@dataclass(frozen=True)
class Layout:
    """Coordinates in pixels. `tops` has the top of each row, and the bottom of the last; `centres` where its step is.

    `lanes` are the lines of the lanes, from `head` down to `foot`; `beside` is where the notes begin, `columns` how
    many characters fit the width. `paths` are those of the arrows, in their order.
    """

    width: float
    head: float
    spacing: float
    bracket: float
    beside: float
    columns: int
    lanes: tuple[float, ...]
    tops: tuple[float, ...]
    centres: tuple[float, ...]
    notes: tuple[tuple[Line, ...], ...]
    paths: tuple[Path, ...]


def small_width(text: str) -> float:
    """The width of a small text."""
    return cell_len(text) * SMALL


def shortened(text: str, most: int) -> str:
    """The text in at most so many columns, with an ellipsis where it was cut."""
    if cell_len(text) <= most:
        return text
    while cell_len(text) >= most:
        text = text[:-1]
    return f"{text}…"


def short_action(row: Row) -> str:
    """The name of a step for its box."""
    return shortened(f"✗ {row.action}" if row.label == "✗" else row.action, LONGEST_ACTION)


def box_width(row: Row) -> float:
    """The width of the box of a step."""
    return small_width(short_action(row)) + 14


def heading(diagram: Diagram) -> str:
    """The title, with how many nodes are not shown."""
    return f"{diagram.title}, {diagram.idle} nodes idle" if diagram.idle else diagram.title


def label_lines(arrow: Arrow) -> tuple[str, ...]:
    """The label of an arrow: what kind of message it is, and its fields below; of one that never arrives one line."""
    if arrow.fate == "in flight":
        return (shortened(arrow.label, LONGEST_LABEL),)
    if arrow.fate == "lost":
        return (shortened(f"lost: {arrow.label}", LONGEST_LABEL),)
    remark = {"again": " again", "kept": " kept"}.get(arrow.fate, "")
    tag = shortened(arrow.tag, LONGEST_LABEL - len(remark)) + remark
    return (tag, shortened(arrow.fields, LONGEST_LABEL)) if arrow.fields and arrow.fate != "kept" else (tag,)


def label_width(arrow: Arrow) -> float:
    """The width of the label of an arrow."""
    return max(map(small_width, label_lines(arrow)))


def layout(diagram: Diagram) -> Layout:
    """Lay out a diagram."""
    return _Layouter(diagram).layout()


class _Layouter:
    """Measures what stands beside the lanes, sets the lanes apart by that, and leads the arrows along them."""

    def __init__(self, diagram: Diagram) -> None:
        self.diagram = diagram
        self.landing = {arrow.end: arrow for arrow in diagram.arrows if arrow.end is not None}
        self.stubs: dict[int, int] = {}
        self.places: list[int] = []
        for arrow in diagram.arrows:
            start = arrow.start or 0
            self.places.append(self.stubs.get(start, 0))
            if arrow.end is None:
                self.stubs[start] = self.stubs.get(start, 0) + 1
        self.notes = [self._note(number) for number in range(len(diagram.rows))]

    def layout(self) -> Layout:
        """The layout."""
        diagram = self.diagram
        self.spacing = self._spacing()
        bracket = 22.0 if diagram.returns else 0.0
        first = MARGIN + bracket + NUMBERS + self._overhang(0, -1)
        self.lanes = tuple(first + self.spacing * number for number in range(len(diagram.lanes)))
        beside = self.lanes[-1] + self._overhang(len(self.lanes) - 1, 1) + GAP
        head = MARGIN + GAP + 28.0
        self.tops, self.centres = self._rows(head)
        widest = max(sum(cell_len(content) for content, _ in line) for note in self.notes for line in note)
        width = max(beside + CHARACTER * widest + MARGIN, cell_len(heading(diagram)) * 8.0 + 2 * MARGIN, 420.0)
        return Layout(
            width=width,
            head=head,
            spacing=self.spacing,
            bracket=bracket,
            beside=beside,
            columns=int((width - 2 * MARGIN) / CHARACTER),
            lanes=self.lanes,
            tops=self.tops,
            centres=self.centres,
            notes=tuple(map(tuple, self.notes)),
            paths=tuple(map(self._path, diagram.arrows, self.places)),
        )

    # -- measures

    def _note(self, number: int) -> list[Line]:
        """What stands beside a row: the step, messages of which the arrow shows a part only, what changes."""
        row = self.diagram.rows[number]
        lines = wrapped([(row.call, "place")])
        if number in self.landing and self.landing[number].is_late and self.landing[number].start is not None:
            lines += wrapped([(f"sent in state {(self.landing[number].start or 0) + 1}", "quiet")])
        cut = {
            arrow.full for arrow in self.diagram.arrows if arrow.start == number and "…" in "".join(label_lines(arrow))
        }
        lines += [line for full in row.sent if full in cut for line in wrapped([(f"sends {full}", "quiet")])]
        lines += [line for change in row.changes for line in wrapped(change_pieces(change))]
        return lines + [line for text in row.state for line in wrapped(named_pieces(text))]

    def _reach(self, arrow: Arrow) -> tuple[int, float]:
        """On which side of which lane an arrow has its label (-1 left, 1 right), and how far that extends."""
        label = label_width(arrow)
        side = self._side(arrow)
        if arrow.end is None:
            return side, STUB + 6 + label
        if arrow.fate == "lost":
            return side, self.spacing / 2 + 10 + label if arrow.target is None else 0
        if arrow.source == arrow.target:
            return side, self._detour(arrow) + 8 + label
        return side, self._half(arrow.end) + label + RUN + self._clearance(arrow)

    def _side(self, arrow: Arrow) -> int:
        """The side of its lane (of a message that never arrives: of the source) that an arrow is on."""
        here, there = arrow.target, arrow.source
        if arrow.end is None or arrow.fate == "lost":
            here, there = arrow.source, arrow.target
            if there is None or there == here:
                return -1 if here == len(self.diagram.lanes) - 1 and here else 1
        elif here == there:
            return -1 if arrow.fate == "kept" else 1
        return 1 if there is not None and here is not None and there > here else -1

    def _half(self, row: int | None) -> float:
        """Half the width of the box of a row."""
        return box_width(self.diagram.rows[row]) / 2 if row else 0.0

    def _detour(self, arrow: Arrow) -> float:
        """How far from its lane an arrow goes that returns to it; two in a row are told apart."""
        between = range(arrow.start or 0, (arrow.end or 0) + 1)
        boxes = [self._half(row) for row in between if self.diagram.rows[row].lane == arrow.source]
        return max(boxes, default=0.0) + RUN + 8 * ((arrow.start or 0) % 2)

    def _clearance(self, arrow: Arrow) -> float:
        """How far an arrow keeps from the lane it leaves, so as not to pass behind later steps there; 0 where there are
        none before it arrives."""
        between = range((arrow.start or 0) + 1, arrow.end or 0)
        boxes = [self._half(row) for row in between if self.diagram.rows[row].lane == arrow.source]
        return max(boxes) + 8 if boxes else 0.0

    def _spacing(self) -> float:
        """The distance of neighbouring lanes: room for the boxes, and for a label beside a box."""
        self.spacing = 0.0
        needed = [110.0, *(cell_len(lane.name) * 8.0 + 40 for lane in self.diagram.lanes)]
        needed += [self._reach(arrow)[1] + 14 for arrow in self.diagram.arrows]
        widest = [
            max([box_width(row) / 2 for row in self.diagram.rows if row.lane == lane], default=22.0)
            for lane in range(len(self.diagram.lanes))
        ]
        return max([*needed, *(one + other + 24 for one, other in itertools.pairwise(widest))])

    def _overhang(self, lane: int, side: int) -> float:
        """How far the diagram extends beyond its first or last lane."""
        diagram = self.diagram
        pills = [box_width(row) / 2 for row in diagram.rows if row.lane is None and len(diagram.lanes) == 1]
        boxes = [box_width(row) / 2 for row in diagram.rows if row.lane == lane]
        reaches = []
        for arrow in diagram.arrows:
            at = arrow.source if arrow.end is None or arrow.fate == "lost" else arrow.target
            if at == lane and self._side(arrow) == side:
                reaches.append(self._reach(arrow)[1])
        name = cell_len(diagram.lanes[lane].name) * 4.0 + 12
        return max([44.0, name, *pills, *boxes, *reaches])

    def _rows(self, top: float) -> tuple[tuple[float, ...], tuple[float, ...]]:
        """The tops of the rows with the bottom of the last, and where their steps are."""
        tops, centres = [top], []
        for number, note in enumerate(self.notes):
            arrow = self.landing.get(number)
            above = 0 if arrow is None or arrow.fate == "lost" else len(label_lines(arrow))
            centre = tops[-1] + (12 + SMALL_LINE * above if above else 20)
            below = BOX / 2 + 10 + SMALL_LINE * self.stubs.get(number, 0)
            centres.append(centre)
            tops.append(centre + max(below, LINE * (len(note) - 1) + 14))
        return tuple(tops), tuple(centres)

    # -- arrows

    def _path(self, arrow: Arrow, place: int) -> Path:
        side, label = self._side(arrow), label_lines(arrow)
        anchor = "start" if side > 0 else "end"
        start = self.centres[arrow.start or 0]
        if arrow.end is None:
            x, y = self.lanes[arrow.source or 0], start + BOX / 2 + 10 + SMALL_LINE * place
            tip = x + side * STUB
            return Path(((x, y), (tip, y)), label, (tip + side * 6, y + 4), anchor)
        end = self.centres[arrow.end]
        if arrow.fate == "lost":
            return self._lost(arrow, side, start, end)
        x, half = self.lanes[arrow.target or 0], self._half(arrow.end)
        level = end - 6 - SMALL_LINE * (len(label) - 1)
        opens = arrow.start is None
        edge = x + side * half
        if arrow.source is None:
            begin = edge + side * (label_width(arrow) + RUN)
            return Path(((begin, end), (edge, end)), label, (edge + side * 10, level), anchor, opens)
        if arrow.source == arrow.target:
            out = x + side * self._detour(arrow)
            leave = start if opens else start + 5
            points = ((x + side * self._half(arrow.start), leave), (out, leave), (out, end), (edge, end))
            return Path(points, label, (out + side * 6, level), anchor, opens)
        source = self.lanes[arrow.source]
        bend = x + side * min(half + label_width(arrow) + RUN, abs(source - x) - 12)
        way = [(source, start if opens else start + BOX / 2)]
        clearance = self._clearance(arrow)
        if clearance:
            way.append((source - side * clearance, self.tops[(arrow.start or 0) + 1] + 4))
        return Path((*way, (bend, end), (edge, end)), label, (edge + side * 10, level), anchor, opens)

    def _lost(self, arrow: Arrow, side: int, start: float, end: float) -> Path:
        """The way of a message that the network drops: half of that to its target."""
        source = self.lanes[arrow.source or 0]
        there = source + side * self.spacing * 0.8 if arrow.target is None else self.lanes[arrow.target]
        x = (source + there) / 2
        begin = (source, start + BOX / 2 if arrow.start else start)
        anchor = "start" if side > 0 else "end"
        return Path((begin, (x, end)), label_lines(arrow), (x + side * 10, end + 4), anchor, arrow.start is None)
