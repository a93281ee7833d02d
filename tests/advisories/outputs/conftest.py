"""A bill with a circle, three vulnerabilities, and a component that nobody looked up."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from asepsis.advisories.findings import Finding, LookedUp, Result, Scan, Scanned, Source
from asepsis.advisories.outputs.decisions import lay
from asepsis.advisories.outputs.report import Report
from asepsis.exchange.bill import Bill
from asepsis.exchange.formats import bill_of
from asepsis.exchange.source import Source as File
from asepsis.exchange.vex.statement import Statement

PUMP = "pkg:generic/pump@2.0"
HIGH = ("CVSS_V3", "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H")


def component(name: str, version: str, **more: Any) -> dict[str, Any]:
    purl = f"pkg:pypi/{name}@{version}"
    return {"type": "library", "bom-ref": name, "name": name, "version": version, "purl": purl} | more


DOCUMENT = {
    "bomFormat": "CycloneDX",
    "specVersion": "1.6",
    "version": 1,
    "metadata": {
        "component": {"type": "application", "bom-ref": "root", "name": "Pump", "version": "2.0", "purl": PUMP}
    },
    "components": [
        component("requests", "1.5", licenses=[{"license": {"id": "Apache-2.0"}}]),
        component("urllib3", "1.1"),
        component("idna", "3"),
        component("<script>alert(1)</script>", "1"),
    ],
    "dependencies": [
        {"ref": "root", "dependsOn": ["requests"]},
        {"ref": "requests", "dependsOn": ["urllib3", "idna"]},
        {"ref": "urllib3", "dependsOn": ["idna", "requests"]},
    ],
}
FINDINGS = {
    "requests": (
        Finding("A-1", "osv", Result.AFFECTED, "its version lies in the affected range", ("CVE-2026-0001",), (HIGH,), ("2.0",)),
        Finding("A-2", "osv", Result.AFFECTED, "its version is named as affected", ("CVE-2026-0002",), kev="2026-07-03"),
    ),
    "urllib3": (Finding("CVE-2026-0003", "osv", Result.UNDETERMINED, "its version 1.1 cannot be ordered", epss="0.4"),),
}  # fmt: skip
FEED = Source("osv", "osv", 12, "2026-11-01T00:00:00Z", ("PyPI",))


@pytest.fixture
def bill() -> Bill:
    return bill_of(File("bill.json", json.dumps(DOCUMENT).encode()))


@pytest.fixture
def scan(bill: Bill) -> Scan:
    return scan_of(bill)


def scan_of(bill: Bill) -> Scan:
    found = tuple(
        Scanned(
            one.name,
            one.version,
            one.purl,
            LookedUp.NO_DATA if one.name.startswith("<") else LookedUp.YES,
            FINDINGS.get(one.name, ()),
        )
        for one in bill.fact.components
    )
    return Scan(bill.receipt.digest, "2026-11-02T03:04:05Z", (FEED,), found)


@pytest.fixture
def report(bill: Bill, scan: Scan) -> Callable[..., Report]:
    """Return a report over which statements are laid."""

    def made(*statements: Statement, product: str | None = None) -> Report:
        laid = lay(bill, scan, [("vex.json", one) for one in statements], product=product)
        return Report("bill.json", bill, scan, laid, product)

    return made
