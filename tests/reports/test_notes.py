"""A broken variant that is not caught at its parameters says where it is."""

import json
from pathlib import Path

import pytest

from quorate.errors import Exit

VARIANTS = '''\
from counters import Counter
from quorate import Param, invariant, violates


class Tight(Counter):
    """Its invariant is too strict from a limit of 4 on."""

    expected = violates("tight", found_at={"limit": 4}, hidden_at={"limit": 3})

    @invariant
    def tight(m):
        return m.x < 4


class Innocent(Tight):
    """Is said to be broken, and is not."""

    expected = violates("tight", found_at={"limit": 3}, hidden_at={"limit": 2})


class Offset(Tight):
    """Is broken at what `found_at` leaves out, the defaults, and not everywhere else."""

    first = Param(3)
    expected = violates("tight", found_at={"limit": 4}, hidden_at={"first": 5})

    @invariant
    def tight(m):
        return m.x < 4 or m.first > 3
'''


@pytest.fixture
def variants(models):
    Path("variants.py").write_text(VARIANTS)
    return "variants.py"


def notes(outcome):
    return [line.removeprefix("note: ") for line in outcome.out.splitlines() if line.startswith("note: ")]


@pytest.mark.parametrize("switch", [[], ["--quiet"]])
def test_a_variant_that_holds_says_where_it_does_not(quorate, variants, switch):
    outcome = quorate("check", f"{variants}:Tight", *switch)
    assert outcome.code == Exit.HOLDS
    assert notes(outcome) == ["Tight is broken on purpose: it violates tight at limit=4"]


def test_what_it_does_not_name_it_means_at_its_default(quorate, variants):
    """Hidden by a parameter that `found_at` leaves out, a bug was said not to be found where it is claimed."""
    outcome = quorate("check", f"{variants}:Offset", "-p", "limit=4", "-p", "first=5")
    assert notes(outcome) == ["Offset is broken on purpose: it violates tight at limit=4"]


def test_it_is_in_the_json_too(quorate, variants):
    data = json.loads(quorate("check", f"{variants}:Tight", "--format", "json").out)
    assert data["notes"] == ["Tight is broken on purpose: it violates tight at limit=4"]


def test_at_its_own_parameters_it_says_that_they_do_not_do(quorate, variants):
    [note] = notes(quorate("check", f"{variants}:Innocent"))
    assert note == "Innocent is said to violate tight at these parameters, and does not"


@pytest.mark.parametrize(
    "arguments", [["Tight", "-p", "limit=4"], ["Tight", "--invariant", "full"], ["Tight", "--max-states", "2"]]
)
def test_there_is_no_note_where_it_is_caught_or_was_not_looked_for(quorate, variants, arguments):
    name, *options = arguments
    assert notes(quorate("check", f"{variants}:{name}", *options)) == []


def test_a_sound_model_has_no_note(quorate, models):
    assert notes(quorate("check", f"{models}:Counter")) == []


def test_a_sweep_says_it_once(quorate, variants):
    outcome = quorate("check", f"{variants}:Tight", "-p", "limit=1..3")
    assert notes(outcome) == ["Tight is broken on purpose: it violates tight at limit=4"]


def test_a_shipped_variant_says_it(quorate):
    [note] = notes(quorate("check", "paxos:EarliestVote"))
    assert "ballots=3" in note
