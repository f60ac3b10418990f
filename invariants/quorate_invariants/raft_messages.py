"""What a server of Raft does with a message, and when it sends one, where each is a step of its own (Ongaro &
Ousterhout, "In Search of an Understandable Consensus Algorithm", 2014, section 5; Ongaro, "Consensus: Bridging Theory
and Practice", 2014, appendix B).

The model has what `quorate_invariants.raft` asks for, of candidates `responded` and `votes`, of leaders `next_index`
and `match_index`, a `majority`, and a network that delivers RequestVote, Vote, AppendEntries and Appended once.
"""

from __future__ import annotations

from typing import Any

from quorate import invariant, reachable, step_invariant
from quorate_invariants.raft_steps import last_term

# -- elections


@step_invariant
def terms_by_message(old: Any, new: Any) -> bool:
    """A server begins a new term without a vote: as a candidate, by one later, if it is no leader; or as a follower,
    when a message tells it of that term, which it handles afterwards (5.1)."""
    return all(
        new.term[i] == old.term[i]
        or (
            new.voted_for[i] is None
            and (
                (
                    old.role[i] != old.Role.LEADER
                    and new.role[i] == old.Role.CANDIDATE
                    and new.term[i] == old.term[i] + 1
                    and len(new.votes[i]) == 0
                    and len(new.responded[i]) == 0
                )
                or (new.role[i] == old.Role.FOLLOWER and new.term[i] > old.term[i] and told_of_term(new, i))
            )
        )
        for i in old.Server
    )


def told_of_term(m: Any, i: Any) -> bool:
    """Whether a message to a server is there that tells it of its term."""
    return (
        any(r.dst == i and r.term == m.term[i] for r in m.network.of(m.RequestVote))
        or any(v.dst == i and v.term == m.term[i] for v in m.network.of(m.Vote))
        or any(p.dst == i and p.term == m.term[i] for p in m.network.of(m.Appended))
        or led(m, i)
    )


def led(m: Any, i: Any) -> bool:
    """Whether a call of the leader of its term is on its way to a server."""
    return any(a.dst == i and a.term == m.term[i] for a in m.network.of(m.AppendEntries))


@step_invariant
def roles_by_message(old: Any, new: Any) -> bool:
    """Within a term a candidate becomes leader with the votes of a majority, or a follower when it hears from a leader;
    a vote is for who asks, and is counted if it was sent (5.2)."""
    return all(
        new.term[i] != old.term[i]
        or (
            (
                new.role[i] == old.role[i]
                or (
                    old.role[i] == old.Role.CANDIDATE
                    and (len(old.votes[i]) >= old.majority if new.role[i] == old.Role.LEADER else led(new, i))
                )
            )
            and (
                new.voted_for[i] == old.voted_for[i]
                or any(
                    r.src == new.voted_for[i] and r.dst == i and grants(old, r) for r in old.network.of(old.RequestVote)
                )
            )
            and (
                (new.responded[i] == old.responded[i] and new.votes[i] == old.votes[i])
                or any(
                    v.dst == i
                    and v.term == old.term[i]
                    and new.responded[i] == old.responded[i] | {v.src}
                    and new.votes[i] == (old.votes[i] | {v.src} if v.granted else old.votes[i])
                    for v in old.network.of(old.Vote)
                )
            )
        )
        for i in old.Server
    )


def grants(m: Any, r: Any) -> bool:
    """Whether a server votes for who asks: in its term, if it has voted for nobody else, and if the candidate's log is
    no less up to date than its own (5.2, 5.4.1)."""
    mine = m.log[r.dst]
    return (
        r.term == m.term[r.dst]
        and m.voted_for[r.dst] in (None, r.src)
        and (r.last_term > last_term(mine) or (r.last_term == last_term(mine) and r.last_index >= len(mine)))
    )


@step_invariant
def votes_asked_for(old: Any, new: Any) -> bool:
    """Only a candidate asks for votes, and only who has not answered it yet (5.2)."""
    return all(
        r in old.network or (old.role[r.src] == old.Role.CANDIDATE and r.dst not in old.responded[r.src])
        for r in new.network.of(new.RequestVote)
    )


@reachable
def joins_a_candidate(m: Any) -> bool:
    """A server has joined the term of a candidate and votes for it, and nobody leads yet (5.1, 5.2; if there is another
    server)."""
    return len(m.Server) < 2 or (
        all(m.role[i] != m.Role.LEADER for i in m.Server)
        and any(
            m.role[j] == m.Role.FOLLOWER
            and m.role[i] == m.Role.CANDIDATE
            and m.voted_for[j] == i
            and m.term[j] == m.term[i]
            for i in m.Server
            for j in m.Server
        )
    )


@reachable
def candidate_gives_way(m: Any) -> bool:
    """A candidate that voted for itself follows another that leads in its term (5.2; where there is a majority without
    it)."""
    return len(m.Server) < 3 or any(m.role[i] == m.Role.FOLLOWER and m.voted_for[i] == i for i in m.Server)


# -- what messages say


@invariant
def messages_true(m: Any) -> bool:
    """While who sent a message is in the same term, what it says is so: what a candidate's log ends in, whom a server
    votes for, what a leader's log has, and how far a server's log agrees with that of the leader (figure 2, RequestVote
    and AppendEntries)."""
    return (
        all(
            m.role[r.src] != m.Role.CANDIDATE
            or (r.last_term == last_term(m.log[r.src]) and r.last_index == len(m.log[r.src]))
            for r in m.network.of(m.RequestVote)
            if r.term == m.term[r.src]
        )
        and all(not v.granted or v.dst == m.voted_for[v.src] for v in m.network.of(m.Vote) if v.term == m.term[v.src])
        and all(
            m.role[a.src] == m.Role.LEADER and a.src != a.dst and call_true(a, m.log[a.src])
            for a in m.network.of(m.AppendEntries)
            if a.term == m.term[a.src]
        )
        and all(
            p.match <= len(m.log[p.src])
            and p.match <= len(m.log[p.dst])
            and m.log[p.src][: p.match] == m.log[p.dst][: p.match]
            and (p.success or p.match == 0)
            for p in m.network.of(m.Appended)
            if p.term == m.term[p.src] and p.term == m.term[p.dst]
        )
    )


def call_true(a: Any, log: Any) -> bool:
    """Whether a call has the entry that follows in the log of the leader, or none, and commits no more than it sends.

    It may commit more than the leader does by now: here a late answer sets a match index back, and so a commit index.
    """
    return (
        a.prev_index <= len(log)
        and a.prev_term == (log[a.prev_index - 1].term if a.prev_index > 0 else 0)
        and (len(a.entries) == 0 or a.entries == log[a.prev_index : a.prev_index + 1])
        and a.commit <= a.prev_index + len(a.entries)
    )


# -- log replication


@step_invariant
def refused_for_a_reason(old: Any, new: Any) -> bool:
    """A server refuses a call only if it is of an earlier term, or if it lacks the entry before (figure 2,
    AppendEntries, 1 and 2)."""
    return all(
        p.success
        or p in old.network
        or any(
            a.dst == p.src
            and (
                a.term < p.term
                or a.prev_index > len(old.log[p.src])
                or last_term(old.log[p.src][: a.prev_index]) != a.prev_term
            )
            for a in old.network.of(old.AppendEntries)
        )
        for p in new.network.of(new.Appended)
    )


@step_invariant
def commits_by_message(old: Any, new: Any) -> bool:
    """A leader commits up to an entry of its own term that it knows a majority to have (5.4.2); a follower what a call
    tells it, and no more than it has (figure 2, AppendEntries, 5)."""
    return all(
        new.commit_index[i] == old.commit_index[i]
        or (
            old.role[i] == old.Role.LEADER
            and last_term(old.log[i][: new.commit_index[i]]) == old.term[i]
            and sum(1 for j in old.Server if j == i or old.match_index[i][j] >= new.commit_index[i]) >= old.majority
        )
        or (
            old.role[i] == old.Role.FOLLOWER
            and new.commit_index[i] <= len(old.log[i])
            and any(
                a.dst == i and a.term == old.term[i] and a.commit == new.commit_index[i]
                for a in old.network.of(old.AppendEntries)
            )
        )
        for i in old.Server
    )


@step_invariant
def progress_by_message(old: Any, new: Any) -> bool:
    """A leader begins without knowing how far the others have come, and sends what follows on its log; then it notes
    what an answer of its term says, or goes back by one entry (5.3; figure 2, nextIndex and matchIndex)."""
    return all(
        (new.next_index[i][j] == old.next_index[i][j] and new.match_index[i][j] == old.match_index[i][j])
        or (
            old.role[i] == old.Role.CANDIDATE
            and new.role[i] == old.Role.LEADER
            and new.next_index[i][j] == len(old.log[i]) + 1
            and new.match_index[i][j] == 0
        )
        or any(
            p.src == j
            and p.dst == i
            and p.term == old.term[i]
            and new.match_index[i][j] == (p.match if p.success else old.match_index[i][j])
            and new.next_index[i][j] == (p.match + 1 if p.success else max(old.next_index[i][j] - 1, 1))
            for p in old.network.of(old.Appended)
        )
        for i in old.Server
        for j in old.Server
    )
