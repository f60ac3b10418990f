"""What clients may observe of a register that is replicated (Herlihy & Wing, "Linearizability", 1990).

The model has commands of clients, numbered from 1, of which the first `writes` write their own number and the others
read; each answers with the value before it, 0 at first. `observed` is the sequence of requests and answers, each with
`kind`, `cmd` and `val`; `terminated()` says that all commands are answered.
"""

from __future__ import annotations

from typing import Any

from quorate import invariant, reachable


@invariant
def answers_linearizable(m: Any) -> bool:
    """Each command is answered once, with what the last write that was answered before it has written.

    So the order of the answers explains them; and it agrees with real time, since a command that is requested after
    another's answer is answered after that too.
    """
    return all(
        m.observed[i].kind != m.Kind.ACK
        or (m.observed[i].val == last_written(m, i) and not any(answers(m, k, m.observed[i].cmd) for k in range(i)))
        for i in range(len(m.observed))
    )


def answers(m: Any, k: int, cmd: int) -> bool:
    """Whether the k-th event answers the command."""
    return m.observed[k].kind == m.Kind.ACK and m.observed[k].cmd == cmd


def last_written(m: Any, i: int) -> int:
    """What the last write that was answered before the i-th event has written."""
    writes = [k for k in range(i) if m.observed[k].kind == m.Kind.ACK and m.observed[k].cmd <= m.writes]
    return m.observed[writes[-1]].cmd if len(writes) > 0 else 0


@reachable
def all_answered(m: Any) -> bool:
    """All commands are answered."""
    return m.terminated()
