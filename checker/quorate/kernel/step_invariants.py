"""Emission of step invariants: a function `step_K(old, new)` for each, which the expansion calls.

Most steps change little, so a step invariant is asked only of those that change what it reads of the new state. Where
nothing of that changes its value is the one that it has if nothing changes at all; that is asked once for each state
(`still`), and if it does not hold there, it is asked of every step.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import Any

from quorate.compiler import ir
from quorate.compiler.walk import nodes
from quorate.kernel.builder import I8, I64, POINTER, VOID, Value, begin_function, i64
from quorate.kernel.coverage import Plan
from quorate.kernel.expressions import Frame
from quorate.kernel.job import Job
from quorate.kernel.layout import StateLayout
from quorate.kernel.observer import Observer
from quorate.kernel.statements import Statements


class StepValue(enum.IntEnum):
    """What `step_K` returns; from FAULT on, the site of a fault more."""

    HOLDS = 0
    VIOLATED = 1
    FAULT = 2


@dataclass(frozen=True)
class StepInvariant:
    """An emitted step invariant: its number among the properties, its function, and the bits, by word, that it reads of
    the new state."""

    number: int
    function: Value
    bits: dict[int, int]


class _Body(Statements):
    """Emits `step_K(old, new) -> StepValue`, given the addresses of two states."""

    def __init__(self, module: Any, system: ir.System, layout: StateLayout, number: int) -> None:
        b, (old, new) = begin_function(module, f"step_{number}", I64, old=POINTER, new=POINTER)
        # inlined into every action it would take most of the time of a compilation
        b.function.attributes.add("noinline")
        self.property = system.properties[number]
        super().__init__(b, system, layout, Frame((new, old), self.property.locals, self.fault))
        self.observer = Observer(b, Plan(0, ()))

    def emit_function(self) -> Value:
        """Emit all of it; returns the function."""
        b = self.b
        value = self.emit(self.property.condition)
        b.ret(b.select(value, i64(StepValue.HOLDS), i64(StepValue.VIOLATED)))
        b.finish()
        return b.function

    def fault(self, site: int) -> None:
        self.b.ret(i64(StepValue.FAULT + site))

    @property
    def bits(self) -> dict[int, int]:
        """The bits that it reads of the new state, by word."""
        found: dict[int, int] = {}
        for node in nodes(self.property.condition):
            if isinstance(node, ir.Variable) and node.state == 0:
                for word, mask in self.layout.bits(*self.system.variables[node.index]).items():
                    found[word] = found.get(word, 0) | mask
        return found


def emit_step_invariants(module: Any, system: ir.System, layout: StateLayout) -> tuple[StepInvariant, ...]:
    """Add `step_K(old, new) -> StepValue` for each step invariant K of a system to an `llvmlite.ir.Module`."""
    bodies = {
        number: _Body(module, system, layout, number)
        for number, prop in enumerate(system.properties)
        if prop.kind == "step_invariant"
    }
    return tuple(StepInvariant(number, body.emit_function(), body.bits) for number, body in bodies.items())


def emit_still(module: Any, layout: StateLayout, invariants: tuple[StepInvariant, ...]) -> Value:
    """Add `still(job)` to a module, which fills in `Job.STILL` for the states FIRST .. END. Returns the function."""
    b, (job,) = begin_function(module, "still", VOID, job=POINTER)
    store, still = (b.load_at(job, int(cell), POINTER) for cell in (Job.STORE, Job.STILL))
    first, end = (b.load_at(job, int(cell)) for cell in (Job.FIRST, Job.END))
    with b.for_range(first, end) as state:
        source = b.at(store, b.mul(state, i64(layout.words)))
        row = b.at(still, b.mul(b.sub(state, first), i64(len(invariants))), I8)
        for position, invariant in enumerate(invariants):
            holds = b.icmp_unsigned("==", b.call(invariant.function, [source, source]), i64(StepValue.HOLDS))
            b.store_at(row, position, b.zext(holds, I8))
    b.ret_void()
    return b.function
