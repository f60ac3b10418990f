"""The exception that carries a mistake in a model to where all of a model's are collected."""

from __future__ import annotations

from quorate.compiler.catalogue import ENTRIES
from quorate.errors import Diagnostic, Span

CODES = frozenset(entry.code for entry in ENTRIES)


class Mistake(Exception):  # noqa: N818 - collected, and raised to the user as diagnostics of a LoadError
    """One mistake, on its way to the list of them. Its code is one of the catalogue's."""

    def __init__(self, code: str, message: str, span: Span | None, hint: str | None = None) -> None:
        assert code in CODES, code
        super().__init__(message)
        self.diagnostic = Diagnostic(code, message, span, hint)


class Consequence(Mistake):
    """What cannot be lowered only because of another mistake, which is reported."""
