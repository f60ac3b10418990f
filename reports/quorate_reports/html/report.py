"""The report of a check as one HTML file, to be opened from disk, kept and sent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePath

from markupsafe import Markup

from quorate.trace import Trace
from quorate.verdict import CheckResult, Inconclusive, PropertyResult, Violated
from quorate_reports.check_text import first_line, reached_at, remark, violations
from quorate_reports.coverage_text import suspicious
from quorate_reports.html.environment import embedded_json, render
from quorate_reports.html.plots import level_plot, share_bar
from quorate_reports.html.traces import trace_views
from quorate_reports.values import printable, show
from quorate_reports.wording import TONES, cut_place, duration, memory, proof_style, rate, style_of, worth, z3_word


@dataclass(frozen=True)
class PropertyRow:
    """A property in the table: its verdict and what z3 says, each with its tone; `trace` is the name of its trace."""

    name: str
    kind: str
    doc: str
    verdict: str
    tone: str
    z3: str
    z3_tone: str
    remarks: tuple[str, ...]
    trace: str | None


@dataclass(frozen=True)
class ActionRow:
    """An action in the table of coverage, with a bar for the new states it found."""

    name: str
    enabled: int
    generated: int
    distinct: int
    share: Markup


@dataclass(frozen=True)
class ConditionRow:
    """A condition with something strange about it."""

    suspicion: str
    tone: str
    place: str
    text: str


def report_html(result: CheckResult, *, reproduce: str, notes: Sequence[str] = ()) -> str:
    """The report of a check as a page that needs nothing beside itself, and can be read without its script.

    `reproduce` is the command that does the check again, `notes` what a reader should know besides the verdict.
    """
    traces = _traces(result)
    docs: dict[str | None, str] = {item.name: first_line(item) for item in result.properties}
    views = trace_views(traces, docs)
    named = {id(trace): view.name for trace, view in zip(traces, views, strict=True)}
    return render(
        "report.html",
        script="report.js",
        title=f"{printable(result.model)}: {result.verdict.name}",
        model=printable(result.model),
        parameters=[(printable(name), show(value)) for name, value in result.parameters.items()],
        verdict=result.verdict.name,
        tone=TONES[style_of(result.verdict)],
        worth=worth(result),
        notes=notes,
        warnings=[printable(warning) for warning in result.warnings],
        facts=_facts(result),
        properties=[_property(item, result, named) for item in result.properties],
        has_z3=any(item.proof for item in result.properties),
        actions=_actions(result),
        cuts=[(cut.count, cut_place(cut), printable(cut.condition)) for cut in result.cuts],
        conditions=_conditions(result),
        is_partial=result.states.left_on_queue > 0,
        unchanged=[printable(name) for name in result.unchanged],
        growth=result.growth,
        levels=level_plot(result.levels),
        traces=views,
        data=embedded_json({view.name: view.data for view in views}),
        reproduce=printable(reproduce),
    )


def _traces(result: CheckResult) -> list[Trace]:
    """The failures, that of the verdict first, then what was asked for and reached."""
    witnesses = [item.witness for item in result.properties if item.witness is not None]
    return [*violations(result), *witnesses]


def _property(item: PropertyResult, result: CheckResult, named: dict[int, str]) -> PropertyRow:
    shown = item.verdict.trace if isinstance(item.verdict, Violated) else item.witness
    return PropertyRow(
        name=printable(item.name),
        kind=item.kind.replace("_", " "),
        doc=first_line(item),
        verdict=f"{item.verdict.name}{reached_at(item)}",
        tone=TONES[style_of(item.verdict)],
        z3="" if item.proof is None else z3_word(item.proof),
        z3_tone="" if item.proof is None else TONES[proof_style(item.proof)],
        remarks=_remarks(item, result),
        trace=None if shown is None else named.get(id(shown)),
    )


def _remarks(item: PropertyResult, result: CheckResult) -> tuple[str, ...]:
    """What stands below a property: why it has its verdict where that is not plain, and why z3 does not know."""
    verdict, proof = item.verdict, item.proof
    unknown = printable(verdict.reason) if isinstance(verdict, Inconclusive) and verdict != result.verdict else ""
    # after a violation z3 was not waited for
    is_asked = proof is not None and proof.status == "unknown" and not isinstance(result.verdict, Violated)
    unsolved = f"z3 does not know: {printable(proof.reason)}" if proof is not None and is_asked and proof.reason else ""
    return tuple(text for text in (remark(item), unknown, unsolved) if text)


def _facts(result: CheckResult) -> list[tuple[str, str, str]]:
    """The statistics, in TLC's words: what, how much, and a remark."""
    states, seconds = result.states, result.seconds
    speed = f"{rate(states.distinct / seconds.explore)} distinct states/s" if seconds.explore > 0 else ""
    facts = [
        ("distinct states", f"{states.distinct:,}", f"{states.generated:,} generated"),
        ("depth", f"{states.depth:,}", "states on the longest shortest path"),
        ("left on queue", f"{states.left_on_queue:,}", "states not expanded"),
        ("cut", f"{states.cut:,}", "steps that bounds dropped"),
        ("terminal", f"{states.terminal:,}", "states without any step"),
        (
            "time",
            duration(seconds.total),
            f"load {duration(seconds.load)}, compile {duration(seconds.compile)}, explore {duration(seconds.explore)}",
        ),
        ("memory", memory(result.memory_bytes), speed),
    ]
    audit = result.audit
    if audit is not None:
        which = "all" if audit.all else "a sample"
        said = f"{which}; {audit.successors:,} native steps found again, z3 agrees on {audit.z3_states:,}"
        facts.append(("audited states", f"{audit.states:,}", said))
    return facts


def _actions(result: CheckResult) -> list[ActionRow]:
    most = max((action.distinct for action in result.actions), default=0)
    return [
        ActionRow(printable(a.name), a.enabled, a.generated, a.distinct, share_bar(a.distinct, most))
        for a in result.actions
    ]


def _conditions(result: CheckResult) -> list[ConditionRow]:
    return [
        ConditionRow(
            suspicion=point.suspicion or "",
            tone="quiet" if point.suspicion == "never false" else "warn",
            place=f"{PurePath(point.span.path).name}:{point.span.line}",
            text=printable(f"{point.kind}: {point.condition}"),
        )
        for point in suspicious(result)
    ]
