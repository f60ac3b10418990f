"""Why Paxos chooses a single value: with these, agreement and validity are inductive.

They are the parts of the invariant in Lamport's proof (TLA+ module `Paxos` in the TLA+ Examples: AccInv, MsgInv), for a
network that keeps what was sent. The model has acceptors with `promised` and `voted`, quorums of `q1` that promise and
of `q2` that vote, each of which meets each, and the messages Promise, Accept and Accepted.
"""

from __future__ import annotations

from typing import Any

from quorate import invariant


def voted_in(m: Any, a: Any, b: int) -> bool:
    """Whether an acceptor has voted in a ballot (VotedForIn for some value)."""
    return any(m.Accepted(acc=a, bal=b, val=v) in m.network for v in m.Value)


@invariant
def votes_are_remembered(m: Any) -> bool:
    """An acceptor knows the latest of its votes, which is in no higher ballot than it has promised (AccInv).

    It writes the vote down as it casts it, and afterwards votes in higher ballots only.
    """
    return all(
        (
            m.voted[a] is None
            or (
                m.voted[a].bal <= m.promised[a]
                and m.Accepted(acc=a, bal=m.voted[a].bal, val=m.voted[a].val) in m.network
            )
        )
        and all(m.voted[a] is not None and b <= m.voted[a].bal for b in m.Ballot if voted_in(m, a, b))
        for a in m.Acceptor
    )


@invariant
def promises_tell_the_latest_vote(m: Any) -> bool:
    """A promise is kept, tells a vote that was cast, and conceals no later one (MsgInv, messages "1b").

    That is, none between that vote and the ballot of the promise: the acceptor has told its latest, and votes no more
    below what it has promised.
    """
    return all(
        p.bal <= m.promised[p.acc]
        and (p.vote is None or m.Accepted(acc=p.acc, bal=p.vote.bal, val=p.vote.val) in m.network)
        and not any((p.vote is None or b > p.vote.bal) and b < p.bal and voted_in(m, p.acc, b) for b in m.Ballot)
        for p in m.network.of(m.Promise)
    )


@invariant
def proposals_are_safe(m: Any) -> bool:
    """A ballot proposes one value, and no lower ballot has chosen or can choose another (MsgInv, "2a"; SafeAt).

    A quorum of `q1` has each either voted for the value in that lower ballot or promised not to vote there any more.
    The proposer heard so from the promises of such a quorum, or inherits it from the proposal whose votes it takes up.
    """
    return all(
        all(p.bal != q.bal or p.val == q.val for q in m.network.of(m.Accept))
        and all(
            sum(
                1
                for a in m.Acceptor
                if m.Accepted(acc=a, bal=b, val=p.val) in m.network or (m.promised[a] > b and not voted_in(m, a, b))
            )
            >= m.q1
            for b in m.Ballot
            if b < p.bal
        )
        for p in m.network.of(m.Accept)
    )


@invariant
def votes_follow_proposals(m: Any) -> bool:
    """A vote is for what its ballot proposes, and in no higher ballot than its acceptor has promised (MsgInv, "2b")."""
    return all(
        m.Accept(bal=v.bal, val=v.val) in m.network and v.bal <= m.promised[v.acc] for v in m.network.of(m.Accepted)
    )
