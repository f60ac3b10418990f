"""What Quorate raises: one root, a closed set of exit codes, errors that carry their place and their cure."""

from __future__ import annotations

import difflib
import enum
import linecache
from collections.abc import Iterable
from dataclasses import dataclass

REPORT = "this is a bug in Quorate; please report it with the model"
"""The cure in every message that says two engines disagree."""


class Exit(enum.IntEnum):
    """Exit codes of the command line; TLC's where TLC has one, so that scripts port."""

    HOLDS = 0
    USAGE = 2
    VACUOUS = 10
    DEADLOCK = 11
    SAFETY = 12
    LIVENESS = 13
    ASSERTION = 14
    INCONCLUSIVE = 20
    MODEL_FAULT = 75
    LOAD = 150
    PARAMETER = 151
    INTERNAL = 255


def nearest(name: str, known: Iterable[str]) -> str | None:
    """A "did you mean" for a misspelt name, whatever its case; None if nothing known is near."""
    by_lower = {one.lower(): one for one in known}
    near = difflib.get_close_matches(name.lower(), by_lower, 1)
    return f"did you mean {by_lower[near[0]]}?" if near else None


@dataclass(frozen=True)
class Span:
    """A stretch of source text: 1-based lines, 0-based columns, the end exclusive (as in the `ast` module)."""

    path: str
    line: int
    column: int
    end_line: int
    end_column: int

    def source_line(self) -> str:
        """The first line of the stretch, without its line end; empty when the file is gone."""
        return linecache.getline(self.path, self.line).rstrip("\n")

    def mark(self) -> str:
        """What stands under the first line of the stretch to show where in it the stretch is: spaces, then carets."""
        source = self.source_line().encode()
        stop = self.end_column if self.end_line == self.line else len(source)
        width = max(1, len(source[self.column : stop].decode()))
        return "".join(c if c == "\t" else " " for c in source[: self.column].decode()) + "^" * width

    def text(self) -> str:
        """The source text of the stretch, its lines joined by single spaces."""
        lines = [linecache.getline(self.path, n).rstrip("\n") for n in range(self.line, self.end_line + 1)]
        if not lines or not lines[0]:
            return ""
        # ast counts columns in UTF-8 bytes
        if len(lines) == 1:
            return lines[0].encode()[self.column : self.end_column].decode()
        first = lines[0].encode()[self.column :].decode()
        last = lines[-1].encode()[: self.end_column].decode()
        return " ".join(part.strip() for part in [first, *lines[1:-1], last])


@dataclass(frozen=True)
class Diagnostic:
    """One mistake in a model: what is wrong, where, and what to write instead.

    `severity` is "error"; or "warning" for what can be checked all the same, but is hardly meant.
    """

    code: str
    message: str
    span: Span | None = None
    hint: str | None = None
    severity: str = "error"

    def render(self) -> str:
        """The diagnostic as plain text: place and message, the source line, a caret under the expression, the hint."""
        if self.span is None:
            lines = [f"{self.severity}[{self.code}]: {self.message}"]
        else:
            place = f"{self.span.path}:{self.span.line}:{self.span.column + 1}"
            lines = [f"{place}: {self.severity}[{self.code}]: {self.message}"]
            if self.span.source_line().strip():
                margin = " " * len(str(self.span.line))
                lines += [f"  {self.span.line} | {self.span.source_line()}", f"  {margin} | {self.span.mark()}"]
        if self.hint:
            lines.append(f"  help: {self.hint}")
        return "\n".join(lines)


class QuorateError(Exception):
    """Root of every error that Quorate raises on purpose.

    `exit_code` is what the command line exits with; `hint` is the cure, one sentence, or None.
    """

    exit_code: Exit = Exit.INTERNAL

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class UsageError(QuorateError):
    """The command or call itself is wrong: an unknown option value, a budget that is not a number."""

    exit_code = Exit.USAGE


class LoadError(QuorateError):
    """A model cannot be loaded or compiled. `diagnostics` holds every mistake that was found, in source order."""

    exit_code = Exit.LOAD

    def __init__(self, message: str, *, hint: str | None = None, diagnostics: tuple[Diagnostic, ...] = ()) -> None:
        super().__init__(message, hint=hint)
        self.diagnostics = diagnostics


class DeclarationError(TypeError):
    """A declaration in a class body that cannot be meant, while Python runs the class body.

    `code` and `hint` are those of the diagnostic that it becomes.
    """

    def __init__(self, code: str, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.code, self.hint = code, hint


class ParameterError(QuorateError):
    """A parameter is unknown or its value is not allowed."""

    exit_code = Exit.PARAMETER


class InternalError(QuorateError):
    """Quorate contradicts itself (two engines disagree, a replay fails): a bug in Quorate, never in the model."""

    exit_code = Exit.INTERNAL
