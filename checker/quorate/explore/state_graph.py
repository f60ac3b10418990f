"""The state graph of a model: all states, those around a counterexample, or groups of states."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from quorate.compiler.compile import compile_model
from quorate.compiler.expression import StateExpression
from quorate.explore.state_marks import Marks
from quorate.explore.state_nodes import merged, single
from quorate.explore.state_space import Walker
from quorate.graph import StateGraph
from quorate.language.model import Model
from quorate.trace import Trace

MOST_STATES = 20_000
"""How many states are kept if nothing else is said."""


def state_graph(
    model: Model,
    *,
    group_by: Sequence[str] = (),
    around: Trace | None = None,
    radius: int = 1,
    max_states: int = MOST_STATES,
    interrupted: Callable[[], bool] = lambda: False,
    cache_dir: Path | None = None,
) -> StateGraph:
    """The reachable states of a model and the steps between them, found by running its own methods.

    With `around` only the states of that trace, and those that at most `radius` steps lead to from them. With
    `group_by`, expressions of the modelling language in which the model is `m`, states in which they all have the same
    values are merged. Properties of runs are checked too, and the loops of their lassos are marked; what that compiles
    is kept in `cache_dir`, as by `check`.

    Raises LoadError for a model that does not compile, `TooLargeError` for one with more than `max_states` states,
    UsageError for an expression or a trace that does not fit the model, KeyboardInterrupt.
    """
    # all mistakes of the text at once, before anything of it is run
    compile_model(model)
    keys = [StateExpression(model, text) for text in group_by]
    walker = Walker(model, max_states, interrupted)
    notes: tuple[str, ...] = ()
    if around is None:
        marks = Marks(walker.whole())
        lassos, notes = _lassos(model, interrupted, cache_dir)
        for trace in lassos:
            marks.lasso(trace, model)
    else:
        path = [model.state_from_data(step.state) for step in around.steps]
        marks = Marks(walker.around(path, radius))
        marks.trace(around, model)
    nodes, edges = merged(marks, keys) if keys else single(marks)
    return StateGraph(
        model=type(model).__name__,
        parameters=model.parameter_values,
        nodes=nodes,
        edges=edges,
        group_by=tuple(group_by),
        lassos=tuple(dict.fromkeys(marks.lassos)),
        around=None if around is None else around.property or around.kind,
        radius=None if around is None else radius,
        notes=notes,
    )


def _lassos(
    model: Model, interrupted: Callable[[], bool], cache_dir: Path | None
) -> tuple[list[Trace], tuple[str, ...]]:
    """The counterexamples to the properties of runs, and which of these could not be decided."""
    names = [prop.name for prop in model.model_properties() if prop.is_temporal]
    if not names:
        return [], ()
    # the engines are loaded only for a model that needs them
    from quorate.explore.check import check
    from quorate.verdict import Inconclusive, Violated

    result = check(model, properties=names, interrupted=interrupted, cache_dir=cache_dir)
    found = [prop for prop in result.properties if prop.name in names]
    unknown = [prop.name for prop in found if isinstance(prop.verdict, Inconclusive)]
    notes = (f"whether {', '.join(unknown)} is violated is not known, so no lasso of it is marked",) if unknown else ()
    return [prop.verdict.trace for prop in found if isinstance(prop.verdict, Violated)], notes
