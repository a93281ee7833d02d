"""Records over the API: found, read, written and moved on; never signed."""

from __future__ import annotations

import base64

import pytest

from asepsis.risk.records import Vulnerability
from asepsis.store import queries
from asepsis.store.models import Entry
from tests.api.conftest import Caller
from tests.web.conftest import logged_in
from tests.web.maker import WITHHELD, Maker, sha256


def test_a_record_is_read_by_its_label_and_by_its_id(developer: Caller, copied: Maker) -> None:
    by_label = developer.get(f"/records/{copied.label('read')}")
    by_id = developer.get(f"/records/{copied.ids['read']}")
    assert by_label.status == 200
    assert by_label.value == by_id.value
    assert by_label.value["content"]["element"] == copied.ids["port"]


def test_pages_of_a_list_hold_each_record_once_in_order(developer: Caller) -> None:
    found, after = [], ""
    while True:
        page = developer.get(f"/records?product=GW&kind=Asset&limit=7{after}").value
        found += [one["label"] for one in page["records"]]
        if "following" not in page:
            break
        after = f"&after={page['following']}"
    numbers = [int(one.rsplit("-", 1)[1]) for one in found]
    assert numbers == sorted(set(numbers))
    assert len(numbers) == 63


@pytest.mark.parametrize("asked", ["kind=Vulnerability&limit=1", "sort=changed&limit=50"])
def test_a_list_goes_on_over_records_without_a_number(security: Caller, copied: Maker, asked: str) -> None:
    for number in range(3):
        secret = {"title": f"secret {number}", "persons": (copied.people["Jonas Weber"],)}
        copied.write(f"secret {number}", Vulnerability, "Jonas Weber", **secret)
        copied.write(f"open {number}", Vulnerability, "Jonas Weber", title=f"open {number}")
    found, after = [], ""
    while True:
        page = security.get(f"/records?product=GW&{asked}{after}").value
        found += [one["title"] for one in page["records"] if one["kind"] == "Vulnerability"]
        if "following" not in page:
            break
        after = f"&after={page['following']}"
    assert sorted(found) == sorted([WITHHELD, *(f"{word} {n}" for n in range(3) for word in ("secret", "open"))])


def test_a_filter_that_nobody_knows_is_refused_and_not_passed_over(developer: Caller) -> None:
    assert developer.get("/records?product=GW&stat=draft").code == "query-unknown"


def test_a_list_of_all_kinds_is_not_sorted_by_what_one_kind_has(developer: Caller) -> None:
    assert developer.get("/records?product=GW&sort=due").code == "filter-kindless"
    assert developer.get("/records?product=GW&due=2026-01-01").code == "filter-kindless"


@pytest.mark.parametrize("after", ["x", "n:", "n:x:", "n:1:zz", "d:1:", "c:99999999999999999999:0", "n:²:", "q:1:a"])
def test_a_place_that_is_in_no_list_is_refused(developer: Caller, after: str) -> None:
    assert developer.get(f"/records?product=GW&kind=Asset&sort=changed&after={after}").code == "cursor-unfit"


def test_a_record_is_written_revised_and_submitted(developer: Caller, copied: Maker) -> None:
    new = {"kind": "Threat", "product": "GW", "content": {"title": "A", "element": copied.label("port")}}
    made = developer.post("/records", new)
    assert made.status == 201
    label = made.value["label"]
    assert made.headers["Location"] == f"/api/v1/records/{label}"
    read = developer.get(f"/records/{label}")
    assert read.value["content"] == {"title": "A", "element": copied.ids["port"]}
    assert "lacks" in read.value
    assert read.headers["ETag"] == made.headers["ETag"]
    whole = (queries.head_value(queries.row(copied.ids["read"])) or {}) | {"title": "B"}
    revised = developer.put(f"/records/{label}", {"content": whole}, If_Match=read.headers["ETag"])
    assert (revised.status, revised.value["revision"]) == (200, 2)
    submitted = developer.post(f"/records/{label}/submit", If_Match=revised.headers["ETag"])
    assert submitted.value["head"] == "submitted"
    assert submitted.value["waits_for"]


def test_that_a_program_did_it_is_told_with_the_name_of_its_token(
    developer: Caller, quality: Caller, copied: Maker
) -> None:
    before = queries.ledger().size
    label = developer.post("/records", {"kind": "Asset", "product": "GW", "content": {"title": "A"}}).value["label"]
    assert quality.get(f"/ledger/entries/{before}").value["through"] == "a test"
    assert "through" not in quality.get(f"/ledger/entries/{before - 1}").value
    assert [one.get("through") for one in quality.get(f"/records/{label}/history").value["events"]] == ["a test"]
    pages = logged_in("Anna Lind")
    for page in ("/ledger", f"/ledger/{before}", f"/r/{label}"):
        assert (page, "the token" in pages.get(page).content.decode()) == (page, True)


def test_a_fault_of_ours_is_a_problem_that_tells_nothing_of_the_inside(
    developer: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stumble(*_: object) -> None:
        raise ZeroDivisionError("secret words")

    monkeypatch.setattr("asepsis.api.listing.page", stumble)
    answer = developer.get("/records?product=GW")
    assert (answer.status, answer.code, b"secret" in answer.body) == (500, "program-fault", False)


def test_who_did_it_is_the_person_of_the_token(developer: Caller, copied: Maker) -> None:
    label = developer.post("/records", {"kind": "Asset", "product": "GW", "content": {"title": "A"}}).value["label"]
    events = developer.get(f"/records/{label}/history").value["events"]
    assert [(one["form"], one["by"], one["who"]) for one in events] == [
        ("revision", copied.people["Nadia Kovac"], "Nadia Kovac")
    ]


def test_a_revision_says_on_which_one_it_builds(developer: Caller, copied: Maker) -> None:
    label = copied.label("read")
    etag = developer.get(f"/records/{label}").headers["ETag"]
    changed = {"content": {"title": "Other"}}
    assert developer.put(f"/records/{label}", changed).code == "revision-unnamed"
    assert developer.put(f"/records/{label}", changed, If_Match="*").status == 428
    assert developer.put(f"/records/{label}", changed, If_Match=f'"{"0" * 64}"').status == 412
    assert developer.put(f"/records/{label}", changed, If_Match=f"W/{etag}").status == 412
    assert developer.put(f"/records/{label}", changed, If_Match=etag).status == 200
    assert developer.put(f"/records/{label}", changed, If_Match=etag).code == "revision-stale"


def test_a_record_that_was_read_is_not_sent_again_while_it_is_the_same(developer: Caller, copied: Maker) -> None:
    path = f"/records/{copied.label('read')}"
    etag = developer.get(path).headers["ETag"]
    assert developer.get(path, If_None_Match=etag).status == 304


def test_a_token_signs_nothing(security: Caller, copied: Maker) -> None:
    before = Entry.objects.count()
    answer = security.post(f"/records/{copied.label('risk')}/approve")
    assert (answer.status, answer.code) == (403, "token-signs-nothing")
    assert Entry.objects.count() == before


def test_reject_withdraw_and_retire_do_what_the_command_does(
    developer: Caller, security: Caller, copied: Maker
) -> None:
    def act(who: Caller, name: str, what: str, **body: str) -> tuple[int, str]:
        path = f"/records/{copied.label(name)}"
        answer = who.post(f"{path}/{what}", {"why": "So it is.", **body}, If_Match=who.get(path).headers["ETag"])
        return answer.status, answer.value.get("head") or answer.code

    assert act(security, "risk", "reject") == (200, "rejected")
    assert act(developer, "draft case", "withdraw") == (200, "withdrawn")
    assert act(developer, "guard", "retire") == (200, "submitted")
    assert act(developer, "guard", "withdraw") == (409, "state-wrong")


def test_links_that_were_looked_at_stand(security: Caller, developer: Caller, copied: Maker) -> None:
    label = copied.label("forged")
    links = security.get(f"/records/{label}/links").value
    assert [one["label"] for one in links["rests_on"] if one["suspect"]] == [copied.label("port")]
    looked = {"targets": [copied.label("port")], "seen": links["entries"]}
    assert developer.post(f"/records/{label}/links/review", looked).code == "not-permitted"
    assert security.post(f"/records/{label}/links/review", looked).status == 200
    links = security.get(f"/records/{label}/links").value
    assert not any(one["suspect"] for one in links["rests_on"])


def test_what_changed_is_told_from_one_revision_to_another(developer: Caller, copied: Maker) -> None:
    told = developer.get(f"/records/{copied.label('volume')}/diff").value
    assert (told["before"], told["after"]) == (1, 2)
    assert {one["field"] for one in told["changes"]} == {"title", "notes"}
    assert developer.get(f"/records/{copied.label('volume')}/diff?before=7").code == "revision-unknown"
    first = developer.get(f"/records/{copied.label('volume')}/revisions/1").value
    assert first["content"]["title"] == "Encrypted volume"


def test_evidence_comes_with_the_record_that_names_it(developer: Caller) -> None:
    data = b"a scanned page"
    source = {"digest": sha256(data), "shows": "a page", "media_type": "image/png", "size": len(data)}
    new = {"kind": "HazardousSituation", "product": "GW", "content": {"title": "A", "source": source}}
    encoded = base64.b64encode(data).decode()
    assert developer.post("/records", new | {"files": [encoded]}).status == 201
    assert queries.file(sha256(data)) == data
    other = base64.b64encode(b"other").decode()
    assert developer.post("/records", new | {"files": [other]}).code == "file-unfit"
    assert developer.post("/records", new | {"files": ["§"]}).code == "file-unfit"


def test_nothing_is_taken_in_that_no_route_asks_for(developer: Caller, copied: Maker) -> None:
    new = {"kind": "Asset", "product": "GW", "content": {"title": "A"}}
    for name, value in (
        ("id", "0" * 32),
        ("label", "GW-AST-1"),
        ("head_state", "effective"),
        ("embargoed", False),
        ("by", copied.people["Anna Lind"]),
    ):
        assert (name, developer.post("/records", new | {name: value}).code) == (name, "request-unfit")
        inside = new | {"content": {"title": "A", name: value}}
        assert (name, developer.post("/records", inside).code) == (name, "record-incomplete")


def test_a_body_is_read_as_strictly_as_content_is(developer: Caller) -> None:
    for raw, code in (
        (b'{"kind": "Asset", "kind": "Asset"}', "json-double-key"),
        (b'{"kind": null}', "json-null"),
        (b'{"kind": 1.5}', "json-fraction"),
        (b'{"content": ' + b"[" * 500 + b"]" * 500 + b"}", "json-depth"),
        (b"{", "json-unreadable"),
        (b"\xff", "json-encoding"),
        (b'"' + b"x" * (4 * 2**20) + b'"', "body-too-large"),
        (b"[]", "request-unfit"),
        (b"", "request-unfit"),
    ):
        assert (code, developer.ask("POST", "/records", raw=raw).code) == (code, code)


def test_what_is_withheld_is_not_there(quality: Caller, security: Caller, copied: Maker) -> None:
    label, identity = copied.label("secret"), copied.ids["secret"]
    for name in (label, identity):
        for path in ("", "/history", "/diff", "/links", "/revisions/1"):
            answer = quality.get(f"/records/{name}{path}")
            assert (answer.status, answer.code) == (404, "record-unknown")
            assert security.get(f"/records/{name}{path}").status == 200
        for path, body in (
            ("submit", None),
            ("withdraw", {"why": "x"}),
            ("comments", {"text": "x"}),
            ("approve", None),
        ):
            assert quality.post(f"/records/{name}/{path}", body, If_Match='"x"').code == "record-unknown"
        new = {"kind": "Threat", "product": "GW", "content": {"title": "A", "element": name}}
        assert quality.post("/records", new).code == "record-unknown"
    for query in ("", "&kind=Vulnerability", "&sort=changed"):
        assert WITHHELD not in quality.get(f"/records?product=GW{query}&limit=200").body.decode()
    assert WITHHELD in security.get("/records?product=GW&kind=Vulnerability").body.decode()


def test_what_is_refused_has_the_sentence_of_the_command_line(developer: Caller) -> None:
    told = developer.get("/records/GW-THR-999").value
    assert told == {
        "type": "urn:asepsis:record-unknown",
        "title": "No record of this id or label is there, or not for this reader.",
        "status": 404,
        "code": "record-unknown",
        "detail": "There is no record GW-THR-999 here.",
        "next": "`asepsis record list` shows what there is.",
    }
