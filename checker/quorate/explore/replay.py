"""From packed states to a trace that native Python has replayed, step by step.

No trace leaves this module without having been run by the model's own methods. Where they disagree with the kernel the
bug is in Quorate, and is reported as one.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from itertools import pairwise

from quorate.errors import REPORT, InternalError
from quorate.explain.participants import Participants
from quorate.explain.reason import Reason, explain_property
from quorate.explain.step import attempt, values_at
from quorate.explore.search import ROOT, Search, Violation
from quorate.kernel.kernel import Kernel
from quorate.language.faults import fault_of
from quorate.language.model import Model, State
from quorate.language.properties import Property
from quorate.trace import Fault, Trace


class Replay:
    """Builds replayed traces out of a search's store."""

    def __init__(self, model: Model, kernel: Kernel, search: Search, properties: Sequence[Property]) -> None:
        self.model, self.kernel, self.search, self.properties = model, kernel, search, properties
        self.participants = Participants(model)

    def witness(self, number: int, state: int) -> Trace:
        """A shortest trace to a state that satisfies a reachability property."""
        path = self.path(state)
        if not self.properties[number](self.model.at(path[-1])):
            name = self.properties[number].name
            raise self.disagreement(f"{name} is false natively in the witness the kernel found")
        return self.trace("reachable", self.properties[number].name, path)

    def violation(self, found: Violation) -> Trace:
        """The trace of what a search found. Raises InternalError if native Python does not agree."""
        path = self.path(found.state)
        match found.kind:
            case "invariant":
                return self._invariant(found, path)
            case "step_invariant":
                return self._step_invariant(found, path)
            case "deadlock":
                if any(True for _ in self.model.transitions(path[-1])):
                    raise self.disagreement("native Python can leave a state the kernel found terminal")
                return self.trace("deadlock", None, path)
            case _:
                return self._fault(found, path)

    def _invariant(self, found: Violation, path: list[State]) -> Trace:
        prop = self._property(found)
        if prop(self.model.at(path[-1])):
            raise self.disagreement(f"{prop.name} is true natively in the state the kernel found it false in")
        return self.trace("invariant", prop.name, path, explanation=explain_property(prop, self.model.at(path[-1])))

    def _step_invariant(self, found: Violation, path: list[State]) -> Trace:
        prop = self._property(found)
        assert found.successor is not None
        path.append(self.decode(found.successor))
        if prop(self.model.at(path[-2]), self.model.at(path[-1])):
            raise self.disagreement(f"{prop.name} is true natively of the step the kernel found it false of")
        views = self.model.at(path[-2]), self.model.at(path[-1])
        return self.trace("step_invariant", prop.name, path, explanation=explain_property(prop, *views))

    def _fault(self, found: Violation, path: list[State]) -> Trace:
        if found.action is None:
            fault = self._property_fault(found, path[-1])
        else:
            fault = self._step_fault(self.kernel.system.actions[found.action].name, path[-1])
        site = self.kernel.system.sites[found.site or 0]
        if fault is None and site.kind == "overflow":
            text = "a number here goes beyond 2**61, which Quorate's kernel cannot hold"
            fault = Fault("overflow", text, self._where(found), {}, site.span)
        if fault is None:
            raise self.disagreement("native Python takes the step at which the kernel found a fault")
        return self.trace("fault", None, path, fault)

    def _where(self, found: Violation) -> str:
        """The name of the action or property that a fault happened in."""
        return self._property(found).name if found.action is None else self.kernel.system.actions[found.action].name

    def _step_fault(self, name: str, state: State) -> Fault | None:
        """The fault of the first step by an action that fails natively."""
        for action in self.model.actions:
            if action.name == name:
                for arguments, before in self.model.choices(action, state):
                    fault = attempt(self.model, action, arguments, before).fault
                    if fault is not None:
                        return fault
        return self._condition_fault(name, state)

    def _condition_fault(self, name: str, old: State) -> Fault | None:
        """The fault of a constraint or step invariant on a step by an action."""
        steps = [prop for prop in self.properties if prop.kind == "step_invariant"]
        for step in self.model.successors(old):
            if step.action != name or step.state is None:
                continue
            new = self.model.at(step.state)
            views = [(prop, (new,)) for prop in self.model.constraints()]
            for prop, states in [*views, *((prop, (self.model.at(old), new)) for prop in steps)]:
                try:
                    prop(*states)
                except Exception as error:  # noqa: BLE001 - whatever the model's own text raises is what is reported
                    return dataclasses.replace(fault_of(error, prop.name, {}), values=values_at(error))
        return None

    def _property_fault(self, found: Violation, state: State) -> Fault | None:
        prop = self._property(found)
        try:
            prop(self.model.at(state))
        except Exception as error:  # noqa: BLE001 - whatever the model's own text raises is what is reported
            return dataclasses.replace(fault_of(error, prop.name, {}), values=values_at(error))
        return None

    def _property(self, found: Violation) -> Property:
        assert found.property is not None
        return self.properties[found.property]

    # -- paths

    def path(self, state: int) -> list[State]:
        """The states from an initial one to the one with this id."""
        ids = [state]
        while (parent := self.search.store.parent(ids[-1])) != ROOT:
            ids.append(parent)
        return [self.decode(self.search.store.state(number)) for number in reversed(ids)]

    def decode(self, words: tuple[int, ...]) -> State:
        """A packed state as a native one."""
        return self.kernel.codec.decode(words, self.model.variables)

    def trace(
        self,
        kind: str,
        name: str | None,
        path: list[State],
        fault: Fault | None = None,
        explanation: Reason | None = None,
    ) -> Trace:
        """The trace along states, each step found among the native ones."""
        if path[0] not in self.model.initial_states():
            raise self.disagreement("the trace starts in a state that is not initial natively")
        who = self.participants
        steps = [who.beginning(path[0])]
        for old, new in pairwise(path):
            taken = next((step for step in self.model.successors(old) if step.state == new), None)
            if taken is None:
                raise self.disagreement("the kernel takes a step that native Python does not")
            steps.append(who.step(taken, new))
        why = None if explanation is None else explanation.line()
        parameters = self.model.parameter_values
        model = type(self.model).__name__
        return Trace(model, parameters, kind, name, tuple(steps), fault, explanation=why, lanes=who.lanes)

    @staticmethod
    def disagreement(what: str) -> InternalError:
        """The error that two engines of Quorate say different things."""
        return InternalError(f"two engines of Quorate disagree: {what}", hint=REPORT)
