"""Raft in layers (Ongaro & Ousterhout, "In Search of an Understandable Consensus Algorithm", 2014).

Read them in this order: `elections`, `replication`, `state_machine`, `messages`; the last is `raft`. The mistakes that
implementations have made are in `bugs`.
"""

from quorate_models.raft.bugs import (
    CommitsOlderTerms,
    DoubleVote,
    ForgetsItsVote,
    MatchGoesBack,
    TruncatesAlways,
    VotesWithoutComparingLogs,
)
from quorate_models.raft.disk import CountsItselfTooSoon, Disks
from quorate_models.raft.membership import ChangesBeforeItCommits, Membership
from quorate_models.raft.messages import Raft
from quorate_models.raft.prevote import PreVote, StandsUnasked
from quorate_models.raft.reads import AnswersAlone, Reads, ReadsBeforeItCommits

__all__ = [
    "PreVote",
    "StandsUnasked",
    "AnswersAlone",
    "Reads",
    "ReadsBeforeItCommits",
    "ChangesBeforeItCommits",
    "CountsItselfTooSoon",
    "Disks",
    "Membership",
    "CommitsOlderTerms",
    "DoubleVote",
    "ForgetsItsVote",
    "MatchGoesBack",
    "Raft",
    "TruncatesAlways",
    "VotesWithoutComparingLogs",
]
