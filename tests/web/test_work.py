"""My work: each thing that somebody owes, once, with its next act; and nothing that is another's."""

from __future__ import annotations

from datetime import date

import pytest
from django.test import Client

from asepsis.accounts import passphrase
from asepsis.readers.owing import owes
from asepsis.readers.viewer import Viewer, of_person
from asepsis.record.slots import SystemRole
from asepsis.store import acts, queries
from asepsis.store.rights import Held
from asepsis.web.moment import of_product
from asepsis.web.work import Line, by_day
from tests.web.conftest import Seen, logged_in
from tests.web.maker import WITHHELD, Maker
from tests.web.test_access import appointed


def _page(person: str) -> Seen:
    return Seen(logged_in(person).get("/work").content.decode())


def test_what_waits_for_a_signature_leads_to_signing_it(maker: Maker) -> None:
    label = maker.label("risk")
    assert f"/sign?record={label}" in _page("Jonas Weber").links()
    assert f"/sign?record={label}" not in _page("Nadia Kovac").links()  # she wrote it, and four eyes are asked for


def test_a_draft_is_its_authors_alone(maker: Maker) -> None:
    address = f"/r/{maker.label('draft case')}/edit"
    assert address in _page("Nadia Kovac").links()
    assert address not in _page("Tomas Reyes").links()


def test_what_was_sent_back_comes_before_the_drafts(maker: Maker) -> None:
    links = [one for one in _page("Nadia Kovac").links() if one.endswith("/edit")]
    assert links[0] == f"/r/{maker.label('rejected')}/edit"


def test_a_gap_is_shown_to_whoever_owes_it_and_to_nobody_else(maker: Maker) -> None:
    from asepsis.web.verdicts import of_moment

    owners = {act.note.owner for act in of_moment(of_product("GW")).acts}
    assert {"quality", "tester"} <= owners
    steps: dict[str, set[str]] = {owner: set() for owner in owners}
    for act in of_moment(of_product("GW")).acts:
        steps[act.note.owner].add(act.note.said.text())
    quality, tester = _page("Anna Lind").words, _page("Tomas Reyes").words
    assert sum(one in quality for one in steps["quality"]) > 0
    assert not any(one in tester for one in steps["quality"] - steps["tester"])


def test_a_record_that_rests_on_what_changed_is_its_authors_to_look_at(copied: Maker) -> None:
    copied.sign(copied.ids["read"])
    copied.revise("port", zone="another zone")
    acts.submit(copied.hand("Nadia Kovac"), [copied.ids["port"]])
    copied.sign(copied.ids["port"])
    assert "Rests on what changed" in _page("Nadia Kovac").words
    assert f"/r/{copied.label('forged')}" in _page("Nadia Kovac").links()
    assert "Rests on what changed" not in _page("Tomas Reyes").words


def test_what_is_withheld_is_work_only_for_whom_it_is_open_to(copied: Maker) -> None:
    assert {person for person in copied.people if WITHHELD in _page(person).words} == {"Jonas Weber"}
    acts.submit(copied.hand("Jonas Weber"), [copied.ids["secret"]])
    assert {person for person in copied.people if WITHHELD in _page(person).words} <= {"Jonas Weber"}


def test_who_owes_nothing_is_told_what_would_stand_here(copied: Maker) -> None:
    person = appointed(copied, "Pia Horn", SystemRole.TESTER, queries.product("PX").id)
    passphrase.open_account(person)
    words = _page(person).words
    assert "Nothing waits for you" in words
    assert "is not assessed yet, so its gaps and days are not known" in words


def test_lines_stand_by_their_day_and_those_without_one_last() -> None:
    lines = [Line("a", "", ""), Line("b", "", "", day="2026-03-01"), Line("c", "", "", day="2026-01-01")]
    parts = [(one.words, [line.what for line in one.lines]) for one in by_day(lines, date(2026, 2, 25)) if one.lines]
    assert parts == [("Late", ["c"]), ("Within a week", ["b"]), ("Without a day", ["a"])]


@pytest.mark.parametrize(("product", "mine"), [(None, True), ("own", True), ("other", False)])
def test_a_role_of_one_product_owes_nothing_in_another(maker: Maker, product: str | None, mine: bool) -> None:
    moment = of_product("GW")
    held = {"own": maker.product, "other": "0" * 32, None: None}[product]
    reader = Viewer("1" * 32, "Somebody", (Held(SystemRole.TESTER, held, False),))
    assert ("tester" in owes(reader, moment.product.id if moment.product else None, moment.today)) is mine


def test_a_deputy_owes_what_nobody_else_holds_the_role_for(maker: Maker) -> None:
    moment = of_product("GW")
    product = moment.product.id if moment.product else None
    deputy = [Held(role, None, True) for role in (SystemRole.TESTER, SystemRole.INCIDENT)]
    reader = Viewer("1" * 32, "Somebody", tuple(deputy))
    assert owes(reader, product, moment.today) == {"1" * 32, "incident"}


def test_the_page_asks_no_more_of_the_database_when_there_is_more_work(copied: Maker, client: Client) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    from asepsis.risk.records import Asset

    with CaptureQueriesContext(connection) as before:
        client.get("/work")
    for number in range(40):
        copied.write(f"mine {number}", Asset, "Anna Lind", title=f"Mine {number}", kind="data")
    with CaptureQueriesContext(connection) as after:
        client.get("/work")
    assert len(after) <= len(before) + 2


def test_what_the_organisation_owes_stands_once_however_many_products_ask_for_it(copied: Maker) -> None:
    from asepsis.web.verdicts import of_moment
    from asepsis.web.work import owed

    reader = of_person(copied.people["Anna Lind"])
    lines = list(owed(of_moment(of_product("GW")), reader))
    common = [one for one in lines if one.product == "The organisation"]
    assert common
    assert len(set(common)) == len(common)
