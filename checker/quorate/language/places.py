"""Where the declarations of a model stand in its text."""

from __future__ import annotations

import ast
import linecache
import sys
from dataclasses import dataclass

from quorate.errors import Span


@dataclass(frozen=True)
class Declaration:
    """A statement of a class body that gives a name its value."""

    path: str
    node: ast.stmt

    @property
    def value(self) -> ast.expr | None:
        """What the name is set to; None for a method or a class."""
        return self.node.value if isinstance(self.node, ast.Assign | ast.AnnAssign) else None

    def span(self) -> Span:
        """The value, or the name of a method."""
        if self.value is not None:
            return span_of(self.value, self.path)
        assert isinstance(self.node, ast.FunctionDef | ast.ClassDef)
        return name_span(self.node, self.path)

    def argument(self, keyword: str) -> Span:
        """What is given for a keyword in the declaration; all of it if there is no such keyword."""
        if isinstance(self.value, ast.Call):
            for given in self.value.keywords:
                if given.arg == keyword:
                    return span_of(given.value, self.path)
        return self.span()


def span_of(node: ast.expr | ast.stmt, path: str) -> Span:
    """Where a node of a syntax tree stands."""
    end_line, end_column = node.end_lineno, node.end_col_offset
    return Span(path, node.lineno, node.col_offset, end_line or node.lineno, end_column or node.col_offset + 1)


def name_span(node: ast.FunctionDef | ast.ClassDef, path: str) -> Span:
    """The name in the first line of a function or class."""
    keyword = "def " if isinstance(node, ast.FunctionDef) else "class "
    start = node.col_offset + len(keyword)
    return Span(path, node.lineno, start, node.lineno, start + len(node.name.encode()))


def declaration(model: type, name: str) -> Declaration | None:
    """Where a class, or the base class that has the name, declares it; None if its text is not to be had."""
    owner = next((base for base in model.__mro__ if name in vars(base)), None)
    found = None if owner is None else _class_body(owner)
    if found is None:
        return None
    path, body = found
    for statement in reversed(body.body):
        match statement:
            case ast.Assign(targets=[ast.Name(id=target)]) | ast.AnnAssign(target=ast.Name(id=target)):
                same = target == name
            case ast.FunctionDef(name=own) | ast.ClassDef(name=own):
                same = own == name
            case _:
                same = False
        if same:
            return Declaration(path, statement)
    return None


def names_used(model: type) -> set[str]:
    """The plain names that the bodies of a class and its base classes read: in declarations and decorators, mostly."""
    found = [_class_body(base) for base in model.__mro__]
    walked = (node for body in found if body is not None for node in ast.walk(body[1]))
    return {node.id for node in walked if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)}


def class_span(model: type) -> Span | None:
    """The name in the first line of a class."""
    found = _class_body(model)
    return None if found is None else name_span(found[1], found[0])


def _class_body(model: type) -> tuple[str, ast.ClassDef] | None:
    path = getattr(sys.modules.get(model.__module__), "__file__", None)
    if path is None:
        return None
    try:
        tree = ast.parse("".join(linecache.getlines(path)))
    except SyntaxError:
        return None
    classes = [node for node in ast.walk(tree) if isinstance(node, ast.ClassDef) and node.name == model.__name__]
    return (path, classes[-1]) if classes else None
