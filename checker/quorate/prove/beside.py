"""What z3 says of the invariants while the search runs: one process more, whose answers are kept for the next time."""

from __future__ import annotations

import dataclasses
import hashlib
import itertools
import json
import multiprocessing
import os
import signal
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from quorate.cache import keep, source_digest
from quorate.compiler import ir
from quorate.compiler.compile import compile_model
from quorate.errors import InternalError, LoadError, QuorateError
from quorate.explore.search import Search
from quorate.language.model import Model
from quorate.language.properties import Property
from quorate.prove.meaning import meaning
from quorate.prove.processes import context
from quorate.trace import Step, Trace
from quorate.verdict import CheckResult, Inconclusive, Induction, Preservation, Proof, PropertyResult, Proved, Violated

QUERY_SECONDS = 20.0
LEAST_SECONDS = 1.0
SHORT_SECONDS = 2.0
PROVED = ("inductive", "trivial")
MOST_STARTS = 1_000
NOT_DONE = "it had not come to an end when the search had"


@dataclass
class Kept:
    """What earlier checks brought: proofs, by the names of their properties; for how many seconds the last one waited
    for more in vain (`waited`); why z3 cannot be asked at all (`refused`)."""

    proofs: dict[str, Proof] = field(default_factory=dict)
    waited: float = 0.0
    refused: str | None = None

    def is_open(self, name: str) -> bool:
        """Whether more time could say more."""
        return name not in self.proofs or self.proofs[name].status == "unknown"


class Beside:
    """Proofs of the invariants of a model, made in a process of their own from now on.

    `system` is the model compiled with its chosen properties; answers that are known from an earlier time are taken
    from `cache_dir`.
    """

    def __init__(self, model: Model, chosen: Sequence[Property], system: ir.System, cache_dir: Path | None) -> None:
        self.model = model
        self.proved = [prop for prop in chosen if prop.kind != "reachable"]
        self.began = time.perf_counter()
        self._process: Any = None
        self._pipe: Connection | None = None
        self._entry = None if cache_dir is None else _entry(model, system, cache_dir)
        self._kept = _read(self._entry)
        self._open = [prop.name for prop in self.proved if self._kept.is_open(prop.name)]
        if self._open and self._kept.refused is None:
            self._start()

    def _start(self) -> None:
        ours, theirs = multiprocessing.Pipe()
        process = context().Process(target=_prove, args=(self.model, self.proved, self._open, theirs), daemon=True)
        process.start()
        theirs.close()
        self._process, self._pipe = process, ours

    def proofs(self, seconds: float) -> Mapping[str, Proof]:
        """The proofs by the names of their properties, waited for so many seconds at most. Where that is no more than
        `SHORT_SECONDS`, they are not waited for longer than all has taken so far either (a second at least), so
        that a small check stays a short one; nor are they waited for again if the last check settled none in that time.

        Raises InternalError when z3 and native Python disagree.
        """
        if self._process is not None:
            patience = seconds
            if seconds <= SHORT_SECONDS:
                patience = min(seconds, max(LEAST_SECONDS, time.perf_counter() - self.began))
            self._listen(patience)
            self.close()
            if self._entry is not None:
                _write(self._entry, self._kept)
        unknown = Proof("unknown", reason=self._kept.refused or NOT_DONE)
        return {prop.name: self._kept.proofs.get(prop.name, unknown) for prop in self.proved}

    def _listen(self, patience: float) -> None:
        """Note what the process says in time."""
        assert self._pipe is not None
        kept = self._kept
        waits = patience if patience > kept.waited else 0.0
        until = time.perf_counter() + waits
        while self._pipe.poll(max(0.0, until - time.perf_counter())):
            try:
                message = self._pipe.recv()
            except (EOFError, OSError):
                break
            if isinstance(message, InternalError):
                raise message
            if isinstance(message, str):
                kept.refused = message
                break
            name, proof = message
            kept.proofs[name] = proof
        if any(not kept.is_open(name) for name in self._open):
            kept.waited = 0.0
        elif waits:
            kept.waited = waits

    def close(self) -> None:
        """End the process."""
        if self._process is not None:
            self._process.kill()
            self._process.join()
            self._process = None
        if self._pipe is not None:
            self._pipe.close()
            self._pipe = None


def _prove(model: Model, chosen: Sequence[Property], names: Sequence[str], pipe: Connection) -> None:
    """What the process does: send the proofs of those of the chosen properties as they come, or in words why there are
    none."""
    # Ctrl-C is for the process that asked
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # the search has the right of way
    os.nice(5)
    try:
        for named in _proofs(model, chosen, names):
            pipe.send(named)
    except InternalError as error:
        pipe.send(error)
    except QuorateError as error:
        pipe.send(str(error))
    except OSError:
        return


def _proofs(model: Model, chosen: Sequence[Property], names: Sequence[str]) -> Iterator[tuple[str, Proof]]:
    """The proofs one after the other, each by the name of its property."""
    from quorate.prove.induction import Prover

    lemmas = [lemma for lemma in model.model_lemmas() if lemma not in chosen]
    prover = Prover(model, [*chosen, *lemmas], (), QUERY_SECONDS, lambda: False, lambda line: None, spare=False)
    pool = Alone(prover.asker())
    numbers = {prop.name: number for number, prop in enumerate(chosen)}
    for name in names:
        prover.run(pool, [numbers[name]], 1)
        yield name, prover.proof_alone(numbers[name])


class Alone:
    """Answers queries in this process."""

    def __init__(self, asker: Any) -> None:
        self._asker = asker

    def answers(self, queries: Sequence[Any], stopped: Any) -> Iterator[tuple[Any, Any]]:
        """The answers in the order of the queries; once `stopped`, the rest is unknown."""
        from quorate.prove.queries import Answer

        for query in queries:
            yield query, Answer("unknown", 0.0, reason="no time was left") if stopped() else self._asker.answer(query)


# -- together with what the search found


def with_proofs(result: CheckResult, proofs: Mapping[str, Proof], model: Model, search: Search) -> CheckResult:
    """The result of a search with what z3 said of each property. A counterexample to induction is looked up among the
    states of the search; what the search left open and z3 proved is *proved*."""
    properties = tuple(_with_proof(prop, proofs.get(prop.name), model, search) for prop in result.properties)
    return dataclasses.replace(result, properties=properties)


def _with_proof(prop: PropertyResult, proof: Proof | None, model: Model, search: Search) -> PropertyResult:
    # of what is violated no lemma makes a proof
    if proof is None or isinstance(prop.verdict, Violated):
        return prop
    if proof.cti is not None:
        cti = _looked_up(proof.cti, model, search)
        proof = dataclasses.replace(proof, cti=cti, reason=cti.finding)
    proved = proof.status in PROVED
    verdict = Proved(proof.lemmas) if proved and isinstance(prop.verdict, Inconclusive) else prop.verdict
    return dataclasses.replace(prop, proof=proof, verdict=verdict)


def _looked_up(cti: Induction, model: Model, search: Search) -> Induction:
    first = model.state_from_data(dict(cti.trace.steps[0].state))
    found: bool | None = search.store.find(search.kernel.codec.encode(first)) >= 0
    if not found and not search.finished:
        found = None
    return dataclasses.replace(cti, reachable=found, finding=meaning(cti.property, found, cti.contradicts))


# -- answers that are kept


def keep_proofs(model: Model, system: ir.System, proofs: Mapping[str, Proof], cache_dir: Path) -> None:
    """Keep what was proved, by the names of the properties, for later checks of the model.

    `system` is the model compiled with all its properties.
    """
    entry = _entry(model, system, cache_dir)
    if entry is not None:
        kept = _read(entry)
        kept.proofs |= {name: proof for name, proof in proofs.items() if proof.status in PROVED}
        _write(entry, kept)


def _entry(model: Model, system: ir.System, cache_dir: Path) -> Path | None:
    """Where the answers on the properties that a model was compiled with are kept: named by all that they depend on.

    The steps and properties are in the compiled system; the initial states and the lemmas are not. None if there are
    too many initial states to go through, or if a lemma does not compile.
    """
    made = list(itertools.islice(model.initial_transitions(), MOST_STARTS + 1))
    if len(made) > MOST_STARTS:
        return None
    states = [json.dumps(one.state.to_data()) for one in made if one.state is not None]
    try:
        lemmas = compile_model(model, model.model_lemmas()).properties
    except LoadError:
        return None
    code = source_digest("compiler", "explain", "prove")
    key = hashlib.sha256(f"{code}\n{system!r}\n{lemmas!r}\n{states}".encode()).hexdigest()
    return cache_dir / f"{key}.proof.json"


def _write(entry: Path, kept: Kept) -> None:
    keep(entry, json.dumps(dataclasses.asdict(kept)).encode())


def _read(entry: Path | None) -> Kept:
    """What was written down."""
    if entry is None:
        return Kept()
    try:
        data = json.loads(entry.read_text())
        proofs = {name: _proof(proof) for name, proof in data["proofs"].items()}
        return Kept(proofs, data["waited"], data["refused"])
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return Kept()


def _proof(data: dict[str, Any]) -> Proof:
    actions = tuple(Preservation(**action) for action in data.pop("actions"))
    cti = data.pop("cti")
    lemmas = tuple(data.pop("lemmas"))
    return Proof(**data, lemmas=lemmas, actions=actions, cti=None if cti is None else _induction(cti))


def _induction(data: dict[str, Any]) -> Induction:
    trace = data.pop("trace")
    steps = tuple(Step(**step | {"sent": tuple(step["sent"])}) for step in trace.pop("steps"))
    whole = Trace(**trace | {"lanes": tuple(trace["lanes"])}, steps=steps)
    return Induction(**data | {"contradicts": tuple(data["contradicts"])}, trace=whole)
