"""The page of a person's tokens: made after a proof, shown once, ended by their owner alone."""

from __future__ import annotations

import re

from django.test import Client

from asepsis.accounts import passphrase
from asepsis.accounts.models import AccessToken
from tests.web.conftest import Seen, logged_in
from tests.web.maker import Maker

WORDS = "four quiet herons at dawn"
FORM = {"name": "nightly build", "scope": ["read", "import"], "days": "30", "product": "GW"}


def proven(person: str, user_id: str) -> Client:
    """Return the browser of somebody who came in with the passphrase just now."""
    passphrase.set_passphrase(person, WORDS)
    client = Client(raise_request_exception=False, HTTP_HOST="127.0.0.1")
    client.post("/login", {"user_id": user_id, "passphrase": WORDS})
    client.post("/account/again?next=/account/tokens/new", {"password": WORDS})
    return client


def test_a_token_is_made_by_who_proved_a_moment_ago_to_be_who_they_are(copied: Maker) -> None:
    passphrase.set_passphrase("Anna Lind", WORDS)
    answer = logged_in("Anna Lind").post("/account/tokens/new", FORM)
    assert answer.headers["Location"].startswith("/account/again")
    assert not AccessToken.objects.exists()


def test_a_token_is_shown_once_and_lets_in(copied: Maker) -> None:
    client = proven("Anna Lind", "anna.lind")
    answer = client.post("/account/tokens/new", FORM)
    found = re.search(r"asepsis_[0-9a-f]{16}_[\w-]{43}", answer.content.decode())
    assert found is not None
    assert answer.headers["Cache-Control"] == "no-store"
    listed = client.get("/account/tokens").content.decode()
    assert found[0] not in listed
    assert "nightly build" in Seen(listed).words
    told = client.get("/api/v1/me", headers={"Authorization": f"Bearer {found[0]}"}).json()
    assert (told["name"], told["scopes"], told["product"]) == ("Anna Lind", ["import", "read"], "GW")


def test_what_does_not_fit_is_said_and_what_was_typed_stays(copied: Maker) -> None:
    client = proven("Anna Lind", "anna.lind")
    wrong: tuple[dict[str, object], ...] = (
        {"days": "999"}, {"days": "x"}, {"scope": []}, {"scope": ["sign"]}, {"name": " "}, {"product": "XX"},
    )  # fmt: skip
    for other in wrong:
        answer = client.post("/account/tokens/new", FORM | other)
        assert (other, answer.status_code) == (other, 422)
        assert "name" in other or "nightly build" in answer.content.decode()
    assert not AccessToken.objects.exists()


def test_a_token_is_ended_by_its_owner_alone(copied: Maker) -> None:
    client = proven("Anna Lind", "anna.lind")
    client.post("/account/tokens/new", FORM)
    token = AccessToken.objects.get()
    assert logged_in("Jonas Weber").post("/account/tokens", {"token": token.id}).status_code == 422
    token.refresh_from_db()
    assert token.ended_at is None
    client.post("/account/tokens", {"token": token.id})
    token.refresh_from_db()
    assert token.ended_at is not None
