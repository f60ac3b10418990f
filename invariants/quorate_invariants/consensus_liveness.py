"""What consensus must come to, and what proposers that compete for it do (Lamport, "Paxos Made Simple", 2001, 2.4).

The model says by `is_chosen()` whether a value has been chosen. Of proposers it has the `rank` of each among those that
have a ballot, 0 if it has none; whose `promises` and `votes` it has got; and which is `distinguished`, if any. An
acceptor has `promised` twice a rank, or an odd number between two for a ballot given up; quorums are of `majority`.
"""

from __future__ import annotations

from typing import Any

from quorate import eventually, invariant, reachable, recoverable, step_invariant


@eventually
def value_comes(m: Any) -> bool:
    """Some value is chosen at last (Paxos Made Simple, sections 2.1 and 2.4)."""
    return m.is_chosen()


@recoverable
def value_possible(m: Any) -> bool:
    """Whatever has happened, a value can still be chosen."""
    return m.is_chosen()


@invariant
def ballots_are_ranked(m: Any) -> bool:
    """The ballots of the proposers that have one are the first, the second, and so on; no promise is above them all."""
    begun = sum(1 for p in m.Proposer if m.rank[p] > 0)
    return all(
        m.rank[p] <= begun and all(p == q or m.rank[p] != m.rank[q] for q in m.Proposer)
        for p in m.Proposer
        if m.rank[p] > 0
    ) and all(m.promised[a] <= 2 * begun for a in m.Acceptor)


@step_invariant
def ballots_begin_when_refused(old: Any, new: Any) -> bool:
    """A proposer begins a ballot above all others, with neither promises nor votes; only its first, or if an acceptor
    has promised a higher one; and only if no value is chosen and no other proposer is distinguished (2.4). To the
    others nothing happens: each acceptor is bound above, by or below their ballots as before."""
    return all(
        new.rank[p] == old.rank[p]
        or new.rank[p] == old.rank[p] - 1 > 0
        or (
            all(new.rank[p] >= new.rank[q] for q in old.Proposer)
            and (old.rank[p] == 0 or any(old.promised[a] > 2 * old.rank[p] for a in old.Acceptor))
            and len(new.promises[p]) == 0
            and len(new.votes[p]) == 0
            and not old.is_chosen()
            and old.distinguished in (None, p)
            and all(
                (new.promised[a] < 2 * new.rank[q]) == (old.promised[a] < 2 * old.rank[q])
                and (new.promised[a] > 2 * new.rank[q]) == (old.promised[a] > 2 * old.rank[q])
                for a in old.Acceptor
                for q in old.Proposer
                if q != p and old.rank[q] > 0
            )
        )
        for p in old.Proposer
    )


@step_invariant
def rounds_are_kept(old: Any, new: Any) -> bool:
    """An acceptor promises a ballot above all that it has answered, votes in none below, and only in one that a
    majority has promised (2.2, 1 (b) and 2)."""
    return all(
        (a in old.promises[p] or a not in new.promises[p] or old.promised[a] < new.promised[a] == 2 * old.rank[p])
        and (
            a in old.votes[p]
            or a not in new.votes[p]
            or (old.promised[a] <= new.promised[a] == 2 * old.rank[p] and len(old.promises[p]) >= old.majority)
        )
        for p in old.Proposer
        for a in old.Acceptor
    )


@reachable
def promise_outbid(m: Any) -> bool:
    """An acceptor has promised one ballot, and then a higher one."""
    return any(
        p != q and a in m.promises[p] and a in m.promises[q] for p in m.Proposer for q in m.Proposer for a in m.Acceptor
    )


@reachable
def majority_is_enough(m: Any) -> bool:
    """A value is chosen though nobody has got more promises or votes than a majority (2.2)."""
    return m.is_chosen() and all(len(m.promises[p]) <= m.majority and len(m.votes[p]) <= m.majority for p in m.Proposer)
