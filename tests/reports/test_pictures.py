"""The pictures of a trace: each state a node, each step an edge, what changed marked; with Graphviz and without."""

import itertools
import json
import re
import shutil
import subprocess
import xml.etree.ElementTree as ET
from dataclasses import replace
from pathlib import Path

import pytest

from quorate.errors import Exit
from quorate.trace import Step
from quorate_reports import pictures
from quorate_reports.dot import trace_to_dot
from quorate_reports.picture import WIDEST, picture
from quorate_reports.saving import save_traces, stem_of
from quorate_reports.svg import trace_to_svg

REPOSITORY = Path(__file__).parents[2]
SVG = "{http://www.w3.org/2000/svg}"
PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"

needs_dot = pytest.mark.skipif(shutil.which("dot") is None, reason="graphviz is not installed")
TRACES = ["trace", "fault_trace", "long_trace", "cti_trace"]


@pytest.fixture(params=TRACES)
def each(request):
    return request.getfixturevalue(request.param)


def nasty(trace):
    """The trace with texts in it that would break markup."""
    states = [{'x<&>"\\': {"#set": ['"]}>\\l', "<b>&amp;", "\x00\x1b", "e\u0301→"]}, "y": n} for n in (0, 1)]
    arguments = {"m": {"tag": '<"&\\N', "value": {}}}
    return replace(
        trace, model='<M&"\\>', property='<p>"\\', steps=(Step(None, {}, states[0]), Step("a<b>", arguments, states[1]))
    )


def graph(trace):
    """The nodes and edges as Graphviz itself reads them."""
    text = trace_to_dot(trace)
    done = subprocess.run(["dot", "-Tjson"], input=text, capture_output=True, text=True, check=True)
    assert done.stderr == ""
    read = json.loads(done.stdout)
    names = {node["_gvid"]: node["name"] for node in read["objects"]}
    nodes = {node["name"]: node for node in read["objects"]}
    edges = [(names[edge["tail"]], names[edge["head"]], edge) for edge in read["edges"]]
    return nodes, edges


@needs_dot
def test_a_node_for_each_state_and_an_edge_for_each_step(each):
    nodes, edges = graph(each)
    names = [f"s{number}" for number in range(1, len(each.steps) + 1)] + ["fault"] * (each.fault is not None)
    assert list(nodes) == names
    assert [(tail, head) for tail, head, _ in edges] == list(itertools.pairwise(names))
    actions = [step.action for step in each.steps[1:]] + ([each.fault.action] if each.fault else [])
    for action, (_, _, edge) in zip(actions, edges, strict=True):
        assert edge["label"].strip().startswith(f"{action}(")


@needs_dot
def test_what_changed_is_marked_and_the_rest_is_not(trace):
    nodes, _ = graph(trace)
    label = nodes["s2"]["label"]
    assert "<B>term[s1]: </B>" in label
    assert re.search(r'<FONT COLOR="#80868b">0</FONT> → <FONT COLOR="#0b57d0"><B>1</B></FONT>', label)
    assert "<B>leader" not in label


@needs_dot
def test_a_step_that_fails_is_a_red_dashed_edge(fault_trace):
    _, edges = graph(fault_trace)
    [*others, (_, head, failing)] = edges
    assert head == "fault"
    assert failing["style"] == "dashed"
    assert failing["color"] == "#c5221f"
    assert all("style" not in edge for _, _, edge in others)


@needs_dot
def test_a_lasso_has_an_edge_back(lasso):
    nodes, edges = graph(lasso)
    assert list(nodes) == ["s1", "s2", "s3", "s4"]
    [back] = [edge for tail, head, edge in edges if (tail, head) == ("s4", "s2")]
    assert back["label"].strip().startswith("forget(")


@needs_dot
def test_a_run_that_ends_stays_in_its_last_state(trace):
    _, edges = graph(replace(trace, kind="eventually", loop=3))
    assert ("s4", "s4") in [(tail, head) for tail, head, _ in edges]


def test_the_states_of_a_loop_are_set_off_from_the_way_there(lasso):
    root = ET.fromstring(trace_to_svg(lasso))
    cards = [group.get("class").split()[1] for group in root.findall(f".//{SVG}g[@class]")]
    assert cards == ["initial", "loop", "loop", "loop"]
    assert len(root.findall(f".//{SVG}path[@class='back']")) == 1


@needs_dot
def test_no_text_breaks_the_markup_of_dot(trace):
    nodes, edges = graph(nasty(trace))
    assert list(nodes) == ["s1", "s2"]
    assert len(edges) == 1


def test_no_text_breaks_the_markup_of_svg(trace):
    assert len(ET.fromstring(trace_to_svg(nasty(trace))).findall(f".//{SVG}g")) == 2


def test_the_drawing_without_graphviz_has_the_same_states_and_steps(each):
    root = ET.fromstring(trace_to_svg(each))
    cards = [group.get("class").split()[1] for group in root.findall(f".//{SVG}g[@class]")]
    middle = ["plain"] * (len(each.steps) - (1 if each.fault else 2))
    # the first state of a counterexample to induction is no initial one
    assert cards == ["plain" if each.kind == "induction" else "initial", *middle, "bad"]
    assert len(root.findall(f".//{SVG}line[@class='step']")) == len(cards) - 1


def test_everything_drawn_lies_inside_the_picture(each):
    root = ET.fromstring(trace_to_svg(each))
    width, height = float(root.get("width")), float(root.get("height"))
    texts = root.findall(f".//{SVG}text")
    assert texts
    for text in texts:
        # 7.23 pixels a character is DejaVu Sans Mono, the widest of the fonts named
        assert float(text.get("x")) + 7.23 * len("".join(text.itertext())) <= width
        assert float(text.get("y")) < height


def test_lines_keep_to_the_width_of_a_card(each):
    lines = [line for card in picture(each).cards for line in card.lines]
    assert lines
    assert max(sum(len(text) for text, _ in line) for line in lines) <= WIDEST


@needs_dot
def test_all_files_are_saved(tmp_path, each):
    paths = list(save_traces([each], tmp_path / "a" / "b"))
    stem = stem_of(each)
    assert [path.name for path in paths] == [f"{stem}{suffix}" for suffix in (".trace.json", ".dot", ".svg", ".png")]
    assert paths[3].read_bytes().startswith(PNG_SIGNATURE)
    # ours, not that of dot
    assert paths[2].read_text() == trace_to_svg(each)
    assert sorted(path.name for path in (tmp_path / "a" / "b").iterdir()) == sorted(path.name for path in paths)


def test_without_graphviz_there_is_a_picture_all_the_same(tmp_path, monkeypatch, trace):
    monkeypatch.setattr(pictures, "has_graphviz", lambda: False)
    paths = list(save_traces([trace], tmp_path))
    assert [path.suffix for path in paths] == [".json", ".dot", ".svg"]
    assert ET.fromstring(paths[2].read_bytes()).tag == f"{SVG}svg"


def test_two_traces_of_one_name_do_not_overwrite_each_other(tmp_path, monkeypatch, fault_trace):
    monkeypatch.setattr(pictures, "has_graphviz", lambda: False)
    paths = list(save_traces([fault_trace, fault_trace], tmp_path))
    assert len({*paths}) == 6


def test_the_picture_in_the_readme_is_what_its_model_gives(quorate):
    readme = (REPOSITORY / "README.md").read_text()
    Path("lock.py").write_text(re.search(r"```python\n(.*?)```", readme, re.DOTALL)[1])
    assert quorate("check", "lock.py", "--out", "here").code == Exit.SAFETY
    drawn = Path("here/mutual_exclusion.svg").read_text()
    assert drawn == (REPOSITORY / "docs/images/lock.svg").read_text()
    assert drawn.count('<g class="state ') == 5


def test_the_title_is_the_model_with_its_parameters(trace):
    assert picture(trace).title == "RaftElection(servers=3, max_term=2, mode=strict, prevote=False)"
    assert picture(replace(trace, parameters={})).title == "RaftElection"


@pytest.mark.parametrize(
    ("change", "title"),
    [
        ({}, "state 4: violates election_safety"),
        ({"kind": "step_invariant"}, "state 4: the step to it violates election_safety"),
        ({"kind": "induction"}, "state 4: the step to it breaks election_safety"),
        ({"kind": "reachable"}, "state 4: what election_safety asks for"),
        ({"kind": "deadlock", "property": None}, "state 4: deadlock, no step is possible"),
        ({"kind": "eventually", "loop": 3}, "state 4: nothing happens any more, which violates election_safety"),
        ({"kind": "recoverable"}, "state 4: election_safety is out of reach"),
    ],
)
def test_the_last_card_says_what_it_is(trace, change, title):
    assert picture(replace(trace, **change)).cards[-1].title == title
