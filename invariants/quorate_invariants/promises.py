"""What the acceptors and proposers of Paxos must do (Lamport, "Paxos Made Simple", 2001, section 2.2).

Agreement is what comes of it; these are the rules themselves, which the paper calls P1a and P2c. The model has
acceptors with `promised` and `voted`, quorums of `q1` that promise, and the messages Promise, Accept and Accepted in a
network that keeps what was sent.
"""

from __future__ import annotations

from typing import Any

from quorate import invariant, reachable, recoverable, step_invariant


@step_invariant
def promises_are_kept(old: Any, new: Any) -> bool:
    """An acceptor answers a ballot above all that it has answered, with its latest vote, and then keeps to it: it votes
    in no lower ballot, and only for what is proposed (P1a; TLA+ module Paxos, Phase1b and Phase2b)."""
    return (
        all(new.promised[a] >= old.promised[a] for a in old.Acceptor)
        and all(
            p in old.network
            or (old.promised[p.acc] < p.bal and new.promised[p.acc] == p.bal and p.vote == old.voted[p.acc])
            for p in new.network.of(new.Promise)
        )
        and all(
            v in old.network
            or (
                old.promised[v.acc] <= v.bal
                and new.promised[v.acc] == v.bal
                and new.voted[v.acc] == new.Vote(bal=v.bal, val=v.val)
                and old.Accept(bal=v.bal, val=v.val) in old.network
            )
            for v in new.network.of(new.Accepted)
        )
    )


def told_no_later(m: Any, b: int, latest: int) -> int:
    """How many acceptors have promised a ballot and told of no vote in a ballot above `latest`."""
    return sum(
        1
        for a in m.Acceptor
        if any(p.bal == b and p.acc == a and (p.vote is None or p.vote.bal <= latest) for p in m.network.of(m.Promise))
    )


@invariant
def proposals_follow_promises(m: Any) -> bool:
    """A quorum has promised the ballot of a proposal, and told of no vote, or of none later than one for the value
    that is proposed (P2c)."""
    return all(
        told_no_later(m, accept.bal, -1) >= m.q1
        or any(
            p.bal == accept.bal
            and p.vote is not None
            and p.vote.val == accept.val
            and told_no_later(m, accept.bal, p.vote.bal) >= m.q1
            for p in m.network.of(m.Promise)
        )
        for accept in m.network.of(m.Accept)
    )


@reachable
def vote_taken_up(m: Any) -> bool:
    """A value is proposed because a vote was told of: fewer than a quorum have promised without one."""
    return any(told_no_later(m, accept.bal, -1) < m.q1 for accept in m.network.of(m.Accept))


@recoverable
def proposers_never_stuck(m: Any) -> bool:
    """Whoever has the promises of a quorum can propose something, however much later that is."""
    return all(
        told_no_later(m, b, max(m.Ballot)) < m.q1 or any(accept.bal == b for accept in m.network.of(m.Accept))
        for b in m.Ballot
    )
