"""Paxos, beside what `test_expected.py` pins: a second text of it, and mutants that its properties must catch."""

import itertools

import pytest

from quorate import check, require
from quorate_models.flexible_paxos import FlexiblePaxos, QuorumsMiss
from quorate_models.paxos import (
    OUTCOME,
    EarliestVote,
    ForgetfulAcceptor,
    HalfIsEnough,
    IgnoresVotes,
    Paxos,
    SharedBallot,
    VoteIsNoPromise,
    VotesBelowPromise,
)


@pytest.fixture(scope="module")
def checked(tmp_path_factory):
    """The checker, with a cache of its own."""
    folder = tmp_path_factory.mktemp("compiled")
    return lambda model: check(model, cache_dir=folder)


class Disobedient(Paxos):
    """An acceptor votes for a value of its own."""

    properties = OUTCOME

    def accept(self, m, a):
        require(m.bal >= self.promised[a])
        other = next(v for v in self.Value if v != m.val)
        self.network.send(self.Accepted(acc=a, bal=m.bal, val=other))


class SecondText:
    """Paxos once more, of tuples and integers, and with none of Quorate. A state is what each acceptor has promised,
    its latest vote, and the messages sent: ("1a", ballot), ("1b", acceptor, ballot, vote), ("2a", ballot, value) and
    ("2b", acceptor, ballot, value). A vote is (ballot, value), (-1, -1) for none. `bug` names what is left out."""

    def __init__(self, acceptors, values, ballots, q1, q2, bug=None):
        self.acceptors, self.values, self.ballots = range(acceptors), range(values), range(ballots)
        self.q1, self.q2, self.bug = q1, q2, bug

    def steps(self, state):
        promised, votes, sent = state
        for b in self.ballots:
            yield promised, votes, sent | {("1a", b)}
            for value in self.proposals(b, sent):
                yield promised, votes, sent | {("2a", b, value)}
        for kind, b, *rest in sent:
            for a in self.acceptors:
                if kind == "1a" and b > promised[a]:
                    kept = promised if self.bug == "forgets" else put(promised, a, b)
                    yield kept, votes, sent | {("1b", a, b, votes[a])}
                if kind == "2a" and (b >= promised[a] or self.bug == "votes below"):
                    raised = promised if self.bug == "no promise" else put(promised, a, max(promised[a], b))
                    yield raised, put(votes, a, (b, rest[0])), sent | {("2b", a, b, rest[0])}

    def proposals(self, b, sent):
        """What may be proposed in a ballot: for each quorum of promises, the value of its latest vote or any."""
        if sum(m[:2] == ("2a", b) for m in sent) >= (2 if self.bug == "shares" else 1):
            return
        promises = {m[1]: m[3] for m in sent if m[0] == "1b" and m[2] == b}
        for quorum in itertools.combinations(sorted(promises), self.q1):
            votes = [promises[a] for a in quorum if promises[a] != (-1, -1)]
            if not votes or self.bug == "ignores":
                yield from self.values
            if votes:
                yield (min if self.bug == "earliest" else max)(votes)[1]

    def chosen(self, sent):
        votes = [m[2:] for m in sent if m[0] == "2b"]
        return {value for b, value in votes if votes.count((b, value)) >= self.q2}

    def search(self):
        """The number of states, and of those on a shortest path; of a violated one 0, and those on its path."""
        seen, depth = set(), 0
        for level in self.levels():
            depth += 1
            if any(len(self.chosen(sent)) > 1 for _, _, sent in level):
                return 0, depth
            seen |= level
        return len(seen), depth

    def levels(self):
        """The states, by the number of steps that lead to them."""
        level = {((-1,) * len(self.acceptors), ((-1, -1),) * len(self.acceptors), frozenset())}
        seen = set()
        while level:
            yield level
            seen |= level
            level = {new for old in level for new in self.steps(old)} - seen

    def renamed(self, state):
        """The state under each renaming of acceptors and values."""
        promised, votes, sent = state
        for accs in itertools.permutations(self.acceptors):
            for vals in itertools.permutations(self.values):
                old = [accs.index(a) for a in self.acceptors]
                yield (
                    tuple(promised[a] for a in old),
                    tuple(voted(votes[a], vals) for a in old),
                    frozenset(renamed_message(m, accs, vals) for m in sent),
                )


def voted(vote, vals):
    """A vote for the value under its new name."""
    return (vote[0], vals[vote[1]]) if vote[0] >= 0 else vote


def renamed_message(message, accs, vals):
    """A message under the new names of acceptors and values."""
    match message:
        case "1b", a, b, vote:
            return "1b", accs[a], b, voted(vote, vals)
        case "2a", b, value:
            return "2a", b, vals[value]
        case "2b", a, b, value:
            return "2b", accs[a], b, vals[value]
    return message


def put(items, at, item):
    """The tuple with another item in one place."""
    return (*items[:at], item, *items[at + 1 :])


SECOND = [
    # acceptors, values, ballots, q1, q2, bug, the model
    (3, 2, 2, 2, 2, None, Paxos),
    (3, 2, 1, 2, 2, "shares", SharedBallot),
    (2, 2, 2, 1, 1, None, HalfIsEnough),
    (1, 2, 2, 1, 1, "votes below", VotesBelowPromise),
    (1, 2, 2, 1, 1, "ignores", IgnoresVotes),
    (3, 2, 2, 3, 1, None, FlexiblePaxos),
]
LONG = [
    (2, 1, 2, 2, 2, None, Paxos),
    (3, 2, 2, 2, 2, "forgets", ForgetfulAcceptor),
    (3, 2, 2, 2, 2, "votes below", VotesBelowPromise),
    (3, 2, 2, 2, 2, "ignores", IgnoresVotes),
    (3, 2, 2, 2, 2, "no promise", VoteIsNoPromise),
    (3, 2, 2, 1, 2, None, QuorumsMiss),
    (4, 2, 2, 3, 2, None, FlexiblePaxos),
    (3, 2, 3, 2, 2, None, Paxos),
    (3, 2, 3, 2, 2, "no promise", VoteIsNoPromise),
    (3, 2, 3, 2, 2, "earliest", EarliestVote),
]


def named(case, *marks):
    return pytest.param(case, id=f"{case[-1].__name__}-{'-'.join(map(str, case[:5]))}", marks=marks)


@pytest.mark.parametrize("case", [*map(named, SECOND), *(named(case, pytest.mark.full) for case in LONG)])
def test_a_second_text_of_paxos_agrees(case, checked):
    *numbers, model = case
    names = [name for name in ("acceptors", "values", "ballots", "q1", "q2") if name in model.parameters()]
    result = checked(model(**dict(zip(names, numbers, strict=False))))
    trace = getattr(result.verdict, "trace", None)
    found = (0, len(trace.steps)) if trace else (result.states.distinct, result.states.depth)
    assert SecondText(*numbers).search() == found


def test_a_vote_for_what_nobody_proposed_is_caught(brute_force):
    assert "validity" in brute_force(Disobedient(ballots=1), to_the_end=False).violated


def test_a_single_acceptor_is_a_quorum(brute_force):
    space = brute_force(Paxos(acceptors=1))
    assert space.reached == {"value_chosen", "vote_taken_up"}
    assert not space.violated


@pytest.mark.parametrize("acceptors", [2, *(pytest.param(n, marks=pytest.mark.full) for n in (1, 3, 4))])
def test_paxos_needs_quorums_of_the_two_phases_to_meet_and_no_more(acceptors, checked):
    """Flexible Paxos, section 3, by experiment: agreement for exactly the sizes with q1 + q2 > acceptors."""
    sizes = list(itertools.product(range(1, acceptors + 1), repeat=2))
    verdicts = {(q1, q2): checked(FlexiblePaxos(acceptors=acceptors, q1=q1, q2=q2)).verdict.name for q1, q2 in sizes}
    assert verdicts == {(q1, q2): "holds" if q1 + q2 > acceptors else "violated" for q1, q2 in sizes}


@pytest.mark.full
def test_the_states_up_to_renaming_are_those_of_simplified_paxos():
    """SimplifiedFastPaxos/Paxos in the TLA+ Examples has Lamport's actions and a variable more: what was decided, which
    is nothing or what is chosen. Its manifest has 1,207 distinct states, replicas and values being symmetric, and depth
    22; four replicas, any three of them a quorum, and two ballots are what fits."""
    text = SecondText(4, 2, 2, 3, 3)
    seen, count, depth = set(), 0, 0
    for level in text.levels():
        depth += 1
        for state in level - seen:
            if state not in seen:
                seen.update(text.renamed(state))
                count += 1 + len(text.chosen(state[2]))
    assert (count, depth + 1) == (1207, 22)
