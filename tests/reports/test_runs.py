"""Properties of runs and faults on the command line: exit codes, files, JSON, and the commands that read a lasso."""

import json

import pytest

from quorate.errors import Exit

MODEL = '''
from quorate import *

class Turns(Model):
    """Two players; who plays is up to them."""
    Player = Node(2)
    points = Map(Player, Int(0, 2), init=0, durable=True)
    mood = Map(Player, Int(0, 1), init=0)

    @action(i=Player, fair="weak")
    def play(self, i):
        require(self.points[i] < 2)
        self.points[i] += 1

    @action(i=Player)
    def sigh(self, i):
        self.mood[i] = 1 - self.mood[i]

    @eventually
    def all_played(m):
        return all(m.points[i] == 2 for i in m.Player)

class Impatient(Turns):
    @action(i=Turns.Player)
    def play(self, i):
        require(self.points[i] < 2)
        self.points[i] += 1
'''


@pytest.fixture
def turns(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "turns.py"
    path.write_text(MODEL)
    return "turns.py"


@pytest.fixture
def lasso_file(quorate, turns, tmp_path):
    assert quorate("check", f"{turns}:Impatient", "--no-z3", "--out", "out").code == Exit.LIVENESS
    return tmp_path / "out" / "all_played.trace.json"


@pytest.mark.parametrize(
    ("name", "options", "code"),
    [
        ("Turns", [], Exit.HOLDS),
        ("Impatient", [], Exit.LIVENESS),
        # one who is down for good does not play
        ("Turns", ["--faults", "crash=1"], Exit.LIVENESS),
        ("Turns", ["--faults", "crash=1", "-p", "crashes=0"], Exit.HOLDS),
        ("Turns", ["--faults", "crash", "-p", "crashes=0..1"], Exit.LIVENESS),
        ("Turns", ["--faults", "partition=1"], Exit.HOLDS),
        ("Turns", ["--faults", "crahs=1"], Exit.PARAMETER),
        ("Turns", ["--faults", "crash=99"], Exit.PARAMETER),
        ("Turns", ["--faults", "crash=many"], Exit.USAGE),
        ("Turns", ["--faults", "crash=1,crash=1"], Exit.USAGE),
        ("Turns", ["--faults", ""], Exit.USAGE),
        ("Turns", ["--faults", "loss=1"], Exit.USAGE),
    ],
)
def test_exit_codes(quorate, turns, name, options, code):
    outcome = quorate("check", f"{turns}:{name}", "--no-z3", *options)
    assert outcome.code == code
    assert "Traceback" not in outcome.out + outcome.err


def test_the_json_of_a_lasso_has_its_loop(quorate, turns):
    data = json.loads(quorate("check", f"{turns}:Impatient", "--no-z3", "--format", "json").out)
    [found] = data["properties"]
    assert found["kind"] == "eventually"
    trace = found["trace"]
    assert trace["steps"][-1]["state"] == trace["steps"][trace["loop"]]["state"]
    assert data["exit_code"] == Exit.LIVENESS


@pytest.mark.parametrize("form", ["text", "json", "dot", "svg"])
def test_a_saved_lasso_can_be_shown(quorate, lasso_file, form):
    outcome = quorate("show", str(lasso_file), "--format", form)
    assert outcome.code == 0
    assert outcome.out


def test_the_command_that_is_shown_finds_the_lasso_with_faults_again(quorate, turns):
    outcome = quorate("check", f"{turns}:Turns", "--faults", "crash=1", "--no-z3", "--format", "json")
    again = json.loads(outcome.out)["reproduce"].split()
    assert again[0] == "quorate"
    assert "--faults" in again
    repeated = quorate(*again[1:], "--format", "json")
    assert repeated.code == outcome.code
    steps = [json.loads(each.out)["properties"][0]["trace"]["steps"] for each in (outcome, repeated)]
    assert steps[0] == steps[1]


def test_why_knows_the_faults_of_a_trace(quorate, turns, tmp_path):
    assert quorate("check", f"{turns}:Turns", "--faults", "crash=1", "--no-z3", "--out", "out").code == Exit.LIVENESS
    trace = str(tmp_path / "out" / "all_played.trace.json")
    outcome = quorate("why", f"{turns}:Turns", trace, "play", "--faults", "crash=1", "--format", "json")
    assert outcome.code == 0
    assert json.loads(outcome.out)


def test_prove_takes_faults_and_refuses_a_property_of_runs(quorate, turns):
    assert quorate("prove", f"{turns}:Turns", "--invariant", "all_played").code == Exit.PARAMETER
    # there is nothing else to prove
    assert quorate("prove", f"{turns}:Turns", "--faults", "crash=1").code == Exit.VACUOUS
