"""Drawing DOT text with Graphviz, where that is installed."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

from quorate.errors import UsageError


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
        return _drawn(dot, "png")
    except (graphviz.ExecutableNotFound, graphviz.CalledProcessError, OSError):
        return None


def render(dot: str, kind: str) -> bytes:
    """The drawing of a DOT text as "svg" or "png". Raises UsageError where Graphviz is missing, or does not draw it."""
    if not has_graphviz():
        raise UsageError(
            f"a graph as {kind.upper()} is drawn by graphviz, and its program `dot` was not found",
            hint="install graphviz (apt-get install graphviz), or take --format dot, json or graphml",
        )
    import graphviz

    try:
        return _drawn(dot, kind)
    except (graphviz.ExecutableNotFound, graphviz.CalledProcessError, OSError) as error:
        told = getattr(error, "stderr", None) or str(error)
        reason = " ".join((told.decode(errors="replace") if isinstance(told, bytes) else told).split())[:200]
        raise UsageError(f"graphviz does not draw this graph: {reason}", hint="take --format dot to see it") from None


def _drawn(dot: str, kind: str) -> bytes:
    import graphviz

    # handed over whole: line by line, as Source.pipe does it, a `dot` that ends early is left behind as a zombie
    return bytes(graphviz.pipe("dot", kind, dot.encode(), quiet=True))
