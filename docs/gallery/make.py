"""Draws the counterexample of every broken variant, and the table in README.md: `make gallery`.

The tests of the shipped models compare what they find with these pictures, so that an old one is noticed.
"""

from __future__ import annotations

import sys
from pathlib import Path

from quorate import check
from quorate.finder import shipped_models, variants
from quorate.language.model import Model
from quorate.trace import Trace
from quorate.verdict import Violated
from quorate_reports.sequence import sequence
from quorate_reports.sequence_svg import sequence_svg
from quorate_reports.svg import trace_to_svg
from quorate_reports.values import show_parameters

FOLDER = Path(__file__).parent
HEAD = """\
# Gallery

The shortest counterexample of every broken variant of the library, at the smallest bounds that find it, as
`quorate check` draws it. `make gallery` makes this page; what each protocol promises is told in
[protocols.md](../protocols.md). The report and the explorer are shown at the end.

| variant | at | violates | what is wrong |
|---|---|---|---|
"""
TAIL = """
## The report of a check, and the explorer

`quorate check MODEL --report out.html` and `quorate explore MODEL`; made by [make_screenshots.py](make_screenshots.py).

![The report](report-1280-light.png)

![The explorer](explore-1280-light.png)
"""


def picture_name(name: str, variant: type[Model]) -> str:
    """The file of the picture of a variant."""
    return f"{name}-{variant.__name__}.svg"


def picture_of(trace: Trace) -> str:
    """A sequence diagram where the model has nodes, the chain of states elsewhere."""
    return sequence_svg(sequence(trace)) if trace.lanes else trace_to_svg(trace)


def main() -> None:
    """Make all pictures and the page; what is no longer made is removed."""
    rows, made = [], set()
    for name, model in shipped_models():
        for variant in variants(model):
            assert variant.expected is not None
            result = check(variant(**variant.expected.found_at))
            if not isinstance(result.verdict, Violated):
                sys.exit(f"{name}:{variant.__name__} is not violated where it says")
            file = picture_name(name, variant)
            (FOLDER / file).write_text(picture_of(result.verdict.trace), encoding="utf-8")
            made.add(file)
            story = " ".join((variant.__doc__ or "").strip().split("\n\n")[0].split())
            at = show_parameters({key: str(value) for key, value in variant.expected.found_at.items()})
            rows.append(f"| [`{name}:{variant.__name__}`]({file}) | {at} | {variant.expected.property} | {story} |")
    for old in FOLDER.glob("*.svg"):
        if old.name not in made:
            old.unlink()
    (FOLDER / "README.md").write_text(HEAD + "\n".join(rows) + "\n" + TAIL, encoding="utf-8")


if __name__ == "__main__":
    main()
