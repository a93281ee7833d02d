"""The watch over all products that a reader has a role in: what is open, what is new, and where an advisory strikes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from asepsis.jobs import watch as watching
from asepsis.jobs.feeds import NoFeedsError
from asepsis.jobs.shelf import Shelf
from asepsis.jobs.watch import Strike, Told, Watch
from asepsis.readers import viewer, visible
from asepsis.reports.watch import Line, Standing
from asepsis.store import queries
from asepsis.web.moment import of_organisation
from asepsis.web.page import Access, framed, page, shown
from asepsis.web.words import Words

SHOWN = 50  # lines on one page
STRIKES = 200
HARM = ("a hazardous situation", "serious", "minor", "not judged", "none")
REACHED = ("yes", "unknown", "no")


@dataclass(frozen=True, slots=True)
class Row:
    """A line as a page has it, in words; `acts` names those of them that speak for acting."""

    told: Told
    exploited: str
    shipped: str
    reached: str
    harm: str
    acts: frozenset[str]

    @property
    def line(self) -> Line:
        """Return the line."""
        return self.told.line

    @property
    def package(self) -> str:
        """Return the component in a few words: without how its package URL begins."""
        return self.line.component.rpartition("/")[2].replace("@", " ")


@page(access=Access.READS, posts=Access.READS)
def watch(request: HttpRequest) -> HttpResponse:
    """Give what is open, what matters most first, or keep that the reader has looked through it.

    `?product=` and `?standing=` take some of it, `?new` what came since the reader looked, and `?find=` an advisory to look for.
    """
    code = (request.POST if request.method == "POST" else request.GET).get("product", "")[:20]
    only = visible.product(code) if code else None
    seen = Watch(viewer.current(), None if only is None else [only.pk])
    if request.method == "POST":
        seen.look(queries.now(datetime.now(UTC)))
        return HttpResponseRedirect("/watch" + (f"?{urlencode({'product': only.code})}" if only else ""))
    moment = of_organisation()
    words = Words(moment)
    wanted = {name: request.GET.get(name, "")[:80].strip() for name in ("standing", "find", "advisory")}
    only_new = "new" in request.GET
    rows = seen.new if only_new else seen.rows
    if wanted["standing"] in list(Standing):
        rows = rows.filter(standing=wanted["standing"])
    if wanted["advisory"]:
        rows = rows.filter(advisory=wanted["advisory"])
    count, after = rows.count(), request.GET.get("after", "")
    if after.isdecimal() and len(after) < 18:
        rows = rows.filter(seen.after(int(after)))
    found = list(rows[: SHOWN + 1])
    told = [row_of(one) for one in seen.told(found[:SHOWN])]
    words.know(_ids(one.line for one in told))
    strikes, unfed = None, None
    try:
        strikes = _strikes(wanted["find"], seen) if wanted["find"] else None
    except NoFeedsError as error:
        unfed = error.said
    return shown(
        request,
        "watch",
        framed(moment, "watch", wide=True),
        words,
        watch=seen,
        rows=told,
        count=count,
        new=seen.new.count(),
        since=min((one.at for one in seen.looked.values()), default=None),
        products=visible.products().order_by("code"),
        only=only,
        only_new=only_new,
        standings=list(Standing),
        wanted=wanted,
        charts=_charts(seen, moment.today) if count and not after and not wanted["find"] else (),
        strikes=strikes,
        unfed=unfed,
        following=found[SHOWN - 1].pk if len(found) > SHOWN else None,
    )


@dataclass(frozen=True, slots=True)
class Chart:
    """Bars over spans of days: what it tells, what a span is called, and for each how many lines stand how."""

    told: str
    head: str
    bands: list[tuple[str, list[int]]]


def _charts(seen: Watch, today: date) -> tuple[Chart, Chart]:
    """Return the lines by their age, and by the time that is left for an update."""
    found = (
        ("For how long what is open is known here", "Known here", seen.ages(today)),
        ("How much time is left until users have to have an update", "Update due", seen.clocks(today)),
    )
    ages, clocks = (
        Chart(told, head, [(band.words, [band.counts.get(one, 0) for one in Standing]) for band in bands])
        for told, head, bands in found
    )
    return ages, clocks


def row_of(told: Told) -> Row:
    """Return a line in the words of the page."""
    exploited, chance, _, reach, harm = told.line.order
    count = sum(one.count for one in told.line.uses)
    acts = {
        "exploited": exploited == 0,
        "shipped": bool(count),
        "reached": reach == 0,
        "harm": harm <= 1,
    }
    return Row(
        told,
        f"since {told.line.exploited}" if exploited == 0 else "likely" if chance == 0 else "not known",
        f"{count:,} in use" if count else "not in use",
        REACHED[reach],
        HARM[harm],
        frozenset(name for name, holds in acts.items() if holds),
    )


def _ids(lines: Iterable[Line]) -> Iterable[str]:
    for line in lines:
        yield from (one.id for one in (*line.releases, *line.hazards))
        if line.statement is not None:
            yield line.statement.id


def _strikes(advisory: str, seen: Watch) -> tuple[Strike, ...]:
    """Return where an advisory strikes, by what the worker made of the feeds last. Raises `NoFeedsError`."""
    now, shelf = queries.now(datetime.now(UTC)), Shelf(queries.home() / "feeds")
    found = watching.strikes([advisory], shelf, seen.products, now, hidden=visible.all_withheld(), as_is=True)
    return found[:STRIKES]
