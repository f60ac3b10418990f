"""Commands that decide whether properties hold."""

from __future__ import annotations

import enum
import sys
from pathlib import Path
from typing import Annotated

import typer

from quorate_reports.commands.common import (
    FaultsOption,
    Format,
    FormatOption,
    MaxTimeOption,
    ModelArgument,
    OutOption,
    ParameterOption,
    QuietOption,
    run,
)
from quorate_reports.page import Page


class CheckFormat(enum.StrEnum):
    """How the report of a check is written."""

    TEXT = "text"
    JSON = "json"
    JUNIT = "junit"
    GITHUB = "github"


class Engine(enum.StrEnum):
    """How a proof is tried."""

    INDUCTION = "induction"
    BMC = "bmc"


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
    threads: Annotated[
        str | None, typer.Option(metavar="N", help="Threads that expand states.  [default: one a processor]")
    ] = None,
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
            threads=threads,
            show_layout=show_layout,
            coverage=coverage,
            keep_going=keep_going,
            quiet=quiet,
            is_json=format == CheckFormat.JSON,
            format=format.value,
        )
        return CheckCommand(options, page, Page.on(sys.stderr), context.obj).run()

    run(body, is_json=format == CheckFormat.JSON, folder=out, format=format)


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

    run(body, is_json=format == Format.JSON, folder=out)
