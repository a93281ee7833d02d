"""The example with one thing wrong: a record gone, a link cut, a day moved, an approval taken away; in memory, one at a time."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pydantic

from asepsis.checks.view import Product
from asepsis.clauses.catalogue import catalogue
from asepsis.configuration.records import Release
from asepsis.conformance import inputs, moments
from asepsis.conformance.again import Earlier, assess_again, assess_first
from asepsis.conformance.assess import Given
from asepsis.quality.domain import months_after
from asepsis.record.dossier import Item, Pending, Stored
from asepsis.record.history import History, pack, unpack
from asepsis.record.kind import KINDS, Kind, shape_of, times_of
from asepsis.record.verdict import Verdict
from asepsis.store import queries

LONG = timedelta(days=3653 + 1)  # ten years and a day: longer than any interval of the policy
NOWHERE = "0" * 32
TIME = re.compile(r"\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\d(\.\d+)?Z)?")

# How long ago a day may lie, by the policy that says so: it is moved back by that and one day.
AGES: dict[tuple[str, str], str] = {
    ("Attestation", "on"): "statements.attestation_months",
    ("Audit", "on"): "quality.audit_cycle_months",
    ("CodingStandard", "reviewed_on"): "development.practices_review_months",
    ("ControlObservation", "on"): "risk.control_look_months",
    ("DesignPractices", "reviewed_on"): "development.practices_review_months",
    ("DevelopmentEnvironment", "measures.verified_on"): "development.environment_check_months",
    ("ImprovementAction", "done_on"): "quality.effect_check_months",
    ("Incident", "aware_on"): "problems.investigate_days",
    ("Incident", "noticed_on"): "risk.control_look_days",
    ("Investigation", "concluded_on"): "problems.analyse_days",
    ("ManagementReview", "on"): "quality.management_review_months",
    ("Nonconformity", "answered_on"): "quality.effect_check_months",
    ("PeriodicReview", "last_day"): "quality.resolution_review_months",
    ("Qualification", "on"): "quality.qualification_months",
    ("Report", "received_on"): "problems.investigate_days",
    ("ReportingChannel", "tried_on"): "problems.channel_try_months",
    ("SigningKey", "custody_checked_on"): "development.key_custody_months",
    ("SupplierAgreement", "accepted_on"): "configuration.supplier_assessment_months",
    ("SupplierAgreement", "assessed_on"): "configuration.supplier_assessment_months",
    ("TestRun", "source_data_as_of"): "maintenance.scan_age_days",
    ("Update", "available_on"): "maintenance.compatibility_days",
}

# How far off a day to come may be, by the policy that says so: it is moved on by that and one day.
HORIZONS: dict[tuple[str, str], str] = {
    ("CodingStandard", "review_by"): "development.practices_review_months",
    ("PeriodicReview", "next_due"): "risk.model_review_months",
    ("Procedure", "review_by"): "quality.procedure_review_months",
    ("Qualification", "until"): "quality.qualification_months",
    ("SupplierAgreement", "next_assessment"): "configuration.supplier_assessment_months",
}

# The numbers of the policy that bind no day which a person writes into a record, and what they bind.
OF_NO_FIELD = {
    "configuration.ledger_verification_days": "the facts of the last verification",
    "maintenance.feed_age_days": "the facts of the feeds",
    "problems.acknowledge_days": "days between two of a report: to have waited for longer is moved with its arrival",
    "problems.disclose_days": "days between the decision, which the ledger dates, and the telling",
    "quality.late_entry_days": "days between the entry, which the ledger dates, and what it tells of",
    "quality.retention_years": "bills of releases that are in use no more, of which the example has none",
}


@dataclass(frozen=True, slots=True)
class Mutation:
    """One thing that is wrong with one record: `sort`, and the field or slot where it is wrong."""

    record: str
    label: str
    kind: str
    sort: str
    where: str
    stored: Stored | None
    history: History | None = None

    @property
    def key(self) -> tuple[str, str, str]:
        """Return what tells it from all others of one moment."""
        return self.record, self.sort, self.where

    @property
    def what(self) -> tuple[str, str, str]:
        """Return the kind, the sort, and the field with the way in which its day moved."""
        where = self.where.rpartition(" ")[0] if self.sort in ("cut", "moved") else ""
        return self.kind, self.sort, where

    def __str__(self) -> str:
        return f"{self.kind} {self.label}: {self.sort} {self.where}".rstrip()


@dataclass(slots=True)
class Moment:
    """One moment of one product, assessed, to be assessed again with something wrong."""

    earlier: Earlier
    histories: dict[str, History]
    values: dict[str, bytes]
    verdicts: dict[str, Verdict] = field(init=False)
    told: frozenset[tuple[str, str]] = field(init=False)

    def __post_init__(self) -> None:
        self.verdicts, self.told = _verdicts(self.earlier), _told(self.earlier)

    @property
    def today(self) -> date:
        """Return the day of the moment."""
        return self.earlier.given.now.astimezone(self.earlier.zone).date()

    def number(self, policy: str) -> int:
        """Return a number of the policy in force."""
        return self.earlier.given.policy.number(policy)

    def given_with(self, *mutations: Mutation) -> Given:
        """Return the inputs with something wrong."""
        given = self.earlier.given
        histories = self.histories | {one.record: one.history for one in mutations if one.history is not None}
        dossier = given.dossier.changed(
            [one.stored for one in mutations if one.stored],
            gone=[one.record for one in mutations if not one.stored],
            position=given.dossier.position,
            history=histories.__getitem__,
        )
        policy = inputs.policy_of(dossier, given.now, str(self.earlier.zone))
        return Given(dossier, given.facts, policy, given.now, given.files)

    def with_(self, *mutations: Mutation) -> Earlier:
        """Return the assessment with something wrong: only what asked for the kinds of the records is run again."""
        now = self.given_with(*mutations)
        return assess_again(self.earlier, now, {one.kind for one in mutations}, release=self._release(now))

    def wholly_with(self, mutation: Mutation) -> Earlier:
        """Return the same, with everything run again."""
        now, one = self.given_with(mutation), self.earlier
        return assess_first(
            now,
            one.catalogue,
            product=one.product,
            product_name=one.product_name,
            zone=one.zone,
            release=self._release(now),
        )

    def _release(self, given: Given) -> Item[Release] | None:
        looked_at = self.earlier.release
        return given.dossier.get(looked_at.id) if looked_at is not None else None

    def turned(self, *mutations: Mutation) -> dict[str, tuple[Verdict, Verdict]]:
        """Return the verdicts that mutations turn: what they were, and what they are."""
        after = _verdicts(self.with_(*mutations))
        return {one: (was, after[one]) for one, was in self.verdicts.items() if after[one] is not was}

    def outcome(self, *mutations: Mutation) -> tuple[dict[str, Verdict], frozenset[tuple[str, str]]]:
        """Return the verdicts with something wrong, and all that is found; a change of either is noticed."""
        if not mutations:
            return self.verdicts, self.told
        after = self.with_(*mutations)
        return _verdicts(after), _told(after)


def _verdicts(earlier: Earlier) -> dict[str, Verdict]:
    return {one.id: one.verdict for one in earlier.assessment.obligations}


def _told(earlier: Earlier) -> frozenset[tuple[str, str]]:
    return frozenset(
        (one.id, repr((note.check, note.sentence)))
        for one in earlier.assessment.obligations
        for note in (*one.gaps, *one.unknowns, *one.answered)
    )


def moment(product: str, now: datetime, position: int | None = None, release: str | None = None) -> Moment:
    """Return a product as it is now, or as it was at a position; the store is not read again after this."""
    at = now if position is None else moments.instant_of(position)
    given = moments.given_at(product, position, at)
    histories = {one: given.dossier.history(one) for one in _records(given)}
    values: dict[str, bytes] = {}
    for history in histories.values():
        for revision in history.revisions:
            value = queries.value_of(revision.content)
            if value is not None:
                values[revision.content] = json.dumps(value).encode()
    for taken in given.facts.all():
        given.facts.document(taken)
    found = queries.product(product)
    earlier = assess_first(
        given,
        catalogue(),
        product=Product(found.id, found.code),
        product_name=found.name,
        zone=ZoneInfo(queries.ledger().time_zone),
        release=inputs.release_of(given.dossier, release),
    )
    return Moment(earlier, histories, values)


def _records(given: Given) -> list[str]:
    dossier = given.dossier
    everything: tuple[Item[Any] | Pending, ...] = (*dossier.items(), *dossier.retired(), *dossier.pending())
    return list(dict.fromkeys(one.id for one in everything))


# --- what can be wrong ----------------------------------------------------------------------------------------------


def mutations(there: Moment) -> Iterator[Mutation]:
    """Yield everything that can be wrong with one record in force, in the order of labels."""
    everything: list[Item[Any]] = list(there.earlier.given.dossier.items())
    for item in sorted(everything, key=lambda one: one.label):
        history = there.histories[item.id]
        yield Mutation(item.id, item.label, item.kind.__name__, "deleted", "", None)
        yield from _cut(item, history, there)
        yield from _moved(item, history, there)
        yield from _unsigned(item, history, there)


def is_of_another_release(mutation: Mutation, there: Moment) -> bool:
    """Return whether a record is of a release that is not looked at, and is not carried to the one that is."""
    item: Item[Any] | None = there.earlier.given.dossier.get(mutation.record)
    release = there.earlier.release
    if item is None or release is None or "release" not in item.kind.model_fields:
        return False
    return item.content.release not in (None, release.id)


def only_names(mutation: Mutation) -> bool:
    """Return whether a link that is cut merely names its target, so that the record does not rest on it."""
    path = mutation.where.partition(" ")[0]
    return mutation.sort == "cut" and shape_of(KINDS[mutation.kind]).targets[path][1]


def is_only_later(mutation: Mutation) -> bool:
    """Return whether a day to come, of which no policy says how far off it may be, only comes a day later."""
    kind, sort, where = mutation.what
    field, _, how = where.partition(" ")
    return sort == "moved" and how == "later" and (kind, field) not in HORIZONS


def is_refused(mutation: Mutation, there: Moment) -> bool:
    """Return whether a day on which something happened lies after its entry: the ledger takes no such day."""
    effective = there.histories[mutation.record].effective
    if mutation.sort != "moved" or mutation.stored is None or effective is None or effective.effective_at is None:
        return False
    assert mutation.stored.effective is not None
    signed = datetime.fromisoformat(effective.effective_at).astimezone(there.earlier.zone).date().isoformat()
    value = json.loads(mutation.stored.effective)
    return any(time[:10] > signed for _, time in times_of(KINDS[mutation.kind], value))


def is_bad_news(mutation: Mutation) -> bool:
    """Return whether a record counts from its first save: signed or not it tells the same, and gone it tells nothing."""
    return mutation.sort in ("deleted", "unsigned") and KINDS[mutation.kind].meta.warns is not False


def _cut(item: Item[Any], history: History, there: Moment) -> Iterator[Mutation]:
    kind: type[Kind] = item.kind
    for path in shape_of(kind).targets:
        for number, value in enumerate(_without_each(_value(history, there), path.split("."))):
            stored = _stored(item, history, value, there)
            if stored is not None:
                yield Mutation(item.id, item.label, item.kind.__name__, "cut", f"{path} {number}", stored)


def _without_each(value: dict[str, Any], path: list[str]) -> Iterator[dict[str, Any]]:
    """Yield copies of a value in each of which one reference at `path` leads nowhere."""
    for at in _places(value, path):
        copy = json.loads(json.dumps(value))
        inner: Any = copy
        for step in at[:-1]:
            inner = inner[step]
        inner[at[-1]] = NOWHERE
        yield copy


def _places(value: Any, path: list[str], at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if isinstance(value, list):
        for number, one in enumerate(value):
            yield from _places(one, path, (*at, number))
    elif not path:
        yield at
    elif isinstance(value, dict) and path[0] in value:
        yield from _places(value[path[0]], path[1:], (*at, path[0]))


def _moved(item: Item[Any], history: History, there: Moment) -> Iterator[Mutation]:
    effective = history.effective
    assert effective is not None
    assert effective.effective_at is not None
    signed = datetime.fromisoformat(effective.effective_at).astimezone(there.earlier.zone).date()
    value = _value(history, there)
    for at in _times(value):
        field = ".".join(step for step in at if isinstance(step, str))
        was = _at(value, at)
        for sort, day in _moves(item, field, date.fromisoformat(was[:10]), signed, there):
            copy = json.loads(json.dumps(value))
            _at(copy, at[:-1])[at[-1]] = day.isoformat() + was[10:]
            stored = _stored(item, history, copy, there)
            if stored is not None:
                number = ".".join(str(step) for step in at if isinstance(step, int)) or "0"
                yield Mutation(item.id, item.label, item.kind.__name__, "moved", f"{field} {sort} {number}", stored)


def _moves(item: Item[Any], field: str, was: date, signed: date, there: Moment) -> Iterator[tuple[str, date]]:
    """Yield where a day is moved to: past its due, older than it may be, and later than it was signed or may be."""
    age, horizon = (table.get((item.kind.__name__, field)) for table in (AGES, HORIZONS))
    if was < there.today:
        yield "old", was - LONG
    elif age is None:
        yield "over", there.today - timedelta(days=1)
    if age is not None:
        yield "aged", shifted(was, age, -there.number(age))
    if was > signed:
        yield "later", shifted(was, horizon, there.number(horizon)) if horizon is not None else was + timedelta(days=1)
    else:
        yield "after", signed + timedelta(days=1)


def shifted(day: date, policy: str, number: int) -> date:
    """Return the day that lies a number of the policy, and one day more, after `day`; before it where it is negative."""
    one = timedelta(days=1 if number > 0 else -1)
    return (months_after(day, number) if policy.endswith("_months") else day + timedelta(days=number)) + one


def _at(value: Any, at: tuple[Any, ...]) -> Any:
    for step in at:
        value = value[step]
    return value


def _times(value: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield where the days and instants of a content stand."""
    if isinstance(value, dict):
        for name, one in value.items():
            yield from _times(one, (*at, name))
    elif isinstance(value, list):
        for number, one in enumerate(value):
            yield from _times(one, (*at, number))
    elif isinstance(value, str) and TIME.fullmatch(value):
        yield at


def _unsigned(item: Item[Any], history: History, there: Moment) -> Iterator[Mutation]:
    carrying = [revision.number for revision, _ in history.approvals_in_force()]
    approvals = list(history.approvals_in_force())
    for revision, approval in approvals:
        copy = unpack(pack(history))
        for one in copy.revisions:
            if one.number == revision.number:
                one.approvals = [kept for kept in one.approvals if kept.position != approval.position]
            if one.number in carrying and one.number >= revision.number:
                one.effective = one.effective_at = None  # what rests on the signature falls with it
        stored = Stored.of_history(copy, there.values)
        slot = (revision.slots or ())[approval.slot]
        yield Mutation(item.id, item.label, item.kind.__name__, "unsigned", slot.label, stored, copy)


def _value(history: History, there: Moment) -> dict[str, Any]:
    effective = history.effective
    assert effective is not None
    value: dict[str, Any] = msgspec.json.decode(there.values[effective.content])
    return value


def _stored(item: Item[Any], history: History, value: dict[str, Any], there: Moment) -> Stored | None:
    """Return a record with another content in force; `None` where that does not read as the kind: it cannot be signed."""
    data = json.dumps(value).encode()
    try:
        KINDS[history.kind].model_validate_json(data)
    except pydantic.ValidationError:
        return None
    return replace(Stored.of_history(history, there.values), effective=data)
