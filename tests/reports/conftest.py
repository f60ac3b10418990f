"""Results and traces to render, model files to check, and the command line in this process or in one of its own."""

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from quorate.errors import Span
from quorate.trace import Fault, Step, Trace
from quorate.verdict import (
    ActionCoverage,
    Audit,
    CheckResult,
    Covered,
    Cut,
    Growth,
    Holds,
    HoldsWithinBounds,
    Inconclusive,
    Induction,
    Preservation,
    Proof,
    ProofResult,
    PropertyResult,
    Proved,
    Seconds,
    States,
    Vacuous,
    Violated,
)
from quorate_reports.app import app

MODELS = '''\
from quorate import Bound, Int, Model, Param, action, invariant, reachable, require, within


class Counter(Model):
    """Counts up to its limit, and stays there."""

    limit = Param(3, minimum=1, maximum=9, doc="where the counting ends")
    x = Int(0, limit, init=0)

    @action()
    def count(self):
        require(self.x < self.limit)
        self.x += 1

    @reachable
    def full(m):
        """The limit is reached."""
        return m.x == m.limit


class Bounded(Counter):
    most = Bound(2, doc="no step is taken from here on")

    def count(self):
        within(self.x < self.most)
        self.x += 1

    @invariant
    def in_range(m):
        return 0 <= m.x <= m.limit

    @reachable
    def full(m):
        return m.x == m.most


class Unsafe(Counter):
    @invariant
    def small(m):
        """The counter stays below 2."""
        return m.x < 2


class Asserting(Counter):
    def count(self):
        assert self.x < 2, "the counter is small"
        self.x += 1


class Overflowing(Counter):
    def count(self):
        self.x += 1


class Unreached(Counter):
    @reachable
    def full(m):
        return m.x > m.limit
'''


PAIRS = """
from quorate import Bound, Int, Model, Param, action, invariant, reachable, require, within


@invariant
def same(m):
    \"\"\"Both count alike.\"\"\"
    return m.x == m.y


@invariant
def small(m):
    return m.x + m.y < 9


class Pair(Model):
    top = Param(9, minimum=1, maximum=9)
    x = Int(0, top, init=0)
    y = Int(0, top, init=0)
    lemmas = [same]

    @action()
    def both(self):
        require(self.x < self.top and self.y < self.top)
        self.x += 1
        self.y += 1

    @invariant
    def five_together(m):
        \"\"\"One is 5 only if the other is.\"\"\"
        return m.x != 5 or m.y == 5

    @reachable
    def full(m):
        return m.x == m.top


class Typed(Pair):
    @invariant
    def five_together(m):
        return m.x <= m.top


class Two(Pair):
    lemmas = []

    @invariant
    def same_pair(m):
        return m.x == m.y


class Small(Pair):
    properties = [small]


class Late(Model):
    # 2 is never reached, so neither is 3: seen only by who looks two steps back
    x = Int(0, 3, init=0)

    @action()
    def swap(self):
        self.x = 1 - self.x if self.x < 2 else 3

    @invariant
    def not_three(m):
        return m.x != 3


class Nothing(Model):
    x = Int(0, 3, init=0)

    @action()
    def step(self):
        self.x = 1


class Climb(Model):
    most = Bound(3, minimum=0)
    x = Int(0, most, init=0)

    @action()
    def step(self):
        within(self.x < self.most)
        self.x += 1

    @invariant
    def natural(m):
        return m.x >= 0 and m.x != -1
"""


@dataclass(frozen=True)
class Outcome:
    """How a command ended."""

    code: int
    out: str
    err: str


@pytest.fixture(autouse=True)
def _apart(tmp_path, tmp_path_factory, monkeypatch):
    """Each test works in its own folder, and none in the user's cache."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.getbasetemp() / "cache"))
    for name in ("COLUMNS", "FORCE_COLOR", "NO_COLOR"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def models(tmp_path):
    """The file name of some small models, in the working folder."""
    (tmp_path / "counters.py").write_text(MODELS)
    return "counters.py"


@pytest.fixture
def pairs():
    """The file name of some small models to prove, in the working folder."""
    Path("pairs.py").write_text(PAIRS)
    return "pairs.py"


@pytest.fixture
def quorate(as_published):
    """The command line, run in this process. All JSON that it writes is held against the schema of the command."""

    def run(*arguments: object) -> Outcome:
        result = CliRunner().invoke(app, [str(argument) for argument in arguments])
        as_published(arguments, result.stdout)
        return Outcome(result.exit_code, result.stdout, result.stderr)

    return run


@pytest.fixture
def complaints():
    """What went wrong, of what stands on standard error: without the note that is there if Graphviz is not."""
    return lambda err: re.sub(r"note: install graphviz.*?found\n", "", err, flags=re.DOTALL)


@pytest.fixture
def start():
    """The command line as a process of its own: it is started, and not waited for."""
    started = []

    def run(*arguments: object, **options: object) -> subprocess.Popen:
        command = [sys.executable, "-c", "from quorate_reports.cli import main; main()", *map(str, arguments)]
        streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True} | options
        process = subprocess.Popen(command, **streams)
        started.append(process)
        return process

    yield run
    for process in started:
        process.kill()
        process.wait()
        for stream in (process.stdout, process.stderr):
            if stream is not None:
                stream.close()


@pytest.fixture
def golden(request):
    """Compare a text with the file of that name in `golden/`; QUORATE_UPDATE_GOLDEN=1 writes the files anew."""

    def compare(name: str, text: str) -> None:
        path = Path(request.path).parent / "golden" / name
        if os.environ.get("QUORATE_UPDATE_GOLDEN"):
            path.write_text(text)
        assert text == path.read_text()

    return compare


def message(tag, **fields):
    return {"tag": tag, "value": fields}


def per_server(*values):
    return {"#map": [[f"s{number}", value] for number, value in enumerate(values, start=1)]}


def election_state(roles, terms, votes, network):
    return {
        "role": per_server(*roles),
        "term": per_server(*terms),
        "votes": per_server(*({"#set": list(names)} for names in votes)),
        "network": {"#set": network},
        "log": per_server([], [{"term": 1, "value": "v1"}], []),
        "leader": None,
    }


@pytest.fixture
def trace():
    """An election in which a server becomes leader of a term that has one."""
    f, c, leader = "FOLLOWER", "CANDIDATE", "LEADER"
    ask = [message("RequestVote", src="s1", dst=dst, term=1, last_log_term=0) for dst in ("s2", "s3")]
    vote = message("Vote", src="s2", dst="s1", term=1)
    states = [
        election_state((f, f, f), (0, 0, 0), ((), (), ()), []),
        election_state((c, f, f), (1, 0, 0), (("s1",), (), ()), ask),
        election_state((c, f, f), (1, 1, 0), (("s1",), (), ()), [*ask, vote]),
        election_state((leader, f, f), (1, 1, 0), (("s1", "s2"), (), ()), ask),
    ]
    steps = (
        Step(None, {}, states[0]),
        Step("time_out", {"i": "s1"}, states[1]),
        Step("on_request_vote", {"m": ask[0]}, states[2]),
        Step("on_vote", {"m": vote}, states[3]),
    )
    return Trace(
        model="RaftElection",
        parameters={"servers": 3, "max_term": 2, "mode": "strict", "prevote": False},
        kind="invariant",
        property="election_safety",
        steps=steps,
        explanation="s1 is leader in term 1, and so is s3",
        reproduce="quorate check raft -p servers=3",
    )


@pytest.fixture
def fault_trace(trace, models):
    """A trace that ends in a step which fails, in a file that is there."""
    line = MODELS.splitlines().index("        self.x += 1") + 1
    fault = Fault("range", "3 is not in 0..2", "time_out", {"i": "s2"}, Span(models, line, 8, line, 19))
    return replace(trace, kind="fault", property=None, steps=trace.steps[:2], fault=fault, explanation=None)


@pytest.fixture
def long_trace(trace):
    """A trace of 20 states."""
    first, *rest = trace.steps
    return replace(trace, steps=(first, *(rest * 7)[:19]))


@pytest.fixture
def lasso(trace):
    """A run whose last step leads from state 4 back to state 2."""
    back = replace(trace.steps[1], action="forget", arguments={})
    why = "m.role[i] == LEADER (for no choice of i)\ngrant is possible in every state of the loop and never taken"
    steps = (*trace.steps, back)
    return replace(trace, kind="eventually", property="leader_comes", steps=steps, loop=1, explanation=why)


@pytest.fixture
def cti_trace(trace):
    """A counterexample to induction: a vote that nobody was asked for makes a second leader."""
    before, after = trace.steps[2].state, trace.steps[3].state
    roles = per_server("CANDIDATE", "FOLLOWER", "LEADER")
    first = Step(None, {}, {**before, "role": roles, "term": per_server(1, 1, 1)})
    roles = per_server("LEADER", "FOLLOWER", "LEADER")
    second = Step("on_vote", trace.steps[3].arguments, {**after, "role": roles, "term": per_server(1, 1, 1)})
    return replace(trace, kind="induction", steps=(first, second), reproduce="quorate prove raft -p servers=3")


@pytest.fixture
def proving(trace, cti_trace):
    """The result of a proof: of each status a property, two of them lemmas."""
    cti = Induction(
        "election_safety", "on_vote", cti_trace, False, ("votes_are_kept",),
        "The first state is not reachable: votes_are_kept excludes it. Prove it along, with --with.",
    )  # fmt: skip
    parts = (
        Preservation("time_out", "preserved", 0.01),
        Preservation("on_request_vote", "unknown", 60.0, "the solver's 60 s ran out"),
        Preservation("on_vote", "broken", 0.02),
    )
    kept = tuple(replace(part, status="preserved", reason="") for part in parts)
    unknown = tuple(replace(part, status="unknown", reason="the solver's 60 s ran out") for part in parts[:2])
    wrong = replace(trace, property="no_leader")
    no_time, missing = Inconclusive("the solver's 60 s ran out"), Inconclusive("not inductive: on_vote breaks it")

    def result(name, verdict, proof, kind="invariant"):
        return PropertyResult(name, kind, verdict, f"What {name} says.", proof=proof)

    two, long = ("log_matching", "terms_are_ordered"), "leaders_have_a_majority_of_the_votes"
    return ProofResult(
        model=trace.model,
        parameters=trace.parameters,
        unbounded=("max_term",),
        verdict=Violated(wrong),
        properties=(
            result("election_safety", missing, Proof("not inductive", 1, 1.25, cti=cti, actions=parts)),
            result("one_vote", Proved(two), Proof("inductive", 1, 0.5, two, actions=kept), "step_invariant"),
            result("log_matching", Proved(two[1:]), Proof("inductive", 2, 0.012, two[1:], actions=kept)),
            result("typed", Proved(), Proof("trivial", 1, 0.002)),
            result("no_leader", Violated(wrong), Proof("violated", 1, 0.3, reason="an initial state violates it")),
        ),
        lemmas=(
            result(two[1], Proved(), Proof("inductive", 1, 0.2, actions=kept)),
            result(long, no_time, Proof("unknown", 1, 61.0, actions=unknown, reason="the solver's 60 s ran out")),
            result("votes", no_time, Proof("unknown", 1, 60.5, actions=parts[:2], reason="the solver's 60 s ran out")),
        ),
        seconds=64.4,
    )


@pytest.fixture
def holding():
    """The result of a check that found nothing wrong, with no bound in the way."""
    return CheckResult(
        model="TwoPhaseCommit",
        parameters={"resource_managers": 9},
        verdict=Holds(),
        states=States(123_558_402, 10_340_352, 0, 29, 1, 0),
        seconds=Seconds(3.21, 0.012, 0.7, 2.5),
        memory_bytes=413_614_080,
        actions=(ActionCoverage("prepare", 5, 1_234_567, 9), ActionCoverage("never_at_all", 0, 0, 0)),
        properties=(
            PropertyResult("consistent", "invariant", Holds(), "No two resource managers decide differently. " * 2),
            PropertyResult("decided", "reachable", Holds(), "A decision is reached."),
        ),
        warnings=("never_at_all never happened: in no reachable state is it enabled",),
    )


@pytest.fixture
def bounded(holding):
    """The result of a check that bounds have limited."""
    cuts = (
        Cut(
            "len(self.log[i]) < self.max_log and " * 2 + "self.term[i] > 0",
            1_234,
            Span("models/raft.py", 41, 8, 41, 36),
        ),
        Cut("few_messages", 1),
    )
    properties = tuple(replace(item, verdict=HoldsWithinBounds(cuts)) for item in holding.properties)
    return replace(
        holding, verdict=HoldsWithinBounds(cuts), cuts=cuts, properties=properties, warnings=(),
        states=replace(holding.states, cut=1_235),
    )  # fmt: skip


@pytest.fixture
def beside(bounded, proving):
    """The result of a check with what z3 said of each property, and an audit."""
    proved = {item.name: item.proof for item in (*proving.properties, *proving.lemmas)}
    beyond = replace(proved["election_safety"].cti, reachable=True, finding="The first state is reachable.")
    proofs = {
        "never_in_between": proved["election_safety"],
        "always_the_same_everywhere": proved["one_vote"],
        "log_matching": proved["terms_are_ordered"],
        "typed": proved["typed"],
        "small": replace(proved["election_safety"], cti=beyond),
        "slow": proved["leaders_have_a_majority_of_the_votes"],
    }
    return replace(
        bounded,
        properties=(
            *(PropertyResult(name, "invariant", bounded.verdict, proof=proof) for name, proof in proofs.items()),
            replace(bounded.properties[1], verdict=Holds(), witness=proving.verdict.trace),
            PropertyResult("elected", "reachable", Vacuous("no reachable state within the bounds satisfies it")),
        ),
        seconds=replace(bounded.seconds, total=5.3),
        audit=Audit(20_000, False, 123_456, 12, 6_000, 0.5),
    )


@pytest.fixture
def stopped(holding):
    """The result of a check that ran out of its budget."""
    verdict = Inconclusive("the limit of 10,000 states was reached")
    span = Span("models/raft.py", 41, 8, 41, 36)
    return replace(
        holding, verdict=verdict, warnings=(), states=replace(holding.states, left_on_queue=4_321),
        properties=tuple(replace(item, verdict=verdict) for item in holding.properties),
        growth=tuple(Growth(name, (1, 9, 17, 25), (1, 20, 300, 4000), (1, 50, 600, 7000)) for name in ("log", "term")),
        coverage=(
            Covered("within", "self.term[i] < self.max_term", span, True, False),
            Covered("branch", "m.term > self.term[m.dst] and m.term in self.terms_ahead", span, False, True),
        ),
    )  # fmt: skip


@pytest.fixture
def violated(holding, trace):
    """The result of a check that found a violation."""
    failing = PropertyResult("election_safety", "invariant", Violated(trace), "At most one leader in any one term.")
    return replace(
        holding, model=trace.model, parameters=trace.parameters, verdict=Violated(trace), warnings=(),
        properties=(failing, *holding.properties),
    )  # fmt: skip


CHROMIUM = ("chromium", "chromium-browser", "google-chrome")


@pytest.fixture(scope="session")
def chromium():
    """The Chromium of the system, without a window."""
    program = next(filter(None, map(shutil.which, CHROMIUM)), None)
    if program is None:
        pytest.skip("there is no Chromium: apt-get install chromium")
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=20_000)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def visit(chromium):
    """Opens a page; none may complain, or ask for anything but files and pages from where it came."""
    contexts, complaints, requests = [], [], []

    def opened(address: str, **options: object) -> object:
        contexts.append(chromium.new_context(**options))
        page = contexts[-1].new_page()
        page.set_default_timeout(20_000)
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("request", lambda request: requests.append(request.url))
        page.goto(address)
        return page

    yield opened
    homes = ("file:", "data:", "http://127.0.0.1:")
    assert [url for url in requests if not url.startswith(homes)] == []
    assert complaints == []
    for context in contexts:
        context.close()
