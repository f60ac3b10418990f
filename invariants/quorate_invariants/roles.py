"""What proposers, acceptors and learners of Paxos do, each with what it knows (Lamport, "Paxos Made Simple", 2001).

`quorate_invariants.promises` has the rules of a Paxos whose proposers see all messages; here they hear them one by one.
The model has the messages Prepare, Promise, Accept, Accepted and Learned in a network that keeps what was sent;
proposers, numbered from 1, with `phase`, `number`, `promises` and `latest`; acceptors with `promised` and `accepted`;
learners, of whom the first is distinguished, with `heard` and `learned`. Quorums are of `majority`.
"""

from __future__ import annotations

from typing import Any

from quorate import invariant, reachable, step_invariant


@step_invariant
def acceptors_keep_promises(old: Any, new: Any) -> bool:
    """An acceptor answers a number above all that it has answered, with the latest proposal that it has accepted, and
    then keeps to it: it accepts none of a lower number, and only what is asked for (section 2.2, 1 (b) and 2 (b))."""
    return (
        all(new.promised[a] >= old.promised[a] for a in old.Acceptor)
        and all(
            p in old.network
            or (old.promised[p.acc] < p.num == new.promised[p.acc] and p.accepted == old.accepted[p.acc])
            for p in new.network.of(new.Promise)
        )
        and all(
            v in old.network
            or (
                old.promised[v.acc] <= v.num == new.promised[v.acc]
                and new.accepted[v.acc] == new.Proposal(num=v.num, val=v.val)
                and old.Accept(num=v.num, val=v.val) in old.network
            )
            for v in new.network.of(new.Accepted)
        )
    )


@invariant
def numbers_are_distinct(m: Any) -> bool:
    """No two proposers use the same number (section 2.5)."""
    return all(p == q or m.number[p] == 0 or m.number[p] != m.number[q] for p in m.Proposer for q in m.Proposer)


@invariant
def promises_are_noted(m: Any) -> bool:
    """Whom a proposer counts has promised its number; of the proposals that they report it knows the latest (P2c)."""
    return all(
        all(any(noted(m, p, r) and r.acc == a for r in m.network.of(m.Promise)) for a in m.promises[p])
        and all(
            r.accepted is None or (m.latest[p] is not None and m.latest[p].num >= r.accepted.num)
            for r in m.network.of(m.Promise)
            if noted(m, p, r)
        )
        and (m.latest[p] is None or any(noted(m, p, r) and r.accepted == m.latest[p] for r in m.network.of(m.Promise)))
        for p in m.Proposer
    )


def noted(m: Any, p: int, promise: Any) -> bool:
    """Whether a promise is for a proposer's present number, and of an acceptor that the proposer counts."""
    return promise.num == m.number[p] and promise.acc in m.promises[p]


@step_invariant
def proposals_follow_preparation(old: Any, new: Any) -> bool:
    """A proposer that prepares proposes, once a majority has promised: the latest proposal that it has heard of, or
    else its own value (section 2.2, 2 (a)). What comes after that, it does not count."""
    return all(
        new.promises[p] == old.promises[p] or new.number[p] > old.number[p] or old.phase[p] == old.Phase.PREPARING
        for p in old.Proposer
    ) and all(
        accept in old.network
        or any(
            old.number[p] == accept.num
            and old.phase[p] == old.Phase.PREPARING
            and new.phase[p] == old.Phase.PROPOSING
            and len(old.promises[p]) >= old.majority
            and accept.val == (p if old.latest[p] is None else old.latest[p].val)
            for p in old.Proposer
        )
        for accept in new.network.of(new.Accept)
    )


@step_invariant
def learners_learn_once(old: Any, new: Any) -> bool:
    """What is learned stays; the distinguished learner counts acceptances until it has learned, and tells the others
    nothing else (section 2.3)."""
    return all(
        (old.learned[k] is None or new.learned[k] == old.learned[k])
        and (new.heard[k] == old.heard[k] or (k.index == 0 and old.learned[k] is None))
        and (k.index != 0 or all(new.learned[k] == told.val for told in new.network.of(new.Learned)))
        for k in old.Learner
    )


@reachable
def value_taken_up(m: Any) -> bool:
    """A proposer asks for the value of another, if there is one, since acceptors have reported it."""
    return m.proposers == 1 or any(
        m.phase[p] == m.Phase.PROPOSING and m.latest[p] is not None and m.latest[p].val != p for p in m.Proposer
    )


@reachable
def majorities_are_enough(m: Any) -> bool:
    """All have learned the value, though nobody has heard more than a majority."""
    return (
        all(m.learned[k] is not None for k in m.Learner)
        and all(len(m.promises[p]) <= m.majority for p in m.Proposer)
        and all(len(m.heard[k][n]) <= m.majority for k in m.Learner for n in m.Number)
    )
