"""Measures Quorate's speed in one run on one machine, and prints it as ratios. See README.md beside this file."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch

from rich.console import Console
from rich.table import Table

from quorate.compiler.compile import compile_model
from quorate.explore.limits import Limits
from quorate.explore.search import Search
from quorate.kernel.coverage import Plan
from quorate.kernel.kernel import build_kernel
from quorate_models.paxos import Paxos
from quorate_models.raft_tla import RaftTla
from quorate_models.two_phase_commit import TwoPhaseCommit

HERE = Path(__file__).parent
TURNS = 5
QUORATE = Path(sys.executable).parent / "quorate"

# TLC 1.8.0 on the same specification (Java 17, one worker, 2 cores of an AMD EPYC): distinct states and seconds.
TLC = {"two-phase-commit, 9": (10_340_352, 370.0), "paxos, 1 value, ballots 0..3": (2_825_761, 240.0)}


@dataclass(frozen=True)
class Run:
    """One run of the command: wall-clock and processor seconds, peak bytes of the process, its JSON report."""

    wall: float
    processor: float
    peak: int
    report: dict


def command(*arguments: str, cache: Path) -> Run:
    """Run `quorate check` and measure it from outside."""
    environment = os.environ | {"XDG_CACHE_HOME": str(cache)}
    with tempfile.TemporaryFile() as output:
        began = time.perf_counter()
        process = subprocess.Popen(
            [QUORATE, "check", *arguments, "--format", "json"], stdout=output, env=environment
        )
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - began
        if os.waitstatus_to_exitcode(status) != 0:
            sys.exit(f"quorate check {' '.join(arguments)} failed")
        output.seek(0)
        report = json.load(output)
    return Run(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024, report)


def best(runs: list[Run]) -> Run:
    """The run with the shortest search: the one that other work on the machine disturbed least."""
    return min(runs, key=lambda run: run.report["seconds"]["explore"])


def by_hand() -> float | None:
    """Seconds of the hand-written search of two-phase commit with 9 participants, best of three; None without g++."""
    compiler = shutil.which("g++")
    if compiler is None:
        return None
    with tempfile.TemporaryDirectory() as folder:
        program = Path(folder) / "two_phase_commit"
        subprocess.run([compiler, "-O3", "-march=native", "-o", program, HERE / "two_phase_commit.cpp"], check=True)
        seconds = []
        for _ in range(3):
            began = time.perf_counter()
            counts = subprocess.run([program, "9"], check=True, capture_output=True, text=True).stdout.split()
            seconds.append(time.perf_counter() - began)
            assert counts == ["10340352", "123558402"], counts
    return min(seconds)


def searches(table: Table, cache: Path) -> None:
    """The two large searches, against TLC's figures and the hand-written one."""
    # with what the others checked, not the rules of each step
    cases = {
        "two-phase-commit, 9": ["two-phase-commit", "-p", "resource_managers=9", "--invariant", "consistent"],
        "paxos, 1 value, ballots 0..3": [
            *("paxos", "-p", "values=1", "-p", "ballots=4"),
            *("--invariant", "agreement", "--invariant", "validity", "--invariant", "value_chosen"),
        ],
    }
    empty = command("two-phase-commit", "-p", "resource_managers=3", cache=cache).peak
    for name, arguments in cases.items():
        run, gain = with_threads(arguments, cache)
        distinct, explore = run.report["states"]["distinct"], run.report["seconds"]["explore"]
        tlc_distinct, tlc_seconds = TLC[name]
        assert distinct == tlc_distinct, distinct
        table.add_row(name, "distinct states a second", f"{distinct / explore / 1e6:.2f} M")
        table.add_row("", "times that with two threads", f"{gain:.2f}")
        table.add_row("", "whole command", f"{run.wall:.2f} s")
        table.add_row("", "bytes a state at the peak, beyond the interpreter's", f"{(run.peak - empty) / distinct:.1f}")
        table.add_row("", "times TLC's distinct states a second", f"{tlc_seconds / explore:.0f}")
        if name.startswith("two-phase"):
            hand = by_hand()
            ratio = "no g++" if hand is None else f"{hand / explore:.2f} (it takes {hand:.2f} s)"
            table.add_row("", "times the speed of plain hand-written C++", ratio)
        every, gain = with_threads(arguments[: arguments.index("--invariant")], cache)
        share = every.report["seconds"]["explore"] / explore - 1
        table.add_row("", "search with all properties of the model", f"{share:+.0%}")
        table.add_row("", "times that with two threads", f"{gain:.2f}")


def with_threads(arguments: list[str], cache: Path) -> tuple[Run, float]:
    """The best of three runs with one thread, and how many times as fast the best of three with two is.

    They run in turn, so that what else runs on the machine disturbs both.
    """
    runs = [command(*arguments, "--threads", threads, cache=cache) for _ in range(3) for threads in ("1", "2")]
    one, two = best(runs[::2]), best(runs[1::2])
    return one, one.report["seconds"]["explore"] / two.report["seconds"]["explore"]


def small(table: Table) -> None:
    """How long a small model takes from the command to the verdict, the first time and later; what compiling takes."""
    for name in ("two-phase-commit", "paxos", "raft-tla", "gossip"):
        # Raft is large at its default bounds: here it is the compilation that counts
        bounds = ["-p", "servers=2"] if name == "raft-tla" else []
        with tempfile.TemporaryDirectory() as folder:
            first = command(name, *bounds, cache=Path(folder))
            later = min(command(name, *bounds, cache=Path(folder)).wall for _ in range(3))
        states = first.report["states"]["distinct"]
        table.add_row(f"{name}, {states:,} states", "whole command, nothing cached", f"{first.wall:.2f} s")
        table.add_row("", "of that, compiling", f"{first.report['seconds']['compile']:.2f} s")
        table.add_row("", "whole command, compiled before", f"{later:.2f} s")


def observing(table: Table) -> None:
    """What it costs to note which conditions were ever true and ever false: searches with and without, in turn."""
    cases = {
        "two-phase-commit, 8": TwoPhaseCommit(resource_managers=8),
        "paxos, 2 values, ballots 0..2": Paxos(ballots=3),
        "raft, 2 servers, 2 messages": RaftTla(servers=2, values=2, max_term=3, max_log=2, max_messages=2),
    }
    for name, model in cases.items():
        system = compile_model(model)
        kernels = [build_kernel(system, None)]
        nothing = (Plan(0, ()),) * (len(system.actions) + len(system.properties))
        with patch("quorate.kernel.steps.plans", lambda _, plans=nothing: plans):
            kernels.append(build_kernel(system, None))
        initial = [kernels[0].codec.encode(state) for state in model.initial_states()]
        seconds: list[list[float]] = [[], []]
        for turn in range(2 * TURNS):
            search = Search(kernels[turn % 2], initial, [], Limits())
            began = time.process_time()
            search.run()
            seconds[turn % 2].append(time.process_time() - began)
            search.close()
        share = min(seconds[0]) / min(seconds[1]) - 1
        table.add_row(name, "processor time of noting conditions", f"{share:+.1%} of the search")


def main() -> None:
    """Run everything and print one table."""
    table = Table("what", "measure", "value")
    with tempfile.TemporaryDirectory() as cache:
        searches(table, Path(cache))
    small(table)
    observing(table)
    Console().print(table)


if __name__ == "__main__":
    main()
