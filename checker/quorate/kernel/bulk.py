"""Conditions evaluated on many states at once: a byte for each condition and state."""

from __future__ import annotations

import ctypes
import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from quorate.compiler import ir
from quorate.kernel.builder import I8, I64, POINTER, begin_function, i64
from quorate.kernel.coverage import Observer, plans
from quorate.kernel.expressions import Frame
from quorate.kernel.jit import Compiled, compile_module
from quorate.kernel.kernel import emitter_digest
from quorate.kernel.layout import StateLayout, state_layout
from quorate.kernel.steps import Body, Finding, Job


class ValuesBody(Body):
    """Emits `values_K(job)`: for each of the states FIRST .. END, whether property K holds, as a byte of BUFFER. Where
    the evaluation fails it ends with FINDING set."""

    def __init__(self, module: Any, system: ir.System, layout: StateLayout, number: int, plan: Any) -> None:
        b, (job,) = begin_function(module, f"values_{number}", I64, job=POINTER)
        self.property = system.properties[number]
        frame = Frame((), self.property.locals, self.fault)
        super().__init__(b, system, layout, frame, job)
        self.observer = Observer(b, plan)
        self.state = self.room_for("state", layout.words)
        frame.states = (self.state, self.state)

    def emit_function(self) -> None:
        b, words = self.b, self.layout.words
        store, target = b.load_at(self.job, int(Job.STORE), POINTER), b.load_at(self.job, int(Job.BUFFER), POINTER)
        first = self.get(Job.FIRST)
        self.current = b.variable(I64, first)
        end = self.get(Job.END)
        with b.region("done") as self.done, b.while_(lambda: b.icmp_unsigned("<", self.current.get(), end)):
            source = b.at(store, b.mul(self.current.get(), i64(words)))
            for word in range(words):
                b.store_at(self.state, word, b.load_at(source, word))
            holds = self.emit(self.property.condition)
            b.store(b.zext(holds, I8), b.at(target, b.sub(self.current.get(), first), I8))
            self.current.add(i64(1))
        self.observer.flush(b.load_at(self.job, int(Job.COVERAGE), POINTER))
        b.ret(self.current.get())

    def fault(self, site: int) -> None:
        self.put(Job.FINDING, i64(int(Finding.FAULT)))
        self.b.branch(self.done)


class Bulk:
    """The properties of a system, to be evaluated on many states."""

    def __init__(self, system: ir.System, cache_dir: Path | None) -> None:
        from llvmlite import ir as llvm

        layout = state_layout(system.variables)
        module = llvm.Module("quorate-values")
        planned = plans(system)
        for number in range(len(system.properties)):
            ValuesBody(module, system, layout, number, planned[len(system.actions) + number]).emit_function()
        key = hashlib.sha256(f"values\n{emitter_digest()}\n{system!r}".encode()).hexdigest()
        self._code: Compiled = compile_module(module, key, cache_dir)
        self._coverage = (ctypes.c_uint64 * max(1, sum(plan.words for plan in planned)))()

    def values(self, number: int, states: int, count: int) -> bytes | None:
        """Whether a property holds, 1 or 0, for each of `count` packed states at the address `states`; None if its
        evaluation fails in one of them."""
        result = (ctypes.c_uint8 * max(1, count))()
        job = (ctypes.c_uint64 * Job.CELLS)()
        job[Job.STORE], job[Job.END] = states, count
        job[Job.BUFFER], job[Job.COVERAGE] = ctypes.addressof(result), ctypes.addressof(self._coverage)
        entry: Callable[[int], int] = self._code.function(f"values_{number}", ctypes.c_int64, [ctypes.c_void_p])
        entry(ctypes.addressof(job))
        return None if job[Job.FINDING] == Finding.FAULT else bytes(result[:count])
