"""All bills and lock files below a folder, laid against the feeds at once: no ledger, no network.

A bill is read once, by its digest: what is needed of it is kept beside the index of the feeds, and can be thrown away. So the
second time no more is read than the bytes of the files, to see whether they are still the same.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import msgspec

from asepsis.advisories import index as advisories
from asepsis.advisories import matching
from asepsis.advisories.findings import Finding, LookedUp, Result, Source
from asepsis.advisories.fleet import Fleet
from asepsis.advisories.packages import Identity
from asepsis.errors import InputError
from asepsis.exchange.facts import Component
from asepsis.exchange.formats import bill_of
from asepsis.exchange.source import Source as Document
from asepsis.jobs import fleet, indexing
from asepsis.jobs.fleet import FleetFile, Package
from asepsis.jobs.shelf import Shelf
from asepsis.sentences import Sentence

KEPT = "folders"
CHANGED = Sentence("It was changed while it was read.", next="Scan the folder again.")
FEW = 200  # files that are read sooner by one process than others are begun


class NoFolderError(InputError):
    """A folder of bills cannot be gone through."""

    code = "bills-folder"
    sentence = Sentence("{folder} cannot be gone through: {reason}.", next="Check the path and who may read it.")


class OfBill(msgspec.Struct, frozen=True):
    """One file: how many components its bill lists, how many of them were looked up, are affected or may be.

    `unread` counts the things in it that were not read, so that nothing is known of them.
    """

    file: str
    bill: str
    components: int
    looked_up: int
    affected: int
    undetermined: int
    unread: int


class OfPackage(msgspec.Struct, frozen=True):
    """One package version with what is known of it, and the files whose bills list it."""

    purl: str
    version: str | None
    findings: tuple[Finding, ...]
    files: tuple[str, ...]


class FolderScan(msgspec.Struct, frozen=True):
    """What is known of all bills of a folder. `not_read` are files that are no bill, each with the reason."""

    at: str
    sources: tuple[Source, ...]
    bills: tuple[OfBill, ...]
    packages: tuple[OfPackage, ...]
    not_read: tuple[tuple[str, str], ...]

    @property
    def affected(self) -> bool:
        """Return whether something is known of a component of a bill."""
        return any(one.affected for one in self.bills)

    @property
    def not_known(self) -> bool:
        """Return whether something could not be told: then nothing is clean."""
        troubled = not self.bills or bool(self.not_read) or any(one.trouble is not None for one in self.sources)
        return troubled or any(
            one.looked_up < one.components or one.undetermined or one.unread or not one.components for one in self.bills
        )


def scan(folder: Path, shelf: Shelf, *, now: datetime, max_age_days: int) -> FolderScan:
    """Return what is known of the bills below a folder, hidden files and folders left out.

    Candidates by name are not looked for. Raises `NoFolderError`, `BrokenIndexError` or `DamagedShelfError`.
    """
    files = list(_files(folder))
    with indexing.opened(shelf) as index, _kept(shelf, folder) as kept:
        read = _read(folder, files, kept)
        kept.keep_only(frozenset(digest for _, digest in read.bills))
        sources = matching.sources_of(index, now, max_age_days)
        coverage = matching.Coverage.of(sources, advisories.releases(index))

        def covers(ecosystem: str, release: str | None) -> bool:
            return coverage.answer(Identity(ecosystem, "", release=release)) is LookedUp.YES

        rows, touched = kept.match(index)
        named = kept.named(set(rows.package[touched.rows].tolist()))  # of those that a bill holds still
        components = [Component(purl or "", version=version, purl=purl) for purl, version in named.values()]
        found = matching.scan(components, index, bill="0" * 64, now=now, max_age_days=max_age_days)
        known = {n: one.findings for n, one in zip(named, found.components, strict=True) if one.findings}
        laid = _Laid.of(rows, known, kept.looked_up(covers), kept.numbers())
        unread = kept.unread()
    at: dict[str, list[str]] = {}
    for file, digest in read.bills:
        at.setdefault(digest, []).append(file)
    bills = tuple(OfBill(file, digest, *laid.counts[digest], unread.get(digest, 0)) for file, digest in read.bills)
    packages = tuple(
        OfPackage(
            named[n][0] or "", named[n][1], findings, tuple(file for bill in laid.holders[n] for file in at[bill])
        )
        for n, findings in known.items()
    )
    by_weight = sorted(packages, key=_danger)
    return FolderScan(f"{now:%Y-%m-%dT%H:%M:%SZ}", sources, bills, tuple(by_weight), tuple(read.not_read))


def _danger(one: OfPackage) -> tuple[bool, bool, float, int, str, str]:
    """Return what package versions are sorted by: exploited first, then affected, likely to be exploited, and in many bills."""
    return (
        not any(each.kev for each in one.findings),
        not any(each.result is Result.AFFECTED for each in one.findings),
        -max(float(each.epss or 0) for each in one.findings),
        -len(one.files),
        one.purl,
        one.version or "",
    )


@contextmanager
def _kept(shelf: Shelf, folder: Path) -> Iterator[FleetFile]:
    """Open what is kept of a folder; where nothing may be written beside the feeds, it is kept for this time alone."""
    mark = hashlib.blake2b(os.fsencode(folder.resolve()), digest_size=8).hexdigest()
    with ExitStack() as closing_all:
        place = shelf.folder / KEPT / mark
        if not indexing.may_be_written(shelf.folder):
            place = Path(closing_all.enter_context(TemporaryDirectory(prefix="asepsis-")))
        yield closing_all.enter_context(fleet.opened(place))


def _files(folder: Path) -> Iterator[Path]:
    try:
        with os.scandir(folder) as entries:
            listed = sorted(entries, key=lambda one: one.name)
    except OSError as problem:
        raise NoFolderError(folder=folder.name, reason=(problem.strerror or str(problem)).lower()) from problem
    for one in listed:
        if one.name.startswith("."):
            continue
        if one.is_dir(follow_symlinks=False):
            yield from _files(Path(one.path))
        elif one.is_file(follow_symlinks=False):
            yield Path(one.path)


@dataclass(frozen=True, slots=True)
class _Read:
    bills: list[tuple[str, str]]  # file and digest
    not_read: list[tuple[str, str]]


class _Parsed(NamedTuple):
    """What is needed of the bill in a file; `problem` says why there is none."""

    digest: str = ""
    packages: tuple[Package, ...] = ()
    unread: int = 0
    problem: str | None = None


def _read(folder: Path, files: Sequence[Path], kept: FleetFile) -> _Read:
    """Put the bills that are new into the file; return all of them, and what is none."""
    known, digests, new = set(kept.digests()), dict[Path, str](), dict[str, Path]()
    problems: dict[str, str] = {}  # by file, and by digest
    for file in files:
        try:
            digests[file] = Document.file(file).digest
        except InputError as problem:
            problems[str(file)] = problem.said.text()
        else:
            if digests[file] not in known:
                new.setdefault(digests[file], file)

    def parsed() -> Iterator[tuple[str, Sequence[Package]]]:
        for digest, found in zip(new, _all_parsed(list(new.values())), strict=True):
            if found.problem is not None or found.digest != digest:
                problems[digest] = found.problem or CHANGED.said().text()
                continue
            if found.unread:
                kept.note_unread(digest, found.unread)
            yield digest, found.packages

    kept.put(parsed())
    read = _Read([], [])
    for file in files:
        name, digest = str(file)[len(str(folder)) + 1 :], digests.get(file, "")
        if (said := problems.get(str(file)) or problems.get(digest)) is not None:
            read.not_read.append((name, said))
        else:
            read.bills.append((name, digest))
    return read


def _all_parsed(files: Sequence[Path]) -> Iterator[_Parsed]:
    """Yield what is needed of each file, in order; many are read by as many processes as there are processors."""
    if len(files) < FEW:
        yield from map(_parsed, files)
        return
    import multiprocessing
    from concurrent.futures import ProcessPoolExecutor

    with ProcessPoolExecutor(mp_context=multiprocessing.get_context("spawn")) as pool:
        yield from pool.map(_parsed, files, chunksize=16)


def _parsed(file: Path) -> _Parsed:
    try:
        document = Document.file(file)
        bill = bill_of(document)
    except InputError as problem:
        return _Parsed(problem=problem.said.text())
    packages = tuple((one.purl, one.version) for one in bill.fact.components)
    return _Parsed(document.digest, packages, bill.receipt.not_taken_count)


@dataclass(frozen=True, slots=True)
class _Laid:
    """Counts of the rows of each bill (all, looked up, affected, in doubt), and which bills hold each known package version."""

    counts: dict[str, tuple[int, int, int, int]]
    holders: dict[int, list[str]]

    @classmethod
    def of(
        cls,
        rows: Fleet,
        known: dict[int, tuple[Finding, ...]],
        looked_up: frozenset[int],
        bills: dict[int, str],
    ) -> _Laid:
        import numpy as np

        numbers = 1 + max((int(rows.package.max(initial=0)), *known, *looked_up))
        of_bill = 1 + max(bills, default=0)
        is_affected, is_open, is_looked_up, is_known = (np.zeros(numbers, dtype=bool) for _ in range(4))
        is_looked_up[np.fromiter(looked_up, np.int64, len(looked_up))] = True
        for n, findings in known.items():
            is_known[n] = True
            is_affected[n] = any(one.result is Result.AFFECTED for one in findings)
            is_open[n] = any(one.result is Result.UNDETERMINED for one in findings)
        columns = [np.bincount(rows.bill, minlength=of_bill)]
        columns += [
            np.bincount(rows.bill[which[rows.package]], minlength=of_bill)
            for which in (is_looked_up, is_affected, is_open)
        ]
        counts = {digest: tuple(int(column[number]) for column in columns) for number, digest in bills.items()}
        at = np.flatnonzero(is_known[rows.package])
        pairs = sorted(set(zip(rows.package[at].tolist(), rows.bill[at].tolist(), strict=True)))
        holders: dict[int, list[str]] = {n: [] for n in known}
        for n, number in pairs:
            holders[n].append(bills[number])
        return cls(counts, holders)  # type: ignore[arg-type]  # four columns
