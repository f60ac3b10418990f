"""What the failure detector of Redis Cluster promises (Redis Cluster Specification, "Failure detection").

The model has nodes `N`, some of which watch one other: `observes(i)`, with `flag[i]` of a `Flag`. It says by
`flagged_lately(i)` whether a primary has had the watched one flagged within the validity of a report, and by `crashed`
whether that one is down for good.
"""

from __future__ import annotations

from typing import Any

from quorate import eventually_always, reachable, step_invariant


@step_invariant
def fail_by_recent_majority(old: Any, new: Any) -> bool:
    """A node is marked FAIL only when a majority of the primaries have flagged it lately ("Failure detection").

    That is for the first to mark it, and within the time in which a report is valid: others are told by a FAIL message.
    """
    return (
        any(old.flag[i] == old.Flag.FAIL for i in old.N)
        or not any(new.flag[i] == new.Flag.FAIL for i in new.N)
        or sum(1 for i in old.N if old.flagged_lately(i)) >= old.majority
    )


@reachable
def marked_fail(m: Any) -> bool:
    """The watched node is marked FAIL by all."""
    return all(m.flag[i] == m.Flag.FAIL for i in m.N if m.observes(i))


@eventually_always
def right_view_in_the_end(m: Any) -> bool:
    """In the end all agree: FAIL if the node is down, no flag if it is reachable ("Failure detection", liveness)."""
    return all(m.flag[i] == (m.Flag.FAIL if m.crashed else m.Flag.OK) for i in m.N if m.observes(i))
