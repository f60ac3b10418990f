"""Constants of a model: `Param`, `Bound`, and arithmetic over them at class level."""

from __future__ import annotations

import enum
import operator
from collections.abc import Callable, Mapping
from typing import Any

from quorate.errors import DeclarationError, LoadError, ParameterError, nearest

Constant = int | bool | enum.Enum


class Expression:
    """A constant computed from parameters in a class body, such as `servers // 2 + 1`. Readable as `self.name`."""

    name: str | None = None

    def __set_name__(self, owner: type, name: str) -> None:
        if self.name is None:
            self.name = name

    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        return self if instance is None else self.resolve(instance.parameters_in_use)

    def resolve(self, values: Mapping[str, Constant]) -> Any:
        """The value under these parameter values."""
        raise NotImplementedError

    def __add__(self, other: Any) -> Expression:
        return Computed(operator.add, self, other)

    def __radd__(self, other: Any) -> Expression:
        return Computed(operator.add, other, self)

    def __sub__(self, other: Any) -> Expression:
        return Computed(operator.sub, self, other)

    def __rsub__(self, other: Any) -> Expression:
        return Computed(operator.sub, other, self)

    def __mul__(self, other: Any) -> Expression:
        return Computed(operator.mul, self, other)

    def __rmul__(self, other: Any) -> Expression:
        return Computed(operator.mul, other, self)

    def __floordiv__(self, other: Any) -> Expression:
        return Computed(operator.floordiv, self, other)

    def __mod__(self, other: Any) -> Expression:
        return Computed(operator.mod, self, other)


class Computed(Expression):
    """An operator applied to two operands, each a constant or an `Expression`."""

    def __init__(self, function: Callable[[Any, Any], Any], left: Any, right: Any) -> None:
        self.function, self.left, self.right = function, left, right

    def resolve(self, values: Mapping[str, Constant]) -> Any:
        try:
            return self.function(resolve(self.left, values), resolve(self.right, values))
        except ZeroDivisionError as error:
            raise ParameterError("a constant of the model divides by zero at these parameters") from error


def resolve(value: Any, values: Mapping[str, Constant]) -> Any:
    """`value` itself, or what it computes to if it is an `Expression`."""
    return value.resolve(values) if isinstance(value, Expression) else value


class Param(Expression):
    """A constant of the model, set by `-p name=value` or `Model(name=value)`.

    `default` is an int, a bool or an enum member and fixes the kind of the parameter; `minimum` and `maximum`
    (inclusive) apply to ints. Raises ParameterError, naming the range, for a value that is not allowed.
    """

    is_bound = False

    def __init__(
        self, default: Constant, *, doc: str = "", minimum: int | None = None, maximum: int | None = None
    ) -> None:
        if not isinstance(default, int | enum.Enum):
            raise DeclarationError(
                "Q012",
                f"a parameter is an int, a bool or an enum member, not {type(default).__name__}",
                "write Param(3), or Param(Mode.FAST)",
            )
        for name, limit in (("minimum", minimum), ("maximum", maximum)):
            if limit is not None and not isinstance(limit, int):
                raise DeclarationError("Q012", f"the {name} of a parameter is a whole number, not {limit!r}")
        self.default, self.doc, self.minimum, self.maximum = default, doc, minimum, maximum

    def resolve(self, values: Mapping[str, Constant]) -> Constant:
        # by name, so that a subclass can declare a parameter anew with another default
        if self.name is None or self.name not in values:
            raise LoadError("a Param without a name is used", hint="assign it to a name in the class body first")
        return values[self.name]

    @property
    def choices(self) -> tuple[str, ...] | None:
        """The words a non-numeric parameter takes on the command line, or None for an int."""
        if isinstance(self.default, enum.Enum):
            return tuple(str(member.value) for member in type(self.default))
        return ("true", "false") if isinstance(self.default, bool) else None

    def allowed(self) -> str:
        """The allowed values in words: "1..9", "at least 1", "push, pull or push-pull"."""
        if self.choices:
            return " or ".join(filter(None, [", ".join(self.choices[:-1]), self.choices[-1]]))
        match self.minimum, self.maximum:
            case None, None:
                return "any integer"
            case low, None:
                return f"at least {low}"
            case None, high:
                return f"at most {high}"
            case low, high:
                return f"{low}..{high}"

    def parse(self, text: str) -> Constant:
        """The value that a command line's text means. Raises ParameterError."""
        if isinstance(self.default, enum.Enum):
            for member in type(self.default):
                if text in (str(member.value), member.name):
                    return member
        elif isinstance(self.default, bool):
            if text.lower() in ("true", "false"):
                return text.lower() == "true"
        elif text.lstrip("-").isascii() and text.lstrip("-").isdigit() and len(text) < 20:
            return self.check(int(text))
        raise self._refused(text)

    def check(self, value: Any) -> Constant:
        """`value` if it is allowed. Raises ParameterError. A string is parsed."""
        if isinstance(value, str):
            return self.parse(value)
        fits = isinstance(value, type(self.default)) and isinstance(value, bool) == isinstance(self.default, bool)
        if fits and isinstance(value, int) and not isinstance(value, bool):
            fits = (self.minimum is None or value >= self.minimum) and (self.maximum is None or value <= self.maximum)
        if not fits:
            raise self._refused(value)
        return value  # type: ignore[no-any-return]

    def _refused(self, value: object) -> ParameterError:
        return ParameterError(f"parameter {self.name}={value}: it must be {self.allowed()}")


class Bound(Param):
    """A parameter that only limits the search, used in `within(...)`: the verdict says what it cut."""

    is_bound = True


def unknown_parameter(model: str, name: str, declared: Mapping[str, Param]) -> ParameterError:
    """The error for a parameter that a model does not have."""
    known = f"its parameters are {', '.join(declared)}" if declared else "it has no parameters"
    return ParameterError(f"{model} has no parameter {name}", hint=nearest(name, declared) or known)


def constant_data(value: Constant) -> int | bool | str:
    """A parameter value as plain data: an enum member as its value's text."""
    return str(value.value) if isinstance(value, enum.Enum) else value
