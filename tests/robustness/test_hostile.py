"""Nothing that a user can type or hand over ends in a traceback, a hang, or an exit code that is not documented."""

import signal

import hostile
import pytest
from typer.testing import CliRunner

from quorate.errors import Exit
from quorate_reports.app import app

SECONDS = 60
# inputs that once did harm, so that they are in every run
KNOWN: list[int] = []


class HangError(Exception):
    """A command took longer than any search of these bounds should."""


@pytest.fixture(scope="module")
def trace(tmp_path_factory):
    folder = tmp_path_factory.mktemp("trace")
    arguments = ["check", "paxos:ForgetfulAcceptor", "--out", str(folder), "--quiet"]
    assert CliRunner().invoke(app, arguments).exit_code == Exit.SAFETY
    return (folder / "agreement.trace.json").read_text()


@pytest.fixture
def patience():
    """Interrupts what hangs. The limit is no measure of speed: it is far beyond what any input here needs."""

    def over(*_):
        raise HangError

    before = signal.signal(signal.SIGALRM, over)
    signal.alarm(SECONDS)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


def try_one(number, trace, folder, monkeypatch, as_published, *, graph=False):
    monkeypatch.chdir(folder)
    case = hostile.hostile(number, trace)
    arguments = hostile.placed(hostile.graphed(case, number) if graph else case, folder)
    if arguments[0] == "check":
        arguments += ["--max-states", "3000", "--out", str(folder / "out")]
    if graph:
        arguments += ["--max-states", "300", "--format", "dot"]
    outcome = CliRunner().invoke(app, arguments)
    shown = outcome.stdout + outcome.stderr
    assert outcome.exit_code in {int(code) for code in Exit} - {Exit.INTERNAL}, (arguments, shown)
    assert "Traceback" not in shown, shown
    assert shown, arguments
    as_published(arguments, outcome.stdout)


@pytest.mark.usefixtures("patience")
@pytest.mark.parametrize("number", [*range(60), *KNOWN])
def test_a_hostile_input_gets_a_clean_answer(number, trace, tmp_path, monkeypatch, as_published):
    try_one(number, trace, tmp_path, monkeypatch, as_published)


@pytest.mark.usefixtures("patience")
@pytest.mark.parametrize("number", range(30))
def test_a_hostile_input_of_a_graph_gets_a_clean_answer(number, trace, tmp_path, monkeypatch, as_published):
    try_one(number, trace, tmp_path, monkeypatch, as_published, graph=True)


@pytest.mark.full
@pytest.mark.usefixtures("patience")
@pytest.mark.parametrize("number", range(30, 500))
def test_hundreds_of_hostile_inputs_of_graphs_get_clean_answers(number, trace, tmp_path, monkeypatch, as_published):
    try_one(number, trace, tmp_path, monkeypatch, as_published, graph=True)


@pytest.mark.full
@pytest.mark.usefixtures("patience")
@pytest.mark.parametrize("number", range(60, 1000))
def test_a_thousand_hostile_inputs_get_clean_answers(number, trace, tmp_path, monkeypatch, as_published):
    try_one(number, trace, tmp_path, monkeypatch, as_published)
