"""Zab: the counts of a second text."""

import itertools
from typing import NamedTuple

import pytest


class Server(NamedTuple):
    """`leads` is the server it follows, itself if it leads, None if it looks; `writing` a history not on disk yet."""

    leads: int | None = None
    ready: bool = False
    promised: int = 0
    epoch: int = 0
    log: tuple[int, ...] = ()
    writing: tuple[int, ...] | None = None


class System(NamedTuple):
    servers: tuple[Server, ...]
    committed: tuple[int, ...] = ()
    when: int = 0
    crashes: int = 0


def second_text(servers, epochs, transactions, *, crashes=None):
    """Zab on tuples, from the paper and not from the model: (distinct, generated, depth). With a number of crashes it
    is the one that writes the epoch first, and what comes back is the states on the shortest trace to a loss, or None.
    """
    everyone, broken = range(servers), crashes is not None

    def put(c, i, **changes):
        return c._replace(servers=(*c.servers[:i], c.servers[i]._replace(**changes), *c.servers[i + 1 :]))

    def with_leader(c, f, i):
        me, leader = c.servers[f], c.servers[i]
        return me.leads == i == leader.leads and me.promised == leader.promised

    def synced(c, f, i):
        me = c.servers[f]
        return with_leader(c, f, i) and me.epoch == me.promised and me.writing is None

    def committing(c, i):
        leader = c.servers[i]
        longer = len(leader.log) > len(c.committed)
        return c._replace(committed=leader.log, when=leader.promised) if longer else c

    def rank(server):
        return server.epoch, server.log[-1] if server.log else 0, len(server.log)

    def steps_of_one(c, i):
        me = c.servers[i]
        if me.leads is not None and me.writing is None:
            yield put(c, i, leads=None, ready=False)
        if me.writing is not None:
            yield put(c, i, log=me.writing, writing=None)
        if broken and me.leads is not None and c.crashes < crashes:
            yield put(c, i, leads=None, ready=False, writing=None)._replace(crashes=c.crashes + 1)
        if me.leads == i and not me.ready and sum(synced(c, f, i) for f in everyone) > servers // 2:
            yield committing(put(c, i, ready=True), i)
        if me.leads == i and me.ready and len(me.log) < transactions:
            yield put(c, i, log=(*me.log, me.promised))
        having = sum(synced(c, f, i) and c.servers[f].log == me.log for f in everyone)
        if me.leads == i and me.ready and len(me.log) > len(c.committed) and having > servers // 2:
            yield committing(c, i)

    def steps_of_two(c, f, i):
        me, leader = c.servers[f], c.servers[i]
        if me.leads is None and leader.leads == i and me.promised <= leader.promised:
            yield put(c, f, leads=i, promised=leader.promised)
        if with_leader(c, f, i) and me.epoch < me.promised:
            later = {"writing": leader.log} if broken else {"log": leader.log}
            yield put(c, f, epoch=me.promised, **later)
        if synced(c, f, i) and leader.ready and len(me.log) < len(leader.log):
            yield put(c, f, log=(*me.log, leader.log[len(me.log)]))

    def elections(c):
        for size in range(servers // 2 + 1, servers + 1):
            for quorum in itertools.combinations(everyone, size):
                views = [c.servers[j] for j in quorum]
                epoch = max(view.promised for view in views) + 1
                if epoch > epochs or any(view.leads is not None for view in views):
                    continue
                for i in quorum:
                    if rank(c.servers[i]) == max(map(rank, views)):
                        new = c
                        for j in quorum:
                            new = put(new, j, leads=i, promised=epoch)
                        yield put(new, i, epoch=epoch)

    def steps(c):
        for i in everyone:
            yield from steps_of_one(c, i)
        for f, i in itertools.product(everyone, repeat=2):
            yield from steps_of_two(c, f, i)
        yield from elections(c)

    def has_lost(c):
        leaders = [me for i, me in enumerate(c.servers) if me.leads == i and me.ready and me.promised >= c.when]
        return any(me.log[: len(c.committed)] != c.committed for me in leaders)

    start = System((Server(),) * servers)
    seen, level, generated, depth = {start}, {start}, 1, 0
    while level:
        depth += 1
        following = [new for old in level for new in steps(old)]
        generated += len(following)
        level = set(following) - seen
        seen |= level
        if broken and any(map(has_lost, level)):
            return depth + 1
    return None if broken else (len(seen), generated, depth)


@pytest.mark.full
def test_the_pinned_counts_are_those_of_the_second_text(pinned):
    entries = [entry for entry in pinned if entry["model"] == "zab"]
    assert entries
    for entry in entries:
        p = {"servers": 3, "max_epoch": 3, "transactions": 1} | entry["parameters"]
        found = second_text(p["servers"], p["max_epoch"], p["transactions"])
        assert found == (entry["distinct"], entry["generated"], entry["depth"])


@pytest.mark.full
def test_a_committed_transaction_is_lost_in_as_many_steps(pinned):
    [entry] = [e for e in pinned if e["model"] == "zab:EpochBeforeHistory" and e["verdict"] == "violated"]
    assert entry["parameters"] == {}
    assert entry["trace"] == second_text(3, 3, 1, crashes=1)


@pytest.mark.full
@pytest.mark.parametrize(("epochs", "crashes"), [(2, 1), (3, 0)])
def test_nothing_is_lost_in_two_epochs_or_without_a_crash(epochs, crashes):
    assert second_text(3, epochs, 1, crashes=crashes) is None


def test_the_smallest_space_is_that_of_the_second_text(brute_force, model_of):
    space = brute_force(model_of("zab")(max_epoch=1, servers=2))
    assert (space.distinct, space.generated, space.depth) == second_text(2, 1, 1)
