"""Expressions of the modelling language that a reader asks for, evaluated in states by native Python.

The compiler looks at an expression first, so that nothing outside the language is ever evaluated.
"""

from __future__ import annotations

import ast
import enum
import hashlib
import linecache
import sys
from typing import Any

from quorate.compiler import ir
from quorate.compiler.compile import BodyLowerer
from quorate.compiler.scope import Self, Shared
from quorate.compiler.source import Sources
from quorate.errors import LoadError, UsageError
from quorate.language.faults import fault_of
from quorate.language.model import Model, State, data_of
from quorate.language.types import Node
from quorate.language.values import ModelFault
from quorate.trace import Data, Fault

MODEL_NAMES = ("m", "self")
"""What an expression may call the model."""

LARGEST = 2**61


class StateExpression:
    """An expression such as `m.term[s1] > 1` or `{i for i in m.Server if m.role[i] == m.Role.LEADER}`.

    The model is `m` (or `self`), and nodes are called as they are printed. Raises UsageError for a text that is no
    expression of the modelling language, or that asks for what the model does not have.
    """

    def __init__(self, model: Model, text: str) -> None:
        self.model, self.text = model, " ".join(text.split())
        self._nodes = _nodes(model)
        try:
            self._function = self._compiled()
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            reason = error.msg if isinstance(error, SyntaxError) else "it is too deep, or holds what is no text"
            hint = "write it as in a property: m.term[s1] > 1"
            raise self._refused(f"Python cannot read it: {reason}", hint) from None
        self._refuse_what_is_outside()

    def value(self, state: State) -> Data | Fault:
        """The value in a state, in data form; a fault where it has none."""
        view = self.model.at(state)
        try:
            return _as_data(self._function(view, view, *self._nodes.values()))
        except Exception as error:  # noqa: BLE001 - whatever the expression raises is what is reported
            return fault_of(error, self.text, {})

    def _compiled(self) -> Any:
        """A function of the model and its nodes that returns the value. Nothing of the expression has run yet."""
        tree = ast.parse(self.text, mode="eval").body
        for node in ast.walk(tree):
            name = node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""
            if name.startswith("_"):
                raise self._refused(f"{name} is no part of a model", None)
        parameters = ", ".join([*MODEL_NAMES, *self._nodes])
        source = f"def expression({parameters}):\n    return {ast.unparse(tree)}\n"
        place = f"<expression {hashlib.sha256(source.encode()).hexdigest()[:8]}>"
        linecache.cache[place] = (len(source), None, source.splitlines(keepends=True), place)
        module = sys.modules.get(type(self.model).__module__)
        scope = {} if module is None else dict(vars(module))
        exec(compile(source, place, "exec"), scope)
        return scope["expression"]

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
            return lowerer.value(body.value)

        try:
            lowerer.settle(self._function, build)
        except (LoadError, RecursionError) as error:
            reason = error.message if isinstance(error, LoadError) else "it is too deep"
            raise self._refused(reason, None) from None
        for diagnostic in shared.diagnostics:
            raise self._refused(diagnostic.message, diagnostic.hint)

    def _refused(self, reason: str, hint: str | None) -> UsageError:
        return UsageError(f"{self.text} cannot be evaluated: {reason}", hint=hint)


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
        case set() | frozenset():
            return {"#set": sorted((_as_data(item) for item in value), key=repr)}
        case list() | tuple():
            return [_as_data(item) for item in value]
        case dict():
            return {"#map": [[_as_data(key), _as_data(item)] for key, item in value.items()]}
        case enum.Enum():
            return value.name
    return data_of(value)
