"""What generals agree on though some are traitors (Lamport, Shostak, Pease, "The Byzantine Generals Problem", 1982).

The model has generals `General` with `decided[i]`, and says by `is_loyal(i)` and `is_commander(i)` who is what. The
commander's order is `command`; `ordered[i]` is what lieutenant i got from him, `told[i][j]` what lieutenant j told him,
and of `traitors` there are so many at most.
"""

from __future__ import annotations

from typing import Any

from quorate import eventually, invariant, reachable, step_invariant


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


@invariant
def loyal_generals_obey(m: Any) -> bool:
    """A loyal commander orders what he has in mind, and a loyal lieutenant tells the others what he was ordered; nobody
    tells himself, the commander is told nothing, and only loyal lieutenants decide (OM(1), steps 1 to 3)."""
    return all(
        (not m.is_commander(i) or (m.ordered[i] is None and m.decided[i] is None))
        and (m.is_loyal(i) or m.decided[i] is None)
        and (m.ordered[i] in (None, m.command) or not m.commander_is_loyal())
        and all(
            m.told[i][j] is None
            or (
                i != j
                and not m.is_commander(i)
                and not m.is_commander(j)
                and (m.told[i][j] == m.ordered[j] or not m.is_loyal(j))
            )
            for j in m.General
        )
        for i in m.General
    )


@step_invariant
def said_once(old: Any, new: Any) -> bool:
    """What a general was ordered or told, and what he decided, stands: each message is sent once (section 3)."""
    return all(
        (old.ordered[i] is None or new.ordered[i] == old.ordered[i])
        and (old.decided[i] is None or new.decided[i] == old.decided[i])
        and all(old.told[i][j] is None or new.told[i][j] == old.told[i][j] for j in old.General)
        for i in old.General
    )


@reachable
def lieutenant_lies(m: Any) -> bool:
    """A lieutenant tells another something else than he was ordered (if there may be a traitor)."""
    return m.traitors == 0 or any(
        m.told[i][j] is not None and m.told[i][j] != m.ordered[j] for i in m.General for j in m.General
    )


@reachable
def attack_decided(m: Any) -> bool:
    """All loyal lieutenants decide to attack."""
    return all(m.decided[i] == m.Order.ATTACK for i in m.General if m.is_loyal(i) and not m.is_commander(i))


@eventually
def all_decide(m: Any) -> bool:
    """Every loyal lieutenant decides in the end."""
    return all(m.decided[i] is not None for i in m.General if m.is_loyal(i) and not m.is_commander(i))
