"""The search for lemmas: its vocabulary, its candidates, what it finds."""

import itertools

import pytest

import quorate
from quorate import Bool, Map, Model, Node, Param, Set, action, invariant, require
from quorate.explore.limits import Limits
from quorate.finder import find_model
from quorate.prove.candidates import Clause, Instances, Table, bindings
from quorate.prove.cti import Reachable
from quorate.prove.houdini import HEADER
from quorate.prove.vocabulary import properties_from, vocabularies
from quorate.verdict import Proved


class Token(Model):
    """A token that is handed around; who has had it is noted."""

    nodes = Param(3)
    N = Node(nodes)
    has = Map(N, Bool(), init=False)
    had = Set(N, init=set())

    @action(n=N)
    def begin(self, n):
        require(not any(self.has[k] for k in self.N) and len(self.had) == 0)
        self.has[n] = True

    @action(n=N, k=N)
    def hand_over(self, n, k):
        require(self.has[n] and n != k)
        self.has[n] = False
        self.has[k] = True
        self.had.add(n)

    @invariant
    def one_token(self):
        return sum(1 for n in self.N if self.has[n]) <= 1


def test_the_vocabulary_of_a_small_model():
    (vocabulary,) = vocabularies(Token())
    assert vocabulary.nodes == "N"
    assert {(atom.text, "".join(sorted(atom.bound))) for atom in vocabulary.atoms} == {
        ("m.has[i]", "i"),
        ("m.has[j]", "j"),
        ("i in m.had", "i"),
        ("j in m.had", "j"),
    }


def reached(model):
    """Every reachable state, by native Python."""
    todo = list(model.initial_states())
    seen = set(todo)
    for state in todo:
        for step in model.successors(state):
            if step.state not in seen:
                seen.add(step.state)
                todo.append(step.state)
    return seen


def true_clauses(model, vocabulary, states):
    """The clauses true of all states, by Python's own evaluation of their text at every node."""
    nodes = list(vocabulary.kind.values())
    found = set()
    literals = list(itertools.product(range(len(vocabulary.atoms)), (True, False)))
    for pair, size in itertools.product((False, True), (1, 2, 3)):
        for chosen in itertools.combinations(literals, size):
            clause = Clause(chosen, pair)
            code = compile(clause.text(vocabulary), "<clause>", "eval")
            choices = [(nodes[i], nodes[j]) for i, j in bindings(vocabulary, pair)]
            if all(eval(code, {"m": model.at(state), "i": i, "j": j}) for state in states for i, j in choices):
                found.add((frozenset(chosen), pair))
    return found


def test_the_clauses_that_survive_are_those_true_of_all_states(tmp_path):
    model = Token(nodes=2)
    (vocabulary,) = vocabularies(model)
    states = reached(model)
    assert len(states) > 3
    expected = true_clauses(model, vocabulary, states)
    with Reachable(model, Limits(), lambda: False, tmp_path) as reachable:
        search = reachable.search
        table = Table(Instances(model, vocabulary), search, tmp_path)
        assert search.store.count == len(states)
        survived = [clause for clause, _ in table.clauses(10**6, lambda: False, minimal=False) if clause is not None]
    assert survived
    for clause in survived:
        assert (frozenset(clause.literals), clause.pair) in expected
    # what is not there is trivial, or another clause with the nodes swapped, or about one node only
    shortest = {("not m.has[i] or not m.has[j]", True)}
    assert shortest <= {(clause.text(vocabulary), clause.pair) for clause in survived}


@pytest.mark.parametrize(("name", "goal"), [("two-phase-commit", "consistent"), ("lock-server", "mutual_exclusion")])
def test_a_proof_is_found(name, goal):
    model = find_model(name)()
    found = quorate.find_lemmas(model, max_time=200)
    assert found.found, found.reason
    assert isinstance(found.proof.verdict, Proved)
    # the text alone, pasted elsewhere, proves the goal; and the lemmas of the model had no part in it
    text = HEADER + "\n\n".join(lemma.source for lemma in found.lemmas)
    lemmas = properties_from(text, f"<pasted for {name}>")
    assert [lemma.name for lemma in lemmas] == [lemma.name for lemma in found.lemmas]
    assert not {lemma.name for lemma in model.model_lemmas()} & {lemma.name for lemma in lemmas}
    proof = quorate.prove_invariants(model, properties=[goal], lemmas=lemmas)
    assert isinstance(proof.verdict, Proved)


def test_what_cannot_be_said_is_not_found():
    class Odd(Token):
        @invariant
        def not_true(self):
            return len(self.had) < 3

    found = quorate.find_lemmas(Odd(), properties=["not_true"], max_time=60)
    assert not found.found
    assert found.candidates > found.survived > 0
    assert found.lemmas == ()
    assert found.reason


def test_time_that_runs_out_is_told():
    found = quorate.find_lemmas(Token(), max_time=1e-6)
    assert not found.found
    assert "time" in found.reason
