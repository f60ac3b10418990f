"""Measures what temporal properties cost after a search: `python benchmarks/liveness.py`.

Six dials of ten positions make 1 M states; ten steps leave each, so there are 10 M edges. Each row is a process of its
own, with the best of three runs; one without the property tells what memory the search alone takes. The time of a
violated property includes its lasso, and the search for the fairness that would rule it out.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys

from rich.console import Console
from rich.table import Table

from quorate import (
    Int,
    Map,
    Model,
    action,
    always_eventually,
    check,
    eventually,
    eventually_always,
    invariant,
    leads_to,
    recoverable,
)

DIALS = 6
RUNS = 3


class Dials(Model):
    """Each dial can be turned on; four of them back too. Turning is fair, for each dial or not at all."""

    Dial = Int(0, DIALS - 1)
    at_position = Map(Dial, Int(0, 9), init=0)

    @action(d=Dial, fair="weak", fair_per=("d",))
    def turn(self, d):
        self.at_position[d] = (self.at_position[d] + 1) % 10

    @action(d=Int(0, 3))
    def turn_back(self, d):
        self.at_position[d] = (self.at_position[d] + 9) % 10


class StrongDials(Dials):
    """The same with strong fairness."""

    @action(d=Dials.Dial, fair="strong", fair_per=("d",))
    def turn(self, d):
        self.at_position[d] = (self.at_position[d] + 1) % 10


@invariant
def in_range(m):
    """Something for the search to look at."""
    return all(0 <= m.at_position[d] <= 9 for d in m.Dial)


@eventually
def first_moves(m):
    """Holds by fairness."""
    return m.at_position[0] > 0


@always_eventually
def all_zero_again(m):
    """Does not hold: the loop goes through all fair steps."""
    return all(m.at_position[d] == 0 for d in m.Dial)


@always_eventually
def last_moves(m):
    """Holds by fairness."""
    return m.at_position[DIALS - 1] > 0


@eventually_always
def settles(m):
    """Does not hold."""
    return m.at_position[0] == 0


@recoverable
def back(m):
    """Holds."""
    return all(m.at_position[d] == 0 for d in m.Dial)


def at_one(m):
    """A premise."""
    return m.at_position[DIALS - 1] == 1


def at_two(m):
    """A goal."""
    return m.at_position[DIALS - 1] == 2


goes_on = leads_to(at_one, at_two, name="goes_on")
EACH = {prop.name: prop for prop in (first_moves, all_zero_again, last_moves, settles, back, goes_on)}


def measure(model: type[Model], names: list[str]) -> None:
    """Check in this process and print what it took, as JSON."""
    chosen = [EACH[name] for name in names]
    measured = type(model.__name__, (model,), {"properties": [in_range, *chosen], "__module__": __name__})
    check(measured())  # compiles
    results = [check(measured()) for _ in range(RUNS)]
    result = results[0]
    print(
        json.dumps(
            {
                "verdicts": [item.verdict.name for item in result.properties[1:]],
                "explore": min(one.seconds.explore for one in results),
                "liveness": min(one.seconds.liveness for one in results),
                "states": result.states.distinct,
                "edges": result.states.generated - 1,
                "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
            }
        )
    )


def run(model: str, names: list[str]) -> dict[str, object]:
    """Measure in a process of its own."""
    command = [sys.executable, __file__, model, ",".join(names)]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def main() -> None:
    """Measure, and print one table."""
    table = Table("properties", "fairness", "verdict", "search", "liveness", "times the search", "bytes a state more")
    for model, fairness in (("Dials", "weak for each"), ("StrongDials", "strong for each")):
        alone = run(model, [])
        for names in ([name] for name in EACH) if model == "Dials" else [["all_zero_again"], ["last_moves"]]:
            found = run(model, names)
            table.add_row(
                ", ".join(names),
                fairness,
                ", ".join(found["verdicts"]),
                f"{found['explore']:.2f} s",
                f"{found['liveness']:.2f} s",
                f"{found['liveness'] / found['explore']:.1f}",
                f"{(found['peak'] - alone['peak']) / found['states']:.0f}",
            )
        table.caption = f"{found['states']:,} states, {found['edges']:,} edges"
    Console(width=140).print(table)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        measure({"Dials": Dials, "StrongDials": StrongDials}[sys.argv[1]], [n for n in sys.argv[2].split(",") if n])
    else:
        main()
