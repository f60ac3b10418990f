"""Trace files: a counterexample as JSON, to keep, to send and to look at again."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from quorate.errors import Span, UsageError
from quorate.trace import Data, Fault, Step, Trace

FORMAT = "quorate-trace"
VERSION = 1
DEEPEST = 50
"""How deep values may be nested in a trace file."""


def trace_to_data(trace: Trace) -> dict[str, Any]:
    """A trace as JSON objects: the fields of `Trace`, with the keys `format` and `version` before them."""
    return {
        "format": FORMAT,
        "version": VERSION,
        "model": trace.model,
        "parameters": dict(trace.parameters),
        "kind": trace.kind,
        "property": trace.property,
        "explanation": trace.explanation,
        "reproduce": trace.reproduce,
        "loop": trace.loop,
        "lanes": list(trace.lanes),
        "steps": [_step_to_data(step) for step in trace.steps],
        "fault": None if trace.fault is None else fault_to_data(trace.fault),
    }


def trace_to_json(trace: Trace) -> str:
    """The text of a trace file."""
    return json.dumps(trace_to_data(trace), indent=2, ensure_ascii=False) + "\n"


def read_trace(path: Path) -> Trace:
    """The trace in a file, ours or one in ITF. Raises UsageError, naming what is wrong, for what is not a whole one."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise UsageError(f"there is no file {path}") from None
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}") from None
    except ValueError:
        raise _refused(path, "it is not text") from None
    try:
        data = json.loads(text)
    except json.JSONDecodeError as error:
        cut_short = not text.strip() or error.pos >= len(text.rstrip())
        reason = "it ends too early" if cut_short else f"line {error.lineno}, column {error.colno}: {error.msg}"
        raise _refused(path, reason) from None
    except (RecursionError, ValueError):
        raise _refused(path, "its values are too large to read") from None
    # only a few files are in that other format
    from quorate_reports.itf import is_itf, trace_from_itf

    try:
        return trace_from_itf(data) if is_itf(data) else trace_from_data(data)
    except ValueError as error:
        raise _refused(path, str(error)) from None


def trace_from_data(data: Any) -> Trace:
    """The inverse of `trace_to_data`. Raises ValueError, naming what is wrong."""
    if not isinstance(data, dict) or data.get("format") != FORMAT:
        raise ValueError('it has no "format": "quorate-trace"')
    if data.get("version") != VERSION:
        raise ValueError(f"its version is {data.get('version')!r}, and this Quorate reads {VERSION}")
    steps = tuple(_step(step, number) for number, step in enumerate(get(data, "steps", list), start=1))
    if not steps:
        raise ValueError("it has no steps")
    loop = get(data, "loop", int, optional=True)
    if loop is not None and not 0 <= loop < len(steps):
        raise ValueError(f"its loop goes back to state {loop + 1} of {len(steps)}")
    fault = get(data, "fault", dict, optional=True)
    return Trace(
        model=get(data, "model", str),
        parameters=_values(data, "parameters"),
        kind=get(data, "kind", str),
        property=get(data, "property", str, optional=True),
        steps=steps,
        fault=None if fault is None else fault_from_data(fault),
        loop=loop,
        explanation=get(data, "explanation", str, optional=True),
        reproduce=get(data, "reproduce", str, optional=True),
        lanes=_lanes(data),
    )


def _refused(path: Path, reason: str) -> UsageError:
    return UsageError(f"{path} is not a trace file: {reason}", hint="`quorate check` saves one for each violation")


def _step_to_data(step: Step) -> dict[str, Any]:
    return {
        "action": step.action,
        "arguments": dict(step.arguments),
        "state": dict(step.state),
        "node": step.node,
        "received": step.received,
        "sent": list(step.sent),
        "failure": step.failure,
    }


def fault_to_data(fault: Fault) -> dict[str, Any]:
    """A fault as JSON objects: the fields of `Fault`."""
    span = fault.span
    return {
        "kind": fault.kind,
        "message": fault.message,
        "action": fault.action,
        "arguments": dict(fault.arguments),
        "span": None
        if span is None
        else {
            "path": span.path,
            "line": span.line,
            "column": span.column,
            "end_line": span.end_line,
            "end_column": span.end_column,
        },
        "values": dict(fault.values),
    }


def fault_from_data(data: Mapping[str, Any]) -> Fault:
    """The inverse of `fault_to_data`. Raises ValueError, naming what is wrong."""
    span = get(data, "span", dict, optional=True)
    numbers = ("line", "column", "end_line", "end_column")
    return Fault(
        kind=get(data, "kind", str),
        message=get(data, "message", str),
        action=get(data, "action", str),
        arguments=_values(data, "arguments"),
        span=None if span is None else Span(get(span, "path", str), *(get(span, name, int) for name in numbers)),
        values=_texts(get(data, "values", dict)),
    )


def _lanes(data: Mapping[str, Any]) -> tuple[str, ...]:
    lanes = get(data, "lanes", list, optional=True) or []
    if not all(isinstance(name, str) for name in lanes) or len(set(lanes)) < len(lanes):
        raise ValueError('"lanes" are not different names')
    return tuple(lanes)


def _texts(data: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    if not all(isinstance(text, str) for text in data.values()):
        raise ValueError('"values" are not texts')
    return tuple(data.items())


def _step(data: Any, number: int) -> Step:
    if not isinstance(data, dict):
        raise ValueError(f"step {number} is not an object")
    try:
        return Step(
            get(data, "action", str, optional=True),
            _values(data, "arguments"),
            _values(data, "state"),
            node=get(data, "node", str, optional=True),
            received=_message(data.get("received"), "received"),
            sent=tuple(_message(item, "sent") for item in get(data, "sent", list, optional=True) or ()),
            failure=get(data, "failure", str, optional=True),
        )
    except ValueError as error:
        raise ValueError(f"step {number}: {error}") from None


def _message(value: Any, key: str) -> Data:
    if not _is_data(value, DEEPEST):
        raise ValueError(f'"{key}" has a message of no known form')
    return value


def get(data: Mapping[str, Any], key: str, kind: type, *, optional: bool = False) -> Any:
    """The value of a kind under a key, or None where that is `optional`. Raises ValueError for anything else."""
    value = data.get(key)
    if value is None and optional:
        return None
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise ValueError(f'"{key}" is missing or is no {kind.__name__}')
    return value


def _values(data: Mapping[str, Any], key: str) -> dict[str, Data]:
    """A mapping from names to values in data form."""
    values: dict[str, Data] = get(data, key, dict)
    for name, value in values.items():
        if not _is_data(value, DEEPEST):
            raise ValueError(f'"{key}": {name} has a value of no known form')
    return values


def _is_data(value: Any, depth: int) -> bool:
    """Whether a value is in data form, nested no deeper than `depth`."""
    if depth == 0:
        return False
    match value:
        case None | bool() | int() | str():
            return True
        case list():
            return all(_is_data(item, depth - 1) for item in value)
        case {"#map": pairs, **rest}:
            return (
                not rest
                and isinstance(pairs, list)
                and all(isinstance(pair, list) and len(pair) == 2 and _is_data(pair, depth - 1) for pair in pairs)
            )
        case {"#set": items, **rest} | {"#bag": items, **rest}:
            return not rest and isinstance(items, list) and _is_data(items, depth)
        case dict():
            return all(not name.startswith("#") and _is_data(item, depth - 1) for name, item in value.items())
        case _:
            return False
