"""The reports as text, compared with golden files: at 80 and 120 columns, without colour, and on a terminal with it."""

import io

import pytest
from rich.console import Console

from quorate_reports.check_text import check_to_text, write_sweep
from quorate_reports.page import Page
from quorate_reports.trace_text import trace_to_text, write_trace_report

WIDTHS = [80, 120]


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", ["trace", "fault_trace", "long_trace"])
def test_trace(request, golden, name, width):
    golden(f"{name}-{width}.txt", trace_to_text(request.getfixturevalue(name), width=width))


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", ["holding", "bounded", "violated"])
def test_check(request, golden, name, width):
    result = request.getfixturevalue(name)
    golden(f"{name}-{width}.txt", check_to_text(result, reproduce="quorate check model -p n=9", width=width))


def test_sweep(golden, holding, bounded, violated):
    page = Page.in_memory(80)
    rows = [(["2", "push"], holding), (["3", "push"], bounded), (["4", "pull"], violated), (["5", "pull"], "not run")]
    write_sweep(page, ["servers", "mode"], rows)
    golden("sweep-80.txt", page.text())


@pytest.mark.parametrize("width", [80, 120, 200])
def test_no_line_is_wider_than_the_page_but_commands_and_paths(violated, bounded, width):
    lines = [
        line
        for result in (violated, bounded)
        for line in check_to_text(result, reproduce="x", width=width).splitlines()
    ]
    assert len(lines) > 40
    assert max(map(len, lines)) <= width
    assert not any(line.endswith(" ") for line in lines)


def coloured(trace, **environment):
    stream = io.StringIO()
    console = Console(
        file=stream, force_terminal=True, width=100, highlight=False, _environ={"TERM": "xterm-256color", **environment}
    )
    write_trace_report(Page(console), trace)
    return stream.getvalue()


def test_a_terminal_gets_colour_and_no_color_takes_it_away(trace):
    red = "\x1b[1;31m"
    assert red in coloured(trace)
    assert red not in coloured(trace, NO_COLOR="1")
    assert "31m" not in coloured(trace, NO_COLOR="1")


def test_a_pipe_gets_no_escapes(quorate, models):
    outcome = quorate("check", f"{models}:Unsafe")
    assert outcome.code == 12
    assert "\x1b" not in outcome.out + outcome.err


def test_the_last_line_reproduces_the_check(quorate, models):
    out = quorate("check", f"{models}:Counter", "-p", "limit=2", "--max-states", "100", "--deadlock").out
    expected = f"quorate check {models}:Counter -p limit=2 --deadlock --max-states 100"
    assert out.rstrip("\n").rpartition("\n")[2].endswith(expected)
