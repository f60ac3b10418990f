"""Three-phase commit (Skeen, "Nonblocking Commit Protocols", SIGMOD 1981), and what a partition does to it."""

from __future__ import annotations

from enum import Enum

from quorate import Bool, Int, Map, Model, Node, Param, Set, Var, action, require, violates
from quorate_invariants.commit import all_aborted, all_committed, all_decided, consistent, decision_possible
from quorate_invariants.nonblocking_commit import (
    aborted_as_told,
    committed_as_told,
    committed_without_coordinator,
    coordinator_follows,
    managers_follow,
    told_by_the_state,
)


class ThreePhaseCommit(Model):
    """A coordinator has resource managers commit together, and they finish without it if it crashes.

    Between the votes and the commit there is a phase in which all learn that all have voted yes, with a state of its
    own, the buffer state. No resource manager commits while another may still not know that, so that those who are left
    can tell what to do. Their agreement, the termination protocol, is one step here: resource managers do not crash.

    Messages are left out: one tells another something in a step. A time-out means that the other is down, as the
    protocol assumes: the network does not fail, and is never slow.
    """

    resource_managers = Param(3, minimum=1, maximum=16, doc="resource managers that take part")
    crashes = Param(1, minimum=0, maximum=1, doc="whether the coordinator may crash")

    class RMState(Enum):
        """How far a resource manager has come (states q, w, p, c and a of the paper)."""

        WORKING = "working"
        WAITING = "waiting"
        PRECOMMITTED = "precommitted"
        COMMITTED = "committed"
        ABORTED = "aborted"

    class Coordinator(Enum):
        """How far the coordinator has come."""

        WAITING = "waiting"
        PRECOMMITTING = "precommitting"
        COMMITTED = "committed"
        ABORTED = "aborted"

    RM = Node(resource_managers)

    rm_state = Map(RM, RMState, init=RMState.WORKING)
    coordinator = Var(Coordinator, init=Coordinator.WAITING)
    crashed = Bool(init=False)

    properties = [
        consistent,
        told_by_the_state,
        coordinator_follows,
        managers_follow,
        committed_as_told,
        aborted_as_told,
        committed_without_coordinator,
        all_decided,
        decision_possible,
    ]

    def hears(self, rm):
        """Whether the coordinator and a resource manager hear of each other; otherwise each times out."""
        return not self.crashed

    def group(self, rm):
        """The resource managers that one hears of, itself included."""
        return set(self.RM)

    @action()
    def crash(self):
        """The coordinator crashes for good."""
        require(self.crashes > 0 and not self.crashed)
        self.crashed = True

    @action(fair="weak", fair_per=("rm",), rm=RM)
    def vote_yes(self, rm):
        """A resource manager votes yes, and gives up its right to abort by itself (phase 1)."""
        require(self.rm_state[rm] == self.RMState.WORKING)
        self.rm_state[rm] = self.RMState.WAITING

    @action(rm=RM)
    def vote_no(self, rm):
        """A resource manager votes no, and aborts (phase 1)."""
        require(self.rm_state[rm] == self.RMState.WORKING)
        self.rm_state[rm] = self.RMState.ABORTED

    @action(fair="weak")
    def decide_to_commit(self):
        """The coordinator has heard a yes from all, and begins to tell them so (phase 2)."""
        require(not self.crashed and self.coordinator == self.Coordinator.WAITING)
        require(all(self.hears(rm) and self.rm_state[rm] == self.RMState.WAITING for rm in self.RM))
        self.coordinator = self.Coordinator.PRECOMMITTING

    @action(fair="weak")
    def decide_to_abort(self):
        """The coordinator has heard a no, or not heard from one in time (phase 1)."""
        require(not self.crashed and self.coordinator == self.Coordinator.WAITING)
        require(any(not self.hears(rm) or self.rm_state[rm] == self.RMState.ABORTED for rm in self.RM))
        self.coordinator = self.Coordinator.ABORTED

    @action(fair="weak", fair_per=("rm",), rm=RM)
    def tell_precommit(self, rm):
        """A resource manager learns that all have voted yes, and acknowledges (phase 2)."""
        require(self.hears(rm) and self.coordinator == self.Coordinator.PRECOMMITTING)
        require(self.rm_state[rm] == self.RMState.WAITING)
        self.rm_state[rm] = self.RMState.PRECOMMITTED

    @action(fair="weak")
    def commit(self):
        """All have acknowledged, but for those that the coordinator takes to be down: it commits (phase 3)."""
        require(not self.crashed and self.coordinator == self.Coordinator.PRECOMMITTING)
        require(all(not self.hears(rm) or self.rm_state[rm] == self.RMState.PRECOMMITTED for rm in self.RM))
        self.coordinator = self.Coordinator.COMMITTED

    @action(fair="weak", fair_per=("rm",), rm=RM)
    def tell_decision(self, rm):
        """A resource manager is told to commit, or to abort (phase 3; phase 1)."""
        require(self.hears(rm) and self.rm_state[rm] in (self.RMState.WAITING, self.RMState.PRECOMMITTED))
        require(self.coordinator in (self.Coordinator.COMMITTED, self.Coordinator.ABORTED))
        if self.coordinator == self.Coordinator.COMMITTED:
            self.rm_state[rm] = self.RMState.COMMITTED
        else:
            self.rm_state[rm] = self.RMState.ABORTED

    @action(fair="weak", fair_per=("rm",), rm=RM)
    def terminate(self, rm):
        """A resource manager does not hear from the coordinator, and asks those it reaches how far they are: they
        commit if one knows that all have voted yes, and abort otherwise (termination protocol)."""
        require(not self.hears(rm) and self.rm_state[rm] in (self.RMState.WAITING, self.RMState.PRECOMMITTED))
        group = self.group(rm)
        if any(self.rm_state[r] in (self.RMState.PRECOMMITTED, self.RMState.COMMITTED) for r in group):
            self.conclude(group, self.RMState.COMMITTED)
        else:
            self.conclude(group, self.RMState.ABORTED)

    def conclude(self, group, decision):
        """All of a group decide the same."""
        for r in self.RM:
            if r in group:
                self.rm_state[r] = decision


class Partitioned(ThreePhaseCommit):
    """The network may be parted, and each side takes the other to be down.

    One side has heard that all voted yes, and commits; the other has not, and aborts. No protocol that does not block
    survives that (Skeen & Stonebraker, "A Formal Model of Crash Recovery in a Distributed System", 1983).
    """

    partitions = Param(1, minimum=0, maximum=2, doc="how often the network is parted")

    splits = Int(0, partitions, init=0)
    # those who hear neither from the coordinator nor from the others
    parted = Set(ThreePhaseCommit.RM, init=set())

    # the others suppose that the network never fails
    properties = (consistent, all_committed, all_aborted, all_decided, decision_possible)

    expected = violates(
        consistent,
        found_at={"resource_managers": 2, "partitions": 1, "crashes": 0},
        hidden_at={"resource_managers": 2, "partitions": 0},
    )

    @action(side=Set(ThreePhaseCommit.RM))
    def part(self, side):
        """Some resource managers are parted from the coordinator and the others."""
        require(len(self.parted) == 0 and len(side) > 0 and self.splits < self.partitions)
        self.splits += 1
        self.parted = side

    @action(fair="weak")
    def heal(self):
        """The network is whole again."""
        require(len(self.parted) > 0)
        self.parted = set()

    def hears(self, rm):
        """Nobody hears anything from the other side."""
        return not self.crashed and rm not in self.parted

    def group(self, rm):
        """Those on the same side."""
        return {r for r in self.RM if (r in self.parted) == (rm in self.parted)}


class EachForItself(ThreePhaseCommit):
    """Without a termination protocol: who does not hear from the coordinator decides by its own state.

    The coordinator crashes when it has told one of two that all have voted yes: that one commits, the other aborts.
    """

    # the others suppose that all conclude together
    properties = (consistent, all_committed, all_aborted, all_decided, decision_possible)

    expected = violates(
        consistent, found_at={"resource_managers": 2, "crashes": 1}, hidden_at={"resource_managers": 2, "crashes": 0}
    )

    def group(self, rm):
        """Itself alone."""
        return {rm}
