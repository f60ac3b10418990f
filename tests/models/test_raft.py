"""Raft in layers, by a second text: plain functions on tuples that share nothing with the model, searched with a set.

A server is (term, vote, role, votes, log, commit, next, match, applied): its log is a tuple of terms, since there is
one value; votes are a set of numbers; next and match are tuples by server. The world is (servers, crashes,
acknowledged, calls), with the calls on their way in order.
"""

import pytest

from quorate import check, require
from quorate.finder import find_model
from quorate_models.raft import (
    AnswersAlone,
    ChangesBeforeItCommits,
    CommitsOlderTerms,
    CountsItselfTooSoon,
    ForgetsItsVote,
    Raft,
    ReadsBeforeItCommits,
    StandsUnasked,
    TruncatesAlways,
    VotesWithoutComparingLogs,
)

F, C, L = "follower", "candidate", "leader"


class Text:
    """Raft as functions. `calls` is the number of calls on their way, 0 for calls that take no time."""

    def __init__(self, servers, terms, crashes, entries, calls, older=False):
        self.all, self.terms, self.crashes, self.entries, self.calls = range(servers), terms, crashes, entries, calls
        self.older, self.half = older, servers / 2
        self.applies = True
        self.none = ((1,) * servers, (0,) * servers)

    def start(self):
        server = (0, None, F, frozenset(), (), 0, *self.none, 0)
        return ((server,) * len(self.all), 0, (), ())

    def wins(self, server, group):
        return len(group) > self.half

    def stands(self, i, server):
        return True

    def reach(self, i, server):
        """Whom a candidate or leader calls."""
        return [j for j in self.all if j != i]

    def entry(self, server):
        return server[0]

    def term(self, entry):
        return entry

    def more(self, i, world):
        """Steps that this text has not."""
        return ()

    def elected(self, i, server):
        term, vote, _, votes, log, commit, _, _, applied = server
        if not self.wins(server, votes):
            return server
        ahead = tuple(1 if j == i else len(log) + 1 for j in self.all)
        return (term, vote, L, frozenset(), log, commit, ahead, self.none[1], applied)

    def follow(self, server):
        term, vote, _, _, log, commit, _, _, applied = server
        return (term, vote, F, frozenset(), log, commit, *self.none, applied)

    def hear(self, server, term):
        return self.follow((term, None, *server[2:])) if term > server[0] else server

    def steps(self, world):
        """The next worlds, as often as there are steps; None for one that a bound cuts."""
        servers, crashed, told, calls = world
        for i in self.all:
            term, vote, role, votes, log, commit, ahead, match, applied = servers[i]

            def put(changed, crashed=crashed, told=told, calls=calls):
                return (tuple(changed.get(k, servers[k]) for k in self.all), crashed, told, calls)

            if role != L and self.stands(i, servers[i]):
                alone = (term + 1, i, C, frozenset([i]), log, commit, *self.none, applied)
                yield put({i: self.elected(i, alone)}) if term < self.terms else None
            if role == C:
                for j in self.reach(i, servers[i]):
                    if j not in votes:
                        yield from map(put, self.asked(i, j, servers))
            if crashed < self.crashes:
                lost = self.follow(servers[i])
                yield put({i: (*lost[:5], 0, *lost[6:8], 0)}, crashed=crashed + 1)
            if role == L:
                grown = (term, vote, role, votes, (*log, self.entry(servers[i])), commit, ahead, match, applied)
                yield put({i: grown}) if len(log) < self.entries else None
                for j in self.reach(i, servers[i]):
                    before = ahead[j] - 1
                    for upto in range(before, len(log) + 1):
                        if upto > before or before == len(log):
                            last = self.term(log[before - 1]) if before else 0
                            call = (i, j, term, before, last, log[before:upto], min(commit, upto))
                            if not self.calls:
                                yield put(self.called(call, servers, True))
                            elif len(calls) < self.calls:
                                yield put({}, calls=tuple(sorted((*calls, call))))
                            else:
                                yield None
                agreed = len(log)
                while not self.wins(servers[i], [j for j in self.all if j == i or match[j] >= agreed]):
                    agreed -= 1
                if agreed > commit and (self.older or self.term(log[agreed - 1]) == term):
                    yield put({i: (term, vote, role, votes, log, agreed, ahead, match, applied)})
            if self.applies and applied < commit:
                done = (term, vote, role, votes, log, commit, ahead, match, applied + 1)
                answers = role == L and applied == len(told)
                yield put({i: done}, told=(*told, log[applied]) if answers else told)
            yield from self.more(i, world)
        for call in dict.fromkeys(calls):
            rest = list(calls)
            rest.remove(call)
            for answered in (False, True):
                changed = self.called(call, servers, answered)
                yield (tuple(changed.get(k, servers[k]) for k in self.all), crashed, told, tuple(rest))
            yield (servers, crashed, told, tuple(rest))

    def last(self, server):
        return self.term(server[4][-1]) if server[4] else 0

    def asked(self, i, j, servers):
        """What changes when i asks j for its vote: the answer lost, and the answer heard."""
        me, other = servers[i], self.hear(servers[j], servers[i][0])
        newer = (self.last(me), len(me[4])) >= (self.last(other), len(other[4]))
        granted = other[0] == me[0] and other[1] in (None, i) and newer
        if granted:
            other = (other[0], i, *other[2:])
        yield {j: other}
        heard = self.hear(me, other[0])
        if granted:
            heard = self.elected(i, (*heard[:3], heard[3] | {j}, *heard[4:]))
        yield {i: heard, j: other}

    def called(self, call, servers, answered):
        """What changes when a call arrives."""
        i, j, term, before, last, entries, commit = call
        other = self.hear(servers[j], term)
        good = False
        if other[0] == term:
            other = self.follow(other)
            log = other[4]
            good = before == 0 or (len(log) >= before and self.term(log[before - 1]) == last)
            if good:
                end = before + len(entries)
                log = log if log[before:end] == entries else log[:before] + entries
                other = (*other[:4], log, max(other[5], commit), *other[6:])
        changed = {j: other}
        if answered:
            me = self.hear(servers[i], other[0])
            if me[2] == L and me[0] == term:
                ahead, match = list(me[6]), list(me[7])
                if good:
                    match[j] = max(match[j], before + len(entries))
                ahead[j] = match[j] + 1 if good else max(ahead[j] - 1, match[j] + 1)
                me = (*me[:6], tuple(ahead), tuple(match), me[8])
            changed[i] = me
        return changed


class Members(Text):
    """Membership changes: an entry is (term, members), and the third part of the world is how many changes have begun.
    All servers are members at first. `early`: also by a leader that has committed nothing of its term."""

    def __init__(self, servers, terms, crashes, entries, changes, early=False):
        super().__init__(servers, terms, crashes, entries, 0)
        self.changes, self.early, self.applies = changes, early, False

    def start(self):
        return (super().start()[0], 0, 0, ())

    def term(self, entry):
        return entry[0]

    def entry(self, server):
        return (server[0], self.members(server[4]))

    def members(self, log):
        return log[-1][1] if log else frozenset(self.all)

    def wins(self, server, group):
        members = self.members(server[4])
        return 2 * len(members & set(group)) > len(members)

    def stands(self, i, server):
        return i in self.members(server[4])

    def reach(self, i, server):
        return [j for j in self.all if j != i and j in self.members(server[4])]

    def more(self, i, world):
        servers, crashed, begun, calls = world
        term, _, role, _, log, commit, _, _, _ = servers[i]
        settled = self.members(log) == self.members(log[:commit])
        own = commit > 0 and log[commit - 1][0] == term
        if role == L and begun < self.changes and settled and (own or self.early):
            for j in self.all:
                if j != i:
                    grown = (*log, (term, self.members(log) ^ {j}))
                    changed = (*servers[i][:4], grown, *servers[i][5:])
                    full = len(log) == self.entries
                    yield None if full else ((*servers[:i], changed, *servers[i + 1 :]), crashed, begun + 1, calls)


def incomplete(world):
    """Whether a leader lacks what another of its term or before holds to be committed."""
    return any(a[2] == L and b[0] <= a[0] and a[4][: b[5]] != b[4][: b[5]] for a in world[0] for b in world[0])


def search(text, bad=lambda world: False):
    """Distinct, generated, cut and depth; or the number of states on a shortest path to a bad one."""
    level = [text.start()]
    seen, generated, cut, depth = set(level), 1, 0, 0
    while level:
        depth += 1
        if any(map(bad, level)):
            return depth
        found = []
        for world in level:
            for new in text.steps(world):
                if new is None:
                    cut += 1
                    continue
                generated += 1
                if new not in seen:
                    seen.add(new)
                    found.append(new)
        level = found
    return {"distinct": len(seen), "generated": generated, "cut": cut, "depth": depth}


def counts(result):
    assert result.verdict.name == "holds within bounds"
    states = result.states
    return {name: getattr(states, name) for name in ("distinct", "generated", "cut", "depth")}


FULL = pytest.mark.full
BOUNDS = [
    {"servers": 2, "max_term": 3, "crashes": 1, "max_log": 2, "in_flight": 1},
    {"servers": 3, "max_term": 1, "crashes": 1, "max_log": 1, "in_flight": 1},
    pytest.param({"servers": 3, "max_term": 2, "crashes": 1, "max_log": 1, "in_flight": 0}, marks=FULL),
    pytest.param({"servers": 3, "max_term": 2, "crashes": 0, "max_log": 1, "in_flight": 1}, marks=FULL),
    pytest.param({"servers": 3, "max_term": 2, "crashes": 0, "max_log": 2, "in_flight": 0}, marks=FULL),
]


@pytest.mark.parametrize("bounds", BOUNDS, ids=str)
def test_a_second_text_has_the_same_states(bounds, tmp_path):
    second = Text(*(bounds[name] for name in ("servers", "max_term", "crashes", "max_log", "in_flight")))
    assert counts(check(find_model("raft")(**bounds), cache_dir=tmp_path)) == search(second)


@pytest.mark.parametrize(
    "bounds",
    [
        {"servers": 2, "max_term": 2, "crashes": 1, "max_log": 2, "changes": 1},
        pytest.param({"servers": 3, "max_term": 2, "crashes": 1, "max_log": 3, "changes": 2}, marks=FULL),
    ],
    ids=str,
)
def test_a_second_text_has_the_same_changes_of_members(bounds, tmp_path):
    second = Members(*bounds.values())
    model = find_model("raft-membership")(members=bounds["servers"], **bounds)
    assert counts(check(model, cache_dir=tmp_path)) == search(second)


@FULL
def test_a_change_before_a_commit_takes_three_terms():
    """The shortest way there, by the second text, is that which is pinned; with two terms there is none."""
    assert search(Members(4, 3, 0, 1, 2, early=True), incomplete) == 14
    assert search(Members(4, 2, 0, 1, 2, early=True), incomplete)["distinct"] == 117433


@FULL
def test_figure_8_takes_four_terms():
    """The shortest way there, by the second text, is that which is pinned; with three terms there is none."""
    assert search(Text(3, 4, 0, 1, 0, older=True), incomplete) == 16
    assert search(Text(3, 3, 0, 1, 0, older=True), incomplete)["distinct"] == 69911


class ObeysOldCalls(Raft):
    """A follower takes the commit index of a call for its own, though it may be an old one."""

    def on_append_entries(self, m, answered):
        super().on_append_entries(m, answered)
        if m.term == self.term[m.dst]:
            self.commit_index[m.dst] = m.commit


class AppliesAtOnce(Raft):
    """A server applies what is in its log, committed or not."""

    def apply(self, i):
        n = len(self.machine[i])
        require(n < len(self.log[i]))
        self.machine[i].append(self.log[i][n])


class VotesForTheLatest(Raft):
    """A server goes over to whoever asked last."""

    def may_vote(self, j, i):
        return self.term[j] == self.term[i] and self.up_to_date(i, j)


SMALL = {"crashes": 0, "max_log": 1}
MUTANTS = [
    (ObeysOldCalls, "commit_monotone", {"servers": 2, "max_term": 1, "in_flight": 2}),
    (AppliesAtOnce, "machines_agree", {"servers": 3, "max_term": 2, "in_flight": 0}),
    (VotesForTheLatest, "one_vote_per_term", {"servers": 2, "max_term": 1, "in_flight": 0}),
]


STEPS = [
    (CommitsOlderTerms, "commits_followed", SMALL | {"servers": 2, "max_term": 2, "crashes": 1, "in_flight": 0}),
    (VotesWithoutComparingLogs, "votes_followed", SMALL | {"servers": 2, "max_term": 2, "in_flight": 0}),
    (ForgetsItsVote, "restarts_followed", SMALL | {"servers": 2, "max_term": 1, "crashes": 1, "in_flight": 0}),
    (TruncatesAlways, "logs_followed", SMALL | {"servers": 2, "max_term": 1, "in_flight": 2}),
    (TruncatesAlways, "leaders_informed", SMALL | {"servers": 2, "max_term": 1, "in_flight": 2}),
    (CountsItselfTooSoon, "commits_on_disk", SMALL | {"servers": 1, "max_term": 1}),
    (AnswersAlone, "reads_end", SMALL | {"servers": 2, "max_term": 1, "partitions": 0}),
    (ReadsBeforeItCommits, "reads_under_way", SMALL | {"servers": 1, "max_term": 1, "partitions": 0}),
    (ChangesBeforeItCommits, "members_changed_one_by_one", SMALL | {"servers": 2, "max_term": 1}),
    (StandsUnasked, "terms_followed_on_links", {"servers": 4}),
]


@pytest.mark.parametrize(("early", "name", "bounds"), STEPS, ids=lambda value: getattr(value, "__name__", None))
def test_a_step_tells_sooner_than_what_comes_of_it(early, name, bounds, tmp_path):
    """A mistake is noticed where it is made, and within smaller bounds than the harm that it does."""
    watched = type(early.__name__, (early,), {"properties": early.__base__.properties})
    result = check(watched(**bounds), properties=[name], cache_dir=tmp_path)
    assert result.verdict.name == "violated"


@pytest.mark.parametrize(("broken", "name", "bounds"), MUTANTS, ids=lambda value: getattr(value, "__name__", None))
def test_a_mutant_is_caught_by_the_property_that_it_breaks(broken, name, bounds, tmp_path):
    result = check(broken(**SMALL | bounds), properties=[name], cache_dir=tmp_path)
    assert result.verdict.name == "violated"
