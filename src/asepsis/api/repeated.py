"""A request that is sent twice is done once: an Idempotency-Key is given the answer that it had."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import msgspec
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from ninja import Status

from asepsis.accounts.models import AnsweredRequest
from asepsis.api.edge import clock, passport_of
from asepsis.errors import InputError, RefusedError
from asepsis.sentences import Sentence

KEY = {
    "parameters": [
        {
            "in": "header",
            "name": "Idempotency-Key",
            "required": False,
            "description": "A random text: the same request with the same key within a day is done once.",
            "schema": {"type": "string", "minLength": 1, "maxLength": 200},
        }
    ]
}
"""What a route says of itself that is done once for a key."""
KEPT = timedelta(hours=24)
CLEARED = 200  # old answers that one request takes away
_KEY = re.compile(r"[\x21-\x7e]{1,200}")
_HEADERS = ("ETag", "Location")


class UnfitKeyError(InputError):
    """An Idempotency-Key has another form."""

    code = "idempotency-key-unfit"
    sentence = Sentence(
        "The Idempotency-Key is no text of 1 to 200 visible letters.", next="Send a random one, such as a UUID."
    )


class OtherRequestError(InputError):
    """A key was used for another request."""

    code = "idempotency-key-reused"
    sentence = Sentence("This Idempotency-Key was used for another request.", next="Draw a key for each request.")


class StillGoingError(RefusedError):
    """The same request is being done."""

    code = "idempotency-key-busy"
    sentence = Sentence(
        "The same request is being done, or was cut off while it was.",
        next="Wait a moment and send it again; if it stays so, look at what is there, and draw another key.",
    )


def once(request: HttpRequest, response: HttpResponse, do: Callable[[], Any], body: bytes | None = None) -> Any:
    """Return what a route answers: what `do` gives, or what it gave for the same Idempotency-Key within a day.

    `do` gives an answer, with its `Status` where that is another than 200. `body` is the SHA-256 of the body where that was
    read from a file. A request that was refused is not kept: it can be sent again with the same key. Raises `UnfitKeyError`,
    `OtherRequestError` or `StillGoingError`.
    """
    given = request.headers.get("Idempotency-Key")
    if given is None:
        return do()
    key = _key(request, given)
    kept = _begun(key, _fingerprint(request, body or hashlib.sha256(request.body).digest()), clock())
    if kept is not None:
        for name, value in kept.headers.items():
            response[name] = value
        response["Idempotent-Replayed"] = "true"
        return Status(kept.status or 200, msgspec.json.decode(bytes(kept.body)))
    try:
        answered = do()
    except BaseException:
        AnsweredRequest.objects.filter(pk=key).delete()  # nothing was done
        raise
    headers = {name: response[name] for name in _HEADERS if name in response}
    status, value = (answered.status_code, answered.value) if isinstance(answered, Status) else (200, answered)
    kept_body = value.model_dump_json(exclude_none=True).encode()
    AnsweredRequest.objects.filter(pk=key).update(status=status, body=kept_body, headers=headers)
    return answered


def _key(request: HttpRequest, given: str) -> str:
    if not _KEY.fullmatch(given):
        raise UnfitKeyError
    return hashlib.sha256(f"{passport_of(request).token.id}|{given}".encode()).hexdigest()


def _fingerprint(request: HttpRequest, body: bytes) -> str:
    """Return what tells a request from another: what it asks of which address, with which body."""
    told = f"{request.method} {request.get_full_path()} {request.headers.get('If-Match', '')} ".encode()
    return hashlib.sha256(told + body).hexdigest()


def _begun(key: str, request: str, now: datetime) -> AnsweredRequest | None:
    """Return what a key was answered; `None` where it is new, and is now known."""
    old = AnsweredRequest.objects.filter(at__lt=now - KEPT).order_by("at").values_list("pk", flat=True)[:CLEARED]
    if stale := list(old):
        AnsweredRequest.objects.filter(pk__in=stale).delete()
    try:
        with transaction.atomic():
            AnsweredRequest.objects.create(key=key, request=request, at=now)
        return None
    except IntegrityError:
        found = AnsweredRequest.objects.filter(pk=key).first()
    if found is None or (found.request == request and found.status is None):
        raise StillGoingError
    if found.request != request:
        raise OtherRequestError
    return found
