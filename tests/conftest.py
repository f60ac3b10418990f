"""What every tier shares: how Hypothesis draws its examples, and where the checkout is."""

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
