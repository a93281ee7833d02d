"""Any provider of CSAF documents, by its provider metadata: ROLIE feeds or a directory with its list of changes.

The digests that a provider gives are checked; a document that does not fit its digest is left out and asked for again the
next time. OpenPGP signatures are not checked, and the outcome says so.

Source: CSAF 2.0, sections 7.1 (requirements 5 to 20) and 7.3.
"""

from __future__ import annotations

import csv
import hashlib
import io
import re
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urljoin, urlsplit

import msgspec

from asepsis.advisories.feeds.feed import Answer, Ask, Begun, Broken, Give, Outcome, Source, Steps, instant
from asepsis.advisories.feeds.record import Tally

SIGNATURES = "OpenPGP signatures of the documents were not checked."
_OPEN = frozenset(("", "CLEAR", "WHITE", "UNLABELED"))
_NEWEST = "newest"
_DIGEST = re.compile(r"\s*([0-9a-fA-F]{64}|[0-9a-fA-F]{128})(?:\s|$)")
_ALGORITHMS = {64: "sha256", 128: "sha512"}
MOST_DIGEST_FILE = 4_096


class _RolieOf(msgspec.Struct):
    url: str
    tlp_label: str = ""


class _Rolie(msgspec.Struct):
    feeds: list[_RolieOf] = msgspec.field(default_factory=list)


class _Distribution(msgspec.Struct):
    directory_url: str | None = None
    rolie: _Rolie | None = None


class _Metadata(msgspec.Struct):
    distributions: list[_Distribution] = msgspec.field(default_factory=list)


class _Link(msgspec.Struct):
    rel: str
    href: str


class _Content(msgspec.Struct):
    src: str = ""


class _Entry(msgspec.Struct):
    updated: str
    link: list[_Link] = msgspec.field(default_factory=list)
    content: _Content | None = None


class _Feed(msgspec.Struct):
    entry: list[_Entry] = msgspec.field(default_factory=list)


class _FeedDocument(msgspec.Struct):
    feed: _Feed


@dataclass(frozen=True, slots=True)
class _Listed:
    """A document as its provider lists it; `digests` are the addresses of its digest files."""

    url: str
    at: datetime
    digests: tuple[str, ...] = ()


def steps(begun: Begun, give: Give) -> Steps:
    """Fetch what the provider lists as updated since the newest document that was taken."""
    metadata = _decoded((yield Ask(begun.url)), _Metadata)
    listed, notes = yield from _listed(begun.url, metadata)
    since = instant(begun.marks.get(_NEWEST, "")) if begun.has_records else None
    again = set(begun.marks.get("again", "").split("\n")) - {""}
    wanted = sorted(
        (one for one in listed.values() if since is None or one.at > since or one.url in again),
        key=lambda one: (one.at, one.url),
    )
    tally, failed, bare = Tally("csaf", begun.now), [], 0
    for one in wanted:
        fault = yield from _document(one, tally, give)
        bare += fault == ""
        if fault:
            failed.append((one.url, fault))
    if wanted and not tally.taken and since is None:
        raise Broken(begun.url, f"lists {len(wanted):,} documents, none of which can be used")
    newest = max((one.at for one in wanted), default=since)
    if bare:
        notes.append(f"{bare:,} documents came without a digest.")
    marks = {_NEWEST: newest.isoformat() if newest else "", "again": "\n".join(url for url, _ in failed[:1_000])}
    refused = (*failed, *tally.refused)[:1_000]
    same = not wanted and begun.has_records
    return Outcome(same, since is None, marks, tally.newest, refused, (*notes, SIGNATURES))


def _listed(base: str, metadata: _Metadata) -> Generator[Ask, Answer, tuple[dict[str, _Listed], list[str]]]:
    """Return each document that the distributions list, by its address, and what a reader has to know."""
    found: dict[str, _Listed] = {}
    notes: list[str] = []
    directories = [one.directory_url for one in metadata.distributions if one.directory_url]
    feeds = [feed for one in metadata.distributions if one.rolie for feed in one.rolie.feeds]
    open_feeds = [one for one in feeds if one.tlp_label.upper() in _OPEN]
    if len(open_feeds) < len(feeds):
        notes.append(f"{len(feeds) - len(open_feeds):,} feeds are not for everybody (TLP), and were not asked for.")
    if not open_feeds and not directories:
        raise Broken(base, "names no distribution that is open to everybody")
    for feed in open_feeds:
        answer = yield Ask(urljoin(base, feed.url))
        for one in _of_rolie(answer):
            found[one.url] = one
    # A provider that has both lists the same documents twice: then the feeds, which name the digests, are enough.
    for directory in directories if not open_feeds else ():
        root = urljoin(base, directory.rstrip("/") + "/")
        answer = yield Ask(f"{root}changes.csv")
        for one in _of_changes(root, answer):
            found.setdefault(one.url, one)
    return found, notes


def _of_rolie(answer: Answer) -> Iterator[_Listed]:
    for entry in _decoded(answer, _FeedDocument).feed.entry:
        own = next((link.href for link in entry.link if link.rel == "self"), entry.content.src if entry.content else "")
        at = instant(entry.updated)
        if not own or at is None:
            raise Broken(answer.url, "holds an entry without its address or its date")
        digests = tuple(urljoin(answer.url, link.href) for link in entry.link if link.rel == "hash")
        yield _Listed(_http(answer.url, urljoin(answer.url, own)), at, digests)


def _of_changes(root: str, answer: Answer) -> Iterator[_Listed]:
    """Yield the documents of a list of changes; their digest files lie beside them."""
    text = answer.read().decode("utf-8-sig", "replace")
    for row in csv.reader(io.StringIO(text)):
        if not row:
            continue
        at = instant(row[1]) if len(row) > 1 else None
        if at is None or not row[0].endswith(".json") or ".." in row[0].split("/"):
            raise Broken(answer.url, f"holds a line that is none of its list ('{','.join(row)[:60]}')")
        url = _http(answer.url, urljoin(root, row[0]))
        yield _Listed(url, at, (f"{url}.sha512", f"{url}.sha256"))


def _http(base: str, url: str) -> str:
    """Return an address that lies in the same world as `base`: a provider on the web names no files of this machine."""
    if urlsplit(url).scheme != urlsplit(base).scheme and urlsplit(url).scheme != "https":
        raise Broken(base, f"names a document at '{url[:80]}'")
    return url


def _document(one: _Listed, tally: Tally, give: Give) -> Generator[Ask, Answer, str | None]:
    """Take a document in. Return what is wrong with it, nothing ("") where it came without digest, else `None`."""
    answer = yield Ask(one.url, optional=True)
    if answer.is_missing:
        return "is listed, and is not there"
    data, checked = answer.read(), ""
    for address in one.digests:
        told = yield Ask(address, most=MOST_DIGEST_FILE, optional=True)
        found = None if told.is_missing else _DIGEST.match(told.read().decode("ascii", "replace"))
        if found is not None:
            checked = found[1].lower()
            if hashlib.new(_ALGORITHMS[len(checked)], data).hexdigest() != checked:
                return f"does not fit its digest ({address.rpartition('/')[2]})"
            break
    give(tally.take(one.url, data))
    return None if checked else ""


def _decoded(answer: Answer, shape: type[msgspec.Struct]) -> Any:
    try:
        return msgspec.json.decode(answer.read(), type=shape)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as problem:
        raise Broken(answer.url, f"is not what CSAF lays down: {problem}") from problem


CSAF = Source("csaf", "CSAF provider", steps, part=None)
