"""Fast Paxos, beside what `test_expected.py` pins: a second text of it, and the quorums that it needs."""

import itertools

import pytest

from quorate import check
from quorate_models.fast_paxos import FastPaxos, MajorityIsFast, PicksAnyReported


@pytest.fixture(scope="module")
def checked(tmp_path_factory):
    """The checker, with a cache of its own."""
    folder = tmp_path_factory.mktemp("compiled")
    return lambda model: check(model, cache_dir=folder)


class SecondText:
    """Fast Paxos once more, of tuples and integers, and with none of Quorate. A state is what each acceptor has
    promised, its latest vote, and the messages sent: ("1a", round), ("1b", acceptor, round, vote), ("2a", round, value)
    with the value None for any, and ("2b", acceptor, round, value). A vote is (round, value), (-1, -1) for none."""

    def __init__(self, acceptors, rounds, fast_rounds, classic, fast, bug=None):
        self.acceptors, self.values, self.rounds = range(acceptors), range(2), range(rounds)
        self.sizes = [fast if r < fast_rounds else classic for r in self.rounds]
        self.fast_rounds, self.bug = fast_rounds, bug

    def steps(self, state):
        promised, votes, sent = state
        for r in self.rounds:
            yield promised, votes, sent | {("1a", r)}
            if not any(m[:2] == ("2a", r) for m in sent):
                for quorum in itertools.combinations(self.acceptors, self.sizes[r]):
                    for value in self.picks(r, quorum, sent):
                        yield promised, votes, sent | {("2a", r, value)}
        for kind, r, *rest in sent:
            for a in self.acceptors:
                if kind == "1a" and r > promised[a]:
                    yield put(promised, a, r), votes, sent | {("1b", a, r, votes[a])}
                if kind == "2a" and r >= promised[a]:
                    for value in rest if rest[0] is not None else self.values if votes[a][0] < r else ():
                        yield put(promised, a, r), put(votes, a, (r, value)), sent | {("2b", a, r, value)}

    def picks(self, r, quorum, sent):
        """What the coordinator of a round may ask votes for, once it has heard a quorum."""
        heard = {m[1]: m[3] for m in sent if m[0] == "1b" and m[2] == r}
        if r - 1 < self.fast_rounds:
            heard |= {m[1]: m[2:] for m in sent if m[0] == "2b" and m[2] == r - 1}
        if not heard.keys() >= set(quorum):
            return set()
        latest = max(heard[a][0] for a in quorum)
        votes = [heard[a][1] for a in quorum if heard[a][0] == latest >= 0]
        silent = len(self.acceptors) - len(quorum)
        possible = {v for v in votes if votes.count(v) + silent >= self.sizes[latest]}
        if self.bug == "any reported" and votes:
            possible = set(votes) if possible or len(set(votes)) == 1 else set()
        if len(set(votes)) == 1:
            possible = set(votes)
        return possible or ({None} if r < self.fast_rounds else set(self.values))

    def chosen(self, sent):
        votes = [m[2:] for m in sent if m[0] == "2b"]
        return {value for r, value in votes if votes.count((r, value)) >= self.sizes[r]}

    def search(self):
        """The number of states, and of those on a shortest path; of a violated one 0, and those on its path."""
        level = {((-1,) * len(self.acceptors), ((-1, -1),) * len(self.acceptors), frozenset())}
        seen, depth = set(level), 0
        while level:
            depth += 1
            if any(len(self.chosen(sent)) > 1 for _, _, sent in level):
                return 0, depth
            level = {new for old in level for new in self.steps(old)} - seen
            seen |= level
        return len(seen), depth


def put(items, at, item):
    """The tuple with another item in one place."""
    return (*items[:at], item, *items[at + 1 :])


CASES = [
    # acceptors, rounds, fast rounds, classic and fast quorum, bug, the model
    (3, 2, 0, 2, 3, None, FastPaxos),
    (3, 2, 1, 2, 3, None, FastPaxos),
    (3, 2, 1, 2, 2, None, MajorityIsFast),
]
LONG = [
    (2, 2, 1, 2, 2, None, FastPaxos),
    (2, 3, 2, 1, 2, None, FastPaxos),
    (3, 2, 2, 2, 3, None, FastPaxos),
    (3, 3, 1, 2, 3, None, FastPaxos),
    (3, 3, 2, 2, 3, None, FastPaxos),
    (4, 2, 1, 3, 3, None, FastPaxos),
    (4, 2, 1, 3, 3, "any reported", PicksAnyReported),
]
NAMES = ("acceptors", "rounds", "fast_rounds", "classic_quorum", "fast_quorum")


def named(case, *marks):
    return pytest.param(case, id=f"{case[-1].__name__}-{'-'.join(map(str, case[:5]))}", marks=marks)


@pytest.mark.parametrize("case", [*map(named, CASES), *(named(case, pytest.mark.full) for case in LONG)])
def test_a_second_text_of_fast_paxos_agrees(case, checked):
    *numbers, model = case
    result = checked(model(**dict(zip(NAMES, numbers, strict=False))))
    trace = getattr(result.verdict, "trace", None)
    found = (0, len(trace.steps)) if trace else (result.states.distinct, result.states.depth)
    assert SecondText(*numbers).search() == found


@pytest.mark.full
@pytest.mark.parametrize("acceptors", [2, 3, 4])
def test_fast_paxos_needs_two_fast_quorums_and_a_classic_one_to_meet_and_no_more(acceptors, checked):
    """Fast Paxos, section 3.1, by experiment, of a fast and a classic round: agreement for exactly these sizes."""
    for classic, fast in itertools.product(range(1, acceptors + 1), repeat=2):
        model = FastPaxos(acceptors=acceptors, classic_quorum=classic, fast_quorum=fast)
        agrees = checked(model).verdict.name != "violated"
        assert agrees == (2 * fast + classic > 2 * acceptors), (classic, fast)
