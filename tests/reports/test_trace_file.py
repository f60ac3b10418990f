"""Trace files: what is written is read again, and whatever else is in a file is refused with one clean error."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quorate.errors import Span, UsageError
from quorate.trace import Fault, Step, Trace
from quorate_reports.trace_file import DEEPEST, read_trace, trace_from_data, trace_to_data, trace_to_json

names = st.text(min_size=1, max_size=8).filter(lambda text: not text.startswith("#"))
scalars = st.none() | st.booleans() | st.integers() | st.text(max_size=8)
data = st.recursive(
    scalars,
    lambda below: (
        st.lists(below, max_size=3)
        | st.lists(below, max_size=3).map(lambda items: {"#set": items})
        | st.lists(below, max_size=3).map(lambda items: {"#bag": items})
        | st.lists(st.tuples(below, below).map(list), max_size=3).map(lambda pairs: {"#map": pairs})
        | st.dictionaries(names, below, max_size=3)
    ),
    max_leaves=8,
)
values = st.dictionaries(names, data, max_size=3)
numbers = st.integers(0, 10_000)
spans = st.builds(Span, st.text(max_size=8), numbers, numbers, numbers, numbers)
faults = st.builds(Fault, st.text(max_size=8), st.text(max_size=8), st.text(max_size=8), values, st.none() | spans)
texts = st.none() | st.text(max_size=8)
steps = st.builds(Step, texts, values, values, texts, data, st.lists(data, max_size=2).map(tuple), texts)


@st.composite
def traces(draw):
    taken = tuple(draw(st.lists(steps, min_size=1, max_size=4)))
    return Trace(
        model=draw(st.text(max_size=8)),
        parameters=draw(values),
        kind=draw(st.sampled_from(["invariant", "step_invariant", "reachable", "deadlock", "fault", "induction"])),
        property=draw(st.none() | st.text(max_size=8)),
        steps=taken,
        fault=draw(st.none() | faults),
        loop=draw(st.none() | st.integers(0, len(taken) - 1)),
        explanation=draw(st.none() | st.text(max_size=8)),
        reproduce=draw(st.none() | st.text(max_size=8)),
        lanes=tuple(draw(st.lists(st.text(max_size=4), max_size=3, unique=True))),
    )


@given(traces())
def test_a_trace_comes_back_as_it_was(trace):
    again = trace_from_data(json.loads(trace_to_json(trace)))
    assert again == trace
    # the command does not take part in equality
    assert again.reproduce == trace.reproduce


@given(st.data())
def test_a_file_cut_short_or_changed_anywhere_is_read_or_refused_but_never_crashes(tmp_path_factory, data):
    text = trace_to_json(data.draw(traces())).encode(errors="backslashreplace")
    start, stop = sorted(data.draw(st.tuples(st.integers(0, len(text)), st.integers(0, len(text)))))
    path = tmp_path_factory.mktemp("file") / "t.json"
    path.write_bytes(text[:start] + data.draw(st.binary(max_size=8)) + text[stop:])
    try:
        read = read_trace(path)
    except UsageError:
        return
    assert isinstance(read, Trace)


@pytest.mark.parametrize("length", [0, 1, 100, -3])
def test_a_truncated_file_is_refused(tmp_path, trace, length):
    path = tmp_path / "t.json"
    path.write_text(trace_to_json(trace)[:length])
    with pytest.raises(UsageError):
        read_trace(path)


def test_a_file_from_before_there_were_lanes_is_read(trace):
    old = json.loads(trace_to_json(trace))
    del old["lanes"]
    for step in old["steps"]:
        for key in ("node", "received", "sent", "failure"):
            del step[key]
    assert trace_from_data(old) == trace


def nested(depth):
    return [nested(depth - 1)] if depth else 0


@pytest.mark.parametrize(
    "change",
    [
        {"format": "something-else"},
        {"version": 2},
        {"steps": []},
        {"steps": None},
        {"steps": [1]},
        {"steps": [{"action": None, "arguments": {}, "state": {"x": 1.5}}]},
        {"steps": [{"action": None, "arguments": {}, "state": {"x": {"#set": 1}}}]},
        {"steps": [{"action": None, "arguments": {}, "state": {"x": {"#map": [["a"]]}}}]},
        {"steps": [{"action": None, "arguments": {}, "state": {"x": {"#map": [], "y": 1}}}]},
        {"steps": [{"action": None, "arguments": {}, "state": {"x": {"#unknown": []}}}]},
        {"steps": [{"action": None, "arguments": {}, "state": {"x": nested(DEEPEST)}}]},
        {"steps": [{"action": 3, "arguments": {}, "state": {}}]},
        {"steps": [{"action": None, "arguments": {}, "state": {}, "sent": [1.5]}]},
        {"steps": [{"action": None, "arguments": {}, "state": {}, "received": {"#set": 1}}]},
        {"steps": [{"action": None, "arguments": {}, "state": {}, "node": 3}]},
        {"lanes": "s1"},
        {"lanes": ["s1", "s1"]},
        {"lanes": [1]},
        {"loop": 99},
        {"loop": True},
        {"parameters": []},
        {"fault": {"kind": "range"}},
        {"fault": []},
    ],
)
def test_a_wrong_part_is_refused(tmp_path, trace, change):
    path = tmp_path / "t.json"
    path.write_text(json.dumps(trace_to_data(trace) | change))
    with pytest.raises(UsageError):
        read_trace(path)


@pytest.mark.parametrize("text", ["[" * 100_000, "[1, 2]", "null", '{"format": "quorate-trace"}', "1" * 10_000])
def test_other_json_is_refused(tmp_path, text):
    path = tmp_path / "t.json"
    path.write_text(text)
    with pytest.raises(UsageError):
        read_trace(path)


def test_what_is_no_file_is_refused(tmp_path):
    for path in (tmp_path, tmp_path / "missing.json"):
        with pytest.raises(UsageError):
            read_trace(path)
