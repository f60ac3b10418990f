"""A digest of the states that a search has found: the same for the same set, in whatever order they were found."""

from __future__ import annotations

import ctypes

import numpy as np

from quorate.explore.store import Store

CHUNK = 1 << 18
"""States that are mixed at a time, so that what is on its way stays in the cache."""
_SEEDS = (0x9E37_79B9_7F4A_7C15, 0xD1B5_4A32_D192_ED03)


def digest(store: Store) -> str:
    """32 hexadecimal digits that depend on nothing but the set of packed states.

    Each state is mixed into two 64-bit numbers (the finaliser of SplitMix64: Steele, Lea, Flood, Fast splittable
    pseudorandom number generators, 2014, figure 17), and those of all states are added up. Two versions of one model
    have the same digest only if they reach the same states, but for a chance of some 2**-128. It is not made to
    withstand someone who looks for two sets with the same.
    """
    memory = (ctypes.c_uint64 * (store.count * store.words)).from_address(store.states_address)
    states = np.asarray(memoryview(memory).cast("B")).view(np.uint64).reshape(store.count, store.words)
    sums = [0, 0]
    for first in range(0, store.count, CHUNK):
        block = states[first : first + CHUNK]
        for number, seed in enumerate(_SEEDS):
            mixed = np.full(len(block), seed, np.uint64)
            for word in range(store.words):
                mixed = _finalised(mixed + block[:, word])
            sums[number] += int(mixed.sum(dtype=np.uint64))
    return "".join(f"{total % 2**64:016x}" for total in sums)


def _finalised(values: np.typing.NDArray[np.uint64]) -> np.typing.NDArray[np.uint64]:
    mixed = values ^ (values >> np.uint64(30))
    mixed *= np.uint64(0xBF58_476D_1CE4_E5B9)
    mixed ^= mixed >> np.uint64(27)
    mixed *= np.uint64(0x94D0_49BB_1331_11EB)
    mixed ^= mixed >> np.uint64(31)
    return mixed
