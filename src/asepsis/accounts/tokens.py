"""Tokens by which a program acts for a person: made, shown once, held against what is kept, and ended.

A token never does more than its person may at that moment, and it signs nothing: a signature is a person's, who proves
then and there to be who they are (21 CFR 11.200). What is kept of its secret is a SHA-256; as the secret is random and
long, nothing slower is needed against guessing.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from django.conf import settings
from django.db.models import QuerySet

from asepsis.accounts import passphrase
from asepsis.accounts.models import AccessToken, Account
from asepsis.errors import InputError, RefusedError
from asepsis.readers.viewer import Viewer, of_person
from asepsis.sentences import Sentence
from asepsis.store import queries, rights

PREFIX = "asepsis"
ID_BYTES = 8
SECRET_BYTES = 32
MOST = 50  # tokens of one person that are good at a time
MOST_NAME = 80
_FORM = re.compile(rf"{PREFIX}_(?P<id>[0-9a-f]{{16}})_(?P<secret>[A-Za-z0-9_-]{{43}})")
_NOBODYS = "0" * 64


class Scope(StrEnum):
    """What a token may be used for."""

    READ = "read"
    DRAFT = "draft"
    ACT = "act"
    IMPORT = "import"

    @property
    def means(self) -> str:
        """Return what it lets a program do, in words."""
        return _MEANS[self]


_MEANS = {
    Scope.READ: "read all that its person may read",
    Scope.DRAFT: "write drafts, revise and comment",
    Scope.ACT: "submit, withdraw, reject, retire, let links stand, and have a product assessed",
    Scope.IMPORT: "bring in facts: bills, test results, findings",
}


class UnfitTokenError(InputError):
    """A token cannot be made as it is asked for."""

    code = "token-unfit"
    sentence = Sentence("No token was made: {reason}.", next="Ask again with what is named put right.")


class NoTokenError(RefusedError):
    """Nobody says on whose behalf they ask."""

    code = "token-absent"
    sentence = Sentence(
        "A request carries a token, and this one has none.",
        next="Send it as `Authorization: Bearer …`; make one at /account/tokens or with `asepsis token new`.",
    )


class RefusedTokenError(RefusedError):
    """A token is none of ours, was ended, or its time is over."""

    code = "token-refused"
    sentence = Sentence(
        "This token lets nobody in: it is none of ours, was ended, or its time is over.",
        next="Make another at /account/tokens, or with `asepsis token new`.",
    )


class UnknownTokenError(InputError):
    """A person has no token of an id."""

    code = "token-unknown"
    sentence = Sentence("There is no token {token} of yours.", next="`asepsis token list` shows them.")


class ScopeError(RefusedError):
    """A token is good for something else."""

    code = "token-scope"
    sentence = Sentence(
        "This token may not be used for that: it needs the scope {needed}, and has {scopes}.",
        next="Make a token with that scope.",
    )


@dataclass(frozen=True)
class Passport:
    """Who asks by a token: the token, and its person as far as the token reaches."""

    token: AccessToken
    viewer: Viewer

    @property
    def scopes(self) -> frozenset[str]:
        """Return what the token may be used for."""
        return frozenset(self.token.scopes.split())

    def need(self, scope: Scope) -> None:
        """Raise `ScopeError` unless the token has a scope."""
        if scope not in self.scopes:
            raise ScopeError(needed=scope.value, scopes=sorted(self.scopes))


def make(
    person: str, name: str, scopes: Collection[str], now: datetime, *, days: int, product: str | None = None
) -> tuple[AccessToken, str]:
    """Return a new token of a person, by id or name, with its secret text, which is kept nowhere.

    `product` is the code or id of the only product that it reaches. Raises `UnknownPersonError`, `UnknownProductError` or
    `UnfitTokenError`.
    """
    account = passphrase.open_account(person)
    reach = queries.product(product).id if product else None
    if reason := _unfit(account, name, scopes, days, now):
        raise UnfitTokenError(reason=reason)
    identity, secret = secrets.token_hex(ID_BYTES), secrets.token_urlsafe(SECRET_BYTES)
    made = AccessToken.objects.create(
        id=identity,
        account=account,
        hash=_hash(secret),
        name=name.strip(),
        scopes=" ".join(one for one in Scope if one in scopes),
        product=reach,
        made_at=now,
        until=now + timedelta(days=days),
    )
    return made, f"{PREFIX}_{identity}_{secret}"


def _unfit(account: Account, name: str, scopes: Collection[str], days: int, now: datetime) -> str | None:
    most = settings.MACHINE.token_days
    if not account.is_active:
        return "the account is shut"
    if not name.strip() or len(name.strip()) > MOST_NAME or not name.isprintable():
        return f"its name has 1 to {MOST_NAME} characters, all of them visible"
    if unknown := sorted(set(scopes) - set(Scope)):
        return f"there is no scope {unknown[0][:40]}; there are {', '.join(Scope)}"
    if not scopes:
        return "it has no scope"
    if not 1 <= days <= most:
        return f"it is good for 1 to {most} days here"
    if good(account.person, now).count() >= MOST:
        return f"you have {MOST} that are good already"
    return None


def good(person: str, now: datetime) -> QuerySet[AccessToken]:
    """Return the tokens of a person, by id, that let somebody in, the newest first."""
    return of(person).filter(ended_at=None, until__gt=now)


def of(person: str) -> QuerySet[AccessToken]:
    """Return all tokens of a person, by id, the newest first."""
    return AccessToken.objects.filter(account_id=person).order_by("-made_at", "id")


def passport(text: str, now: datetime) -> Passport:
    """Return who asks with a token. Raises `RefusedTokenError`, and does not say which of its reasons holds."""
    form = _FORM.fullmatch(text)
    found = AccessToken.objects.filter(pk=form["id"]).select_related("account").first() if form else None
    fits = hmac.compare_digest(found.hash if found else _NOBODYS, _hash(form["secret"] if form else text[:256]))
    if found is None or not fits or found.ended_at is not None or found.until <= now or not found.account.is_active:
        raise RefusedTokenError
    today = now.date()
    if found.used_on != today:  # once a day: no request has to write
        AccessToken.objects.filter(pk=found.pk).update(used_on=today)
    return Passport(found, _reaching(of_person(found.account.person), found.product))


def _reaching(viewer: Viewer, product: str | None) -> Viewer:
    return Viewer(viewer.person, viewer.name, rights.within(viewer.held, product))


def end(person: str, token: str, now: datetime) -> AccessToken:
    """End a token of a person, both by id: it lets nobody in from now on. Raises `UnknownTokenError`."""
    found = AccessToken.objects.filter(account_id=person, pk=token).first()
    if found is None:
        raise UnknownTokenError(token=token[:40])
    if found.ended_at is None:
        found.ended_at = now
        found.save(update_fields=["ended_at"])
    return found


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
