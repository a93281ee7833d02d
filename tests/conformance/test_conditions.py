"""Conditions of the catalogue: what records and facts show of them."""

from __future__ import annotations

from typing import Any

import pytest

from asepsis.clauses.catalogue import catalogue
from asepsis.configuration.records import Category, SoftwareItem, Supplier, SupplierKind
from asepsis.conformance.conditions import holds
from asepsis.exchange import facts as shapes
from asepsis.quality.records import ProductProfile
from tests.dossiers import Story

TOLD_BY_NOTHING = {"dynamic-tool", "third-party-source-problem"}


def shown(condition: str, story: Story, release: str | None = None) -> bool | None:
    return holds(condition, story.view(release=release))


def test_each_condition_of_the_catalogue_is_shown_by_records_or_told_to_be_shown_by_nothing() -> None:
    conditions = {one.id for obligation in catalogue().obligations for one in obligation.conditions}
    told = {one for one in conditions if shown(one, Story()) is not None}
    facts = {"supported-items", "maintained-items"}  # which cannot be told without a bill
    assert told == conditions - TOLD_BY_NOTHING - facts


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
