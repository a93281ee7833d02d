from __future__ import annotations

from typing import Any

import pydantic
import pytest

from asepsis.maintenance.records import (
    Band,
    CompatibilityStatement,
    MonitoredSource,
    Notice,
    SourceReview,
    Update,
    UpdatePolicy,
    UpdateVerification,
)
from asepsis.record.kind import (
    IncompleteError,
    Kind,
    Value,
    matters,
    plain_value,
    read_content,
    read_draft,
    shape_of,
    signed_part,
)
from tests.kinds import an_id, as_bytes, content, kinds_of, smallest
from tests.looks import Held

KINDS_HERE = kinds_of("maintenance")

BREAKING: list[tuple[type[Kind] | type[Value], dict[str, Any], str]] = [
    (Band, {"qualify_days": 8, "deliver_days": 7}, "delivered before it is qualified"),
    (Band, {"severity": []}, "severity is empty"),
    (Band, {"public": []}, "public is empty"),
    (UpdatePolicy, {"many_from": 0}, "many_from"),
    (UpdatePolicy, {"bands": []}, "bands is empty"),
    (MonitoredSource, {"feed": None}, "fill feed"),
    (MonitoredSource, {"look_every_days": 0}, "look_every_days"),
    (Update, {"for_releases": []}, "for_releases is empty"),
    (UpdateVerification, {"update": None}, "fill either update or item"),
    (UpdateVerification, {"item": an_id("item"), "versions": ["*"]}, "fill either update or item"),
    (UpdateVerification, {"update": None, "item": an_id("item")}, "which versions"),
    (CompatibilityStatement, {"versions": []}, "versions is empty"),
    (SourceReview, {"sources": []}, "sources is empty"),
    (SourceReview, {"first_day": "2026-02-02", "last_day": "2026-02-01"}, "last_day before first_day"),
    (Notice, {"to": []}, "to is empty"),
    (Notice, {"about": []}, "about is empty"),
    (Notice, {"markets": ["Germany"]}, r"markets\[1\]"),
]

KEEPING: list[tuple[type[Kind] | type[Value], dict[str, Any]]] = [
    (Band, {"qualify_days": 7, "deliver_days": 7}),
    (MonitoredSource, {"source": "supplier", "feed": None}),
    (UpdateVerification, {"update": None, "item": an_id("item"), "versions": ["3.0.15"]}),
    (SourceReview, {"first_day": "2026-02-01", "last_day": "2026-02-01"}),
    (Notice, {"markets": ["DE"]}),
]


@pytest.mark.parametrize(("kind", "overrides", "told"), BREAKING)
def test_what_is_filled_wrongly_is_told(kind: type[Any], overrides: dict[str, Any], told: str) -> None:
    with pytest.raises(IncompleteError, match=told):
        read_content(kind, as_bytes(smallest(kind, **overrides)))


@pytest.mark.parametrize(("kind", "overrides"), KEEPING)
def test_what_is_filled_together_reads(kind: type[Any], overrides: dict[str, Any]) -> None:
    read_content(kind, as_bytes(smallest(kind, **overrides)))


def draft(kind: type[Kind], **values: Any) -> pydantic.BaseModel:
    return read_draft(kind, as_bytes(values))


def labels(kind: type[Kind], value: Kind, look: Held) -> list[str]:
    return [f"{slot.label}{', apart' if slot.apart else ''}" for slot in kind.slots(value, look)]


@pytest.mark.parametrize(
    ("kind", "asked"),
    [
        (UpdatePolicy, ["approved by management", "reviewed by security"]),
        (MonitoredSource, ["reviewed by security"]),
        (SourceReview, ["reviewed by security"]),
        (Update, ["released by release-manager"]),
        (UpdateVerification, ["tested by tester, apart"]),
        (CompatibilityStatement, ["reviewed by security"]),
        (Notice, ["approved by regulatory"]),
    ],
)
def test_each_kind_is_signed_by_who_answers_for_it(kind: type[Kind], asked: list[str]) -> None:
    assert labels(kind, content(kind), Held()) == asked


def test_there_is_one_update_policy() -> None:
    assert [kind.__name__ for kind in KINDS_HERE if kind.meta.single] == ["UpdatePolicy"]


def test_a_verification_warns_unless_it_passed() -> None:
    assert UpdateVerification.warning(content(UpdateVerification, outcome="fail"))
    assert UpdateVerification.warning(draft(UpdateVerification))
    assert not UpdateVerification.warning(content(UpdateVerification, outcome="pass"))
    assert not UpdateVerification.warning(draft(UpdateVerification, outcome="pass"))


def test_a_statement_of_compatibility_warns_unless_it_is_approved() -> None:
    assert CompatibilityStatement.warning(content(CompatibilityStatement, approved=False))
    assert CompatibilityStatement.warning(draft(CompatibilityStatement))
    assert not CompatibilityStatement.warning(content(CompatibilityStatement, approved=True))
    assert not CompatibilityStatement.warning(draft(CompatibilityStatement, approved=True))


def test_that_an_update_is_available_is_progress_and_its_channel_is_not() -> None:
    assert signed_part(Update, smallest(Update)) == signed_part(Update, smallest(Update, available_on="2026-02-01"))
    assert matters(Update, smallest(Update)) != matters(Update, smallest(Update, channel="by post"))


def test_that_a_notice_was_sent_is_progress() -> None:
    assert signed_part(Notice, smallest(Notice)) == signed_part(Notice, smallest(Notice, sent_on="2026-02-01"))


def test_a_review_of_sources_names_what_it_took_up() -> None:
    _, names = shape_of(SourceReview).targets["taken_up"]
    assert names


def test_a_verification_rests_on_the_update_it_is_of() -> None:
    assert shape_of(UpdateVerification).targets["update"] == (frozenset({Update}), False)


def test_empty_lists_are_not_written() -> None:
    assert "fixes" not in plain_value(content(Update))


SIGNED = """
UpdatePolicy OP: approved by management, reviewed by security
MonitoredSource OP: reviewed by security
Update P: released by release-manager
UpdateVerification P: tested by tester
CompatibilityStatement P: reviewed by security
SourceReview OP: reviewed by security
Notice P: approved by regulatory
"""


def progress(kind: type[Kind]) -> set[str]:
    shape = shape_of(kind)
    return {*shape.progress, *(".".join(path) for path in shape.nested_progress)}


def test_who_signs_what_is_as_the_model_says() -> None:
    told = [
        f"{kind.__name__} {kind.meta.of}: {', '.join(slot.label for slot in kind.meta.signed)}"
        for kind in KINDS_HERE
        if not callable(kind.meta.signed)
    ]
    assert told == SIGNED.strip().splitlines()


def test_only_what_happens_after_signing_is_progress() -> None:
    assert {kind.__name__: progress(kind) for kind in KINDS_HERE if progress(kind)} == {
        "Update": {"available_on"},
        "Notice": {"receipts", "sent_on"},
    }
