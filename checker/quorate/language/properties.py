"""What must hold of a model: properties of states and of steps."""

from __future__ import annotations

import types
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from quorate.errors import DeclarationError

TEMPORAL = ("eventually", "always_eventually", "eventually_always", "leads_to", "recoverable")
"""The kinds of properties that speak of whole runs, or of what can still come."""


@dataclass(frozen=True)
class Property:
    """A predicate with a name. `kind` is "invariant", "step_invariant", "reachable", "constraint" or one of `TEMPORAL`.

    The predicate takes the model in a state (for a step invariant: in the old and in the new state). `goal` is the
    second predicate of a "leads_to", and `given` the name that was given to it.
    """

    kind: str
    predicate: Callable[..., bool]
    goal: Callable[..., bool] | None = None
    given: str = ""

    @property
    def name(self) -> str:
        """The name of the function; of a `leads_to`, the name given to it or those of both functions."""
        if self.given or self.goal is None:
            return self.given or self.predicate.__name__
        return f"{self.predicate.__name__}_leads_to_{self.goal.__name__}"

    def __set_name__(self, owner: type, name: str) -> None:
        if self.goal is not None and not self.given:
            object.__setattr__(self, "given", name)

    @property
    def is_temporal(self) -> bool:
        """Whether it speaks of runs, not of single states or steps."""
        return self.kind in TEMPORAL

    @property
    def conditions(self) -> tuple[Callable[..., bool], ...]:
        """The predicates: one, or the two of a `leads_to`."""
        return (self.predicate,) if self.goal is None else (self.predicate, self.goal)

    @property
    def doc(self) -> str:
        """The docstring of the function; of a `leads_to`, a sentence made of both names."""
        if self.goal is not None:
            words = (condition.__name__.replace("_", " ") for condition in self.conditions)
            return "Whenever {}, sooner or later {}.".format(*words)
        return (self.predicate.__doc__ or "").strip()

    def overridden_by(self, predicate: Callable[..., bool]) -> Property:
        """The same kind of property with the predicate that a subclass gives it."""
        return replace(self, predicate=predicate)

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


def eventually(predicate: Callable[[Any], bool]) -> Property:
    """Must become true in every run, at least once (`<>P` of temporal logic)."""
    return Property("eventually", predicate)


def always_eventually(predicate: Callable[[Any], bool]) -> Property:
    """Must be true again and again in every run, without an end (`[]<>P`)."""
    return Property("always_eventually", predicate)


def eventually_always(predicate: Callable[[Any], bool]) -> Property:
    """Must be true for good from some moment on, in every run (`<>[]P`)."""
    return Property("eventually_always", predicate)


def leads_to(
    premise: Callable[[Any], bool] | Property, goal: Callable[[Any], bool] | Property, *, name: str = ""
) -> Property:
    """Whenever the premise is true, the goal is true then or later, in every run (`P ~> Q`, that is `[](P => <>Q)`).

    Assigned in a class body it has the name of the attribute.
    """
    # what a modeller writes there may be anything
    given: list[Any] = [one.predicate if isinstance(one, Property) else one for one in (premise, goal)]
    if not all(isinstance(one, types.FunctionType) for one in given):
        message = "leads_to is given two conditions"
        raise DeclarationError("Q008", message, "write leads_to(asked, answered), with two functions of the model")
    return Property("leads_to", given[0], given[1], name)


def recoverable(predicate: Callable[[Any], bool]) -> Property:
    """Must still be reachable from every reachable state, though no run need get there (`AG EF P` of CTL)."""
    return Property("recoverable", predicate)


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
