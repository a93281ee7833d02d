"""The feeds of advisories: how old each is, what it covers, and whether its newest update worked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from django.http import HttpRequest, HttpResponse

from asepsis.conformance import moments
from asepsis.jobs.feeds import age
from asepsis.jobs.shelf import Feed, Shelf, State
from asepsis.store import queries
from asepsis.web.moment import of_organisation
from asepsis.web.page import framed, page, shown
from asepsis.web.words import Words

FEED_AGE = "maintenance.feed_age_days"


@dataclass(frozen=True, slots=True)
class Line:
    """One feed of the shelf: how far it has come, and how many days old its data is (`None`: there is none)."""

    feed: Feed
    state: State
    days: int | None


@page
def feeds(request: HttpRequest) -> HttpResponse:
    """Give the feeds that were added, each with its age by the clock of the machine, and what it covers."""
    moment = of_organisation()
    shelf, now = Shelf(queries.home() / "feeds"), datetime.now(UTC)
    lines = []
    for one in shelf.feeds():
        state = shelf.kept(one).state()
        old = age(state, now)
        lines.append(Line(one, state, old.days if old is not None else None))
    most = int(moments.policy_today(None, queries.now(now)).number(FEED_AGE))
    frame = framed(moment, "feeds", wide=True)
    return shown(request, "feeds", frame, Words(moment), lines=lines, most=most)
