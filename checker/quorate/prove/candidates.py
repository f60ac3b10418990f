"""Candidates for lemmas: clauses over a vocabulary that are true of every state a search has found.

A clause is a disjunction of at most three literals, true for every node `i`, or for all two different nodes `i` and
`j`. The atoms are evaluated on all states by machine code, and the clauses on rows of bits.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from quorate.compiler import ir
from quorate.compiler.compile import compile_model
from quorate.explore.search import Search
from quorate.kernel.bulk import Bulk
from quorate.language.model import Model
from quorate.prove.vocabulary import Atom, Vocabulary, properties_from

MOST_LITERALS = 3
Literal = tuple[int, bool]
"""The number of an atom, and whether it is meant as it stands (True) or negated."""


@dataclass(frozen=True)
class Clause:
    """A disjunction of literals over a vocabulary; `pair` says that it speaks of two nodes."""

    literals: tuple[Literal, ...]
    pair: bool

    def text(self, vocabulary: Vocabulary) -> str:
        """The condition in Python."""
        parts = [_negated(vocabulary.atoms[n].text, meant) for n, meant in self.literals]
        return " or ".join(parts)


def _negated(text: str, meant: bool) -> str:
    if meant:
        return text
    for positive, negative in ((" == ", " != "), (" is None", " is not None"), (" in ", " not in ")):
        if positive in text and text.count(positive) == 1 and "(" not in text.partition(positive)[2]:
            return text.replace(positive, negative)
    if " > 1" in text:
        return text.replace(" > 1", " <= 1")
    return f"not {text}" if " " not in text else f"not ({text})"


def bindings(vocabulary: Vocabulary, pair: bool) -> list[tuple[int, int]]:
    """The choices of nodes that a clause is true for; the second means nothing to one about a single node."""
    count = vocabulary.kind.cardinality
    return list(itertools.permutations(range(count), 2)) if pair else [(i, i) for i in range(count)]


class Instances:
    """The atoms of a vocabulary as compiled properties whose locals can be given any nodes."""

    def __init__(self, model: Model, vocabulary: Vocabulary) -> None:
        self.model, self.vocabulary = model, vocabulary
        nodes = f"m.{vocabulary.nodes}"
        lines = ["from quorate import invariant"]
        for number, atom in enumerate(vocabulary.atoms):
            lines += [
                "@invariant",
                f"def atom_{number}(m):",
                f"    return any(any({atom.text} for j in {nodes}) for i in {nodes})",
            ]
        self.properties = properties_from("\n".join(lines) + "\n", f"<atoms of {type(model).__name__}>")

    def bound(self, prop: ir.PropertyIR, binding: tuple[int, int]) -> ir.PropertyIR:
        """An atom about two given nodes."""
        outer = prop.condition
        assert isinstance(outer, ir.Fold)
        inner = outer.element
        assert isinstance(inner, ir.Fold)
        kind = self.vocabulary.kind
        slots = outer.loops[0].slot, inner.loops[0].slot
        put = tuple(ir.Assign(slot, ir.Const(kind, rank)) for slot, rank in zip(slots, binding, strict=True))
        condition = ir.Do(inner.element.type, put, inner.element)
        return replace(prop, name=f"{prop.name}_{binding[0]}_{binding[1]}", condition=condition)

    def all(self, system: ir.System) -> dict[tuple[int, tuple[int, int]], ir.PropertyIR]:
        """Each atom with each choice of nodes: of one node for those that mention but one."""
        made = {}
        everything = [*bindings(self.vocabulary, True), *bindings(self.vocabulary, False)]
        for number, prop in enumerate(system.properties):
            for binding in everything:
                made[number, binding] = self.bound(prop, _meant(self.vocabulary.atoms[number], binding))
        return made


def _meant(atom: Atom, binding: tuple[int, int]) -> tuple[int, int]:
    """A choice of nodes with what the atom does not mention left alone, so that equal instances are equal."""
    return binding[0] if "i" in atom.bound else 0, binding[1] if "j" in atom.bound else 0


Bits = NDArray[np.uint8]


class Table:
    """For every atom and choice of nodes its truth in every state of a search, eight states to a byte."""

    def __init__(self, instances: Instances, search: Search, cache_dir: Path | None) -> None:
        self.vocabulary = instances.vocabulary
        system = compile_model(instances.model, instances.properties)
        made = instances.all(system)
        distinct = {prop.name: prop for prop in made.values()}
        order = {name: position for position, name in enumerate(distinct)}
        bulk = Bulk(replace(system, actions=(), properties=tuple(distinct.values())), cache_dir)
        count, store = search.store.count, search.store
        rows: list[Bits | None] = []
        for number in range(len(order)):
            values = bulk.values(number, store.states_address, count)
            everywhere = len(values) == count
            rows.append(np.packbits(np.frombuffer(values, dtype=np.uint8)) if everywhere else None)
        self.states = count
        self.rows = {key: rows[order[prop.name]] for key, prop in made.items()}
        # states beyond the last are false of no clause
        self._padding = np.packbits(np.arange(8 * ((count + 7) // 8)) < count)

    def false(self, number: int, meant: bool, pair: bool) -> Bits | None:
        """Where a literal is false, over all choices of nodes; None if it cannot be evaluated everywhere."""
        found = []
        for binding in bindings(self.vocabulary, pair):
            row = self.rows[number, binding]
            if row is None:
                return None
            found.append(~row & self._padding if meant else row)
        return np.concatenate(found) if found else None

    def clauses(self, most: int, stopped: Callable[[], bool], *, minimal: bool) -> Iterator[tuple[Clause | None, int]]:
        """The clauses that are true of all states, each with the number of candidates tried so far; the last is None.

        With `minimal` those are left out that a shorter one implies.
        """
        tried = 0
        for pair in (False, True):
            single = self._literals(pair)
            known: set[frozenset[Literal]] = set()
            for size in range(1, MOST_LITERALS + 1):
                for literals in self._true(single, size, pair):
                    tried += literals[1]
                    if literals[0] is not None:
                        names = frozenset(literals[0])
                        if _trivial(self.vocabulary, literals[0]):
                            continue
                        parts = (itertools.combinations(literals[0], k) for k in range(1, size))
                        implied = any(frozenset(part) in known for part in itertools.chain.from_iterable(parts))
                        if implied and minimal:
                            continue
                        if not implied:
                            known.add(names)
                        if self._wanted(literals[0], pair):
                            yield Clause(literals[0], pair), tried
                    if tried >= most or stopped():
                        yield None, tried
                        return
        yield None, tried

    def _literals(self, pair: bool) -> dict[Literal, Bits]:
        found = {}
        for number, atom in enumerate(self.vocabulary.atoms):
            if "j" in atom.bound and not pair:
                continue
            for meant in (True, False):
                row = self.false(number, meant, pair)
                if row is not None:
                    found[number, meant] = row
        return found

    def _true(
        self, single: dict[Literal, Bits], size: int, pair: bool
    ) -> Iterator[tuple[tuple[Literal, ...] | None, int]]:
        """The disjunctions of so many literals that are nowhere false, and how many were tried between them."""
        names = list(single)
        if not names:
            return
        matrix = np.stack([single[name] for name in names])
        for start in itertools.combinations(range(len(names)), size - 1):
            base = np.bitwise_and.reduce(matrix[list(start)], axis=0)
            first = start[-1] + 1 if start else 0
            nowhere = ~np.any(matrix[first:] & base, axis=1)
            yield None, len(nowhere)
            for offset in np.flatnonzero(nowhere):
                yield tuple(names[k] for k in (*start, first + int(offset))), 0

    def _wanted(self, literals: Sequence[Literal], pair: bool) -> bool:
        """Whether a clause about two nodes mentions both, and is the first of the two that swapping them makes."""
        if not pair:
            return True
        atoms = self.vocabulary.atoms
        if frozenset().union(*(atoms[n].bound for n, _ in literals)) != {"i", "j"}:
            return False
        texts = sorted(f"{meant} {atoms[n].text}" for n, meant in literals)
        swapped = sorted(f"{meant} {_swapped(atoms[n].text)}" for n, meant in literals)
        return texts <= swapped


def _swapped(text: str) -> str:
    """An atom with the two nodes changing places."""
    return re.sub(r"\b[ij]\b", lambda name: "j" if name[0] == "i" else "i", text)


def _trivial(vocabulary: Vocabulary, literals: Sequence[Literal]) -> bool:
    """Whether a clause says nothing: an atom or its negation, or that of two that exclude each other one is false."""
    negated = [vocabulary.atoms[n] for n, meant in literals if not meant]
    excluded = [atom.excludes for atom in negated if atom.excludes]
    if len(set(excluded)) < len(excluded):
        return True
    return len({n for n, _ in literals}) < len(literals)


def source(clause: Clause, vocabulary: Vocabulary, name: str) -> str:
    """A clause as a lemma in Python."""
    condition, nodes = clause.text(vocabulary), f"m.{vocabulary.nodes}"
    loops = [f"for i in {nodes}"]
    mentions: frozenset[str] = frozenset().union(*(vocabulary.atoms[n].bound for n, _ in clause.literals))
    if clause.pair:
        loops += [f"for j in {nodes}", "if i != j"]
    about = "two nodes" if clause.pair else "each node"
    if not mentions:
        return _function(name, "Found by search: true of every state.", f"return {condition}")
    lines = ["return all(", f"    {condition}", *(f"    {loop}" for loop in loops), ")"]
    return _function(name, f"Found by search: true of {about}.", "\n    ".join(lines))


def _function(name: str, doc: str, body: str) -> str:
    return f'@invariant\ndef {name}(m: Any) -> bool:\n    """{doc}"""\n    {body}\n'
