"""What is kept of each feed: where it comes from, how far it has come, and the records of the last update that worked.

    <home>/feeds/feeds.json            the feeds that were added
    <home>/feeds/<name>/state.json     what the last update came to; it names the segments that count
    <home>/feeds/<name>/<n>.records    a segment: gzip, one record a line, its key before a tab
    <home>/feeds/<name>/<n>.keys       the keys of that segment, one a line
    <home>/feeds/<name>/staging/       an update under way

An update writes a new segment, and then puts one new state in place of the old. Until then, and if it never comes to that,
the old state and its segments are what is read. Nothing of it is a record of the organisation: it can be fetched again.
"""

from __future__ import annotations

import fcntl
import gzip
import os
import re
import shutil
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import msgspec

from asepsis.advisories.feeds.feed import Broken, Record
from asepsis.errors import InputError, RefusedError
from asepsis.jobs.validators import Validators
from asepsis.sentences import Sentence

MOST_SEGMENTS = 16  # past it they are written into one
MOST_HELD = 256 * 1024 * 1024  # of records that come again in one update


class UnknownFeedError(InputError):
    """No feed of a name was added."""

    code = "feed-unknown"
    sentence = Sentence(
        "No feed is called '{name}'.", next="See `asepsis feeds list`, or add it with `asepsis feeds add`."
    )


class FeedNameError(InputError):
    """A feed cannot be called so."""

    code = "feed-name"
    sentence = Sentence(
        "A feed cannot be called '{name}'.", next="Use lower-case letters, digits, dots and hyphens, 64 at most."
    )


class FeedExistsError(RefusedError):
    """A feed of the name was added before, with another address."""

    code = "feed-exists"
    sentence = Sentence("A feed called '{name}' is there already.", next="Give another name with --name, or remove it.")


class DamagedShelfError(RefusedError):
    """What is kept of a feed cannot be read."""

    code = "feed-damaged"
    sentence = Sentence(
        "What is kept of {feed} cannot be read: {reason}.", next="Fetch it anew with `asepsis feeds update --whole`."
    )


class BusyFeedError(RefusedError):
    """Another process is updating the feed."""

    code = "feed-busy"
    sentence = Sentence("{feed} is being updated by another process.", next="Wait until that has ended.")


class Feed(msgspec.Struct, frozen=True, omit_defaults=True):
    """A feed that was added: the source it follows, where it lies, and the part of it that is taken."""

    name: str
    source: str
    url: str
    part: str | None = None
    records: str | None = None  # the kind of the records of a folder
    key_file: str | None = None
    covers: tuple[str, ...] = ()  # ecosystems of which whoever added a folder says that it has all


class Segment(msgspec.Struct, frozen=True):
    """Records of one update; a record of a later segment stands for the one of the same key before."""

    number: int
    records: int


class Failure(msgspec.Struct, frozen=True):
    """Why the newest update was not used, and when."""

    at: str
    code: str
    message: str


class State(msgspec.Struct, frozen=True, omit_defaults=True):
    """How far a feed has come.

    `as_of` is the instant whose state of its source the records show; `checked_at` when that was last asked. A failed
    update changes nothing but `failure`.
    """

    v: int = 1
    as_of: str | None = None
    checked_at: str | None = None
    newest: str | None = None
    records: int = 0
    segments: tuple[Segment, ...] = ()
    covers: tuple[str, ...] = ()
    marks: dict[str, str] = {}
    validators: dict[str, Validators] = {}
    refused: tuple[tuple[str, str], ...] = ()
    notes: tuple[str, ...] = ()
    failure: Failure | None = None


_NAME = re.compile(r"[a-z0-9][a-z0-9.-]{0,63}")


@dataclass(frozen=True)
class Shelf:
    """The folder `feeds` of a home."""

    folder: Path

    def feeds(self) -> tuple[Feed, ...]:
        """Return the feeds that were added, by name. Raises `DamagedShelfError`."""
        return tuple(sorted(self._listed(), key=lambda feed: feed.name))

    def feed(self, name: str) -> Feed:
        """Return the feed of a name. Raises `UnknownFeedError`."""
        for feed in self._listed():
            if feed.name == name:
                return feed
        raise UnknownFeedError(name=name)

    def add(self, feed: Feed) -> bool:
        """Add a feed; return whether it is new. Raises `FeedNameError`, and `FeedExistsError` for another of its name."""
        if not _NAME.fullmatch(feed.name):
            raise FeedNameError(name=feed.name)
        listed = self._listed()
        for one in listed:
            if one.name == feed.name:
                if one != feed:
                    raise FeedExistsError(name=feed.name)
                return False
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        replace(self.folder / "feeds.json", msgspec.json.encode([*listed, feed]))
        return True

    def remove(self, name: str) -> None:
        """Take a feed away, with all that is kept of it. Raises `UnknownFeedError` or `BusyFeedError`."""
        feed = self.feed(name)
        with self.kept(feed).locked():
            pass
        replace(self.folder / "feeds.json", msgspec.json.encode([one for one in self._listed() if one != feed]))
        self.kept(feed).remove()

    def kept(self, feed: Feed) -> Kept:
        """Return what is kept of a feed."""
        return Kept(self.folder / feed.name, feed)

    def _listed(self) -> list[Feed]:
        path = self.folder / "feeds.json"
        if not path.is_file():
            return []
        try:
            return msgspec.json.decode(path.read_bytes(), type=list[Feed])
        except msgspec.DecodeError as problem:
            raise DamagedShelfError(feed=path.name, reason=str(problem)) from problem


@dataclass(frozen=True)
class Kept:
    """What is kept of one feed."""

    folder: Path
    feed: Feed

    @property
    def staging(self) -> Path:
        return self.folder / "staging"

    def state(self) -> State:
        """Return the state of the last update that worked, an empty one before the first. Raises `DamagedShelfError`."""
        path = self.folder / "state.json"
        if not path.is_file():
            return State()
        try:
            return msgspec.json.decode(path.read_bytes(), type=State)
        except msgspec.DecodeError as problem:
            raise DamagedShelfError(feed=self.feed.name, reason=str(problem)) from problem

    def records(self, state: State | None = None, *, only: Collection[int] | None = None) -> Iterator[bytes]:
        """Yield each record of the last update that worked, once, as one line of JSON; those of some segments with `only`.

        Raises `DamagedShelfError`.
        """
        segments = (state or self.state()).segments
        for line in self._lines(tuple(one for one in segments if only is None or one.number in only)):
            yield line.partition(b"\t")[2]

    def _lines(self, segments: tuple[Segment, ...]) -> Iterator[bytes]:
        """Yield lines from the newest segment to the oldest, and of each key the first that comes."""
        seen: set[bytes] = set()
        for at, segment in enumerate(reversed(segments), 1):
            for line in self._segment(segment):
                if seen and line.partition(b"\t")[0] in seen:
                    continue
                yield line
            if at < len(segments):
                seen |= self._keys(segment)

    def _segment(self, segment: Segment) -> Iterator[bytes]:
        path, read = self.folder / f"{segment.number:06}.records", 0
        try:
            with gzip.open(path, "rb") as stream:
                for line in stream:
                    read += 1
                    yield line.rstrip(b"\n")
        except (OSError, EOFError) as problem:
            raise DamagedShelfError(feed=self.feed.name, reason=f"{path.name}: {problem}") from problem
        if read != segment.records:
            reason = f"{path.name} holds {read:,} records instead of {segment.records:,}"
            raise DamagedShelfError(feed=self.feed.name, reason=reason)

    def _keys(self, segment: Segment) -> set[bytes]:
        path = self.folder / f"{segment.number:06}.keys"
        try:
            return set(path.read_bytes().splitlines())
        except OSError as problem:
            raise DamagedShelfError(feed=self.feed.name, reason=f"{path.name}: {problem}") from problem

    def next_number(self) -> int:
        """Return a number that no segment has had: also not one that a failed update left behind."""
        numbers = [int(path.stem) for path in self.folder.glob("*.records") if path.stem.isdecimal()]
        return max(numbers, default=0) + 1

    def count(self, segments: tuple[Segment, ...]) -> int:
        """Return how many records segments hold together, each key once."""
        if len(segments) == 1:
            return segments[0].records
        keys: set[bytes] = set()
        for segment in segments:
            keys |= self._keys(segment)
        return len(keys)

    def packed(self, segments: tuple[Segment, ...]) -> tuple[Segment, ...]:
        """Return the segments, written into one where they have become many."""
        if len(segments) <= MOST_SEGMENTS:
            return segments
        with Writer(self) as writer:
            for line in self._lines(segments):
                key, _, data = line.partition(b"\t")
                writer.write_line(key, data)
        return writer.segments

    def put(self, state: State) -> None:
        """Put a state in place of the one before, in one step, and throw away segments that it no longer names."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        replace(self.folder / "state.json", msgspec.json.encode(state))
        named = {f"{segment.number:06}" for segment in state.segments}
        for path in self.folder.iterdir():
            if path.suffix in (".records", ".keys", ".new") and path.stem not in named:
                path.unlink(missing_ok=True)

    def remove(self) -> None:
        """Throw all that is kept away."""
        shutil.rmtree(self.folder, ignore_errors=True)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Keep other processes from updating the feed meanwhile. Raises `BusyFeedError`."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with (self.folder / "lock").open("wb") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as problem:
                raise BusyFeedError(feed=self.feed.name) from problem
            yield


class Writer:
    """Writes what an update gives: whole and on the disk at the end of the `with`, or not there at all.

    Of a key that is given again the last record counts: those are kept back, and become a segment of their own.
    """

    def __init__(self, kept: Kept) -> None:
        kept.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.kept, self.seen = kept, set[bytes]()
        self.again: dict[bytes, bytes] = {}
        self.held = 0
        self.segments: tuple[Segment, ...] = ()
        self._open()

    def _open(self) -> None:
        self.number = self.kept.next_number()
        self.stream = gzip.GzipFile(self._path("records"), "wb", compresslevel=1, mtime=0)
        self.keys = self._path("keys").open("wb")
        self.written = 0

    def _path(self, suffix: str) -> Path:
        return self.kept.folder / f"{self.number:06}.{suffix}"

    @property
    def records(self) -> int:
        """Return how many records were given, each key once."""
        return len(self.seen)

    def write(self, records: Iterable[Record]) -> None:
        """Append records, each one line of JSON. Raises `Broken` where more come again than are held in memory."""
        for record in records:
            self.write_line(record.key.encode("utf-8", "replace"), record.data)

    def write_line(self, key: bytes, data: bytes) -> None:
        """Append a record under its key."""
        if key in self.seen:
            self.held += len(data)
            if self.held > MOST_HELD:
                raise Broken(self.kept.feed.url, f"gives more than {MOST_HELD:,} bytes of records twice")
            self.again[key] = data
        else:
            self.seen.add(key)
            self._append(key, data)

    def _append(self, key: bytes, data: bytes) -> None:
        self.stream.write(b"%s\t%s\n" % (key, data))
        self.keys.write(key + b"\n")
        self.written += 1

    def __enter__(self) -> Writer:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self._close(kind is None)
        if kind is None and self.again:
            self._open()
            for key, data in self.again.items():
                self._append(key, data)
            self._close(True)

    def _close(self, is_good: bool) -> None:
        self.stream.close()
        self.keys.close()
        for path in (self._path("records"), self._path("keys")):
            if not is_good:
                path.unlink(missing_ok=True)
            else:
                with path.open("rb") as written:
                    os.fsync(written.fileno())
        if is_good:
            self.segments += (Segment(self.number, self.written),)


def replace(path: Path, data: bytes) -> None:
    """Put `data` in place of a file, in one step: whoever reads it meanwhile sees the old or the new, whole."""
    new = path.with_suffix(".new")
    with new.open("wb") as stream:
        stream.write(data)
        stream.flush()
        os.fsync(stream.fileno())
    new.replace(path)
