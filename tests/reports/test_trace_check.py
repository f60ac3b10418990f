"""The command `trace-check`: a program's log, a mapping, and where the model leaves it."""

import json
from pathlib import Path

import pytest

from quorate.errors import Exit

MAPPING = """\
def observe(event):
    if event["what"] == "noise":
        return None
    known = {"state": {"role": {event["server"]: event["role"]}}} if "role" in event else {}
    return {"action": event["what"], "arguments": {"i": event["server"]}, **known}


def broken(event):
    return event["nothing"]
"""
LOG = [
    {"what": "time_out", "server": "s1", "role": "CANDIDATE"},
    {"what": "noise"},
    {"what": "on_request_vote", "server": "s2"},
    {"what": "become_leader", "server": "s1", "role": "LEADER"},
]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder with a log and a mapping, the current one."""
    monkeypatch.chdir(tmp_path)
    Path("map.py").write_text(MAPPING)
    write(LOG)


def write(events):
    Path("run.ndjson").write_text("".join(json.dumps(event) + "\n" for event in events))


FOLLOW = ["trace-check", "raft-election", "run.ndjson", "--map", "map.py", "--hidden", "on_vote"]


def test_a_log_that_conforms(folder, quorate):
    assert quorate(*FOLLOW).code == 0
    data = json.loads(quorate(*FOLLOW, "--format", "json").out)
    assert (data["conforms"], data["events"]) == (True, 3)
    assert len(data["possible"]) == 3


def test_a_log_that_does_not_is_located(folder, quorate):
    write([*LOG[:2], LOG[3]])
    result = quorate(*FOLLOW, "--format", "json")
    data = json.loads(result.out)
    assert result.code == Exit.SAFETY
    assert (data["conforms"], data["line"], data["events"]) == (False, 3, 1)
    assert data["nearest"] == "become_leader(i=s1)"
    assert "len(self.votes[s1]) >= self.majority (0 >= 2)" in data["blocked"]
    assert "raft_election.py:" in data["place"]
    text = quorate(*FOLLOW)
    assert text.code == Exit.SAFETY
    assert "line 3" in text.out


@pytest.mark.parametrize(
    ("lines", "options", "code"),
    [
        (["{"], [], Exit.USAGE),
        (["[1]"], [], Exit.USAGE),
        (['{"what": "noise"}'], ["--map", "map.py:broken"], Exit.USAGE),
        (['{"what": "noise"}'], ["--map", "map.py:missing"], Exit.PARAMETER),
        (['{"action": "time_out", "arguments": [1]}'], [], Exit.USAGE),
        (['{"action": "timeout"}'], [], Exit.PARAMETER),
        (['{"state": {"terms": {}}}'], [], Exit.PARAMETER),
        (["{}"], [], Exit.USAGE),
        ([], ["--hidden", "nothing"], Exit.PARAMETER),
        ([], ["-p", "max_term=1..2"], Exit.USAGE),
    ],
)
def test_what_cannot_be_followed_is_told(folder, quorate, lines, options, code):
    Path("run.ndjson").write_text("\n".join(lines))
    result = quorate("trace-check", "raft-election", "run.ndjson", *options)
    assert result.code == code
    assert result.err.startswith("error: ")


def test_a_log_that_is_not_there_is_told(folder, quorate):
    assert quorate("trace-check", "raft-election", "nothing.ndjson").code == Exit.USAGE
