"""Annex F in the example: a product from before the standard, what it lacks, and its way to all clauses."""

from __future__ import annotations

from asepsis.configuration.records import Release, SoftwareItem
from asepsis.development.records import ReleaseDocument, Requirement
from asepsis.example import configuration
from asepsis.example.risk import score
from asepsis.example.writer import Writer
from asepsis.maintenance.records import MonitoredSource
from asepsis.problems.records import Exploitability
from asepsis.quality.records import Applicability, ProductProfile
from asepsis.risk.records import Control, Element, OverallRisk, Risk, SecurityContext, SystemModel, Threat
from asepsis.statements.records import NotApplicable
from asepsis.transition.records import (
    ComponentJustification,
    ContinuedUseRationale,
    TransitionAssessment,
    TransitionGap,
    TransitionPlan,
)

NONE = {"presence": "none"}
FILE = "result-printer-1.9.0"


def scope(w: Writer) -> None:
    """A printer of results that hospitals have had since 2019."""
    w.new(
        "old/profile", ProductProfile, by="ines", title="Result Printer", name="Result Printer", form="software-only",
        intended_use="Prints laboratory results at the ward, in the order in which they come.",
        users=[{"who": "ward nurse"}, {"who": "hospital IT"}], environment_of_use="A computer at the ward, beside its printer.",
        foreseeable_misuse="The computer is used for reading mail.", markets=[{"country": "EU", "law": "MDR",
                                                                            "risk_class": "I"}], safety_class="A",
        essential_functions=[{"what": "results are printed", "harm": "A result is seen late."}],
        reachable="hospital-network", accounts=False, relies_on_services=False,
    )  # fmt: skip
    w.sign()
    w.new(
        "old/applicability", Applicability, by="ines", title="Result Printer: transitional route", profile=w("old/profile"),
        versions=["vers:semver/>=1.0.0|<2.0.0"], route="transitional", rationale="Made in 2019 and cared for since; Ward Gateway "
        "takes its place by 2028, and until then wards need it.", cyber_device=True,
        cyber_device_why="It takes results from the network.", developed_before="2019-11-30",
        developed_before_proof=w.text("Release note of Result Printer 1.0", "Released on 30 November 2019."),
        supporting_software=[{"what": "operating system of the ward's computers", "in_scope": False, "why": "Hospital IT brings "
                              "the computers and looks after their operating system."}],
    )  # fmt: skip
    w.sign()
    w.new(
        "old/release", Release, by="aiko", title="Result Printer 1.9.0", version="1.9.0", kind="product", planned="2026-08-31",
        markets=["EU"], support_until="2028-06-30", security_support_until="2028-06-30", build_id="rp-1.9.0-b40",
    )  # fmt: skip
    w.sign()
    for obligation in ("4.1.5-1", "4.1.5-2"):
        w.new(
            f"not-applicable/old/{obligation}", NotApplicable, title=f"{obligation}: no software made for us",
            obligation=obligation, why="All of it is our own code and open packages; nobody develops for us.",
            until="2027-06-30",
        )  # fmt: skip
    w.sign()


def threats(w: Writer) -> None:
    """The little that there is of a threat model."""
    w.new(
        "old/context", SecurityContext, title="A computer at the ward", profile=w("old/profile"), scenario="A computer beside a "
        "printer, on the network of the ward.", exposure="hospital-network", network_place="The ward's network; results come "
        "from the laboratory by TCP.", physical_protection="Staff is near; visitors pass by.",
        cyber_protection="The hospital's firewall and its care of the computer.",
        isolation="None from other computers of the ward.", safety_if_weaker="Results are printed late or not.",
        essential_functions_at_risk=["results are printed"], hardware_controls="none", users=["ward nurse", "hospital IT"],
    )  # fmt: skip
    w.sign()
    w.new("old/model", SystemModel, title="Result Printer", context=w("old/context"), reflects="1.9.0",
          last_relevant_change=w.today, absent=[{"part": "update", "why": "There is none over the network."}])  # fmt: skip
    w.new("old/element", Element, title="Printer service", model=w("old/model"), kind="process", zone="computer at the ward",
          reachable="external", debug=False)  # fmt: skip
    w.sign()
    w.new(
        "old/threat", Threat, title="Somebody prints results of their own making", element=w("old/element"),
        technique="own", category="forged message", actor="stranger on the ward's network", attack_vector="Sends text to the "
        "port of the service, which knows no login.", impact={"safety": "none", "effectiveness": "minor", "data": "minor",
                                                            "availability": "minor"}, severity=score("5.3"),
        disposition="mitigate",
    )  # fmt: skip
    w.sign()
    w.new(
        "old/control", Control, title="Only the laboratory's address may send", kind="protective", mitigates=[w("old/threat")],
        acts_on="score", side_effects={"security": NONE, "safety": NONE, "usability": NONE}, compensating=True,
        indicator="refused connections per week", trigger="a new laboratory system",
    )  # fmt: skip
    w.sign()
    w.new(
        "old/risk", Risk, title="Printed results of a stranger", threats=[w("old/threat")], initial=score("5.3"),
        harm_before="none", controls=[w("old/control")], residual=score("3.7"), harm_after="none", evaluation="acceptable",
        owner=w.who("tomasz"),
    )  # fmt: skip
    w.new(
        "old/requirement", Requirement, by="jonas", title="Takes results of listed addresses only", because=[w("old/control")],
        statement="The printer takes results of listed addresses only.", stages=["operate"], capability="authentication",
        criterion="A connection from another address is closed before a byte is read.",
    )  # fmt: skip
    w.new(
        "old/item", SoftwareItem, title="Pillow, as it was in 2024", purl="pkg:pypi/pillow", supplier=w("supplier/pillow"),
        versions=["vers:pypi/<11"], category="required", category_why="The project repairs its newest version only, and that "
        "one does not run on these computers.", can_affect_security=True, end_of_support="2025-10-15",
        support_source="The project supports its newest version alone.", entered_in=w("old/release"), evaluated_on=w.today,
        known_risks="No repair comes when a weakness is found.",
        instead_of_update="It draws the letterhead that is part of the product, and nothing that comes from outside.",
    )  # fmt: skip
    w.sign()


def built(w: Writer) -> None:
    """Its bill, out of the same pipeline; a year of sources; and the one advisory about it."""
    configuration.billed(w, FILE, "1.9.0", "rp-1.9.0-b40", "old/release")
    w.new("old/source", MonitoredSource, title="OSV, for Result Printer", source="feed", feed="osv", where="https://osv.dev",
          ecosystems=["pypi"], look_every_days=1, owner=w.who("samira"))  # fmt: skip
    w.new(
        "old/vex", Exploitability, title="PYSEC-2026-165 in pillow 10.3.0", advisory_id="PYSEC-2026-165",
        aliases=["CVE-2026-42308", "GHSA-wjx4-4jcj-g98j"], component="pkg:pypi/pillow@10.3.0", releases=[w("old/release")],
        severity={"method": "cvss3.1", "vector": "CVSS:3.1/AV:L/AC:L/PR:L/UI:N/S:U/C:N/I:N/A:H", "number": "5.5"},
        status="not-affected", justification="vulnerable-code-not-in-execute-path", impact="Text is printed by the printer's "
        "own fonts; this package draws the letterhead and no text.",
        rests_on={"reachability": "not-reachable", "kev": False, "epss": "unknown", "exploited": "no"},
    )  # fmt: skip
    w.sign()


def assessed(w: Writer) -> None:
    """What there is for each clause, and what is missing."""
    lacking = {
        "5.2.2": "Requirements were reviewed by one person only.", "5.7.3": "No test ever attacked the service.",
        "5.7.4": "Nobody ever tried to break in.",
    }  # fmt: skip
    available = {"5.2.1": ["old/requirement"], "7.1.2": ["old/context"], "7.2": ["old/model", "old/threat"],
                 "7.3": ["old/risk"], "7.1.1": ["old/model"]}  # fmt: skip
    rows = []
    for clause in (
        "5.2.1",
        "5.2.2",
        "5.2.3",
        "5.7.1",
        "5.7.2",
        "5.7.3",
        "5.7.4",
        "5.7.5",
        "7.1.1",
        "7.1.2",
        "7.2",
        "7.3",
    ):
        if clause in available:
            rows.append({"clause": clause, "available": w.all(available[clause]), "adequate": "yes"})
        else:
            why = lacking.get(clause, "There are notes of 2019, and no record that would show it.")
            rows.append({"clause": clause, "adequate": "partly" if clause == "5.2.2" else "no", "why": why})
    w.new("old/assessment", TransitionAssessment, title="Result Printer against the standard", versions=["1.9.0"],
          sub_clauses=rows)  # fmt: skip
    w.sign()
    for clause, closes, due in (
        ("5.2.2", "a", "2026-09-30"), ("5.2.3", "f", "2026-09-30"), ("5.7.1", "b", "2026-12-31"), ("5.7.2", "b", "2026-12-31"),
        ("5.7.3", "b", "2026-06-15"), ("5.7.4", "b", "2027-03-31"), ("5.7.5", "b", "2027-03-31"),
    ):  # fmt: skip
        w.new(
            f"old/gap/{clause}", TransitionGap, title=f"{clause} is not fulfilled", assessment=w("old/assessment"),
            clause=clause, what=lacking.get(clause, "Nothing shows it."), risk=w("old/risk"), owner=w.who("aiko"),
            closes_by=closes, due=due, justified="The service is small and reached from the ward alone; see its risk."
            if clause == "5.7.4" else None,
        )  # fmt: skip
    w.sign()


def continued(w: Writer) -> None:
    """Why it may go on, what users are told, and the plan."""
    w.new(
        "old/overall", OverallRisk, by="aiko", title="What is left in Result Printer 1.9.0", release=w("old/release"),
        plan=w("plan/risk"), risks=[w("old/risk")], conclusion="acceptable", why="One way in, bounded, from one address.",
        tell=[w("old/risk")],
    )  # fmt: skip
    w.new(
        "old/kept", ComponentJustification, title="Why Pillow stays as it is", item=w("old/item"),
        why_kept="Its newer versions need an operating system that these computers do not run.", risk=w("old/risk"),
        control=w("old/control"),
    )  # fmt: skip
    w.new(
        "old/guide", ReleaseDocument, by="jonas", title="Notes on Result Printer 1.9.0", release=w("old/release"),
        covers=["5.8.2 a", "5.8.2 d"], version="1.9.0", file=w.text("Notes on Result Printer 1.9.0", "Keep it on a network "
                                                                    "of its own; see what is left."),
        anchors=[{"item": "5.8.2 a", "place": "1"}, {"item": "5.8.2 d", "place": "2", "tells_of": [w("old/risk")]}],
    )  # fmt: skip
    w.sign()
    w.new(
        "old/rationale", ContinuedUseRationale, title="Result Printer may stay until 2028", release=w("old/release"),
        rationale="Wards without screens would go back to the telephone, which is slower and loses results.",
        rests_on=w("old/overall"), until="2028-06-30",
    )  # fmt: skip
    w.new(
        "old/plan", TransitionPlan, title="From the printer to the gateway", milestones=[
            {"what": "Requirements reviewed, packages evaluated", "clauses": ["5.2.2", "5.2.3"], "due": "2026-09-30"},
            {"what": "Tests of the service", "clauses": ["5.7.1", "5.7.2", "5.7.3"], "due": "2026-12-31"},
            {"what": "A laboratory breaks in", "clauses": ["5.7.4", "5.7.5"], "due": "2027-03-31"},
            {"what": "Ward Gateway takes its place", "clauses": ["5.1.1", "5.3.1", "5.4.2", "5.5.2", "5.8.2"],
             "due": "2028-03-31"},
        ], full_by="2028-03-31", review_by="2027-01-31",
    )  # fmt: skip
    w.sign()
