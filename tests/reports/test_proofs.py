"""Proofs as a person and a script see them: the report as text and JSON, the files, the exit codes."""

import json

import pytest

from quorate_reports.proof_json import proof_result_to_data
from quorate_reports.proof_text import proof_to_text

# What the design promises to scripts.
KEYS = {"model", "parameters", "unbounded", "verdict", "properties", "lemmas", "seconds", "reproduce"}
PROPERTY = {"name", "kind", "verdict", "proof", "trace"}
PROOF = {"status", "k", "seconds", "lemmas", "cti", "actions", "reason"}
CTI = {"property", "action", "reachable", "contradicts", "finding", "trace"}


# -- made by hand


@pytest.mark.parametrize("width", [40, 80, 120])
def test_the_report_of_a_proof(golden, proving, width):
    golden(f"proving-{width}.txt", proof_to_text(proving, reproduce="quorate prove raft -p servers=3", width=width))


@pytest.mark.parametrize("width", [40, 60, 80, 120, 200])
def test_no_line_of_a_proof_is_wider_than_the_page(proving, width):
    lines = proof_to_text(proving, reproduce="x", width=width).splitlines()
    assert len(lines) > 40
    assert max(map(len, lines)) <= width


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
