"""The inner loops of the search, emitted as LLVM for states of a fixed number of 64-bit words.

The visited set is an open-addressing index over the state store. A slot is one u64: the upper half of it the hash of a
state (its *tag*), the lower half the state's id plus one; zero is an empty slot. The home of a state is its tag's upper
bits, so the index grows in one sequential pass that never looks at a state. A tag that matches proves nothing: the full
states are compared, always.
"""

from __future__ import annotations

from typing import Any

from quorate.kernel.builder import I32, I64, POINTER, VOID, Builder, Value, Variable, begin_function, i32, i64

# How many successors ahead a line of the index is asked for, and how many ahead the state it points to.
INDEX_AHEAD = 24
STATE_AHEAD = 12
# Cells of the table that spots repetitions among neighbouring successors; a power of two, small enough for a cache.
RECENT = 8192

# Odd constants without structure (the fractional parts of the golden ratio and of roots of two and three).
_SEED = 0x9E3779B97F4A7C15
_MULTIPLIER = 0xD6E8FEB86659FD93


def emit_search(module: Any, words: int) -> None:
    """Add `sift`, `absorb`, `rehash` and `lookup`, for states of `words` 64-bit words, to an `llvmlite.ir.Module`.

    Arrays are plain memory: states are `words` u64 each, parents u32, the index u64 slots. The index has
    2**(32 - shift) slots and must always keep one empty.

    `sift(successors, origins, filled, tags) -> kept`
        takes most of those out of `filled` states at `successors`, with their origins, that repeat one before, and
        writes the tags, u32, of those that are left. It looks at nothing else.
    `absorb(store, parents, index, shift, count, limit, found, successors, origins, tags, pending) -> consumed`
        adds those of `pending` states at `successors` that are new, in order. An origin is a u64: the parent's id in
        its lower half, the number of the action in its upper; `found[action]`, u64, counts an action's new states.
        `count` points to the number of states, `limit` is what it may reach; it stops early there.
    `rehash(old, begin, end, index, shift)`
        enters the slots `begin` .. `end` of an old index into a larger one.
    `lookup(store, index, shift, state) -> id`
        the id of a state, or -1.
    `variation(store, count, bits)`
        sets in `bits`, a state's words, each bit that is not the same in all of `count` states.
    """
    _emit_sift(module, words)
    _emit_absorb(module, words)
    _emit_rehash(module)
    _emit_lookup(module, words)
    _emit_variation(module, words)


def tag_of(b: Builder, state: list[Value]) -> Value:
    """The hash of a state, 32 bits in an i64. A bit of any word reaches every bit of it."""
    hashed = i64(_SEED)
    for word in state:
        # Folding the shift in between carries high bits down, so that the next multiplication spreads them again.
        mixed = b.mul(b.xor(hashed, word), i64(_MULTIPLIER))
        hashed = b.xor(mixed, b.lshr(mixed, i64(32)))
    return b.lshr(b.mul(hashed, i64(_SEED)), i64(32))


def load_state(b: Builder, base: Value, position: Value, words: int) -> list[Value]:
    """Emit the reading of the state at a position of an array: its words."""
    start = b.at(base, b.mul(position, i64(words)))
    return [b.load_at(start, word) for word in range(words)]


def _store_state(b: Builder, base: Value, position: Value, state: list[Value]) -> None:
    start = b.at(base, b.mul(position, i64(len(state))))
    for word, value in enumerate(state):
        b.store_at(start, word, value)


def _equal(b: Builder, left: list[Value], right: list[Value]) -> Value:
    different = i64(0)
    for one, other in zip(left, right, strict=True):
        different = b.or_(different, b.xor(one, other))
    return b.icmp_unsigned("==", different, i64(0))


def _slot_tag(b: Builder, slot: Value) -> Value:
    return b.lshr(slot, i64(32))


def slot_id(b: Builder, slot: Value) -> Value:
    """Emit the id in a slot of the index."""
    return b.sub(b.and_(slot, i64(0xFFFF_FFFF)), i64(1))


def _mask(b: Builder, shift: Value) -> Value:
    return b.sub(b.shl(i64(1), b.sub(i64(32), shift)), i64(1))


def emit_probe(
    b: Builder, store: Value, index: Value, shift: Value, tag: Value, state: list[Value]
) -> tuple[Variable, Variable]:
    """Emit the search for a state. Returns where it ended and the slot found there, which is 0 if the state is new."""
    mask = _mask(b, shift)
    position = b.variable(I64, b.lshr(tag, shift))
    content = b.variable(I64)
    with b.region("found") as found:
        again = b.append_basic_block("probe")
        b.branch(again)
        b.position_at_end(again)
        slot = b.load_at(index, position.get())
        content.set(slot)
        b.if_leave(b.icmp_unsigned("==", slot, i64(0)), found)
        with b.if_(b.icmp_unsigned("==", _slot_tag(b, slot), tag)):
            b.if_leave(_equal(b, state, load_state(b, store, slot_id(b, slot), len(state))), found)
        position.set(b.and_(b.add(position.get(), i64(1)), mask))
        b.branch(again)
    return position, content


def _emit_sift(module: Any, words: int) -> None:
    """Neighbouring states share most of their successors, so the larger part goes here, without a miss or a jump."""
    b, (successors, origins, filled, tags) = begin_function(
        module, "sift", I64, successors=POINTER, origins=POINTER, filled=I64, tags=POINTER
    )
    recent = b.stack_array(I32, RECENT)
    with b.for_range(0, RECENT) as entry:
        b.store_at(recent, entry, i32(0))
    kept = b.variable(I64, i64(0))
    with b.for_range(0, filled) as place:
        state, to = load_state(b, successors, place, words), kept.get()
        tag = tag_of(b, state)
        cell = b.at(recent, b.and_(tag, i64(RECENT - 1)), I32)
        earlier = b.zext(b.load(cell, typ=I32), I64)
        _store_state(b, successors, to, state)
        b.store_at(origins, to, b.load_at(origins, place))
        b.store_at(tags, to, b.trunc(tag, I32))
        # A cell that was never written names state 0, which is as good as any; only that one must not meet itself.
        repeated = b.and_(
            _equal(b, state, load_state(b, successors, earlier, words)), b.icmp_unsigned("!=", earlier, to)
        )
        b.store(b.trunc(b.select(repeated, earlier, to), I32), cell)
        kept.add(b.zext(b.not_(repeated), I64))
    b.ret(kept.get())


def _emit_absorb(module: Any, words: int) -> None:
    b, (store, parents, index, shift, count, limit, found, successors, origins, tags, pending) = begin_function(
        module,
        "absorb",
        I64,
        store=POINTER,
        parents=POINTER,
        index=POINTER,
        shift=I64,
        count=POINTER,
        limit=I64,
        found=POINTER,
        successors=POINTER,
        origins=POINTER,
        tags=POINTER,
        pending=I64,
    )
    total = b.variable(I64, b.load(count, typ=I64))

    def tag_at(place: Value) -> Value:
        return b.zext(b.load_at(tags, place, I32), I64)

    # One loop, three stages at different distances, so that a successor's two cache misses overlap with the work on
    # others.
    with b.for_range(0, b.add(pending, i64(INDEX_AHEAD))) as ahead:
        with b.if_(b.icmp_signed("<", ahead, pending)):
            b.prefetch(b.at(index, b.lshr(tag_at(ahead), shift)))
        peeked = b.sub(ahead, i64(INDEX_AHEAD - STATE_AHEAD))
        with b.if_(b.icmp_unsigned("<", peeked, pending)):
            # Most often the home slot is the right one. Where it is empty, the line asked for does no harm.
            slot = b.load_at(index, b.lshr(tag_at(peeked), shift))
            b.prefetch(b.gep(store, [b.mul(slot_id(b, slot), i64(words))], source_etype=I64))
        place = b.sub(ahead, i64(INDEX_AHEAD))
        with b.if_(b.icmp_signed(">=", place, i64(0))):
            tag, state = tag_at(place), load_state(b, successors, place, words)
            position, content = emit_probe(b, store, index, shift, tag, state)
            with b.if_(b.icmp_unsigned("==", content.get(), i64(0))):
                new = total.get()
                with b.if_(b.icmp_unsigned(">=", new, limit), likely=False):
                    b.store(new, count)
                    b.ret(place)
                _store_state(b, store, new, state)
                origin = b.load_at(origins, place)
                b.store_at(parents, new, b.trunc(origin, I32))
                action = b.lshr(origin, i64(32))
                b.store_at(found, action, b.add(b.load_at(found, action), i64(1)))
                total.add(i64(1))
                b.store_at(index, position.get(), b.or_(b.shl(tag, i64(32)), total.get()))
    b.store(total.get(), count)
    b.ret(pending)


def _emit_rehash(module: Any) -> None:
    b, (old, begin, end, index, shift) = begin_function(
        module, "rehash", VOID, old=POINTER, begin=I64, end=I64, index=POINTER, shift=I64
    )
    mask = _mask(b, shift)
    with b.for_range(begin, end) as read:
        slot = b.load_at(old, read)
        with b.if_(b.icmp_unsigned("!=", slot, i64(0))):
            position = b.variable(I64, b.lshr(_slot_tag(b, slot), shift))
            with b.while_(lambda: b.icmp_unsigned("!=", b.load_at(index, position.get()), i64(0))):
                position.set(b.and_(b.add(position.get(), i64(1)), mask))
            b.store_at(index, position.get(), slot)
    b.ret_void()


def _emit_lookup(module: Any, words: int) -> None:
    b, (store, index, shift, state) = begin_function(
        module, "lookup", I64, store=POINTER, index=POINTER, shift=I64, state=POINTER
    )
    wanted = load_state(b, state, i64(0), words)
    _, content = emit_probe(b, store, index, shift, tag_of(b, wanted), wanted)
    # an empty slot is zero, so its id is -1
    b.ret(slot_id(b, content.get()))


def _emit_variation(module: Any, words: int) -> None:
    b, (store, count, bits) = begin_function(module, "variation", VOID, store=POINTER, count=I64, bits=POINTER)
    first = load_state(b, store, i64(0), words)
    different = [b.variable(I64, i64(0)) for _ in range(words)]
    with b.for_range(1, count) as position:
        for word, value in enumerate(load_state(b, store, position, words)):
            different[word].set(b.or_(different[word].get(), b.xor(value, first[word])))
    for word, found in enumerate(different):
        b.store_at(bits, word, found.get())
    b.ret_void()
