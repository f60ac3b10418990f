"""`quorate why`: exit codes, and the outcome of steps in a saved trace."""

import json

import pytest

SPINNER = """
from quorate import Int, Model, action, invariant, require, within

class Spinner(Model):
    n = Int(0, 4, init=0)

    @action()
    def turn(self):
        within(self.n < 4)
        self.n += 1

    @action()
    def back(self):
        require(self.n > 5)
        self.n -= 1

    @action()
    def jump(self):
        self.n += 4

    @invariant
    def small(self):
        return self.n < 2
"""


@pytest.fixture
def saved(tmp_path, quorate):
    path = tmp_path / "spinner.py"
    path.write_text(SPINNER.replace("    @action()\n    def jump(self):\n        self.n += 4\n\n", ""))
    assert quorate("check", path, "--out", tmp_path / "out").code == 12
    path.write_text(SPINNER)
    return path, tmp_path / "out" / "small.trace.json"


@pytest.mark.parametrize(
    ("step", "at", "outcome"),
    [("turn", 1, "taken"), ("back", 3, "blocked"), ("jump()", 2, "fails"), ("jump()", 1, "taken")],
)
def test_the_outcome_of_a_step(saved, quorate, step, at, outcome):
    path, trace = saved
    result = quorate("why", path, trace, step, "--at", at, "--format", "json")
    assert result.code == 0
    [found] = json.loads(result.out)
    assert found["outcome"] == outcome
    assert (found["reason"] is None) == (outcome == "taken")
    assert quorate("why", path, trace, step, "--at", at).code == 0


def test_what_is_not_there_is_refused(saved, quorate):
    path, trace = saved
    assert quorate("why", path, trace, "turm").code == 151
    assert quorate("why", path, trace, "turn", "--at", 9).code == 2
    assert quorate("why", "paxos", trace, "prepare").code == 2
    assert quorate("why", path, path, "turn").code == 2
