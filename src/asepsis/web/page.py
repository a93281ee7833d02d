"""What all pages have: they answer GET and HEAD alone, tell our failures in their sentence, and stand in one frame."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import render

from asepsis.clauses.catalogue import Process, catalogue
from asepsis.errors import AsepsisError, InputError
from asepsis.store import queries, refusals
from asepsis.store.models import Product
from asepsis.web.moment import Moment
from asepsis.web.verdicts import Verdicts, of_moment
from asepsis.web.words import Words

View = Callable[..., HttpResponse]
METHODS = ("GET", "HEAD")
PRODUCTS = 20  # that the menu offers; all stand on the first page


def page(view: View) -> View:
    """Make a function that gives a page an answer to GET and HEAD, with our failures told as pages of their own."""

    @functools.wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.method not in METHODS:
            return HttpResponseNotAllowed(METHODS)
        try:
            response = view(request, *args, **kwargs)
        except AsepsisError as error:
            response = told(request, error)
        except DatabaseError as error:
            if "no such table" not in str(error) and "does not exist" not in str(error):
                raise
            response = told(request, refusals.NotFoundedError(home=str(queries.home())))
        response.headers.setdefault("Cache-Control", "no-cache")
        return response

    return answer


def told(request: HttpRequest, error: AsepsisError) -> HttpResponse:
    """Return the page that tells a failure: what could not be shown, why, and what to do next."""
    status = 404 if isinstance(error, InputError) else 503
    what = "There is no such page." if status == 404 else "The store cannot be read."
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
        return list(Product.objects.order_by("code")[:PRODUCTS])

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
