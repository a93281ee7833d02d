"""Kinds of records: strict, frozen, versioned classes, the drafts made from them, and the references between them."""

from __future__ import annotations

import re
import types
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from datetime import UTC, date, datetime
from enum import StrEnum
from functools import cache
from sys import intern
from typing import (
    TYPE_CHECKING,
    Annotated,
    Any,
    ClassVar,
    Generic,
    Literal,
    Protocol,
    TypeVar,
    Union,
    dataclass_transform,
    get_args,
    get_origin,
)

import pydantic
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from asepsis.errors import InputError
from asepsis.record.slots import Slot
from asepsis.sentences import Sentence

if TYPE_CHECKING:
    from pydantic import GetCoreSchemaHandler

MOST = 2**53 - 1  # the largest integer that every JSON reader keeps
ID = r"^[0-9a-f]{32}$"
DIGEST = r"^[0-9a-f]{64}$"

K = TypeVar("K", bound="Kind", covariant=True)


class IncompleteError(InputError):
    """A record's content does not read as its kind, or a draft holds a value of another type."""

    code = "record-incomplete"
    sentence = Sentence(
        "{record} does not read as {kind}: {problems}.",
        next="Correct what is named and try again; nothing was saved.",
    )


class UnknownKindError(InputError):
    """There is no kind of this name."""

    code = "kind-unknown"
    sentence = Sentence("There is no kind of record called {name}.", next="`asepsis kinds` lists them.")


# --- values ---------------------------------------------------------------------------------------------------------


class _DayRule:
    """A day as `2026-11-25` and nothing else: pydantic alone takes a number of seconds for a day."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_after_validator_function(
            _day,
            core_schema.str_schema(pattern=r"^\d{4}-\d{2}-\d{2}$", strict=True),
            serialization=core_schema.plain_serializer_function_ser_schema(date.isoformat),
        )


class _InstantRule:
    """An instant as `2026-11-25T01:02:03.000004Z` and nothing else."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_after_validator_function(
            _instant,
            core_schema.str_schema(pattern=r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{6}Z$", strict=True),
            serialization=core_schema.plain_serializer_function_ser_schema(lambda at: f"{at:%Y-%m-%dT%H:%M:%S.%fZ}"),
        )


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise PydanticCustomError("day", "there is no such day") from error


def _instant(text: str) -> datetime:
    try:
        return datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=UTC)
    except ValueError as error:
        raise PydanticCustomError("instant", "there is no such instant") from error


Text = Annotated[str, pydantic.StringConstraints(strict=True, min_length=1, max_length=50_000, pattern=r"\S")]
Person = Annotated[str, pydantic.StringConstraints(strict=True, pattern=ID)]
Digest = Annotated[str, pydantic.StringConstraints(strict=True, pattern=DIGEST)]
Clause = Annotated[str, pydantic.StringConstraints(strict=True, pattern=r"^([4-9](\.\d{1,2}){0,2}|F\.\d)$")]
ObligationId = Annotated[
    str, pydantic.StringConstraints(strict=True, pattern=r"^([4-9](\.\d{1,2}){0,2}|F\.\d)-\d{1,2}$")
]
Decimal = Annotated[str, pydantic.StringConstraints(strict=True, pattern=r"^-?(0|[1-9]\d{0,8})(\.\d{1,6})?$")]
Count = Annotated[int, pydantic.Field(strict=True, ge=0, le=MOST)]
Days = Annotated[int, pydantic.Field(strict=True, ge=0, le=36_500)]
Months = Annotated[int, pydantic.Field(strict=True, ge=0, le=1_200)]
Level = Annotated[int, pydantic.Field(strict=True, ge=0, le=3)]

if TYPE_CHECKING:
    Day = date
    Instant = datetime
else:
    Day = Annotated[date, _DayRule()]
    Instant = Annotated[datetime, _InstantRule()]


class Choice(StrEnum):
    """One word out of a fixed list."""


class Ref(str, Generic[K]):
    """The id of a record that this one rests on (or, in a field marked `names`, merely names)."""

    __slots__ = ()

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_after_validator_function(
            cls,
            core_schema.str_schema(pattern=ID, strict=True),
            serialization=core_schema.plain_serializer_function_ser_schema(str),
        )


# --- fields ---------------------------------------------------------------------------------------------------------


def field(
    help: str,  # noqa: A002 - it is the help that a page shows beside the field
    *,
    default: Any = ...,
    progress: bool = False,
    immaterial: bool = False,
    names: bool = False,
    happened: bool = False,
    ge: int | None = None,
    le: int | None = None,
    min_length: int | None = None,
) -> Any:
    """Return a field of a kind or value, with the help that stands beside it.

    `progress`: it only says what happened after signing. `immaterial`: a change of it makes no link suspect.
    `names`: its references merely name their target and are never suspect. `happened`: it says when something was, so
    it never lies ahead; fields called `on` or `…_on` say so by their name.
    """
    marks = {"progress": progress, "immaterial": immaterial, "names": names, "happened": happened}
    # As `gt` and `lt`: of two `ge`, pydantic lets that of the type win, and a stricter one of the field would be lost.
    above, below = None if ge is None else ge - 1, None if le is None else le + 1
    extra: dict[str, Any] = {**marks}
    return pydantic.Field(default, description=help, json_schema_extra=extra, gt=above, lt=below, min_length=min_length)


_STRICT = pydantic.ConfigDict(
    frozen=True, strict=True, extra="forbid", revalidate_instances="never", protected_namespaces=(), cache_strings="all"
)
_WHEN_USED = pydantic.ConfigDict(**_STRICT, defer_build=True)  # a command reads a few kinds, and there are eighty


@dataclass_transform(kw_only_default=True, field_specifiers=(field,))
class Value(pydantic.BaseModel):
    """A small value inside a record's content."""

    model_config = _WHEN_USED


class Evidence(Value):
    """A file that shows something: stored here by its digest, or kept elsewhere at an address."""

    digest: Digest = field("SHA-256 of the file.")
    shows: Text = field("What it shows, in a few words: `certificate of 2025` or `signed minutes`.")
    media_type: Text | None = field("What kind of file it is, for a stored one.", default=None)
    size: Count | None = field("Its size in bytes, for a stored one.", default=None)
    address: Text | None = field("Where it is kept, if not here.", default=None)
    seen_on: Day | None = field("The day on which it was seen there.", default=None)

    @pydantic.model_validator(mode="after")
    def _here_or_elsewhere(self) -> Evidence:
        if self.address is None and (self.media_type is None or self.size is None):
            raise PydanticCustomError("evidence", "a stored file has a media type and a size, another has an address")
        if self.address is not None and self.seen_on is None:
            raise PydanticCustomError("evidence", "a file kept elsewhere has the day on which it was seen")
        return self

    @property
    def stored(self) -> bool:
        """Return whether its bytes are to be found here."""
        return self.address is None


class Retirement(Value):
    """Why a record no longer counts, and what stands in its place."""

    why: Text = field("Why it no longer counts.")
    replaced_by: Ref[Kind] | None = field("The record that stands in its place.", default=None, names=True)


class SignedElsewhere(Value):
    """A signature on the original of a record that was signed before it came here."""

    meaning: Text = field("What the signature says there, for example `approved` or `released`.")
    role: Text = field("In which role it was given, for example `head of quality`. No name: the original has it.")
    on: Day = field("The day on which it was given.")


class TakenOver(Value):
    """What was signed elsewhere before Asepsis came: its original, and who signed that when."""

    original: Evidence = field("The original as it was signed, for example the scanned PDF.")
    on: Day = field("The day from which it held, as the original says. Rules about order in time go by this day.")
    signatures: tuple[SignedElsewhere, ...] = field("The signatures on the original.", min_length=1)


class Look(Protocol):
    """What the slots of a submission may depend on: effective content by reference, backwards, in force; the policy."""

    @property
    def policy(self) -> Mapping[str, Any]: ...
    def get(self, ref: Ref[K]) -> K | None: ...
    def back(self, ref: str, kind: type[K]) -> tuple[K, ...]: ...
    def in_force(self, kind: type[K]) -> K | None: ...


Scope = Literal["O", "P", "OP"]
Slots = tuple[Slot, ...] | Callable[[Any, Look], tuple[Slot, ...]]
Warns = bool | Callable[[Any], bool]


@dataclass(frozen=True, slots=True)
class About:
    """What is fixed for all records of a kind."""

    name: str
    prefix: str
    version: int
    of: Scope
    signed: Slots
    four_eyes: bool
    single: bool
    warns: Warns
    stand_in: bool
    who: str | None
    due: str | None
    rank: str | None
    group: str | None
    process: str


KINDS: dict[str, type[Kind]] = {}


@dataclass_transform(kw_only_default=True, field_specifiers=(field,))
class Kind(pydantic.BaseModel):
    """The content of a record. Its subclasses are the kinds; their docstrings and field helps are what people read.

    Class arguments: `prefix` of its labels; `version` of its shape; `of` whom it is (`O` organisation, `P` product,
    `OP` either); `signed`, the slots that make a revision effective, or a pure function `(content, look) -> slots`;
    an empty tuple means effective at its submission. `four_eyes` makes all slots `apart`; `stand_in=False` forbids a
    second pair of eyes by deputy or quality; `single`: one in a scope; `warns`: counts from its first save, always or
    where the function says so; `who`, `due`, `rank`, `group` name the fields that lists filter and sort by.
    """

    model_config = _WHEN_USED
    meta: ClassVar[About]  # not `about`: that is what many kinds call the records they are about

    title: Text = field("What people call it: a few words that tell it from its neighbours.", immaterial=True)
    notes: Text | None = field("What else is worth knowing (CommonMark).", default=None, immaterial=True)
    former_id: Text | None = field("Its number in the system it came from.", default=None, immaterial=True)
    taken_over: TakenOver | None = field(
        "For what was signed elsewhere before: its original. Quality then signs that this is a true copy.", default=None
    )
    retired: Retirement | None = field("Filled when it no longer counts.", default=None)

    def __init_subclass__(cls, **arguments: Any) -> None:
        super().__init_subclass__()

    @classmethod
    def __pydantic_init_subclass__(  # type: ignore[override]  # the arguments of a kind, named
        cls,
        *,
        prefix: str,
        version: int = 1,
        of: Scope = "P",
        signed: Slots = (),
        four_eyes: bool = False,
        single: bool = False,
        warns: Warns = False,
        stand_in: bool = True,
        who: str | None = None,
        due: str | None = None,
        rank: str | None = None,
        group: str | None = None,
    ) -> None:
        cls.meta = About(
            cls.__name__, prefix, version, of, signed, four_eyes, single, warns, stand_in, who, due, rank, group,
            process=f".{cls.__module__}".split(".")[-2],
        )  # fmt: skip
        for column in (who, due, rank, group):
            if column is not None and column not in cls.model_fields:
                raise TypeError(f"{cls.__name__} has no field {column!r} to sort by")
        if not re.fullmatch(r"[A-Z]{3}", prefix):
            raise TypeError(f"{prefix!r} is not three capital letters")
        taken = [kind for kind in KINDS.values() if kind.meta.prefix == prefix and kind.__name__ != cls.__name__]
        if taken:
            raise TypeError(f"{prefix} is the prefix of {taken[0].__name__} already")
        if cls.__module__ != KINDS.get(cls.__name__, cls).__module__:
            raise TypeError(f"there is a kind called {cls.__name__} already")
        KINDS[cls.__name__] = cls

    @classmethod
    def slots(cls, content: Kind, look: Look) -> tuple[Slot, ...]:
        """Return the signatures that `content` needs to become effective."""
        signed = cls.meta.signed
        slots = signed(content, look) if callable(signed) else signed
        if not cls.meta.four_eyes:
            return slots
        return tuple(Slot(slot.meaning, slot.roles, slot.person, apart=True) for slot in slots)

    @classmethod
    def warning(cls, content: Any) -> bool:
        """Return whether `content` counts from its first save; `content` may be a draft."""
        warns = cls.meta.warns
        return warns(content) if callable(warns) else warns


Retirement.model_rebuild()
Kind.model_rebuild()


def kind_named(name: str) -> type[Kind]:
    """Return the kind called `name`, or whose labels begin with it. Raises `UnknownKindError`."""
    if name in KINDS:
        return KINDS[name]
    for kind in KINDS.values():
        if name.casefold() in (kind.__name__.casefold(), kind.meta.prefix.casefold()):
            return kind
    raise UnknownKindError(name=name)


def complete_kinds() -> None:
    """Make ready what reads each kind, which else is done when it is first used: for threads that share them."""
    for kind in KINDS.values():
        kind.model_rebuild()


# --- drafts ---------------------------------------------------------------------------------------------------------


@cache
def draft_of(kind: type[pydantic.BaseModel]) -> type[pydantic.BaseModel]:
    """Return the draft of a kind or value: the same fields and types, each allowed to be absent, nested ones too."""
    fields: dict[str, Any] = {}
    for name, info in kind.model_fields.items():
        annotation = _drafted(info.annotation)
        if rules := [rule for rule in info.metadata if type(rule).__name__ != "MinLen"]:
            annotation = Annotated[(annotation, *rules)]
        fields[name] = (
            annotation | None,
            pydantic.Field(None, description=info.description, json_schema_extra=info.json_schema_extra),
        )
    return pydantic.create_model(f"{kind.__name__}Draft", __config__=_STRICT, __doc__=kind.__doc__, **fields)


def _drafted(annotation: Any) -> Any:
    origin, inner = get_origin(annotation), get_args(annotation)
    if isinstance(annotation, type) and issubclass(annotation, Value):
        return draft_of(annotation)
    if origin is tuple:
        return tuple[tuple(_drafted(one) for one in inner)]  # type: ignore[misc]
    if origin in (Union, types.UnionType):
        return Union[tuple(_drafted(one) for one in inner)]  # noqa: UP007 - the members are known at run time only
    return annotation


# --- reading and writing content ------------------------------------------------------------------------------------


_GIVEN: set[str] = set()  # nobody asks which fields were given, and a set in each of 100,000 contents takes 70 MB


def read_content(kind: type[K], value: bytes, record: str = "It") -> K:
    """Return `value`, canonical JSON, as its kind. Raises `IncompleteError`, which names each field that is wrong."""
    try:
        content = kind.model_validate_json(value)
    except pydantic.ValidationError as error:
        raise IncompleteError(record=record, kind=kind.__name__, problems=problems(error)) from error
    object.__setattr__(content, "__pydantic_fields_set__", _GIVEN)
    return content


def read_draft(kind: type[Kind], value: bytes, record: str = "It") -> pydantic.BaseModel:
    """Return `value`, canonical JSON, as a draft of its kind. Raises `IncompleteError`."""
    try:
        return draft_of(kind).model_validate_json(value)
    except pydantic.ValidationError as error:
        raise IncompleteError(record=record, kind=kind.__name__, problems=problems(error)) from error


def plain_value(content: pydantic.BaseModel) -> dict[str, Any]:
    """Return content or a draft as a JSON value with one form for each content: nothing absent, no empty list."""
    return dict(_pruned(content.model_dump(mode="json", exclude_none=True)))


def _pruned(value: Any) -> Any:
    if isinstance(value, dict):
        pruned = {name: _pruned(one) for name, one in value.items()}
        return {name: one for name, one in pruned.items() if one is not None and one != [] and one != {}}
    if isinstance(value, list):
        return [_pruned(one) for one in value]
    return value


def problems(error: pydantic.ValidationError) -> str:
    """Return what is wrong as one text: each field with what was found there, ten of them at the most."""
    told = list(dict.fromkeys(f"{place} {complaint}" for place, complaint in complaints(error)))
    if len(told) > 10:
        told = [*told[:10], f"and {len(told) - 10} more"]
    return "; ".join(told)


def complaints(error: pydantic.ValidationError) -> Iterator[tuple[str, str]]:
    """Yield each place that is wrong, `steps[2].text`, with what was found there."""
    for one in error.errors(include_url=False):
        yield _place(one["loc"]), _complaint(one)


def _place(location: tuple[int | str, ...]) -> str:
    place = ""
    for part in location:
        if isinstance(part, int):
            place += f"[{part + 1}]"
        elif re.fullmatch(r"[a-z][a-z0-9_]*", part) and part not in ("function-after", "none", "str", "int"):
            place += f".{part}" if place else part
    return place or "as a whole"


def _complaint(error: Any) -> str:
    match error["type"]:
        case "missing":
            return "is missing"
        case "extra_forbidden":
            return "is no field of it"
        case "string_pattern_mismatch" if not str(error["input"]).strip():
            return "is empty"
        case "string_pattern_mismatch":
            return f"does not have the form asked for ({error['input']!r})"[:200]
        case "enum":
            return f"is {error['input']!r}, not one of {error['ctx']['expected']}"
        case "too_short" | "string_too_short":
            return "is empty"
        case _:
            message = error["msg"].removeprefix("Value error, ")
            return f"{message[:1].lower()}{message[1:]}"


# --- references, progress and what matters --------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Reference:
    """One reference found in a content: the field it stands in and the record it names."""

    field: str
    target: str
    names: bool


@dataclass(frozen=True, slots=True)
class Shape:
    """What the program knows about the fields of a kind, worked out once."""

    progress: frozenset[str]
    nested_progress: tuple[tuple[str, ...], ...]
    immaterial: frozenset[str]
    targets: dict[str, tuple[frozenset[type[Kind]], bool]] = dataclass_field(default_factory=dict)
    happened: tuple[str, ...] = ()  # where a day or an instant stands at which something happened


@cache
def shape_of(kind: type[pydantic.BaseModel]) -> Shape:
    """Return which fields of `kind` are progress, which are immaterial, and what its references may point to."""
    progress, nested, immaterial = set(), [], set()
    targets: dict[str, tuple[frozenset[type[Kind]], bool]] = {}
    happened: list[str] = []
    for name, info in kind.model_fields.items():
        marks = info.json_schema_extra if isinstance(info.json_schema_extra, dict) else {}
        if marks.get("progress"):
            progress.add(name)
        if marks.get("immaterial"):
            immaterial.add(name)
        for part in _parts(info.annotation):
            if get_origin(part) is Ref:
                kinds = frozenset(one for arg in get_args(part) for one in _kinds(arg))
                targets[name] = (targets[name][0] | kinds if name in targets else kinds, bool(marks.get("names")))
            elif isinstance(part, type) and issubclass(part, Value):
                inner = shape_of(part)
                nested += [(name, one) for one in inner.progress] + [(name, *path) for path in inner.nested_progress]
                targets |= {f"{name}.{path}": target for path, target in inner.targets.items()}
                happened += [f"{name}.{path}" for path in inner.happened]
            elif part in (date, datetime) and (marks.get("happened") or name == "on" or name.endswith("_on")):
                happened.append(name)
    return Shape(frozenset(progress), tuple(nested), frozenset(immaterial), targets, tuple(happened))


def _parts(annotation: Any) -> Iterator[Any]:
    """Yield each type that stands in an annotation, through unions, tuples and `Annotated`; a `Ref[...]` stays whole."""
    origin = get_origin(annotation)
    if origin is Annotated:
        yield from _parts(get_args(annotation)[0])
    elif origin in (tuple, Union, types.UnionType):
        for one in get_args(annotation):
            yield from _parts(one)
    else:
        yield annotation


def _kinds(target: Any) -> Iterator[type[Kind]]:
    if get_origin(target) in (Union, types.UnionType):
        for one in get_args(target):
            yield from _kinds(one)
    else:
        yield target


def references(kind: type[Kind], value: dict[str, Any]) -> tuple[Reference, ...]:
    """Return each reference in `value`, the plain JSON value of a content or draft, without repeats, in field order."""
    found: list[Reference] = []
    for path, parts, names in _references_of(kind):
        if parts[0] in value:
            for target in dict.fromkeys(_at(value[parts[0]], parts[1:])):
                found.append(Reference(path, intern(target), names))  # many refer to one
    return tuple(found)


@cache
def _references_of(kind: type[Kind]) -> tuple[tuple[str, tuple[str, ...], bool], ...]:
    """Return path, its parts, and whether it merely names its target, for each reference that `kind` can hold."""
    return tuple((path, tuple(path.split(".")), names) for path, (_, names) in shape_of(kind).targets.items())


def times_of(kind: type[Kind], value: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield field and day, or instant, of each thing that has happened by `value`, a plain content or draft.

    They stand as they were written: `2026-11-25`, or `2026-11-25T01:02:03.000004Z`.
    """
    for path in shape_of(kind).happened:
        for time in _at(value, tuple(path.split("."))):
            yield path, time


def _at(value: Any, path: tuple[str, ...]) -> list[str]:
    """Return each text that stands in `value` where `path` leads, through lists."""
    if isinstance(value, str):
        return [] if path else [value]
    if isinstance(value, list):
        return [text for one in value for text in _at(one, path)]
    return _at(value[path[0]], path[1:]) if path and isinstance(value, dict) and path[0] in value else []


def matters(kind: type[Kind], value: dict[str, Any]) -> dict[str, Any]:
    """Return the part of `value` that matters to whoever rests on the record: no progress, nothing immaterial."""
    shape = shape_of(kind)
    return _without(value, shape.immaterial | shape.progress, shape.nested_progress)


def signed_part(kind: type[Kind], value: dict[str, Any]) -> dict[str, Any]:
    """Return the part of `value` that is not progress: two contents equal in it differ in progress only."""
    shape = shape_of(kind)
    return _without(value, shape.progress, shape.nested_progress)


def _without(value: dict[str, Any], names: frozenset[str], paths: tuple[tuple[str, ...], ...]) -> dict[str, Any]:
    kept = {name: one for name, one in value.items() if name not in names}
    for first, *rest in paths:
        if first in kept:
            kept[first] = _cut(kept[first], tuple(rest))
    return kept


def _cut(value: Any, path: tuple[str, ...]) -> Any:
    if isinstance(value, list):
        return [_cut(one, path) for one in value]
    if not isinstance(value, dict):
        return value
    first, *rest = path
    if not rest:
        return {name: one for name, one in value.items() if name != first}
    return {name: _cut(one, tuple(rest)) if name == first else one for name, one in value.items()}
