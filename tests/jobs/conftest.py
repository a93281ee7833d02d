"""A publisher on loopback, in the public layouts, that can be told to fail; and a shelf to keep its feeds on."""

from __future__ import annotations

import hashlib
import http.server
import io
import json
import threading
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest

from asepsis.jobs.feeds import Surroundings, Updated, added, update
from asepsis.jobs.shelf import Feed, Shelf, State
from tests.web.conftest import copied as copied  # a small maker that a test may write to
from tests.web.conftest import written as written

NOW = datetime(2026, 11, 25, 9, tzinfo=UTC)


@dataclass(frozen=True)
class Fault:
    """What a publisher does once instead of answering well."""

    status: int | None = None
    headers: tuple[tuple[str, str], ...] = ()
    cut_after: int | None = None  # bytes of the body, then the connection is closed
    body: bytes | None = None  # with its own length: whole, and wrong


@dataclass
class Asked:
    """One request, as the publisher saw it."""

    path: str
    headers: dict[str, str]


@dataclass
class Publisher:
    """Documents by path (with query), the faults that come first, and what was asked."""

    port: int = 0
    documents: dict[str, bytes] = field(default_factory=dict)
    faults: dict[str, list[Fault]] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)
    with_etags: bool = True
    with_ranges: bool = True

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def paths(self) -> list[str]:
        return [one.path for one in self.asked]

    def fail(self, path: str, *faults: Fault) -> None:
        self.faults.setdefault(path, []).extend(faults)

    def osv(self, *records: dict[str, Any], ecosystem: str = "PyPI") -> None:
        """Publish records in the layout of the OSV buckets."""
        self.documents[f"/{ecosystem}/all.zip"] = zipped({f"{one['id']}.json": one for one in records})
        for one in records:
            self.documents[f"/{ecosystem}/{one['id']}.json"] = json.dumps(one, indent=2).encode()
        listed = sorted(records, key=lambda one: str(one["modified"]), reverse=True)
        text = "".join(f"{one['modified']},{one['id']}\n" for one in listed)
        self.documents[f"/{ecosystem}/modified_id.csv"] = text.encode()


def zipped(files: dict[str, Any]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, value in files.items():
            archive.writestr(name, value if isinstance(value, bytes) else json.dumps(value))
    return made.getvalue()


def vulnerability(number: int, day: int = 1) -> dict[str, Any]:
    return {"id": f"PYSEC-2026-{number}", "modified": f"2026-11-{day:02}T00:00:00.123456Z", "details": "x" * 200}


class Handler(http.server.BaseHTTPRequestHandler):
    """Answers from the documents of the publisher, after the faults that were put before them."""

    publisher: Publisher
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        self.publisher.asked.append(Asked(self.path, {name.lower(): value for name, value in self.headers.items()}))
        waiting = self.publisher.faults.get(self.path, [])
        fault = waiting.pop(0) if waiting else Fault()
        data = self.publisher.documents.get(self.path, self.publisher.documents.get(unquote(urlsplit(self.path).path)))
        if fault.status is not None:
            self.send(fault.status, b"", dict(fault.headers))
        elif data is None:
            self.send(404, b"", {})
        else:
            self.whole_or_part(fault.body if fault.body is not None else data, fault.cut_after)

    def whole_or_part(self, data: bytes, cut_after: int | None) -> None:
        etag = f'"{hashlib.sha256(data).hexdigest()[:16]}"'
        headers = {"ETag": etag} if self.publisher.with_etags else {}
        if self.publisher.with_etags and self.headers.get("If-None-Match") == etag:
            self.send(304, b"", headers)
            return
        wanted = self.headers.get("Range", "")
        if wanted and self.publisher.with_ranges and self.headers.get("If-Range") == etag:
            start = int(wanted.removeprefix("bytes=").removesuffix("-"))
            if start >= len(data):
                self.send(416, b"", headers)
                return
            headers["Content-Range"] = f"bytes {start}-{len(data) - 1}/{len(data)}"
            self.send(206, data[start:], headers, cut_after)
            return
        self.send(200, data, headers, cut_after)

    def send(self, status: int, data: bytes, headers: dict[str, str], cut_after: int | None = None) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data if cut_after is None else data[:cut_after])
        self.close_connection = True


@pytest.fixture
def publisher() -> Iterator[Publisher]:
    """A publisher that listens on a free port of this machine."""
    found = Publisher()
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), type("OwnHandler", (Handler,), {"publisher": found}))
    found.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield found
    server.shutdown()
    thread.join()
    server.server_close()


@dataclass
class Desk:
    """Somebody who adds feeds and updates them, an hour later each time; waiting is noted, and takes no time."""

    shelf: Shelf
    now: datetime = NOW
    waited: list[float] = field(default_factory=list)
    network: bool = True

    def add(self, source: str, **words: Any) -> Feed:
        feed = added(source, **words)
        self.shelf.add(feed)
        return feed

    def update(self, feed: Feed, *, whole: bool = False, later: timedelta = timedelta(hours=1)) -> Updated:
        self.now += later
        world = Surroundings(lambda: self.now, self.waited.append, self.network)
        return update(self.shelf, feed, world, whole=whole)

    def records(self, feed: Feed) -> dict[str, Any]:
        """Return the records that are in force, by identifier."""
        found = [json.loads(line) for line in self.shelf.kept(feed).records()]
        return {
            str(one.get("id") or one.get("cveID") or one.get("cve") or one["document"]["tracking"]["id"]): one
            for one in found
        }

    def state(self, feed: Feed) -> State:
        return self.shelf.kept(feed).state()


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(Shelf(tmp_path / "home/feeds"))
