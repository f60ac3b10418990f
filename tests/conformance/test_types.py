"""Values as keys, elements and arguments: the kernel ranks and unranks them as native Python does."""

import random

import pytest

TEXT = """
class M(Model):
    class Color(Enum):
        C0 = 0
        C1 = 1
        C2 = 2
    Server = Node({servers})
    Rank = Node(2, symmetric=False)
    Small = Int({low}, {high})
    Key = {key}
    x = Var(Key, init=...)
    m = Map(Key, Int(0, 255), init=0)
    s = Set(Key, init=set())
    slots = Set(Key, capacity=2, init=set())
    order = Seq(Key, 2, init=())
    size = Int(0, 255, init=0)

    @init(k=Key)
    def start(self, k):
        self.x = k

    @action(k=Key)
    def take(self, k):
        self.m[k] += 1
        self.s.add(k)
        self.s.discard(self.x)
        self.slots = {{k, self.x}}
        self.order = [k for k in self.s][:2]
        self.size = sum(1 for j in self.Key if j in self.s) + len([j for j in self.Key if self.m[j] > 0])
        require(self.x != k)
        self.x = k

    @invariant
    def found(n):
        return n.x in n.s or n.x in n.slots or n.size == 0

    @invariant
    def first(n):
        return all(n.m[k] < 2 for k in n.s) and n.order == [k for k in n.s][:2]
"""

SCALARS = ["Bool()", "Server", "Rank", "Color", "Small", "Int(7, 7)"]


def key(choose, depth):
    scalar = choose.choice(SCALARS)
    if depth == 0:
        return scalar
    inner = key(choose, depth - 1)
    return choose.choice(
        [
            f"Option({inner})" if not inner.startswith("Option") else inner,
            f"Record(a={inner}, b={scalar})",
            f"Seq({inner}, {choose.randint(0, 2)})",
            f"Set({scalar})",
            f"Map(Rank, {inner})",
        ]
    )


@pytest.mark.parametrize("seed", range(12))
def test_keys(seed, probe, folder):
    choose = random.Random(seed)
    while True:
        text = TEXT.format(
            servers=choose.randint(1, 3), low=choose.randint(-2, 1), high=choose.randint(1, 3),
            key=key(choose, choose.randint(0, 2)),
        )  # fmt: skip
        model = probe.load(text, folder)
        if model().variables["x"].cardinality <= 90:
            break
    assert probe.agree(probe.Probe(model()), most=25) >= 1
