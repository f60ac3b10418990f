"""Runs that never end: a short path from an initial state into a loop that is fair."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from quorate.errors import REPORT, InternalError
from quorate.explore.graph import Fairness, Graph, Ids, Subset
from quorate.explore.search import ROOT
from quorate.kernel.edges import NOWHERE
from quorate.kernel.steps import Live

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


def shortest(
    graph: Graph, roots: NDArray[np.intp], inside: Subset, goal: Subset
) -> tuple[tuple[int, ...], ...]:
    """The shortest paths from an initial state to a `goal` that, from some of the `roots` on, stay `inside`.

    For at most `MOST_ENTRIES` of the goals that are so near the states on a path to it.
    """
    depth = np.searchsorted(np.array(graph.search.level_ends), roots, side="right")
    parents: Ids = np.full(graph.states, ROOT, np.uint32)
    seen = np.zeros(graph.states, bool)
    frontier, level, begun = np.empty(0, np.intp), 0, 0
    while len(frontier) or begun < len(roots):
        # a path through a root that lies deeper sets out later
        ready = int(np.searchsorted(depth, level, side="right"))
        fresh = roots[begun:ready]
        fresh, begun = fresh[~seen[fresh]], ready
        seen[fresh] = True
        frontier = np.concatenate([frontier, fresh])
        near = frontier[goal[frontier]]
        if len(near):
            return tuple(_through(graph, parents, int(state)) for state in near[:MOST_ENTRIES])
        rows, edges = _edges(graph, frontier)
        targets = graph.targets[edges]
        new = _inside(targets, inside) & ~seen[np.where(targets == NOWHERE, 0, targets)]
        reached, first = np.unique(targets[new], return_index=True)
        parents[reached] = frontier[rows[new][first]]
        seen[reached] = True
        # as they would be met one by one
        frontier = reached[np.argsort(first)].astype(np.intp)
        level += 1
    raise InternalError("no path leads to a loop that was found", hint=REPORT)


def _through(graph: Graph, parents: Ids, state: int) -> tuple[int, ...]:
    path = [state]
    while parents[path[-1]] != ROOT:
        path.append(int(parents[path[-1]]))
    return path_to(graph, path[-1]) + tuple(reversed(path[:-1]))


def _edges(graph: Graph, states: NDArray[np.intp]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """The numbers of the edges of some states, and for each the position of its state among them."""
    starts = graph.offsets[states].astype(np.intp)
    counts = graph.offsets[states + 1].astype(np.intp) - starts
    rows = np.repeat(np.arange(len(states)), counts)
    return rows, np.arange(len(rows)) + np.repeat(starts - (np.cumsum(counts) - counts), counts)


def _inside(targets: Ids, inside: Subset) -> Subset:
    kept: Subset = targets != NOWHERE
    kept[kept] = inside[targets[kept]]
    return kept


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
        came_from, came_by = np.empty(graph.states, np.uint32), np.empty(graph.states, np.uint16)
        seen = np.zeros(graph.states, bool)

        def steps(state: int) -> list[tuple[int, int]]:
            back: list[tuple[int, int]] = []
            while state != start:
                back.append((int(came_by[state]), state))
                state = int(came_from[state])
            return back[::-1]

        seen[start] = True
        frontier = np.array([start], np.intp)
        first_level = True
        while len(frontier):
            rows, edges = _edges(graph, frontier)
            targets, labels = graph.targets[edges], graph.labels[edges]
            if not first_level and (state := self._serves(frontier, rows, labels)) is not None:
                return steps(state)
            first_level = False
            staying = _inside(targets, self.inside)
            ends = staying & (
                targets == self.entry if self.complete else np.isin(self.fairness.groups[labels], self._pending())
            )
            if ends.any():
                edge = int(np.argmax(ends))
                before = int(frontier[rows[edge]])
                return [*steps(before), (int(labels[edge]), int(targets[edge]))]
            staying[staying] = ~seen[targets[staying]]
            reached, first = np.unique(targets[staying], return_index=True)
            came_from[reached], came_by[reached] = frontier[rows[staying][first]], labels[staying][first]
            seen[reached] = True
            frontier = reached.astype(np.intp)
        raise InternalError("a component without a fair loop was taken for one", hint=REPORT)

    def _pending(self) -> list[int]:
        return [*self.weak, *self.strong]

    def _serves(
        self, frontier: NDArray[np.intp], rows: NDArray[np.intp], labels: NDArray[np.uint16]
    ) -> int | None:
        """The first state of a frontier to be in which gives the loop something that it lacks."""
        if self.complete:
            return None
        good = np.zeros(len(frontier), bool)
        if self.lacks_wanted and self.wanted is not None:
            good |= self.wanted[frontier]
        groups = self.fairness.groups[labels]
        for group in self.weak:
            disabled = np.ones(len(frontier), bool)
            disabled[rows[groups == group]] = False
            good |= disabled
        return int(frontier[np.argmax(good)]) if good.any() else None

