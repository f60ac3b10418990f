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


class ProgressLine:
    """Shows the progress of a search: call it with each `Progress`, and `clear` it before anything else is written.

    `clock` gives seconds.
    """

    def __init__(self, stream: TextIO, *, width: int, clock: Callable[[], float] = time.monotonic) -> None:
        self.stream, self.width, self.clock = stream, width, clock
        self.is_live = stream.isatty() and os.environ.get("TERM") != "dumb"
        self.is_shown = False
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
            text = "; ".join(filter(None, [text, progress.widest]))
            self.stream.write(ERASE + text[: self.width - 1])
            self.is_shown = True
        else:
            self.stream.write("\n  ".join(filter(None, [text, progress.busiest, progress.widest])) + "\n")
        self.stream.flush()

    def clear(self) -> None:
        """Take the live line away."""
        if self.is_shown:
            self.stream.write(ERASE)
            self.stream.flush()
            self.is_shown = False


def progress_text(progress: Progress) -> str:
    """A snapshot of a search as one line."""
    return (
        f"depth {progress.depth:,}: {count(progress.distinct, 'distinct state')}, {rate(progress.rate)}/s, "
        f"{progress.left_on_queue:,} on queue, {memory(progress.memory_bytes)}, {duration(progress.seconds)}"
    )
