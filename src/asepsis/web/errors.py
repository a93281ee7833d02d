"""The pages for what cannot be shown: no such page, and a fault of our own."""

from __future__ import annotations

from datetime import UTC, datetime

from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import render

from asepsis.accounts import misuse
from asepsis.accounts.backend import asked_for
from asepsis.accounts.models import Account
from asepsis.web.page import READS


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Give the page for an address that leads nowhere."""
    if request.method not in READS and request.resolver_match is None:
        return HttpResponseNotAllowed(READS)
    context = {
        "title": "There is no such page.",
        "why": "Nothing stands at this address. A record that is withheld is not there either.",
        "next": "Go to the board, or find the record by its id.",
        "code": "page-unknown",
    }
    return render(request, "asepsis/error.html", context, status=404)


def not_from_here(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Give the page for a form that was not sent from one of our own pages, or from one that is too old."""
    context = {
        "title": "Nothing was saved.",
        "why": "What was sent does not carry the mark of a page that was opened here just before.",
        "next": "Go back, open the page again, and send it once more; cookies have to be allowed for this address.",
        "code": "form-foreign",
    }
    return render(request, "asepsis/error.html", context, status=403)


def stopped(
    request: HttpRequest, original_response: HttpResponse | None = None, credentials: object = None
) -> HttpResponse:
    """Give the page for log-ins that are stopped for a while, after many that were wrong; and report it, once."""
    user_id = asked_for(request, None)
    person = Account.objects.filter(user_id=user_id).values_list("person", flat=True).first() or ""
    place = request.META.get("REMOTE_ADDR", "")
    misuse.report_once(misuse.What.LOG_INS_STOPPED, person, place, datetime.now(UTC))
    context = {
        "title": "Log-ins with this user id are stopped for 15 minutes.",
        "why": "Too many wrong ones came from here. Nobody was let in.",
        "next": "Wait, or log in with a passkey. If it was not you, tell whoever holds quality.",
        "code": "log-ins-stopped",
    }
    return render(request, "asepsis/error.html", context, status=429)


def fault(request: HttpRequest) -> HttpResponse:
    """Give the page for a fault of this program; the console holds its traceback."""
    context = {
        "title": "This page could not be made.",
        "why": "The program stumbled over something that it should have foreseen. Nothing was saved.",
        "next": "Tell the administrator what you opened; the console of `asepsis serve` says where it happened.",
        "code": "program-fault",
    }
    return render(request, "asepsis/error.html", context, status=500)
