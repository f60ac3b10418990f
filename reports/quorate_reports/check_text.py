"""The result of a check as text: the verdict and what it is worth, statistics, tables, the trace of each failure."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from quorate.language.properties import TEMPORAL
from quorate.trace import Trace
from quorate.verdict import Audit, CheckResult, Holds, Inconclusive, PropertyResult, Vacuous, Verdict, Violated
from quorate_reports.coverage_text import write_suspicious
from quorate_reports.page import BAD, QUIET, WARN, Page, Part
from quorate_reports.trace_text import write_subject, write_trace
from quorate_reports.values import printable
from quorate_reports.wording import (
    count,
    cut_place,
    duration,
    failing,
    memory,
    proof_style,
    rate,
    style_of,
    worth,
    z3_word,
)

FELT = 0.1
"""Seconds that a reader may ask about."""


def check_to_text(
    result: CheckResult, *, reproduce: str, files: Sequence[Path] = (), notes: Sequence[str] = (), width: int = 80
) -> str:
    """The report of a check as plain text of a given width."""
    page = Page.in_memory(width)
    write_check(page, result, reproduce=reproduce, files=files, notes=notes)
    return page.text()


def write_check(
    page: Page, result: CheckResult, *, reproduce: str, files: Sequence[Path] = (), notes: Sequence[str] = ()
) -> None:
    """Write the report of a check on a page. Its last line is the command that does it again."""
    write_verdict(page, result, notes=notes)
    _write_violations(page, result)
    page.blank()
    write_statistics(page, result)
    _write_properties(page, result)
    _write_actions(page, result)
    _write_cuts(page, result)
    write_suspicious(page, result)
    _write_growth(page, result)
    if result.warnings:
        page.blank()
    for warning in result.warnings:
        page.line(("warning: ", WARN), printable(warning))
    if files:
        page.blank()
        write_files(page, files)
    page.blank()
    page.verbatim(f"reproduce: {reproduce}")


def write_bounded(
    page: Page, result: CheckResult, *, reproduce: str, files: Sequence[Path] = (), quiet: bool = False
) -> None:
    """Write the report of a bounded search: its traces and properties. It has counted no states."""
    write_subject(page, result.model, result.parameters)
    if not quiet:
        _write_violations(page, result)
        _write_properties(page, result)
        if files:
            page.blank()
    write_files(page, files)
    if not quiet:
        page.blank()
    verdict, depth = result.verdict, result.states.depth
    if isinstance(verdict, Inconclusive):
        what = f"no violation in runs of up to {count(depth, 'state')}; {printable(verdict.reason)}"
    else:
        what = worth(result)
    page.line((verdict.name, style_of(verdict)), f": {what}; {duration(result.seconds.total)}")
    if not quiet:
        page.verbatim(f"reproduce: {reproduce}")


def _write_violations(page: Page, result: CheckResult) -> None:
    for trace in violations(result):
        page.blank()
        doc = next((first_line(item) for item in result.properties if item.name == trace.property), "")
        page.line((failing(trace), BAD), f": {doc}" if doc else "")
        write_trace(page, trace)


def write_verdict(page: Page, result: CheckResult, *, notes: Sequence[str] = ()) -> None:
    """The model with its parameters, then the verdict and what it is worth, and notes on it."""
    write_subject(page, result.model, result.parameters)
    page.line((result.verdict.name, style_of(result.verdict)), f": {worth(result)}")
    write_notes(page, notes)


def write_notes(page: Page, notes: Sequence[str]) -> None:
    """What a reader should know besides the verdict, each on a line of its own."""
    for note in notes:
        page.line(("note: ", WARN), note)


def violations(result: CheckResult) -> tuple[Trace, ...]:
    """The traces of all failures, each once: that of the verdict first."""
    verdicts = [result.verdict, *(item.verdict for item in result.properties)]
    traces: list[Trace] = []
    for verdict in verdicts:
        if isinstance(verdict, Violated) and verdict.trace not in traces:
            traces.append(verdict.trace)
    return tuple(traces)


def write_statistics(page: Page, result: CheckResult) -> None:
    """The counts in TLC's words, time and memory."""
    states, seconds = result.states, result.seconds
    page.line(
        ("states  ", QUIET),
        f"{states.generated:,} generated, {states.distinct:,} distinct, {states.left_on_queue:,} left on queue",
    )
    page.line(("depth   ", QUIET), f"{states.depth:,}; {count(states.terminal, 'terminal state')}, {states.cut:,} cut")
    page.line(
        ("time    ", QUIET),
        f"{duration(seconds.total)}: load {duration(seconds.load)}, compile {duration(seconds.compile)}, "
        f"explore {duration(seconds.explore)}{_runs(result)}{_waiting(result)}",
    )
    speed = f"; {rate(states.distinct / seconds.explore)} distinct states/s" if seconds.explore > 0 else ""
    page.line(("memory  ", QUIET), f"{memory(result.memory_bytes)}{speed}")
    if result.audit is not None:
        _write_audit(page, result.audit)


def _runs(result: CheckResult) -> str:
    """How long properties of runs took after the search, if there are any."""
    temporal = any(item.kind in TEMPORAL for item in result.properties)
    return f", liveness {duration(result.seconds.liveness)}" if temporal else ""


def _waiting(result: CheckResult) -> str:
    """How long z3 was waited for when the search had ended, if that can be felt."""
    seconds = result.seconds
    audited = 0.0 if result.audit is None else result.audit.seconds
    rest = seconds.total - seconds.load - seconds.compile - seconds.explore - seconds.liveness - audited
    return f", z3 {duration(rest)} more" if rest > FELT and any(item.proof for item in result.properties) else ""


def _write_audit(page: Page, audit: Audit) -> None:
    which = "all" if audit.all else "a sample of"
    page.line(
        ("audit   ", QUIET),
        f"{which} {count(audit.states, 'state')}: {count(audit.successors, 'native step')} found again, "
        f"z3 agrees on {audit.z3_states:,} in {count(audit.z3_batches, 'batch', 'batches')}; "
        f"{duration(audit.seconds)}",
    )


def write_files(page: Page, files: Sequence[Path]) -> None:
    """The paths of saved files, each on a line of its own."""
    for path in files:
        page.verbatim(f"saved {path}")


def _write_properties(page: Page, result: CheckResult) -> None:
    if not result.properties:
        return
    page.blank()
    rows: list[list[Part]] = [
        [
            printable(item.name),
            item.kind.replace("_", " "),
            (f"{item.verdict.name}{reached_at(item)}", style_of(item.verdict)),
            "" if item.proof is None else (z3_word(item.proof), proof_style(item.proof)),
        ]
        for item in result.properties
    ]
    page.table(
        ["property", "kind", "verdict", "z3" if any(item.proof for item in result.properties) else ""], rows, indent=2
    )
    for item in result.properties:
        said = remark(item)
        if said:
            page.line((f"{printable(item.name)}: ", QUIET), said, indent=2)
    _write_unknown(page, result)
    # why nothing is known is the same for all of them, and may be the verdict of the whole check
    verdicts = dict.fromkeys(item.verdict for item in result.properties if isinstance(item.verdict, Inconclusive))
    for verdict in verdicts:
        if verdict != result.verdict:
            page.line(("inconclusive", WARN), f": {printable(verdict.reason)}", indent=2)


def reached_at(item: PropertyResult) -> str:
    """Where a state that was asked for is found."""
    return f" at depth {len(item.witness.steps)}" if item.witness and isinstance(item.verdict, Holds) else ""


def remark(item: PropertyResult) -> str:
    """Why a property has its verdict, where that is not plain, and what z3 has against it.

    Why it is violated stands below its trace.
    """
    if isinstance(item.verdict, Vacuous):
        return printable(item.verdict.reason)
    if item.explanation and not isinstance(item.verdict, Violated):
        return printable(item.explanation)
    if item.witness is not None and not isinstance(item.verdict, Holds):
        return f"reached at depth {len(item.witness.steps)}"
    if item.proof is not None and item.proof.status == "trivial":
        return "vacuous for z3: no values of the types violate it"
    if item.proof is not None and item.proof.cti is not None and not isinstance(item.verdict, Violated):
        return printable(f"not inductive: {item.proof.cti.action} breaks it. {item.proof.cti.finding}")
    return ""


def _write_unknown(page: Page, result: CheckResult) -> None:
    """Why z3 does not know, which is mostly the same for all."""
    if isinstance(result.verdict, Violated):
        # then it was not waited for
        return
    proofs = [item.proof for item in result.properties if item.proof is not None]
    for reason in dict.fromkeys(proof.reason for proof in proofs if proof.status == "unknown" and proof.reason):
        page.line(("z3 does not know", WARN), f": {printable(reason)} (quorate prove takes more time)", indent=2)


def first_line(item: PropertyResult) -> str:
    """The first line of a property's docstring."""
    return printable(item.doc.strip().partition("\n")[0])


def _write_actions(page: Page, result: CheckResult) -> None:
    if not result.actions:
        return
    page.blank()
    rows: list[list[Part]] = [
        [printable(action.name), f"{action.enabled:,}", f"{action.generated:,}", f"{action.distinct:,}"]
        for action in result.actions
    ]
    page.table(["action", "enabled", "generated", "distinct"], rows, indent=2, right="lrrr")


def _write_cuts(page: Page, result: CheckResult) -> None:
    if not result.cuts:
        return
    page.blank()
    rows: list[list[Part]] = [
        [f"{cut.count:,}", (cut_place(cut), QUIET), printable(cut.condition)] for cut in result.cuts
    ]
    page.table(["cut", "at", "by the bound"], rows, indent=2, right="r")


def _write_growth(page: Page, result: CheckResult) -> None:
    """What made a search large that did not come to its end: values of each variable, level by level."""
    if not result.growth:
        return
    page.blank()
    levels = result.growth[0]
    header = ["values at depth", *(f"{depth:,}" for depth in levels.depths)]
    rows: list[list[Part]] = [[printable(g.variable), *(f"{n:,}" for n in g.values)] for g in result.growth]
    rows.append([("states looked at", QUIET), *((f"{n:,}", QUIET) for n in levels.states)])
    page.table(header, rows, indent=2, right="l" + "r" * len(levels.depths))
    busiest = max(result.actions, key=lambda action: action.distinct, default=None)
    if busiest is not None and busiest.distinct:
        share = busiest.distinct / max(1, sum(action.distinct for action in result.actions))
        page.line(f"most new states by {printable(busiest.name)}: {busiest.distinct:,} ({share:.0%})", indent=2)


def write_sweep(page: Page, swept: Sequence[str], rows: Sequence[tuple[Sequence[str], CheckResult | str]]) -> None:
    """The table of a sweep: a row for each point, with its values and its result, or why it has none."""
    table: list[list[Part]] = []
    for values, result in rows:
        if isinstance(result, str):
            table.append([*values, "", "", "", "", (result, WARN)])
            continue
        states = result.states
        numbers = [f"{states.distinct:,}", f"{states.generated:,}", f"{states.depth:,}", duration(result.seconds.total)]
        words = f"{result.verdict.name}{_why(result.verdict)}{_inductive(result)}"
        verdict = (words, style_of(result.verdict))
        table.append([*values, *numbers, verdict])
    header = [*swept, "distinct", "generated", "depth", "time", "verdict"]
    page.table(header, table, indent=2, right="r" * (len(header) - 1))


def _why(verdict: Verdict) -> str:
    """What a row of a sweep says beside the verdict's name: which property, or which budget."""
    if isinstance(verdict, Violated):
        return f": {failing(verdict.trace)}"
    return f": {printable(verdict.reason)}" if isinstance(verdict, Vacuous | Inconclusive) else ""


def _inductive(result: CheckResult) -> str:
    """What a row of a sweep says of z3: how many properties it proved, if it was asked."""
    proofs = [item.proof for item in result.properties if item.proof is not None]
    proved = sum(proof.status in ("inductive", "trivial") for proof in proofs)
    return f"; {proved} of {len(proofs)} inductive" if proofs else ""
