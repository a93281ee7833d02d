"""Webhooks over the API: their secret is shown once, and each is its person's own."""

from __future__ import annotations

from tests.api.conftest import Caller, caller
from tests.web.maker import Maker

NEW = {"address": "https://ci.example.org/news"}


def test_the_secret_is_shown_once(quality: Caller) -> None:
    made = quality.post("/webhooks", NEW)
    assert made.status == 201
    listed = quality.get("/webhooks")
    assert made.value["secret"] not in listed.body.decode()
    assert [one["id"] for one in listed.value["webhooks"]] == [made.value["id"]]


def test_a_webhook_is_its_persons_own(quality: Caller, security: Caller) -> None:
    made = quality.post("/webhooks", NEW).value["id"]
    assert security.get("/webhooks").value["webhooks"] == []
    assert security.ask("DELETE", f"/webhooks/{made}").code == "webhook-unknown"
    assert quality.ask("DELETE", f"/webhooks/{made}").status == 200
    assert quality.ask("DELETE", f"/webhooks/{made}").code == "webhook-unknown"


def test_a_bound_token_makes_and_sees_those_of_its_product_alone(quality: Caller, copied: Maker) -> None:
    bound = caller("Anna Lind", product="GW")
    everywhere = quality.post("/webhooks", NEW).value["id"]
    made = bound.post("/webhooks", NEW).value
    assert made["product"] == "GW"
    assert [one["id"] for one in bound.get("/webhooks").value["webhooks"]] == [made["id"]]
    assert bound.ask("DELETE", f"/webhooks/{everywhere}").code == "webhook-unknown"
    assert bound.post("/webhooks", NEW | {"product": "PX"}).code == "product-unknown"


def test_an_address_within_is_refused(quality: Caller) -> None:
    for address in ("http://10.0.0.1/", "https://10.0.0.1/", "file:///etc/passwd", "https://169.254.169.254/"):
        assert quality.post("/webhooks", {"address": address}).code == "webhook-address"


def test_a_person_has_so_many_and_no_more(quality: Caller) -> None:
    for _ in range(20):
        quality.post("/webhooks", NEW)
    assert quality.post("/webhooks", NEW).code == "webhooks-too-many"
