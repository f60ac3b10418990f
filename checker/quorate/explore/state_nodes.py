"""The nodes and edges of a state graph: one for each state and step, or merged by the values of expressions."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from quorate.compiler.expression import StateExpression
from quorate.errors import UsageError
from quorate.explore.state_marks import Marks, arguments_of
from quorate.graph import FLAGS, StateEdge, StateNode
from quorate.language.model import State
from quorate.trace import Data, Fault

Parts = tuple[tuple[StateNode, ...], tuple[StateEdge, ...]]


def single(marks: Marks) -> Parts:
    """A node for each state and an edge for each step, in the order in which they were met."""
    space, depths = marks.space, marks.depths()
    nodes = [
        StateNode(
            f"s{number + 1}",
            depths.get(number),
            _flags(Counter(marks.states[number])),
            state=state.to_data(),
            violates=tuple(marks.violates.get(number, ())),
        )
        for number, state in enumerate(space.states)
    ]
    edges = [
        StateEdge(
            f"s{taken.source + 1}",
            f"s{taken.target + 1}",
            taken.step.action,
            arguments_of(taken),
            flags=frozenset(flags),
            violates=taken.violates,
        )
        for taken, flags in zip(space.steps, marks.steps, strict=True)
    ]
    failing = _failing(marks)
    for number, fault in space.faults:
        node = failing[fault.kind, fault.message]
        edges.append(StateEdge(f"s{number + 1}", node.id, fault.action, fault.arguments, flags=frozenset({"fault"})))
    return (*nodes, *failing.values()), tuple(edges)


@dataclass
class _Group:
    """States with the same values of all expressions."""

    id: str
    values: tuple[Data, ...]
    depth: int | None
    states: int = 0
    flags: Counter[str] = field(default_factory=Counter)
    violates: dict[str, None] = field(default_factory=dict)

    def node(self) -> StateNode:
        return StateNode(
            self.id,
            self.depth,
            _flags(self.flags),
            group=self.values,
            states=self.states,
            violates=tuple(self.violates),
        )


@dataclass
class _Bundle:
    """Steps by one action between two groups."""

    steps: int = 0
    flags: set[str] = field(default_factory=set)
    violates: dict[str, None] = field(default_factory=dict)


def merged(marks: Marks, keys: Sequence[StateExpression]) -> Parts:
    """A node for each group of states in which all expressions have the same values; edges by action, counted.

    Raises UsageError for an expression that has no value in some state.
    """
    space, depths = marks.space, marks.depths()
    groups: dict[str, _Group] = {}
    home: list[_Group] = []
    for number, state in enumerate(space.states):
        values = tuple(_value(key, state) for key in keys)
        depth = depths.get(number)
        group = groups.setdefault(json.dumps(values), _Group(f"g{len(groups) + 1}", values, depth))
        group.states += 1
        group.flags.update(marks.states[number])
        group.violates |= dict.fromkeys(marks.violates.get(number, ()))
        if depth is not None:
            group.depth = depth if group.depth is None else min(depth, group.depth)
        home.append(group)
    failing = _failing(marks)
    bundles: dict[tuple[str, str, str], _Bundle] = {}
    for taken, flags in zip(space.steps, marks.steps, strict=True):
        ends = home[taken.source].id, home[taken.target].id, taken.step.action
        bundle = bundles.setdefault(ends, _Bundle())
        bundle.steps += 1
        bundle.flags |= flags
        bundle.violates |= dict.fromkeys(taken.violates)
    for number, fault in space.faults:
        bundle = bundles.setdefault((home[number].id, failing[fault.kind, fault.message].id, fault.action), _Bundle())
        bundle.steps += 1
        bundle.flags.add("fault")
    edges = (
        StateEdge(*ends, None, bundle.steps, frozenset(bundle.flags), tuple(bundle.violates))
        for ends, bundle in bundles.items()
    )
    return (*(group.node() for group in groups.values()), *failing.values()), tuple(edges)


def _value(key: StateExpression, state: State) -> Data:
    """The value of an expression in a state. Raises UsageError if it has none there."""
    value = key.value(state)
    if isinstance(value, Fault):
        cure = "add a condition for such states: ... if ... else None"
        raise UsageError(f"{key.text} has no value in some state: {value.message}", hint=cure)
    return value


def _failing(marks: Marks) -> dict[tuple[str, str], StateNode]:
    """A node for each way in which a step fails."""
    found: dict[tuple[str, str], StateNode] = {}
    for _, fault in marks.space.faults:
        node = StateNode(f"f{len(found) + 1}", None, {"fault": 1}, fault=fault, states=0)
        found.setdefault((fault.kind, fault.message), node)
    return found


def _flags(counts: Counter[str]) -> dict[str, int]:
    """The flags in their order."""
    return {flag: counts[flag] for flag in FLAGS if counts[flag]}
