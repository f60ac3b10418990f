"""Traces in the Informal Trace Format (ITF), which Apalache and Quint write and readers for tests from models take.

The format is that of Apalache's ADR 15, with the variants and the variables `mbt::actionTaken` and `mbt::nondetPicks`
of Quint. Every integer is a `#bigint`, sets and maps are sorted, an absent option is the variant `None`. A bag, which
the format lacks, is the variant `Bag` of a map from its elements to how often they occur.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from quorate.trace import Data, Step, Trace
from quorate_reports.trace_file import DEEPEST, fault_from_data, fault_to_data, get
from quorate_reports.wording import failing

DESCRIPTION = "https://apalache-mc.org/docs/adr/015adr-trace.html"
ACTION, PICKS = "mbt::actionTaken", "mbt::nondetPicks"
UNIT: Mapping[str, Any] = {"#tup": []}
# what other tools write for the value of a variant that has none
UNITS = (UNIT, "U_OF_UNIT", {"tag": "UNIT"}, {"tag": "UNIT", "value": UNIT})
# a value of an uninterpreted type, as Apalache writes it: s1_OF_SERVER
OF_TYPE = re.compile(r"(.+)_OF_[A-Z_][A-Z0-9_]*")


def trace_to_itf(trace: Trace) -> dict[str, Any]:
    """A trace as the JSON objects of an `.itf.json` file.

    The parameters are values of the first state, as the format wants it. Where the run goes back to a state, `loop`
    says so, and that state does not stand at the end once more; the step that leads back is in `#meta`.
    """
    steps = trace.steps[:-1] if trace.returns() else trace.steps
    names = dict.fromkeys(name for step in steps for name in step.arguments)
    states = [_state(step, number, names) for number, step in enumerate(steps)]
    given = {name: _value(value) for name, value in trace.parameters.items()}
    states[0] = {"#meta": states[0].pop("#meta"), **given, **states[0]}
    return {
        "#meta": {
            "format": "ITF",
            "format-description": DESCRIPTION,
            "source": trace.model,
            "description": failing(trace),
            "status": "ok" if trace.kind in ("reachable", "run") else "violation",
            "quorate": {
                "kind": trace.kind,
                "property": trace.property,
                "explanation": trace.explanation,
                "reproduce": trace.reproduce,
                "fault": None if trace.fault is None else fault_to_data(trace.fault),
                "back": _call(trace.steps[-1]) if trace.returns() else None,
            },
        },
        "params": list(trace.parameters),
        "vars": [*trace.steps[0].state, ACTION, PICKS],
        "states": states,
        **({} if trace.loop is None else {"loop": trace.loop}),
    }


def trace_to_itf_json(trace: Trace) -> str:
    """The text of an `.itf.json` file."""
    return json.dumps(trace_to_itf(trace), indent=2, ensure_ascii=False) + "\n"


def is_itf(data: Any) -> bool:
    """Whether JSON objects look like a trace in this format."""
    return isinstance(data, dict) and isinstance(data.get("vars"), list) and isinstance(data.get("states"), list)


def trace_from_itf(data: Any) -> Trace:
    """The trace that a file in this format means. Raises ValueError, naming what is wrong, for what cannot be read.

    One that another tool wrote is of the kind "run", which says nothing of what it violates. Its tuples are sequences,
    its variants without a value are enum members, its `Some` is what is in it.
    """
    meta = get(data, "#meta", dict, optional=True) or {}
    own = get(meta, "quorate", dict, optional=True)
    reader = _Reader(foreign=own is None)
    names = [name for name in reader.names(data, "vars") if name not in (ACTION, PICKS)]
    parameters = [name for name in reader.names(data, "params") if name not in names]
    states = get(data, "states", list)
    if not states:
        raise ValueError("it has no states")
    steps = [reader.step(state, number, names) for number, state in enumerate(states, start=1)]
    own = own or {"kind": "run"}
    loop = get(data, "loop", int, optional=True)
    if loop is not None and not 0 <= loop < len(steps):
        raise ValueError(f"its loop goes back to state {loop + 1} of {len(steps)}")
    back = get(own, "back", dict, optional=True)
    closes = reader.foreign and loop is not None and loop < len(steps) - 1 and steps[loop].state != steps[-1].state
    if loop is not None and (back is not None or closes):
        action, arguments = reader.call(back or {}, len(steps) + 1)
        steps.append(Step(action, arguments, steps[loop].state))
    fault = get(own, "fault", dict, optional=True)
    return Trace(
        model=get(meta, "source", str, optional=True) or "?",
        parameters={name: reader.named(states[0], name, "state 1") for name in parameters},
        kind=get(own, "kind", str),
        property=get(own, "property", str, optional=True),
        steps=tuple(steps),
        fault=None if fault is None else fault_from_data(fault),
        loop=loop,
        explanation=get(own, "explanation", str, optional=True),
        reproduce=get(own, "reproduce", str, optional=True),
    )


# -- writing


def _state(step: Step, number: int, names: Mapping[str, None]) -> dict[str, Any]:
    # readers with types want the same fields in every state
    picks = {
        name: {"tag": "Some", "value": _value(step.arguments[name])} if name in step.arguments else _none()
        for name in names
    }
    return {
        "#meta": {"index": number, **_call(step)},
        **{name: _value(value) for name, value in step.state.items()},
        ACTION: step.action or "init",
        PICKS: picks,
    }


def _call(step: Step) -> dict[str, Any]:
    return {"action": step.action, "arguments": {name: _value(value) for name, value in step.arguments.items()}}


def _none() -> dict[str, Any]:
    return {"tag": "None", "value": dict(UNIT)}


def _value(data: Data) -> Any:
    match data:
        case None:
            return _none()
        case bool() | str():
            return data
        case int():
            return {"#bigint": str(data)}
        case list():
            return [_value(item) for item in data]
        case {"#set": list(items), **rest} if not rest:
            return {"#set": sorted(map(_value, items), key=_order)}
        case {"#bag": list(items), **rest} if not rest:
            counts: dict[str, list[Any]] = {}
            for item in map(_value, items):
                counts.setdefault(json.dumps(item), [item, 0])[1] += 1
            pairs = [[item, {"#bigint": str(count)}] for item, count in counts.values()]
            return {"tag": "Bag", "value": {"#map": sorted(pairs, key=_order)}}
        case {"#map": list(pairs), **rest} if not rest:
            return {"#map": sorted(([_value(key), _value(value)] for key, value in pairs), key=_order)}
        case _:
            return {name: _value(item) for name, item in data.items()}


def _order(value: Any) -> tuple[Any, ...]:
    """A key that sorts values of any forms: numbers by size, texts by letters, the rest by its parts."""
    match value:
        case bool():
            return (0, value)
        case {"#bigint": str(digits)}:
            return (1, int(digits))
        case str():
            return (2, value)
        case list():
            return (3, len(value), *map(_order, value))
        case _:
            return (4, *(part for name, item in value.items() for part in ((2, name), _order(item))))


# -- reading


class _Reader:
    """Reads values; the forms of a file that another tool wrote, a `foreign` one, are taken for the nearest of ours."""

    def __init__(self, *, foreign: bool) -> None:
        self.foreign = foreign

    def names(self, data: Mapping[str, Any], key: str) -> list[str]:
        found = get(data, key, list, optional=key == "params") or []
        if not all(isinstance(name, str) for name in found):
            raise ValueError(f'"{key}" are not names')
        return list(found)

    def step(self, state: Any, number: int, names: list[str]) -> Step:
        where = f"state {number}"
        if not isinstance(state, dict):
            raise ValueError(f"{where} is not an object")
        action, arguments = self.call(state, number)
        return Step(action, arguments, {name: self.named(state, name, where) for name in names})

    def call(self, state: Mapping[str, Any], number: int) -> tuple[str | None, dict[str, Data]]:
        """The action that led to a state, and its arguments."""
        where = f"state {number}"
        if not self.foreign:
            meta = get(state, "#meta", dict, optional=True) or state
            found = get(meta, "arguments", dict)
            return get(meta, "action", str, optional=True), {name: self.named(found, name, where) for name in found}
        action = get(state, ACTION, str, optional=True)
        picks = get(state, PICKS, dict, optional=True) or {}
        known = {name: value for name, value in picks.items() if not _is_unit(value, "None")}
        # the first state is an initial one, by whatever name its tool has for that
        return (None, {}) if number == 1 else (action, {name: self.named(known, name, where) for name in known})

    def named(self, state: Mapping[str, Any], name: str, where: str) -> Data:
        if name not in state:
            raise ValueError(f"{where} has no value of {name}")
        return self.value(state[name], f"{where}: {name}", DEEPEST)

    def value(self, value: Any, where: str, depth: int) -> Data:
        if depth == 0:
            raise ValueError(f"{where} is nested too deep")

        def inner(item: Any) -> Data:
            return self.value(item, where, depth - 1)

        match value:
            case str() if self.foreign and (found := OF_TYPE.fullmatch(value)):
                return found[1]
            case bool() | int() | str():
                return value
            case {"#bigint": str(digits), **rest} if not rest and re.fullmatch(r"-?[0-9]+", digits):
                return int(digits)
            case list() | {"#tup": list()}:
                return list(map(inner, value if isinstance(value, list) else value["#tup"]))
            case {"#set": list(items), **rest} if not rest:
                return {"#set": list(map(inner, items))}
            case {"#map": list(pairs), **rest} if not rest and all(map(_is_pair, pairs)):
                return {"#map": [list(map(inner, pair)) for pair in pairs]}
            case {"tag": str(tag), "value": inside, **rest} if not rest:
                return self.variant(tag, inside, inner, where)
            case dict() if not any(name.startswith("#") for name in value):
                return {name: inner(item) for name, item in value.items()}
            case {"#unserializable": text}:
                raise ValueError(f"{where} is a value that its tool could not write: {text}")
        raise ValueError(f"{where} has a value of no known form: {_short(value)}")

    def variant(self, tag: str, inside: Any, inner: Any, where: str) -> Data:
        if inside == UNIT or (self.foreign and inside in UNITS):
            return None if tag == "None" else tag
        if self.foreign and tag in ("Some", "None"):
            # Quint once wrote an empty record for no value
            return inner(inside) if tag == "Some" else None
        match inside:
            case {"#map": list(pairs), **rest} if tag == "Bag" and not rest and all(map(_is_pair, pairs)):
                counted = [(inner(item), inner(count)) for item, count in pairs]
                if all(type(count) is int and 0 < count <= 4096 for _, count in counted):
                    return {"#bag": [item for item, count in counted for _ in range(count)]}
                raise ValueError(f"{where} is a bag without counts")
        return {"tag": tag, "value": inner(inside)}


def _is_pair(pair: Any) -> bool:
    return isinstance(pair, list) and len(pair) == 2


def _is_unit(value: Any, tag: str) -> bool:
    return isinstance(value, dict) and value.get("tag") == tag and value.get("value", UNIT) in (*UNITS, {})


def _short(value: Any) -> str:
    text = json.dumps(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
