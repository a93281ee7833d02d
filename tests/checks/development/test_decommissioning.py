"""The guide by which users take the product out of service."""

from __future__ import annotations

from typing import Any

import pytest

from asepsis.checks.development import decommissioning
from asepsis.conformance import run
from asepsis.development.records import (
    DecommissioningGuide,
    ReleaseDocument,
    Requirement,
    Review,
    TestCase,
    TestRun,
)
from asepsis.exchange.facts import Case, TestResults
from asepsis.risk.records import Asset, Element
from tests.dossiers import Cast, Story, breaks, evidence, keeps, run_check

GUIDE = "development.decommissioning_guide"


class Guided(Story):
    """A release with a guide, and a test of it that passed."""

    def __init__(self, tested: bool = True) -> None:
        super().__init__()
        self.the_release = self.release()
        self.document = self.add(ReleaseDocument, release=self.the_release)
        self.guide = self.add(DecommissioningGuide, release=self.the_release, document=self.document)
        self.requirement = self.add(Requirement, stages=["decommission"])
        if tested:
            self.test()

    def test(self, results: tuple[Case, ...] = (), case: dict[str, Any] | None = None, **fields: Any) -> str:
        found = self.add(TestCase, verifies=[self.requirement], **(case or {}))
        given: dict[str, Any] = {
            "cases": [found],
            "release": self.the_release,
            "build_id": "build-of-1.0.0",
            "outcome": "pass",
        }
        if results:
            self.take_in(TestResults(results), evidence("report")["digest"])
        return self.add(TestRun, report=evidence("report"), **(given | fields))

    def stored(self, kind: str = "data", store: str = "store") -> str:
        asset = self.add(Asset, kind=kind)
        self.add(Element, kind=store, assets=[asset])
        return asset

    def said(self) -> Any:
        return run_check(GUIDE, self, release=self.the_release)


@keeps(GUIDE)
@breaks(GUIDE)
@pytest.mark.parametrize("kind", ["data", "credential"])
def test_the_guide_covers_all_that_a_store_keeps(kind: str) -> None:
    story = Guided()
    assert story.said().kept
    asset = story.stored(kind)
    said = story.said()
    assert (said.sentences, said.about) == ([decommissioning.ASSET_LEFT], [story.labels[story.guide]])
    story.revise(story.guide, day="2026-02-01", assets_covered=[asset])
    assert story.said().kept
    story.revise(asset, day="2026-03-01", kind="credential" if kind == "data" else "data")
    assert story.said().sentences == [decommissioning.ASSET_CHANGED]


@pytest.mark.parametrize(("kind", "store"), [("function", "store"), ("service", "store"), ("data", "process")])
def test_other_assets_leave_nothing_behind(kind: str, store: str) -> None:
    story = Guided()
    story.stored(kind, store)
    assert story.said().kept


@breaks(GUIDE)
def test_the_guide_is_in_a_document_of_the_release() -> None:
    story = Guided()
    other = story.add(ReleaseDocument, release=story.release("0.9"))
    story.revise(story.guide, document=other)
    assert story.said().sentences == [decommissioning.OTHER_DOCUMENT]


@breaks(GUIDE)
def test_decommissioning_was_tried() -> None:
    story = Guided(tested=False)
    assert story.said().sentences == [decommissioning.NOT_TESTED]
    failed = Guided(tested=False)
    failed.test(outcome="fail")
    assert failed.said().sentences == [decommissioning.NOT_TESTED]
    elsewhere = Guided(tested=False)
    elsewhere.test(build_id="another")
    assert elsewhere.said().sentences == [decommissioning.NOT_TESTED]


@breaks(GUIDE)
def test_a_case_for_a_requirement_that_changed_shows_nothing() -> None:
    story = Guided()
    story.revise(story.requirement, day="2026-02-01", statement="Another.")
    assert story.said().sentences == [decommissioning.NOT_TESTED]


AUTOMATED = {"automation_id": "wipe.test_all", "steps": None}


@breaks(GUIDE)
def test_an_automated_case_passed_where_its_report_says_so() -> None:
    for outcome, kept in (("pass", True), ("fail", False), ("skipped", False)):
        story = Guided(tested=False)
        story.test((Case("wipe.test_all", outcome),), AUTOMATED)  # type: ignore[arg-type]
        assert story.said().kept is kept
    other = Guided(tested=False)
    other.test((Case("another", "pass"),), AUTOMATED)
    assert other.said().gaps


def test_a_case_that_was_skipped_later_still_passed() -> None:
    story = Guided(tested=False)
    story.test((Case("wipe.test_all", "pass"),), AUTOMATED)
    later: dict[str, Any] = {"release": story.the_release, "build_id": "build-of-1.0.0", "on": "2026-03-01"}
    case = next(record for record, label in story.labels.items() if label == "GW-TST-1")
    story.add(TestRun, cases=[case, "f" * 32], report=evidence("later"), outcome="pass", **later)
    story.take_in(TestResults((Case("wipe.test_all", "skipped"),)), evidence("later")["digest"])
    assert story.said().kept
    story.take_in(TestResults((Case("wipe.test_all", "error"),)), evidence("later")["digest"])
    assert story.said().gaps


def test_an_automated_case_whose_report_was_not_imported_is_not_known() -> None:
    story = Guided(tested=False)
    story.test(case=AUTOMATED)
    assert [one.said.sentence for one in story.said().unknowns] == [decommissioning.TEST_UNKNOWN]


@breaks(GUIDE)
def test_a_case_by_hand_did_not_pass_where_its_report_holds_a_failure() -> None:
    story = Guided(tested=False)
    story.test((Case("step 3", "fail"),))
    assert story.said().sentences == [decommissioning.NOT_TESTED]


def test_the_newest_result_counts() -> None:
    story = Guided(tested=False)
    case = story.add(TestCase, verifies=[story.requirement])
    given: dict[str, Any] = {"cases": [case], "release": story.the_release, "build_id": "build-of-1.0.0"}
    story.add(TestRun, on="2026-02-01", outcome="pass", **given)
    story.add(TestRun, on="2026-02-02", outcome="fail", **given)
    assert story.said().gaps
    story.add(TestRun, on="2026-02-02", outcome="pass", **given)
    assert story.said().kept


@breaks(GUIDE)
def test_a_review_may_say_that_decommissioning_asks_for_nothing() -> None:
    story = Guided(tested=False)
    question = {"question": "stage:decommission", "answer": "not-applicable", "why": "Nothing is stored."}
    reviewer = {"person": Cast.TESTER, "viewpoint": "tester", "independence": 1}
    given: dict[str, Any] = {"of": "requirements", "reviewers": [reviewer], "concluded": "pass"}
    story.add(Review, held_on="2026-02-01", questions=[question], **given)
    assert story.said().kept
    story.add(Review, held_on="2026-02-02", questions=[{"question": "stage:decommission", "answer": "yes"}], **given)
    assert story.said().sentences == [decommissioning.NOT_TESTED]


def test_without_a_guide_there_is_a_gap() -> None:
    story = Story()
    assert run_check(GUIDE, story, release=story.release()).sentences == [run.NOTHING]
