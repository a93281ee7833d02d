"""Clause 4.1 in the example: the quality system, its people, the products' scope, and how the maker looks at itself."""

from __future__ import annotations

from datetime import date
from typing import Any

from asepsis.clauses.catalogue import catalogue
from asepsis.development.records import Finding
from asepsis.example.cast import BY_KEY, CAST, LABORATORY
from asepsis.example.writer import Writer
from asepsis.problems.records import Decision, Incident, Report
from asepsis.quality.domain import months_after
from asepsis.quality.records import (
    Applicability,
    Appointment,
    Audit,
    ImprovementAction,
    ManagementReview,
    Nonconformity,
    PeriodicReview,
    Procedure,
    ProductProfile,
    Qualification,
    QualitySystem,
    Role,
    Training,
)
from asepsis.record.kind import KINDS, Kind
from asepsis.record.slots import SystemRole as R
from asepsis.risk.records import Vulnerability
from asepsis.statements.records import Attestation, Policy
from asepsis.store import acts, people, queries

CLAUSES = [clause.id for clause in catalogue().clauses if clause.decided_by is not None]
ACCOUNTABLE: dict[R, tuple[str, ...]] = {
    R.MANAGEMENT: ("4.1.2", "4.2"),
    R.QUALITY: ("4.1.1", "4.1.4", "4.1.5", "4.1.6", "4.1.8"),
    R.REGULATORY: ("4.1.3", "4.1.7", "4.1.9", "5.8.2", "5.8.7", "F.2", "F.3", "F.4"),
    R.SECURITY: (
        "4.3", "5.1.2", "5.1.3", "5.2.3", "5.8.4", "6.1.1", "6.2.1", "7.1.1", "7.1.2", "7.2", "7.3", "7.4", "7.5", "9.3",
        "9.4", "9.5",
    ),
    R.ARCHITECT: ("5.1.1", "5.2.1", "5.2.2", "5.3.1", "5.3.2", "5.3.3", "5.4.1", "5.4.2", "5.4.3", "5.4.4"),
    R.DEVELOPER: ("5.5.1", "5.5.2"),
    R.TESTER: ("5.6", "5.7.1", "5.7.2", "5.7.3", "5.7.4", "5.7.5", "6.2.2"),
    R.RELEASE_MANAGER: ("5.8.1", "5.8.3", "5.8.5", "5.8.6", "6.3.1", "6.3.2", "6.3.3", "8"),
    R.INCIDENT: ("9.2",),
}  # fmt: skip
HELPING: dict[R, tuple[str, ...]] = {R.CLINICAL: ("7.1.2",), R.SAFETY: ("7.3", "7.4")}
TITLES = {
    R.MANAGEMENT: "Management", R.QUALITY: "Head of quality", R.REGULATORY: "Regulatory affairs",
    R.SECURITY: "Product security", R.ARCHITECT: "Software architecture", R.DEVELOPER: "Software development",
    R.TESTER: "Security testing", R.CLINICAL: "Clinical expertise", R.SAFETY: "Safety risk management",
    R.RELEASE_MANAGER: "Release management", R.INCIDENT: "Incident handling",
}  # fmt: skip
SKILLS: dict[R, tuple[str, int]] = {
    R.MANAGEMENT: ("security governance", 1),
    R.QUALITY: ("auditing of security processes", 2),
    R.REGULATORY: ("law of disclosure", 2),
    R.SECURITY: ("threat modelling", 2),
    R.ARCHITECT: ("secure design", 2),
    R.DEVELOPER: ("secure coding", 2),
    R.TESTER: ("security testing", 2),
    R.CLINICAL: ("clinical use of data", 1),
    R.SAFETY: ("safety risk management", 2),
    R.RELEASE_MANAGER: ("control of releases", 1),
    R.INCIDENT: ("incident handling", 2),
}
COURSES = {
    "governing": ("Governing product security", (R.MANAGEMENT, R.QUALITY, R.REGULATORY, R.RELEASE_MANAGER)),
    "building": ("Building secure health software", (R.SECURITY, R.ARCHITECT, R.DEVELOPER, R.TESTER)),
    "harm": ("From attack to harm", (R.CLINICAL, R.SAFETY, R.INCIDENT)),
}


def _kinds(*processes: str) -> list[str]:
    return [kind.__name__ for kind in KINDS.values() if kind.meta.process in processes]


def _procedures() -> list[tuple[str, str, str, list[str], list[str], str]]:
    testing = ["TestPlan", "TestCase", "TestRun", "Finding"]
    release = [
        "ReleaseDocument", "DocumentationReview", "IntegrityManifest", "DecommissioningGuide", "CarriedForward",
        "ReleaseDecision",
    ]  # fmt: skip
    telling = ["Advisory", "AuthorityReport", "Notice"]
    rest = [one for one in _kinds("development") if one not in (*testing, *release, "SigningKey")]
    five = [one for one in CLAUSES if one.startswith("5.")]
    return [
        (
            "frame", "SOP-010", "Product security in the quality system",
            ["4.1.1", "4.1.2", "4.1.3", "4.1.4", "4.1.6", "4.1.8"], _kinds("quality", "statements"),
            "Security activities are processes of this system: each has an owner, a record and an audit.",
        ),
        (
            "items", "SOP-020", "Suppliers, software items and changes", ["4.1.5", "4.3", "8"], _kinds("configuration"),
            "What goes into a build is known before it is built, has a category, and changes only on request.",
        ),
        (
            "risk", "SOP-030", "Security risk management", ["4.2", *(one for one in CLAUSES if one.startswith("7"))],
            _kinds("risk"), "Severity and harm decide; how likely an attack is plays no part in accepting it.",
        ),
        (
            "develop", "SOP-040", "Secure development",
            [one for one in five if not one.startswith(("5.7", "5.8"))], rest,
            "From requirement to code: every control has a requirement, every requirement a place in the design.",
        ),
        (
            "test", "SOP-041", "Security testing", [one for one in five if one.startswith("5.7")], testing,
            "Nobody tests their own work; who breaks in reports to the head of quality.",
        ),
        (
            "release", "SOP-042", "Documents and release",
            ["4.1.9", *(one for one in five if one.startswith("5.8") and one != "5.8.4")], release,
            "A release goes out on an assessment without gaps, or for the sake of patients with gaps that have an owner.",
        ),
        (
            "keys", "SOP-043", "Signing keys", ["5.8.4"], ["SigningKey"],
            "A key lives in a hardware module, has two custodians, signs only what a pipeline hands it, and is logged.",
        ),
        (
            "update", "SOP-050", "Security updates", [one for one in CLAUSES if one.startswith("6")],
            [*_kinds("maintenance"), "IntegrityManifest"], "Watch, verify, deliver: days count from when one could know.",
        ),
        (
            "problem", "SOP-060", "Security problem resolution", [one for one in CLAUSES if one.startswith("9")],
            [one for one in _kinds("problems") if one not in telling],
            "Every report is answered in a week, looked into within a month, and decided by the role of its cell.",
        ),
        (
            "disclose", "SOP-061", "Coordinated disclosure", ["4.1.7"], telling,
            "Users learn of a weakness from us, in words that they can act on; authorities by the hour that the law gives.",
        ),
        (
            "transition", "SOP-070", "Transitional health software",
            [one for one in CLAUSES if one.startswith("F")], _kinds("transition"),
            "What was built before the standard is assessed, its gaps get an owner and a day, and users are told.",
        ),
    ]  # fmt: skip


# --- the first summer -----------------------------------------------------------------------------------------------


def people_and_roles(w: Writer) -> None:
    """Everybody comes in; management gives out the roles, with the clauses that each answers for."""
    for one in CAST:
        if one.key not in w.people and one.organisation is None:
            w.people[one.key] = acts.admit(w.hand("helene"), one.name, "identity card, shown in person")
    people.take_in_people(w.hand("helene"))
    w.records["role/management"] = str(queries.row("ORG-ROL-1").id)
    w.records["holds/helene"] = str(queries.row("ORG-APT-1").id)
    w.kinds |= {w("role/management"): Role, w("holds/helene"): Appointment}
    for role, title in TITLES.items():
        skill, level = SKILLS[role]
        said: dict[str, Any] = {
            "title": title,
            "acts_as": [role],
            "accountable_for": list(ACCOUNTABLE.get(role, ())) or None,
            "responsible_for": list(ACCOUNTABLE.get(role, ()) + HELPING.get(role, ())),
            "skill_needs": [{"skill": skill, "level": level, "valid_months": 36}],
        }
        if role is R.MANAGEMENT:
            w.revise("role/management", by="helene", **said)
        else:
            w.new(f"role/{role}", Role, by="helene", **said)
    w.sign()
    for one in CAST[1:]:
        if one.deputy is one.role or one.organisation is not None:
            continue
        deputy = next((other.key for other in CAST if other.deputy is one.role), None)
        w.new(
            f"holds/{one.key}", Appointment, by="helene", org=True, title=f"{TITLES[one.role]}: {one.name}",
            role=w(f"role/{one.role}"), person=w.who(one.key), since="2024-07-01", unit=one.unit,
            deputy=w.who(deputy) if deputy else None, reports_to=w.who(one.boss) if one.boss else None,
        )  # fmt: skip
    w.sign()


def quality_system(w: Writer) -> None:
    """The system is certified, its procedures are written, and people show what they can do."""
    w.new(
        "qms", QualitySystem, title="Quality system of Quillhaven", standard="iso13485",
        scope="Design, making, delivery and care of health software at one site, product security included.",
        security_in_scope=True, certificate_until="2027-04-30",
        certificate=w.text("Certificate of the quality system", "ISO 13485, valid until 30 April 2027."),
        audit_plan=[{"clause": one, "by": "2026-11-30" if one[0] in "45" else "2027-05-31"} for one in CLAUSES],
    )  # fmt: skip
    for name, number, title, serves, makes, rule in _procedures():
        w.new(
            f"sop/{name}", Procedure, title=f"{number} {title}", number=number, serves=serves, version="1.0",
            effective="2024-08-01", review_by="2026-07-31", record_types=makes,
            document=w.text(f"{number} {title}", rule, f"It serves clauses {', '.join(serves)}."),
        )  # fmt: skip
    w.sign()
    for name, (title, roles) in COURSES.items():
        attending = [
            {"person": w.who(one.key), "on": "2024-07-12"}
            for one in CAST
            if one.role in roles and one.organisation is None
        ]
        w.new(
            f"course/{name}", Training, title=title, skills=[SKILLS[role][0] for role in roles],
            material=w.text(f"Course: {title}", "Two days, with exercises on our own product."), attendance=attending,
        )  # fmt: skip
    w.sign()
    _qualifications(w)


def from_before(w: Writer) -> None:
    """What was signed on paper before there was a ledger, and still counts, comes in with its originals."""
    before: dict[str, tuple[type[Kind], str, str, tuple[tuple[str, str], ...], dict[str, Any]]] = {
        "before/course": (
            Training, "Starting at Quillhaven", "2023-09-15", (("held", "head of quality"),), {
                "skills": ["how the quality system works"], "material": "Course: starting at Quillhaven",
                "attendance": [{"person": w.who(one), "on": "2023-09-15"} for one in ("jonas", "minh", "samira")],
            }),
        "before/audit": (
            Audit, "Certification of the quality system, 2024", "2024-04-19",
            (("audited", "lead auditor of the notified body"), ("seen", "management")), {
                "kind": "notified-body", "on": "2024-04-19", "auditors": [{"organisation": "Ostermark Certification"}],
                "clauses": ["4.1.1"], "own_work_excluded": True, "report": "Report of the certification audit of April 2024",
            }),
        "before/skill": (
            Qualification, "Ruben Achterberg: lead auditor", "2023-11-30", (("passed", "examiner"),), {
                "person": w.who("ruben"), "skill": "auditing of quality systems", "level": 3, "shown_by": "certificate",
                "on": "2023-11-30", "until": "2028-11-30", "proof": "Certificate: lead auditor",
            }),
        "before/harm": (
            Qualification, "Livia Moretti: ISO 14971", "2022-10-14", (("passed", "examiner"),), {
                "person": w.who("livia"), "skill": "risk management of medical devices", "level": 3, "shown_by": "certificate",
                "on": "2022-10-14", "until": "2027-10-14", "proof": "Certificate: risk management",
            }),
    }  # fmt: skip
    taken: dict[str, tuple[type[Kind], dict[str, Any]]] = {}
    for name, (kind, title, day, signatures, said) in before.items():
        signed = "; ".join(f"{meaning}: {role}, {day}" for meaning, role in signatures)
        original = w.text(title, "As it lies in the binder.", f"Signed on paper. {signed}.")
        taken[name] = kind, {
            **{field: original | {"shows": one} if field in SHOWN else one for field, one in said.items()},
            "title": title, "taken_over": {
                "original": original, "on": day,
                "signatures": [{"meaning": meaning, "role": role, "on": day} for meaning, role in signatures],
            },
        }  # fmt: skip
    w.take_over("eluned", taken)


SHOWN = ("material", "report", "proof")  # fields whose file is the original itself


def _qualifications(w: Writer) -> None:
    """First those who bring a certificate, then those whom they assess. One of them ends in June 2026."""
    certified = [one for one in CAST if one.key not in ("eluned", "jonas", "minh", "nadia")]
    for one in certified:
        skill, _ = SKILLS[one.role]
        w.new(
            f"can/{one.key}", Qualification, title=f"{one.name}: {skill}", person=w.who(one.key), skill=skill,
            level=3 if one.key in ("tomasz", "aiko", "priya") else 2, shown_by="certificate", on="2024-06-20",
            until="2027-06-20", proof=w.text(f"Certificate: {skill}", f"Held by {one.name}."),
        )  # fmt: skip
    w.sign()
    assessed = [
        ("samira", "threat modelling", "tomasz", "work-sample", "2024-07-10", "2027-07-10"),
        ("eluned", "auditing of security processes", "ruben", "observed-work", "2024-07-11", "2027-07-11"),
        ("aiko", "secure coding", None, "certificate", "2024-06-03", "2027-06-03"),
    ]
    coding = [
        ("jonas", "secure coding", "aiko", "exam", "2024-06-17", "2026-06-16"),
        ("minh", "secure coding", "aiko", "exam", "2024-07-15", "2027-07-15"),
    ]
    for rows in (assessed, coding):
        for person, skill, assessor, shown, on, until in rows:
            w.new(
                f"can/{person}/{skill}", Qualification, title=f"{BY_KEY[person].name}: {skill}", person=w.who(person),
                skill=skill, level=3 if person == "aiko" else 2, shown_by=shown, on=on, until=until,
                assessor=w.who(assessor) if assessor else None,
                proof=w.text(f"{shown}: {skill}", f"What {BY_KEY[person].name} did, with remarks."),
            )  # fmt: skip
        w.sign()


def laboratory(w: Writer) -> None:
    """Who breaks in comes from outside, for this product and this year."""
    one = BY_KEY["nadia"]
    w.people[one.key] = acts.admit(w.hand("helene"), one.name, f"contract with {LABORATORY}, and a video call")
    w.new(
        "holds/nadia", Appointment, by="helene", title=f"Security testing: {one.name}", role=w(f"role/{one.role}"),
        person=w.who("nadia"), since=w.today, until="2026-12-31", organisation=LABORATORY, unit="other",
    )  # fmt: skip
    w.new(
        "can/nadia", Qualification, title=f"{one.name}: security testing", person=w.who("nadia"), skill="security testing",
        level=3, shown_by="certificate", on="2025-11-14", until="2028-11-14",
        proof=w.text("Certificate: penetration tester", f"Held by {one.name}."),
    )  # fmt: skip
    w.sign()
    people.take_in_people(w.hand("helene"))


def scope(w: Writer) -> None:
    """The gateway: what it is for, and the way through the standard, before any work on its security."""
    w.new(
        "profile", ProductProfile, by="ines", title="Ward Gateway", name="Ward Gateway", form="samd",
        intended_use="Takes images and laboratory results from hospital systems, checks that they belong to the patient "
        "whom they name, and shows them at the point of care without delay, so that critical results are acted on.",
        users=[
            {"who": "ward nurse", "does": "Reads results at the bedside; logs in through the hospital's systems."},
            {"who": "ward physician", "does": "Reads images and results and decides on treatment."},
            {"who": "hospital IT", "does": "Installs, connects, updates and watches the gateway."},
            {"who": "service engineer", "does": "Helps hospital IT, on site or by a session that IT opens."},
        ],
        environment_of_use="A virtual machine in the hospital's data centre, on the network of medical devices, between "
        "imaging, laboratory and ward systems.",
        foreseeable_misuse="One administrator account shared by a shift; the gateway put on the office network; updates "
        "put off for a year.",
        markets=[{"country": "EU", "law": "MDR", "risk_class": "IIa", "identifier": "demo-udi-0417"}],
        safety_class="B",
        essential_functions=[
            {"what": "critical results reach the ward", "harm": "A critical value is seen too late to be treated."},
            {"what": "results belong to the right patient", "harm": "A patient is treated on somebody else's result."},
        ],
        reachable="hospital-network", accounts=True, relies_on_services=True,
    )  # fmt: skip
    w.sign()
    w.new(
        "applicability", Applicability, by="ines", title="Ward Gateway: full route", profile=w("profile"),
        versions=["vers:semver/>=2.0.0"], route="full",
        rationale="Rewritten from 2.0.0 on, in active development, on a hospital network, with data of patients: nothing "
        "speaks for a shorter way.",
        supporting_software=[
            {"what": "Debian base image", "in_scope": True, "why": "We ask for it, hospital IT installs and updates it; we try "
             "its updates and say which fit."},
            {"what": "hospital's time and name service", "in_scope": False, "why": "Part of the hospital's network; the "
             "security context says what the gateway expects of them."},
        ],
        cyber_device=True, cyber_device_why="It is software and connects to the hospital network.",
    )  # fmt: skip
    w.sign()
    w.new(
        "policy", Policy, org=True, title="Days and levels of Quillhaven", effective="2024-09-01",
        review_by="2026-09-01", values=[
            {"name": "problems.acknowledge_days", "set_to": "5", "why": "Reporters were kept waiting too long in 2023."},
            {"name": "maintenance.compatibility_days", "set_to": "30", "why": "Fits our monthly run of tests."},
            {"name": "development.layers_for_high_risk", "set_to": "2", "why": "Confirmed after the design review."},
        ],
    )  # fmt: skip
    w.sign()


# --- looking back ---------------------------------------------------------------------------------------------------


def _issues(w: Writer) -> list[str]:
    return w.of_kinds(Report, Finding, Vulnerability, Decision, Incident)


def reviewed(
    w: Writer, name: str, subject: str, first: str, last: str, *, months: int = 12, org: bool = False, concluded: str,
    among: tuple[str, ...] | None = None,
) -> None:  # fmt: skip
    """Hold a periodic review over all issues that are known."""
    w.new(
        name, PeriodicReview, org=org, among=among, title=f"Review: {subject.replace('-', ' ')}, up to {last}", subject=subject,
        first_day=first, last_day=last, looked_at=None if org else _issues(w), complete=True, efficient=True,
        led_to_resolution=True, concluded=concluded,
        next_due=months_after(date.fromisoformat(last), months).isoformat(),
    )  # fmt: skip
    w.sign()


def attested(w: Writer, suffix: str) -> None:
    """The yearly attestations, signed by who answers for each."""
    for obligation, by, statement, rests in (
        ("4.1.1-2", "ruben", "I went through audits, open nonconformities and actions; the security processes run as "
         "written.", [w("qms"), w("sop/frame")]),
        ("4.1.2-2", "helene", "I went through the roles and who holds them; each is held by somebody who can do it.",
         w.like("role/")[:4]),
        ("4.1.7-1", "ines", "I went through what was disclosed, and to whom; nothing that users need to know is held "
         "back.", [w("sop/disclose")]),
        ("9.2-2", "samira", "I sent a report through each channel and followed it to its end.", w.like("channel/")),
    ):  # fmt: skip
        fresh = [w(f"review/management{suffix}")] if f"review/management{suffix}" in w.records else []
        w.new(
            f"attest/{obligation}{suffix}", Attestation, by=by, title=f"{obligation}: {BY_KEY[by].name}, {w.today[:4]}",
            obligation=obligation, statement=statement,
            rests_on=[*rests, *fresh] if obligation != "9.2-2" else rests, on=w.today,
        )  # fmt: skip
    w.sign()


def management_review(w: Writer, suffix: str, looked_at: list[str], concluded: str) -> None:
    """Management looks at security."""
    w.new(
        f"review/management{suffix}", ManagementReview, title=f"Management review of {w.today[:7]}", on=w.today,
        present=w.who("helene", "ruben", "tomasz", "ines"), looked_at=looked_at, security_concluded=concluded,
        minutes=w.text(f"Minutes of the management review of {w.today}", concluded),
    )  # fmt: skip
    w.sign()


def first_audit(w: Writer) -> None:
    """An internal audit finds that 2.2.0 went out on an assessment with gaps; the answer is given and accepted."""
    w.new(
        "audit/2025", Audit, title="Internal audit of secure development", kind="internal", on="2025-09-18",
        auditors=[{"person": w.who("eluned")}, {"organisation": "Fennmark Audits"}],
        clauses=[one for one in CLAUSES if one.startswith(("4.1", "5.8", "8"))], products=[w.products["GW"]],
        sample=w("release/2.2.0", "decision/2.2.0", "bom/2.2.0"), own_work_excluded=True,
        report=w.text("Report of the internal audit of September 2025", "One major nonconformity, on 5.8.6."),
    )  # fmt: skip
    w.sign()
    w.new(
        "nonconformity/2025", Nonconformity, title="2.2.0 went out on an assessment with gaps", audit=w("audit/2025"),
        grade="major", clause="5.8.6", about=[w("decision/2.2.0")], what="The assessment that the decision names holds gaps; "
        "the decision says release, and names none of them.", owner=w.who("daan"), answer_due="2025-10-31",
    )  # fmt: skip
    w.sign()


def procedure_renewed(w: Writer) -> None:
    """What the first report taught goes into the procedure."""
    w.revise(
        "sop/problem", version="1.1", effective="2025-12-15", review_by="2027-12-15",
        document=w.text("SOP-060 Security problem resolution, 1.1", "New: a site that reports is called back within two weeks, "
                        "whatever is known by then."),
    )  # fmt: skip
    w.sign()


def audit_answered(w: Writer) -> None:
    """Cause and correction are handed in; what keeps it from coming back is an action."""
    w.revise(
        "nonconformity/2025", cause="The assessment was looked at after the decision was written, and nobody compared them.",
        correction="The gaps of 2.2.0 were gone through; none of them harms a patient, and all are planned for 2.3.0.",
    )  # fmt: skip
    w.sign()
    w.happened("nonconformity/2025", "daan", answered_on=w.today)
    w.new(
        "action/audit", ImprovementAction, title="A decision is written on an assessment without gaps", origin="audit",
        because=w("nonconformity/2025", "decision/2.2.0"), what="The gate is asked before the meeting, its answer is the first "
        "page of the minutes, and a meeting without a yes is called off.", owner=w.who("daan"), due="2025-12-31",
    )  # fmt: skip
    w.sign()


def done(w: Writer, name: str, by: str, effect: str | None = None) -> None:
    """An action is done, or its effect is looked at."""
    if effect is None:
        w.happened(name, by, done_on=w.today)
    else:
        w.happened(name, by, effect_checked_on=w.today, worked=True, effect=effect)


def late_answered(w: Writer) -> None:
    """The yearly review came late, and a change was decided after it was made: what is done so that neither comes again."""
    w.new(
        "action/late", ImprovementAction, title="Reviews and changes have a day before their day", origin="review",
        because=w("review/problems/2026", "change/tls"), what="The calendar of quality warns four weeks before a review is due, "
        "and the repository refuses a merge whose change request nobody has signed.", owner=w.who("ruben"), due="2026-04-15",
    )  # fmt: skip
    w.sign()
