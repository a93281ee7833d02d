"""Coming in: who is not logged in sees nothing, and nobody learns from the door who has an account."""

from __future__ import annotations

from urllib.parse import quote, urlsplit

import pytest
from django.conf import settings
from django.test import Client

from asepsis.accounts import passphrase
from tests.web.addresses import addresses
from tests.web.conftest import Seen, logged_in
from tests.web.maker import WITHHELD, Maker

WORDS = "four quiet herons at dawn"


@pytest.fixture
def nobody() -> Client:
    return Client(raise_request_exception=False, HTTP_HOST="127.0.0.1")


def test_who_is_not_logged_in_is_asked_to_and_sees_nothing(maker: Maker, nobody: Client) -> None:
    for one in addresses(maker):
        answer = nobody.get(one)
        assert (one, answer.status_code, answer.content) == (one, 302, b"")
        assert answer.headers["Location"].startswith("/login")


def test_who_gives_the_passphrase_comes_in_and_goes_where_they_wanted(copied: Maker, nobody: Client) -> None:
    passphrase.set_passphrase("Anna Lind", WORDS)
    form = {"user_id": " Anna.Lind ", "passphrase": WORDS, "next": "/p/GW/gate"}
    answer = nobody.post("/login", form)
    assert (answer.status_code, answer.headers["Location"]) == (302, "/p/GW/gate")
    assert "Anna Lind" in Seen(nobody.get("/p/GW/gate").content.decode()).words


def test_a_wrong_passphrase_and_an_unknown_user_are_told_in_the_same_words(copied: Maker, nobody: Client) -> None:
    passphrase.set_passphrase("Anna Lind", WORDS)
    told = set()
    for user_id in ("anna.lind", "nobody.here"):
        answer = nobody.post("/login", {"user_id": user_id, "passphrase": "not this one, surely"})
        assert answer.status_code == 422
        text = Seen(answer.content.decode()).words
        told.add(text.replace(user_id, ""))
    assert len(told) == 1


@pytest.mark.parametrize("back", ["https://evil.example/", "//evil.example", "javascript:alert(1)", "\\\\evil", "evil"])
def test_nobody_is_sent_elsewhere(copied: Maker, nobody: Client, back: str) -> None:
    passphrase.set_passphrase("Anna Lind", WORDS)
    form = {"user_id": "anna.lind", "passphrase": WORDS, "next": back}
    assert nobody.post("/login", form).headers["Location"] == "/"


@pytest.mark.parametrize("back", ["//evil.example", "https://evil.example/", "/\\evil.example", "/\t/evil.example"])
def test_no_page_of_an_account_sends_anybody_elsewhere(copied: Maker, client: Client, back: str) -> None:
    passphrase.set_passphrase("Anna Lind", WORDS)
    client.force_login(passphrase.open_account("Anna Lind"))
    pages = ("/account/again", "/account/again/code", "/account/again/passkey", "/account/totp", "/login/passkey",
             "/login/second", "/login", "/logout", "/p/GW")  # fmt: skip
    for one in pages:
        asked = f"{one}?next={quote(back)}"
        for answer in (client.get(asked), client.post(asked, {"password": WORDS, "passphrase": WORDS, "next": back})):
            where = urlsplit(answer.headers.get("Location", "/"))
            assert (one, where.scheme, where.netloc, where.path[:1]) == (one, "", "", "/")
            assert "evil.example" not in where.path
        client.force_login(passphrase.open_account("Anna Lind"))


def test_a_session_that_was_there_before_is_not_the_one_after(copied: Maker, nobody: Client) -> None:
    passphrase.set_passphrase("Anna Lind", WORDS)
    nobody.get("/login/passkey", headers={"Accept": "application/json"})  # what a passkey is asked is kept in a session
    before = nobody.cookies[settings.SESSION_COOKIE_NAME].value
    nobody.post("/login", {"user_id": "anna.lind", "passphrase": WORDS})
    assert nobody.get("/ledger").status_code == 200
    assert nobody.cookies[settings.SESSION_COOKIE_NAME].value != before
    thief = Client(raise_request_exception=False, HTTP_HOST="127.0.0.1")
    thief.cookies[settings.SESSION_COOKIE_NAME] = before
    assert thief.get("/ledger").status_code == 302


def test_a_form_from_elsewhere_is_refused(copied: Maker) -> None:
    strict = Client(enforce_csrf_checks=True, HTTP_HOST="127.0.0.1")
    answer = strict.post("/login", {"user_id": "anna.lind", "passphrase": WORDS})
    assert (answer.status_code, "form-foreign" in answer.content.decode()) == (403, True)


def test_who_logs_out_is_out_and_a_link_to_it_does_nothing(maker: Maker) -> None:
    client = logged_in("Anna Lind")
    client.get("/logout")
    assert client.get("/p/GW/").status_code == 200
    client.post("/logout")
    assert client.get("/p/GW/").status_code == 302


def test_the_cookie_is_kept_from_scripts_and_from_other_sites(maker: Maker, nobody: Client) -> None:
    cookie = logged_in("Anna Lind").cookies[settings.SESSION_COOKIE_NAME]
    assert settings.SESSION_COOKIE_HTTPONLY
    assert settings.SESSION_COOKIE_SAMESITE == "Strict"
    assert cookie.value


def test_who_holds_security_sees_what_is_withheld_and_others_do_not(maker: Maker) -> None:
    pages = {name: logged_in(name).get("/p/GW/list/Vulnerability").content.decode() for name in maker.people}
    assert {name for name, page in pages.items() if WITHHELD in page} == {"Jonas Weber"}


def test_who_opens_no_page_for_half_an_hour_is_logged_out(copied: Maker) -> None:
    client = logged_in("Anna Lind")
    for minutes, status in ((29, 200), (31, 302)):
        client.get("/ledger")
        session = client.session
        session["at"] -= minutes * 60
        session.save()
        assert (minutes, client.get("/ledger").status_code) == (minutes, status)


def test_a_log_in_ends_after_its_hours_and_with_the_browser() -> None:
    assert settings.SESSION_COOKIE_AGE == 10 * 3600
    assert settings.SESSION_EXPIRE_AT_BROWSER_CLOSE
