"""The states found so far: one growing array that is visited set, queue and trace at once."""

from __future__ import annotations

import ctypes
import mmap
import os
import sys
from collections.abc import Callable, Sequence
from typing import Any, Protocol, Self

from quorate.errors import QuorateError

# An id takes 32 bits, and so does the position in the index, of which a quarter stays empty.
MAX_STATES = 3 * 2**30

# The share of the index's slots that may be taken before it doubles.
_LOAD_NUMERATOR, _LOAD_DENOMINATOR = 3, 4
_INITIAL_SHIFT = 18  # 2**14 slots, 128 KiB
_LEAST_CAPACITY = 1 << 16  # states; below it there is no point in trying
_HUGE_PAGE = 1 << 21
_REHASH_SLOTS = 1 << 20  # 8 MiB of the old index, freed when it is copied
# Python has no name for it before 3.13. Without it the system counts the whole against its limits, and may refuse to
# copy the process.
_NO_RESERVE = getattr(mmap, "MAP_NORESERVE", 0x4000 if sys.platform == "linux" else 0)

_I64 = ctypes.c_int64
_ADDRESS = ctypes.c_void_p
_ABSORB_ARGUMENTS = [*[_ADDRESS] * 3, _I64, _ADDRESS, _I64, *[_ADDRESS] * 4, _I64]


class Memory:
    """A stretch of zeroed memory that takes real memory only where it has been written.

    `size` in bytes. Raises MemoryError when the system refuses.
    """

    def __init__(self, size: int) -> None:
        self.size = size
        flags = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | _NO_RESERVE
        try:
            self._map = mmap.mmap(-1, size, flags=flags)
        except (OSError, OverflowError, ValueError) as error:
            raise MemoryError(f"the system gives no {size:,} bytes of address space: {error}") from error
        self._anchor: ctypes.c_char | None = ctypes.c_char.from_buffer(self._map)
        self.address = ctypes.addressof(self._anchor)
        if size >= _HUGE_PAGE and hasattr(mmap, "MADV_HUGEPAGE"):
            self._advise(mmap.MADV_HUGEPAGE, 0, size)

    def words(self, code: str) -> memoryview:
        """The memory as an array of `code` ("Q" u64, "I" u32). Release it before `close`."""
        return memoryview(self._map).cast("B").cast(code)  # type: ignore[call-overload,no-any-return]

    def free(self, start: int, stop: int) -> bool:
        """Give the bytes `start` .. `stop` back to the system; False when it takes none back before `close`."""
        if not hasattr(mmap, "MADV_DONTNEED"):
            return False
        return self._advise(mmap.MADV_DONTNEED, start, stop - start)

    def close(self) -> None:
        """Give everything back. The address is no longer valid."""
        self._anchor = None
        self._map.close()

    def _advise(self, advice: int, start: int, length: int) -> bool:
        try:
            self._map.madvise(advice, start, length)
        except OSError:  # a kernel built without it
            return False
        return True


class Code(Protocol):
    """Compiled code that holds the functions of `quorate.kernel.search` for the words of the store."""

    def function(self, name: str, result: type | None, arguments: Sequence[type]) -> Callable[..., Any]:
        """The exported function `name` as a callable with ctypes `result` and `arguments`."""
        ...


class Store:
    """Packed states in the order in which they were found, each with the id of its parent, and an index over them.

    An id is a state's position, 0 .. count - 1. States and parents never move, so their addresses stay valid until
    `close`; the index moves when it grows. States are `words` u64 each, parents u32.
    """

    def __init__(self, code: Code, words: int, actions: int, *, capacity: int | None = None) -> None:
        """An empty store for states of `words` u64, reached by actions numbered 0 .. `actions` - 1.

        `capacity` in states is address space only; by default what the machine's memory could hold. Raises MemoryError
        when the system gives no address space at all.
        """
        self.words = words
        self._sift = code.function("sift", _I64, [_ADDRESS, _ADDRESS, _I64, _ADDRESS])
        self._absorb = code.function("absorb", _I64, _ABSORB_ARGUMENTS)
        self._rehash = code.function("rehash", None, [_ADDRESS, _I64, _I64, _ADDRESS, _I64])
        self._lookup = code.function("lookup", _I64, [_ADDRESS, _ADDRESS, _I64, _ADDRESS])
        self._variation = code.function("variation", None, [_ADDRESS, _I64, _ADDRESS])
        self._count = ctypes.c_int64(0)
        self._found = (ctypes.c_uint64 * actions)()
        self._shift = _INITIAL_SHIFT
        self._index = Memory(8 << (32 - self._shift))
        self.capacity, self._states, self._parents = _reserve(words, capacity or _default_capacity(words))
        self._state_words = self._states.words("Q")
        self._parent_words = self._parents.words("I")

    @property
    def count(self) -> int:
        """The number of states."""
        return self._count.value

    @property
    def found(self) -> tuple[int, ...]:
        """For each action, how many of the states it was the first to reach."""
        return tuple(self._found)

    @property
    def states_address(self) -> int:
        """Where state 0 begins; state i lies `8 * words * i` bytes further."""
        return self._states.address

    @property
    def parents_address(self) -> int:
        """Where the u32 parent of state 0 lies."""
        return self._parents.address

    @property
    def index(self) -> tuple[int, int]:
        """Where the index lies, and its shift, until the next `grow`."""
        return self._index.address, self._shift

    @property
    def memory_bytes(self) -> int:
        """The memory taken by states, parents and index, whole pages counted."""
        return self._bytes_of_states() + self._index.size

    def bytes_if_index_grows(self) -> int:
        """What `memory_bytes` becomes at its peak during the next `grow`."""
        return self._bytes_of_states() + 2 * self._index.size + min(self._index.size, 8 * _REHASH_SLOTS)

    def sift(self, successors: int, origins: int, filled: int, tags: int) -> int:
        """Prepare `filled` states at address `successors` for `absorb`; on any thread, for it looks at nothing else.

        Most of those that repeat one before are taken out, with their `origins` (see `absorb`), and at address `tags`
        a u32 is written for each that is left. Returns how many those are.
        """
        kept: int = self._sift(successors, origins, filled, tags)
        return kept

    def absorb(self, successors: int, origins: int, tags: int, pending: int) -> int:
        """Add those of the `pending` states at address `successors` that are new, in their order.

        `origins` is the address of one u64 for each: the parent's id, and from bit 32 the number of the action; `tags`
        is what `sift` wrote. Returns how many were dealt with: less than `pending` when there is no room for the next;
        then `grow`, and call again for the rest.
        """
        consumed: int = self._absorb(
            self._states.address,
            self._parents.address,
            self._index.address,
            self._shift,
            ctypes.byref(self._count),
            self._limit(),
            self._found,
            successors,
            origins,
            tags,
            pending,
        )
        return consumed

    def grow(self) -> None:
        """Double the index. Raises MemoryError when memory or address space is out, QuorateError at `MAX_STATES`."""
        if self.count >= MAX_STATES:
            raise QuorateError(f"one search keeps at most {MAX_STATES:,} states", hint="lower a parameter or a bound")
        if self.count >= self.capacity:
            raise MemoryError(f"the states do not fit into the {self._states.size:,} bytes the system gave for them")
        old, slots = self._index, self._index.size // 8
        larger = Memory(2 * old.size)
        self._shift -= 1
        for begin in range(0, slots, _REHASH_SLOTS):
            end = min(slots, begin + _REHASH_SLOTS)
            self._rehash(old.address, begin, end, larger.address, self._shift)
            # The new index fills from its start as the old one empties, so both together take little more than one.
            old.free(8 * begin, 8 * end)
        self._index = larger
        old.close()

    def find(self, state: Sequence[int]) -> int:
        """The id of a state given as its words, or -1 when it has not been seen."""
        wanted = (ctypes.c_uint64 * self.words)(*state)
        found: int = self._lookup(self._states.address, self._index.address, self._shift, wanted)
        return found

    def variation(self) -> tuple[int, ...]:
        """The words of a state with each bit set that is not the same in all states."""
        bits = (ctypes.c_uint64 * self.words)()
        if self.count:
            self._variation(self._states.address, self.count, bits)
        return tuple(bits)

    def state(self, number: int) -> tuple[int, ...]:
        """The words of the state with id `number`. Raises IndexError when there is none."""
        start = self._checked(number) * self.words
        return tuple(self._state_words[start : start + self.words])

    def parent(self, number: int) -> int:
        """The id of the state from which state `number` was first reached; an initial state has what it was given."""
        return self._parent_words[self._checked(number)]

    def close(self) -> None:
        """Give all memory back; the store cannot be used any more."""
        self._state_words.release()
        self._parent_words.release()
        for memory in (self._states, self._parents, self._index):
            memory.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _limit(self) -> int:
        return min(self._index.size // 8 * _LOAD_NUMERATOR // _LOAD_DENOMINATOR, self.capacity)

    def _bytes_of_states(self) -> int:
        return sum(-(-used // _HUGE_PAGE) * _HUGE_PAGE for used in (8 * self.words * self.count, 4 * self.count))

    def _checked(self, number: int) -> int:
        if not 0 <= number < self.count:
            raise IndexError(f"no state {number}; there are {self.count}")
        return number


def _default_capacity(words: int) -> int:
    physical = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return physical // (8 * words + 4)


def _reserve(words: int, capacity: int) -> tuple[int, Memory, Memory]:
    """Address space for states and parents: for `capacity` states, or less where the system limits it."""
    capacity = min(capacity, MAX_STATES)
    while True:
        try:
            states = Memory(8 * words * capacity)
            try:
                return capacity, states, Memory(4 * capacity)
            except MemoryError:
                states.close()
                raise
        except MemoryError:
            if capacity <= _LEAST_CAPACITY:
                raise
            capacity = max(_LEAST_CAPACITY, capacity // 2)
