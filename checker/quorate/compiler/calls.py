"""Lowering of calls and comprehensions: built-in functions, methods of collections, helpers inlined, quantifiers."""

from __future__ import annotations

import ast
import types
from abc import abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from quorate.compiler import ir
from quorate.compiler.coerce import BOOL, NOTHING, WIDE, integers, join
from quorate.compiler.expressions import READS, Expressions, Lowered
from quorate.compiler.scope import Method, Scope, Self, Static, nearest
from quorate.language.actions import require, within
from quorate.language.compound import Bag, Map, Message, Record, Seq, Set
from quorate.language.network import Network
from quorate.language.properties import Property
from quorate.language.types import Bool, Int, Option, Type

Generator = ast.GeneratorExp | ast.SetComp | ast.ListComp | ast.DictComp


class Calls(Expressions):
    """Lowers calls, comprehensions and the domains they range over."""

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
                        "Q109", f"{plain.__name__} is a statement of its own", node, "put it on a line by itself"
                    )
                return self.helper(Method(plain, None), node)
            case Static(Property() as prop):
                return self.helper(Method(prop.predicate, None), node)
            case Static(value):
                return self.builtin(value, node, expected)
        raise self.mistake("Q109", "this cannot be called", node)

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
            raise self.mistake("Q103", f"no base class has a method {function.attr}", node)
        return self.lower(function)

    # -- methods of collections

    def collection_method(self, node: ast.Call, function: ast.Attribute) -> ir.Expr | None:
        """A reading method of a collection in the state, or None if the call is something else."""
        owner = self.lower(function.value)
        if isinstance(owner, Static | Self | Method):
            return None
        arguments = self.positional(node)
        kind = owner.type
        if function.attr == "count" and len(arguments) == 1 and isinstance(kind, Seq | Bag | Map):
            element = self.element_type(kind, node)
            item = self.converted(arguments[0], element)
            return ir.Operate(Int(0, int(self.length(owner).type.hi)), "count", (owner, item))  # type: ignore[union-attr]
        if function.attr == "isdisjoint" and len(arguments) == 1 and isinstance(kind, Set):
            other = self.converted(arguments[0], kind)
            common = ir.Operate(kind, "intersection", (owner, other), self.site("capacity", node))
            return ir.Operate(BOOL, "eq", (common, ir.Display(kind, (), self.site("capacity", node))))
        if function.attr in ("issubset", "issuperset") and len(arguments) == 1 and isinstance(kind, Set):
            op = ast.LtE() if function.attr == "issubset" else ast.GtE()
            return self.subset(owner, op, self.value(arguments[0], kind), node)
        if function.attr in ("of", *READS):
            raise self.mistake(
                "Q108", f".{function.attr}() is only for iterating over", node, "use it in a `for` or comprehension"
            )
        if function.attr in ("add", "append", "discard", "send", "clear", "extend", "pop", "remove", "update"):
            raise self.mistake(
                "Q112", f".{function.attr}() changes the state and is a statement of its own", node,
                "put it on a line by itself",
            )  # fmt: skip
        raise self.mistake("Q109", f"{kind.describe()} has no method {function.attr}", node)

    def positional(self, node: ast.Call) -> list[ast.expr]:
        if node.keywords:
            raise self.mistake("Q109", "this is called without keywords", node)
        return node.args

    # -- records

    def make(self, record: Record, node: ast.Call) -> ir.Expr:
        if node.args:
            raise self.mistake("Q105", f"{record.name} is made with its fields by name", node)
        given = {keyword.arg: keyword.value for keyword in node.keywords}
        for keyword in node.keywords:
            if keyword.arg not in record.fields:
                hint = nearest(str(keyword.arg), record.fields) or f"its fields are {', '.join(record.fields)}"
                raise self.mistake("Q105", f"{record.name} has no field {keyword.arg}", keyword, hint)
        missing = [name for name in record.fields if name not in given]
        if missing:
            raise self.mistake("Q105", f"{record.name} is made without its field {missing[0]}", node)
        return ir.Make(record, tuple(self.converted(given[name], kind) for name, kind in record.fields.items()))

    # -- built-in functions

    def builtin(self, function: Any, node: ast.Call, expected: Type | None) -> ir.Expr:
        if function in (any, all):
            return self.quantifier(function.__name__, node)
        if function is sum:
            return self.fold("sum", node)
        if function in (min, max):
            return self.extreme(function.__name__, node)
        arguments = self.positional(node)
        if function is len and len(arguments) == 1:
            return self.len(arguments[0])
        if function in (set, frozenset):
            return self.as_set(node, arguments, expected)
        if function in (list, tuple) and len(arguments) == 1 and isinstance(arguments[0], ast.GeneratorExp):
            return self.comprehension_of("seq", arguments[0], expected)
        if function in (list, tuple) and not arguments:
            return ir.Display(expected if isinstance(expected, Seq) else Seq(NOTHING, 0), (), self.site("range", node))
        if function is abs and len(arguments) == 1:
            return self.operate("abs", (self.value(arguments[0]),), node)
        if function in (int, bool) and len(arguments) == 1:
            value = self.condition(arguments[0]) if function is bool else self.value(arguments[0])
            return self.operate("int", (value,), node) if function is int and value.type == BOOL else value
        name = self.named(function)
        hints = {
            "sorted": "sets and types iterate in their own order already",
            "enumerate": "iterate over range(len(...))",
            "zip": "iterate over range(len(...))",
            "range": "range(...) is only for iterating over",
            "print": "use `quorate show` to look at a trace, or run the model natively under pdb",
        }
        raise self.mistake("Q109", f"{name} cannot be called in a model", node, hints.get(name))

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
        value = self.as_value(lowered, arguments[0])
        if isinstance(value.type, Set):
            return value
        element = self.element_type(value.type, node)
        slot = self.slot(element)
        loop = ir.Loop(slot, ir.Elements(element, value), (), ())
        if isinstance(expected, Set) and expected.element == element:
            kind = expected
        elif isinstance(value.type, Bag):
            kind = Set(element, capacity=value.type.capacity)
        else:
            kind = self.set_of(element, node)
        return ir.Fold(kind, "set", (loop,), ir.Local(element, slot), None, self.site("capacity", node))

    # -- quantifiers and other folds

    def quantifier(self, kind: str, node: ast.Call) -> ir.Expr:
        source = self.single(node)
        if isinstance(source, ast.GeneratorExp | ast.ListComp | ast.SetComp):
            return self.comprehension_of(kind, source, None)
        with self.names():
            loop, element = self.ranging(source)
            if element.type != BOOL:
                raise self.mistake("Q107", f"{kind} ranges over booleans", source)
            return ir.Fold(BOOL, kind, (loop,), element, None, self.site("range", node))

    def single(self, node: ast.Call) -> ast.expr:
        if len(node.args) != 1 or node.keywords:
            raise self.mistake("Q109", "this takes one argument", node)
        return node.args[0]

    def fold(self, kind: str, node: ast.Call, default: ast.expr | None = None) -> ir.Expr:
        """`sum`, `min` or `max` of one iterable."""
        source = node.args[0] if node.args else node
        assert isinstance(source, ast.expr)
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
            raise self.mistake("Q106", f"{kind} needs integers, and these are {element.type.describe()}", node)
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

    def turns(self, loops: tuple[ir.Loop, ...]) -> int:
        """The most turns that nested loops can take."""
        most = 1
        for loop in loops:
            match loop.domain:
                case ir.AllOf(kind):
                    most *= kind.cardinality
                case ir.Range(_, start, stop):
                    most *= max(0, int(stop.type.hi) - int(start.type.lo))  # type: ignore[union-attr]
                case ir.Elements(_, container, _):
                    most *= int(self.length(container).type.hi)  # type: ignore[union-attr]
        return most

    def extreme(self, kind: str, node: ast.Call) -> ir.Expr:
        """`min` and `max`, of several arguments or of one iterable with an optional default."""
        keywords = {keyword.arg: keyword.value for keyword in node.keywords}
        if keywords.keys() - {"default"}:
            raise self.mistake("Q109", f"{kind} takes no keyword but default", node)
        if len(node.args) == 1:
            return self.fold(kind, node, keywords.get("default"))
        values = [self.value(argument) for argument in node.args]
        result = values[0]
        for value in values[1:]:
            result = self.operate(f"{kind}2", (result, value), node)
        return result

    # -- comprehensions

    def comprehension(self, node: Generator, expected: Type | None) -> ir.Expr:
        if isinstance(node, ast.GeneratorExp):
            raise self.mistake("Q108", "a bare generator is no value", node, "use any, all, sum, min, max, set or list")
        if isinstance(node, ast.DictComp):
            return self.map_comprehension(node, expected)
        return self.comprehension_of("set" if isinstance(node, ast.SetComp) else "seq", node, expected)

    def comprehension_of(
        self, kind: str, node: ast.GeneratorExp | ast.SetComp | ast.ListComp, expected: Type | None
    ) -> ir.Expr:
        if isinstance(expected, Option):
            expected = expected.of
        with self.names():
            loops = tuple(self.loops(node.generators))
            if kind in ("any", "all"):
                return ir.Fold(BOOL, kind, loops, self.condition(node.elt), None, self.site("range", node))
            wanted = Set if kind == "set" else Seq
            if isinstance(expected, wanted):
                element = self.converted(node.elt, expected.element)
                result: Type = expected
                if isinstance(expected, Seq):
                    result = Seq(expected.element, min(4096, self.turns(loops)))
            else:
                element = self.value(node.elt)
                if kind == "set":
                    result = self.set_of(element.type, node)
                else:
                    result = Seq(element.type, min(4096, self.turns(loops)))
        return ir.Fold(result, kind, loops, element, None, self.site("capacity", node))

    def map_comprehension(self, node: ast.DictComp, expected: Type | None) -> ir.Expr:
        with self.names():
            loops = self.loops(node.generators)
            key = self.value(node.key)
            plain = len(loops) == 1 and not loops[0].conditions and isinstance(loops[0].domain, ir.AllOf)
            if not plain or key != ir.Local(key.type, loops[0].slot):
                raise self.mistake(
                    "Q109", "a map has a value for every key", node, "write {k: ... for k in self.Keys} over all keys"
                )
            value_type = expected.value_type if isinstance(expected, Map) else None
            value = self.value(node.value, value_type)
            if value_type is not None:
                value = self.convert(value, value_type, node.value)
            return ir.Fold(Map(key.type, value.type), "map", tuple(loops), value, None, self.site("range", node))

    def loops(self, generators: list[ast.comprehension]) -> list[ir.Loop]:
        found = []
        for generator in generators:
            slot, domain, lets = self.bind(generator.target, generator.iter)
            conditions = tuple(self.condition(condition) for condition in generator.ifs)
            found.append(ir.Loop(slot, domain, lets, conditions))
        return found

    @contextmanager
    def names(self) -> Iterator[None]:
        """A region whose names end with it."""
        names, assigned = dict(self.scope.names), set(self.scope.assigned)
        try:
            yield
        finally:
            self.scope.names, self.scope.assigned = names, assigned

    # -- domains

    def bind(self, target: ast.expr, source: ast.expr) -> tuple[int, ir.Domain, tuple[ir.Assign, ...]]:
        """Let the target of a `for` range over a source: the local, its domain, and locals computed from it."""
        domain, lets = self.domain(source)
        slot = self.slot(domain.type)
        value: ir.Expr = ir.Local(domain.type, slot)
        if lets == "keys":
            return self._bind_names(target, [value], slot, domain)
        if isinstance(lets, ir.Expr):
            assert isinstance(lets.type, Map)
            item = ir.Index(lets.type.value_type, lets, value, self.site("key", source))
            return self._bind_names(target, [item], slot, domain)
        whole = lets[0]
        assert isinstance(whole.type, Map)
        item = ir.Index(whole.type.value_type, whole, value, self.site("key", source))
        return self._bind_names(target, [value, item], slot, domain)

    def _bind_names(
        self, target: ast.expr, values: list[ir.Expr], slot: int, domain: ir.Domain
    ) -> tuple[int, ir.Domain, tuple[ir.Assign, ...]]:
        targets = target.elts if isinstance(target, ast.Tuple) else [target]
        if len(targets) != len(values) or not all(isinstance(name, ast.Name) for name in targets):
            raise self.refuse(target, "this loop variable", "use one name; two only over map.items()")
        lets = []
        for name, value in zip(targets, values, strict=True):
            assert isinstance(name, ast.Name)
            if isinstance(value, ir.Local):
                self.scope.names[name.id] = value.slot
            else:
                own = self.slot(value.type)
                lets.append(ir.Assign(own, value))
                self.scope.names[name.id] = own
            self.scope.assigned.add(name.id)
        return slot, domain, tuple(lets)

    def domain(self, source: ast.expr) -> tuple[ir.Domain, Any]:
        """What a `for` goes over, and how its values come from it: "keys" (the element itself), a map (its value at
        the element), or a list with a map (element and value)."""
        if isinstance(source, ast.Call):
            if isinstance(source.func, ast.Name) and self.lower(source.func) == Static(range):
                return self.range_domain(source), "keys"
            if isinstance(source.func, ast.Attribute) and source.func.attr in ("of", *READS):
                return self.method_domain(source, source.func)
        if isinstance(source, ast.Tuple | ast.List) and source.elts:
            value: ir.Expr = self.display(source, source.elts, None)
            return ir.Elements(self.element_type(value.type, source), value), "keys"
        lowered = self.lower(source)
        if isinstance(lowered, Static):
            return ir.AllOf(self.domain_type(lowered, source)), "keys"
        value = self.as_value(lowered, source)
        if isinstance(value.type, Map) and not self.queues(value):
            return ir.AllOf(value.type.key_type), "keys"
        if isinstance(value.type, Int):
            raise self.mistake("Q108", "a number cannot be iterated over", source, "write range(...)")
        return ir.Elements(self.element_type(value.type, source), value), "keys"

    def range_domain(self, source: ast.Call) -> ir.Range:
        arguments = self.positional(source)
        if not 1 <= len(arguments) <= 2:
            raise self.refuse(source, "a range with a step", "multiply inside the loop")
        values = [self.convert(self.value(a), WIDE, a, "none") if not isinstance(v := self.value(a), ir.Const) else v
                  for a in arguments]  # fmt: skip
        values = [self._plain_int(value, argument) for value, argument in zip(values, arguments, strict=True)]
        start: ir.Expr = values[0] if len(values) == 2 else ir.Const(Int(0, 0), 0)
        stop = values[-1]
        lo, hi = int(start.type.lo), int(stop.type.hi)  # type: ignore[union-attr]
        return ir.Range(integers(lo, max(lo, hi - 1)), start, stop)

    def _plain_int(self, value: ir.Expr, node: ast.expr) -> ir.Expr:
        # the conversion to WIDE above only unpacks an Option; the narrow range is what bounds the loop
        if isinstance(value, ir.Convert) and isinstance(value.value.type, Int):
            return value.value
        if not isinstance(value.type, Int):
            raise self.mistake("Q106", "a range goes over integers", node)
        return value

    def method_domain(self, source: ast.Call, function: ast.Attribute) -> tuple[ir.Domain, Any]:
        whole = self.value(function.value)
        if function.attr == "of":
            kind = self.network_of(whole)
            message = self.lower(source.args[0]) if len(source.args) == 1 else None
            if kind is None or not isinstance(message, Static) or message.value not in kind.messages:
                raise self.mistake("Q108", ".of(...) takes a message type of a network", source)
            option = kind.messages.index(message.value)
            return ir.Elements(kind.messages[option], whole, option), "keys"
        if not isinstance(whole.type, Map) or source.args:
            raise self.mistake("Q108", f"{whole.type.describe()} has no {function.attr}()", source)
        keys = ir.AllOf(whole.type.key_type)
        return keys, {"keys": "keys", "values": whole, "items": [whole]}[function.attr]

    def network_of(self, value: ir.Expr) -> Network | None:
        """The network that a variable is, if it is one."""
        if not isinstance(value, ir.Variable):
            return None
        kind = self.model.variables[self.shared.variables[value.index]]
        return kind if isinstance(kind, Network) else None

    def ranging(self, source: ast.expr) -> tuple[ir.Loop, ir.Expr]:
        """A loop over a source, and its element."""
        name = ast.copy_location(ast.Name("·", ast.Load()), source)
        slot, domain, lets = self.bind(name, source)
        return ir.Loop(slot, domain, lets, ()), self.value(name)

    def elements_of(self, value: ir.Expr, node: ast.AST) -> tuple[ir.Loop, ir.Expr]:
        element = self.element_type(value.type, node)
        slot = self.slot(element)
        return ir.Loop(slot, ir.Elements(element, value), (), ()), ir.Local(element, slot)

    def helper(self, method: Method, node: ast.Call) -> ir.Expr:
        """A helper called for its value."""
        was, self.pure = self.pure, True
        try:
            body, result = self.inline(method, node)
        finally:
            self.pure = was
        if result is None:
            name = getattr(method.function, "__name__", "this")
            raise self.mistake("Q109", f"{name} returns nothing, so it has no value here", node)
        return ir.Do(result.type, body, result) if body else result


def _is_super(node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "super"


__all__ = ["Calls", "Message", "Scope"]
