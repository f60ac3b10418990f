"""What rumour mongering must come to (Demers et al., "Epidemic Algorithms for Replicated Database Maintenance", PODC
1987, sections 1.4 and 1.5).

The model has nodes `N`, and `state[i]` of a `State` with SUSCEPTIBLE, INFECTIVE and REMOVED.
"""

from __future__ import annotations

from typing import Any

from quorate import eventually, eventually_always, reachable, step_invariant


@eventually
def all_are_told(m: Any) -> bool:
    """Every node hears the news in the end (section 1.5: the residue is none)."""
    return all(m.state[i] != m.State.SUSCEPTIBLE for i in m.N)


@eventually_always
def rumour_dies(m: Any) -> bool:
    """Nobody rings up others for ever (section 1.4: the rumour becomes inactive)."""
    return all(m.state[i] != m.State.INFECTIVE for i in m.N)


@step_invariant
def nobody_forgets(old: Any, new: Any) -> bool:
    """Who knows the news still knows it afterwards, and who has lost interest has for good (section 1.4)."""
    return all(
        (old.state[i] == old.State.SUSCEPTIBLE or new.state[i] != new.State.SUSCEPTIBLE)
        and (old.state[i] != old.State.REMOVED or new.state[i] == new.State.REMOVED)
        for i in old.N
    )


@reachable
def all_are_hot(m: Any) -> bool:
    """Every node finds the news hot at the same time: rumours alone may do."""
    return all(m.state[i] == m.State.INFECTIVE for i in m.N)
