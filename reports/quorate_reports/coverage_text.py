"""What a search never met: the suspicious conditions of a model, and its source with what was met beside each line."""

from __future__ import annotations

import ast
import linecache
from collections.abc import Iterator
from pathlib import Path

from quorate.verdict import CheckResult, Covered
from quorate_reports.page import QUIET, WARN, Page, Part
from quorate_reports.values import printable

MOST = 8
MARKS = {
    None: ("true/false", QUIET),
    "never true": ("never true", WARN),
    "never false": ("never false", ""),
    "never evaluated": ("not reached", WARN),
    "always ranges over nothing": ("nothing", WARN),
}
GUTTER = 12


def suspicious(result: CheckResult) -> list[Covered]:
    """The conditions with something strange about them, those that were never true before those never false."""
    found = [point for point in result.coverage if point.suspicion]
    return sorted(found, key=lambda point: point.suspicion == "never false")


def never_happened(result: CheckResult) -> int:
    """How many things never happened: actions, conditions that were never true or reached, variables that stay."""
    conditions = sum(1 for point in suspicious(result) if point.suspicion != "never false")
    return conditions + len(result.unchanged) + sum(1 for action in result.actions if not action.generated)


def write_suspicious(page: Page, result: CheckResult) -> None:
    """The first of the suspicious conditions, as a table."""
    found = suspicious(result)
    if not found:
        return
    page.blank()
    rows: list[list[Part]] = [
        [
            (point.suspicion or "", MARKS[point.suspicion][1]),
            (f"{Path(point.span.path).name}:{point.span.line}", QUIET),
            printable(f"{point.kind}: {point.condition}"),
        ]
        for point in found[:MOST]
    ]
    page.table(["coverage", "at", "condition"], rows, indent=2)
    if len(found) > MOST:
        page.line((f"and {len(found) - MOST} more: --coverage shows them in the source", QUIET), indent=2)


def write_source(page: Page, result: CheckResult) -> None:
    """The methods of the model that have conditions, each line with what was met of its conditions."""
    for path in dict.fromkeys(point.span.path for point in result.coverage):
        page.blank()
        page.line(f"coverage of {printable(path)}")
        by_line: dict[int, list[Covered]] = {}
        for point in result.coverage:
            if point.span.path == path:
                by_line.setdefault(point.span.line, []).append(point)
        for first, last in _functions(path, set(by_line)):
            page.blank()
            for number in range(first, last + 1):
                mark, style = _mark(by_line.get(number, []))
                source = printable(linecache.getline(path, number).rstrip())
                page.line((f"{mark:>{GUTTER}} ", style), (f"{number:>4} | ", QUIET), source, wraps=False)


def _mark(points: list[Covered]) -> tuple[str, str]:
    """What stands beside a line: the strangest of its conditions."""
    if not points:
        return "", ""
    order = list(MARKS)
    return MARKS[max((point.suspicion for point in points), key=order.index)]


def _functions(path: str, lines: set[int]) -> Iterator[tuple[int, int]]:
    """First and last line of each function of a file that has one of the lines."""
    tree = ast.parse("".join(linecache.getlines(path)))
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            last = node.end_lineno or node.lineno
            if lines & set(range(node.lineno, last + 1)):
                yield min([node.lineno, *(d.lineno for d in node.decorator_list)]), last
