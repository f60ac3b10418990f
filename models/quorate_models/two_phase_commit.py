"""Two-phase commit (Gray & Lamport, "Consensus on Transaction Commit", ACM TODS 31(1), 2006, section 3).

Action for action Lamport's TLA+ module `TwoPhase` in the TLA+ Examples, so that the counts of states agree with TLC's.
"""

from __future__ import annotations

from enum import Enum

from quorate import Bool, Map, Message, Model, Network, Node, Param, Set, Var, action, receive, require, violates
from quorate_invariants.commit import (
    aborts_alone,
    all_aborted,
    all_committed,
    all_decided,
    consistent,
    decided_once,
    decision_possible,
    implements_commit,
    told_to_abort,
)
from quorate_invariants.commit_lemmas import (
    commit_needs_all_prepared,
    commits_on_order_only,
    orders_are_the_managers,
    prepared_aborts_on_order_only,
)


class TwoPhaseCommit(Model):
    """A transaction manager has resource managers commit a transaction together, or abort it together.

    As in the TLA+ module, a resource manager prepares of its own accord (no Prepare message), and one that aborts does
    not tell the manager, whose own decision to abort stands for hearing of it (TwoPhase, opening comment).
    """

    resource_managers = Param(3, minimum=1, maximum=64, doc="resource managers that take part")

    class RMState(Enum):
        """How far a resource manager has come (TCommit, TCTypeOK)."""

        WORKING = "working"
        PREPARED = "prepared"
        COMMITTED = "committed"
        ABORTED = "aborted"

    class TMState(Enum):
        """What the transaction manager has decided (TwoPhase, TPTypeOK)."""

        INIT = "init"
        COMMITTED = "committed"
        ABORTED = "aborted"

    RM = Node(resource_managers)

    Prepared = Message(rm=RM)
    Commit = Message()
    Abort = Message()

    rm_state = Map(RM, RMState, init=RMState.WORKING, durable=True)
    tm_state = Var(TMState, init=TMState.INIT)
    tm_prepared = Set(RM, init=set())
    network = Network(Prepared, Commit, Abort)

    properties = [
        consistent,
        implements_commit,
        decided_once,
        all_committed,
        all_aborted,
        told_to_abort,
        aborts_alone,
    ]
    lemmas = [
        orders_are_the_managers,
        commit_needs_all_prepared,
        prepared_aborts_on_order_only,
        commits_on_order_only,
    ]

    @receive(Prepared, fair="weak")
    def tm_receive_prepared(self, m):
        """The transaction manager notes that a resource manager is prepared (TMRcvPrepared)."""
        require(self.tm_state == self.TMState.INIT)
        self.tm_prepared.add(m.rm)

    @action(fair="weak")
    def tm_commit(self):
        """The transaction manager commits, once every resource manager is prepared (TMCommit)."""
        require(self.tm_state == self.TMState.INIT)
        require(self.may_commit())
        self.tm_state = self.TMState.COMMITTED
        self.network.send(self.Commit())

    def may_commit(self):
        """Whether the transaction manager knows every resource manager to be prepared (guard of TMCommit)."""
        return self.tm_prepared == set(self.RM)

    @action(fair="weak")
    def tm_abort(self):
        """The transaction manager aborts, as it may at any time before it decides (TMAbort)."""
        require(self.tm_state == self.TMState.INIT)
        self.tm_state = self.TMState.ABORTED
        self.network.send(self.Abort())

    @action(rm=RM)
    def rm_prepare(self, rm):
        """A resource manager prepares, which gives up its right to abort by itself (RMPrepare)."""
        require(self.rm_state[rm] == self.RMState.WORKING)
        self.rm_state[rm] = self.RMState.PREPARED
        self.network.send(self.Prepared(rm=rm))

    @action(rm=RM)
    def rm_choose_to_abort(self, rm):
        """A resource manager that is still working aborts by itself (RMChooseToAbort)."""
        require(self.rm_state[rm] == self.RMState.WORKING)
        self.rm_state[rm] = self.RMState.ABORTED

    @receive(Commit, fair="weak", fair_per=("rm",), rm=RM)
    def rm_receive_commit(self, m, rm):
        """A resource manager is told to commit (RMRcvCommitMsg)."""
        self.rm_state[rm] = self.RMState.COMMITTED

    @receive(Abort, fair="weak", fair_per=("rm",), rm=RM)
    def rm_receive_abort(self, m, rm):
        """A resource manager is told to abort (RMRcvAbortMsg)."""
        self.rm_state[rm] = self.RMState.ABORTED


class EagerCommit(TwoPhaseCommit):
    """The transaction manager commits as soon as one resource manager is prepared, without waiting for the others.

    Another may still abort by itself. With a single resource manager there is no other.
    """

    # what comes of it; that a step is wrong is seen a little earlier
    properties = [consistent, all_committed, all_aborted]
    expected = violates(consistent, found_at={"resource_managers": 2}, hidden_at={"resource_managers": 1})

    def may_commit(self):
        """Whether anyone at all is prepared; the protocol asks for everyone (Gray & Lamport, section 3.1)."""
        return len(self.tm_prepared) > 0


class AbortAfterPrepared(TwoPhaseCommit):
    """A prepared resource manager loses patience and aborts by itself, as a time-out in a careless one would have it.

    The transaction manager counts on its word, and may have had the others commit.
    """

    properties = [consistent, all_committed, all_aborted]
    expected = violates(consistent, found_at={"resource_managers": 2}, hidden_at={"resource_managers": 1})

    def rm_choose_to_abort(self, rm):
        """A resource manager aborts though it may have prepared (against Gray & Lamport, section 3.1)."""
        require(self.rm_state[rm] in (self.RMState.WORKING, self.RMState.PREPARED))
        self.rm_state[rm] = self.RMState.ABORTED


class ManagerCrashes(TwoPhaseCommit):
    """The transaction manager may crash for good, and those who are prepared wait for it for ever.

    They have given up their right to abort, and cannot know what was decided (Gray & Lamport, section 3.2: two-phase
    commit blocks).
    """

    crashes = Param(1, minimum=0, maximum=1, doc="whether the transaction manager may crash")

    tm_crashed = Bool(init=False)

    properties = [consistent, all_decided, decision_possible]
    expected = violates(all_decided, found_at={"resource_managers": 1}, hidden_at={"crashes": 0})

    @action()
    def tm_crash(self):
        """The transaction manager crashes, and stays down."""
        require(self.crashes > 0 and not self.tm_crashed)
        self.tm_crashed = True

    def tm_receive_prepared(self, m):
        """As in the protocol, while the manager is up."""
        require(not self.tm_crashed)
        super().tm_receive_prepared(m)

    def tm_commit(self):
        """As in the protocol, while the manager is up."""
        require(not self.tm_crashed)
        super().tm_commit()

    def tm_abort(self):
        """As in the protocol, while the manager is up."""
        require(not self.tm_crashed)
        super().tm_abort()
