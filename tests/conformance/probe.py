"""One state at a time: what each engine makes of it, in the same terms, so that the answers can be compared.

Native Python is the reference; `Probe` asks the kernel. An `Answer` holds what an action does in a state up to its
first fault: the successors in order, without those that are the state itself (the kernel counts them and hands none
over), how many steps there are, how many a `within` cut, how many states each constraint dropped, the kind of the
fault. A property's value is True, False or the kind of its fault.
"""

import ctypes
import hashlib
import importlib.util
from collections import Counter
from dataclasses import dataclass, field, replace

from quorate.compiler.compile import compile_model
from quorate.kernel.job import Finding, Job
from quorate.kernel.kernel import build_kernel
from quorate.kernel.step_invariants import StepValue
from quorate.language.actions import CutOff, Disabled
from quorate.language.faults import kind_of

BUFFER = 1 << 14


@dataclass
class Answer:
    states: list = field(default_factory=list)
    generated: int = 0
    cuts: int = 0
    dropped: dict = field(default_factory=dict)
    fault: str | None = None


class Probe:
    """The kernel of a model, asked about one native state after the other."""

    def __init__(self, model):
        self.model = model
        self.system = compile_model(model)
        states = tuple(prop for prop in self.system.properties if prop.kind != "step_invariant")
        # a step that violates a step invariant would end the expansion
        self.kernel = build_kernel(replace(self.system, properties=states), None)
        self.checking_steps = build_kernel(self.system, None) if states != self.system.properties else None
        words = self.kernel.layout.words
        self.room = BUFFER + self.kernel.fan_out
        self.store = (ctypes.c_uint64 * words)()
        self.buffer = (ctypes.c_uint64 * ((self.room + 1) * words))()
        self.origins = (ctypes.c_uint64 * (self.room + 1))()
        self.live = (ctypes.c_uint8 * 1)()

    def encode(self, state):
        return self.kernel.codec.encode(state)

    def decode(self, words):
        return self.kernel.codec.decode(words, self.model.variables)

    def _run(self, entry, state, *, still=False):
        """Run an entry point on one state: the job after it, and the counters of cuts and of dropped states.

        With `still` it is first asked which step invariants hold where nothing changes."""
        self.store[:] = self.encode(state)
        cuts = (ctypes.c_uint64 * max(1, len(self.system.sites)))()
        dropped = (ctypes.c_uint64 * max(1, len(self.system.constraints)))()
        job = (ctypes.c_uint64 * Job.CELLS)()
        job[Job.STORE], job[Job.LIVE] = ctypes.addressof(self.store), ctypes.addressof(self.live)
        job[Job.BUFFER], job[Job.ORIGINS] = ctypes.addressof(self.buffer), ctypes.addressof(self.origins)
        job[Job.CUTS], job[Job.DROPPED] = ctypes.addressof(cuts), ctypes.addressof(dropped)
        coverage = (ctypes.c_uint64 * 1024)()
        job[Job.COVERAGE] = ctypes.addressof(coverage)
        holds = (ctypes.c_uint8 * max(1, len(self.system.properties)))()
        job[Job.STILL] = ctypes.addressof(holds)
        job[Job.ROOM], job[Job.END] = self.room, 1
        if still:
            self.checking_steps.code.function("still", None, [ctypes.c_void_p])(ctypes.addressof(job))
        entry(ctypes.addressof(job))
        return job, cuts, dropped

    def _fault(self, job):
        return self.system.sites[job[Job.DETAIL]].kind if job[Job.FINDING] == Finding.FAULT else None

    def steps(self, state):
        """The `Answer` of each action, by name."""
        answers = {}
        for action, expand in zip(self.system.actions, self.kernel.expand, strict=True):
            answer = answers.setdefault(action.name, Answer())
            if answer.fault:
                continue
            job, cuts, dropped = self._run(expand, state)
            words = self.kernel.layout.words
            for at in range(job[Job.FILLED]):
                answer.states.append(self.decode(self.buffer[at * words : (at + 1) * words]))
            answer.cuts += sum(cuts)
            answer.generated += job[Job.GENERATED]
            for prop, count in zip(self.system.constraints, dropped, strict=False):
                answer.dropped[prop.name] = answer.dropped.get(prop.name, 0) + count
            answer.fault = self._fault(job)
        return answers

    def values(self, state):
        """The value of each property of states, by name."""
        values = {}
        for prop, check in zip(self.kernel.system.properties, self.kernel.check, strict=True):
            job, _, _ = self._run(check, state)
            # a check returns at the first state it has something to say about; here there is but one
            silent = self._returned(check, state) == 1
            value = silent if prop.kind == "invariant" else not silent
            values[prop.name] = self._fault(job) or value
        return values

    def _returned(self, check, state):
        captured = []
        self._run(lambda address: captured.append(check(address)), state)
        return captured[0]

    def step_values(self, state, new):
        """The value of each step invariant of one step, by name."""
        if self.checking_steps is None:
            return {}
        words = ctypes.c_uint64 * self.kernel.layout.words
        old, new = words(*self.encode(state)), words(*self.encode(new))
        found = {}
        for number, prop in enumerate(self.system.properties):
            if prop.kind == "step_invariant":
                ask = self.checking_steps.code.function(f"step_{number}", ctypes.c_int64, [ctypes.c_void_p] * 2)
                value = ask(old, new)
                fault = value >= StepValue.FAULT
                found[prop.name] = (
                    self.system.sites[value - StepValue.FAULT].kind if fault else value == StepValue.HOLDS
                )
        return found

    def step_findings(self, state):
        """For each action: the first step (the first is 1) that violates a step invariant, and which; or the kind of
        the fault that comes first; or None."""
        found = {action.name: None for action in self.system.actions}
        if self.checking_steps is None:
            return found
        steps = Counter()
        for action, expand in zip(self.system.actions, self.checking_steps.expand, strict=True):
            # several compiled actions can share a name, one for each network or kind of message
            if found[action.name] is None:
                job, _, _ = self._run(expand, state, still=True)
                steps[action.name] += job[Job.GENERATED]
                violated = job[Job.FINDING] == Finding.STEP
                name = self.system.properties[job[Job.DETAIL]].name if violated else None
                found[action.name] = (steps[action.name], name) if violated else self._fault(job)
        return found


def evaluated(predicate, *states):
    """The value of a native property: True, False or the kind of its fault."""
    try:
        return bool(predicate(*states))
    except (Disabled, CutOff):
        raise
    except Exception as error:  # noqa: BLE001 - whatever the model's text raises is what is compared
        kind = kind_of(error)
    assert kind is not None, "native Python raises what is no fault of a model"
    return kind


def dropped_by(model, state):
    """The name of the first constraint that a state violates, or None, and the kind of the fault if one fails."""
    for prop in model.constraints():
        value = evaluated(prop, model.at(state))
        if value is not True:
            return prop.name, value or None
    return None, None


def native_steps(model, state):
    """What `Probe.steps` answers, by native Python."""
    answers = {action.name: Answer() for action in model.actions if action.kind != "init"}
    for step in model.transitions(state):
        answer = answers.setdefault(step.action, Answer())
        if answer.fault:
            continue
        if step.fault:
            assert step.fault.kind != "exception", f"native Python raises {step.fault}, which is no fault of a model"
            answer.fault = step.fault.kind
        elif step.cut:
            answer.cuts += 1
        else:
            answer.generated += 1
            value, fault = dropped_by(model, step.state)
            if fault:
                answer.fault = fault
            elif value is not None:
                answer.dropped[value] = answer.dropped.get(value, 0) + 1
            elif step.state != state:
                answer.states.append(step.state)
    return answers


def native_values(model, state):
    """What `Probe.values` answers, by native Python."""
    kinds = ("invariant", "reachable")
    return {p.name: evaluated(p, model.at(state)) for p in model.model_properties() if p.kind in kinds}


def native_step_values(model, state, new):
    """What `Probe.step_values` answers, by native Python."""
    invariants = [prop for prop in model.model_properties() if prop.kind == "step_invariant"]
    return {prop.name: evaluated(prop, model.at(state), model.at(new)) for prop in invariants}


def native_step_findings(model, state):
    """What `Probe.step_findings` answers, by native Python (there are no faults in the steps themselves)."""
    names = [*(action.name for action in model.actions if action.kind != "init"), *losses(model)]
    found, steps = dict.fromkeys(names), Counter()
    invariants = [prop for prop in model.model_properties() if prop.kind == "step_invariant"]
    for step in model.transitions(state):
        if step.state is None or found[step.action] is not None:
            continue
        steps[step.action] += 1
        if dropped_by(model, step.state)[0]:
            continue
        for prop in invariants:
            value = evaluated(prop, model.at(state), model.at(step.state))
            if value is not True:
                found[step.action] = (steps[step.action], prop.name) if value is False else value
                break
    return found


def losses(model):
    return [f"lose_{name}" for name, kind in model.variables.items() if getattr(kind, "loss", False)]


# A result beyond 64 bits is a fault in the kernel only: Python's integers have no end.
LIMITS = {"overflow"}


def comparable(answer):
    dropped = {name: count for name, count in answer.dropped.items() if count}
    return answer.states, answer.generated, answer.cuts, dropped, bool(answer.fault)


def differences(probe, state):
    """How the kernel's answers about a state differ from native Python's, in words; empty when they agree."""
    model, found = probe.model, []
    assert probe.decode(probe.encode(state)) == state
    native, kernel = native_steps(model, state), probe.steps(state)
    for name, expected in native.items():
        got = kernel.get(name, Answer())
        if got.fault in LIMITS:
            return []
        if comparable(expected) != comparable(got):
            found.append(f"{name}: native {expected}\n        kernel {got}")
    pairs = [(native_values(model, state), probe.values(state))]
    if not any(answer.fault for answer in native.values()):
        pairs.append((native_step_findings(model, state), probe.step_findings(state)))
        for new in dict.fromkeys(step.state for step in model.transitions(state) if step.state is not None):
            pairs.append((native_step_values(model, state, new), probe.step_values(state, new)))
    for expected, got in pairs:
        for key, value in expected.items():
            same = isinstance(got[key], str) if isinstance(value, str) else got[key] == value
            if not same and got[key] not in LIMITS:
                found.append(f"{key}: native {value!r}, kernel {got[key]!r}")
    return found


def agree(probe, most=200):
    """Walk the states reachable natively, breadth-first, at most so many; the engines must agree on each. How many."""
    todo = list(probe.model.initial_states())
    seen = set(todo)
    for state in todo:
        found = differences(probe, state)
        assert not found, f"in the state\n{state}\n" + "\n".join(found)
        for step in probe.model.successors(state):
            if step.state not in seen and len(seen) < most:
                seen.add(step.state)
                todo.append(step.state)
    return len(seen)


HEADER = """
from enum import Enum
from quorate import *
from quorate import (Bag, Bool, Bound, Int, Map, Message, Model, Network, Node, Option, Param, Record, Seq, Set, Var,
    action, constraint, init, invariant, reachable, receive, require, step_invariant, within)

"""


def load(text, folder):
    """The class `M` of a model's text, imported from a file of its own."""
    digest = hashlib.sha256(text.encode()).hexdigest()[:16]
    path = folder / f"model_{digest}.py"
    path.write_text(HEADER + text)
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.M
