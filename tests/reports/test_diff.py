"""The command `diff`, and the day of somebody who edits a protocol: diff, verify, and all green again."""

import inspect
import json
import subprocess
import sys
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


def test_what_a_revision_imports_is_of_the_revision(repository, quorate):
    same = ("--format", "json", "-p", "max_term=1")
    text = Path("raft.py").read_text().replace(GUARD, "return may(self.voted_for[i], candidate)")
    Path("raft.py").write_text(text.replace("from quorate ", "from rules.votes import may\nfrom quorate ", 1))
    Path("rules").mkdir()
    Path("rules/__init__.py").touch()
    Path("rules/votes.py").write_text("def may(voted, candidate):\n    return voted in (None, candidate)\n")
    git("add", "-A")
    git("commit", "-q", "-m", "a rule of its own")
    here = "raft.py:RaftElection"
    # the file stays as it is, what it imports does not
    Path("rules/votes.py").write_text("def may(voted, candidate):\n    return True\n")
    assert quorate("diff", f"HEAD~1:{here}", f"HEAD:{here}", *same).code == 0
    assert quorate("diff", f"HEAD:{here}", here, *same).code == Exit.SAFETY
    assert quorate("diff", here, f"HEAD:{here}", *same).code == Exit.VACUOUS
    git("commit", "-q", "-a", "-m", "votes are free")
    assert quorate("diff", f"HEAD~1:{here}", f"HEAD:{here}", *same).code == Exit.SAFETY
    assert quorate("diff", f"HEAD:{here}", here, *same).code == 0


def test_an_installed_package_of_the_repository_is_of_the_revision(repository, quorate, monkeypatch):
    same = ("--format", "json", "-p", "max_term=1")
    for folder in ("models", "src/ballots"):
        Path(folder).mkdir(parents=True)
    Path("src/ballots/__init__.py").write_text("from ballots.votes import may\n")
    Path("src/ballots/votes.py").write_text("def may(voted, candidate):\n    return voted in (None, candidate)\n")
    text = Path("raft.py").read_text().replace(GUARD, "return may(self.voted_for[i], candidate)")
    Path("models/raft.py").write_text(text.replace("from quorate ", "from ballots import may\nfrom quorate ", 1))
    git("add", "-A")
    git("commit", "-q", "-m", "a package")
    # as an editable installation has it
    monkeypatch.syspath_prepend(str(repository / "src"))
    Path("src/ballots/votes.py").write_text("def may(voted, candidate):\n    return True\n")
    here = "models/raft.py:RaftElection"
    try:
        assert quorate("diff", f"HEAD:{here}", here, *same).code == Exit.SAFETY
        now = sys.modules["ballots.votes"]
        assert Path(now.__file__).is_relative_to(repository)
        # also once what is now has been imported, which then is as it was
        assert quorate("diff", here, f"HEAD:{here}", *same).code == Exit.VACUOUS
        assert sys.modules["ballots.votes"] is now
    finally:
        for name in ("ballots", "ballots.votes"):
            sys.modules.pop(name, None)


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


MAPPED = """\
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
"""


def test_a_mapping_is_named_as_a_function_in_a_file(tmp_path, monkeypatch, quorate):
    monkeypatch.chdir(tmp_path)
    Path("count.py").write_text(MAPPED)
    result = quorate("diff", "count.py:Coarse", "count.py:Fine", "--map", "count.py:rounded", "--format", "json")
    assert (result.code, json.loads(result.out)["refines"]) == (0, True)
    assert quorate("diff", "count.py:Coarse", "count.py:Fine").code == Exit.USAGE
