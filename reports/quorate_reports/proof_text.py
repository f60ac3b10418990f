"""The result of a proof as text: what is proved by what, and for the rest the actions and states that break it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from quorate.verdict import (
    Holds,
    HoldsWithinBounds,
    Inconclusive,
    Preservation,
    Proof,
    ProofResult,
    PropertyResult,
    Proved,
    Vacuous,
    Violated,
)
from quorate_reports.check_text import first_line, write_files
from quorate_reports.page import BAD, NEW, QUIET, WARN, Page, Part
from quorate_reports.trace_text import write_subject, write_trace
from quorate_reports.values import printable
from quorate_reports.wording import count, duration, failing, proof_style, proof_word, style_of

SKIPPED = Proof("skipped")


def proof_to_text(result: ProofResult, *, reproduce: str, files: Sequence[Path] = (), width: int = 80) -> str:
    """The report of a proof as plain text of a given width."""
    page = Page.in_memory(width)
    write_proof(page, result, reproduce=reproduce, files=files)
    return page.text()


def write_proof(page: Page, result: ProofResult, *, reproduce: str, files: Sequence[Path] = ()) -> None:
    """Write the report of a proof on a page. It ends with the verdict and the command that does it again."""
    write_subject(page, result.model, result.parameters, result.unbounded)
    write_proof_body(page, result)
    if files:
        page.blank()
        write_files(page, files)
    page.blank()
    _write_verdict(page, result)
    page.verbatim(f"reproduce: {reproduce}")


def write_proof_body(page: Page, result: ProofResult) -> None:
    """The table of proofs, and what stands against those that are missing."""
    items = [*result.properties, *result.lemmas]
    if items:
        page.blank()
        _write_proofs(page, result)
    left = [item for item in items if not isinstance(item.verdict, Proved)]
    for item in left:
        if not _is_all_unknown(item):
            page.blank()
            _write_unproved(page, item)
    unknown = [item for item in left if _is_all_unknown(item)]
    if unknown:
        page.blank()
        page.line(("not proved", WARN), f": {_listed(unknown)}")


def write_proof_in_short(page: Page, result: ProofResult, *, files: Sequence[Path] = ()) -> None:
    """The model, the verdict and what was saved."""
    write_subject(page, result.model, result.parameters, result.unbounded)
    _write_verdict(page, result)
    write_files(page, files)


def _write_verdict(page: Page, result: ProofResult) -> None:
    spent = duration(result.seconds)
    page.line((result.verdict.name, style_of(result.verdict)), f": {proof_worth(result)}; {spent}")


def proof_worth(result: ProofResult) -> str:
    """What the verdict of a proof is worth, as one line without the verdict's name."""
    verdict = result.verdict
    match verdict:
        case Violated(trace):
            return f"{failing(trace)} (a trace of {count(len(trace.steps), 'state')})"
        case Inconclusive(reason):
            left = [item for item in result.properties if not isinstance(item.verdict, Proved)]
            return f"not proved: {_listed(left)}" if left else printable(reason)
        case Vacuous(reason):
            return printable(reason)
        case Proved() | Holds() | HoldsWithinBounds():
            lemmas = [item.name for item in result.lemmas if isinstance(item.verdict, Proved)]
            used = {name for item in result.properties if item.proof for name in item.proof.lemmas}
            helpers = ", ".join(printable(name) for name in lemmas if name in used)
            beside = f", with the lemmas {helpers}" if helpers else ""
            return f"{count(len(result.properties), 'property', 'properties')}, in every state at every depth{beside}"


def _write_proofs(page: Page, result: ProofResult) -> None:
    """The properties, then the lemmas; what each proof rests on by its number, for the names are long."""
    numbers = {item.name: number for number, item in enumerate((*result.properties, *result.lemmas), start=1)}
    rows: list[list[Part]] = []
    for item in (*result.properties, *result.lemmas):
        proof = item.proof or SKIPPED
        if result.lemmas and item is result.lemmas[0]:
            rows.append([("    lemma", QUIET), "", "", ""])
        name = f"{numbers[item.name]:>2}  {printable(item.name)}"
        word = (proof_word(proof), proof_style(proof))
        rows.append([name, word, duration(proof.seconds), _rests_on(proof, numbers)])
    page.table(["    property", "proof", "time", "rests on"], rows, indent=1, right="llr")


def _rests_on(proof: Proof, numbers: Mapping[str, int]) -> str:
    """The lemmas of a proof: `1, 4-7`, and by name what the table does not have."""
    known = sorted(numbers[name] for name in proof.lemmas if name in numbers)
    runs: list[list[int]] = []
    for number in known:
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    texts = [f"{run[0]}-{run[-1]}" if len(run) > 2 else ", ".join(map(str, run)) for run in runs]
    return ", ".join([*texts, *(printable(name) for name in proof.lemmas if name not in numbers)])


def _listed(items: Sequence[PropertyResult]) -> str:
    """What is not proved, by how far the proofs came: `a, b (not inductive); c (unknown: no time was left)`."""
    groups: dict[str, list[str]] = {}
    for item in items:
        proof = item.proof or SKIPPED
        word = "violated" if isinstance(item.verdict, Violated) else proof_word(proof)
        why = f": {printable(proof.reason)}" if proof.status == "unknown" and proof.reason else ""
        groups.setdefault(f"{word}{why}", []).append(printable(item.name))
    return "; ".join(f"{', '.join(names)} ({word})" for word, names in groups.items())


def _is_all_unknown(item: PropertyResult) -> bool:
    """Whether nothing came of a proof, so that there is no more to tell than why."""
    proof = item.proof or SKIPPED
    return proof.status in ("unknown", "skipped") and all(one.status == "unknown" for one in proof.actions)


def _write_unproved(page: Page, item: PropertyResult) -> None:
    """Why a property is not proved: which actions keep it, and what breaks it."""
    proof = item.proof or SKIPPED
    doc = first_line(item)
    style = BAD if isinstance(item.verdict, Violated) else WARN
    page.line((f"{printable(item.name)} is {_state(item, proof)}", style), f": {doc}" if doc else "")
    if proof.actions:
        _write_actions(page, proof.actions)
    elif proof.reason:
        page.line(printable(proof.reason), indent=2)
    if isinstance(item.verdict, Violated):
        write_trace(page, item.verdict.trace)
    elif proof.cti is not None:
        write_trace(page, proof.cti.trace)
        page.line((printable(proof.cti.finding), NEW), indent=2, hang=0)


def _state(item: PropertyResult, proof: Proof) -> str:
    word = "violated" if isinstance(item.verdict, Violated) else proof_word(proof)
    return "not known to be inductive" if word == "unknown" else word


def _write_actions(page: Page, actions: Sequence[Preservation]) -> None:
    """The actions by what they do to a property: those that break it first, and why nothing is known of some."""
    groups: dict[tuple[str, str], list[str]] = {}
    for status in ("broken", "unknown", "preserved"):
        for one in actions:
            if one.status == status:
                names = groups.setdefault((status, one.reason), [])
                # the steps that lose a message share one name
                if one.action not in names:
                    names.append(one.action)
    rows: list[list[Part]] = []
    for (status, reason), names in groups.items():
        why = f" ({printable(reason)})" if reason else ""
        style = {"broken": BAD, "unknown": WARN}.get(status, QUIET)
        rows.append([(status, style), ", ".join(printable(name) for name in names) + why])
    page.table(["", "by the actions"], rows, indent=2)
