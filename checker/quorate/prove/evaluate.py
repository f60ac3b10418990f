"""IR expressions → z3: what they mean in a symbolic state, and when they fail."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from quorate.compiler import ir
from quorate.compiler.coerce import WIDE, Nothing
from quorate.compiler.ops import OPERATORS
from quorate.language.compound import Bag, Map, Message, Record, Seq, Set, Union
from quorate.language.types import Bool, Int, Option, Type
from quorate.prove import collections as coll
from quorate.prove.lift import NOT_LIFTED, Lifted
from quorate.prove.terms import Number, Truth, and_, less, not_, operate, or_, pick, same
from quorate.prove.values import (
    MOST_ELEMENTS,
    CannotEncode,
    Maybe,
    Row,
    Value,
    ends,
    equal,
    fitted,
    inject,
    is_bits,
    literals,
    merge,
    zero,
)


class Going:
    """A condition on a path that changes while the path is followed."""

    def __init__(self) -> None:
        self.condition: Truth = True


class Evaluator:
    """Evaluates expressions over symbolic states.

    `states` are those that a `Variable` may ask for: the current one first. What fails is noted in `faults`: a site and
    the condition under which it is reached and fails. `path` holds the conditions under which the present piece of
    text runs; they matter only to what is noted.
    """

    def __init__(self, system: ir.System, states: Sequence[list[Value]], lifted: Lifted = NOT_LIFTED) -> None:
        self.system, self.states, self.lifted = system, list(states), lifted
        self.locals: dict[int, Value] = {}
        self.path: list[Truth | Going] = []
        self.sound: Truth = True  # nothing has failed so far
        self.faults: list[tuple[int, Truth]] = []

    # -- what fails

    def live(self) -> Truth:
        """Whether the present piece of text runs."""
        return and_(*(part.condition if isinstance(part, Going) else part for part in self.path))

    @contextmanager
    def under(self, *conditions: Truth) -> Iterator[None]:
        """What is done inside is done only if the conditions hold."""
        depth = len(self.path)
        self.path.extend(conditions)
        yield
        del self.path[depth:]

    def fail_if(self, condition: Truth, site: int) -> None:
        """The text fails at a site when it gets there and the condition holds."""
        if condition is False:
            return
        here = and_(self.live(), condition)
        reached = and_(self.sound, here)
        if reached is not False:
            self.faults.append((site, reached))
            self.sound = and_(self.sound, not_(here))

    # -- expressions

    def value(self, node: ir.Expr) -> Value:
        match node:
            case ir.Const(kind, value):
                return self.constant(kind, value)
            case ir.Local(_, slot):
                return self.locals[slot]
            case ir.Variable(_, index, state):
                return self.states[state][index]
            case ir.Field(_, record, name):
                kind = record.type
                assert isinstance(kind, Record)
                return self.value(record)[kind.positions[name]]
            case ir.Index():
                return self.index(node)
            case ir.Operate():
                return self.operate(node)
            case ir.Lazy(_, operator, arguments):
                return self.lazy(operator, arguments)
            case ir.Choose(_, condition, then, otherwise):
                return self.choose(condition, then, otherwise)
            case ir.Convert(kind, value, site):
                return self.convert(self.value(value), value.type, kind, site)
            case ir.Make(_, fields):
                return tuple(self.value(field) for field in fields)
            case ir.Display():
                return self.display(node)
            case ir.Slice():
                return self.slice(node)
            case ir.Fold():
                return self.fold(node)
            case ir.Do(_, body, result):
                self.run(body)
                return self.value(result)

    def run(self, body: tuple[ir.Statement, ...]) -> None:
        """Execute statements (in `quorate.prove.execute`)."""
        raise NotImplementedError

    def constant(self, kind: Type, value: int | bool | None) -> Value:
        match kind:
            case Option():
                return Maybe(False, None)
            case Bool():
                return bool(value)
            case Int():
                return self.lifted.constant(value or 0)
        return value

    def lazy(self, operator: str, arguments: tuple[ir.Expr, ...]) -> Truth:
        parts: list[Truth] = []
        depth = len(self.path)
        for argument in arguments:
            part = self.value(argument)
            parts.append(part)
            if part is (operator == "or"):
                break
            self.path.append(not_(part) if operator == "or" else part)
        del self.path[depth:]
        return or_(*parts) if operator == "or" else and_(*parts)

    def choose(self, condition: ir.Expr, then: ir.Expr, otherwise: ir.Expr) -> Value:
        decided = self.value(condition)
        if isinstance(decided, bool):
            return self.value(then if decided else otherwise)
        with self.under(decided):
            first = self.value(then)
        with self.under(not_(decided)):
            second = self.value(otherwise)
        return merge(decided, first, second)

    def index(self, node: ir.Index) -> Value:
        whole, key = self.value(node.container), self.value(node.index)
        if isinstance(node.container.type, Map):
            return coll.mapped(node.container.type.key_type, whole, key)
        found = coll.item_at(whole, self.position(whole, key, node.site))
        return zero(node.type) if found is None and node.type.cardinality else found

    def position(self, whole: Row, index: Number, site: int) -> Number:
        """A Python index as a position from the start; a fault at the site when there is none."""
        most = len(whole.items)
        start = operate("add", [index, whole.length], -MOST_ELEMENTS, 2 * MOST_ELEMENTS)
        position = pick(less(index, 0), start, index)
        self.fail_if(or_(less(position, 0), not_(less(position, whole.length))), site)
        return position if most else 0

    # -- operators

    def operate(self, node: ir.Operate) -> Value:
        if node.operator in OPERATORS:
            return self.arithmetic(node)
        values = [self.value(argument) for argument in node.arguments]
        kind: Any = node.arguments[0].type if node.arguments else node.type
        match node.operator:
            case "rank":
                return values[0]
            case "eq":
                return equal(kind, *values)
            case "contains":
                return coll.contains(kind, *values)
            case "count":
                return coll.occurrences(kind, *values)
            case "len":
                return coll.length(kind, values[0])
            case "subset":
                return coll.subset(kind, *values)
            case "full":
                return coll.everything(kind)
            case "concat":
                return self.concatenated(node, *values)
            case name:
                result, full = coll.combined(name, kind, *values)
                self.fail_if(full, node.site or 0)
                return result

    def arithmetic(self, node: ir.Operate) -> Value:
        row = OPERATORS[node.operator]
        values = [self.value(argument) for argument in node.arguments]
        if row.bitwise and any(self.lifted.lifts(part.type) for part in (node, *node.arguments)):
            raise CannotEncode(f"`{row.symbol}` looks at the bits of a number without an upper end")
        if row.partial is not None:
            undefined = less(values[1], 0) if row.partial == "shift" else same(values[1], 0)
            self.fail_if(undefined, node.site or 0)
            if undefined is True:
                return 0
        if isinstance(node.type, Bool):
            return operate(node.operator, values, 0, 1)
        result = operate(node.operator, values, *ends(node.type))
        if node.type == WIDE and node.operator in ("add", "sub", "mul", "lshift"):
            self.within_wide(result, node.overflow or 0)
        return result if node.type == WIDE else fitted(node.type, result, self.lifted)

    def within_wide(self, value: Number, site: int) -> None:
        """The kernel holds no number beyond `WIDE`; z3's integers do."""
        if not self.lifted.lifts(WIDE):
            self.fail_if(or_(less(value, WIDE.lo), less(WIDE.hi, value)), site)

    def concatenated(self, node: ir.Operate, left: Row, right: Row) -> Row:
        kind = node.type
        assert isinstance(kind, Seq)
        result = left
        for there, item in coll.elements(kind, right):
            more, _ = coll.appended(kind, result, item)
            result = merge(there, more, result)
        return result

    # -- conversions

    def convert(self, value: Value, source: Type, target: Type, site: int) -> Value:
        """A value in another type; a fault at the site when it does not fit."""
        if source == target:
            return value
        if isinstance(target, Option):
            return self._to_option(value, source, target, site)
        if isinstance(source, Option):
            self.fail_if(not_(value.present), site)
            if value.value is None:
                return zero(target)
            return self.convert(value.value, source.of, target, site)
        match source, target:
            case Int(), Int():
                outside = self.lifted.outside(value, source, target)
                self.fail_if(outside, site)
                return fitted(target, value, self.lifted) if outside is not True else ends(target)[0]
            case Message(), Union():
                return inject(target, source, value)
            case (Set(), Set()) | (Bag(), Bag()):
                return self._converted(value, source, target, site)
            case Seq(), Seq():
                result = Row(0, ())
                for there, item in coll.elements(source, value):
                    with self.under(there):
                        more, full = coll.appended(
                            target, result, self.convert(item, source.element, target.element, site)
                        )
                        self.fail_if(full, site)
                    result = merge(there, more, result)
                return result
            case Map(), Map():
                return tuple(self.convert(item, source.value_type, target.value_type, site) for item in value)
        raise TypeError(f"{source!r} to {target!r}")

    def _to_option(self, value: Value, source: Type, target: Option, site: int) -> Maybe:
        if not isinstance(source, Option):
            return Maybe(True, self.convert(value, source, target.of, site))
        if value.present is False or isinstance(source.of, Nothing):
            return Maybe(False, None)
        with self.under(value.present):
            return Maybe(value.present, self.convert(value.value, source.of, target.of, site))

    def _converted(self, value: Value, source: Any, target: Any, site: int) -> Value:
        result = zero(target)
        if source.element == target.element and is_bits(source) and is_bits(target):
            return value
        for there, item in coll.elements(source, value) if source.element.cardinality else ():
            with self.under(there):
                more, full = coll.added(target, result, self.convert(item, source.element, target.element, site))
                self.fail_if(full, site)
            result = merge(there, more, result)
        return result

    # -- values with parts

    def display(self, node: ir.Display) -> Value:
        kind: Any = node.type
        values = [self.value(element) for element in node.elements]
        result = zero(kind)
        for value in values:
            result = self.collected(kind, result, value, node.site)
        return result

    def collected(self, kind: Any, whole: Value, value: Value, site: int) -> Value:
        """A set or sequence with an element more; a fault at the site if there is no room."""
        more, full = coll.appended(kind, whole, value) if isinstance(kind, Seq) else coll.added(kind, whole, value)
        self.fail_if(full, site)
        return more

    def slice(self, node: ir.Slice) -> Row:
        source: Row = self.value(node.sequence)
        kind = node.type
        assert isinstance(kind, Seq)

        def clamped(bound: ir.Expr) -> Number:
            value = self.value(bound)
            from_end = operate("add", [value, source.length], -MOST_ELEMENTS, 2 * MOST_ELEMENTS)
            value = pick(less(value, 0), from_end, value)
            value = pick(less(value, 0), 0, value)
            return pick(less(source.length, value), source.length, value)

        start = 0 if node.start is None else clamped(node.start)
        stop = source.length if node.stop is None else clamped(node.stop)
        result: Row = zero(kind)
        for place, item in enumerate(source.items):
            inside = and_(not_(less(place, start)), less(place, stop))
            if inside is not False:
                more, _ = coll.appended(kind, result, item)
                result = merge(inside, more, result)
        return result

    # -- comprehensions

    def each(self, domain: ir.Domain) -> Iterator[tuple[Truth, Value]]:
        """The values of a domain in order, each with the condition that it belongs to it."""
        match domain:
            case ir.AllOf(kind):
                if self.lifted.lifts_within(kind):
                    raise CannotEncode(f"a loop over {kind.describe()}, which has no end when the bound is lifted")
                return ((True, value) for value in literals(kind))
            case ir.Range(_, start, stop):
                return self._range(start, stop)
            case ir.Elements(_, container, option):
                return coll.elements(container.type, self.value(container), option)

    def _range(self, start: ir.Expr, stop: ir.Expr) -> Iterator[tuple[Truth, Value]]:
        first, last = self.value(start), self.value(stop)
        low, high = ends(start.type)[0], ends(stop.type)[1]
        if high - low > MOST_ELEMENTS or any(self.lifted.lifts(end.type) for end in (start, stop)):
            raise CannotEncode("a loop over a range of numbers without a small end")
        for number in range(low, high):
            inside = and_(not_(less(number, first)), less(number, last))
            if inside is not False:
                yield inside, number

    def nested(self, loops: tuple[ir.Loop, ...], body: Callable[[Truth], None], outer: Truth = True) -> None:
        """Run `body` for each turn of the loops, given the condition that there is such a turn."""
        if not loops:
            body(outer)
            return
        loop = loops[0]
        for there, item in self.each(loop.domain):
            depth = len(self.path)
            self.path.append(there)
            self.locals[loop.slot] = item
            for let in loop.lets:
                self.locals[let.slot] = self.value(let.value)
            wanted = [there]
            for condition in loop.conditions:
                wanted.append(self.value(condition))
                self.path.append(wanted[-1])
                if wanted[-1] is False:
                    break
            turn = and_(outer, *wanted)
            if turn is not False:
                self.nested(loops[1:], body, turn)
            del self.path[depth:]

    def fold(self, node: ir.Fold) -> Value:
        match node.kind:
            case "any" | "all":
                return self.quantifier(node)
            case "sum":
                return self.total(node)
            case "min" | "max":
                return self.extreme(node)
        return self.comprehension(node)

    def quantifier(self, node: ir.Fold) -> Truth:
        parts: list[Truth] = []
        some = node.kind == "any"
        # a later turn is not evaluated, and cannot fail, once one decides
        going = Going()

        def turn(there: Truth) -> None:
            value = self.value(node.element)
            ends_here = and_(there, value if some else not_(value))
            if ends_here is not False:
                parts.append(ends_here)
                going.condition = and_(going.condition, not_(ends_here))

        with self.under(going):
            self.nested(node.loops, turn)
        return or_(*parts) if some else not_(or_(*parts))

    def total(self, node: ir.Fold) -> Number:
        result: list[Number] = [0]
        kind = node.type

        def turn(there: Truth) -> None:
            value = pick(there, self.value(node.element), 0)
            lo, hi = ends(kind)
            result[0] = operate("add", [result[0], value], 2 * min(lo, 0), 2 * max(hi, 0))
            if kind == WIDE:
                self.within_wide(result[0], node.site)
            else:
                result[0] = fitted(Int(min(lo, 0), max(hi, 0)), result[0], self.lifted)

        self.nested(node.loops, turn)
        return result[0]

    def extreme(self, node: ir.Fold) -> Number:
        best: list[Any] = [None, False]

        def turn(there: Truth) -> None:
            value, (least, found) = self.value(node.element), best
            better = there
            if least is not None:
                order = less(value, least) if node.kind == "min" else less(least, value)
                better = and_(there, or_(not_(found), order))
            best[:] = merge(better, value, least), or_(found, there)

        self.nested(node.loops, turn)
        value, found = best
        if node.default is None:
            self.fail_if(not_(found), node.site)
            return zero(node.type) if value is None else fitted(node.type, value, self.lifted)
        with self.under(not_(found)):
            default = self.value(node.default)
        return default if value is None else fitted(node.type, pick(found, value, default), self.lifted)

    def comprehension(self, node: ir.Fold) -> Value:
        kind: Any = node.type
        if isinstance(kind, Map):
            cells = []
            for key in literals(kind.key_type):
                self.locals[node.loops[0].slot] = key
                for let in node.loops[0].lets:
                    self.locals[let.slot] = self.value(let.value)
                cells.append(self.value(node.element))
            return tuple(cells)
        result = [zero(kind)]

        def turn(there: Truth) -> None:
            more = self.collected(kind, result[0], self.value(node.element), node.site)
            result[0] = merge(there, more, result[0])

        self.nested(node.loops, turn)
        return result[0]
