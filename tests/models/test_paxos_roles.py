"""Paxos with its roles as processes, beside what `test_expected.py` pins: a second text of it."""

import pytest

from quorate import check
from quorate_models.paxos_roles import CountsAllAcceptances, CountsStalePromises, PaxosRoles


class SecondText:
    """The three roles once more, of tuples and integers, and with none of Quorate. Proposers count from 0 and use the
    numbers that leave themselves as remainder; a proposal is (number, value) or (-1, -1). A proposer is (attempts
    begun, whether it still asks for promises, who promised, latest proposal reported), an acceptor (promised,
    accepted), a learner (who accepted, by number, what it learned or -1). `bug` names what is not looked at."""

    def __init__(self, proposers, acceptors, learners, attempts, bug=None):
        self.proposers, self.attempts, self.bug = proposers, attempts, bug
        self.acceptors, self.learners, self.majority = acceptors, learners, acceptors // 2 + 1

    def start(self):
        hears = (frozenset(),) * (self.proposers * self.attempts)
        return (
            ((0, False, frozenset(), (-1, -1)),) * self.proposers,
            ((-1, (-1, -1)),) * self.acceptors,
            ((hears, -1),) * self.learners,
            frozenset(),
        )

    def steps(self, state):
        proposers, acceptors, learners, sent = state
        for p, (begun, asking, promises, latest) in enumerate(proposers):
            number = (begun - 1) * self.proposers + p
            if begun < self.attempts:
                new = (begun + 1, True, frozenset(), (-1, -1))
                yield put(proposers, p, new), acceptors, learners, sent | {("prepare", number + self.proposers)}
            if asking and len(promises) >= self.majority:
                value = latest[1] if latest[0] >= 0 else p
                new = (begun, False, promises, latest)
                yield put(proposers, p, new), acceptors, learners, sent | {("accept", number, value)}
            for m in sent:
                current = m[0] == "promise" and (m[2] == number or (self.bug == "stale" and m[2] % self.proposers == p))
                if current and asking and m[1] not in promises:
                    new = (begun, True, promises | {m[1]}, m[3] if m[3][0] > latest[0] else latest)
                    yield put(proposers, p, new), acceptors, learners, sent
        for a, (promised, accepted) in enumerate(acceptors):
            for m in sent:
                if m[0] == "prepare" and m[1] > promised:
                    message = ("promise", a, m[1], accepted)
                    yield proposers, put(acceptors, a, (m[1], accepted)), learners, sent | {message}
                if m[0] == "accept" and m[1] >= promised:
                    message = ("accepted", a, *m[1:])
                    yield proposers, put(acceptors, a, (m[1], m[1:])), learners, sent | {message}
        for k, (hears, learned) in enumerate(learners):
            for m in sent if learned < 0 else ():
                if m[0] == "accepted" and k == 0 and m[1] not in hears[m[2]]:
                    heard = put(hears, m[2], hears[m[2]] | {m[1]})
                    voters = frozenset().union(*heard) if self.bug == "any" else heard[m[2]]
                    enough = len(voters) >= self.majority
                    message = {("learned", m[3])} if enough else set()
                    yield proposers, acceptors, put(learners, k, (heard, m[3] if enough else -1)), sent | message
                if m[0] == "learned":
                    yield proposers, acceptors, put(learners, k, (hears, m[1])), sent

    def is_wrong(self, state):
        """Whether two values are chosen, or one is learned that is not."""
        votes = [m[2:] for m in state[3] if m[0] == "accepted"]
        chosen = {value for number, value in votes if votes.count((number, value)) >= self.majority}
        return len(chosen) > 1 or any(learned >= 0 and learned not in chosen for _, learned in state[2])

    def search(self):
        """Distinct states, generated ones, and those on a shortest path; of a violated one None, None and its path."""
        level = {self.start()}
        seen, depth, generated = set(level), 0, 1
        while level:
            depth += 1
            if any(map(self.is_wrong, level)):
                return None, None, depth
            found = [new for old in level for new in self.steps(old)]
            generated += len(found)
            level = set(found) - seen
            seen |= level
        return len(seen), generated, depth


def put(items, at, item):
    """The tuple with another item in one place."""
    return (*items[:at], item, *items[at + 1 :])


CASES = [
    # proposers, acceptors, learners, attempts, bug, the model
    (2, 2, 2, 1, None, PaxosRoles),
    (1, 1, 3, 2, None, PaxosRoles),
]
LONG = [
    (1, 3, 2, 1, None, PaxosRoles),
    (1, 2, 1, 2, None, PaxosRoles),
    (2, 3, 1, 1, None, PaxosRoles),
    (2, 3, 2, 1, None, PaxosRoles),
    (2, 3, 2, 1, "any", CountsAllAcceptances),
    (2, 1, 2, 2, "stale", CountsStalePromises),
]


def named(case, *marks):
    return pytest.param(case, id=f"{case[-1].__name__}-{'-'.join(map(str, case[:4]))}", marks=marks)


@pytest.mark.parametrize("case", [*map(named, CASES), *(named(case, pytest.mark.full) for case in LONG)])
def test_a_second_text_of_the_roles_agrees(case, tmp_path):
    proposers, acceptors, learners, attempts, bug, model = case
    parameters = {"proposers": proposers, "acceptors": acceptors, "learners": learners, "attempts": attempts}
    result = check(model(**parameters), cache_dir=tmp_path)
    states, trace = result.states, getattr(result.verdict, "trace", None)
    found = (None, None, len(trace.steps)) if trace else (states.distinct, states.generated, states.depth)
    assert SecondText(proposers, acceptors, learners, attempts, bug).search() == found
