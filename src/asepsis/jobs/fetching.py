"""Documents fetched for one update of a feed: verified, bounded, tried again, and kept until the update is whole.

Every answer goes into a journal in the staging folder. An update that is run again after it was cut off is given the answers
that it had, and a document of which a part came is asked for from there on.
"""

from __future__ import annotations

import email.utils
import hashlib
import http.client
import shutil
import ssl
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO
from urllib.parse import unquote, urlsplit

import msgspec

from asepsis.advisories.feeds.feed import Answer, Ask, Broken
from asepsis.errors import RefusedError, UnanswerableError
from asepsis.jobs.validators import Validators
from asepsis.sentences import Sentence

ATTEMPTS = 5
TIMEOUT = 60.0  # seconds without a byte
LONGEST_WAIT = 300.0  # seconds that a publisher may ask for
CHUNK = 256 * 1024
MOST_LISTED = 200_000  # files of a folder
AGAIN = frozenset((408, 425, 429, 500, 502, 503, 504))
LOOPBACK = frozenset(("localhost", "127.0.0.1", "::1"))


class UnreachableFeedError(UnanswerableError):
    """A document could not be fetched, also after trying again."""

    code = "feed-unreachable"
    sentence = Sentence(
        "{feed} could not be fetched: {url} {reason}.",
        next="What was fetched before stays in use. Run the update again; it goes on where it stopped.",
    )


class NetworkOffError(RefusedError):
    """The network would be needed, and this machine's settings say never."""

    code = "feeds-network-off"
    sentence = Sentence(
        "{feed} lies on the network, which ASEPSIS_FEEDS=never rules out.",
        next="Bring its files to this machine and add them as a folder, or set ASEPSIS_FEEDS=asked.",
    )


class Unreachable(Exception):
    """Raised here without the name of the feed: `reason` says why the document at `url` did not come."""

    def __init__(self, url: str, reason: str) -> None:
        super().__init__(url, reason)
        self.url, self.reason = url, reason


class _Cut(Exception):
    """Raised when a body ended early; what came is kept."""


class _Line(msgspec.Struct, frozen=True, omit_defaults=True):
    """One answer, as the journal keeps it."""

    asked: str
    url: str
    status: int
    file: str | None = None
    sha256: str | None = None
    validators: Validators = Validators()


@dataclass
class Fetcher:
    """Fetches for one update. `known` are the validators of the last one that worked; `sleep` waits for seconds."""

    base: str
    staging: Path
    known: Mapping[str, Validators]
    sleep: Callable[[float], None]
    now: Callable[[], datetime]
    agent: str

    def __post_init__(self) -> None:
        self.staging.mkdir(parents=True, exist_ok=True)
        self.journal = self.staging / "journal.jsonl"
        self.lines = list(self._kept())
        self.at = 0
        self.learned: dict[str, Validators] = {}
        self.requests = 0  # that went over the network
        context = ssl.create_default_context()
        self.opener = urllib.request.OpenerDirector()
        for handler in (
            urllib.request.ProxyHandler(),
            urllib.request.HTTPHandler(),
            urllib.request.HTTPSHandler(context=context),
            _Redirects(),
            urllib.request.HTTPDefaultErrorHandler(),
            urllib.request.HTTPErrorProcessor(),
        ):
            self.opener.add_handler(handler)

    def _kept(self) -> list[_Line]:
        """Return the answers of the journal whose bytes are still those that came."""
        found: list[_Line] = []
        if not self.journal.is_file():
            return found
        for line in self.journal.read_bytes().splitlines():
            try:
                one = msgspec.json.decode(line, type=_Line)
            except msgspec.DecodeError:  # the machine went down while it was written
                return found
            if one.file is not None and not self._is_whole(one):
                return found
            found.append(one)
        return found

    def _is_whole(self, line: _Line) -> bool:
        path = self.staging / Path(line.file or "").name
        if not path.is_file():
            return False
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest() == line.sha256

    def answer(self, ask: Ask) -> Answer:
        """Return what came for a request. Raises `Unreachable`, and `Broken` for what passes the bounds."""
        scheme = urlsplit(ask.url).scheme
        if (scheme == "file") != (urlsplit(self.base).scheme == "file"):
            raise Broken(ask.url, "lies elsewhere than its feed, which is a folder or is none")
        if scheme == "file":
            return self._local(ask)
        line = self._replayed(ask) or self._asked(ask)
        if ask.conditional and line.status == http.client.OK:
            self.learned[ask.url] = line.validators
        if line.status == http.client.NOT_MODIFIED:
            return Answer(line.url, is_same=True)
        if line.file is None:
            return Answer(line.url)
        return Answer(line.url, (self.staging / line.file).open("rb"))

    # --- the journal ----------------------------------------------------------------------------------------------------

    def _replayed(self, ask: Ask) -> _Line | None:
        """Return the answer that this request had before the update was cut off."""
        if self.at >= len(self.lines):
            return None
        line = self.lines[self.at]
        if line.asked != ask.url:  # what is asked depends on answers: from here on it is another way
            del self.lines[self.at :]
            self.journal.write_bytes(b"".join(msgspec.json.encode(one) + b"\n" for one in self.lines))
            return None
        self.at += 1
        return line

    def _asked(self, ask: Ask) -> _Line:
        number = f"{self.at:06}"
        line = self._tried(ask, self.staging / f"{number}.part")
        with self.journal.open("ab") as stream:
            stream.write(msgspec.json.encode(line) + b"\n")
        self.lines.append(line)
        self.at += 1
        return line

    # --- the network ----------------------------------------------------------------------------------------------------

    def _tried(self, ask: Ask, part: Path) -> _Line:
        """Return the answer, after as many attempts as it takes and `ATTEMPTS` allows."""
        _check_address(ask.url)
        if self.requests and ask.pause:
            self.sleep(ask.pause)
        reason, wait = "", 0.0
        for attempt in range(ATTEMPTS):
            if attempt:
                self.sleep(wait)
            self.requests += 1
            wait = float(2**attempt)
            try:
                return self._once(ask, part)
            except urllib.error.HTTPError as problem:
                reason = f"answers {problem.code} {problem.reason}".strip()
                problem.close()
                if problem.code not in AGAIN:
                    raise Unreachable(ask.url, reason) from problem
                wait = max(wait, self._asked_to_wait(problem))
                if wait > LONGEST_WAIT:
                    raise Unreachable(ask.url, f"asks for a pause of {wait:.0f} seconds") from problem
            except _Cut as problem:
                reason = str(problem)
            except (TimeoutError, urllib.error.URLError, http.client.HTTPException, OSError) as problem:
                cause = problem.reason if isinstance(problem, urllib.error.URLError) else problem
                reason = f"cannot be reached ({cause})"
                if isinstance(cause, ssl.SSLCertVerificationError):
                    raise Unreachable(ask.url, f"has a certificate that does not verify ({cause.reason})") from problem
        raise Unreachable(ask.url, f"{reason}, {ATTEMPTS} times")

    def _asked_to_wait(self, problem: urllib.error.HTTPError) -> float:
        """Return the seconds that a publisher asks to wait, as a number or as a date."""
        told = problem.headers.get("Retry-After", "")
        if told.isdecimal():
            return float(told)
        try:
            until = email.utils.parsedate_to_datetime(told)
        except (TypeError, ValueError):
            return 0.0
        return max(0.0, (until.replace(tzinfo=until.tzinfo or UTC) - self.now()).total_seconds())

    def _once(self, ask: Ask, part: Path) -> _Line:
        headers = {"User-Agent": self.agent, "Accept-Encoding": "identity", **dict(ask.headers)}
        begun = _begun(part, ask.url)
        if begun is not None:
            headers |= {"Range": f"bytes={part.stat().st_size}-", "If-Range": begun.same_bytes or ""}
        elif ask.conditional:
            headers |= self.known.get(ask.url, Validators()).headers()
        request = urllib.request.Request(ask.url, headers=headers)  # noqa: S310 - `_check_address` let it through
        try:
            response = self.opener.open(request, timeout=TIMEOUT)
        except urllib.error.HTTPError as problem:
            with problem:
                if problem.code == http.client.NOT_MODIFIED:
                    return _Line(ask.url, ask.url, http.client.NOT_MODIFIED)
                if problem.code in (http.client.NOT_FOUND, http.client.GONE) and ask.optional:
                    return _Line(ask.url, ask.url, http.client.NOT_FOUND)
                if problem.code == http.client.REQUESTED_RANGE_NOT_SATISFIABLE:
                    _forget(part)
                    raise _Cut("no longer has the part that is missing") from problem
            raise
        with response:
            validators = Validators(response.headers.get("ETag"), response.headers.get("Last-Modified"))
            goes_on = begun is not None and response.status == http.client.PARTIAL_CONTENT
            if goes_on and not _goes_on(response, part):
                _forget(part)
                raise _Cut("gave another part than the one that is missing")
            _note(part, ask.url, validators)
            _write(response, part, ask, goes_on)
            url = response.geturl()
        _forget_note(part)
        with part.open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
        return _Line(ask.url, url, http.client.OK, part.name, digest, validators)

    # --- folders --------------------------------------------------------------------------------------------------------

    def _local(self, ask: Ask) -> Answer:
        """Return a file of this machine, or the list of a folder. Only what lies in the feed's own folder is read."""
        path, base = path_of(ask.url), path_of(self.base)
        if not path.resolve().is_relative_to(base.resolve()):
            raise Broken(ask.url, "lies outside the folder of its feed")
        try:
            if ask.listing:
                return Answer(ask.url, self._listing(path))
            if not path.is_file():
                if ask.optional:
                    return Answer(ask.url)
                raise Unreachable(ask.url, "is not there")
            told = path.stat()
            if told.st_size > ask.most:
                raise Broken(ask.url, f"has {told.st_size:,} bytes; at most {ask.most:,} are read")
            if ask.conditional:
                now = Validators(f"{told.st_mtime_ns}-{told.st_size}")
                self.learned[ask.url] = now
                if self.known.get(ask.url) == now:
                    return Answer(ask.url, is_same=True)
            return Answer(ask.url, path.open("rb"))
        except OSError as problem:
            raise Unreachable(ask.url, f"cannot be read ({problem.strerror})") from problem

    def _listing(self, folder: Path) -> BinaryIO:
        """Return the files below a folder: address, size and time by tabs, a line each; what is hidden is left out."""
        files = [folder] if folder.is_file() else sorted(folder.rglob("*"))
        if not folder.exists():
            raise Unreachable(folder.as_uri(), "is not there")
        lines = []
        for file in files:
            within = file.relative_to(folder).parts
            if not file.is_file() or file.is_symlink() or any(one.startswith(".") for one in within):
                continue
            told = file.stat()
            lines.append(f"{file.absolute().as_uri()}\t{told.st_size}\t{told.st_mtime_ns}\n".encode())
            if len(lines) > MOST_LISTED:
                raise Broken(folder.as_uri(), f"holds more than {MOST_LISTED:,} files")
        listed = self.staging / "listing"
        listed.write_bytes(b"".join(lines))
        return listed.open("rb")

    def forget(self, url: str) -> None:
        """Throw away what came from `url` and after it, so that the next update asks for it anew."""
        first = next((at for at, line in enumerate(self.lines) if url in (line.asked, line.url)), 0)
        self.journal.write_bytes(b"".join(msgspec.json.encode(line) + b"\n" for line in self.lines[:first]))

    def clear(self) -> None:
        """Throw the staging folder away: the update is whole."""
        shutil.rmtree(self.staging, ignore_errors=True)


def path_of(url: str) -> Path:
    """Return the path that a file: address names."""
    return Path(unquote(urlsplit(url).path))


def is_asked_for(url: str) -> bool:
    """Say whether an address is asked for: by https, and plainly of this machine alone, since nothing else can be believed."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return bool(parts.hostname) and (parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK))


def _check_address(url: str) -> None:
    if not is_asked_for(url):
        raise Broken(url, "is no https address")


class _Redirects(urllib.request.HTTPRedirectHandler):
    """Follows redirects to what `_check_address` lets through; a key goes to the host it was given for, and no other."""

    def redirect_request(self, req, fp, code, msg, headers, newurl):  # type: ignore[no-untyped-def]
        _check_address(newurl)
        if urlsplit(req.full_url).hostname not in LOOPBACK and urlsplit(newurl).hostname in LOOPBACK:
            raise Broken(newurl, "is an address of this machine, to which a publisher sends")
        new = super().redirect_request(req, fp, code, msg, headers, newurl)
        if new is not None and urlsplit(req.full_url).netloc != urlsplit(newurl).netloc:
            for name in [name for name in new.headers if name.lower() in ("apikey", "authorization")]:
                new.remove_header(name)
        return new


def _write(response: http.client.HTTPResponse, part: Path, ask: Ask, goes_on: bool) -> None:
    """Write a body to its file; raises `_Cut` where it ends before the length that its headers promise."""
    start = part.stat().st_size if goes_on else 0
    promised = response.headers.get("Content-Length")
    expected = start + int(promised) if promised and promised.isdecimal() else None
    if expected is not None and expected > ask.most:
        _forget(part)
        raise Broken(ask.url, f"has {expected:,} bytes; at most {ask.most:,} are read")
    written = start
    with part.open("ab" if goes_on else "wb") as stream:
        while True:
            try:
                chunk = response.read(CHUNK)
            except http.client.IncompleteRead as problem:
                stream.write(problem.partial)
                raise _Cut(f"was cut off after {written + len(problem.partial):,} bytes") from problem
            if not chunk:
                break
            written += len(chunk)
            if written > ask.most:
                stream.close()
                _forget(part)
                raise Broken(ask.url, f"has more than {ask.most:,} bytes")
            stream.write(chunk)
    if expected is not None and written < expected:
        raise _Cut(f"was cut off after {written:,} of {expected:,} bytes")


def _goes_on(response: http.client.HTTPResponse, part: Path) -> bool:
    return response.headers.get("Content-Range", "").startswith(f"bytes {part.stat().st_size}-")


# A part of a document is kept with a note of what it is a part of, so that another process can go on.


class _Part(msgspec.Struct, frozen=True):
    url: str
    validators: Validators


def _note(part: Path, url: str, validators: Validators) -> None:
    part.with_suffix(".note").write_bytes(msgspec.json.encode(_Part(url, validators)))


def _forget_note(part: Path) -> None:
    part.with_suffix(".note").unlink(missing_ok=True)


def _forget(part: Path) -> None:
    _forget_note(part)
    part.unlink(missing_ok=True)


def _begun(part: Path, url: str) -> Validators | None:
    """Return the validators of a document of which a part is there, if the rest can be asked for."""
    note = part.with_suffix(".note")
    if not part.is_file() or not part.stat().st_size or not note.is_file():
        return None
    try:
        found = msgspec.json.decode(note.read_bytes(), type=_Part)
    except msgspec.DecodeError:
        return None
    return found.validators if found.url == url and found.validators.same_bytes else None
