"""docs/errors.md, made from the catalogue: `python -m quorate.compiler.catalogue.page > docs/errors.md`."""

from __future__ import annotations

import sys

from quorate.compiler.catalogue import ENTRIES, Entry
from quorate.compiler.catalogue.entry import MODEL

TOP = """\
# Mistakes in a model

`quorate check` finds these before anything runs, all of a model's at once, and ends with exit code 150. `quorate lint`
prints them and explores nothing. Codes keep their meaning; one that is no longer used is not given to another mistake.

In the examples, a line `# ^^^` marks what is reported in the line above it. Examples begin with

    from enum import Enum
    from quorate import *

and those that are only a method belong to this model:

"""
GROUPS = {
    "Q0": "Files and declarations",
    "Q1": "Constructs",
    "Q2": "Names and calls",
    "Q3": "Types",
    "Q4": "Loops",
    "Q5": "Writes",
    "Q6": "Actions and properties",
    "Q9": "Warnings",
}
WARNINGS = "These stop nothing: a check shows them at its end.\n\n"


def page() -> str:
    """The page, as Markdown."""
    parts = [TOP, _python(MODEL), "\n"]
    for start, title in GROUPS.items():
        parts.append(f"\n## {title}\n\n{WARNINGS if start == 'Q9' else ''}")
        parts += ["\n".join(_entry(entry) for entry in ENTRIES if entry.code.startswith(start))]
    return "".join(parts)


def _entry(entry: Entry) -> str:
    return f"### {entry.code}: {entry.title}\n\n{entry.reason} {entry.cure}\n\n{_python(entry.example)}"


def _python(source: str) -> str:
    return f"```python\n{source}```\n"


if __name__ == "__main__":
    sys.stdout.write(page())
