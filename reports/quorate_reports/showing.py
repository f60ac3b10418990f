"""The command `show`: a saved trace as text, as data or as a drawing."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from quorate.errors import UsageError
from quorate_reports.page import Page
from quorate_reports.sequence import sequence
from quorate_reports.trace_file import read_trace, trace_to_json
from quorate_reports.trace_text import write_sequence_report, write_trace_report
from quorate_reports.view import view_of


@dataclass(frozen=True)
class ShowOptions:
    """What was asked for, as it stands on the command line. Without a `shape` a trace is a sequence diagram if it has
    nodes, and a list of states if not."""

    format: str = "text"
    shape: str | None = None
    expressions: tuple[str, ...] = ()
    only: tuple[str, ...] = ()
    hide: tuple[str, ...] = ()
    full: bool = False
    model: str | None = None
    faults: str | None = None


def show_trace(page: Page, path: Path, options: ShowOptions) -> None:
    """Show the trace in a file. Raises UsageError for options that contradict each other, and as `view_of` does."""
    form, shape = options.format, options.shape
    if shape is not None and form in ("json", "dot", "itf"):
        raise UsageError(f"--as {shape} means nothing with --format {form}", hint="it is for text and svg")
    if shape == "list" and form == "mermaid":
        raise UsageError("Mermaid draws a sequence diagram, not a list of states")
    trace = read_trace(path)
    view = view_of(
        trace,
        only=options.only,
        hide=options.hide,
        full=options.full,
        expressions=options.expressions,
        model=options.model,
        faults=options.faults,
    )
    is_sequence = shape == "sequence" or (shape is None and bool(trace.lanes))
    match form:
        case "text":
            write = write_sequence_report if is_sequence else write_trace_report
            write(page, trace, view)
        case "json":
            page.verbatim(trace_to_json(view.of(trace)))
        case "dot":
            from quorate_reports.dot import trace_to_dot

            page.verbatim(trace_to_dot(view.of(trace)))
        case "itf":
            from quorate_reports.itf import trace_to_itf_json

            page.verbatim(trace_to_itf_json(view.of(trace)))
        case "mermaid":
            from quorate_reports.mermaid import sequence_to_mermaid

            page.verbatim(sequence_to_mermaid(sequence(trace, view)))
        case _ if is_sequence:
            from quorate_reports.sequence_svg import sequence_svg

            page.verbatim(sequence_svg(sequence(trace, view)))
        case _:
            from quorate_reports.svg import trace_to_svg

            page.verbatim(trace_to_svg(view.of(trace)))
