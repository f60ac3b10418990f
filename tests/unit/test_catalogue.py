"""The catalogue of mistakes: each example is reported with its code, at the marked place, with a cure."""

import re

import pytest

from quorate.compiler.catalogue import ENTRIES
from quorate.compiler.lint import lint

MARK = re.compile(r"^ *#( *)(\^+)$")


def marked(source):
    """The line, first and last column that the mark in a source stands for."""
    lines = source.splitlines()
    [(number, mark)] = [(n, line) for n, line in enumerate(lines, start=1) if MARK.match(line)]
    return number - 1, mark.index("^"), len(mark)


@pytest.fixture
def written(tmp_path):
    def write(source):
        path = tmp_path / "example.py"
        path.write_text(source)
        return path

    return write


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.code)
def test_each_example_is_that_mistake_at_that_place(entry, written):
    source = entry.source()
    found = [d for d in lint(str(written(source))) if d.severity == "error" or entry.severity == "warning"]
    assert [d.code for d in found] == [entry.code], [d.render() for d in found]
    [diagnostic] = found
    span = diagnostic.span
    line, first, last = marked(source)
    assert (span.line, span.column) == (line, first)
    # of a stretch of several lines the mark shows the first
    assert last == (span.end_column if span.end_line == line else len(span.source_line()))
    assert diagnostic.severity == entry.severity
    assert diagnostic.message


def test_codes_are_many_and_distinct():
    codes = [entry.code for entry in ENTRIES]
    assert len(set(codes)) == len(codes) >= 30
    assert all(re.fullmatch(r"Q\d{3}", code) for code in codes)


def test_the_page_of_mistakes_is_up_to_date(repository):
    from quorate.compiler.catalogue.page import page

    assert (repository / "docs" / "errors.md").read_text() == page(), "run `make docs`"
