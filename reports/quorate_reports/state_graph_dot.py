"""The picture of a state graph in Graphviz' language."""

from __future__ import annotations

from html import escape

from quorate.graph import StateGraph
from quorate_reports.dot import BORDER, FONT, MONO, TITLE_FILL
from quorate_reports.state_graph_labels import LEGEND, Arrow, Drawing, Look, Node, drawing

TRACE, ENDING = "#0b57d0", "#3c4043"
COLOURS: dict[Look, tuple[str, str]] = {
    "plain": (BORDER["plain"], TITLE_FILL["plain"]),
    "initial": (BORDER["initial"], TITLE_FILL["initial"]),
    "trace": (TRACE, "#d3e3fd"),
    "ending": (ENDING, "#bdc1c6"),
    "loop": (BORDER["loop"], "#fff4f3"),
    "bad": (BORDER["bad"], TITLE_FILL["bad"]),
    "fault": (BORDER["bad"], TITLE_FILL["bad"]),
    "open": (BORDER["plain"], TITLE_FILL["plain"]),
}
"""The border and the fill of the title of each kind of node."""
LINE = "#5f6368"


def graph_to_dot(graph: StateGraph) -> str:
    """A state graph as DOT: nodes s1, s2, … for states, g1, … for merged ones, f1, … for steps that fail.

    A node shows what differs among states, its tooltip all of the state. It is for drawing: programs that want the
    graph itself take JSON or GraphML.
    """
    drawn = drawing(graph)
    lines = [
        "// an arrow that leads up is written from its head to its tail, with dir=back",
        "digraph states {",
        f"  graph [label=<{_heading(drawn)}>, labelloc=t, rankdir=TB, ranksep=0.4, nodesep=0.3]",
        f'  graph [fontname="{FONT}", bgcolor=white, pad=0.2]',
        f'  node [shape=box, margin=0, width=0, height=0, fontname="{MONO}", fontsize=11]',
        f'  edge [fontname="{MONO}", fontsize=10, color="{LINE}", fontcolor="#3c4043", arrowsize=0.7]',
        "",
        *(_node(node) for node in drawn.nodes),
        "",
        *(_edge(arrow) for arrow in drawn.arrows),
        "}",
        "",
    ]
    return "\n".join(lines)


def _heading(drawn: Drawing) -> str:
    """The title, and under it the legend of what occurs."""
    cells = "".join(f'{_sample(look)}<TD ALIGN="LEFT">{escape(LEGEND[look])}  </TD>' for look in drawn.looks)
    remarks = "<BR/>".join(escape(remark) for remark in drawn.remarks)
    title = f'<FONT POINT-SIZE="13"><B>{escape(drawn.title)}</B></FONT>'
    rows = f'<TR><TD>{title}</TD></TR><TR><TD><FONT POINT-SIZE="10">{remarks}</FONT></TD></TR>'
    if cells:
        rows += (
            '<TR><TD><FONT POINT-SIZE="10"><TABLE BORDER="0" CELLBORDER="0" CELLSPACING="4" CELLPADDING="1">'
            f"<TR><TD></TD>{cells}<TD></TD></TR></TABLE></FONT></TD></TR>"
        )
    return f'<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="0" CELLPADDING="2">{rows}</TABLE>'


def _sample(look: Look) -> str:
    border, fill = COLOURS[look]
    dashed = ' STYLE="DASHED"' if look in ("fault", "open") else ""
    weight = 1 if look in ("initial", "open") else 2
    # a node's second border
    inside = f'<FONT COLOR="{border}" POINT-SIZE="8">▭</FONT>' if look == "initial" else ""
    size = 'FIXEDSIZE="TRUE" WIDTH="22" HEIGHT="14" CELLPADDING="0"'
    return f'<TD BORDER="{weight}" COLOR="{border}" BGCOLOR="{fill}"{dashed} {size}>{inside}</TD>'


def _node(node: Node) -> str:
    border, fill = COLOURS[node.look]
    rows = f'<TR><TD ALIGN="LEFT" BGCOLOR="{fill}"><FONT FACE="{FONT}"><B>{escape(node.title)}</B></FONT></TD></TR>'
    if node.violates or node.lines:
        broken = [f'<FONT COLOR="{BORDER["bad"]}"><B>{escape(text)}</B></FONT>' for text in node.violates]
        lines = [*broken, *(_line(*line) for line in node.lines)]
        body = "".join(f'{line}<BR ALIGN="LEFT"/>' for line in lines)
        rows += f'<TR><TD ALIGN="LEFT" BALIGN="LEFT">{body}</TD></TR>'
    label = f'<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="0" CELLPADDING="4">{rows}</TABLE>'
    looks = [f'color="{border}"', f"penwidth={1 if node.look in ('plain', 'initial') else 2}"]
    if node.is_initial:
        looks.append("peripheries=2")
    if node.look == "fault" or node.is_open:
        looks.append("style=dashed")
    return f"  {node.id} [label=<{label}>, {', '.join(looks)}, tooltip={_quoted(node.whole)}]"


def _edge(arrow: Arrow) -> str:
    # spaces that do not break: browsers drop others at the beginning of a text
    label = '"' + "".join(f"\N{NO-BREAK SPACE}{_escaped(line)} \\l" for line in arrow.lines) + '"'
    looks = ["weight=8"] if arrow.look == "trace" else []
    # so that the rows of the picture are in the order of their distance, whatever loops there are
    tail, head = (arrow.target, arrow.source) if arrow.is_back else (arrow.source, arrow.target)
    looks += ["dir=back"] if arrow.is_back else []
    if arrow.look != "plain":
        border = COLOURS[arrow.look][0]
        looks += [f'color="{border}"', f'fontcolor="{border}"', "penwidth=2"]
    if arrow.look == "fault" or arrow.lines == ("for ever",):
        looks.append("style=dashed")
    whole = _quoted(arrow.whole)
    says = ", ".join([f"label={label}", *looks, f"tooltip={whole}", f"labeltooltip={whole}"])
    return f"  {tail} -> {head} [{says}]"


def _line(name: str, text: str) -> str:
    # a space at the beginning of a text would be dropped
    spaces = len(text) - len(text.lstrip(" "))
    inside = "&#160;" * spaces + escape(text[spaces:])
    return f"<B>{escape(name)}</B>{inside}" if name else inside


def _escaped(text: str) -> str:
    # Graphviz reads entities in quoted texts too
    return escape(text, quote=False).replace("\\", "\\\\").replace('"', '\\"')


def _quoted(text: str) -> str:
    """A text as a DOT string that means just that."""
    return '"' + _escaped(text).replace("\n", "\\n") + '"'
