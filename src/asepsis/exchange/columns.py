"""The components of a bill as columns: made once for each digest, and read back without looking at the bill again."""

from __future__ import annotations

import sys
from array import array
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from operator import le
from typing import TYPE_CHECKING, Any

import msgspec

from asepsis.errors import InputError
from asepsis.exchange.bill import Bill, purl_read
from asepsis.exchange.dependencies import Links
from asepsis.exchange.facts import Component
from asepsis.exchange.purl import Purl
from asepsis.exchange.source import collector_paused
from asepsis.sentences import Sentence

if TYPE_CHECKING:
    import numpy as np

MATCHED = ("type", "namespace", "name", "version", "purl", "cpe", "supplier")  # what advisories are laid against
NAMES = (*MATCHED, "licence", "hash", "ref")
FORM = 1  # of the bytes; another one is not read but made anew from the bill

STRONGEST = ("SHA-512", "SHA3-512", "BLAKE2b-512", "SHA-384", "SHA-256", "SHA3-256", "BLAKE3", "SHA-1", "MD5")


class ColumnsError(InputError):
    """Bytes are not the columns of a bill, or of a form that is not read any more."""

    code = "columns-unreadable"
    sentence = Sentence("These are no columns of components: {reason}.", next="Make them again from the bill.")


@dataclass(frozen=True, slots=True)
class Columns:
    """Components as parallel columns, row by row in the order of the bill.

    Each column of `NAMES` holds for each row the place of its text in `texts`; the text at 0 is empty and stands for
    nothing. `type`, `namespace`, `name` and `version` are those of the package URL; where there is none, `type` and
    `namespace` are empty and the others those of the component. `hash` is the strongest one, as "SHA-256:ab01...".
    `depths` are steps from the product, -1 where no way leads there; `parents` are rows.
    """

    texts: Sequence[str]
    codes: Mapping[str, array[int]]
    depths: array[int]
    parents: Links

    @classmethod
    def of(cls, bill: Bill) -> Columns:
        """Return the columns of a bill as it was read."""
        rows = map(_row, bill.fact.components)
        columns = list(zip(*rows, strict=True)) if bill.fact.components else [()] * len(NAMES)
        # Column by column, so that the texts of those that are matched stand first.
        place = {text: at for at, text in enumerate(dict.fromkeys(chain([""], chain.from_iterable(columns))))}
        codes = {name: array("I", map(place.__getitem__, column)) for name, column in zip(NAMES, columns, strict=True)}
        return cls(tuple(place), codes, bill.depths, bill.parents)

    def __len__(self) -> int:
        return len(self.depths)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Columns) and self.to_bytes() == other.to_bytes()

    __hash__ = None  # type: ignore[assignment]

    def column(self, name: str) -> list[str | None]:
        """Return one column as texts."""
        return [self.texts[code] or None for code in self.codes[name]]

    def to_bytes(self) -> bytes:
        """Return the columns as bytes: MessagePack, numbers of 32 bits with the lowest byte first."""
        return msgspec.msgpack.encode(
            _Stored(
                FORM,
                tuple(self.texts),
                {name: _bytes(self.codes[name]) for name in NAMES},
                _bytes(self.depths),
                _bytes(self.parents.starts),
                _bytes(self.parents.targets),
            )
        )

    @classmethod
    def from_bytes(cls, data: bytes) -> Columns:
        """Return the columns that `to_bytes` wrote. Raises `ColumnsError`."""
        try:
            stored = msgspec.msgpack.decode(data, type=_Stored)
        except (msgspec.DecodeError, UnicodeDecodeError) as problem:
            raise ColumnsError(reason=str(problem)) from problem
        if stored.form != FORM:
            raise ColumnsError(reason=f"they are of form {stored.form}, and {FORM} is expected")
        try:
            codes = {name: _array("I", stored.codes[name]) for name in NAMES}
            depths = _array("i", stored.depths)
            parents = Links(_array("I", stored.parent_starts), _array("I", stored.parents))
        except (KeyError, ValueError) as problem:
            raise ColumnsError(reason=f"a column is missing or cut off ({problem})") from problem
        columns = cls(stored.texts, codes, depths, parents)
        if reason := columns._fault():
            raise ColumnsError(reason=reason)
        return columns

    def _fault(self) -> str | None:
        rows, most = len(self.depths), len(self.texts)
        if not most or self.texts[0]:
            return "they do not begin with the empty text"
        if any(len(column) != rows or max(column, default=0) >= most for column in self.codes.values()):
            return "a column has another length, or names a text that is not there"
        starts, targets = self.parents.starts, self.parents.targets
        if (
            len(starts) != rows + 1
            or starts[0]
            or starts[-1] != len(targets)
            or max(targets, default=0) >= max(rows, 1)
        ):
            return "the parents do not fit the rows"
        return None if all(map(le, starts, starts[1:])) else "the parents are out of order"


@dataclass(frozen=True, slots=True)
class Fleet:
    """The components of many bills under one another, as arrays.

    `texts` holds each text once, as objects, `None` at 0; `codes` are places in it, by column; `bill` says which of the
    bills a row is of, `row` which of its rows, and `depth` how deep it lies.
    """

    texts: np.ndarray[Any, Any]
    codes: Mapping[str, np.ndarray[Any, Any]]
    bill: np.ndarray[Any, Any]
    row: np.ndarray[Any, Any]
    depth: np.ndarray[Any, Any]

    @classmethod
    def of(cls, bills: Iterable[Columns], names: Sequence[str] = MATCHED) -> Fleet:
        """Return the rows of all `bills`, in their order, with the columns `names`."""
        with collector_paused():
            return cls._of(list(bills), names)

    @classmethod
    def _of(cls, several: list[Columns], names: Sequence[str]) -> Fleet:
        import numpy as np

        wanted = [{name: np.frombuffer(bill.codes[name], np.uint32) for name in names} for bill in several]
        used = [
            bill.texts[: 1 + max((int(column.max(initial=0)) for column in columns.values()), default=0)]
            for bill, columns in zip(several, wanted, strict=True)
        ]
        texts = dict.fromkeys(chain([""], chain.from_iterable(used)))
        place = dict(zip(texts, range(len(texts)), strict=True))
        places = [np.fromiter(map(place.__getitem__, some), np.uint32, len(some)) for some in used]
        counts = [len(bill) for bill in several]
        return cls(
            np.array([None, *list(texts)[1:]], dtype=object),
            {
                name: _joined([at[columns[name]] for at, columns in zip(places, wanted, strict=True)], np.uint32)
                for name in names
            },
            np.repeat(np.arange(len(counts), dtype=np.uint32), counts),
            _joined([np.arange(count, dtype=np.uint32) for count in counts], np.uint32),
            _joined([np.frombuffer(bill.depths, np.int32) for bill in several], np.int32),
        )

    def __len__(self) -> int:
        return len(self.bill)

    def table(self, *names: str) -> dict[str, np.ndarray[Any, Any]]:
        """Return the columns `names` (by default all) as texts, with `bill`, `row` and `depth`: what DuckDB reads as a table."""
        said = {name: self.texts[self.codes[name]] for name in names or self.codes}
        return {"bill": self.bill, "row": self.row, "depth": self.depth, **said}


def _joined(pieces: list[Any], kind: Any) -> np.ndarray[Any, Any]:
    import numpy as np

    return np.concatenate(pieces) if pieces else np.empty(0, kind)


class _Stored(msgspec.Struct, array_like=True, frozen=True):
    form: int
    texts: tuple[str, ...]
    codes: dict[str, bytes]
    depths: bytes
    parent_starts: bytes
    parents: bytes


def _row(component: Component) -> tuple[str, ...]:
    purl = purl_read(component.purl) if component.purl else None
    package = purl if isinstance(purl, Purl) else None
    return (
        package.type if package else "",
        (package.namespace if package else None) or "",
        package.name if package else component.name,
        component.version or (package.version if package else None) or "",
        component.purl or "",
        component.cpe or "",
        component.supplier or "",
        ", ".join(component.licences),
        strongest(component.hashes) or "",
        component.ref or "",
    )


def strongest(hashes: Iterable[tuple[str, str]]) -> str | None:
    """Return the hash that is hardest to forge, as "SHA-256:ab01..."; of those that are not known the first."""
    best = min(hashes, key=_rank, default=None)
    return None if best is None else f"{best[0]}:{best[1].lower()}"


def _rank(hash_: tuple[str, str]) -> int:
    return _STRENGTH.get(_plain(hash_[0]), len(_STRENGTH))


@lru_cache(maxsize=256)
def _plain(algorithm: str) -> str:
    return algorithm.upper().replace("-", "").replace("_", "")


_STRENGTH = {_plain(algorithm): at for at, algorithm in enumerate(STRONGEST)}


def _bytes(numbers: array[int]) -> bytes:
    if sys.byteorder == "little":
        return numbers.tobytes()
    turned = array(numbers.typecode, numbers)
    turned.byteswap()
    return turned.tobytes()


def _array(kind: str, data: bytes) -> array[int]:
    numbers = array(kind)
    numbers.frombytes(data)
    if sys.byteorder != "little":
        numbers.byteswap()
    return numbers
