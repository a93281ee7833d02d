"""The other nouns: links, baselines, policy, attestations, facts, the ledger, the catalogue, the gate."""

from __future__ import annotations

import hashlib
import json
import socket
import sqlite3
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.db import connection
from typer.main import get_command
from typer.testing import CliRunner

from asepsis.cli.commands import MODULES, app
from asepsis.configuration.records import SupplierAgreement
from asepsis.quality.records import Nonconformity
from asepsis.store import acts, queries
from asepsis.store.acts import Hand
from asepsis.store.changes import Actor
from tests.cli.conftest import ROOT, Desk, process
from tests.cli.test_record import ACTION, PROFILE, SUPPLIER

BILL = {
    "bomFormat": "CycloneDX",
    "specVersion": "1.5",
    "version": 1,
    "components": [{"type": "library", "name": "pydicom", "version": "2.4.4", "purl": "pkg:pypi/pydicom@2.4.4"}],
}
REPORT = '<testsuite name="unit"><testcase classname="a" name="b" time="0.1"/></testsuite>'
SARIF = {"version": "2.1.0", "runs": [{"tool": {"driver": {"name": "bandit"}}, "results": []}]}
RELEASE = """
title: Two
version: 2.0.0
build_id: build-17
kind: product
planned: 2027-01-01
markets: [DE]
support_until: 2030-01-01
security_support_until: 2030-01-01
"""


def every_command() -> list[list[str]]:
    """Return each command as the words that call it."""
    found = []
    for name, command in get_command(app).commands.items():  # type: ignore[attr-defined]
        inner = getattr(command, "commands", None)
        found += [[name, one] for one in inner] if inner else [[name]]
    return sorted(found)


def help_of(command: list[str]) -> str:
    """Return the help of a command as one line."""
    return " ".join(CliRunner().invoke(app, [*command, "--help"]).output.split())


# --- the tree -------------------------------------------------------------------------------------------------------


def test_every_command_tells_its_exit_codes() -> None:
    silent = [one for one in every_command() if "Exits with" not in help_of(one)]
    assert silent == []


def test_every_command_answers_with_json() -> None:
    without = [one for one in every_command() if "--json" not in help_of(one)]
    assert without == []


def test_the_commands_are_those_of_the_design() -> None:
    wanted = """init demo serve worker doctor release-out release-next
    release-build release-tests release-statements attest assess gate due scan import import-table export-table
        trace export restore clauses kinds
        product-new product-list person-add person-directory person-link person-list person-lost person-open
        person-passphrase person-shut
        token-new token-list token-revoke
        record-new record-list record-show record-edit record-submit record-approve record-reject record-withdraw
        record-retire record-history record-diff record-embargo record-disclose record-take-over
        link-list link-review baseline-make baseline-list policy-show policy-set
        sbom-read sbom-quality sbom-diff sbom-convert feeds-list feeds-add feeds-remove feeds-update vex-import vex-export
        vex-carry triage
        watch-update watch-list watch-looked watch-find
        erasure-ask erasure-list erasure-do backup-make backup-restore backup-verify
        ledger-verify ledger-checkpoint ledger-rebuild ledger-key"""
    assert sorted("-".join(one) for one in every_command()) == sorted(wanted.split())
    assert {one[0] for one in every_command()} == set(MODULES)


def test_a_person_who_is_admitted_with_a_link_sets_their_own_passphrase_once(desk: Desk) -> None:
    from asepsis.accounts import invitations, passphrase

    made = desk.value("person", "add", "Cleo Ngo", "--link")
    assert made["user_id"] == "cleo.ngo"
    assert not passphrase.has_passphrase("Cleo Ngo")
    first, second = (one.rpartition("/")[2] for one in (made["link"], desk.value("person", "link", "Cleo Ngo")["link"]))
    with pytest.raises(invitations.SpentInvitationError):
        invitations.accept(first, "eleven red foxes hum", datetime.now(UTC))
    invitations.accept(second, "eleven red foxes hum", datetime.now(UTC))
    passphrase.prove("Cleo Ngo", "eleven red foxes hum")


def test_a_bug_keeps_its_traceback(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("asepsis.store.acts.found_product", broken)
    with pytest.raises(ZeroDivisionError):
        desk.run("product", "new", "PX", "Pump")


# --- products and people --------------------------------------------------------------------------------------------


def test_a_code_is_used_once(desk: Desk) -> None:
    assert desk.run("product", "new", "GW", "Another").code == 1


@pytest.mark.parametrize("code", ["G", "G1", "TOOLONGCODE", "ORG", "../X"])
def test_a_code_of_another_form_is_refused(code: str, desk: Desk) -> None:
    said = desk.run("product", "new", code, "Another")
    assert (said.code in (1, 4), "Traceback" in said.err) == (True, False)


def test_who_does_not_hold_management_founds_no_product(desk: Desk) -> None:
    assert desk.run("product", "new", "PX", "Pump", "--as", "Bob").code == 1


def test_somebody_unknown_is_told(desk: Desk) -> None:
    said = desk.run("product", "new", "PX", "Pump", "--as", "Eve")
    assert (said.code, "Nobody called Eve" in said.err) == (4, True)


def test_a_person_is_admitted_with_a_passphrase_of_their_own(desk: Desk) -> None:
    desk.done("person", "add", "Cleo", "--passphrase-file", desk.file("cleo.txt", "eleven red foxes hum"))
    assert "Cleo" in [one["name"] for one in desk.value("person", "list")["people"]]


def test_a_weak_passphrase_admits_nobody(desk: Desk) -> None:
    assert desk.run("person", "add", "Cleo", "--passphrase-file", desk.file("cleo.txt", "short")).code == 4
    assert "Cleo" not in [one["name"] for one in desk.value("person", "list")["people"]]


def test_who_was_admitted_is_a_fact(desk: Desk) -> None:
    taken = queries.facts(None).get("people", "organisation")
    assert taken is not None
    document = queries.document(taken.document)
    assert document is not None
    assert len(document.people) == 2


def test_a_new_passphrase_lifts_the_lock(desk: Desk) -> None:
    desk.done("record", "new", "Supplier", desk.file("s.yaml", SUPPLIER))
    desk.done("record", "submit", "ORG-SUP-1")
    sign = ("record", "approve", "ORG-SUP-1", "--passphrase-file")
    wrong, new = desk.file("wrong.txt", "wrong horses everywhere"), desk.file("new.txt", "twelve blue foxes hum")
    for _ in range(10):
        desk.run(*sign, wrong)
    assert "is shut" in desk.run(*sign, desk.words).err
    desk.done("person", "passphrase", "Ada", "--passphrase-file", new, who=None)
    desk.done(*sign, new)


# --- links ----------------------------------------------------------------------------------------------------------


def suspect(desk: Desk) -> tuple[str, str]:
    """Return a record whose link is suspect, and the record that changed."""
    supplier = desk.effective("Supplier", SUPPLIER)
    desk.done("record", "new", "CategoryRule", desk.file("r.yaml", "title: x"), "--organisation")
    agreement = f"""
title: Agreement
supplier: {supplier}
made_for_us: no
can_affect_security: yes
can_affect_security_why: It parses data from the network.
accepted_on: 2026-01-01
proof:
  file: proof.pdf
  shows: the signed agreement
"""
    desk.file("proof.pdf", b"%PDF")
    label = desk.effective("SupplierAgreement", agreement)
    desk.done("record", "edit", supplier, desk.file("s.yaml", SUPPLIER.replace("example.org", "example.com")))
    desk.done("record", "submit", supplier)
    desk.done("record", "approve", supplier, "--passphrase-file", desk.words)
    return label, supplier


def test_sound_links_are_told_so(desk: Desk) -> None:
    said = desk.run("link", "list")
    assert (said.code, said.out) == (0, "All links of GW are sound.\n")


def test_a_suspect_link_is_listed_with_the_change_that_caused_it(desk: Desk) -> None:
    label, supplier = suspect(desk)
    said = desk.run("link", "list")
    assert (said.code, label in said.out) == (1, True)
    assert "contact: [-security@example.org-]{+security@example.com+}" in said.out
    (cause,) = desk.value("link", "list")["causes"]
    assert (cause["label"], cause["before"], cause["after"]) == (supplier, 1, 2)
    assert [one["label"] for one in cause["suspect"]] == [label]


def test_show_marks_a_suspect_link(desk: Desk) -> None:
    label, _ = suspect(desk)
    assert [one["suspect"] for one in desk.value("record", "show", label)["links"]] == [True]
    assert "suspect: the target changed since" in desk.done("record", "show", label).out


@pytest.mark.parametrize("by_cause", [True, False])
def test_reviewed_links_are_sound_again(by_cause: bool, desk: Desk) -> None:
    label, supplier = suspect(desk)
    desk.done("link", "review", *(["--caused-by", supplier] if by_cause else [label]))
    assert desk.run("link", "list").code == 0
    assert "let it stand" in desk.done("record", "history", label).out


def test_a_review_of_nothing_is_wrong_use(desk: Desk) -> None:
    assert desk.run("link", "review").code == 2


def test_a_sound_link_needs_no_review(desk: Desk) -> None:
    label, _ = suspect(desk)
    desk.done("link", "review", label)
    assert desk.run("link", "review", label).code == 1


# --- baselines and releases -----------------------------------------------------------------------------------------


def test_a_baseline_is_a_position_and_a_digest(desk: Desk) -> None:
    made = desk.value("baseline", "make")
    (listed,) = desk.value("baseline", "list", "--product", "GW")["baselines"]
    assert (listed["position"], listed["dossier"], len(listed["dossier"])) == (made["position"], made["dossier"], 64)


def test_a_release_that_nobody_decided_does_not_go_out(desk: Desk) -> None:
    label = desk.value("record", "new", "Release", desk.file("r.yaml", RELEASE))["label"]
    said = desk.run("release", label)
    assert (said.code, "ReleaseDecision" in said.err) == (1, True)


def test_only_a_release_goes_out(desk: Desk) -> None:
    assert desk.run("release", desk.effective("Supplier", SUPPLIER)).code == 4


def _release_in_force(desk: Desk) -> str:
    role = desk.value("record", "list", "Role")["records"][-1]["label"]
    desk.effective("Appointment", f"title: Bob\nrole: {role}\nperson: Bob\nsince: 2026-01-01\n")
    before = desk.value("record", "new", "Release", desk.file("r.yaml", RELEASE))["label"]
    desk.done("record", "submit", before)
    desk.done("record", "approve", before, "--passphrase-file", desk.other_words, who="Bob")
    return str(before)


def _next_release(desk: Desk) -> str:
    before = _release_in_force(desk)
    return str(desk.value("release", "next", before, "2.5.0", "--planned", "2027-01-15")["release"])


def test_the_next_release_is_drafted_from_one_in_force(desk: Desk) -> None:
    before = _release_in_force(desk)
    made = desk.value("release", "next", before, "2.5.0", "--planned", "2027-01-15")
    drafted = desk.value("record", "show", made["release"])
    assert (made["predecessor"], made["carried"], made["carried_forward"]) == (before, [], None)
    assert "2.5.0" in json.dumps(drafted)
    update = desk.value("release", "next", before, "2.4.1", "--planned", "2027-01-15", "--update")
    assert '"update"' in json.dumps(desk.value("record", "show", update["release"]))
    refused = desk.run("release", "next", before, "2.4.2", "--planned", "2027-01-15", "--brings", before)
    assert (refused.code, "not among the change requests" in refused.err) == (1, True)


def test_what_a_build_brings_is_drafted_from_its_files(desk: Desk) -> None:
    release = _next_release(desk)
    component = {"type": "library", "name": "pydicom", "version": "3.0.1", "purl": "pkg:pypi/pydicom@3.0.1"}
    listed = {"bomFormat": "CycloneDX", "specVersion": "1.6", "version": 1, "components": [component]}
    bill, manifest = desk.file("bill.json", json.dumps(listed)), desk.file("SHA256SUMS", f"{'0' * 64}  gateway.whl\n")
    beside = ("--manifest", manifest, "--signature", desk.file("SHA256SUMS.sig", "c2lnbmVk"))
    made = desk.value("release", "build", release, "--tag", "v2.5.0", "--bill", bill, *beside)
    assert [one["kind"] for one in made["drafts"]] == ["BillOfMaterials", "IntegrityManifest"]
    shown = desk.value("record", "show", made["drafts"][0]["label"])
    assert (shown["content"]["component_count"], shown["head"]) == (1, "draft")
    assert desk.run("release", "build", release, "--tag", "v2.5.0", "--bill", manifest, *beside).code == 4


def test_without_a_run_of_the_release_before_none_is_drafted_and_that_is_said(desk: Desk) -> None:
    release = _next_release(desk)
    said = desk.run("release", "tests", release, "--on", "2026-01-10", "--tester", "Bob")
    assert (said.code, "write the runs by hand" in said.out) == (3, True)


def test_where_nothing_was_said_nothing_goes_on(desk: Desk) -> None:
    assert desk.value("release", "statements", _next_release(desk))["drafts"] == []


def test_a_release_that_is_not_in_force_has_no_next(desk: Desk) -> None:
    label = desk.value("record", "new", "Release", desk.file("r.yaml", RELEASE))["label"]
    assert desk.run("release", "next", label, "2.5.0", "--planned", "2027-01-15").code == 4


def test_a_day_that_is_none_is_told(desk: Desk) -> None:
    assert "is no day" in desk.run("release", "next", "GW-REL-1", "2.5.0", "--planned", "soon").err


# --- policy ---------------------------------------------------------------------------------------------------------


def test_a_value_at_its_default_is_nobodys_decision(desk: Desk) -> None:
    (one,) = desk.value("policy", "show", "quality.audit_cycle_months")["values"]
    assert (one["value"], one["source"], one["floor"]) == ("36", "default", "36")


def test_the_time_zone_comes_from_the_founding(desk: Desk) -> None:
    (one,) = desk.value("policy", "show", "people.time_zone")["values"]
    assert (one["value"], one["source"]) == ("Europe/Zurich", "founding")


def test_a_value_past_its_floor_is_refused(desk: Desk) -> None:
    said = desk.run("policy", "set", "quality.audit_cycle_months", "48", "--why", "Easier.")
    assert (said.code, "its floor is 36" in said.err) == (1, True)


def test_a_value_of_another_type_is_refused(desk: Desk) -> None:
    assert desk.run("policy", "set", "quality.audit_cycle_months", "often", "--why", "x").code == 4


def test_an_unknown_value_is_told_with_those_near_it(desk: Desk) -> None:
    said = desk.run("policy", "show", "quality.audit_months")
    assert (said.code, "quality.audit_cycle_months" in said.err) == (4, True)


def test_two_values_are_set_in_one_record(desk: Desk) -> None:
    first = desk.value("policy", "set", "quality.audit_cycle_months", "24", "--why", "Every two years.")
    again = desk.value("policy", "set", "maintenance.feed_age_days", "3", "--why", "Twice a week.")
    assert first["label"] == again["label"]
    content = desk.value("record", "show", first["label"])["content"]
    assert [(one["name"], one["set_to"]) for one in content["values"]] == [
        ("quality.audit_cycle_months", "24"),
        ("maintenance.feed_age_days", "3"),
    ]


def test_a_signed_value_is_in_force(desk: Desk) -> None:
    label = desk.value("policy", "set", "quality.audit_cycle_months", "24", "--why", "Every two years.")["label"]
    role = desk.effective("Role", "title: Both\nacts_as: [quality, management]\n")
    desk.effective("Appointment", f"title: Bob\nrole: {role}\nperson: Bob\nsince: 2026-01-01\n")
    desk.done("record", "submit", label)
    desk.done("record", "approve", label, "--passphrase-file", desk.other_words, who="Bob")
    (one,) = desk.value("policy", "show", "quality.audit_cycle_months")["values"]
    assert (one["value"], one["source"]) == ("24", "organisation")


# --- attestations ---------------------------------------------------------------------------------------------------


def attest(desk: Desk, *options: str | Path, who: str = "Ada") -> object:
    said = desk.run(
        "attest", "4.1.1-2", "--statement", "I looked.", *options, "--passphrase-file", desk.words, "--json", who=who
    )  # fmt: skip
    assert said.code == 0, said.err
    return said.value


def test_who_holds_the_role_attests_and_signs(desk: Desk) -> None:
    supplier = desk.effective("Supplier", SUPPLIER)
    attest(desk, "--rests-on", supplier)
    shown = desk.value("record", "show", "ORG-ATT-1")
    assert (shown["standing"], shown["content"]["obligation"]) == ("effective", "4.1.1-2")
    assert [one["label"] for one in shown["links"]] == [supplier]


def test_what_nobody_attests_is_refused(desk: Desk) -> None:
    said = desk.run("attest", "4.1.1-1", "--statement", "So.")
    assert (said.code, "4.1.1-2" in said.err) == (1, True)


def test_what_is_attested_for_each_release_needs_one(desk: Desk) -> None:
    said = desk.run("attest", "5.1.2-1", "--statement", "So.", "--product", "GW")
    assert (said.code, "name the release" in said.err) == (4, True)
    assert desk.value("record", "list", "Attestation")["total"] == 0


# --- facts ----------------------------------------------------------------------------------------------------------


def test_a_bill_is_taken_in_with_its_receipt(desk: Desk) -> None:
    bill = desk.file("bill.json", json.dumps(BILL))
    said = desk.value("import", "components", bill)
    assert (said["taken"], said["new"]) == (1, True)
    assert said["subject"] == said["source_digest"] == hashlib.sha256(bill.read_bytes()).hexdigest()
    assert queries.file(said["source_digest"]) == bill.read_bytes()


def test_a_bill_that_is_not_the_one_of_its_record_is_refused(desk: Desk) -> None:
    desk.file("other.json", b"{}")
    text = "title: Bill\ndocument:\n  file: other.json\n  shows: the bill\n"
    label = desk.value("record", "new", "BillOfMaterials", desk.file("b.yaml", text))["label"]
    said = desk.run("import", "components", desk.file("bill.json", json.dumps(BILL)), "--of", label)
    assert (said.code, f"{label} names a file with the digest" in said.err) == (4, True)


def test_the_same_file_twice_changes_nothing(desk: Desk) -> None:
    bill = desk.file("bill.json", json.dumps(BILL))
    desk.value("import", "components", bill)
    before = desk.value("ledger", "checkpoint")
    said = desk.run("import", "components", bill)
    assert (said.code, "nothing changed" in said.out) == (0, True)
    assert desk.value("ledger", "checkpoint") == before


def test_findings_of_a_build_are_joined_by_the_label_of_the_release(desk: Desk) -> None:
    desk.done("record", "new", "Release", desk.file("r.yaml", RELEASE))
    findings = desk.file("f.sarif", json.dumps(SARIF))
    by_label = desk.value("import", "static_findings", findings, "--of", "gw-rel-1")
    product = desk.value("product", "list")["products"][0]["product"]
    assert by_label["subject"] == f"{product}+build-17"
    assert not desk.value("import", "static_findings", findings, "--of", "build-17")["new"]


def test_findings_of_nothing_are_asked_what_they_are_about(desk: Desk) -> None:
    said = desk.run("import", "static_findings", desk.file("f.sarif", json.dumps(SARIF)))
    assert (said.code, "--of" in said.err) == (2, True)


def test_a_report_is_joined_by_its_digest(desk: Desk) -> None:
    said = desk.value("import", "test_results", desk.file("r.xml", REPORT))
    assert (said["taken"], said["subject"]) == (1, said["source_digest"])


def test_a_delivery_is_joined_to_its_release(desk: Desk, tmp_path: Path) -> None:
    desk.done("record", "new", "Release", desk.file("r.yaml", RELEASE))
    folder = tmp_path / "delivered"
    folder.mkdir()
    (folder / "gateway.bin").write_bytes(b"\x7fELF")
    said = desk.value("import", "package_files", folder, "--of", "GW-REL-1")
    assert (said["taken"], len(said["subject"])) == (1, 32)


def test_a_delivery_of_another_kind_of_record_is_refused(desk: Desk, tmp_path: Path) -> None:
    supplier = desk.effective("Supplier", SUPPLIER)
    said = desk.run("import", "package_files", tmp_path, "--of", supplier)
    assert (said.code, "joined to a Release" in said.err) == (4, True)


def test_matches_name_their_bill_and_the_feeds_that_are_in_force(desk: Desk) -> None:
    bill = desk.file("bill.json", json.dumps(BILL))
    scanned = desk.file("matches.json", json.dumps(BILL | {"vulnerabilities": []}))
    assert desk.run("import", "matches", scanned, "--of", str(bill)).code == 4
    feeds = {"feeds": [{"name": "osv", "as_of": "2026-11-01T00:00:00Z"}]}
    taken = desk.value("import", "feeds", desk.file("feeds.json", json.dumps(feeds)))
    said = desk.value("import", "matches", scanned, "--of", str(bill))
    assert said["subject"] == f"{hashlib.sha256(bill.read_bytes()).hexdigest()}+{taken['document']}"


def test_a_git_history_is_taken_in(desk: Desk, tmp_path: Path) -> None:
    folder = tmp_path / "source"
    git = ["git", "-C", str(folder), "-c", "user.name=Ada", "-c", "user.email=ada@example.org"]
    subprocess.run(["git", "init", "-q", str(folder)], check=True)
    subprocess.run([*git, "commit", "-q", "--allow-empty", "-m", "Begin GW-CHG-1"], check=True)
    said = desk.value("import", "source", folder, "--of", "build-17", "--to", "HEAD")
    document = queries.document(said["document"])
    assert document is not None
    assert (document.changes[0].authors, document.changes[0].requests) == ((queries.person("Ada").id,), ("GW-CHG-1",))


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("components", "not JSON"),
        ("components", '{"bomFormat": "CycloneDX", "bomFormat": "CycloneDX"}'),
        ("components", "[" * 100_000),
        ("test_results", '<!DOCTYPE a [<!ENTITY b "c">]><testsuite/>'),
        ("nonsense", "x"),
        ("people", "x"),
    ],
)
def test_a_file_that_cannot_be_read_takes_nothing_in(kind: str, text: str, desk: Desk) -> None:
    before = desk.value("ledger", "checkpoint")
    said = desk.run("import", kind, desk.file("facts.json", text))
    assert (said.code, said.out, len(said.err.splitlines()) <= 2) == (4, "", True)
    assert desk.value("ledger", "checkpoint") == before


def test_who_holds_no_role_takes_nothing_in(desk: Desk) -> None:
    assert desk.run("import", "components", desk.file("bill.json", json.dumps(BILL)), "--as", "Bob").code == 1


# --- the ledger -----------------------------------------------------------------------------------------------------


def test_a_whole_ledger_agrees(desk: Desk) -> None:
    said = desk.run("ledger", "verify", "--deep", who=None)
    assert (said.code, "entries agree" in said.out) == (0, True)


def test_a_verification_is_put_on_record(desk: Desk) -> None:
    assert desk.value("ledger", "verify")["on_record"] is not None


def test_a_changed_entry_is_named(desk: Desk) -> None:
    connection.close()
    with sqlite3.connect(desk.home / "asepsis.sqlite3") as raw:
        for (name,) in raw.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            raw.execute(f"DROP TRIGGER {name}")
        raw.execute("UPDATE store_entry SET data = CAST(replace(data, 'Europe', 'Africa') AS BLOB) WHERE position = 0")
    raw.close()
    said = desk.run("ledger", "verify", who=None)
    assert (said.code, "Entry 0 does not fit" in said.out) == (1, True)


def test_a_checkpoint_that_left_is_held_against_the_ledger(desk: Desk, tmp_path: Path) -> None:
    desk.done("ledger", "checkpoint", tmp_path / "kept.txt")
    desk.done("product", "new", "PX", "Pump")
    said = desk.run("ledger", "checkpoint", "--against", tmp_path / "kept.txt")
    assert (said.code, "goes on from this checkpoint" in said.out) == (0, True)


def test_a_checkpoint_of_another_ledger_is_refused(desk: Desk, tmp_path: Path) -> None:
    assert desk.run("ledger", "checkpoint", "--against", desk.file("kept.txt", "not a note")).code == 4


def test_the_tables_are_made_again(desk: Desk) -> None:
    before = desk.done("record", "list").out
    desk.done("ledger", "rebuild")
    assert desk.done("record", "list").out == before


# --- the catalogue --------------------------------------------------------------------------------------------------


def test_the_clauses_need_no_ledger(nowhere: Desk) -> None:
    found = nowhere.value("clauses")["clauses"]
    assert ("5.8.1" in [one["id"] for one in found], nowhere.home.exists()) == (True, False)


def test_a_clause_tells_its_obligations(nowhere: Desk) -> None:
    clause = nowhere.value("clauses", "5.8.1")["clause"]
    assert clause["obligations"][0]["id"] == "5.8.1-1"
    assert nowhere.value("clauses", "5.8.1-1")["obligation"]["clause"] == "5.8.1"


def test_a_clause_that_is_not_there_is_told(nowhere: Desk) -> None:
    assert nowhere.run("clauses", "12.1").code == 4


def test_the_kinds_need_no_ledger(nowhere: Desk) -> None:
    found = {one["name"]: one["prefix"] for one in nowhere.value("kinds")["kinds"]}
    assert (found["Threat"], found["Policy"]) == ("THR", "POL")
    assert nowhere.value("kinds", "thr")["name"] == "Threat"
    assert "approved by management" in nowhere.done("kinds", "Policy").out


# --- assessing ------------------------------------------------------------------------------------------------------


def test_an_assessment_of_a_bare_product_has_gaps(desk: Desk) -> None:
    said = desk.run("assess", "GW")
    assert (said.code, "4.1.1" in said.out, "What to do first" in said.out) == (1, True, True)


def test_an_assessment_as_json_is_the_document_of_its_digest(desk: Desk) -> None:
    value = desk.value("assess")
    text = json.dumps(value["assessment"], sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert hashlib.sha256(text.encode()).hexdigest() == value["digest"]


def test_one_clause_is_told_with_its_reasons(desk: Desk) -> None:
    value = desk.value("assess", "--clause", "4.1.3")
    assert (value["clause"], value["obligations"][0]["verdict"]) == ("4.1.3", "gap")
    assert value["obligations"][0]["gaps"][0]["next"]


def test_without_a_release_the_gate_cannot_be_answered(desk: Desk) -> None:
    said = desk.run("gate")
    assert (said.code, "no release" in said.out) == (3, True)


def test_the_gate_tells_who_owes_the_next_step(desk: Desk) -> None:
    desk.done("record", "new", "Release", desk.file("r.yaml", RELEASE))
    value = desk.value("gate")
    assert [one["clause"] for one in value["questions"]] == [f"5.8.{number}" for number in range(1, 8)]


def embargoed(desk: Desk) -> str:
    """Return the label of a withheld nonconformity, about which a check has something to say."""
    hand = Hand(Actor(queries.person("Ada").id), lambda: datetime.now(UTC))
    product = queries.product("GW").id
    _, label = acts.create(hand, Nonconformity, {"title": "A secret hole"}, product, persons=())
    return label


@pytest.mark.parametrize("command", [["assess", "--all"], ["assess", "--all", "--json"], ["gate"], ["gate", "--json"]])
def test_what_is_withheld_is_named_nowhere(command: list[str], desk: Desk) -> None:
    label = embargoed(desk)
    told = desk.run(*command, who=None)
    assert (label in told.out, "secret hole" in told.out) == (False, False)


def test_what_is_withheld_is_told_to_security(desk: Desk) -> None:
    label = embargoed(desk)
    assert (label in desk.run("assess", "--all").out, "assessment" in desk.value("assess")) == (True, True)
    assert "rests on something withheld" in desk.run("assess", "--all", who=None).out
    assert "assessment" not in desk.value("assess", who=None)


def test_a_withheld_record_is_traced_by_nobody_else(desk: Desk) -> None:
    assert desk.run("trace", embargoed(desk), who=None).code == 4


def test_a_trace_shows_nothing_that_is_withheld(desk: Desk) -> None:
    supplier = desk.effective("Supplier", SUPPLIER)
    hand = Hand(Actor(queries.person("Ada").id), lambda: datetime.now(UTC))
    value = {
        "title": "A secret",
        "supplier": queries.row(supplier).id,
        "made_for_us": False,
        "can_affect_security": False,
        "can_affect_security_why": "It is not shipped.",
        "accepted_on": "2026-01-01",
        "proof": {"digest": "0" * 64, "shows": "proof", "media_type": "application/pdf", "size": 1},
    }
    _, label = acts.create(hand, SupplierAgreement, value, None, persons=())
    desk.done("record", "submit", label)
    desk.done("record", "approve", label, "--passphrase-file", desk.words)
    assert [one["label"] for one in desk.value("trace", supplier)["hangs_on_it"]] == [label]
    assert desk.value("trace", supplier, who=None)["hangs_on_it"] == []


def test_tables_of_another_program_are_made_again(desk: Desk) -> None:
    before = desk.done("record", "list").out
    connection.cursor().execute("UPDATE store_ledger SET program = 'older'")
    connection.cursor().execute("DELETE FROM store_record")
    assert desk.done("record", "list").out == before


def test_tables_that_an_older_program_did_not_know_are_made(desk: Desk) -> None:
    connection.close()
    with sqlite3.connect(desk.home / "asepsis.sqlite3") as raw:
        for (name,) in raw.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' "
            "AND name <> 'django_migrations' AND name NOT LIKE 'store_words_index_%'"  # they go with their index
        ).fetchall():
            raw.execute(f"DROP TABLE {name}")
        raw.execute("DELETE FROM django_migrations")
        raw.execute("INSERT INTO django_migrations (app, name, applied) VALUES ('store', '0000_older', '2026-01-05')")
    raw.close()
    assert desk.run("record", "list").code == 3  # there are tables now, and no ledger in them
    assert "store_entry" in connection.introspection.table_names()


def test_one_question_of_the_gate_is_asked_alone(desk: Desk) -> None:
    assert [one["clause"] for one in desk.value("gate", "--of", "5.8.1")["questions"]] == ["5.8.1"]
    assert desk.run("gate", "--of", "4.1.1").code == 2


def test_a_trace_goes_both_ways(desk: Desk) -> None:
    label, supplier = suspect(desk)
    assert [one["label"] for one in desk.value("trace", label)["rests_on"]] == [supplier]
    assert [one["label"] for one in desk.value("trace", supplier)["hangs_on_it"]] == [label]


def test_a_trace_of_what_is_not_effective_is_refused(desk: Desk) -> None:
    label = desk.value("record", "new", "ProductProfile", desk.file("p.yaml", PROFILE))["label"]
    assert desk.run("trace", label).code == 1


# --- serving --------------------------------------------------------------------------------------------------------


def test_a_port_in_use_is_told_and_the_next_is_taken(desk: Desk) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        command = [sys.executable, "-m", "asepsis", "serve", "--port", str(port), "--json"]
        environment = {"ASEPSIS_HOME": str(desk.home), "PYTHONPATH": str(ROOT / "src"), "PATH": "/usr/bin:/bin"}
        with subprocess.Popen(
            command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8"
        ) as running:
            assert running.stdout is not None
            assert running.stderr is not None
            told = running.stderr.readline()
            said = running.stdout.readline() + running.stdout.readline() + running.stdout.readline()
            running.terminate()
    assert f"Port {port} is in use" in told
    assert '"url": "http://localhost:' in said


def test_nothing_is_served_without_a_ledger(tmp_path: Path) -> None:
    assert process(tmp_path / "home", "serve").code == 3


def test_an_action_can_be_due(desk: Desk) -> None:
    supplier = desk.effective("Supplier", SUPPLIER)
    desk.done("record", "new", "IMP", desk.file("a.yaml", ACTION.format(supplier)))
    assert desk.value("record", "list", "--due", "2027-01-01")["records"][0]["due"] == "2027-01-01"
