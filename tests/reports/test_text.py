"""The reports as text, compared with golden files, at 40, 80 and 120 columns; without colour, and with it."""

import io
import re

import pytest
from rich.console import Console

from quorate_reports.check_text import check_to_text, write_sweep
from quorate_reports.notes import never_happened
from quorate_reports.page import Page
from quorate_reports.trace_text import trace_to_text, write_trace_report

WIDTHS = [40, 80, 120]


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", ["trace", "fault_trace", "long_trace", "cti_trace", "lasso"])
def test_trace(request, golden, name, width):
    golden(f"{name}-{width}.txt", trace_to_text(request.getfixturevalue(name), width=width))


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", ["holding", "bounded", "violated", "beside"])
def test_check(request, golden, name, width):
    result = request.getfixturevalue(name)
    notes = [note for note in [never_happened(result)] if note]
    text = check_to_text(result, reproduce="quorate check model -p n=9", notes=notes, width=width)
    golden(f"{name}-{width}.txt", text)


@pytest.mark.parametrize("width", WIDTHS)
def test_sweep(golden, holding, bounded, violated, stopped, beside, width):
    page = Page.in_memory(width)
    rows = [
        (["2", "push"], holding),
        (["3", "push"], bounded),
        (["4", "pull"], violated),
        (["5", "pull"], stopped),
        (["6", "pull"], beside),
        (["7", "pull"], "not run"),
    ]
    write_sweep(page, ["servers", "mode"], rows)
    golden(f"sweep-{width}.txt", page.text())


@pytest.mark.parametrize("width", WIDTHS)
def test_a_search_that_was_stopped(golden, stopped, width):
    golden(f"stopped-{width}.txt", check_to_text(stopped, reproduce="quorate check model", width=width))


@pytest.mark.parametrize("width", [40, 60, 80, 120, 200])
def test_no_line_is_wider_than_the_page_but_commands_and_paths(violated, bounded, holding, stopped, beside, width):
    lines = [
        line
        for result in (violated, bounded, holding, stopped, beside)
        for line in check_to_text(result, reproduce="x", width=width).splitlines()
    ]
    assert len(lines) > 60
    assert max(map(len, lines)) <= width
    assert not any(line.endswith(" ") for line in lines)


@pytest.mark.parametrize("width", [40, 80, 120])
@pytest.mark.parametrize("spec", [None, "two-phase-commit", "paxos", "raft-tla", "gossip", "paxos:EarliestVote"])
def test_no_line_of_a_list_is_wider_than_the_page(quorate, monkeypatch, width, spec):
    monkeypatch.setenv("COLUMNS", str(width))
    lines = quorate("list", *([spec] if spec else [])).out.splitlines()
    assert len(lines) > 5
    # the TLA+ formulas in a docstring stay as they are
    assert [line for line in lines if len(line) > width and not line.startswith("      ")] == []


def test_a_table_on_a_narrow_page_has_the_same_cells():
    header = ["action", "enabled", "", "verdict"]
    rows = [["prepare_it_all", "1,234", ("x", "dim"), "holds and holds and holds"], ["vote", "", "", "violated"]]
    wide, narrow = Page.in_memory(80), Page.in_memory(40)
    for page in (wide, narrow):
        page.table(header, rows, indent=2)
    cells = {"action", "enabled", "verdict", "prepare_it_all", "1,234", "x", "holds", "vote", "violated"}
    assert cells <= {*wide.text().split()}
    assert cells <= {*re.findall(r"[\w,]*\w", narrow.text())}
    assert narrow.text().splitlines()[-1].strip() == "verdict: violated"


def coloured(trace, width=100, **environment):
    stream = io.StringIO()
    terminal = {"TERM": "xterm-256color", **environment}
    console = Console(file=stream, force_terminal=True, width=width, highlight=False, _environ=terminal)
    write_trace_report(Page(console), trace)
    return stream.getvalue()


@pytest.mark.parametrize("width", [80, 120])
@pytest.mark.parametrize("name", ["trace", "fault_trace"])
def test_a_trace_in_colour_and_without(request, golden, name, width):
    trace = request.getfixturevalue(name)
    golden(f"{name}-{width}-colour.txt", coloured(trace, width))
    golden(f"{name}-{width}-no-colour.txt", coloured(trace, width, NO_COLOR="1"))


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
