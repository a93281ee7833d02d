"""What a bundle is made of: the names of its files, its manifest, and the folder or zip that they lie in."""

from __future__ import annotations

import hashlib
import os
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, Protocol

from asepsis.errors import InputError, RefusedError
from asepsis.sentences import Sentence

FORMAT = "asepsis-bundle/1"
MANIFEST, SIGNATURE = "manifest.json", "manifest.sig"
ENTRIES, CHECKPOINTS, CATALOGUE, POLICY = "entries.jsonl", "checkpoints.jsonl", "catalogue.json", "policy.json"
CARDS, WORDS = "contents/cards.jsonl", "contents/words.jsonl"
VERIFIER, README = "verify.py", "README.txt"
SIGNED_AS = b"asepsis-bundle\n"  # stands before the manifest where it is signed: no other text is mistaken for it
FILES_LEFT_OUT = "files"  # what stands in the manifest where all files are left out


class TargetTakenError(RefusedError):
    """Something stands where the bundle is to be written."""

    code = "bundle-target"
    sentence = Sentence(
        "{target} is there already; nothing was written.", next="Name a folder or file that is not there yet."
    )


class UnwritableBundleError(RefusedError):
    """The place does not take the bundle."""

    code = "bundle-unwritable"
    sentence = Sentence("The bundle cannot be written to {target}: {reason}.", next="Make room or name another place.")


class UnreadableBundleError(InputError):
    """A folder or file is no bundle, or not a whole one."""

    code = "bundle-unreadable"
    sentence = Sentence(
        "{source} cannot be read as a bundle: {reason}; nothing was taken from it.",
        next="Take it again from where it was exported; `python verify.py` in it says what else is wrong.",
    )


def of_kind(kind: str) -> str:
    """Return the file that holds the contents of one kind."""
    return f"contents/{kind}.jsonl"


def of_file(digest: str) -> str:
    """Return where a file lies that is called by its digest."""
    return f"files/{digest}"


class Sink(Protocol):
    """Where a bundle is written to; `written` lists path, size and SHA-256 of what is there."""

    written: list[tuple[str, int, str]]

    def file(self, name: str) -> Any: ...


class _Counted:
    """A file that is counted and hashed while it is written."""

    def __init__(self, out: IO[bytes]) -> None:
        self.out, self.size, self.hash = out, 0, hashlib.sha256()

    def write(self, data: bytes) -> None:
        self.out.write(data)
        self.size += len(data)
        self.hash.update(data)


class _Folder:
    """A folder that files are written into."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.written: list[tuple[str, int, str]] = []

    @contextmanager
    def file(self, name: str) -> Iterator[_Counted]:
        """Write one file."""
        target = self.path / name
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("xb") as out:
            counted = _Counted(out)
            yield counted
        self.written.append((name, counted.size, counted.hash.hexdigest()))


class _Zip:
    """A zip that files are written into, with times that never change, so that equal bundles are equal bytes."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self.archive = archive
        self.written: list[tuple[str, int, str]] = []

    @contextmanager
    def file(self, name: str) -> Iterator[_Counted]:
        """Write one file."""
        info = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
        info.compress_type, info.create_system, info.external_attr = zipfile.ZIP_DEFLATED, 3, 0o644 << 16
        with self.archive.open(info, "w", force_zip64=True) as out:
            counted = _Counted(out)
            yield counted
        self.written.append((name, counted.size, counted.hash.hexdigest()))


@contextmanager
def sink(target: Path) -> Iterator[Sink]:
    """Yield where to write: `target` itself is there once all is written, and not at all where something fails."""
    if target.exists():
        raise TargetTakenError(target=str(target))
    part = target.with_name(f"{target.name}.part")
    try:
        _remove(part)
        if target.suffix == ".zip":
            with zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
                yield _Zip(archive)
        else:
            part.mkdir(parents=True)
            yield _Folder(part)
        os.replace(part, target)  # noqa: PTH105 - it also replaces an empty folder on every system
    except OSError as error:
        raise UnwritableBundleError(target=str(target), reason=error.strerror or str(error)) from error
    finally:
        _remove(part)


def _remove(path: Path) -> None:
    import shutil

    if path.is_dir():
        shutil.rmtree(path)
    elif path.exists():
        path.unlink()
