"""Commands for one who changes a protocol."""

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


class SuiteFormat(enum.StrEnum):
    """How the report of a suite is written."""

    TEXT = "text"
    JSON = "json"
    JUNIT = "junit"
    GITHUB = "github"
    MARKDOWN = "markdown"


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

    run(body, is_json=format == SuiteFormat.JSON, folder=out, format=format)


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

    run(body, is_json=format == Format.JSON, folder=out)


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

    run(body, is_json=format == Format.JSON)
