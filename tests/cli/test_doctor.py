"""What is unsafe: each finding seen to come and to go, with what to do, and what the command ends with."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test import override_settings
from django_tasks_db.models import DBTaskResult

from asepsis.accounts import passphrase
from asepsis.accounts.models import DirectoryEntry
from asepsis.jobs import doctor, tasks, worker
from asepsis.jobs.doctor import Level
from asepsis.jobs.models import Left, Worker
from asepsis.jobs.queue import Wanted
from asepsis.jobs.shelf import Feed, Shelf
from asepsis.store import models
from tests.certificates import draw
from tests.cli.conftest import Desk

NOW = datetime.now(UTC)


def found(subject: str, now: datetime | None = None) -> dict[Level, str]:
    """What is found about a subject: the sentences by level."""
    told = [one for one in doctor.examine(now or datetime.now(UTC)) if one.subject == subject]
    assert told
    return {one.level: one.said.text() for one in told}


@contextmanager
def machine(**named: Any) -> Iterator[None]:
    with override_settings(MACHINE=settings.MACHINE.model_copy(update=named)):
        yield


def test_every_subject_is_told_of_and_every_unsafe_thing_has_a_next_step(desk: Desk) -> None:
    value = desk.value("doctor")
    assert {one["subject"] for one in value["findings"]} == set(doctor.LOOKS)
    assert all(one["next"] for one in value["findings"] if one["level"] != "good")
    assert desk.run("doctor").code == 1  # no backup was made, and no checkpoint left


def test_nothing_unsafe_is_0_and_what_is_unknown_is_3(desk: Desk, tmp_path: Path) -> None:
    desk.done("backup", "make", tmp_path / "kept")
    desk.done("backup", "verify", tmp_path / "kept")
    desk.done("ledger", "checkpoint", tmp_path / "note.txt")
    assert desk.run("doctor").code == 3  # no feed was added
    Shelf(desk.home / "feeds").add(Feed("osv-pypi", "osv", "https://osv.example", "PyPI"))
    state = Shelf(desk.home / "feeds").folder / "osv-pypi"
    state.mkdir(exist_ok=True)
    (state / "state.json").write_text(f'{{"as_of":"{NOW.isoformat()}"}}')
    said = desk.run("doctor")
    assert said.code == 0, said.out


def test_debugging_any_host_and_a_way_that_is_not_protected_are_unsafe(desk: Desk) -> None:
    assert set(found("pages")) == {Level.GOOD}
    with override_settings(DEBUG=True):
        assert "fails" in found("pages")[Level.UNSAFE]
    for hosts in (("*",), (".example.org",)):
        with machine(allowed_hosts=hosts, address="https://asepsis.example"):
            assert "any name" in found("pages")[Level.UNSAFE]
    with machine(allowed_hosts=("localhost", "asepsis.example")):
        assert "asepsis.example" in found("pages")[Level.UNSAFE]
    with machine(allowed_hosts=("localhost", "asepsis.example"), address="https://asepsis.example"):
        assert set(found("pages")) == {Level.GOOD}
    with machine(metrics="token"):
        assert "token" in found("pages")[Level.UNSAFE]


def test_a_demonstration_that_is_served_to_others_is_unsafe(desk: Desk) -> None:
    models.Ledger.objects.update(origin="demonstration")
    with machine(address="https://asepsis.example"):
        assert "known" in found("pages")[Level.UNSAFE]


@pytest.mark.parametrize("name", ["ledger.key", "session.key", "."])
def test_secrets_that_others_can_read_are_unsafe(desk: Desk, name: str) -> None:
    file = desk.home / name
    assert set(found("files")) == {Level.GOOD}
    file.chmod(file.stat().st_mode | stat.S_IRGRP)
    assert str(file) in found("files")[Level.UNSAFE]


def test_a_secret_that_is_gone_is_unsafe(desk: Desk) -> None:
    (desk.home / "ledger.key").unlink()
    assert "not there" in found("files")[Level.UNSAFE]
    with machine(mail_password_file=desk.home / "nowhere"):
        assert "nowhere" in " ".join(one.said.text() for one in doctor.examine(datetime.now(UTC)))


def test_a_full_disk_is_unsafe(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    assert set(found("room")) == {Level.GOOD}
    monkeypatch.setattr(doctor, "ROOM", 10**18)
    assert "MiB are free" in found("room")[Level.UNSAFE]


@pytest.mark.parametrize(
    ("name", "value"), [("synchronous", "NORMAL"), ("foreign_keys", "OFF"), ("secure_delete", "OFF")]
)
def test_a_database_that_runs_otherwise_is_unsafe(desk: Desk, name: str, value: str) -> None:
    assert set(found("database")) == {Level.GOOD}
    connection.cursor().execute(f"PRAGMA {name} = {value}")
    assert name in found("database")[Level.UNSAFE]


def test_a_missing_trigger_is_unsafe(desk: Desk) -> None:
    connection.cursor().execute("DROP TRIGGER store_entry_no_delete")
    assert "store_entry_no_delete" in found("database")[Level.UNSAFE]


def test_a_clock_behind_the_ledger_is_unsafe(desk: Desk) -> None:
    last = datetime.fromisoformat(models.Ledger.objects.get().last_at)
    assert set(found("clock", last)) == {Level.GOOD}
    assert "behind" in found("clock", last - timedelta(seconds=1))[Level.UNSAFE]


def test_an_old_feed_is_unsafe_and_one_never_fetched_unknown(desk: Desk) -> None:
    shelf = Shelf(desk.home / "feeds")
    shelf.add(Feed("osv-pypi", "osv", "https://osv.example", "PyPI"))
    assert "never fetched" in found("feeds")[Level.UNKNOWN]
    folder = shelf.folder / "osv-pypi"
    folder.mkdir(exist_ok=True)
    (folder / "state.json").write_text('{"as_of":"2020-01-01T00:00:00Z"}')
    assert "2020-01-01" in found("feeds")[Level.UNSAFE]
    (folder / "state.json").write_text("no state")
    assert Level.UNKNOWN in found("feeds")


def test_backups_that_are_old_or_never_verified_are_unsafe(desk: Desk, tmp_path: Path) -> None:
    assert "No backup" in found("backups")[Level.UNSAFE]
    desk.done("backup", "make", tmp_path / "kept")
    assert "verified" in found("backups")[Level.UNSAFE]
    desk.done("backup", "verify", tmp_path / "kept")
    assert set(found("backups")) == {Level.GOOD}
    Left.objects.update(on=NOW.date() - timedelta(days=40))
    assert set(found("backups")) == {Level.GOOD}  # nothing came since
    desk.done("person", "add", "Cleo", "--passphrase-file", desk.other_words)
    assert "entries came since" in found("backups")[Level.UNSAFE]


def test_a_spoilt_backup_does_not_verify_and_is_not_noted(desk: Desk, tmp_path: Path) -> None:
    desk.done("backup", "make", tmp_path / "kept")
    database = tmp_path / "kept" / "asepsis.sqlite3"
    data = database.read_bytes()
    database.write_bytes(data.replace(b'"founding"', b'"foundinG"'))
    assert desk.run("backup", "verify", tmp_path / "kept").code == 1
    assert not Left.objects.filter(way="backup-verified").exists()
    assert desk.run("backup", "verify", tmp_path).code == 4
    assert not (desk.home / "checked.part").exists()


def test_that_no_checkpoint_left_lately_is_unsafe(desk: Desk, tmp_path: Path) -> None:
    assert Level.UNSAFE in found("checkpoints")
    desk.done("ledger", "checkpoint", tmp_path / "note.txt")
    assert set(found("checkpoints")) == {Level.GOOD}
    assert Level.UNSAFE in found("checkpoints", datetime.now(UTC) + timedelta(days=doctor.LEFT_DAYS + 1))


def test_jobs_that_failed_within_a_day_are_told(desk: Desk) -> None:
    now = datetime.now(UTC)
    assert set(found("jobs")) == {Level.ADVICE}
    Worker.objects.create(name="one", begun_at=now, seen_at=now)
    assert set(found("jobs")) == {Level.GOOD}
    tasks.ask(Wanted("assess", "nobody", arguments={"product": "f" * 32, "position": 1, "day": "2026-11-25"}))
    worker._do_one("one")
    assert "1 jobs failed" in found("jobs")[Level.UNSAFE]
    DBTaskResult.objects.update(finished_at=now - timedelta(days=2))
    assert set(found("jobs")) == {Level.GOOD}


def test_that_no_mail_is_sent_is_advice(desk: Desk) -> None:
    assert set(found("mail")) == {Level.ADVICE}
    with machine(mail_server="mail.example.org"):
        assert set(found("mail")) == {Level.GOOD}


@pytest.mark.parametrize(
    ("days", "bits", "told"),
    [(365, 2048, None), (20, 2048, "ends on"), (-1, 2048, "ended on"), (365, 1024, "1,024 bits")],
)
def test_a_saml_provider_whose_certificate_is_weak_or_ends_is_unsafe(
    desk: Desk, tmp_path: Path, days: int, bits: int, told: str | None
) -> None:
    pytest.importorskip("onelogin.saml2.auth", reason="asepsis[saml] is not installed")
    from tests.web.identity_provider import IdentityProvider

    file = tmp_path / "idp.xml"
    file.write_text(IdentityProvider(draw(days, bits), "https://idp.example").metadata(), encoding="utf-8")
    file.chmod(0o644)
    with machine(saml_metadata_file=file, address="https://asepsis.example"):
        unsafe = found("log-in elsewhere").get(Level.UNSAFE)
        assert told in unsafe if told and unsafe else unsafe is told


def test_a_saml_provider_that_cannot_be_read_or_that_others_may_write_is_unsafe(desk: Desk, tmp_path: Path) -> None:
    pytest.importorskip("onelogin.saml2.auth", reason="asepsis[saml] is not installed")
    file = tmp_path / "idp.xml"
    with machine(saml_metadata_file=file):
        assert "not there" in found("log-in elsewhere")[Level.UNSAFE]
        assert "this machine alone" in found("log-in elsewhere")[Level.ADVICE]
        file.write_text("no metadata", encoding="utf-8")
        file.chmod(0o600)
        assert "cannot be used" in found("log-in elsewhere")[Level.UNSAFE]
        file.chmod(0o666)
        assert any("others on this machine may write it (666)" in one.said.text() for one in doctor.examine(NOW))


def test_a_directory_that_is_asked_in_the_open_or_by_nobody_is_told(desk: Desk) -> None:
    assert set(found("log-in elsewhere")) == {Level.GOOD}
    with machine(ldap_server="localhost", ldap_base="dc=example", ldap_security="none"):
        assert "whoever listens" in found("log-in elsewhere")[Level.UNSAFE]
        assert "everybody may search" in found("log-in elsewhere")[Level.ADVICE]
    account = passphrase.set_passphrase(
        desk.value("person", "list")["people"][0]["person"], "four quiet herons at dawn"
    )
    DirectoryEntry.objects.create(account=account, name="one", entry="00")
    asked: dict[str, Any] = {"ldap_server": "dc.example", "ldap_base": "dc=example", "ldap_user": "cn=asepsis"}
    with machine(**asked):
        assert "1 people whom it knows" in found("log-in elsewhere")[Level.ADVICE]
    with machine(**asked, ldap_local="never"):
        assert set(found("log-in elsewhere")) == {Level.GOOD}
