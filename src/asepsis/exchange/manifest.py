"""A signed list of files and their digests, in the form of `sha256sum`, into manifest files and the verdict on its signature."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Iterator
from typing import Literal, NoReturn

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_der_public_key, load_pem_public_key

from asepsis.exchange.facts import ManifestFile, ManifestFiles
from asepsis.exchange.instants import written_instant
from asepsis.exchange.source import MIB, Reading, Source, Tally, UnreadableError
from asepsis.sentences import Sentence

MOST_BYTES = 100 * MIB
MOST_FILES = 500_000
SIZED = "# sha256 size path"  # a first line that says that each line has a size
ALGORITHM = "Ed25519"

Verdict = Literal["good", "bad", "absent", "unchecked"]


class UnreadableManifestError(UnreadableError):
    """A source is no list of files in the form of `sha256sum`."""

    code = "manifest-unreadable"
    sentence = Sentence(
        "{source} cannot be read as a manifest: line {line} {reason}.",
        next="Make it again with 'sha256sum', from the folder of the package, with paths as the package has them.",
    )


class EmptyManifestError(UnreadableError):
    """A manifest lists no file."""

    code = "manifest-empty"
    sentence = Sentence("{source} lists no file.", next="Make the manifest from the package, after it was built.")


class UnreadableKeyError(UnreadableError):
    """What was given as a public key is none of Ed25519."""

    code = "manifest-key-unreadable"
    sentence = Sentence(
        "{source} is no Ed25519 public key: PEM, or its 32 bytes raw, in hex or in Base64, were expected.",
        next="Export the public key again, for instance with 'openssl pkey -pubout'.",
    )


class UnreadableSignatureError(UnreadableError):
    """What was given as a signature is none of Ed25519."""

    code = "manifest-signature-unreadable"
    sentence = Sentence(
        "{source} is no Ed25519 signature: its 64 bytes raw, in hex or in Base64, were expected.",
        next="Sign the manifest's bytes again, for instance with 'openssl pkeyutl -sign -rawin'.",
    )


NOT_SIGNED = Sentence("{source} came without a signature.")
NO_KEY = Sentence("{source} came without a public key, so its signature was not checked.")
NO_SIZES = Sentence("{source} gives no sizes; its files are known by their digests alone.")


def read(
    source: Source, *, signature: Source | None = None, public_key: Source | None = None
) -> Reading[ManifestFiles]:
    """Return the files that a manifest lists, and whether `signature` over its bytes holds under `public_key`.

    A line is what `sha256sum` writes, in text or binary mode (`digest  path`, `digest *path`), with its escapes (a
    leading backslash), or in the form of `sha256sum --tag` (`SHA256 (path) = digest`). Where the first line is
    `# sha256 size path`, a line is `digest size path` instead, with one blank between. Other lines that begin with `#`
    are passed over, but for `# made_at: <date and time>`; being inside the file, it is signed too.

    The verdict is worked out here: `good` or `bad` where both are given, `unchecked` without a key, `absent` without a
    signature. `public_key` of the fact is the SHA-256 of the key's 32 bytes, `key_file` that of the
    file it was given as.

    Raises `UnreadableManifestError` with the line, also for a path that is absolute, leads out of its folder or is listed
    twice; `EmptyManifestError`, `UnreadableKeyError`, `UnreadableSignatureError`.
    """
    tally = Tally()
    manifest = _Manifest(source.limited(MOST_BYTES))
    files = tuple(sorted(manifest.files(), key=lambda file: file.path))
    if not files:
        raise EmptyManifestError(source=source.name)
    if not manifest.sized:
        tally.note(NO_SIZES.said(source=source.name))
    key = None if public_key is None else raw_key(public_key)
    fact = ManifestFiles(
        files=files,
        signature=_verdict(source, signature, key, tally),
        algorithm=ALGORITHM if signature is not None else None,
        public_key=hashlib.sha256(key).hexdigest() if key is not None else None,
        key_file=public_key.digest if public_key is not None else None,
        made_at=manifest.made_at,
    )
    return Reading(fact, tally.receipt(source, "manifest_files", len(files)))


# the list


_DIGEST = "(?P<digest>[0-9a-fA-F]{64})"
_LISTED = re.compile(rf"{_DIGEST} [ *](?P<path>.+)", re.DOTALL)
_TAGGED = re.compile(rf"SHA256 \((?P<path>.+)\) = {_DIGEST}", re.DOTALL)
_WITH_SIZE = re.compile(rf"{_DIGEST} (?P<size>0|[1-9][0-9]{{0,15}}) (?P<path>.+)", re.DOTALL)
_MADE_AT = re.compile(r"# made_at: *(.+)")


class _Manifest:
    """The lines of a manifest, read from top to bottom."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.lines = source.text().split("\n")
        self.sized = self.lines[0].rstrip("\r") == SIZED
        self.made_at: str | None = None

    def files(self) -> Iterator[ManifestFile]:
        first: dict[str, int] = {}
        for number, line in enumerate((line.removesuffix("\r") for line in self.lines), 1):
            if line.startswith("#"):
                self.remark(number, line)
            elif line:
                file = self.file(number, line)
                if (before := first.setdefault(file.path, number)) != number:
                    self.refuse(number, f"lists '{file.path[:200]}' again, which line {before} lists")
                if len(first) > MOST_FILES:
                    self.refuse(number, f"is the file number {MOST_FILES + 1:,}; at most {MOST_FILES:,} are read")
                yield file

    def remark(self, number: int, line: str) -> None:
        if found := _MADE_AT.fullmatch(line):
            try:
                self.made_at, has_offset = written_instant(found[1])
            except ValueError:
                self.refuse(number, f"says that it was made at '{found[1][:60]}', which is no date and time")
            if not has_offset:
                self.refuse(number, "says when it was made without an offset from UTC")

    def file(self, number: int, line: str) -> ManifestFile:
        escaped = line.startswith("\\")
        line = line.removeprefix("\\")
        found = _WITH_SIZE.fullmatch(line) if self.sized else _LISTED.fullmatch(line) or _TAGGED.fullmatch(line)
        if found is None:
            form = "digest size path" if self.sized else "digest  path"
            self.refuse(number, f"is not of the form '{form}' with a SHA-256 digest of 64 hexadecimal digits")
        path = self.path(number, self.plain(number, found["path"]) if escaped else found["path"])
        size = int(found["size"]) if self.sized else None
        return ManifestFile(path=path, sha256=found["digest"].lower(), size=size)

    def plain(self, number: int, path: str) -> str:
        if re.fullmatch(r"(?:[^\\]|\\[\\nr])*", path, re.DOTALL) is None:
            self.refuse(number, "holds an escape other than \\\\, \\n and \\r")
        return re.sub(r"\\([\\nr])", lambda found: {"\\": "\\", "n": "\n", "r": "\r"}[found[1]], path)

    def path(self, number: int, path: str) -> str:
        """Return a path as a package lists it: from its own folder, steps joined by one slash."""
        if "\0" in path or len(path) > 4096:
            self.refuse(number, "holds a path with a null character, or longer than 4,096 characters")
        if path.startswith(("/", "\\")) or re.match("[A-Za-z]:", path):
            self.refuse(number, f"names the absolute path '{path[:200]}'")
        steps = [step for step in path.split("/") if step not in ("", ".")]
        if ".." in steps or ".." in path.split("\\"):
            self.refuse(number, f"names '{path[:200]}', which leads out of the package's folder")
        if not steps or path.endswith("/"):
            self.refuse(number, f"names '{path[:200]}', which is no file")
        return "/".join(steps)

    def refuse(self, number: int, reason: str) -> NoReturn:
        raise UnreadableManifestError(source=self.source.name, line=number, reason=reason)


# the signature


def _verdict(source: Source, signature: Source | None, key: bytes | None, tally: Tally) -> Verdict:
    if signature is None:
        tally.note(NOT_SIGNED.said(source=source.name))
        return "absent"
    raw = raw_signature(signature)
    if key is None:
        tally.note(NO_KEY.said(source=source.name))
        return "unchecked"
    return "good" if is_signed(source.data, raw, key) else "bad"


def is_signed(data: bytes, signature: bytes, key: bytes) -> bool:
    """Say whether `signature` is one of Ed25519 over `data` under the raw public `key`."""
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, data)
    except InvalidSignature:
        return False
    return True


def raw_signature(source: Source) -> bytes:
    """Return the 64 bytes of a signature given raw, in hex or in Base64. Raises `UnreadableSignatureError`."""
    raw = _raw(source.data, 64)
    if raw is None:
        raise UnreadableSignatureError(source=source.name)
    return raw


def raw_key(source: Source) -> bytes:
    """Return the 32 bytes of a public key given as PEM or DER, raw, in hex or in Base64. Raises `UnreadableKeyError`."""
    raw = _raw(source.data, 32)
    if raw is not None:
        return raw
    load = load_pem_public_key if b"-----BEGIN" in source.data[:4096] else load_der_public_key
    try:
        key = load(source.data)
    except (ValueError, UnsupportedAlgorithm) as problem:
        raise UnreadableKeyError(source=source.name) from problem
    if not isinstance(key, Ed25519PublicKey):
        raise UnreadableKeyError(source=source.name)
    return key.public_bytes_raw()


def _raw(data: bytes, length: int) -> bytes | None:
    """Return `length` bytes that are given raw, in hex or in Base64; `None` where they are not."""
    if len(data) == length:
        return data
    text = data.strip()
    try:
        raw = bytes.fromhex(text.decode("ascii")) if len(text) == 2 * length else base64.b64decode(text, validate=True)
    except (ValueError, binascii.Error):
        return None
    return raw if len(raw) == length else None
