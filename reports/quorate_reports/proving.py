"""The command `prove`: by induction, by a bounded search, or by a search for the lemmas that are missing."""

from __future__ import annotations

import json
import shlex
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import quorate
from quorate.errors import Exit, ParameterError, UsageError, nearest
from quorate.finder import find_invariant, split_spec
from quorate.trace import Trace
from quorate.verdict import CheckResult, ProofResult, Violated
from quorate_reports.check_json import check_to_data
from quorate_reports.check_text import violations, write_bounded
from quorate_reports.faults import find_faulty
from quorate_reports.lemma_text import exit_code, search_to_data, write_search
from quorate_reports.page import BAD, Page
from quorate_reports.pictures import missing_graphviz
from quorate_reports.points import as_options, parse_points
from quorate_reports.progress import LiveLine
from quorate_reports.proof_json import proof_result_to_data
from quorate_reports.proof_text import write_proof, write_proof_in_short
from quorate_reports.quantities import parse_count, parse_seconds
from quorate_reports.saving import default_folder, save_or_tell

if TYPE_CHECKING:
    from quorate.language.model import Model
    from quorate.language.properties import Property

DEPTH = 10
"""The states of the longest runs that a bounded search looks at, if nothing else is said."""


@dataclass(frozen=True)
class ProveOptions:
    """What was asked for, as it stands on the command line. `out` is None if no folder was named."""

    model: str
    parameters: tuple[str, ...] = ()
    invariants: tuple[str, ...] = ()
    with_lemmas: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    unbounded: tuple[str, ...] = ()
    k: str | None = None
    query_time: str | None = None
    max_time: str | None = None
    engine: str = "induction"
    max_depth: str | None = None
    find_lemmas: bool = False
    workers: str | None = None
    faults: str | None = None
    out: Path | None = None
    quiet: bool = False
    is_json: bool = False


# the options of each way to prove, with the names they have on the command line
SPELT = {
    "with_lemmas": "--with",
    "without": "--without",
    "unbounded": "--unbounded",
    "k": "--k",
    "query_time": "--query-time",
    "max_depth": "--max-depth",
    "workers": "--workers",
}
TAKEN = {
    "--engine induction": {"with_lemmas", "without", "unbounded", "k", "query_time", "workers"},
    "--engine bmc": {"max_depth"},
    "--find-lemmas": set[str](),
}


class ProveCommand:
    """Proves as asked for. Reports go to `page`, progress and complaints to `errors`.

    `interrupted` says whether Ctrl-C was pressed; None leaves that to the proof.
    """

    def __init__(
        self, options: ProveOptions, page: Page, errors: Page, interrupted: Callable[[], bool] | None = None
    ) -> None:
        self.options, self.page, self.errors, self.interrupted = options, page, errors, interrupted
        self.way = "--find-lemmas" if options.find_lemmas else f"--engine {options.engine}"
        self.line = LiveLine(sys.stderr, width=errors.width)
        self.failed_to_save = False
        _refuse_others(options, self.way)
        self.numbers = _numbers(options)

    def run(self) -> int:
        """Prove what was asked for; the exit code."""
        model = find_faulty(self.options.model, self.options.faults)
        points = parse_points(model, self.options.parameters)
        if points.swept:
            raise UsageError(
                f"a proof takes one value of each parameter, not a sweep over {', '.join(points.swept)}",
                hint="a bound can be lifted: --unbounded BOUND",
            )
        instance = model(**points.points[0])
        reproduce = self._command(instance)
        ways = {
            "--find-lemmas": self._find_lemmas,
            "--engine bmc": self._bounded,
            "--engine induction": self._induction,
        }
        code = ways[self.way](instance, reproduce)
        return Exit.INTERNAL if self.failed_to_save else code

    # -- the ways to prove

    def _induction(self, instance: Model, reproduce: str) -> int:
        result: ProofResult = self._telling(
            quorate.prove_invariants,
            instance,
            properties=self.options.invariants or None,
            lemmas=self._lemmas(instance),
            without=self.options.without,
            unbounded=self.options.unbounded,
            **self.numbers,
        )
        files = self._save(_shown(result), reproduce)
        if self.options.is_json:
            self._write_json(proof_result_to_data(result, reproduce=reproduce, files=files))
        elif self.options.quiet:
            write_proof_in_short(self.page, result, files=files)
        else:
            write_proof(self.page, result, reproduce=reproduce, files=files)
        return result.exit_code

    def _bounded(self, instance: Model, reproduce: str) -> int:
        result: CheckResult = self._telling(
            quorate.bounded_check,
            instance,
            properties=self.options.invariants or None,
            **{"max_depth": DEPTH, **self.numbers},
        )
        files = self._save(violations(result), reproduce)
        if self.options.is_json:
            self._write_json(check_to_data(result, reproduce=reproduce, files=files))
        else:
            write_bounded(self.page, result, reproduce=reproduce, files=files, quiet=self.options.quiet)
        return result.exit_code

    def _find_lemmas(self, instance: Model, reproduce: str) -> int:
        found = self._telling(quorate.find_lemmas, instance, properties=self.options.invariants or None, **self.numbers)
        files = self._save(_shown(found.proof) if found.proof is not None else (), reproduce)
        if self.options.is_json:
            self._write_json(search_to_data(instance, found, reproduce=reproduce, files=files))
        else:
            write_search(self.page, instance, found, reproduce=reproduce, files=files, quiet=self.options.quiet)
        return exit_code(found)

    def _telling(self, engine: Callable[..., Any], instance: Model, **options: Any) -> Any:
        """Run an engine that tells its progress."""
        told = None if self.options.quiet else lambda at: self.line.show(f"depth {at}" if isinstance(at, int) else at)
        try:
            return engine(instance, on_progress=told, interrupted=self.interrupted, **options)
        finally:
            self.line.clear()

    # -- what the options mean

    def _lemmas(self, instance: Model) -> list[Property] | None:
        """The model's lemmas and those that were asked for besides; None if none were."""
        if not self.options.with_lemmas:
            return None
        given = [_lemma(instance, spec) for spec in self.options.with_lemmas]
        return list(dict.fromkeys([*instance.model_lemmas(), *given]))

    def _command(self, instance: Model) -> str:
        """The command line that does this again."""
        options = self.options
        several = {
            "--invariant": options.invariants,
            "--with": options.with_lemmas,
            "--without": options.without,
            "--unbounded": options.unbounded,
        }
        single = {
            "--faults": options.faults,
            "--k": options.k,
            "--query-time": options.query_time,
            "--max-time": options.max_time,
            "--engine": options.engine if options.engine != "induction" else None,
            "--max-depth": options.max_depth,
        }
        return shlex.join(
            [
                *("quorate", "prove", options.model, *as_options(instance.parameter_values)),
                *(part for option, values in several.items() for value in values for part in (option, value)),
                *(part for option, value in single.items() if value is not None for part in (option, value)),
                *(["--find-lemmas"] if options.find_lemmas else []),
            ]
        )

    # -- what is written

    def _save(self, traces: Sequence[Trace], reproduce: str) -> tuple[Path, ...]:
        folder = self.options.out or default_folder(self.options.model)
        paths, failure = save_or_tell(traces, folder, reproduce)
        if failure is not None:
            self.failed_to_save = True
            self.errors.line(("error: ", BAD), failure, wraps=False)
        note = missing_graphviz(paths)
        if note is not None and not self.options.quiet and not self.options.is_json:
            self.errors.line(note)
        return paths

    def _write_json(self, data: dict[str, Any]) -> None:
        self.page.verbatim(json.dumps(data, indent=2))


def _shown(result: ProofResult) -> list[Trace]:
    """The trace that the report has of each property that is not proved."""
    traces = []
    for item in (*result.properties, *result.lemmas):
        if isinstance(item.verdict, Violated):
            traces.append(item.verdict.trace)
        elif item.proof is not None and item.proof.cti is not None:
            traces.append(item.proof.cti.trace)
    return traces


def _lemma(instance: Model, spec: str) -> Property:
    """The invariant that `--with` names. Raises ParameterError, with the nearest name, or LoadError."""
    place, name = split_spec(spec)
    if name:
        return find_invariant(place, name)
    own = (*instance.model_lemmas(), *instance.model_properties())
    known = {prop.name: prop for prop in own if prop.kind == "invariant"}
    if spec not in known:
        listing = (
            f"it has {', '.join(known)}" if known else "one of another module is named pkg.mod:name or file.py:name"
        )
        raise ParameterError(
            f"{type(instance).__name__} has no lemma or invariant {spec}", hint=nearest(spec, known) or listing
        )
    return known[spec]


def _refuse_others(options: ProveOptions, way: str) -> None:
    """Refuse the options that a way to prove has no use for."""
    if options.find_lemmas and options.engine == "bmc":
        raise UsageError("--find-lemmas looks for proofs by induction, not by bmc")
    for name, option in SPELT.items():
        if getattr(options, name) and name not in TAKEN[way]:
            others = " or ".join(other for other, names in TAKEN.items() if name in names)
            raise UsageError(f"{way} does not take {option}", hint=f"{option} is for {others}")


def _numbers(options: ProveOptions) -> dict[str, Any]:
    """The numbers that were given. Raises UsageError for what is none."""
    parsers: dict[str, Callable[[str, str], float]] = {
        "k": parse_count,
        "query_time": parse_seconds,
        "max_time": parse_seconds,
        "max_depth": parse_count,
        "workers": parse_count,
    }
    given = {name: getattr(options, name) for name in parsers}
    return {
        name: parsers[name](text, f"--{name.replace('_', '-')}") for name, text in given.items() if text is not None
    }
