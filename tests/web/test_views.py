"""Saved views: a list as somebody wants to see it again, theirs alone, and never a way to somewhere else."""

from __future__ import annotations

import pytest
from django.test import Client

from asepsis.accounts.models import SavedView
from tests.web.conftest import Seen, logged_in
from tests.web.maker import Maker

PLACE = "/p/GW/list/Asset"


def _save(client: Client, name: str = "My drafts", words: str = "state=draft&group=data", place: str = PLACE) -> str:
    answer = client.post("/views", {"place": place, "name": name, "words": words})
    return str(answer.headers.get("Location", answer.status_code))


def test_a_view_is_saved_under_its_name_and_leads_back(copied: Maker, client: Client) -> None:
    assert _save(client) == f"{PLACE}?state=draft&group=data"
    assert f"{PLACE}?state=draft&group=data" in Seen(client.get(PLACE).content.decode()).links()


def test_a_view_is_its_owners_alone(copied: Maker, client: Client) -> None:
    _save(client, "Secret plans")
    assert "Secret plans" not in logged_in("Jonas Weber").get(PLACE).content.decode()
    logged_in("Jonas Weber").post("/views", {"place": PLACE, "name": "Secret plans", "forget": "1"})
    assert SavedView.objects.get().name == "Secret plans"


def test_the_same_name_is_the_same_view_and_it_can_be_forgotten(copied: Maker, client: Client) -> None:
    _save(client)
    _save(client, words="state=rejected")
    assert [one.words for one in SavedView.objects.all()] == ["state=rejected"]
    assert client.post("/views", {"place": PLACE, "name": "My drafts", "forget": "1"}).headers["Location"] == PLACE
    assert not SavedView.objects.exists()


@pytest.mark.parametrize(
    "place", ["https://elsewhere.example/", "//elsewhere.example/p/GW/list/Asset", "/p/GW/list/Asset?x", "", "/work"]
)
def test_a_view_of_what_is_no_list_is_refused(copied: Maker, client: Client, place: str) -> None:
    assert _save(client, place=place) == "422"
    assert not SavedView.objects.exists()


def test_only_what_a_list_can_be_asked_is_kept(copied: Maker, client: Client) -> None:
    assert _save(client, words="state=draft&next=//x.example&after=3&sort=due") == f"{PLACE}?state=draft&sort=due"


def test_a_list_has_so_many_views_and_no_more(copied: Maker, client: Client) -> None:
    found = [_save(client, f"View {number}") for number in range(21)]
    assert found[-1] == "409"
    assert SavedView.objects.count() == 20


def test_a_name_stays_text(copied: Maker, client: Client) -> None:
    _save(client, "<script>alert(1)</script>")
    assert "<script>alert(1)" not in client.get(PLACE).content.decode()
