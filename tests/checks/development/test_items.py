"""What others made: looked at for each version, its flaws judged, and made up for where nobody follows it."""

from __future__ import annotations

from typing import Any

import pytest

from asepsis.checks.development import items
from asepsis.configuration.records import CategoryChange, CategoryRule, ChangeRequest, SoftwareItem
from asepsis.conformance import run
from asepsis.development.records import ReleaseDocument
from asepsis.exchange import subjects
from asepsis.exchange.facts import Component, Feed, Feeds, Match, Matches
from asepsis.problems.records import Decision, Exploitability
from asepsis.risk.records import Control, Vulnerability
from asepsis.transition.records import ComponentJustification
from tests.dossiers import Story, breaks, digest, evidence, keeps, run_check

EVALUATED = "development.components_evaluated"
DECIDED = "development.known_vulnerabilities_decided"
FOLLOWED = "development.unfollowed_items_compensated"
SSL = "pkg:generic/openssl"
NOTHING_KNOWN = {"reachability": "unknown", "kev": False, "epss": "unknown", "exploited": "unknown"}


def component(version: str = "3.0", purl: str = SSL, **fields: Any) -> Component:
    return Component(purl.rpartition("/")[2], version=version, purl=f"{purl}@{version}", **fields)


class Held(Story):
    """A release with a bill of these components, OpenSSL 3.0 where none are named."""

    def __init__(self, *components: Component, **release: Any) -> None:
        super().__init__()
        self.the_release = self.release(**release)
        self.the_bill = self.bill(self.the_release, *(components or (component(),)), day="2026-03-01")
        self.bill_digest = evidence(f"bill of {self.the_release} ")["digest"]

    def item(self, **fields: Any) -> str:
        given: dict[str, Any] = {
            "purl": SSL,
            "versions": ["*"],
            "category": "supported",
            "can_affect_security": True,
            "end_of_support": "2031-01-01",
            "evaluated_on": "2026-01-01",
        }
        return self.add(SoftwareItem, **(given | fields))

    def rule(self, **fields: Any) -> str:
        return self.add(CategoryRule, **({"matches": {"purl": "pkg:generic/*"}, "category": "supported"} | fields))

    def said(self, check: str, **arguments: Any) -> Any:
        return run_check(check, self, release=self.the_release, **arguments)


# --- looked at ---


@keeps(EVALUATED)
@breaks(EVALUATED)
@pytest.mark.parametrize("how", ["item", "rule"])
def test_an_item_or_one_rule_stands_for_each_component(how: str) -> None:
    story = Held()
    assert story.said(EVALUATED).texts == [
        f"Neither one category rule nor a software item stands for 1 components of GW-BOM-1: {SSL}@3.0."
    ]
    getattr(story, how)()
    assert story.said(EVALUATED).kept


@breaks(EVALUATED)
def test_two_rules_that_are_as_precise_stand_for_nothing() -> None:
    story = Held()
    story.rule()
    other = story.rule(category="required")
    assert story.said(EVALUATED).sentences == [items.NEITHER]
    story.retire(other)
    assert story.said(EVALUATED).kept


@keeps(EVALUATED)
@breaks(EVALUATED)
def test_a_version_that_an_item_was_not_signed_for_is_evaluated() -> None:
    story = Held()
    item = story.item(versions=["1.0"])
    story.revise(item, day="2026-03-02", versions=["1.0", "3.0"], evaluated_on="2026-02-28")
    assert story.said(EVALUATED).texts == [
        "GW-ITM-1 was last evaluated on 2026-02-28; 3.0, which it was not signed for then, is in a bill since 2026-03-01."
    ]
    story.revise(item, day="2026-03-03", evaluated_on="2026-03-01")
    assert story.said(EVALUATED).kept


def test_a_version_that_was_signed_for_in_time_asks_for_nothing() -> None:
    story = Held()
    item = story.item(versions=["1.0"], evaluated_on="2020-01-01")
    story.revise(item, day="2026-03-01", versions=["*"])
    assert story.said(EVALUATED).kept


def test_an_item_that_is_younger_than_the_bill_is_the_look_at_it() -> None:
    story = Held()
    story.item(day="2026-03-02", evaluated_on="2026-02-01")
    assert story.said(EVALUATED).kept


@breaks(EVALUATED)
def test_a_version_counts_from_the_first_bill_that_held_it() -> None:
    story = Held()
    before = story.release("0.9.0")
    story.bill(before, component(), day="2026-02-01")
    item = story.item(versions=["1.0"])
    story.revise(item, day="2026-02-15", versions=["3.0"])
    assert "2026-02-01" in story.said(EVALUATED).texts[0]
    story.revise(item, day="2026-03-03", evaluated_on="2026-02-01")
    assert story.said(EVALUATED).kept


def test_bills_of_other_releases_that_cannot_be_read_tell_nothing() -> None:
    story = Held()
    story.bill(story.release("0.9.0"), component(), day="2026-02-01", readable=False)
    story.item()
    assert story.said(EVALUATED).kept


@keeps(EVALUATED)
@breaks(EVALUATED)
def test_an_item_is_of_the_category_that_it_was_moved_to() -> None:
    story = Held()
    item = story.item(category="supported")
    given: dict[str, Any] = {
        "item": item,
        "from_category": "supported",
        "to_category": "required",
        "effective": "2026-11-25",
    }
    story.add(CategoryChange, **given)
    assert story.said(EVALUATED, today="2026-11-24").kept
    assert story.said(EVALUATED, today="2026-11-25").sentences == [items.CATEGORY_MOVED]
    story.revise(item, category="required")
    assert story.said(EVALUATED, today="2026-11-25").kept


def test_an_item_that_was_moved_back_is_where_it_was() -> None:
    story = Held()
    item = story.item(category="supported")
    story.add(CategoryChange, item=item, from_category="supported", to_category="required", effective="2026-02-01")
    story.add(CategoryChange, item=item, from_category="required", to_category="supported", effective="2026-03-01")
    assert story.said(EVALUATED).kept


def test_a_bill_that_cannot_be_read_is_unknown() -> None:
    story = Story()
    release = story.release()
    story.bill(release, readable=False)
    for check in (EVALUATED, FOLLOWED):
        assert run_check(check, story, release=release).sentences == [run.UNREADABLE]


# --- known vulnerabilities ---


class Scanned(Held):
    """A bill that was laid against feeds on 2026-11-25."""

    def __init__(self, *found: Match, as_of: str = "2026-11-25") -> None:
        super().__init__()
        at = f"{as_of}T08:00:00.000000Z"
        feeds = digest("feeds")
        self.take_in(Feeds(at, (Feed("osv", at),)), subjects.ORGANISATION, as_of="2026-11-25T08:00:00.000000Z")
        found = found or (match(),)
        self.take_in(
            Matches(self.bill_digest, feeds, found), subjects.bill_and_feeds(self.bill_digest, feeds), as_of=at
        )

    def statement(self, make: Any = None, **fields: Any) -> str:
        given: dict[str, Any] = {
            "advisory_id": "CVE-2026-1",
            "component": SSL,
            "versions": ["*"],
            "status": "not-affected",
            "justification": "vulnerable-code-not-present",
            "rests_on": NOTHING_KNOWN,
        }
        return (make or self.add)(Exploitability, **(given | fields))


def match(**fields: Any) -> Match:
    return Match("GHSA-1", f"{SSL}@3.0", fields.pop("result", "affected"), aliases=("cve-2026-1",), **fields)


@keeps(DECIDED)
@breaks(DECIDED)
@pytest.mark.parametrize("status", ["not-affected", "fixed"])
def test_each_known_vulnerability_is_judged(status: str) -> None:
    story = Scanned()
    said = story.said(DECIDED)
    assert (said.sentences, said.about) == ([items.UNDECIDED], [story.labels[story.the_bill]])
    story.add(Vulnerability, ids=["CVE-2026-1"])
    story.statement(story.draft)
    assert story.said(DECIDED).sentences == [items.UNDECIDED]
    story.statement(status=status)
    assert story.said(DECIDED).kept


@keeps(DECIDED)
@breaks(DECIDED)
def test_a_statement_counts_until_its_day() -> None:
    story = Scanned()
    story.statement(until="2026-11-25")
    assert story.said(DECIDED, today="2026-11-25").kept
    assert story.said(DECIDED, today="2026-11-26").sentences == [items.UNDECIDED]


@breaks(DECIDED)
def test_an_investigation_comes_to_an_end() -> None:
    story = Scanned()
    story.statement(status="under-investigation")
    assert story.said(DECIDED).sentences == [items.INVESTIGATED]


@keeps(DECIDED)
@breaks(DECIDED)
def test_what_affects_the_release_is_a_vulnerability_that_was_decided() -> None:
    story = Scanned()
    story.statement(status="affected")
    assert story.said(DECIDED).sentences == [items.AFFECTED]
    vulnerability = story.add(Vulnerability, ids=["CVE-2026-1"])
    assert story.said(DECIDED).sentences == [items.AFFECTED]
    story.add(Decision, about=[vulnerability], option="fix")
    assert story.said(DECIDED).kept


@keeps(DECIDED)
@breaks(DECIDED)
def test_attacks_call_for_another_look() -> None:
    story = Scanned(match(kev="2026-03-01"))
    statement = story.statement(day="2026-03-01")
    assert story.said(DECIDED).kept
    story = Scanned(match(kev="2026-03-01"))
    statement = story.statement(day="2026-02-28")
    assert story.said(DECIDED).sentences == [items.EXPLOITED_SINCE]
    story.revise(statement, day="2026-03-02", impact="Looked at anew.")
    assert story.said(DECIDED).kept


@pytest.mark.parametrize("known", [{"kev": True}, {"exploited": "yes"}])
def test_a_statement_that_knew_of_attacks_stands(known: dict[str, Any]) -> None:
    story = Scanned(match(kev="2026-03-01"))
    story.statement(rests_on=NOTHING_KNOWN | known)
    assert story.said(DECIDED).kept


@breaks(DECIDED)
def test_that_somebody_says_affected_counts_before_it_is_signed() -> None:
    story = Scanned()
    story.statement()
    story.statement(story.draft, status="affected", component="pkg:generic/zlib", justification=None)
    assert story.said(DECIDED).kept
    story.statement(story.draft, status="affected", justification=None)
    assert story.said(DECIDED).sentences == [items.UNSIGNED_AFFECTED]


def test_what_a_scanner_found_not_to_be_affected_asks_for_nothing() -> None:
    assert Scanned(match(result="not-affected")).said(DECIDED).kept


def test_a_scan_is_recent_today_or_on_the_day_of_the_release() -> None:
    story = Scanned(as_of="2026-11-11")
    story.statement()
    assert story.said(DECIDED, today="2026-11-25").kept
    assert story.said(DECIDED, today="2026-11-26").sentences == [items.OLD_SCAN]
    story.send_out(story.the_release, day="2026-11-25")
    assert story.said(DECIDED, today="2026-11-26").kept
    late = Scanned(as_of="2026-11-10")
    late.statement()
    late.send_out(late.the_release, day="2026-11-25")
    assert late.said(DECIDED, today="2026-11-25").sentences == [items.OLD_SCAN]


def test_without_a_scan_it_is_unknown() -> None:
    assert Held().said(DECIDED).sentences == [run.ABSENT]


# --- who follows them ---


@keeps(FOLLOWED)
@breaks(FOLLOWED)
def test_support_that_ends_before_that_of_the_release_is_made_up_for() -> None:
    story = Held(security_support_until="2030-06-30")
    item = story.item(end_of_support="2030-06-30")
    assert story.said(FOLLOWED).kept
    story.revise(item, end_of_support="2030-06-29")
    assert story.said(FOLLOWED).sentences == [items.ENDS_BEFORE]


@keeps(FOLLOWED)
@breaks(FOLLOWED)
@pytest.mark.parametrize("field", ["affects", "because"])
def test_a_change_that_is_to_come_may_replace_it(field: str) -> None:
    story = Held()
    item = story.item(end_of_support="2030-01-01")
    effect: Any = {"size": "none"}
    effects: dict[str, Any] = dict.fromkeys(("security_effect", "safety_effect", "effectiveness_effect"), effect)
    effects[field] = [item]
    change = story.add(ChangeRequest, decided="later", decided_why="Later.", **effects)
    assert story.said(FOLLOWED).sentences == [items.ENDS_BEFORE]
    story.revise(change, decided="do")
    assert story.said(FOLLOWED).kept
    story.revise(change, done_in=story.the_release)
    assert story.said(FOLLOWED).sentences == [items.ENDS_BEFORE]
    story.revise(change, done_in=story.release("2.0.0", predecessor=story.the_release))
    assert story.said(FOLLOWED).kept


@keeps(FOLLOWED)
@breaks(FOLLOWED)
def test_a_justification_with_a_control_makes_up_for_it() -> None:
    story = Held()
    item = story.item(end_of_support="2030-01-01")
    justification = story.add(ComponentJustification, item=item)
    assert items.NOT_TOLD in story.said(FOLLOWED).sentences
    story.revise(justification, control=story.add(Control))
    assert story.said(FOLLOWED).kept


@keeps(FOLLOWED)
@breaks(FOLLOWED)
def test_what_is_done_instead_falls_to_operators_who_are_told() -> None:
    story = Held()
    item = story.item(end_of_support="2030-01-01", instead_of_update="Keep it off the network.")
    assert story.said(FOLLOWED).sentences == [items.NOT_TOLD]
    anchors = [{"item": "5.8.2 d", "place": "4.2", "tells_of": [item]}]
    story.add(ReleaseDocument, release=story.the_release, anchors=anchors, covers=["5.8.2 d"])
    assert story.said(FOLLOWED).kept


@keeps(FOLLOWED)
@breaks(FOLLOWED)
@pytest.mark.parametrize("matters", ["by itself", "by a statement", "by a draft"])
def test_a_required_item_that_matters_says_what_is_done_instead(matters: str) -> None:
    story = Held()
    item = story.item(category="required", can_affect_security=False, can_affect_security_why="No.")
    assert story.said(FOLLOWED).kept
    if matters == "by itself":
        story.revise(item, can_affect_security=True)
    else:
        make = story.add if matters == "by a statement" else story.draft
        make(Exploitability, status="affected", component=SSL, releases=[story.the_release], versions=None)
    assert story.said(FOLLOWED).sentences == [items.NOTHING_INSTEAD]
    story.revise(item, instead_of_update="Keep it off the network.")
    assert story.said(FOLLOWED).sentences == [items.NOT_TOLD]


@breaks(FOLLOWED)
@pytest.mark.parametrize(
    ("fields", "affects"),
    [
        ({}, True),
        ({"component": f"{SSL}@3.0"}, True),
        ({"component": f"{SSL}@1.0"}, False),
        ({"versions": ["2.0.0"]}, False),
        ({"until": "2026-11-24"}, False),
        ({"configuration": "arm64"}, False),
        ({"status": "fixed"}, False),
    ],
)
def test_a_component_that_is_required_by_a_rule_and_affected_needs_an_item(
    fields: dict[str, Any], affects: bool
) -> None:
    story = Held()
    story.rule(category="required")
    assert story.said(FOLLOWED).kept
    given: dict[str, Any] = {"status": "affected", "component": SSL, "versions": ["1.0.0"]}
    story.add(Exploitability, **(given | fields))
    assert bool(story.said(FOLLOWED).gaps) is affects
    story.add(Exploitability, **given)
    assert story.said(FOLLOWED).sentences == [items.NO_ITEM]


@pytest.mark.parametrize("category", ["maintained", "supported"])
def test_an_item_whose_end_nobody_knows_is_unknown(category: str) -> None:
    story = Held()
    item = story.item(category=category, end_of_support=None)
    said = story.said(FOLLOWED)
    assert (said.sentences, said.gaps) == ([items.END_UNKNOWN], [])
    story.revise(item, support_source="The vendor announces it on its page.")
    assert story.said(FOLLOWED).kept
    story.revise(item, support_source=None, can_affect_security=False, can_affect_security_why="No.")
    assert story.said(FOLLOWED).kept
