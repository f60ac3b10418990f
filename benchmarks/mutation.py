"""Measures the mutation scores of the shipped models: `python benchmarks/mutation.py [MODEL …]`, as Markdown.

Each model is mutated at parameters at which a check takes a moment; of most, some forty mutants are taken, spread over
the text. What survives is listed with its change.
"""

from __future__ import annotations

import sys

from quorate.finder import shipped_names
from quorate.mutate.score import Score, Setting, mutation_score
from quorate.prove.workers import default_workers

AT_MOST = 40
WHOLE = ("two-phase-commit", "paxos", "gossip", "raft")
"""The models of which all mutants are judged."""
SMALL: dict[str, dict[str, int]] = {
    "raft": {"in_flight": 1},
    "voting": {"ballots": 2},
}
"""Parameters beside the defaults."""
FATES = ("killed", "survived", "unknown", "equivalent", "invalid")


def judged(name: str) -> Score:
    """The score of one model."""
    setting = Setting(name, SMALL.get(name, {}), {})
    return mutation_score(setting, workers=default_workers(), at_most=None if name in WHOLE else AT_MOST)


def write(score: Score) -> None:
    """A line for the model, and what survived of it."""
    share = "" if score.share is None else f"{100 * score.share:.0f} %"
    counts = ", ".join(f"{score.count(fate)} {fate}" for fate in FATES if score.count(fate))
    print(f"## {score.model} {SMALL.get(score.model, '')}: {share}\n", flush=True)
    print(f"{counts}, {score.left_out} left out\n")
    for one in score.judged:
        if one.fate in ("survived", "unknown"):
            mutant = one.mutant
            print(f"{mutant.path.name}:{mutant.line}, {mutant.method}: {mutant.operator} {one.by}\n")
            print(f"```diff\n{mutant.diff()}\n```\n", flush=True)


if __name__ == "__main__":
    for model in sys.argv[1:] or shipped_names():
        write(judged(model))
