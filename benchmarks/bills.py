"""Bills of materials, read and scanned: `python -m benchmarks.bills` prints a table.

FEEDS in the environment names a folder that `asepsis feeds` filled; without it nothing is laid against the bills.
Times are seconds of the processor and of the clock; each line runs in a process of its own, whose largest memory it tells.
"""

from __future__ import annotations

import hashlib
import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

FLEET, EACH = 2_800, 130
LARGE = 200_000


def bill(count: int, seed: int) -> dict[str, Any]:
    """Return a CycloneDX bill of `count` components with hashes, licences, suppliers and three dependencies each.

    A third of the components is shared by all bills, as libraries are.
    """
    chance = random.Random(seed)
    components = []
    for number in range(count):
        name = f"library-{number}" if number % 3 == 0 else f"library-{seed}-{number}"
        version = f"{number % 9}.{number % 20}.{number % 50}"
        purl = f"pkg:npm/{name}@{version}"
        components.append(
            {
                "type": "library",
                "bom-ref": purl,
                "name": name,
                "version": version,
                "purl": purl,
                "supplier": {"name": f"Maker {number % 97}"},
                "hashes": [{"alg": "SHA-256", "content": hashlib.sha256(purl.encode()).hexdigest()}],
                "licenses": [{"license": {"id": "MIT"}}],
                "externalReferences": [{"type": "vcs", "url": f"https://example.org/{name}.git"}],
            }
        )
    refs = [str(one["bom-ref"]) for one in components]
    dependencies: list[dict[str, Any]] = [{"ref": "product", "dependsOn": refs[: max(1, count // 10)]}]
    for number, ref in enumerate(refs):
        later = {refs[chance.randrange(number + 1, count)] for _ in range(3)} if number + 1 < count else set()
        dependencies.append({"ref": ref, "dependsOn": sorted(later)})
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": "urn:uuid:3e671687-395b-41f5-a30f-a58921a69b79",
        "version": 1,
        "metadata": {
            "timestamp": "2026-01-01T00:00:00Z",
            "component": {"type": "application", "name": "product", "version": str(seed), "bom-ref": "product"},
        },
        "components": components,
        "dependencies": dependencies,
    }


def read_only(folder: Path) -> str:
    """Read each bill of the fleet."""
    from asepsis.exchange.formats import bill_of
    from asepsis.exchange.source import Source

    rows = sum(len(bill_of(Source.file(file)).fact.components) for file in sorted(folder.glob("fleet/*.json")))
    return f"{rows:,} components"


def scanned(folder: Path) -> str:
    """Lay all bills of the fleet against the feeds, as `asepsis scan FOLDER` does: what is read of them is kept."""
    from datetime import UTC, datetime

    from asepsis.jobs import bill_folder
    from asepsis.jobs.shelf import Shelf

    feeds = Path(os.environ["FEEDS"]) if "FEEDS" in os.environ else folder / "feeds"
    found = bill_folder.scan(folder / "fleet", Shelf(feeds), now=datetime.now(UTC), max_age_days=99_999)
    return (
        f"{sum(one.components for one in found.bills):,} components, {len(found.packages):,} package versions known of"
    )


def large(folder: Path) -> str:
    """Read one large bill."""
    from asepsis.exchange.formats import bill_of
    from asepsis.exchange.source import Source

    source = Source.file(folder / "large.json")
    return f"{len(source.data) / 1e6:.0f} MB, {len(bill_of(source).fact.components):,} components"


LINES: tuple[tuple[str, str, Callable[[Path], str]], ...] = (
    (f"{FLEET:,} bills of {EACH} components, read", "15 s", read_only),
    (f"{FLEET:,} bills of {EACH} components, scanned the first time", "15 s", scanned),
    ("the same, scanned the second time", "1 s", scanned),
    (f"one bill of {LARGE:,} components", "bounded", large),
)


def make(folder: Path) -> None:
    """Write the bills that are measured."""
    (folder / "fleet").mkdir()
    for seed in range(FLEET):
        data = json.dumps(bill(EACH, seed), indent=1).encode()
        (folder / "fleet" / f"{seed:05}.json").write_bytes(data)
    (folder / "large.json").write_text(json.dumps(bill(LARGE, 1)))


def main() -> None:
    """Print the table, write the bills, or measure one line where its number and folder are given."""
    if sys.argv[1:2] == ["make"]:  # in a process of its own, so that its memory is not counted to what is measured
        make(Path(sys.argv[2]))
        return
    if len(sys.argv) == 3:
        line, folder = LINES[int(sys.argv[1])], Path(sys.argv[2])
        clock, used = time.perf_counter(), time.process_time()
        remark = line[2](folder)
        told = {"clock": time.perf_counter() - clock, "used": time.process_time() - used, "remark": remark}
        print(json.dumps(told | {"memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}))
        return
    with tempfile.TemporaryDirectory() as name:
        subprocess.run([sys.executable, "-m", "benchmarks.bills", "make", name], check=True)
        print(f"load {os.getloadavg()[0]:.1f}")
        print(f"{'what':<72}{'asked':>8}{'clock s':>9}{'cpu s':>8}{'MB':>6}  remark")
        for number, (what, asked, _) in enumerate(LINES):
            command = [sys.executable, "-m", "benchmarks.bills", str(number), name]
            found = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
            print(
                f"{what:<72}{asked:>8}{found['clock']:>9.2f}{found['used']:>8.2f}{found['memory']:>6.0f}  {found['remark']}"
            )


if __name__ == "__main__":
    main()
