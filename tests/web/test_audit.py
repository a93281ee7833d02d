"""The audit room: a sample that can be drawn again, each record with its whole chain, and verifying for who only reads."""

from __future__ import annotations

from hashlib import sha256

import pytest
from django.test import Client

from asepsis.record.slots import SystemRole
from asepsis.risk.records import Asset
from asepsis.store import checkpoints, queries
from asepsis.store.models import Entry
from asepsis.web.audit import DRAWN, Asked
from tests.web.conftest import Seen, logged_in
from tests.web.maker import WITHHELD, Maker

SEED = "0123456789abcdef"


def _drawn(client: Client, address: str) -> list[str]:
    html = client.get(address).content.decode()
    return [one.get("href", "").split("walk=")[1] for tag, one in Seen(html).tags if tag == "a" and "data-row" in one]


def test_numbers_are_drawn_as_the_page_says_they_are() -> None:
    numbers = list(Asked("Requirement", SEED, 1_000).numbers())
    first = int(sha256(f"{SEED}:0".encode()).hexdigest(), 16) % 1_000 + 1
    assert numbers[0] == first
    assert len(numbers) == len(set(numbers)) > 300
    assert all(1 <= one <= 1_000 for one in numbers)


def test_a_room_without_a_seed_draws_one_and_shows_it(maker: Maker, client: Client) -> None:
    answers = [client.get("/p/GW/audit") for _ in range(3)]
    assert {one.status_code for one in answers} == {302}
    places = {one.headers["Location"] for one in answers}
    assert len(places) == 3
    assert all("kind=Requirement&seed=" in one and one.endswith("&of=2") for one in places)


def test_the_same_seed_draws_the_same_ten_also_when_more_were_written(copied: Maker, client: Client) -> None:
    address = f"/p/GW/audit?kind=Asset&seed={SEED}&of=63"
    before = _drawn(client, address)
    assert len(before) == DRAWN == len(set(before))
    for number in range(5):
        copied.write(f"later {number}", Asset, title=f"Later {number}", kind="data")
    assert _drawn(client, address) == before
    assert _drawn(client, address.replace(SEED, SEED[::-1])) != before


def test_a_record_is_walked_from_end_to_end_with_who_signed_each(maker: Maker, client: Client) -> None:
    label = maker.label("tls only")
    seen = Seen(client.get(f"/p/GW/audit?kind=Requirement&seed={SEED}&of=2&walk={label}").content.decode())
    for name in ("context", "studies", "port", "read", "tls", "guard", "works"):
        assert f"/r/{maker.label(name)}" in seen.links(), name
    assert "Jonas Weber, reviewed, 2026-01-05" in seen.words


def test_at_a_baseline_nothing_is_drawn_that_came_after_it(maker: Maker, client: Client) -> None:
    answer = client.get(f"/p/GW/at/{maker.baseline}/audit?kind=Asset")
    assert answer.headers["Location"].endswith("&of=62")  # the 63rd was written later
    found = _drawn(client, f"/p/GW/at/{maker.baseline}/audit?kind=Asset&seed={SEED}&of=63")
    assert maker.label("rejected") not in found


@pytest.mark.parametrize(
    "asked", ["seed=x&of=2", "seed=" + SEED + "&of=0", "seed=" + SEED + "&of=9999999999999", "kind=<b>", "of=%00"]
)
def test_a_draw_that_makes_no_sense_is_drawn_anew(maker: Maker, client: Client, asked: str) -> None:
    assert client.get(f"/p/GW/audit?{asked}").status_code == 302


def test_what_is_withheld_is_neither_drawn_nor_walked(maker: Maker, client: Client) -> None:
    html = client.get(f"/p/GW/audit?kind=Requirement&seed={SEED}&of=2").content.decode()
    assert WITHHELD not in html


def test_an_auditor_is_told_until_when_they_read(copied: Maker) -> None:
    from tests.web.test_access import appointed

    person = appointed(copied, "Elena Marchetti", SystemRole.AUDITOR)
    from asepsis.accounts import passphrase

    passphrase.open_account(person)
    client = logged_in(person)
    assert client.get(f"/p/GW/audit?kind=Requirement&seed={SEED}&of=2").status_code == 200
    assert "All " in Seen(client.post("/ledger/verify").content.decode()).words


def test_the_ledger_is_verified_where_somebody_asks(copied: Maker, client: Client) -> None:
    words = Seen(client.post("/ledger/verify").content.decode()).words
    assert "entries agree." in words
    assert Entry.objects.count() == copied.last + 1  # nothing was written


def test_a_ledger_that_was_changed_does_not_agree_and_says_where(copied: Maker, client: Client) -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("DROP TRIGGER store_entry_no_update")
        cursor.execute("UPDATE store_entry SET data = replace(data, '2026', '2027') WHERE position = 40")
    words = Seen(client.post("/ledger/verify").content.decode()).words
    assert "Something does not fit." in words
    assert "The first that does not fit is entry 40" in words


def test_a_checkpoint_that_was_kept_is_held_against_the_ledger(copied: Maker, client: Client) -> None:
    note = checkpoints.newest().note
    copied.write("later", Asset, title="Later", kind="data")
    words = Seen(client.post("/ledger/verify", {"note": note.replace("\n", "\r\n")}).content.decode()).words
    assert "The ledger goes on from this checkpoint" in words
    forged = client.post("/ledger/verify", {"note": note.replace("\n", "\nx", 1)})
    assert forged.status_code == 422
    assert "entries agree" not in forged.content.decode()


def test_a_question_goes_to_quality_stands_beside_its_record_and_changes_none(copied: Maker, client: Client) -> None:
    from tests.web.test_access import appointed

    appointed(copied, "Elena Marchetti", SystemRole.AUDITOR)
    auditor, label = logged_in("Elena Marchetti"), copied.label("read")
    head = queries.row(label).head_name
    sent = {"record": label, "sort": "Question", "words": "Who judged that?", "kind": "Threat", "seed": SEED, "of": "4"}
    answer = auditor.post("/p/GW/audit/remark", {**sent, "at": copied.baseline})
    assert answer.headers["Location"] == f"/p/GW/at/{copied.baseline}/audit?kind=Threat&seed={SEED}&of=4&walk={label}"
    for reader in (auditor, client):
        words = Seen(reader.get(answer.headers["Location"]).content.decode()).words
        assert "Question, revision 1" in words
        assert "Who judged that?" in words
        assert "Not answered yet." in words
    assert queries.row(label).head_name == head
    assert "Found in the audit room" in (owed := Seen(client.get("/work").content.decode()).words)
    assert "Question, revision 1, of Elena Marchetti: Who judged that?" in owed
    client.post(f"/r/{label}/act", {"act": "comment", "words": "The network team did."})
    assert "Found in the audit room" not in Seen(client.get("/work").content.decode()).words
    assert "Answered by Anna Lind." in Seen(auditor.get("/p/GW/audit", follow=True).content.decode()).words


@pytest.mark.parametrize(
    ("more", "status"), [({"sort": "Praise"}, 422), ({"words": " "}, 422), ({"record": "GW-THR-99"}, 422)]
)
def test_what_is_no_remark_is_not_written_down(
    copied: Maker, client: Client, more: dict[str, str], status: int
) -> None:
    before = queries.ledger().size
    sent = {"record": copied.label("read"), "sort": "Question", "words": "Who?", **more}
    assert (client.post("/p/GW/audit/remark", sent).status_code, queries.ledger().size) == (status, before)
