"""Checks of the documents that go out with a release: reviewed, true to the design, and whole."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from asepsis.checks import terms, told
from asepsis.checks.check import Findings, check
from asepsis.checks.signatures import signatures_of
from asepsis.checks.view import View
from asepsis.development.records import (
    Aspect,
    Coverage,
    DocumentationReview,
    Interface,
    InterfaceReach,
    LifeStage,
    ReleaseDocument,
    Requirement,
)
from asepsis.quality.records import ProductProfile
from asepsis.record.dossier import Item
from asepsis.record.slots import SystemRole
from asepsis.record.verdict import Gap, Unknown
from asepsis.risk.records import (
    Asset,
    AssetKind,
    Assumption,
    Bearer,
    Control,
    ControlKind,
    Element,
    ElementKind,
    Reachable,
)
from asepsis.sentences import Sentence

# --- reviewed -------------------------------------------------------------------------------------------------------

NOT_REVIEWED = Sentence(
    "No review of {document} is in force for {release}.",
    next="Have {document} reviewed by people who did not write it.",
)
REVIEWED_EARLIER = Sentence(
    "{document} changed after {review} looked at it.", next="Review {document} in its newest version."
)
ASPECT_LEFT_OUT = Sentence(
    "{review} says nothing of these aspects of {document}: {aspects}.",
    next="Look at these aspects of {document}, and enter the outcome in {review}.",
)
OWN_REVIEW = Sentence(
    "{review} is signed by {person}, who wrote {document}.",
    next="Have {document} reviewed by people who did not write it.",
)
OPEN_DEFECT = Sentence(
    "{review} names a defect of {document} that is not closed: {what}.",
    next="Put the defect right, and enter in {review} on which day and by what.",
)
CLOSED_BY_NOTHING = Sentence(
    "{review} closes a defect of {document}, and what closed it is not named or not in force: {what}.",
    next="Name in {review} the record that put the defect right.",
)
CLOSED_UNCHANGED = Sentence(
    "{review} closes a defect by {document}, which has not changed since: {what}.",
    next="Put the defect right in {document}, and review it again.",
)
FILE_GONE = Sentence("The file of {document} is not stored here.", next="Import the file of {document} again.")


@check(
    "development.documents_reviewed",
    over=ReleaseDocument,
    owner=SystemRole.REGULATORY,
    needed=True,
    when=terms.is_of_release,
)
def documents_are_reviewed(document: Item[ReleaseDocument], view: View) -> Findings:
    """Each document of a release was reviewed in its newest version by others than its authors, and its defects closed.

    Source: IEC 81001-5-1:2021, 4.1.9.
    """
    found = [
        one
        for one in view.dossier.back(document, DocumentationReview)
        if one.content.document == document.id and terms.is_of_release(one, view)
    ]
    sound = [one for one in found if view.dossier.sound(one, document)]
    newest = max(sound or found, key=lambda one: terms.first_position(one, view), default=None)
    if newest is None:
        yield Gap(document, NOT_REVIEWED, document=document, release=view.release)
    elif not sound:
        yield Gap(document, REVIEWED_EARLIER, document=document, review=newest)
    else:
        yield from _is_whole(newest, document, view)
    for review in view.once("reviews by document", _by_document).get(document.id, ()):
        yield from _defects(review, document, view)
    if document.content.file.stored and not view.stored(document.content.file.digest):
        yield Unknown(document, FILE_GONE, document=document)


def _is_whole(review: Item[DocumentationReview], document: Item[ReleaseDocument], view: View) -> Findings:
    looked_at = {result.aspect for result in review.content.aspects}
    left_out = [aspect for aspect in Aspect if aspect not in looked_at]
    if left_out:
        yield Gap(review, ASPECT_LEFT_OUT, review=review, document=document, aspects=left_out)
    history = view.dossier.history(document)
    authors = history.authors_of(history.effective) if history.effective is not None else frozenset()
    signers = {signature.person for signature in signatures_of(review, view)}
    for person in sorted(signers & authors):
        yield Gap(review, OWN_REVIEW, review=review, person=person, document=document)


def _by_document(view: View) -> dict[str, list[Item[DocumentationReview]]]:
    found: dict[str, list[Item[DocumentationReview]]] = {}
    for review in view.dossier.with_heads(DocumentationReview):
        found.setdefault(str(review.content.document), []).append(review)
    return found


def _defects(review: Item[DocumentationReview], document: Item[ReleaseDocument], view: View) -> Findings:
    written = view.dossier.history(review).revisions[0].position
    for defect in review.content.defects:
        said: dict[str, Any] = {"review": review, "document": document, "what": defect.what}
        if defect.closed_on is None:
            yield Gap(review, OPEN_DEFECT, **said)
        elif view.dossier.get(defect.closed_by) is None:
            yield Gap(review, CLOSED_BY_NOTHING, **said)
        elif defect.closed_by == document.id and view.dossier.history(document).turns[-1][0] < written:
            yield Gap(review, CLOSED_UNCHANGED, **said)


# --- true to the design ---------------------------------------------------------------------------------------------

UNTOLD = Sentence(
    "{thing} is {what}, and no document of {release} tells of it.",
    next="Add the place in a document of {release} that tells of {thing}.",
)
TOLD_BEFORE = Sentence(
    "{thing} is {what}, and has changed since {documents} told of it.",
    next="Look at the text again, correct it where needed, and sign {documents}.",
)

OUTSIDE = (InterfaceReach.EXTERNAL, InterfaceReach.BOTH)


@check(
    "development.documents_follow_design",
    over=ReleaseDocument,
    owner=SystemRole.REGULATORY,
    needed=True,
    whole=True,
    when=terms.is_of_release,
)
def documents_follow_the_design(documents: tuple[Item[ReleaseDocument], ...], view: View) -> Findings:
    """What users have to know of the design stands in the documents, as the design is now.

    Source: IEC 81001-5-1:2021, 4.1.9.
    """
    for thing, what in _to_be_told(view):
        places = told.told_of(thing.id, view)
        if not places:
            yield Gap(thing, UNTOLD, thing=thing, what=what, release=view.release)
        elif not any(place.sound for place in places):
            by_id = {place.document.id: place.document for place in places}
            yield Gap(thing, TOLD_BEFORE, thing=thing, what=what, documents=list(by_id.values()))


def _to_be_told(view: View) -> Iterator[tuple[Item[Any], str]]:
    """Yield each thing that users have to know of, once, with what it is to them."""
    seen: set[str] = set()
    for thing, what in _all_to_be_told(view):
        if thing.id not in seen:
            seen.add(thing.id)
            yield thing, what


def _all_to_be_told(view: View) -> Iterator[tuple[Item[Any], str]]:
    for interface in view.dossier.all(Interface):
        if interface.content.reach in OUTSIDE:
            yield interface, "an interface that can be used from outside"
    for element in view.dossier.all(Element):
        content = element.content
        if content.kind is ElementKind.PORT and content.reachable in (Reachable.EXTERNAL, Reachable.BOTH):
            yield element, "a port that can be reached from outside"
        elif content.debug:
            yield element, "a way in for debugging or service"
    for interface in view.dossier.all(Interface):
        if interface.content.reach in OUTSIDE and interface.content.users:
            for reference in interface.content.capabilities:
                control: Item[Control] | None = view.dossier.get(reference)
                if control is not None:
                    yield control, "a protection that users of an interface meet"
    for control in view.dossier.all(Control):
        if control.content.kind is ControlKind.INFORMATION:
            yield control, "a control that works by telling users"
    for requirement in view.dossier.all(Requirement):
        if {LifeStage.INSTALL, LifeStage.DECOMMISSION} & set(requirement.content.stages):
            yield requirement, "asked for at installation or decommissioning"
    for assumption in view.dossier.all(Assumption):
        if assumption.content.falls_to in (Bearer.OPERATOR, Bearer.INTEGRATOR):
            yield assumption, "something that operators or integrators have to see to"


# --- whole ----------------------------------------------------------------------------------------------------------

PART_MISSING = Sentence(
    "No document of {release} covers {part}.", next="Write the part on {part}, and enter the document that holds it."
)
OTHER_VERSION = Sentence(
    "{document} is written for version {found}; {release} is {asked}.",
    next="Write {document} for the version of {release}.",
)
NO_PLACE = Sentence(
    "{document} covers {part}, and says nowhere where that stands.",
    next="Enter in {document} the place where {part} is told.",
)
ACCOUNT_UNTOLD = Sentence(
    "{asset} is a credential, and no place on the care of accounts tells of it.",
    next="Tell under 5.8.2 c how {asset} is looked after, and enter the place.",
)


@check(
    "development.release_documents_complete",
    over=ReleaseDocument,
    owner=SystemRole.REGULATORY,
    needed=True,
    whole=True,
    when=terms.is_of_release,
)
def documents_are_complete(documents: tuple[Item[ReleaseDocument], ...], view: View) -> Findings:
    """The documents of a release together tell of operation, rigour, residual risks and, where there are any, accounts.

    Source: IEC 81001-5-1:2021, 5.8.2.
    """
    release = view.release
    assert release is not None  # `when` let a document through
    profile = view.dossier.single(ProductProfile)
    has_accounts = profile is not None and profile.content.accounts
    asked = [
        Coverage.OPERATION,
        Coverage.RIGOUR,
        Coverage.RESIDUAL_RISKS,
        *([Coverage.ACCOUNTS] if has_accounts else []),
    ]
    covered = {part for document in documents for part in document.content.covers}
    for part in asked:
        if part not in covered:
            yield Gap(release, PART_MISSING, release=release, part=part)
    for document in documents:
        if document.content.version != release.content.version:
            found, version = document.content.version, release.content.version
            yield Gap(document, OTHER_VERSION, document=document, found=found, release=release, asked=version)
        for part in document.content.covers:
            if not any(told.is_part(one.item, part) and one.place for one in document.content.anchors):
                yield Gap(document, NO_PLACE, document=document, part=part)
    if has_accounts:
        for asset in _credentials(view):
            if not told.is_told(asset.id, view, Coverage.ACCOUNTS):
                yield Gap(asset, ACCOUNT_UNTOLD, asset=asset)


def _credentials(view: View) -> Iterator[Item[Asset]]:
    """Yield the credentials that stand in the system model."""
    for asset in view.dossier.all(Asset):
        if asset.content.kind is AssetKind.CREDENTIAL and view.dossier.back(asset, Element):
            yield asset
