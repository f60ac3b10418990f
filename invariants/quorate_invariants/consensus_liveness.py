"""What consensus must come to (Lamport, "Paxos Made Simple", 2001, section 2.4).

The model says by `is_chosen()` whether a value has been chosen.
"""

from __future__ import annotations

from typing import Any

from quorate import eventually, recoverable


@eventually
def value_comes(m: Any) -> bool:
    """Some value is chosen at last (Paxos Made Simple, sections 2.1 and 2.4)."""
    return m.is_chosen()


@recoverable
def value_possible(m: Any) -> bool:
    """Whatever has happened, a value can still be chosen."""
    return m.is_chosen()
