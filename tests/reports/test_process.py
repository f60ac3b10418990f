"""The command line as a process: closed and broken streams, encodings, interrupts, what it loads."""

import json
import os
import pty
import shlex
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from quorate.errors import Exit


def test_a_reader_that_leaves_early_changes_nothing(start, models, complaints):
    process = start("check", f"{models}:Unsafe", "--out", "here")
    process.stdout.close()
    process.stdout = None
    _, err = process.communicate()
    assert process.returncode == Exit.SAFETY
    assert complaints(err) == ""
    assert Path("here/small.trace.json").exists()


@pytest.mark.parametrize(
    ("arguments", "closed", "code"),
    [
        *((["check", "counters.py:Unsafe", "--out", "here"], c, Exit.SAFETY) for c in (">&-", "2>&-", ">&- 2>&-")),
        (["check", "counters.py:Unsafe", "--out", "here", "--format", "json"], ">&-", Exit.SAFETY),
        (["check", "counters.py:Nothing"], ">&- 2>&-", Exit.LOAD),
        (["--version"], ">&-", 0),
        (["--bogus"], "2>&-", Exit.USAGE),
    ],
)
def test_a_closed_stream_changes_nothing_but_what_is_seen(models, arguments, closed, code):
    program = [sys.executable, "-c", "from quorate_reports.cli import main; main()", *arguments]
    done = subprocess.run(f"{shlex.join(program)} {closed}", shell=True, capture_output=True, text=True, check=False)
    assert done.returncode == code
    assert "Traceback" not in done.stdout + done.stderr
    assert "internal" not in done.stderr
    assert Path("here/small.trace.json").exists() == (code == Exit.SAFETY)


def test_an_encoding_without_arrows_gets_plain_signs(models, start):
    environment = {**os.environ, "PYTHONIOENCODING": "ascii"}
    process = start("check", f"{models}:Unsafe", env=environment)
    out, _ = process.communicate()
    assert process.returncode == Exit.SAFETY
    assert out.isascii()
    assert "x: 1 -> 2" in out


ENDLESS = """
from quorate import Int, Map, Model, Node, action

class Endless(Model):
    Place = Node(12)
    x = Map(Place, Int(0, 9), init=0)

    @action(i=Place)
    def step(self, i):
        self.x[i] = self.x[i] + 1 if self.x[i] < 9 else 0
"""


def test_an_interrupted_search_ends_with_its_counts(start, as_published):
    Path("endless.py").write_text(ENDLESS)
    terminal, end = pty.openpty()
    process = start("check", "endless.py", "--format", "json", stderr=end, env={**os.environ, "TERM": "xterm"})
    os.close(end)
    shown = b""
    # the live line says that the search is under way
    while b"distinct" not in shown and process.poll() is None:
        shown += os.read(terminal, 4096)
    process.send_signal(signal.SIGINT)
    out, _ = process.communicate()
    os.close(terminal)
    assert process.returncode == Exit.INCONCLUSIVE
    as_published(["check", "--format", "json"], out)
    data = json.loads(out)
    assert data["verdict"] == "inconclusive"
    assert data["states"]["distinct"] > 0
    assert b"Traceback" not in shown


def test_the_screen_stays_free_of_what_is_not_needed():
    """Importing these takes longer than checking a small model."""
    heavy = ["graphviz", "llvmlite", "numpy", "z3", "jinja2", "hypothesis"]
    modules = ", ".join(f"quorate_reports.{name}" for name in ("app", "checking", "proving"))
    code = f"import sys, {modules}; print(sorted({{*{heavy}}} & {{*sys.modules}}))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("options", [["--no-z3"], []], ids=["without z3", "with z3 beside"])
def test_a_check_that_was_made_before_loads_nothing_that_it_does_not_need(tmp_path, options):
    heavy = ["graphviz", "numpy", "z3", "jinja2", "hypothesis", "concurrent.futures", "quorate.kernel.steps"]
    code = f"""
import sys
from quorate_reports.cli import main
sys.argv = ["quorate", "check", "two-phase-commit", *{options}]
try:
    main()
finally:
    print(sorted({{*{heavy}}} & {{*sys.modules}}), file=sys.stderr)
"""
    environment = {**os.environ, "XDG_CACHE_HOME": str(tmp_path / "cache")}
    for _ in range(2):
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment)
        assert done.returncode == 0, done.stderr
    assert done.stderr.splitlines()[-1] == "[]"
