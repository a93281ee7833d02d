"""Sources of news: they cover what is looked after, and somebody looks at them."""

from __future__ import annotations

from typing import Any

import pytest

from asepsis.checks.maintenance import sources
from asepsis.configuration.records import CategoryRule, SoftwareItem, Supplier
from asepsis.conformance import run
from asepsis.exchange import subjects
from asepsis.exchange.facts import Component, Feed, Feeds
from asepsis.maintenance.records import CompatibilityStatement, MonitoredSource, SourceReview
from tests.dossiers import ORGANISATION, Cast, Story, breaks, keeps, run_check

COVER = "maintenance.sources_cover_items"
LOOKED_AT = "maintenance.sources_looked_at"


class Watched(Story):
    """A release whose bill holds one component."""

    def __init__(self, category: str = "supported", **component: Any) -> None:
        super().__init__()
        self.people()
        self.the_release = self.release()
        given: dict[str, Any] = {"purl": "pkg:pypi/lxml@5.0", "version": "5.0"}
        self.bill(self.the_release, Component("lxml", **(given | component)))
        self.add(CategoryRule, matches={"purl": "pkg:pypi/*"}, category=category)

    def source(self, **fields: Any) -> str:
        given: dict[str, Any] = {"source": "supplier", "feed": None, "look_every_days": 30, "owner": Cast.SECURITY}
        return self.add(MonitoredSource, owned_by=ORGANISATION, **(given | fields))

    def feed(self, name: str = "OSV", *covers: str, as_of: str = "2026-11-18T08:00:00Z") -> None:
        feed = Feed(name, as_of, tuple(covers))
        self.take_in(Feeds(as_of, (feed,)), subjects.ORGANISATION, as_of=as_of)

    def review(self, source: str, first: str, last: str, **fields: Any) -> str:
        given: dict[str, Any] = {"sources": [source], "first_day": first, "last_day": last, "nothing_because": "Quiet."}
        return self.add(SourceReview, owned_by=ORGANISATION, **(given | fields))

    def said(self, check: str, **arguments: Any) -> Any:
        return run_check(check, self, release=self.the_release, **arguments)


# --- covered ---


@keeps(COVER)
@breaks(COVER)
@pytest.mark.parametrize("category", ["maintained", "supported"])
def test_an_ecosystem_covers_what_is_looked_after(category: str) -> None:
    story = Watched(category)
    said = story.said(COVER)
    assert (said.sentences, said.about) == ([sources.NOT_COVERED], ["GW-BOM-1"])
    assert "pkg:pypi/lxml@5.0" in said.texts[0]
    source = story.source(ecosystems=["npm"])
    assert story.said(COVER).gaps
    story.revise(source, ecosystems=["PyPI"])
    assert story.said(COVER).kept


def test_what_is_required_asks_for_no_source() -> None:
    assert Watched("required").said(COVER).kept


def test_a_feed_covers_what_its_import_says() -> None:
    story = Watched()
    story.source(source="feed", feed="osv")
    assert story.said(COVER).gaps
    story.feed("OSV", "PyPI")
    assert story.said(COVER).kept


def test_a_supplier_covers_what_it_makes_whatever_the_bill_calls_it() -> None:
    story = Watched(supplier="lxml project")
    supplier = story.add(Supplier, name="The lxml people", also_called=["lxml project"])
    story.source(suppliers=[supplier])
    assert story.said(COVER).kept


def test_a_source_covers_single_items() -> None:
    story = Watched()
    item = story.add(
        SoftwareItem, purl="pkg:pypi/lxml", versions=["*"], category="supported", entered_in=story.the_release
    )
    said = story.said(COVER)
    assert (said.sentences, said.about) == ([sources.NOT_COVERED], ["GW-ITM-1"])
    story.add(MonitoredSource, source="supplier", feed=None, items=[item], look_every_days=30, owner=Cast.SECURITY)
    assert story.said(COVER).kept


@keeps(COVER)
@breaks(COVER)
def test_what_is_looked_after_beside_the_bill_is_covered_too() -> None:
    story = Watched("required")
    item = story.add(SoftwareItem, purl="pkg:generic/os", category="supported", versions=["*"])
    assert story.said(COVER).kept  # nothing says that it is in use
    statement = story.add(CompatibilityStatement, item=item)
    said = story.said(COVER)
    assert (said.sentences, said.about) == ([sources.NOT_COVERED], [story.labels[item]])
    source = story.source(items=[item])
    assert story.said(COVER).kept
    story.retire(source)
    story.retire(statement)
    assert story.said(COVER).kept


@breaks(COVER)
def test_other_supported_releases_are_gone_through_too() -> None:
    story = Watched()
    story.send_out(story.the_release)
    story.the_release = story.release("2.0.0")
    story.bill(story.the_release)
    said = story.said(COVER)
    assert (said.sentences, said.about) == ([sources.NOT_COVERED], ["GW-REL-1"])


@breaks(COVER)
def test_who_sees_to_a_source_is_there() -> None:
    story = Watched()
    story.source(ecosystems=["pypi"])
    story.people(security=("2020-01-01", "2026-11-24"))
    assert story.said(COVER, today="2026-11-25").sentences == [sources.OWNER_LEFT]
    assert story.said(COVER, today="2026-11-24").kept


def test_without_components_or_bills_it_is_not_known() -> None:
    story = Story()
    release = story.release()
    assert run_check(COVER, story, release=release).silent
    story.bill(release, readable=False)
    assert run_check(COVER, story, release=release).sentences == [run.UNREADABLE]


# --- looked at ---


@keeps(LOOKED_AT)
@breaks(LOOKED_AT)
def test_a_source_is_looked_at_in_its_interval() -> None:
    story = Watched()
    source = story.source()
    assert story.said(LOOKED_AT, today="2026-02-04").kept  # the first look is due thirty days after the fifth
    said = story.said(LOOKED_AT, today="2026-02-05")
    assert (said.sentences, said.about) == ([sources.NEVER_LOOKED_AT], ["ORG-SRC-1"])
    story.review(source, "2026-01-05", "2026-10-26")
    assert story.said(LOOKED_AT, today="2026-11-25").kept
    late = story.said(LOOKED_AT, today="2026-11-26")
    assert (late.sentences, late.gaps[0].owner) == ([sources.LOOKED_TOO_LONG_AGO], Cast.SECURITY)


@breaks(LOOKED_AT)
def test_looks_leave_no_hole_that_is_longer_than_the_interval() -> None:
    for begins, is_kept in (("2026-03-03", True), ("2026-03-04", False)):
        story = Watched()
        source = story.source()
        story.review(source, "2026-01-05", "2026-01-31")
        story.review(source, begins, "2026-11-25")
        said = story.said(LOOKED_AT)
        assert said.kept is is_kept
        assert is_kept or said.sentences == [sources.HOLE]
        assert is_kept or "from 2026-02-01 to 2026-03-03" in said.texts[0]
        story.review(source, "2026-02-01", "2026-03-03")
        assert story.said(LOOKED_AT).kept


@breaks(LOOKED_AT)
def test_the_first_look_goes_back_to_the_day_on_which_the_source_was_named() -> None:
    for begins, is_kept in (("2026-02-04", True), ("2026-02-05", False)):
        story = Watched()
        story.review(story.source(), begins, "2026-11-25")
        said = story.said(LOOKED_AT)
        assert said.kept is is_kept
        assert is_kept or said.sentences == [sources.HOLE]


@breaks(LOOKED_AT)
def test_each_look_says_what_came_of_it() -> None:
    story = Watched()
    source = story.source()
    review = story.review(source, "2026-01-05", "2026-11-25", nothing_because=None)
    said = story.said(LOOKED_AT)
    assert (said.sentences, said.about) == ([sources.NOTHING_SAID], ["ORG-SRV-1"])
    story.revise(review, nothing_because="Quiet.")
    assert story.said(LOOKED_AT).kept


def test_a_feed_is_as_young_as_the_policy_asks() -> None:
    story = Watched()
    story.source(source="feed", feed="osv")
    assert [one.said.sentence for one in story.said(LOOKED_AT).unknowns] == [sources.FEED_ABSENT]
    story.feed("OSV")
    assert story.said(LOOKED_AT, today="2026-11-25").kept
    said = story.said(LOOKED_AT, today="2026-11-26")
    assert ([one.said.sentence for one in said.unknowns], said.gaps) == ([sources.FEED_OLD], [])


def test_without_sources_nothing_is_looked_at() -> None:
    assert Watched().said(LOOKED_AT).silent
