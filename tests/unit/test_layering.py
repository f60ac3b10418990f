"""Who may import whom: models → invariants → checker, reports → checker, and each heavy library in one place only."""

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

# Each source root holds one package.
ROOTS = {
    "checker": "quorate",
    "invariants": "quorate_invariants",
    "models": "quorate_models",
    "reports": "quorate_reports",
}

# The packages of ours that a package may import beside itself.
MAY_IMPORT = {
    "quorate": set(),
    "quorate_invariants": {"quorate"},
    "quorate_models": {"quorate", "quorate_invariants"},
    "quorate_reports": {"quorate"},
}

# The only places that may import a library.
CONFINED = {
    "z3": ("quorate.prove",),
    "llvmlite": ("quorate.kernel",),
    "numba": ("quorate.explore", "quorate.kernel"),
}


@dataclass(frozen=True)
class Import:
    """That a module of ours imports another module. `importer` and `imported` are dotted names."""

    importer: str
    imported: str
    place: str


def imported_names(node: ast.AST, importer_package: str) -> list[str]:
    """The dotted names that one syntax node imports: statements, and calls with a literal name."""
    match node:
        case ast.Import(names=names):
            return [alias.name for alias in names]
        case ast.ImportFrom(module=module, level=0, names=names):
            return [f"{module}.{alias.name}" for alias in names]
        case ast.ImportFrom(module=module, level=level):
            parts = importer_package.split(".")
            return [".".join([*parts[: len(parts) - level + 1], *([module] if module else [])])]
        case ast.Call(
            func=ast.Name(id="import_module" | "__import__") | ast.Attribute(attr="import_module"),
            args=[ast.Constant(value=str(name)), *_],
        ):
            return [name]
    return []


def all_imports(repository: Path) -> Iterator[Import]:
    """Every import in the four packages, also those inside functions and under TYPE_CHECKING.

    Raises AssertionError when a package is missing, so that nothing is checked vacuously.
    """
    for root, package in ROOTS.items():
        assert (repository / root / package / "__init__.py").is_file(), f"no package {root}/{package}"
        for path in sorted((repository / root).rglob("*.py")):
            parts = list(path.relative_to(repository / root).with_suffix("").parts)
            is_package = parts[-1] == "__init__"
            importer = ".".join(parts[:-1] if is_package else parts)
            importer_package = importer if is_package else ".".join(parts[:-1])
            for node in ast.walk(ast.parse(path.read_bytes(), filename=str(path))):
                for name in imported_names(node, importer_package):
                    yield Import(importer, name, f"{path.relative_to(repository)}:{node.lineno}")


def within(module: str, package: str) -> bool:
    return module == package or module.startswith(f"{package}.")


def violations(repository: Path) -> list[str]:
    """Each import that breaks a rule, as `place: importer imports imported`."""
    found = []
    for item in all_imports(repository):
        ours = item.importer.split(".")[0]
        theirs = item.imported.split(".")[0]
        homes = CONFINED.get(theirs)
        upward = theirs in ROOTS.values() and theirs != ours and theirs not in MAY_IMPORT.get(ours, set())
        astray = homes is not None and not any(within(item.importer, home) for home in homes)
        if upward or astray:
            found.append(f"{item.place}: {item.importer} imports {item.imported}")
    return found


def canonical(distribution: str) -> str:
    """The name of a distribution as package indexes compare it."""
    return re.sub(r"[-_.]+", "-", distribution).lower()


def undeclared(repository: Path) -> set[str]:
    """Top-level modules that the four packages import and that no declared dependency provides."""
    project = tomllib.loads((repository / "pyproject.toml").read_text())["project"]
    declared = {canonical(re.match(r"[\w.-]+", requirement)[0]) for requirement in project["dependencies"]}
    known = {*sys.stdlib_module_names, *ROOTS.values()}
    third_party = {item.imported.split(".")[0] for item in all_imports(repository)} - known
    providers = packages_distributions()
    return {name for name in third_party if not declared & {canonical(p) for p in providers.get(name, [name])}}


def test_imports_keep_to_the_layers(repository):
    assert violations(repository) == []


def test_every_import_is_of_a_declared_dependency(repository):
    assert undeclared(repository) == set()


def test_each_source_root_holds_its_package_and_nothing_else_python_sees(repository):
    for root, package in ROOTS.items():
        children = {path.name for path in (repository / root).iterdir() if path.is_dir() or path.suffix == ".py"}
        assert children - {"__pycache__"} == {package}, root


@pytest.fixture
def tree(tmp_path):
    """A checkout with four empty packages."""
    for root, package in ROOTS.items():
        (tmp_path / root / package).mkdir(parents=True)
        (tmp_path / root / package / "__init__.py").touch()
    (tmp_path / "pyproject.toml").write_text('[project]\ndependencies = ["llvmlite>=0.50"]\n')
    return tmp_path


def plant(tree: Path, path: str, text: str) -> None:
    (tree / path).parent.mkdir(parents=True, exist_ok=True)
    (tree / path).write_text(text)


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("checker/quorate/bad.py", "import quorate_models"),
        ("checker/quorate/bad.py", "from quorate_models import paxos"),
        ("checker/quorate/bad.py", "from quorate_reports.cli import main"),
        ("checker/quorate/__init__.py", "import quorate_invariants.raft as raft"),
        ("checker/quorate/bad.py", "def late():\n    import quorate_models.raft"),
        ("checker/quorate/bad.py", "import importlib\nimportlib.import_module('quorate_models.raft')"),
        ("checker/quorate/bad.py", "from importlib import import_module\nimport_module('quorate_models')"),
        ("checker/quorate/bad.py", "__import__('quorate_models')"),
        ("invariants/quorate_invariants/bad.py", "from quorate_models.raft import Raft"),
        ("invariants/quorate_invariants/bad.py", "import quorate_reports"),
        ("models/quorate_models/bad.py", "import quorate_reports"),
        ("reports/quorate_reports/bad.py", "from quorate_models.raft import Raft"),
        ("reports/quorate_reports/bad.py", "import quorate_invariants"),
        ("checker/quorate/explore/bad.py", "import z3"),
        ("checker/quorate/prover.py", "import z3"),
        ("reports/quorate_reports/bad.py", "from z3 import Solver"),
        ("checker/quorate/compiler/bad.py", "if TYPE_CHECKING:\n    from llvmlite import ir"),
        ("checker/quorate/explore/bad.py", "import os, llvmlite.ir"),
        ("checker/quorate/prove/bad.py", "import numba"),
    ],
)
def test_a_planted_violation_is_caught(tree, path, text):
    plant(tree, path, text)
    [line] = violations(tree)
    assert line.startswith(f"{path}:")


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("models/quorate_models/good.py", "from quorate_invariants.raft import election_safety"),
        ("models/quorate_models/good.py", "from quorate import Model"),
        ("invariants/quorate_invariants/good.py", "from quorate import invariant"),
        ("reports/quorate_reports/good.py", "from quorate.verdict import Verdict"),
        ("checker/quorate/prove/good.py", "import z3"),
        ("checker/quorate/prove.py", "import z3"),
        ("checker/quorate/kernel/deep/good.py", "from llvmlite import binding, ir"),
        ("checker/quorate/explore/__init__.py", "import numba"),
        ("checker/quorate/explore/good.py", "from . import store\nfrom .. import verdict\nfrom .store import Store"),
        ("checker/quorate/good.py", "import quorate_models_of_someone_else"),
    ],
)
def test_what_is_allowed_is_not_caught(tree, path, text):
    plant(tree, path, text)
    assert violations(tree) == []


def test_a_missing_package_is_no_success(tree):
    (tree / "reports/quorate_reports/__init__.py").unlink()
    with pytest.raises(AssertionError, match="quorate_reports"):
        violations(tree)


def test_an_undeclared_dependency_is_caught(tree):
    plant(tree, "checker/quorate/kernel/emit.py", "import llvmlite.ir\nimport os\nimport hypothesis, not_to_be_found")
    assert undeclared(tree) == {"hypothesis", "not_to_be_found"}
