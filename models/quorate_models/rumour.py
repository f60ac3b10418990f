"""Rumour mongering (Demers et al., "Epidemic Algorithms for Replicated Database Maintenance", PODC 1987, section
1.4), and its backup by anti-entropy (section 1.5).
"""

from __future__ import annotations

from enum import Enum

from quorate import Bool, Int, Map, Model, Node, Param, action, init, require, violates
from quorate_invariants.rumour import (
    all_are_hot,
    all_are_told,
    implements_rumours,
    implements_rumours_and_backup,
    nobody_forgets,
    rumour_dies,
)


class RumourMongering(Model):
    """One node has news; those who find it hot ring up others with it until they lose interest.

    A node is susceptible (has not heard), infective (passes it on) or removed (knows it, and passes it on no more).
    When it stops is a matter of two choices (section 1.4): it counts or tosses a coin, and it does so at every contact
    (blind) or at those only with a node that knew already (feedback). A conversation is one step. The coin shows heads
    with probability 1/k in the paper; here it may show either.

    Partners are chosen at random, so that each pair that has something to do meets at last, and the coin shows heads at
    last: the calls are weakly fair for each pair, and those that change nothing, as tails at a useless contact, do not
    count. That all hear of it is not promised (`RumoursAlone`); with the backup of `BackedUpRumours` it is.

    Larger: nodes=8 with k=5 has 5,764,760 states and takes half a minute.
    """

    class Direction(Enum):
        """Who rings up whom: the one with the rumour, the one who wants to hear some, or either (section 1.4)."""

        PUSH = "push"
        PULL = "pull"
        PUSH_PULL = "push-pull"

    class Stopping(Enum):
        """How a node loses interest: after k contacts that count, or when a coin says so (section 1.4)."""

        COUNTER = "counter"
        COIN = "coin"

    class Contacts(Enum):
        """Which contacts count: all (blind), or those with a node that knew already (feedback; section 1.4)."""

        BLIND = "blind"
        FEEDBACK = "feedback"

    class State(Enum):
        """What a node has to do with the rumour, in the words of epidemiology (section 1)."""

        SUSCEPTIBLE = "susceptible"
        INFECTIVE = "infective"
        REMOVED = "removed"

    nodes = Param(4, minimum=2, maximum=16, doc="nodes, one of which has the news")
    k = Param(2, minimum=1, maximum=8, doc="contacts that count before a counting node loses interest")
    direction = Param(Direction.PUSH, doc="who rings up whom")
    stopping = Param(Stopping.COUNTER, doc="how a node loses interest")
    contacts = Param(Contacts.FEEDBACK, doc="which contacts count")

    N = Node(nodes)

    state = Map(N, State, init=State.SUSCEPTIBLE)
    # the contacts that counted, of a node that is infective
    counted = Map(N, Int(0, k), init=0)

    properties = [rumour_dies, nobody_forgets, implements_rumours, all_are_hot]

    @init(i=N)
    def news(self, i):
        """One node has an update, which makes it infective (section 1.4)."""
        self.state[i] = self.State.INFECTIVE

    @action(fair="weak", fair_per=("i", "j"), i=N, j=N, heads=Bool())
    def ring_up(self, i, j, heads):
        """Node i rings up node j, and the rumour goes from i (push), to i (pull), or either way (section 1.4).

        The coin is tossed at once, whether it is needed or not; who counts has no coin.
        """
        require(i != j and (heads or self.stopping == self.Stopping.COIN))
        i_tells = self.direction != self.Direction.PULL and self.state[i] == self.State.INFECTIVE
        j_tells = self.direction != self.Direction.PUSH and self.state[j] == self.State.INFECTIVE
        require(i_tells or j_tells)
        i_knew = self.knows(i)
        j_knew = self.knows(j)
        if i_tells:
            self.tell(i, j, j_knew, heads)
        if j_tells:
            self.tell(j, i, i_knew, heads)

    def tell(self, i, j, knew, heads):
        """Infective node i tells j, who finds it hot if it is new, and loses interest if that is due (section 1.4)."""
        if not knew:
            self.state[j] = self.State.INFECTIVE
        if knew or self.contacts == self.Contacts.BLIND:
            if self.stopping == self.Stopping.COUNTER:
                self.counted[i] += 1
            if self.counted[i] == self.k or (self.stopping == self.Stopping.COIN and heads):
                self.state[i] = self.State.REMOVED
                self.counted[i] = 0

    def knows(self, i):
        """Whether node i has the update."""
        return self.state[i] != self.State.SUSCEPTIBLE


class RumoursAlone(RumourMongering):
    """Someone relies on rumours to reach every node; but all may lose interest while one has not heard.

    That is no mistake of programming, but what rumour mongering is: the paper calls those who are left out the residue
    (section 1.4), and no k makes it nothing. The second of two nodes is always told. With the counter, feedback and
    k = 1 someone among three is left out with probability 1/4, among four 11/27, among five 133/256, whoever rings up
    when: each call of an infective node is in vain with the same probability.
    """

    properties = [*RumourMongering.properties, all_are_told]
    expected = violates(all_are_told, found_at={"nodes": 3, "k": 1}, hidden_at={"nodes": 2})


class BackedUpRumours(RumourMongering):
    """Rumours tell nearly everyone soon, and anti-entropy the rest later (section 1.5).

    Who learns by anti-entropy that the others know already does not find the news hot (the conservative choice).
    """

    properties = [rumour_dies, nobody_forgets, implements_rumours_and_backup, all_are_hot, all_are_told]

    @action(fair="weak", fair_per=("i", "j"), i=RumourMongering.N, j=RumourMongering.N)
    def anti_entropy(self, i, j):
        """Nodes i and j compare what they have, and j, who has not heard, learns it from i (section 1.5)."""
        require(self.knows(i) and not self.knows(j))
        self.state[j] = self.State.REMOVED
