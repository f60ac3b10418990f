"""Mistakes in what a model declares: initial values, properties of one name, arguments of actions."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from quorate.compiler import ir
from quorate.compiler.mistakes import Mistake
from quorate.compiler.source import Function
from quorate.compiler.walk import written
from quorate.errors import Diagnostic, nearest
from quorate.language.actions import Action
from quorate.language.compound import Bag, Map, Seq, Set
from quorate.language.model import Model
from quorate.language.places import declaration, names_used
from quorate.language.properties import Property
from quorate.language.types import Node, Option, Type


def argument_mistake(action: Action, function: Function) -> Mistake | None:
    """Why the parameters of an action's method are not what its decorator declares; None if they are."""
    first = ["self", *(["the message"] if action.message is not None else [])]
    parameters = function.tree.args.args
    own = function.name_span()
    if len(parameters) < len(first):
        what = " and ".join(first)
        return Mistake("Q601", f"{action.name} takes {what} first", own, f"write def {action.name}(self, ...)")
    rest = parameters[len(first) :]
    for parameter in rest:
        if parameter.arg not in action.arguments:
            near = nearest(parameter.arg, action.arguments)
            cure = near or f"declare it: @{action.kind}({parameter.arg}=...)"
            span = function.span(parameter)
            return Mistake("Q601", f"{action.name} has an argument {parameter.arg} without a type", span, cure)
    names = [parameter.arg for parameter in rest]
    for name in action.arguments:
        if name not in names:
            keywords = [
                keyword
                for decorator in function.tree.decorator_list
                if isinstance(decorator, ast.Call)
                for keyword in decorator.keywords
                if keyword.arg == name
            ]
            span = function.span(keywords[0]) if keywords else own
            message = f"{name} has a type, but {action.name} takes no argument {name}"
            if action.message is not None and parameters[1].arg == name:
                message = f"{action.name} takes {name} in the place of the message it receives"
                cure = f"write def {action.name}(self, m, {name})"
                return Mistake("Q602", message, function.span(parameters[1]), cure)
            return Mistake("Q602", message, span, f"write def {action.name}({', '.join([*first[:1], *names, name])})")
    return None


def declaration_mistakes(model: Model) -> Iterator[Diagnostic]:
    """Initial values that do not fit, and properties that share a name."""
    for name, message in model.unfit_initial_values().items():
        place = declaration(type(model), name)
        span = None if place is None else place.argument("init")
        hint = _cure(model.variables[name])
        yield Diagnostic("Q006", f"the init= of {name} does not fit its type: {message}", span, hint)
    seen: dict[str, Property] = {}
    for prop in (*model.model_properties(), *model.constraints()):
        if prop.name in seen:
            place = declaration(type(model), prop.name)
            span = None if place is None else place.span()
            yield Diagnostic("Q607", f"there are two properties named {prop.name}", span, "rename one of them")
        seen[prop.name] = prop


def forgotten_init(model: Model) -> Iterator[Diagnostic]:
    """Collections that are declared without init= and used in no other declaration: hardly meant as types."""
    for name, kind in model.types.items():
        if kind.is_variable or not isinstance(kind, Map | Set | Seq | Bag | Option) or kind.name != name:
            continue
        place = declaration(type(model), name)
        if place is not None and place.value is not None and name not in names_used(type(model)):
            what = f"{name} names a type that no declaration uses, and is no variable"
            hint = "give it init=... if it is a state variable"
            yield Diagnostic("Q905", what, place.span(), hint, "warning")


def _cure(kind: Type) -> str | None:
    """A cure for an initial value that does not fit."""
    if isinstance(kind, Map) and kind.init == {}:
        empty = {Set: "set()", Seq: "()", Bag: "()"}.get(type(kind.value_type), "a value")
        return f"init= is one value for every key, here {empty}; or a dict with all keys"
    if isinstance(kind, Node):
        return f"write init=..., and choose the node in a method under @init(x={kind.name})"
    return None


def left_out(model: Model, inits: Sequence[tuple[Function, ir.ActionIR]]) -> Iterator[Diagnostic]:
    """Variables with `init=...` that an @init method, or the lack of one, leaves without a value."""
    open_ones = [name for name, kind in model.variables.items() if kind.init is ...]
    if not any(action.kind == "init" for action in model.actions):
        for name in open_ones:
            place = declaration(type(model), name)
            span = None if place is None else place.argument("init")
            yield Diagnostic("Q606", f"nothing initialises {name}", span, "give it init=... or write an @init method")
        return
    numbers = list(model.variables)
    for function, action in inits:
        assigned = written(action.body)
        for name in open_ones:
            if numbers.index(name) not in assigned:
                message = f"{action.name} gives {name} no value, and it was declared with init=..."
                yield Diagnostic("Q606", message, function.name_span(), f"assign self.{name} there")
