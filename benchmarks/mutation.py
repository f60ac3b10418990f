"""Mutates the shipped models, and writes docs/mutation.md: `python benchmarks/mutation.py`. It takes twenty minutes.

Each model is mutated at parameters at which a check takes a moment; of large models some mutants are taken, spread over
the text. The command in each row does it again.
"""

from __future__ import annotations

import shlex
import sys
import time
from pathlib import Path

from quorate.finder import find_model, shipped_names
from quorate.mutate.score import Score, Setting, mutation_score
from quorate.prove.workers import default_workers

PAGE = Path(__file__).parents[1] / "docs" / "mutation.md"
AT_MOST = 40
WHOLE = ("two-phase-commit", "paxos", "gossip", "raft")
"""The models of which all mutants are judged."""
SMALL: dict[str, dict[str, int]] = {
    "multi-paxos": {"ballots": 1},
    "multi-paxos-smr": {"max_ballot": 1},
    "voting": {"ballots": 2},
}
"""Parameters beside the defaults."""
HEAD = """\
# Mutation scores of the shipped models

`quorate mutate` changes the text of a model a little, many times over, and asks whether its properties notice
([verify.md](verify.md#would-the-properties-notice)). The score is the share of the mutants that are killed, of those
that are valid and not equivalent. Of the models marked * some forty mutants were taken, spread over the text.
`python benchmarks/mutation.py` measures it.

A survivor is no mistake of the model. Either it does less than the original and no property asks for what is missing,
or it does more, and harmlessly so. It is a place where a property could still be written. The survivors stand below
the table, each with its change.

| model | score | killed | survived | unknown | equivalent | invalid | command |
|---|---:|---:|---:|---:|---:|---:|---|
"""


def judged(name: str) -> Score:
    """The score of one model."""
    parameters = SMALL.get(name, {})
    setting = Setting(name, parameters, {})
    return mutation_score(setting, workers=default_workers(), at_most=None if name in WHOLE else AT_MOST)


def row(score: Score) -> str:
    """A row of the table."""
    words = ["quorate", "mutate", score.model]
    words += [part for name, value in SMALL.get(score.model, {}).items() for part in ("-p", f"{name}={value}")]
    words += ["--at-most", str(AT_MOST)] if score.left_out else []
    share = "" if score.share is None else f"{100 * score.share:.0f} %"
    fates = ("killed", "survived", "unknown", "equivalent", "invalid")
    numbers = " | ".join(str(score.count(fate)) for fate in fates)
    return f"| `{score.model}`{' *' if score.left_out else ''} | {share} | {numbers} | `{shlex.join(words)}` |"


def survivors(score: Score) -> str:
    """What survived of one model, with its changes."""
    parts = [f"### {score.model}\n"]
    for one in score.judged:
        if one.fate in ("survived", "unknown"):
            mutant = one.mutant
            what = f"{mutant.path.name}:{mutant.line}, {mutant.method}: {mutant.operator}"
            parts.append(f"{what}{f' ({one.by})' if one.by else ''}\n\n```diff\n{mutant.diff()}\n```\n")
    return "\n".join(parts)


def main() -> None:
    """Measure all models, and write the page."""
    names = sys.argv[1:] or list(shipped_names())
    scores = []
    for name in names:
        find_model(name)
        began = time.perf_counter()
        scores.append(judged(name))
        print(f"{row(scores[-1])} {time.perf_counter() - began:.0f} s", flush=True)
    if len(names) < len(shipped_names()):
        return
    surviving = [survivors(score) for score in scores if score.count("survived") + score.count("unknown")]
    text = HEAD + "\n".join(map(row, scores)) + "\n\n## What survived\n\n" + "\n".join(surviving)
    PAGE.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
