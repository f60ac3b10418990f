"""Membership by gossip: nodes that join, leave, crash and restart (van Renesse, Minsky & Hayden, "A Gossip-Style
Failure Detection Service", Middleware 1998, section 2; Das, Gupta & Motivala, "SWIM", DSN 2002, section 4).
"""

from __future__ import annotations

from enum import Enum

from quorate import Bool, Int, Map, Model, Node, Option, Param, Record, action, require, violates
from quorate_invariants.membership import (
    all_are_up,
    implements_membership,
    known_at_last,
    news_of_oneself,
    view_monotone,
)


class Membership(Model):
    """Every node keeps a list of the members, and exchanges it with others, as in anti-entropy.

    An entry has an incarnation, which grows with each start of its node, and says whether the node has left since; of
    two entries for a node that of the later incarnation counts, and of one incarnation the one that says it has left
    (SWIM, section 4.2). A node that leaves tells one other; one that crashes tells nobody, and loses its list, but not
    what is on its disk: how often it has started. A node that starts knows itself only. Whom to call it is told: the
    addresses of all are known, who is a member is not.

    Who crashes stays on the lists, as there is no failure detector. Starts, leaves and crashes are steps of the model's
    own, because a start counts; so the faults of the language are not needed here. Each two that are up exchange their
    lists at last.

    Larger: nodes=4 has 2,354,847 states and takes 30 s.
    """

    class Status(Enum):
        """What a node truly is."""

        OUT = "out"
        UP = "up"
        DOWN = "down"

    nodes = Param(3, minimum=2, maximum=8, doc="nodes that may be members")
    starts = Param(2, minimum=1, maximum=4, doc="how often a node may start")

    N = Node(nodes)
    Entry = Record(incarnation=Int(1, starts), left=Bool())

    status = Map(N, Status, init=Status.OUT)
    started = Map(N, Int(0, starts), init=0, durable=True)
    # view[i][k] is i's entry for k
    view = Map(N, Map(N, Option(Entry)), init=None)

    properties = [news_of_oneself, view_monotone, implements_membership, known_at_last, all_are_up]

    @action(i=N)
    def join(self, i):
        """Node i, which is none or has left, becomes a member (van Renesse et al., section 2)."""
        require(self.status[i] == self.Status.OUT)
        self.start(i)

    @action(i=N)
    def restart(self, i):
        """Node i comes back after a crash (van Renesse et al., section 2: with a later version of itself)."""
        require(self.status[i] == self.Status.DOWN)
        self.start(i)

    def start(self, i):
        """Node i runs, in a new incarnation, and has everything to learn."""
        require(self.started[i] < self.starts)
        self.started[i] += 1
        self.status[i] = self.Status.UP
        self.view[i][i] = self.Entry(incarnation=self.incarnation(i), left=False)

    def incarnation(self, i):
        """The incarnation in which node i starts (SWIM, section 4.2)."""
        return self.started[i]

    @action(i=N, j=N)
    def leave(self, i, j):
        """Node i leaves, and tells node j (SWIM, section 4: a voluntary departure is spread as news)."""
        require(i != j and self.status[i] == self.Status.UP and self.status[j] == self.Status.UP)
        self.view[i][i] = self.Entry(incarnation=self.incarnation(i), left=True)
        self.learn(j, self.view[i])
        self.stop(i, self.Status.OUT)

    @action(i=N)
    def crash(self, i):
        """Node i crashes, and nobody is told."""
        require(self.status[i] == self.Status.UP)
        self.stop(i, self.Status.DOWN)

    def stop(self, i, status):
        """Node i runs no more, and its list is lost."""
        self.status[i] = status
        for k in self.N:
            self.view[i][k] = None

    @action(fair="weak", fair_per=("i", "j"), i=N, j=N)
    def exchange(self, i, j):
        """Nodes i and j exchange their lists (van Renesse et al., section 2: the lists are merged)."""
        require(i != j and self.status[i] == self.Status.UP and self.status[j] == self.Status.UP)
        mine = self.view[i]
        theirs = self.view[j]
        self.learn(j, mine)
        self.learn(i, theirs)

    def learn(self, i, offered):
        """Node i takes over the entries that are later than its own."""
        for k in self.N:
            if self.later(offered[k], self.view[i][k]):
                self.view[i][k] = offered[k]

    def listed(self, i, k):
        """Whether node i has node k for a member."""
        entry = self.view[i][k]
        return entry is not None and not entry.left

    def later(self, e, other):
        """Whether an entry overrides another for the same node (SWIM, section 4.2)."""
        if e is None or other is None:
            return e is not None
        if e.incarnation != other.incarnation:
            return e.incarnation > other.incarnation
        return e.left and not other.left


class ForgetsIncarnation(Membership):
    """A node does not keep on disk how often it has started, and is in its first incarnation each time.

    When it has left and joins again, the others have an entry that says that this incarnation has left, and by their
    rules that overrides whatever the node says of itself: it cannot get back in, and learns itself that it has left.
    """

    # what comes of it; that it starts in no new incarnation is seen earlier
    properties = [news_of_oneself, view_monotone, known_at_last, all_are_up]
    expected = violates(news_of_oneself, found_at={"nodes": 2, "starts": 2}, hidden_at={"nodes": 2, "starts": 1})

    def incarnation(self, i):
        """Always the first (against SWIM, section 4.2)."""
        return 1
