"""What a counterexample to induction says, in a sentence."""

from __future__ import annotations


def meaning(name: str, reachable: bool | None, contradicts: tuple[str, ...]) -> str:
    """What it means that `name` is false after a step from a state that is, is not, or may be reachable, and in which
    the invariants of `contradicts` are false."""
    known, excludes = " and ".join(contradicts), "excludes" if len(contradicts) == 1 else "exclude"
    match reachable:
        case True:
            return f"The first state is reachable: {name} is false, or true only within the bounds."
        case False if contradicts:
            return f"The first state is not reachable: {known} {excludes} it, and would have to be proved along."
        case False:
            return "The first state is not reachable: a lemma is missing that excludes it."
    if contradicts:
        return f"Whether the first state is reachable is not known; {known} would exclude it."
    return "Whether the first state is reachable is not known: the search for it did not end within its budget."
