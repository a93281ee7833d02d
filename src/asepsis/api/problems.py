"""Failures as the API tells them: problem details (RFC 9457) with the codes of the command line and the next step."""

from __future__ import annotations

import re
from typing import Any

from django.http import HttpResponse, JsonResponse

from asepsis.errors import AsepsisError, InputError, UnanswerableError
from asepsis.jobs import bounds as failures
from asepsis.sentences import Sentence

MEDIA = "application/problem+json"
_MOST_ERRORS = 10

NOT_THERE = frozenset(
    {
        "record-unknown", "product-unknown", "kind-unknown", "revision-unknown", "file-unknown", "entry-unknown",
        "address-unknown", "webhook-unknown", "facts-unknown", "tree-size", "import-unknown",
    }
)  # fmt: skip
_STATUS = {
    "token-absent": 401,
    "token-refused": 401,
    "role-absent": 403,
    "token-scope": 403,
    "token-bound": 403,
    "token-signs-nothing": 403,
    "not-permitted": 403,
    "own-work": 403,
    "method-refused": 405,
    "revision-stale": 412,
    "body-too-large": 413,
    "source-too-large": 413,
    "work-too-costly": 413,
    "json-size": 413,
    "revision-unnamed": 428,
    "requests-too-many": 429,
    "program-fault": 500,
    "ledger-absent": 503,
    "store-busy": 503,
    "store-fault": 503,
}
_MALFORMED = re.compile("json-.*")


class UnfitRequestError(InputError):
    """A request does not have the form that its route asks for."""

    code = "request-unfit"
    sentence = Sentence(
        "The request cannot be read: {problems}.", next="The routes are described at /api/v1/openapi.json."
    )


class UnknownAddressError(InputError):
    """Nothing stands at an address."""

    code = "address-unknown"
    sentence = Sentence("Nothing stands at this address.", next="The routes are described at /api/v1/openapi.json.")


class MethodError(InputError):
    """A route is not asked in that way."""

    code = "method-refused"
    sentence = Sentence("{method} is not answered here.", next="This address answers to {allowed}.")


class ProgramFaultError(UnanswerableError):
    """The program stumbled over something that it should have foreseen."""

    code = "program-fault"
    sentence = Sentence(
        "The program stumbled over something that it should have foreseen.",
        next="Tell who keeps this installation; its log says where it happened. Read again before you send it again.",
    )


def status_of(error: AsepsisError) -> int:
    """Return the status of HTTP that fits a failure."""
    if error.code in NOT_THERE:
        return 404
    if error.code in _STATUS:
        return _STATUS[error.code]
    if _MALFORMED.fullmatch(error.code):
        return 400
    return 422 if failures.told(error)["family"] == "input" else 409


def problem(error: AsepsisError, **headers: str) -> HttpResponse:
    """Return a failure as problem details: what is so, its code, and what to do next."""
    status = status_of(error)
    response = JsonResponse(told_problem(error), status=status, content_type=MEDIA)
    if status == 401:
        response.headers["WWW-Authenticate"] = 'Bearer realm="asepsis"'
    for name, one in headers.items():
        response.headers[name.replace("_", "-")] = one
    return response


def told_problem(error: AsepsisError) -> dict[str, Any]:
    """Return a failure as the values of its problem details."""
    value: dict[str, Any] = {
        "type": f"urn:asepsis:{error.code}",
        "title": failures.told(error)["title"],
        "status": status_of(error),
        "code": error.code,
        "detail": error.said.text(),
    }
    return value if error.next is None else value | {"next": error.next}


def unfit(errors: list[dict[str, Any]]) -> UnfitRequestError:
    """Return what is wrong with a request, in words: each place with what is asked there, ten of them at the most."""
    told = [f"{'.'.join(str(part) for part in one['loc'])} {_lower(one['msg'])}"[:200] for one in errors]
    more = [f"and {len(told) - _MOST_ERRORS} more"] if len(told) > _MOST_ERRORS else []
    return UnfitRequestError(problems="; ".join([*told[:_MOST_ERRORS], *more]))


def _lower(text: str) -> str:
    return f"{text[:1].lower()}{text[1:]}"
