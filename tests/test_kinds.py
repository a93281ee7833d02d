"""What is true of every kind, whatever process it is of."""

from __future__ import annotations

import importlib
from pathlib import Path

import pytest
from pydantic import BaseModel

import asepsis
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
from tests.kinds import as_bytes, content, required, smallest, values_of

ORDER = ("quality", "configuration", "risk", "development", "problems", "maintenance", "transition", "statements")

for process in ORDER:  # those that are there; a kind of a process that is in no order fails below
    if (Path(asepsis.__file__).parent / process / "records.py").is_file():
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


def test_the_kinds_of_which_there_is_one_are_these() -> None:
    single = {kind.__name__ for kind in KINDS_HERE if kind.meta.single}
    told = {"ProductProfile", "QualitySystem", "Applicability", "RiskPlan", "SecurityPlan", "UpdatePolicy", "Policy"}
    assert single == {one for one in {*told, "TransitionPlan"} if one in KINDS}


def test_nobody_stands_in_where_a_second_person_is_the_point() -> None:
    alone = {kind.__name__ for kind in KINDS_HERE if not kind.meta.stand_in}
    assert alone == {one for one in ("Release", "Risk", "Decision", "SigningKey", "ReleaseDecision") if one in KINDS}
