"""The reasons why mutants survive speak of changes that can still be made, and stand in the documentation."""

from pathlib import Path

import pytest

from quorate.finder import find_model, shipped_names
from quorate.mutate.mutants import mutants
from quorate_reports.survivors import change_of, read_survivors

ROOT = Path(__file__).parents[2]
FILES = sorted((ROOT / "benchmarks" / "survivors").glob("*.toml"))
PAGE = (ROOT / "docs" / "mutation.md").read_text()


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_each_reason_is_one_for_a_mutant_of_the_model(path):
    known = read_survivors(path)
    changes = {change_of(one) for one in mutants(find_model(path.stem))}
    assert [change for change in known.reasons if change not in changes] == []
    assert [why for why in known.reasons.values() if why not in PAGE] == []


def test_every_shipped_model_has_its_score_in_the_documentation():
    assert {path.stem for path in FILES} <= set(shipped_names())
    assert [name for name in shipped_names() if f"| `{name}` | " not in PAGE] == []
    assert "Not explained" not in PAGE
