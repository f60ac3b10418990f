"""What Paxos refines: consensus at all, and voting without messages (Lamport's TLA+ modules `Consensus` and `Voting` in
the TLA+ Examples, `PaxosHowToWinATuringAward`).

Action for action the TLA+ modules, so that the counts of states agree with TLC's.
"""

from __future__ import annotations

from quorate import Int, Map, Model, Node, Option, Param, Record, Set, action, require
from quorate_invariants.consensus import agreement, choice_is_final, value_chosen
from quorate_invariants.voting import choice_repeated, one_value_per_ballot, votes_follow_promises, votes_follow_quorums


class Consensus(Model):
    """A value is chosen, once: this is all that consensus is."""

    values = Param(3, minimum=1, maximum=64, doc="values that may be chosen")

    Value = Node(values)

    chosen_values = Set(Value, init=set())

    properties = [agreement, choice_is_final, value_chosen]

    @action(v=Value)
    def choose(self, v):
        """Some value is chosen, if none is (Consensus, Next)."""
        require(len(self.chosen_values) == 0)
        self.chosen_values = {v}

    def chosen(self, v):
        """Whether the value is chosen."""
        return v in self.chosen_values


class Voting(Model):
    """Acceptors vote in ballots, and see each other's votes and promises at once: Paxos without its messages.

    An acceptor votes for a value only if that is safe: if a quorum shows that no lower ballot has chosen, or still can
    choose, another one. In `paxos` the proposer finds out so by asking; its votes are votes of this model.

    `ballots=4` has 66,657 states; `ballots=6` takes minutes.
    """

    acceptors = Param(3, minimum=1, maximum=64, doc="acceptors; any majority of them is a quorum")
    values = Param(2, minimum=1, maximum=64, doc="values that may be voted for")
    ballots = Param(3, minimum=1, maximum=64, doc="ballots, numbered from 0")

    majority = acceptors // 2 + 1

    Acceptor = Node(acceptors)
    Value = Node(values)
    Ballot = Int(0, ballots - 1)
    Quorum = Set(Acceptor)
    Vote = Record(bal=Ballot, val=Value)

    votes = Map(Acceptor, Set(Vote), init=set())
    promised = Map(Acceptor, Int(-1, ballots - 1), init=-1)

    properties = [
        agreement,
        choice_is_final,
        one_value_per_ballot,
        votes_follow_promises,
        votes_follow_quorums,
        value_chosen,
        choice_repeated,
    ]

    @action(a=Acceptor, b=Ballot)
    def promise(self, a, b):
        """An acceptor promises, of its own accord, not to vote below a ballot (IncreaseMaxBal)."""
        require(b > self.promised[a])
        self.promised[a] = b

    @action(a=Acceptor, b=Ballot, v=Value, quorum=Quorum, c=Int(-1, ballots - 1), witness=Option(Acceptor))
    def vote(self, a, b, v, quorum, c, witness):
        """An acceptor votes in a ballot, once, for what others vote for there, if that is safe (VoteFor).

        What shows that it is: a quorum; the latest ballot c below b in which any of it has voted, or -1; and, if there
        is one, an acceptor of the quorum that has voted for the value there.
        """
        require(self.promised[a] <= b and not any(vote.bal == b for vote in self.votes[a]))
        require(all(vote.val == v for x in self.Acceptor if x != a for vote in self.votes[x] if vote.bal == b))
        require(len(quorum) == self.majority and c < b and self.shows_safe(quorum, b, v, c, witness))
        self.votes[a].add(self.Vote(bal=b, val=v))
        self.promised[a] = b

    def shows_safe(self, quorum, b, v, c, witness):
        """Whether a quorum has promised b, one of it voted for the value in c, and none in between (ShowsSafeAt)."""
        return (
            all(self.promised[a] >= b for a in quorum)
            and (c == -1) == (witness is None)
            and (witness is None or (witness in quorum and self.Vote(bal=c, val=v) in self.votes[witness]))
            and not any(c < vote.bal < b for a in quorum for vote in self.votes[a])
        )

    def chosen(self, v):
        """Whether a quorum has voted for the value in one ballot (the definition of `chosen`)."""
        return any(self.chosen_in(b, v) for b in self.Ballot)

    def chosen_in(self, b, v):
        """Whether a quorum has voted for the value in a ballot (ChosenAt)."""
        return sum(1 for a in self.Acceptor if self.Vote(bal=b, val=v) in self.votes[a]) >= self.majority
