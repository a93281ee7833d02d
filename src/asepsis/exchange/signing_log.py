"""The log of a signing key, as the custodian of the key exports it, into a signing log."""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Callable
from typing import Literal, NoReturn, TypeVar

import msgspec

from asepsis.exchange.facts import Digest, Signed, SigningLog
from asepsis.exchange.instants import written_instant
from asepsis.exchange.manifest import is_signed
from asepsis.exchange.source import MIB, Reading, Source, Tally, UnreadableError, decode_json
from asepsis.sentences import Sentence

MOST_BYTES = 100 * MIB
MOST_LINE = 64 * 1024
MOST_LINES = 500_000

Verdict = Literal["good", "bad", "unchecked"]
Content = Callable[[str], bytes | None]
_Shape = TypeVar("_Shape", bound=msgspec.Struct)


class UnreadableLogError(UnreadableError):
    """A source is no log of one signing key."""

    code = "signing-log-unreadable"
    sentence = Sentence(
        "{source} cannot be read as the log of a signing key: line {line} {reason}.",
        next="Export the log again: one JSON object a line, oldest first, of one key.",
    )


NOTHING_CHECKED = Sentence("{source} came without the public key, so no signature in it was checked.")
UNCHECKED = Sentence(
    "{count} signatures were not checked: the log holds no signature for them, or what was signed is not here."
)


class _Header(msgspec.Struct, forbid_unknown_fields=True):
    until: str
    key: str | None = None


class _Line(msgspec.Struct, forbid_unknown_fields=True):
    time: str
    key: str
    identity: str
    digest: Digest
    signature: str | None = None


def read(source: Source, *, public_key: bytes | None = None, content: Content | None = None) -> Reading[SigningLog]:
    """Return every use of one key, oldest first.

    The log is JSON lines, UTF-8, one object for each use of the key:

        {"time": "2026-03-01T09:30:00Z", "key": "release-2026", "identity": "ci@build", "digest": "<SHA-256 in hex>"}

    and, where the log keeps it, `"signature"`: the Ed25519 signature over the bytes that the digest is of, in Base64. A
    first line `{"until": "2026-04-01T00:00:00Z"}` (with `"key"` if wanted) says up to when the log is whole; without it
    that is the time of the last line. So an unused key needs the first line.

    A signature is checked where `public_key` (32 bytes) is given and `content(digest)` has the bytes; else its verdict is
    `unchecked`.

    Raises `UnreadableLogError` with the line: a field missing, unknown or of another form, a time before the line above or
    after `until`, a second key; or an error of the JSON text.
    """
    log = _Log(source.limited(MOST_BYTES), public_key, content)
    for number, data in enumerate(source.data.removeprefix(b"\xef\xbb\xbf").split(b"\n"), 1):
        if data.strip():
            log.add(number, data)
    return log.reading()


class _Log:
    """The lines of a log, taken one after the other."""

    def __init__(self, source: Source, public_key: bytes | None, content: Content | None) -> None:
        self.source, self.public_key, self.content = source, public_key, content
        self.key: str | None = None
        self.until: str | None = None
        self.signatures: list[Signed] = []

    def add(self, number: int, data: bytes) -> None:
        if len(data) > MOST_LINE:
            self.refuse(number, f"is longer than {MOST_LINE:,} bytes")
        if len(self.signatures) >= MOST_LINES:
            self.refuse(number, f"comes after {MOST_LINES:,} others; no more are read")
        value = decode_json(Source(f"Line {number} of {self.source.name}", data)).value
        is_first = self.until is None and not self.signatures
        if is_first and isinstance(value, dict) and "until" in value:
            header = self.shaped(number, value, _Header)
            self.until, self.key = self.instant(number, header.until), header.key
        else:
            self.add_signed(number, self.shaped(number, value, _Line))

    def add_signed(self, number: int, line: _Line) -> None:
        time = self.instant(number, line.time)
        if self.signatures and _sortable(time) < _sortable(self.signatures[-1].time):
            self.refuse(number, f"is of {time}, before the line above it; a log goes forward")
        if self.until is not None and _sortable(time) > _sortable(self.until):
            self.refuse(number, f"is of {time}, after the {self.until} up to which the log says it is whole")
        if not line.key or not line.identity:
            self.refuse(number, "names no key or no identity")
        self.key = self.key or line.key
        if line.key != self.key:
            self.refuse(number, f"is of the key '{line.key[:100]}', and the log is of '{self.key[:100]}'")
        self.signatures.append(Signed(time, line.key, line.identity, line.digest, verdict=self.verdict(number, line)))

    def verdict(self, number: int, line: _Line) -> Verdict:
        if line.signature is None:
            return "unchecked"
        try:
            signature = base64.b64decode(line.signature, validate=True)
        except (ValueError, binascii.Error):
            signature = b""
        if len(signature) != 64:
            self.refuse(number, "holds a signature that is not 64 bytes in Base64")
        data = self.content(line.digest) if self.content and self.public_key is not None else None
        if data is None or self.public_key is None:
            return "unchecked"
        is_it = hashlib.sha256(data).hexdigest() == line.digest
        return "good" if is_it and is_signed(data, signature, self.public_key) else "bad"

    def instant(self, number: int, text: str) -> str:
        try:
            time, has_offset = written_instant(text)
        except ValueError:
            self.refuse(number, f"gives '{text[:60]}' as a time, which is no date and time")
        if not has_offset:
            self.refuse(number, f"gives the time '{text[:60]}' without its offset from UTC")
        return time

    def shaped(self, number: int, value: object, shape: type[_Shape]) -> _Shape:
        try:
            return msgspec.convert(value, shape)
        except msgspec.ValidationError as problem:
            reason = str(problem)
            self.refuse(number, f"has another form than a use of a key: {reason[0].lower()}{reason[1:]}", problem)

    def refuse(self, number: int, reason: str, cause: BaseException | None = None) -> NoReturn:
        raise UnreadableLogError(source=self.source.name, line=number, reason=reason) from cause

    def reading(self) -> Reading[SigningLog]:
        if self.until is None and not self.signatures:
            self.refuse(1, "is missing: a log without a use of its key says in its first line until when")
        tally = Tally()
        unchecked = sum(signed.verdict == "unchecked" for signed in self.signatures)
        if self.public_key is None:
            tally.note(NOTHING_CHECKED.said(source=self.source.name))
        elif unchecked:
            tally.note(UNCHECKED.said(count=unchecked))
        until = self.until or self.signatures[-1].time
        fact = SigningLog(signatures=tuple(self.signatures), until=until)
        return Reading(fact, tally.receipt(self.source, "signing_log", len(self.signatures)))


def _sortable(instant: str) -> str:
    return instant.removesuffix("Z")  # "...:07" stands before "...:07.5", though "Z" stands after "."
