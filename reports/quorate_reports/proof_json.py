"""The result of a proof as JSON: keys are stable, new ones may be added."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from quorate.verdict import Inconclusive, Induction, Proof, ProofResult, PropertyResult, Vacuous, Violated
from quorate_reports.trace_file import trace_to_data


def proof_result_to_data(result: ProofResult, *, reproduce: str, files: Sequence[Path] = ()) -> dict[str, Any]:
    """A whole proof as JSON objects. `files` are those that were saved, `reproduce` the command that does it again."""
    verdict = result.verdict
    return {
        "model": result.model,
        "parameters": dict(result.parameters),
        "unbounded": list(result.unbounded),
        "verdict": verdict.name,
        "exit_code": int(result.exit_code),
        "reason": verdict.reason if isinstance(verdict, Inconclusive | Vacuous) else None,
        "properties": [_property(item) for item in result.properties],
        "lemmas": [_property(item) for item in result.lemmas],
        "seconds": result.seconds,
        "files": [str(path) for path in files],
        "reproduce": reproduce,
    }


def proof_to_data(proof: Proof | None) -> dict[str, Any] | None:
    """The proof of one property as JSON objects; None of what has none."""
    if proof is None:
        return None
    return {
        "status": proof.status,
        "k": proof.k,
        "seconds": proof.seconds,
        "lemmas": list(proof.lemmas),
        "cti": None if proof.cti is None else _induction(proof.cti),
        "actions": [
            {"action": one.action, "status": one.status, "seconds": one.seconds, "reason": one.reason or None}
            for one in proof.actions
        ],
        "reason": proof.reason or None,
    }


def _property(item: PropertyResult) -> dict[str, Any]:
    verdict = item.verdict
    return {
        "name": item.name,
        "kind": item.kind,
        "verdict": verdict.name,
        "proof": proof_to_data(item.proof),
        "trace": trace_to_data(verdict.trace) if isinstance(verdict, Violated) else None,
    }


def _induction(cti: Induction) -> dict[str, Any]:
    return {
        "property": cti.property,
        "action": cti.action,
        "reachable": cti.reachable,
        "contradicts": list(cti.contradicts),
        "finding": cti.finding,
        "trace": trace_to_data(cti.trace),
    }
