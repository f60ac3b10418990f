"""Why a property is true or false in a state: the part of its own source that decides it, with the values.

The property is evaluated by Python, piece by piece: a false `and` is explained by its first false operand, an `any` by
the first binding that makes it true, a comparison by the values on both sides, a helper by what it returns.
"""

from __future__ import annotations

import ast
import builtins
import enum
import linecache
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from quorate.compiler.expression import StateExpression
from quorate.compiler.source import Function, Sources
from quorate.errors import LoadError
from quorate.language.actions import Action
from quorate.language.model import State
from quorate.language.properties import Property
from quorate.language.types import Type
from quorate.language.values import Compound

MOST_HELPERS = 8
_NAME = ast.Name("x")

Comprehension = ast.GeneratorExp | ast.ListComp | ast.SetComp


@dataclass(frozen=True)
class Reason:
    """What decided an expression: its source with the bound variables replaced by their values, a remark on the values
    read, the bindings a quantifier chose here, and what decided the parts."""

    text: str
    remark: str = ""
    bindings: tuple[tuple[str, str], ...] = ()
    parts: tuple[Reason, ...] = ()

    def line(self) -> str:
        """The reason in one line: bindings, then the conditions that decide."""
        chosen = ", ".join(f"{name} = {value}" for name, value in self.bindings)
        inner = " and ".join(part.line() for part in self.parts) if self.parts else self._own()
        return f"{chosen}: {inner}" if chosen else inner

    def _own(self) -> str:
        return f"{self.text} ({self.remark})" if self.remark else self.text


def explain_property(prop: Property, *states: Any) -> Reason | None:
    """Why a property has the value it has, given the model in its state (for a step invariant: in the old and new one).

    None if its source cannot be read.
    """
    try:
        function = Sources().function(prop.predicate)
    except LoadError:
        return None
    names = dict(zip(function.parameters, states, strict=True))
    return Explainer().function(function, names, Texts(function.path, {}))


def explain_expression(expression: StateExpression, state: State) -> Reason:
    """Why an expression has its value in a state, where it has one."""
    function = Sources().function(expression.function)
    [statement] = function.tree.body
    assert isinstance(statement, ast.Return)
    assert statement.value is not None
    space = {**expression.function.__globals__, **expression.names(state)}
    return Explainer().reason(statement.value, space, Texts(function.path, {}))


@dataclass(frozen=True)
class Texts:
    """How the source of one file reads in the explanation: loop variables as their values, parameters as the caller
    wrote them, enum members by their name alone."""

    path: str
    names: Mapping[str, str]

    def bound(self, more: Mapping[str, str]) -> Texts:
        return Texts(self.path, {**self.names, **more})

    def of(self, node: ast.expr) -> str:
        """The source of an expression, on one line."""
        lines = [linecache.getline(self.path, number).encode() for number in range(node.lineno, _end(node)[0] + 1)]
        pieces, (line, column) = [], (node.lineno, node.col_offset)
        for part, text in sorted(self._replaced(node), key=lambda found: (found[0].lineno, found[0].col_offset)):
            pieces += [_between(lines, node.lineno, (line, column), (part.lineno, part.col_offset)), text]
            line, column = _end(part)
        pieces.append(_between(lines, node.lineno, (line, column), _end(node)))
        return " ".join("".join(pieces).split()).replace("( ", "(").replace(" )", ")")

    def _replaced(self, node: ast.AST) -> Iterator[tuple[ast.expr, str]]:
        if isinstance(node, ast.Name) and node.id in self.names:
            yield node, self.names[node.id]
        elif isinstance(node, ast.Attribute) and _is_member(node):
            yield node, node.attr
        else:
            for child in ast.iter_child_nodes(node):
                yield from self._replaced(child)


def _end(node: ast.expr) -> tuple[int, int]:
    return node.end_lineno or node.lineno, node.end_col_offset or node.col_offset


def _between(lines: list[bytes], first: int, start: tuple[int, int], stop: tuple[int, int]) -> str:
    """The text between two positions, without comments."""
    found = []
    for number in range(start[0], stop[0] + 1):
        line = lines[number - first]
        low = start[1] if number == start[0] else 0
        text = line[low : stop[1]] if number == stop[0] else line[low:].split(b"  #")[0]
        found.append(text.decode())
    return "\n".join(found)


def _is_member(node: ast.Attribute) -> bool:
    """Whether this is `m.Role.LEADER`: a member of a class, written in capitals."""
    inner = node.value
    owner = inner.attr if isinstance(inner, ast.Attribute) else inner.id if isinstance(inner, ast.Name) else ""
    return owner[:1].isupper() and node.attr.isupper()


class Explainer:
    """Evaluates expressions with Python, and keeps what decided them."""

    def __init__(self) -> None:
        self.depth = 0

    def function(self, function: Function, names: Mapping[str, Any], texts: Texts) -> Reason | None:
        """What decided the value of a function; None where its body is more than one `return`."""
        body = [s for s in function.tree.body if not (isinstance(s, ast.Expr) and isinstance(s.value, ast.Constant))]
        if len(body) != 1 or not isinstance(body[0], ast.Return) or body[0].value is None:
            return None
        code = function.code
        cells = zip(code.__code__.co_freevars, code.__closure__ or (), strict=True)
        space = {**code.__globals__, **{name: cell.cell_contents for name, cell in cells}, **names}
        return self.reason(body[0].value, space, texts)

    def value(self, node: ast.expr, space: dict[str, Any]) -> Any:
        expression = ast.fix_missing_locations(ast.Expression(node))
        return eval(compile(expression, "<property>", "eval"), space)  # the model's own text

    def reason(self, node: ast.expr, space: dict[str, Any], texts: Texts) -> Reason:
        match node:
            case ast.BoolOp():
                return self.boolean(node, space, texts)
            case ast.UnaryOp(ast.Not(), operand):
                inner = self.reason(operand, space, texts)
                if inner.parts or inner.bindings or isinstance(operand, ast.Compare):
                    return inner
                return Reason(texts.of(node), inner.remark)
            case ast.IfExp(test, body, orelse):
                branch = body if self.value(test, space) else orelse
                return self.reason(branch, space, texts)
            case ast.Compare():
                return Reason(texts.of(node), self.compared(node, space, texts))
            case ast.Call(ast.Name(name), [argument], []) if name in ("any", "all") and name not in space:
                if isinstance(argument, Comprehension):
                    return self.quantifier(name, argument, space, texts)
            case ast.Call():
                called = self.helper(node, space, texts)
                if called is not None:
                    return called
        return Reason(texts.of(node), f"it is {show(self.value(node, space))}")

    def boolean(self, node: ast.BoolOp, space: dict[str, Any], texts: Texts) -> Reason:
        """`and` is false by its first false operand, true by all; `or` the other way round."""
        decisive = isinstance(node.op, ast.Or)
        looked_at = []
        for operand in node.values:
            if bool(self.value(operand, space)) == decisive:
                return self.reason(operand, space, texts)
            looked_at.append(operand)
        return Reason(texts.of(node), parts=tuple(self.reason(operand, space, texts) for operand in looked_at))

    def quantifier(self, name: str, node: Comprehension, space: dict[str, Any], texts: Texts) -> Reason:
        """The first binding that decides; if none does, that it is so for every one."""
        for bound in self.bindings(node.generators, space):
            inner = {**space, **bound}
            if bool(self.value(node.elt, inner)) == (name == "any"):
                shown = {key: show(value) for key, value in bound.items()}
                part = self.reason(node.elt, inner, texts.bound(shown))
                return Reason(texts.of(node), bindings=tuple(shown.items()), parts=(part,))
        many = "for no choice" if name == "any" else "for every choice"
        return Reason(texts.of(node.elt), f"{many} of {', '.join(ast.unparse(g.target) for g in node.generators)}")

    def bindings(self, generators: list[ast.comprehension], space: dict[str, Any]) -> Iterator[dict[str, Any]]:
        """All bindings of nested generators that pass their conditions, in order."""
        if not generators:
            yield {}
            return
        first, *rest = generators
        for value in self.value(first.iter, space):
            bound = _bound(first.target, value)
            inner = {**space, **bound}
            if all(self.value(condition, inner) for condition in first.ifs):
                for more in self.bindings(rest, inner):
                    yield {**bound, **more}

    def compared(self, node: ast.Compare, space: dict[str, Any], texts: Texts) -> str:
        """The values of what a comparison compares, where its source does not say them."""
        sides = [node.left, *node.comparators]
        values = [show(self.value(side, space)) for side in sides]
        sources = [texts.of(side) for side in sides]
        unknown = [value for value, source in zip(values, sources, strict=True) if value != source]
        if not unknown or len(sides) > 2:
            return ", ".join(f"{s} is {v}" for s, v in zip(sources, values, strict=True) if s != v)
        if len(unknown) == 2:
            if values[0] == values[1]:
                return f"both {values[0]}"
            equality = isinstance(node.ops[0], ast.Eq | ast.NotEq | ast.Is | ast.IsNot)
            between = "and" if equality else ast.unparse(ast.Compare(_NAME, node.ops, [_NAME]))[2:-2]
            return f"{values[0]} {between} {values[1]}"
        plain = isinstance(node.ops[0], ast.Eq | ast.Is) and self.value(node, space)
        return "" if plain else f"it is {unknown[0]}"

    def helper(self, node: ast.Call, space: dict[str, Any], texts: Texts) -> Reason | None:
        """What decided the value of a helper of the model or of its module."""
        called = self.value(node.func, space)
        if getattr(builtins, getattr(called, "__name__", ""), None) is called or self.depth >= MOST_HELPERS:
            return None
        plain, bound = _plain(called)
        if plain is None or node.keywords:
            return None
        try:
            function = Sources().function(plain)
        except LoadError:
            return None
        parameters, names, shown = list(function.parameters), {}, {}
        if bound is not None:
            owner = parameters.pop(0)
            names[owner] = bound
            shown[owner] = texts.of(node.func.value) if isinstance(node.func, ast.Attribute) else owner
        for parameter, argument in zip(parameters, node.args, strict=False):
            names[parameter] = self.value(argument, space)
            shown[parameter] = texts.of(argument)
        self.depth += 1
        try:
            return self.function(function, names, Texts(function.path, shown))
        finally:
            self.depth -= 1


def _plain(called: Any) -> tuple[Callable[..., Any] | None, Any]:
    """The function under a helper, and the model it is bound to."""
    bound = getattr(called, "__self__", None)
    function = getattr(called, "__func__", called)
    if isinstance(function, Action):
        function = function.body
    if isinstance(function, Property):
        function = function.predicate
    return (function, bound) if hasattr(function, "__code__") else (None, None)


def _bound(target: ast.expr, value: Any) -> dict[str, Any]:
    """The names of a loop target."""
    if isinstance(target, ast.Name):
        return {target.id: value}
    assert isinstance(target, ast.Tuple)
    found: dict[str, Any] = {}
    for part, item in zip(target.elts, value, strict=True):
        found |= _bound(part, item)
    return found


def show(value: Any) -> str:
    """A value as the reports print it."""
    if isinstance(value, enum.Enum):
        return value.name
    if isinstance(value, Compound):
        return repr(value)
    if isinstance(value, Type):
        return value.describe()
    if isinstance(value, set | frozenset):
        return "{" + ", ".join(sorted(map(show, value))) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(show, value)) + "]"
    return repr(value)
