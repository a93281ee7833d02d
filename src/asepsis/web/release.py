"""A release: what it brings, what is carried into it and why, what was shown for it, and what is left."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import msgspec
from django.http import HttpRequest, HttpResponse

from asepsis.configuration.records import ChangeRequest, Release
from asepsis.conformance.assessment import Note
from asepsis.conformance.gate import Gate
from asepsis.conformance.moments import gate_of
from asepsis.development.carrying import open_requests
from asepsis.development.records import CarriedForward
from asepsis.readers import visible
from asepsis.record.dossier import Dossier, Item
from asepsis.store import queries, refusals
from asepsis.store.models import Baseline, Link, Record
from asepsis.web import gate as gates
from asepsis.web import then
from asepsis.web.moment import Moment, of_product
from asepsis.web.page import framed, page, shown
from asepsis.web.verdicts import of_moment
from asepsis.web.words import Words

MOST = 1_000  # records that refer to one release
REQUESTS = 500  # change requests that are looked through for those of no release yet
TOLD_ABOVE = (ChangeRequest.__name__, CarriedForward.__name__)
LEFT = 12  # of what is left, the first by day; the acts tell all


@dataclass(frozen=True, slots=True)
class Carried:
    """A record of an earlier release that still holds, by which carrying, and why nothing touches it."""

    record: str
    why: str
    by: Item[CarriedForward]


@dataclass(frozen=True, slots=True)
class Anew:
    """What was shown for the release before and has to be shown again: by its label, and why."""

    label: str
    why: str


@dataclass(frozen=True, slots=True)
class Evidence:
    """The records of one kind that were made for a release."""

    kind: str
    rows: tuple[Record, ...]


@page
def release(request: HttpRequest, code: str, position: int | None = None) -> HttpResponse:
    """Give the release that `?release=` names, or the one that the newest assessment looked at."""
    moment = of_product(code, position)
    row = wanted(moment, request.GET.get("release", ""))
    verdicts = of_moment(moment, row)
    words, frame = Words(moment), framed(moment, "release", verdicts=verdicts)
    if row is None:
        return shown(request, "norelease", frame, words)
    dossier = _dossier(moment, row)
    item: Item[Release] | None = dossier.get(row.id)
    content = item.content if item else None
    told = gate_of(verdicts.assessment, dossier) if verdicts.assessment else None
    left = _left(told) if told else []
    left = [one for one in left if verdicts.shows(one)]
    words.know_notes(left)
    carried = list(_carried(dossier, row.id))
    words.know(one.record for one in carried)
    return shown(
        request,
        "release",
        frame,
        words,
        release=row,
        content=content,
        marked=_marked(moment, row),
        brings=[one for one in dossier.all(ChangeRequest) if one.content.done_in == row.id],
        waiting=list(open_requests(dossier)) if item and _marked(moment, row) is None else [],
        carried=carried,
        anew=list(_anew(dossier, row.id)),
        evidence=list(_evidence(moment, row)),
        gate=told,
        questions=list(gates.rows(told, verdicts, words)) if told else [],
        left=left[:LEFT],
        left_over=max(0, len(left) - LEFT),
        releases=gates.releases(moment),
    )


def wanted(moment: Moment, label: str) -> Record | None:
    """Return the release that a page is asked about: the one named, else the one assessed last, else the newest."""
    if label:
        row = visible.record(label)
        if row.kind != "Release" or moment.product is None or row.product != moment.product.id:
            raise refusals.UnknownRecordError(record=label[:40])
        return row
    assessment = of_moment(moment).assessment
    if assessment is not None and assessment.release is not None:
        return visible.by_id([assessment.release.id]).get(assessment.release.id)
    return next(iter(gates.releases(moment)), None)


def _dossier(moment: Moment, row: Record) -> Dossier:
    """Return the release, what refers to it, and the change requests that no release has brought yet."""
    referring = Link.objects.filter(target=row.id).values_list("source", flat=True).distinct()[:MOST]
    requests = visible.records().filter(product=row.product, kind=ChangeRequest.__name__, group="do")
    newest = requests.order_by("-number").values_list("pk", flat=True)[:REQUESTS]
    return then.dossier(moment, then.histories(moment, [row.id, *referring, *newest]))


def _marked(moment: Moment, row: Record) -> Baseline | None:
    """Return the baseline at which the release went out, as far as the moment knows of it."""
    return Baseline.objects.filter(release=row.id, position__lte=moment.entry).order_by("-position").first()


def _carried(dossier: Dossier, release: str) -> Iterator[Carried]:
    for carrying in dossier.all(CarriedForward):
        if carrying.content.release == release:
            for one in carrying.content.records:
                yield Carried(str(one.record), one.why_unaffected, carrying)


def _anew(dossier: Dossier, release: str) -> Iterator[Anew]:
    """Yield what has to be shown again, as the file beside the carrying says; it is kept with the proposal."""
    for carrying in dossier.all(CarriedForward):
        if carrying.content.release != release:
            continue
        data = queries.file(carrying.content.differences.digest or "")
        try:
            told: Any = msgspec.json.decode(data) if data is not None else None
        except msgspec.DecodeError:  # a file that people brought: it is not ours, and is read on its record's page
            continue
        for one in told.get("anew", ()) if isinstance(told, dict) else ():
            if isinstance(one, list) and len(one) == 2:
                yield Anew(str(one[0]), str(one[1]))


def _evidence(moment: Moment, row: Record) -> Iterator[Evidence]:
    """Yield what was made for the release, by kind: the records that name it as theirs, drafts too."""
    naming = Link.objects.filter(target=row.id, field="release").values_list("source", flat=True).distinct()[:MOST]
    rows = visible.by_id(then.histories(moment, naming)).values()
    own = [one for one in rows if one.kind not in TOLD_ABOVE]
    for kind, found in groupby(sorted(own, key=lambda one: (one.kind, one.number or 0)), key=lambda one: one.kind):
        yield Evidence(kind, tuple(found))


def _left(told: Gate) -> list[Note]:
    """Return what stands against a yes, the earliest first, each thing once."""
    found = {(one.about.id, one.said.text()): one for question in told.questions for one in question.notes}
    return sorted(found.values(), key=lambda one: (not one.urgent, one.due or "9", one.owner))
