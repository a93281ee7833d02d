"""What stands round every route: bounds, limits, the token, who looks, and failures told as problems.

No cookie counts here: whoever asks says by a token on whose behalf, so no other site can ask in their name.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, UnreadablePostError
from django.http.response import HttpResponseBase
from django.views.decorators.csrf import csrf_exempt
from ninja.security import HttpBearer

from asepsis.accounts import tokens
from asepsis.accounts.tokens import NoTokenError, Passport, RefusedTokenError, Scope
from asepsis.api import limits
from asepsis.api.limits import TooManyRequestsError
from asepsis.api.problems import MethodError, problem
from asepsis.errors import AsepsisError, InputError, RefusedError
from asepsis.readers.viewer import NOBODY, Viewer, found_when_asked
from asepsis.record import canonical
from asepsis.sentences import Sentence
from asepsis.store import faults, queries
from asepsis.store.acts import Hand
from asepsis.store.changes import Actor, Token

View = Callable[..., HttpResponseBase]
MOST_BODY = 4 * 2**20  # bytes of JSON; files have a route of their own


class LargeBodyError(InputError):
    """A request says more than is read."""

    code = "body-too-large"
    sentence = Sentence("The request has more than {most} bytes.", next="Say it in several requests.")


class NoRoleError(RefusedError):
    """Nobody reads records who holds no role that reads."""

    code = "role-absent"
    sentence = Sentence(
        "{person} holds no role today that reads records: {roles}.",
        next="Roles come by an effective appointment: ask whoever holds management or quality.",
    )


class CutBodyError(InputError):
    """A request ended before it was whole."""

    code = "body-cut"
    sentence = Sentence("The request ended before it was whole.", next="Send it again.")


class UnknownQueryError(InputError):
    """A route is asked by something that it does not know, which must not be passed over: a filter that is misspelt."""

    code = "query-unknown"
    sentence = Sentence("Nothing here is asked by {names}.", next="This route knows {known}.")


def guarded(view: View, asked: Callable[[str], frozenset[str]], *, files: bool = False) -> View:
    """Return a route with all that stands round it.

    `asked` gives the names that may stand in the query, by method; `files` reads its body by itself, within its own bounds.
    """

    @csrf_exempt  # no cookie counts here
    @functools.wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        with found_when_asked(lambda: viewer_of(request)):
            try:
                with faults.told("this installation"):
                    limits.count_address(address_of(request), clock())
                    if not files:
                        read_body(request, MOST_BODY)
                    if unknown := sorted(request.GET.keys() - (known := asked(request.method or ""))):
                        raise UnknownQueryError(names=[one[:40] for one in unknown], known=sorted(known) or "none")
                    response = view(request, *args, **kwargs)
            except AsepsisError as error:
                return told(error)
        if isinstance(response, HttpResponseNotAllowed):
            allowed = response.headers["Allow"]
            return problem(MethodError(method=request.method, allowed=allowed), Allow=allowed)
        response.headers.setdefault("Cache-Control", "no-store")
        return response

    return answer


def told(error: AsepsisError) -> HttpResponse:
    """Return a failure as a problem; who asked too often is told how long to wait."""
    if isinstance(error, TooManyRequestsError):
        return problem(error, Retry_After=str(error.seconds))
    return problem(error)


def read_body(request: HttpRequest, most: int) -> bytes:
    """Return the body of a request, which later readers find too. Raises `LargeBodyError` or `CutBodyError`."""
    found: bytes | None = getattr(request, "_body", None)
    if found is None:
        try:
            found = request.read(most + 1)
        except (UnreadablePostError, OSError, RequestDataTooBig) as error:
            raise CutBodyError from error
        request._body = found
    if len(found) > most:
        raise LargeBodyError(most=most)
    return found


def decoded(request: HttpRequest) -> Any:
    """Return the body of a request as a value. Raises a `JsonError` where a rule of canonical JSON is broken."""
    return canonical.loads(read_body(request, MOST_BODY), where="The request")


# --- who asks ---------------------------------------------------------------------------------------------------------


class Bearer(HttpBearer):
    """Lets in who gives a token with a scope."""

    def __init__(self, scope: Scope) -> None:
        super().__init__()
        self.scope = scope

    def __call__(self, request: HttpRequest) -> Passport:
        """Return who asks. Raises `NoTokenError`, `RefusedTokenError`, `ScopeError` or `TooManyRequestsError`."""
        kind, _, text = request.headers.get(self.header, "").strip().partition(" ")
        if kind.lower() != "bearer" or not text.strip():
            raise NoTokenError
        return self.authenticate(request, text.strip())

    def authenticate(self, request: HttpRequest, token: str) -> Passport:
        """Return who asks with a token."""
        now, place = clock(), address_of(request)
        limits.check_wrong_tokens(place, now)
        try:
            found = tokens.passport(token, now)
        except RefusedTokenError:
            limits.count_wrong_token(place, now)
            raise
        limits.count_token(found.token.id, now)
        found.need(self.scope)
        if not found.viewer.reads:
            raise NoRoleError(person=found.viewer.name, roles=found.viewer.words)
        request._passport = found  # type: ignore[attr-defined] # a request is Django's own, and this its place to keep things
        return found


READS, DRAFTS, ACTS, IMPORTS = (Bearer(scope) for scope in (Scope.READ, Scope.DRAFT, Scope.ACT, Scope.IMPORT))


def passport_of(request: HttpRequest) -> Passport:
    """Return who asks; a route has let them in."""
    found: Passport = request._passport  # type: ignore[attr-defined] # as above
    return found


def viewer_of(request: HttpRequest) -> Viewer:
    """Return who looks: the person of the token as far as it reaches, and nobody before it was looked at."""
    found: Passport | None = getattr(request, "_passport", None)
    return found.viewer if found is not None else NOBODY


def hand_of(request: HttpRequest) -> Hand:
    """Return the hand with which a token acts: its person's, which signs nothing and reaches no further than the token."""
    found = passport_of(request)
    actor = Actor(found.token.account_id, Token(found.token.id, found.token.name), found.token.product)
    return Hand(actor, lambda: queries.now(clock()))


def address_of(request: HttpRequest) -> str:
    """Return the address that a request comes from, as the server saw it; what a header says of it is not believed."""
    return str(request.META.get("REMOTE_ADDR", ""))


def clock() -> datetime:
    """Return the real time."""
    return datetime.now(UTC)
