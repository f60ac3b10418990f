"""Lowering of comprehensions, and of what loops go over."""

from __future__ import annotations

import ast
import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from quorate.compiler import ir
from quorate.compiler.coerce import BOOL, bounds, integers, sets
from quorate.compiler.collections import Collections
from quorate.compiler.expressions import READS
from quorate.compiler.mistakes import Mistake
from quorate.compiler.scope import Static
from quorate.language.compound import Map, Seq, Set
from quorate.language.types import Int, Option, Type

Comprehension = ast.GeneratorExp | ast.SetComp | ast.ListComp
Generator = ast.GeneratorExp | ast.SetComp | ast.ListComp | ast.DictComp


class Domains(Collections):
    """Lowers comprehensions and the domains of loops."""

    # -- comprehensions

    def comprehension(self, node: Generator, expected: Type | None) -> ir.Expr:
        if isinstance(node, ast.GeneratorExp):
            raise self.mistake("Q403", "a bare generator is no value", node, "use any, all, sum, min, max, set or list")
        if isinstance(node, ast.DictComp):
            return self.map_comprehension(node, expected)
        return self.comprehension_of("set" if isinstance(node, ast.SetComp) else "seq", node, expected)

    def comprehension_of(self, kind: str, node: Comprehension, expected: Type | None) -> ir.Expr:
        if isinstance(expected, Option):
            expected = expected.of
        with self.names():
            loops = tuple(self.loops(node.generators))
            if kind in ("any", "all"):
                return self.quantified(kind, loops, node)
            hint = expected.element if isinstance(expected, Set | Seq) else None
            element = self.value(node.elt, hint)
            if hint is not None and self.always_fits(element.type, hint):
                element = self.convert(element, hint, node.elt)
            most = min(4096, self.turns(loops))
            result: Type = Seq(element.type, most)
            if kind == "set":
                result = expected if isinstance(expected, Set) and hint == element.type else sets(element.type, most)
            else:
                for loop in loops:
                    self.ordered(loop.domain, node)
        return ir.Fold(result, kind, loops, element, None, self.site("capacity", node))

    def quantified(self, kind: str, loops: tuple[ir.Loop, ...], node: Comprehension) -> ir.Expr:
        """`any` and `all`. Of a list or set all elements are computed, of a generator no more than needed."""
        condition = self.condition(node.elt)
        if isinstance(node, ast.GeneratorExp):
            return ir.Fold(BOOL, kind, loops, condition, None, self.site("range", node))
        counted = condition if kind == "any" else ir.Operate(BOOL, "not", (condition,))
        one = ir.Operate(Int(0, 1), "int", (counted,))
        count = ir.Fold(integers(0, self.turns(loops)), "sum", loops, one, None, self.site("overflow", node))
        return ir.Operate(BOOL, "gt" if kind == "any" else "eq", (count, ir.Const(Int(0, 0), 0)))

    def map_comprehension(self, node: ast.DictComp, expected: Type | None) -> ir.Expr:
        with self.names():
            loops = self.loops(node.generators)
            key = self.value(node.key)
            plain = len(loops) == 1 and not loops[0].conditions and isinstance(loops[0].domain, ir.AllOf)
            if not plain or key != ir.Local(key.type, loops[0].slot):
                raise self.mistake(
                    "Q404", "a map has a value for every key", node, "write {k: ... for k in self.Keys} over all keys"
                )
            value_type = expected.value_type if isinstance(expected, Map) else None
            value = self.value(node.value, value_type)
            if value_type is not None and self.always_fits(value.type, value_type):
                value = self.convert(value, value_type, node.value)
            return ir.Fold(Map(key.type, value.type), "map", tuple(loops), value, None, self.site("range", node))

    def turns(self, loops: tuple[ir.Loop, ...]) -> int:
        """The most turns that nested loops can take."""
        most = 1
        for loop in loops:
            match loop.domain:
                case ir.AllOf(kind):
                    most *= kind.cardinality
                case ir.Range(_, start, stop):
                    most *= max(0, bounds(stop.type)[1] - bounds(start.type)[0])
                case ir.Elements(_, container, _):
                    most *= bounds(self.length(container).type)[1]
        return most

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

    def bind(
        self, target: ast.expr, source: ast.expr, before: list[ir.Assign] | None = None
    ) -> tuple[int, ir.Domain, tuple[ir.Assign, ...]]:
        """Let the target of a `for` range over a source: the local, its domain, and locals computed from it.

        A loop whose body may change the state has a list `before` for what must be computed before it begins.
        """
        domain, lets = self.domain(source)
        if before is not None and lets != "keys":
            whole = lets if isinstance(lets, ir.Expr) else lets[0]
            snapshot = self.slot(whole.type)
            before.append(ir.Assign(snapshot, whole))
            held = ir.Local(whole.type, snapshot)
            lets = held if isinstance(lets, ir.Expr) else [held]
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
            raise self.refuse(target, "this loop variable", "use one name; two only over map.items()", "Q107")
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
            if (endless := self._endless(source.func)) is not None:
                cure = "range(...) has a beginning and an end"
                raise self.mistake("Q402", f"{endless} may go on for ever", source, cure)
        if isinstance(source, ast.Tuple | ast.List) and source.elts:
            value: ir.Expr = self.display(source, source.elts, None)
            return ir.Elements(self.element_type(value.type, source), value), "keys"
        lowered = self.lower(source)
        if isinstance(lowered, Static):
            return ir.AllOf(self.domain_type(lowered, source)), "keys"
        value = self.value(source)
        if isinstance(value.type, Map):
            return ir.AllOf(value.type.key_type), "keys"
        if isinstance(value.type, Int):
            raise self.mistake("Q401", "a number cannot be iterated over", source, "write range(...)")
        return ir.Elements(self.element_type(value.type, source), value), "keys"

    def _endless(self, function: ast.expr) -> str | None:
        """The name of a function of Python that makes an iterator without end, if this is one."""
        if isinstance(function, ast.Name) and function.id in self.scope.names:
            return None
        try:
            called = self.lower(function)
        except Mistake:
            return None
        endless = {itertools.count: "count", itertools.cycle: "cycle", itertools.repeat: "repeat", iter: "iter"}
        if isinstance(called, Static):
            return next((name for known, name in endless.items() if called.value is known), None)
        return None

    def range_domain(self, source: ast.Call) -> ir.Range:
        arguments = source.args
        if source.keywords or not 1 <= len(arguments) <= 2:
            raise self.refuse(source, "a range with a step", "multiply inside the loop")
        values = [self._number(argument) for argument in arguments]
        start: ir.Expr = values[0] if len(values) == 2 else ir.Const(Int(0, 0), 0)
        stop = values[-1]
        lo, hi = bounds(start.type)[0], bounds(stop.type)[1]
        return ir.Range(integers(lo, max(lo, hi - 1)), start, stop)

    def _number(self, node: ast.expr) -> ir.Expr:
        value = self.value(node)
        if isinstance(value.type, Option) and isinstance(value.type.of, Int):
            value = ir.Convert(value.type.of, value, self.site("none", node))
        if not isinstance(value.type, Int):
            raise self.mistake("Q305", f"a range goes over integers, not {self.words(value)}", node)
        return value

    def method_domain(self, source: ast.Call, function: ast.Attribute) -> tuple[ir.Domain, Any]:
        whole = self.as_value(self.lower(function.value), function.value)
        if function.attr == "of":
            kind = self.network_of(whole)
            message = self.lower(source.args[0]) if len(source.args) == 1 else None
            if kind is None or not isinstance(message, Static) or message.value not in kind.messages:
                raise self.mistake("Q405", ".of(...) takes a message type of a network", source)
            option = kind.messages.index(message.value)
            return ir.Elements(kind.messages[option], whole, option), "keys"
        if not isinstance(whole.type, Map) or self.queues(whole) or source.args:
            raise self.mistake("Q212", f"{self.words(whole)} has no {function.attr}()", source)
        keys = ir.AllOf(whole.type.key_type)
        return keys, {"keys": "keys", "values": whole, "items": [whole]}[function.attr]

    def ranging(self, source: ast.expr) -> tuple[ir.Loop, ir.Expr]:
        """A loop over a source, and its element."""
        name = ast.copy_location(ast.Name("·", ast.Load()), source)
        slot, domain, lets = self.bind(name, source)
        return ir.Loop(slot, domain, lets, ()), self.value(name)

    def elements_of(self, value: ir.Expr, node: ast.AST) -> tuple[ir.Loop, ir.Expr]:
        element = self.element_type(value.type, node)
        slot = self.slot(element)
        return ir.Loop(slot, ir.Elements(element, value), (), ()), ir.Local(element, slot)
