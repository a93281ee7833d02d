"""Documents of a release: reviewed by others, true to the design, and whole."""

from __future__ import annotations

from typing import Any

import pytest

from asepsis.checks.development import documents
from asepsis.conformance import run
from asepsis.development.records import (
    CarriedForward,
    DocumentationReview,
    Interface,
    ReleaseDocument,
    Requirement,
)
from asepsis.quality.records import ProductProfile
from asepsis.record.slots import SystemRole
from asepsis.risk.records import Asset, Assumption, Control, Element
from tests.dossiers import Cast, Story, breaks, elsewhere, evidence, keeps, run_check

REVIEWED = "development.documents_reviewed"
DESIGN = "development.documents_follow_design"
COMPLETE = "development.release_documents_complete"

ASPECTS = [{"aspect": one, "outcome": "right"} for one in ("capabilities", "environment", "practices-secure")]


class Documented(Story):
    """A release with one document."""

    def __init__(self, **fields: Any) -> None:
        super().__init__()
        self.the_release = self.release()
        self.document = self.write(**fields)

    def write(self, **fields: Any) -> str:
        given: dict[str, Any] = {
            "release": self.the_release,
            "version": "1.0.0",
            "covers": ["5.8.2 a"],
            "file": evidence("manual"),
        }
        return self.add(ReleaseDocument, **(given | fields))

    def review(self, **fields: Any) -> str:
        given: dict[str, Any] = {
            "release": self.the_release,
            "document": self.document,
            "aspects": ASPECTS,
            "day": "2026-01-06",
        }
        return self.add(DocumentationReview, **(given | fields))

    def tell(self, *records: str, item: str = "5.8.2 a", day: str = "2026-02-01") -> None:
        anchor = {"item": item, "place": "4.2", "tells_of": list(records)}
        self.revise(self.document, day=day, anchors=[anchor])

    def said(self, check: str, **arguments: Any) -> Any:
        return run_check(check, self, release=self.the_release, **arguments)


# --- reviewed ---


@keeps(REVIEWED)
@breaks(REVIEWED)
def test_each_document_is_reviewed_in_its_newest_version() -> None:
    story = Documented()
    said = story.said(REVIEWED)
    assert (said.sentences, said.about) == ([documents.NOT_REVIEWED], [story.labels[story.document]])
    review = story.review()
    assert story.said(REVIEWED).kept
    story.revise(story.document, day="2026-01-07", file=evidence("another manual"))
    assert story.said(REVIEWED).sentences == [documents.REVIEWED_EARLIER]
    story.look(review, story.document, day="2026-01-08")
    assert story.said(REVIEWED).kept


@breaks(REVIEWED)
def test_a_review_for_another_release_does_not_count() -> None:
    story = Documented()
    story.review(release=story.release("0.9"))
    assert story.said(REVIEWED).sentences == [documents.NOT_REVIEWED]


@breaks(REVIEWED)
@pytest.mark.parametrize("number", [0, 1, 2])
def test_all_three_aspects_are_looked_at(number: int) -> None:
    story = Documented()
    story.review(aspects=ASPECTS[:number] + ASPECTS[number + 1 :])
    said = story.said(REVIEWED)
    assert said.sentences == [documents.ASPECT_LEFT_OUT]
    assert ASPECTS[number]["aspect"] in said.texts[0]


def test_of_several_reviews_the_newest_counts() -> None:
    story = Documented()
    story.review(aspects=ASPECTS[:1])
    story.review(day="2026-01-07")
    assert story.said(REVIEWED).kept


@breaks(REVIEWED)
def test_nobody_reviews_a_document_that_they_wrote() -> None:
    story = Documented()
    story.revise(story.document, writer=Cast.TESTER, title="Called otherwise", signed=False)
    story.revise(story.document, file=evidence("another"), writer=Cast.WRITER)
    story.review()
    said = story.said(REVIEWED)
    assert said.sentences == [documents.OWN_REVIEW]
    assert dict(said.gaps[0].said.arguments)["person"] == Cast.TESTER


def test_who_wrote_an_earlier_version_only_may_review_a_newer_one() -> None:
    story = Documented(writer=Cast.TESTER)
    story.revise(story.document, file=evidence("another"))
    story.review()
    assert story.said(REVIEWED).kept


DEFECT = {"what": "Wrong port.", "where": "4.2"}
DEFECTIVE = [ASPECTS[0] | {"outcome": "defects"}, *ASPECTS[1:]]


@breaks(REVIEWED)
def test_a_defect_is_closed_by_a_record_in_force() -> None:
    story = Documented()
    review = story.review(aspects=DEFECTIVE, defects=[DEFECT])
    assert story.said(REVIEWED).sentences == [documents.OPEN_DEFECT]
    closed = DEFECT | {"closed_on": "2026-01-07"}
    story.revise(review, day="2026-01-07", defects=[closed])
    assert story.said(REVIEWED).sentences == [documents.CLOSED_BY_NOTHING]
    requirement = story.draft(Requirement)
    story.revise(review, day="2026-01-07", defects=[closed | {"closed_by": requirement}])
    assert story.said(REVIEWED).sentences == [documents.CLOSED_BY_NOTHING]
    story.submit(requirement)
    story.sign(requirement)
    assert story.said(REVIEWED).kept


@breaks(REVIEWED)
def test_a_document_closes_its_own_defect_only_when_it_changed() -> None:
    story = Documented()
    closed = DEFECT | {"closed_on": "2026-01-07", "closed_by": story.document}
    review = story.review(aspects=DEFECTIVE, defects=[closed])
    assert story.said(REVIEWED).sentences == [documents.CLOSED_UNCHANGED]
    story.revise(story.document, day="2026-01-08", file=evidence("another manual"))
    story.revise(review, day="2026-01-09", title="Reviewed again", aspects=ASPECTS)
    assert story.said(REVIEWED).kept


@breaks(REVIEWED)
def test_an_open_defect_counts_before_anybody_signs_the_review() -> None:
    story = Documented()
    story.review()
    given: dict[str, Any] = {
        "release": story.the_release,
        "document": story.document,
        "aspects": DEFECTIVE,
        "defects": [DEFECT],
    }
    story.draft(DocumentationReview, day="2026-01-07", **given)
    assert story.said(REVIEWED).sentences == [documents.OPEN_DEFECT]


def test_a_document_carried_forward_takes_its_review_along() -> None:
    story = Documented()
    review = story.review()
    newer = story.release("2.0.0", predecessor=story.the_release)
    records = [{"record": one, "why_unaffected": "No change."} for one in (story.document, review)]
    story.add(CarriedForward, day="2026-02-01", release=newer, from_release=story.the_release, records=records[:1])
    assert run_check(REVIEWED, story, release=newer).sentences == [documents.NOT_REVIEWED]
    story.add(CarriedForward, day="2026-02-01", release=newer, from_release=story.the_release, records=records[1:])
    assert run_check(REVIEWED, story, release=newer).kept


def test_a_document_whose_file_is_gone_is_not_known() -> None:
    story = Documented()
    story.review()
    story.lose("manual")
    said = story.said(REVIEWED)
    assert [one.said.sentence for one in said.unknowns] == [documents.FILE_GONE]
    linked = Documented(file=elsewhere("manual"))
    linked.review()
    linked.lose("manual")
    assert linked.said(REVIEWED).kept


@pytest.mark.parametrize("check", [REVIEWED, DESIGN, COMPLETE])
def test_without_a_document_there_is_a_gap(check: str) -> None:
    story = Story()
    assert run_check(check, story, release=story.release()).sentences == [run.NOTHING]


# --- true to the design ---

TO_BE_TOLD = [
    (Interface, {"reach": "external"}),
    (Interface, {"reach": "both"}),
    (Element, {"kind": "port", "reachable": "external"}),
    (Element, {"kind": "port", "reachable": "both"}),
    (Element, {"kind": "process", "debug": True}),
    (Control, {"kind": "information"}),
    (Requirement, {"stages": ["operate", "install"]}),
    (Requirement, {"stages": ["decommission"]}),
    (Assumption, {"falls_to": "operator"}),
    (Assumption, {"falls_to": "integrator"}),
]
NOT_TO_BE_TOLD = [
    (Interface, {"reach": "internal"}),
    (Element, {"kind": "port", "reachable": "internal", "debug": False}),
    (Element, {"kind": "process", "reachable": "external", "debug": False}),
    (Control, {"kind": "protective"}),
    (Requirement, {"stages": ["operate", "maintain"]}),
    (Assumption, {"falls_to": "manufacturer"}),
    (Assumption, {"falls_to": "supplier"}),
]


@keeps(DESIGN)
@breaks(DESIGN)
@pytest.mark.parametrize(("kind", "fields"), TO_BE_TOLD)
def test_what_users_have_to_know_is_told(kind: Any, fields: dict[str, Any]) -> None:
    story = Documented()
    thing = story.add(kind, **fields)
    said = story.said(DESIGN)
    assert (said.sentences, said.about) == ([documents.UNTOLD], [story.labels[thing]])
    story.tell(thing)
    assert story.said(DESIGN).kept


@keeps(DESIGN)
@pytest.mark.parametrize(("kind", "fields"), NOT_TO_BE_TOLD)
def test_what_users_need_not_know_may_go_untold(kind: Any, fields: dict[str, Any]) -> None:
    story = Documented()
    story.add(kind, **fields)
    assert story.said(DESIGN).kept


@breaks(DESIGN)
def test_the_protection_that_users_of_an_outer_interface_meet_is_told() -> None:
    story = Documented()
    control = story.add(Control, kind="protective")
    interface = story.add(Interface, reach="external", capabilities=[control])
    story.tell(interface)
    assert story.said(DESIGN).kept
    story.revise(interface, day="2026-02-02", users=["nurse"])
    story.look(story.document, interface, day="2026-02-03")
    assert story.said(DESIGN).about == [story.labels[control]]
    story.tell(interface, control, day="2026-02-04")
    assert story.said(DESIGN).kept


@breaks(DESIGN)
def test_what_is_to_be_told_for_two_reasons_is_missing_once() -> None:
    story = Documented()
    control = story.add(Control, kind="information")
    interface = story.add(Interface, reach="external", capabilities=[control], users=["nurse"])
    assert story.said(DESIGN).about == [story.labels[interface], story.labels[control]]


@breaks(DESIGN)
def test_a_text_about_something_that_changed_is_looked_at_again() -> None:
    story = Documented()
    interface = story.add(Interface, reach="external")
    story.tell(interface)
    story.revise(interface, day="2026-03-01", privileges="None.")
    assert story.said(DESIGN).sentences == [documents.TOLD_BEFORE]
    story.look(story.document, interface, day="2026-03-02")
    assert story.said(DESIGN).kept


@breaks(DESIGN)
def test_no_document_tells_of_what_is_gone() -> None:
    story = Documented()
    interface = story.add(Interface, reach="external")
    story.tell(interface)
    story.retire(interface, day="2026-03-01")
    said = story.said(DESIGN)
    assert (said.sentences, said.about) == ([run.BROKEN], [story.labels[story.document]])


# --- whole ---


def whole(*parts: str, **fields: Any) -> Documented:
    anchors = [{"item": part, "place": "4.2"} for part in parts]
    return Documented(covers=list(parts), anchors=anchors, **fields)


@keeps(COMPLETE)
@breaks(COMPLETE)
@pytest.mark.parametrize("missing", ["5.8.2 a", "5.8.2 b", "5.8.2 d"])
def test_three_parts_are_always_there(missing: str) -> None:
    parts = ["5.8.2 a", "5.8.2 b", "5.8.2 d"]
    assert whole(*parts).said(COMPLETE).kept
    said = whole(*(part for part in parts if part != missing)).said(COMPLETE)
    assert said.sentences == [documents.PART_MISSING]
    assert missing in said.texts[0]


def test_several_documents_may_hold_the_parts() -> None:
    story = whole("5.8.2 a", "5.8.2 b")
    story.write(covers=["5.8.2 d"], anchors=[{"item": "5.8.2 d", "place": "1"}])
    assert story.said(COMPLETE).kept


@breaks(COMPLETE)
def test_accounts_are_told_of_where_there_are_any() -> None:
    story = whole("5.8.2 a", "5.8.2 b", "5.8.2 d")
    profile = story.add(ProductProfile, accounts=False)
    assert story.said(COMPLETE).kept
    story.revise(profile, accounts=True)
    assert story.said(COMPLETE).sentences == [documents.PART_MISSING]


@breaks(COMPLETE)
def test_each_credential_of_the_model_is_told_of() -> None:
    story = whole("5.8.2 a", "5.8.2 b", "5.8.2 c", "5.8.2 d")
    profile = story.add(ProductProfile, accounts=True)
    asset = story.add(Asset, kind="credential")
    story.add(Asset, kind="data")
    assert story.said(COMPLETE).kept
    story.add(Element, assets=[asset])
    said = story.said(COMPLETE)
    assert (said.sentences, said.about) == ([documents.ACCOUNT_UNTOLD], [story.labels[asset]])
    anchors = [{"item": f"5.8.2 {letter}", "place": "4", "tells_of": [asset]} for letter in "abcd"]
    story.revise(
        story.document, anchors=[one | {"tells_of": []} if one["item"] == "5.8.2 c" else one for one in anchors]
    )
    assert story.said(COMPLETE).sentences == [documents.ACCOUNT_UNTOLD]
    story.revise(story.document, anchors=anchors)
    assert story.said(COMPLETE).kept
    story.revise(story.document, anchors=[{"item": f"5.8.2 {letter}", "place": "4"} for letter in "abcd"])
    assert story.said(COMPLETE).gaps
    story.retire(profile)
    assert story.said(COMPLETE).kept


@breaks(COMPLETE)
def test_a_document_is_of_the_version_of_its_release() -> None:
    said = whole("5.8.2 a", "5.8.2 b", "5.8.2 d", version="1.0.1").said(COMPLETE)
    assert said.sentences == [documents.OTHER_VERSION]


@breaks(COMPLETE)
def test_each_part_has_its_place() -> None:
    story = whole("5.8.2 a", "5.8.2 b", "5.8.2 d", "E.2.4")
    assert story.said(COMPLETE).kept
    anchors = [{"item": part, "place": "4"} for part in ("5.8.2 a", "5.8.2 b", "5.8.2 d")]
    story.revise(story.document, anchors=[*anchors, {"item": "E.2.4"}])
    assert story.said(COMPLETE).sentences == [documents.NO_PLACE]
    story.revise(story.document, anchors=[*anchors, {"item": "E.2.4 d", "place": "5"}])
    assert story.said(COMPLETE).kept


def test_the_review_is_signed_by_testers_and_regulatory() -> None:
    roles = {role for slot in DocumentationReview.meta.signed for role in slot.roles}  # type: ignore[union-attr]
    assert roles == {SystemRole.TESTER, SystemRole.REGULATORY}
