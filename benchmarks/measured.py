"""What is measured inside one process: `python -m benchmarks.measured NAME HOME COUNT` prints JSON, one object a line."""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.generated import Clock, Generated, use_home

ENTRIES_OF_TEN = 34  # entries that ten of the generated records make
TODAY = datetime(2026, 6, 1, tzinfo=UTC)


def timed(work: Callable[[], Any], times: int = 1) -> tuple[list[float], Any]:
    """Return how long each run took, in seconds, and what the last one gave."""
    seconds, result = [], None
    for _ in range(times):
        start = time.perf_counter()
        result = work()
        seconds.append(time.perf_counter() - start)
    return seconds, result


def tell(what: str, asked: str, seconds: list[float], remark: str = "") -> None:
    """Print one measurement."""
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        json.dumps({"what": what, "asked": asked, "seconds": seconds, "memory": memory, "remark": remark}), flush=True
    )


def fill(home: Path, count: int) -> None:
    """Make a ledger of `count` effective, linked records; measure one commit of 10,000 changes in it."""
    use_home(home)
    generated = Generated(home)
    generated.found()
    seconds, _ = timed(lambda: generated.fill(count))
    tell(f"write, submit and sign {count:,} records, 2,000 a commit", "-", seconds)
    if count >= 10_000:
        from asepsis.store.changes import Write
        from asepsis.store.door import commit

        changes = [
            Write(next(generated.ids), "Supplier", {"title": f"Supplier {number}", "name": f"Supplier {number}"}, None)
            for number in range(10_000)
        ]
        seconds, _ = timed(lambda: commit(changes, generated.me, generated.clock))
        tell(f"one commit of 10,000 changes, {count:,} records there", "5 s", seconds)


def long(home: Path, count: int) -> None:
    """Make a ledger of about `count` entries in 1,000 commits, one a day, so that it keeps 1,000 checkpoints."""
    use_home(home)
    from datetime import timedelta

    from asepsis.store import queries
    from asepsis.store.models import Checkpoint

    generated = Generated(home, Clock(timedelta(days=1)))
    generated.found()
    records = count * 10 // ENTRIES_OF_TEN
    seconds, _ = timed(lambda: generated.fill(records, max(1, records // 1_000)))
    there = f"{queries.ledger().size:,} entries, {Checkpoint.objects.count():,} checkpoints"
    tell("write a long ledger, a commit a day", "-", seconds, there)


def assess(home: Path, count: int) -> None:
    """Read the dossier and assess it with every check."""
    use_home(home)
    from asepsis.conformance import moments
    from asepsis.store import queries

    product = queries.product("BEN").id
    most = {1_000: "-", 10_000: "1 s", 100_000: "10 s"}.get(count, "-")
    seconds, _ = timed(lambda: queries.dossier(product).position, 1 if count >= 100_000 else 3)
    tell(f"read {count:,} records from SQLite", "1 s" if count == 10_000 else "-", seconds)
    asked = moments.Asked(product)
    seconds, found = timed(lambda: moments.assess_product(asked, TODAY), 1 if count >= 100_000 else 3)
    looked = {looked.check for verdict in found.obligations for looked in verdict.looked}
    tell(f"read and assess {count:,} records", most, seconds, f"{len(looked)} checks")
    for name, spent in moments.assess_timed(asked, TODAY)[:10]:
        tell(f"   check {name}", "-", [spent])


def again(home: Path, count: int) -> None:
    """Assess again after a change of one record, with the dossier in memory."""
    use_home(home)
    from zoneinfo import ZoneInfo

    from asepsis.checks import all as all_checks
    from asepsis.checks.view import Product
    from asepsis.clauses.catalogue import catalogue
    from asepsis.conformance import moments
    from asepsis.conformance.again import assess_again, assess_first
    from asepsis.store import queries

    all_checks.load()
    product = queries.product("BEN")
    given = moments.given_at(product.id, None, TODAY)
    zone = ZoneInfo(queries.ledger().time_zone)
    earlier = assess_first(
        given, catalogue(), product=Product(product.id, product.code), product_name=product.name, zone=zone
    )
    seconds, _ = timed(lambda: assess_again(earlier, given, {"Requirement"}), 3)
    asked = "0.3 s" if count == 10_000 else "-"
    tell(f"assess again after one Requirement changed, {count:,} records in memory", asked, seconds)


def bundle(home: Path, count: int) -> None:
    """Export a dossier, open it, and assess it out of the bundle."""
    use_home(home)
    import shutil

    from asepsis.bundle.reading import open_bundle
    from asepsis.bundle.writing import Scope, export
    from asepsis.checks import all as all_checks
    from asepsis.store import queries

    all_checks.load()
    target = home / "exported"
    scope = Scope(queries.product("BEN").id)
    seconds, _ = timed(lambda: export(scope, target))
    tell(f"export {count:,} records to a folder", {10_000: "10 s", 100_000: "100 s"}.get(count, "-"), seconds)
    seconds, _ = timed(lambda: open_bundle(target).assess())
    tell(
        f"open that bundle and assess it, {count:,} records", {10_000: "3 s", 100_000: "30 s"}.get(count, "-"), seconds
    )
    verified, _ = timed(lambda: _verified(target))
    tell(f"stand-alone verifier over it, whole process, {count:,} records", "-", verified)
    shutil.rmtree(target)


def _verified(target: Path) -> None:
    import subprocess

    subprocess.run([sys.executable, str(target / "verify.py"), "--quiet"], check=True, capture_output=True)


def acts(home: Path, count: int) -> None:
    """Revise records one by one: the median of fifty acts."""
    use_home(home)
    from asepsis.store import acts, queries
    from asepsis.store.changes import Actor
    from asepsis.store.models import Person, Record

    person = Person.objects.get()
    at = datetime.fromisoformat(queries.ledger().last_at)
    hand = acts.Hand(Actor(person.id), lambda: at)
    rows = list(Record.objects.filter(kind="Requirement")[:50])
    spent = []
    for row in rows:
        value = {**(queries.head_value(row) or {}), "statement": f"Said otherwise: {row.label}"}
        seconds, _ = timed(lambda row=row, value=value: acts.revise(hand, row.id, value))  # type: ignore[misc]
        spent += seconds
    tell(f"one act (revise and log), {count:,} records there", "0.02 s", spent, f"slowest {max(spent) * 1000:.0f} ms")


if __name__ == "__main__":
    name, home, count = sys.argv[1:4]
    {"fill": fill, "long": long, "assess": assess, "again": again, "bundle": bundle, "acts": acts}[name](
        Path(home), int(count)
    )
