"""Where a reader gets its bytes from and what it answers: a source, a reading, and the receipt that says what was left out."""

from __future__ import annotations

import hashlib
import json
import math
import re
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Generic, NamedTuple, NoReturn, Protocol, TypeVar

import msgspec

from asepsis.errors import InputError
from asepsis.exchange.facts import Fact
from asepsis.record.collector import resting
from asepsis.sentences import Said, Sentence

MIB = 1024 * 1024
MOST_BYTES = 256 * MIB  # of one source that is held in memory
MOST_HOOKED = 32 * MIB  # up to here double keys are looked for
MOST_DEPTH = 200  # levels of arrays and objects in each other
MOST_NAMED = 100  # entries that a receipt lists by name; past them it counts

F = TypeVar("F", bound=Fact)


class UnreadableError(InputError):
    """A source is not what it was given as; the more exact errors of the readers are its children."""

    code = "source-unreadable"
    sentence = Sentence(
        "{source} cannot be read as {format}: {reason}.",
        next="Export it again from the tool that made it, or name the format that it has.",
    )


class SourceMissingError(UnreadableError):
    """There is no readable file at a path."""

    code = "source-missing"
    sentence = Sentence("{source} cannot be opened: {reason}.", next="Check the path and who may read it.")


class SourceTooLargeError(UnreadableError):
    """A source holds more bytes than its reader takes."""

    code = "source-too-large"
    sentence = Sentence(
        "{source} has {size} bytes; at most {most} are read.",
        next="Split it, or leave out what is not needed, and give it again.",
    )


class EncodingError(UnreadableError):
    """The bytes of a source are no text in the encoding that its format asks for."""

    code = "source-encoding"
    sentence = Sentence(
        "{source} is not {encoding} text: byte {at} (line {line}, column {column}) does not belong to it.",
        next="Save it as {encoding} and give it again.",
    )


class MalformedJsonError(UnreadableError):
    """The text of a source is not JSON as RFC 8259 defines it."""

    code = "json-malformed"
    sentence = Sentence(
        "{source} is not JSON: {expected} was expected at line {line}, column {column}.",
        next="Check that the file is whole, or export it again.",
    )


class DoubleKeyError(UnreadableError):
    """An object names one key twice, so that two readers can see two different documents."""

    code = "json-double-key"
    sentence = Sentence(
        "{source} names the key '{key}' twice in one object, the second time at line {line}, column {column}.",
        next="Export it again with each key once; which of the two is meant cannot be told from here.",
    )


class TooDeepError(UnreadableError):
    """Arrays and objects lie in each other deeper than is read."""

    code = "json-too-deep"
    sentence = Sentence(
        "{source} nests deeper than {most} levels, first at line {line}, column {column}.",
        next="No format that is read here needs that; check where the file comes from.",
    )


@dataclass(frozen=True)
class Source:
    """The bytes that a reader reads, under the name that its messages call them by."""

    name: str
    data: bytes = field(repr=False)

    @classmethod
    def file(cls, path: Path | str, *, most: int = MOST_BYTES) -> Source:
        """Return the file at `path`, named by its last part, if it has at most `most` bytes.

        Raises `SourceMissingError` and `SourceTooLargeError`.
        """
        path = Path(path)
        try:
            if path.is_dir():
                raise SourceMissingError(source=path.name, reason="it is a folder")
            with path.open("rb") as stream:
                data = stream.read(most + 1)
                size = len(data) if len(data) <= most else max(path.stat().st_size, len(data))
        except (OSError, ValueError) as problem:  # ValueError: a path with a null character
            reason = problem.strerror if isinstance(problem, OSError) else None
            raise SourceMissingError(source=path.name, reason=(reason or str(problem)).lower()) from problem
        if size > most:
            raise SourceTooLargeError(source=path.name, size=size, most=most)
        return cls(path.name, data)

    @cached_property
    def digest(self) -> str:
        """Return the SHA-256 of the bytes, in hex."""
        return hashlib.sha256(self.data).hexdigest()

    def limited(self, most: int) -> Source:
        """Return this source if it has at most `most` bytes. Raises `SourceTooLargeError`."""
        if len(self.data) > most:
            raise SourceTooLargeError(source=self.name, size=len(self.data), most=most)
        return self

    def text(self, encoding: str = "utf-8") -> str:
        """Return the bytes as text; a byte order mark at the start is left out.

        Raises `EncodingError`, which names the first byte that does not belong (counted from 0).
        """
        try:
            return self.data.decode(encoding).removeprefix("\ufeff")
        except UnicodeDecodeError as problem:
            raise self.not_encoded(encoding, problem.start) from problem

    def not_encoded(self, encoding: str, at: int) -> EncodingError:
        """Return the error that says that the byte at `at` does not belong to text in an encoding."""
        line, column = self.place(at)
        return EncodingError(source=self.name, encoding=encoding.upper(), at=at, line=line, column=column)

    def place(self, at: int) -> tuple[int, int]:
        """Return line and column, both from 1, of the byte at `at`; columns count bytes."""
        return self.data.count(b"\n", 0, at) + 1, at - self.data.rfind(b"\n", 0, at)


class Origin(Protocol):
    """What a receipt needs to know of a source; one that is too large for memory has these too."""

    @property
    def name(self) -> str: ...
    @property
    def digest(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a reader did with a source: how much it took, what it left and why, and what else its reader should know.

    `taken` counts the things that the fact lists; `not_taken` names the first 100 that it does not, as (what, why), of
    `not_taken_count` in all.
    """

    source: str
    digest: str
    kind: str
    taken: int
    not_taken: tuple[tuple[str, Said | str], ...] = ()
    not_taken_count: int = 0
    notes: tuple[Said | str, ...] = ()


@dataclass(frozen=True, slots=True)
class Reading(Generic[F]):
    """A fact and the receipt of its making."""

    fact: F
    receipt: Receipt


class Tally:
    """A receipt in the making."""

    def __init__(self, notes: tuple[Said | str, ...] = ()) -> None:
        self._left: list[tuple[str, Said | str]] = []
        self._left_count = 0
        self._notes: dict[Said | str, None] = dict.fromkeys(notes)

    def leave(self, what: str, why: Said | str) -> None:
        """Count one thing that is not taken, and name it while there is room."""
        self._left_count += 1
        if len(self._left) < MOST_NAMED:
            self._left.append((what, why))

    def note(self, note: Said | str) -> None:
        """Add a note, once, while there is room."""
        if len(self._notes) < MOST_NAMED:
            self._notes[note] = None

    def receipt(self, source: Origin, kind: str, taken: int) -> Receipt:
        """Return the receipt."""
        return Receipt(source.name, source.digest, kind, taken, tuple(self._left), self._left_count, tuple(self._notes))


class Decoded(NamedTuple):
    """A JSON value, and what its receipt has to say about the decoding."""

    value: Any
    notes: tuple[Said, ...] = ()


DOUBLE_KEYS_UNLOOKED = Sentence(
    "{source} is larger than {most} bytes, so it was not looked for keys that stand twice in one object: of two equal "
    "ones the last was taken."
)


def decode_json(source: Source, *, most_depth: int = MOST_DEPTH, most_hooked: int = MOST_HOOKED) -> Decoded:
    """Return the JSON value of `source` as dicts, lists, texts, numbers, booleans and `None`.

    It is JSON as RFC 8259 defines it, in UTF-8 with or without a byte order mark. Refused on purpose, though some
    readers take it: a key that stands twice in one object (looked for up to `most_hooked` bytes; past them a note says
    so), NaN and infinities, numbers past the range of a double or of 4,300 digits, half of a surrogate pair, and more
    than `most_depth` levels.

    Raises `EncodingError`, `MalformedJsonError`, `DoubleKeyError` or `TooDeepError`, each with the place.
    """
    with resting():
        if len(source.data) <= most_hooked:
            start = 3 if source.data.startswith(b"\xef\xbb\xbf") else 0
            return Decoded(decode_part(source, start, len(source.data), most_depth))
        value = _quickly(source, most_depth)
        if is_deeper(value, most_depth):
            refuse_json(source, most_depth)
        return Decoded(value, (DOUBLE_KEYS_UNLOOKED.said(source=source.name, most=most_hooked),))


def is_deeper(value: Any, most: int) -> bool:
    """Say whether arrays and objects of `value` lie in each other deeper than `most` levels."""
    level = [value] if isinstance(value, dict | list) else []
    for _ in range(most + 1):
        if not level:
            return False
        level = [
            inner
            for outer in level
            for inner in (outer.values() if type(outer) is dict else outer)
            if type(inner) is dict or type(inner) is list
        ]
    return True


class _Offence(Exception):
    """Something in the text that the decoder takes and we do not; its place is looked up afterwards."""


def decode_part(source: Source, start: int, end: int, most_depth: int, *, is_list: bool = False) -> Any:
    """Return the JSON value that stands between two bytes of `source`, refusing what `decode_json` refuses.

    With `is_list` these are elements of an array and the bracket or comma before them; they come as a list.
    Double keys are looked for at any size. Raises `EncodingError`, `MalformedJsonError`, `DoubleKeyError` or
    `TooDeepError`, with the place in the whole source.
    """
    try:
        text = source.data[start:end].decode()
    except UnicodeDecodeError as problem:
        raise source.not_encoded("utf-8", start + problem.start) from problem
    if is_list:
        text = "[" + text.lstrip()[1:] + "]"
    try:
        value = _DECODER.decode(text)
        if _HALF_PAIR.search(text):
            json.dumps(value, ensure_ascii=False).encode()
    except json.JSONDecodeError as problem:
        expected = _EXPECTED.get(problem.msg, "valid JSON")
        raise MalformedJsonError(expected=expected, **_at(source, text, problem.pos, start)) from problem
    except (_Offence, RecursionError, UnicodeEncodeError) as problem:
        refuse_json(source, most_depth, problem, start=start, end=end)
    if not _is_shallow(source.data[start:end], most_depth) and is_deeper(value, most_depth):
        refuse_json(source, most_depth, start=start, end=end)
    return value


_ALL_BUT_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))


def _is_shallow(text: bytes, most: int) -> bool:
    """Return whether valid JSON surely nests at most `most` levels; `False` says nothing. Much faster than walking it."""
    brackets = text.translate(None, _ALL_BUT_BRACKETS)
    for taken_off in range(0, 32, 2):  # levels, from the inside; each turn takes off two at most
        if taken_off + len(brackets) <= most:
            return True
        inner = brackets.replace(b"{}", b"").replace(b"[]", b"")
        if len(inner) == len(brackets):
            return False
        brackets = inner
    return False


def _quickly(source: Source, most_depth: int) -> Any:
    data = source.data.removeprefix(b"\xef\xbb\xbf")
    try:
        return msgspec.json.decode(data)
    except (UnicodeDecodeError, RecursionError, msgspec.DecodeError) as problem:
        refuse_json(source, most_depth, problem, start=len(source.data) - len(data))


_EXPECTED = {
    "Expecting value": "a value",
    "Expecting ',' delimiter": "a comma or the end of the array or object",
    "Expecting ':' delimiter": "a colon",
    "Expecting property name enclosed in double quotes": "a key in double quotes",
    "Unterminated string starting at": "the closing quote of the text that starts there",
    "Invalid control character at": "an escape in place of a control character",
    "Invalid \\escape": "a valid escape",
    "Invalid \\escape: ": "a valid escape",
    "Invalid \\uXXXX escape": "four hexadecimal digits",
    "Extra data": "the end of the file",
}
_HALF_PAIR = re.compile(r"\\u[dD][89abAB]|\\u[dD][c-fC-F]")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise _Offence
    return made


def _no_constant(_: str) -> NoReturn:
    raise _Offence


def _float(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise _Offence
    return number


_MOST_DIGITS = 4300


def _int(text: str) -> int:
    if len(text) > _MOST_DIGITS:
        raise _Offence
    return int(text)


_DECODER = json.JSONDecoder(object_pairs_hook=_object, parse_constant=_no_constant, parse_float=_float, parse_int=_int)

_TOKEN = re.compile(
    r'(?P<text>"(?:[^"\\]+|\\.)*+")|(?P<opened>[\[{])|(?P<closed>[\]}])|(?P<word>-?(?:NaN|Infinity))'
    r"|(?P<number>-?[0-9][0-9.eE+-]*)",
    re.DOTALL,
)
_COLON = re.compile(r"\s*:")


def refuse_json(
    source: Source, most_depth: int, cause: Exception | None = None, *, start: int = 0, end: int | None = None
) -> NoReturn:
    """Raise the error for what a decoder found between two bytes of `source`, or for the first thing refused on purpose.

    The text is gone through once more, since the decoders do not tell the place of all that they refuse.
    """
    try:
        text = source.data[start:end].decode()
    except UnicodeDecodeError as problem:
        raise source.not_encoded("utf-8", start + problem.start) from problem
    if isinstance(cause, UnicodeDecodeError):
        raise MalformedJsonError(source=source.name, expected="text in UTF-8", line=1, column=1) from cause
    if isinstance(cause, msgspec.DecodeError):
        found = re.search(r"\(byte (\d+)\)", str(cause))
        if found is not None or "truncated" in str(cause):  # a number out of range has a path, no place
            line, column = source.place(start + int(found[1]) if found else len(source.data))
            expected = "valid JSON" if found else "more"
            raise MalformedJsonError(source=source.name, expected=expected, line=line, column=column) from cause
    keys: list[set[str]] = []  # of the objects that are open; an array's stays empty
    for token in _TOKEN.finditer(text):
        written, at = token[0], token.start()
        match token.lastgroup:
            case "opened":
                keys.append(set())
                if len(keys) > most_depth:
                    raise TooDeepError(most=most_depth, **_at(source, text, at, start)) from cause
            case "closed" if keys:
                keys.pop()
            case "word":
                raise MalformedJsonError(expected="a finite number", **_at(source, text, at, start)) from cause
            case "number" if _is_past_range(written):
                raise MalformedJsonError(
                    expected="a number that a computer can hold", **_at(source, text, at, start)
                ) from cause
            case "text":
                meant = json.loads(written, strict=False)
                if _is_half(meant):
                    raise MalformedJsonError(
                        expected="a text without half a surrogate pair", **_at(source, text, at, start)
                    ) from cause
                if keys and _COLON.match(text, token.end()):
                    if meant in keys[-1]:
                        raise DoubleKeyError(key=meant, **_at(source, text, at, start)) from cause
                    keys[-1].add(meant)
    reason = "it nests too deep for the call that reads it" if isinstance(cause, RecursionError) else str(cause)
    raise UnreadableError(source=source.name, format="JSON", reason=reason) from cause


def _at(source: Source, text: str, at: int, start: int = 0) -> dict[str, Any]:
    """Return the place of a character of `text`, which begins at the byte `start` of `source`."""
    before = text[:at]
    if not (whole_lines := before.count("\n")) and start:
        before = source.data[source.data.rfind(b"\n", 0, start) + 1 : start].decode(errors="replace") + before
    line = source.data.count(b"\n", 0, start) + whole_lines + 1
    return {"source": source.name, "line": line, "column": len(before) - before.rfind("\n")}


def _is_past_range(number: str) -> bool:
    if number.lstrip("-").isdigit():
        return len(number) > _MOST_DIGITS
    try:
        return math.isinf(float(number))
    except ValueError:
        return False


def _is_half(text: str) -> bool:
    return any("\ud800" <= character <= "\udfff" for character in text)
