"""A state graph in numbers, as text."""

from __future__ import annotations

from collections import Counter

from quorate.graph import StateGraph, StateNode
from quorate_reports.page import BAD, QUIET, WARN, Page, Part
from quorate_reports.trace_text import write_subject
from quorate_reports.values import printable, show
from quorate_reports.wording import count

MOST_ROWS = 40

WORDS = {
    "initial": "initial",
    "terminal": "terminal: no step is possible",
    "still": "still: steps change nothing any more",
    "violating": "violating",
    "loop": "in a loop that violates a property of runs",
    "stays": "where a run stays for ever",
    "trace": "in the trace",
    "cut": "with steps that a bound cuts",
    "hidden": "with steps to states that are not shown",
    "fault": "ways in which a step fails",
}
"""What the states with each flag are."""


def write_graph(page: Page, graph: StateGraph, *, reproduce: str) -> None:
    """A graph as a report: how many states and steps, how many of each kind, the groups, the actions."""
    write_subject(page, graph.model, graph.parameters)
    page.line(f"{count(graph.states, 'state')}, {count(graph.steps, 'step')}{_where(graph)}")
    depths = [node.depth for node in graph.nodes if node.depth is not None]
    if depths and graph.around is None:
        page.line(f"at most {count(max(depths), 'step')} from an initial state")
    page.blank()
    _write_flags(page, graph)
    if graph.group_by:
        _write_groups(page, graph)
    _write_actions(page, graph)
    for note in graph.notes:
        page.line((printable(note), WARN))
    page.verbatim(f"reproduce: {reproduce}")


def _where(graph: StateGraph) -> str:
    if graph.around is None:
        return ", the whole reachable space"
    near = f"within {count(graph.radius or 0, 'step')} of" if graph.radius else "in"
    return f", those {near} the trace to {printable(graph.around)}"


def _write_flags(page: Page, graph: StateGraph) -> None:
    totals: Counter[str] = Counter()
    for node in graph.nodes:
        totals.update(node.flags)
    for flag, words in WORDS.items():
        if totals[flag]:
            names = sorted({name for node in graph.nodes for name in node.violates}) if flag == "violating" else []
            names = list(graph.lassos) if flag == "loop" else names
            said = f"{words} {', '.join(map(printable, names))}" if flag == "violating" else words
            said = f"{said}: {', '.join(map(printable, names))}" if flag == "loop" else said
            page.line(f"{totals[flag]:>9,}  ", (said, BAD if flag in ("violating", "loop", "fault") else ""))
    if totals:
        page.blank()


def _write_groups(page: Page, graph: StateGraph) -> None:
    """The groups, the largest first."""
    groups = sorted((node for node in graph.nodes if node.group is not None), key=lambda node: -node.states)
    rows: list[list[Part]] = [[f"{node.states:,}", _marks(node), _values(node)] for node in groups[:MOST_ROWS]]
    page.table(["states", "of which", ", ".join(map(printable, graph.group_by))], rows, indent=2, right="r")
    if len(groups) > MOST_ROWS:
        page.line((f"and {count(len(groups) - MOST_ROWS, 'more group')}; --format json has all", QUIET), indent=2)
    page.blank()


def _marks(node: StateNode) -> Part:
    bad = {"violating", "loop", "stays"} & node.flags.keys()
    text = ", ".join(flag if number == node.states else f"{number:,} {flag}" for flag, number in node.flags.items())
    return (text, BAD) if bad else text


def _write_actions(page: Page, graph: StateGraph) -> None:
    """How many steps each action takes, and, if any do, how many fail."""
    taken: Counter[str] = Counter()
    failing: Counter[str] = Counter()
    for edge in graph.edges:
        (failing if "fault" in edge.flags else taken)[edge.action] += edge.steps
    names = dict.fromkeys(edge.action for edge in graph.edges)
    fails = ["fail"] if failing else []
    rows = [[printable(n), f"{taken[n]:,}", *(f"{failing[n]:,}" for _ in fails)] for n in names]
    if rows:
        page.table(["action", "steps", *fails], rows, indent=2, right=" rr")
        page.blank()


def _values(node: StateNode) -> str:
    return "; ".join(show(value) for value in node.group or ())
