"""Two-phase commit, beside what `test_expected.py` pins."""

from quorate_models.two_phase_commit import TwoPhaseCommit


def test_both_outcomes_are_reached(brute_force):
    space = brute_force(TwoPhaseCommit(resource_managers=2))
    assert space.reached == {"all_committed", "all_aborted", "told_to_abort", "aborts_alone"}
    assert not space.violated


def test_a_state_of_nine_participants_is_one_word():
    """Two bits for each resource manager, two for the manager, a bit for each that it knows, a bit for each message."""
    model = TwoPhaseCommit(resource_managers=9)
    bits = sum((kind.cardinality - 1).bit_length() for kind in model.variables.values())
    assert bits == 2 * 9 + 2 + 9 + 11
