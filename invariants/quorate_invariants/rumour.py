"""What rumour mongering must come to (Demers et al., "Epidemic Algorithms for Replicated Database Maintenance", PODC
1987, sections 1.4 and 1.5).

The model has nodes `N`, and `state[i]` of a `State` with SUSCEPTIBLE, INFECTIVE and REMOVED; `counted[i]`: the contacts
that counted, up to `k`; and the choices of `direction`, `stopping` and `contacts`.
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


def tells(old: Any, new: Any, i: Any, j: Any) -> bool:
    """What becomes of node i, which is infective, when it tells node j: if the contact counts, it counts one more and
    loses interest with the k-th, or its coin says whether it does."""
    if old.contacts == old.Contacts.FEEDBACK and old.state[j] == old.State.SUSCEPTIBLE:
        return new.state[i] == old.State.INFECTIVE and new.counted[i] == old.counted[i]
    if old.stopping == old.Stopping.COIN:
        return new.state[i] != old.State.SUSCEPTIBLE and new.counted[i] == 0
    if old.counted[i] + 1 == old.k:
        return new.state[i] == old.State.REMOVED and new.counted[i] == 0
    return new.state[i] == old.State.INFECTIVE and new.counted[i] == old.counted[i] + 1


def is_told(old: Any, new: Any, j: Any) -> bool:
    """What becomes of a node that is told: if the rumour is new to it, it finds it hot."""
    heard = old.State.INFECTIVE if old.state[j] == old.State.SUSCEPTIBLE else old.state[j]
    return new.state[j] == heard and new.counted[j] == old.counted[j]


def talk(old: Any, new: Any, i: Any, j: Any) -> bool:
    """Whether infective node i tells node j, and j tells i if it is infective too and they talk both ways."""
    both = old.direction == old.Direction.PUSH_PULL and old.state[j] == old.State.INFECTIVE
    return (
        old.state[i] == old.State.INFECTIVE
        and tells(old, new, i, j)
        and (tells(old, new, j, i) if both else is_told(old, new, j))
    )


def compare(old: Any, new: Any, i: Any, j: Any) -> bool:
    """Whether node j, which has not heard, learns from i, which has, and does not find it hot (section 1.5)."""
    return (
        old.state[j] == old.State.SUSCEPTIBLE != old.state[i]
        and new.state[j] == old.State.REMOVED
        and new.state[i] == old.state[i]
        and new.counted[i] == old.counted[i]
        and new.counted[j] == old.counted[j]
    )


def others_are_left_alone(old: Any, new: Any, i: Any, j: Any) -> bool:
    """Whether nothing changes but at two nodes."""
    return all(new.state[n] == old.state[n] and new.counted[n] == old.counted[n] for n in old.N if n != i and n != j)


@step_invariant
def implements_rumours(old: Any, new: Any) -> bool:
    """A step is one conversation, in which the rumour is told (section 1.4)."""
    return any(i != j and talk(old, new, i, j) and others_are_left_alone(old, new, i, j) for i in old.N for j in old.N)


@step_invariant
def implements_rumours_and_backup(old: Any, new: Any) -> bool:
    """A step is one conversation, in which the rumour is told or anti-entropy brings it (sections 1.4 and 1.5)."""
    return any(
        i != j and (talk(old, new, i, j) or compare(old, new, i, j)) and others_are_left_alone(old, new, i, j)
        for i in old.N
        for j in old.N
    )


@reachable
def all_are_hot(m: Any) -> bool:
    """Every node finds the news hot at the same time: rumours alone may do."""
    return all(m.state[i] == m.State.INFECTIVE for i in m.N)
