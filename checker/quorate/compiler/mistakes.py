"""Mistakes in a model: their codes, and the exception that carries one to where all of a file's are collected."""

from __future__ import annotations

from quorate.errors import Diagnostic, Span

CODES = {
    "Q001": "The file is not valid Python.",
    "Q101": "This Python construct is outside the modelling language.",
    "Q102": "A name is not defined, or not on every path to here.",
    "Q103": "The model has no such variable, type, parameter or method.",
    "Q104": "The record or message has no such field.",
    "Q105": "A message or record is made with missing, unknown or doubled fields.",
    "Q106": "The types do not fit together.",
    "Q107": "A condition is not a boolean.",
    "Q108": "This value cannot be iterated over.",
    "Q109": "A function is called with the wrong arguments, or cannot be called here.",
    "Q110": "Helpers call each other in a circle.",
    "Q111": "Only state can be changed: this is a parameter, a type, or a local value.",
    "Q112": "A property, or a helper used inside an expression, must not change the state.",
    "Q113": "The arguments of an action do not match the types declared for them.",
    "Q114": "The value does not fit into the packed state.",
}


class Mistake(Exception):  # noqa: N818 - collected, and raised to the user as diagnostics of a LoadError
    """One mistake, on its way to the list of them."""

    def __init__(self, code: str, message: str, span: Span | None, hint: str | None = None) -> None:
        assert code in CODES, code
        super().__init__(message)
        self.diagnostic = Diagnostic(code, message, span, hint)
