"""What a search met of each condition: the suspicious ones as a table, and all of them beside the model's source."""

from __future__ import annotations

import ast
import linecache
from collections.abc import Iterable
from pathlib import Path

from quorate.verdict import CheckResult, Covered
from quorate_reports.page import QUIET, WARN, Page, Part
from quorate_reports.values import printable

MOST = 8
STYLES = {
    "true/false": QUIET,
    "ranges": QUIET,
    "never false": "",
    "not reached": WARN,
    "never true": WARN,
    "empty": WARN,
}
"""The marks in the margin of the source, from what is usual to what is strange."""
GUTTER = 11


def suspicious(result: CheckResult) -> list[Covered]:
    """The conditions with something strange about them, those that were never true before those never false."""
    found = [point for point in result.coverage if point.suspicion]
    return sorted(found, key=lambda point: point.suspicion == "never false")


def write_suspicious(page: Page, result: CheckResult) -> None:
    """The first of the suspicious conditions, as a table; "so far" where states were left unexplored."""
    found = suspicious(result)
    if not found:
        return
    page.blank()
    rows: list[list[Part]] = [
        [
            (point.suspicion or "", "" if point.suspicion == "never false" else WARN),
            (f"{Path(point.span.path).name}:{point.span.line}", QUIET),
            printable(f"{point.kind}: {point.condition}"),
        ]
        for point in found[:MOST]
    ]
    page.table(["coverage so far" if result.states.left_on_queue else "coverage", "at", "condition"], rows, indent=2)
    if len(found) > MOST:
        page.line((f"and {len(found) - MOST} more: --coverage shows them in the source", QUIET), indent=2)


def write_source(page: Page, result: CheckResult) -> None:
    """The functions of the model that have conditions, each line with what was met of its conditions."""
    page.line(
        "coverage: whether a condition was ever true and ever false; whether an `all` or `any` ranges over anything"
    )
    for path in dict.fromkeys(point.span.path for point in result.coverage):
        page.blank()
        page.verbatim(printable(path))
        by_line: dict[int, list[Covered]] = {}
        for point in result.coverage:
            if point.span.path == path:
                by_line.setdefault(point.span.line, []).append(point)
        for number, (first, last) in enumerate(_functions(path, by_line)):
            if number:
                page.blank()
            for line in range(first, last + 1):
                # the strangest of the conditions in a line
                mark = max((_mark(point) for point in by_line.get(line, [])), key=list(STYLES).index, default="")
                source = printable(linecache.getline(path, line).rstrip())
                margin = (f"{mark:>{GUTTER}} ", STYLES.get(mark, ""))
                page.line(margin, (f"{line:>4} | ", QUIET), source, wraps=False)


def _mark(point: Covered) -> str:
    """What stands beside a line for one of its conditions."""
    if point.kind == "quantifier":
        return "ranges" if point.was_true else "empty" if point.was_false else "not reached"
    met = {(True, True): "true/false", (True, False): "never false", (False, True): "never true"}
    return met.get((point.was_true, point.was_false), "not reached")


def _functions(path: str, lines: Iterable[int]) -> list[tuple[int, int]]:
    """First and last line of each function of a file that has one of the lines, in order."""
    tree = ast.parse("".join(linecache.getlines(path)))
    spans = [
        (min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)]), node.end_lineno or node.lineno)
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef)
    ]
    # of functions in each other the innermost, which begins last
    around = [[span for span in spans if span[0] <= line <= span[1]] for line in lines]
    return sorted({max(found) for found in around if found})
