"""What is inside the wheel. With QUORATE_WHEEL set, that file is opened; else one is built, without a network."""

import configparser
import os
import subprocess
import sys
import tomllib
import zipfile
from email.parser import HeaderParser
from pathlib import Path

import pytest

ROOTS = {
    "checker": "quorate",
    "invariants": "quorate_invariants",
    "models": "quorate_models",
    "reports": "quorate_reports",
}


@pytest.fixture(scope="module")
def wheel(repository, tmp_path_factory):
    """The wheel, open for reading."""
    if given := os.environ.get("QUORATE_WHEEL"):
        path = Path(given)
    else:
        folder = tmp_path_factory.mktemp("wheel")
        command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(repository)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        [path] = folder.glob("*.whl")
    with zipfile.ZipFile(path) as archive:
        yield archive


@pytest.fixture(scope="module")
def project(repository):
    return tomllib.loads((repository / "pyproject.toml").read_text())["project"]


def metadata_file(wheel: zipfile.ZipFile, name: str) -> str:
    [path] = [path for path in wheel.namelist() if path.endswith(f".dist-info/{name}")]
    return wheel.read(path).decode()


def test_nothing_but_the_four_packages_is_at_the_top_level(wheel):
    top = {path.split("/")[0] for path in wheel.namelist()}
    assert {name for name in top if not name.endswith(".dist-info")} == set(ROOTS.values())


@pytest.mark.parametrize(("root", "package"), ROOTS.items())
def test_every_file_of_a_package_is_in_the_wheel_and_no_other(wheel, repository, root, package):
    files = (path.relative_to(repository / root) for path in (repository / root / package).rglob("*") if path.is_file())
    expected = {path.as_posix() for path in files if "__pycache__" not in path.parts}
    assert {f"{package}/__init__.py", f"{package}/py.typed"} <= expected
    assert {path for path in wheel.namelist() if path.startswith(f"{package}/")} == expected


def test_the_entry_points_are_the_declared_ones(wheel, project):
    entry_points = configparser.ConfigParser(delimiters="=")
    entry_points.optionxform = str
    entry_points.read_string(metadata_file(wheel, "entry_points.txt"))
    assert {group: dict(entry_points[group]) for group in entry_points.sections()} == {
        "console_scripts": project["scripts"],
        **project["entry-points"],
    }


def test_the_metadata_say_name_version_python_licence_and_what_it_is(wheel, project):
    metadata = HeaderParser().parsestr(metadata_file(wheel, "METADATA"))
    assert metadata["Name"] == "quorate"
    assert metadata["Version"] == project["version"]
    assert metadata["Requires-Python"] == ">=3.11"
    assert metadata["License-Expression"] == "MIT"
    assert metadata["Description-Content-Type"] == "text/markdown"
    assert "The Quorate authors" in metadata_file(wheel, "licenses/LICENSE")
