"""The files of a counterexample: the trace, its DOT text and its pictures."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from quorate.finder import split_spec
from quorate.trace import Trace
from quorate_reports.dot import trace_to_dot
from quorate_reports.pictures import draw
from quorate_reports.svg import trace_to_svg
from quorate_reports.trace_file import trace_to_json

DEFAULT_FOLDER = "quorate-out"


def save_traces(traces: Sequence[Trace], folder: Path) -> Iterator[Path]:
    """Write for each trace `<property>.trace.json`, `.dot`, `.svg`, of models with nodes `.sequence.svg`, and, where
    `dot` is installed, `.png`.

    Gives the path of each file once it is there. Each is complete or not there at all. Raises OSError at the first that
    cannot be written.
    """
    used: dict[str, int] = {}
    for trace in traces:
        stem = stem_of(trace)
        used[stem] = used.get(stem, 0) + 1
        if used[stem] > 1:
            stem = f"{stem}-{used[stem]}"
        folder.mkdir(parents=True, exist_ok=True)
        for suffix, content in _contents(trace):
            yield write_file(folder / f"{stem}{suffix}", content)


def save_or_tell(traces: Sequence[Trace], folder: Path, reproduce: str) -> tuple[tuple[Path, ...], str | None]:
    """Save traces with the command that finds them: the paths of what was saved, and what to tell if not all was."""
    paths: list[Path] = []
    try:
        for path in save_traces([replace(trace, reproduce=reproduce) for trace in traces], folder):
            paths.append(path)
    except OSError as error:
        what = f"after {paths[-1].name} no more of the trace can be" if paths else "the trace cannot be"
        return tuple(paths), f"{what} saved in {folder}: {error.strerror or error}"
    return tuple(paths), None


def default_folder(model: str) -> Path:
    """Where the files of a model go, by how it was named, if no folder was."""
    place, name = split_spec(model)
    stem = Path(place).name.removesuffix(".py")
    return Path(DEFAULT_FOLDER) / file_name(f"{stem}-{name}" if name else stem)


def _contents(trace: Trace) -> Iterator[tuple[str, bytes]]:
    """The suffixes of the files of a trace, and what each file holds."""
    dot = trace_to_dot(trace)
    yield ".trace.json", trace_to_json(trace).encode(errors="backslashreplace")
    yield ".dot", dot.encode(errors="backslashreplace")
    # drawn by us even where `dot` is: in the SVG that it writes, browsers drop the spaces at the ends of its texts
    yield ".svg", trace_to_svg(trace).encode(errors="backslashreplace")
    if trace.lanes:
        # a check that finds nothing has no need of it
        from quorate_reports.sequence import sequence
        from quorate_reports.sequence_svg import sequence_svg

        yield ".sequence.svg", sequence_svg(sequence(trace)).encode(errors="backslashreplace")
    picture = draw(dot)
    if picture is not None:
        yield ".png", picture


def stem_of(trace: Trace) -> str:
    """The name of a trace's files, without a suffix: the property, or for a fault the action and what failed.

    A counterexample to induction has that in its name too, for it shows another thing than a violation does.
    """
    if trace.fault is not None:
        return file_name(f"{trace.fault.action}-{trace.fault.kind}")
    if trace.kind == "induction" and trace.property:
        return file_name(f"{trace.property}-induction")
    return file_name(trace.property or trace.kind)


def file_name(text: str) -> str:
    """The text as the name of a file: letters, digits, `-`, `_`, `=`, `.` and `,` stay."""
    return re.sub(r"[^\w=.,-]+", "-", text).strip("-.") or "trace"


def write_file(path: Path, content: bytes) -> Path:
    """Write a file that is complete or not there at all; its path. Raises OSError."""
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        part.write_bytes(content)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    return path
