"""A store of before there were accounts: who signed at the command line goes on with the same passphrase."""

from __future__ import annotations

import hashlib
from pathlib import Path

from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from pytest_django.plugin import DjangoDbBlocker

from asepsis.accounts import passphrase
from asepsis.accounts.models import Account
from asepsis.store.models import Person
from tests.store.conftest import opened

WORDS = "correct horse battery staple"


def test_a_passphrase_of_before_moves_into_an_account_and_is_hashed_anew_when_used(
    tmp_path: Path, django_db_blocker: DjangoDbBlocker
) -> None:
    with opened(tmp_path, django_db_blocker):
        executor = MigrationExecutor(connection)
        executor.migrate([("store", "0002_redacted")])
        older = executor.loader.project_state([("store", "0002_redacted")]).apps
        salt = bytes(range(16))
        kept = hashlib.scrypt(WORDS.encode(), salt=salt, n=2**15, r=8, p=1, maxmem=2**26, dklen=32)
        for number, name in enumerate(["Åsa Lind", "Asa Lind"], 1):
            person = f"{number:032x}"
            older.get_model("store", "Person").objects.create(id=person, card="c" * 64, name=name, admitted_at="2026")
            older.get_model("store", "Passphrase").objects.create(person=person, salt=salt, hash=kept, failures=3)
        call_command("migrate", verbosity=0)
        assert "store_passphrase" not in connection.introspection.table_names()
        assert list(Account.objects.order_by("person").values_list("user_id", "failures")) == [
            ("asa.lind", 3),
            ("asa.lind2", 3),
        ]
        before = Account.objects.get(user_id="asa.lind").password
        assert Person.objects.count() == 2
        passphrase.prove("Åsa Lind", WORDS)
        after = Account.objects.get(user_id="asa.lind")
        assert (before.partition("$")[0], after.password.partition("$")[0]) == ("scrypt_older", "argon2")
        assert after.failures == 0
        passphrase.prove("Åsa Lind", WORDS)
