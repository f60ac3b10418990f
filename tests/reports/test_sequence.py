"""Sequence diagrams: which send each receive belongs to, and the diagram as text, as Mermaid and as SVG."""

import re
import xml.etree.ElementTree as ET
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quorate.trace import Fault, Step, Trace
from quorate_reports.flights import flights
from quorate_reports.mermaid import sequence_to_mermaid
from quorate_reports.saving import save_traces
from quorate_reports.sequence import MOST_LANES, sequence
from quorate_reports.sequence_layout import CHARACTER, SMALL
from quorate_reports.sequence_svg import sequence_svg
from quorate_reports.sequence_text import sequence_to_text

SVG = "{http://www.w3.org/2000/svg}"
NASTY = ["a;b", "a#b", "end", '"q"', "<b>x</b>", "%%c", "wrap:y", "x\ny", "->>", "]]>", "\x00\x1b", "漢字" * 9, ""]


def letter(src, dst, text="hello"):
    return {"tag": "Letter", "value": {"src": src, "dst": dst, "text": text}}


def bag(*messages):
    return {"#bag": list(messages)}


def everything(*messages):
    return {"#set": list(messages)}


def run(*steps, lanes=("a", "b", "c"), **fields):
    """A trace of steps, each (action, node, network, and more of `Step`)."""
    made = [
        Step(action, more.pop("arguments", {}), {"network": network, "count": number}, node, **more)
        for number, (action, node, network, more) in enumerate(steps)
    ]
    fields = {"kind": "invariant", "property": "quiet", "explanation": "i = a, j = c: m.count[a] < 9"} | fields
    return Trace("Post", {"n": 3}, steps=tuple(made), lanes=lanes, **fields)


ONE, TWO, ALL = letter("a", "b"), letter("a", "c", "a longer text than a label has room for"), letter("a", None)


@pytest.fixture
def post():
    """Two letters and one to all; one comes late, one twice, one never."""
    return run(
        (None, None, everything(), {}),
        ("write", "a", everything(ONE, TWO, ALL), {"arguments": {"i": "a"}, "sent": (ONE, TWO, ALL)}),
        ("read", "b", everything(ONE, TWO, ALL), {"arguments": {"m": ONE}, "received": ONE}),
        ("hear", "c", everything(ONE, TWO, ALL), {"arguments": {"m": ALL, "k": "c"}, "received": ALL}),
        ("stamp", None, everything(ONE, TWO, ALL), {}),
        ("hear", "b", everything(ONE, TWO, ALL), {"arguments": {"m": ALL, "k": "b"}, "received": ALL}),
        ("read", "b", everything(ONE, TWO, ALL), {"arguments": {"m": ONE}, "received": ONE}),
    )


@pytest.fixture
def troubled():
    """Every fault of the environment, in a network that delivers each message once."""
    back = letter("b", "a")
    return run(
        (None, None, bag(), {}),
        ("write", "a", bag(ONE, ONE), {"sent": (ONE, ONE)}),
        ("crash", "c", bag(ONE, ONE), {"arguments": {"i": "c"}, "failure": "crash"}),
        ("lose_letter", None, bag(ONE), {"arguments": {"m": ONE}, "received": ONE, "failure": "loss"}),
        ("split", None, bag(ONE), {"arguments": {"side": {"#set": ["a", "c"]}}, "failure": "partition"}),
        (
            "duplicate_letter", None, bag(ONE, ONE),
            {"arguments": {"m": ONE}, "received": ONE, "sent": (ONE, ONE), "failure": "duplication"},
        ),
        ("heal", None, bag(ONE, ONE), {"failure": "heal"}),
        ("restart", "c", bag(ONE, ONE), {"arguments": {"i": "c"}, "failure": "restart"}),
        ("read", "b", bag(ONE, ONE), {"arguments": {"m": ONE}, "received": ONE, "sent": (ONE,)}),
        ("meet", "a", bag(ONE, ONE), {"arguments": {"i": "a", "j": "c"}}),
        ("read", "b", bag(ONE, back), {"arguments": {"m": ONE}, "received": ONE, "sent": (back,)}),
        ("read", "b", bag(back), {"arguments": {"m": ONE}, "received": ONE}),
        ("note", "a", bag(), {"arguments": {"m": back}, "received": back}),
    )  # fmt: skip


@pytest.fixture
def endless():
    """A lasso that begins with a message on its way, in which a node writes to itself."""
    own = letter("b", "b")
    return run(
        (None, None, bag(ONE), {}),
        ("read", "b", bag(), {"arguments": {"m": ONE}, "received": ONE}),
        ("write", "b", bag(own), {"sent": (own,)}),
        ("read", "b", bag(), {"arguments": {"m": own}, "received": own}),
        kind="eventually",
        property="answered",
        loop=1,
        explanation="nobody answers",
    )


@pytest.fixture
def failing():
    """A step that fails as it receives a message."""
    trace = run((None, None, bag(), {}), ("write", "a", bag(ONE), {"sent": (ONE,)}), kind="fault", property=None)
    fault = Fault("range", "9 is not in 0..8", "read", {"m": ONE})
    return replace(trace, fault=fault, explanation=None)


@pytest.fixture
def closed(endless):
    """The same lasso, whose last state is that in which the loop begins."""
    last = replace(endless.steps[-1], state=endless.steps[1].state)
    return replace(endless, steps=(*endless.steps[:-1], last))


OWN = ["post", "troubled", "closed", "failing"]
OLD = ["trace", "fault_trace", "long_trace", "cti_trace", "lasso"]


def fates(trace):
    return [(flight.message["value"]["text"][:5], flight.start, flight.end, flight.fate) for flight in flights(trace)]


def test_a_message_to_all_fans_out_and_one_that_comes_again_is_told_from_it(post):
    told = [(flight.message, flight.start, flight.end, flight.fate) for flight in flights(post)]
    assert told == [
        (ONE, 1, 2, "received"),
        (ALL, 1, 3, "received"),
        (ALL, 1, 5, "received"),
        (ONE, 1, 6, "again"),
        (TWO, 1, None, "in flight"),
    ]


def test_messages_are_lost_doubled_and_kept(troubled):
    assert [(flight.start, flight.end, flight.fate) for flight in flights(troubled)] == [
        (1, 3, "lost"),
        (1, 8, "received"),
        (1, 10, "again"),
        (8, 11, "kept"),
        (10, 12, "received"),
    ]


def test_a_message_may_be_on_its_way_at_the_beginning(endless):
    assert fates(endless) == [("hello", None, 1, "received"), ("hello", 2, 3, "received")]


def test_the_step_that_fails_takes_its_message(failing):
    assert fates(failing) == [("hello", 1, 2, "received")]
    [_, _, row] = sequence(failing).rows
    assert (row.label, row.lane, row.mood) == ("✗", 1, "bad")


def test_equal_messages_of_two_sends_are_taken_in_their_order():
    trace = run(
        (None, None, bag(), {}),
        ("write", "a", bag(ONE), {"sent": (ONE,)}),
        ("write", "a", bag(ONE, ONE), {"sent": (ONE,)}),
        ("read", "b", bag(ONE), {"received": ONE}),
        ("read", "b", bag(), {"received": ONE}),
    )
    assert [(flight.start, flight.end, flight.fate) for flight in flights(trace)] == [
        (1, 3, "received"),
        (2, 4, "received"),
    ]


def test_rows_have_their_lane_and_the_others_have_one_when_they_need_it(post, troubled):
    drawn = sequence(post)
    assert [(lane.name, lane.is_node) for lane in drawn.lanes] == [
        ("a", True), ("b", True), ("c", True), ("others", False),
    ]  # fmt: skip
    assert [row.lane for row in drawn.rows] == [None, 0, 1, 2, 3, 1, 1]
    # faults of the network need none
    assert [lane.name for lane in sequence(troubled).lanes] == ["a", "b", "c"]
    assert [row.lane for row in sequence(troubled).rows] == [None, 0, 2, None, None, None, None, 2, 1, 0, 1, 1, 0]


def test_what_the_arrows_say_is_not_told_again(post):
    places = {change.place for row in sequence(post).rows for change in row.changes}
    assert places == {"count"}


def test_what_the_arrows_do_not_say_is_told(post):
    steps = list(post.steps)
    steps[4] = replace(steps[4], state={**steps[4].state, "network": everything(ONE)})
    told = [change.text() for change in sequence(replace(post, steps=tuple(steps))).rows[4].changes]
    assert len([text for text in told if text.startswith("network: - ")]) == 2


def test_lanes_are_down_and_apart_until_that_is_over(troubled):
    stretches = [(s.lane, s.kind, s.start, s.end) for s in sequence(troubled).stretches]
    assert stretches == [(2, "down", 2, 7), (0, "apart", 4, 6), (2, "apart", 4, 6)]


def test_the_witnesses_of_a_violation_are_the_lanes_that_its_reason_names(post):
    assert sequence(post).witnesses == (0, 2)


def test_of_many_nodes_those_without_a_part_have_no_lane(post):
    names = tuple("abcdefghijkl")
    drawn = sequence(replace(post, lanes=names))
    assert len(names) > MOST_LANES
    assert [lane.name for lane in drawn.lanes] == ["a", "b", "c", "others"]
    assert drawn.idle == len(names) - 3


def test_a_model_without_nodes_has_one_lane():
    trace = run((None, None, bag(), {}), ("count", None, bag(), {}), lanes=())
    assert [lane.name for lane in sequence(trace).lanes] == ["Post"]
    assert [row.lane for row in sequence(trace).rows] == [None, 0]


# -- as text


@pytest.mark.parametrize("width", [40, 80, 120])
@pytest.mark.parametrize("name", OWN)
def test_text(request, golden, name, width):
    golden(f"sequence-{name}-{width}.txt", sequence_to_text(sequence(request.getfixturevalue(name)), width=width))


@pytest.mark.parametrize("width", [40, 80, 120])
@pytest.mark.parametrize("name", [*OWN, *OLD])
def test_no_line_of_text_is_wider_than_the_page(request, name, width):
    lines = sequence_to_text(sequence(request.getfixturevalue(name)), width=width).splitlines()
    assert len(lines) > 4
    assert [line for line in lines if len(line) > width] == []


# -- as Mermaid


@pytest.mark.parametrize("name", OWN)
def test_mermaid(request, golden, name):
    golden(f"sequence-{name}.mmd", sequence_to_mermaid(sequence(request.getfixturevalue(name))))


@pytest.mark.parametrize("name", [*OWN, *OLD])
def test_every_line_of_mermaid_is_a_statement_about_known_lanes(request, name):
    lines = sequence_to_mermaid(sequence(request.getfixturevalue(name))).splitlines()
    check_mermaid(lines)


TEXT = r"(?:[^\n;#<>\"&%`$\\~^|]|#\d+;|<br/>)*"
STATEMENTS = [
    rf"participant (?P<lane>n\d+|outside) as {TEXT}",
    rf"Note over n\d+(,n\d+)?: {TEXT}",
    rf"(n\d+|outside)(->>|-->>|-x|--\))(n\d+|outside): {TEXT}",
    r"rect rgba\([\d, .]+\)",
    "loop for ever",
    "end",
]


def check_mermaid(lines):
    """That each line is one of the statements that are used, blocks are closed, and lanes declared before use."""
    assert lines[0] == "sequenceDiagram"
    declared, depth = set(), 0
    for line in lines[1:]:
        found = next((match for one in STATEMENTS if (match := re.fullmatch(one, line.strip()))), None)
        assert found, line
        if found.groupdict().get("lane"):
            declared.add(found["lane"])
        assert {*re.findall(r"\b(?:n\d+|outside)\b", line.partition(":")[0])} - {"outside"} <= declared or found
        depth += line.strip().startswith(("rect", "loop")) - (line.strip() == "end")
        assert depth >= 0
    assert depth == 0


# -- as SVG


def drawn(trace):
    return ET.fromstring(sequence_svg(sequence(trace)))


@pytest.mark.parametrize("name", [*OWN, *OLD])
def test_svg_has_a_row_for_each_state_and_an_arrow_for_each_flight(request, name):
    trace = request.getfixturevalue(name)
    root = drawn(trace)
    rows = [int(group.get("data-row")) for group in root.findall(f".//{SVG}g[@data-row]")]
    assert rows == list(range(len(trace.steps) + (trace.fault is not None)))
    wanted = [(flight.fate.replace(" ", "-"), flight.start, flight.end) for flight in flights(trace)]
    assert wanted == [
        (group.get("class").split()[1], place(group.get("data-start")), place(group.get("data-end")))
        for group in root.findall(f".//{SVG}g[@data-start]")
    ]


def place(text):
    return int(text) if text else None


def test_svg_marks_the_violation_the_witnesses_and_the_loop(post, closed):
    root = drawn(post)
    assert len(root.findall(f".//{SVG}rect[@class='band bad']")) == 1
    # a is one, c the other: neither is where the last step happens
    assert len(root.findall(f".//{SVG}circle[@class='ring']")) == 2
    assert root.findall(f".//{SVG}path[@class='loop']") == []
    assert len(drawn(closed).findall(f".//{SVG}path[@class='loop']")) == 1


def test_svg_shows_where_a_node_is_down_or_apart(troubled):
    lives = [path.get("class") for path in drawn(troubled).findall(f".//{SVG}path") if "life" in path.get("class")]
    # c is down from 2 to 7, and apart meanwhile; a is apart from 4 to 6
    assert lives.count("life apart") == 1
    assert lives.count("life down") >= 1


def boxes(root):
    """The texts of a drawing with where each begins and ends."""
    for text in root.findall(f".//{SVG}text"):
        if "transform" in text.attrib or "title" in text.get("class", "") or "head" in text.get("class", ""):
            continue
        width = len("".join(text.itertext())) * (SMALL if "small" in text.get("class", "") else CHARACTER)
        start = {"middle": 0.5, "end": 1}.get(text.get("text-anchor"), 0)
        left = float(text.get("x")) - start * width
        yield left, left + width, float(text.get("y")), "".join(text.itertext())


@pytest.mark.parametrize("name", [*OWN, *OLD])
def test_no_text_of_svg_lies_on_another_or_outside(request, name):
    root = drawn(request.getfixturevalue(name))
    width, height = float(root.get("width")), float(root.get("height"))
    found = list(boxes(root))
    assert len(found) > 4
    for left, right, y, text in found:
        assert left >= 0, text
        assert right <= width + 1, text
        assert y < height, text
    for number, (left, right, y, text) in enumerate(found):
        for other_left, other_right, other_y, other in found[:number]:
            assert abs(y - other_y) >= 9 or right <= other_left + 1 or other_right <= left + 1, (text, other)


# -- hostile


names = st.sampled_from(NASTY) | st.text(max_size=6)


@st.composite
def hostile(draw):
    lanes = tuple(draw(st.lists(names, min_size=1, max_size=4, unique=True)))
    ends = st.sampled_from(lanes) | st.none() | names
    message = st.builds(lambda tag, fields: {"tag": tag, "value": fields}, names, st.fixed_dictionaries(
        {"src": ends, "dst": ends}, optional={"text": names}
    ))  # fmt: skip
    state = st.fixed_dictionaries({"network": st.lists(message, max_size=2).map(lambda items: {"#set": items})})
    faults = st.sampled_from(["crash", "restart", "partition", "heal", "loss", "duplication", "?"])
    step = st.builds(
        Step, names, st.dictionaries(names, names | message, max_size=2), state, ends, st.none() | message,
        st.lists(message, max_size=2).map(tuple), st.none() | faults,
    )  # fmt: skip
    steps = draw(st.lists(step, min_size=1, max_size=6))
    return Trace(
        draw(names), {"p": draw(names)}, draw(st.sampled_from(["invariant", "reachable", "deadlock", "eventually"])),
        draw(st.none() | names), (replace(steps[0], action=None), *steps[1:]),
        draw(st.none() | st.builds(Fault, names, names, names, st.dictionaries(names, message | names, max_size=2))),
        draw(st.none() | st.integers(0, len(steps) - 1)), draw(st.none() | names), None, lanes,
    )  # fmt: skip


@given(hostile())
def test_any_trace_is_drawn_and_no_text_in_it_breaks_the_drawing(trace):
    diagram = sequence(trace)
    root = ET.fromstring(sequence_svg(diagram))
    assert len(root.findall(f".//{SVG}g[@data-row]")) == len(diagram.rows)
    check_mermaid(sequence_to_mermaid(diagram).removesuffix("\n").split("\n"))
    assert "\x1b" not in sequence_to_text(diagram)


# -- files


def test_the_diagram_is_saved_for_models_with_nodes_only(tmp_path, post, trace):
    assert "quiet.sequence.svg" in [path.name for path in save_traces([post], tmp_path)]
    assert (tmp_path / "quiet.sequence.svg").read_text() == sequence_svg(sequence(post))
    assert not [path for path in save_traces([trace], tmp_path) if path.name.endswith(".sequence.svg")]


def test_a_saved_trace_is_shown_as_what_is_asked_for(quorate, tmp_path, post):
    [saved, *_] = save_traces([post], tmp_path)
    diagram = sequence(post)
    assert sequence_to_text(diagram) in quorate("show", saved).out
    assert sequence_to_text(diagram) in quorate("show", saved, "--as", "sequence").out
    assert sequence_to_text(diagram) not in quorate("show", saved, "--as", "list").out
    assert quorate("show", saved, "--format", "mermaid").out == sequence_to_mermaid(diagram)
    assert quorate("show", saved, "--format", "svg").out == sequence_svg(diagram)
    listed = quorate("show", saved, "--format", "svg", "--as", "list").out
    assert listed == Path(tmp_path / "quiet.svg").read_text()


@pytest.mark.parametrize("options", [("--as", "list", "--format", "mermaid"), ("--as", "sequence", "--format", "json")])
def test_what_contradicts_itself_is_refused(quorate, tmp_path, post, options):
    [saved, *_] = save_traces([post], tmp_path)
    assert quorate("show", saved, *options).code == 2
