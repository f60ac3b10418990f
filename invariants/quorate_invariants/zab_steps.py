"""What servers of Zab do, step by step (Junqueira, Reed, Serafini, "Zab: High-performance broadcast for primary-backup
systems", DSN 2011, section IV; steps have their numbers there).

The model has what `quorate_invariants.zab` asks for, and of each server the `role`, the `leader` that it is connected
with, whether it is `established` as one, its `accepted_epoch` (f.p) and its `current_epoch` (f.a); a `majority` of
servers is a quorum.
"""

from __future__ import annotations

from typing import Any

from quorate import invariant, reachable, step_invariant


@invariant
def roles_match(m: Any) -> bool:
    """Who looks for a leader has none; a leader is its own, and the history that it has is that of its epoch; whoever
    follows one has accepted an epoch at least as new as that of its history (phases 1 to 3)."""
    return all(
        m.current_epoch[i] <= m.accepted_epoch[i]
        and (m.role[i] == m.Role.LEADING or not m.established[i])
        and (
            m.leader[i] is None
            if m.role[i] == m.Role.LOOKING
            else m.leader[i] == i and m.current_epoch[i] == m.accepted_epoch[i]
            if m.role[i] == m.Role.LEADING
            else m.leader[i] is not None and m.leader[i] != i
        )
        for i in m.Server
    )


@step_invariant
def leaders_followed(old: Any, new: Any) -> bool:
    """A server changes its leader only by looking for one, and accepts no epoch but that of the leader that it finds,
    none older than it has accepted; a leader is found by a quorum (phase 1, steps f.1.1 to l.1.2; step l.3.3)."""
    return all(
        (
            new.role[i] == old.role[i]
            and new.leader[i] == old.leader[i]
            and new.accepted_epoch[i] == old.accepted_epoch[i]
        )
        or (new.role[i] == old.Role.LOOKING and new.accepted_epoch[i] == old.accepted_epoch[i])
        or (
            old.role[i] == old.Role.LOOKING
            and (elected(old, new, i) if new.role[i] == old.Role.LEADING else found_leader(old, new, i))
        )
        for i in old.Server
    )


def found_leader(old: Any, new: Any, f: Any) -> bool:
    """Whether a server follows a leader now, in its epoch."""
    return new.accepted_epoch[f] >= old.accepted_epoch[f] and any(
        new.leader[f] == i and new.role[i] == new.Role.LEADING and new.accepted_epoch[f] == new.accepted_epoch[i]
        for i in new.Server
    )


def elected(old: Any, new: Any, i: Any) -> bool:
    """Whether a quorum follows a server now, in an epoch later by one than any that they had accepted, and none of them
    has a later history (steps l.1.1, l.1.2)."""
    return (
        sum(1 for j in old.Server if new.leader[j] == i and old.role[j] == old.Role.LOOKING) >= old.majority
        and new.accepted_epoch[i] == 1 + max(old.accepted_epoch[j] for j in old.Server if new.leader[j] == i)
        and not any(later(old, j, i) for j in old.Server if new.leader[j] == i)
    )


def later(m: Any, j: Any, i: Any) -> bool:
    """Whether the history of a server is later than that of another: of a later epoch, or with a later last zxid in the
    same."""
    return m.current_epoch[j] > m.current_epoch[i] or (
        m.current_epoch[j] == m.current_epoch[i]
        and (
            last_epoch(m.history[j]) > last_epoch(m.history[i])
            or (last_epoch(m.history[j]) == last_epoch(m.history[i]) and len(m.history[j]) > len(m.history[i]))
        )
    )


def last_epoch(history: Any) -> int:
    """The epoch of the last transaction, 0 if there is none."""
    return history[len(history) - 1] if len(history) > 0 else 0


@step_invariant
def histories_followed(old: Any, new: Any) -> bool:
    """A follower takes over its leader's history, and its epoch with that, and then transaction after transaction; an
    established leader adds one of its epoch (phase 2, step f.2.1; phase 3, steps l.3.1 and f.3.1)."""
    return all(
        (
            new.history[i] == old.history[i]
            and (new.current_epoch[i] == old.current_epoch[i] or new.role[i] == new.Role.LEADING)
        )
        or (
            old.established[i]
            and len(new.history[i]) == len(old.history[i]) + 1
            and new.history[i][: len(old.history[i])] == old.history[i]
            and last_epoch(new.history[i]) == old.accepted_epoch[i]
        )
        or any(follows(old, i, j) and taken_from(old, new, i, j) for j in old.Server)
        for i in old.Server
    )


def taken_from(old: Any, new: Any, f: Any, i: Any) -> bool:
    """Whether a follower has taken over its leader's history, or the next transaction of it in the leader's epoch."""
    if old.current_epoch[f] < old.accepted_epoch[f]:
        return new.history[f] == old.history[i] and new.current_epoch[f] == old.accepted_epoch[f]
    return (
        old.established[i]
        and new.current_epoch[f] == old.current_epoch[f]
        and len(new.history[f]) == len(old.history[f]) + 1
        and new.history[f] == old.history[i][: len(new.history[f])]
    )


def follows(m: Any, f: Any, i: Any) -> bool:
    """Whether a server is connected with a leader, itself if it leads, and has accepted its epoch."""
    return m.leader[f] == i and m.role[i] == m.Role.LEADING and m.accepted_epoch[f] == m.accepted_epoch[i]


@step_invariant
def commits_followed(old: Any, new: Any) -> bool:
    """A leader is established, and commits, when a quorum that follows it has its history (phase 2, step l.2.2; phase
    3, step l.3.2)."""
    return all(old.established[i] or not new.established[i] or quorum_has_history(old, i) for i in old.Server) and (
        (new.committed == old.committed and new.committed_epoch == old.committed_epoch)
        or any(
            new.established[i]
            and len(old.history[i]) > len(old.committed)
            and new.committed == old.history[i]
            and new.committed_epoch == old.accepted_epoch[i]
            and quorum_has_history(old, i)
            for i in old.Server
        )
    )


def quorum_has_history(m: Any, i: Any) -> bool:
    """Whether a quorum, the leader among them, has the leader's history, and has it in the leader's epoch."""
    return (
        sum(
            1
            for f in m.Server
            if follows(m, f, i) and m.current_epoch[f] == m.accepted_epoch[f] and m.history[f] == m.history[i]
        )
        >= m.majority
    )


@reachable
def committed_by_quorum(m: Any) -> bool:
    """A transaction is committed in the epoch in which it was proposed though a server has not even heard of that epoch
    (if there is one beside a quorum)."""
    return m.majority == len(m.Server) or (
        len(m.committed) > 0
        and last_epoch(m.committed) == m.committed_epoch
        and any(m.accepted_epoch[j] < m.committed_epoch for j in m.Server)
    )
