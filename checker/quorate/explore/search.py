"""Breadth-first search over the packed states of a model.

Levels are contiguous slices of the store. A level is expanded block by block into batches that stay in the cache, and
each batch is absorbed into the store; with several threads the others expand meanwhile. The order of the
states, and with it the counterexample and the counts, depends on nothing but the model.
"""

from __future__ import annotations

import ctypes
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from itertools import pairwise

from quorate.explore.expander import Batch, Expander
from quorate.explore.limits import BudgetExhausted, Limits
from quorate.explore.store import Store
from quorate.kernel.coverage import plans
from quorate.kernel.job import Finding, Job
from quorate.kernel.kernel import Kernel
from quorate.verdict import Progress

ROOT = 0xFFFF_FFFF
PROGRESS_SECONDS = 0.25


@dataclass(frozen=True)
class Violation:
    """What the search found: in or after which state, and which property (None: a fault, or a deadlock).

    `kind` is "invariant", "step_invariant", "fault" or "deadlock"; `action` is the number of the action of a step,
    `successor` the packed new state of a violating step, `site` where a fault happened.
    """

    kind: str
    state: int
    property: int | None = None
    action: int | None = None
    successor: tuple[int, ...] | None = None
    site: int | None = None


@dataclass
class Tally:
    """Counts of a search; the lists, by action, by site, by constraint, are filled in when it ends."""

    enabled: list[int]
    generated: list[int]
    cuts: list[int]
    dropped: list[int]
    initial: int = 0
    depth: int = 0
    expanded: int = 0
    terminal: int = 0
    violations: list[Violation] = field(default_factory=list)
    witnesses: dict[int, int] = field(default_factory=dict)


class Search:
    """A search of one model. `run` may be called once; the store stays until `close`."""

    def __init__(
        self,
        kernel: Kernel,
        initial: list[tuple[int, ...]],
        dropped: list[int],
        limits: Limits,
        *,
        deadlock: bool = False,
        keep_going: bool = False,
        threads: int = 1,
    ) -> None:
        """`initial` are the packed initial states, `dropped` how many more each constraint rejected. `threads`
        expand the states of large levels."""
        self.kernel, self.limits, self.initial = kernel, limits, initial
        self.deadlock, self.keep_going = deadlock, keep_going
        self.on_progress: Callable[[Progress], None] | None = None
        self.interrupted: Callable[[], bool] = lambda: False
        system = kernel.system
        self.store = Store(kernel.code, kernel.layout.words, len(system.actions) + 1)
        if limits.max_states is not None:
            self.store.capacity = min(self.store.capacity, limits.max_states)
        actions = len(system.actions)
        self.tally = Tally([0] * actions, [0] * actions, [], dropped, initial=len(initial) + sum(dropped))
        self.level_ends: list[int] = []
        self.watched = [k for k, check in enumerate(kernel.check) if check is not None]
        self.expander = Expander(kernel, self.store, dropped, threads)
        # the words of the actions stand first, and are those of the expander
        self.observed = (ctypes.c_uint64 * sum(plan.words for plan in plans(system)))()
        self.job = (ctypes.c_uint64 * Job.CELLS)()
        self.job_address = ctypes.addressof(self.job)
        self.began = time.perf_counter()
        self.reported = self.began

    def run(self) -> None:
        """Search until the space is exhausted or something is found.

        Raises BudgetExhausted when a limit is reached, KeyboardInterrupt when the user stops it, MemoryError; the tally
        and the store then hold what was found so far.
        """
        self.job[Job.STORE], self.job[Job.COVERAGE] = self.store.states_address, ctypes.addressof(self.observed)
        try:
            self._search()
        finally:
            counts, self.tally.cuts, self.tally.dropped, _ = self.expander.counted()
            self.tally.enabled, self.tally.generated = counts[::2], counts[1::2]

    @property
    def finished(self) -> bool:
        """Whether every state found has been expanded."""
        return self.tally.expanded == self.store.count

    @property
    def levels(self) -> tuple[int, ...]:
        """How many states were found at each depth; of the deepest perhaps not all."""
        ends = dict.fromkeys((0, *self.level_ends, self.store.count))
        return tuple(end - begin for begin, end in pairwise(ends))

    @property
    def full(self) -> bool:
        """Whether it holds as many states, or levels, as it may."""
        count, depth = self.limits.max_states, self.limits.max_depth
        return (count is not None and self.store.count >= count) or (depth is not None and self.tally.depth >= depth)

    def _search(self) -> None:
        tally, store = self.tally, self.store
        self.keep_initial()
        if self._look_at(0):
            return
        while tally.expanded < store.count:
            if self.limits.max_depth is not None and tally.depth >= self.limits.max_depth:
                raise BudgetExhausted(f"the depth limit of {self.limits.max_depth} was reached")
            level, level_end = tally.depth, store.count
            self.level_ends.append(level_end)
            self._check_budget()
            with closing(self.expander.batches(tally.expanded, level_end)) as batches:
                if self._take(batches, level, level_end):
                    return

    def _take(self, batches: Iterator[Batch], level: int, level_end: int) -> bool:
        """Take in the successors of a level. Whether the search ends here."""
        tally, store = self.tally, self.store
        found = store.count
        for batch in batches:
            if batch.finding != Finding.NONE:
                self._step_found(batch)
            self._absorb(batch)
            if not batch.ends_block:
                continue
            if store.count > level_end:
                tally.depth = level + 1
            if batch.finding != Finding.NONE:
                return True
            tally.expanded = batch.end
            if self._count_terminal(batch) or self._look_at(found):
                return True
            found = store.count
            if batch.end < level_end:
                self._check_budget()
        return False

    def keep_initial(self) -> None:
        """Put the initial states into the store; `run` begins with it."""
        batch = self.expander.batch
        for state in self.initial:
            batch.buffer[: batch.words] = list(state)
            # an initial state has no parent, and no action found it: one more than there are is its own
            batch.origins[0] = ROOT | len(self.kernel.expand) << 32
            batch.sift(self.store, 1)
            self._absorb(batch)
        self.tally.depth = 1 if self.initial else 0

    # -- one batch

    def _step_found(self, batch: Batch) -> None:
        """Note what an expansion stopped at; the search ends there."""
        if batch.finding == Finding.FAULT:
            violation = Violation("fault", batch.state, action=batch.action, site=batch.detail)
        else:
            violation = Violation("step_invariant", batch.state, batch.detail, batch.action, batch.successor)
        self.tally.violations.append(violation)

    def _count_terminal(self, batch: Batch) -> bool:
        terminal = batch.live.count(0)
        self.tally.terminal += terminal
        if terminal and self.deadlock:
            self.tally.violations.append(Violation("deadlock", batch.first + batch.live.index(0)))
            self.deadlock = False
            return not self.keep_going
        return False

    def _absorb(self, batch: Batch) -> None:
        """Put the successors in a batch into the store, growing its index as needed."""
        done = 0
        buffer, origins, tags = batch.addresses
        while True:
            left = batch.pending - done
            done += self.store.absorb(buffer + 8 * batch.words * done, origins + 8 * done, tags + 4 * done, left)
            if done == batch.pending:
                return
            if self.limits.max_states is not None and self.store.count >= self.limits.max_states:
                raise BudgetExhausted(f"the limit of {self.limits.max_states:,} states was reached")
            limit = self.limits.max_memory
            if limit is not None and self.store.bytes_if_index_grows() > limit:
                raise BudgetExhausted(f"the memory limit of {limit:,} bytes was reached")
            self.store.grow()

    # -- properties of states

    def _look_at(self, first: int) -> bool:
        """Evaluate the properties on the states from `first` on. Whether the search ends."""
        end, found = self.store.count, []
        for number in list(self.watched):
            at, fault = self._first(number, first, end)
            if at == end:
                continue
            if fault is not None:
                found.append(Violation("fault", at, number, site=fault))
            elif self.kernel.system.properties[number].kind == "reachable":
                self.tally.witnesses[number] = at
                self.watched.remove(number)
            else:
                found.append(Violation("invariant", at, number))
        if not found:
            return False
        found.sort(key=lambda violation: violation.state)
        if not self.keep_going:
            del found[1:]
        for violation in found:
            self.tally.violations.append(violation)
            self.watched.remove(violation.property)  # type: ignore[arg-type]
        return not self.keep_going

    def _first(self, number: int, first: int, end: int) -> tuple[int, int | None]:
        """The first state at which a property has something to say, and the site if its evaluation fails there."""
        check = self.kernel.check[number]
        assert check is not None
        self.job[Job.FIRST], self.job[Job.END], self.job[Job.FINDING] = first, end, Finding.NONE
        at = check(self.job_address)
        return at, int(self.job[Job.DETAIL]) if self.job[Job.FINDING] == Finding.FAULT else None

    # -- limits and progress

    def _check_budget(self) -> None:
        now, limits = time.perf_counter(), self.limits
        if self.interrupted():
            raise KeyboardInterrupt
        if limits.max_states is not None and self.store.count >= limits.max_states:
            raise BudgetExhausted(f"the limit of {limits.max_states:,} states was reached")
        if limits.max_time is not None and now - self.began >= limits.max_time:
            raise BudgetExhausted(f"the time limit of {limits.max_time:g} s was reached")
        if limits.max_memory is not None and self.memory_bytes > limits.max_memory:
            raise BudgetExhausted(f"the memory limit of {limits.max_memory:,} bytes was reached")
        if self.on_progress is not None and now - self.reported >= PROGRESS_SECONDS:
            self.reported = now
            self.on_progress(self.progress(now - self.began))

    @property
    def generated(self) -> int:
        """Successors and initial states generated so far."""
        return self.tally.initial + sum(self.expander.counted()[0][1::2])

    @property
    def coverage(self) -> list[int]:
        """The words of `quorate.kernel.coverage`."""
        of_actions = self.expander.counted()[3]
        return [*of_actions, *self.observed[len(of_actions) :]]

    @property
    def memory_bytes(self) -> int:
        """Memory of the states, the index and the buffers."""
        return self.store.memory_bytes + self.expander.memory_bytes

    def progress(self, seconds: float) -> Progress:
        """Where the search stands."""
        count = self.store.count
        return Progress(
            depth=self.tally.depth,
            generated=self.generated,
            distinct=count,
            left_on_queue=count - self.tally.expanded,
            seconds=seconds,
            rate=count / seconds if seconds else 0.0,
            memory_bytes=self.memory_bytes,
        )

    def close(self) -> None:
        """Give the memory back."""
        self.store.close()
