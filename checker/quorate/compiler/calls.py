"""Lowering of calls: built-in functions, methods of collections, helpers inlined, quantifiers."""

from __future__ import annotations

import ast
import types
from abc import abstractmethod
from typing import Any

from quorate.compiler import ir
from quorate.compiler.coerce import BOOL, NOTHING, bounds, in_words, integers, join, sets, united
from quorate.compiler.domains import Domains
from quorate.compiler.expressions import READS, Lowered
from quorate.compiler.scope import Method, Scope, Self, Static
from quorate.errors import nearest
from quorate.language.actions import require, within
from quorate.language.compound import Bag, Map, Message, Record, Seq, Set
from quorate.language.properties import Property
from quorate.language.types import Bool, Int, Node, Option, Type


class Calls(Domains):
    """Lowers calls of functions and of methods of collections."""

    @abstractmethod
    def inline(self, method: Method, node: ast.Call) -> tuple[tuple[ir.Statement, ...], ir.Expr | None]:
        """Inline a helper: its statements and its value (in `statements`)."""

    def call(self, node: ast.Call, expected: Type | None) -> Lowered:
        if isinstance(node.func, ast.Attribute) and not _is_super(node.func.value):
            found = self.collection_method(node, node.func)
            if found is not None:
                return found
        function = self.callee(node)
        match function:
            case Method():
                return self.helper(function, node)
            case Static(Record() as record):
                return self.make(record, node)
            case Static(types.FunctionType() as plain):
                if plain in (require, within):
                    raise self.mistake(
                        "Q505", f"{plain.__name__} is a statement of its own", node, "put it on a line by itself"
                    )
                return self.helper(Method(plain, None), node)
            case Static(Property() as prop):
                return self.helper(Method(prop.predicate, None), node)
            case Static(value):
                return self.builtin(value, node, expected)
        raise self.mistake("Q211", "this cannot be called", node.func)

    def callee(self, node: ast.Call) -> Lowered:
        """What a call calls; `super().name` is the method of the next class."""
        function = node.func
        if isinstance(function, ast.Attribute) and _is_super(function.value):
            owner = self.scope.owner_class
            model_class = type(self.model)
            order = model_class.__mro__
            above = order[order.index(owner) + 1 :] if owner in order else order[1:]
            for base in above:
                if function.attr in vars(base):
                    declared = vars(base)[function.attr]
                    body = getattr(declared, "body", None) or getattr(declared, "predicate", None) or declared
                    return Method(body, Self(0))
            raise self.mistake("Q203", f"no base class has a method {function.attr}", function)
        return self.lower(function)

    # -- methods of collections

    def collection_method(self, node: ast.Call, function: ast.Attribute) -> ir.Expr | None:
        """A reading method of a collection in the state, or None if the call is something else."""
        owner = self.lower(function.value)
        if isinstance(owner, Static | Self | Method):
            return None
        arguments = self.positional(node)
        kind = owner.type
        network = self.network_of(owner) is not None
        if function.attr == "count" and len(arguments) == 1 and (network or isinstance(kind, Seq | Bag)):
            return self.count(owner, self.value(arguments[0], self.element_type(kind, node)), node)
        if function.attr == "isdisjoint" and len(arguments) == 1 and isinstance(kind, Set):
            return self.disjoint(owner, self.value(arguments[0], kind), node)
        if function.attr in ("issubset", "issuperset") and len(arguments) == 1 and isinstance(kind, Set):
            op = ast.LtE() if function.attr == "issubset" else ast.GtE()
            return self.subset(owner, op, self.value(arguments[0], kind), node)
        if function.attr in ("of", *READS):
            raise self.mistake(
                "Q405", f".{function.attr}() is only for iterating over", node, "use it in a `for` or comprehension"
            )
        if function.attr in ("add", "append", "discard", "send", "clear", "extend", "pop", "remove", "update"):
            raise self.mistake(
                "Q505", f".{function.attr}() changes the state and is a statement of its own", node,
                "put it on a line by itself",
            )  # fmt: skip
        hint = _near_method(function.attr)
        raise self.mistake("Q212", f"{in_words(kind)} has no method {function.attr}", node, hint)

    def disjoint(self, left: ir.Expr, right: ir.Expr, node: ast.Call) -> ir.Expr:
        """Whether two sets have no element in common."""
        both = united(left.type, right.type) if isinstance(left.type, Set) and isinstance(right.type, Set) else None
        if both is None:
            raise self.mistake("Q301", f"this is {self.words(right)}, not a set of such elements", node)
        pair = (self.convert(left, both, node), self.convert(right, both, node))
        common = ir.Operate(both, "intersection", pair, self.site("capacity", node))
        return ir.Operate(BOOL, "eq", (self.length(common), ir.Const(Int(0, 0), 0)))

    def positional(self, node: ast.Call) -> list[ast.expr]:
        if node.keywords:
            raise self.mistake("Q210", "this is called without keywords", node)
        return node.args

    # -- records

    def make(self, record: Record, node: ast.Call) -> ir.Expr:
        if node.args:
            raise self.mistake("Q207", f"{record.name} is made with its fields by name", node.args[0], _by_name(record))
        given = {keyword.arg: keyword.value for keyword in node.keywords}
        for keyword in node.keywords:
            if keyword.arg not in record.fields:
                hint = nearest(str(keyword.arg), record.fields) or f"its fields are {', '.join(record.fields)}"
                raise self.mistake("Q205", f"{record.name} has no field {keyword.arg}", keyword, hint)
        missing = [name for name in record.fields if name not in given]
        if missing:
            raise self.mistake("Q206", f"{record.name} is made without {_fields(missing)}", node, _by_name(record))
        return ir.Make(record, tuple(self.converted(given[name], kind) for name, kind in record.fields.items()))

    # -- built-in functions

    def builtin(self, function: Any, node: ast.Call, expected: Type | None) -> ir.Expr:
        if function in (any, all):
            return self.quantifier(function.__name__, node)
        if function is sum:
            self.single(node)
            return self.fold("sum", node)
        if function in (min, max):
            return self.extreme(function.__name__, node)
        arguments = self.positional(node)
        if function is len and len(arguments) == 1:
            return self.len(arguments[0])
        if function in (set, frozenset) and len(arguments) <= 1:
            return self.as_set(node, arguments, expected)
        if function in (list, tuple) and len(arguments) == 1 and isinstance(arguments[0], ast.GeneratorExp):
            return self.comprehension_of("seq", arguments[0], expected)
        if function in (list, tuple) and not arguments:
            return ir.Display(expected if isinstance(expected, Seq) else Seq(NOTHING, 0), (), self.site("range", node))
        if function is abs and len(arguments) == 1:
            return self.operate("abs", (self.value(arguments[0]),), node)
        if function in (int, bool) and len(arguments) == 1:
            if function is bool:
                return self.condition(arguments[0])
            value = self.value(arguments[0])
            if value.type == BOOL:
                return self.operate("int", (value,), node)
            if isinstance(value.type, Option) and isinstance(value.type.of, Int):
                value = ir.Convert(value.type.of, value, self.site("none", node))
            if not isinstance(value.type, Int):
                raise self.mistake("Q305", f"{self.words(value)} is no number", arguments[0])
            return value
        name = self.named(function)
        hints = {
            "sorted": "sets and types iterate in their own order already",
            "enumerate": "iterate over range(len(...))",
            "zip": "iterate over range(len(...))",
            "filter": "write a comprehension with an `if`",
            "map": "write a comprehension",
            "str": "make it a member of an Enum",
            "dict": "write {k: ... for k in self.Server}",
            "range": "range(...) is only for iterating over; write lo <= x < hi",
            "print": "use `quorate show` to look at a trace, or run the model natively under pdb",
        }
        raise self.mistake("Q211", f"{name} cannot be called in a model", node, hints.get(name))

    def len(self, node: ast.expr) -> ir.Expr:
        lowered = self.lower(node)
        if isinstance(lowered, Static):
            count = self.domain_type(lowered, node).cardinality
            return ir.Const(integers(count, count), count)
        return self.length(self.as_value(lowered, node))

    def as_set(self, node: ast.Call, arguments: list[ast.expr], expected: Type | None) -> ir.Expr:
        if isinstance(expected, Option):
            expected = expected.of
        if not arguments:
            kind: Type = expected if isinstance(expected, Set) else Set(NOTHING)
            return ir.Display(kind, (), self.site("capacity", node))
        if isinstance(arguments[0], ast.GeneratorExp):
            return self.comprehension_of("set", arguments[0], expected)
        lowered = self.lower(arguments[0])
        if isinstance(lowered, Static):
            return ir.Operate(self.set_of(self.domain_type(lowered, node), node), "full", ())
        value = self.value(arguments[0])
        if isinstance(value.type, Set):
            # the copy has no order that a loop could rely on
            return ir.Do(value.type, (), value)
        if isinstance(value.type, Map):
            return ir.Operate(self.set_of(value.type.key_type, node), "full", ())
        element = self.element_type(value.type, node)
        slot = self.slot(element)
        loop = ir.Loop(slot, ir.Elements(element, value), (), ())
        if isinstance(expected, Set) and expected.element == element:
            kind = expected
        else:
            kind = sets(element, bounds(self.length(value).type)[1])
        return ir.Fold(kind, "set", (loop,), ir.Local(element, slot), None, self.site("capacity", node))

    # -- quantifiers and other folds

    def quantifier(self, kind: str, node: ast.Call) -> ir.Expr:
        source = self.single(node)
        if isinstance(source, ast.GeneratorExp | ast.ListComp | ast.SetComp):
            return self.comprehension_of(kind, source, None)
        with self.names():
            loop, element = self.ranging(source)
            if element.type != BOOL:
                raise self.mistake("Q306", f"{kind} ranges over booleans", source)
            return ir.Fold(BOOL, kind, (loop,), element, None, self.site("range", node))

    def single(self, node: ast.Call) -> ast.expr:
        if len(node.args) != 1 or node.keywords:
            raise self.mistake("Q210", "this takes one argument", node)
        return node.args[0]

    def fold(self, kind: str, node: ast.Call, default: ast.expr | None = None) -> ir.Expr:
        """`sum`, `min` or `max` of one iterable."""
        source = node.args[0]
        with self.names():
            if isinstance(source, ast.GeneratorExp | ast.ListComp | ast.SetComp):
                if isinstance(source, ast.SetComp) and kind == "sum":
                    values = self.comprehension_of("set", source, None)
                    loop, element = self.elements_of(values, source)
                    loops: tuple[ir.Loop, ...] = (loop,)
                else:
                    loops = tuple(self.loops(source.generators))
                    element = self.value(source.elt)
            else:
                loop, element = self.ranging(source)
                loops = (loop,)
        if isinstance(element.type, Bool):
            element = self.operate("int", (element,), node)
        if isinstance(element.type, Option) and isinstance(element.type.of, Int):
            element = ir.Convert(element.type.of, element, self.site("none", node))
        if not isinstance(element.type, Int):
            place = source.elt if isinstance(source, ast.GeneratorExp | ast.ListComp | ast.SetComp) else source
            cure = "write .index for the number of a node" if isinstance(element.type, Node) else None
            if isinstance(source, ast.Attribute) and isinstance(self.lower(source), ir.Variable):
                cure = "a map is gone through by its keys; write .values() for what it holds"
            raise self.mistake("Q305", f"{kind} needs integers, and this is {self.words(element)}", place, cure)
        other = None if default is None else self.value(default)
        result: Type = element.type
        if kind == "sum":
            lo, hi = int(element.type.lo), int(element.type.hi)  # type: ignore[arg-type]
            turns = self.turns(loops)
            result = integers(min(0, lo * turns), max(0, hi * turns))
        elif other is not None:
            result = join(result, other.type) or result
            element, other = self.convert(element, result, node), self.convert(other, result, node)
        site = self.site("overflow" if kind == "sum" else "empty", node)
        return ir.Fold(result, kind, loops, element, other, site)

    def extreme(self, kind: str, node: ast.Call) -> ir.Expr:
        """`min` and `max`, of several arguments or of one iterable with an optional default."""
        keywords = {keyword.arg: keyword.value for keyword in node.keywords}
        if keywords.keys() - {"default"}:
            raise self.mistake("Q210", f"{kind} takes no keyword but default", node)
        if not node.args or (len(node.args) > 1 and keywords):
            raise self.mistake("Q210", f"{kind} takes values, or something to iterate over and a default", node)
        if len(node.args) == 1:
            return self.fold(kind, node, keywords.get("default"))
        values = [self.value(argument) for argument in node.args]
        result = values[0]
        for value in values[1:]:
            result = self.operate(f"{kind}2", (result, value), node)
        return result

    def helper(self, method: Method, node: ast.Call) -> ir.Expr:
        """A helper called for its value."""
        was, self.pure = self.pure, True
        try:
            body, result = self.inline(method, node)
        finally:
            self.pure = was
        if result is None:
            name = getattr(method.function, "__name__", "this")
            what = f"{name} returns nothing, so it has no value here"
            raise self.mistake("Q311", what, node, "return the value, or call it as a statement")
        return ir.Do(result.type, body, result) if body else result


def _fields(names: list[str]) -> str:
    return f"its field{'s' if len(names) > 1 else ''} {', '.join(names)}"


def _by_name(record: Record) -> str:
    """How a record is made."""
    return f"write {record.name}({', '.join(f'{name}=...' for name in record.fields)})"


def _near_method(name: str) -> str | None:
    """What the language has for a method that Python's collections have and its own do not."""
    known = {
        "union": "write a | b", "intersection": "write a & b", "difference": "write a - b",
        "index": "loop over range(len(...))", "copy": "values are snapshots already: assign them",
        "get": "every key is in a map: write m[key]", "setdefault": "every key is in a map: write m[key]",
    }  # fmt: skip
    return known.get(name)


def _is_super(node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "super"


__all__ = ["Calls", "Message", "Scope"]
