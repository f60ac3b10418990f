"""Who takes part in a run: the nodes, on which of them each step happens, and what messages it takes and sends."""

import pytest

from quorate import (
    Int,
    Map,
    Message,
    Model,
    Network,
    Node,
    Option,
    Set,
    action,
    check,
    invariant,
    receive,
    require,
    with_faults,
)
from quorate.explain.participants import Participants
from quorate.finder import find_model


class Shop(Model):
    """Clients order wares from servers; wares are values, and no participants."""

    Client = Node(1)
    Server = Node(2)
    Ware = Node(2)

    Order = Message(src=Client, dst=Option(Server), ware=Ware)
    Offer = Message(ware=Ware)

    sold = Map(Server, Option(Ware), init=None, durable=True)
    network = Network(Order, Offer, duplicates=False, capacity=3)

    @action(w=Ware, c=Client)
    def order(self, w, c):
        require(len(self.network) == 0)
        self.network.send(self.Order(src=c, dst=None, ware=w))
        self.network.send(self.Offer(ware=w))
        self.network.send(self.Offer(ware=w))

    @receive(Order, s=Server)
    def sell(self, m, s):
        self.sold[s] = m.ware

    @receive(Offer)
    def look(self, m):
        self.network.discard(self.Offer(ware=m.ware))

    @invariant
    def unsold(self):
        return all(self.sold[s] is None for s in self.Server)


def violation(model, **options):
    [found] = [p.verdict.trace for p in check(model, z3_time=None, **options).properties if p.name != "deadlock"]
    return found


def test_the_lanes_are_the_nodes_and_not_mere_values():
    assert Participants(Shop()).lanes == ("c1", "s1", "s2")


def test_each_step_says_where_it_happens_and_what_it_takes_and_sends():
    trace = violation(Shop())
    order = {"tag": "Order", "value": {"src": "c1", "dst": None, "ware": "w1"}}
    offer = {"tag": "Offer", "value": {"ware": "w1"}}
    assert trace.lanes == ("c1", "s1", "s2")
    assert [(s.action, s.node, s.received, s.sent, s.failure) for s in trace.steps] == [
        (None, None, None, (), None),
        ("order", "c1", None, (order, offer, offer), None),
        ("sell", "s1", order, (), None),
    ]


def test_a_step_that_no_node_takes_has_none():
    model = Shop()
    first = model.initial_states()[0]
    [sent, *_] = [step.state for step in model.successors(first)]
    [look] = [step for step in model.successors(sent) if step.action == "look"]
    assert Participants(model).step(look, look.state).node is None


def test_a_message_that_is_there_already_is_sent_all_the_same():
    class Nagging(Model):
        N = Node(1)
        Ask = Message(src=N)
        times = Int(0, 2, init=0)
        network = Network(Ask)

        @action(i=N)
        def ask(self, i):
            require(self.times < 2)
            self.times += 1
            self.network.send(self.Ask(src=i))

        @invariant
        def once(self):
            return self.times < 2

    ask = {"tag": "Ask", "value": {"src": "n1"}}
    assert [step.sent for step in violation(Nagging()).steps] == [(), (ask,), (ask,)]


def test_where_no_node_has_messages_or_variables_those_that_act_take_part():
    class Holders(Model):
        Client = Node(2)
        Colour = Node(2)
        holders = Set(Client, init=set())
        colours = Set(Colour, init=set())

        @action(c=Client)
        def take(self, c):
            self.holders.add(c)

        @invariant
        def free(self):
            return len(self.holders) == 0

    trace = violation(Holders())
    assert trace.lanes == ("c1", "c2")
    assert [step.node for step in trace.steps] == [None, "c1"]


def test_nodes_of_one_name_are_told_apart_by_their_types():
    class Same(Model):
        Server = Node(1)
        Shard = Node(1)
        up = Map(Server, Int(0, 1), init=0)
        full = Map(Shard, Int(0, 1), init=0)

        @action(i=Shard)
        def fill(self, i):
            self.full[i] = 1

        @action(i=Server)
        def start(self, i):
            self.up[i] = 1

        @invariant
        def empty(self):
            return all(self.full[i] == 0 for i in self.Shard)

    trace = violation(Same())
    assert trace.lanes == ("Server s1", "Shard s1")
    assert [step.node for step in trace.steps] == [None, "Shard s1"]


def test_a_model_without_nodes_has_no_lanes():
    class Counter(Model):
        x = Int(0, 1, init=0)

        @action(by=Int(1, 1))
        def count(self, by):
            require(self.x == 0)
            self.x += by

        @invariant
        def zero(self):
            return self.x == 0

    trace = violation(Counter())
    assert trace.lanes == ()
    assert [step.node for step in trace.steps] == [None, None]


@pytest.mark.parametrize(
    ("name", "lanes"),
    [
        ("paxos", ("a1", "a2", "a3")),
        ("raft", ("s1", "s2", "s3")),
        ("two-phase-commit", ("r1", "r2", "r3")),
        ("lock-server", ("c1", "c2", "c3")),
        ("gossip", ("n1", "n2", "n3")),
    ],
)
def test_the_lanes_of_the_library(name, lanes):
    assert Participants(find_model(name)()).lanes == lanes


def test_faults_of_the_environment_are_told_from_the_steps_of_the_model():
    model = with_faults(Shop, crash=1, partition=1, loss=1, duplication=1)()
    who, failures, seen = Participants(model), {}, set()
    frontier = model.initial_states()
    for _ in range(3):
        seen |= set(frontier)
        steps = [step for state in frontier for step in model.successors(state)]
        for step in steps:
            made = who.step(step, step.state)
            failures.setdefault(step.action, set()).add((made.failure, made.node is None, made.received is None))
        frontier = list({step.state for step in steps} - seen)
    assert failures == {
        "order": {(None, False, True)},
        "sell": {(None, False, False)},
        "look": {(None, True, False)},
        "crash": {("crash", False, True)},
        "restart": {("restart", False, True)},
        "partition": {("partition", True, True)},
        "heal": {("heal", True, True)},
        "lose_order": {("loss", True, False)},
        "lose_offer": {("loss", True, False)},
        "duplicate_order": {("duplication", True, False)},
        "duplicate_offer": {("duplication", True, False)},
    }


def test_a_network_that_loses_messages_by_itself_is_a_fault_too():
    class Losing(Shop):
        network = Network(Shop.Order, Shop.Offer, duplicates=False, capacity=3, loss=True)

    model = Losing()
    [first] = model.initial_states()
    sent = model.successors(first)[0].state
    lost = [step for step in model.successors(sent) if step.action == "lose_network"]
    assert lost
    made = [Participants(model).step(step, step.state) for step in lost]
    assert {(step.failure, step.node) for step in made} == {("loss", None)}
    assert {step.received["tag"] for step in made} == {"Order", "Offer"}
