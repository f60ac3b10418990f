"""Why a step is blocked or fails: the first false `require`, the line that fails, and the values it reads."""

import pytest

from quorate import Int, Map, Message, Model, Network, Node, Seq, action, receive, require, within
from quorate.errors import ParameterError
from quorate.explain.step import why


class Bank(Model):
    Client = Node(2)
    Transfer = Message(src=Client, dst=Client)
    money = Map(Client, Int(0, 3), init=1)
    log = Seq(Int(0, 3), 2, init=())
    network = Network(Transfer)

    @action(a=Client, b=Client)
    def pay(self, a, b):
        require(a != b)
        self.check(a, 2)
        self.money[b] += 1

    def check(self, client, least):
        require(self.money[client] >= least and self.money[client] < 3)

    @action(c=Client)
    def steal(self, c):
        within(self.money[c] < 2)
        amount = 2
        self.money[c] -= amount

    @action()
    def look(self):
        assert self.log[0] == 1

    @receive(Transfer)
    def move(self, m):
        self.money[m.dst] += 1


@pytest.fixture
def model():
    return Bank()


@pytest.fixture
def start(model):
    return model.initial_states()[0]


def test_the_first_false_require_is_explained_also_inside_a_helper(model, start):
    [equal] = why(model, start, "pay(c1, c1)")
    assert equal.blocked.line() == "c1 != c1"
    [poor] = why(model, start, "pay(a=c1, b=c2)")
    assert poor.blocked.line() == "self.money[c1] >= 2 (it is 1)"
    assert poor.span.source_line().strip() == "require(self.money[client] >= least and self.money[client] < 3)"
    assert not poor.cut


def test_arguments_that_are_left_out_match_any(model, start):
    assert len(why(model, start, "pay")) == 4
    assert len(why(model, start, "pay(c1)")) == 2
    assert len(why(model, start, "pay(…, c2)")) == 2


def test_a_failing_step_says_its_line_and_values(model, start):
    [failed] = why(model, start, "steal(c2)")
    assert failed.fault.kind == "range"
    assert failed.fault.span.source_line().strip() == "self.money[c] -= amount"
    assert dict(failed.fault.values) == {"self.money[c]": "1", "c": "c2", "amount": "2"}
    [failed] = why(model, start, "look()")
    assert failed.fault.kind == "index"


@pytest.mark.parametrize("text", ["pai(c1)", "pay(c9)", "move(Transfer(src=c1, dst=c2))", "pay(", "3", "move"])
def test_a_step_that_cannot_be_meant_is_refused(model, start, text):
    with pytest.raises(ParameterError):
        why(model, start, text)
