"""What is asked of the graph of all states, emitted as LLVM: reachability, components, and which of them are fair.

The graph is plain memory. The edges of state s are those from `offsets[s]` (u64) to `offsets[s + 1]`, each with its
target (u32, or `NOWHERE`) and label (u16). `marks` has a byte of `Mark` for each state, `low` a u32.
"""

from __future__ import annotations

import ctypes
import enum
import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from quorate.kernel.builder import I8, I16, I32, I64, POINTER, VOID, Builder, Value, begin_function, i32, i64
from quorate.kernel.edges import NOWHERE
from quorate.kernel.jit import compile_module, load_cached
from quorate.kernel.job import Live
from quorate.kernel.kernel import ADDRESS, emitter_digest

OUTSIDE = 0xFFFF_FFFF
"""`low` of a state that does not take part; those of components count down from the number below it."""
_NOT_ROOT = 1 << 31
AHEAD = 16
"""How many edges of a state are looked ahead for when it is entered."""


NO_EDGE = 0xFFFF_FFFF_FFFF_FFFF
"""In place of a step, where a walk ended in a state for the state's sake."""


class Wish(enum.IntEnum):
    """What a walk looks for: the cells (u64) of the block that `walk` is given. Beside these, a WANTED state."""

    GROUPS = 0  # address: the fairness group of each label (u16)
    PENDING = 1  # address: for each group one of `Pending` (u8)
    MET = 2  # address: a zeroed u64 for each group
    WEAK = 3  # how many groups are `Pending.WEAK`
    END = 4  # a step to this state; `NOWHERE` for none


class Pending(enum.IntEnum):
    """What a walk wishes of a fairness group."""

    NOTHING = 0
    STRONG = 1  # a step of it
    WEAK = 2  # a step of it, or a state in which it is not enabled


class Mark(enum.IntFlag):
    """The bits of a state in `marks`."""

    INSIDE = 1  # it is in the part of the graph that is looked at
    SEEN = 2  # a walk came by
    WANTED = 4  # a loop must go through some state with this bit, a walk ends at one
    FAIR = 8  # it is on a fair loop
    GOAL = 16  # `spread`: the goal can be reached
    OPEN = 32  # `spread`: a state whose steps are not all known can be reached


class GraphCode:
    """The machine code, the same for every model.

    `walk(offsets, targets, labels, marks, parents, queue, first, last, wish, found) -> count`
        goes on by one level with a breadth-first walk over INSIDE states, from those between `first` and `last` in
        `queue` (u32). Each state that is not yet SEEN becomes so and is put behind them, with the state that it was met
        from in `parents` (u32). It stops at the first step or state of the `wish` (see `Wish`), which is left in
        `found` (two u64): the step and the state it leaves, or `NO_EDGE` and the state. Otherwise `found` is left
        alone. Returns how many states the queue holds.
    `components(offsets, targets, low, order, path, at, count) -> ordered`
        finds the strongly connected components of the states whose `low` is 0 (the others' is `OUTSIDE`): afterwards
        `low` is the same for the states of one component, and `order` (u32) has those states component by component,
        each after all that it leads to. `path` and `at` (u32 each) are room for `count` elements.
    `judge(offsets, targets, labels, live, marks, low, order, ordered, groups, strong, kinds, room) -> again`
        decides which components have a fair loop. `groups` (u16) has the fairness group of a label, 0 for none, and
        `strong` a byte for each of the `kinds` groups (group 0 unused); `room` is 3 zeroed u64 for each. The states of
        a component with a fair loop through a WANTED state become FAIR, and are no longer INSIDE; nor are those of one
        that has no such loop. Where only a part of a component may have one that part stays INSIDE: `again` is the
        number of such components, whose components are to be judged again.
    `spread(offsets, targets, marks, low, order, ordered)`
        gives each state the GOAL and OPEN of every state that it leads to.
    """

    def __init__(self, cache_dir: Path | None) -> None:
        key = hashlib.sha256(f"graph\n{emitter_digest()}".encode()).hexdigest()
        code = load_cached(key, cache_dir)
        if code is None:
            from llvmlite import ir as llvm

            module = llvm.Module("quorate-graph")
            for emit in (_emit_walk, _emit_components, _emit_judge, _emit_spread):
                emit(module)
            code = compile_module(module, key, cache_dir)
        number = ctypes.c_int64
        walked = [*[ADDRESS] * 6, number, number, ADDRESS, ADDRESS]
        self.walk: Callable[..., int] = code.function("walk", number, walked)
        self.components: Callable[..., int] = code.function("components", number, [ADDRESS] * 6 + [number])
        judged = [*[ADDRESS] * 7, number, ADDRESS, ADDRESS, number, ADDRESS]
        self.judge: Callable[..., int] = code.function("judge", number, judged)
        self.spread: Callable[..., None] = code.function("spread", None, [ADDRESS] * 5 + [number])


def _wide(b: Builder, base: Value, index: Value, kind: Any) -> Value:
    """`base[index]` of a narrow array, as an i64."""
    return b.zext(b.load_at(base, index, kind), I64)


def _put(b: Builder, base: Value, index: Value, value: Value, kind: Any = I32) -> None:
    b.store_at(base, index, b.trunc(value, kind))


def _has(b: Builder, bits: Value, bit: int) -> Value:
    return b.icmp_unsigned("!=", b.and_(bits, i64(bit)), i64(0))


def _emit_walk(module: Any) -> None:
    b, (offsets, targets, labels, marks, parents, queue, first, last, wish, found) = begin_function(
        module,
        "walk",
        I64,
        offsets=POINTER,
        targets=POINTER,
        labels=POINTER,
        marks=POINTER,
        parents=POINTER,
        queue=POINTER,
        first=I64,
        last=I64,
        wish=POINTER,
        found=POINTER,
    )
    addresses = (b.load_at(wish, cell) for cell in (Wish.GROUPS, Wish.PENDING, Wish.MET))
    groups, pending, met = (b.inttoptr(address, POINTER) for address in addresses)
    weak, end = b.load_at(wish, Wish.WEAK), b.load_at(wish, Wish.END)
    tail = b.variable(I64, last)

    def pending_group(edge: Value) -> tuple[Value, Value]:
        group = _wide(b, groups, _wide(b, labels, edge, I16), I16)
        return group, _wide(b, pending, group, I8)

    def stop(edge: Value, state: Value) -> None:
        b.store_at(found, 0, edge)
        b.store_at(found, 1, state)
        b.ret(tail.get())

    def edges(state: Value) -> Any:
        return b.for_range(b.load_at(offsets, state), b.load_at(offsets, b.add(state, i64(1))))

    def stop_if_served(state: Value, mark: Value) -> None:
        """A state serves if it is WANTED, or if a weakly fair group that is pending is not enabled in it."""
        with b.if_(_has(b, mark, Mark.WANTED)):
            stop(i64(NO_EDGE), state)
        with b.if_(b.icmp_unsigned("!=", weak, i64(0))):
            enabled, stamp = b.variable(I64, i64(0)), b.add(state, i64(1))
            with edges(state) as edge:
                group, kind = pending_group(edge)
                first_met = b.icmp_unsigned("!=", b.load_at(met, group), stamp)
                with b.if_(b.and_(b.icmp_unsigned("==", kind, i64(Pending.WEAK)), first_met)):
                    b.store_at(met, group, stamp)
                    enabled.add(i64(1))
            with b.if_(b.icmp_unsigned("<", enabled.get(), weak)):
                stop(i64(NO_EDGE), state)

    with b.for_range(first, last) as position:
        state = _wide(b, queue, position, I32)
        with edges(state) as edge, b.region("outside") as outside:
            target = _wide(b, targets, edge, I32)
            b.if_leave(b.icmp_unsigned("==", target, i64(NOWHERE)), outside)
            mark = _wide(b, marks, target, I8)
            b.if_leave(b.not_(_has(b, mark, Mark.INSIDE)), outside)
            _, kind = pending_group(edge)
            with b.if_(b.or_(b.icmp_unsigned("==", target, end), b.icmp_unsigned("!=", kind, i64(0)))):
                stop(edge, state)
            b.if_leave(_has(b, mark, Mark.SEEN), outside)
            _put(b, marks, target, b.or_(mark, i64(Mark.SEEN)), I8)
            _put(b, parents, target, state)
            _put(b, queue, tail.get(), target)
            tail.add(i64(1))
            stop_if_served(target, mark)
    b.ret(tail.get())
    b.finish()


def _emit_components(module: Any) -> None:
    """Pearce's algorithm (A space-efficient algorithm for finding strongly connected components, 2016, section 3), with
    a stack of its own in place of recursion. The states that wait for their component lie at the end of `order`."""
    b, (offsets, targets, low, order, path, at, count) = begin_function(
        module,
        "components",
        I64,
        offsets=POINTER,
        targets=POINTER,
        low=POINTER,
        order=POINTER,
        path=POINTER,
        at=POINTER,
        count=I64,
    )
    ordered, waiting = b.variable(I64, i64(0)), b.variable(I64, count)
    index, number = b.variable(I64, i64(1)), b.variable(I64, i64(OUTSIDE - 1))
    depth = b.variable(I64, i64(0))

    def enter(state: Value) -> None:
        _put(b, low, state, index.get())
        index.add(i64(1))
        _put(b, path, depth.get(), state)
        b.store_at(at, depth.get(), i32(0))
        depth.add(i64(1))
        # the edges come in no order that a cache could know
        first, end = b.load_at(offsets, state), b.load_at(offsets, b.add(state, i64(1)))
        few = b.add(first, i64(AHEAD))
        with b.for_range(first, b.select(b.icmp_unsigned("<", end, few), end, few)) as edge:
            b.prefetch(b.at(low, _wide(b, targets, edge, I32), I32))

    def settle(state: Value) -> None:
        """The state belongs to the component that is being finished."""
        _put(b, low, state, number.get())
        _put(b, order, ordered.get(), state)
        ordered.add(i64(1))

    with b.for_range(0, count) as root, b.if_(b.icmp_unsigned("==", _wide(b, low, root, I32), i64(0))):
        enter(root)
        with b.while_(lambda: b.icmp_unsigned("!=", depth.get(), i64(0))), b.region("next") as again:
            frame = b.sub(depth.get(), i64(1))
            state, position = _wide(b, path, frame, I32), _wide(b, at, frame, I32)
            first, end = b.load_at(offsets, state), b.load_at(offsets, b.add(state, i64(1)))
            not_root = b.variable(I64, b.and_(position, i64(_NOT_ROOT)))
            lowest = b.variable(I64, _wide(b, low, state, I32))
            edge = b.variable(I64, b.add(first, b.and_(position, i64(_NOT_ROOT - 1))))
            with b.while_(lambda: b.icmp_unsigned("<", edge.get(), end)):
                target = _wide(b, targets, edge.get(), I32)
                with b.if_(b.icmp_unsigned("!=", target, i64(NOWHERE))):
                    reached = _wide(b, low, target, I32)
                    with b.if_(b.icmp_unsigned("==", reached, i64(0))):
                        # it comes back to this edge once the target is done
                        _put(b, at, frame, b.or_(b.sub(edge.get(), first), not_root.get()))
                        _put(b, low, state, lowest.get())
                        enter(target)
                        b.branch(again)
                    with b.if_(b.icmp_unsigned("<", reached, lowest.get())):
                        lowest.set(reached)
                        not_root.set(i64(_NOT_ROOT))
                edge.add(i64(1))
            _put(b, low, state, lowest.get())
            depth.add(i64(-1))
            with b.if_else(b.icmp_unsigned("!=", not_root.get(), i64(0))) as (waits, is_root):
                with waits:
                    waiting.add(i64(-1))
                    _put(b, order, waiting.get(), state)
                with is_root:
                    with b.region("done") as done, b.while_(lambda: b.icmp_unsigned("<", waiting.get(), count)):
                        member = _wide(b, order, waiting.get(), I32)
                        b.if_leave(b.icmp_unsigned("<", _wide(b, low, member, I32), lowest.get()), done)
                        waiting.add(i64(1))
                        settle(member)
                        index.add(i64(-1))
                    settle(state)
                    index.add(i64(-1))
                    number.add(i64(-1))
    b.ret(ordered.get())


class _Components:
    """Emits a loop over the components in `order`: `begin` and `end` are where the states of one lie."""

    def __init__(self, b: Builder, low: Value, order: Value, ordered: Value) -> None:
        self.b, self.low, self.order, self.ordered = b, low, order, ordered

    def number(self, position: Value) -> Value:
        return _wide(self.b, self.low, self.state(position), I32)

    def state(self, position: Value) -> Value:
        return _wide(self.b, self.order, position, I32)

    def end_of(self, begin: Value) -> Value:
        b, number = self.b, self.number(begin)
        end = b.variable(I64, b.add(begin, i64(1)))
        with b.region("end") as found, b.while_(lambda: b.icmp_unsigned("<", end.get(), self.ordered)):
            b.if_leave(b.icmp_unsigned("!=", self.number(end.get()), number), found)
            end.add(i64(1))
        return end.get()


def _emit_spread(module: Any) -> None:
    b, (offsets, targets, marks, low, order, ordered) = begin_function(
        module, "spread", VOID, offsets=POINTER, targets=POINTER, marks=POINTER, low=POINTER, order=POINTER, ordered=I64
    )
    parts = _Components(b, low, order, ordered)
    begin = b.variable(I64, i64(0))
    with b.while_(lambda: b.icmp_unsigned("<", begin.get(), ordered)):
        end = parts.end_of(begin.get())
        bits = b.variable(I64, i64(0))
        with b.for_range(begin.get(), end) as position:
            state = parts.state(position)
            bits.set(b.or_(bits.get(), _wide(b, marks, state, I8)))
            with b.for_range(b.load_at(offsets, state), b.load_at(offsets, b.add(state, i64(1)))) as edge:
                target = _wide(b, targets, edge, I32)
                with b.if_(b.icmp_unsigned("!=", target, i64(NOWHERE))):
                    bits.set(b.or_(bits.get(), _wide(b, marks, target, I8)))
        spread = b.and_(bits.get(), i64(Mark.GOAL | Mark.OPEN))
        with b.for_range(begin.get(), end) as position:
            state = parts.state(position)
            _put(b, marks, state, b.or_(_wide(b, marks, state, I8), spread), I8)
        begin.set(end)
    b.ret_void()


class _Judge:
    """Emits `judge`."""

    def __init__(self, module: Any) -> None:
        self.b, arguments = begin_function(
            module,
            "judge",
            I64,
            offsets=POINTER,
            targets=POINTER,
            labels=POINTER,
            live=POINTER,
            marks=POINTER,
            low=POINTER,
            order=POINTER,
            ordered=I64,
            groups=POINTER,
            strong=POINTER,
            kinds=I64,
            room=POINTER,
        )
        self.offsets, self.targets, self.labels, self.live, self.marks, self.low, order, self.ordered, *rest = arguments
        self.groups, self.strong, self.kinds, room = rest
        # by group: in how many states of the component it is enabled, whether it is taken, the last state it was met in
        self.enabled, self.taken = room, self.b.at(room, self.kinds)
        self.met = self.b.at(self.taken, self.kinds)
        self.parts = _Components(self.b, self.low, order, self.ordered)

    def emit(self) -> None:
        b = self.b
        again, begin = b.variable(I64, i64(0)), b.variable(I64, i64(0))
        with b.while_(lambda: b.icmp_unsigned("<", begin.get(), self.ordered)):
            end = self.parts.end_of(begin.get())
            with b.if_else(self.has_loop(begin.get(), end)) as (loops, ends):
                with loops:
                    wanted = self.count(begin.get(), end)
                    unfair, partly = self.verdict(b.sub(end, begin.get()))
                    out = b.or_(b.not_(wanted), unfair)
                    with b.if_else(b.or_(out, b.not_(partly))) as (settled, refined):
                        with settled:
                            fair = b.select(out, i64(0), i64(int(Mark.FAIR)))
                            with b.for_range(begin.get(), end) as position:
                                self.leave(self.parts.state(position), fair)
                        with refined:
                            again.add(i64(1))
                            self.remove_enabled(begin.get(), end)
                with ends:
                    self.leave(self.parts.state(begin.get()), i64(0))
            begin.set(end)
        b.ret(again.get())

    def leave(self, state: Value, also: Value) -> None:
        """The state is no longer INSIDE."""
        b = self.b
        mark = b.and_(_wide(b, self.marks, state, I8), i64(~int(Mark.INSIDE)))
        _put(b, self.marks, state, b.or_(mark, also), I8)

    def has_loop(self, begin: Value, end: Value) -> Value:
        """Whether a run can stay in a component for ever: a terminal state is left by nothing."""
        b = self.b
        live = _wide(b, self.live, self.parts.state(begin), I8)
        alone = b.icmp_unsigned("==", b.sub(end, begin), i64(1))
        stays = b.or_(b.icmp_unsigned("==", live, i64(0)), _has(b, live, Live.UNCHANGED))
        return b.or_(b.not_(alone), stays)

    def edges(self, state: Value) -> Any:
        return self.b.for_range(
            self.b.load_at(self.offsets, state), self.b.load_at(self.offsets, self.b.add(state, i64(1)))
        )

    def group(self, edge: Value) -> Value:
        return _wide(self.b, self.groups, _wide(self.b, self.labels, edge, I16), I16)

    def count(self, begin: Value, end: Value) -> Value:
        """Fill `enabled` and `taken` for a component. Whether one of its states is WANTED."""
        b = self.b
        with b.for_range(1, self.kinds) as group:
            b.store_at(self.enabled, group, i64(0))
            b.store_at(self.taken, group, i64(0))
        number, bits = self.parts.number(begin), b.variable(I64, i64(0))
        # the groups that are not known to be taken; without any, the steps need no look
        left = b.variable(I64, b.sub(self.kinds, i64(1)))
        with b.for_range(begin, end) as position:
            state, stamp = self.parts.state(position), b.add(position, i64(1))
            bits.set(b.or_(bits.get(), _wide(b, self.marks, state, I8)))
            with b.if_(b.icmp_unsigned("!=", left.get(), i64(0))), self.edges(state) as edge:
                group = self.group(edge)
                with b.if_(b.icmp_unsigned("!=", group, i64(0))):
                    with b.if_(b.icmp_unsigned("!=", b.load_at(self.met, group), stamp)):
                        b.store_at(self.met, group, stamp)
                        b.store_at(self.enabled, group, b.add(b.load_at(self.enabled, group), i64(1)))
                    with b.region("outside") as outside:
                        b.if_leave(b.icmp_unsigned("!=", b.load_at(self.taken, group), i64(0)), outside)
                        target = _wide(b, self.targets, edge, I32)
                        b.if_leave(b.icmp_unsigned("==", target, i64(NOWHERE)), outside)
                        b.if_leave(b.icmp_unsigned("!=", _wide(b, self.low, target, I32), number), outside)
                        b.store_at(self.taken, group, i64(1))
                        left.add(i64(-1))
        # the next call counts positions anew
        with b.for_range(1, self.kinds) as group:
            b.store_at(self.met, group, i64(0))
        return _has(b, bits.get(), Mark.WANTED)

    def starved(self, group: Value) -> Value:
        """Whether a group is enabled somewhere in the component and never taken inside it."""
        b = self.b
        enabled = b.icmp_unsigned("!=", b.load_at(self.enabled, group), i64(0))
        return b.and_(enabled, b.icmp_unsigned("==", b.load_at(self.taken, group), i64(0)))

    def verdict(self, size: Value) -> tuple[Value, Value]:
        """Whether weak fairness forbids to stay in the component, and whether strong fairness forbids all of it."""
        b = self.b
        weak, strong = b.variable(I8, b.trunc(i64(0), I8)), b.variable(I8, b.trunc(i64(0), I8))
        one = b.trunc(i64(1), I8)
        with b.for_range(1, self.kinds) as group, b.if_(self.starved(group)):
            with b.if_(b.icmp_unsigned("==", b.load_at(self.enabled, group), size)):
                weak.set(one)
            with b.if_(b.icmp_unsigned("!=", _wide(b, self.strong, group, I8), i64(0))):
                strong.set(one)
        none = b.trunc(i64(0), I8)
        return b.icmp_unsigned("!=", weak.get(), none), b.icmp_unsigned("!=", strong.get(), none)

    def remove_enabled(self, begin: Value, end: Value) -> None:
        """Take the states out in which a strong group that the component starves is enabled."""
        b = self.b
        with b.for_range(begin, end) as position:
            state = self.parts.state(position)
            with b.region("kept") as kept, self.edges(state) as edge:
                group = self.group(edge)
                with b.if_(b.icmp_unsigned("!=", group, i64(0))):
                    strong = b.icmp_unsigned("!=", _wide(b, self.strong, group, I8), i64(0))
                    with b.if_(b.and_(strong, self.starved(group))):
                        self.leave(state, i64(0))
                        b.branch(kept)


def _emit_judge(module: Any) -> None:
    _Judge(module).emit()
