"""Every gap of the example has a next act, and whoever does it sees the gap gone; what is not tried says why."""

from __future__ import annotations

import copy
import re
import shutil
from base64 import b64encode
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from pytest_django.plugin import DjangoDbBlocker

from asepsis.conformance import moments
from asepsis.conformance.assessment import Assessment, Note
from asepsis.development.records import (
    DesignElement,
    DocumentationReview,
    Finding,
    Requirement,
    ReviewOf,
    TestCase,
    TestPlan,
    TestRun,
)
from asepsis.example import delivery, development, inputs, problems, quality, risk, story, testing
from asepsis.example.writer import Writer
from asepsis.exchange import facts, junit, manifest, subjects
from asepsis.exchange.source import Source
from asepsis.problems.records import Decision, Incident, Investigation, Report
from asepsis.quality.records import PeriodicReview, Qualification
from asepsis.risk.records import Asset, Risk, Threat, Vulnerability
from asepsis.store import queries, withholding
from tests.example.conftest import opened

FEW = problems.FEW


# --- what is done ---------------------------------------------------------------------------------------------------


def assess_jonas(w: Writer) -> None:
    w.new(
        "can/jonas/2026", Qualification, title="Jonas Feld: secure coding", person=w.who("jonas"), skill="secure coding",
        level=2, shown_by="exam", on=w.today, until="2028-06-30", assessor=w.who("aiko"),
        proof=w.text("exam: secure coding", "What Jonas Feld did, with remarks."),
    )  # fmt: skip
    w.sign()


def send_requirements_again(w: Writer) -> None:
    w.revise("agreement/tessaline", accepted_on=w.today)
    w.sign()


def evaluate_half_open(w: Writer) -> None:
    w.revise("risk/late", vulnerabilities=w.all(["vulnerability/greedy", "vulnerability/half-open"]))
    w.sign()


def evaluate_session(w: Writer) -> None:
    w.new(
        "risk/session", Risk, by="samira", title="A session outlives a change of its password", initial=risk.score("6.5"),
        vulnerabilities=w.all(["vulnerability/session"]), harm_before="none", controls=w.all(["control/chain"]),
        residual=risk.score("3.7"), harm_after="none", evaluation="acceptable", owner=w.who("tomasz"), among=FEW,
        benefit_risk="The pages are needed to run the gateway; who changes a password can end all sessions by a restart.",
    )  # fmt: skip
    w.submit()
    w.approve([w("risk/session")], only="tomasz")


def leave_half_open_in(w: Writer) -> None:
    w.revise("vulnerability/half-open", by="samira", left_in=True)
    w.sign()
    evaluate_half_open(w)


def leave_session_in(w: Writer) -> None:
    w.revise("vulnerability/session", by="samira", left_in=True)
    w.sign()
    evaluate_session(w)


def judge_starlette(w: Writer) -> None:
    for advisory in ("PYSEC-2026-248", "PYSEC-2026-249"):
        w.revise(
            f"vex/{advisory}/2.4.0", status="not-affected", justification="vulnerable-code-not-in-execute-path", until=None,
            impact="Forms are read by the gateway's own code.",
            rests_on={"reachability": "not-reachable", "kev": False, "epss": "under-1-percent", "exploited": "no"},
        )  # fmt: skip
    w.sign()


def review_requirements(w: Writer) -> None:
    development.review(
        w, "review/requirements/2.4.0", ReviewOf.REQUIREMENTS, w.all(["req/bounded"]), lead="daan",
        people=development.VIEWS,
    )  # fmt: skip


def look_at_design(w: Writer) -> None:
    dossier = queries.dossier(w.product)
    names = {record: name for name, record in w.records.items()}
    changed = w("req/bounded")
    stale = [
        names[item.id] for item in dossier.back(changed, DesignElement) for link in dossier.links(item)
        if link.target == changed and link.suspect
    ]  # fmt: skip
    w.look("aiko", *((name, "req/bounded") for name in stale))


def scan_ways_in(w: Writer) -> None:
    delivery.ways_in(w, inputs.BUILDS["2.4.0"])


def decide_flood(w: Writer) -> None:
    w.new(
        "investigation/add-flood", Investigation, title="ADD segments are joined without a bound",
        reports=w.all(["finding/add-flood"]), applicable=True, why="The listener joins what a message says belongs together.",
        verified="yes", how="The test that found it, on the build.", threats=w.all(["threat/flood"]), started_on=w.today,
        concluded_on=w.today,
    )  # fmt: skip
    w.sign()
    w.new(
        "decision/add-flood", Decision, title="Bound joined segments in 2.4.1", about=w.all(["finding/add-flood"]), option="plan",
        why="The queue holds back nothing of other senders, and a message of that size was never seen at a site.",
        risk=w("risk/late"), due="2026-09-30", disclose="no", disclose_why="It is in no release that is out.",
        residual=risk.score("3.7a"), harm="minor", prevents_similar="Each reader is tested with a message without end.",
        effects={name: {"size": "none", "why": "Other senders are not held up."} for name in
                 ("safety", "security", "effectiveness")},
    )  # fmt: skip
    w.sign()


def make_manifest_again(w: Writer) -> None:
    files = inputs.package("2.4.0", inputs.security_guide("2.4.0"))
    data = inputs.manifest(files, f"{w.today}T06:00:00Z")
    signature = b64encode(delivery.private(w).sign(data))
    w.revise(
        "manifest/2.4.0", by="daan", files=w.keep(data, "Manifest of 2.4.0", "text/plain"),
        signature=w.keep(signature, "Signature of the manifest of 2.4.0", "text/plain"),
    )  # fmt: skip
    w.sign()
    public = Source("key", delivery.private(w).public_key().public_bytes_raw())
    read = manifest.read(Source("MANIFEST", data), signature=Source("sig", signature), public_key=public).fact
    w.take("manifest_files", sha256(data).hexdigest(), read, data, by="jonas")


def export_log(w: Writer) -> None:
    delivery.key_log(w, w.today)


def decide_half_open(w: Writer) -> None:
    w.revise(
        "decision/half-open", option="plan", why="Sites bound connections at their firewall until 2.4.1 ends them.",
        risk=w("risk/late"), due="2026-09-30", disclose="yes", disclose_why="Sites can do something until then.",
        prevents_similar="Each port has a time after which it closes.",
    )  # fmt: skip
    w.sign()


def decide_session(w: Writer) -> None:
    evaluate_session(w)
    w.new(
        "decision/session", Decision, title="End sessions with their password", about=w.all(["vulnerability/session"]),
        option="plan", why="It comes with 2.4.1, before the researcher speaks.", risk=w("risk/session"), due="2026-09-15",
        disclose="later", disclose_by="2026-09-28", disclose_why="The researcher asked for it.", among=FEW,
        prevents_similar="The end of a session is a requirement of its own.",
    )  # fmt: skip
    w.submit()
    w.approve([w("decision/session")], only="tomasz")


def look_through_open_issues(w: Writer) -> None:
    """The review names what is withheld, so it is withheld too, and quality is let in to sign it."""
    readers = w.who("eluned", "ruben", "jonas")
    hidden = w("report/session", "vulnerability/session", "investigation/session")
    withholding.disclose(w.hand("samira"), hidden, readers)
    quality.reviewed(
        w, "review/open/2.4.0", "open-issues", "2026-05-08", w.today, among=("eluned", "ruben", "jonas"),
        concluded="Four things keep 2.4.0 back; each has an owner.",
    )  # fmt: skip


def look_through_open_issues_in_two(w: Writer) -> None:
    """Everybody may read the review of what everybody may read; what is withheld has a review of its own beside it."""
    hidden = ["report/session", "vulnerability/session", "investigation/session"]
    withholding.disclose(w.hand("samira"), w.all(hidden), w.who("eluned", "ruben", "jonas"))
    known = [one for one in w.of_kinds(Report, Finding, Vulnerability, Incident) if one not in w.all(hidden)]
    said: dict[str, Any] = {
        "subject": "open-issues", "first_day": "2026-05-08", "last_day": w.today, "complete": True, "efficient": True,
        "led_to_resolution": True, "next_due": "2027-05-08",
    }  # fmt: skip
    w.new("review/open", PeriodicReview, title="What all may read", looked_at=known, concluded="Each is owed.", **said)
    w.sign()
    w.new(
        "review/withheld", PeriodicReview, title="What is withheld", among=("eluned", "ruben", "jonas"),
        looked_at=w.all(hidden[:2]), concluded="It waits for 2.4.1.", **said,
    )  # fmt: skip
    w.sign()


def run_flood_again(w: Writer) -> None:
    """The report says what it says where the bound is written into the code: the flood is refused."""
    data = re.sub(
        rb"<failure.*?</failure>", b"", inputs.file("junit", "2.4.0", "add_segments.xml").data, flags=re.DOTALL
    )
    data = data.replace(b'failures="1"', b'failures="0"')
    testing.run(
        w, "2.4.0", "vulnerability", w.all(["case/add-flood"]), w.keep(data, "pytest, ADD segments", "application/xml"),
        suffix="/add/again", retests=w.all(["finding/add-flood"]),
    )  # fmt: skip
    w.take("test_results", sha256(data).hexdigest(), junit.read(Source("add_segments.xml", data)).fact, data)
    w.sign()
    decide = ("hl7_load_a_message_too_long", "dicom_malformed_sizes", "add-flood")
    w.look("priya", *((f"case/{one}", "req/bounded") for one in decide))


def attack_old_printer(w: Writer) -> None:
    tried = [{"control": w("old/control"), "aim": aim, "threat": w("old/threat")} for aim in
             ("works", "gets-round", "no-new-weakness")]  # fmt: skip
    attacked(w, {"stranger": {"verifies": [w("old/requirement")], "challenges": tried}})


def attack_old_updates(w: Writer) -> None:
    w.new(
        "old/requirement/updates", Requirement, by="jonas", title="Takes no version but the newest of ours",
        because=[w("old/control")], statement="The installer takes a version of ours only, and none that is older.",
        stages=["maintain"], capability="updates", criterion="An altered disk and an older one are refused.",
    )  # fmt: skip
    w.sign()
    under = [w("old/requirement/updates")]
    attacked(w, {one: {"verifies": under, "technique": one} for one in ("tampered-update", "replayed-update")})


def attacked(w: Writer, cases: dict[str, dict[str, Any]]) -> None:
    """The printer is attacked by hand, each case in one run that passes."""
    w.new(
        "old/test-plan", TestPlan, by="priya", title="Attacks on the printer", type="threat-mitigation", independence=2,
        environment="A computer of a ward, with the version as shipped", tools=["netcat"], objectivity=testing.FREE,
    )  # fmt: skip
    w.sign()
    for key, rest in cases.items():
        w.new(
            f"old/case/{key}", TestCase, by="priya", title=f"Attack: {key}", plan=w("old/test-plan"), expected="Refused.",
            steps="Try it from another address, then from the laboratory's, then 10,000 times.", **rest,
        )  # fmt: skip
    w.sign()
    w.new(
        "old/run", TestRun, by="priya", title="Attacks on 1.9.0", plan=w("old/test-plan"), cases=w.like("old/case/"),
        build_id="rp-1.9.0-b40", release=w("old/release"), tester=w.who("priya"), on=w.today, outcome="pass", tools=["netcat"],
        report=w.text("Report of the attacks on 1.9.0", "All was refused."),
    )  # fmt: skip
    w.sign()


def import_old_source(w: Writer) -> None:
    source = facts.Source(("result-printer",), "0d5c1f9a" * 5, tag="v1.9.0", languages=(("C", 4_100),))
    w.take("source", subjects.build(w.products["OLD"], "rp-1.9.0-b40"), source, b"git log v1.9.0", by="jonas")


def review_old_notes(w: Writer) -> None:
    w.new(
        "old/notes-review", DocumentationReview, by="minh", title="Review of the notes on 1.9.0", release=w("old/release"),
        document=w("old/guide"),
        aspects=[{"aspect": one, "outcome": "right"} for one in ("capabilities", "environment", "practices-secure")],
    )  # fmt: skip
    w.sign()


def name_the_function(w: Writer) -> None:
    w.new(
        "old/asset", Asset, title="Results on paper", kind="function", essential_function="results are printed",
        need={"confidentiality": "moderate", "integrity": "high", "availability": "moderate", "safety": "moderate"},
    )  # fmt: skip
    w.revise("old/element", assets=w.all(["old/asset"]))
    w.sign()


def say_what_old_has_not(w: Writer) -> None:
    parts = (
        "classified-flow", "boundary", "store", "outside-entity", "protocol", "port", "board-connection",
        "external-dependency", "supply-chain", "manufacture", "deployment", "decommissioning",
    )  # fmt: skip
    w.new(
        "old/threat/update", Threat, title="A disk with an altered version", element=w("old/element"), technique="own",
        category="altered software", actor="whoever hands out the disk", attack_vector="Puts a version of their own on it.",
        impact={"safety": "none", "effectiveness": "minor", "data": "minor", "availability": "minor"},
        severity=risk.score("5.3"), phases=["update"], disposition="mitigate",
    )  # fmt: skip
    w.revise("old/model", last_relevant_change=w.today,
             absent=[{"part": one, "why": "One service on one computer; see the drawing of 2019."} for one in parts])  # fmt: skip
    w.sign()


def tell_safety_of_old(w: Writer) -> None:
    risk.handed_to_safety(w, "old/threats", w.all(["old/threat"]), "None of the threats to the printer harms anybody.",
                          "So it is; results on paper are read beside the screen.")  # fmt: skip


def justify_old_gap(w: Writer) -> None:
    justified = "One way in, from one address; it is attacked together with the gateway."
    w.revise("old/gap/5.7.3", justified=justified, due="2026-12-31")
    w.sign()


@dataclass(frozen=True)
class Closing:
    """What a next act is done for: the gaps of a check of a product, all, or those that name a record of the story."""

    product: str
    check: str
    act: Callable[[Writer], None]
    about: str | None = None

    def is_of(self, product: str, note: Note, w: Writer) -> bool:
        """Return whether a gap is one of these."""
        if (product, note.check) != (self.product, self.check):
            return False
        return self.about is None or queries.row(w(self.about)).label in note.said.text()


CLOSINGS = (
    Closing("GW", "quality.people_qualified_today", assess_jonas),
    Closing("OLD", "quality.people_qualified_today", assess_jonas),
    Closing("GW", "configuration.requirements_passed_on", send_requirements_again),
    Closing("GW", "risk.threats_and_vulnerabilities_evaluated", evaluate_half_open, "vulnerability/half-open"),
    Closing("GW", "risk.threats_and_vulnerabilities_evaluated", evaluate_session, "vulnerability/session"),
    Closing("GW", "risk.left_in_vulnerabilities_compensated", leave_half_open_in, "vulnerability/half-open"),
    Closing("GW", "risk.left_in_vulnerabilities_compensated", leave_session_in, "vulnerability/session"),
    Closing("GW", "configuration.category_duties_placed", judge_starlette),
    Closing("GW", "development.known_vulnerabilities_decided", judge_starlette),
    Closing("GW", "development.requirements_reviewed", review_requirements),
    Closing("GW", "development.requirement_allocated", look_at_design),
    Closing("GW", "development.exposed_surface_known", scan_ways_in),
    Closing("GW", "development.findings_resolved", decide_flood),
    Closing("GW", "problems.issues_decided", decide_flood),
    Closing("GW", "development.package_in_manifest", make_manifest_again),
    Closing("GW", "development.signing_log_matches", export_log),
    Closing("GW", "development.open_issues_at_gate", decide_half_open, "vulnerability/half-open"),
    Closing("GW", "development.open_issues_at_gate", decide_session, "vulnerability/session"),
    Closing("GW", "problems.open_issues_reviewed", look_through_open_issues),
    Closing("GW", "problems.open_issues_reviewed", look_through_open_issues_in_two),
    Closing("GW", "development.requirements_tested", run_flood_again),
    Closing("OLD", "development.documents_reviewed", review_old_notes),
    Closing("OLD", "risk.context_follows_profile", name_the_function),
    Closing("OLD", "risk.model_elements", say_what_old_has_not),
    Closing("OLD", "risk.safety_told", tell_safety_of_old),
    Closing("OLD", "transition.gaps_owned_and_closed", justify_old_gap),
    Closing("OLD", "development.mitigations_tested", attack_old_printer),
    Closing("OLD", "maintenance.update_attack_tested", attack_old_updates),
    Closing("OLD", "configuration.changes_have_requests", import_old_source),
)

# What is not tried: a gap that only follows from others has no check, and goes with them.
NOT_TRIED = {("GW", ""): "it follows from the other gaps", ("OLD", ""): "it follows from the other gaps"}


# --- the story, told once -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Told:
    """Where the story lies, and the hands that wrote it."""

    home: Path
    w: Writer


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory, django_db_blocker: DjangoDbBlocker) -> Told:
    home = tmp_path_factory.mktemp("acts") / "home"
    home.mkdir()
    with opened(home, django_db_blocker):
        call_command("migrate", verbosity=0)
        w = story.begin(home, seed=b"acts")
        story.tell(w, story.CHAPTERS)
    return Told(home, w)


@pytest.fixture
def w(told: Told, tmp_path: Path, django_db_blocker: DjangoDbBlocker) -> Iterator[Writer]:
    """The hands of the story, on a copy of its store."""
    home = tmp_path / "home"
    shutil.copytree(told.home, home)
    with opened(home, django_db_blocker):
        yield copy.deepcopy(told.w)


def stands(w: Writer, product: str) -> Assessment:
    return moments.assess_product(moments.Asked(w.products[product]), w.clock.now)


def gaps(w: Writer, product: str) -> list[Note]:
    found = stands(w, product)
    return [note for one in found.obligations if one.counts for note in (*one.gaps, *one.unknowns)]


@pytest.fixture(scope="module")
def head(told: Told, django_db_blocker: DjangoDbBlocker) -> dict[str, list[Note]]:
    """The gaps of each product at the end of the story."""
    with opened(told.home, django_db_blocker):
        return {product: gaps(told.w, product) for product in told.w.products}


def test_every_gap_says_what_to_do_next_and_who_owes_it(head: dict[str, list[Note]]) -> None:
    silent = [(product, note.check) for product, notes in head.items() for note in notes
              if not note.said.next() or not note.owner]  # fmt: skip
    assert silent == []


def test_the_next_act_of_every_gap_is_tried_or_it_is_said_why_not(told: Told, w: Writer) -> None:
    left = [
        (product, note.check, note.said.text()) for product in w.products for note in gaps(w, product)
        if not any(one.is_of(product, note, w) for one in CLOSINGS) and (product, note.check) not in NOT_TRIED
    ]  # fmt: skip
    assert left == []


def test_nothing_is_excused_that_is_no_gap(head: dict[str, list[Note]]) -> None:
    there = {(product, note.check) for product, notes in head.items() for note in notes}
    assert set(NOT_TRIED) <= there
    assert not set(NOT_TRIED) & {(one.product, one.check) for one in CLOSINGS}


@pytest.mark.parametrize("closing", CLOSINGS, ids=lambda one: f"{one.product}-{one.check}-{one.act.__name__}")
def test_who_does_the_next_act_sees_the_gap_gone(closing: Closing, w: Writer) -> None:
    before = [note for note in gaps(w, closing.product) if closing.is_of(closing.product, note, w)]
    assert before, "the example has no such gap"
    with w.on_product(closing.product):
        closing.act(w)
    after = [note.said.text() for note in gaps(w, closing.product) if closing.is_of(closing.product, note, w)]
    assert after == []
