"""The clocks of a case: what must be done by when, what is left, and whose rule that is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from asepsis.problems.deadlines import end_of
from asepsis.store import queries
from asepsis.web.case.steps import Case
from asepsis.web.moment import Moment
from asepsis.web.verdicts import Verdicts

URGENT = timedelta(hours=72)


@dataclass(frozen=True, slots=True)
class Clock:
    """What must be done by when: what is left, whose rule it is, and whether less than 72 hours are left."""

    name: str
    left: str
    when: str
    rule: str
    urgent: bool = False
    done: bool = False


def clocks(case: Case, verdicts: Verdicts) -> Iterator[Clock]:
    """Yield what must be done by when: reports to authorities, what was decided, and what else the assessment knows."""
    moment = case.moment
    now = datetime.fromisoformat(moment.at) if moment.past else queries.now(datetime.now(UTC))
    told = set()
    for row in sorted(case.rows.values(), key=lambda one: (one.kind, one.number or 0)):
        value = case.values[row.id]
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
        if one.about.id in case.rows and one.about.id not in told and one.about.id not in verdicts.withheld:
            ends = _instant(one.at) or end_of(date.fromisoformat(one.day), moment.zone)
            yield _clock(one.said.text(case.words.called_named), ends, None, "as assessed", now, moment)


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
