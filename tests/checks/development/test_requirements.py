"""Requirements: of each stage and capability, decidable by a test, and each said once."""

from __future__ import annotations

from typing import Any

import pytest

from asepsis.checks.development import requirements
from asepsis.configuration.records import SoftwareItem
from asepsis.conformance import run
from asepsis.development.records import Capability, LifeStage, Requirement, Review
from asepsis.exchange.facts import Component
from asepsis.quality.records import ProductProfile
from asepsis.risk.records import Control
from tests.dossiers import Story, breaks, keeps, run_check

COVERAGE = "development.requirement_coverage"
GROUNDED = "development.requirement_grounded"


class Required(Story):
    """Requirements of all stages and capabilities, but for those left out."""

    def __init__(self, *leave_out: str) -> None:
        super().__init__()
        self.the_release = self.release()
        for stage in LifeStage:
            if stage not in leave_out:
                self.requirement(stages=[stage], capability="other")
        for capability in Capability:
            if capability not in leave_out:
                self.requirement(
                    stages=["operate"] if "operate" not in leave_out else ["install"], capability=capability
                )

    def requirement(self, **fields: Any) -> str:
        number = len(self.labels)
        given = {"statement": f"Statement {number}.", "criterion": f"Criterion {number}."}
        return self.add(Requirement, **(given | fields))

    def answers(self, *questions: str, answer: str = "not-applicable", **fields: Any) -> str:
        given: dict[str, Any] = {
            "of": "requirements",
            "concluded": "pass",
            "questions": [{"question": one, "answer": answer, "why": "So it is."} for one in questions],
        }
        return self.add(Review, **(given | fields))

    def said(self, check: str = COVERAGE, **arguments: Any) -> Any:
        return run_check(check, self, release=self.the_release, **arguments)


# --- all stages and capabilities ---


@keeps(COVERAGE)
@breaks(COVERAGE)
@pytest.mark.parametrize("stage", LifeStage)
def test_each_stage_has_a_requirement_or_a_reason(stage: LifeStage) -> None:
    assert Required().said().kept
    story = Required(stage)
    said = story.said()
    assert (said.sentences, said.gaps[0].obligation) == ([requirements.STAGE_OPEN], "5.2.1-1")
    story.answers(f"stage:{stage}", answer="yes")
    assert story.said().gaps
    story.answers(f"stage:{stage}", day="2026-01-06")
    assert story.said().kept


@keeps(COVERAGE)
@breaks(COVERAGE)
@pytest.mark.parametrize("capability", [one for one in Capability if one != "other"])
def test_each_capability_has_a_requirement_or_a_reason(capability: Capability) -> None:
    story = Required(capability)
    story.bill(story.the_release)
    said = story.said()
    assert (said.sentences, said.gaps[0].obligation) == ([requirements.CAPABILITY_OPEN], "5.2.1-2")
    story.answers(f"capability:{capability}")
    assert story.said().kept


def test_there_need_be_no_requirement_of_something_else() -> None:
    story = Required(*LifeStage, *Capability)
    for capability in Capability:
        if capability != "other":
            story.requirement(stages=list(LifeStage), capability=capability)
    assert story.said().kept


@breaks(COVERAGE)
@pytest.mark.parametrize("concluded", [None, "fail"])
def test_a_review_that_did_not_pass_gives_no_reason(concluded: str | None) -> None:
    story = Required("updates")
    story.bill(story.the_release)
    story.answers("capability:updates", concluded=concluded)
    assert story.said().sentences == [requirements.CAPABILITY_OPEN]
    story.answers("capability:updates", concluded="pass-with-findings")
    assert story.said().kept


@breaks(COVERAGE)
def test_the_newest_answer_counts() -> None:
    story = Required("updates")
    story.bill(story.the_release)
    story.answers("capability:updates")
    story.answers("capability:updates", answer="yes", day="2026-01-06")
    assert story.said().sentences == [requirements.CAPABILITY_OPEN]


@breaks(COVERAGE)
@pytest.mark.parametrize("capability", ["authentication", "authorisation"])
def test_a_product_with_accounts_needs_requirements_for_them(capability: str) -> None:
    story = Required(capability)
    review = story.answers(f"capability:{capability}")
    profile = story.add(ProductProfile, accounts=False)
    assert story.said().kept
    story.revise(profile, accounts=True)
    said = story.said()
    assert said.texts == [
        f"{story.labels[review]} says that no requirement of {capability} is needed, and GW-PRD-1 says that people or "
        "machines log in."
    ]
    assert said.gaps[0].obligation == "5.2.1-2"


@breaks(COVERAGE)
def test_a_product_with_maintained_items_needs_a_requirement_for_updates() -> None:
    story = Required("updates")
    story.answers("capability:updates")
    assert story.said().sentences == [run.ABSENT]
    story.bill(story.the_release, Component("openssl", version="3.0", purl="pkg:generic/openssl@3.0"))
    item = story.add(SoftwareItem, purl="pkg:generic/openssl", versions=["*"], category="supported")
    assert story.said().kept
    story.revise(item, category="maintained")
    assert story.said().sentences == [requirements.NEEDED_BY_ITEMS]


def test_without_requirements_nothing_is_covered() -> None:
    assert run_check(COVERAGE, Story()).sentences == [run.NOTHING]
    assert run_check(GROUNDED, Story()).sentences == [run.NOTHING]


# --- grounded ---


@keeps(GROUNDED)
@breaks(GROUNDED)
def test_a_criterion_says_more_than_the_statement() -> None:
    story = Required()
    assert story.said(GROUNDED).kept
    record = story.requirement(statement="Locks after five tries.", criterion=" locks AFTER five  tries. ")
    said = story.said(GROUNDED)
    assert (said.sentences, said.about) == ([requirements.SAYS_IT_AGAIN], [story.labels[record]])


@breaks(GROUNDED)
def test_no_requirement_is_said_twice() -> None:
    story = Required()
    one, other = (story.requirement(statement=text) for text in ("Locks after five.", "locks  after Five."))
    said = story.said(GROUNDED)
    assert said.texts == [f"{story.labels[one]} and {story.labels[other]} have the same statement."]
    story.retire(other)
    assert story.said(GROUNDED).kept


@breaks(GROUNDED)
def test_the_ground_of_a_requirement_is_in_force() -> None:
    story = Required()
    control = story.add(Control)
    story.requirement(because=[control], law=None)
    assert story.said(GROUNDED).kept
    story.retire(control)
    assert story.said(GROUNDED).sentences == [run.BROKEN]
