from __future__ import annotations

from typing import Any

import pytest

from asepsis.quality.records import (
    Applicability,
    Appointment,
    Audit,
    ImprovementAction,
    Nonconformity,
    PeriodicReview,
    Procedure,
    ProductProfile,
    Qualification,
    QualitySystem,
    Role,
)
from asepsis.record.kind import IncompleteError, Kind, matters, read_content, read_draft, signed_part
from asepsis.record.slots import SystemRole
from tests.kinds import an_id, as_bytes, content, smallest

PROOF = {"digest": "a" * 64, "shows": "Release note of 2019.", "media_type": "application/pdf", "size": 12}
TOLD = "We looked into it."

BREAKING: list[tuple[type[Kind], dict[str, Any], str]] = [
    (Applicability, {"route": "transitional"}, "developed_before"),
    (Applicability, {"route": "transitional", "developed_before": "2019-05-01"}, "developed_before_proof"),
    (
        Applicability,
        {"supporting_software": [{"what": "Linux", "in_scope": True, "why": "Ours.", "matches": "pkg:a*b/c"}]},
        r"supporting_software\[1\]\.matches cannot be used",
    ),
    (QualitySystem, {"standard": "other"}, "other_standard is empty"),
    (QualitySystem, {"certificate": PROOF}, "no certificate_until"),
    (Procedure, {"effective": "2026-03-02", "review_by": "2026-03-01"}, "review_by before effective"),
    (Appointment, {"deputy": an_id("person")}, "own holder as deputy"),
    (Appointment, {"reports_to": an_id("person")}, "own superior"),
    (Appointment, {"since": "2026-03-02", "until": "2026-03-01"}, "until before since"),
    (Qualification, {"shown_by": "exam"}, "needs an assessor"),
    (Qualification, {"on": "2026-03-02", "until": "2026-03-01"}, "until before on"),
    (Audit, {"auditors": [{}]}, r"auditors\[1\] names neither"),
    (Audit, {"auditors": []}, "auditors is empty"),
    (Nonconformity, {"answered_on": "2026-02-01"}, "cause and correction"),
    (Nonconformity, {"answered_on": "2026-02-01", "cause": TOLD}, "cause and correction"),
    (Nonconformity, {"accepted_on": "2026-02-01"}, "answered_on is empty"),
    (
        Nonconformity,
        {"answered_on": "2026-02-02", "accepted_on": "2026-02-01", "cause": TOLD, "correction": TOLD},
        "accepted_on before answered_on",
    ),
    (ImprovementAction, {"worked": False}, "effect_checked_on is empty"),
    (PeriodicReview, {"first_day": "2026-01-16", "last_day": "2026-01-15"}, "last_day before first_day"),
    (PeriodicReview, {"last_day": "2026-01-16", "next_due": "2026-01-15"}, "next_due before last_day"),
]

KEEPING: list[tuple[type[Kind], dict[str, Any]]] = [
    (Applicability, {"route": "transitional", "developed_before": "2019-05-01", "developed_before_proof": PROOF}),
    (
        Applicability,
        {"supporting_software": [{"what": "Linux", "in_scope": True, "why": "Ours.", "matches": "pkg:deb/debian/*"}]},
    ),
    (QualitySystem, {"standard": "other", "other_standard": "21 CFR 820"}),
    (QualitySystem, {"certificate": PROOF, "certificate_until": "2027-01-01"}),
    (Procedure, {"effective": "2026-03-01", "review_by": "2026-03-01"}),
    (Appointment, {"deputy": an_id("another"), "reports_to": an_id("another")}),
    (Appointment, {"since": "2026-03-01", "until": "2026-03-01"}),
    (Qualification, {"shown_by": "exam", "assessor": an_id("another")}),
    (Qualification, {"on": "2026-03-01", "until": "2026-03-01"}),
    (Audit, {"auditors": [{"person": an_id("somebody")}]}),
    (Nonconformity, {"answered_on": "2026-02-01", "cause": TOLD, "correction": TOLD}),
    (
        Nonconformity,
        {"answered_on": "2026-02-01", "accepted_on": "2026-02-01", "cause": TOLD, "correction": TOLD},
    ),
    (ImprovementAction, {"effect_checked_on": "2026-02-01", "worked": False}),
    (PeriodicReview, {"first_day": "2026-01-15", "last_day": "2026-01-15", "next_due": "2026-01-15"}),
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


def test_a_level_of_skill_is_one_to_three() -> None:
    for level in (0, 4):
        with pytest.raises(IncompleteError, match="level"):
            read_content(Qualification, as_bytes(smallest(Qualification, level=level)))
    assert content(Qualification, level=3).level == 3


@pytest.mark.parametrize("version", ["", " ", "*1", " 1.0", "1.0 ", "1\n2"])
def test_a_version_is_one_line_of_text(version: str) -> None:
    with pytest.raises(IncompleteError, match="versions"):
        read_content(Applicability, as_bytes(smallest(Applicability, versions=[version])))


@pytest.mark.parametrize("version", ["*", "1", "2.4.1", "2.4 beta 1", "vers:semver/>=2.0.0|<3.0.0"])
def test_a_version_is_kept_as_it_is_written(version: str) -> None:
    assert content(Applicability, versions=[version]).versions == (version,)


def test_a_role_acts_as_system_roles() -> None:
    assert content(Role, acts_as=["security", "release-manager"]).acts_as == (
        SystemRole.SECURITY,
        SystemRole.RELEASE_MANAGER,
    )


def test_an_audit_plan_may_move_on_without_the_certificate_being_signed_again() -> None:
    before = smallest(QualitySystem)
    after = smallest(QualitySystem, audit_plan=[{"clause": "7.2", "by": "2026-12-01"}])
    assert signed_part(QualitySystem, before) == signed_part(QualitySystem, after)
    assert matters(QualitySystem, before) == matters(QualitySystem, after)


def test_a_nonconformity_counts_from_its_first_save_and_an_action_does_not() -> None:
    assert Nonconformity.warning(None)
    assert not ImprovementAction.warning(None)


def test_the_profile_of_a_product_is_approved_by_regulatory_and_reviewed_by_clinical() -> None:
    profile = content(ProductProfile)
    labels = [slot.label for slot in ProductProfile.slots(profile, look=None)]  # type: ignore[arg-type]
    assert labels == ["approved by regulatory", "reviewed by clinical"]


def test_a_procedure_is_approved_by_somebody_else_than_its_authors() -> None:
    (slot,) = Procedure.slots(content(Procedure), look=None)  # type: ignore[arg-type]
    assert slot.apart
