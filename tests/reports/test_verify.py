"""The command `verify`: what a suite must find, its baseline, and what is said when a model is edited."""

import json
import tomllib
from pathlib import Path
from xml.etree import ElementTree

import pytest

from quorate.errors import Exit
from quorate_reports.suite.baseline import differences, read_baseline
from quorate_reports.suite.running import Facts

MODEL = '''\
from quorate import Int, Map, Model, Node, Param, action, invariant, require, violates


class Door(Model):
    """Guests come in one at a time."""

    room = Param(2, minimum=1, maximum=4, doc="how many fit")
    Guest = Node(3)
    inside = Map(Guest, Int(0, 1), init=0)

    @action(g=Guest)
    def enter(self, g):
        require(self.inside[g] == 0 and self.fits())
        self.inside[g] = 1

    @action(g=Guest)
    def leave(self, g):
        require(self.inside[g] == 1)
        self.inside[g] = 0

    def fits(self):
        return sum(self.inside[g] for g in self.Guest) < self.room

    @invariant
    def not_crowded(self):
        return sum(self.inside[g] for g in self.Guest) <= self.room


class Pushing(Door):
    expected = violates("not_crowded", found_at={"room": 1}, hidden_at={"room": 3})

    def fits(self):
        return True
'''
SUITE = """\
[[check]]
model = "door.py:Door"
parameters = { room = "1..3" }
verdict = "holds"

[[check]]
model = "door.py:Pushing"
parameters = { room = 1 }
verdict = "violated"
property = "not_crowded"
trace = 3

[[check]]
model = "door.py:Door"
engine = "prove"
verdict = "proved"
"""


@pytest.fixture
def suite(tmp_path, monkeypatch):
    """A folder with a model and a suite, the current one."""
    monkeypatch.chdir(tmp_path)
    Path("door.py").write_text(MODEL)
    Path("quorate.toml").write_text(SUITE)
    return tmp_path


@pytest.fixture
def verify(quorate):
    """The command in this process, and its report as JSON."""

    def run(*arguments):
        result = quorate("verify", "--workers", "1", "--format", "json", *arguments)
        return result.code, json.loads(result.out)

    return run


def edit(old, new):
    text = Path("door.py").read_text()
    assert text.count(old) == 1
    Path("door.py").write_text(text.replace(old, new))


def test_a_suite_that_finds_what_it_must_is_green(suite, verify):
    code, report = verify()
    assert code == report["exit_code"] == Exit.HOLDS
    assert [check["verdict"] for check in report["checks"]] == ["holds"] * 3 + ["violated", "proved"]
    # one guest more each time: 1 + 3, 1 + 3 + 3, and all subsets of three
    assert [check["states"]["distinct"] for check in report["checks"][:3]] == [4, 7, 8]


def test_several_at_a_time_find_the_same(suite, verify, quorate):
    alone, together = verify()[1], json.loads(quorate("verify", "--workers", "2", "--format", "json").out)
    for report in (alone, together):
        for check in report["checks"]:
            del check["seconds"]
    assert alone["checks"] == together["checks"]


def test_a_violation_that_was_not_expected_has_its_code_and_its_trace(suite, verify, quorate):
    edit("return sum(self.inside[g] for g in self.Guest) < self.room", "return True")
    code, report = verify()
    assert code == Exit.SAFETY
    wrong = [check for check in report["checks"] if check["problems"]]
    # with room for all three nothing is wrong
    assert [check["verdict"] for check in wrong] == ["violated"] * 3
    assert all(check["trace"]["property"] == "not_crowded" for check in wrong)
    assert quorate("verify", "--workers", "1", "--out", "kept").code == Exit.SAFETY
    assert list(Path("kept").rglob("not_crowded.trace.json"))


def test_another_violation_than_the_one_expected_has_its_code(suite, verify):
    """It was once counted as a failed assumption, as if the bug were no longer caught."""
    assert 'property = "not_crowded"' in SUITE
    Path("quorate.toml").write_text(SUITE.replace('property = "not_crowded"', 'property = "door_shut"'))
    code, report = verify()
    assert code == Exit.SAFETY
    assert [check["exit_code"] for check in report["checks"] if check["problems"]] == [Exit.SAFETY]


def test_a_bug_that_is_caught_no_longer_is_a_failed_assumption(suite, verify):
    edit("    def fits(self):\n        return True\n", "")
    code, report = verify()
    assert code == Exit.VACUOUS
    assert [check["verdict"] for check in report["checks"] if check["problems"]] == ["holds"]


def test_a_pinned_number_that_is_not_met_is_a_failed_assumption(suite, verify):
    Path("quorate.toml").write_text(SUITE.replace("trace = 3", "trace = 4"))
    assert verify()[0] == Exit.VACUOUS


def test_a_model_that_does_not_load_is_told_and_the_others_run(suite, verify):
    Path("quorate.toml").write_text(SUITE.replace("door.py:Pushing", "door.py:Nothing"))
    code, report = verify()
    assert code == Exit.LOAD
    assert [bool(check["error"]) for check in report["checks"]] == [False, False, False, True, False]


# -- sequences


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ('allow = "enter(g1), enter(g2), leave(g1)"', 0),
        ('allow = "enter(g=g1), ..., enter(g3)"', 0),
        ('allow = "enter, enter"', 0),
        ('forbid = "enter(g1), enter(g1)"', 0),
        ('forbid = "enter(g1), enter(g2), enter(g3)"', 0),
        ('allow = "enter(g1), enter(g2), enter(g3)"', Exit.SAFETY),
        ('allow = "leave(...)"', Exit.SAFETY),
        ('forbid = "..., leave(g2)"', Exit.SAFETY),
        ('allow = "enter(g9)"', Exit.SAFETY),
        ('allow = "entre(g1)"', Exit.PARAMETER),
        ('allow = "enter(g1"', Exit.PARAMETER),
        ('allow = ""\nverdict = "holds"', Exit.USAGE),
        ('allow = "enter"\nverdict = "holds"', Exit.USAGE),
        ('allow = "enter"\nforbid = "leave"', Exit.USAGE),
    ],
)
def test_sequences_that_must_be_possible_and_that_must_not(suite, quorate, said, code):
    Path("quorate.toml").write_text(f'[[check]]\nmodel = "door.py:Door"\n{said}\n')
    assert quorate("verify", "--workers", "1").code == code


def test_what_blocks_a_sequence_is_told_with_its_guard(suite, verify):
    Path("quorate.toml").write_text('[[check]]\nmodel = "door.py:Door"\nallow = "enter(g1), enter(g1)"\n')
    _, report = verify()
    assert "self.inside[g1] == 0" in report["checks"][0]["problems"][1]


# -- kept traces


def test_a_trace_that_is_kept_must_not_happen_any_more(suite, verify, quorate):
    edit("return sum(self.inside[g] for g in self.Guest) < self.room", "return True")
    assert quorate("check", "door.py:Door", "--out", "found").code == Exit.SAFETY
    Path("traces").mkdir()
    Path("found/not_crowded.trace.json").rename("traces/crowded.json")
    Path("quorate.toml").write_text("")
    code, report = verify()
    (check,) = report["checks"]
    assert (code, check["verdict"], check["name"]) == (Exit.SAFETY, "still", "replay traces/crowded.json")
    Path("door.py").write_text(MODEL)
    code, report = verify()
    assert (code, report["checks"][0]["verdict"]) == (0, "blocked")
    # as a test too, and from another folder
    assert verify("../" + Path.cwd().name + "/quorate.toml")[0] == 0
    Path("traces/crowded.json").write_text("{}")
    assert verify()[0] == Exit.USAGE


# -- the baseline


def test_a_baseline_is_written_read_and_agrees(suite, verify):
    assert verify("--update")[0] == 0
    written = Path("quorate.lock").read_text()
    assert len(tomllib.loads(written)["check"]) == 4
    code, report = verify()
    assert (code, report["stale"], report["new"]) == (0, [], [])
    verify("--update")
    assert Path("quorate.lock").read_text() == written


def test_a_change_that_breaks_nothing_is_told_in_words(suite, verify):
    verify("--update")
    # the first guest never leaves; every property still holds
    edit("require(self.inside[g] == 1)", "require(self.inside[g] == 1 and self.fits())")
    code, report = verify()
    assert code == Exit.VACUOUS
    told = {check["name"]: check["differences"] for check in report["checks"] if check["differences"]}
    assert "action leave no longer fires" in told["door.py:Door -p room=1"]
    assert "condition require: self.inside[g] == 1 and self.fits() is never true" in told["door.py:Door -p room=1"]
    assert not any(check["problems"] for check in report["checks"])


def test_entries_that_are_gone_are_stale_and_entries_that_came_are_new(suite, verify):
    verify("--update")
    Path("quorate.toml").write_text(SUITE.replace('"1..3"', '"2..4"'))
    code, report = verify()
    assert code == Exit.VACUOUS
    assert report["stale"] == ["door.py:Door -p room=1"]
    assert report["new"] == ["door.py:Door -p room=4"]
    # those that were not asked for are not stale
    assert verify("--update")[0] == 0
    assert verify("--only", "*room=4")[0] == 0


def test_what_does_not_run_keeps_its_baseline(suite, verify):
    Path("quorate.toml").write_text(SUITE.replace("trace = 3", 'trace = 3\nsize = "big"'))
    assert verify("--all", "--update")[1]["left_out"] == 0
    before = Path("quorate.lock").read_text()
    assert verify("--update")[1]["left_out"] == 1
    assert Path("quorate.lock").read_text() == before


@pytest.mark.parametrize("text", ["version = 99", "version = 2\n[[check]]\nname = 3", "version ="])
def test_a_broken_baseline_is_refused_with_the_cure(suite, verify, quorate, text):
    Path("quorate.lock").write_text(text)
    result = quorate("verify", "--workers", "1")
    assert result.code == Exit.USAGE
    assert "--update" in result.err
    # and the cure is one
    assert verify("--update")[0] == 0
    assert len(read_baseline(Path("quorate.lock"))) == 4


FACTS = Facts(
    "holds",
    None,
    None,
    20,
    9,
    3,
    0,
    0,
    "0" * 32,
    (1, 3, 5),
    {"go": (9, 19, 8)},
    {"safe": "holds"},
    {"branch: x > 1": "never true"},
)


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"levels": (1, 3, 8), "distinct": 12}, "3 more states at depth 3"),
        ({"levels": (1, 3), "distinct": 4}, "5 fewer states at depth 3"),
        ({"actions": {"go": (9, 0, 0)}}, "action go no longer fires"),
        ({"actions": {}}, "action go is gone"),
        ({"actions": {"go": (9, 18, 8)}}, "action go: 1 fewer step"),
        ({"coverage": {}}, "condition branch: x > 1 was never true, and is no longer so, or is gone"),
        ({"coverage": {"branch: x > 1": "never false"}}, "condition branch: x > 1 was never true, and is never false"),
        (
            {"coverage": {"branch: x > 1": "never true", "require: y": "never false"}},
            "condition require: y is never false",
        ),
        ({"digest": "1" * 32}, "as many states as before at each depth, but not the same ones"),
        ({"verdict": "violated", "property": "safe", "trace": 4}, "it was holds, and is violated (safe)"),
        ({"properties": {"safe": "vacuous"}}, "property safe was holds, and is vacuous"),
        ({"properties": {}}, "property safe is gone"),
        ({"terminal": 1}, "1 more terminal state"),
    ],
)
def test_each_kind_of_difference_has_its_words(changed, words):
    assert words in differences(FACTS, Facts(**{**vars(FACTS), **changed}))


def test_no_difference_is_told_where_there_is_none(suite, verify):
    assert differences(FACTS, FACTS) == ()
    verify("--update")
    kept = read_baseline(Path("quorate.lock"))
    assert len(kept) == 4
    assert all(differences(facts, facts) == () for facts in kept.values())


# -- other formats


def test_junit_has_a_case_for_each_check_and_a_failure_for_each_that_is_wrong(suite, quorate):
    edit("return sum(self.inside[g] for g in self.Guest) < self.room", "return True")
    result = quorate("verify", "--workers", "1", "--format", "junit")
    root = ElementTree.fromstring(result.out)
    cases = root.findall("./testsuite/testcase")
    assert len(cases) == int(root.get("tests")) == 5
    assert len(root.findall(".//failure")) == int(root.get("failures")) > 0


def test_github_has_an_annotation_for_each_that_is_wrong(suite, quorate):
    Path("quorate.toml").write_text(SUITE.replace("trace = 3", "trace = 4"))
    lines = quorate("verify", "--workers", "1", "--format", "github").out.splitlines()
    assert [line.startswith("::error title=") for line in lines] == [True, False]


def test_markdown_is_a_table_with_what_is_wrong_first(suite, quorate):
    Path("quorate.toml").write_text(SUITE.replace("trace = 3", "trace = 4"))
    lines = quorate("verify", "--workers", "1", "--format", "markdown").out.splitlines()
    rows = [line for line in lines if "|" in line]
    assert rows[2].startswith("| ✗ |")
    assert len(rows) == 2 + 5
    assert len({row.count("|") for row in rows}) == 1


# -- mistakes in a suite


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[[check]]\n",
        '[[check]]\nmodel = "door.py:Door"\nverdict = "hold"',
        '[[check]]\nmodel = "door.py:Door"\nparameter = {}',
        '[[check]]\nmodel = "door.py:Door"\ndistinct = "7"',
        '[[check]]\nmodel = "door.py:Door"\nmax_time = "soon"',
        'check = "door.py"',
        'include = ["quorate.toml"]',
        'include = ["missing.toml"]',
        "checks = []",
        "[[check]",
    ],
)
def test_a_mistake_in_a_suite_is_a_usage_error(suite, quorate, text):
    Path("quorate.toml").write_text(text)
    result = quorate("verify", "--workers", "1")
    assert result.code == Exit.USAGE
    assert result.err.startswith("error: ")


def test_without_a_suite_it_says_how_to_write_one(tmp_path, monkeypatch, quorate):
    monkeypatch.chdir(tmp_path)
    result = quorate("verify")
    assert result.code == Exit.USAGE
    assert "[[check]]" in result.err


def test_a_suite_may_stand_in_pyproject_and_its_models_beside_it(suite, verify, monkeypatch):
    Path("quorate.toml").rename("rest.toml")
    Path("pyproject.toml").write_text('[tool.quorate]\ninclude = ["rest.toml"]\n')
    assert verify()[0] == 0
    elsewhere = suite / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    assert verify("../pyproject.toml")[0] == 0


@pytest.mark.parametrize(("format", "start"), [("junit", "<?xml"), ("github", "::error")])
def test_an_error_is_told_in_the_format_that_was_asked_for(suite, quorate, format, start):
    Path("quorate.toml").write_text("checks = 3")
    result = quorate("verify", "--format", format)
    assert result.code == Exit.USAGE
    assert result.out.startswith(start)
    assert "means nothing in a suite" in result.out
