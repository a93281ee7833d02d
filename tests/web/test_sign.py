"""Signing on a page: exactly what is signed, by whom, proved at that moment, bound to it, once, and never behind a change."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth as totp
from allauth.mfa.utils import encrypt
from django.test import Client

from asepsis.accounts import passphrase, signing
from asepsis.accounts.models import Account, Misuse, SigningSession
from asepsis.record.history import History
from asepsis.record.slots import Meaning
from asepsis.risk.records import Threat
from asepsis.store import acts, queries
from asepsis.store.acts import Hand
from asepsis.store.changes import Actor, Signed
from asepsis.store.rights import Held
from asepsis.store.rows import select
from asepsis.store.waiting import own_slots
from tests.web.conftest import Seen, logged_in
from tests.web.maker import Maker

WORDS = "four quiet herons at dawn"
SIGNER = "Jonas Weber"  # security; the threat "read" waits for it, revised
PROOF = {"user_id": "jonas.weber", "passphrase": WORDS}


@pytest.fixture
def signer(copied: Maker) -> Client:
    """A browser in which security is logged in, with a passphrase."""
    copied.clock.now = datetime.now(UTC) - timedelta(minutes=5)
    passphrase.set_passphrase(SIGNER, WORDS)
    return logged_in(SIGNER)


def page(client: Client, address: str = "/sign") -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return answer.content.decode()


def presented(html: str) -> str:
    found = re.search(r'name="presented" value="([^"]+)"', html)
    assert found
    return found[1]


def form(client: Client, *records: str, **more: str) -> dict[str, Any]:
    """What a signer sends who chose these records."""
    return {"presented": presented(page(client)), "record": list(records)} | PROOF | more


def submitted(maker: Maker, name: str, who: str = "Nadia Kovac") -> None:
    """Revise a record and submit it, now."""
    row = queries.row(maker.ids[name])
    hand = Hand(Actor(maker.people[who]), lambda: datetime.now(UTC))
    acts.revise(hand, row.id, {**(queries.head_value(row) or {}), "notes": f"Another word at {datetime.now(UTC)}."})
    acts.submit(hand, [row.id])


def approvals(history: History) -> list[Any]:
    return list(history.head.approvals)


def test_what_waits_is_shown_with_its_sentence_its_diff_and_its_digest(copied: Maker, signer: Client) -> None:
    html = page(signer)
    text = Seen(html).words
    history = queries.history(copied.ids["read"])
    assert "An outsider on the hospital network can read studies in transit" in text
    assert "Anyone with a port on the imaging network" in text
    assert history.head.name in html
    waiting = re.findall(r'form="signing" name="record" value="([0-9a-f]{32})"', html)
    names = [queries.history(one).head.name for one in waiting]
    assert signing.digest_of(names) in html
    assert copied.ids["read"] in waiting


def test_what_asks_for_another_role_does_not_wait(copied: Maker, signer: Client) -> None:
    assert queries.history(copied.ids["profile"]).head_state == "submitted"
    assert copied.ids["profile"] not in page(signer)


def test_what_one_wrote_does_not_wait_where_four_eyes_are_asked_for(copied: Maker, signer: Client) -> None:
    from asepsis.record.slots import Slot, SystemRole

    history = queries.history(copied.ids["read"])
    history.head.slots = (Slot(Meaning.REVIEWED, (SystemRole.DEVELOPER,), apart=True),)
    held = (Held(SystemRole.DEVELOPER, None, False),)
    assert own_slots(history, copied.people["Nadia Kovac"], held) == ()
    assert own_slots(history, copied.people[SIGNER], held) == history.head.slots


def test_a_signature_has_name_time_meaning_and_is_bound_to_the_revision(copied: Maker, signer: Client) -> None:
    record = copied.ids["read"]
    before = datetime.now(UTC)
    answer = signer.post("/sign", form(signer, record))
    assert (answer.status_code, answer.headers["Location"]) == (302, "/sign?signed=1")
    history = queries.history(record)
    approval = approvals(history)[-1]
    assert (approval.by, str(approval.how)) == (copied.people[SIGNER], "passphrase")
    assert str(approval.meaning) == "reviewed"
    assert queries.value_of(approval.card)["name"] == SIGNER  # type: ignore[index]
    assert datetime.fromisoformat(approval.at) >= before - timedelta(seconds=1)
    entry = queries.entries(queries.ledger().size - 1, 1)[0][2]
    assert (entry["form"], entry["revision"]) == ("approval", history.head.name)
    shown = Seen(signer.get(f"/r/{copied.label('read')}").content.decode()).words
    assert f"{SIGNER}, reviewed, " in shown


@pytest.mark.parametrize("tab", ["", "/files", "/trace"])
def test_each_page_of_a_record_names_its_signers(copied: Maker, signer: Client, tab: str) -> None:
    text = Seen(signer.get(f"/r/{copied.label('tls')}{tab}").content.decode()).words
    history = queries.history(copied.ids["tls"])
    names = {queries.value_of(one.card)["name"] for _, one in history.approvals_in_force()}  # type: ignore[index]
    assert names
    for name in names:
        assert f"{name}, " in text.partition("Signed by")[2]


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"passphrase": "not this one, surely"}, "passphrase-wrong"),
        ({"passphrase": ""}, "passphrase-wrong"),
        ({"user_id": "anna.lind"}, "signer-other"),
        ({"user_id": ""}, "signer-other"),
        ({"credential": "{}"}, "passkey-wrong"),
        ({"credential": '{"id": "x", "rawId": "x", "type": "public-key", "response": {}}'}, "passkey-wrong"),
        ({"credential": "not json"}, "passkey-wrong"),
        ({"credential": "[]"}, "passkey-wrong"),
        ({"presented": "nonsense"}, "page-old"),
    ],
)
def test_without_proof_nothing_is_signed(copied: Maker, signer: Client, more: dict[str, str], code: str) -> None:
    size = queries.ledger().size
    answer = signer.post("/sign", form(signer, copied.ids["read"]) | more)
    assert (answer.status_code in (409, 422), code in answer.content.decode()) == (True, True)
    assert queries.ledger().size == size
    assert not SigningSession.objects.exists()


def test_a_page_signs_once(copied: Maker, signer: Client) -> None:
    sent = form(signer, copied.ids["read"])
    assert signer.post("/sign", sent).status_code == 302
    size = queries.ledger().size
    again = signer.post("/sign", sent)
    assert (again.status_code, "page-spent" in again.content.decode()) == (409, True)
    assert queries.ledger().size == size


def test_a_page_of_somebody_else_signs_nothing(copied: Maker, signer: Client) -> None:
    passphrase.set_passphrase("Anna Lind", WORDS)
    other = logged_in("Anna Lind")
    sent = form(signer, copied.ids["read"]) | {"user_id": "anna.lind"}
    answer = other.post("/sign", sent)
    assert (answer.status_code, "page-old" in answer.content.decode()) == (422, True)


def test_what_was_revised_since_the_page_was_shown_is_not_signed(copied: Maker, signer: Client) -> None:
    sent = form(signer, copied.ids["read"])
    submitted(copied, "read")
    answer = signer.post("/sign", sent)
    assert (answer.status_code, "head-stale" in answer.content.decode()) == (409, True)
    assert approvals(queries.history(copied.ids["read"])) == []


def test_what_was_not_on_the_page_is_not_signed(copied: Maker, signer: Client) -> None:
    sent = form(signer, copied.ids["read"])
    submitted(copied, "forged")
    answer = signer.post("/sign", sent | {"record": [copied.ids["forged"]]})
    assert (answer.status_code, "nothing-chosen" in answer.content.decode()) == (422, True)


def test_what_was_not_opened_is_named_and_kept_in_the_signature(copied: Maker, signer: Client) -> None:
    submitted(copied, "forged")
    signer.get(f"/r/{copied.label('read')}")
    html = page(signer)
    panel = Seen(html).words.partition("You did not open")[2]
    assert copied.label("forged") in panel.partition("If you sign now")[0]
    assert copied.label("read") not in panel.partition("If you sign now")[0]
    signer.post("/sign", form(signer, copied.ids["read"], copied.ids["forged"]))
    kept = {name: approvals(queries.history(copied.ids[name]))[-1] for name in ("read", "forged")}
    assert {name: (one.set, one.opened) for name, one in kept.items()} == {"read": (2, True), "forged": (2, False)}
    assert len({one.position for one in kept.values()}) == 2


def test_in_a_signing_session_one_component_is_asked_for_and_still_it_is(copied: Maker, signer: Client) -> None:
    signer.post("/sign", form(signer, copied.ids["read"]))
    submitted(copied, "forged")
    html = page(signer)
    assert 'id="user_id"' not in html
    sent = form(signer, copied.ids["forged"]) | {"user_id": ""}
    assert "passphrase-wrong" in signer.post("/sign", sent | {"passphrase": ""}).content.decode()
    assert signer.post("/sign", form(signer, copied.ids["forged"]) | {"user_id": ""}).status_code == 302


def test_a_signing_session_is_of_one_browser_and_ends_with_its_time_and_with_the_log_in(
    copied: Maker, signer: Client
) -> None:
    signer.post("/sign", form(signer, copied.ids["read"]))
    session = SigningSession.objects.get()
    assert timedelta(minutes=14) < session.until - datetime.now(UTC) <= timedelta(minutes=15)
    submitted(copied, "forged")
    assert 'id="user_id"' in page(logged_in(SIGNER))
    assert 'id="user_id"' not in page(signer)
    SigningSession.objects.update(until=datetime.now(UTC))
    assert 'id="user_id"' in page(signer)
    account = Account.objects.get(user_id="jonas.weber")
    signing.begin(str(signer.session.session_key), account, "passphrase", datetime.now(UTC), 5)
    signer.post("/logout")
    assert not SigningSession.objects.exists()


def test_a_role_that_ended_in_a_signing_session_signs_nothing_more(copied: Maker, signer: Client) -> None:
    signer.post("/sign", form(signer, copied.ids["read"]))
    submitted(copied, "forged")
    sent = form(signer, copied.ids["forged"])
    management = Hand(Actor(copied.people["Ada Moser"]), lambda: datetime.now(UTC))
    row = queries.row(copied.ids[f"appointment {SIGNER}"])
    acts.revise(management, row.id, {**(queries.effective_value(row) or {}), "until": "2026-04-14"})
    acts.submit(management, [row.id])
    for slot in queries.history(row.id).head.slots or ():
        acts.approve(management, [row.id], slot.meaning, Signed("passphrase"))
    size = queries.ledger().size
    assert signer.post("/sign", sent).status_code in (403, 409)
    assert (queries.ledger().size, approvals(queries.history(copied.ids["forged"]))) == (size, [])


def test_no_policy_makes_a_signing_session_longer_than_fifteen_minutes(copied: Maker, signer: Client) -> None:
    now = datetime.now(UTC)
    account = Account.objects.get(user_id="jonas.weber")
    assert signing.begin("a" * 32, account, "passphrase", now, 600).until == now + timedelta(minutes=15)
    assert signing.begin("a" * 32, account, "passphrase", now, 5).until == now + timedelta(minutes=5)


def test_the_policy_makes_a_signing_session_shorter(copied: Maker, signer: Client) -> None:
    from asepsis.statements.records import Policy

    value = {"name": "people.signing_session_minutes", "set_to": "5", "why": "Shared screens on the wards."}
    policy = copied.write(
        "policy", Policy, of=None, title="Policy", values=[value], effective="2026-01-05", review_by="2027-01-05"
    )
    acts.submit(copied.hand("Nadia Kovac"), [policy])
    for name in ("Ada Moser", "Anna Lind"):
        acts.approve(copied.hand(name), [policy], Meaning.APPROVED, Signed("passphrase"))
    signer.post("/sign", form(signer, copied.ids["read"]))
    assert timedelta(0) < SigningSession.objects.get().until - datetime.now(UTC) <= timedelta(minutes=5)


def test_what_cannot_be_signed_is_sent_back_with_its_reason(copied: Maker, signer: Client) -> None:
    record = copied.ids["read"]
    sent = {"presented": presented(page(signer)), "record": record, f"reason-{record}": " "}
    assert "reason-absent" in signer.post("/sign/back", sent).content.decode()
    assert queries.history(record).head_state == "submitted"
    answer = signer.post("/sign/back", sent | {f"reason-{record}": "Say which port."})
    assert answer.headers["Location"] == "/sign?back=1"
    assert queries.history(record).head_state == "rejected"
    text = Seen(signer.get(f"/r/{copied.label('read')}").content.decode()).words
    assert "Say which port." in text
    again = signer.post("/sign/back", sent | {f"reason-{record}": "Say which port."})
    assert again.status_code == 409


def test_what_was_revised_since_is_not_sent_back(copied: Maker, signer: Client) -> None:
    sent = {"presented": presented(page(signer)), "record": copied.ids["read"]}
    sent[f"reason-{copied.ids['read']}"] = "Say which port."
    submitted(copied, "read")
    assert "head-stale" in signer.post("/sign/back", sent).content.decode()
    assert queries.history(copied.ids["read"]).head_state == "submitted"


def test_the_third_wrong_try_is_reported_and_the_tenth_shuts(copied: Maker, signer: Client) -> None:
    wrong = {"passphrase": "not this one, surely"}
    for _ in range(2):
        signer.post("/sign", form(signer, copied.ids["read"]) | wrong)
    assert not Misuse.objects.exists()
    signer.post("/sign", form(signer, copied.ids["read"]) | wrong)
    assert [one.what for one in Misuse.objects.all()] == ["WRONG_SIGNATURE"]
    for _ in range(7):
        answer = signer.post("/sign", form(signer, copied.ids["read"]) | wrong)
    assert "passphrase-locked" in answer.content.decode()
    assert "SHUT" in {one.what for one in Misuse.objects.all()}
    assert "passphrase-locked" in signer.post("/sign", form(signer, copied.ids["read"])).content.decode()


def test_the_first_signature_asks_for_the_code_of_the_app_and_takes_each_once(copied: Maker, signer: Client) -> None:
    secret = totp.generate_totp_secret()
    totp.TOTP.activate(Account.objects.get(user_id="jonas.weber"), secret)
    counter = next(iter(totp.yield_hotp_counters_from_time()))
    code = {"code": str(totp.format_hotp_value(totp.hotp_value(secret, counter)))}
    for wrong in ({}, {"code": "000000"}, code | {"passphrase": "not this one, surely"}):
        assert "-wrong" in signer.post("/sign", form(signer, copied.ids["read"]) | wrong).content.decode()
    assert signer.post("/sign", form(signer, copied.ids["read"]) | code).status_code == 302
    SigningSession.objects.all().delete()
    submitted(copied, "forged")
    assert "code-wrong" in signer.post("/sign", form(signer, copied.ids["forged"]) | code).content.decode()


def test_guessing_the_code_of_an_app_is_reported_and_shuts_as_guessing_the_passphrase_does(
    copied: Maker, signer: Client
) -> None:
    account = Account.objects.get(user_id="jonas.weber")
    Authenticator.objects.create(user=account, type="totp", data={"secret": encrypt(totp.generate_totp_secret())})
    for _ in range(3):
        answer = signer.post("/sign", form(signer, copied.ids["read"], code="000000x"))
        assert "code-wrong" in answer.content.decode()
    assert [one.what for one in Misuse.objects.all()] == ["WRONG_SIGNATURE"]
    for _ in range(7):
        answer = signer.post("/sign", form(signer, copied.ids["read"], code="000000x"))
    assert "passphrase-locked" in answer.content.decode()
    assert approvals(queries.history(copied.ids["read"])) == []


def test_a_passkey_that_is_not_the_signers_is_reported(copied: Maker, signer: Client) -> None:
    signer.post("/sign", form(signer, copied.ids["read"]) | {"credential": "{}"})
    assert [one.what for one in Misuse.objects.all()] == ["WRONG_PASSKEY"]


def test_signed_content_cannot_be_changed(copied: Maker, signer: Client) -> None:
    from django.db import DatabaseError

    signer.post("/sign", form(signer, copied.ids["read"]))
    content = queries.history(copied.ids["read"]).head.content
    with pytest.raises(DatabaseError, match="append-only"):
        select("UPDATE store_content SET data = %s WHERE digest = %s", [b"{}", content])


def test_the_page_reads_no_large_table_from_end_to_end(copied: Maker, signer: Client) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as asked:
        page(signer)
    assert len(asked) <= 40
    for query in asked.captured_queries:
        if query["sql"].startswith("SELECT"):
            plan = select("EXPLAIN QUERY PLAN " + query["sql"].replace("%", "%%"))
            found = [
                str(row[3])
                for row in plan
                if re.search(r"SCAN store_(record|entry|content)\b(?!.* USING )", str(row[3]))
            ]
            assert (query["sql"], found) == (query["sql"], [])


def test_a_page_grows_by_what_waits_and_not_by_its_square(copied: Maker, signer: Client) -> None:
    few = page(signer)
    threats = [copied.write(f"more {n}", Threat, title=f"Threat {n}", element=copied.ids["port"]) for n in range(120)]
    acts.submit(copied.hand("Nadia Kovac"), threats)
    many = page(signer)
    assert (many.count("article class"), many.count('name="presented"')) == (
        few.count("article class") + 120,
        few.count('name="presented"'),
    )
    assert "What it says stands on its own page" in many
