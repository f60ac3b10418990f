"""Emission of IR expressions."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from quorate.compiler import ir
from quorate.compiler.coerce import WIDE, Nothing, scalar
from quorate.compiler.ops import OPERATORS
from quorate.kernel.builder import I1, I64, POINTER, Builder, Value, Variable, boolean, i64
from quorate.kernel.collections import Collections
from quorate.kernel.layout import StateLayout, narrow, words
from quorate.kernel.memory import Place
from quorate.kernel.observer import Observer
from quorate.language.compound import Bag, Map, Message, Record, Seq, Set, Union
from quorate.language.types import Bool, Int, Option, Type


@dataclass
class Frame:
    """Where the code that is being emitted finds its data: the states, the locals, the labels, what a fault does."""

    states: tuple[Value, ...]
    locals: tuple[Type, ...]
    fault: Callable[[int], None]
    slots: dict[int, Variable | Place] = field(default_factory=dict)
    labels: dict[int, Value] = field(default_factory=dict)


class Expressions(Collections):
    """Emits expressions in a frame; `observer` keeps which conditions were ever true and ever false."""

    observer: Observer

    def __init__(self, builder: Builder, system: ir.System, layout: StateLayout, frame: Frame) -> None:
        super().__init__(builder)
        self.system, self.layout, self.frame = system, layout, frame

    # -- faults

    def fail_if(self, condition: Value, site: int) -> None:
        """Leave with a fault when the condition holds."""
        with self.b.if_(condition, likely=False):
            self.frame.fault(site)

    def failing(self, site: int) -> Callable[[Value], None]:
        return lambda condition: self.fail_if(condition, site)

    # -- locals and variables

    def variable_place(self, index: int, state: int) -> Place:
        name, kind = self.system.variables[index]
        word, shift = self.layout.places[name]
        address = self.frame.states[state]
        return Place(kind, address if word == 0 else self.b.at(address, word), shift)

    def slot_of(self, slot: int) -> Variable | Place:
        if slot not in self.frame.slots:
            kind = self.frame.locals[slot]
            if scalar(kind):
                self.frame.slots[slot] = self.b.variable(I1 if isinstance(kind, Bool) else I64)
            else:
                self.frame.slots[slot] = self.room(kind)
        return self.frame.slots[slot]

    def assign(self, slot: int, value: Value) -> None:
        holder = self.slot_of(slot)
        if isinstance(holder, Variable):
            holder.set(value)
        elif narrow(holder.type):
            self.b.store(self.code(holder.type, value), holder.address)
        else:
            self.store(holder, value)

    # -- expressions

    def place(self, node: ir.Expr) -> Place:
        """Where a value with parts lies: in the state, in a local, or spilled."""
        match node:
            case ir.Variable(_, index, state):
                return self.variable_place(index, state)
            case ir.Local(_, slot):
                holder = self.slot_of(slot)
                if isinstance(holder, Place):
                    return holder
            case ir.Field(_, record, name):
                return self.field(self.place(record), name)
            case ir.Index(kind, container, index, site):
                return self.element_place(self.place(container), kind, index, site)
        return self.spilled(node.type, self.emit(node))

    def element_place(self, whole: Place, kind: Type, index: ir.Expr, site: int) -> Place:
        """The place of an element; a fault when a sequence has none there."""
        if isinstance(whole.type, Map):
            return self.cell(whole, kind, self.rank(whole.type.key_type, self.emit(index)))
        position = self.position(self.emit(index), self.seq_length(whole), self.failing(site))
        if kind.cardinality == 0 or not int(whole.type.max_len):  # type: ignore[attr-defined]
            return self.zeroed(kind)
        return self.cell(whole, kind, position)

    def emit(self, node: ir.Expr) -> Value:
        """The value of an expression in register form."""
        match node:
            case ir.Const():
                return self.constant(node)
            case ir.Local(_, slot):
                holder = self.slot_of(slot)
                return holder.get() if isinstance(holder, Variable) else self.load(holder)
            case ir.Variable() | ir.Field() | ir.Index():
                return self.load(self.place(node))
            case ir.Operate():
                return self.operate(node)
            case ir.Lazy():
                return self.lazy(node)
            case ir.Choose(kind, condition, then, otherwise):
                return self.choose(kind, self.emit(condition), lambda: self.emit(then), lambda: self.emit(otherwise))
            case ir.Convert(kind, value, site):
                return self.convert(self.emit(value), value.type, kind, site)
            case ir.Make(kind, fields):
                return self.make(kind, fields)
            case ir.Display():
                return self.display(node)
            case ir.Slice():
                return self.slice(node)
            case ir.Fold():
                return self.fold(node)
            case ir.Do(_, body, result):
                self.statements(body)
                return self.emit(result)

    def statements(self, body: tuple[ir.Statement, ...]) -> None:
        """Emit statements (in `statements`)."""
        raise NotImplementedError

    def constant(self, node: ir.Const) -> Value:
        if isinstance(node.type, Bool):
            return boolean(bool(node.value))
        if node.value is None and not narrow(node.type):
            return self.zeroed(node.type).address
        return i64(node.value or 0)

    def lazy(self, node: ir.Lazy) -> Value:
        """`and` / `or`: the rest is not evaluated once the result is known, for it may be undefined."""
        ends = boolean(node.operator == "or")
        result = self.b.variable(I1, ends)
        with self.b.region("lazy") as leave:
            for argument in node.arguments:
                value = self.emit(argument)
                with self.b.if_(value if node.operator == "or" else self.b.not_(value)):
                    self.b.branch(leave)
            result.set(self.b.not_(ends))
        return result.get()

    def choose(self, kind: Type, condition: Value, then: Callable[[], Value], otherwise: Callable[[], Value]) -> Value:
        register = I1 if isinstance(kind, Bool) else I64 if narrow(kind) else POINTER
        result = self.b.variable(register)
        with self.b.if_else(condition) as (first, second):
            with first:
                result.set(then())
            with second:
                result.set(otherwise())
        return result.get()

    # -- operators

    def operate(self, node: ir.Operate) -> Value:
        if node.operator in OPERATORS:
            return self.arithmetic(node)
        match node.operator, node.arguments:
            case "rank", (value,):
                return self.rank(value.type, self.emit(value))
            case "eq", (left, right):
                return self.equal(left.type, self.emit(left), self.emit(right))
            case "contains", (whole, item):
                return self.contains(self.place(whole), self.emit(item))
            case "count", (whole, item):
                return self.count(self.place(whole), self.emit(item))
            case "len", (whole,):
                return self.length(self.place(whole))
            case "subset", (left, right):
                return self.subset(self.place(left), self.place(right))
            case "full", ():
                return self.full(node.type)
            case "concat", (left, right):
                result = self.zeroed(node.type)
                for part in (self.place(left), self.place(right)):
                    self.extracted(result, part, i64(0), self.seq_length(part))
                return self.load(result)
            case name, (left, right):
                site = node.site or 0
                return self.load(self.combined(name, self.place(left), self.place(right), self.failing(site)))
        raise TypeError(node.operator)

    def arithmetic(self, node: ir.Operate) -> Value:
        row, b = OPERATORS[node.operator], self.b
        values = [self.emit(argument) for argument in node.arguments]
        site = node.site or 0
        if row.defined is not None and not self.surely_defined(node):
            self.fail_if(b.not_(row.defined(b, *values)), site)
        if node.type == WIDE and node.operator in ("add", "sub", "mul", "lshift"):
            return self.checked(node.operator, values, node.overflow or 0)
        return row.llvm(b, *values)

    @staticmethod
    def surely_defined(node: ir.Operate) -> bool:
        """Whether the range of the second operand rules the partial case out."""
        kind = node.arguments[1].type
        assert isinstance(kind, Int)
        lo, hi = int(kind.lo), int(kind.hi)  # type: ignore[arg-type]
        return lo >= 0 if node.operator in ("lshift", "rshift") else lo > 0 or hi < 0

    def checked(self, name: str, values: list[Value], site: int) -> Value:
        """Arithmetic whose result may be beyond `WIDE`: then a fault, never a wrapped number."""
        b = self.b
        if name == "lshift":
            result = OPERATORS[name].llvm(b, *values)
            self.fail_if(b.icmp_signed("!=", OPERATORS["rshift"].llvm(b, result, values[1]), values[0]), site)
        elif name == "mul":
            pair = b.smul_with_overflow(*values)
            self.fail_if(b.extract_value(pair, 1), site)
            result = b.extract_value(pair, 0)
        else:
            # operands of at most 2**61 cannot overflow 64 bits
            result = OPERATORS[name].llvm(b, *values)
        self.check_range(result, WIDE, site)
        return result

    def check_range(self, value: Value, kind: Int, site: int) -> None:
        b = self.b
        below = b.icmp_signed("<", value, i64(int(kind.lo)))  # type: ignore[arg-type]
        above = b.icmp_signed(">", value, i64(int(kind.hi)))  # type: ignore[arg-type]
        self.fail_if(b.or_(below, above), site)

    def full(self, kind: Type) -> Value:
        assert isinstance(kind, Set)
        count = kind.element.cardinality
        if narrow(kind):
            return i64((1 << count) - 1)
        place = self.room(kind)
        for word in range(words(kind)):
            self.b.store_at(place.address, word, i64((1 << min(64, count - word * 64)) - 1))
        return place.address

    # -- conversions

    def convert(self, value: Value, source: Type, target: Type, site: int) -> Value:
        """A value in another type; a fault at the site when it does not fit."""
        if source == target:
            return value
        if isinstance(target, Option):
            return self._to_option(value, source, target, site)
        if isinstance(source, Option):
            self.fail_if(self.b.not_(self.is_some(source, value)), site)
            if isinstance(source.of, Nothing):
                return self.constant(ir.Const(target, None)) if not isinstance(target, Bool) else boolean(False)
            return self.convert(self.inside(source, value), source.of, target, site)
        match source, target:
            case Int(), Int():
                if source.lo < target.lo or source.hi > target.hi:  # type: ignore[operator]
                    self.check_range(value, target, site)
                return value
            case Message(), Union():
                return self.inject(target, source, value)
            case Set(), Set():
                result = self.zeroed(target)
                if source.element.cardinality:
                    with self.each_element(self.spilled(source, value)) as element:
                        item = self.convert(element, source.element, target.element, site)
                        self.add(result, item, self.failing(site))
                return self.load(result)
            case Seq(), Seq():
                return self._to_sequence(value, source, target, site)
            case Bag(), Bag():
                result = self.zeroed(target)
                with self.each_element(self.spilled(source, value)) as element:
                    self.add(result, self.convert(element, source.element, target.element, site), self.failing(site))
                return self.load(result)
            case Map(), Map():
                result, old = self.zeroed(target), self.spilled(source, value)
                with self.b.for_range(0, source.key_type.cardinality) as index:
                    item = self.load(self.cell(old, source.value_type, index))
                    item = self.convert(item, source.value_type, target.value_type, site)
                    self.store(self.cell(result, target.value_type, index), item)
                return self.load(result)
        raise TypeError(f"{source!r} to {target!r}")

    def _to_option(self, value: Value, source: Type, target: Option, site: int) -> Value:
        if not isinstance(source, Option):
            return self.some(target, self.convert(value, source, target.of, site))
        if isinstance(source.of, Nothing):
            return self.constant(ir.Const(target, None))
        return self.choose(
            target,
            self.is_some(source, value),
            lambda: self.some(target, self.convert(self.inside(source, value), source.of, target.of, site)),
            lambda: self.constant(ir.Const(target, None)),
        )

    def _to_sequence(self, value: Value, source: Seq, target: Seq, site: int) -> Value:
        result = self.zeroed(target)
        if not int(source.max_len) or not source.element.cardinality:  # type: ignore[arg-type]
            return self.load(result)
        old = self.spilled(source, value)
        with self.each_element(old) as element:
            self.append(result, self.convert(element, source.element, target.element, site), self.failing(site))
        return self.load(result)

    # -- values with parts

    def make(self, kind: Type, fields: tuple[ir.Expr, ...]) -> Value:
        assert isinstance(kind, Record)
        values = [self.emit(value) for value in fields]
        place = self.zeroed(kind)
        for name, value in zip(kind.fields, values, strict=True):
            self.store(self.field(place, name), value)
        return self.load(place)

    def display(self, node: ir.Display) -> Value:
        values = [self.emit(element) for element in node.elements]
        place = self.zeroed(node.type)
        for value in values:
            if isinstance(node.type, Seq):
                self.append(place, value, self.failing(node.site))
            else:
                self.add(place, value, self.failing(node.site))
        return self.load(place)

    def slice(self, node: ir.Slice) -> Value:
        source = self.place(node.sequence)
        length, b = self.seq_length(source), self.b

        def clamped(bound: ir.Expr) -> Value:
            value = self.emit(bound)
            value = b.select(b.icmp_signed("<", value, i64(0)), b.add(value, length), value)
            value = b.select(b.icmp_signed("<", value, i64(0)), i64(0), value)
            return b.select(b.icmp_signed(">", value, length), length, value)

        start = i64(0) if node.start is None else clamped(node.start)
        stop = length if node.stop is None else clamped(node.stop)
        result = self.zeroed(node.type)
        self.extracted(result, source, start, stop)
        return self.load(result)

    # -- comprehensions

    @contextmanager
    def each(self, domain: ir.Domain) -> Iterator[Value]:
        """A loop over a domain."""
        match domain:
            case ir.AllOf(kind):
                with self.b.for_range(0, kind.cardinality) as rank:
                    yield self.unrank(kind, rank)
            case ir.Range(_, start, stop):
                with self.b.for_range(self.emit(start), self.emit(stop)) as number:
                    yield number
            case ir.Elements(_, container, option):
                with self.each_element(self.place(container), option) as element:
                    yield element

    @contextmanager
    def nested(self, loops: tuple[ir.Loop, ...]) -> Iterator[None]:
        """The loops of a comprehension, one inside the other."""
        if not loops:
            yield
            return
        loop = loops[0]
        with self.each(loop.domain) as value, self.b.region("next") as skip:
            self.assign(loop.slot, value)
            for let in loop.lets:
                self.assign(let.slot, self.emit(let.value))
            for condition in loop.conditions:
                with self.b.if_(self.b.not_(self.emit(condition))):
                    self.b.branch(skip)
            with self.nested(loops[1:]):
                yield

    def fold(self, node: ir.Fold) -> Value:
        match node.kind:
            case "any" | "all":
                return self.quantifier(node)
            case "sum":
                return self.total(node)
            case "min" | "max":
                return self.extreme(node)
            case _:
                return self.collected(node)

    def quantifier(self, node: ir.Fold) -> Value:
        ends = boolean(node.kind == "any")
        result = self.b.variable(I1, self.b.not_(ends))
        self.observer.mark(node.site, 1)
        with self.b.region("known") as leave, self.nested(node.loops):
            self.observer.mark(node.site, 0)
            value = self.emit(node.element)
            with self.b.if_(value if node.kind == "any" else self.b.not_(value)):
                result.set(ends)
                self.b.branch(leave)
        return result.get()

    def total(self, node: ir.Fold) -> Value:
        result = self.b.variable(I64, i64(0))
        with self.nested(node.loops):
            result.add(self.emit(node.element))
            if node.type == WIDE:
                self.check_range(result.get(), WIDE, node.site)
        return result.get()

    def extreme(self, node: ir.Fold) -> Value:
        b = self.b
        best, found = b.variable(I64, i64(0)), b.variable(I1, boolean(False))
        row = OPERATORS[f"{node.kind}2"]
        with self.nested(node.loops):
            value = self.emit(node.element)
            best.set(b.select(found.get(), row.llvm(b, best.get(), value), value))
            found.set(boolean(True))
        if node.default is None:
            self.fail_if(b.not_(found.get()), node.site)
        else:
            best.set(b.select(found.get(), best.get(), self.emit(node.default)))
        return best.get()

    def collected(self, node: ir.Fold) -> Value:
        place = self.zeroed(node.type)
        kind: Any = node.type
        with self.nested(node.loops):
            value = self.emit(node.element)
            if isinstance(kind, Map):
                key = self.emit(ir.Local(kind.key_type, node.loops[0].slot))
                self.store(self.cell(place, kind.value_type, self.rank(kind.key_type, key)), value)
            elif isinstance(kind, Seq):
                self.append(place, value, self.failing(node.site))
            else:
                self.add(place, value, self.failing(node.site))
        return self.load(place)
