"""A real process that writes is killed at random moments: what it was told to be saved is there, whole, and all goes on."""

from __future__ import annotations

import contextlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import IO, Any

import pytest
from pytest_django.plugin import DjangoDbBlocker

from asepsis.configuration.records import Supplier
from asepsis.store import queries
from asepsis.store.models import Record
from asepsis.store.rows import select_in
from asepsis.store.verify import verify
from tests.conftest import ROOT
from tests.kinds import smallest
from tests.store import engine
from tests.store.conftest import Chance, Clock, Store, opened

BATCH, AT_ONCE, AFRESH = 120, 20, 25

# One process brings Django in once; for each line it is told it forks one that writes until it is killed. That one says
# the names of entries only after the commit that wrote them has come back.
FORKER = """
import json, os, sys
import django
django.setup()
from datetime import datetime, timedelta, UTC
from hashlib import sha256
from django.conf import settings
from django.db import connection
from asepsis import processes
processes.load()
from asepsis.exchange.facts import Feeds, document_bytes
from asepsis.record.slots import Meaning
from asepsis.store.acts import Hand, new_id
from asepsis.store.changes import Actor, Approve, Signed, Submit, TakeIn, Write

def write(told):
    begun, count = datetime.fromisoformat(told["now"]), 0
    def clock():
        nonlocal count
        count += 1
        return begun + timedelta(seconds=count)
    dev, quality = (Hand(Actor(told[one]), clock) for one in ("dev", "quality"))
    turn = told["turn"]
    while True:
        record, made = new_id(), []
        made.append(dev.commit([Write(record, "Supplier", told["value"], None)]))
        made.append(dev.commit([Submit(record)]))
        made.append(quality.commit([Approve(record, made[0].outcomes[0].name, Meaning.REVIEWED, Signed("passphrase"))]))
        tell(made)
        document = document_bytes(Feeds(f"2026-01-01T00:00:{turn % 60:02}Z", ()))
        tell([dev.commit([TakeIn("feeds", "organisation", document, document, sha256(document).hexdigest(), None)])])
        value = {**told["value"], "title": f"batch {told['run']} {turn}"}
        tell([dev.commit([Write(new_id(), "Supplier", value, None) for _ in range(told["batch"])])])
        turn += 1

def tell(receipts):
    names = [one.name for receipt in receipts for one in receipt.outcomes if one.name]
    os.write(1, (json.dumps({"names": names, "at": receipts[-1].at}) + "\\n").encode())

for line in sys.stdin:
    told = json.loads(line)
    child = os.fork()
    if not child:
        connection.settings_dict["NAME"] = told["database"]
        settings.MACHINE = settings.MACHINE.model_copy(update={"home": __import__("pathlib").Path(told["home"])})
        write(told)
    os.write(1, (json.dumps({"pid": child}) + "\\n").encode())
    status = os.waitpid(child, 0)[1]
    os.write(1, (json.dumps({"ended": os.WTERMSIG(status)}) + "\\n").encode())
"""


@dataclass
class Forker:
    """The process that forks those that are killed."""

    told: IO[bytes]
    said: IO[bytes]

    def kill_one(self, telling: dict[str, Any], answers: int, after: float) -> list[dict[str, Any]]:
        """Have one process write, kill it so many seconds after it said so much, and return all that it said."""
        self.told.write(json.dumps(telling).encode() + b"\n")
        self.told.flush()
        said: list[dict[str, Any]] = []
        pid = None
        while pid is None or len(said) < answers:
            line = json.loads(self.said.readline())
            pid = line.get("pid", pid)
            said += [line] if "names" in line else []
        time.sleep(after)
        os.kill(pid, signal.SIGKILL)
        while "ended" not in (line := json.loads(self.said.readline())):
            said.append(line)
        assert line["ended"] == signal.SIGKILL
        return said


@contextmanager
def forking(home: Path) -> Iterator[Forker]:
    environment = os.environ | engine.environment(home) | {"PYTHONPATH": str(ROOT / "src")}
    process = subprocess.Popen(
        [sys.executable, "-c", FORKER], env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        yield Forker(process.stdin, process.stdout)
    finally:
        with contextlib.suppress(BrokenPipeError):
            process.stdin.close()
        process.stdout.close()
        process.kill()
        process.wait()


def look_at_kills(prepared: Store, folder: Path, count: int, seed: int, blocker: DjangoDbBlocker) -> tuple[int, int]:
    """Kill `count` processes; return how many commits were acknowledged, and how many were there besides."""
    chance, acknowledged, more = random.Random(seed), 0, 0
    with forking(folder) as forker:
        for run in range(count):
            home = folder / f"home{run // AFRESH}"
            if run % AFRESH == 0:
                engine.copy(prepared.home, home)
                shutil.rmtree(folder / f"home{run // AFRESH - 1}", ignore_errors=True)
                clock = Clock(prepared.clock.now)
            telling = {
                "database": str(engine.name_of(home)),
                "home": str(home),
                "now": (clock.now + timedelta(minutes=1)).isoformat(),
                "dev": prepared.people["dev"],
                "quality": prepared.people["quality"],
                "value": smallest(Supplier),
                "batch": BATCH,
                "run": run,
                "turn": run,
            }
            said = forker.kill_one(telling, chance.randrange(5), chance.uniform(0.0, 0.06))
            with opened(home, blocker):
                names = [name for one in said for name in one["names"]]
                acknowledged += len(said)
                more += _looked_at(names, run, (seed, run))
                last = queries.ledger().last_at
                clock.now = max(clock.now, clock.now.fromisoformat(last)) + timedelta(minutes=1)
                store = Store(home, dict(prepared.people), prepared.product, clock=clock, chance=Chance(f"after {run}"))
                store.create("dev", Supplier, title=f"after {run}")  # nobody had to mend anything
    return acknowledged, more


def _looked_at(names: list[str], run: int, told: tuple[int, int]) -> int:
    """Hold the store against what was acknowledged; return how many batches are there that nobody was told of."""
    there = {row[0] for row in select_in("SELECT name FROM store_entry WHERE name IN ({})", names)}
    assert there == set(names), told
    found = verify()
    assert found.agrees, (told, [one.said.text() for one in found.findings])
    titles = list(Record.objects.filter(title__startswith=f"batch {run} ").values_list("title", flat=True))
    counts = {title: titles.count(title) for title in set(titles)}
    assert set(counts.values()) <= {BATCH}, told
    return len(counts)


def test_twenty_kills_lose_nothing_that_was_acknowledged(
    prepared: Store, tmp_path: Path, django_db_blocker: DjangoDbBlocker
) -> None:
    acknowledged, _ = look_at_kills(prepared, tmp_path, AT_ONCE, 1, django_db_blocker)
    assert acknowledged > AT_ONCE


@pytest.mark.soak
def test_a_thousand_kills_lose_nothing_that_was_acknowledged(
    prepared: Store, tmp_path: Path, django_db_blocker: DjangoDbBlocker
) -> None:
    acknowledged, _ = look_at_kills(prepared, tmp_path, 1_000, 2, django_db_blocker)
    assert acknowledged > 1_000
