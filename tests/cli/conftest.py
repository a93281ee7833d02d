"""A home of its own for each test, with a ledger begun by `asepsis init`; the command as people call it, and in process."""

from __future__ import annotations

import functools
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import typer.testing
from django.db import connection
from django.test import override_settings
from pytest_django.plugin import DjangoDbBlocker
from typer.main import get_command
from typer.testing import CliRunner

from asepsis.cli.commands import app
from asepsis.settings import MACHINE

ROOT = Path(__file__).parents[2]
WORDS = "seven quiet herons wade"  # Ada's passphrase
OTHER_WORDS = "nine patient otters swim"  # Bob's
ALL_ROLES = [
    "quality",
    "regulatory",
    "security",
    "architect",
    "developer",
    "tester",
    "clinical",
    "safety",
    "release-manager",
    "incident",
]


RUNNER = CliRunner()
# The tree of commands is made once, not for each call.
typer.testing._get_command = functools.cache(get_command)  # type: ignore[attr-defined]


@dataclass
class Said:
    """What a command ended with and wrote."""

    code: int
    out: str
    err: str

    @property
    def value(self) -> Any:
        """Return standard output as the one JSON object that it is."""
        return json.loads(self.out)


@dataclass
class Desk:
    """Somebody at the command line, with a home folder and a passphrase file for each person."""

    home: Path

    @property
    def words(self) -> Path:
        return self.file("ada.txt", WORDS)

    @property
    def other_words(self) -> Path:
        return self.file("bob.txt", OTHER_WORDS)

    def file(self, name: str, text: str | bytes) -> Path:
        """Write a file that only its owner can read, beside the home folder."""
        path = self.home.parent / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        path.chmod(0o600)
        return path

    def run(self, *arguments: str | Path, who: str | None = "Ada", **environment: str) -> Said:
        """Run a command in this process."""
        wanted = {"ASEPSIS_PERSON": who, "VISUAL": None, "EDITOR": None} | environment
        result = RUNNER.invoke(app, [str(one) for one in arguments], env=wanted)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return Said(result.exit_code, result.stdout, result.stderr)

    def done(self, *arguments: str | Path, who: str | None = "Ada", **environment: str) -> Said:
        """Run a command that has to succeed."""
        said = self.run(*arguments, who=who, **environment)
        assert said.code == 0, said.err
        return said

    def value(self, *arguments: str | Path, who: str | None = "Ada") -> Any:
        """Return what a command answers with --json."""
        said = self.run(*arguments, "--json", who=who)
        assert said.code in (0, 1, 3), said.err
        return said.value

    def effective(self, kind: str, text: str, *options: str) -> str:
        """Write a record, submit it and have it signed by Ada; return its label."""
        label = str(self.value("record", "new", kind, self.file("record.yaml", text), *options)["label"])
        self.done("record", "submit", label)
        if self.value("record", "show", label)["head"] == "submitted":
            self.done("record", "approve", label, "--passphrase-file", self.words)
        return label


def process(home: Path, *arguments: str | Path, **environment: str) -> Said:
    """Run the command as people do, in a process of its own."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("ASEPSIS_")}
    clean |= {"ASEPSIS_HOME": str(home), "PYTHONPATH": str(ROOT / "src"), **environment}
    command: Sequence[str | Path] = [sys.executable, "-m", "asepsis", *arguments]
    ended = subprocess.run(
        command, env=clean, capture_output=True, stdin=subprocess.DEVNULL, encoding="utf-8", check=False
    )
    return Said(ended.returncode, ended.stdout, ended.stderr)


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


@pytest.fixture(scope="session")
def begun(tmp_path_factory: pytest.TempPathFactory, django_db_blocker: DjangoDbBlocker) -> Path:
    """The home of a ledger in which Ada holds every role but by one appointment, Bob is admitted, and GW is a product."""
    home = tmp_path_factory.mktemp("begun") / "home"
    with opened(home, django_db_blocker):
        desk = Desk(home)
        desk.done("init", "--name", "Ada", "--time-zone", "Europe/Zurich", "--passphrase-file", desk.words, who=None)
        desk.done("person", "add", "Bob", "--passphrase-file", desk.other_words)
        desk.done("product", "new", "GW", "Bedside gateway")
        role = desk.effective("Role", f"title: All hands\nacts_as: [{', '.join(ALL_ROLES)}]\n")
        desk.effective("Appointment", f"title: Ada\nrole: {role}\nperson: Ada\nsince: 2026-01-01\n")
    return home


@pytest.fixture
def desk(begun: Path, tmp_path: Path, django_db_blocker: DjangoDbBlocker) -> Iterator[Desk]:
    """A copy of that ledger that a test may do with what it likes."""
    home = tmp_path / "home"
    shutil.copytree(begun, home)
    with opened(home, django_db_blocker):
        yield Desk(home)


@pytest.fixture
def nowhere(tmp_path: Path, django_db_blocker: DjangoDbBlocker) -> Iterator[Desk]:
    """A home that does not exist."""
    with opened(tmp_path / "home", django_db_blocker):
        yield Desk(tmp_path / "home")
