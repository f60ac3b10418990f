"""What a log made of many instances of consensus must satisfy (Lamport, "Paxos Made Simple", 2001, section 3).

The model has servers with a `log` of what each knows to be chosen, an entry for each `Instance`, None for what it does
not know; it says by `chosen(instance, command)` whether a command has been chosen, and which command is the `NO_OP`.
"""

from __future__ import annotations

from typing import Any

from quorate import invariant, reachable


@invariant
def instances_agree(m: Any) -> bool:
    """Only a single command is chosen in an instance (Paxos Made Simple, section 3)."""
    return not any(
        c != d and m.chosen(n, c) and m.chosen(n, d) for n in m.Instance for c in m.Command for d in m.Command
    )


@invariant
def logs_agree(m: Any) -> bool:
    """No two servers apply different commands as the same step (Paxos Made Simple, section 3: the same sequence)."""
    return all(
        m.log[i][n] is None or m.log[j][n] is None or m.log[i][n] == m.log[j][n]
        for n in m.Instance
        for i in m.Server
        for j in m.Server
    )


@invariant
def logs_hold_what_is_chosen(m: Any) -> bool:
    """A server believes to be chosen only what is (Paxos Made Simple, section 2.1)."""
    return all(m.log[i][n] is None or m.chosen(n, m.log[i][n]) for i in m.Server for n in m.Instance)


@reachable
def log_filled(m: Any) -> bool:
    """Some server knows what is chosen in every instance, and each is a client's command."""
    return any(all(m.log[i][n] not in (None, m.NO_OP) for n in m.Instance) for i in m.Server)


@reachable
def gap_filled(m: Any) -> bool:
    """A no-op is chosen before a client's command (Paxos Made Simple, section 3: "fill the gap")."""
    return any(
        m.chosen(n, m.NO_OP) and m.chosen(k, c)
        for n in m.Instance
        for k in m.Instance
        for c in m.Command
        if n < k and c != m.NO_OP
    )


@reachable
def caught_up(m: Any) -> bool:
    """A new leader knows of a command that was chosen in an earlier ballot, and goes on after it (section 3)."""
    return any(
        m.role[i] == m.Role.LEADER
        and any(m.log[i][n] is not None and not m.proposes(i, n) for n in m.Instance)
        and any(m.proposes(i, n) for n in m.Instance)
        for i in m.Server
    )
