"""Verifying here: the whole ledger held against itself, and a checkpoint that somebody kept held against the ledger."""

from __future__ import annotations

from threading import Lock

from django.http import HttpRequest, HttpResponse

from asepsis.errors import AsepsisError, RefusedError
from asepsis.sentences import Sentence
from asepsis.store import checkpoints, verify
from asepsis.web.moment import of_organisation
from asepsis.web.page import Access, framed, page, shown
from asepsis.web.words import Words

MOST = 300_000  # entries that are verified while somebody waits; the command line verifies any number
MOST_NOTE = 4_000  # characters of a checkpoint
_ONE_AT_A_TIME = Lock()


class VerifyingError(RefusedError):
    """One verification at a time is enough for a server that others work with."""

    code = "verifying-already"
    sentence = Sentence("The ledger is being verified for somebody else.", next="Ask again in a minute.")


class TooLongError(RefusedError):
    """A ledger that takes longer to verify than somebody waits for a page."""

    code = "ledger-long"
    sentence = Sentence(
        "The ledger has {size} entries, more than a page verifies while somebody waits.",
        next="Run `asepsis ledger verify`, or take the bundle away and verify it with its own verifier.",
    )


@page(access=Access.READS, posts=Access.READS)
def verifying(request: HttpRequest) -> HttpResponse:
    """Give the newest checkpoint and what verifying is; when asked to, verify, or hold a checkpoint against the ledger."""
    moment = of_organisation()
    context = {"checkpoint": checkpoints.newest(), "note": ""}
    status = 200
    if request.method == "POST":
        note = request.POST.get("note", "").replace("\r\n", "\n")[:MOST_NOTE]
        try:
            context |= (
                {"held": checkpoints.held_against(note), "note": note} if note.strip() else {"found": _verified()}
            )
        except AsepsisError as error:
            context |= {"error": error, "note": note}
            status = 422
    answer = shown(request, "verifying", framed(moment, "ledger"), Words(moment), **context)
    answer.status_code = status
    return answer


def _verified() -> verify.Verification:
    size = of_organisation().ledger.size
    if size > MOST:
        raise TooLongError(size=size)
    if not _ONE_AT_A_TIME.acquire(blocking=False):
        raise VerifyingError
    try:
        return verify.verify()
    finally:
        _ONE_AT_A_TIME.release()
