"""Parameters from the command line: `-p servers=3`, and sweeps `-p servers=3..5` or `-p mode=push,pull`."""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from quorate.errors import ParameterError, UsageError
from quorate.language.params import unknown_parameter

if TYPE_CHECKING:
    from quorate.language.model import Model
    from quorate.language.params import Constant, Param

MOST_POINTS = 1000
"""How many checks one sweep may ask for."""

LARGEST = 2**61
"""The largest integer of the language, and minus the smallest."""


@dataclass(frozen=True)
class Points:
    """The parameter values to check with. `swept` names the parameters that vary; without any there is one point."""

    swept: tuple[str, ...]
    points: tuple[Mapping[str, Constant], ...]


def parse_points(model: type[Model], texts: Sequence[str]) -> Points:
    """The points that the `-p` options mean: all combinations of the sweeps, the last one varying fastest.

    Raises UsageError for a text that is no `name=value`, ParameterError for an unknown name or a value not allowed.
    """
    declared = model.parameters()
    chosen: dict[str, list[Constant]] = {}
    swept = []
    for text in texts:
        name, equals, value = text.partition("=")
        name = name.strip()
        if not equals or not name:
            raise UsageError(f"-p {text}: it must be name=value or name=low..high")
        if name not in declared:
            raise unknown_parameter(model.__name__, name, declared)
        if name in chosen:
            raise UsageError(f"-p {name} is given twice", hint=f"a sweep is written -p {name}=low..high")
        chosen[name] = _values(declared[name], value.strip())
        if ".." in value or "," in value:
            swept.append(name)
    if math.prod(len(values) for values in chosen.values()) > MOST_POINTS:
        raise UsageError(f"the sweep has more than {MOST_POINTS} points", hint="sweep over fewer values")
    product = itertools.product(*chosen.values())
    return Points(tuple(swept), tuple(dict(zip(chosen, values, strict=True)) for values in product))


def as_options(values: Mapping[str, object]) -> list[str]:
    """Parameter values as the options of a command line: `-p`, `servers=3`, `-p`, `strict=true`."""
    texts = {name: str(value).lower() if isinstance(value, bool) else str(value) for name, value in values.items()}
    return [part for name, text in texts.items() for part in ("-p", f"{name}={text}")]


def _values(param: Param, text: str) -> list[Constant]:
    match = re.fullmatch(r"(-?[0-9]+)\.\.(-?[0-9]+)", text)
    if match and param.choices is None:
        low, high = _number(param, match[1]), _number(param, match[2])
        if low > high:
            raise ParameterError(f"parameter {param.name}={text}: the sweep is empty", hint=f"{high}..{low} is not")
        # both ends are checked before the range is filled, which may be long
        param.check(low)
        param.check(high)
        if high - low >= MOST_POINTS:
            raise UsageError(f"the sweep has more than {MOST_POINTS} points", hint="sweep over fewer values")
        return [param.check(value) for value in range(low, high + 1)]
    parts = [part.strip() for part in text.split(",")]
    values = [param.parse(part) if param.choices else param.check(_number(param, part)) for part in parts]
    return list(dict.fromkeys(values))


def _number(param: Param, text: str) -> int:
    """A number of the language, perhaps out of the range of its parameter. Raises ParameterError for anything else."""
    if not re.fullmatch(r"-?[0-9]+", text):
        raise ParameterError(
            f"parameter {param.name}={text}: that is not a whole number", hint=f"it must be {param.allowed()}"
        )
    digits = text.lstrip("-").lstrip("0") or "0"
    # compared by length first, since int() refuses thousands of digits
    if len(digits) > len(str(LARGEST)) or int(digits) > LARGEST:
        side = "small" if text.startswith("-") else "large"
        raise ParameterError(
            f"parameter {param.name}={_shortened(text)}: that is too {side}",
            hint=f"it must be {param.allowed()}; the numbers of the language are -2**61..2**61",
        )
    return -int(digits) if text.startswith("-") else int(digits)


def _shortened(text: str) -> str:
    return text if len(text) <= 40 else f"{text[:39]}…"
