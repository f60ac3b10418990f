"""The survivors of a mutation that somebody has looked at, each with the reason why no property kills it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from quorate.errors import UsageError, nearest
from quorate_reports.suite.entries import read_list, read_toml, text_of

if TYPE_CHECKING:
    from quorate.mutate.mutants import Mutant
    from quorate.mutate.score import Score

KEYS = ("parameters", "at_most", "survivor")
PARTS = ("method", "was", "now", "why")
Change: TypeAlias = tuple[str, str, str]
"""A method, the lines that the change takes away, and those that it puts there, without their indentation."""


@dataclass(frozen=True)
class Survivors:
    """The reasons by changes; `parameters` and `at_most` are those that the mutation is to be run with."""

    reasons: Mapping[Change, str] = field(default_factory=dict)
    parameters: Mapping[str, str] = field(default_factory=dict)
    at_most: int | None = None

    def why(self, mutant: Mutant) -> str | None:
        """The reason why a mutant survives, if it is known."""
        return self.reasons.get(change_of(mutant))

    def stale(self, score: Score) -> list[Change]:
        """The changes that no longer survive, or are no longer made; of a score that leaves some out, none."""
        if score.left_out:
            return []
        alive = {change_of(one.mutant) for one in score.judged if one.fate in ("survived", "unknown")}
        return [change for change in self.reasons if change not in alive]


def change_of(mutant: Mutant) -> Change:
    """The change that a mutant is, wherever in the text it stands."""
    lines = mutant.diff().split("\n")
    was, now = (_plain("\n".join(line[1:] for line in lines if line.startswith(sign))) for sign in "-+")
    return mutant.method, was, now


def read_survivors(path: Path) -> Survivors:
    """The survivors in a TOML file: `[[survivor]]` with `method`, `was`, `now` (the lines of the change) and `why`,
    and before them perhaps `at_most` and `[parameters]`.

    Raises UsageError, naming what is wrong and where.
    """
    data = read_toml(path)
    for key in data:
        if key not in KEYS:
            raise UsageError(f"{path}: there is no {key}", hint=nearest(key, KEYS) or f"there is {', '.join(KEYS)}")
    parameters, at_most = data.get("parameters", {}), data.get("at_most")
    if not isinstance(parameters, dict) or not isinstance(at_most, int | None) or isinstance(at_most, bool):
        raise UsageError(f"{path}: parameters are a table, and at_most is a number")
    reasons = {}
    listed = read_list(path, data.get("survivor", []), dict, "a survivor is written [[survivor]]")
    for number, given in enumerate(listed, start=1):
        change, why = _survivor(given, f"{path}, survivor {number}")
        if change in reasons:
            raise UsageError(f"{path}, survivor {number}: this change stands there twice")
        reasons[change] = why
    return Survivors(reasons, {name: text_of(value) for name, value in parameters.items()}, at_most)


def _survivor(given: Mapping[str, Any], where: str) -> tuple[Change, str]:
    for key, value in given.items():
        if key not in PARTS or not isinstance(value, str):
            raise UsageError(f"{where}: {key} = {value!r} means nothing", hint=f"it has the texts {', '.join(PARTS)}")
    missing: Sequence[str] = [part for part in PARTS if part not in given]
    if missing or not given["why"].strip():
        raise UsageError(f"{where}: it has no {missing[0] if missing else 'why'}")
    return (given["method"], _plain(given["was"]), _plain(given["now"])), " ".join(given["why"].split())


def _plain(lines: str) -> str:
    return "\n".join(line.strip() for line in lines.strip().splitlines())
