"""The sentences of the reports: numbers with units, and what a verdict or a trace says."""

from __future__ import annotations

from typing import assert_never

from quorate.trace import Fault, Trace
from quorate.verdict import (
    CheckResult,
    Cut,
    Holds,
    HoldsWithinBounds,
    Inconclusive,
    Proof,
    Proved,
    Vacuous,
    Verdict,
    Violated,
)
from quorate_reports.page import BAD, GOOD, QUIET, WARN
from quorate_reports.values import printable, show_call, show_parameters

GOOD_KINDS = ("reachable", "run")
"""The kinds of traces that show nothing bad: a witness, and a run of which nothing is said."""


def count(number: int, what: str, several: str | None = None) -> str:
    """A number with its noun: `1 state`, `1,146 states`; `several` is a plural that is no mere `s`."""
    return f"{number:,} {what}" if number == 1 else f"{number:,} {several or what + 's'}"


def memory(number: int) -> str:
    """Bytes in the unit that suits: `512 kB`, `1.4 GB` (powers of 1000)."""
    for size, unit in ((10**9, "GB"), (10**6, "MB"), (10**3, "kB")):
        if number >= size:
            return f"{number / size:.3g} {unit}" if number < 1000 * size else f"{number / size:,.0f} {unit}"
    return f"{number} B"


def duration(seconds: float) -> str:
    """Seconds for a reader: `<1 ms`, `12 ms`, `3.41 s`, `75 s`, `12 min 5 s`."""
    if seconds >= 120:
        return f"{int(seconds) // 60:,} min {int(seconds) % 60} s"
    if seconds < 1:
        return f"{seconds * 1000:.0f} ms" if seconds >= 0.001 else "<1 ms"
    return f"{seconds:.2f} s" if seconds < 10 else f"{seconds:.0f} s"


def rate(number: float) -> str:
    """A rate without its unit: `850`, `12.3 k`, `7.1 M`."""
    for size, unit in ((10**6, " M"), (10**3, " k")):
        if number >= size:
            return f"{number / size:.1f}{unit}"
    return f"{number:.0f}"


def style_of(verdict: Verdict) -> str:
    """The colour of a verdict."""
    match verdict:
        case Holds() | HoldsWithinBounds() | Proved():
            return GOOD
        case Violated():
            return BAD
        case Vacuous() | Inconclusive():
            return WARN
        case _:
            assert_never(verdict)


TONES = {GOOD: "good", BAD: "bad", WARN: "warn", QUIET: "quiet"}
"""The class on a page for a browser that each of these colours is."""


def proof_word(proof: Proof) -> str:
    """How far a proof came, in a word or two: `inductive`, `2-inductive`, `not inductive`."""
    return f"{proof.k}-inductive" if proof.status == "inductive" and proof.k > 1 else proof.status


def z3_word(proof: Proof) -> str:
    """What z3 says of a property beside its check, in a few words."""
    match proof.status:
        case "inductive" if proof.lemmas:
            return f"{proof_word(proof)}, {count(len(proof.lemmas), 'lemma')}"
        case "trivial":
            return "trivially true"
        case "not inductive":
            beyond = proof.cti is not None and proof.cti.reachable
            return "fails beyond the bounds" if beyond else "needs a lemma"
        case _:
            return proof_word(proof)


def proof_style(proof: Proof) -> str:
    """The colour of a proof."""
    return {"inductive": GOOD, "violated": BAD, "skipped": QUIET}.get(proof.status, WARN)


def worth(result: CheckResult) -> str:
    """What the verdict of a check is worth, as one line without the verdict's name."""
    distinct = count(result.states.distinct, "distinct state")
    match result.verdict:
        case Holds():
            return f"{distinct}, the whole reachable space; no bound cut anything"
        case HoldsWithinBounds(cuts):
            cut = sum(item.count for item in cuts)
            return f"no violation in {distinct}; bounds cut {count(cut, 'step')}, beyond which nothing is known"
        case Proved(lemmas):
            beside = f", with the lemmas {', '.join(lemmas)}" if lemmas else ""
            return f"inductive, so true at every depth{beside}"
        case Violated(trace):
            return f"{failing(trace)} ({_length(trace)})"
        case Vacuous(reason):
            names = [item.name for item in result.properties if item.verdict == result.verdict]
            return printable(f"{', '.join(names)}: {reason}" if names else reason)
        case Inconclusive(reason):
            return f"{printable(reason)}; no violation in {distinct} so far"
        case _:
            assert_never(result.verdict)


def _length(trace: Trace) -> str:
    """How long a trace is, in words."""
    if trace.loop is None:
        return f"a shortest trace: {count(len(trace.steps), 'state')}"
    end = f"a loop of {len(trace.steps) - 1 - trace.loop}" if trace.returns() else "a terminal state"
    return f"a lasso: {count(trace.loop, 'step')} to {end}"


def subject(trace: Trace) -> str:
    """What a trace is of, for a title: the model, called with its parameters."""
    parameters = show_parameters(trace.parameters)
    return f"{printable(trace.model)}({parameters})" if parameters else printable(trace.model)


def failing(trace: Trace) -> str:
    """What a trace shows, as a phrase: `agreement`, `deadlock`, `vote fails (range)`."""
    if trace.fault is not None:
        return fault_name(trace.fault)
    if trace.kind == "deadlock":
        return "deadlock"
    if trace.kind == "run" and trace.property is None:
        return "a run"
    if trace.kind == "induction":
        return f"a counterexample to induction of {printable(trace.property or trace.kind)}"
    if trace.kind == "difference":
        return f"what {printable(trace.property or trace.kind)} does not do"
    return printable(trace.property or trace.kind)


def fault_name(fault: Fault) -> str:
    """The failure of a step, as a phrase."""
    action = printable(fault.action)
    return f"an assertion in {action} fails" if fault.kind == "assert" else f"{action} fails ({printable(fault.kind)})"


def beginning(trace: Trace) -> str:
    """What the first state of a trace is."""
    if trace.kind == "induction":
        return "a state that the hypotheses allow; it need not be reachable"
    action = trace.steps[0].action
    return f"initial state, by {show_call(action, trace.steps[0].arguments)}" if action else "initial state"


def ending(trace: Trace) -> str:
    """The sentence under the last state of a trace."""
    last = len(trace.steps)
    if trace.fault is not None:
        return f"{fault_name(trace.fault)}: {printable(trace.fault.message)}"
    if trace.kind == "deadlock":
        return f"state {last} is a deadlock: no step is possible"
    name = printable(trace.property or trace.kind)
    if trace.kind == "run":
        if trace.loop is not None and trace.returns():
            return f"back to state {trace.loop + 1}, and so on for ever"
        return f"the run ends in state {last}"
    if trace.kind == "reachable":
        return f"state {last} is what {name} asks for"
    if trace.kind == "step_invariant":
        return f"the step to state {last} violates {name}"
    if trace.kind == "induction":
        return f"the step to state {last} breaks {name}"
    if trace.kind == "difference":
        return f"no initial state of {name}" if last == 1 else f"{name} does not take the step to state {last}"
    if trace.loop is not None:
        if trace.returns():
            return f"back to state {trace.loop + 1}, and so on for ever: {name} is violated"
        return f"nothing can happen in state {last} any more: {name} is violated"
    if trace.kind == "recoverable":
        return f"from state {last} on, {name} is out of reach"
    return f"state {last} violates {name}"


def cut_place(cut: Cut) -> str:
    """Where the condition of a bound stands: `raft.py:41`."""
    return "" if cut.span is None else f"{cut.span.path.rpartition('/')[2]}:{cut.span.line}"
