"""Measure the watch over a store of many bills: `python -m benchmarks.watch [BILLS]`, 10,000 where none are named.

50 products, each with a fiftieth of the bills, one of each supported release, of 130 components each, of 20,000 package versions;
1,000 advisories speak of a twentieth of the packages. Each line is measured in
a process of its own, over the store that the first one filled.
"""

from __future__ import annotations

import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from benchmarks.generated import Generated, use_home

PRODUCTS, EACH, PACKAGES, ADVISORIES = 50, 130, 20_000, 1_000
NOW = datetime(2026, 6, 1, tzinfo=UTC)


def fill(home: Path, count: int) -> None:
    """Write products, releases, bills and their components, and fetch a feed."""
    use_home(home)
    from asepsis.accounts import secret
    from asepsis.store import acts

    generated = Generated(home)
    generated.found()
    secret.make(home)
    other = _second(generated)
    drawn, begun = random.Random(7), time.perf_counter()
    for number in range(PRODUCTS):
        product = acts.found_product(
            generated.hand, f"P{chr(65 + number // 26)}{chr(65 + number % 26)}", f"Product {number}"
        )
        _fill_product(generated, other, product, count // PRODUCTS, drawn)
    show(f"fill a store with {count:,} bills", "-", time.perf_counter() - begun)
    _fetch(home)


def _fill_product(generated: Generated, other: Any, product: str, count: int, drawn: random.Random) -> None:
    from asepsis.configuration.records import BillOfMaterials, Release
    from asepsis.development.records import ReleaseDecision
    from asepsis.exchange.facts import Component, Components, document_bytes
    from asepsis.store import acts, queries
    from asepsis.store.changes import Signed, Submit, TakeIn, Write
    from asepsis.store.door import commit
    from tests.kinds import smallest

    changes: list[Any] = []
    later: list[Any] = []
    releases, bills, decisions = list[str](), list[str](), list[str]()
    for number in range(count):
        version = f"1.{number}"
        release, bill = next(generated.ids), next(generated.ids)
        support = {"title": version, "version": version, "security_support_until": "2031-01-01"}
        listed = [drawn.randrange(PACKAGES) for _ in range(EACH)]
        parts = tuple(Component(f"part-{one}", version="1.0.0", purl=f"pkg:npm/part-{one}@1.0.0") for one in listed)
        document = document_bytes(Components("CycloneDX 1.6", parts))
        digest = sha256(f"{product} {number}".encode()).hexdigest()
        kept = {"digest": digest, "shows": "the bill", "address": "https://builds.example/1", "seen_on": "2026-01-05"}
        changes += [
            Write(release, "Release", smallest(Release) | support, product),
            Submit(release),
            Write(bill, "BillOfMaterials", smallest(BillOfMaterials) | {"release": release, "document": kept}, product),
            Submit(bill),
            TakeIn("components", digest, document, b"{}", sha256(b"{}").hexdigest(), product),
        ]
        decision = next(generated.ids)
        decided = smallest(ReleaseDecision) | {"release": release, "outcome": "release"}
        decisions.append(decision)
        later += [Write(decision, "ReleaseDecision", decided, product), Submit(decision)]
        releases.append(release)
        bills.append(bill)
    commit(changes, generated.me, generated.clock)
    commit(later, generated.me, generated.clock)
    for records in (releases, bills, decisions):
        for slot in list(queries.history(records[0]).head.slots or ()):
            acts.approve(other, records, slot.meaning, Signed("demonstration"))


def _second(generated: Generated) -> Any:
    """Return the hand of a second person, who holds every role too: what one wrote somebody else signs."""
    from asepsis.quality.records import Appointment, Role
    from asepsis.record.slots import Meaning
    from asepsis.store import acts
    from asepsis.store.changes import Actor, Signed
    from asepsis.store.models import Record

    person = acts.admit(generated.hand, "Other Hand", "passport seen")
    role = Record.objects.filter(kind=Role.__name__, title="All").values_list("pk", flat=True)[0]
    value = {"title": "All", "role": role, "person": person, "since": "2025-01-01"}
    appointed, _ = acts.create(generated.hand, Appointment, value, None)
    acts.submit(generated.hand, [appointed])
    acts.approve(generated.hand, [appointed], Meaning.APPROVED, Signed("demonstration"))
    return acts.Hand(Actor(person), generated.clock, new_id=lambda: next(generated.ids))


def _fetch(home: Path) -> None:
    from asepsis.jobs.feeds import Surroundings, added, update
    from asepsis.jobs.shelf import Shelf

    place = home / "osv"
    place.mkdir()
    for number in range(ADVISORIES):
        name = f"part-{number * 4 % PACKAGES}"
        ranges = [{"type": "SEMVER", "events": [{"introduced": "0"}, {"fixed": f"1.{number % 3}.1"}]}]
        affected = [{"package": {"ecosystem": "npm", "name": name}, "ranges": ranges}]
        told = {"id": f"CVE-2026-{10_000 + number}", "modified": "2026-05-31T00:00:00Z", "affected": affected}
        (place / f"{told['id']}.json").write_text(json.dumps(told))
    shelf = Shelf(home / "feeds")
    feed = added("folder", name="npm", url=str(place), records="osv", covers=("npm",))
    shelf.add(feed)
    update(shelf, feed, Surroundings(lambda: NOW, lambda _: None, network=False))


def lay(home: Path, count: int) -> None:
    """Lay the bills of one product against the feeds, then of all others."""
    use_home(home)
    from asepsis.jobs import matches
    from asepsis.jobs.shelf import Shelf
    from asepsis.store import queries
    from asepsis.store.acts import Hand
    from asepsis.store.changes import Actor
    from asepsis.store.models import Person, Product

    hand = Hand(Actor(Person.objects.values_list("pk", flat=True)[0]), lambda: NOW)
    shelf = Shelf(queries.home() / "feeds")
    products = list(Product.objects.order_by("code").exclude(code="BEN").values_list("pk", flat=True))
    begun = time.perf_counter()
    for number, one in enumerate(products):
        matches.lay(hand, one, shelf, NOW)
        if not number:
            show(
                f"lay the {count // PRODUCTS:,} bills of one product against the feeds",
                "-",
                time.perf_counter() - begun,
            )
    show(f"the same for all {count:,}", "-", time.perf_counter() - begun)


def strikes(home: Path, count: int) -> None:
    """Look up where an advisory strikes: the first time, again, and as a page does."""
    use_home(home)
    from asepsis.jobs import watch
    from asepsis.jobs.shelf import Shelf
    from asepsis.store import queries
    from asepsis.store.models import Product

    shelf, products = Shelf(queries.home() / "feeds"), frozenset(Product.objects.values_list("pk", flat=True))
    for what, names, as_is in (
        (f"strikes of an advisory, {count:,} bills, the first time", ["CVE-2026-10004"], False),
        ("strikes again, nothing came since", ["CVE-2026-10004"], False),
        ("strikes of another, as a page asks", ["CVE-2026-10007"], True),
        ("strikes of 200 advisories at once", [f"CVE-2026-{10_000 + one}" for one in range(200)], True),
    ):
        begun = time.perf_counter()
        found = watch.strikes(names, shelf, products, NOW, as_is=as_is)
        show(what, "seconds", time.perf_counter() - begun, f"{len(found):,} releases")


def work_out(home: Path, count: int) -> None:
    """Work out the watch over each product."""
    use_home(home)
    from asepsis.jobs import watch
    from asepsis.store.models import Product, WatchLine

    products = list(Product.objects.order_by("code").values_list("pk", flat=True))
    spent = []
    for one in products:
        begun = time.perf_counter()
        watch.bring_up_to_date(one, NOW)
        spent.append(time.perf_counter() - begun)
    lines = WatchLine.objects.filter(sealed=False).count()
    show(
        f"work out the watch over one product of {count // PRODUCTS:,} bills, median",
        "-",
        sorted(spent)[len(spent) // 2],
    )
    show(f"work out the watch over all {count:,} bills", "-", sum(spent), f"{lines:,} lines")


def pages(home: Path, _: int) -> None:
    """Ask for the pages, each five times after the first."""
    use_home(home)
    from django.test import Client

    from asepsis.accounts import passphrase
    from asepsis.store.models import Person

    client = Client(HTTP_HOST="127.0.0.1")
    client.force_login(passphrase.open_account(Person.objects.values_list("pk", flat=True)[0]))
    pages = (
        "/watch",
        "/watch?new",
        "/watch?product=PAB",
        "/fleet",
        "/fleet?more",
        "/fleet?product=PAB",
        "/watch?find=CVE-2026-10004",
    )
    for address in pages:
        client.get(address)
        spent = []
        for _ in range(5):
            begun = time.process_time()
            status = client.get(address).status_code
            spent.append(time.process_time() - begun)
        show(f"page {address}, of a processor, median of 5", "0.2", sorted(spent)[2], f"status {status}")


def show(what: str, asked: str, seconds: float, remark: str = "") -> None:
    """Print one line of the table."""
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{what:72} asked {asked:>7}   took {seconds:8.3f} s  {memory:6,.0f} MB  {remark}", flush=True)


MEASURES = {"fill": fill, "lay": lay, "strikes": strikes, "work_out": work_out, "pages": pages}


def main() -> None:
    """Print the table; with a name of a measurement, a home and a number of bills, that alone."""
    if len(sys.argv) > 2:
        name, home, count = sys.argv[1:]
        MEASURES[name](Path(home), int(count))
        return
    with tempfile.TemporaryDirectory(prefix="asepsis-bench-") as folder:
        for name in MEASURES:
            subprocess.run(
                [sys.executable, "-m", "benchmarks.watch", name, folder, *(sys.argv[1:] or ["10000"])], check=True
            )
        print(f"{os.cpu_count()} processors, load {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
