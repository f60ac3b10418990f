"""What a search for lemmas found: the lemmas as Python to paste, and how much was tried."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from quorate.errors import Exit
from quorate_reports.check_text import write_files
from quorate_reports.page import GOOD, QUIET, WARN, Page
from quorate_reports.proof_json import proof_result_to_data
from quorate_reports.proof_text import write_proof_body
from quorate_reports.trace_text import write_subject
from quorate_reports.values import printable
from quorate_reports.wording import count, duration

if TYPE_CHECKING:
    from quorate import LemmaSearch
    from quorate.language.model import Model
    from quorate.verdict import ProofResult


def write_search(
    page: Page, instance: Model, found: LemmaSearch, *, reproduce: str, files: Sequence[Path] = (), quiet: bool = False
) -> None:
    """Write what a search for lemmas found: the counts, the lemmas, the proof with them, the verdict."""
    if not quiet:
        write_subject(page, type(instance).__name__, instance.parameter_values)
        page.line(
            ("tried   ", QUIET),
            f"{count(found.candidates, 'candidate')}: {found.survived:,} true in all states reached, "
            f"{found.inductive:,} inductive together, in {count(found.rounds, 'round')}",
        )
    for lemma in found.lemmas:
        page.blank()
        page.verbatim(lemma.source)
    if found.proof is not None and not quiet:
        write_proof_body(page, found.proof)
    if files:
        page.blank()
        write_files(page, files)
    page.blank()
    if found.found:
        text = f"{count(len(found.lemmas), 'lemma')} with which the properties are inductive"
        page.line(("found", GOOD), f": {text}; {duration(found.seconds)}")
    else:
        page.line(("not found", WARN), f": {printable(found.reason)}; {duration(found.seconds)}")
    if not quiet:
        page.verbatim(f"reproduce: {reproduce}")


def exit_code(found: LemmaSearch) -> Exit:
    """The exit code of a search for lemmas: that of the proof with them, if there is one."""
    proof: ProofResult | None = found.proof
    if proof is not None:
        return proof.exit_code
    return Exit.HOLDS if found.found else Exit.INCONCLUSIVE


def search_to_data(
    instance: Model, found: LemmaSearch, *, reproduce: str, files: Sequence[Path] = ()
) -> dict[str, Any]:
    """What a search for lemmas found, as JSON objects."""
    proof = found.proof
    return {
        "model": type(instance).__name__,
        "parameters": dict(instance.parameter_values),
        "exit_code": int(exit_code(found)),
        "found": found.found,
        "lemmas": [{"name": lemma.name, "source": lemma.source} for lemma in found.lemmas],
        "candidates": found.candidates,
        "survived": found.survived,
        "inductive": found.inductive,
        "rounds": found.rounds,
        "seconds": found.seconds,
        "reason": found.reason or None,
        "proof": None if proof is None else proof_result_to_data(proof, reproduce=reproduce, files=files),
        "files": [str(path) for path in files],
        "reproduce": reproduce,
    }
