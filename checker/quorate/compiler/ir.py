"""The typed intermediate representation of a model: the narrow waist between the language and the engines.

Frozen data without behaviour. Types are the concrete ones of `quorate.language`. Spans and site numbers say where in
the model's text a node comes from; spans take no part in equality.

A *local* is a numbered slot of an action or property. A *site* is a number in `System.sites`: a place where a partial
operation may fail, or a `require`, `within` or `assert` stands.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias

from quorate.errors import Span
from quorate.language.types import Type


@dataclass(frozen=True)
class Const:
    """A scalar constant: an int, a bool, the rank of an enum member or node; None is the absent option."""

    type: Type
    value: int | bool | None


@dataclass(frozen=True)
class Local:
    """The value of a local."""

    type: Type
    slot: int


@dataclass(frozen=True)
class Variable:
    """The value of a state variable. `state` is 0 for the current (new) state, 1 for a step invariant's old one."""

    type: Type
    index: int
    state: int = 0


@dataclass(frozen=True)
class Field:
    """A field of a record or message."""

    type: Type
    record: Expr
    name: str


@dataclass(frozen=True)
class Index:
    """An element of a map (by key) or sequence (by position, negative from the end)."""

    type: Type
    container: Expr
    index: Expr
    site: int


@dataclass(frozen=True)
class Operate:
    """An operator of the table in `quorate.compiler.ops`, applied to arguments of its register types.

    `site` is where it is not defined, `overflow` where its result may leave the range of integers."""

    type: Type
    operator: str
    arguments: tuple[Expr, ...]
    site: int | None = None
    overflow: int | None = None


@dataclass(frozen=True)
class Lazy:
    """`and` / `or` over booleans, from left to right, no further than needed."""

    type: Type
    operator: str
    arguments: tuple[Expr, ...]


@dataclass(frozen=True)
class Choose:
    """A conditional expression; both branches have its type."""

    type: Type
    condition: Expr
    then: Expr
    otherwise: Expr


@dataclass(frozen=True)
class Convert:
    """A value in another type: a wider or narrower integer, into or out of an Option, element by element."""

    type: Type
    value: Expr
    site: int


@dataclass(frozen=True)
class Make:
    """A record or message from its fields, in order."""

    type: Type
    fields: tuple[Expr, ...]


@dataclass(frozen=True)
class Display:
    """A set or sequence from its elements."""

    type: Type
    elements: tuple[Expr, ...]
    site: int


@dataclass(frozen=True)
class Slice:
    """`sequence[start:stop]` with Python's clamping."""

    type: Type
    sequence: Expr
    start: Expr | None
    stop: Expr | None


@dataclass(frozen=True)
class AllOf:
    """All values of a type, in order."""

    type: Type


@dataclass(frozen=True)
class Range:
    """The integers from start up to, not including, stop."""

    type: Type
    start: Expr
    stop: Expr


@dataclass(frozen=True)
class Elements:
    """The elements of a set, sequence or bag, in order. With `option`, of a network's contents, only the messages of
    that position in its union."""

    type: Type
    container: Expr
    option: int | None = None


Domain: TypeAlias = AllOf | Range | Elements


@dataclass(frozen=True)
class Loop:
    """One `for` of a comprehension: a local that ranges over a domain, locals computed from it, and conditions."""

    slot: int
    domain: Domain
    lets: tuple[Assign, ...]
    conditions: tuple[Expr, ...]


@dataclass(frozen=True)
class Fold:
    """A comprehension. `kind` is "all", "any", "sum", "min", "max", "set", "seq" or "map"; `element` is its body
    (for "map" the value, the only loop going over the keys). `default` is what `min` and `max` of nothing are."""

    type: Type
    kind: str
    loops: tuple[Loop, ...]
    element: Expr
    default: Expr | None
    site: int


@dataclass(frozen=True)
class Do:
    """Statements, then a value: a helper inlined into an expression. The statements write no state."""

    type: Type
    body: tuple[Statement, ...]
    result: Expr


Expr: TypeAlias = (
    Const | Local | Variable | Field | Index | Operate | Lazy | Choose | Convert | Make | Display | Slice | Fold | Do
)


@dataclass(frozen=True)
class Target:
    """A place in the state: a variable and the way into it, each step a field name or a key with its site."""

    type: Type
    variable: int
    path: tuple[str | tuple[Expr, int], ...]


@dataclass(frozen=True)
class Assign:
    """Set a local."""

    slot: int
    value: Expr


@dataclass(frozen=True)
class Store:
    """Set a place in the state to a value of its type."""

    target: Target
    value: Expr


@dataclass(frozen=True)
class Update:
    """Change a collection in the state in place. `operator` is "add", "discard", "append", "pop", "clear"."""

    target: Target
    operator: str
    arguments: tuple[Expr, ...]
    site: int


@dataclass(frozen=True)
class Branch:
    """`if` / `else`. The site is that of its condition in the text; None for a branch that is not in the text."""

    condition: Expr
    then: tuple[Statement, ...]
    otherwise: tuple[Statement, ...]
    site: int | None = None


@dataclass(frozen=True)
class For:
    """A loop over a domain, as it was when the loop began. `label` is left by `continue`."""

    slot: int
    domain: Domain
    body: tuple[Statement, ...]
    label: int


@dataclass(frozen=True)
class Block:
    """Statements that `Leave(label)` jumps behind: an inlined helper, or a loop that is broken out of."""

    label: int
    body: tuple[Statement, ...]


@dataclass(frozen=True)
class Leave:
    """Jump behind the block or to the next turn of the loop with this label."""

    label: int


@dataclass(frozen=True)
class Guard:
    """A condition the step needs. `kind` is "require", "within" or "assert"; the site says where it stands."""

    kind: str
    condition: Expr
    site: int


Statement: TypeAlias = Assign | Store | Update | Branch | For | Block | Leave | Guard


@dataclass(frozen=True)
class Choice:
    """One argument of an action: a local that ranges over a domain."""

    name: str
    slot: int
    domain: Domain


@dataclass(frozen=True)
class ActionIR:
    """An action: for each choice of its arguments the body makes the next state out of the current one.

    `receives` is the index of the network variable whose message the first choice takes out beforehand, or None;
    `label` is left by a `return` of the body.
    """

    name: str
    choices: tuple[Choice, ...]
    receives: int | None
    body: tuple[Statement, ...]
    locals: tuple[Type, ...]


@dataclass(frozen=True)
class PropertyIR:
    """A property as a boolean expression. `kind` as in `quorate.language.properties.Property`."""

    name: str
    kind: str
    condition: Expr
    locals: tuple[Type, ...]
    doc: str = field(default="", compare=False, repr=False)


@dataclass(frozen=True)
class TemporalIR:
    """A temporal property: what it says of runs (`kind`), and the conditions on states that it says it of: one, or the
    premise and the goal of a "leads_to"."""

    name: str
    kind: str
    conditions: tuple[PropertyIR, ...]


@dataclass(frozen=True)
class Site:
    """A place where something may fail: its kind ("range", "index", …, "require", "within", "assert")."""

    kind: str
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True)
class System:
    """A model at given parameter values, compiled: what the engines work on."""

    name: str
    variables: tuple[tuple[str, Type], ...]
    actions: tuple[ActionIR, ...]
    properties: tuple[PropertyIR, ...]
    constraints: tuple[PropertyIR, ...]
    sites: tuple[Site, ...]
    temporal: tuple[TemporalIR, ...] = ()
