"""What Redis Cluster promises of writes, and what it does not (Redis Cluster Specification, "Write safety").

The model has nodes `N` with `data`, the writes that each holds; `acknowledged`, those that a client counts on; and says
by `serves(i)` whether a node is the last that claimed the slots.
"""

from __future__ import annotations

from typing import Any

from quorate import invariant, reachable


@invariant
def acknowledged_write_kept(m: Any) -> bool:
    """Who serves the slots has every write that was acknowledged: its data replaces that of all others in the end."""
    return all(w in m.data[i] for i in m.N for w in m.acknowledged if m.serves(i))


@reachable
def write_acknowledged(m: Any) -> bool:
    """A write is acknowledged."""
    return any(w in m.acknowledged for w in m.Write)


@reachable
def write_survives(m: Any) -> bool:
    """A write is acknowledged, and a promoted replica has it."""
    return any(w in m.data[i] and m.serves(i) and m.config_epoch[i] > 0 for i in m.N for w in m.acknowledged)
