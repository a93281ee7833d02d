"""Tables that were sent and are not taken in yet: each in a folder of its own in the home, for who sent it, for a day."""

from __future__ import annotations

import json
import re
import secrets
import shutil
import zipfile
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path, PurePosixPath
from typing import Any, Protocol

from asepsis.errors import InputError, RefusedError
from asepsis.exchange.source import MIB, Source, SourceTooLargeError
from asepsis.exchange.tables.sheet import MOST_BYTES
from asepsis.sentences import Sentence
from asepsis.store import queries

FOLDER = "brought"
KEPT = timedelta(days=1)
MOST_WAITING = 10  # tables of one person
MOST_FILE = 25 * MIB  # of one file that comes with a table
MOST_FILES = 100 * MIB  # of all that come with one
_TOKEN = re.compile(r"[0-9a-f]{32}")
_TABLE, _TAKING, _TOLD = "table", "taking", "told.json"


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
    """A table that waits: what it is called, who sent it, what its columns are taken for, and at last what became of it."""

    token: str
    person: str
    product: str | None
    name: str
    kinds: dict[str, str] = field(default_factory=dict)
    columns: dict[str, dict[str, str | None]] = field(default_factory=dict)
    files: list[str] = field(default_factory=list)
    became: dict[str, Any] | None = None

    @property
    def folder(self) -> Path:
        """Return where it lies."""
        return _home() / self.token

    @property
    def source(self) -> Source:
        """Return the table. Raises `GoneTableError`."""
        try:
            return Source(self.name, (self.folder / _TABLE).read_bytes())
        except FileNotFoundError as problem:
            raise GoneTableError from problem

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

    def save(self) -> None:
        """Keep what its columns are taken for, and what became of it."""
        told = {
            name: getattr(self, name) for name in ("person", "product", "name", "kinds", "columns", "files", "became")
        }
        (self.folder / _TOLD).write_text(json.dumps(told), encoding="utf-8")

    def taking(self, take: Callable[[], dict[str, Any]]) -> None:
        """Take it in, once: what `take` returns is kept as what became of it, and the table goes.

        Raises `TakenAlreadyError` where it is taken in, or being taken in, by another request; what `take` raises leaves
        the table as it was.
        """
        table, marked = self.folder / _TABLE, self.folder / _TAKING
        try:
            table.rename(marked)
        except FileNotFoundError as problem:
            raise TakenAlreadyError from problem
        try:
            self.became = take()
        finally:
            if self.became is None:
                marked.rename(table)
        self.save()
        for one in (marked, *self.folder.glob("file-*")):
            one.unlink()

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
        told = json.loads((_home() / token / _TOLD).read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError) as problem:
        raise GoneTableError from problem
    found = Waiting(token, **told)
    if found.person != person:
        raise GoneTableError
    return found


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
            whose = json.loads(told.read_text(encoding="utf-8")).get("person")
        except (OSError, ValueError):
            continue  # it is being written, or goes just now
        if now - at > KEPT:
            shutil.rmtree(folder, ignore_errors=True)
        elif whose == person:
            own.append((at, folder))
    for _, folder in sorted(own, reverse=True)[MOST_WAITING - 1 :]:
        shutil.rmtree(folder, ignore_errors=True)
