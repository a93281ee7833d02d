"""The release page: what it brings, what is carried into it, what has to be shown anew, what is left."""

from __future__ import annotations

from datetime import date

from django.test import Client

from asepsis.configuration.records import ChangeRequest
from asepsis.development.acts import draft_next_release
from asepsis.development.records import TestRun
from asepsis.readers.viewer import looking, of_person
from asepsis.store import acts
from asepsis.store.withholding import embargo
from tests.web.conftest import Seen, logged_in
from tests.web.maker import Maker


def _words(client: Client, label: str, at: str = "") -> str:
    return Seen(client.get(f"/p/GW/{at}release?release={label}").content.decode()).words


def test_a_release_that_went_out_says_when_and_at_which_entry(maker: Maker, client: Client) -> None:
    words = _words(client, maker.label("2.3.0"))
    assert f"It went out on 2026-01-05, at entry {maker.baseline:,}" in words.replace("  ", " ")
    assert "It is planned for" in _words(client, maker.label("2.4.0"))


def test_what_was_shown_for_a_release_is_told_by_kind(maker: Maker, client: Client) -> None:
    assert "Bill of materials GW-BOM-1 Bill of 2.3.0" in _words(client, maker.label("2.3.0"))
    assert "GW-BOM-1" not in _words(client, maker.label("2.4.0"))


def test_a_change_that_names_no_release_waits_for_the_open_one(copied: Maker, client: Client) -> None:
    copied.signed("change", ChangeRequest, title="Drop TLS 1.2", decided="do")
    label = copied.label("change")
    assert label in _words(client, copied.label("2.4.0"))
    assert label not in _words(client, copied.label("2.3.0"))
    copied.revise("change", done_in=copied.ids["2.4.0"])
    acts.submit(copied.hand("Nadia Kovac"), [copied.ids["change"]])
    copied.sign(copied.ids["change"])
    assert "no release is named in it yet" not in _words(client, copied.label("2.4.0"))


def test_what_is_carried_and_what_is_not_is_told_with_the_reason(copied: Maker, client: Client) -> None:
    fields = {"plan": copied.ids["plan"], "cases": [copied.ids["works"]], "outcome": "pass"}
    copied.signed("bom run", TestRun, title="Mitigations of 2.3.0", release=copied.ids["2.3.0"], **fields)
    acts.submit(copied.hand("Nadia Kovac"), [copied.ids["bom"]])
    copied.sign(copied.ids["bom"])
    made = draft_next_release(copied.hand("Nadia Kovac"), copied.label("2.3.0"), "2.5.0", date(2026, 6, 1))
    assert made.carrying is not None
    for label in (made.release, made.carrying):
        record = _id(label)
        acts.submit(copied.hand("Nadia Kovac"), [record])
        copied.sign(record)
    words = _words(client, made.release)
    assert f"{copied.label('bom run')} " in words.split("What is carried into it")[1].split("What has to be shown")[0]
    anew = words.split("What has to be shown anew")[1].split("What was shown for it")[0]
    assert f"{copied.label('bom')} A bill lists one build, and this is another." in anew


def test_a_withheld_record_of_a_release_is_told_to_nobody_else(copied: Maker, client: Client) -> None:
    run = copied.signed(
        "run", TestRun, title="A hidden run", release=copied.ids["2.4.0"], plan=copied.ids["plan"], outcome="pass"
    )
    assert "A hidden run" in _words(client, copied.label("2.4.0"))
    with looking(of_person(copied.people["Jonas Weber"])):
        embargo(copied.hand("Jonas Weber"), run)
    assert "A hidden run" not in _words(client, copied.label("2.4.0"))
    assert "A hidden run" in _words(logged_in("Jonas Weber"), copied.label("2.4.0"))


def test_at_a_baseline_nothing_is_told_that_came_after_it(maker: Maker, client: Client) -> None:
    answer = client.get(f"/p/GW/at/{maker.baseline}/release?release={maker.label('2.4.0')}")
    assert "Nothing of it is effective yet" in answer.content.decode()


def test_another_products_record_is_no_release_of_this_one(maker: Maker, client: Client) -> None:
    assert client.get(f"/p/PX/release?release={maker.label('2.3.0')}").status_code == 404
    assert client.get(f"/p/GW/release?release={maker.label('read')}").status_code == 404
    assert "No release is planned yet" in client.get("/p/PX/release").content.decode()


def _id(label: str) -> str:
    from asepsis.store import queries

    return queries.row(label).id
