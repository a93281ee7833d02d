"""Scans: with fresh data from a public source, and of the same components as the bill."""

from __future__ import annotations

from typing import Any

import pytest

from asepsis.checks.development import scans
from asepsis.conformance import run
from asepsis.exchange import subjects
from asepsis.exchange.facts import Component, Components, Feed, Feeds
from tests.checks.development.proven import Proven
from tests.dossiers import breaks, days, digest, evidence, keeps

RECENT = "development.vulnerability_source_recent"
EQUAL = "development.composition_equals_bill"

# --- fresh data ---


class Scanned(Proven):
    """A plan of scans that names OSV, which is taken in; today is the 20th of February."""

    def __init__(self, type_: str = "known-vulnerabilities", tools: tuple[str, ...] = ("OSV",)) -> None:
        super().__init__()
        self.the_plan = self.plan(type_, tools=tools)
        self.feeds("osv")

    def feeds(self, *names: str) -> None:
        as_of = "2026-02-01T00:00:00Z"
        self.take_in(Feeds(as_of, tuple(Feed(name, as_of) for name in names)), subjects.ORGANISATION)

    def scan(self, on: str = "2026-02-20", as_of: str | None = "2026-02-20", **fields: Any) -> str:
        return self.run(self.the_plan, on=on, source_data_as_of=as_of, **fields)

    def today(self, day: Any = "2026-02-20") -> Any:
        return self.said(RECENT, today=day)


@keeps(RECENT)
@breaks(RECENT)
@pytest.mark.parametrize("type_", ["known-vulnerabilities", "composition"])
def test_the_data_was_at_most_seven_days_old(type_: str) -> None:
    story = Scanned(type_)
    scan = story.scan(as_of="2026-02-13")
    assert story.today().kept
    story.revise(scan, source_data_as_of="2026-02-12")
    assert (story.today().sentences, story.today().about) == ([scans.STALE_DATA], [story.labels[scan]])
    story.set_policy("maintenance.feed_age_days", 8)
    assert story.today().kept


@breaks(RECENT)
def test_the_scan_is_at_most_fourteen_days_old() -> None:
    story = Scanned()
    story.scan()
    assert story.today(days("2026-02-20", 14)).kept
    assert story.today(days("2026-02-20", 15)).sentences == [scans.OLD_SCAN]


@breaks(RECENT)
def test_what_counts_is_the_day_of_the_decision() -> None:
    story = Scanned()
    story.scan()
    story.send_out(story.the_release, day=days("2026-02-20", 14))
    assert story.today("2026-11-25").kept
    late = Scanned()
    late.scan()
    late.send_out(late.the_release, day=days("2026-02-20", 15))
    assert late.today("2026-11-25").sentences == [scans.OLD_SCAN]


@breaks(RECENT)
def test_only_the_newest_scan_under_a_plan_counts() -> None:
    story = Scanned()
    story.scan("2026-01-10", "2026-01-10")
    assert story.today().gaps
    story.scan()
    assert story.today().kept
    story.the_plan = story.plan("composition", tools=["OSV"])
    story.scan("2026-01-10", "2026-01-10")
    assert story.today().sentences == [scans.OLD_SCAN]


def test_data_without_a_day_is_not_known() -> None:
    story = Scanned()
    story.scan(as_of=None)
    assert [one.said.sentence for one in story.today().unknowns] == [scans.NO_DAY]


@breaks(RECENT)
@pytest.mark.parametrize("tool", ["OSV", "osv", "osv 2026-02", "trivy 1"])
def test_the_plan_names_a_public_source_that_is_taken_in(tool: str) -> None:
    story = Scanned(tools=("grype 0.9", tool))
    story.scan()
    assert story.today().kept is tool.casefold().startswith("osv")
    story.feeds("osvx")
    assert story.today().sentences == [scans.NO_SOURCE]
    story.feeds()
    assert story.today().gaps
    story.feeds("osvx", "Trivy", "osv")
    assert story.today().kept


def test_without_feeds_it_is_not_known() -> None:
    story = Scanned()
    story.scan()
    story.take_in(Feeds("2026-02-01T00:00:00Z", ()), subjects.ORGANISATION, readable=False)
    said = story.today()
    assert said.sentences == [run.UNREADABLE]
    assert said.unknowns


@breaks(RECENT)
@pytest.mark.parametrize("fields", [{"build_id": "another"}, {"release": "f" * 32}])
def test_scans_of_other_builds_do_not_count(fields: dict[str, Any]) -> None:
    story = Scanned()
    story.scan(**fields)
    assert story.today().sentences == [run.NOTHING]


@breaks(RECENT)
def test_other_tests_are_no_scans() -> None:
    story = Scanned("vulnerability")
    story.scan()
    assert story.today().sentences == [run.NOTHING]


# --- the same components ---


def part(name: str, version: str | None = "1.0", **fields: Any) -> Component:
    purl = f"pkg:generic/{name}" + (f"@{version}" if version else "")
    return Component(name, version=version, **({"purl": purl} | fields))


class Listed(Proven):
    def __init__(self, *components: Component) -> None:
        super().__init__()
        self.the_plan = self.plan("composition")
        self.bill(self.the_release, *components)

    def scan(self, *components: Component, on: str = "2026-02-01", **arguments: Any) -> str:
        report = f"scan of {on}"
        scan = self.run(self.the_plan, on=on, report=evidence(report))
        self.take_in(Components("CycloneDX 1.6", components), digest(report), **arguments)
        return scan


@keeps(EQUAL)
@breaks(EQUAL)
def test_a_scan_finds_what_the_bill_lists() -> None:
    story = Listed(part("a"), part("b"))
    story.scan(part("b"), part("a"))
    assert story.said(EQUAL).kept
    story.scan(part("a"), on="2026-02-02")
    assert story.said(EQUAL).sentences == [scans.ONLY_IN_BILL]
    assert "pkg:generic/b@1.0" in story.said(EQUAL).texts[0]
    story.scan(part("a"), part("b"), part("c"), on="2026-02-03")
    assert story.said(EQUAL).sentences == [scans.ONLY_IN_SCAN]


@breaks(EQUAL)
def test_another_version_is_another_component() -> None:
    story = Listed(part("a", "1.0"))
    story.scan(part("a", "1.1"))
    assert story.said(EQUAL).sentences == [scans.ONLY_IN_SCAN, scans.ONLY_IN_BILL]


def test_qualifiers_do_not_matter() -> None:
    story = Listed(part("a", purl="pkg:deb/debian/a@1.0?arch=arm64"))
    story.scan(part("a", purl="pkg:deb/debian/a@1.0?arch=amd64#src"))
    assert story.said(EQUAL).kept


@breaks(EQUAL)
def test_a_digest_tells_that_two_are_the_same() -> None:
    story = Listed(Component("a.so", hashes=(("SHA-256", "AB12"),)))
    story.scan(part("liba", hashes=(("SHA-256", "ab12"), ("MD5", "0"))))
    assert story.said(EQUAL).kept
    other = Listed(Component("a.so", hashes=(("SHA-256", "ab13"),)))
    other.scan(part("liba", hashes=(("SHA-256", "ab12"),)))
    assert other.said(EQUAL).gaps


@breaks(EQUAL)
def test_without_either_name_and_version_tell() -> None:
    story = Listed(Component("firmware", version="2"))
    story.scan(Component("firmware", version="2"))
    assert story.said(EQUAL).kept
    story.scan(Component("firmware", version="3"), on="2026-02-02")
    assert story.said(EQUAL).gaps


def test_a_package_url_that_cannot_be_read_is_compared_as_it_is() -> None:
    story = Listed(part("a", purl="not a purl"))
    story.scan(part("a", purl="not a purl"))
    assert story.said(EQUAL).kept


def test_the_product_itself_is_no_component_of_it() -> None:
    story = Listed(part("a"), part("gateway", place="root"))
    story.scan(part("a"), part("disk", place="root"))
    assert story.said(EQUAL).kept


def test_all_bills_and_the_newest_scan_of_each_plan_are_taken_together() -> None:
    story = Listed(part("a"))
    story.bill(story.the_release, part("b"), configuration="arm")
    story.scan(part("b"))
    story.the_plan = story.plan("composition")
    story.scan(part("a"), on="2026-02-02")
    assert story.said(EQUAL).kept


@breaks(EQUAL)
@pytest.mark.parametrize("named", ["pkg:generic/b@1.0", "pkg:generic/b", "pkg:generic/b@1.0?arch=arm64"])
def test_a_finding_that_was_decided_explains_the_difference(named: str) -> None:
    story = Listed(part("a"), part("b"))
    story.scan(part("a"))
    finding = story.finding(results=[{"tool": "syft", "component": named}])
    assert story.said(EQUAL).gaps
    story.decide(finding)
    assert story.said(EQUAL).kept


@breaks(EQUAL)
@pytest.mark.parametrize("named", ["pkg:generic/b@1.1", "pkg:generic/c", None])
def test_a_finding_explains_only_what_it_names(named: str | None) -> None:
    story = Listed(part("a"), part("b"))
    story.scan(part("a"))
    story.decide(story.finding(results=[{"tool": "syft", "component": named} if named else {"tool": "syft"}]))
    assert story.said(EQUAL).gaps


def test_a_component_without_a_package_url_is_named_as_it_is_called() -> None:
    for named in ("firmware", "firmware 2"):
        story = Listed(part("a"), Component("firmware", version="2"))
        story.scan(part("a"))
        story.decide(story.finding(results=[{"tool": "syft", "component": named}]))
        assert story.said(EQUAL).kept


def test_a_run_without_components_tells_nothing() -> None:
    story = Listed(part("a"))
    story.run(story.the_plan)
    assert [one.said.sentence for one in story.said(EQUAL).unknowns] == [scans.NO_LIST]
    story.scan(part("a"), on="2026-02-02", readable=False)
    assert [one.said.sentence for one in story.said(EQUAL).unknowns] == [run.UNREADABLE]


def test_without_a_bill_it_is_not_known() -> None:
    story = Listed()
    story.scan(part("a"))
    assert [one.said.sentence for one in story.said(EQUAL).unknowns] == [scans.NO_BILL]


def test_without_a_scan_nothing_is_looked_at() -> None:
    story = Listed(part("a"))
    story.run(story.plan("vulnerability"))
    assert story.said(EQUAL).silent
