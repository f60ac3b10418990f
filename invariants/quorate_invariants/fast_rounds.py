"""What acceptors and coordinators of fast rounds must do, and must be seen to do (Lamport, "Fast Paxos", 2006).

The model has acceptors with `promised` and `voted`, and the messages Prepare, Promise, Accept (whose value is None
where acceptors may pick any) and Accepted in a network that keeps what was sent. It says by `quorum_size(round)` how
many acceptors are a quorum of a round, by `is_fast(round)` whether the round is fast, by `voted_in(acceptor, round,
value)` whether the acceptor has voted for the value there, and by `chosen_in(round, value)` whether a quorum has.
"""

from __future__ import annotations

from typing import Any

from quorate import invariant, reachable, recoverable, step_invariant


@step_invariant
def promises_are_kept_in_rounds(old: Any, new: Any) -> bool:
    """An acceptor answers a round above all that it has answered, with its latest vote, and votes in no lower one; in
    each it votes once, as it is asked, or for any value if it is asked for that (2.2.1, 1b and 2b; 3.1)."""
    return (
        all(new.promised[a] >= old.promised[a] for a in old.Acceptor)
        and all(
            p in old.network or (old.promised[p.acc] < p.rnd == new.promised[p.acc] and p.vote == old.voted[p.acc])
            for p in new.network.of(new.Promise)
        )
        and all(
            v in old.network
            or (
                old.promised[v.acc] <= v.rnd == new.promised[v.acc]
                and new.voted[v.acc] == new.Vote(rnd=v.rnd, val=v.val)
                and (old.voted[v.acc] is None or old.voted[v.acc].rnd < v.rnd)
                and (old.Accept(rnd=v.rnd, val=v.val) in old.network or old.Accept(rnd=v.rnd, val=None) in old.network)
            )
            for v in new.network.of(new.Accepted)
        )
    )


def reports(m: Any, r: int, a: Any, v: Any) -> bool:
    """Whether the coordinator of a round has heard of an acceptor's vote for a value: from its promise, or, if the
    round before was fast, from the vote itself (section 3.2)."""
    return any(
        p.acc == a and p.rnd == r and p.vote is not None and p.vote.val == v for p in m.network.of(m.Promise)
    ) or any(x.acc == a and x.rnd == r - 1 and m.is_fast(x.rnd) and x.val == v for x in m.network.of(m.Accepted))


def silent(m: Any, r: int) -> int:
    """How many acceptors have promised a round, and reported no vote."""
    return sum(1 for a in m.Acceptor if m.Promise(acc=a, rnd=r, vote=None) in m.network)


@invariant
def picks_follow_reports(m: Any) -> bool:
    """A value is picked that was reported; or any, if a quorum reports none or the votes reported collide (figure 2).
    Any is left to the acceptors in fast rounds, and only there."""
    return all(
        (accept.val is not None and any(reports(m, accept.rnd, a, accept.val) for a in m.Acceptor))
        or (
            m.is_fast(accept.rnd) == (accept.val is None)
            and (
                silent(m, accept.rnd) >= m.quorum_size(accept.rnd)
                or sum(1 for v in m.Value if any(reports(m, accept.rnd, a, v) for a in m.Acceptor)) > 1
            )
        )
        for accept in m.network.of(m.Accept)
    )


@invariant
def picks_are_safe(m: Any) -> bool:
    """No value but the one picked in a round has been or might yet be chosen in a lower one (section 2.2.2, CP)."""
    return not any(
        v != accept.val and choosable(m, r, v)
        for accept in m.network.of(m.Accept)
        for r in m.Round
        if r < accept.rnd
        for v in m.Value
    )


def choosable(m: Any, r: int, v: Any) -> bool:
    """Whether a quorum has voted for the value in a round, or still may."""
    return sum(
        1
        for a in m.Acceptor
        if m.voted_in(a, r, v) or (m.promised[a] <= r and not any(m.voted_in(a, r, w) for w in m.Value))
    ) >= m.quorum_size(r)


@recoverable
def coordinators_never_stuck(m: Any) -> bool:
    """A coordinator that has heard a quorum can pick something, however much later that is."""
    return all(
        sum(1 for a in m.Acceptor if heard(m, r, a)) < m.quorum_size(r)
        or any(accept.rnd == r for accept in m.network.of(m.Accept))
        for r in m.Round
    )


def heard(m: Any, r: int, a: Any) -> bool:
    """Whether the coordinator of a round has heard an acceptor's promise, or its vote in the fast round before."""
    return any(p.acc == a and p.rnd == r for p in m.network.of(m.Promise)) or any(
        v.acc == a and v.rnd == r - 1 and m.is_fast(v.rnd) for v in m.network.of(m.Accepted)
    )


@reachable
def only_vote_taken_up(m: Any) -> bool:
    """A coordinator picks the one value reported, though a single acceptor of its quorum has voted for it."""
    return any(
        silent(m, accept.rnd) < m.quorum_size(accept.rnd)
        and sum(1 for a in m.Acceptor for v in m.Value if reports(m, accept.rnd, a, v)) == 1
        for accept in m.network.of(m.Accept)
    )


@reachable
def collision_leaves_free(m: Any) -> bool:
    """A value is picked after a collision, though no more than a quorum is heard: none can be chosen (figure 2)."""
    return any(
        sum(1 for a in m.Acceptor if heard(m, accept.rnd, a)) == m.quorum_size(accept.rnd)
        and sum(1 for v in m.Value if any(reports(m, accept.rnd, a, v) for a in m.Acceptor)) > 1
        and all(
            sum(1 for a in m.Acceptor if reports(m, accept.rnd, a, v)) + m.acceptors - m.quorum_size(accept.rnd)
            < m.fast_quorum
            for v in m.Value
        )
        for accept in m.network.of(m.Accept)
    )


@reachable
def choice_confirmed(m: Any) -> bool:
    """What is chosen in a fast round is chosen again in a later classic one."""
    return any(
        r < k and m.is_fast(r) and not m.is_fast(k) and m.chosen_in(r, v) and m.chosen_in(k, v)
        for r in m.Round
        for k in m.Round
        for v in m.Value
    )


@reachable
def chosen_after_asking(m: Any) -> bool:
    """A value is chosen in a classic round by acceptors that have promised it before (section 2.2.1)."""
    return any(
        not m.is_fast(r)
        and m.chosen_in(r, v)
        and all(
            not m.voted_in(a, r, v) or any(p.acc == a and p.rnd == r for p in m.network.of(m.Promise))
            for a in m.Acceptor
        )
        for r in m.Round
        for v in m.Value
    )


@reachable
def recovered_without_asking(m: Any) -> bool:
    """A value is chosen in a classic round without phase 1: the votes of the fast round before say enough (3.2)."""
    return any(
        not m.is_fast(r) and m.Prepare(rnd=r) not in m.network and m.chosen_in(r, v) for r in m.Round for v in m.Value
    )


@reachable
def chosen_fast(m: Any) -> bool:
    """A value is chosen in a fast round: two message delays after it was proposed (section 3.1)."""
    return any(m.is_fast(r) and m.chosen_in(r, v) for r in m.Round for v in m.Value)


@reachable
def collision_recovered(m: Any) -> bool:
    """Acceptors vote for different values in a fast round, and a later classic round chooses one (section 3.2)."""
    return any(
        m.is_fast(r)
        and not m.is_fast(k)
        and m.chosen_in(k, v)
        and all(any(m.voted_in(a, r, w) for a in m.Acceptor) for w in m.Value)
        for r in m.Round
        for k in m.Round
        for v in m.Value
        if r < k
    )
