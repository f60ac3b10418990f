"""Where the states of a search come from: how many different values each variable takes, level by level.

A variable whose values multiply from level to level is what makes a space explode: a counter without an end, a log that
nothing truncates, a network that keeps what nobody reads.
"""

from __future__ import annotations

from quorate.explore.search import Search
from quorate.kernel.layout import WORD, narrow, width, words
from quorate.verdict import Growth

SAMPLE = 1_000
LEVELS = 8


def growth(search: Search) -> tuple[Growth, ...]:
    """The variables of the model, the one with most values first.

    Levels are sampled, at most `SAMPLE` states each and `LEVELS` of them, evenly, the last one among them.
    """
    ends = [end for end in search.level_ends if end] or [search.store.count]
    if search.store.count > ends[-1]:
        ends.append(search.store.count)
    chosen = sorted({(len(ends) - 1) * step // max(1, LEVELS - 1) for step in range(LEVELS)})
    samples = [_level(search, ends[level - 1] if level else 0, ends[level]) for level in chosen]
    depths, sizes = tuple(level + 1 for level in chosen), tuple(map(len, samples))
    counts = [dict(_values(search, sample)) for sample in samples]
    found = [
        Growth(name, depths, tuple(count[name] for count in counts), sizes)
        for name, _ in search.kernel.system.variables
    ]
    return tuple(sorted(found, key=lambda item: -max(item.values)))


def widest(search: Search) -> str:
    """The variable that takes most values in the last level, and how many, as text."""
    begin = search.level_ends[-1] if search.level_ends else 0
    sample = _level(search, begin if search.store.count > begin else 0, search.store.count)
    found = max(_values(search, sample), key=lambda item: item[1])
    return f"{found[0]} takes {found[1]:,} values in {len(sample):,} states"


def busiest(search: Search) -> str | None:
    """The action that found most states, and its share, as text."""
    actions = search.kernel.system.actions
    found = dict.fromkeys((action.name for action in actions), 0)
    for action, count in zip(actions, search.store.found, strict=False):
        found[action.name] += count
    total, name = sum(found.values()), max(found, key=lambda name: found[name], default=None)
    return f"{name} found {found[name]:,} of them ({found[name] / total:.0%})" if name and total else None


def unchanged(search: Search) -> tuple[str, ...]:
    """The variables that have one value in all states found, where there are several states."""
    if search.store.count < 2:
        return ()
    bits = sum(word << position * WORD for position, word in enumerate(search.store.variation()))
    return tuple(name for name, shift, mask in _parts(search) if not bits >> shift & mask)


def _parts(search: Search) -> list[tuple[str, int, int]]:
    """The name, shift and mask of each variable in a state taken as one number."""
    layout, found = search.kernel.layout, []
    for name, kind in search.kernel.system.variables:
        word, shift = layout.places[name]
        bits = width(kind) if narrow(kind) else words(kind) * WORD
        found.append((name, word * WORD + shift, (1 << bits) - 1))
    return found


def _values(search: Search, sample: list[int]) -> list[tuple[str, int]]:
    """How many different values each variable takes in some states."""
    return [(name, len({state >> shift & mask for state in sample})) for name, shift, mask in _parts(search)]


def _level(search: Search, begin: int, end: int) -> list[int]:
    """States of a level, each as one number, evenly chosen."""
    step = max(1, -(-(end - begin) // SAMPLE))
    return [
        sum(word << position * WORD for position, word in enumerate(search.store.state(number)))
        for number in range(begin, end, step)
    ]
