"""Measures the mutation scores of the shipped models: `python benchmarks/mutation.py [MODEL …]`, as Markdown.

Each model is mutated at the parameters that its file in `survivors/` names (otherwise its defaults), and each
survivor is listed with its change and the reason in that file. `docs/mutation.md` is what it prints for all models. The
exit code is 10 if some survivor has no reason.
"""

from __future__ import annotations

import sys
from pathlib import Path

from quorate.finder import find_model, shipped_names
from quorate.mutate.score import Score, Setting, mutation_score
from quorate.prove.processes import default_workers
from quorate_reports.points import parse_points
from quorate_reports.survivors import Survivors, read_survivors

FATES = ("killed", "survived", "unknown", "equivalent", "invalid")
FOLDER = Path(__file__).parent / "survivors"
HEAD = """\
# Mutation scores of the shipped models

`quorate mutate` changes the text of a model a little, many times over, and asks whether its properties notice
([verify.md](verify.md#would-the-properties-notice)). The score is the share of the mutants that are killed, of those
that are valid and not equivalent. Below are all shipped models, as `python benchmarks/mutation.py` measures them, and
each mutant that survives, with the reason: what it does differently, and why no property of this protocol tells.
`benchmarks/survivors/` has the reasons; `quorate mutate MODEL --survivors benchmarks/survivors/MODEL.toml` asks whether
they are still all.

| model | score | mutants | parameters |
|---|---:|---|---|"""


def known_of(name: str) -> Survivors:
    """What is known of the survivors of a model."""
    path = FOLDER / f"{name}.toml"
    return read_survivors(path) if path.is_file() else Survivors()


def judged(name: str, known: Survivors) -> Score:
    """The score of one model."""
    given = [f"{parameter}={value}" for parameter, value in known.parameters.items()]
    (point,) = parse_points(find_model(name), given).points
    return mutation_score(Setting(name, point, {}), workers=default_workers(), at_most=known.at_most)


def row(score: Score, known: Survivors) -> str:
    """The line of a model in the table."""
    share = "" if score.share is None else f"{100 * score.share:.0f} %"
    counts = ", ".join(f"{score.count(fate)} {fate}" for fate in FATES if score.count(fate))
    left_out = f", {score.left_out} not tried" if score.left_out else ""
    given = ", ".join(f"`{parameter}={value}`" for parameter, value in known.parameters.items())
    return f"| `{score.model}` | {share} | {counts}{left_out} | {given} |"


def section(score: Score, known: Survivors) -> tuple[str, int]:
    """What survives of a model, with the reasons, and how many have none."""
    parts, unexplained = [f"### {score.model}"], 0
    for one in score.judged:
        if one.fate in ("survived", "unknown"):
            mutant, why = one.mutant, known.why(one.mutant)
            unexplained += why is None
            parts.append(f"{mutant.path.name}, {mutant.method}: {mutant.operator}{f' ({one.by})' if one.by else ''}")
            parts += [f"```diff\n{mutant.diff()}\n```", why or "**Not explained.**"]
    for method, was, now in known.stale(score):
        print(f"stale: {score.model}, {method}: {was!r} -> {now!r}", file=sys.stderr)
    return "\n\n".join(parts), unexplained


def main(names: list[str]) -> int:
    """Print the page; 10 if a survivor has no reason."""
    print(HEAD, flush=True)
    sections, missing = [], 0
    for name in names:
        known = known_of(name)
        score = judged(name, known)
        print(row(score, known), flush=True)
        text, unexplained = section(score, known)
        missing += unexplained
        sections += [text] if "\n" in text else []
    print("\n## What survives, and why\n")
    print("\n\n".join(sections))
    return 10 if missing else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:] or list(shipped_names())))
