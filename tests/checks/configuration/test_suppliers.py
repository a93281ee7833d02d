"""Suppliers: agreed with, told what to fulfil, in time, assessed again, and named in the bill."""

from __future__ import annotations

from typing import Any

import pytest

from asepsis.checks.configuration import suppliers
from asepsis.configuration.records import BillOfMaterials, Release, SoftwareItem, Supplier, SupplierAgreement
from asepsis.conformance import run
from asepsis.development.records import DesignElement, Requirement
from asepsis.exchange.facts import Component
from asepsis.risk.records import Element, Threat
from asepsis.statements.records import NotApplicable
from tests.dossiers import Story, breaks, elsewhere, evidence, keeps, run_check

AGREED = "configuration.made_for_us_agreed"
PASSED_ON = "configuration.requirements_passed_on"
IN_TIME = "configuration.agreement_before_entry"
ASSESSED = "configuration.suppliers_assessed"
NAMED = "configuration.bill_suppliers_known"

DRIVER = "pkg:generic/driver"


class Made(Story):
    """A release whose bill holds a driver that was developed for the maker, with the agreement about it."""

    def __init__(self, *components: Component, item: bool = True, agreement: bool = True, **fields: Any) -> None:
        super().__init__()
        self.supplier = self.add(Supplier, name="Acme", also_called=["ACME Corp"], kind="made-for-us")
        self.the_release = self.release()
        found = components or (Component("driver", purl=f"{DRIVER}@1.0", version="1.0", supplier="Acme"),)
        self.the_bill = self.bill(self.the_release, *found)
        self.item = self.add(SoftwareItem, **self.an_item()) if item else ""
        self.agreement = self.agree(**fields) if agreement else ""

    def an_item(self, **fields: Any) -> dict[str, Any]:
        return {
            "purl": DRIVER,
            "supplier": self.supplier,
            "versions": ["*"],
            "entered_in": self.the_release,
            "can_affect_security": True,
        } | fields

    def agree(self, **fields: Any) -> str:
        given: dict[str, Any] = {
            "supplier": self.supplier,
            "made_for_us": True,
            "can_affect_security": True,
            "activities": ["5.7", "9.2"],
            "accepted_on": "2026-01-05",
            "proof": evidence("agreement"),
        }
        return self.add(SupplierAgreement, **(given | fields))

    def said(self, check: str, **arguments: Any) -> Any:
        return run_check(check, self, release=self.the_release, **arguments)


# --- agreed ---


@keeps(AGREED)
@breaks(AGREED)
def test_what_is_made_for_us_needs_an_agreement() -> None:
    assert Made().said(AGREED).kept
    story = Made(agreement=False)
    said = story.said(AGREED)
    assert (said.sentences, said.about) == ([suppliers.NOT_AGREED], [story.labels[story.item]])


@breaks(AGREED)
def test_the_agreement_counts_from_its_acceptance_to_its_last_day() -> None:
    story = Made(accepted_on="2026-05-01", until="2026-11-25")
    assert story.said(AGREED, today="2026-04-30").sentences == [suppliers.NOT_AGREED]
    assert story.said(AGREED, today="2026-05-01").kept
    assert story.said(AGREED, today="2026-11-25").kept
    assert story.said(AGREED, today="2026-11-26").sentences == [suppliers.NOT_AGREED]


@breaks(AGREED)
@pytest.mark.parametrize("field", ["made_for_us", "can_affect_security"])
def test_an_agreement_that_is_about_something_else_does_not_count(field: str) -> None:
    assert Made(**{field: False}).said(AGREED).sentences == [suppliers.NOT_AGREED]


@pytest.mark.parametrize(
    ("activities", "missing"), [(["5.7"], ["9"]), (["9.2"], ["5"]), (["5", "9"], []), (["4.3"], ["5", "9"])]
)
def test_the_agreement_gives_a_clause_of_5_and_one_of_9(activities: list[str], missing: list[str]) -> None:
    said = Made(activities=activities).said(AGREED)
    assert [one.said.arguments[1] for one in said.gaps] == [("clause", clause) for clause in missing]


def test_there_is_nothing_to_look_at_without_an_item_made_for_us() -> None:
    story = Made(item=False)
    story.add(SoftwareItem, purl="pkg:generic/other", versions=["*"])
    assert story.said(AGREED).sentences == [run.NOTHING]


def test_what_only_the_bill_says_is_made_for_us_counts_as_well() -> None:
    story = Made(item=False, agreement=False)
    story.add(SoftwareItem, **story.an_item(supplier=None))
    assert story.said(AGREED).sentences == [suppliers.NOT_AGREED]


def test_an_item_that_is_in_no_bill_of_the_release_asks_for_nothing() -> None:
    story = Made(Component("another", purl="pkg:generic/another@1", version="1"), agreement=False)
    assert story.said(AGREED).sentences == [run.NOTHING]


def test_without_the_components_it_is_not_known() -> None:
    story = Story()
    release = story.release()
    story.add(SoftwareItem, purl=DRIVER)
    assert run_check(AGREED, story, release=release).sentences == [run.ABSENT]


def test_without_the_signed_agreement_it_is_not_known() -> None:
    story = Made()
    story.lose("agreement")
    said = story.said(AGREED)
    assert [one.said.sentence for one in said.unknowns] == [suppliers.PROOF_GONE]
    assert not said.gaps
    kept_elsewhere = Made(proof=elsewhere("agreement"))
    kept_elsewhere.lose("agreement")
    assert kept_elsewhere.said(AGREED).kept


def test_of_several_agreements_the_one_that_gives_most_counts() -> None:
    for narrow, broad in ((["5.7"], ["5.7", "9.2"]), (["5.7", "9.2"], ["5.7"])):
        story = Made(activities=narrow)
        story.agree(activities=broad)
        assert story.said(AGREED).kept


@breaks(AGREED)
def test_nobody_says_that_nothing_is_made_for_us_while_something_is() -> None:
    story = Made()
    exclusion = story.add(NotApplicable, obligation="4.1.5-1", until="2027-01-01")
    said = story.said(AGREED)
    assert (said.sentences, said.about) == ([suppliers.EXCLUDED], [story.labels[exclusion]])
    assert said.gaps[0].obligation == "4.1.5-1"
    story.revise(exclusion, obligation="5.7.1-2 d")
    assert story.said(AGREED).kept


HARMLESS = {"can_affect_security": False, "can_affect_security_why": "It only draws."}


@breaks(AGREED)
def test_item_and_agreement_say_the_same_of_security() -> None:
    story = Made(item=False)
    story.add(SoftwareItem, **story.an_item(**HARMLESS))
    assert story.said(AGREED).sentences == [suppliers.JUDGED_OTHERWISE]
    story.agree(can_affect_security=False)
    assert story.said(AGREED).kept


def test_an_agreement_may_be_about_another_item_of_the_same_supplier() -> None:
    bill = [Component(name, purl=f"pkg:generic/{name}@1", version="1", supplier="Acme") for name in ("driver", "font")]
    story = Made(*bill)
    story.add(SoftwareItem, **story.an_item(purl="pkg:generic/font", **HARMLESS))
    assert story.said(AGREED).kept


@breaks(AGREED)
@pytest.mark.parametrize("field", ["implements", "counters"])
def test_what_the_design_relies_on_can_affect_security(field: str) -> None:
    story = Made(item=False, agreement=False)
    item = story.add(SoftwareItem, **story.an_item(**HARMLESS))
    assert story.said(AGREED).kept
    target = story.add(Requirement) if field == "implements" else story.add(Threat)
    story.add(DesignElement, items=[item])
    assert story.said(AGREED).kept
    relied_on: dict[str, Any] = {field: [target]}
    story.add(DesignElement, items=[item], **relied_on)
    assert story.said(AGREED).sentences == [suppliers.NAMED_IN_DESIGN]


@breaks(AGREED)
def test_what_a_threat_strikes_can_affect_security() -> None:
    story = Made(item=False, agreement=False)
    item = story.add(SoftwareItem, **story.an_item(**HARMLESS))
    element = story.add(Element, items=[item])
    assert story.said(AGREED).kept
    story.add(Threat, element=element)
    assert story.said(AGREED).sentences == [suppliers.NAMED_IN_DESIGN]


# --- passed on ---


@keeps(PASSED_ON)
@breaks(PASSED_ON)
def test_what_the_item_has_to_fulfil_is_passed_on() -> None:
    story = Made(agreement=False)
    requirement = story.add(Requirement, day="2026-01-06")
    story.add(DesignElement, items=[story.item], implements=[requirement])
    agreement = story.agree(day="2026-01-07", accepted_on="2026-01-06", passed_on=[requirement])
    assert story.said(PASSED_ON).kept
    story.revise(agreement, day="2026-01-08", passed_on=None)
    said = story.said(PASSED_ON)
    assert (said.sentences, said.about) == ([suppliers.NOT_PASSED_ON], [story.labels[agreement]])


@breaks(PASSED_ON)
def test_a_requirement_is_accepted_after_it_was_signed() -> None:
    story = Made(agreement=False)
    requirement = story.add(Requirement, day="2026-01-06")
    story.agree(day="2026-01-07", accepted_on="2026-01-05", passed_on=[requirement])
    assert story.said(PASSED_ON).sentences == [suppliers.ACCEPTED_BEFORE]


@breaks(PASSED_ON)
def test_a_requirement_that_changed_is_passed_on_again() -> None:
    story = Made(agreement=False)
    requirement = story.add(Requirement, day="2026-01-06")
    agreement = story.agree(day="2026-01-07", accepted_on="2026-01-07", passed_on=[requirement])
    story.revise(requirement, day="2026-02-01", statement="It does another thing.")
    assert story.said(PASSED_ON).sentences == [suppliers.CHANGED_SINCE]
    story.revise(agreement, day="2026-02-03", activities=["5.7", "9.2", "9.3"])
    assert story.said(PASSED_ON).sentences == [suppliers.ACCEPTED_BEFORE]
    story.revise(agreement, day="2026-02-03", accepted_on="2026-02-01")
    assert story.said(PASSED_ON).kept


def test_an_agreement_with_a_supplier_that_is_gone_rests_on_nothing() -> None:
    story = Made()
    story.retire(story.supplier)
    assert story.said(PASSED_ON).sentences == [run.BROKEN]


def test_nothing_is_passed_on_where_nothing_can_affect_security() -> None:
    assert Made(can_affect_security=False).said(PASSED_ON).silent


# --- in time ---


@keeps(IN_TIME)
@breaks(IN_TIME)
@pytest.mark.parametrize("field", ["day", "accepted_on"])
def test_the_agreement_came_before_the_item(field: str) -> None:
    on_time: dict[str, Any] = {field: "2026-02-01"}
    story = Made(**on_time, assessed_on="2026-01-05")
    story.send_out(story.the_release, day="2026-02-01")
    assert story.said(IN_TIME).kept
    late: dict[str, Any] = {field: "2026-02-02"}
    story = Made(**late, assessed_on="2026-01-05")
    story.send_out(story.the_release, day="2026-02-01")
    said = story.said(IN_TIME)
    assert (said.sentences, said.about) == ([suppliers.AGREED_LATE], [story.labels[story.item]])


def test_the_first_agreement_counts_and_the_first_assessment() -> None:
    story = Made(day="2026-02-01", assessed_on="2026-02-03")
    story.agree(day="2026-02-02", assessed_on="2026-02-01")
    story.send_out(story.the_release, day="2026-02-01")
    assert story.said(IN_TIME).kept


@keeps(IN_TIME)
@breaks(IN_TIME)
def test_the_supplier_was_assessed_before_the_item_came() -> None:
    story = Made(assessed_on="2026-02-01")
    story.send_out(story.the_release, day="2026-02-01")
    story.revise(story.agreement, day="2026-06-01", assessed_on="2026-06-01")
    assert story.said(IN_TIME).kept
    story = Made()
    story.send_out(story.the_release, day="2026-02-01")
    story.revise(story.agreement, day="2026-02-02", assessed_on="2026-02-02")
    assert story.said(IN_TIME).sentences == [suppliers.ASSESSED_LATE]


@breaks(IN_TIME)
def test_before_the_release_is_decided_nothing_is_late_but_the_supplier_is_to_be_assessed() -> None:
    story = Made(day="2026-06-01")
    assert story.said(IN_TIME).sentences == [suppliers.NOT_YET_ASSESSED]
    story.revise(story.agreement, day="2026-06-02", assessed_on="2026-06-02")
    assert story.said(IN_TIME).kept


def test_the_release_that_the_item_came_in_with_counts_not_the_one_looked_at() -> None:
    story = Made(day="2026-03-01", assessed_on="2026-03-01", accepted_on="2026-03-01")
    earlier = story.add(Release, version="0.9")
    story.send_out(earlier, day="2026-02-01")
    story.revise(story.item, entered_in=earlier)
    assert set(story.said(IN_TIME).sentences) == {suppliers.AGREED_LATE, suppliers.ASSESSED_LATE}


def test_without_an_agreement_nothing_came_late() -> None:
    assert Made(agreement=False).said(IN_TIME).kept


def test_an_item_that_cannot_affect_security_asks_for_no_order() -> None:
    story = Made(item=False)
    story.add(SoftwareItem, **story.an_item(**HARMLESS))
    assert story.said(IN_TIME).silent


# --- assessed again ---


def assessed(day: str | None, **fields: Any) -> Made:
    return Made(assessed_on=day, day=fields.pop("day", "2026-01-05"), **fields)


@keeps(ASSESSED)
@breaks(ASSESSED)
def test_an_assessment_holds_for_the_months_of_the_policy() -> None:
    story = assessed("2026-01-05")
    assert story.said(ASSESSED, today="2028-01-05").kept
    said = story.said(ASSESSED, today="2028-01-06")
    assert (said.sentences, said.about) == ([suppliers.ASSESSED_LONG_AGO], [story.labels[story.agreement]])
    story.set_policy("configuration.supplier_assessment_months", 12)
    assert story.said(ASSESSED, today="2027-01-05").kept
    assert story.said(ASSESSED, today="2027-01-06").gaps


@breaks(ASSESSED)
def test_no_assessment_at_all_and_one_to_come_are_gaps() -> None:
    assert assessed(None).said(ASSESSED).sentences == [suppliers.NEVER_ASSESSED]
    assert assessed("2026-11-25").said(ASSESSED, today="2026-11-25").kept
    assert assessed("2026-11-26").said(ASSESSED, today="2026-11-25").sentences == [suppliers.ASSESSED_TOO_EARLY]


@breaks(ASSESSED)
def test_the_next_assessment_is_on_time_on_its_day() -> None:
    story = assessed("2026-01-05", next_assessment="2026-11-25")
    assert story.said(ASSESSED, today="2026-11-25").kept
    said = story.said(ASSESSED, today="2026-11-26")
    assert said.sentences == [suppliers.ASSESSMENT_DUE]
    assert said.gaps[0].due is not None


@breaks(ASSESSED)
def test_each_assessment_brings_its_proof() -> None:
    story = assessed("2026-01-05")
    story.revise(story.agreement, day="2028-01-05", assessed_on="2028-01-05")
    assert story.said(ASSESSED, today="2028-01-06").kept
    story.revise(story.agreement, day="2028-01-06", assessed_on="2028-01-06")
    assert story.said(ASSESSED, today="2028-01-06").sentences == [suppliers.OLD_PROOF]
    story.revise(story.agreement, day="2028-01-06", proof=evidence("another look"))
    assert story.said(ASSESSED, today="2028-01-06").kept


def test_a_supplier_of_nothing_that_is_supported_is_not_asked() -> None:
    story = Made(Component("another", purl="pkg:generic/another@1", version="1"), agreement=False)
    story.agree()
    assert story.said(ASSESSED).silent


@breaks(ASSESSED)
def test_a_supplier_that_only_the_bill_names_counts_and_one_that_sells_to_everybody() -> None:
    story = Made(item=False)
    story.add(SoftwareItem, **story.an_item(supplier=None))
    assert story.said(ASSESSED).sentences == [suppliers.NEVER_ASSESSED]
    bought = assessed(None)
    bought.revise(bought.supplier, kind="off-the-shelf")
    bought.look(bought.agreement, bought.supplier)
    assert bought.said(ASSESSED).sentences == [suppliers.NEVER_ASSESSED]


def test_the_items_of_every_supported_release_count() -> None:
    story = assessed(None)
    story.send_out(story.the_release)
    newer = story.release("2.0.0")
    story.bill(newer, Component("another", purl="pkg:generic/another@1", version="1"))
    assert run_check(ASSESSED, story, release=newer).gaps
    assert run_check(ASSESSED, story, release=newer, today="2030-12-31").gaps
    assert run_check(ASSESSED, story, release=newer, today="2031-01-01").silent


def test_without_the_proof_the_assessment_is_not_known() -> None:
    story = assessed("2026-01-05")
    story.lose("agreement")
    assert [one.said.sentence for one in story.said(ASSESSED).unknowns] == [suppliers.PROOF_GONE]


# --- as the bill says ---


def component(supplier: str | None) -> Component:
    return Component("driver", purl=f"{DRIVER}@1.0", version="1.0", supplier=supplier)


@keeps(NAMED)
@breaks(NAMED)
def test_the_bill_names_the_supplier_of_the_item() -> None:
    assert Made(component("Acme")).said(NAMED).kept
    assert Made(component("acme corp")).said(NAMED).kept
    assert Made(component("Another")).said(NAMED).sentences == [suppliers.OTHER_SUPPLIER_IN_BILL]
    assert Made(component(None)).said(NAMED).sentences == [suppliers.NO_SUPPLIER_IN_BILL]


@breaks(NAMED)
def test_what_a_developing_supplier_makes_has_an_item() -> None:
    story = Made(item=False)
    said = story.said(NAMED)
    assert (said.sentences, said.about) == ([suppliers.NO_ITEM], [story.labels[story.the_bill]])


def test_an_item_without_a_supplier_leaves_it_to_the_bill() -> None:
    story = Made(component(None), item=False)
    story.add(SoftwareItem, **story.an_item(supplier=None))
    assert story.said(NAMED).kept


def test_other_suppliers_need_no_item() -> None:
    assert Made(component("Somebody"), item=False).said(NAMED).kept


def test_without_a_bill_there_is_nothing_to_look_at() -> None:
    story = Story()
    assert run_check(NAMED, story, release=story.release()).silent


def test_without_components_suppliers_are_not_known() -> None:
    story = Story()
    release = story.release()
    story.add(BillOfMaterials, release=release)
    assert run_check(NAMED, story, release=release).sentences == [run.ABSENT]


@keeps(NAMED)
@breaks(NAMED)
def test_the_supplier_of_each_item_is_in_force() -> None:
    story = Made()
    platform = story.add(Supplier, name="Platform project", kind="open-source")
    item = story.add(
        SoftwareItem, name="Operating system", supplier=platform, versions=["*"], entered_in=story.the_release
    )
    assert story.said(NAMED).kept
    story.retire(platform)
    said = story.said(NAMED)
    assert (said.sentences, said.about) == ([suppliers.SUPPLIER_GONE], [story.labels[item]])
    story.revise(item, supplier=None)
    assert story.said(NAMED).kept
