"""The command `trace-check`: is the log of a program a behaviour of its model?"""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from quorate.errors import Exit, UsageError
from quorate.finder import find_function
from quorate_reports.faults import find_faulty
from quorate_reports.page import BAD, GOOD, QUIET, Page
from quorate_reports.points import as_options, parse_points
from quorate_reports.values import in_full, printable
from quorate_reports.wording import count

if TYPE_CHECKING:
    from quorate.conform.log import Diverges, Event

LONGEST = 200
"""The characters of a line of the log that are shown."""
KEYS = ("action", "arguments", "state")


@dataclass(frozen=True)
class TraceCheckOptions:
    """What was asked for, as it stands on the command line."""

    model: str
    log: Path
    mapping: str | None = None
    parameters: tuple[str, ...] = ()
    faults: str | None = None
    hidden: tuple[str, ...] = ()
    is_json: bool = False


class TraceCheckCommand:
    """Follows a log as asked for. The report goes to `page`."""

    def __init__(
        self, options: TraceCheckOptions, page: Page, interrupted: Callable[[], bool] | None = None
    ) -> None:
        self.options, self.page = options, page
        self.interrupted = interrupted or (lambda: False)

    def run(self) -> int:
        """Follow the log; 0 if it is a behaviour of the model, otherwise 12."""
        from quorate.conform.log import Conforms, follow

        options = self.options
        points = parse_points(find_faulty(options.model, options.faults), options.parameters)
        if points.swept:
            raise UsageError("a log is followed by one model, not by a sweep", hint="give each parameter one value")
        model = find_faulty(options.model, options.faults)(**points.points[0])
        mapping = find_function(_with_name(options.mapping)) if options.mapping else None
        events = read_log(options.log, mapping)
        answer = follow(model, events, hidden=options.hidden, interrupted=self.interrupted)
        command = self._command(as_options(model.parameter_values))
        if options.is_json:
            data = {"model": options.model, "log": str(options.log), "conforms": isinstance(answer, Conforms)}
            data |= self._conforms(answer) if isinstance(answer, Conforms) else self._diverges(answer)
            self.page.verbatim(json.dumps({**data, "reproduce": command}, indent=2, ensure_ascii=False))
        else:
            if isinstance(answer, Conforms):
                self._write_conforms(answer.possible)
            else:
                self._write_diverges(answer)
            self.page.verbatim(f"reproduce: {command}")
        return int(Exit.HOLDS if isinstance(answer, Conforms) else Exit.SAFETY)

    @staticmethod
    def _conforms(answer: Any) -> dict[str, Any]:
        return {"events": answer.events, "possible": list(answer.possible)}

    @staticmethod
    def _diverges(answer: Diverges) -> dict[str, Any]:
        near = answer.nearest
        return {
            "events": answer.events,
            "line": answer.event.line,
            "event": answer.event.text,
            "action": answer.event.action,
            "possible": answer.count,
            "states": [dict(state) for state in answer.possible],
            "enabled": list(answer.enabled),
            "nearest": None if near is None else str(near),
            "blocked": None if near is None or near.blocked is None else near.blocked.line(),
            "place": None if near is None or near.span is None else f"{near.span.path}:{near.span.line}",
            "unlike": list(answer.unlike),
        }

    def _write_conforms(self, possible: tuple[int, ...]) -> None:
        self.page.line(("the log is a behaviour of the model", GOOD), f": {count(len(possible), 'event')}")
        if possible and max(possible) > 1:
            most = f"{count(max(possible), 'state')} at most at once, {possible[-1]} at the end"
            self.page.line(f"it does not tell the state: {most}")

    def _write_diverges(self, answer: Diverges) -> None:
        page, event = self.page, answer.event
        page.line((f"line {event.line} is no step of the model", BAD), f", after {count(answer.events, 'event')}")
        page.verbatim(printable(event.text[:LONGEST]), indent=4)
        self._write_nearest(answer)
        shown = f", {len(answer.possible)} of which are shown" if answer.count > len(answer.possible) else ""
        page.blank()
        page.line(f"before it the model is in one of {count(answer.count, 'state')}{shown}")
        for state in answer.possible:
            for name, value in state.items():
                for line in in_full(name, value, page.width - 4):
                    page.verbatim(line, indent=4)
            page.blank()
        page.line(("possible there: ", QUIET), ", ".join(printable(step) for step in answer.enabled) or "nothing")
        page.blank()

    def _write_nearest(self, answer: Diverges) -> None:
        page, near = self.page, answer.nearest
        if near is None and answer.event.action is not None:
            page.line(f"there is no choice of arguments like that for {answer.event.action}", indent=4)
        elif near is not None and near.blocked is not None:
            where = "" if near.span is None else f" ({Path(near.span.path).name}:{near.span.line})"
            page.line(printable(f"{near} is blocked: {near.blocked.line()}{where}"), indent=4)
        elif near is not None and near.fault is not None:
            page.line(printable(f"{near} fails: {near.fault.message}"), indent=4)
        if answer.unlike:
            after = f"after {near}" if near is not None else "in the model"
            state = dict(near.state.to_data()) if near is not None and near.state is not None else answer.possible[0]
            page.line(printable(f"{after} it is another {', '.join(answer.unlike)}:"), indent=4)
            for name in answer.unlike:
                for line in in_full(name, state[name], page.width - 8):
                    page.verbatim(line, indent=8)

    def _command(self, parameters: list[str]) -> str:
        options = self.options
        words = ["quorate", "trace-check", options.model, str(options.log)]
        words += ["--map", options.mapping] if options.mapping else []
        words += ["--faults", options.faults] if options.faults else []
        words += [part for name in options.hidden for part in ("--hidden", name)]
        return shlex.join([*words, *parameters])


def _with_name(mapping: str) -> str:
    return f"{mapping}:observe" if mapping.endswith(".py") else mapping


def read_log(path: Path, mapping: Callable[[Any], Any] | None) -> Iterator[Event]:
    """The events of a log: a JSON object a line, each turned by `mapping` into one with the keys `action`, `arguments`
    and `state` (or None: the line says nothing); without a mapping it has them itself.

    Raises UsageError, naming the line, for what cannot be read.
    """
    from quorate.conform.log import Event

    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise UsageError(f"{path} is not text") from None
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        where = f"{path}, line {number}"
        try:
            said = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise UsageError(f"{where}: it is no JSON: {error}", hint="a log has one JSON object a line") from None
        if mapping is not None:
            try:
                said = mapping(said)
            except Exception as error:  # noqa: BLE001 - whatever the user's function raises is what is reported
                raise UsageError(f"{where}: the mapping fails: {type(error).__name__}: {error}") from None
            if said is None:
                continue
        yield Event(number, *_parts(said, where), text=line)


def _parts(said: Any, where: str) -> tuple[str | None, Mapping[str, Any], Mapping[str, Any]]:
    if not isinstance(said, dict) or not said or set(said) - set(KEYS):
        hint = "with --map FILE.py a function observe(event) turns a line into these, or into None"
        raise UsageError(f"{where}: it is no object with {', '.join(KEYS)}", hint=hint)
    action, arguments, state = said.get("action"), said.get("arguments") or {}, said.get("state") or {}
    if not isinstance(action, str | None) or not isinstance(arguments, dict) or not isinstance(state, dict):
        raise UsageError(f"{where}: action is a name, arguments and state are objects")
    return action, arguments, state
