"""What the tests of the shipped models share: an oracle that is no engine, and the pinned verdicts."""

import tomllib
from dataclasses import dataclass, field
from importlib.resources import files

import pytest

from quorate.finder import variants
from quorate_models.gossip import Gossip
from quorate_models.lock_server import LockServer
from quorate_models.paxos import Paxos
from quorate_models.raft import Raft
from quorate_models.raft_election import RaftElection
from quorate_models.two_phase_commit import TwoPhaseCommit

SHIPPED = {
    "two-phase-commit": TwoPhaseCommit,
    "paxos": Paxos,
    "raft": Raft,
    "raft-election": RaftElection,
    "gossip": Gossip,
    "lock-server": LockServer,
}
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
    if "variant" in metafunc.fixturenames:
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


@pytest.fixture(scope="session")
def brute_force():
    """The function `search`."""
    return search


@pytest.fixture(scope="session")
def model_of():
    """A function from a name on the command line to the model class."""
    return (SHIPPED | VARIANTS).__getitem__


@pytest.fixture(scope="session")
def pinned():
    """The entries of `expected.toml`."""
    return EXPECTED
