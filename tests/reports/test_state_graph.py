"""State graphs as pictures, as data for other programs and as text: what is drawn, what is refused, and how."""

import itertools
import json
import shutil
import subprocess
import xml.etree.ElementTree as ET
from pathlib import Path

import networkx
import pytest

from quorate.errors import Exit, Span, UsageError
from quorate.graph import FLAGS, StateEdge, StateGraph, StateNode
from quorate.trace import Fault
from quorate_reports import pictures
from quorate_reports.page import Page
from quorate_reports.state_graph_dot import graph_to_dot
from quorate_reports.state_graph_json import graph_to_data, graph_to_graphml
from quorate_reports.state_graph_labels import MOST_LABELS, MOST_LINES, WIDEST, drawing
from quorate_reports.state_graph_text import write_graph

SVG = "{http://www.w3.org/2000/svg}"
PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
needs_dot = pytest.mark.skipif(shutil.which("dot") is None, reason="graphviz is not installed")

LIGHTS = '''
from enum import Enum

from quorate import Bound, Int, Map, Model, Node, action, eventually, invariant, require, step_invariant, within


class Lights(Model):
    """Two lights; what can go wrong does."""

    class Light(Enum):
        RED = "red"
        GREEN = "green"

    Road = Node(2)
    most = Bound(2)
    light = Map(Road, Light, init=Light.RED)
    changes = Int(0, 3, init=0)
    never = Int(0, 1, init=0)

    @action(r=Road)
    def go(self, r):
        within(self.changes < self.most)
        self.light[r] = self.Light.GREEN
        self.changes += 1

    @action()
    def stop(self):
        require(self.changes == 1)
        self.changes = 5

    @action()
    def wait(self):
        pass

    @invariant
    def not_both(m):
        return any(m.light[r] == m.Light.RED for r in m.Road)

    @step_invariant
    def no_news(m, new):
        return m.light != new.light or m.changes == new.changes


class Blinking(Model):
    on = Int(0, 1, init=0)
    far = Int(0, 2, init=0)

    @action()
    def blink(self):
        self.on = 1 - self.on

    @action()
    def go(self):
        require(self.far < 2 and self.on == 1)
        self.far += 1

    @eventually
    def arrives(m):
        return m.far == 2
'''


@pytest.fixture
def lights():
    """The file name of two small models, in the working folder."""
    Path("lights.py").write_text(LIGHTS)
    return "lights.py:Lights"


@pytest.fixture
def odd():
    """A graph with one node of each kind, and texts in it that would break markup."""
    text = '<b>"&amp;\\N \\l</b>\n\x1b[31m{|}&lt;]]>é'
    value = {"#set": [text, {"tag": text, "value": {text: None}}]}
    states = [{"x<&>\"'\\": value, "same": 1, "n": number} for number in range(4)]
    span = Span("a.py", 1, 0, 1, 1)
    return StateGraph(
        model='M<&"\\>',
        parameters={"p": text},
        nodes=(
            StateNode("s1", 0, {"initial": 1}, states[0]),
            StateNode("s2", 1, {"violating": 1, "cut": 1}, states[1], violates=(text, "b")),
            StateNode("s3", 1, {"loop": 1, "stays": 1}, states[2]),
            StateNode("s4", 2, {"terminal": 1, "trace": 1, "hidden": 1}, states[3]),
            StateNode("f1", None, {"fault": 1}, states=0, fault=Fault("assert", text, "a", {}, span)),
        ),
        edges=(
            StateEdge("s1", "s2", text, {"m": value}),
            StateEdge("s2", "s1", "back", {}, flags=frozenset({"trace"})),
            StateEdge("s1", "s3", "go", {}, flags=frozenset({"violating"}), violates=(text,)),
            StateEdge("s3", "s4", "go", {}, flags=frozenset({"loop"})),
            StateEdge("s1", "f1", "fail", {"x": text}, flags=frozenset({"fault"})),
        ),
        group_by=(text,),
        lassos=(text,),
        around=text,
        radius=2,
        notes=(text,),
    )


def drawn(text):
    """The nodes and edges as Graphviz itself reads them; each edge from its source to its target."""
    done = subprocess.run(["dot", "-Tjson"], input=text, capture_output=True, text=True, check=True)
    assert done.stderr == ""
    read = json.loads(done.stdout)
    names = {node["_gvid"]: node["name"] for node in read["objects"]}
    nodes = {node["name"]: node for node in read["objects"]}
    edges = {}
    for edge in read["edges"]:
        ends = names[edge["tail"]], names[edge["head"]]
        edges[ends[::-1] if edge.get("dir") == "back" else ends] = edge
    return nodes, edges


# -- what the pictures are


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("whole", ("lights.py:Lights",)),
        ("merged", ("lights.py:Lights", "--group-by", "m.light", "--group-by", "len(m.light)")),
        ("lasso", ("lights.py:Blinking",)),
    ],
)
def test_what_is_written(quorate, lights, golden, name, arguments):
    for kind in ("dot", "graphml", "text"):
        done = quorate("graph", *arguments, "--format", kind)
        assert (done.code, done.err) == (0, "")
        golden(f"graph-{name}.{kind}", done.out)


@needs_dot
def test_a_node_for_each_state_and_an_arrow_for_each_pair(quorate, lights):
    data = json.loads(quorate("graph", lights, "--format", "json").out)
    nodes, edges = drawn(quorate("graph", lights, "--format", "dot").out)
    assert list(nodes) == [node["id"] for node in data["nodes"]]
    pairs = {(edge["source"], edge["target"]) for edge in data["edges"] if edge["source"] != edge["target"]}
    assert edges.keys() == pairs
    assert len(pairs) > 4
    for (source, target), edge in edges.items():
        between = [e for e in data["edges"] if (e["source"], e["target"]) == (source, target)]
        assert all(e["action"] in edge["label"] for e in between)


@needs_dot
def test_states_and_steps_are_told_apart(quorate, lights):
    nodes, edges = drawn(quorate("graph", lights, "--format", "dot").out)
    data = json.loads(quorate("graph", lights, "--format", "json").out)
    flags = {node["id"]: node["flags"] for node in data["nodes"]}
    double = {name for name, node in nodes.items() if node.get("peripheries") == "2"}
    assert double == {name for name in nodes if "initial" in flags[name]}
    red = {name for name, node in nodes.items() if node["color"] == "#c5221f"}
    assert red == {name for name in nodes if {"violating", "fault"} & flags[name].keys()}
    assert len(red) == 2
    failing = [edge for edge in edges.values() if edge.get("style") == "dashed"]
    assert {edge["label"].split("(")[0].strip("\N{NO-BREAK SPACE}") for edge in failing} == {"stop"}


@needs_dot
def test_the_loop_of_a_lasso_is_red(quorate, lights):
    _, edges = drawn(quorate("graph", "lights.py:Blinking", "--format", "dot").out)
    data = json.loads(quorate("graph", "lights.py:Blinking", "--format", "json").out)
    looping = {(edge["source"], edge["target"]) for edge in data["edges"] if "loop" in edge["flags"]}
    assert len(looping) == 2
    assert {ends for ends, edge in edges.items() if edge["color"] == "#c5221f"} == looping


def test_the_legend_explains_what_occurs_and_nothing_else(odd, quorate, lights):
    assert set(drawing(odd).looks) == {"initial", "trace", "loop", "bad", "fault", "open"}
    dot = quorate("graph", lights, "--format", "dot").out
    assert "a step that fails" in dot
    assert "in the trace" not in dot


@needs_dot
def test_rows_are_in_the_order_of_the_distance(quorate):
    arguments = ("graph", "lock-server", "-p", "clients=2", "--format")
    nodes, _ = drawn(quorate(*arguments, "dot").out)
    data = json.loads(quorate(*arguments, "json").out)
    heights = {}
    for node in data["nodes"]:
        heights.setdefault(node["depth"], []).append(float(nodes[node["id"]]["pos"].split(",")[1]))
    assert len(heights) > 3
    for above, below in itertools.pairwise(heights[depth] for depth in sorted(heights)):
        assert min(above) > max(below)


def test_a_node_shows_what_differs_and_its_tooltip_all(quorate, lights):
    line = next(line for line in quorate("graph", lights, "--format", "dot").out.splitlines() if "s1 [" in line)
    label, tooltip = line.split("tooltip=")
    assert "never" not in label
    assert "light" in label
    assert "never: 0" in tooltip


def test_many_parallel_steps_are_shortened_to_a_few():
    edges = tuple(StateEdge("s1", "s2", f"act{number}", {}) for number in range(9))
    nodes = (StateNode("s1", 0, {}, {"x": 0}), StateNode("s2", 1, {}, {"x": 1}))
    [arrow] = drawing(StateGraph("M", {}, nodes, edges)).arrows
    assert len(arrow.lines) == MOST_LABELS
    assert len(arrow.whole.splitlines()) == 9


def test_a_large_state_is_shortened_and_no_line_too_long():
    value = {"#set": [f"{'long' * 30}{number}" for number in range(99)]}
    states = [{f"v{name}": value if number else {"#set": []} for name in range(9)} for number in range(2)]
    nodes = tuple(StateNode(f"s{number}", number, {}, state) for number, state in enumerate(states))
    lines = drawing(StateGraph("M", {}, nodes, ())).nodes[1].lines
    assert len(lines) == MOST_LINES
    assert max(len(name + text) for name, text in lines) <= WIDEST + 2


def test_steps_that_change_nothing_are_counted_and_not_drawn(quorate, lights):
    data = json.loads(quorate("graph", lights, "--format", "json").out)
    back = [edge for edge in data["edges"] if edge["source"] == edge["target"]]
    assert {edge["action"] for edge in back} >= {"wait"}
    assert "wait" not in quorate("graph", lights, "--format", "dot").out
    assert f"{len(back)} steps that change nothing" in quorate("graph", lights, "--format", "dot").out


# -- texts that would break a format


@needs_dot
def test_no_text_breaks_the_markup_of_dot(odd):
    nodes, edges = drawn(graph_to_dot(odd))
    assert list(nodes) == ["s1", "s2", "s3", "s4", "f1"]
    assert edges.keys() == {("s1", "s2"), ("s2", "s1"), ("s1", "s3"), ("s3", "s4"), ("s1", "f1"), ("s3", "s3")}


@needs_dot
def test_a_tooltip_means_just_its_text(odd):
    root = ET.fromstring(pictures.render(graph_to_dot(odd), "svg"))
    titles = [link.get("{http://www.w3.org/1999/xlink}title") for link in root.iter(f"{SVG}a")]
    assert any('<b>"&amp;\\N \\l</b>\\n\\x1b[31m{|}&lt;]]>é' in title for title in titles)


def test_no_text_breaks_graphml(odd):
    read = networkx.parse_graphml(graph_to_graphml(odd))
    assert list(read) == ["s1", "s2", "s3", "s4", "f1"]
    assert read.number_of_edges() == 5
    assert json.loads(read.nodes["s1"]["state"]) == dict(odd.nodes[0].state)
    assert json.loads(read.edges["s1", "s2"]["arguments"]) == dict(odd.edges[0].arguments)


def test_no_text_reaches_the_terminal_as_a_command(odd):
    page = Page.in_memory(80)
    write_graph(page, odd, reproduce="quorate graph m.py")
    assert "\x1b" not in page.text()


# -- formats for programs


GRAPH_KEYS = [
    "format", "version", "model", "parameters", "group_by", "around", "radius", "lassos", "notes", "states", "steps",
    "nodes", "edges", "reproduce",
]  # fmt: skip
NODE_KEYS = ["id", "depth", "flags", "states", "state", "group", "violates", "fault"]
EDGE_KEYS = ["source", "target", "action", "arguments", "steps", "flags", "violates"]


def test_the_keys_of_the_json_are_these(quorate, lights, odd):
    for data in (graph_to_data(odd, reproduce=""), json.loads(quorate("graph", lights, "--format", "json").out)):
        assert list(data) == GRAPH_KEYS
        assert {tuple(node) for node in data["nodes"]} == {tuple(NODE_KEYS)}
        assert {tuple(edge) for edge in data["edges"]} == {tuple(EDGE_KEYS)}
        assert (data["format"], data["version"]) == ("quorate-graph", 1)
        assert {flag for node in data["nodes"] for flag in node["flags"]} <= set(FLAGS)


def test_merged_nodes_are_counted_in_json(quorate):
    done = quorate("graph", "raft-liveness", "--group-by", "m.role", "--format", "json")
    data = json.loads(done.out)
    assert data["group_by"] == ["m.role"]
    assert data["states"] == sum(node["states"] for node in data["nodes"]) == 80
    assert data["steps"] == sum(edge["steps"] for edge in data["edges"]) == 198
    assert len({json.dumps(node["group"]) for node in data["nodes"]}) == len(data["nodes"]) == 20
    assert all(node["state"] is None for node in data["nodes"])
    assert all(edge["arguments"] is None for edge in data["edges"])


def test_the_command_that_it_names_gives_the_same(quorate, lights):
    arguments = [lights, "-p", "most=1", "--group-by", "m.light", "--max-states", "99", "--format", "json"]
    first = quorate("graph", *arguments)
    again = json.loads(first.out)["reproduce"]
    assert again.startswith("quorate graph ")
    assert quorate(*again.split()[1:]).out == first.out


def test_graphml_is_what_networkx_reads(quorate):
    read = networkx.parse_graphml(quorate("graph", "lock-server", "-p", "clients=2", "--format", "graphml").out)
    data = json.loads(quorate("graph", "lock-server", "-p", "clients=2", "--format", "json").out)
    assert read.is_directed()
    assert (read.number_of_nodes(), read.number_of_edges()) == (28, 56)
    # shortest paths, which the depths are
    lengths = networkx.single_source_shortest_path_length(read, "s1")
    assert lengths == {node["id"]: node["depth"] for node in data["nodes"]}


# -- files


@needs_dot
def test_the_name_of_the_file_says_the_format(quorate, lights):
    for name in ("a.svg", "b.png", "deep/er/c.json", "d.DOT", "e.graphml", "f.txt", "g.gv"):
        done = quorate("graph", lights, "-o", name)
        assert (done.code, done.out) == (0, "")
        assert name in done.err
    assert Path("b.png").read_bytes().startswith(PNG_SIGNATURE)
    assert ET.fromstring(Path("a.svg").read_bytes()).tag == f"{SVG}svg"
    assert json.loads(Path("deep/er/c.json").read_text())["format"] == "quorate-graph"
    assert Path("d.DOT").read_text() == Path("g.gv").read_text() == quorate("graph", lights, "--format", "dot").out
    assert ET.parse("e.graphml").getroot().tag.endswith("graphml")
    assert [path.name for path in Path().iterdir() if path.suffix == ".part"] == []


def test_a_format_that_is_named_goes_before_the_name_of_the_file(quorate, lights):
    assert quorate("graph", lights, "--format", "json", "-o", "a.svg").code == 0
    assert json.loads(Path("a.svg").read_text())["version"] == 1


def test_a_file_that_cannot_be_written_is_told(quorate, lights):
    Path("there").mkdir()
    Path("a").write_text("")
    for out in ("there", "a/b.json"):
        done = quorate("graph", lights, "--format", "json", "-o", out)
        assert done.code == Exit.INTERNAL
        assert done.err.startswith("error: ")
        assert "Traceback" not in done.err


# -- around a trace


@pytest.fixture
def saved(quorate, lights):
    """A counterexample to an invariant, in a file."""
    assert quorate("check", lights, "--invariant", "not_both", "-p", "most=3", "--out", "here").code == Exit.MODEL_FAULT
    text = Path("lights.py").read_text().replace("self.changes = 5", "self.changes = 0")
    Path("lights.py").write_text(text)
    assert quorate("check", lights, "--invariant", "not_both", "-p", "most=3", "--out", "here").code == Exit.SAFETY
    return "here/not_both.trace.json"


@pytest.mark.parametrize(("radius", "size"), [(0, 3), (1, 7)])
def test_the_states_near_a_trace(quorate, lights, saved, radius, size):
    done = quorate("graph", lights, "--around", saved, "--radius", radius, "--format", "json")
    data = json.loads(done.out)
    assert (data["parameters"], data["around"], data["radius"]) == ({"most": 3}, "not_both", radius)
    assert [node["id"] for node in data["nodes"] if "trace" in node["flags"]] == ["s1", "s2", "s3"]
    assert len(data["nodes"]) == size
    assert sum("trace" in edge["flags"] for edge in data["edges"]) == 2


def test_the_radius_is_1_if_nothing_is_said(quorate, lights, saved):
    one = quorate("graph", lights, "--around", saved, "--radius", "1", "--format", "dot").out
    assert quorate("graph", lights, "--around", saved, "--format", "dot").out == one


# -- what is refused


@pytest.mark.parametrize(
    "arguments",
    [
        ("--group-by", "m.lihgt"),
        ("--group-by", "open('x')"),
        ("--group-by", ""),
        ("--group-by", "1 // m.never"),
        ("--format", "png"),
        ("-o", "picture"),
        ("-o", "picture.jpeg"),
        ("--radius", "2"),
        ("--around", "missing.json"),
        ("--around", "lights.py"),
        ("--max-nodes", "0"),
        ("--max-nodes", "many"),
        ("--max-states", "-1"),
        ("--max-states", "2"),
        ("--max-nodes", "2", "--format", "dot"),
        ("--max-nodes", "1", "--format", "dot", "--group-by", "m.light"),
        ("-p", "most=1..2"),
        ("-p", "most"),
        ("--faults", "fire=1"),
    ],
)
def test_what_cannot_be_drawn_is_one_error(quorate, lights, arguments):
    done = quorate("graph", lights, *arguments)
    assert done.code in (Exit.USAGE, Exit.PARAMETER)
    assert done.out == ""
    assert done.err.count("error: ") == 1
    assert "Traceback" not in done.err


def test_other_errors_have_their_own_codes(quorate, lights, saved):
    assert quorate("graph", "lights.py:Light").code == Exit.LOAD
    assert quorate("graph", lights, "-p", "mots=1").code == Exit.PARAMETER
    assert quorate("graph", lights, "--around", saved, "-p", "most=3").code == Exit.USAGE
    assert quorate("graph", "lock-server", "--around", saved).code == Exit.PARAMETER
    assert quorate("graph", lights, "--around", saved, "--radius", "-1").code == Exit.USAGE


def test_an_error_is_json_where_json_was_asked_for(quorate, lights):
    done = quorate("graph", lights, "--format", "json", "--group-by", "m.x")
    assert json.loads(done.out)["error"]
    assert done.code == Exit.USAGE


def test_a_space_too_large_to_draw_names_the_ways_out(quorate):
    done = quorate("graph", "paxos", "--format", "dot")
    assert done.code == Exit.USAGE
    for option in ("--group-by", "-p", "--around", "--max-nodes"):
        assert option in done.err


def test_more_is_drawn_where_more_is_asked_for(quorate):
    arguments = ("graph", "two-phase-commit", "--format", "dot")
    assert quorate(*arguments).code == Exit.USAGE
    done = quorate(*arguments, "--max-nodes", "288")
    assert done.code == 0
    assert sum(" [label=<" in line and " -> " not in line for line in done.out.splitlines()) == 288 + 1


def test_without_graphviz_pictures_are_refused_and_the_rest_is_written(quorate, lights, monkeypatch):
    monkeypatch.setattr(pictures, "has_graphviz", lambda: False)
    for name in ("a.svg", "a.png"):
        done = quorate("graph", lights, "-o", name)
        assert done.code == Exit.USAGE
        assert "graphviz" in done.err
        assert not Path(name).exists()
    for kind in ("dot", "json", "graphml", "text"):
        assert quorate("graph", lights, "--format", kind).code == 0


def test_a_graphviz_that_fails_is_told(quorate, lights, monkeypatch, tmp_path):
    fake = tmp_path / "bin" / "dot"
    fake.parent.mkdir()
    fake.write_text("#!/bin/sh\necho 'syntax \x1b[31m error' >&2\nexit 1\n")
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", str(fake.parent), prepend=":")
    done = quorate("graph", lights, "-o", "a.svg")
    assert done.code == Exit.USAGE
    assert "syntax" in done.err
    assert "\x1b" not in done.err
    assert "Traceback" not in done.err
    # more than a pipe holds: its end is met in the middle of writing, and what it said is still told
    with pytest.raises(UsageError, match="syntax"):
        pictures.render("digraph { a }\n" * 100_000, "svg")
