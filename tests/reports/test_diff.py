"""The command `diff`, and the day of somebody who edits a protocol: diff, verify, and all green again."""

import inspect
import json
import subprocess
from pathlib import Path

import pytest

from quorate.errors import Exit
from quorate.finder import find_model


@pytest.fixture
def repository(tmp_path, monkeypatch):
    """A git repository with Raft's elections in a file of their own, and a suite; the current folder."""
    monkeypatch.chdir(tmp_path)
    Path("raft.py").write_text(Path(inspect.getsourcefile(find_model("raft-election"))).read_text())
    Path("quorate.toml").write_text('[[check]]\nmodel = "raft.py:RaftElection"\nparameters = { max_term = 1 }\n')
    for command in (["init", "-q"], ["add", "."], ["commit", "-q", "-m", "elections"]):
        git(*command)
    return tmp_path


def git(*arguments):
    who = ["-c", "user.name=somebody", "-c", "user.email=somebody@localhost"]
    subprocess.run(["git", *who, *arguments], check=True, capture_output=True)


def edit(old, new):
    text = Path("raft.py").read_text()
    assert text.count(old) == 1
    Path("raft.py").write_text(text.replace(old, new))


GUARD = "return self.voted_for[i] in (None, candidate)"


def test_a_guard_is_changed_and_restored(repository, quorate):
    here = "raft.py:RaftElection"
    diff = ("diff", f"HEAD:{here}", here, "-p", "max_term=1", "--format", "json")
    verify = ("verify", "--workers", "1", "--format", "json")
    assert quorate(*verify, "--update").code == 0
    assert quorate(*diff).code == 0

    edit(GUARD, "return True")
    result = quorate(*diff)
    found = json.loads(result.out)
    assert result.code == found["exit_code"] == Exit.SAFETY
    changed = {one["property"]: one["new"] for one in found["verdicts"]}
    assert [name for name, verdict in changed.items() if verdict == "violated"] == ["terms_pass"]
    assert list(found["gained"]["actions"]) == ["on_request_vote"]
    assert found["gained"]["trace"]["steps"][-1]["action"] == "on_request_vote"
    assert not found["refines"]
    assert quorate(*(word for word in diff if word not in ("--format", "json"))).code == Exit.SAFETY
    assert list(Path("quorate-out/diff/gained").glob("*.svg"))
    result = quorate(*verify)
    assert result.code == Exit.SAFETY
    (check,) = json.loads(result.out)["checks"]
    assert check["trace"]["property"] == "terms_pass"
    assert check["differences"]

    edit("return True", GUARD)
    assert quorate(*diff).code == 0
    assert quorate(*verify).code == 0


def test_revisions_are_found_from_a_folder_below_too(repository, quorate, monkeypatch):
    Path("models").mkdir()
    Path("raft.py").rename("models/raft.py")
    git("add", "-A")
    git("commit", "-q", "-m", "moved")
    same = ("--format", "json", "-p", "max_term=1")
    assert quorate("diff", "HEAD~1:raft.py:RaftElection", "models/raft.py:RaftElection", *same).code == 0
    monkeypatch.chdir("models")
    assert quorate("diff", "HEAD:raft.py:RaftElection", "raft.py:RaftElection", *same).code == 0
    assert quorate("diff", "HEAD:models/raft.py:RaftElection", "raft.py:RaftElection", *same).code == 0


@pytest.mark.parametrize(
    ("old", "options", "code"),
    [
        ("HEAD:nothing.py", [], Exit.LOAD),
        ("NOWHERE:raft.py:RaftElection", [], Exit.LOAD),
        ("raft.py:RaftElection", ["-p", "bogus=1"], Exit.PARAMETER),
        ("raft.py:RaftElection", ["-p", "max_term=1..2"], Exit.USAGE),
        ("raft.py:RaftElection", ["--max-states", "10"], Exit.USAGE),
        ("raft.py:RaftElection", ["--map", "raft.py:nothing"], Exit.PARAMETER),
        ("raft.py:RaftElection", ["--map", "raft.py"], Exit.PARAMETER),
        ("lock-server", [], Exit.USAGE),
    ],
)
def test_what_cannot_be_compared_is_told(repository, quorate, old, options, code):
    result = quorate("diff", old, "raft.py:RaftElection", *options)
    assert result.code == code
    assert result.err.startswith("error: ")


MAPPED = '''\
from quorate import Int, Model, action, require


class Coarse(Model):
    n = Int(0, 4, init=0)

    @action()
    def up(self):
        require(self.n < 4)
        self.n += 2


class Fine(Model):
    half = Int(0, 4, init=0)

    @action()
    def up(self):
        require(self.half < 4)
        self.half += 1


def rounded(m):
    return {"n": m.half // 2 * 2}
'''


def test_a_mapping_is_named_as_a_function_in_a_file(tmp_path, monkeypatch, quorate):
    monkeypatch.chdir(tmp_path)
    Path("count.py").write_text(MAPPED)
    result = quorate("diff", "count.py:Coarse", "count.py:Fine", "--map", "count.py:rounded", "--format", "json")
    assert (result.code, json.loads(result.out)["refines"]) == (0, True)
    assert quorate("diff", "count.py:Coarse", "count.py:Fine").code == Exit.USAGE
