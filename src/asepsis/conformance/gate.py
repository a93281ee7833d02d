"""The release gate: seven questions, each with its answer, its reason, who owes the next step, and that step (5.8)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from asepsis.clauses.catalogue import Catalogue
from asepsis.configuration.records import Release, ReleaseKind
from asepsis.conformance.assessment import Assessment, Note, ObligationVerdict
from asepsis.development.records import ReleaseDecision, ReleaseOutcome
from asepsis.record.dossier import Dossier, Item
from asepsis.record.verdict import Verdict, joined


@dataclass(frozen=True, slots=True)
class Question:
    """One of the seven, with what stands against a yes. `notes` are gaps first, then what could not be seen.

    `accepted`: all its gaps are taken on by the decision. `left` is the answer once they are.
    """

    clause: str
    title: str
    question: str
    verdict: Verdict
    notes: tuple[Note, ...]
    obligations: tuple[ObligationVerdict, ...]
    awaited: int = 0
    accepted: bool = False
    left: Verdict = Verdict.UNKNOWN

    @property
    def owner(self) -> str | None:
        """Return who owes the first next step."""
        return self.notes[0].owner if self.notes else None

    @property
    def next(self) -> str | None:
        """Return the first next step."""
        return self.notes[0].said.next() if self.notes else None


@dataclass(frozen=True, slots=True)
class Gate:
    """Whether a release may go out: yes, no, or not to be told; `unlooked` obligations have no check yet."""

    release: str | None
    version: str | None
    questions: tuple[Question, ...]
    verdict: Verdict
    unlooked: int
    with_gaps: bool = False

    @property
    def exit_code(self) -> int:
        """Return 0 for yes, 1 for no, 3 where it cannot be told."""
        return {Verdict.MET: 0, Verdict.GAP: 1}.get(self.verdict, 3)

    @property
    def nothing_against(self) -> bool:
        """Return whether nothing was found against the release, though some obligations have no check yet."""
        notes = [note for one in self.questions for note in one.notes if note.check]
        return self.verdict is Verdict.UNKNOWN and self.unlooked > 0 and not notes

    @property
    def yes(self) -> int:
        """Return how many questions are answered with yes."""
        return sum(question.left is Verdict.MET for question in self.questions)


def taken_on(dossier: Dossier, release: str, today: date) -> frozenset[str]:
    """Return the obligations whose gaps an effective decision takes on for an update; the due day itself is in.

    Only an update to a version that is out may leave gaps for later: patients are better off with it than without.
    """
    item: Item[Release] | None = dossier.get(release)
    if item is None or item.content.kind is not ReleaseKind.UPDATE:
        return frozenset()
    return frozenset(
        gap.obligation
        for decision in dossier.back(release, ReleaseDecision)
        if decision.content.outcome is ReleaseOutcome.RELEASE_WITH_GAPS
        for gap in decision.content.gaps
        if today <= gap.due
    )


def gate(assessment: Assessment, catalogue: Catalogue, accepted: frozenset[str] = frozenset()) -> Gate:
    """Return the gate's answer for the release that was looked at.

    `accepted` are obligations whose gaps an effective decision to release with gaps takes on. Without a release the
    question cannot be answered.
    """
    questions = tuple(
        _question(clause.id, clause.title, clause.question or "", assessment, accepted) for clause in catalogue.gate
    )
    verdicts = {one.left for one in questions}
    if assessment.release is None:
        verdict = Verdict.UNKNOWN
    elif Verdict.GAP in verdicts:
        verdict = Verdict.GAP
    elif verdicts <= {Verdict.MET, Verdict.NOT_APPLICABLE}:
        verdict = Verdict.MET
    else:
        verdict = Verdict.UNKNOWN
    return Gate(
        assessment.release.label if assessment.release else None,
        assessment.release.version if assessment.release else None,
        questions,
        verdict,
        len(assessment.awaited),
        with_gaps=any(one.accepted for one in questions),
    )


def _question(clause: str, title: str, question: str, assessment: Assessment, accepted: frozenset[str]) -> Question:
    obligations = tuple(one for one in assessment.of_clause(clause) if one.counts)
    gaps = [note for one in obligations for note in one.gaps]
    unknowns = [note for one in obligations for note in one.unknowns]
    with_gaps = [one for one in obligations if one.verdict is Verdict.GAP]
    return Question(
        clause,
        title,
        question,
        assessment.clause(clause).verdict,
        _unique((*gaps, *unknowns)),
        obligations,
        sum(bool(one.awaited) for one in obligations),
        accepted=bool(with_gaps) and all(one.id in accepted for one in with_gaps),
        left=_left(assessment.clause(clause).verdict, obligations, accepted),
    )


def _left(verdict: Verdict, obligations: tuple[ObligationVerdict, ...], accepted: frozenset[str]) -> Verdict:
    """Return the answer with accepted gaps taken for yes; what could not be seen stays so, whoever accepts it."""
    if verdict is not Verdict.GAP:
        return verdict
    return joined(
        Verdict.MET if one.id in accepted and one.verdict is Verdict.GAP else one.verdict for one in obligations
    )


def _unique(notes: tuple[Note, ...]) -> tuple[Note, ...]:
    return tuple({(note.check, note.about.id, bytes(note.told)): note for note in notes}.values())
