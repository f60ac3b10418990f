"""What several commands take, and how each of them runs."""

from __future__ import annotations

import enum
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from quorate.errors import QuorateError
from quorate_reports.page import Page


class Format(enum.StrEnum):
    """How a report is written."""

    TEXT = "text"
    JSON = "json"


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


def run(
    body: Callable[[Page], int], *, is_json: bool = False, folder: Path | None = None, format: str = "text"
) -> None:
    """Run a command on standard output, and leave with its exit code, an error as told in the report's format."""
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
