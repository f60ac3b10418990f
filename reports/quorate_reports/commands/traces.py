"""Commands about behaviours: saved counterexamples, and logs of programs."""

from __future__ import annotations

import enum
import json
from pathlib import Path
from typing import Annotated

import typer

from quorate_reports.commands.common import FaultsOption, Format, FormatOption, ModelArgument, ParameterOption, run
from quorate_reports.page import Page


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

    run(body, is_json=format == TraceFormat.JSON)


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

    run(body, is_json=format == Format.JSON)


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

    run(body, is_json=format == Format.JSON)


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

    run(body, is_json=format == Format.JSON)
