"""Updates of others: whether users may install each is stated and shown, and made up for where they may not."""

from __future__ import annotations

from typing import Any

import pytest

from asepsis.checks.maintenance import compatibility
from asepsis.configuration.records import CategoryRule, SoftwareItem
from asepsis.conformance import run
from asepsis.development.records import ReleaseDocument
from asepsis.exchange import subjects
from asepsis.exchange.facts import Feed, Feeds, Match
from asepsis.maintenance.records import (
    CompatibilityStatement,
    MonitoredSource,
    Notice,
    SourceReview,
    UpdateVerification,
)
from tests.checks.maintenance.maintained import LIMITS, ZLIB, Maintained
from tests.dossiers import Cast, Story, breaks, evidence, keeps, run_check

STATED = "maintenance.compatibility_stated"
MITIGATED = "maintenance.unapproved_update_mitigated"
PURL = "pkg:generic/zlib@1.3"


class Supplied(Maintained):
    """A supported release with a component that its maker supports, from a source that was looked at today."""

    def __init__(self, category: str = "supported") -> None:
        super().__init__()
        self.the_bill = self.bill(self.the_release, ZLIB)
        self.the_rule = self.add(CategoryRule, matches={"purl": "pkg:generic/*"}, category=category)
        self.the_source = self.add(
            MonitoredSource,
            source="supplier",
            feed=None,
            ecosystems=["generic"],
            look_every_days=30,
            owner=Cast.SECURITY,
        )
        self.the_review = self.add(
            SourceReview, sources=[self.the_source], first_day="2026-01-05", last_day="2026-10-26", nothing_because="-"
        )

    def repaired(self, first_seen: str, **match: Any) -> None:
        given: dict[str, Any] = {"fixed": ("1.3.1",), "first_seen": first_seen}
        self.scan(self.the_release, Match("CVE-2026-1", PURL, "affected", **(given | match)))

    def a_statement(self, **fields: Any) -> str:
        given: dict[str, Any] = {
            "item": self.the_rule,
            "versions": ["1.3.1"],
            "compatible": "no",
            "approved": False,
        }
        return self.add(CompatibilityStatement, **(given | fields))

    def tried(self, **fields: Any) -> str:
        given: dict[str, Any] = {
            "update": None,
            "item": self.the_rule,
            "versions": ["1.3.1"],
            "constraints": LIMITS,
            "outcome": "pass",
        }
        return self.add(UpdateVerification, **(given | fields))


# --- stated ---


@keeps(STATED)
@breaks(STATED)
def test_a_repair_of_a_supported_item_is_stated_within_the_days() -> None:
    story = Supplied()
    story.repaired("2026-10-26")
    assert story.said(STATED, today="2026-11-25").kept
    story.repaired("2026-10-25")
    said = story.said(STATED, today="2026-11-25")
    assert (said.sentences, said.about) == ([compatibility.NOT_STATED], ["GW-BOM-1"])
    assert str(said.gaps[0].due) == "2026-11-24"
    statement = story.a_statement(versions=["1.3.2"])
    assert story.said(STATED).gaps
    story.revise(statement, versions=["vers:semver/>=1.3.1"])
    assert story.said(STATED).kept


def test_a_statement_may_be_of_the_item_instead_of_a_rule() -> None:
    story = Supplied()
    story.repaired("2026-05-01")
    item = story.add(
        SoftwareItem, purl="pkg:generic/zlib", versions=["*"], category="supported", entered_in=story.the_release
    )
    story.a_statement()
    assert story.said(STATED).gaps
    story.a_statement(item=item)
    assert story.said(STATED).kept


@pytest.mark.parametrize("category", ["maintained", "required"])
def test_other_categories_ask_for_no_statement(category: str) -> None:
    story = Supplied(category)
    story.repaired("2026-05-01")
    assert story.said(STATED).kept


def test_without_a_repaired_version_there_is_nothing_to_state() -> None:
    story = Supplied()
    story.repaired("2026-05-01", fixed=())
    assert story.said(STATED).kept


@breaks(STATED)
def test_other_supported_releases_are_gone_through_too() -> None:
    story = Supplied()
    story.repaired("2026-05-01")
    story.the_release = story.release("2.0.0")
    story.bill(story.the_release)
    assert story.said(STATED).sentences == [compatibility.NOT_STATED]


@breaks(STATED)
def test_a_statement_that_was_taken_up_is_signed_within_the_days() -> None:
    story = Supplied()
    draft = story.draft(CompatibilityStatement, item=story.the_rule, versions=["1.3.1"], approved=True)
    story.revise(story.the_review, taken_up=[draft])
    assert story.said(STATED, today="2026-11-25").kept
    said = story.said(STATED, today="2026-11-26")
    assert compatibility.NOT_SIGNED in said.sentences
    story.submit(draft)
    story.sign(draft)
    assert compatibility.NOT_SIGNED not in story.said(STATED, today="2026-11-26").sentences


@breaks(STATED)
@pytest.mark.parametrize("lets", [{"approved": True}, {"compatible": "yes"}])
def test_what_users_may_install_was_tried(lets: dict[str, Any]) -> None:
    story = Supplied()
    statement = story.a_statement(**lets)
    assert story.said(STATED).sentences == [compatibility.NOT_VERIFIED]
    for wrong in (
        story.tried(outcome="fail"),
        story.tried(versions=["1.3.2"]),
        story.tried(item=story.add(CategoryRule, matches={"purl": "pkg:npm/*"}, category="supported")),
    ):
        story.revise(statement, verified_by=wrong)
        assert story.said(STATED).sentences == [compatibility.NOT_VERIFIED]
    story.revise(statement, verified_by=story.tried())
    assert story.said(STATED).kept
    story.revise(statement, versions=["vers:semver/>=1.3.0"])
    assert story.said(STATED).kept


def test_whether_there_are_repairs_is_not_known_where_nobody_looks() -> None:
    story = Supplied()
    assert story.said(STATED, today="2026-11-25").kept
    said = story.said(STATED, today="2026-11-26")
    assert ([one.said.sentence for one in said.unknowns], said.gaps) == ([compatibility.NOT_WATCHED], [])
    unwatched = Supplied()
    unwatched.retire(unwatched.the_review)
    assert [one.said.sentence for one in unwatched.said(STATED).unknowns] == [compatibility.NOT_WATCHED]


def test_a_young_feed_looks_for_repairs_too() -> None:
    story = Supplied()
    story.retire(story.the_source)
    story.add(
        MonitoredSource, source="feed", feed="osv", ecosystems=["generic"], look_every_days=1, owner=Cast.SECURITY
    )
    assert [one.said.sentence for one in story.said(STATED).unknowns] == [compatibility.NOT_WATCHED]
    as_of = "2026-11-18T08:00:00Z"
    story.take_in(Feeds(as_of, (Feed("OSV", as_of),)), subjects.ORGANISATION, as_of=as_of)
    assert story.said(STATED, today="2026-11-25").kept
    assert [one.said.sentence for one in story.said(STATED, today="2026-11-26").unknowns] == [compatibility.NOT_WATCHED]


def test_without_a_bill_nothing_is_stated() -> None:
    assert Maintained().said(STATED).silent
    story = Story()
    release = story.release()
    story.bill(release, readable=False)
    assert run_check(STATED, story, release=release).sentences == [run.UNREADABLE]


# --- made up for ---


@keeps(MITIGATED)
@breaks(MITIGATED)
@pytest.mark.parametrize(
    "restricted",
    [
        {"approved": False, "compatible": "yes"},
        {"approved": True, "compatible": "no"},
        {"approved": True, "compatible": "conditional"},
    ],
)
def test_users_hear_what_they_do_instead(restricted: dict[str, Any]) -> None:
    story = Supplied()
    statement = story.a_statement(**restricted)
    said = story.said(MITIGATED)
    assert said.sentences == [compatibility.NOTHING_INSTEAD] * len(said.gaps)
    story.revise(statement, instead="Close port 445.")
    assert set(story.said(MITIGATED).sentences) == {compatibility.NOT_TOLD}
    notice = story.add(Notice, about=[statement])
    assert set(story.said(MITIGATED).sentences) == {compatibility.NOT_TOLD}
    story.revise(notice, sent_on="2026-02-01")
    assert story.said(MITIGATED).kept


def test_a_document_under_the_part_on_updates_tells_it_too() -> None:
    story = Supplied()
    statement = story.a_statement(instead="Close port 445.")
    for item, is_kept in (("E.2.4", False), ("E.2.5 a", True)):
        anchor = {"item": item, "place": "chapter 3", "tells_of": [statement]}
        story.add(ReleaseDocument, release=story.the_release, anchors=[anchor], file=evidence(item))
        assert story.said(MITIGATED).kept is is_kept


@breaks(MITIGATED)
def test_a_statement_counts_before_it_is_signed() -> None:
    story = Supplied()
    story.draft(CompatibilityStatement, item=story.the_rule, approved=False)
    assert story.said(MITIGATED).sentences == [compatibility.NOTHING_INSTEAD]


def test_what_users_may_install_asks_for_nothing_instead() -> None:
    story = Supplied()
    story.a_statement(approved=True, compatible="yes")
    assert story.said(MITIGATED).silent
