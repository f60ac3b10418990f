"""What a caller and the emitted code of a model tell each other: the cells of a job, and what some of them hold."""

from __future__ import annotations

import enum

STRIP = 128
"""How many states all actions go through before the next are taken."""


class Job(enum.IntEnum):
    """The cells of a job."""

    STORE = 0  # address of the state store
    FIRST = 1  # in: the first state to expand; out: the first that has not been
    END = 2  # the state after the last to expand
    BLOCK = 3  # the first state of the block, to which LIVE[0] belongs
    LIVE = 4  # address of a byte for each state of the block: bits of `Live`
    BUFFER = 5  # address of the successors' words
    ORIGINS = 6  # address of the successors' origins, u64: the parent, and from bit 32 the action
    FILLED = 7  # in and out: successors in the buffer
    ROOM = 8  # successors the buffer holds
    ENABLED = 9  # added to: states in which the action is enabled
    GENERATED = 10  # added to: its steps
    CUTS = 11  # address of a u64 for each site, counting the steps a `within` cut
    DROPPED = 12  # address of a u64 for each constraint, counting the states it dropped
    FINDING = 13  # out: 0, or what was found in state FIRST (`Finding`)
    DETAIL = 14  # out: the site of a fault, or the property a step violates
    STILL = 15  # address of a byte for each state of a strip and each step invariant: whether it holds of no change
    STRIP = 16  # in and out of `expand`: the first state of the strip that is being expanded
    ACTION = 17  # in and out of `expand`: the action that comes next; FIRST is the state it has come to
    LIMIT = 18  # the state after the last that `expand` goes to
    COUNTS = 19  # address of two u64 for each action: states it is enabled in, and its steps
    COVERAGE = 20  # address of the words of `quorate.kernel.coverage`
    OFFSETS = 21  # of `quorate.kernel.edges`: address of a u64 for each state, and one more
    BEFORE = 22  # of `quorate.kernel.edges`: the edges handed over before those in the buffer
    CELLS = 23


class Live(enum.IntFlag):
    """What is known of the steps from a state; nothing: it is terminal."""

    STEP = 1  # some step leaves it
    CUT = 2  # a bound cut a step
    UNCHANGED = 4  # some step changes nothing (noted by `quorate.kernel.edges` only)


class Finding(enum.IntEnum):
    """Why an expansion stopped at a state."""

    NONE = 0
    FAULT = 1  # the step fails at site DETAIL
    STEP = 2  # the step violates property DETAIL; the new state is the first behind FILLED in the buffer
