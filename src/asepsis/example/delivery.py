"""Clauses 4.1.9 and 5.8 in the example: documents, manifest and key, what lies at the gate, and the decision."""

from __future__ import annotations

import json
import tempfile
from base64 import b64encode
from hashlib import sha256
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from asepsis.clauses.catalogue import catalogue
from asepsis.conformance import assessment as assessments
from asepsis.conformance import moments
from asepsis.development.records import (
    CarriedForward,
    DecommissioningGuide,
    DocumentationReview,
    IntegrityManifest,
    ReleaseDecision,
    ReleaseDocument,
    SigningKey,
)
from asepsis.example import configuration, inputs
from asepsis.example.cast import BY_KEY, CAST
from asepsis.example.development import FAMILIES
from asepsis.example.writer import Writer
from asepsis.exchange import git, manifest, package, sarif, settings_files, signing_log, subjects
from asepsis.exchange.source import Source
from asepsis.statements.records import Attestation, Claim
from asepsis.store import acts, checkpoints, verify

KEY = "release-2025"
CHAPTERS = {
    "5.8.2 a": "1 Safe operation", "5.8.2 b": "2 How we work, and what we leave out", "5.8.2 c": "3 Accounts and keys",
    "5.8.2 d": "4 What is left", "E.2.1": "5 The product and its ways in", "E.2.2": "6 Lines of defence",
    "E.2.3": "7 What we expect of your network", "E.2.4": "8 Hardening", "E.2.5": "9 Updates, and how to check them",
    "E.3": "10 Taking out of service",
}  # fmt: skip


# --- facts of a build -----------------------------------------------------------------------------------------------


def build_facts(w: Writer, version: str, before: str | None, *, scanned: bool = True) -> str:
    """Take in what is known of a build: its source out of the repository, scans, and the ways in if somebody `scanned`
    for them. Returns the newest commit.
    """
    subject = subjects.build(w.product or "", inputs.BUILDS[version])
    labels = {name: w.labels[record] for name, record in w.records.items() if name.startswith("change/")}
    by_email = {one.email: w.people[one.key] for one in CAST if one.key in w.people}
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made) / "ward-gateway"
        folder.mkdir()
        inputs.repository(folder, labels, version)
        source = git.read(
            folder, to=f"v{version}", from_=f"v{before}" if before else None, name="ward-gateway",
            who=lambda name, email: by_email.get(email, git.pseudonym(name, email)),
        ).fact  # fmt: skip
    read_from = f"{source.from_commit or ''}..{source.to_commit}\n".encode()
    w.take("source", subject, source, read_from, by="jonas")
    scans = inputs.file("sarif", f"{version}.sarif")
    w.take("static_findings", subject, sarif.read(scans).fact, scans.data, by="jonas")
    if scanned:
        ways_in(w, inputs.BUILDS[version])
    guarded(w, inputs.BUILDS[version])
    return source.to_commit


def ways_in(w: Writer, build: str) -> None:
    """What a scan of the ports finds, in a set-up like that of a hospital."""
    surface = {
        "as_of": f"{w.today}T08:00:00Z", "found_by": "scan", "setup": "as installed by the guide, on a network of medical "
        "devices", "build_id": build, "exposed": [
            {"protocol": "tcp", "place": str(said["port"]), "login": family != "hl7", "reachable_from": ["medical network"]}
            for family, said in FAMILIES.items() if said["port"]
        ],
    }  # fmt: skip
    seen = Source("surface.json", json.dumps(surface).encode())
    subject = subjects.build(w.product or "", build)
    w.take("attack_surface", subject, settings_files.read_surface(seen).fact, seen.data)


def guarded(w: Writer, build: str) -> None:
    """How the repository is guarded, as its server says."""
    settings = {
        "as_of": f"{w.today}T08:00:00Z", "repositories": [
            {"name": "ward-gateway", "review_asked": True, "rewriting_barred": True, "second_factor": True,
             "writers": w.who("aiko", "jonas", "minh", "daan"), "lock_files": True},
        ],
    }  # fmt: skip
    told = Source("settings.json", json.dumps(settings).encode())
    read = settings_files.read(told).fact
    subject = subjects.build(w.product or "", build)
    w.take("repository_settings", subject, read, told.data, by="jonas", as_of=read.as_of)


# --- documents ------------------------------------------------------------------------------------------------------


def anchors(w: Writer, manifest_: str | None) -> list[dict[str, Any]]:
    """Return where the guide tells of what."""
    ways = [*w.like("interface/"), *w.like("element/port-")]
    tells: dict[str, list[str]] = {
        "5.8.2 a": w("assume/network", "assume/hypervisor"),
        "5.8.2 b": [w("applicability"), *w.like("not-applicable/")],
        "5.8.2 c": w("asset/passwords", "asset/api-key"),
        "5.8.2 d": [w("risk/taken-over"), w("risk/busy-station"), w("threat/read-disk"), w("threat/busy-station")],
        "E.2.1": ways,
        "E.2.2": w.like("control/"),
        "E.2.3": w("assume/network", "assume/hypervisor"),
        "E.2.4": [record for name, record in w.records.items() if name.startswith("req/")] + [w("item/hl7")],
        "E.2.5": [manifest_] if manifest_ else [],
        "E.3": [w("req/erase")],
    }
    places: list[dict[str, Any]] = [
        {"item": item, "place": place, **({"tells_of": tells[item]} if tells[item] else {})}
        for item, place in CHAPTERS.items()
    ]
    places += [
        {"item": f"annex-e:{item}", "covered": "present", "place": CHAPTERS[item]}
        for item in CHAPTERS if item.startswith("E")
    ]  # fmt: skip
    places += [{"item": one, "place": CHAPTERS["5.8.2 b"]} for one in ("scoping", "tailoring")]
    return places


def guide(w: Writer, version: str) -> bytes:
    """Write the security guide of a release and return its text."""
    data = inputs.security_guide(version)
    w.new(
        f"guide/{version}", ReleaseDocument, by="aiko", title=f"Security guide of {version}", release=w(f"release/{version}"),
        covers=list(CHAPTERS), version=version, file=w.keep(data, f"Security guide of {version}", "text/markdown"),
        anchors=anchors(w, None),
    )  # fmt: skip
    w.sign()
    return data


def guide_tells_of_manifest(w: Writer, version: str) -> None:
    """The guide says how users check the package."""
    w.revise(f"guide/{version}", by="aiko", anchors=anchors(w, w(f"manifest/{version}")))
    w.sign()


def guide_reviewed(w: Writer, version: str) -> None:
    """People who did not write the guide read it, and find one thing, which is put right."""
    w.new(
        f"guide-review/{version}", DocumentationReview, by="jonas", title=f"Review of the security guide of {version}",
        release=w(f"release/{version}"), document=w(f"guide/{version}"),
        aspects=[{"aspect": one, "outcome": "right"} for one in ("capabilities", "environment", "practices-secure")],
    )  # fmt: skip
    w.new(
        f"decommission/{version}", DecommissioningGuide, by="aiko", title=f"Taking {version} out of service",
        release=w(f"release/{version}"), document=w(f"guide/{version}"), remove_product="10.1", remove_references="10.2",
        delete_data="10.3", dispose="10.4", assets_covered=w.all(
            f"asset/{one}" for one in ("results", "routes", "log", "passwords", "api-key")),
    )  # fmt: skip
    w.sign()


# --- keys and manifests ---------------------------------------------------------------------------------------------


def private(w: Writer) -> Ed25519PrivateKey:
    """Return the key that signs releases: of the example alone, and of no use elsewhere."""
    return Ed25519PrivateKey.from_private_bytes(w.chance.key("releases"))


def signing_key(w: Writer) -> None:
    """The key is made, in the presence of two."""
    public = private(w).public_key().public_bytes_raw()
    w.new(
        "key", SigningKey, by="daan", title="Key of releases", purpose="release-signing", algorithm="Ed25519",
        public_key=w.keep(public, "Public half of the key of releases", "application/octet-stream"), kept_in="hsm",
        custodians=w.who("tomasz", "daan"), signers=["release-pipeline"], procedure=w("sop/keys"),
        access_rule="Two custodians together open the module; the pipeline signs what both have confirmed.",
        created=w.today, rotate_by="2027-05-31",
        compromise_plan="Revoke, tell every site by notice within a day, sign the newest release anew with the spare key.",
    )  # fmt: skip
    w.sign()
    w.happened("key", "tomasz", custody_checked_on=w.today)


def packed(w: Writer, version: str, guide_: bytes, *, without: tuple[str, ...] = ()) -> None:
    """Lay out the package, list its files, sign the list; `without` is what the list forgets."""
    files = inputs.package(version, guide_)
    with tempfile.TemporaryDirectory() as made:
        folder = inputs.laid(files, Path(made) / f"ward-gateway-{version}")
        listed = package.read(folder)
    lines = "".join(f"{one.sha256}  {one.path}\n" for one in listed.fact.files).encode()
    w.take("package_files", w(f"release/{version}"), listed.fact, lines, by="jonas")
    kept = {path: data for path, data in files.items() if path not in without}
    data = inputs.manifest(kept, f"{w.today}T09:00:00Z")
    signature = private(w).sign(data)
    public = private(w).public_key().public_bytes_raw()
    w.new(
        f"manifest/{version}", IntegrityManifest, by="daan", title=f"Manifest of {version}", release=w(f"release/{version}"),
        files=w.keep(data, f"Manifest of {version}", "text/plain"),
        signature=w.keep(b64encode(signature), f"Signature of the manifest of {version}", "text/plain"), key=w("key"),
        how_users_verify=w(f"guide/{version}"),
    )  # fmt: skip
    w.sign()
    source = Source("MANIFEST.sha256", data)
    fact = manifest.read(source, signature=Source("sig", b64encode(signature)), public_key=Source("key", public)).fact
    w.take("manifest_files", source.digest, fact, data, by="jonas")
    w.signed[sha256(data).hexdigest()] = (w.now, data, b64encode(signature).decode())


def key_log(w: Writer, until: str) -> None:
    """The custodian exports the log of the key."""
    said = [{"until": f"{until}T20:00:00Z", "key": KEY}]
    said += [
        {"time": at, "key": KEY, "identity": "release-pipeline", "digest": digest, "signature": signature}
        for digest, (at, _, signature) in w.signed.items() if at[:10] <= until
    ]  # fmt: skip
    data = "".join(json.dumps(one) + "\n" for one in said).encode()
    held = {digest: signed for digest, (_, signed, _) in w.signed.items()}
    read = signing_log.read(
        Source("key.log", data), public_key=private(w).public_key().public_bytes_raw(), content=held.get
    )
    w.take("signing_log", w("key"), read.fact, data, by="tomasz", org=True)


# --- the decision ---------------------------------------------------------------------------------------------------


def attested(w: Writer, version: str, obligations: tuple[str, ...]) -> None:
    """What is attested at each release, by who answers for it."""
    for obligation, by, statement, rests in (
        ("5.1.2-1", "tomasz", "I walked through the places where we build; they are as written.", [w("environment")]),
        ("5.3.1-1", "aiko", "The layers hold by themselves: I took each away in turn and looked what still stood.",
         w.like("layer/")),
        ("5.4.2-1", "aiko", "Each threat meets a measure that counters it, not one that only names it.",
         w.like("design/")[:6]),
        ("5.7.2-1", "priya", "The attempts to get round the controls were those that an attacker would make.",
         w.like(f"run/{version}/")[:6]),
    ):  # fmt: skip
        if obligation not in obligations:
            continue
        w.new(
            f"attest/{obligation}/{version}", Attestation, by=by, title=f"{obligation}: {BY_KEY[by].name}, {version}",
            obligation=obligation, release=w(f"release/{version}"), statement=statement, rests_on=rests, on=w.today,
        )  # fmt: skip
    w.sign()


def assessed(w: Writer, version: str | None = None) -> assessments.Assessment:
    """Return where the product stands now."""
    release = w(f"release/{version}") if version else None
    return moments.assess_product(moments.Asked(product=w.product or "", release=release), w.clock.now)


def decided(w: Writer, version: str, sites: dict[str, int]) -> None:
    """Assess, decide on that, put it to use at its first sites, and mark the baseline."""
    found = assessed(w, version)
    data = assessments.document_bytes(found)
    digest = w.assessments[version] = sha256(data).hexdigest()
    w.take("assessments", digest, assessments.as_fact(found), data, by="tomasz")
    w.new(
        f"decision/{version}", ReleaseDecision, by="aiko", title=f"{version} goes out", release=w(f"release/{version}"),
        outcome="release", assessment=digest, on=w.today,
    )  # fmt: skip
    w.sign()
    configuration.fielded(w, version, sites)
    w.baselines[version], _ = acts.make_baseline(w.hand("daan"), w.product, w(f"release/{version}"))


def ledger_verified(w: Writer) -> None:
    """A checkpoint leaves the machine, the ledger is verified, and that is put on record."""
    with tempfile.TemporaryDirectory() as mailed:
        checkpoints.give_out(Path(mailed))
    verify.take_in_verification(w.hand("ruben"), verify.verify())


def claimed(w: Writer, version: str) -> None:
    """The maker tells the world that the documents of Annex E are there."""
    w.new(
        f"claim/{version}", Claim, title=f"Documents of {version}", release=w(f"release/{version}"), concept="docs-annex-e",
        edition=catalogue().edition.id, assessment=w.assessments[version],
    )  # fmt: skip
    w.sign()


def carried(w: Writer, version: str, before: str, names: list[str], why: str) -> None:
    """What of the release before still holds."""
    w.new(
        f"carried/{version}", CarriedForward, by="aiko", title=f"Carried from {before} to {version}",
        release=w(f"release/{version}"), from_release=w(f"release/{before}"),
        records=[{"record": w(name), "why_unaffected": why} for name in names],
        differences=w.text(f"What differs between {before} and {version}", "Three packages, one parser, no interface."),
    )  # fmt: skip
    w.sign()
