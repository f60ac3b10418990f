"""State graphs as plain data: no engine, no model class. Values are in data form (see `quorate.trace`)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from quorate.trace import Data, Fault

FLAGS = ("initial", "terminal", "still", "violating", "loop", "stays", "trace", "cut", "hidden", "fault")
"""What may be said of a state. It is initial. It is terminal: no step is possible; or still: none changes anything. It
is violating: an invariant is false in it, or a property can no longer become true. It is in the loop of a lasso; it is
where a lasso stays for ever. It is in the given trace. A bound cuts steps from it; steps from it lead to states that
are hidden, for they are not shown. It is no state, but stands for a step that fails."""


@dataclass(frozen=True)
class StateNode:
    """A state, or several that are merged. `flags` says of how many each flag of `FLAGS` is true.

    A single state has its `state`; merged ones have the values of the expressions in `group`; a step that fails has
    its `fault`. `depth` is the least number of steps from an initial state (around a trace: from its first state), as
    far as what is shown tells. `violates` names the properties.
    """

    id: str
    depth: int | None
    flags: Mapping[str, int]
    state: Mapping[str, Data] | None = None
    group: tuple[Data, ...] | None = None
    states: int = 1
    violates: tuple[str, ...] = ()
    fault: Fault | None = None


@dataclass(frozen=True)
class StateEdge:
    """A step between two nodes, by their ids; between merged ones `steps` steps by one action, without `arguments`.

    Its flags are "loop", "trace", "violating" (a step invariant is false of it, one of `violates`) and "fault".
    """

    source: str
    target: str
    action: str
    arguments: Mapping[str, Data] | None
    steps: int = 1
    flags: frozenset[str] = frozenset()
    violates: tuple[str, ...] = ()


@dataclass(frozen=True)
class StateGraph:
    """The graph of a model at its parameters. `group_by` are the expressions that states are merged by.

    `lassos` names the properties of runs whose counterexamples are marked as loops. `around` is what a trace shows, if
    only the states within `radius` steps of that trace are there. `notes` say what could not be found out.
    """

    model: str
    parameters: Mapping[str, Data]
    nodes: tuple[StateNode, ...]
    edges: tuple[StateEdge, ...]
    group_by: tuple[str, ...] = ()
    lassos: tuple[str, ...] = ()
    around: str | None = None
    radius: int | None = None
    notes: tuple[str, ...] = ()

    @property
    def states(self) -> int:
        """How many states there are."""
        return sum(node.states for node in self.nodes)

    @property
    def steps(self) -> int:
        """How many steps there are, without those that fail."""
        return sum(edge.steps for edge in self.edges if "fault" not in edge.flags)
