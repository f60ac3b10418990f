"""What servers do in an election, step by step, where every message that was ever sent is still there (Ongaro &
Ousterhout, "In Search of an Understandable Consensus Algorithm", 2014, sections 5.1 and 5.2).

The model has what `quorate_invariants.raft_election_lemmas` asks for, and the message RequestVote.
"""

from __future__ import annotations

from typing import Any

from quorate import reachable, step_invariant


@step_invariant
def terms_begin(old: Any, new: Any) -> bool:
    """A term begins for a server without votes: by one later than its last if it stands for election, as no leader
    does, or as a follower because a candidate of that term asks for its vote (5.1, 5.2)."""
    return all(
        new.term[i] == old.term[i]
        or (
            len(new.votes[i]) == 0
            and (
                (
                    old.role[i] != old.Role.LEADER
                    and new.role[i] == old.Role.CANDIDATE
                    and new.term[i] == old.term[i] + 1
                    and new.voted_for[i] == i
                )
                or (
                    new.role[i] == old.Role.FOLLOWER
                    and new.term[i] > old.term[i]
                    and any(r.src != i and r.term == new.term[i] for r in old.network.of(old.RequestVote))
                    and (new.voted_for[i] is None or asked(old, new, i))
                )
            )
        )
        for i in old.Server
    )


@step_invariant
def terms_pass(old: Any, new: Any) -> bool:
    """Within its term a server votes once, for a candidate that asked; only a candidate counts votes, and it becomes
    leader with those of a majority (5.2). In a crash a server forgets what it was, but not its vote."""
    return all(
        new.term[i] != old.term[i]
        or (
            (new.voted_for[i] == old.voted_for[i] or (old.voted_for[i] is None and asked(old, new, i)))
            and (
                (new.role[i] == old.role[i] and new.votes[i] == old.votes[i])
                or (new.role[i] == old.Role.FOLLOWER and len(new.votes[i]) == 0)
                or (old.role[i] == old.Role.CANDIDATE and elected(old, new, i))
            )
        )
        for i in old.Server
    )


def elected(old: Any, new: Any, i: Any) -> bool:
    """Whether a candidate counts a vote that was sent to it, or has those of a majority, and leads."""
    if new.role[i] == new.Role.LEADER:
        return new.votes[i] == old.votes[i] and len(old.votes[i]) >= old.majority
    return (
        new.role[i] == new.Role.CANDIDATE
        and old.votes[i] <= new.votes[i]
        and all(j in old.votes[i] or old.Vote(src=j, dst=i, term=old.term[i]) in old.network for j in new.votes[i])
    )


def asked(old: Any, new: Any, i: Any) -> bool:
    """Whether the candidate for whom a server votes now has asked for that."""
    return any(r.src == new.voted_for[i] and r.term == new.term[i] for r in old.network.of(old.RequestVote))


@step_invariant
def votes_told(old: Any, new: Any) -> bool:
    """A server that votes says so, and says nothing else: a vote that is sent is the voter's in its term, a request
    that of a candidate in its (5.2)."""
    return (
        all(
            v in old.network or (v.term == new.term[v.src] and v.dst == new.voted_for[v.src])
            for v in new.network.of(new.Vote)
        )
        and all(
            r in old.network or (r.term == new.term[r.src] and new.role[r.src] == new.Role.CANDIDATE)
            for r in new.network.of(new.RequestVote)
        )
        and all(
            new.voted_for[i] is None
            or (new.voted_for[i] == old.voted_for[i] and new.term[i] == old.term[i])
            or any(v.src == i and v.dst == new.voted_for[i] and v.term == new.term[i] for v in new.network.of(new.Vote))
            for i in new.Server
        )
    )


@reachable
def majority_suffices(m: Any) -> bool:
    """A server leads with the votes of a majority and no more: it need not wait for everyone (5.2)."""
    return any(m.role[i] == m.Role.LEADER and len(m.votes[i]) == m.majority for i in m.Server)
