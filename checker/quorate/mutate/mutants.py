"""First-order mutants of a model: its text with one small change, of the kind that people make by mistake.

The idea is that of DeMillo, Lipton and Sayward, Hints on test data selection, 1978, in terms of protocols: a guard that
is weaker or turned round, a step that forgets to write, a count that is off by one, two nodes that are mixed up.
"""

from __future__ import annotations

import ast
import difflib
import inspect
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import CodeType, FunctionType

from quorate.language.actions import Action
from quorate.language.model import Model
from quorate.language.properties import Property

NEIGHBOURS: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
}
WRITES = ("add", "discard", "append", "extend", "pop", "clear", "send", "update")
"""The methods of collections and networks that change them."""
OPPOSITE = {"src": "dst", "dst": "src"}


@dataclass(frozen=True)
class Mutant:
    """One change: in the text of `module` (at `path`), in `method`, the text from byte `start` to `end` becomes
    `replacement`. `operator` says in a word or two what was done."""

    module: str
    path: Path
    method: str
    line: int
    start: int
    end: int
    replacement: str
    operator: str

    def source(self) -> str:
        """The whole text of the module with the change."""
        text = self.path.read_bytes()
        return (text[: self.start] + self.replacement.encode() + text[self.end :]).decode()

    def diff(self) -> str:
        """The lines that change, as a unified diff without context."""
        before, after = self.path.read_text(encoding="utf-8").splitlines(), self.source().splitlines()
        lines = difflib.unified_diff(before, after, lineterm="", n=0)
        return "\n".join(line for line in lines if not line.startswith(("---", "+++", "@@")))


def mutants(model: type[Model]) -> list[Mutant]:
    """All first-order mutants of the steps of a model and of what they call, in the order of the text.

    The text is that of the class and of all that it inherits from, without properties and constraints. Where one class
    overrides a method of another, the one that is overridden is not part of the model unless it is called by `super()`.
    """
    found: list[Mutant] = []
    used = _used(model)
    for owner in reversed(model.__mro__):
        if not issubclass(owner, Model) or owner is Model:
            continue
        module = sys.modules[owner.__module__]
        path = Path(inspect.getsourcefile(owner) or "")
        if not path.is_file():
            # the text of faults, which is not the model's own
            continue
        text = path.read_bytes()
        for function in _methods(model, owner, ast.parse(text)):
            if function.name not in used:
                continue
            found += _Text(text, module.__name__, path, function).mutants()
    return sorted(dict.fromkeys(found), key=lambda one: (one.module, one.start, one.end, one.replacement))


def _methods(model: type[Model], owner: type[Model], tree: ast.Module) -> Iterator[ast.FunctionDef]:
    """The methods of one class that are steps of the model, or helpers of steps."""
    classes = [node for node in ast.walk(tree) if isinstance(node, ast.ClassDef) and node.name == owner.__name__]
    for node in classes[0].body if classes else ():
        if not isinstance(node, ast.FunctionDef) or node.name.startswith("__"):
            continue
        declared = model.lookup(node.name)
        if isinstance(declared, Property):
            continue
        if vars(owner).get(node.name) is not declared and not isinstance(declared, Action) and not _calls_up(declared):
            continue
        yield node


def _used(model: type[Model]) -> set[str]:
    """The names of the steps of a model, and of all methods that they call; helpers of properties are none of them."""
    names = [name for owner in model.__mro__ for name in vars(owner) if isinstance(model.lookup(name), Action)]
    used: set[str] = set()
    while names:
        name = names.pop()
        if name in used:
            continue
        used.add(name)
        for owner in model.__mro__:
            function = vars(owner).get(name)
            body = function.body if isinstance(function, Action) else function
            if isinstance(body, FunctionType) and issubclass(owner, Model) and owner is not Model:
                names += _names_in(body.__code__)
    return used


def _names_in(code: CodeType) -> list[str]:
    """The names that a function mentions, those in its comprehensions too."""
    inner = [name for part in code.co_consts if isinstance(part, CodeType) for name in _names_in(part)]
    return [*code.co_names, *inner]


def _calls_up(function: object) -> bool:
    code = getattr(function, "__code__", None)
    return code is not None and "super" in code.co_names


class _Text:
    """The mutants of one method."""

    def __init__(self, text: bytes, module: str, path: Path, function: ast.FunctionDef) -> None:
        self.text, self.module, self.path, self.function = text, module, path, function
        self.starts = [0]
        for line in text.splitlines(keepends=True):
            self.starts.append(self.starts[-1] + len(line))
        names = [argument.arg for argument in function.args.args]
        self.arguments = set(names[1:])
        self.found: list[Mutant] = []

    def mutants(self) -> list[Mutant]:
        """All of them."""
        docstring = ast.get_docstring(self.function) is not None
        for statement in self.function.body[1 if docstring else 0 :]:
            for node in ast.walk(statement):
                self._node(node)
        return self.found

    def _node(self, node: ast.AST) -> None:
        match node:
            case ast.Expr(value=ast.Call(func=ast.Name(id="require"), args=[condition, *_])):
                self._replace(node, "pass", "guard dropped")
                self._negate(condition, "guard negated")
            case ast.If(test=test) | ast.IfExp(test=test):
                self._negate(test, "condition negated")
            case ast.Assign() | ast.AugAssign() if self._writes(node):
                self._replace(node, "pass", "assignment skipped")
            case ast.Expr(value=ast.Call(func=ast.Attribute(attr=name))) if name in WRITES:
                self._replace(node, "pass", f"{name} skipped")
            case ast.BoolOp(op=op, values=values):
                what = "conjunct" if isinstance(op, ast.And) else "alternative"
                for number in range(len(values)):
                    rest = values[:number] + values[number + 1 :]
                    kept = _operand(rest[0]) if len(rest) == 1 else ast.unparse(ast.BoolOp(op, rest))
                    self._replace(node, kept, f"{what} dropped")
            case ast.Compare(ops=[op], left=left, comparators=[right]) if type(op) in NEIGHBOURS:
                moved = ast.Compare(left, [NEIGHBOURS[type(op)]()], [right])
                self._replace(node, ast.unparse(moved), "off by one")
            case ast.Constant(value=int(number)) if not isinstance(number, bool):
                for other in (number - 1, number + 1):
                    if other >= 0:
                        self._replace(node, str(other), "off by one")
            case ast.Attribute(value=ast.Name(id=name), attr=attribute) if attribute in OPPOSITE:
                if name in self.arguments:
                    self._replace(node, f"{name}.{OPPOSITE[attribute]}", "nodes swapped")
            case ast.Call():
                self._swap(node)

    def _writes(self, node: ast.Assign | ast.AugAssign) -> bool:
        """Whether a statement writes to the state: to a local it would only make a name that is missing."""
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        return all(any(isinstance(one, ast.Name) and one.id == "self" for one in ast.walk(t)) for t in targets)

    def _negate(self, condition: ast.expr, what: str) -> None:
        if isinstance(condition, ast.UnaryOp) and isinstance(condition.op, ast.Not):
            self._replace(condition, _operand(condition.operand), what)
        else:
            self._replace(condition, f"not ({ast.unparse(condition)})", what)

    def _swap(self, call: ast.Call) -> None:
        """Exchange two nodes that are handed over: `src=` with `dst=`, or two arguments of the step."""
        named = {keyword.arg: keyword for keyword in call.keywords}
        if "src" in named and "dst" in named:
            source, target = named["src"].value, named["dst"].value
            other = {"src": target, "dst": source}
            swapped = [ast.keyword(one.arg, other.get(one.arg or "", one.value)) for one in call.keywords]
            self._replace(call, ast.unparse(ast.Call(call.func, call.args, swapped)), "nodes swapped")
        names = [one.id for one in call.args if isinstance(one, ast.Name)]
        if len(call.args) == 2 and len(names) == 2 and set(names) <= self.arguments and names[0] != names[1]:
            swapped_call = ast.Call(call.func, call.args[::-1], call.keywords)
            self._replace(call, ast.unparse(swapped_call), "nodes swapped")

    def _replace(self, node: ast.stmt | ast.expr, replacement: str, operator: str) -> None:
        assert node.end_lineno is not None
        assert node.end_col_offset is not None
        start = self.starts[node.lineno - 1] + node.col_offset
        end = self.starts[node.end_lineno - 1] + node.end_col_offset
        self.found.append(
            Mutant(self.module, self.path, self.function.name, node.lineno, start, end, replacement, operator)
        )


def _operand(node: ast.expr) -> str:
    """The text of an expression where one that binds more tightly may have stood."""
    text = ast.unparse(node)
    return f"({text})" if isinstance(node, ast.IfExp | ast.BoolOp) else text
