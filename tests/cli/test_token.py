"""Tokens at the command line: shown once, listed without their secret, ended."""

from __future__ import annotations

from asepsis.accounts.models import AccessToken
from tests.cli.conftest import Desk


def new(desk: Desk, *options: str) -> dict[str, object]:
    found: dict[str, object] = desk.value("token", "new", "nightly build", "--passphrase-file", desk.words, *options)
    return found


def test_a_token_is_shown_once_and_its_secret_is_kept_nowhere(desk: Desk) -> None:
    made = new(desk, "--scope", "read", "--scope", "import")
    text = str(made["secret"])
    secret = text.rsplit("_", 1)[0] and text[len(f"asepsis_{made['token']}_") :]
    assert len(secret) == 43
    kept = AccessToken.objects.get()
    assert secret not in repr(vars(kept))
    assert secret not in desk.done("token", "list").out
    for file in desk.home.rglob("*"):
        assert not file.is_file() or secret.encode() not in file.read_bytes()


def test_a_token_is_made_by_who_gives_the_passphrase_alone(desk: Desk) -> None:
    said = desk.run("token", "new", "x", "--passphrase-file", desk.other_words)
    assert (said.code, AccessToken.objects.count()) == (1, 0)


def test_a_token_is_good_for_no_longer_than_the_machine_lets_it(desk: Desk) -> None:
    said = desk.run("token", "new", "x", "--days", "91", "--passphrase-file", desk.words)
    assert said.code == 4
    assert "1 to 90 days" in said.err


def test_a_token_is_ended_by_its_owner_alone(desk: Desk) -> None:
    made = new(desk)
    assert desk.run("token", "revoke", str(made["token"]), who="Bob").code == 4
    assert desk.value("token", "list")["tokens"][0]["stands"] == "good"
    desk.done("token", "revoke", str(made["token"]))
    assert desk.value("token", "list")["tokens"][0]["stands"] == "ended"


def test_a_token_may_read_where_nothing_else_is_said(desk: Desk) -> None:
    assert (new(desk)["scopes"], new(desk, "--product", "GW")["product"]) == (["read"], "GW")
