"""A second opinion on a finished search, by other means: its states are closed under the native steps, and z3, through
its own encoding, finds no state among them that violates what the search says holds."""

from __future__ import annotations

import random
import time
from collections.abc import Sequence

from quorate.errors import REPORT, InternalError
from quorate.explore.search import Search
from quorate.language.model import Model, State
from quorate.language.properties import Property
from quorate.verdict import Audit

MOST_STATES = 4096
BATCH = 128
SEED = 0


def audit(model: Model, search: Search, properties: Sequence[Property], holding: Sequence[str]) -> Audit:
    """Look again at the states of a search: all up to `MOST_STATES`, a seeded sample of that size beyond.

    `properties` are those that were checked, in order, `holding` the names of the invariants that no state violates.
    Raises InternalError for any disagreement.
    """
    began = time.perf_counter()
    count = search.store.count
    whole = count <= MOST_STATES
    numbers = range(count) if whole else sorted(random.Random(SEED).sample(range(count), MOST_STATES))
    states = [search.kernel.codec.decode(search.store.state(n), model.variables) for n in numbers]
    successors = 0
    for number, state in zip(numbers, states, strict=True):
        if number < search.tally.expanded:
            successors += _closed(model, search, state)
    invariants = [k for k, prop in enumerate(properties) if prop.kind == "invariant" and prop.name in holding]
    batches = _confirmed(model, properties, invariants, states)
    return Audit(len(states), whole, successors, batches, len(states) if batches else 0, time.perf_counter() - began)


def _closed(model: Model, search: Search, state: State) -> int:
    """How many native steps leave a state; each must lead to a state of the search, or one that a constraint drops."""
    steps = model.successors(state)
    for step in steps:
        assert step.state is not None
        if search.store.find(search.kernel.codec.encode(step.state)) < 0 and _wanted(model, step.state):
            raise InternalError(
                f"the audit disagrees with the search: it has a state but not what {step.action} makes of it",
                hint=REPORT,
            )
    return len(steps)


def _wanted(model: Model, state: State) -> bool:
    return all(constraint(model.at(state)) for constraint in model.constraints())


def _confirmed(model: Model, properties: Sequence[Property], invariants: Sequence[int], states: Sequence[State]) -> int:
    """How many batches of states z3 was asked about: is one of them a state that violates an invariant?"""
    import z3

    from quorate.prove.encoding import Encoding
    from quorate.prove.terms import and_, not_, truth

    if not invariants or not states:
        return 0
    encoding = Encoding(model, properties)
    unknown = encoding.state("s")
    solver = z3.SolverFor("QF_FD")
    solver.add(truth(unknown.typed), truth(not_(and_(*(encoding.holds(k, unknown.values) for k in invariants)))))
    batches = 0
    for start in range(0, len(states), BATCH):
        solver.push()
        solver.add(truth(encoding.is_one_of(unknown.values, states[start : start + BATCH])))
        status = solver.check()
        if status != z3.unsat:
            found = "finds a state that violates an invariant" if status == z3.sat else "does not know"
            raise InternalError(f"the audit disagrees with the search: z3 {found} among its states", hint=REPORT)
        solver.pop()
        batches += 1
    return batches
