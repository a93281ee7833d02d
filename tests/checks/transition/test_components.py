"""Outdated components that stay in: each with its reason, its risk, and what protects people."""

from __future__ import annotations

from typing import Any

import pytest

from asepsis.checks.transition import components
from asepsis.configuration.records import CategoryRule, SoftwareItem
from asepsis.conformance import run
from asepsis.exchange import subjects
from asepsis.exchange.facts import Component, Match, Matches
from asepsis.problems.records import Exploitability
from asepsis.transition.records import ComponentJustification
from tests.checks.transition.transitional import Transitional
from tests.dossiers import breaks, digest, evidence, keeps

KEPT = "transition.kept_components_justified"
ZLIB = Component("zlib", purl="pkg:generic/zlib@1.3", version="1.3")
PURL = "pkg:generic/zlib@1.3"
BEHIND = Match("CVE-2026-1", PURL, "affected", fixed=("1.3.1",))


class Old(Transitional):
    """A version with one component, which has an item of its own, and a scan of today."""

    def __init__(self, *, item: bool = True, **fields: Any) -> None:
        super().__init__()
        self.the_bill = self.bill(self.the_release, ZLIB)
        if item:
            given: dict[str, Any] = {"purl": "pkg:generic/zlib", "versions": ["*"], "entered_in": self.the_release}
            self.the_item = self.add(SoftwareItem, **(given | fields))
        self.scan()

    def scan(self, *found: Match, as_of: str = "2026-11-25T08:00:00.000000Z") -> None:
        name, feeds = evidence(f"bill of {self.the_release} ")["digest"], digest("feeds")
        self.take_in(Matches(name, feeds, found), subjects.bill_and_feeds(name, feeds), as_of=as_of)

    def justified(self, **fields: Any) -> str:
        given: dict[str, Any] = {"item": self.the_item, "risk": self.the_risk, "control": self.the_control}
        return self.add(ComponentJustification, **(given | fields))


@keeps(KEPT)
@breaks(KEPT)
def test_an_item_out_of_support_is_justified() -> None:
    assert Old(end_of_support="2026-11-25").said(KEPT, today="2026-11-25").kept
    story = Old(end_of_support="2026-11-24")
    said = story.said(KEPT, today="2026-11-25")
    assert (said.sentences, said.about) == ([components.NOT_JUSTIFIED], ["GW-ITM-1"])
    story.justified()
    assert story.said(KEPT).kept


@breaks(KEPT)
def test_an_item_behind_a_repaired_version_is_justified() -> None:
    story = Old()
    story.scan(Match("CVE-2026-1", PURL, "affected"))
    assert story.said(KEPT).kept
    story.scan(BEHIND)
    assert story.said(KEPT).sentences == [components.NOT_JUSTIFIED]
    story.add(
        Exploitability, advisory_id="CVE-2026-1", component=PURL, versions=["1.0.0"], status="not-affected",
        justification="component-not-present",
    )  # fmt: skip
    assert story.said(KEPT).kept


def test_what_was_matched_in_another_bill_is_told_of_that_one() -> None:
    story = Old()
    story.bill(story.the_release, configuration="arm64")
    name, feeds = evidence(f"bill of {story.the_release} arm64")["digest"], digest("feeds")
    story.take_in(Matches(name, feeds, (BEHIND,)), subjects.bill_and_feeds(name, feeds), as_of="2026-11-25T08:00:00Z")
    assert story.said(KEPT).kept


@breaks(KEPT)
def test_a_component_under_a_rule_has_no_item_to_justify() -> None:
    story = Old(item=False)
    story.add(CategoryRule, matches={"purl": "pkg:generic/*"}, category="required")
    assert story.said(KEPT).kept
    story.scan(BEHIND)
    said = story.said(KEPT)
    assert (said.sentences, said.about) == ([components.NO_ITEM], ["GW-BOM-1"])


@breaks(KEPT)
def test_a_justification_names_what_protects_people() -> None:
    story = Old(end_of_support="2026-11-24")
    justification = story.justified(control=None)
    said = story.said(KEPT)
    assert (said.sentences, said.about) == ([components.NO_CONTROL], ["GW-CJU-1"])
    story.revise(justification, control=story.the_control)
    assert story.said(KEPT).kept
    story.retire(story.the_control)
    assert story.said(KEPT).sentences == [components.NO_CONTROL]


@breaks(KEPT)
def test_its_risk_is_in_force_and_judged_with_the_others() -> None:
    story = Old(end_of_support="2026-11-24")
    story.justified(risk=story.a_risk())
    assert story.said(KEPT).sentences == [components.NOT_JUDGED]
    gone = Old(end_of_support="2026-11-24")
    gone.justified()
    gone.retire(gone.the_risk)
    assert gone.said(KEPT).sentences == [components.RISK_GONE]
    unjudged = Old(end_of_support="2026-11-24")
    unjudged.justified()
    unjudged.retire(unjudged.the_overall)
    assert unjudged.said(KEPT).sentences == [components.NOT_JUDGED]


@pytest.mark.parametrize(("as_of", "is_kept"), [("2026-11-11", True), ("2026-11-10", False)])
def test_an_old_scan_leaves_it_open(as_of: str, is_kept: bool) -> None:
    story = Old()
    story.scan(as_of=f"{as_of}T08:00:00.000000Z")
    said = story.said(KEPT, today="2026-11-25")
    assert said.kept is is_kept
    assert is_kept or [one.said.sentence for one in said.unknowns] == [components.OLD_SCAN]


def test_what_neither_item_nor_rule_stands_for_is_not_known() -> None:
    said = Old(item=False).said(KEPT)
    assert ([one.said.sentence for one in said.unknowns], said.gaps) == ([components.UNPLACED], [])


def test_without_matches_or_components_it_is_not_known() -> None:
    story = Transitional()
    story.bill(story.the_release, ZLIB)
    story.add(
        SoftwareItem, purl="pkg:generic/zlib", versions=["*"], entered_in=story.the_release, end_of_support="2026-11-24"
    )
    said = story.said(KEPT)
    assert [one.said.sentence for one in said.unknowns] == [run.ABSENT]
    assert [one.said.sentence for one in said.gaps] == [components.NOT_JUSTIFIED]
    unread = Transitional()
    unread.bill(unread.the_release, readable=False)
    assert unread.said(KEPT).sentences == [run.UNREADABLE]


def test_without_a_bill_there_is_a_gap() -> None:
    assert Transitional().said(KEPT).sentences == [run.NO_FACTS]
