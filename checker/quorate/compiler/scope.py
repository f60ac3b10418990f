"""What the lowering of one action or property keeps: locals and their types, names in scope, labels, sites."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from typing import Any

from quorate.compiler import ir
from quorate.compiler.coerce import WIDE, in_words, join
from quorate.compiler.mistakes import Consequence, Mistake
from quorate.compiler.source import Function, Sources
from quorate.errors import Diagnostic, Span
from quorate.language.compound import Seq
from quorate.language.model import Model
from quorate.language.types import Int, Option, Type

PASSES_BEFORE_WIDENING = 4
MOST_PASSES = 12


@dataclass(frozen=True)
class Static:
    """A value that is known while compiling and is not state: a type, an enum class, a function, a string."""

    value: Any


@dataclass(frozen=True)
class Self:
    """The model itself, in its current state (0) or, in a step invariant, its old one (1)."""

    state: int = 0


@dataclass(frozen=True)
class Method:
    """A method or function to be inlined; `owner` is what its first parameter is bound to, None for a function."""

    function: Any
    owner: Self | None


Binding = int | ir.Expr | Static | Self | Method


@dataclass
class Scope:
    """The names of one function while it is lowered."""

    function: Function
    names: dict[str, Binding] = field(default_factory=dict)
    assigned: set[str] = field(default_factory=set)
    poisoned: set[str] = field(default_factory=set)
    return_label: int = -1
    result: int | None = None
    breaks: list[int] = field(default_factory=list)
    continues: list[int] = field(default_factory=list)
    # the class whose body the function stands in, for super()
    owner_class: type | None = None


@dataclass
class Shared:
    """What all actions and properties of one model share while it is compiled."""

    model: Model
    sources: Sources
    sites: list[ir.Site] = field(default_factory=list)
    diagnostics: dict[Diagnostic, None] = field(default_factory=dict)

    @property
    def variables(self) -> list[str]:
        return list(self.model.variables)


class Lowerer:
    """Base of the lowering: numbering, types of locals, errors.

    A body is lowered again and again until the types of its locals no longer grow (`settle`).
    """

    def __init__(self, shared: Shared, *, pure: bool) -> None:
        self.shared = shared
        self.model = shared.model
        self.pure = pure
        # the types of named locals as the passes before found them, by the order in which the names get a local
        self.known: dict[int, Type] = {}
        self.passes = 0
        self.stack: list[Any] = []
        self.scope: Scope
        self.restart()

    def restart(self) -> None:
        """Begin a pass: the same text gets the same slots, labels and sites again."""
        self.types: list[Type | None] = []
        self.named_slots: dict[int, int] = {}
        self.unordered_slots: set[int] = set()
        self.labels = 0
        self.changed = False
        self.passes += 1
        self.sites: list[ir.Site] = []
        self.mistakes: list[Diagnostic] = []

    def note(self, mistake: Mistake) -> None:
        """Keep a mistake, unless it only follows from another."""
        if not isinstance(mistake, Consequence):
            self.mistakes.append(mistake.diagnostic)

    def commit(self) -> None:
        """Keep what the last pass found."""
        self.shared.sites += self.sites
        self.shared.diagnostics |= dict.fromkeys(self.mistakes)

    def site(self, kind: str, node: ast.AST) -> int:
        """A new site at a node."""
        self.sites.append(ir.Site(kind, self.span(node)))
        return len(self.shared.sites) + len(self.sites) - 1

    def label(self) -> int:
        self.labels += 1
        return self.labels

    def slot(self, kind: Type) -> int:
        """A new local for values of one type."""
        self.types.append(kind)
        return len(self.types) - 1

    def named_slot(self) -> int:
        """A new local whose type grows with what is assigned to it."""
        number = len(self.named_slots)
        self.types.append(self.known.get(number))
        slot = len(self.types) - 1
        self.named_slots[slot] = number
        return slot

    def grow(self, slot: int, kind: Type, node: ast.AST | None) -> Type:
        """Let a named local hold values of one more type; its type now."""
        known = self.types[slot]
        joined = kind if known is None else join(known, kind)
        if joined is None:
            raise self.mistake(
                "Q309",
                f"this is {in_words(kind)}, but the same name holds {in_words(known) if known else '?'} elsewhere",
                node,
                "give the other value a name of its own",
            )
        if joined != known:
            if known is not None and self.passes > PASSES_BEFORE_WIDENING:
                joined = widened(joined)
            self.changed = True
            self.types[slot] = self.known[self.named_slots[slot]] = joined
            if self.passes >= MOST_PASSES:
                raise self.mistake(
                    "Q312", f"this grows with every turn of a loop: {joined.describe()}", node,
                    "build it with a comprehension, or cut it with a slice",
                )  # fmt: skip
        return joined

    def local(self, slot: int, node: ast.AST) -> ir.Local:
        kind = self.types[slot]
        if kind is None:
            raise self.mistake("Q202", "this is read before anything is assigned to it", node)
        return ir.Local(kind, slot)

    def span(self, node: ast.AST | None) -> Span:
        function = self.scope.function
        return function.name_span() if node is None else function.span(node)

    def mistake(self, code: str, message: str, node: ast.AST | None, hint: str | None = None) -> Mistake:
        return Mistake(code, message, self.span(node), hint)

    def refuse(self, node: ast.AST, what: str, hint: str, code: str = "Q101") -> Mistake:
        """A construct that is outside the language."""
        return self.mistake(code, f"{what} is outside the modelling language", node, hint)


def widened(kind: Type) -> Type:
    """A type with the widest integers in it: what a type that grows with every pass ends as."""
    match kind:
        case Int():
            return WIDE
        case Option():
            return Option(widened(kind.of))
        case Seq():
            return Seq(widened(kind.element), kind.max_len)
    return kind
