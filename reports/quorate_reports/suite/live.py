"""How a suite goes on, on standard error: a live table on a terminal, a line for each check that ends elsewhere."""

from __future__ import annotations

import time
from collections.abc import Callable

from rich.live import Live
from rich.table import Table
from rich.text import Text

from quorate.verdict import Progress
from quorate_reports.page import BAD, GOOD, QUIET, Page
from quorate_reports.suite.running import Outcome
from quorate_reports.values import printable
from quorate_reports.wording import count, duration, rate

MOST_BAD, MOST_GOOD = 8, 4
"""How many of the checks that ended are shown: the last ones."""
PER_SECOND = 5
"""How often the table is drawn."""


class LiveTable:
    """The checks that run and how far each is, those that are not as expected, and the last that are.

    `clear` it before anything else is written. `clock` gives seconds.
    """

    def __init__(self, page: Page, total: int, *, clock: Callable[[], float] = time.monotonic) -> None:
        self.page, self.total, self.clock = page, total, clock
        self.began = clock()
        self.running: dict[str, tuple[float, Progress | None]] = {}
        self.good: list[Outcome] = []
        self.bad: list[Outcome] = []
        self.live: Live | None = None
        if page.console.is_terminal and not page.console.is_dumb_terminal:
            self.live = Live(
                console=page.console,
                get_renderable=self.table,
                refresh_per_second=PER_SECOND,
                transient=True,
                redirect_stdout=False,
                redirect_stderr=False,
            )
            self.live.start()

    def told(self, name: str, progress: Progress | None) -> None:
        """A check begins (no progress yet), or goes on."""
        began, _ = self.running.get(name, (self.clock(), None))
        self.running[name] = (began, progress)

    def ended(self, outcome: Outcome) -> None:
        """A check ended."""
        self.running.pop(outcome.entry.name, None)
        (self.good if outcome.is_good else self.bad).append(outcome)
        if self.live is None:
            sign = "✓" if outcome.is_good else "✗"
            last = f"{sign} {outcome.entry.name} ({outcome.verdict}, {duration(outcome.seconds)})"
            self.page.line(f"{self._heading()}: {printable(last)}", wraps=False)

    def clear(self) -> None:
        """Take the table away."""
        if self.live is not None:
            self.live.stop()

    def _heading(self) -> str:
        bad = f", {len(self.bad)} not as expected" if self.bad else ""
        return f"{len(self.good) + len(self.bad)} of {count(self.total, 'check')}{bad}"

    def table(self) -> Table:
        """The table as it is now."""
        title = Text(f"{self._heading()}, {duration(self.clock() - self.began)}")
        table = Table(
            title=title, title_justify="left", title_style="bold", box=None, pad_edge=False, header_style=QUIET
        )
        # widths that do not jump while it is drawn anew
        table.add_column("", width=1)
        table.add_column("time", justify="right", min_width=6)
        table.add_column("distinct", justify="right", min_width=10)
        table.add_column("rate", justify="right", min_width=9)
        table.add_column("depth", justify="right")
        table.add_column("verdict", min_width=8)
        table.add_column("check", no_wrap=True, overflow="ellipsis")
        for outcome in self.bad[-MOST_BAD:]:
            self._add_ended(table, outcome, "✗", BAD)
        for outcome in self.good[-MOST_GOOD:]:
            self._add_ended(table, outcome, "✓", GOOD)
        for name, (began, progress) in list(self.running.items()):
            self._add_running(table, name, self.clock() - began, progress)
        return table

    @staticmethod
    def _add_ended(table: Table, outcome: Outcome, sign: str, style: str) -> None:
        facts = outcome.facts
        table.add_row(
            Text(sign, style),
            duration(outcome.seconds),
            "" if facts is None else f"{facts.distinct:,}",
            "",
            "" if facts is None else f"{facts.depth:,}",
            Text(outcome.verdict),
            Text(printable(outcome.entry.name)),
        )

    @staticmethod
    def _add_running(table: Table, name: str, seconds: float, progress: Progress | None) -> None:
        table.add_row(
            Text("·", QUIET),
            duration(seconds),
            "" if progress is None else f"{progress.distinct:,}",
            "" if progress is None else f"{rate(progress.rate)}/s",
            "" if progress is None else f"{progress.depth:,}",
            Text("runs", QUIET),
            Text(printable(name)),
        )
