"""Redis Cluster: the counts of a second text of the failover, and what the number of voters says about votes."""

import itertools
from typing import NamedTuple

import pytest

from quorate import check
from quorate.verdict import Violated
from quorate_models.redis_failover import ForgetfulVoter, RedisFailover
from quorate_models.redis_replication import RedisReplication


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    return tmp_path_factory.mktemp("compiled")


class View(NamedTuple):
    """What one node knows: its current epoch, last vote, the owner of the slots and since when, and its candidacy."""

    epoch: int = 0
    voted: int = 0
    owner: int = 0
    since: int = 0
    stands: int = 0


class Cluster(NamedTuple):
    nodes: tuple[View, ...]
    away: frozenset[int] = frozenset()
    failures: int = 0
    takeovers: int = 0
    asked: frozenset[tuple[int, ...]] = frozenset()
    votes: frozenset[tuple[int, int, int]] = frozenset()


def second_text(primaries, replicas, failures, elections, takeovers=0, *, bug=None):
    """The failover on tuples, from the specification and not from the model: (distinct, generated, depth), or with a
    bug the states on the shortest trace to two winners of an epoch, or two owners."""
    shard, everyone = range(replicas + 1), range(primaries + replicas)

    def put(c, i, **changes):
        nodes = list(c.nodes)
        nodes[i] = nodes[i]._replace(**changes)
        return c._replace(nodes=tuple(nodes))

    def told(c, i, owner, since):
        return put(c, i, owner=owner, since=since, stands=0) if since > c.nodes[i].since else c

    def heartbeat(c, i, j):
        a = c.nodes[i]
        c = put(c, j, epoch=max(a.epoch, c.nodes[j].epoch))
        if a.owner == i:
            c = told(c, j, i, a.since)
        b = c.nodes[j]
        if i in shard and b.since > a.since:
            c = told(put(c, i, epoch=max(a.epoch, b.epoch)), i, b.owner, b.since)
        a, b = c.nodes[i], c.nodes[j]
        if takeovers and a.owner == i and b.owner == j and a.since == b.since and j < i:
            c = put(c, j, epoch=b.epoch + 1, since=b.epoch + 1)
        return c

    def has_votes(c, i, e):
        return any(a[:2] == (i, e) for a in c.asked) and sum(v[1:] == (i, e) for v in c.votes) > primaries // 2

    def is_wrong(c):
        winners = [e for e in range(1, elections + 1) for i in shard if has_votes(c, i, e)]
        owners = {(view.since, view.owner) for view in c.nodes}
        return len(winners) > len(set(winners)) or len(owners) > len({since for since, _ in owners})

    def steps(c):
        for i in shard:
            me = c.nodes[i]
            if i in c.away:
                yield c._replace(away=c.away - {i})
            elif c.failures < failures:
                yield c._replace(away=c.away | {i}, failures=c.failures + 1)
            if i not in c.away and me.owner in c.away and me.epoch < elections:
                asks = (i, me.epoch + 1, me.owner, me.since)
                yield put(c, i, epoch=me.epoch + 1, stands=me.epoch + 1)._replace(asked=c.asked | {asks})
            counted = [me.stands] if bug != "old votes" else range(1, me.stands + 1)
            if i not in c.away and any(has_votes(c, i, e) for e in counted if e):
                yield put(c, i, owner=i, since=me.stands, stands=0)
            if me.owner != i and c.takeovers < takeovers:
                claimed = put(c, i, epoch=me.epoch + 1, owner=i, since=me.epoch + 1, stands=0)
                yield claimed._replace(takeovers=c.takeovers + 1)
        for (src, epoch, primary, since), v in itertools.product(c.asked, everyone):
            me = c.nodes[v]
            if v not in shard:
                newest = max(me.epoch, epoch)
                heard = put(c, v, epoch=newest)
                late = epoch < me.epoch and bug != "old requests"
                if epoch > me.voted and not late and primary in c.away and since >= me.since:
                    heard = put(heard, v, voted=epoch)._replace(votes=c.votes | {(v, src, newest)})
                yield heard
        for i, j in itertools.permutations(set(everyone) - c.away, 2):
            yield heartbeat(c, i, j)

    start = Cluster((View(),) * len(everyone))
    seen, level, generated, depth = {start}, {start}, 1, 0
    while level:
        depth += 1
        following = [new for old in level for new in steps(old)]
        generated += len(following)
        level = set(following) - seen
        seen |= level
        if bug and any(map(is_wrong, level)):
            return depth + 1
    return len(seen), generated, depth


@pytest.mark.parametrize(
    ("replicas", "failures", "elections"), [(1, 1, 2), (2, 1, 1), pytest.param(1, 2, 2, marks=pytest.mark.full)]
)
def test_a_second_text_of_the_failover_has_the_same_counts(replicas, failures, elections, cache):
    found = check(RedisFailover(replicas=replicas, failures=failures, max_epoch=elections), cache_dir=cache).states
    assert (found.distinct, found.generated, found.depth) == second_text(3, replicas, failures, elections)


DEFAULTS = {
    "redis-failover": {"primaries": 3, "replicas": 2, "failures": 1, "max_epoch": 2},
    "redis-takeover": {"primaries": 3, "replicas": 2, "failures": 1, "elections": 1, "takeovers": 1, "max_epoch": 3},
}


@pytest.mark.full
@pytest.mark.parametrize("name", DEFAULTS)
def test_the_pinned_counts_are_those_of_the_second_text(name, pinned):
    entries = [entry for entry in pinned if entry["model"] == name and entry["verdict"] == "holds"]
    assert entries
    for entry in entries:
        p = DEFAULTS[name] | entry["parameters"]
        elections = p["elections"] if name == "redis-takeover" else p["max_epoch"]
        found = second_text(p["primaries"], p["replicas"], p["failures"], elections, p.get("takeovers", 0))
        assert found == (entry["distinct"], entry["generated"], entry["depth"])


@pytest.mark.full
@pytest.mark.parametrize(
    ("name", "bug"),
    [("redis-failover:AnswersOldRequests", "old requests"), ("redis-failover:CountsOldVotes", "old votes")],
)
def test_the_pinned_traces_are_as_long_as_those_of_the_second_text(name, bug, pinned):
    entries = [entry for entry in pinned if entry["model"] == name]
    assert entries
    for entry in entries:
        assert entry["parameters"] == {}
        assert entry["trace"] == second_text(*DEFAULTS["redis-failover"].values(), bug=bug)


@pytest.mark.parametrize(("primaries", "restarts"), [(3, 2), pytest.param(4, 3, marks=pytest.mark.full)])
def test_two_majorities_share_as_many_voters_as_must_forget(primaries, restarts, cache):
    """Of n primaries n - 1 vote, and a majority is n // 2 + 1: two majorities share 2 (n // 2 + 1) - (n - 1) voters."""
    assert restarts == 2 * (primaries // 2 + 1) - (primaries - 1)
    for count in (restarts - 1, restarts):
        model = ForgetfulVoter(primaries=primaries, restarts=count, max_epoch=1)
        assert isinstance(check(model, cache_dir=cache).verdict, Violated) == (count == restarts)


@pytest.mark.parametrize(
    ("replicas", "wait", "kept"),
    [(1, 0, False), (1, 1, True), (2, 1, False), pytest.param(2, 2, True, marks=pytest.mark.full)],
)
def test_a_write_is_kept_if_all_replicas_had_it(replicas, wait, kept, cache):
    """Voters make no effort to select the best replica, so that all must be as good."""
    verdict = check(RedisReplication(replicas=replicas, wait=wait, max_epoch=1), cache_dir=cache).verdict
    assert isinstance(verdict, Violated) != kept
