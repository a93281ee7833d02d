"""How a person proves at the moment of signing to be who they are, and for how long they need not prove it in full again.

The first signature of a period asks for all components: user id, passphrase and, where one is set up, the code of an app;
or a passkey, which asks for a finger, a face or a PIN; or a fresh log-in elsewhere. It opens a signing session, which
belongs to one session of one browser, lasts as long as the policy says (at most 15 minutes) and is never drawn out. Each
further act in it asks for one component: the passphrase, or the passkey. Source: 21 CFR 11.200(a)(1).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction

from asepsis.accounts import misuse, passphrase
from asepsis.accounts.models import Account, SigningSession, SpentPage
from asepsis.errors import RefusedError, UnanswerableError
from asepsis.sentences import Sentence
from asepsis.store import queries
from asepsis.store.changes import Signed

MOST_MINUTES = 15
REPORTED_AT = 3  # wrong tries in a row; one or two are slips


class NotYouError(RefusedError):
    """Somebody signs with a user id that is not of the account that is logged in."""

    code = "signer-other"
    sentence = Sentence(
        "You are logged in as {user_id}, and only that user id signs here; nothing was signed.",
        next="Type your own user id, or log out first.",
    )


class SpentPageError(RefusedError):
    """A page that asked for signatures was sent a second time."""

    code = "page-spent"
    sentence = Sentence(
        "This page was sent before, and signs only once; nothing was signed now.", next="Open the page again."
    )


@dataclass(frozen=True, slots=True)
class Typed:
    """What a signer typed: the passphrase and, where no signing session is open, the other components."""

    passphrase: str
    user_id: str = ""
    code_is_right: Callable[[], bool] = lambda: True  # looks at the code of the app, which serves once


def running(session: str | None, account: Account, now: datetime) -> SigningSession | None:
    """Return the signing session that is open for an account in a session of the browser."""
    if not session:
        return None
    return SigningSession.objects.filter(session=_hash(session), account=account, until__gt=now).first()


def begin(session: str, account: Account, how: str, now: datetime, minutes: int) -> SigningSession:
    """Open a signing session: `minutes` as the policy says, at most 15, from now."""
    until = now + timedelta(minutes=max(0, min(minutes, MOST_MINUTES)))
    SigningSession.objects.filter(until__lte=now).delete()
    found, _ = SigningSession.objects.update_or_create(
        session=_hash(session), defaults={"account": account, "how": how, "until": until}
    )
    return found


def end(session: str | None) -> None:
    """End the signing session of a session of the browser."""
    if session:
        SigningSession.objects.filter(session=_hash(session)).delete()


def prove(account: Account, typed: Typed, open_session: SigningSession | None, place: str, now: datetime) -> Signed:
    """Return how somebody signs who typed what proves that it is them: all components, or the passphrase in a session.

    Raises `NotYouError`, or what `passphrase.prove` raises; the third wrong try in a row is reported.
    """
    if open_session is None and typed.user_id.strip().lower() != account.user_id:
        raise NotYouError(user_id=account.user_id)
    try:
        if open_session is not None:
            return passphrase.prove(account.person, typed.passphrase)
        return passphrase.prove(account.person, typed.passphrase, typed.code_is_right)
    except UnanswerableError:  # the directory is away: nobody was wrong
        raise
    except RefusedError:
        report_wrong(account, place, now)
        raise


def report_wrong(account: Account, place: str, now: datetime) -> None:
    """Report that a signer could not prove to be who they are, from the third time in a row on."""
    failures = Account.objects.values_list("failures", flat=True).get(pk=account.pk)
    if failures >= REPORTED_AT:
        misuse.report(misuse.What.WRONG_SIGNATURE, account.person, place, now)


def spend(nonce: str, account: Account, now: datetime) -> None:
    """Let a page that asked for signatures serve no more. Raises `SpentPageError` where it served before."""
    SpentPage.objects.filter(at__lt=now - timedelta(days=2)).delete()
    try:
        with transaction.atomic():
            SpentPage.objects.create(hash=_hash(nonce), account=account, at=now)
    except IntegrityError as error:
        raise SpentPageError from error


def digest_of(revisions: list[str]) -> str:
    """Return the digest of a set: SHA-256 over the names of its revisions, sorted, each with a line feed."""
    return hashlib.sha256("".join(f"{one}\n" for one in sorted(revisions)).encode()).hexdigest()


def printed_name(account: Account) -> str:
    """Return the name that stands beside a signature, as the newest name card has it."""
    return queries.person(account.person).name


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
