"""A clause: each obligation with its verdict and what is missing, the evidence that was looked at, and who attests what."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Set
from dataclasses import dataclass, field
from itertools import chain, islice

from django.db.models import Q
from django.http import HttpRequest, HttpResponse

from asepsis.checks import all as all_checks
from asepsis.checks.check import CHECKS
from asepsis.clauses.catalogue import Clause, Modality, Obligation, Practice
from asepsis.clauses.overlay import NOTHING, Overlay, UnreadableOverlayError, read_overlay
from asepsis.conformance.assessment import Looked, Note, ObligationVerdict
from asepsis.exchange.formats import FACTS
from asepsis.readers import visible
from asepsis.readers.findings import Findings
from asepsis.record.verdict import Verdict
from asepsis.store import queries
from asepsis.store.models import Assessed, Entry, FactTaken, Record
from asepsis.web.moment import Marked, Moment, of_product
from asepsis.web.page import framed, page, shown
from asepsis.web.verdicts import Verdicts, of_moment
from asepsis.web.words import Words

PANELS = 12  # findings of one clause that get a panel each; the others are lines
LINES = 200
OTHERS = 50  # findings of one sort that a panel opens up to
EVIDENCE = 12  # pieces of evidence that are named beside a clause
ATTESTATIONS = 500  # of a product and the organisation that are looked through
THEN = 4  # baselines at which the verdict is shown
MODALITY = {
    Modality.REQUIREMENT: "required",
    Modality.RECOMMENDATION: "recommended",
    Modality.PERMISSION: "permitted",
    Modality.UNCONFIRMED: "wording not confirmed",
}


@dataclass(frozen=True, slots=True)
class CheckLine:
    """One check of an obligation: what it asks, its own verdict, how many it went through (`None`: not to be told).

    `ran` is false where it was not run; `found` counts what it found that may be told; `withheld`: there is more.
    """

    id: str
    asks: str
    verdict: Verdict
    count: int | None = None
    ran: bool = False
    found: int = 0
    awaited: bool = False
    withheld: bool = False


@dataclass(frozen=True, slots=True)
class Asked:
    """One obligation as its page shows it, with no word of what may not be shown.

    `urgent`: patients or a deadline are at stake; `withheld`: it rests on something that may not be shown.
    """

    obligation: Obligation
    answer: ObligationVerdict | None
    checks: tuple[CheckLine, ...]
    licensed: str | None
    attested: tuple[Record, ...]
    urgent: bool = False
    withheld: bool = False
    answered: tuple[Note, ...] = ()
    set_aside: tuple[Note, ...] = ()

    @property
    def number(self) -> str:
        """Return its number within the clause."""
        return self.obligation.id.partition("-")[2]

    @property
    def verdict(self) -> Verdict:
        """Return its verdict; one that was never assessed is unknown."""
        return self.answer.verdict if self.answer else Verdict.UNKNOWN

    @property
    def modality(self) -> str:
        """Return how strongly the standard asks."""
        return MODALITY[self.obligation.modality]


@dataclass
class Evidence:
    """What the checks of a clause looked at: records and facts, some of them, and how many there were.

    `withheld`: something of these kinds may not be shown, so that no number is told.
    """

    records: list[Record] = field(default_factory=list)
    facts: list[FactTaken] = field(default_factory=list)
    flagged: Set[str] = frozenset()
    count: int = 0
    withheld: bool = False


@page
def clause(request: HttpRequest, code: str, number: str, position: int | None = None) -> HttpResponse:
    """Give the page of a clause."""
    all_checks.load()
    moment = of_product(code, position)
    verdicts = of_moment(moment)
    found = verdicts.catalogue.clause(number)
    words = Words(moment)
    frame = framed(moment, found.process, verdicts=verdicts)
    licensed, unreadable = overlay(verdicts)
    findings = verdicts.findings(number)
    asked = tuple(obligations(found, verdicts, findings, licensed, attestations(moment, found)))
    panels = list(islice(findings.panels(verdicts.withheld), PANELS + LINES + 1)) if findings else []
    words.know_notes(note for one in panels[:PANELS] for note in one.others[:OTHERS])
    words.know_notes(one.note for one in panels)
    return shown(
        request,
        "clause",
        frame,
        words,
        clause=found,
        process=next(one for one in verdicts.catalogue.processes if one.id == found.process),
        verdict=verdicts.assessment.clause(number).verdict if verdicts.assessment else Verdict.UNKNOWN,
        urgent=any(one.urgent for one in asked),
        asked=asked,
        withheld=[one.obligation.id for one in asked if one.withheld],
        panels=panels[:PANELS],
        lines=panels[PANELS : PANELS + LINES],
        more=len(panels) > PANELS + LINES,
        others=OTHERS,
        licensed=licensed.text(number),
        unreadable=unreadable,
        evidence=evidence(moment, asked, verdicts, findings),
        signs=verdicts.catalogue.attests(found),
        practices=practices(verdicts, found),
        then=tuple(as_it_stood(moment, number)),
    )


def obligations(
    clause: Clause,
    verdicts: Verdicts,
    findings: Findings | None,
    licensed: Overlay,
    attested: Iterable[tuple[str, Record]],
) -> Iterator[Asked]:
    """Yield each obligation of a clause with its answer."""
    answers = {one.id: one for one in verdicts.assessment.of_clause(clause.id)} if verdicts.assessment else {}
    by_obligation: dict[str, list[Record]] = {}
    for identity, record in attested:
        by_obligation.setdefault(identity, []).append(record)
    for one in clause.obligations:
        answer = answers.get(one.id)
        lines = tuple(check_line(name, answer, verdicts, findings) for name in one.checks)
        answered, aside = (
            tuple(note for note in of if verdicts.shows(note))
            for of in ((answer.answered, answer.set_aside) if answer else ((), ()))
        )
        attested_in = tuple(by_obligation.get(one.id, ()))
        urgent = findings is not None and any(verdicts.shows(note) for note in findings.urgent.get(one.id, ()))
        hides = bool(verdicts.withheld) and answer is not None and _hides(answer, verdicts)
        yield Asked(one, answer, lines, licensed.text(one.id), attested_in, urgent, hides, answered, aside)


def _hides(answer: ObligationVerdict, verdicts: Verdicts) -> bool:
    """Return whether something was found for an obligation that may not be told."""
    return not all(verdicts.shows(note) for note in chain(answer.gaps, answer.unknowns))


def check_line(name: str, answer: ObligationVerdict | None, verdicts: Verdicts, findings: Findings | None) -> CheckLine:
    """Return one check of an obligation, with what it found for it."""
    if name not in CHECKS:
        return CheckLine(name, name, Verdict.UNKNOWN, awaited=True)
    asks = CHECKS[name].summary
    if answer is None or findings is None:
        return CheckLine(name, asks, Verdict.UNKNOWN)
    gaps, of_gaps = findings.of_check(answer.id, name, Verdict.GAP, verdicts.withheld)
    unknowns, of_unknowns = findings.of_check(answer.id, name, Verdict.UNKNOWN, verdicts.withheld)
    told = of_gaps + of_unknowns
    looked: Looked | None = next((one for one in answer.looked if one.check == name), None)
    return CheckLine(
        name,
        asks,
        _of_check(answer, bool(gaps), bool(unknowns), looked),
        looked.count if looked and verdicts.counts(name) else None,
        looked is not None,
        told,
        withheld=told < gaps + unknowns,
    )


def _of_check(answer: ObligationVerdict, gaps: bool, unknowns: bool, looked: Looked | None) -> Verdict:
    """Return the mark of one check: that of its own findings; a dash where it had nothing to go through."""
    if answer.verdict in (Verdict.NOT_APPLICABLE, Verdict.NOT_ASKED):
        return answer.verdict
    if gaps:
        return Verdict.GAP
    if unknowns or looked is None:
        return Verdict.UNKNOWN
    return Verdict.MET if looked.count else Verdict.NOT_ASKED


# --- what it rests on -------------------------------------------------------------------------------------------------


def evidence(moment: Moment, asked: tuple[Asked, ...], verdicts: Verdicts, findings: Findings | None) -> Evidence:
    """Return what the checks of a clause looked at, as links, some of each kind."""
    found = Evidence()
    looked = {one.check: one for ask in asked if ask.answer for one in ask.answer.looked}
    found.count = sum(one.count for one in looked.values())
    found.withheld = not all(verdicts.counts(check) for check in looked)
    names = list(dict.fromkeys(name for one in looked.values() for name in one.names))
    entries = Entry.objects.filter(name__in=names[:500]).values_list("record", flat=True)
    records = [one for one in dict.fromkeys(entries) if one]
    shown_records = visible.by_id(records)
    found.flagged = findings.flagged if findings else frozenset()
    order = sorted(shown_records.values(), key=lambda one: (one.id not in found.flagged, one.kind, one.number or 0))
    found.records = order[:EVIDENCE]
    own = moment.product.id if moment.product else ""
    facts = FactTaken.objects.filter(Q(product=own) | Q(product=None), kind__in=list(FACTS), document__in=names[:500])
    found.facts = list(facts.filter(position__lte=moment.entry).order_by("-position")[:EVIDENCE])
    return found


def attestations(moment: Moment, clause: Clause) -> Iterator[tuple[str, Record]]:
    """Yield the effective attestations about obligations of a clause, each with the obligation."""
    if moment.past or moment.product is None:
        return
    rows = visible.records().filter(kind="Attestation", standing="effective")
    rows = rows.filter(Q(product=moment.product.id) | Q(product=None))[:ATTESTATIONS]
    own = {one.id for one in clause.obligations}
    held = list(rows)
    contents = queries.values_of(row.effective_content for row in held if row.effective_content)
    for row in held:
        obligation = contents.get(row.effective_content or "", {}).get("obligation")
        if obligation in own:
            yield obligation, row


def practices(verdicts: Verdicts, clause: Clause) -> list[Practice]:
    """Return the practices of IEC 62443-4-1 nearest to a clause."""
    return [one for one in verdicts.catalogue.practices if one.id in clause.iec62443_4_1.practices]


def as_it_stood(moment: Moment, number: str) -> Iterator[tuple[Marked, Verdict]]:
    """Yield the verdict that a clause had at the newest baselines that were assessed."""
    if moment.product is None:
        return
    assessed = Assessed.objects.filter(product=moment.product.id, baseline=True).values_list("position", flat=True)
    positions = set(assessed.order_by("-position")[:THEN])
    for one in moment.baselines:
        if one.position in positions and one.position != moment.position:
            then = of_moment(Moment(moment.product, moment.ledger, one.position))
            if then.assessment is not None:
                yield one, then.assessment.clause(number).verdict


def overlay(verdicts: Verdicts) -> tuple[Overlay, str | None]:
    """Return the licensed text that the user laid over the catalogue, and why it cannot be read where it cannot."""
    path = queries.home() / "overlay.json"
    if not path.is_file():
        return NOTHING, None
    try:
        return read_overlay(path, verdicts.catalogue), None
    except UnreadableOverlayError as error:
        return NOTHING, error.said.text()
