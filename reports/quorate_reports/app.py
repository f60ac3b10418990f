"""The commands and their options."""

from __future__ import annotations

import enum
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from quorate.errors import QuorateError
from quorate_reports.page import Page

app = typer.Typer(
    name="quorate",
    help="Checks distributed protocols written as plain Python: every reachable state, at native speed.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


class Format(enum.StrEnum):
    """How a report is written."""

    TEXT = "text"
    JSON = "json"


class SuiteFormat(enum.StrEnum):
    """How the report of a suite is written."""

    TEXT = "text"
    JSON = "json"
    JUNIT = "junit"
    GITHUB = "github"
    MARKDOWN = "markdown"


class CheckFormat(enum.StrEnum):
    """How the report of a check is written."""

    TEXT = "text"
    JSON = "json"
    JUNIT = "junit"
    GITHUB = "github"


class LintFormat(enum.StrEnum):
    """How mistakes are written."""

    TEXT = "text"
    JSON = "json"
    GITHUB = "github"


class Engine(enum.StrEnum):
    """How a proof is tried."""

    INDUCTION = "induction"
    BMC = "bmc"


class TraceFormat(enum.StrEnum):
    """How a trace is written."""

    TEXT = "text"
    JSON = "json"
    DOT = "dot"
    SVG = "svg"
    MERMAID = "mermaid"
    ITF = "itf"


class Shape(enum.StrEnum):
    """What a trace is shown as."""

    LIST = "list"
    SEQUENCE = "sequence"


class GraphFormat(enum.StrEnum):
    """How a state graph is written."""

    TEXT = "text"
    JSON = "json"
    DOT = "dot"
    SVG = "svg"
    PNG = "png"
    GRAPHML = "graphml"


ModelArgument = Annotated[
    str, typer.Argument(metavar="MODEL", help="A name (raft), a file (my_raft.py, my_raft.py:Raft) or pkg.mod:Class.")
]
ParameterOption = Annotated[
    list[str] | None, typer.Option("-p", "--parameter", metavar="NAME=VALUE", help="Set a parameter; repeatable.")
]
OutOption = Annotated[
    Path | None, typer.Option(metavar="DIR", help="Where counterexamples are saved.  [default: quorate-out/MODEL]")
]
MaxTimeOption = Annotated[str | None, typer.Option(metavar="TIME", help="Stop after TIME (90, 90s, 5m, 1h).")]
QuietOption = Annotated[bool, typer.Option("--quiet", "-q", help="No progress, and the verdict only.")]
FaultsOption = Annotated[
    str | None,
    typer.Option(metavar="FAULTS", help="What may fail, and how often: crash=1,partition=1,loss=1,duplication=1."),
]
FormatOption = Annotated[Format, typer.Option("--format", help="How the report is written.")]


def _run(
    body: Callable[[Page], int], *, is_json: bool = False, folder: Path | None = None, format: str = "text"
) -> None:
    from quorate_reports.problems import guarded

    page, errors = Page.on(sys.stdout), Page.on(sys.stderr)
    told = _TOLD.get(format)
    raise typer.Exit(guarded(lambda: body(page), page=page, errors=errors, is_json=is_json, folder=folder, told=told))


def _error_in_junit(error: QuorateError) -> str:
    from quorate_reports.junit import error_to_junit

    return error_to_junit(error)


def _error_in_github(error: QuorateError) -> str:
    from quorate_reports.github import error_annotations

    return "\n".join(error_annotations(error))


# what stands in a report that is for a machine when the command fails
_TOLD = {"junit": _error_in_junit, "github": _error_in_github}


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"quorate {version('quorate')}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    pass


@app.command("list")
def list_command(
    model: Annotated[str | None, typer.Argument(metavar="[MODEL]", help="Show what this model declares.")] = None,
    format: FormatOption = Format.TEXT,
) -> None:
    """Show the models, or what one declares."""
    is_json = format == Format.JSON

    def body(page: Page) -> int:
        from quorate.finder import find_model
        from quorate_reports import listing

        if model is None:
            found = listing.list_models()
            if is_json:
                page.verbatim(json.dumps(listing.models_to_data(found), indent=2))
            else:
                listing.write_models(page, found)
        elif is_json:
            page.verbatim(json.dumps(listing.model_to_data(model, find_model(model)), indent=2))
        else:
            listing.write_model(page, model, find_model(model))
        return 0

    _run(body, is_json=is_json)


@app.command("check")
def check_command(
    context: typer.Context,
    model: ModelArgument,
    parameter: Annotated[
        list[str] | None,
        typer.Option("-p", "--parameter", metavar="NAME=VALUE", help="Set a parameter; low..high or a,b sweeps."),
    ] = None,
    invariant: Annotated[
        list[str] | None, typer.Option("--invariant", metavar="NAME", help="Check this property only; repeatable.")
    ] = None,
    format: Annotated[CheckFormat, typer.Option("--format", help="How the report is written.")] = CheckFormat.TEXT,
    faults: FaultsOption = None,
    out: OutOption = None,
    report: Annotated[Path | None, typer.Option(metavar="FILE", help="Write a page for a browser too.")] = None,
    deadlock: Annotated[bool, typer.Option("--deadlock", help="A state without any step is a violation.")] = False,
    max_states: Annotated[str | None, typer.Option(metavar="N", help="Stop at N distinct states (as 10M).")] = None,
    max_depth: Annotated[str | None, typer.Option(metavar="N", help="Stop at depth N.")] = None,
    max_time: MaxTimeOption = None,
    max_memory: Annotated[str | None, typer.Option(metavar="SIZE", help="Stop at SIZE (512MB, 2GB, 1GiB).")] = None,
    z3_time: Annotated[
        str | None,
        typer.Option(
            metavar="TIME", help="The most that z3 is waited for after a search.  [default: 2s; in a sweep no z3]"
        ),
    ] = None,
    no_z3: Annotated[bool, typer.Option("--no-z3", help="No proofs beside the search.")] = False,
    audit: Annotated[
        bool, typer.Option("--audit", help="Look at the states again, with native Python and with z3.")
    ] = False,
    show_layout: Annotated[bool, typer.Option("--show-layout", help="Show how a state is packed.")] = False,
    coverage: Annotated[
        bool, typer.Option("--coverage", help="Show the source, with which conditions were ever true and false.")
    ] = False,
    keep_going: Annotated[
        bool,
        typer.Option(
            "--keep-going",
            help="Go on after a violated invariant or a deadlock; a step invariant, an assert or a fault ends it.",
        ),
    ] = False,
    quiet: QuietOption = False,
) -> None:
    """Explore every reachable state of a model.

    A violation is shown as a shortest counterexample, and saved with its picture.

    Exit code: 0 holds, 10 vacuous, 11 deadlock, 12 safety, 13 liveness, 14 assertion, 20 inconclusive,
    75 the model failed, 150 it does not load, 151 bad parameter, 2 usage, 255 internal.
    """

    def body(page: Page) -> int:
        from quorate_reports.checking import CheckCommand, CheckOptions

        options = CheckOptions(
            model=model,
            parameters=tuple(parameter or ()),
            invariants=tuple(invariant or ()),
            faults=faults,
            out=out,
            report=report,
            deadlock=deadlock,
            max_states=max_states,
            max_depth=max_depth,
            max_time=max_time,
            max_memory=max_memory,
            z3_time=z3_time,
            no_z3=no_z3,
            audit=audit,
            show_layout=show_layout,
            coverage=coverage,
            keep_going=keep_going,
            quiet=quiet,
            is_json=format == CheckFormat.JSON,
            format=format.value,
        )
        return CheckCommand(options, page, Page.on(sys.stderr), context.obj).run()

    _run(body, is_json=format == CheckFormat.JSON, folder=out, format=format)


@app.command("prove")
def prove_command(
    context: typer.Context,
    model: ModelArgument,
    parameter: ParameterOption = None,
    invariant: Annotated[
        list[str] | None, typer.Option("--invariant", metavar="NAME", help="Prove this property only; repeatable.")
    ] = None,
    with_: Annotated[
        list[str] | None,
        typer.Option(
            "--with",
            metavar="LEMMA",
            help="Let this invariant help too: one of the model, pkg.mod:name or file.py:name; repeatable.",
        ),
    ] = None,
    without: Annotated[
        list[str] | None, typer.Option("--without", metavar="LEMMA", help="Do without this one; repeatable.")
    ] = None,
    unbounded: Annotated[
        list[str] | None,
        typer.Option("--unbounded", metavar="BOUND", help="For every value of this bound; repeatable."),
    ] = None,
    k: Annotated[
        str | None, typer.Option("--k", metavar="N", help="Hypotheses about up to N states in a row.  [default: 1]")
    ] = None,
    query_time: Annotated[
        str | None, typer.Option(metavar="TIME", help="The solver's time for one question.  [default: 60s]")
    ] = None,
    max_time: MaxTimeOption = None,
    engine: Annotated[
        Engine, typer.Option(help="By induction, or look for a violation in all runs of some length (bmc).")
    ] = Engine.INDUCTION,
    max_depth: Annotated[
        str | None, typer.Option(metavar="K", help="With bmc: runs of up to K states.  [default: 10]")
    ] = None,
    find_lemmas: Annotated[bool, typer.Option("--find-lemmas", help="Look for the lemmas that are missing.")] = False,
    workers: Annotated[
        str | None, typer.Option(metavar="N", help="Processes that ask the solver.  [default: one a processor]")
    ] = None,
    faults: FaultsOption = None,
    out: OutOption = None,
    format: FormatOption = Format.TEXT,
    quiet: QuietOption = False,
) -> None:
    """Prove that the invariants of a model hold in runs of any length, with z3, helped by the lemmas it lists.

    What is not inductive is shown by two states and a step, which are saved with their picture.

    Exit code: 0 proved, 10 there is nothing to prove, 12 violated, 20 not proved;
    75, 14 a step fails (bmc), 150 it does not load, 151 bad parameter, 2 usage, 255 internal.
    """

    def body(page: Page) -> int:
        from quorate_reports.proving import ProveCommand, ProveOptions

        options = ProveOptions(
            model=model,
            parameters=tuple(parameter or ()),
            invariants=tuple(invariant or ()),
            with_lemmas=tuple(with_ or ()),
            without=tuple(without or ()),
            unbounded=tuple(unbounded or ()),
            k=k,
            query_time=query_time,
            max_time=max_time,
            engine=engine.value,
            max_depth=max_depth,
            find_lemmas=find_lemmas,
            workers=workers,
            faults=faults,
            out=out,
            quiet=quiet,
            is_json=format == Format.JSON,
        )
        return ProveCommand(options, page, Page.on(sys.stderr), context.obj).run()

    _run(body, is_json=format == Format.JSON, folder=out)


@app.command("lint")
def lint_command(
    model: ModelArgument,
    format: Annotated[LintFormat, typer.Option("--format", help="How the report is written.")] = LintFormat.TEXT,
) -> None:
    """Find mistakes in a model, or in all models of a file, without exploring it.

    Exit code 0 if there are none, warnings or not; 150 if there are; 151 if the default parameters make no model.
    """

    def body(page: Page) -> int:
        from quorate.compiler.lint import lint
        from quorate.errors import Exit
        from quorate_reports import diagnostics

        found = lint(model)
        code = Exit.LOAD if any(one.severity == "error" for one in found) else Exit.HOLDS
        if format == LintFormat.JSON:
            page.verbatim(json.dumps(diagnostics.lint_to_data(model, found, code), indent=2))
            return code
        if format == LintFormat.TEXT:
            diagnostics.write_lint(page, model, found)
            return code
        from quorate_reports.github import diagnostic_annotations, no_commands

        with no_commands(page):
            diagnostics.write_lint(page, model, found)
        for line in diagnostic_annotations(found):
            page.verbatim(line)
        return code

    _run(body, is_json=format == LintFormat.JSON, format=format)


@app.command("why")
def why_command(
    model: ModelArgument,
    trace: Annotated[Path, typer.Argument(metavar="TRACE", help="A trace file of the model.")],
    step: Annotated[
        str, typer.Argument(metavar="STEP", help="An action, with arguments as printed: 'take(c=c1)', 'take'.")
    ],
    at: Annotated[
        int | None, typer.Option(metavar="N", help="The state to try it in, from 1.  [default: the last of the trace]")
    ] = None,
    faults: FaultsOption = None,
    format: FormatOption = Format.TEXT,
) -> None:
    """Say why a step can or cannot be taken in a state of a trace: the first condition that is false.

    Exit code 0; what cannot be read or is not meant by the model gives 2, 150 or 151.
    """

    def body(page: Page) -> int:
        from quorate_reports import why
        from quorate_reports.faults import find_faulty
        from quorate_reports.trace_file import read_trace

        attempts = why.attempts(find_faulty(model, faults), read_trace(trace), step, at)
        if format == Format.JSON:
            page.verbatim(json.dumps(why.attempts_to_data(attempts), indent=2, ensure_ascii=False))
        else:
            why.write_attempts(page, attempts)
        return 0

    _run(body, is_json=format == Format.JSON)


@app.command("graph")
def graph_command(
    context: typer.Context,
    model: ModelArgument,
    parameter: ParameterOption = None,
    faults: FaultsOption = None,
    group_by: Annotated[
        list[str] | None,
        typer.Option(metavar="EXPR", help="Merge states in which this is the same, such as m.role; repeatable."),
    ] = None,
    around: Annotated[
        Path | None, typer.Option(metavar="TRACE", help="Only the states of a saved trace, and those near it.")
    ] = None,
    radius: Annotated[
        int | None,
        typer.Option(metavar="N", min=0, max=99, help="How many steps from the trace a state may be.  [default: 1]"),
    ] = None,
    max_nodes: Annotated[
        str | None, typer.Option(metavar="N", help="The most nodes of a picture.  [default: 200]")
    ] = None,
    max_states: Annotated[
        str | None, typer.Option(metavar="N", help="The most states that are looked at.  [default: 20,000]")
    ] = None,
    format: Annotated[
        GraphFormat | None,
        typer.Option("--format", help="How it is written.  [default: what FILE ends in, or text, a summary]"),
    ] = None,
    out: Annotated[Path | None, typer.Option("--out", "-o", metavar="FILE", help="Write it there.")] = None,
) -> None:
    """Show the state graph of a small model: all states, those near a counterexample, or merged ones.

    SVG and PNG are drawn by graphviz. Its nodes and arrows have all of a state or step in their tooltips.

    Exit code 0; a graph that is too large, or an expression that cannot be read, gives 2; 150 it does not load, 151 bad
    parameter.
    """

    def body(page: Page) -> int:
        from quorate_reports.graphing import GraphCommand, GraphOptions

        options = GraphOptions(
            model=model,
            parameters=tuple(parameter or ()),
            faults=faults,
            group_by=tuple(group_by or ()),
            around=around,
            radius=radius,
            max_nodes=max_nodes,
            max_states=max_states,
            format=None if format is None else format.value,
            out=out,
        )
        return GraphCommand(options, page, Page.on(sys.stderr), context.obj).run()

    _run(body, is_json=format == GraphFormat.JSON)


@app.command("show")
def show_command(
    trace: Annotated[Path, typer.Argument(metavar="TRACE", help="A trace file that `quorate check` or `prove` saved.")],
    format: Annotated[TraceFormat, typer.Option("--format", help="How the trace is written.")] = TraceFormat.TEXT,
    shape: Annotated[
        Shape | None,
        typer.Option(
            "--as",
            help="As a list of states or a sequence diagram, in text and SVG.  [default: sequence if there are nodes]",
        ),
    ] = None,
    eval_: Annotated[
        list[str] | None,
        typer.Option(
            "--eval",
            metavar="EXPR",
            help="Show an expression of the model (m) in every state: 'm.term[s1]'; repeatable.",
        ),
    ] = None,
    only: Annotated[
        list[str] | None, typer.Option("--only", metavar="VARIABLE", help="Show this variable only; repeatable.")
    ] = None,
    hide: Annotated[
        list[str] | None, typer.Option("--hide", metavar="VARIABLE", help="Do not show this variable; repeatable.")
    ] = None,
    full: Annotated[bool, typer.Option("--full", help="Show all variables at every step.")] = False,
    model: Annotated[
        str | None, typer.Option(metavar="MODEL", help="The model, for --eval.  [default: the one that was checked]")
    ] = None,
    faults: FaultsOption = None,
) -> None:
    """Look at a saved counterexample, as a sequence diagram or state by state.

    Exit code 0; what cannot be read, or is not meant by the model, gives 2, 150 or 151.
    """

    def body(page: Page) -> int:
        from quorate_reports.showing import ShowOptions, show_trace

        options = ShowOptions(
            format=format.value,
            shape=None if shape is None else shape.value,
            expressions=tuple(eval_ or ()),
            only=tuple(only or ()),
            hide=tuple(hide or ()),
            full=full,
            model=model,
            faults=faults,
        )
        show_trace(page, trace, options)
        return 0

    _run(body, is_json=format == TraceFormat.JSON)


@app.command("verify")
def verify_command(
    context: typer.Context,
    suite: Annotated[
        Path | None, typer.Argument(metavar="[SUITE]", help="A suite.  [default: quorate.toml, or pyproject.toml]")
    ] = None,
    update: Annotated[bool, typer.Option("--update", help="Write the baseline, quorate.lock, anew.")] = False,
    everything: Annotated[bool, typer.Option("--all", help="Run the big checks too.")] = False,
    only: Annotated[
        list[str] | None, typer.Option("--only", metavar="PATTERN", help="Run those named like 'raft*'; repeatable.")
    ] = None,
    workers: Annotated[
        str | None, typer.Option(metavar="N", help="Checks at a time.  [default: one a processor]")
    ] = None,
    max_time: MaxTimeOption = None,
    out: OutOption = None,
    format: Annotated[SuiteFormat, typer.Option("--format", help="How the report is written.")] = SuiteFormat.TEXT,
    quiet: QuietOption = False,
) -> None:
    """Run a suite of checks, and compare with what they must find and with their baseline.

    Exit code: 0 all is as expected; otherwise that of the worst finding: 12 safety, 13 liveness, 20 inconclusive, ...;
    10 what was to be violated holds, or the baseline differs or is stale.
    """

    def body(page: Page) -> int:
        from quorate_reports.suite.verifying import VerifyCommand, VerifyOptions

        options = VerifyOptions(
            suite=suite,
            update=update,
            all=everything,
            only=tuple(only or ()),
            workers=workers,
            max_time=max_time,
            out=out,
            format=format.value,
            quiet=quiet,
        )
        return VerifyCommand(options, page, Page.on(sys.stderr), context.obj).run()

    _run(body, is_json=format == SuiteFormat.JSON, folder=out)


@app.command("diff")
def diff_command(
    context: typer.Context,
    old: Annotated[str, typer.Argument(metavar="OLD", help="A model, or REVISION:FILE.py[:CLASS] of git.")],
    new: Annotated[str, typer.Argument(metavar="NEW", help="Another version of it.")],
    parameter: ParameterOption = None,
    faults: FaultsOption = None,
    mapping: Annotated[
        str | None,
        typer.Option("--map", metavar="FUNCTION", help="FILE.py:NAME: what a state of NEW is in OLD's variables."),
    ] = None,
    max_states: Annotated[str | None, typer.Option(metavar="N", help="Give up at N distinct states.")] = None,
    max_time: MaxTimeOption = None,
    out: OutOption = None,
    format: FormatOption = Format.TEXT,
) -> None:
    """Compare the behaviours of two versions of a model: what is gained, what is lost, and the first of it.

    Exit code: 0 both do the same, 10 they differ; 11, 12, 13 a property holds no longer, 2 they cannot be compared,
    150 one does not load, 151 bad parameter, 255 internal.
    """

    def body(page: Page) -> int:
        from quorate_reports.differing import DiffCommand, DiffOptions

        options = DiffOptions(
            old=old,
            new=new,
            parameters=tuple(parameter or ()),
            faults=faults,
            mapping=mapping,
            max_states=max_states,
            max_time=max_time,
            out=out,
            is_json=format == Format.JSON,
        )
        return DiffCommand(options, page, Page.on(sys.stderr), context.obj).run()

    _run(body, is_json=format == Format.JSON, folder=out)


@app.command("mutate")
def mutate_command(
    context: typer.Context,
    model: ModelArgument,
    parameter: ParameterOption = None,
    faults: FaultsOption = None,
    workers: Annotated[
        str | None, typer.Option(metavar="N", help="Mutants at a time.  [default: one a processor]")
    ] = None,
    at_most: Annotated[str | None, typer.Option(metavar="N", help="Only some N mutants, spread over the text.")] = None,
    least: Annotated[str | None, typer.Option(metavar="PERCENT", help="The least share that must be killed.")] = None,
    survivors: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Survivors that are known, each with the reason.")
    ] = None,
    format: FormatOption = Format.TEXT,
    quiet: QuietOption = False,
) -> None:
    """Change the text of a model a little, many times over, and see whether its properties notice.

    Exit code: 0; 10 the score is below --least, or a survivor is not in --survivors; 2 the model itself does not hold,
    or usage; 150 it does not load, 151 bad parameter, 255 internal.
    """

    def body(page: Page) -> int:
        from quorate_reports.mutating import MutateCommand, MutateOptions

        options = MutateOptions(
            model=model,
            parameters=tuple(parameter or ()),
            faults=faults,
            workers=workers,
            at_most=at_most,
            least=least,
            survivors=survivors,
            is_json=format == Format.JSON,
            quiet=quiet,
        )
        return MutateCommand(options, page, Page.on(sys.stderr), context.obj).run()

    _run(body, is_json=format == Format.JSON)


@app.command("replay")
def replay_command(
    trace: Annotated[Path, typer.Argument(metavar="TRACE", help="A trace that `quorate check` saved, or one in ITF.")],
    model: Annotated[
        str | None, typer.Argument(metavar="[MODEL]", help="The model as it is now.  [default: that of the trace]")
    ] = None,
    faults: FaultsOption = None,
    format: FormatOption = Format.TEXT,
) -> None:
    """Say whether a saved counterexample still happens: it does, a step of it is blocked, or it no longer violates.

    The actions of the trace are taken again in the model as it is now, by native Python.

    Exit code: that of the violation if it still happens (11 deadlock, 12 safety, 13 liveness, 14 assertion, 75 the
    model failed); 0 if it does not: a guard is false, or the trace runs to its end; 20 if that is not known: a bound
    cuts it, or the model has no such action, property or variables. A witness is the other way round: 0 if it still
    is one, else 20.
    """

    def body(page: Page) -> int:
        from quorate_reports import replaying

        replayed = replaying.replay(trace, model, faults)
        if format == Format.JSON:
            page.verbatim(json.dumps(replaying.replay_to_data(replayed), indent=2))
        else:
            replaying.write_replay(page, replayed)
        return replayed.rerun.exit_code

    _run(body, is_json=format == Format.JSON)


@app.command("trace-check")
def trace_check_command(
    context: typer.Context,
    model: ModelArgument,
    log: Annotated[Path, typer.Argument(metavar="LOG", help="What a program logged: a JSON object a line.")],
    mapping: Annotated[
        str | None,
        typer.Option("--map", metavar="FUNCTION", help="FILE.py[:NAME]: turns a line into action, arguments, state."),
    ] = None,
    hidden: Annotated[
        list[str] | None,
        typer.Option("--hidden", metavar="ACTION", help="It may happen between two lines, unseen; repeatable."),
    ] = None,
    parameter: ParameterOption = None,
    faults: FaultsOption = None,
    format: FormatOption = Format.TEXT,
) -> None:
    """Say whether the log of a program is a behaviour of the model, and if not, where it leaves it.

    Exit code: 0 it is, 12 it is not, 2 the log cannot be read, 150 the model does not load, 151 an event speaks of
    actions or variables that it does not have, 255 internal.
    """

    def body(page: Page) -> int:
        from quorate_reports.tracing import TraceCheckCommand, TraceCheckOptions

        options = TraceCheckOptions(
            model=model,
            log=log,
            mapping=mapping,
            parameters=tuple(parameter or ()),
            faults=faults,
            hidden=tuple(hidden or ()),
            is_json=format == Format.JSON,
        )
        return TraceCheckCommand(options, page, context.obj).run()

    _run(body, is_json=format == Format.JSON)


@app.command("explore")
def explore_command(
    context: typer.Context,
    model: ModelArgument,
    parameter: ParameterOption = None,
    faults: FaultsOption = None,
    host: Annotated[str, typer.Option(metavar="HOST", help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(metavar="N", min=0, max=65535, help="The port; 0 takes a free one.")] = 8765,
    max_time: Annotated[
        str | None, typer.Option(metavar="TIME", help="How long the check beside may take.  [default: 60s]")
    ] = None,
    no_check: Annotated[bool, typer.Option("--no-check", help="No check beside.")] = False,
) -> None:
    """Walk through a model in a browser, step by step, until Ctrl-C.

    Exit code 0; 2 the port is taken, 150 the model does not load, 151 bad parameter.
    """

    def body(page: Page) -> int:
        from quorate_reports.exploring import ExploreOptions, explore

        options = ExploreOptions(model, tuple(parameter or ()), faults, host, port, max_time, no_check)
        return explore(options, page, context.obj or (lambda: False))

    _run(body)


@app.command("schema")
def schema_command(
    name: Annotated[str | None, typer.Argument(metavar="[NAME]", help="A command, or trace; none lists them.")] = None,
) -> None:
    """Show the JSON Schema of what a command writes as JSON, or of trace files."""

    def body(page: Page) -> int:
        from quorate_reports import schemas

        found = "\n".join(schemas.names()) if name is None else json.dumps(schemas.schema(name), indent=2)
        page.verbatim(found)
        return 0

    _run(body)
