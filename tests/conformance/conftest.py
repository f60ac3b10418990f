"""What the conformance tests share: the probe, the writer of random programs."""

import importlib.util
import sys
from pathlib import Path

import pytest


def module(name):
    """A module of this folder, under its bare name: test folders are no packages."""
    spec = importlib.util.spec_from_file_location(name, Path(__file__).with_name(f"{name}.py"))
    loaded = importlib.util.module_from_spec(spec)
    sys.modules[name] = loaded
    spec.loader.exec_module(loaded)
    return loaded


@pytest.fixture(scope="session")
def probe():
    """The module `probe`."""
    return module("probe")


@pytest.fixture(scope="session")
def programs():
    """The module `programs`."""
    module("phrases")
    return module("programs")


@pytest.fixture(scope="session")
def solved():
    """The module `solved`."""
    return module("solved")


@pytest.fixture(scope="session")
def folder(tmp_path_factory):
    """Where the texts of models are written."""
    return tmp_path_factory.mktemp("models")
