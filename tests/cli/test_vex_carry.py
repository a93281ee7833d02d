"""Statements carried to other releases and products: where they hold, and why not elsewhere."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest

from asepsis.configuration.records import BillOfMaterials, Release
from asepsis.exchange import facts, subjects
from asepsis.problems.records import Exploitability
from asepsis.store import acts, queries, withholding
from asepsis.store.acts import Hand
from asepsis.store.changes import Actor, TakeIn
from tests.cli.conftest import Desk
from tests.kinds import smallest

PURL = "pkg:npm/left-pad@1.3.0"
ON = {"reachability": "not-reachable", "kev": False, "epss": "under-1-percent", "exploited": "no", "advisory": "a" * 64}


@dataclass
class Shop:
    """A product with releases, their bills and scans, told in a few words; GW where nothing else is said."""

    desk: Desk
    by: Hand

    def release(
        self, version: str, *components: dict[str, Any], product: str = "GW", scan: facts.Match | None = None,
        scans: tuple[facts.Match, ...] = (), scanned: bool = True, configuration: str | None = None,
    ) -> str:  # fmt: skip
        of = queries.product(product).id
        release, label = acts.create(
            self.by, Release, smallest(Release, title=version, version=version, security_support_until="2099-01-01"), of
        )
        acts.submit(self.by, [release])
        self.sign(label)
        about = {"component": {"type": "application", "name": product, "version": version}}
        document = {"bomFormat": "CycloneDX", "specVersion": "1.5", "metadata": about, "components": [*components]}
        data = json.dumps(document).encode()
        digest = hashlib.sha256(data).hexdigest()
        value = smallest(BillOfMaterials, release=release, configuration=configuration)
        value = {key: one for key, one in value.items() if one is not None}
        value["document"] = value["document"] | {"digest": digest}
        bill, named = acts.create(self.by, BillOfMaterials, value, of, files=[data])
        acts.submit(self.by, [bill])
        self.sign(named)
        self.desk.done("import", "components", self.desk.file(f"{digest}.json", data.decode()), "--product", product)
        if scanned:
            found = facts.Matches(digest, "f" * 64, (scan,) if scan else scans)
            self.take("matches", subjects.bill_and_feeds(digest, "f" * 64), found, of)
        return label

    def take(self, kind: str, subject: str, fact: facts.Fact, product: str) -> None:
        document = facts.document_bytes(fact)
        acts.take_in(self.by, [TakeIn(kind, subject, document, None, "e" * 64, product)])

    def sign(self, label: str) -> None:
        if queries.row(label).head_state == "submitted":
            self.desk.done("record", "approve", label, "--passphrase-file", self.desk.other_words, who="Bob")

    def say(self, *releases: str, product: str = "GW", **fields: Any) -> str:
        value = smallest(
            Exploitability, advisory_id="CVE-2026-1", component=PURL, status="not-affected", versions=None,
            releases=[queries.row(one).id for one in releases], justification="vulnerable-code-not-in-execute-path",
            impact="We do not call it.", until="2099-01-01", rests_on=ON,
        )  # fmt: skip
        value = {key: one for key, one in (value | fields).items() if one is not None}
        record, label = acts.create(self.by, Exploitability, value, queries.product(product).id)
        acts.submit(self.by, [record])
        self.sign(label)
        return label

    def carried(self, *words: str) -> dict[str, tuple[str, str]]:
        """Return outcome and reason by release."""
        told = self.desk.value("vex", "carry", "--of", "GW", *words)["carriages"]
        return {one["release"]: (one["outcome"], one["why"]) for one in told}


def component(version: str = "1.3.0", **more: Any) -> dict[str, Any]:
    purl = f"pkg:npm/left-pad@{version}"
    return {"type": "library", "name": "left-pad", "version": version, "purl": purl, "bom-ref": "a"} | more


def match(**fields: Any) -> facts.Match:
    given = {"epss": "0.004", "advisory_digest": "a" * 64} | fields
    return facts.Match("CVE-2026-1", PURL, "affected", **given)


@pytest.fixture
def shop(desk: Desk) -> Shop:
    by = Hand(Actor(queries.person("Ada").id), lambda: datetime.now(UTC))
    role = desk.value("record", "list", "Role")["records"][-1]["label"]
    desk.effective("Appointment", f"title: Bob\nrole: {role}\nperson: Bob\nsince: 2026-01-01\n")
    return Shop(desk, by)


def test_it_is_drafted_for_every_release_where_all_is_the_same_in_one_record(shop: Shop) -> None:
    first = shop.release("1.0", component(), scan=match())
    second, third = (shop.release(one, component(), scan=match()) for one in ("2.0", "3.0"))
    label = shop.say(first)
    size = queries.ledger().size
    assert {one: what for one, (what, _) in shop.carried().items()} == {second: "carried", third: "carried"}
    (row,) = [one for one in queries.rows([one["label"] for one in shop.desk.value("record", "list", "VEX")["records"]])
              if one.label != label]  # fmt: skip
    value = queries.head_value(row) or {}
    assert value["releases"] == [queries.row(second).id, queries.row(third).id]
    assert (value["carried_from"], value["rests_on"], row.head_state) == (queries.row(label).id, ON, "draft")
    assert queries.ledger().size == size + 1
    again = shop.carried()
    assert [what for what, _ in again.values()] == ["said", "said"]
    assert queries.ledger().size == size + 1


WHERE_NOT: list[tuple[dict[str, Any], str]] = [
    ({"holds": component("1.3.1")}, "No bill of it holds"),
    ({"scan": match(kev="2026-10-01")}, "catalogue of exploited"),
    ({"scan": match(epss="0.2")}, "over-10-percent, and was under-1-percent"),
    ({"scan": match(epss=None)}, "its EPSS band is unknown"),
    ({"scan": match(advisory_digest="b" * 64)}, "the advisory was changed"),
    ({"scanned": False}, "laid against no feed"),
    ({"scan": None}, "finds nothing of CVE-2026-1"),
    ({"holds": component(hashes=[{"alg": "SHA-256", "content": "c" * 64}])}, "another digest"),
    ({"configuration": "home"}, "and it was said of 'ward'"),
]


def test_where_one_thing_is_another_it_is_not_carried_and_the_reason_is_told(shop: Shop) -> None:
    as_it_was: dict[str, Any] = {"holds": component(), "scan": match(), "configuration": "ward"}
    hashed = component(hashes=[{"alg": "SHA-256", "content": "d" * 64}])
    first = shop.release("1.0", hashed, scan=match(), configuration="ward")
    others = {}
    for number, (changes, why) in enumerate(WHERE_NOT, start=2):
        given = as_it_was | changes
        others[shop.release(f"{number}.0", given.pop("holds"), **given)] = why
    shop.say(first, configuration="ward")
    size = queries.ledger().size
    told = shop.carried()
    assert told.keys() == others.keys()
    for release, why in others.items():
        outcome, reason = told[release]
        assert (outcome, why in reason) == ("not carried", True), (release, why, reason)
    assert queries.ledger().size == size


def test_the_same_digest_under_another_name_is_the_same_component(shop: Shop) -> None:
    hashes = [{"alg": "SHA-256", "content": "d" * 64}]
    first = shop.release("1.0", component(hashes=hashes), scan=match())
    fork = component(purl="pkg:npm/%40acme/left-pad@1.3.0", hashes=hashes)
    found = facts.Match(
        "CVE-2026-1", "pkg:npm/%40acme/left-pad@1.3.0", "affected", epss="0.004", advisory_digest="a" * 64
    )
    other = shop.release("2.0", fork, scan=found)
    shop.say(first)
    assert shop.carried()[other][0] == "carried"


def test_another_product_gets_it_with_whose_it_is_and_no_reference_across(shop: Shop) -> None:
    shop.desk.done("product", "new", "PUMP", "Pump")
    first = shop.release("1.0", component(), scan=match())
    there = shop.release("7.0", component(), scan=match(), product="PUMP")
    label = shop.say(first)
    assert shop.carried("--to", "PUMP")[there][0] == "carried"
    (row,) = shop.desk.value("record", "list", "VEX", "--product", "PUMP")["records"]
    value = queries.head_value(queries.row(row["label"])) or {}
    assert (value["taken_from"], "carried_from" in value) == (f"GW: {label}", False)


def test_one_that_says_the_flaw_is_reached_there_keeps_it_from_being_carried(shop: Shop) -> None:
    first, other = (shop.release(one, component(), scan=match()) for one in ("1.0", "2.0"))
    third = shop.release("3.0", component(), scan=match())
    label = shop.say(first)
    shop.say(third, status="affected", justification=None, rests_on=ON | {"reachability": "reachable"})
    told = shop.desk.value("vex", "carry", "--of", "GW", label)["carriages"]
    assert {one["release"]: one["outcome"] for one in told} == {other: "not carried", third: "said"}
    assert "says that the flawed code is reachable there" in next(one["why"] for one in told if one["release"] == other)


def test_what_is_withheld_stays_where_it_is(shop: Shop) -> None:
    first, other = (shop.release(one, component(), scan=match()) for one in ("1.0", "2.0"))
    withholding.embargo(shop.by, queries.row(shop.say(first)).id)
    told = shop.carried()
    assert told.get(other, ("not carried", ""))[0] == "not carried"


@pytest.mark.parametrize("format_", ["openvex", "csaf", "cyclonedx"])
def test_what_is_told_to_others_comes_back_with_its_scope_its_last_day_its_author_and_the_whole_document(
    shop: Shop, format_: str
) -> None:
    desk = shop.desk
    first, second = (shop.release(one, component(), configuration="ward") for one in ("1.0", "2.0"))
    label = shop.say(first, configuration="ward")
    out = desk.home.parent / "told.json"
    desk.done(
        "vex", "export", out, "--of", "GW", "--format", format_, "--author", "Acme", "--namespace", "https://acme.example"
    )  # fmt: skip
    assert "pkg:generic/gw@1.0?configuration=ward" in out.read_text()
    told = desk.value("vex", "import", out, "--of", "GW")["receipts"]
    assert [(one["outcome"], one["records"]) for one in told] == [("applied", [label])], "it says what is said already"
    acts.retire(shop.by, queries.row(label).id, "To bring it in again.")
    shop.sign(label)
    (receipt,) = desk.value("vex", "import", out, "--of", "GW")["receipts"]
    value = queries.head_value(queries.row(receipt["records"][0])) or {}
    assert (value["releases"], value["configuration"], value["until"], value["taken_from"], value["component"]) == (
        [queries.row(first).id], "ward", "2099-01-01", "Acme", PURL,
    )  # fmt: skip
    assert queries.row(second).id not in value["releases"]
    assert queries.file(value["original"]["digest"]) == out.read_bytes()


def test_two_statements_of_one_file_about_the_same_release_are_drafted_once_and_never_against_each_other(
    shop: Shop,
) -> None:
    shop.release("1.0", component())
    said = {
        "vulnerability": {"name": "CVE-2026-1"},
        "status": "not_affected",
        "justification": "vulnerable_code_not_present",
    }
    there = [{"@id": f"pkg:generic/{one}", "subcomponents": [{"@id": PURL}]} for one in ("one", "two")]
    other = {"vulnerability": {"name": "CVE-2026-1"}, "status": "fixed", "products": [{"@id": "pkg:npm/left-pad"}]}
    file: dict[str, Any] = {
        "@context": "https://openvex.dev/ns/v0.2.0",
        "author": "x",
        "timestamp": "2026-11-01T00:00:00Z",
    }
    absent = said | {"products": there[:1], "justification": "component_not_present"}
    file |= {"statements": [said | {"products": there}, other, absent | {"vulnerability": {"name": "CVE-2026-2"}}]}
    told = shop.desk.value("vex", "import", shop.desk.file("two.json", json.dumps(file)), "--of", "GW")["receipts"]
    assert [(one["outcome"], len(one["records"])) for one in told] == [
        ("applied", 1), ("applied", 0), ("conflicting", 0), ("conflicting", 0),
    ]  # fmt: skip
