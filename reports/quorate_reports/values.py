"""Values of a trace as readable text, and what changed between two of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from quorate.trace import Data


def printable(text: str) -> str:
    """The text with everything that could not be seen, or could steer a terminal, written as an escape."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def show(data: Data) -> str:
    """A value in data form (see `quorate.trace`) as one line of text: `{s1: LEADER}`, `Vote(src=s1, term=1)`."""
    match data:
        case list():
            return f"[{_joined(data)}]"
        case {"#set": list(items), **rest} if not rest:
            return f"{{{_joined(items)}}}"
        case {"#bag": list(items), **rest} if not rest:
            return f"[{_joined(items)}]"
        case {"#map": list(pairs), **rest} if not rest:
            return "{" + ", ".join(f"{show(key)}: {show(value)}" for key, value in pairs) + "}"
        case {"tag": str(tag), "value": dict(fields), **rest} if not rest:
            return printable(tag) + _record(fields)
        case dict():
            return _record(data)
        case _:
            return printable(str(data))


def show_call(name: str, arguments: Mapping[str, Data]) -> str:
    """An action with its arguments: `time_out(i=s1)`."""
    return printable(name) + _record(arguments)


def show_parameters(parameters: Mapping[str, Data]) -> str:
    """Parameter values as one line: `servers=3, max_term=2`."""
    return ", ".join(f"{printable(name)}={show(value)}" for name, value in parameters.items())


def _joined(items: list[Data]) -> str:
    return ", ".join(show(item) for item in items)


def _record(fields: Mapping[str, Data]) -> str:
    return "(" + ", ".join(f"{printable(name)}={show(value)}" for name, value in fields.items()) + ")"


def in_full(name: str, data: Data, width: int) -> list[str]:
    """A variable and its value as lines: one if that fits the width, else an indented line for each element."""
    line = f"{printable(name)}: {show(data)}"
    if len(line) <= width:
        return [line]
    match data:
        case {"#map": [[_, first], *others]} if others and all(value == first for _, value in others):
            return [f"{printable(name)}: {show(first)} for each of {len(others) + 1} keys"]
        case {"#map": list(pairs)}:
            return [f"{printable(name)}:", *(f"  {show(key)}: {show(value)}" for key, value in pairs)]
        case {"#set": list(items)} | {"#bag": list(items)} | list(items):
            return [f"{printable(name)}:", *(f"  {show(item)}" for item in items)]
        case _:
            return [line]


@dataclass(frozen=True)
class Change:
    """One difference between two states, at a place such as `role[s1]`.

    With both texts the value there changed; with only `new` that element was added, with only `old` removed.
    """

    variable: str
    place: str
    old: str | None
    new: str | None

    def text(self) -> str:
        """`role[s1]: FOLLOWER → CANDIDATE`, `votes[s1]: + s2`, `network: - Vote(…)`."""
        if self.old is not None and self.new is not None:
            return f"{self.place}: {self.old} → {self.new}"
        return f"{self.place}: + {self.new}" if self.old is None else f"{self.place}: - {self.old}"


def changes(old: Mapping[str, Data], new: Mapping[str, Data]) -> tuple[Change, ...]:
    """What differs between two states, in the order of their variables, as deep inside the values as it can be told."""
    found: list[Change] = []
    for name in dict.fromkeys([*old, *new]):
        place = printable(name)
        if name not in old or name not in new:
            found += _one_sided(name, place, old, new, name)
        else:
            found += _between(name, place, old[name], new[name])
    return tuple(found)


def _between(variable: str, place: str, old: Data, new: Data) -> Iterator[Change]:
    """The changes from one value to another at a place."""
    if old == new:
        return
    match old, new:
        case ({"#set": list(before)}, {"#set": list(after)}) | ({"#bag": list(before)}, {"#bag": list(after)}):
            yield from (Change(variable, place, show(item), None) for item in without(before, after))
            yield from (Change(variable, place, None, show(item)) for item in without(after, before))
        case {"#map": list(before)}, {"#map": list(after)}:
            left = {show(key): value for key, value in before}
            right = {show(key): value for key, value in after}
            yield from _entries(variable, place, left, right, "[{}]")
        case {"tag": str(tag), "value": dict(before)}, {"tag": str(other), "value": dict(after)} if tag == other:
            yield from _entries(variable, place, before, after, ".{}")
        case dict(), dict() if old.keys() == new.keys() and not any(key.startswith("#") or key == "tag" for key in old):
            yield from _entries(variable, place, old, new, ".{}")
        case list(), list() if len(old) == len(new):
            yield from _entries(variable, place, dict(enumerate(old)), dict(enumerate(new)), "[{}]")
        case _:
            yield Change(variable, place, show(old), show(new))


def _entries(
    variable: str, place: str, old: Mapping[Data, Data], new: Mapping[Data, Data], form: str
) -> Iterator[Change]:
    for key in dict.fromkeys([*old, *new]):
        below = place + form.format(printable(str(key)))
        if key in old and key in new:
            yield from _between(variable, below, old[key], new[key])
        else:
            yield from _one_sided(variable, below, old, new, key)


def _one_sided(
    variable: str, place: str, old: Mapping[Data, Data], new: Mapping[Data, Data], key: Data
) -> list[Change]:
    """An entry that only one of the two has."""
    return [
        Change(variable, place, show(old[key]) if key in old else None, show(new[key]) if key in new else None),
    ]


def without(items: list[Data], others: list[Data]) -> list[Data]:
    """The items that are left once the others are taken away, each as often as it occurs."""
    left = list(items)
    for item in others:
        if item in left:
            left.remove(item)
    return left
