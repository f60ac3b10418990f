"""What replicated values with version vectors must satisfy (Parker et al., "Detection of Mutual Inconsistency in
Distributed Systems", IEEE TSE 9(3), 1983).

The model has replicas `Replica`, each of which makes so many `writes`, and `holds[r]`: the versions that replica r has.
A version has a `vector` and truly takes into account the writes in `knows`, each a `Write` with its `number` among
those made `by` its replica.
"""

from __future__ import annotations

from typing import Any

from quorate import eventually_always, invariant, reachable, step_invariant


@step_invariant
def nothing_lost(old: Any, new: Any) -> bool:
    """What a replica's versions take into account, they still do later (section 3: no update is lost)."""
    return all(
        any(w in later.knows for later in new.holds[r]) for r in old.Replica for v in old.holds[r] for w in v.knows
    )


@invariant
def vectors_tell(m: Any) -> bool:
    """One vector is nowhere larger than another exactly if the other version knows all that the one does."""
    return all(
        all(v.vector[k] <= w.vector[k] for k in m.Replica) == (v.knows <= w.knows)
        for r in m.Replica
        for s in m.Replica
        for v in m.holds[r]
        for w in m.holds[s]
    )


@invariant
def vectors_count(m: Any) -> bool:
    """A vector has for each replica how many of its writes the version takes into account, and these are its first."""
    return all(
        (m.Write(by=k, number=n) in v.knows) == (n <= v.vector[k])
        for r in m.Replica
        for v in m.holds[r]
        for k in m.Replica
        for n in range(1, m.writes + 1)
    )


@invariant
def siblings_compete(m: Any) -> bool:
    """No replica keeps a version that another of its own replaces: there are no false conflicts."""
    return all(v == w or not v.knows <= w.knows for r in m.Replica for v in m.holds[r] for w in m.holds[r])


@reachable
def conflict_kept(m: Any) -> bool:
    """A replica has two siblings."""
    return any(len(m.holds[r]) > 1 for r in m.Replica)


@reachable
def all_in_one(m: Any) -> bool:
    """A replica has one version that takes all into account that all can write."""
    return any(len(v.knows) == len(m.Replica) * m.writes for r in m.Replica for v in m.holds[r])


@eventually_always
def all_agree(m: Any) -> bool:
    """All replicas come to have the same versions, and stay so."""
    return all(m.holds[r] == m.holds[s] for r in m.Replica for s in m.Replica)
