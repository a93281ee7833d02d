"""What is due: every day that follows from records, policy and law, as the newest assessment worked it out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.http import HttpRequest, HttpResponse

from asepsis.conformance.assessment import DueDay
from asepsis.web.moment import Moment, of_product
from asepsis.web.page import framed, page, shown
from asepsis.web.verdicts import of_moment
from asepsis.web.words import Words

SPANS = (
    (-1, "Late"),
    (7, "Within a week"),
    (30, "Within a month"),
    (92, "Within three months"),
    (366, "Within a year"),
)


@dataclass(frozen=True, slots=True)
class Span:
    """What is due within some time, under its words."""

    words: str
    dues: list[DueDay]


@page
def due(request: HttpRequest, code: str, position: int | None = None) -> HttpResponse:
    """Give what is due within a year of the moment, what is late first."""
    moment = of_product(code, position)
    verdicts = of_moment(moment)
    frame = framed(moment, "due", verdicts=verdicts, wide=True)
    words = Words(moment)
    if verdicts.assessment is None:
        return shown(request, "unassessed", frame, words, title="What is due")
    found = [one for one in verdicts.assessment.due if one.about.id not in verdicts.withheld]
    words.know(one.about.id for one in found)
    hidden = len(found) < len(verdicts.assessment.due)
    return shown(request, "due", frame, words, spans=spans(found, moment), hidden=hidden)


def spans(dues: list[DueDay], moment: Moment) -> list[Span]:
    """Return due days by how far they are; what lies more than a year ahead is left out."""
    found = [Span(words, []) for _, words in SPANS]
    for one in dues:
        left = (date.fromisoformat(one.day) - moment.today).days
        place = next((number for number, (most, _) in enumerate(SPANS) if left <= most), None)
        if place is not None:
            found[place].dues.append(one)
    return [span for span in found if span.dues]
