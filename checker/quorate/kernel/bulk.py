"""Conditions evaluated on many states at once: a byte for each condition and state."""

from __future__ import annotations

import ctypes
import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from quorate.compiler import ir
from quorate.kernel.builder import I8, POINTER, Value
from quorate.kernel.coverage import Plan, plans
from quorate.kernel.jit import Compiled, compile_module
from quorate.kernel.job import Job
from quorate.kernel.kernel import emitter_digest
from quorate.kernel.layout import StateLayout, state_layout
from quorate.kernel.steps import StateBody


class ValuesBody(StateBody):
    """Emits `values_K(job)`: for each state, whether property K holds, as a byte of BUFFER."""

    def __init__(self, module: Any, system: ir.System, layout: StateLayout, number: int, plan: Plan) -> None:
        super().__init__(module, system, layout, number, plan, "values")

    def look(self, holds: Value) -> None:
        b = self.b
        target = b.load_at(self.job, int(Job.BUFFER), POINTER)
        b.store(b.zext(holds, I8), b.at(target, b.sub(self.current.get(), self.get(Job.FIRST)), I8))


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

    def values(self, number: int, states: int, count: int) -> bytes:
        """Whether a property holds, 1 or 0, for each of `count` packed states at the address `states`; for those before
        the first in which its evaluation fails, if it does."""
        result = (ctypes.c_uint8 * max(1, count))()
        job = (ctypes.c_uint64 * Job.CELLS)()
        job[Job.STORE], job[Job.END] = states, count
        job[Job.BUFFER], job[Job.COVERAGE] = ctypes.addressof(result), ctypes.addressof(self._coverage)
        entry: Callable[[int], int] = self._code.function(f"values_{number}", ctypes.c_int64, [ctypes.c_void_p])
        return ctypes.string_at(result, entry(ctypes.addressof(job)))
