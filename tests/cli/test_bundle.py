"""Bundles and the ledger's key at the command line."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from pytest_django.plugin import DjangoDbBlocker

from tests.cli.conftest import WORDS, Desk, opened, process


def test_export_writes_a_bundle_that_verifies_alone(desk: Desk, tmp_path: Path) -> None:
    told = desk.value("export", "gw", tmp_path / "bundle")
    assert told["entries"] == told["whole"]
    assert told["left_out"] == {}
    said = subprocess.run([sys.executable, "-I", tmp_path / "bundle/verify.py"], capture_output=True, text=True)
    assert said.returncode == 0, said.stdout
    again = desk.run("export", "GW", tmp_path / "bundle")
    assert (again.code, "is there already" in again.err) == (1, True)


def test_export_leaves_out_what_is_named(desk: Desk, tmp_path: Path) -> None:
    events = desk.value("record", "show", "ORG-ROL-1")
    assert events["label"] == "ORG-ROL-1"
    digest = "ab" * 32
    told = desk.value("export", "GW", tmp_path / "b.zip", "--without-files", "--without", digest)
    assert set(told["left_out"]) == {"files", digest}
    wrong = desk.run("export", "GW", tmp_path / "c.zip", "--without", "nonsense")
    assert (wrong.code, "no digest" in wrong.err) == (2, True)


def test_the_organisation_alone_is_exported(desk: Desk, tmp_path: Path) -> None:
    assert desk.value("export", "ORG", tmp_path / "org.zip")["whole"] > 5


def test_a_bundle_is_assessed_and_its_gate_asked_without_a_store(
    desk: Desk, tmp_path: Path, django_db_blocker: DjangoDbBlocker
) -> None:
    desk.done("export", "GW", tmp_path / "bundle.zip")
    with opened(tmp_path / "nowhere", django_db_blocker):
        told = desk.value("assess", "--bundle", tmp_path / "bundle.zip")
        assert told["assessment"]["product"]["label"] == "GW"
        assert told["clauses"]
        shown = desk.run("assess", "--bundle", tmp_path / "bundle.zip", "--clause", "4.1.2")
        assert "4.1.2" in shown.out
        gate = desk.value("gate", "--bundle", tmp_path / "bundle.zip")
        assert gate["release"] is None
        other = desk.run("assess", "PX", "--bundle", tmp_path / "bundle.zip")
        assert (other.code, "is a bundle of GW, not of PX" in other.err) == (4, True)
        spoilt = desk.run("assess", "--bundle", tmp_path / "none.zip")
        assert (spoilt.code, "cannot be read as a bundle" in spoilt.err) == (4, True)
        assert not (tmp_path / "nowhere/asepsis.sqlite3").exists()


def test_a_bundle_is_assessed_as_the_store_assesses_at_that_instant(desk: Desk, tmp_path: Path) -> None:
    desk.done("export", "GW", tmp_path / "bundle")
    here, there = desk.value("assess", "GW"), desk.value("assess", "--bundle", tmp_path / "bundle")
    assert here["clauses"] == there["clauses"]
    assert here["assessment"]["moment"]["dossier"] == there["assessment"]["moment"]["dossier"]


def test_a_bundle_is_restored_and_goes_on(desk: Desk, tmp_path: Path) -> None:
    desk.done("export", "GW", tmp_path / "bundle.zip")
    desk.done("ledger", "checkpoint", tmp_path / "kept.txt")
    home = tmp_path / "elsewhere"
    said = process(home, "restore", tmp_path / "bundle.zip", "--json")
    assert said.code == 0, said.err
    assert said.value["key_position"] == said.value["entries"]
    assert process(home, "restore", tmp_path / "bundle.zip").code == 1
    verified = process(home, "ledger", "verify", "--checkpoint", tmp_path / "kept.txt", "--json")
    assert verified.code == 0, verified.out
    assert verified.value["checkpoints"][0]["verdict"] == "extended"
    words = desk.file("again.txt", WORDS)
    done = process(home, "person", "passphrase", "Ada", "--passphrase-file", words)
    assert done.code == 0, done.err
    assert process(home, "product", "new", "PX", "Pump", "--as", "Ada").code == 0


def test_what_is_no_bundle_restores_nothing(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "b.zip").write_text("no zip")
    said = process(tmp_path / "elsewhere", "restore", tmp_path / "b.zip")
    assert (said.code, "cannot be read as a bundle" in said.err) == (4, True)
    assert not (tmp_path / "elsewhere/ledger.key").exists()


def test_the_key_of_the_ledger_is_changed(desk: Desk, tmp_path: Path) -> None:
    desk.done("ledger", "checkpoint", tmp_path / "kept.txt")
    before = (desk.home / "ledger.key").read_bytes()
    told = desk.value("ledger", "key", "--why", "yearly")
    assert told["position"] > 0
    assert (desk.home / "ledger.key").read_bytes() != before
    held = desk.value("ledger", "verify", "--checkpoint", tmp_path / "kept.txt", who=None)
    assert held["checkpoints"][0]["verdict"] == "extended"
    wrong = desk.run("ledger", "key", "--why", "boredom")
    assert (wrong.code, "yearly" in wrong.err) == (2, True)


def test_a_ledger_that_ends_before_a_kept_checkpoint_is_told_to_be_cut(
    desk: Desk, tmp_path: Path, django_db_blocker: DjangoDbBlocker
) -> None:
    import shutil

    shutil.copytree(desk.home, tmp_path / "backup")
    desk.done("product", "new", "PX", "Pump")
    desk.done("ledger", "checkpoint", tmp_path / "kept.txt")
    with opened(tmp_path / "backup", django_db_blocker):
        said = Desk(tmp_path / "backup").run("ledger", "verify", "--checkpoint", tmp_path / "kept.txt", who=None)
    assert said.code == 1
    assert "the end was cut off" in said.out
