"""A model as formulas: its states, initial states, steps and properties. What has no formula is refused at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from quorate.compiler import ir
from quorate.compiler.compile import compile_model
from quorate.errors import Diagnostic, LoadError, Span
from quorate.language.compound import Map, Union
from quorate.language.model import Model, State
from quorate.language.network import Network
from quorate.language.properties import Property
from quorate.prove import collections as coll
from quorate.prove.execute import Step, condition, execute
from quorate.prove.lift import NOT_LIFTED, Lifted
from quorate.prove.terms import Truth, and_, implies, not_, or_, same
from quorate.prove.values import CannotEncode, Unknowns, Value, equal, literal, native


@dataclass(frozen=True)
class Symbolic:
    """An unknown state: the value of each variable, and what makes it a state of the types."""

    values: list[Value]
    typed: Truth


class Encoding:
    """The formulas of a model with some of its properties; `lifted` are the bounds without an end.

    Raises LoadError, whose diagnostics say what of the model has no formula.
    """

    def __init__(self, model: Model, properties: Sequence[Property], lifted: Lifted = NOT_LIFTED) -> None:
        self.model, self.properties, self.lifted = model, tuple(properties), lifted
        self.system = compile_model(model, properties)
        self._refuse()

    # -- states

    def state(self, name: str) -> Symbolic:
        """An unknown state whose variables' names begin with `name`."""
        unknowns = Unknowns(name, self.lifted)
        values = [unknowns.value(kind, variable) for variable, kind in self.system.variables]
        ordered = [
            self._in_its_queue(kind, value)
            for (_, kind), value, declared in zip(
                self.system.variables, values, self.model.variables.values(), strict=True
            )
            if isinstance(declared, Network) and isinstance(kind, Map)
        ]
        return Symbolic(values, and_(*unknowns.constraints, *ordered, *self.lifted.assumptions))

    @staticmethod
    def _in_its_queue(kind: Any, whole: Value) -> Truth:
        """In an ordered network every message waits in the queue of its sender and its receiver."""
        union = kind.value_type.element
        assert isinstance(union, Union)
        right = []
        for link, queue in enumerate(whole):
            for there, item in coll.elements(kind.value_type, queue):
                right.append(implies(there, same(coll.link_rank(kind, item, union), link)))
        return and_(*right)

    def literal(self, state: State) -> list[Value]:
        """A native state."""
        return [
            self._lifted_literal(kind, state[name]) if self.lifted.symbols else literal(kind, state[name])
            for name, kind in self.system.variables
        ]

    def _lifted_literal(self, kind: Any, value: Any) -> Value:
        return _with_stand_ins(literal(kind, value), self.lifted)

    def equal(self, left: Sequence[Value], right: Sequence[Value]) -> Truth:
        """Whether two states are the same."""
        kinds = (kind for _, kind in self.system.variables)
        return and_(*(equal(kind, a, b) for kind, a, b in zip(kinds, left, right, strict=True)))

    def is_one_of(self, state: Sequence[Value], natives: Sequence[State]) -> Truth:
        """Whether a state is one of these native ones."""
        return or_(*(self.equal(state, self.literal(one)) for one in natives))

    def native(self, state: Sequence[Value], solution: Any) -> State:
        """The native state that a solver's model gives."""
        kinds = self.model.variables
        return State(
            kinds,
            tuple(native(kind, value, solution) for (_, kind), value in zip(self.system.variables, state, strict=True)),
        )

    # -- steps and properties

    def step(self, number: int, before: list[Value], name: str) -> Step:
        """A step by an action from a state."""
        return execute(self.system, number, before, name, self.lifted)

    def holds(self, number: int, *states: list[Value]) -> Truth:
        """Whether a property holds, without failing, of a state (a step invariant: of the new state and the old)."""
        prop = self.system.properties[number]
        value, faults = condition(self.system, prop, states if len(states) > 1 else states * 2, self.lifted)
        return and_(value, *(not_(fails) for _, fails in faults))

    def kept(self, state: list[Value]) -> Truth:
        """Whether the constraints hold of a state, as they do of every state that is kept."""
        found = (condition(self.system, prop, [state, state], self.lifted) for prop in self.system.constraints)
        return and_(*(and_(holds, *(not_(fails) for _, fails in faults)) for holds, faults in found))

    def overflows(self, step: Step) -> Truth:
        """Whether a step computes a number that is beyond what the formulas follow."""
        return or_(*(fails for site, fails in step.faults if self.system.sites[site].kind == "overflow"))

    # -- what has no formula

    def _refuse(self) -> None:
        """Encode everything once. Raises LoadError with all that cannot be."""
        found: list[Diagnostic] = []
        try:
            state = self.state("?").values
        except CannotEncode as refusal:
            raise LoadError(f"{type(self.model).__name__} has states without a formula: {refusal}") from None
        for number, action in enumerate(self.system.actions):
            try:
                self.step(number, state, "?")
            except CannotEncode as refusal:
                found.append(self._diagnostic(refusal, action.name, action))
        for number, prop in enumerate(self.system.properties):
            try:
                self.holds(number, state, state)
            except CannotEncode as refusal:
                found.append(self._diagnostic(refusal, prop.name, prop))
        if found:
            raise LoadError(
                f"{type(self.model).__name__} has {len(found)} part{'s' * (len(found) > 1)} that z3 cannot be given",
                diagnostics=tuple(found),
            )

    def _diagnostic(self, refusal: CannotEncode, name: str, part: ir.ActionIR | ir.PropertyIR) -> Diagnostic:
        return Diagnostic("Q901", f"{name} has no formula: {refusal}", self._span(part))

    def _span(self, part: ir.ActionIR | ir.PropertyIR) -> Span | None:
        from quorate.compiler.walk import nodes

        sites = (getattr(node, "site", None) for node in nodes(part))
        return next((self.system.sites[site].span for site in sites if site is not None), None)


def _with_stand_ins(value: Value, lifted: Lifted) -> Value:
    """A literal in which the stand-ins for lifted bounds are what they stand for."""
    import dataclasses

    if isinstance(value, tuple):
        return tuple(_with_stand_ins(part, lifted) for part in value)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = dataclasses.fields(value)
        return dataclasses.replace(value, **{f.name: _with_stand_ins(getattr(value, f.name), lifted) for f in fields})
    return lifted.constant(value) if isinstance(value, int) and not isinstance(value, bool) else value
