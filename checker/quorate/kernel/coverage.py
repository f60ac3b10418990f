"""Which conditions were ever true and ever false: two bits for each, set by the emitted code as it goes along.

What is observed: every
`require`, `within` and `if` of an action, and every quantifier of a property that may range over nothing (its first bit
says that it had an element, its second that it was evaluated). Quantifiers in the guards of actions are not: they are
the inner loops of the search, and what they decide shows in their `require`.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any

from quorate.compiler import ir

SITES_PER_WORD = 32


@dataclasses.dataclass(frozen=True)
class Plan:
    """Where the bits of each observed site of one entry point lie: the first word, and the sites in order."""

    first: int
    sites: tuple[int, ...]

    @property
    def words(self) -> int:
        """Words that the bits take."""
        return -(-len(self.sites) // SITES_PER_WORD)


def plans(system: ir.System) -> tuple[Plan, ...]:
    """The plan of each action, then of each property, of a system."""
    found, first = [], 0
    of_actions = [
        [site for kind, site in condition_sites(action.body) if kind != "quantifier"] for action in system.actions
    ]
    # a step invariant is not evaluated of every step, and so not observed
    of_properties = [
        [site for _, site in condition_sites(prop.condition)] if prop.kind != "step_invariant" else []
        for prop in system.properties
    ]
    for sites in (*of_actions, *of_properties):
        plan = Plan(first, tuple(dict.fromkeys(sites)))
        found.append(plan)
        first += plan.words
    return tuple(found)


def condition_sites(node: Any) -> Iterator[tuple[str, int]]:
    """The sites in a piece of IR that can be observed, and what stands there."""
    if isinstance(node, tuple):
        for part in node:
            yield from condition_sites(part)
    elif dataclasses.is_dataclass(node):
        if isinstance(node, ir.Guard) and node.kind != "assert":
            yield node.kind, node.site
        if isinstance(node, ir.Branch) and node.site is not None:
            yield "branch", node.site
        if isinstance(node, ir.Fold) and may_be_empty(node):
            yield "quantifier", node.site
        for part in dataclasses.fields(node):
            if part.name not in ("type", "span"):
                yield from condition_sites(getattr(node, part.name))


def may_be_empty(node: ir.Fold) -> bool:
    """Whether a quantifier may range over nothing."""
    return node.kind in ("any", "all") and any(
        loop.conditions or not isinstance(loop.domain, ir.AllOf) for loop in node.loops
    )


def observed(system: ir.System, words: list[int]) -> Iterator[tuple[int, bool, bool]]:
    """What the bits say: each observed site, and whether its first and second bit are set."""
    for plan in plans(system):
        for k, site in enumerate(plan.sites):
            bits = words[plan.first + k // SITES_PER_WORD] >> 2 * (k % SITES_PER_WORD)
            yield site, bool(bits & 1), bool(bits & 2)
