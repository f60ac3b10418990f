"""A trace as a page shows it: one view for each state, the failing moment marked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from quorate.errors import Diagnostic
from quorate.trace import Fault, Trace
from quorate_reports.html.diagram import diagram
from quorate_reports.html.state_table import Table, state_tables
from quorate_reports.saving import stem_of
from quorate_reports.trace_file import trace_to_data
from quorate_reports.values import Change, changes, printable, show_call
from quorate_reports.wording import GOOD_KINDS, beginning, ending, failing


@dataclass(frozen=True)
class StepView:
    """A state: its number as printed (from 1), the step that led to it, what that changed, and the whole state.

    A step that fails leads to no state: it has no tables. `mark` is "bad", "good", "loop" or empty.
    """

    number: int
    what: str
    changes: tuple[Change, ...]
    tables: tuple[Table, ...]
    mark: str = ""
    closes: bool = False


@dataclass(frozen=True)
class TraceView:
    """A trace with its name among those of the page. `loop` is the index of the state where a lasso's loop begins;
    `returns` says that the last state is that one again. `verdict` says what the last state shows, `reasons` why."""

    name: str
    title: str
    doc: str
    is_good: bool
    steps: tuple[StepView, ...]
    loop: int | None
    returns: bool
    verdict: str
    reasons: tuple[str, ...]
    source: str
    values: tuple[tuple[str, str], ...]
    drawing: Markup
    data: dict[str, Any]


def trace_views(traces: Sequence[Trace], docs: dict[str | None, str]) -> tuple[TraceView, ...]:
    """The views of several traces, each under a name of its own. `docs` has the first line on each property."""
    used: dict[str, int] = {}
    views = []
    for trace in traces:
        stem = stem_of(trace)
        used[stem] = used.get(stem, 0) + 1
        name = stem if used[stem] == 1 else f"{stem}-{used[stem]}"
        views.append(trace_view(trace, name, docs.get(trace.property, "")))
    return tuple(views)


def trace_view(trace: Trace, name: str, doc: str = "") -> TraceView:
    """The view of one trace."""
    fault = trace.fault
    return TraceView(
        name=name,
        title=failing(trace),
        doc=doc,
        is_good=trace.kind in GOOD_KINDS,
        steps=_steps(trace),
        loop=trace.loop,
        returns=trace.returns(),
        verdict=ending(trace),
        reasons=tuple(printable(line) for line in (trace.explanation or "").splitlines()),
        source="" if fault is None else _source(fault),
        values=() if fault is None else tuple((printable(name), printable(value)) for name, value in fault.values),
        drawing=diagram(trace),
        data=trace_to_data(trace),
    )


def _steps(trace: Trace) -> tuple[StepView, ...]:
    last = len(trace.steps) - 1
    views = []
    for index, step in enumerate(trace.steps):
        before = trace.steps[index - 1].state if index else None
        found = () if before is None else changes(before, step.state)
        what = show_call(step.action or "?", step.arguments) if index else beginning(trace)
        closes = trace.returns() and index == last
        mark = "loop" if trace.loop is not None and index >= trace.loop else ""
        if index == last and trace.loop is None and trace.fault is None:
            mark = "good" if trace.kind in GOOD_KINDS else "bad"
        views.append(StepView(index + 1, what, found, state_tables(step.state, before), mark, closes))
    if trace.fault is not None:
        call = show_call(trace.fault.action, trace.fault.arguments)
        views.append(StepView(last + 2, call, (), (), "bad"))
    return tuple(views)


def _source(fault: Fault) -> str:
    """The line where a step fails, with its place and a caret."""
    if fault.span is None:
        return ""
    place, *lines = Diagnostic(fault.kind, fault.message, fault.span).render().splitlines()
    return "\n".join(printable(line) for line in [place.partition(" error[")[0].removesuffix(":"), *lines])
