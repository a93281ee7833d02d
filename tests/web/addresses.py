"""Every address that leads somewhere, with examples that answer: a page that is not listed here fails a test."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.urls import URLPattern, URLResolver

from asepsis.clauses.catalogue import catalogue
from asepsis.store.models import FactTaken
from asepsis.urls import urlpatterns
from asepsis.web.page import Access
from tests.web.maker import EVIDENCE, Maker, sha256

OF_A_PRODUCT = {
    "": ("",),
    "acts": ("acts",),
    "due": ("due",),
    "people": ("people",),
    "case": ("case",),
    "components": ("components", "components?release={release}", "components?release={release}&q=x&with=findings"),
    "advisory/<str:name>": ("advisory/CVE-2024-3651",),
    "audit": (
        "audit",
        "audit?kind=Requirement&seed=0123456789abcdef&of=2",
        "audit?kind=Asset&seed=0123456789abcdef&of=63&walk=GW-AST-1",
    ),
    "release": ("release", "release?release={release}"),
    "since": ("since",),
    "gate": ("gate", "gate?release={release}"),
    "clause/<str:number>": tuple(
        f"clause/{number}" for number in ("4.1.4", "5.7.2", "5.8.4", "5.8.6", "7.2", "8", "9.1", "F.2")
    ),
    "unlooked": ("unlooked",),
    "trace": ("trace", "trace?from={element}"),
    "process/<str:name>": tuple(
        f"process/{name}" for name in (*(one.id for one in catalogue().processes), "statements")
    ),
    "list/<str:kind>": ("list/Asset", "list/Threat", "list/Vulnerability", "list/Attestation", "list/Update"),
}
OF_A_RECORD = {"": ("",), "/files": ("/files",), "/trace": ("/trace",)}
OTHERS = {
    "": ("/", "/?all"),
    "r/<str:label>/file/<str:digest>": ("/r/{hazard}/file/" + sha256(EVIDENCE),),
    "o/": ("/o/",),
    "o/list/<str:kind>": ("/o/list/Role", "/o/list/Supplier", "/o/list/Appointment?sort=number&who=Anna+Lind"),
    "ledger": ("/ledger", "/ledger?before=40"),
    "ledger/<int:position>": ("/ledger/0", "/ledger/90", "/ledger/{last}"),
    "feeds": ("/feeds",),
    "fleet": ("/fleet", "/fleet?product=PX&more"),
    "find": ("/find", "/find?q=gw-", "/find?q=tls", "/find?q=5.8.4", "/find?q=threat", "/find?q={withheld}"),
    "go": ("/go", "/go?q=gw-&of=GW", "/go?q=board&of=GW&at={baseline}", "/go?q={withheld}"),
    "card/<str:label>": ("/card/{threat}", "/card/{element}"),
    "facts/<int:position>": ("/facts/{fact}",),
    "^facts/(?P<position>[0-9]{{1,15}})/(?P<what>document|source)$": ("/facts/{fact}/document", "/facts/{fact}/source"),
}
RECORDS = (
    "threat",
    "element",
    "control",
    "risk",
    "profile",
    "draft",
    "rejected",
    "retired",
    "naughty",
    "key",
    "hazard",
)
# Pages about people and not about records: an example of each, who may open it, and who may send something to it.
ANYBODY, OWN, SIGNS = Access.EVERYBODY, Access.LOGGED_IN, Access.WORKS
OF_PEOPLE: dict[str, tuple[str, Access, Access | None]] = {
    "login": ("/login", ANYBODY, ANYBODY),
    "login/passkey": ("/login/passkey", ANYBODY, ANYBODY),
    "login/second": ("/login/second", ANYBODY, ANYBODY),
    "login/<sso:provider_id>/begin": ("/login/sso/begin", ANYBODY, ANYBODY),
    "login/<sso:provider_id>/return": ("/login/sso/return", ANYBODY, ANYBODY),
    "login/saml/return": ("/login/saml/return", ANYBODY, ANYBODY),
    "login/saml/metadata": ("/login/saml/metadata", ANYBODY, None),
    "account/sso/part": ("/account/sso/part", OWN, OWN),
    "logout": ("/logout", ANYBODY, ANYBODY),
    "welcome/<str:token>": ("/welcome/nothing", ANYBODY, ANYBODY),
    "work": ("/work", SIGNS, None),
    "views": ("/views", Access.READS, Access.READS),
    "p/<str:code>/bulk/<str:kind>": ("/p/GW/bulk/Asset?record=GW-AST-3&record=GW-AST-4&field=notes", SIGNS, SIGNS),
    "o/bulk/<str:kind>": ("/o/bulk/Procedure?record=ORG-PRO-1", SIGNS, SIGNS),
    "new": ("/new", SIGNS, SIGNS),
    "p/<str:code>/setup": ("/p/PX/setup", SIGNS, None),
    "p/<str:code>/inbox": ("/p/GW/inbox", SIGNS, SIGNS),
    "p/<str:code>/audit/remark": ("/p/GW/audit/remark", Access.READS, Access.READS),
    "p/<str:code>/case/write": ("/p/GW/case/write", SIGNS, SIGNS),
    "p/<str:code>/run": ("/p/GW/run?plan=GW-TPL-1", SIGNS, SIGNS),
    "watch": ("/watch", Access.READS, Access.READS),
    "ledger/verify": ("/ledger/verify", Access.READS, Access.READS),
    "sign": ("/sign", SIGNS, SIGNS),
    "sign/back": ("/sign/back", SIGNS, SIGNS),
    "sign/passkey": ("/sign/passkey", SIGNS, None),
    "p/<str:code>/new/<str:kind>": ("/p/GW/new/Asset", SIGNS, SIGNS),
    "o/new/<str:kind>": ("/o/new/Procedure", SIGNS, SIGNS),
    "p/<str:code>/bring": ("/p/GW/bring", SIGNS, SIGNS),
    "p/<str:code>/bring/<str:token>": ("/p/GW/bring/" + "0" * 32, SIGNS, SIGNS),
    "o/bring": ("/o/bring", SIGNS, SIGNS),
    "o/bring/<str:token>": ("/o/bring/" + "0" * 32, SIGNS, SIGNS),
    "r/<str:label>/edit": ("/r/GW-THR-1/edit", SIGNS, SIGNS),
    "r/<str:label>/act": ("/r/GW-THR-1/act", SIGNS, SIGNS),
    "health/live": ("/health/live", ANYBODY, None),
    "health/ready": ("/health/ready", ANYBODY, None),
    "metrics": ("/metrics", ANYBODY, None),
    "jobs": ("/jobs", Access.KEEPS, None),
    "calendar/<str:secret>.ics": ("/calendar/nothing.ics", ANYBODY, None),
    "account/reminders": ("/account/reminders", OWN, OWN),
    "account/calendar": ("/account/calendar", OWN, OWN),
    "account": ("/account", OWN, None),
    "account/passphrase": ("/account/passphrase", OWN, OWN),
    "account/tokens": ("/account/tokens", OWN, OWN),
    "account/tokens/new": ("/account/tokens/new", OWN, OWN),
    "account/again": ("/account/again", OWN, OWN),
    "account/again/code": ("/account/again/code", OWN, OWN),
    "account/again/passkey": ("/account/again/passkey", OWN, OWN),
    "account/totp": ("/account/totp", OWN, OWN),
    "account/totp/remove": ("/account/totp/remove", OWN, OWN),
    "account/recovery": ("/account/recovery", OWN, OWN),
    "account/recovery/new": ("/account/recovery/new", OWN, OWN),
    "account/passkeys/add": ("/account/passkeys/add", OWN, OWN),
    "account/passkeys/<int:pk>/remove": ("/account/passkeys/1/remove", OWN, OWN),
}
# Pages of records that something can be sent to, by who works; a route that is not named here answers to GET alone.
SENT_TO: frozenset[str] = frozenset()
API = "api/v1/"
DOWNLOADS = ("/file/", "/document", "/source")
PRODUCT, RECORD = "p/<str:code>/", "r/<str:label>"
PAST_PRODUCT, PAST_RECORD = "p/<str:code>/at/<int:position>/", "r/<str:label>/at/<str:code>/<int:position>"


def views(patterns: list[URLPattern | URLResolver] | None = None, before: str = "") -> Iterator[tuple[str, Any]]:
    """Yield the whole route of every page, with its view."""
    for one in urlpatterns if patterns is None else patterns:
        route = before + str(one.pattern)
        if route == API:
            continue  # tests/api/routes.py lists these, and holds its list against the same urlpatterns
        if isinstance(one, URLResolver):
            yield from views(one.url_patterns, route)
        else:
            yield route, one.callback


def routes() -> Iterator[str]:
    """Yield the whole route of every page."""
    yield from (route for route, _ in views())


def policy(route: str) -> tuple[Access, Access | None]:
    """Return who may open a page and who may send something to it, as this table says."""
    if route in OF_PEOPLE:
        return OF_PEOPLE[route][1:]
    return Access.READS, Access.WORKS if route in SENT_TO else None


def listed() -> set[str]:
    """Return the routes for which there are examples."""
    of_products = {before + route for before in (PRODUCT, PAST_PRODUCT) for route in OF_A_PRODUCT}
    of_records = {before + route for before in (RECORD, PAST_RECORD) for route in OF_A_RECORD}
    others = {route.replace("{{", "{").replace("}}", "}") for route in OTHERS}
    return of_products | of_records | others | set(OF_PEOPLE)


def names(maker: Maker) -> dict[str, object]:
    """Return what stands in the places of the examples."""
    return {
        "release": maker.label("2.3.0"),
        "element": maker.label("port"),
        "threat": maker.label("read"),
        "control": maker.label("volume"),
        "risk": maker.label("risk"),
        "profile": maker.label("profile"),
        "draft": maker.label("draft case"),
        "rejected": maker.label("rejected"),
        "retired": maker.label("keys"),
        "naughty": maker.label("naughty"),
        "key": maker.label("key"),
        "hazard": maker.label("hazard"),
        "withheld": "overflow",
        "fact": FactTaken.objects.values_list("position", flat=True).order_by("-position")[0],
        "last": maker.last,
        "baseline": maker.baseline,
    }


def addresses(maker: Maker) -> list[str]:
    """Return every example, of now and of the baseline."""
    found = names(maker)
    at = f"/p/GW/at/{maker.baseline}/"
    products = [f"{before}{one}" for before in ("/p/GW/", at) for every in OF_A_PRODUCT.values() for one in every]
    past = f"/at/GW/{maker.baseline}"
    then = [name for name in RECORDS if name != "rejected"]  # it was written after the baseline
    records = [f"/r/{found[one]}{page}" for one in RECORDS for page in OF_A_RECORD]
    records += [f"/r/{found[one]}{past}{page}" for one in then for page in OF_A_RECORD]
    others = [one for every in OTHERS.values() for one in every]
    return [one.format_map(found) for one in [*products, *records, *others]]


def pages(maker: Maker) -> list[str]:
    """Return every example that is a page and no file."""
    return [one for one in addresses(maker) if not any(part in one for part in DOWNLOADS)]
