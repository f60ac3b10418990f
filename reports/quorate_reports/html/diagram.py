"""The drawing of a trace inside a page."""

from __future__ import annotations

import itertools
import re

from markupsafe import Markup

from quorate.trace import Trace
from quorate_reports.svg import trace_to_svg


def diagram(trace: Trace) -> Markup:
    """The drawing as inline SVG. An element that shows a state has its index in `data-step`."""
    numbers = itertools.count()
    marked = re.sub('<g (?=class="state)', lambda _: f'<g data-step="{next(numbers)}" ', trace_to_svg(trace))
    # our own drawing, whose texts are escaped
    return Markup(marked)
