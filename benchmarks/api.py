"""How long the API takes to answer: `python -m benchmarks.api COUNT [HOME]` prints a table; a ledger that is there is used.

Asked in process, one after the other, with the whole way from the token to the JSON; p95 of 40 times each.
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.generated import Generated, use_home

TIMES = 40
ASKED_MS = 200


def filled(home: Path, count: int) -> None:
    """Make a ledger of `count` effective, linked records in `home`, unless one is there, and have it assessed."""
    use_home(home)
    from asepsis.accounts import secret
    from asepsis.conformance import moments
    from asepsis.store import queries
    from asepsis.store.models import Ledger

    secret.make(home)
    if Ledger.objects.exists():
        return
    generated = Generated(home)
    generated.found()
    generated.fill(count)
    if count <= 10_000:
        moments.keep(moments.assess_product(moments.Asked(queries.product("BEN").id), datetime.now(UTC)))


def routes() -> Iterator[str]:
    """Yield what is asked: lists by each order and filter, from their beginning and from far within, and single things."""
    from asepsis.store.models import Assessed, Entry, Record

    far = Record.objects.filter(kind="Threat").order_by("-number")[20]
    one = Record.objects.filter(kind="Threat", standing="effective").order_by("number")[100]
    linked = Record.objects.filter(kind="Element").order_by("number")[50]
    last = Entry.objects.order_by("-position").values_list("position", flat=True)[0]
    yield from ("/me", "/products", "/kinds", "/kinds/Threat")
    yield from ("/records?product=BEN", "/records?product=BEN&limit=200", "/records?product=BEN&kind=Threat&limit=200")
    yield f"/records?product=BEN&kind=Threat&after=n:{far.number}:"
    yield f"/records?product=BEN&after=c:{far.changed_position}:{far.id}"
    for state in ("effective", "draft", "retired"):
        yield f"/records?product=BEN&kind=Threat&state={state}"
        yield f"/records?product=BEN&state={state}"
    yield from ("/records?product=BEN&kind=Threat&who=nobody", "/records?product=BEN&kind=Threat&group=spoofing")
    yield from ("/records?product=BEN&kind=Threat&sort=due", "/records?product=BEN&kind=Threat&sort=rank")
    yield "/records?product=BEN&kind=Threat&due=2026-01-01"
    for page in ("", "/history", "/diff", "/links", "/revisions/1", "/trace"):
        yield f"/records/{one.label}{page}"
    yield from (f"/records/{linked.label}/links", f"/records/{linked.label}/trace")
    yield from ("/ledger/entries", f"/ledger/entries?begin={last - 200}&limit=200", "/ledger/checkpoint")
    yield from (
        f"/ledger/entries/{last // 2}/proof",
        f"/ledger/growth?first={last // 3}",
        "/facts?product=BEN",
        "/webhooks",
    )
    if Assessed.objects.exists():
        yield from (f"/products/BEN/{page}" for page in ("board", "gate", "due", "clauses/7.2"))


def main() -> None:
    """Print the table."""
    count = int(sys.argv[1])
    os.environ["ASEPSIS_API_PER_MINUTE"] = "100000"
    with tempfile.TemporaryDirectory() as folder:
        filled(Path(sys.argv[2]) if len(sys.argv) > 2 else Path(folder), count)
        from django.test import Client

        from asepsis.accounts import tokens
        from asepsis.store.models import Person

        person = str(Person.objects.values_list("pk", flat=True)[0])
        _, text = tokens.make(
            person,
            "measured",
            list(tokens.Scope),
            datetime.now(UTC),
            days=1,
        )
        client = Client(HTTP_HOST="127.0.0.1", headers={"Authorization": f"Bearer {text}"})
        print(f"{count:,} records, load {os.getloadavg()[0]:.1f}\n{'ms p50':>8}{'p95':>8}{'first':>8}")
        for route in routes():
            spent = []
            for _ in range(TIMES):
                start = time.perf_counter()
                answer = client.get(f"/api/v1{route}")
                spent.append((time.perf_counter() - start) * 1_000)
                assert answer.status_code in (200, 409), (route, answer.content[:300])
            p95 = statistics.quantiles(spent, n=20)[-1]
            slow = "slow " if p95 > ASKED_MS else ""
            print(f"{statistics.median(spent):8.1f}{p95:8.1f}{spent[0]:8.1f}  {slow}{route}", flush=True)


if __name__ == "__main__":
    main()
