"""A trace as text: the first state in full, then for each step its action and only what it changed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from quorate.errors import Diagnostic
from quorate.trace import Data, Fault, Trace
from quorate_reports.page import BAD, GOOD, NEW, QUIET, Page, Part
from quorate_reports.values import Change, printable, show_call, show_parameters
from quorate_reports.view import View
from quorate_reports.wording import GOOD_KINDS, beginning, ending, failing

DETAIL = 7


def trace_to_text(trace: Trace, *, width: int = 80) -> str:
    """The trace as plain text of a given width."""
    page = Page.in_memory(width)
    write_trace(page, trace)
    return page.text()


def write_trace(page: Page, trace: Trace, view: View | None = None) -> None:
    """Write a trace on a page; with a view of it, that much of its states. States are numbered from 1, so that the last
    number is the depth as TLC counts it."""
    view = view or View(tuple(step.state for step in trace.steps))
    good = trace.kind in GOOD_KINDS
    for number, step in enumerate(trace.steps, start=1):
        if number == 1:
            _heading(page, 1, beginning(trace))
        else:
            closes = trace.returns() and number == len(trace.steps)
            _heading(page, "↺" if closes else number, show_call(step.action or "?", step.arguments))
            if not view.full:
                _write_changes(page, view.changes(number - 1))
        for line in view.lines(number - 1, page.width - DETAIL):
            page.line(line, indent=DETAIL)
    if trace.fault is not None:
        _write_fault(page, trace)
    else:
        page.line((f"{'✓' if good else '✗'} {ending(trace)}", GOOD if good else BAD), indent=2)
    for reason in (trace.explanation or "").splitlines():
        page.line(printable(reason), indent=4)


def write_subject(page: Page, model: str, parameters: Mapping[str, Data], unbounded: Sequence[str] = ()) -> None:
    """What a report is about: the model with its parameters, those that are `unbounded` without a value."""
    bounded = {name: value for name, value in parameters.items() if name not in unbounded}
    parts = [show_parameters(bounded), *(f"any {printable(name)}" for name in unbounded)]
    text = ", ".join(part for part in parts if part)
    page.line((printable(model), NEW), f"  {text}" if text else "")


def write_trace_report(page: Page, trace: Trace, view: View | None = None) -> None:
    """A trace as a report of its own: the model and its parameters, the trace, the command that finds it."""
    _write_report(page, trace, lambda: write_trace(page, trace, view))


def write_sequence_report(page: Page, trace: Trace, view: View | None = None) -> None:
    """The same with a sequence diagram, and the source of a step that fails."""
    # most commands that write a trace draw no diagram
    from quorate_reports.sequence import sequence
    from quorate_reports.sequence_text import write_sequence

    def diagram() -> None:
        write_sequence(page, sequence(trace, view))
        if trace.fault is not None:
            _write_source(page, trace.fault)

    _write_report(page, trace, diagram)


def _write_report(page: Page, trace: Trace, write: Callable[[], None]) -> None:
    write_subject(page, trace.model, trace.parameters)
    page.line((failing(trace), GOOD if trace.kind in GOOD_KINDS else BAD))
    write()
    if trace.reproduce:
        page.blank()
        page.verbatim(f"reproduce: {printable(trace.reproduce)}")


def _heading(page: Page, number: int | str, what: str) -> None:
    page.line((f"{number:>3}  ", QUIET), (what, NEW), indent=1, hang=DETAIL + 3)


def _write_changes(page: Page, found: tuple[Change, ...]) -> None:
    if not found:
        page.line(("nothing changes", QUIET), indent=DETAIL)
    for change in found:
        page.line(*change_parts(change), indent=DETAIL)


def change_parts(change: Change) -> list[Part]:
    """A change as styled text: the old value in grey, the new one bold."""
    if change.old is not None and change.new is not None:
        return [f"{change.place}: ", (change.old, QUIET), " → ", (change.new, NEW)]
    if change.new is not None:
        return [f"{change.place}: ", (f"+ {change.new}", NEW)]
    return [f"{change.place}: ", (f"- {change.old}", QUIET)]


def _write_fault(page: Page, trace: Trace) -> None:
    fault = trace.fault
    assert fault is not None
    _heading(page, "✗", show_call(fault.action, fault.arguments))
    page.line((ending(trace), BAD), indent=DETAIL)
    _write_source(page, fault)


def _write_source(page: Page, fault: Fault) -> None:
    """Where a step failed, and what was read there."""
    if fault.span is not None:
        place, *source = Diagnostic(fault.kind, fault.message, fault.span).render().splitlines()
        page.verbatim(place.partition(" error[")[0].removesuffix(":"), indent=DETAIL, style=QUIET)
        for line in source:
            page.verbatim(line, indent=DETAIL)
    write_values(page, fault.values)


def write_values(page: Page, values: tuple[tuple[str, str], ...]) -> None:
    """What was read where a step failed: sources and their values."""
    for source, value in values:
        page.line((f"{printable(source)} = ", QUIET), printable(value), indent=DETAIL)
