"""Running the checks of a suite, several at a time, each in a process of its own."""

from __future__ import annotations

import contextlib
import multiprocessing
import signal
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, TypeAlias

from quorate.errors import Exit, QuorateError, UsageError
from quorate.language.params import Constant, constant_data
from quorate.trace import Trace
from quorate.verdict import CheckResult, Inconclusive, Progress, ProofResult, Violated, exit_code
from quorate_reports.faults import find_faulty
from quorate_reports.points import parse_points
from quorate_reports.suite.entries import Entry, spec_from, text_of

LOOK_SECONDS = 0.2
"""How often it is asked whether to stop."""
Tell: TypeAlias = Callable[[str, Progress | None], None]
"""Is told the name of each check that begins, and a few times a second how far it is."""


@dataclass(frozen=True)
class Facts:
    """What a check counted: what a baseline keeps of it. `actions` has for each the states it was enabled in, the steps
    it generated, and the new states it found; `properties` the verdict on each; `coverage` what is strange about the
    conditions of the text that have something strange about them, as "never false"."""

    verdict: str
    property: str | None
    trace: int | None
    generated: int
    distinct: int
    depth: int
    terminal: int
    cut: int
    digest: str
    levels: tuple[int, ...]
    actions: Mapping[str, tuple[int, int, int]]
    properties: Mapping[str, str]
    coverage: Mapping[str, str]


@dataclass(frozen=True)
class Outcome:
    """What became of one entry. `problems` says where it is not what was expected, `differences` where not what the
    baseline has; `facts` is None for a proof, and where the check failed with an `error`."""

    entry: Entry
    verdict: str
    exit_code: Exit
    seconds: float
    facts: Facts | None = None
    counterexample: Trace | None = None
    error: str | None = None
    problems: tuple[str, ...] = ()
    differences: tuple[str, ...] = ()

    @property
    def is_good(self) -> bool:
        """Whether it is as expected, and as the baseline has it."""
        return not self.problems and not self.differences


def points(entries: Sequence[Entry]) -> list[Entry]:
    """The entries with each sweep taken apart. One whose model does not load stays as it is: it fails when it runs."""
    found = []
    for entry in entries:
        if entry.engine == "replay":
            found.append(entry)
            continue
        try:
            swept = parse_points(find_faulty(entry.spec, entry.faults), _options(entry))
        except QuorateError:
            found.append(entry)
            continue
        found += [
            replace(entry, parameters={name: _word(value) for name, value in point.items()}) for point in swept.points
        ]
    return found


def run_entry(
    entry: Entry,
    interrupted: Callable[[], bool] | None = None,
    memory: int | None = None,
    on_progress: Callable[[Progress], None] | None = None,
    threads: int | None = None,
) -> Outcome:
    """Run one check, and compare it with what is expected. `interrupted` says whether to stop; `memory` is in bytes;
    `threads` are those of the search, as `quorate.check` has them."""
    began = time.perf_counter()
    try:
        if entry.engine == "replay":
            return replace(_replayed(entry), seconds=time.perf_counter() - began)
        model = find_faulty(entry.spec, entry.faults)
        (point,) = parse_points(model, _options(entry)).points
        match entry.engine:
            case "check":
                limits = {"max_memory": memory, "threads": threads, **entry.budgets}
                outcome = _checked(entry, model(**point), interrupted, limits, on_progress)
            case "prove":
                outcome = _proved(entry, model(**point), interrupted)
            case _:
                outcome = _followed(entry, model(**point))
    except QuorateError as error:
        lines = [diagnostic.render() for diagnostic in getattr(error, "diagnostics", ())] or [error.message]
        text = "\n".join([*lines, *([f"help: {error.hint}"] if error.hint else [])])
        outcome = Outcome(entry, "error", error.exit_code, 0.0, error=text, problems=(error.message,))
    return replace(outcome, seconds=time.perf_counter() - began)


def _checked(
    entry: Entry,
    model: Any,
    interrupted: Callable[[], bool] | None,
    limits: Mapping[str, Any],
    on_progress: Callable[[Progress], None] | None,
) -> Outcome:
    from quorate import check

    result = check(
        model,
        properties=entry.properties or None,
        deadlock=entry.deadlock,
        interrupted=interrupted,
        on_progress=on_progress,
        with_digest=True,
        **limits,
    )
    trace = result.verdict.trace if isinstance(result.verdict, Violated) else None
    facts = facts_of(result)
    return Outcome(
        entry, result.verdict.name, result.exit_code, 0.0, facts, trace, None, _problems(entry, result, facts)
    )


def _proved(entry: Entry, model: Any, interrupted: Callable[[], bool] | None) -> Outcome:
    from quorate import prove_invariants

    result = prove_invariants(
        model,
        properties=entry.properties or None,
        max_time=entry.budgets.get("max_time"),
        workers=1,
        interrupted=interrupted,
    )
    trace = result.verdict.trace if isinstance(result.verdict, Violated) else None
    return Outcome(entry, result.verdict.name, result.exit_code, 0.0, None, trace, None, _problems(entry, result, None))


def _followed(entry: Entry, model: Any) -> Outcome:
    from quorate.conform.sequence import follow_sequence

    found = follow_sequence(model, entry.sequence)
    verdict = "allowed" if found.is_possible else "forbidden"
    if verdict == entry.verdict:
        return Outcome(entry, verdict, Exit.HOLDS, 0.0)
    problems = ["it can happen"]
    if not found.is_possible:
        problems = [f"step {found.steps + 1}, {found.blocked}, cannot happen"]
        if found.nearest is not None and found.nearest.blocked is not None:
            problems.append(f"{found.nearest} is blocked: {found.nearest.blocked.line()}")
    return Outcome(entry, verdict, Exit.SAFETY, 0.0, problems=tuple(problems))


def _replayed(entry: Entry) -> Outcome:
    """A kept trace taken again: a bug that was mended must not come back, a witness must stay one."""
    from quorate.explain.outcome import Still
    from quorate_reports.replaying import named_in, replay
    from quorate_reports.trace_file import read_trace

    path = entry.folder / entry.model
    named, _ = named_in(read_trace(path))
    rerun = replay(path, None if named is None else spec_from(entry.folder, named), None).rerun
    outcome = rerun.outcome
    if rerun.exit_code == Exit.HOLDS:
        return Outcome(entry, outcome.name, Exit.HOLDS, 0.0)
    if isinstance(outcome, Still):
        return Outcome(entry, outcome.name, rerun.exit_code, 0.0, None, outcome.trace, None, ("it still happens",))
    return Outcome(entry, outcome.name, rerun.exit_code, 0.0, problems=(f"{outcome.name}: {outcome.reason}",))


def facts_of(result: CheckResult) -> Facts:
    """What a baseline keeps of a check that was made with its digest."""
    states, trace = result.states, result.verdict.trace if isinstance(result.verdict, Violated) else None
    return Facts(
        verdict=result.verdict.name,
        property=None if trace is None else trace.property or trace.kind,
        trace=None if trace is None else len(trace.steps),
        generated=states.generated,
        distinct=states.distinct,
        depth=states.depth,
        terminal=states.terminal,
        cut=states.cut,
        digest=result.digest or "",
        levels=result.levels,
        actions={action.name: (action.enabled, action.generated, action.distinct) for action in result.actions},
        properties={item.name: item.verdict.name for item in result.properties},
        coverage=_coverage_of(result),
    )


def _coverage_of(result: CheckResult) -> dict[str, str]:
    """What is strange about conditions, by their text: a line that moves is no difference."""
    found: dict[str, set[str]] = {}
    for point in result.coverage:
        if point.suspicion is not None:
            found.setdefault(f"{point.kind}: {point.condition}", set()).add(point.suspicion)
    return {condition: ", ".join(sorted(words)) for condition, words in sorted(found.items())}


def _problems(entry: Entry, result: CheckResult | ProofResult, facts: Facts | None) -> tuple[str, ...]:
    """Where a result is not what the entry expects."""
    found = []
    name = result.verdict.name
    trace = result.verdict.trace if isinstance(result.verdict, Violated) else None
    violated = None if trace is None else trace.property or trace.kind
    named = f"{name}: {violated}" if violated else name
    if entry.verdict is None:
        if exit_code(result.verdict) != Exit.HOLDS:
            found.append(named)
    elif entry.verdict != name:
        found.append(f"{entry.verdict} was expected, and it is {named}")
    if isinstance(result.verdict, Inconclusive) and found:
        found.append(result.verdict.reason)
    if entry.violates is not None and violated is not None and violated != entry.violates:
        found.append(f"{entry.violates} was to be violated, and {violated} is")
    for pin, wanted in entry.pins.items():
        # the counts of a search that ends early are those of the states up to there
        counted = getattr(facts, pin, None)
        if counted is not None and counted != wanted:
            found.append(f"{pin} is {counted:,}, where {wanted:,} was expected")
    return tuple(found)


def _options(entry: Entry) -> list[str]:
    return [f"{name}={value}" for name, value in entry.parameters.items()]


def _word(value: Constant) -> str:
    return text_of(constant_data(value))


def _not_run(entry: Entry) -> Outcome:
    return Outcome(entry, "not run", Exit.INCONCLUSIVE, 0.0, problems=("interrupted",))


# -- several at a time

_shared: list[Any] = []
"""In a worker: the event that asks it to stop, the pipe that it tells how it goes on, and the lock of that pipe."""


def _begin(stop: Any, news: Any, lock: Any) -> None:
    """A worker leaves Ctrl-C to the process that asked it, and looks at `stop`."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _shared.extend((stop, news, lock))


def _work(entry: Entry, memory: int | None) -> Outcome:
    stop, news, lock = _shared

    def tell(progress: Progress | None) -> None:
        # once nobody listens any more there is nobody to tell
        with lock, contextlib.suppress(OSError):
            news.send((entry.name, progress))

    tell(None)
    # as many checks run as there are processors
    return run_entry(entry, stop.is_set, memory, tell, threads=1)


def _silent(name: str, progress: Progress | None) -> None:
    """Tells nobody."""


def run_entries(
    entries: Sequence[Entry], workers: int, interrupted: Callable[[], bool], tell: Tell = _silent
) -> Iterator[Outcome]:
    """The outcomes of entries, as they come. Once `interrupted`, those that run end inconclusive, and no more begin.

    Raises UsageError when a process was ended from outside, as by a system that is out of memory.
    """
    if workers == 1:
        for entry in entries:
            if interrupted():
                yield _not_run(entry)
                continue
            tell(entry.name, None)
            yield run_entry(entry, interrupted, on_progress=partial(tell, entry.name))
        return
    from quorate.explore.limits import memory_to_use

    whole = memory_to_use()
    memory = None if whole is None else whole // workers
    context = multiprocessing.get_context("spawn")
    stop, (heard, news) = context.Event(), context.Pipe(duplex=False)
    with ProcessPoolExecutor(workers, context, _begin, (stop, news, context.Lock())) as pool, heard:
        waiting = {pool.submit(_work, entry, memory): entry for entry in entries}
        while waiting:
            done, _ = wait(waiting, LOOK_SECONDS, return_when=FIRST_COMPLETED)
            while heard.poll():
                tell(*heard.recv())
            if interrupted() and not stop.is_set():
                stop.set()
                done |= {future for future in waiting if future.cancel()}
            for future in done:
                entry = waiting.pop(future)
                if future.cancelled():
                    yield _not_run(entry)
                    continue
                try:
                    yield future.result()
                except BrokenProcessPool:
                    hint = "perhaps memory ran out: run fewer at a time with --workers 1, or set max_memory"
                    raise UsageError(f"the process that checked {entry.name} was ended", hint=hint) from None
