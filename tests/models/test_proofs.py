"""What the shipped lemmas prove, and that each is needed.

Without it there is a step from a state that the rest allow to one that they forbid, and no search reaches that state.
"""

import pytest

import quorate
from quorate import Model
from quorate.finder import find_model
from quorate.verdict import Proved

# The properties proved of each model, with the parameters, the bounds that are lifted, and the lemmas they need.
PROOFS = [
    ("two-phase-commit", {}, [], ["consistent"]),
    ("paxos", {"acceptors": 3, "values": 2}, [], ["agreement", "validity"]),
    (
        "voting",
        {},
        [],
        ["agreement", "choice_is_final", "one_value_per_ballot", "votes_follow_promises", "votes_follow_quorums"],
    ),
    ("lock-server", {}, [], ["mutual_exclusion"]),
    ("raft-election", {"servers": 3}, [], ["election_safety"]),
    ("raft-tla", {"servers": 3}, ["max_term"], ["election_safety"]),
    ("raft-tla", {"values": 2}, [], ["election_safety", "log_matching"]),
    ("gossip", {}, ["max_version"], ["versions_monotone", "owner_is_ahead"]),
]


@pytest.mark.parametrize(("name", "values", "unbounded", "properties"), PROOFS)
def test_proved(name, values, unbounded, properties):
    result = quorate.prove_invariants(find_model(name)(**values), properties=properties, unbounded=unbounded)
    assert isinstance(result.verdict, Proved), [(p.name, p.proof.status) for p in (*result.properties, *result.lemmas)]
    assert [prop.name for prop in result.properties] == properties
    assert all(lemma.proof.status == "inductive" for lemma in result.lemmas)


def needed():
    """The proofs without a bound lifted, each with a lemma of the model left out."""
    for name, values, unbounded, properties in PROOFS:
        if not unbounded:
            # the space of Raft, in which unreachable states are looked for, takes its time
            marks = [pytest.mark.full] if name == "raft-tla" else []
            for lemma in find_model(name).model_lemmas():
                yield pytest.param(name, values, properties, lemma.name, id=f"{name}-{lemma.name}", marks=marks)


@pytest.mark.parametrize(("name", "values", "properties", "lemma"), list(needed()))
def test_each_lemma_is_needed(name, values, properties, lemma):
    model = find_model(name)(**values)
    result = quorate.prove_invariants(model, properties=properties, without=[lemma], explore_time=60)
    assert not isinstance(result.verdict, Proved)
    found = [one.proof.cti for one in (*result.properties, *result.lemmas) if one.proof.cti is not None]
    assert found
    assert all(cti.reachable is False for cti in found)
    # what the first state contradicts is told
    assert any(lemma in cti.contradicts for cti in found)


def shipped():
    for name in ("two-phase-commit", "paxos", "raft-tla", "raft-election", "lock-server"):
        yield name, find_model(name)


@pytest.mark.parametrize(("name", "model"), list(shipped()))
def test_the_lemmas_are_true_of_all_that_is_reached(name, model):
    along: type[Model] = type("Along", (model,), {"properties": list(model.model_lemmas())})
    values = {"paxos": {"ballots": 2}}.get(name, {})
    result = quorate.check(along(**values))
    assert result.verdict.name == "holds" or result.verdict.name == "holds within bounds"
    assert len(result.properties) == len(model.model_lemmas()) > 0
    assert result.states.distinct >= 80
