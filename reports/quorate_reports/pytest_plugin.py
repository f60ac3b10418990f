"""Checks as tests: the fixture `quorate`, and the checks of `quorate.toml` as test items. pytest finds it by itself.

    def test_raft(quorate):
        quorate.check(Raft(servers=3)).holds()

Nothing heavy is imported before a check runs, for pytest loads this in every project that has Quorate installed.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from quorate.language.model import Model
    from quorate.verdict import CheckResult, ProofResult
    from quorate_reports.suite.entries import Entry

SUITE = "quorate.toml"
WIDTH = 100
"""The characters in a line of a report in a failure."""


class NotAsExpected(AssertionError):  # noqa: N818 - what pytest shows is the text, not the name
    """A check did not end as the test says. Its text is the whole report, with the trace."""


class Checked:
    """The result of a check, with what a test wants to say of it. `result` has everything that was found."""

    def __init__(self, result: CheckResult) -> None:
        self.result = result

    def holds(self) -> Checked:
        """Every property holds, in the whole space or within the bounds. Raises NotAsExpected, with the trace."""
        __tracebackhide__ = True
        self._expect("holds", "holds within bounds")
        return self

    def holds_without_bounds(self) -> Checked:
        """Every property holds, and no bound cut anything. Raises NotAsExpected."""
        __tracebackhide__ = True
        self._expect("holds")
        return self

    def violates(self, property: str | None = None) -> Checked:
        """Some property is violated; the one named, if one is. Raises NotAsExpected."""
        __tracebackhide__ = True
        from quorate.verdict import Violated

        self._expect("violated")
        broken = [item.name for item in self.result.properties if isinstance(item.verdict, Violated)]
        if property is not None and property not in broken:
            raise NotAsExpected(f"{property} was to be violated\n\n{report_of(self.result)}")
        return self

    def _expect(self, *names: str) -> None:
        __tracebackhide__ = True
        if self.result.verdict.name not in names:
            raise NotAsExpected(f"it was to be: {' or '.join(names)}\n\n{report_of(self.result)}")


class Proved:
    """The result of a proof, with what a test wants to say of it."""

    def __init__(self, result: ProofResult) -> None:
        self.result = result

    def proved(self) -> Proved:
        """Every invariant is proved. Raises NotAsExpected, with what is missing."""
        __tracebackhide__ = True
        if self.result.verdict.name != "proved":
            from quorate_reports.page import Page
            from quorate_reports.proof_text import write_proof

            page = Page.in_memory(WIDTH)
            write_proof(page, self.result, reproduce=f"quorate prove {self.result.model}")
            raise NotAsExpected(f"it was to be proved\n\n{page.text()}")
        return self


class Quorate:
    """What the fixture `quorate` is: checks and proofs that are asked about in a test."""

    def __repr__(self) -> str:
        return "quorate"

    def check(self, model: Model, **options: Any) -> Checked:
        """Check a model; the options are those of `quorate.check`."""
        from quorate import check

        return Checked(check(model, **options))

    def prove(self, model: Model, **options: Any) -> Proved:
        """Prove the invariants of a model; the options are those of `quorate.prove_invariants`."""
        from quorate import prove_invariants

        return Proved(prove_invariants(model, **options))


@pytest.fixture(name="quorate", scope="session")
def quorate_fixture() -> Quorate:
    """Checks models: `quorate.check(Raft(servers=3)).holds()`."""
    return Quorate()


def report_of(result: CheckResult) -> str:
    """The report of a check as text."""
    from quorate_reports.check_text import write_check
    from quorate_reports.page import Page
    from quorate_reports.values import show_parameters

    page = Page.in_memory(WIDTH)
    write_check(page, result, reproduce=f"{result.model}({show_parameters(result.parameters)})")
    return page.text()


# -- suites


def pytest_addoption(parser: pytest.Parser) -> None:
    """The option that has the big checks run too."""
    group = parser.getgroup("quorate")
    group.addoption("--quorate-big", action="store_true", help="run the big checks of quorate.toml too")


def pytest_configure(config: pytest.Config) -> None:
    """The markers of test items that are checks of a suite."""
    config.addinivalue_line("markers", "quorate: a check of a quorate.toml")
    config.addinivalue_line("markers", "quorate_big: a big one, which --quorate-big has run")


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """A suite is a file of tests."""
    return SuiteFile.from_parent(parent, path=file_path) if file_path.name == SUITE else None


class SuiteFile(pytest.File):
    """A `quorate.toml`."""

    def collect(self) -> Iterator[pytest.Item]:
        """Its checks, sweeps taken apart."""
        from quorate.errors import QuorateError
        from quorate_reports.suite.entries import read_suite
        from quorate_reports.suite.running import points

        try:
            entries = points(read_suite(self.path).entries)
        except QuorateError as error:
            raise self.CollectError(error.message) from None
        for entry in entries:
            yield SuiteItem.from_parent(self, name=entry.name, entry=entry)


class SuiteItem(pytest.Item):
    """One check of a suite."""

    def __init__(self, *, entry: Entry, **rest: Any) -> None:
        super().__init__(**rest)
        self.entry = entry
        self.add_marker("quorate")
        if entry.size == "big":
            self.add_marker("quorate_big")

    def setup(self) -> None:
        """Leave out what is big, unless it is asked for."""
        if self.entry.size == "big" and not self.config.getoption("--quorate-big"):
            pytest.skip("big; --quorate-big has it run")

    def runtest(self) -> None:
        """Run it, and compare with what it must find and with the baseline."""
        from dataclasses import replace

        from quorate_reports.suite.baseline import differences, read_baseline
        from quorate_reports.suite.entries import Suite
        from quorate_reports.suite.report import findings
        from quorate_reports.suite.running import run_entry

        outcome = run_entry(self.entry)
        known = read_baseline(Suite(self.path, ()).lock).get(self.entry.name)
        if known is not None and outcome.facts is not None:
            outcome = replace(outcome, differences=differences(known, outcome.facts))
        if outcome.is_good:
            return
        lines = [*findings(outcome), *([outcome.error] if outcome.error else [])]
        if outcome.counterexample is not None and outcome.problems:
            from quorate_reports.page import Page
            from quorate_reports.trace_text import write_trace

            page = Page.in_memory(WIDTH)
            write_trace(page, outcome.counterexample)
            lines += ["", page.text()]
        raise NotAsExpected("\n".join([*lines, f"again: quorate check {self.entry.name}"]))

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """What is wrong, without the way through this file."""
        if isinstance(excinfo.value, NotAsExpected):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int | None, str]:
        """Where it stands, and its name."""
        return self.path, None, f"quorate check {self.entry.name}"
