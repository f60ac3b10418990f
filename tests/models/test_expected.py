"""Every pinned verdict, and every broken variant's claim of where it is found and where it is hidden."""

import pytest

COUNTS = ("distinct", "generated", "depth", "cut")


def test_a_pinned_verdict_says_where_it_comes_from(expected, model_of):
    assert expected["source"]
    assert expected["size"] in ("small", "medium", "big")
    model_of(expected["model"])(**expected["parameters"])


def test_plain_search_finds_what_is_pinned(expected, model_of, brute_force):
    if expected["size"] != "small":
        pytest.skip("too large for a search in plain Python")
    violated = expected["verdict"] == "violated"
    space = brute_force(model_of(expected["model"])(**expected["parameters"]), to_the_end=not violated)
    if violated:
        assert space.violated == {expected["property"]: expected["trace"]}
    else:
        assert {name: getattr(space, name) for name in COUNTS} == {"cut": 0} | {
            name: expected[name] for name in COUNTS if name in expected
        }
        assert not space.violated
