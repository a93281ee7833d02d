"""Every route, asked for by nobody, by each role, from another product, by a token that is over, and with another scope."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction
from django.test import Client

from asepsis.accounts import passphrase, tokens
from asepsis.accounts.models import AccessToken
from asepsis.accounts.tokens import Scope
from asepsis.api.urls import description
from asepsis.quality.records import Procedure
from asepsis.record.slots import SystemRole
from asepsis.store import acts, queries
from asepsis.store.changes import Signed
from asepsis.store.models import Entry
from tests.api.conftest import ALL, BASE, Answer, Caller, caller
from tests.api.routes import DRAFT, IMPORT, READ, ROUTES, Route, ask, known, names
from tests.web.maker import ROLES, WITHHELD, Maker
from tests.web.test_access import appointed

READERS = frozenset(SystemRole) - {SystemRole.SUPPLIER}
WORKERS = READERS - {SystemRole.AUDITOR}
IMPORTERS = {SystemRole.DEVELOPER, SystemRole.TESTER, SystemRole.SECURITY}
# Who may do an act whose right hangs on more than a scope: on the slots of the record, or on having written it.
MAY = {
    "POST records": WORKERS,
    "PUT records/{label}": WORKERS,
    "POST records/{label}/comments": READERS,  # who audits asks questions
    "POST records/{label}/submit": WORKERS,
    "POST records/{label}/approve": frozenset(),
    "POST records/{label}/withdraw": {SystemRole.DEVELOPER},
    "POST records/{label}/retire": WORKERS,
    "POST imports/{kind}": IMPORTERS,
}
NOBODYS = ("DELETE webhooks/{webhook}", "GET imports/jobs/{job}", "DELETE imports/jobs/{job}")
ASKED_OF_SLOTS = ("POST records/{label}/reject", "POST records/{label}/links/review")


class Undone(Exception):
    """Raised to take back what an example did."""


@pytest.fixture
def cast(copied: Maker) -> dict[str, str]:
    """A person for each role, for somebody without one, and for somebody of another product."""
    held = {str(role): name for name, role in ROLES.items()} | {"management": "Ada Moser"}
    for role in SystemRole:
        if role not in held:
            held[str(role)] = appointed(copied, f"Some {role}", role)
    held["elsewhere"] = appointed(copied, "Pia Horn", SystemRole.DEVELOPER, queries.product("PX").id)
    copied.people["Nora Rolle"] = acts.admit(copied.hand("Ada Moser"), "Nora Rolle", "passport seen")
    return held | {"no role": "Nora Rolle"}


@pytest.fixture
def etags(copied: Maker) -> dict[str, str]:
    """The ETag of each record, by the name that the maker gives it."""
    return {name: f'"{queries.row(identity).head_name}"' for name, identity in copied.ids.items()}


def undone(who: Caller, route: Route, found: dict[str, object], etags: dict[str, str]) -> Answer:
    """What a route answers, taken back afterwards."""
    kept: list[Answer] = []
    try:
        with transaction.atomic():
            kept.append(ask(who, route, found, etags))
            raise Undone
    except Undone:
        return kept[0]


def keys() -> Iterator[str]:
    yield from (f"{one.method} {one.pattern}" for one in ROUTES)


def test_the_table_holds_every_route() -> None:
    described = {
        f"{method.upper()} {path.removeprefix('/api/v1/')}"
        for path, methods in description()["paths"].items()
        for method in methods
    }
    assert described == set(keys())
    assert set(known()) == {one.pattern for one in ROUTES} | {"openapi.json"}


def test_nobody_is_let_in_without_a_token(copied: Maker, etags: dict[str, str]) -> None:
    before, found = Entry.objects.count(), names(copied)
    for route in ROUTES:
        answer = ask(Caller(None), route, found, etags)
        assert (route.pattern, answer.status, answer.code) == (route.pattern, 401, "token-absent")
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    assert Entry.objects.count() == before


def test_a_session_of_the_pages_counts_for_nothing(copied: Maker, etags: dict[str, str]) -> None:
    logged_in = Client(raise_request_exception=False, HTTP_HOST="127.0.0.1")
    logged_in.force_login(passphrase.open_account("Nadia Kovac"))
    found = names(copied)
    for route in ROUTES:
        assert (route.pattern, ask(Caller(None, logged_in), route, found, etags).status) == (route.pattern, 401)


def test_beside_a_token_a_session_of_the_pages_opens_nothing(copied: Maker) -> None:
    who = caller("Anna Lind")
    who.client.force_login(passphrase.open_account("Jonas Weber"))
    assert who.get(f"/records/{copied.label('secret')}").code == "record-unknown"
    assert who.get("/me").value["name"] == "Anna Lind"


@pytest.mark.parametrize("reason", ["over", "ended", "shut", "other secret", "nonsense", "very long"])
def test_a_token_that_is_not_good_lets_nobody_in(copied: Maker, etags: dict[str, str], reason: str) -> None:
    now = datetime.now(UTC)
    made, text = tokens.make("Nadia Kovac", "x", ALL, now - timedelta(days=2 if reason == "over" else 0), days=1)
    match reason:
        case "ended":
            tokens.end(made.account_id, made.id, now)
        case "shut":
            made.account.is_active = False
            made.account.save()
        case "other secret":
            text = text[:-1] + ("A" if text[-1] != "A" else "B")
        case "nonsense":
            text = "nonsense §"
        case "very long":
            text = "x" * 5_000
    found = names(copied)
    for route in ROUTES[:10]:
        answer = ask(Caller(text), route, found, etags)
        assert (route.pattern, answer.status, answer.code) == (route.pattern, 401, "token-refused")


def test_each_route_asks_for_its_scope(copied: Maker, etags: dict[str, str]) -> None:
    found = names(copied)
    for scope in Scope:
        others = caller("Nadia Kovac", *(one for one in Scope if one is not scope))
        for route in ROUTES:
            if route.scope is scope:
                answer = ask(others, route, found, etags)
                assert (route.pattern, answer.status, answer.code) == (route.pattern, 403, "token-scope")


def test_each_role_is_answered_as_the_table_says(copied: Maker, cast: dict[str, str], etags: dict[str, str]) -> None:
    found = names(copied)
    for role in [*SystemRole, "no role"]:
        who = caller(cast[str(role)])
        for route in ROUTES:
            key = f"{route.method} {route.pattern}"
            if key in ASKED_OF_SLOTS and role in WORKERS:
                continue  # what the slots of a record ask for is the store's own test
            if key in NOBODYS and role in READERS:
                continue  # the example names nobody's
            answer = undone(who, route, found, etags)
            if key == "GET watch/strikes" and role in READERS:
                assert answer.code == "feeds-none"
                continue
            may = MAY.get(key, frozenset() if key in ASKED_OF_SLOTS else READERS)
            assert (str(role), key, answer.status < 400) == (str(role), key, role in may), answer.body[:300]
            if role not in may:
                assert (key, answer.status) == (key, 403)


def test_who_works_on_another_product_sees_nothing_of_this_one(
    copied: Maker, cast: dict[str, str], etags: dict[str, str]
) -> None:
    who, found, before = caller(cast["elsewhere"]), names(copied), Entry.objects.count()
    for route in ROUTES:
        answer = ask(who, route, found, etags)
        if route.of_product:
            assert (route.pattern, answer.status) == (route.pattern, 404), answer.body[:300]
        for told in ("Ward Gateway", "An outsider on the hospital network", copied.ids["read"], copied.product):
            assert (route.pattern, told in answer.body.decode(errors="replace")) == (route.pattern, False)
    assert Entry.objects.count() == before


def test_a_token_that_is_bound_to_a_product_reaches_no_other(copied: Maker, etags: dict[str, str]) -> None:
    elsewhere, found, before = caller("Nadia Kovac", product="PX"), names(copied), Entry.objects.count()
    for route in ROUTES:
        if route.of_product:
            assert (route.pattern, ask(elsewhere, route, found, etags).status) == (route.pattern, 404)
    assert Entry.objects.count() == before
    assert [one["code"] for one in elsewhere.get("/products").value["products"]] == ["PX"]


def test_a_bound_token_reads_what_is_the_organisations_and_changes_nothing_there(copied: Maker) -> None:
    bound = caller("Ada Moser", product="GW")
    label = copied.label("procedure")
    read = bound.get(f"/records/{label}")
    assert read.status == 200
    etag = read.headers["ETag"]
    before = Entry.objects.count()
    assert bound.put(f"/records/{label}", {"content": {"title": "B"}}, If_Match=etag).status == 403
    assert bound.post(f"/records/{label}/submit", If_Match=etag).status == 403
    assert bound.post(f"/records/{label}/comments", {"text": "x"}).status == 403
    new = {"kind": "Procedure", "product": "ORG", "content": {"title": "A"}}
    assert bound.post("/records", new).code == "not-permitted"
    assert Entry.objects.count() == before
    assert caller("Ada Moser").post("/records", new).status == 201


def test_a_bound_token_does_not_withdraw_what_its_person_wrote_elsewhere(copied: Maker) -> None:
    copied.write("mine", Procedure, "Nadia Kovac", of=None)
    row = queries.row(copied.ids["mine"])
    headers = {"If_Match": f'"{row.head_name}"'}
    path = f"/records/{row.label}/withdraw"
    assert caller("Nadia Kovac", product="GW").post(path, {"why": "x"}, **headers).code == "token-bound"
    assert caller("Nadia Kovac").post(path, {"why": "x"}, **headers).status == 200


def test_a_token_gives_no_more_than_its_person_holds_today(copied: Maker) -> None:
    who = caller("Nadia Kovac")
    assert who.get("/me").value["roles"] == ["developer"]
    row = queries.row(copied.ids["appointment Nadia Kovac"])
    value = {**(queries.effective_value(row) or {}), "until": "2026-04-14"}
    acts.revise(copied.hand("Ada Moser"), row.id, value)
    acts.submit(copied.hand("Ada Moser"), [row.id])
    for slot in queries.history(row.id).head.slots or ():
        acts.approve(copied.hand("Ada Moser"), [row.id], slot.meaning, Signed("passphrase"))
    assert who.get("/me").code == "role-absent"


def test_what_is_withheld_is_told_to_nobody_else_by_any_route(
    copied: Maker, cast: dict[str, str], etags: dict[str, str]
) -> None:
    found = names(copied)
    for role in ("quality", "developer", "auditor", "management", "security"):
        who = caller(cast[role], READ, DRAFT, IMPORT)
        told = [
            route.pattern
            for route in ROUTES
            if route.scope is READ
            for text in [ask(who, route, found, etags).body.decode(errors="replace")]
            if WITHHELD in text or copied.ids["secret"] in text or copied.label("secret") in text
        ]
        assert (role, bool(told), "records" in told) == (role, role == "security", role == "security"), told


def test_the_cache_of_an_answer_is_nobodys_but_the_askers(copied: Maker, etags: dict[str, str]) -> None:
    who, found = caller("Anna Lind"), names(copied)
    for route in ROUTES:
        if route.method == "GET":
            assert (route.pattern, ask(who, route, found, etags).headers["Cache-Control"]) == (
                route.pattern,
                "no-store",
            )


def test_every_file_is_saved_and_never_shown(copied: Maker, etags: dict[str, str]) -> None:
    who, found = caller("Anna Lind"), names(copied)
    for route in ROUTES:
        if any(part in route.pattern for part in ("files/", "document", "source", "export")):
            answer = ask(who, route, found, etags)
            assert answer.headers["Content-Disposition"].startswith("attachment;")
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
            assert answer.headers["Content-Type"] in ("application/octet-stream", "application/zip")


def test_an_address_that_leads_nowhere_and_a_method_that_is_not_answered_are_problems(copied: Maker) -> None:
    who = caller("Anna Lind")
    who.client.handler.enforce_csrf_checks = True
    for method, path, status, code in (
        ("PUT", "/records/", 404, "address-unknown"),
        ("GET", "/nothing", 404, "address-unknown"),
        ("GET", "/", 404, "address-unknown"),
        ("GET", "/records/", 404, "address-unknown"),
        ("DELETE", "/records/GW-THR-1", 405, "method-refused"),
        ("POST", "/me", 405, "method-refused"),
        ("PATCH", "/records", 405, "method-refused"),
    ):
        answer = who.ask(method, path)
        assert (path, answer.status, answer.code) == (path, status, code)


def test_what_is_kept_of_a_token_is_a_hash(copied: Maker) -> None:
    who = caller("Anna Lind")
    assert who.token is not None
    secret = who.token.split("_", 2)[2]
    assert secret not in repr([vars(one) for one in AccessToken.objects.all()])
    assert BASE == "/api/v1"
