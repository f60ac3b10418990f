"""Proofs as a person and a script see them: the report as text and JSON, the files, the exit codes."""

import json
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

import quorate as library
from quorate import Int, Model, Param
from quorate.errors import Exit
from quorate.verdict import Inconclusive, Proved
from quorate_reports.lemma_text import write_search
from quorate_reports.page import Page
from quorate_reports.proof_json import proof_result_to_data
from quorate_reports.proof_text import proof_to_text
from quorate_reports.proving import ProveCommand, ProveOptions
from quorate_reports.trace_file import read_trace

# What the design promises to scripts.
KEYS = {"model", "parameters", "unbounded", "verdict", "properties", "lemmas", "seconds", "reproduce"}
PROPERTY = {"name", "kind", "verdict", "proof", "trace"}
PROOF = {"status", "k", "seconds", "lemmas", "cti", "actions", "reason"}
CTI = {"property", "action", "reachable", "contradicts", "finding", "trace"}


# -- made by hand


@pytest.mark.parametrize("width", [40, 80, 120])
def test_the_report_of_a_proof(golden, proving, width):
    golden(f"proving-{width}.txt", proof_to_text(proving, reproduce="quorate prove raft -p servers=3", width=width))


def test_what_is_not_proved_is_listed_by_how_far_the_proofs_came(proving):
    safety, one_vote, *_ = proving.properties
    left = (safety, one_vote, *proving.lemmas, replace(safety, name="other"))
    text = proof_to_text(replace(proving, properties=left, verdict=Inconclusive("")), reproduce="x", width=400)
    long = "leaders_have_a_majority_of_the_votes"
    expected = f"election_safety, other (not inductive); {long}, votes (unknown: the solver's 60 s ran out); 64 s"
    assert text.splitlines()[-2] == f"inconclusive: not proved: {expected}"


@pytest.mark.parametrize("width", [40, 60, 80, 120, 200])
def test_no_line_of_a_proof_is_wider_than_the_page(proving, width):
    lines = proof_to_text(proving, reproduce="x", width=width).splitlines()
    assert len(lines) > 40
    assert max(map(len, lines)) <= width


@pytest.mark.parametrize(
    ("lemmas", "shown"),
    [
        (["log_matching", "terms_are_ordered"], "3, 6"),
        (["terms_are_ordered", "typed", "no_leader"], "4-6"),
        (["typed", "no_leader", "elsewhere"], "4, 5, elsewhere"),
    ],
)
def test_what_a_proof_rests_on_is_told_by_number(proving, lemmas, shown):
    _, one_vote, *others = proving.properties
    first = replace(one_vote, proof=replace(one_vote.proof, lemmas=tuple(lemmas)))
    text = proof_to_text(replace(proving, properties=(proving.properties[0], first, *others)), reproduce="x", width=120)
    [row] = [line for line in text.splitlines() if " one_vote " in line]
    assert row.endswith(f" {shown}")


def test_json_of_a_proof_has_the_keys_of_the_design(proving):
    data = json.loads(json.dumps(proof_result_to_data(proving, reproduce="quorate prove raft")))
    assert data.keys() >= KEYS
    assert (data["verdict"], data["exit_code"], data["unbounded"]) == ("violated", 12, ["max_term"])
    items = [*data["properties"], *data["lemmas"]]
    assert all(item.keys() >= PROPERTY for item in items)
    assert all(item["proof"].keys() >= PROOF for item in items)
    by_name = {item["name"]: item for item in items}
    cti = by_name["election_safety"]["proof"]["cti"]
    assert cti.keys() >= CTI
    assert (cti["action"], cti["reachable"], cti["contradicts"]) == ("on_vote", False, ["votes_are_kept"])
    assert [step["action"] for step in cti["trace"]["steps"]] == [None, "on_vote"]
    assert [item["name"] for item in items if item["trace"]] == ["no_leader"]
    assert by_name["log_matching"]["proof"]["k"] == 2
    assert [part["status"] for part in by_name["election_safety"]["proof"]["actions"]] == [
        "preserved", "unknown", "broken",
    ]  # fmt: skip


# -- by the command line


def proved(quorate, *arguments):
    """A proof as JSON: its exit code, the whole, and the status of each property and lemma."""
    outcome = quorate("prove", *arguments, "--format", "json")
    data = json.loads(outcome.out)
    assert data["exit_code"] == outcome.code
    return outcome.code, data, {item["name"]: item["proof"]["status"] for item in data["properties"] + data["lemmas"]}


def test_a_property_is_proved_by_its_lemma_and_not_without(quorate, pairs):
    code, data, status = proved(quorate, f"{pairs}:Pair")
    assert (code, data["verdict"]) == (Exit.HOLDS, "proved")
    assert status == {"five_together": "inductive", "same": "inductive"}
    assert data["properties"][0]["proof"]["lemmas"] == ["same"]
    code, data, status = proved(quorate, f"{pairs}:Pair", "--without", "same")
    assert (code, data["verdict"]) == (Exit.INCONCLUSIVE, "inconclusive")
    assert status == {"five_together": "not inductive"}
    cti = data["properties"][0]["proof"]["cti"]
    # 4, not 4 → 5, not 5: no such state is reachable, as the lemma that was left out knows
    before, after = (step["state"] for step in cti["trace"]["steps"])
    assert before["x"] == 4
    assert (after["x"], after["y"]) == (5, before["y"] + 1)
    assert before["y"] != 4
    assert (cti["action"], cti["reachable"], cti["contradicts"]) == ("both", False, ["same"])


@pytest.mark.parametrize("spec", ["lemmas_of_pairs.py:equal", "lemmas_of_pairs:equal"])
def test_a_lemma_may_come_from_a_file_or_a_module(quorate, pairs, spec):
    lemma = "from quorate import invariant\n\n@invariant\ndef equal(m):\n    return m.x == m.y\n"
    Path("lemmas_of_pairs.py").write_text(lemma)
    code, data, status = proved(quorate, f"{pairs}:Pair", "--without", "same", "--with", spec)
    assert (code, status) == (Exit.HOLDS, {"five_together": "inductive", "equal": "inductive"})
    assert data["properties"][0]["proof"]["lemmas"] == ["equal"]


def test_another_property_may_be_a_lemma(quorate, pairs):
    code, data, status = proved(quorate, f"{pairs}:Two", "--invariant", "five_together", "--with", "same_pair")
    assert (code, status) == (Exit.HOLDS, {"five_together": "inductive", "same_pair": "inductive"})
    assert [item["name"] for item in data["lemmas"]] == ["same_pair"]


def test_what_no_value_of_the_types_can_break_is_trivial(quorate, pairs):
    code, _, status = proved(quorate, f"{pairs}:Typed", "--without", "same")
    assert (code, status) == (Exit.HOLDS, {"five_together": "trivial"})


def test_hypotheses_about_two_states_can_prove_more(quorate, pairs):
    code, _, status = proved(quorate, f"{pairs}:Late")
    assert (code, status) == (Exit.INCONCLUSIVE, {"not_three": "not inductive"})
    code, data, status = proved(quorate, f"{pairs}:Late", "--k", "2")
    assert (code, status) == (Exit.HOLDS, {"not_three": "inductive"})
    assert data["properties"][0]["proof"]["k"] == 2
    assert "2-inductive" in quorate("prove", f"{pairs}:Late", "--k", "2").out


def test_a_bound_that_is_lifted_is_named(quorate, pairs):
    code, data, _ = proved(quorate, f"{pairs}:Climb", "--unbounded", "most")
    assert (code, data["unbounded"]) == (Exit.HOLDS, ["most"])
    first = quorate("prove", f"{pairs}:Climb", "--unbounded", "most").out.splitlines()[0]
    assert "any most" in first


def test_a_violation_is_one_and_saved_as_one(quorate, pairs):
    outcome = quorate("prove", f"{pairs}:Small")
    assert outcome.code == Exit.SAFETY
    assert "violated" in outcome.out.splitlines()[-2]
    trace = read_trace(Path("quorate-out/pairs-Small/small.trace.json"))
    # 5 + 5 is the first sum beyond 8
    assert [step.state["x"] for step in trace.steps] == [0, 1, 2, 3, 4, 5]


def test_a_counterexample_to_induction_is_saved_and_can_be_shown(quorate, pairs):
    outcome = quorate("prove", f"{pairs}:Pair", "--without", "same", "--out", "here")
    saved = Path("here/five_together-induction.trace.json")
    assert str(saved) in outcome.out
    assert Path("here/five_together-induction.svg").exists()
    trace = read_trace(saved)
    assert trace.kind == "induction"
    assert outcome.out.splitlines()[-1] == f"reproduce: {trace.reproduce}"
    shown = quorate("show", saved)
    assert shown.code == 0
    assert "need not be reachable" in shown.out
    assert "initial" not in shown.out
    assert "need not be reachable" in quorate("show", saved, "--format", "svg").out
    assert quorate("why", f"{pairs}:Pair", saved, "both", "--at", "1").code == 0


def test_the_command_of_a_proof_does_it_again(quorate, pairs):
    arguments = ["--with", f"{pairs}:small", "--without", "same", "--k", "2", "--query-time", "5s", "--max-time", "1h"]
    out = quorate("prove", f"{pairs}:Pair", "-p", "top=7", "--invariant", "five_together", *arguments).out
    *_, line = out.splitlines()
    wanted = f"quorate prove {pairs}:Pair -p top=7 --invariant five_together {' '.join(arguments)}"
    assert line == f"reproduce: {wanted}"


@pytest.mark.parametrize(
    ("arguments", "code", "text"),
    [
        (["Pair", "--with", "sam"], Exit.PARAMETER, "same"),
        (["Pair", "--with", "pairs.py:smal"], Exit.PARAMETER, "small"),
        (["Pair", "--with", "pears.py:small"], Exit.LOAD, "pairs.py"),
        (["Pair", "--with", "full"], Exit.PARAMETER, "five_together"),
        (["Pair", "--without", "sam"], Exit.PARAMETER, "same"),
        (["Pair", "--invariant", "six_together"], Exit.PARAMETER, "five_together"),
        (["Climb", "--unbounded", "mast"], Exit.PARAMETER, "most"),
        (["Pair", "-p", "top=1..3"], Exit.USAGE, "sweep"),
        (["Pair", "--k", "0"], Exit.USAGE, "--k"),
        (["Pair", "--workers", "few"], Exit.USAGE, "--workers"),
        (["Pair", "--query-time", "soon"], Exit.USAGE, "--query-time"),
        (["Pair", "--max-depth", "3"], Exit.USAGE, "bmc"),
        (["Pair", "--engine", "bmc", "--k", "3"], Exit.USAGE, "--k"),
        (["Pair", "--find-lemmas", "--with", "same"], Exit.USAGE, "--with"),
        (["Pair", "--find-lemmas", "--engine", "bmc"], Exit.USAGE, "bmc"),
        (["Pair", "--engine", "smt"], Exit.USAGE, "bmc"),
        (["Pear"], Exit.LOAD, "Pair"),
        (["Nothing"], Exit.VACUOUS, ""),
    ],
)
def test_what_cannot_be_meant_is_refused_with_its_cure(quorate, pairs, arguments, code, text):
    name, *options = arguments
    outcome = quorate("prove", f"{pairs}:{name}", *options)
    assert outcome.code == code
    assert text in outcome.err
    assert "Traceback" not in outcome.out + outcome.err


def test_a_quiet_proof_is_short(quorate, pairs):
    outcome = quorate("prove", f"{pairs}:Pair", "--quiet")
    assert len(outcome.out.splitlines()) == 2
    assert outcome.err == ""


def test_the_options_reach_the_proof(quorate, pairs, proving, monkeypatch):
    seen = {}
    monkeypatch.setattr(library, "prove_invariants", lambda model, **options: seen.update(options) or proving)
    times = ["--query-time", "5s", "--max-time", "2m", "--workers", "3", "--k", "2"]
    quorate("prove", f"{pairs}:Pair", "--without", "small", "--unbounded", "top", *times, "--invariant", "full")
    assert {name: seen[name] for name in seen if name not in ("on_progress", "interrupted")} == {
        "properties": ("full",), "lemmas": None, "without": ("small",), "unbounded": ("top",),
        "query_time": 5, "max_time": 120, "workers": 3, "k": 2,
    }  # fmt: skip


def test_an_interrupted_proof_is_inconclusive_with_what_it_has(pairs):
    page, errors = Page.in_memory(80), Page.in_memory(80)
    options = ProveOptions(model=f"{pairs}:Pair", is_json=True)
    assert ProveCommand(options, page, errors, interrupted=lambda: True).run() == Exit.INCONCLUSIVE
    data = json.loads(page.text())
    assert [item["proof"]["status"] for item in data["properties"]] == ["unknown"]


@pytest.mark.parametrize("format", ["text", "json"])
def test_an_unwritable_folder_costs_a_proof_its_files_only(quorate, pairs, format):
    Path("file").write_text("in the way")
    options = ["--without", "same", "--out", "file/below", "--format", format]
    outcome = quorate("prove", f"{pairs}:Pair", *options)
    assert outcome.code == Exit.INTERNAL
    assert "not inductive" in outcome.out
    assert len(outcome.err.strip().splitlines()) == 1


# -- a bounded search


def test_a_bounded_search_finds_a_shortest_violation(quorate, pairs):
    outcome = quorate("prove", f"{pairs}:Small", "--engine", "bmc", "--format", "json")
    data = json.loads(outcome.out)
    assert outcome.code == data["exit_code"] == Exit.SAFETY
    [small] = [item for item in data["properties"] if item["name"] == "small"]
    assert [step["state"]["x"] for step in small["trace"]["steps"]] == [0, 1, 2, 3, 4, 5]
    text = quorate("prove", f"{pairs}:Small", "--engine", "bmc")
    assert text.code == Exit.SAFETY
    assert "violated" in text.out.splitlines()[-2]


def test_a_bounded_search_that_finds_nothing_knows_nothing_of_longer_runs(quorate, pairs):
    outcome = quorate("prove", f"{pairs}:Small", "--engine", "bmc", "--max-depth", "5")
    assert outcome.code == Exit.INCONCLUSIVE
    assert "5 states" in outcome.out
    assert "distinct" not in outcome.out
    assert outcome.out.splitlines()[-1].endswith("--engine bmc --max-depth 5")


# -- a search for lemmas


@pytest.fixture
def search(proving):
    """What a search for lemmas found."""
    sources = {
        "at_most_one_vote": "@invariant\ndef at_most_one_vote(m):\n    return len(m.votes) < 2\n",
        "terms_are_ordered": "@invariant\ndef terms_are_ordered(m):\n    return True\n",
    }
    lemmas = tuple(SimpleNamespace(name=name, source=source) for name, source in sources.items())
    return SimpleNamespace(
        found=True, lemmas=lemmas, candidates=1_234, survived=321, inductive=40, rounds=3, seconds=12.5, reason="",
        proof=replace(proving, properties=proving.properties[1:3], lemmas=proving.lemmas[:1], verdict=Proved()),
    )  # fmt: skip


@pytest.mark.parametrize("width", [40, 80, 120])
def test_the_report_of_a_search_for_lemmas(golden, search, width):
    class Votes(Model):
        servers = Param(3)
        votes = Int(0, 3, init=0)

    page = Page.in_memory(width)
    write_search(page, Votes(), search, reproduce="quorate prove raft --find-lemmas")
    golden(f"search-{width}.txt", page.text())


def test_lemmas_that_were_found_can_be_pasted(quorate, pairs, search, monkeypatch):
    monkeypatch.setattr(library, "find_lemmas", lambda model, **options: search, raising=False)
    outcome = quorate("prove", f"{pairs}:Pair", "--find-lemmas", "--quiet")
    assert outcome.code == Exit.HOLDS
    pasted = "\n".join(outcome.out.splitlines()[:-1])
    names = {}
    exec("from quorate import invariant\n" + pasted, names)
    assert names["at_most_one_vote"].kind == "invariant"
    data = json.loads(quorate("prove", f"{pairs}:Pair", "--find-lemmas", "--format", "json").out)
    assert data["found"] is True
    assert [lemma["name"] for lemma in data["lemmas"]] == ["at_most_one_vote", "terms_are_ordered"]
    assert data["proof"]["verdict"] == "proved"
    assert data["reproduce"].endswith(" --find-lemmas")


def test_a_search_for_lemmas_that_finds_none_is_inconclusive_and_says_how_far_it_came(
    quorate, pairs, search, monkeypatch
):
    seen = {}
    vars(search).update(found=False, lemmas=(), proof=None, reason="no candidate excludes x = 4")
    monkeypatch.setattr(library, "find_lemmas", lambda model, **options: seen.update(options) or search, raising=False)
    outcome = quorate("prove", f"{pairs}:Pair", "--find-lemmas", "--max-time", "1m", "--invariant", "five_together")
    assert outcome.code == Exit.INCONCLUSIVE
    assert "no candidate excludes x = 4" in outcome.out
    assert "1,234 candidates" in outcome.out
    assert (seen["max_time"], seen["properties"]) == (60, ("five_together",))
