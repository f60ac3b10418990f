"""What servers of Raft do, step by step (Ongaro & Ousterhout, "In Search of an Understandable Consensus Algorithm",
2014, figures 2 and 4; sections 5.1 to 5.4).

Figure 3 says what comes of it. A mistake may take more terms, servers or entries to get as far as that than a search
has time for; these properties notice it where it is made.

The model has what `quorate_invariants.raft` and `raft_clients` ask for; of candidates `votes`, of leaders `next_index`
and `match_index`; and `crashed`, how many servers have crashed. Where calls are delayed, it has a `network` of
`AppendEntries` calls, of which `in_flight` may be on their way; 0 says that a call takes no time. Where none ever is,
`logs_copied` and `commits_copied` stand for `logs_followed` and `commits_followed`.
"""

from __future__ import annotations

from typing import Any

from quorate import invariant, step_invariant
from quorate_invariants.raft_clients import agree

# -- terms and votes


@step_invariant
def terms_followed(old: Any, new: Any) -> bool:
    """A term rises by one where a server stands that is no leader; else a follower joins that of another (5.1)."""
    return all(
        new.term[i] == old.term[i]
        or (
            new.term[i] == old.term[i] + 1
            and old.role[i] != old.Role.LEADER
            and new.role[i] != old.Role.FOLLOWER
            and new.voted_for[i] == i
        )
        or (
            new.term[i] > old.term[i]
            and new.role[i] == old.Role.FOLLOWER
            and any(old.term[j] >= new.term[i] for j in old.Server)
        )
        for i in old.Server
    )


@step_invariant
def roles_followed(old: Any, new: Any) -> bool:
    """Who becomes a candidate begins a term; who becomes leader was a candidate, or begins one; a leader steps down for
    a newer term, or in a crash (figure 4)."""
    return all(
        new.role[i] == old.role[i]
        or new.term[i] > old.term[i]
        or (new.role[i] == old.Role.LEADER and old.role[i] == old.Role.CANDIDATE)
        or (new.role[i] == old.Role.FOLLOWER and (old.role[i] == old.Role.CANDIDATE or new.crashed > old.crashed))
        for i in old.Server
    )


@step_invariant
def votes_followed(old: Any, new: Any) -> bool:
    """A new vote is for the server itself, in a new term, or for a candidate of the term whose log is no less up to
    date (5.2, 5.4.1)."""
    return all(
        new.voted_for[i] is None
        or (new.voted_for[i] == old.voted_for[i] and new.term[i] == old.term[i])
        or (new.voted_for[i] == i and new.term[i] > old.term[i])
        or any(
            c == new.voted_for[i]
            and c != i
            and old.role[c] == old.Role.CANDIDATE
            and old.term[c] == new.term[i]
            and up_to_date(old.log[c], old.log[i])
            for c in old.Server
        )
        for i in old.Server
    )


def up_to_date(mine: Any, theirs: Any) -> bool:
    """Whether the one log is no less up to date than the other: by the last term, then by the length (5.4.1)."""
    return last_term(mine) > last_term(theirs) or (last_term(mine) == last_term(theirs) and len(mine) >= len(theirs))


def last_term(log: Any) -> int:
    """The term of the last entry, 0 if there is none."""
    return log[len(log) - 1].term if len(log) > 0 else 0


@invariant
def votes_counted(m: Any) -> bool:
    """A candidate has its own vote, and no vote that was not given to it; others count none (5.2)."""
    return all(
        (i in m.votes[i] and m.voted_for[i] == i and all(has_vote(m, i, j) for j in m.votes[i]))
        if m.role[i] == m.Role.CANDIDATE
        else len(m.votes[i]) == 0
        for i in m.Server
    )


@invariant
def leader_has_votes(m: Any) -> bool:
    """A leader has the votes of a majority, as far as the voters have not gone on to a newer term; a candidate has not
    counted so many yet (5.2)."""
    return all(
        2 * len(m.votes[i]) <= len(m.Server)
        and (m.role[i] != m.Role.LEADER or 2 * sum(1 for j in m.Server if has_vote(m, i, j)) > len(m.Server))
        for i in m.Server
    )


def has_vote(m: Any, i: Any, j: Any) -> bool:
    """Whether server j votes for i in its term, or may have done so: it is in a newer one."""
    return m.term[j] > m.term[i] or (m.term[j] == m.term[i] and m.voted_for[j] == i)


# -- the log


@step_invariant
def logs_followed(old: Any, new: Any) -> bool:
    """A leader appends an entry of its term; a follower takes in what a call from a leader of its term says (5.3)."""
    return all(
        new.log[i] == old.log[i]
        or appended(old, new, i)
        or (mended(old, new, i) and any(taken_in(old, new, i, c) for c in old.network.of(old.AppendEntries)))
        or (old.in_flight == 0 and copied(old, new, i))
        for i in old.Server
    )


@step_invariant
def logs_copied(old: Any, new: Any) -> bool:
    """A leader appends an entry of its term; a follower takes over a leader's entries, if it has what is before them
    (5.3), where calls take no time."""
    return all(new.log[i] == old.log[i] or appended(old, new, i) or copied(old, new, i) for i in old.Server)


def appended(old: Any, new: Any, i: Any) -> bool:
    """Whether server i is a leader, and has appended an entry of its term (5.3)."""
    return (
        old.role[i] == old.Role.LEADER
        and len(new.log[i]) == len(old.log[i]) + 1
        and new.log[i][: len(old.log[i])] == old.log[i]
        and last_term(new.log[i]) == old.term[i]
    )


def mended(old: Any, new: Any, i: Any) -> bool:
    """Whether server i follows, and its log has become longer, or another (5.3)."""
    return new.role[i] == old.Role.FOLLOWER and (len(new.log[i]) > len(old.log[i]) or not agree(new.log[i], old.log[i]))


def copied(old: Any, new: Any, i: Any) -> bool:
    """Whether the log of server i, which follows, has become the first part of the log of a leader of its term, with
    what that was to send next (5.3)."""
    return mended(old, new, i) and any(
        old.role[j] == old.Role.LEADER
        and old.term[j] == new.term[i]
        and len(new.log[i]) >= old.next_index[j][i]
        and new.log[i] == old.log[j][: len(new.log[i])]
        for j in old.Server
    )


def taken_in(old: Any, new: Any, i: Any, c: Any) -> bool:
    """Whether call c makes the log of server i what it is: it has the entry before, and the new ones follow
    (figure 2, AppendEntries, 1 to 4)."""
    return (
        c.dst == i
        and c.term == new.term[i]
        and c.prev_index <= len(old.log[i])
        and (c.prev_index == 0 or old.log[i][c.prev_index - 1].term == c.prev_term)
        and new.log[i] == old.log[i][: c.prev_index] + c.entries
    )


@step_invariant
def calls_followed(old: Any, new: Any) -> bool:
    """A leader calls another server, with what follows in its log on what it takes the server to have; with nothing
    only if nothing follows; and tells it how far that is committed (5.2, 5.3; figure 2, AppendEntries)."""
    return all(
        c in old.network
        or (
            c.src != c.dst
            and old.role[c.src] == old.Role.LEADER
            and c.term == old.term[c.src]
            and c.prev_index == old.next_index[c.src][c.dst] - 1
            and c.prev_term == last_term(old.log[c.src][: c.prev_index])
            and c.prev_index + len(c.entries) <= len(old.log[c.src])
            and c.entries == old.log[c.src][c.prev_index : c.prev_index + len(c.entries)]
            and (len(c.entries) > 0 or c.prev_index == len(old.log[c.src]))
            and c.commit == min(old.commit_index[c.src], c.prev_index + len(c.entries))
        )
        for c in new.network.of(new.AppendEntries)
    )


@invariant
def leaders_informed(m: Any) -> bool:
    """A leader knows of another server only what that told it in its term: that it has the entries up to match index;
    what it sends next comes after them. Others know nothing (figure 2, volatile state on leaders)."""
    return all(
        (
            m.match_index[i][j] < m.next_index[i][j]
            and m.next_index[i][j] <= len(m.log[i]) + 1
            and (
                m.match_index[i][j] == 0
                or m.term[j] > m.term[i]
                or (
                    m.term[j] == m.term[i]
                    and m.match_index[i][j] <= len(m.log[j])
                    and agree(m.log[i][: m.match_index[i][j]], m.log[j])
                )
            )
        )
        if m.role[i] == m.Role.LEADER and i != j
        else m.next_index[i][j] == 1 and m.match_index[i][j] == 0
        for i in m.Server
        for j in m.Server
    )


@step_invariant
def leaders_begin(old: Any, new: Any) -> bool:
    """A new leader supposes that all have what it has, and knows of nobody (figure 2, volatile state on leaders)."""
    return all(
        j == i or (new.next_index[i][j] == len(new.log[i]) + 1 and new.match_index[i][j] == 0)
        for i in old.Server
        if old.role[i] != old.Role.LEADER and new.role[i] == old.Role.LEADER
        for j in old.Server
    )


@step_invariant
def next_index_decremented(old: Any, new: Any) -> bool:
    """While a leader leads, the next entry that it sends to a server goes back by one at most (5.3: decrements)."""
    return all(
        new.next_index[i][j] >= old.next_index[i][j] - 1
        for i in old.Server
        if old.role[i] == old.Role.LEADER and new.role[i] == old.Role.LEADER
        for j in old.Server
    )


@step_invariant
def gone_back_for_a_gap(old: Any, new: Any) -> bool:
    """While a leader leads, it goes back to an earlier entry only where the server lacks what comes before the next one
    (5.3), where calls take no time."""
    return all(
        new.next_index[i][j] >= old.next_index[i][j]
        or old.log[j][: old.next_index[i][j] - 1] != old.log[i][: old.next_index[i][j] - 1]
        for i in old.Server
        if old.role[i] == old.Role.LEADER and new.role[i] == old.Role.LEADER
        for j in old.Server
    )


# -- commitment, state machines, crashes


@step_invariant
def commits_followed(old: Any, new: Any) -> bool:
    """A leader commits up to an entry of its own term that it knows a majority to have (5.4.2); a follower what a
    leader of its term tells it to be committed, and it has (figure 2, AppendEntries, 5)."""
    return all(
        new.commit_index[i] <= old.commit_index[i]
        or commit_counted(old, new, i)
        or (
            new.role[i] == old.Role.FOLLOWER
            and new.commit_index[i] <= len(new.log[i])
            and any(
                c.dst == i and c.term == new.term[i] and c.commit == new.commit_index[i]
                for c in old.network.of(old.AppendEntries)
            )
        )
        or (old.in_flight == 0 and commit_told(old, new, i))
        for i in old.Server
    )


@step_invariant
def commits_copied(old: Any, new: Any) -> bool:
    """A leader commits up to an entry of its own term that it knows a majority to have (5.4.2); a follower what a
    leader of its term has committed, and it has, where calls take no time."""
    return all(
        new.commit_index[i] <= old.commit_index[i] or commit_counted(old, new, i) or commit_told(old, new, i)
        for i in old.Server
    )


def commit_counted(old: Any, new: Any, i: Any) -> bool:
    """Whether server i leads, and has committed an entry of its term that it knows a majority to have (5.4.2)."""
    return commits_own_term(old, new, i) and 2 * sum(
        1 for j in old.Server if j == i or old.match_index[i][j] >= new.commit_index[i]
    ) > len(old.Server)


def commits_own_term(old: Any, new: Any, i: Any) -> bool:
    """Whether server i leads, and the last entry that it has committed is of its term (5.4.2)."""
    return old.role[i] == old.Role.LEADER and last_term(old.log[i][: new.commit_index[i]]) == old.term[i]


def commit_told(old: Any, new: Any, i: Any) -> bool:
    """Whether server i, which follows, has what it takes for committed, and a leader of its term takes it for so."""
    return (
        new.role[i] == old.Role.FOLLOWER
        and new.commit_index[i] <= len(new.log[i])
        and any(
            old.role[j] == old.Role.LEADER and old.term[j] == new.term[i] and old.commit_index[j] >= new.commit_index[i]
            for j in old.Server
        )
    )


@step_invariant
def applied_in_order(old: Any, new: Any) -> bool:
    """A state machine takes the next committed entry, or is lost in a crash; a client is told of the next write by a
    leader that has applied it (5.3; figure 2, all servers)."""
    return all(machine_followed(old, new, i) for i in old.Server) and (
        new.acknowledged == old.acknowledged or write_told(old, new)
    )


def machine_followed(old: Any, new: Any, i: Any) -> bool:
    """Whether the state machine of server i has taken the next committed entry at most, or is lost in a crash (5.3)."""
    return (
        new.machine[i] == old.machine[i]
        or (new.crashed > old.crashed and len(new.machine[i]) == 0)
        or (new.machine[i] == old.log[i][: len(old.machine[i]) + 1] and len(new.machine[i]) <= old.commit_index[i])
    )


def write_told(old: Any, new: Any) -> bool:
    """Whether a client is told of the next write by a leader that has applied it (figure 2, all servers)."""
    return any(
        old.role[i] == old.Role.LEADER
        and len(new.acknowledged) == len(old.acknowledged) + 1
        and new.machine[i] == new.acknowledged
        for i in old.Server
    )


@step_invariant
def restarts_followed(old: Any, new: Any) -> bool:
    """A server that restarts is a follower with its term, vote and log, and with nothing else (figure 2)."""
    return new.crashed == old.crashed or any(restarted(old, new, i) and new.log[i] == old.log[i] for i in old.Server)


def restarted(old: Any, new: Any, i: Any) -> bool:
    """Whether server i may be the one that has restarted: a follower with its term and its vote, that knows of nothing
    committed (figure 2)."""
    return (
        new.role[i] == old.Role.FOLLOWER
        and new.term[i] == old.term[i]
        and new.voted_for[i] == old.voted_for[i]
        and new.commit_index[i] == 0
    )


OF_ALL_LAYERS = (
    terms_followed,
    roles_followed,
    votes_followed,
    votes_counted,
    leaders_informed,
    leaders_begin,
    next_index_decremented,
)
"""Those that hold however calls travel, and whoever the members are."""
