"""The story, from the founding in July 2024 to the gate of 2.4.0 in July 2026: who did what, in the order of the days."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from asepsis.errors import RefusedError
from asepsis.example import configuration, quality
from asepsis.example.cast import CAST
from asepsis.example.chance import Chance
from asepsis.example.clock import ZONE, Clock
from asepsis.example.writer import Writer
from asepsis.sentences import Sentence
from asepsis.store import acts

LAST = datetime(2026, 7, 1, 7, tzinfo=UTC)  # the example's last instant: nothing of it is later

Progress = Callable[[int, int], None]


class TooEarlyError(RefusedError):
    """The clock of the machine says a day before the example's last one."""

    code = "example-early"
    sentence = Sentence(
        "The clock of this machine says {now}, and the example goes on until {last}.",
        next="Set the clock right, then write the example.",
    )


@dataclass(frozen=True, slots=True)
class Written:
    """What was written: each product's id by code, the releases' ids by version, and the baselines' positions."""

    products: dict[str, str]
    releases: dict[str, str]
    baselines: dict[str, int]


def write(
    home: Path, *, offset_days: int | None = None, seed: bytes | None = None, progress: Progress | None = None
) -> Written:
    """Write the example into the empty store of `home`, through the acts, as a demonstration.

    The ledger's clock goes on from the example's last day, `LAST`, whatever day it is: without `offset_days` that is
    worked out from the clock of the machine, and with it the clock is that many days behind. The same `seed` and
    `offset_days` give the same bytes. `progress` is told how many days of the story are written, of how many.

    Raises `FoundedAlreadyError` where there is a ledger, and `TooEarlyError`.
    """
    offset = _offset(offset_days)
    clock, chance = Clock(), Chance(seed if seed is not None else bytes.fromhex(acts.new_id() + acts.new_id()))
    first, _ = acts.found_ledger(
        home, acts.First(CAST[0].name, "identity card, shown in person"), time_zone=ZONE, clock=clock,
        origin="demonstration", clock_offset_s=offset, salt=chance.salt, ids=chance.id, key_seed=chance.key("ledger"),
    )  # fmt: skip
    w = Writer(clock, chance, people={CAST[0].key: first})
    done = 0

    def told() -> None:
        nonlocal done
        done += 1
        if progress is not None:
            progress(done, DAYS)

    w.told = told
    baselines = _tell(w)
    if clock.now > LAST:
        raise ValueError(f"the story ends at {clock.now}, after {LAST}")
    releases = {
        name.removeprefix("release/"): record for name, record in w.records.items() if name.startswith("release/")
    }
    return Written(dict(w.products), releases, baselines)


def _offset(days: int | None) -> int:
    if days is not None:
        return days * 86_400
    now = datetime.now(UTC)
    if now < LAST:
        raise TooEarlyError(now=now, last=LAST)
    return (now - LAST) // timedelta(seconds=1)


DAYS = 60  # on which something happens


def _tell(w: Writer) -> dict[str, int]:
    w.go("2024-07-01")
    quality.people_and_roles(w)
    w.go("2024-07-22")
    quality.quality_system(w)
    w.go("2024-08-19")
    w.products["GW"] = acts.found_product(w.hand("helene"), "GW", "Ward Gateway")
    w.product = w.products["GW"]
    quality.scope(w)
    w.go("2024-11-04")
    configuration.suppliers(w)
    configuration.release(w, "2.2.0", planned="2025-06-18", before=None, support="2027-06-30", security="2027-06-30")
    configuration.items(w)
    w.go("2025-06-11", "17:30")
    configuration.built(w, "2.2.0")
    return {}
