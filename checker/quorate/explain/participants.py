"""Who takes part in a run: the nodes of a model, on which of them a step happens, and what messages it takes and sends.

A model need not say any of it. Identities that stand for mere values (`Value = Node(2)`, which no variable is kept
for) are no participants.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from quorate.language.compound import Map
from quorate.language.model import Model, State, Transition, data_of
from quorate.language.network import Network
from quorate.language.types import Node, Option, Type
from quorate.language.values import NodeValue
from quorate.trace import Step

_DUPLICATES = ("duplicate_", "repeat_")


class Participants:
    """The nodes of a model that take part in its runs.

    They are the values of each node type that messages go from or to (`src`, `dst`), and of each that acts and has a
    variable of its own (`Map(Server, …)`). Where there is neither, they are those that an action is taken by.
    """

    def __init__(self, model: Model) -> None:
        self._model = model
        self._types = _node_types(model)
        names = [kind.label(index) for kind in self._types for index in range(kind.n)]  # type: ignore[arg-type]
        self._shared = {name for name in names if names.count(name) > 1}
        self.lanes = tuple(self._name(value) for kind in self._types for value in kind.values())

    def beginning(self, state: State) -> Step:
        """The first step of a trace."""
        return Step(None, {}, state.to_data())

    def step(self, taken: Transition, state: State) -> Step:
        """The step of a trace that a native one, which leads to `state`, makes."""
        received = next(iter(taken.arguments.values())) if self._receives(taken.action) else None
        failure = self._failure(taken.action)
        # a message that the network drops or doubles is at no node
        in_network = failure == "loss" or (failure == "duplication" and not taken.action.startswith("repeat_"))
        return Step(
            taken.action,
            {name: data_of(value) for name, value in taken.arguments.items()},
            state.to_data(),
            node=None if in_network else self._node(taken.arguments, received),
            received=None if received is None else data_of(received),
            sent=tuple(data_of(message) for message in taken.sent),
            failure=failure,
        )

    def _name(self, value: NodeValue) -> str:
        """The name of a node; where another type has the same one, with that of its type before it."""
        return f"{value._type.describe()} {value!r}" if repr(value) in self._shared else repr(value)

    def _node(self, arguments: Mapping[str, Any], received: Any) -> str | None:
        """Whom a step happens on: whom its message is for, or the first node among its arguments."""
        addressed = [] if received is None else [getattr(received, "dst", None)]
        for value in [*addressed, *arguments.values()]:
            if isinstance(value, NodeValue) and value._type in self._types:
                return self._name(value)
        return None

    def _receives(self, name: str) -> bool:
        """Whether a step by this name takes a message: a `@receive`, or the network that loses one."""
        action = next((action for action in self._model.actions if action.name == name), None)
        return action is None or action.message is not None

    def _failure(self, name: str) -> str | None:
        """Which fault of the environment a step by this name is."""
        faults = type(self._model).fault_actions
        if all(action.name != name for action in self._model.actions):
            return "loss"
        if name in ("crash", "partition"):
            return name if name in faults else None
        if name in ("restart", "heal"):
            return name if {"restart": "crash", "heal": "partition"}[name] in faults else None
        if name in faults:
            return "duplication" if name.startswith(_DUPLICATES) else "loss"
        return None


def _node_types(model: Model) -> list[Node]:
    """The node types whose values take part, in the order of their declaration."""
    declared = [kind for kind in model.types.values() if isinstance(kind, Node)]
    kept = [kind.key_type for kind in model.variables.values() if isinstance(kind, Map)]
    ends, acting = list(_ends(model)), list(_acting(model))
    found = [kind for kind in declared if kind in ends or (kind in kept and kind in acting)]
    return found or [kind for kind in declared if kind in acting]


def _ends(model: Model) -> Iterator[Type]:
    """The types that messages go from or to."""
    for network in model.variables.values():
        if isinstance(network, Network):
            for message in network.messages:
                for end in ("src", "dst"):
                    kind = message.fields.get(end)
                    if kind is not None:
                        yield kind.of if isinstance(kind, Option) else kind


def _acting(model: Model) -> Iterator[Type]:
    """The types of the nodes among the arguments of steps."""
    for action in model.actions:
        yield from action.arguments.values()
