"""A ledger goes from SQLite into PostgreSQL and back, as a bundle and as a backup: its root and verdicts are what they were."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from pytest_django.plugin import DjangoDbBlocker

from asepsis.accounts import passphrase, secret
from asepsis.bundle.writing import Scope, export
from asepsis.store import backup
from tests.bundle.conftest import Kept
from tests.conftest import ROOT
from tests.store import engine
from tests.store.conftest import opened
from tests.store.test_grants import Team, administered, team

__all__ = ["team"]

pytestmark = [pytest.mark.postgresql, engine.only_sqlite]

SHOWING = """
import hashlib, json, sys
import django
django.setup()
from datetime import UTC, datetime
from django.apps import apps
from django.db import connection
from asepsis import processes
processes.load()
from asepsis.conformance import moments
from asepsis.conformance.assessment import document_bytes
from asepsis.record import tree
from asepsis.store import queries
from asepsis.store.models import Baseline, Entry
from asepsis.store.verify import verify

def plain(row):
    return [bytes(one).hex() if isinstance(one, memoryview | bytes) else str(one) for one in row]

product = queries.product("GW").id
positions = sorted(Baseline.objects.filter(product=product).values_list("position", flat=True))
names = list(Entry.objects.order_by("position").values_list("name", flat=True))
marked = tree.Frontier()
for name in names[:positions[-1] + 1]:
    marked.append(bytes.fromhex(name))
now = datetime(2027, 1, 1, tzinfo=UTC)
found = verify(deep=True)
assert not found.findings, [one.said.text() for one in found.findings]
judged = [moments.assess_product(moments.Asked(product, position=at), now) for at in positions]
print(json.dumps({
    "vendor": connection.vendor,
    "names": names,
    "root": marked.root().hex(),
    "verdicts": [hashlib.sha256(document_bytes(one)).hexdigest() for one in judged],
    "today": hashlib.sha256(document_bytes(moments.assess_product(moments.Asked(product), now))).hexdigest(),
    "tables": {one._meta.db_table: sorted(map(plain, one._base_manager.values_list()))
               for one in apps.get_models(include_auto_created=True)},
}))
"""
WRITING = """
import sys
import django
django.setup()
from datetime import UTC, datetime
from pathlib import Path
from asepsis import processes
processes.load()
import tests.store.conftest as cast
from asepsis.configuration.records import Supplier
from asepsis.store import queries
from asepsis.store.models import Person

dev = Person.objects.get(name="Dev").id
store = cast.Store(Path(sys.argv[1]), {"dev": dev}, chance=cast.Chance("meanwhile"))
store.clock = lambda: datetime.now(UTC)
while True:
    store.create("dev", Supplier)
    print(queries.ledger().size, flush=True)
"""
WORDS = "seven quiet herons wade"


class Server(Team):
    """An empty database of `owner` on the server of a team, served as `server` from an empty home."""

    def __init__(self, administrator: str, home: Path) -> None:
        super().__init__(administrator, home)
        administered(administrator, [f"CREATE DATABASE {home.name} OWNER owner"])
        home.mkdir(mode=0o700)

    def address(self, role: str) -> str:
        return super().address(role).replace("/asepsis?", f"/{self.home.name}?")

    def done(self, *words: str) -> str:
        ended = self.run(*words)
        assert ended.returncode == 0, ended.stdout + ended.stderr
        return ended.stdout

    def shown(self) -> Any:
        ended = self.python("-c", SHOWING)
        assert ended.returncode == 0, ended.stderr
        return json.loads(ended.stdout)


class File(Server):
    """A home of SQLite, asked in the same ways."""

    def __init__(self, home: Path) -> None:
        self.home = home
        home.mkdir(mode=0o700, exist_ok=True)

    def environment(self, database: str | None = None) -> dict[str, str]:
        told = os.environ | {"ASEPSIS_HOME": str(self.home), "DJANGO_SETTINGS_MODULE": "asepsis.settings"}
        return told | {"PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}"}


@pytest.fixture
def server(team: Team, tmp_path: Path) -> Iterator[Server]:
    found = Server(team.administrator, tmp_path / "served")
    yield found
    administered(team.administrator, ["DROP DATABASE served WITH (FORCE)"])


@pytest.fixture(scope="module")
def file(kept: Kept, tmp_path_factory: pytest.TempPathFactory, django_db_blocker: DjangoDbBlocker) -> File:
    """A walked store in SQLite with an account in it, and beside it a bundle and a backup of it."""
    folder = tmp_path_factory.mktemp("between")
    shutil.copytree(kept.store.home, folder / "file")
    with opened(folder / "file", django_db_blocker):
        secret.make(folder / "file")
        passphrase.set_passphrase(kept.store.people["ada"], WORDS)
        export(Scope(kept.store.product), folder / "out.zip")
        backup.make(folder / "copied", (secret.FILE,))
    return File(folder / "file")


@pytest.fixture(scope="module")
def before(file: File) -> Any:
    return file.shown()


def test_a_bundle_goes_into_an_empty_postgresql_and_from_there_back_into_sqlite(
    file: File, before: Any, server: Server, tmp_path: Path
) -> None:
    bundle = str(file.home.parent / "out.zip")
    no_tables = server.run("restore", bundle)
    assert (no_tables.returncode, "--database" in no_tables.stderr) == (3, True), no_tables.stderr
    server.done("restore", bundle, "--database", server.address("owner"))
    there = server.shown()
    assert there["vendor"] == "postgresql"
    assert there["names"][:-1] == before["names"]  # and one entry more, that changed the key
    assert (there["root"], there["verdicts"]) == (before["root"], before["verdicts"])

    server.done("export", "GW", str(tmp_path / "back.zip"), "--as", "Sam")  # who sees what is withheld
    back = File(tmp_path / "back")
    back.done("restore", str(tmp_path / "back.zip"))
    here = back.shown()
    assert here["names"][:-1] == there["names"]
    assert (here["vendor"], here["root"], here["verdicts"]) == ("sqlite", before["root"], before["verdicts"])

    (server.home / "ledger.key").rename(tmp_path / "kept.key")
    refused = server.run("restore", bundle)
    assert (refused.returncode, "a ledger is there" in refused.stderr) == (1, True), refused.stderr
    assert not (server.home / "ledger.key").exists()


def test_a_backup_goes_into_postgresql_and_back_with_every_row_while_others_write(
    file: File, before: Any, server: Server, tmp_path: Path
) -> None:
    server.done("backup", "restore", str(file.home.parent / "copied"), "--database", server.address("owner"))
    there = server.shown()
    assert there["vendor"] == "postgresql"
    assert there["tables"].keys() == before["tables"].keys()
    assert {name for name, rows in before["tables"].items() if rows != there["tables"][name]} == set()
    assert (there["names"], there["today"]) == (before["names"], before["today"])

    words = [sys.executable, "-c", WRITING, str(server.home)]
    with subprocess.Popen(words, env=server.environment(), stdout=subprocess.PIPE, text=True, cwd=ROOT) as writing:
        assert writing.stdout is not None
        first = int(writing.stdout.readline())
        told = json.loads(server.done("backup", "make", str(tmp_path / "second"), "--json"))
        assert writing.poll() is None
        writing.kill()
        last = int(writing.stdout.read().split()[-1])
    assert len(before["names"]) < first <= told["entries"] < last

    back = File(tmp_path / "back")
    back.done("backup", "restore", str(tmp_path / "second"))
    here = back.shown()
    assert (here["vendor"], len(here["names"]), here["root"]) == ("sqlite", told["entries"], before["root"])
    assert (back.home / "session.key").read_bytes() == (file.home / "session.key").read_bytes()


def test_a_backup_that_does_not_verify_leaves_the_server_empty(file: File, server: Server, tmp_path: Path) -> None:
    shutil.copytree(file.home.parent / "copied", tmp_path / "spoilt")
    with closing(sqlite3.connect(tmp_path / "spoilt" / backup.DATABASE)) as raw, raw:
        raw.execute("DROP TRIGGER store_content_no_update")
        raw.execute(
            "UPDATE store_content SET data = data || ' ' WHERE digest = (SELECT min(digest) FROM store_content)"
        )
    refused = server.run("backup", "restore", str(tmp_path / "spoilt"), "--database", server.address("owner"))
    assert (refused.returncode, "Nothing was restored" in refused.stderr) == (1, True), refused.stderr
    assert list(server.home.iterdir()) == []
    assert server.run("ledger", "verify").returncode == 3
