"""Make a database for the peer trivy out of the advisories in feeds: `python -m benchmarks.trivy FEEDS CACHE`.

So that both programs look into the same data. CACHE is what trivy calls `--cache-dir`. It is a bbolt file of one page for each
bucket (a page may be as long as it has to be), in the layout of trivy-db, version 2: a bucket for each ecosystem and source, in
it one for each package, in that the advisories by name.

Source: bbolt's page layout; aquasecurity/trivy-db, pkg/db.
"""

from __future__ import annotations

import json
import struct
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

PAGE, MAGIC, LEAF, META, FREE = 4096, 0xED0CDAED, 2, 4, 16
ECOSYSTEMS = {
    "PyPI": "pip", "npm": "npm", "Go": "go", "Packagist": "composer", "RubyGems": "rubygems", "crates.io": "cargo",
    "NuGet": "nuget", "Maven": "maven",
}  # fmt: skip

Tree = dict[bytes, "bytes | Tree"]


class File:
    """A bbolt file in the making: pages 0 and 1 say where all begins, 2 holds the list of free ones, which is empty."""

    def __init__(self) -> None:
        self.pages: list[bytes] = []
        self.next = 3

    def put(self, bucket: Tree) -> int:
        """Put in a bucket with all in it, and return its page."""
        written = {
            key: struct.pack("<QQ", self.put(value), 0) if isinstance(value, dict) else value
            for key, value in bucket.items()
        }
        keys = sorted(written)
        at, elements, data = 16 * len(keys), [], []
        for number, key in enumerate(keys):
            flags = int(isinstance(bucket[key], dict))
            elements.append(struct.pack("<IIII", flags, at - 16 * number, len(key), len(written[key])))
            data.append(key + written[key])
            at += len(data[-1])
        size = 16 + at
        count = -(-size // PAGE)
        number = self.next
        header = struct.pack("<QHHI", number, LEAF, len(keys), count - 1)
        self.pages.append(b"".join((header, *elements, *data)).ljust(count * PAGE, b"\0"))
        self.next += count
        return number

    def whole(self, root: Tree) -> bytes:
        """Return the file whose outermost bucket is `root`."""
        at = self.put(root)
        free = struct.pack("<QHHI", 2, FREE, 0, 0).ljust(PAGE, b"\0")
        return b"".join((*(self._meta(number, at) for number in (0, 1)), free, *self.pages))

    def _meta(self, number: int, root: int) -> bytes:
        said = struct.pack("<IIIIQQQQQ", MAGIC, 2, PAGE, 0, root, 0, 2, self.next, number)
        return (struct.pack("<QHHI", number, META, 0, 0) + said + struct.pack("<Q", _fnv(said))).ljust(PAGE, b"\0")


def _fnv(data: bytes) -> int:
    found = 0xCBF29CE484222325
    for byte in data:
        found = ((found ^ byte) * 0x100000001B3) & (2**64 - 1)
    return found


def tree(records: list[dict[str, Any]]) -> Tree:
    """Return the buckets of the advisories in OSV's form."""
    root: Tree = {b"data-source": {}, b"vulnerability": {}}
    for record in records:
        for affected in record.get("affected", ()) if not record.get("withdrawn") else ():
            package = affected.get("package", {})
            ecosystem = ECOSYSTEMS.get(package.get("ecosystem", ""))
            if ecosystem is None:
                continue
            bucket = f"{ecosystem}::osv".encode()
            name = package["name"].lower() if ecosystem == "pip" else package["name"]
            of_package = _in(_in(root, bucket), name.encode())
            of_package[record["id"].encode()] = json.dumps(advisory(affected)).encode()
            _in(root, b"data-source")[bucket] = json.dumps(
                {"ID": "osv", "Name": "OSV", "URL": "https://osv.dev"}
            ).encode()
            _in(root, b"vulnerability")[record["id"].encode()] = json.dumps({"Severity": "HIGH"}).encode()
    return root


def _in(bucket: Tree, name: bytes) -> Tree:
    found = bucket.setdefault(name, {})
    assert isinstance(found, dict)
    return found


def advisory(affected: dict[str, Any]) -> dict[str, list[str]]:
    """Return the versions that are vulnerable, and those that repair it, as trivy-db writes them."""
    vulnerable, patched = [f"={one}" for one in affected.get("versions", ()) if not affected.get("ranges")], []
    for one in affected.get("ranges", ()):
        low = ">=0"
        for event in one["events"] if one["type"] != "GIT" else ():
            if "introduced" in event:
                low = f">={event['introduced']}"
            elif "fixed" in event:
                vulnerable.append(f"{low}, <{event['fixed']}")
                patched.append(event["fixed"])
            elif "last_affected" in event:
                vulnerable.append(f"{low}, <={event['last_affected']}")
        if one["type"] != "GIT" and "introduced" in one["events"][-1]:
            vulnerable.append(low)
    return {"VulnerableVersions": vulnerable, "PatchedVersions": patched}


def main() -> None:
    """Write the database into its folder."""
    from asepsis.jobs.shelf import Shelf

    shelf, folder = Shelf(Path(sys.argv[1])), Path(sys.argv[2]) / "db"
    records = [
        json.loads(data)
        for feed in shelf.feeds()
        if feed.part in ECOSYSTEMS
        for data in shelf.kept(feed).records(shelf.kept(feed).state())
    ]
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "trivy.db").write_bytes(File().whole(tree(records)))
    now = datetime.now(UTC)
    told = {"Version": 2, "NextUpdate": now + timedelta(days=99), "UpdatedAt": now, "DownloadedAt": now}
    (folder / "metadata.json").write_text(
        json.dumps(told, default=lambda at: f"{at:%Y-%m-%dT%H:%M:%SZ}"), encoding="utf-8"
    )
    print(f"{len(records):,} records")


if __name__ == "__main__":
    main()
