"""A small maker with one product, written through the acts: something of everything that the pages have to show."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from asepsis.configuration.records import BillOfMaterials, Release
from asepsis.conformance import moments
from asepsis.development.records import DesignElement, Requirement, SigningKey, TestCase, TestPlan
from asepsis.quality.records import Appointment, Procedure, ProductProfile, Role
from asepsis.record.kind import Kind
from asepsis.record.slots import Meaning, SystemRole
from asepsis.risk.records import (
    Asset,
    Control,
    Element,
    HazardousSituation,
    Risk,
    SecurityContext,
    SystemModel,
    Threat,
    Vulnerability,
)
from asepsis.store import acts, queries
from asepsis.store.acts import Hand
from asepsis.store.changes import Actor, Signed, TakeIn
from tests.kinds import smallest

BEGIN = datetime(2026, 1, 5, 8, 0, tzinfo=UTC)
ROLES = {
    "Anna Lind": SystemRole.QUALITY,
    "Jonas Weber": SystemRole.SECURITY,
    "Mei Tanaka": SystemRole.ARCHITECT,
    "Tomas Reyes": SystemRole.TESTER,
    "Samir Haddad": SystemRole.RELEASE_MANAGER,
    "Imke Brandt": SystemRole.CLINICAL,
    "Nadia Kovac": SystemRole.DEVELOPER,
}
EVIDENCE = b"<script>alert('evidence')</script>"
WITHHELD = "Unpatched overflow in the secret parser"
BILL = "b" * 64
NAUGHTY = "<script>alert('x')</script> \"quoted\" & {{ braces }} <b onmouseover=alert(1)>\u202etxt"


@dataclass
class Clock:
    """A clock that goes on by a minute each time somebody looks."""

    now: datetime = BEGIN

    def __call__(self) -> datetime:
        self.now += timedelta(minutes=1)
        return self.now


@dataclass
class Maker:
    """Who writes; records by a short name of ours, as ids."""

    home: Path
    clock: Clock = field(default_factory=Clock)
    people: dict[str, str] = field(default_factory=dict)
    ids: dict[str, str] = field(default_factory=dict)
    product: str = ""
    baseline: int = 0
    last: int = 0
    drawn: int = 0

    def new_id(self) -> str:
        self.drawn += 1
        return hashlib.sha256(f"maker {self.drawn}".encode()).hexdigest()[:32]

    def salt(self) -> bytes:
        return bytes.fromhex(self.new_id())

    def hand(self, name: str) -> Hand:
        return Hand(Actor(self.people[name]), self.clock, self.salt, self.new_id)

    def write(self, name: str, kind: type[Kind], who: str = "Nadia Kovac", /, **fields: Any) -> str:
        own, persons, files = fields.pop("of", self.product), fields.pop("persons", None), fields.pop("files", ())
        value = smallest(kind, **fields)
        record, _ = acts.create(self.hand(who), kind, value, own or None, persons=persons, files=files)
        self.ids[name] = record
        return record

    def signed(self, name: str, kind: type[Kind], who: str = "Nadia Kovac", /, **fields: Any) -> str:
        record = self.write(name, kind, who, **fields)
        acts.submit(self.hand(who), [record])
        self.sign(record)
        return record

    def sign(self, record: str) -> None:
        """Fill every open slot, each by whoever holds its role."""
        for slot in list(queries.history(record).head.slots or ()):
            name = next(one for one, role in ROLES.items() if role in slot.roles) if slot.roles else "Nadia Kovac"
            acts.approve(self.hand(name), [record], slot.meaning, Signed("passphrase"))

    def revise(self, name: str, who: str = "Nadia Kovac", **fields: Any) -> None:
        row = queries.row(self.ids[name])
        acts.revise(self.hand(who), row.id, {**(queries.head_value(row) or {}), **fields})

    def label(self, name: str) -> str:
        return queries.row(self.ids[name]).label


def write(home: Path) -> Maker:
    """Write the maker into the empty, migrated store in `home`."""
    maker = Maker(home)
    maker.people["Ada Moser"], _ = acts.found_ledger(
        home,
        acts.First("Ada Moser"),
        time_zone="Europe/Zurich",
        clock=maker.clock,
        salt=maker.salt,
        ids=maker.new_id,
        key_seed=bytes(range(32)),
    )
    _people(maker)
    maker.product = acts.found_product(maker.hand("Ada Moser"), "GW", "Ward Gateway")
    acts.found_product(maker.hand("Ada Moser"), "PX", "Pump <i>Px</i>")
    _quality(maker)
    _risk(maker)
    _tests(maker)
    _first_release(maker)
    _afterwards(maker)
    maker.last = queries.ledger().size - 1
    return maker


def _people(maker: Maker) -> None:
    for name, role in ROLES.items():
        maker.people[name] = acts.admit(maker.hand("Ada Moser"), name, "passport seen")
        for kind, fields in (
            (Role, {"title": role.value, "acts_as": [role]}),
            (Appointment, {"title": f"{name} as {role}", "person": maker.people[name], "since": "2026-01-05"}),
        ):
            more = {"role": maker.ids[f"role {role}"]} if kind is Appointment else {}
            key = f"role {role}" if kind is Role else f"appointment {name}"
            record = maker.write(key, kind, "Ada Moser", of=None, **fields, **more)
            acts.submit(maker.hand("Ada Moser"), [record])
            acts.approve(maker.hand("Ada Moser"), [record], Meaning.APPROVED, Signed("passphrase"))


def _quality(maker: Maker) -> None:
    maker.write("procedure", Procedure, of=None, title="How threats are modelled")
    maker.write("profile", ProductProfile, title="Ward Gateway, a DICOM and FHIR gateway")
    acts.submit(maker.hand("Nadia Kovac"), [maker.ids["profile"]])


def _risk(maker: Maker) -> None:
    ids, signed = maker.ids, maker.signed
    source = {"digest": sha256(EVIDENCE), "shows": "the safety file", "media_type": "text/html", "size": len(EVIDENCE)}
    maker.write("hazard", HazardousSituation, title="A study is taken for another", source=source, files=[EVIDENCE])
    signed("context", SecurityContext, title="Ward network, behind a firewall", profile=ids["profile"])
    signed("studies", Asset, title="Imaging studies", kind="data")
    signed("keys", Asset, title="Device certificate", kind="credential")
    signed("model", SystemModel, title="Data flows of 2.3.0", context=ids["context"])
    element = {"model": ids["model"]}
    signed("store", Element, title="Study cache", kind="store", assets=[ids["studies"]], **element)
    signed(
        "port", Element, title="C-STORE from modality to gateway", kind="process", assets=[ids["studies"]], **element
    )
    signed("fhir", Element, title="FHIR search", kind="process", assets=[ids["keys"]], **element)
    signed("read", Threat, title="An outsider on the hospital network can read studies in transit", element=ids["port"])
    signed("forged", Threat, title="A forged study is taken for a real one", element=ids["port"])
    signed("disk", Threat, title="The disk is read by a service engineer", element=ids["store"])
    signed("naughty", Threat, title=NAUGHTY, element=ids["store"], actor=NAUGHTY)
    signed("tls", Control, title="Mutual TLS on every association", mitigates=[ids["read"], ids["forged"]])
    signed("volume", Control, title="Encrypted volume", mitigates=[ids["disk"]])
    maker.write("risk", Risk, title="Disclosure of studies", threats=[ids["read"]], controls=[ids["tls"]])
    acts.submit(maker.hand("Nadia Kovac"), [ids["risk"]])
    secret = {"title": WITHHELD, "persons": (maker.people["Jonas Weber"],)}
    maker.write("secret", Vulnerability, "Jonas Weber", **secret)


def _tests(maker: Maker) -> None:
    ids, signed = maker.ids, maker.signed
    signed("tls only", Requirement, title="Refuses plain associations", because=[ids["tls"]])
    signed("at rest", Requirement, title="Cache is encrypted at rest", because=[ids["volume"]])
    signed("guard", DesignElement, title="Association guard", implements=[ids["tls only"]])
    signed("plan", TestPlan, title="Mitigation tests")
    signed("works", TestCase, title="TLS 1.2 is refused", plan=ids["plan"], verifies=[ids["tls only"]])
    maker.write("draft case", TestCase, title="A replayed association is refused", plan=ids["plan"])
    for number in range(60):
        maker.write(f"bulk {number}", Asset, title=f"Log line {number}", kind="data" if number % 2 else "service")


def _first_release(maker: Maker) -> None:
    maker.signed("key", SigningKey, of=None, title="Release signing key", procedure=maker.ids["procedure"])
    maker.signed("2.3.0", Release, title="2.3.0", version="2.3.0", planned="2026-03-01", build_id="2.3.0+871")
    bill = {"digest": BILL, "shows": "the bill", "address": "https://builds.example/871", "seen_on": "2026-01-05"}
    maker.write("bom", BillOfMaterials, title="Bill of 2.3.0", release=maker.ids["2.3.0"], document=bill)
    document = b'{"kind":"ours"}'
    taken = TakeIn("components", BILL, document, b"{}", sha256(b"{}"), maker.product)
    acts.take_in(maker.hand("Nadia Kovac"), [taken])
    maker.baseline, _ = acts.make_baseline(maker.hand("Samir Haddad"), maker.product, maker.ids["2.3.0"])
    moments.keep(
        moments.assess_product(moments.Asked(maker.product, position=maker.baseline), maker.clock()), baseline=True
    )


def _afterwards(maker: Maker) -> None:
    maker.clock.now = datetime(2026, 4, 14, 8, tzinfo=UTC)
    ids = maker.ids
    maker.signed("2.4.0", Release, title="2.4.0", version="2.4.0", planned="2026-05-04", build_id="2.4.0+1187")
    maker.revise("port", zone="ward network")
    acts.submit(maker.hand("Nadia Kovac"), [ids["port"]])
    maker.sign(ids["port"])
    maker.revise("read", actor="Anyone with a port on the imaging network")
    acts.submit(maker.hand("Nadia Kovac"), [ids["read"]])
    maker.revise("volume", title="Encrypted volume, keys in the TPM", notes="Keys never leave the TPM.\nSee the plan.")
    acts.comment(maker.hand("Jonas Weber"), ids["read"], "Looked at together with the network team.")
    maker.write("rejected", Asset, title="The coffee machine", kind="hardware")
    acts.submit(maker.hand("Nadia Kovac"), [ids["rejected"]])
    acts.reject(maker.hand("Jonas Weber"), ids["rejected"], "It is no part of the product.")
    acts.retire(maker.hand("Nadia Kovac"), ids["keys"], "It belongs to the pump.")
    moments.keep(moments.assess_product(moments.Asked(maker.product), maker.clock()))


def sha256(data: bytes) -> str:
    """Return a digest as it is written here."""
    return hashlib.sha256(data).hexdigest()
