"""The command `mutate`: would the properties of a model notice if its text were wrong?"""

from __future__ import annotations

import json
import os
import shlex
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from quorate.errors import Exit, UsageError
from quorate.finder import find_model
from quorate.prove.processes import default_workers
from quorate_reports.faults import parse_faults
from quorate_reports.page import BAD, GOOD, QUIET, WARN, Page, Part
from quorate_reports.points import as_options, parse_points
from quorate_reports.progress import LiveLine
from quorate_reports.quantities import parse_count
from quorate_reports.survivors import Survivors, read_survivors
from quorate_reports.values import printable, show_parameters
from quorate_reports.wording import count

if TYPE_CHECKING:
    from quorate.mutate.score import Judged, Score


@dataclass(frozen=True)
class MutateOptions:
    """What was asked for, as it stands on the command line."""

    model: str
    parameters: tuple[str, ...] = ()
    faults: str | None = None
    workers: str | None = None
    at_most: str | None = None
    least: str | None = None
    survivors: Path | None = None
    is_json: bool = False
    quiet: bool = False


class MutateCommand:
    """Judges mutants as asked for. The report goes to `page`, progress to `errors`."""

    def __init__(
        self, options: MutateOptions, page: Page, errors: Page, interrupted: Callable[[], bool] | None = None
    ) -> None:
        self.options, self.page, self.errors = options, page, errors
        self.interrupted = interrupted or (lambda: False)
        self.known = Survivors()
        self.done = self.killed = 0

    def run(self) -> int:
        """Judge the mutants; 0, or 10 where the score is below the least that was asked for, or where some survivor
        is not among those that are known."""
        from quorate.mutate.score import Setting, mutation_score

        options = self.options
        workers = parse_count(options.workers, "--workers") if options.workers else default_workers()
        if options.survivors is not None:
            self.known = read_survivors(options.survivors)
        at_most = parse_count(options.at_most, "--at-most") if options.at_most else self.known.at_most
        least = _percent(options.least) if options.least else None
        faults = parse_faults(options.faults) if options.faults else {}
        given = {text.partition("=")[0].strip() for text in options.parameters}
        also = [f"{name}={value}" for name, value in self.known.parameters.items() if name not in given]
        points = parse_points(find_model(options.model), [*also, *options.parameters])
        if points.swept:
            raise UsageError("mutate checks at one point, not along a sweep", hint="give each parameter one value")
        line = LiveLine(sys.stderr, width=self.errors.width)
        try:
            score = mutation_score(
                Setting(options.model, points.points[0], faults),
                workers=workers,
                at_most=at_most,
                on_judged=lambda judged: self._tell(line, judged),
                interrupted=self.interrupted,
            )
        finally:
            line.clear()
        is_enough = least is None or (score.share is not None and score.share >= least)
        if options.survivors is not None:
            is_enough = is_enough and not self._unexplained(score)
        code = Exit.HOLDS if is_enough else Exit.VACUOUS
        if options.is_json:
            self.page.verbatim(json.dumps(self._data(score, code), indent=2))
        else:
            self._write(score, least, is_enough=is_enough)
        return int(code)

    def _why(self, one: Judged) -> str | None:
        """The known reason why a mutant survives; None for one that is killed."""
        return self.known.why(one.mutant) if one.fate in ("survived", "unknown") else None

    def _unexplained(self, score: Score) -> int:
        return sum(one.fate in ("survived", "unknown") and self._why(one) is None for one in score.judged)

    def _tell(self, line: LiveLine, judged: Judged) -> None:
        self.done += 1
        self.killed += judged.fate == "killed"
        # a log wants no line for each
        if line.is_live and not self.options.quiet:
            line.show(f"{count(self.done, 'mutant')}, {self.killed} killed: {judged.mutant.method} {judged.fate}")

    def _data(self, score: Score, code: Exit) -> dict[str, Any]:
        return {
            "model": score.model,
            "parameters": dict(score.parameters),
            "score": score.share,
            "killed": score.count("killed"),
            "survived": score.count("survived"),
            "unknown": score.count("unknown"),
            "equivalent": score.count("equivalent"),
            "invalid": score.count("invalid"),
            "left_out": score.left_out,
            "stale": [dict(zip(("method", "was", "now"), change, strict=True)) for change in self.known.stale(score)],
            "mutants": [
                {
                    "file": os.path.relpath(one.mutant.path),
                    "line": one.mutant.line,
                    "method": one.mutant.method,
                    "operator": one.mutant.operator,
                    "diff": one.mutant.diff(),
                    "fate": one.fate,
                    "by": one.by,
                    "why": self._why(one),
                    "seconds": one.seconds,
                }
                for one in score.judged
            ],
            "exit_code": int(code),
            "reproduce": self._command(score),
        }

    def _write(self, score: Score, least: float | None, *, is_enough: bool) -> None:
        page = self.page
        page.line((printable(score.model), GOOD), f"  {show_parameters(score.parameters)}")
        if not self.options.quiet:
            for fate in ("survived", "unknown", "equivalent"):
                for one in score.judged:
                    if one.fate == fate:
                        self._write_one(one)
            self._write_killers(score)
        page.blank()
        share = "no mutant to judge" if score.share is None else f"{100 * score.share:.0f} % of the mutants are killed"
        page.line((share, GOOD if is_enough else BAD), f": {score.count('killed')} killed, {self._rest(score)}")
        if not is_enough and least is not None:
            page.line(f"{100 * least:g} % were asked for: a property that a survivor violates is missing")
        self._write_known(score)
        page.verbatim(f"reproduce: {self._command(score)}")

    def _rest(self, score: Score) -> str:
        named = {
            "survived": "survived",
            "unknown": "unknown",
            "equivalent": "equivalent (the same states and steps)",
            "invalid": "invalid (refused before they ran)",
        }
        parts = [f"{score.count(fate)} {word}" for fate, word in named.items() if score.count(fate)]
        parts += [f"{score.left_out} left out"] if score.left_out else []
        return ", ".join(parts) or "none left"

    def _write_one(self, one: Judged) -> None:
        style = {"survived": BAD, "unknown": WARN}.get(one.fate, QUIET)
        mutant, page = one.mutant, self.page
        page.blank()
        reason = f" ({printable(one.by)})" if one.by else ""
        place = f"{Path(mutant.path).name}:{mutant.line}"
        page.line((one.fate, style), f"  {place}  {mutant.method}: {mutant.operator}{reason}")
        page.verbatim("\n".join(printable(line) for line in mutant.diff().split("\n")), indent=4)
        why = self._why(one)
        if why is not None:
            page.line(("why: ", QUIET), printable(why), indent=4)

    def _write_known(self, score: Score) -> None:
        """How far the survivors agree with those that are known."""
        known = self.options.survivors
        if known is None:
            return
        unexplained = self._unexplained(score)
        if unexplained:
            what = f"{count(unexplained, 'survivor')} without a reason in {known}"
            self.page.line(("unexplained: ", BAD), what, wraps=False)
        for method, was, now in self.known.stale(score):
            what = f"{known} has a change of {method} that does not survive: {was} -> {now}"
            self.page.line(("stale: ", WARN), printable(what.replace("\n", " ")))

    def _write_killers(self, score: Score) -> None:
        """Which property kills how many: one that kills none may say nothing of its own."""
        killers: dict[str, int] = {}
        for one in score.judged:
            if one.fate == "killed":
                killers[one.by] = killers.get(one.by, 0) + 1
        rows: list[list[Part]] = [
            [str(number), printable(name)] for name, number in sorted(killers.items(), key=lambda item: -item[1])
        ]
        if rows:
            self.page.blank()
            self.page.table(["killed", "by"], rows, indent=2, right="r ")

    def _command(self, score: Score) -> str:
        options = self.options
        words = ["quorate", "mutate", options.model, *(["--faults", options.faults] if options.faults else [])]
        words += as_options(score.parameters)
        words += ["--at-most", options.at_most] if options.at_most else []
        words += ["--survivors", str(options.survivors)] if options.survivors else []
        return shlex.join(words)


def _percent(text: str) -> float:
    try:
        value = float(text.rstrip("% "))
    except ValueError:
        value = -1.0
    if not 0 <= value <= 100:
        raise UsageError(f"--least {text!r} is not understood", hint="give a percentage such as 90")
    return value / 100
