"""What a lock service must satisfy, and why it does (Wilcox et al., "Verdi: A Framework for Implementing and Formally
Verifying Distributed Systems", PLDI 2015, section 2).

The model has clients `Client`, who of them `holds` the lock, whether the server has it `free`, and the messages Lock,
Grant and Unlock of a network that delivers each once.
"""

from __future__ import annotations

from typing import Any

from quorate import invariant, reachable, recoverable


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


@invariant
def one_request_each(m: Any) -> bool:
    """No client asks again while its request is on its way."""
    return all(m.network.count(m.Lock(src=c)) <= 1 for c in m.Client)


@reachable
def all_ask(m: Any) -> bool:
    """All clients ask for the lock while it is on its way to one of them: requests wait, as many as there are."""
    return all(m.Lock(src=c) in m.network for c in m.Client) and any(m.Grant(dst=c) in m.network for c in m.Client)


@recoverable
def lock_comes_back(m: Any) -> bool:
    """Whoever has the lock can give it back, and the server has it again."""
    return m.free
