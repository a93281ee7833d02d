"""Setting a product up: founded by management, then five records to the first list of gaps."""

from __future__ import annotations

from django.test import Client

from asepsis.quality.records import ProductProfile
from asepsis.store import queries
from asepsis.store.models import Product
from tests.web.conftest import Seen, logged_in
from tests.web.maker import Maker


def test_management_founds_a_product_and_comes_to_its_first_steps(copied: Maker) -> None:
    answer = logged_in("Ada Moser").post("/new", {"code": "nw", "name": "New <b>Ward</b>"})
    assert (answer.status_code, answer.headers["Location"]) == (302, "/p/NW/setup")
    assert Product.objects.get(code="NW").name == "New <b>Ward</b>"
    page = Seen(logged_in("Ada Moser").get("/p/NW/setup").content.decode())
    assert "/p/NW/new/ProductProfile" in page.links()
    assert "<b>Ward</b>" in page.words


def test_who_does_not_hold_management_founds_nothing(copied: Maker, client: Client) -> None:
    before = Product.objects.count()
    assert client.post("/new", {"code": "NW", "name": "New"}).status_code == 409
    assert "Management founds products." in client.get("/new").content.decode()
    assert Product.objects.count() == before


def test_a_code_that_is_taken_or_absent_is_refused_and_what_was_typed_stands(copied: Maker) -> None:
    ada = logged_in("Ada Moser")
    for sent, status in (({"code": "GW", "name": "Other"}, (409, 422)), ({"code": "", "name": "Other"}, (422,))):
        answer = ada.post("/new", sent)
        assert answer.status_code in status
        assert 'value="Other"' in answer.content.decode()


def test_the_step_in_hand_is_the_first_that_is_not_effective(copied: Maker) -> None:
    client = logged_in("Nadia Kovac")
    assert client.get("/p/PX/setup").content.decode().count("button primary") == 1
    product = queries.product("PX").id
    copied.write("px", ProductProfile, title="Pump profile", of=product)
    words = Seen(client.get("/p/PX/setup").content.decode())
    assert f"/r/{copied.label('px')}/edit" in words.links()
    assert "Pump profile, draft" in words.words


def test_an_assessed_product_leads_to_what_closes_its_gaps(maker: Maker, client: Client) -> None:
    seen = Seen(client.get("/p/GW/setup").content.decode())
    assert "/p/GW/acts" in seen.links()
    assert "have gaps, as of entry" in seen.words
