"""Columns matched to the places of a kind: by their names, by other names that people use, by the words of the help."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from asepsis.exchange.tables.places import Place, places_of
from asepsis.exchange.tables.sheet import Row, Sheet
from asepsis.record.kind import KINDS, Kind, kind_named

# What people call the places, in their tables and in the tools that they come from.
OTHER_NAMES: Mapping[str, tuple[str, ...]] = {
    "label": ("label", "asepsis id", "asepsis label"),
    "title": ("name", "summary", "short name", "caption", "heading", "headline", "short description", "short text", "subject",
              "reqif name", "reqif chaptername"),
    "former_id": ("id", "number", "no", "nr", "key", "issue key", "identifier", "old id", "external id", "unique id",
                  "reqif foreignid", "reference number"),
    "notes": ("note", "comment", "remark"),
    "statement": ("requirement", "description", "text", "requirement text", "shall statement", "reqif text"),
    "stages": ("life cycle phase", "lifecycle phase", "life cycle stage", "lifecycle stage", "phase", "when"),
    "law": ("regulation", "legal requirement", "standard", "legal basis"),
    "customer": ("customer requirement", "contract"),
    "capability": ("category", "topic", "area"),
    "criterion": ("acceptance criterion", "acceptance criteria", "verification criterion", "verification criteria",
                  "verification", "fit criterion"),
    "because": ("traces to", "derived from", "satisfies", "source", "rationale link", "parent", "links", "linked to",
                "risk", "risk id", "mitigates risk", "related risk", "linked risk", "risk control"),
    "threats": ("threat", "threat id"),
    "controls": ("control", "mitigation", "measure", "risk control", "risk control measure", "mitigated by", "requirement",
                 "requirement id", "related requirement", "linked requirement", "security requirement"),
    "mitigates": ("threat", "mitigated threat"),
    "attack_vector": ("vector", "attack"),
    "initial.vector": ("initial vector", "cvss vector", "vector", "cvss vector initial", "initial cvss vector",
                       "cvss vector before", "initial cvss", "cvss before", "cvss initial", "inherent cvss vector"),
    "initial.number": ("initial score", "score before", "cvss score"),
    "residual.vector": ("residual vector", "cvss vector residual", "residual cvss vector", "cvss vector after",
                        "residual cvss", "cvss after", "cvss residual"),
    "residual.number": ("residual score", "score after"),
    "severity.vector": ("cvss vector", "severity vector"),
    "severity.number": ("cvss score", "severity score"),
    "owner": ("responsible", "owned by"),
    "harm_before": ("harm", "initial harm", "severity of harm", "impact", "harm initial"),
    "harm_after": ("residual harm", "harm residual", "residual impact"),
    "evaluation": ("acceptability", "acceptable", "risk acceptability", "conclusion"),
    "taken_over.on": ("held since", "held from", "valid from", "in force since", "effective since"),
    "taken_over.original.file": ("file", "original", "pdf", "scan", "signed file"),
    "taken_over.original.shows": ("shows", "original shows"),
    "taken_over.signatures.meaning": ("meaning", "signature meaning", "signed as"),
    "taken_over.signatures.role": ("signer", "original signer", "signed by", "signer role", "role of signer"),
    "taken_over.signatures.on": ("signed on", "day signed", "date signed", "signature date", "signing day"),
}  # fmt: skip
_SMALL = frozenset(
    {"a", "an", "and", "as", "at", "by", "for", "from", "in", "is", "it", "its", "of", "on", "or", "the", "to"}
)
_KIND = (("kind",), ("record",), ("record", "kind"), ("kind", "of", "record"))
_WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True, slots=True)
class Match:
    """What a heading is taken for; `sure` where its name says so, not only its words."""

    heading: str
    place: Place | None
    sure: bool = True


def matched(kind: type[Kind], headings: Iterable[str]) -> tuple[Match, ...]:
    """Return what each heading is taken for; of two that mean the same place the surer, then the first has it."""
    every = tuple(headings)
    names = _names(kind)
    found: dict[str, Match] = {}
    taken: set[str] = set()
    for find in (_by_name, _by_other_name, _by_words):
        own = _words(_parted(kind.__name__))
        for heading in sorted(
            every, key=lambda one: _words(one) == own
        ):  # `Requirement` beside `Description` is its title
            place = find(kind, heading, names) if heading not in found else None
            if place is not None and place.name in taken and _words(heading) == own:
                place = names.get(("title",))
            if place is not None and place.name not in taken:
                found[heading] = Match(heading, place, find is not _by_words)
                taken.add(place.name)
    return tuple(found.get(one, Match(one, None)) for one in every)


def kind_of_sheet(name: str) -> type[Kind] | None:
    """Return the kind that a sheet or an object type is called after: `Requirements`, `threat list`, `Security risks`, `REQ`."""
    words = _words(_parted(name))
    if not words:
        return None
    kinds = {_words(_parted(kind.__name__)): kind for kind in KINDS.values()}
    prefixes = {_words(kind.meta.prefix): kind for kind in KINDS.values()}
    return (
        kinds.get(words)
        or prefixes.get(words)
        or kinds.get(words[:-1])
        or kinds.get(words[-1:])
        or kinds.get(words[:1])
    )


def by_kind(sheet: Sheet) -> dict[type[Kind], Sheet] | None:
    """Return a sheet with a column `kind` as one for each kind that it names, without that column.

    Returns `None` where there is no such column.

    Raises `UnknownKindError` where a cell of it names none.
    """
    index = next((at for at, one in enumerate(sheet.headings) if _words(one.name) in _KIND), None)
    if index is None:
        return None
    rows: dict[type[Kind], list[Row]] = {}
    for row in sheet.rows:
        kind = kind_of_sheet(row.cells[index]) or kind_named(row.cells[index].strip() or f"in row {row.number}")
        rows.setdefault(kind, []).append(row)
    rest = sheet.without(index)
    kept = {row.number: row for row in rest.rows}
    return {kind: replace(rest, rows=tuple(kept[row.number] for row in own)) for kind, own in rows.items()}


def place_named(kind: type[Kind], text: str) -> Place | None:
    """Return the place that a person names: as a path, `need.confidentiality`, or in its words."""
    return next((one for one in places_of(kind) if text.strip() == one.name), None) or _by_name(
        kind, text, _names(kind)
    )


def _names(kind: type[Kind]) -> dict[tuple[str, ...], Place]:
    return {_words(one.words): one for one in reversed(places_of(kind))}


def _by_name(kind: type[Kind], heading: str, names: Mapping[tuple[str, ...], Place]) -> Place | None:
    exact = (one for one in places_of(kind) if heading.strip().casefold() in (one.words.casefold(), one.name))
    return next(exact, None) or names.get(_words(heading)) or names.get(_without(kind, heading))


def _by_other_name(kind: type[Kind], heading: str, names: Mapping[tuple[str, ...], Place]) -> Place | None:
    wanted = {_words(heading), _without(kind, heading)}
    by_path = {one.name: one for one in names.values()}
    own = _words(_parted(kind.__name__))
    fits = [
        by_path[at] for at, other in OTHER_NAMES.items() if at in by_path and wanted & {_words(one) for one in other}
    ]
    if not fits and _words(heading) == own:
        fits = [by_path["title"]]
    return fits[0] if fits else None


def _by_words(kind: type[Kind], heading: str, names: Mapping[tuple[str, ...], Place]) -> Place | None:
    """Return the one place in whose name or help all words of a heading stand."""
    wanted = set(_words(heading)) - _SMALL
    if not wanted:
        return None
    fits = [one for words, one in names.items() if wanted <= {*words, *_words(one.help)} and "." not in one.name]
    return fits[0] if len(fits) == 1 else None


def _without(kind: type[Kind], heading: str) -> tuple[str, ...]:
    """Return the words of a heading without those of the kind before them: `Risk owner` is the owner of a risk."""
    words, own = _words(heading), _words(_parted(kind.__name__))
    if words[:1] == _words(kind.meta.prefix):
        own = words[:1]
    rest = words[len(own) :] if words[: len(own)] == own else words
    return rest or words


def _parted(name: str) -> str:
    """Return the name of a kind in words: `SystemModel`, `System Model`."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name)


def _words(text: str) -> tuple[str, ...]:
    """Return the words of a text as they are compared: without case, each as if there were one of it."""
    return tuple(_singular(one.casefold()) for one in _WORD.findall(text.replace("_", " ")))


def _singular(word: str) -> str:
    for many, one in (("yses", "ysis"), ("ies", "y"), ("ss", "ss"), ("is", "is"), ("us", "us"), ("s", "")):
        if word.endswith(many) and len(word) > 3:
            return word.removesuffix(many) + one
    return word
