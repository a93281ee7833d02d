"""A server of its own: tables made by their owner, and a program that runs as a role which can do no more than it needs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.conftest import ROOT
from tests.store.postgresql import serving

pytestmark = pytest.mark.postgresql

KEPT = ("store_entry", "store_content", "store_storedfile", "store_redacted")
STATEMENTS = [
    statement.format(table)
    for table in KEPT
    for statement in (
        "TRUNCATE {} CASCADE",
        "ALTER TABLE {} DISABLE TRIGGER ALL",
        "ALTER TABLE {} RENAME TO away",
        "DROP TABLE {}",
        "CREATE TRIGGER own BEFORE INSERT ON {} EXECUTE FUNCTION asepsis_append_only()",
    )
] + [
    "UPDATE store_entry SET data = ''",
    "DELETE FROM store_entry",
    "DELETE FROM store_redacted",
    "UPDATE store_content SET data = ''",
    "DELETE FROM store_content",
    "INSERT INTO store_entry SELECT * FROM store_entry WHERE position = 0 ON CONFLICT (position) DO UPDATE SET data = ''",
    "MERGE INTO store_entry e USING store_entry o ON e.position = o.position WHEN MATCHED THEN DELETE",
    "SET session_replication_role = replica",
    "CREATE OR REPLACE FUNCTION asepsis_append_only() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$",
    "DROP FUNCTION asepsis_append_only() CASCADE",
    "CREATE TABLE own (a int)",
    "DELETE FROM django_migrations",
    "GRANT UPDATE ON store_entry TO PUBLIC; UPDATE store_entry SET data = ''",
    "SET ROLE owner",
]
AS_OWNER = [
    "UPDATE store_entry SET data = ''",
    "DELETE FROM store_content",
    "TRUNCATE store_entry CASCADE",
]

ASKING = """
import os, sys
os.environ["DJANGO_SETTINGS_MODULE"] = "asepsis.settings"
import django
django.setup()
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
import tests.store.conftest as cast
from asepsis.store import withholding
from asepsis.store.models import Person

store = cast.Store(Path(sys.argv[1]), {"ada": Person.objects.get(name="Ada").id})
store.clock = lambda: datetime.now(UTC)
store.chance = cast.Chance("asking")
store.admit("quality")
store.holds("quality", cast.ROLES["quality"])
data = b"Told in confidence. " * 10
store.hand("quality").commit([], [data])
print(withholding.ask_file_erasure(store.hand("quality"), sha256(data).hexdigest(), "court-order"))
"""

MISSED = """
import json, sys
import django
django.setup()
from django.db import connection
from asepsis.store import triggers

def missed_and_mended(statements):
    with connection.cursor() as cursor:
        for one in statements:
            cursor.execute(one)
    missed = triggers.missing()
    triggers.install()
    return missed, triggers.missing()

print(json.dumps([missed_and_mended(one) for one in json.loads(sys.argv[1])]))
"""


@dataclass
class Team:
    """A server with a database of `owner`, and the role `server` that may log in and nothing else."""

    administrator: str
    home: Path

    def address(self, role: str) -> str:
        return f"postgresql://{role}@/asepsis?{self.administrator.partition('?')[2]}"

    def asked(self) -> str:
        """Have a file kept and its erasure asked for by quality; return the name of what was asked."""
        done = self.python("-c", ASKING, str(self.home))
        assert done.returncode == 0, done.stderr
        return done.stdout.split()[-1]

    def run(self, *words: str, database: str | None = None) -> subprocess.CompletedProcess[str]:
        return self.python("-m", "asepsis", *words, database=database)

    def environment(self, database: str | None = None) -> dict[str, str]:
        return os.environ | {
            "ASEPSIS_HOME": str(self.home),
            "ASEPSIS_DATABASE": database or self.address("server"),
            "DJANGO_SETTINGS_MODULE": "asepsis.settings",
            "PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}",
        }

    def python(self, *words: str, database: str | None = None) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, *words]
        return subprocess.run(command, env=self.environment(database), capture_output=True, encoding="utf-8", cwd=ROOT)

    def refusal(self, role: str, statement: str) -> str:
        """Return how the database refuses a statement; nothing it does stays."""
        with psycopg.connect(self.address(role)) as raw:
            try:
                raw.execute(statement)
            except psycopg.Error as error:
                return str(error)
            finally:
                raw.rollback()
        return "done"


def administered(address: str, statements: Sequence[str]) -> None:
    with psycopg.connect(address, autocommit=True) as raw:
        for one in statements:
            raw.execute(one)


@pytest.fixture(scope="module")
def team(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Team]:
    with serving(tmp_path_factory) as administrator:
        administered(
            administrator,
            [
                "CREATE ROLE owner LOGIN",
                "CREATE ROLE server LOGIN",
                "CREATE ROLE deputy LOGIN IN ROLE owner",
                "CREATE DATABASE asepsis OWNER owner",
                "CREATE ROLE writes_files LOGIN IN ROLE pg_write_server_files",
                "CREATE ROLE makes_schemas LOGIN",
                "GRANT CREATE ON DATABASE asepsis TO makes_schemas",
                "CREATE ROLE columns",
                "CREATE ROLE by_column LOGIN IN ROLE columns",
            ],
        )
        yield Team(administrator, tmp_path_factory.mktemp("home"))


@pytest.fixture(scope="module")
def begun(team: Team) -> Any:
    secret = team.home / "passphrase"
    secret.write_text("a long enough passphrase of ours\n")
    words = ("--name", "Ada", "--time-zone", "Europe/Zurich", "--passphrase-file", str(secret), "--json")
    done = team.run("init", "--database", team.address("owner"), *words)
    assert done.returncode == 0, done.stderr + done.stdout
    return json.loads(done.stdout)


def test_a_ledger_is_begun_with_tables_that_another_role_owns(team: Team, begun: Any) -> None:
    with psycopg.connect(team.address("owner")) as raw:
        owners = raw.execute("SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname = 'public'").fetchall()
    assert owners == [("owner",)]
    product = team.run("product", "new", "GW", "Gateway", "--as", "Ada")
    assert product.returncode == 0, product.stderr
    checked = team.run("ledger", "verify", "--deep", "--json")
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_the_tables_are_brought_up_to_date_without_touching_the_ledger(team: Team, begun: Any) -> None:
    again = team.run("init", "--database", team.address("owner"))
    assert (again.returncode, "the ledger is as it was" in again.stdout) == (0, True), again.stderr


@pytest.mark.parametrize("statement", STATEMENTS)
@pytest.mark.usefixtures("begun")
def test_the_servers_role_can_neither_change_what_is_kept_nor_what_keeps_it(team: Team, statement: str) -> None:
    refused = team.refusal("server", statement)
    assert "permission denied" in refused or "must be owner" in refused or "is append-only" in refused


@pytest.mark.parametrize("statement", AS_OWNER)
@pytest.mark.usefixtures("begun")
def test_the_owner_too_is_stopped_by_the_triggers(team: Team, statement: str) -> None:
    assert "is append-only" in team.refusal("owner", statement)


@pytest.mark.usefixtures("begun")
def test_triggers_stand_also_where_a_session_says_that_it_replicates(team: Team) -> None:
    administrator = team.address("postgres")
    with psycopg.connect(administrator) as raw:
        raw.execute("SET session_replication_role = replica")
        with pytest.raises(psycopg.Error, match="is append-only"):
            raw.execute("UPDATE store_entry SET data = ''")


@pytest.mark.parametrize(
    ("role", "reason"),
    [
        ("owner", "it is the owner"),
        ("deputy", "can act as the owner"),
        ("postgres", "it is an administrator"),
        ("nobody_here", "there is none of this name"),
        ("writes_files", "it is a member of pg_write_server_files"),
        ("makes_schemas", "it may make schemas"),
        ("by_column", "it may still UPDATE a column of store_entry"),
    ],
)
@pytest.mark.usefixtures("begun")
def test_a_role_that_could_change_what_is_kept_is_refused_for_the_server(team: Team, role: str, reason: str) -> None:
    if role == "by_column":
        administered(team.address("owner"), ["GRANT UPDATE (data) ON store_entry TO columns"])
    done = team.run("init", "--database", team.address("owner"), database=team.address(role))
    assert (done.returncode, reason in done.stderr) == (1, True), done.stderr


REPLACED = "CREATE OR REPLACE FUNCTION {}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$"


DONE_TO_TRIGGERS = [
    ["ALTER TABLE store_entry DISABLE TRIGGER store_entry_no_change"],
    ["ALTER TABLE store_entry ENABLE TRIGGER store_entry_no_change"],
    ["ALTER TABLE store_entry ENABLE REPLICA TRIGGER store_entry_no_change"],
    ["DROP TRIGGER store_content_no_truncate ON store_content"],
    [REPLACED.format("asepsis_append_only")],
    [REPLACED.format("asepsis_erasable")],
    [
        "DROP TRIGGER store_entry_no_change ON store_entry",
        "CREATE TRIGGER store_entry_no_change BEFORE UPDATE ON store_words FOR EACH ROW "
        "EXECUTE FUNCTION asepsis_append_only()",
        "ALTER TABLE store_words ENABLE ALWAYS TRIGGER store_entry_no_change",
    ],
    [
        "DROP TRIGGER store_entry_no_change ON store_entry",
        "CREATE TRIGGER store_entry_no_change BEFORE DELETE OR UPDATE ON store_entry FOR EACH ROW "
        "WHEN (OLD.position < 0) EXECUTE FUNCTION asepsis_append_only()",
        "ALTER TABLE store_entry ENABLE ALWAYS TRIGGER store_entry_no_change",
    ],
]


@pytest.mark.usefixtures("begun")
def test_whatever_the_owner_does_to_a_trigger_is_missed_and_mended(team: Team) -> None:
    done = team.python("-c", MISSED, json.dumps(DONE_TO_TRIGGERS), database=team.address("owner"))
    administered(team.address("owner"), ["DROP TRIGGER store_entry_no_change ON store_words"])
    told = dict(zip(map(str, DONE_TO_TRIGGERS), json.loads(done.stdout or "[]"), strict=True))
    assert {one for one, (missed, _) in told.items() if not missed} == set()
    assert {one for one, (_, left) in told.items() if left} == set()


@pytest.mark.usefixtures("begun")
def test_a_right_that_was_given_beside_is_taken_back(team: Team) -> None:
    administered(team.address("owner"), ["GRANT UPDATE, TRUNCATE ON store_entry TO server, PUBLIC"])
    assert team.run("init", "--database", team.address("owner")).returncode == 0
    assert "permission denied" in team.refusal("server", "UPDATE store_entry SET data = ''")


@pytest.mark.usefixtures("begun")
def test_an_erasure_says_what_the_owner_of_the_server_has_still_to_do(team: Team) -> None:
    asked = team.asked()
    with psycopg.connect(team.address("server")) as raw:
        count = raw.execute("SELECT COUNT(*) FROM store_storedfile").fetchone()
    done = team.run("erasure", "do", asked, "--as", "Ada")
    assert done.returncode == 3, done.stdout + done.stderr
    assert "VACUUM FULL store_storedfile" in done.stdout
    assert "write-ahead log" in done.stdout
    with psycopg.connect(team.address("server")) as raw:
        left = raw.execute("SELECT COUNT(*) FROM store_storedfile").fetchone()
    assert count is not None
    assert left == (count[0] - 1,)


@pytest.mark.usefixtures("begun")
def test_tables_of_an_older_program_wait_for_their_owner(team: Team) -> None:
    forget = "DELETE FROM django_migrations WHERE app = 'store' AND name LIKE '0002%' RETURNING app, name, applied"
    with psycopg.connect(team.address("owner")) as raw:
        forgotten = raw.execute(forget).fetchone()
    done = team.run("ledger", "verify")
    with psycopg.connect(team.address("owner")) as raw:
        raw.execute("INSERT INTO django_migrations (app, name, applied) VALUES (%s, %s, %s)", forgotten)
    assert done.returncode == 3
    assert "asepsis init --database" in done.stderr
    assert team.run("ledger", "verify").returncode == 0


@pytest.mark.usefixtures("begun")
def test_another_database_is_refused_and_no_password_is_said(team: Team) -> None:
    done = team.run("init", "--database", "postgresql://owner:told@localhost/elsewhere")
    assert done.returncode == 4
    assert "told@" not in done.stderr
    assert "is not the PostgreSQL database" in done.stderr
