"""A package as delivered: every file of a folder, zip or tar archive by its digest, without unpacking anything to disk."""

from __future__ import annotations

import errno
import gzip
import hashlib
import os
import re
import stat
import struct
import tarfile
import unicodedata
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, BinaryIO, cast

from asepsis.exchange.facts import File, PackageFiles
from asepsis.exchange.source import MIB, Reading, SourceMissingError, Tally, UnreadableError
from asepsis.sentences import Sentence

GIB = 1024 * MIB
CHUNK = MIB


@dataclass(frozen=True, slots=True)
class Bounds:
    """How much of a package is read: files, bytes unpacked, and bytes unpacked for each packed one.

    The ratio is looked at once more than `ratio_from` bytes are unpacked: small texts do shrink to nearly nothing.
    """

    files: int = 100_000
    size: int = 8 * GIB
    ratio: int = 200
    ratio_from: int = 64 * MIB


class UnreadablePackageError(UnreadableError):
    """A file is no archive that is read here, or a broken one."""

    code = "package-unreadable"
    sentence = Sentence(
        "{source} cannot be read as a package: {reason}.",
        next="Give the folder, or a zip, tar or tar.gz archive, as it is delivered.",
    )


class UnsafePackageError(UnreadableError):
    """A package holds something that unpacks to different files in different hands, or outside its folder."""

    code = "package-unsafe"
    sentence = Sentence(
        "{source} is refused as a package for its member '{member}': {reason}.",
        next="Build the package again without it; nobody who unpacks it can be sure of what they get.",
    )


class PackageTooLargeError(UnreadableError):
    """A package holds more than is read."""

    code = "package-too-large"
    sentence = Sentence(
        "{source} holds more than {most} {what}; reading stopped at '{member}'.",
        next="Give it in parts, or raise the bound if the package is known to be that large.",
    )


LINK = Sentence("it is a symbolic link to '{target}'; a link has no content of its own")
HARD_LINK = Sentence("'{member}' is a hard link; it is listed with the content of '{target}'.")
ALIKE = Sentence(
    "'{one}' and '{other}' differ only in case or in how their letters are composed; some file systems keep one."
)
OLD_NAMES = Sentence("Names that are not marked as UTF-8 were read as code page 437, as zip has it.")
AFTER_END = Sentence(
    "Something follows the end mark of the tar archive; no common tool unpacks it, and it was not read."
)


def read(path: Path | str, *, bounds: Bounds | None = None) -> Reading[PackageFiles]:
    """Return every file of the folder or archive at `path` with size and SHA-256, sorted by path.

    An archive is told by its first bytes: zip (wheels too), tar, and tar packed with gzip. Nothing is written to disk,
    and what is unpacked is counted as it comes, whatever the archive says of itself. A file counts as executable by its
    mode or by its first bytes: a script, ELF, MZ or Mach-O. Symbolic links are in the receipt and not in the list; a
    hard link in a tar archive is listed with the content that it links to.

    The receipt's digest is the archive's; a folder's is the SHA-256 over the lines "digest, two blanks, path, LF".

    Raises `UnsafePackageError` for absolute paths, "..", backslashes, names that are no text, two members of one name,
    a file where another member needs a folder, encrypted members and anything but files, folders and links;
    `PackageTooLargeError` past `bounds`; `UnreadablePackageError`; and `SourceMissingError`.
    """
    path, bounds = Path(path), bounds or Bounds()
    listing = _Listing(path.name, bounds)
    if "\0" in str(path):
        raise SourceMissingError(source=path.name, reason="no path holds a null character")
    try:
        if path.is_dir():
            _read_folder(path, listing)
            return listing.reading(listing.digest)
        with path.open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
            listing.packed = stream.tell()
            stream.seek(0)
            _read_archive(stream, listing)
        return listing.reading(digest)
    except OSError as problem:
        raise SourceMissingError(source=path.name, reason=(problem.strerror or str(problem)).lower()) from problem


@dataclass(slots=True)
class _Origin:
    name: str
    digest: str


@dataclass(slots=True)
class _Listing:
    """The files found so far, and how much more may come."""

    name: str
    bounds: Bounds
    packed: int | None = None  # bytes of the archive; a folder has none
    unpacked: int = 0
    files: dict[str, File] = field(default_factory=dict)
    executable: set[str] = field(default_factory=set)
    tally: Tally = field(default_factory=Tally)
    taken: set[str] = field(default_factory=set)  # paths of files and links
    folders: set[str] = field(default_factory=set)
    alike: dict[str, str] = field(default_factory=dict)

    def unsafe(self, member: str, reason: str) -> UnsafePackageError:
        shown = member.encode(errors="backslashreplace").decode()
        return UnsafePackageError(source=self.name, member=shown[:200], reason=reason)

    def path(self, member: str) -> str:
        """Return a member's name as the path that it unpacks to, from the package's own folder."""
        if len(member) > 4096:
            raise self.unsafe(member, "its name is longer than 4,096 characters")
        if "\0" in member or "\\" in member:
            raise self.unsafe(member, "its name holds a null character or a backslash")
        if member.startswith("/") or re.match("[A-Za-z]:", member):
            raise self.unsafe(member, "its path is absolute")
        steps = [step for step in member.split("/") if step not in ("", ".")]
        if ".." in steps:
            raise self.unsafe(member, "its path leads out of the folder that it is unpacked to")
        try:
            member.encode()
        except UnicodeEncodeError as problem:
            raise self.unsafe(member, "its name is not UTF-8 text") from problem
        return "/".join(steps)

    def claim(self, member: str) -> str:
        """Return the path of a member that is a file or link, which nothing else may have."""
        path = self.path(member)
        if not path:
            raise self.unsafe(member, "it has no name")
        if path in self.taken:
            raise self.unsafe(member, "two members have this name")
        if len(self.taken) >= self.bounds.files:
            raise PackageTooLargeError(source=self.name, most=self.bounds.files, what="files", member=path)
        self.taken.add(path)
        self.add_folder(path.rpartition("/")[0])
        folded = unicodedata.normalize("NFC", unicodedata.normalize("NFD", path).casefold())
        if (other := self.alike.setdefault(folded, path)) != path:
            self.tally.note(ALIKE.said(one=other, other=path))
        return path

    def add_folder(self, path: str) -> None:
        while path and path not in self.folders:
            self.folders.add(path)
            path = path.rpartition("/")[0]

    def unpack(self, count: int, member: str) -> None:
        """Count bytes that came out, and stop where there are too many of them."""
        self.unpacked += count
        if self.unpacked > self.bounds.size:
            raise PackageTooLargeError(source=self.name, most=self.bounds.size, what="bytes", member=member)
        if self.packed is not None and self.unpacked > max(self.bounds.ratio_from, self.bounds.ratio * self.packed):
            most = self.bounds.ratio
            raise PackageTooLargeError(source=self.name, most=most, what="bytes for each packed one", member=member)

    def add(self, path: str, content: IO[bytes], *, mode: int, counted: bool = True) -> File:
        """Read a file to its end and list it. `counted` is off where the bytes are counted as they come."""
        digest, size, start = hashlib.sha256(), 0, b""
        while chunk := content.read(CHUNK):
            start = start or chunk[:8]
            size += len(chunk)
            digest.update(chunk)
            if counted:
                self.unpack(len(chunk), path)
        return self.put(path, size, digest.hexdigest(), executable=bool(mode & 0o111) or _is_program(start))

    def put(self, path: str, size: int, sha256: str, *, executable: bool) -> File:
        self.files[path] = made = File(path=path, size=size, sha256=sha256)
        if executable:
            self.executable.add(path)
        return made

    def leave_link(self, member: str, target: str) -> None:
        shown = target.encode(errors="backslashreplace").decode()
        self.tally.leave(self.claim(member), LINK.said(target=shown[:200]))

    @property
    def digest(self) -> str:
        lines = (f"{self.files[path].sha256}  {path}\n" for path in sorted(self.files))
        return hashlib.sha256("".join(lines).encode()).hexdigest()

    def reading(self, digest: str) -> Reading[PackageFiles]:
        if both := min(self.taken & self.folders, default=None):
            raise self.unsafe(both, "it is a file, and a folder of other members too")
        if not self.files:
            raise UnreadablePackageError(source=self.name, reason="there is no file in it")
        fact = PackageFiles(
            files=tuple(self.files[path] for path in sorted(self.files)), executable=tuple(sorted(self.executable))
        )
        return Reading(fact, self.tally.receipt(_Origin(self.name, digest), "package_files", len(self.files)))


_PROGRAMS = (
    b"#!",
    b"\x7fELF",
    b"MZ",
    b"\xfe\xed\xfa\xce",  # Mach-O of 32 and 64 bits, in both orders of bytes
    b"\xfe\xed\xfa\xcf",
    b"\xce\xfa\xed\xfe",
    b"\xcf\xfa\xed\xfe",
    b"\xca\xfe\xba\xbf",
)


def _is_program(start: bytes) -> bool:
    """Say whether a file that starts so is a script or a program.

    A Mach-O of several machines starts as a Java class does; what follows is a count of machines there, and here a
    version that begins at 45.
    """
    if start.startswith(b"\xca\xfe\xba\xbe") and len(start) >= 8:
        return int.from_bytes(start[4:8], "big") < 45
    return start.startswith(_PROGRAMS)


# --------------------------------------------------------------------------------------------------------------- folders


def _read_folder(root: Path, listing: _Listing) -> None:
    waiting = [root]
    while waiting:
        folder = waiting.pop()
        for entry in sorted(os.scandir(folder), key=lambda entry: entry.name):
            member = Path(entry.path).relative_to(root).as_posix()
            mode = entry.stat(follow_symlinks=False).st_mode
            if stat.S_ISLNK(mode):
                listing.leave_link(member, str(Path(entry.path).readlink()))
            elif stat.S_ISDIR(mode):
                listing.add_folder(listing.path(member))
                waiting.append(Path(entry.path))
            elif stat.S_ISREG(mode):
                _read_file(Path(entry.path), listing.claim(member), listing)
            else:
                raise listing.unsafe(member, "it is neither a file nor a folder nor a link")


def _read_file(file: Path, path: str, listing: _Listing) -> None:
    # A link or pipe that took the file's place since it was looked at is not followed and does not block.
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    with os.fdopen(os.open(file, flags), "rb") as content:
        mode = os.fstat(content.fileno()).st_mode
        if not stat.S_ISREG(mode):
            raise listing.unsafe(path, "it was changed while it was read")
        listing.add(path, content, mode=mode)


# -------------------------------------------------------------------------------------------------------------- archives


def _read_archive(stream: BinaryIO, listing: _Listing) -> None:
    start = stream.read(512)
    stream.seek(0)
    try:
        if start.startswith((b"PK\x03\x04", b"PK\x05\x06")):
            _read_zip(stream, listing)
        elif start.startswith(b"\x1f\x8b"):
            with gzip.GzipFile(fileobj=stream) as unpacked:
                _read_tar(cast(IO[bytes], unpacked), listing)
        elif start[257:262] == b"ustar" or _is_old_tar(start):
            _read_tar(stream, listing)
        else:
            raise UnreadablePackageError(source=listing.name, reason="it starts neither as zip nor as tar nor as gzip")
    except _BROKEN as problem:
        raise UnreadablePackageError(source=listing.name, reason=_told(problem)) from problem
    except OSError as problem:
        if problem.errno != errno.EINVAL:  # a seek to where the archive's own fields point, before its start
            raise
        raise UnreadablePackageError(source=listing.name, reason=_told(problem)) from problem
    except NotImplementedError as problem:
        reason = f"it is packed in a way that is not read here ({problem})"
        raise UnreadablePackageError(source=listing.name, reason=reason) from problem


# The libraries let through what their own parts raise for fields that make no sense: a text that is no number, an offset
# before the start, a name that is not UTF-8.
_BROKEN = (zipfile.BadZipFile, tarfile.TarError, zlib.error, gzip.BadGzipFile, EOFError, struct.error, ValueError)


def _told(problem: Exception) -> str:
    return f"the archive is broken ({str(problem).rstrip('.') or type(problem).__name__})"


def _is_old_tar(start: bytes) -> bool:
    """Say whether this is a header of tar from before POSIX: its checksum is right."""
    try:
        tarfile.TarInfo.frombuf(start, "utf-8", "surrogateescape")
    except tarfile.HeaderError:
        return False
    return True


# ------------------------------------------------------------------------------------------------------------------- zip

_ENCRYPTED = 0x1 | 0x40 | 0x2000  # member, strong, and directory encryption
_UTF8 = 0x800
_MOST_ENTRY = 320  # bytes of the directory for one member, on average


def _read_zip(stream: BinaryIO, listing: _Listing) -> None:
    _bound_directory(stream, listing)
    with zipfile.ZipFile(stream) as archive:
        for member in archive.infolist():
            name = member.orig_filename
            mode = member.external_attr >> 16 if member.create_system == 3 else 0
            if member.flag_bits & _ENCRYPTED:
                raise listing.unsafe(name, "it is encrypted")
            if not member.flag_bits & _UTF8 and not name.isascii():
                listing.tally.note(OLD_NAMES.said())
            if stat.S_IFMT(mode) not in (0, stat.S_IFREG, stat.S_IFDIR, stat.S_IFLNK):
                raise listing.unsafe(name, "it is neither a file nor a folder nor a link")
            if stat.S_ISLNK(mode):
                with archive.open(member) as content:
                    listing.leave_link(name, content.read(4096).decode(errors="backslashreplace"))
            elif name.endswith("/"):
                if member.file_size:
                    raise listing.unsafe(name, "it is a folder with a content of its own")
                listing.add_folder(listing.path(name))
            else:
                path = listing.claim(name)
                with archive.open(member) as content:
                    made = listing.add(path, content, mode=mode)
                if made.size != member.file_size:
                    raise zipfile.BadZipFile(f"'{path}' has {made.size} bytes in place of {member.file_size}")


def _bound_directory(stream: BinaryIO, listing: _Listing) -> None:
    """Refuse a directory that is larger than the bound on files allows, before it is read into memory.

    Source: APPNOTE.TXT 6.3.10, 4.3.14 to 4.3.16.
    """
    size = stream.seek(0, os.SEEK_END)
    stream.seek(max(0, size - 65_557 - 20))
    tail = stream.read()
    at = tail.rfind(b"PK\x05\x06")
    if at < 0 or len(tail) < at + 22:
        raise zipfile.BadZipFile("it has no end record, so it is not whole")
    length = struct.unpack_from("<I", tail, at + 12)[0]
    if at >= 20 and tail[at - 20 : at - 16] == b"PK\x06\x07":
        stream.seek(struct.unpack_from("<Q", tail, at - 12)[0])
        record = stream.read(56)
        if record.startswith(b"PK\x06\x06"):
            length = struct.unpack_from("<Q", record, 40)[0]
    stream.seek(0)
    if length > listing.bounds.files * _MOST_ENTRY:
        raise PackageTooLargeError(
            source=listing.name, most=listing.bounds.files, what="files", member="the directory of the archive"
        )


# ------------------------------------------------------------------------------------------------------------------- tar

_MOST_HEADER = 4 * MIB  # of one extended header, which is read whole


class _Forward:
    """A file that is read forward only: it counts what comes out, and remembers the last block."""

    def __init__(self, stream: IO[bytes], listing: _Listing) -> None:
        self._stream, self._listing = stream, listing
        self._at = 0
        self.last = b""

    def read(self, size: int) -> bytes:
        if size > _MOST_HEADER:
            raise tarfile.ReadError(f"a header of {size} bytes")
        self.last = self._stream.read(size)
        self._at += len(self.last)
        self._listing.unpack(len(self.last), "the archive")
        return self.last

    def seek(self, position: int) -> int:
        if position < self._at:
            raise tarfile.ReadError("its headers point backwards")
        while self._at < position and self.read(min(CHUNK, position - self._at)):
            pass
        return self._at

    def tell(self) -> int:
        return self._at

    def close(self) -> None:
        """Leave the stream to the one who opened it."""


def _read_tar(stream: IO[bytes], listing: _Listing) -> None:
    forward = _Forward(stream, listing)
    with tarfile.TarFile(fileobj=forward, encoding="utf-8", errors="surrogateescape") as archive:  # type: ignore[arg-type]
        for member in _members(archive):
            _read_member(member, archive, listing)
        # tarfile takes a header that is cut off or broken for the end
        if forward.last != tarfile.NUL * tarfile.BLOCKSIZE:
            raise tarfile.ReadError("it ends before its end mark, or a header is damaged")
        while chunk := forward.read(CHUNK):
            if chunk.count(0) != len(chunk):
                listing.tally.note(AFTER_END.said())


def _members(archive: tarfile.TarFile) -> Iterator[tarfile.TarInfo]:
    while (member := archive.next()) is not None:
        yield member
        archive.members.clear()  # type: ignore[attr-defined]  # they are kept for going back, which never happens here


def _read_member(member: tarfile.TarInfo, archive: tarfile.TarFile, listing: _Listing) -> None:
    if member.isdir():
        listing.add_folder(listing.path(member.name))
    elif member.issym():
        listing.leave_link(member.name, member.linkname)
    elif member.islnk():
        path, target = listing.claim(member.name), listing.path(member.linkname)
        if (linked := listing.files.get(target)) is None:
            raise listing.unsafe(member.name, f"it is a hard link to '{target}', which no earlier member is")
        listing.put(path, linked.size, linked.sha256, executable=target in listing.executable)
        listing.tally.note(HARD_LINK.said(member=path, target=target))
    elif member.isreg():
        path = listing.claim(member.name)
        content = archive.extractfile(member)
        if content is None:
            raise listing.unsafe(member.name, "it has no content")
        # Holes of sparse files come out of nowhere: no byte of theirs was counted on the way.
        made = listing.add(path, content, mode=member.mode, counted=member.issparse())
        if made.size != member.size:
            raise tarfile.ReadError(f"'{path}' has {made.size} bytes in place of {member.size}")
    else:
        raise listing.unsafe(member.name, "it is neither a file nor a folder nor a link")
