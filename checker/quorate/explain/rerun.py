"""Does a saved counterexample still happen? Its actions are taken again by native Python, in the model as it is now."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from quorate.errors import UsageError, nearest
from quorate.explain.outcome import Blocked, Divergence, Gone, Outcome, Rerun, Still, Undecided
from quorate.explain.participants import Participants
from quorate.explain.reason import explain_property
from quorate.explain.runs import is_false_of_run, unfair_to
from quorate.explain.step import values_at
from quorate.explain.walk import Run, advance, agrees, attempts, beginnings, dropped_by, reaches, same
from quorate.language.faults import fault_of
from quorate.language.model import Model, State, Transition, data_of
from quorate.language.properties import TEMPORAL, Property
from quorate.trace import Fault, Step, Trace

MOST_STATES = 20_000
"""The most states that are looked at to see whether a state is out of reach."""


def rerun(model: Model, recorded: Trace) -> Rerun:
    """Take the steps of a trace again. The actions and arguments are those recorded, the states what they lead to now.

    Where the model has gained or lost variables, states are compared in those that both have.
    """
    first = recorded.steps[0].state
    gained = tuple(name for name in model.variables if name not in first)
    lost = tuple(name for name in first if name not in model.variables)
    again = _Rerunner(model, recorded)
    if len(lost) == len(first):
        outcome: Outcome = Undecided("it is the trace of another model, whose variables are all others")
    else:
        try:
            outcome = again.outcome()
        except _FailedError as failed:
            outcome = Still(again.trace(failed.run, "fault", None, fault=failed.fault))
        except _UndecidedError as undecided:
            outcome = Undecided(str(undecided))
    divergence = None if isinstance(outcome, Undecided) else _divergence(recorded.steps, outcome.trace.steps)
    return Rerun(recorded, outcome, gained, lost, divergence)


def _divergence(recorded: Sequence[Step], found: Sequence[Step]) -> Divergence | None:
    for number, (old, new) in enumerate(zip(recorded, found, strict=False), start=1):
        both = [name for name in old.state if name in new.state]
        differing = tuple(name for name in both if not same(old.state[name], new.state[name]))
        if differing:
            return Divergence(number, differing)
    return None


class _UndecidedError(Exception):
    """It cannot be said what comes of the trace."""


class _FailedError(Exception):
    """The model's own text fails at the end of a run."""

    def __init__(self, run: Run, fault: Fault) -> None:
        super().__init__(fault.message)
        self.run, self.fault = run, fault


class _Rerunner:
    """Takes the steps of one trace in one model."""

    def __init__(self, model: Model, recorded: Trace) -> None:
        self.model, self.recorded = model, recorded
        declared = (*model.model_properties(), *model.model_lemmas())
        self.known = {prop.name: prop for prop in declared}

    def outcome(self) -> Outcome:
        watched = self._watched()
        runs = self._beginnings()
        if (found := self._seen(watched, runs)) is not None:
            return found
        for number, step in enumerate(self.recorded.steps[1:], start=2):
            self._refuse_unknown(step.action)
            further = self._advance(runs, step)
            if not further:
                return self._stopped(runs, step, number)
            runs = further
            if (found := self._seen(watched, runs)) is not None:
                return found
        return self._at_end(runs)

    # -- what the trace is about

    def _watched(self) -> list[Property]:
        """The properties that may be violated at any state on the way."""
        kind, name = self.recorded.kind, self.recorded.property
        if kind == "run" and name is None:
            return [prop for prop in self.known.values() if prop.kind in ("invariant", "step_invariant")]
        return [self._property()] if kind in ("invariant", "step_invariant") else []

    def _property(self) -> Property:
        name = self.recorded.property or ""
        if name not in self.known:
            near = nearest(name, self.known)
            raise _UndecidedError(f"{self._name} has no property {name}{f'; {near}' if near else ''}")
        prop, kind = self.known[name], self.recorded.kind
        if prop.kind != kind and (kind != "induction" or prop.kind not in ("invariant", "step_invariant")):
            raise _UndecidedError(f"{name} is of the kind {prop.kind} now, and the trace is of the kind {kind}")
        return prop

    @property
    def _name(self) -> str:
        return type(self.model).__name__

    def _beginnings(self) -> list[Run]:
        first = self.recorded.steps[0]
        if self.recorded.kind != "induction":
            found = beginnings(self.model, first)
            if not found:
                raise _UndecidedError(f"{self._name} has no initial state")
            return found
        # it starts anywhere
        try:
            state = self.model.state_from_data(first.state)
        except UsageError as error:
            raise _UndecidedError(error.message) from None
        return [Run((state,), (Step(None, {}, state.to_data()),))]

    def _refuse_unknown(self, action: str | None) -> None:
        known = [one.name for one in self.model.actions if one.kind != "init"]
        known += [f"lose_{name}" for name in self.model.variables]
        if action is not None and action not in known:
            near = nearest(action, known)
            raise _UndecidedError(f"{self._name} has no action {action}{f'; {near}' if near else ''}")

    # -- the steps

    def _advance(self, runs: Sequence[Run], step: Step) -> list[Run]:
        try:
            return advance(self.model, runs, step)
        except Exception as error:  # noqa: BLE001 - whatever a constraint of the model raises is what is reported
            raise _FailedError(runs[0], self._fault(error, step.action or "?")) from None

    def _stopped(self, runs: Sequence[Run], step: Step, number: int) -> Outcome:
        """What stands in the way of a step that no run can take."""
        if step.action is None:
            here = f"no step leads from state {number - 1} to the recorded state {number}"
            return Blocked(self.trace(runs[0], "run", None), number, "?", {}, here)
        made = list(attempts(self.model, runs, step.action, step.arguments))
        for run, tried in made:
            if tried.fault is not None:
                return Still(self.trace(run, "fault", None, fault=tried.fault))
        # a bound may be all that is in the way
        for run, tried in sorted(made, key=lambda found: not (found[1].cut or found[1].state is not None)):
            reason = "a condition is false" if tried.blocked is None else tried.blocked.line()
            cut, span = tried.cut, tried.span
            if tried.state is not None:
                reason, cut = f"the constraint {dropped_by(self.model, tried.state)} drops the state it leads to", True
            return Blocked(self.trace(run, "run", None), number, step.action, step.arguments, reason, span, cut)
        receives = any(one.name == step.action and one.message is not None for one in self.model.actions)
        lost = step.action.startswith("lose_")
        reason = "no such message is on its way" if receives or lost else "there is no such choice of arguments"
        return Blocked(self.trace(runs[0], "run", None), number, step.action, step.arguments, reason)

    def _seen(self, watched: Sequence[Property], runs: Sequence[Run]) -> Still | None:
        """A run whose last state, or last step, violates a property."""
        for run in runs:
            for prop in watched:
                count = 2 if prop.kind == "step_invariant" else 1
                views = [self.model.at(state) for state in run.states[-count:]]
                if len(views) == count and not self._value(run, prop, *views):
                    return Still(self.trace(run, prop.kind, prop.name, why=self._why(prop, *views)))
        return None

    def _value(self, run: Run, condition: Callable[..., bool], *views: Any) -> bool:
        try:
            return bool(condition(*views))
        except Exception as error:  # noqa: BLE001 - whatever the model's own text raises is what is reported
            name = condition.name if isinstance(condition, Property) else condition.__name__
            raise _FailedError(run, self._fault(error, name)) from None

    @staticmethod
    def _fault(error: Exception, where: str) -> Fault:
        return dataclasses.replace(fault_of(error, where, {}), values=values_at(error))

    @staticmethod
    def _why(prop: Property, *views: Any) -> str | None:
        reason = explain_property(prop, *views)
        return None if reason is None else reason.line()

    # -- the end

    def _at_end(self, runs: Sequence[Run]) -> Outcome:
        """What every run comes to: one that still shows it is what counts."""
        outcomes = [self._ended(run) for run in runs]
        return next((one for one in outcomes if isinstance(one, Still)), outcomes[0])

    def _ended(self, run: Run) -> Outcome:
        kind = self.recorded.kind
        if kind in TEMPORAL:
            prop = self._property()
            return self._recoverable(prop, run) if kind == "recoverable" else self._lasso(prop, run)
        match kind:
            case "deadlock":
                return self._deadlock(run)
            case "fault":
                return self._failing(run)
            case "reachable":
                prop = self._property()
                if self._value(run, prop, self.model.at(run.last)):
                    return Still(self.trace(run, kind, prop.name))
                return self._gone(run, f"its last state is not what {prop.name} asks for")
            case "induction":
                return self._induction(self._property(), run)
            case "run":
                return self._any(run)
            case "invariant" | "step_invariant":
                return self._gone(run, f"{self.recorded.property} is true all along")
        raise _UndecidedError(f"the trace is of the kind {kind}, which this Quorate does not know")

    def _gone(self, run: Run, reason: str) -> Gone:
        return Gone(self.trace(run, "run", None), reason)

    def _deadlock(self, run: Run) -> Outcome:
        action = self._way_out(run)
        if action is None:
            return Still(self.trace(run, "deadlock", None))
        return self._gone(run, f"its last state is no deadlock: {action} can be taken there")

    def _way_out(self, run: Run) -> str | None:
        """The action of a step that leaves the last state; None if there is no step."""
        steps = sorted(self.model.transitions(run.last), key=lambda step: step.cut)
        if steps and steps[0].cut:
            raise _UndecidedError(f"its last state is left by {steps[0].action} only, which a bound cuts")
        return steps[0].action if steps else None

    def _failing(self, run: Run) -> Outcome:
        fault = self.recorded.fault
        if fault is None:
            raise _UndecidedError("the trace does not say which step failed")
        if fault.kind == "overflow":
            raise _UndecidedError("numbers beyond 2**61 fail in a check only: run `quorate check` again")
        if any(one.name == fault.action for one in self.model.actions):
            made = list(attempts(self.model, [run], fault.action, fault.arguments))
            if not made or any(tried.fault for _, tried in made) or all(tried.state is None for _, tried in made):
                step = Step(fault.action, fault.arguments, {})
                return self._stopped([run], step, len(run.states) + 1)
            return self._gone(run, f"{fault.action} does not fail any more")
        conditions = list(self._conditions(fault.action, run))
        if not conditions:
            raise _UndecidedError(f"{self._name} has no action and no property {fault.action}")
        for condition, views in conditions:
            self._value(run, condition, *views)
        return self._gone(run, f"{fault.action} can be evaluated now")

    def _conditions(self, name: str, run: Run) -> Iterator[tuple[Callable[..., bool], tuple[Any, ...]]]:
        """The conditions of a name, each with the views of the model that it is evaluated on after a run."""
        old = self.model.at(run.last)
        steps = [self.model.at(step.state) for step in self.model.successors(run.last) if step.state is not None]
        for prop in (*self.known.values(), *self.model.constraints()):
            for condition in prop.conditions:
                if name not in (prop.name, condition.__name__):
                    continue
                match prop.kind:
                    case "step_invariant":
                        yield from ((condition, (old, new)) for new in steps)
                    case "constraint":
                        yield from ((condition, (view,)) for view in (old, *steps))
                    case _:
                        yield condition, (old,)

    def _induction(self, prop: Property, run: Run) -> Outcome:
        *before, last = (self.model.at(state) for state in run.states)
        if prop.kind == "invariant" and not all(self._value(run, prop, view) for view in before):
            return self._gone(run, f"{prop.name} is false before the step already")
        views = (before[-1], last) if prop.kind == "step_invariant" else (last,)
        if self._value(run, prop, *views):
            return self._gone(run, f"{prop.name} is true after the step")
        # which of the others a proof may rest on, only a proof can say
        others = [
            one.name
            for one in self.known.values()
            if one.kind == "invariant" and one != prop and not all(self._value(run, one, view) for view in before)
        ]
        excluded = f"{', '.join(others)} would exclude it, proved along" if others else None
        why = "\n".join(line for line in (self._why(prop, *views), excluded) if line)
        return Still(self.trace(run, "induction", prop.name, why=why or None))

    def _recoverable(self, prop: Property, run: Run) -> Outcome:
        found = reaches(self.model, run.last, lambda state: self._value(run, prop, self.model.at(state)), MOST_STATES)
        if found is None:
            raise _UndecidedError(f"bounds, or {MOST_STATES:,} states, leave open whether {prop.name} can be reached")
        if found:
            return self._gone(run, f"{prop.name} can be reached from its last state")
        return Still(self.trace(run, prop.kind, prop.name, why=self._why(prop, self.model.at(run.last))))

    def _any(self, run: Run) -> Outcome:
        """Whether a run of which nothing is said violates a property of runs; the others have been watched."""
        temporal = [prop for prop in self.known.values() if prop.kind in TEMPORAL and prop.kind != "recoverable"]
        if self.recorded.loop is not None:
            for prop in temporal:
                found = self._lasso(prop, run)
                if isinstance(found, Still):
                    return found
        return self._gone(run, "it violates no property")

    # -- lassos

    def _lasso(self, prop: Property, run: Run) -> Outcome:
        begin = self.recorded.loop
        if begin is None:
            raise _UndecidedError("the trace has no loop, so it says nothing about runs that never end")
        is_terminal = begin == len(run.states) - 1
        loop = run.states[begin:] if is_terminal else run.states[begin + 1 :]
        if is_terminal:
            if (action := self._way_out(run)) is not None:
                return self._gone(run, f"its last state can be left, by {action}")
        elif run.last != run.states[begin]:
            names = [name for name in run.last if run.last[name] != run.states[begin][name]]
            return self._gone(run, f"it does not come back to state {begin + 1}: {', '.join(names)} differ")
        if not self._is_false(prop, run, begin, loop):
            return self._gone(run, f"{prop.name} is true of it")
        if not is_terminal and (action := self._unfair(run, begin)) is not None:
            return self._gone(run, f"the loop is not fair: {action} is put off for ever")
        view = next(
            (view for view in map(self.model.at, loop) if not prop.conditions[-1](view)), self.model.at(loop[0])
        )
        why = self._why(Property("invariant", prop.conditions[-1]), view)
        return Still(self.trace(run, prop.kind, prop.name, why=why, loop=begin))

    def _is_false(self, prop: Property, run: Run, begin: int, loop: Sequence[Any]) -> bool:
        for condition in prop.conditions:
            for state in run.states:
                self._value(run, condition, self.model.at(state))
        return is_false_of_run(prop, self.model, run.states[: begin + 1], loop)

    def _unfair(self, run: Run, begin: int) -> str | None:
        states, calls = run.states[begin:-1], self.recorded.steps[begin + 1 :]
        steps = [
            [
                (step.action, step.arguments)
                for step in self.model.successors(old)
                if step.state == new != old
                and recorded.action in (None, step.action)
                and agrees(recorded.arguments, {name: data_of(value) for name, value in step.arguments.items()})
            ]
            for old, new, recorded in zip(states, run.states[begin + 1 :], calls, strict=True)
        ]
        return unfair_to(self.model, states, steps)

    def trace(
        self,
        run: Run,
        kind: str,
        name: str | None,
        *,
        why: str | None = None,
        fault: Fault | None = None,
        loop: int | None = None,
    ) -> Trace:
        """A run as a trace of the model as it is now."""
        participants = Participants(self.model)
        first, *others = run.steps
        begun = participants.beginning(run.states[0])
        steps = [dataclasses.replace(begun, action=first.action, arguments=first.arguments)]
        for (old, new), step in zip(itertools.pairwise(run.states), others, strict=True):
            taken = next(one for one in self.model.transitions(old, only=step.action) if self._is(one, step, new))
            steps.append(participants.step(taken, new))
        return Trace(
            self._name,
            self.model.parameter_values,
            kind,
            name,
            tuple(steps),
            fault,
            loop,
            why,
            lanes=participants.lanes,
        )

    @staticmethod
    def _is(taken: Transition, step: Step, state: State) -> bool:
        known = {name: data_of(value) for name, value in taken.arguments.items()}
        return taken.state == state and known == step.arguments
