"""What must hold of a model: properties of states and of steps."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Property:
    """A predicate with a name. `kind` is "invariant", "step_invariant", "reachable" or "constraint".

    The predicate takes the model in a state (for a step invariant: in the old and in the new state).
    """

    kind: str
    predicate: Callable[..., bool]

    @property
    def name(self) -> str:
        """The name of the function."""
        return self.predicate.__name__

    @property
    def doc(self) -> str:
        """The docstring of the function."""
        return (self.predicate.__doc__ or "").strip()

    def overridden_by(self, predicate: Callable[..., bool]) -> Property:
        """The same kind of property with the predicate that a subclass gives it."""
        return Property(self.kind, predicate)

    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        # declared in a class body it can still be called as a method by other properties
        return self if instance is None else self.predicate.__get__(instance, owner)

    def __call__(self, *states: Any) -> bool:
        return self.predicate(*states)


def invariant(predicate: Callable[[Any], bool]) -> Property:
    """Must be true in every reachable state."""
    return Property("invariant", predicate)


def step_invariant(predicate: Callable[[Any, Any], bool]) -> Property:
    """Must be true of every step: the predicate takes the model before and after it."""
    return Property("step_invariant", predicate)


def reachable(predicate: Callable[[Any], bool]) -> Property:
    """Must be true in some reachable state; otherwise the check is vacuous."""
    return Property("reachable", predicate)


def constraint(predicate: Callable[[Any], bool]) -> Property:
    """Limits the search, with TLC's meaning: a state that violates it is generated and dropped, counted as cut."""
    return Property("constraint", predicate)


@dataclass(frozen=True)
class Violates:
    """What a broken variant is expected to violate: the property's name, the smallest bounds at which it is found
    (beside the defaults), and bounds that hide it."""

    property: str
    found_at: dict[str, Any]
    hidden_at: dict[str, Any]


def violates(property: Property | str, *, found_at: dict[str, Any], hidden_at: dict[str, Any]) -> Violates:
    """Declare the expected verdict of a broken variant: `expected = violates(agreement, found_at=…, hidden_at=…)`."""
    return Violates(property if isinstance(property, str) else property.name, found_at, hidden_at)
