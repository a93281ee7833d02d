"""A case: one vulnerability from its first word to its last notice, with its clocks, what is missing, and the next act."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.safestring import SafeString

from asepsis.problems.deadlines import end_of
from asepsis.readers import visible
from asepsis.record.history import History
from asepsis.record.kind import kind_named
from asepsis.store import queries, refusals, rights
from asepsis.store.models import Link, Record
from asepsis.web import then
from asepsis.web.moment import Moment, of_product
from asepsis.web.page import framed, page, shown
from asepsis.web.values import Values
from asepsis.web.verdicts import Verdicts, of_moment
from asepsis.web.words import Words, field_words

CASES = 200
REACHED = 400  # records of one case
NOTES = 60
URGENT = timedelta(hours=72)
NOTE = "CaseNote"
OF = "Vulnerability"
PASSED = ("Report", "Incident", "Finding", "Investigation", "Decision")  # through which a case goes on


@dataclass(frozen=True, slots=True)
class Part:
    """One step of a case: which kinds it is told by, and which one is written where there is none yet."""

    title: str
    kinds: tuple[str, ...]
    write: str
    by: str
    empty: str


PARTS = (
    Part("Heard", ("Report", "Incident"), "Report", "", "Nobody's report of it is written down."),
    Part("Found", ("Investigation", "Finding"), "Investigation", "leads_to", "It was not looked into yet."),
    Part(
        "Analysed",
        ("ImpactAnalysis", "EscapeAnalysis", "Exploitability"),
        "ImpactAnalysis",
        "vulnerability",
        "How severe it is, whom it touches and where it comes from is not said yet.",
    ),
    Part("Decided", ("Decision",), "Decision", "about", "Fix, work around, defer or leave: nothing is decided yet."),
    Part(
        "Changed",
        ("ChangeRequest", "Update", "UpdateVerification"),
        "ChangeRequest",
        "because",
        "No change is asked for yet.",
    ),
    Part(
        "Told",
        ("Advisory", "AuthorityReport", "Notice"),
        "Advisory",
        "vulnerabilities",
        "Neither users nor authorities were told yet.",
    ),
)
TOLD = {
    "Report": ("what", "exploited", "acknowledged_on"),
    "Incident": ("what", "patients", "recovered_on"),
    "Finding": ("what",),
    "Investigation": ("applicable", "how", "concluded_on"),
    "ImpactAnalysis": ("severity", "affected", "root_cause", "hazards", "related"),
    "EscapeAnalysis": ("phase_missed", "why"),
    "Exploitability": ("status", "justification"),
    "Decision": ("option", "why", "due", "closed_on"),
    "ChangeRequest": ("what", "done_in"),
    "Update": ("for_releases", "available_on"),
    "UpdateVerification": ("outcome",),
    "Advisory": ("resolution", "published_on"),
    "AuthorityReport": ("law", "authority", "step", "due", "sent_on"),
    "Notice": ("to", "sent_on"),
}


@dataclass(frozen=True, slots=True)
class Told:
    """One record of a step: how it stands, who wrote it, and the fields that tell the story."""

    row: Record
    state: str
    author: str
    day: str
    fields: tuple[tuple[str, SafeString], ...]


@dataclass
class Step:
    """One step of the case. `here` is the first that nothing effective tells of: the one in hand."""

    number: int
    part: Part
    told: list[Told] = field(default_factory=list)
    here: bool = False

    @property
    def done(self) -> bool:
        """Return whether something effective tells of it."""
        return any(one.state == "effective" for one in self.told)


@dataclass(frozen=True, slots=True)
class Clock:
    """What must be done by when: what is left, whose rule it is, and whether less than 72 hours are left."""

    name: str
    left: str
    when: str
    rule: str
    urgent: bool = False
    done: bool = False


@page
def case(request: HttpRequest, code: str, position: int | None = None) -> HttpResponse:
    """Give the case of the vulnerability that `?of=` names, or the vulnerabilities that there are."""
    moment = of_product(code, position)
    label = request.GET.get("of", "")
    if not label:
        return _cases(request, moment)
    row = visible.record(label)
    if row.kind != OF or moment.product is None or row.product != moment.product.id:
        raise refusals.UnknownRecordError(record=label[:40])
    chains = then.histories(moment, [row.id, *reached(row.id)])
    if row.id not in chains:
        raise refusals.UnknownRecordError(record=row.label)
    verdicts, words = of_moment(moment), Words(moment)
    words.know(chains)
    rows, values = visible.by_id(chains), _values(chains)
    steps = list(steps_of(rows, chains, values, words))
    return shown(
        request,
        "case",
        framed(moment, "case", verdicts=verdicts),
        words,
        row=row,
        history=chains[row.id],
        severity=_told(row, chains[row.id], values[row.id], words, ("severity", "affected", "weakness")),
        steps=steps,
        clocks=list(clocks(moment, rows, values, verdicts, words)),
        notes=_notes(moment, rows, values, words),
        persons=[words.name(one) for one in chains[row.id].persons or ()] if row.embargoed else None,
        until=_embargo(values.values()),
        writes=not moment.past and framed(moment).viewer.may(rights.ACTS["write"], row.product),
    )


def _cases(request: HttpRequest, moment: Moment) -> HttpResponse:
    product = moment.product.id if moment.product else None
    rows = visible.records().filter(product=product, kind=OF).order_by("-changed_position")
    there = then.histories(moment, rows.values_list("pk", flat=True)[:CASES])
    found = [one for one in rows[:CASES] if one.id in there]
    return shown(request, "cases", framed(moment, "case"), Words(moment), cases=found)


def reached(vulnerability: str) -> list[str]:
    """Return the records of a case: what refers to the vulnerability, and what that leads on to; drafts too."""
    kinds = {one for part in PARTS for one in part.kinds} | {NOTE}
    seen, frontier = {vulnerability: None}, [vulnerability]
    for _ in range(4):
        up = Link.objects.filter(target__in=frontier).order_by("source").values_list("source", flat=True)
        down = Link.objects.filter(source__in=frontier).order_by("target").values_list("target", flat=True)
        found = visible.by_id(one for one in dict.fromkeys((*up[:REACHED], *down[:REACHED])) if one not in seen)
        rows = [one for one in found.values() if one.kind in kinds]
        seen |= dict.fromkeys(one.id for one in rows)
        frontier = [one.id for one in rows if one.kind in PASSED]
        if not frontier or len(seen) > REACHED:
            break
    return [one for one in seen if one != vulnerability][:REACHED]


def _values(chains: dict[str, History]) -> dict[str, dict[str, Any]]:
    contents = queries.values_of(one.head.content for one in chains.values())
    return {record: contents.get(one.head.content, {}) for record, one in chains.items()}


def steps_of(
    rows: dict[str, Record], chains: dict[str, History], values: dict[str, dict[str, Any]], words: Words
) -> Iterator[Step]:
    """Yield the steps with what tells of each, oldest first; the first that is not done is the one in hand."""
    open_yet = True
    for number, part in enumerate(PARTS, 1):
        own = [one for one in rows.values() if one.kind in part.kinds]
        own.sort(key=lambda one: chains[one.id].revisions[0].position)
        told = [_told(one, chains[one.id], values[one.id], words, TOLD[one.kind]) for one in own]
        step = Step(number, part, told)
        step.here = open_yet and not step.done
        open_yet = open_yet and not step.here
        yield step


def _told(row: Record, chain: History, value: dict[str, Any], words: Words, names: Iterable[str]) -> Told:
    show = Values(words, kind_named(row.kind), lambda _: None)
    fields = tuple((field_words(name), show.shown(name, value[name])) for name in names if name in value)
    return Told(row, str(chain.head_state), words.name(chain.head.by), words.moment.day_of(chain.head.at), fields)


# --- clocks -----------------------------------------------------------------------------------------------------------


def clocks(
    moment: Moment, rows: dict[str, Record], values: dict[str, dict[str, Any]], verdicts: Verdicts, words: Words
) -> Iterator[Clock]:
    """Yield what must be done by when: reports to authorities, what was decided, and what else the assessment knows."""
    now = datetime.fromisoformat(moment.at) if moment.past else queries.now(datetime.now(UTC))
    told = set()
    for row in sorted(rows.values(), key=lambda one: (one.kind, one.number or 0)):
        value = values[row.id]
        if row.kind == "AuthorityReport" and value.get("step") != "not-reportable":
            told.add(row.id)
            due, sent = value.get("due"), value.get("sent_on")
            name, rule = _plain(value.get("step", row.title)), str(value.get("law", "")).upper()
            yield _clock(name, _instant(due), _instant(sent), rule, now, moment)
        if row.kind == "Decision" and (due := value.get("due")):
            told.add(row.id)
            closed = value.get("closed_on")
            ends = end_of(date.fromisoformat(due), moment.zone)
            done = end_of(date.fromisoformat(closed), moment.zone) if closed else None
            yield _clock(_plain(value.get("option", "decided")), ends, done, f"decided in {row.label}", now, moment)
    for one in verdicts.assessment.due if verdicts.assessment else ():
        if one.about.id in rows and one.about.id not in told and one.about.id not in verdicts.withheld:
            ends = _instant(one.at) or end_of(date.fromisoformat(one.day), moment.zone)
            yield _clock(one.said.text(words.called_named), ends, None, "as assessed", now, moment)


def _clock(name: str, due: datetime | None, done: datetime | None, rule: str, now: datetime, moment: Moment) -> Clock:
    if done is not None:
        late = due is not None and done > due
        when = f"{done.astimezone(moment.zone):%a %Y-%m-%d}, {'late' if late else 'in time'}"
        return Clock(name, "done", when if due else when.partition(",")[0], rule, done=True)
    if due is None:
        return Clock(name, "no day yet", "", rule)
    left = due - now
    when = f"{due.astimezone(moment.zone):%a %Y-%m-%d %H:%M}"
    return Clock(name, _left(left), when, rule, urgent=left < URGENT)


def _left(left: timedelta) -> str:
    """Return what is left: hours under 72 of them, else whole days."""
    hours = int(abs(left).total_seconds() // 3600)
    many = f"{hours:,} h" if abs(left) < URGENT else f"{abs(left).days:,} days"
    return f"{many} left" if left >= timedelta() else f"{many} late"


def _instant(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _plain(word: object) -> str:
    text = str(word).replace("-", " ")
    return text[:1].upper() + text[1:]


# --- beside it --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Said:
    """One call or mail: when, which way, with whom, and what was said."""

    row: Record
    when: str
    way: str
    whom: str
    text: str


def _notes(moment: Moment, rows: dict[str, Record], values: dict[str, dict[str, Any]], words: Words) -> list[Said]:
    found = [(values[row.id], row) for row in rows.values() if row.kind == NOTE and "at" in values[row.id]]
    found.sort(key=lambda one: one[0]["at"], reverse=True)
    return [
        Said(
            row,
            moment.minute_of(value["at"]),
            str(value.get("direction", "")),
            str(value.get("with_whom", "")).replace("-", " "),
            str(value.get("text", row.title)),
        )
        for value, row in found[:NOTES]
    ]


def _embargo(values: Iterable[dict[str, Any]]) -> str | None:
    """Return the last day of an embargo that a report of the case tells."""
    return max((one["embargo_until"] for one in values if one.get("embargo_until")), default=None)
