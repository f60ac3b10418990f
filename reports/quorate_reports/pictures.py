"""Drawing DOT text with Graphviz, where that is installed."""

from __future__ import annotations

import shutil
from typing import Literal


def has_graphviz() -> bool:
    """Whether the program `dot` is there."""
    return shutil.which("dot") is not None


def draw(dot: str, form: Literal["svg", "png"]) -> bytes | None:
    """The drawing of a DOT text, or None if there is no working `dot`."""
    if not has_graphviz():
        return None
    import graphviz

    try:
        return bytes(graphviz.Source(dot).pipe(format=form, quiet=True))
    except (graphviz.ExecutableNotFound, graphviz.CalledProcessError, OSError):
        return None
