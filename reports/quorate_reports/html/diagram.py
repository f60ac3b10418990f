"""The drawing of a trace inside a page."""

from __future__ import annotations

from dataclasses import replace

from markupsafe import Markup

from quorate.trace import Trace
from quorate_reports.sequence import sequence
from quorate_reports.sequence_svg import sequence_svg


def diagram(trace: Trace) -> Markup:
    """The sequence diagram as inline SVG. An element that shows a state has its index in `data-row`."""
    # our own drawing, whose texts are escaped
    return Markup(sequence_svg(sequence(trace)))


def way(trace: Trace) -> Markup:
    """The same of a walk, whose end shows nothing but where one is."""
    drawn = sequence(trace)
    *rows, last = drawn.rows
    rows.append(last if last.mood == "initial" else replace(last, mood="good"))
    return Markup(sequence_svg(replace(drawn, rows=tuple(rows), verdict="here", reasons=(), is_good=True)))
