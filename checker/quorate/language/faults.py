"""From a Python exception in a model's method to a fault of the model, with the place in the model's text."""

from __future__ import annotations

import os
import traceback
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import quorate
from quorate.errors import Span
from quorate.language.values import ModelFault
from quorate.trace import Fault

_PACKAGE = str(Path(quorate.__file__).parent) + os.sep


def place_of(error: BaseException) -> Span | None:
    """The innermost stretch of the model's own text that an exception passed through."""
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        if not frame.filename.startswith(_PACKAGE) and frame.lineno is not None:
            start, end = frame.colno or 0, frame.end_colno or (frame.colno or 0) + 1
            return Span(frame.filename, frame.lineno, start, frame.end_lineno or frame.lineno, end)
    return None


def kind_of(error: BaseException) -> str | None:
    """Which kind of fault an exception is, or None for one that a model has no business to raise."""
    text = str(error)
    match error:
        case ModelFault():
            return error.kind
        case AssertionError():
            return "assert"
        case ZeroDivisionError():
            return "division"
        case KeyError():
            return "key"
        case IndexError():
            return "index"
        case ValueError() if "empty" in text:
            return "empty"
        case ValueError() if "shift" in text:
            return "shift"
        case TypeError() | AttributeError() if "None" in text:
            return "none"
        case _:
            return None


def fault_of(error: Exception, action: str, arguments: Mapping[str, Any]) -> Fault:
    """The fault that an exception means; an unforeseen exception is a fault of kind "exception"."""
    message = str(error.args[0]) if isinstance(error, KeyError) and error.args else str(error)
    kind = kind_of(error) or "exception"
    if kind == "exception":
        message = f"{type(error).__name__}: {message}"
    return Fault(kind, message or type(error).__name__, action, arguments, place_of(error))
