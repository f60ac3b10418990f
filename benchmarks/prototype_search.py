"""How fast the search runtime is by itself: Lamport's two-phase commit with a kernel written by hand.

`python benchmarks/prototype_search.py 9` explores TLA+ `TwoPhase` (Gray & Lamport, "Consensus on Transaction Commit",
2006) with 9 participants, keeps parents, checks consistency on each new state, and prints the rate. The options vary
what a compiler of models may choose: the order of the loops, the size of a block, the words of a state, unrolling.
"""

from __future__ import annotations

import argparse
import ctypes
import resource
import time
from collections.abc import Callable
from dataclasses import dataclass

from llvmlite import ir

from quorate.explore.store import Store
from quorate.kernel.builder import I1, I64, POINTER, Builder, Value, Variable, begin_function, boolean, i64
from quorate.kernel.jit import Compiled, compile_module
from quorate.kernel.search import emit_search

# Distinct states, generated states, depth: by TLC 1.8 on the TLA+ text.
KNOWN = {
    3: (288, 1_146, 11),
    5: (8_832, 58_146, 17),
    7: (296_448, 2_744_706, 23),
    9: (10_340_352, 123_558_402, 29),
}

WORKING, PREPARED, COMMITTED, ABORTED = range(4)  # a participant, two bits
INIT, TM_COMMITTED, TM_ABORTED = range(3)  # the transaction manager, two bits


@dataclass(frozen=True)
class Layout:
    """Where the fields of a state lie in its first word, for n participants: 4 n + 4 bits."""

    n: int

    @property
    def manager(self) -> int:
        """The state of the transaction manager, behind two bits for each participant."""
        return 2 * self.n

    @property
    def heard(self) -> int:
        """The set of participants that the manager knows to be prepared."""
        return 2 * self.n + 2

    @property
    def sent(self) -> int:
        """The set of participants that have sent `Prepared`."""
        return 3 * self.n + 2

    @property
    def commit(self) -> int:
        """Whether `Commit` has been sent."""
        return 4 * self.n + 2

    @property
    def abort(self) -> int:
        """Whether `Abort` has been sent."""
        return 4 * self.n + 3


def field(b: Builder, state: Value, place: Value, width: int) -> Value:
    """The `width` bits at `place`."""
    return b.and_(b.lshr(state, place), i64((1 << width) - 1))


def with_field(b: Builder, state: Value, place: Value, value: int) -> Value:
    """The state with the two bits at `place` replaced."""
    cleared = b.and_(state, b.not_(b.shl(i64(3), place)))
    return b.or_(cleared, b.shl(i64(value), place))


def with_bit(b: Builder, state: Value, place: Value) -> Value:
    """The state with the bit at `place` set."""
    return b.or_(state, b.shl(i64(1), place))


@dataclass(frozen=True)
class Action:
    """A guard (one bit) and an effect (the successor's word), both of a state and a participant."""

    name: str
    guard: Callable[[Builder, Value, Value], Value]
    effect: Callable[[Builder, Value, Value], Value]
    of_participant: bool = True


def two_phase(layout: Layout) -> list[Action]:
    """The actions in the order of the TLA+ text."""
    everyone = (1 << layout.n) - 1

    def own(b: Builder, r: Value) -> Value:
        return b.shl(r, i64(1))

    def member(b: Builder, place: int, r: Value) -> Value:
        return b.add(i64(place), r)

    def is_(b: Builder, state: Value, place: Value, value: int) -> Value:
        return b.icmp_unsigned("==", field(b, state, place, 2), i64(value))

    def undecided(b: Builder, s: Value) -> Value:
        return is_(b, s, i64(layout.manager), INIT)

    def bit(b: Builder, s: Value, place: Value) -> Value:
        return b.trunc(b.lshr(s, place), I1)

    def decide(b: Builder, s: Value, decision: int, message: int) -> Value:
        return with_bit(b, with_field(b, s, i64(layout.manager), decision), i64(message))

    def all_heard(b: Builder, s: Value) -> Value:
        return b.icmp_unsigned("==", field(b, s, i64(layout.heard), layout.n), i64(everyone))

    return [
        Action(
            "TMRcvPrepared",
            lambda b, s, r: b.and_(undecided(b, s), bit(b, s, member(b, layout.sent, r))),
            lambda b, s, r: with_bit(b, s, member(b, layout.heard, r)),
        ),
        Action(
            "TMCommit",
            lambda b, s, r: b.and_(undecided(b, s), all_heard(b, s)),
            lambda b, s, r: decide(b, s, TM_COMMITTED, layout.commit),
            of_participant=False,
        ),
        Action(
            "TMAbort",
            lambda b, s, r: undecided(b, s),
            lambda b, s, r: decide(b, s, TM_ABORTED, layout.abort),
            of_participant=False,
        ),
        Action(
            "RMPrepare",
            lambda b, s, r: is_(b, s, own(b, r), WORKING),
            lambda b, s, r: with_bit(b, with_field(b, s, own(b, r), PREPARED), member(b, layout.sent, r)),
        ),
        Action(
            "RMChooseToAbort",
            lambda b, s, r: is_(b, s, own(b, r), WORKING),
            lambda b, s, r: with_field(b, s, own(b, r), ABORTED),
        ),
        Action(
            "RMRcvCommitMsg",
            lambda b, s, r: bit(b, s, i64(layout.commit)),
            lambda b, s, r: with_field(b, s, own(b, r), COMMITTED),
        ),
        Action(
            "RMRcvAbortMsg",
            lambda b, s, r: bit(b, s, i64(layout.abort)),
            lambda b, s, r: with_field(b, s, own(b, r), ABORTED),
        ),
    ]


def emit_step(module: ir.Module, number: int, action: Action, n: int, words: int) -> ir.Function:
    """`step(state, origin, successors, origins, position) -> position`: the successors of one state by one action."""
    b, (state, origin, successors, origins, start) = begin_function(
        module, f"step.{action.name}", I64, state=POINTER, origin=I64, successors=POINTER, origins=POINTER, start=I64
    )
    b.function.linkage = "internal"
    position = b.variable(I64, start)
    word = b.load_at(state, 0)
    with b.for_range(0, n if action.of_participant else 1) as r, b.if_(action.guard(b, word, r)):
        first = action.effect(b, word, r)
        at = position.get()
        for k in range(words):
            # further words vary with the first, so that they cost what words of a real model cost
            b.store_at(successors, b.add(b.mul(at, i64(words)), i64(k)), b.xor(first, i64(k)))
        b.store_at(origins, at, b.or_(origin, i64(number << 32)))
        position.add(i64(1))
    b.ret(position.get())
    return b.function


def emit_expand(module: ir.Module, layout: Layout, words: int, strip: int) -> None:
    """`expand(store, first, count, successors, origins) -> generated`: each action takes `strip` states in a row."""
    steps = [emit_step(module, k, action, layout.n, words) for k, action in enumerate(two_phase(layout))]
    b, (store, first, count, successors, origins) = begin_function(
        module, "expand", I64, store=POINTER, first=I64, count=I64, successors=POINTER, origins=POINTER
    )
    position = b.variable(I64, i64(0))

    def run(step: ir.Function, number: Value) -> None:
        state = b.at(store, b.mul(number, i64(words)))
        position.set(b.call(step, [state, number, successors, origins, position.get()]))

    stop = b.add(first, count)
    with b.for_range(first, stop, strip) as begin:
        if strip == 1:
            for step in steps:
                run(step, begin)
        else:
            end = b.add(begin, i64(strip))
            end = b.select(b.icmp_signed("<", end, stop), end, stop)
            for step in steps:
                with b.for_range(begin, end) as number:
                    run(step, number)
    b.ret(position.get())


def emit_consistent(module: ir.Module, layout: Layout, words: int) -> None:
    """`consistent(store, first, stop) -> id`: the first state where one has committed and one aborted, or -1."""
    b, (store, first, stop) = begin_function(module, "consistent", I64, store=POINTER, first=I64, stop=I64)
    with b.for_range(first, stop) as number:
        state = b.load_at(store, b.mul(number, i64(words)))
        committed: Variable = b.variable(I1, boolean(False))
        aborted: Variable = b.variable(I1, boolean(False))
        with b.for_range(0, layout.n) as r:
            here = field(b, state, b.shl(r, i64(1)), 2)
            committed.set(b.or_(committed.get(), b.icmp_unsigned("==", here, i64(COMMITTED))))
            aborted.set(b.or_(aborted.get(), b.icmp_unsigned("==", here, i64(ABORTED))))
        with b.if_(b.and_(committed.get(), aborted.get())):
            b.ret(number)
    b.ret(i64(-1))


def compile_kernel(n: int, words: int, strip: int, unroll: bool) -> Compiled:
    """The kernel and the search functions, compiled afresh."""
    module, layout = ir.Module("two_phase"), Layout(n)
    emit_search(module, words)
    emit_expand(module, layout, words, strip)
    emit_consistent(module, layout, words)
    return compile_module(module, "", None, unroll=unroll)


def explore(code: Compiled, n: int, words: int, block: int) -> tuple[int, int, int, int]:
    """Explore breadth-first. Returns distinct and generated states, depth, and the peak of memory in bytes."""
    i64_, address = ctypes.c_int64, ctypes.c_void_p
    expand = code.function("expand", i64_, [address, i64_, i64_, address, address])
    consistent = code.function("consistent", i64_, [address, i64_, i64_])
    most = block * (5 * n + 2)
    successors, origins = (ctypes.c_uint64 * (most * words))(), (ctypes.c_uint64 * most)()
    tags = (ctypes.c_uint32 * most)()
    to_successors, to_origins, to_tags = (ctypes.addressof(array) for array in (successors, origins, tags))
    with Store(code, words, actions=7) as store:
        peak = 0

        def absorb(filled: int) -> None:
            nonlocal peak
            pending = store.sift(to_successors, to_origins, filled, to_tags)
            done = store.absorb(to_successors, to_origins, to_tags, pending)
            while done < pending:
                peak = max(peak, store.bytes_if_index_grows())
                store.grow()
                done += store.absorb(
                    to_successors + 8 * words * done, to_origins + 8 * done, to_tags + 4 * done, pending - done
                )

        successors[:words] = list(range(words))
        absorb(1)
        generated, depth, begin = 1, 0, 0
        while begin < store.count:
            depth, end = depth + 1, store.count
            for first in range(begin, end, block):
                known = store.count
                filled = expand(store.states_address, first, min(block, end - first), to_successors, to_origins)
                generated += filled
                absorb(filled)
                if consistent(store.states_address, known, store.count) >= 0:
                    raise AssertionError("two-phase commit is consistent")
            begin = end
        return store.count, generated, depth, max(peak, store.memory_bytes)


def main() -> None:
    """Run as the options say and print one line for each run."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("participants", type=int, nargs="?", default=9, choices=sorted(KNOWN))
    parser.add_argument("--block", type=int, default=4096, help="states expanded before their successors are absorbed")
    parser.add_argument(
        "--strip", type=int, default=1, help="states in a row for one action; 1: all actions of a state"
    )
    parser.add_argument("--words", type=int, default=1, help="64-bit words of a state; all but one are padding")
    parser.add_argument("--no-unroll", action="store_true", help="forbid LLVM to unroll loops")
    parser.add_argument("--runs", type=int, default=3)
    options = parser.parse_args()
    start = time.perf_counter()
    code = compile_kernel(options.participants, options.words, options.strip, not options.no_unroll)
    print(
        f"emitted and compiled in {time.perf_counter() - start:.3f} s, {len(code.object_code):,} bytes of object code"
    )
    for _ in range(options.runs):
        start, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_SELF)
        distinct, generated, depth, peak = explore(code, options.participants, options.words, options.block)
        seconds, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_SELF)
        if (distinct, generated, depth) != KNOWN[options.participants]:
            raise AssertionError(f"{distinct:,} distinct, {generated:,} generated, depth {depth}: not what TLC finds")
        user, system = after.ru_utime - before.ru_utime, after.ru_stime - before.ru_stime
        print(
            f"{seconds:.3f} s (user {user:.3f}, system {system:.3f}): {distinct / seconds / 1e6:.2f} M distinct/s, "
            f"{seconds / generated * 1e9:.1f} ns a generated state, {peak / distinct:.1f} bytes a state at the peak"
        )


if __name__ == "__main__":
    main()
