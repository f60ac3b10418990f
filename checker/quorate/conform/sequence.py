"""Sequences of steps that somebody writes down: this must be possible, that must not."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from quorate.errors import ParameterError, UsageError, nearest
from quorate.explain.reason import show
from quorate.explain.step import Attempt, parse_step, squeezed, why
from quorate.language.model import Model, State, Transition

MOST_STATES = 10_000
"""The states that a sequence may leave possible at once."""
ANY = "..."


@dataclass(frozen=True)
class Followed:
    """How far a model can follow a sequence. `steps` were followed; if that is not all, `blocked` is the next one, and
    `nearest` what keeps it from happening in one of the states that were possible; None if nothing like it is there."""

    steps: int
    blocked: str | None = None
    nearest: Attempt | None = None

    @property
    def is_possible(self) -> bool:
        """Whether the whole sequence can happen."""
        return self.blocked is None


def follow_sequence(model: Model, text: str) -> Followed:
    """Follow a sequence such as `time_out(s1), request_vote(s1, s2), ..., become_leader(i=s1)` from an initial state.

    Arguments are given by position or name, as they are printed; those that are left out match any. A step `...` stands
    for any number of any steps. Raises ParameterError for a text that is no sequence of the model's actions, UsageError
    when more than `MOST_STATES` states are possible at once.
    """
    items = _items(text)
    known = {action.name for action in model.actions if action.kind != "init"}
    for item in items:
        name = parse_step(item)[0] if item != ANY else None
        if name is not None and name not in known:
            hint = nearest(name, known) or f"its actions are {', '.join(sorted(known))}"
            raise ParameterError(f"{type(model).__name__} has no action {name}", hint=hint)
    possible = dict.fromkeys(model.initial_states())
    for number, item in enumerate(items):
        after = _closed(model, possible) if item == ANY else dict.fromkeys(_after(model, possible, item))
        if not after:
            return Followed(number, item, _nearest(model, possible, item))
        if len(after) > MOST_STATES:
            raise _too_many()
        possible = after
    return Followed(len(items))


def _items(text: str) -> list[str]:
    """The steps, each as text."""
    try:
        parsed = ast.parse(f"[{text.replace('…', ANY)}]", mode="eval").body
    except (SyntaxError, ValueError):
        parsed = None
    if not isinstance(parsed, ast.List) or not parsed.elts:
        raise ParameterError(f"{text} is no sequence of steps", hint="write time_out(s1), vote(s2, s1), ...")
    return [ast.unparse(item) for item in parsed.elts]


def _after(model: Model, possible: dict[State, None], item: str) -> Iterator[State]:
    name = parse_step(item)[0]
    for state in possible:
        for step in model.transitions(state, only=name):
            if step.state is not None and _is(step, item):
                yield step.state


def _is(step: Transition, item: str) -> bool:
    _, positional, named = parse_step(item)
    texts = {key: squeezed(show(value)) for key, value in step.arguments.items()}
    wanted = dict(zip(texts, positional, strict=False)) | named
    return len(positional) <= len(texts) and all(texts.get(key) == text or text == ANY for key, text in wanted.items())


def _closed(model: Model, possible: dict[State, None]) -> dict[State, None]:
    found, todo = dict(possible), list(possible)
    while todo:
        for step in model.successors(todo.pop()):
            if step.state is not None and step.state not in found:
                found[step.state] = None
                todo.append(step.state)
        if len(found) > MOST_STATES:
            raise _too_many()
    return found


def _too_many() -> UsageError:
    hint = "write more of the steps, or take smaller parameters"
    return UsageError(f"the sequence leaves more than {MOST_STATES:,} states possible", hint=hint)


def _nearest(model: Model, possible: dict[State, None], item: str) -> Attempt | None:
    """A step like the one that is asked for, where it is blocked."""
    for state in possible:
        try:
            tried = why(model, state, item)
        except ParameterError:
            continue
        for attempt in tried:
            if attempt.state is None:
                return attempt
    return None
