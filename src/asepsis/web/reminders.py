"""Reminders: how often somebody is told what they owe, and the calendar that they subscribe to."""

from __future__ import annotations

import zoneinfo
from datetime import UTC, datetime

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.views.decorators.cache import never_cache

from asepsis.jobs import mail
from asepsis.jobs import reminders as reminding
from asepsis.jobs.watch import newest
from asepsis.web.account import account_of
from asepsis.web.moment import of_organisation
from asepsis.web.page import Access, framed, page, shown
from asepsis.web.words import Words

NO_ADDRESS = "This is no address of mail. Nothing was saved."
GIVEN = "calendar-given"


@never_cache
@page(access=Access.LOGGED_IN, posts=Access.LOGGED_IN)
def reminders(request: HttpRequest) -> HttpResponse:
    """Ask how often somebody wants to be reminded, and by which address."""
    own, wrong = account_of(request), None
    if request.method == "POST":
        typed = request.POST.get("email", "").strip()[:254]
        try:
            if typed:
                validate_email(typed)
        except ValidationError:
            wrong = NO_ADDRESS
        else:
            often, zone = request.POST.get("often", ""), request.POST.get("zone", "")
            watch = newest() if "watch" in request.POST else None
            reminding.choose(own.person, often, zone, datetime.now(UTC), watch=watch)
            own.email = typed
            own.save(update_fields=["email"])
            return HttpResponseRedirect("/account/reminders")
    moment = of_organisation()
    given = request.session.pop(GIVEN, None)
    place = settings.MACHINE.address or f"{request.scheme}://{request.get_host()}"
    return shown(
        request, "reminders", framed(moment, "account", wide=True), Words(moment),
        chosen=reminding.of(own.person), email=own.email, wrong=wrong, often=reminding.OFTEN,
        zones=sorted(zoneinfo.available_timezones()), mail=mail.is_on(),
        given=f"{place}/calendar/{given}.ics" if given else None,
    )  # fmt: skip


@page(access=Access.LOGGED_IN, posts=Access.LOGGED_IN)
def address(request: HttpRequest) -> HttpResponse:
    """Give somebody a new calendar address, which is shown once, or let theirs lead nowhere."""
    if request.method == "POST":
        person = account_of(request).person
        if request.POST.get("do") == "revoke":
            reminding.revoke_address(person)
        else:
            request.session[GIVEN] = reminding.new_address(person)
    return HttpResponseRedirect("/account/reminders")


@never_cache
@page(access=Access.EVERYBODY)
def calendar(request: HttpRequest, secret: str) -> HttpResponse:
    """Give the calendar under a secret address."""
    found = reminding.calendar_of(secret, datetime.now(UTC))
    if found is None:
        raise Http404
    return HttpResponse(found, content_type="text/calendar; charset=utf-8")
