"""What Raft's leader does for a read without an entry in the log, and what a parted network lets through (Ongaro,
"Consensus: Bridging Theory and Practice", 2014, section 6.4).

The model has what `quorate_invariants.raft_steps` asks for, without a network; the servers that are `away`, cut off
from the others, and how often the network was `parted`; of the read that is under way the leader that is asked,
`reader`, how many writes clients knew of then, `known_then`, the `read_index`, and who has `confirmed` that it leads;
`answered`, how many reads were; and the bounds `max_term` and `partitions`.
"""

from __future__ import annotations

from typing import Any

from quorate import invariant, reachable, step_invariant
from quorate_invariants.raft_steps import last_term, machine_followed, write_told

# -- reads


@invariant
def reads_under_way(m: Any) -> bool:
    """Who is asked leads, and knows an entry of its term to be committed; of those that confirm it, none has gone back
    to an older term, and it is one. While nobody is asked, nothing is known of a read (6.4, steps 1 to 3)."""
    return (m.reader is not None or (m.known_then == 0 and m.read_index == 0 and len(m.confirmed) == 0)) and all(
        m.role[i] == m.Role.LEADER
        and i in m.confirmed
        and all(m.term[j] >= m.term[i] for j in m.confirmed)
        and m.read_index <= m.commit_index[i]
        and last_term(m.log[i][: m.commit_index[i]]) == m.term[i]
        for i in m.Server
        if i == m.reader
    )


@step_invariant
def reads_begin(old: Any, new: Any) -> bool:
    """A read begins with the commit index of the leader and with nobody else's word (6.4, step 2)."""
    return (
        new.reader is None
        or new.reader == old.reader
        or (
            old.reader is None
            and new.known_then == len(old.acknowledged)
            and len(new.confirmed) == 1
            and all(i != new.reader or new.read_index == old.commit_index[i] for i in old.Server)
        )
    )


@step_invariant
def reads_confirmed(old: Any, new: Any) -> bool:
    """While a read is under way, what it is to tell does not change; those who confirm it are reached by the leader,
    and are in its term (6.4, step 3)."""
    return (
        old.reader is None
        or new.reader is None
        or (
            new.known_then == old.known_then
            and new.read_index == old.read_index
            and old.confirmed <= new.confirmed
            and all(
                j in old.confirmed or (reached(old, i, j) and new.term[j] == new.term[i])
                for j in new.confirmed
                for i in old.Server
                if i == old.reader
            )
        )
    )


@step_invariant
def reads_end(old: Any, new: Any) -> bool:
    """A read ends with an answer, once a majority has confirmed the leader and its state machine is as far as the read
    index (6.4, steps 3 to 5), or when it leads no more. What the answer tells of, clients know from then on."""
    return (
        new.answered >= old.answered
        and all(
            (new.reader == i and new.answered == old.answered)
            or (new.reader is None and new.answered == old.answered and new.role[i] != old.Role.LEADER)
            or (
                new.reader is None
                and new.answered == old.answered + 1
                and 2 * len(old.confirmed) > len(old.Server)
                and len(old.machine[i]) >= old.read_index
                and len(new.acknowledged) >= len(old.machine[i])
            )
            for i in old.Server
            if i == old.reader
        )
        and (old.reader is not None or new.answered == old.answered)
    )


@step_invariant
def clients_told(old: Any, new: Any) -> bool:
    """State machines take the next committed entry, or are lost in a crash; clients learn of the next write when it is
    applied, or of what the leader's state machine has, in an answer (5.3; 6.4, step 5)."""
    return all(machine_followed(old, new, i) for i in old.Server) and (
        new.acknowledged == old.acknowledged
        or write_told(old, new)
        or (
            new.answered > old.answered
            and len(new.acknowledged) > len(old.acknowledged)
            and any(i == old.reader and new.acknowledged == old.machine[i] for i in old.Server)
        )
    )


# -- the network


def reached(m: Any, i: Any, j: Any) -> bool:
    """Whether two servers are on the same side of a partition."""
    return i != j and (i in m.away) == (j in m.away)


@step_invariant
def sides_apart(old: Any, new: Any) -> bool:
    """A server joins a term, votes, is voted for, takes in entries, and learns what others have, only by those on its
    side of a partition; who becomes leader has all on its side join its term at once (5.2)."""
    return all(
        (
            new.term[i] == old.term[i]
            or new.voted_for[i] == i
            or any(reached(old, i, j) and old.term[j] >= new.term[i] for j in old.Server)
        )
        and all(
            (j in old.votes[i] or j not in new.votes[i])
            and new.match_index[i][j] <= old.match_index[i][j]
            and (new.voted_for[i] != j or (old.voted_for[i] == j and new.term[i] == old.term[i]))
            for j in old.Server
            if j != i and not reached(old, i, j)
        )
        and (
            len(new.log[i]) <= len(old.log[i])
            or old.role[i] == old.Role.LEADER
            or any(reached(old, i, j) and old.role[j] == old.Role.LEADER for j in old.Server)
        )
        and (
            new.role[i] != old.Role.LEADER
            or old.role[i] == old.Role.LEADER
            or all(new.term[j] >= new.term[i] for j in old.Server if reached(old, i, j))
        )
        for i in old.Server
    )


@step_invariant
def partitions_followed(old: Any, new: Any) -> bool:
    """The network is parted when it was whole, so that no more than half of the servers are cut off; or it is whole
    again."""
    return (
        (new.away == old.away and new.parted == old.parted)
        or (len(new.away) == 0 and new.parted == old.parted)
        or (
            len(old.away) == 0
            and len(new.away) > 0
            and 2 * len(new.away) <= len(old.Server)
            and new.parted == old.parted + 1
        )
    )


@reachable
def write_told_without_read(m: Any) -> bool:
    """A client is told of its write before any read is answered: by the leader that applied it (figure 2)."""
    return m.answered == 0 and len(m.acknowledged) > 0


@reachable
def read_while_parted(m: Any) -> bool:
    """A read of a write is answered while some servers are cut off, by a majority of the others."""
    return m.partitions == 0 or len(m.Server) < 3 or (m.answered > 0 and len(m.acknowledged) > 0 and len(m.away) > 0)


@reachable
def whole_again(m: Any) -> bool:
    """The network was parted, and is whole again."""
    return m.partitions == 0 or len(m.Server) < 2 or (m.parted > 0 and len(m.away) == 0)


@reachable
def leader_deposed_unknowing(m: Any) -> bool:
    """A leader that is cut off is asked for a read, though another leads by now: it must not answer (6.4)."""
    return (
        m.partitions == 0
        or len(m.Server) < 3
        or m.max_term < 2
        or any(
            i == m.reader and any(m.role[j] == m.Role.LEADER and m.term[j] > m.term[i] for j in m.Server)
            for i in m.Server
        )
    )
