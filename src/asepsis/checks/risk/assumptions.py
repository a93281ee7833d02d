"""Checks of assumptions: whoever has to see to one was told, and what falls to the maker is tested."""

from __future__ import annotations

from asepsis.checks import told
from asepsis.checks.check import Findings, check
from asepsis.checks.tested import Shown, shown
from asepsis.checks.view import View
from asepsis.configuration.records import SupplierAgreement
from asepsis.development.records import Coverage, Requirement, TestCase
from asepsis.record.dossier import Item
from asepsis.record.slots import SystemRole
from asepsis.record.verdict import Gap, Unknown
from asepsis.risk.records import Assumption, Bearer
from asepsis.sentences import Sentence

NOT_TOLD = Sentence(
    "{assumption} falls to the {bearer}, and no document of {release} tells of it under E.2.3 or 5.8.2 a.",
    next="Tell the {bearer} of {assumption} in a document of {release}, and enter the place.",
)
TOLD_BEFORE = Sentence(
    "{assumption} falls to the {bearer}, and has changed since a document of {release} told of it.",
    next="Look at the text on {assumption} again, correct it where needed, and sign the document.",
)
NO_REQUIREMENT = Sentence(
    "{assumption} falls to you, and no requirement comes of it.",
    next="Write the requirement that {assumption} becomes.",
)
NOT_TESTED = Sentence(
    "{assumption} falls to you, and no case that passed for {release} tests its requirement.",
    next="Test the requirement of {assumption} on the build of {release}.",
)
RESULTS_ABSENT = Sentence(
    "{assumption} falls to you; the results that would show its requirement tested for {release} are not there.",
    next="Import the results of the report of the run.",
)
NOT_PASSED_ON = Sentence(
    "{assumption} falls to a supplier, and no agreement passes it on.",
    next="Have the supplier accept {assumption}, and name it in the agreement.",
)
READERS = (Bearer.OPERATOR, Bearer.INTEGRATOR)
PARTS = (Coverage.ENVIRONMENT, Coverage.OPERATION)


@check("risk.assumptions_handed_over", over=Assumption, owner=SystemRole.SECURITY)
def assumptions_are_handed_over(assumption: Item[Assumption], view: View) -> Findings:
    """Operators and integrators are told of what they have to see to, suppliers accepted it, and the rest is tested.

    Source: IEC 81001-5-1:2021, 7.1.2; 7.4.
    """
    bearer = assumption.content.falls_to
    if bearer in READERS:
        if view.release is None or told.is_told(assumption.id, view, *PARTS):
            return
        sentence = TOLD_BEFORE if told.told_of(assumption.id, view, *PARTS) else NOT_TOLD
        yield Gap(assumption, sentence, assumption=assumption, bearer=bearer, release=view.release)
    elif bearer is Bearer.SUPPLIER:
        if not any(assumption.id in one.content.passed_on for one in view.dossier.back(assumption, SupplierAgreement)):
            yield Gap(assumption, NOT_PASSED_ON, assumption=assumption)
    else:
        yield from _tested(assumption, view)


def _tested(assumption: Item[Assumption], view: View) -> Findings:
    requirements = [one for one in view.dossier.back(assumption, Requirement) if assumption.id in one.content.because]
    if not requirements:
        yield Gap(assumption, NO_REQUIREMENT, assumption=assumption)
        return
    if view.release is None:
        return
    found = {
        shown(view).get(case.id)
        for requirement in requirements
        for case in view.dossier.back(requirement, TestCase)
        if view.dossier.sound(case, requirement)
    }
    if Shown.PASSED in found:
        return
    if Shown.UNKNOWN in found:
        yield Unknown(assumption, RESULTS_ABSENT, assumption=assumption, release=view.release)
    else:
        yield Gap(assumption, NOT_TESTED, assumption=assumption, release=view.release)
