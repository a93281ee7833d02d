"""Embargo, taking over, erasure and backup, as people type them."""

from __future__ import annotations

from pathlib import Path

import pytest

from asepsis.accounts import secret
from tests.cli.conftest import Desk, opened

SECRET = "Vierzehn Igel kennen den Schluessel"
SUPPLIER = f"title: Kept quiet\nname: Kept quiet\ncontact: {SECRET}\ndisclosure_channel: none\nkind: open-source\n"


def supplier(desk: Desk) -> str:
    return str(desk.value("record", "new", "Supplier", desk.file("s.yaml", SUPPLIER))["label"])


def test_an_embargo_lists_what_goes_along_and_then_withholds_it(desk: Desk) -> None:
    label = supplier(desk)
    assert desk.value("record", "embargo", label, "--list") == {"would_be_withheld": [label]}
    assert desk.value("record", "embargo", label) == {"withheld": [label]}
    assert desk.run("record", "show", label, who=None).code == 4
    assert desk.value("record", "disclose", label) == {"disclosed": [label]}
    assert desk.run("record", "show", label, who=None).code == 0


TAKEN_OVER = """
  taken_over:
    original: {file: original.pdf, shows: The page as it was signed}
    on: 2019-05-06
    signatures:
    - {meaning: approved, role: head of quality, on: 2019-05-06}
"""


def test_records_signed_elsewhere_are_taken_over_as_a_set(desk: Desk) -> None:
    desk.file("original.pdf", b"%PDF-1.4 signed")
    indented = SUPPLIER.strip().replace("\n", "\n  ")
    text = "records:\n" + "".join(f"- record: Supplier\n  {indented}{TAKEN_OVER}" for _ in range(2))
    labels = desk.value("record", "take-over", desk.file("many.yaml", text))["taken_over"]
    desk.done("record", "approve", *labels, "--passphrase-file", desk.words)
    shown = [desk.value("record", "show", label) for label in labels]
    assert [one["head"] for one in shown] == ["effective", "effective"]


def test_a_record_without_its_original_is_not_taken_over(desk: Desk) -> None:
    indented = SUPPLIER.strip().replace("\n", "\n  ")
    said = desk.run("record", "take-over", desk.file("many.yaml", f"records:\n- record: Supplier\n  {indented}\n"))
    assert (said.code, "taken_over" in said.err) == (4, True)


@pytest.mark.parametrize("text", ["records: []\n", "title: no list\n", "records:\n- title: No kind\n"])
def test_a_file_of_something_else_is_told(desk: Desk, text: str) -> None:
    said = desk.run("record", "take-over", desk.file("other.yaml", text))
    assert (said.code, "other.yaml" in said.err) == (4, True)


def test_quality_asks_and_management_erases(desk: Desk) -> None:
    label = supplier(desk)
    role = desk.value("record", "list", "Role")["records"][-1]["label"]
    desk.effective("Appointment", f"title: Bob\nrole: {role}\nperson: Bob\nsince: 2026-01-01\n")
    asked = desk.value("erasure", "ask", label, "--ground", "court-order", "--as", "Bob")["asked"]
    assert desk.value("erasure", "list")["waiting"][0]["what"] == label
    done = desk.value("erasure", "do", *asked)
    assert (done["gone"], done["found_in"]) == (True, [])
    assert SECRET not in desk.run("record", "history", label).out
    assert desk.value("erasure", "list")["waiting"] == []


def test_a_backup_comes_back_into_an_empty_home(desk: Desk, tmp_path: Path, django_db_blocker: object) -> None:
    label = supplier(desk)
    made = desk.value("backup", "make", tmp_path / "copy")
    assert desk.run("backup", "make", tmp_path / "copy").code == 1
    assert desk.run("backup", "restore", tmp_path / "copy").code == 1  # this home is in use
    with opened(tmp_path / "new", django_db_blocker):  # type: ignore[arg-type]
        other = Desk(tmp_path / "new")
        assert other.value("backup", "restore", tmp_path / "copy", who=None)["entries"] == made["entries"]
        assert other.value("record", "show", label, who=None)["label"] == label
        assert secret.read(tmp_path / "new") == secret.read(desk.home)


def test_a_spoilt_backup_is_refused_and_nothing_is_there(desk: Desk, tmp_path: Path, django_db_blocker: object) -> None:
    import sqlite3

    desk.value("backup", "make", tmp_path / "copy")
    with sqlite3.connect(tmp_path / "copy" / "asepsis.sqlite3") as raw:
        raw.execute("DROP TRIGGER store_content_no_delete")
        raw.execute("DELETE FROM store_content WHERE digest = (SELECT effective_content FROM store_record LIMIT 1)")
    raw.close()
    with opened(tmp_path / "new", django_db_blocker):  # type: ignore[arg-type]
        said = Desk(tmp_path / "new").run("backup", "restore", tmp_path / "copy", who=None)
    assert said.code == 1
    assert [file.name for file in (tmp_path / "new").glob("*")] == []


def test_a_folder_that_is_no_backup_is_told(tmp_path: Path, django_db_blocker: object) -> None:
    (tmp_path / "new").mkdir()
    with opened(tmp_path / "new", django_db_blocker):  # type: ignore[arg-type]
        assert Desk(tmp_path / "new").run("backup", "restore", tmp_path, who=None).code == 4
