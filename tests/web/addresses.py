"""Every address that leads somewhere, with examples that answer: a page that is not listed here fails a test."""

from __future__ import annotations

from collections.abc import Iterator

from django.urls import URLPattern, URLResolver

from asepsis.clauses.catalogue import catalogue
from asepsis.store.models import FactTaken
from asepsis.urls import urlpatterns
from tests.web.maker import EVIDENCE, Maker, sha256

OF_A_PRODUCT = {
    "": ("",),
    "acts": ("acts",),
    "due": ("due",),
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
    "login": ("/login",),
    "logout": ("/logout",),
    "": ("/", "/?all"),
    "r/<str:label>/file/<str:digest>": ("/r/{hazard}/file/" + sha256(EVIDENCE),),
    "o/": ("/o/",),
    "o/list/<str:kind>": ("/o/list/Role", "/o/list/Supplier", "/o/list/Appointment?sort=number&who=Anna+Lind"),
    "ledger": ("/ledger", "/ledger?before=40"),
    "ledger/<int:position>": ("/ledger/0", "/ledger/90", "/ledger/{last}"),
    "find": ("/find", "/find?q=gw-", "/find?q=tls", "/find?q=5.8.4", "/find?q=threat", "/find?q={withheld}"),
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
SENT_TO = ("/login", "/logout")  # addresses that answer to POST as well
DOWNLOADS = ("/file/", "/document", "/source")
PRODUCT, RECORD = "p/<str:code>/", "r/<str:label>"
PAST_PRODUCT, PAST_RECORD = "p/<str:code>/at/<int:position>/", "r/<str:label>/at/<str:code>/<int:position>"


def routes(patterns: list[URLPattern | URLResolver] | None = None, before: str = "") -> Iterator[str]:
    """Yield the whole route of every page."""
    for one in urlpatterns if patterns is None else patterns:
        route = before + str(one.pattern)
        if isinstance(one, URLResolver):
            yield from routes(one.url_patterns, route)
        else:
            yield route


def listed() -> set[str]:
    """Return the routes for which there are examples."""
    of_products = {before + route for before in (PRODUCT, PAST_PRODUCT) for route in OF_A_PRODUCT}
    of_records = {before + route for before in (RECORD, PAST_RECORD) for route in OF_A_RECORD}
    return of_products | of_records | {route.replace("{{", "{").replace("}}", "}") for route in OTHERS}


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
