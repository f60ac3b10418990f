"""What a lock service must satisfy, and why it does (Wilcox et al., "Verdi: A Framework for Implementing and Formally
Verifying Distributed Systems", PLDI 2015, section 2).

The model has clients `Client`, who of them `holds` the lock, whether the server has it `free`, and the messages Grant
and Unlock of a network that delivers each once.
"""

from __future__ import annotations

from typing import Any

from quorate import invariant, reachable


@invariant
def mutual_exclusion(m: Any) -> bool:
    """No two clients hold the lock at the same time (Verdi, section 2.1)."""
    return not any(c != d and c in m.holds and d in m.holds for c in m.Client for d in m.Client)


@invariant
def one_token(m: Any) -> bool:
    """The lock is in one place: with the server, with a client, or on its way between them.

    Each step takes it from where it is and puts it where it goes.
    """
    on_the_way = sum(1 for g in m.network.of(m.Grant)) + sum(1 for u in m.network.of(m.Unlock))
    return (1 if m.free else 0) + len(m.holds) + on_the_way == 1


@reachable
def lock_held(m: Any) -> bool:
    """Some client gets the lock."""
    return len(m.holds) > 0
