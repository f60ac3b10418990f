"""What elections in Raft must come to (Ongaro & Ousterhout, "In Search of an Understandable Consensus Algorithm").


The model has servers `Server`, and `role[i]` of a `Role` with LEADER.
"""

from __future__ import annotations

from typing import Any

from quorate import eventually, eventually_always, recoverable


@eventually
def leader_comes(m: Any) -> bool:
    """Some server becomes leader (section 5.2)."""
    return any(m.role[i] == m.Role.LEADER for i in m.Server)


@recoverable
def leader_possible(m: Any) -> bool:
    """Whatever has happened, some server can still become leader."""
    return any(m.role[i] == m.Role.LEADER for i in m.Server)


@eventually_always
def leader_stays(m: Any) -> bool:
    """From some moment on there is always a leader (section 5.2)."""
    return any(m.role[i] == m.Role.LEADER for i in m.Server)


def requested(m: Any) -> bool:
    """A client has made a request."""
    return m.has_request


def request_applied(m: Any) -> bool:
    """Every server has applied it (section 5.3)."""
    return all(i in m.has_applied for i in m.Server)
