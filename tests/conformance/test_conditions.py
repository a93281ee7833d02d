"""Conditions of the catalogue: what records and facts show of them."""

from __future__ import annotations

from typing import Any

import pytest

from asepsis.clauses.catalogue import catalogue
from asepsis.configuration.records import Category, SoftwareItem, Supplier, SupplierKind
from asepsis.conformance.conditions import holds
from asepsis.development.records import TestPlan, TestRun
from asepsis.exchange import facts as shapes
from asepsis.quality.records import ProductProfile
from asepsis.risk.records import Vulnerability
from tests.dossiers import Story


def shown(condition: str, story: Story, release: str | None = None) -> bool | None:
    return holds(condition, story.view(release=release))


def test_each_condition_of_the_catalogue_is_shown_by_records_or_facts() -> None:
    conditions = {one.id for obligation in catalogue().obligations for one in obligation.conditions}
    told = {one for one in conditions if shown(one, Story()) is not None}
    assert conditions - told == {"supported-items", "maintained-items", "dynamic-tool"}  # without a bill, and a plan


@pytest.mark.parametrize(
    ("fields", "is_so"),
    [
        ({"tools": ["valgrind"]}, True),
        ({"tools": []}, None),
        ({"tools": [], "not_available": [{"platform": "PIC18", "tools_looked_for": ["qemu"], "why": "None."}]}, False),
        ({"tools": [], "not_available": [{"platform": "PIC18", "why": "None."}]}, None),
        ({"tools": ["valgrind"], "type": "static"}, None),
    ],
)
def test_plans_of_dynamic_tests_show_whether_there_is_a_tool(fields: dict[str, Any], is_so: bool | None) -> None:
    story = Story()
    story.add(TestPlan, **({"type": "dynamic"} | fields))
    assert shown("dynamic-tool", story) is is_so


def test_a_dynamic_test_that_was_run_shows_that_there_is_a_tool() -> None:
    story = Story()
    release = story.release()
    none = [{"platform": "PIC18", "tools_looked_for": ["qemu"], "why": "None."}]
    plan = story.add(TestPlan, type="dynamic", tools=[], not_available=none)
    assert shown("dynamic-tool", story, release) is False
    story.add(TestRun, plan=plan, release=release, build_id="build-of-1.0.0")
    assert shown("dynamic-tool", story, release) is True


@pytest.mark.parametrize(("ids", "is_so"), [([], True), (["CVE-2026-1"], False)])
def test_a_vulnerability_in_an_item_of_others_that_they_do_not_know_of_is_theirs(ids: list[str], is_so: bool) -> None:
    story = Story()
    own = story.add(SoftwareItem, purl="pkg:generic/own")
    vulnerability = story.draft(Vulnerability, ids=ids, items=[own])
    assert shown("third-party-source-problem", story) is False
    theirs = story.add(SoftwareItem, purl="pkg:generic/theirs", supplier=story.add(Supplier))
    story.revise(vulnerability, items=[own, theirs], signed=False)
    assert shown("third-party-source-problem", story) is is_so


@pytest.mark.parametrize(
    ("condition", "field"), [("software-services", "relies_on_services"), ("accounts", "accounts")]
)
@pytest.mark.parametrize("is_so", [True, False])
def test_the_profile_shows_what_a_product_has(condition: str, field: str, is_so: bool) -> None:
    story = Story()
    assert shown(condition, story) is False
    fields: dict[str, Any] = {field: is_so}
    story.add(ProductProfile, **fields)
    assert shown(condition, story) is is_so


@pytest.mark.parametrize(
    ("category", "supported", "maintained"),
    [(Category.MAINTAINED, True, True), (Category.SUPPORTED, True, False), (Category.REQUIRED, False, False)],
)
def test_the_items_of_the_release_show_which_categories_there_are(
    category: Category, supported: bool, maintained: bool
) -> None:
    story = Story()
    release = story.release()
    story.bill(release, shapes.Component(name="openssl", purl="pkg:generic/openssl@3.0"))
    story.add(SoftwareItem, purl="pkg:generic/openssl", versions=["*"], category=category)
    assert shown("supported-items", story, release) is supported
    assert shown("maintained-items", story, release) is maintained


def test_without_a_bill_it_is_not_known_which_items_there_are() -> None:
    story = Story()
    assert shown("maintained-items", story, story.release()) is None


@pytest.mark.parametrize(("kind", "is_so"), [(SupplierKind.MADE_FOR_US, True), (SupplierKind.OPEN_SOURCE, False)])
def test_an_item_shows_that_something_is_made_for_us_even_without_a_bill(kind: SupplierKind, is_so: bool) -> None:
    story = Story()
    fields: dict[str, Any] = {"can_affect_security": True, "purl": "pkg:generic/parser"}
    story.add(SoftwareItem, supplier=story.add(Supplier, kind=kind), **fields)
    assert shown("made-for-us-item", story) is is_so


def test_an_unknown_condition_is_not_told() -> None:
    assert shown("no-such-thing", Story()) is None
