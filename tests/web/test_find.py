"""Finding pages, clauses and acts: what the palette and the page of what is found offer to whom."""

from __future__ import annotations

import pytest
from django.test import Client

from asepsis.readers.viewer import NOBODY, Viewer, of_person
from asepsis.record.slots import SystemRole
from asepsis.store import acts, queries, waiting
from asepsis.store.rights import Held
from asepsis.web import places
from asepsis.web.moment import of_organisation, of_product
from tests.web.conftest import Seen, logged_in
from tests.web.maker import WITHHELD, Maker


def _went(client: Client, asked: str, **more: str | int) -> list[str]:
    answer = client.get("/go", {"q": asked, "of": "GW", **more})
    assert answer.status_code == 200
    return [at["data-to"] for tag, at in Seen(answer.content.decode()).tags if "data-to" in at]


@pytest.mark.parametrize(
    ("asked", "first"),
    [
        ("board", "/p/GW/"),
        ("gate", "/p/GW/gate"),
        ("new threat", "/p/GW/new/Threat"),
        ("threats", "/p/GW/list/Threat"),
        ("5.8.4", "/p/GW/clause/5.8.4"),
        ("private keys", "/p/GW/clause/5.8.4"),
        ("thr-1", "/r/GW-THR-1"),
        ("ledger", "/ledger"),
    ],
)
def test_the_palette_offers_first_what_is_called_so(maker: Maker, client: Client, asked: str, first: str) -> None:
    assert _went(client, asked)[0] == first


def test_the_page_of_what_is_found_offers_the_same_without_a_script(maker: Maker, client: Client) -> None:
    links = Seen(client.get("/find", {"q": "new thr", "of": "GW"}).content.decode()).links()
    assert "/p/GW/new/Threat" in links


def test_a_record_is_offered_with_what_can_be_done_with_it(maker: Maker, client: Client) -> None:
    assert {"/r/GW-THR-1", "/r/GW-THR-1/edit", "/r/GW-THR-1/trace"} <= set(_went(client, "gw-thr-1"))


def test_what_waits_for_a_signature_is_offered_to_its_signer_alone(copied: Maker) -> None:
    label = copied.label("draft case")
    row = copied.ids["draft case"]
    acts.submit(copied.hand("Tomas Reyes"), [row])
    offered = {one for one in copied.people if f"/sign?record={label}" in _went(logged_in(one), label)}
    history = queries.history(row)
    waits = {
        name for name, person in copied.people.items() if waiting.own_slots(history, person, of_person(person).held)
    }
    assert offered == waits != set()


def test_nothing_that_writes_is_offered_in_the_past_or_to_who_only_reads(maker: Maker, client: Client) -> None:
    past = _went(client, "threat", at=maker.baseline)
    assert f"/p/GW/at/{maker.baseline}/list/Threat" in past
    assert not any("/new/" in one for one in past)
    auditor = Viewer("a" * 32, "x", (Held(SystemRole.AUDITOR, None, False),))
    for reader in (auditor, NOBODY):
        for moment in (of_product("GW"), of_organisation()):
            offered = list(places.places(moment, reader, ()))
            assert [one for one in offered if one.sort == "act"] == []
            assert {"/work", "/sign", "/jobs"}.isdisjoint(one.address for one in offered)


def test_what_is_withheld_is_offered_to_whom_it_is_open_to_alone(maker: Maker) -> None:
    label = maker.label("secret")
    for asked in ("secret pars", label, label.upper(), label[:-1]):
        told = {}
        for one in maker.people:
            text = logged_in(one).get("/go", {"q": asked, "of": "GW"}).content.decode()
            told[one] = WITHHELD in text or f'"/r/{label}' in text
        assert (asked, {one for one, seen in told.items() if seen}) == (asked, {"Jonas Weber"})
