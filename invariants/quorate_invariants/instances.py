"""What a log made of many instances of consensus must satisfy (Lamport, "Paxos Made Simple", 2001, section 3).

The model has servers with a `log` of what each knows to be chosen, an entry for each `Instance`, None for what it does
not know; with a `role`, what they have `promised`, and what they have `voted` in each instance; and the messages
Prepare, Promise, Accept, Accepted and Chosen in a network that keeps what was sent. It says by `chosen(instance,
command)` whether a command has been chosen, which command is the `NO_OP`, and that quorums are of `majority`.
"""

from __future__ import annotations

from typing import Any

from quorate import invariant, reachable, step_invariant


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


@step_invariant
def promises_hold_in_all_instances(old: Any, new: Any) -> bool:
    """A server answers a ballot above all that it has answered, with its latest vote in each instance; and then votes
    in no lower ballot, and only for what is proposed (section 3; section 2.2, 1 (b) and 2 (b))."""
    return (
        all(new.promised[i] >= old.promised[i] for i in old.Server)
        and all(
            p in old.network or (old.promised[p.src] < p.bal == new.promised[p.src] and p.votes == old.voted[p.src])
            for p in new.network.of(new.Promise)
        )
        and all(
            v in old.network
            or (
                old.promised[v.src] <= v.bal == new.promised[v.src]
                and new.voted[v.src][v.ins] == new.Vote(bal=v.bal, cmd=v.cmd)
                and old.Accept(bal=v.bal, ins=v.ins, cmd=v.cmd) in old.network
            )
            for v in new.network.of(new.Accepted)
        )
    )


@step_invariant
def leaders_are_elected(old: Any, new: Any) -> bool:
    """Who stands begins a ballot that nobody has begun; who leads it has stood, and a majority has promised; who
    promises another's follows (section 3; section 2.5 for ballots of one's own)."""
    return all(
        (new.role[i] == old.role[i] and new.promised[i] == old.promised[i])
        or (
            new.promised[i] > old.promised[i]
            and (
                new.role[i] == old.Role.FOLLOWER
                or (new.role[i] == old.Role.CANDIDATE and old.Prepare(bal=new.promised[i]) not in old.network)
            )
        )
        or (
            new.promised[i] == old.promised[i]
            and old.role[i] == old.Role.CANDIDATE
            and new.role[i] == old.Role.LEADER
            and promises(old, old.promised[i]) >= old.majority
        )
        for i in old.Server
    )


def promises(m: Any, b: int) -> int:
    """How many servers have promised a ballot."""
    return sum(1 for p in m.network.of(m.Promise) if p.bal == b)


@step_invariant
def only_leaders_tell(old: Any, new: Any) -> bool:
    """Only a leader proposes, in its ballot; and tells what is chosen, as it comes to know it. A command comes into a
    log for good, as a majority has voted for it in the leader's ballot, or as it is told (sections 2.3 and 3)."""
    return (
        all(
            accept in old.network
            or any(new.role[i] == new.Role.LEADER and new.promised[i] == accept.bal for i in new.Server)
            for accept in new.network.of(new.Accept)
        )
        and all(
            told in old.network
            or any(new.role[i] == new.Role.LEADER and new.log[i][told.ins] == told.cmd for i in new.Server)
            for told in new.network.of(new.Chosen)
        )
        and all(
            new.log[i][n] == old.log[i][n]
            or (old.log[i][n] is None and (decided(old, i, n, new.log[i][n]) or is_told(old, n, new.log[i][n])))
            for i in old.Server
            for n in old.Instance
        )
    )


def decided(m: Any, i: Any, n: int, c: Any) -> bool:
    """Whether a server leads, and a majority has voted for a command in its ballot."""
    votes = sum(1 for v in m.network.of(m.Accepted) if v.bal == m.promised[i] and v.ins == n and v.cmd == c)
    return m.role[i] == m.Role.LEADER and votes >= m.majority


def is_told(m: Any, n: int, c: Any) -> bool:
    """Whether a command is told to be chosen in an instance."""
    return any(told.ins == n and told.cmd == c for told in m.network.of(m.Chosen))


@invariant
def proposals_take_over(m: Any) -> bool:
    """In each instance a ballot proposes one command: that of the latest vote that a majority has told of there, or any
    if it has told of none (section 2.2, P2c)."""
    return all(
        all(a.bal != b.bal or a.ins != b.ins or a.cmd == b.cmd for b in m.network.of(m.Accept))
        and (
            told_no_later(m, a.bal, a.ins, -1) >= m.majority
            or any(
                vote_is(p.votes[a.ins], a.cmd)
                and p.bal == a.bal
                and told_no_later(m, a.bal, a.ins, p.votes[a.ins].bal) >= m.majority
                for p in m.network.of(m.Promise)
            )
        )
        for a in m.network.of(m.Accept)
    )


def vote_is(vote: Any, cmd: int) -> bool:
    """Whether there is a vote, and for the command."""
    return vote is not None and vote.cmd == cmd


def told_no_later(m: Any, b: int, n: int, latest: int) -> int:
    """How many servers have promised a ballot and told of no vote in an instance in a ballot above `latest`."""
    return sum(1 for p in m.network.of(m.Promise) if p.bal == b and (p.votes[n] is None or p.votes[n].bal <= latest))


@invariant
def instances_are_begun_in_order(m: Any) -> bool:
    """A ballot proposes in an instance only after it has done so in each one before, or a command is chosen there
    (section 3)."""
    return all(
        k >= a.ins
        or any(b.bal == a.bal and b.ins == k for b in m.network.of(m.Accept))
        or any(m.chosen(k, c) for c in m.Command)
        for a in m.network.of(m.Accept)
        for k in m.Instance
    )


@step_invariant
def no_ops_fill_gaps(old: Any, new: Any) -> bool:
    """A no-op is proposed by a new leader: where one was voted for, or before an instance that is used (section 3)."""
    return all(
        a in old.network
        or a.cmd != new.NO_OP
        or any(
            old.role[i] == old.Role.CANDIDATE
            and new.role[i] == old.Role.LEADER
            and (
                any(k > a.ins and old.log[i][k] is not None for k in old.Instance)
                or any(
                    p.bal == a.bal
                    and (
                        vote_is(p.votes[a.ins], new.NO_OP)
                        or any(k > a.ins and p.votes[k] is not None for k in old.Instance)
                    )
                    for p in old.network.of(old.Promise)
                )
            )
            for i in old.Server
        )
        for a in new.network.of(new.Accept)
    )


@reachable
def command_taken_over(m: Any) -> bool:
    """A leader proposes a client's command because a vote for it was told of: fewer than a majority told of none."""
    return any(a.cmd != m.NO_OP and told_no_later(m, a.bal, a.ins, -1) < m.majority for a in m.network.of(m.Accept))


@reachable
def logs_complete(m: Any) -> bool:
    """Every server knows what is chosen in every instance, though there was one leader only: it has told the others."""
    return sum(1 for p in m.network.of(m.Prepare)) == 1 and all(
        m.log[i][n] is not None for i in m.Server for n in m.Instance
    )


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
