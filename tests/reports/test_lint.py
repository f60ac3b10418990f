"""Mistakes in a model as they are shown, at 80 and 120 columns, in colour and without; and `quorate lint`."""

import io
import json
from pathlib import Path

import pytest
from rich.console import Console

from quorate.compiler.lint import lint
from quorate.errors import Exit
from quorate.finder import shipped_names
from quorate_reports.diagnostics import write_lint
from quorate_reports.page import Page

MISTAKEN = """\
from enum import Enum

from quorate import Int, Map, Message, Model, Network, Node, Option, action, invariant, receive, require


class Role(Enum):
    FOLLOWER = 0
    LEADER = 1


class Election(Model):
    Server = Node(3)
    Vote = Message(src=Server, dst=Server)
    role = Map(Server, Role, init=Role.FOLLOWER)
    term = Map(Server, Int(0, 3), init=0)
    leader = Option(Server, init=None)
    network = Network(Vote)

    @action(i=Server)
    def campaign(self, i, j):
        self.role[i] = Role.LEADER

    @action(i=Server)
    def advance(self, i):
        while self.term[i] < 3:
            self.term[i] += 1
        self.trem[i] = 3
        require(self.role[i] == 1 and all(self.role[j] == Role.FOLLOWER for j in self.Server if self.term[j] > 0))
        self.leader[i] = None

    @receive(Vote)
    def on_vote(self, m):
        self.term[m.dest] = None

    @invariant
    def one_leader(m):
        return 2 * sum(
            m.role[i]
            for i in m.Server
        ) > 3
"""

UNUSED = """\
from quorate import Int, Model, action, require


class Counter(Model):
    n = Int(0, 2, init=0)
    last = Int(0, 2, init=0)

    @action()
    def step(self):
        require(self.n < 2)
        self.last = self.n
        self.n += 1
"""


@pytest.fixture
def mistaken(tmp_path):
    """The name of a file with many mistakes, in the working folder."""
    (tmp_path / "election.py").write_text(MISTAKEN)
    return "election.py"


@pytest.fixture
def unused(tmp_path):
    """The name of a file that deserves a warning, in the working folder."""
    (tmp_path / "counter.py").write_text(UNUSED)
    return "counter.py"


def on_a_terminal(write, width, **environment):
    """What a page on a terminal shows, escapes and all."""
    stream = io.StringIO()
    console = Console(
        file=stream,
        force_terminal=True,
        width=width,
        highlight=False,
        emoji=False,
        _environ={"TERM": "xterm-256color", **environment},
    )
    write(Page(console))
    return stream.getvalue()


@pytest.mark.parametrize("width", [80, 120])
@pytest.mark.parametrize("name", ["mistaken", "unused"])
def test_rendered(request, golden, name, width):
    file = request.getfixturevalue(name)
    found = lint(file)

    def write(page):
        write_lint(page, file, found)

    coloured = on_a_terminal(write, width)
    plain = on_a_terminal(write, width, NO_COLOR="1")
    golden(f"lint-{name}-{width}-colour.txt", coloured)
    golden(f"lint-{name}-{width}.txt", plain)
    page = Page.in_memory(width)
    write(page)
    # a terminal without colours may still have bold and dim letters; a pipe has neither
    assert "\x1b" in coloured
    assert "\x1b[1;31m" in coloured or "\x1b[33m" in coloured
    assert "31m" not in plain
    assert "33m" not in plain
    assert "\x1b" not in page.text()


@pytest.mark.parametrize("width", [80, 120])
def test_the_mark_stands_under_the_expression(mistaken, width):
    page = Page.in_memory(width)
    write_lint(page, mistaken, lint(mistaken))
    lines = page.text().splitlines()
    marks = [n for n, line in enumerate(lines) if set(line.partition("| ")[2]) == {" ", "^"}]
    marked = []
    for n in marks:
        first, last = lines[n].index("^"), lines[n].rindex("^") + 1
        marked.append(lines[n - 1][first:last])
    assert marked == [
        "j",
        "while self.term[i] < 3:",
        "self.trem",
        "self.role[i] == 1",
        "self.leader[i]",
        "m.dest",
        "m.role[i]",
    ]


NEWCOMER = sorted((Path(__file__).parent / "newcomer").glob("*.txt"), key=lambda path: path.stem)


@pytest.mark.parametrize("path", NEWCOMER, ids=lambda path: path.stem)
def test_first_attempts_at_protocols(quorate, golden, tmp_path, path):
    """What was really written by one who had only read the README and the page of the language."""
    (tmp_path / f"{path.stem}.py").write_text(path.read_text())
    outcome = quorate("lint", f"{path.stem}.py")
    assert outcome.code == Exit.LOAD
    golden(f"newcomer-{path.stem}.txt", outcome.out)


def test_lint_of_a_file(quorate, mistaken):
    outcome = quorate("lint", mistaken)
    assert outcome.code == Exit.LOAD
    assert outcome.out.rstrip().endswith("mistakes in election.py")
    assert outcome.err == ""


def test_lint_as_json(quorate, mistaken):
    outcome = quorate("lint", mistaken, "--format", "json")
    data = json.loads(outcome.out)
    assert (outcome.code, data["exit_code"], data["model"]) == (Exit.LOAD, Exit.LOAD, mistaken)
    first = data["diagnostics"][0]
    assert (first["code"], first["severity"]) == ("Q601", "error")
    assert first["place"]["line"] == MISTAKEN.splitlines().index("    def campaign(self, i, j):") + 1


def test_warnings_stop_nothing(quorate, unused):
    outcome = quorate("lint", unused)
    assert outcome.code == Exit.HOLDS
    assert "warning[Q902]" in outcome.out
    checked = quorate("check", unused)
    assert checked.code == Exit.HOLDS
    assert "last is never read" in checked.out


@pytest.mark.parametrize("name", shipped_names())
def test_the_shipped_models_and_their_variants_have_no_mistakes(quorate, name):
    outcome = quorate("lint", name)
    assert outcome.code == Exit.HOLDS
    assert outcome.out.startswith("no mistakes")


def test_a_file_is_linted_with_all_its_models(quorate, models):
    assert quorate("lint", models).code == Exit.HOLDS
    assert quorate("lint", "missing.py").code == Exit.LOAD
    assert quorate("lint", "rafft").code == Exit.LOAD
