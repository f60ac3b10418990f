"""The steps between states that a search has found, each with a label: which action it is, with which arguments.

`edges(job)` goes through the states `FIRST` .. `LIMIT` like the search's `expand`, but one state after the other, so
that the edges of a state lie together. A step that a bound or a constraint does not allow is handed over too, without
a target: in the protocol without that bound it would be possible. `resolve` then looks the successors up.
"""

from __future__ import annotations

import ctypes
import hashlib
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from quorate.compiler import ir
from quorate.errors import LoadError
from quorate.kernel.builder import I16, I32, I64, POINTER, Builder, Value, begin_function, i32, i64
from quorate.kernel.coverage import plans
from quorate.kernel.jit import Compiled, compile_module, load_cached
from quorate.kernel.job import Job, Live
from quorate.kernel.kernel import ADDRESS, Kernel, emitter_digest
from quorate.kernel.layout import StateLayout
from quorate.kernel.memory import Place
from quorate.kernel.search import INDEX_AHEAD, STATE_AHEAD, emit_probe, load_state, slot_id, tag_of
from quorate.kernel.steps import ActionBody, emit_expand

MOST_LABELS = (1 << 16) - 1
NOWHERE = 0xFFFF_FFFF
"""The target of an edge whose step a bound does not allow."""
_CUT = 1 << 63
# Successors are looked up in chunks of this many.
_CHUNK = 1024


@dataclass(frozen=True)
class Label:
    """The labels of one action: `size` of them from `base` on, numbered by the values of the arguments in `parts`:
    each its position among the action's choices and how many values it has, the last one counting fastest."""

    action: str
    base: int
    parts: tuple[tuple[int, int], ...]

    @property
    def size(self) -> int:
        """How many labels there are."""
        return math.prod(count for _, count in self.parts)


def labelling(system: ir.System, needed: Mapping[str, tuple[str, ...]]) -> tuple[Label, ...]:
    """The labels of each action of a system.

    `needed` has the names of the arguments, by action, that labels must tell apart. Where they are few enough all
    arguments are told apart. Raises LoadError when the needed ones alone take more than `MOST_LABELS`.
    """
    least = [_parts(action, needed.get(action.name, ())) for action in system.actions]
    sizes = [math.prod(count for _, count in parts) for parts in least]
    spare = MOST_LABELS - sum(sizes)
    if spare < 0:
        widest = system.actions[sizes.index(max(sizes))].name
        message = f"fairness for each choice of arguments means {sum(sizes):,} cases; {MOST_LABELS:,} are the most"
        raise LoadError(message, hint=f"leave some arguments of {widest} out of fair_per, or lower a parameter")
    labels, base = [], 0
    for action, parts, size in zip(system.actions, least, sizes, strict=True):
        every = _parts(action, [choice.name for choice in action.choices])
        more = math.prod(count for _, count in every) - size
        if more <= spare:
            parts, spare = every, spare - more
        labels.append(Label(action.name, base, parts))
        base += labels[-1].size
    return tuple(labels)


def _parts(action: ir.ActionIR, names: tuple[str, ...] | list[str]) -> tuple[tuple[int, int], ...]:
    return tuple(
        (position, choice.domain.type.cardinality)
        for position, choice in enumerate(action.choices)
        if choice.name in names
    )


class EdgeBody(ActionBody):
    """Emits `edges_K(job)`: the edges by action K from the states `FIRST` .. `END`, with their labels as origins."""

    def __init__(self, module: Any, system: ir.System, layout: StateLayout, number: int, label: Label) -> None:
        super().__init__(module, system, layout, number, plans(system)[number], name="edges")
        self.label = label

    def step(self, queue: Place | None) -> None:
        # before the body, which may assign to its arguments
        code = i64(0)
        for position, count in self.label.parts:
            choice = self.action.choices[position]
            rank = self.rank(choice.domain.type, self.emit(ir.Local(choice.domain.type, choice.slot)))
            code = self.b.add(self.b.mul(code, i64(count)), rank)
        self.code_of_step = self.b.variable(I64, self.b.add(code, i64(self.label.base)))
        super().step(queue)

    def hand_over(self) -> None:
        b = self.b
        for constraint in self.system.constraints:
            with b.if_(b.not_(self.condition(constraint))):
                self.note(Live.CUT)
                self.hand_over_cut()
                b.branch(self.disabled)
        with b.if_else(self.changed()) as (changed, unchanged):
            with changed:
                self.write_successor(self.filled.get())
                b.store_at(self.origins, self.filled.get(), self.code_of_step.get())
                self.filled.add(i64(1))
            with unchanged:
                self.note(Live.UNCHANGED)

    def cut(self, site: int) -> None:
        self.note(Live.CUT)
        self.hand_over_cut()

    def hand_over_cut(self) -> None:
        self.b.store_at(self.origins, self.filled.get(), self.b.or_(self.code_of_step.get(), i64(_CUT)))
        self.filled.add(i64(1))


class Edges:
    """The machine code that lists the edges of a model."""

    def __init__(self, kernel: Kernel, labels: tuple[Label, ...], cache_dir: Path | None) -> None:
        self.labels = labels
        listed = replace(kernel.system, properties=(), temporal=())
        key = hashlib.sha256(f"edges\n{emitter_digest()}\n{labels!r}\n{listed!r}".encode()).hexdigest()
        code = load_cached(key, cache_dir) or _compile(kernel, labels, key, cache_dir)
        self.expand: Callable[[int], int] = code.function("edges", ctypes.c_int64, [ADDRESS])
        arguments = [ADDRESS, ADDRESS, ctypes.c_int64, ADDRESS, ADDRESS, ctypes.c_int64, ADDRESS, ADDRESS]
        self.resolve: Callable[..., int] = code.function("resolve", ctypes.c_int64, arguments)


def _compile(kernel: Kernel, labels: tuple[Label, ...], key: str, cache_dir: Path | None) -> Compiled:
    from llvmlite import ir as llvm

    module = llvm.Module("quorate-edges")
    expansions = []
    for number, label in enumerate(labels):
        body = EdgeBody(module, kernel.system, kernel.layout, number, label)
        body.emit_function()
        expansions.append(body.b.function)
    emit_expand(module, expansions, name="edges", strip=1, behind_strip=_end_of_state)
    _emit_resolve(module, kernel.layout.words)
    return compile_module(module, key, cache_dir)


def _end_of_state(b: Builder, job: Value) -> None:
    """Note where the edges of the state end."""
    offsets = b.load_at(job, int(Job.OFFSETS), POINTER)
    edges = b.add(b.load_at(job, int(Job.BEFORE)), b.load_at(job, int(Job.FILLED)))
    b.store_at(offsets, b.add(b.load_at(job, int(Job.STRIP)), i64(1)), edges)


def _emit_resolve(module: Any, words: int) -> None:
    """Add `resolve(store, index, shift, successors, origins, pending, targets, labels) -> missing` to a module.

    For each of `pending` successors it writes the id, u32, and the label, u16; `NOWHERE` for a step that was cut. It
    returns how many are not in the store.
    """
    b, (store, index, shift, successors, origins, pending, targets, labels) = begin_function(
        module,
        "resolve",
        I64,
        store=POINTER,
        index=POINTER,
        shift=I64,
        successors=POINTER,
        origins=POINTER,
        pending=I64,
        targets=POINTER,
        labels=POINTER,
    )
    tags = b.stack_array(I64, _CHUNK)
    missing = b.variable(I64, i64(0))
    with b.for_range(0, pending, _CHUNK) as begin:
        room = b.sub(pending, begin)
        count = b.select(b.icmp_signed("<", room, i64(_CHUNK)), room, i64(_CHUNK))
        with b.for_range(0, count) as position:
            b.store_at(tags, position, tag_of(b, load_state(b, successors, b.add(begin, position), words)))
        with b.for_range(0, b.add(count, i64(INDEX_AHEAD))) as ahead:
            with b.if_(b.icmp_signed("<", ahead, count)):
                b.prefetch(b.at(index, b.lshr(b.load_at(tags, ahead), shift)))
            peeked = b.sub(ahead, i64(INDEX_AHEAD - STATE_AHEAD))
            with b.if_(b.icmp_unsigned("<", peeked, count)):
                slot = b.load_at(index, b.lshr(b.load_at(tags, peeked), shift))
                b.prefetch(b.gep(store, [b.mul(slot_id(b, slot), i64(words))], source_etype=I64))
            now = b.sub(ahead, i64(INDEX_AHEAD))
            with b.if_(b.icmp_signed(">=", now, i64(0))):
                place = b.add(begin, now)
                origin = b.load_at(origins, place)
                b.store_at(labels, place, b.trunc(origin, I16))
                with b.if_else(b.icmp_signed("<", origin, i64(0))) as (cut, kept):
                    with cut:
                        b.store_at(targets, place, i32(NOWHERE))
                    with kept:
                        state = load_state(b, successors, place, words)
                        _, content = emit_probe(b, store, index, shift, b.load_at(tags, now), state)
                        absent = b.icmp_unsigned("==", content.get(), i64(0))
                        missing.add(b.zext(absent, I64))
                        b.store_at(targets, place, b.trunc(slot_id(b, content.get()), I32))
    b.ret(missing.get())
