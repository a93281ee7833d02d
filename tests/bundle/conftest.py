"""A store with a bit of everything, exported; and an empty installation to restore into."""

from __future__ import annotations

import random
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from pytest_django.plugin import DjangoDbBlocker

from asepsis.bundle import verify
from asepsis.bundle.writing import Scope, export
from asepsis.configuration.records import Supplier
from asepsis.record.slots import Meaning
from asepsis.store import acts, checkpoints
from asepsis.store.changes import TakeIn
from tests.store.conftest import Store, copied, empty, migrated, opened, prepared, store, supplier
from tests.store.walk import Walk

__all__ = ["empty", "migrated", "prepared", "store", "supplier"]


@dataclass
class Judged:
    """What the stand-alone verifier told of a bundle.

    `first` is the first entry that it names as wrong, `since` from which one on a checkpoint contradicts.
    """

    lines: list[str] = field(default_factory=list)
    since: int = verify.NONE
    first: int = verify.NONE
    ended: str = ""

    def _marked(self, mark: str) -> list[str]:
        return [line.removeprefix(mark).strip() for line in self.lines if line.startswith(mark)]

    @property
    def wrong(self) -> list[str]:
        return self._marked("WRONG") + ([self.ended] if self.ended else [])

    @property
    def unchecked(self) -> list[str]:
        return self._marked("UNCHECKED")


def judged(path: Path, *notes: Path) -> Judged:
    """Have the stand-alone verifier look at a bundle, in this process, beside checkpoints that were kept elsewhere."""
    found = Judged()
    report = verify.Report(say=found.lines.append)
    kept = [(f"The one kept as {note}", note.read_bytes()) for note in notes]
    try:
        verify.check(verify.Bundle(str(path), report), kept, True, report)
    except verify.UnreadableError as error:
        found.ended = str(error)
    except verify.FAULTS as error:  # as its main does
        found.ended = f"{type(error).__name__}: {error}"
    found.since, found.first = report.since, report.first
    return found


@dataclass
class Kept:
    """A store with everything in it, as it lies in its home, a bundle of it, and a checkpoint that left it."""

    store: Store
    bundle: Path
    note: Path


@pytest.fixture(scope="session")
def kept(prepared: Store, tmp_path_factory: pytest.TempPathFactory, django_db_blocker: DjangoDbBlocker) -> Kept:
    """A walked store: nobody writes to it; copy it (`going`) to go on."""
    folder = tmp_path_factory.mktemp("kept")
    own = copied(prepared, folder / "home")
    with opened(own.home, django_db_blocker):
        walk = Walk(own, random.Random(5))
        walk.go(300)
        source = b'{"results": 7}'
        acts.take_in(own.hand("dev"), [own_facts(own, source)])
        evidence = b"A certificate, as a file."
        own.effective("dev", Supplier, ("quality", Meaning.REVIEWED), title="With evidence")
        own.hand("dev").commit([], [evidence])
        acts.make_baseline(own.hand("quality"), own.product)
        note = checkpoints.give_out(folder / "checkpoint.txt")
        export(Scope(own.product), folder / "bundle")
    return Kept(own, folder / "bundle", note)


def own_facts(own: Store, source: bytes) -> TakeIn:
    from hashlib import sha256

    from asepsis.exchange.facts import TestResults, document_bytes

    document = document_bytes(TestResults(()))
    digest = sha256(source).hexdigest()
    return TakeIn("test_results", digest, document, source, digest, own.product)


@pytest.fixture
def going(kept: Kept, tmp_path: Path, django_db_blocker: DjangoDbBlocker) -> Iterator[Store]:
    """A copy of the walked store that a test may do with what it likes."""
    own = copied(kept.store, tmp_path / "going")
    with opened(own.home, django_db_blocker):
        yield own


@pytest.fixture
def elsewhere(migrated: Path, tmp_path: Path, django_db_blocker: DjangoDbBlocker) -> Iterator[Path]:
    """The home of an installation with nothing in it, and Django looking at it."""
    home = tmp_path / "elsewhere"
    shutil.copytree(migrated, home)
    with opened(home, django_db_blocker):
        yield home
