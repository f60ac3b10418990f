"""Traces in the Informal Trace Format: what is written is what its readers take, and what other tools write is read."""

import json
import os
import subprocess
from collections import Counter
from dataclasses import replace

import itf_py
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quorate.errors import Exit, UsageError
from quorate.trace import Step, Trace
from quorate_reports.itf import trace_from_itf, trace_to_itf, trace_to_itf_json
from quorate_reports.trace_file import DEEPEST, read_trace, trace_to_json

TRACES = ["trace", "fault_trace", "lasso", "cti_trace"]

names = st.text(min_size=1, max_size=8).filter(lambda text: not text.startswith("#") and text != "tag")
scalars = st.none() | st.booleans() | st.integers() | st.text(max_size=8)
data = st.recursive(
    scalars,
    lambda below: (
        st.lists(below, max_size=3)
        | st.lists(below, max_size=3).map(lambda items: {"#set": items})
        | st.lists(below, max_size=3).map(lambda items: {"#bag": items * 2})
        | st.lists(st.tuples(below, below).map(list), max_size=3).map(lambda pairs: {"#map": pairs})
        | st.dictionaries(names, below, max_size=3)
        | st.builds(lambda tag, fields: {"tag": tag, "value": fields}, names, st.dictionaries(names, below, max_size=2))
    ),
    max_leaves=8,
)
values = st.dictionaries(names, data, max_size=3)


@pytest.fixture(params=TRACES)
def each(request):
    return request.getfixturevalue(request.param)


def unordered(value):
    """A value in data form, so that sets, bags and maps are equal whatever the order of what is in them."""
    match value:
        case {"#set": items} | {"#bag": items}:
            return ("set" if "#set" in value else "bag", frozenset(Counter(map(unordered, items)).items()))
        case {"#map": pairs}:
            return ("map", frozenset(Counter(map(unordered, pairs)).items()))
        case list():
            return tuple(map(unordered, value))
        case dict():
            return frozenset((name, unordered(item)) for name, item in value.items())
    return (type(value), value)


def as_read(trace):
    steps = [(step.action, unordered(dict(step.arguments)), unordered(dict(step.state))) for step in trace.steps]
    return replace(trace, steps=(), parameters={}), unordered(dict(trace.parameters)), steps


def through_itf(trace):
    return trace_from_itf(json.loads(trace_to_itf_json(trace)))


def one(value):
    """A trace of one state, which has this value."""
    return Trace("M", {}, "deadlock", None, (Step(None, {}, {"x": value}),))


@given(data)
def test_any_value_comes_back_as_it_was(value):
    assert unordered(through_itf(one(value)).steps[0].state["x"]) == unordered(value)


@given(st.lists(st.tuples(st.none() | names, values), min_size=1, max_size=3), values, st.sets(names), st.data())
def test_any_trace_comes_back_as_it_was(calls, parameters, variables, drawn):
    states = [{f"v{name}": drawn.draw(data) for name in variables} for _ in calls]
    steps = [Step(action, arguments, state) for (action, arguments), state in zip(calls, states, strict=True)]
    loop = drawn.draw(st.none() | st.integers(0, len(steps) - 1))
    given_ = {f"p{name}": value for name, value in parameters.items()}
    trace = Trace("M", given_, "eventually", "done", tuple(steps), loop=loop, explanation="because", reproduce="again")
    again = through_itf(trace)
    assert as_read(again) == as_read(trace)
    assert again.reproduce == trace.reproduce


def test_a_trace_with_all_its_parts_comes_back(each):
    assert as_read(through_itf(each)) == as_read(each)


def test_golden(each, golden, request):
    golden(f"{request.node.callspec.params['each']}.itf.json", trace_to_itf_json(each))


def test_the_header_and_the_names(trace):
    itf = trace_to_itf(trace)
    assert itf["#meta"]["format"] == "ITF"
    assert set(itf["#meta"]) >= {"format-description", "source", "status", "description"}
    assert itf["params"] == ["servers", "max_term", "mode", "prevote"]
    assert itf["vars"] == [*trace.steps[0].state, "mbt::actionTaken", "mbt::nondetPicks"]
    assert "loop" not in itf
    assert [state["#meta"]["index"] for state in itf["states"]] == [0, 1, 2, 3]
    assert all(set(state) >= set(itf["vars"]) for state in itf["states"])
    # parameters have their values in the first state, and nowhere else
    assert [name for name in itf["params"] if name in itf["states"][0]] == itf["params"]
    assert not any(name in state for name in itf["params"] for state in itf["states"][1:])


def test_actions_and_their_arguments_are_where_readers_for_tests_look(trace):
    states = trace_to_itf(trace)["states"]
    assert [state["mbt::actionTaken"] for state in states] == ["init", "time_out", "on_request_vote", "on_vote"]
    none = {"tag": "None", "value": {"#tup": []}}
    assert states[0]["mbt::nondetPicks"] == {"i": none, "m": none}
    assert states[1]["mbt::nondetPicks"] == {"i": {"tag": "Some", "value": "s1"}, "m": none}
    assert states[3]["#meta"]["arguments"]["m"]["value"]["term"] == {"#bigint": "1"}


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (True, True),
        (0, {"#bigint": "0"}),
        (-(10**20), {"#bigint": "-100000000000000000000"}),
        ("s1", "s1"),
        (None, {"tag": "None", "value": {"#tup": []}}),
        ([2, 1], [{"#bigint": "2"}, {"#bigint": "1"}]),
        ({"#set": [10, 9, -1]}, {"#set": [{"#bigint": "-1"}, {"#bigint": "9"}, {"#bigint": "10"}]}),
        ({"#map": [["b", True], ["a", None]]}, {"#map": [["a", {"tag": "None", "value": {"#tup": []}}], ["b", True]]}),
        ({"#bag": ["b", "b"]}, {"tag": "Bag", "value": {"#map": [["b", {"#bigint": "2"}]]}}),
        ({"f": {"#set": []}}, {"f": {"#set": []}}),
        ({"tag": "Vote", "value": {"term": 1}}, {"tag": "Vote", "value": {"term": {"#bigint": "1"}}}),
    ],
)  # fmt: skip
def test_each_form_of_value(value, written):
    assert trace_to_itf(one(value))["states"][0]["x"] == written


def test_a_loop_names_its_first_state_which_does_not_stand_at_the_end_once_more(lasso):
    itf = trace_to_itf(lasso)
    assert itf["loop"] == 1
    assert len(itf["states"]) == len(lasso.steps) - 1 == 4
    assert through_itf(lasso).returns()


def test_a_run_that_ends_loops_in_its_last_state(trace):
    ending = replace(trace, kind="eventually", loop=3)
    itf = trace_to_itf(ending)
    assert itf["loop"] == 3
    assert len(itf["states"]) == 4
    assert through_itf(ending) == ending


# -- a reader from outside


def plain(value):
    """A value for itf-py, which makes a Python class of each variant, and cannot of `None`, nor of one whose value is a
    number or a collection: variants become records of other names. All else stays."""
    match value:
        case {"tag": tag, "value": inside}:
            return {"tag_": tag, "value_": plain(inside)}
        case dict():
            return {name: plain(item) for name, item in value.items()}
        case list():
            return [plain(item) for item in value]
    return value


def from_reader(value):
    """A value of the reader in our data form."""
    if isinstance(value, bool | int | str):
        return value
    if isinstance(value, frozenset):
        return {"#set": list(map(from_reader, value))}
    if isinstance(value, list):
        return list(map(from_reader, value))
    if hasattr(value, "_asdict"):
        fields = {name.removesuffix("_"): from_reader(item) for name, item in value._asdict().items()}
        return None if fields == {"tag": "None", "value": ()} else fields
    if isinstance(value, tuple):
        return tuple(map(from_reader, value))
    return {"#map": [[from_reader(key), from_reader(item)] for key, item in value.items()]}


def test_a_public_reader_takes_every_trace_and_finds_the_same_values_in_it(each):
    itf = trace_to_itf(each)
    itf["states"] = [plain(state) for state in itf["states"]]
    read = itf_py.trace_from_json(itf)
    steps = each.steps[:-1] if each.returns() else each.steps
    assert read.loop == each.loop
    assert read.params == list(each.parameters)
    assert len(read.states) == len(steps)
    for state, step in zip(read.states, steps, strict=True):
        found = {name: from_reader(state.values[name]) for name in step.state}
        assert unordered(found) == unordered(dict(step.state))
        assert state.values["mbt::actionTaken"] == (step.action or "init")


def test_a_public_reader_takes_our_messages_as_they_are(trace):
    votes = trace_to_itf(trace)["states"][2]["network"]
    assert {type(message).__name__ for message in itf_py.value_from_json(votes)} == {"RequestVote", "Vote"}


# Quint's own reader, and its writer of what was read
QUINT = """
const { ofItf, toItf } = require(process.argv[1] + "/node_modules/@informalsystems/quint/dist/src/itf")
const itf = JSON.parse(require("fs").readFileSync(0))
console.log(JSON.stringify(toItf(itf.vars, ofItf(itf)).value.states))
"""


@pytest.mark.skipif("QUORATE_QUINT" not in os.environ, reason="QUORATE_QUINT names no folder with Quint from npm in it")
def test_quint_reads_every_trace_and_writes_the_same_again(each):
    itf = trace_to_itf(each)
    command = ["node", "-e", QUINT, os.environ["QUORATE_QUINT"]]
    done = subprocess.run(command, input=json.dumps(itf), capture_output=True, text=True, check=True)
    assert [state | {"#meta": None} for state in json.loads(done.stdout)] == [
        state | {"#meta": None} for state in itf["states"]
    ]


# -- what other tools write


def foreign(*states, **more):
    """A trace as Quint and Apalache write it."""
    variables = [name for name in states[0] if "::" not in name and name != "#meta"]
    return {"vars": variables, "states": list(states), **more}


@pytest.mark.parametrize(
    ("written", "value"),
    [
        (3, 3),
        ({"#tup": ["a", {"#bigint": "1"}]}, ["a", 1]),
        ({"tag": "None", "value": {"#tup": []}}, None),
        ({"tag": "None", "value": "U_OF_UNIT"}, None),
        ({"tag": "None", "value": {}}, None),
        ({"tag": "Some", "value": {"#bigint": "4"}}, 4),
        ({"tag": "Leader", "value": {"#tup": []}}, "Leader"),
        ({"tag": "Leader", "value": {"tag": "UNIT"}}, "Leader"),
        ({"tag": "Vote", "value": {"term": {"#bigint": "1"}}}, {"tag": "Vote", "value": {"term": 1}}),
        ("s1_OF_SERVER", "s1"),
        ({"#set": ["s2_OF_SERVER"]}, {"#set": ["s2"]}),
    ],
)
def test_the_forms_of_other_tools_become_the_nearest_of_ours(written, value):
    assert trace_from_itf(foreign({"x": written})).steps[0].state == {"x": value}


def test_a_trace_of_quint_has_its_actions_and_picks():
    picks = {"i": {"tag": "Some", "value": "s1"}, "v": {"tag": "None", "value": {"#tup": []}}}
    first = {"#meta": {"index": 0}, "x": 0, "mbt::actionTaken": "init", "mbt::nondetPicks": {}}
    second = {"#meta": {"index": 1}, "x": 1, "mbt::actionTaken": "grow", "mbt::nondetPicks": picks}
    read = trace_from_itf(foreign(first, second, **{"#meta": {"source": "m.qnt", "status": "violation"}}))
    assert (read.kind, read.property, read.model) == ("run", None, "m.qnt")
    assert read.steps == (Step(None, {}, {"x": 0}), Step("grow", {"i": "s1"}, {"x": 1}))


def test_a_lasso_of_another_tool_gets_its_closing_step():
    read = trace_from_itf(foreign({"x": 0}, {"x": 1}, {"x": 2}, loop=1))
    assert [step.state["x"] for step in read.steps] == [0, 1, 2, 1]
    assert read.returns()


@pytest.mark.parametrize(
    "broken",
    [
        {"vars": ["x"], "states": []},
        {"vars": [1], "states": [{}]},
        {"vars": ["x"], "states": [{}]},
        {"vars": ["x"], "states": [3]},
        {"vars": ["x"], "states": [{"x": 1.5}]},
        {"vars": ["x"], "states": [{"x": None}]},
        {"vars": ["x"], "states": [{"x": {"#bigint": "1.5"}}]},
        {"vars": ["x"], "states": [{"x": {"#bigint": 3}}]},
        {"vars": ["x"], "states": [{"x": {"#set": 3}}]},
        {"vars": ["x"], "states": [{"x": {"#map": [["a"]]}}]},
        {"vars": ["x"], "states": [{"x": {"#unserializable": "Nat"}}]},
        {"vars": ["x"], "states": [{"x": {"#new": []}}]},
        {"vars": ["x"], "states": [{"x": {"tag": "Bag", "value": {"#map": [["a", -1]]}}}]},
        {"vars": ["x"], "states": [{"x": {"tag": "Bag", "value": {"#map": [["a", 10**9]]}}}]},
        {"vars": ["x"], "states": [{"x": 1}], "loop": 1},
        {"vars": ["x"], "states": [{"x": 1}], "loop": "0"},
        {"vars": ["x"], "states": [{"x": 1}], "#meta": []},
        {"vars": ["x"], "states": [{"x": 1}], "#meta": {"quorate": {}}},
        {"vars": ["x"], "states": [{"x": 1}], "#meta": {"quorate": {"kind": "deadlock"}}},
        {"vars": ["x"], "states": [{"x": 1, "mbt::actionTaken": 3}, {"x": 1}]},
    ],
)
def test_what_is_of_no_known_form_is_refused(tmp_path, broken):
    path = tmp_path / "t.itf.json"
    path.write_text(json.dumps(broken))
    with pytest.raises(UsageError):
        read_trace(path)


def test_what_is_nested_without_end_is_refused(tmp_path):
    path = tmp_path / "t.itf.json"
    nested = json.loads("[" * (DEEPEST + 1) + "]" * (DEEPEST + 1))
    path.write_text(json.dumps({"vars": ["x"], "states": [{"x": nested}]}))
    with pytest.raises(UsageError):
        read_trace(path)


@given(st.data())
def test_a_file_changed_anywhere_is_read_or_refused_but_never_crashes(tmp_path_factory, data):
    text = trace_to_itf_json(one({"#map": [["a", None], ["b", {"#bag": [1, 1]}]]})).encode()
    start, stop = sorted(data.draw(st.tuples(st.integers(0, len(text)), st.integers(0, len(text)))))
    path = tmp_path_factory.mktemp("file") / "t.itf.json"
    path.write_bytes(text[:start] + data.draw(st.binary(max_size=8)) + text[stop:])
    try:
        read = read_trace(path)
    except UsageError:
        return
    assert isinstance(read, Trace)


# -- the command line


def test_show_writes_it_and_reads_it(quorate, tmp_path, trace):
    (tmp_path / "a.trace.json").write_text(trace_to_json(trace))
    written = quorate("show", "a.trace.json", "--format", "itf")
    assert (written.code, written.err) == (Exit.HOLDS, "")
    (tmp_path / "a.itf.json").write_text(written.out)
    assert quorate("show", "a.itf.json").out == quorate("show", "a.trace.json").out
    assert as_read(read_trace(tmp_path / "a.itf.json")) == as_read(trace)
