"""The graph of all states that a search has found: its steps, kept in a few bytes each, and what is asked of it."""

from __future__ import annotations

import ctypes
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from quorate.errors import REPORT, InternalError
from quorate.explore.expander import BLOCK
from quorate.explore.limits import BudgetExhausted
from quorate.explore.search import ROOT, Search
from quorate.kernel.edges import NOWHERE, Edges, labelling
from quorate.kernel.graph import NO_EDGE, OUTSIDE, GraphCode, Mark, Pending
from quorate.kernel.job import Finding, Job, Live

Bytes: TypeAlias = NDArray[np.uint8]
Ids: TypeAlias = NDArray[np.uint32]
Subset: TypeAlias = NDArray[np.bool_]
"""Whether each state belongs to a set."""

EDGE_BYTES = 6
STATE_BYTES = 30
"""What is kept for a state besides its edges, at most: where they lie, what is known of it, and room for the search of
components."""


@dataclass(frozen=True)
class Fairness:
    """Which steps may not be put off for ever: the group of each label (0: none), and of each group whether its
    fairness is strong. Group 0 is not used."""

    groups: NDArray[np.uint16]
    strong: Bytes


class Graph:
    """The steps between the states of a search, in the order of the states.

    The edges of state s are `targets[offsets[s]:offsets[s + 1]]` (u32; `NOWHERE` for a step that a bound does not
    allow) with `labels` (u16) in the same places; `live` has bits of `Live` for each state. A step that changes nothing
    is no edge, but sets a bit.
    """

    def __init__(self, search: Search, needed: Mapping[str, tuple[str, ...]], cache_dir: Path | None) -> None:
        """List all steps from the states that the search has expanded; `needed` as in `labelling`.

        Raises BudgetExhausted when the memory limit does not allow it, KeyboardInterrupt, and LoadError when labels do
        not suffice.
        """
        self.search, self.states = search, search.store.count
        self.labelling = labelling(search.kernel.system, needed)
        self.code = GraphCode(cache_dir)
        most = sum(search.tally.generated) + sum(search.tally.cuts)
        limit, memory = search.limits.max_memory, EDGE_BYTES * most + STATE_BYTES * self.states
        if limit is not None and search.memory_bytes + memory > limit:
            raise BudgetExhausted(f"the memory limit of {limit:,} bytes leaves no room for the graph of all steps")
        self.offsets: NDArray[np.uint64] = np.zeros(self.states + 1, np.uint64)
        self.live: Bytes = np.zeros(self.states, np.uint8)
        self.targets: Ids = np.empty(most, np.uint32)
        self.labels: NDArray[np.uint16] = np.empty(most, np.uint16)
        self.edges = self._list(Edges(search.kernel, self.labelling, cache_dir))
        self.marks: Bytes = np.zeros(self.states, np.uint8)
        self.low: Ids = np.empty(self.states, np.uint32)

    def _list(self, code: Edges) -> int:
        """Fill in the edges; how many there are."""
        search, done = self.search, 0
        job = (ctypes.c_uint64 * Job.CELLS)()
        for cell in (Job.STORE, Job.CUTS, Job.DROPPED, Job.ROOM):
            job[cell] = search.expander.here.job[cell]
        # these have been counted before
        counts = (ctypes.c_uint64 * (2 * len(search.kernel.system.actions)))()
        coverage = (ctypes.c_uint64 * len(search.observed))()
        job[Job.COUNTS], job[Job.COVERAGE] = ctypes.addressof(counts), ctypes.addressof(coverage)
        job[Job.LIVE], job[Job.OFFSETS] = _at(self.live), _at(self.offsets)
        batch = search.expander.batch
        job[Job.BUFFER], job[Job.ORIGINS] = ctypes.addressof(batch.buffer), ctypes.addressof(batch.origins)
        expanded = search.tally.expanded
        for first in range(0, expanded, BLOCK):
            if search.interrupted():
                raise KeyboardInterrupt
            job[Job.STRIP], job[Job.FIRST], job[Job.ACTION] = first, first, 0
            job[Job.LIMIT], job[Job.FILLED], job[Job.BEFORE] = min(first + BLOCK, expanded), 0, done
            more = 1
            while more:
                more = code.expand(ctypes.addressof(job))
                if job[Job.FINDING] != Finding.NONE:
                    raise InternalError("a step fails that did not fail before", hint=REPORT)
                done += self._resolve(code, job[Job.FILLED], done)
                job[Job.FILLED], job[Job.BEFORE] = 0, done
        self.offsets[expanded + 1 :] = done
        self.live[expanded:] = Live.CUT
        return done

    def _resolve(self, code: Edges, pending: int, done: int) -> int:
        store, search = self.search.store, self.search
        missing = code.resolve(
            store.states_address,
            *store.index,
            ctypes.addressof(search.expander.batch.buffer),
            ctypes.addressof(search.expander.batch.origins),
            pending,
            _at(self.targets) + 4 * done,
            _at(self.labels) + 2 * done,
        )
        if missing:
            raise InternalError(f"{missing:,} successors of explored states were never found", hint=REPORT)
        return pending

    # -- questions

    def reach(self, inside: Subset, roots: NDArray[np.intp]) -> Subset:
        """The states that can be reached from `roots` without leaving `inside`, of which the roots are a part."""
        walk = Walk(self, inside)
        walk.start(roots)
        while walk.level():
            pass
        return self.marked(Mark.SEEN)

    def components(self, inside: Subset) -> Ids:
        """Find the strongly connected components of a part of the graph: afterwards `low` is the same for the states of
        one. Returns the states component by component, each behind those that it leads to."""
        np.copyto(self.low, OUTSIDE)
        self.low[inside] = 0
        order, path, at = (np.empty(self.states, np.uint32) for _ in range(3))
        arrays = _addresses(self.offsets, self.targets, self.low, order, path, at)
        return order[: self.code.components(*arrays, self.states)]

    def fair(self, inside: Subset, wanted: Subset, fairness: Fairness) -> Subset:
        """The states on a loop that is fair, stays `inside` and goes through a `wanted` state. Afterwards `low` is the
        same for those of one component.

        Streett's condition by decomposition: a component that starves a group that is weakly fair, and enabled in all
        of it, has no fair loop; one that starves a strongly fair group may have one where it is not enabled (Emerson
        and Lei, Modalities for model checking, 1987, section 4).
        """
        self.marks[:] = inside * np.uint8(Mark.INSIDE) | wanted * np.uint8(Mark.WANTED)
        kinds = len(fairness.strong)
        room = np.zeros(3 * kinds, np.uint64)
        rounds, again = 0, 1
        while again:
            order = self.components(self.marked(Mark.INSIDE))
            graph = _addresses(self.offsets, self.targets, self.labels, self.live, self.marks, self.low, order)
            groups = _addresses(fairness.groups, fairness.strong)
            again = self.code.judge(*graph, len(order), *groups, kinds, _at(room))
            rounds += 1
        found = self.marked(Mark.FAIR)
        if rounds > 1 and found.any():
            # each round numbers the components of what is left to it only
            self.components(found)
        return found

    def spread(self, goal: Subset, unknown: Subset) -> tuple[Subset, Subset]:
        """The states from which a `goal` can be reached, and those from which an `unknown` state can."""
        self.marks[:] = goal * np.uint8(Mark.GOAL) | unknown * np.uint8(Mark.OPEN)
        order = self.components(np.ones(self.states, bool))
        arrays = _addresses(self.offsets, self.targets, self.marks, self.low, order)
        self.code.spread(*arrays, len(order))
        return self.marked(Mark.GOAL), self.marked(Mark.OPEN)

    def marked(self, mark: Mark) -> Subset:
        """The states with a bit."""
        chosen: Subset = (self.marks & np.uint8(mark)) != 0
        return chosen

    def steps(self, state: int) -> Iterator[tuple[int, int]]:
        """The targets and labels of the edges of a state, without those that a bound cut."""
        for edge in range(int(self.offsets[state]), int(self.offsets[state + 1])):
            if self.targets[edge] != NOWHERE:
                yield int(self.targets[edge]), int(self.labels[edge])

    @property
    def memory_bytes(self) -> int:
        """The memory that edges and states take here, at most."""
        return EDGE_BYTES * self.edges + STATE_BYTES * self.states


class Walk:
    """A breadth-first walk, level by level, that stays `inside` a part of the graph and ends at what is wished for.

    Wished for are a `wanted` state; a step of a group that is `pending`, or, if its fairness is weak, a state in which
    it is not enabled; a step to the state `end`. With none of these it goes on as long as it meets new states. One walk
    at a time: it keeps its notes in the marks of the graph.
    """

    def __init__(
        self,
        graph: Graph,
        inside: Subset,
        wanted: Subset | None = None,
        fairness: Fairness | None = None,
        pending: Iterable[int] = (),
        end: int | None = None,
    ) -> None:
        self.graph, self.begun, self.count = graph, 0, 0
        self.queue: Ids = np.empty(graph.states, np.uint32)
        self.parents: Ids = np.empty(graph.states, np.uint32)
        graph.marks[:] = inside * np.uint8(Mark.INSIDE)
        if wanted is not None:
            graph.marks |= wanted * np.uint8(Mark.WANTED)
        labels = max(1, sum(label.size for label in graph.labelling))
        fair = fairness or Fairness(np.zeros(labels, np.uint16), np.zeros(1, np.uint8))
        kinds = np.zeros(len(fair.strong), np.uint8)
        for group in pending:
            kinds[group] = Pending.STRONG if fair.strong[group] else Pending.WEAK
        weak, met = int((kinds == Pending.WEAK).sum()), np.zeros(len(kinds), np.uint64)
        self.arrays = (fair.groups, kinds, met)
        self.wish = np.array([*_addresses(*self.arrays), weak, NOWHERE if end is None else end], np.uint64)
        self.found = np.array([NO_EDGE, NO_EDGE], np.uint64)

    def start(self, states: NDArray[np.intp]) -> None:
        """Let the walk go on from these states too, in the next level, but for those that it has met already."""
        fresh = states[(self.graph.marks[states] & np.uint8(Mark.SEEN)) == 0]
        self.graph.marks[fresh] |= np.uint8(Mark.SEEN)
        self.parents[fresh] = ROOT
        self.queue[self.count : self.count + len(fresh)] = fresh
        self.count += len(fresh)

    def level(self) -> bool:
        """Go on by one level. Whether there may be another."""
        graph, first, last = self.graph, self.begun, self.count
        arrays = _addresses(graph.offsets, graph.targets, graph.labels, graph.marks, self.parents, self.queue)
        self.count = graph.code.walk(*arrays, first, last, *_addresses(self.wish, self.found))
        self.begun = last
        return self.ended is None and self.count > last

    @property
    def frontier(self) -> Ids:
        """The states that were met in the last level, or are to start from in the next."""
        return self.queue[self.begun : self.count]

    @property
    def ended(self) -> tuple[int | None, int] | None:
        """The step that was wished for and the state it leaves, or None and the state that was; None until then."""
        edge, state = self.found.tolist()
        return None if state == NO_EDGE else (None if edge == NO_EDGE else edge, state)

    def path(self, state: int) -> list[int]:
        """The states from one that the walk started from to one that it has met."""
        found = [state]
        while self.parents[found[-1]] != ROOT:
            found.append(int(self.parents[found[-1]]))
        return found[::-1]


def _addresses(*arrays: NDArray[Any]) -> tuple[int, ...]:
    return tuple(_at(array) for array in arrays)


def _at(array: NDArray[Any]) -> int:
    return array.ctypes.data
