"""What the spreading of updates must satisfy in the end (Demers et al., "Epidemic Algorithms for Replicated Database
Maintenance", PODC 1987, section 1.3).

The model has nodes `N`, each with an update of its own, and `has[i]`: the nodes whose update node i has. Where their
`conversations` are counted, a `bound()` says how many are enough.
"""

from __future__ import annotations

from typing import Any

from quorate import eventually, invariant, reachable, recoverable


@eventually
def all_informed(m: Any) -> bool:
    """Every update reaches every node (section 1.3: anti-entropy spreads all updates)."""
    return all(k in m.has[i] for i in m.N for k in m.N)


@recoverable
def everyone_is_told(m: Any) -> bool:
    """However the run goes on, every update can still reach every node."""
    return all(k in m.has[i] for i in m.N for k in m.N)


@invariant
def told_in_time(m: Any) -> bool:
    """After as many conversations as the bound says, every node has every update."""
    return m.conversations < m.bound() or all(k in m.has[i] for i in m.N for k in m.N)


@reachable
def bound_reached(m: Any) -> bool:
    """There are runs as long as the bound."""
    return m.conversations == m.bound()
