"""What Raft does whose members change one at a time (Ongaro, "Consensus: Bridging Theory and Practice", 2014, chapter
4, with the correction of 2015).

The model has what `quorate_invariants.raft_steps` asks for, without a network and state machines; entries that say who
the `members` are; the `first` members, `members` of them; `changed`, how many changes were begun; and the bound
`max_log`.
"""

from __future__ import annotations

from typing import Any

from quorate import invariant, reachable, step_invariant
from quorate_invariants.raft_steps import commit_told, commits_own_term, has_vote, last_term


def members_by(m: Any, log: Any) -> Any:
    """The members by the last entry of a log, committed or not (4.1)."""
    return log[len(log) - 1].members if len(log) > 0 else m.first


@invariant
def first_members(m: Any) -> bool:
    """As many servers are members at first as the cluster is to begin with, or all that there are."""
    return len(m.first) == min(m.members, len(m.Server))


@step_invariant
def members_changed_one_by_one(old: Any, new: Any) -> bool:
    """A leader adds one server or removes one, other than itself, when the change before is committed (4.1), and an
    entry of its own term as well (the correction of 2015); any other entry leaves the members as they are."""
    return all(
        len(new.log[i]) <= len(old.log[i])
        or old.role[i] != old.Role.LEADER
        or new.role[i] != old.Role.LEADER
        or (members_by(new, new.log[i]) == members_by(old, old.log[i]) and new.changed == old.changed)
        or (
            new.changed == old.changed + 1
            and len(members_by(new, new.log[i]) ^ members_by(old, old.log[i])) == 1
            and i in members_by(new, new.log[i])
            and members_by(old, old.log[i]) == members_by(old, old.log[i][: old.commit_index[i]])
            and last_term(old.log[i][: old.commit_index[i]]) == old.term[i]
        )
        for i in old.Server
    )


@step_invariant
def members_elect(old: Any, new: Any) -> bool:
    """Who begins to stand is a member, by its own log; who becomes leader has the votes of a majority of the members
    (4.1, 4.2.2)."""
    return all(
        (new.term[i] == old.term[i] or new.role[i] == old.Role.FOLLOWER or i in members_by(old, old.log[i]))
        and (
            new.role[i] != old.Role.LEADER
            or old.role[i] == old.Role.LEADER
            or 2 * sum(1 for j in members_by(old, old.log[i]) if has_vote(new, i, j)) > len(members_by(old, old.log[i]))
        )
        for i in old.Server
    )


@invariant
def votes_of_members(m: Any) -> bool:
    """A candidate counts votes of members only, and not those of a majority: with these it would lead (4.1)."""
    return all(
        m.votes[i] <= members_by(m, m.log[i]) and 2 * len(m.votes[i]) <= len(members_by(m, m.log[i])) for i in m.Server
    )


@step_invariant
def commits_of_members(old: Any, new: Any) -> bool:
    """A leader commits up to an entry of its own term that it knows a majority of the members to have, by its whole log
    (4.1; 5.4.2); a follower what a leader of its term has committed, and it has."""
    return all(
        new.commit_index[i] <= old.commit_index[i]
        or (
            commits_own_term(old, new, i)
            and 2
            * sum(1 for j in members_by(old, old.log[i]) if j == i or old.match_index[i][j] >= new.commit_index[i])
            > len(members_by(old, old.log[i]))
        )
        or commit_told(old, new, i)
        for i in old.Server
    )


@step_invariant
def members_called(old: Any, new: Any) -> bool:
    """Leaders and candidates call members, by their own logs, and learn from these; who is called answers, whether or
    not it is a member by its own log (4.2.3)."""
    return all(
        (
            new.term[i] == old.term[i]
            or new.voted_for[i] == i
            or any(
                old.term[j] >= new.term[i] and (i in members_by(old, old.log[j]) or j in members_by(old, old.log[i]))
                for j in old.Server
            )
        )
        and all(new.match_index[i][j] <= old.match_index[i][j] or j in members_by(old, old.log[i]) for j in old.Server)
        and (
            len(new.log[i]) <= len(old.log[i])
            or old.role[i] == old.Role.LEADER
            or any(old.role[j] == old.Role.LEADER and i in members_by(old, old.log[j]) for j in old.Server)
        )
        for i in old.Server
    )


@reachable
def changed_by_second_entry(m: Any) -> bool:
    """The second entry of a log changes the members: all that it takes is that the first one is committed (4.1)."""
    return any(
        len(m.log[i]) > 1 and m.log[i][0].members == m.first and m.log[i][1].members != m.first for i in m.Server
    )


@reachable
def committed_to_the_end(m: Any) -> bool:
    """Every server knows the last entry that fits into a log to be committed; some are told by a call that has no
    entries, since none is left to be sent (5.2)."""
    return all(m.commit_index[i] == m.max_log for i in m.Server)
