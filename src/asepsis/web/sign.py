"""Signing: what waits for me as a set, exactly what is signed, what I did not open, and the proof that it is me."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn.internal import auth as passkeys
from django.core import signing as tokens
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from asepsis.accounts import misuse, signing
from asepsis.accounts.adapters import PROOF, spend_proof
from asepsis.accounts.models import Account
from asepsis.accounts.signing import Typed
from asepsis.conformance import moments
from asepsis.errors import AsepsisError, InputError, RefusedError
from asepsis.readers import visible
from asepsis.readers.viewer import Viewer
from asepsis.record.diff import FieldChange, differences
from asepsis.record.history import Head, History, unpack
from asepsis.record.kind import kind_named
from asepsis.record.slots import Meaning
from asepsis.sentences import Sentence
from asepsis.store import acts, queries
from asepsis.store.acts import Hand, Signature
from asepsis.store.changes import Actor, Reject, Signed
from asepsis.store.models import Record
from asepsis.store.waiting import own_slots
from asepsis.web import opened
from asepsis.web.account import account_of, joined
from asepsis.web.login import sso_name
from asepsis.web.moment import Moment, of_organisation
from asepsis.web.page import Access, framed, page, shown
from asepsis.web.viewer import viewer_of
from asepsis.web.words import Words

SET = 500  # revisions that one page asks for; what is left comes with the next
TOLD = 100  # of which the page tells what they change; the others say it on their own pages
LOOKED_THROUGH = 1_000  # submitted heads, the oldest first, among which those that wait for somebody are looked for
CHANGES = 12  # of one revision that the page tells; its own page tells all
SESSION_MINUTES = "people.signing_session_minutes"
OLDEST = 12 * 3600  # seconds after which a page signs no more
MOST_REASON = 4_000  # characters
SALT = "asepsis.sign"


class OldPageError(InputError):
    """What was sent is no page of ours, or one that is too old."""

    code = "page-old"
    sentence = Sentence("This page is too old to sign with, or was not given to you.", next="Open the page again.")


class NothingChosenError(InputError):
    """Nobody signs nothing."""

    code = "nothing-chosen"
    sentence = Sentence("Nothing is chosen, so nothing was signed.", next="Choose at least one revision.")


class NoReasonError(InputError):
    """Nobody says no without saying why."""

    code = "reason-absent"
    sentence = Sentence("It was not sent back: no reason was given.", next="Say what has to be another.")


class UnknownPasskeyError(RefusedError):
    """A passkey that is not one of the signer's, or an answer to another question."""

    code = "passkey-wrong"
    sentence = Sentence("This passkey did not prove that it is you; nothing was signed.", next="Try it again.")


class NoFreshLogInError(RefusedError):
    """Somebody signs by single sign-on without having logged in there just now."""

    code = "log-in-stale"
    sentence = Sentence(
        "No log-in of yours was made just now in order to sign; nothing was signed.",
        next="Log in again with the button, and sign within two minutes.",
    )


@dataclass(frozen=True, slots=True)
class Waiting:
    """One revision that waits for the reader: with which meanings, what it changes where that is told, and whether it
    was opened.
    """

    row: Record
    history: History
    meanings: tuple[Meaning, ...]
    roles: str
    changes: tuple[FieldChange, ...]
    more: int
    opened: bool
    told: bool

    @property
    def is_new(self) -> bool:
        """Return whether nothing of it is effective yet."""
        return self.history.effective is None

    @property
    def words(self) -> str:
        """Return the meanings in words."""
        return " and ".join(self.meanings)


@never_cache
@sensitive_post_parameters("passphrase", "code", "credential")
@page(access=Access.WORKS, posts=Access.WORKS)
def sign(request: HttpRequest) -> HttpResponse:
    """Give what waits for the reader's signature, or sign what they chose of it."""
    if request.method == "GET" or request.method == "HEAD":
        return _asked(request)
    try:
        count = _signed(request)
    except AsepsisError as error:
        return _asked(request, error)
    return HttpResponseRedirect(f"/sign?signed={count}")


@never_cache
@page(access=Access.WORKS, posts=Access.WORKS)
def send_back(request: HttpRequest) -> HttpResponse:
    """Say no to a revision that waits for the reader, and why: nothing is signed by that, so nothing has to be proved."""
    if request.method != "POST":
        return HttpResponseRedirect("/sign")
    own = account_of(request)
    given, record = _presented(request, own), request.POST.get("record", "")
    reason = request.POST.get(f"reason-{record}", "").strip()[:MOST_REASON]
    if record not in given["shown"] or record not in visible.by_id([record]):
        raise OldPageError
    if not reason:
        raise NoReasonError
    _hand(own).commit([Reject(record, given["shown"][record][0], reason)])
    return HttpResponseRedirect("/sign?back=1")


def _hand(own: Account) -> Hand:
    return Hand(Actor(own.person), lambda: queries.now(datetime.now(UTC)))


@never_cache
@page(access=Access.WORKS)
def passkey(request: HttpRequest) -> HttpResponse:
    """Give what a passkey is asked, once: the answer to it signs one page."""
    return JsonResponse({"request_options": passkeys.begin_authentication(account_of(request))})


def waiting(
    reader: Viewer, only: Iterable[str] = (), names: frozenset[str] = frozenset()
) -> tuple[list[Waiting], bool]:
    """Return what waits for a reader's signature, the oldest first, and whether there may be more.

    `only` names the labels that are asked for; of these also such are given in which the reader may stand in for
    another. `names` are those of the revisions that were opened.
    """
    labels = [one.upper() for one in only]
    found = _submitted(labels)
    chosen = []
    for row in found[:LOOKED_THROUGH]:
        history = unpack(bytes(row.history))
        slots = own_slots(history, reader.person or "", reader.held)
        if not slots and labels:
            slots = tuple((history.head.slots or ())[number] for number in history.head.open_slots[:1])
        if slots:
            chosen.append((row, history, slots))
    told = _changes(chosen[:TOLD])
    return [
        Waiting(
            row,
            history,
            tuple(slot.meaning for slot in slots),
            " or ".join(dict.fromkeys(str(role) for slot in slots for role in slot.roles)) or "its author",
            told.get(row.id, ())[:CHANGES],
            max(0, len(told.get(row.id, ())) - CHANGES),
            history.head.name in names,
            row.id in told,
        )
        for row, history, slots in chosen[:SET]
    ], len(found) > LOOKED_THROUGH or len(chosen) > SET


def _submitted(labels: list[str]) -> list[Record]:
    """Return the submitted records that may be shown, the oldest first, one more than are looked through.

    Each scope is asked by itself, for the index begins with the product.
    """
    rows = visible.records().defer(None).filter(head_state=str(Head.SUBMITTED)).order_by("changed_position")
    if labels:
        return list(rows.filter(label__in=labels)[: LOOKED_THROUGH + 1])
    scopes = [None, *visible.products().values_list("pk", flat=True)]
    found = [row for scope in scopes for row in rows.filter(product=scope)[: LOOKED_THROUGH + 1]]
    return sorted(found, key=lambda row: (row.changed_position, row.pk))[: LOOKED_THROUGH + 1]


def _changes(chosen: list[tuple[Record, History, Any]]) -> dict[str, tuple[FieldChange, ...]]:
    """Return what each submitted head changes against what is effective; of a new record, all that it says."""
    contents = [one.content for _, history, _ in chosen for one in (history.head, history.effective) if one is not None]
    values = queries.values_of(contents)
    words = Words(of_organisation())
    found = {}
    for row, history, _ in chosen:
        head = values.get(history.head.content, {})
        before = values.get(history.effective.content, {}) if history.effective else {}
        found[row.id] = tuple(differences(kind_named(history.kind), before, head, words.called))
    return found


def _asked(request: HttpRequest, error: AsepsisError | None = None) -> HttpResponse:
    """Return the page that asks for signatures; behind a refusal it says what that was, and that nothing was signed."""
    reader, own, now = viewer_of(request), account_of(request), datetime.now(UTC)
    moment = of_organisation()
    found, more = waiting(reader, request.GET.getlist("record")[:SET], opened.names(request))
    words = Words(moment)
    words.know(author for one in found for author in one.history.authors)
    factors = set(Authenticator.objects.filter(user=own).values_list("type", flat=True))
    response = shown(
        request,
        "sign",
        framed(moment, "sign"),
        words,
        found=found,
        unopened=[one for one in found if not one.opened],
        more=more,
        meanings=", ".join(dict.fromkeys(f"{one.words} as {one.roles}" for one in found)),
        authors=sorted({words.name(author) for one in found for author in one.history.authors}),
        digest=signing.digest_of([one.history.head.name for one in found]),
        presented=present(own, found, moment),
        session=signing.running(request.session.session_key, own, now),
        own=own,
        has_app=Authenticator.Type.TOTP in factors,
        has_passkey=Authenticator.Type.WEBAUTHN in factors,
        sent_back="back" in request.GET,
        refusal=error or (NoFreshLogInError() if request.GET.get("sso") == "refused" else None),
        joined=joined(own),
        sso_name=sso_name(),
        proved=PROOF in request.session,
        signed=int(done) if (done := request.GET.get("signed", "")).isdecimal() and len(done) < 4 else 0,
    )
    response.status_code = 200 if error is None else 422 if isinstance(error, InputError) else 409
    return response


def present(own: Account, found: list[Waiting], moment: Moment) -> str:
    """Return, sealed, exactly what a page shows to its signer: revisions by name, and the size of the ledger."""
    shown_there = {one.row.id: [one.history.head.name, [str(meaning) for meaning in one.meanings]] for one in found}
    value = {"by": own.person, "seen": moment.ledger.size, "shown": shown_there, "nonce": secrets.token_hex(16)}
    return tokens.dumps(value, salt=SALT, compress=True)


def _signed(request: HttpRequest) -> int:
    """Sign what was chosen of what a page showed, and return how many revisions.

    Raises `OldPageError`, `SpentPageError`, `NothingChosenError`, what proving raises, and what `acts.sign` raises.
    """
    own, now = account_of(request), datetime.now(UTC)
    given = _presented(request, own)
    chosen = [one for one in dict.fromkeys(request.POST.getlist("record")) if one in given["shown"]]
    if not chosen:
        raise NothingChosenError
    known = visible.by_id(chosen)
    if len(known) < len(chosen):
        raise OldPageError
    signed = replace(_proved(request, own, now), seen=int(given["seen"]))
    signing.spend(given["nonce"], own, now)
    seen = opened.names(request)
    signatures = [
        Signature(record, name, Meaning(meaning), name in seen)
        for record in chosen
        for name, meanings in [given["shown"][record]]
        for meaning in meanings
    ]
    acts.sign(_hand(own), signatures, signed)
    return len(chosen)


def _presented(request: HttpRequest, own: Account) -> dict[str, Any]:
    try:
        given: dict[str, Any] = tokens.loads(request.POST.get("presented", ""), salt=SALT, max_age=OLDEST)
    except tokens.BadSignature as error:
        raise OldPageError from error
    if given["by"] != own.person:
        raise OldPageError
    return given


def _proved(request: HttpRequest, own: Account, now: datetime) -> Signed:
    """Return how the signer proved to be who they are; where that was in full, a signing session opens."""
    place, key = request.META.get("REMOTE_ADDR", ""), request.session.session_key or ""
    session = signing.running(key, own, now)
    if request.POST.get("sso"):
        if not spend_proof(request, now.timestamp()):
            raise NoFreshLogInError
        signed = Signed("sso")
    elif request.POST.get("credential"):
        signed = _by_passkey(request, own, place, now)
    else:
        typed = Typed(
            request.POST.get("passphrase", ""), request.POST.get("user_id", ""), lambda: _code_is_right(request, own)
        )
        signed = signing.prove(own, typed, session, place, now)
    if session is None:
        signing.begin(key, own, signed.how, now, session_minutes())
    return signed


def _by_passkey(request: HttpRequest, own: Account, place: str, now: datetime) -> Signed:
    try:
        credential = json.loads(request.POST["credential"][:20_000])
        passkeys.parse_authentication_response(credential)
        passkeys.complete_authentication(own, credential).record_usage()
    except (ValidationError, ValueError, AttributeError) as error:
        misuse.report_once(misuse.What.WRONG_PASSKEY, own.person, place, now)
        raise UnknownPasskeyError from error
    return Signed("passkey")


def _code_is_right(request: HttpRequest, own: Account) -> bool:
    """Return whether the code of the signer's app was given; yes, where none is set up."""
    app = Authenticator.objects.filter(user=own, type=Authenticator.Type.TOTP).first()
    return app is None or bool(app.wrap().validate_code(request.POST.get("code", "").strip()))


def session_minutes() -> int:
    """Return how long a signing session lasts, as the organisation's policy in force says."""
    return moments.policy_today(None, queries.now(datetime.now(UTC))).number(SESSION_MINUTES)
