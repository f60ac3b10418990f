"""The command `graph`: from its options to a state graph on the screen or in a file."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from quorate.errors import UsageError
from quorate.explore.state_graph import MOST_STATES, state_graph
from quorate.explore.state_space import TooLargeError
from quorate.graph import StateGraph
from quorate.language.network import Network
from quorate_reports.faults import find_faulty
from quorate_reports.page import OutputError, Page
from quorate_reports.pictures import render
from quorate_reports.points import as_options, parse_points
from quorate_reports.quantities import parse_count
from quorate_reports.saving import write_file
from quorate_reports.state_graph_dot import graph_to_dot
from quorate_reports.state_graph_json import graph_to_graphml, graph_to_json
from quorate_reports.state_graph_text import write_graph
from quorate_reports.trace_file import read_trace
from quorate_reports.wording import count

if TYPE_CHECKING:
    from quorate.language.model import Model
    from quorate.trace import Trace

MOST_NODES = 200
"""How many nodes are drawn if nothing else is said: a picture of more cannot be read."""

PICTURES = ("dot", "svg", "png")
FORMATS = ("text", "json", "graphml", *PICTURES)
SUFFIXES = {".txt": "text", ".gv": "dot", **{f".{kind}": kind for kind in FORMATS if kind != "text"}}


@dataclass(frozen=True)
class GraphOptions:
    """What was asked for, as it stands on the command line."""

    model: str
    parameters: tuple[str, ...] = ()
    faults: str | None = None
    group_by: tuple[str, ...] = ()
    around: Path | None = None
    radius: int | None = None
    max_nodes: str | None = None
    max_states: str | None = None
    format: str | None = None
    out: Path | None = None


class GraphCommand:
    """Makes the graph that was asked for. It goes to `page`, or into a file, which is then named on `errors`."""

    def __init__(
        self, options: GraphOptions, page: Page, errors: Page, interrupted: Callable[[], bool] | None = None
    ) -> None:
        self.options, self.page, self.errors = options, page, errors
        self.interrupted = interrupted or (lambda: False)
        self.format = _format(options)
        self.max_nodes = MOST_NODES if options.max_nodes is None else parse_count(options.max_nodes, "--max-nodes")
        self.max_states = MOST_STATES if options.max_states is None else parse_count(options.max_states, "--max-states")
        if options.radius is not None and options.around is None:
            raise UsageError("--radius is the distance from a trace", hint="name the trace: --around TRACE")

    def run(self) -> int:
        """Make the graph and write it; the exit code."""
        trace = None if self.options.around is None else read_trace(self.options.around)
        instance = self._instance(trace)
        graph = self._graph(instance, trace)
        content = self._content(graph, self._command(instance))
        if self.options.out is None:
            self.page.verbatim(content.decode())
            return 0
        try:
            self.options.out.parent.mkdir(parents=True, exist_ok=True)
            write_file(self.options.out, content)
        except OSError as error:
            raise OutputError(f"{self.options.out} cannot be written: {error.strerror or error}") from None
        nodes, edges = count(len(graph.nodes), "node"), count(len(graph.edges), "edge")
        self.errors.verbatim(f"{self.options.out}: {nodes}, {edges}")
        return 0

    def _instance(self, trace: Trace | None) -> Model:
        """The model at the parameters that were given, or at those of the trace."""
        model = find_faulty(self.options.model, self.options.faults)
        if trace is None:
            points = parse_points(model, self.options.parameters)
            if points.swept:
                swept = ", ".join(points.swept)
                raise UsageError(f"a graph takes one value of each parameter, not a sweep over {swept}")
            return model(**points.points[0])
        if self.options.parameters:
            raise UsageError("--around has the parameters of its trace", hint="leave out -p")
        return model(**dict(trace.parameters))

    def _graph(self, instance: Model, trace: Trace | None) -> StateGraph:
        """The graph. Raises UsageError, with what can be done, if it is too large."""
        options, is_drawn = self.options, self.format in PICTURES
        radius = 1 if options.radius is None else options.radius
        limit = min(self.max_nodes, self.max_states) if is_drawn and not options.group_by else self.max_states
        try:
            graph = state_graph(
                instance,
                group_by=options.group_by,
                around=trace,
                radius=radius,
                max_states=limit,
                interrupted=self.interrupted,
            )
        except TooLargeError:
            where = "" if trace is None else f" within {count(radius, 'step')} of the trace"
            option = "--max-nodes" if is_drawn and limit == self.max_nodes else "--max-states"
            raise _too_large(f"{limit:,} states{where}", option, instance, trace) from None
        if is_drawn and len(graph.nodes) > self.max_nodes:
            raise _too_large(f"{self.max_nodes:,} nodes", "--max-nodes", instance, trace)
        return graph

    def _content(self, graph: StateGraph, reproduce: str) -> bytes:
        """The graph in the format that was asked for."""
        match self.format:
            case "json":
                text = graph_to_json(graph, reproduce=reproduce)
            case "graphml":
                text = graph_to_graphml(graph)
            case "dot":
                text = graph_to_dot(graph)
            case "text":
                page = Page.in_memory(self.page.width)
                write_graph(page, graph, reproduce=reproduce)
                text = page.text()
            case kind:
                return render(graph_to_dot(graph), kind)
        return text.encode(errors="backslashreplace")

    def _command(self, instance: Model) -> str:
        """The command line that does this again."""
        options = self.options
        parts = ["quorate", "graph", options.model]
        parts += [] if options.faults is None else ["--faults", options.faults]
        parts += as_options(instance.parameter_values) if options.around is None else ["--around", str(options.around)]
        parts += [] if options.radius is None else ["--radius", str(options.radius)]
        parts += [part for text in options.group_by for part in ("--group-by", text)]
        for name in ("max_nodes", "max_states"):
            if (value := getattr(options, name)) is not None:
                parts += [f"--{name.replace('_', '-')}", value]
        return shlex.join([*parts, *([] if self.format == "text" else ["--format", self.format])])


def _format(options: GraphOptions) -> str:
    """The format that was named, or the one that the file's name ends in. Raises UsageError."""
    out = options.out
    if options.format is not None:
        found = options.format
    elif out is None:
        found = "text"
    elif out.suffix.lower() in SUFFIXES:
        found = SUFFIXES[out.suffix.lower()]
    else:
        known = ", ".join(SUFFIXES)
        raise UsageError(f"what {out} is to hold is not clear", hint=f"give it a name in {known}, or add --format")
    if found == "png" and out is None:
        raise UsageError("a picture as PNG goes into a file", hint="name it: --out graph.png")
    return found


def _too_large(what: str, option: str, instance: Model, trace: Trace | None) -> UsageError:
    """That a graph is too large, and what can be done about it."""
    variables = [name for name, kind in instance.variables.items() if not isinstance(kind, Network)]
    merge = f"--group-by m.{variables[0]}" if variables else "--group-by EXPR"
    smaller = "smaller parameters (-p), the surroundings of a counterexample (--around TRACE)"
    cures = f"merge states ({merge}), {smaller if trace is None else 'a smaller --radius'}, or more with {option} N"
    return UsageError(f"{type(instance).__name__} has more than {what}", hint=f"try one of these: {cures}")
