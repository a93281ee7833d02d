from __future__ import annotations

from typing import Any

import pytest

from asepsis.clauses import policy
from asepsis.clauses.catalogue import catalogue
from asepsis.record.kind import IncompleteError, Kind, read_content, read_draft
from asepsis.statements.records import Attestation, Claim, NotApplicable, Policy
from tests.kinds import an_id, as_bytes, content, smallest

NO_LOOK: Any = None


def setting(name: str, set_to: str) -> dict[str, str]:
    return {"name": name, "set_to": set_to, "why": "Our notified body asks for it."}


BREAKING: list[tuple[type[Kind], dict[str, Any], str]] = [
    (Attestation, {"obligation": "4.1.1-1"}, "obligation needs no attestation"),
    (Attestation, {"obligation": "4.9.9-1"}, "obligation is unknown"),
    (Attestation, {"obligation": "5.1.2-1"}, "name the release"),
    (Attestation, {"on": "2026-03-02", "until": "2026-03-01"}, "until before on"),
    (NotApplicable, {"obligation": "4.1.1-1"}, "obligation cannot be left out"),
    (NotApplicable, {"obligation": "5.7.1-2"}, "obligation cannot be left out"),
    (NotApplicable, {"obligation": "5.7.1-2 a"}, "obligation cannot be left out"),
    (NotApplicable, {"obligation": "4.9.9-1"}, "obligation cannot be left out"),
    (Policy, {"values": []}, "values is empty"),
    (Policy, {"values": [setting("quality.no_such", "12")]}, r"values\[1\] cannot be set: .*no value"),
    (Policy, {"values": [setting("quality.audit_cycle_months", "often")]}, "whole number of months"),
    (Policy, {"values": [setting("quality.audit_cycle_months", "37")]}, "its floor is 36"),
    (Policy, {"values": [setting("quality.retention_years", "9")]}, "its floor is 10"),
    (Policy, {"values": [setting("quality.audit_cycle_months", "12")] * 2}, "sets quality.audit_cycle_months twice"),
    (Policy, {"effective": "2026-03-02", "review_by": "2026-03-01"}, "review_by before effective"),
    (Claim, {"edition": "iec-81001-5-1-1999"}, "edition is none that this program holds"),
    (Claim, {"oid": "1.0.081001"}, "oid cannot be used"),
    (Claim, {"oid": "3.1"}, "oid cannot be used"),
]

KEEPING: list[tuple[type[Kind], dict[str, Any]]] = [
    (Attestation, {"obligation": "5.1.2-1", "release": an_id("release")}),
    (Attestation, {"on": "2026-03-01", "until": "2026-03-01"}),
    (NotApplicable, {"obligation": "5.7.1-2 d"}),
    (Policy, {"values": [setting("quality.audit_cycle_months", "36"), setting("quality.retention_years", "10")]}),
    (Policy, {"effective": "2026-03-01", "review_by": "2026-03-01"}),
    (Claim, {"oid": "1.0.62304.1"}),
]


@pytest.mark.parametrize(("kind", "overrides", "said"), BREAKING)
def test_what_the_catalogue_or_policy_does_not_know_is_refused(
    kind: type[Kind], overrides: dict[str, Any], said: str
) -> None:
    with pytest.raises(IncompleteError, match=said):
        read_content(kind, as_bytes(smallest(kind, **overrides)))


@pytest.mark.parametrize(("kind", "overrides", "said"), BREAKING)
def test_a_draft_is_spared_that(kind: type[Kind], overrides: dict[str, Any], said: str) -> None:
    read_draft(kind, as_bytes(smallest(kind, **overrides)))


@pytest.mark.parametrize(("kind", "overrides"), KEEPING)
def test_what_they_know_reads(kind: type[Kind], overrides: dict[str, Any]) -> None:
    read_content(kind, as_bytes(smallest(kind, **overrides)))


ATTESTED = [(one.id, one.attestation) for one in catalogue().obligations if one.attestation is not None]


def test_eight_obligations_are_attested() -> None:
    assert len(ATTESTED) == 8


@pytest.mark.parametrize(("obligation", "attestation"), ATTESTED)
def test_an_attestation_is_signed_by_the_role_that_the_clause_names(obligation: str, attestation: Any) -> None:
    attested = content(Attestation, obligation=obligation, release=an_id("release"))
    (slot,) = Attestation.slots(attested, NO_LOOK)
    assert slot.label == f"approved by {attestation.role}"


@pytest.mark.parametrize("what", [one.id for one in catalogue().obligations])
def test_only_what_depends_on_a_condition_can_be_not_applicable(what: str) -> None:
    value = as_bytes(smallest(NotApplicable, obligation=what))
    if catalogue().obligation(what).applies_if is None:
        with pytest.raises(IncompleteError, match=r"always applies|no obligation"):
            read_content(NotApplicable, value)
    else:
        assert read_content(NotApplicable, value).obligation == what


def test_a_policy_gives_its_values_as_the_program_holds_them() -> None:
    given = content(
        Policy,
        values=[
            setting("quality.audit_cycle_months", "24"),
            setting("statements.count_recommended", "yes"),
            setting("development.key_storage", "token, hsm"),
        ],
    )
    assert given.settings == {
        "quality.audit_cycle_months": 24,
        "statements.count_recommended": True,
        "development.key_storage": ("hsm", "token"),
    }
    assert policy.in_force(given.settings).number("quality.audit_cycle_months") == 24


@pytest.mark.parametrize("name", list(policy.POLICY))
def test_each_value_can_be_set_to_its_own_default(name: str) -> None:
    default = policy.POLICY[name].default
    given = content(Policy, values=[setting(name, policy.told(default))])
    assert given.settings[name] == (tuple(sorted(default)) if isinstance(default, tuple) else default)
