"""The command `check`: from its options to reports on the screen and files on the disk."""

from __future__ import annotations

import json
import re
import shlex
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import quorate
from quorate.errors import Exit, QuorateError, UsageError
from quorate.verdict import CheckResult, Inconclusive, Verdict, exit_code, worst
from quorate_reports.check_json import check_to_data, error_to_data, sweep_to_data
from quorate_reports.check_text import violations, write_check, write_files, write_notes, write_sweep, write_verdict
from quorate_reports.coverage_text import write_source
from quorate_reports.faults import find_faulty
from quorate_reports.layout_text import layout_to_data, write_layout
from quorate_reports.notes import never_happened, variant_note
from quorate_reports.page import BAD, NEW, Page
from quorate_reports.pictures import missing_graphviz
from quorate_reports.points import Points, as_options, parse_points
from quorate_reports.problems import write_error
from quorate_reports.progress import ProgressLine
from quorate_reports.quantities import parse_bytes, parse_count, parse_seconds
from quorate_reports.saving import default_folder, file_name, save_or_tell, write_file
from quorate_reports.unchecked import Unchecked
from quorate_reports.values import show, show_parameters

if TYPE_CHECKING:
    from quorate import LayoutReport
    from quorate.language.model import Model


Z3_TIME = "2s"
"""How long z3 is waited for when a search has ended, if nothing else is said."""


@dataclass(frozen=True)
class CheckOptions:
    """What was asked for, as it stands on the command line. `out` is None if no folder was named.

    `format` is "text", "json", "junit" or "github".
    """

    model: str
    parameters: tuple[str, ...] = ()
    invariants: tuple[str, ...] = ()
    faults: str | None = None
    out: Path | None = None
    report: Path | None = None
    deadlock: bool = False
    max_states: str | None = None
    max_depth: str | None = None
    max_time: str | None = None
    max_memory: str | None = None
    z3_time: str | None = None
    no_z3: bool = False
    audit: bool = False
    threads: str | None = None
    show_layout: bool = False
    coverage: bool = False
    keep_going: bool = False
    quiet: bool = False
    is_json: bool = False
    format: str = "text"


@dataclass(frozen=True)
class Checked:
    """One check that was made: its result, the command that does it again, and the files it left.

    `broken` is the note on a broken variant that is not caught here, `never` that on what never happened.
    """

    instance: Model
    result: CheckResult
    reproduce: str
    files: tuple[Path, ...]
    broken: str | None
    never: str | None
    layout: LayoutReport | None

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader should know besides the verdict."""
        return tuple(note for note in (self.broken, self.never) if note)


class CheckCommand:
    """Runs checks as asked for. Reports go to `page`, progress and complaints to `errors`.

    `interrupted` says whether Ctrl-C was pressed; None leaves that to the check.
    """

    def __init__(
        self, options: CheckOptions, page: Page, errors: Page, interrupted: Callable[[], bool] | None = None
    ) -> None:
        self.options, self.page, self.errors, self.interrupted = options, page, errors, interrupted
        self.began = time.perf_counter()
        self.load = 0.0
        self.failed_to_save = False
        self.outcomes: list[Checked | Unchecked] = []
        self.budgets = _budgets(options)

    def run(self) -> int:
        """Check at every point asked for; the exit code, of a sweep the worst."""
        model = find_faulty(self.options.model, self.options.faults)
        self.load = time.perf_counter() - self.began
        points = parse_points(model, self.options.parameters)
        if self.options.report is not None:
            _refuse_report(self.options.report, points)
        is_quiet = self.options.quiet and not self.options.is_json
        is_hidden = (is_quiet or self.options.format == "junit") and self.options.report is None
        if self.options.z3_time is None and (points.swept or is_hidden):
            # at each of many small checks z3 would be what takes the time; a quiet report does not show what it says
            self.budgets["z3_time"] = None
        instances = [model(**point) for point in points.points]
        code = self._reported(lambda: self._sweep(points, instances) if points.swept else self._single(instances[0]))
        return Exit.INTERNAL if self.failed_to_save else code

    def _reported(self, check: Callable[[], int]) -> int:
        """Check, and write what a format has besides the text or in place of it."""
        if self.options.format == "junit":
            from quorate_reports.junit import checks_to_junit

            page, self.page = self.page, Page.in_memory(self.page.width)
            code = check()
            found = [one if isinstance(one, Unchecked) else (one.result, one.reproduce) for one in self.outcomes]
            page.verbatim(checks_to_junit(found))
            return code
        if self.options.format == "github":
            from quorate_reports.github import check_annotations, error_annotations, no_commands, places_of

            with no_commands(self.page):
                code = check()
            for one in self.outcomes:
                if isinstance(one, Unchecked):
                    lines = error_annotations(one.error)
                else:
                    lines = check_annotations(one.result, places_of(one.instance), one.reproduce)
                for line in lines:
                    self.page.verbatim(line)
            return code
        return check()

    def _single(self, instance: Model) -> int:
        made = self._with_report(self._check(instance, self._folder()))
        self.outcomes.append(made)
        if self.options.is_json:
            self._write_json(_data(made))
            return made.result.exit_code
        self._write_asked(made)
        if self.options.quiet:
            write_verdict(self.page, made.result, notes=made.notes)
            write_files(self.page, made.files)
        else:
            write_check(self.page, made.result, reproduce=made.reproduce, files=made.files, notes=made.notes)
            self._note_missing_graphviz(made)
        return made.result.exit_code

    def _write_asked(self, made: Checked, heading: str = "") -> None:
        """What was asked for besides the report: the layout, the source with its coverage."""
        if heading and (made.layout is not None or self.options.coverage):
            self.page.line((heading, NEW))
        if made.layout is not None:
            write_layout(self.page, made.layout)
            self.page.blank()
        if self.options.coverage:
            write_source(self.page, made.result)
            self.page.blank()

    def _sweep(self, points: Points, instances: list[Model]) -> int:
        rows: list[tuple[list[str], CheckResult | str]] = []
        data: list[dict[str, Any]] = []
        made: list[Checked] = []
        failures: list[int] = []
        interrupted = False
        for instance in instances:
            values = [show(instance.parameter_values[name]) for name in points.swept]
            if interrupted:
                rows.append((values, "not run"))
                continue
            at = ",".join(f"{name}={value}" for name, value in zip(points.swept, values, strict=True))
            try:
                one = self._check(instance, self._folder() / file_name(at))
            except QuorateError as error:
                failures.append(error.exit_code)
                rows.append((values, error.message))
                data.append({"parameters": instance.parameter_values, **error_to_data(error)})
                self.outcomes.append(Unchecked(type(instance).__name__, instance.parameter_values, error))
                write_error(self.errors, error)
                continue
            made.append(one)
            self.outcomes.append(one)
            rows.append((values, one.result))
            data.append(_data(one))
            interrupted = _was_interrupted(one.result)
        code = max(failures) if failures else int(exit_code(worst(tuple(one.result.verdict for one in made))))
        reproduce = self._command([part for text in self.options.parameters for part in ("-p", text)])
        if self.options.is_json:
            self._write_json(
                sweep_to_data(type(instances[0]).__name__, points.swept, data, exit_code=code, reproduce=reproduce)
            )
        else:
            self._write_sweep(points, rows, made, reproduce)
        return code

    def _write_sweep(
        self, points: Points, rows: list[tuple[list[str], CheckResult | str]], made: list[Checked], reproduce: str
    ) -> None:
        for one in made:
            self._write_asked(one, show_parameters(one.result.parameters))
            write_files(self.page, one.files)
        write_sweep(self.page, points.swept, rows)
        # what never happened is another thing at each point
        write_notes(self.page, list(dict.fromkeys(one.broken for one in made if one.broken)))
        self.page.blank()
        self.page.verbatim(f"reproduce: {reproduce}")

    # -- one check

    def _check(self, instance: Model, folder: Path) -> Checked:
        options = self.options
        layout = quorate.layout_report(instance) if options.show_layout else None
        line = ProgressLine(sys.stderr, width=self.errors.width)
        try:
            result = quorate.check(
                instance,
                properties=options.invariants or None,
                deadlock=options.deadlock,
                keep_going=options.keep_going,
                audit=options.audit,
                on_progress=None if options.quiet else line,
                interrupted=self.interrupted,
                **self.budgets,
            )
        finally:
            line.clear()
        seconds = replace(result.seconds, load=self.load, total=result.seconds.total + self.load)
        result = replace(result, seconds=seconds)
        reproduce = self._command(as_options(instance.parameter_values))
        files = self._save(result, folder, reproduce)
        notes = variant_note(result, instance), never_happened(result)
        return Checked(instance, result, reproduce, files, *notes, layout)

    def _with_report(self, made: Checked) -> Checked:
        """The check with its page among the files it left, if one was asked for."""
        path = self.options.report
        if path is None:
            return made
        from quorate_reports.html.report import report_html

        page = report_html(made.result, reproduce=made.reproduce, notes=made.notes)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            write_file(path, page.encode(errors="backslashreplace"))
        except OSError as error:
            self._tell_unsaved(f"the report cannot be saved as {path}: {error.strerror or error}")
            return made
        return replace(made, files=(*made.files, path))

    def _save(self, result: CheckResult, folder: Path, reproduce: str) -> tuple[Path, ...]:
        paths, failure = save_or_tell(violations(result), folder, reproduce)
        if failure is not None:
            self._tell_unsaved(failure)
        return paths

    def _tell_unsaved(self, failure: str) -> None:
        self.failed_to_save = True
        self.errors.line(("error: ", BAD), failure, wraps=False)

    def _folder(self) -> Path:
        return self.options.out or default_folder(self.options.model)

    def _command(self, parameters: list[str]) -> str:
        """The command line that does this again, with the given `-p` options."""
        options = self.options
        budgets = [
            part
            for name in ("max_states", "max_depth", "max_time", "max_memory", "z3_time")
            if (value := getattr(options, name)) is not None
            for part in (f"--{name.replace('_', '-')}", value)
        ]
        named = [part for name in options.invariants for part in ("--invariant", name)]
        known = ("deadlock", "keep_going", "no_z3", "audit")
        switches = [f"--{name.replace('_', '-')}" for name in known if getattr(options, name)]
        faults = ["--faults", options.faults] if options.faults is not None else []
        return shlex.join(["quorate", "check", options.model, *faults, *parameters, *named, *switches, *budgets])

    def _write_json(self, data: Mapping[str, Any]) -> None:
        self.page.verbatim(json.dumps(data, indent=2))

    def _note_missing_graphviz(self, made: Checked) -> None:
        note = missing_graphviz(made.files)
        if note is not None:
            self.errors.line(note)


def _data(made: Checked) -> dict[str, Any]:
    data = check_to_data(made.result, reproduce=made.reproduce, files=made.files, notes=made.notes)
    return data if made.layout is None else data | {"layout": layout_to_data(made.layout)}


def _refuse_report(path: Path, points: Points) -> None:
    """Raises UsageError before anything is searched, for a report that cannot be written."""
    if points.swept:
        raise UsageError("--report shows one check, and a sweep makes several", hint="give each parameter one value")
    if path.is_dir():
        raise UsageError(f"--report {path}: this is a folder", hint=f"name a file, such as {path / 'report.html'}")


def _was_interrupted(result: CheckResult) -> bool:
    verdict: Verdict = result.verdict
    return isinstance(verdict, Inconclusive) and re.match("interrupted", verdict.reason) is not None


def _budgets(options: CheckOptions) -> dict[str, Any]:
    """The budgets as numbers. Raises UsageError for one that is not, or that contradicts another option."""
    if options.no_z3 and options.z3_time is not None:
        raise UsageError("--no-z3 and --z3-time contradict each other")
    parsers: dict[str, Callable[[str, str], float]] = {
        "max_states": parse_count,
        "max_depth": parse_count,
        "max_time": parse_seconds,
        "max_memory": parse_bytes,
        "z3_time": parse_seconds,
        "threads": parse_count,
    }
    given = {name: getattr(options, name) for name in parsers}
    if not options.no_z3:
        given["z3_time"] = options.z3_time or Z3_TIME
    return {
        name: parse(given[name], f"--{name.replace('_', '-')}") if given[name] is not None else None
        for name, parse in parsers.items()
    }
