"""What it costs to count a request of the API, with one process and with several at once: `python -m benchmarks.limits`."""

from __future__ import annotations

import os
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

import django

COUNTS = 2_000


def counted(name: str) -> float:
    """Return how many microseconds one count took."""
    from asepsis.api import limits

    begun = time.perf_counter()
    for _ in range(COUNTS):
        limits.count_token(name, datetime(2026, 5, 1, tzinfo=UTC))
    return (time.perf_counter() - begun) / COUNTS * 1e6


def main() -> None:
    """Print a table."""
    with tempfile.TemporaryDirectory() as home:
        os.environ |= {
            "ASEPSIS_HOME": home,
            "ASEPSIS_API_PER_MINUTE": "100000",
            "DJANGO_SETTINGS_MODULE": "asepsis.settings",
        }
        django.setup()
        print("processes  one count in µs")
        for processes in (1, 2, 4):
            told = Path(home) / "told"
            told.write_text("")
            pids = []
            for number in range(processes):
                pids.append(os.fork())
                if pids[-1] == 0:
                    with told.open("a") as out:
                        out.write(f"{counted(f'token {processes} {number}'):.0f}\n")
                    os._exit(0)
            for pid in pids:
                os.waitpid(pid, 0)
            print(f"{processes:9}  {', '.join(told.read_text().split())}")


if __name__ == "__main__":
    main()
