"""An expression of the modelling language that somebody types, evaluated natively in states of a model.

It may be what stands after `return` in a property `def _(m):` of the model's own module. The compiler says whether it
is that, before anything of it is run.
"""

from __future__ import annotations

import ast
import sys
import types
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from quorate.compiler.compile import BodyLowerer
from quorate.compiler.scope import Self, Shared
from quorate.compiler.source import Function, Sources
from quorate.errors import UsageError
from quorate.language.faults import fault_of
from quorate.language.model import Model, State, data_of
from quorate.language.values import Compound, Mixed, SetValue, canonical, order
from quorate.trace import Data

LONGEST = 2000
"""The most characters of an expression."""
SHOWN = 100
"""How much of one an error shows."""
NAME = "m"
"""What the model is called in it."""
PATH = "<expression>"


@dataclass(frozen=True)
class Expression:
    """An expression that the compiler has accepted for a model, and the function it is the body of."""

    text: str
    model: Model
    function: Callable[[Any], Any]

    def value(self, state: State) -> Any:
        """Its value in a state. Raises UsageError, with what happened, if it has none there."""
        try:
            return self.function(self.model.at(state))
        except RecursionError:
            raise UsageError(f"{shortened(self.text)} calls itself too often") from None
        except Exception as error:  # noqa: BLE001 - whatever the text raises is what is reported
            fault = fault_of(error, self.text, {})
            cure = "add a condition for such states: ... if ... else None"
            what = f"{shortened(self.text)} has no value in some state: {fault.message}"
            raise UsageError(what, hint=cure) from None

    def data(self, state: State) -> Data:
        """Its value in a state as plain data (see `quorate.trace`). Raises UsageError."""
        return to_data(self.value(state))


def expression(model: Model, text: str) -> Expression:
    """The expression that a text is, in which the model is called `m`: `m.role`, `len(m.votes)`.

    Raises UsageError for a text that is none, or that is outside the modelling language; nothing of it has been run.
    """
    node = _parsed(text)
    module = sys.modules.get(type(model).__module__)
    space = {} if module is None else dict(vars(module))
    tree = ast.parse(f"def expression({NAME}):\n    return 0").body[0]
    assert isinstance(tree, ast.FunctionDef)
    statement = tree.body[0]
    assert isinstance(statement, ast.Return)
    statement.value = node
    try:
        # Python's own remarks on a text are for files; the compiler has better ones
        with warnings.catch_warnings(action="ignore"):
            function = _made(tree, space)
        shared = Shared(model, _Given(function))
        lowerer = BodyLowerer(shared, pure=True)
        lowerer.settle(function.code, lambda: _lowered(lowerer, node))
    except RecursionError:
        raise _too_deep(text) from None
    for mistake in shared.diagnostics:
        hint = mistake.hint
        if mistake.code == "Q203" and hint is not None and not hint.startswith("did you mean"):
            # who types an expression does not want to declare anything
            hint = f"the variables of the model are {', '.join(model.variables)}"
        raise UsageError(f"{shortened(text)}: {mistake.message}", hint=hint)
    return Expression(text, model, function.code)


def _parsed(text: str) -> ast.expr:
    """The syntax tree of a text. Raises UsageError."""
    if len(text) > LONGEST:
        raise UsageError(f"an expression has at most {LONGEST:,} characters, and this one has {len(text):,}")
    try:
        with warnings.catch_warnings(action="ignore"):
            node = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError) as error:
        reason = error.msg if isinstance(error, SyntaxError) else str(error)
        what = f"{shortened(text)!r} is no expression: {reason}"
        raise UsageError(what, hint="write one such as m.role or len(m.log)") from None
    except (RecursionError, MemoryError):
        raise _too_deep(text) from None
    for part in ast.walk(node):
        name = part.attr if isinstance(part, ast.Attribute) else part.id if isinstance(part, ast.Name) else ""
        if name.startswith("__"):
            what = f"{shortened(text)}: {shortened(name)} is outside the modelling language"
            raise UsageError(what, hint=f"read the state of the model {NAME}")
    return node


def _made(tree: ast.FunctionDef, space: dict[str, Any]) -> Function:
    """The function of a tree, which is defined here and not called."""
    module = ast.fix_missing_locations(ast.Module([tree], []))
    exec(compile(module, PATH, "exec"), space)  # a `def`, whose body runs only once the compiler has accepted it
    code = space["expression"]
    assert isinstance(code, types.FunctionType)
    return Function(code, tree, PATH)


class _Given(Sources):
    """Sources of functions in files, and of one that is in none."""

    def __init__(self, given: Function) -> None:
        super().__init__()
        self.given = given

    def function(self, code: Callable[..., Any]) -> Function:
        return self.given if code is self.given.code else super().function(code)


def _lowered(lowerer: BodyLowerer, node: ast.expr) -> object:
    lowerer.scope.names[NAME] = Self(0)
    return lowerer.value(node)


def _too_deep(text: str) -> UsageError:
    return UsageError(f"{shortened(text)} is nested too deeply")


def shortened(text: str) -> str:
    """A text, or the beginning of a long one."""
    return text if len(text) <= SHOWN else f"{text[: SHOWN - 1]}…"


def to_data(value: Any) -> Data:
    """The value of an expression as plain data; Python's own collections as those of the language."""
    match value:
        case SetValue(_type=Mixed()) | set() | frozenset():
            return {"#set": [to_data(item) for item in sorted(value, key=lambda item: order(canonical(item)))]}
        case Compound():
            return data_of(value)
        case Mapping():
            return {"#map": [[to_data(key), to_data(item)] for key, item in value.items()]}
        case list() | tuple():
            return [to_data(item) for item in value]
    return data_of(value)
