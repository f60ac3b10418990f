"""What replicas that keep a log of slots do, step by step (Guanzhou Hu's specification `MultiPaxos` in the TLA+
Examples, MultiPaxos-SMR; Lamport, "Paxos Made Simple", 2001, sections 2.2 and 3).

The model has replicas with the `leader` that each knows, `bal_max_known`, `bal_prepared`, `commit_up_to`, instances
`insts` by slot and a register `kvalue`, and the messages Prepare, PrepareReply, Accept, AcceptReply and CommitNotice in
a network that keeps what was sent. Ballot 0 and command 0 mean none; the first `writes` commands write their number.
Clients saw what is `observed`; `terminated()` says that all commands are answered.
"""

from __future__ import annotations

from typing import Any

from quorate import invariant, reachable, step_invariant


@step_invariant
def slots_keep_promises(old: Any, new: Any) -> bool:
    """A replica answers a ballot above all that it knows, with its votes, and accepts nothing until it is asked again;
    and then votes in no lower one, and for what is asked for (HandlePrepare, HandleAccept)."""
    return (
        all(new.bal_max_known[r] >= old.bal_max_known[r] for r in old.Replica)
        and all(
            m in old.network
            or (
                old.bal_max_known[m.src] < m.bal == new.bal_max_known[m.src]
                and all(m.votes[s] == old.insts[m.src][s].voted for s in old.Slot)
                and all(new.insts[m.src][s].status != old.Status.ACCEPTING for s in old.Slot)
            )
            for m in new.network.of(new.PrepareReply)
        )
        and all(
            m in old.network
            or (
                old.bal_max_known[m.src] <= m.bal == new.bal_max_known[m.src]
                and new.insts[m.src][m.slot].voted.bal == m.bal
                and asked(new, m.bal, m.slot, new.insts[m.src][m.slot].voted.cmd)
                and new.insts[m.src][m.slot].cmd == new.insts[m.src][m.slot].voted.cmd
            )
            for m in new.network.of(new.AcceptReply)
        )
    )


def asked(m: Any, b: int, s: int, c: int) -> bool:
    """Whether a ballot asks for votes for a command in a slot."""
    return any(a.bal == b and a.slot == s and a.cmd == c for a in m.network.of(m.Accept))


@step_invariant
def leaders_step_up(old: Any, new: Any) -> bool:
    """A replica has a new leader only in a higher ballot; it steps up itself, if it does not lead, in one that nobody
    has begun. A leader is prepared once a majority has answered, and only then asks for votes, in each slot in
    which it had been about to commit, and in none that it has committed (BecomeLeader, HandlePrepareReplies)."""
    return all(
        (new.leader[r] == old.leader[r] or new.bal_max_known[r] > old.bal_max_known[r])
        and (
            new.leader[r] != r
            or new.bal_max_known[r] == old.bal_max_known[r]
            or (old.leader[r] != r and not any(p.bal == new.bal_max_known[r] for p in old.network.of(old.Prepare)))
        )
        and (
            new.leader[r] != r
            or new.bal_prepared[r] == 0
            or (
                new.bal_prepared[r] == new.bal_max_known[r]
                and all(new.insts[r][s].status != new.Status.PREPARING for s in new.Slot)
                and sum(1 for m in old.network.of(old.PrepareReply) if m.bal == new.bal_prepared[r]) >= old.majority
            )
        )
        for r in old.Replica
    ) and all(
        m in old.network
        or (
            new.leader[m.src] == m.src
            and new.bal_prepared[m.src] == m.bal
            and old.insts[m.src][m.slot].status != old.Status.COMMITTED
        )
        for m in new.network.of(new.Accept)
    )


@invariant
def slots_take_over(m: Any) -> bool:
    """In each slot a ballot asks for one command: that of the latest vote there that a majority has told of, or any if
    it has told of none (section 2.2, P2c)."""
    return all(
        all(a.bal != b.bal or a.slot != b.slot or a.cmd == b.cmd for b in m.network.of(m.Accept))
        and (
            told_no_later(m, a.bal, a.slot, 0) >= m.majority
            or any(
                p.bal == a.bal
                and p.votes[a.slot].cmd == a.cmd
                and told_no_later(m, a.bal, a.slot, p.votes[a.slot].bal) >= m.majority
                for p in m.network.of(m.PrepareReply)
            )
        )
        for a in m.network.of(m.Accept)
    )


def told_no_later(m: Any, b: int, s: int, latest: int) -> int:
    """How many replicas have answered a ballot and told of no vote in a slot in a ballot above `latest`."""
    return sum(1 for p in m.network.of(m.PrepareReply) if p.bal == b and p.votes[s].bal <= latest)


@invariant
def slots_are_filled_in_order(m: Any) -> bool:
    """A slot is asked for only if each one before it was, then or in a lower ballot; commands are requested in their
    order, without an answer; and what is empty holds none (TakeNewRequest)."""
    return (
        all(
            m.insts[r][s].status != m.Status.EMPTY or (m.insts[r][s].cmd == 0 and m.insts[r][s].voted.bal == 0)
            for r in m.Replica
            for s in m.Slot
        )
        and all(
            k >= a.slot or any(b.slot == k and b.bal <= a.bal for b in m.network.of(m.Accept))
            for a in m.network.of(m.Accept)
            for k in m.Slot
        )
        and all(m.observed[i].kind != m.Kind.REQ or m.observed[i].val == 0 for i in range(len(m.observed)))
        and all(
            i >= j
            or m.observed[i].kind != m.Kind.REQ
            or m.observed[j].kind != m.Kind.REQ
            or m.observed[i].cmd < m.observed[j].cmd
            for i in range(len(m.observed))
            for j in range(len(m.observed))
        )
    )


@invariant
def notices_are_true(m: Any) -> bool:
    """What is told to be committed a majority has voted for."""
    return all(any(votes(m, b, told.upto) >= m.majority for b in m.Ballot) for told in m.network.of(m.CommitNotice))


def voted(m: Any, b: int, s: int, c: int) -> bool:
    """Whether a majority has voted for a command in a slot in a ballot."""
    return asked(m, b, s, c) and votes(m, b, s) >= m.majority


def votes(m: Any, b: int, s: int) -> int:
    """How many replicas have voted in a slot in a ballot."""
    return sum(1 for v in m.network.of(m.AcceptReply) if v.bal == b and v.slot == s)


@step_invariant
def commits_one_by_one(old: Any, new: Any) -> bool:
    """A replica commits the next slot: as a leader, if a majority has voted for its command in its ballot, or as it is
    told; and then its register holds what a write wrote (HandleAcceptReplies, HandleCommitNotice)."""
    return all(
        (new.commit_up_to[r] == old.commit_up_to[r] and new.kvalue[r] == old.kvalue[r])
        or any(
            old.commit_up_to[r] == s - 1
            and new.commit_up_to[r] == s
            and new.kvalue[r] == (c if c <= old.writes else old.kvalue[r])
            and (
                voted(old, old.bal_prepared[r], s, c) if old.leader[r] == r else old.CommitNotice(upto=s) in old.network
            )
            for s in old.Slot
            for c in old.Slot
            if old.insts[r][s].cmd == c
        )
        for r in old.Replica
    )


@step_invariant
def commits_are_marked(old: Any, new: Any) -> bool:
    """A slot is marked as committed just when it is committed, and stays so until its replica votes there anew, in a
    higher ballot (HandleAccept)."""
    return all(
        (new.insts[r][s].status == old.Status.COMMITTED)
        == (
            (new.commit_up_to[r] == s > old.commit_up_to[r])
            or (
                old.insts[r][s].status == old.Status.COMMITTED
                and new.insts[r][s].voted.bal == old.insts[r][s].voted.bal
            )
        )
        for r in old.Replica
        for s in old.Slot
    ) and all(new.insts[r][s].voted.bal >= old.insts[r][s].voted.bal for r in old.Replica for s in old.Slot)


@step_invariant
def ends_when_all_is_answered(old: Any, new: Any) -> bool:
    """A replica comes to its end after all commands are answered, and nothing else comes then (the loop of Replica)."""
    return all(new.done[r] == old.done[r] or old.terminated() for r in old.Replica) and (
        not old.terminated() or (new.network == old.network and all(new.insts[r] == old.insts[r] for r in old.Replica))
    )


@reachable
def follower_commits(m: Any) -> bool:
    """A replica that has never led commits, and holds what was written."""
    return any(
        m.commit_up_to[r] > 0 and m.kvalue[r] > 0 and not any(p.src == r for p in m.network.of(m.Prepare))
        for r in m.Replica
    )


@reachable
def slot_taken_over(m: Any) -> bool:
    """What was voted for in a lower ballot is committed in a higher one, if there is one."""
    return m.max_ballot == 1 or any(
        asked(m, b, s, c) and voted(m, k, s, c) and not voted(m, b, s, c)
        for b in m.Ballot
        for k in m.Ballot
        for s in m.Slot
        for c in m.Slot
        if b < k
    )


@reachable
def all_ended(m: Any) -> bool:
    """All commands are answered, and every replica has come to its end."""
    return all(m.done[r] for r in m.Replica)
