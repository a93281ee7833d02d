"""The bills of releases laid against what was fetched of feeds, and the result taken in as facts (6.2.1, 5.7.3, 9.2)."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from sqlite3 import Connection

import msgspec

from asepsis.advisories import matching
from asepsis.advisories.findings import Candidate, LookedUp, Scan
from asepsis.advisories.outputs import attacks
from asepsis.advisories.outputs.report import Line
from asepsis.checks import terms
from asepsis.checks.view import View
from asepsis.configuration.records import BillOfMaterials, Release
from asepsis.conformance import moments
from asepsis.exchange import subjects
from asepsis.exchange.facts import Component, Components, Feeds, Match, Matches, document_bytes
from asepsis.jobs import feeds, indexing
from asepsis.jobs.queue import InHand, Wanted
from asepsis.jobs.shelf import Shelf
from asepsis.readers import visible
from asepsis.readers.viewer import looking, of_person
from asepsis.record.dossier import Item
from asepsis.record.entry import instant
from asepsis.sentences import Said, Sentence
from asepsis.store import acts, queries, refusals
from asepsis.store.acts import Hand
from asepsis.store.changes import Actor, TakeIn

FEED_AGE = "maintenance.feed_age_days"
NO_COMPONENTS = Sentence(
    "The components of {bill} were not taken in, so {release} was laid against nothing.",
    next="Take them in: `asepsis import components FILE --of {bill}`.",
)
NO_BILL = Sentence(
    "{release} has no bill of materials that is in force, so it was laid against nothing.",
    next="Enter the bill that the build of {release} made, and have it signed.",
)


SORT = "match"
DONE = Sentence(
    "{count} bills of {product} were laid against the feeds: {matches} matches, {new} of them new, and {left} components that "
    "could not be looked up. {candidates} candidates by CPE or name are for a person to confirm."
)


@dataclass(frozen=True, slots=True)
class Laid:
    """What came of one bill: how much of it was looked up, what was found, and the entry that says so.

    `position` is -1 where the same had been taken in before. `why` says why nothing was: then all of it is unknown.
    `candidates` are what components may have by CPE, or by supplier and name: no matches, and for a person to confirm.
    """

    product: str
    release: Item[Release]
    bill: Item[BillOfMaterials] | None
    matches: int = 0
    new: int = 0
    looked_up: int = 0
    not_looked_up: tuple[str, ...] = ()
    position: int = -1
    why: Said | None = None
    candidates: tuple[Candidate, ...] = ()

    @property
    def is_whole(self) -> bool:
        """Return whether every component was looked up."""
        return self.why is None and not self.not_looked_up


@dataclass(frozen=True, slots=True)
class _Bill:
    release: Item[Release]
    item: Item[BillOfMaterials]
    fact: Matches
    source: bytes
    new: int
    candidates: tuple[Candidate, ...]


def lay(
    hand: Hand, product: str, shelf: Shelf, now: datetime, *, release: str | None = None, hidden: Collection[str] = ()
) -> tuple[Laid, ...]:
    """Lay the bills of each supported release, and of the open one, against the feeds; take in what was found.

    `release` (id or label) narrows it to one. Bills among `hidden` (ids) are left alone. Matches keep the day on which they
    were first seen. The same bills and feeds change nothing. All of it is one commit.

    Raises `NoFeedsError`, `UnknownRecordError`, `NotPermittedError`.

    Source: IEC 81001-5-1:2021, 5.7.3 c; 6.2.1.
    """
    view = moments.view_now(product, now, without=hidden)
    of_feeds, laid, found = feeds.document(shelf), list[Laid](), list[_Bill]()
    feeds_digest = sha256(document_bytes(of_feeds)).hexdigest()
    code = queries.product(product).code
    with indexing.opened(shelf) as index:
        for one in _releases(view, release):
            bills = terms.bill_records(view, one)
            if not bills:
                laid.append(Laid(code, one, None, why=NO_BILL.said(release=one)))
            for bill in bills:
                taken = view.taken_in("components", bill.content.document.digest)
                components = None if taken is None else queries.document(taken.document)
                if components is None:
                    laid.append(Laid(code, one, bill, why=NO_COMPONENTS.said(bill=bill, release=one)))
                else:
                    found.append(_laid(one, bill, components, feeds_digest, index, view))
    return (*_taken_in(hand, product, code, of_feeds, found), *laid)


def _releases(view: View, wanted: str | None) -> tuple[Item[Release], ...]:
    if wanted is not None:
        row = queries.row(wanted)
        found: Item[Release] | None = view.dossier.get(row.id)
        if found is None or found.kind is not Release:
            raise refusals.UnknownRecordError(record=wanted)
        return (found,)
    open_one = () if view.release is None else (view.release,)
    return tuple({one.id: one for one in (*terms.supported_releases(view), *open_one)}.values())


def _laid(
    release: Item[Release],
    bill: Item[BillOfMaterials],
    components: Components,
    feeds_digest: str,
    index: Connection,
    view: View,
) -> _Bill:
    digest = bill.content.document.digest
    days = view.policy.number(FEED_AGE)
    scan = matching.scan(components.components, index, bill=digest, now=view.now, max_age_days=days)
    seen = _seen(digest, view)
    fact = matches_of(scan, components, feeds_digest, seen, view.today.isoformat())
    new = sum(not _keys(one) & seen.keys() for one in fact.matches)
    return _Bill(release, bill, fact, source_of(scan), new, scan.candidates)


def matches_of(
    scan: Scan, components: Components, feeds_digest: str, seen: Mapping[tuple[str, str], str], today: str
) -> Matches:
    """Return the matches that a scan of these components found.

    `seen` gives since which day a match is known, by component and each name of the advisory in folded case; what it does
    not hold is known since `today`.
    """
    lines = list(zip(components.components, scan.components, strict=True))
    matches = (
        _match(named(component), Line(at, one, finding, None), seen, today)
        for at, (component, one) in enumerate(lines)
        for finding in one.findings
    )
    left = [named(component) for component, one in lines if one.looked_up is not LookedUp.YES]
    return Matches(
        bill=scan.bill,
        feeds=feeds_digest,
        matches=tuple(dict.fromkeys(matches)),
        looked_up=len(lines) - len(left),
        not_looked_up=tuple(left),
    )


def source_of(scan: Scan) -> bytes:
    """Return the whole scan with its reasons, ages and coverage, but for the moment at which it was made."""
    return msgspec.json.encode(msgspec.structs.replace(scan, at=""))


def named(component: Component) -> str:
    """Return how matches name a component: by its package URL, else its reference in the bill, else its name."""
    return component.purl or component.ref or component.name


def _match(component: str, line: Line, seen: Mapping[tuple[str, str], str], today: str) -> Match:
    finding, (first, *others) = line.finding, line.names
    days = [seen[key] for one in line.names if (key := (component, one.casefold())) in seen]
    return Match(
        advisory=first,
        component=component,
        result=finding.result.value,
        aliases=tuple(others),
        fixed=finding.fixed,
        severity=_vector(line),
        first_seen=min(days, default=today),
        kev=finding.kev,
        source=finding.source,
        epss=finding.epss,
        ssvc=None if finding.ssvc is None else attacks.ssvc_answers(finding.ssvc) or None,
        advisory_digest=finding.digest,
    )


_VERSIONS = ("CVSS_V4", "CVSS_V3", "CVSS_V2")


def _vector(line: Line) -> str | None:
    """Return the vector of the newest CVSS version, the first of these where there are several."""
    by_version = dict(reversed(line.finding.severity))
    return next((by_version[one] for one in _VERSIONS if one in by_version), None)


def _keys(match: Match) -> set[tuple[str, str]]:
    return {(match.component, one.casefold()) for one in (match.advisory, *match.aliases)}


def _seen(bill: str, view: View) -> dict[tuple[str, str], str]:
    """Return since which day each match of a bill is known, by component and each name of the advisory."""
    found: dict[tuple[str, str], str] = {}
    for taken in view.facts_of("matches"):
        if subjects.bill_of(taken.subject) != bill:
            continue
        document: Matches | None = queries.document(taken.document)
        for match in document.matches if document is not None else ():
            day = match.first_seen or terms.day_as_of(taken, view).isoformat()
            for key in _keys(match):
                found[key] = min(day, found.get(key, day))
    return found


def _taken_in(hand: Hand, product: str, code: str, of_feeds: Feeds, found: list[_Bill]) -> Iterator[Laid]:
    if not found:
        return
    changes = [*_feeds(of_feeds), *(_taking(one, product) for one in found)]
    outcomes = acts.take_in(hand, changes).outcomes[-len(found) :]
    for one, outcome in zip(found, outcomes, strict=True):
        fact = one.fact
        yield Laid(
            code,
            one.release,
            one.item,
            len(fact.matches),
            one.new,
            fact.looked_up,
            fact.not_looked_up,
            outcome.position,
            candidates=one.candidates,
        )


def _feeds(of_feeds: Feeds) -> Iterator[TakeIn]:
    """Yield the taking in of the feeds, where they are others than those that are in force."""
    document = document_bytes(of_feeds)
    digest = sha256(document).hexdigest()
    taken = queries.facts(None).get("feeds", subjects.ORGANISATION)
    if taken is None or taken.document != digest:
        as_of = instant(datetime.fromisoformat(of_feeds.as_of))
        yield TakeIn("feeds", subjects.ORGANISATION, document, document, digest, None, as_of)


def _taking(one: _Bill, product: str) -> TakeIn:
    subject = subjects.bill_and_feeds(one.fact.bill, one.fact.feeds)
    return TakeIn("matches", subject, document_bytes(one.fact), one.source, sha256(one.source).hexdigest(), product)


# --- as a job -----------------------------------------------------------------------------------------------------------


def wanted(product: str, person: str) -> Wanted:
    """Return the work of laying the bills of a product (an id) against the feeds, for the person (an id) who asks for it."""
    return Wanted(SORT, product, product, person, {"product": product, "person": person})


def lay_for(in_hand: InHand, *, product: str, person: str) -> Said:
    """Lay the bills of a product against the feeds in the name of who asked for it; return what came of it.

    Raises what `lay` raises.
    """
    by = Hand(Actor(person), lambda: queries.now(datetime.now(UTC)))
    with looking(of_person(person)):
        hidden = visible.all_withheld()
    laid = lay(by, product, Shelf(queries.home() / "feeds"), by.clock(), hidden=hidden)
    in_hand.come(1, 1)
    return DONE.said(
        count=len(laid),
        product=queries.product(product).code,
        matches=sum(one.matches for one in laid),
        new=sum(one.new for one in laid),
        left=sum(len(one.not_looked_up) for one in laid),
        candidates=sum(len(one.candidates) for one in laid),
    )
