"""The baseline of a suite, `quorate.lock`: what its checks found when they were last looked at."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from quorate.errors import UsageError
from quorate_reports.suite.running import Facts
from quorate_reports.wording import count

VERSION = 2
MOST_DEPTHS = 3
"""How many depths with another number of states are named."""
COUNTS = ("generated", "distinct", "depth", "terminal", "cut")


def read_baseline(path: Path) -> dict[str, Facts]:
    """The facts by the names of the checks; none where there is no such file yet. Raises UsageError for a file that is
    no baseline."""
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} cannot be read: {error}", hint="`quorate verify --update` writes it anew") from None
    if data.get("version") != VERSION:
        message = f"{path} is of version {data.get('version')!r}, and this Quorate reads {VERSION}"
        raise UsageError(message, hint="`quorate verify --update` writes it anew")
    try:
        return {entry["name"]: _facts(entry) for entry in data.get("check", [])}
    except (KeyError, TypeError, ValueError) as error:
        raise UsageError(f"{path} is not whole: {error!r}", hint="`quorate verify --update` writes it anew") from None


def _facts(entry: Mapping[str, Any]) -> Facts:
    return Facts(
        verdict=entry["verdict"],
        property=entry.get("property"),
        trace=entry.get("trace"),
        **{name: int(entry[name]) for name in COUNTS},
        digest=entry["digest"],
        levels=tuple(int(number) for number in entry["levels"]),
        actions={name: (int(a), int(b), int(c)) for name, (a, b, c) in entry["actions"].items()},
        properties=dict(entry["properties"]),
        coverage=dict(entry["coverage"]),
    )


def baseline_text(found: Mapping[str, Facts]) -> str:
    """The text of a baseline: TOML, in the order of the names, a line for each thing that can change."""
    parts = ["# What the checks of the suite found. Written by `quorate verify --update`, to be reviewed like code.\n"]
    parts.append(f"version = {VERSION}\n")
    for name in sorted(found):
        parts += ["\n[[check]]\n", *(f"{line}\n" for line in _lines(name, found[name]))]
    return "".join(parts)


def _lines(name: str, facts: Facts) -> Iterator[str]:
    yield f"name = {_quoted(name)}"
    yield f"verdict = {_quoted(facts.verdict)}"
    if facts.property is not None:
        yield f"property = {_quoted(facts.property)}"
    if facts.trace is not None:
        yield f"trace = {facts.trace}"
    for key in COUNTS:
        yield f"{key} = {getattr(facts, key)}"
    yield f"digest = {_quoted(facts.digest)}"
    yield f"levels = {list(facts.levels)}"
    yield "[check.actions]"
    for action, numbers in facts.actions.items():
        yield f"{_quoted(action)} = {list(numbers)}"
    yield "[check.properties]"
    for prop, verdict in facts.properties.items():
        yield f"{_quoted(prop)} = {_quoted(verdict)}"
    yield "[check.coverage]"
    for condition, strange in facts.coverage.items():
        yield f"{_quoted(condition)} = {_quoted(strange)}"


def _quoted(text: str) -> str:
    """A TOML string: JSON's escapes are its own, but for characters beyond the first plane, which stand as they are."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def differences(old: Facts, new: Facts) -> tuple[str, ...]:
    """What is different, in words, the weightiest first; nothing if all is as it was."""
    found = [*_verdicts(old, new), *_actions(old, new), *_levels(old, new)]
    for name, what in (("terminal", "terminal state"), ("cut", "cut step"), ("generated", "generated step")):
        if getattr(old, name) != getattr(new, name):
            found.append(_by(getattr(old, name), getattr(new, name), what))
    if not found and old.digest != new.digest:
        found.append("as many states as before at each depth, but not the same ones")
    return (*found, *_coverage(old, new))


def _verdicts(old: Facts, new: Facts) -> Iterator[str]:
    def named(facts: Facts) -> str:
        return f"{facts.verdict} ({facts.property})" if facts.property else facts.verdict

    if (old.verdict, old.property) != (new.verdict, new.property):
        yield f"it was {named(old)}, and is {named(new)}"
    elif old.trace != new.trace:
        yield f"the counterexample has {count(new.trace or 0, 'state')}, and had {old.trace}"
    for name in dict.fromkeys((*old.properties, *new.properties)):
        before, after = old.properties.get(name), new.properties.get(name)
        if before is None:
            yield f"property {name} is new: {after}"
        elif after is None:
            yield f"property {name} is gone"
        elif before != after and name not in (old.property, new.property):
            yield f"property {name} was {before}, and is {after}"


def _actions(old: Facts, new: Facts) -> Iterator[str]:
    for name in dict.fromkeys((*old.actions, *new.actions)):
        before, after = old.actions.get(name), new.actions.get(name)
        if before == after:
            continue
        if before is None:
            yield f"action {name} is new"
        elif after is None:
            yield f"action {name} is gone"
        elif before[1] and not after[1]:
            yield f"action {name} no longer fires"
        elif after[1] and not before[1]:
            yield f"action {name} fires, which it did not"
        elif before[1] != after[1]:
            yield f"action {name}: {_by(before[1], after[1], 'step')}"


def _levels(old: Facts, new: Facts) -> Iterator[str]:
    pairs = _padded(old.levels, new.levels)
    changed = [(depth, before, after) for depth, (before, after) in enumerate(pairs, start=1) if before != after]
    for depth, before, after in changed[:MOST_DEPTHS]:
        yield f"{_by(before, after, 'state')} at depth {depth}"
    if len(changed) > MOST_DEPTHS:
        total = _by(sum(old.levels), sum(new.levels), "state") if old.distinct != new.distinct else "as many states"
        yield f"and at {len(changed) - MOST_DEPTHS} more depths; {total} in all"


def _coverage(old: Facts, new: Facts) -> Iterator[str]:
    for condition in sorted({*old.coverage, *new.coverage}):
        before, after = old.coverage.get(condition), new.coverage.get(condition)
        if before == after:
            continue
        if after is None:
            yield f"condition {condition} was {before}, and is no longer so, or is gone"
        elif before is None:
            yield f"condition {condition} is {after}"
        else:
            yield f"condition {condition} was {before}, and is {after}"


def _padded(old: Sequence[int], new: Sequence[int]) -> list[tuple[int, int]]:
    longest = max(len(old), len(new))
    return list(zip([*old, *[0] * (longest - len(old))], [*new, *[0] * (longest - len(new))], strict=True))


def _by(old: int, new: int, what: str) -> str:
    """`3 more states`, `1 fewer step`."""
    change = abs(new - old)
    return f"{change:,} {'more' if new > old else 'fewer'} {what if change == 1 else what + 's'}"
