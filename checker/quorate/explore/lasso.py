"""Runs that never end: a short path from an initial state into a loop that is fair."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from quorate.errors import REPORT, InternalError
from quorate.explore.graph import Fairness, Graph, Subset, Walk
from quorate.explore.search import ROOT
from quorate.kernel.job import Live

MOST_ENTRIES = 16
"""How many states of the loop's component, all equally near, are tried as the place where the loop begins."""


@dataclass(frozen=True)
class Lasso:
    """`prefix` are the states from an initial one to where the loop begins. `loop` has its steps, each with its label
    and the state it leads to, the last one back to the beginning; a step that changes nothing has no label. It has no
    steps where the loop is a terminal state, in which nothing happens any more."""

    prefix: tuple[int, ...]
    loop: tuple[tuple[int | None, int], ...]

    @property
    def states(self) -> tuple[int, ...]:
        """The states of the loop, each once, as often as it comes by."""
        return (self.prefix[-1], *(state for _, state in self.loop[:-1]))


def path_to(graph: Graph, state: int) -> tuple[int, ...]:
    """The states on the path by which the search first reached a state."""
    found, store = [state], graph.search.store
    while (parent := store.parent(found[-1])) != ROOT:
        found.append(parent)
    return tuple(reversed(found))


def shortest(graph: Graph, roots: NDArray[np.intp], inside: Subset, goal: Subset) -> tuple[tuple[int, ...], ...]:
    """The shortest paths from an initial state to a `goal` that, from some of the `roots` on, stay `inside`.

    For at most `MOST_ENTRIES` of the goals that are so near the states on a path to it.
    """
    depth = np.searchsorted(np.array(graph.search.level_ends), roots, side="right")
    walk, begun = Walk(graph, inside), 0
    for level in itertools.count():
        # a path through a root that lies deeper sets out later
        ready = int(np.searchsorted(depth, level, side="right"))
        walk.start(roots[begun:ready])
        begun = ready
        near = walk.frontier[goal[walk.frontier]]
        if len(near):
            paths = [walk.path(int(state)) for state in near[:MOST_ENTRIES]]
            return tuple(path_to(graph, path[0]) + tuple(path[1:]) for path in paths)
        if not len(walk.frontier) and begun == len(roots):
            break
        walk.level()
    raise InternalError("no path leads to a loop that was found", hint=REPORT)


def closed(
    graph: Graph,
    prefix: tuple[int, ...],
    inside: Subset,
    wanted: Subset | None,
    fairness: Fairness,
) -> Lasso:
    """A lasso that begins with `prefix`, whose loop is fair, short, stays `inside` (a component that has such a loop)
    and goes through a `wanted` state."""
    return _Loop(graph, prefix[-1], inside, wanted, fairness).lasso(prefix)


class _Loop:
    """Walks from the entry, always to the nearest thing that the loop still lacks, and back at last."""

    def __init__(
        self,
        graph: Graph,
        entry: int,
        inside: Subset,
        wanted: Subset | None,
        fairness: Fairness,
    ) -> None:
        self.graph, self.entry, self.inside, self.wanted, self.fairness = graph, entry, inside, wanted, fairness
        self.weak = {group for group in self.enabled(entry) if not fairness.strong[group]}
        self.strong: set[int] = set()
        self.taken: set[int] = set()
        self.lacks_wanted = wanted is not None
        self.visit(entry)

    def enabled(self, state: int) -> set[int]:
        """The fairness groups that are enabled in a state, a step that a bound cuts counted too."""
        first, end = int(self.graph.offsets[state]), int(self.graph.offsets[state + 1])
        return set(self.fairness.groups[self.graph.labels[first:end]].tolist()) - {0}

    def visit(self, state: int) -> None:
        enabled = self.enabled(state)
        self.weak &= enabled
        self.strong |= {group for group in enabled if self.fairness.strong[group]} - self.taken
        if self.wanted is not None and self.wanted[state]:
            self.lacks_wanted = False

    def take(self, label: int) -> None:
        group = int(self.fairness.groups[label])
        self.taken.add(group)
        self.weak.discard(group)
        self.strong.discard(group)

    @property
    def complete(self) -> bool:
        """Whether the loop would be fair if it closed here."""
        return not self.weak and not self.strong and not self.lacks_wanted

    def lasso(self, prefix: tuple[int, ...]) -> Lasso:
        live = int(self.graph.live[self.entry])
        if not self.lacks_wanted and not self.enabled(self.entry):
            if live == 0:
                return Lasso(prefix, ())
            if live & Live.UNCHANGED:
                return Lasso(prefix, ((None, self.entry),))
        steps: list[tuple[int | None, int]] = []
        while not steps or steps[-1][1] != self.entry or not self.complete:
            here = steps[-1][1] if steps else self.entry
            for label, state in self.nearest(here):
                self.take(label)
                self.visit(state)
                steps.append((label, state))
        return Lasso(prefix, tuple(steps))

    def nearest(self, start: int) -> list[tuple[int, int]]:
        """The shortest way from a state to something that the loop lacks; to the entry when it lacks nothing."""
        graph = self.graph
        if self.complete:
            walk = Walk(graph, self.inside, end=self.entry)
        else:
            wanted = self.wanted if self.lacks_wanted else None
            walk = Walk(graph, self.inside, wanted, self.fairness, [*self.weak, *self.strong])
        walk.start(np.array([start]))
        while walk.level():
            pass
        if walk.ended is None:
            raise InternalError("a component without a fair loop was taken for one", hint=REPORT)
        edge, state = walk.ended
        path = walk.path(state)
        steps = [(self.label(old, new), new) for old, new in itertools.pairwise(path)]
        if edge is not None:
            steps.append((int(graph.labels[edge]), int(graph.targets[edge])))
        return steps

    def label(self, old: int, new: int) -> int:
        """The first label of a step from one state to another."""
        return next(label for target, label in self.graph.steps(old) if target == new)
