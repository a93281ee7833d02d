"""A table is sent, its columns are matched, what would become of each row is shown, and all come in by one commit."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from dataclasses import replace
from typing import Any

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django_tasks_db.models import DBTaskResult

from asepsis.exchange.tables import formats
from asepsis.jobs import tables, tasks, worker
from asepsis.jobs.bounds import Bounds
from asepsis.store import acts, queries, withholding
from asepsis.store.models import ColumnsKept, Entry, Record
from tests.web.conftest import logged_in
from tests.web.maker import Maker

WRITER = "Nadia Kovac"
TABLE = "Number,Titel,Requirement\nR-1,Log in,It asks who it is.\nR-2,Log,It keeps each log in.\n"


@pytest.fixture
def writer(copied: Maker) -> Client:
    """The browser of somebody who writes."""
    return logged_in(WRITER)


def sent(client: Client, text: str | bytes, name: str = "Requirements.csv", files: list[tuple[str, bytes]] | None = None,
         at: str = "/p/GW/bring") -> str:  # fmt: skip
    """Send a table and return the address of its page."""
    data = text.encode() if isinstance(text, str) else text
    more = [SimpleUploadedFile(called, one) for called, one in files or []]
    answer = client.post(at, {"table": SimpleUploadedFile(name, data), "files": more})
    assert answer.status_code == 302, answer.content.decode()
    worked()
    return str(answer.headers["Location"])


def worked() -> None:
    """Let a worker do what waits; whatever else it owes is not asked for."""
    while DBTaskResult.objects.ready().exists():
        worker._do_one("here")


def html(answer: Any) -> str:
    return str(answer.content.decode())


def taken(client: Client, address: str, **more: str) -> Any:
    """Press the button that takes a table in."""
    seen = re.search(r'name="seen" value="([0-9a-f]{64})"', html(client.get(address)))
    assert seen is not None
    return pressed(client, address, {"do": "take", "seen": seen[1], **more})


def pressed(client: Client, address: str, fields: dict[str, str]) -> Any:
    """Press a button, let the worker do what it asks for, and look at the page again."""
    assert client.post(address, fields).status_code == 302
    worked()
    return client.get(address)


def test_nothing_is_saved_before_the_button_is_pressed(copied: Maker, writer: Client) -> None:
    before = Entry.objects.count()
    page = html(writer.get(sent(writer, TABLE)))
    assert ("<b>2</b> taken" in page, Entry.objects.count()) == (True, before)


def test_columns_are_matched_once_and_kept(copied: Maker, writer: Client) -> None:
    address = sent(writer, TABLE)
    pressed(writer, address, {"do": "look", "kind.0": "Requirement", "c.0.0": "former_id", "c.0.1": "title",
                              "c.0.2": "statement"})  # fmt: skip
    assert "is taken in" in html(taken(writer, address))
    row = Record.objects.get(kind="Requirement", title="Log in")
    assert (queries.head_value(row) or {})["former_id"] == "R-1"
    again = html(writer.get(sent(writer, TABLE.replace("R-2,Log,", "R-2,Log it,"), name="later.csv")))
    assert ("taken as they were before" in again, "<b>1</b> changed, <b>1</b> unchanged" in again) == (True, True)
    assert ColumnsKept.objects.count() == 1


def test_a_refused_row_is_told_with_its_cell_and_the_others_come_in_when_asked(copied: Maker, writer: Client) -> None:
    address = sent(writer, "ID,Title,Stages\nR-1,Log in,operate\nR-2,Log,sometimes\n")
    page = html(writer.get(address))
    assert "C3: stages is &#x27;sometimes&#x27;, not one of install" in page
    before = Record.objects.count()
    refused = taken(writer, address)
    assert (refused.status_code, Record.objects.count()) == (409, before)
    taken(writer, address, without="on")
    assert Record.objects.count() == before + 1


def test_a_table_is_taken_in_once_however_often_the_button_is_pressed(copied: Maker, writer: Client) -> None:
    address = sent(writer, TABLE)
    page = html(writer.get(address))
    seen = re.search(r'name="seen" value="([0-9a-f]{64})"', page)
    assert seen is not None
    before = Record.objects.count()
    for _ in range(2):
        writer.post(address, {"do": "take", "seen": seen[1]})
    worked()
    writer.post(address, {"do": "take", "seen": seen[1]})
    worked()
    assert Record.objects.count() == before + 2
    assert "is taken in" in html(writer.get(address))


def test_what_would_now_become_something_else_is_shown_again(copied: Maker, writer: Client) -> None:
    first, second = sent(writer, TABLE), sent(writer, TABLE)
    seen = re.search(r'name="seen" value="([0-9a-f]{64})"', html(writer.get(second)))
    assert seen is not None
    taken(writer, first)
    before = Record.objects.count()
    answer = pressed(writer, second, {"do": "take", "seen": seen[1]})
    assert (answer.status_code, "would now become something else" in html(answer)) == (409, True)
    assert Record.objects.count() == before


def test_a_page_waits_for_the_worker_and_gives_way_when_it_is_done(copied: Maker, writer: Client) -> None:
    address = str(
        writer.post("/p/GW/bring", {"table": SimpleUploadedFile("a.csv", TABLE.encode())}).headers["Location"]
    )
    assert "No worker gives a sign of life" in html(writer.get(address))
    step = writer.get(address, headers={"HX-Request": "true"})
    assert ("HX-Refresh" in step.headers, "<html" in html(step), 'role="status"' in html(step)) == (False, False, True)
    worked()
    assert writer.get(address, headers={"HX-Request": "true"}).headers["HX-Refresh"] == "true"


def test_what_is_stopped_is_not_begun_and_can_be_asked_for_again(copied: Maker, writer: Client) -> None:
    address = str(
        writer.post("/p/GW/bring", {"table": SimpleUploadedFile("Assets.csv", b"title\nA\n")}).headers["Location"]
    )
    assert "It was stopped" in html(pressed(writer, address, {"do": "stop"}))
    assert "<b>1</b> taken" in html(pressed(writer, address, {"do": "look"}))


def test_a_file_that_costs_too_much_is_told_in_a_sentence_and_the_next_is_read(
    copied: Maker, writer: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def endless(_: object) -> None:
        while True:
            pass

    with monkeypatch.context() as patched:
        patched.setattr(formats, "read", endless)
        patched.setitem(tasks.SORTS, tables.SORT, replace(tasks.SORTS[tables.SORT], bounds=Bounds(1, 2**30, 60)))
        answer = writer.get(sent(writer, TABLE))
    assert (answer.status_code, "keeps a processor busy" in html(answer)) == (422, True)
    assert "<b>2</b> taken" in html(writer.get(sent(writer, TABLE)))


def test_the_receipt_of_every_row_is_taken_away_as_a_table(copied: Maker, writer: Client) -> None:
    address = sent(writer, TABLE)
    rows = list(csv.DictReader(writer.get(address, {"rows": ""}).content.decode("utf-8-sig").splitlines()))
    assert [(one["row"], one["becomes"]) for one in rows] == [(f"Requirements, row {n}", "taken") for n in (2, 3)]
    taken(writer, address)
    assert "GW-REQ-" in writer.get(address, {"rows": ""}).content.decode()


OWN_WORDS = {
    "Security Requirements": [
        ["Req ID", "Requirement", "Description", "Category", "Phase", "Acceptance criteria", "Mitigates risk"],
        ["S-1", "Log in", "It asks who it is.", "Login", "Operation, Maintenance", "Refused without.", "R-1"],
        ["S-2", "Log", "It keeps each log in.", "Logging", "Operation", "The log says so.", "R-1, R-2"],
    ],
    "Risk register": [
        ["Risk ID", "Risk", "Threat", "CVSS vector (initial)", "Harm before", "Owner"],
        ["R-1", "Strangers read", "Somebody replays a session", "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", "death", "Jane"],
        ["R-2", "Nobody notices", "Somebody replays a session", "", "injury", "Nadia Kovac"],
    ],
}  # fmt: skip


def in_own_words() -> bytes:
    """A workbook as a maker has it, in the columns and words of its own."""
    book = openpyxl.Workbook(write_only=True)
    for name, rows in OWN_WORDS.items():
        page = book.create_sheet(name)
        for row in rows:
            page.append(row)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def test_a_workbook_in_its_makers_own_words_comes_in_with_its_links_and_again_changes_nothing(
    copied: Maker, writer: Client
) -> None:
    def look(address: str) -> str:
        page = html(writer.get(address))
        fields = dict(re.findall(r'<select id="([^"]+)" name="[^"]+">.*?<option value="([^"]+)" selected>', page))
        fields |= {"kind.0": "Requirement", "kind.1": "Risk", "do": "look", "make": "on", "leave_out": "on"}
        words = dict(re.findall(r"<label>([^<]+) <span[^>]*>[^<]*</span> stands for <select name=\"([^\"]+)\"", page))
        if words:
            fields |= {words["Login"]: "authentication", words["Jane"]: "Jonas Weber"}
        return html(pressed(writer, address, fields))

    address = sent(writer, in_own_words(), "mine.xlsx")
    assert "<b>4</b> refused" in html(writer.get(address))
    assert "<b>7</b> taken" in look(address)  # a threat and two controls are made
    taken(writer, address)
    values = {
        row.title: queries.head_value(row) or {}
        for row in Record.objects.filter(title__in=("Log in", "Log", "Strangers read"))
        if row.kind != "Control"
    }
    controls = {one.title: one.pk for one in Record.objects.filter(kind="Control", title__in=("Log in", "Log"))}
    assert (values["Log in"]["capability"], values["Log in"]["stages"]) == ("authentication", ["operate", "maintain"])
    assert values["Log in"]["because"] == [controls["Log in"]]
    assert values["Strangers read"]["controls"] == [controls["Log in"], controls["Log"]]
    assert values["Strangers read"]["initial"]["number"] == "9.8"
    assert values["Strangers read"]["owner"] == copied.people["Jonas Weber"]
    again = html(writer.get(sent(writer, in_own_words(), "mine.xlsx")))
    assert ("<b>4</b> unchanged." in again, 'name="make" checked' in again) == (True, True)


def test_nobody_else_sees_a_table_that_was_sent(copied: Maker, writer: Client) -> None:
    address = sent(writer, TABLE)
    other = logged_in("Jonas Weber")
    assert other.get(address).status_code == 404
    assert other.post(address, {"do": "take", "seen": "0" * 64}).status_code == 422
    assert writer.get(address.replace("/p/GW/", "/p/PX/")).status_code == 404


@pytest.mark.parametrize("token", ["..", "0" * 31, "0" * 33, "%2e%2e%2fasepsis.sqlite3", "../../x"])
def test_no_token_leads_out_of_the_folder(copied: Maker, writer: Client, token: str) -> None:
    assert writer.get(f"/p/GW/bring/{token}").status_code == 404


def test_a_file_that_is_no_table_is_told(copied: Maker, writer: Client) -> None:
    answer = writer.get(sent(writer, b"MZ no workbook", "x.xlsx"))
    assert (answer.status_code, "it is no Excel workbook" in html(answer)) == (422, True)
    assert writer.post("/p/GW/bring", {}).status_code == 422


def test_a_column_of_kinds_that_names_none_is_told(copied: Maker, writer: Client) -> None:
    answer = writer.get(sent(writer, "kind,title\nNonsense,A\n", "all.csv"))
    assert (answer.status_code, "Nonsense" in html(answer)) == (422, True)


def test_rows_of_several_kinds_come_in_together(copied: Maker, writer: Client) -> None:
    address = sent(writer, "kind,id,title,assets\nAsset,A-9,Key,\nElement,E-9,Door,A-9\n", "all.csv")
    assert "<b>2</b> taken" in html(writer.get(address))
    pressed(writer, address, {"do": "look"})
    assert "is taken in" in html(taken(writer, address))
    row = Record.objects.get(kind="Element", title="Door")
    assert (queries.head_value(row) or {})["assets"] == [Record.objects.get(kind="Asset", title="Key").pk]


def test_a_large_archive_or_file_beside_a_table_is_refused(copied: Maker, writer: Client) -> None:
    files = [SimpleUploadedFile("big.pdf", b"x" * (25 * 1024 * 1024 + 1))]
    answer = writer.post("/p/GW/bring", {"table": SimpleUploadedFile("Assets.csv", b"title\nA\n"), "files": files})
    assert (answer.status_code, "at most" in html(answer)) == (422, True)
    assert not list((copied.home / "brought").glob("*"))


def test_signed_files_come_in_as_one_archive_and_wait_for_quality(copied: Maker, writer: Client) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for number in (1, 2):
            archive.writestr(f"scans/p{number}.pdf", b"%%PDF %d" % number)
    lines = ["file,title,serves,version,effective,review by,document file,document shows,original shows,held since,"
             "signer,signed as,signed on"]  # fmt: skip
    lines += [f"p{n}.pdf,Procedure {n},4.1.1,1,2019-05-06,2027-01-01,p{n}.pdf,the text,the page,2019-05-06,"
              "head of quality,approved,2019-05-01" for n in (1, 2)]  # fmt: skip
    address = sent(writer, "\n".join(lines), "Procedures.csv", [("scans.zip", packed.getvalue())], "/o/bring")
    assert "is taken in" in html(taken(writer, address))
    rows = Record.objects.filter(title__in=("Procedure 1", "Procedure 2"))
    assert {row.head_state for row in rows} == {"submitted"}
    waits = html(logged_in("Anna Lind").get("/sign"))
    assert [one in waits for one in ("Procedure 1", "Procedure 2")] == [True, True]


def test_signed_files_without_a_table_become_a_record_each(copied: Maker, writer: Client) -> None:
    said = {"kind": "Procedure", "shows": "the signed page", "since": "2019-05-06", "signer": "head of quality",
            "meaning": "approved", "on": "2019-05-01"}  # fmt: skip
    files = [SimpleUploadedFile(f"Threat_modelling {n}.pdf", b"%%PDF %d" % n) for n in (1, 2)]
    address = str(writer.post("/o/bring", {**said, "files": files}).headers["Location"])
    worked()
    taken(writer, address)
    rows = Record.objects.filter(kind="Procedure", title__startswith="Threat modelling ")
    found = [(queries.head_value(row) or {})["taken_over"] for row in rows]
    assert [one["signatures"][0]["role"] for one in found] == ["head of quality"] * 2
    assert {one["original"]["size"] for one in found} == {6}
    assert writer.post("/o/bring", {"files": files}).status_code == 422


def test_every_cell_is_shown_escaped(copied: Maker, writer: Client) -> None:
    naughty = "<script>alert(1)</script>"
    page = html(writer.get(sent(writer, f"{naughty},Title,Stages\n{naughty},{naughty},{naughty}\n")))
    assert (naughty in page, "&lt;script&gt;" in page) == (False, True)


def test_a_list_is_taken_away_as_it_is_filtered_and_read_back_unchanged(copied: Maker, writer: Client) -> None:
    for form in ("csv", "xlsx"):
        answer = writer.get(f"/p/GW/list/Threat?as={form}")
        assert answer.headers["Content-Disposition"] == f'attachment; filename="GW-Threat.{form}"'
        data = b"".join(answer.streaming_content)  # type: ignore[attr-defined]
        page = html(writer.get(sent(writer, data, f"Threats.{form}")))
        count = Record.objects.filter(kind="Threat", product=copied.product, embargoed=False).count()
        assert f"<b>{count}</b> unchanged" in page
        assert "refused" not in page
    nothing = b"".join(writer.get("/p/GW/list/Threat?as=csv&state=withdrawn").streaming_content)  # type: ignore[attr-defined]
    assert nothing.decode("utf-8-sig").count("\n") == 1


def test_what_was_withdrawn_is_read_back_unchanged_and_refused_where_it_would_be_revised(
    copied: Maker, writer: Client
) -> None:
    acts.withdraw(copied.hand(WRITER), copied.ids["draft case"], "It was a slip.")
    row = Record.objects.get(pk=copied.ids["draft case"])
    kept = html(writer.get(sent(writer, f"label,title\n{row.label},{row.title}\n", f"{row.kind}.csv")))
    assert "<b>1</b> unchanged." in kept, kept[kept.index("What would") :]
    other = html(writer.get(sent(writer, f"label,title\n{row.label},Another\n", f"{row.kind}.csv")))
    assert f"{row.label} is withdrawn and is not revised any more" in other


def test_no_table_tells_of_what_is_withheld(copied: Maker) -> None:
    hidden = copied.ids["port"]
    withholding.embargo(copied.hand("Jonas Weber"), hidden)
    for kind in ("Element", "Threat", "Control", "Requirement"):
        data = b"".join(logged_in(WRITER).get(f"/p/GW/list/{kind}?as=csv").streaming_content)  # type: ignore[attr-defined]
        assert (kind, queries.row(hidden).label.encode() in data, b"C-STORE" in data) == (kind, False, False)


def test_a_list_of_the_past_is_taken_away_as_it_was(copied: Maker) -> None:
    copied.revise("bulk 1", title="Log line, later")
    client = logged_in(WRITER)
    now = b"".join(client.get("/p/GW/list/Asset?as=csv").streaming_content)  # type: ignore[attr-defined]
    then = b"".join(client.get(f"/p/GW/at/{copied.baseline}/list/Asset?as=csv").streaming_content)  # type: ignore[attr-defined]
    assert (b"Log line, later" in now, b"Log line, later" in then) == (True, False)
