"""Tables that were sent and are not taken in yet: each in a folder of its own in the home, for who sent it, for a day.

The server of the pages writes there what is sent and for what its columns are taken; the worker reads it, and writes what
would become of it and at last what became of it. Neither writes a file of the other's.
"""

from __future__ import annotations

import re
import secrets
import shutil
import zipfile
from collections.abc import Callable, Iterable, Mapping
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path, PurePosixPath
from typing import Any, Protocol

import msgspec

from asepsis.errors import InputError, RefusedError
from asepsis.exchange.source import MIB, Source, SourceTooLargeError
from asepsis.exchange.tables import formats
from asepsis.exchange.tables.sheet import MOST_BYTES, Book
from asepsis.sentences import Sentence
from asepsis.store import queries

FOLDER = "brought"
KEPT = timedelta(days=1)
MOST_WAITING = 10  # tables of one person
MOST_FILE = 25 * MIB  # of one file that comes with a table
MOST_FILES = 100 * MIB  # of all that come with one
_TOKEN = re.compile(r"[0-9a-f]{32}")
_TABLE, _BOOK, _TOLD, _LOOKED, _BECAME, _ROWS = (
    "table", "book", "told.json", "looked.json", "became.json", "rows.csv"
)  # fmt: skip


class GoneTableError(InputError):
    """A table that was sent is not there any more."""

    code = "table-gone"
    sentence = Sentence(
        "This table is not here any more: it was left, or lay here for more than a day.", next="Send the file again."
    )


class TakenAlreadyError(RefusedError):
    """A table is being taken in, or was."""

    code = "table-taken"
    sentence = Sentence("This table is taken in already.", next="Open its page again to see what became of it.")


class UnfitFilesError(InputError):
    """Files that were sent with a table cannot be kept with it."""

    code = "files-unfit"
    sentence = Sentence("The files beside the table cannot be taken: {reason}.", next="Send them again.")


class Sent(Protocol):
    """A file as it was sent."""

    @property
    def name(self) -> str | None: ...
    @property
    def size(self) -> int | None: ...
    def chunks(self) -> Iterable[bytes]: ...


@dataclass
class Waiting:
    """A table that waits: what it is called, who sent it, and what its sheets, columns and words are taken for.

    With `make`, what cells name and is not here is made; with `leave_out`, cells that do not fit are left out of their rows;
    `None`: as it was done with such a table before.
    """

    token: str
    person: str
    product: str | None
    name: str
    kinds: dict[str, str] = field(default_factory=dict)
    columns: dict[str, dict[str, str | None]] = field(default_factory=dict)
    words: dict[str, dict[str, dict[str, str]]] = field(default_factory=dict)
    make: bool | None = None
    leave_out: bool | None = None
    files: list[str] = field(default_factory=list)

    @property
    def folder(self) -> Path:
        """Return where it lies."""
        return _home() / self.token

    def book(self) -> Book:
        """Return what stands in the table; it is read once, and kept. Raises `GoneTableError` and what reading refuses."""
        kept = self.folder / _BOOK
        with suppress(FileNotFoundError):
            return msgspec.msgpack.decode(kept.read_bytes(), type=Book)
        try:
            source = Source(self.name, (self.folder / _TABLE).read_bytes())
        except FileNotFoundError as problem:
            raise GoneTableError from problem
        book = formats.read(source)
        _put(kept, msgspec.msgpack.encode(book))
        return book

    def file(self, name: str) -> bytes | None:
        """Return the bytes of a file that came with the table, by its name; `None` where there is none."""
        wanted = PurePosixPath(name.replace("\\", "/")).name.casefold()
        for number, called in enumerate(self.files):
            path = self.folder / f"file-{number}"
            if called.casefold() == wanted:
                return path.read_bytes()
            if called.casefold().endswith(".zip") and (data := _in_archive(path, wanted)) is not None:
                return data
        return None

    @property
    def looked(self) -> dict[str, Any] | None:
        """What would become of it, as it was last looked at; `None` before."""
        return self._said(_LOOKED)

    @property
    def became(self) -> dict[str, Any] | None:
        """What became of it; `None` before it was taken in."""
        return self._said(_BECAME)

    @property
    def rows(self) -> bytes | None:
        """The receipt of each row as CSV, as it was last looked at or taken in."""
        with suppress(FileNotFoundError):
            return (self.folder / _ROWS).read_bytes()
        return None

    def _said(self, name: str) -> dict[str, Any] | None:
        with suppress(FileNotFoundError):
            found: dict[str, Any] = msgspec.json.decode((self.folder / name).read_bytes())
            return found
        return None

    def save(self) -> None:
        """Keep what its sheets and columns are taken for."""
        names = ("person", "product", "name", "kinds", "columns", "words", "make", "leave_out", "files")
        told = {name: getattr(self, name) for name in names}
        _put(self.folder / _TOLD, msgspec.json.encode(told))

    def look(self, found: Mapping[str, Any], rows: bytes) -> None:
        """Keep what would become of it, and the receipt of each row."""
        _put(self.folder / _ROWS, rows)
        _put(self.folder / _LOOKED, msgspec.json.encode(found))

    def taking(self, take: Callable[[], tuple[Mapping[str, Any], bytes]]) -> None:
        """Take it in, once: what `take` returns is kept as what became of it, with the receipt of each row, and the table goes.

        Raises `TakenAlreadyError` where it was taken in; what `take` raises leaves the table as it was.
        """
        if self.became is not None:
            raise TakenAlreadyError
        became, rows = take()
        _put(self.folder / _ROWS, rows)
        _put(self.folder / _BECAME, msgspec.json.encode(became))
        for one in (self.folder / _TABLE, self.folder / _BOOK, *self.folder.glob("file-*")):
            one.unlink(missing_ok=True)

    def leave(self) -> None:
        """Throw it away."""
        shutil.rmtree(self.folder, ignore_errors=True)


def _home() -> Path:
    return queries.home() / FOLDER


def send(person: str, product: str | None, table: Sent, files: Iterable[Sent], now: datetime) -> Waiting:
    """Keep a table that was sent, with the files that its rows name. Raises an `InputError` where it is too large.

    What lies here for more than a day goes, and of one person's tables the oldest where there are more than ten.
    """
    _tidy(person, now)
    made = Waiting(secrets.token_hex(16), person, product, _bare(table.name))
    made.folder.mkdir(mode=0o700, parents=True)
    with ExitStack() as undone:
        undone.callback(made.leave)
        _write(made.folder / _TABLE, table, MOST_BYTES)
        left = MOST_FILES
        for number, one in enumerate(files):
            most = MOST_FILES if _is_zip(one) else MOST_FILE
            left -= _write(made.folder / f"file-{number}", one, min(most, left))
            made.files.append(_bare(one.name))
        made.save()
        undone.pop_all()
    return made


def of(token: str, person: str) -> Waiting:
    """Return a table that a person sent. Raises `GoneTableError`, also where somebody else sent it."""
    if not _TOKEN.fullmatch(token):
        raise GoneTableError
    try:
        told = msgspec.json.decode((_home() / token / _TOLD).read_bytes())
    except (FileNotFoundError, msgspec.DecodeError) as problem:
        raise GoneTableError from problem
    found = Waiting(token, **told)
    if found.person != person:
        raise GoneTableError
    return found


def _put(path: Path, data: bytes) -> None:
    """Write a file whole: whoever reads meanwhile finds what stood there before."""
    part = path.with_suffix(".part")
    part.write_bytes(data)
    part.replace(path)


def _write(path: Path, sent: Sent, most: int) -> int:
    size = 0
    with path.open("xb") as stream:
        for chunk in sent.chunks():
            size += len(chunk)
            if size > most:
                raise SourceTooLargeError(source=_bare(sent.name), size=sent.size or size, most=most)
            stream.write(chunk)
    return size


def _bare(name: str | None) -> str:
    """Return the name of a file without its folders and without what no name needs."""
    last = PurePosixPath((name or "").replace("\\", "/")).name
    return "".join(one for one in last if one.isprintable())[-120:] or "table"


def _is_zip(sent: Sent) -> bool:
    return (sent.name or "").casefold().endswith(".zip")


def _in_archive(path: Path, wanted: str) -> bytes | None:
    """Return the file of a name in an archive, in whatever folder; no more than `MOST_FILE` of it is unpacked."""
    try:
        with zipfile.ZipFile(path) as archive:
            fits = [one for one in archive.infolist() if PurePosixPath(one.filename).name.casefold() == wanted]
            if len(fits) != 1:
                return None
            if fits[0].file_size > MOST_FILE:
                raise UnfitFilesError(reason=f"{wanted} has more than {MOST_FILE:,} bytes")
            with archive.open(fits[0]) as stream:
                return stream.read(MOST_FILE + 1)
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError, OSError) as problem:
        raise UnfitFilesError(reason="an archive is damaged or protected") from problem


def _tidy(person: str, now: datetime) -> None:
    own = []
    for folder in _home().glob("*"):
        told = folder / _TOLD
        try:
            at = datetime.fromtimestamp(told.stat().st_mtime, now.tzinfo)
            whose = msgspec.json.decode(told.read_bytes()).get("person")
        except (OSError, msgspec.DecodeError):
            continue  # it is being written, or goes just now
        if now - at > KEPT:
            shutil.rmtree(folder, ignore_errors=True)
        elif whose == person:
            own.append((at, folder))
    for _, folder in sorted(own, reverse=True)[MOST_WAITING - 1 :]:
        shutil.rmtree(folder, ignore_errors=True)
