"""What a source of advisories is: steps that ask for documents and give records, with no network and no clock.

A source is a generator: it yields what it wants fetched (`Ask`), is sent what came (`Answer`), hands on records as they
come, and returns what it now knows (`Outcome`). Whoever drives it fetches, waits, keeps and tries again; run once more with
the same answers it does the same, so an update that was cut off goes on where it stood.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import BinaryIO, NamedTuple

from asepsis.advisories.feeds.kinds import KIND_OF
from asepsis.errors import InputError
from asepsis.sentences import Sentence

MIB = 1024 * 1024
MOST_DOCUMENT = 64 * MIB  # one advisory, one page, one list
MOST_ARCHIVE = 4096 * MIB


class BrokenFeedError(InputError):
    """What a source gave is not what its layout promises; nothing of the update is used."""

    code = "feed-broken"
    sentence = Sentence(
        "{feed} gave something that cannot be used: {url} {reason}.",
        next="What was fetched before stays in use. Try again later; if it stays so, look at the address of the feed.",
    )


class Broken(Exception):
    """Raised inside a source, without the name of the feed: `reason` says what is wrong with the document at `url`."""

    def __init__(self, url: str, reason: str) -> None:
        super().__init__(url, reason)
        self.url, self.reason = url, reason


class Record(NamedTuple):
    """One advisory as its publisher wrote it: `key` tells it from others of its source, `data` is one line of JSON."""

    key: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Ask:
    """A document that a source wants: at most `most` bytes.

    `conditional`: only if it changed since the last update that worked. `optional`: it may be missing. `pause` is how many
    seconds its publisher wants between two such requests. `listing` asks for the files of a folder instead.
    """

    url: str
    most: int = MOST_DOCUMENT
    conditional: bool = False
    optional: bool = False
    listing: bool = False
    pause: float = 0.0
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came: a body, or that the document is the same as before, or that there is none."""

    url: str
    body: BinaryIO | None = None
    is_same: bool = False

    @property
    def is_missing(self) -> bool:
        """Return whether there is no such document."""
        return self.body is None and not self.is_same

    def stream(self) -> BinaryIO:
        """Return the body from its start; raises `Broken` where there is none."""
        if self.body is None:
            raise Broken(self.url, "is not there")
        self.body.seek(0)
        return self.body

    def read(self) -> bytes:
        """Return the whole body; the request bounded its size."""
        return self.stream().read()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an update came to.

    `is_same`: nothing changed. `is_whole`: the records that were given are all there are, and replace those before.
    `marks` are what the source needs to go on next time. `newest` is the newest instant that its data names. `refused` are
    documents that were left out with the reason of each, `notes` what a reader of the feed has to know.
    """

    is_same: bool = False
    is_whole: bool = False
    marks: Mapping[str, str] = field(default_factory=dict)
    newest: datetime | None = None
    refused: tuple[tuple[str, str], ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Begun:
    """What a source starts from: where it is, its part, what it knew, and when this update was begun."""

    url: str
    now: datetime
    part: str | None = None
    records: str | None = None  # the kind of the records, where the source does not say it
    marks: Mapping[str, str] = field(default_factory=dict)
    has_records: bool = False
    key: str | None = field(default=None, repr=False)


Give = Callable[[Iterable[Record]], None]
Steps = Generator[Ask, Answer, Outcome]


@dataclass(frozen=True, slots=True)
class Source:
    """One public layout of advisories."""

    name: str
    title: str
    steps: Callable[[Begun, Give], Steps]
    url: str | None = None
    part: str | None = None  # what one feed of it takes: "an ecosystem"; `None` where the source is one
    covers: Callable[[str | None], tuple[str, ...]] = lambda part: ()

    @property
    def kind(self) -> str | None:
        """Return what its records are; `None` where whoever adds the feed says it."""
        return KIND_OF[self.name]


def instant(text: str) -> datetime | None:
    """Return an instant as advisories write them, in UTC; `None` for what is none. Without zone it is UTC."""
    try:
        found = datetime.fromisoformat(text.strip())
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError):  # OverflowError: year 1 east of Greenwich
        return None


def newest_of(instants: Iterable[datetime | None], now: datetime) -> datetime | None:
    """Return the newest instant that is not in the future."""
    return max((one for one in instants if one is not None and one <= now), default=None)
