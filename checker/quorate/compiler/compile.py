"""`compile_model`: a model at given parameters, to IR. Raises LoadError with every mistake that was found."""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from quorate.compiler import ir
from quorate.compiler.coerce import BOOL, NOTHING
from quorate.compiler.declared import argument_mistake, declaration_mistakes, forgotten_init, left_out
from quorate.compiler.mistakes import Consequence, Mistake
from quorate.compiler.scope import MOST_PASSES, Scope, Self, Shared
from quorate.compiler.source import Sources
from quorate.compiler.statements import Statements
from quorate.errors import Diagnostic, LoadError
from quorate.language.actions import Action
from quorate.language.model import Model
from quorate.language.network import Network
from quorate.language.properties import Property
from quorate.language.types import Option, Type


class BodyLowerer(Statements):
    """Lowers one action or property, as often as it takes until the types of its locals are known."""

    def settle(self, code: Callable[..., Any], build: Callable[[], Any]) -> Any:
        """Run `build` with the function's scope until the types settle; keep its mistakes and sites."""
        function = self.shared.sources.function(code)
        result = None
        while True:
            self.scope = Scope(function, owner_class=self.class_of(code))
            self.stack = [code]
            try:
                result = build()
            except Mistake as mistake:
                self.note(mistake)
            if not self.changed or self.passes > MOST_PASSES:
                break
            self.restart()
        self.commit()
        return result

    def local_types(self) -> tuple[Type, ...]:
        return tuple(NOTHING if kind is None else kind for kind in self.types)

    def action(self, action: Action, network: int | None) -> ir.ActionIR:
        """An action; one that receives, from the network with that index."""
        scope, function = self.scope, self.scope.function
        parameters = function.parameters
        wrong = argument_mistake(action, function)
        if wrong is not None:
            first = 1 if action.message is None else 2
            if wrong.diagnostic.code != "Q601" or len(parameters) < first:
                raise wrong
            # the rest of the body is looked at all the same
            self.note(wrong)
        scope.names[parameters[0]] = Self(0)
        choices = []
        rest = parameters[1:]
        if action.message is not None:
            domain = self.received(action, network)
            slot = self.slot(action.message)
            scope.names[rest[0]] = ir.Local(action.message, slot)
            choices.append(ir.Choice(rest.pop(0), slot, domain))
        scope.poisoned |= set(rest) - set(action.arguments)
        for name, kind in action.arguments.items():
            if name not in rest:
                continue
            slot = self.slot(kind)
            scope.names[name] = ir.Local(kind, slot)
            choices.append(ir.Choice(name, slot, ir.AllOf(kind)))
        body = (self.function_body(function),)
        return ir.ActionIR(action.name, tuple(choices), network, body, self.local_types())

    def received(self, action: Action, network: int | None) -> ir.Domain:
        """The messages of the action's kind in a network, as a domain."""
        message = action.message
        assert message is not None
        if network is None:
            raise self.mistake("Q603", f"no network carries {message.describe()}", None, "list it in Network(...)")
        kind = list(self.model.variables.values())[network]
        assert isinstance(kind, Network)
        return ir.Elements(message, ir.Variable(kind.contents, network), kind.messages.index(message))

    def property(self, name: str, kind: str) -> ir.PropertyIR:
        function, scope = self.scope.function, self.scope
        parameters = function.parameters
        wanted = 2 if kind == "step_invariant" else 1
        if len(parameters) != wanted:
            many = "two parameters, the old and the new state" if wanted == 2 else "one parameter, the model"
            raise self.mistake("Q604", f"{name} takes {many}", None)
        for position, parameter in enumerate(parameters):
            scope.names[parameter] = Self(wanted - 1 - position)
        body = [s for s in function.tree.body if not (isinstance(s, ast.Expr) and isinstance(s.value, ast.Constant))]
        if len(body) == 1 and isinstance(body[0], ast.Return) and body[0].value is not None:
            condition = self.condition(body[0].value)
        else:
            block = self.function_body(function)
            if scope.result is None or (returned := self.types[scope.result]) is None:
                raise self.mistake("Q605", f"{name} returns nothing", None, "return the condition that must hold")
            if self.mistakes:
                raise Consequence("Q605", f"what {name} returns is not known", scope.function.name_span())
            if returned == Option(BOOL):
                what = f"{name} returns nothing at its end, or somewhere else"
                raise self.mistake("Q605", what, None, "return True or False on every path")
            if returned.describe() != "Bool":
                raise self.mistake("Q605", f"{name} returns {returned.describe()}, not a boolean", None)
            condition = ir.Do(returned, (block,), ir.Local(returned, scope.result))
        doc = (function.code.__doc__ or "").strip()
        return ir.PropertyIR(name, kind, condition, self.local_types(), doc)


def compile_model(model: Model, chosen: Sequence[Property] | None = None) -> ir.System:
    """The IR of a model at its parameter values, with all its properties or only the chosen ones.

    Raises LoadError, whose diagnostics are all the mistakes in its actions and properties, in the order of the source.
    """
    shared = Shared(model, Sources())
    actions: list[ir.ActionIR] = []
    properties: list[ir.PropertyIR] = []
    constraints: list[ir.PropertyIR] = []
    temporal: list[ir.TemporalIR] = []
    for action in model.actions:
        if action.kind != "init":
            for network in _carriers(model, action):
                lowerer = BodyLowerer(shared, pure=False)
                actions.append(lowerer.settle(action.body, partial(lowerer.action, action, network)))
    wanted = model.model_properties() if chosen is None else chosen
    for declared in (*wanted, *model.constraints()):
        conditions = tuple(_condition(shared, declared, predicate) for predicate in declared.conditions)
        if declared.is_temporal:
            temporal.append(ir.TemporalIR(declared.name, declared.kind, conditions))
        else:
            (constraints if declared.kind == "constraint" else properties).append(conditions[0])
    found_elsewhere = (*declaration_mistakes(model), *_init_mistakes(shared))
    shared.diagnostics |= dict.fromkeys(found_elsewhere)
    if shared.diagnostics:
        count = len(shared.diagnostics)
        shared.diagnostics |= dict.fromkeys(forgotten_init(model))
        found = sorted(shared.diagnostics, key=lambda d: (d.span.path, d.span.line, d.span.column) if d.span else ("",))
        raise LoadError(
            f"{type(model).__name__} has {count} mistake{'s' if count > 1 else ''}", diagnostics=tuple(found)
        )
    variables = tuple(
        (name, kind.contents if isinstance(kind, Network) else kind) for name, kind in model.variables.items()
    )
    return ir.System(
        type(model).__name__,
        variables,
        (*actions, *_losses(model)),
        tuple(properties),
        tuple(constraints),
        tuple(shared.sites),
        tuple(temporal),
    )


def _condition(shared: Shared, declared: Property, predicate: Callable[..., bool]) -> ir.PropertyIR:
    """One predicate of a property; None in its place if it has mistakes, which are noted."""
    lowerer = BodyLowerer(shared, pure=True)
    name = declared.name if declared.goal is None else predicate.__name__
    lowered: ir.PropertyIR = lowerer.settle(predicate, partial(lowerer.property, name, declared.kind))
    return lowered


def _init_mistakes(shared: Shared) -> list[Diagnostic]:
    """The mistakes in @init methods, which are not compiled: CPython runs them."""
    apart = Shared(shared.model, shared.sources)
    made = []
    for action in shared.model.actions:
        if action.kind == "init":
            lowerer = BodyLowerer(apart, pure=False)
            lowered = lowerer.settle(action.body, partial(lowerer.action, action, None))
            if lowered is not None:
                made.append((apart.sources.function(action.body), lowered))
    return [*apart.diagnostics, *left_out(shared.model, made)]


def _carriers(model: Model, action: Action) -> list[int | None]:
    """The networks that an action receives from; None if it receives nothing, or there is no such network."""
    kinds = enumerate(model.variables.values())
    return [i for i, kind in kinds if isinstance(kind, Network) and action.message in kind.messages] or [None]


def _losses(model: Model) -> list[ir.ActionIR]:
    """The steps in which a network with `loss=True` drops a message: receiving it to no effect."""
    losses = []
    for index, (name, kind) in enumerate(model.variables.items()):
        if isinstance(kind, Network) and kind.loss:
            contents = ir.Variable(kind.contents, index)
            for option, message in enumerate(kind.messages):
                choice = ir.Choice("m", 0, ir.Elements(message, contents, option))
                losses.append(ir.ActionIR(f"lose_{name}", (choice,), index, (), (message,)))
    return losses
