"""Measures how long proofs take: `python benchmarks/proofs.py`. Seconds of wall clock on this machine, in one run."""

from __future__ import annotations

import time

from rich.console import Console
from rich.table import Table

from quorate import bounded_check, find_lemmas, prove_invariants
from quorate.finder import find_model

# the model, its parameters, the bounds that are lifted, the properties
PROOFS = [
    ("two-phase-commit", {}, [], ["consistent"]),
    ("two-phase-commit", {"resource_managers": 7}, [], ["consistent"]),
    ("paxos", {}, [], ["agreement"]),
    ("paxos", {"ballots": 4}, [], ["agreement"]),
    ("paxos", {"acceptors": 5, "ballots": 3}, [], ["agreement"]),
    ("raft-election", {}, [], ["election_safety"]),
    ("raft-tla", {}, ["max_term"], ["election_safety"]),
    ("raft-tla", {"values": 2}, [], ["election_safety", "log_matching"]),
    ("raft-tla", {"values": 2}, ["max_term"], ["election_safety", "log_matching"]),
    ("raft-tla", {"values": 2, "max_log": 2}, [], ["election_safety", "log_matching"]),
    ("raft-tla", {"values": 2, "max_messages": 2}, [], ["election_safety", "log_matching"]),
]
VARIANTS = [
    "two-phase-commit:EagerCommit",
    "paxos:HalfIsEnough",
    "paxos:ForgetfulAcceptor",
    "paxos:EarliestVote",
    "raft-tla:DoubleVote",
]


def main() -> None:
    """Measure, and print one table."""
    table = Table("what", "answer", "seconds")
    for name, values, unbounded, properties in PROOFS:
        began = time.perf_counter()
        result = prove_invariants(find_model(name)(**values), properties=properties, unbounded=unbounded)
        given = ", ".join([*(f"{key}={value}" for key, value in values.items()), *(f"any {b}" for b in unbounded)])
        what = f"prove {name} {given}: {', '.join(properties)}"
        table.add_row(what, result.verdict.name, f"{time.perf_counter() - began:.1f}")
    for name in VARIANTS:
        model = find_model(name)
        began = time.perf_counter()
        found = bounded_check(model(**model.expected.found_at), properties=[model.expected.property], max_depth=20)
        length = len(found.verdict.trace.steps)
        table.add_row(f"bounded search, {name}", f"{length} states", f"{time.perf_counter() - began:.1f}")
    for name in ("two-phase-commit", "lock-server"):
        lemmas = find_lemmas(find_model(name)())
        table.add_row(f"lemmas of {name}", f"{len(lemmas.lemmas)} found", f"{lemmas.seconds:.1f}")
    Console(width=120).print(table)


if __name__ == "__main__":
    main()
