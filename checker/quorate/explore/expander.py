"""Expanding the states of a level into batches of successors: as they are asked for, or ahead, on a thread of its own.

The thread looks at states only that were found before, and what it counts is handed over with each batch, so that the
search sees the same batches in the same order, and the same counts, however far ahead the thread is.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Generator
from queue import SimpleQueue
from typing import Any, TypeAlias

from quorate.errors import UsageError
from quorate.kernel.coverage import plans
from quorate.kernel.kernel import Kernel
from quorate.kernel.steps import Finding, Job

BLOCK = 4096
ROOM = 1 << 15
BATCHES = 4
"""How many batches there are where a thread works ahead: one is being absorbed, the others wait or are being filled."""
LEAST_AHEAD = 8 * BLOCK
"""The states of a level for which a thread is worth its start."""
Counters: TypeAlias = tuple[Any, ...]
"""ctypes arrays of u64: what `Job.COUNTS`, `Job.CUTS`, `Job.DROPPED` and the actions' words of `Job.COVERAGE` hold."""


class Batch:
    """Successors, in a buffer of `room` and one more, and what was counted until they were found.

    They are from states `first` .. `end` - 1. In the last batch of them, which `ends_block`, `live` has a byte of
    `quorate.kernel.steps.Live` for each. With a `finding` the expansion stopped in `state`, at a step of `action`;
    `detail` as in `Job.DETAIL`, and the new state of that step lies behind the successors.
    """

    def __init__(self, kernel: Kernel, counters: Counters) -> None:
        self.words = kernel.layout.words
        self.room = ROOM + kernel.fan_out
        self.buffer = (ctypes.c_uint64 * ((self.room + 1) * self.words))()
        self.origins = (ctypes.c_uint64 * (self.room + 1))()
        self.counters = counters
        self.filled = 0
        self.first, self.end, self.ends_block, self.live = 0, 0, False, b""
        self.finding, self.state, self.detail, self.action = Finding.NONE, 0, 0, 0

    @property
    def memory_bytes(self) -> int:
        """Memory of the buffer."""
        return ctypes.sizeof(self.buffer) + ctypes.sizeof(self.origins)

    def successor(self, number: int) -> tuple[int, ...]:
        """The words of one of the successors."""
        return tuple(self.buffer[number * self.words : (number + 1) * self.words])


class Expander:
    """Expands states of a store by all actions of a model. `job` is the one that it works with."""

    def __init__(self, kernel: Kernel, states_address: int, dropped: list[int], threads: int) -> None:
        """`dropped` are the states that each constraint has dropped before; with two `threads` one works ahead.

        Raises UsageError for no thread at all.
        """
        if threads < 1:
            raise UsageError(f"threads must be positive, not {threads}")
        system = kernel.system
        self.kernel = kernel
        of_actions = sum(plan.words for plan in plans(system)[: len(system.actions)])
        self.sizes = (2 * len(system.actions), len(system.sites), len(system.constraints), of_actions)
        self.counters = self.empty_counters()
        self.counters[2][: len(dropped)] = dropped
        self.spare = [Batch(kernel, self.empty_counters()) for _ in range(BATCHES if threads > 1 else 1)]
        self.live = (ctypes.c_uint8 * BLOCK)()
        self.job = (ctypes.c_uint64 * Job.CELLS)()
        self.job[Job.STORE], self.job[Job.LIVE] = states_address, ctypes.addressof(self.live)
        for cell, array in zip((Job.COUNTS, Job.CUTS, Job.DROPPED, Job.COVERAGE), self.counters, strict=True):
            self.job[cell] = ctypes.addressof(array)
        self.job[Job.ROOM] = self.spare[0].room
        steps = (k for k, p in enumerate(system.properties) if p.kind == "step_invariant")
        self.job[Job.ACTIVE] = sum(1 << k for k in steps)

    @property
    def memory_bytes(self) -> int:
        """Memory of the buffers."""
        return sum(batch.memory_bytes for batch in self.spare)

    def empty_counters(self) -> Counters:
        """Counters at nothing."""
        return tuple((ctypes.c_uint64 * size)() for size in self.sizes)

    def batches(self, first: int, end: int) -> Generator[Batch, None, None]:
        """The successors of the states `first` .. `end` - 1, block by block. A batch is good until the next is asked
        for; close the iterator if it is left before its end."""
        if len(self.spare) > 1 and end - first >= LEAST_AHEAD:
            return self._ahead(first, end)
        return self._expanded(first, end, lambda: self.spare[0])

    def _ahead(self, first: int, end: int) -> Generator[Batch, None, None]:
        # it is of no use to a small check, which ought not to wait for its import
        from concurrent.futures import ThreadPoolExecutor

        free: SimpleQueue[Batch | None] = SimpleQueue()
        full: SimpleQueue[Batch | None] = SimpleQueue()
        for batch in self.spare:
            free.put(batch)

        def work() -> None:
            try:
                for batch in self._expanded(first, end, free.get):
                    full.put(batch)
            finally:
                full.put(None)

        with ThreadPoolExecutor(1, "quorate-expander") as pool:
            working = pool.submit(work)
            try:
                while (filled := full.get()) is not None:
                    yield filled
                    free.put(filled)
            finally:
                # where it waits for room: there is nothing more to do
                free.put(None)
            working.result()

    def _expanded(self, first: int, end: int, take: Callable[[], Batch | None]) -> Generator[Batch, None, None]:
        """The batches, each in one that it takes; without one it ends."""
        job, address = self.job, ctypes.addressof(self.job)
        for begin in range(first, end, BLOCK):
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
                self._hand_over(batch, more=bool(more))
                yield batch
                if batch.finding != Finding.NONE:
                    return

    def _hand_over(self, batch: Batch, *, more: bool) -> None:
        job = self.job
        batch.filled, batch.finding = int(job[Job.FILLED]), Finding(job[Job.FINDING])
        batch.state, batch.detail, batch.action = int(job[Job.FIRST]), int(job[Job.DETAIL]), int(job[Job.ACTION])
        batch.ends_block = not more or batch.finding != Finding.NONE
        batch.live = ctypes.string_at(self.live, batch.end - batch.first) if batch.ends_block else b""
        for array, kept in zip(self.counters, batch.counters, strict=True):
            ctypes.memmove(kept, array, ctypes.sizeof(array))
