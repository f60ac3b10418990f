"""What z3 says beside a check, an audit of it, and the lemmas in a list: the report as text and JSON."""

import json
from pathlib import Path

import pytest

from quorate.errors import Exit


@pytest.fixture(autouse=True)
def _patient(monkeypatch):
    """A small check waits for z3 half a second and no longer, which a busy machine may not give it."""
    monkeypatch.setattr("quorate.prove.beside.LEAST_SECONDS", 60.0)


SEVEN = """
from quorate import Int, Model, action, invariant, require


class Seven(Model):
    x = Int(0, 9, init=0)

    @action()
    def go(self):
        require(self.x < 9)
        self.x += 1

    @invariant
    def not_seven(self):
        return self.x != 7
"""


def checked(quorate, *arguments):
    """A check as JSON."""
    return json.loads(quorate("check", *arguments, "--format", "json").out)


def test_a_check_says_what_z3_can_prove(quorate, pairs):
    data = checked(quorate, f"{pairs}:Two", "--z3-time", "60s")
    proofs = {item["name"]: item["proof"] for item in data["properties"]}
    assert proofs["same_pair"].keys() >= {"status", "k", "seconds", "lemmas", "cti"}
    assert (proofs["same_pair"]["status"], proofs["same_pair"]["lemmas"]) == ("inductive", [])
    assert (proofs["five_together"]["status"], proofs["five_together"]["lemmas"]) == ("inductive", ["same_pair"])
    # nothing to prove: it asks for one state
    assert proofs["full"] is None
    assert data["audit"] is None


def test_a_check_says_what_lacks_a_lemma_and_shows_one_step(quorate, pairs):
    [proof] = [item["proof"] for item in checked(quorate, f"{pairs}:Late", "--z3-time", "60s")["properties"]]
    assert proof["status"] == "not inductive"
    # 2 is the only value of which the step leads to 3, and the search has not seen it
    assert [step["state"]["x"] for step in proof["cti"]["trace"]["steps"]] == [2, 3]
    assert proof["cti"]["reachable"] is False
    assert "needs a lemma" in quorate("check", f"{pairs}:Late", "--z3-time", "60s").out


def test_of_what_is_violated_z3_says_nothing(quorate, tmp_path):
    """It was once said to need a lemma, of which none can help."""
    Path("seven.py").write_text(SEVEN)
    [prop] = checked(quorate, "seven.py", "--z3-time", "60s")["properties"]
    assert (prop["verdict"], prop["proof"]) == ("violated", None)


def test_a_check_without_z3_has_no_proofs(quorate, pairs):
    data = checked(quorate, f"{pairs}:Pair", "--no-z3")
    assert [item["proof"] for item in data["properties"]] == [None, None]
    out = quorate("check", f"{pairs}:Pair", "--no-z3").out
    assert "z3" not in out.replace("--no-z3", "")
    assert out.splitlines()[-1].endswith(" --no-z3")
    assert quorate("check", f"{pairs}:Pair", "--no-z3", "--z3-time", "1s").code == Exit.USAGE


@pytest.mark.parametrize(("options", "proofs"), [([], 0), (["--z3-time", "60s"], 2)])
def test_a_sweep_asks_z3_only_when_told_to(quorate, pairs, options, proofs):
    arguments = [f"{pairs}:Two", "-p", "top=7,8", *options]
    for result in checked(quorate, *arguments)["results"]:
        # of the two invariants; the third property asks for one state only
        assert sum(item["proof"] is not None for item in result["properties"]) == proofs
    out = quorate("check", *arguments).out
    assert out.count("2 of 2 inductive") == proofs


def test_an_audit_says_what_was_looked_at_again(quorate, pairs):
    audit = checked(quorate, f"{pairs}:Pair", "--audit", "--no-z3")["audit"]
    # 0 and 0 to 9 and 9: ten states in a row, nine steps
    assert (audit["states"], audit["all"], audit["successors"]) == (10, True, 9)
    assert audit["z3_states"] == 10
    out = quorate("check", f"{pairs}:Pair", "--audit", "--no-z3").out
    assert "all 10 states: 9 native steps" in out


def test_the_lemmas_of_a_model_are_listed(quorate, pairs):
    listed = json.loads(quorate("list", f"{pairs}:Pair", "--format", "json").out)
    assert [lemma["name"] for lemma in listed["lemmas"]] == ["same"]
    assert "Both count alike." in quorate("list", f"{pairs}:Pair").out
    assert json.loads(quorate("list", f"{pairs}:Late", "--format", "json").out)["lemmas"] == []
    assert "lemma" not in quorate("list", f"{pairs}:Late").out
