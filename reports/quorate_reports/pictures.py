"""Drawing DOT text with Graphviz, where that is installed."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path


def has_graphviz() -> bool:
    """Whether the program `dot` is there."""
    return shutil.which("dot") is not None


def missing_graphviz(files: Sequence[Path]) -> str | None:
    """What to say when pictures were saved, and Graphviz could have drawn one more."""
    if not any(path.suffix == ".dot" for path in files) or has_graphviz():
        return None
    return "note: install graphviz to have it drawn as PNG too; its program `dot` was not found"


def draw(dot: str) -> bytes | None:
    """The drawing of a DOT text as PNG, or None if there is no working `dot`."""
    if not has_graphviz():
        return None
    import graphviz

    try:
        return bytes(graphviz.Source(dot).pipe(format="png", quiet=True))
    except (graphviz.ExecutableNotFound, graphviz.CalledProcessError, OSError):
        return None
