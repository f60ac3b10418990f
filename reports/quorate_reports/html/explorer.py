"""The page of the explorer: a state, how one came there, what can happen next, and what holds there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any
from urllib.parse import urlencode

from markupsafe import Markup

from quorate.compiler.expression import StateExpression
from quorate.errors import QuorateError, UsageError
from quorate.explain.reason import explain_expression, explain_property
from quorate.language.model import Model, State
from quorate.trace import Fault, Trace
from quorate_reports.html.diagram import way
from quorate_reports.html.environment import embedded_json, render, template
from quorate_reports.html.state_table import state_tables
from quorate_reports.values import changes, printable, show, show_call
from quorate_reports.walk import Path, Walker, written
from quorate_reports.wording import GOOD_KINDS, failing

POLICY = "default-src 'none'; base-uri 'none'; form-action 'self'; connect-src 'self'"
LONGEST = 1000
"""Characters of an expression."""
SECONDS = 2.0
"""How long an expression may take."""


@dataclass(frozen=True)
class Truth:
    """What a property is in a state: "true", "false" or "undefined", and why."""

    name: str
    kind: str
    value: str
    tone: str
    why: str = ""


@dataclass(frozen=True)
class Answer:
    """What came of an expression: its value, and why; or why it was refused."""

    expression: str
    text: str
    why: str = ""
    is_refused: bool = False


@dataclass(frozen=True)
class Background:
    """How the check beside stands. `found` are its traces, in the order of the report."""

    is_running: bool
    sentence: str
    tone: str = "quiet"
    found: tuple[Trace, ...] = ()


def explorer_html(walker: Walker, path: Path, expression: str, background: Background | None) -> str:
    """The page at the end of a path. Raises UsageError for a path that the model does not have."""
    steps, states = walker.follow(path)
    trace = walker.trace(path)
    state, before = trace.steps[-1].state, trace.steps[-2].state if steps else None
    choices = walker.choices(path, states[-1])
    calls = ["initial state" if len(walker.initial) == 1 else f"initial state {path[0]}"]
    calls += [show_call(step.action or "?", step.arguments) for step in trace.steps[1:]]
    return render(
        "explore.html",
        script="explore.js",
        policy=POLICY,
        **_subject(walker.model),
        path=written(path),
        length=len(path),
        trail=[(number, call, address(path[: number + 1], expression)) for number, call in enumerate(calls)],
        back=address(path[:-1], expression) if len(path) > 1 else None,
        start=address((), expression),
        starts=len(walker.initial),
        tables=state_tables(state, before),
        changes=None if before is None else changes(before, state),
        groups=[(action, list(group)) for action, group in groupby(choices, key=lambda choice: choice.action)],
        disabled=walker.disabled(states[-1]),
        is_terminal=not any(choice.path is not None for choice in choices),
        link=lambda to: address(to, expression),
        truths=truths(walker.model, states),
        expression=expression,
        answer=answer(walker.model, states[-1], expression) if expression else None,
        drawing=way(trace),
        data=embedded_json(state),
        beside=beside_html(walker, background, expression),
    )


def start_html(walker: Walker, expression: str, background: Background | None) -> str:
    """The page where one chooses an initial state."""
    states = [state.to_data() for state in walker.initial]
    shown = [
        (number, address((number,), expression), changes(states[0], state) if number else (), state_tables(state))
        for number, state in enumerate(states)
    ]
    return render(
        "start.html",
        script="explore.js",
        policy=POLICY,
        **_subject(walker.model),
        starts=shown,
        beside=beside_html(walker, background, expression),
    )


def refusal_html(walker: Walker, error: QuorateError) -> str:
    """The page for an address that means nothing."""
    return render(
        "refusal.html",
        script="explore.js",
        policy=POLICY,
        **_subject(walker.model),
        message=printable(error.message),
        hint=printable(error.hint or ""),
    )


def beside_html(walker: Walker, background: Background | None, expression: str = "") -> Markup:
    """How the check beside stands, with ways to what it found; a part of a page."""
    if background is None:
        return Markup("")
    found = []
    for trace in background.found:
        path = walker.path_of(trace)
        if path is not None:
            found.append((failing(trace), trace.kind in GOOD_KINDS, address(path, expression), len(trace.steps)))
    return Markup(template("beside.html").render(background=background, found=found))


def address(path: Path, expression: str = "") -> str:
    """The address of a path, which keeps the expression that is looked at."""
    asked = {name: text for name, text in (("path", written(path)), ("eval", expression)) if text}
    return f"/?{urlencode(asked)}" if asked else "/"


def answer(model: Model, state: State, text: str) -> Answer:
    """What comes of an expression in a state."""
    if len(text) > LONGEST:
        return Answer(text[:LONGEST], f"an expression here has at most {LONGEST:,} characters", is_refused=True)
    try:
        expression = StateExpression(model, text)
        value = expression.value(state, seconds=SECONDS)
    except UsageError as error:
        return Answer(text, printable(f"{error.message}{f' ({error.hint})' if error.hint else ''}"), is_refused=True)
    if isinstance(value, Fault):
        return Answer(text, printable(f"it has no value in this state: {value.message}"), is_refused=True)
    why = explain_expression(expression, state).line() if isinstance(value, bool) else ""
    return Answer(text, show(value), printable(why))


def truths(model: Model, states: Sequence[State]) -> list[Truth]:
    """What each property of states is in the last of some states, and each of steps in the last step."""
    found = []
    for prop in model.model_properties():
        views = [model.at(state) for state in (states[-2:] if prop.kind == "step_invariant" else states[-1:])]
        if prop.kind == "step_invariant" and len(views) < 2:
            continue
        # of a property of runs, whether its condition is true just now
        conditions = prop.conditions if prop.goal is not None else (prop,)
        for condition in conditions:
            name = prop.name if condition is prop else f"{prop.name}: {condition.__name__}"
            found.append(_truth(prop.kind, name, prop if condition is prop else None, condition, views))
    return found


def _truth(kind: str, name: str, prop: Any, condition: Any, views: list[Any]) -> Truth:
    said = kind.replace("_", " ")
    try:
        value = bool(condition(*views))
        reason = None if prop is None else explain_property(prop, *views)
    except Exception as error:  # noqa: BLE001 - whatever the model's own text raises is what is shown
        return Truth(printable(name), said, "undefined", "bad", printable(f"{type(error).__name__}: {error}"))
    must = kind in ("invariant", "step_invariant")
    tone = "good" if value else "bad" if must else "quiet"
    why = "" if reason is None or (value and must) else printable(reason.line())
    return Truth(printable(name), said, "true" if value else "false", tone, why)


def _subject(model: Model) -> dict[str, Any]:
    name = printable(type(model).__name__)
    parameters = [(printable(key), show(value)) for key, value in model.parameter_values.items()]
    return {"title": f"{name}: explore", "model": name, "parameters": parameters}
