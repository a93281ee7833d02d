"""Checks of the guide by which users take a product out of service."""

from __future__ import annotations

from collections.abc import Iterator

from asepsis.checks import terms, tested
from asepsis.checks.check import Findings, check
from asepsis.checks.view import View
from asepsis.development.records import (
    Answer,
    DecommissioningGuide,
    LifeStage,
    ReleaseDocument,
    Requirement,
    Review,
    ReviewOf,
    TestCase,
)
from asepsis.record.dossier import Item
from asepsis.record.slots import SystemRole
from asepsis.record.verdict import Gap, Unknown
from asepsis.risk.records import Asset, AssetKind, Element, ElementKind
from asepsis.sentences import Sentence

DECOMMISSION = "stage:decommission"

ASSET_LEFT = Sentence(
    "{guide} does not tell how {asset}, which {store} keeps, is removed.",
    next="Tell in {guide} how {asset} is removed, and enter it there.",
)
ASSET_CHANGED = Sentence(
    "{asset} changed after {guide} told how it is removed.",
    next="Look at {guide} again, correct it where needed, and sign it.",
)
OTHER_DOCUMENT = Sentence(
    "{guide} rests on {document}, which is not a document of {release}.",
    next="Name in {guide} a document of {release}.",
)
NOT_TESTED = Sentence(
    "No requirement for decommissioning has a test that passed for {release}.",
    next="Test a requirement for decommissioning on the build of {release}, by following {guide}.",
)
TEST_UNKNOWN = Sentence(
    "The test of a requirement for decommissioning was run for {release}, and its results are not there.",
    next="Import the results of the report.",
)


@check(
    "development.decommissioning_guide",
    over=DecommissioningGuide,
    owner=SystemRole.REGULATORY,
    needed=True,
    when=terms.is_of_release,
)
def the_guide_leaves_nothing_behind(guide: Item[DecommissioningGuide], view: View) -> Findings:
    """Whoever takes the product out of service by its guide leaves no data or credential behind, and that was tried.

    Source: IEC 81001-5-1:2021, 5.8.7.
    """
    document: Item[ReleaseDocument] | None = view.dossier.get(guide.content.document)
    if document is not None and not terms.is_of_release(document, view):
        yield Gap(guide, OTHER_DOCUMENT, guide=guide, document=document, release=view.release)
    covered = set(guide.content.assets_covered)
    for asset, store in _stored(view):
        if asset.id not in covered:
            yield Gap(guide, ASSET_LEFT, guide=guide, asset=asset, store=store)
        elif not view.dossier.sound(guide, asset):
            yield Gap(guide, ASSET_CHANGED, guide=guide, asset=asset)
    if _is_not_needed(view):
        return
    outcomes = {tested.shown(view).get(case.id) for case in _cases(view)}
    if tested.Shown.PASSED not in outcomes:
        if tested.Shown.UNKNOWN in outcomes:
            yield Unknown(guide, TEST_UNKNOWN, release=view.release)
        else:
            yield Gap(guide, NOT_TESTED, release=view.release, guide=guide).owed(by=SystemRole.TESTER)


def _stored(view: View) -> Iterator[tuple[Item[Asset], Item[Element]]]:
    """Yield the data and credentials that a store of the model keeps, each once with one of its stores."""
    seen: set[str] = set()
    for element in view.dossier.all(Element):
        if element.content.kind is not ElementKind.STORE:
            continue
        for reference in element.content.assets:
            asset: Item[Asset] | None = view.dossier.get(reference)
            if asset is None or asset.id in seen:
                continue
            if asset.content.kind in (AssetKind.DATA, AssetKind.CREDENTIAL):
                seen.add(asset.id)
                yield asset, element


def _cases(view: View) -> Iterator[Item[TestCase]]:
    """Yield the test cases that decide a requirement for decommissioning as it is now."""
    for requirement in view.dossier.all(Requirement):
        if LifeStage.DECOMMISSION in requirement.content.stages:
            for case in view.dossier.back(requirement, TestCase):
                if view.dossier.sound(case, requirement):
                    yield case


def _is_not_needed(view: View) -> bool:
    """Return whether the newest review of requirements that was asked says that decommissioning needs none."""
    answers = [
        (review.content.held_on, terms.first_position(review, view), question.answer)
        for review in view.dossier.all(Review)
        if review.content.of is ReviewOf.REQUIREMENTS
        for question in review.content.questions
        if question.question == DECOMMISSION
    ]
    return bool(answers) and max(answers)[2] is Answer.NOT_APPLICABLE
