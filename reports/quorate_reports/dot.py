"""The picture of a trace in Graphviz' language: a node for each state, an edge for each action."""

from __future__ import annotations

from html import escape

from quorate.trace import Trace
from quorate_reports.picture import Card, Line, Mark, Mood, Picture, folded, picture

BORDER: dict[Mood, str] = {
    "initial": "#1f5fa8",
    "plain": "#9aa0a6",
    "bad": "#c5221f",
    "good": "#188038",
    "loop": "#c5221f",
}
TITLE_FILL: dict[Mood, str] = {
    "initial": "#dbe8f8",
    "plain": "#eceff1",
    "bad": "#fad2cf",
    "good": "#ceead6",
    "loop": "#fad2cf",
}
FONT = "DejaVu Sans,Helvetica,Arial,sans-serif"
MONO = "DejaVu Sans Mono,Menlo,Consolas,monospace"


def trace_to_dot(trace: Trace) -> str:
    """The trace as a DOT graph. Nodes are s1, s2, … as the states are numbered; a step that fails leads to `fault`."""
    return picture_to_dot(picture(trace))


def picture_to_dot(drawn: Picture) -> str:
    """A picture as a DOT graph."""
    lines = [
        "digraph trace {",
        (
            f'  graph [label=<<FONT POINT-SIZE="13"><B>{escape(drawn.title)}</B></FONT>>, labelloc=t, rankdir=TB, '
            f'ranksep=0.3, nodesep=0.3, fontname="{FONT}", bgcolor=white, pad=0.2]'
        ),
        f'  node [shape=plain, fontname="{MONO}", fontsize=11]',
        f'  edge [fontname="{MONO}", fontsize=11, color="#5f6368", arrowsize=0.8]',
        "",
    ]
    names = ["fault" if card.is_fault else f"s{number}" for number, card in enumerate(drawn.cards, start=1)]
    # all states as wide as the widest
    width = max(_width(card) for card in drawn.cards)
    for name, card in zip(names, drawn.cards, strict=True):
        lines.append(f"  {name} [label=<{_table(card, width)}>]")
    lines.append("")
    for before, name, card in zip(names, names[1:], drawn.cards[1:], strict=False):
        looks = ', style=dashed, color="#c5221f", fontcolor="#c5221f"' if card.is_fault else ""
        lines.append(f"  {before} -> {name} [label={_label(card.arrow or '')}{looks}]")
    if drawn.loop is not None:
        looks = 'label="for ever", style=dashed' if drawn.back is None else f"label={_label(drawn.back)}"
        colours = 'color="#c5221f", fontcolor="#c5221f"'
        lines.append(f"  {names[-1]} -> {names[drawn.loop]} [{looks}, {colours}, constraint=false]")
    return "\n".join([*lines, "}", ""])


def _label(text: str) -> str:
    """An edge label, its lines aligned to the left and set off from the edge."""
    inside = "".join(f" {line} \\l".replace('"', '\\"') for line in folded(text.replace("\\", "\\\\"), 60))
    return f'"{inside}"'


def _width(card: Card) -> int:
    """The least width of a node in points: a monospaced character of 11 points is about 6.7 wide."""
    return round(6.7 * max([len(card.title), *(sum(len(text) for text, _ in line) for line in card.lines)])) + 12


def _table(card: Card, width: int) -> str:
    border = BORDER[card.mood]
    style = ' STYLE="DASHED"' if card.is_fault else ""
    weight = 1 if card.mood == "plain" else 2
    body = "".join(f'{_line(line)}<BR ALIGN="LEFT"/>' for line in card.lines) or " "
    return (
        f'<TABLE BORDER="{weight}" CELLBORDER="0" CELLSPACING="0" CELLPADDING="5" '
        f'COLOR="{border}"{style} BGCOLOR="white">'
        f'<TR><TD ALIGN="LEFT" WIDTH="{width}" BGCOLOR="{TITLE_FILL[card.mood]}">'
        f'<FONT FACE="{FONT}"><B>{escape(card.title)}</B></FONT></TD></TR>'
        f'<TR><TD ALIGN="LEFT" BALIGN="LEFT">{body}</TD></TR></TABLE>'
    )


def _line(line: Line) -> str:
    return "".join(_piece(text, mark) for text, mark in line)


def _piece(text: str, mark: Mark) -> str:
    # leading spaces are an indent, which HTML-like labels would drop
    inside = escape(text).replace("  ", "&#160;&#160;")
    match mark:
        case "new":
            return f'<FONT COLOR="#0b57d0"><B>{inside}</B></FONT>'
        case "place":
            return f"<B>{inside}</B>"
        case "old" | "quiet":
            return f'<FONT COLOR="#80868b">{inside}</FONT>'
        case "plain":
            return inside
