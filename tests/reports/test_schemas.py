"""The published schemas: whole and sound, and so strict that what is not a report is refused."""

import copy
import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator, ValidationError

from quorate.errors import Exit
from quorate_reports.proof_json import proof_result_to_data
from quorate_reports.schemas import names, schema
from quorate_reports.trace_file import trace_to_data

TRACES = ["trace", "fault_trace", "long_trace", "lasso", "cti_trace"]


def test_there_is_one_for_each_command_that_writes_json(quorate):
    of_commands = {"check", "diff", "graph", "lint", "list", "mutate"}
    of_commands |= {"prove", "replay", "trace-check", "verify", "why"}
    assert set(names()) == of_commands | {"trace"}
    assert quorate("schema").out.split() == list(names())


@pytest.mark.parametrize("name", names())
def test_a_schema_is_sound_and_needs_no_other_file(quorate, name):
    shown = json.loads(quorate("schema", name).out)
    assert shown["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    Draft202012Validator.check_schema(shown)
    # a reference that leads nowhere is an error only once it is followed
    defined = {part["$id"]: part for part in (shown, *shown["$defs"].values()) if "$id" in part}
    targets = [target for part in walk(shown) if (target := part.get("$ref"))]
    assert targets
    for target in targets:
        whole, _, pointer = target.partition("#")
        if whole:
            at = defined[whole]
            for step in pointer.split("/")[1:]:
                at = at[step]


def walk(part):
    if isinstance(part, dict):
        yield part
    for inner in part.values() if isinstance(part, dict) else part if isinstance(part, list) else ():
        yield from walk(inner)


def test_a_name_that_there_is_not_is_refused(quorate):
    for wrong in ("chekc", "common", "../check", ""):
        assert quorate("schema", wrong).code == Exit.USAGE


@pytest.fixture(params=TRACES)
def each(request):
    return request.getfixturevalue(request.param)


def test_every_kind_of_trace_is_accepted(as_published, each):
    as_published(["show", "t", "--format", "json"], json.dumps(trace_to_data(each)))


def test_a_proof_of_every_status_is_accepted(as_published, proving):
    data = proof_result_to_data(proving, reproduce="quorate prove raft", files=[Path("a")])
    as_published(["prove", "raft", "--format", "json"], json.dumps(data))


def test_the_traces_that_are_saved_are_accepted(quorate, as_published, models):
    assert quorate("check", f"{models}:Unsafe", "--out", "out").code == Exit.SAFETY
    as_published(["show", "t", "--format", "json"], Path("out/small.trace.json").read_text())


def test_later_keys_are_accepted_by_the_published_schema_and_not_by_the_tests(as_published, trace):
    data = trace_to_data(trace) | {"later": 1}
    Draft202012Validator(schema("trace")).validate(data)
    with pytest.raises(ValidationError):
        as_published(["show", "t", "--format", "json"], json.dumps(data))


@pytest.mark.parametrize(
    "change",
    [
        lambda data: data.pop("steps"),
        lambda data: data["steps"].clear(),
        lambda data: data["steps"][0].pop("state"),
        lambda data: data["steps"][1]["state"].update(role={"#set": 1}),
        lambda data: data["steps"][1]["state"].update(role={"#strange": []}),
        lambda data: data["steps"][1]["state"].update(role=1.5),
        lambda data: data.update(version=2),
        lambda data: data.update(loop=-1),
        lambda data: data.update(fault={}),
    ],
)
def test_what_is_no_trace_is_refused(trace, change):
    data = copy.deepcopy(trace_to_data(trace))
    change(data)
    with pytest.raises(ValidationError):
        Draft202012Validator(schema("trace")).validate(data)


@pytest.mark.parametrize("name", names())
def test_nothing_at_all_is_no_report(name):
    with pytest.raises(ValidationError):
        Draft202012Validator(schema(name)).validate({})
