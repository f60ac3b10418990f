"""Expanding the states of a level into batches of successors: as they are asked for, or ahead, on other threads.

The threads look at states only that were found before. Their blocks take turns, and what is counted is handed over
with each batch, so that the search sees the same batches in the same order, and the same counts, as with one thread.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Generator
from contextlib import ExitStack
from functools import reduce
from operator import add, or_
from queue import SimpleQueue
from typing import Any, TypeAlias

from quorate.errors import UsageError
from quorate.explore.store import Store
from quorate.kernel.coverage import plans
from quorate.kernel.job import STRIP, Finding, Job
from quorate.kernel.kernel import Kernel

BLOCK = 4096
ROOM = 1 << 15
BATCHES = 6
"""How many batches a thread has: one is being filled, and while the absorbing thread waits for a processor it may go on
filling the others."""
LEAST_AHEAD = 8 * BLOCK
"""The states of a level for which threads are worth their start."""
Counters: TypeAlias = tuple[Any, ...]
"""ctypes arrays of u64: what `Job.COUNTS`, `Job.CUTS`, `Job.DROPPED` and the actions' words of `Job.COVERAGE` hold."""


class Batch:
    """Successors, in a buffer of `room` and one more, and what was counted until they were found.

    There are `pending` of them, sifted, with their `origins` and `tags`, from states `first` .. `end` - 1. In the last
    batch of those, which `ends_block`, `live` has a byte of `quorate.kernel.job.Live` for each. With a `finding` the
    expansion stopped in `state`, at a step of `action` to `successor`; `detail` as in `Job.DETAIL`.
    """

    def __init__(self, kernel: Kernel, counters: Counters) -> None:
        self.words = kernel.layout.words
        self.room = ROOM + kernel.fan_out
        self.buffer = (ctypes.c_uint64 * ((self.room + 1) * self.words))()
        self.origins = (ctypes.c_uint64 * (self.room + 1))()
        self.tags = (ctypes.c_uint32 * (self.room + 1))()
        self.counters = counters
        self.pending = 0
        self.first, self.end, self.ends_block, self.live = 0, 0, False, b""
        self.finding, self.state, self.detail, self.action = Finding.NONE, 0, 0, 0
        self.successor: tuple[int, ...] = ()

    @property
    def memory_bytes(self) -> int:
        """Memory of the buffer."""
        return ctypes.sizeof(self.buffer) + ctypes.sizeof(self.origins) + ctypes.sizeof(self.tags)

    @property
    def addresses(self) -> tuple[int, int, int]:
        """Where the successors, their origins and their tags lie."""
        return ctypes.addressof(self.buffer), ctypes.addressof(self.origins), ctypes.addressof(self.tags)

    def sift(self, store: Store, filled: int) -> None:
        """Sift `filled` states that were put into the buffer."""
        buffer, origins, tags = self.addresses
        self.pending = store.sift(buffer, origins, filled, tags)


Batches: TypeAlias = Generator[Batch, None, None]


class _Worker:
    """What one thread works with: its job, its counters, and its batches. `taken` are the counters as they were at the
    last of its batches that the search has taken."""

    def __init__(self, kernel: Kernel, store: Store, batches: int) -> None:
        system = kernel.system
        self.kernel, self.store = kernel, store
        of_actions = sum(plan.words for plan in plans(system)[: len(system.actions)])
        self.sizes = (2 * len(system.actions), len(system.sites), len(system.constraints), of_actions)
        self.counters, self.taken = self._empty_counters(), self._empty_counters()
        self.spare = [Batch(kernel, self._empty_counters()) for _ in range(batches)]
        self.live = (ctypes.c_uint8 * BLOCK)()
        self.job = (ctypes.c_uint64 * Job.CELLS)()
        self.job[Job.STORE], self.job[Job.LIVE] = store.states_address, ctypes.addressof(self.live)
        for cell, array in zip((Job.COUNTS, Job.CUTS, Job.DROPPED, Job.COVERAGE), self.counters, strict=True):
            self.job[cell] = ctypes.addressof(array)
        self.job[Job.ROOM] = self.spare[0].room
        invariants = sum(prop.kind == "step_invariant" for prop in system.properties)
        self.still = (ctypes.c_uint8 * (STRIP * invariants))()
        self.job[Job.STILL] = ctypes.addressof(self.still)

    def _empty_counters(self) -> Counters:
        return tuple((ctypes.c_uint64 * size)() for size in self.sizes)

    def expanded(self, first: int, end: int, stride: int, take: Callable[[], Batch | None]) -> Batches:
        """The successors of a block in every `stride` states, in batches that it takes; without one it ends."""
        job, address = self.job, ctypes.addressof(self.job)
        for begin in range(first, end, stride):
            stop = min(end, begin + BLOCK)
            ctypes.memset(self.live, 0, stop - begin)
            job[Job.BLOCK], job[Job.FINDING] = begin, Finding.NONE
            job[Job.STRIP], job[Job.FIRST], job[Job.LIMIT], job[Job.ACTION] = begin, begin, stop, 0
            more = 1
            while more:
                batch = take()
                if batch is None:
                    return
                job[Job.BUFFER], job[Job.ORIGINS] = ctypes.addressof(batch.buffer), ctypes.addressof(batch.origins)
                job[Job.FILLED] = 0
                more = self.kernel.expand_all(address)
                batch.first, batch.end = begin, stop
                self.hand_over(batch, more=bool(more))
                yield batch
                if batch.finding != Finding.NONE:
                    return

    def hand_over(self, batch: Batch, *, more: bool) -> None:
        """Note in a batch what the job says of it; it has `more` of the block to come."""
        job = self.job
        filled, batch.finding = int(job[Job.FILLED]), Finding(job[Job.FINDING])
        if batch.finding == Finding.STEP:
            # the new state lies behind the successors
            batch.successor = tuple(batch.buffer[filled * batch.words : (filled + 1) * batch.words])
        batch.sift(self.store, filled)
        batch.state, batch.detail, batch.action = int(job[Job.FIRST]), int(job[Job.DETAIL]), int(job[Job.ACTION])
        batch.ends_block = not more or batch.finding != Finding.NONE
        batch.live = ctypes.string_at(self.live, batch.end - batch.first) if batch.ends_block else b""
        _copy(self.counters, batch.counters)

    def ahead(self, first: int, end: int, stride: int, stack: ExitStack) -> Batches:
        """The same, expanded on a thread that begins at once and ends with the stack."""
        # it is of no use to a small check, which ought not to wait for its import
        from concurrent.futures import ThreadPoolExecutor

        free: SimpleQueue[Batch | None] = SimpleQueue()
        full: SimpleQueue[Batch | None] = SimpleQueue()
        for batch in self.spare:
            free.put(batch)

        def work() -> None:
            try:
                for batch in self.expanded(first, end, stride, free.get):
                    full.put(batch)
            finally:
                full.put(None)

        pool = stack.enter_context(ThreadPoolExecutor(1, "quorate-expander"))
        working = pool.submit(work)
        # where it waits for room: there is nothing more to do
        stack.callback(free.put, None)
        return self._received(working, free, full)

    @staticmethod
    def _received(working: Any, free: SimpleQueue[Batch | None], full: SimpleQueue[Batch | None]) -> Batches:
        while (batch := full.get()) is not None:
            yield batch
            free.put(batch)
        working.result()


class Expander:
    """Expands states of a store by all actions of a model, with some `threads` where a level is large."""

    def __init__(self, kernel: Kernel, store: Store, dropped: list[int], threads: int) -> None:
        """`dropped` are the states that each constraint has dropped before.

        Raises UsageError for no thread at all.
        """
        if threads < 1:
            raise UsageError(f"threads must be positive, not {threads}")
        self.kernel, self.store, self.threads = kernel, store, threads
        self.here = _Worker(kernel, store, 1)
        self.here.counters[2][: len(dropped)] = self.here.taken[2][: len(dropped)] = dropped
        self.others: list[_Worker] = []

    @property
    def batch(self) -> Batch:
        """A batch that is free as long as nothing is expanded."""
        return self.here.spare[0]

    @property
    def memory_bytes(self) -> int:
        """Memory of the buffers."""
        return sum(batch.memory_bytes for worker in (self.here, *self.others) for batch in worker.spare)

    def counted(self) -> tuple[list[int], ...]:
        """What was counted, up to the last batch that was asked for, as in `Counters`."""
        taken = [worker.taken for worker in (self.here, *self.others)]
        together = (add, add, add, or_)
        return tuple(
            [reduce(operator, same) for same in zip(*arrays, strict=True)]
            for operator, arrays in zip(together, zip(*taken, strict=True), strict=True)
        )

    def batches(self, first: int, end: int) -> Batches:
        """The successors of the states `first` .. `end` - 1, block by block. A batch is good until the next is asked
        for; close the generator if it is left before its end."""
        if self.threads == 1 or end - first < LEAST_AHEAD:
            for batch in self.here.expanded(first, end, BLOCK, lambda: self.batch):
                _copy(batch.counters, self.here.taken)
                yield batch
            return
        while len(self.others) < self.threads:
            self.others.append(_Worker(self.kernel, self.store, BATCHES))
        stride = self.threads * BLOCK
        with ExitStack() as stack:
            sources = [
                worker.ahead(begin, end, stride, stack)
                for worker, begin in zip(self.others, range(first, end, BLOCK), strict=False)
            ]
            for number in range(-(-(end - first) // BLOCK)):
                turn = number % self.threads
                for batch in sources[turn]:
                    _copy(batch.counters, self.others[turn].taken)
                    yield batch
                    if batch.ends_block:
                        break


def _copy(counters: Counters, kept: Counters) -> None:
    for array, copy in zip(counters, kept, strict=True):
        ctypes.memmove(copy, array, ctypes.sizeof(array))
