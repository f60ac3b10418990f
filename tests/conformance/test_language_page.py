"""Every example of docs/language.md runs, natively and compiled, and has the number of states that the page counts."""

from __future__ import annotations

import doctest
import re
from pathlib import Path

import pytest

import quorate
from quorate import Bag, Bool, Int, Map, Node, Record, Seq, Set
from quorate.errors import QuorateError
from quorate.finder import find_model
from quorate.verdict import Violated

PAGE = Path(__file__).parents[2] / "docs" / "language.md"
PREAMBLE = "from enum import Enum\nfrom quorate import *\n"
EXAMPLES = re.findall(r"```python\n(# (\d+) states.*?)```", PAGE.read_text(), re.DOTALL)


def name_of(example: str) -> str:
    """The last model of an example: the one its count is about."""
    return re.findall(r"^class (\w+)\(", example, re.MULTILINE)[-1]


def native_states(model: quorate.Model) -> int:
    """How many states there are, by the model's own methods and a set."""

    def kept(state):
        return all(constraint(model.at(state)) for constraint in model.constraints())

    seen = {state for state in model.initial_states() if kept(state)}
    todo = list(seen)
    while todo:
        found = {step.state for step in model.successors(todo.pop())} - seen
        seen |= {state for state in found if kept(state)}
        todo += [state for state in found if kept(state)]
    return len(seen)


@pytest.fixture
def example_file(tmp_path: Path):
    """Write an example to a file and load its last model."""

    def load(example: str) -> type[quorate.Model]:
        path = tmp_path / "example.py"
        path.write_text(PREAMBLE + example)
        return find_model(f"{path}:{name_of(example)}")

    return load


def test_the_page_has_an_example_for_each_construct():
    text = "".join(example for example, _ in EXAMPLES)
    # `require` and `within` are functions of the language; types and decorators are the rest of the public API
    functions = {"check", "compare", "stateful", "layout_report", "why", "explain_property"}
    functions |= {"prove_invariants", "bounded_check", "find_lemmas", "FoundLemma", "LemmaSearch"}
    for construct in set(quorate.__all__) - functions - {"Model", "State", "Transition", "Property"}:
        assert re.search(rf"\b{construct}\b", text), construct


@pytest.mark.parametrize(("example", "count"), EXAMPLES, ids=[name_of(example) for example, _ in EXAMPLES])
def test_an_example_has_the_states_that_the_page_counts(example, count, example_file, tmp_path):
    model = example_file(example)()
    assert native_states(model) == int(count)
    result = quorate.check(model, keep_going=True, cache_dir=tmp_path)
    assert result.states.distinct == int(count)
    assert isinstance(result.verdict, Violated) == (model.expected is not None)


LIMITS = {
    "nodes of a `Node` type": lambda n: Map(Node(n), Bool(), init=False),
    "keys of a `Map`": lambda n: Map(Int(1, n), Bool(), init=False),
    "possible elements of a `Set` without a capacity": lambda n: Set(Int(1, n), init=set()),
    "`capacity` of a `Set` or `Bag`": lambda n: Set(Bool(), capacity=n, init=set()),
    "`max_len` of a `Seq`": lambda n: Seq(Bool(), n, init=()),
    "bits of an element of a `Bag`, or of a `Set` with a capacity": lambda n: Bag(
        Record(a=Int(0, 2**32 - 1), b=Int(0, 2 ** (n - 32) - 1)), 2, init=()
    ),
    "the bounds of an `Int`, up or down from zero": lambda n: Int(-n, n, init=0),
}


@pytest.mark.parametrize(("what", "limit"), re.findall(r"^\| (.+) \| ([0-9*]+) \|$", PAGE.read_text(), re.MULTILINE))
def test_a_limit_of_the_page_is_allowed_and_one_more_is_refused(what, limit, tmp_path):
    declaration = LIMITS[what]
    base, _, exponent = limit.partition("**")
    most = int(base) ** int(exponent or 1)

    def size(number: int) -> int:
        model = type("Limits", (quorate.Model,), {"x": declaration(number)})()
        return quorate.layout_report(model).words

    assert size(most) > 0
    with pytest.raises(QuorateError):
        size(most + 1)


def test_every_limit_is_on_the_page():
    assert all(f"| {what} |" in PAGE.read_text() for what in LIMITS)


def test_the_native_session_of_the_page(example_file):
    session = re.search(r"```pycon\n(.*?)```", PAGE.read_text(), re.DOTALL)
    counter = example_file(next(example for example, _ in EXAMPLES if name_of(example) == "Counter"))
    test = doctest.DocTestParser().get_doctest(session[1], {"Counter": counter}, "language.md", str(PAGE), 0)
    assert doctest.DocTestRunner().run(test).failed == 0
