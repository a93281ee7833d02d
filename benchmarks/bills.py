"""Bills of materials, read and kept: `python -m benchmarks.bills` prints a table.

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


def first(folder: Path) -> str:
    """Read each bill of the fleet, make its columns and keep them."""
    from asepsis.exchange.columns_folder import ColumnsFolder
    from asepsis.exchange.formats import bill_of
    from asepsis.exchange.source import Source

    kept = ColumnsFolder(folder / "columns")
    rows = sum(len(kept.of(Source.file(file), bill_of)) for file in sorted(folder.glob("fleet/*.json")))
    return f"{rows:,} components"


def read_only(folder: Path) -> str:
    """Read each bill of the fleet."""
    from asepsis.exchange.formats import bill_of
    from asepsis.exchange.source import Source

    rows = sum(len(bill_of(Source.file(file)).fact.components) for file in sorted(folder.glob("fleet/*.json")))
    return f"{rows:,} components"


def second(folder: Path) -> str:
    """Read the kept columns of the fleet and lay them under one another."""
    from asepsis.exchange.columns_folder import ColumnsFolder

    fleet = _fleet(ColumnsFolder(folder / "columns"), folder)
    return f"{len(fleet):,} rows, {len(fleet.texts):,} texts"


def in_duckdb(folder: Path) -> str:
    """Read the kept columns of the fleet and make them a table of DuckDB."""
    import duckdb

    from asepsis.exchange.columns_folder import ColumnsFolder

    connection = duckdb.connect()
    connection.register(
        "rows", _fleet(ColumnsFolder(folder / "columns"), folder).table("type", "namespace", "name", "version")
    )
    connection.execute("create table components as select * from rows")
    found = connection.execute("select count(*), count(distinct name) from components").fetchall()[0]
    return f"{found[0]:,} rows, {found[1]:,} names"


def _fleet(kept: Any, folder: Path) -> Any:
    from asepsis.exchange.columns import Fleet

    digests = (folder / "digests").read_text().split()
    return Fleet.of(columns for digest in digests if (columns := kept.get(digest)) is not None)


def large(folder: Path) -> str:
    """Read one large bill, and make its columns."""
    from asepsis.exchange.columns import Columns
    from asepsis.exchange.formats import bill_of
    from asepsis.exchange.source import Source

    source = Source.file(folder / "large.json")
    columns = Columns.of(bill_of(source))
    return f"{len(source.data) / 1e6:.0f} MB, {len(columns):,} components, columns of {len(columns.to_bytes()) / 1e6:.0f} MB"


LINES: tuple[tuple[str, str, Callable[[Path], str]], ...] = (
    (f"{FLEET:,} bills of {EACH} components, read", "15 s", read_only),
    (f"{FLEET:,} bills of {EACH} components, the first time, with their columns", "15 s", first),
    ("the same, the second time, from columns", "1 s", second),
    ("the same, from columns into DuckDB", "-", in_duckdb),
    (f"one bill of {LARGE:,} components", "bounded", large),
)


def make(folder: Path) -> None:
    """Write the bills that are measured."""
    (folder / "fleet").mkdir()
    digests = []
    for seed in range(FLEET):
        data = json.dumps(bill(EACH, seed), indent=1).encode()
        (folder / "fleet" / f"{seed:05}.json").write_bytes(data)
        digests.append(hashlib.sha256(data).hexdigest())
    (folder / "digests").write_text("\n".join(digests))
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
