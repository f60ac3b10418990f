"""The compiled model: machine code for its steps and properties, and the codec for its states."""

from __future__ import annotations

import ctypes
import hashlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from quorate.cache import source_digest
from quorate.compiler import ir
from quorate.errors import LoadError
from quorate.kernel.codec import StateCodec
from quorate.kernel.fan_out import fan_out
from quorate.kernel.jit import Compiled, compile_module, load_cached
from quorate.kernel.layout import StateLayout, state_layout

ADDRESS = ctypes.c_void_p
MOST_CHOICES = 1 << 20


class Kernel:
    """The machine code of a model at given parameters.

    `expand_all(job)`, `expand[k](job)` and `check[k](job)` are the entry points described in `quorate.kernel.steps`;
    `check` has None in the place of a step invariant.
    """

    def __init__(self, system: ir.System, layout: StateLayout, code: Compiled) -> None:
        self.system, self.layout, self.code = system, layout, code
        self.codec = StateCodec(system.variables, layout)
        self.expand_all = self._entry("expand")
        self.expand = [self._entry(f"expand_{k}") for k in range(len(system.actions))]
        self.check = [
            None if prop.kind == "step_invariant" else self._entry(f"property_{k}")
            for k, prop in enumerate(system.properties)
        ]
        self.fan_out = max((fan_out(action) for action in system.actions), default=1)

    def _entry(self, name: str) -> Callable[[int], int]:
        return self.code.function(name, ctypes.c_int64, [ADDRESS])


def build_kernel(system: ir.System, cache_dir: Path | None) -> Kernel:
    """Compile a system, or load it from the cache. Raises LoadError when a type has no packed form."""
    layout = state_layout(system.variables)
    for action in system.actions:
        if fan_out(action) > MOST_CHOICES:
            raise LoadError(
                f"{action.name} has {fan_out(action):,} choices of its arguments, to be tried in every state; "
                f"at most {MOST_CHOICES:,} are allowed",
                hint="lower a parameter, or give an argument a smaller type",
            )
    # temporal properties are no part of this code
    searched = replace(system, temporal=())
    key = hashlib.sha256(f"{emitter_digest()}\n{searched!r}".encode()).hexdigest()
    code = load_cached(key, cache_dir)
    if code is None:
        # what emits code is only loaded when something is compiled
        from llvmlite import ir as llvm

        from quorate.kernel.search import emit_search
        from quorate.kernel.steps import emit_steps

        module = llvm.Module("quorate")
        emit_steps(module, system, layout)
        emit_search(module, layout.words)
        code = compile_module(module, key, cache_dir)
    return Kernel(system, layout, code)


def emitter_digest() -> str:
    """A digest of the code that emits code."""
    return source_digest("compiler", "kernel")
