"""The last writer wins: the states counted by hand, and what a tie in the timestamps adds to them."""

import pytest

from quorate_models.last_writer_wins import LastWriterWins, TiedTimestamps


@pytest.mark.parametrize(("replicas", "times"), [(1, 3), (2, 1), (2, 3), (3, 2)])
def test_what_has_been_received_says_what_is_held(replicas, times, brute_force):
    """Each replica has made no write, or one at some time that any of the others have received; nothing else counts."""
    space = brute_force(LastWriterWins(replicas=replicas, times=times))
    assert space.distinct == (1 + times * 2 ** (replicas - 1)) ** replicas
    assert not space.violated


def test_with_ties_it_does_not_and_without_it_does(brute_force):
    assert brute_force(TiedTimestamps(replicas=2, times=1)).violated.keys() == {"converges"}
    shared = {"replicas": 2, "times": 2, "clocks": "shared"}
    assert brute_force(TiedTimestamps(**shared)).distinct == brute_force(LastWriterWins(**shared)).distinct
