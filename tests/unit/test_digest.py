"""The digest of the states found: of the set, not of the way through it."""

import pytest

from quorate import Int, Model, Param, action, check, invariant, require


class Grid(Model):
    """Two numbers that go up in steps."""

    size = Param(40, minimum=0)
    x = Int(0, 100, init=0)
    y = Int(0, 100, init=0)

    @action()
    def right(self):
        require(self.x < self.size)
        self.x += 1

    @action()
    def up(self):
        require(self.y < self.size)
        self.y += 1


class UpFirst(Grid):
    """The same states, met in another order."""

    def right(self):
        require(self.x < self.size and (self.y == self.size or self.x < self.y))
        self.x += 1

    @action()
    def jump(self):
        require(self.y < self.x)
        self.y = self.x

    @action()
    def back(self):
        require(self.x > 0)
        self.x -= 1

    @action()
    def down(self):
        require(self.y > 0)
        self.y -= 1


class Hole(Grid):
    """The same but for one state at the far corner."""

    def up(self):
        require(self.y < self.size and (self.x, self.y) != (self.size, self.size - 1))
        self.y += 1

    def right(self):
        require(self.x < self.size and (self.x, self.y) != (self.size - 1, self.size))
        self.x += 1


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    return tmp_path_factory.mktemp("compiled")


@pytest.fixture
def digest(cache):
    return lambda model: check(model, cache_dir=cache, with_digest=True).digest


def test_the_same_states_in_another_order_have_the_same_digest(digest, cache):
    first, second = (check(model, cache_dir=cache, with_digest=True) for model in (Grid(), UpFirst()))
    assert first.states.distinct == second.states.distinct == 41**2
    assert first.levels != second.levels
    assert first.digest == second.digest


def test_one_state_less_is_another_digest(digest, cache):
    assert check(Hole(), cache_dir=cache).states.distinct == 41**2 - 1
    assert digest(Hole()) != digest(Grid())


def test_the_digests_of_different_spaces_differ(digest):
    digests = [digest(Grid(size=size)) for size in range(30)]
    assert len(set(digests)) == len(digests)


def test_it_is_made_on_request_only(cache):
    assert check(Grid(), cache_dir=cache).digest is None


def test_the_levels_are_the_diagonals(cache):
    result = check(Grid(size=3), cache_dir=cache)
    assert result.levels == (1, 2, 3, 4, 3, 2, 1)


def test_the_levels_of_a_search_that_stops_are_those_it_saw(cache):
    class Short(Grid):
        @invariant
        def near(self):
            return self.x + self.y < 2

    result = check(Short(), cache_dir=cache)
    assert sum(result.levels) == result.states.distinct
    assert result.levels[:2] == (1, 2)
