"""The claims of conformance: clauses 4 to 9 in full, or Annex F; and what stands against each."""

from __future__ import annotations

from dataclasses import dataclass

from asepsis.conformance.assessment import Assessment
from asepsis.record.verdict import Verdict, joined


@dataclass(frozen=True, slots=True)
class ClaimVerdict:
    """Whether a claim may be made, and the clauses that stand against it.

    A claim lists the obligations, or lettered parts of them, that do not apply, and those that are done in another way.
    """

    concept: str
    title: str
    verdict: Verdict
    gaps: tuple[str, ...]
    unknowns: tuple[str, ...]
    not_applicable: tuple[str, ...]
    tailored: tuple[str, ...] = ()

    @property
    def possible(self) -> bool:
        """Return whether the claim may be made."""
        return self.verdict is Verdict.MET


FULL = "full-4-9"
TRANSITIONAL = "transitional-f"


def claims(assessment: Assessment) -> tuple[ClaimVerdict, ...]:
    """Return the verdict on both claims. The route that was not chosen is not asked, and cannot be claimed."""
    return (
        _claim(FULL, "Clauses 4 to 9", assessment, annex=False, asked=assessment.route == "full"),
        _claim(TRANSITIONAL, "Annex F", assessment, annex=True, asked=assessment.route == "transitional"),
    )


def _claim(concept: str, title: str, assessment: Assessment, *, annex: bool, asked: bool) -> ClaimVerdict:
    clauses = [one for one in assessment.clauses if one.id.startswith("F") is annex and one.decided_by is not None]
    if not asked:
        return ClaimVerdict(concept, title, Verdict.NOT_ASKED, (), (), ())
    # An exclusion concerns an obligation even where the clause has others; it is listed as the obligation.
    excluded = (
        identity
        for one in assessment.obligations
        for identity in ((one.id,) if one.not_applicable is not None else (part.what for part in one.left_out))
    )
    counted = [one.verdict for one in clauses if one.verdict is not Verdict.NOT_ASKED]
    verdict = joined(counted)
    return ClaimVerdict(
        concept,
        title,
        Verdict.MET if verdict is Verdict.NOT_APPLICABLE else verdict,
        tuple(one.id for one in clauses if one.verdict is Verdict.GAP),
        tuple(one.id for one in clauses if one.verdict is Verdict.UNKNOWN),
        tuple(excluded),
        tuple(one.id for one in assessment.obligations if one.tailored is not None),
    )
