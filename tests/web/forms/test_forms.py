"""A form for any kind: what is typed is saved as a draft, shown escaped, and nothing else can be written by it."""

from __future__ import annotations

import pytest
from django.test import Client

from asepsis.record.fields import What
from asepsis.record.kind import KINDS, kind_named
from asepsis.risk.records import Asset
from asepsis.store import acts, queries
from asepsis.store.models import Entry, Record
from asepsis.web.forms.inputs import Box, boxes, own_fields
from asepsis.web.forms.names import Names
from tests.web.conftest import logged_in
from tests.web.maker import Maker

NAUGHTY = "</textarea><script>alert(1)</script>\"'&{{ 7 }}{% csrf_token %} \u202e ＜ ﷽"
WRITER = "Nadia Kovac"


@pytest.fixture
def writer(copied: Maker) -> Client:
    """The browser of somebody who writes."""
    return logged_in(WRITER)


def _scope(kind: str) -> str:
    return "/p/GW" if "P" in kind_named(kind).meta.of else "/o"


def test_every_kind_takes_a_naughty_string_and_shows_it_escaped(copied: Maker, writer: Client) -> None:
    for name, kind in KINDS.items():
        texts = {f"f.{one.name}": NAUGHTY for one in own_fields(kind) if one.form.what is What.TEXT}
        answer = writer.post(f"{_scope(name)}/new/{name}", {"f.title": NAUGHTY})
        if answer.status_code in (409, 422):  # a kind of which there is one, or that another act writes, says so
            assert "Nothing was saved" in answer.content.decode(), name
            assert "<script>alert" not in answer.content.decode()
            continue
        assert (name, answer.status_code) == (name, 302)
        page = writer.get(answer.headers["Location"]).content.decode()
        assert (name, "<script>alert" in page, "&lt;script&gt;alert" in page) == (name, False, True)
        label = answer.headers["Location"].removeprefix("/r/")
        row = queries.row(label)
        sent = writer.post(f"/r/{label}/edit", {**texts, "f.title": "T", "before": row.head_name})
        again = writer.get(f"/r/{label}/edit") if sent.status_code == 302 else sent
        assert (name, "<script>alert" in again.content.decode()) == (name, False)


def test_a_value_that_may_stay_away_asks_for_none_of_its_parts_however_deep_they_stand() -> None:
    def asking(box: Box) -> list[str]:
        return [box.name] * box.missing + [one for each in box.inner for one in asking(each)]

    def of_taken_over(**texts: str) -> list[str]:
        made, _ = boxes(Asset, {f"f.taken_over.{at}": text for at, text in texts.items()}, {}, Names(None))
        return [at for box in made for at in asking(box) if at.startswith("f.taken_over")]

    assert of_taken_over() == []
    assert "f.taken_over.original.digest" in of_taken_over(on="2026-01-01")


def test_only_fields_of_the_kind_are_taken(copied: Maker, writer: Client) -> None:
    sent = {"f.title": "Key store", "f.retired.why": "x", "f.label": "GW-AST-999", "f.product": "PX", "title": "y"}
    label = writer.post("/p/GW/new/Asset", sent).headers["Location"].removeprefix("/r/")
    row = queries.row(label)
    assert queries.head_value(row) == {"title": "Key store"}
    assert (row.product, row.head_state) == (copied.product, "draft")


def test_a_stale_head_is_refused_with_what_changed_and_the_typed_values_kept(copied: Maker, writer: Client) -> None:
    row = queries.row(copied.ids["bulk 1"])
    acts.revise(copied.hand("Nadia Kovac"), row.id, {"title": "Log line by another", "kind": "data"})
    answer = writer.post(f"/r/{row.label}/edit", {"before": row.head_name, "f.title": "What I typed"})
    page = answer.content.decode()
    assert (answer.status_code, "What I typed" in page, "<ins>by another</ins>" in page) == (409, True, True)
    assert queries.row(row.id).head_number == 2
    now = queries.row(row.id).head_name
    assert f'name="before" value="{now}"' in page


def test_an_edit_that_names_no_head_is_refused(copied: Maker, writer: Client) -> None:
    label = copied.label("bulk 1")
    assert writer.post(f"/r/{label}/edit", {"f.title": "x"}).status_code == 422


def test_a_reference_is_taken_by_label_or_title_and_only_of_the_allowed_kinds(copied: Maker, writer: Client) -> None:
    for text in (copied.label("port"), "C-STORE from modality to gateway"):
        answer = writer.post("/p/GW/new/Threat", {"f.title": "T", "f.element": text})
        row = queries.row(answer.headers["Location"].removeprefix("/r/"))
        assert (queries.head_value(row) or {})["element"] == copied.ids["port"]
    answer = writer.post("/p/GW/new/Threat", {"f.title": "T", "f.element": copied.label("tls")})
    assert (answer.status_code, "nothing that you may see" in answer.content.decode()) == (422, True)


def test_what_is_withheld_is_neither_proposed_nor_taken(copied: Maker, writer: Client) -> None:
    Record.objects.filter(pk=copied.ids["port"]).update(embargoed=True)
    assert "C-STORE" not in writer.get("/p/GW/new/Threat").content.decode()
    for text in (copied.ids["port"], "C-STORE from modality to gateway"):
        assert writer.post("/p/GW/new/Threat", {"f.title": "T", "f.element": text}).status_code == 422


def test_rows_are_added_and_removed_without_saving(copied: Maker, writer: Client) -> None:
    before = Entry.objects.count()
    sent = {"f.title": "C", "f.mitigates.#": "2", "f.mitigates.0": "one", "f.mitigates.1": "two"}
    page = writer.post("/p/GW/new/Control", {**sent, "add": "f.mitigates"}).content.decode()
    assert 'name="f.mitigates.2"' in page
    page = writer.post("/p/GW/new/Control", {**sent, "remove": "f.mitigates.0"}).content.decode()
    assert ('value="two"' in page, 'value="one"' in page, 'name="f.mitigates.2"' in page) == (True, False, False)
    assert Entry.objects.count() == before


def test_what_does_not_fit_is_said_and_kept(copied: Maker, writer: Client) -> None:
    answer = writer.post("/p/GW/new/Release", {"f.title": "3", "f.planned": "soon"})
    page = answer.content.decode()
    assert (answer.status_code, 'value="soon"' in page, "a day such as" in page) == (422, True, True)


def test_a_draft_is_submitted_withdrawn_and_talked_about_from_its_page(copied: Maker, writer: Client) -> None:
    label = writer.post("/p/GW/new/Asset", {"f.title": "A", "f.kind": "data"}).headers["Location"].removeprefix("/r/")
    assert writer.post(f"/r/{label}/act", {"act": "comment", "words": "Look here."}).status_code == 302
    head = queries.row(label).head_name
    assert writer.post(f"/r/{label}/act", {"act": "withdraw", "words": "", "before": head}).status_code == 422
    assert writer.post(f"/r/{label}/act", {"act": "withdraw", "words": "Twice.", "before": head}).status_code == 302
    assert queries.row(label).head_state == "withdrawn"


def test_a_refused_act_keeps_what_was_written(copied: Maker, writer: Client) -> None:
    label = copied.label("draft case")
    answer = writer.post(f"/r/{label}/act", {"act": "retire", "words": "It is no longer true."})
    assert (answer.status_code, "It is no longer true." in answer.content.decode()) == (409, True)


def test_suspect_links_are_let_stand_as_one_set(copied: Maker) -> None:
    label, security = copied.label("read"), logged_in("Jonas Weber")
    page = security.get(f"/r/{label}").content.decode()
    assert "They stand as they are" in page
    seen = queries.ledger().size - 1
    sent = {"act": "review", "target": copied.ids["port"], "seen": str(seen)}
    assert security.post(f"/r/{label}/act", sent).status_code == 302
    assert "They stand as they are" not in security.get(f"/r/{label}").content.decode()
