"""Checks in a project's own pytest suite: the fixture, the items of a suite, xdist."""

import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

MODEL = '''\
from quorate import Bound, Int, Model, Param, action, invariant, require, within


class Counter(Model):
    limit = Param(3, minimum=1, maximum=9)
    x = Int(0, limit, init=0)

    @action()
    def count(self):
        require(self.x < self.limit)
        self.x += 1

    @invariant
    def small(self):
        """Never five."""
        return self.x != 5


class Bounded(Counter):
    most = Bound(2)

    def count(self):
        within(self.x < self.most)
        self.x += 1
'''
TESTS = """\
import pytest
from counting import Bounded, Counter


def test_good(quorate):
    quorate.check(Counter()).holds().holds_without_bounds()


def test_bounded(quorate):
    assert quorate.check(Bounded()).holds().result.states.distinct == 3


def test_caught(quorate):
    quorate.check(Counter(limit=9)).violates("small")


def test_proved(quorate):
    quorate.prove(Counter(limit=4)).proved()


@pytest.mark.xfail(strict=True)
@pytest.mark.parametrize("ask", ["bad", "unbounded", "not_broken", "other", "unproved"])
def test_fails(quorate, ask):
    match ask:
        case "bad":
            quorate.check(Counter(limit=9)).holds()
        case "unbounded":
            quorate.check(Bounded()).holds_without_bounds()
        case "not_broken":
            quorate.check(Counter()).violates()
        case "other":
            quorate.check(Counter(limit=9)).violates("large")
        case "unproved":
            quorate.prove(Counter(limit=9)).proved()


def test_shown(quorate):
    quorate.check(Counter(limit=9)).holds()
"""
SUITE = """\
[[check]]
model = "counting.py:Counter"
parameters = { limit = "2..4" }

[[check]]
model = "counting.py:Counter"
parameters = { limit = 8 }
verdict = "violated"

[[check]]
model = "counting.py:Counter"
parameters = { limit = 9 }

[[check]]
model = "counting.py:Counter"
size = "big"
"""


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A folder with a model, tests and a suite."""
    monkeypatch.chdir(tmp_path)
    Path("counting.py").write_text(MODEL)
    Path("test_counting.py").write_text(TESTS)
    Path("quorate.toml").write_text(SUITE)
    return tmp_path


@pytest.fixture
def run(project):
    """Pytest in a process of its own: its exit code, how each test ended, and what it printed."""

    def run(*arguments):
        command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--junit-xml", "report.xml", *arguments]
        done = subprocess.run([*command, "--rootdir", "."], capture_output=True, text=True, check=False)
        cases = ElementTree.parse("report.xml").getroot().iter("testcase")
        ends = {case.get("name"): {child.tag for child in case} & {"failure", "error", "skipped"} for case in cases}
        return done.returncode, {name: "".join(tags) or "passed" for name, tags in ends.items()}, done.stdout

    return run


@pytest.mark.parametrize("workers", ["0", "2"])
def test_the_fixture_checks_and_a_failure_shows_the_trace(run, workers):
    code, ends, out = run("test_counting.py", "-n", workers)
    assert code == 1
    assert [name for name, end in ends.items() if end == "failure"] == ["test_shown"]
    assert sum(end == "skipped" for end in ends.values()) == 5  # as JUnit calls what fails as expected
    # the trace, and no way through Quorate
    assert "x: 4 → 5" in out
    assert "pytest_plugin.py" not in out


@pytest.mark.parametrize("workers", ["0", "2"])
def test_a_suite_is_collected_as_tests(run, workers):
    code, ends, out = run("quorate.toml", "-n", workers)
    assert code == 1
    assert list(ends.values()).count("passed") == 4
    assert [name for name, end in ends.items() if end == "failure"] == ["counting.py:Counter -p limit=9"]
    assert [name for name, end in ends.items() if end == "skipped"] == ["counting.py:Counter"]
    assert "x: 4 → 5" in out
    assert "again: quorate check counting.py:Counter -p limit=9" in out


def test_big_checks_run_on_request_and_are_marked(run):
    _, ends, _ = run("quorate.toml", "--quorate-big", "-m", "quorate_big")
    assert ends == {"counting.py:Counter": "passed"}


def test_the_baseline_is_compared(run, quorate):
    assert quorate("verify", "--workers", "1", "--update").code != 0
    text = Path("counting.py").read_text()
    Path("counting.py").write_text(text.replace("self.x < self.limit", "self.x < self.limit - 1"))
    _, ends, out = run("quorate.toml")
    assert ends["counting.py:Counter -p limit=2"] == "failure"
    assert "1 fewer state at depth 3" in out


def test_a_suite_with_a_mistake_is_an_error_of_collection(run):
    Path("quorate.toml").write_text("[[check]]\n")
    code, _, out = run("quorate.toml")
    assert code == 2
    assert "it names no model" in out
    assert "Traceback" not in out
