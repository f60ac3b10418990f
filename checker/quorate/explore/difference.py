"""Two versions of a model compared: the states and the steps that only one of them reaches, and the first of them."""

from __future__ import annotations

import ctypes
import enum
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from quorate.compiler.compile import compile_model
from quorate.errors import InternalError, UsageError
from quorate.explore.check import default_cache_dir
from quorate.explore.graph import Graph
from quorate.explore.initial import initial
from quorate.explore.lasso import path_to
from quorate.explore.limits import BudgetExhausted, Limits, memory_to_use
from quorate.explore.replay import Replay
from quorate.explore.search import Search
from quorate.kernel.edges import NOWHERE
from quorate.kernel.kernel import build_kernel
from quorate.language.model import Model, data_of
from quorate.language.types import Type
from quorate.language.values import Compound, NodeValue
from quorate.trace import Trace

Ids: TypeAlias = NDArray[np.int64]
Words: TypeAlias = NDArray[np.uint64]
LARGEST_MAPPED = 200_000
"""The states that a mapping function, which is native Python, may be asked for."""


@dataclass(frozen=True)
class Side:
    """What one of two versions has that the other lacks.

    `states` and `steps` count those that it alone reaches; `roots`, by action, those of the steps that leave a state
    that both reach: where the versions part. `trace` is a shortest one to such a step, or to an initial state, of the
    kind "difference"; None if there is nothing.
    """

    states: int
    steps: int
    roots: Mapping[str, int]
    trace: Trace | None


@dataclass(frozen=True)
class Difference:
    """How the behaviours of two versions differ. `gained` is what the new one has alone, `lost` what the old one has.

    `refines` says whether every initial state of the new one is one of the old one's, and every step a step of the old
    one or one that changes nothing there. `bounded` names what cut either, beyond which nothing is known.
    """

    old: str
    new: str
    common: int
    gained: Side
    lost: Side
    refines: bool
    bounded: tuple[str, ...]

    @property
    def same(self) -> bool:
        """Whether both reach the same states by the same steps."""
        return not (self.gained.states or self.gained.steps or self.lost.states or self.lost.steps)


def compare(
    old: Model,
    new: Model,
    *,
    mapping: Callable[[Any], Mapping[str, Any]] | None = None,
    max_states: int | None = None,
    max_time: float | None = None,
    interrupted: Callable[[], bool] = lambda: False,
    cache_dir: Path | None = None,
) -> Difference:
    """Explore two versions of a model, and compare the states and steps that they reach; properties are left aside.

    They must be over the same variables, of the same types. Otherwise `mapping` says, by a dict from the names of the
    old one's variables to values, what a state of the new one (its view `m`, as a property sees it) is there.
    Steps are pairs of states, whatever action takes them. `max_states` and `max_time` (seconds) limit each exploration.

    Raises UsageError for versions that cannot be compared, or whose exploration does not come to an end; LoadError.
    """
    folder, limits = cache_dir or default_cache_dir(), Limits(max_states, None, max_time, memory_to_use())
    with _Explored(old, limits, interrupted, folder) as before, _Explored(new, limits, interrupted, folder) as after:
        return _Comparison(before, after, mapping).difference()


class _Explored:
    """All states and steps of a model. Use as a context manager."""

    def __init__(self, model: Model, limits: Limits, interrupted: Callable[[], bool], folder: Path) -> None:
        self.model, self.name = model, type(model).__name__
        system = compile_model(model, ())
        self.kernel = build_kernel(system, folder)
        first = initial(model, self.kernel, limits, interrupted)
        self.search = Search(self.kernel, first.states, first.dropped, limits)
        self.search.interrupted = interrupted
        try:
            self._explore(first.stopped, folder)
        except BaseException:
            self.search.close()
            raise
        tally = self.search.tally
        cuts = [system.sites[number].span.text() for number, cut in enumerate(tally.cuts) if cut]
        cuts += [one.name for one, dropped in zip(system.constraints, tally.dropped, strict=False) if dropped]
        self.bounded = tuple(f"{self.name}: {cut}" for cut in cuts)

    def _explore(self, stopped: str | None, folder: Path) -> None:
        try:
            self.search.run()
            if stopped is None and self.search.finished:
                self.graph = Graph(self.search, {}, folder)
                return
        except BudgetExhausted as budget:
            stopped = str(budget)
        except KeyboardInterrupt:
            stopped = "interrupted"
        violations = self.search.tally.violations
        reason = stopped or ("a step fails" if violations else "it stopped early")
        hint = "`quorate check` tells more; smaller parameters or larger limits may let it end"
        raise UsageError(f"the exploration of {self.name} does not come to its end: {reason}", hint=hint)

    def __enter__(self) -> _Explored:
        return self

    def __exit__(self, *_: object) -> None:
        self.search.close()

    @property
    def count(self) -> int:
        return self.search.store.count

    def states(self) -> Words:
        """The packed states, a row each."""
        store = self.search.store
        memory = (ctypes.c_uint64 * (store.count * store.words)).from_address(store.states_address)
        return np.asarray(memoryview(memory).cast("B")).view(np.uint64).reshape(store.count, store.words)

    def steps(self) -> tuple[Ids, Ids, Ids]:
        """The sources, targets and numbers of the actions of all steps that change something and were not cut."""
        graph = self.graph
        counts = graph.offsets[1:].astype(np.int64) - graph.offsets[:-1].astype(np.int64)
        sources = np.repeat(np.arange(graph.states), counts)
        targets = graph.targets[: graph.edges].astype(np.int64)
        bases = [label.base for label in graph.labelling]
        actions = np.searchsorted(bases, graph.labels[: graph.edges], side="right") - 1
        kept = targets != NOWHERE
        return sources[kept], targets[kept], actions[kept]

    def action(self, number: int) -> str:
        return self.graph.labelling[number].action


class _Comparison:
    """Both explorations, with the states of both numbered together."""

    def __init__(self, old: _Explored, new: _Explored, mapping: Callable[[Any], Mapping[str, Any]] | None) -> None:
        self.old, self.new = old, new
        images = new.states() if mapping is None else self._mapped(mapping)
        if mapping is None:
            self._refuse_other_variables()
        numbers = _numbered(np.concatenate([old.states(), images]))
        self.numbers = numbers[: old.count], numbers[old.count :]

    def _refuse_other_variables(self) -> None:
        before, after = (
            {name: _shape(kind) for name, kind in side.kernel.system.variables} for side in (self.old, self.new)
        )
        if list(before.items()) == list(after.items()):
            return
        differing = [name for name in dict.fromkeys((*before, *after)) if before.get(name) != after.get(name)]
        message = f"{self.old.name} and {self.new.name} differ in what {', '.join(differing) or 'their order'} is"
        hint = "--map FILE.py:FUNCTION names a function from a state of the new one to the variables of the old one"
        raise UsageError(message, hint=hint)

    def _mapped(self, mapping: Callable[[Any], Mapping[str, Any]]) -> Words:
        """The images of the new one's states, packed as the old one's."""
        if self.new.count > LARGEST_MAPPED:
            raise UsageError(f"{self.new.count:,} states are too many to be mapped; {LARGEST_MAPPED:,} are the most")
        replay = _replay(self.new)
        words: list[int] = []
        for number in range(self.new.count):
            state = replay.decode(self.new.search.store.state(number))
            words += self._image(mapping, self.new.model.at(state))
        return np.array(words, np.uint64).reshape(self.new.count, self.old.search.store.words)

    def _image(self, mapping: Callable[[Any], Mapping[str, Any]], view: Any) -> tuple[int, ...]:
        model = self.old.model
        try:
            values = dict(mapping(view))
            wrong = [name for name in (*model.variables, *values) if (name in model.variables) != (name in values)]
            if wrong:
                raise UsageError(f"the mapping must give the variables {', '.join(model.variables)}; see {wrong[0]}")
            state = model.state_from_data({name: _plain(kind, values[name]) for name, kind in model.variables.items()})
        except UsageError:
            raise
        except Exception as error:  # noqa: BLE001 - whatever the user's function raises is what is reported
            raise UsageError(f"the mapping fails: {type(error).__name__}: {error}") from None
        return self.old.kernel.codec.encode(state)

    def difference(self) -> Difference:
        """The answer."""
        gained = self._side(self.new, self.old, self.numbers[1], self.numbers[0])
        lost = self._side(self.old, self.new, self.numbers[0], self.numbers[1])
        common = len(np.intersect1d(*self.numbers))
        bounded = (*self.old.bounded, *self.new.bounded)
        refines = gained.trace is None
        return Difference(self.old.name, self.new.name, common, gained, lost, refines, bounded)

    def _side(self, one: _Explored, other: _Explored, mine: Ids, theirs: Ids) -> Side:
        """What `one` has alone, by the joint numbers of its states."""
        known = np.zeros(int(max(mine.max(initial=0), theirs.max(initial=0))) + 1, bool)
        known[theirs] = True
        sources, targets, actions = one.steps()
        pairs = _pairs(mine[sources], mine[targets])
        others, ends, _ = other.steps()
        # where a mapping makes two states one, a step between them changes nothing
        alone = ~np.isin(pairs, _pairs(theirs[others], theirs[ends])) & (mine[sources] != mine[targets])
        parting = alone & known[mine[sources]]
        roots = {
            one.action(int(number)): int(count)
            for number, count in zip(*np.unique(actions[parting], return_counts=True), strict=True)
        }
        states = len(np.unique(mine[~known[mine]]))
        steps = len(np.unique(pairs[alone]))
        return Side(states, steps, roots, self._first(one, other, mine, theirs, sources[parting], targets[parting]))

    def _first(
        self, one: _Explored, other: _Explored, mine: Ids, theirs: Ids, sources: Ids, targets: Ids
    ) -> Trace | None:
        """A shortest trace to what `one` has alone: an initial state, or a step from a state that both reach."""
        begins = one.search.level_ends[0] if one.search.level_ends else one.count
        shared = theirs[: other.search.level_ends[0] if other.search.level_ends else other.count]
        strange = np.flatnonzero(~np.isin(mine[:begins], shared))
        path: tuple[int, ...]
        if len(strange):
            path = (int(strange[0]),)
        elif len(sources):
            # states are numbered as they are met, so the least is among the nearest
            first = int(np.lexsort((targets, sources))[0])
            path = (*path_to(one.graph, int(sources[first])), int(targets[first]))
        else:
            return None
        replay = _replay(one)
        return replay.trace("difference", other.name, [replay.decode(one.search.store.state(id_)) for id_ in path])


def _numbered(rows: Words) -> Ids:
    """A number for each row, the same for equal ones."""
    order = np.lexsort(rows.T)
    ordered = rows[order]
    begins = np.zeros(len(rows), np.int64)
    begins[1:] = (ordered[1:] != ordered[:-1]).any(axis=1)
    numbers = np.empty(len(rows), np.int64)
    numbers[order] = np.cumsum(begins)
    return numbers


def _replay(side: _Explored) -> Replay:
    return Replay(side.model, side.kernel, side.search, ())


def _shape(part: Any) -> Any:
    """A type as something that is equal for the same declaration, though it was read from two files."""
    if isinstance(part, Type):
        return type(part).__name__, _shape(part.key())
    if isinstance(part, type) and issubclass(part, enum.Enum):
        return part.__name__, tuple(part.__members__)
    if isinstance(part, Mapping):
        return tuple((name, _shape(item)) for name, item in part.items())
    return tuple(map(_shape, part)) if isinstance(part, tuple | list) else part


def _plain(kind: Type, value: Any) -> Any:
    """A value that a mapping gives, in data form; one of the model that is mapped, or a plain one of Python."""
    return data_of(value if isinstance(value, Compound | enum.Enum | NodeValue) else kind.check(value))


def _pairs(sources: Ids, targets: Ids) -> NDArray[np.uint64]:
    """Pairs of states as single numbers."""
    if len(sources) and max(int(sources.max()), int(targets.max())) >= 2**32:
        raise InternalError("more states than can be compared")
    return sources.astype(np.uint64) << np.uint64(32) | targets.astype(np.uint64)
