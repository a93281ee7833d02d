"""What is not looked at yet: the obligations that count and have checks that are not built."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

from asepsis.web.moment import of_product
from asepsis.web.page import framed, page, shown
from asepsis.web.verdicts import of_moment
from asepsis.web.words import Words


@page
def unlooked(request: HttpRequest, code: str, position: int | None = None) -> HttpResponse:
    """Give the obligations with no check yet, each with the checks that it waits for."""
    moment = of_product(code, position)
    verdicts = of_moment(moment)
    frame = framed(moment, "board", verdicts=verdicts, wide=True)
    words = Words(moment)
    if verdicts.assessment is None:
        return shown(request, "unassessed", frame, words, title="Not looked at yet")
    found = [(verdicts.catalogue.obligation(one.id), one.awaited) for one in verdicts.assessment.awaited]
    return shown(request, "unlooked", frame, words, found=found)
