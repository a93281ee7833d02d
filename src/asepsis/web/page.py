"""What all pages have: who may open them, what they answer to, our failures told in their sentence, and one frame."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from functools import cached_property
from typing import Any, overload
from urllib.parse import quote

from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render

from asepsis.clauses.catalogue import Process, catalogue
from asepsis.errors import AsepsisError, InputError, RefusedError
from asepsis.readers import viewer, visible
from asepsis.readers.viewer import Viewer
from asepsis.sentences import Sentence
from asepsis.store import faults, queries
from asepsis.store.models import Product
from asepsis.web import places
from asepsis.web.moment import Moment
from asepsis.web.places import Place
from asepsis.web.verdicts import Verdicts, of_moment
from asepsis.web.viewer import viewer_of
from asepsis.web.words import Words

View = Callable[..., HttpResponseBase]
READS = ("GET", "HEAD")
PRODUCTS = 20  # that the menu offers; all stand on the first page
LOG_IN = "/login"


class Access(Enum):
    """Who may open a page, or send something to it."""

    EVERYBODY = "everybody"
    LOGGED_IN = "whoever is logged in"
    READS = "whoever holds a role that reads"
    WORKS = "whoever holds a role that works"
    KEEPS = "whoever holds management or quality for the organisation"

    def lets_in(self, reader: Viewer) -> bool:
        """Return whether a page with this access answers a reader."""
        match self:
            case Access.EVERYBODY:
                return True
            case Access.LOGGED_IN:
                return reader.person is not None
            case Access.READS:
                return reader.reads
            case Access.WORKS:
                return reader.works
            case Access.KEEPS:
                return reader.may(places.KEEPING, None)


class ShutPageError(RefusedError):
    """A page is not for this reader."""

    code = "page-shut"
    sentence = Sentence(
        "This is open to {access}; {person} holds: {roles}.",
        next="Roles come by an effective appointment: ask whoever holds management or quality.",
    )


@overload
def page(view: View, /) -> View: ...
@overload
def page(*, access: Access = ..., posts: Access | None = ...) -> Callable[[View], View]: ...
def page(
    view: View | None = None, /, *, access: Access = Access.READS, posts: Access | None = None
) -> View | Callable[[View], View]:
    """Make a function that gives a page an answer to GET and HEAD, with our failures told as pages of their own.

    `access` says who may open it; `posts`, who may send something to it: without, POST is not answered. A form carries
    the token of `csrf_token`. Who is not logged in is asked to, and comes back.
    """
    if view is None:
        return lambda one: page_of(one, access, posts)
    return page_of(view, access, posts)


def page_of(view: View, access: Access, posts: Access | None) -> View:
    """Return a view with who may open it and who may send something to it; `access` and `posts` stay readable on it."""

    @functools.wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        wanted = access if request.method in READS else posts if request.method == "POST" else None
        if wanted is None:
            return HttpResponseNotAllowed([*READS, *(["POST"] if posts else [])])
        try:
            with faults.told(str(queries.home())):
                response = shut(request, wanted) or view(request, *args, **kwargs)
        except AsepsisError as error:
            response = told(request, error)
        response.headers.setdefault("Cache-Control", "no-cache, private")
        return response

    answer.access, answer.posts = access, posts  # type: ignore[attr-defined]
    return answer


def shut(request: HttpRequest, wanted: Access) -> HttpResponse | None:
    """Return the answer to somebody who may not come in; `None` for who may. Who is not logged in is asked to."""
    if wanted is Access.EVERYBODY:
        return None
    reader = viewer_of(request)
    if wanted.lets_in(reader):
        return None
    if reader.person is None:
        queries.ledger()
        back = request.get_full_path() if request.method in READS else "/"
        return HttpResponseRedirect(f"{LOG_IN}?next={quote(back)}" if back != "/" else LOG_IN)
    return told(request, ShutPageError(access=wanted.value, person=reader.name, roles=reader.words))


def told(request: HttpRequest, error: AsepsisError) -> HttpResponse:
    """Return the page that tells a failure: what could not be shown or done, why, and what to do next."""
    if isinstance(error, ShutPageError):
        status, what = 403, "This is not open to you."
    elif request.method == "POST":
        status = 422 if isinstance(error, InputError) else 409 if isinstance(error, RefusedError) else 503
        what = "Nothing was saved."
    elif isinstance(error, InputError):
        status, what = 404, "There is no such page."
    else:
        status, what = 503, "The store cannot be read."
    context = {"title": what, "why": error.said.text(), "next": error.next, "code": error.code}
    return render(request, "asepsis/error.html", context, status=status)


@dataclass
class Frame:
    """What stands round every page: where and when, the life cycle with its open gaps, and as of which entry."""

    moment: Moment
    verdicts: Verdicts
    current: str = ""
    wide: bool = False

    @cached_property
    def products(self) -> list[Product]:
        """Return the products that the menu offers."""
        return list(visible.products().order_by("code")[:PRODUCTS])

    @property
    def viewer(self) -> Viewer:
        """Return who looks."""
        return viewer.current()

    @property
    def first(self) -> list[Place]:
        """Return the pages that people live in, as the rail begins with them."""
        return places.open_to(places.FIRST, self.moment, self.viewer)

    @property
    def more(self) -> list[Place]:
        """Return the other pages of the product."""
        return places.open_to(places.MORE, self.moment, self.viewer)

    @property
    def everywhere(self) -> list[Place]:
        """Return the pages over all products."""
        return places.open_to(places.EVERYWHERE, self.moment, self.viewer)

    @property
    def proof(self) -> list[Place]:
        """Return the pages that show what everything rests on."""
        return places.open_to(places.PROOF, self.moment, self.viewer)

    @property
    def in_more(self) -> bool:
        """Return whether the page is one of those that the rail keeps folded."""
        return any(one.key == self.current for one in places.MORE)

    @property
    def process(self) -> list[tuple[Process, int, bool]]:
        """Return each process with its open gaps and whether the page is of it."""
        gaps = self.verdicts.open_gaps
        return [(one, gaps.get(one.id, 0), one.id == self.current) for one in catalogue().processes]

    @property
    def as_of(self) -> str:
        """Return the instant that the page answers for."""
        return self.moment.minute_of(self.moment.at)


def shown(request: HttpRequest, template: str, frame: Frame, words: Words, **more: Any) -> HttpResponse:
    """Return a page of `template` in its frame."""
    context = {
        "frame": frame,
        "moment": frame.moment,
        "verdicts": frame.verdicts,
        "words": words,
        "path": request.path,
        **more,
    }
    return render(request, f"asepsis/{template}.html", context)


def framed(moment: Moment, current: str = "", *, verdicts: Verdicts | None = None, wide: bool = False) -> Frame:
    """Return the frame of a page of `moment`; `current` is the item of the rail that it belongs to."""
    return Frame(moment, verdicts or of_moment(moment), current, wide)
