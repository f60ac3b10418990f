"""Quorate as it is installed here: editable in the checkout, or (with QUORATE_WHEEL set) from that wheel."""

import importlib
import importlib.metadata
import os
import subprocess
import sys
import sysconfig
import tomllib
from pathlib import Path

import pytest

ROOTS = {
    "checker": "quorate",
    "invariants": "quorate_invariants",
    "models": "quorate_models",
    "reports": "quorate_reports",
}
SCHEMAS = ["check", "lint", "list", "prove", "replay", "trace", "why"]
SHIPPED = [
    "two-phase-commit",
    "paxos",
    "consensus",
    "voting",
    "paxos-roles",
    "flexible-paxos",
    "multi-paxos",
    "multi-paxos-smr",
    "fast-paxos",
    "paxos-liveness",
    "raft",
    "raft-disks",
    "raft-membership",
    "raft-prevote",
    "raft-progress",
    "raft-reads",
    "raft-tla",
    "gossip",
    "lock-server",
    "raft-election",
    "raft-liveness",
    "anti-entropy",
    "rumour-mongering",
    "rumour-backup",
    "last-writer-wins",
    "tombstones",
    "version-vectors",
    "dynamo",
    "ring-gossip",
    "redis-failover",
    "redis-takeover",
    "redis-replication",
    "redis-failure-detector",
    "redis-meet",
    "byzantine-generals",
    "three-phase-commit",
    "zab",
    "membership",
]


def quorate(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Runs the installed command in another folder, with nothing but its installation to find its parts by."""
    script = Path(sysconfig.get_path("scripts")) / "quorate"
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    environment["XDG_CACHE_HOME"] = str(cwd / "cache")
    return subprocess.run(
        [str(script), *arguments],
        cwd=cwd,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(("root", "package"), ROOTS.items())
def test_a_package_is_imported_from_where_it_is_installed(repository, root, package):
    found = Path(importlib.import_module(package).__file__).resolve()
    from_wheel = "QUORATE_WHEEL" in os.environ
    home = Path(sysconfig.get_path("purelib")).resolve() if from_wheel else repository / root
    assert found == home / package / "__init__.py"


def test_the_installed_version_is_the_declared_one(repository):
    declared = tomllib.loads((repository / "pyproject.toml").read_text())["project"]["version"]
    assert importlib.metadata.version("quorate") == declared


def test_the_shipped_models_are_all_registered():
    ours = importlib.metadata.distribution("quorate").entry_points.select(group="quorate.models")
    assert {entry.name for entry in ours} == set(SHIPPED)


@pytest.mark.parametrize("name", SHIPPED)
def test_a_shipped_name_loads_a_model(name):
    from quorate import Model

    [entry] = importlib.metadata.distribution("quorate").entry_points.select(group="quorate.models", name=name)
    assert issubclass(entry.load(), Model)


def test_the_command_lists_every_shipped_model_from_another_folder(tmp_path):
    done = quorate("list", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert [name for name in SHIPPED if name not in done.stdout] == []


def test_the_command_checks_a_shipped_model_from_another_folder(tmp_path):
    done = quorate("check", "two-phase-commit", cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr


def test_importing_the_language_loads_no_engine():
    heavy = {"llvmlite", "numba", "z3", "hypothesis", "pytest", "rich", "typer", "graphviz"}
    program = "import quorate, sys; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    loaded = set(done.stdout.split())
    assert "quorate" in loaded
    assert heavy & loaded == set()
