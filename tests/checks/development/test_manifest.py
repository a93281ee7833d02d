"""The integrity manifest: lists what is delivered, and its signature holds."""

from __future__ import annotations

from typing import Any

import pytest

from asepsis.checks.development import manifest as manifests
from asepsis.conformance import run
from asepsis.development.records import IntegrityManifest, ReleaseDocument, SigningKey
from asepsis.exchange.facts import File, ManifestFile, ManifestFiles, PackageFiles
from tests.dossiers import Story, breaks, digest, evidence, keeps, run_check

LISTS = "development.package_in_manifest"
VERIFIES = "development.manifest_verifies"
FILES = tuple(ManifestFile(name, digest(name), 10) for name in ("app", "help.txt"))
DELIVERED = tuple(File(name, 10, digest(name)) for name in ("app", "help.txt"))


class Signed(Story):
    """A release with a manifest, its key, and a document that tells how to check it."""

    def __init__(self, *, key: dict[str, Any] | None = None, record: dict[str, Any] | None = None, **fact: Any) -> None:
        super().__init__()
        self.the_release = self.release()
        given_key: dict[str, Any] = {
            "algorithm": "Ed25519",
            "public_key": evidence("public key"),
            "rotate_by": "2026-06-01",
        }
        self.key = self.add(SigningKey, created="2026-01-01", **(given_key | (key or {})))
        self.document = self.add(ReleaseDocument, release=self.the_release)
        given: dict[str, Any] = {"release": self.the_release, "files": evidence("manifest"), "key": self.key}
        self.manifest = self.add(IntegrityManifest, how_users_verify=self.document, **(given | (record or {})))
        self.tell(self.manifest)
        self.fact(**fact)

    def fact(self, **fields: Any) -> None:
        given: dict[str, Any] = {
            "files": FILES,
            "signature": "good",
            "key_file": digest("public key"),
            "made_at": "2026-06-01T10:00:00Z",
        }
        self.take_in(ManifestFiles(**(given | fields)), digest("manifest"))

    def tell(self, *records: str) -> None:
        anchor = {"item": "5.8.2 a", "place": "4.2", "tells_of": list(records)}
        self.revise(self.document, day="2026-01-06", anchors=[anchor] if records else None)

    def package(self, *files: File, executable: tuple[str, ...] = ()) -> None:
        self.take_in(PackageFiles(files, executable), self.the_release)

    def said(self, check: str) -> Any:
        return run_check(check, self, release=self.the_release)


# --- all that is delivered ---


@keeps(LISTS)
@breaks(LISTS)
def test_each_delivered_file_is_listed() -> None:
    story = Signed()
    story.package(*DELIVERED)
    assert story.said(LISTS).kept
    story.package(*DELIVERED, File("more", 1, digest("more")))
    said = story.said(LISTS)
    assert said.sentences == [manifests.NOT_LISTED]
    assert said.texts[0].endswith(": more.")


@breaks(LISTS)
@pytest.mark.parametrize("file", [File("app", 10, digest("another")), File("app", 11, digest("app"))])
def test_each_file_is_the_one_that_is_listed(file: File) -> None:
    story = Signed()
    story.package(file, DELIVERED[1])
    assert story.said(LISTS).sentences == [manifests.ALTERED]


def test_a_manifest_without_sizes_tells_files_by_their_digest() -> None:
    story = Signed(files=tuple(ManifestFile(one.path, one.sha256) for one in FILES))
    story.package(*DELIVERED)
    assert story.said(LISTS).kept


@breaks(LISTS)
def test_each_listed_file_is_delivered() -> None:
    story = Signed()
    story.package(DELIVERED[0])
    said = story.said(LISTS)
    assert (said.sentences, said.about) == ([manifests.NOT_DELIVERED], [story.labels[story.manifest]])


@breaks(LISTS)
def test_files_are_left_out_for_a_reason_and_programs_never() -> None:
    story = Signed(record={"excluded": [{"path": "logs/*", "why": "Written at installation."}]})
    story.package(*DELIVERED, File("logs/a", 1, digest("a")))
    assert story.said(LISTS).kept
    story.package(*DELIVERED, File("logs/a", 1, digest("a")), executable=("app", "logs/a"))
    assert story.said(LISTS).sentences == [manifests.PROGRAM_LEFT_OUT]


def test_two_manifests_list_a_package_together() -> None:
    story = Signed(files=FILES[:1])
    more: dict[str, Any] = {"release": story.the_release, "key": story.key, "how_users_verify": story.document}
    story.add(IntegrityManifest, files=evidence("second"), **more)
    story.take_in(ManifestFiles(FILES[1:]), digest("second"))
    story.package(*DELIVERED)
    assert story.said(LISTS).kept


def test_without_package_or_manifest_it_is_not_known() -> None:
    assert Signed().said(LISTS).sentences == [run.ABSENT]
    story = Story()
    release = story.release()
    story.take_in(PackageFiles(DELIVERED), release)
    assert run_check(LISTS, story, release=release).sentences == [run.ABSENT]
    story.add(IntegrityManifest, release=release)
    assert run_check(LISTS, story, release=release).sentences == [run.ABSENT]


# --- signed ---


@keeps(VERIFIES)
@breaks(VERIFIES)
@pytest.mark.parametrize("signature", ["bad", "absent"])
def test_the_signature_holds(signature: str) -> None:
    assert Signed().said(VERIFIES).kept
    story = Signed(signature=signature)
    said = story.said(VERIFIES)
    assert (said.sentences, said.about) == ([manifests.BAD_SIGNATURE], [story.labels[story.manifest]])


@breaks(VERIFIES)
def test_it_holds_under_the_key_that_the_manifest_names() -> None:
    assert Signed(key_file=digest("another key")).said(VERIFIES).sentences == [manifests.OTHER_KEY]
    assert Signed(key_file=None, public_key=digest("public key")).said(VERIFIES).kept


def test_a_signature_that_was_not_checked_here_is_not_known() -> None:
    said = Signed(signature="unchecked").said(VERIFIES)
    assert [one.said.sentence for one in said.unknowns] == [manifests.NOT_CHECKED]
    assert not said.gaps


@breaks(VERIFIES)
def test_the_key_may_sign_up_to_its_last_day() -> None:
    assert Signed(made_at="2026-06-01T21:59:59Z").said(VERIFIES).kept
    assert Signed(made_at="2026-06-01T22:00:00Z").said(VERIFIES).sentences == [manifests.KEY_OVER]


@breaks(VERIFIES)
def test_the_key_was_not_revoked_by_that_day() -> None:
    revoked: dict[str, Any] = {"revoked_because": "rotation"}
    assert Signed(key=revoked | {"revoked_on": "2026-06-02"}).said(VERIFIES).kept
    assert Signed(key=revoked | {"revoked_on": "2026-06-01"}).said(VERIFIES).sentences == [manifests.KEY_REVOKED]


def test_a_manifest_that_does_not_say_its_day_is_of_the_day_of_its_release() -> None:
    assert Signed(made_at=None, key={"rotate_by": "2026-01-05"}).said(VERIFIES).kept
    assert Signed(made_at=None, key={"rotate_by": "2026-01-04"}).said(VERIFIES).sentences == [manifests.KEY_OVER]


@breaks(VERIFIES)
def test_the_algorithm_is_one_that_the_policy_allows() -> None:
    assert Signed(key={"algorithm": "RSA 3072"}).said(VERIFIES).kept
    assert Signed(key={"algorithm": "RSA 2048"}).said(VERIFIES).sentences == [manifests.WEAK_ALGORITHM]


@breaks(VERIFIES)
def test_the_key_is_in_force() -> None:
    story = Signed()
    story.retire(story.key)
    assert story.said(VERIFIES).sentences == [manifests.NO_KEY]


@breaks(VERIFIES)
def test_a_document_of_the_release_tells_users_how_to_check_it() -> None:
    story = Signed()
    story.tell()
    assert story.said(VERIFIES).sentences == [manifests.USERS_NOT_TOLD]
    other = Signed()
    other.revise(other.document, release=other.release("0.9"), day="2026-01-07")
    assert other.said(VERIFIES).sentences == [manifests.USERS_NOT_TOLD]
    retired = Signed()
    retired.retire(retired.document, day="2026-01-07")
    assert retired.said(VERIFIES).sentences == [manifests.USERS_NOT_TOLD]


def test_without_the_manifest_it_is_a_gap_and_without_its_files_not_known() -> None:
    story = Story()
    release = story.release()
    assert run_check(VERIFIES, story, release=release).sentences == [run.NOTHING]
    story.add(IntegrityManifest, release=release)
    assert run_check(VERIFIES, story, release=release).sentences == [run.ABSENT]
