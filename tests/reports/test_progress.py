"""Progress: one live line on a terminal, plain lines at intervals elsewhere."""

import io

import pytest

from quorate.verdict import Progress
from quorate_reports.progress import ERASE, LIVE_INTERVAL, PLAIN_INTERVAL, LiveLine, ProgressLine


class Terminal(io.StringIO):
    def isatty(self):
        return True


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


@pytest.fixture
def snapshot():
    return Progress(12, 4_000_000, 1_000_000, 5_000, 2.0, 500_000.0, 10**9)


def test_a_terminal_has_one_line_that_is_taken_away(monkeypatch, snapshot):
    monkeypatch.setenv("TERM", "xterm")
    stream, clock = Terminal(), Clock()
    line = ProgressLine(stream, width=40, clock=clock)
    line(snapshot)
    line(snapshot)
    clock.now += LIVE_INTERVAL
    line(snapshot)
    line.clear()
    line.clear()
    shown = stream.getvalue()
    assert "\n" not in shown
    assert shown.endswith(ERASE)
    _, first, second, nothing = shown.split(ERASE)
    assert first == second
    assert 0 < len(first) < 40
    assert nothing == ""


@pytest.mark.parametrize("is_dumb_terminal", [True, False])
def test_elsewhere_plain_lines_come_at_intervals(monkeypatch, snapshot, is_dumb_terminal):
    monkeypatch.setenv("TERM", "dumb")
    stream, clock = (Terminal() if is_dumb_terminal else io.StringIO()), Clock()
    line = ProgressLine(stream, width=40, clock=clock)
    for _ in range(31):
        line(snapshot)
        clock.now += PLAIN_INTERVAL / 10
    line.clear()
    assert stream.getvalue().count("\n") == 3
    assert "\x1b" not in stream.getvalue()


def test_lines_of_text_take_each_others_place_on_a_terminal_only(monkeypatch):
    monkeypatch.setenv("TERM", "xterm")
    for stream, shown in (
        (Terminal(), f"{ERASE}one{ERASE}two, whic{ERASE}"),
        (io.StringIO(), "one\ntwo, which is long\n"),
    ):
        line = LiveLine(stream, width=10)
        line.show("one")
        line.show("two, which is long")
        line.clear()
        assert stream.getvalue() == shown
