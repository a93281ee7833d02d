"""Checks of the risks that remain in old software: users are told of just those that its evaluation names."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from asepsis.checks import terms, told
from asepsis.checks.check import Findings, check
from asepsis.checks.evaluated import overall_risk, verdict_of
from asepsis.checks.view import View
from asepsis.development.records import Coverage, ReleaseDocument
from asepsis.record.dossier import Item
from asepsis.record.slots import SystemRole
from asepsis.record.verdict import Gap, Unknown
from asepsis.risk.grid import Verdict
from asepsis.risk.records import Risk
from asepsis.sentences import Sentence
from asepsis.transition.records import ComponentJustification, TransitionGap

NOT_EVALUATED = Sentence(
    "No evaluation of all residual risk of {release} is in force, so it is not known what users have to be told.",
    next="Evaluate the residual risk of {release} as a whole.",
)
NOT_TOLD = Sentence(
    "{overall} wants users to be told of {risk}, and no document of {release} does under 5.8.2 d.",
    next="Tell of {risk} in a document of {release}, and enter the place.",
)
TOLD_BEFORE = Sentence(
    "{risk} has changed since a document of {release} told of it.",
    next="Look at the text on {risk} again, correct it where needed, and sign the document.",
)
TOLD_TOO_MUCH = Sentence(
    "{document} tells of {risk} as a risk that remains; {overall} does not name it among those to be told.",
    next="Take {risk} out of what {document} tells of, or have {overall} name it.",
)
TO_BE_TOLD = Sentence(
    "{overall} does not want users to be told of {risk}, {why}.",
    next="Name {risk} in {overall} among those to be told.",
)


@check(
    "transition.remaining_risks_told",
    over=ReleaseDocument,
    owner=SystemRole.REGULATORY,
    needed=True,
    whole=True,
    when=terms.is_of_release,
)
def remaining_risks_are_told(documents: tuple[Item[ReleaseDocument], ...], view: View) -> Findings:
    """The documents of a release tell of the risks that its newest evaluation names, as they are, and of no others.

    Source: IEC 81001-5-1:2021, F.3.
    """
    release, overall = view.release, overall_risk(view)
    assert release is not None  # `when` let a document through
    if overall is None:
        yield Unknown(release, NOT_EVALUATED, release=release)
        return
    wanted = dict.fromkeys(str(one) for one in overall.content.tell)
    for record in wanted:
        risk: Item[Risk] | None = view.dossier.get(record)
        if risk is None:
            continue  # its link is broken, which is told of the evaluation
        places = told.told_of(record, view, Coverage.RESIDUAL_RISKS)
        if not places:
            yield Gap(risk, NOT_TOLD, overall=overall, risk=risk, release=release)
        elif not any(place.sound for place in places):
            yield Gap(risk, TOLD_BEFORE, risk=risk, release=release)
    seen: set[tuple[str, str]] = set()
    for document, anchor in told.anchors(view, Coverage.RESIDUAL_RISKS):
        for reference in anchor.tells_of:
            other: Item[Any] | None = view.dossier.get(reference)
            if other is None or other.kind is not Risk or other.id in wanted or (document.id, other.id) in seen:
                continue
            seen.add((document.id, other.id))
            yield Gap(document, TOLD_TOO_MUCH, document=document, risk=other, overall=overall)
    for left_out, why in _to_be_told(view):
        if left_out.id not in wanted:
            wanted[left_out.id] = None
            yield Gap(overall, TO_BE_TOLD, overall=overall, risk=left_out, why=why)


def _to_be_told(view: View) -> Iterator[tuple[Item[Risk], str]]:
    for gap in view.dossier.all(TransitionGap):
        risk: Item[Risk] | None = view.dossier.get(gap.content.risk)
        if gap.content.justified is not None and gap.content.closed_on is None and risk is not None:
            yield risk, "on which a transition gap stays open"
    for justification in view.dossier.all(ComponentJustification):
        risk = view.dossier.get(justification.content.risk)
        if risk is not None:
            yield risk, "on which an outdated component stays in"
    for one in view.dossier.all(Risk):
        if verdict_of(one, view) is Verdict.NEEDS_APPROVAL:
            yield one, "which is left by approval"
