"""Drawing DOT text with Graphviz, where that is installed."""

from __future__ import annotations

import shutil


def has_graphviz() -> bool:
    """Whether the program `dot` is there."""
    return shutil.which("dot") is not None


def draw(dot: str) -> bytes | None:
    """The drawing of a DOT text as PNG, or None if there is no working `dot`."""
    if not has_graphviz():
        return None
    import graphviz

    try:
        return bytes(graphviz.Source(dot).pipe(format="png", quiet=True))
    except (graphviz.ExecutableNotFound, graphviz.CalledProcessError, OSError):
        return None
