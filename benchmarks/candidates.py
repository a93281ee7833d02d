"""How far candidates by name agree with what is found by package: `python -m benchmarks.candidates FEEDS SBOMS`.

FEEDS is a folder that `asepsis feeds` filled, with the NVD or the CVE list among them; SBOMS one with bills (*.jsonl.xz, one a
line with its path) and lists of package URLs (*.purls, at any depth). Each component of an ecosystem that OSV covers is
looked for by its name, as if it were not covered. A candidate *agrees* where its CVE is found by package in this version,
*differs* where OSV knows the CVE and not of this version; of CVEs that OSV does not know nothing can be told.
"""

from __future__ import annotations

import json
import lzma
import sys
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

from asepsis.advisories import candidates, matching
from asepsis.advisories.candidates import Sought
from asepsis.advisories.findings import Kinship
from asepsis.errors import AsepsisError
from asepsis.exchange.facts import Component
from asepsis.exchange.formats import bill_of
from asepsis.exchange.source import Source
from asepsis.jobs.indexing import opened
from asepsis.jobs.shelf import Shelf
from benchmarks.scan import component

TYPES = ("pypi", "composer", "gem", "golang", "maven", "npm")


def components(folder: Path) -> dict[str, Component]:
    """Return the components of all bills and lists, by package URL."""
    found = {one: component(one) for file in folder.rglob("*.purls") for one in file.read_text().split()}
    for file in sorted(folder.glob("*.jsonl.xz")):
        for line in lzma.decompress(file.read_bytes()).decode().splitlines():
            told = json.loads(line)
            try:
                bill = bill_of(Source(told["path"], json.dumps(told["bom"]).encode()))
            except AsepsisError:
                continue
            found |= {one.purl: one for one in bill.fact.components if one.purl}
    return {purl: one for purl, one in sorted(found.items()) if one.version}


def main() -> None:
    """Print how candidates of each kinship fare, and all those that are listed and that are only counted."""
    feeds, folder = Path(sys.argv[1]), Path(sys.argv[2])
    told: dict[tuple[bool, Kinship], Counter[str]] = {}
    everything = components(folder)
    with opened(Shelf(feeds)) as index:
        known = {name for (name,) in index.execute("SELECT DISTINCT b.name FROM alias b JOIN package USING (advisory)")}
        for type_ in TYPES:
            some = [one for purl, one in everything.items() if purl.startswith(f"pkg:{type_}/")]
            scan = matching.scan(some, index, bill="0" * 64, now=datetime.now(UTC), max_age_days=99_999)
            found = {
                one.purl: {name for each in one.findings for name in (each.advisory, *each.aliases)}
                for one in scan.components
            }
            sought = [Sought(at, one, by_name=True) for at, one in enumerate(some)]
            listed = set(candidates.find(index, sought, some).candidates)
            sought = [Sought(at, one, by_name=True) for at, one in enumerate(some)]
            for one in candidates.find(index, sought, some, every=True).candidates:
                agrees = one.vulnerability in found[one.purl]
                word = "agree" if agrees else "differ" if one.vulnerability in known else "untold"
                told.setdefault((one in listed, one.kinship), Counter())[word] += 1
    print(f"{'':8} {'what speaks for it':75} {'agree':>6} {'differ':>6} {'untold':>6}  agree of told")
    for is_listed in (True, False):
        whole: Counter[str] = Counter()
        for kinship in Kinship:
            if counts := told.get((is_listed, kinship)):
                show("listed" if is_listed else "counted", kinship, counts)
                whole += counts
        show("listed" if is_listed else "counted", "all", whole)


def show(where: str, what: str, counts: Counter[str]) -> None:
    """Print one line of the table."""
    decided = counts["agree"] + counts["differ"]
    share = f"{counts['agree'] / decided:8.0%}" if decided else ""
    print(f"{where:8} {what:75} {counts['agree']:6,} {counts['differ']:6,} {counts['untold']:6,}  {share}")


if __name__ == "__main__":
    main()
