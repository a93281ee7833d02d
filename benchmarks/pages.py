"""How long the server takes for each page: `python -m benchmarks.pages HOME...` prints one table for these homes.

Median and p95 are times of the processor, in milliseconds: what others do on the same machine does not count. SQLite runs
within the process, so its work is in them; what the disk takes is not, and the wall's p95 stands beside. `rows` are the
lines of tables and lists in the answer, `asked` the questions that it put to the database. The first answer of a process
reads the assessment that was kept; all others find it read.

A home is one that `python -m benchmarks.measured fill HOME COUNT` made. Where its product was not assessed yet, it is
first, for the board shows an assessment; that takes a minute with 100,000 records.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from benchmarks.generated import use_home

TIMES = 20
WARM = 2  # first answers that are not counted: they compile templates and read the assessment
PAGES = (
    ("board", "/p/BEN/"),
    ("acts", "/p/BEN/acts"),
    ("list", "/p/BEN/list/Threat"),
    ("list, deep", "/p/BEN/list/Threat?after={middle}"),
    ("list, by rank", "/p/BEN/list/Threat?sort=rank"),
    ("list, by group", "/p/BEN/list/Threat?group=spoofing"),
    ("list, filtered", "/p/BEN/list/Threat?state=effective"),
    ("list, none fits", "/p/BEN/list/Threat?state=retired"),
    ("record", "/r/BEN-THR-1"),
    ("record, edit", "/r/BEN-THR-1/edit"),
    ("record, card", "/card/BEN-THR-1"),
    ("record, files", "/r/BEN-THR-1/files"),
    ("record, trace", "/r/BEN-THR-1/trace"),
    ("trace", "/p/BEN/trace"),
    ("trace from one", "/p/BEN/trace?from=BEN-THR-1"),
    ("clause", "/p/BEN/clause/7.2"),
    ("clause, the longest", "/p/BEN/clause/7.4"),
    ("process", "/p/BEN/process/risk"),
    ("gate", "/p/BEN/gate"),
    ("release", "/p/BEN/release"),
    ("components", "/p/BEN/components"),
    ("what is due", "/p/BEN/due"),
    ("what changed", "/p/BEN/since"),
    ("not looked at", "/p/BEN/unlooked"),
    ("cases", "/p/BEN/case"),
    ("run sheets", "/p/BEN/run"),
    ("inbox", "/p/BEN/inbox"),
    ("set-up", "/p/BEN/setup"),
    ("bring in", "/p/BEN/bring"),
    ("new record", "/p/BEN/new/Threat"),
    ("sign", "/sign"),
    ("find, a rare word", "/find?q={middle}"),
    ("find, a word of all", "/find?q=number"),
    ("my work", "/work"),
    ("audit room", "/p/BEN/audit?kind=Requirement&seed=0123456789abcdef&of={middle}"),
    ("people", "/p/BEN/people"),
    ("ledger", "/ledger"),
    ("ledger, an entry", "/ledger/{middle}"),
    ("feeds", "/feeds"),
    ("organisation", "/o/"),
    ("products", "/?all"),
    ("jobs", "/jobs"),
    ("account", "/account"),
)


def measure(home: Path) -> dict[str, Any]:
    """Return how many records and entries a home holds, and for each page its times in milliseconds, sorted."""
    use_home(home)
    from datetime import UTC, datetime

    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    from asepsis.accounts import passphrase, secret
    from asepsis.configuration.records import Release
    from asepsis.conformance import moments
    from asepsis.record.collector import making_what_stays
    from asepsis.store import acts, queries
    from asepsis.store.changes import Actor
    from asepsis.store.models import Assessed, Person, Record
    from tests.kinds import smallest

    secret.make(home)
    product = queries.product("BEN")
    if not Record.objects.filter(kind="Release").exists():
        at = max(datetime.now(UTC), datetime.fromisoformat(queries.ledger().last_at))
        hand = acts.Hand(Actor(Person.objects.get().id), lambda: at)
        acts.create(hand, Release, smallest(Release), product.id)
    if not Assessed.objects.filter(product=product.id).exists():
        moments.keep(moments.assess_product(moments.Asked(product.id), datetime(2026, 6, 1, tzinfo=UTC)))
    client = Client(HTTP_HOST="127.0.0.1")
    client.force_login(passphrase.open_account(Person.objects.get().name))
    middle = max(1, Record.objects.filter(kind="Threat").count() // 2)
    with making_what_stays():  # as a server does before it answers
        client.get("/login")
    found, first = {}, _timed(client, "/p/BEN/")
    for name, address in PAGES:
        place = address.format(middle=middle)
        times = [_timed(client, place) for _ in range(WARM + TIMES)][WARM:]
        with CaptureQueriesContext(connection) as asked:
            answer = client.get(place).content
        found[name] = {
            "cpu": sorted(cpu for cpu, _ in times),
            "wall": sorted(wall for _, wall in times),
            "rows": answer.count(b"<tr") + answer.count(b"<li"),
            "asked": len(asked),
        }
    return {"records": Record.objects.count(), "entries": queries.ledger().size, "pages": found, "first": first}


def _timed(client: Any, address: str) -> tuple[float, float]:
    """Return the milliseconds of the processor and of the wall for one answer."""
    start, began = time.process_time(), time.perf_counter()
    answer = client.get(address)
    spent, waited = (time.process_time() - start) * 1000, (time.perf_counter() - began) * 1000
    assert answer.status_code == 200, (address, answer.status_code)
    return spent, waited


def main(homes: list[str]) -> None:
    """Measure each home in a process of its own, and print one table."""
    told = []
    for home in homes:
        ended = subprocess.run(
            [sys.executable, "-m", "benchmarks.pages", "--one", home], capture_output=True, encoding="utf-8", check=True
        )
        told.append(json.loads(ended.stdout.splitlines()[-1]))
    print(f"{os.cpu_count()} processors, load {os.getloadavg()[0]:.1f}")
    heads = [f"{one['records']:,} records, {one['entries']:,} entries" for one in told]
    print("page".ljust(22) + "".join(head.rjust(46) for head in heads))
    columns = ("median", "p95", "p95 wall", "rows", "asked")
    print(" " * 22 + "".join("".join(word.rjust(10 if at else 12) for at, word in enumerate(columns)) for _ in told))
    for name, _ in PAGES:
        print(name.ljust(22) + "".join(_cells(one["pages"][name]) for one in told))
    print("the first answer".ljust(22) + "".join(f"{one['first'][0]:12.0f}{'':34}" for one in told))


def _cells(page: dict[str, Any]) -> str:
    half, most, wall = _part(page["cpu"], 50), _part(page["cpu"], 95), _part(page["wall"], 95)
    return f"{half:12.1f}{most:10.1f}{wall:10.1f}{page['rows']:10}{page['asked']:10}"


def _part(times: list[float], percent: int) -> float:
    return times[min(len(times) - 1, len(times) * percent // 100)]


if __name__ == "__main__":
    if sys.argv[1] == "--one":
        print(json.dumps(measure(Path(sys.argv[2]))))
    else:
        main(sys.argv[1:])
