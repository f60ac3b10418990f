"""What a search never met: conditions never true, never false, never reached; quantifiers over nothing; variables that
stay as they are."""

import pytest

import quorate
from quorate import (
    Int,
    Map,
    Message,
    Model,
    Network,
    Node,
    Set,
    action,
    invariant,
    receive,
    require,
    step_invariant,
    within,
)


class Watched(Model):
    N = Node(2)
    Ping = Message(n=N)
    x = Int(0, 3, init=0)
    fixed = Map(N, Int(0, 1), init=1)
    marked = Set(N, init=set())
    network = Network(Ping)

    def helper(self, limit):
        if self.x > limit:
            self.x = 0

    @action(n=N)
    def up(self, n):
        require(self.fixed[n] == 1)
        within(self.x < 3)
        self.helper(5)
        self.helper(1)
        if self.x == 2:
            self.x = 3
        elif self.x > 9:
            self.x = 1
        else:
            self.x += 1

    @action()
    def never(self):
        require(self.x < 0)
        if self.x == 1:
            self.x = 2

    @receive(Ping)
    def unheard(self, m):
        require(m.n in self.marked)

    @invariant
    def over_nothing(self):
        return all(self.fixed[m.n] == 0 for m in self.network.of(self.Ping))

    @invariant
    def over_something(self):
        return all(self.fixed[n] == 1 for n in self.N if n not in self.marked)

    @step_invariant
    def unobserved(self, new):
        return all(new.fixed[n] == 1 for n in self.marked)


@pytest.fixture(scope="module")
def result(tmp_path_factory):
    return quorate.check(Watched(), cache_dir=tmp_path_factory.mktemp("cache"))


def test_each_condition_of_the_text_is_told_what_it_was(result):
    found = {(point.kind, point.condition): point.suspicion for point in result.coverage}
    assert found == {
        ("branch", "self.x > limit"): None,
        ("require", "self.fixed[n] == 1"): "never false",
        ("within", "self.x < 3"): "never false",
        ("branch", "self.x == 2"): "never true",
        ("branch", "self.x > 9"): "never true",
        ("require", "self.x < 0"): "never true",
        ("branch", "self.x == 1"): "never evaluated",
        ("require", "m.n in self.marked"): "never evaluated",
        ("quantifier", "self.fixed[m.n] == 0 for m in self.network.of(self.Ping)"): "always ranges over nothing",
        ("quantifier", "self.fixed[n] == 1 for n in self.N if n not in self.marked"): None,
    }


def test_variables_that_stay_are_named(result):
    assert result.unchanged == ("fixed", "marked", "network")
    # two actions that never happen, three variables, one quantifier
    assert len(result.warnings) == 6
