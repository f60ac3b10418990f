"""The visited set: the emitted sift, absorb, rehash and lookup, and the store around them, against a dictionary."""

import ctypes
import mmap
import os
import random
import threading
from collections.abc import Iterable, Sequence

import pytest
from llvmlite import ir

from quorate.errors import QuorateError
from quorate.explore import store as store_module
from quorate.explore.store import Store
from quorate.kernel.jit import Compiled, compile_module
from quorate.kernel.search import emit_search

State = tuple[int, ...]
ACTIONS = 3


@pytest.fixture(scope="module")
def search_code() -> dict[int, Compiled]:
    """The compiled functions by the number of words of a state."""
    compiled = {}
    for words in (1, 2, 3, 8):
        module = ir.Module()
        emit_search(module, words)
        compiled[words] = compile_module(module, "", None)
    return compiled


def flat(states: Iterable[State]) -> ctypes.Array[ctypes.c_uint64]:
    words = [word for state in states for word in state]
    return (ctypes.c_uint64 * len(words))(*words)


def absorb_all(store: Store, states: Sequence[State], origins: Sequence[tuple[int, int]]) -> int:
    """Feed states with (parent, action) origins to the store; returns how often it grew."""
    successors = flat(states)
    packed = (ctypes.c_uint64 * len(origins))(*(parent | action << 32 for parent, action in origins))
    tags = (ctypes.c_uint32 * len(states))()
    to_states, to_origins, to_tags = (ctypes.addressof(array) for array in (successors, packed, tags))
    pending = store.sift(to_states, to_origins, len(states), to_tags)
    done = growths = 0
    while True:
        done += store.absorb(
            to_states + 8 * store.words * done, to_origins + 8 * done, to_tags + 4 * done, pending - done
        )
        if done == pending:
            return growths
        store.grow()
        growths += 1


def check_against_dictionary(store: Store, batches: Iterable[list[State]]) -> int:
    """Absorb the batches and compare with the obvious way, element by element; returns how often the store grew."""
    ids: dict[State, int] = {}
    parents: list[int] = []
    found = [0] * ACTIONS
    growths = 0
    for batch in batches:
        origins = [(len(ids) + 7 * k, k % ACTIONS) for k in range(len(batch))]
        for state, (parent, action) in zip(batch, origins, strict=True):
            if state not in ids:
                ids[state] = len(ids)
                parents.append(parent)
                found[action] += 1
        growths += absorb_all(store, batch, origins)
    assert store.count == len(ids)
    assert [store.state(k) for k in range(store.count)] == list(ids)
    assert [store.parent(k) for k in range(store.count)] == parents
    assert store.found == tuple(found)
    assert all(store.find(state) == k for state, k in ids.items())
    return growths


@pytest.mark.parametrize("words", [1, 2, 3, 8])
def test_random_states_with_repetitions_through_several_growths(search_code: dict[int, Compiled], words: int) -> None:
    """Some successors repeat at once, some after a while, some never, over more states than the first index holds."""
    draw = random.Random(words)
    known: list[State] = [(0,) * words]

    def state() -> State:
        if draw.random() < 0.6:
            return draw.choice(known[-200:] if draw.random() < 0.5 else known)
        known.append(tuple(draw.getrandbits(64) for _ in range(words)))
        return known[-1]

    batches = [[state() for _ in range(size)] for size in [1, 2, 1023, 1024, 1025, 0, 30_000, 40_000]]
    with Store(search_code[words], words, ACTIONS) as store:
        assert check_against_dictionary(store, batches) >= 1


@pytest.mark.parametrize("words", [1, 2])
@pytest.mark.parametrize("position", [0, 31, 47])
def test_states_that_differ_in_few_bits(search_code: dict[int, Compiled], words: int, position: int) -> None:
    """As packed states do: small numbers in one place of a word. Zero is among them, which also marks empty slots."""
    states = [(0,) * (words - 1) + (k << position,) for k in range(1 << 15)]
    with Store(search_code[words], words, ACTIONS) as store:
        check_against_dictionary(store, [states, states[::-1]])


def test_words_of_a_state_count_in_their_order(search_code: dict[int, Compiled]) -> None:
    states = [(a, b) for a in range(100) for b in range(100)]
    with Store(search_code[2], 2, ACTIONS) as store:
        check_against_dictionary(store, [states])
        assert store.find((100, 0)) == store.find((0, 100)) == -1


def test_states_of_equal_hash_are_told_apart(search_code: dict[int, Compiled]) -> None:
    """An adversary who knows the hash picks the second word so that it cancels what the first one did."""
    seed, multiplier = 0x9E3779B97F4A7C15, 0xD6E8FEB86659FD93

    def collider(first: int) -> State:
        mixed = (seed ^ first) * multiplier % 2**64
        return (first, mixed ^ mixed >> 32)

    states = [collider(first) for first in range(500)]
    arrays = RawSearch(search_code[2], 2, shift=22)
    assert arrays.absorb(states, limit=1000) == 500
    assert len({slot >> 32 for slot in arrays.index if slot}) == 1, "these states do not collide"
    assert [arrays.lookup(state) for state in states] == list(range(500))
    assert arrays.lookup(collider(500)) == -1


class RawSearch:
    """The emitted functions on plain arrays, with an index of 2**(32 - shift) slots."""

    def __init__(self, code: Compiled, words: int, shift: int) -> None:
        i64, address = ctypes.c_int64, ctypes.c_void_p
        self.words, self.shift = words, shift
        self.index = (ctypes.c_uint64 * (1 << (32 - shift)))()
        self.states = (ctypes.c_uint64 * (words * len(self.index)))()
        self.parents = (ctypes.c_uint32 * len(self.index))()
        self.count = i64(0)
        self._sift = code.function("sift", i64, [address, address, i64, address])
        self._absorb = code.function("absorb", i64, [address] * 3 + [i64, address, i64] + [address] * 4 + [i64])
        self._rehash = code.function("rehash", None, [address, i64, i64, address, i64])
        self._lookup = code.function("lookup", i64, [address, address, i64, address])

    def sift(self, states: list[State]) -> tuple[list[State], list[int], ctypes.Array[ctypes.c_uint32]]:
        """What is left of the states, of their numbers, and the tags."""
        successors, tags = flat(states), (ctypes.c_uint32 * len(states))()
        origins = (ctypes.c_uint64 * len(states))(*range(len(states)))
        kept = self._sift(successors, origins, len(states), tags)
        words = iter(successors[: kept * self.words])
        return list(zip(*[words] * self.words, strict=True)), origins[:kept], tags

    def absorb(self, states: list[State], limit: int) -> int:
        """Absorb the states, one after the other: how many were dealt with."""
        found, origins, count = (ctypes.c_uint64 * 1)(), (ctypes.c_uint64 * len(states))(), ctypes.byref(self.count)
        tags = (ctypes.c_uint32 * len(states))(*(self.sift([state])[2][0] for state in states))
        fixed = (self.states, self.parents, self.index, self.shift, count, limit, found)
        return self._absorb(*fixed, flat(states), origins, tags, len(states))

    def double(self) -> None:
        old, self.shift = self.index, self.shift - 1
        self.index = (ctypes.c_uint64 * (2 * len(old)))()
        self._rehash(old, 0, len(old), self.index, self.shift)

    def lookup(self, state: State) -> int:
        return self._lookup(self.states, self.index, self.shift, flat([state]))


def test_an_index_with_one_empty_slot_wraps_round_and_doubles(search_code: dict[int, Compiled]) -> None:
    draw = random.Random(5)
    for _ in range(200):
        states = [(draw.getrandbits(64),) for _ in range(15)]
        arrays = RawSearch(search_code[1], 1, shift=28)
        assert arrays.absorb(states, limit=15) == 15
        assert sum(slot == 0 for slot in arrays.index) == 1
        assert [arrays.lookup(state) for state in states] == list(range(15))
        arrays.double()
        assert [arrays.lookup(state) for state in states] == list(range(15))
        assert arrays.lookup((draw.getrandbits(64),)) == -1


@pytest.mark.parametrize("words", [1, 2, 3, 8])
def test_sifting_takes_out_nothing_but_repetitions(search_code: dict[int, Compiled], words: int) -> None:
    """State zero, which a table never written seems to hold, stands first, later, or not at all."""
    draw, arrays = random.Random(words), RawSearch(search_code[words], words, shift=26)
    for first in range(3):
        values = [tuple(draw.getrandbits(64) for _ in range(words)) for _ in range(20)] + [(0,) * words]
        states = [values[-1]] * (first == 0) + [draw.choice(values[: 20 + (first < 2)]) for _ in range(1000)]
        left, numbers, _ = arrays.sift(states)
        assert [states[number] for number in numbers] == left
        assert numbers == sorted(set(numbers))
        # those that are left hold the first of each state, and far less than all
        assert list(dict.fromkeys(left)) == list(dict.fromkeys(states))
        assert len(left) < 100
    distinct = [tuple(draw.getrandbits(64) for _ in range(words)) for _ in range(20_000)]
    assert arrays.sift(distinct)[0] == distinct


def test_absorb_stops_before_the_first_state_that_has_no_room(search_code: dict[int, Compiled]) -> None:
    arrays = RawSearch(search_code[1], 1, shift=26)
    assert arrays.absorb([(7,), (8,), (7,), (8,), (9,), (7,), (10,)], limit=2) == 4
    assert arrays.count.value == 2
    # what is known already needs no room
    assert arrays.absorb([(8,), (7,)], limit=2) == 2
    assert arrays.absorb([(9,), (7,), (10,)], limit=3) == 2
    assert list(arrays.states[:3]) == [7, 8, 9]


def test_addresses_of_states_and_parents_stay_valid_while_the_store_grows(search_code: dict[int, Compiled]) -> None:
    with Store(search_code[1], 1, ACTIONS) as store:
        before = (store.states_address, store.parents_address)
        states = [(k,) for k in range(30_000)]
        assert absorb_all(store, states, [(k, 0) for k in range(30_000)]) > 0
        assert (store.states_address, store.parents_address) == before
        assert list((ctypes.c_uint64 * 30_000).from_address(store.states_address)) == list(range(30_000))
        assert list((ctypes.c_uint32 * 30_000).from_address(store.parents_address)) == list(range(30_000))


def test_the_memory_a_growth_takes_is_announced(search_code: dict[int, Compiled]) -> None:
    with Store(search_code[1], 1, ACTIONS) as store:
        absorb_all(store, [(k,) for k in range(5000)], [(0, 0)] * 5000)
        before, announced = store.memory_bytes, store.bytes_if_index_grows()
        assert before >= 12 * 5000
        store.grow()
        assert before < store.memory_bytes <= announced


def test_an_id_that_was_not_given_is_an_index_error(search_code: dict[int, Compiled]) -> None:
    with Store(search_code[1], 1, ACTIONS) as store:
        absorb_all(store, [(5,)], [(0, 0)])
        for number in (-1, 1):
            with pytest.raises(IndexError):
                store.state(number)
            with pytest.raises(IndexError):
                store.parent(number)


def test_a_full_store_says_so_and_keeps_what_it_has(search_code: dict[int, Compiled]) -> None:
    with Store(search_code[1], 1, ACTIONS, capacity=100) as store:
        with pytest.raises(MemoryError):
            absorb_all(store, [(k,) for k in range(200)], [(0, 0)] * 200)
        assert store.count == 100
        assert store.find((99,)) == 99
        assert store.find((100,)) == -1


def test_more_states_than_ids_is_a_clear_error(
    search_code: dict[int, Compiled], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store_module, "MAX_STATES", 50)
    with Store(search_code[1], 1, ACTIONS) as store, pytest.raises(QuorateError):
        absorb_all(store, [(k,) for k in range(200)], [(0, 0)] * 200)


def limit_memory(monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    """Let the system refuse every mapping of more than `size` bytes."""
    give = mmap.mmap

    def refuse(descriptor: int, length: int, **options: int) -> mmap.mmap:
        if length > size:
            raise OSError(12, "Cannot allocate memory")
        return give(descriptor, length, **options)

    monkeypatch.setattr(mmap, "mmap", refuse)


def test_little_address_space_means_a_smaller_capacity(
    search_code: dict[int, Compiled], monkeypatch: pytest.MonkeyPatch
) -> None:
    limit_memory(monkeypatch, 1 << 24)
    with Store(search_code[1], 1, ACTIONS, capacity=1 << 30) as store:
        assert 1 << 20 <= store.capacity <= 1 << 21
        check_against_dictionary(store, [[(k,) for k in range(20_000)]])


def test_no_memory_for_a_larger_index_leaves_the_store_as_it_was(
    search_code: dict[int, Compiled], monkeypatch: pytest.MonkeyPatch
) -> None:
    with Store(search_code[1], 1, ACTIONS) as store:
        absorb_all(store, [(k,) for k in range(1000)], [(0, 0)] * 1000)
        limit_memory(monkeypatch, 1 << 12)
        with pytest.raises(MemoryError):
            store.grow()
        assert [store.find((k,)) for k in range(1001)] == [*range(1000), -1]


def test_no_memory_at_all_is_a_memory_error(search_code: dict[int, Compiled], monkeypatch: pytest.MonkeyPatch) -> None:
    limit_memory(monkeypatch, 0)
    with pytest.raises(MemoryError):
        Store(search_code[1], 1, ACTIONS)


def test_two_threads_each_with_a_store_on_the_same_code(search_code: dict[int, Compiled]) -> None:
    outcome: dict[int, int] = {}

    def work(number: int) -> None:
        with Store(search_code[1], 1, ACTIONS) as store:
            states = [(k * number,) for k in range(20_000)]
            absorb_all(store, states + states, [(0, 0)] * 40_000)
            outcome[number] = store.count

    threads = [threading.Thread(target=work, args=(number,)) for number in (1, 3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert outcome == {1: 20_000, 3: 20_000}


@pytest.mark.skipif(not hasattr(os, "fork"), reason="processes are not copied here")
def test_the_process_can_be_copied_while_a_store_of_full_size_is_open(search_code: dict[int, Compiled]) -> None:
    # neighbouring maps are one to the system: together larger than the machine's memory, they must not be counted
    with Store(search_code[1], 1, ACTIONS), Store(search_code[1], 1, ACTIONS):
        copy = os.fork()
        if not copy:
            os._exit(0)
        assert os.waitpid(copy, 0)[1] == 0
