"""Machine code from LLVM modules: structured building, the object cache in health and in sickness, threads."""

import ctypes
import gc
import threading
from pathlib import Path

import pytest
from llvmlite import ir

from quorate.errors import InternalError
from quorate.kernel.builder import I1, I64, POINTER, VOID, begin_function, boolean, i64
from quorate.kernel.jit import Compiled, compile_module, load_cached

I = ctypes.c_int64  # noqa: E741


def sum_below(extra: int = 0) -> ir.Module:
    """`f(n)` is extra plus the sum of the even numbers below n, but -1 as soon as 100 is met."""
    module = ir.Module()
    b, (n,) = begin_function(module, "f", I64, n=I64)
    total = b.variable(I64, i64(extra))
    with b.for_range(0, n) as i, b.region("odd") as next_one:
        b.if_leave(b.trunc(i, I1), next_one)
        with b.if_(b.icmp_signed("==", i, i64(100))):
            b.ret(i64(-1))
        total.add(i)
    b.ret(total.get())
    return module


def call(compiled: Compiled, argument: int) -> int:
    return compiled.function("f", I, [I])(argument)


def test_loops_regions_and_early_returns() -> None:
    compiled = compile_module(sum_below(), "", None)
    assert [call(compiled, n) for n in (0, 1, 5, 100, 101)] == [0, 0, 6, sum(range(0, 100, 2)), -1]


def test_a_while_loop_with_a_break_and_both_arms() -> None:
    """The steps of the Collatz sequence, at most 200: 27 is known to take 111 (Lagarias 1985)."""
    module = ir.Module()
    b, (start,) = begin_function(module, "f", I64, start=I64)
    value, steps = b.variable(I64, start), b.variable(I64, i64(0))
    with b.region("stop") as stop, b.while_(lambda: b.icmp_signed("!=", value.get(), i64(1))):
        b.if_leave(b.icmp_signed(">=", steps.get(), i64(200)), stop)
        with b.if_else(b.trunc(value.get(), I1)) as (odd, even):
            with odd:
                value.set(b.add(b.mul(value.get(), i64(3)), i64(1)))
            with even:
                value.set(b.lshr(value.get(), i64(1)))
        steps.add(i64(1))
    b.ret(steps.get())
    compiled = compile_module(module, "", None)
    assert [call(compiled, n) for n in (1, 2, 27, 0)] == [0, 1, 111, 200]


def test_code_behind_a_jump_does_nothing() -> None:
    module = ir.Module()
    b, (n,) = begin_function(module, "f", I64, n=I64)
    with b.if_else(b.icmp_signed("<", n, i64(0))) as (negative, other):
        with negative:
            b.ret(i64(-1))
            late = b.variable(I64, i64(5))
            with b.if_(boolean(True)):
                b.ret(late.get())
        with other:
            b.ret(n)
    b.finish()
    compiled = compile_module(module, "", None)
    assert [call(compiled, n) for n in (-7, 0, 9)] == [-1, 0, 9]


def test_memory_and_bit_counts() -> None:
    """Each element of an array becomes its number of ones shifted left by 8, plus the index of its lowest one."""
    module = ir.Module()
    b, (array, n) = begin_function(module, "f", VOID, array=POINTER, n=I64)
    with b.for_range(0, n) as i:
        b.prefetch(b.at(array, i))
        value = b.load_at(array, i)
        b.store_at(array, i, b.add(b.shl(b.popcount(value), i64(8)), b.trailing_zeros(value)))
    b.ret_void()
    values = [1, 12, 2**63, 2**64 - 1]
    array = (ctypes.c_uint64 * 4)(*values)
    compile_module(module, "", None).function("f", None, [ctypes.c_void_p, I])(array, 4)
    assert list(array) == [v.bit_count() * 256 + (v & -v).bit_length() - 1 for v in values]


def test_calls_into_the_c_library_are_linked() -> None:
    """LLVM turns a loop that clears memory into a call of memset, which lies far from the loaded code."""
    module = ir.Module()
    b, (array, n) = begin_function(module, "f", VOID, array=POINTER, n=I64)
    with b.for_range(0, n) as i:
        b.store_at(array, i, i64(0))
    b.ret_void()
    compiled = compile_module(module, "", None)
    assert b"memset" in compiled.object_code
    array = (ctypes.c_uint64 * 1000)(*range(1000))
    compiled.function("f", None, [ctypes.c_void_p, I])(array, 999)
    assert (sum(array), array[999]) == (999, 999)


def test_an_invalid_module_is_an_internal_error() -> None:
    with pytest.raises(InternalError):
        compile_module("define i64 @f() { ret i32 0 }", "", None)


def test_an_unknown_function_is_an_internal_error() -> None:
    with pytest.raises(InternalError):
        compile_module(sum_below(), "", None).function("g", I, [I])


def test_a_callable_outlives_its_module() -> None:
    function = compile_module(sum_below(), "", None).function("f", I, [I])
    assert function(5) == 6


def test_cached_code_is_found_by_its_key_only(tmp_path: Path) -> None:
    assert load_cached("one", tmp_path) is None
    compile_module(sum_below(1000), "one", tmp_path)
    found = load_cached("one", tmp_path)
    assert found is not None
    assert call(found, 5) == 1006
    assert load_cached("two", tmp_path) is None
    assert load_cached("one", None) is None


def test_the_cache_is_used_instead_of_compiling(tmp_path: Path) -> None:
    compile_module(sum_below(1000), "one", tmp_path)
    assert call(compile_module("this is no LLVM text", "one", tmp_path), 5) == 1006


@pytest.mark.parametrize("damage", ["empty", "shortened", "flipped", "foreign"])
def test_a_damaged_entry_is_compiled_again_and_healed(tmp_path: Path, damage: str) -> None:
    compile_module(sum_below(), "one", tmp_path)
    (entry,) = tmp_path.iterdir()
    intact = entry.read_bytes()
    middle = len(intact) // 2
    flipped = intact[:middle] + bytes([intact[middle] ^ 1]) + intact[middle + 1 :]
    entry.write_bytes({"empty": b"", "shortened": intact[:-1], "flipped": flipped, "foreign": b"x" * 500}[damage])
    assert load_cached("one", tmp_path) is None
    assert call(compile_module(sum_below(), "one", tmp_path), 5) == 6
    assert load_cached("one", tmp_path) is not None


def test_a_cache_that_cannot_be_written_is_done_without(tmp_path: Path) -> None:
    """A file stands where the folder should be: that stops even a privileged user."""
    blocked = tmp_path / "file"
    blocked.write_text("")
    assert call(compile_module(sum_below(), "one", blocked), 5) == 6
    assert call(compile_module(sum_below(), "one", blocked / "below"), 5) == 6
    assert load_cached("one", blocked) is None


def test_a_disk_that_fills_up_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    assert call(compile_module(sum_below(), "one", tmp_path), 5) == 6
    assert list(tmp_path.iterdir()) == []


def test_two_threads_compile_load_and_run(tmp_path: Path) -> None:
    """Each thread compiles its own modules and loads what both share."""
    results: dict[int, list[int]] = {}

    def work(number: int) -> None:
        results[number] = []
        for extra in range(4):
            compiled = compile_module(sum_below(extra), f"shared {extra}", tmp_path)
            results[number].append(call(compiled, 5))

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == {number: [6, 7, 8, 9] for number in range(4)}
    assert len(list(tmp_path.iterdir())) == 4


def test_code_that_the_cycle_collector_finds_is_given_back_cleanly() -> None:
    """Finalised in arbitrary order, an engine once outlived its LLVM context, and took the process with it."""
    compiled = compile_module(sum_below(), "", None)
    for _ in range(50):
        holder: dict[str, object] = {"code": Compiled(compiled.object_code)}
        holder["self"] = holder
        del holder
    gc.collect()
    assert call(compiled, 5) == 6
