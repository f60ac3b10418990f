"""Processes that answer queries side by side; one that takes longer than it was given is ended from outside."""

from __future__ import annotations

import multiprocessing
import signal
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from typing import Any

from quorate.errors import REPORT, InternalError
from quorate.prove.processes import context
from quorate.prove.queries import Answer, Asker, Query

# what the solver may take beyond its time before it is ended from outside
GRACE_SECONDS = 5.0
POLL_SECONDS = 0.1


@dataclass
class _Worker:
    process: Any
    pipe: Connection
    query: Query | None = None
    deadline: float = 0.0


def _serve(make: Callable[[], Asker], pipe: Connection) -> None:
    """What a worker does: answer until the other side hangs up."""
    # Ctrl-C is for the process that asks
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        asker = make()
        while True:
            pipe.send(asker.answer(pipe.recv()))
    except (EOFError, OSError):
        return
    except Exception as error:  # noqa: BLE001 - whatever goes wrong here is told by the process that asked
        place = traceback.extract_tb(error.__traceback__)[-1]
        pipe.send(InternalError(f"{type(error).__name__}: {error} ({place.name}, line {place.lineno})", hint=REPORT))


class Workers:
    """Some processes, each with an `Asker` of its own. Use as a context manager."""

    def __init__(self, make: Callable[[], Asker], count: int) -> None:
        self._make, self._count = make, max(1, count)
        self._workers: list[_Worker] = []

    def __enter__(self) -> Workers:
        return self

    def __exit__(self, *_: object) -> None:
        for worker in self._workers:
            self._end(worker)
        self._workers = []

    def answers(self, queries: Sequence[Query], stopped: Callable[[], bool]) -> Iterator[tuple[Query, Answer]]:
        """The answers in the order in which they come; once `stopped`, the rest is unknown."""
        waiting = list(reversed(queries))
        while waiting or self._busy():
            if stopped():
                for worker in self._busy():
                    waiting.append(self._given_up(worker))
                yield from ((query, Answer("unknown", 0.0, reason="no time was left")) for query in waiting)
                return
            self._hand_out(waiting)
            ready = wait([worker.pipe for worker in self._busy()], POLL_SECONDS)
            for worker in self._busy():
                if worker.pipe in ready:
                    yield self._collect(worker)
                elif time.perf_counter() > worker.deadline:
                    yield self._given_up(worker), Answer("unknown", 0.0, reason="the time for one question ran out")

    def _busy(self) -> list[_Worker]:
        return [worker for worker in self._workers if worker.query is not None]

    def _hand_out(self, waiting: list[Query]) -> None:
        while waiting:
            free = next((worker for worker in self._workers if worker.query is None), None)
            if free is None and len(self._workers) < self._count:
                free = self._start()
            if free is None:
                return
            free.query = waiting.pop()
            free.deadline = time.perf_counter() + free.query.seconds + GRACE_SECONDS
            # a process that has ended already may have left word why
            with suppress(OSError):
                free.pipe.send(free.query)

    def _start(self) -> _Worker:
        ours, theirs = multiprocessing.Pipe()
        process = context().Process(target=_serve, args=(self._make, theirs), daemon=True)
        process.start()
        theirs.close()
        worker = _Worker(process, ours)
        self._workers.append(worker)
        return worker

    def _collect(self, worker: _Worker) -> tuple[Query, Answer]:
        query = worker.query
        assert query is not None
        try:
            answer = worker.pipe.recv()
        except (EOFError, OSError):
            return self._given_up(worker), Answer("unknown", 0.0, reason="the solver's process ended by itself")
        if isinstance(answer, InternalError):
            raise answer
        worker.query = None
        return query, answer

    def _given_up(self, worker: _Worker) -> Query:
        query = worker.query
        assert query is not None
        self._workers.remove(worker)
        self._end(worker)
        return query

    @staticmethod
    def _end(worker: _Worker) -> None:
        worker.pipe.close()
        worker.process.kill()
        worker.process.join()
