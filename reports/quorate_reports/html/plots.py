"""Small plots as inline SVG. Their texts stand in the page around them, so that they keep their size at any width."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

MOST_BARS = 160
HEIGHT = 100


@dataclass(frozen=True)
class LevelPlot:
    """States at each depth: the drawing, what it says in a sentence, and the numbers at its axes."""

    svg: Markup
    summary: str
    most: int
    first: int
    last: int


def level_plot(levels: Sequence[int]) -> LevelPlot | None:
    """Bars for the states found at each depth; neighbouring depths share a bar where there are too many for one each.

    None if there are fewer than two.
    """
    if len(levels) < 2:
        return None
    each = -(-len(levels) // MOST_BARS)
    groups = [(start + 1, levels[start : start + each]) for start in range(0, len(levels), each)]
    most = max(sum(group) for _, group in groups)
    bars = []
    for number, (first, group) in enumerate(groups):
        found = sum(group)
        height = max(1.0, HEIGHT * found / most)
        last = first + len(group) - 1
        where = f"depth {first}" if first == last else f"depths {first} to {last}"
        bars.append(
            f'<rect x="{number * 10 + 1}" y="{HEIGHT - height:.1f}" width="8" height="{height:.1f}">'
            f"<title>{where}: {found:,} states</title></rect>"
        )
    widest = levels.index(max(levels)) + 1
    summary = f"{len(levels):,} depths; most states, {max(levels):,}, at depth {widest:,}"
    svg = _svg(len(groups) * 10, summary, "".join(bars))
    return LevelPlot(svg, summary, most, 1, len(levels))


def share_bar(value: int, most: int) -> Markup:
    """A bar for one number among several, the largest of which is `most`. What it says stands beside it."""
    width = 100 * value / most if most else 0
    bar = f'<rect x="0" y="0" width="{max(width, 0.8):.1f}" height="10"/>' if value else ""
    return Markup(
        f'<svg class="bar" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">'
        f'<rect class="ground" x="0" y="0" width="100" height="10"/>{bar}</svg>'
    )


def _svg(width: int, label: str, body: str) -> Markup:
    return Markup(
        f'<svg class="plot" viewBox="0 0 {width} {HEIGHT}" preserveAspectRatio="none" role="img" '
        f'aria-label="{label}">{body}</svg>'
    )
