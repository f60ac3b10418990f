"""`Model`: a protocol as a class, and its native semantics - CPython running the model's own methods.

This is the reference that every engine is compared with.
"""

from __future__ import annotations

import copy
import enum
import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

from quorate.errors import Diagnostic, LoadError, ParameterError, Span, UsageError
from quorate.language.actions import Action, CutOff, Disabled
from quorate.language.faults import fault_of, place_of
from quorate.language.network import Network, NetworkValue
from quorate.language.params import Constant, Expression, Param, constant_data, unknown_parameter
from quorate.language.places import class_span, declaration
from quorate.language.properties import Property, Violates
from quorate.language.types import UNSET, Resolver, Type
from quorate.language.values import Compound, ModelFault, Place
from quorate.trace import Fault


class State(Mapping[str, Any]):
    """One state of a model: a value for each variable, readable as attribute or by name. Equal by value, hashable."""

    __slots__ = ("_types", "_values")
    _types: Mapping[str, Type]
    _values: tuple[Any, ...]

    def __init__(self, types: Mapping[str, Type], values: tuple[Any, ...]) -> None:
        object.__setattr__(self, "_types", types)
        object.__setattr__(self, "_values", values)

    def __getitem__(self, name: str) -> Any:
        return dict(zip(self._types, self._values, strict=True))[name]

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") or name not in self._types:
            raise AttributeError(f"the state has no variable {name!r}")
        return self[name]

    def __setattr__(self, name: str, value: Any) -> None:
        raise AttributeError("a state does not change")

    def __iter__(self) -> Iterator[str]:
        return iter(self._types)

    def __len__(self) -> int:
        return len(self._types)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, State) and self._values == other._values

    def __hash__(self) -> int:
        return hash(self._values)

    def __repr__(self) -> str:
        items = zip(self._types.items(), self._values, strict=True)
        return "\n".join(f"{name}: {kind.show(value)}" for (name, kind), value in items)

    def to_data(self) -> dict[str, Any]:
        """The state in the plain form of `quorate.trace`."""
        return {
            name: kind.to_data(value) for (name, kind), value in zip(self._types.items(), self._values, strict=True)
        }


@dataclass(frozen=True)
class Transition:
    """One possible step from a state: an action, the choice of its arguments, and where it leads.

    Exactly one of these is so: `state` is the next state; `cut` is true (the `within` at `span` stopped it); `fault` is
    set. `sent` are the messages that the step sent, in order.
    """

    action: str
    arguments: Mapping[str, Any]
    state: State | None
    cut: bool = False
    fault: Fault | None = None
    span: Span | None = None
    sent: tuple[Any, ...] = field(default=(), compare=False)


class Model:
    """A protocol: parameters, state variables, actions and properties, declared in the class body.

    `MyModel(servers=3)` is the protocol at given parameter values (ParameterError if one is unknown or not allowed).
    """

    properties: ClassVar[list[Property]] = []
    # invariants that help to prove the properties, and that a search need not check
    lemmas: ClassVar[list[Property]] = []
    fault_actions: ClassVar[tuple[str, ...]] = ()
    expected: ClassVar[Violates | None] = None

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        if "__init__" in vars(cls):
            message = f"{cls.__name__} declares __init__, which every model has already"
            raise LoadError(message, hint="constants are a Param, initial states an @init")

    def __init__(self, **values: Any) -> None:
        self._refuse_reserved_names()
        declared = self.parameters()
        for name in values:
            if name not in declared:
                raise unknown_parameter(type(self).__name__, name, declared)
        in_use = {name: param.check(values.get(name, param.default)) for name, param in declared.items()}
        resolver = Resolver(in_use)
        put = object.__setattr__
        put(self, "parameters_in_use", in_use)
        put(self, "types", self._resolve_types(resolver))
        put(self, "variables", {name: kind for name, kind in self.types.items() if kind.is_variable})
        put(self, "actions", self._resolve_actions(resolver))
        put(self, "_working", None)
        put(self, "_frozen", False)
        put(self, "_sent", [])
        if not self.variables:
            message = f"{type(self).__name__} has no state variable"
            raise self._refused("Q013", message, None, "give a declaration init=...: without it, it names a type")

    def __repr__(self) -> str:
        values = ", ".join(f"{name}={value}" for name, value in self.parameter_values.items())
        return f"{type(self).__name__}({values})"

    parameters_in_use: Mapping[str, Constant]
    types: Mapping[str, Type]
    variables: Mapping[str, Type]
    actions: tuple[Action, ...]
    _working: dict[str, Any] | None
    _frozen: bool
    _sent: list[Any]

    # -- what the class declares

    @classmethod
    def _declarations(cls, kind: type | tuple[type, ...]) -> dict[str, Any]:
        """Class attributes of a kind, base classes first; one that is declared anew keeps its place."""
        names = dict.fromkeys(name for base in reversed(cls.__mro__) for name in vars(base))
        found = ((name, cls.lookup(name)) for name in names)
        return {name: value for name, value in found if isinstance(value, kind)}

    @classmethod
    def lookup(cls, name: str) -> Any:
        """A class attribute as declared; a plain method that overrides an action or property is one of its kind."""
        for position, base in enumerate(cls.__mro__):
            if name in vars(base):
                value = vars(base)[name]
                if callable(value) and not isinstance(value, Action | Property | Type | type):
                    for above in cls.__mro__[position + 1 :]:
                        if isinstance(vars(above).get(name), Action | Property):
                            return vars(above)[name].overridden_by(value)
                return value
        return None

    @classmethod
    def parameters(cls) -> dict[str, Param]:
        """The declared parameters by name, in order."""
        return cls._declarations(Param)

    @classmethod
    def model_properties(cls) -> tuple[Property, ...]:
        """The properties: those in the class body, then those listed in `properties`.

        Raises LoadError for a list that holds anything else.
        """
        own = [p for p in cls._declarations(Property).values() if p.kind != "constraint"]
        return tuple(dict.fromkeys([*own, *cls._listed("properties")]))

    @classmethod
    def model_lemmas(cls) -> tuple[Property, ...]:
        """The invariants listed in `lemmas`, less those that are properties. Raises LoadError for anything else."""
        properties = cls.model_properties()
        return tuple(dict.fromkeys(p for p in cls._listed("lemmas") if p not in properties))

    @classmethod
    def _listed(cls, where: str) -> list[Property]:
        """What the class lists under `properties` or `lemmas`."""
        # what a model lists there may be anything
        declared: Any = getattr(cls, where)
        listed: list[Any] = list(declared) if isinstance(declared, list | tuple) else [declared]
        decorators = "@invariant, @eventually and the like" if where == "properties" else "@invariant"
        for listed_one in listed:
            if not isinstance(listed_one, Property) or (where == "lemmas" and listed_one.kind != "invariant"):
                shown = getattr(listed_one, "__name__", None) or getattr(listed_one, "name", repr(listed_one))
                what = "property" if where == "properties" else "invariant"
                message = f"{cls.__name__}.{where} lists {shown}, which is no {what}"
                raise cls._refused("Q008", message, where, f"list functions under {decorators}")
        return listed

    @classmethod
    def constraints(cls) -> tuple[Property, ...]:
        """The `@constraint` methods."""
        return tuple(p for p in cls._declarations(Property).values() if p.kind == "constraint")

    @classmethod
    def _refuse_reserved_names(cls) -> None:
        """A declaration must not hide what every model has. Raises LoadError, naming all that do."""
        reserved = set(vars(Model)) | set(Model.__annotations__)
        below = cls.__mro__[: cls.__mro__.index(Model)]
        declared = [(name, value) for base in below for name, value in vars(base).items() if name in reserved]
        # some are there to be set, and Python sets some itself
        free = {"properties", "lemmas", "expected", "fault_actions"} | set(vars(type("Empty", (Model,), {})))
        kinds = Type | Expression | Action | Property
        taken = [name for name, value in declared if name not in free or isinstance(value, kinds)]
        if taken:
            message = f"{cls.__name__} declares {', '.join(taken)}, which every model has already"
            single = taken[0] in ("properties", "lemmas") and isinstance(cls.lookup(taken[0]), Property)
            cure = f"{taken[0]} is a list: write {taken[0]} = [...]" if single else "choose another name"
            raise cls._refused("Q007", message, taken[0], cure)

    @classmethod
    def _refused(cls, code: str, message: str, name: str | None, hint: str) -> LoadError:
        """The error of a declaration, or of the class itself, with its place."""
        place = None if name is None else declaration(cls, name)
        span = class_span(cls) if place is None else place.span()
        return LoadError(message, diagnostics=(Diagnostic(code, message, span, hint),))

    def _resolve_types(self, resolver: Resolver) -> dict[str, Type]:
        types = {}
        for name, declared in self._declarations(Type).items():
            try:
                types[name] = resolver.type(declared)
            except LoadError as error:
                raise self._refused("Q014", error.message, name, error.hint or "") from None
            except ParameterError as error:
                if any(resolver.values[key] != param.default for key, param in self.parameters().items()):
                    raise
                # no parameter was set: the model itself is at fault
                raise self._refused("Q016", error.message, name, error.hint or "change its declaration") from None
        return types

    def _resolve_actions(self, resolver: Resolver) -> tuple[Action, ...]:
        actions = []
        for declared in self._declarations(Action).values():
            arguments = {name: resolver.type(kind) for name, kind in declared.arguments.items()}
            message = None if declared.message is None else resolver.type(declared.message)
            actions.append(replace(declared, arguments=arguments, message=message))
        return tuple(actions)

    @property
    def parameter_values(self) -> dict[str, int | bool | str]:
        """The parameter values in use, as plain data."""
        return {name: constant_data(value) for name, value in self.parameters_in_use.items()}

    # -- the model in a state: what `self` is in an action and `m` in a property

    def at(self, state: State, *, frozen: bool = True) -> Any:
        """The model in a state: variables, types, parameters and helpers can be used. `frozen` forbids writes."""
        model = copy.copy(self)
        object.__setattr__(model, "_working", dict(zip(self.variables, state._values, strict=True)))
        object.__setattr__(model, "_frozen", frozen)
        object.__setattr__(model, "_sent", [])
        return model

    def _read(self, declared: Type) -> Any:
        """The value of a variable, or the resolved type of a named type (called by attribute access)."""
        kind = self.types[declared.name]  # type: ignore[index]
        if not kind.is_variable:
            return kind
        if self._working is None:
            raise AttributeError(f"{declared.name} is state: use initial_states(), successors(state) or at(state)")
        value = self._working[declared.name]  # type: ignore[index]
        place = None if self._frozen else Place(self._working, self.variables, declared.name)  # type: ignore[arg-type]
        if isinstance(kind, Network):
            return NetworkValue(kind, value, place, self._sent)
        return value.at(place) if place is not None and isinstance(value, Compound) else value

    def _write(self, declared: Type, value: Any) -> None:
        """Store a variable (called by attribute assignment)."""
        kind = self.types[declared.name]  # type: ignore[index]
        if self._working is None or self._frozen or not kind.is_variable:
            raise AttributeError(f"{declared.name} cannot be assigned here")
        self._working[declared.name] = kind.check(value)  # type: ignore[index]

    def __setattr__(self, name: str, value: Any) -> None:
        if isinstance(self.lookup(name), Type):
            object.__setattr__(self, name, value)
        else:
            raise AttributeError(f"{type(self).__name__} has no state variable {name!r}")

    def _state(self, working: Mapping[str, Any]) -> State:
        return State(self.variables, tuple(working[name] for name in self.variables))

    def state_from_data(self, data: Mapping[str, Any]) -> State:
        """The state that plain data means (the inverse of `State.to_data`).

        Raises UsageError, naming the variable, if it is no state of this model.
        """
        if data.keys() != self.variables.keys():
            wrong = sorted(data.keys() ^ self.variables.keys())
            raise UsageError(f"this is no state of {type(self).__name__}: it differs in {', '.join(wrong)}")
        values = []
        for name, kind in self.variables.items():
            try:
                values.append(kind.from_data(data[name]))
            except (ModelFault, TypeError, ValueError, AttributeError) as error:
                raise UsageError(f"this is no state of {type(self).__name__}: {name}: {error}") from None
        return State(self.variables, tuple(values))

    # -- native semantics

    def initial_states(self) -> list[State]:
        """All initial states, each once, in order."""
        made = (transition.state for transition in self.initial_transitions())
        return list(dict.fromkeys(state for state in made if state is not None))

    def initial_transitions(self) -> Iterator[Transition]:
        """What makes the initial states, in order: one for each choice of each `@init`'s arguments that is enabled, or
        that a `within` cuts. Raises LoadError for one that fails, or that leaves a variable without a value."""
        declared: dict[str, Any] = {}
        inits = [action for action in self.actions if action.kind == "init"]
        for name, kind in self.variables.items():
            if kind.init is ...:
                if not inits:
                    raise LoadError(f"nothing initialises {name}", hint="give it init=… or write an @init method")
                declared[name] = UNSET
            else:
                try:
                    declared[name] = self._declared_value(kind)
                except ModelFault as fault:
                    raise LoadError(f"the init= of {name} does not fit its type: {fault}") from None
        start = self._state(declared)
        if not inits:
            yield Transition("init", {}, start)
            return
        for made in itertools.chain.from_iterable(self._runs(action, start) for action in inits):
            if made.fault is not None:
                raise self._init_failed(made.action, made.fault)
            unset = [name for name in self.variables if made.state is not None and made.state[name] is UNSET]
            if unset:
                message = f"@init {made.action} leaves {unset[0]} without a value"
                raise self._refused("Q606", message, unset[0], f"assign self.{unset[0]} in it, or give it an init=")
            yield made

    @staticmethod
    def _init_failed(name: str, fault: Fault) -> LoadError:
        place = f" at {fault.span.path}:{fault.span.line}" if fault.span else ""
        return LoadError(f"@init {name} fails{place}: {fault.message}", hint="initial states are made without failing")

    def _declared_value(self, kind: Type) -> Any:
        init = kind.init.resolve(self.parameters_in_use) if isinstance(kind.init, Expression) else kind.init
        return kind.initial(init)

    def unfit_initial_values(self) -> dict[str, str]:
        """The variables whose `init=` is no value of their type, with the reason."""
        unfit = {}
        for name, kind in self.variables.items():
            if kind.init is not ...:
                try:
                    self._declared_value(kind)
                except ModelFault as fault:
                    unfit[name] = str(fault)
        return unfit

    def successors(self, state: State) -> list[Transition]:
        """The steps that can be taken from a state, in order: only those that lead to a next state."""
        return [step for step in self.transitions(state) if step.state is not None]

    def transitions(self, state: State, *, only: str | None = None) -> Iterator[Transition]:
        """All steps from a state in order, or `only` those of one action; also those that are cut or fail."""
        for action in self.actions:
            if action.kind != "init" and only in (None, action.name):
                yield from self._runs(action, state)
        for name, kind in self.variables.items():
            if isinstance(kind, Network) and kind.loss and only in (None, f"lose_{name}"):
                for message in kind.messages:
                    for lost in kind.receivable(state[name], message):
                        values = dict(state) | {name: kind.without(state[name], lost)}
                        yield Transition(f"lose_{name}", {"m": lost}, self._state(values))

    def _runs(self, action: Action, state: State) -> Iterator[Transition]:
        for arguments, before in self.choices(action, state):
            transition = self._run(action, arguments, before)
            if transition is not None:
                yield transition

    def choices(self, action: Action, state: State) -> Iterator[tuple[dict[str, Any], State]]:
        """The choices of an action's arguments in a state, in order, each with the state its body begins in: the
        message it receives has been taken out."""
        domains = [list(kind.values()) for kind in action.arguments.values()]
        messages: list[tuple[str, Any]] = [("", None)]
        if action.message is not None:
            messages = [
                (name, message)
                for name, kind in self.variables.items()
                if isinstance(kind, Network) and action.message in kind.messages
                for message in kind.receivable(state[name], action.message)
            ]
        for (name, message), *choice in itertools.product(messages, *domains):
            arguments = dict(zip(action.arguments, choice, strict=True))
            values = dict(state)
            if message is not None:
                values[name] = self.variables[name].without(values[name], message)  # type: ignore[attr-defined]
                parameter = action.body.__code__.co_varnames[1]
                arguments = {parameter: message} | arguments
            yield arguments, self._state(values)

    def _run(self, action: Action, arguments: Mapping[str, Any], state: State) -> Transition | None:
        working = self.at(state, frozen=False)
        try:
            action.body(working, **arguments)
        except Disabled:
            return None
        except CutOff as cut:
            return Transition(action.name, arguments, None, cut=True, span=place_of(cut))
        except Exception as error:
            if type(error).__module__ == "bdb":
                raise  # the user quits the debugger
            fault = fault_of(error, action.name, self.arguments_data(action, arguments))
            return Transition(action.name, arguments, None, fault=fault)
        return Transition(action.name, arguments, self._state(working._working), sent=tuple(working._sent))

    def arguments_data(self, action: Action, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """Arguments of a step as plain data."""
        return {name: data_of(value) for name, value in arguments.items()}


def data_of(value: Any) -> Any:
    """A value in the plain form of `quorate.trace`."""
    if isinstance(value, Compound):
        return value._type.to_data(value)
    if isinstance(value, enum.Enum):
        return value.name
    return value if value is None or isinstance(value, int) else repr(value)
