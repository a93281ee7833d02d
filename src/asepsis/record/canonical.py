"""Canonical JSON: the one writer of what is hashed and signed, and the one decoder of raw bytes that take its place.

A value is a text, a whole number, true or false, a list, or an object whose keys are plain lower-case names. An absent
value is an absent key; a decimal, a day and an instant are texts. Under these rules the sorted, compact output of
Python's `json` is RFC 8785, byte for byte.
"""

from __future__ import annotations

import hashlib
import json
import re
from typing import Any, Final

from asepsis.errors import InputError
from asepsis.sentences import Sentence

LARGEST: Final = 2**53 - 1
"""The largest whole number, up and down, that every reader of JSON keeps exact (RFC 7493, 2.2)."""

DEEPEST: Final = 64
"""How many lists and objects may lie in each other."""

MOST_BYTES: Final = 32 * 2**20
"""How much one text of JSON may hold where its reader says nothing else."""

KEY: Final = re.compile("[a-z][a-z0-9_]*")
"""What a key looks like, from its first character to its last."""


class JsonError(InputError):
    """A value or a text breaks one of the rules of canonical JSON; each rule has a child of its own."""


class JsonSyntaxError(JsonError):
    """A text is not JSON."""

    code = "json-unreadable"
    sentence = Sentence(
        "{where} is not JSON: {found} stands at {place}, where {expected} is expected.",
        next="Mend it there, or write it again with the program that made it.",
    )


class JsonEncodingError(JsonError):
    """The bytes are not plain UTF-8."""

    code = "json-encoding"
    sentence = Sentence(
        "{where} is not plain UTF-8: {found} stands at {place}.", next="Save it as UTF-8 without a byte order mark."
    )


class JsonSizeError(JsonError):
    """The bytes are more than their reader takes."""

    code = "json-size"
    sentence = Sentence("{where} has {size} bytes; at most {most} are read.", next="Give it in smaller parts.")


class JsonDepthError(JsonError):
    """Lists and objects lie too deep in each other."""

    code = "json-depth"
    sentence = Sentence(
        "{where} has more than {most} lists and objects in each other, at {place}.", next="Give it in a flatter form."
    )


class DoubleKeyError(JsonError):
    """An object names one key twice, so that its readers may disagree on what it says."""

    code = "json-double-key"
    sentence = Sentence('{where} names "{key}" twice in one object, at {place}.', next="Leave one of the two.")


class JsonKeyError(JsonError):
    """A key is not a plain lower-case name."""

    code = "json-key"
    sentence = Sentence(
        "{where} has the key {found} at {place}; a key is a lower-case letter, then lower-case letters, digits and _.",
        next="Give free keys as a list of pairs.",
    )


class NullError(JsonError):
    """A value is null."""

    code = "json-null"
    sentence = Sentence("{where} has null at {place}.", next="Leave the key out where there is no value.")


class FractionError(JsonError):
    """A number has a fraction or an exponent, or is none."""

    code = "json-fraction"
    sentence = Sentence("{where} has {found} at {place}; a number is whole.", next="Give a decimal as a text.")


class JsonNumberError(JsonError):
    """A whole number is too large to be kept exact by every reader."""

    code = "json-number"
    sentence = Sentence(
        "{where} has a number beyond 9007199254740991 at {place}.", next="Give a number of that size as a text."
    )


class JsonTextError(JsonError):
    """A text holds U+0000 or half of a surrogate pair, which not every program keeps."""

    code = "json-text"
    sentence = Sentence("{where} has {found} in the text at {place}.", next="Take that character out.")


class JsonTypeError(JsonError):
    """A value is nothing that JSON has."""

    code = "json-type"
    sentence = Sentence(
        "{where} has a {found} at {place}; text, whole number, true, false, list and object can be written.",
        next="Write it as one of these.",
    )


def dumps(value: Any, *, where: str = "The value") -> bytes:
    """Return the canonical JSON of `value`, in UTF-8: the one form in which a value is hashed and signed.

    Takes exactly `str` (and what is derived from it), `int`, `bool`, `list` and `dict`. Raises a `JsonError` that says
    where in the value which rule is broken.

    Source: RFC 8785.
    """
    _fit(value, where, None, 0)
    return dumps_trusted(value)


_ENCODER: Final = json.JSONEncoder(
    ensure_ascii=False, check_circular=False, allow_nan=False, sort_keys=True, separators=(",", ":")
)


def dumps_trusted(value: Any) -> bytes:
    """Return what `dumps` does, for a value that was held against the rules a moment ago."""
    return _ENCODER.encode(value).encode()


def loads(data: bytes, *, where: str = "The text", most: int = MOST_BYTES) -> Any:
    """Return the value that `data`, JSON in UTF-8, says: one that `dumps` takes.

    Order of keys and white space are free. Raises a `JsonError` with line and column (of characters, from 1) where
    `data` is no JSON, breaks a rule of this module, or has more than `most` bytes; `where` names it in the message.
    """
    if len(data) > most:
        raise JsonSizeError(where=where, size=len(data), most=most)
    text = _text(data, where)
    try:
        value = json.loads(text, object_pairs_hook=_once)
        _fit(value, where)
    except (ValueError, RecursionError, JsonError) as refused:
        # The fast reader knows that something is wrong; the slow one says what, and where.
        raise _Reader(text, where).misfit() from refused
    return value


def digest(data: bytes) -> str:
    """Return the SHA-256 of `data` as 64 lower-case hexadecimal digits."""
    return hashlib.sha256(data).hexdigest()


def value_digest(value: Any) -> str:
    """Return the SHA-256 of the canonical JSON of `value`. Raises what `dumps` raises."""
    return digest(dumps(value))


def short(text: str, most: int = 70) -> str:
    """Return a foreign text so that it can stand in a message: cut where it is long."""
    return text if len(text) <= most else f"{text[: most - 1]}…"


def quoted(text: str) -> str:
    """Return a foreign text so that it can stand in a message: cut, in quotes, with its unprintable characters escaped."""
    return json.dumps(short(text), ensure_ascii=not text.isprintable())


_SURROGATE: Final = re.compile("[\ud800-\udfff]")


def _fit(value: Any, where: str, path: Any = None, depth: int = 0) -> None:
    """Raise the `JsonError` of the first thing in `value` that may not be written.

    `path` is where in the whole it lies: the path of what holds it, with its key or index there; `None` at the top.
    """
    kind = type(value)
    if kind is str:
        if "\0" in value or (not value.isascii() and _SURROGATE.search(value)):
            raise JsonTextError(where=where, place=_place(path), found=_unfit_character(value))
    elif kind is dict:
        if depth == DEEPEST:
            raise JsonDepthError(where=where, place=_place(path), most=DEEPEST)
        for key, one in value.items():
            if not isinstance(key, str) or not KEY.fullmatch(key):
                raise JsonKeyError(where=where, place=_place(path), found=quoted(str(key)))
            _fit(one, where, (path, key), depth + 1)
    elif kind is list:
        if depth == DEEPEST:
            raise JsonDepthError(where=where, place=_place(path), most=DEEPEST)
        for index, one in enumerate(value):
            _fit(one, where, (path, index), depth + 1)
    elif kind is int:
        if not -LARGEST <= value <= LARGEST:
            raise JsonNumberError(where=where, place=_place(path))
    elif isinstance(value, str):
        _fit(str.__str__(value), where, path, depth)
    elif kind is not bool:
        raise _unfit_type(value, where, _place(path))


def _unfit_type(value: Any, where: str, place: str) -> JsonError:
    if value is None:
        return NullError(where=where, place=place)
    if isinstance(value, float):
        return FractionError(where=where, place=place, found=repr(value))
    return JsonTypeError(where=where, place=place, found=type(value).__name__)


def _place(path: Any) -> str:
    """Return a path within a value as people write it: `threats[3].score`."""
    steps: list[str] = []
    while path is not None:
        path, step = path
        steps.append(f"[{step}]" if isinstance(step, int) else f".{step}")
    return "".join(reversed(steps)).removeprefix(".") or "its top"


def _unfit_character(text: str) -> str:
    character = next(one for one in text if one == "\0" or "\ud800" <= one <= "\udfff")
    return f"U+{ord(character):04X}"


def _text(data: bytes, where: str) -> str:
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        place = _line_and_column(data[: error.start].decode(), error.start)
        raise JsonEncodingError(where=where, place=place, found=f"the byte 0x{data[error.start]:02x}") from error
    if text.startswith("\ufeff"):
        raise JsonEncodingError(where=where, place=_line_and_column(text, 0), found="a byte order mark")
    return text


def _line_and_column(text: str, at: int) -> str:
    line, column = text.count("\n", 0, at) + 1, min(at, len(text)) - text.rfind("\n", 0, at)
    return f"line {line}, column {column}"


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) < len(pairs):
        raise ValueError("a key stands twice")
    return value


_BLANK: Final = re.compile(r"[ \t\n\r]*")
_WORD: Final = re.compile(r"true|false|null|NaN|-?Infinity")
_NUMBER: Final = re.compile(r"-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?")
_PLAIN: Final = re.compile(r'[^"\\\x00-\x1f]*')
_ESCAPE: Final = re.compile(r'\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})')


class _Reader:
    """Goes through a text that was refused, character by character, to say what is wrong and where."""

    def __init__(self, text: str, where: str) -> None:
        self.text, self.where, self.at = text, where, 0

    def misfit(self) -> JsonError:
        try:
            self._value(0)
            self._blank()
        except JsonError as error:
            return error
        return self._unexpected("its end")

    def _value(self, depth: int) -> None:
        self._blank()
        start, first = self.at, self._next()
        if first == '"':
            self._string()
        elif first and first in "{[":
            if depth == DEEPEST:
                raise JsonDepthError(where=self.where, place=self._place(), most=DEEPEST)
            self._members(depth + 1) if first == "{" else self._elements(depth + 1)
        elif word := self._take(_WORD):
            self._word(word.group(), start)
        elif number := self._take(_NUMBER):
            self._number(number, start)
        else:
            raise self._unexpected("a value")

    def _word(self, word: str, start: int) -> None:
        if word == "null":
            raise NullError(where=self.where, place=self._place(start))
        if word not in ("true", "false"):
            raise FractionError(where=self.where, place=self._place(start), found=word)

    def _number(self, number: re.Match[str], start: int) -> None:
        if number[1] or number[2]:
            raise FractionError(where=self.where, place=self._place(start), found=short(number[0]))
        if len(number[0]) > 17 or abs(int(number[0])) > LARGEST:
            raise JsonNumberError(where=self.where, place=self._place(start))

    def _members(self, depth: int) -> None:
        keys: set[str] = set()
        self.at += 1
        self._blank()
        while self._next() != "}":
            if keys:
                self._expect(",", '"," or "}"')
                self._blank()
            start = self.at
            if self._next() != '"':
                raise self._unexpected("a key in double quotes" if keys else 'a key in double quotes or "}"')
            key = self._string()
            if not KEY.fullmatch(key):
                raise JsonKeyError(where=self.where, place=self._place(start), found=quoted(key))
            if key in keys:
                raise DoubleKeyError(where=self.where, place=self._place(start), key=key)
            keys.add(key)
            self._blank()
            self._expect(":", '":"')
            self._value(depth)
            self._blank()
        self.at += 1

    def _elements(self, depth: int) -> None:
        count = 0
        self.at += 1
        self._blank()
        while self._next() != "]":
            if count:
                self._expect(",", '"," or "]"')
            self._value(depth)
            self._blank()
            count += 1
        self.at += 1

    def _string(self) -> str:
        start = self.at
        self.at += 1
        self._take(_PLAIN)
        while self._next() != '"':
            if not self._take(_ESCAPE):
                raise self._unexpected("a character, an escape or a closing quote")
            self._take(_PLAIN)
        self.at += 1
        text: str = json.loads(self.text[start : self.at])
        if "\0" in text or _SURROGATE.search(text):
            raise JsonTextError(where=self.where, place=self._place(start), found=_unfit_character(text))
        return text

    def _blank(self) -> None:
        self._take(_BLANK)

    def _take(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        if found := pattern.match(self.text, self.at):
            self.at = found.end()
        return found

    def _next(self) -> str:
        return self.text[self.at : self.at + 1]

    def _expect(self, character: str, expected: str) -> None:
        if self._next() != character:
            raise self._unexpected(expected)
        self.at += 1

    def _unexpected(self, expected: str) -> JsonSyntaxError:
        found = quoted(self._next()) if self._next() else "its end"
        return JsonSyntaxError(where=self.where, place=self._place(), found=found, expected=expected)

    def _place(self, at: int | None = None) -> str:
        return _line_and_column(self.text, self.at if at is None else at)
