"""Emission of IR statements."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from quorate.compiler import ir
from quorate.kernel.builder import Value, i64
from quorate.kernel.expressions import Expressions
from quorate.kernel.layout import narrow, words
from quorate.kernel.memory import Place
from quorate.language.compound import Bag, Map, Union


class Statements(Expressions):
    """Emits statements in a frame. `on_guard(kind, site)` emits what happens when a `require` or `within` is false."""

    on_guard: Callable[[str, int], None]

    def statements(self, body: tuple[ir.Statement, ...]) -> None:
        for statement in body:
            self.statement(statement)

    def statement(self, node: ir.Statement) -> None:
        match node:
            case ir.Assign(slot, value):
                self.assign(slot, self.emit(value))
            case ir.Store(target, value):
                # Python evaluates the right side before the keys on the left
                new = self.held(value.type, self.emit(value))
                self.store(self.target(target), new)
            case ir.Update():
                self.update(node)
            case ir.Branch(condition, then, otherwise, site):
                with self.b.if_else(self.emit(condition)) as (first, second):
                    with first:
                        self.observer.mark(site, 0)
                        self.statements(then)
                    with second:
                        self.observer.mark(site, 1)
                        self.statements(otherwise)
            case ir.For():
                self.loop(node)
            case ir.Block(label, body):
                with self.b.region("block") as leave:
                    self.frame.labels[label] = leave
                    self.statements(body)
            case ir.Leave(label):
                self.b.branch(self.frame.labels[label])
            case ir.Guard(kind, condition, site):
                with self.b.if_(self.b.not_(self.emit(condition))):
                    self.observer.mark(site, 1)
                    if kind == "assert":
                        self.frame.fault(site)
                    else:
                        self.on_guard(kind, site)
                self.observer.mark(site, 0)

    def held(self, kind: Any, value: Value) -> Value:
        """A value that a store to the state cannot change: a wide one is copied."""
        if narrow(kind):
            return value
        copy = self.room(kind)
        self.store(copy, value)
        return copy.address

    def target(self, target: ir.Target) -> Place:
        """The place in the state that a target means."""
        place = self.variable_place(target.variable, 0)
        for position, step in enumerate(target.path):
            if isinstance(step, str):
                place = self.field(place, step)
            else:
                index, site = step
                place = self.element_place(place, self._part_type(place, target, position), index, site)
        return place

    @staticmethod
    def _part_type(place: Place, target: ir.Target, position: int) -> Any:
        kind: Any = place.type
        if position == len(target.path) - 1:
            return target.type
        return kind.value_type if isinstance(kind, Map) else kind.element

    def update(self, node: ir.Update) -> None:
        place = self.target(node.target)
        values = [self.held(argument.type, self.emit(argument)) for argument in node.arguments]
        full = self.failing(node.site)
        match node.operator:
            case "add":
                self.add(place, values[0], full)
            case "discard":
                self.discard(place, values[0])
            case "append":
                self.append(place, values[0], full)
            case "pop":
                self.pop(place, values[0], full)
            case "clear":
                self.clear(place)
            case _:
                raise TypeError(node.operator)

    def loop(self, node: ir.For) -> None:
        domain = node.domain
        if isinstance(domain, ir.Elements):
            # the loop goes over the collection as it was, whatever the body does to it
            copy = self.room(domain.container.type)
            source = self.place(domain.container)
            if narrow(copy.type):
                self.b.store(self.code(copy.type, self.load(source)), copy.address)
            else:
                for word in range(words(copy.type)):
                    self.b.store_at(copy.address, word, self.b.load_at(source.address, word))
            with self.each_element(copy, domain.option) as value:
                self._turn(node, value)
        else:
            with self.each(domain) as value:
                self._turn(node, value)

    def _turn(self, node: ir.For, value: Value) -> None:
        with self.b.region("turn") as leave:
            self.frame.labels[node.label] = leave
            self.assign(node.slot, value)
            self.statements(node.body)

    # -- receiving

    def consume(self, place: Place, message: Value, option: int) -> None:
        """Take a received message out of a bag."""
        kind = place.type
        if isinstance(kind, Bag):
            assert isinstance(kind.element, Union)
            self.discard(place, self.inject(kind.element, kind.element.options[option], message))

    def dequeue(self, queue: Place) -> None:
        """Take the head out of a queue."""
        self.pop(queue, i64(0), lambda _: None)
