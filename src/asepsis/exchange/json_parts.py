"""A JSON object taken apart, so that its long lists are decoded bit by bit and never stand in memory whole."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from typing import Any

import msgspec

from asepsis.exchange.source import MIB, MOST_DEPTH, Source, decode_json, decode_part, refuse_json

APART = MIB  # bytes from which on an element is itself taken apart
BATCH = 64 * 1024  # bytes of elements that are decoded in one go

_KEY = re.compile(rb'\s*[{,]\s*("(?:[^"\\]|\\.)*+")\s*:\s*', re.DOTALL)
_BETWEEN = re.compile(rb"\s*[\[,]\s*")
_EMPTY = re.compile(rb"\s*\[\s*\]\s*")
_END = re.compile(rb"\s*\}\s*")
_OBJECT = re.compile(rb"\s*\{")


class Parts:
    """An object of a document: `rest` holds its values decoded, but for the lists under `long`, which `batches` goes through.

    What `source.decode_json` refuses is refused here too, with the same errors; keys that stand twice are found at any
    size. A list under `long` stands in `rest` as an empty one.
    """

    def __init__(self, source: Source, long: Collection[str], start: int, end: int, most_depth: int) -> None:
        self.source, self.long, self.rest = source, long, dict[str, Any]()
        self._most_depth = most_depth
        self._lists: dict[str, tuple[int, int]] = {}
        self._open(start, end)

    @classmethod
    def of(cls, source: Source, long: Collection[str], *, most_depth: int = MOST_DEPTH) -> Parts | None:
        """Return the object that `source` holds, or `None` where it is valid JSON and no object.

        Raises what `source.decode_json` raises.
        """
        start = 3 if source.data.startswith(b"\xef\xbb\xbf") else 0
        if _OBJECT.match(source.data, start) is None:
            decode_json(source, most_depth=most_depth)
            return None
        return cls(source, long, start, len(source.data), most_depth)

    @property
    def long_lists(self) -> Collection[str]:
        """Return the keys of the lists that were left in bytes."""
        return self._lists.keys()

    def whole(self) -> dict[str, Any]:
        """Return the object decoded whole, its long lists too."""
        lists = {key: [one for batch in self.batches(key) for one in batch] for key in self._lists}
        return self.rest | {
            key: [one.whole() if isinstance(one, Parts) else one for one in several] for key, several in lists.items()
        }

    def batches(self, key: str) -> Iterator[list[Any]]:
        """Yield the elements of the long list under `key`, decoded, in lists of about 64 KiB of text each.

        One that is large and an object comes alone, as `Parts`.
        """
        if key not in self._lists:
            return
        source, (at, end) = self.source, self._lists[key]
        begun = at  # the bracket or comma before the first element that waits to be decoded
        for raw in self._raw(at, end, list[msgspec.Raw]):
            between = _BETWEEN.match(source.data, at)
            start = at if between is None else between.end()
            size = len(memoryview(raw))
            if size > APART and source.data[start : start + 1] == b"{":
                yield from self._batch(begun, at)
                yield [Parts(source, self.long, start, start + size, self._most_depth - 2)]
                begun = start + size
            elif start + size - begun > BATCH:
                yield from self._batch(begun, start + size)
                begun = start + size
            at = start + size
        yield from self._batch(begun, at)

    def _batch(self, start: int, end: int) -> Iterator[list[Any]]:
        if start < end and self.source.data[start:end].strip():
            yield decode_part(self.source, start, end, self._most_depth - 1, is_list=True)

    def _open(self, start: int, end: int) -> None:
        data, at = self.source.data, start
        found = self._raw(start, end, dict[str, msgspec.Raw])
        for key, raw in found.items():
            named = _KEY.match(data, at)
            if named is None or decode_part(self.source, named.start(1), named.end(1), 1) != key:
                refuse_json(self.source, self._most_depth, start=start, end=end)
            at = named.end() + len(memoryview(raw))
            if key in self.long and data[named.end() : named.end() + 1] == b"[":
                self._lists[key] = named.end(), at
                self.rest[key] = []
            else:
                self.rest[key] = decode_part(self.source, named.end(), at, self._most_depth - 1)
        if found and _END.fullmatch(data, at, end) is None:  # more is written than was decoded
            refuse_json(self.source, self._most_depth, start=start, end=end)

    def _raw(self, start: int, end: int, shape: type[Any]) -> Any:
        try:
            return msgspec.json.decode(memoryview(self.source.data)[start:end], type=shape)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as problem:
            refuse_json(self.source, self._most_depth, problem, start=start, end=end)
