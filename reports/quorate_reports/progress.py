"""How a search goes on, on standard error: one live line on a terminal, plain lines at intervals elsewhere."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from typing import TextIO

from quorate.verdict import Progress
from quorate_reports.wording import count, duration, memory, rate

LIVE_INTERVAL = 0.1
PLAIN_INTERVAL = 5.0
ERASE = "\r\x1b[2K"


class LiveLine:
    """One line on a terminal that each text takes in its turn; elsewhere a line for each text.

    `clear` it before anything else is written.
    """

    def __init__(self, stream: TextIO, *, width: int) -> None:
        self.stream, self.width = stream, width
        self.is_live = stream.isatty() and os.environ.get("TERM") != "dumb"
        self.is_shown = False

    def show(self, text: str) -> None:
        """Show a text."""
        self.stream.write(ERASE + text[: self.width - 1] if self.is_live else text + "\n")
        self.is_shown = self.is_live
        self.stream.flush()

    def clear(self) -> None:
        """Take the live line away."""
        if self.is_shown:
            self.stream.write(ERASE)
            self.stream.flush()
            self.is_shown = False


class ProgressLine(LiveLine):
    """Shows the progress of a search: call it with each `Progress`. `clock` gives seconds."""

    def __init__(self, stream: TextIO, *, width: int, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__(stream, width=width)
        self.clock = clock
        # a live line may appear at once; a log gets its first line when a check takes long
        self.due = clock() + (0 if self.is_live else PLAIN_INTERVAL)

    def __call__(self, progress: Progress) -> None:
        """Show where the search is, unless it was shown only just now."""
        now = self.clock()
        if now < self.due:
            return
        self.due = now + (LIVE_INTERVAL if self.is_live else PLAIN_INTERVAL)
        text = progress_text(progress)
        if self.is_live:
            self.show("; ".join(filter(None, [text, progress.widest])))
        else:
            self.show("\n  ".join(filter(None, [text, progress.busiest, progress.widest])))


def progress_text(progress: Progress) -> str:
    """A snapshot of a search as one line."""
    return (
        f"depth {progress.depth:,}: {count(progress.distinct, 'distinct state')}, {rate(progress.rate)}/s, "
        f"{progress.left_on_queue:,} on queue, {memory(progress.memory_bytes)}, {duration(progress.seconds)}"
    )
