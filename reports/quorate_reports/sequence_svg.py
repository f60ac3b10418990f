"""A sequence diagram as SVG: lanes and arrows on the left, what each step changes beside them. Legible on a light
ground and on a dark one, whichever the reader prefers.
"""

from __future__ import annotations

from html import escape
from itertools import pairwise

from quorate_reports.dot import FONT, MONO
from quorate_reports.picture import Line, wrapped
from quorate_reports.sequence import Arrow, Diagram, Row, legend
from quorate_reports.sequence_layout import (
    BOX,
    GAP,
    LINE,
    MARGIN,
    NUMBERS,
    SMALL_LINE,
    Layout,
    Path,
    box_width,
    heading,
    layout,
    short_action,
    small_width,
)

HEADS_EVERY = 12
"""After so many rows the names of the lanes are repeated."""

STYLE = f"""
.sequence text {{ font: 12px {MONO}; fill: #202124; white-space: pre; }}
.sequence .ground {{ fill: #ffffff; }}
.sequence .title, .sequence .head {{ font-family: {FONT}; font-weight: bold; }}
.sequence .small {{ font-size: 11px; }}
.sequence .place, .sequence .call {{ font-weight: bold; }}
.sequence .old, .sequence .quiet {{ fill: #6b7178; }}
.sequence .new {{ fill: #0b57d0; font-weight: bold; }}
.sequence .halo {{ stroke: #ffffff; stroke-width: 4px; stroke-linejoin: round; paint-order: stroke; }}
.sequence .label.bad .halo {{ stroke: #faebeb; }}
.sequence .label.good .halo {{ stroke: #ebf3ed; }}
.sequence .fields {{ fill: #5f6368; }}
.sequence .life {{ stroke: #9aa0a6; stroke-width: 1; fill: none; }}
.sequence .life.down {{ stroke-dasharray: 1 6; }}
.sequence .life.apart {{ stroke: #b06000; stroke-width: 2; stroke-dasharray: 7 4; }}
.sequence .rule {{ stroke: #e3e5e8; stroke-width: 1; }}
.sequence .box {{ fill: #e8eefc; stroke: #5b7bb8; }}
.sequence .box.other {{ fill: #eef0f2; stroke: #80868b; }}
.sequence .box.fault, .sequence .pill {{ fill: #fdf1dc; stroke: #b06000; }}
.sequence .box.bad {{ fill: #fce8e6; stroke: #c5221f; stroke-width: 2; }}
.sequence .box.good {{ fill: #e6f4ea; stroke: #137333; stroke-width: 2; }}
.sequence .band.bad {{ fill: #c5221f; fill-opacity: 0.09; }}
.sequence .band.good {{ fill: #137333; fill-opacity: 0.09; }}
.sequence .wire {{ stroke: #3c4043; stroke-width: 1.4; fill: none; }}
.sequence .tip {{ fill: #3c4043; stroke: #3c4043; }}
.sequence .again .wire, .sequence .in-flight .wire {{ stroke-dasharray: 5 3; }}
.sequence .kept .wire {{ stroke-dasharray: 2 3; }}
.sequence .lost .wire {{ stroke: #c5221f; }}
.sequence .in-flight .tip, .sequence .open {{ fill: #ffffff; stroke: #3c4043; }}
.sequence .cut {{ stroke: #b06000; stroke-width: 1.2; stroke-dasharray: 4 4; fill: none; }}
.sequence .link {{ stroke: #5b7bb8; stroke-width: 1.4; fill: none; }}
.sequence .ring {{ stroke: #c5221f; stroke-width: 2; fill: none; }}
.sequence .cross, .sequence .loop {{ stroke: #c5221f; stroke-width: 2; fill: none; }}
.sequence .verdict.bad, .sequence .lost text.small, .sequence .looped {{ fill: #c5221f; }}
.sequence .verdict.good {{ fill: #137333; }}
.sequence .verdict {{ font-weight: bold; }}
@media (prefers-color-scheme: dark) {{
.sequence text {{ fill: #e3e5e8; }}
.sequence .ground {{ fill: #1b1c1e; }}
.sequence .old, .sequence .quiet, .sequence .fields {{ fill: #a0a6ad; }}
.sequence .new {{ fill: #8ab4f8; }}
.sequence .halo {{ stroke: #1b1c1e; }}
.sequence .label.bad .halo {{ stroke: #2e2627; }}
.sequence .label.good .halo {{ stroke: #242c29; }}
.sequence .life {{ stroke: #6b7178; }}
.sequence .life.apart, .sequence .cut {{ stroke: #f0b35a; }}
.sequence .rule {{ stroke: #303236; }}
.sequence .box {{ fill: #24304a; stroke: #7d9bd8; }}
.sequence .box.other {{ fill: #303236; stroke: #9aa0a6; }}
.sequence .box.fault, .sequence .pill {{ fill: #45340f; stroke: #f0b35a; }}
.sequence .box.bad {{ fill: #4d1f1c; stroke: #f28b82; }}
.sequence .box.good {{ fill: #17381f; stroke: #81c995; }}
.sequence .band.bad {{ fill: #f28b82; }}
.sequence .band.good {{ fill: #81c995; }}
.sequence .wire {{ stroke: #d3d6da; }}
.sequence .tip {{ fill: #d3d6da; stroke: #d3d6da; }}
.sequence .in-flight .tip, .sequence .open {{ fill: #1b1c1e; stroke: #d3d6da; }}
.sequence .link {{ stroke: #7d9bd8; }}
.sequence .lost .wire, .sequence .ring, .sequence .cross, .sequence .loop {{ stroke: #f28b82; }}
.sequence .verdict.bad, .sequence .lost text.small, .sequence .looped {{ fill: #f28b82; }}
.sequence .verdict.good {{ fill: #81c995; }}
}}
"""


def sequence_svg(diagram: Diagram) -> str:
    """A sequence diagram as an SVG document. Rows are `<g class="row" data-row="3">` with the index of their state,
    arrows `<g class="arrow …" data-start="1" data-end="3">` with those of the rows they join."""
    return _Drawing(diagram).document()


def line(look: str, *points: tuple[float, float]) -> str:
    """A line through points."""
    path = " ".join(f"{'L' if number else 'M'}{x:.1f} {y:.1f}" for number, (x, y) in enumerate(points))
    return f'<path class="{look}" d="{path}"/>'


def text(look: str, x: float, y: float, content: str, anchor: str = "start") -> str:
    """A line of text."""
    at = "" if anchor == "start" else f' text-anchor="{anchor}"'
    return f'<text class="{look}" x="{x:.1f}" y="{y:.1f}"{at}>{escape(content)}</text>'


class _Drawing:
    """Draws the parts of a diagram where its layout has put them."""

    def __init__(self, diagram: Diagram) -> None:
        self.diagram = diagram
        self.layout: Layout = layout(diagram)
        self.body: list[str] = []
        self.has_feet = len(diagram.rows) > HEADS_EVERY

    def document(self) -> str:
        drawn, at = self.diagram, self.layout
        self._bands()
        self._lives()
        for arrow, path in zip(drawn.arrows, at.paths, strict=True):
            self._arrow(arrow, path)
        # above all wires: what lies under a label is hidden by it
        for arrow, path in zip(drawn.arrows, at.paths, strict=True):
            self._label(arrow, path)
        self._names()
        for number, row in enumerate(drawn.rows):
            self._row(number, row)
        self._loop()
        height = self._verdict()
        title = escape(drawn.title)
        return "\n".join(
            [
                (
                    f'<svg xmlns="http://www.w3.org/2000/svg" class="sequence" width="{at.width:.0f}" '
                    f'height="{height:.0f}" viewBox="0 0 {at.width:.0f} {height:.0f}" role="img">'
                ),
                f"<title>{title}</title>",
                f"<style>{STYLE}</style>",
                '<rect class="ground" width="100%" height="100%"/>',
                text("title", MARGIN, MARGIN + 4, heading(drawn)),
                *self.body,
                "</svg>",
                "",
            ]
        )

    # -- behind everything

    def _bands(self) -> None:
        at = self.layout
        for number, row in enumerate(self.diagram.rows):
            top, bottom = at.tops[number], at.tops[number + 1]
            if row.mood in ("bad", "good"):
                self.body.append(
                    f'<rect class="band {row.mood}" x="0" y="{top:.1f}" width="{at.width:.1f}" '
                    f'height="{bottom - top:.1f}"/>'
                )
            elif number:
                self.body.append(line("rule", (MARGIN, top), (at.width - MARGIN, top)))

    def _lives(self) -> None:
        """The lanes: a head above, a line down, other where the node is down or apart."""
        at = self.layout
        top, bottom = at.head, at.tops[-1]
        for number, lane in enumerate(self.diagram.lanes):
            x = at.lanes[number]
            ends = [end for one in self._stretches(number, bottom) for end in one[:2]]
            for start, stop in pairwise(sorted({top, bottom, *ends})):
                kinds = [kind for begin, end, kind in self._stretches(number, bottom) if begin <= start < end]
                look = "life down" if "down" in kinds else "life apart" if kinds else "life"
                self.body.append(line(look, (x, start), (x, stop)))
            self._head(number, top - 12, lane.name)
            if self.has_feet:
                self._head(number, bottom + 12, lane.name)

    def _stretches(self, lane: int, bottom: float) -> list[tuple[float, float, str]]:
        """Where a lane is down or apart: from, to and which."""
        centres = self.layout.centres
        return [
            (centres[one.start], bottom if one.end is None else centres[one.end], one.kind)
            for one in self.diagram.stretches
            if one.lane == lane
        ]

    def _names(self) -> None:
        """The names of the lanes again, every so many rows."""
        at = self.layout
        for row in range(HEADS_EVERY, len(self.diagram.rows) - 3, HEADS_EVERY):
            for x, lane in zip(at.lanes, self.diagram.lanes, strict=True):
                self.body.append(text("head small quiet halo", x, at.tops[row] + 4, lane.name, "middle"))

    def _head(self, number: int, y: float, name: str) -> None:
        look = "box" if self.diagram.lanes[number].is_node else "box other"
        width = max(44.0, small_width(name) * 1.1 + 20)
        x = self.layout.lanes[number]
        self.body += [
            f'<rect class="{look}" x="{x - width / 2:.1f}" y="{y - 12}" width="{width:.1f}" height="24" rx="4"/>',
            text("head", x, y + 4, name, "middle"),
        ]

    # -- arrows

    def _arrow(self, arrow: Arrow, path: Path) -> None:
        look = arrow.fate.replace(" ", "-")
        start, end = "" if arrow.start is None else arrow.start, "" if arrow.end is None else arrow.end
        self.body.append(f'<g class="arrow {look}" data-start="{start}" data-end="{end}">')
        self.body.append(f"<title>{escape(arrow.full)}</title>")
        self.body.append(line("wire", *path.points))
        if path.opens:
            x, y = path.points[0]
            self.body.append(f'<circle class="open" cx="{x:.1f}" cy="{y:.1f}" r="3.5"/>')
        x, y = path.points[-1]
        if arrow.fate == "lost":
            self.body.append(f'<path class="cross" d="M{x - 5:.1f} {y - 5:.1f} l10 10 m0 -10 l-10 10"/>')
        else:
            back = -9 if path.points[-2][0] < x else 9
            self.body.append(f'<path class="tip" d="M{x:.1f} {y:.1f} l{back} -4 v8 z"/>')
        self.body.append("</g>")

    def _label(self, arrow: Arrow, path: Path) -> None:
        mood = self.diagram.rows[(arrow.start or 0) if arrow.end is None else arrow.end].mood
        self.body.append(f'<g class="label {arrow.fate.replace(" ", "-")} {mood}">')
        for number, label in enumerate(path.label):
            kind = "small fields halo" if number else "small halo"
            self.body.append(text(kind, path.label_at[0], path.label_at[1] + SMALL_LINE * number, label, path.anchor))
        self.body.append("</g>")

    # -- rows

    def _row(self, number: int, row: Row) -> None:
        at, y = self.layout, self.layout.centres[number]
        self.body.append(f'<g class="row {row.mood}" data-row="{number}">')
        self.body.append(text("quiet", MARGIN + at.bracket + NUMBERS - 10, y + 4, row.label, "end"))
        if row.lane is not None:
            self._box(row, y)
        elif number:
            self._pill(row, y)
        if row.mood == "bad":
            for lane in self.diagram.witnesses:
                if lane != row.lane:
                    self.body.append(f'<circle class="ring" cx="{at.lanes[lane]:.1f}" cy="{y:.1f}" r="8"/>')
        for place, look_line in enumerate(at.notes[number]):
            self.body.append(self._note(look_line, y + 4 + LINE * place))
        self.body.append("</g>")

    def _box(self, row: Row, y: float) -> None:
        x, width = self.layout.lanes[row.lane or 0], box_width(row)
        for partner in row.partners:
            other = self.layout.lanes[partner]
            self.body.append(line("link", (x, y), (other, y)))
            self.body.append(f'<circle class="tip" cx="{other:.1f}" cy="{y:.1f}" r="3.5"/>')
        look = row.mood if row.mood in ("bad", "good") else "fault" if row.failure else ""
        if not look and not self.diagram.lanes[row.lane or 0].is_node:
            look = "other"
        self.body += [
            (
                f'<rect class="{f"box {look}".rstrip()}" x="{x - width / 2:.1f}" y="{y - BOX / 2:.1f}" '
                f'width="{width:.1f}" height="{BOX}" rx="3"/>'
            ),
            text("small", x, y + 4, short_action(row), "middle"),
        ]

    def _pill(self, row: Row, y: float) -> None:
        """A step of the network: on no lane, across all of them where it parts or joins them."""
        at = self.layout
        if row.failure == "loss":
            return
        if row.failure in ("partition", "heal"):
            self.body.append(line("cut", (at.lanes[0] - 40, y), (at.lanes[-1] + 40, y)))
        x, width = (at.lanes[0] + at.lanes[-1]) / 2, box_width(row)
        # between two lanes, not on one
        x += at.spacing / 2 if len(at.lanes) % 2 and len(at.lanes) > 1 else 0
        self.body += [
            (
                f'<rect class="pill" x="{x - width / 2:.1f}" y="{y - BOX / 2:.1f}" width="{width:.1f}" '
                f'height="{BOX}" rx="10"/>'
            ),
            text("small", x, y + 4, short_action(row), "middle"),
        ]

    def _note(self, pieces: Line, y: float) -> str:
        spans = "".join(f'<tspan class="{mark}">{escape(content)}</tspan>' for content, mark in pieces)
        return f'<text x="{self.layout.beside:.1f}" y="{y:.1f}" xml:space="preserve">{spans}</text>'

    # -- the end

    def _loop(self) -> None:
        """The bracket around the rows that come again and again."""
        loop = self.diagram.loop
        if loop is None or not self.diagram.returns:
            return
        at = self.layout
        top, bottom, x = at.tops[loop + 1] + 4, at.tops[-1] - 4, MARGIN + 8
        self.body.append(line("loop", (x + 10, top), (x, top), (x, bottom), (x + 10, bottom)))
        self.body.append(
            f'<text class="looped" transform="translate({x - 6} {(top + bottom) / 2:.1f}) rotate(-90)" '
            'text-anchor="middle">for ever</text>'
        )

    def _verdict(self) -> float:
        """What the diagram shows, below it; the height of all."""
        drawn, at = self.diagram, self.layout
        y = at.tops[-1] + GAP + (28 if self.has_feet else 0)
        look = "good" if drawn.is_good else "bad"
        for folded in wrapped([(f"{'✓' if drawn.is_good else '✗'} {drawn.verdict}", "plain")], at.columns):
            self.body.append(text(f"verdict {look}", MARGIN, y, "".join(content for content, _ in folded)))
            y += LINE
        for reason in drawn.reasons:
            for folded in wrapped([(reason, "plain")], at.columns - 2):
                self.body.append(text("reason", MARGIN + 15, y, "".join(content for content, _ in folded)))
                y += LINE
        for folded in wrapped([("; ".join(legend(drawn, "line with a dot", "ring")), "plain")], at.columns):
            self.body.append(text("small quiet", MARGIN, y + 4, "".join(content for content, _ in folded)))
            y += LINE
        return y + MARGIN - LINE
