"""Saved views: a list with its filters and its order, under a name of one's own."""

from __future__ import annotations

import re
from urllib.parse import parse_qsl, urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from asepsis.accounts.models import SavedView
from asepsis.errors import InputError, RefusedError
from asepsis.readers import viewer
from asepsis.record.kind import Kind
from asepsis.sentences import Sentence
from asepsis.web.account import account_of
from asepsis.web.moment import Moment
from asepsis.web.page import Access, page

MOST, MOST_NAME, MOST_WORDS = 20, 60, 400  # views of one list; characters of a name and of what is asked
PLACE = re.compile(r"/(?:p/[A-Z0-9]{1,12}|o)/list/[A-Za-z]{1,64}")
ASKED = ("state", "group", "who", "due", "sort")


class ViewError(InputError):
    """A view that cannot be saved."""

    code = "view-unsaved"
    sentence = Sentence(
        "The view was not saved: {reason}.", next="Open the list, choose what to see, and name the view."
    )


class TooManyViewsError(RefusedError):
    """More views of one list than anybody finds again."""

    code = "views-many"
    sentence = Sentence("This list has {most} saved views already.", next="Forget one of them first.")


def place_of(moment: Moment, kind: type[Kind]) -> str:
    """Return the address of a list as it is now, without what is asked of it."""
    scope = f"/p/{moment.product.code}" if moment.product else "/o"
    return f"{scope}/list/{kind.__name__}"


def of(moment: Moment, kind: type[Kind]) -> list[SavedView]:
    """Return the reader's saved views of a list, by name; none of a list of the past."""
    person = viewer.current().person
    if moment.past or person is None:
        return []
    return list(SavedView.objects.filter(account=person, place=place_of(moment, kind)).order_by("name")[:MOST])


@page(access=Access.READS, posts=Access.READS)
def views(request: HttpRequest) -> HttpResponse:
    """Save a view of a list under a name, or forget one, and go back to the list."""
    if request.method != "POST":
        return HttpResponseRedirect("/")
    own, place = account_of(request), request.POST.get("place", "")
    if not PLACE.fullmatch(place):
        raise ViewError(reason="what was sent names no list")
    name = " ".join(request.POST.get("name", "").replace("\0", "").split())[:MOST_NAME]
    if not name:
        raise ViewError(reason="it has no name")
    if request.POST.get("forget"):
        SavedView.objects.filter(account=own, place=place, name=name).delete()
        return HttpResponseRedirect(place)
    saved = SavedView.objects.filter(account=own, place=place)
    if saved.exclude(name=name).count() >= MOST:
        raise TooManyViewsError(most=MOST)
    words = _words(request.POST.get("words", ""))
    SavedView.objects.update_or_create(account=own, place=place, name=name, defaults={"words": words})
    return HttpResponseRedirect(f"{place}?{words}" if words else place)


def _words(text: str) -> str:
    """Return what is asked of a list, and nothing else that stood in an address."""
    asked = [(name, word) for name, word in parse_qsl(text[:MOST_WORDS]) if name in ASKED]
    return urlencode(asked)[:MOST_WORDS]
