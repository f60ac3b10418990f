"""What can be said of a model in its own words: atoms over its variables and messages, with one or two bound nodes.

For a type of nodes `N`, with `i` and `j` two different ones of it, and for each variable:

| of type | atoms |
|---|---|
| Bool | `m.x` |
| an enum | `m.x == m.E.A`, for each member |
| N, Option(N) | `m.x == i`, `m.x == j`; `m.x is None` |
| Set(N) | `i in m.x`, `j in m.x`; `len(m.x) >= m.k`, for each whole number `k` that the class computes (a majority) |
| Int | `m.x == m.y`, `m.x < m.y`, for two cells of one map |
| Map(N, T), Map(N, Map(N, T)) | those of T, with `m.x[i]`, `m.x[j]`, `m.x[i][j]`, … in place of `m.x` |
| a network | `m.Msg(a=i, b=j, t=m.x[i]) in m.network`: nodes, truth values, and cells of maps of numbers of the same
type in the fields of those types; of a bag also `m.network.count(m.Msg(...)) > 1` |

Other variables and messages are left out.
"""

from __future__ import annotations

import itertools
import linecache
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from quorate.language.compound import Map, Message, Set
from quorate.language.model import Model
from quorate.language.network import Network
from quorate.language.params import Expression, Param
from quorate.language.properties import Property
from quorate.language.types import Bool, Enumeration, Int, Node, Option, Type

MOST_MEMBERS = 8
MOST_FORMS_OF_A_MESSAGE = 24


@dataclass(frozen=True)
class Atom:
    """A condition in Python over `m`, and over the bound nodes `i` and `j` in as far as it mentions them.

    At most one of the atoms with the same `excludes`, if that is not empty, is true.
    """

    text: str
    bound: frozenset[str]
    excludes: str = ""


@dataclass(frozen=True)
class Vocabulary:
    """The atoms over one type of nodes; `nodes` is the name of the type in the class."""

    nodes: str
    kind: Node
    atoms: tuple[Atom, ...]


def vocabularies(model: Model) -> list[Vocabulary]:
    """The vocabulary over each type of nodes that the class names."""
    named = {kind: name for name, kind in model.types.items() if isinstance(kind, Node) and not kind.is_variable}
    return [Vocabulary(name, kind, tuple(_Words(model, kind).atoms())) for kind, name in named.items()]


class _Words:
    def __init__(self, model: Model, node: Node) -> None:
        self.model, self.node = model, node
        names = dict.fromkeys(name for base in type(model).__mro__ for name in vars(base))
        declared = {name: model.lookup(name) for name in names}
        self.enums = {value: name for name, value in declared.items() if isinstance(value, type)}
        self.numbers = [
            name
            for name, value in declared.items()
            if isinstance(value, Expression) and not isinstance(value, Param) and isinstance(getattr(model, name), int)
        ]

    def atoms(self) -> Iterator[Atom]:
        found: dict[str, Atom] = {}
        for name, kind in self.model.variables.items():
            if isinstance(kind, Network):
                made = self._messages(name, kind)
            else:
                made = itertools.chain.from_iterable(
                    self._of(text, inner) for text, inner in self._cells(f"m.{name}", kind)
                )
            found |= {atom.text: atom for atom in made}
        found |= {atom.text: atom for atom in self._comparisons()}
        return iter(found.values())

    def _cells(self, text: str, kind: Type) -> Iterator[tuple[str, Type]]:
        """A variable, or the cells of a map at the bound nodes."""
        if isinstance(kind, Map):
            if kind.key_type == self.node:
                for bound in "ij":
                    yield from self._cells(f"{text}[{bound}]", kind.value_type)
            return
        yield text, kind

    def _of(self, text: str, kind: Type) -> Iterator[Atom]:
        match kind:
            case Bool():
                yield _atom(text)
            case Enumeration() if kind.enum in self.enums and kind.cardinality <= MOST_MEMBERS:
                enum = self.enums[kind.enum]
                for member in kind.members:
                    yield _atom(f"{text} == m.{enum}.{member.name}", text)
            case Node() if kind == self.node:
                yield from (_atom(f"{text} == {bound}", text) for bound in "ij")
            case Option() if kind.of == self.node:
                yield from (_atom(f"{text} == {bound}", text) for bound in "ij")
                yield _atom(f"{text} is None", text)
            case Set() if kind.element == self.node:
                yield from (_atom(f"{bound} in {text}") for bound in "ij")
                yield from (_atom(f"len({text}) >= m.{number}") for number in self.numbers)

    def _numbers(self) -> list[tuple[str, Int]]:
        """The numbers that belong to a bound node: cells of maps of numbers."""
        return [
            (f"m.{name}[{bound}]", kind.value_type)
            for name, kind in self.model.variables.items()
            if isinstance(kind, Map) and kind.key_type == self.node and isinstance(kind.value_type, Int)
            for bound in "ij"
        ]

    def _comparisons(self) -> Iterator[Atom]:
        for name, kind in self.model.variables.items():
            if isinstance(kind, Map) and kind.key_type == self.node and isinstance(kind.value_type, Int):
                cells = f"m.{name}[i]", f"m.{name}[j]"
                yield _atom(f"{cells[0]} == {cells[1]}", f"order of {name}")
                yield _atom(f"{cells[0]} < {cells[1]}", f"order of {name}")
                yield _atom(f"{cells[1]} < {cells[0]}", f"order of {name}")

    def _messages(self, network: str, kind: Network) -> Iterator[Atom]:
        for message in kind.messages:
            values = [self._field(field) for field in message.fields.values()]
            if all(values) and message.name is not None:
                forms = itertools.islice(itertools.product(*values), MOST_FORMS_OF_A_MESSAGE)
                for made in (_made(message, form) for form in forms):
                    yield _atom(f"{made} in m.{network}")
                    if kind.form == "bag":
                        yield _atom(f"m.{network}.count({made}) > 1")

    def _field(self, kind: Type) -> list[str]:
        match kind:
            case Node() if kind == self.node:
                return ["i", "j"]
            case Bool():
                return ["True", "False"]
            case Int():
                return [text for text, own in self._numbers() if own == kind]
        return []


def _made(message: Message, values: Sequence[str]) -> str:
    fields = zip(message.fields, values, strict=True)
    return f"m.{message.name}({', '.join(f'{name}={value}' for name, value in fields)})"


def _atom(text: str, excludes: str = "") -> Atom:
    """An atom; which nodes it is about is read off its text."""
    return Atom(text, frozenset(re.findall(r"\b[ij]\b", text)), excludes)


def properties_from(text: str, place: str) -> list[Property]:
    """The properties that a piece of Python declares with `@invariant`. `place` names it for error messages."""
    lines = text.splitlines(keepends=True)
    # where the compiler looks for the source of a function; kept, as it has no file to be read again from
    linecache.cache[place] = (len(text), None, lines, place)
    scope: dict[str, Any] = {"__name__": place}
    exec(compile(text, place, "exec"), scope)
    return [value for value in scope.values() if isinstance(value, Property)]
