"""Assessing again after a change: only the checks that asked for what was touched are run, all else is taken over."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from asepsis.checks.view import Product
from asepsis.clauses.catalogue import At, Catalogue
from asepsis.configuration.records import Release
from asepsis.conformance.assess import Given, Kept, Made, Runner, make
from asepsis.conformance.assessment import Assessment
from asepsis.conformance.run import Ran, run
from asepsis.record.dossier import Item


@dataclass(frozen=True, slots=True)
class Earlier:
    """An assessment that is kept in memory with all that went into it, so that it can be made again from what is left."""

    given: Given
    catalogue: Catalogue
    product: Product
    product_name: str
    zone: ZoneInfo
    release: Item[Release] | None
    as_released: Given | None
    made: Made

    @property
    def assessment(self) -> Assessment:
        """Return the assessment."""
        return self.made.assessment

    def moment(self, at: At) -> Given:
        """Return what is looked at for what is asked of the head, or of the release."""
        return self.as_released or self.given if at is At.RELEASE else self.given


def assess_first(
    given: Given,
    catalogue: Catalogue,
    *,
    product: Product,
    product_name: str,
    zone: ZoneInfo,
    release: Item[Release] | None = None,
    as_released: Given | None = None,
    runner: Runner = run,
) -> Earlier:
    """Return where a product stands, so that it can be assessed again. See `assess` for what goes in."""
    made = make(
        given,
        catalogue,
        product=product,
        product_name=product_name,
        zone=zone,
        release=release,
        as_released=as_released,
        runner=runner,
    )
    return Earlier(given, catalogue, product, product_name, zone, release, as_released, made)


def assess_again(
    earlier: Earlier,
    given: Given,
    touched: Collection[str],
    *,
    release: Item[Release] | None = None,
    as_released: Given | None = None,
    runner: Runner = run,
) -> Earlier:
    """Return where a product stands now, to the same bytes as if nothing had been kept.

    `touched` names the kinds of the records of which any entry has spoken since, and the kinds of facts that were taken
    in. What else may have moved (the day, the policy, the files, the release looked at, the baseline) is seen from the
    inputs themselves. A baseline that is looked at again should be the same `Given`, else all is run again there.
    """
    kept = dict(_kept(earlier, given, frozenset(touched), release, as_released))
    made = make(
        given,
        earlier.catalogue,
        product=earlier.product,
        product_name=earlier.product_name,
        zone=earlier.zone,
        release=release,
        as_released=as_released,
        runner=runner,
        kept=kept,
    )
    return Earlier(
        given, earlier.catalogue, earlier.product, earlier.product_name, earlier.zone, release, as_released, made
    )


def _kept(
    earlier: Earlier,
    given: Given,
    touched: frozenset[str],
    release: Item[Release] | None,
    as_released: Given | None,
) -> Iterator[tuple[tuple[At, str], Ran]]:
    """Yield what checks said that asked for nothing that moved."""
    now = {At.HEAD: given, At.RELEASE: as_released or given}
    moved: dict[At, frozenset[str] | None] = {
        at: _moved(earlier, at, now[at], touched, release) for at in (At.HEAD, At.RELEASE)
    }
    ran: Kept = earlier.made.ran
    for (at, name), one in ran.items():
        what = moved[at]
        if what is not None and not _asked_for(one, what):
            yield (at, name), one


SURROUNDINGS = frozenset({"release", "policy", "now", "today", "files"})


def _asked_for(ran: Ran, moved: frozenset[str]) -> bool:
    return bool(moved & ran.reads) or ("*" in ran.reads and bool(moved - SURROUNDINGS))


def _moved(
    earlier: Earlier, at: At, given: Given, touched: frozenset[str], release: Item[Release] | None
) -> frozenset[str] | None:
    """Return what is another at one moment than it was; `None` where that cannot be told."""
    before = earlier.moment(at)
    moved: set[str] = set()
    if _release_at(before, earlier.release) != _release_at(given, release):
        moved.add("release")
    if given is before:
        return frozenset(moved)
    if at is At.RELEASE and earlier.as_released is not None:
        return None
    moved |= touched | (before.dossier.hidden ^ given.dossier.hidden)
    if before.policy.digest != given.policy.digest:
        moved.add("policy")
    if before.files != given.files:
        moved.add("files")
    if before.now != given.now:
        moved.add("now")
    if before.now.astimezone(earlier.zone).date() != given.now.astimezone(earlier.zone).date():
        moved.add("today")
    return frozenset(moved)


def _release_at(given: Given, release: Item[Release] | None) -> tuple[str, str] | None:
    """Return the release looked at, and its revision there."""
    item: Item[Release] | None = given.dossier.get(release.id) if release is not None else None
    return (item.id, item.name) if item is not None else None
