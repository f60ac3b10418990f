"""What the failover of Redis Cluster promises (Redis Cluster Specification, "Configuration handling, propagation, and
failovers").

The model has nodes `N` with `current_epoch`, `config_epoch`, and `owner`: whom each takes to be the primary of the
slots, itself if it is. It says by `won(i, epoch)` whether a replica has the votes of a majority.
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


@reachable
def replica_promoted(m: Any) -> bool:
    """A replica wins an election and claims the slots."""
    return any(m.owner[i] == i and m.config_epoch[i] > 0 for i in m.N)


@reachable
def old_primary_demoted(m: Any) -> bool:
    """All nodes, the failed primary too, take a promoted replica for the owner ("How nodes rejoin the cluster")."""
    return any(all(m.owner[i] == k and m.config_epoch[i] > 0 for i in m.N) for k in m.N)


@eventually_always
def one_owner_in_the_end(m: Any) -> bool:
    """In the end all agree on one owner of the slots ("Hash slots configuration propagation": last failover wins)."""
    return any(all(m.owner[i] == k for i in m.N) for k in m.N)
