"""Facts over the API: the same act as `asepsis import`, done once."""

from __future__ import annotations

import json
import threading
from datetime import UTC, datetime

from django.db import connections
from django.test import override_settings
from django_tasks_db.models import DBTaskResult

from asepsis.jobs import worker
from asepsis.jobs.models import Worker
from asepsis.settings import MACHINE
from asepsis.store import queries
from asepsis.store.models import FactTaken
from tests.api.conftest import Answer, Caller
from tests.web.maker import Maker, sha256

BILL = json.dumps(
    {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "components": [{"type": "library", "name": "zlib", "version": "1.3", "purl": "pkg:generic/zlib@1.3"}],
    }
).encode()
JUNIT = b'<testsuite name="s" tests="1"><testcase classname="c" name="works" time="0.1"/></testsuite>'


def sent(who: Caller, kind: str, data: bytes, query: str = "product=GW", **headers: str) -> Answer:
    return who.ask("POST", f"/imports/{kind}?{query}", raw=data, **headers)


def bring(who: Caller, kind: str, data: bytes, query: str = "product=GW", **headers: str) -> Answer:
    """Send a file, let a worker take it in, and ask what came of it."""
    answer = sent(who, kind, data, query, **headers)
    if answer.status != 202:
        return answer
    while DBTaskResult.objects.ready().exists():
        worker._do_one("here")
    told = who.get(answer.headers["Location"].partition("/api/v1")[2]).value
    if "problem" in told:
        media = {"Content-Type": "application/problem+json"}
        return Answer(told["problem"]["status"], media, json.dumps(told["problem"]).encode())
    assert told["state"] == "done"
    return Answer(200, answer.headers, json.dumps(told["receipt"]).encode())


def test_a_bill_comes_in_with_a_receipt(developer: Caller, copied: Maker) -> None:
    answer = bring(developer, "components", BILL, "product=GW&name=bom.json")
    assert answer.status == 200
    assert {name: answer.value[name] for name in ("kind", "format", "source", "source_digest", "new", "taken")} == {
        "kind": "components",
        "format": "cyclonedx",
        "source": "bom.json",
        "source_digest": sha256(BILL),
        "new": True,
        "taken": 1,
    }
    assert queries.file(sha256(BILL)) == BILL
    assert FactTaken.objects.get(position=answer.value["entry"]).by == copied.people["Nadia Kovac"]


def test_what_a_worker_does_at_once_is_answered_at_once(developer: Caller, copied: Maker) -> None:
    Worker.objects.create(name="here", begun_at=datetime.now(UTC), seen_at=datetime.now(UTC))
    over = threading.Event()

    def work() -> None:
        while not over.is_set():
            worker._do_one("here")
            over.wait(0.05)
        connections.close_all()

    thread = threading.Thread(target=work)
    thread.start()
    try:
        answer = sent(developer, "components", BILL)
    finally:
        over.set()
        thread.join()
    assert (answer.status, answer.value["taken"]) == (200, 1)


def test_a_file_that_waits_is_its_senders_own_and_can_be_stopped(developer: Caller, quality: Caller) -> None:
    where = sent(developer, "components", BILL).headers["Location"].partition("/api/v1")[2]
    assert developer.get(where).value["state"] == "waits"
    assert (quality.get(where).code, quality.ask("DELETE", where).code) == ("import-unknown", "import-unknown")
    assert developer.ask("DELETE", where).status == 200
    worker._do_one("here")
    told = developer.get(where).value
    assert (told["state"], told["problem"]["code"]) == ("failed", "work-stopped")
    assert not FactTaken.objects.filter(kind="components", source=sha256(BILL)).exists()


def test_the_same_facts_twice_change_nothing(developer: Caller) -> None:
    bring(developer, "test_results", JUNIT)
    before = queries.ledger().size
    again = bring(developer, "test_results", JUNIT)
    assert (again.value["new"], "entry" in again.value, queries.ledger().size) == (False, False, before)


def test_findings_are_joined_to_the_release_that_is_named(developer: Caller, copied: Maker) -> None:
    sarif = json.dumps(
        {"version": "2.1.0", "runs": [{"tool": {"driver": {"name": "t", "version": "1"}}, "results": []}]}
    ).encode()
    answer = bring(developer, "static_findings", sarif, f"product=GW&of={copied.label('2.4.0')}&analysis=source")
    assert (answer.status, answer.value["subject"].endswith("2.4.0+1187")) == (200, True)
    assert bring(developer, "static_findings", sarif, "product=GW").code == "subject-unnamed"
    assert bring(developer, "static_findings", sarif, "product=PX&of=GW-REL-2").code == "facts-scope"


def test_what_cannot_be_read_is_refused_with_the_sentence_of_its_reader(developer: Caller) -> None:
    before = queries.ledger().size
    for kind, data, query, code in (
        ("components", b"nothing", "product=GW", "format-untold"),
        ("components", b"{", "product=GW&format=cyclonedx", "json-malformed"),
        ("components", b"", "product=GW", "body-empty"),
        ("nonsense", BILL, "product=GW", "facts-unknown"),
        ("people", BILL, "product=ORG", "facts-not-read"),
        ("source", BILL, "product=GW&of=1", "format-unsent"),
        ("components", BILL, "product=GW&format=nonsense", "format-unknown"),
        ("components", BILL, "product=XX", "product-unknown"),
        ("components", BILL, "product=GW&name=../x", "request-unfit"),
        ("components", BILL, "product=GW&of=/etc/passwd", None),
        ("matches", BILL, "product=GW&of=/etc/passwd", "subject-unnamed"),
    ):
        answer = bring(developer, kind, data, query)
        assert (kind, query, answer.code if answer.status != 200 else None) == (kind, query, code)
    assert queries.ledger().size == before + 1


def test_a_file_that_is_too_large_is_refused_before_it_is_read(developer: Caller) -> None:
    with override_settings(MACHINE=MACHINE.model_copy(update={"upload_mib": 1, "home": queries.home()})):
        answer = bring(developer, "components", b" " * (2**20 + 1))
    assert (answer.status, answer.code) == (413, "body-too-large")


def test_a_key_is_given_the_answer_that_it_had(developer: Caller, quality: Caller) -> None:
    first = sent(developer, "components", BILL, Idempotency_Key="one")
    again = sent(developer, "components", BILL, Idempotency_Key="one")
    assert (first.status, again.status, again.value) == (202, 202, first.value)
    assert first.headers["Location"] == again.headers["Location"]
    assert DBTaskResult.objects.ready().count() == 1
    assert ("Idempotent-Replayed" in first.headers, again.headers["Idempotent-Replayed"]) == (False, "true")
    assert bring(developer, "components", BILL + b" ", Idempotency_Key="one").code == "idempotency-key-reused"
    assert bring(developer, "components", BILL, Idempotency_Key="x" * 300).code == "idempotency-key-unfit"
    assert bring(quality, "components", BILL, Idempotency_Key="one").code == "not-permitted"


def test_a_record_that_is_sent_twice_with_one_key_is_written_once(developer: Caller) -> None:
    new = {"kind": "Asset", "product": "GW", "content": {"title": "A"}}
    first = developer.post("/records", new, Idempotency_Key="k")
    again = developer.post("/records", new, Idempotency_Key="k")
    assert first.status == again.status == 201
    assert (first.value, first.headers["ETag"]) == (again.value, again.headers["ETag"])
    assert first.headers["Location"] == again.headers["Location"]


def test_what_was_refused_can_be_sent_again_with_its_key(developer: Caller) -> None:
    wrong = {"kind": "Asset", "product": "GW", "content": {"title": ""}}
    assert developer.post("/records", wrong, Idempotency_Key="k").code == "record-incomplete"
    assert developer.post("/records", wrong, Idempotency_Key="k").code == "record-incomplete"
    right = {"kind": "Asset", "product": "GW", "content": {"title": "A"}}
    assert developer.post("/records", right, Idempotency_Key="k").status == 201
