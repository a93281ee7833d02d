"""What the keeper of a machine does to accounts at the command line."""

from __future__ import annotations

import pytest
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.test import Client

from asepsis.accounts import passphrase
from asepsis.accounts.models import Account
from asepsis.store import queries
from tests.cli.conftest import WORDS, Desk


def test_a_shut_account_signs_nothing_until_it_is_opened_again(desk: Desk) -> None:
    desk.done("person", "shut", "Ada")
    with pytest.raises(passphrase.ShutAccountError):
        passphrase.prove("Ada", WORDS)
    desk.done("person", "open", "Ada")
    passphrase.prove("Ada", WORDS)


def test_what_was_lost_lets_nobody_in_any_more(desk: Desk) -> None:
    ada = Account.objects.get(pk=queries.person("Ada").id)
    Authenticator.objects.create(user=ada, type=Authenticator.Type.RECOVERY_CODES, data={})
    Authenticator.objects.create(user=ada, type=Authenticator.Type.WEBAUTHN, data={})
    SocialAccount.objects.create(user=ada, provider="saml", uid="ada")
    browsers = [Client(HTTP_HOST="127.0.0.1") for _ in range(2)]
    for browser in browsers:
        browser.force_login(ada)
    assert desk.value("person", "lost", "Ada")["taken"] == 3
    assert [Authenticator.objects.count(), SocialAccount.objects.count()] == [0, 0]
    assert [browser.get("/account").status_code for browser in browsers] == [302, 302]


def test_who_keeps_the_machine_names_a_person_that_is_there(desk: Desk) -> None:
    for act in ("shut", "open", "lost", "link"):
        assert desk.run("person", act, "Nobody Here").code == 4
