"""What is seen of a program, compared with a state of its model: as plain JSON, and only in part."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from quorate.trace import Data


def mismatches(data: Mapping[str, Data], observed: Mapping[str, Any]) -> Iterator[str]:
    """The names in `observed` whose value is not the one in `data`: names that it does not mention may have any.

    `data` is in data form (see `quorate.trace`). What is seen is plain JSON: a map is an object with the keys that are
    known (`{"s1": 3}`), a record or message an object with the fields that are known, a set or bag a list in any order,
    an enum member or node its name. The data form itself is understood too.
    """
    return (name for name, value in observed.items() if name not in data or not fits(data[name], value))


def fits(data: Data, observed: Any) -> bool:
    """Whether a value is what was seen of it."""
    observed = _simple(observed)
    match data:
        case {"#map": list(pairs), **rest} if not rest:
            known = {str(key): value for key, value in pairs}
            return isinstance(observed, Mapping) and not any(mismatches(known, observed))
        case {"#set": list(items), **rest} | {"#bag": list(items), **rest} if not rest:
            return isinstance(observed, list | tuple | set | frozenset) and _as_bags(items, list(observed))
        case {"tag": str(tag), "value": dict(fields), **rest} if not rest:
            if not isinstance(observed, Mapping) or observed.get("tag", tag) != tag:
                return False
            if "value" not in fields and isinstance(observed.get("value"), Mapping):
                return not any(mismatches(fields, observed["value"]))
            return not any(mismatches(fields, {name: item for name, item in observed.items() if name != "tag"}))
        case dict():
            return isinstance(observed, Mapping) and not any(mismatches(data, observed))
        case list():
            same = isinstance(observed, list | tuple) and len(data) == len(observed)
            return same and all(fits(one, other) for one, other in zip(data, observed, strict=True))
        case _:
            # 1 is not True, though Python says so
            return type(data) is type(observed) and bool(data == observed)


def _simple(observed: Any) -> Any:
    """What was seen, if it is in data form itself, as plain JSON."""
    match observed:
        case {"#map": list(pairs), **rest} if not rest:
            return {str(key): value for key, value in pairs}
        case {"#set": list(items), **rest} | {"#bag": list(items), **rest} if not rest:
            return items
    return observed


def _as_bags(items: list[Data], observed: list[Any]) -> bool:
    """Whether each item can be given to something that was seen, one to one."""
    if len(items) != len(observed):
        return False
    if not observed:
        return True
    first, *others = observed
    rests = ((item, items[:number] + items[number + 1 :]) for number, item in enumerate(items))
    return any(fits(item, first) and _as_bags(rest, others) for item, rest in rests)
