"""The command `replay`: does a saved counterexample still happen in the model as it is now?"""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, assert_never

from quorate.errors import Diagnostic, LoadError, UsageError
from quorate.explain.outcome import Blocked, Divergence, Gone, Rerun, Still, Undecided
from quorate.explain.rerun import rerun
from quorate.trace import Trace
from quorate_reports.check_json import place_to_data
from quorate_reports.faults import find_faulty
from quorate_reports.page import BAD, GOOD, QUIET, WARN, Page, Part
from quorate_reports.trace_file import read_trace, trace_to_data
from quorate_reports.trace_text import change_parts, write_subject, write_trace
from quorate_reports.values import changes, printable, show_call
from quorate_reports.wording import GOOD_KINDS, failing

DETAIL = 4


@dataclass(frozen=True)
class Replayed:
    """What came of a trace, the parameters of it that the model no longer has, and the command that does it again."""

    rerun: Rerun
    unknown: tuple[str, ...]
    reproduce: str


def replay(path: Path, spec: str | None, faults: str | None) -> Replayed:
    """Take the trace in a file again, in the model that `spec` means, or else in the one that its own command names.

    Raises UsageError for a file that is no trace or names no model, and what `find_faulty` raises.
    """
    trace = read_trace(path)
    named, with_faults = named_in(trace)
    faults = with_faults if faults is None else faults
    if spec is None and named is None:
        raise UsageError(f"{path} does not say which model it is of", hint=f"name it: quorate replay {path} MODEL")
    try:
        model = find_faulty(spec or str(named), faults)
    except LoadError as error:
        if spec is None and not error.diagnostics:
            error.hint = f"the trace names that model; name another: quorate replay {path} MODEL"
        raise
    known = model.parameters()
    given = {name: value for name, value in trace.parameters.items() if name in known}
    options = ["--faults", faults] if faults is not None else []
    reproduce = shlex.join(["quorate", "replay", str(path), spec or str(named), *options])
    unknown = tuple(name for name in trace.parameters if name not in known)
    return Replayed(rerun(model(**given), trace), unknown, reproduce)


def named_in(trace: Trace) -> tuple[str | None, str | None]:
    """The model, and the faults, of the command that found a trace."""
    try:
        words = shlex.split(trace.reproduce or "")
    except ValueError:
        return None, None
    if len(words) < 3 or words[0] != "quorate" or words[2].startswith("-"):
        return None, None
    faults = words[words.index("--faults") + 1 :][:1] if "--faults" in words else []
    return words[2], faults[0] if faults else None


# -- as text


def write_replay(page: Page, replayed: Replayed) -> None:
    """What came of it, how the run goes now, and how the model differs from the one that the trace was saved of."""
    again = replayed.rerun
    outcome = again.outcome
    now = again.recorded if isinstance(outcome, Undecided) else outcome.trace
    write_subject(page, now.model, now.parameters)
    what = failing(again.recorded)
    match outcome:
        case Still(trace):
            good = trace.kind in GOOD_KINDS
            same = failing(trace) == what
            page.line((f"{what} still happens" if same else f"{what}: now {failing(trace)}", GOOD if good else BAD))
            write_trace(page, trace)
        case Blocked():
            step = show_call(outcome.action, outcome.arguments)
            page.line((f"{what} no longer happens: blocked at the step to state {outcome.number}", _style(again)))
            page.line(f"{step} is {'cut by a bound' if outcome.cut else 'not possible'}", indent=2)
            page.line(printable(outcome.reason), indent=DETAIL)
            _write_place(page, outcome)
        case Gone(trace, reason):
            page.line((f"{what} no longer happens: the trace runs to its end", _style(again)))
            page.line(printable(reason), indent=2)
        case Undecided(reason):
            page.line((f"{what}: not known whether it still happens", WARN))
            page.line(printable(reason), indent=2)
        case _:
            assert_never(outcome)
    _write_differences(page, replayed)
    page.blank()
    page.verbatim(f"reproduce: {printable(replayed.reproduce)}")


def _style(again: Rerun) -> str:
    return WARN if again.exit_code else GOOD


def _write_place(page: Page, blocked: Blocked) -> None:
    if blocked.span is not None:
        place, *source = Diagnostic("", "", blocked.span).render().splitlines()
        page.verbatim(place.partition(" error[")[0].removesuffix(":"), indent=DETAIL, style=QUIET)
        for line in source:
            page.verbatim(line, indent=DETAIL)


def _write_differences(page: Page, replayed: Replayed) -> None:
    again = replayed.rerun
    found: Sequence[tuple[str, tuple[str, ...]]] = (
        ("gained the variables", again.gained),
        ("lost the variables", again.lost),
        ("lost the parameters", replayed.unknown),
    )
    notes: list[Part] = [
        (f"the model has {what} {', '.join(map(printable, names))}", WARN) for what, names in found if names
    ]
    if notes or again.divergence is not None:
        page.blank()
    for note in notes:
        page.line(note)
    if again.divergence is not None and not isinstance(again.outcome, Undecided):
        number = again.divergence.number
        page.line((f"state {number} is another than in the file:", WARN))
        old, new = again.recorded.steps[number - 1].state, again.outcome.trace.steps[number - 1].state
        both = again.divergence.variables
        for change in changes({name: old[name] for name in both}, {name: new[name] for name in both}):
            page.line(*change_parts(change), indent=DETAIL)


# -- as JSON


def replay_to_data(replayed: Replayed) -> dict[str, Any]:
    """The same as JSON objects. `outcome` is "still", "blocked", "gone" or "undecided"; `trace` is how it runs now."""
    again = replayed.rerun
    outcome, recorded = again.outcome, again.recorded
    now = None if isinstance(outcome, Undecided) else outcome.trace
    shown = recorded if now is None else now
    return {
        "model": shown.model,
        "parameters": dict(shown.parameters),
        "kind": recorded.kind,
        "property": recorded.property,
        "outcome": outcome.name,
        "exit_code": int(again.exit_code),
        "reason": None if isinstance(outcome, Still) else outcome.reason,
        "blocked": _blocked(outcome) if isinstance(outcome, Blocked) else None,
        "gained": list(again.gained),
        "lost": list(again.lost),
        "lost_parameters": list(replayed.unknown),
        "divergence": _divergence(again.divergence),
        "trace": None if now is None else trace_to_data(now),
        "reproduce": replayed.reproduce,
    }


def _blocked(blocked: Blocked) -> dict[str, Any]:
    return {
        "state": blocked.number,
        "action": blocked.action,
        "arguments": dict(blocked.arguments),
        "cut": blocked.cut,
        "place": place_to_data(blocked.span),
    }


def _divergence(divergence: Divergence | None) -> dict[str, Any] | None:
    return None if divergence is None else {"state": divergence.number, "variables": list(divergence.variables)}
