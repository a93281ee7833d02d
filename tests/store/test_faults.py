"""What the machine does to a store, told in one sentence each, with nothing saved: disks, limits, rights, clocks."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from pytest_django.plugin import DjangoDbBlocker

from asepsis.configuration.records import Supplier
from asepsis.store import key_change, keys, queries, refusals
from asepsis.store.verify import verify
from tests.conftest import ROOT
from tests.store import engine
from tests.store.conftest import Chance, Clock, Store, opened, refused

# One act in a process of its own, whose files may grow to so many bytes; it says how that was told.
LIMITED = """
import json, resource, sys
import django
django.setup()
from datetime import datetime
from asepsis import processes
processes.load()
from asepsis.errors import AsepsisError
from asepsis.store.acts import Hand, new_id
from asepsis.store.changes import Actor, Write

told = json.loads(sys.argv[1])
resource.setrlimit(resource.RLIMIT_FSIZE, (told["limit"], told["limit"]))
hand = Hand(Actor(told["by"]), lambda: datetime.fromisoformat(told["now"]))
try:
    hand.commit([Write(new_id(), "Supplier", told["value"], None)])
    print("saved")
except AsepsisError as error:
    print(error.code, error.said.text())
"""


@contextmanager
def filesystem(folder: Path, size: str) -> Iterator[Path]:
    """A small file system of one's own; only root may make one."""
    folder.mkdir()
    mount = shutil.which("mount")
    if os.geteuid() != 0 or mount is None:
        pytest.skip("a file system of one's own can only be mounted by root")
    made = subprocess.run([mount, "-t", "tmpfs", "-o", f"size={size}", "tmpfs", folder], capture_output=True, text=True)
    if made.returncode:
        pytest.skip(f"no file system can be mounted here: {made.stderr.strip()}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", folder], check=True)


def moved(prepared: Store, home: Path) -> Store:
    shutil.copytree(prepared.home, home, dirs_exist_ok=True)
    return Store(home, dict(prepared.people), prepared.product, clock=Clock(prepared.clock.now), chance=Chance("moved"))


@engine.only_sqlite
def test_a_disk_that_is_full_is_told_and_goes_on_when_there_is_room(
    prepared: Store, tmp_path: Path, django_db_blocker: DjangoDbBlocker
) -> None:
    with filesystem(tmp_path / "small", "6m") as home:
        store = moved(prepared, home)
        with opened(home, django_db_blocker):
            assert store.create("dev", Supplier)
            ballast = home / "ballast"
            with ballast.open("wb", buffering=0) as out:
                try:
                    while True:
                        out.write(bytes(4096))
                except OSError:
                    pass
            with refused(refusals.StoreFaultError, r"cannot be written: .*; nothing was saved"):
                store.create("dev", Supplier, notes="x" * 40_000)
            ballast.unlink()
            assert store.create("dev", Supplier)
            assert verify().agrees


@engine.only_sqlite
def test_a_file_system_that_is_read_only_is_told(
    prepared: Store, tmp_path: Path, django_db_blocker: DjangoDbBlocker
) -> None:
    with filesystem(tmp_path / "small", "12m") as home:
        store = moved(prepared, home)
        with opened(home, django_db_blocker):
            queries.ledger()
        subprocess.run(["mount", "-o", "remount,ro", home], check=True)
        with (
            opened(home, django_db_blocker),
            pytest.raises(refusals.StoreFaultError, match=r"cannot be written: .*; nothing was saved"),
        ):
            store.create("dev", Supplier)
        subprocess.run(["mount", "-o", "remount,rw", home], check=True)
        with opened(home, django_db_blocker):
            assert store.create("dev", Supplier)
            assert verify().agrees


@engine.only_sqlite
def test_a_file_that_may_not_grow_is_told(store: Store) -> None:
    import json

    from tests.kinds import smallest

    size = queries.ledger().size
    environment = os.environ | engine.environment(store.home) | {"PYTHONPATH": str(ROOT / "src")}
    telling = {
        "limit": 60_000,
        "by": store.people["dev"],
        "now": (store.clock.now + timedelta(days=1)).isoformat(),
        "value": {**smallest(Supplier), "notes": "x" * 45_000},
    }
    said = subprocess.run(
        [sys.executable, "-c", LIMITED, json.dumps(telling)],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert said.stdout.startswith("store-fault The store in ")
    assert said.stdout.endswith("; nothing was saved.\n")
    assert queries.ledger().size == size
    assert verify().agrees


def test_a_clock_that_was_set_back_writes_nothing_and_a_right_one_goes_on(store: Store) -> None:
    store.create("dev", Supplier)
    right = store.clock.now
    store.clock.now -= timedelta(days=1)
    with refused(refusals.ClockBackError, "before the last entry"):
        store.create("dev", Supplier)
    store.clock.now = right
    assert store.create("dev", Supplier)


# --- the change of the key --------------------------------------------------------------------------------------------


def test_a_new_key_signs_from_its_entry_on_and_the_old_one_is_kept(store: Store, supplier: str) -> None:
    old = (store.home / keys.FILE).read_bytes()
    receipt = key_change.change_key(store.home, store.hand("ada"), "yearly")
    assert (store.home / f"{keys.FILE}.2026-01-05").read_bytes() == old
    assert (store.home / keys.FILE).read_bytes() != old
    assert (store.home / keys.FILE).stat().st_mode & 0o777 == 0o600
    assert queries.ledger().key == keys.public(keys.load(store.home))
    store.create("dev", Supplier)
    assert verify().agrees
    again = key_change.change_key(store.home, store.hand("ada"), "lost")
    assert again.size == receipt.size + 2
    assert verify().agrees
    assert len(list(store.home.glob(f"{keys.FILE}*"))) == 3


def test_only_management_changes_the_key(store: Store) -> None:
    before = sorted(one.name for one in store.home.glob(f"{keys.FILE}*"))
    with refused(refusals.NotPermittedError, "needs management"):
        key_change.change_key(store.home, store.hand("dev"), "yearly")
    assert sorted(one.name for one in store.home.glob(f"{keys.FILE}*")) == before
    assert store.create("dev", Supplier)


@pytest.mark.parametrize("moment", ["committed", "old one aside"])
def test_a_change_of_the_key_that_was_cut_off_is_brought_to_its_end(
    store: Store, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    def cut(home: Path, expected: str, aside: str | None = None) -> None:
        if moment == "old one aside" and (home / keys.NEXT).exists() and aside:
            (home / keys.FILE).replace(home / aside)
        if aside:
            raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(keys, "settle", cut)
        with pytest.raises(KeyboardInterrupt):
            key_change.change_key(store.home, store.hand("ada"), "yearly")
    keys.load.cache_clear()
    assert store.create("dev", Supplier)
    assert not (store.home / keys.NEXT).exists()
    assert verify().agrees
