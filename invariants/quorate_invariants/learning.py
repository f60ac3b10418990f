"""What learners may and must learn (Lamport, "Paxos Made Simple", 2001, sections 2.1 and 2.3).

The model has learners `Learner`, of which each knows `learned[l]`, None as long as it has learned nothing, and says by
`chosen(value)` whether a value has been chosen.
"""

from __future__ import annotations

from typing import Any

from quorate import invariant, reachable


@invariant
def learned_is_chosen(m: Any) -> bool:
    """A process never learns that a value has been chosen unless it has been (section 2.1)."""
    return all(m.learned[k] is None or m.chosen(m.learned[k]) for k in m.Learner)


@invariant
def learners_agree(m: Any) -> bool:
    """No two learners learn different values."""
    return all(
        m.learned[k] is None or m.learned[i] is None or m.learned[k] == m.learned[i]
        for k in m.Learner
        for i in m.Learner
    )


@reachable
def all_learned(m: Any) -> bool:
    """Every learner has learned the value."""
    return all(m.learned[k] is not None for k in m.Learner)
