"""The example, written once and read by every test."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import override_settings
from pytest_django.plugin import DjangoDbBlocker

from asepsis import example, processes
from asepsis.settings import MACHINE

processes.load()

SEED = b"the same each time"


@dataclass(frozen=True)
class Example:
    """Where the example lies, and what was written."""

    home: Path
    written: example.Written


@contextmanager
def opened(home: Path, blocker: DjangoDbBlocker) -> Iterator[None]:
    """Let Django use the store in `home`, and nothing else."""
    before = connection.settings_dict["NAME"]
    connection.close()
    connection.settings_dict["NAME"] = home / "asepsis.sqlite3"
    with blocker.unblock(), override_settings(MACHINE=MACHINE.model_copy(update={"home": home})):
        try:
            yield
        finally:
            connection.close()
            connection.settings_dict["NAME"] = before


def written_in(home: Path, blocker: DjangoDbBlocker) -> Example:
    """Write the example into an empty folder."""
    with opened(home, blocker):
        call_command("migrate", verbosity=0)
        return Example(home, example.write(home, offset_days=0, seed=SEED))


@pytest.fixture(scope="session")
def once(tmp_path_factory: pytest.TempPathFactory, django_db_blocker: DjangoDbBlocker) -> Example:
    return written_in(tmp_path_factory.mktemp("example"), django_db_blocker)


@pytest.fixture
def shown(once: Example, django_db_blocker: DjangoDbBlocker) -> Iterator[example.Written]:
    """What was written, with its store open."""
    with opened(once.home, django_db_blocker):
        yield once.written
