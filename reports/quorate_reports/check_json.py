"""The result of a check as JSON: keys are stable, new ones may be added."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from quorate.errors import Diagnostic, LoadError, QuorateError, Span
from quorate.trace import Data
from quorate.verdict import (
    CheckResult,
    Cut,
    Inconclusive,
    PropertyResult,
    Vacuous,
    Verdict,
    Violated,
)
from quorate_reports.proof_json import proof_to_data
from quorate_reports.trace_file import trace_to_data


def check_to_data(
    result: CheckResult, *, reproduce: str, files: Sequence[Path] = (), notes: Sequence[str] = ()
) -> dict[str, Any]:
    """One check as JSON objects. `files` are those that were saved, `reproduce` the command that does it again."""
    states, seconds = result.states, result.seconds
    return {
        "model": result.model,
        "parameters": dict(result.parameters),
        "verdict": result.verdict.name,
        "exit_code": int(result.exit_code),
        "reason": _reason(result.verdict),
        "states": {
            "generated": states.generated,
            "distinct": states.distinct,
            "left_on_queue": states.left_on_queue,
            "depth": states.depth,
            "terminal": states.terminal,
            "cut": states.cut,
        },
        "seconds": {
            "total": seconds.total,
            "load": seconds.load,
            "compile": seconds.compile,
            "explore": seconds.explore,
            "liveness": seconds.liveness,
        },
        "levels": list(result.levels),
        "memory_bytes": result.memory_bytes,
        "actions": [
            {"name": a.name, "enabled": a.enabled, "generated": a.generated, "distinct": a.distinct}
            for a in result.actions
        ],
        "properties": [_property(item) for item in result.properties],
        "trace": trace_to_data(result.verdict.trace) if isinstance(result.verdict, Violated) else None,
        "cuts": [_cut(cut) for cut in result.cuts],
        "warnings": list(result.warnings),
        "notes": list(notes),
        "coverage": [
            {
                "kind": point.kind,
                "condition": point.condition,
                "place": place_to_data(point.span),
                "was_true": point.was_true,
                "was_false": point.was_false,
                "suspicion": point.suspicion,
            }
            for point in result.coverage
        ],
        "unchanged": list(result.unchanged),
        "audit": None if result.audit is None else asdict(result.audit),
        "growth": [
            {"variable": g.variable, "depths": list(g.depths), "values": list(g.values), "states": list(g.states)}
            for g in result.growth
        ],
        "files": [str(path) for path in files],
        "reproduce": reproduce,
    }


def error_to_data(error: QuorateError) -> dict[str, Any]:
    """An error as JSON objects: what stands in place of a result."""
    diagnostics = error.diagnostics if isinstance(error, LoadError) else ()
    return {
        "error": {
            "message": error.message,
            "hint": error.hint,
            "diagnostics": [diagnostic_to_data(diagnostic) for diagnostic in diagnostics],
        },
        "exit_code": int(error.exit_code),
    }


def sweep_to_data(
    model: str, swept: Sequence[str], points: Sequence[Mapping[str, Any]], *, exit_code: int, reproduce: str
) -> dict[str, Any]:
    """Several checks as JSON objects: `results` has one for each point of the sweep, in order."""
    return {
        "model": model,
        "sweep": list(swept),
        "results": [dict(point) for point in points],
        "exit_code": exit_code,
        "reproduce": reproduce,
    }


def _reason(verdict: Verdict) -> str | None:
    return verdict.reason if isinstance(verdict, Inconclusive | Vacuous) else None


def _property(item: PropertyResult) -> dict[str, Any]:
    verdict = item.verdict
    return {
        "name": item.name,
        "kind": item.kind,
        "verdict": verdict.name,
        "reason": _reason(verdict),
        "proof": proof_to_data(item.proof),
        "trace": trace_to_data(verdict.trace) if isinstance(verdict, Violated) else None,
        "witness": None if item.witness is None else trace_to_data(item.witness),
        "explanation": item.explanation,
    }


def _cut(cut: Cut) -> dict[str, Any]:
    return {"condition": cut.condition, "count": cut.count, "place": place_to_data(cut.span)}


def diagnostic_to_data(diagnostic: Diagnostic) -> dict[str, Any]:
    """A mistake or warning as JSON objects."""
    return {
        "code": diagnostic.code,
        "severity": diagnostic.severity,
        "message": diagnostic.message,
        "place": place_to_data(diagnostic.span),
        "hint": diagnostic.hint,
    }


def place_to_data(span: Span | None) -> dict[str, Data] | None:
    """1-based line and column."""
    return None if span is None else {"path": span.path, "line": span.line, "column": span.column + 1}
