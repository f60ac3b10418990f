"""Breadth-first search over the packed states of a model.

Levels are contiguous slices of the store. A block of a level is expanded by one action after the other into a buffer
that stays in the cache, and the buffer is absorbed into the store. The order of the states, and with it the
counterexample, depends on nothing but the model.
"""

from __future__ import annotations

import ctypes
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise

from quorate.explore.limits import BudgetExhausted, Limits
from quorate.explore.store import Store
from quorate.kernel.coverage import plans
from quorate.kernel.kernel import Kernel
from quorate.kernel.steps import Finding, Job
from quorate.verdict import Progress

BLOCK = 4096
ROOM = 1 << 15
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
    ) -> None:
        """`initial` are the packed initial states, `dropped` how many more each constraint rejected."""
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
        self.room = ROOM + kernel.fan_out
        self.buffer = (ctypes.c_uint64 * ((self.room + 1) * kernel.layout.words))()
        self.origins = (ctypes.c_uint64 * (self.room + 1))()
        self.live = (ctypes.c_uint8 * BLOCK)()
        self.cuts = (ctypes.c_uint64 * max(1, len(system.sites)))()
        self.dropped = (ctypes.c_uint64 * max(1, len(system.constraints)))(*dropped)
        self.counts = (ctypes.c_uint64 * max(2, 2 * actions))()
        self.coverage = (ctypes.c_uint64 * max(1, sum(plan.words for plan in plans(system))))()
        self.job = (ctypes.c_uint64 * Job.CELLS)()
        self.job_address = ctypes.addressof(self.job)
        self.began = time.perf_counter()
        self.reported = self.began

    def run(self) -> None:
        """Search until the space is exhausted or something is found.

        Raises BudgetExhausted when a limit is reached, KeyboardInterrupt when the user stops it, MemoryError; the tally
        and the store then hold what was found so far.
        """
        job, store = self.job, self.store
        job[Job.STORE], job[Job.LIVE] = store.states_address, ctypes.addressof(self.live)
        job[Job.BUFFER], job[Job.ORIGINS] = ctypes.addressof(self.buffer), ctypes.addressof(self.origins)
        job[Job.CUTS], job[Job.DROPPED] = ctypes.addressof(self.cuts), ctypes.addressof(self.dropped)
        job[Job.COUNTS], job[Job.ROOM] = ctypes.addressof(self.counts), self.room
        job[Job.COVERAGE] = ctypes.addressof(self.coverage)
        steps = (k for k, p in enumerate(self.kernel.system.properties) if p.kind == "step_invariant")
        job[Job.ACTIVE] = sum(1 << k for k in steps)
        try:
            self._search()
        finally:
            self.tally.cuts, self.tally.dropped = list(self.cuts), list(self.dropped)
            self.tally.enabled, self.tally.generated = self.counts[::2], self.counts[1::2]

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
            while tally.expanded < level_end:
                self._check_budget()
                first, found = tally.expanded, store.count
                ended = self._expand_block(first, min(level_end, first + BLOCK))
                if store.count > level_end:
                    tally.depth = level + 1
                if ended or self._look_at(found):
                    return

    def keep_initial(self) -> None:
        """Put the initial states into the store; `run` begins with it."""
        words = self.kernel.layout.words
        for state in self.initial:
            self.buffer[:words] = list(state)
            # an initial state has no parent, and no action found it: one more than there are is its own
            self.origins[0] = ROOT | len(self.kernel.expand) << 32
            self._absorb(1)
        self.tally.depth = 1 if self.initial else 0

    # -- one block

    def _expand_block(self, first: int, end: int) -> bool:
        """Expand a block by every action. Whether the search ends here."""
        job, tally = self.job, self.tally
        ctypes.memset(self.live, 0, end - first)
        job[Job.BLOCK], job[Job.FILLED], job[Job.FINDING] = first, 0, Finding.NONE
        job[Job.STRIP], job[Job.FIRST], job[Job.LIMIT], job[Job.ACTION] = first, first, end, 0
        while self.kernel.expand_all(self.job_address):
            if job[Job.FINDING] != Finding.NONE:
                self._step_found()
                self._absorb(job[Job.FILLED])
                return True
            # the buffer is full
            self._absorb(job[Job.FILLED])
            job[Job.FILLED] = 0
        self._absorb(job[Job.FILLED])
        tally.expanded = end
        return self._count_terminal(first, end)

    def _step_found(self) -> None:
        """Note what an expansion stopped at; the search ends there."""
        job, words = self.job, self.kernel.layout.words
        state, detail = int(job[Job.FIRST]), int(job[Job.DETAIL])
        action, filled = int(job[Job.ACTION]), int(job[Job.FILLED])
        if job[Job.FINDING] == Finding.FAULT:
            self.tally.violations.append(Violation("fault", state, action=action, site=detail))
            return
        successor = tuple(self.buffer[filled * words : (filled + 1) * words])
        self.tally.violations.append(Violation("step_invariant", state, detail, action, successor))

    def _count_terminal(self, first: int, end: int) -> bool:
        stuck = ctypes.string_at(self.live, end - first)
        terminal = stuck.count(0)
        self.tally.terminal += terminal
        if terminal and self.deadlock:
            self.tally.violations.append(Violation("deadlock", first + stuck.index(0)))
            self.deadlock = False
            return not self.keep_going
        return False

    def _absorb(self, pending: int) -> None:
        """Put the successors in the buffer into the store, growing its index as needed."""
        words, done = self.kernel.layout.words, 0
        buffer, origins = ctypes.addressof(self.buffer), ctypes.addressof(self.origins)
        while True:
            done += self.store.absorb(buffer + 8 * words * done, origins + 8 * done, pending - done)
            if done == pending:
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
        return self.tally.initial + sum(self.counts[1::2])

    @property
    def memory_bytes(self) -> int:
        """Memory of the states, the index and the buffers."""
        return self.store.memory_bytes + ctypes.sizeof(self.buffer) + ctypes.sizeof(self.origins)

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
