"""What an explanation points to: the operand that decides, the binding that makes a quantifier true or false."""

from enum import Enum

import pytest

from quorate import Int, Map, Model, Node, Set, action, invariant, step_invariant
from quorate.explain.reason import explain_property


def both_in(m, i, j):
    return i in m.marked and j in m.marked


class Example(Model):
    class Role(Enum):
        IDLE = 1
        LEADER = 2

    N = Node(3)
    role = Map(N, Role, init=Role.LEADER)
    term = Map(N, Int(0, 9), init=4)
    marked = Set(N, init=set())
    x = Int(0, 9, init=3)

    @action()
    def step(self):
        self.x += 1

    def small(self, bound):
        return self.x < bound

    @invariant
    def conjunction(self):
        return self.x == 3 and self.x < 2 and self.x > 100

    @invariant
    def disjunction(self):
        return self.x == 1 or self.small(2)

    @invariant
    def negated_witness(self):
        return not any(
            i != j
            and self.role[i] == self.Role.LEADER  # a comment inside
            and self.term[i] == self.term[j]
            for i in self.N
            for j in self.N
        )

    @invariant
    def counterexample(self):
        return all(self.term[i] + 1 == self.term[j] for i in self.N for j in self.N if i != j)

    @invariant
    def no_witness(self):
        return any(self.term[i] > 7 for i in self.N)

    @invariant
    def module_helper(self):
        return both_in(self, self.N.unrank(0), self.N.unrank(1))

    @step_invariant
    def shrinks(self, new):
        return new.x <= self.x


LINES = {
    "conjunction": "self.x < 2 (it is 3)",
    "disjunction": "self.x == 1 (it is 3) and self.x < 2 (it is 3)",
    "negated_witness": (
        "i = n1, j = n2: n1 != n2 and self.role[n1] == LEADER and self.term[n1] == self.term[n2] (both 4)"
    ),
    "counterexample": "i = n1, j = n2: self.term[n1] + 1 == self.term[n2] (5 and 4)",
    "no_witness": "self.term[i] > 7 (for no choice of i)",
    "module_helper": "self.N.unrank(0) in self.marked (n1 in {})",
}


@pytest.mark.parametrize("name", LINES)
def test_the_line_names_what_decides(name):
    model = Example()
    [state] = model.initial_states()
    prop = next(prop for prop in model.model_properties() if prop.name == name)
    assert not prop(model.at(state))
    assert explain_property(prop, model.at(state)).line() == LINES[name]


def test_a_step_invariant_is_explained_with_old_and_new_values():
    model = Example()
    [old] = model.initial_states()
    [step] = model.successors(old)
    [prop] = [prop for prop in model.model_properties() if prop.kind == "step_invariant"]
    assert explain_property(prop, model.at(old), model.at(step.state)).line() == "new.x <= self.x (4 <= 3)"
