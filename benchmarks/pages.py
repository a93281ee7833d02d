"""How long the server takes for each page: `python -m benchmarks.pages HOME...` prints p50 and p95 for each home.

Times are those of the processor, in milliseconds: what others do on the same machine does not count. SQLite runs within
the process, so its work is in them; what the disk takes is not, and the wall's p95 stands beside.

A home is one that `python -m benchmarks.measured fill HOME COUNT` made. Where its product was not assessed yet, it is
first, for the board shows an assessment; that takes a minute with 100,000 records.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from benchmarks.generated import use_home

TIMES = 30
WARM = 2  # first answers that are not counted: they compile templates and read the assessment
PAGES = (
    ("board", "/p/BEN/"),
    ("acts", "/p/BEN/acts"),
    ("list", "/p/BEN/list/Threat"),
    ("list, deep", "/p/BEN/list/Threat?after={middle}"),
    ("list, by rank", "/p/BEN/list/Threat?sort=rank"),
    ("list, filtered", "/p/BEN/list/Threat?state=effective"),
    ("record", "/r/BEN-THR-1"),
    ("record, trace", "/r/BEN-THR-1/trace"),
    ("trace", "/p/BEN/trace"),
    ("trace from one", "/p/BEN/trace?from=BEN-THR-1"),
    ("clause", "/p/BEN/clause/7.2"),
    ("process", "/p/BEN/process/risk"),
    ("find, a rare word", "/find?q={middle}"),
    ("find, a word of all", "/find?q=number"),
    ("my work", "/work"),
    ("audit room", "/p/BEN/audit?kind=Requirement&seed=0123456789abcdef&of={middle}"),
    ("people", "/p/BEN/people"),
    ("ledger", "/ledger"),
)


def measure(home: Path) -> dict[str, Any]:
    """Return how many records and entries a home holds, and for each page its times in milliseconds, sorted."""
    use_home(home)
    from datetime import UTC, datetime

    from django.conf import settings
    from django.test import Client
    from django.test.utils import setup_test_environment

    from asepsis.accounts import passphrase, secret
    from asepsis.conformance import moments
    from asepsis.store import queries
    from asepsis.store.models import Assessed, Person, Record

    secret.make(home)
    setup_test_environment()
    settings.ALLOWED_HOSTS = ["127.0.0.1"]
    product = queries.product("BEN")
    if not Assessed.objects.filter(product=product.id).exists():
        moments.keep(moments.assess_product(moments.Asked(product.id), datetime(2026, 6, 1, tzinfo=UTC)))
    client = Client(HTTP_HOST="127.0.0.1")
    client.force_login(passphrase.open_account(Person.objects.get().name))
    middle = max(1, Record.objects.filter(kind="Threat").count() // 2)
    found = {}
    for name, address in PAGES:
        times = [_timed(client, address.format(middle=middle)) for _ in range(WARM + TIMES)][WARM:]
        found[name] = {"cpu": sorted(cpu for cpu, _ in times), "wall": sorted(wall for _, wall in times)}
    return {"records": Record.objects.count(), "entries": queries.ledger().size, "pages": found}


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
    heads = [f"{one['records']:,} records, {one['entries']:,} entries" for one in told]
    print("page".ljust(22) + "".join(head.rjust(36) for head in heads))
    print(" " * 22 + "".join("p50".rjust(16) + "p95".rjust(10) + "p95 wall".rjust(10) for _ in told))
    for name, _ in PAGES:
        row = [one["pages"][name] for one in told]
        cells = ((_part(one["cpu"], 50), _part(one["cpu"], 95), _part(one["wall"], 95)) for one in row)
        print(name.ljust(22) + "".join(f"{half:16.1f}{most:10.1f}{wall:10.1f}" for half, most, wall in cells))


def _part(times: list[float], percent: int) -> float:
    return times[min(len(times) - 1, len(times) * percent // 100)]


if __name__ == "__main__":
    if sys.argv[1] == "--one":
        print(json.dumps(measure(Path(sys.argv[2]))))
    else:
        main(sys.argv[1:])
