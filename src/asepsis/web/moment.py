"""The moment that a page answers for: now, or a baseline; and the addresses of the pages of that moment."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cached_property
from zoneinfo import ZoneInfo

from asepsis.readers import visible
from asepsis.store import queries, refusals
from asepsis.store.models import Baseline, Ledger, Product

_PRODUCT_PAGE = re.compile(r"/p/[^/]+/(?:at/\d+/)?(?P<page>.*)")
_RECORD_PAGE = re.compile(r"/r/(?P<label>[^/]+)(?:/at/[^/]+/\d+)?(?:/(?P<page>files|trace))?")
_OF_NOW_ALONE = re.compile(
    r"(?:run|bring|new|bulk|inbox|setup|case/write)(?:/.*)?"
)  # pages that write, which none of the past do
NEWEST = 12  # baselines that the menu offers; all stand on a page of their own


@dataclass(frozen=True, slots=True)
class Marked:
    """A baseline as people speak of it: the version that was released there, or the day alone."""

    position: int
    version: str | None
    day: str

    @property
    def words(self) -> str:
        """Return it in a few words."""
        return f"{self.version}, released {self.day}" if self.version else f"baseline of {self.day}"


class Moment:
    """One product (or, without, the organisation) as of one entry; without `position`, as it is now."""

    def __init__(self, product: Product | None, ledger: Ledger, position: int | None = None) -> None:
        self.product, self.ledger, self.position = product, ledger, position
        self.zone = ZoneInfo(ledger.time_zone)

    @property
    def past(self) -> bool:
        """Return whether it lies behind: then nothing on its pages can be changed."""
        return self.position is not None

    @property
    def entry(self) -> int:
        """Return the position of the last entry that counts."""
        return self.ledger.size - 1 if self.position is None else self.position

    @cached_property
    def at(self) -> str:
        """Return the instant of that entry."""
        if self.position is None:
            return str(self.ledger.last_at)
        return str(queries.entries(self.position, 1)[0][2]["at"])

    @cached_property
    def today(self) -> date:
        """Return the day that counts as today: the clock's, or that of the baseline."""
        if self.past:
            return datetime.fromisoformat(self.at).astimezone(self.zone).date()
        return queries.now(datetime.now(UTC)).astimezone(self.zone).date()

    def day_of(self, at: str) -> str:
        """Return the day of an instant in the organisation's time zone."""
        return datetime.fromisoformat(at).astimezone(self.zone).date().isoformat()

    def minute_of(self, at: str) -> str:
        """Return day and minute of an instant in the organisation's time zone."""
        return f"{datetime.fromisoformat(at).astimezone(self.zone):%Y-%m-%d %H:%M}"

    # --- addresses ------------------------------------------------------------------------------------------------

    def to(self, page: str = "") -> str:
        """Return the address of a page of this product at this moment."""
        if self.product is None:
            return f"/o/{page}"
        at = "" if self.position is None else f"at/{self.position}/"
        return f"/p/{self.product.code}/{at}{page}"

    def to_record(self, label: str, page: str = "") -> str:
        """Return the address of a record (or of a page under it) at this moment."""
        at = "" if self.position is None or self.product is None else f"/at/{self.product.code}/{self.position}"
        return f"/r/{label}{at}{'/' + page if page else ''}"

    def same(self, path: str, position: int | None, since: int = 0) -> str:
        """Return the address of the page at `path` at another moment of this product: now, or at a baseline.

        A record that was written `since` an entry behind that baseline was not there: then it is the board's.
        """
        assert self.product is not None
        then = Moment(self.product, self.ledger, position)
        if found := _RECORD_PAGE.fullmatch(path):
            there = position is None or since <= position
            return then.to_record(found["label"], found["page"] or "") if there else then.to()
        found = _PRODUCT_PAGE.fullmatch(path)
        page = found["page"] if found else ""
        return then.to("" if _OF_NOW_ALONE.fullmatch(page) and position is not None else page)

    # --- baselines ------------------------------------------------------------------------------------------------

    @cached_property
    def baselines(self) -> tuple[Marked, ...]:
        """Return the newest baselines of the product."""
        if self.product is None:
            return ()
        return marked(self, Baseline.objects.filter(product=self.product.id).order_by("-position")[:NEWEST])

    @cached_property
    def mark(self) -> Marked | None:
        """Return the baseline that this moment is."""
        if self.position is None:
            return None
        found = [one for one in self.baselines if one.position == self.position]
        return found[0] if found else marked(self, Baseline.objects.filter(position=self.position))[0]


def marked(moment: Moment, baselines: Iterable[Baseline]) -> tuple[Marked, ...]:
    """Return baselines with the version of the release that each is of."""
    rows = list(baselines)
    releases = visible.by_id(one.release for one in rows if one.release)
    contents = queries.values_of(one.effective_content or one.head_content for one in releases.values())
    versions = {
        identity: contents.get(one.effective_content or one.head_content, {}).get("version", one.title)
        for identity, one in releases.items()
    }
    return tuple(Marked(one.position, versions.get(one.release or ""), moment.day_of(one.at)) for one in rows)


def of_product(code: str, position: int | None = None) -> Moment:
    """Return a moment of a product: now, or at one of its baselines.

    Raises `UnknownProductError`, `NotFoundedError`, and `UnknownRecordError` where the position is no baseline of it.
    """
    ledger = queries.ledger()
    product = visible.products().filter(code=code.upper()).first()
    if product is None:
        raise refusals.UnknownProductError(product=code[:20])
    if position is not None and not Baseline.objects.filter(position=position, product=product.id).exists():
        raise refusals.UnknownRecordError(record=f"baseline at entry {position}")
    return Moment(product, ledger, position)


def of_organisation() -> Moment:
    """Return the organisation, now. Raises `NotFoundedError`."""
    return Moment(None, queries.ledger())


__all__ = ["Marked", "Moment", "marked", "of_organisation", "of_product"]
