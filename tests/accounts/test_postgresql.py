"""Accounts on a PostgreSQL server: migrated from before there were any, logged in with, and signed with."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ROOT
from tests.store.test_postgresql import address

__all__ = ["address"]

pytestmark = pytest.mark.postgresql

SCRIPT = """
import hashlib, json, re, sys
import django
django.setup()
from datetime import UTC, datetime
from pathlib import Path
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.test import Client
from asepsis import processes
processes.load()
from asepsis.accounts import invitations, passphrase, secret
from asepsis.accounts.models import Account
from asepsis.store import acts, queries
from asepsis.store.acts import Hand
from asepsis.store.changes import Actor

home, words = Path(sys.argv[1]), "four quiet herons at dawn"
secret.make(home)
executor = MigrationExecutor(connection)
executor.migrate([("store", "0002_redacted")])
older = executor.loader.project_state([("store", "0002_redacted")]).apps
kept = hashlib.scrypt(words.encode(), salt=bytes(16), n=2**15, r=8, p=1, maxmem=2**26, dklen=32)
older.get_model("store", "Passphrase").objects.create(person="a" * 32, salt=bytes(16), hash=kept, failures=2)
call_command("migrate", verbosity=0)
moved = Account.objects.get(pk="a" * 32)
told = {"moved": [moved.user_id, moved.failures, moved.check_password(words)]}
from tests.web import maker as makers
maker = makers.write(home)
passphrase.set_passphrase("Jonas Weber", words)
client = Client(raise_request_exception=False, HTTP_HOST="127.0.0.1")
wrong = [client.post("/login", {"user_id": "jonas.weber", "passphrase": "a guess, and a bad one"}).status_code for _ in range(2)]
right = client.post("/login", {"user_id": "jonas.weber", "passphrase": words, "next": "/sign"})
told["login"] = [*wrong, right.status_code, right.headers.get("Location")]
page = client.get("/sign").content.decode()
sent = re.search(r'name="presented" value="([^"]+)"', page)[1]
form = {"presented": sent, "record": [maker.ids["read"]], "user_id": "jonas.weber", "passphrase": words}
told["signed"] = [client.post("/sign", form).headers.get("Location"), client.post("/sign", form).status_code]
told["pages"] = [client.get(one).status_code for one in ("/account", "/p/GW/", "/p/GW/list/Threat", "/ledger", "/o/")]
told["invited"] = invitations.accept(invitations.invite("Anna Lind", datetime.now(UTC)), words, datetime.now(UTC)).user_id
places = ("/p/%00/", "/r/%00", "/card/%00", "/find?q=%00", "/go?q=%00", "/p/GW/list/Threat?who=%00&after=%00", "/welcome/%00",
          "/p/GW/case?of=%00", "/calendar/%00.ics", "/p/GW/advisory/%00", "/api/v1/products/%00", "/nowhere%00")
told["null"] = {one: client.get(one).status_code for one in places}
told["null"]["passphrase"] = Client(HTTP_HOST="127.0.0.1").post("/login", {"user_id": "a\\0b", "passphrase": "c\\0d"}).status_code
stranger = Client(raise_request_exception=False, HTTP_HOST="127.0.0.1")
stranger.cookies[settings.SESSION_COOKIE_NAME] = "a\\0b" * 11
told["null"]["cookie"] = stranger.get("/account").status_code
told["vendor"] = connection.vendor
print(json.dumps(told))
"""


@pytest.fixture(scope="module")
def told(address: str, tmp_path_factory: pytest.TempPathFactory) -> Any:
    home: Path = tmp_path_factory.mktemp("home")
    environment = {
        "ASEPSIS_HOME": str(home),
        "ASEPSIS_DATABASE": address,
        "DJANGO_SETTINGS_MODULE": "asepsis.settings",
        "PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}",
    }
    ended = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(home)],
        env=os.environ | environment,
        capture_output=True,
        encoding="utf-8",
        cwd=ROOT,
    )
    assert ended.returncode == 0, ended.stderr
    return json.loads(ended.stdout.splitlines()[-1])


def test_passphrases_of_before_move_into_accounts(told: Any) -> None:
    assert (told["vendor"], told["moved"]) == ("postgresql", ["person", 2, True])


def test_who_gives_the_passphrase_comes_in_and_signs_once(told: Any) -> None:
    assert told["login"] == [422, 422, 302, "/sign"]
    assert told["signed"] == ["/sign?signed=1", 409]


def test_the_pages_answer_and_a_link_lets_in(told: Any) -> None:
    assert (told["pages"], told["invited"]) == ([200] * 5, "anna.lind")


def test_a_null_character_wherever_it_is_sent_is_no_fault_of_ours(told: Any) -> None:
    """PostgreSQL takes no U+0000, and SQLite does."""
    assert {one: status for one, status in told["null"].items() if status >= 500} == {}
    assert (told["null"]["/r/%00"], told["null"]["passphrase"], told["null"]["cookie"]) == (404, 422, 302)
