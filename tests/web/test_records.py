"""The page of a record: what is pending against what is effective, links, signatures, history, files; now and then."""

from __future__ import annotations

import re
from pathlib import Path

from django.test import Client

from asepsis.record.slots import Meaning
from asepsis.risk.records import Asset
from asepsis.store import acts, queries
from asepsis.store.changes import Signed
from asepsis.store.models import Record
from tests.web.conftest import Seen
from tests.web.maker import Maker


def _page(client: Client, address: str) -> Seen:
    return Seen(client.get(address).content.decode())


def test_a_pending_revision_is_shown_against_the_effective_one(maker: Maker, client: Client) -> None:
    html = client.get(f"/r/{maker.label('read')}").content.decode()
    assert "Revision 2 waits for one signature." in html
    assert "<del>some actor</del>" in html
    assert "<ins>Anyone with a port on the imaging network</ins>" in html


def test_at_a_baseline_a_record_is_as_it_was_then(maker: Maker, client: Client) -> None:
    told = _page(client, f"/r/{maker.label('read')}/at/GW/{maker.baseline}").words
    assert "some actor" in told
    assert "Anyone with a port" not in told
    assert "Effective since 2026-01-05." in told


def test_a_link_whose_target_changed_is_marked_suspect(maker: Maker, client: Client) -> None:
    label = maker.label("read")
    assert "changed since it was last looked at here" in _page(client, f"/r/{label}").words
    assert "changed since it was last" not in _page(client, f"/r/{label}/at/GW/{maker.baseline}").words


def test_a_link_to_what_is_not_in_force_is_marked_broken(maker: Maker, client: Client) -> None:
    told = _page(client, f"/r/{maker.label('context')}").words
    assert "Profile; is not in force" in told


def test_a_link_to_what_is_withheld_is_neither_named_nor_called_broken(copied: Maker, client: Client) -> None:
    Record.objects.filter(pk=copied.ids["port"]).update(embargoed=True)
    told = _page(client, f"/r/{copied.label('forged')}").words
    assert "a withheld record" in told
    assert "is not in force" not in told
    assert "C-STORE" not in told


def test_what_hangs_on_a_record_is_listed(maker: Maker, client: Client) -> None:
    links = _page(client, f"/r/{maker.label('port')}").links()
    assert {f"/r/{maker.label(one)}" for one in ("read", "forged")} <= set(links)


def test_a_signature_names_its_signer_meaning_role_and_day(maker: Maker, client: Client) -> None:
    told = _page(client, f"/r/{maker.label('tls')}").words
    assert re.search(r"Jonas Weber reviewed, as security 2026-01-05 \d\d:\d\d by passphrase", told)


def test_a_signature_tells_whether_its_signer_was_qualified(maker: Maker, client: Client) -> None:
    assert "no skill is asked for" in _page(client, f"/r/{maker.label('tls')}").words


def test_who_is_waited_for_is_named(maker: Maker, client: Client) -> None:
    told = _page(client, f"/r/{maker.label('read')}").words
    assert "Waited for, revision 2 Jonas Weber reviewed, as security not signed yet" in told


def test_a_set_that_was_signed_unopened_says_so(copied: Maker, client: Client) -> None:
    records = [copied.write(f"set {one}", Asset, title=f"One of a set {one}") for one in range(2)]
    acts.submit(copied.hand("Nadia Kovac"), records)
    signed = Signed("passphrase")
    acts.approve(copied.hand("Jonas Weber"), records, Meaning.REVIEWED, signed, opened=frozenset(records[:1]))
    told = [_page(client, f"/r/{queries.row(one).label}").words for one in records]
    assert ["one of a set of 2, opened" in told[0], "one of a set of 2, not opened" in told[1]] == [True, True]


def test_why_a_record_was_rejected_stands_in_its_history(maker: Maker, client: Client) -> None:
    assert "“It is no part of the product.”" in _page(client, f"/r/{maker.label('rejected')}").words


def test_a_comment_stands_in_the_history(maker: Maker, client: Client) -> None:
    assert "Jonas Weber said on 2026-04-14: “Looked at together" in _page(client, f"/r/{maker.label('read')}").words


def test_a_long_history_is_told_a_page_at_a_time(copied: Maker, client: Client) -> None:
    for number in range(12):
        copied.revise("draft case", title=f"Title {number}")
    label = copied.label("draft case")
    first, second = _page(client, f"/r/{label}"), _page(client, f"/r/{label}?before=6")
    assert [re.findall(r"(\d+), (?:draft|passed over)", one.words) for one in (first, second)] == [
        [str(number) for number in range(13, 5, -1)],
        [str(number) for number in range(5, 0, -1)],
    ]
    assert "?before=6" in first.links()


def test_a_draft_says_what_it_lacks(copied: Maker, client: Client) -> None:
    record, label = acts.create(copied.hand("Nadia Kovac"), Asset, {"title": "Half an asset"}, copied.product)
    assert "Before it can be submitted: kind is missing" in _page(client, f"/r/{label}").words
    assert record


def test_an_erased_content_leaves_a_page_that_says_so(copied: Maker, client: Client) -> None:
    from django.db import connection

    row = queries.row(copied.ids["rejected"])
    with connection.cursor() as cursor:
        cursor.execute("DROP TRIGGER IF EXISTS store_content_no_delete")
        cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'store_content'")
        for (name,) in cursor.fetchall():
            cursor.execute(f"DROP TRIGGER {name}")
        cursor.execute("DELETE FROM store_content WHERE digest = %s", [row.head_content])
    answer = client.get(f"/r/{row.label}")
    assert answer.status_code == 200
    assert "was erased" in answer.content.decode()


def test_help_stands_beside_each_field(maker: Maker, client: Client) -> None:
    told = _page(client, f"/r/{maker.label('studies')}").words
    assert "What sort of thing it is; passwords and keys are credentials, not data." in told


def test_facts_are_listed_at_the_record_that_names_their_subject(maker: Maker, client: Client) -> None:
    assert "Components" in _page(client, f"/r/{maker.label('bom')}/files").words


def test_a_file_kept_elsewhere_is_told_and_not_linked(maker: Maker, client: Client) -> None:
    seen = _page(client, f"/r/{maker.label('bom')}/files")
    assert "https://builds.example/871" in seen.text
    assert not any("builds.example" in link for link in seen.links())


def test_a_licensed_text_is_shown_where_its_owner_laid_it_over(copied: Maker, client: Client) -> None:
    path = Path(copied.home) / "overlay.json"
    path.write_text('{"edition": "iec-81001-5-1-2021", "texts": {"7.2-1": "The bought <words>."}}')
    assert "The bought <words>." in _page(client, "/p/GW/clause/7.2").text
    path.write_text("nonsense")
    assert "cannot be laid over the catalogue" in _page(client, "/p/GW/clause/7.2").text


def test_a_trace_goes_both_ways(maker: Maker, client: Client) -> None:
    links = set(_page(client, f"/r/{maker.label('read')}/trace").links())
    assert {f"/r/{maker.label(one)}" for one in ("port", "studies", "model", "tls", "tls only", "works")} <= links


def test_a_chain_shows_each_record_in_the_column_of_its_kind(maker: Maker, client: Client) -> None:
    html = client.get(f"/p/GW/trace?from={maker.label('forged')}").content.decode()
    rows = re.findall(r"<tr>(.*?)</tr>", html[html.index("<tbody>") :], re.S)
    places = {
        name: re.findall(rf">({maker.label(name)})<", "".join(rows)) for name in ("studies", "port", "tls", "works")
    }
    assert {name: len(found) for name, found in places.items()} == dict.fromkeys(places, 1)
    assert html.index(maker.label("studies")) < html.index(maker.label("tls only"))
