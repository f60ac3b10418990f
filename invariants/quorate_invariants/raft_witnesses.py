"""What must be able to happen in Raft, so that its promises are about something (Ongaro & Ousterhout, "In Search of an
Understandable Consensus Algorithm", 2014, sections 5.1 to 5.5).

The model has what `quorate_invariants.raft_steps` asks for, and the bounds `max_term`, `crashes` and `in_flight`. Where
bounds leave no room for what a witness asks for, it asks for nothing, and is true from the start.
"""

from __future__ import annotations

from typing import Any

from quorate import reachable


@reachable
def committed_everywhere(m: Any) -> bool:
    """Every server knows an entry of its term to be committed: the leader that took it in has told them (5.3)."""
    return all(m.commit_index[i] > 0 and m.log[i][m.commit_index[i] - 1].term == m.term[i] for i in m.Server)


@reachable
def committed_by_majority(m: Any) -> bool:
    """An entry is committed though a server lacks it: one slow server need not hold up the others (section 2)."""
    return len(m.Server) < 3 or any(m.commit_index[i] > len(m.log[j]) for i in m.Server for j in m.Server)


@reachable
def voted_for_longer_log(m: Any) -> bool:
    """A server without any entry has voted for a leader that has some from an earlier term (5.4.1); no crash has made
    it lose what it had."""
    return no_second_leader(m) or any(
        m.crashed == 0
        and m.voted_for[j] == i
        and m.term[j] == m.term[i]
        and len(m.log[j]) == 0
        and m.log[i][0].term < m.term[i]
        for i in m.Server
        if m.role[i] == m.Role.LEADER and len(m.log[i]) > 0
        for j in m.Server
    )


@reachable
def next_index_went_back(m: Any) -> bool:
    """A leader is to send a server its first entry, older than its term: it has learnt of its empty log (5.3)."""
    return no_second_leader(m) or any(
        m.next_index[i][j] == 1 and m.log[i][0].term < m.term[i]
        for i in m.Server
        if m.role[i] == m.Role.LEADER and len(m.log[i]) > 0
        for j in m.Server
        if j != i
    )


@reachable
def logs_conflict(m: Any) -> bool:
    """Two servers have different entries at one index, and the one that is to be dropped is not committed (5.3)."""
    return no_second_leader(m) or any(
        len(m.log[i]) > 0 and len(m.log[j]) > 0 and m.log[i][0].term < m.log[j][0].term
        for i in m.Server
        for j in m.Server
    )


def no_second_leader(m: Any) -> bool:
    """Whether there is but one term, or no majority without the leader of the term before."""
    return m.max_term < 2 or len(m.Server) < 3


@reachable
def call_under_way(m: Any) -> bool:
    """A call has been sent, and has not arrived (5.5)."""
    return m.in_flight == 0 or len(m.network) > 0


@reachable
def leader_after_crash(m: Any) -> bool:
    """A server leads though one has crashed (5.1: servers may fail)."""
    return m.crashes == 0 or (m.crashed > 0 and any(m.role[i] == m.Role.LEADER for i in m.Server))


@reachable
def two_leaders(m: Any) -> bool:
    """Two servers lead at once: the older leader has not heard of the newer term yet (5.1)."""
    return no_second_leader(m) or any(
        m.role[i] == m.Role.LEADER and m.role[j] == m.Role.LEADER and m.term[i] < m.term[j]
        for i in m.Server
        for j in m.Server
    )


OF_ALL_LAYERS = (
    committed_everywhere,
    committed_by_majority,
    voted_for_longer_log,
    next_index_went_back,
    two_leaders,
    leader_after_crash,
)
"""Those that must be able to happen however calls travel, and whoever the members are."""
