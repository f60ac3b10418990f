"""What a machine that runs tests is told: JUnit XML, and annotations for GitHub."""

import json
import re
import xml.etree.ElementTree as ET
from dataclasses import replace
from pathlib import Path

import pytest

from quorate.errors import Diagnostic, Exit, LoadError, ParameterError, Span
from quorate.trace import Step
from quorate.verdict import Inconclusive, Vacuous, Violated
from quorate_reports.github import check_annotations, command, diagnostic_annotations, error_annotations
from quorate_reports.junit import checks_to_junit, error_to_junit
from quorate_reports.unchecked import Unchecked

RESULTS = ["holding", "bounded", "stopped", "violated"]
AGAIN = "quorate check raft -p servers=3"

# What the readers in Jenkins and GitLab know, after the schema of Jenkins' xUnit plugin: for each element the children
# and the attributes, those that must be there with a star.
SHAPE = {
    "testsuites": (["testsuite"], ["name", "time", "tests", "failures", "errors"]),
    "testsuite": (
        ["properties", "testcase"],
        ["name*", "tests*", "failures*", "errors*", "skipped", "time", "timestamp", "hostname", "id", "package"],
    ),
    "properties": (["property"], []),
    "property": ([], ["name*", "value*"]),
    "testcase": (["skipped", "error", "failure", "system-out", "system-err"], ["name*", "classname", "time"]),
    "failure": ([], ["type", "message"]),
    "error": ([], ["type", "message"]),
    "skipped": ([], ["type", "message"]),
    "system-out": ([], []),
}


@pytest.fixture(params=RESULTS)
def each(request):
    return request.getfixturevalue(request.param)


def read_junit(text):
    """The suites of a JUnit file, which has the shape that its readers expect, and counts that are right."""
    root = ET.fromstring(text.encode())
    assert root.tag == "testsuites"
    for element in root.iter():
        children, attributes = SHAPE[element.tag]
        assert {child.tag for child in element} <= set(children)
        assert set(element.attrib) <= {name.rstrip("*") for name in attributes}
        assert set(element.attrib) >= {name.rstrip("*") for name in attributes if name.endswith("*")}
        if "time" in element.attrib:
            assert re.fullmatch(r"[0-9]+\.[0-9]{3}", element.get("time"))
    for level in (root, *root):
        assert int(level.get("tests")) == len(list(level.iter("testcase"))) > 0
        assert int(level.get("failures")) == len(list(level.iter("failure")))
        assert int(level.get("errors")) == len(list(level.iter("error")))
    for suite in root:
        assert int(suite.get("skipped")) == len(list(suite.iter("skipped")))
    return list(root)


def outcomes(suite):
    return {case.get("name"): [child.tag for child in case] for case in suite.iter("testcase")}


def test_junit_golden(each, golden, request):
    name = request.node.callspec.params["each"]
    golden(f"{name}.junit.xml", checks_to_junit([(each, AGAIN)]))


def test_a_suite_fails_as_its_check_does(each):
    [suite] = read_junit(checks_to_junit([(each, AGAIN)]))
    assert (int(suite.get("failures")) > 0) == (each.exit_code != Exit.HOLDS)


def test_every_property_is_a_test_case(violated):
    [suite] = read_junit(checks_to_junit([(violated, AGAIN)]))
    assert set(outcomes(suite)) >= {item.name for item in violated.properties}
    failure = next(suite.iter("failure"))
    assert failure.get("type") == "violated"
    for step in violated.verdict.trace.steps[1:]:
        assert f"{step.action}(" in failure.text


def test_unknown_is_never_success_in_junit(holding):
    first, second = holding.properties
    for verdict in (Inconclusive("no time"), Vacuous("nothing to check")):
        properties = (first, replace(second, verdict=verdict))
        [suite] = read_junit(checks_to_junit([(replace(holding, verdict=verdict, properties=properties), AGAIN)]))
        assert outcomes(suite) == {first.name: [], second.name: ["failure"]}


def test_what_a_violation_left_open_is_skipped(holding, trace):
    first, second = holding.properties
    properties = (replace(first, verdict=Violated(trace)), replace(second, verdict=Inconclusive("stopped")))
    result = replace(holding, verdict=Violated(trace), properties=properties)
    [suite] = read_junit(checks_to_junit([(result, AGAIN)]))
    assert outcomes(suite) == {first.name: ["failure"], second.name: ["skipped"]}
    [line] = check_annotations(result, {}, AGAIN)
    assert "title=election_safety is violated" in line


def test_what_no_property_accounts_for_is_a_case_of_its_own(holding, fault_trace):
    result = replace(holding, verdict=Violated(fault_trace))
    [suite] = read_junit(checks_to_junit([(result, AGAIN)]))
    assert outcomes(suite) == {**{item.name: [] for item in holding.properties}, "check": ["failure"]}
    [suite] = read_junit(checks_to_junit([(replace(holding, properties=()), AGAIN)]))
    assert outcomes(suite) == {"check": []}


def test_a_check_that_could_not_be_made_is_an_error(holding):
    failed = Unchecked("TwoPhaseCommit", {"resource_managers": 0}, ParameterError("it must be 1..64"))
    suites = read_junit(checks_to_junit([(holding, AGAIN), failed]))
    assert [suite.get("errors") for suite in suites] == ["0", "1"]
    [suite] = read_junit(error_to_junit(LoadError("it does not load", hint="look")))
    assert outcomes(suite) == {"check": ["error"]}


def nasty(result, trace):
    """The result with texts in it that would break markup or give commands."""
    text = '<b>&"]]>\x00\x1b\n::error::x%0A\ud800\ufffe'
    states = [{text: {"#set": [text]}, "y": n} for n in (0, 1)]
    steps = (Step(None, {}, states[0]), Step(text, {text: text}, states[1]))
    bad = replace(trace, model=text, property=text, parameters={text: text}, explanation=text, steps=steps)
    properties = tuple(replace(item, name=text, verdict=Violated(bad)) for item in result.properties)
    return replace(result, model=text, parameters={text: text}, verdict=Violated(bad), properties=properties)


def test_no_text_breaks_the_markup_of_junit(holding, trace):
    [suite] = read_junit(checks_to_junit([(nasty(holding, trace), f"{AGAIN} '<&\x00\ud800'")]))
    assert len(suite.findall("testcase/failure")) == 2
    read_junit(error_to_junit(LoadError("<&\x00\n]]>\ud800", hint="\x1b<")))


# -- GitHub


def read_annotation(line):
    """The level, the properties and the message of an annotation, as GitHub's runner reads them."""
    assert "\n" not in line
    assert "\r" not in line
    found = re.fullmatch(r"::(error|warning) (.*?)::(.*)", line)
    parts = dict(part.split("=", 1) for part in found[2].split(","))

    def plain(text):
        for code, char in (("%0D", "\r"), ("%0A", "\n"), ("%3A", ":"), ("%2C", ","), ("%25", "%")):
            text = text.replace(code, char)
        return text

    return found[1], {name: plain(value) for name, value in parts.items()}, plain(found[3])


def test_github_golden(each, golden, request):
    name = request.node.callspec.params["each"]
    golden(f"{name}.github.txt", "".join(f"{line}\n" for line in check_annotations(each, {}, AGAIN)))


def test_a_check_that_does_not_hold_has_an_annotation(each):
    lines = check_annotations(each, {}, AGAIN)
    assert bool(lines) == (each.exit_code != Exit.HOLDS)
    assert all(read_annotation(line)[0] == "error" for line in lines)


def test_one_reason_that_leaves_all_open_is_told_once(stopped):
    assert len(stopped.properties) > 1
    [line] = check_annotations(stopped, {}, AGAIN)
    assert "the limit of 10,000 states was reached" in read_annotation(line)[2]


def test_no_text_gives_commands_of_its_own(holding, trace, models):
    lines = check_annotations(nasty(holding, trace), {}, "again\n::error::y")
    assert len(lines) == 2
    for line in lines:
        level, parts, message = read_annotation(line)
        assert (level, set(parts)) == ("error", {"title"})
        assert "::error::x%0A" in message
        assert not re.search("[\x00\x1b\ud800\ufffe]", line)


@pytest.mark.parametrize("path", ["a,b.py", "a:b.py", "100%.py", "a=b.py"])
def test_a_place_is_that_of_the_file_from_here(tmp_path, path):
    Path(path).write_text("x = 1\n")
    for name in (path, tmp_path / path):
        line = command("error", "m", title="t", span=Span(str(name), 1, 4, 1, 5))
        assert read_annotation(line)[1] == {"file": path, "line": "1", "col": "5", "title": "t"}
    # source that is in no file, as that of fault actions is
    assert set(read_annotation(command("error", "m", title="t", span=Span("<faults>", 1, 0, 1, 1)))[1]) == {"title"}


def test_mistakes_are_errors_and_the_rest_warnings():
    found = [Diagnostic("Q001", "wrong", None, "mend it"), Diagnostic("W001", "odd", severity="warning")]
    read = [read_annotation(line) for line in diagnostic_annotations(found)]
    assert read == [("error", {"title": "Q001"}, "wrong\nhelp: mend it"), ("warning", {"title": "W001"}, "odd")]
    assert error_annotations(LoadError("no", diagnostics=tuple(found))) == diagnostic_annotations(found)
    [line] = error_annotations(ParameterError("no", hint="yes"))
    assert read_annotation(line) == ("error", {"title": "quorate"}, "no\nhelp: yes")


# -- the command line


def commands(text):
    """The annotations in what a command wrote, as the runner finds them: none between a stop and its token."""
    found, token = [], None
    for line in text.splitlines():
        if token is not None:
            token = None if line == f"::{token}::" else token
        elif line.startswith("::stop-commands::"):
            token = line.removeprefix("::stop-commands::")
        elif line.lstrip().startswith("::"):
            found.append(read_annotation(line))
    assert token is None
    return found


@pytest.mark.parametrize(
    ("model", "code", "titles"),
    [
        ("Counter", Exit.HOLDS, []),
        ("Bounded", Exit.HOLDS, []),
        ("Unsafe", Exit.SAFETY, ["small is violated"]),
        ("Asserting", Exit.ASSERTION, ["an assertion in count fails"]),
        ("Overflowing", Exit.MODEL_FAULT, ["count fails (range)"]),
        ("Unreached", Exit.VACUOUS, ["full is vacuous"]),
    ],
)
def test_exit_codes_are_those_of_the_text(quorate, models, model, code, titles):
    arguments = ("check", f"{models}:{model}", "--no-z3")
    github = quorate(*arguments, "--format", "github")
    junit = quorate(*arguments, "--format", "junit")
    assert github.code == junit.code == quorate(*arguments).code == code
    found = commands(github.out)
    assert [parts["title"] for _, parts, _ in found] == titles
    [suite] = read_junit(junit.out)
    assert (suite.get("failures") != "0") == bool(titles)


def test_an_annotation_points_at_the_property_and_a_failing_step_at_its_line(quorate, models):
    lines = Path(models).read_text().splitlines()
    for model, name in (("Unsafe", "small"), ("Asserting", "self.x < 2")):
        [(_, parts, _)] = commands(quorate("check", f"{models}:{model}", "--no-z3", "--format", "github").out)
        assert parts["file"] == models
        assert lines[int(parts["line"]) - 1][int(parts["col"]) - 1 :].startswith(name)


def test_a_deadlock_is_at_the_model(quorate, models):
    outcome = quorate("check", f"{models}:Counter", "--deadlock", "--no-z3", "--format", "github")
    assert outcome.code == Exit.DEADLOCK
    [(_, parts, _)] = commands(outcome.out)
    assert "class Counter" in Path(models).read_text().splitlines()[int(parts["line"]) - 1]


def test_the_usual_report_stands_before_the_annotations(quorate, models):
    told = quorate("check", f"{models}:Unsafe", "--no-z3", "--format", "github").out
    inside = told.split("\n::")[0]
    assert re.search(r"^violated: ", inside, re.MULTILINE)
    quiet = quorate("check", f"{models}:Unsafe", "--format", "github", "--quiet")
    assert len(commands(quiet.out)) == 1


def test_a_sweep_has_a_suite_for_each_point(quorate, models):
    arguments = ("check", f"{models}:Unsafe", "-p", "limit=1..3")
    junit = quorate(*arguments, "--format", "junit")
    assert junit.code == Exit.SAFETY
    suites = read_junit(junit.out)
    assert [suite.get("name") for suite in suites] == [f"Unsafe(limit={n})" for n in (1, 2, 3)]
    assert [suite.get("failures") for suite in suites] == ["0", "1", "1"]
    found = commands(quorate(*arguments, "--format", "github").out)
    assert [parts["title"] for _, parts, _ in found] == ["small is violated"] * 2


def test_a_point_that_cannot_be_checked_is_an_error(quorate):
    Path("wide.py").write_text(
        "from quorate import Bound, Int, Model, Param, action, invariant\n\n\n"
        "class Wide(Model):\n    top = Param(1)\n    x = Int(0, 1, init=top)\n\n"
        "    @action()\n    def step(self):\n        self.x = 0\n\n"
        "    @invariant\n    def small(m):\n        return m.x < 2\n"
    )
    arguments = ("check", "wide.py", "-p", "top=1..2")
    data = json.loads(quorate(*arguments, "--format", "json").out)
    assert "error" in data["results"][1]
    junit = quorate(*arguments, "--format", "junit")
    assert [suite.get("errors") for suite in read_junit(junit.out)] == ["0", "1"]
    github = quorate(*arguments, "--format", "github")
    assert junit.code == github.code == data["exit_code"] != Exit.HOLDS
    assert len(commands(github.out)) == 1


@pytest.mark.parametrize(
    "arguments", [("missing.py",), ("two-phase-commit", "-p", "x=1"), ("paxos", "--max-states", "x")]
)
def test_whatever_ends_a_check_is_told_in_its_format(quorate, arguments):
    junit = quorate("check", *arguments, "--format", "junit")
    [suite] = read_junit(junit.out)
    assert suite.get("errors") == "1"
    github = quorate("check", *arguments, "--format", "github")
    assert len(commands(github.out)) == 1
    assert junit.code == github.code == quorate("check", *arguments).code != Exit.HOLDS


def test_lint_annotates_each_mistake_at_its_place(quorate):
    Path("bad.py").write_text(
        "from quorate import Int, Model, action\n\n\nclass Bad(Model):\n    x = Int(0, 3, init=0)\n\n"
        "    @action()\n    def step(self):\n        self.y = 1\n"
    )
    lint = quorate("lint", "bad.py", "--format", "github")
    found = commands(lint.out)
    data = json.loads(quorate("lint", "bad.py", "--format", "json").out)
    assert lint.code == data["exit_code"] == Exit.LOAD
    assert [(parts["title"], int(parts["line"]), int(parts["col"])) for _, parts, _ in found] == [
        (one["code"], one["place"]["line"], one["place"]["column"]) for one in data["diagnostics"]
    ]
    assert found
    assert quorate("lint", "paxos", "--format", "github").code == Exit.HOLDS
    # the mistakes that keep a check from its start are told as well
    assert commands(quorate("check", "bad.py", "--format", "github").out) == [one for one in found if one[0] == "error"]
