"""Bounds without an end: a parameter is given a number so large that what is made of it can be told by its size, and
each such number then stands for an unknown one. What is proved so is proved for every value of the parameter.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import z3

from quorate.errors import ParameterError, nearest
from quorate.language.compound import Bag, Map, Record, Seq, Set, Union
from quorate.language.model import Model
from quorate.language.types import Int, Option, Type
from quorate.prove.terms import Number, Truth, and_, less, not_, or_
from quorate.prove.values import CannotEncode, ends

# Primes far apart, so that half of one, or their product, is not taken for one of them.
_STAND_INS = (1_000_000_000_039, 100_000_000_000_000_003)
_NEAR, _OFTEN = 100_000, 1_000
_LARGE = 1_000_000_000


class Lifted:
    """The bounds that are lifted. `symbols` gives for each its stand-in number and its unknown value."""

    def __init__(self, bounds: Mapping[str, int]) -> None:
        """`bounds` maps the names of the bounds to their least allowed values."""
        self.symbols = {stand_in: z3.Int(f"{name}!") for stand_in, name in zip(_STAND_INS, bounds, strict=False)}
        self.assumptions = [
            symbol >= least for symbol, least in zip(self.symbols.values(), bounds.values(), strict=True)
        ]

    def lifts(self, kind: Type) -> bool:
        """Whether the numbers of a type are z3 integers."""
        return bool(self.symbols) and isinstance(kind, Int) and max(map(abs, ends(kind))) >= _LARGE

    def lifts_within(self, kind: Type) -> bool:
        """Whether a part of a type is a number without an upper end."""
        match kind:
            case Record():
                return any(map(self.lifts_within, kind.fields.values()))
            case Union():
                return any(map(self.lifts_within, kind.options))
            case Map():
                return self.lifts_within(kind.key_type) or self.lifts_within(kind.value_type)
            case Option():
                return self.lifts_within(kind.of)
            case Seq() | Bag() | Set():
                return self.lifts_within(kind.element)
        return self.lifts(kind)

    def constant(self, value: int) -> Number:
        """What a number of the compiled model stands for."""
        if not self.symbols or abs(value) < _LARGE:
            return value
        for stand_in, symbol in self.symbols.items():
            times = round(value / stand_in)
            rest = value - times * stand_in
            if times and abs(rest) <= _NEAR and abs(times) <= _OFTEN:
                return times * symbol + rest
        raise CannotEncode("a number is computed from the lifted bound in a way that cannot be undone")

    def _end(self, value: int) -> Number | None:
        """An end of a type's range; None for one that is no limit."""
        return None if abs(value) >= 2**60 else self.constant(value)

    def inside(self, number: Number, kind: Type) -> Truth:
        """Whether a number lies in the range of a type."""
        lo, hi = map(self._end, ends(kind))
        return and_(True if lo is None else not_(less(number, lo)), True if hi is None else not_(less(hi, number)))

    def outside(self, number: Number, source: Type, target: Type) -> Truth:
        """Whether a number of one type is not of another."""
        (low, high), (lo, hi) = ends(source), ends(target)
        beyond: list[Truth] = []
        least, most = self._end(lo), self._end(hi)
        if low < lo and least is not None:
            beyond.append(less(number, least))
        if high > hi and most is not None:
            beyond.append(less(most, number))
        return or_(*beyond)


NOT_LIFTED = Lifted({})


def lifted_model(model: Model, names: Sequence[str]) -> tuple[Model, Lifted]:
    """The model with stand-ins for the bounds that are lifted.

    Raises ParameterError for a name that is no bound of the model, or one that cannot be lifted.
    """
    declared = model.parameters()
    bounds = {name: param for name, param in declared.items() if param.is_bound}
    for name in names:
        if name not in bounds:
            known = f"its bounds are {', '.join(bounds)}" if bounds else "it has no bounds"
            raise ParameterError(
                f"{type(model).__name__} has no bound {name} to lift", hint=nearest(name, bounds) or known
            )
        if bounds[name].maximum is not None:
            raise ParameterError(f"the bound {name} is {bounds[name].allowed()}: it cannot be lifted")
    if len(names) > len(_STAND_INS):
        raise ParameterError(f"{len(_STAND_INS)} bounds at most are lifted at once")
    values = dict(model.parameters_in_use) | dict(zip(names, _STAND_INS, strict=False))
    least = {name: bounds[name].minimum for name in names}
    try:
        made = type(model)(**values)
    except ParameterError:
        # what it says is about the stand-in
        raise ParameterError(
            f"{', '.join(names)} cannot be lifted: a set, map, sequence or network of the model would have no end",
            hint="a bound can be lifted that only limits numbers",
        ) from None
    return made, Lifted({name: -(10**6) if low is None else low for name, low in least.items()})
