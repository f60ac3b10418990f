"""Byzantine generals: how many of them it takes (Lamport, Shostak, Pease 1982, section 3, theorem 1)."""

import pytest

from quorate import check
from quorate.verdict import Violated
from quorate_models.byzantine_generals import ByzantineGenerals


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    return tmp_path_factory.mktemp("compiled")


@pytest.mark.parametrize("generals", [3, 4, 5, pytest.param(6, marks=pytest.mark.full)])
def test_one_round_of_telling_takes_more_than_three_generals_a_traitor(generals, cache):
    verdict = check(ByzantineGenerals(generals=generals, traitors=1), cache_dir=cache).verdict
    assert isinstance(verdict, Violated) == (generals <= 3)


@pytest.mark.full
@pytest.mark.parametrize("generals", [6, 7])
def test_two_traitors_take_two_rounds_of_telling(generals, cache):
    """OM(2) copes with two traitors among seven; OM(1) does not."""
    assert isinstance(check(ByzantineGenerals(generals=generals, traitors=2), cache_dir=cache).verdict, Violated)
