"""The mistakes and warnings of a model, as text and as JSON objects."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from quorate.errors import Diagnostic
from quorate_reports.check_json import diagnostic_to_data
from quorate_reports.page import BAD, GOOD, NEW, QUIET, WARN, Page
from quorate_reports.values import printable
from quorate_reports.wording import count


def write_diagnostic(page: Page, diagnostic: Diagnostic) -> None:
    """One mistake: place, code and what is wrong; the line of source with a mark under it; the cure.

    The code and the mark are coloured. The line of source is never wrapped, as the mark stands under it.
    """
    span = diagnostic.span
    style = BAD if diagnostic.severity == "error" else WARN
    place = f"{printable(span.path)}:{span.line}:{span.column + 1}: " if span is not None else ""
    label = f"{diagnostic.severity}[{diagnostic.code}]"
    page.line(place, (label, style), f": {printable(diagnostic.message)}")
    if span is not None and span.source_line().strip():
        number = str(span.line)
        page.line((f"{number} | ", QUIET), span.source_line(), indent=2, wraps=False)
        page.line((f"{' ' * len(number)} | ", QUIET), (span.mark(), style), indent=2, wraps=False)
    if diagnostic.hint:
        page.line(("help: ", NEW), printable(diagnostic.hint), indent=2)


def write_lint(page: Page, what: str, found: Sequence[Diagnostic]) -> None:
    """All that was found, and how much that is."""
    for diagnostic in found:
        write_diagnostic(page, diagnostic)
        page.blank()
    errors = sum(diagnostic.severity == "error" for diagnostic in found)
    if not found:
        page.line(("no mistakes", GOOD), f" in {printable(what)}")
        return
    parts = [count(errors, "mistake")] if errors else []
    parts += [count(len(found) - errors, "warning")] if len(found) > errors else []
    page.line((" and ".join(parts), BAD if errors else WARN), f" in {printable(what)}")


def lint_to_data(what: str, found: Sequence[Diagnostic], exit_code: int) -> dict[str, Any]:
    """All that was found as JSON objects."""
    return {"model": what, "diagnostics": [diagnostic_to_data(one) for one in found], "exit_code": exit_code}
