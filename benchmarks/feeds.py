"""How long feeds take from folders, with their index, and updates of 1,000 records: `python -m benchmarks.feeds FOLDER`.

FOLDER holds advisories in the public layouts: osv/<ecosystem>/all.zip, and perhaps those of `FILES` and `SOURCES`.
"""

from __future__ import annotations

import json
import os
import resource
import shutil
import sys
import tempfile
import time
import zipfile
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

import msgspec

from asepsis.advisories.feeds.record import record as as_record
from asepsis.jobs.feeds import Surroundings, Updated, added, update
from asepsis.jobs.indexing import opened
from asepsis.jobs.shelf import Feed, Shelf, Writer

WORLD = Surroundings(lambda: datetime.now(UTC), time.sleep, network=False)
FILES = {"cve": "cve5.jsonl.xz", "nvd": "nvd-configurations.jsonl.xz", "csaf": "csaf-cisa.jsonl.xz"}
SOURCES = {"kev": "kev-*.json", "epss": "epss-*.csv.xz"}


def show(what: str, asked: str, seconds: float, done: Updated) -> None:
    """Print one line of the table."""
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{what:44} {asked:>6} {seconds:8.3f} {done.state.records:9,} {memory:6.0f}  {done.result}", flush=True)


def timed(shelf: Shelf, feed: Feed) -> tuple[float, Updated]:
    """Return how long an update took, and what came of it."""
    start = time.perf_counter()
    done = update(shelf, feed, WORLD)
    return time.perf_counter() - start, done


def indexed(shelf: Shelf) -> float:
    """Return how long it took to bring the index up to date."""
    start = time.perf_counter()
    with opened(shelf):
        return time.perf_counter() - start


def changed_notices(work: Path, kind: str, file: Path) -> None:
    """Measure the index of a feed after 1,000 of its records came again: what reading, replacing and counting them takes."""
    shelf = Shelf(work / f"notices-{kind}")
    feed = added("folder", name=kind, url=str(file), records=kind)
    shelf.add(feed)
    timed(shelf, feed)
    indexed(shelf)
    kept = shelf.kept(feed)
    with Writer(kept) as writer:
        for line in islice(kept.records(), 1_000):
            writer.write([as_record(kind, line)[0]])
    state = kept.state()
    kept.put(msgspec.structs.replace(state, segments=(*state.segments, *writer.segments)))
    seconds = indexed(shelf)
    print(f"{f'index of 1,000 changed records of {kind}':44} {'1 s':>6} {seconds:8.3f}", flush=True)


def incremental(shelf: Shelf, folder: Path, work: Path) -> None:
    """Measure an update of 1,000 records of the largest archive, as its list of changes names them."""
    largest = max(folder.glob("osv/*/all.zip"), key=lambda path: path.stat().st_size)
    part = largest.parent.name
    place = work / "osv" / part
    place.mkdir(parents=True)
    shutil.copy(largest, place / "all.zip")
    with zipfile.ZipFile(largest) as members:
        names = members.namelist()[:1_000]
        records = [json.loads(members.read(name)) for name in names]
    (place / "modified_id.csv").write_text("2001-01-01T00:00:00Z,none\n", encoding="utf-8")
    feed = added("osv", name="incremental", part=part, url=str(work / "osv"))
    shelf.add(feed)
    timed(shelf, feed)
    lines = []
    for at, record in enumerate(records):
        record["modified"] = f"2026-09-01T00:{at // 60:02}:{at % 60:02}Z"
        lines.append(f"{record['modified']},{record['id']}\n")
        (place / f"{record['id']}.json").write_text(json.dumps(record), encoding="utf-8")
    (place / "modified_id.csv").write_text("".join(reversed(lines)), encoding="utf-8")
    indexed(shelf)
    seconds, done = timed(shelf, feed)
    show(f"1,000 changed records of {part}, fetched", "1 s", seconds, done)
    assert done.changed == 1_000
    print(f"{'... and their index':44} {'1 s':>6} {indexed(shelf):8.3f}", flush=True)


def main() -> None:
    """Print the table."""
    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    folder, work = Path(sys.argv[1]).resolve(), Path(tempfile.mkdtemp(prefix="asepsis-bench-"))
    shelf = Shelf(work / "feeds")
    print(f"{os.cpu_count()} processors, load {os.getloadavg()[0]:.1f}, Python {sys.version.split()[0]}\n")
    print(f"{'what':44} {'asked':>6} {'s':>8} {'records':>9} {'MB':>6}")
    try:
        feeds = [added("osv", part=path.parent.name, url=str(folder / "osv")) for path in folder.glob("osv/*/all.zip")]
        for kind, name in FILES.items():
            if (folder / name).is_file():
                feeds.append(added("folder", name=kind, url=str(folder / name), records=kind))
        for source, name in SOURCES.items():
            feeds += [added(source, url=str(path)) for path in folder.glob(name)]
        total = 0.0
        for feed in feeds:
            shelf.add(feed)
            seconds, done = timed(shelf, feed)
            total += seconds
            show(f"{feed.name}, from nothing", "-", seconds, done)
        seconds = indexed(shelf)
        print(f"{'index of all of them':44} {'-':>6} {seconds:8.3f}")
        print(f"{'all of them, fetched and in the index':44} {'30 s':>6} {total + seconds:8.3f}")
        seconds, done = timed(shelf, feeds[0])
        show(f"{feeds[0].name}, nothing changed", "-", seconds, done)
        start = time.perf_counter()
        count = sum(1 for feed in feeds for _ in shelf.kept(feed).records())
        print(f"{f'read {count:,} records back':44} {'-':>6} {time.perf_counter() - start:8.3f}")
        incremental(shelf, folder, work)
        for kind, name in FILES.items():
            if (folder / name).is_file():
                changed_notices(work, kind, folder / name)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    print(f"\nload {os.getloadavg()[0]:.1f} at the end")


if __name__ == "__main__":
    main()
