"""A program that really runs, with servers, sockets and clocks, is followed by the model of Raft: what it logs is a
behaviour of `raft-tla`, message for message; and a fault in it is found at the line where it shows."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from quorate.errors import Exit

HERE = Path(__file__).parent
BOUNDS = ["-p", "values=4", "-p", "max_term=60", "-p", "max_log=6", "-p", "max_messages=2000"]


@pytest.fixture
def followed(tmp_path):
    """A run of the program with a fault, or none, and what its model says of the log."""

    def run(fault=""):
        log = tmp_path / "log.ndjson"
        program = [sys.executable, "-X", "dev", str(HERE / "replicated_log.py"), str(log), "--fault", fault]
        done = subprocess.run(program, capture_output=True, text=True, check=False)
        assert done.stderr == ""
        command = [sys.executable, "-c", "from quorate_reports.cli import main; main()", "trace-check"]
        options = ["--map", str(HERE / "replicated_log_map.py"), *BOUNDS, "--format", "json"]
        answer = subprocess.run([*command, "raft-tla", str(log), *options], capture_output=True, text=True, check=False)
        lines = [json.loads(line) for line in log.read_text().splitlines()]
        return done.returncode, lines, answer.returncode, json.loads(answer.stdout)

    return run


def test_the_log_is_a_behaviour_of_raft_with_no_doubt_about_the_state(followed):
    ended, lines, code, answer = followed()
    assert ended == 0
    assert (code, answer["conforms"], answer["events"]) == (0, True, len(lines))
    assert set(answer["possible"]) == {1}
    # all that matters has happened: a leader was lost, and what was committed before and after is on those who live
    assert sum(line["event"] == "lead" for line in lines) >= 2
    assert {entry["value"] for line in lines for entry in line.get("log", [])} == {"v1", "v2", "v3", "v4"}


def test_a_server_that_votes_twice_is_found_where_it_does(followed):
    _, lines, code, answer = followed("double-vote")
    assert code == Exit.SAFETY
    line = lines[answer["line"] - 1]
    assert (line["event"], answer["unlike"]) == ("vote", ["voted_for"])
    earlier = [one for one in lines[: answer["line"] - 1] if one["event"] == "vote" and one["server"] == line["server"]]
    assert earlier[-1]["voted_for"] not in (None, line["voted_for"])
    assert earlier[-1]["term"] == line["term"]


def test_a_leader_that_commits_too_early_is_found_where_it_does(followed):
    _, lines, code, answer = followed("eager-commit")
    assert code == Exit.SAFETY
    assert lines[answer["line"] - 1]["event"] == "commit"
    assert answer["unlike"] == ["commit_index"]
