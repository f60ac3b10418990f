"""Fairness of actions as sets of labels, and which fairness a model would need."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from quorate.compiler import ir
from quorate.explore.graph import Fairness
from quorate.kernel.edges import Label
from quorate.language.actions import Fairness as Strength
from quorate.language.model import Model

MOST_VISITS = 200_000_000
"""The edges that the search for missing fairness may look at, all its trials together: some seconds."""


@dataclass(frozen=True)
class Demand:
    """What is asked of one action: "weak" or "strong" fairness or none, for each value of the arguments `per` apart."""

    fair: Strength = None
    per: tuple[str, ...] = ()

    def __str__(self) -> str:
        per = ", ".join(f'"{name}"' for name in self.per)
        return f'fair="{self.fair}"' + (f", fair_per=({per},)" if self.per else "")


Demands = Mapping[str, Demand]


def declared(model: Model) -> dict[str, Demand]:
    """What a model declares, by the name of the action."""
    return {
        action.name: Demand(action.fair, action.fair_per)
        for action in model.actions
        if action.kind != "init" and action.fair is not None
    }


class Groups:
    """The fairness groups of labels: each a set of labels of one action, of which none must be put off for ever."""

    def __init__(self, system: ir.System, labelling: tuple[Label, ...], demands: Demands) -> None:
        self.system, self.labelling = system, labelling
        self.groups = np.zeros(max(1, sum(label.size for label in labelling)), np.uint16)
        self.strong = [0]
        first: dict[str, int] = {}
        for number, label in enumerate(labelling):
            demand = demands.get(label.action, Demand())
            if demand.fair is None:
                continue
            codes, count = self._codes(number, demand.per)
            # the steps of one action by messages of several networks are of one kind
            if label.action not in first:
                first[label.action] = len(self.strong)
                self.strong += [int(demand.fair == "strong")] * count
            self.groups[label.base : label.base + label.size] = first[label.action] + codes

    def _codes(self, number: int, per: tuple[str, ...]) -> tuple[NDArray[np.int64], int]:
        """The number of a label's values of some arguments, for each label of an action, and how many there are."""
        label, choices = self.labelling[number], self.system.actions[number].choices
        rest, codes, count = np.arange(label.size), np.zeros(label.size, np.int64), 1
        for position, size in reversed(label.parts):
            if choices[position].name in per:
                codes += rest % size * count
                count *= size
            rest //= size
        return codes, count

    @property
    def fairness(self) -> Fairness:
        """The groups as the graph takes them."""
        return Fairness(self.groups, np.array(self.strong, np.uint8))

    def label(self, action: str, arguments: Mapping[str, object]) -> int | None:
        """The label of a native step, or None for an action that no label has."""
        for number, label in enumerate(self.labelling):
            if label.action != action:
                continue
            code = 0
            for position, size in label.parts:
                choice = self.system.actions[number].choices[position]
                code = code * size + choice.domain.type.rank(arguments[choice.name])
            return label.base + code
        return None

    def group_of(self, action: str, arguments: Mapping[str, object]) -> int:
        """The group of a native step, 0 for none."""
        label = self.label(action, arguments)
        return 0 if label is None else int(self.groups[label])


def stronger(demand: Demand, arguments: tuple[str, ...]) -> Iterator[Demand]:
    """The demands on an action beyond one, the modest first."""
    subsets = [(), *((name,) for name in arguments)]
    if len(arguments) > 1:
        subsets.append(arguments)
    ladder = [Demand(fair, per) for fair in ("weak", "strong") for per in subsets]
    if demand in ladder:
        ladder = ladder[ladder.index(demand) + 1 :]
    yield from ladder


def missing(
    labelling: tuple[Label, ...],
    system: ir.System,
    demands: Demands,
    candidates: tuple[str, ...],
    holds: Callable[[Demands], bool],
    cost: int,
) -> Demands | None:
    """The least fairness that a property needs beyond `demands`, of actions among `candidates`; None if there is none.

    `holds` says whether it holds under some demands, at the price of looking at `cost` edges. First every action that
    can do without is left out, then each of the others gets the most modest demand that suffices.
    """
    told_apart: dict[str, tuple[str, ...]] = {}
    for number, label in enumerate(labelling):
        names = tuple(system.actions[number].choices[position].name for position, size in label.parts if size > 1)
        told_apart.setdefault(label.action, names)
    most = {name: Demand("strong", told_apart[name]) for name in candidates}
    if not most or not holds({**demands, **most}):
        return None
    visits = cost
    for name in candidates:
        fewer = {other: demand for other, demand in most.items() if other != name}
        visits += cost
        if visits < MOST_VISITS and holds({**demands, **fewer}):
            most = fewer
    for name in most:
        for modest in stronger(demands.get(name, Demand()), told_apart[name]):
            visits += cost
            if visits < MOST_VISITS and holds({**demands, **most, name: modest}):
                most[name] = modest
                break
    return most
