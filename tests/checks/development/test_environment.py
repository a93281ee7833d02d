"""The place where the product is made: measures, repositories, builds, and who has access."""

from __future__ import annotations

from typing import Any

import pytest

from asepsis.checks.development import environment
from asepsis.conformance import run
from asepsis.development.records import DevelopmentEnvironment, EnvironmentTopic, Stage
from asepsis.exchange import subjects
from asepsis.exchange.facts import (
    Attested,
    File,
    PackageFiles,
    Provenance,
    Repository,
    RepositorySettings,
    Source,
)
from asepsis.quality.records import Appointment, ImprovementAction, PeriodicReview
from tests.dossiers import ORGANISATION, PRODUCT, Cast, Story, breaks, digest, evidence, keeps, run_check

PROTECTED = "development.environment_protected"
GUARDED = "development.repository_guarded"
PROVENANCE = "development.provenance_verifies"
ACCESS = "development.access_reviewed"
BUILD = subjects.build(PRODUCT.id, "build-of-1.0.0")


def measure(stage: str = "build", topic: str = "access", **fields: Any) -> dict[str, Any]:
    given = {
        "stage": stage,
        "topic": topic,
        "what": "It is locked.",
        "proof": evidence("proof"),
        "verified_on": "2026-05-25",
        "verify_every_months": 12,
    }
    return {name: one for name, one in (given | fields).items() if one is not None}


STAGES = [measure(stage=one) for one in Stage]
TOPICS = [measure(topic=one) for one in EnvironmentTopic]


class Made(Story):
    def __init__(self) -> None:
        super().__init__()
        self.the_release = self.release()

    def environment(self, *measures: dict[str, Any], **fields: Any) -> str:
        return self.add(DevelopmentEnvironment, measures=measures, **fields)

    def said(self, check: str, **arguments: Any) -> Any:
        return run_check(check, self, release=self.the_release, **arguments)


# --- measures ---


@keeps(PROTECTED)
@breaks(PROTECTED)
def test_each_stage_and_topic_is_protected_by_organisation_or_product() -> None:
    story = Made()
    story.environment(*STAGES, owned_by=ORGANISATION)
    assert story.said(PROTECTED).sentences == [environment.TOPICS_OPEN]
    story.environment(*TOPICS[1:])
    assert story.said(PROTECTED).texts == ["No measure protects these: code."]
    story.environment(TOPICS[0])
    assert story.said(PROTECTED).kept


@breaks(PROTECTED)
def test_a_stage_without_a_measure_is_told() -> None:
    story = Made()
    story.environment(*TOPICS, *(one for one in STAGES if one["stage"] not in ("test", "build")))
    assert story.said(PROTECTED).texts == ["No measure protects what is made in these stages: test."]


@keeps(PROTECTED)
@breaks(PROTECTED)
@pytest.mark.parametrize("months", [12, 3])
def test_a_measure_is_looked_at_within_the_shorter_time(months: int) -> None:
    story = Made()
    story.environment(*STAGES, *TOPICS[1:], measure(topic="code", verify_every_months=months))
    last = {12: "2026-11-25", 3: "2026-08-25"}[months]
    late = {12: "2026-11-26", 3: "2026-08-26"}[months]
    assert story.said(PROTECTED, today=last).kept
    said = story.said(PROTECTED, today=late)
    assert said.sentences == [environment.NOT_VERIFIED]
    assert str(said.gaps[0].due) == last


@breaks(PROTECTED)
@pytest.mark.parametrize(
    ("missing", "sentence"), [("proof", environment.NOT_PROVED), ("verified_on", environment.NOT_VERIFIED)]
)
def test_a_measure_is_shown_and_was_looked_at(missing: str, sentence: Any) -> None:
    story = Made()
    record = story.environment(*STAGES, *TOPICS, measure("test", "code", **{missing: None}))
    said = story.said(PROTECTED)
    assert (said.sentences, said.about) == ([sentence], [story.labels[record]])


def test_without_an_environment_nothing_protects() -> None:
    assert Made().said(PROTECTED).sentences == [run.NOTHING]


# --- repositories ---


def repository(name: str = "gateway", **fields: Any) -> Repository:
    good: dict[str, Any] = {"review_asked": True, "rewriting_barred": True, "second_factor": True, "lock_files": True}
    return Repository(name, writers=(Cast.DEVELOPER.value,), **(good | fields))


class Guarded(Made):
    def __init__(self, *repositories: Repository, source: tuple[str, ...] | None = ("gateway",)) -> None:
        super().__init__()
        self.people(outsider=("2020-01-01", "2026-11-24"))
        settings = RepositorySettings("2026-11-01T08:00:00Z", repositories or (repository(),))
        self.take_in(settings, BUILD, as_of="2026-11-01T08:00:00Z")
        if source is not None:
            self.take_in(Source(source, "c9"), BUILD)


@keeps(GUARDED)
@breaks(GUARDED)
@pytest.mark.parametrize(
    ("setting", "departure"),
    [
        ("review_asked", environment.UNREVIEWED),
        ("rewriting_barred", environment.REWRITTEN),
        ("second_factor", environment.ONE_FACTOR),
        ("lock_files", environment.UNLOCKED),
    ],
)
def test_a_repository_is_guarded_or_a_measure_names_the_departure(setting: str, departure: str) -> None:
    assert Guarded().said(GUARDED).kept
    open_to: dict[str, Any] = {setting: False}
    story = Guarded(repository(**open_to))
    said = story.said(GUARDED)
    assert (said.sentences, said.about) == ([environment.UNGUARDED], ["GW-REL-1"])
    story.environment(measure(topic="code", what=f"Gateway: {departure}, since one person owns it."))
    story.environment(measure(topic="access", what=f"Other: {departure}, since one person owns it."))
    assert story.said(GUARDED).gaps
    story.environment(measure(topic="separation", what=f"Gateway: {departure.upper()}, for  one person owns it."))
    assert story.said(GUARDED).kept


@breaks(GUARDED)
@pytest.mark.parametrize("writer", ["?", Cast.OUTSIDER.value, "git:1234567890abcdef"])
def test_who_can_write_is_there(writer: str) -> None:
    story = Guarded(Repository("gateway", True, True, True, (writer,), lock_files=True))
    if writer == Cast.OUTSIDER:
        assert story.said(GUARDED, today="2026-11-24").kept
    assert story.said(GUARDED, today="2026-11-25").sentences == [environment.STRANGERS]
    story.environment(measure(what="Accounts of nobody in gateway are those of the build service."))
    assert story.said(GUARDED).kept


def test_each_repository_that_the_build_names_is_reached() -> None:
    said = Guarded(source=("gateway", "bootloader")).said(GUARDED)
    assert (said.sentences, said.gaps) == ([environment.NOT_REACHED], [])
    assert Guarded(source=None).said(GUARDED).sentences == [run.ABSENT]


def test_old_settings_answer_for_nothing() -> None:
    assert Guarded().said(GUARDED, today="2027-05-01").kept
    assert Guarded().said(GUARDED, today="2027-05-03").sentences == [run.STALE]


# --- where the delivered files come from ---


class Delivered(Made):
    def __init__(self, *attested: Attested, provenance: bool = True) -> None:
        super().__init__()
        files = (File("app", 1, digest("app")), File("lib", 1, digest("lib")))
        self.take_in(PackageFiles(files), self.the_release)
        self.take_in(Source(("gateway",), "c9"), BUILD)
        if provenance:
            self.take_in(Provenance((of_file("app"), *attested)), BUILD)


def of_file(name: str, **fields: Any) -> Attested:
    good: dict[str, Any] = {"source_commit": "c9", "build": "build-of-1.0.0", "verdict": "good"}
    return Attested(digest(name), "pipeline", **(good | fields))


@keeps(PROVENANCE)
@breaks(PROVENANCE)
def test_each_delivered_file_has_provenance() -> None:
    assert Delivered(of_file("lib")).said(PROVENANCE).kept
    said = Delivered().said(PROVENANCE)
    assert said.texts == ["1 files of the package of GW-REL-1 have no provenance: lib."]


@breaks(PROVENANCE)
@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"verdict": "bad"}, environment.FORGED),
        ({"build": "build-of-0.9.0"}, environment.OTHER_BUILD),
        ({"build": None}, environment.OTHER_BUILD),
        ({"source_commit": "c1"}, environment.OTHER_SOURCE),
    ],
)
def test_provenance_verifies_and_is_of_build_and_source(fields: dict[str, Any], sentence: Any) -> None:
    assert Delivered(of_file("lib", **fields)).said(PROVENANCE).sentences == [sentence]
    assert Delivered(of_file("lib", **fields), of_file("lib")).said(PROVENANCE).kept


def test_a_signature_that_nobody_checked_is_unknown() -> None:
    said = Delivered(of_file("lib", verdict="unchecked")).said(PROVENANCE)
    assert (said.sentences, said.gaps) == ([environment.NOT_CHECKED], [])


def test_without_provenance_a_measure_may_tie_files_to_source() -> None:
    story = Delivered(provenance=False)
    story.environment(measure("build", "build-chain", proof=None), measure("test", "build-chain"), measure("build"))
    assert story.said(PROVENANCE).sentences == [environment.NO_PROVENANCE]
    story.environment(measure("build", "build-chain"))
    assert story.said(PROVENANCE).kept


def test_a_release_without_a_build_has_no_provenance() -> None:
    story = Delivered(of_file("lib"))
    story.revise(story.the_release, build_id=None)
    assert story.said(PROVENANCE).sentences == [run.ABSENT]


# --- access ---


class Accessed(Made):
    def __init__(self, left: str | None = None) -> None:
        super().__init__()
        self.people(developer=("2020-01-01", left))
        self.appointment = self.add(Appointment, person=Cast.DEVELOPER, since="2026-01-01")

    def review(self, **fields: Any) -> str:
        given = {"subject": "access", "first_day": "2026-01-01", "last_day": "2026-05-25", "next_due": "2026-11-25"}
        return self.add(PeriodicReview, **(given | fields))


@keeps(ACCESS)
@breaks(ACCESS)
def test_access_is_reviewed_in_time() -> None:
    story = Accessed()
    review = story.review()
    assert story.said(ACCESS, today="2026-11-25").kept
    said = story.said(ACCESS, today="2026-11-26")
    assert (said.sentences, said.about) == ([environment.ACCESS_OVERDUE], [story.labels[review]])
    story.review(last_day="2026-11-01", next_due="2026-12-01")
    assert story.said(ACCESS, today="2026-12-01").kept
    assert story.said(ACCESS, today="2026-12-02").sentences == [environment.ACCESS_OVERDUE]


@breaks(ACCESS)
def test_what_was_wrong_is_followed_up() -> None:
    story = Accessed()
    review = story.review(complete=False)
    assert story.said(ACCESS).sentences == [environment.NO_ACTION]
    story.add(ImprovementAction, because=[review])
    assert story.said(ACCESS).kept


@keeps(ACCESS)
@breaks(ACCESS)
@pytest.mark.parametrize("place", ["person", "deputy"])
def test_who_left_since_stands_in_no_appointment(place: str) -> None:
    story = Accessed("2026-05-25")
    story.review()
    if place == "deputy":
        story.revise(story.appointment, person=Cast.TESTER, deputy=Cast.DEVELOPER)
    assert story.said(ACCESS, today="2026-05-25").kept
    said = story.said(ACCESS, today="2026-05-26")
    assert said.sentences == [environment.STILL_APPOINTED]
    story.revise(story.appointment, until="2026-05-25")
    assert story.said(ACCESS, today="2026-05-26").kept


def test_who_left_before_is_not_asked_of_the_newest_review() -> None:
    story = Accessed("2026-05-24")
    story.review()
    assert story.said(ACCESS).kept


def test_a_review_of_something_else_does_not_count() -> None:
    story = Accessed()
    story.review(subject="policy")
    assert story.said(ACCESS).sentences == [run.NOTHING]
