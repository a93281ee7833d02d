"""The index of advisories as a file, made out of what is kept of the feeds."""

from __future__ import annotations

import fcntl
import os
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

from asepsis.advisories.feeds.kinds import KIND_OF
from asepsis.advisories.index import Given, bring_up_to_date, is_ours, is_up_to_date
from asepsis.errors import UnanswerableError
from asepsis.jobs.shelf import Feed, Shelf
from asepsis.sentences import Sentence

FILE = "index.sqlite3"
LOCK = "index.lock"
_READING = ("temp_store=MEMORY", "cache_size=-65536", "mmap_size=268435456", "trusted_schema=OFF")
_FAST = ("journal_mode=WAL", "synchronous=NORMAL", *_READING)


class BrokenIndexError(UnanswerableError):
    """The file of the index cannot be read or written."""

    code = "advisories-index"
    sentence = Sentence(
        "The index of advisories cannot be used: {reason}.",
        next="Delete {file}: it is made again from what was fetched. If that fails too, look at the folder and its disk.",
    )


class UnwritableIndexError(UnanswerableError):
    """The index would have to be made or changed where nothing may be written."""

    code = "advisories-index-unwritable"
    sentence = Sentence(
        "The index of advisories in {folder} is not there or not up to date, and nothing may be written there.",
        next="Run `asepsis feeds update` where it may be written, and take the whole folder from there.",
    )


@contextmanager
def opened(shelf: Shelf) -> Iterator[sqlite3.Connection]:
    """Open the index of a shelf, after taking in what changed there; where nothing may be written, as it stands.

    Raises `BrokenIndexError`, `UnwritableIndexError` where that is not up to date, or `DamagedShelfError`.
    """
    if not may_be_written(shelf.folder):
        with _as_it_stands(shelf) as index:
            yield index
        return
    path = shelf.folder / FILE
    with ExitStack() as closing_all:
        try:
            with _alone(shelf.folder):
                _drop_what_another_version_made(path)
                index = closing_all.enter_context(closing(sqlite3.connect(path, isolation_level=None)))
                for one in _FAST:
                    index.execute(f"PRAGMA {one}")
                bring_up_to_date(index, [_given(shelf, feed) for feed in shelf.feeds()])
            yield index
        except sqlite3.Error as error:
            raise BrokenIndexError(file=str(path), reason=str(error)) from error


def may_be_written(folder: Path) -> bool:
    """Return whether files can be made in a folder, which is made where there is none."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError:
        return False
    return os.access(folder, os.W_OK | os.X_OK)


def address_of(index: Path) -> str:
    """Return the address by which SQLite only reads an index; where nothing may be written it needs no file beside it."""
    address = f"{index.resolve().as_uri()}?mode=ro"
    return address if may_be_written(index.parent) else f"{address}&immutable=1"


@contextmanager
def _as_it_stands(shelf: Shelf) -> Iterator[sqlite3.Connection]:
    """Open the index where nothing may be written: it was closed whole, and nobody changes it meanwhile."""
    path = shelf.folder / FILE
    log = path.with_name(f"{path.name}-wal")
    if not path.is_file() or (log.is_file() and log.stat().st_size):
        raise UnwritableIndexError(folder=str(shelf.folder))
    try:
        with closing(sqlite3.connect(address_of(path), isolation_level=None, uri=True)) as index:
            for one in _READING:
                index.execute(f"PRAGMA {one}")
            if not is_up_to_date(index, [_given(shelf, feed) for feed in shelf.feeds()]):
                raise UnwritableIndexError(folder=str(shelf.folder))
            yield index
    except sqlite3.Error as error:
        raise BrokenIndexError(file=str(path), reason=str(error)) from error


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Wait until no other process makes the index, and keep them waiting meanwhile."""
    with (folder / LOCK).open("wb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _drop_what_another_version_made(path: Path) -> None:
    if not path.is_file():
        return
    index = sqlite3.connect(path)
    try:
        ours = is_ours(index)
    except sqlite3.DatabaseError:
        ours = False
    finally:
        index.close()
    if not ours:
        for one in (path, path.with_name(f"{path.name}-wal"), path.with_name(f"{path.name}-shm")):
            one.unlink(missing_ok=True)


def _given(shelf: Shelf, feed: Feed) -> Given:
    kept = shelf.kept(feed)
    state = kept.state()

    def records(segments: Sequence[str]) -> Iterable[bytes]:
        return kept.records(state, only=[int(one) for one in segments])

    return Given(
        feed.name,
        kind_of(feed),
        state.as_of,
        (feed.part,) if feed.part else feed.covers,
        tuple(str(one.number) for one in state.segments),
        records,
    )


def kind_of(feed: Feed) -> str:
    """Return what the records of a feed are: osv, cve, nvd, csaf, kev, epss, cwe or capec."""
    return KIND_OF[feed.source] or feed.records or ""
