"""How a person proves to be who they are by what they know: a passphrase, of which an Argon2 hash is kept and no more.

One credential serves the pages and the command line. It is an account, not part of the ledger. Wrong tries are counted
before they are looked at, so that trying many at once gains nothing; after ten in a row it is shut until it is set anew.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from django.conf import settings
from django.contrib.auth.hashers import check_password, make_password
from django.db.models import F

from asepsis.accounts import directory, misuse
from asepsis.accounts.hashing import plain
from asepsis.accounts.models import Account
from asepsis.accounts.user_ids import user_id
from asepsis.errors import InputError, RefusedError
from asepsis.sentences import Sentence
from asepsis.store import queries
from asepsis.store.changes import Signed
from asepsis.store.models import Person

LEAST = 12
MOST = 1_000
TRIES = 10


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


class WrongCodeError(RefusedError):
    """Not the code that the app shows."""

    code = "code-wrong"
    sentence = Sentence(
        "This is not the code of your app; nothing was signed.", next="Type the code that it shows now."
    )


class LockedError(RefusedError):
    """Too many wrong tries."""

    code = "passphrase-locked"
    sentence = Sentence(
        "After {tries} wrong tries the passphrase of {person} is shut; nothing was signed.",
        next="Whoever keeps this machine lifts that by setting a new one.",
    )


class ShutAccountError(RefusedError):
    """An account that was shut lets nobody in and signs nothing."""

    code = "account-shut"
    sentence = Sentence(
        "The account of {person} is shut; nothing was signed.",
        next="Whoever keeps this machine opens it again: asepsis person open.",
    )


def open_account(person: str) -> Account:
    """Return the account of a person, by id or name; where there is none yet, it is opened with a user id of its own.

    Raises `UnknownPersonError`.
    """
    known = queries.person(person)
    return Account.objects.filter(pk=known.id).first() or _opened(known)


def _opened(person: Person) -> Account:
    taken = frozenset(Account.objects.values_list("user_id", flat=True))
    return Account.objects.create(person=person.id, user_id=user_id(person.name, taken), password=make_password(None))


def set_passphrase(person: str, text: str) -> Account:
    """Set the passphrase of a person, by id or name, and return the account; this also lifts a lock.

    Raises `UnknownPersonError`, or `WeakPassphraseError` for fewer than 12 characters, fewer than 5 different ones, or
    the person's own name or user id.
    """
    account = open_account(person)
    if reason := weakness(text, [queries.person(person).name, account.user_id]):
        raise WeakPassphraseError(reason=reason)
    account.password, account.failures = make_password(text), 0
    account.save(update_fields=["password", "failures"])
    return account


def has_passphrase(person: str) -> bool:
    """Return whether a person, by id or name, has set one."""
    account = Account.objects.filter(pk=queries.person(person).id).first()
    return account is not None and account.has_passphrase


def _unasked() -> bool:
    """Return that a code is right that nobody asks for."""
    return True


def prove(person: str, text: str, code_is_right: Callable[[], bool] = _unasked) -> Signed:
    """Return how a person signs who knows their passphrase, or the password of the directory that they are joined to.

    Raises `UnknownPersonError`, `ShutAccountError`, `NoPassphraseError`, `WrongPassphraseError`, `LockedError` after ten
    wrong tries, or `directory.AwayError`, which counts as none. The code of an app is looked at behind the right
    passphrase alone, for it serves once; a wrong one counts as a wrong try: `WrongCodeError`.
    """
    known = queries.person(person)
    if Account.objects.filter(pk=known.id, is_active=False).exists():
        raise ShutAccountError(person=known.name)
    tries = Account.objects.filter(pk=known.id, failures__lt=TRIES).update(failures=F("failures") + 1)
    account = Account.objects.filter(pk=known.id).first()
    if account is None or not (account.has_passphrase or directory.joined(account)):
        raise NoPassphraseError(person=known.name)
    if not tries:
        raise LockedError(person=known.name, tries=TRIES)
    how = _how(account, text)
    if how is None or not code_is_right():
        if account.failures >= TRIES:
            misuse.report(misuse.What.SHUT, known.id, "", datetime.now(UTC))
            raise LockedError(person=known.name, tries=TRIES)
        if how is not None:
            raise WrongCodeError
        raise WrongPassphraseError(person=known.name, left=TRIES - account.failures)
    Account.objects.filter(pk=known.id).update(failures=0)
    return Signed(how)


def _how(account: Account, text: str) -> str | None:
    """Return by what a text proves to be of an account's owner; `None` where it proves nothing.

    The passphrase of somebody who is joined to the directory serves, as the settings say, while that does not answer.
    """
    entry = directory.joined(account)
    if entry is not None:
        try:
            return "directory" if directory.proves(entry, text) else None
        except directory.AwayError:
            if not account.has_passphrase or settings.MACHINE.ldap_local == "never":
                Account.objects.filter(pk=account.pk, failures__gt=0).update(failures=F("failures") - 1)
                raise
    right = check_password(text, account.password, lambda again: _hash_anew(account, again))
    return "passphrase" if right else None


def _hash_anew(account: Account, text: str) -> None:
    """Keep a passphrase that was just proved in the form that is the rule today."""
    Account.objects.filter(pk=account.pk, password=account.password).update(password=make_password(text))


def weakness(text: str, names: list[str]) -> str | None:
    """Return why a passphrase is too weak for somebody who is called by `names`; `None` where it is not."""
    found = plain(text)
    if len(found) < LEAST:
        return f"it has fewer than {LEAST} characters"
    if len(found) > MOST:
        return f"it has more than {MOST} characters"
    if len(set(found)) < 5:
        return "it has fewer than 5 different characters"
    if found.casefold() in {one.casefold() for one in names}:
        return "it is your name"
    return None
