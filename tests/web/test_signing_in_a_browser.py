"""A real browser: three people log in, each in a way of their own, and sign what another wrote; its console stays quiet."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from pytest_django.plugin import DjangoDbBlocker

from asepsis.accounts import passphrase
from asepsis.record.slots import Meaning
from asepsis.store import acts, queries
from asepsis.store.acts import Hand
from asepsis.store.changes import Actor
from tests.web.browser import Window, launched, window
from tests.web.conftest import opened, serving
from tests.web.maker import Maker

pytestmark = pytest.mark.browser

WORDS = "four quiet herons at dawn"
SIGNERS = ("Jonas Weber", "Imke Brandt", "Ada Moser")


@dataclass(frozen=True)
class Scene:
    """A server over a copy of the maker, in which something waits for three people."""

    address: str
    home: Path
    label: str
    record: str


@pytest.fixture(scope="module")
def scene(
    written: Maker, tmp_path_factory: pytest.TempPathFactory, django_db_blocker: DjangoDbBlocker
) -> Iterator[Scene]:
    home = tmp_path_factory.mktemp("signing")
    shutil.copytree(written.home, home, dirs_exist_ok=True)
    with django_db_blocker.unblock(), opened(home):
        hand = Hand(Actor(written.people["Nadia Kovac"]), lambda: datetime.now(UTC))
        for name in ("read", "forged"):
            row = queries.row(written.ids[name])
            acts.revise(hand, row.id, {**(queries.head_value(row) or {}), "notes": "Looked at again."})
        acts.submit(hand, [written.ids["read"], written.ids["forged"]])
        for name in (*SIGNERS, "Anna Lind"):
            passphrase.set_passphrase(name, WORDS)
        label = queries.row(written.ids["read"]).label
    with serving(home) as address:
        yield Scene(address, home, label, written.ids["read"])


@pytest.fixture(scope="module")
def browser(chromium: str, scene: Scene) -> Iterator[Any]:
    with launched(chromium) as started:
        yield started


def with_authenticator(seen: Window) -> None:
    """Give a window a device that holds passkeys and knows its owner."""
    devtools = seen.page.context.new_cdp_session(seen.page)
    devtools.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    devtools.send("WebAuthn.addVirtualAuthenticator", {"options": options})


def log_in(seen: Window, user_id: str, back: str = "") -> None:
    seen.open(f"/login?next={back}" if back else "/login")
    seen.page.fill("#user_id", user_id)
    seen.page.fill("#passphrase", WORDS)
    seen.page.click("button:has-text('Log in') >> nth=0")


def log_out(seen: Window) -> None:
    seen.page.click(".menu.person > summary")
    seen.page.click("button:has-text('Log out')")
    seen.page.wait_for_url("**/login")


def approvals(scene: Scene, written: Maker, name: str) -> list[dict[str, Any]]:
    """The approvals of one person that the ledger took in since the maker was written, in order."""
    with closing(sqlite3.connect(scene.home / "asepsis.sqlite3")) as raw:
        rows = raw.execute("SELECT data FROM store_entry WHERE position > ? ORDER BY position", [written.last])
        entries = [json.loads(one) for (one,) in rows]
    return [one for one in entries if one["form"] == "approval" and one["by"] == written.people[name]]


def test_one_signs_with_a_passphrase_and_then_with_the_passkey_that_logs_them_in(
    browser: Any, scene: Scene, written: Maker
) -> None:
    with window(browser, scene.address) as seen:
        with_authenticator(seen)
        log_in(seen, "jonas.weber", "/account/passkeys/add")
        seen.page.fill("#password", WORDS)
        seen.page.click("button:has-text('Go on')")
        seen.page.fill("#name", "The laptop")
        seen.page.click("button:has-text('Add the passkey')")
        seen.page.wait_for_url("**/account/recovery")
        seen.open("/account")
        assert "The laptop" in seen.page.inner_text("main")
        log_out(seen)
        seen.page.click("button:has-text('Log in with a passkey')")
        seen.page.wait_for_url(lambda url: "/login" not in url)
        assert "Jonas Weber" in seen.page.inner_text(".menu.person")

        seen.open("/sign")
        waiting = seen.page.locator("article.waits").count()
        assert f"{waiting} revisions wait for you" in seen.page.inner_text("h1")
        assert f"You did not open {waiting} of {waiting}" in seen.page.inner_text(".signing")
        seen.page.keyboard.press("j")
        seen.page.keyboard.press("x")
        assert seen.page.locator("article.waits [type=checkbox]:not(:checked)").count() == 1
        seen.page.keyboard.press("x")
        assert seen.page.locator("article.waits [type=checkbox]:not(:checked)").count() == 0
        seen.page.click(f"article .id:has-text('{scene.label}')")
        seen.page.click(f".button:has-text('Sign {scene.label}')")
        assert "1 revision waits for you" in seen.page.inner_text("h1")
        seen.page.fill("#user_id", "jonas.weber")
        seen.page.fill("#passphrase", WORDS)
        seen.page.click("button:has-text('Sign what is chosen')")
        seen.page.wait_for_url("**/sign?signed=1")
        assert "You signed 1 revision" in seen.page.inner_text("[role=status]")

        assert seen.page.locator("#user_id").count() == 0  # a signing session is open: one component is asked for
        seen.page.click("button:has-text('Sign with your passkey')")
        seen.page.wait_for_url(f"**/sign?signed={waiting - 1}")
        assert "Nothing waits for your signature" in seen.page.inner_text("h1")
        seen.open(f"/r/{scene.label}")
        assert "Jonas Weber, reviewed" in seen.page.inner_text(".signedby")
        assert seen.said == []
    first, *others = approvals(scene, written, "Jonas Weber")
    assert (first["how"], first["set"], first["opened"]) == ("passphrase", 1, True)
    assert {(one["how"], one["set"], one["opened"]) for one in others} == {("passkey", waiting - 1, False)}
    assert {one["meaning"] for one in (first, *others)} <= {str(one) for one in Meaning}


@pytest.mark.parametrize(("name", "role"), [("Imke Brandt", "clinical"), ("Ada Moser", "management")])
def test_two_others_find_what_waits_for_them_and_sign_it(
    browser: Any, scene: Scene, written: Maker, name: str, role: str
) -> None:
    user_id = name.lower().replace(" ", ".")
    with window(browser, scene.address) as seen:
        log_in(seen, user_id, "/sign")
        assert role in seen.page.inner_text(".menu.person").lower()
        waiting = seen.page.locator("article.waits").count()
        seen.page.fill("#user_id", user_id)
        seen.page.fill("#passphrase", WORDS)
        seen.page.click("button:has-text('Sign what is chosen')")
        seen.page.wait_for_url(f"**/sign?signed={waiting}")
        assert "Nothing waits" in seen.page.inner_text("h1")
        assert seen.said == []
    assert [(one["how"], one["set"]) for one in approvals(scene, written, name)] == [("passphrase", waiting)] * waiting


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (1280, "dark"), (360, "light"), (360, "dark")])
def test_the_pages_of_accounts_are_quiet_and_scroll_in_one_direction(
    browser: Any, scene: Scene, width: int, scheme: str
) -> None:
    with window(browser, scene.address, width, 800, scheme) as seen:
        seen.open("/login")
        assert max(0, seen.too_wide) == 0
        log_in(seen, "anna.lind", "/account")
        for one in ("/account", "/sign", "/account/passphrase", "/account/again?next=/account/totp"):
            assert (one, seen.open(one), max(0, seen.too_wide)) == (one, 200, 0)
        seen.page.fill("#password", WORDS)
        seen.page.click("button:has-text('Go on')")
        assert seen.page.locator(".qr svg").is_visible()
        assert (max(0, seen.too_wide), seen.said) == (0, [])
