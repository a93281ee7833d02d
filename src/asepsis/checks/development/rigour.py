"""Checks of what users are told about the rigour of development: what was tailored, and how far Annex E is covered."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from asepsis.checks import terms, told
from asepsis.checks.check import Findings, check
from asepsis.checks.view import View
from asepsis.development.records import Coverage, Covered, ReleaseDocument, SecurityPlan
from asepsis.quality.records import Applicability
from asepsis.record.dossier import Item
from asepsis.record.slots import SystemRole
from asepsis.record.verdict import Gap
from asepsis.sentences import Sentence
from asepsis.statements.records import NotApplicable

PARTS = (Coverage.RIGOUR, "scoping", "tailoring")
ANNEX_E = (
    Coverage.PRODUCT,
    Coverage.DEFENCE_IN_DEPTH,
    Coverage.ENVIRONMENT,
    Coverage.HARDENING,
    Coverage.UPDATES,
    Coverage.DECOMMISSIONING,
)

UNTOLD = Sentence(
    "{record} {what}, and no place on the rigour of the process tells of it.",
    next="Tell of {record} under 5.8.2 b, and enter the place.",
)
TOLD_BEFORE = Sentence(
    "{record} {what}, and has changed since the part on the rigour of the process told of it.",
    next="Look at the text again, correct it where needed, and sign the document.",
)
NOT_SAID = Sentence(
    "The documents of {release} do not say how far {part} is covered.",
    next="Enter a line `annex-e:{part}` with present, partly or no.",
)
NOT_THERE = Sentence(
    "{document} says that {part} is present, and no document of {release} covers it.",
    next="Enter the document that covers {part}, or say partly or no.",
)


@check(
    "development.process_rigour_told",
    over=ReleaseDocument,
    owner=SystemRole.REGULATORY,
    whole=True,
    when=terms.is_of_release,
)
def rigour_of_the_process_is_told(documents: tuple[Item[ReleaseDocument], ...], view: View) -> Findings:
    """The documents tell what was left out or done otherwise, and how far each document of Annex E is there.

    Source: IEC 81001-5-1:2021, 5.8.2; 5.1.1.
    """
    for record, what in _departures(view):
        places = told.told_of(record.id, view, *PARTS)
        if not any(place.sound for place in places):
            yield Gap(record, TOLD_BEFORE if places else UNTOLD, record=record, what=what)
    covered = {part for document in documents for part in document.content.covers}
    for part in ANNEX_E:
        lines = list(told.anchors(view, f"annex-e:{part}"))
        if not lines:
            yield Gap(view.release or view.product, NOT_SAID, release=view.release, part=part)
        for document, anchor in lines:
            if anchor.covered is Covered.PRESENT and part not in covered:
                yield Gap(document, NOT_THERE, document=document, part=part, release=view.release)


def _departures(view: View) -> Iterator[tuple[Item[Any], str]]:
    plan = view.dossier.single(SecurityPlan)
    if plan is not None and plan.content.tailoring:
        yield plan, "does duties of clause 5 in another way"
    for exclusion in view.dossier.all(NotApplicable):
        yield exclusion, "says that a duty does not apply"
    scoping = view.dossier.single(Applicability)
    if scoping is not None and any(not line.in_scope for line in scoping.content.supporting_software):
        yield scoping, "leaves supporting software out of scope"
