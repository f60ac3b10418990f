"""Values as text, and what changed between two of them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quorate_reports.values import changes, in_full, printable, show

names = st.from_regex(r"[a-z][a-z0-9_]{0,5}", fullmatch=True)
scalars = st.none() | st.booleans() | st.integers(-9, 9) | names


def compound(below):
    return (
        st.lists(below, max_size=3)
        | st.lists(below, max_size=3).map(lambda items: {"#set": items})
        | st.lists(below, max_size=3).map(lambda items: {"#bag": items})
        | st.lists(st.tuples(scalars, below).map(list), max_size=3, unique_by=lambda pair: show(pair[0])).map(
            lambda pairs: {"#map": pairs}
        )
        | st.dictionaries(names, below, min_size=1, max_size=3)
        | st.builds(lambda tag, fields: {"tag": tag, "value": fields}, names, st.dictionaries(names, below, max_size=3))
    )


data = st.recursive(scalars, compound, max_leaves=8)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "None"),
        (True, "True"),
        (-3, "-3"),
        ("LEADER", "LEADER"),
        ([], "[]"),
        ({"#set": ["a", "b"]}, "{a, b}"),
        ({"#bag": ["a", "a"]}, "[a, a]"),
        ({"#map": [["s1", "LEADER"], ["s2", None]]}, "{s1: LEADER, s2: None}"),
        ({"term": 1, "value": "v1"}, "(term=1, value=v1)"),
        ({"tag": "Vote", "value": {"src": "s1", "term": 1}}, "Vote(src=s1, term=1)"),
        ({"tag": "x", "value": 1}, "(tag=x, value=1)"),
        ({"#map": [[{"src": "s1", "dst": "s2"}, [1]]]}, "{(src=s1, dst=s2): [1]}"),
    ],
)
def test_a_value_reads_as_in_python(value, text):
    assert show(value) == text


def test_nothing_shown_can_steer_a_terminal():
    assert printable("a\x1b[2Jb\nc\u202e→é") == "a\\x1b[2Jb\\nc\\u202e→é"
    assert show(["\x07"]) == "[\\x07]"


def in_text(old, new):
    return [change.text() for change in changes(old, new)]


@pytest.mark.parametrize(
    ("old", "new", "texts"),
    [
        (1, 2, ["x: 1 → 2"]),
        (None, {"bal": 0}, ["x: None → (bal=0)"]),
        ({"#map": [["s1", 0], ["s2", 0]]}, {"#map": [["s1", 0], ["s2", 1]]}, ["x[s2]: 0 → 1"]),
        ({"#set": ["a", "b"]}, {"#set": ["b", "c"]}, ["x: - a", "x: + c"]),
        ({"#bag": ["a", "a"]}, {"#bag": ["a"]}, ["x: - a"]),
        ({"bal": 0, "val": "v"}, {"bal": 1, "val": "v"}, ["x.bal: 0 → 1"]),
        ([1, 2], [1, 3], ["x[1]: 2 → 3"]),
        ([1], [1, 2], ["x: [1] → [1, 2]"]),
        ({"#map": [["s1", {"#set": []}]]}, {"#map": [["s1", {"#set": ["s2"]}]]}, ["x[s1]: + s2"]),
        ({"tag": "A", "value": {"n": 1}}, {"tag": "A", "value": {"n": 2}}, ["x.n: 1 → 2"]),
        ({"tag": "A", "value": {"n": 1}}, {"tag": "B", "value": {"n": 1}}, ["x: A(n=1) → B(n=1)"]),
    ],
)
def test_a_change_is_told_as_deep_as_it_goes(old, new, texts):
    assert in_text({"same": 0, "x": old}, {"same": 0, "x": new}) == texts


@given(st.dictionaries(names, data, max_size=3), st.dictionaries(names, data, max_size=3))
def test_changes_are_told_exactly_of_the_variables_that_differ(old, new):
    differing = {name for name in {*old, *new} if name not in old or name not in new or differs(old[name], new[name])}
    assert {change.variable for change in changes(old, new)} == differing


def differs(old, new):
    """Sets, bags and maps have no order; everything else is compared as it stands."""
    return normal(old) != normal(new)


def normal(value):
    match value:
        case {"#set": items} | {"#bag": items}:
            return (next(iter(value)), sorted(repr(normal(item)) for item in items))
        case {"#map": pairs}:
            return ("#map", sorted((show(key), repr(normal(item))) for key, item in pairs))
        case dict():
            return sorted((name, repr(normal(item))) for name, item in value.items())
        case list():
            return [normal(item) for item in value]
    return value


@given(names, data, st.integers(10, 200))
def test_a_value_in_full_loses_nothing_but_repetitions(name, value, width):
    lines = in_full(name, value, width)
    assert lines[0].startswith(name)
    if len(f"{name}: {show(value)}") <= width:
        assert lines == [f"{name}: {show(value)}"]
