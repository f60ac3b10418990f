"""What the tests of the shipped models share: an oracle that is no engine, and the pinned verdicts."""

import itertools
import tomllib
from dataclasses import dataclass, field
from importlib.resources import files

import pytest

from quorate.finder import shipped_models, variants

SHIPPED = dict(shipped_models())
VARIANTS = {f"{name}:{v.__name__}": v for name, model in SHIPPED.items() for v in variants(model)}
EXPECTED = tomllib.loads(files("quorate_models").joinpath("expected.toml").read_text())["check"]


# Which searches run in which pinned verdict's tests: True always, False in the full run only.
PLAIN = {"tiny": True, "small": False}
CHECKED = {"tiny": True, "small": True, "medium": True, "big": False}


def pytest_generate_tests(metafunc):
    """A test that takes `expected` runs for each pinned verdict, or `expected_of_plain_search`, for each that is small
    enough; one that takes `variant` runs for each broken variant."""
    for name, always in (("expected", CHECKED), ("expected_of_plain_search", PLAIN)):
        if name in metafunc.fixturenames:
            metafunc.parametrize(name, [case(entry, always) for entry in EXPECTED if entry["size"] in always])
    if {"variant", "variant_name"} <= set(metafunc.fixturenames):
        metafunc.parametrize(("variant_name", "variant"), VARIANTS.items(), ids=VARIANTS)
    elif "variant" in metafunc.fixturenames:
        metafunc.parametrize("variant", VARIANTS.values(), ids=VARIANTS)


def case(entry, always):
    """A pinned verdict as a test parameter, named as on the command line."""
    words = [entry["model"], *(f"-p {name}={value}" for name, value in entry["parameters"].items())]
    return pytest.param(entry, id=" ".join(words), marks=[] if always[entry["size"]] else [pytest.mark.full])


@dataclass
class Space:
    """What a search found, in TLC's words. `violated` maps the name of each property that failed to the number of
    states on a shortest trace that shows it; `reached` holds the names of the `@reachable` ones that were seen."""

    distinct: int = 0
    generated: int = 0
    cut: int = 0
    depth: int = 0
    violated: dict[str, int] = field(default_factory=dict)
    reached: set[str] = field(default_factory=set)

    def look(self, model, state):
        """Evaluate the properties of a state that is new, at the present depth."""
        for prop in model.model_properties():
            if prop.kind == "invariant" and not prop(model.at(state)):
                self.violated.setdefault(prop.name, self.depth)
            if prop.kind == "reachable" and prop(model.at(state)):
                self.reached.add(prop.name)


def search(model, *, to_the_end=True):
    """Breadth-first over the native successors, with nothing but a set and a list: the `Space` of the model.

    Unless `to_the_end`, it stops after the level on which a property first failed.
    """
    level = model.initial_states()
    steps = [prop for prop in model.model_properties() if prop.kind == "step_invariant"]
    constraints = model.constraints()
    seen = set(level)
    space = Space(generated=len(level), depth=1)
    for state in level:
        space.look(model, state)
    while level and (to_the_end or not space.violated):
        found = []
        space.depth += 1
        for old in level:
            for step in model.transitions(old):
                assert step.fault is None, step.fault
                if step.cut:
                    space.cut += 1
                    continue
                space.generated += 1
                if not all(condition(model.at(step.state)) for condition in constraints):
                    space.cut += 1
                    continue
                for prop in steps:
                    if not prop(model.at(old), model.at(step.state)):
                        space.violated.setdefault(prop.name, space.depth)
                if step.state not in seen:
                    seen.add(step.state)
                    found.append(step.state)
                    space.look(model, step.state)
        level = found
    space.depth -= not level
    space.distinct = len(seen)
    return space


class Runs:
    """What is true of the runs of a model: the greatest fixpoint of "from here a run can go on for ever and meet each
    demand of fairness again", by plain iteration over the native successors (Emerson & Lei, 1987). It knows no
    components and no lassos."""

    def __init__(self, model):
        self.model = model
        self.fair = {a.name: (a.fair, a.fair_per) for a in model.actions if a.kind != "init" and a.fair}
        self.steps = {}
        assert not model.constraints()
        self.initial = model.initial_states()
        todo = list(self.initial)
        while todo:
            state = todo.pop()
            if state not in self.steps:
                self.steps[state] = [(self.group(step), step.state) for step in model.transitions(state)]
                assert not any(step.cut for step in model.transitions(state))
                todo += [new for _, new in self.steps[state]]
        changing = {g for old, steps in self.steps.items() for g, new in steps if new != old}
        self.groups = changing - {None}

    def group(self, step):
        if step.action not in self.fair:
            return None
        fair, per = self.fair[step.action]
        return fair, step.action, tuple(step.arguments[name] for name in per)

    def enabled(self, group, state):
        return any(g == group and new != state for g, new in self.steps[state])

    def violated(self, prop):
        """Whether a fair run violates a temporal property."""
        goal, every = prop.conditions[-1], set(self.steps)
        true = {state for state in every if goal(self.model.at(state))}
        if prop.kind == "recoverable":
            return bool(every - self.back_to(true, every))
        if prop.kind == "eventually":
            return any(root not in true for root in set(self.initial) & self.endless(every - true, set()))
        if prop.kind == "always_eventually":
            return bool(self.endless(every - true, set()))
        if prop.kind == "eventually_always":
            # where it is never false there is nothing to come back to
            return every != true and bool(self.endless(every, every - true))
        asked = {state for state in every if prop.predicate(self.model.at(state))}
        return bool(asked & self.endless(every - true, set()))

    def endless(self, inside, wanted):
        """The states from which a fair run stays inside for ever, and comes to wanted ones, if any are, for ever."""
        strong = [group for group in self.groups if group[0] == "strong"]
        found = set()
        for size in range(len(strong) + 1):
            for given_up in itertools.combinations(strong, size):
                part = {s for s in inside if not any(self.enabled(g, s) for g in given_up)}
                found |= self.fixpoint(part, self.groups - set(given_up), wanted)
        return self.back_to(found, inside)

    def fixpoint(self, part, groups, wanted):
        while True:
            kept = {s for s in part if not self.steps[s] or any(new in part for _, new in self.steps[s])}
            if wanted:
                kept &= self.back_to(wanted & kept, kept)
            for group in groups:
                met = {s for s in kept if self.meets(group, s, kept)}
                kept &= self.back_to(met, kept)
            if kept == part:
                return kept
            part = kept

    def meets(self, group, state, inside):
        taken = any(g == group and new != state and new in inside for g, new in self.steps[state])
        return taken or (group[0] == "weak" and not self.enabled(group, state))

    def back_to(self, goal, inside):
        """The states inside from which a path inside leads to the goal."""
        before = {}
        for old in inside:
            for _, new in self.steps[old]:
                before.setdefault(new, []).append(old)
        found, todo = set(goal & inside), list(goal & inside)
        while todo:
            for old in before.get(todo.pop(), ()):
                if old not in found:
                    found.add(old)
                    todo.append(old)
        return found


@pytest.fixture(scope="session")
def violated_by_runs():
    """A function that names the temporal properties of a model that some fair run violates."""

    def names(model):
        runs = Runs(model)
        return {prop.name for prop in model.model_properties() if prop.is_temporal and runs.violated(prop)}

    return names


@pytest.fixture(scope="session")
def brute_force():
    """The function `search`."""
    return search


@pytest.fixture(scope="session")
def model_of():
    """A function from a name on the command line to the model class."""
    return (SHIPPED | VARIANTS).__getitem__


@pytest.fixture(scope="session")
def variant_names():
    """The broken variants, as on the command line."""
    return list(VARIANTS)


@pytest.fixture(scope="session")
def pinned():
    """The entries of `expected.toml`."""
    return EXPECTED
