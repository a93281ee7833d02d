"""Others who hear of a decision: products, processes, suppliers."""

from __future__ import annotations

from typing import Any

import pytest

from asepsis.checks.problems import others
from asepsis.configuration.records import SoftwareItem, Supplier
from asepsis.conformance import run
from asepsis.development.records import Finding
from asepsis.exchange import facts
from asepsis.risk.records import Risk
from asepsis.statements.records import NotApplicable
from tests.checks.problems.handled import SERIOUS, Handled
from tests.dossiers import PRODUCT, Said, breaks, days, keeps, run_check
from tests.kinds import an_id

PRODUCTS = "problems.other_products_told"
SUPPLIERS = "problems.third_parties_told"
PUMP, MONITOR = an_id("pump"), an_id("monitor")
DECIDED = "2026-06-01"


class Shared(Handled):
    """A vulnerability of an item that one other product has too."""

    def __init__(self, *products: str, **item: Any) -> None:
        super().__init__()
        self.the_item = self.add(SoftwareItem, **({"purl": "pkg:generic/OpenSSL"} | item))
        self.the_vulnerability = self.vulnerability(items=[self.the_item])
        self.share(*(products or (PUMP,)))

    def share(self, *products: str) -> None:
        items = (facts.SharedItem("pkg:generic/OpenSSL", products), facts.SharedItem("pkg:generic/zlib", (MONITOR,)))
        self.take_in(facts.SharedItems(items), PRODUCT.id)

    def a_decision(self, option: str = "no-fix", **fields: Any) -> str:
        return self.decide(self.the_vulnerability, option=option, day=DECIDED, **fields)


def told(story: Handled, today: str = "2026-11-25") -> Said:
    return run_check(PRODUCTS, story, today=today)


@keeps(PRODUCTS)
@breaks(PRODUCTS)
def test_a_product_with_the_same_item_hears_of_it_by_the_last_day() -> None:
    story = Shared()
    decision = story.a_decision()
    assert told(story, "2026-06-08").kept
    said = told(story, "2026-06-09")
    assert (said.sentences, said.about) == ([others.PRODUCT_NOT_TOLD], [story.labels[decision]])
    assert said.gaps[0].due == days(DECIDED, 7)
    story.revise(decision, other_products=[{"product": MONITOR, "on": "2026-06-02"}])
    assert told(story).gaps
    story.revise(decision, other_products=[{"product": PUMP, "on": "2026-06-02"}])
    assert told(story).kept


@breaks(PRODUCTS)
def test_each_of_several_products_hears_of_it() -> None:
    story = Shared(PUMP, MONITOR)
    story.a_decision(other_products=[{"product": PUMP, "on": "2026-06-02"}])
    assert dict(told(story).gaps[0].said.arguments)["products"] == [MONITOR]


def test_an_item_that_nobody_else_has_concerns_nobody_else() -> None:
    story = Shared(purl="pkg:generic/curl")
    story.a_decision()
    assert told(story).kept


def test_what_products_share_is_not_known_without_the_facts() -> None:
    story = Handled()
    vulnerability = story.vulnerability(items=[story.add(SoftwareItem)])
    story.decide(vulnerability, option="no-fix", day=DECIDED)
    assert told(story).sentences == [run.ABSENT]
    assert told(story, "2026-06-08").kept


def test_without_an_item_nobody_asks_what_is_shared() -> None:
    story = Handled()
    story.decide(story.vulnerability(), option="no-fix", day=DECIDED)
    assert told(story).kept


@keeps(PRODUCTS)
@breaks(PRODUCTS)
@pytest.mark.parametrize("why", ["safety", "effectiveness", "risk", "fix", "plan"])
def test_processes_that_it_concerns_hear_of_it(why: str) -> None:
    story = Handled()
    vulnerability = story.vulnerability()
    if why in ("safety", "effectiveness"):
        story.analyse(vulnerability, **{why: SERIOUS})
    if why == "risk":
        story.add(Risk, threats=[], vulnerabilities=[vulnerability])
    decision = story.decide(vulnerability, option=why if why in ("fix", "plan") else "no-fix", day=DECIDED)
    assert told(story, "2026-06-08").kept
    assert told(story, "2026-06-09").sentences == [others.PROCESSES_NOT_TOLD]
    story.revise(decision, told_processes=[{"who": "risk management", "on": "2026-06-02"}])
    assert told(story).kept


def test_a_decision_about_findings_only_is_not_asked() -> None:
    story = Handled()
    assert told(story).silent
    story.decide(story.add(Finding), day=DECIDED)
    assert told(story).silent


# --- suppliers ---


class Supplied(Handled):
    """A vulnerability that we found in an item of a supplier, and a decision about it."""

    def __init__(self, *, by: bool = True, **vulnerability: Any) -> None:
        super().__init__()
        self.the_supplier = self.add(Supplier)
        self.the_item = self.add(SoftwareItem, supplier=self.the_supplier if by else None)
        self.the_vulnerability = self.vulnerability(items=[self.the_item], **vulnerability)
        self.the_decision = self.decide(self.the_vulnerability, day=DECIDED)

    def told(self, today: str = "2026-11-25") -> Said:
        return run_check(SUPPLIERS, self, today=today)


@keeps(SUPPLIERS)
@breaks(SUPPLIERS)
def test_a_supplier_hears_of_a_flaw_that_we_found_by_the_last_day() -> None:
    story = Supplied()
    assert story.told("2026-07-01").kept
    said = story.told("2026-07-02")
    assert (said.sentences, said.gaps[0].due) == ([others.SUPPLIER_NOT_TOLD], days(DECIDED, 30))
    other = story.add(Supplier)
    story.revise(story.the_decision, told_third_parties=[{"supplier": other, "on": "2026-06-20"}])
    assert story.told().gaps
    story.revise(story.the_decision, told_third_parties=[{"supplier": story.the_supplier, "on": "2026-11-26"}])
    assert story.told().gaps
    story.revise(story.the_decision, told_third_parties=[{"supplier": story.the_supplier, "on": "2026-11-25"}])
    assert story.told().kept


@pytest.mark.parametrize(
    ("direction", "with_whom", "enough"),
    [("out", "supplier", True), ("out", "cert", True), ("out", "reporter", False), ("in", "supplier", False)],
)
def test_a_message_to_supplier_or_cert_shows_it_too(direction: str, with_whom: str, enough: bool) -> None:
    story = Supplied()
    story.note(story.the_vulnerability, direction=direction, with_whom=with_whom)
    assert story.told().kept is enough


@pytest.mark.parametrize("name", ["CVE-2026-1", "ghsa-x"])
def test_what_has_a_public_name_is_known_there(name: str) -> None:
    assert Supplied(ids=[name]).told().kept
    assert Supplied(ids=["OWN-1"]).told().gaps


@pytest.mark.parametrize(("origin", "known"), [("supplier", True), ("public-data", True), ("users", False)])
def test_what_came_from_there_is_known_there(origin: str, known: bool) -> None:
    story = Supplied()
    story.investigate(story.report(origin=origin), leads_to=story.the_vulnerability)
    assert story.told().kept is known


def test_our_own_items_have_nobody_to_tell() -> None:
    assert Supplied(by=False).told().kept


@breaks(SUPPLIERS)
def test_it_cannot_be_left_out_while_there_is_somebody_to_tell() -> None:
    story = Supplied()
    exemption = story.add(NotApplicable, obligation="9.5-5", until="2027-01-01")
    said = story.told(DECIDED)
    assert (said.sentences, said.about) == ([others.NOT_LEFT_OUT], [story.labels[exemption]])
    alone = Supplied(by=False)
    alone.add(NotApplicable, obligation="9.5-5", until="2027-01-01")
    assert alone.told().kept


def test_without_a_decision_nobody_is_told() -> None:
    assert run_check(SUPPLIERS, Handled()).silent


# --- days in order ---


@pytest.mark.parametrize(
    "told_to",
    [{"told_processes": [{"who": "service"}]}, {"other_products": [{"product": PUMP}]}],
    ids=["process", "product"],
)
def test_nobody_is_told_before_there_is_anything_to_tell(told_to: dict[str, Any]) -> None:
    for on, sentences in (("2025-12-22", []), ("2025-12-21", [others.TOLD_BEFORE])):
        story = Shared()
        ((name, (line,)),) = told_to.items()
        fields: dict[str, Any] = {name: [line | {"on": on}]}
        story.a_decision(**fields)
        assert told(story, DECIDED).sentences == sentences


@keeps(SUPPLIERS)
@breaks(SUPPLIERS)
def test_no_supplier_is_told_before_there_is_anything_to_tell() -> None:
    for on, sentences in (("2025-12-22", []), ("2025-12-21", [others.TOLD_BEFORE])):
        story = Shared()
        supplier = story.add(Supplier)
        story.a_decision(told_third_parties=[{"supplier": supplier, "on": on}])
        assert run_check(SUPPLIERS, story, today=DECIDED).sentences == sentences
