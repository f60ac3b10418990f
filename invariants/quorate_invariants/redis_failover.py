"""What the failover of Redis Cluster promises (Redis Cluster Specification, "Configuration handling, propagation, and
failovers").

The model has nodes `N` with `current_epoch`, `config_epoch`, and `owner`: whom each takes to be the primary of the
slots, itself if it is. The first of them, by `.index`, is configured as the owner; the next `replicas` are its
replicas, the shard with it; the others are primaries of other slots, which vote, with `last_vote_epoch`. Those that are
`cut_off` are in FAIL state, after at most `failures`. A replica that stands has its `auth_epoch`; what it asks and is
answered is in the `network`: `AuthRequest` and `AuthAck`. The model says by `won(i, epoch)` whether a replica has the
votes of a majority, and by `last_election()` in which epoch the last election begins.
"""

from __future__ import annotations

from typing import Any

from quorate import eventually_always, invariant, reachable, step_invariant


@invariant
def one_winner_per_epoch(m: Any) -> bool:
    """No two replicas win the election of one epoch ("Masters reply to replica vote request", rules 1 and 4)."""
    return not any(i != j and m.won(i, e) and m.won(j, e) for i in m.N for j in m.N for e in m.Epoch)


@invariant
def one_owner_per_config_epoch(m: Any) -> bool:
    """A config epoch has one owner of the slots, for all who know it ("Configuration epoch": new and unique)."""
    return all(m.owner[i] == m.owner[j] for i in m.N for j in m.N if m.config_epoch[i] == m.config_epoch[j])


@invariant
def config_epoch_known(m: Any) -> bool:
    """No node knows of a config epoch beyond its current epoch ("Cluster current epoch": every packet carries both)."""
    return all(m.config_epoch[i] <= m.current_epoch[i] for i in m.N)


@step_invariant
def epochs_monotone(old: Any, new: Any) -> bool:
    """No epoch that a node has stored ever goes back ("Cluster current epoch"; "Configuration epoch")."""
    return all(
        old.current_epoch[i] <= new.current_epoch[i] and old.config_epoch[i] <= new.config_epoch[i] for i in new.N
    )


# -- what each step may do


@step_invariant
def requests_followed(old: Any, new: Any) -> bool:
    """A replica asks for votes in a new epoch if its primary is in FAIL state and it is not so itself; from then on it
    stands, until it knows of a newer owner, itself or another ("Replica election and promotion")."""
    return all(
        r in old.network
        or (
            in_shard(old, r.src)
            and not old.cut_off[r.src]
            and old.cut_off[r.primary]
            and r.primary == old.owner[r.src]
            and r.config_epoch == old.config_epoch[r.src]
            and r.epoch == old.current_epoch[r.src] + 1
            and r.epoch == new.auth_epoch[r.src]
            and r.epoch <= old.last_election()
        )
        for r in new.network.of(new.AuthRequest)
    ) and all(
        new.auth_epoch[i] == old.auth_epoch[i]
        or (new.auth_epoch[i] == 0 and new.config_epoch[i] > old.config_epoch[i])
        or begins_election(old, new, i)
        for i in old.N
    )


def in_shard(m: Any, i: Any) -> bool:
    """Whether a node is the first primary or one of its replicas."""
    return i.index <= m.replicas


def begins_election(old: Any, new: Any, i: Any) -> bool:
    """Whether a node moves on to a new epoch and stands for election in it."""
    return new.auth_epoch[i] == new.current_epoch[i] and new.current_epoch[i] > old.current_epoch[i]


@step_invariant
def votes_followed(old: Any, new: Any) -> bool:
    """A primary of other slots votes once in an epoch, which is none that it has left behind, for a replica that has
    asked in it, of a primary in FAIL state, and knows of no older owner ("Masters reply to replica vote request", rules
    1, 3, 2 and 7)."""
    return all(
        v in old.network
        or (
            not in_shard(old, v.src)
            and old.last_vote_epoch[v.src] < v.epoch
            and v.epoch == new.last_vote_epoch[v.src]
            and old.current_epoch[v.src] <= v.epoch
            and any(
                r.src == v.dst
                and r.epoch == v.epoch
                and old.cut_off[r.primary]
                and r.config_epoch >= old.config_epoch[v.src]
                for r in old.network.of(old.AuthRequest)
            )
        )
        for v in new.network.of(new.AuthAck)
    )


@step_invariant
def epochs_followed(old: Any, new: Any) -> bool:
    """A node moves on to a greater epoch by beginning an election or a new config epoch; else it has heard of it from a
    node, neither being cut off, or has been asked for its vote ("Cluster current epoch")."""
    return all(
        new.current_epoch[i] == old.current_epoch[i]
        or begins_election(old, new, i)
        or (new.owner[i] == i and new.config_epoch[i] == new.current_epoch[i])
        or any(in_contact(old, i, j) and old.current_epoch[j] == new.current_epoch[i] for j in old.N)
        or (not in_shard(old, i) and any(r.epoch == new.current_epoch[i] for r in old.network.of(old.AuthRequest)))
        for i in old.N
    )


def in_contact(m: Any, i: Any, j: Any) -> bool:
    """Whether two nodes hear from each other."""
    return i != j and not m.cut_off[i] and not m.cut_off[j]


@step_invariant
def owners_followed(old: Any, new: Any) -> bool:
    """A replica claims the slots with the epoch in which a majority votes for it; all others learn who owns them from
    one who knows of a greater config epoch ("Hash slots configuration propagation", rule 2)."""
    return all(keeps_owner(old, new, i) or is_promoted(old, new, i) or learns(old, new, i) for i in old.N)


@step_invariant
def owners_followed_or_ordered(old: Any, new: Any) -> bool:
    """As `owners_followed`; besides, a replica may be ordered to claim the slots, and of two owners with one config
    epoch the one with the smaller ID moves on, either with a new epoch of its own ("configEpoch conflicts resolution
    algorithm")."""
    return all(
        keeps_owner(old, new, i)
        or is_promoted(old, new, i)
        or learns(old, new, i)
        or (
            in_shard(old, i)
            and new.owner[i] == i
            and new.config_epoch[i] == new.current_epoch[i]
            and (
                (
                    old.owner[i] != i
                    and new.ordered == old.ordered + 1
                    and new.current_epoch[i] == old.current_epoch[i] + 1
                )
                or any(
                    i < j
                    and in_contact(old, i, j)
                    and old.owner[i] == i
                    and old.owner[j] == j
                    and old.config_epoch[i] == old.config_epoch[j]
                    and new.current_epoch[i] == max(old.current_epoch[i], old.current_epoch[j]) + 1
                    for j in old.N
                )
            )
        )
        for i in old.N
    )


def keeps_owner(old: Any, new: Any, i: Any) -> bool:
    """Whether a node takes the same one for the owner, since the same epoch."""
    return new.owner[i] == old.owner[i] and new.config_epoch[i] == old.config_epoch[i]


def is_promoted(old: Any, new: Any, i: Any) -> bool:
    """Whether a node that is not cut off claims the slots as it has been elected to."""
    return (
        not old.cut_off[i]
        and new.owner[i] == i
        and new.config_epoch[i] == old.auth_epoch[i]
        and has_majority(old, i, old.auth_epoch[i])
    )


def has_majority(m: Any, i: Any, epoch: int) -> bool:
    """Whether a majority of all primaries has voted for a node in an epoch."""
    return 2 * sum(1 for v in m.N if m.AuthAck(src=v, dst=i, epoch=epoch) in m.network) > m.primaries


def learns(old: Any, new: Any, i: Any) -> bool:
    """Whether another node tells a node of a greater config epoch: the owner in its heartbeat; or any that knows better
    in an UPDATE, which is for those who claim the slots, or are replicas of one who does."""
    return new.config_epoch[i] > old.config_epoch[i] and any(
        in_contact(old, i, j)
        and new.owner[i] == old.owner[j]
        and new.config_epoch[i] == old.config_epoch[j]
        and (old.owner[j] == j or in_shard(old, i))
        for j in old.N
    )


@step_invariant
def only_updates_answer(old: Any, new: Any) -> bool:
    """A heartbeat goes one way: if both come to know something by it, one of them was told by an UPDATE, of a greater
    config epoch of its own slots."""
    return sum(1 for i in old.N if has_heard(old, new, i)) < 2 or any(
        in_shard(old, i) and new.config_epoch[i] > old.config_epoch[i] for i in old.N
    )


def has_heard(old: Any, new: Any, i: Any) -> bool:
    """Whether a node has come to know a greater epoch."""
    return new.current_epoch[i] > old.current_epoch[i] or new.config_epoch[i] > old.config_epoch[i]


@invariant
def owner_has_claimed(m: Any) -> bool:
    """Nobody takes a node for the owner that has not claimed the slots, or been configured to: the first. A candidate
    stands for an epoch greater than that of the owner it knows. Only of the shard is anybody in FAIL state."""
    return all(
        m.config_epoch[m.owner[i]] >= m.config_epoch[i]
        and (m.config_epoch[i] > 0 or m.owner[i].index == 0)
        and (m.auth_epoch[i] == 0 or m.auth_epoch[i] > m.config_epoch[i])
        and (in_shard(m, i) or not m.cut_off[i])
        for i in m.N
    )


# -- what must be able to happen


@reachable
def replica_promoted(m: Any) -> bool:
    """A replica wins an election and claims the slots; where nothing fails, it need not."""
    return m.failures == 0 or any(m.owner[i] == i and has_majority(m, i, m.config_epoch[i]) for i in m.N)


@reachable
def old_primary_demoted(m: Any) -> bool:
    """All nodes, the failed primary too, take a promoted replica for the owner ("How nodes rejoin the cluster")."""
    return any(all(m.owner[i] == k and m.config_epoch[i] > 0 for i in m.N) for k in m.N)


@eventually_always
def one_owner_in_the_end(m: Any) -> bool:
    """In the end all agree on one owner of the slots ("Hash slots configuration propagation": last failover wins)."""
    return any(all(m.owner[i] == k for i in m.N) for k in m.N)
