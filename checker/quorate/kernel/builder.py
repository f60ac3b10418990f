"""An LLVM instruction builder with structured control flow, so that emitting code reads like the code it emits."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from llvmlite import ir

I1 = ir.IntType(1)
I8 = ir.IntType(8)
I16 = ir.IntType(16)
I32 = ir.IntType(32)
I64 = ir.IntType(64)
POINTER = ir.PointerType()
VOID = ir.VoidType()

Value = Any  # llvmlite ships no types; an `ir.Value`


def i64(value: int) -> Value:
    """The 64-bit constant with the bits of `value` (an int in -2**63 .. 2**64 - 1)."""
    return ir.Constant(I64, value & 0xFFFF_FFFF_FFFF_FFFF)


def i32(value: int) -> Value:
    """The 32-bit constant with the bits of `value`."""
    return ir.Constant(I32, value & 0xFFFF_FFFF)


def boolean(value: bool) -> Value:
    """The constant true or false (one bit)."""
    return ir.Constant(I1, int(value))


class Variable:
    """A mutable local of the emitted function. LLVM turns it into registers."""

    def __init__(self, builder: Builder, address: Value, kind: Value) -> None:
        self._builder = builder
        self._kind = kind
        self.address = address

    def get(self) -> Value:
        """Emit a read."""
        return self._builder.load(self.address, typ=self._kind)

    def set(self, value: Value) -> None:
        """Emit a write."""
        self._builder.store(value, self.address)

    def add(self, value: Value) -> None:
        """Emit `variable += value`."""
        self.set(self._builder.add(self.get(), value))


class Builder(ir.IRBuilder):  # type: ignore[misc]
    """`ir.IRBuilder` with loops, conditionals, variables and memory by index.

    The conditional with two arms is LLVM's own: `with b.if_else(condition) as (then, otherwise):`. The context managers
    nest freely. A body may end in a jump (`branch`, `ret`): nothing is added after it, and what is emitted behind it
    lands in a block that nothing reaches, which LLVM removes. A function whose last blocks are such ends with
    `finish()`.
    """

    # for the operator table, which must not import llvmlite
    i64_type = I64
    i64 = staticmethod(i64)

    def _insert(self, instruction: Value) -> None:
        behind_a_jump = self.block.is_terminated and self._anchor == len(self.block.instructions)
        if behind_a_jump:
            self.position_at_end(self.append_basic_block("unreachable"))
            instruction.parent = self.block
        super()._insert(instruction)

    def _set_terminator(self, terminator: Value) -> Value:
        self._insert(terminator)
        self.block.terminator = terminator
        return terminator

    def fall_through(self, target: Value) -> None:
        """Jump to `target` unless the current block has already ended."""
        if not self.block.is_terminated:
            self.branch(target)

    def finish(self) -> None:
        """End the function: mark each block that was left open as never reached."""
        for block in self.function.blocks:
            if not block.is_terminated:
                self.position_at_end(block)
                self.unreachable()

    # --- control flow

    @contextmanager
    def region(self, name: str = "region") -> Iterator[Value]:
        """A stretch of code that can be left early: `with b.region() as leave: … b.branch(leave) …`.

        Inside a loop body it serves as `continue`, around a loop as `break`.
        """
        end = self.append_basic_block(f"{name}.end")
        yield end
        self.fall_through(end)
        self.position_at_end(end)

    @contextmanager
    def if_(self, condition: Value, *, likely: bool | None = None) -> Iterator[None]:
        """Code that runs when `condition` (one bit) is true. `likely` tells LLVM which way to lay out the code."""
        then, end = self.append_basic_block("then"), self.append_basic_block("endif")
        self._weigh(self.cbranch(condition, then, end), likely)
        self.position_at_end(then)
        yield
        self.fall_through(end)
        self.position_at_end(end)

    @contextmanager
    def while_(self, condition: Callable[[], Value]) -> Iterator[None]:
        """A loop; `condition` emits its test, which runs before each pass."""
        test, body, end = (self.append_basic_block(f"while.{name}") for name in ("test", "body", "end"))
        self.fall_through(test)
        self.position_at_end(test)
        self.cbranch(condition(), body, end)
        self.position_at_end(body)
        yield
        self.fall_through(test)
        self.position_at_end(end)

    @contextmanager
    def for_range(self, start: Value | int, stop: Value | int, step: int = 1) -> Iterator[Value]:
        """`for i in range(start, stop, step)` over signed 64-bit integers, `step` positive; yields the value of i."""
        begin = i64(start) if isinstance(start, int) else start
        limit = i64(stop) if isinstance(stop, int) else stop
        counter = self.variable(I64, begin)
        with self.while_(lambda: self.icmp_signed("<", counter.get(), limit)):
            value = counter.get()
            with self.region("next"):
                yield value
            counter.set(self.add(value, i64(step), flags=("nsw",)))

    def if_leave(self, condition: Value, target: Value) -> None:
        """Jump to `target` when `condition` is true."""
        stay = self.append_basic_block("stay")
        self.cbranch(condition, target, stay)
        self.position_at_end(stay)

    def _weigh(self, branch: Value, likely: bool | None) -> None:
        if likely is not None:
            branch.set_weights([99, 1] if likely else [1, 99])

    # --- variables and memory

    def variable(self, kind: Value, initial: Value | None = None, name: str = "") -> Variable:
        """A local of type `kind`; its stack slot is made once, at the entry, wherever this is called from."""
        address = self._on_stack(kind, None, name)
        made = Variable(self, address, kind)
        if initial is not None:
            made.set(initial)
        return made

    def stack_array(self, kind: Value, length: int) -> Value:
        """The address of an array of `length` uninitialised elements that lives as long as the call."""
        return self._on_stack(kind, length, "")

    def _on_stack(self, kind: Value, length: int | None, name: str) -> Value:
        here = self.block
        self.position_at_start(self.function.entry_basic_block)
        address = self.alloca(kind, size=length, name=name)
        self.position_at_end(here)
        return address

    def at(self, base: Value, index: Value | int, kind: Value = I64) -> Value:
        """The address of element `index` of the array of `kind` at `base`."""
        offset = i64(index) if isinstance(index, int) else index
        return self.gep(base, [offset], inbounds=True, source_etype=kind)

    def load_at(self, base: Value, index: Value | int, kind: Value = I64) -> Value:
        """`base[index]`."""
        return self.load(self.at(base, index, kind), typ=kind)

    def store_at(self, base: Value, index: Value | int, value: Value) -> None:
        """`base[index] = value`; the element type is the value's."""
        self.store(value, self.at(base, index, value.type))

    # --- single instructions

    def prefetch(self, address: Value) -> None:
        """Ask for the cache line at `address`; never faults."""
        kind = ir.FunctionType(VOID, [POINTER, I32, I32, I32])
        # for reading, to be kept in all levels of the cache, as data
        intrinsic = self.module.declare_intrinsic("llvm.prefetch", (POINTER,), kind)
        self.call(intrinsic, [address, i32(0), i32(3), i32(1)])

    def popcount(self, value: Value) -> Value:
        """The number of one bits, in the type of `value`."""
        return self.ctpop(value)

    def trailing_zeros(self, value: Value) -> Value:
        """The index of the lowest one bit; `value` is not zero."""
        return self.cttz(value, boolean(True))


def begin_function(module: Value, name: str, result: Value, **parameters: Value) -> tuple[Builder, list[Value]]:
    """Start an exported function: its builder, placed in the entry block, and its arguments in order."""
    function = ir.Function(module, ir.FunctionType(result, list(parameters.values())), name)
    for argument, argument_name in zip(function.args, parameters, strict=True):
        argument.name = argument_name
    return Builder(function.append_basic_block("entry")), list(function.args)
