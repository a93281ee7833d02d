"""Where a product stands, over the API: as of which entry, never a yes that is outdated, nothing of what is withheld."""

from __future__ import annotations

import io
import json
import zipfile
from hashlib import sha256

from asepsis.conformance import moments
from asepsis.readers import assessed
from asepsis.record import checkpoint, tree
from asepsis.risk.records import Asset
from asepsis.store import queries
from asepsis.store.going import founding_name, origin_of
from tests.api.conftest import Caller
from tests.web.maker import Maker


def test_a_board_says_as_of_which_entry_it_is_and_when_it_is_outdated(quality: Caller, copied: Maker) -> None:
    board = quality.get("/products/GW/board").value
    assert (board["entry"], board["outdated"]) == (copied.last, False)
    assert sum(board["counts"].values()) == len(board["clauses"])
    copied.write("new", Asset)
    assert quality.get("/products/GW/board").value["outdated"] is True
    made = quality.post("/products/GW/assessments")
    assert (made.status, made.value["outdated"], made.value["entry"]) == (201, False, queries.ledger().size - 1)


def test_the_gate_answers_as_the_command_does_and_not_at_all_where_it_is_outdated(
    quality: Caller, copied: Maker
) -> None:
    kept = assessed.kept(copied.product)
    assert kept is not None
    found = kept.assessment
    gate = quality.get("/products/GW/gate").value
    assert gate["exit_code"] == moments.gate_of(found, queries.dossier(copied.product)).exit_code
    assert [one["clause"] for one in gate["questions"]] == [one.clause for one in moments.gate_of(found).questions]
    copied.write("new", Asset)
    gate = quality.get("/products/GW/gate").value
    assert (gate["outdated"], gate["exit_code"]) == (True, 3)


def test_a_release_is_asked_about_by_its_label(quality: Caller, copied: Maker) -> None:
    label = copied.label("2.3.0")
    at = f"?at={copied.baseline}&release={label}"
    assert quality.get(f"/products/GW/gate{at}").value["release"] == label
    assert quality.get(f"/products/GW/gate?release={copied.label('read')}").code == "record-unknown"
    assert quality.get("/products/GW/gate?at=3").code == "record-unknown"
    assert quality.get("/products/PX/gate").code == "assessment-absent"


def test_a_clause_is_told_with_its_obligations_and_what_was_found(quality: Caller) -> None:
    clause = quality.get("/products/GW/clauses/7.2").value
    assert clause["clause"] == "7.2"
    assert clause["obligations"]
    assert quality.get("/products/GW/clauses/12.9").status == 422


def test_an_assessment_is_whole_for_who_sees_all_and_its_digest_alone_for_others(
    quality: Caller, security: Caller
) -> None:
    assert "assessment" not in quality.get("/products/GW/assessment").value
    whole = security.get("/products/GW/assessment").value
    text = json.dumps(whole["assessment"], sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert sha256(text.encode()).hexdigest() == whole["digest"]


def test_what_is_due_is_told_in_order(quality: Caller) -> None:
    days = [one["day"] for one in quality.get("/products/GW/due?limit=200").value["due"]]
    assert days == sorted(days)
    assert len(quality.get("/products/GW/due?limit=1").value["due"]) <= 1


def test_an_entry_is_proven_to_be_in_the_tree_that_a_checkpoint_signs(quality: Caller, copied: Maker) -> None:
    signed = quality.get("/ledger/checkpoint").value
    origin = origin_of(founding_name())
    said = checkpoint.verify(signed["note"], bytes.fromhex(signed["key"]), origin)
    proof = quality.get(f"/ledger/entries/7/proof?size={said.size}").value
    path = [bytes.fromhex(one) for one in proof["path"]]
    tree.verify_inclusion(bytes.fromhex(proof["name"]), index=7, size=said.size, proof=path, root=said.root)
    assert quality.get(f"/ledger/entries/7/proof?size={said.size + 1}").code == "tree-size"
    assert quality.get("/ledger/entries/999999/proof").code == "entry-unknown"


def test_a_ledger_is_proven_to_have_only_grown(quality: Caller, copied: Maker) -> None:
    before = quality.get("/ledger/checkpoint").value
    copied.write("new", Asset)
    after = quality.get("/ledger/checkpoint").value
    growth = quality.get(f"/ledger/growth?first={before['size']}").value
    origin = origin_of(founding_name())
    roots = [checkpoint.verify(one["note"], bytes.fromhex(one["key"]), origin).root for one in (before, after)]
    tree.verify_consistency(
        first=before["size"], second=after["size"], first_root=roots[0], second_root=roots[1],
        proof=[bytes.fromhex(one) for one in growth["path"]],
    )  # fmt: skip


def test_entries_are_told_page_by_page_each_once(quality: Caller) -> None:
    found: list[int] = []
    begin: int | None = 0
    while begin is not None:
        page = quality.get(f"/ledger/entries?begin={begin}&limit=37").value
        found += [one["position"] for one in page["entries"]]
        begin = page.get("following")
    assert found == list(range(queries.ledger().size))


def test_a_trace_goes_both_ways_and_begins_at_what_counts(quality: Caller, copied: Maker) -> None:
    trace = quality.get(f"/records/{copied.label('port')}/trace").value
    assert copied.label("studies") in [one["label"] for one in trace["rests_on"]]
    assert copied.label("read") in [one["label"] for one in trace["hangs_on_it"]]
    assert quality.get(f"/records/{copied.label('draft case')}/trace").code == "trace-absent"


def test_a_bundle_leaves_out_what_its_asker_may_not_see(quality: Caller, security: Caller, copied: Maker) -> None:
    for who, seen in ((quality, False), (security, True)):
        answer = who.get("/products/GW/export")
        names = zipfile.ZipFile(io.BytesIO(answer.body)).namelist()
        assert any(one.endswith("verify.py") for one in names)
        assert (seen, any("Vulnerability" in one for one in names)) == (seen, seen)
