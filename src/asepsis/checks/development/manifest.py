"""Checks of the integrity manifest: it lists all that is delivered, and its signature holds under a key that counts."""

from __future__ import annotations

from datetime import date
from fnmatch import fnmatchcase
from typing import Any

from asepsis.checks import terms
from asepsis.checks.check import Findings, check
from asepsis.checks.view import AbsentFactsError, View
from asepsis.clauses.policy import covered
from asepsis.development.records import IntegrityManifest, ReleaseDocument, SigningKey
from asepsis.exchange.facts import ManifestFile, ManifestFiles, PackageFiles
from asepsis.record.dossier import Item
from asepsis.record.slots import SystemRole
from asepsis.record.verdict import Gap, Unknown
from asepsis.sentences import Sentence

ALGORITHMS = "development.algorithms"


def is_of_release(manifest: Item[IntegrityManifest], view: View) -> bool:
    """Return whether a manifest is one of the release looked at; manifests are never carried from another."""
    return view.release is not None and manifest.content.release == view.release.id


def manifests(view: View) -> tuple[Item[IntegrityManifest], ...]:
    """Return the manifests of the release looked at."""
    return tuple(one for one in view.dossier.all(IntegrityManifest) if is_of_release(one, view))


# --- all that is delivered ------------------------------------------------------------------------------------------

NOT_LISTED = Sentence(
    "{count} files of the package of {release} are in no manifest: {files}.",
    next="Make the manifest again from the delivered package, or say why these files are left out.",
)
ALTERED = Sentence(
    "{count} files of the package of {release} are not those that {manifest} lists: {files}.",
    next="Find out which of the two was altered, and make the manifest again from the delivered package.",
)
NOT_DELIVERED = Sentence(
    "{manifest} lists {count} files that the package of {release} lacks: {files}.",
    next="Make the manifest again from the delivered package.",
)
PROGRAM_LEFT_OUT = Sentence(
    "{manifest} leaves out programs of the package: {files}.", next="Have the manifest list every program."
)


@check("development.package_in_manifest", over="package_files", owner=SystemRole.RELEASE_MANAGER)
def the_manifest_lists_the_package(release: Item[Any], document: PackageFiles, view: View) -> Findings:
    """The manifest lists each delivered file as it is, and no other; programs are never left out.

    Source: IEC 81001-5-1:2021, 5.8.3.
    """
    found = manifests(view)
    if not found:
        raise AbsentFactsError("manifest_files", release.label)
    listed: dict[str, tuple[ManifestFile, Item[IntegrityManifest]]] = {}
    for manifest in found:
        fact: ManifestFiles = view.fact("manifest_files", manifest.content.files.digest)
        listed |= {file.path: (file, manifest) for file in fact.files}
    delivered = {file.path: file for file in document.files}
    left_out = {path: one for path in delivered if (one := _left_out_by(path, found)) is not None}
    unlisted = sorted(path for path in delivered if path not in listed and path not in left_out)
    if unlisted:
        yield Gap(release, NOT_LISTED, count=len(unlisted), release=release, files=unlisted)
    altered: dict[str, list[str]] = {}
    missing: dict[str, list[str]] = {}
    for path, (file, manifest) in listed.items():
        other = delivered.get(path)
        if other is None:
            missing.setdefault(manifest.id, []).append(path)
        elif file.sha256 != other.sha256 or file.size not in (None, other.size):
            altered.setdefault(manifest.id, []).append(path)
    programs: dict[str, list[str]] = {}
    for path in document.executable:
        if path in left_out and path not in listed:
            programs.setdefault(left_out[path].id, []).append(path)
    by_id = {manifest.id: manifest for manifest in found}
    for sentence, files in ((ALTERED, altered), (NOT_DELIVERED, missing)):
        for record, paths in files.items():
            said = {"manifest": by_id[record], "count": len(paths), "files": sorted(paths), "release": release}
            yield Gap(by_id[record], sentence, **said)
    for record, paths in programs.items():
        yield Gap(by_id[record], PROGRAM_LEFT_OUT, manifest=by_id[record], files=sorted(paths))


def _left_out_by(path: str, found: tuple[Item[IntegrityManifest], ...]) -> Item[IntegrityManifest] | None:
    for manifest in found:
        if any(fnmatchcase(path, excluded.path) for excluded in manifest.content.excluded):
            return manifest
    return None


# --- signed ---------------------------------------------------------------------------------------------------------

BAD_SIGNATURE = Sentence(
    "The signature of {manifest} does not hold: it is {found}.", next="Sign {manifest} with a valid key, and import it."
)
NOT_CHECKED = Sentence(
    "The signature of {manifest} was not checked here.",
    next="Import {manifest} again with its signature and the public key.",
)
OTHER_KEY = Sentence(
    "The signature of {manifest} was checked with another public key than that of {key}.",
    next="Import {manifest} again with the public key of {key}, or name the key that signed it.",
)
KEY_REVOKED = Sentence(
    "{manifest} was signed on {day} with {key}, which was revoked on {revoked}.",
    next="Sign {manifest} with a valid key.",
)
KEY_OVER = Sentence(
    "{manifest} was signed on {day} with {key}, which was to be replaced by {due}.",
    next="Sign {manifest} with a new key.",
)
WEAK_ALGORITHM = Sentence(
    "{key} is of the algorithm {algorithm}, which the policy does not allow.",
    next="Sign {manifest} with a key of an algorithm that the policy allows.",
)
USERS_NOT_TOLD = Sentence(
    "No document of {release} in force tells users how to check {manifest}.",
    next="Say in {document} how users check {manifest}, and enter the place.",
)


@check(
    "development.manifest_verifies",
    over=IntegrityManifest,
    owner=SystemRole.RELEASE_MANAGER,
    needed=True,
    when=is_of_release,
)
def manifests_verify(manifest: Item[IntegrityManifest], view: View) -> Findings:
    """The signature of the manifest holds under a key that counted on its day, and users are told how to check it.

    Source: IEC 81001-5-1:2021, 5.8.3.
    """
    fact: ManifestFiles = view.fact("manifest_files", manifest.content.files.digest)
    key: Item[SigningKey] | None = view.dossier.get(manifest.content.key)
    if fact.signature == "unchecked":
        yield Unknown(manifest, NOT_CHECKED, manifest=manifest)
    elif fact.signature != "good":
        yield Gap(manifest, BAD_SIGNATURE, manifest=manifest, found=fact.signature)
    elif key is not None and key.content.public_key.digest not in (fact.key_file, fact.public_key):
        yield Gap(manifest, OTHER_KEY, manifest=manifest, key=key)
    if key is None:
        yield Gap(manifest, NO_KEY, manifest=manifest)
    else:
        yield from _key_counts(manifest, key, day_of(manifest, fact, view), view)
    document: Item[ReleaseDocument] | None = view.dossier.get(manifest.content.how_users_verify)
    tells = document is not None and any(manifest.id in anchor.tells_of for anchor in document.content.anchors)
    if document is None or not terms.is_of_release(document, view) or not tells:
        named = view.dossier.label(manifest.content.how_users_verify) or "a document"
        yield Gap(manifest, USERS_NOT_TOLD, release=view.release, manifest=manifest, document=document or named)


NO_KEY = Sentence(
    "The key that {manifest} names is not in force.",
    next="Have the key signed, or name the key that signed {manifest}.",
)


def day_of(manifest: Item[IntegrityManifest], fact: ManifestFiles | None, view: View) -> date:
    """Return the day of a manifest: as it says itself, else the day on which it was released."""
    if fact is not None and fact.made_at is not None:
        return view.day(fact.made_at)
    return terms.first_day(manifest, view)


def _key_counts(manifest: Item[IntegrityManifest], key: Item[SigningKey], day: date, view: View) -> Findings:
    content = key.content
    if content.revoked_on is not None and content.revoked_on <= day:
        yield Gap(manifest, KEY_REVOKED, manifest=manifest, day=day, key=key, revoked=content.revoked_on)
    if day > content.rotate_by:
        yield Gap(manifest, KEY_OVER, manifest=manifest, day=day, key=key, due=content.rotate_by)
    if not covered(content.algorithm, view.policy.words(ALGORITHMS)):
        yield Gap(manifest, WEAK_ALGORITHM, key=key, algorithm=content.algorithm, manifest=manifest)
