"""What the picture of a state graph says, before it is drawn: titles and lines of nodes, labels of edges, a legend."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from quorate.graph import StateEdge, StateGraph, StateNode
from quorate.trace import Data
from quorate_reports.picture import folded
from quorate_reports.values import printable, show, show_call, show_parameters
from quorate_reports.wording import count

Look = Literal["plain", "initial", "trace", "ending", "loop", "bad", "fault", "open"]

WIDEST = 38
"""The characters in the longest line of a node, and of the label of an edge."""
MOST_LINES = 12
MOST_LABELS = 5

LEGEND: dict[Look, str] = {
    "initial": "initial state",
    "trace": "in the trace",
    "ending": "nothing changes any more",
    "loop": "in a loop that violates a property of runs",
    "bad": "violates a property",
    "fault": "a step that fails",
    "open": "not all its steps are shown",
}


@dataclass(frozen=True)
class Node:
    """A node as it is drawn. `lines` are names, perhaps empty, and what stands behind them, shortened; `whole` is all
    that can be said of it."""

    id: str
    title: str
    violates: tuple[str, ...]
    lines: tuple[tuple[str, str], ...]
    whole: str
    look: Look
    is_initial: bool
    is_open: bool


@dataclass(frozen=True)
class Arrow:
    """All steps between two nodes as one arrow: the first few as `lines`, and the `whole` list. It `is_back` if it
    leads nearer to where the graph begins."""

    source: str
    target: str
    lines: tuple[str, ...]
    whole: str
    look: Look
    is_back: bool


@dataclass(frozen=True)
class Drawing:
    """A state graph as it is drawn. `remarks` are sentences for the legend; `looks` those that occur."""

    title: str
    nodes: tuple[Node, ...]
    arrows: tuple[Arrow, ...]
    looks: tuple[Look, ...]
    remarks: tuple[str, ...]


def drawing(graph: StateGraph) -> Drawing:
    """The picture of a graph: of states the variables that differ among them, parallel steps as one arrow.

    Steps that lead back to the same node are left out, unless a lasso goes through them.
    """
    varying = _varying(graph.nodes)
    nodes = tuple(_node(node, graph, varying) for node in graph.nodes)
    arrows = tuple(_arrows(graph))
    looks = dict.fromkeys(node.look for node in nodes)
    initial, is_open = any(node.is_initial for node in nodes), any(node.is_open for node in nodes)
    looks |= dict.fromkeys(look for look, is_there in (("initial", initial), ("open", is_open)) if is_there)
    looks |= dict.fromkeys(arrow.look for arrow in arrows if arrow.look != "plain")
    return Drawing(title_of(graph), nodes, arrows, tuple(look for look in LEGEND if look in looks), _remarks(graph))


def title_of(graph: StateGraph) -> str:
    """The model with its parameters."""
    parameters = show_parameters(graph.parameters)
    return f"{printable(graph.model)}({parameters})" if parameters else printable(graph.model)


def _varying(nodes: Sequence[StateNode]) -> tuple[str, ...]:
    """The variables that are not the same in all states; if they all are, all."""
    states = [node.state for node in nodes if node.state is not None]
    if not states:
        return ()
    first = states[0]
    found = tuple(name for name in first if any(state[name] != first[name] for state in states))
    return found or tuple(first)


def _node(node: StateNode, graph: StateGraph, varying: Sequence[str]) -> Node:
    violates = tuple(f"✗ {printable(name)}" for name in node.violates)
    lines: list[tuple[str, str]] = []
    whole = list(violates)
    if node.fault is not None:
        message = printable(node.fault.message)
        lines += [("", line) for line in _lines(message.split(" "), 6)]
        title = f"fails: {printable(node.fault.kind)}"
        return Node(node.id, title, (), tuple(lines), message, "fault", is_initial=False, is_open=False)
    if node.state is not None:
        texts = {name: f"{printable(name)}: {show(value)}" for name, value in node.state.items()}
        lines += [line for name in varying for line in _value(name, node.state[name], 4)]
        whole += texts.values()
    for text, value in zip(graph.group_by, node.group or (), strict=False):
        lines += _value("" if len(graph.group_by) == 1 else text, value, 6)
        whole.append(f"{printable(text)}: {show(value)}")
    if len(lines) > MOST_LINES:
        lines = [*lines[: MOST_LINES - 1], ("", "…")]
    is_initial, is_open = "initial" in node.flags, "hidden" in node.flags
    return Node(node.id, _title(node), violates, tuple(lines), "\n".join(whole), _look(node), is_initial, is_open)


WORDS = {
    "initial": "initial",
    "terminal": "terminal",
    "still": "nothing changes",
    "loop": "in a loop",
    "stays": "stays here",
    "cut": "cut by a bound",
}


def _title(node: StateNode) -> str:
    parts = [node.id]
    if node.group is not None:
        parts = [count(node.states, "state")]
    for flag, number in node.flags.items():
        if flag in WORDS:
            parts.append(WORDS[flag] if node.group is None or number == node.states else f"{number:,} {WORDS[flag]}")
    return " · ".join(parts)


def _look(node: StateNode) -> Look:
    looks: tuple[tuple[str, Look], ...] = (
        ("violating", "bad"), ("loop", "loop"), ("trace", "trace"), ("terminal", "ending"), ("still", "ending"),
        ("initial", "initial"),
    )  # fmt: skip
    for flag, look in looks:
        # of merged states some may end while others go on
        if flag in node.flags and (look != "ending" or node.flags[flag] == node.states):
            return look
    return "plain"


def _arrows(graph: StateGraph) -> Iterable[Arrow]:
    between: dict[tuple[str, str], list[StateEdge]] = {}
    # a step that fails leads on
    farthest = len(graph.nodes)
    places = {n.id: (farthest if n.depth is None else n.depth, at) for at, n in enumerate(graph.nodes)}
    for edge in graph.edges:
        if edge.source != edge.target or edge.flags & {"loop", "trace"}:
            between.setdefault((edge.source, edge.target), []).append(edge)
    for (source, target), edges in between.items():
        if source == target:
            edges = [edge for edge in edges if edge.flags & {"loop", "trace"}]
        flags = frozenset[str]().union(*(edge.flags for edge in edges))
        ordered = sorted(edges, key=lambda edge: not edge.flags)
        labels = [_label(edge) for edge in ordered]
        shown = labels if len(labels) <= MOST_LABELS else labels[: MOST_LABELS - 1]
        lines = [line for label in shown for line in folded(label, WIDEST)]
        if len(shown) < len(labels):
            lines.append(f"and {len(labels) - len(shown)} more")
        is_back = places[target] < places[source]
        yield Arrow(source, target, tuple(lines), "\n".join(labels), _arrow_look(flags), is_back)
    for node in graph.nodes:
        if "stays" in node.flags:
            yield Arrow(node.id, node.id, ("for ever",), "the run stays here for ever", "loop", is_back=False)


def _label(edge: StateEdge) -> str:
    name = printable(edge.action) if edge.arguments is None else show_call(edge.action, edge.arguments)
    many = f" ×{edge.steps:,}" if edge.steps > 1 else ""
    return f"{name}{many}{''.join(f' ✗ {printable(broken)}' for broken in edge.violates)}"


def _arrow_look(flags: frozenset[str]) -> Look:
    looks: tuple[tuple[str, Look], ...] = (
        ("fault", "fault"), ("violating", "bad"), ("loop", "loop"), ("trace", "trace"),
    )  # fmt: skip
    return next((look for flag, look in looks if flag in flags), "plain")


def _remarks(graph: StateGraph) -> tuple[str, ...]:
    """What else a reader has to know: what is merged, what is not shown."""
    remarks = [f"{count(graph.states, 'state')}, {count(graph.steps, 'step')}"]
    if graph.around is not None:
        near = f"within {count(graph.radius or 0, 'step')} of the trace to {printable(graph.around)}"
        remarks[0] += f", those {near}" if graph.radius else f", those of the trace to {printable(graph.around)}"
    if graph.group_by:
        remarks.append(f"merged by {', '.join(printable(text) for text in graph.group_by)}")
    back = sum(edge.steps for edge in graph.edges if edge.source == edge.target)
    if back:
        where = "inside a group" if graph.group_by else "that change nothing"
        remarks.append(f"{count(back, 'step')} {where} {'is' if back == 1 else 'are'} not drawn")
    same = _constant(graph.nodes)
    if same:
        remarks.append(f"the same in all states: {', '.join(same)}")
    remarks += [f"the loop violates {printable(name)}" for name in graph.lassos]
    return (*remarks, *map(printable, graph.notes))


def _constant(nodes: Sequence[StateNode]) -> list[str]:
    states = [node.state for node in nodes if node.state is not None]
    if len(states) < 2:
        return []
    varying = _varying(nodes)
    return [f"{printable(name)}: {show(value)}" for name, value in states[0].items() if name not in varying]


def _value(name: str, value: Data, most: int) -> list[tuple[str, str]]:
    """A value with its name as lines, broken between its elements."""
    if not name:
        return [("", line) for line in _lines(_elements(value), most)]
    named = f"{printable(name)}:"
    first, *others = _lines([named, *_elements(value)], most)
    return [(named, first.removeprefix(named)) if first.startswith(named) else ("", first), *(("", o) for o in others)]


def _elements(value: Data) -> list[str]:
    """A value as text in pieces: the elements of a collection, each with the comma behind it."""
    match value:
        case {"#map": [first, *others]}:
            inner = [f"{show(key)}: {show(item)}" for key, item in [first, *others]]
        case {"#set": [first, *others]} | {"#bag": [first, *others]} | [first, *others]:
            inner = [show(item) for item in [first, *others]]
        case _:
            return show(value).split(" ")
    whole = show(value)
    inner = [f"{whole[0]}{inner[0]}", *inner[1:]]
    return [*(f"{text}," for text in inner[:-1]), f"{inner[-1]}{whole[-1]}"]


def _lines(words: Sequence[str], most: int) -> list[str]:
    """Words as lines, later ones indented, no more than `most`; what is left out is an ellipsis."""
    lines: list[str] = []
    for word in words:
        if lines and len(lines[-1]) + 1 + len(word) <= WIDEST:
            lines[-1] = f"{lines[-1]} {word}"
            continue
        for start in range(0, len(word), WIDEST - 2) or [0]:
            lines.append(f"{'  ' if lines else ''}{word[start : start + WIDEST - 2]}")
    return lines if len(lines) <= most else [*lines[: most - 1], f"{lines[most - 1][: WIDEST - 2]} …"]
