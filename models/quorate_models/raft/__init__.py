"""Raft in layers (Ongaro & Ousterhout, "In Search of an Understandable Consensus Algorithm", 2014).

Read them in this order: `elections`, `replication`, `state_machine`, `messages`; the last is `raft`, and `bugs` has
the mistakes that implementations have made in it. On the same layers stand `disk`, `membership` and `reads`, each with
its own mistakes. `prevote` and `progress` ask what must happen at last; so does `raft-liveness`: is a leader elected?
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
from quorate_models.raft.progress import Progress, RetriesNoMore
from quorate_models.raft.reads import AnswersAlone, Reads, ReadsBeforeItCommits

__all__ = [
    "AnswersAlone",
    "ChangesBeforeItCommits",
    "CommitsOlderTerms",
    "CountsItselfTooSoon",
    "Disks",
    "DoubleVote",
    "ForgetsItsVote",
    "MatchGoesBack",
    "Membership",
    "PreVote",
    "Progress",
    "Raft",
    "Reads",
    "ReadsBeforeItCommits",
    "RetriesNoMore",
    "StandsUnasked",
    "TruncatesAlways",
    "VotesWithoutComparingLogs",
]
