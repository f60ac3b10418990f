"""The command line: which commands there are."""

from __future__ import annotations

from typing import Annotated

import typer

from quorate_reports.commands import changes, checks, models, traces

app = typer.Typer(
    name="quorate",
    help="Checks distributed protocols written as plain Python: every reachable state, at native speed.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


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


# in the order in which they are listed
app.command("list")(models.list_command)
app.command("check")(checks.check_command)
app.command("prove")(checks.prove_command)
app.command("lint")(models.lint_command)
app.command("why")(traces.why_command)
app.command("graph")(models.graph_command)
app.command("show")(traces.show_command)
app.command("verify")(changes.verify_command)
app.command("diff")(changes.diff_command)
app.command("mutate")(changes.mutate_command)
app.command("replay")(traces.replay_command)
app.command("trace-check")(traces.trace_check_command)
app.command("explore")(models.explore_command)
app.command("schema")(models.schema_command)
