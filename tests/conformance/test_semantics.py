"""Corners of the language, one small model each: what Python means by them is what the kernel does.

Each case is the body of an action (and what it needs); the engines are compared on all states that it reaches.
"""

import textwrap

import pytest

from quorate.errors import LoadError

MODEL = """
class M(Model):
    class Color(Enum):
        RED = "red"
        BLUE = "blue"
    Server = Node(3)
    Single = Node(1)
    Rank = Node(2, symmetric=False)
    Small = Int(0, 3)
    Entry = Record(term=Small, by=Option(Server))
    Pair = Record(p=Bool(), q=Rank)
    Choice = Option(Small)
    Hand = Set(Rank)
    x = Int(0, 9, init=1)
    one = Int(5, 5, init=5)
    lone = Map(Single, Small, init=2)
    opt = Option(Small, init=None)
    log = Seq(Small, 4, init=(1, 2))
    none = Seq(Small, 0, init=())
    votes = Map(Server, Set(Server), init=set())
    entries = Map(Server, Seq(Entry, 2), init=())
    by_color = Map(Color, Bool(), init=False)
    by_choice = Map(Choice, Small, init=0)
    by_pair = Map(Pair, Small, init=0)
    by_hand = Map(Hand, Small, init=0)
    chosen = Set(Choice, init=set())
    hands = Set(Hand, init=set())
    big = Set(Int(0, 99), init=set())
    wide = Seq(Int(0, 2**30), 6, init=())
    slots = Set(Int(0, 100000), capacity=3, init=set())
    bag = Bag(Small, 3, init=())
    rows = Map(Server, Map(Single, Seq(Int(0, 1000), 9)), init=())

    def first(self, limit):
        for i in self.Server:
            for j in self.log:
                if j >= limit:
                    return i
        return None

    def last(self, i):
        if len(self.log) > 0:
            return self.log[-1]
        return 0

    def maybe(self, n):
        if n > 1:
            return n

    def reassigned(self, n):
        n = n + 1
        return n * 2

    def either(self, c):
        if c:
            value = 1
        else:
            value = None
        return value

    @action(i=Server, r=Rank)
    def act(self, i, r):
{body}

    @invariant
    def holds(m):
        return {prop}
"""

BODIES_TEXT = """
# snapshots
old = self.log
self.log.append(3)
self.x = len(old)
self.one = 5
# a loop over what it changes
for v in self.log:
    if len(self.log) < 4:
        self.log.append(v)
# a loop over items it changes
for k, v in self.by_choice.items():
    self.by_choice[0] = 3
    self.by_choice[k] = v
# a loop over values it changes
for v in self.votes.values():
    self.x = len(v)
    self.votes[i].add(i)
# short circuit
if self.opt is not None and self.opt + 1 > 0 or self.x == 1:
    self.opt = 2
# a branch not taken
self.x = 3 if self.opt is None else self.opt
self.opt = 1
# none in arithmetic
self.x = self.opt + 1
# none as a key
self.by_choice[self.opt] += 1
self.opt = self.opt if self.opt is None else None
require(self.by_choice[None] < 3)
# none in membership
self.x = 1 if self.opt in self.chosen else 0
self.chosen.add(self.opt)
# a number that no element can be
self.x = 1 if self.x + 7 in self.log else 0
self.chosen.discard(self.x + 7)
# negative indices
self.x = self.log[-2]
self.log[-1] = 3
self.log.pop(-2)
# an index too small
self.x = self.log[-3]
# an index too great
self.log[self.x + 1] = 0
# slices beyond the ends
self.log = self.log[-9:1] + self.log[1:99] + self.log[3:1] + self.log[-1:0]
# pop of nothing
self.none.pop()
# append to no room
self.none.append(1)
# the empty sequence
self.x = len(self.none[1:]) + sum(self.none) + len([v for v in self.none])
# empty max
self.x = max(self.none)
# empty max with a default
self.x = max(self.none, default=7)
self.opt = min((v for v in self.none), default=None)
# early return in nested loops
found = self.first(2)
if found is not None:
    self.votes[found].add(i)
self.log = self.log[1:]
# a helper that ends without a value
self.opt = self.maybe(self.x)
self.x = (self.x + 1) % 4
# a parameter assigned
self.x = self.reassigned(self.x) % 10
# an argument of the action assigned
if self.x > 1:
    i = i
self.votes[i] = {i}
self.x = 2
# a name of two types by path
self.opt = self.either(self.x > 1)
self.x = (self.x + 1) % 3
# a loop variable that had a value
v = 7
for v in self.log:
    pass
self.x = v
self.log.clear()
# a loop variable of two types
for v in self.Rank:
    self.x = 2
for v in self.log:
    self.x = v
# break and continue
n = 0
for a in self.Server:
    for b in self.Server:
        if b == i:
            continue
        if a == i:
            break
        n += 1
self.x = n
# keys of every kind
self.by_color[self.Color.BLUE] = True
self.by_pair[self.Pair(p=True, q=r)] = 2
self.by_hand[{r}] = 1
# sets of sets
self.hands.add({r})
self.x = len(self.hands)
self.x = 9 if set() in self.hands else self.x
# a set of two words
self.big.add(70)
self.big |= {0, 63, 64}
self.x = len(self.big & {63, 64, 65}) + min(self.big)
# a set with slots
self.slots.add(self.x * 10000)
self.x = (self.x + 1) % 10
self.slots.discard(99)
# operators beyond a capacity
self.x = len(self.slots | {1, 2, 3, 4, 5})
self.slots |= {5, 4}
# wide locals in loops
all_ = self.wide
for v in self.log:
    all_ = (all_ + [v])[-3:]
self.wide = all_
# nothing to put in
self.votes[i] |= set()
self.votes[i] -= {i}
self.entries[i] = [self.Entry(term=1, by=None)]
# fields in place
self.entries[i] = [self.Entry(term=1, by=i)]
self.entries[i][0].term += 1
self.entries[i][-1].by = None
# a field out of its range
self.entries[i] = [self.Entry(term=3, by=i)]
self.entries[i][0].term += 1
# a place in a type of more values than a length can say
for s in self.Single:
    self.rows[i][s] = self.rows[i][s][-1:] + [self.x]
# one node and one value
for s in self.Single:
    self.lone[s] = (self.lone[s] + self.one) % 4
# bags
if len(self.bag) < 3:
    self.bag.add(self.x % 4)
self.x = (self.x + self.bag.count(1)) % 10
self.bag.discard(3)
# all elements of a display are computed
self.x = 1 if self.x in (1, 1 // (self.x - 1)) else 0
# all elements of a list are computed
self.x = 1 if any([v == 1 or 1 // (v - 2) for v in self.log]) else 0
# types as sets
self.x = len(self.Server) if i in self.Server and self.opt not in self.Small else 0
# order of nodes
self.x = (1 if r <= r else 0) + sum(1 for q in self.Rank if q < r) + (2 if r >= r else 0)
# shifts
self.x = (1 << self.x) % 10
self.x = 5 if 0 << 99 == 0 and -1 >> 99 == -1 else 0
# bools are counted
self.x = int(self.x > 1) + sum(v > 1 for v in self.log)
# identity with None
self.x = 1 if self.opt is None and not (self.opt is not None) else 0
# a set of None
only = {None}
for v in (None, None):
    if v in only:
        self.x = len(only) + sum(1 for w in self.log if None in {None})
"""


def cases(text):
    """The bodies in a text, by the comment above each."""
    parts = text.strip().removeprefix("# ").split("\n# ")
    return dict(part.split("\n", 1) for part in parts)


BODIES = cases(BODIES_TEXT)


def written(body="pass", prop="True"):
    return MODEL.replace("{body}", textwrap.indent(body, "        ")).replace("{prop}", prop)


@pytest.mark.parametrize("name", BODIES)
def test_bodies(name, probe, folder):
    kernel = probe.Probe(probe.load(written(BODIES[name]), folder)())
    assert probe.agree(kernel, most=60) >= 1


PROPERTIES = [
    "m.last(0) == 2",
    "m.first(3) is None and m.first(2) is not None",
    "m.maybe(5) == 5 and m.maybe(0) is None",
    "all(m.votes[i] <= set(m.Server) for i in m.Server)",
    "[0] == [0, 1] or [0] + [1] == [0, 1]",
    "{m.x, 9} == {1, 9} and {9, 1} >= {m.x}",
    "m.log == [1, 2] and m.log[0:1] != [2]",
    "m.opt == m.maybe(0)",
    "max(m.log) < m.log[5]",
    "m.x < 0 or m.x // 0 > 1",
    "m.votes == {i: set() for i in m.Server}",
    "len(m.by_choice) == 5 and len(m.votes) == 3",
]


@pytest.mark.parametrize("prop", PROPERTIES)
def test_properties(prop, probe, folder):
    kernel = probe.Probe(probe.load(written(prop=prop), folder)())
    assert probe.agree(kernel) == 1


# What Python leaves open, or means by it something that a state cannot hold: refused, never compiled to something else.
REFUSED = {
    "for v in {1, 2}:\n    self.x = v": "Q111",
    "s = {3, 1}\nfor v in s:\n    self.x = v": "Q111",
    "self.log = [v for v in {2, 1}]": "Q111",
    "self.x = 1 if self.log is self.log else 0": "Q109",
    "self.x = sum(self.log, 5)": "Q210",
    "self.x = min()": "Q210",
    "for v in self.log:\n    pass\nself.x = v": "Q202",
    "if self.x:\n    v = 1\nself.x = v": "Q202",
    "q = []\nfor v in self.log:\n    q = q + [v]\nself.x = len(q)": "Q312",
    "self.log.extend({1})": "Q301",
    "self.x = int(i)": "Q305",
    "self.x = len(self.opt)": "Q401",
    "x = self.Server\nself.x = x": "Q310",
}


@pytest.mark.parametrize("body", REFUSED)
def test_refused(body, probe, folder):
    with pytest.raises(LoadError) as caught:
        probe.Probe(probe.load(written(body), folder)())
    assert REFUSED[body] in {diagnostic.code for diagnostic in caught.value.diagnostics}


NETWORKS = """
class M(Model):
    Server = Node(2)
    Hello = Message()
    Ask = Message(src=Server, dst=Server)
    seen = Map(Server, Int(0, 3), init=0)
    one = Network(Hello, Ask{options})
    other = Network(Ask{more})

    @action(i=Server, j=Server)
    def ask(self, i, j):
        require(self.seen[i] < 2)
        within(len(self.one) < 3)
        self.seen[i] += 1
        self.one.send(self.Ask(src=i, dst=j))
        if self.seen[i] == 2:
            self.one.send(self.Hello({hello}))

    @receive(Ask)
    def on_ask(self, m):
        self.other.send(self.Ask(src=m.dst, dst=m.src))
        self.seen[m.dst] = len(self.one) + self.other.count(m)

    @receive(Hello, i=Server)
    def on_hello(self, m, i):
        self.seen[i] = 0
        {drop}

    @step_invariant
    def grows(old, new):
        return len(new.other) >= len(old.other) and (new.one == old.one or old.seen != new.seen or len(new.one) < 9)
"""


@pytest.mark.parametrize("form", ["set", "slots", "bag", "loss"])
def test_two_networks(form, probe, folder):
    options = {
        "set": "", "slots": ", capacity=4", "bag": ", duplicates=False, capacity=4",
        "loss": ", duplicates=False, capacity=3, loss=True",
    }[form]  # fmt: skip
    text = NETWORKS.format(options=options, more=options, hello="", drop="self.one.discard(m)")
    assert probe.agree(probe.Probe(probe.load(text, folder)()), most=120) > 20


def test_two_queues(probe, folder):
    fifo = ', order="fifo", capacity=2, loss=True'
    text = NETWORKS.format(options=fifo, more=fifo, hello="src=i, dst=j", drop="pass")
    text = text.replace("Hello = Message()", "Hello = Message(src=Server, dst=Server)")
    assert probe.agree(probe.Probe(probe.load(text, folder)()), most=120) > 20


@pytest.mark.parametrize(("order", "other"), [("any", "duplicates=False"), ("fifo", 'order="fifo"')])
def test_a_parameter_chooses_the_order(order, other, probe, folder):
    """It is the network that is declared with this order in its text."""
    rest = ", duplicates=False, loss=True, capacity=2"
    text = NETWORKS.replace("Hello = Message()", "Hello = Message(src=Server, dst=Server)")
    chosen = text.format(options=", order=order" + rest, more=", order=order" + rest, hello="src=i, dst=j", drop="pass")
    chosen = chosen.replace("class M(Model):", ORDER)
    fixed = f", {other}, loss=True, capacity=2"
    written = text.format(options=fixed, more=fixed, hello="src=i, dst=j", drop="pass")
    model = probe.load(chosen, folder)(order=order)
    assert probe.agree(probe.Probe(model), most=120) > 20
    plain = probe.load(written, folder)()
    assert [s.state.to_data() for s in model.transitions(model.initial_states()[0])] == [
        s.state.to_data() for s in plain.transitions(plain.initial_states()[0])
    ]
    assert model.types["one"].form == plain.types["one"].form


ORDER = """
class Order(Enum):
    ANY = "any"
    FIFO = "fifo"

class M(Model):
    order = Param(Order.ANY)"""

SUPER = """
class Base(Model):
    x = Int(0, 5, init=0)

    def step(self):
        return self.x + 1

    @action()
    def act(self):
        self.x = self.step() % 6

    @invariant
    def small(m):
        return m.step() <= 6


class M(Base):
    def step(self):
        return super().step() + 1

    def act(self):
        if self.x > 2:
            super().act()
        else:
            self.x += 1
"""


def test_super(probe, folder):
    assert probe.agree(probe.Probe(probe.load(SUPER, folder)())) == 5


def test_a_state_of_one_full_word(folder, probe):
    """All 64 bits used: the states of all zeros and of all ones are states like any other."""
    from quorate import check

    text = """
class M(Model):
    bits = Set(Int(0, 63), init=set())

    @action()
    def all_or_nothing(self):
        self.bits = set(range_()) if len(self.bits) == 0 else set()

    @action(k=Int(61, 63))
    def flip(self, k):
        self.bits ^= {k}
""".replace("set(range_())", "{k for k in range(64)}")
    model = probe.load(text, folder)()
    assert probe.agree(probe.Probe(model)) == 16
    assert check(model, cache_dir=folder).states.distinct == 16
