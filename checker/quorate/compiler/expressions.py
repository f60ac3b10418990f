"""Lowering of expressions: names, attributes, operators, displays, conversions."""

from __future__ import annotations

import ast
from abc import abstractmethod
from typing import Any

from quorate.compiler import ir
from quorate.compiler.coerce import BOOL, NOTHING, WIDE, Nothing, fits, in_words, integers, join, united
from quorate.compiler.names import Lowered, Names
from quorate.compiler.ops import OPERATORS
from quorate.compiler.scope import Binding, Method, Self, Static
from quorate.language.compound import Bag, Map, Message, Seq, Set
from quorate.language.network import Network
from quorate.language.types import Bool, Int, Node, Option, Type

BINARY = {
    ast.Add: "add", ast.Sub: "sub", ast.Mult: "mul", ast.FloorDiv: "floordiv", ast.Mod: "mod", ast.LShift: "lshift",
    ast.RShift: "rshift", ast.BitAnd: "bitand", ast.BitOr: "bitor", ast.BitXor: "bitxor",
}  # fmt: skip
SETS = {
    ast.BitOr: "union", ast.BitAnd: "intersection", ast.Sub: "difference", ast.BitXor: "symmetric_difference",
}  # fmt: skip
COMPARE = {ast.Lt: "lt", ast.LtE: "le", ast.Gt: "gt", ast.GtE: "ge"}
REFUSED = {
    ast.Dict: ("a dict display", "a map has a value for every key: write {k: ... for k in self.Keys}"),
    ast.Lambda: ("lambda", "write a method or a comprehension"),
    ast.JoinedStr: ("an f-string", "make it a member of an Enum"),
    ast.Await: ("await", "a step is one atomic block"),
    ast.Yield: ("yield", "a step is one atomic block"),
    ast.NamedExpr: ("':='", "assign in a statement of its own"),
    ast.Starred: ("'*'", "list the elements"),
}
READS = ("values", "keys", "items")


class Expressions(Names):
    """Lowers expressions to IR."""

    @abstractmethod
    def call(self, node: ast.Call, expected: Type | None) -> Lowered:
        """Lower a call (in `calls`)."""

    @abstractmethod
    def compare(self, node: ast.Compare) -> ir.Expr:
        """Lower a comparison (in `collections`)."""

    @abstractmethod
    def display(self, node: ast.expr, elements: list[ast.expr], expected: Type | None) -> ir.Expr:
        """Lower a set, list or tuple written out (in `collections`)."""

    @abstractmethod
    def comprehension(self, node: Any, expected: Type | None) -> ir.Expr:
        """Lower a set, list or dict comprehension (in `domains`)."""

    # -- values of a wanted kind

    def value(self, node: ast.expr, expected: Type | None = None) -> ir.Expr:
        """Lower an expression that must be a value. With `expected`, displays take that type if they can."""
        value = self.as_value(self.lower(node, expected), node)
        if self.network_of(value) is not None:
            raise self.mistake(
                "Q310", "a network is no value", node, "ask it with `in`, len(...), .of(...), .count(...)"
            )
        return value

    def as_value(self, lowered: Lowered, node: ast.AST) -> ir.Expr:
        match lowered:
            case Static(value):
                constant = self.constant(value)
                if constant is None:
                    if isinstance(value, str):
                        cure = "make it a member of an Enum"
                        raise self.mistake("Q106", f"{self.named(value)} cannot be part of the state", node, cure)
                    cure = "of a module's names, integers, booleans and enum members can be read"
                    raise self.mistake("Q310", f"{self.named(value)} is not a value of the state", node, cure)
                return constant
            case Self():
                raise self.mistake("Q310", "the model itself is not a value", node)
            case Method(function):
                name = getattr(function, "__name__", "this")
                raise self.mistake("Q310", f"{name} is a function: it must be called", node, f"write {name}(...)")
        return lowered

    def converted(self, node: ast.expr, target: Type) -> ir.Expr:
        """Lower an expression and make it fit a type."""
        return self.convert(self.value(node, target), target, node)

    def convert(self, value: ir.Expr, target: Type, node: ast.AST, kind: str = "range") -> ir.Expr:
        """Make a value fit a type; where that can fail at run time, it is a fault of that kind."""
        if value.type == target:
            return value
        never = value.type == Option(NOTHING) and not isinstance(target, Option | Nothing)
        if never or not fits(value.type, target):
            if never:
                hint = f"only an Option holds None; declare it as Option({target.describe()})"
                raise self.mistake("Q302", f"this is None, but {in_words(target)} is wanted here", node, hint)
            own, wanted = self.words(value), in_words(target)
            if kind == "key":
                nodes = isinstance(target, Node) and isinstance(value.type, Int)
                cure = "nodes have no numbers here: take one as an argument, or go through all" if nodes else None
                raise self.mistake("Q303", f"this is {own}, but a key of the map is {wanted}", node, cure)
            one = isinstance(target, Map) and fits(value.type, target.value_type)
            cure = "to write one element of the map, write ...[key] = ..." if one else None
            raise self.mistake("Q301", f"this is {own}, but {wanted} is wanted here", node, cure)
        return ir.Convert(target, value, self.site(kind, node))

    def condition(self, node: ast.expr) -> ir.Expr:
        """Lower a condition: a boolean, or a collection or integer, which is true unless empty or zero."""
        if isinstance(node, ast.BoolOp):
            name = "and" if isinstance(node.op, ast.And) else "or"
            return ir.Lazy(BOOL, name, tuple(self.condition(part) for part in node.values))
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
            return ir.Operate(BOOL, "not", (self.condition(node.operand),))
        value = self.as_value(self.lower(node), node)
        match value.type:
            case Bool():
                return value
            case Int():
                return self.not_equal(value, ir.Const(Int(0, 0), 0))
            case Map() if not self.queues(value):
                return ir.Const(BOOL, True)
            case Set() | Seq() | Bag() | Map():
                return ir.Operate(BOOL, "gt", (self.length(value), ir.Const(Int(0, 0), 0)))
        raise self.mistake(
            "Q306",
            f"a condition is a boolean, and this is {self.words(value)}",
            node,
            "compare it, for example with `is not None`" if isinstance(value.type, Option) else None,
        )

    def boolean(self, node: ast.expr) -> ir.Expr:
        """Lower an expression that must be a boolean."""
        value = self.value(node)
        if not isinstance(value.type, Bool):
            raise self.mistake("Q306", f"this must be a boolean, and it is {self.words(value)}", node)
        return value

    # -- expressions

    def lower(self, node: ast.expr, expected: Type | None = None) -> Lowered:
        match node:
            case ast.Constant():
                return self.literal(node)
            case ast.Name():
                return self.name(node)
            case ast.Attribute():
                return self.attribute(node)
            case ast.Subscript():
                return self.subscript(node)
            case ast.BinOp():
                return self.binary(node, expected)
            case ast.UnaryOp():
                return self.unary(node)
            case ast.BoolOp():
                name = "and" if isinstance(node.op, ast.And) else "or"
                return ir.Lazy(BOOL, name, tuple(self.boolean(part) for part in node.values))
            case ast.Compare():
                return self.compare(node)
            case ast.IfExp():
                return self.choose(node, expected)
            case ast.Call():
                return self.call(node, expected)
            case ast.Set() | ast.List() | ast.Tuple():
                return self.display(node, node.elts, expected)
            case ast.SetComp() | ast.ListComp() | ast.DictComp() | ast.GeneratorExp():
                return self.comprehension(node, expected)
        what, hint = REFUSED.get(type(node), (f"this expression ({type(node).__name__})", "see docs/language.md"))
        raise self.refuse(node, what, hint, "Q104" if isinstance(node, ast.Lambda) else "Q101")

    def subscript(self, node: ast.Subscript) -> ir.Expr:
        container = self.value(node.value)
        if isinstance(node.slice, ast.Slice):
            return self.slice(container, node.slice, node)
        return self.element(container, node.slice, node)

    def element(self, container: ir.Expr, index: ast.expr, node: ast.AST) -> ir.Expr:
        match container.type:
            case Map():
                key = self.convert(self.value(index, container.type.key_type), container.type.key_type, index, "key")
                return ir.Index(container.type.value_type, container, key, self.site("key", node))
            case Seq():
                position = self.convert(self.value(index), WIDE, index, "none")
                return ir.Index(container.type.element, container, position, self.site("index", node))
        raise self.mistake("Q308", f"{self.words(container)} has no elements in brackets", node)

    def slice(self, sequence: ir.Expr, bounds: ast.Slice, node: ast.AST) -> ir.Expr:
        if not isinstance(sequence.type, Seq):
            raise self.mistake("Q308", f"{self.words(sequence)} has no slices", node)
        if bounds.step is not None:
            raise self.refuse(bounds.step, "a step in a slice", "build the sequence with a comprehension")
        start = None if bounds.lower is None else self.convert(self.value(bounds.lower), WIDE, bounds.lower, "none")
        stop = None if bounds.upper is None else self.convert(self.value(bounds.upper), WIDE, bounds.upper, "none")
        longest = min(int(sequence.type.max_len), _slice_length(start, stop))  # type: ignore[arg-type]
        return ir.Slice(Seq(sequence.type.element, longest), sequence, start, stop)

    def binary(self, node: ast.BinOp, expected: Type | None) -> ir.Expr:
        if type(node.op) not in BINARY:
            if isinstance(node.op, ast.Div):
                raise self.refuse(node, "/ makes a fraction, which", "use // for whole numbers", "Q105")
            power = isinstance(node.op, ast.Pow)
            hint = "multiply, or shift a 1 to the left" if power else "see the operators in docs/language.md"
            raise self.refuse(node, "the operator **" if power else "this operator", hint)
        left, right = self.operands(node.left, node.right, expected)
        if isinstance(left.type, Set) and isinstance(right.type, Set) and type(node.op) in SETS:
            both = united(left.type, right.type)
            if both is None:
                raise self.mistake("Q309", "these sets have different elements", node)
            pair = (self.convert(left, both, node.left), self.convert(right, both, node.right))
            return ir.Operate(both, SETS[type(node.op)], pair, self.site("capacity", node))
        if isinstance(left.type, Seq) and isinstance(right.type, Seq) and isinstance(node.op, ast.Add):
            return self.concatenated(left, right, node)
        return self.operate(BINARY[type(node.op)], (left, right), node)

    def concatenated(self, left: ir.Expr, right: ir.Expr, node: ast.AST) -> ir.Expr:
        """One sequence behind the other."""
        one, other = left.type, right.type
        assert isinstance(one, Seq)
        assert isinstance(other, Seq)
        element = join(one.element, other.element)
        if element is None:
            raise self.mistake("Q309", "these sequences have different elements", node)
        first, second = int(one.max_len), int(other.max_len)  # type: ignore[arg-type]
        if first + second > 4096:
            raise self.mistake("Q312", "this sequence has no bound that fits", node, "cut the parts with a slice")
        pair = (self.convert(left, Seq(element, first), node), self.convert(right, Seq(element, second), node))
        return ir.Operate(Seq(element, first + second), "concat", pair)

    def operands(self, left: ast.expr, right: ast.expr, expected: Type | None) -> tuple[ir.Expr, ir.Expr]:
        """Lower two operands of which one may be a display that takes its type from the other."""
        if _is_display(left) and not _is_display(right):
            second = self.value(right, expected)
            return self.value(left, _as_display(second.type, expected)), second
        first = self.value(left, expected)
        return first, self.value(right, _as_display(first.type, expected))

    def operate(self, name: str, arguments: tuple[ir.Expr, ...], node: ast.AST) -> ir.Expr:
        """Apply an operator of the table to integers or booleans."""
        row = OPERATORS[name]
        wanted = {"int": WIDE, "bool": BOOL}
        parts = []
        for argument, kind in zip(arguments, row.operands, strict=True):
            if kind == "int" and isinstance(argument.type, Option) and isinstance(argument.type.of, Int):
                argument = ir.Convert(argument.type.of, argument, self.site("none", node))
            if not isinstance(argument.type, Int if kind == "int" else Bool):
                wants = "integers" if kind == "int" else "booleans"
                message = f"{row.symbol} needs {wants}, and this is {self.words(argument)}"
                raise self.mistake("Q305", message, node, _instead_of_a_number(argument.type))
            parts.append(argument)
        if row.result == "bool":
            return ir.Operate(BOOL, name, tuple(parts))
        ranges = [(p.type.lo, p.type.hi) if isinstance(p.type, Int) else (0, 1) for p in parts]
        kind_of_result = integers(*row.interval(*ranges)) if row.interval else wanted[row.result]
        site = None if row.partial is None else self.site(row.partial, node)
        overflow = self.site("overflow", node) if kind_of_result == WIDE else None
        return ir.Operate(kind_of_result, name, tuple(parts), site, overflow)

    def unary(self, node: ast.UnaryOp) -> ir.Expr:
        if isinstance(node.op, ast.Not):
            return ir.Operate(BOOL, "not", (self.condition(node.operand),))
        operand = self.value(node.operand)
        if isinstance(node.op, ast.USub) and isinstance(operand, ir.Const) and isinstance(operand.type, Int):
            number = -int(operand.value or 0)
            return ir.Const(integers(number, number), number)
        names = {ast.USub: "neg", ast.Invert: "invert"}
        return operand if isinstance(node.op, ast.UAdd) else self.operate(names[type(node.op)], (operand,), node)

    def choose(self, node: ast.IfExp, expected: Type | None) -> Lowered:
        condition = self.condition(node.test)
        if isinstance(condition, ir.Const):
            return self.lower(node.body if condition.value else node.orelse, expected)
        then, otherwise = self.value(node.body, expected), self.value(node.orelse, expected)
        both = self.joined(then, otherwise, node)
        return ir.Choose(
            both, condition, self.convert(then, both, node.body), self.convert(otherwise, both, node.orelse)
        )

    def joined(self, left: ir.Expr, right: ir.Expr, node: ast.AST) -> Type:
        both = join(left.type, right.type)
        if both is None:
            raise self.mistake("Q309", f"{self.words(left)} and {self.words(right)} do not fit together", node)
        return both

    # -- small things that others build on

    @staticmethod
    def words(value: ir.Expr) -> str:
        """What a value is, in a message."""
        return in_words(value.type, value.value if isinstance(value, ir.Const) else None)

    def not_equal(self, left: ir.Expr, right: ir.Expr) -> ir.Expr:
        return ir.Operate(BOOL, "not", (ir.Operate(BOOL, "eq", (left, right)),))

    def network_of(self, value: ir.Expr) -> Network | None:
        """The network that a variable is, if it is one."""
        if not isinstance(value, ir.Variable):
            return None
        kind = self.model.variables[self.shared.variables[value.index]]
        return kind if isinstance(kind, Network) else None

    def queues(self, whole: ir.Expr) -> bool:
        """Whether a map is the queues of an ordered network."""
        if not isinstance(whole, ir.Variable):
            return False
        kind = self.model.variables[self.shared.variables[whole.index]]
        return isinstance(kind, Network) and kind.form == "fifo"

    def length(self, value: ir.Expr) -> ir.Expr:
        match value.type:
            case Set():
                most = value.type.element.cardinality if value.type.capacity is None else int(value.type.capacity)  # type: ignore[arg-type]
            case Seq():
                most = int(value.type.max_len)  # type: ignore[arg-type]
            case Bag():
                most = int(value.type.capacity)  # type: ignore[arg-type]
            case Map() if not self.queues(value):
                count = value.type.key_type.cardinality
                return ir.Const(integers(count, count), count)
            case Map(value_type=Seq()):
                most = value.type.key_type.cardinality * int(value.type.value_type.max_len)  # type: ignore[attr-defined]
            case _:
                raise self.mistake("Q401", f"{self.words(value)} has no length", None)
        return ir.Operate(Int(0, most), "len", (value,))


def _instead_of_a_number(kind: Type) -> str | None:
    """A cure where an operator is given what is no number."""
    match kind:
        case Bool():
            return "write int(...) to count a boolean as 0 or 1"
        case Node(symmetric=True):
            return "nodes have no numbers; with symmetric=False they have an order and .index"
        case Node():
            return "write .index for the number of a node"
        case Seq():
            return "write .append(x) to add one element, and + between two sequences"
        case Set():
            return "write .add(x) to add one element, and | between two sets"
    return None


def _slice_length(start: ir.Expr | None, stop: ir.Expr | None) -> int:
    """The most elements in a slice with these bounds, as far as constants say."""
    first, last = _constant(start, 0), _constant(stop, 4096)
    if first is None or last is None:
        return 4096 if last is None or last < 0 else last
    if stop is None and first < 0:
        return -first
    return max(0, last - first) if (first < 0) == (last < 0) else max(4096 if last < 0 else last, 0)


def _constant(bound: ir.Expr | None, missing: int) -> int | None:
    """A bound of a slice that is known now."""
    if isinstance(bound, ir.Convert):
        bound = bound.value
    if bound is None:
        return missing
    return int(bound.value or 0) if isinstance(bound, ir.Const) else None


def _is_display(node: ast.expr) -> bool:
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "set":
        return True
    return isinstance(node, ast.Set | ast.List | ast.Tuple | ast.SetComp | ast.ListComp)


def _as_display(kind: Type, expected: Type | None) -> Type | None:
    if isinstance(kind, Option):
        kind = kind.of
    return kind if isinstance(kind, Set | Seq) else expected


__all__ = ["Binding", "Expressions", "Lowered", "Message"]
