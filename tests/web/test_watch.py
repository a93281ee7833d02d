"""The watch and the fleet: one list over all products, what is new in it, a heat map, and nothing of what is withheld."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from pytest_django.plugin import DjangoDbBlocker

from asepsis.clauses.catalogue import catalogue
from asepsis.conformance import moments
from asepsis.jobs import watch
from asepsis.jobs.watch import Watch
from asepsis.readers.viewer import of_person
from asepsis.store import queries, withholding
from asepsis.store.models import VerdictCount, Watched, WatchLine
from tests.web.browser import launched, window
from tests.web.conftest import ROOT, Seen, Served, logged_in, serving_a_copy
from tests.web.maker import Maker
from tests.web.test_inbox import scan

VENDOR = ROOT / "src" / "asepsis" / "web" / "static" / "asepsis" / "vendor"


@pytest.fixture
def watched(copied: Maker) -> Maker:
    """A supported release with two open matches, over which the watch was worked out."""
    scanned_and_watched(copied)
    return copied


def scanned_and_watched(maker: Maker) -> None:
    scan(maker)
    bring(maker)


def bring(maker: Maker) -> int:
    return watch.bring_up_to_date(maker.product, queries.now(datetime.now(UTC)))


def words(client: Client, address: str) -> str:
    answer = client.get(address)
    assert (address, answer.status_code) == (address, 200)
    return Seen(answer.content.decode()).words


def test_what_is_exploited_stands_first_with_its_reasons(watched: Maker) -> None:
    told = words(logged_in("Jonas Weber"), "/watch")
    assert "2 lines, 2 new" in told
    assert told.index("lodash 4.17.20") < told.index("idna 3.6")
    assert "attackers use it, known since 2026-02-01" in told
    assert "nobody has said whether it matters there" in told


def test_what_was_looked_through_is_not_new_and_only_for_who_looked(watched: Maker) -> None:
    jonas, anna = logged_in("Jonas Weber"), logged_in("Anna Lind")
    assert jonas.post("/watch", {"product": "GW"}).headers["Location"] == "/watch?product=GW"
    assert "2 lines, 0 new since you looked" in words(jonas, "/watch")
    assert "Nothing is new since you looked." in words(jonas, "/watch?new")
    assert "2 lines, 2 new" in words(anna, "/watch")


def test_a_line_keeps_its_number_while_it_is_the_same(watched: Maker) -> None:
    before = {one.key: one.pk for one in WatchLine.objects.all()}
    Watched.objects.update(position=0)
    assert bring(watched) == 0
    assert {one.key: one.pk for one in WatchLine.objects.all()} == before


def test_the_fleet_has_a_row_for_each_product_and_says_where_nobody_looked(watched: Maker) -> None:
    del watched
    told = words(logged_in("Anna Lind"), "/fleet")
    assert "1 exploited" in told
    assert "1 undecided" in told
    assert "Pump <i>Px</i>" in told
    assert "never looked at" in told
    assert "GW-REL-3" in words(logged_in("Anna Lind"), "/fleet?product=GW")


def test_where_an_advisory_strikes_is_unknown_where_no_feed_was_fetched(watched: Maker) -> None:
    del watched
    told = words(logged_in("Anna Lind"), "/watch?find=CVE-2026-1")
    assert "No feed has been fetched: nothing can be said about vulnerabilities." in told
    assert "2 lines" in told


def test_a_cell_leads_to_the_inbox_of_that_advisory_for_who_decides(watched: Maker) -> None:
    del watched
    jonas = logged_in("Jonas Weber")
    (address,) = {
        one for one in Seen(jonas.get("/fleet").content.decode()).links() if "GHSA-35jh" in one and "/p/" in one
    }
    assert address == "/p/GW/inbox?advisory=GHSA-35jh-r3h4-6jhm"
    assert "1 match left" in words(jonas, address)


def test_what_is_withheld_is_in_no_line_of_who_may_not_see_it_even_before_the_watch_is_worked_out_anew(
    watched: Maker,
) -> None:
    jonas, anna = logged_in("Jonas Weber"), logged_in("Anna Lind")
    withholding.embargo(watched.hand("Jonas Weber"), watched.ids["bill"])
    for _ in ("before", "after"):
        for page in ("/watch", "/fleet", "/fleet?product=GW"):
            assert (page, "35jh" in words(anna, page)) == (page, False)
            assert (page, "35jh" in words(jonas, page)) == (page, True)
        bring(watched)


def test_an_erased_content_takes_the_lines_along_until_they_are_made_anew(watched: Maker) -> None:
    numbers = list(WatchLine.objects.filter(sealed=False).order_by("pk").values_list("pk", flat=True))
    asked = withholding.ask_erasure(watched.hand("Anna Lind"), watched.ids["draft case"], "court-order")
    withholding.redact(watched.hand("Ada Moser"), asked)
    assert set(WatchLine.objects.values_list("data", flat=True)) == {None}
    assert Watch(of_person(watched.people["Jonas Weber"])).told(WatchLine.objects.all()) == []
    assert bring(watched) == 0
    assert list(WatchLine.objects.filter(sealed=False).order_by("pk").values_list("pk", flat=True)) == numbers
    assert None not in set(WatchLine.objects.values_list("data", flat=True))


# --- charts -----------------------------------------------------------------------------------------------------------


def test_what_is_not_ours_has_the_bytes_that_its_sums_name() -> None:
    lines = [line.split() for line in (VENDOR / "SHA256SUMS").read_text().splitlines()]
    named = {name: digest for digest, name in lines}
    there = {one.name for one in VENDOR.iterdir()} - {"SHA256SUMS", "README.md"}
    assert named == {one: hashlib.sha256((VENDOR / one).read_bytes()).hexdigest() for one in there}


@pytest.fixture(scope="module")
def fleet(
    written: Maker, tmp_path_factory: pytest.TempPathFactory, django_db_blocker: DjangoDbBlocker
) -> Iterator[Served]:
    home = tmp_path_factory.mktemp("fleet")
    with serving_a_copy(written, home, django_db_blocker, "Jonas Weber", more=scanned_and_watched) as address:
        yield address


@pytest.mark.browser
def test_a_chart_is_drawn_without_a_word_on_the_console_and_its_table_is_one_key_away(
    chromium: str, fleet: Any
) -> None:
    with launched(chromium) as browser, window(browser, fleet) as seen:
        for page, charts in (("/watch", 2), ("/p/GW/since", 1), ("/feeds", 0), ("/fleet", 1)):
            assert (page, seen.open(page), seen.page.locator(".drawing svg").count()) == (page, 200, charts)
        assert not seen.page.locator("table.heat").is_visible()
        seen.page.keyboard.press("t")
        assert seen.page.locator("table.heat").is_visible()
        assert seen.page.evaluate("document.activeElement.textContent") == "The table behind it"
        assert seen.said == []


def test_the_course_of_verdicts_has_a_row_for_each_baseline_and_the_last_of_each_day(copied: Maker) -> None:
    for _ in range(2):
        moments.keep(moments.assess_product(moments.Asked(copied.product), copied.clock()))
    rows = list(VerdictCount.objects.filter(product=copied.product).order_by("position", "baseline"))
    assert [one.baseline for one in rows] == [True, False]
    assert rows[-1].met + rows[-1].gaps + rows[-1].unknown + rows[-1].others == len(catalogue().clauses)
    assert "2.3.0" in words(logged_in("Anna Lind"), "/p/GW/since")


def test_what_is_open_is_counted_by_its_age_and_by_the_time_that_is_left(watched: Maker) -> None:
    found = Watch(of_person(watched.people["Jonas Weber"]))
    today = date(2026, 4, 20)
    since = set(found.rows.values_list("since", flat=True))
    assert sum(sum(band.counts.values()) for band in found.ages(max(since))) == 2
    (band,) = (one for one in found.ages(max(since) + timedelta(days=8)) if one.counts)
    assert (band.words, sum(band.counts.values())) == ("up to a month", 2)
    assert [(one.words, sum(one.counts.values())) for one in found.clocks(today) if one.counts] == [("no day", 2)]
