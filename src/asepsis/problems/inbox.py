"""The matches of a product that nobody has decided, and the decisions of one sitting as one submission."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal, InvalidOperation
from itertools import islice
from typing import TYPE_CHECKING, Any

from asepsis.advisories.outputs.severity import severity_of
from asepsis.advisories.outputs.tree import way_to
from asepsis.configuration.records import BillOfMaterials, Release
from asepsis.exchange.formats import bill_of
from asepsis.exchange.source import Source, UnreadableError
from asepsis.problems.domain import changed, epss_band, ground_of, known_of
from asepsis.problems.holdings import Holding, Scanned, Sees, Word, Words, holdings
from asepsis.problems.records import Exploitability, Exploited, Justification, Reachability, Response, Status
from asepsis.problems.triage import CONTROL_KEYS, MOST_PROPOSALS, Decision, Entry, Proposal
from asepsis.record.dossier import Dossier, Item
from asepsis.risk.records import Control
from asepsis.sentences import Sentence
from asepsis.store import queries
from asepsis.store.acts import Hand
from asepsis.store.changes import Change, Submit, Write
from asepsis.store.models import Record

if TYPE_CHECKING:
    from asepsis.exchange.facts import Match

INVESTIGATED = Sentence("it is under investigation, by {record}")
DRAFTED = Sentence("{record} is a draft of it")
READ = frozenset(one.__name__ for one in (Release, BillOfMaterials, Exploitability))
AT_ONCE = 100  # controls that are read at a time
_LASTING = (Status.NOT_AFFECTED, Status.AFFECTED)


@dataclass(frozen=True, slots=True)
class Waiting:
    """What waits for a decision, the most urgent first; the releases of which nothing is known; controls to choose from."""

    entries: tuple[Entry, ...]
    unscanned: tuple[str, ...]  # labels
    controls: tuple[tuple[str, str], ...]


def inbox(product: str, *, sees: Sees, today: date, release: str | None = None) -> Waiting:
    """Return the matches of the releases of a product (id) that are repaired on `today`, or of one release (id), to decide.

    There is one for each advisory and component, of all releases of which nobody says what it means there, in a statement
    that is in force or waits for its signature. One under investigation waits too, and one whose decision rests on what is
    otherwise now. The order is that of danger: exploited, affected for sure, severity, EPSS.
    """
    dossier = queries.dossier_now(product, READ)
    words = Words(product, sees)
    laying = _Laying(words, dossier, today)
    unscanned: list[str] = []
    for holding in holdings(product, dossier):
        until = holding.release.content.security_support_until
        if until < today if release is None else holding.release.id != release:
            continue
        if not holding.is_scanned:
            unscanned.append(holding.release.label)
        laying.lay(holding)
    entries = sorted(laying.found.values(), key=_danger)
    whole = tuple(replace(one, proposals=tuple(_proposals(one, words))) for one in entries)
    return Waiting(whole, tuple(unscanned), _controls(product, sees))


@dataclass
class _Laying:
    """The matches that wait, gathered from release to release: each advisory and component once."""

    words: Words
    dossier: Dossier
    today: date
    found: dict[tuple[str, str, str | None], Entry] = field(default_factory=dict)
    ways: _Ways = field(default_factory=lambda: _Ways())

    def lay(self, holding: Holding) -> None:
        """Add what waits in one release."""
        for bill in holding.bills:
            for match in bill.matches.matches if bill.matches is not None else ():
                if match.result != "not-affected":
                    self._lay(match, bill, holding)

    def _lay(self, match: Match, bill: Scanned, holding: Holding) -> None:
        names, release = tuple(dict.fromkeys((match.advisory, *match.aliases))), holding.release
        said = [word for word in self.words.on(names, match.component) if _is_of(word, holding, bill)]
        opened: dict[str, None] = {}
        record: str | None = None
        for word in sorted(said, key=lambda one: one.row.head_state != "draft"):
            why = _why_open(word, names, match, holding, self.dossier, self.today)
            if why is None:
                return
            opened |= dict.fromkeys(why)
            record = record or word.row.id
        key = (names[0].casefold(), match.component, record)
        if (before := self.found.get(key)) is None:
            self.found[key] = self._entry(match, bill, release, tuple(opened), record)
        elif release.id not in before.releases:
            labels = (*before.labels, release.label)
            self.found[key] = replace(before, releases=(*before.releases, release.id), labels=labels)

    def _entry(
        self, match: Match, bill: Scanned, release: Item[Release], opened: tuple[str, ...], record: str | None
    ) -> Entry:
        way, place = self.ways.to(match.component, bill)
        severity = severity_of(match.severity) if match.severity else None
        return Entry(
            names=tuple(dict.fromkeys((match.advisory, *match.aliases))),
            component=match.component,
            releases=(release.id,),
            labels=(release.label,),
            result=match.result,
            way=way,
            place=place,
            fixed=match.fixed,
            vector=match.severity,
            number=str(severity.number) if severity and severity.number is not None else None,
            kev=match.kev,
            epss=match.epss,
            ssvc=match.ssvc,
            source=match.source,
            advisory=match.advisory_digest,
            first_seen=match.first_seen,
            configuration=bill.bill.content.configuration,
            opened=opened,
            record=record,
        )


def _is_of(word: Word, holding: Holding, bill: Scanned) -> bool:
    own = word.value.get("configuration")
    return word.speaks_of(holding.release) and own in (None, bill.bill.content.configuration)


def _why_open(
    word: Word, names: tuple[str, ...], match: Match, holding: Holding, dossier: Dossier, today: date
) -> tuple[str, ...] | None:
    """Return why what was said leaves a match open; `None` where it settles it, or waits for a signature."""
    if word.row.head_state == "submitted":
        return None
    item: Item[Exploitability] | None = dossier.get(word.row.id)
    if item is None:
        return (DRAFTED.said(record=word.row).text(),) if word.row.head_state in ("draft", "rejected") else ()
    said = item.content
    if said.until is not None and said.until < today:
        return (f"{word.row.label} counted until {said.until.isoformat()}",)
    if said.status is Status.UNDER_INVESTIGATION:
        return (INVESTIGATED.said(record=word.row).text(),)
    if said.status not in _LASTING:
        return None
    then, known = ground_of(said), known_of(holding.matches_of(names, match.component))
    now = replace(
        then,
        kev=known.kev,
        epss=known.epss if match.epss is not None else then.epss,
        advisory=known.advisory if match.advisory_digest is not None else then.advisory,
    )
    reasons = tuple(f"{word.row.label}: {reason.text()}" for reason in changed(then, now))
    return reasons or None


def _number(text: str | None) -> Decimal:
    try:
        return Decimal(text or 0)
    except InvalidOperation:
        return Decimal(0)


def _danger(entry: Entry) -> tuple[bool, bool, Decimal, Decimal, str, str]:
    return (
        entry.kev is None,
        entry.result != "affected",
        -_number(entry.number),
        -_number(entry.epss),
        entry.component,
        entry.names[0],
    )


@dataclass
class _Ways:
    """How products come to use components, from the bills as they are stored; each is read once."""

    _read: dict[str, Mapping[str, tuple[str, ...]]] = field(default_factory=dict)

    def to(self, component: str, bill: Scanned) -> tuple[tuple[str, ...], str]:
        digest = bill.bill.content.document.digest
        if digest not in self._read:
            self._read[digest] = ways_of(digest)
        listed = bill.components.components if bill.components is not None else ()
        place = next((one.place for one in listed if component in (one.purl, one.ref, one.name)), "unplaced")
        return self._read[digest].get(component, ()), place


def ways_of(digest: str) -> Mapping[str, tuple[str, ...]]:
    """Return the way to each component of a stored bill; nothing where it is not stored or says nothing of it."""
    data = queries.file(digest)
    if data is None:
        return {}
    try:
        bill = bill_of(Source(digest, data))
    except UnreadableError:
        return {}
    called = [one.name for one in bill.fact.components]
    return {
        key: tuple(called[step] for step in way_to(bill, at))
        for at, one in enumerate(bill.fact.components)
        if (key := one.purl or one.ref or one.name)
    }


def _proposals(entry: Entry, words: Words) -> Iterator[Proposal]:
    told = 0
    for word in words.similar(entry.names, entry.component):
        said = _decision(word.value)
        if said is not None and said.status is not Status.UNDER_INVESTIGATION and told < MOST_PROPOSALS:
            told += 1
            yield Proposal(said, f"{word.row.label} on {word.value.get('advisory_id', '')}")


def _decision(value: Mapping[str, Any]) -> Decision | None:
    """Return what a statement decides; `None` where its draft does not say it yet."""
    status, why = value.get("status"), value.get("justification")
    if status is None or (status == Status.NOT_AFFECTED and why is None):
        return None
    response, reach = value.get("response"), value.get("rests_on", {}).get("reachability", Reachability.UNKNOWN)
    return Decision(
        Status(status),
        Justification(why) if why else None,
        Response(response) if response else None,
        value.get("impact"),
        Reachability(reach),
        tuple(value.get("mitigated_by", ())),
    )


def _controls(product: str, sees: Sees) -> tuple[tuple[str, str], ...]:
    """Return the first effective controls of a product that somebody may see, in the order of their numbers."""
    rows = Record.objects.filter(product=product, kind=Control.__name__, standing="effective").order_by("number")
    told = ((one.id, f"{one.label} {one.title}") for one in rows.iterator(chunk_size=AT_ONCE) if sees(one))
    return tuple(islice(told, len(CONTROL_KEYS)))


# --- what was decided ---------------------------------------------------------------------------------------------------


def settle(hand: Hand, product: str, decided: Sequence[tuple[Entry, Decision]]) -> tuple[str, ...]:
    """Write and submit one statement for each decision, all in one commit, and return the ids of the records in their order.

    A statement that was a draft, is under investigation or was opened again is revised. Each says what it rests on: what the
    scan tells of KEV, EPSS and the advisory. Signing them is another act.

    Source: IEC 81001-5-1:2021, 9.3.
    """
    changes: list[Change] = []
    records: list[str] = []
    for entry, said in decided:
        record, before, value = hand.new_id(), None, dict[str, Any]()
        if entry.record is not None:
            row = queries.row(entry.record)
            record, before, value = row.id, row.head_name, queries.head_value(row) or {}
        changes.append(Write(record, Exploitability.__name__, _value(entry, said, value), product, before))
        records.append(record)
    changes += [Submit(record) for record in records]
    if changes:
        hand.commit(changes)
    return tuple(records)


def _value(entry: Entry, said: Decision, before: Mapping[str, Any]) -> dict[str, Any]:
    on = {
        "reachability": str(said.reachability),
        "kev": entry.kev is not None,
        "epss": str(epss_band(entry.epss)),
        "exploited": str(
            Exploited.YES if entry.kev else before.get("rests_on", {}).get("exploited", Exploited.UNKNOWN)
        ),
        "advisory": entry.advisory,
    }
    name, *others = entry.names
    value = dict(before) | {
        "title": before.get("title") or f"{name} in {entry.component.rpartition('/')[2]}",
        "advisory_id": before.get("advisory_id") or name,
        "aliases": before.get("aliases") or others,
        "component": before.get("component") or entry.component,
        "configuration": before.get("configuration") or entry.configuration,
        "releases": list(dict.fromkeys((*before.get("releases", ()), *entry.releases))),
        "severity": _severity(entry) or before.get("severity"),
        "status": str(said.status),
        "justification": str(said.justification) if said.justification else None,
        "mitigated_by": list(said.mitigated_by),
        "response": str(said.response) if said.response else None,
        "impact": said.impact or (before.get("impact") if before.get("status") == said.status else None),
        "rests_on": {key: one for key, one in on.items() if one is not None},
    }
    if said.status is not Status.AFFECTED:
        value.pop("action", None)
    return {key: one for key, one in value.items() if one not in (None, [])}


def _severity(entry: Entry) -> dict[str, Any] | None:
    found = severity_of(entry.vector) if entry.vector else None
    if found is None or found.method is None or found.number is None:
        return None
    return {"method": found.method, "vector": found.vector, "number": str(found.number)}
