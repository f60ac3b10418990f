"""Each row of the operator tables means in the kernel what its Python function means, at the corners of its operands.

The tests go through the tables: a new row is tested on the day it is added, or fails here because it is not known how
to write it.
"""

import itertools

import pytest

from quorate.compiler.ops import COLLECTION_OPERATORS, OPERATORS

BIG = 2**61
CORNERS = [-BIG, -65, -64, -63, -62, -7, -3, -2, -1, 0, 1, 2, 3, 7, 61, 62, 63, 64, 65, BIG]
SMALL = [-3, -2, -1, 0, 1, 2, 3]

# Collections of two kinds of sets and of sequences: small ones of a word, large ones of several, with slots.
COLLECTIONS = {
    "eq": ["{0} == {1}"],
    "contains": ["{2} in {0}", "{2} not in {1}"],
    "len": ["len({0}) == {3}"],
    "count": ["{4}.count({2}) == {3}"],
    "union": ["{0} | {1} == {0}", "len({0} | {1}) == {3}"],
    "intersection": ["{0} & {1} == {1}", "len({0} & {1}) == {3}"],
    "difference": ["{0} - {1} == set()", "len({0} - {1}) == {3}"],
    "symmetric_difference": ["{0} ^ {1} == set()", "len({0} ^ {1}) == {3}"],
    "subset": ["{0} <= {1}", "{0} < {1}", "{0} >= {1}", "{0} > {1}", "{0}.issubset({1})", "{0}.issuperset({1})"],
    "concat": ["{4} + {5} == {4}", "len({4} + {5}) == {3}", "({4} + {5})[-1:] == {4}[-1:]"],
    "full": ["set(n.Item) == {0}", "len(set(n.Item)) == {3}"],
    "as_set": ["set({4}) == {0}", "len(set({4})) == {3}"],
}


def properties(conditions):
    return [f"    @invariant\n    def p{n}(n):\n        return {text}\n" for n, text in enumerate(conditions)]


def compare(probe, kernel, state):
    native, found = probe.native_values(kernel.model, state), kernel.values(state)
    assert native
    for name, value in native.items():
        if found[name] == "overflow":
            continue
        same = isinstance(found[name], str) if isinstance(value, str) else found[name] == value
        assert same, f"{name} in\n{state}\nnative {value!r}, kernel {found[name]!r}"


@pytest.mark.parametrize("name", OPERATORS)
def test_arithmetic(name, probe, programs, folder):
    assert name in programs.WRITTEN, f"say in `programs` how the operator {name} is written"
    row = OPERATORS[name]
    if row.operands == ("bool",):
        conditions, kind, corners = [f"{programs.WRITTEN[name].format('n.x')} == n.r"], "Bool()", [False, True]
        result = "Int(0, 1)" if row.result == "int" else "Bool()"
    else:
        kind, result = f"Int({-BIG}, {BIG})", f"Int({-BIG}, {BIG})" if row.result == "int" else "Bool()"
        corners = CORNERS
        operands = ["n.x", "n.y"][: len(row.operands)]
        conditions = [f"{programs.WRITTEN[name].format(*operands)} == n.r"]
    lines = ["class M(Model):", f"    Operand = {kind}", f"    Result = {result}"]
    lines += [f"    {letter} = Var(Operand, init={corners[0]})" for letter in "xy"]
    lines += [f"    r = Var(Result, init={'False' if result == 'Bool()' else 0})"]
    text = "\n".join([*lines, "    @action()", "    def step(self):", "        pass", *properties(conditions)])
    kernel = probe.Probe(probe.load(text, folder)())
    start = kernel.model.initial_states()[0]
    tried = 0
    for operands in itertools.product(corners, repeat=len(row.operands)):
        if name == "lshift" and operands[1] > 1000:
            continue  # Python runs out of memory
        try:
            exact = row.python(*operands)
        except (ZeroDivisionError, ValueError):
            exact = 0
        results = {exact, 0} if result.startswith("Int") else {False, True}
        for expected in results:
            if isinstance(expected, int) and abs(expected) > BIG:
                continue
            x, y = (*operands, corners[0])[:2]
            compare(probe, kernel, type(start)(kernel.model.variables, (x, y, expected)))
            tried += 1
    assert tried >= len(corners)


@pytest.mark.parametrize("name", OPERATORS)
def test_arithmetic_in_narrow_ranges(name, probe, programs, folder):
    """With ranges that are known the kernel leaves checks out; the results stay what they are."""
    row = OPERATORS[name]
    if row.operands == ("bool",):
        pytest.skip("a boolean has no other range")
    texts, corners = [], {}
    for number, (low, high) in enumerate([(-3, 3), (0, 3), (1, 3), (-3, -1)]):
        operands = [f"n.x{number}", f"n.y{number}"][: len(row.operands)]
        texts.append(f"{programs.WRITTEN[name].format(*operands)} == {'n.r' if row.result == 'int' else 'True'}")
        corners[number] = (low, high)
    lines = ["class M(Model):", "    r = Int(-100, 100, init=0)"]
    for number, (low, high) in corners.items():
        lines += [f"    {letter}{number} = Int({low}, {high}, init={low})" for letter in "xy"]
    text = "\n".join([*lines, "    @action()", "    def step(self):", "        pass", *properties(texts)])
    kernel = probe.Probe(probe.load(text, folder)())
    start = kernel.model.initial_states()[0]
    for x, y in itertools.product(SMALL, repeat=2):
        pairs = [(min(max(v, low), high)) for low, high in corners.values() for v in (x, y)]
        for result in {0, -1, 1, 3, -8, 24, *(_value(row, pairs[i : i + len(row.operands)]) for i in (0, 2, 4, 6))}:
            compare(probe, kernel, type(start)(kernel.model.variables, (result, *pairs)))


def _value(row, operands):
    try:
        return int(row.python(*operands))
    except (ZeroDivisionError, ValueError):
        return 0


@pytest.mark.parametrize("kind", ["Int(0, 4)", "Int(-2, 70)", "Option(Bool())", "Node(3)"])
@pytest.mark.parametrize("name", COLLECTION_OPERATORS)
def test_collections(name, kind, probe, folder):
    assert name in COLLECTIONS, f"say here how the operator {name} is written"
    lines = ["class M(Model):", f"    Item = {kind}"]
    lines += [f"    {letter} = Set(Item, init=set())" for letter in "ab"]
    lines += [f"    {letter} = Set(Item, capacity=4, init=set())" for letter in "cd"]
    lines += [f"    {letter} = Seq(Item, {size}, init=())" for letter, size in (("s", 3), ("t", 20))]
    lines += ["    x = Option(Item, init=None)" if "Option" not in kind else "    x = Var(Item, init=None)"]
    lines += ["    size = Int(0, 50, init=0)", "    @action()", "    def step(self):", "        pass"]
    conditions = []
    for one, other in [("n.a", "n.b"), ("n.c", "n.d"), ("n.a", "n.c"), ("n.d", "n.b")]:
        for written in COLLECTIONS[name]:
            for s, t in [("n.s", "n.t"), ("n.t", "n.s")]:
                conditions.append(written.format(one, other, "n.x", "n.size", s, t))
    text = "\n".join([*lines, *properties(dict.fromkeys(conditions))])
    kernel = probe.Probe(probe.load(text, folder)())
    model, start = kernel.model, kernel.model.initial_states()[0]
    items = list(model.types["Item"].values())
    items = [*items[:3], *items[-2:]]
    few = [[], items[:1], items[1:3], [items[0], items[-1]], items[:4]]
    for one, other in itertools.product(few, repeat=2):
        for x in (None, items[0], items[-1]):
            for size in {len(one), len({*one, *other})}:
                given = {"a": one, "b": other, "c": one, "d": other, "s": one[:3], "t": [*other, *other]}
                values = [set(v) if n in "abcd" else v for n, v in given.items()]
                checked = [kind.check(v) for kind, v in zip(model.variables.values(), [*values, x, size], strict=True)]
                compare(probe, kernel, type(start)(model.variables, tuple(checked)))
