"""Every route of the API with an example that answers: one that is not listed here fails a test."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.urls import URLPattern

from asepsis.accounts.tokens import Scope
from asepsis.api.urls import urlpatterns
from asepsis.store.models import FactTaken
from tests.api.conftest import Answer, Caller
from tests.web.maker import EVIDENCE, Maker, sha256

READ, DRAFT, ACT, IMPORT = Scope.READ, Scope.DRAFT, Scope.ACT, Scope.IMPORT
BILL = json.dumps({"bomFormat": "CycloneDX", "specVersion": "1.6", "version": 1, "components": []}).encode()
NOBODYS = "/imports/jobs/01234567-0123-0123-0123-0123456789ab"
WHY = {"why": "So it is."}


@dataclass(frozen=True)
class Route:
    """One route: how it is asked, what its token needs, and whether its example is about the product GW."""

    method: str
    pattern: str
    scope: Scope
    example: str
    body: Any = None
    raw: bytes | None = None
    match: str = ""  # the record whose ETag goes with it
    of_product: bool = True


ROUTES = (
    Route("GET", "me", READ, "/me", of_product=False),
    Route("GET", "products", READ, "/products", of_product=False),
    Route("GET", "products/{code}", READ, "/products/GW"),
    Route("GET", "kinds", READ, "/kinds", of_product=False),
    Route("GET", "kinds/{name}", READ, "/kinds/Threat", of_product=False),
    Route("GET", "records", READ, "/records?product=GW"),
    Route("GET", "records/{label}", READ, "/records/{read}"),
    Route("GET", "records/{label}/history", READ, "/records/{read}/history"),
    Route("GET", "records/{label}/revisions/{number}", READ, "/records/{read}/revisions/1"),
    Route("GET", "records/{label}/diff", READ, "/records/{read}/diff"),
    Route("GET", "records/{label}/links", READ, "/records/{read}/links"),
    Route("GET", "records/{label}/trace", READ, "/records/{port}/trace"),
    Route("GET", "records/{label}/files/{digest}", READ, "/records/{hazard}/files/{evidence}"),
    Route("POST", "records", DRAFT, "/records", {"kind": "Asset", "product": "GW", "content": {"title": "A"}}),
    Route("PUT", "records/{label}", DRAFT, "/records/{volume}", {"content": {"title": "B"}}, match="volume"),
    Route("POST", "records/{label}/comments", DRAFT, "/records/{read}/comments", {"text": "Seen."}),
    Route("POST", "records/{label}/submit", ACT, "/records/{bulk 1}/submit", match="bulk 1"),
    Route("POST", "records/{label}/approve", ACT, "/records/{risk}/approve"),
    Route("POST", "records/{label}/reject", ACT, "/records/{risk}/reject", WHY, match="risk"),
    Route("POST", "records/{label}/withdraw", ACT, "/records/{draft case}/withdraw", WHY, match="draft case"),
    Route("POST", "records/{label}/retire", ACT, "/records/{guard}/retire", WHY, match="guard"),
    Route(
        "POST",
        "records/{label}/links/review",
        ACT,
        "/records/{forged}/links/review",
        {"targets": ["{port}"], "seen": 200},
    ),
    Route("POST", "imports/{kind}", IMPORT, "/imports/components?product=GW", raw=BILL),
    Route("GET", "imports/jobs/{job}", IMPORT, NOBODYS, of_product=False),
    Route("DELETE", "imports/jobs/{job}", IMPORT, NOBODYS, of_product=False),
    Route("POST", "products/{code}/assessments", ACT, "/products/GW/assessments"),
    Route("GET", "products/{code}/assessment", READ, "/products/GW/assessment"),
    Route("GET", "products/{code}/board", READ, "/products/GW/board"),
    Route("GET", "products/{code}/clauses/{number}", READ, "/products/GW/clauses/7.2"),
    Route("GET", "products/{code}/gate", READ, "/products/GW/gate"),
    Route("GET", "products/{code}/due", READ, "/products/GW/due"),
    Route("GET", "products/{code}/export", READ, "/products/GW/export"),
    Route("GET", "facts", READ, "/facts?product=GW"),
    Route("GET", "facts/{entry}", READ, "/facts/{fact}"),
    Route("GET", "facts/{entry}/document", READ, "/facts/{fact}/document"),
    Route("GET", "facts/{entry}/source", READ, "/facts/{fact}/source"),
    Route("GET", "ledger/entries", READ, "/ledger/entries", of_product=False),
    Route("GET", "ledger/entries/{position}", READ, "/ledger/entries/3", of_product=False),
    Route("GET", "ledger/entries/{position}/proof", READ, "/ledger/entries/3/proof", of_product=False),
    Route("GET", "ledger/checkpoint", READ, "/ledger/checkpoint", of_product=False),
    Route("GET", "ledger/growth", READ, "/ledger/growth?first=7", of_product=False),
    Route("GET", "watch", READ, "/watch?product=GW"),
    Route("POST", "watch/looked", DRAFT, "/watch/looked", {"product": "GW"}),
    Route("GET", "watch/strikes", READ, "/watch/strikes?product=GW&advisory=CVE-2026-1"),
    Route("GET", "fleet", READ, "/fleet?product=GW"),
    Route("GET", "webhooks", READ, "/webhooks", of_product=False),
    Route("POST", "webhooks", ACT, "/webhooks", {"address": "https://ci.example.org/news", "product": "GW"}),
    Route("DELETE", "webhooks/{webhook}", ACT, "/webhooks/0123456789abcdef", of_product=False),
)


def known() -> Iterator[str]:
    """Yield the pattern of every address of the API but the last, which stands for all that lead nowhere."""
    for one in urlpatterns[:-1]:
        assert isinstance(one, URLPattern)
        yield re.sub(r"<(?:[a-z]+:)?([a-z_]+)>", r"{\1}", str(one.pattern))


def names(maker: Maker) -> dict[str, object]:
    """Return what stands in the places of the examples."""
    labels: dict[str, object] = {name: maker.label(name) for name in maker.ids}
    fact = FactTaken.objects.values_list("position", flat=True).filter(product=maker.product).order_by("-position")[0]
    return labels | {"evidence": sha256(EVIDENCE), "fact": fact}


def ask(who: Caller, route: Route, found: dict[str, object], etags: dict[str, str]) -> Answer:
    """Ask a route by its example."""
    headers = {"If_Match": etags[route.match]} if route.match else {}
    body = json.loads(json.dumps(route.body).replace('"{port}"', json.dumps(found["port"])))
    return who.ask(route.method, route.example.format_map(found), body, raw=route.raw, **headers)
