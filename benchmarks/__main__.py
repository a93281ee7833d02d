"""Measure, and print one table: `python -m benchmarks [--large] [--peers COUNT]`.

Each line runs in a process of its own, several times; the median counts. Times are wall clock of this machine as it is
now; its load is printed with them.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.peers import PEERS, found


@dataclass
class Line:
    """One line of the table: what was measured, what is asked, and what came out."""

    what: str
    asked: str
    seconds: list[float]
    memory: float = 0.0
    remark: str = ""

    @property
    def median(self) -> float:
        """Return the median of the runs."""
        return statistics.median(self.seconds)


def whole(command: list[str], times: int = 3, **environment: str) -> Line:
    """Run a command as a whole process, `times` times; return seconds and the largest memory in MB."""
    seconds, memory = [], 0.0
    for _ in range(times):
        start = time.perf_counter()
        child = subprocess.Popen(
            command,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            env={**os.environ, "PYTHONDONTWRITEBYTECODE": "", **environment},
        )
        assert child.stderr is not None
        complaint = child.stderr.read()
        _, status, usage = os.wait4(child.pid, 0)
        seconds.append(time.perf_counter() - start)
        memory = max(memory, usage.ru_maxrss / 1024)
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode not in (0, 1, 3):
            return Line("", "", [float("nan")], remark=complaint.decode(errors="replace").strip()[-200:])
    return Line("", "", seconds, memory)


def inside(home: Path, name: str, *arguments: str) -> list[dict[str, Any]]:
    """Run one function of `measured` in a process of its own, and return what it prints, a JSON object a line."""
    command = [sys.executable, "-m", "benchmarks.measured", name, str(home), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{name} failed:\n{done.stderr[-2000:]}")
    return [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]


def own(folder: Path, large: bool) -> Iterator[Line]:
    """Yield what is measured of Asepsis alone."""
    program = [sys.executable, "-m", "asepsis"]
    help_ = whole([*program, "--help"], times=7)
    yield Line("asepsis --help, whole process", "0.3 s", help_.seconds, help_.memory)
    for count in (1_000, 10_000, 100_000) if large else (1_000, 10_000):
        home = folder / f"home-{count}"
        for found_ in inside(home, "fill", str(count)):
            yield Line(found_["what"], found_["asked"], found_["seconds"], found_["memory"], found_.get("remark", ""))
        for name in ("assess", "again", "acts", "bundle"):
            for found_ in inside(home, name, str(count)):
                yield Line(
                    found_["what"], found_["asked"], found_["seconds"], found_["memory"], found_.get("remark", "")
                )
        checked = whole([*program, "ledger", "verify"], ASEPSIS_HOME=str(home))
        yield Line(
            f"ledger verify, {count:,} records, whole process", "-", checked.seconds, checked.memory, checked.remark
        )
        assessed = whole([*program, "assess", "BEN"], ASEPSIS_HOME=str(home))
        yield Line(f"assess, {count:,} records, whole process", "-", assessed.seconds, assessed.memory, assessed.remark)


OURS = {"all checks": ["assess", "BEN"], "links": ["link", "list", "--product", "BEN"]}
"""What is held against a peer: every check over every record; and what doorstop looks at, broken and suspect links."""


def against(folder: Path, count: int, home: Path) -> Iterator[Line]:
    """Yield each peer on the same set, with how many times longer it takes than we do."""
    for peer in PEERS:
        program = found(peer)
        if program is None:
            yield Line(
                f"{peer.name}, {count:,} linked items",
                f"{peer.times} times ours",
                [float("nan")],
                remark="not installed",
            )
            continue
        place = folder / peer.program
        place.mkdir()
        peer.write(place, count)
        line = whole(peer.command(program, place), times=1, SPHINXOPTS="")
        ours = {
            name: whole([sys.executable, "-m", "asepsis", *words], ASEPSIS_HOME=str(home)).median
            for name, words in OURS.items()
        }
        yield Line(
            f"{peer.name}, {count:,} linked items, whole process",
            f"{peer.times} times ours",
            line.seconds,
            line.memory,
            line.remark
            or ", ".join(f"{line.median / one:,.0f} times {name} ({one:.2f} s)" for name, one in ours.items()),
        )


def main() -> None:
    """Print the table."""
    asks = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    asks.add_argument("--large", action="store_true", help="with 100,000 records, too: some minutes")
    asks.add_argument("--peers", type=int, metavar="COUNT", help="hold COUNT linked items against the peers, too")
    asks.add_argument("--only-peers", action="store_true")
    asked = asks.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="asepsis-bench-"))
    print(f"{os.cpu_count()} processors, load {os.getloadavg()[0]:.1f}, Python {sys.version.split()[0]}\n")
    print(f"{'what':62} {'asked':>16} {'median s':>9} {'MB':>6}  remark")
    try:
        if not asked.only_peers:
            for line in own(folder, asked.large):
                show(line)
        if asked.peers:
            home = folder / "home-peers"
            inside(home, "fill", str(asked.peers))
            for line in against(folder, asked.peers, home):
                show(line)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print(f"\nload {os.getloadavg()[0]:.1f} at the end")


def show(line: Line) -> None:
    """Print one line of the table."""
    print(f"{line.what:62} {line.asked:>16} {line.median:9.3f} {line.memory:6.0f}  {line.remark}", flush=True)


if __name__ == "__main__":
    main()
