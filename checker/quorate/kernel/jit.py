"""From an LLVM module to callable machine code, with an on-disk cache of the object code.

A cached object is loaded without building or reading any LLVM text, in some milliseconds. The cache is an aid only:
where it cannot be read or written, the module is compiled and nothing is said.
"""

from __future__ import annotations

import ctypes
import functools
import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import llvmlite
from llvmlite import binding as llvm

from quorate.cache import keep
from quorate.errors import InternalError

# The first bytes of a cache entry; a change of its format changes them.
MAGIC = b"quorate-object-1\n"
_DIGEST_BYTES = hashlib.sha256().digest_size


@functools.cache
def machine_key() -> str:
    """What object code depends on beside the module: the versions of llvmlite and LLVM, the processor, its features."""
    features = llvm.get_host_cpu_features().flatten()
    llvm_version = ".".join(map(str, llvm.llvm_version_info))
    machine = f"{llvm.get_process_triple()} {llvm.get_host_cpu_name()} {features}"
    return f"llvmlite {llvmlite.__version__}, LLVM {llvm_version}, {machine}"


class Compiled:
    """Machine code in memory, and its object code. The callables it hands out keep it alive.

    Calls release the interpreter lock, so several threads can run in the same code.
    """

    def __init__(self, object_code: bytes) -> None:
        """Load `object_code` into this process. Raises InternalError when LLVM rejects it."""
        self.object_code = object_code
        _initialise()
        try:
            module = llvm.parse_assembly("", context=_empty_context())
            self._engine = llvm.create_mcjit_compiler(module, _target_machine())
            self._engine.add_object_file(llvm.ObjectFileRef.from_data(object_code))
            self._engine.finalize_object()
        except RuntimeError as error:
            raise InternalError(f"LLVM does not load the object code of the kernel: {error}") from error

    def address(self, name: str) -> int:
        """The address of an exported function. Raises InternalError when there is none of that name."""
        address: int = self._engine.get_function_address(name)
        if not address:
            raise InternalError(f"the kernel has no function {name!r}")
        return address

    def function(self, name: str, result: type | None, arguments: Sequence[type]) -> Callable[..., Any]:
        """The exported function `name` as a callable with ctypes `result` and `arguments`."""
        callable_ = ctypes.CFUNCTYPE(result, *arguments)(self.address(name))
        callable_._kernel = self  # type: ignore[attr-defined]  # the code must outlive its last caller
        return callable_


def compile_module(module: Any, key: str, cache_dir: Path | None, *, unroll: bool = True) -> Compiled:
    """Compile an LLVM module for this machine: from the cache when it is there, else verified, optimised and stored.

    `module` is an `llvmlite.ir.Module` or LLVM text. `key` names its content: a digest of the model and of the version
    of whatever emitted it, and of `unroll`. `cache_dir` is created when missing; None means no cache. `unroll` lets
    LLVM unroll loops: where they run over the nodes of a protocol, a successor costs half as much, and the compilation
    several times as much. Raises InternalError when the module is not valid.
    """
    cached = load_cached(key, cache_dir)
    if cached is not None:
        return cached
    object_code = _object_code(str(module), unroll)
    if cache_dir is not None:
        keep(_entry_path(key, cache_dir), MAGIC + hashlib.sha256(object_code).digest() + object_code)
    return Compiled(object_code)


def load_cached(key: str, cache_dir: Path | None) -> Compiled | None:
    """The compiled module stored under `key` for this machine, or None when there is none that is intact."""
    if cache_dir is None:
        return None
    object_code = _read_entry(_entry_path(key, cache_dir))
    return None if object_code is None else Compiled(object_code)


@functools.cache
def _empty_context() -> Any:
    """The context of the empty modules that engines are made with. It outlives them all.

    An engine that the cycle collector finds may be finalised after what it refers to, in any order; a context of its
    own would sometimes be gone by then, and the process with it.
    """
    return llvm.create_context()


@functools.cache
def _initialise() -> None:
    # Both may be called again, and from any thread: llvmlite lets one thread at a time into LLVM.
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()


def _target_machine() -> Any:
    _initialise()
    return llvm.Target.from_triple(llvm.get_process_triple()).create_target_machine(
        cpu=llvm.get_host_cpu_name(),
        features=llvm.get_host_cpu_features().flatten(),
        opt=2,
        reloc="pic",
        codemodel="jitdefault",
        jit=True,
    )


def _object_code(text: str, unroll: bool) -> bytes:
    """Verify, optimise and assemble LLVM text."""
    machine = _target_machine()
    try:
        # A context of its own: nothing is shared with another thread's compile, and all is freed afterwards.
        parsed = llvm.parse_assembly(text, context=llvm.create_context())
        parsed.triple = machine.triple
        parsed.data_layout = str(machine.target_data)
        parsed.verify()
    except RuntimeError as error:
        raise InternalError(f"the emitted LLVM code is not valid: {error}") from error
    options = llvm.create_pipeline_tuning_options(speed_level=2)
    options.loop_unrolling = unroll
    passes = llvm.create_pass_builder(machine, options)
    passes.getModulePassManager().run(parsed, passes)
    object_code: bytes = machine.emit_object(parsed)
    return object_code


def _entry_path(key: str, cache_dir: Path) -> Path:
    name = hashlib.sha256(f"{key}\n{machine_key()}".encode()).hexdigest()
    return cache_dir / f"{name}.object"


def _read_entry(path: Path) -> bytes | None:
    try:
        content = path.read_bytes()
    except OSError:
        return None
    start = len(MAGIC) + _DIGEST_BYTES
    object_code = content[start:]
    if content[:start] != MAGIC + hashlib.sha256(object_code).digest():
        return None
    return object_code
