"""Why a step can or cannot be taken in a state of a saved trace."""

from __future__ import annotations

from typing import Any

from quorate.errors import Diagnostic, UsageError
from quorate.explain.step import Attempt, why
from quorate.language.model import Model
from quorate.trace import Trace
from quorate_reports.page import BAD, GOOD, NEW, QUIET, Page
from quorate_reports.trace_text import change_parts, write_values
from quorate_reports.values import changes, printable

DETAIL = 4
MOST = 8


def attempts(model: type[Model], trace: Trace, step: str, at: int | None) -> list[tuple[Attempt, dict[str, Any]]]:
    """What comes of a step in a state of a trace (counted from 1, the last by default), each with that state's data.

    Raises UsageError for a state the trace does not have or that is none of the model's, ParameterError as `why` does.
    """
    number = len(trace.steps) if at is None else at
    if not 1 <= number <= len(trace.steps):
        raise UsageError(f"the trace has the states 1..{len(trace.steps)}, and no state {number}")
    instance = model(**dict(trace.parameters))
    data = dict(trace.steps[number - 1].state)
    state = instance.state_from_data(data)
    return [(attempt, data) for attempt in why(instance, state, step)]


def write_attempts(page: Page, found: list[tuple[Attempt, dict[str, Any]]]) -> None:
    """The steps with what comes of each: the first few, those that can be taken before the others."""
    ordered = sorted(found, key=lambda item: item[0].state is None)
    for attempt, data in ordered[:MOST]:
        if attempt.state is not None:
            page.line((str(attempt), NEW), "  ", ("can be taken", GOOD))
            for change in changes(data, attempt.state.to_data()):
                page.line(*change_parts(change), indent=DETAIL)
        elif attempt.fault is not None:
            page.line((str(attempt), NEW), "  ", (f"fails: {printable(attempt.fault.message)}", BAD))
            _write_place(page, attempt)
            write_values(page, attempt.fault.values)
        else:
            what = "is cut by a bound" if attempt.cut else "is not enabled"
            page.line((str(attempt), NEW), "  ", (what, BAD))
            if attempt.blocked is not None:
                page.line(printable(attempt.blocked.line()), indent=DETAIL)
            _write_place(page, attempt)

    if len(found) > MOST:
        page.line((f"and {len(found) - MOST} more; give more arguments to choose among them", QUIET))


def _write_place(page: Page, attempt: Attempt) -> None:
    span = attempt.span if attempt.fault is None else attempt.fault.span
    if span is not None:
        place, *source = Diagnostic("", "", span).render().splitlines()
        page.verbatim(place.partition(" error[")[0].removesuffix(":"), indent=DETAIL, style=QUIET)
        for line in source:
            page.verbatim(line, indent=DETAIL)


def attempts_to_data(found: list[tuple[Attempt, dict[str, Any]]]) -> list[dict[str, Any]]:
    """The same as JSON. `outcome` is "taken", "blocked", "cut" or "fails"; `state` is where it leads."""
    return [_to_data(attempt) for attempt, _ in found]


def _to_data(attempt: Attempt) -> dict[str, Any]:
    fault = attempt.fault
    span = attempt.span if fault is None else fault.span
    outcome = "taken" if attempt.state is not None else "fails" if fault is not None else "blocked"
    reason = fault.message if fault is not None else attempt.blocked.line() if attempt.blocked is not None else None
    return {
        "step": str(attempt),
        "outcome": "cut" if attempt.cut else outcome,
        "reason": reason,
        "line": None if span is None else span.line,
        "values": dict(fault.values) if fault is not None else {},
        "state": None if attempt.state is None else attempt.state.to_data(),
    }
