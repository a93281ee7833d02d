"""Accounts that let nobody in any more: shut, and opened again; and what was lost, taken from them."""

from __future__ import annotations

from django.db import connection

from asepsis.accounts.models import Account, Invitation, SigningSession
from asepsis.accounts.passphrase import open_account
from asepsis.store import queries

FACTORS = "mfa_authenticator"  # allauth's table, which commands know by name alone


def shut(person: str) -> Account:
    """Shut the account of a person, by id or name: nobody logs in or signs with it, and its sessions end.

    What was signed stays signed. Raises `UnknownPersonError`.
    """
    account = open_account(person)
    Account.objects.filter(pk=account.pk).update(is_active=False)
    Invitation.objects.filter(account=account).delete()
    SigningSession.objects.filter(account=account).delete()
    return account


def open_again(person: str) -> Account:
    """Open the account of a person again. Raises `UnknownPersonError`."""
    account = open_account(person)
    Account.objects.filter(pk=account.pk).update(is_active=True)
    return account


def take_factors(person: str) -> int:
    """Take passkeys, app and recovery codes from an account, since a device was lost; return how many there were."""
    known = queries.person(person)
    if FACTORS not in connection.introspection.table_names():
        return 0
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM mfa_authenticator WHERE user_id = %s", [known.id])
        return int(cursor.rowcount)
