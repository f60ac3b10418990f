"""The Python source of a model's methods: syntax trees and spans."""

from __future__ import annotations

import ast
import linecache
import types
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from quorate.errors import Diagnostic, LoadError, Span
from quorate.language.places import name_span


@dataclass(frozen=True)
class Function:
    """A function with its syntax tree and the file it stands in."""

    code: types.FunctionType
    tree: ast.FunctionDef
    path: str

    @property
    def name(self) -> str:
        return self.tree.name

    @property
    def parameters(self) -> list[str]:
        """The names of its positional parameters."""
        return [argument.arg for argument in self.tree.args.args]

    def stored(self) -> set[str]:
        """The names that its body gives a value."""
        walked = ast.walk(self.tree)
        return {node.id for node in walked if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}

    def name_span(self) -> Span:
        """Where its name stands in the line of its `def`."""
        return name_span(self.tree, self.path)

    def span(self, node: ast.AST) -> Span:
        """Where a node of the tree stands."""
        line: int = getattr(node, "lineno", self.tree.lineno)
        column: int = getattr(node, "col_offset", 0)
        return Span(
            self.path,
            line,
            column,
            getattr(node, "end_lineno", None) or line,
            getattr(node, "end_col_offset", None) or column + 1,
        )


class Sources:
    """Reads files once and finds functions in them."""

    def __init__(self) -> None:
        self._files: dict[str, dict[tuple[int, str], ast.FunctionDef]] = {}

    def function(self, code: Callable[..., Any]) -> Function:
        """The source of a function. Raises LoadError if there is none to read: a built-in, or typed at a prompt."""
        if not isinstance(code, types.FunctionType):
            raise LoadError(f"{code!r} has no Python source")
        path, line = code.__code__.co_filename, code.__code__.co_firstlineno
        tree = self._functions(path).get((line, code.__name__))
        if tree is None:
            raise LoadError(
                f"the source of {code.__name__} cannot be found in {path}",
                hint="models are compiled from files; write it as a `def` in a .py file",
            )
        return Function(code, tree, path)

    def tree(self, path: str) -> ast.Module:
        """The syntax tree of a file. Raises LoadError with the place if Python cannot read it."""
        try:
            return ast.parse("".join(linecache.getlines(path)))
        except SyntaxError as error:
            span = Span(path, error.lineno or 1, (error.offset or 1) - 1, error.lineno or 1, error.offset or 1)
            diagnostic = Diagnostic("Q001", f"Python cannot read this: {error.msg}", span)
            raise LoadError(f"{path} does not parse", diagnostics=(diagnostic,)) from None

    def _functions(self, path: str) -> dict[tuple[int, str], ast.FunctionDef]:
        if path not in self._files:
            found: dict[tuple[int, str], ast.FunctionDef] = {}
            for node in ast.walk(self.tree(path)):
                if isinstance(node, ast.FunctionDef):
                    # co_firstlineno is the line of the first decorator
                    first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
                    found[first, node.name] = node
            self._files[path] = found
        return self._files[path]
