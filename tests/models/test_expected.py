"""Every pinned verdict, and every broken variant's claim of where it is found and where it is hidden."""

import pytest

from quorate import check
from quorate.language.properties import TEMPORAL
from quorate.verdict import Holds, HoldsWithinBounds, Violated
from quorate_reports.sequence import sequence
from quorate_reports.sequence_svg import sequence_svg
from quorate_reports.svg import trace_to_svg

COUNTS = ("distinct", "generated", "depth", "cut")


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    return tmp_path_factory.mktemp("compiled")


def pinned_counts(expected):
    """The counts that an entry pins."""
    return {name: expected[name] for name in COUNTS if name in expected}


def test_a_pinned_verdict_says_where_it_comes_from(expected):
    assert expected["source"]


def test_plain_search_finds_what_is_pinned(expected_of_plain_search, model_of, brute_force, violated_by_runs):
    expected = expected_of_plain_search
    model = model_of(expected["model"])(**expected["parameters"])
    temporal = {prop.name for prop in model.model_properties() if prop.is_temporal}
    violated = expected["verdict"] == "violated"
    of_runs = violated and expected["property"] in temporal
    space = brute_force(model, to_the_end=not violated or of_runs)
    if temporal and (of_runs or not violated):
        assert (expected["property"] in violated_by_runs(model)) if of_runs else not violated_by_runs(model)
    if violated and not of_runs:
        assert space.violated == {expected["property"]: expected["trace"]}
    else:
        counts = pinned_counts(expected)
        assert {name: getattr(space, name) for name in counts} == counts
        assert not space.violated


def test_the_checker_finds_what_is_pinned(expected, model_of, cache):
    result = check(model_of(expected["model"])(**expected["parameters"]), cache_dir=cache)
    assert result.verdict.name == expected["verdict"]
    if isinstance(result.verdict, Violated):
        assert result.verdict.trace.property == expected["property"]
        if "trace" in expected:
            assert len(result.verdict.trace.steps) == expected["trace"]
    if not isinstance(result.verdict, Violated) or result.verdict.trace.kind in TEMPORAL:
        counts = pinned_counts(expected)
        assert {name: getattr(result.states, name) for name in counts} == counts
        assert result.states.left_on_queue == 0


def test_a_variant_is_caught_where_it_says_and_the_gallery_shows_it(variant, variant_name, cache, repository):
    result = check(variant(**variant.expected.found_at), cache_dir=cache)
    assert isinstance(result.verdict, Violated)
    trace = result.verdict.trace
    assert trace.property == variant.expected.property
    # `make gallery` draws it anew
    picture = repository / "docs/gallery" / f"{variant_name.replace(':', '-')}.svg"
    drawn = sequence_svg(sequence(trace)) if trace.lanes else trace_to_svg(trace)
    assert picture.read_text(encoding="utf-8") == drawn


def test_the_gallery_shows_all_variants_and_no_others(repository, variant_names):
    folder = repository / "docs/gallery"
    shown = {path.stem for path in folder.glob("*.svg")}
    assert shown == {name.replace(":", "-") for name in variant_names}
    page = (folder / "README.md").read_text(encoding="utf-8")
    assert [name for name in variant_names if f"[`{name}`]" not in page] == []


def test_a_variant_is_hidden_where_it_says(variant, cache):
    """All properties hold there, and nothing about that is vacuous."""
    result = check(variant(**variant.expected.hidden_at), cache_dir=cache)
    assert isinstance(result.verdict, Holds | HoldsWithinBounds)
