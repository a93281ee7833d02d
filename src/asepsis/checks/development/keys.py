"""Checks of signing keys: kept where they should be by people who are there, and used for nothing else."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date

from asepsis.checks import terms
from asepsis.checks.check import Findings, check
from asepsis.checks.view import AbsentFactsError, View
from asepsis.configuration.records import BillOfMaterials
from asepsis.development.records import Finding, IntegrityManifest, KeyPurpose, SigningKey
from asepsis.exchange.facts import ManifestFiles, Signed, SigningLog
from asepsis.quality.domain import months_after
from asepsis.quality.records import Procedure
from asepsis.record.dossier import Item
from asepsis.record.slots import SystemRole
from asepsis.record.verdict import Gap, Unknown
from asepsis.sentences import Sentence

STORAGE, CUSTODY_MONTHS = "development.key_storage", "development.key_custody_months"


def files_of(manifest: Item[IntegrityManifest], view: View) -> ManifestFiles | None:
    """Return what a manifest lists; `None` where it was not imported or can no longer be read."""
    taken = view.taken_in("manifest_files", manifest.content.files.digest)
    try:
        found: ManifestFiles | None = view.document(taken) if taken is not None else None
    except AbsentFactsError:
        return None
    return found


def public_halves(key: Item[SigningKey], view: View) -> frozenset[str]:
    """Return the digests by which the public half of a key is known: of its file, and of the key in it."""
    found = {key.content.public_key.digest}
    for manifest in view.dossier.back(key, IntegrityManifest):
        files = files_of(manifest, view)
        if files is not None and files.public_key is not None and files.key_file in found:
            found.add(files.public_key)
    return frozenset(found)


# --- custody --------------------------------------------------------------------------------------------------------

KEPT_ELSEWHERE = Sentence(
    "{key} is kept in {place}, which the policy does not allow.",
    next="Move {key} to a place that the policy allows, or have management say otherwise in the policy.",
)
ROTATION_PAST = Sentence("{key} was to be replaced by {due}.", next="Make a new key, and revoke {key}.")
CUSTODY_UNCHECKED = Sentence(
    "Nobody has looked that {key} lies where it should.", next="Look where {key} lies, and enter the day."
)
CUSTODY_OLD = Sentence(
    "Somebody last looked on {day} that {key} lies where it should; that holds for {months} months.",
    next="Look where {key} lies, and enter the day.",
)
NOBODY_KEEPS = Sentence("Nobody who is there today keeps {key}.", next="Name somebody who keeps {key}.")
KEEPER_LEFT = Sentence(
    "{person}, who keeps {key}, has left.", next="Give what they held to somebody else, and take them out of {key}."
)
NO_PROCEDURE = Sentence(
    "The procedure by which {key} is made, kept, used and destroyed is not in force.",
    next="Have the procedure signed, or name one in force in {key}.",
)


def _is_in_use(key: Item[SigningKey], view: View) -> bool:
    if key.content.revoked_on is not None:
        return False
    releases = {release.id for release in terms.supported_releases(view)}
    if view.release is not None and terms.released_by(view.release, view) is None:
        releases.add(view.release.id)
    return any(
        one.content.key == key.id and one.content.release in releases
        for one in view.dossier.back(key, IntegrityManifest)
    )


@check("development.key_custody", over=SigningKey, owner=SystemRole.SECURITY, needed=True, when=_is_in_use)
def keys_are_kept(key: Item[SigningKey], view: View) -> Findings:
    """The keys with which users check a release lie in a safe place, with people who are there, and not for too long.

    Source: IEC 81001-5-1:2021, 5.8.4.
    """
    content, months = key.content, view.policy.number(CUSTODY_MONTHS)
    if content.kept_in not in view.policy.words(STORAGE):
        yield Gap(key, KEPT_ELSEWHERE, key=key, place=content.kept_in)
    if terms.past(content.rotate_by, view):
        yield Gap(key, ROTATION_PAST, key=key, due=content.rotate_by).owed(due=content.rotate_by)
    checked = content.custody_checked_on
    if checked is None:
        yield Gap(key, CUSTODY_UNCHECKED, key=key)
    elif not terms.within_months(checked, months, view):
        yield Gap(key, CUSTODY_OLD, day=checked, key=key, months=months).owed(due=months_after(checked, months))
    procedure: Item[Procedure] | None = view.dossier.get(content.procedure)
    if procedure is None or procedure.id not in {one.id for one in terms.procedures_in_force(view)}:
        yield Gap(key, NO_PROCEDURE, key=key).owed(by=SystemRole.QUALITY)
    there = terms.people(view)
    here = [person for person in content.custodians if terms.active(person, view.today, there)]
    if not here:
        yield Gap(key, NOBODY_KEEPS, key=key)
    for person in content.custodians:
        if person in there and person not in here:
            yield Gap(key, KEEPER_LEFT, person=person, key=key)


# --- use ------------------------------------------------------------------------------------------------------------

UNEXPLAINED = Sentence(
    "{key} signed {count} things that nothing here accounts for: {digests}.",
    next="Name what was signed, or write the finding that explains it.",
)
OTHER_SIGNER = Sentence(
    "{key} was used by {identities}, whom it does not name as signers.",
    next="Find out who that is; name them in {key}, or write the finding.",
)
NOT_IN_LOG = Sentence(
    "{manifest} was signed with {key}, whose log has no such use.",
    next="Find out with what {manifest} was signed, and export the whole log.",
)
LOG_ENDS = Sentence(
    "The log of {key} ends on {until}, before {manifest} of {day}.",
    next="Export the log of {key} again, and import it.",
)
LOG_UNDATED = Sentence(
    "The log of {key} does not say up to when it is whole.", next="Export the log of {key} again, and import it."
)


@check("development.signing_log_matches", over="signing_log", owner=SystemRole.SECURITY)
def uses_of_the_key_are_accounted_for(key: Item[SigningKey], document: SigningLog, view: View) -> Findings:
    """Each use of a signing key was by one of its signers and for something that went out, and nothing went round it.

    Source: IEC 81001-5-1:2021, 5.8.4.
    """
    if key.content.purpose is not KeyPurpose.RELEASE_SIGNING:
        return
    manifests = [one for one in view.dossier.back(key, IntegrityManifest) if one.content.key == key.id]
    yield from _reaches(key, document, manifests, view)
    uses = [one for one in document.signatures if view.day(one.time) >= key.content.created]
    others = sorted({one.identity for one in uses if one.identity not in key.content.signers})
    if others:
        yield Gap(key, OTHER_SIGNER, key=key, identities=others).owed(urgent=True)
    unexplained = _unexplained(uses, view)
    if unexplained:
        yield Gap(key, UNEXPLAINED, key=key, count=len(unexplained), digests=unexplained).owed(urgent=True)
    signed = {one.digest for one in document.signatures}
    for manifest in manifests:
        if manifest.content.files.digest not in signed:
            yield Gap(manifest, NOT_IN_LOG, manifest=manifest, key=key)


def _reaches(
    key: Item[SigningKey], document: SigningLog, manifests: Iterable[Item[IntegrityManifest]], view: View
) -> Findings:
    newest: tuple[date, Item[IntegrityManifest]] | None = None
    for manifest in manifests:
        day = _day(manifest, view)
        if newest is None or day > newest[0]:
            newest = day, manifest
    if document.until is None:
        yield Unknown(key, LOG_UNDATED, key=key)
    elif newest is not None and (until := view.day(document.until)) < newest[0]:
        yield Unknown(key, LOG_ENDS, key=key, until=until, manifest=newest[1], day=newest[0])


def _day(manifest: Item[IntegrityManifest], view: View) -> date:
    files = files_of(manifest, view)
    return view.day(files.made_at) if files is not None and files.made_at else terms.first_day(manifest, view)


def _unexplained(uses: Iterable[Signed], view: View) -> list[str]:
    known = view.once("digests that went out", _went_out)
    unknown = {one.digest for one in uses if one.digest not in known}
    return sorted(unknown - view.once("digests that findings name", _named_by_findings)) if unknown else []


def _named_by_findings(view: View) -> frozenset[str]:
    return frozenset(digest for finding in view.dossier.all(Finding) for digest in _DIGEST.findall(_words(finding)))


_DIGEST = re.compile(r"\b[0-9a-f]{64}\b")


def _words(finding: Item[Finding]) -> str:
    places = [part for result in finding.content.results for part in (result.place, result.component)]
    return "\n".join([finding.content.what, finding.content.notes or "", *filter(None, places)])


def _went_out(view: View) -> frozenset[str]:
    """Return the digests of manifests, bills and delivered files; an update goes out with those of its release."""
    manifests = (*view.dossier.all(IntegrityManifest), *view.dossier.retired(IntegrityManifest))
    bills = (*view.dossier.all(BillOfMaterials), *view.dossier.retired(BillOfMaterials))
    packages = (view.document(taken) for taken in view.facts_of("package_files"))
    return frozenset(
        [one.content.files.digest for one in manifests]
        + [one.content.document.digest for one in bills]
        + [file.sha256 for package in packages for file in package.files]
    )
