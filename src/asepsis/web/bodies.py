"""How much may be sent: told before it is read, so that nobody fills the disk of a machine that does not know them."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from asepsis.exchange.source import MIB
from asepsis.exchange.tables.sheet import MOST_BYTES
from asepsis.jobs.sent import MOST_FILES
from asepsis.sentences import Sentence

MOST = MOST_BYTES + MOST_FILES + MIB  # bytes: a table with the files that come with it, and the form round them
MOST_OF_NOBODY = MIB  # of who is not logged in, who has a log-in to send
API = "/api/"  # bounds what it reads by itself

TOO_MUCH = Sentence("What was sent has {size} bytes; {most} are the most.")
UNREAD = Sentence("What was sent cannot be read: it is no form as a browser sends one, or has too many fields.")


def most_of_all() -> int:
    """Return how many bytes a server of the pages reads of any request."""
    return max(MOST, (settings.MACHINE.upload_mib + 1) * MIB)


class BodyMiddleware:
    """Refuses what is larger than its sender may send, before anything of it is read."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer `request`, unless it is too large."""
        length = request.META.get("CONTENT_LENGTH") or "0"
        size = int(length) if length.isascii() and length.isdigit() else 0  # as Django reads it
        if size > MOST_OF_NOBODY and not request.path.startswith(API):
            most = MOST if request.user.is_authenticated else MOST_OF_NOBODY
            if size > most:
                return _refused(request, TOO_MUCH.said(size=size, most=most).text(), "body-too-large", 413)
        return self.get_response(request)


def unreadable(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Give the page for what cannot be read as a request: a host that is not ours, a broken form, too many fields."""
    return _refused(request, UNREAD.said().text(), "request-unreadable", 400)


def _refused(request: HttpRequest, why: str, code: str, status: int) -> HttpResponse:
    context = {"title": "Nothing was saved.", "why": why, "next": "Send less of it, or in several parts.", "code": code}
    return render(request, "asepsis/error.html", context, status=status)
