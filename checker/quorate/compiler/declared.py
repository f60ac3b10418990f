"""Mistakes in what a model declares: initial values, properties of one name, arguments of actions."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from quorate.compiler import ir
from quorate.compiler.mistakes import Mistake
from quorate.compiler.scope import nearest
from quorate.compiler.source import Function
from quorate.compiler.walk import written
from quorate.errors import Diagnostic
from quorate.language.actions import Action
from quorate.language.model import Model
from quorate.language.places import declaration
from quorate.language.properties import Property


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
            return Mistake("Q602", message, span, f"write def {action.name}({', '.join([*first[:1], *names, name])})")
    return None


def declaration_mistakes(model: Model) -> Iterator[Diagnostic]:
    """Initial values that do not fit, and properties that share a name."""
    for name, message in model.unfit_initial_values().items():
        place = declaration(type(model), name)
        span = None if place is None else place.argument("init")
        yield Diagnostic("Q006", f"the init= of {name} does not fit its type: {message}", span)
    seen: dict[str, Property] = {}
    for prop in (*model.model_properties(), *model.constraints()):
        if prop.name in seen:
            place = declaration(type(model), prop.name)
            span = None if place is None else place.span()
            yield Diagnostic("Q607", f"there are two properties named {prop.name}", span, "rename one of them")
        seen[prop.name] = prop


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


