"""Real processes that write to one real file at once: none is lost, and two that revise the same do not both."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from asepsis.configuration.records import Supplier
from asepsis.store import queries
from asepsis.store.rows import select
from asepsis.store.verify import verify
from tests.conftest import ROOT
from tests.kinds import smallest
from tests.store import engine
from tests.store.conftest import Store

WRITER = """
import json, sys
import django
django.setup()
from datetime import datetime
from asepsis import processes
processes.load()
from asepsis.errors import AsepsisError
from asepsis.store.acts import Hand, new_id
from asepsis.store.changes import Actor, Write

told = json.loads(sys.argv[1])
now = datetime.fromisoformat(told["now"])
hand = Hand(Actor(told["by"]), lambda: now)
said = []
for value in told["values"]:
    record = told.get("record") or new_id()
    try:
        made = hand.commit([Write(record, "Supplier", value, None, told.get("before"))])
        said.append(made.outcomes[0].label)
    except AsepsisError as error:
        said.append(error.code)
print(json.dumps(said))
"""


@pytest.fixture
def at_once(store: Store) -> Any:
    """Run writers at the same time, each told something else, and return what each said."""

    def run(tellings: list[dict[str, Any]]) -> list[list[str]]:
        connection.close()
        environment = os.environ | engine.environment(store.home) | {"PYTHONPATH": str(ROOT / "src")}
        common = {"by": store.people["dev"], "now": (store.clock.now + timedelta(days=1)).isoformat()}
        started = [
            subprocess.Popen(
                [sys.executable, "-c", WRITER, json.dumps(common | told)],
                env=environment,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
            )
            for told in tellings
        ]
        ended = [one.communicate(timeout=120) for one in started]
        assert [one.returncode for one in started] == [0] * len(started), ended
        return [json.loads(out) for out, _ in ended]

    return run


def test_of_two_who_revise_the_same_revision_one_is_told_so(store: Store, supplier: str, at_once: Any) -> None:
    before = queries.row(supplier).head_name
    value = smallest(Supplier)
    said = at_once(
        [{"record": supplier, "before": before, "values": [{**value, "name": f"By {one}"}]} for one in ("one", "two")]
    )
    assert sorted(said) == [["ORG-SUP-1"], ["head-stale"]]
    winner = ("one", "two")[said.index(["ORG-SUP-1"])]
    head = queries.head_value(queries.row(supplier))
    assert head is not None
    assert (head["name"], len(queries.history(supplier).revisions)) == (f"By {winner}", 2)


def test_eight_who_write_at_once_lose_nothing(store: Store, at_once: Any) -> None:
    size = queries.ledger().size
    value = smallest(Supplier)
    said = at_once([{"values": [{**value, "name": f"{who} {one}"} for one in range(5)]} for who in range(8)])
    labels = [label for one in said for label in one]
    assert sorted(labels, key=lambda one: int(one[8:])) == [f"ORG-SUP-{number}" for number in range(1, 41)]
    assert queries.ledger().size == size + 40
    names = {(queries.effective_value(row) or queries.head_value(row) or {})["name"] for row in queries.rows(labels)}
    assert names == {f"{who} {one}" for who in range(8) for one in range(5)}
    assert select("SELECT COUNT(*) FROM store_entry") == [(size + 40,)]
    assert verify(deep=True).agrees


def test_who_is_killed_in_the_middle_leaves_nothing_behind(store: Store, supplier: str) -> None:
    size = queries.ledger().size
    connection.close()
    script = WRITER.replace(
        "said = []",
        "import os\nfrom asepsis.store import going\ngoing.checkpoint.sign = lambda *_: os._exit(9)\nsaid = []",
    )
    told = {
        "by": store.people["dev"],
        "now": (store.clock.now + timedelta(days=1)).isoformat(),
        "values": [smallest(Supplier)],
    }
    ended = subprocess.run(
        [sys.executable, "-c", script, json.dumps(told)],
        env=os.environ | engine.environment(store.home) | {"PYTHONPATH": str(ROOT / "src")},
        capture_output=True,
    )
    assert ended.returncode == 9, ended.stderr
    assert queries.ledger().size == size
    assert verify(deep=True).agrees
    store.create("dev", Supplier)
    assert verify(deep=True).agrees
