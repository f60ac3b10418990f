"""What a search never met, in the report: the note on the verdict, the table, and the source with its margin."""

import json
import re
from dataclasses import replace

import pytest

from quorate.verdict import ActionCoverage, Covered, Violated
from quorate_reports.check_text import check_to_text
from quorate_reports.notes import never_happened

WATCHED = '''\
from quorate import Int, Model, Node, Set, action, invariant, require


class Watched(Model):
    N = Node(2)
    x = Int(0, 2, init=0)
    marked = Set(N, init=set())

    @action()
    def up(self):
        require(self.x < 2)
        if self.x > 7:
            self.x = 0
        self.x += 1

    @action()
    def never(self):
        """No state lets this happen."""
        require(self.x < 0)
        if self.x == 1:
            self.x = 2

    @action(n=N)
    def stay(self, n):
        require(self.x >= 0)

    def unconditional(self):
        return self.x

    @invariant
    def over_nothing(self):
        return all(n == n for n in self.marked)

    @invariant
    def over_something(self):
        return all(self.x > 0 for n in self.N if self.x > 0)
'''

# What stands beside each line with a condition, as follows from 0 → 1 → 2 and an empty set.
MARKS = {
    "require(self.x < 2)": "true/false",
    "if self.x > 7:": "never true",
    "require(self.x < 0)": "never true",
    "if self.x == 1:": "not reached",
    "require(self.x >= 0)": "never false",
    "return all(n == n for n in self.marked)": "empty",
    "return all(self.x > 0 for n in self.N if self.x > 0)": "ranges",
}


@pytest.fixture
def watched(tmp_path):
    (tmp_path / "watched.py").write_text(WATCHED)
    return "watched.py"


def source(out):
    """The lines of the source that are shown: the mark of each, its number and its text."""
    found = re.findall(r"^ *(.*?) +(\d+) \|(?: (.*))?$", out, re.MULTILINE)
    return [(mark, int(number), text) for mark, number, text in found]


def test_each_condition_has_its_mark_and_no_other_line_has_one(quorate, watched):
    shown = source(quorate("check", watched, "--coverage").out)
    assert {text.strip(): mark for mark, _, text in shown if mark} == MARKS
    assert {text.strip() for mark, _, text in shown if not mark} >= {"self.x += 1", "@action(n=N)"}


def test_the_source_is_that_of_the_file_in_order_and_each_line_once(quorate, watched):
    shown = source(quorate("check", watched, "--coverage").out)
    numbers = [number for _, number, _ in shown]
    assert numbers == sorted(set(numbers))
    lines = WATCHED.splitlines()
    assert all(lines[number - 1] == text for _, number, text in shown)
    # functions without a condition are left out
    assert not any("unconditional" in text or "class" in text for _, _, text in shown)


def test_a_model_inside_a_function_is_shown_once(quorate, tmp_path):
    inner = "".join(f"    {line}\n" if line else "\n" for line in WATCHED.splitlines())
    (tmp_path / "made.py").write_text(f"def make():\n{inner}\n    return Watched\n\n\nWatched = make()\n")
    shown = source(quorate("check", "made.py", "--coverage").out)
    assert len({number for _, number, _ in shown}) == len(shown)
    assert {text.strip(): mark for mark, _, text in shown if mark} == MARKS


def test_of_several_conditions_in_a_line_the_strangest_is_marked(quorate, tmp_path):
    both = WATCHED.replace("        require(self.x < 2)\n", "        require(self.x < 2); require(self.x < 9)\n")
    (tmp_path / "both.py").write_text(both)
    shown = source(quorate("check", "both.py", "--coverage").out)
    assert [mark for mark, _, text in shown if ";" in text] == ["never false"]


def test_coverage_is_asked_for(quorate, watched):
    assert source(quorate("check", watched).out) == []
    assert source(quorate("check", watched, "--coverage", "--quiet").out) != []
    assert source(quorate("check", watched, "--coverage", "--format", "json").out) == []


def test_the_coverage_of_a_sweep_says_of_which_point(quorate, models):
    out = quorate("check", f"{models}:Counter", "-p", "limit=2..3", "--coverage").out
    assert [line for line in out.splitlines() if re.fullmatch(r"limit=\d", line)] == ["limit=2", "limit=3"]
    assert out.count("require(self.x < self.limit)") == 2


def test_json_has_what_the_margin_has(quorate, watched):
    data = json.loads(quorate("check", watched, "--format", "json").out)
    strange = {item["condition"]: item["suspicion"] for item in data["coverage"] if item["suspicion"]}
    assert strange == {
        "self.x > 7": "never true",
        "self.x < 0": "never true",
        "self.x == 1": "never evaluated",
        "self.x >= 0": "never false",
        "n == n for n in self.marked": "always ranges over nothing",
    }
    assert data["unchanged"] == ["marked"]


def test_the_table_has_the_strange_conditions_with_their_lines(quorate, watched):
    out = quorate("check", watched).out
    table = out[out.index("  coverage ") :].split("\n\n")[0].splitlines()
    rows = [line for line in table if "watched.py:" in line]
    place = {line.strip(): number for number, line in enumerate(WATCHED.splitlines(), start=1)}
    assert f"watched.py:{place['require(self.x < 0)']}" in next(line for line in rows if "x < 0" in line)
    # what never was true comes before what never was false
    assert [row.split("  ")[1] for row in rows].index("never false") == 4
    assert len(rows) == 5


@pytest.mark.parametrize("left", [0, 3])
def test_what_was_not_met_in_part_of_a_space_is_said_to_be_so_far(stopped, left):
    text = check_to_text(replace(stopped, states=replace(stopped.states, left_on_queue=left)), reproduce="x")
    assert ("coverage so far" in text) == (left > 0)


# -- the note


def test_the_note_counts_what_never_happened(quorate, watched):
    # one action; x > 7, x < 0, x == 1 and the empty quantifier; one variable
    note = "6 things never happened: an action, 4 conditions, the change of a variable"
    assert f"note: {note}\n" in quorate("check", watched).out
    assert f"note: {note}\n" in quorate("check", watched, "--quiet").out
    assert json.loads(quorate("check", watched, "--format", "json").out)["notes"] == [note]


@pytest.mark.parametrize(
    ("actions", "suspicions", "unchanged", "note"),
    [
        (0, 0, 0, None),
        (1, 0, 0, "1 thing never happened: an action"),
        (0, 1, 0, "1 thing never happened: a condition"),
        (0, 0, 1, "1 thing never happened: the change of a variable"),
        (2, 3, 4, "9 things never happened: 2 actions, 3 conditions, the changes of 4 variables"),
    ],
)
def test_the_note_in_words(bounded, stopped, actions, suspicions, unchanged, note):
    never_true = next(point for point in stopped.coverage if point.suspicion == "never true")
    never_false = next(point for point in stopped.coverage if point.suspicion == "never false")
    fired = ActionCoverage("fired", 1, 1, 1)
    result = replace(
        bounded, actions=(fired, *[ActionCoverage("never", 0, 0, 0)] * actions),
        coverage=(never_false, *[never_true] * suspicions), unchanged=("x",) * unchanged,
    )  # fmt: skip
    assert isinstance(never_true, Covered)
    assert never_happened(result) == note


def test_only_a_good_verdict_has_the_note(holding, violated, stopped):
    assert never_happened(holding) is not None
    assert isinstance(violated.verdict, Violated)
    assert never_happened(violated) is None
    assert never_happened(stopped) is None
