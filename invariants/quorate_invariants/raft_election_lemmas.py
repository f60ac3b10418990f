"""Why an election has one winner at most, where every message that was ever sent is still there (Ongaro & Ousterhout,
2014, section 5.2). The model has what `quorate_invariants.raft` asks for, the `votes` that a server counts, a
`majority`, and the message Vote.
"""

from __future__ import annotations

from typing import Any

from quorate import invariant


@invariant
def votes_stand(m: Any) -> bool:
    """Who has voted in a term has reached it, and while it stays there remembers for whom."""
    return all(
        m.term[v.src] > v.term or (m.term[v.src] == v.term and m.voted_for[v.src] == v.dst)
        for v in m.network.of(m.Vote)
    )


@invariant
def one_vote_sent(m: Any) -> bool:
    """Nobody has voted for two in one term: it remembers its vote while it is there, and never comes back."""
    return all(
        v.dst == w.dst
        for v in m.network.of(m.Vote)
        for w in m.network.of(m.Vote)
        if v.src == w.src and v.term == w.term
    )


@invariant
def votes_are_known(m: Any) -> bool:
    """The votes that a candidate or leader counts were sent to it in its term."""
    return all(
        m.role[i] == m.Role.FOLLOWER or m.Vote(src=j, dst=i, term=m.term[i]) in m.network
        for i in m.Server
        for j in m.votes[i]
    )


@invariant
def leaders_have_a_majority(m: Any) -> bool:
    """A leader counts the votes of a majority."""
    return all(m.role[i] != m.Role.LEADER or len(m.votes[i]) >= m.majority for i in m.Server)
