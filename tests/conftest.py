"""What every tier shares: how Hypothesis draws its examples, and where the checkout is."""

import functools
import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# A change must not fail for an example that another change drew, nor for a slow machine: the fast tests draw the same
# examples each time, and nothing is timed. The full run draws new ones, and more of them.
untimed = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True)
settings.register_profile("quick", untimed, derandomize=True, database=None)
settings.register_profile("full", untimed, derandomize=False, max_examples=2_000)
settings.load_profile("quick")


@pytest.fixture(scope="session")
def repository() -> Path:
    """The root of the checkout that these tests belong to."""
    return Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def as_published():
    """Hold what a command wrote as JSON, if that was asked for, against its schema: it has every key and no other."""
    return _as_published


def _as_published(arguments, output: str) -> None:
    written = " ".join(map(str, arguments)).replace("--format=", "--format ")
    if "--format json" in written and output.strip():
        data = json.loads(output)
        # a trace file is never an error, and what stands in its place may be one
        is_error = str(arguments[0]) == "show" and "error" in data
        name = "why" if is_error else "trace" if str(arguments[0]) == "show" else str(arguments[0])
        _validator(name).validate(data)


@functools.cache
def _validator(name: str):
    # the packaging tests run where these are not installed
    from jsonschema import Draft202012Validator

    from quorate_reports.schemas import schema

    return Draft202012Validator(_closed(schema(name)))


def _closed(part):
    """A schema whose objects have no keys but those it names: a new key has to be published."""
    if isinstance(part, list):
        return [_closed(item) for item in part]
    if not isinstance(part, dict):
        return part
    inner = {name: _closed(item) for name, item in part.items()}
    is_open = isinstance(part.get("properties"), dict) and part.get("type") == "object"
    return {"additionalProperties": False, **inner} if is_open else inner
