"""What z3 makes of one state at a time, in the terms of `probe`: successors, cuts and faults by action, properties.

The state before a step is unknown to z3 and then said to be equal to a native one, so that terms are built for
everything; all solutions for the state after it are asked for.
"""

import z3

from quorate.prove.encoding import Encoding
from quorate.prove.terms import not_, or_, truth

MOST = 40


class Solved:
    """The formulas of a model, asked about one native state after the other."""

    def __init__(self, model):
        self.model = model
        self.encoding = Encoding(model, [prop for prop in model.model_properties() if not prop.is_temporal])
        self.state = self.encoding.state("s")
        self.steps = [
            self.encoding.step(number, self.state.values, f"a{number}.")
            for number in range(len(self.encoding.system.actions))
        ]
        self.solver = z3.Solver()
        self.solver.add(truth(self.state.typed))

    def at(self, state):
        """Say which state it is; `forget` takes it back."""
        self.solver.push()
        self.solver.add(truth(self.encoding.equal(self.state.values, self.encoding.literal(state))))
        assert self.solver.check() == z3.sat, f"no state of the types is\n{state}"
        assert self.encoding.native(self.state.values, self.solver.model()) == state

    def forget(self):
        self.solver.pop()

    def can(self, condition):
        """Whether a condition has a solution."""
        self.solver.push()
        self.solver.add(truth(condition))
        status = self.solver.check()
        self.solver.pop()
        assert status != z3.unknown
        return status == z3.sat

    def overflows(self):
        return any(self.can(self.encoding.overflows(step)) for step in self.steps)

    def successors(self):
        """By name of action: the states after a step, whether a bound cuts one, whether one fails."""
        found = {}
        for step in self.steps:
            states, cut, fails = found.setdefault(step.action.name, (set(), [], []))
            cut.append(self.can(step.cut))
            fails.append(self.can(or_(*(condition for _, condition in step.faults))))
            self.solver.push()
            self.solver.add(truth(step.enabled))
            while len(states) < MOST and self.solver.check() == z3.sat:
                after = self.encoding.native(step.after, self.solver.model())
                assert after not in states
                states.add(after)
                self.solver.add(truth(not_(self.encoding.equal(step.after, self.encoding.literal(after)))))
            self.solver.pop()
        return {name: (states, any(cut), any(fails)) for name, (states, cut, fails) in found.items()}

    def values(self):
        """By name, whether a property of states holds without failing: all solutions agree, there being one state."""
        found = {}
        for number, prop in enumerate(self.encoding.properties):
            if prop.kind != "step_invariant":
                holds = self.encoding.holds(number, self.state.values)
                found[prop.name] = self.can(holds)
                assert found[prop.name] != self.can(not_(holds))
        return found


def native_successors(probe, model, state):
    """What `Solved.successors` answers, by native Python."""
    names = [*(action.name for action in model.actions if action.kind != "init"), *probe.losses(model)]
    found = {name: (set(), [False], [False]) for name in names}
    for step in model.transitions(state):
        states, cut, fails = found[step.action]
        cut.append(step.cut)
        if step.fault is not None:
            fails.append(True)
        elif step.state is not None:
            dropped, fault = probe.dropped_by(model, step.state)
            fails.append(bool(fault))
            if dropped is None:
                states.add(step.state)
    return {name: (states, any(cut), any(fails)) for name, (states, cut, fails) in found.items()}


def agree(probe, solved, most):
    """Walk the states reachable natively, at most so many; z3 and native Python must agree on each. How many."""
    todo = list(solved.model.initial_states())[:most]
    seen = set(todo)
    for state in todo:
        solved.at(state)
        if not solved.overflows():
            expected = native_successors(probe, solved.model, state)
            found = solved.successors()
            for name, answer in expected.items():
                if len(answer[0]) < MOST:
                    assert found.get(name, (set(), False, False)) == answer, f"{name} in\n{state}"
            values = {name: value is True for name, value in probe.native_values(solved.model, state).items()}
            assert solved.values() == values, f"in the state\n{state}"
        solved.forget()
        for step in solved.model.successors(state):
            if step.state not in seen and len(seen) < most:
                seen.add(step.state)
                todo.append(step.state)
    return len(seen)
