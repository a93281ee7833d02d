"""Statements of others as they come in, with a receipt for each; and ours as they are told."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from asepsis.configuration.records import BillOfMaterials, Release
from asepsis.problems.records import Exploitability
from asepsis.store import acts, queries, withholding
from asepsis.store.acts import Hand
from asepsis.store.changes import Actor
from tests.cli.conftest import Desk
from tests.kinds import smallest

PURL = "pkg:npm/left-pad@1.3.0"
BILL = {
    "bomFormat": "CycloneDX",
    "specVersion": "1.5",
    "components": [{"type": "library", "name": "left-pad", "version": "1.3.0", "purl": PURL, "bom-ref": "a"}],
}


def openvex(*said: dict[str, Any]) -> str:
    return json.dumps(
        {"@context": "https://openvex.dev/ns/v0.2.0", "timestamp": "2026-11-01T00:00:00Z", "statements": said}
    )


def statement(status: str = "not_affected", product: str = PURL, **more: Any) -> dict[str, Any]:
    why = {"justification": "vulnerable_code_not_present"} if status == "not_affected" else {}
    return {"vulnerability": {"name": "CVE-2026-1"}, "products": [{"@id": product}], "status": status, **why, **more}


@pytest.fixture
def ada(desk: Desk) -> Hand:
    """Ada; and a release of GW with a bill that holds one component."""
    by = Hand(Actor(queries.person("Ada").id), lambda: datetime.now(UTC))
    product = queries.product("GW").id
    role = desk.value("record", "list", "Role")["records"][-1]["label"]
    desk.effective("Appointment", f"title: Bob\nrole: {role}\nperson: Bob\nsince: 2026-01-01\n")
    release, _ = acts.create(by, Release, smallest(Release, title="2.0", version="2.0"), product)
    acts.submit(by, [release])
    desk.done("record", "approve", queries.row(release).label, "--passphrase-file", desk.other_words, who="Bob")
    file = desk.file("bill.json", json.dumps(BILL))
    data = file.read_bytes()
    evidence = {"digest": hashlib.sha256(data).hexdigest()}
    value = smallest(BillOfMaterials, release=release)
    value["document"] = value["document"] | evidence
    bill, label = acts.create(by, BillOfMaterials, value, product, files=[data])
    acts.submit(by, [bill])
    if queries.row(bill).head_state == "submitted":
        desk.done("record", "approve", label, "--passphrase-file", desk.other_words, who="Bob")
    desk.done("import", "components", file, "--product", "GW")
    return by


def receipts(desk: Desk, text: str) -> list[tuple[str, int]]:
    told = desk.value("vex", "import", desk.file("v.json", text), "--of", "GW")["receipts"]
    return [(one["outcome"], len(one["records"])) for one in told]


@pytest.mark.usefixtures("ada")
def test_a_statement_on_a_component_of_a_bill_becomes_a_draft_and_the_same_file_twice_changes_nothing(
    desk: Desk,
) -> None:
    assert receipts(desk, openvex(statement())) == [("applied", 1)]
    size = queries.ledger().size
    assert receipts(desk, openvex(statement())) == [("applied", 1)]
    assert queries.ledger().size == size


@pytest.mark.usefixtures("ada")
def test_every_statement_that_is_not_drafted_has_its_receipt(desk: Desk) -> None:
    told = receipts(
        desk,
        openvex(
            statement(product="pkg:npm/other@1"),
            statement("under_investigation", timestamp="2026-10-01T00:00:00Z"),
            statement(timestamp="2026-10-02T00:00:00Z"),
        ),
    )
    assert told == [("unmatched", 0), ("superseded", 0), ("applied", 1)]
    assert receipts(desk, openvex(statement("fixed"))) == [("conflicting", 1)]


def in_force(desk: Desk, by: Hand) -> str:
    release = queries.row(desk.value("record", "list", "Release")["records"][0]["label"]).id
    value = smallest(Exploitability, component=PURL, releases=[release], status="affected", until="2099-01-01")
    record, label = acts.create(by, Exploitability, value, queries.product("GW").id)
    acts.submit(by, [record])
    desk.done("record", "approve", label, "--passphrase-file", desk.other_words, who="Bob")
    return label


@pytest.mark.parametrize("format_", ["openvex", "csaf", "cyclonedx"])
def test_what_is_in_force_is_told_in_the_same_bytes_and_what_is_withheld_is_not(
    desk: Desk, ada: Hand, tmp_path: Path, format_: str
) -> None:
    words = ("--of", "GW", "--format", format_, "--author", "Acme", "--namespace", "https://example.org")
    assert desk.run("vex", "export", tmp_path / "none.json", *words).code == 3
    label = in_force(desk, ada)
    for name in ("one.json", "two.json"):
        assert desk.value("vex", "export", tmp_path / name, *words)["statements"] == 1
    assert (tmp_path / "one.json").read_bytes() == (tmp_path / "two.json").read_bytes()
    assert PURL in (tmp_path / "one.json").read_text()
    withholding.embargo(ada, queries.row(label).id)
    assert desk.run("vex", "export", tmp_path / "none.json", *words).code == 3
