"""An expression of the model's language, typed by a reader and evaluated on a state by native Python.

It is compiled as a property's body would be, and refused unless the compiler accepts it; nothing of it has run before.
"""

from __future__ import annotations

import ast
import linecache
import sys
import time
import types
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from quorate.compiler import ir
from quorate.compiler.compile import BodyLowerer
from quorate.compiler.scope import Binding, Self, Shared
from quorate.compiler.source import Function, Sources
from quorate.compiler.walk import nodes
from quorate.errors import Diagnostic, LoadError, UsageError
from quorate.explain.reason import Explainer, Texts, show
from quorate.language.faults import fault_of
from quorate.language.model import Model, State
from quorate.language.types import Int, Node

LONGEST = 1000
"""Characters of an expression."""
SHOWN = 60
"""Characters of an expression that a message repeats."""
FARTHEST = 1000
"""The most places that a number is shifted: native integers have no end, and memory has."""
SECONDS = 2.0
"""How long an evaluation may take."""
INDENT = "    return "


@dataclass(frozen=True)
class Evaluated:
    """What an expression is in a state: its value as text, and for a boolean what made it so."""

    text: str
    why: str = ""


class Expression:
    """An expression over a model in a state, which it calls `m` or `self`; nodes go by their names, as `s1`."""

    def __init__(self, model: Model, text: str) -> None:
        """Raises UsageError for a text that a property's body could not hold."""
        self.model, self.text = model, text.strip()
        self.nodes: dict[str, Any] = {}
        for kind in model.types.values():
            if isinstance(kind, Node):
                self.nodes |= {repr(value): value for value in kind.values()}
        # the line break ends a comment, the parentheses hold lines together
        self.source = f"def expression({', '.join(self._names())}):\n{INDENT}(\n{self.text}\n    )\n"
        self.path = f"<{self.text}>"
        self._refuse_at_sight()
        with self._as_file():
            self.function = self._compiled()

    def on(self, state: State) -> Evaluated:
        """Its value in a state. Raises UsageError if it has none there, or takes too long."""
        names = dict.fromkeys(("m", "self"), self.model.at(state)) | self.nodes
        with self._as_file():
            try:
                with _deadline(SECONDS):
                    value = self.function.code(**names)
                    shown = show(value)
                    reason = self._reason(names) if isinstance(value, bool) else ""
            except TimeoutError as error:
                raise UsageError(f"{_shortened(self.text)} {error}") from None
            except Exception as error:  # noqa: BLE001 - whatever Python raises is why it has no value
                said = fault_of(error, "expression", {}).message
                raise UsageError(f"{_shortened(self.text)} has no value in this state: {said}") from None
        return Evaluated(shown, reason)

    def _names(self) -> list[str]:
        return ["m", "self", *self.nodes]

    def _refuse_at_sight(self) -> None:
        """Raises UsageError for what is no expression, or names what begins with an underscore."""
        if len(self.text) > LONGEST:
            raise UsageError(f"the expression has more than {LONGEST} characters")
        try:
            # for itself, so that it cannot end the line or the parentheses that it is put into
            tree = ast.parse(self.text, mode="eval")
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            raise self._no_expression(error) from None
        for node in ast.walk(tree):
            name = node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""
            if name.startswith("_"):
                raise UsageError(f"{name}: names that begin with an underscore are outside the modelling language")

    def _compiled(self) -> Function:
        """The function whose body the expression is, once the compiler has accepted it. Raises UsageError."""
        module = sys.modules.get(type(self.model).__module__)
        tree = ast.parse(self.source)
        try:
            module_code = compile(tree, self.path, "exec")
        except SyntaxError as error:
            raise self._no_expression(error) from None
        # its code object is taken out of the module's: nothing is executed
        code = next(constant for constant in module_code.co_consts if isinstance(constant, types.CodeType))
        function = Function(types.FunctionType(code, dict(vars(module)) if module else {}), tree.body[0], self.path)  # type: ignore[arg-type]
        shared = Shared(self.model, Sources())
        lowerer = BodyLowerer(shared, pure=True)

        def build() -> ir.Expr:
            known: dict[str, Binding] = {"m": Self(0), "self": Self(0)}
            known |= {name: ir.Const(value._type, value.index) for name, value in self.nodes.items()}
            lowerer.scope.names |= known
            value = lowerer.value(_returned(function))
            if any(_shifts_far(part) for part in nodes(value)):
                raise lowerer.mistake("Q305", f"a number is shifted by more than {FARTHEST} places", None)
            return value

        try:
            lowerer.settle(function.code, build)
            found = list(shared.diagnostics)
        except LoadError as error:
            found = list(error.diagnostics) or [Diagnostic("Q101", error.message, None, error.hint)]
        except RecursionError:
            found = [Diagnostic("Q101", "it is nested too deep")]
        if found:
            raise UsageError(f"{_shortened(self.text)!r} is refused: {found[0].message}", hint=found[0].hint)
        return function

    def _no_expression(self, error: Exception) -> UsageError:
        said = error.msg if isinstance(error, SyntaxError) else str(error)
        return UsageError(f"{_shortened(self.text)!r} is no expression: {said}", hint="write one such as m.x > 0")

    def _reason(self, names: Mapping[str, Any]) -> str:
        node = _returned(self.function)
        reason = Explainer().reason(node, {**self.function.code.__globals__, **names}, Texts(self.path, {}))
        line = reason.line()
        return "" if line in (self.text, f"{self.text} (it is True)", f"{self.text} (it is False)") else line

    @contextmanager
    def _as_file(self) -> Iterator[None]:
        """While this lasts, its source can be read as if it stood in a file."""
        linecache.cache[self.path] = (len(self.source), None, self.source.splitlines(keepends=True), self.path)
        try:
            yield
        finally:
            linecache.cache.pop(self.path, None)


def _returned(function: Function) -> ast.expr:
    statement = function.tree.body[0]
    assert isinstance(statement, ast.Return)
    assert statement.value is not None
    return statement.value


def _shifts_far(part: Any) -> bool:
    if not isinstance(part, ir.Operate) or part.operator != "lshift":
        return False
    places = part.arguments[1].type
    return isinstance(places, Int) and int(places.hi) > FARTHEST  # type: ignore[arg-type]


def _shortened(text: str) -> str:
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"


@contextmanager
def _deadline(seconds: float) -> Iterator[None]:
    """Ends what runs inside, in this thread, with TimeoutError once its time is up; Python is asked at every step."""
    end = time.monotonic() + seconds

    def watch(frame: types.FrameType, event: str, argument: Any) -> Any:
        frame.f_trace_opcodes = True
        if time.monotonic() > end:
            raise TimeoutError(f"takes longer than {seconds:g} s")
        return watch

    before = sys.gettrace()
    sys.settrace(watch)
    try:
        yield
    finally:
        sys.settrace(before)
