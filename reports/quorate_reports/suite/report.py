"""What a run of a suite comes to: outcomes, what is stale, and the exit code; as JSON, JUnit, GitHub or Markdown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from quorate.errors import Exit
from quorate_reports.github import command
from quorate_reports.suite.running import Outcome
from quorate_reports.trace_file import trace_to_data
from quorate_reports.values import printable
from quorate_reports.wording import count, duration

WORST_FIRST = (
    Exit.INTERNAL,
    Exit.LOAD,
    Exit.PARAMETER,
    Exit.USAGE,
    Exit.MODEL_FAULT,
    Exit.ASSERTION,
    Exit.SAFETY,
    Exit.DEADLOCK,
    Exit.LIVENESS,
    Exit.INCONCLUSIVE,
    Exit.VACUOUS,
)
"""The exit codes of findings, the worst first."""


@dataclass(frozen=True)
class SuiteReport:
    """Outcomes in the order of the suite. `stale` are the checks of the baseline that the suite has no longer, `new`
    those of the suite that a baseline lacks; `left_out` counts the big ones that did not run."""

    suite: str
    outcomes: tuple[Outcome, ...]
    stale: tuple[str, ...]
    new: tuple[str, ...]
    left_out: int
    seconds: float
    reproduce: str

    @property
    def exit_code(self) -> Exit:
        """The code of the worst finding: of a check that is not as expected its own, if that is none of success;
        otherwise, and where only the baseline differs, 10: an assumption failed."""
        codes = {code_of(outcome) for outcome in self.outcomes} | ({Exit.VACUOUS} if self.stale else set())
        return next((code for code in WORST_FIRST if code in codes), Exit.HOLDS)


def code_of(outcome: Outcome) -> Exit:
    """The exit code that one outcome calls for."""
    if outcome.is_good:
        return Exit.HOLDS
    entry, trace = outcome.entry, outcome.counterexample
    another = trace is not None and entry.violates not in (None, trace.property or trace.kind)
    surprising = outcome.problems and (outcome.verdict != entry.verdict or another)
    return outcome.exit_code if surprising and outcome.exit_code != Exit.HOLDS else Exit.VACUOUS


def findings(outcome: Outcome) -> tuple[str, ...]:
    """All that is not as it should be about an outcome."""
    return (*outcome.problems, *(f"baseline: {difference}" for difference in outcome.differences))


def report_to_data(report: SuiteReport) -> dict[str, Any]:
    """The report as JSON objects."""
    return {
        "suite": report.suite,
        "exit_code": int(report.exit_code),
        "seconds": report.seconds,
        "checks": [_outcome(outcome) for outcome in report.outcomes],
        "stale": list(report.stale),
        "new": list(report.new),
        "left_out": report.left_out,
        "reproduce": report.reproduce,
    }


def _outcome(outcome: Outcome) -> dict[str, Any]:
    facts = outcome.facts
    states: Mapping[str, int] | None = None
    if facts is not None:
        states = {name: getattr(facts, name) for name in ("generated", "distinct", "depth", "terminal", "cut")}
    return {
        "name": outcome.entry.name,
        "model": outcome.entry.model,
        "parameters": dict(outcome.entry.parameters),
        "expected": outcome.entry.verdict,
        "verdict": outcome.verdict,
        "property": None if facts is None else facts.property,
        "exit_code": int(code_of(outcome)),
        "seconds": outcome.seconds,
        "states": states,
        "digest": None if facts is None else facts.digest,
        "problems": list(outcome.problems),
        "differences": list(outcome.differences),
        "error": outcome.error,
        "trace": None if outcome.counterexample is None else trace_to_data(outcome.counterexample),
    }


def junit(report: SuiteReport) -> str:
    """JUnit XML: a test case for each check."""
    bad = sum(not outcome.is_good for outcome in report.outcomes) + len(report.stale)
    tests = len(report.outcomes) + len(report.stale)
    head = f'tests="{tests}" failures="{bad}" errors="0" time="{report.seconds:.3f}"'
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', f"<testsuites {head}>"]
    lines.append(f"  <testsuite name={quoteattr(_xml(report.suite))} {head}>")
    for outcome in report.outcomes:
        case = f"classname={quoteattr(_xml(outcome.entry.model))} name={quoteattr(_xml(outcome.entry.name))}"
        lines.append(f'    <testcase {case} time="{outcome.seconds:.3f}">')
        if not outcome.is_good:
            text = "\n".join(filter(None, [*findings(outcome), outcome.error]))
            message = quoteattr(_xml(findings(outcome)[0]))
            lines.append(f"      <failure message={message}>{escape(_xml(text))}</failure>")
        lines.append("    </testcase>")
    for name in report.stale:
        lines.append(f'    <testcase classname="baseline" name={quoteattr(_xml(name))}>')
        lines.append('      <failure message="the baseline has it, and the suite no longer"/>')
        lines.append("    </testcase>")
    return "\n".join([*lines, "  </testsuite>", "</testsuites>"])


def _xml(text: str) -> str:
    """Text without the characters that XML has no way to write."""
    return "\n".join(printable(line) for line in text.split("\n"))


def github(report: SuiteReport) -> Iterator[str]:
    """Annotations of a GitHub workflow, a line each."""
    for outcome in report.outcomes:
        if not outcome.is_good:
            text = "\n".join(filter(None, [*findings(outcome), outcome.error]))
            yield command("error", text, title=outcome.entry.name)
    for name in report.stale:
        yield command("error", "the baseline has it, and the suite no longer", title=name)


def markdown(report: SuiteReport) -> str:
    """A table for a pull request, what is wrong first."""
    ordered = sorted(report.outcomes, key=lambda outcome: outcome.is_good)
    rows = [
        (
            "✓" if outcome.is_good else "✗",
            f"`{outcome.entry.name}`",
            outcome.verdict,
            "" if outcome.facts is None else f"{outcome.facts.distinct:,}",
            duration(outcome.seconds),
            "<br>".join(findings(outcome)),
        )
        for outcome in ordered
    ]
    rows += [("✗", f"`{name}`", "stale", "", "", "in the baseline, no longer in the suite") for name in report.stale]
    lines = [f"**{summary(report)}**", ""]
    lines += ["| | check | verdict | states | time | finding |", "|---|---|---|---:|---:|---|"]
    lines += ["| " + " | ".join(_cell(cell) for cell in row) + " |" for row in rows]
    return "\n".join([*lines, "", f"`{report.reproduce}`"])


def _cell(text: str) -> str:
    return printable(text).replace("|", "\\|")


def summary(report: SuiteReport) -> str:
    """The run in a sentence."""
    total = len(report.outcomes)
    bad = sum(not outcome.is_good for outcome in report.outcomes)
    parts = [f"{count(total, 'check')} as expected" if not bad else f"{bad} of {count(total, 'check')} not as expected"]
    if report.stale:
        parts.append(f"{count(len(report.stale), 'check')} of the baseline stale")
    if report.left_out:
        parts.append(f"{report.left_out} big left out")
    return "; ".join([*parts, duration(report.seconds)])
