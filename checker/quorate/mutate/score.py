"""The mutation score of a model: how many of its mutants its properties notice."""

from __future__ import annotations

import importlib
import importlib.util
import multiprocessing
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from importlib.machinery import ModuleSpec
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any, Literal, TypeAlias

from quorate.errors import LoadError, QuorateError, UsageError
from quorate.explore.check import check
from quorate.explore.difference import compare
from quorate.finder import find_model, split_spec
from quorate.language.fault_mixins import with_faults
from quorate.language.model import Model
from quorate.mutate.mutants import Mutant, mutants
from quorate.prove.processes import context
from quorate.verdict import CheckResult, Inconclusive, Violated, exit_code

Fate: TypeAlias = Literal["killed", "survived", "equivalent", "unknown", "invalid"]
PATIENCE = 10.0
"""How many times the time of the model itself a mutant may take, and some seconds more."""
LEAST_SECONDS = 5.0
GRACE_SECONDS = 20.0
"""What a mutant may take beyond its time, for compiling, before its process is ended."""


@dataclass(frozen=True)
class Judged:
    """What became of a mutant.

    `killed`: a check of it does not end as that of the model does; `by` names the property, the fault, or what is
    vacuous. `equivalent`: it reaches the same states by the same steps, as pairs of different states, so that no
    property of states can tell, nor one of steps. `unknown`: its budget ran out. `invalid`: it does not load or
    compile. All others `survived`.
    """

    mutant: Mutant
    fate: Fate
    by: str
    seconds: float


@dataclass(frozen=True)
class Score:
    """All mutants of a model at some parameters. `left_out` were not run: there are more than were asked for."""

    model: str
    parameters: Mapping[str, Any]
    judged: tuple[Judged, ...]
    left_out: int

    def count(self, fate: Fate) -> int:
        """How many met this fate."""
        return sum(one.fate == fate for one in self.judged)

    @property
    def share(self) -> float | None:
        """Killed, of all that are valid and not equivalent; one that is unknown counts as not killed. None of none."""
        total = len(self.judged) - self.count("equivalent") - self.count("invalid")
        return self.count("killed") / total if total else None


@dataclass(frozen=True)
class Setting:
    """How the model and each of its mutants is checked: `spec` as on the command line, faults and parameters."""

    spec: str
    parameters: Mapping[str, Any]
    faults: Mapping[str, int]
    cache_dir: Path | None = None

    def model(self, spec: str) -> Model:
        """The model that `spec` means now."""
        model = find_model(spec)
        if self.faults:
            model = with_faults(model, **self.faults)
        # an enum of the text that is changed is another one there
        plain = {name: value.value if isinstance(value, Enum) else value for name, value in self.parameters.items()}
        return model(**plain)

    def check(self, model: Model, **limits: Any) -> CheckResult:
        """Check a model."""
        # several mutants are checked at a time
        return check(model, with_digest=True, threads=1, cache_dir=self.cache_dir, **limits)


def mutation_score(
    setting: Setting,
    *,
    workers: int = 1,
    at_most: int | None = None,
    on_judged: Callable[[Judged], None] = lambda judged: None,
    interrupted: Callable[[], bool] = lambda: False,
) -> Score:
    """Check all mutants of a model, `workers` at a time, each in a process of its own.

    `at_most` runs about so many, spread evenly over the text. `on_judged` is told each as it is done.

    Raises UsageError if the model itself does not hold, or has no text to change, KeyboardInterrupt once `interrupted`,
    and what finding and checking the model raise.
    """
    if "fork" not in multiprocessing.get_all_start_methods():
        raise UsageError("mutation needs a system that can copy processes, such as Linux")
    model = setting.model(setting.spec)
    result = setting.check(model, interrupted=interrupted)
    if exit_code(result.verdict) != 0:
        hint = "mutation asks whether good properties notice bad changes: begin with a model that holds"
        raise UsageError(f"the check of {setting.spec} ends {result.verdict.name}", hint=hint)
    every = mutants(find_model(setting.spec))
    chosen = every if at_most is None else every[:: max(1, -(-len(every) // at_most))]
    if not chosen:
        raise UsageError(f"{setting.spec} has no step whose text could be changed")
    run = _Run(setting, _Original(model, result), interrupted)
    judged = []
    for one in run.all(chosen, workers):
        on_judged(one)
        judged.append(one)
    order = {mutant: number for number, mutant in enumerate(chosen)}
    judged.sort(key=lambda one: order[one.mutant])
    return Score(setting.spec, result.parameters, tuple(judged), len(every) - len(chosen))


class _Original:
    """What the model itself does: what mutants are compared with."""

    def __init__(self, model: Model, result: CheckResult) -> None:
        self.model = model
        self.digest, self.cut = result.digest, result.states.cut
        self.seconds = max(LEAST_SECONDS, PATIENCE * result.seconds.total)
        self.states = 20 * result.states.distinct + 1_000_000

    def judge(self, mutant: Model, result: CheckResult, cache_dir: Path | None) -> tuple[Fate, str]:
        """The fate of a mutant whose check ended so."""
        verdict = result.verdict
        if isinstance(verdict, Violated):
            fault = verdict.trace.fault
            by = verdict.trace.property or verdict.trace.kind
            return "killed", by if fault is None else f"{fault.action}: {fault.kind}"
        if isinstance(verdict, Inconclusive):
            return "unknown", verdict.reason
        if exit_code(verdict) != 0:
            vacuous = [item.name for item in result.properties if item.verdict.name == "vacuous"]
            return "killed", f"vacuous: {', '.join(vacuous)}"
        if (result.digest, result.states.cut) != (self.digest, self.cut):
            return "survived", ""
        # the same states, which other steps may connect; or the same ones, each taken in more ways than before
        try:
            found = compare(self.model, mutant, max_time=self.seconds, max_states=self.states, cache_dir=cache_dir)
        except UsageError as error:
            return "unknown", error.message
        same = found.same and found.gained.trace is None and found.lost.trace is None
        return ("equivalent", "") if same else ("survived", "")


class _Run:
    """Runs mutants, each in a copy of this process in which its text stands in place of the module's."""

    def __init__(self, setting: Setting, original: _Original, interrupted: Callable[[], bool]) -> None:
        self.setting, self.original, self.interrupted = setting, original, interrupted
        self.context = context()

    def all(self, chosen: Sequence[Mutant], workers: int) -> Iterator[Judged]:
        """The mutants, judged, as they are done."""
        waiting, running = list(reversed(chosen)), dict[Connection, tuple[Any, Mutant, float]]()
        try:
            while waiting or running:
                if self.interrupted():
                    raise KeyboardInterrupt
                while waiting and len(running) < max(1, workers):
                    mutant = waiting.pop()
                    ours, theirs = self.context.Pipe(duplex=False)
                    process = self.context.Process(target=self._child, args=(mutant, theirs), daemon=True)
                    process.start()
                    theirs.close()
                    running[ours] = (process, mutant, time.perf_counter())
                ready = wait(list(running), timeout=0.2)
                for pipe, (process, mutant, began) in list(running.items()):
                    seconds = time.perf_counter() - began
                    if pipe in ready:
                        yield self._judged(mutant, pipe, seconds)
                    elif seconds > self.original.seconds + GRACE_SECONDS:
                        yield Judged(mutant, "unknown", "its time ran out", seconds)
                    else:
                        continue
                    process.kill()
                    process.join()
                    pipe.close()
                    del running[pipe]
        finally:
            for process, _, _ in running.values():
                process.kill()

    @staticmethod
    def _judged(mutant: Mutant, pipe: Connection, seconds: float) -> Judged:
        try:
            fate, by = pipe.recv()
        except EOFError:
            fate, by = "unknown", "its process was ended"
        return Judged(mutant, fate, by, seconds)

    def _child(self, mutant: Mutant, pipe: Connection) -> None:
        """Check a mutant, and tell its fate."""
        # Ctrl-C is for the process that asks
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        with tempfile.TemporaryDirectory(prefix="quorate-") as folder:
            pipe.send(self._fate(mutant, Path(folder)))

    def _fate(self, mutant: Mutant, folder: Path) -> tuple[Fate, str]:
        copy = folder / mutant.path.name
        copy.write_text(mutant.source(), encoding="utf-8")
        spec = self.setting.spec
        place, name = split_spec(spec)
        if place.endswith(".py") and Path(place).resolve() == mutant.path.resolve():
            # what the file imports from beside it is still found there
            sys.path.insert(0, str(mutant.path.parent))
            spec = f"{copy}:{name}" if name else str(copy)
        else:
            _stand_in(mutant.module, copy)
        try:
            model = self.setting.model(spec)
            result = self.setting.check(model, max_time=self.original.seconds, max_states=self.original.states)
        except LoadError as error:
            return "invalid", error.message
        except QuorateError as error:
            return "killed", error.message
        return self.original.judge(model, result, self.setting.cache_dir)


def _stand_in(module: str, copy: Path) -> None:
    """Let a file stand for a module, and forget what was imported of its package."""

    class Finder:
        """Finds the one module in the copy."""

        @staticmethod
        def find_spec(name: str, path: object = None, target: object = None) -> ModuleSpec | None:
            """Python's protocol for importing."""
            return importlib.util.spec_from_file_location(name, copy) if name == module else None

    sys.meta_path.insert(0, Finder)
    package = module.partition(".")[0]
    for name in list(sys.modules):
        if name == package or name.startswith(f"{package}."):
            del sys.modules[name]
    importlib.invalidate_caches()
