"""Multi-Paxos, beside what `test_expected.py` pins: a second text of it."""

import itertools

import pytest

from quorate import check
from quorate_models.multi_paxos import CountsStaleVotes, FillsGapsBlindly, MultiPaxos


class SecondText:
    """Multi-Paxos once more, of tuples and integers, and with none of Quorate. A server is (promised, role, votes,
    log), its votes (ballot, command) or (-1, -1), its log -1 where it knows nothing; instances count from 0, command 0
    is the no-op. Messages are tuples whose first item names them. `bug` names what is done wrongly."""

    def __init__(self, servers, commands, instances, ballots, bug=None):
        self.servers, self.instances, self.ballots = range(servers), range(instances), range(ballots)
        self.commands, self.quorum, self.bug = range(1, commands + 1), servers // 2 + 1, bug

    def start(self):
        nothing = len(self.instances)
        return ((-1, "follower", ((-1, -1),) * nothing, (-1,) * nothing),) * len(self.servers), frozenset()

    def steps(self, state):
        """The next states, one for each way to take a step."""
        nodes, sent = state
        for i, node in enumerate(nodes):
            for new, messages in self.moves(i, node, sent):
                yield (*nodes[:i], new, *nodes[i + 1 :]), sent | messages

    def moves(self, i, node, sent):
        promised, role, votes, log = node
        for b in self.ballots:
            if b > promised and ("prepare", b) not in sent:
                yield (b, "candidate", votes, log), {("prepare", b), ("promise", i, b, votes)}
        if role == "candidate":
            promises = {m[1]: m[3] for m in sent if m[0] == "promise" and m[2] == promised}
            for quorum in itertools.combinations(sorted(promises), self.quorum):
                yield (promised, "leader", votes, log), self.taken_over(promised, log, [promises[j] for j in quorum])
        if role == "leader":
            mine = {m[2] for m in sent if m[0] == "accept" and m[1] == promised}
            free = [n for n in self.instances if log[n] < 0 and n not in mine]
            for c in self.commands if free else ():
                yield node, {("accept", promised, free[0], c)}
        for m in sent:
            if m[0] == "prepare" and m[1] > promised:
                yield (m[1], "follower", votes, log), {("promise", i, m[1], votes)}
            if m[0] == "accept":
                _, b, n, c = m
                if b >= promised:
                    new_role = role if b == promised else "follower"
                    yield (b, new_role, put(votes, n, (b, c)), log), {("accepted", i, b, n, c)}
                if role == "leader" and b == promised and log[n] < 0 and len(self.voters(m, sent)) >= self.quorum:
                    yield (promised, role, votes, put(log, n, c)), {("chosen", n, c)}
            if m[0] == "chosen" and log[m[1]] < 0:
                yield (promised, role, votes, put(log, m[1], m[2])), set()

    def taken_over(self, b, log, reports):
        """What a new leader proposes of its own accord."""
        latest = [max(votes[n] for votes in reports) for n in self.instances]
        last = max((n for n in self.instances if log[n] >= 0 or latest[n][0] >= 0), default=-1)
        commands = {n: max(latest[n][1], 0) for n in range(last + 1) if log[n] < 0}
        if self.bug == "gaps":
            commands = {n: c if n == last else 0 for n, c in commands.items()}
        return {("accept", b, n, c) for n, c in commands.items()}

    def voters(self, accept, sent):
        _, b, n, c = accept
        if self.bug == "stale":
            return {m[1] for m in sent if m[0] == "accepted" and m[3] == n}
        return {m[1] for m in sent if m[0] == "accepted" and m[2:] == (b, n, c)}

    def is_wrong(self, state):
        """Whether two commands are chosen in an instance, or two logs differ there."""
        nodes, sent = state
        votes = [m[2:] for m in sent if m[0] == "accepted"]
        chosen = {(n, c) for b, n, c in votes if votes.count((b, n, c)) >= self.quorum}
        known = {(n, node[3][n]) for node in nodes for n in self.instances if node[3][n] >= 0}
        return any(len({c for k, c in pairs if k == n}) > 1 for pairs in (chosen, known) for n in self.instances)

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
    # servers, commands, instances, ballots, bug, the model
    (2, 1, 2, 2, None, MultiPaxos),
    (2, 1, 2, 2, "gaps", FillsGapsBlindly),
]
LONG = [
    (1, 1, 2, 2, None, MultiPaxos),
    (3, 1, 2, 1, None, MultiPaxos),
    (3, 1, 1, 2, None, MultiPaxos),
    (3, 2, 1, 2, None, MultiPaxos),
    (2, 2, 2, 2, None, MultiPaxos),
    (1, 1, 2, 2, "gaps", FillsGapsBlindly),
    (3, 1, 2, 2, "gaps", FillsGapsBlindly),
    (3, 2, 1, 2, "stale", CountsStaleVotes),
]


def named(case, *marks):
    return pytest.param(case, id=f"{case[-1].__name__}-{'-'.join(map(str, case[:4]))}", marks=marks)


@pytest.mark.parametrize("case", [*map(named, CASES), *(named(case, pytest.mark.full) for case in LONG)])
def test_a_second_text_of_multi_paxos_agrees(case, tmp_path):
    servers, commands, instances, ballots, bug, model = case
    parameters = {"servers": servers, "commands": commands, "instances": instances, "ballots": ballots}
    result = check(model(**parameters), cache_dir=tmp_path)
    states, trace = result.states, getattr(result.verdict, "trace", None)
    found = (None, None, len(trace.steps)) if trace else (states.distinct, states.generated, states.depth)
    assert SecondText(servers, commands, instances, ballots, bug).search() == found
