"""Checks of bills of materials: true to their build, made again from its source, and kept."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from asepsis.checks import terms
from asepsis.checks.check import Findings, check
from asepsis.checks.configuration.components import called_all
from asepsis.checks.view import AbsentFactsError, View
from asepsis.configuration.records import BillOfMaterials, Fielded, Release
from asepsis.exchange import subjects
from asepsis.exchange.facts import Component, Components
from asepsis.quality.domain import months_after
from asepsis.record.dossier import Item
from asepsis.record.slots import SystemRole
from asepsis.record.verdict import Gap, Unknown
from asepsis.sentences import Sentence

RETENTION_YEARS = "quality.retention_years"


def is_of_release(bill: Item[BillOfMaterials], view: View) -> bool:
    """Return whether a bill is one of the release looked at; bills are never carried from another."""
    return view.release is not None and bill.content.release == view.release.id


# --- true to the build ----------------------------------------------------------------------------------------------

NO_BILL = Sentence(
    "{release} has no effective bill of materials for its configuration `{configuration}`.",
    next="Make the bill of `{configuration}` and import it.",
)
TWO_BILLS = Sentence(
    "{release} has several bills of materials for the same configuration: {bills}.",
    next="Retire all of {bills} but the one that is true, or say which configuration each is of.",
)
NOT_A_CONFIGURATION = Sentence(
    "{bill} is of the configuration `{configuration}`, which {release} does not have.",
    next="Correct the configuration in {bill}, or add it to {release}.",
)
OTHER_BUILD = Sentence(
    "{bill} is of the build {found}; {release} is the build {asked}.", next="Make the bill of {asked} and import it."
)
NO_BUILD = Sentence(
    "{release} does not say which build it is, so {bill} cannot be one of it.", next="Enter the build in {release}."
)
OTHER_VERSION = Sentence(
    "The document of {bill} says it is of version {found}; {release} is {asked}.",
    next="Make the bill again from the build of {release} and import it.",
)
NO_VERSION = Sentence(
    "The document of {bill} does not say of which version it is.",
    next="Make the bill again so that it names the product with its version, and import it.",
)
DEPARTS = Sentence(
    "The document of {bill} does not follow {format}: {departures}.", next="Make the bill again and import it."
)
UNCHECKED = Sentence(
    "It was not checked whether the document of {bill} follows {format}.",
    next="Import the bill in a format whose schema is checked, as CycloneDX 1.2 to 1.7 or SPDX 2.3, in JSON.",
)
OTHER_COUNT = Sentence(
    "{bill} says that it lists {told} components; its document lists {found}.",
    next="Correct the number in {bill}, or import the bill that was meant.",
)
LACKS = Sentence(
    "{count} components in {bill} have no {what}: {components}.",
    next="Have the tool fill in the {what} of each component, make the bill again and import it.",
)
NO_ORIGIN = Sentence(
    "The document of {bill} names no {what}.", next="Make the bill again so that it names its {what}, and import it."
)
BUILD_BY_IMPORTER = Sentence(
    "Only who imported {bill} says of which build it is; the document does not.",
    next="Make the bill again with the property `asepsis:build_id`, and import it.",
)


@check(
    "configuration.bills_true_to_build",
    over=BillOfMaterials,
    owner=SystemRole.DEVELOPER,
    needed=True,
    whole=True,
    when=is_of_release,
)
def bills_are_true_to_the_build(bills: tuple[Item[BillOfMaterials], ...], view: View) -> Findings:
    """Each configuration of a release has one bill, of its very build, whole and well formed.

    Source: IEC 81001-5-1:2021, 8; 4.3.
    """
    release = view.release
    assert release is not None  # `when` let a bill through
    yield from _one_for_each_configuration(bills, release)
    for bill in bills:
        try:
            yield from _is_true(bill, release, view)
        except AbsentFactsError as absent:
            yield Unknown(bill, UNREAD, bill=bill, why=absent.why)


UNREAD = Sentence("The components of {bill} are {why}.", next="Import the document of {bill} again.")


def _one_for_each_configuration(bills: tuple[Item[BillOfMaterials], ...], release: Item[Release]) -> Findings:
    by_configuration: dict[str | None, list[Item[BillOfMaterials]]] = {}
    for bill in bills:
        by_configuration.setdefault(bill.content.configuration, []).append(bill)
    for rivals in by_configuration.values():
        if len(rivals) > 1:
            yield Gap(release, TWO_BILLS, release=release, bills=rivals)
    wanted = release.content.configurations
    for configuration in wanted:
        if configuration not in by_configuration:
            yield Gap(release, NO_BILL, release=release, configuration=configuration)
    for found, of_it in by_configuration.items():
        if found not in (wanted or (None,)):
            yield Gap(of_it[0], NOT_A_CONFIGURATION, bill=of_it[0], configuration=found or "-", release=release)


def _is_true(bill: Item[BillOfMaterials], release: Item[Release], view: View) -> Findings:
    content, build = bill.content, release.content.build_id
    document: Components = view.fact("components", content.document.digest)
    told = document.build_id or content.build_id
    if build is None:
        yield Gap(release, NO_BUILD, release=release, bill=bill)
    elif content.build_id != build or told != build:
        found = told if content.build_id == build else content.build_id
        yield Gap(bill, OTHER_BUILD, bill=bill, found=found, release=release, asked=build)
    elif document.build_id is None:
        yield Unknown(bill, BUILD_BY_IMPORTER, bill=bill)
    if document.product_version is None:
        yield Gap(bill, NO_VERSION, bill=bill)
    elif document.product_version != release.content.version:
        asked = release.content.version
        yield Gap(bill, OTHER_VERSION, bill=bill, found=document.product_version, release=release, asked=asked)
    if document.schema == "departs":
        yield Gap(bill, DEPARTS, bill=bill, format=document.format, departures=document.departures)
    elif document.schema == "unchecked":
        yield Unknown(bill, UNCHECKED, bill=bill, format=document.format)
    if content.component_count != len(document.components):
        yield Gap(bill, OTHER_COUNT, bill=bill, told=content.component_count, found=len(document.components))
    yield from _is_whole(bill, document)


def _is_whole(bill: Item[BillOfMaterials], document: Components) -> Findings:
    lacking: dict[str, list[Component]] = {}
    for component in document.components:
        if component.place != "root":
            for what in _lacks(component):
                lacking.setdefault(what, []).append(component)
    for what, components in lacking.items():
        yield Gap(bill, LACKS, count=len(components), bill=bill, what=what, components=called_all(components)).serving(
            "8-2"
        )
    for what, there in (("author", document.author), ("time", document.made_at)):
        if there is None:
            yield Gap(bill, NO_ORIGIN, bill=bill, what=what).serving("8-2")


def _lacks(component: Component) -> Iterator[str]:
    """Yield which of the least things that a bill tells of a component it does not tell."""
    if not component.supplier:
        yield "supplier"
    if not component.name:
        yield "name"
    if not component.version:
        yield "version"
    if not (component.purl or component.cpe or component.hashes):
        yield "identifier"
    if component.place == "unplaced":
        yield "place in the dependencies"


# --- made again -----------------------------------------------------------------------------------------------------

NOT_REGENERATED = Sentence(
    "{bill} was not made a second time from the tagged source.",
    next="Generate the bill anew from {tag} and import it beside the first.",
)
DIFFERS = Sentence(
    "{bill} and the one made again from its source differ in {count} components: {components}.",
    next="Find out which of the two is true, and make the other again.",
)
OTHER_TAG = Sentence(
    "The bill that was made again beside {bill} is of the source {found}; the build is of {asked}.",
    next="Generate the bill anew from {asked} and import it beside the first.",
)


@check("configuration.bills_reproducible", over=BillOfMaterials, owner=SystemRole.RELEASE_MANAGER, when=is_of_release)
def bills_can_be_made_again(bill: Item[BillOfMaterials], view: View) -> Findings:
    """The bill of a release comes out the same when it is made again from the source that was tagged.

    Source: IEC 81001-5-1:2021, 8.
    """
    content = bill.content
    tags = _tags(bill, view)
    if content.regenerated is None:
        yield Gap(bill, NOT_REGENERATED, bill=bill, tag=tags[0])
        return
    first: Components = view.fact("components", content.document.digest)
    again: Components = view.fact("components", content.regenerated.digest)
    differing = (_counted(first) - _counted(again)) + (_counted(again) - _counted(first))
    if differing:
        named = sorted(" ".join(part for part in key[:2] if part) for key in differing)
        yield Gap(bill, DIFFERS, bill=bill, count=differing.total(), components=named)
    if again.source_tag not in tags:
        yield Gap(bill, OTHER_TAG, bill=bill, found=again.source_tag or "no tag at all", asked=tags[0])


def _tags(bill: Item[BillOfMaterials], view: View) -> tuple[str, ...]:
    """Return what the source of a bill's build is called: as the source says where it is known, else as the bill."""
    own = bill.content.source_tag
    taken = view.taken_in("source", subjects.build(view.product.id, bill.content.build_id))
    source = view.document(taken) if taken is not None else None
    known = (source.tag, source.to_commit) if source is not None else ()
    if not known or own in known:
        return (own, *(one for one in known if one is not None))
    return tuple(one for one in known if one is not None)


def _counted(document: Components) -> Counter[tuple[str, str, tuple[tuple[str, str], ...]]]:
    return Counter(
        (one.purl or one.cpe or one.name, one.version or "", tuple(sorted(one.hashes))) for one in document.components
    )


# --- kept -----------------------------------------------------------------------------------------------------------

NOT_KEPT = Sentence(
    "{release} has no effective bill of materials, and one has to be kept until {until}.",
    next="Import the bill of {release} from its archive.",
)
RETIRED = Sentence(
    "{bill} of {release} was retired, and no other bill stands in its place.",
    next="Import the bill that replaces {bill}, and name it there.",
)
BYTES_GONE = Sentence(
    "The document of {bill} is not stored here.", next="Import the document of {bill} again from its archive."
)


def _has_to_be_kept(release: Item[Release], view: View) -> bool:
    if terms.released_by(release, view) is None:
        return False
    if terms.supported(release, view) or not terms.past(_kept_until(release, view), view):
        return True
    return any(
        one.content.count > 0 and not terms.past(one.content.until, view) for one in view.dossier.back(release, Fielded)
    )


def _kept_until(release: Item[Release], view: View) -> Any:
    ended = max(release.content.support_until, release.content.security_support_until)
    return months_after(ended, 12 * view.policy.number(RETENTION_YEARS))


@check("configuration.bills_kept", over=Release, owner=SystemRole.RELEASE_MANAGER, when=_has_to_be_kept)
def bills_are_kept(release: Item[Release], view: View) -> Findings:
    """The bill of whatever was released is kept, for as long as it is in use and the years of retention after.

    Source: IEC 81001-5-1:2021, 8.
    """
    found = terms.bill_records(view, release)
    if not found:
        yield Gap(release, NOT_KEPT, release=release, until=_kept_until(release, view))
    for bill in view.once("retired bills", _retired).get(release.id, ()):
        if bill.content.retired is not None and bill.content.retired.replaced_by is None:
            yield Gap(bill, RETIRED, bill=bill, release=release)
    for bill in found:
        document = bill.content.document
        if document.stored and not view.stored(document.digest):
            yield Unknown(bill, BYTES_GONE, bill=bill)
        view.fact("components", document.digest)


def _retired(view: View) -> dict[str, list[Item[BillOfMaterials]]]:
    found: dict[str, list[Item[BillOfMaterials]]] = {}
    for bill in view.dossier.retired(BillOfMaterials):
        found.setdefault(str(bill.content.release), []).append(bill)
    return found
