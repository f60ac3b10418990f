"""The command `mutate`: which changes of a model's text its properties notice."""

import json
from pathlib import Path

import pytest

from quorate.errors import Exit
from quorate.finder import find_model
from quorate.mutate.mutants import mutants

MODEL = '''\
from quorate import Int, Map, Message, Model, Network, Node, action, invariant, reachable, receive, require
from quorate_parts import limit_of


class Till(Model):
    """Two clerks take numbers; a number is given once."""

    Clerk = Node(2)
    Number = Message(src=Clerk, dst=Clerk, value=Int(0, 3))
    given = Int(0, 3, init=0)
    held = Map(Clerk, Int(0, 3), init=0)
    network = Network(Number, duplicates=False, capacity=4)

    @action(c=Clerk)
    def take(self, c):
        require(self.given < 3 and self.may_take(c))
        self.held[c] = self.given + 1
        self.given += 1

    def may_take(self, c):
        return self.held[c] == 0

    @action(a=Clerk, b=Clerk)
    def tell(self, a, b):
        require(a != b and self.held[a] > 0 and len(self.network) == 0)
        self.network.send(self.Number(src=a, dst=b, value=self.held[a]))

    @receive(Number)
    def hear(self, m):
        assert self.held[m.src] == m.value

    @invariant
    def given_once(self):
        return all(self.held[a] != self.held[b] or self.held[a] == 0 for a in self.Clerk for b in self.Clerk if a != b)

    @reachable
    def both(self):
        return self.count() == 2

    def count(self):
        return sum(1 for c in self.Clerk if self.held[c] > 0)
'''


@pytest.fixture
def till(tmp_path, monkeypatch):
    """The model in a file that imports another beside it; the current folder."""
    monkeypatch.chdir(tmp_path)
    Path("till.py").write_text(MODEL)
    Path("quorate_parts.py").write_text("def limit_of(n):\n    return n\n")
    return tmp_path


@pytest.fixture
def mutate(quorate):
    """The command, and its report as JSON."""

    def run(*arguments):
        result = quorate("mutate", *arguments, "--format", "json")
        return result.code, json.loads(result.out)

    return run


def fates(report):
    return {(one["method"], one["operator"], one["diff"].split("\n")[-1].strip("+ ")): one for one in report["mutants"]}


def test_the_mutants_are_those_of_the_steps_and_their_helpers(till):
    found = mutants(find_model("till.py"))
    assert {one.method for one in found} == {"take", "may_take", "tell", "hear"}
    operators = {(one.method, one.operator) for one in found}
    assert operators >= {
        ("take", "guard dropped"),
        ("take", "guard negated"),
        ("take", "conjunct dropped"),
        ("take", "assignment skipped"),
        ("take", "off by one"),
        ("tell", "send skipped"),
        ("tell", "nodes swapped"),
        ("hear", "nodes swapped"),
    }
    assert len({(one.start, one.end, one.replacement) for one in found}) == len(found)


def test_each_mutant_is_one_change_of_the_text(till):
    text = Path("till.py").read_text()
    for one in mutants(find_model("till.py")):
        source = one.source()
        assert source != text
        compile(source, "till.py", "exec")
        assert len(source.splitlines()) == len(text.splitlines())
        assert sum(a != b for a, b in zip(source.splitlines(), text.splitlines(), strict=True)) == 1


def test_what_kills_a_mutant_is_what_it_breaks(till, mutate):
    code, report = mutate("till.py")
    assert code == 0
    # the number is given, and never counted: both clerks get the same
    changed = [one for one in report["mutants"] if "-        self.given += 1" in one["diff"]]
    assert {one["operator"]: one["by"] for one in changed if "2" not in one["diff"]} == {
        "assignment skipped": "given_once",
        "off by one": "given_once",
    }
    # the sender and the receiver mixed up: the receiver holds another number
    swapped = [one for one in report["mutants"] if one["operator"] == "nodes swapped"]
    assert {one["by"] for one in swapped} == {"hear: assert"}
    # nobody takes anything
    negated = [one for one in report["mutants"] if (one["method"], one["operator"]) == ("take", "guard negated")]
    assert [one["by"].startswith("vacuous") for one in negated] == [True]
    total = report["killed"] + report["survived"] + report["unknown"]
    assert report["score"] == report["killed"] / total
    assert sum(report[fate] for fate in ("killed", "survived", "unknown", "equivalent", "invalid")) == len(
        report["mutants"]
    )


def test_what_no_property_speaks_of_survives_and_what_changes_nothing_is_equivalent(till, mutate):
    _, report = mutate("till.py")
    # whether a number is told at all, no property asks
    silent = [one for one in report["mutants"] if one["operator"] == "send skipped"]
    assert [one["fate"] for one in silent] == ["survived"]
    # no clerk takes a second number, so the third is never reached
    assert any(one["fate"] == "equivalent" and "< 3" in one["diff"] for one in report["mutants"])


def test_a_property_of_its_own_kills_the_survivor(till, mutate):
    asked = "\n    @reachable\n    def told(self):\n        return len(self.network) > 0\n"
    Path("till.py").write_text(MODEL + asked)
    _, report = mutate("till.py")
    assert [one["fate"] for one in report["mutants"] if one["operator"] == "send skipped"] == ["killed"]


def test_the_least_score_that_is_asked_for_decides_the_exit_code(till, mutate):
    assert mutate("till.py", "--least", "1")[0] == 0
    assert mutate("till.py", "--least", "100%")[0] == Exit.VACUOUS


def test_some_mutants_only(till, mutate):
    _, whole = mutate("till.py")
    _, part = mutate("till.py", "--at-most", "5")
    assert 1 <= len(part["mutants"]) <= 5
    assert part["left_out"] == len(whole["mutants"]) - len(part["mutants"])
    assert [one for one in fates(part) if one not in fates(whole)] == []


def test_the_text_report_shows_survivors_with_their_change(till, quorate):
    result = quorate("mutate", "till.py")
    assert result.code == 0
    assert "+         pass".replace("         ", "        ") in result.out
    assert "survived" in result.out


def test_a_shipped_model_is_mutated_where_it_stands(mutate):
    _, report = mutate("lock-server", "--at-most", "8")
    assert report["killed"] > 0
    assert all(one["file"].endswith("lock_server.py") for one in report["mutants"])


def test_a_mutant_that_takes_the_same_steps_is_equivalent_however_often_it_takes_them(mutate):
    _, report = mutate("gossip", "-p", "nodes=2", "-p", "max_version=1")
    # a node that calls itself learns nothing: more is generated, and no step is new
    itself = [one for one in report["mutants"] if one["operator"] == "guard dropped"]
    assert [one["fate"] for one in itself] == ["equivalent"]
    assert "i != j" in itself[0]["diff"]


WHEEL = """\
from quorate import Int, Model, action


class Wheel(Model):
    angle = Int(0, 2, init=0)

    @action()
    def turn(self):
        self.angle = (self.angle + 1) % 3
"""


def test_a_mutant_that_takes_as_many_steps_between_the_same_states_need_not_be_equivalent(tmp_path, mutate):
    """A step that was put in place of another left all counts as they were, and so was taken for the same: a wheel
    that turns the other way."""
    path = tmp_path / "wheel.py"
    path.write_text(WHEEL)
    _, report = mutate(str(path))
    backwards = [one for one in report["mutants"] if "self.angle + 2" in one["diff"]]
    assert [one["fate"] for one in backwards] == ["survived"]


def test_a_parameter_that_is_a_member_of_an_enum_is_one_of_the_mutants_enum(mutate):
    _, report = mutate("gossip", "-p", "nodes=2", "-p", "max_version=1", "-p", "mode=push")
    assert report["killed"] > 0
    assert {one["by"] for one in report["mutants"] if one["fate"] == "killed"} <= {
        "implements_anti_entropy",
        "update: range",
        "vacuous: converged",
    }


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["paxos:HalfIsEnough", "-p", "acceptors=2"], Exit.USAGE),
        (["nothing"], Exit.LOAD),
        (["gossip", "-p", "nodes=2..3"], Exit.USAGE),
        (["gossip", "--least", "many"], Exit.USAGE),
        (["gossip", "--at-most", "0"], Exit.USAGE),
        (["gossip", "--faults", "flood=1"], Exit.PARAMETER),
    ],
)
def test_what_cannot_be_mutated_is_told(quorate, arguments, code):
    result = quorate("mutate", *arguments)
    assert result.code == code
    assert result.err.startswith("error: ")


KNOWN = """\
[[survivor]]
method = "{method}"
was = "{was}"
now = "{now}"
why = "nobody asks"
"""


@pytest.fixture
def known(till, mutate):
    """The survivors of the model, as a file that explains all of them."""
    _, report = mutate("till.py")
    changes = {
        (
            one["method"],
            *("\n".join(part[1:].strip() for part in one["diff"].split("\n") if part[0] == sign) for sign in "-+"),
        )
        for one in report["mutants"]
        if one["fate"] == "survived"
    }
    assert changes
    texts = [KNOWN.format(method=method, was=was, now=now) for method, was, now in sorted(changes)]
    Path("known.toml").write_text("\n".join(texts))
    return texts


def test_survivors_that_are_known_are_no_findings(known, mutate):
    code, report = mutate("till.py", "--survivors", "known.toml")
    assert code == 0
    assert {one["why"] for one in report["mutants"] if one["fate"] == "survived"} == {"nobody asks"}
    assert {one["why"] for one in report["mutants"] if one["fate"] != "survived"} == {None}
    assert report["stale"] == []


def test_a_survivor_without_a_reason_is_a_finding(known, mutate):
    Path("known.toml").write_text("\n".join(known[1:]))
    code, report = mutate("till.py", "--survivors", "known.toml")
    assert code == Exit.VACUOUS
    assert None in {one["why"] for one in report["mutants"] if one["fate"] == "survived"}


def test_a_reason_for_what_does_not_survive_is_stale(known, mutate, quorate):
    dead = KNOWN.format(method="take", was="self.given += 1", now="pass")
    Path("known.toml").write_text("\n".join([*known, dead]))
    code, report = mutate("till.py", "--survivors", "known.toml")
    assert code == 0
    assert report["stale"] == [{"method": "take", "was": "self.given += 1", "now": "pass"}]
    assert "stale: " in quorate("mutate", "till.py", "--survivors", "known.toml").out


def test_the_file_of_survivors_says_how_to_mutate(till, mutate):
    Path("gossip.toml").write_text("at_most = 3\n[parameters]\nnodes = 2\nmax_version = 2\n")
    _, report = mutate("gossip", "-p", "max_version=1", "--survivors", "gossip.toml")
    assert (report["parameters"]["nodes"], report["parameters"]["max_version"]) == (2, 1)
    assert len(report["mutants"]) <= 3


@pytest.mark.parametrize(
    "text",
    [
        "survivor = 1",
        "[[survivors]]",
        "at_most = true",
        "parameters = 3",
        "[[survivor]]\nmethod = 'take'\nwas = 'a'\nnow = 'b'\nwhy = ' '",
        "[[survivor]]\nmethod = 'take'\nwas = 'a'\nwhy = 'c'",
        "[[survivor]]\nmethod = 'take'\nline = 3",
        KNOWN.format(method="a", was="b", now="c") * 2,
        "what is this",
    ],
)
def test_a_file_of_survivors_that_is_wrong_is_told(till, quorate, text):
    Path("known.toml").write_text(text)
    result = quorate("mutate", "till.py", "--survivors", "known.toml")
    assert result.code == Exit.USAGE
    assert result.err.startswith("error: known.toml")
