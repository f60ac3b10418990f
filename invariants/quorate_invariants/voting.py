"""What acceptors that vote in ballots must do (Lamport's TLA+ module `Voting` in the TLA+ Examples).

The model has acceptors with `promised` and the set of their `votes`, each of a `bal` and a `val`; quorums are of
`majority`, and it says by `chosen_in(ballot, value)` whether one has voted for the value there.
"""

from __future__ import annotations

from typing import Any

from quorate import invariant, reachable, step_invariant


@step_invariant
def votes_follow_promises(old: Any, new: Any) -> bool:
    """A promise only goes up, and a vote stands; a new vote is in no ballot below the promise of its acceptor, which it
    renews, and is the acceptor's only one in its ballot (IncreaseMaxBal, VoteFor)."""
    return all(
        new.promised[a] >= old.promised[a]
        and old.votes[a] <= new.votes[a]
        and all(
            v in old.votes[a]
            or (v.bal >= old.promised[a] and v.bal == new.promised[a] and all(w.bal != v.bal for w in old.votes[a]))
            for v in new.votes[a]
        )
        for a in old.Acceptor
    )


@invariant
def one_value_per_ballot(m: Any) -> bool:
    """All votes in a ballot are for the same value (OneValuePerBallot)."""
    return all(
        v.bal != w.bal or v.val == w.val for a in m.Acceptor for b in m.Acceptor for v in m.votes[a] for w in m.votes[b]
    )


@invariant
def votes_follow_quorums(m: Any) -> bool:
    """For each vote there is a quorum that votes below its ballot no more, and has never done so, or the latest time
    for the same value (ShowsSafeAt; Paxos Made Simple, section 2.2, P2c)."""
    return all(
        any(shown_safe(m, b, v, c) for c in range(-1, b))
        for b in m.Ballot
        for v in m.Value
        if any(m.Vote(bal=b, val=v) in m.votes[a] for a in m.Acceptor)
    )


def shown_safe(m: Any, b: int, v: Any, c: int) -> bool:
    """Whether a quorum has promised ballot b and not voted from c up to there, of which one has voted for the value in
    c, unless c is -1."""
    silent = {a for a in m.Acceptor if m.promised[a] >= b and not any(c < vote.bal < b for vote in m.votes[a])}
    return len(silent) >= m.majority and (c == -1 or any(m.Vote(bal=c, val=v) in m.votes[a] for a in silent))


@reachable
def choice_repeated(m: Any) -> bool:
    """A value that is chosen is chosen again in a higher ballot: nothing else is safe there (SafeAt)."""
    return any(m.chosen_in(b, v) and m.chosen_in(c, v) for v in m.Value for b in m.Ballot for c in m.Ballot if b < c)
