"""Every address, asked for by each role and by nobody: those answer that the table lets in, and nobody else's does."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.contrib.auth.hashers import make_password
from django.http import HttpResponseBase
from django.test import Client
from django.urls import resolve

from asepsis.accounts import passphrase
from asepsis.accounts.models import Account
from asepsis.quality.records import Appointment, Role
from asepsis.readers.viewer import NOBODY, Viewer
from asepsis.record.slots import Meaning, SystemRole
from asepsis.store import acts, queries, rights
from asepsis.store.changes import Signed
from asepsis.store.models import Entry
from asepsis.store.rights import Held
from asepsis.web.page import Access
from tests.web.addresses import OF_PEOPLE, addresses, policy, views
from tests.web.conftest import logged_in
from tests.web.maker import ROLES, WITHHELD, Maker

ELSEWHERE = "Pia Horn"  # she tests the pump, and nothing else
LET_IN = {
    Access.EVERYBODY: {"nobody", "no role", *SystemRole},
    Access.LOGGED_IN: {"no role", *SystemRole},
    Access.READS: {*SystemRole} - {SystemRole.SUPPLIER},
    Access.WORKS: {*SystemRole} - {SystemRole.SUPPLIER, SystemRole.AUDITOR},
    Access.KEEPS: {SystemRole.MANAGEMENT, SystemRole.QUALITY},
}


@pytest.fixture
def cast(copied: Maker) -> dict[str, Client]:
    """A browser for each role, for somebody without one, and for nobody; and one for somebody of another product."""
    held = {role: name for name, role in ROLES.items()} | {SystemRole.MANAGEMENT: "Ada Moser"}
    for role in SystemRole:
        if role not in held:
            held[role] = appointed(copied, f"Some {role}", role)
    appointed(copied, ELSEWHERE, SystemRole.TESTER, queries.product("PX").id)
    copied.people["Nora Rolle"] = acts.admit(copied.hand("Ada Moser"), "Nora Rolle", "passport seen")
    for name in copied.people:
        passphrase.open_account(name)
    Account.objects.update(password=make_password("four quiet herons at dawn"))
    found = {str(role): logged_in(name) for role, name in held.items()}
    return found | {
        "no role": logged_in("Nora Rolle"),
        "nobody": Client(raise_request_exception=False, HTTP_HOST="127.0.0.1"),
        "elsewhere": logged_in(ELSEWHERE),
    }


def appointed(maker: Maker, name: str, role: SystemRole, product: str | None = None) -> str:
    """Admit somebody and give them a role, in one product or for the organisation."""
    maker.people[name] = acts.admit(maker.hand("Ada Moser"), name, "passport seen")
    roles = maker.write(f"as {name}", Role, "Ada Moser", of=None, title=str(role), acts_as=[role])
    approved(maker, roles)
    fields = {"title": name, "person": maker.people[name], "since": "2026-01-05", "role": roles}
    scope = {"products": [product]} if product and "products" in Appointment.model_fields else {}
    approved(maker, maker.write(f"for {name}", Appointment, "Ada Moser", of=product, **fields, **scope))
    return name


def approved(maker: Maker, record: str) -> None:
    acts.submit(maker.hand("Ada Moser"), [record])
    acts.approve(maker.hand("Ada Moser"), [record], Meaning.APPROVED, Signed("passphrase"))


def one_of_each(examples: list[str]) -> list[str]:
    """Return one example of each route."""
    return list({resolve(one.partition("?")[0]).route: one for one in reversed(examples)}.values())


def answered(example: str, answer: HttpResponseBase) -> bool:
    """Return whether somebody was let in: not refused, and not asked to log in."""
    asked = "" if example.startswith("/login") else answer.headers.get("Location", "")
    return answer.status_code != 403 and not asked.startswith("/login")


def test_every_view_says_who_may_open_it_and_says_what_the_table_says() -> None:
    found = {route: (view.access, view.posts) for route, view in views()}
    assert found == {route: policy(route) for route in found}


def test_every_page_about_people_answers_those_whom_the_table_lets_in(cast: dict[str, Client]) -> None:
    for route, (example, access, _) in OF_PEOPLE.items():
        if route == "logout":
            continue
        found = {who for who, client in cast.items() if who != "elsewhere" and answered(example, client.get(example))}
        assert (route, found) == (route, {str(one) for one in LET_IN[access]})


def test_every_page_of_records_answers_those_whom_the_table_lets_in(cast: dict[str, Client], copied: Maker) -> None:
    wanted = {str(one) for one in LET_IN[Access.READS]}
    for one in one_of_each(addresses(copied)):
        found = {who for who, client in cast.items() if who != "elsewhere" and answered(one, client.get(one))}
        assert (one, found) == (one, wanted)


def test_nothing_is_sent_without_the_mark_of_a_page_of_ours(cast: dict[str, Client]) -> None:
    strict = Client(enforce_csrf_checks=True, HTTP_HOST="127.0.0.1")
    strict.cookies = cast["quality"].cookies
    for route, (example, _, posts) in OF_PEOPLE.items():
        if route == "login/saml/return":  # the page of a provider sends there: test_saml.py
            continue
        answer = strict.post(example)
        assert (route, answer.status_code) == (route, 403 if posts else 405) or answer.status_code == 403
        assert "form-foreign" in answer.content.decode() or posts is None


def test_nothing_is_sent_by_whom_the_table_does_not_let(cast: dict[str, Client]) -> None:
    for route, (example, _, posts) in OF_PEOPLE.items():
        for who, client in cast.items():
            if posts in (Access.LOGGED_IN, Access.READS, Access.WORKS) and who not in LET_IN[posts] | {"elsewhere"}:
                assert (route, who, answered(example, client.post(example))) == (route, who, False)


def test_who_works_on_another_product_sees_nothing_of_this_one(cast: dict[str, Client], copied: Maker) -> None:
    client = cast["elsewhere"]
    assert client.get("/p/PX/").status_code == 200
    for one in addresses(copied):
        if one.startswith(("/p/GW", "/r/GW", "/card/GW", "/facts")):
            assert (one, client.get(one).status_code) == (one, 404)
        else:
            text = client.get(one, follow=True).content.decode()
            for told in ("Ward Gateway", "An outsider on the hospital network", copied.label("read")):
                assert (one, told in text and f"q={told}" not in one) == (one, False)


def test_who_works_on_another_product_can_neither_open_nor_send_a_page_of_this_one(
    cast: dict[str, Client], copied: Maker
) -> None:
    client, size = cast["elsewhere"], Entry.objects.count()
    ours = [example for example, _, _ in OF_PEOPLE.values() if example.startswith(("/p/GW", "/r/GW"))]
    sent = {"f.title": "Mine now", "before": queries.row(copied.ids["read"]).head_name, "act": "comment", "why": "x",
            "text": "x", "record": copied.label("studies"), "field": "notes", "value": "x", "take": "1"}  # fmt: skip
    assert len(ours) > 7
    for one in ours:
        assert (one, client.get(one).status_code) == (one, 404)
        assert (one, client.post(one, sent).status_code in (404, 422)) == (one, True)
    answer = client.post("/views", {"place": "/p/GW/list/Asset", "name": "Theirs", "words": ""})
    assert "Theirs" not in client.get("/p/PX/list/Asset").content.decode()
    assert answer.status_code in (302, 404, 422)
    for one in ("/sign", f"/sign?record={copied.label('risk')}", "/work", "/jobs", "/find?q=risk"):
        text = client.get(one).content.decode()
        assert (one, [told for told in ("Ward Gateway", copied.label("risk")) if told in text]) == (one, [])
    assert Entry.objects.count() == size


def test_the_ledger_tells_of_another_product_by_bare_names_alone(cast: dict[str, Client], copied: Maker) -> None:
    for entry in Entry.objects.filter(of=copied.product).order_by("position"):
        text = cast["elsewhere"].get(f"/ledger/{entry.position}").content.decode()
        assert (entry.form, entry.name in text, copied.product in text) == (entry.form, True, False)


def test_an_embargoed_record_is_there_for_security_incident_and_whom_it_names(
    cast: dict[str, Client], copied: Maker
) -> None:
    from asepsis.store import withholding

    label = copied.label("secret")
    sees = {who for who, client in cast.items() if client.get(f"/r/{label}").status_code == 200}
    assert sees == {"security", "incident"}
    withholding.disclose(copied.hand("Jonas Weber"), [copied.ids["secret"]], [copied.people["Mei Tanaka"]])
    sees = {who for who, client in cast.items() if client.get(f"/r/{label}").status_code == 200}
    assert sees == {"security", "incident", "architect"}
    for who, client in cast.items():
        pages = [*one_of_each(addresses(copied)), "/p/GW/list/Vulnerability"]
        told = {one for one in pages if WITHHELD in client.get(one).content.decode()}
        assert (who, bool(told)) == (who, who in sees)


def test_an_account_gives_no_role(copied: Maker) -> None:
    """Roles are what effective Appointments say, and an Appointment that ended gives none."""
    today = datetime.now(UTC).date().isoformat()
    assert {one.role for one in rights.held_by(copied.people["Anna Lind"], today)} == {SystemRole.QUALITY}
    assert rights.held_by(copied.people["Anna Lind"], "2025-12-31") == ()


def test_nobody_reads_and_who_supplies_reads_nothing() -> None:
    supplier = Viewer("a" * 32, "x", (Held(SystemRole.SUPPLIER, None, False),))
    auditor = Viewer("a" * 32, "x", (Held(SystemRole.AUDITOR, None, False),))
    assert [(one.reads, one.works) for one in (NOBODY, supplier, auditor)] == [
        (False, False),
        (False, False),
        (True, False),
    ]
