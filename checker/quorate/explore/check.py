"""`check`: explore a model exhaustively and say what holds, within which bounds."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack, nullcontext
from dataclasses import replace
from pathlib import Path

from quorate.compiler.compile import compile_model
from quorate.compiler.lint import warnings
from quorate.errors import ParameterError, Span, nearest
from quorate.explore.growth import busiest, growth, unchanged, widest
from quorate.explore.initial import initial
from quorate.explore.interrupt import Interrupt
from quorate.explore.limits import BudgetExhausted, Limits, memory_to_use
from quorate.explore.replay import Replay
from quorate.explore.search import Search
from quorate.kernel.coverage import condition_sites, observed
from quorate.kernel.kernel import Kernel, build_kernel
from quorate.kernel.layout import LayoutReport, report
from quorate.language.model import Model
from quorate.language.properties import TEMPORAL, Property
from quorate.prove.audit import audit as audited
from quorate.prove.beside import Beside, with_proofs
from quorate.prove.processes import default_workers
from quorate.verdict import (
    ActionCoverage,
    CheckResult,
    Covered,
    Cut,
    Holds,
    HoldsWithinBounds,
    Inconclusive,
    Progress,
    PropertyResult,
    Seconds,
    States,
    Vacuous,
    Verdict,
    Violated,
    worst,
)


def check(
    model: Model,
    *,
    properties: Sequence[str] | None = None,
    deadlock: bool = False,
    max_states: int | None = None,
    max_depth: int | None = None,
    max_time: float | None = None,
    max_memory: int | None = None,
    keep_going: bool = False,
    on_progress: Callable[[Progress], None] | None = None,
    cache_dir: Path | None = None,
    interrupted: Callable[[], bool] | None = None,
    z3_time: float | None = None,
    audit: bool = False,
    with_digest: bool = False,
    threads: int | None = None,
) -> CheckResult:
    """Explore every reachable state of a model, breadth first, and check its properties.

    `properties` names those to check (all by default); `deadlock` also asks whether a state without any step can be
    reached. `max_time` is in seconds, `max_memory` in bytes (by default nine tenths of what the machine has free); a
    limit that is reached, and Ctrl-C, give an inconclusive verdict with the counts so far. `keep_going` looks for a
    violation of every property of states, not only for the first; a violated step invariant, a fault and an `assert`
    end the search in any case.
    `on_progress` is called a few times a second. `interrupted` is asked between two blocks whether to stop; by default
    Ctrl-C says so. Compiled models are kept in `cache_dir` (by default the user's cache folder).
    With `z3_time` another process tries to prove the invariants beside the search; when that ends without a violation,
    it is waited for so many seconds at most. `audit` has the states looked at again, by native Python and by z3.
    `with_digest` also makes a digest of the set of states. More `threads` (by default one a processor) search faster,
    and find the same.

    Raises LoadError for a model that does not compile, ParameterError for an unknown property, InternalError when two
    engines of Quorate disagree.
    """
    limits = Limits(max_states, max_depth, max_time, memory_to_use() if max_memory is None else max_memory)
    chosen = choose(model, properties)
    with Interrupt() if interrupted is None else nullcontext(interrupted) as asked, ExitStack() as closing:
        began = time.perf_counter()
        folder = cache_dir or default_cache_dir()
        system = compile_model(model, chosen)
        beside = None
        if z3_time is not None:
            beside = Beside(model, _safety(chosen), system, folder)
            closing.callback(beside.close)
        kernel = build_kernel(system, folder)
        compiled = time.perf_counter()
        first = initial(model, kernel, limits, asked)
        search = Search(
            kernel,
            first.states,
            first.dropped,
            limits,
            deadlock=deadlock,
            keep_going=keep_going,
            threads=default_workers() if threads is None else threads,
        )
        search.interrupted = asked
        closing.callback(search.close)
        if on_progress is not None:
            search.on_progress = _Narrator(search, on_progress)
        if first.stopped is not None:
            search.keep_initial()
        stopped = first.stopped or _run(search)
        explored = time.perf_counter()
        seconds = Seconds(explored - began, 0.0, compiled - began, explored - compiled)
        result = _Summary(model, kernel, search, chosen, stopped, first.cuts, folder).result(seconds, deadlock=deadlock)
        if beside is not None and z3_time is not None:
            patience = 0.0 if isinstance(result.verdict, Violated) else z3_time
            result = with_proofs(result, beside.proofs(patience), model, search)
        if audit:
            result = replace(result, audit=audited(model, search, _safety(chosen), _holding(result)))
        if with_digest:
            # NumPy takes longer to load than a small check takes
            from quorate.explore.digest import digest

            result = replace(result, digest=digest(search.store))
        return replace(result, seconds=replace(result.seconds, total=time.perf_counter() - began))


def _safety(chosen: Sequence[Property]) -> tuple[Property, ...]:
    """The properties of states and steps: those that the search itself looks at."""
    return tuple(prop for prop in chosen if not prop.is_temporal)


def _holding(result: CheckResult) -> list[str]:
    """The names of the properties that were not violated."""
    return [prop.name for prop in result.properties if not isinstance(prop.verdict, Violated)]


def layout_report(model: Model) -> LayoutReport:
    """How a state of the model is packed. Raises LoadError as `check` does."""
    return report(compile_model(model).variables)


def default_cache_dir() -> Path:
    """Where compiled models are kept."""
    import platformdirs

    return Path(platformdirs.user_cache_dir("quorate"))


def choose(model: Model, names: Sequence[str] | None, *, temporal: bool = True) -> tuple[Property, ...]:
    """The properties of a model with these names, or all; with `temporal` false only those of states and steps.

    Raises ParameterError, with the nearest name.
    """
    declared = {prop.name: prop for prop in model.model_properties()}
    if names is None:
        return tuple(declared.values()) if temporal else _safety(tuple(declared.values()))
    for name in names:
        if name not in declared:
            known = f"its properties are {', '.join(declared)}" if declared else "it has no properties"
            hint = nearest(name, declared) or known
            raise ParameterError(f"{type(model).__name__} has no property {name}", hint=hint)
        if declared[name].is_temporal and not temporal:
            raise ParameterError(f"{name} is a property of whole runs, which only `check` decides")
    return tuple(prop for name, prop in declared.items() if name in names)


def _run(search: Search) -> str | None:
    """Run a search; why it stopped before its end, or None."""
    try:
        search.run()
    except BudgetExhausted as budget:
        return str(budget)
    except KeyboardInterrupt:
        return "interrupted"
    except MemoryError as error:
        return f"out of memory: {error}"
    return None


class _Narrator:
    """Passes progress on; in a search that runs long it says, every few seconds, what makes the space large."""

    INTERVAL = 5.0

    def __init__(self, search: Search, told: Callable[[Progress], None]) -> None:
        self.search, self.told = search, told
        self.due = self.INTERVAL
        self.widest: str | None = None
        self.busiest: str | None = None

    def __call__(self, progress: Progress) -> None:
        if progress.seconds >= self.due:
            self.due = progress.seconds + self.INTERVAL
            self.widest, self.busiest = widest(self.search), busiest(self.search)
        self.told(replace(progress, widest=self.widest, busiest=self.busiest))


class _Summary:
    """Turns what a search found into verdicts."""

    def __init__(
        self,
        model: Model,
        kernel: Kernel,
        search: Search,
        chosen: tuple[Property, ...],
        stopped: str | None,
        initial_cuts: dict[Span, int],
        folder: Path,
    ) -> None:
        self.model, self.kernel, self.search, self.chosen = model, kernel, search, chosen
        self.safety, self.temporal = _safety(chosen), tuple(prop for prop in chosen if prop.is_temporal)
        self.initial_cuts, self.folder = initial_cuts, folder
        self.tally, self.stopped = search.tally, stopped
        self.replay = Replay(model, kernel, search, self.safety)
        self.cuts = self._cuts()
        self.ended_early = stopped is not None
        self.liveness_seconds, self.graph_bytes = 0.0, 0
        self._set_aside_overflow()
        if self.stopped is None and not search.finished:
            self.stopped = "the search stopped at the first violation"

    def result(self, seconds: Seconds, *, deadlock: bool) -> CheckResult:
        search, tally = self.search, self.tally
        results = self._results(deadlock)
        # what is known of the whole space counts too: a witness that was found says nothing about it
        kinds = [result.kind in TEMPORAL for result in results]
        ordered = [result.verdict for _, result in sorted(zip(kinds, results, strict=True), key=lambda pair: pair[0])]
        verdicts = (*ordered, self._unviolated())
        seconds = replace(seconds, liveness=self.liveness_seconds)
        return CheckResult(
            model=type(self.model).__name__,
            parameters=self.model.parameter_values,
            verdict=worst(verdicts),
            states=States(
                generated=search.generated,
                distinct=search.store.count,
                left_on_queue=search.store.count - tally.expanded,
                depth=tally.depth,
                terminal=tally.terminal,
                cut=sum(cut.count for cut in self.cuts),
            ),
            seconds=seconds,
            memory_bytes=search.memory_bytes + self.graph_bytes,
            actions=self._coverage(),
            properties=results,
            cuts=self.cuts,
            warnings=self._warnings(),
            growth=growth(search) if self.ended_early else (),
            coverage=self._conditions(),
            unchanged=unchanged(search),
            levels=search.levels,
        )

    def _set_aside_overflow(self) -> None:
        """A number that the kernel cannot hold is no fault of the model: the search ends there, inconclusive."""
        for found in self.tally.violations:
            if found.kind == "fault" and self.kernel.system.sites[found.site or 0].kind == "overflow":
                span = self.kernel.system.sites[found.site or 0].span
                where = f"{Path(span.path).name}:{span.line}"
                self.stopped = f"a number at {where} goes beyond 2**61, which the kernel cannot hold"
                self.tally.violations.remove(found)
                return

    def _cuts(self) -> tuple[Cut, ...]:
        # a helper is inlined wherever it is called, so one `within` of the text may stand at several sites
        counts = dict(self.initial_cuts)
        for site, count in zip(self.kernel.system.sites, self.tally.cuts, strict=False):
            if site.kind == "within" and count:
                counts[site.span] = counts.get(site.span, 0) + count
        constraints = zip(self.model.constraints(), self.tally.dropped, strict=False)
        return (
            *(Cut(span.text(), count, span) for span, count in counts.items()),
            *(Cut(constraint.name, count) for constraint, count in constraints if count),
        )

    def _coverage(self) -> tuple[ActionCoverage, ...]:
        """Counts by the name of the action (the steps that lose a message share one)."""
        tally, found = self.tally, self.search.store.found
        counts: dict[str, tuple[int, int, int]] = {}
        for number, action in enumerate(self.kernel.system.actions):
            enabled, generated, distinct = counts.get(action.name, (0, 0, 0))
            counts[action.name] = (
                enabled + tally.enabled[number],
                generated + tally.generated[number],
                distinct + found[number],
            )
        return tuple(ActionCoverage(name, *numbers) for name, numbers in counts.items())

    def _conditions(self) -> tuple[Covered, ...]:
        """The observed conditions in the order of the text; one that was inlined at several sites is taken together."""
        system = self.kernel.system
        found: dict[tuple[str, Span], tuple[bool, bool]] = {}
        for site, first, second in observed(system, self.search.coverage):
            kind = system.sites[site].kind
            key = (kind if kind in ("require", "within", "branch") else "quantifier", system.sites[site].span)
            before = found.get(key, (False, False))
            found[key] = (before[0] or first, before[1] or second)
        return tuple(
            Covered(kind, _bare(span.text()), span, *bits)
            for (kind, span), bits in sorted(found.items(), key=lambda item: (item[0][1].path, item[0][1].line))
        )

    def _warnings(self) -> tuple[str, ...]:
        """What makes a success suspicious: things that never happened in the whole space."""
        if not self.search.finished:
            return self._remarks(("Q904",))
        return (
            # the search has seen for itself what never happens and what never changes
            *self._remarks(("Q901", "Q903", "Q904")),
            *(self._never(action.name) for action in self._coverage() if not action.generated),
            *(f"{name} never changes" for name in unchanged(self.search)),
            *(
                f"{Path(point.span.path).name}:{point.span.line}: {point.condition} {point.suspicion}"
                for point in self._conditions()
                if point.kind == "quantifier" and point.suspicion
            ),
        )

    def _remarks(self, besides: tuple[str, ...]) -> tuple[str, ...]:
        """The warnings about the text, besides those of some codes."""
        if len(self.chosen) < len(self.model.model_properties()):
            # what nothing reads is only known when every property is compiled
            return ()
        return tuple(
            f"{Path(remark.span.path).name}:{remark.span.line}: {remark.message}"
            for remark in warnings(self.model, self.kernel.system)
            if remark.code not in besides and remark.span is not None
        )

    def _never(self, name: str) -> str:
        """Why an action never happened."""
        sites = [
            site
            for action in self.kernel.system.actions
            if action.name == name
            for kind, site in condition_sites(action.body)
            if kind == "within"
        ]
        if any(self.tally.cuts[site] for site in sites):
            return f"the action {name} never happened: a bound cut it each time"
        return f"the action {name} never happened: it is enabled in no reachable state"

    def _unviolated(self) -> Verdict:
        """The verdict on a property of which no violation was found."""
        if self.stopped is not None:
            return Inconclusive(self.stopped)
        if not self.search.store.count:
            return Vacuous("there is no initial state")
        return HoldsWithinBounds(self.cuts) if self.cuts else Holds()

    def _results(self, deadlock: bool) -> tuple[PropertyResult, ...]:
        violations = {}
        extra = []
        for found in self.tally.violations:
            trace = self.replay.violation(found)
            if found.kind in ("invariant", "step_invariant"):
                violations[found.property] = Violated(trace)
            elif found.kind == "deadlock":
                extra.append(_no_deadlock(Violated(trace)))
            else:
                name = "assertions" if trace.fault is not None and trace.fault.kind == "assert" else "no fault"
                extra.append(PropertyResult(name, "fault", Violated(trace), "Every step that is taken is defined."))
        if deadlock and not any(result.kind == "deadlock" for result in extra):
            extra.append(_no_deadlock(self._unviolated()))
        safe = [self._property(number, prop, violations.get(number)) for number, prop in enumerate(self.safety)]
        began = time.perf_counter()
        named = {result.name: result for result in (*safe, *self._temporal())}
        self.liveness_seconds = time.perf_counter() - began
        return (*(named[prop.name] for prop in self.chosen), *extra)

    def _temporal(self) -> list[PropertyResult]:
        """What the graph of all states says of the temporal properties."""
        verdicts: list[Verdict] = []
        stopped = self.stopped
        if self.temporal and (self.search.finished or self.search.full) and self.search.store.count:
            # NumPy takes longer to load than a small check takes
            from quorate.explore.liveness import Liveness

            try:
                liveness = Liveness(self.model, self.search, self.temporal, self.cuts, self.stopped, self.folder)
                self.graph_bytes = liveness.graph.memory_bytes
                for number in range(len(self.temporal)):
                    verdicts.append(liveness.verdict(number))
            except BudgetExhausted as budget:
                stopped = str(budget)
            except KeyboardInterrupt:
                stopped = "interrupted"
            except MemoryError:
                stopped = "out of memory for the graph of all steps"
        open_ = Inconclusive(stopped) if stopped is not None else Vacuous("there is no initial state")
        verdicts += [open_] * (len(self.temporal) - len(verdicts))
        return [
            PropertyResult(prop.name, prop.kind, verdict, prop.doc, _explanation(verdict) or self._in_spite_of(verdict))
            for prop, verdict in zip(self.temporal, verdicts, strict=True)
        ]

    def _in_spite_of(self, verdict: Verdict) -> str | None:
        """Why what cut the search short takes nothing from a property of runs that holds."""
        ends = [*(cut.condition for cut in self.cuts), *([self.stopped] if self.stopped is not None else [])]
        if not isinstance(verdict, Holds) or not ends:
            return None
        return f"every run makes it true before it comes to the end of what was searched ({', '.join(ends)})"

    def _property(self, number: int, prop: Property, violated: Violated | None) -> PropertyResult:
        verdict: Verdict = violated or self._unviolated()
        witness = None
        if prop.kind == "reachable":
            if number in self.tally.witnesses:
                verdict, witness = Holds(), self.replay.witness(number, self.tally.witnesses[number])
            elif self.stopped is None:
                where = " within the bounds" if self.cuts else ""
                verdict = Vacuous(f"no reachable state{where} satisfies it")
        elif prop.kind == "step_invariant" and self.search.finished and not sum(self.tally.generated):
            verdict = Vacuous("there is no step it could be checked on")
        return PropertyResult(prop.name, prop.kind, verdict, prop.doc, _explanation(verdict), witness)


def _explanation(verdict: Verdict) -> str | None:
    return verdict.trace.explanation if isinstance(verdict, Violated) else None


def _bare(text: str) -> str:
    """A condition without the parentheses that only hold it together."""
    outer = text.startswith("(") and text.endswith(")") and text[1:-1].count("(") == text[1:-1].count(")")
    return text[1:-1].strip() if outer and ")" not in text[1:-1].partition("(")[0] else text


def _no_deadlock(verdict: Verdict) -> PropertyResult:
    return PropertyResult("no deadlock", "deadlock", verdict, "Some step can always be taken.")
