"""The commands and their options."""

from __future__ import annotations

import enum
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

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


class TraceFormat(enum.StrEnum):
    """How a trace is written."""

    TEXT = "text"
    JSON = "json"
    DOT = "dot"
    SVG = "svg"


ModelArgument = Annotated[
    str, typer.Argument(metavar="MODEL", help="A name (raft), a file (my_raft.py, my_raft.py:Raft) or pkg.mod:Class.")
]
FormatOption = Annotated[Format, typer.Option("--format", help="How the report is written.")]


def _run(body: Callable[[Page], int], *, is_json: bool = False, folder: Path | None = None) -> None:
    from quorate_reports.problems import guarded

    page, errors = Page.on(sys.stdout), Page.on(sys.stderr)
    raise typer.Exit(guarded(lambda: body(page), page=page, errors=errors, is_json=is_json, folder=folder))


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
    format: FormatOption = Format.TEXT,
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Where counterexamples are saved.  [default: quorate-out/MODEL]")
    ] = None,
    deadlock: Annotated[bool, typer.Option("--deadlock", help="A state without any step is a violation.")] = False,
    max_states: Annotated[str | None, typer.Option(metavar="N", help="Stop at N distinct states (as 10M).")] = None,
    max_depth: Annotated[str | None, typer.Option(metavar="N", help="Stop at depth N.")] = None,
    max_time: Annotated[str | None, typer.Option(metavar="TIME", help="Stop after TIME (90, 90s, 5m, 1h).")] = None,
    max_memory: Annotated[str | None, typer.Option(metavar="SIZE", help="Stop at SIZE (512MB, 2GB, 1GiB).")] = None,
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
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress, and the verdict only.")] = False,
) -> None:
    """Explore every reachable state of a model.

    A violation is shown as a shortest counterexample, and saved with its picture.

    Exit code: 0 holds, 10 vacuous, 11 deadlock, 12 safety, 14 assertion, 20 inconclusive,
    75 the model failed, 150 it does not load, 151 bad parameter, 2 usage, 255 internal.
    """

    def body(page: Page) -> int:
        from quorate_reports.checking import CheckCommand, CheckOptions

        options = CheckOptions(
            model=model,
            parameters=tuple(parameter or ()),
            invariants=tuple(invariant or ()),
            out=out,
            deadlock=deadlock,
            max_states=max_states,
            max_depth=max_depth,
            max_time=max_time,
            max_memory=max_memory,
            show_layout=show_layout,
            coverage=coverage,
            keep_going=keep_going,
            quiet=quiet,
            is_json=format == Format.JSON,
        )
        return CheckCommand(options, page, Page.on(sys.stderr), context.obj).run()

    _run(body, is_json=format == Format.JSON, folder=out)


@app.command("lint")
def lint_command(model: ModelArgument, format: FormatOption = Format.TEXT) -> None:
    """Find mistakes in a model, or in all models of a file, without exploring it.

    Exit code 0 if there are none, warnings or not; 150 if there are; 151 if the default parameters make no model.
    """

    def body(page: Page) -> int:
        from quorate.compiler.lint import lint
        from quorate.errors import Exit
        from quorate_reports import diagnostics

        found = lint(model)
        code = Exit.LOAD if any(one.severity == "error" for one in found) else Exit.HOLDS
        if format == Format.JSON:
            page.verbatim(json.dumps(diagnostics.lint_to_data(model, found, code), indent=2))
        else:
            diagnostics.write_lint(page, model, found)
        return code

    _run(body, is_json=format == Format.JSON)


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
    format: FormatOption = Format.TEXT,
) -> None:
    """Say why a step can or cannot be taken in a state of a trace: the first condition that is false.

    Exit code 0; what cannot be read or is not meant by the model gives 2, 150 or 151.
    """

    def body(page: Page) -> int:
        from quorate.finder import find_model
        from quorate_reports import why
        from quorate_reports.trace_file import read_trace

        attempts = why.attempts(find_model(model), read_trace(trace), step, at)
        if format == Format.JSON:
            page.verbatim(json.dumps(why.attempts_to_data(attempts), indent=2, ensure_ascii=False))
        else:
            why.write_attempts(page, attempts)
        return 0

    _run(body, is_json=format == Format.JSON)


@app.command("show")
def show_command(
    trace: Annotated[Path, typer.Argument(metavar="TRACE", help="A trace file that `quorate check` or `prove` saved.")],
    format: Annotated[TraceFormat, typer.Option("--format", help="How the trace is written.")] = TraceFormat.TEXT,
) -> None:
    """Look at a saved counterexample."""

    def body(page: Page) -> int:
        from quorate_reports.trace_file import read_trace, trace_to_json
        from quorate_reports.trace_text import write_trace_report

        read = read_trace(trace)
        match format:
            case TraceFormat.TEXT:
                write_trace_report(page, read)
            case TraceFormat.JSON:
                page.verbatim(trace_to_json(read))
            case TraceFormat.DOT:
                from quorate_reports.dot import trace_to_dot

                page.verbatim(trace_to_dot(read))
            case TraceFormat.SVG:
                from quorate_reports.svg import trace_to_svg

                page.verbatim(trace_to_svg(read))
        return 0

    _run(body, is_json=format == TraceFormat.JSON)
