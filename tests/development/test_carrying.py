"""What a next release may carry over: what nothing touches, never what lists or scans one build."""

from __future__ import annotations

from typing import Any

from asepsis.configuration.records import BillOfMaterials, ChangeRequest, Release, SoftwareItem
from asepsis.development.carrying import Proposal, propose
from asepsis.development.records import (
    DocumentationReview,
    ReleaseDecision,
    ReleaseDocument,
    Requirement,
    TestCase,
    TestPlan,
    TestRun,
)
from asepsis.exchange.facts import Component, Components
from asepsis.quality.records import ProductProfile
from asepsis.record import canonical
from asepsis.record.dossier import Item
from asepsis.risk.records import Element, OverallRisk, Risk, SecurityContext, SystemModel, Vulnerability
from asepsis.statements.records import Attestation
from tests.dossiers import Story

EFFECT = {"size": "none", "why": "None is to be expected."}


class Shown(Story):
    """Release 1.0.0 with two requirements, a case and a run for each, and a document."""

    def __init__(self) -> None:
        super().__init__()
        self.one = self.release("1.0.0")
        self.plan = self.add(TestPlan, type="requirements")
        self.left, self.right = self.add(Requirement, title="Left"), self.add(Requirement, title="Right")
        self.left_run = self.run(self.left)
        self.right_run = self.run(self.right)

    def run(self, requirement: str, plan: str | None = None, outcome: str = "pass") -> str:
        case = self.add(TestCase, plan=plan or self.plan, verifies=[requirement])
        return self.add(
            TestRun, plan=plan or self.plan, cases=[case], release=self.one, build_id="build-of-1.0.0", outcome=outcome
        )

    def change(self, *affects: str, **fields: Any) -> str:
        return self.add(ChangeRequest, **(self.asking(affects) | fields))

    def asking(self, affects: tuple[str, ...]) -> dict[str, Any]:
        return {
            "decided": "do",
            "affects": affects,
            "security_effect": EFFECT,
            "safety_effect": EFFECT,
            "effectiveness_effect": EFFECT,
        }

    def proposed(self, **bills: Any) -> Proposal:
        dossier = self.dossier()
        release: Item[Release] | None = dossier.get(self.one)
        assert release is not None
        return propose(dossier, release, **bills)


def carried(proposal: Proposal) -> set[str]:
    return {one.item.id for one in proposal.carried}


def anew(proposal: Proposal) -> dict[str, str]:
    return {one.item.id: one.why for one in proposal.anew}


def test_without_a_change_every_run_is_carried() -> None:
    story = Shown()
    assert carried(story.proposed()) == {story.left_run, story.right_run}


def test_a_run_whose_requirement_a_request_affects_is_done_anew() -> None:
    story = Shown()
    story.change(story.left)
    proposal = story.proposed()
    assert carried(proposal) == {story.right_run}
    assert "affects" in anew(proposal)[story.left_run]


def test_what_rests_on_something_affected_is_touched_too() -> None:
    story = Shown()
    ground = story.add(Requirement, title="Ground")
    resting = story.add(Requirement, title="Resting", because=[ground], law=None)
    run = story.run(resting)
    story.change(ground)
    assert run in anew(story.proposed())


def test_a_request_that_is_done_in_an_earlier_release_touches_nothing_any_more() -> None:
    story = Shown()
    story.change(story.left, done_in=story.one)
    assert carried(story.proposed()) == {story.left_run, story.right_run}


def test_a_request_that_is_refused_touches_nothing() -> None:
    story = Shown()
    story.change(story.left, decided="refuse", decided_why="It helps nobody.")
    assert carried(story.proposed()) == {story.left_run, story.right_run}


def test_a_scan_of_one_build_is_never_carried() -> None:
    story = Shown()
    plan = story.add(TestPlan, type="known-vulnerabilities")
    scan = story.run(story.right, plan)
    assert scan in anew(story.proposed())


def test_bills_and_decisions_are_never_carried() -> None:
    story = Shown()
    bill = story.bill(story.one)
    decision = story.send_out(story.one)
    assert {bill, decision} <= anew(story.proposed()).keys()
    assert {BillOfMaterials, ReleaseDecision}.isdisjoint(one.item.kind for one in story.proposed().carried)


def test_a_document_is_done_anew_since_it_says_for_which_version_it_is_written() -> None:
    story = Shown()
    telling = story.add(
        ReleaseDocument, release=story.one, anchors=[{"item": "5.8.2 a", "place": "4.2", "tells_of": [story.left]}]
    )
    silent = story.add(ReleaseDocument, release=story.one)
    story.change(story.left)
    proposal = story.proposed()
    assert "affects" in anew(proposal)[telling]
    assert "for which version" in anew(proposal)[silent]


def test_the_review_of_a_document_that_is_done_anew_is_done_anew_too() -> None:
    story = Shown()
    document = story.add(ReleaseDocument, release=story.one)
    review = story.add(DocumentationReview, release=story.one, document=document)
    assert "is done anew" in anew(story.proposed())[review]


def test_what_has_changed_since_it_was_signed_is_done_anew() -> None:
    story = Shown()
    risk = story.add(Risk)
    overall = story.add(OverallRisk, release=story.one, risks=[risk])
    assert overall in carried(story.proposed())
    story.revise(risk, harm_after="serious", day="2026-03-01")
    assert "changed since" in anew(story.proposed())[overall]


def test_a_run_that_did_not_pass_shows_nothing_that_could_be_carried() -> None:
    story = Shown()
    failed = story.run(story.left, outcome="fail")
    assert "did not pass" in anew(story.proposed())[failed]


def test_a_model_of_the_version_is_carried_until_one_of_its_elements_is_touched() -> None:
    story = Shown()
    context = story.add(SecurityContext, profile=story.add(ProductProfile))
    model = story.add(SystemModel, context=context, reflects="1.0.0")
    element = story.add(Element, model=model)
    older = story.add(SystemModel, reflects="0.9.0")
    assert model in carried(story.proposed())
    story.change(element)
    assert model in anew(story.proposed())
    assert older not in carried(story.proposed()) | anew(story.proposed()).keys()


def test_an_attestation_is_carried_while_what_was_looked_at_for_it_is() -> None:
    story = Shown()
    left = story.add(Attestation, obligation="5.7.2-1", release=story.one, rests_on=[story.left_run])
    right = story.add(Attestation, obligation="5.7.2-1", release=story.one, rests_on=[story.right_run])
    story.change(story.left)
    proposal = story.proposed()
    assert right in carried(proposal)
    assert "is done anew" in anew(proposal)[left]


def test_through_a_vulnerability_that_goes_nothing_is_touched() -> None:
    story = Shown()
    item = story.add(SoftwareItem)
    vulnerability = story.add(Vulnerability, items=[item])
    risk = story.add(Risk, vulnerabilities=[vulnerability])
    overall = story.add(OverallRisk, release=story.one, risks=[risk])
    story.change(item)
    assert overall in carried(story.proposed())


def test_a_patch_brings_only_the_requests_that_it_names() -> None:
    story = Shown()
    mine, other = story.change(story.left), story.change(story.right)
    proposal = story.proposed(only=[mine])
    assert [one.id for one in proposal.differences.requests] == [mine]
    assert story.right_run in carried(proposal)
    assert other not in {one.id for one in proposal.differences.requests}


def test_a_request_that_is_named_counts_while_it_waits_for_its_signatures() -> None:
    story = Shown()
    waiting = story.draft(ChangeRequest, **story.asking((story.left,)))
    story.submit(waiting)
    assert story.left_run in carried(story.proposed())
    assert story.left_run in anew(story.proposed(only=[waiting]))


def test_the_difference_of_two_bills_is_told_by_package() -> None:
    def bill(*components: tuple[str, str]) -> Components:
        made = tuple(
            Component(name, version=version, purl=f"pkg:pypi/{name}@{version}") for name, version in components
        )
        return Components(format="CycloneDX 1.5", components=made)

    story = Shown()
    before, after = bill(("one", "1"), ("two", "1"), ("gone", "1")), bill(("one", "1"), ("two", "2"), ("new", "3"))
    found = story.proposed(bills=(before, after)).differences
    assert (found.added, found.removed, found.changed) == (
        ("pkg:pypi/new 3",),
        ("pkg:pypi/gone 1",),
        ("pkg:pypi/two 1 to 2",),
    )


def test_a_missing_bill_is_said_and_not_taken_for_no_difference() -> None:
    found = Shown().proposed(bills=(Components(format="CycloneDX 1.5", components=()), None)).differences
    assert not found.bills


def test_a_proposal_can_be_kept_as_a_file() -> None:
    from asepsis.development.carrying import as_value

    story = Shown()
    story.change(story.left)
    assert canonical.loads(canonical.dumps(as_value(story.proposed())), where="it")["bills_compared"] is False
