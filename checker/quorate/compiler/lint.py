"""`lint`: all that is wrong with a model's text, and what is hardly meant. Nothing is explored."""

from __future__ import annotations

import dis
from collections.abc import Iterator
from types import CodeType, FunctionType
from typing import Any

from quorate.compiler import ir
from quorate.compiler.compile import compile_model
from quorate.compiler.declared import forgotten_init
from quorate.compiler.never import never_true
from quorate.compiler.walk import nodes, read, written
from quorate.errors import Diagnostic, LoadError, Span
from quorate.finder import find_models
from quorate.language.actions import Action
from quorate.language.model import Model
from quorate.language.network import Network
from quorate.language.places import declaration


def lint(spec: str) -> tuple[Diagnostic, ...]:
    """The mistakes and warnings of the models that `spec` means (as for `find_models`), at their default parameters,
    in the order of the source.

    Raises LoadError if there is no such model, ParameterError if the default parameters make no model.
    """
    found: dict[Diagnostic, None] = {}
    try:
        models = find_models(spec)
    except LoadError as error:
        return _diagnostics_of(error)
    for model in models:
        found |= dict.fromkeys(lint_model(model))
    return tuple(sorted(found, key=_order))


def lint_model(model: type[Model]) -> tuple[Diagnostic, ...]:
    """The mistakes of a model at its default parameters, or if it has none, its warnings."""
    try:
        instance = model()
        return warnings(instance, compile_model(instance))
    except LoadError as error:
        return _diagnostics_of(error)


def _diagnostics_of(error: LoadError) -> tuple[Diagnostic, ...]:
    if not error.diagnostics:
        raise error
    return error.diagnostics


def warnings(model: Model, system: ir.System) -> tuple[Diagnostic, ...]:
    """What can be checked but is hardly meant. `system` is the model compiled with all its properties."""
    of_model = [*forgotten_init(model), *_unused(model, system), *_never_called(model)]
    of_actions = [*_never_enabled(system), *_late_guards(model, system)]
    return tuple(sorted(dict.fromkeys([*of_model, *of_actions]), key=_order))


def _order(diagnostic: Diagnostic) -> tuple[str, int, int]:
    span = diagnostic.span
    return (span.path, span.line, span.column) if span is not None else ("", 0, 0)


def _unused(model: Model, system: ir.System) -> Iterator[Diagnostic]:
    """Variables that no action writes, or that nothing reads."""
    writes = written(tuple(action.body for action in system.actions))
    reads = read((system.actions, system.properties, system.temporal, system.constraints))
    for number, (name, kind) in enumerate(model.variables.items()):
        # what an @init chooses, and nothing changes, is a constant of each behaviour
        chosen = kind.init is ...
        if number not in writes and not chosen:
            verb = "nothing is ever sent through it" if isinstance(kind, Network) else "no action writes it"
            what = f"{name} is never written: {verb}"
            yield _warning("Q901", what, _place(model, name), "make a constant a Param; or write it")
        if number not in reads:
            what = f"{name} is never read: no action and no property asks for it"
            yield _warning("Q902", what, _place(model, name), "take it out, or state a property of it")


def _never_called(model: Model) -> Iterator[Diagnostic]:
    """Methods that are made for a step, and that no step calls: an `@action()` is missing."""
    own = type(model).__mro__[: type(model).__mro__.index(Model)]
    # what is overridden counts too: a variant of a model may need less than the model
    everything = [value for base in own for value in vars(base).values()]
    methods = {value for value in everything if isinstance(value, FunctionType)}
    functions: list[Any] = [*methods, *(value.body for value in everything if isinstance(value, Action))]
    for prop in (*model.model_properties(), *model.constraints()):
        functions += prop.conditions
    called = {name for function in functions for name in _names_in(function.__code__)}
    used = {action.name for action in model.actions} | {prop.name for prop in model.model_properties()}
    for method in sorted(methods, key=lambda method: method.__name__):
        name = method.__name__
        if name not in called | used and _is_step(method.__code__) and getattr(type(model), name) is method:
            what = f"{name} changes the state or asks for something, and nothing calls it"
            yield _warning("Q906", what, _place(model, name), "write @action() above it; or take it out")


def _names_in(code: CodeType) -> set[str]:
    """The names of attributes and globals in a function's code, also in that of its comprehensions."""
    inner = (constant for constant in code.co_consts if isinstance(constant, CodeType))
    return set(code.co_names).union(*map(_names_in, inner))


def _is_step(code: CodeType) -> bool:
    """Whether a function's code has a guard, or sets something else than a name."""
    sets = any(step.opname in ("STORE_ATTR", "STORE_SUBSCR") for step in dis.get_instructions(code))
    return sets or not {"require", "within"}.isdisjoint(code.co_names)


def _place(model: Model, name: str) -> Span | None:
    place = declaration(type(model), name)
    return None if place is None else place.span()


def _never_enabled(system: ir.System) -> Iterator[Diagnostic]:
    """Actions that the types alone forbid."""
    for action in system.actions:
        for guard in _guards(action.body):
            if guard.kind == "require" and never_true(guard.condition):
                what = f"{action.name} can never happen: this is false for every value that the types allow"
                yield _warning("Q903", what, system.sites[guard.site].span, "compare with a value that it can have")


def _guards(body: tuple[ir.Statement, ...]) -> Iterator[ir.Guard]:
    """The guards that every run of a body comes to, as far as is plain: before any branch or jump."""
    for statement in body:
        match statement:
            case ir.Block(_, inner):
                yield from _guards(inner)
                if any(isinstance(node, ir.Leave) for node in nodes(inner)):
                    return
            case ir.Guard():
                yield statement
            case ir.Branch() if any(isinstance(node, ir.Leave) for node in nodes(statement)):
                return
            case ir.Leave():
                return


def _late_guards(model: Model, system: ir.System) -> Iterator[Diagnostic]:
    """A `require` that reads what the same step has written above it."""
    names = list(model.variables)
    for action in system.actions:
        changed: set[int] = set()
        for statement in _flat(action.body):
            if isinstance(statement, ir.Guard) and statement.kind == "require":
                for number in sorted(read(statement.condition) & changed):
                    what = f"this asks for {names[number]} as {action.name} has written it above, not as it was before"
                    span = system.sites[statement.site].span
                    yield _warning("Q904", what, span, "move it above the write, if the value before the step is meant")
            changed |= written(statement)


def _flat(body: tuple[ir.Statement, ...]) -> Iterator[ir.Statement]:
    for statement in body:
        if isinstance(statement, ir.Block):
            yield from _flat(statement.body)
        else:
            yield statement


def _warning(code: str, message: str, span: Span | None, hint: str) -> Diagnostic:
    return Diagnostic(code, message, span, hint, "warning")
