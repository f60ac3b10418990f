"""The command `diff`: how the behaviours of two versions of a model differ."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import quorate
from quorate.errors import Exit, UsageError
from quorate.finder import find_function
from quorate.verdict import CheckResult, exit_code, worst
from quorate_reports.page import BAD, GOOD, QUIET, WARN, Page, Part
from quorate_reports.points import parse_points
from quorate_reports.quantities import parse_count, parse_seconds
from quorate_reports.revisions import model_at
from quorate_reports.saving import save_or_tell
from quorate_reports.trace_file import trace_to_data
from quorate_reports.trace_text import write_trace
from quorate_reports.values import printable
from quorate_reports.wording import count, style_of

if TYPE_CHECKING:
    from quorate.explore.difference import Difference, Side
    from quorate.language.model import Model

Verdicts: TypeAlias = Mapping[str, tuple[str, str]]
"""By the names of properties: the name of the verdict before and after."""


@dataclass(frozen=True)
class DiffOptions:
    """What was asked for, as it stands on the command line."""

    old: str
    new: str
    parameters: tuple[str, ...] = ()
    faults: str | None = None
    mapping: str | None = None
    max_states: str | None = None
    max_time: str | None = None
    out: Path | None = None
    is_json: bool = False


class DiffCommand:
    """Compares two versions as asked for. Reports go to `page`, complaints to `errors`."""

    def __init__(
        self, options: DiffOptions, page: Page, errors: Page, interrupted: Callable[[], bool] | None = None
    ) -> None:
        self.options, self.page, self.errors = options, page, errors
        self.interrupted = interrupted or (lambda: False)

    def run(self) -> int:
        """Compare. 0 if both do the same; the new one's code if a property is not what it was; otherwise 10."""
        options = self.options
        states = parse_count(options.max_states, "--max-states") if options.max_states else None
        seconds = parse_seconds(options.max_time, "--max-time") if options.max_time else None
        mapping = find_function(options.mapping) if options.mapping else None
        with ExitStack() as stack:
            specs = (options.old, options.new)
            old, new = self._instances([stack.enter_context(model_at(spec, options.faults)) for spec in specs])
            limits: dict[str, Any] = {
                "max_states": states,
                "max_time": seconds,
                "interrupted": self.interrupted,
            }
            checks = [quorate.check(one, keep_going=True, **limits) for one in (old, new)]
            found = quorate.compare(old, new, mapping=mapping, **limits)
        verdicts = changed_verdicts(*checks)
        code = Exit.HOLDS if found.same and not verdicts else Exit.VACUOUS
        if verdicts and exit_code(checks[1].verdict) != Exit.HOLDS:
            code = exit_code(worst(tuple(item.verdict for item in checks[1].properties if item.name in verdicts)))
        if options.is_json:
            self.page.verbatim(json.dumps(self._data(found, verdicts, code), indent=2))
        else:
            self._write(found, verdicts, checks)
        return int(code)

    def _instances(self, models: Sequence[type[Model]]) -> list[Model]:
        """The models, each with those of the parameters that it has; one that neither has is refused."""
        names = {text: text.partition("=")[0].strip() for text in self.options.parameters}
        made = []
        for model in models:
            nobodys = [text for text, name in names.items() if not any(name in one.parameters() for one in models)]
            own = [text for text, name in names.items() if name in model.parameters()]
            points = parse_points(model, [*own, *nobodys])
            if points.swept:
                raise UsageError("diff compares at one point, not along a sweep", hint="give each parameter one value")
            made.append(model(**points.points[0]))
        return made

    def _data(self, found: Difference, verdicts: Verdicts, code: Exit) -> dict[str, Any]:
        return {
            "old": self.options.old,
            "new": self.options.new,
            "same": found.same,
            "refines": found.refines,
            "common": found.common,
            "gained": _side_to_data(found.gained),
            "lost": _side_to_data(found.lost),
            "bounded": list(found.bounded),
            "verdicts": [{"property": name, "old": a, "new": b} for name, (a, b) in verdicts.items()],
            "exit_code": int(code),
            "reproduce": self._command(),
        }

    def _write(self, found: Difference, verdicts: Verdicts, checks: Sequence[CheckResult]) -> None:
        page = self.page
        page.line(("old ", QUIET), printable(self.options.old))
        page.line(("new ", QUIET), printable(self.options.new))
        page.blank()
        for name, (before, after) in verdicts.items():
            last = next((item.verdict for item in checks[1].properties if item.name == name), checks[1].verdict)
            page.line(f"{printable(name)} was {before}, and is ", (after, style_of(last)))
        if found.same:
            page.line(("the same behaviour", GOOD), f": {count(found.common, 'state')}, with the same steps")
        else:
            refined = ("the new one refines the old", GOOD) if found.refines else ("it is no refinement", WARN)
            page.line(f"{count(found.common, 'state')} in common; ", refined)
            self._write_counts(found)
        for bound in dict.fromkeys(found.bounded):
            page.line(("note: ", WARN), f"a bound cut steps, beyond which nothing is compared: {printable(bound)}")
        for title, side in (("gained", found.gained), ("lost", found.lost)):
            if side.trace is not None:
                self._write_trace(title, side)
        page.blank()
        page.verbatim(f"reproduce: {self._command()}")

    def _write_counts(self, found: Difference) -> None:
        sides = (("gained", found.gained), ("lost", found.lost))
        rows: list[list[Part]] = [[title, f"{side.states:,}", f"{side.steps:,}"] for title, side in sides]
        self.page.table(["", "states", "steps"], rows, indent=2, right=" rr")
        for title, side in sides:
            for action, number in side.roots.items():
                where = "from states that both reach"
                self.page.line(f"{title}: ", (printable(action), BAD), f", {count(number, 'step')} {where}", indent=2)

    def _write_trace(self, title: str, side: Side) -> None:
        assert side.trace is not None
        page = self.page
        page.blank()
        page.line((f"the first {'behaviour' if len(side.trace.steps) > 1 else 'state'} {title}", BAD))
        write_trace(page, side.trace)
        paths, failure = save_or_tell([side.trace], self._folder() / title, self._command())
        for path in paths:
            page.verbatim(f"saved {path}")
        if failure is not None:
            self.errors.line(("error: ", BAD), failure, wraps=False)

    def _folder(self) -> Path:
        return self.options.out or Path("quorate-out") / "diff"

    def _command(self) -> str:
        options = self.options
        words = ["quorate", "diff", options.old, options.new]
        words += [part for text in options.parameters for part in ("-p", text)]
        words += ["--faults", options.faults] if options.faults else []
        words += ["--map", options.mapping] if options.mapping else []
        return shlex.join(words)


def changed_verdicts(old: CheckResult, new: CheckResult) -> Verdicts:
    """The names of verdicts before and after, by the properties whose verdict is another, or that only one has."""
    before, after = ({item.name: item.verdict.name for item in result.properties} for result in (old, new))
    names = dict.fromkeys((*before, *after))
    pairs = {name: (before.get(name, "absent"), after.get(name, "absent")) for name in names}
    return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}


def _side_to_data(side: Side) -> dict[str, Any]:
    return {
        "states": side.states,
        "steps": side.steps,
        "actions": dict(side.roots),
        "trace": None if side.trace is None else trace_to_data(side.trace),
    }
