"""What goes wrong while a model runs: for each kind a trace to the step, the line, what it reads, and the exit code."""

import pytest

import quorate
from quorate import Bag, Int, Map, Message, Model, Network, Node, Option, Seq, Set, action, invariant
from quorate.errors import Exit


class Base(Model):
    """Counts to 2, and then does something that is not defined."""

    N = Node(2)
    n = Int(0, 2, init=0)
    low = Int(0, 2, init=0)
    log = Seq(Int(0, 9), 2, init=(1, 2))
    ball = Bag(Int(0, 1), 2, init=(0, 1))
    some = Set(Int(0, 9), capacity=2, init={1, 2})
    table = Map(Int(0, 2), Int(0, 9), init=0)
    holder = Option(N, init=None)
    marks = Map(N, Int(0, 1), init=0)
    Post = Message(src=N, dst=N)
    network = Network(Post, duplicates=False, capacity=1)
    Letter = Message(src=N, dst=N)
    queue = Network(Letter, order="fifo", capacity=1)

    @action()
    def count(self):
        if self.n < 2:
            self.n += 1
        else:
            self.fail()

    def fail(self):
        self.low = 0


class OutOfRange(Base):
    def fail(self):
        self.low = self.n + 1


class BadIndex(Base):
    def fail(self):
        self.low = self.log[self.n]


class BadKey(Base):
    def fail(self):
        self.low = self.table[self.n + 1]


class NoneAsKey(Base):
    def fail(self):
        self.marks[self.holder] = 1


class NoneInArithmetic(Base):
    last = Option(Int(0, 2), init=None)

    def fail(self):
        self.low = self.last + self.n


class DivisionByZero(Base):
    def fail(self):
        self.low = 1 // (self.n - 2)


class ModuloZero(Base):
    def fail(self):
        self.low = 1 % (self.n - 2)


class NegativeShift(Base):
    def fail(self):
        self.low = 1 << (1 - self.n)


class GreatestOfNothing(Base):
    def fail(self):
        self.low = max(x for x in self.log if x > self.n)


class LeastOfNothing(Base):
    def fail(self):
        self.low = min(x for x in self.log if x > self.n)


class FullSequence(Base):
    def fail(self):
        self.log.append(self.n)


class FullBag(Base):
    def fail(self):
        self.ball.add(self.n - 1)


class FullSet(Base):
    def fail(self):
        self.some.add(self.n + 1)


class PopOfNothing(Base):
    def fail(self):
        self.log = self.log[self.n :]
        self.log.pop()


class FullNetwork(Base):
    def fail(self):
        for i in self.N:
            self.network.send(self.Post(src=i, dst=i))


class FullQueue(Base):
    def fail(self):
        for i in self.N:
            self.queue.send(self.Letter(src=i, dst=i))
            self.queue.send(self.Letter(src=i, dst=i))


class BadField(Base):
    def fail(self):
        self.table[0] = 5 * self.n


class Asserting(Base):
    def fail(self):
        assert self.n < 2, "stays small"


CASES = {
    OutOfRange: "range",
    BadIndex: "index",
    BadKey: "key",
    NoneAsKey: "key",
    NoneInArithmetic: "none",
    DivisionByZero: "division",
    ModuloZero: "division",
    NegativeShift: "shift",
    GreatestOfNothing: "empty",
    LeastOfNothing: "empty",
    FullSequence: "capacity",
    FullBag: "capacity",
    FullSet: "capacity",
    PopOfNothing: "index",
    FullNetwork: "capacity",
    FullQueue: "capacity",
    BadField: "range",
    Asserting: "assert",
}


@pytest.mark.parametrize("model", CASES, ids=lambda model: model.__name__)
def test_a_fault_has_its_trace_its_line_and_its_values(model, tmp_path):
    result = quorate.check(model(), cache_dir=tmp_path)
    trace = result.verdict.trace
    assert trace.fault.kind == CASES[model]
    assert result.exit_code == (Exit.ASSERTION if CASES[model] == "assert" else Exit.MODEL_FAULT)
    assert [step.state["n"] for step in trace.steps] == [0, 1, 2]
    body = model.fail.__code__
    assert body.co_firstlineno < trace.fault.span.line <= body.co_firstlineno + 4
    assert trace.fault.values


class FaultyProperty(Base):
    @invariant
    def defined(self):
        return 4 // (2 - self.n) >= 0


def test_a_property_that_fails_is_a_fault_too(tmp_path):
    result = quorate.check(FaultyProperty(), cache_dir=tmp_path)
    assert result.exit_code == Exit.MODEL_FAULT
    assert result.verdict.trace.fault.kind == "division"
    assert result.verdict.trace.fault.values == (("self.n", "2"),)
