"""Records brought in from tables and written to them, by command."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from asepsis.problems.records import Report
from asepsis.store import acts, queries, withholding
from asepsis.store.acts import Hand
from asepsis.store.changes import Actor
from asepsis.store.models import Entry
from tests.cli.conftest import Desk
from tests.kinds import smallest

REQUIREMENTS = (
    "ID,Title,Requirement,Acceptance criterion,Stages,Capability,Traces to\n"
    "R-1,Log in,Whoever changes settings logs in.,A stranger is refused.,operate; Maintain,Authentication,\n"
    "R-2,Log,Each log in is kept.,The log has it.,operate,logging,R-9\n"
)


def book(path: Path, **sheets: list[list[Any]]) -> Path:
    made = openpyxl.Workbook()
    made.remove(made.active)
    for name, rows in sheets.items():
        page = made.create_sheet(name)
        for row in rows:
            page.append(row)
    made.save(path)
    return path


def test_a_table_comes_in_once_and_changes_nothing_the_second_time(desk: Desk) -> None:
    text = REQUIREMENTS.replace(",R-9", ",")
    table = desk.file("Requirements.csv", text)
    before = Entry.objects.count()
    value = desk.value("import-table", table)
    assert value["counts"] == {"taken": 2, "changed": 0, "unchanged": 0, "refused": 0}
    assert [one["label"] for one in value["rows"]] == ["GW-REQ-1", "GW-REQ-2"]
    assert Entry.objects.count() == before + 2
    again = desk.value("import-table", table)
    assert (again["counts"]["unchanged"], Entry.objects.count()) == (2, before + 2)
    shown = desk.value("record", "show", "GW-REQ-1")["content"]
    assert (shown["former_id"], shown["stages"], shown["capability"]) == (
        "R-1",
        ["operate", "maintain"],
        "authentication",
    )


def test_a_changed_row_becomes_a_draft_revision(desk: Desk) -> None:
    text = REQUIREMENTS.replace(",R-9", ",")
    desk.done("import-table", desk.file("Requirements.csv", text))
    value = desk.value("import-table", desk.file("Requirements.csv", text.replace("Each log in", "Every log in")))
    assert value["counts"] == {"taken": 0, "changed": 1, "unchanged": 1, "refused": 0}
    shown = desk.value("record", "show", "GW-REQ-2")
    assert (shown["content"]["statement"], shown["head"]) == ("Every log in is kept.", "draft")


def test_a_refused_row_names_the_cell_and_nothing_is_taken(desk: Desk) -> None:
    before = Entry.objects.count()
    said = desk.run("import-table", desk.file("Requirements.csv", REQUIREMENTS))
    assert (said.code, "G3: because is 'R-9'" in said.err, Entry.objects.count()) == (4, True, before)
    dry = desk.run("import-table", desk.file("Requirements.csv", REQUIREMENTS), "--dry-run", "--json")
    assert (dry.code, dry.value["counts"]["refused"], Entry.objects.count()) == (4, 1, before)
    desk.done("import-table", desk.file("Requirements.csv", REQUIREMENTS), "--without-refused")
    assert Entry.objects.count() == before + 1


def test_sheets_of_one_workbook_refer_to_each_other_whatever_their_order(desk: Desk, tmp_path: Path) -> None:
    path = book(
        tmp_path / "all.xlsx",
        Requirements=[["ID", "Title", "Because"], ["R-1", "Log in", "A-1"]],
        Assets=[["ID", "Title", "Kind"], ["A-1", "Settings", "Data"]],
    )
    value = desk.value("import-table", path)
    assert value["counts"]["taken"] == 2
    assert desk.value("record", "show", "GW-REQ-1")["content"]["because"] == [
        desk.value("record", "show", "GW-AST-1")["record"]
    ]


@pytest.mark.parametrize("ending", [".csv", ".xlsx"])
def test_what_is_written_as_a_table_is_read_back_as_unchanged(desk: Desk, tmp_path: Path, ending: str) -> None:
    desk.done("import-table", desk.file("Requirements.csv", REQUIREMENTS.replace(",R-9", ",").replace("Log,", "=1+1,")))
    table = tmp_path / f"Requirement{ending}"
    desk.done("export-table", table, "--kind", "Requirement")
    value = desk.value("import-table", table)
    assert value["counts"] == {"taken": 0, "changed": 0, "unchanged": 2, "refused": 0}
    assert desk.value("record", "show", "GW-REQ-2")["content"]["title"] == "=1+1"


def test_columns_are_taken_as_said_and_kept_for_the_next_table(desk: Desk) -> None:
    text = "Nummer,Wer,Satz\nR-1,Log in,It logs in.\n"
    columns = desk.file("map.yaml", "Nummer: former_id\nWer: title\nSatz: statement\n")
    desk.done("import-table", desk.file("Liste.csv", text), "--kind", "Requirement", "--columns", columns)
    value = desk.value("import-table", desk.file("Liste-2.csv", text.replace("R-1", "R-2")))
    assert (value["counts"]["taken"], value["rows"][0]["kind"]) == (1, "Requirement")
    assert desk.value("record", "show", "GW-REQ-2")["content"]["statement"] == "It logs in."


def test_signed_files_come_in_at_once_and_quality_signs_for_the_set(desk: Desk, tmp_path: Path) -> None:
    lines = ["file,kind,title,serves,version,effective,review by,document file,document shows,"
             "original shows,held since,signer,signed as,signed on"]  # fmt: skip
    for number in range(1, 21):
        (tmp_path / f"p{number}.pdf").write_bytes(b"%%PDF-1.4 %d" % number)
        lines.append(f"p{number}.pdf,Procedure,Procedure {number},4.1.1,1,2019-05-06,2027-01-01,p{number}.pdf,the text,"
                     "the signed page,2019-05-06,head of quality,approved,2019-05-01")  # fmt: skip
    value = desk.value("import-table", desk.file("signed.csv", "\n".join(lines)))
    labels = [one["label"] for one in value["rows"]]
    assert (value["counts"]["taken"], [one["lacks"] for one in value["rows"]]) == (20, [None] * 20)
    assert {desk.value("record", "show", one)["head"] for one in labels} == {"submitted"}
    assert desk.run("record", "approve", "--passphrase-file", desk.words).code == 2
    desk.done("record", "approve", "--waiting", "Procedure", "--passphrase-file", desk.words)
    assert {desk.value("record", "show", one)["head"] for one in labels} == {"effective"}


def test_no_file_outside_the_folder_of_the_table_is_read(desk: Desk) -> None:
    (desk.home.parent.parent / "secret.pdf").write_bytes(b"secret")
    for name in ("../secret.pdf", str(desk.home.parent.parent / "secret.pdf"), "..\\secret.pdf"):
        text = f"title,document file\nA,{name}\n"
        said = desk.run("import-table", desk.file("Procedure.csv", text))
        assert (said.code, "no file of this name came with the table" in said.err) == (4, True)


def test_a_withheld_record_is_to_others_as_if_it_were_not_there(desk: Desk) -> None:
    ada = Hand(Actor(queries.person("Ada").id), lambda: datetime.now(UTC))
    report, label = acts.create(
        ada, Report, smallest(Report, title="Overflow", former_id="PSIRT-7"), queries.product("GW").id
    )
    withholding.embargo(ada, report)
    role = desk.effective("Role", "title: Builder\nacts_as: [developer]\n")
    desk.effective("Appointment", f"title: Bob\nrole: {role}\nperson: Bob\nsince: 2026-01-01\n")

    def told(person: str, text: str) -> dict[str, Any]:
        table = desk.file("Report.csv", text)
        row: dict[str, Any] = desk.run("import-table", table, "--dry-run", "--json", who=person).value["rows"][0]
        return row

    for text in (f"label,title\n{label},New\n", "former id,title\nPSIRT-7,New\n", "title\nOverflow\n"):
        absent = text.replace(label, "GW-RPT-99").replace("PSIRT-7", "PSIRT-8").replace("Overflow", "Other")
        seen, other = told("Bob", text), told("Bob", absent)
        assert (seen["becomes"], seen["label"]) == (other["becomes"], other["label"])
        assert told("Ada", text)["becomes"] in ("changed", "unchanged")
