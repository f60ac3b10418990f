"""The oral message algorithm OM(1) (Lamport, Shostak, Pease, "The Byzantine Generals Problem", ACM TOPLAS 4(3), 1982,
section 3).
"""

from __future__ import annotations

from enum import Enum

from quorate import Map, Model, Node, Option, Param, Set, Var, action, init, require, violates
from quorate_invariants.byzantine import (
    all_decide,
    attack_decided,
    interactive_consistency,
    lieutenant_lies,
    loyal_generals_obey,
    said_once,
)


class ByzantineGenerals(Model):
    """A commander sends an order to his lieutenants, who tell each other what they got, and take the majority.

    Who is a traitor is settled at the start: any generals, the commander too. A traitor sends each of the others what
    he likes; nothing at all counts as RETREAT, so that it is no third choice (section 3, assumption A3). Nobody can
    pretend to be another (A2). Rounds are synchronous: a step is all that one general sends in a round.

    OM(1) copes with one traitor among four generals or more. Against two it takes OM(2) and seven generals.
    """

    generals = Param(4, minimum=3, maximum=8, doc="generals, the first of them the commander")
    traitors = Param(1, minimum=0, maximum=4, doc="how many of them are traitors at most")

    class Order(Enum):
        """What a commander may order."""

        ATTACK = "attack"
        RETREAT = "retreat"

    General = Node(generals, symmetric=False)
    Some = Set(General)

    disloyal = Set(General, init=...)
    command = Var(Order, init=...)
    # what a lieutenant got from the commander, and what others told him that they got
    ordered = Map(General, Option(Order), init=None)
    told = Map(General, Map(General, Option(Order)), init=None)
    decided = Map(General, Option(Order), init=None)

    properties = [
        interactive_consistency,
        loyal_generals_obey,
        said_once,
        attack_decided,
        lieutenant_lies,
        all_decide,
    ]

    @init(some=Some, order=Order)
    def begin(self, some, order):
        """Any generals are traitors, up to the number that is allowed; the commander has an order in mind."""
        require(len(some) <= self.traitors)
        self.disloyal = some
        self.command = order

    def is_commander(self, i):
        """Whether a general is the commander."""
        return i.index == 0

    def is_loyal(self, i):
        """Whether a general is no traitor."""
        return i not in self.disloyal

    def commander_is_loyal(self):
        """Whether the commander is no traitor."""
        return not any(self.is_commander(i) for i in self.disloyal)

    @action(fair="weak", some=Some)
    def give_orders(self, some):
        """The commander orders some lieutenants to attack and the others to retreat: all the same if he is loyal
        (OM(1), step 1)."""
        require(all(self.ordered[i] is None for i in self.General) and not any(self.is_commander(i) for i in some))
        everyone = {i for i in self.General if not self.is_commander(i)}
        if self.commander_is_loyal():
            require(some == (everyone if self.command == self.Order.ATTACK else set()))
        for i in self.General:
            if i in everyone:
                self.ordered[i] = self.Order.ATTACK if i in some else self.Order.RETREAT

    @action(fair="weak", fair_per=("j",), j=General, some=Some)
    def relay(self, j, some):
        """A lieutenant tells the others that he was ordered to attack or to retreat: what he was ordered if he is loyal
        (OM(1), step 2)."""
        others = {i for i in self.General if i != j and not self.is_commander(i)}
        require(self.ordered[j] is not None and all(self.told[i][j] is None for i in others))
        require(some <= others and self.may_tell(j, some, others))
        for i in self.General:
            if i in others:
                self.told[i][j] = self.Order.ATTACK if i in some else self.Order.RETREAT

    def may_tell(self, j, some, others):
        """Whether a lieutenant may tell some of the others ATTACK and the rest RETREAT: a traitor tells anything."""
        return not self.is_loyal(j) or some == (others if self.ordered[j] == self.Order.ATTACK else set())

    @action(fair="weak", fair_per=("i",), i=General)
    def decide(self, i):
        """A loyal lieutenant takes the majority of what he was ordered and told; a tie is RETREAT (OM(1), step 3)."""
        require(self.is_loyal(i) and not self.is_commander(i) and self.decided[i] is None)
        require(self.ordered[i] is not None)
        others = {j for j in self.General if j != i and not self.is_commander(j)}
        require(all(self.told[i][j] is not None for j in others))
        self.decided[i] = self.choice(i, others)

    def choice(self, i, others):
        """The majority of the orders that a lieutenant knows of (section 3, the function majority)."""
        attack = sum(1 for j in others if self.told[i][j] == self.Order.ATTACK)
        if self.ordered[i] == self.Order.ATTACK:
            attack += 1
        return self.Order.ATTACK if 2 * attack > len(others) + 1 else self.Order.RETREAT


class ThreeGenerals(ByzantineGenerals):
    """One of three generals is a traitor: a lieutenant cannot tell whether the other or the commander lies to him.

    No algorithm could (section 2: there is no solution with fewer than 3m + 1 generals). Without a traitor it works.
    """

    generals = Param(3, minimum=3, maximum=8, doc="generals, the first of them the commander")

    expected = violates(interactive_consistency, found_at={"generals": 3, "traitors": 1}, hidden_at={"generals": 4})


class TwoTraitors(ByzantineGenerals):
    """Two traitors, and OM(1) all the same: one round of telling is too few, however many generals there are.

    OM(m) copes with m traitors (section 3, theorem 1). Seven generals are enough for two, but not with OM(1): that is
    found too, in 1.9 million states.
    """

    generals = Param(5, minimum=3, maximum=8, doc="generals, the first of them the commander")
    traitors = Param(2, minimum=0, maximum=4, doc="how many of them are traitors at most")

    expected = violates(
        interactive_consistency, found_at={"generals": 4, "traitors": 2}, hidden_at={"generals": 5, "traitors": 1}
    )
