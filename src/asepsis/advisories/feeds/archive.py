"""Documents out of archives and compressed files, streamed and bounded; nothing is ever unpacked to a path.

A member's name is never a path here, so none can reach outside; an archive that holds one which would is refused all the
same, since nobody writes it by accident.
"""

from __future__ import annotations

import gzip
import lzma
import zipfile
import zlib
from collections.abc import Iterator
from typing import IO, BinaryIO

from asepsis.advisories.feeds.feed import Broken
from asepsis.advisories.feeds.record import MOST_RECORD

MOST_MEMBERS = 2_000_000
MOST_UNPACKED = 64 * 1024 * 1024 * 1024
MOST_DOCUMENT = 512 * 1024 * 1024  # a year of the NVD as one document has about 150
MOST_RATIO = 400  # of all that is in an archive; advisories reach 30


def members(url: str, stream: BinaryIO, ending: str = ".json") -> Iterator[tuple[str, bytes]]:
    """Yield name and bytes of each file of an ending in a zip, each whole and with its checksum verified.

    Raises `Broken` for what is no whole zip, for a member that cannot be read, and past the bounds.
    """
    try:
        with zipfile.ZipFile(stream) as archive:
            listed = archive.infolist()
            _check(url, listed)
            for one in listed:
                if one.filename.endswith(ending):
                    yield one.filename, _member(url, archive, one)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError) as problem:
        # RuntimeError: an encrypted member; NotImplementedError: a method that Python does not know
        raise Broken(url, f"is not a whole zip archive ({problem})") from problem


def _check(url: str, listed: list[zipfile.ZipInfo]) -> None:
    if len(listed) > MOST_MEMBERS:
        raise Broken(url, f"holds more than {MOST_MEMBERS:,} files")
    packed, unpacked = sum(one.compress_size for one in listed), sum(one.file_size for one in listed)
    if unpacked > MOST_UNPACKED or unpacked > MOST_RATIO * (packed + 1024 * 1024):
        raise Broken(url, f"would unpack from {packed:,} to {unpacked:,} bytes")
    for one in listed:
        name = one.filename.replace("\\", "/")
        if name.startswith("/") or ".." in name.split("/") or ":" in name.partition("/")[0][:2]:
            raise Broken(url, f"holds a file that would leave its folder ('{one.filename}')")


def _member(url: str, archive: zipfile.ZipFile, one: zipfile.ZipInfo) -> bytes:
    """Return a member, bounded by what comes out and not by what its header promises."""
    with archive.open(one) as opened:
        data = opened.read(MOST_RECORD + 1)
        if len(data) > MOST_RECORD:
            raise Broken(url, f"holds a file of more than {MOST_RECORD:,} bytes ('{one.filename}')")
        opened.read(1)  # at the end the checksum is verified
    return data


def lines(url: str, stream: BinaryIO) -> Iterator[bytes]:
    """Yield the lines of a text that may be compressed by gzip or xz, without their ends.

    Raises `Broken` for a compressed file that is not whole, and past the bounds.
    """
    read = 0
    try:
        with unpacked(stream) as opened:
            while line := opened.readline(MOST_RECORD + 1):
                read += len(line)
                if len(line) > MOST_RECORD:
                    raise Broken(url, f"holds a line of more than {MOST_RECORD:,} bytes")
                if read > MOST_UNPACKED:
                    raise Broken(url, f"unpacks to more than {MOST_UNPACKED:,} bytes")
                yield line.rstrip(b"\r\n")
    except (lzma.LZMAError, zlib.error, EOFError, OSError) as problem:
        raise Broken(url, f"is not a whole compressed file ({problem})") from problem


def whole(url: str, stream: BinaryIO) -> bytes:
    """Return a document that may be compressed by gzip or xz.

    Raises `Broken` for a compressed file that is not whole, and past the bound.
    """
    try:
        with unpacked(stream) as opened:
            data = opened.read(MOST_DOCUMENT + 1)
    except (lzma.LZMAError, zlib.error, EOFError, OSError) as problem:
        raise Broken(url, f"is not a whole compressed file ({problem})") from problem
    if len(data) > MOST_DOCUMENT:
        raise Broken(url, f"unpacks to more than {MOST_DOCUMENT:,} bytes")
    return data


def unpacked(stream: BinaryIO) -> IO[bytes] | gzip.GzipFile:
    """Return a stream that unpacks gzip or xz, told by how it begins; anything else as it is."""
    begin = stream.read(6)
    stream.seek(0)
    if begin.startswith(b"\x1f\x8b"):
        return gzip.GzipFile(fileobj=stream)
    if begin == b"\xfd7zXZ\x00":
        return lzma.LZMAFile(stream)
    return stream
