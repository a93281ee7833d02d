"""Measure lookups in the index of advisories: `python -m benchmarks.scan FEEDS` with a folder that `asepsis feeds` filled.

Bills are made of real versions out of the index itself, so that about as much is found as in real ones.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

import msgspec

COUNT, BILLS = 500, 100


def main() -> None:
    """Print one table: what was measured, what is asked, and what it took, in seconds."""
    from asepsis.advisories import matching
    from asepsis.exchange.facts import Component
    from asepsis.jobs.indexing import FILE, opened
    from asepsis.jobs.shelf import Shelf

    folder = Path(sys.argv[1])
    (folder / FILE).unlink(missing_ok=True)
    begun = time.perf_counter()
    with opened(Shelf(folder)) as index:
        show("index of all feeds, from nothing", "30", time.perf_counter() - begun)
        rows = index.execute(
            "SELECT DISTINCT ecosystem, name FROM package WHERE ecosystem IN ('PyPI', 'npm', 'Go') ORDER BY name LIMIT ?",
            (COUNT * BILLS,),
        ).fetchall()
        type_of = {"PyPI": "pypi", "npm": "npm", "Go": "golang"}
        names = [f"pkg:{type_of[ecosystem]}/{name.replace('@', '%40')}" for ecosystem, name in rows]
        components = [
            Component(one.rpartition("/")[2], version="1.2.3", purl=f"{one}@1.2.{n}")
            for n in range(BILLS)
            for one in (names[(n * COUNT + at) % len(names)] for at in range(COUNT))
        ]
        bills = [components[at : at + COUNT] for at in range(0, len(components), COUNT)]

        def scanned(bill: list[Component]) -> None:
            matching.scan(bill, index, bill="0" * 64, now=datetime.now(UTC), max_age_days=9_999)

        scanned(bills[0])
        begun = time.perf_counter()
        scanned(bills[1])
        show(f"one bill of {COUNT} in a running process", "0.02", time.perf_counter() - begun)
        begun = time.perf_counter()
        for bill in bills:
            scanned(bill)
        show(f"{BILLS} bills of {COUNT} in a running process", "1.5", time.perf_counter() - begun)
    with tempfile.TemporaryDirectory() as made:
        file = Path(made) / "bill.json"
        listed = [{"type": "library", "name": one.name, "version": one.version, "purl": one.purl} for one in bills[2]]
        file.write_bytes(
            msgspec.json.encode({"bomFormat": "CycloneDX", "specVersion": "1.6", "version": 1, "components": listed})
        )
        command = [sys.executable, "-m", "asepsis", "scan", str(file), "--feeds", str(folder), "--max-age", "9999"]
        spent = []
        for _ in range(5):
            begun = time.perf_counter()
            subprocess.run(command, capture_output=True, check=False)
            spent.append(time.perf_counter() - begun)
        show(f"one bill of {COUNT}, whole process, median of 5", "0.4", sorted(spent)[2])
    print(f"load {os.getloadavg()[0]:.1f}, memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:,.0f} MB")


def show(what: str, asked: str, seconds: float) -> None:
    """Print one line of the table."""
    print(f"{what:55} asked {asked:>5} s   took {seconds:7.3f} s", flush=True)


if __name__ == "__main__":
    main()
