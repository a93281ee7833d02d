"""The board: lanes in rows, what changed, and what the pages say about what is not known."""

from __future__ import annotations

import re

import msgspec
from django.test import Client

from asepsis.checks.check import CHECKS
from asepsis.clauses.catalogue import catalogue
from asepsis.conformance import moments
from asepsis.conformance.assessment import Assessment, Tailored, Thing
from asepsis.record.verdict import Verdict
from asepsis.risk.records import Asset
from asepsis.statements.records import NotApplicable
from asepsis.store.changes import Embargo
from asepsis.store.models import Link, Product, Record
from asepsis.web import board
from asepsis.web.moment import of_product
from asepsis.web.templatetags.asepsis import many
from asepsis.web.verdicts import Verdicts, of_moment
from tests.web.conftest import Seen
from tests.web.maker import Maker


def _verdicts() -> tuple[Assessment, Verdicts]:
    verdicts = of_moment(of_product("GW"))
    assert verdicts.assessment is not None
    return verdicts.assessment, verdicts


def test_every_clause_that_asks_stands_on_the_board_once(maker: Maker) -> None:
    assessment, found = _verdicts()
    placed = [one.tile.clause for band in board.bands(found, frozenset()) for strip in band for one in strip.tiles]
    assert sorted(placed) == sorted(one.id for one in assessment.clauses if one.decided_by is not None)


def test_no_row_has_more_than_eight_tiles(maker: Maker) -> None:
    _, found = _verdicts()
    for band in board.bands(found, frozenset()):
        length = len(band) - 1  # the name of a second lane stands in the row
        for one in (one for strip in band for one in strip.tiles):
            length = 1 if one.first else length + 1
            assert length <= board.ROW, one.tile.clause


def test_a_tile_whose_verdict_changed_is_marked(maker: Maker) -> None:
    _, found = _verdicts()
    marked = [
        one for band in board.bands(found, frozenset({"7.2"})) for strip in band for one in strip.tiles if one.changed
    ]
    assert [one.tile.clause for one in marked] == ["7.2"]
    assert "changed" in marked[0].look


def test_what_changed_is_told_against_the_baseline_before(maker: Maker) -> None:
    verdicts = of_moment(of_product("GW"))
    found = board.changed(verdicts)
    assert found is not None
    assert found.since.startswith("2.3.0, released 2026-01-05")


def test_the_counts_are_those_of_the_assessment(maker: Maker, client: Client) -> None:
    assessment, _ = _verdicts()
    text = Seen(client.get("/p/GW/").content.decode()).text
    assert f"{assessment.counted()[Verdict.GAP]} gaps" in text
    assert f"{assessment.counted()[Verdict.UNKNOWN]} unknown" in text
    awaited = many(len(assessment.awaited), "obligation has,obligations have")
    assert (f"{awaited} no check yet" in text) is bool(assessment.awaited)


def test_what_was_found_about_a_withheld_record_is_told_as_no_more_than_that(copied: Maker, client: Client) -> None:
    assessment, verdicts = _verdicts()
    referred = set(Link.objects.values_list("target", flat=True))
    found = [
        (one, note)
        for one in assessment.obligations
        for note in one.gaps
        if one.counts and note.about.label.startswith("GW-THR") and note.about.id not in referred
    ]
    obligation, note = found[0]
    row = Record.objects.get(pk=note.about.id)
    addresses = (
        "/p/GW/",
        "/p/GW/acts",
        "/p/GW/gate",
        f"/p/GW/clause/{obligation.clause}",
        "/p/GW/trace",
        "/p/GW/process/risk",
    )
    before = len(verdicts.acts)
    assert any(row.label in client.get(one).content.decode() for one in addresses)
    copied.hand("Jonas Weber").commit([Embargo(row.id, (copied.people["Jonas Weber"],))])
    pages = {one: Seen(client.get(one).content.decode()) for one in addresses}
    assert [one for one, page in pages.items() if row.label in page.words or row.title[:40] in page.words] == []
    assert "This rests on something withheld." in pages[addresses[3]].words
    assert "Something that is withheld is left to do too." in pages["/p/GW/acts"].words
    assert len(of_moment(of_product("GW")).acts) < before


def test_a_clause_tells_what_is_tailored_and_what_that_sets_aside(copied: Maker, client: Client) -> None:
    """The plan of the maker tailors nothing, so its assessment is kept as if one duty were done in another way."""
    assessed = moments.assess_product(moments.Asked(copied.product), copied.clock())
    duty = next(one for one in assessed.obligations if one.clause.startswith("5.") and one.gaps)
    plan = Thing(copied.ids["profile"], copied.label("profile"))
    done = msgspec.structs.replace(
        duty, gaps=(), tailored=Tailored(plan, "One layer is all there is.", "It is hardened."), set_aside=duty.gaps
    )
    others = tuple(done if one is duty else one for one in assessed.obligations)
    moments.keep(msgspec.structs.replace(assessed, obligations=others))
    told = Seen(client.get(f"/p/GW/clause/{duty.clause}").content.decode()).text
    assert f"Tailored by {plan.label}: One layer is all there is. Instead: It is hardened." in told
    assert f"{many(len(duty.gaps), 'finding')} set aside by that" in told


def test_a_clause_tells_which_of_its_parts_are_left_out(copied: Maker, client: Client) -> None:
    parted = next(one for one in catalogue().obligations if any(each.letter for each in one.conditions))
    part = f"{parted.id} {next(one.letter for one in parted.conditions if one.letter)}"
    copied.signed("left out", NotApplicable, obligation=part, why="There is none.", until="2027-01-01")
    assessed = moments.assess_product(moments.Asked(copied.product), copied.clock())
    moments.keep(assessed)
    verdict = next(one for one in assessed.obligations if one.id == parted.id)
    assert [one.what for one in verdict.left_out] == [part]
    assert f"{part} is left out" in Seen(client.get(f"/p/GW/clause/{parted.clause}").content.decode()).text


def test_no_check_tells_how_many_of_a_kind_it_went_through_where_one_is_withheld(copied: Maker, client: Client) -> None:
    row = Record.objects.get(pk=copied.ids["naughty"])
    assert of_moment(of_product("GW")).counts("risk.threats_decided")
    copied.hand("Jonas Weber").commit([Embargo(row.id, (copied.people["Jonas Weber"],))])
    verdicts = of_moment(of_product("GW"))
    told = {name: verdicts.counts(name) for name, one in CHECKS.items() if one.over_name in ("Threat", "Asset")}
    assert told == {
        name: one.over_name != "Threat" for name, one in CHECKS.items() if one.over_name in ("Threat", "Asset")
    }


def test_a_product_without_an_assessment_says_how_to_make_one(maker: Maker, client: Client) -> None:
    for page in ("", "gate", "acts", "unlooked"):
        text = Seen(client.get(f"/p/PX/{page}").content.decode()).text
        assert "asepsis assess PX" in text


def test_verdicts_that_are_older_than_the_last_entry_say_so(copied: Maker, client: Client) -> None:
    before = client.get("/p/GW/").content.decode()
    copied.write("another", Asset, title="Another asset")
    after = Seen(client.get("/p/GW/").content.decode()).text
    assert "something happened since" not in before
    assert f"These verdicts are as of entry {copied.last}; something happened since." in after
    assert "asepsis assess GW" in after


def test_what_happens_to_another_product_makes_no_verdict_old(copied: Maker, client: Client) -> None:
    copied.write("another", Asset, title="Another asset", of=Product.objects.get(code="PX").id)
    assert "something happened since" not in client.get("/p/GW/").content.decode()


def test_a_page_of_the_past_says_so_and_leads_back(maker: Maker, client: Client) -> None:
    seen = Seen(client.get(f"/p/GW/at/{maker.baseline}/").content.decode())
    assert "You look at 2.3.0, released 2026-01-05" in seen.text
    assert "/p/GW/" in seen.links()


def test_pages_of_the_past_lead_to_pages_of_the_past(maker: Maker, client: Client) -> None:
    html = client.get(f"/p/GW/at/{maker.baseline}/").content.decode()
    main = html[html.index("<main") :]
    assert set(re.findall(r'href="/p/GW/([^"/]*)', main)) <= {"at", ""}
