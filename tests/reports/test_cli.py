"""The command line as a script sees it: exit codes, JSON keys, files, and clean failures."""

import errno
import json
import os
import re
from pathlib import Path

import pytest

import quorate as library
from quorate.errors import Exit, InternalError, LoadError, UsageError
from quorate.finder import shipped_names
from quorate.verdict import Holds, Inconclusive
from quorate_reports.page import Page
from quorate_reports.problems import guarded
from quorate_reports.trace_file import read_trace

SHIPPED = set(shipped_names())

# Every key of the design's JSON of `check`.
KEYS = {"model", "parameters", "verdict", "states", "seconds", "memory_bytes", "actions", "properties", "reproduce"}
STATES = {"generated", "distinct", "depth", "terminal", "cut"}
SECONDS = {"total", "load", "compile", "explore"}
ACTION = {"name", "enabled", "generated", "distinct"}
PROPERTY = {"name", "kind", "verdict", "proof", "trace", "explanation"}


def is_clean(outcome):
    return "Traceback" not in outcome.out + outcome.err


# -- exit codes


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["Counter"], Exit.HOLDS),
        (["Bounded"], Exit.HOLDS),
        (["Unreached"], Exit.VACUOUS),
        (["Counter", "--deadlock"], Exit.DEADLOCK),
        (["Unsafe"], Exit.SAFETY),
        (["Asserting"], Exit.ASSERTION),
        (["Overflowing"], Exit.MODEL_FAULT),
        (["Counter", "-p", "limit=9", "--max-depth", "2"], Exit.INCONCLUSIVE),
        (["Countr"], Exit.LOAD),
        (["Counter", "-p", "limt=2"], Exit.PARAMETER),
        (["Counter", "-p", "limit=10"], Exit.PARAMETER),
        (["Counter", "--invariant", "ful"], Exit.PARAMETER),
        (["Counter", "-p", "limit"], Exit.USAGE),
        (["Counter", "--max-time", "soon"], Exit.USAGE),
        (["Counter", "--no-such-option"], Exit.USAGE),
        (["Counter", "--format", "xml"], Exit.USAGE),
    ],
)
def test_exit_codes_of_check(quorate, models, arguments, code):
    name, *options = arguments
    outcome = quorate("check", f"{models}:{name}", *options)
    assert outcome.code == code
    assert is_clean(outcome)


@pytest.mark.parametrize("arguments", [[], ["--bogus"], ["bogus"], ["check"], ["show"], ["show", "missing.json"]])
def test_a_wrong_command_is_a_usage_error(quorate, arguments):
    assert quorate(*arguments).code == Exit.USAGE


def test_a_wrong_name_suggests_the_nearest(quorate, models):
    assert "raft" in quorate("check", "rafft").err
    assert "Counter" in quorate("check", f"{models}:Countr").err
    assert "limit" in quorate("check", f"{models}:Counter", "-p", "limt=2").err
    assert "full" in quorate("check", f"{models}:Counter", "--invariant", "ful").err
    assert "1..9" in quorate("check", f"{models}:Counter", "-p", "limit=10").err


# -- JSON


def test_json_of_check_has_the_keys_of_the_design(quorate, models):
    outcome = quorate("check", f"{models}:Unsafe", "--format", "json")
    data = json.loads(outcome.out)
    assert data.keys() >= KEYS
    assert data["states"].keys() >= STATES
    assert data["seconds"].keys() >= SECONDS
    assert data["actions"]
    assert all(action.keys() >= ACTION for action in data["actions"])
    assert all(item.keys() >= PROPERTY for item in data["properties"])
    by_name = {item["name"]: item for item in data["properties"]}
    assert by_name["small"]["verdict"] == "violated"
    assert len(by_name["small"]["trace"]["steps"]) == 3
    assert data["exit_code"] == outcome.code == Exit.SAFETY


def test_json_counts_are_those_of_a_counter(quorate, models):
    # 0, 1, …, 9 by one step each: ten states in a row, the last without a step
    data = json.loads(quorate("check", f"{models}:Counter", "-p", "limit=9", "--format", "json").out)
    assert data["states"] == {
        "generated": 10, "distinct": 10, "left_on_queue": 0, "depth": 10, "terminal": 1, "cut": 0,
    }  # fmt: skip
    assert data["parameters"] == {"limit": 9}
    assert data["verdict"] == "holds"


def test_json_says_what_was_cut(quorate, models):
    data = json.loads(quorate("check", f"{models}:Bounded", "--format", "json").out)
    assert data["verdict"] == "holds within bounds"
    [cut] = data["cuts"]
    assert (cut["condition"], cut["count"]) == ("self.x < self.most", 1)
    assert cut["place"]["path"] == models


def test_json_of_an_error_is_json_too(quorate, models):
    Path("bad.py").write_text("x = (\n")
    outcome = quorate("check", "bad.py", "--format", "json")
    data = json.loads(outcome.out)
    assert data["exit_code"] == outcome.code == Exit.LOAD
    [diagnostic] = data["error"]["diagnostics"]
    assert diagnostic["place"]["line"] == 1


def test_what_a_model_prints_stays_out_of_the_report(quorate, models):
    Path("loud.py").write_text("from counters import Counter\n\nclass Loud(Counter):\n    print('heard')\n")
    for command in ("check", "list"):
        outcome = quorate(command, "loud.py", "--format", "json")
        json.loads(outcome.out)
        assert outcome.err.startswith("heard")


def test_json_of_list(quorate, models):
    assert {item["name"] for item in json.loads(quorate("list", "--format", "json").out)["models"]} >= SHIPPED
    data = json.loads(quorate("list", "paxos", "--format", "json").out)
    assert {item["name"] for item in data["parameters"]} >= {"acceptors", "values", "ballots"}
    assert data["properties"]
    assert "paxos:ForgetfulAcceptor" in {item["name"] for item in data["variants"]}
    data = json.loads(quorate("list", f"{models}:Bounded", "--format", "json").out)
    assert [(item["name"], item["is_bound"]) for item in data["parameters"]] == [("limit", False), ("most", True)]


def test_list_shows_every_shipped_model_and_variant(quorate):
    out = quorate("list").out
    names = json.loads(quorate("list", "--format", "json").out)["models"]
    assert names
    for item in names:
        assert item["error"] is None
        assert item["name"] in out
        assert all(variant.partition(":")[2] in out for variant in item["variants"])
        assert quorate("list", item["name"]).code == 0


# -- sweeps


def test_a_sweep_is_the_product_and_exits_with_the_worst(quorate, models):
    outcome = quorate("check", f"{models}:Unsafe", "-p", "limit=1..3", "--format", "json")
    data = json.loads(outcome.out)
    assert data["sweep"] == ["limit"]
    assert [item["parameters"] for item in data["results"]] == [{"limit": 1}, {"limit": 2}, {"limit": 3}]
    assert [item["exit_code"] for item in data["results"]] == [0, 12, 12]
    assert outcome.code == data["exit_code"] == 12


def test_a_sweep_ends_in_a_table_with_a_row_for_each_point(quorate, models):
    out = quorate("check", f"{models}:Bounded", "-p", "limit=3..4", "-p", "most=1..3").out
    rows = [line.split() for line in out.splitlines() if re.match(r"\s+\d", line)]
    assert [row[:3] for row in rows] == [[limit, most, str(int(most) + 1)] for limit in "34" for most in "123"]


def test_a_sweep_saves_each_failure_in_its_own_folder(quorate, models):
    quorate("check", f"{models}:Unsafe", "-p", "limit=2..3", "--out", "here")
    for limit in (2, 3):
        trace = read_trace(Path(f"here/limit={limit}/small.trace.json"))
        assert trace.parameters == {"limit": limit}


def test_an_interrupted_sweep_checks_no_further(quorate, models, monkeypatch, holding):
    made = []

    def interrupted(instance, **options):
        made.append(instance)
        return (
            holding
            if len(made) == 1
            else library.verdict.CheckResult(**{**vars(holding), "verdict": Inconclusive("interrupted")})
        )

    monkeypatch.setattr(library, "check", interrupted)
    outcome = quorate("check", f"{models}:Counter", "-p", "limit=1..5")
    assert outcome.code == Exit.INCONCLUSIVE
    assert len(made) == 2


# -- files


def test_a_violation_is_saved_and_can_be_shown(quorate, models):
    outcome = quorate("check", f"{models}:Unsafe")
    saved = Path("quorate-out/counters-Unsafe/small.trace.json")
    assert str(saved) in outcome.out
    trace = read_trace(saved)
    assert [step.state for step in trace.steps] == [{"x": 0}, {"x": 1}, {"x": 2}]
    assert trace.reproduce in outcome.out
    shown = quorate("show", saved)
    assert shown.code == 0
    assert "x: 1 → 2" in shown.out
    assert json.loads(quorate("show", saved, "--format", "json").out) == json.loads(saved.read_text())
    assert quorate("show", saved, "--format", "dot").out.startswith("digraph")
    assert quorate("show", saved, "--format", "svg").out.startswith("<svg")


def test_the_saved_command_does_it_again(quorate, models):
    quorate("check", f"{models}:Unsafe", "-p", "limit=4", "--out", "a")
    first = read_trace(Path("a/small.trace.json"))
    program, *arguments = first.reproduce.split()
    assert program == "quorate"
    assert quorate(*arguments, "--out", "b").code == Exit.SAFETY
    assert read_trace(Path("b/small.trace.json")) == first


def test_a_check_that_holds_leaves_no_files(quorate, models):
    quorate("check", f"{models}:Counter", "--out", "here")
    assert not Path("here").exists()


@pytest.mark.parametrize("format", ["text", "json"])
def test_an_unwritable_folder_costs_the_files_but_not_the_verdict(quorate, models, format):
    Path("file").write_text("in the way")
    outcome = quorate("check", f"{models}:Unsafe", "--out", "file/below", "--format", format)
    assert outcome.code == Exit.INTERNAL
    assert "violated" in outcome.out
    assert len(outcome.err.strip().splitlines()) == 1


@pytest.mark.parametrize("written", [0, 1, 2])
@pytest.mark.parametrize("format", ["text", "json"])
def test_a_disk_that_fills_up_leaves_what_was_saved_and_says_so(
    quorate, models, monkeypatch, complaints, written, format
):
    done = []

    def write(path, content):
        if len(done) == written:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        done.append(content)
        return original(path, content)

    original = Path.write_bytes
    monkeypatch.setattr(Path, "write_bytes", write)
    outcome = quorate("check", f"{models}:Unsafe", "--out", "here", "--format", format)
    assert outcome.code == Exit.INTERNAL
    assert "violated" in outcome.out
    there = sorted(str(path) for path in Path("here").iterdir())
    assert len(there) == written
    if format == "json":
        assert sorted(json.loads(outcome.out)["files"]) == there
    else:
        assert sorted(line.split()[1] for line in outcome.out.splitlines() if line.startswith("saved ")) == there
    [line] = complaints(outcome.err).strip().splitlines()
    assert os.strerror(errno.ENOSPC) in line
    assert ("no more of the trace" in line) == (written > 0)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full here")
def test_a_full_disk_behind_the_output_is_one_line(start, models):
    with Path("/dev/full").open("w") as full:
        process = start("check", f"{models}:Counter", stdout=full)
        _, err = process.communicate()
    assert process.returncode == Exit.INTERNAL
    assert len(err.strip().splitlines()) == 1


# -- the options of check


def test_only_the_named_properties_are_checked(quorate, models):
    outcome = quorate("check", f"{models}:Unsafe", "--invariant", "full", "--format", "json")
    assert outcome.code == Exit.HOLDS
    assert [item["name"] for item in json.loads(outcome.out)["properties"]] == ["full"]


STUMBLING = """
from quorate import Int, Model, action, invariant, require, step_invariant

class Stumbling(Model):
    x = Int(0, 9, init=0)

    @action()
    def step(self):
        require(self.x < 9)
        STEP
        self.x += 1

    @invariant
    def below_2(m):
        return m.x < 2

    @invariant
    def below_4(m):
        return m.x < 4

    @step_invariant
    def not_to_6(old, new):
        return new.x != 6
"""


@pytest.mark.parametrize(
    ("step", "distinct"),
    [
        # the invariants are violated on the way to 5, and from there the step to 6 ends the search
        ("pass", 6),
        ("assert self.x < 5", 6),
        ("self.x = self.x + 9 if self.x == 5 else self.x", 6),
    ],
)
def test_keep_going_passes_invariants_but_not_a_step(quorate, step, distinct):
    Path("stumbling.py").write_text(STUMBLING.replace("STEP", step))
    first = json.loads(quorate("check", "stumbling.py", "--format", "json").out)
    assert first["states"]["distinct"] == 3
    data = json.loads(quorate("check", "stumbling.py", "--keep-going", "--format", "json").out)
    assert data["states"]["distinct"] == distinct
    violated = {item["name"] for item in data["properties"] if item["verdict"] == "violated"}
    assert violated >= {"below_2", "below_4"}


def test_the_layout_is_shown(quorate, models):
    outcome = quorate("check", f"{models}:Counter", "--show-layout", "--format", "json")
    layout = json.loads(outcome.out)["layout"]
    assert layout["words"] == 1
    [field] = layout["fields"]
    # 0..3 takes two bits
    assert (field["name"], field["bits"]) == ("x", 2)
    assert "x" in quorate("check", f"{models}:Counter", "--show-layout").out


def test_what_is_asked_for_is_shown_even_if_quiet(quorate, models):
    out = quorate("check", f"{models}:Counter", "--show-layout", "--quiet").out
    assert "a state takes 1 word" in out
    assert len(out.splitlines()) < 8


def test_the_layouts_of_a_sweep_say_of_which_point(quorate, models):
    out = quorate("check", f"{models}:Counter", "-p", "limit=2..3", "--show-layout").out
    assert [line for line in out.splitlines() if line in ("limit=2", "limit=3")] == ["limit=2", "limit=3"]
    assert out.count("a state takes 1 word") == 2


def test_a_sweep_names_the_budget_that_ran_out(quorate, models):
    out = quorate("check", f"{models}:Counter", "-p", "limit=2,9", "--max-depth", "4").out
    rows = [line for line in out.splitlines() if re.match(r"\s+\d", line)]
    assert "inconclusive: the " in rows[1]
    assert "depth" in rows[1]


def test_quiet_is_short(quorate, models):
    outcome = quorate("check", f"{models}:Counter", "--quiet")
    assert outcome.code == Exit.HOLDS
    assert len(outcome.out.splitlines()) == 2
    assert outcome.err == ""


def test_budgets_reach_the_check(quorate, models, monkeypatch, holding):
    seen = {}
    monkeypatch.setattr(library, "check", lambda instance, **options: seen.update(options) or holding)
    options = ["--max-states", "1k", "--max-depth", "5", "--max-time", "2m", "--max-memory", "1GiB", "--keep-going"]
    z3 = ["--z3-time", "1m", "--audit", "--threads", "2"]
    quorate("check", f"{models}:Counter", *options, *z3, "--deadlock", "--invariant", "full")
    assert {name: seen[name] for name in seen if name not in ("on_progress", "interrupted")} == {
        "max_states": 1000, "max_depth": 5, "max_time": 120, "max_memory": 2**30,
        "keep_going": True, "deadlock": True, "properties": ("full",), "z3_time": 60, "audit": True,
        "threads": 2,
    }  # fmt: skip


def test_the_version_is_that_of_the_package(quorate):
    from importlib.metadata import version

    assert quorate("--version").out.split()[-1] == version("quorate")


# -- failures of our own


@pytest.mark.parametrize("error", [ZeroDivisionError("lost\nlines"), InternalError("two engines disagree")])
def test_an_internal_error_is_one_line_and_its_traceback_a_file(quorate, models, monkeypatch, error):
    def fail(*_, **__):
        raise error

    monkeypatch.setattr(library, "check", fail)
    outcome = quorate("check", f"{models}:Counter", "--out", "here")
    assert outcome.code == Exit.INTERNAL
    assert is_clean(outcome)
    [line] = outcome.err.strip().splitlines()
    [saved] = Path("here").iterdir()
    assert str(saved) in line
    assert type(error).__name__ in saved.read_text()


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (ZeroDivisionError("lost"), Exit.INTERNAL),
        (InternalError("two engines disagree"), Exit.INTERNAL),
        (UsageError("no such thing"), Exit.USAGE),
        (LoadError("no such model"), Exit.LOAD),
        (KeyboardInterrupt(), Exit.INCONCLUSIVE),
        (MemoryError(), Exit.INCONCLUSIVE),
    ],
)
def test_whatever_ends_a_command_its_json_is_json(tmp_path, error, code):
    def fail():
        raise error

    page, errors = Page.in_memory(80), Page.in_memory(80)
    assert guarded(fail, page=page, errors=errors, is_json=True, folder=tmp_path) == code
    data = json.loads(page.text())
    assert data["exit_code"] == code
    assert data["error"]["message"] in errors.text()
    assert str(error) in data["error"]["message"]


@pytest.mark.parametrize(
    ("error", "code"), [(KeyboardInterrupt(), Exit.INCONCLUSIVE), (MemoryError(), Exit.INCONCLUSIVE)]
)
def test_an_interrupt_outside_a_search_is_inconclusive(error, code):
    def fail():
        raise error

    page, errors = Page.in_memory(80), Page.in_memory(80)
    assert guarded(fail, page=page, errors=errors, is_json=False, folder=None) == code
    assert page.text() == ""
    assert len(errors.text().splitlines()) == 1


def test_a_verdict_of_a_check_that_holds_is_in_the_text(quorate, models, monkeypatch, holding):
    assert holding.verdict == Holds()
    monkeypatch.setattr(library, "check", lambda instance, **options: holding)
    assert quorate("check", f"{models}:Counter").out.splitlines()[1].startswith("holds")
