"""What single-decree consensus must satisfy (Lamport, "Paxos Made Simple", 2001, section 2.1).

The model says by `chosen(value)` whether a value has been chosen, and by `proposed(value)` whether it was proposed.
"""

from __future__ import annotations

from typing import Any

from quorate import invariant, reachable, step_invariant


@invariant
def agreement(m: Any) -> bool:
    """Only a single value is chosen (Paxos Made Simple, section 2.1; TLA+ module Consensus, Inv)."""
    return not any(v != w and m.chosen(v) and m.chosen(w) for v in m.Value for w in m.Value)


@invariant
def validity(m: Any) -> bool:
    """Only a value that has been proposed is chosen (Paxos Made Simple, section 2.1)."""
    return all(m.proposed(v) for v in m.Value if m.chosen(v))


@step_invariant
def choice_is_final(old: Any, new: Any) -> bool:
    """What is chosen stays chosen: a value is chosen only while none is (TLA+ module Consensus, Next)."""
    return all(new.chosen(v) for v in old.Value if old.chosen(v))


@reachable
def value_chosen(m: Any) -> bool:
    """Some value is chosen."""
    return any(m.chosen(v) for v in m.Value)
