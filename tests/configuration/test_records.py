from __future__ import annotations

from typing import Any

import pytest

from asepsis.configuration.records import (
    CategoryChange,
    CategoryRule,
    ChangeRequest,
    Effect,
    Fielded,
    Release,
    SoftwareItem,
    SupplierAgreement,
)
from asepsis.record.kind import IncompleteError, Kind, read_content, read_draft, references, signed_part
from tests.kinds import an_id, as_bytes, content, smallest

BREAKING: list[tuple[type[Kind], dict[str, Any], str]] = [
    (SupplierAgreement, {"accepted_on": "2026-01-02", "until": "2026-01-01"}, "until before accepted_on"),
    (
        SupplierAgreement,
        {"assessed_on": "2026-01-02", "next_assessment": "2026-01-01"},
        "next_assessment before assessed_on",
    ),
    (CategoryRule, {"matches": {}}, "matches fits everything"),
    (CategoryRule, {"matches": {"purl": "pkg:npm/left-pad@1.0"}}, r"matches\.purl cannot be used: .* names a version"),
    (CategoryRule, {"matches": {"purl": "pkg:npm/*pad"}}, r"matches\.purl cannot be used"),
    (SoftwareItem, {"purl": None}, "needs a purl, or a name with a supplier"),
    (SoftwareItem, {"purl": None, "name": "firmware"}, "needs a purl, or a name with a supplier"),
    (SoftwareItem, {"purl": "pkg:npm/left-pad@1.0"}, "purl names a version"),
    (SoftwareItem, {"purl": "pkg:npm"}, "purl cannot be used"),
    (SoftwareItem, {"can_affect_security": False}, "can_affect_security_why"),
    (CategoryChange, {"from_category": "required", "to_category": "required"}, "changes nothing"),
    (Release, {"kind": "update"}, "names no predecessor"),
    (ChangeRequest, {"safety_effect": {"size": "minor"}}, "safety_effect needs its why"),
    (ChangeRequest, {"decided": "later"}, "decided_why"),
    (Fielded, {"since": "2026-01-02", "until": "2026-01-01"}, "until before since"),
]

KEEPING: list[tuple[type[Kind], dict[str, Any]]] = [
    (
        SupplierAgreement,
        {
            "accepted_on": "2026-01-01",
            "until": "2026-01-01",
            "assessed_on": "2026-01-01",
            "next_assessment": "2026-01-01",
        },
    ),
    (SupplierAgreement, {"next_assessment": "2026-01-01"}),
    (CategoryRule, {"matches": {"place": "transitive"}}),
    (CategoryRule, {"matches": {"supplier": "Acme"}}),
    (CategoryRule, {"matches": {"purl": "pkg:npm/%40fhir/*"}}),
    (SoftwareItem, {"purl": None, "name": "firmware", "supplier": an_id("supplier")}),
    (SoftwareItem, {"purl": "pkg:npm/%40fhir/client"}),
    (SoftwareItem, {"can_affect_security": False, "can_affect_security_why": "It draws the logo."}),
    (Release, {"kind": "update", "predecessor": an_id("before")}),
    (ChangeRequest, {"safety_effect": {"size": "serious", "why": "It changes the alarm."}}),
    (ChangeRequest, {"decided": "refuse", "decided_why": "It costs more than it brings."}),
    (Fielded, {"since": "2026-01-01", "until": "2026-01-01"}),
]


@pytest.mark.parametrize(("kind", "overrides", "said"), BREAKING)
def test_what_has_to_be_filled_together_is_asked_for(kind: type[Kind], overrides: dict[str, Any], said: str) -> None:
    with pytest.raises(IncompleteError, match=said):
        read_content(kind, as_bytes(smallest(kind, **overrides)))


@pytest.mark.parametrize(("kind", "overrides", "said"), BREAKING)
def test_a_draft_is_spared_that(kind: type[Kind], overrides: dict[str, Any], said: str) -> None:
    read_draft(kind, as_bytes(smallest(kind, **overrides)))


@pytest.mark.parametrize(("kind", "overrides"), KEEPING)
def test_what_is_filled_together_reads(kind: type[Kind], overrides: dict[str, Any]) -> None:
    read_content(kind, as_bytes(smallest(kind, **overrides)))


def test_no_effect_needs_no_reason_to_be_written_down() -> None:
    assert content(Effect, size="none").why is None


def test_a_build_that_becomes_known_keeps_the_approvals_of_its_release() -> None:
    before, after = smallest(Release), smallest(Release, build_id="4711", planned="2026-09-01")
    assert signed_part(Release, before) == signed_part(Release, after)
    assert signed_part(Release, before) != signed_part(Release, smallest(Release, version="9"))


def test_a_change_of_category_is_of_an_item_or_a_rule() -> None:
    (found,) = references(CategoryChange, smallest(CategoryChange))
    assert (found.field, found.target, found.names) == ("item", an_id("item"), False)


def test_where_it_is_in_use_is_effective_when_taken_in() -> None:
    assert Fielded.slots(content(Fielded), look=None) == ()  # type: ignore[arg-type]


def test_both_signers_of_a_release_are_apart_from_its_authors() -> None:
    slots = Release.slots(content(Release), look=None)  # type: ignore[arg-type]
    assert [(slot.label, slot.apart) for slot in slots] == [
        ("approved by release-manager", True),
        ("approved by quality", True),
    ]
