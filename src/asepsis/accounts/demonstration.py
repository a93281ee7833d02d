"""How people come into a demonstration: one passphrase, drawn when it is written, serves for all of its cast."""

from __future__ import annotations

import secrets
from pathlib import Path

from django.contrib.auth.hashers import make_password

from asepsis.accounts import passphrase
from asepsis.accounts.models import Account
from asepsis.errors import RefusedError
from asepsis.sentences import Sentence
from asepsis.store import queries
from asepsis.store.models import Person

FILE = "demonstration.passphrase"
BYTES = 12


class RealLedgerError(RefusedError):
    """One passphrase for all is for a demonstration only."""

    code = "ledger-real"
    sentence = Sentence("This ledger is real: everybody has a passphrase of their own.", next="Set it for each person.")


def open_to_all(home: Path) -> str:
    """Return the passphrase of a demonstration; where it has none yet, draw it and give everybody an account with it.

    Raises `RealLedgerError`, and then nothing is changed.
    """
    if queries.ledger().origin != "demonstration":
        raise RealLedgerError
    file = home / FILE
    if file.exists():
        return file.read_text(encoding="ascii").strip()
    text = secrets.token_urlsafe(BYTES)
    encoded = make_password(text)
    for person in Person.objects.order_by("admitted_at", "id").values_list("id", flat=True):
        account = passphrase.open_account(person)
        Account.objects.filter(pk=account.pk).update(password=encoded, failures=0)
    file.touch(mode=0o600)
    file.write_text(text, encoding="ascii")
    return text
