from __future__ import annotations

from typing import Any

import pydantic
import pytest

from asepsis.clauses.policy import TEST_TYPES
from asepsis.development.records import (
    QUESTIONS,
    Anchor,
    Capability,
    CarriedForward,
    ChangeSet,
    CodingStandard,
    DesignElement,
    DesignPractice,
    DevelopmentEnvironment,
    Deviation,
    DocumentationReview,
    Finding,
    Interface,
    LifeStage,
    Locator,
    ReleaseDecision,
    ReleaseDocument,
    Requirement,
    Review,
    ReviewOf,
    ReviewQuestion,
    SecurityPlan,
    SigningKey,
    TestCase,
    TestRun,
    TestType,
)
from asepsis.record.kind import (
    IncompleteError,
    Kind,
    Value,
    matters,
    plain_value,
    read_content,
    read_draft,
    shape_of,
    signed_part,
)
from asepsis.risk.records import Element
from tests.kinds import an_id, as_bytes, content, kinds_of, smallest
from tests.looks import Held

KINDS_HERE = kinds_of("development")
WHY = "Because we looked."
ANN, BEN, LEA = (an_id(name) for name in ("ann", "ben", "lea"))


def reviewer(person: str, viewpoint: str = "tester") -> dict[str, Any]:
    return {"person": person, "viewpoint": viewpoint, "independence": 1}


def answer(question: str, said: str = "yes", why: str | None = None) -> dict[str, Any]:
    return {"question": question, "answer": said} | ({"why": why} if why else {})


GAP = {"obligation": "5.7.4-1", "why_better_off": WHY, "owner": ANN, "due": "2026-03-01"}
DEFECT = {"what": "The port is missing.", "where": "chapter 4"}

BREAKING: list[tuple[type[Kind] | type[Value], dict[str, Any], str]] = [
    (SecurityPlan, {"activities": []}, "activities is empty"),
    (CodingStandard, {"reviewed_on": "2026-01-16", "review_by": "2026-01-15"}, "review_by before reviewed_on"),
    (DesignPractice, {"practice": None}, "neither a practice nor why"),
    (Requirement, {"law": None}, "fill because, law or customer"),
    (Requirement, {"stages": []}, "stages is empty"),
    (Locator, {}, "says nowhere"),
    (Locator, {"port": 65_536}, "port"),
    (ChangeSet, {}, "holds nothing"),
    (ChangeSet, {"from_commit": "abc"}, "holds nothing"),
    (ReviewQuestion, {"answer": "no"}, "since the answer is not yes"),
    (ReviewQuestion, {"answer": "not-applicable"}, "since the answer is not yes"),
    (Review, {"change_set": None}, "covers nothing"),
    (Review, {"reviewers": []}, "reviewers is empty"),
    (Review, {"of": "design", "questions": [answer("5.3.3 a")]}, r"answers 5\.3\.3 a, which is no question"),
    (Review, {"of": "design", "questions": [answer("5.4.4 a"), answer("5.4.4 a")]}, "answers a question twice"),
    (Review, {"reviewers": [reviewer(ANN) | {"independence": 4}]}, "independence"),
    (Deviation, {"rule": None}, "fill rule, topic, where or about"),
    (TestCase, {"steps": None}, "fill steps or automation_id"),
    (Finding, {"results": []}, "fill found_by or results"),
    (Finding, {"weakness": ["CWE-0"]}, r"weakness\[1\]"),
    (Anchor, {"item": "annex-e:E.3"}, "has no covered"),
    (Anchor, {"item": "5.8.2 e"}, "item does not have the form"),
    (Anchor, {"item": "E.2.4 i"}, "item does not have the form"),
    (Anchor, {"item": "annex-e:E.2.6", "covered": "no"}, "item does not have the form"),
    (ReleaseDocument, {"covers": []}, "covers is empty"),
    (
        DocumentationReview,
        {"aspects": [{"aspect": "environment", "outcome": "right"}] * 2},
        "gives an aspect two outcomes",
    ),
    (DocumentationReview, {"aspects": [{"aspect": "environment", "outcome": "defects"}]}, "names none"),
    (SigningKey, {"created": "2026-01-16", "rotate_by": "2026-01-15"}, "rotate_by before created"),
    (SigningKey, {"revoked_on": "2026-02-01"}, "both revoked_on and revoked_because"),
    (SigningKey, {"revoked_because": "compromise"}, "both revoked_on and revoked_because"),
    (SigningKey, {"custodians": []}, "custodians is empty"),
    (CarriedForward, {"records": []}, "records is empty"),
    (ReleaseDecision, {"outcome": "release-with-gaps"}, "releases with gaps and names none"),
    (ReleaseDecision, {"outcome": "release", "gaps": [GAP]}, "names gaps"),
    (ReleaseDecision, {"outcome": "release-with-gaps", "gaps": [GAP | {"obligation": "5.7.4"}]}, "obligation"),
]

KEEPING: list[tuple[type[Kind] | type[Value], dict[str, Any]]] = [
    (CodingStandard, {"reviewed_on": "2026-01-15", "review_by": "2026-01-15"}),
    (DesignPractice, {"practice": None, "why_not": WHY}),
    (Requirement, {"law": None, "customer": "The hospital of the pilot asks for it."}),
    (Requirement, {"law": None, "because": [an_id("control")]}),
    (Locator, {"port": 65_535}),
    (Locator, {"connector": "J4"}),
    (ChangeSet, {"changes": ["4711"]}),
    (ReviewQuestion, {"answer": "no", "why": WHY}),
    (Review, {"change_set": None, "covers": [an_id("requirement")]}),
    (Review, {"of": "design", "questions": [answer("5.4.4 a"), answer("5.4.4 b", "no", WHY)]}),
    (Review, {"of": "requirements", "questions": [answer("stage:install", "not-applicable", WHY)]}),
    (Deviation, {"rule": None, "where": "third_party/**"}),
    (Deviation, {"rule": None, "about": [an_id("interface")]}),
    (Deviation, {"rule": None, "topic": "least-privilege"}),
    (TestCase, {"steps": None, "automation_id": "login.test_lockout"}),
    (Finding, {"results": [], "found_by": [an_id("run")]}),
    (Anchor, {"item": "annex-e:E.3", "covered": "partly"}),
    (Anchor, {"item": "E.2.4 h"}),
    (Anchor, {"item": "scoping"}),
    (DocumentationReview, {"aspects": [{"aspect": "environment", "outcome": "defects"}], "defects": [DEFECT]}),
    (SigningKey, {"created": "2026-01-15", "rotate_by": "2026-01-15"}),
    (SigningKey, {"revoked_on": "2026-02-01", "revoked_because": "rotation"}),
    (ReleaseDecision, {"outcome": "release-with-gaps", "gaps": [GAP]}),
    (ReleaseDecision, {"outcome": "refuse"}),
    (ReleaseDecision, {"outcome": "refuse", "gaps": [GAP]}),
]


@pytest.mark.parametrize(("kind", "overrides", "told"), BREAKING)
def test_what_is_filled_wrongly_is_told(kind: type[Any], overrides: dict[str, Any], told: str) -> None:
    with pytest.raises(IncompleteError, match=told):
        read_content(kind, as_bytes(smallest(kind, **overrides)))


@pytest.mark.parametrize(("kind", "overrides"), KEEPING)
def test_what_is_filled_together_reads(kind: type[Any], overrides: dict[str, Any]) -> None:
    read_content(kind, as_bytes(smallest(kind, **overrides)))


def draft(kind: type[Kind], **values: Any) -> pydantic.BaseModel:
    return read_draft(kind, as_bytes(values))


def labels(kind: type[Kind], value: Kind, look: Held) -> list[str]:
    return [f"{slot.label}{', apart' if slot.apart else ''}" for slot in kind.slots(value, look)]


def test_a_review_is_signed_by_its_lead_and_once_by_each_reviewer() -> None:
    review = content(Review, lead=LEA, reviewers=[reviewer(ANN), reviewer(BEN), reviewer(ANN, "security-adviser")])
    slots = Review.slots(review, Held())
    assert [(slot.meaning, slot.person, slot.roles) for slot in slots] == [
        ("authored", LEA, ()),
        ("reviewed", ANN, ()),
        ("reviewed", BEN, ()),
    ]


@pytest.mark.parametrize("outcome", ["release", "refuse"])
def test_a_release_is_decided_by_release_manager_and_quality(outcome: str) -> None:
    decision = content(ReleaseDecision, outcome=outcome)
    assert labels(ReleaseDecision, decision, Held()) == [
        "released by release-manager, apart",
        "approved by quality, apart",
    ]


def test_a_release_with_gaps_needs_management_too() -> None:
    decision = content(ReleaseDecision, outcome="release-with-gaps", gaps=[GAP])
    assert labels(ReleaseDecision, decision, Held())[2:] == ["approved by management, apart"]


def test_nobody_stands_in_for_who_releases_or_keeps_keys() -> None:
    assert [kind.__name__ for kind in KINDS_HERE if not kind.meta.stand_in] == ["SigningKey", "ReleaseDecision"]


def test_interfaces_are_signed_as_their_design_is() -> None:
    assert Interface.meta.signed == DesignElement.meta.signed
    assert labels(Interface, content(Interface), Held()) == ["reviewed by architect", "reviewed by security"]


def test_four_eyes_see_what_must_not_be_signed_by_its_authors() -> None:
    assert [kind.__name__ for kind in KINDS_HERE if kind.meta.four_eyes] == [
        "Deviation",
        "DocumentationReview",
        "SigningKey",
        "CarriedForward",
        "ReleaseDecision",
    ]


@pytest.mark.parametrize("outcome", ["fail", "inconclusive"])
def test_a_run_warns_unless_it_passed(outcome: str) -> None:
    assert TestRun.warning(content(TestRun, outcome=outcome))
    assert TestRun.warning(draft(TestRun, outcome=outcome))


def test_a_run_without_an_outcome_warns_and_one_that_passed_does_not() -> None:
    assert TestRun.warning(draft(TestRun))
    assert not TestRun.warning(content(TestRun, outcome="pass"))
    assert not TestRun.warning(draft(TestRun, outcome="pass"))


def test_a_finding_warns_always() -> None:
    assert Finding.warning(draft(Finding))
    assert Finding.warning(content(Finding))


def test_a_review_warns_when_it_failed_or_says_no() -> None:
    said = [answer("5.2.2 a"), answer("5.2.2 b", "no", WHY)]
    fine = [answer("5.2.2 a"), answer("5.2.2 b", "not-applicable", WHY)]
    assert Review.warning(content(Review, concluded="fail"))
    assert Review.warning(draft(Review, concluded="fail"))
    assert Review.warning(content(Review, concluded="pass", questions=said))
    assert Review.warning(draft(Review, questions=said))
    assert not Review.warning(content(Review, concluded="pass-with-findings", questions=fine))
    assert not Review.warning(draft(Review, questions=[{"question": "5.2.2 a"}]))
    assert not Review.warning(draft(Review))


def test_a_documentation_review_warns_while_a_defect_is_open() -> None:
    closed = DEFECT | {"closed_on": "2026-02-01"}
    assert DocumentationReview.warning(content(DocumentationReview, defects=[closed, DEFECT]))
    assert DocumentationReview.warning(draft(DocumentationReview, defects=[{"what": "The port is missing."}]))
    assert not DocumentationReview.warning(content(DocumentationReview, defects=[closed]))
    assert not DocumentationReview.warning(content(DocumentationReview))
    assert not DocumentationReview.warning(draft(DocumentationReview))


def test_closing_a_defect_and_verifying_a_measure_are_progress() -> None:
    before = smallest(DocumentationReview, defects=[DEFECT])
    closed = smallest(
        DocumentationReview, defects=[DEFECT | {"closed_on": "2026-02-01", "closed_by": an_id("document")}]
    )
    assert signed_part(DocumentationReview, before) == signed_part(DocumentationReview, closed)
    other = smallest(DocumentationReview, defects=[DEFECT | {"where": "chapter 5"}])
    assert signed_part(DocumentationReview, before) != signed_part(DocumentationReview, other)
    measure = smallest(DevelopmentEnvironment)
    (one,) = measure["measures"]
    looked = measure | {"measures": [one | {"verified_on": "2026-02-01"}]}
    assert signed_part(DevelopmentEnvironment, measure) == signed_part(DevelopmentEnvironment, looked)


def test_a_fix_is_progress_and_leaves_what_matters_of_a_finding_alone() -> None:
    before, after = smallest(Finding), smallest(Finding, fixed_in="build 17")
    assert matters(Finding, before) == matters(Finding, after)
    assert matters(Finding, before) != matters(Finding, smallest(Finding, what="Something else."))


def test_a_run_names_the_findings_it_retests_and_a_finding_the_runs_that_found_it() -> None:
    assert shape_of(TestRun).targets["retests"] == (frozenset({Finding}), True)
    assert shape_of(Finding).targets["found_by"] == (frozenset({TestRun, Review}), True)


def test_a_review_rests_on_what_it_covers() -> None:
    assert shape_of(Review).targets["covers"] == (frozenset({Requirement, DesignElement, Interface, Element}), False)


def test_each_type_of_test_has_its_independence_in_the_policy() -> None:
    assert sorted(TEST_TYPES) == sorted(type_.value for type_ in TestType)


def test_a_review_of_requirements_asks_for_each_stage_and_capability() -> None:
    asked = QUESTIONS[ReviewOf.REQUIREMENTS]
    assert {f"stage:{stage}" for stage in LifeStage} <= set(asked)
    assert {f"capability:{one}" for one in Capability if one is not Capability.OTHER} <= set(asked)
    assert [sum(question.startswith("5.") for question in QUESTIONS[of]) for of in ReviewOf] == [4, 3, 3, 5]


def test_what_is_empty_is_not_written() -> None:
    assert "anchors" not in plain_value(content(ReleaseDocument))


SIGNED = """
SecurityPlan P: approved by management, reviewed by security
DevelopmentEnvironment OP: approved by security, reviewed by quality
CodingStandard O: approved by security, reviewed by architect
DesignPractices O: approved by architect, reviewed by security
Requirement P: approved by architect
Layer P: reviewed by architect, reviewed by security
DesignElement P: reviewed by architect, reviewed by security
Interface P: reviewed by architect, reviewed by security
Deviation P: approved by security
TestPlan P: approved by quality, reviewed by tester
TestCase P: reviewed by tester
TestRun P: tested by tester
Finding P: reviewed by security
ReleaseDocument P: reviewed by regulatory, reviewed by security
DocumentationReview P: reviewed by tester, reviewed by regulatory
SigningKey O: approved by security
IntegrityManifest P: released by release-manager
DecommissioningGuide P: reviewed by regulatory, reviewed by security
CarriedForward P: approved by quality, reviewed by security
"""


def progress(kind: type[Kind]) -> set[str]:
    shape = shape_of(kind)
    return {*shape.progress, *(".".join(path) for path in shape.nested_progress)}


def test_who_signs_what_is_as_the_model_says() -> None:
    told = [
        f"{kind.__name__} {kind.meta.of}: {', '.join(slot.label for slot in kind.meta.signed)}"
        for kind in KINDS_HERE
        if not callable(kind.meta.signed)
    ]
    assert told == SIGNED.strip().splitlines()


def test_only_what_happens_after_signing_is_progress() -> None:
    assert {kind.__name__: progress(kind) for kind in KINDS_HERE if progress(kind)} == {
        "DevelopmentEnvironment": {"measures.proof", "measures.verified_on"},
        "Finding": {"fixed_in"},
        "DocumentationReview": {"defects.closed_by", "defects.closed_on"},
        "SigningKey": {"custody_checked_on"},
    }


def test_what_exists_once_in_a_scope() -> None:
    assert [kind.__name__ for kind in KINDS_HERE if kind.meta.single] == ["SecurityPlan"]
