"""Measure a fleet laid against advisories: `python -m benchmarks.fleet FEEDS [BILLS]`, FEEDS as `asepsis feeds` filled it.

10,000 bills of 1,000 components each, of 500,000 package versions: a quarter are of packages that advisories name, which is more
than in real bills. Each line is measured in a process of its own.
"""

from __future__ import annotations

import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

EACH, DISTINCT = 1_000, 500_000
TYPES = {"PyPI": "pypi", "npm": "npm", "Go": "golang", "Packagist": "composer", "RubyGems": "gem", "crates.io": "cargo"}


def package_versions(names: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return package URLs with their versions: a quarter of packages of `names`, the others of none."""
    drawn = random.Random(7)
    versions = [f"{drawn.randrange(20)}.{drawn.randrange(30)}.{drawn.randrange(20)}" for _ in range(400)]
    found = []
    for number in range(DISTINCT):
        version = drawn.choice(versions)
        if number % 4:
            purl = f"pkg:npm/nothing-{number}"
        else:
            ecosystem, name = drawn.choice(names)
            purl = f"pkg:{TYPES[ecosystem]}/{name.replace('@', '%40')}"
        found.append((f"{purl}@{version}", version))
    return found


def fill(feeds: Path, folder: Path, count: int) -> None:
    """Put `count` bills into the file."""
    from asepsis.jobs import fleet, indexing
    from asepsis.jobs.shelf import Shelf

    with indexing.opened(Shelf(feeds)) as index:
        marks = ", ".join("?" * len(TYPES))
        names = index.execute(
            f"SELECT DISTINCT ecosystem, name FROM package WHERE ecosystem IN ({marks}) ORDER BY 1, 2", list(TYPES)
        ).fetchall()
    packages, drawn = package_versions(names), random.Random(8)

    def bills(first: int, last: int) -> Iterator[tuple[str, list[tuple[str | None, str | None]]]]:
        for number in range(first, last):
            yield f"{number:064x}", [packages[drawn.randrange(DISTINCT)] for _ in range(EACH)]

    begun = time.perf_counter()
    with fleet.opened(folder) as file:
        file.put(bills(0, count))
        show(f"put in {count:,} bills, {count * EACH:,} rows", "-", time.perf_counter() - begun)
        begun = time.perf_counter()
        file.put(bills(count, count + 1))
        show(f"put in one bill of {EACH:,} more", "-", time.perf_counter() - begun)


def match(feeds: Path, folder: Path, _: int) -> None:
    """Lay all of it against all advisories."""
    from asepsis.jobs import fleet, indexing
    from asepsis.jobs.shelf import Shelf

    with indexing.opened(Shelf(feeds)) as index, fleet.opened(folder) as file:
        begun = time.perf_counter()
        rows, found = file.match(index)
        seconds = time.perf_counter() - begun
    told = f"{len(found.rows):,} rows touched, {len(found.package):,} pairs"
    show(f"{len(rows):,} rows against all advisories", "6", seconds, told)


def changed(feeds: Path, folder: Path, _: int) -> None:
    """Look up the bills that an advisory touches: a usual one, and the one of all that touches most."""
    from asepsis.jobs import fleet, indexing
    from asepsis.jobs.shelf import Shelf

    with indexing.opened(Shelf(feeds)) as index:
        every = [name for (name,) in index.execute("SELECT name FROM advisory WHERE source = 'osv-pypi' ORDER BY name")]
    spent = []
    with fleet.opened(folder) as file:
        for name in every[:: max(1, len(every) // 100)]:
            begun = time.perf_counter()
            hits = file.touched_by([name], feeds / indexing.FILE)
            spent.append((time.perf_counter() - begun, len({one.bill for one in hits}), name))
    seconds, bills, name = sorted(spent)[len(spent) // 2]
    show("an advisory to its bills, median of 100", "0.05", seconds, f"{name}: {bills:,} bills")
    seconds, bills, name = max(spent)
    show("an advisory to its bills, the slowest of 100", "0.05", seconds, f"{name}: {bills:,} bills")


def show(what: str, asked: str, seconds: float, remark: str = "") -> None:
    """Print one line of the table."""
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{what:50} asked {asked:>5} s   took {seconds:7.3f} s  {memory:6,.0f} MB  {remark}", flush=True)


MEASURES = {"fill": fill, "match": match, "changed": changed}


def main() -> None:
    """Print the table; with a name of a measurement, that alone."""
    feeds, *more = sys.argv[1:]
    if len(more) > 1:
        name, folder, count = more
        MEASURES[name](Path(feeds), Path(folder), int(count))
        return
    with tempfile.TemporaryDirectory(prefix="asepsis-bench-") as folder:
        for name in MEASURES:
            command = [sys.executable, "-m", "benchmarks.fleet", feeds, name, folder, *(more or ["10000"])]
            subprocess.run(command, check=True)
        size = sum(one.stat().st_size for one in Path(folder).iterdir()) / 1024 / 1024
        print(f"the file: {size:,.0f} MB; {os.cpu_count()} processors, load {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
