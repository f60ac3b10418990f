"""The live table of a suite on a terminal; a line for each check elsewhere."""

import io

import pytest
from rich.console import Console

from quorate.errors import Exit
from quorate.verdict import Progress
from quorate_reports.page import Page
from quorate_reports.suite.entries import Entry
from quorate_reports.suite.live import MOST_GOOD, LiveTable
from quorate_reports.suite.running import Outcome, run_entries


def page_on(stream, *, is_terminal):
    return Page(Console(file=stream, width=90, force_terminal=is_terminal, color_system=None, emoji=False))


def ended(name, *, is_good=True):
    return Outcome(Entry(name), "holds", Exit.HOLDS, 1.0, problems=() if is_good else ("not so",))


def rows(table):
    page = Page.in_memory(90)
    page.console.print(table.table())
    heading, _, *found = (line.split() for line in page.text().splitlines())
    return " ".join(heading), found


@pytest.fixture
def clock():
    times = {"now": 10.0}

    def read():
        return times["now"]

    read.times = times
    return read


def test_the_table_has_what_runs_and_what_ended(clock):
    table = LiveTable(page_on(io.StringIO(), is_terminal=False), 20, clock=clock)
    table.told("first -p n=3", None)
    clock.times["now"] += 2
    table.told("first -p n=3", Progress(7, 100_000, 31_456, 500, 0.3, 310_000.0, 10**6))
    table.told("second", None)
    for number in range(MOST_GOOD + 1):
        table.ended(ended(f"good{number}"))
    table.ended(ended("third", is_good=False))
    heading, found = rows(table)
    assert heading.startswith("6 of 20 checks, 1 not as expected")
    # those that failed stay, of the others the last are shown
    assert [row[0] for row in found] == ["✗", *["✓"] * MOST_GOOD, "·", "·"]
    assert found[-2] == ["·", "2.00", "s", "31,456", "310.0", "k/s", "7", "runs", "first", "-p", "n=3"]
    assert "good0" not in {row[-1] for row in found}
    table.ended(ended("second"))
    assert [row[-1] for row in rows(table)[1] if row[0] == "·"] == ["n=3"]


def test_a_terminal_gets_the_table_and_is_left_clean(monkeypatch):
    monkeypatch.setenv("TERM", "xterm")
    stream = io.StringIO()
    table = LiveTable(page_on(stream, is_terminal=True), 2)
    table.told("first", None)
    table.ended(ended("first"))
    table.clear()
    shown = stream.getvalue()
    assert "1 of 2 checks" in shown
    hidden, visible, erase = "\x1b[?25l", "\x1b[?25h", "\x1b[2K"
    assert shown.rindex(visible) > shown.rindex(hidden)
    assert shown.endswith(erase)


def test_elsewhere_each_check_that_ends_is_a_line():
    stream = io.StringIO()
    table = LiveTable(page_on(stream, is_terminal=False), 2)
    for name, is_good in (("first", True), ("second", False)):
        table.told(name, None)
        table.ended(ended(name, is_good=is_good))
    table.clear()
    first, second = stream.getvalue().splitlines()
    assert (first[:11], first.endswith("✓ first (holds, 1.00 s)")) == ("1 of 2 chec", True)
    assert "1 not as expected: ✗ second" in second


@pytest.mark.parametrize("workers", [1, 2])
def test_each_check_is_told_before_it_ends(workers):
    told, names = [], ["lock-server", "lock-server -p clients=2"]
    entries = [Entry("lock-server"), Entry("lock-server", {"clients": "2"})]
    for outcome in run_entries(entries, workers, lambda: False, lambda name, progress: told.append((name, progress))):
        assert (outcome.entry.name, None) in told
    assert {name for name, progress in told if progress is None} == set(names)
