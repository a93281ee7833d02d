"""The value of a field as a page shows it: records as links, days, choices in words, evidence as a file to take away."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from functools import cache
from typing import Any, get_args, get_origin

import pydantic
from django.utils.html import conditional_escape, format_html, format_html_join
from django.utils.safestring import SafeString

from asepsis.record.kind import ID, Choice
from asepsis.web.words import DAY, Words, capital, field_words, is_digest

INSTANT = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{6}Z")
NUMBER = re.compile(r"\d{1,2}(\.\d)?")
VECTOR = re.compile(r"(CVSS:\d\.\d/)?[A-Z]{1,3}:[A-Z]{1,2}(/[A-Z]{1,3}:[A-Z]{1,2})+\S*|\S{40,}")
SCORE = {"method", "number", "vector"}  # the fields of a score
BANDS = ((Decimal("9.0"), "critical"), (Decimal("7.0"), "high"), (Decimal("4.0"), "medium"), (Decimal("0.1"), "low"))
SHORT = 60  # characters up to which a value needs no paragraph of its own


class Values:
    """How the values of one record are written. `file` gives the address of a file by its digest, where it is here."""

    def __init__(self, words: Words, kind: type[pydantic.BaseModel], file: Callable[[str], str | None]) -> None:
        self._words, self._file = words, file
        self._choices = choices(kind)

    def shown(self, name: str, value: Any) -> SafeString:
        """Return a value, which stands in a field called `name`."""
        match value:
            case bool():
                return conditional_escape("Yes" if value else "No")
            case int():
                return conditional_escape(f"{value:,}")
            case str():
                return self._text(name, value)
            case list():
                return self._listed(name, value)
            case {"digest": digest, "shows": str() as shows}:
                return self._evidence(value, str(digest), shows)
            case {"method": method} if value.keys() <= SCORE:
                return self._score(str(method), value)
            case dict():
                return self._inner(value)
        return conditional_escape(str(value))

    def _text(self, name: str, value: str) -> SafeString:
        if re.fullmatch(ID, value):
            row = self._words.record(value)
            return format_html("{} {}", self._words.link(row), row.title) if row else self._words.of_id(value)
        if is_digest(value):
            return format_html('<span class="digest">{}</span>', value)
        if DAY.fullmatch(value):
            return self._words.day(value)
        if INSTANT.fullmatch(value):
            return conditional_escape(self._words.moment.minute_of(value))
        if value in self._choices:
            words = value.replace("-", " ")
            return conditional_escape(capital(words) if value.replace("-", "").isalpha() else words)
        if "clause" in name or "obligation" in name:
            return conditional_escape(SafeString(self._words.shown(value)))
        if VECTOR.fullmatch(value):
            return format_html('<span class="mono">{}</span>', value)
        return format_html('<span class="text">{}</span>', value)

    def _listed(self, name: str, values: list[Any]) -> SafeString:
        told = [self.shown(name, one) for one in values]
        short = all(isinstance(one, str) and len(one) <= SHORT for one in values)
        look = "values short" if short else "values"
        return format_html(
            '<ul class="{}">{}</ul>', look, format_html_join("", "<li>{}</li>", ((one,) for one in told))
        )

    def _inner(self, value: Mapping[str, Any]) -> SafeString:
        rows = ((field_words(name), self.shown(name, one)) for name, one in value.items())
        return format_html('<dl class="inner">{}</dl>', format_html_join("", "<dt>{}</dt><dd>{}</dd>", rows))

    def _score(self, method: str, value: Mapping[str, Any]) -> SafeString:
        """Return a score: the number, how severe that is called, and the vector that it follows from."""
        number, vector = value.get("number"), value.get("vector")
        told = conditional_escape(method.upper())
        if number:
            told = format_html("<b>{}</b> {}", number, severity(method, str(number)) or method.upper())
        return format_html('{} <span class="mono">{}</span>', told, vector) if vector else told

    def _evidence(self, value: Mapping[str, Any], digest: str, shows: str) -> SafeString:
        address, size = self._file(digest), f"{value.get('size', 0):,}"
        if "address" in value:
            told = format_html("{}, kept at {}, seen on {}", shows, value["address"], value.get("seen_on", "no day"))
        elif address is None:
            told = format_html("{} ({}, {} bytes); its bytes are not here", shows, value.get("media_type", ""), size)
        else:
            what = value.get("media_type", "")
            told = format_html('<a href="{}" download>{}</a> ({}, {} bytes)', address, shows, what, size)
        return format_html('{}<br><span class="digest third">{}</span>', told, digest)


def severity(method: str, number: str) -> str:
    """Return how severe a CVSS score is called; nothing for other methods, whose scales are their own.

    Source: FIRST, CVSS v3.1 Specification Document, 5; v4.0, 6.
    """
    if method not in ("cvss3.0", "cvss3.1", "cvss4.0") or not NUMBER.fullmatch(number):
        return ""
    return next((word for least, word in BANDS if Decimal(number) >= least), "none")


@cache
def choices(kind: type[pydantic.BaseModel]) -> frozenset[str]:
    """Return every word of a fixed list that can stand in `kind`."""
    return frozenset(member.value for one in _classes(kind) if issubclass(one, Choice) for member in one)


def _classes(model: type[pydantic.BaseModel]) -> Iterator[type]:
    waiting, seen = [model], {model}
    while waiting:
        for info in waiting.pop().model_fields.values():
            for one in _leaves(info.annotation):
                yield one
                if issubclass(one, pydantic.BaseModel) and one not in seen and one.__module__ == model.__module__:
                    seen.add(one)
                    waiting.append(one)


def _leaves(annotation: Any) -> Iterator[type]:
    if get_origin(annotation) is None:
        if isinstance(annotation, type):
            yield annotation
        return
    for one in get_args(annotation):
        yield from _leaves(one)
