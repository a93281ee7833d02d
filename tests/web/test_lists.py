"""Lists: a page at a time, by indexed columns, and what they are asked for."""

from __future__ import annotations

import re
from urllib.parse import parse_qsl, quote

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from asepsis.api import listing
from asepsis.errors import AsepsisError
from asepsis.quality.records import ImprovementAction
from asepsis.readers.viewer import looking, of_person
from asepsis.risk.records import Asset, Threat
from asepsis.store import acts
from asepsis.web.lists import Asked
from tests.web.conftest import Seen
from tests.web.maker import WITHHELD, Maker


def _labels(client: Client, address: str) -> list[str]:
    """Return the labels of a list and of all pages that follow it."""
    found: list[str] = []
    for _ in range(20):
        seen = Seen(client.get(address).content.decode())
        found += [link.removeprefix("/r/").split("/at/")[0] for link in seen.links() if link.startswith("/r/")]
        following = [link for link in seen.links() if "after=" in link]
        if not following:
            return found
        address = address.split("?", maxsplit=1)[0] + following[0]
    raise AssertionError("the pages never end")


def test_the_pages_of_a_list_hold_each_record_once_in_order(maker: Maker, client: Client) -> None:
    found = _labels(client, "/p/GW/list/Asset")
    assert found == [f"GW-AST-{number}" for number in range(1, 64)]


def test_a_list_of_the_past_holds_what_there_was_then(maker: Maker, client: Client) -> None:
    found = _labels(client, f"/p/GW/at/{maker.baseline}/list/Asset")
    assert found == [f"GW-AST-{number}" for number in range(1, 63)]


@pytest.mark.parametrize(
    ("asked", "count"),
    [
        ("state=rejected", 1),
        ("state=draft", 60),
        ("group=credential", 1),
        ("group=data&state=draft", 30),
        ("state=no", 63),
    ],
)
def test_a_list_is_filtered(maker: Maker, client: Client, asked: str, count: int) -> None:
    assert len(_labels(client, f"/p/GW/list/Asset?{asked}")) == count


@pytest.mark.parametrize(
    "asked", ["after=x", "sort=secret", "after=%00", "due=9", "who=%27%22", "group=<b>", "after=" + "9" * 60]
)
def test_a_list_that_is_asked_for_nonsense_answers(maker: Maker, client: Client, asked: str) -> None:
    for kind in ("Asset", "Threat", "Risk"):
        assert client.get(f"/p/GW/list/{kind}?{asked}").status_code == 200


def test_a_list_is_sorted_by_its_rank_the_highest_first(copied: Maker, client: Client) -> None:
    element = copied.ids["port"]
    for number in range(120):
        severity = {"method": "cvss2", "number": f"{number % 10}.{number % 7}"}
        copied.write(f"ranked {number}", Threat, title=f"Threat {number}", element=element, severity=severity)
    labels = _labels(client, "/p/GW/list/Threat?sort=rank")
    ranks = re.findall(r"Severity\">([\d.]+)<", client.get("/p/GW/list/Threat?sort=rank").content.decode())
    assert [float(one) for one in ranks] == sorted((float(one) for one in ranks), reverse=True)
    assert len(labels) == len(set(labels)) == 124


def test_a_list_is_sorted_by_its_due_day_and_filtered_by_who(copied: Maker, client: Client) -> None:
    for number in range(70):
        who = copied.people["Mei Tanaka" if number % 2 else "Anna Lind"]
        day = f"2026-{1 + number % 12:02}-15"
        fields = {"title": f"Action {number}", "owner": who, "due": day, "because": [copied.ids["read"]]}
        copied.write(f"action {number}", ImprovementAction, **fields)
    address = f"/p/GW/list/ImprovementAction?sort=due&who={quote('Mei Tanaka')}"
    days = re.findall(r'<time datetime="([\d-]+)"', client.get(address).content.decode())
    assert days == sorted(days)
    assert len(_labels(client, address)) == 35


def test_a_record_without_a_number_stands_in_its_list_once(copied: Maker, client: Client) -> None:
    from asepsis.store.models import Record

    Record.objects.filter(pk=copied.ids["bulk 3"]).update(number=None)
    labels = _labels(client, "/p/GW/list/Asset")
    assert (len(labels), len(set(labels))) == (63, 63)


def test_an_address_keeps_what_was_asked_and_leaves_out_what_makes_no_sense() -> None:
    asked = Asked.of(Asset, {"state": "draft", "group": "data", "who": "x", "due": "2026-01-01", "sort": "due"})
    assert asked == Asked(state="draft", group="data")
    assert asked.with_(after="7") == "?state=draft&group=data&after=7"


def test_an_empty_list_says_what_belongs_there(maker: Maker, client: Client) -> None:
    seen = Seen(client.get("/p/PX/list/Asset").content.decode())
    assert "There is no asset yet. Something that is worth protecting" in seen.words
    assert "/p/PX/new/Asset" in seen.links()


def test_an_id_leads_to_its_record_however_it_is_written(maker: Maker, client: Client) -> None:
    for asked in ("GW-THR-1", "gw-thr-1", "thr-1", "THR-1"):
        answer = client.get("/find", {"q": asked})
        assert (asked, answer.status_code, answer.headers.get("Location")) == (asked, 302, "/r/GW-THR-1")


def test_a_record_is_found_by_a_word_of_its_title(maker: Maker, client: Client) -> None:
    links = Seen(client.get("/find", {"q": "hospital network"}).content.decode()).links()
    assert "/r/GW-THR-1" in links


def test_a_record_is_found_by_a_word_that_stands_anywhere_in_it(maker: Maker, client: Client) -> None:
    seen = Seen(client.get("/find", {"q": "tpm never"}).content.decode())
    assert f"/r/{maker.label('volume')}" in seen.links()
    assert "Keys never leave the TPM." in seen.words
    assert client.get("/find", {"q": "TPM gateway"}).content.decode().count(maker.label("volume")) == 0


def test_what_is_withheld_is_found_only_by_whom_it_is_open_to(maker: Maker) -> None:
    from tests.web.conftest import logged_in

    label = maker.label("secret")
    found = {one for one in maker.people if label in logged_in(one).get("/find", {"q": "secret pars"}).content.decode()}
    assert found == {"Jonas Weber"}


def test_records_are_found_by_how_their_ids_begin(maker: Maker, client: Client) -> None:
    links = Seen(client.get("/find", {"q": "gw-elm"}).content.decode()).links()
    assert {f"/r/GW-ELM-{number}" for number in (1, 2, 3)} <= set(links)


@pytest.mark.parametrize(
    "asked", ["%", "_", "'", '"', "\\", "\0", " ", "%' OR 1=1 --", "a" * 500, "\U0001f600", "\u202e"]
)
def test_a_search_for_anything_answers(maker: Maker, client: Client, asked: str) -> None:
    answer = client.get("/find", {"q": asked})
    assert answer.status_code == 200
    assert maker.label("read") not in answer.content.decode()


def test_the_naughty_strings_are_asked_for_and_answered(maker: Maker, client: Client, shared: object) -> None:
    import json
    from pathlib import Path

    files = sorted((Path(str(shared)) / "data" / "suites" / "blns").rglob("blns.json"))
    if not files:
        pytest.skip("the naughty strings are not in ../shared")
    strings = json.loads(files[0].read_text())
    assert len(strings) > 400
    for one in strings:
        answer = client.get("/find", {"q": one})
        assert (one, answer.status_code in (200, 302)) == (one, True)
        assert WITHHELD not in answer.content.decode()


def test_the_naughty_strings_stay_text(copied: Maker, client: Client, shared: object) -> None:
    import json
    from pathlib import Path

    folder = Path(str(shared)) / "data" / "suites" / "blns"
    files = sorted(folder.rglob("blns.json"))
    if not files:
        pytest.skip("the naughty strings are not in ../shared")
    strings = [one for one in json.loads(files[0].read_text()) if one.strip() and "\0" not in one and len(one) < 1_000]
    kept: dict[str, str] = {}
    for one in strings:
        try:
            _, label = acts.create(copied.hand("Nadia Kovac"), Asset, {"title": one, "notes": one}, copied.product)
        except AsepsisError:  # what the store refuses cannot come onto a page
            continue
        kept[label] = one
    assert len(kept) > 300
    on_record = _tags(client, f"/r/{copied.label('studies')}") | {"p"}
    on_list = _tags(client, "/p/GW/list/Threat")
    for label, one in list(kept.items())[::7]:
        _stays_text(client.get(f"/r/{label}").content.decode(), on_record, one)
    address, unseen = "/p/GW/list/Asset", dict(kept)
    while address:
        html = client.get(address).content.decode()
        shown = [label for label in unseen if f'href="/r/{label}"' in html]
        for label in shown:
            _stays_text(html, on_list, unseen.pop(label))
        following = [link for link in Seen(html).links() if "after=" in link]
        address = f"/p/GW/list/Asset{following[0]}" if following else ""
    assert unseen == {}


def _tags(client: Client, address: str) -> set[str]:
    return {tag for tag, _ in Seen(client.get(address).content.decode()).tags}


def _stays_text(html: str, expected: set[str], title: str) -> None:
    seen = Seen(html)
    assert {tag for tag, _ in seen.tags} <= expected, title
    assert sum(tag == "script" for tag, _ in seen.tags) == 2, title
    assert title.strip().split("\n")[0][:40].strip() in seen.text, title


SORTED = [  # each order and each filter alone: the index gives the rows as the list shows them
    "ImprovementAction",
    "ImprovementAction?after=20",
    "ImprovementAction?sort=due",
    "ImprovementAction?sort=due&after=2026-01-01:0",
    "ImprovementAction?state=draft",
    "ImprovementAction?state=effective&after=20",
    "ImprovementAction?state=retired",
    "ImprovementAction?who=Anna Lind",
    "Threat?sort=rank",
    "Threat?group=spoofing",
    "Threat?group=spoofing&after=20",
]
FOUND = [  # two things at once: what the index finds is sorted, or what is in order is looked through
    "ImprovementAction?due=2026-01-01",
    "ImprovementAction?state=draft&sort=due&who=Anna Lind&due=2026-01-01",
    "Threat?sort=rank&after=5000:0",
    "Threat?state=draft&sort=rank&group=spoofing",
]
ROUTES = [
    "product=GW",
    "product=GW&after=c:3:0",
    "product=GW&state=draft",
    "product=GW&kind=Threat",
    "product=GW&kind=Threat&after=n:5:",
    "product=GW&kind=Threat&state=draft",
    "product=GW&kind=Threat&group=spoofing",
    "product=GW&kind=Threat&sort=rank",
    "product=GW&kind=ImprovementAction&sort=due",
    "product=GW&kind=ImprovementAction&who=nobody",
    "product=ORG&kind=Role",
]


def _plans(asked: CaptureQueriesContext) -> list[str]:
    """Return how SQLite goes through the records for each question that puts them in an order.

    Those without a number, which were withheld at first, are few, and are asked for by themselves.
    """
    words = [one["sql"] for one in asked if 'FROM "store_record"' in one["sql"] and "ORDER BY" in one["sql"]]
    words = [one for one in words if 'AND "store_record"."number" IS NULL' not in one]
    with connection.cursor() as cursor:
        return [
            "; ".join(str(row[3]) for row in cursor.execute(f"EXPLAIN QUERY PLAN {one}").fetchall())
            for one in words
            if "LIMIT" in one
        ]


@pytest.mark.parametrize("asked", SORTED + FOUND)
def test_no_list_goes_through_the_whole_table_or_sorts_what_an_index_gives(
    maker: Maker, client: Client, asked: str
) -> None:
    with CaptureQueriesContext(connection) as questions:
        assert client.get(f"/p/GW/list/{asked}").status_code == 200
    plans = _plans(questions)
    assert plans
    assert not [one for one in plans if "SCAN" in one]
    assert asked in FOUND or not [one for one in plans if "TEMP B-TREE" in one]


@pytest.mark.parametrize("asked", ROUTES)
def test_no_list_of_the_api_sorts_what_an_index_gives(maker: Maker, asked: str) -> None:
    with looking(of_person(maker.people["Anna Lind"])), CaptureQueriesContext(connection) as questions:
        listing.page(listing.Wanted.model_validate(dict(parse_qsl(asked))))
    plans = _plans(questions)
    assert plans
    assert not [one for one in plans if "SCAN" in one or "TEMP B-TREE" in one]


def test_nothing_is_counted_without_a_bound(maker: Maker, client: Client) -> None:
    with CaptureQueriesContext(connection) as questions:
        for page in ("", "list/Asset", "process/risk", "trace", "audit?kind=Asset&seed=0123456789abcdef&of=60"):
            client.get(f"/p/GW/{page}")
        client.get("/o/")
    counts = [one["sql"] for one in questions if "COUNT(" in one["sql"]]
    assert counts
    assert not [one for one in counts if one.count("COUNT(") > one.count("LIMIT")]
