"""Signing keys: kept well, and used for nothing that is not accounted for."""

from __future__ import annotations

from typing import Any

import pytest

from asepsis.checks.development import keys
from asepsis.configuration.records import BillOfMaterials
from asepsis.conformance import run
from asepsis.development.records import Finding, IntegrityManifest, SigningKey
from asepsis.exchange.facts import File, ManifestFile, ManifestFiles, PackageFiles, Signed, SigningLog
from asepsis.quality.records import Procedure
from tests.dossiers import Cast, Story, breaks, digest, evidence, keeps, run_check

CUSTODY = "development.key_custody"
LOG = "development.signing_log_matches"


class Keyed(Story):
    """A release whose manifest was signed with a key that is well kept."""

    def __init__(self, **fields: Any) -> None:
        super().__init__()
        self.people(outsider=("2020-01-01", "2026-11-25"))
        self.the_release = self.release()
        self.procedure = self.add(Procedure, effective="2026-01-05", review_by="2027-01-05")
        given: dict[str, Any] = {
            "purpose": "release-signing",
            "kept_in": "hsm",
            "custodians": [Cast.SECURITY],
            "signers": ["pipeline"],
            "procedure": self.procedure,
            "created": "2026-01-05",
            "rotate_by": "2026-11-25",
            "custody_checked_on": "2026-01-05",
        }
        self.key = self.add(SigningKey, **(given | fields))
        self.manifest = self.sign_with(self.key)

    def sign_with(self, key: str, name: str = "manifest", release: str | None = None) -> str:
        return self.add(IntegrityManifest, release=release or self.the_release, key=key, files=evidence(name))

    def log(self, *signatures: Signed, until: str | None = "2026-01-05T23:00:00Z") -> None:
        self.take_in(SigningLog(signatures, until), self.key)

    def said(self, check: str, **arguments: Any) -> Any:
        return run_check(check, self, release=self.the_release, **arguments)


# --- custody ---


@keeps(CUSTODY)
@breaks(CUSTODY)
def test_a_key_is_replaced_by_its_last_day() -> None:
    story = Keyed()
    assert story.said(CUSTODY, today="2026-11-25").kept
    said = story.said(CUSTODY, today="2026-11-26")
    assert (said.sentences, said.about) == ([keys.ROTATION_PAST], [story.labels[story.key]])


@breaks(CUSTODY)
def test_a_key_lies_where_the_policy_allows() -> None:
    story = Keyed(kept_in="encrypted-file")
    assert story.said(CUSTODY).sentences == [keys.KEPT_ELSEWHERE]
    story.set_policy("development.key_storage", ["encrypted-file"])
    assert story.said(CUSTODY).kept


@breaks(CUSTODY)
def test_somebody_looks_where_it_lies_within_the_months_of_the_policy() -> None:
    story = Keyed(rotate_by="2030-01-01")
    story.revise(story.procedure, review_by="2030-01-01")
    assert story.said(CUSTODY, today="2027-01-05").kept
    assert story.said(CUSTODY, today="2027-01-06").sentences == [keys.CUSTODY_OLD]
    assert Keyed(custody_checked_on=None).said(CUSTODY).sentences == [keys.CUSTODY_UNCHECKED]
    assert Keyed(custody_checked_on="2026-11-26").said(CUSTODY, today="2026-11-25").gaps


@breaks(CUSTODY)
def test_who_keeps_it_is_there() -> None:
    story = Keyed(custodians=[Cast.SECURITY, Cast.OUTSIDER])
    assert story.said(CUSTODY, today="2026-11-25").kept
    story.revise(story.key, rotate_by="2027-01-05")
    said = story.said(CUSTODY, today="2026-11-26")
    assert said.sentences == [keys.KEEPER_LEFT]
    assert dict(said.gaps[0].said.arguments)["person"] == Cast.OUTSIDER
    story.revise(story.key, custodians=[Cast.OUTSIDER])
    assert story.said(CUSTODY, today="2026-11-26").sentences == [keys.NOBODY_KEEPS, keys.KEEPER_LEFT]


@breaks(CUSTODY)
def test_its_procedure_is_in_force() -> None:
    story = Keyed(rotate_by="2028-01-01", custody_checked_on="2026-11-20")
    assert story.said(CUSTODY, today="2027-01-05").kept
    assert story.said(CUSTODY, today="2027-01-06").sentences == [keys.NO_PROCEDURE]
    story.retire(story.procedure)
    assert story.said(CUSTODY, today="2026-11-25").sentences == [keys.NO_PROCEDURE]


def test_a_revoked_key_and_one_that_signed_no_release_in_use_are_not_looked_at() -> None:
    revoked = Keyed(revoked_on="2026-02-01", revoked_because="rotation")
    assert revoked.said(CUSTODY).sentences == [run.NOTHING]
    story = Keyed()
    story.retire(story.manifest)
    assert story.said(CUSTODY).sentences == [run.NOTHING]


def test_keys_of_supported_releases_count_beside_those_of_the_next() -> None:
    story = Keyed(kept_in="encrypted-file")
    story.send_out(story.the_release)
    newer = story.release("2.0.0")
    assert run_check(CUSTODY, story, release=newer).sentences == [keys.KEPT_ELSEWHERE]
    assert run_check(CUSTODY, story, release=newer, today="2031-01-01").sentences == [run.NOTHING]
    story.sign_with(story.key, "another", newer)
    assert keys.KEPT_ELSEWHERE in run_check(CUSTODY, story, release=newer, today="2031-01-01").sentences


def test_without_the_people_custody_is_not_known() -> None:
    story = Story()
    release = story.release()
    procedure = story.add(Procedure, effective="2026-01-05", review_by="2027-01-05")
    given: dict[str, Any] = {"rotate_by": "2027-01-01", "created": "2026-01-01", "procedure": procedure}
    key = story.add(SigningKey, kept_in="hsm", custody_checked_on="2026-11-01", **given)
    story.add(IntegrityManifest, release=release, key=key)
    assert run_check(CUSTODY, story, release=release).sentences == [run.ABSENT]


# --- use ---


def use(name: str = "manifest", identity: str = "pipeline", day: str = "2026-01-05") -> Signed:
    return Signed(f"{day}T12:00:00Z", "the key", identity, digest(name))


@keeps(LOG)
@breaks(LOG)
def test_each_manifest_is_in_the_log_of_its_key() -> None:
    story = Keyed()
    story.log(use())
    assert story.said(LOG).kept
    story.log()
    said = story.said(LOG)
    assert (said.sentences, said.about) == ([keys.NOT_IN_LOG], [story.labels[story.manifest]])


@breaks(LOG)
def test_each_use_is_of_something_that_went_out() -> None:
    story = Keyed()
    story.log(use(), use("what is this"))
    said = story.said(LOG)
    assert said.sentences == [keys.UNEXPLAINED]
    assert said.gaps[0].urgent
    story.add(Finding, what=f"A trial run signed {digest('what is this')}.")
    assert story.said(LOG).kept


@keeps(LOG)
@pytest.mark.parametrize("what", ["bill", "file", "earlier manifest"])
def test_bills_delivered_files_and_earlier_manifests_went_out(what: str) -> None:
    story = Keyed()
    story.log(use(), use(what))
    assert story.said(LOG).gaps
    match what:
        case "bill":
            story.add(BillOfMaterials, release=story.the_release, document=evidence("bill"))
        case "file":
            story.take_in(PackageFiles((File("app", 1, digest("file")),)), story.the_release)
        case _:
            story.retire(story.sign_with(story.key, "earlier manifest"))
    assert story.said(LOG).kept


@breaks(LOG)
def test_only_its_signers_use_it() -> None:
    story = Keyed()
    story.log(use(identity="somebody"))
    assert story.said(LOG).sentences == [keys.OTHER_SIGNER]


def test_what_was_before_the_key_was_made_is_not_looked_at() -> None:
    story = Keyed()
    story.log(use("what is this", "somebody", "2026-01-04"), use())
    assert story.said(LOG).kept
    story.log(use("what is this", "somebody", "2026-01-05"), use())
    assert story.said(LOG).gaps


def test_keys_for_other_purposes_need_no_account() -> None:
    story = Keyed(purpose="test")
    story.log(use("what is this", "somebody"))
    assert story.said(LOG).kept


def test_a_log_that_ends_before_the_newest_manifest_is_not_known() -> None:
    story = Keyed()
    story.log(use(), until="2026-01-04T22:59:59Z")
    assert [one.said.sentence for one in story.said(LOG).unknowns] == [keys.LOG_ENDS]
    story.log(use(), until="2026-01-04T23:00:00Z")
    assert story.said(LOG).kept
    story.log(use(), until=None)
    assert [one.said.sentence for one in story.said(LOG).unknowns] == [keys.LOG_UNDATED]


def test_the_manifest_says_its_day_itself_where_it_does() -> None:
    story = Keyed()
    story.log(use(), until="2026-01-10T12:00:00Z")
    fact = ManifestFiles((ManifestFile("a", digest("a")),), made_at="2026-01-11T12:00:00Z")
    story.take_in(fact, digest("manifest"))
    assert [one.said.sentence for one in story.said(LOG).unknowns] == [keys.LOG_ENDS]
    story.take_in(fact, digest("manifest"), readable=False)
    assert story.said(LOG).kept


def test_without_the_log_it_is_not_known() -> None:
    assert Keyed().said(LOG).sentences == [run.ABSENT]
    story = Story()
    assert run_check(LOG, story, release=story.release()).silent
