"""Sample contents of any kind or value, made from its annotations: the smallest one that reads as the kind."""

from __future__ import annotations

import hashlib
import json
import types
from collections.abc import Iterator
from enum import StrEnum
from functools import cache
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin

import pydantic
from pydantic.fields import FieldInfo
from pydantic_core import to_jsonable_python

from asepsis.record.kind import KINDS, Kind, Ref, Value

K = TypeVar("K", bound=pydantic.BaseModel)

STORED = {"digest": "0" * 64, "shows": "some shows", "media_type": "application/pdf", "size": 1234}

# What a kind or value needs beyond its required fields, or otherwise than the first choice, for its validators.
NEEDS: dict[str, dict[str, Any]] = {
    "Attestation": {"obligation": "4.1.1-2"},
    "Auditor": {"organisation": "Example Audits"},
    "AuthorityReport": {"due": "2026-01-16T08:00:00.000000Z", "content": {**STORED}},
    "CaseNote": {"text": "some text"},
    "CategoryChange": {"from_category": "supported", "to_category": "required"},
    "Claim": {"edition": "iec-81001-5-1-2021"},
    "ComponentPattern": {"purl": "pkg:generic/*"},
    "Control": {"indicator": "some indicator", "trigger": "some trigger"},
    "Decision": {"risk": hashlib.sha256(b"risk").hexdigest()[:32]},
    "DesignPractice": {"practice": "some practice"},
    "Deviation": {"rule": "some-rule"},
    "Evidence": {"media_type": "application/pdf", "size": 1234},
    "Exploitability": {"versions": ["*"]},
    "Finding": {"results": [{"tool": "some tool"}]},
    "MonitoredSource": {"feed": "some feed"},
    "NotApplicable": {"obligation": "4.1.5-1"},
    "PolicyValue": {"name": "quality.procedure_review_months", "set_to": "12"},
    "Qualification": {"shown_by": "certificate"},
    "Requirement": {"law": "some law"},
    "Review": {"change_set": {"to_commit": "some commit"}},
    "Risk": {"threats": [hashlib.sha256(b"threat").hexdigest()[:32]]},
    "RiskPlan": {
        "methods": [{"method": "cvss4.0", "version": "4.0", "lowest": "0.0", "highest": "10.0", "step": "0.1"}],
        "harm_scale": [{"level": "none", "meaning": "Nobody is harmed."}],
        "cells": [
            {"method": "cvss4.0", "score_from": "0.0", "score_to": "10.0", "harm": "none", "verdict": "acceptable"}
        ],
    },
    "Score": {"number": "5.0"},
    "SoftwareItem": {"purl": "pkg:generic/openssl"},
    "TestCase": {"steps": "some steps"},
    "Threat": {"category": "tampering"},
    "UpdateVerification": {"update": hashlib.sha256(b"update").hexdigest()[:32]},
}


def smallest(kind: type[pydantic.BaseModel], /, **overrides: Any) -> dict[str, Any]:
    """Return the smallest full content of `kind` as a plain JSON value; `overrides` take the place of what it holds.

    An override is given as a plain value, a day, a choice, or a value of the program. `None` leaves the field out.
    The same call gives the same content. Raises `LookupError` where no sample fits a type: then give an override,
    or a line in `NEEDS`.
    """
    needs = NEEDS.get(kind.__name__, {}) | overrides
    found = {
        name: _sample(_whole(info), name)
        for name, info in kind.model_fields.items()
        if info.is_required() and name not in needs
    }
    return {
        name: to_jsonable_python(one, exclude_none=True) for name, one in (found | needs).items() if one is not None
    }


def content(kind: type[K], /, **overrides: Any) -> K:
    """Return the smallest full content of `kind`, read."""
    return kind.model_validate_json(as_bytes(smallest(kind, **overrides)))


def as_bytes(value: dict[str, Any]) -> bytes:
    """Return a plain JSON value as the bytes that `read_content` and `read_draft` take."""
    return json.dumps(value).encode()


def required(kind: type[pydantic.BaseModel]) -> Iterator[str]:
    """Yield the name of each field that `kind` cannot do without."""
    return (name for name, info in kind.model_fields.items() if info.is_required())


def values_of(kind: type[pydantic.BaseModel]) -> Iterator[type[Value]]:
    """Yield each class of value that stands in `kind`, nested ones too."""
    for info in kind.model_fields.values():
        for part in parts(info.annotation):
            if isinstance(part, type) and issubclass(part, Value):
                yield part
                yield from values_of(part)


def an_id(name: str) -> str:
    """Return the id that samples hold in a field called `name`."""
    return hashlib.sha256(name.encode()).hexdigest()[:32]


def _whole(info: FieldInfo) -> Any:
    return Annotated[(info.annotation, *info.metadata)] if info.metadata else info.annotation


def _sample(annotation: Any, name: str) -> Any:
    origin, inner = get_origin(annotation), get_args(annotation)
    if origin is Annotated and get_origin(inner[0]) is tuple:
        longer = any(getattr(rule, "min_length", None) for rule in inner[1:])
        return [_sample(get_args(inner[0])[0], name)] if longer else []
    if origin is tuple:
        return []
    if origin is Literal:
        return inner[0]
    if origin in (Union, types.UnionType):
        return _sample(inner[0], name)
    if origin is Ref:
        return an_id(name)
    if isinstance(annotation, type) and issubclass(annotation, StrEnum):
        return next(iter(annotation)).value
    if isinstance(annotation, type) and issubclass(annotation, pydantic.BaseModel):
        return smallest(annotation)
    return _scalar(annotation, name)


def _scalar(annotation: Any, name: str) -> Any:
    reads = _adapter(annotation)
    for one in _candidates(name):
        try:
            reads.validate_json(json.dumps(one))
        except pydantic.ValidationError:
            continue
        return one
    raise LookupError(f"no sample fits {name}: {annotation}")


@cache
def _adapter(annotation: Any) -> pydantic.TypeAdapter[Any]:
    return pydantic.TypeAdapter(annotation)


def _candidates(name: str) -> Iterator[Any]:
    yield f"some {name.replace('_', ' ')}"
    yield from (an_id(name), hashlib.sha256(name.encode()).hexdigest())
    yield from (
        "2026-01-02",
        "2026-01-02T08:00:00.000000Z",
        "7.2",
        "7.2-1",
        "0.5",
        "DE",
        "Threat",
        "CWE-79",
        "CVE-2026-1",
    )
    yield from ("pkg:generic/thing", "vers:semver/>=1.0.0", "word", "WORD", "a", "A", True, 1, 0)


def parts(annotation: Any) -> Iterator[Any]:
    """Yield each type that stands in an annotation, through unions, tuples and `Annotated`."""
    if get_origin(annotation) is Annotated:
        yield from parts(get_args(annotation)[0])
    elif get_origin(annotation) in (tuple, Union, types.UnionType):
        for one in get_args(annotation):
            yield from parts(one)
    else:
        yield annotation


def kinds_of(process: str) -> list[type[Kind]]:
    """Return the kinds of a process, whose `records` have to be imported already."""
    return [kind for kind in KINDS.values() if kind.meta.process == process]
