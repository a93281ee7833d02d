"""What holds for every page, asked of every address there is."""

from __future__ import annotations

import re
from html import unescape

import pytest
from django.db import connection
from django.test import Client

from asepsis.clauses.catalogue import catalogue
from asepsis.store import queries
from asepsis.store.models import Record
from asepsis.web.policy import POLICY
from tests.web.addresses import DOWNLOADS, addresses, listed, names, pages, routes
from tests.web.conftest import Seen, Visit
from tests.web.maker import EVIDENCE, NAUGHTY, WITHHELD, Maker

MOST_QUERIES = 66  # of the page that asks most; a hundred records more ask for none more


def test_every_route_has_an_example_in_the_table() -> None:
    assert set(routes()) == listed()


def test_every_address_answers(visited: dict[str, Visit]) -> None:
    assert {one: visit.status for one, visit in visited.items() if visit.status not in (200, 302)} == {}


def test_every_clause_has_a_page(maker: Maker, client: Client) -> None:
    for number in (one.id for one in catalogue().clauses):
        assert (number, client.get(f"/p/GW/clause/{number}").status_code) == (number, 200)


def test_every_address_answers_to_head(maker: Maker, client: Client) -> None:
    for one in addresses(maker):
        answer = client.head(one)
        assert (one, answer.status_code in (200, 302), answer.content) == (one, True, b"")


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete", "options"])
def test_nothing_answers_to_another_method(maker: Maker, client: Client, method: str) -> None:
    for one in [*addresses(maker), "/nowhere"]:
        answer = getattr(client, method)(one)
        assert (one, answer.status_code, answer.headers.get("Allow")) == (one, 405, "GET, HEAD")


@pytest.mark.parametrize(
    "address",
    [
        "/nowhere",
        "/p/ZZ/",
        "/p/GW/clause/99.9",
        "/p/GW/process/nothing",
        "/p/GW/list/Nothing",
        "/p/GW/gate?release=GW-REL-999",
        "/p/GW/at/3/",
        "/p/GW/at/99999999999999999999/",
        "/p/GW/trace?from=GW-THR-999",
        "/r/GW-THR-999",
        "/r/GW-THR-1/at/GW/3",
        "/r/GW-THR-1/at/PX/3",
        "/r/GW-THR-1/file/" + "a" * 64,
        "/card/GW-THR-999",
        "/facts/1",
        "/ledger/999999",
        "/ledger/99999999999999999999",
        "/o/list/Nothing",
        "/r/%00",
        "/static/asepsis/../../settings.py",
    ],
)
def test_what_is_not_there_is_404_with_a_page_of_ours(maker: Maker, client: Client, address: str) -> None:
    answer = client.get(address)
    assert (address, answer.status_code) == (address, 404)
    if not address.startswith("/static/"):
        assert "<h1>" in answer.content.decode()


def test_a_record_is_not_there_before_it_was_written(maker: Maker, client: Client) -> None:
    assert client.get(f"/r/{maker.label('rejected')}/at/GW/{maker.baseline}").status_code == 404


def test_every_answer_has_the_strict_headers(visited: dict[str, Visit], maker: Maker, client: Client) -> None:
    nowhere = dict(client.get("/nowhere").headers)
    for one, headers in [*((one, visit.headers) for one, visit in visited.items()), ("/nowhere", nowhere)]:
        assert (one, headers["Content-Security-Policy"]) == (one, POLICY)
        assert (one, headers["X-Content-Type-Options"]) == (one, "nosniff")
        assert (one, headers["X-Frame-Options"]) == (one, "DENY")
        assert (one, headers["Referrer-Policy"]) == (one, "same-origin")


def test_no_page_has_a_script_or_style_inline(visited: dict[str, Visit], maker: Maker, client: Client) -> None:
    found = {one: visited[one].seen for one in pages(maker)} | {
        "/nowhere": Seen(client.get("/nowhere").content.decode())
    }
    for one, seen in found.items():
        for tag, attributes in seen.tags:
            assert tag != "style", one
            assert tag != "script" or attributes.get("src", "").startswith("/static/"), one
            handlers = [name for name in attributes if name.startswith("on") or name == "style"]
            assert handlers == [], (one, tag)
            addresses_in = [attributes[name] for name in ("href", "src", "action") if name in attributes]
            assert all(re.match(r"[/?#]", address) for address in addresses_in), (one, tag, addresses_in)


def test_a_title_stays_text_wherever_it_stands(maker: Maker, client: Client) -> None:
    label = maker.label("naughty")
    for one in (f"/r/{label}", "/p/GW/list/Threat", "/p/GW/trace?from=" + label, f"/card/{label}", "/find?q=alert"):
        html = client.get(one).content.decode()
        seen = Seen(html)
        assert not any(tag in ("b", "script") and "onmouseover" in attributes for tag, attributes in seen.tags)
        assert [attributes.get("src") for tag, attributes in seen.tags if tag == "script"] in (
            ["/static/asepsis/asepsis.js", "/static/asepsis/palette.js"],
            [],
        )
        assert NAUGHTY[:30] in seen.text, one


def test_every_link_of_a_page_leads_somewhere(visited: dict[str, Visit], maker: Maker, client: Client) -> None:
    links = {link.split("#")[0] for one in pages(maker) for link in visited[one].seen.links()} - visited.keys()
    followed = {link: client.get(link).status_code for link in sorted(links) if link.startswith("/")}
    assert {link: status for link, status in followed.items() if status not in (200, 302)} == {}


def test_a_withheld_record_is_on_no_page(visited: dict[str, Visit], maker: Maker) -> None:
    row = Record.objects.get(pk=maker.ids["secret"])
    assert row.embargoed
    told = (row.id, row.label, WITHHELD, row.head_name, row.head_content)
    for one, visit in visited.items():
        text = unescape(visit.html)
        assert [word for word in told if word in text and not one.endswith(f"={word}")] == [], one


def test_a_withheld_record_is_not_counted(maker: Maker, client: Client) -> None:
    assert "There is no vulnerability yet." in client.get("/p/GW/list/Vulnerability").content.decode()
    rows = re.findall(
        r"list/Vulnerability.*?right-on\"[^>]*>([^<]*)<", client.get("/p/GW/process/risk").content.decode(), re.S
    )
    assert rows == ["0"]


def test_the_ledger_shows_the_bare_leaf_of_what_is_withheld(maker: Maker, client: Client) -> None:
    row = Record.objects.get(pk=maker.ids["secret"])
    history = queries.history(row.id)
    page = client.get(f"/ledger/{history.head.position}").content.decode()
    assert "is withheld" in page
    assert history.head.name in page  # it is the leaf, and all that there is
    assert history.head.by not in page


@pytest.mark.parametrize("page", ["", "/files", "/trace"])
def test_a_withheld_record_has_no_page(maker: Maker, client: Client, page: str) -> None:
    label = Record.objects.get(pk=maker.ids["secret"]).label
    assert client.get(f"/r/{label}{page}").status_code == 404
    assert client.get(f"/r/{label.lower()}{page}").status_code == 404
    assert client.get(f"/card/{label}").status_code == 404


def test_a_file_is_given_as_an_attachment(maker: Maker, client: Client) -> None:
    address = next(one for one in addresses(maker) if "/file/" in one)
    answer = client.get(address)
    assert answer.content == EVIDENCE
    assert answer.headers["Content-Type"] == "application/octet-stream"
    assert answer.headers["Content-Disposition"].startswith("attachment; ")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_a_file_is_given_only_to_who_asks_for_the_record_that_names_it(maker: Maker, client: Client) -> None:
    address = next(one for one in addresses(maker) if "/file/" in one)
    assert client.get(address.replace(maker.label("hazard"), maker.label("read"))).status_code == 404


def test_an_assessment_cannot_be_taken_as_a_file(maker: Maker, client: Client) -> None:
    from asepsis.store.models import Assessed

    digest = Assessed.objects.values_list("document", flat=True)[0]
    answers = [client.get(f"/r/{maker.label(name)}/file/{digest}").status_code for name in ("2.3.0", "read", "hazard")]
    assert answers == [404, 404, 404]


def test_no_page_asks_the_database_often(visited: dict[str, Visit]) -> None:
    assert {one: len(visit.queries) for one, visit in visited.items() if len(visit.queries) > MOST_QUERIES} == {}


def test_no_page_reads_a_large_table_from_end_to_end(visited: dict[str, Visit], maker: Maker) -> None:
    scan = re.compile(r"SCAN (store_(record|entry|content|link|storedfile))\b(?!.* USING )")
    asked = {
        re.sub(r"'[0-9a-f]{32,64}'", "''", query): one for one, visit in visited.items() for query in visit.queries
    }
    for query, one in asked.items():
        if query.startswith("SELECT"):
            with connection.cursor() as cursor:
                cursor.execute("EXPLAIN QUERY PLAN " + query)
                assert [str(row[3]) for row in cursor.fetchall() if scan.search(str(row[3]))] == [], (one, query)


def test_the_table_names_every_sort_of_record(maker: Maker) -> None:
    states = {
        Record.objects.get(label=names(maker)[name]).head_state for name in ("threat", "draft", "rejected", "key")
    }
    assert states == {"submitted", "draft", "rejected", "effective"}


def test_downloads_are_told_from_pages(maker: Maker) -> None:
    assert len(addresses(maker)) - len(pages(maker)) == sum(
        any(part in one for part in DOWNLOADS) for one in addresses(maker)
    )
