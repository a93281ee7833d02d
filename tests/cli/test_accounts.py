"""What the keeper of a machine does to accounts at the command line."""

from __future__ import annotations

import pytest
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.conf import settings
from django.test import Client, override_settings

from asepsis.accounts import passphrase
from asepsis.accounts.models import Account, DirectoryEntry
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


def test_what_joins_an_account_to_the_directory_is_told_and_ended_when_asked(desk: Desk) -> None:
    assert desk.run("person", "directory", "Ada", "ada.in.there").code == 4  # no directory is set up
    account = Account.objects.get(pk=queries.person("Ada").id)
    DirectoryEntry.objects.create(account=account, name="ada.in.there", entry="00")
    machine = settings.MACHINE.model_copy(update={"ldap_server": "dc.example", "ldap_base": "dc=example"})
    with override_settings(MACHINE=machine):
        assert desk.value("person", "directory", "Ada")["entry"] == "ada.in.there"
        assert desk.value("person", "directory", "Ada", "--part")["entry"] is None
        assert "is not joined" in desk.done("person", "directory", "Ada").out
