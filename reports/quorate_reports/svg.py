"""The picture of a trace as SVG, drawn without Graphviz: the states in a column, an arrow from each to the next."""

from __future__ import annotations

from html import escape

from quorate.trace import Trace
from quorate_reports.dot import BORDER, FONT, MONO, TITLE_FILL
from quorate_reports.picture import Card, Line, Picture, folded, picture

CHARACTER = 7.25
"""The width of a character of the monospaced font, in pixels; a little more than its own, for fonts that stand in."""
LINE = 16
TITLE = 24
PADDING = 10
MARGIN = 24
FAILING = "#c5221f"
LABEL = 70

STYLE = f"""
text {{ font-size: 12px; fill: #202124; white-space: pre; }}
.mono {{ font-family: {MONO}; }}
.title {{ font-family: {FONT}; font-weight: bold; }}
.place {{ font-weight: bold; }}
.old, .quiet {{ fill: #80868b; }}
.new {{ fill: #0b57d0; font-weight: bold; }}
.fault {{ fill: #c5221f; }}
"""


def trace_to_svg(trace: Trace) -> str:
    """The trace as an SVG document."""
    return picture_to_svg(picture(trace))


def picture_to_svg(drawn: Picture) -> str:
    """A picture as an SVG document."""
    width = max(_card_width(card) for card in drawn.cards)
    body: list[str] = []
    y = MARGIN + TITLE
    tops = []
    for card in drawn.cards:
        if card.arrow is not None:
            height = _arrow(body, card, y)
            y += height
        tops.append(y)
        y += _card(body, card, y, width)
    loop = 0
    if drawn.loop is not None:
        loop = 40
        y += _back(body, drawn.back, tops[drawn.loop] + TITLE // 2, y, MARGIN + width)
    total = max(width + loop, len(drawn.title) * 8) + 2 * MARGIN
    return "\n".join(
        [
            (
                f'<svg xmlns="http://www.w3.org/2000/svg" width="{total:.0f}" height="{y + MARGIN}" '
                f'viewBox="0 0 {total:.0f} {y + MARGIN}" role="img">'
            ),
            f"<title>{escape(drawn.title)}</title>",
            f"<style>{STYLE}</style>",
            f"<defs>{_head('step', '#5f6368')}{_head('failing', FAILING)}</defs>",
            '<rect width="100%" height="100%" fill="white"/>',
            f'<text class="title" x="{MARGIN}" y="{MARGIN + 8}">{escape(drawn.title)}</text>',
            *body,
            "</svg>",
            "",
        ]
    )


def _head(name: str, colour: str) -> str:
    return (
        f'<marker id="{name}" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="7" markerHeight="7" orient="auto">'
        f'<path d="M0 0 L10 5 L0 10 z" fill="{colour}"/></marker>'
    )


def _card_width(card: Card) -> float:
    lines = [sum(len(text) for text, _ in line) for line in card.lines]
    label = max((len(line) for line in folded(card.arrow or "", LABEL)), default=0)
    return max(CHARACTER * max([*lines, len(card.title) + 2]) + 2 * PADDING, CHARACTER * label + 3 * PADDING + 16)


def _card(body: list[str], card: Card, y: int, width: float) -> int:
    """Draw a card at a height; its own height."""
    height = TITLE + LINE * len(card.lines) + (PADDING if card.lines else 0)
    border, weight = BORDER[card.mood], 1 if card.mood == "plain" else 2
    dashes = ' stroke-dasharray="6 4"' if card.is_fault else ""
    body += [
        f'<g class="state {card.mood}">',
        f'<rect x="{MARGIN}" y="{y}" width="{width:.0f}" height="{TITLE}" rx="4" fill="{TITLE_FILL[card.mood]}"/>',
        (
            f'<rect x="{MARGIN}" y="{y}" width="{width:.0f}" height="{height}" rx="4" fill="none" '
            f'stroke="{border}" stroke-width="{weight}"{dashes}/>'
        ),
        f'<text class="title" x="{MARGIN + PADDING}" y="{y + 16}">{escape(card.title)}</text>',
    ]
    for number, line in enumerate(card.lines):
        body.append(_text(line, y + TITLE + LINE * (number + 1)))
    body.append("</g>")
    return height


def _text(line: Line, y: int) -> str:
    pieces = "".join(f'<tspan class="{mark}">{escape(text)}</tspan>' for text, mark in line)
    return f'<text class="mono" x="{MARGIN + PADDING}" y="{y}" xml:space="preserve">{pieces}</text>'


def _arrow(body: list[str], card: Card, y: int) -> int:
    """Draw the arrow that ends at a card, with its label beside it; the height it takes."""
    lines = folded(card.arrow or "", LABEL)
    height = LINE * len(lines) + 24
    x = MARGIN + 2 * PADDING
    head, colour, extra = "step", "#5f6368", ""
    if card.is_fault:
        head, colour, extra = "failing", FAILING, ' stroke-dasharray="6 4"'
    body.append(
        f'<line class="step" x1="{x}" y1="{y + 2}" x2="{x}" y2="{y + height - 2}" stroke="{colour}" '
        f'stroke-width="1.5"{extra} marker-end="url(#{head})"/>'
    )
    look = "mono fault" if card.is_fault else "mono"
    for number, text in enumerate(lines):
        body.append(f'<text class="{look}" x="{x + 16}" y="{y + 24 + LINE * number}">{escape(text)}</text>')
    return height


def _back(body: list[str], label: str | None, top: int, bottom: int, right: float) -> int:
    """Draw the way from the last card, which ends at `bottom`, back to one whose title is at `top`.

    Its label, a step, stands below the last card; without one the run stays there. Returns the height it takes.
    """
    lines = folded(label, LABEL) if label is not None else []
    height = LINE * len(lines) + 24 if lines else 0
    x = MARGIN + 2 * PADDING
    start = f"M{x} {bottom + 2} v{height - 2} H{right + 24:.0f}" if lines else f"M{right:.0f} {bottom - 8} h24"
    dashes = "" if lines else ' stroke-dasharray="6 4"'
    body.append(
        f'<path class="back" d="{start} V{top} H{right + 2:.0f}" fill="none" stroke="{FAILING}" '
        f'stroke-width="1.5"{dashes} marker-end="url(#failing)"/>'
    )
    for number, text in enumerate(lines):
        body.append(f'<text class="mono fault" x="{x + 16}" y="{bottom + 16 + LINE * number}">{escape(text)}</text>')
    return height + 2
