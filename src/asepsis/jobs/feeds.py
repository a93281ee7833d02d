"""Feeds brought up to date: each by itself, so that a broken one leaves the others and its own last good state alone."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

import msgspec

from asepsis import __version__
from asepsis.advisories.feeds.feed import Begun, Broken, BrokenFeedError, Outcome, Source, instant
from asepsis.advisories.feeds.record import KINDS
from asepsis.advisories.feeds.sources import SOURCES
from asepsis.advisories.packages import types_of
from asepsis.errors import AsepsisError, InputError, UnanswerableError
from asepsis.exchange import facts, instants
from asepsis.jobs.fetching import Fetcher, NetworkOffError, Unreachable, UnreachableFeedError, is_asked_for
from asepsis.jobs.shelf import DamagedShelfError, Failure, Feed, Kept, Shelf, State, Writer
from asepsis.sentences import Sentence

AGENT = f"asepsis/{__version__}"
RESUMABLE = timedelta(hours=24)  # an update that was cut off longer ago begins anew


class UnknownSourceError(InputError):
    """No source of a name is known."""

    code = "feed-source-unknown"
    sentence = Sentence("There is no source '{source}'.", next="Take one of {known}.")


class FeedPartError(InputError):
    """A source asks for something that was not given, or takes nothing of the kind."""

    code = "feed-part"
    sentence = Sentence("{source} {problem}.", next="See `asepsis feeds add --help`.")


class NoFeedsError(UnanswerableError):
    """No feed has been fetched, so nothing is known."""

    code = "feeds-none"
    sentence = Sentence(
        "No feed has been fetched: nothing can be said about vulnerabilities.",
        next="Add one with `asepsis feeds add`, and fetch it with `asepsis feeds update`.",
    )


@dataclass(frozen=True, slots=True)
class Updated:
    """What came of the update of one feed. `changed` are records that are new or other, of `records` in all."""

    feed: Feed
    result: Literal["changed", "same", "failed"]
    state: State
    changed: int = 0
    requests: int = 0


@dataclass(frozen=True)
class Surroundings:
    """What an update needs of the world: the instant, a way to wait, and whether the network may be used."""

    now: Callable[[], datetime]
    sleep: Callable[[float], None]
    network: bool = True


def added(
    source: str,
    *,
    name: str | None = None,
    url: str | None = None,
    part: str | None = None,
    records: str | None = None,
    key_file: str | None = None,
    covers: tuple[str, ...] = (),
) -> Feed:
    """Return the feed that these words name, complete. Raises `UnknownSourceError` or `FeedPartError`."""
    known = SOURCES.get(source)
    if known is None:
        raise UnknownSourceError(source=source, known=sorted(SOURCES))
    if known.part and not part:
        raise FeedPartError(source=known.title, problem=f"needs {known.part}, with --part")
    if part and _PART.fullmatch(part) is None:
        raise FeedPartError(
            source=known.title, problem=f"has no ecosystem '{part[:60]}': names are words, dots and colons"
        )
    if part and not known.part:
        raise FeedPartError(source=known.title, problem="is one: it takes no --part")
    if (known.kind is None) != (records is not None) or (records is not None and records not in KINDS):
        kinds = ", ".join(KINDS)
        problem = (
            f"needs what its records are, with --records ({kinds})" if known.kind is None else "takes no --records"
        )
        raise FeedPartError(source=known.title, problem=problem)
    if covers and (known.kind is not None or records != "osv"):
        raise FeedPartError(source=known.title, problem="takes --covers only for records of osv, which name packages")
    address = url or known.url
    if address is None:
        raise FeedPartError(source=known.title, problem="needs an address or a folder, with --from")
    if not urlsplit(address).scheme:
        address = Path(address).expanduser().resolve().as_uri()
    elif not address.startswith("file:") and not is_asked_for(address):
        raise FeedPartError(source=known.title, problem=f"comes by https or from a folder, not from '{address[:200]}'")
    return Feed(name or _name(source, part), source, address, part, records, key_file, tuple(dict.fromkeys(covers)))


_PART = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9 _+:-]|\.(?!\.)){0,60}")


def _name(source: str, part: str | None) -> str:
    words = f"{source}-{part}" if part else source
    return "".join(one if (one.isascii() and one.isalnum()) or one in ".-" else "-" for one in words.lower())[:64]


def update(shelf: Shelf, feed: Feed, world: Surroundings, *, whole: bool = False) -> Updated:
    """Bring one feed up to date; with `whole`, as if nothing were known of it yet.

    What goes wrong is in the result, and in the feed's state from now on; the records stay those of the last update that
    worked. Raises `BusyFeedError`.
    """
    kept = shelf.kept(feed)
    with kept.locked():
        try:
            before = State() if whole else kept.state()
            if whole:
                _begin_anew(kept)
            return _updated(kept, before, world)
        except (Broken, Unreachable) as problem:
            kind = BrokenFeedError if isinstance(problem, Broken) else UnreachableFeedError
            return _failed(kept, kind(feed=feed.name, url=problem.url, reason=problem.reason), world)
        except (NetworkOffError, DamagedShelfError) as problem:
            return _failed(kept, problem, world)


def _failed(kept: Kept, error: AsepsisError, world: Surroundings) -> Updated:
    failure = Failure(instants.instant(world.now()), error.code, error.said.text())
    try:
        state = msgspec.structs.replace(kept.state(), failure=failure)
    except DamagedShelfError:
        return Updated(kept.feed, "failed", State(failure=failure))
    kept.put(state)
    return Updated(kept.feed, "failed", state)


def _begin_anew(kept: Kept) -> None:
    shutil.rmtree(kept.staging, ignore_errors=True)


def _updated(kept: Kept, before: State, world: Surroundings) -> Updated:
    feed, source = kept.feed, SOURCES[kept.feed.source]
    if not world.network and urlsplit(feed.url).scheme != "file":
        raise NetworkOffError(feed=feed.name)
    began = _planned(kept, world)
    fetcher = Fetcher(
        feed.url, kept.staging, before.validators if before.segments else {}, world.sleep, world.now, AGENT
    )
    begun = Begun(feed.url, began, feed.part, feed.records, before.marks, bool(before.segments), _key(feed))
    try:
        with Writer(kept) as writer:
            outcome = _driven(source, begun, fetcher, writer)
    except Broken as problem:
        fetcher.forget(problem.url)
        raise
    state = _after(kept, before, outcome, writer, fetcher, began, source)
    kept.put(state)
    fetcher.clear()
    changed = 0 if outcome.is_same else writer.records
    return Updated(feed, "changed" if changed or outcome.is_whole else "same", state, changed, fetcher.requests)


def _planned(kept: Kept, world: Surroundings) -> datetime:
    """Return when this update began: earlier, where one that was cut off goes on."""
    plan, now = kept.staging / "begun", world.now()
    if plan.is_file():
        began = instant(plan.read_text(encoding="ascii", errors="replace"))
        if began is not None and timedelta(0) <= now - began <= RESUMABLE:
            return began
        _begin_anew(kept)
    kept.staging.mkdir(mode=0o700, parents=True, exist_ok=True)
    plan.write_text(now.isoformat(), encoding="ascii")
    return now


def _key(feed: Feed) -> str | None:
    if feed.key_file is None:
        return None
    try:
        return Path(feed.key_file).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as problem:
        raise Unreachable(Path(feed.key_file).as_uri(), "holds the key, and cannot be read") from problem


def _driven(source: Source, begun: Begun, fetcher: Fetcher, writer: Writer) -> Outcome:
    """Run the steps of a source to their end; each body is closed before the next is asked for."""
    steps = source.steps(begun, writer.write)
    try:
        ask = next(steps)
        while True:
            answer = fetcher.answer(ask)
            try:
                ask = steps.send(answer)
            finally:
                if answer.body is not None:
                    answer.body.close()
    except StopIteration as end:
        outcome: Outcome = end.value
        return outcome


def _after(
    kept: Kept, before: State, outcome: Outcome, writer: Writer, fetcher: Fetcher, began: datetime, source: Source
) -> State:
    """Return the state that an update leads to."""
    segments = before.segments
    if outcome.is_whole:
        segments = writer.segments
    elif writer.records and not outcome.is_same:
        segments = kept.packed((*segments, *writer.segments))
    newest = max(filter(None, (instant(before.newest or ""), outcome.newest)), default=None)
    if outcome.is_whole:
        newest = outcome.newest
    # What lies in a folder is as new as it says itself; what its publisher gives today is of today.
    local = urlsplit(kept.feed.url).scheme == "file"
    as_of = newest if local else began
    return State(
        as_of=instants.instant(as_of) if as_of else before.as_of,
        checked_at=instants.instant(began),
        newest=instants.instant(newest) if newest else None,
        records=kept.count(segments) if segments != before.segments else before.records,
        segments=segments,
        covers=source.covers(kept.feed.part)
        or tuple(dict.fromkeys(type_ for ecosystem in kept.feed.covers for type_ in types_of(ecosystem))),
        marks=dict(outcome.marks or before.marks) if outcome.is_same else dict(outcome.marks),
        validators={**before.validators, **fetcher.learned} if segments else {},
        refused=before.refused if outcome.is_same else outcome.refused,
        notes=before.notes if outcome.is_same and not outcome.notes else outcome.notes,
    )


def update_all(
    shelf: Shelf, world: Surroundings, names: Iterable[str] = (), *, whole: bool = False
) -> Iterator[Updated]:
    """Yield what came of each feed, in turn; of those named, or of all. Raises `UnknownFeedError` before the first."""
    feeds = [shelf.feed(name) for name in names] or list(shelf.feeds())
    for feed in feeds:
        yield update(shelf, feed, world, whole=whole)


def document(shelf: Shelf) -> facts.Feeds:
    """Return the feeds as a fact document: only what has been fetched counts, as of the oldest of it.

    Raises `NoFeedsError` where nothing has.
    """
    found = []
    for feed in shelf.feeds():
        state = shelf.kept(feed).state()
        if state.segments and state.as_of is not None:
            found.append(facts.Feed(feed.name, state.as_of, covers=state.covers, records=state.records))
    if not found:
        raise NoFeedsError
    return facts.Feeds(as_of=min(found, key=lambda one: one.as_of).as_of, feeds=tuple(found))


def age(state: State, now: datetime) -> timedelta | None:
    """Return how old the data of a feed is; `None` where there is none."""
    as_of = instant(state.as_of) if state.as_of else None
    return None if as_of is None else now.astimezone(UTC) - as_of
