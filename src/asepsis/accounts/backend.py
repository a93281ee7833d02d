"""Who somebody is that gives a user id and a passphrase: as much work for a user id that nobody has as for one that is."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.backends import BaseBackend
from django.contrib.auth.hashers import make_password
from django.http import HttpRequest

from asepsis.accounts import directory, passphrase
from asepsis.accounts.models import USER_ID, Account
from asepsis.errors import RefusedError


def asked_for(request: HttpRequest | None, credentials: dict[str, Any] | None = None) -> str:
    """Return the user id that somebody gives, as it is kept: by it wrong tries are counted."""
    given = (credentials or {}).get("username") or (request.POST.get("user_id") if request is not None else "") or ""
    return str(given)[:USER_ID].strip().lower()


def _may_come_in(account: Account) -> bool:
    """Return whether something typed can let an account in at all: it is open, has a passphrase or an entry of the
    directory, and is not shut.
    """
    known = account.has_passphrase or directory.joined(account) is not None
    return account.is_active and known and account.failures < passphrase.TRIES


class PassphraseBackend(BaseBackend):
    """Lets in who gives the passphrase of an open account. It knows no permissions: there are none."""

    def authenticate(
        self, request: HttpRequest | None, username: str | None = None, password: str | None = None, **_: Any
    ) -> Account | None:
        """Return the account of a user id whose passphrase this is; `None` for any other, after as much work.

        Each try hashes once and, where there is a directory, asks it once, whoever it is about.
        """
        if username is None or password is None:
            return None
        account = Account.objects.filter(user_id=username[:USER_ID].strip().lower()).first()
        if account is None or not _may_come_in(account):
            make_password(password[: passphrase.MOST])
            directory.pretend()
            return None
        if directory.joined(account) is None:
            directory.pretend()
        else:
            make_password(password[: passphrase.MOST])
        try:
            passphrase.prove(account.person, password[: passphrase.MOST + 1])
        except RefusedError:
            return None
        return Account.objects.get(pk=account.pk)  # an older hash was made anew

    def get_user(self, user_id: Any) -> Account | None:
        """Return the account of a session, as long as it is open."""
        return Account.objects.filter(pk=user_id, is_active=True).first()
