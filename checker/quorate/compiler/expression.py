"""Expressions of the modelling language that a reader asks for, evaluated in states by native Python.

The compiler looks at an expression first, so that nothing outside the language is ever evaluated.
"""

from __future__ import annotations

import ast
import enum
import hashlib
import linecache
import sys
import time
import types
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import Any

from quorate.compiler import ir
from quorate.compiler.compile import BodyLowerer
from quorate.compiler.scope import Self, Shared
from quorate.compiler.source import Sources
from quorate.compiler.walk import nodes
from quorate.errors import LoadError, UsageError
from quorate.language.faults import fault_of
from quorate.language.model import Model, State, data_of
from quorate.language.types import Int, Node
from quorate.language.values import Mixed, ModelFault, SetValue, canonical, order
from quorate.trace import Data, Fault

MODEL_NAMES = ("m", "self")
"""What an expression may call the model."""

SHOWN = 100
"""How many characters of an expression an error shows."""

LARGEST = 2**61
FARTHEST = 1000
"""The most places by which a number is shifted: native integers have no end, and memory has."""


class StateExpression:
    """An expression such as `m.term[s1] > 1` or `{i for i in m.Server if m.role[i] == m.Role.LEADER}`.

    The model is `m` (or `self`), and nodes are called as they are printed. Raises UsageError for a text that is no
    expression of the modelling language, or that asks for what the model does not have.
    """

    def __init__(self, model: Model, text: str) -> None:
        self.model, self.text = model, " ".join(text.split())
        self._nodes = _nodes(model)
        tree = self._parsed()
        parameters = [*MODEL_NAMES, *self._nodes]
        source = f"def expression({', '.join(parameters)}):\n    return {self._written(tree)}\n"
        place = f"<expression {hashlib.sha256(source.encode()).hexdigest()[:8]}>"
        linecache.cache[place] = (len(source), None, source.splitlines(keepends=True), place)
        self.function = self._function(source, place)
        self._refuse_what_is_outside()

    def value(self, state: State, *, seconds: float | None = None) -> Data | Fault:
        """The value in a state, in data form; a fault where it has none.

        Raises UsageError if it takes longer than `seconds`.
        """
        try:
            with nullcontext() if seconds is None else _deadline(seconds):
                return _as_data(self.function(**self.names(state)))
        except TimeoutError as error:
            raise self._refused(str(error), "let it range over less") from None
        except Exception as error:  # noqa: BLE001 - whatever the expression raises is what is reported
            return fault_of(error, self.text, {})

    def names(self, state: State) -> dict[str, Any]:
        """What its names mean in a state, beside those of the model's module."""
        return dict.fromkeys(MODEL_NAMES, self.model.at(state)) | self._nodes

    def _function(self, source: str, place: str) -> types.FunctionType:
        """The function that returns the expression. Nothing is executed to make it."""
        try:
            with warnings.catch_warnings(action="ignore"):
                compiled = compile(source, place, "exec")
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            reason = error.msg if isinstance(error, SyntaxError) else "it is too deep"
            raise self._refused(f"Python cannot compile it: {reason}", None) from None
        [code] = [constant for constant in compiled.co_consts if isinstance(constant, types.CodeType)]
        module = sys.modules.get(type(self.model).__module__)
        return types.FunctionType(code, {} if module is None else dict(vars(module)))

    def _parsed(self) -> ast.expr:
        """The syntax tree. What begins and ends with two underscores belongs to Python, and to no model."""
        try:
            # Python's own remarks are for files; the compiler has better ones
            with warnings.catch_warnings(action="ignore"):
                tree = ast.parse(self.text, mode="eval").body
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            reason = error.msg if isinstance(error, SyntaxError) else "it is too deep, or holds what is no text"
            raise self._refused(
                f"Python cannot read it: {reason}", "write it as in a property: m.term[s1] > 1"
            ) from None
        for node in ast.walk(tree):
            name = node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""
            if name.startswith("_"):
                raise self._refused(f"{name} is no part of a model", None)
        return tree

    def _written(self, tree: ast.expr) -> str:
        """The expression on one line, without its comments."""
        try:
            return ast.unparse(tree)
        except RecursionError:
            raise self._refused("it is too deep", None) from None

    def _refuse_what_is_outside(self) -> None:
        """Have the compiler look at the expression. Raises UsageError with the first mistake."""
        shared = Shared(self.model, Sources())
        lowerer = BodyLowerer(shared, pure=True)

        def build() -> Any:
            scope = lowerer.scope
            body = scope.function.tree.body[0]
            assert isinstance(body, ast.Return)
            assert body.value is not None
            scope.names |= dict.fromkeys(MODEL_NAMES, Self(0))
            for name, node in self._nodes.items():
                scope.names[name] = ir.Local(node._type, lowerer.slot(node._type))
            value = lowerer.value(body.value)
            if any(_shifts_far(part) for part in nodes(value)):
                raise lowerer.mistake("Q305", f"it shifts a number by more than {FARTHEST} places", body.value)
            return value

        try:
            lowerer.settle(self.function, build)
        except (LoadError, RecursionError) as error:
            reason = error.message if isinstance(error, LoadError) else "it is too deep"
            raise self._refused(reason, None) from None
        for diagnostic in shared.diagnostics:
            hint = diagnostic.hint
            if diagnostic.code == "Q203" and not (hint or "").startswith("did you mean"):
                # who types an expression does not want to declare anything
                hint = f"the variables of the model are {', '.join(self.model.variables)}"
            raise self._refused(diagnostic.message, hint)

    def _refused(self, reason: str, hint: str | None) -> UsageError:
        text = self.text if len(self.text) <= SHOWN else f"{self.text[: SHOWN - 1]}…"
        return UsageError(f"{text} cannot be evaluated: {reason}", hint=hint)


def _shifts_far(part: Any) -> bool:
    if not isinstance(part, ir.Operate) or part.operator != "lshift":
        return False
    places = part.arguments[1].type
    return isinstance(places, Int) and int(places.hi) > FARTHEST  # type: ignore[arg-type]


@contextmanager
def _deadline(seconds: float) -> Iterator[None]:
    """Ends what runs inside, in this thread, with TimeoutError once its time is up; Python is asked at every step."""
    end = time.monotonic() + seconds

    def watch(frame: types.FrameType, event: str, argument: Any) -> Any:
        frame.f_trace_opcodes = True
        if time.monotonic() > end:
            raise TimeoutError(f"it takes longer than {seconds:g} s")
        return watch

    before = sys.gettrace()
    sys.settrace(watch)
    try:
        yield
    finally:
        sys.settrace(before)


def _nodes(model: Model) -> dict[str, Any]:
    """The nodes of a model by their names; of two with one name the first, and none that the model is called."""
    found: dict[str, Any] = {}
    for kind in model.types.values():
        if isinstance(kind, Node):
            for value in kind.values():
                if repr(value).isidentifier() and repr(value) not in MODEL_NAMES:
                    found.setdefault(repr(value), value)
    return found


def _as_data(value: Any) -> Data:
    """A value in data form, also of the collections that a state cannot hold as they are."""
    match value:
        case int() if abs(value) > LARGEST:
            raise ModelFault("overflow", "it is beyond 2**61")
        case SetValue(_type=Mixed()) | set() | frozenset():
            # in the order that a set of the language has
            return {"#set": [_as_data(item) for item in sorted(value, key=lambda item: order(canonical(item)))]}
        case list() | tuple():
            return [_as_data(item) for item in value]
        case dict():
            return {"#map": [[_as_data(key), _as_data(item)] for key, item in value.items()]}
        case enum.Enum():
            return value.name
    return data_of(value)
