"""The same store on a PostgreSQL server of its own: migrated, written, verified, and append-only."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ROOT
from tests.store.postgresql import serving

pytestmark = pytest.mark.postgresql

SCRIPT = """
import json, random, sys
import django
django.setup()
from pathlib import Path
from django.core.management import call_command
from django.db import connection, transaction
from django.db.utils import DatabaseError
call_command("migrate", verbosity=0)
import tests.store.conftest as cast
from tests.store.walk import Walk
from asepsis.store import acts, queries, rebuild, triggers, words as index
from asepsis.store.models import Words
from asepsis.store.verify import verify

home = Path(sys.argv[1])
store = cast.Store(home)
store.people["ada"], _ = acts.found_ledger(
    home, acts.First("Ada"), time_zone="Europe/Zurich", clock=store.clock, salt=store.chance.salt, ids=store.chance.id
)
for name, role in cast.ROLES.items():
    store.admit(name)
    store.holds(name, role)
for name in ("otto",):
    store.admit(name)
store.product = acts.found_product(store.hand("ada"), "GW", "Gateway")
walk = Walk(store, random.Random(3))
walk.go(80)

def rows():
    return {name: repr([[bytes(one) if isinstance(one, memoryview) else one for one in row] for row in found])
            for name, found in cast.tables().items()}

before = rows()
rebuild.rebuild()
same = rows() == before
refused = {}
for words in sys.argv[2:]:
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(words)
        refused[words] = "done"
    except DatabaseError as error:
        refused[words] = str(error).splitlines()[0]
asked = [*dict.fromkeys(one for row in Words.objects.all() for one in row.words.split())][:40]
may = ("1 = 1", [])
unlike = [one for one in asked if set(index.records_with(one, may, 9999)) != {
    row.record for row in Words.objects.all() if any(word.startswith(one) for word in row.words.split())}]
nonsense = [index.records_with(one, may, 9) for one in ("' & '", "zzz | a", "\\\\")]
size = queries.ledger().size
verification = verify(deep=True)
then = {at: queries.dossier(store.product, at).digest == digest for at, digest in walk.seen.items()}
absent = triggers.missing()
with connection.cursor() as cursor:
    cursor.execute("ALTER TABLE store_entry DISABLE TRIGGER store_entry_no_change")
print(json.dumps({
    "vendor": connection.vendor, "agrees": verification.agrees, "same": same, "refused": refused,
    "findings": [one.said.text() for one in verification.findings], "then": all(then.values()), "missing": absent,
    "disabled": triggers.missing(), "done": walk.done, "unchanged": rows() == before, "size": size,
    "asked": len(asked), "unlike": unlike, "nonsense": nonsense,
}))
"""
STATEMENTS = [
    "UPDATE store_entry SET data = ''",
    "DELETE FROM store_entry",
    "TRUNCATE store_entry CASCADE",
    "INSERT INTO store_entry SELECT * FROM store_entry WHERE position = 0 ON CONFLICT (position) DO UPDATE SET data = ''",
    "SET session_replication_role = replica; UPDATE store_entry SET data = ''",
    "UPDATE store_content SET data = ''",
    "DELETE FROM store_content",
    "TRUNCATE store_content",
    "TRUNCATE store_storedfile",
]


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Return the address of an empty database on a server that only this test uses."""
    with serving(tmp_path_factory) as given:
        yield given


@pytest.fixture(scope="module")
def said(address: str, tmp_path_factory: pytest.TempPathFactory) -> Any:
    home: Path = tmp_path_factory.mktemp("home")
    ended = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(home), *STATEMENTS],
        env=os.environ
        | {
            "ASEPSIS_HOME": str(home),
            "ASEPSIS_DATABASE": address,
            "DJANGO_SETTINGS_MODULE": "asepsis.settings",
            "PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}",
        },
        capture_output=True,
        encoding="utf-8",
        cwd=ROOT,
    )
    assert ended.returncode == 0, ended.stderr
    return json.loads(ended.stdout.splitlines()[-1])


def test_it_is_written_and_agrees_with_itself(said: Any) -> None:
    assert said["vendor"] == "postgresql"
    assert said["done"] == 80
    assert said["findings"] == []
    assert said["agrees"]


def test_it_is_rebuilt_to_the_same_tables(said: Any) -> None:
    assert said["same"]


def test_what_stood_at_a_position_can_be_asked_later(said: Any) -> None:
    assert said["then"]


@pytest.mark.parametrize("words", STATEMENTS)
def test_what_was_kept_is_refused_to_change(said: Any, words: str) -> None:
    assert "is append-only" in said["refused"][words]


def test_a_refused_change_changed_nothing(said: Any) -> None:
    assert said["unchanged"]


def test_a_trigger_that_is_switched_off_is_missed(said: Any) -> None:
    assert said["missing"] == []
    assert said["disabled"] == ["store_entry_no_change"]


def test_every_word_is_found_and_nothing_else_is(said: Any) -> None:
    assert said["asked"] > 20
    assert said["unlike"] == []
    assert said["nonsense"] == [[], [], []]
