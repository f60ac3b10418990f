"""What generals agree on though some are traitors (Lamport, Shostak, Pease, "The Byzantine Generals Problem", 1982).

The model has generals `General` with `decided[i]`, and says by `is_loyal(i)` and `is_commander(i)` who is what. The
commander's order is `command`.
"""

from __future__ import annotations

from typing import Any

from quorate import eventually, invariant, reachable


@invariant
def interactive_consistency(m: Any) -> bool:
    """Loyal lieutenants obey the same order (IC1), and that of a loyal commander (IC2; section 1)."""
    return all(
        m.decided[i] is None
        or m.decided[j] is None
        or (m.decided[i] == m.decided[j] and (m.decided[i] == m.command or not m.commander_is_loyal()))
        for i in m.General
        for j in m.General
        if m.is_loyal(i) and m.is_loyal(j) and not m.is_commander(i) and not m.is_commander(j)
    )


@reachable
def attack_decided(m: Any) -> bool:
    """All loyal lieutenants decide to attack."""
    return all(m.decided[i] == m.Order.ATTACK for i in m.General if m.is_loyal(i) and not m.is_commander(i))


@eventually
def all_decide(m: Any) -> bool:
    """Every loyal lieutenant decides in the end."""
    return all(m.decided[i] is not None for i in m.General if m.is_loyal(i) and not m.is_commander(i))
