"""Software items: each component in one category, what the category asks, changes of it, and the end of support."""

from __future__ import annotations

from typing import Any

import pytest

from asepsis.checks import told
from asepsis.checks.configuration import items
from asepsis.clauses.policy import PastFloorError
from asepsis.configuration.records import (
    BillOfMaterials,
    CategoryChange,
    CategoryRule,
    ChangeRequest,
    SoftwareItem,
    Supplier,
)
from asepsis.conformance import run
from asepsis.development.records import ReleaseDocument
from asepsis.exchange import subjects
from asepsis.exchange.facts import Component, Match, Matches
from asepsis.maintenance.records import MonitoredSource, Notice, UpdatePolicy
from asepsis.problems.records import Exploitability
from asepsis.quality.records import Applicability
from asepsis.risk.records import Vulnerability
from tests.dossiers import Story, breaks, digest, evidence, keeps, run_check

CATEGORISED = "configuration.components_categorised"
DUTIES = "configuration.category_duties_placed"
CHANGES = "configuration.category_changes_evaluated"
SUPPORT = "configuration.category_holds_to_support_end"

ZLIB, LODASH = "pkg:generic/zlib", "pkg:npm/lodash"


def component(purl: str, version: str = "1.0.0", **fields: Any) -> Component:
    return Component(purl.rpartition("/")[2], purl=f"{purl}@{version}", version=version, **fields)


class Held(Story):
    """A release whose bill holds these components."""

    def __init__(self, *components: Component) -> None:
        super().__init__()
        self.the_release = self.release()
        self.the_bill = self.bill(self.the_release, *(components or (component(ZLIB),)))
        self.bill_digest = evidence(f"bill of {self.the_release} ")["digest"]

    def rule(self, purl: str = ZLIB, category: str = "supported", **fields: Any) -> str:
        return self.add(CategoryRule, matches={"purl": purl}, category=category, **fields)

    def an_item(self, purl: str | None = ZLIB, category: str = "supported", **fields: Any) -> str:
        given: dict[str, Any] = {"versions": ["*"], "evaluated_on": "2026-01-05", "entered_in": self.the_release}
        return self.add(SoftwareItem, purl=purl, category=category, **(given | fields))

    def scan(self, *found: Match, as_of: str = "2026-11-25T08:00:00.000000Z") -> None:
        feeds = digest("feeds")
        subject = subjects.bill_and_feeds(self.bill_digest, feeds)
        self.take_in(Matches(self.bill_digest, feeds, found), subject, as_of=as_of)

    def said(self, check: str, **arguments: Any) -> Any:
        return run_check(check, self, release=self.the_release, **arguments)


# --- categorised ---


@keeps(CATEGORISED)
@breaks(CATEGORISED)
def test_each_component_is_in_a_category_by_a_rule_or_an_item() -> None:
    story = Held(component(ZLIB), component(LODASH))
    story.rule()
    said = story.said(CATEGORISED)
    assert (said.sentences, said.about) == ([items.UNCATEGORISED], [story.labels[story.the_bill]])
    assert "1 components in GW-BOM-1 have no category: pkg:npm/lodash@1.0.0" in said.texts[0]
    story.an_item(LODASH)
    assert story.said(CATEGORISED).kept


def test_no_policy_lets_components_go_without_a_category() -> None:
    story = Held()
    story.set_policy("configuration.unmatched_components", "shown")
    with pytest.raises(PastFloorError):
        story.said(CATEGORISED)


@breaks(CATEGORISED)
def test_two_rules_of_equal_precision_say_the_same() -> None:
    story = Held()
    rules = [story.rule(), story.rule(category="required")]
    said = story.said(CATEGORISED)
    assert said.sentences == [items.TIED]
    assert all(story.labels[rule] in said.texts[0] for rule in rules)
    story.revise(rules[1], category="supported")
    assert story.said(CATEGORISED).kept


@breaks(CATEGORISED)
def test_versions_that_cannot_be_read_put_nothing_in_a_category() -> None:
    story = Held(component(ZLIB, "one-dot-two"))
    story.an_item(versions=["vers:semver/>=1.0.0"])
    assert story.said(CATEGORISED).sentences == [items.VERSION_UNREAD]


@breaks(CATEGORISED)
def test_a_rule_takes_the_components_of_one_developing_supplier_only() -> None:
    story = Held(component(ZLIB, supplier="Acme"), component(LODASH, supplier="Bolt"))
    for name in ("Acme", "Bolt"):
        story.add(Supplier, name=name, kind="made-for-us")
    story.add(CategoryRule, matches={"place": "unplaced"}, category="supported")
    assert story.said(CATEGORISED).sentences == [items.RULE_TOO_WIDE]
    one = Held(component(ZLIB, supplier="Acme"), component(LODASH, supplier="Acme"))
    one.add(Supplier, name="Acme", kind="made-for-us")
    one.add(CategoryRule, matches={"place": "unplaced"}, category="supported")
    assert one.said(CATEGORISED).kept


@breaks(CATEGORISED)
@pytest.mark.parametrize("matches", [None, "pkg:generic/windows*"])
def test_supporting_software_in_scope_is_in_the_bill_or_has_an_item(matches: str | None) -> None:
    story = Held()
    story.rule()
    line = {"what": "windows-iot", "in_scope": True, "why": "It is shipped.", "matches": matches}
    story.add(Applicability, supporting_software=[line])
    said = story.said(CATEGORISED)
    assert said.sentences == [items.NOT_IN_BILL]
    story.an_item("pkg:generic/windows-iot", title="windows-iot")
    assert story.said(CATEGORISED).kept
    held = Held(component("pkg:generic/windows-iot"))
    held.rule("pkg:generic/*")
    held.add(Applicability, supporting_software=[line])
    assert held.said(CATEGORISED).kept


def test_an_item_without_a_package_url_is_named_by_its_name_only() -> None:
    story = Held()
    story.rule()
    line = {"what": "windows-iot", "in_scope": True, "why": "It is shipped.", "matches": "pkg:generic/*"}
    held = story.add(Applicability, supporting_software=[line])
    assert story.said(CATEGORISED).kept
    story.revise(held, supporting_software=[line | {"matches": "pkg:generic/windows*"}])
    story.an_item(None, name="linux", supplier=story.add(Supplier))
    assert story.said(CATEGORISED).sentences == [items.NOT_IN_BILL]
    story.an_item(None, name="Windows-IoT", supplier=story.add(Supplier))
    assert story.said(CATEGORISED).kept


@breaks(CATEGORISED)
def test_of_two_bills_each_tells_its_own_and_the_scope_is_looked_at_once() -> None:
    story = Held()
    story.rule()
    story.bill(story.the_release, component(LODASH), configuration="arm64")
    line = {"what": "windows-iot", "in_scope": True, "why": "It is shipped."}
    story.add(Applicability, supporting_software=[line])
    assert sorted(story.said(CATEGORISED).about) == ["GW-APP-1", "GW-BOM-2"]


def test_supporting_software_out_of_scope_asks_for_nothing() -> None:
    story = Held()
    story.rule()
    story.add(Applicability, supporting_software=[{"what": "hospital PC", "in_scope": False, "why": "Not ours."}])
    assert story.said(CATEGORISED).kept


def test_without_a_bill_no_component_has_a_category() -> None:
    story = Story()
    release = story.release()
    assert run_check(CATEGORISED, story, release=release).sentences == [run.NO_FACTS]
    story.add(BillOfMaterials, release=release)
    assert run_check(CATEGORISED, story, release=release).sentences == [run.ABSENT]


# --- what a category asks ---


def watched(*components: Component, category: str = "supported", policy: bool = True) -> Held:
    """Return a release with components of generic packages, all of one category by a rule, watched and scanned."""
    story = Held(*components)
    story.rule("pkg:generic/*", category)
    story.add(MonitoredSource, ecosystems=["generic"])
    if policy:
        story.add(UpdatePolicy)
    return story


def match(advisory: str = "CVE-2026-1", purl: str = f"{ZLIB}@1.0.0", **fields: Any) -> Match:
    return Match(advisory, purl, fields.pop("result", "affected"), **fields)


def judged(story: Held, **fields: Any) -> str:
    given: dict[str, Any] = {
        "advisory_id": "CVE-2026-1",
        "component": f"{ZLIB}@1.0.0",
        "versions": ["*"],
        "status": "not-affected",
        "justification": "vulnerable-code-not-present",
    }
    return story.add(Exploitability, **(given | fields))


@keeps(DUTIES)
@breaks(DUTIES)
def test_each_known_vulnerability_is_judged() -> None:
    story = watched()
    story.scan(match())
    said = story.said(DUTIES)
    assert said.sentences == [items.UNSETTLED]
    assert "CVE-2026-1" in said.texts[0]
    judged(story)
    assert story.said(DUTIES).kept


@pytest.mark.parametrize(
    "fields",
    [
        {"advisory_id": "GHSA-xxxx", "aliases": ["cve-2026-1"]},
        {"component": ZLIB},
        {"component": f"{ZLIB}@1.0.0?arch=arm64"},
        {"versions": ["1.0.0"]},
        {"status": "affected", "justification": None},
        {"until": "2026-11-25"},
    ],
)
def test_what_speaks_of_the_same_vulnerability_of_the_component_settles_it(fields: dict[str, Any]) -> None:
    story = watched()
    story.scan(match())
    judged(story, **fields)
    assert story.said(DUTIES).kept


@breaks(DUTIES)
@pytest.mark.parametrize(
    "fields",
    [
        {"advisory_id": "CVE-2026-2"},
        {"component": "pkg:generic/another"},
        {"component": f"{ZLIB}@1.0.1"},
        {"versions": ["2.0.0"]},
        {"status": "under-investigation", "justification": None},
        {"until": "2026-11-24"},
        {"configuration": "arm64"},
    ],
)
def test_what_speaks_of_something_else_settles_nothing(fields: dict[str, Any]) -> None:
    story = watched()
    story.scan(match())
    judged(story, **fields)
    assert story.said(DUTIES).sentences == [items.UNSETTLED]


def test_a_statement_on_the_release_itself_settles_a_match_and_so_does_a_vulnerability() -> None:
    story = watched()
    story.scan(match(aliases=("GHSA-1",)))
    judged(story, versions=None, releases=[story.the_release])
    assert story.said(DUTIES).kept
    story = watched()
    story.scan(match(aliases=("GHSA-1",)))
    story.add(Vulnerability, ids=["ghsa-1"])
    assert story.said(DUTIES).kept


def test_a_component_without_a_package_url_is_told_by_what_the_bill_calls_it() -> None:
    story = Held(Component("driver", version="1", ref="driver-1"))
    story.add(CategoryRule, matches={"place": "unplaced"}, category="required")
    story.scan(match(purl="driver-1"))
    assert story.said(DUTIES).sentences == [items.UNSETTLED, items.NO_COMPENSATION]
    judged(story, component="driver-1")
    assert story.said(DUTIES).kept


def test_what_the_scanner_found_not_to_be_affected_asks_for_nothing() -> None:
    story = watched()
    story.scan(match(result="not-affected"))
    assert story.said(DUTIES).kept


@breaks(DUTIES)
def test_an_item_is_evaluated_again_when_its_category_changed() -> None:
    story = watched()
    story.scan()
    item = story.an_item(evaluated_on="2026-03-01")
    change: dict[str, Any] = {"item": item, "from_category": "maintained", "to_category": "supported"}
    story.add(CategoryChange, day="2026-03-05", effective="2026-03-01", **change)
    assert story.said(DUTIES).kept
    story.revise(item, evaluated_on="2026-02-28")
    said = story.said(DUTIES)
    assert (said.sentences, said.about) == ([items.EVALUATED_BEFORE], [story.labels[item]])


def test_a_change_that_takes_effect_later_is_evaluated_when_it_is_written() -> None:
    story = watched()
    story.scan()
    item = story.an_item(evaluated_on="2026-03-05")
    change: dict[str, Any] = {"item": item, "from_category": "maintained", "to_category": "supported"}
    story.add(CategoryChange, day="2026-03-05", effective="2026-06-01", **change)
    assert story.said(DUTIES).kept


@breaks(DUTIES)
@pytest.mark.parametrize("category", ["maintained", "supported"])
def test_what_is_looked_after_is_watched(category: str) -> None:
    story = Held(component(ZLIB), component(LODASH))
    story.rule(category=category)
    story.rule(LODASH, category)
    story.add(UpdatePolicy)
    story.scan()
    source = story.add(MonitoredSource, ecosystems=["Generic"])
    said = story.said(DUTIES)
    assert said.sentences == [items.NOT_WATCHED]
    assert "pkg:npm/lodash@1.0.0" in said.texts[0]
    story.revise(source, ecosystems=["generic", "npm"])
    assert story.said(DUTIES).kept


@breaks(DUTIES)
def test_a_source_covers_suppliers_and_single_items_too() -> None:
    story = Held(component(ZLIB, supplier="zlib.net"))
    story.scan()
    story.rule()
    supplier = story.add(Supplier, name="Zlib", also_called=["zlib.net"])
    source = story.add(MonitoredSource, suppliers=[supplier])
    assert story.said(DUTIES).kept
    story.retire(source)
    item = story.an_item()
    assert story.said(DUTIES).about == [story.labels[item]]
    story.add(MonitoredSource, items=[item])
    assert story.said(DUTIES).kept


def test_what_nobody_looks_after_need_not_be_watched() -> None:
    story = Held()
    story.rule(category="required")
    story.scan()
    assert story.said(DUTIES).kept


@breaks(DUTIES)
def test_maintained_items_need_an_update_policy() -> None:
    story = watched(category="maintained", policy=False)
    story.scan()
    assert story.said(DUTIES).sentences == [items.NO_UPDATE_POLICY]
    supported = watched(policy=False)
    supported.scan()
    assert supported.said(DUTIES).kept
    both = watched(component(ZLIB), component("pkg:generic/expat"), policy=False)
    both.scan()
    both.rule("pkg:generic/expat", "maintained")
    assert both.said(DUTIES).sentences == [items.NO_UPDATE_POLICY]


@breaks(DUTIES)
def test_a_required_item_with_open_vulnerabilities_says_how_to_live_with_it() -> None:
    story = watched(category="required")
    story.scan(match())
    judged(story, status="affected", justification=None)
    assert story.said(DUTIES).sentences == [items.NO_COMPENSATION]
    item = story.an_item(category="required", known_risks="It parses badly.")
    assert story.said(DUTIES).sentences == [items.NO_COMPENSATION]
    story.revise(item, instead_of_update="Only signed files are read.")
    assert story.said(DUTIES).sentences == [items.NOT_TOLD]
    anchor = {"item": "5.8.2 d", "place": "4.2", "tells_of": [item]}
    document = story.add(ReleaseDocument, release=story.the_release, anchors=[anchor], day="2026-02-01")
    assert story.said(DUTIES).kept
    story.revise(item, known_risks="It parses worse.", day="2026-03-01")
    assert story.said(DUTIES).sentences == [items.NOT_TOLD]
    story.look(document, item, day="2026-03-02")
    assert story.said(DUTIES).kept


def test_a_required_item_without_open_vulnerabilities_needs_no_words() -> None:
    story = watched(category="required")
    story.scan(match())
    judged(story)
    assert story.said(DUTIES).kept


def test_what_was_found_in_one_bill_is_not_open_in_the_other() -> None:
    story = watched()
    story.scan(match())
    other = story.bill(story.the_release, component(ZLIB), configuration="arm64")
    other_digest = evidence(f"bill of {story.the_release} arm64")["digest"]
    subject = subjects.bill_and_feeds(other_digest, digest("feeds"))
    story.take_in(Matches(other_digest, digest("feeds"), ()), subject, as_of="2026-11-25T08:00:00.000000Z")
    said = story.said(DUTIES)
    assert (said.sentences, said.about) == ([items.UNSETTLED], [story.labels[story.the_bill]])
    assert other != story.the_bill


def test_a_scan_is_known_for_the_days_of_the_policy() -> None:
    story = watched()
    story.scan(as_of="2026-11-11T08:00:00.000000Z")
    assert story.said(DUTIES, today="2026-11-25").kept
    said = story.said(DUTIES, today="2026-11-26")
    assert [one.said.sentence for one in said.unknowns] == [items.OLD_SCAN]


def test_without_a_scan_it_is_not_known() -> None:
    assert watched().said(DUTIES).sentences == [run.ABSENT]


# --- changes of category ---


def changed(story: Held, record: str, **fields: Any) -> str:
    given: dict[str, Any] = {
        "item": record,
        "from_category": "supported",
        "to_category": "maintained",
        "re_evaluated": ["4.3", "5.2.3", "6.3.1"],
        "effective": "2026-02-01",
    }
    return story.add(CategoryChange, day="2026-02-02", **(given | fields))


@keeps(CHANGES)
@breaks(CHANGES)
@pytest.mark.parametrize("kind", ["item", "rule"])
def test_a_change_of_category_is_on_record(kind: str) -> None:
    story = Held()
    record = story.an_item() if kind == "item" else story.rule()
    story.revise(record, day="2026-02-01", category="maintained")
    story.revise(record, day="2026-02-02", title="Called otherwise")
    said = story.said(CHANGES)
    assert (said.sentences, said.about) == ([items.NO_CHANGE_RECORD], [story.labels[record]])
    changed(story, record)
    assert story.said(CHANGES).kept


@breaks(CHANGES)
def test_a_change_the_other_way_is_another_change() -> None:
    story = Held()
    item = story.an_item()
    story.revise(item, day="2026-02-01", category="maintained")
    changed(story, item, from_category="required")
    assert items.NO_CHANGE_RECORD in story.said(CHANGES).sentences


def test_revisions_that_were_never_in_force_changed_nothing() -> None:
    story = Held()
    item = story.an_item()
    story.revise(item, day="2026-02-01", category="required", signed=False)
    story.revise(item, day="2026-02-02", category="supported")
    assert story.said(CHANGES).kept


@breaks(CHANGES)
@pytest.mark.parametrize("missing", ["4.3", "5.2.3", "6.3.1"])
def test_three_clauses_are_looked_at_again(missing: str) -> None:
    story = Held()
    changed(story, story.an_item(), re_evaluated=[one for one in ("4.3", "5.2.3", "6.3.1") if one != missing])
    said = story.said(CHANGES)
    assert said.sentences == [items.NOT_EVALUATED]
    assert missing in said.texts[0]


@breaks(CHANGES)
@pytest.mark.parametrize("missing", ["6.3.2", "6.3.3"])
def test_leaving_maintained_looks_at_updates_as_well(missing: str) -> None:
    story = Held()
    asked = ["4.3", "5.2.3", "6.3.1", "6.3.2", "6.3.3"]
    left: dict[str, Any] = {"from_category": "maintained", "to_category": "supported", "effective": "2026-11-26"}
    changed(story, story.an_item(), re_evaluated=[one for one in asked if one != missing], **left)
    assert story.said(CHANGES).sentences == [items.NOT_EVALUATED]
    whole = Held()
    changed(whole, whole.an_item(), re_evaluated=asked, **left)
    assert whole.said(CHANGES).kept


DOWN = {"from_category": "supported", "to_category": "required", "effective": "2026-11-25"}


@breaks(CHANGES)
def test_customers_are_told_of_less_care_by_the_day_it_takes_effect() -> None:
    story = Held()
    item = story.an_item(category="required")
    change = changed(story, item, **DOWN)
    assert story.said(CHANGES, today="2026-11-24").kept
    said = story.said(CHANGES, today="2026-11-25")
    assert said.sentences == [items.CUSTOMERS_NOT_TOLD, items.NOT_IN_DOCUMENTS]
    notice = story.add(Notice, about=[change], to=["customers"])
    assert items.CUSTOMERS_NOT_TOLD in story.said(CHANGES).sentences
    story.revise(notice, sent_on="2026-11-20")
    assert story.said(CHANGES).sentences == [items.NOT_IN_DOCUMENTS]
    anchor = {"item": "5.8.2 d", "place": "4.2", "tells_of": [item]}
    story.add(ReleaseDocument, release=story.the_release, anchors=[anchor], day="2026-02-03")
    assert story.said(CHANGES).kept


@breaks(CHANGES)
def test_a_notice_to_somebody_else_tells_no_customer() -> None:
    story = Held()
    item = story.an_item(category="required")
    change = changed(story, item, **DOWN)
    story.add(Notice, about=[change], to=["regulator"], sent_on="2026-11-20")
    assert items.CUSTOMERS_NOT_TOLD in story.said(CHANGES).sentences


def test_documents_of_a_release_that_was_out_before_need_not_tell() -> None:
    story = Held()
    item = story.an_item(category="required")
    changed(story, item, **DOWN)
    story.add(Notice, about=[item], to=["users"], sent_on="2026-11-20")
    story.send_out(story.the_release, day="2026-11-24")
    assert story.said(CHANGES).kept
    late = Held()
    item = late.an_item(category="required")
    changed(late, item, **DOWN)
    late.add(Notice, about=[item], to=["users"], sent_on="2026-11-20")
    late.send_out(late.the_release, day="2026-11-25")
    assert late.said(CHANGES).sentences == [items.NOT_IN_DOCUMENTS]


@breaks(CHANGES)
def test_a_component_that_another_item_moves_in_the_new_release_is_a_change() -> None:
    story = Held(component(ZLIB, "1.0.0"))
    earlier = story.an_item(versions=["1.0.0"])
    later = story.an_item(versions=["2.0.0"], category="maintained")
    newer = story.release("2.0.0", predecessor=story.the_release)
    story.bill(newer, component(ZLIB, "2.0.0"))
    said = run_check(CHANGES, story, release=newer)
    assert (said.sentences, said.about) == ([items.MOVED_BETWEEN_RELEASES], [story.labels[later]])
    changed(story, earlier)
    assert run_check(CHANGES, story, release=newer).kept


@breaks(CHANGES)
def test_a_component_without_a_package_url_is_told_by_name_and_supplier() -> None:
    story = Held(Component("driver", version="1", supplier="Acme"))
    acme = story.add(Supplier, name="Acme")
    story.an_item(None, name="driver", supplier=acme, versions=["1"])
    story.an_item(None, name="driver", supplier=acme, versions=["2"], category="maintained")
    newer = story.release("2.0.0", predecessor=story.the_release)
    story.bill(newer, Component("Driver", version="2", supplier="ACME"))
    assert run_check(CHANGES, story, release=newer).sentences == [items.MOVED_BETWEEN_RELEASES]
    another = story.release("3.0.0", predecessor=story.the_release)
    story.bill(another, Component("other", version="2", supplier="Acme"))
    assert run_check(CHANGES, story, release=another).kept


def test_without_the_components_of_the_release_before_moves_are_not_known() -> None:
    story = Story()
    before = story.release("0.9")
    story.add(BillOfMaterials, release=before)
    after = story.release("1.0.0", predecessor=before)
    story.bill(after, component(ZLIB))
    assert run_check(CHANGES, story, release=after).sentences == [run.ABSENT]


# --- to the end of support ---


@keeps(SUPPORT)
@breaks(SUPPORT)
@pytest.mark.parametrize("category", ["maintained", "supported"])
def test_the_last_day_of_support_is_still_supported(category: str) -> None:
    story = Held()
    item = story.an_item(category=category, end_of_support="2026-11-25", instead_of_update="A firewall.")
    assert story.said(SUPPORT, today="2026-11-25").kept
    said = story.said(SUPPORT, today="2026-11-26")
    assert (said.sentences, said.about) == ([items.SUPPORT_ENDED], [story.labels[item]])


@breaks(SUPPORT)
def test_support_that_ends_before_the_release_is_planned_for() -> None:
    story = Held()
    item = story.an_item(end_of_support="2030-12-31")
    assert story.said(SUPPORT).kept
    story.revise(item, end_of_support="2030-12-30")
    assert story.said(SUPPORT).sentences == [items.SUPPORT_ENDS_BEFORE]
    story.revise(item, instead_of_update="A firewall.")
    assert story.said(SUPPORT).kept


@breaks(SUPPORT)
def test_a_request_to_be_done_or_a_notice_plans_for_it_as_well() -> None:
    story = Held()
    item = story.an_item(end_of_support="2030-12-30")
    request = story.add(ChangeRequest, affects=[item], decided="later", decided_why="No time.")
    assert story.said(SUPPORT).sentences == [items.SUPPORT_ENDS_BEFORE]
    story.revise(request, decided="do")
    assert story.said(SUPPORT).kept
    told_of = Held()
    item = told_of.an_item(end_of_support="2030-12-30")
    notice = told_of.add(Notice, about=[item])
    assert told_of.said(SUPPORT).gaps
    told_of.revise(notice, sent_on="2026-11-20")
    assert told_of.said(SUPPORT).kept


@breaks(SUPPORT)
def test_no_end_of_support_needs_a_place_where_it_would_be_announced() -> None:
    story = Held()
    item = story.an_item()
    assert story.said(SUPPORT).sentences == [items.NO_SUPPORT_SOURCE]
    story.revise(item, support_source="The vendor's page.")
    assert story.said(SUPPORT).kept


def test_a_required_item_and_one_by_rule_have_no_support_to_end() -> None:
    story = Held(component(ZLIB), component(LODASH))
    story.an_item(category="required", end_of_support="2026-01-06")
    story.rule(LODASH)
    assert story.said(SUPPORT).kept


@breaks(SUPPORT)
def test_the_end_of_support_that_the_bill_says_counts_until_the_item_says_another() -> None:
    story = Held(component(ZLIB, end_of_support="2030-12-30"), component(ZLIB, "2.0.0", end_of_support="2031-06-30"))
    item = story.an_item()
    assert story.said(SUPPORT).sentences == [items.SUPPORT_ENDS_BEFORE]
    story.revise(item, end_of_support="2030-12-31")
    assert story.said(SUPPORT).kept


@keeps(SUPPORT)
@breaks(SUPPORT)
@pytest.mark.parametrize("category", ["maintained", "supported"])
def test_support_that_ends_by_the_bill_alone_is_told_of_what_rules_look_after(category: str) -> None:
    story = Held(component(ZLIB, end_of_support="2026-11-25"), component(LODASH, end_of_support="2030-12-31"))
    story.rule(LODASH, category=category)
    rule = story.rule(ZLIB, category=category)
    assert story.said(SUPPORT, today="2026-11-25").sentences == [items.BILL_SAYS_ENDS]
    said = story.said(SUPPORT, today="2026-11-26")
    assert (said.sentences, said.about) == ([items.BILL_SAYS_ENDED], [story.labels[story.the_bill]])
    story.revise(rule, category="required")
    assert story.said(SUPPORT, today="2026-11-26").kept


def test_without_components_the_end_of_support_is_not_known() -> None:
    story = Story()
    release = story.release()
    assert run_check(SUPPORT, story, release=release).silent
    story.add(BillOfMaterials, release=release)
    assert run_check(SUPPORT, story, release=release).sentences == [run.ABSENT]


def test_a_part_of_the_documents_is_known_by_its_letters() -> None:
    assert told.is_part("E.2.2 c", "E.2.2")
    assert not told.is_part("E.2.22", "E.2.2")


# --- days in order, and what no bill lists ---


@keeps(CHANGES)
@breaks(CHANGES)
def test_a_change_does_not_count_from_long_before_it_was_written_down() -> None:
    for effective, sentences in (("2025-12-22", []), ("2025-12-21", [items.EFFECTIVE_BEFORE])):
        story = Held()
        fields: dict[str, Any] = {"from_category": "required", "to_category": "supported", "effective": effective}
        story.add(CategoryChange, item=story.an_item(), re_evaluated=["4.3", "5.2.3", "6.3.1"], **fields)
        assert story.said(CHANGES).sentences == sentences


@keeps(SUPPORT)
@breaks(SUPPORT)
def test_what_a_source_is_watched_for_is_supported_though_no_bill_lists_it() -> None:
    story = Held()
    story.rule(category="required")
    item = story.an_item(purl="pkg:generic/os", end_of_support="2026-11-24")
    assert story.said(SUPPORT).kept
    source = story.add(MonitoredSource, items=[item])
    assert story.said(SUPPORT, today="2026-11-24").kept
    said = story.said(SUPPORT, today="2026-11-25")
    assert (said.sentences, said.about) == ([items.SUPPORT_OVER], [story.labels[item]])
    story.revise(item, instead_of_update="Operators go to the next version.")
    assert story.said(SUPPORT, today="2026-11-25").kept
    story.revise(item, instead_of_update=None, category="required")
    assert source
    assert story.said(SUPPORT, today="2026-11-25").kept
