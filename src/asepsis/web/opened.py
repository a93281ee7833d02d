"""Which revisions a reader opened in this session: a signature keeps whether its signer had."""

from __future__ import annotations

from django.http import HttpRequest

KEY, MOST = "opened", 500


def note(request: HttpRequest, revision: str) -> None:
    """Keep that a revision was opened: its name."""
    found = request.session.get(KEY, [])
    if revision not in found:
        request.session[KEY] = [*found, revision][-MOST:]


def names(request: HttpRequest) -> frozenset[str]:
    """Return the names of the revisions that were opened."""
    return frozenset(request.session.get(KEY, []))
