"""Emission of a model's entry points: a function for each action that expands a block, one for each property.

All take the address of a job: an array of 64-bit cells, numbered by `quorate.kernel.job.Job`. Functions named
`expand_K` go through the states `FIRST` .. `END`, write the successors by action K with their origins into the buffer,
and stop early when the buffer might not hold those of the next state, or at a finding. `expand` does that for all
actions, a few states at a time, so that equal successors of neighbouring states come close together.

Step invariants are functions of their own: see `quorate.kernel.step_invariants`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from quorate.compiler import ir
from quorate.kernel.builder import I8, I64, POINTER, Builder, Value, begin_function, i64
from quorate.kernel.coverage import Plan, plans
from quorate.kernel.expressions import Frame
from quorate.kernel.fan_out import fan_out
from quorate.kernel.job import STRIP, Finding, Job, Live
from quorate.kernel.layout import StateLayout
from quorate.kernel.memory import Place
from quorate.kernel.observer import Observer
from quorate.kernel.statements import Statements
from quorate.kernel.step_invariants import StepInvariant, StepValue, emit_step_invariants, emit_still
from quorate.language.compound import Map, Set


class Body(Statements):
    """Emits one entry point."""

    def __init__(self, builder: Builder, system: ir.System, layout: StateLayout, frame: Frame, job: Value) -> None:
        super().__init__(builder, system, layout, frame)
        self.job = job

    def get(self, cell: Job) -> Value:
        """Read a cell of the job."""
        return self.b.load_at(self.job, int(cell))

    def put(self, cell: Job, value: Value) -> None:
        self.b.store_at(self.job, int(cell), value)

    def count_at(self, cell: Job, position: int) -> None:
        """Add one to a counter of an array of the job."""
        array = self.b.load_at(self.job, int(cell), POINTER)
        self.b.store_at(array, position, self.b.add(self.b.load_at(array, position), i64(1)))

    def room_for(self, name: str, size: int) -> Value:
        here = self.b.block
        self.b.position_at_start(self.b.function.entry_basic_block)
        address = self.b.alloca(I64, size=i64(size), name=name)
        self.b.position_at_end(here)
        return address


class ActionBody(Body):
    """Emits the expansion by one action."""

    def __init__(
        self,
        module: Any,
        system: ir.System,
        layout: StateLayout,
        number: int,
        plan: Plan,
        *,
        invariants: tuple[StepInvariant, ...] = (),
        name: str = "expand",
    ) -> None:
        b, (job,) = begin_function(module, f"{name}_{number}", I64, job=POINTER)
        frame = Frame((), system.actions[number].locals, self.fault)
        super().__init__(b, system, layout, frame, job)
        self.observer = Observer(b, plan)
        self.number = number
        self.action = system.actions[number]
        self.old = self.room_for("old", layout.words)
        self.new = self.room_for("new", layout.words)
        self.copies = [self.room_for("copy", layout.words) for _ in range(2)]
        frame.states = (self.new, self.old)
        self.invariants = invariants

    def emit_function(self) -> None:
        b, words = self.b, self.layout.words
        store = b.load_at(self.job, int(Job.STORE), POINTER)
        self.buffer = b.load_at(self.job, int(Job.BUFFER), POINTER)
        self.origins = b.load_at(self.job, int(Job.ORIGINS), POINTER)
        live = b.load_at(self.job, int(Job.LIVE), POINTER)
        still = b.load_at(self.job, int(Job.STILL), POINTER)
        block, strip = self.get(Job.BLOCK), self.get(Job.STRIP)
        room = b.sub(self.get(Job.ROOM), i64(fan_out(self.action)))
        self.filled = b.variable(I64, self.get(Job.FILLED))
        self.enabled = b.variable(I64, self.get(Job.ENABLED))
        self.generated = b.variable(I64, self.get(Job.GENERATED))
        self.stepped = b.variable(I64, i64(0))
        self.alive = b.variable(I64, i64(0))
        self.finish = b.append_basic_block("finish")
        self.current = b.variable(I64, self.get(Job.FIRST))
        end = self.get(Job.END)
        with b.while_(lambda: b.icmp_unsigned("<", self.current.get(), end)):
            state = self.current.get()
            with b.if_(b.icmp_signed(">", self.filled.get(), room), likely=False):
                b.branch(self.finish)
            source = b.at(store, b.mul(state, i64(words)))
            for word in range(words):
                b.store_at(self.old, word, b.load_at(source, word))
            self.still = b.at(still, b.mul(b.sub(state, strip), i64(len(self.invariants))), I8)
            self.stepped.set(i64(0))
            self.alive.set(i64(0))
            self.choose_arguments(0)
            self.enabled.add(self.stepped.get())
            at = b.at(live, b.sub(state, block), I8)
            b.store(b.or_(b.load(at, typ=I8), b.trunc(self.alive.get(), I8)), at)
            self.current.add(i64(1))
        b.branch(self.finish)
        b.position_at_end(self.finish)
        self.put(Job.FIRST, self.current.get())
        self.put(Job.FILLED, self.filled.get())
        self.put(Job.ENABLED, self.enabled.get())
        self.put(Job.GENERATED, self.generated.get())
        self.observer.flush(b.load_at(self.job, int(Job.COVERAGE), POINTER))
        b.ret(self.filled.get())

    def choose_arguments(self, number: int, queue: Place | None = None) -> None:
        """The loops over the arguments, one inside the other; in the innermost the step itself."""
        if number == len(self.action.choices):
            self.step(queue)
            return
        choice = self.action.choices[number]
        # arguments are chosen in the state before the step
        self.frame.states = (self.old, self.old)
        if number == 0 and self.action.receives is not None:
            self.choose_message(choice)
            return
        with self.each(choice.domain) as value, self.b.region("choice"):
            self.assign(choice.slot, value)
            self.choose_arguments(number + 1, queue)

    def choose_message(self, choice: ir.Choice) -> None:
        assert isinstance(choice.domain, ir.Elements)
        assert choice.domain.option is not None
        whole = self.place(choice.domain.container)
        option = choice.domain.option
        with ExitStack() as stack:
            queue = None
            if isinstance(whole.type, Map):
                # the queue lies in the old state; the step takes its head out at the same place of the new one
                queue, message = stack.enter_context(self.each_head(whole, option))
            elif isinstance(whole.type, Set) and whole.type.capacity is None:
                message = stack.enter_context(self.each_element(whole, option))
            else:
                message = stack.enter_context(self._distinct(whole, option))
            self.assign(choice.slot, message)
            stack.enter_context(self.b.region("choice"))
            self.choose_arguments(1, queue)

    @contextmanager
    def _distinct(self, bag: Place, option: int) -> Iterator[Value]:
        """The messages of one kind in a bag, equal ones once: they lead to the same step."""
        b, element = self.b, bag.type.element  # type: ignore[attr-defined]
        with self.each_slot(bag) as (index, code), b.region("same") as skip:
            before = b.variable(I64, i64(0))
            with b.if_(b.icmp_unsigned("!=", index, i64(0))):
                before.set(self.load_slot(bag, b.sub(index, i64(1))))
            with b.if_(b.icmp_unsigned("==", before.get(), code)):
                b.branch(skip)
            value = b.sub(code, i64(1))
            with b.if_(self.tagged(element, option, value)):
                yield self.payload(element, value)

    def step(self, queue: Place | None) -> None:
        """One step: copy the state, take the message out, run the body, hand the successor over."""
        b = self.b
        self.frame.states = (self.new, self.old)
        for word in range(self.layout.words):
            b.store_at(self.new, word, b.load_at(self.old, word))
        with b.region("disabled") as self.disabled:
            if queue is not None:
                offset = b.sub(b.ptrtoint(queue.address, I64), b.ptrtoint(self.old, I64))
                self.dequeue(Place(queue.type, b.gep(self.new, [offset], source_etype=I8), queue.shift))
            elif self.action.receives is not None:
                choice = self.action.choices[0]
                assert isinstance(choice.domain, ir.Elements)
                assert choice.domain.option is not None
                message = self.emit(ir.Local(choice.domain.type, choice.slot))
                self.consume(self.variable_place(self.action.receives, 0), message, choice.domain.option)
            self.statements(self.action.body)
            self.stepped.set(i64(1))
            self.note(Live.STEP)
            self.generated.add(i64(1))
            self.hand_over()

    def hand_over(self) -> None:
        """Check the constraints and step invariants; put the successor into the buffer."""
        b = self.b
        place = self.filled.get()
        self.write_successor(place)
        for number, constraint in enumerate(self.system.constraints):
            with b.if_(b.not_(self.condition(constraint))):
                self.count_at(Job.DROPPED, number)
                b.branch(self.disabled)
        for position, invariant in enumerate(self.invariants):
            self.look_at_step(position, invariant)
        # a step that changes nothing leads to a state that is known: many steps of real protocols are such
        with b.if_(self.changed()):
            b.store_at(self.origins, place, b.or_(self.current.get(), i64(self.number << 32)))
            self.filled.add(i64(1))

    def look_at_step(self, position: int, invariant: StepInvariant) -> None:
        """Ask a step invariant, if it might not hold of the step."""
        b = self.b
        different = b.icmp_unsigned("==", b.load_at(self.still, position, I8), I8(0))
        for word, mask in invariant.bits.items():
            changed = b.and_(b.xor(b.load_at(self.new, word), b.load_at(self.old, word)), i64(mask))
            different = b.or_(different, b.icmp_unsigned("!=", changed, i64(0)))
        with b.if_(different):
            # it gets copies: the states themselves then stay in registers
            for copy, source in zip(self.copies, (self.old, self.new), strict=True):
                for word in range(self.layout.words):
                    b.store_at(copy, word, b.load_at(source, word))
            value = b.call(invariant.function, self.copies)
            with b.if_(b.icmp_unsigned("!=", value, i64(StepValue.HOLDS)), likely=False):
                with b.if_(b.icmp_unsigned("==", value, i64(StepValue.VIOLATED))):
                    self.found(Finding.STEP, i64(invariant.number))
                self.found(Finding.FAULT, b.sub(value, i64(StepValue.FAULT)))

    def write_successor(self, place: Value) -> None:
        """Put the new state into the buffer."""
        target = self.b.at(self.buffer, self.b.mul(place, i64(self.layout.words)))
        for word in range(self.layout.words):
            self.b.store_at(target, word, self.b.load_at(self.new, word))

    def changed(self) -> Value:
        """Whether the new state is not the old one."""
        b, different = self.b, i64(0)
        for word in range(self.layout.words):
            different = b.or_(different, b.xor(b.load_at(self.new, word), b.load_at(self.old, word)))
        return b.icmp_unsigned("!=", different, i64(0))

    def condition(self, prop: ir.PropertyIR) -> Value:
        """A property of the step, with locals of its own."""
        frame = self.frame
        self.frame = Frame(frame.states, prop.locals, frame.fault)
        value = self.emit(prop.condition)
        self.frame = frame
        return value

    def on_guard(self, kind: str, site: int) -> None:
        if kind == "within":
            self.cut(site)
        self.b.branch(self.disabled)

    def cut(self, site: int) -> None:
        """A `within` does not let the step happen."""
        self.count_at(Job.CUTS, site)
        self.note(Live.CUT)

    def note(self, bit: Live) -> None:
        """Set a bit of what is known of the current state."""
        self.alive.set(self.b.or_(self.alive.get(), i64(int(bit))))

    def fault(self, site: int) -> None:
        self.found(Finding.FAULT, i64(site))

    def found(self, finding: Finding, detail: Value) -> None:
        self.put(Job.FINDING, i64(int(finding)))
        self.put(Job.DETAIL, detail)
        self.b.branch(self.finish)


class StateBody(Body):
    """Emits a function `NAME_K(job)` that goes through the states FIRST .. END with property K, and returns the state
    at which it ended: END, or one where the evaluation fails (FINDING says so)."""

    def __init__(self, module: Any, system: ir.System, layout: StateLayout, number: int, plan: Plan, name: str) -> None:
        b, (job,) = begin_function(module, f"{name}_{number}", I64, job=POINTER)
        self.property = system.properties[number]
        frame = Frame((), self.property.locals, self.fault)
        super().__init__(b, system, layout, frame, job)
        self.observer = Observer(b, plan)
        self.state = self.room_for("state", layout.words)
        frame.states = (self.state, self.state)

    def emit_function(self) -> None:
        b, words = self.b, self.layout.words
        store = b.load_at(self.job, int(Job.STORE), POINTER)
        self.current = b.variable(I64, self.get(Job.FIRST))
        end = self.get(Job.END)
        with b.region("done") as self.done, b.while_(lambda: b.icmp_unsigned("<", self.current.get(), end)):
            source = b.at(store, b.mul(self.current.get(), i64(words)))
            for word in range(words):
                b.store_at(self.state, word, b.load_at(source, word))
            self.look(self.emit(self.property.condition))
            self.current.add(i64(1))
        self.observer.flush(b.load_at(self.job, int(Job.COVERAGE), POINTER))
        b.ret(self.current.get())

    def look(self, holds: Value) -> None:
        """Emit what is done with the value of the property in the current state."""
        raise NotImplementedError

    def fault(self, site: int) -> None:
        self.put(Job.FINDING, i64(int(Finding.FAULT)))
        self.put(Job.DETAIL, i64(site))
        self.b.branch(self.done)


class PropertyBody(StateBody):
    """Emits `property_K(job)`: it ends at the first state at which an invariant is false, or a reachability condition
    true."""

    def __init__(self, module: Any, system: ir.System, layout: StateLayout, number: int, plan: Plan) -> None:
        super().__init__(module, system, layout, number, plan, "property")

    def look(self, holds: Value) -> None:
        with self.b.if_(holds if self.property.kind == "reachable" else self.b.not_(holds), likely=False):
            self.b.branch(self.done)


def emit_expand(
    module: Any,
    expansions: list[Any],
    *,
    name: str = "expand",
    strip: int = STRIP,
    before_strip: Callable[[Builder, Value], None] = lambda b, job: None,
    behind_strip: Callable[[Builder, Value], None] = lambda b, job: None,
) -> None:
    """Add `expand(job) -> 0, or 1 if it stopped early` to a module that has the `expand_K`.

    All actions go through `strip` states before the next are taken; `before_strip` and `behind_strip` emit what comes
    before, once or more often, and what follows each strip.
    """
    b, (job,) = begin_function(module, name, I64, job=POINTER)

    def get(cell: Job) -> Value:
        return b.load_at(job, int(cell))

    def put(cell: Job, value: Value) -> None:
        b.store_at(job, int(cell), value)

    limit, counts = get(Job.LIMIT), b.load_at(job, int(Job.COUNTS), POINTER)
    with b.while_(lambda: b.icmp_unsigned("<", get(Job.STRIP), limit)):
        strip_end = b.add(get(Job.STRIP), i64(strip))
        put(Job.END, b.select(b.icmp_unsigned("<", strip_end, limit), strip_end, limit))
        begins = b.and_(
            b.icmp_unsigned("==", get(Job.ACTION), i64(0)), b.icmp_unsigned("==", get(Job.FIRST), get(Job.STRIP))
        )
        with b.if_(begins):
            before_strip(b, job)
        for number, expansion in enumerate(expansions):
            with b.if_(b.icmp_unsigned("==", get(Job.ACTION), i64(number))):
                put(Job.ENABLED, i64(0))
                put(Job.GENERATED, i64(0))
                b.call(expansion, [job])
                for offset, cell in enumerate((Job.ENABLED, Job.GENERATED)):
                    at = 2 * number + offset
                    b.store_at(counts, at, b.add(b.load_at(counts, at), get(cell)))
                with b.if_(b.icmp_unsigned("<", get(Job.FIRST), get(Job.END))):
                    b.ret(i64(1))
                put(Job.ACTION, i64(number + 1))
                put(Job.FIRST, get(Job.STRIP))
        behind_strip(b, job)
        put(Job.STRIP, get(Job.END))
        put(Job.FIRST, get(Job.END))
        put(Job.ACTION, i64(0))
    b.ret(i64(0))


def emit_steps(module: Any, system: ir.System, layout: StateLayout) -> None:
    """Add the entry points of all actions and properties to an `llvmlite.ir.Module`."""
    invariants = emit_step_invariants(module, system, layout)
    still = emit_still(module, layout, invariants)
    expansions = []
    planned = plans(system)
    for number in range(len(system.actions)):
        body = ActionBody(module, system, layout, number, planned[number], invariants=invariants)
        body.emit_function()
        expansions.append(body.b.function)
    emit_expand(module, expansions, before_strip=lambda b, job: b.call(still, [job]))
    for number, prop in enumerate(system.properties):
        if prop.kind != "step_invariant":
            plan = planned[len(system.actions) + number]
            PropertyBody(module, system, layout, number, plan).emit_function()
