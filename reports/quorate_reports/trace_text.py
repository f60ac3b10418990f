"""A trace as text: the first state in full, then for each step its action and only what it changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from quorate.errors import Diagnostic
from quorate.trace import Data, Step, Trace
from quorate_reports.page import BAD, GOOD, NEW, QUIET, Page, Part
from quorate_reports.values import Change, changes, in_full, printable, show_call, show_parameters
from quorate_reports.wording import GOOD_KINDS, beginning, ending, failing

DETAIL = 7


def trace_to_text(trace: Trace, *, width: int = 80) -> str:
    """The trace as plain text of a given width."""
    page = Page.in_memory(width)
    write_trace(page, trace)
    return page.text()


def write_trace(page: Page, trace: Trace) -> None:
    """Write a trace on a page. States are numbered from 1, so that the last number is the depth as TLC counts it."""
    good = trace.kind in GOOD_KINDS
    for number, step in enumerate(trace.steps, start=1):
        if number == 1:
            _heading(page, 1, beginning(trace))
            _write_whole(page, step)
        else:
            closes = trace.returns() and number == len(trace.steps)
            _heading(page, "↺" if closes else number, show_call(step.action or "?", step.arguments))
            _write_changes(page, changes(trace.steps[number - 2].state, step.state))
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


def write_trace_report(page: Page, trace: Trace) -> None:
    """A trace as a report of its own: the model and its parameters, the trace, the command that finds it."""
    write_subject(page, trace.model, trace.parameters)
    page.line((failing(trace), GOOD if trace.kind in GOOD_KINDS else BAD))
    write_trace(page, trace)
    if trace.reproduce:
        page.blank()
        page.verbatim(f"reproduce: {printable(trace.reproduce)}")


def _heading(page: Page, number: int | str, what: str) -> None:
    page.line((f"{number:>3}  ", QUIET), (what, NEW), indent=1, hang=DETAIL + 3)


def _write_whole(page: Page, step: Step) -> None:
    for name, value in step.state.items():
        for line in in_full(name, value, page.width - DETAIL):
            page.line(line, indent=DETAIL)


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
