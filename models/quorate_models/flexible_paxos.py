"""Flexible Paxos (Howard, Malkhi & Spiegelman, "Flexible Paxos: Quorum Intersection Revisited", 2016)."""

from __future__ import annotations

from quorate import Param, violates
from quorate_invariants.consensus import agreement
from quorate_models.paxos import OUTCOME, Paxos


class FlexiblePaxos(Paxos):
    """Paxos, in which the quorums of the two phases have sizes of their own; it is enough that q1 + q2 > acceptors.

    A proposer must hear, in phase 1, of every vote that may have chosen a value: so each quorum of phase 1 has to meet
    each of phase 2. Two quorums of the same phase need not meet (section 3). The default is the paper's first example:
    with an even number of acceptors, half of them are enough in phase 2, which is the phase of every decision, and the
    price is paid in phase 1, which is for a new leader only (section 4.1). With `q1` and `q2` both a majority it is
    `paxos`, state for state.

    `ballots=3` has 2,135,473 states and takes 5 s; `acceptors=5, q1=4, q2=2, ballots=3` takes minutes.
    """

    acceptors = Param(4, minimum=1, maximum=64, doc="acceptors")
    q1 = Param(3, minimum=1, maximum=64, doc="acceptors that a proposer hears before it proposes: a quorum of phase 1")
    q2 = Param(2, minimum=1, maximum=64, doc="acceptors that must vote for what is chosen: a quorum of phase 2")


class QuorumsMiss(FlexiblePaxos):
    """The quorums of the two phases have as many acceptors as there are, but not one more: they can miss each other.

    "We read one and write two of three" sounds safe: any two quorums of phase 2 do meet. But a proposer that hears one
    acceptor does not hear of the vote of the two others.
    """

    acceptors = Param(3, minimum=1, maximum=64, doc="acceptors")
    q1 = Param(1, minimum=1, maximum=64, doc="acceptors that a proposer hears before it proposes")
    q2 = Param(2, minimum=1, maximum=64, doc="acceptors that must vote for what is chosen")

    properties = OUTCOME
    expected = violates(agreement, found_at={"acceptors": 3, "q1": 1, "q2": 2}, hidden_at={"q1": 2, "q2": 2})
