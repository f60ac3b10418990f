"""The command `verify`: run a suite, compare with its baseline, report."""

from __future__ import annotations

import fnmatch
import json
import shlex
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from quorate.errors import UsageError
from quorate.prove.processes import default_workers
from quorate_reports.page import BAD, GOOD, QUIET, WARN, Page, Part
from quorate_reports.quantities import parse_count, parse_seconds
from quorate_reports.saving import file_name, save_or_tell, write_file
from quorate_reports.suite.baseline import baseline_text, differences, read_baseline
from quorate_reports.suite.entries import Entry, Suite, find_suite, read_suite
from quorate_reports.suite.live import LiveTable
from quorate_reports.suite.report import SuiteReport, findings, github, junit, markdown, report_to_data, summary
from quorate_reports.suite.running import Facts, Outcome, points, run_entries
from quorate_reports.trace_text import write_trace
from quorate_reports.values import printable
from quorate_reports.wording import count, duration

BIG = "big"


@dataclass(frozen=True)
class VerifyOptions:
    """What was asked for, as it stands on the command line."""

    suite: Path | None = None
    update: bool = False
    all: bool = False
    only: tuple[str, ...] = ()
    workers: str | None = None
    max_time: str | None = None
    out: Path | None = None
    format: str = "text"
    quiet: bool = False


class VerifyCommand:
    """Runs a suite as asked for. The report goes to `page`, progress and complaints to `errors`."""

    def __init__(
        self, options: VerifyOptions, page: Page, errors: Page, interrupted: Callable[[], bool] | None = None
    ) -> None:
        self.options, self.page, self.errors = options, page, errors
        self.interrupted = interrupted or (lambda: False)

    def run(self) -> int:
        """Run the suite; the exit code of its worst finding."""
        began, options = time.perf_counter(), self.options
        workers = parse_count(options.workers, "--workers") if options.workers else default_workers()
        seconds = parse_seconds(options.max_time, "--max-time") if options.max_time else None
        suite = read_suite(find_suite(options.suite))
        everything = points(suite.entries)
        chosen = [entry for entry in everything if self._is_chosen(entry)]
        if not chosen:
            hint = "--only takes patterns such as 'raft*'; big checks run with --all"
            raise UsageError(f"{suite.path} has no check to run", hint=hint)
        left_out = sum(entry.size == BIG for entry in everything) if not options.all and not options.only else 0
        if seconds is not None:
            chosen = [replace(entry, budgets={"max_time": seconds, **entry.budgets}) for entry in chosen]
        baseline = self._baseline(suite)
        outcomes = self._outcomes(chosen, {} if options.update else baseline, min(workers, len(chosen)))
        names = {entry.name for entry in everything}
        stale = () if options.update else tuple(name for name in baseline if name not in names)
        known = [outcome.entry.name for outcome in outcomes if outcome.facts is not None]
        new = tuple(name for name in known if name not in baseline) if baseline and not options.update else ()
        report = SuiteReport(
            str(suite.path), outcomes, stale, new, left_out, time.perf_counter() - began, self._command()
        )
        self._write(report, suite)
        if options.update:
            self._update(suite, baseline, outcomes, names)
        return int(report.exit_code)

    def _baseline(self, suite: Suite) -> Mapping[str, Facts]:
        """What the baseline has. One that cannot be understood is written anew by --update, which is told."""
        try:
            return read_baseline(suite.lock)
        except UsageError as error:
            if not self.options.update:
                raise
            self.errors.line(("note: ", WARN), f"{error.message}; all of it is written anew")
            return {}

    def _is_chosen(self, entry: Entry) -> bool:
        if self.options.only:
            return any(fnmatch.fnmatchcase(entry.name, pattern) for pattern in self.options.only)
        return self.options.all or entry.size != BIG

    def _outcomes(self, chosen: Sequence[Entry], baseline: Mapping[str, Facts], workers: int) -> tuple[Outcome, ...]:
        """The outcomes in the order of the suite, each told as it comes."""
        table = None if self.options.quiet else LiveTable(self.errors, len(chosen))
        found: dict[str, Outcome] = {}
        try:
            for outcome in run_entries(chosen, workers, self.interrupted, *([table.told] if table else [])):
                name = outcome.entry.name
                if outcome.facts is not None and name in baseline:
                    outcome = replace(outcome, differences=differences(baseline[name], outcome.facts))
                found[name] = outcome
                if table is not None:
                    table.ended(outcome)
        finally:
            if table is not None:
                table.clear()
        return tuple(found[entry.name] for entry in chosen)

    # -- what is written

    def _write(self, report: SuiteReport, suite: Suite) -> None:
        match self.options.format:
            case "json":
                self.page.verbatim(json.dumps(report_to_data(report), indent=2))
            case "junit":
                self.page.verbatim(junit(report))
            case "github":
                for line in github(report):
                    self.page.verbatim(line)
                self.page.verbatim(summary(report))
            case "markdown":
                self.page.verbatim(markdown(report))
            case _:
                self._write_text(report, suite)

    def _write_text(self, report: SuiteReport, suite: Suite) -> None:
        bad = [outcome for outcome in report.outcomes if not outcome.is_good]
        for outcome in bad:
            self._write_failure(outcome)
        rows: list[list[Part]] = []
        for outcome in report.outcomes if not self.options.quiet else ():
            sign: Part = ("✓", GOOD) if outcome.is_good else ("✗", BAD)
            states = "" if outcome.facts is None else f"{outcome.facts.distinct:,}"
            expected = outcome.is_good and outcome.verdict == outcome.entry.verdict == "violated"
            verdict = "violated, as expected" if expected else outcome.verdict
            rows.append([sign, duration(outcome.seconds), states, verdict, printable(outcome.entry.name)])
        if rows:
            self.page.table(["", "time", "distinct", "verdict", "check"], rows, right=" rr")
            self.page.blank()
        for name in report.stale:
            self.page.line(("stale: ", WARN), f"{printable(name)} is in {suite.lock}, and no longer in the suite")
        if report.new:
            what = f"{count(len(report.new), 'check')} not in the baseline yet"
            self.page.line(("note: ", WARN), f"{what}; `quorate verify --update` puts them there")
        if report.left_out:
            self.page.line(("note: ", WARN), f"{count(report.left_out, 'big check')} left out; --all runs them too")
        self.page.line((summary(report), GOOD if not report.exit_code else BAD))
        self.page.verbatim(f"reproduce: {report.reproduce}")

    def _write_failure(self, outcome: Outcome) -> None:
        page = self.page
        page.line(("✗ ", BAD), printable(outcome.entry.name))
        for finding in findings(outcome):
            page.line(printable(finding), indent=4)
        if outcome.error is not None and (outcome.error,) != outcome.problems:
            page.verbatim("\n".join(printable(line) for line in outcome.error.split("\n")), indent=4)
        prefix = "quorate" if outcome.entry.engine in ("prove", "replay") else "quorate check"
        trace, command = outcome.counterexample, f"{prefix} {outcome.entry.name}"
        if trace is not None and outcome.problems:
            write_trace(page, trace)
            folder = (self.options.out or Path("quorate-out")) / file_name(outcome.entry.name)
            paths, failure = save_or_tell([trace], folder, command)
            for path in paths:
                page.verbatim(f"saved {path}", indent=4)
            if failure is not None:
                self.errors.line(("error: ", BAD), failure, wraps=False)
        if outcome.entry.engine != "sequence":
            page.line(("again: ", QUIET), command, indent=4, wraps=False)
        page.blank()

    def _update(
        self, suite: Suite, baseline: Mapping[str, Facts], outcomes: Sequence[Outcome], names: set[str]
    ) -> None:
        """Write the baseline anew; what did not run keeps what it had, what the suite no longer has goes."""
        found = {name: facts for name, facts in baseline.items() if name in names}
        found |= {outcome.entry.name: outcome.facts for outcome in outcomes if outcome.facts is not None}
        try:
            write_file(suite.lock, baseline_text(found).encode())
        except OSError as error:
            raise UsageError(f"{suite.lock} cannot be written: {error.strerror}") from None
        if self.options.format == "text":
            self.page.line(f"wrote {suite.lock}: {count(len(found), 'check')}")

    def _command(self) -> str:
        options = self.options
        words = ["quorate", "verify", *([str(options.suite)] if options.suite else [])]
        words += [part for pattern in options.only for part in ("--only", pattern)]
        words += ["--all"] if options.all else []
        words += ["--max-time", options.max_time] if options.max_time else []
        return shlex.join(words)
