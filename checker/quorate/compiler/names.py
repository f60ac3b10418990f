"""Lowering of names, attributes and literals: what a word in a body stands for."""

from __future__ import annotations

import ast
import builtins
import enum
from abc import abstractmethod
from typing import Any

from quorate.compiler import ir
from quorate.compiler.coerce import BOOL, NOTHING, WIDE, in_words, integers
from quorate.compiler.mistakes import Consequence
from quorate.compiler.scope import Lowerer, Method, Scope, Self, Static
from quorate.errors import nearest
from quorate.language.actions import Action
from quorate.language.compound import Record, Seq, Set
from quorate.language.network import Network
from quorate.language.params import Expression
from quorate.language.properties import Property
from quorate.language.types import Enumeration, Int, Node, Option, Type

Lowered = ir.Expr | Static | Self | Method


class Names(Lowerer):
    """Lowers what has a name, or stands for itself."""

    @abstractmethod
    def lower(self, node: ast.expr, expected: Type | None = None) -> Lowered:
        """Lower an expression (in `expressions`)."""

    def literal(self, node: ast.Constant) -> Lowered:
        if isinstance(node.value, float | complex):
            raise self.refuse(node, "a fractional number", "use integers; scale them if need be", "Q105")
        if isinstance(node.value, str):
            return Static(node.value)
        constant = self.constant(node.value)
        if constant is None:
            raise self.refuse(node, "this literal", "state is made of booleans, integers, enum members and nodes")
        return constant

    def constant(self, value: Any) -> ir.Expr | None:
        """A Python value that is known now as a constant, or None if it is no value of the language."""
        if value is None:
            return ir.Const(Option(NOTHING), None)
        if isinstance(value, bool):
            return ir.Const(BOOL, value)
        if isinstance(value, enum.Enum):
            kind = Enumeration(type(value))
            return ir.Const(kind, kind.rank(value))
        if isinstance(value, int):
            return ir.Const(integers(value, value), value) if abs(value) <= WIDE.hi else None  # type: ignore[operator]
        if isinstance(value, set | frozenset) and not value:
            return ir.Display(Set(NOTHING), (), 0)
        if isinstance(value, list | tuple) and not value:
            return ir.Display(Seq(NOTHING, 0), (), 0)
        return None

    @staticmethod
    def named(value: Any) -> str:
        if isinstance(value, str):
            return f"the string {value!r}"
        return str(getattr(value, "__name__", None) or getattr(value, "name", None) or repr(value))

    def name(self, node: ast.Name) -> Lowered:
        scope = self.scope
        if node.id in scope.poisoned:
            raise Consequence("Q202", f"{node.id} has no value because of the mistake above", self.span(node))
        if node.id in scope.names:
            binding = scope.names[node.id]
            if not isinstance(binding, int):
                return binding
            if node.id not in scope.assigned:
                raise self.mistake("Q202", f"{node.id} may have no value here", node, "assign to it on every path")
            return self.local(binding, node)
        for space in (self._closure(scope), scope.function.code.__globals__, vars(builtins)):
            if node.id in space:
                return Static(space[node.id])
        if node.id in scope.function.stored():
            raise self.mistake("Q202", f"{node.id} may have no value here", node, "assign to it on every path")
        if type(self.model).lookup(node.id) is not None:
            model = next((name for name, binding in scope.names.items() if isinstance(binding, Self)), "self")
            cure = f"did you mean {model}.{node.id}?"
            raise self.mistake("Q208", f"{node.id} belongs to the model, and is read through it", node, cure)
        hint = nearest(node.id, [*scope.names, *scope.function.code.__globals__, *vars(builtins)])
        raise self.mistake("Q201", f"{node.id} is not defined", node, hint)

    @staticmethod
    def _closure(scope: Scope) -> dict[str, Any]:
        code = scope.function.code
        cells = code.__closure__ or ()
        return {name: cell.cell_contents for name, cell in zip(code.__code__.co_freevars, cells, strict=True)}

    def attribute(self, node: ast.Attribute) -> Lowered:
        owner = self.lower(node.value)
        match owner:
            case Self(state):
                return self.member(owner, state, node)
            case Static(value):
                if isinstance(value, Type | Record):
                    cure = "values have fields; a type is iterated over"
                    raise self.mistake("Q204", f"a type has no attribute {node.attr}", node, cure)
                try:
                    return Static(getattr(value, node.attr))
                except AttributeError:
                    known = list(value.__members__) if isinstance(value, enum.EnumMeta) else dir(value)
                    raise self.mistake(
                        "Q209", f"{self.named(value)} has no {node.attr}", node, nearest(node.attr, known)
                    ) from None
            case Method():
                raise self.mistake("Q209", f"a function has no attribute {node.attr}", node)
        if isinstance(owner.type, Option) and isinstance(owner.type.of, Record):
            owner = ir.Convert(owner.type.of, owner, self.site("none", node))
        if isinstance(owner.type, Record):
            if node.attr not in owner.type.fields:
                raise self.mistake(
                    "Q204",
                    f"{owner.type.describe()} has no field {node.attr}",
                    node,
                    nearest(node.attr, owner.type.fields) or f"its fields are {', '.join(owner.type.fields)}",
                )
            return ir.Field(owner.type.fields[node.attr], owner, node.attr)
        if isinstance(owner.type, Node) and node.attr == "index" and not owner.type.symmetric:
            return ir.Operate(Int(0, owner.type.cardinality - 1), "rank", (owner,))
        cure = f"it has no part of that name; see {in_words(owner.type)} in docs/language.md"
        if isinstance(owner.type, Enumeration):
            cure = f"compare it with a member, such as {owner.type.describe()}.{owner.type.members[0].name}"
        raise self.mistake("Q204", f"{owner.type.describe()} has no {node.attr} in a model", node, cure)

    def member(self, owner: Self, state: int, node: ast.Attribute) -> Lowered:
        """An attribute of the model."""
        name, model = node.attr, self.model
        if name in model.variables:
            kind = model.variables[name]
            # a network is its contents; `calls` knows the network by the variable
            inner = kind.contents if isinstance(kind, Network) else kind
            return ir.Variable(inner, self.shared.variables.index(name), state)
        if name in model.types:
            return Static(model.types[name])
        declared = type(model).lookup(name)
        if isinstance(declared, Expression):
            value = declared.resolve(model.parameters_in_use)
            return self.constant(value) or Static(value)
        if isinstance(declared, Action):
            return Method(declared.body, owner)
        if isinstance(declared, Property):
            return Method(declared.predicate, owner)
        if isinstance(declared, staticmethod):
            return Method(declared.__func__, None)
        if callable(declared) and not isinstance(declared, type):
            return Method(declared, owner)
        if declared is None:
            known = [*model.types, *model.parameters_in_use, *vars(type(model))]
            cure = nearest(name, known) or f"declare it in the class body; a variable has an init=: {name} = ..."
            raise self.mistake("Q203", f"{type(model).__name__} has no {name}", node, cure)
        return Static(declared)
