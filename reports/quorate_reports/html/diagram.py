"""The drawing of a trace inside a page."""

from __future__ import annotations

import re
from dataclasses import replace

from markupsafe import Markup
from rich.cells import cell_len

from quorate.trace import Trace
from quorate_reports.sequence import Diagram, sequence
from quorate_reports.sequence_layout import MARGIN, layout
from quorate_reports.sequence_svg import sequence_svg

SMALLEST = 0.7
"""How much of its own size a drawing must keep to be legible."""


def diagram(trace: Trace) -> Markup:
    """The sequence diagram as inline SVG. An element that shows a state has its index in `data-row`."""
    diagram = sequence(trace)
    return _drawn(replace(diagram, verdict="reached" if diagram.is_good else "violated"))


def way(trace: Trace) -> Markup:
    """The same of a walk, whose end shows nothing but where one is."""
    diagram = sequence(trace)
    *rows, last = diagram.rows
    rows.append(last if last.mood == "initial" else replace(last, mood="good"))
    return _drawn(replace(diagram, rows=tuple(rows), verdict="here", reasons=(), is_good=True))


def _drawn(diagram: Diagram) -> Markup:
    """The lanes alone: what a step is and what it changes stands in the page, beside the drawing."""
    rows = tuple(replace(row, changes=(), state=()) for row in diagram.rows)
    bare = replace(diagram, rows=rows, reasons=())
    width = max(layout(bare).beside, cell_len(diagram.title) * 8 + 2 * MARGIN)
    # it shrinks with the page as long as its texts can be read
    size = f'style="display:block;width:100%;max-width:{width:.0f}px;min-width:{width * SMALLEST:.0f}px"'
    drawn = re.sub(
        r'width="\d+" height="\d+" viewBox="0 0 \d+', f'{size} viewBox="0 0 {width:.0f}', sequence_svg(bare), count=1
    )
    # our own drawing, whose texts are escaped
    return Markup(drawn)
