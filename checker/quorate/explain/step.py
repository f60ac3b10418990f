"""Why a step happens, does not happen, or fails: native Python takes it, and what stops it is read off the frame."""

from __future__ import annotations

import ast
import dataclasses
import types
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from quorate.compiler.source import Sources
from quorate.errors import LoadError, ParameterError, Span
from quorate.explain.reason import Explainer, Reason, Texts, show
from quorate.language.actions import Action, CutOff, Disabled
from quorate.language.faults import fault_of, place_of
from quorate.language.model import Model, State
from quorate.trace import Fault


@dataclass(frozen=True)
class Attempt:
    """What came of a step: exactly one of `state` (it leads there), `blocked` (a `require` or `within` at `span` is
    false, for this reason) and `fault` is set."""

    action: str
    arguments: tuple[tuple[str, str], ...]
    state: State | None = None
    blocked: Reason | None = None
    span: Span | None = None
    cut: bool = False
    fault: Fault | None = None

    def __str__(self) -> str:
        return f"{self.action}({', '.join(f'{name}={value}' for name, value in self.arguments)})"


def attempt(model: Model, action: Action, arguments: Mapping[str, Any], before: State) -> Attempt:
    """Take a step natively. `arguments` and `before` are as `Model.choices` gives them."""
    shown = tuple((name, show(value)) for name, value in arguments.items())
    working = model.at(before, frozen=False)
    try:
        action.body(working, **arguments)
    except (Disabled, CutOff) as stop:
        reason = _blocked_by(stop)
        return Attempt(action.name, shown, blocked=reason, span=place_of(stop), cut=isinstance(stop, CutOff))
    except Exception as error:  # noqa: BLE001 - whatever the model's own text raises is what is reported
        fault = fault_of(error, action.name, model.arguments_data(action, arguments))
        return Attempt(action.name, shown, fault=dataclasses.replace(fault, values=values_at(error)))
    return Attempt(action.name, shown, state=model._state(working._working))


def why(model: Model, state: State, step: str) -> list[Attempt]:
    """What comes of the steps that a text such as `on_vote(s1)` or `take(c=c2)` means, taken from a state.

    Arguments are given by position or by name, as they are printed; those left out, and `...`, match any. Raises
    ParameterError for a text that means no action of the model, or arguments that none of its choices has.
    """
    name, positional, named = parse_step(step)
    by_name = {action.name: action for action in model.actions if action.kind != "init"}
    if name not in by_name:
        raise ParameterError(f"{type(model).__name__} has no action {name}", hint=f"it has {', '.join(by_name)}")
    action = by_name[name]
    found, seen = [], []
    for arguments, before in model.choices(action, state):
        texts = {key: show(value) for key, value in arguments.items()}
        seen.append(f"{name}({', '.join(f'{key}={text}' for key, text in texts.items())})")
        wanted = dict(zip(texts, positional, strict=False)) | named
        if all(key in texts and text in ("...", squeezed(texts[key])) for key, text in wanted.items()):
            found.append(attempt(model, action, arguments, before))
    if not found:
        message = action.message is not None and not seen
        known = "no such message is on its way" if message else f"there is, for example, {seen[0]}" if seen else None
        raise ParameterError(f"in this state there is no choice of arguments like {step}", hint=known)
    return found


def parse_step(step: str) -> tuple[str, list[str], dict[str, str]]:
    """The name of the action in a text such as `take(c=c2)`, and the texts of its arguments by position and by name.

    Raises ParameterError for a text that is no step.
    """
    try:
        call = ast.parse(step.replace("…", "..."), mode="eval").body
    except (SyntaxError, ValueError):
        call = ast.Constant(None)
    if isinstance(call, ast.Name):
        return call.id, [], {}
    if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Name):
        raise ParameterError(f"{step} is not a step", hint="write it as it is printed: take(c=c1)")
    named = {str(keyword.arg): squeezed(ast.unparse(keyword.value)) for keyword in call.keywords}
    return call.func.id, [squeezed(ast.unparse(argument)) for argument in call.args], named


def squeezed(text: str) -> str:
    """A text without its white space, as the texts of arguments are compared."""
    return "".join(text.split())


# -- reading frames


def _frames(error: BaseException) -> Iterator[tuple[types.FrameType, Span]]:
    """The frames of the model's own text that an exception passed through, the innermost first, and where in them."""
    found = []
    trace = error.__traceback__
    while trace is not None:
        positions = list(trace.tb_frame.f_code.co_positions())[trace.tb_lasti // 2]
        line, end_line, column, end_column = positions
        if line is not None and column is not None:
            path = trace.tb_frame.f_code.co_filename
            found.append((trace.tb_frame, Span(path, line, column, end_line or line, end_column or column)))
        trace = trace.tb_next
    place = place_of(error)
    inner = [(frame, span) for frame, span in found if place is not None and span.path == place.path]
    return reversed(inner)


def _node_at(span: Span, kind: type[ast.AST], frame: types.FrameType) -> ast.AST | None:
    """The syntax tree node of a kind at a place: the smallest that covers it."""
    try:
        tree = Sources().tree(span.path)
    except LoadError:
        return None
    start, end = (span.line, span.column), (span.end_line, span.end_column)
    covering = [
        node for node in ast.walk(tree) if isinstance(node, kind) and _start(node) <= start and end <= _stop(node)
    ]
    return covering[-1] if covering else None


def _start(node: Any) -> tuple[int, int]:
    return node.lineno, node.col_offset


def _stop(node: Any) -> tuple[int, int]:
    return node.end_lineno, node.end_col_offset


def _blocked_by(stop: BaseException) -> Reason | None:
    """The condition of the `require` or `within` that was false, and what made it so."""
    for frame, span in _frames(stop):
        node = _node_at(span, ast.Call, frame)
        if isinstance(node, ast.Call) and node.args:
            space = {**frame.f_globals, **frame.f_locals}
            return Explainer().reason(node.args[0], space, Texts(span.path, _scalars(frame)))
    return None


def _scalars(frame: types.FrameType) -> dict[str, str]:
    """The locals of a frame that read better as their values: arguments and loop variables, not the model."""
    return {
        name: show(value)
        for name, value in frame.f_locals.items()
        if not isinstance(value, Model) and len(show(value)) <= 12
    }


def values_at(error: BaseException) -> tuple[tuple[str, str], ...]:
    """The values of what is read in the statement that failed: source and value, in order, each once."""
    for frame, span in _frames(error):
        statement = _node_at(span, ast.stmt, frame)
        if statement is None:
            return ()
        space = {**frame.f_globals, **frame.f_locals}
        texts = Texts(span.path, {})
        found: dict[str, str] = {}
        for node in _read_in(statement):
            try:
                # parsed anew, because the target of an assignment cannot be evaluated as it stands
                value = Explainer().value(ast.parse(ast.unparse(node), mode="eval").body, space)
            except Exception:  # noqa: BLE001 - a part that fails itself has no value to show
                continue
            if not callable(value) and not isinstance(value, Model | types.ModuleType):
                found.setdefault(texts.of(node), show(value))
        return tuple(found.items())
    return ()


def _read_in(node: ast.AST) -> Iterator[ast.expr]:
    """The names, attributes and elements that a piece of code reads, each as a whole, with the indices it takes."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        # of `self.log.append(x)` what is read is self.log, not its method
        for part in (node.func.value, *node.args, *(keyword.value for keyword in node.keywords)):
            yield from _read_in(part)
        return
    if isinstance(node, ast.Attribute | ast.Subscript | ast.Name):
        yield node
        while isinstance(node, ast.Attribute | ast.Subscript):
            if isinstance(node, ast.Subscript):
                yield from _read_in(node.slice)
            node = node.value
        return
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, ast.stmt):
            yield from _read_in(child)
