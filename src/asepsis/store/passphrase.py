"""How a person proves at the command line to be who signs: a passphrase, of which a scrypt hash is kept and no more.

It is an account, not part of the ledger. Wrong tries are counted before they are looked at, so that trying many at once
gains nothing; after ten in a row it is shut until it is set anew.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import unicodedata

from django.db.models import F

from asepsis.errors import InputError, RefusedError
from asepsis.sentences import Sentence
from asepsis.store import queries
from asepsis.store.changes import Signed
from asepsis.store.models import Passphrase

LEAST = 12
MOST = 1_000
TRIES = 10
_N, _R, _P = 2**15, 8, 1
_MEMORY = 64 * 1024 * 1024  # scrypt takes 128 * N * r bytes, 32 MiB, and OpenSSL wants it allowed


class WeakPassphraseError(InputError):
    """A passphrase that is too easy to guess, or too long to be one."""

    code = "passphrase-weak"
    sentence = Sentence(
        "This passphrase cannot be taken: {reason}.", next="Take a few words that nobody would say in this order."
    )


class NoPassphraseError(RefusedError):
    """A person without a passphrase cannot sign with one."""

    code = "passphrase-absent"
    sentence = Sentence("{person} has no passphrase here yet.", next="Set one first, then sign.")


class WrongPassphraseError(RefusedError):
    """Not the passphrase of this person."""

    code = "passphrase-wrong"
    sentence = Sentence(
        "This is not the passphrase of {person}; nothing was signed. {left} more tries are left.", next="Try again."
    )


class LockedError(RefusedError):
    """Too many wrong tries."""

    code = "passphrase-locked"
    sentence = Sentence(
        "After {tries} wrong tries the passphrase of {person} is shut; nothing was signed.",
        next="Whoever keeps this machine lifts that by setting a new one.",
    )


def set_passphrase(person: str, text: str) -> None:
    """Set the passphrase of a person, by id or name; this also lifts a lock.

    Raises `UnknownPersonError`, or `WeakPassphraseError` for fewer than 12 characters, fewer than 5 different ones, or
    the person's own name.
    """
    known = queries.person(person)
    plain = _plain(text)
    if reason := _weakness(plain, known.name):
        raise WeakPassphraseError(reason=reason)
    salt = secrets.token_bytes(16)
    Passphrase.objects.update_or_create(
        person=known.id, defaults={"salt": salt, "hash": _hashed(plain, salt), "failures": 0}
    )


def has_passphrase(person: str) -> bool:
    """Return whether a person, by id or name, has set one."""
    return Passphrase.objects.filter(pk=queries.person(person).id).exists()


def prove(person: str, text: str) -> Signed:
    """Return how a person signs who knows their passphrase.

    Raises `UnknownPersonError`, `NoPassphraseError`, `WrongPassphraseError`, or `LockedError` after ten wrong tries.
    """
    known = queries.person(person)
    tries = Passphrase.objects.filter(pk=known.id, failures__lt=TRIES).update(failures=F("failures") + 1)
    kept = Passphrase.objects.filter(pk=known.id).first()
    if kept is None:
        raise NoPassphraseError(person=known.name)
    if not tries:
        raise LockedError(person=known.name, tries=TRIES)
    if not hmac.compare_digest(_hashed(_plain(text), bytes(kept.salt)), bytes(kept.hash)):
        if kept.failures >= TRIES:
            raise LockedError(person=known.name, tries=TRIES)
        raise WrongPassphraseError(person=known.name, left=TRIES - kept.failures)
    Passphrase.objects.filter(pk=known.id).update(failures=0)
    return Signed("passphrase")


def _plain(text: str) -> str:
    """Return a passphrase as every keyboard writes it: one form for each letter."""
    return unicodedata.normalize("NFKC", text)


def _weakness(plain: str, name: str) -> str | None:
    if len(plain) < LEAST:
        return f"it has fewer than {LEAST} characters"
    if len(plain) > MOST:
        return f"it has more than {MOST} characters"
    if len(set(plain)) < 5:
        return "it has fewer than 5 different characters"
    if plain.casefold() == name.casefold():
        return "it is your name"
    return None


def _hashed(plain: str, salt: bytes) -> bytes:
    return hashlib.scrypt(plain.encode(), salt=salt, n=_N, r=_R, p=_P, maxmem=_MEMORY, dklen=32)
