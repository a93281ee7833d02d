"""The risks that remain: users are told of just those that the evaluation names."""

from __future__ import annotations

from typing import Any

from asepsis.checks.transition import remaining_risks
from asepsis.configuration.records import SoftwareItem
from asepsis.conformance import run
from asepsis.development.records import ReleaseDocument
from asepsis.transition.records import ComponentJustification
from tests.checks.risk.modelled import score
from tests.checks.transition.transitional import Transitional
from tests.dossiers import breaks, keeps

TOLD = "transition.remaining_risks_told"


def documented(*items: str, tell: bool = True) -> tuple[Transitional, str]:
    """Return a version with a document that tells of its risk in these parts."""
    story = Transitional()
    if tell:
        story.revise(story.the_overall, tell=[story.the_risk])
    anchors = [{"item": item, "place": "chapter 3", "tells_of": [story.the_risk]} for item in items]
    return story, story.add(ReleaseDocument, release=story.the_release, anchors=anchors)


@keeps(TOLD)
@breaks(TOLD)
def test_what_is_to_be_told_is_told() -> None:
    story, _ = documented("5.8.2 d", "5.8.2 a")
    assert story.said(TOLD).kept
    untold, _ = documented("5.8.2 a")
    said = untold.said(TOLD)
    assert (said.sentences, said.about) == ([remaining_risks.NOT_TOLD], ["GW-RSK-1"])


@breaks(TOLD)
def test_it_is_told_as_it_is_now() -> None:
    story, document = documented("5.8.2 d")
    story.revise(story.the_risk, day="2026-03-01", initial=score("9.8"))
    assert story.said(TOLD).sentences == [remaining_risks.TOLD_BEFORE]
    story.revise(document, day="2026-03-02", notes="Looked at.")
    assert story.said(TOLD).kept


@breaks(TOLD)
def test_nothing_else_is_told() -> None:
    story, _ = documented("5.8.2 d", tell=False)
    said = story.said(TOLD)
    assert (said.sentences, said.about) == ([remaining_risks.TOLD_TOO_MUCH], ["GW-DOC-1"])
    elsewhere, _ = documented("5.8.2 a", tell=False)
    assert elsewhere.said(TOLD).kept


@breaks(TOLD)
def test_the_evaluation_names_what_remains_by_approval_gap_or_component() -> None:
    def approved(story: Transitional) -> Any:
        return story.revise(story.the_risk, residual=score("7.5"), evaluation="needs-approval")

    def justified(story: Transitional) -> Any:
        return story.a_gap(justified="It is small.")

    def kept(story: Transitional) -> Any:
        item = story.add(SoftwareItem, entered_in=story.the_release)
        return story.add(ComponentJustification, item=item, risk=story.the_risk)

    for remains in (approved, justified, kept):
        story, document = documented(tell=False)
        assert story.said(TOLD).kept
        remains(story)
        said = story.said(TOLD)
        assert (said.sentences, said.about) == ([remaining_risks.TO_BE_TOLD], ["GW-ORR-1"])
        anchor = {"item": "5.8.2 d", "place": "chapter 3", "tells_of": [story.the_risk]}
        story.revise(document, anchors=[anchor])
        story.revise(story.the_overall, tell=[story.the_risk])
        assert story.said(TOLD).kept


def test_a_gap_that_is_closed_or_not_justified_leaves_nothing_to_tell() -> None:
    story, _ = documented(tell=False)
    story.a_gap()
    story.a_gap(justified="It was small.", closed_on="2026-02-01")
    assert story.said(TOLD).kept


@breaks(TOLD)
def test_the_newest_evaluation_counts() -> None:
    story, _ = documented("5.8.2 d")
    story.an_overall(day="2026-03-01")
    assert story.said(TOLD).sentences == [remaining_risks.TOLD_TOO_MUCH]


def test_without_an_evaluation_it_is_not_known() -> None:
    story, _ = documented("5.8.2 d")
    story.retire(story.the_overall)
    said = story.said(TOLD)
    assert ([one.said.sentence for one in said.unknowns], said.gaps) == ([remaining_risks.NOT_EVALUATED], [])


def test_without_a_document_there_is_a_gap() -> None:
    assert Transitional().said(TOLD).sentences == [run.NOTHING]
