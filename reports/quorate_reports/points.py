"""Parameters from the command line: `-p servers=3`, and sweeps `-p servers=3..5` or `-p mode=push,pull`."""

from __future__ import annotations

import difflib
import itertools
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from quorate.errors import ParameterError, UsageError

if TYPE_CHECKING:
    from quorate.language.model import Model
    from quorate.language.params import Constant, Param

MOST_POINTS = 1000
"""How many checks one sweep may ask for."""


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
            raise ParameterError(f"{model.__name__} has no parameter {name}", hint=_nearest(name, declared))
        if name in chosen:
            raise UsageError(f"-p {name} is given twice", hint=f"a sweep is written -p {name}=low..high")
        chosen[name] = _values(declared[name], value.strip())
        if ".." in value or "," in value:
            swept.append(name)
    if math.prod(len(values) for values in chosen.values()) > MOST_POINTS:
        raise UsageError(f"the sweep has more than {MOST_POINTS} points", hint="sweep over fewer values")
    product = itertools.product(*chosen.values())
    return Points(tuple(swept), tuple(dict(zip(chosen, values, strict=True)) for values in product))


def _values(param: Param, text: str) -> list[Constant]:
    match = re.fullmatch(r"(-?[0-9]{1,18})\.\.(-?[0-9]{1,18})", text)
    if match and param.choices is None:
        low, high = int(match[1]), int(match[2])
        if low > high:
            raise ParameterError(f"parameter {param.name}={text}: the sweep is empty", hint=f"{high}..{low} is not")
        # both ends are checked before the range is filled, which may be long
        param.parse(match[1])
        param.parse(match[2])
        if high - low >= MOST_POINTS:
            raise UsageError(f"the sweep has more than {MOST_POINTS} points", hint="sweep over fewer values")
        return [param.parse(str(value)) for value in range(low, high + 1)]
    return list(dict.fromkeys(param.parse(part.strip()) for part in text.split(",")))


def _nearest(name: str, declared: Mapping[str, Param]) -> str:
    near = difflib.get_close_matches(name, declared, 1)
    if near:
        return f"did you mean {near[0]}?"
    return f"its parameters are {', '.join(declared)}" if declared else "it has no parameters"
