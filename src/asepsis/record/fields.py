"""What may stand in a field of a kind, found in its annotation, as a person is told it and as a text is read for it."""

from __future__ import annotations

import types
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum, StrEnum
from functools import cache
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import pydantic
from pydantic.fields import FieldInfo

from asepsis.record.kind import ID, Kind, Ref, Value


class What(Enum):
    """What a value is."""

    TEXT = "text"
    NUMBER = "number"
    FLAG = "flag"
    CHOICE = "choice"
    DAY = "day"
    INSTANT = "instant"
    REFERENCE = "reference"
    ID = "id"
    VALUE = "value"
    LIST = "list"


@dataclass(frozen=True, slots=True)
class Form:
    """What one annotation takes. `choices` of a choice, `targets` of a reference, `value` of a value, `inner` of a list."""

    what: What
    choices: tuple[str, ...] = ()
    targets: tuple[str, ...] = ()
    value: type[Value] | None = None
    inner: Form | None = None

    @property
    def hint(self) -> str:
        """Return what a person may write there, in a few words."""
        match self.what:
            case What.NUMBER:
                return "a whole number"
            case What.FLAG:
                return "yes or no"
            case What.CHOICE:
                return f"one of {', '.join(self.choices)}"
            case What.DAY:
                return "a day such as 2026-11-25"
            case What.INSTANT:
                return "an instant such as 2026-11-25T08:30:00Z"
            case What.REFERENCE:
                return f"the label of a {' or '.join(self.targets)}"
            case What.ID:
                return "a person's name or id, or a product's code"
            case What.LIST if self.inner is not None:
                return f"a list, each member {self.inner.hint}"
            case What.VALUE if self.value is not None:
                return f"with {', '.join(self.value.model_fields)}"
            case _:
                return "a text"


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a kind or value. `needed`: no record is submitted without it."""

    name: str
    help: str
    form: Form
    needed: bool
    progress: bool


@cache
def fields_of(kind: type[pydantic.BaseModel]) -> tuple[Field, ...]:
    """Return the fields of a kind or value in the order in which people fill them; those of every kind come last."""
    fields = [_field(name, info) for name, info in kind.model_fields.items()]
    shared = set(Kind.model_fields) - {"title"}
    return tuple(sorted(fields, key=lambda one: issubclass(kind, Kind) and one.name in shared))


def _field(name: str, info: FieldInfo) -> Field:
    whole = Annotated[(info.annotation, *info.metadata)] if info.metadata else info.annotation
    marks = info.json_schema_extra if isinstance(info.json_schema_extra, dict) else {}
    least = any(getattr(rule, "min_length", None) for rule in info.metadata)
    listed = info.default == ()
    return Field(
        name,
        info.description or "",
        form_of(whole),
        needed=info.is_required() or (listed and least),
        progress=bool(marks.get("progress")),
    )


def form_of(annotation: Any) -> Form:
    """Return what an annotation takes."""
    rules: tuple[Any, ...] = ()
    while get_origin(annotation) is Annotated:
        annotation, *found = get_args(annotation)
        rules = (*rules, *found)
    origin, inner = get_origin(annotation), get_args(annotation)
    if origin in (Union, types.UnionType):
        forms = [form_of(one) for one in inner if one is not type(None)]
        return next((one for one in forms if one.what is What.VALUE), forms[0])
    if origin is tuple:
        return Form(What.LIST, inner=form_of(inner[0]))
    if origin is Literal:
        return Form(What.CHOICE, choices=tuple(str(one) for one in inner))
    if origin is Ref:
        return Form(What.REFERENCE, targets=tuple(_targets(inner[0])))
    return _scalar(annotation, rules)


def _scalar(annotation: Any, rules: tuple[Any, ...]) -> Form:
    if issubclass(annotation, Value):
        return Form(What.VALUE, value=annotation)
    if issubclass(annotation, StrEnum):
        return Form(What.CHOICE, choices=tuple(str(one.value) for one in annotation))
    if issubclass(annotation, bool):
        return Form(What.FLAG)
    if issubclass(annotation, int):
        return Form(What.NUMBER)
    if issubclass(annotation, datetime):
        return Form(What.INSTANT)
    if issubclass(annotation, date):
        return Form(What.DAY)
    return Form(What.ID if any(getattr(rule, "pattern", None) == ID for rule in rules) else What.TEXT)


def _targets(target: Any) -> Iterator[str]:
    if get_origin(target) in (Union, types.UnionType):
        for one in get_args(target):
            yield from _targets(one)
    else:
        yield "record" if target is Kind else target.__name__
