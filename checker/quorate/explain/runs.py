"""Runs that never end, given as the states of a lasso: what native Python says of their properties and fairness."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from quorate.language.model import Model, State
from quorate.language.properties import Property


def is_false_of_run(prop: Property, model: Model, prefix: Sequence[State], loop: Sequence[State]) -> bool:
    """Whether a temporal property is false of the run through `prefix` that then goes round the states of `loop`."""
    goal = prop.conditions[-1]
    before, during = ([bool(goal(model.at(state))) for state in part] for part in (prefix, loop))
    match prop.kind:
        case "eventually":
            return not any(before) and not any(during)
        case "always_eventually":
            return not any(during)
        case "eventually_always":
            return not all(during)
        case _:
            late = len(before) - before[::-1].index(True) if True in before else 0
            asked = any(prop.predicate(model.at(state)) for state in (*prefix[late:], *loop))
            return asked and not any(during)


def unfair_to(
    model: Model, states: Sequence[State], taken: Sequence[Sequence[tuple[str, Mapping[str, Any]]]]
) -> str | None:
    """The first action that a loop treats unfairly, by the fairness that the model declares, or None.

    `taken` has for each of the loop's states the steps, an action and its arguments, that may be the one taken there.
    """
    groups = dict(_groups(model))
    done = {group for steps in taken for action, arguments in steps if (group := _group(groups, action, arguments))}
    offered = [
        {
            group
            for step in model.transitions(state)
            # a step that a bound cuts may lead to another state
            if (step.cut or step.state not in (None, state)) and (group := _group(groups, step.action, step.arguments))
        }
        for state in states
    ]
    for group in sorted(set().union(*offered) - done, key=str):
        strength = groups[group[0]][0]
        if strength == "strong" or all(group in found for found in offered):
            return group[0]
    return None


def _groups(model: Model) -> Iterator[tuple[str, tuple[str, tuple[str, ...]]]]:
    """The fair actions by name, each with its strength and the arguments that are told apart."""
    for action in model.actions:
        if action.kind != "init" and action.fair is not None:
            yield action.name, (action.fair, action.fair_per)


def _group(
    groups: Mapping[str, tuple[str, tuple[str, ...]]], action: str, arguments: Mapping[str, Any]
) -> tuple[str, tuple[Any, ...]] | None:
    """What must not be put off for ever: an action, with the values of the arguments that are told apart."""
    if action not in groups:
        return None
    return action, tuple(arguments[name] for name in groups[action][1])
