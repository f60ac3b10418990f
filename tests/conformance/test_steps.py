"""Step invariants: they are asked of each step that changes what they read, and of all where they fail of no change."""

import pytest

TEXT = """
class M(Model):
    class Color(Enum):
        C0 = 0
        C1 = 1
        C2 = 2
    Server = Node(3)
    Which = Bool()
    Wide = Int(0, 199)
    Value = {kind}
    before = Int(0, 100, init=77)
    # two of them, so that one does not begin at bit 0
    v = Map(Which, Value, init=...)
    behind = Map(Server, Int(0, 5), init=3)
    target = Var(Value, init=...)
    which = Bool(init=False)
    other = Int(0, 100, init=0)

    @init(x=Value, y=Value, z=Which)
    def start(self, x, y, z):
        self.v = {{k: x for k in self.Which}}
        self.target = y
        self.which = z

    @action()
    def change(self):
        self.v[self.which] = self.target
        self.other += 1

    @step_invariant
    def unchanged(old, new):
        return {condition}
"""
KINDS = [
    "Bool()",
    "Int(-3, 6)",
    "Color",
    "Server",
    "Option(Server)",
    "Record(a=Bool(), b=Int(0, 4))",
    "Map(Server, Bool())",
    "Set(Server)",
    "Seq(Bool(), 3)",
    "Set(Server, capacity=2)",
    "Map(Server, Seq(Int(0, 1), 1))",
]
# those of which there are too many values to go through: one, and others
LARGE = {
    "Set(Wide)": ("set()", "{199}", "{k for k in self.Wide if k % 3 == 0}"),
    "Map(Wide, Int(0, 9))": ("{k: 0 for k in self.Wide}", "{k: 1 if k == 199 else 0 for k in self.Wide}"),
    "Seq(Int(0, 1000), 20)": ("()", "(1000,)", "(0,)", "(0, 0)"),
}


def differing(probe, model):
    """Look at each initial state: the step is reported if and only if it changes the variable. How many there are."""
    asked, found = probe.Probe(model), 0
    for state in model.initial_states():
        changes = state.v[state.which] != state.target
        finding = asked.step_findings(state)["change"]
        assert finding == ((1, "unchanged") if changes else None), state
        found += changes
    return found


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("condition", ["new.v == old.v", "all(new.v[k] == old.v[k] for k in new.Which)"])
def test_a_change_of_any_value_is_noticed(probe, folder, kind, condition):
    model = probe.load(TEXT.format(kind=kind, condition=condition), folder)()
    values = len({state.target for state in model.initial_states()})
    assert differing(probe, model) == 2 * values * (values - 1)


@pytest.mark.parametrize("kind", LARGE)
def test_a_change_of_a_large_value_is_noticed(probe, folder, kind):
    first, *others = LARGE[kind]
    text = TEXT.format(kind=kind, condition="new.v == old.v")
    text = text.replace("@init(x=Value, y=Value, z=Which)", "@init(z=Which)").replace("(self, x, y, z)", "(self, z)")
    for value in others:
        changed = text.replace("k: x", f"k: {first}").replace("self.target = y", f"self.target = {value}")
        assert differing(probe, probe.load(changed, folder)()) == 2


def test_where_nothing_changes_it_is_asked_if_it_fails_there(probe, folder):
    """`v` has to differ: the step that changes `other` alone is the violation."""
    model = probe.load(TEXT.format(kind="Bool()", condition="new.v != old.v"), folder)()
    asked = probe.Probe(model)
    for state in model.initial_states():
        changes = state.v[state.which] != state.target
        assert asked.step_findings(state)["change"] == (None if changes else (1, "unchanged"))


def test_a_fault_is_found_where_nothing_changes(probe, folder):
    model = probe.load(TEXT.format(kind="Int(0, 2)", condition="6 // new.v[False] >= old.v[False]"), folder)()
    asked = probe.Probe(model)
    for state in model.initial_states():
        after = state.v[False] if state.which else state.target
        assert asked.step_findings(state)["change"] == ("division" if after == 0 else None)
