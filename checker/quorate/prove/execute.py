"""IR statements → z3: what an action does to a symbolic state.

Control flow is followed along all paths at once: what a piece of text writes is written where its path condition holds.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from quorate.compiler import ir
from quorate.language.compound import Bag, Map, Seq, Union
from quorate.prove import collections as coll
from quorate.prove.evaluate import Evaluator
from quorate.prove.lift import NOT_LIFTED, Lifted
from quorate.prove.terms import Truth, and_, not_, or_, same
from quorate.prove.values import Row, Unknowns, Value, equal, inject, merge, zero


@dataclass
class Step:
    """What an action does, as formulas over the state before it and its unknown arguments.

    `enabled` says that the step can be taken; then `after` is the state it leads to. `cut` is the condition under which
    a `within` stops it, `faults` those under which it fails at a site. `choices` are the unknown arguments, in order.
    """

    action: ir.ActionIR
    enabled: Truth
    after: list[Value]
    faults: list[tuple[int, Truth]]
    cut: Truth
    choices: list[Value]


class Executor(Evaluator):
    """Executes statements; `states[0]` is the state that they change."""

    def __init__(self, system: ir.System, states: Sequence[list[Value]], lifted: Lifted = NOT_LIFTED) -> None:
        super().__init__(system, states, lifted)
        self.exits: dict[int, Truth] = {}
        self.enabled: Truth = True
        self.cut: Truth = False

    def run(self, body: tuple[ir.Statement, ...]) -> None:
        for statement in body:
            self.statement(statement)

    def statement(self, node: ir.Statement) -> None:
        match node:
            case ir.Assign(slot, value):
                new, live = self.value(value), self.live()
                self.locals[slot] = merge(live, new, self.locals[slot]) if slot in self.locals else new
            case ir.Store(target, value):
                new = self.value(value)
                self.write(target, lambda old: new)
            case ir.Update():
                arguments = [self.value(argument) for argument in node.arguments]
                self.write(node.target, lambda old: self.updated(node, old, arguments))
            case ir.Branch(condition, then, otherwise):
                self.branch(self.value(condition), then, otherwise)
            case ir.For():
                self.loop(node)
            case ir.Block(label, body):
                self.labelled(label, body)
            case ir.Leave(label):
                self.exits[label] = or_(self.exits[label], self.live())
                self.path.append(False)
            case ir.Guard(kind, condition, site):
                self.guard(kind, self.value(condition), site)

    def guard(self, kind: str, holds: Truth, site: int) -> None:
        if kind == "assert":
            self.fail_if(not_(holds), site)
            return
        stops = and_(self.live(), not_(holds))
        if kind == "within":
            self.cut = or_(self.cut, and_(self.sound, stops))
        # what comes after a guard that does not hold neither fails nor is cut
        self.sound = and_(self.sound, not_(stops))

    # -- control flow

    def branch(self, condition: Truth, then: tuple[ir.Statement, ...], otherwise: tuple[ir.Statement, ...]) -> None:
        if isinstance(condition, bool):
            self.run(then if condition else otherwise)
            return
        left, stay = False, []
        for taken, body in ((condition, then), (not_(condition), otherwise)):
            depth = len(self.path)
            self.path.append(taken)
            self.run(body)
            left = left or len(self.path) > depth + 1
            stay.append(and_(*self.path[depth:]))
            del self.path[depth:]
        if left:
            self.path.append(or_(*stay))

    def labelled(self, label: int, body: tuple[ir.Statement, ...]) -> None:
        """Statements that a jump to the label leaves: those who jumped, and those who did not, go on behind it."""
        depth, others = len(self.path), dict(self.exits)
        self.exits[label] = False
        self.run(body)
        stay = and_(*self.path[depth:])
        del self.path[depth:]
        here = self.exits.pop(label)
        if any(self.exits[other] is not condition for other, condition in others.items()):
            self.path.append(or_(stay, here))

    def loop(self, node: ir.For) -> None:
        depth = len(self.path)
        for there, item in list(self.each(node.domain)):
            if there is False:
                continue
            inner = len(self.path)
            self.path.append(there)
            self.locals[node.slot] = item
            self.labelled(node.label, node.body)
            gone = self.path[inner + 1 :]
            del self.path[inner:]
            if gone:
                # who left the loop for good does not come to its later turns
                self.path.append(or_(not_(there), and_(*gone)))
        stay = self.path[depth:]
        del self.path[depth:]
        if stay:
            self.path.append(and_(*stay))

    # -- writing

    def write(self, target: ir.Target, new: Callable[[Value], Value]) -> None:
        """Change a place of the state where the path condition holds."""
        kind = self.system.variables[target.variable][1]
        path = [step if isinstance(step, str) else (self.value(step[0]), step[1]) for step in target.path]
        state = self.states[0]
        state[target.variable] = self._written(kind, state[target.variable], path, new, self.live())

    def _written(self, kind: Any, whole: Value, path: list[Any], new: Callable[[Value], Value], when: Truth) -> Value:
        if when is False:
            return whole
        if not path:
            return merge(when, new(whole), whole)
        step, rest = path[0], path[1:]
        if isinstance(step, str):
            place = kind.positions[step]
            part = self._written(kind.fields[step], whole[place], rest, new, when)
            return (*whole[:place], part, *whole[place + 1 :])
        key, site = step
        if isinstance(kind, Map):
            cells = []
            for rank, cell in enumerate(whole):
                here = and_(when, coll.at_rank(kind.key_type, key, rank))
                with self.under(here):
                    cells.append(self._written(kind.value_type, cell, rest, new, here))
            return tuple(cells)
        assert isinstance(kind, Seq)
        position = self.position(whole, key, site)
        items = []
        for place, item in enumerate(whole.items):
            here = and_(when, same(position, place))
            with self.under(here):
                items.append(self._written(kind.element, item, rest, new, here))
        return Row(whole.length, tuple(items))

    def updated(self, node: ir.Update, old: Value, arguments: list[Value]) -> Value:
        """A collection after it was changed in place."""
        kind: Any = node.target.type
        match node.operator:
            case "add":
                return self.collected(kind, old, arguments[0], node.site)
            case "append":
                return self.collected(kind, old, arguments[0], node.site)
            case "discard":
                return coll.discarded(kind, old, arguments[0])
            case "pop":
                return coll.popped(old, self.position(old, arguments[0], node.site))
            case _:
                return Row(0, old.items) if isinstance(kind, Seq) else zero(kind)


# -- actions


def execute(system: ir.System, number: int, before: list[Value], name: str, lifted: Lifted = NOT_LIFTED) -> Step:
    """Execute an action symbolically on a state. `name` begins the names of its unknown arguments.

    Raises CannotEncode.
    """
    action = system.actions[number]
    unknowns = Unknowns(name, lifted)
    executor = Executor(system, [list(before), before], lifted)
    choices, possible = [], []
    for place, choice in enumerate(action.choices):
        value = unknowns.value(choice.domain.type, choice.name)
        executor.locals[choice.slot] = value
        choices.append(value)
        if place == 0 and action.receives is not None:
            possible.append(_receive(executor, action, value))
    executor.run(action.body)
    kept: Truth = True
    for constraint in system.constraints:
        # a step that fails at a constraint fails; one whose state a constraint drops leads nowhere
        holds, faults = condition(system, constraint, [executor.states[0]], lifted)
        executor.faults += [(site, and_(executor.sound, kept, fails)) for site, fails in faults]
        kept = and_(kept, holds, *(not_(fails) for _, fails in faults))
    guard = and_(*possible, *unknowns.constraints)
    return Step(
        action,
        and_(guard, executor.sound, kept),
        executor.states[0],
        [(site, and_(guard, condition)) for site, condition in executor.faults],
        and_(guard, executor.cut),
        choices,
    )


def condition(
    system: ir.System, prop: ir.PropertyIR, states: Sequence[list[Value]], lifted: Lifted = NOT_LIFTED
) -> tuple[Truth, list[tuple[int, Truth]]]:
    """A property of a state, or of a new state and an old one: when it holds, and when its evaluation fails where."""
    evaluator = Executor(system, states, lifted)
    holds = evaluator.value(prop.condition)
    return holds, evaluator.faults


def _receive(executor: Executor, action: ir.ActionIR, message: Value) -> Truth:
    """Take a message out of the network: whether it can be received."""
    domain = action.choices[0].domain
    assert isinstance(domain, ir.Elements)
    assert domain.option is not None
    assert action.receives is not None
    kind: Any = domain.container.type
    whole = executor.states[1][action.receives]
    if isinstance(kind, Map):
        waiting, queues = [], list(whole)
        for there, head, link in coll.heads(kind, whole, domain.option):
            here = and_(there, equal(domain.type, head, message))
            waiting.append(here)
            queues[link] = merge(here, coll.popped(whole[link], 0), whole[link])
        executor.states[0][action.receives] = tuple(queues)
        return or_(*waiting)
    union = kind.element
    assert isinstance(union, Union)
    sent = inject(union, union.options[domain.option], message)
    if isinstance(kind, Bag):
        executor.states[0][action.receives] = coll.discarded(kind, whole, sent)
    return coll.contains(kind, whole, sent)
