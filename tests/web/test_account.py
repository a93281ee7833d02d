"""A person's own account: passphrase, app, recovery codes; the first link; and guessing, which is stopped and told."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth as totp
from django.core.cache import cache
from django.test import Client

from asepsis.accounts import invitations, misuse, passphrase
from asepsis.accounts.models import Account, Invitation, Misuse
from tests.web.conftest import Seen, logged_in
from tests.web.maker import Maker

WORDS = "four quiet herons at dawn"
NEW = "seven loud herons at dusk"


USING_A_CODE = """
import django
django.setup()
from allauth.mfa.totp.internal.auth import TOTP
from allauth.mfa.models import Authenticator
print(TOTP(Authenticator(user_id="a" * 32))._mark_code_used("123456"))
"""


@pytest.fixture
def nobody() -> Client:
    return Client(raise_request_exception=False, HTTP_HOST="127.0.0.1")


def come_in(client: Client, **more: str) -> str:
    """Give user id and passphrase and return where that leads."""
    answer = client.post("/login", {"user_id": "anna.lind", "passphrase": WORDS} | more)
    return str(answer.headers.get("Location", ""))


def with_app(client: Client) -> str:
    """Set up an authenticator app for Anna Lind, and return its secret."""
    passphrase.set_passphrase("Anna Lind", WORDS)
    come_in(client)
    client.post("/account/again?next=/account/totp", {"password": WORDS})
    client.get("/account/totp")
    secret = client.session["mfa.totp.secret"]
    answer = client.post("/account/totp", {"code": code_of(secret)})
    assert answer.headers["Location"] == "/account/recovery"
    return str(secret)


def code_of(secret: str, ahead: int = 0) -> str:
    counter = next(iter(totp.yield_hotp_counters_from_time())) + ahead
    return str(totp.format_hotp_value(totp.hotp_value(secret, counter)))


def test_an_account_shows_its_user_id_and_no_secret(maker: Maker) -> None:
    text = Seen(logged_in("Anna Lind").get("/account").content.decode()).words
    assert "anna.lind" in text
    assert "quality" in text


def test_with_an_app_the_passphrase_alone_lets_nobody_in(copied: Maker, nobody: Client, client: Client) -> None:
    secret = with_app(client)
    assert come_in(nobody, next="/ledger") == "/login/second"
    assert nobody.get("/ledger").status_code == 302
    Authenticator.objects.filter(type="totp").update(last_used_at=None)
    wrong = nobody.post("/login/second", {"code": "000000"})
    assert wrong.status_code == 200
    assert nobody.get("/ledger").status_code == 302
    nobody.post("/login/second", {"code": "000001"})
    assert [one.what for one in Misuse.objects.all()] == [misuse.What.WRONG_CODE.name]
    cache.clear()  # the code that set the app up was used; it does not serve again within its half minute
    assert nobody.post("/login/second", {"code": code_of(secret)}).headers.get("Location") == "/ledger"


def test_the_secret_of_an_app_is_not_kept_as_it_is(copied: Maker, client: Client) -> None:
    secret = with_app(client)
    kept = Authenticator.objects.get(type="totp")
    assert secret not in str(kept.data)
    assert kept.wrap().validate_code("0") is False


def test_a_recovery_code_lets_in_once(copied: Maker, nobody: Client, client: Client) -> None:
    with_app(client)
    page = client.get("/account/recovery").content.decode()
    code = Authenticator.objects.get(type="recovery_codes").wrap().get_unused_codes()[0]
    assert code in page
    assert code not in client.get("/account/recovery").content.decode()
    come_in(nobody, next="/ledger")
    assert nobody.post("/login/second", {"code": code}).headers["Location"] == "/ledger"
    nobody.post("/logout")
    come_in(nobody, next="/ledger")
    assert nobody.post("/login/second", {"code": code}).status_code == 200


def test_a_change_of_how_somebody_is_known_asks_for_the_passphrase_again(copied: Maker, client: Client) -> None:
    passphrase.set_passphrase("Anna Lind", WORDS)
    come_in(client)
    for one in ("/account/totp", "/account/passkeys/add"):
        answer = client.get(one)
        assert (one, answer.status_code, answer.headers.get("Location", "")[:14]) == (one, 302, "/account/again")


def test_a_new_passphrase_needs_the_present_one_and_ends_other_sessions(copied: Maker, nobody: Client) -> None:
    passphrase.set_passphrase("Anna Lind", WORDS)
    here, there = Client(HTTP_HOST="127.0.0.1"), nobody
    come_in(here)
    come_in(there)
    form = {"passphrase": "not the present one", "new": NEW, "again": NEW}
    assert here.post("/account/passphrase", form).status_code == 422
    assert here.post("/account/passphrase", form | {"passphrase": WORDS, "again": WORDS}).status_code == 422
    assert here.post("/account/passphrase", form | {"passphrase": WORDS}).status_code == 302
    assert (here.get("/ledger").status_code, there.get("/ledger").status_code) == (200, 302)
    passphrase.prove("Anna Lind", NEW)


def test_a_first_link_lets_in_once_and_its_token_is_not_kept(copied: Maker, nobody: Client) -> None:
    token = invitations.invite("Anna Lind", datetime.now(UTC))
    assert token not in str(list(Invitation.objects.values()))
    assert "anna.lind" in nobody.get(f"/welcome/{token}").content.decode()
    assert nobody.post(f"/welcome/{token}", {"passphrase": "short", "again": "short"}).status_code == 422
    assert nobody.post(f"/welcome/{token}", {"passphrase": WORDS, "again": NEW}).status_code == 422
    assert nobody.post(f"/welcome/{token}", {"passphrase": WORDS, "again": WORDS}).headers["Location"] == "/login"
    assert come_in(nobody) == "/"
    again = Client(raise_request_exception=False, HTTP_HOST="127.0.0.1")
    assert again.get(f"/welcome/{token}").status_code == 404
    assert again.post(f"/welcome/{token}", {"passphrase": NEW, "again": NEW}).status_code == 422
    passphrase.prove("Anna Lind", WORDS)


def test_of_two_who_send_a_first_link_at_once_the_second_changes_nothing(
    copied: Maker, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = datetime.now(UTC)
    token = invitations.invite("Anna Lind", now)
    known = invitations.invited(token, now)
    invitations.accept(token, WORDS, now)
    monkeypatch.setattr(invitations, "invited", lambda *_: known)  # as it was when both had looked
    with pytest.raises(invitations.SpentInvitationError):
        invitations.accept(token, NEW, now)
    passphrase.prove("Anna Lind", WORDS)


def test_a_code_of_an_app_serves_once_whichever_process_it_is_sent_to(copied: Maker) -> None:
    home, told = str(copied.home), []
    for _ in range(2):
        done = subprocess.run(
            [sys.executable, "-c", USING_A_CODE],
            env=os.environ | {"ASEPSIS_HOME": home, "DJANGO_SETTINGS_MODULE": "asepsis.settings"},
            capture_output=True,
            text=True,
        )
        told.append(done.stdout.strip() or done.stderr)
    assert told == ["True", "False"]


def test_a_first_link_ends_after_a_day_and_with_the_next_one(copied: Maker, nobody: Client) -> None:
    old = invitations.invite("Anna Lind", datetime.now(UTC) - timedelta(hours=25))
    assert nobody.get(f"/welcome/{old}").status_code == 404
    first = invitations.invite("Anna Lind", datetime.now(UTC))
    invitations.invite("Anna Lind", datetime.now(UTC))
    assert nobody.get(f"/welcome/{first}").status_code == 404


def test_guessing_is_stopped_after_five_and_told_to_quality(copied: Maker, nobody: Client) -> None:
    passphrase.set_passphrase("Jonas Weber", WORDS)
    form = {"user_id": "jonas.weber", "passphrase": "a guess, and a bad one"}
    statuses = [nobody.post("/login", form).status_code for _ in range(6)]
    assert statuses == [422, 422, 422, 422, 429, 429]
    assert nobody.post("/login", form | {"passphrase": WORDS}).status_code == 429
    assert Account.objects.get(user_id="jonas.weber").failures == 5
    assert [one.what for one in Misuse.objects.all()] == [misuse.What.LOG_INS_STOPPED.name]
    text = Seen(logged_in("Anna Lind").get("/account").content.decode()).words
    assert "Many wrong log-ins" in text
    assert "Jonas Weber" in text
    assert "Many wrong log-ins" not in Seen(logged_in("Mei Tanaka").get("/account").content.decode()).words


def test_guessing_a_user_id_that_nobody_has_is_stopped_in_the_same_way(copied: Maker, nobody: Client) -> None:
    form = {"user_id": "nobody.here", "passphrase": "a guess, and a bad one"}
    assert [nobody.post("/login", form).status_code for _ in range(6)] == [422, 422, 422, 422, 429, 429]
    assert [(one.what, one.person) for one in Misuse.objects.all()] == [(misuse.What.LOG_INS_STOPPED.name, "")]


def test_an_account_that_is_closed_lets_nobody_in_and_its_user_id_is_never_given_again(
    copied: Maker, nobody: Client
) -> None:
    passphrase.set_passphrase("Anna Lind", WORDS)
    client = logged_in("Anna Lind")
    Account.objects.filter(user_id="anna.lind").update(is_active=False)
    assert come_in(nobody) == ""
    assert client.get("/ledger").status_code == 302
    with pytest.raises(TypeError, match="never deleted"):
        Account.objects.get(user_id="anna.lind").delete()


def counted(done: Callable[..., Any], work: list[str]) -> Callable[..., Any]:
    """Return the same that also notes that it was done."""

    def noting(*given: Any) -> Any:
        work.append("hash")
        return done(*given)

    return noting


def test_a_user_id_that_nobody_has_costs_as_much_as_one_that_is(copied: Maker, monkeypatch: pytest.MonkeyPatch) -> None:
    from django.contrib.auth import authenticate
    from django.test import RequestFactory

    from asepsis.accounts import hashing

    passphrase.set_passphrase("Anna Lind", WORDS)
    work: list[str] = []
    for name in ("encode", "verify"):
        monkeypatch.setattr(hashing.Argon2, name, counted(getattr(hashing.Argon2, name), work))
    counts = []
    passphrase.set_passphrase("Jonas Weber", WORDS)
    passphrase.set_passphrase("Imke Brandt", WORDS)
    Account.objects.filter(user_id="jonas.weber").update(failures=10)
    Account.objects.filter(user_id="imke.brandt").update(is_active=False)
    # one with a passphrase, none, one without, one whose passphrase is shut, one that is shut
    for user_id in ("anna.lind", "nobody.here", "mei.tanaka", "jonas.weber", "imke.brandt"):
        work.clear()
        request = RequestFactory().post("/login")
        assert authenticate(request, username=user_id, password="not this one, surely") is None
        counts.append(len(work))
    assert counts == [1, 1, 1, 1, 1]


def test_every_page_of_an_account_with_everything_is_ours(copied: Maker, client: Client) -> None:
    with_app(client)
    own = Account.objects.get(user_id="anna.lind")
    passkey = Authenticator.objects.create(user=own, type="webauthn", data={"name": "<b>key</b>", "credential": {}})
    pages = {
        "/account": "Your account",
        "/account/passphrase": "Change the passphrase",
        f"/account/passkeys/{passkey.pk}/remove": "Remove this passkey",
        "/account/totp/remove": "Remove the authenticator app",
        "/account/recovery": "Recovery codes",
        "/account/recovery/new": "Make new recovery codes",
        "/account/again/code": "Show again that it is you",
    }
    for address, title in pages.items():
        answer = client.get(address)
        html = answer.content.decode()
        assert (address, answer.status_code, f"<title>{title} · Asepsis</title>" in html) == (address, 200, True)
        assert "<b>key</b>" not in html
        assert not re.search(r"<script(?![^>]* src=)|<style|\sstyle=|\son[a-z]+=", html)
    client.post(f"/account/passkeys/{passkey.pk}/remove")
    client.post("/account/totp/remove")
    assert not Authenticator.objects.filter(user=own).exists()


def test_nobody_removes_the_passkey_of_another(copied: Maker, client: Client) -> None:
    with_app(client)
    other = passphrase.open_account("Jonas Weber")
    passkey = Authenticator.objects.create(user=other, type="webauthn", data={"name": "key", "credential": {}})
    assert client.post(f"/account/passkeys/{passkey.pk}/remove").status_code == 404
    assert Authenticator.objects.filter(pk=passkey.pk).exists()
