"""Annotations for GitHub: what failed is shown at its line in the pull request.

They are workflow commands, lines such as `::error file=raft.py,line=3,col=5,title=…::…`, which the runner takes from
what a step prints. Whatever a model or a file says is escaped, so that it cannot give commands of its own.
"""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from quorate.compiler.source import Sources
from quorate.errors import Diagnostic, LoadError, QuorateError, Span
from quorate.language.places import class_span, declaration
from quorate.verdict import CheckResult, Inconclusive, Vacuous, Verdict, Violated
from quorate_reports.page import Page
from quorate_reports.values import printable, show_parameters
from quorate_reports.wording import failing

if TYPE_CHECKING:
    from quorate.language.model import Model
    from quorate.language.properties import Property


def check_annotations(result: CheckResult, places: Mapping[str, Span], reproduce: str) -> list[str]:
    """An error for each property that does not hold, and for the check itself where no property says why it failed.

    What was left open for one and the same reason is one error; what a violation left open is none. `places` are those
    of the properties by name, and under "" that of the model (see `places_of`).
    """
    found = [(item.name, item.verdict) for item in result.properties if not _is_left_open(item.verdict, result)]
    if result.exit_code and result.verdict not in [verdict for _, verdict in found]:
        found.append(("", result.verdict))
    subject = f"{result.model}({show_parameters(result.parameters)})" if result.parameters else result.model
    lines = []
    for name, verdict in found:
        told = _told(name, verdict)
        if told is not None:
            title, what, span = told
            message = "\n".join([f"{subject}: {what}", f"reproduce: {reproduce}"])
            lines.append(command("error", message, title=title, span=span or places.get(name) or places.get("")))
    return lines


def _is_left_open(verdict: Verdict, result: CheckResult) -> bool:
    """Whether a property is open only because the whole check is, or because it ended at a violation."""
    return isinstance(verdict, Inconclusive) and (verdict == result.verdict or isinstance(result.verdict, Violated))


def _told(name: str, verdict: Verdict) -> tuple[str, str, Span | None] | None:
    """The title of an annotation, what it says, and its place if that is not the property's; None for what holds."""
    match verdict:
        case Violated(trace):
            what = failing(trace)
            steps = f"{len(trace.steps)} states lead to it" if len(trace.steps) > 1 else "an initial state shows it"
            why = trace.fault.message if trace.fault is not None else trace.explanation
            title = what if trace.fault is not None or trace.property is None else f"{what} is violated"
            return title, "\n".join(part for part in (f"{what}, {steps}", why) if part), (
                None if trace.fault is None else trace.fault.span
            )
        case Vacuous(reason) | Inconclusive(reason):
            return f"{name or 'the check'} is {verdict.name}", reason, None
        case _:
            return None


def places_of(model: Model) -> dict[str, Span]:
    """Where the properties of a model are defined, by name, and under "" where the model itself is."""
    found = {prop.name: span for prop in model.model_properties() if (span := _place(type(model), prop)) is not None}
    own = class_span(type(model))
    return found if own is None else {**found, "": own}


def _place(model: type[Model], prop: Property) -> Span | None:
    declared = declaration(model, prop.name) if prop.goal is not None else None
    if declared is not None:
        return declared.span()
    try:
        return Sources().function(prop.predicate).name_span()
    except LoadError:
        return None


def diagnostic_annotations(found: Sequence[Diagnostic]) -> list[str]:
    """The mistakes of a model as errors, what is hardly meant as warnings."""
    return [
        command(
            "error" if one.severity == "error" else "warning",
            "\n".join(part for part in (one.message, one.hint and f"help: {one.hint}") if part),
            title=one.code,
            span=one.span,
        )
        for one in found
    ]


def error_annotations(error: QuorateError) -> list[str]:
    """An error that ended the whole command: each of its mistakes at its place, or all of it at none."""
    if isinstance(error, LoadError) and error.diagnostics:
        return diagnostic_annotations(error.diagnostics)
    message = "\n".join(part for part in (error.message, error.hint and f"help: {error.hint}") if part)
    return [command("error", message, title="quorate")]


def command(level: str, message: str, *, title: str, span: Span | None = None) -> str:
    """One annotation, a line. The file is named from the working folder, if it is in there."""
    parts = {"title": title}
    if span is not None and Path(span.path).is_file():
        place = {"file": _from_here(span.path), "line": str(span.line), "col": str(span.column + 1)}
        parts = {**place, **parts}
    return f"::{level} {','.join(f'{name}={_property(value)}' for name, value in parts.items())}::{_data(message)}"


@contextlib.contextmanager
def no_commands(page: Page) -> Iterator[None]:
    """In what is written on the page meanwhile the runner takes nothing for a command."""
    # what ends it must not be guessed by a text that a model holds
    token = secrets.token_hex(16)
    page.verbatim(f"::stop-commands::{token}")
    try:
        yield
    finally:
        page.verbatim(f"::{token}::")


def _from_here(path: str) -> str:
    whole, here = Path(path).resolve(), Path.cwd()
    return (whole.relative_to(here) if whole.is_relative_to(here) else whole).as_posix()


def _data(text: str) -> str:
    plain = "\n".join(map(printable, text.split("\n")))
    return plain.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
