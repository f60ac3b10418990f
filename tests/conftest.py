"""What every tier shares: how Hypothesis draws its examples, and where the checkout is."""

from pathlib import Path

import pytest
from hypothesis import settings

# A change must not fail for an example that another change drew, nor for a slow machine: the fast tests draw the same
# examples each time and have no deadline. The full run draws new ones, and more of them.
settings.register_profile("quick", derandomize=True, deadline=None, database=None, print_blob=True)
settings.register_profile("full", derandomize=False, deadline=None, max_examples=2_000, print_blob=True)
settings.load_profile("quick")


@pytest.fixture(scope="session")
def repository() -> Path:
    """The root of the checkout that these tests belong to."""
    return Path(__file__).resolve().parents[1]
