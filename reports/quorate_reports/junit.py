"""Checks as JUnit XML, the form in which Jenkins, GitLab and others read the results of tests.

A check is a test suite, and each of its properties a test case. What is vacuous or inconclusive fails as what is
violated does: unknown is never success. Only what a violation kept from being answered is skipped: the suite fails.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Mapping, Sequence

from quorate.errors import LoadError, QuorateError
from quorate.trace import Data
from quorate.verdict import (
    CheckResult,
    Holds,
    HoldsWithinBounds,
    Inconclusive,
    Proved,
    Vacuous,
    Verdict,
    Violated,
    worst,
)
from quorate_reports.trace_text import trace_to_text
from quorate_reports.unchecked import Unchecked
from quorate_reports.values import printable, show, show_parameters
from quorate_reports.wording import failing, worth

WIDTH = 120


def checks_to_junit(checks: Sequence[tuple[CheckResult, str] | Unchecked]) -> str:
    """Checks, each with the command that does it again, as the text of an XML file.

    A search answers for all its properties at once, so that each test case has an equal share of the time.
    """
    root = ET.Element("testsuites", name="quorate")
    for check in checks:
        root.append(_not_made(check) if isinstance(check, Unchecked) else _suite(*check))
    suites = list(root)
    for total in ("tests", "failures", "errors"):
        root.set(total, str(sum(int(suite.get(total, 0)) for suite in suites)))
    root.set("time", _time(sum(float(suite.get("time", 0)) for suite in suites)))
    ET.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def error_to_junit(error: QuorateError) -> str:
    """An error that ended the whole command, as the text of an XML file."""
    return checks_to_junit([Unchecked("quorate", {}, error)])


def _suite(result: CheckResult, reproduce: str) -> ET.Element:
    cases = [(item.name, item.verdict) for item in result.properties]
    if not cases or type(worst(tuple(verdict for _, verdict in cases))) is not type(result.verdict):
        # a deadlock, or a step that fails, is of no property
        cases.append(("check", result.verdict))
    suite = _named(result.model, result.parameters, len(cases), result.seconds.total)
    states = result.states
    given = {name: show(value) for name, value in result.parameters.items()}
    counts = {"generated": states.generated, "distinct": states.distinct, "depth": states.depth, "cut": states.cut}
    properties = ET.SubElement(suite, "properties")
    for name, value in {**given, **counts, "verdict": result.verdict.name, "reproduce": reproduce}.items():
        ET.SubElement(properties, "property", name=_line(name), value=_line(str(value)))
    for name, verdict in cases:
        case = _case(suite, name, result.seconds.total / len(cases))
        _tell(case, result, verdict, reproduce)
    suite.set("failures", str(len(suite.findall("testcase/failure"))))
    suite.set("skipped", str(len(suite.findall("testcase/skipped"))))
    return suite


def _tell(case: ET.Element, result: CheckResult, verdict: Verdict, reproduce: str) -> None:
    """What became of a property: nothing more is said of one that holds in the whole space."""
    match verdict:
        case Holds() | Proved():
            return
        case HoldsWithinBounds():
            ET.SubElement(case, "system-out").text = f"{verdict.name}: {_line(_worth(result, verdict))}"
        case Violated(trace):
            why = (trace.explanation or "").partition("\n")[0]
            message = f"{failing(trace)}: {why}" if why else failing(trace)
            failure = ET.SubElement(case, "failure", type=verdict.name, message=_line(message))
            failure.text = f"\n{trace_to_text(trace, width=WIDTH)}\nreproduce: {_line(reproduce)}\n"
        case Inconclusive(reason) if isinstance(result.verdict, Violated):
            ET.SubElement(case, "skipped", message=_line(reason))
        case Vacuous(reason) | Inconclusive(reason):
            failure = ET.SubElement(case, "failure", type=verdict.name, message=_line(reason))
            failure.text = f"\n{verdict.name}: {_line(reason)}\nreproduce: {_line(reproduce)}\n"


def _worth(result: CheckResult, verdict: HoldsWithinBounds) -> str:
    # the whole check may have come to something worse
    return worth(result) if result.verdict == verdict else "bounds cut some steps, beyond which nothing is known"


def _not_made(check: Unchecked) -> ET.Element:
    suite = _named(check.model, check.parameters, 1, 0)
    error = ET.SubElement(
        _case(suite, "check", 0), "error", type=type(check.error).__name__, message=_line(check.error.message)
    )
    found = check.error.diagnostics if isinstance(check.error, LoadError) else ()
    hint = f"help: {check.error.hint}" if check.error.hint else ""
    parts = [check.error.message, *(one.render() for one in found), hint]
    error.text = "\n" + "".join(f"{_lines(part)}\n" for part in parts if part)
    suite.set("errors", "1")
    return suite


def _named(model: str, parameters: Mapping[str, Data], tests: int, seconds: float) -> ET.Element:
    shown = show_parameters(parameters)
    name = f"{printable(model)}({shown})" if shown else printable(model)
    counts = {"tests": str(tests), "failures": "0", "errors": "0", "skipped": "0"}
    return ET.Element("testsuite", {"name": name, **counts, "time": _time(seconds)})


def _case(suite: ET.Element, name: str, seconds: float) -> ET.Element:
    return ET.SubElement(suite, "testcase", name=_line(name), classname=suite.get("name", ""), time=_time(seconds))


def _time(seconds: float) -> str:
    return f"{seconds:.3f}"


def _line(text: str) -> str:
    """A text that XML can hold, on one line."""
    return printable(" ".join(text.split("\n")))


def _lines(text: str) -> str:
    return "\n".join(map(printable, text.split("\n")))
