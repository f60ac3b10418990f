"""What the failure detector of Redis Cluster promises (Redis Cluster Specification, "Failure detection").

The model has nodes `N`, some of which watch one other: `observes(i)`, with `flag[i]` of a `Flag`, last set
`flagged_age[i]` ago; and `report_age[j][i]`, how long ago node i told node j of it; `expired` is longer than a report
is valid. It says by `flagged_lately(i)` whether a primary has had the watched one flagged within that time; by
`crashed` whether that one is down for good; and by `parted` which nodes the others, the watched one with them, are
parted from.
"""

from __future__ import annotations

from typing import Any

from quorate import eventually_always, invariant, reachable, step_invariant


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


# -- what each step may do


@step_invariant
def flags_followed(old: Any, new: Any) -> bool:
    """A node flags the watched one as PFAIL when it gets no pong, and takes a flag back when it gets one; FAIL comes
    from a node with PFAIL and the reports of a majority, and at once to all whom a FAIL message reaches."""
    return any(marks(old, new, j) for j in old.N) or all(
        new.flag[i] == old.flag[i]
        or (new.flag[i] == new.Flag.PFAIL and old.flag[i] == old.Flag.OK and not gets_pong(old, i))
        or (new.flag[i] == new.Flag.OK and gets_pong(old, i))
        for i in old.N
    )


def gets_pong(m: Any, i: Any) -> bool:
    """Whether the watched node is up, and on node i's side of the network."""
    return not m.crashed and i not in m.parted


def marks(old: Any, new: Any, j: Any) -> bool:
    """Whether node j is entitled to say FAIL, and those whom it reaches follow, and no others."""
    reports = sum(1 for i in old.N if old.is_primary(i) and (i == j or old.report_age[j][i] < old.expired))
    return (
        old.flag[j] == old.Flag.PFAIL
        and new.flag[j] == new.Flag.FAIL
        and reports >= old.majority
        and all(
            new.flag[k] == (new.Flag.FAIL if old.fail_messages and talks(old, j, k) else old.flag[k])
            for k in old.N
            if k != j
        )
    )


def talks(m: Any, i: Any, j: Any) -> bool:
    """Whether two of those who watch are on one side of the network."""
    return i != j and m.observes(i) and m.observes(j) and (i in m.parted) == (j in m.parted)


@step_invariant
def reports_followed(old: Any, new: Any) -> bool:
    """A report is made, or taken back, by a heartbeat from a node that is on the same side of the network ("Heartbeat
    packet content"); or else all grow older by one NODE_TIMEOUT, and only if none is out of date that a heartbeat could
    have brought up to date ("Heartbeat and gossip messages": within half a NODE_TIMEOUT)."""
    return (
        all(
            new.report_age[j][i] == old.report_age[j][i] or (talks(old, i, j) and new.report_age[j][i] == fresh(old, i))
            for i in old.N
            for j in old.N
        )
        and all(new.flagged_age[i] in (old.flagged_age[i], 0) for i in old.N)
    ) or (
        all(
            new.report_age[j][i] == min(old.report_age[j][i] + 1, old.expired)
            and (not talks(old, i, j) or not old.is_primary(i) or old.report_age[j][i] == fresh(old, i))
            for i in old.N
            for j in old.N
        )
        and all(
            new.flagged_age[i] == (0 if old.flag[i] != old.Flag.OK else min(old.flagged_age[i] + 1, old.expired))
            for i in old.N
        )
    )


def fresh(m: Any, i: Any) -> int:
    """The age of a report that node i makes now: no report if it has nothing to say."""
    return 0 if m.flag[i] != m.Flag.OK else m.expired


@invariant
def only_watchers(m: Any) -> bool:
    """Who has a flag is one that watches, and has it at present; and only from such is the watched one ever parted."""
    return all(m.flag[i] == m.Flag.OK or (m.observes(i) and m.flagged_age[i] == 0) for i in m.N) and all(
        m.observes(i) for i in m.parted
    )


@invariant
def reports_of_primaries(m: Any) -> bool:
    """A valid report is that of another primary, to one who watches too, and no newer than the flag that it tells of
    ("Failure detection": reported by the majority of masters)."""
    return all(
        m.report_age[j][i] == m.expired
        or (i != j and m.observes(i) and m.observes(j) and m.is_primary(i) and m.flagged_age[i] <= m.report_age[j][i])
        for i in m.N
        for j in m.N
    )


@step_invariant
def partitions_followed(old: Any, new: Any) -> bool:
    """A partition comes when there is none, leaves somebody on either side, and goes altogether."""
    return (new.parted == old.parted and new.splits == old.splits) or (
        (len(new.parted) > 0) == (len(old.parted) == 0) and (len(new.parted) > 0) == (new.splits == old.splits + 1)
    )


# -- what must be able to happen; where crashes or partitions are none, the witness of one asks for nothing


@reachable
def marked_fail(m: Any) -> bool:
    """The watched node is marked FAIL by all, and is down."""
    return all_mark_fail(m) and (m.crashed or m.crashes == 0)


@reachable
def marked_in_error(m: Any) -> bool:
    """The watched node is marked FAIL by all, and is up: it was parted from them."""
    return m.partitions == 0 or (all_mark_fail(m) and not m.crashed)


def all_mark_fail(m: Any) -> bool:
    """Whether all who watch have the flag FAIL."""
    return all(m.flag[i] == m.Flag.FAIL for i in m.N if m.observes(i))


@reachable
def suspected_by_one(m: Any) -> bool:
    """One node is alone on its side, and suspects the watched one: a flag that is local, and no more ("Failure
    detection", PFAIL flag)."""
    return m.partitions == 0 or (len(m.parted) == 1 and all(m.flag[i] == m.Flag.PFAIL for i in m.parted))


@reachable
def report_renewed(m: Any) -> bool:
    """A report is a NODE_TIMEOUT old though all hear from each other: time goes on while a failure lasts."""
    return m.crashes == 0 or (m.splits == 0 and any(0 < m.report_age[j][i] < m.expired for i in m.N for j in m.N))


@reachable
def report_outlives_contact(m: Any) -> bool:
    """A report is older than those of nodes that can be heard: it counts until it expires, whoever made it."""
    return (
        m.crashes == 0
        or m.partitions == 0
        or m.validity < 2
        or any(1 < m.report_age[j][i] < m.expired for i in m.N for j in m.N)
    )


@eventually_always
def right_view_in_the_end(m: Any) -> bool:
    """In the end all agree: FAIL if the node is down, no flag if it is reachable ("Failure detection", liveness)."""
    return all(m.flag[i] == (m.Flag.FAIL if m.crashed else m.Flag.OK) for i in m.N if m.observes(i))
