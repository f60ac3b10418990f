"""How many states the search finds at each depth, against a plain breadth-first search by native Python."""

import pytest

import quorate
from quorate import Int, Model, action, invariant, require


class Grid(Model):
    top = 4
    x = Int(0, 4, init=0)
    y = Int(0, 4, init=0)

    @action()
    def right(self):
        require(self.x < 4)
        self.x += 1

    @action()
    def double(self):
        require(self.y + self.x <= 4)
        self.y += self.x

    @invariant
    def small(self):
        return self.x + self.y < 7


def natively(model):
    """The states of each level."""
    level = model.initial_states()
    seen, sizes = set(level), []
    while level:
        sizes.append(len(level))
        found = [step.state for state in level for step in model.successors(state)]
        level = [state for state in dict.fromkeys(found) if state not in seen]
        seen |= set(level)
    return tuple(sizes)


def test_the_levels_are_those_of_a_plain_search(tmp_path):
    result = quorate.check(Grid(), properties=[], cache_dir=tmp_path)
    assert result.levels == natively(Grid())
    assert len(result.levels) == result.states.depth


@pytest.mark.parametrize("limits", [{"max_depth": 3}, {"max_states": 5}, {}])
def test_a_search_that_ends_early_has_the_levels_so_far(tmp_path, limits):
    result = quorate.check(Grid(), cache_dir=tmp_path, **limits)
    assert sum(result.levels) == result.states.distinct
    whole = natively(Grid())
    assert result.levels[:-1] == whole[: len(result.levels) - 1]
    assert result.levels[-1] <= whole[len(result.levels) - 1]
