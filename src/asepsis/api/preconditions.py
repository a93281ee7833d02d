"""Which revision a writer saw: named by an ETag, asked back by If-Match, so that nobody writes over another's work."""

from __future__ import annotations

import re

from django.http import HttpRequest

from asepsis.errors import InputError, RefusedError
from asepsis.sentences import Sentence
from asepsis.store.models import Record

IF_MATCH = {
    "parameters": [
        {
            "in": "header",
            "name": "If-Match",
            "required": True,
            "description": "The ETag of the revision that this builds on.",
            "schema": {"type": "string"},
        }
    ]
}
"""What a route says of itself that asks for the revision on which a change builds."""
_ETAG = re.compile('"([0-9a-f]{64})"')


class UnnamedRevisionError(InputError):
    """A change does not say on which revision it builds."""

    code = "revision-unnamed"
    sentence = Sentence(
        "It is not said which revision of {record} this builds on.",
        next="Send the ETag that reading it gave, as `If-Match`.",
    )


class StaleRevisionError(RefusedError):
    """A change builds on a revision that is not the newest any more."""

    code = "revision-stale"
    sentence = Sentence(
        "{record} stands at revision {number}, which is not the one that `If-Match` names; nothing was saved.",
        next="Read it again and bring your change to what stands there now.",
    )


def etag(row: Record) -> str:
    """Return the ETag of a record: the name of its newest revision."""
    return f'"{row.head_name}"'


def matched(request: HttpRequest, row: Record) -> str:
    """Return the name of the revision that a change builds on, which is the newest one.

    Raises `UnnamedRevisionError` where the request names none (`*` names none), `StaleRevisionError` where it is another.
    """
    given = request.headers.get("If-Match", "").strip()
    if given in ("", "*"):
        raise UnnamedRevisionError(record=row)
    names = {found[1] for one in given.split(",") if (found := _ETAG.fullmatch(one.strip()))}
    if row.head_name not in names:
        raise StaleRevisionError(record=row, number=row.head_number)
    return row.head_name
