"""Bulk edit: one field of many records in one commit, each upon the head that was seen; and nothing else is touched."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from asepsis.readers.viewer import looking, of_person
from asepsis.store import queries
from asepsis.store.models import Record
from asepsis.store.withholding import embargo
from tests.web.conftest import Seen
from tests.web.maker import Maker

LABELS = ("GW-AST-10", "GW-AST-11", "GW-AST-12")
ASKED = "&".join(f"record={one}" for one in LABELS)


def _sent(client: Client, asked: str = ASKED, field: str = "kind") -> dict[str, list[str] | str]:
    """Return what the form of some records holds, as a browser would send it."""
    html = client.get(f"/p/GW/bulk/Asset?{asked}&field={field}").content.decode()
    form = html.split('<form method="post" class="write">')[1].split("</form>")[0]
    found: dict[str, list[str] | str] = {"record": []}
    for name, value in re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form):
        if name == "record":
            found["record"] = [*found["record"], value]
        elif name != "csrfmiddlewaretoken":
            found[name] = value
    return found


def _box(client: Client, field: str) -> str:
    html = client.get(f"/p/GW/bulk/Asset?{ASKED}&field={field}").content.decode()
    return next(one["name"] for tag, one in Seen(html).tags if one.get("name", "").endswith(f".{field}"))


def test_a_field_of_a_set_is_set_in_one_commit(copied: Maker, client: Client) -> None:
    before, size = {one: queries.row(one) for one in LABELS}, queries.ledger().size
    answer = client.post("/p/GW/bulk/Asset", {**_sent(client), _box(client, "kind"): "credential"})
    assert (answer.status_code, answer.headers["Location"]) == (302, "/p/GW/list/Asset?state=draft")
    assert queries.ledger().size == size + 3
    for label, row in before.items():
        said, was = queries.head_value(queries.row(label)) or {}, queries.head_value(row) or {}
        assert said == {**was, "kind": "credential"}
        assert queries.row(label).head_state == "draft"


def test_a_record_that_says_so_already_is_not_written_again(copied: Maker, client: Client) -> None:
    kinds = {one: (queries.head_value(queries.row(one)) or {})["kind"] for one in LABELS}
    size = queries.ledger().size
    client.post("/p/GW/bulk/Asset", {**_sent(client), _box(client, "kind"): "data"})
    assert queries.ledger().size - size == sum(one != "data" for one in kinds.values()) < 3


def test_a_record_that_was_written_meanwhile_stops_them_all(copied: Maker, client: Client) -> None:
    sent = _sent(client)
    name = next(one for one in copied.ids if one.startswith("bulk") and copied.label(one) == LABELS[1])
    copied.revise(name, notes="Meanwhile.")
    size = queries.ledger().size
    answer = client.post("/p/GW/bulk/Asset", {**sent, _box(client, "kind"): "credential"})
    assert (answer.status_code, queries.ledger().size) == (409, size)
    assert "Nothing was saved." in answer.content.decode()


@pytest.mark.parametrize("field", ["title", "former_id", "retired", "nonsense", ""])
def test_what_each_record_says_for_itself_is_not_set_alike(copied: Maker, client: Client, field: str) -> None:
    size = queries.ledger().size
    sent = {**_sent(client), "field": field, f"v.{field}": "x"}
    assert client.post("/p/GW/bulk/Asset", sent).status_code == 422
    assert queries.ledger().size == size


def test_what_is_withheld_or_of_another_kind_or_product_is_not_in_the_set(copied: Maker, client: Client) -> None:
    with looking(of_person(copied.people["Jonas Weber"])):
        embargo(copied.hand("Jonas Weber"), Record.objects.get(label=LABELS[0]).pk)
    sent = _sent(client)
    sent["record"] = [LABELS[0], copied.label("read"), "ORG-PRO-1", LABELS[1]]
    sent |= {f"before.{one}": queries.row(one).head_name for one in sent["record"]}
    assert client.post("/p/GW/bulk/Asset", {**sent, _box(client, "kind"): "credential"}).status_code == 302
    assert (queries.head_value(queries.row(LABELS[0])) or {})["kind"] != "credential"
    assert (queries.head_value(queries.row(LABELS[1])) or {})["kind"] == "credential"


def test_a_value_that_does_not_fit_is_said_beside_the_field(copied: Maker, client: Client) -> None:
    size = queries.ledger().size
    answer = client.post("/p/GW/bulk/Asset", {**_sent(client), _box(client, "kind"): "nonsense"})
    assert (answer.status_code, queries.ledger().size) == (422, size)


def test_a_list_lets_who_writes_choose_records(maker: Maker, client: Client) -> None:
    html = client.get("/p/GW/list/Asset").content.decode()
    assert 'action="/p/GW/bulk/Asset"' in html
    assert html.count('type="checkbox" form="chosen"') == 50
    assert 'form="chosen"' not in client.get(f"/p/GW/at/{maker.baseline}/list/Asset").content.decode()
