"""What a person reads: a template with typed arguments, so that each edge shows, links or withholds what it names."""

from __future__ import annotations

import enum
import string
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache, lru_cache
from typing import Any, Protocol, TypeGuard, runtime_checkable


@runtime_checkable
class Named(Protocol):
    """Something that has an identity and a label of its own: a record, a release, a person."""

    @property
    def id(self) -> str: ...
    @property
    def label(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Sentence:
    """A plain English template, and what its reader can do next.

    Placeholders are bare names, `{run}`; a place that asks for more (`{run.title}`, `{0}`, `{n:>3}`) is refused, since
    only the edge that shows a thing decides how.
    """

    template: str
    next: str | None = None

    def __post_init__(self) -> None:
        for text in (self.template, self.next or ""):
            for _, name, form, conversion in string.Formatter().parse(text):
                if name is not None and (not name.isidentifier() or form or conversion):
                    raise ValueError(f"{{{name}}} in {text!r} is not a bare name")

    @property
    def places(self) -> frozenset[str]:
        """Return the names of the arguments that the template and its next step ask for."""
        return _places(self.template, self.next or "")

    def said(self, **arguments: Any) -> Said:
        """Return this sentence with its arguments. Raises `TypeError` when one is missing or not asked for."""
        places = self.places
        if arguments.keys() != places:
            if missing := places - arguments.keys():
                raise TypeError(f"{self.template!r} lacks {', '.join(sorted(missing))}")
            raise TypeError(f"{self.template!r} does not ask for {', '.join(sorted(arguments.keys() - places))}")
        return Said(self, tuple(sorted(arguments.items())))


@lru_cache(maxsize=4_096)
def _sentence(template: str, following: str | None) -> Sentence:
    """Return a sentence, looked at once however often it is said: there are as many as checks, and few more."""
    return Sentence(template, following)


@cache
def _places(*texts: str) -> frozenset[str]:
    return frozenset(name for text in texts for _, name, _, _ in string.Formatter().parse(text) if name)


@dataclass(frozen=True, slots=True)
class Said:
    """A sentence together with what it speaks of."""

    sentence: Sentence
    arguments: tuple[tuple[str, Any], ...] = ()

    def text(self, show: Callable[[Any], str] | None = None) -> str:
        """Return the sentence with each argument as `show` writes it (by default as `plain` does)."""
        return self._fill(self.sentence.template, show or plain)

    def next(self, show: Callable[[Any], str] | None = None) -> str | None:
        """Return what its reader can do next, in the same way; `None` where the sentence names nothing."""
        return None if self.sentence.next is None else self._fill(self.sentence.next, show or plain)

    def _fill(self, template: str, show: Callable[[Any], str]) -> str:
        return template.format_map({name: show(value) for name, value in self.arguments})

    def value(self) -> dict[str, Any]:
        """Return the sentence as plain JSON values: template, next step, and arguments as `argument_value` writes them."""
        value: dict[str, Any] = {"template": self.sentence.template}
        if self.sentence.next is not None:
            value["next"] = self.sentence.next
        if self.arguments:
            value["arguments"] = [[name, argument_value(argument)] for name, argument in self.arguments]
        return value

    @classmethod
    def of(cls, value: Mapping[str, Any]) -> Said:
        """Return the sentence that `value` was made from; records come back as `Mention`."""
        sentence = _sentence(value["template"], value.get("next"))
        return cls(sentence, tuple((name, argument_of(argument)) for name, argument in value.get("arguments", ())))


@dataclass(frozen=True, slots=True)
class Mention:
    """A record as a stored sentence remembers it: who it is and how it was called then."""

    id: str
    label: str


def is_named(value: Any) -> TypeGuard[Named]:
    """Return whether `value` is a thing with an identity and a label; asking a protocol costs a hundred times more."""
    return hasattr(value, "label") and hasattr(value, "id")


def plain(value: Any) -> str:
    """Return `value` as an English reader expects it in running text."""
    if is_named(value):
        return value.label
    match value:
        case enum.Enum():
            return str(value.value)
        case bool():
            return "yes" if value else "no"
        case int():
            return f"{value:,}"
        case datetime():
            return f"{value:%Y-%m-%d %H:%M}"
        case date():
            return value.isoformat()
        case str():
            return value
        case Iterable():
            return listed([plain(one) for one in value])
        case _:
            return str(value)


def listed(words: list[str], most: int = 12) -> str:
    """Return `words` as an English list: "a, b and c"; past `most` of them the rest is counted."""
    if len(words) > most:
        words = [*words[:most], f"{len(words) - most:,} more"]
    return ", ".join(words) if len(words) < 2 else f"{', '.join(words[:-1])} and {words[-1]}"


def argument_value(value: Any) -> Any:
    """Return an argument as a plain JSON value: a text or number as itself, all else under the name of what it is."""
    if type(value) is str:
        return value
    if is_named(value):
        return {"record": str(value.id), "label": value.label}
    match value:
        case enum.Enum():
            return str(value.value)
        case bool():
            return "yes" if value else "no"
        case str():
            return str(value)  # a reference is a text too, and nobody else's JSON knows it
        case int():
            return value
        case datetime():
            return {"instant": value.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"}
        case date():
            return {"day": value.isoformat()}
        case Iterable():
            return [argument_value(one) for one in value]
        case _:
            return str(value)


def argument_of(value: Any) -> Any:
    """Return the argument that `argument_value` wrote."""
    match value:
        case {"record": identity, "label": label}:
            return Mention(identity, label)
        case {"instant": text}:
            return datetime.fromisoformat(text)
        case {"day": text}:
            return date.fromisoformat(text)
        case list():
            return [argument_of(one) for one in value]
        case _:
            return value
