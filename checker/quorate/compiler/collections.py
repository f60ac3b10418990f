"""Lowering of comparisons, membership, and of sets and sequences written out."""

from __future__ import annotations

import ast
import enum
from collections.abc import Callable

from quorate.compiler import ir
from quorate.compiler.coerce import (
    BOOL,
    MOST_BITS,
    NOTHING,
    Nothing,
    in_words,
    integers,
    join,
    most_elements,
    scalar,
    sets,
)
from quorate.compiler.expressions import COMPARE, Expressions
from quorate.compiler.scope import Static
from quorate.language.compound import Bag, Map, Record, Seq, Set, Union
from quorate.language.types import Bool, Enumeration, Int, Node, Option, Type


class Collections(Expressions):
    """Lowers comparisons, and what is asked of collections."""

    # -- comparisons

    def compare(self, node: ast.Compare) -> ir.Expr:
        operands = [node.left, *node.comparators]
        parts = [
            self.comparison(left, op, right, node)
            for left, op, right in zip(operands, node.ops, operands[1:], strict=False)
        ]
        return parts[0] if len(parts) == 1 else ir.Lazy(BOOL, "and", tuple(parts))

    def comparison(self, left: ast.expr, op: ast.cmpop, right: ast.expr, node: ast.AST) -> ir.Expr:
        if isinstance(op, ast.In | ast.NotIn):
            found = self.membership(left, right, node)
            return found if isinstance(op, ast.In) else ir.Operate(BOOL, "not", (found,))
        same = self.same_static(left, right)
        if same is not None and isinstance(op, ast.Eq | ast.Is | ast.NotEq | ast.IsNot):
            return ir.Const(BOOL, same == isinstance(op, ast.Eq | ast.Is))
        networks = self.same_network(left, right)
        first, second = networks or self.operands(left, right, None)
        if isinstance(op, ast.Is | ast.IsNot) and not (_identical(first) or _identical(second)):
            raise self.refuse(node, "`is` between values", "write == or !=", "Q109")
        if isinstance(op, ast.Eq | ast.Is):
            return self.equal(first, second, node)
        if isinstance(op, ast.NotEq | ast.IsNot):
            return ir.Operate(BOOL, "not", (self.equal(first, second, node),))
        if networks is None and isinstance(first.type, Set) and isinstance(second.type, Set):
            return self.subset(first, op, second, node)
        if isinstance(first.type, Node) and first.type == second.type:
            if first.type.symmetric:
                raise self.mistake(
                    "Q307", f"the nodes of {first.type.describe()} have no order", node, "declare symmetric=False"
                )
            ranks = Int(0, first.type.cardinality - 1)
            first, second = ir.Operate(ranks, "rank", (first,)), ir.Operate(ranks, "rank", (second,))
        return self.operate(COMPARE[type(op)], (first, second), node)

    def same_static(self, left: ast.expr, right: ast.expr) -> bool | None:
        """Whether two names of types or strings mean the same; None if they are something else."""
        if not isinstance(left, ast.Name | ast.Attribute | ast.Constant) or not isinstance(
            right, ast.Name | ast.Attribute | ast.Constant
        ):
            return None
        one, other = self.lower(left), self.lower(right)
        if isinstance(one, Static) and isinstance(other, Static) and not self.constant(one.value):
            return bool(one.value == other.value)
        return None

    def same_network(self, left: ast.expr, right: ast.expr) -> tuple[ir.Expr, ir.Expr] | None:
        """Both operands, if they are a network in two states."""
        if not isinstance(left, ast.Attribute) or not isinstance(right, ast.Attribute):
            return None
        one, other = self.lower(left), self.lower(right)
        if isinstance(one, ir.Variable) and isinstance(other, ir.Variable) and one.index == other.index:
            return (one, other) if self.network_of(one) is not None else None
        return None

    def equal(self, left: ir.Expr, right: ir.Expr, node: ast.AST) -> ir.Expr:
        both = join(left.type, right.type)
        if both is None:
            raise self.mistake(
                "Q304", f"{self.words(left)} and {self.words(right)} do not compare", node,
                _hint_for_members(left.type, right.type),
            )  # fmt: skip
        pair = (self.convert(left, both, node), self.convert(right, both, node))
        return ir.Operate(BOOL, "eq", pair)

    def subset(self, left: ir.Expr, op: ast.cmpop, right: ir.Expr, node: ast.AST) -> ir.Expr:
        both = self.joined(left, right, node)
        pair = (self.convert(left, both, node), self.convert(right, both, node))
        if isinstance(op, ast.Gt | ast.GtE):
            pair = (pair[1], pair[0])
        inside: ir.Expr = ir.Operate(BOOL, "subset", pair)
        if isinstance(op, ast.Lt | ast.Gt):
            inside = ir.Lazy(BOOL, "and", (inside, self.not_equal(*pair)))
        return inside

    def membership(self, item: ast.expr, container: ast.expr, node: ast.AST) -> ir.Expr:
        if isinstance(container, ast.Tuple | ast.List | ast.Set):
            return self.among(item, container.elts, node)
        domain = self.lower(container)
        if isinstance(domain, Static):
            kind = self.domain_type(domain, container)
            value = self.value(item, kind)
            if isinstance(domain.value, enum.EnumMeta) and isinstance(value.type, Option):
                raise self.mistake("Q304", "None is not looked for in an Enum class", item, "compare with None")
            return self.once(value, lambda known: self.inhabits(known, kind, node))
        whole = self.as_value(domain, container)
        if isinstance(whole.type, Map) and not self.queues(whole):
            raise self.mistake("Q304", "every key is in a map: it is total", node, "compare with its value at the key")
        return self.contains(whole, self.value(item, self.element_type(whole.type, container)), node)

    def among(self, item: ast.expr, elements: list[ast.expr], node: ast.AST) -> ir.Expr:
        """`x in (a, b)`: all of them are evaluated, whichever is equal."""
        value = self.value(item)
        before: list[ir.Assign] = []
        known = [self.held(one, before) for one in (value, *(self.value(one, value.type) for one in elements))]
        found = ir.Lazy(BOOL, "or", tuple(self.equal(known[0], one, node) for one in known[1:]))
        return ir.Do(BOOL, tuple(before), found) if before else found

    def held(self, value: ir.Expr, before: list[ir.Assign]) -> ir.Expr:
        """The value, computed beforehand unless it is merely read."""
        if _total(value):
            return value
        slot = self.slot(value.type)
        before.append(ir.Assign(slot, value))
        return ir.Local(value.type, slot)

    def once(self, value: ir.Expr, use: Callable[[ir.Expr], ir.Expr]) -> ir.Expr:
        """What `use` makes of a value that is computed once."""
        before: list[ir.Assign] = []
        result = use(self.held(value, before))
        return ir.Do(result.type, tuple(before), result) if before else result

    def inhabits(self, value: ir.Expr, kind: Type, node: ast.AST) -> ir.Expr:
        """Whether a value belongs to a type."""
        own = value.type
        if own == kind:
            return ir.Const(BOOL, True)
        if isinstance(own, Option):
            present = self.not_equal(value, ir.Convert(own, ir.Const(Option(NOTHING), None), 0))
            if isinstance(own.of, Nothing):
                return ir.Const(BOOL, isinstance(kind, Option))
            inner = self.inhabits(ir.Convert(own.of, value, self.site("none", node)), kind, node)
            if isinstance(kind, Option):
                return ir.Lazy(BOOL, "or", (ir.Operate(BOOL, "not", (present,)), inner))
            return ir.Lazy(BOOL, "and", (present, inner))
        if isinstance(kind, Option):
            return self.inhabits(value, kind.of, node)
        if isinstance(own, Int) and isinstance(kind, Int):
            low, high = int(kind.lo), int(kind.hi)  # type: ignore[arg-type]
            above = self.operate("ge", (value, ir.Const(integers(low, low), low)), node)
            below = self.operate("le", (value, ir.Const(integers(high, high), high)), node)
            return ir.Lazy(BOOL, "and", (above, below))
        if scalar(own) or scalar(kind) or isinstance(kind, Record):
            return ir.Const(BOOL, False)
        raise self.mistake("Q304", f"whether {own.describe()} is one of {kind.describe()} is not known", node)

    def contains(self, whole: ir.Expr, item: ir.Expr, node: ast.AST) -> ir.Expr:
        """Whether an item is in a collection; None, or a number beyond the element type, is simply not in it."""
        element = self.element_type(whole.type, node)
        if join(item.type, element) is None:
            raise self.mistake("Q304", f"{self.words(item)} is never in {self.words(whole)}", node)
        if self.always_fits(item.type, element):
            return ir.Operate(BOOL, "contains", (whole, self.convert(item, element, node)))
        return ir.Operate(BOOL, "gt", (self.equal_elements(whole, item, node), ir.Const(Int(0, 0), 0)))

    @staticmethod
    def always_fits(source: Type, target: Type) -> bool:
        """Whether every value of a type is one of the other."""
        return join(source, target) == target

    def equal_elements(self, whole: ir.Expr, item: ir.Expr, node: ast.AST) -> ir.Expr:
        """How many elements of a collection equal an item of another type."""
        element = self.element_type(whole.type, node)
        both = join(item.type, element)
        assert both is not None
        slot, loop_slot = self.slot(both), self.slot(element)
        same = self.equal(ir.Local(both, slot), ir.Local(element, loop_slot), node)
        loop = ir.Loop(loop_slot, ir.Elements(element, whole), (), ())
        one = ir.Operate(Int(0, 1), "int", (same,))
        most = self.length(whole).type
        count = ir.Fold(most, "sum", (loop,), one, None, self.site("overflow", node))
        return ir.Do(most, (ir.Assign(slot, self.convert(item, both, node)),), count)

    def count(self, whole: ir.Expr, item: ir.Expr, node: ast.AST) -> ir.Expr:
        """How often an item is in a collection."""
        element = self.element_type(whole.type, node)
        if join(item.type, element) is None:
            raise self.mistake("Q304", f"{self.words(item)} is never in {self.words(whole)}", node)
        if not self.always_fits(item.type, element):
            return self.equal_elements(whole, item, node)
        known = self.convert(item, element, node)
        if isinstance(whole.type, Set):
            return ir.Operate(Int(0, 1), "int", (ir.Operate(BOOL, "contains", (whole, known)),))
        return ir.Operate(self.length(whole).type, "count", (whole, known))

    def element_type(self, kind: Type, node: ast.AST) -> Type:
        match kind:
            case Set() | Seq() | Bag():
                return kind.element
            case Map() if isinstance(kind.value_type, Seq) and isinstance(kind.value_type.element, Union):
                return kind.value_type.element
        raise self.mistake("Q401", f"{in_words(kind)} has no elements", node)

    def domain_type(self, domain: Static, node: ast.AST) -> Type:
        """The type whose values a static name stands for when it is iterated over."""
        if isinstance(domain.value, Type) and not isinstance(domain.value, Nothing):
            return domain.value
        if isinstance(domain.value, enum.EnumMeta):
            return Enumeration(domain.value)  # type: ignore[arg-type]
        if domain.value in (int, float, str, object):
            raise self.mistake(
                "Q402", f"{self.named(domain.value)} has infinitely many values", node,
                "range(...) has a beginning and an end",
            )  # fmt: skip
        raise self.mistake("Q401", f"{self.named(domain.value)} cannot be iterated over", node)

    # -- sets and sequences written out

    def display(self, node: ast.expr, elements: list[ast.expr], expected: Type | None) -> ir.Expr:
        wanted = Set if isinstance(node, ast.Set) else Seq
        if isinstance(expected, Option):
            expected = expected.of
        hint = expected.element if isinstance(expected, Set | Seq) else None
        values = [self.value(element, hint) for element in elements]
        element_type: Type = NOTHING
        for value in values:
            both = join(element_type, value.type)
            if both is None:
                raise self.mistake("Q309", "the elements have different types", node)
            element_type = both
        if hint is not None and self.always_fits(element_type, hint):
            element_type = hint
        parts = tuple(self.convert(value, element_type, node) for value in values)
        if wanted is Seq:
            return ir.Display(Seq(element_type, len(parts)), parts, self.site("capacity", node))
        kind = sets(element_type, len(parts))
        if isinstance(expected, Set) and expected.element == element_type and most_elements(expected) >= len(parts):
            kind = expected
        return ir.Display(kind, parts, self.site("capacity", node))

    def set_of(self, element: Type, node: ast.AST) -> Set:
        """The type of the set of all values of a type."""
        if element.cardinality > MOST_BITS:
            raise self.mistake(
                "Q312", f"a set of {element.describe()} needs too many bits", node, "count or compare without a set"
            )
        return Set(element)

    def unordered(self, value: ir.Expr) -> bool:
        """Whether native Python has a set of its own here, whose order it leaves open."""
        if not isinstance(value.type, Set):
            return False
        match value:
            case ir.Display() | ir.Fold():
                return True
            case ir.Convert(_, inner):
                return self.unordered(inner)
            case ir.Local(_, slot):
                return slot in self.unordered_slots
            case ir.Choose(_, _, then, otherwise):
                return self.unordered(then) or self.unordered(otherwise)
            case ir.Do(_, body, result):
                # `set(x)` is a Do without statements
                return not body or self.unordered(result)
            case ir.Operate(_, "full"):
                return True
            case ir.Operate(_, _, arguments):
                return all(self.unordered(argument) for argument in arguments)
        return False

    def ordered(self, domain: ir.Domain, node: ast.AST) -> None:
        """Refuse a domain that native Python goes through in no order of the model's."""
        if isinstance(domain, ir.Elements) and self.unordered(domain.container):
            raise self.refuse(
                node, "the order of a set made here", "go through a type, a tuple or a set of the state, with an `if`",
                "Q111",
            )  # fmt: skip


def _hint_for_members(left: Type, right: Type) -> str | None:
    """A cure where a member of an Enum is compared with what it might stand for."""
    if {type(left), type(right)} == {Bool, Int}:
        return "a boolean is a condition by itself: write it alone, or with `not`"
    node = next((kind for kind in (left, right) if isinstance(kind, Node)), None)
    if node is not None and isinstance(left if node is right else right, Int):
        cure = "nodes have no numbers: compare with a node"
        return cure if node.symmetric else "write .index for the number of a node"
    members = next((kind for kind in (left, right) if isinstance(kind, Enumeration)), None)
    if members is None:
        return None
    return f"compare with a member: {members.enum.__name__}.{members.members[0].name}"


def _identical(value: ir.Expr) -> bool:
    """Whether equal values of the type are one object in native Python."""
    kind = value.type.of if isinstance(value.type, Option) else value.type
    return isinstance(kind, Nothing | Bool | Enumeration)


def _total(value: ir.Expr) -> bool:
    """Whether evaluating it twice or not at all makes no difference, neither in cost nor by a fault."""
    match value:
        case ir.Const() | ir.Local() | ir.Variable():
            return True
        case ir.Field(_, record, _):
            return _total(record)
        case ir.Index(_, container, index, _):
            return isinstance(container.type, Map) and _total(container) and _total(index)
        case ir.Make(_, fields):
            return all(_total(field) for field in fields)
    return False
