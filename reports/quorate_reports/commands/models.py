"""Commands that show models: what they declare, their mistakes, their graphs."""

from __future__ import annotations

import enum
import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from quorate_reports.commands.common import FaultsOption, Format, FormatOption, ModelArgument, ParameterOption, run
from quorate_reports.page import Page


class LintFormat(enum.StrEnum):
    """How mistakes are written."""

    TEXT = "text"
    JSON = "json"
    GITHUB = "github"


class GraphFormat(enum.StrEnum):
    """How a state graph is written."""

    TEXT = "text"
    JSON = "json"
    DOT = "dot"
    SVG = "svg"
    PNG = "png"
    GRAPHML = "graphml"


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

    run(body, is_json=is_json)


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

    run(body, is_json=format == LintFormat.JSON, format=format)


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

    run(body, is_json=format == GraphFormat.JSON)


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

    run(body)


def schema_command(
    name: Annotated[str | None, typer.Argument(metavar="[NAME]", help="A command, or trace; none lists them.")] = None,
) -> None:
    """Show the JSON Schema of what a command writes as JSON, or of trace files."""

    def body(page: Page) -> int:
        from quorate_reports import schemas

        found = "\n".join(schemas.names()) if name is None else json.dumps(schemas.schema(name), indent=2)
        page.verbatim(found)
        return 0

    run(body)
