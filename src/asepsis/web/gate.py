"""The release gate: seven questions, each with its answer, its reason, who owes the next step, and what all rests on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from django.http import HttpRequest, HttpResponse

from asepsis.checks import all as all_checks
from asepsis.checks.check import CHECKS
from asepsis.conformance.assessment import Note, Released
from asepsis.conformance.gate import Gate, Question
from asepsis.conformance.moments import gate_of
from asepsis.development.records import ReleaseDecision, ReleaseOutcome
from asepsis.readers import visible
from asepsis.record.dossier import Item
from asepsis.record.history import History
from asepsis.record.slots import Slot
from asepsis.record.verdict import Verdict
from asepsis.statements.records import Policy
from asepsis.store import refusals
from asepsis.store.models import Link, Record
from asepsis.web import then
from asepsis.web.moment import Moment, of_product
from asepsis.web.page import framed, page, shown
from asepsis.web.people import Owner
from asepsis.web.verdicts import Verdicts, of_moment
from asepsis.web.words import Words

RELEASES = 20
POLICIES = 20
_NOTHING: Any = None  # a decision's slots follow from its outcome alone


@dataclass(frozen=True, slots=True)
class Asked:
    """One check that says yes: what it asks, and how many it went through (`None`: not to be told)."""

    asks: str
    count: int | None


@dataclass(frozen=True, slots=True)
class Row:
    """One question as the page shows it."""

    question: Question
    answer: str
    urgent: bool
    look: str
    looked: tuple[Asked, ...]
    notes: tuple[Note, ...]
    opens: str | None = None  # the label of the one record that all of it is about
    first: bool = False  # whether it is what most wants to be opened

    @property
    def withheld(self) -> bool:
        """Return whether the answer rests on something that may not be shown."""
        return len(self.notes) < len(self.question.notes)


@dataclass(frozen=True, slots=True)
class Signer:
    """Somebody whose signature the decision needs: as whom, with which meaning, and whether it is there."""

    owner: Owner
    meaning: str
    role: str
    apart: bool
    signed_on: str | None = None


@page
def gate(request: HttpRequest, code: str, position: int | None = None) -> HttpResponse:
    """Give the gate of the release looked at, or of the one that `?release=` names."""
    all_checks.load()
    moment = of_product(code, position)
    wanted = request.GET.get("release", "")
    release = _release(moment, wanted) if wanted else None
    verdicts = of_moment(moment, release)
    words = Words(moment)
    frame = framed(moment, "gate", verdicts=verdicts)
    if verdicts.assessment is None:
        title = f"May {release.title} go out?" if release else "Release gate"
        return shown(request, "unassessed", frame, words, title=title)
    decisions = decisions_on(moment, verdicts.assessment.release)
    answer = gate_of(verdicts.assessment, then.dossier(moment, decisions))
    words.know_notes(note for one in answer.questions for note in one.notes)
    newest = next(reversed(decisions.values()), None)
    return shown(
        request,
        "gate",
        frame,
        words,
        gate=answer,
        rows=_first(list(rows(answer, verdicts, words))),
        say=say(answer),
        digest=verdicts.digest,
        policy=policy(moment),
        decision=visible.by_id([newest.record])[newest.record] if newest else None,
        signers=tuple(signers(moment, words, newest)),
        releases=releases(moment),
        release=verdicts.assessment.release,
    )


def _release(moment: Moment, wanted: str) -> Record:
    row = visible.record(wanted)
    if row.kind != "Release" or moment.product is None or row.product != moment.product.id:
        raise refusals.UnknownRecordError(record=wanted[:40])
    return row


def decisions_on(moment: Moment, release: Released | None) -> dict[str, History]:
    """Return the chains of the decisions about a release, oldest first."""
    if release is None:
        return {}
    sources = Link.objects.filter(target=release.id).values_list("source", flat=True).distinct()[:500]
    rows = visible.by_id(sources)
    decisions = sorted((row for row in rows.values() if row.kind == "ReleaseDecision"), key=lambda row: row.number or 0)
    return then.histories(moment, [row.id for row in decisions])


def signers(moment: Moment, words: Words, decision: History | None) -> Iterator[Signer]:
    """Yield whose signatures the decision needs; where none is written, those that a decision to release asks for."""
    slots: tuple[Slot, ...] | None = decision.head.slots if decision else None
    if slots is None:
        slots = ReleaseDecision.slots(ReleaseDecision.model_construct(outcome=ReleaseOutcome.RELEASE), _NOTHING)
    signed = {one.slot: one for one in decision.head.approvals} if decision else {}
    for number, slot in enumerate(slots):
        approval = signed.get(number)
        owner = words.people.owner(approval.by if approval else str(slot.roles[0]))
        day = moment.day_of(approval.at) if approval else None
        yield Signer(owner, str(slot.meaning), " or ".join(slot.roles), slot.apart, day)


def policy(moment: Moment) -> Record | None:
    """Return the policy that is in force at the moment, the product's before the organisation's; `None`: the defaults."""
    scopes = [None, moment.product.id] if moment.product else [None]
    rows = [row for scope in scopes for row in visible.records().filter(product=scope, kind="Policy")[:POLICIES]]
    chains = then.histories(moment, [row.id for row in rows])
    found: Item[Policy] | None = then.dossier(moment, chains).single(Policy)
    return next((row for row in rows if found and row.id == found.id), None)


def releases(moment: Moment) -> list[Record]:
    """Return the newest releases of the product that there were at the moment."""
    product = moment.product.id if moment.product else None
    rows = list(visible.records().filter(product=product, kind="Release").order_by("-number")[:RELEASES])
    there = then.histories(moment, [row.id for row in rows])
    return [row for row in rows if row.id in there]


def _first(found: list[Row]) -> list[Row]:
    """Return the questions with the one marked that most wants to be opened: an urgent one, else the first that lacks."""
    lacking = [one for one in found if one.notes]
    wanted = next((one for one in lacking if one.urgent), lacking[0] if lacking else None)
    return [replace(one, first=True) if one is wanted else one for one in found]


def _about(notes: tuple[Note, ...], words: Words) -> str | None:
    """Return the label of the record that all findings are about; `None` where it is not one, or may not be shown."""
    about = {note.about.id for note in notes}
    row = words.record(about.pop()) if len(about) == 1 else None
    return row.label if row else None


def rows(gate: Gate, verdicts: Verdicts, words: Words) -> Iterator[Row]:
    """Yield the questions with their answers in words."""
    answers = {
        Verdict.MET: "Yes",
        Verdict.GAP: "No",
        Verdict.UNKNOWN: "Cannot be seen",
        Verdict.NOT_APPLICABLE: "Not applicable",
        Verdict.NOT_ASKED: "Not asked",
    }
    for one in gate.questions:
        notes = tuple(note for note in one.notes if verdicts.shows(note))
        urgent = any(note.urgent for note in notes)
        look = "urgent" if urgent and one.verdict is Verdict.GAP else str(one.verdict)
        answer = "No, and taken on until a day" if one.accepted else answers[one.verdict]
        if one.verdict is Verdict.UNKNOWN and not one.notes and one.awaited:
            answer = "No check yet"
        yield Row(one, answer, urgent, look, tuple(_looked(one, verdicts)), notes, _about(notes, words))


def _looked(question: Question, verdicts: Verdicts) -> Iterator[Asked]:
    """Yield what the checks of a question went through."""
    looked = {one.check: one.count for obligation in question.obligations for one in obligation.looked}
    for name, count in looked.items():
        if count and name in CHECKS:
            yield Asked(CHECKS[name].summary, count if verdicts.counts(name) else None)


def say(gate: Gate) -> str:
    """Return the answer of the gate in one sentence."""
    if gate.verdict is Verdict.MET:
        return "Yes, with gaps that somebody has taken on." if gate.with_gaps else "Yes: all seven questions say so."
    if gate.nothing_against:
        return f"Nothing was found against it; {gate.unlooked} obligations have no check yet."
    told = f"{gate.yes} of {len(gate.questions)} questions are answered with yes."
    return f"Not yet: {told}" if gate.verdict is Verdict.GAP else f"It cannot be told: {told}"
