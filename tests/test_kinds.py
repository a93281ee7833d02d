"""What is true of every kind, whatever process it is of."""

from __future__ import annotations

import importlib
from datetime import date

import pytest
from pydantic import BaseModel

from asepsis.record.kind import (
    KINDS,
    IncompleteError,
    Kind,
    draft_of,
    plain_value,
    read_content,
    read_draft,
    shape_of,
)
from tests.kinds import an_id, as_bytes, content, parts, required, smallest, values_of

ORDER = ("quality", "configuration", "risk", "development", "problems", "maintenance", "transition", "statements")

for process in ORDER:
    importlib.import_module(f"asepsis.{process}.records")

KINDS_HERE = [kind for kind in KINDS.values() if kind.__module__.startswith("asepsis.")]
WITH_VALUES: list[type[BaseModel]] = list(
    dict.fromkeys([*KINDS_HERE, *(value for kind in KINDS_HERE for value in values_of(kind))])
)


def name(kind: type[BaseModel]) -> str:
    return kind.__name__


@pytest.mark.parametrize("kind", KINDS_HERE, ids=name)
def test_its_smallest_full_content_reads_and_comes_back_the_same(kind: type[Kind]) -> None:
    value = smallest(kind)
    read = read_content(kind, as_bytes(value))
    assert read_content(kind, as_bytes(plain_value(read))) == read


@pytest.mark.parametrize(("kind", "missing"), [(kind, one) for kind in KINDS_HERE for one in required(kind)])
def test_it_does_not_read_without_a_field_that_it_needs(kind: type[Kind], missing: str) -> None:
    value = smallest(kind)
    del value[missing]
    with pytest.raises(IncompleteError, match=rf"\b{missing} is missing"):
        read_content(kind, as_bytes(value))


@pytest.mark.parametrize("kind", KINDS_HERE, ids=name)
def test_its_draft_may_be_empty(kind: type[Kind]) -> None:
    assert plain_value(read_draft(kind, b"{}")) == {}


@pytest.mark.parametrize("kind", KINDS_HERE, ids=name)
def test_its_draft_reads_what_the_kind_reads(kind: type[Kind]) -> None:
    value = plain_value(content(kind))
    assert plain_value(read_draft(kind, as_bytes(value))) == value


@pytest.mark.parametrize("kind", KINDS_HERE, ids=name)
def test_no_type_of_it_is_left_unresolved(kind: type[Kind]) -> None:
    assert kind.__pydantic_complete__


@pytest.mark.parametrize("kind", WITH_VALUES, ids=name)
def test_it_says_what_it_is(kind: type[BaseModel]) -> None:
    assert len((kind.__doc__ or "").strip()) >= 15
    assert draft_of(kind).__doc__ == kind.__doc__


@pytest.mark.parametrize(("kind", "field"), [(kind, one) for kind in WITH_VALUES for one in kind.model_fields])
def test_each_field_says_what_to_write(kind: type[BaseModel], field: str) -> None:
    told = kind.model_fields[field].description or ""
    assert len(told) >= 15
    assert told == told.strip()
    assert told[-1] in ".):;?"


@pytest.mark.parametrize("kind", WITH_VALUES, ids=name)
def test_no_bound_of_a_field_is_overruled_by_its_type(kind: type[BaseModel]) -> None:
    """Of two bounds of one sort pydantic lets the type's win, and a stricter one of the field is lost without a word."""
    for field, info in kind.model_fields.items():
        rules = [type(rule) for rule in info.metadata if type(rule).__name__ in ("Ge", "Le", "Gt", "Lt")]
        assert len(rules) == len(set(rules)), field


def test_no_two_kinds_share_a_prefix() -> None:
    prefixes = [kind.meta.prefix for kind in KINDS_HERE]
    assert len(set(prefixes)) == len(prefixes)


@pytest.mark.parametrize("kind", KINDS_HERE, ids=name)
def test_it_refers_to_nothing_of_a_process_above_its_own(kind: type[Kind]) -> None:
    own = ORDER.index(kind.meta.process)
    for path, (targets, _) in shape_of(kind).targets.items():
        above = [one for one in targets if one is not Kind and ORDER.index(one.meta.process) > own]
        assert not above, f"{kind.__name__}.{path} points up to {above}"


@pytest.mark.parametrize("kind", [kind for kind in KINDS_HERE if kind.meta.of == "O"], ids=name)
def test_a_kind_of_the_organisation_refers_to_no_kind_of_a_product(kind: type[Kind]) -> None:
    for path, (targets, _) in shape_of(kind).targets.items():
        assert not [one for one in targets if one is not Kind and one.meta.of == "P"], path


def test_there_is_one_of_these_in_a_scope_and_any_number_of_all_others() -> None:
    assert {kind.__name__ for kind in KINDS_HERE if kind.meta.single} == {
        "ProductProfile", "QualitySystem", "Applicability", "RiskPlan", "SecurityPlan", "UpdatePolicy", "Policy",
        "TransitionPlan",
    }  # fmt: skip


def test_nobody_stands_in_where_a_second_person_is_the_point() -> None:
    alone = {kind.__name__ for kind in KINDS_HERE if not kind.meta.stand_in}
    assert alone == {"Release", "Risk", "Decision", "SigningKey", "ReleaseDecision"}


def test_these_count_from_their_first_save() -> None:
    always = {kind.__name__ for kind in KINDS_HERE if kind.meta.warns is True}
    sometimes = {kind.__name__ for kind in KINDS_HERE if callable(kind.meta.warns)}
    assert always == {"Report", "Finding", "Vulnerability", "Incident", "Nonconformity", "TransitionGap"}
    assert sometimes == {
        "ControlObservation", "TestRun", "UpdateVerification", "Review", "DocumentationReview", "Exploitability",
        "CompatibilityStatement", "SafetyHandover",
    }  # fmt: skip


@pytest.mark.parametrize("kind", KINDS_HERE, ids=name)
def test_lists_sort_by_a_person_and_by_a_day(kind: type[Kind]) -> None:
    if kind.meta.who is not None:
        read_draft(kind, as_bytes({kind.meta.who: an_id("somebody")}))
        with pytest.raises(IncompleteError):
            read_draft(kind, as_bytes({kind.meta.who: "Ana"}))
    if kind.meta.due is not None:
        types = [part for part in parts(kind.model_fields[kind.meta.due].annotation) if part is not type(None)]
        assert [issubclass(part, date) for part in types] == [True]
