"""A page of text: styled lines that wrap with their indent, and tables, on a terminal, in a pipe or in a string."""

from __future__ import annotations

import codecs
import io
import os
from collections.abc import Callable, Iterator, Sequence
from typing import TextIO, TypeAlias

from rich.console import Console
from rich.text import Text

from quorate.errors import QuorateError

Part: TypeAlias = str | tuple[str, str]
"""A piece of text, or one with a rich style such as "bold red"."""


class OutputError(QuorateError):
    """What was to be shown cannot be written: the disk behind standard output is full."""


GOOD, BAD, WARN, QUIET, NEW = "bold green", "bold red", "yellow", "dim", "bold"
HANG = 4
LEAST = 16
"""The least room for the text in the last column of a table."""


def _in_ascii(error: UnicodeError) -> tuple[str, int]:
    """What stands for a character that the output's encoding lacks."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    bad = error.object[error.start : error.end]
    plain = {"→": "->", "…": "...", "·": "-", "✗": "x", "✓": "+", "×": "x"}
    # those of diagrams, each as wide as before
    plain |= dict(zip("│╎─┄╌┼├┤┌╮▶▷◀◁■●○◇↺", "|:---+||+.>><<#*o?@", strict=True))
    return "".join(plain.get(c) or c.encode("ascii", "backslashreplace").decode() for c in bad), error.end


class PatientStream(io.TextIOBase):
    """Passes text on to a stream; once nobody reads it any more (`| head`) the rest goes nowhere, without an error.

    So the command still saves its files, and exits with the code of its verdict.
    """

    def __init__(self, stream: TextIO) -> None:
        codecs.register_error("quorate-ascii", _in_ascii)
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="quorate-ascii")
        self.stream = stream
        self.is_broken = False

    @property
    def encoding(self) -> str:  # type: ignore[override]
        """The encoding of the stream behind."""
        return getattr(self.stream, "encoding", None) or "utf-8"

    def isatty(self) -> bool:
        """Whether the stream behind is a terminal."""
        return self.stream.isatty()

    def fileno(self) -> int:
        """The file descriptor behind."""
        return self.stream.fileno()

    def write(self, text: str) -> int:
        """Pass text on. Raises OutputError if it cannot be written, though somebody reads."""
        self._try(lambda: self.stream.write(text))
        return len(text)

    def flush(self) -> None:
        """Flush the stream behind. Raises OutputError."""
        self._try(self.stream.flush)

    def _try(self, operation: Callable[[], object]) -> None:
        if self.is_broken:
            return
        try:
            operation()
        except BrokenPipeError:
            self._give_up()
        except OSError as error:
            self._give_up()
            raise OutputError(f"the output cannot be written: {error.strerror}") from error

    def _give_up(self) -> None:
        self.is_broken = True
        # the interpreter flushes the stream once more at its end
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, self.stream.fileno())
        os.close(nowhere)


class Page:
    """Lines of text on a console, wrapped at its width."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self.width = max(40, console.width)

    @classmethod
    def on(cls, stream: TextIO) -> Page:
        """A page on a stream: in colour on a terminal (unless NO_COLOR), plain and 80 wide (or COLUMNS) elsewhere."""
        return cls(Console(file=PatientStream(stream), highlight=False, markup=False, emoji=False))  # type: ignore[arg-type]

    @classmethod
    def in_memory(cls, width: int) -> Page:
        """A plain page in memory; `text()` is what was written."""
        return cls(Console(file=io.StringIO(), width=width, color_system=None, force_terminal=False, emoji=False))

    def text(self) -> str:
        """What was written to a page in memory."""
        assert isinstance(self.console.file, io.StringIO)
        return self.console.file.getvalue()

    def line(self, *parts: Part, indent: int = 0, hang: int = HANG, wraps: bool = True) -> None:
        """One line; where it is too long for the page it goes on, indented by `hang` more, unless it must not wrap."""
        text = Text.assemble(*parts, no_wrap=False, end="")
        room = self.width - indent
        if text.cell_len <= room or not wraps:
            self._put(indent, text)
            return
        first = text.wrap(self.console, room)[0]
        first.rstrip()
        self._put(indent, first)
        rest = text[len(first.plain) :]
        spaces = len(rest.plain) - len(rest.plain.lstrip(" "))
        for piece in rest[spaces:].wrap(self.console, room - hang):
            self._put(indent + hang, piece)

    def verbatim(self, text: str, *, indent: int = 0, style: str = "") -> None:
        """Text that is to be copied: a path, a command, source code. It is never wrapped."""
        if not indent and not style:
            # at once: a report as JSON has thousands of lines
            self.console.file.write(text.rstrip("\n") + "\n")
            return
        for line in text.splitlines():
            self._put(indent, Text(line, style=style))

    def blank(self) -> None:
        """An empty line."""
        self.console.print()

    def flush(self) -> None:
        """Hand everything written so far to the stream. Raises OutputError."""
        self.console.file.flush()

    def table(self, header: Sequence[str], rows: Sequence[Sequence[Part]], *, indent: int = 0, right: str = "") -> None:
        """Rows under a header; the last column takes the room that is left, and wraps.

        `right` has a letter for each column, "r" for one that is aligned to the right. On a page too narrow for the
        columns each row becomes a line with its first cell, and one below with the others by their names.
        """
        cells = [[(name, QUIET) for name in header], *rows]
        plain = [[_plain(part) for part in row] for row in cells]
        widths = [max(Text(row[column]).cell_len for row in plain) for column in range(len(header))]
        before = sum(widths[:-1]) + 2 * (len(header) - 1)
        room = self.width - indent - before
        is_right = right[len(header) - 1 : len(header)] == "r"
        if room < (widths[-1] if is_right else min(LEAST, widths[-1])):
            self._list(header, rows, indent)
            return
        room = max(LEAST, room)
        for row in cells:
            line = Text()
            for column, part in enumerate(row[:-1]):
                cell = _styled(part)
                gap = " " * (widths[column] - cell.cell_len)
                line += Text(gap) + cell if right[column : column + 1] == "r" else cell + Text(gap)
                line += Text("  ")
            last = _styled(row[-1])
            if is_right:
                last = Text(" " * (widths[-1] - last.cell_len)) + last
            first, *others = list(self._folded(last, room)) or [Text()]
            self._put(indent, line + first)
            for other in others:
                self._put(indent + before, other)

    def _list(self, header: Sequence[str], rows: Sequence[Sequence[Part]], indent: int) -> None:
        """The rows of a table that is too wide, each as two lines."""
        if header[0]:
            self.line((header[0], QUIET), indent=indent)
        for first, *others in rows:
            self.line(first, indent=indent)
            named = [(name, cell) for name, cell in zip(header[1:], others, strict=True) if _plain(cell)]
            parts: list[Part] = []
            for number, (name, cell) in enumerate(named):
                parts += [", " if number else "", (f"{name}: " if name else "", QUIET), cell]
            if parts:
                self.line(*parts, indent=indent + HANG, hang=0)

    def _folded(self, text: Text, room: int) -> Iterator[Text]:
        if text.cell_len <= room:
            yield text
        else:
            yield from text.wrap(self.console, room)

    def _put(self, indent: int, text: Text) -> None:
        whole = Text(" " * indent) + text
        whole.rstrip()
        self.console.print(whole, soft_wrap=True)


def _plain(part: Part) -> str:
    return part if isinstance(part, str) else part[0]


def _styled(part: Part) -> Text:
    return Text(part) if isinstance(part, str) else Text(part[0], style=part[1])
