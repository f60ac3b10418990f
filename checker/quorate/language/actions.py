"""What a model does: `@action`, `@receive`, `@init`, and the conditions inside their bodies."""

from __future__ import annotations

import dataclasses
import types
from collections.abc import Callable, Mapping
from typing import Any, Literal, TypeVar

from quorate.errors import DeclarationError
from quorate.language.compound import Message
from quorate.language.types import Type, as_type

Body = TypeVar("Body", bound=Callable[..., Any])
Fairness = Literal["weak", "strong"] | None


class Disabled(Exception):  # noqa: N818 - not an error: the step just cannot happen
    """A `require` was false: the step is not enabled."""


class CutOff(Exception):  # noqa: N818 - not an error: a bound cut the step
    """A `within` was false: the step is cut by a bound."""


def require(condition: object) -> None:
    """The step is enabled only if the condition is true."""
    if not condition:
        raise Disabled


def within(condition: object) -> None:
    """Like `require`, but for a bound of the search: the step is counted as cut, and the verdict says so."""
    if not condition:
        raise CutOff


@dataclasses.dataclass(frozen=True)
class Action:
    """One kind of atomic step. `kind` is "action", "receive" or "init"; a receive has its `message` and takes it as
    its first argument. `arguments` are the declared types of the (other) arguments.

    `fair` is the fairness of the action as a whole, or of its steps for each choice of the arguments in `fair_per`
    apart. A step that changes nothing counts neither as enabled nor as taken (TLA+'s `<A>_vars`).
    """

    kind: str
    body: Callable[..., None]
    arguments: Mapping[str, Type]
    message: Message | None = None
    fair: Fairness = None
    fair_per: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The name of the method."""
        return self.body.__name__

    @property
    def doc(self) -> str:
        """The docstring of the method."""
        return (self.body.__doc__ or "").strip()

    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        return self if instance is None else self.body.__get__(instance, owner)

    def __call__(self, *args: Any, **kwargs: Any) -> None:
        self.body(*args, **kwargs)

    def overridden_by(self, body: Callable[..., None]) -> Action:
        """The same action with the body that a subclass gives it."""
        return dataclasses.replace(self, body=body)


def _arguments(arguments: Mapping[str, Any]) -> dict[str, Type]:
    return {name: as_type(kind) for name, kind in arguments.items()}


def action(
    *misused: Any, fair: Fairness = None, fair_per: tuple[str, ...] = (), **arguments: Any
) -> Callable[[Callable[..., None]], Any]:
    """Declare an atomic step, possible for each choice of its arguments: `@action(i=Server, j=Server)`.

    `fair` is "weak" (a step that stays enabled happens at last) or "strong" (one that is enabled again and again does).
    With `fair_per=("i",)` that is so for each i; without, for the action as a whole.
    """
    _refuse_positional("action", misused)
    _refuse_fairness(fair, fair_per)
    return lambda body: _per(Action("action", body, _arguments(arguments), fair=fair, fair_per=tuple(fair_per)))


def receive(
    message: Message, *, fair: Fairness = None, fair_per: tuple[str, ...] = (), **arguments: Any
) -> Callable[[Callable[..., None]], Any]:
    """Declare what a node does with a message of this type; the method's first argument is the message.

    Further arguments are chosen freely, such as the receiver of a broadcast: `@receive(Prepare, a=Acceptor)`. Fairness
    is as of an `@action`; the message too may be in `fair_per`, by the name the method gives it.
    """
    if not isinstance(message, Message):
        raise DeclarationError(
            "Q010", "@receive is given the message that it receives", "write @receive(Vote), with Vote = Message(...)"
        )
    _refuse_fairness(fair, fair_per)
    return lambda body: _per(Action("receive", body, _arguments(arguments), message, fair, tuple(fair_per)))


def init(*misused: Any, **arguments: Any) -> Callable[[Callable[..., None]], Any]:
    """Declare initial states: one for each choice of the arguments, made from the declared `init=` values."""
    _refuse_positional("init", misused)
    return lambda body: Action("init", body, _arguments(arguments))


def _refuse_positional(name: str, misused: tuple[Any, ...]) -> None:
    """The decorator alone, without brackets, is called with the method; and types are given by name."""
    if misused and isinstance(misused[0], types.FunctionType):
        raise DeclarationError("Q011", f"@{name} is written with brackets", f"write @{name}(), or @{name}(i=Server)")
    if misused:
        raise DeclarationError("Q011", "the types of arguments are given by name", f"write @{name}(i=Server)")


def _refuse_fairness(fair: object, fair_per: object) -> None:
    if fair not in (None, "weak", "strong"):
        raise DeclarationError("Q011", f"fair={fair!r} means nothing", 'fair is "weak" or "strong"')
    if not isinstance(fair_per, tuple | list) or (fair_per and fair is None):
        raise DeclarationError(
            "Q011",
            f"fair_per={fair_per!r} means nothing here",
            'write fair="weak", fair_per=("i",), with names of arguments',
        )


def _per(declared: Action) -> Action:
    """The action, once `fair_per` is known to name its arguments."""
    known = list(declared.arguments)
    if declared.message is not None:
        known = [*declared.body.__code__.co_varnames[1:2], *known]
    for name in declared.fair_per:
        if name not in known:
            cure = f"its arguments are {', '.join(known)}" if known else "it has no arguments"
            raise DeclarationError("Q011", f"fair_per names {name}, which is no argument of {declared.name}", cure)
    return declared
