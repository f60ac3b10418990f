"""Parameters and budgets from the command line."""

import itertools

import pytest

from quorate import Bound, Int, Model, Param
from quorate.errors import ParameterError, UsageError
from quorate_reports.points import MOST_POINTS, parse_points
from quorate_reports.quantities import parse_bytes, parse_count, parse_seconds


class Small(Model):
    n = Param(3, minimum=0, maximum=5)
    m = Bound(1)
    flag = Param(False)
    x = Int(0, 9, init=0)


@pytest.mark.parametrize(
    ("texts", "swept", "points"),
    [
        ([], (), [{}]),
        (["n=4"], (), [{"n": 4}]),
        (["n=0..2"], ("n",), [{"n": 0}, {"n": 1}, {"n": 2}]),
        (["n=3..3"], ("n",), [{"n": 3}]),
        (["n=003"], (), [{"n": 3}]),
        ([f"m={2**61},-{2**61}"], ("m",), [{"m": 2**61}, {"m": -(2**61)}]),
        (["m=-1..1"], ("m",), [{"m": -1}, {"m": 0}, {"m": 1}]),
        (["n=1,3,1"], ("n",), [{"n": 1}, {"n": 3}]),
        (["flag=false,true"], ("flag",), [{"flag": False}, {"flag": True}]),
        (
            ["n=1..2", "flag=true", "m=0..1"],
            ("n", "m"),
            [{"n": n, "flag": True, "m": m} for n, m in itertools.product((1, 2), (0, 1))],
        ),
    ],
)
def test_points(texts, swept, points):
    parsed = parse_points(Small, texts)
    assert parsed.swept == swept
    assert [dict(point) for point in parsed.points] == points


@pytest.mark.parametrize(
    "text", ["n=6", "n=0..6", "n=-1..2", "n=2..1", "n=x", "n=", "n=1.5", "flag=0..1", "k=1", "n=1,9"]
)
def test_a_value_that_is_not_allowed_is_a_parameter_error(text):
    with pytest.raises(ParameterError):
        parse_points(Small, [text])


@pytest.mark.parametrize(
    "texts", [["n"], ["=3"], ["n=1", "n=2"], [f"m=0..{MOST_POINTS}"], ["m=0..99", "n=0..5", "flag=true,false"]]
)
def test_a_text_that_makes_no_sense_is_a_usage_error(texts):
    with pytest.raises(UsageError):
        parse_points(Small, texts)


@pytest.mark.parametrize("digits", [str(2**61 + 1), "1" + "0" * 20, "9" * 5000])
@pytest.mark.parametrize(
    ("form", "side"), [("m={}", "large"), ("m=-{}", "small"), ("m=0..{}", "large"), ("n={}", "large")]
)
def test_a_number_that_the_language_lacks_is_said_to_be_too_large(digits, form, side):
    with pytest.raises(ParameterError) as caught:
        parse_points(Small, [form.format(digits)])
    assert f"too {side}" in caught.value.message
    assert len(caught.value.message) < 80
    assert "2**61" in caught.value.hint


@pytest.mark.parametrize("text", ["x", "1.5", "10**20", "1e3", "", "٣"])
def test_what_is_no_number_is_said_to_be_none(text):
    with pytest.raises(ParameterError) as caught:
        parse_points(Small, [f"n={text}"])
    assert "not a whole number" in caught.value.message
    assert "0..5" in caught.value.hint


def test_a_huge_range_is_refused_at_once():
    with pytest.raises(UsageError):
        parse_points(Small, ["m=0..999999999999999999"])


@pytest.mark.parametrize(
    ("parse", "text", "value"),
    [
        (parse_count, "1000", 1000),
        (parse_count, "1_000_000", 10**6),
        (parse_count, "10M", 10**7),
        (parse_count, "1e6", 10**6),
        (parse_bytes, "2GB", 2 * 10**9),
        (parse_bytes, "512MB", 512 * 10**6),
        (parse_bytes, "1.5 GiB", 3 * 2**29),
        (parse_bytes, "4096", 4096),
        (parse_seconds, "90", 90),
        (parse_seconds, "5m", 300),
        (parse_seconds, "1.5h", 5400),
        (parse_seconds, "250ms", 0.25),
    ],
)
def test_budgets(parse, text, value):
    assert parse(text, "--max") == value


@pytest.mark.parametrize("parse", [parse_count, parse_bytes, parse_seconds])
@pytest.mark.parametrize("text", ["0", "-1", "0.0"])
def test_a_budget_of_nothing_is_told_the_least(parse, text):
    with pytest.raises(UsageError) as caught:
        parse(text, "--max")
    least = "more than 0" if parse is parse_seconds else "at least 1"
    assert least in caught.value.message


@pytest.mark.parametrize("parse", [parse_count, parse_bytes, parse_seconds])
@pytest.mark.parametrize("text", ["", "0", "-1", "x", "1XB", "1..2", "nan", "inf", "1e999", "٣"])
def test_a_budget_that_is_none_is_a_usage_error(parse, text):
    with pytest.raises(UsageError):
        parse(text, "--max")
