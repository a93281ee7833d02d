"""A link by which somebody comes in for the first time and sets a passphrase that nobody else ever knew.

It serves once, for a day; what is kept is its hash, so who reads the database cannot use it.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta

from django.db import transaction

from asepsis.accounts import passphrase
from asepsis.accounts.models import Account, Invitation
from asepsis.errors import InputError
from asepsis.sentences import Sentence

HOURS = 24
BYTES = 32


class SpentInvitationError(InputError):
    """A link was used, is too old, or never was one."""

    code = "invitation-spent"
    sentence = Sentence(
        "This link lets nobody in: it was used, is older than {hours} hours, or was never given.",
        next="Whoever keeps this machine gives another: asepsis person link.",
    )


def invite(person: str, now: datetime) -> str:
    """Return the token of a new link for a person, by id or name; any other of theirs ends with it.

    Raises `UnknownPersonError`.
    """
    account = passphrase.open_account(person)
    token = secrets.token_urlsafe(BYTES)
    Invitation.objects.filter(account=account).delete()
    Invitation.objects.create(hash=_hash(token), account=account, until=now + timedelta(hours=HOURS))
    return token


def invited(token: str, now: datetime) -> Account:
    """Return whom a token lets in. Raises `SpentInvitationError`."""
    found = Invitation.objects.filter(hash=_hash(token), until__gt=now).select_related("account").first()
    if found is None or not found.account.is_active:
        raise SpentInvitationError(hours=HOURS)
    return found.account


def accept(token: str, text: str, now: datetime) -> Account:
    """Set the passphrase of whom a token lets in, and return the account; the token serves no more.

    Raises `SpentInvitationError`, or `WeakPassphraseError`, after which it still serves.
    """
    with transaction.atomic():  # of two who send it at once, the second changes nothing
        account = passphrase.set_passphrase(invited(token, now).person, text)
        used, _ = Invitation.objects.filter(hash=_hash(token)).delete()
        if not used:
            raise SpentInvitationError(hours=HOURS)
    return account


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
