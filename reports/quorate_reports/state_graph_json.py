"""State graphs as data for other programs: JSON, and GraphML (Brandes et al., "GraphML Progress Report", 2001)."""

from __future__ import annotations

import json
from typing import Any
from xml.etree import ElementTree

from quorate.graph import StateEdge, StateGraph, StateNode
from quorate_reports.values import printable, show, show_call

FORMAT = "quorate-graph"
VERSION = 1


def graph_to_data(graph: StateGraph, *, reproduce: str) -> dict[str, Any]:
    """A graph as JSON objects: the fields of `StateGraph`, `StateNode` and `StateEdge`, whose flags become lists."""
    return {
        "format": FORMAT,
        "version": VERSION,
        "model": graph.model,
        "parameters": dict(graph.parameters),
        "group_by": list(graph.group_by),
        "around": graph.around,
        "radius": graph.radius,
        "lassos": list(graph.lassos),
        "notes": list(graph.notes),
        "states": graph.states,
        "steps": graph.steps,
        "nodes": [_node(node) for node in graph.nodes],
        "edges": [_edge(edge) for edge in graph.edges],
        "reproduce": reproduce,
    }


def graph_to_json(graph: StateGraph, *, reproduce: str) -> str:
    """The text of a graph as JSON."""
    return json.dumps(graph_to_data(graph, reproduce=reproduce), indent=2, ensure_ascii=False) + "\n"


def _node(node: StateNode) -> dict[str, Any]:
    fault = node.fault
    return {
        "id": node.id,
        "depth": node.depth,
        "flags": dict(node.flags),
        "states": node.states,
        "state": None if node.state is None else dict(node.state),
        "group": None if node.group is None else list(node.group),
        "violates": list(node.violates),
        "fault": None if fault is None else {"kind": fault.kind, "message": fault.message},
    }


def _edge(edge: StateEdge) -> dict[str, Any]:
    return {
        "source": edge.source,
        "target": edge.target,
        "action": edge.action,
        "arguments": None if edge.arguments is None else dict(edge.arguments),
        "steps": edge.steps,
        "flags": sorted(edge.flags),
        "violates": list(edge.violates),
    }


NODE_KEYS = {
    "label": "string", "depth": "int", "flags": "string", "states": "int", "state": "string", "group": "string",
    "violates": "string",
}  # fmt: skip
EDGE_KEYS = {
    "label": "string", "action": "string", "arguments": "string", "steps": "int", "flags": "string",
    "violates": "string",
}  # fmt: skip


def graph_to_graphml(graph: StateGraph) -> str:
    """A graph as GraphML. Values of the model are JSON texts; flags and names stand with spaces between.

    `label` is for people: a state with its variables, a step with its arguments.
    """
    root = ElementTree.Element("graphml", xmlns="http://graphml.graphdrawing.org/xmlns")
    for domain, keys in (("node", NODE_KEYS), ("edge", EDGE_KEYS)):
        for name, kind in keys.items():
            ElementTree.SubElement(
                root, "key", {"id": f"{domain}_{name}", "for": domain, "attr.name": name, "attr.type": kind}
            )
    drawn = ElementTree.SubElement(root, "graph", id=printable(graph.model), edgedefault="directed")
    for node in graph.nodes:
        data = _node(node)
        values = {name: data[name] for name in ("depth", "states")}
        values |= {name: None if data[name] is None else json.dumps(data[name]) for name in ("state", "group")}
        values |= {"label": _label(node), "flags": " ".join(node.flags), "violates": " ".join(node.violates)}
        _write(ElementTree.SubElement(drawn, "node", id=node.id), "node", NODE_KEYS, values)
    for number, edge in enumerate(graph.edges, start=1):
        name = printable(edge.action) if edge.arguments is None else show_call(edge.action, edge.arguments)
        values = {"label": name, "action": edge.action, "steps": edge.steps, "flags": " ".join(sorted(edge.flags))}
        values["arguments"] = None if edge.arguments is None else json.dumps(dict(edge.arguments))
        values["violates"] = " ".join(edge.violates)
        element = ElementTree.SubElement(drawn, "edge", id=f"e{number}", source=edge.source, target=edge.target)
        _write(element, "edge", EDGE_KEYS, values)
    ElementTree.indent(root)
    # ASCII with character references, which stays right however the output is encoded
    return ElementTree.tostring(root, encoding="us-ascii", xml_declaration=True).decode() + "\n"


def _label(node: StateNode) -> str:
    if node.fault is not None:
        return f"fails: {printable(node.fault.message)}"
    if node.state is not None:
        return ", ".join(f"{printable(name)}: {show(value)}" for name, value in node.state.items())
    return ", ".join(show(value) for value in node.group or ())


def _write(element: ElementTree.Element, domain: str, keys: dict[str, str], values: dict[str, Any]) -> None:
    """The values of a node or edge in the order of their keys, without those that there are not."""
    for name in keys:
        if values[name] not in (None, ""):
            # a control character has no place in XML
            ElementTree.SubElement(element, "data", key=f"{domain}_{name}").text = printable(str(values[name]))
