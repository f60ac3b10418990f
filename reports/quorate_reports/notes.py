"""What a reader of a good verdict should know besides: that the model is broken on purpose, and what never happened."""

from __future__ import annotations

from typing import TYPE_CHECKING

from quorate.verdict import CheckResult, Holds, HoldsWithinBounds
from quorate_reports.coverage_text import suspicious
from quorate_reports.values import printable, show_parameters
from quorate_reports.wording import count

if TYPE_CHECKING:
    from quorate.language.model import Model


def variant_note(result: CheckResult, instance: Model) -> str | None:
    """Where the bug of a broken variant is found, if it was looked for here and not found."""
    expected = instance.expected
    looked_for = {item.name for item in result.properties}
    if expected is None or expected.property not in looked_for or not _is_good(result):
        return None
    name, broken = printable(result.model), printable(expected.property)
    if instance.parameter_values == type(instance)(**expected.found_at).parameter_values:
        return f"{name} is said to violate {broken} at these parameters, and does not"
    return f"{name} is broken on purpose: it violates {broken} at {show_parameters(expected.found_at)}"


def never_happened(result: CheckResult) -> str | None:
    """How many things never happened: actions, conditions never true or never reached, changes of variables."""
    if not _is_good(result):
        return None
    conditions = sum(1 for point in suspicious(result) if point.suspicion != "never false")
    actions = sum(1 for action in result.actions if not action.generated)
    unchanged = len(result.unchanged)
    kinds = [
        (actions, "an action", f"{actions} actions"),
        (conditions, "a condition", f"{conditions} conditions"),
        (unchanged, "the change of a variable", f"the changes of {unchanged} variables"),
    ]
    listed = ", ".join(one if number == 1 else several for number, one, several in kinds if number)
    return f"{count(actions + conditions + unchanged, 'thing')} never happened: {listed}" if listed else None


def _is_good(result: CheckResult) -> bool:
    return isinstance(result.verdict, Holds | HoldsWithinBounds)
