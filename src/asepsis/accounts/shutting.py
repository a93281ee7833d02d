"""Accounts that let nobody in any more: shut, and opened again; and what was lost, taken from them."""

from __future__ import annotations

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.models import Session
from django.db import connection

from asepsis.accounts.models import Account, Invitation, SigningSession
from asepsis.accounts.passphrase import open_account
from asepsis.store import queries

FACTORS = ("mfa_authenticator", "socialaccount_socialaccount")  # allauth's tables, which commands know by name alone


def shut(person: str) -> Account:
    """Shut the account of a person, by id or name: nobody logs in or signs with it, and its sessions end.

    What was signed stays signed. Raises `UnknownPersonError`.
    """
    account = open_account(person)
    Account.objects.filter(pk=account.pk).update(is_active=False)
    Invitation.objects.filter(account=account).delete()
    end_sessions(account.pk)
    return account


def open_again(person: str) -> Account:
    """Open the account of a person again. Raises `UnknownPersonError`."""
    account = open_account(person)
    Account.objects.filter(pk=account.pk).update(is_active=True)
    return account


def take_factors(person: str) -> int:
    """Take passkeys, app, recovery codes and joins to a log-in elsewhere from an account, and end its sessions.

    Return how many were taken. Raises `UnknownPersonError`.
    """
    known = queries.person(person)
    there = set(connection.introspection.table_names())
    taken = 0
    with connection.cursor() as cursor:
        for table in sorted(there.intersection(FACTORS)):
            cursor.execute(f"DELETE FROM {table} WHERE user_id = %s", [known.id])  # noqa: S608 - one of ours
            taken += int(cursor.rowcount)
    end_sessions(known.id)
    return taken


def end_sessions(person: str) -> None:
    """End every session of a person, by id, in every browser, and what could be signed in it."""
    SigningSession.objects.filter(account=person).delete()
    for session in Session.objects.iterator():
        if session.get_decoded().get(SESSION_KEY) == person:
            session.delete()
