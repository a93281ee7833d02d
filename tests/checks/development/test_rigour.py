"""What users are told of the rigour of development."""

from __future__ import annotations

from typing import Any

import pytest

from asepsis.checks.development import rigour
from asepsis.development.records import ReleaseDocument, SecurityPlan
from asepsis.quality.records import Applicability
from asepsis.statements.records import NotApplicable
from tests.dossiers import Story, breaks, keeps, run_check

TOLD = "development.process_rigour_told"
LINES = [{"item": f"annex-e:{part}", "covered": "partly"} for part in rigour.ANNEX_E]
TAILORING = [{"obligation": "5.4.3-2", "why": "No hardware.", "instead": "A list."}]


class Rigorous(Story):
    def __init__(self, *lines: dict[str, Any]) -> None:
        super().__init__()
        self.the_release = self.release()
        self.lines = list(lines or LINES)
        self.document = self.add(ReleaseDocument, release=self.the_release, anchors=self.lines)

    def tell(self, record: str, item: str = "5.8.2 b", day: str = "2026-02-01") -> None:
        anchor = {"item": item, "place": "3", "tells_of": [record]}
        self.revise(self.document, day=day, anchors=[*self.lines, anchor])

    def said(self) -> Any:
        return run_check(TOLD, self, release=self.the_release)


def departs(story: Rigorous, what: str) -> str:
    match what:
        case "plan":
            return story.add(SecurityPlan, tailoring=TAILORING)
        case "exclusion":
            return story.add(NotApplicable)
    return story.add(Applicability, supporting_software=[{"what": "PC", "in_scope": False, "why": "Not ours."}])


@keeps(TOLD)
@breaks(TOLD)
@pytest.mark.parametrize("what", ["plan", "exclusion", "scoping"])
@pytest.mark.parametrize("item", ["5.8.2 b", "scoping", "tailoring"])
def test_what_was_left_out_or_done_otherwise_is_told(what: str, item: str) -> None:
    story = Rigorous()
    record = departs(story, what)
    said = story.said()
    assert (said.sentences, said.about) == ([rigour.UNTOLD], [story.labels[record]])
    story.tell(record, "5.8.2 a")
    assert story.said().gaps
    story.tell(record, item)
    assert story.said().kept


@keeps(TOLD)
def test_a_plan_that_tailors_nothing_and_software_in_scope_need_no_words() -> None:
    story = Rigorous()
    story.add(SecurityPlan)
    story.add(Applicability, supporting_software=[{"what": "PC", "in_scope": True, "why": "Shipped."}])
    assert story.said().kept


@breaks(TOLD)
def test_a_text_about_a_plan_that_changed_is_looked_at_again() -> None:
    story = Rigorous()
    plan = departs(story, "plan")
    story.tell(plan)
    story.revise(plan, day="2026-03-01", review_by="2028-01-01")
    assert story.said().sentences == [rigour.TOLD_BEFORE]
    story.look(story.document, plan, day="2026-03-02")
    assert story.said().kept


@breaks(TOLD)
@pytest.mark.parametrize("number", range(6))
def test_each_document_of_annex_e_is_said_to_be_there_or_not(number: int) -> None:
    said = Rigorous(*LINES[:number], *LINES[number + 1 :]).said()
    assert said.sentences == [rigour.NOT_SAID]
    assert rigour.ANNEX_E[number] in said.texts[0]


@breaks(TOLD)
def test_what_is_said_to_be_present_is_covered() -> None:
    story = Rigorous(LINES[0] | {"covered": "present"}, *LINES[1:])
    assert story.said().sentences == [rigour.NOT_THERE]
    story.add(ReleaseDocument, release=story.the_release, covers=[rigour.ANNEX_E[0]])
    assert story.said().kept


def test_without_a_document_there_is_nothing_to_look_at() -> None:
    story = Story()
    assert run_check(TOLD, story, release=story.release()).silent
