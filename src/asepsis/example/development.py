"""Clause 5 up to the tests, in the example: plan, environment, requirements, layers, design, interfaces and reviews."""

from __future__ import annotations

from typing import Any

from asepsis.clauses.catalogue import catalogue
from asepsis.development.records import (
    QUESTIONS,
    CodingStandard,
    DesignElement,
    DesignPractices,
    DevelopmentEnvironment,
    Deviation,
    Interface,
    Layer,
    Requirement,
    Review,
    ReviewOf,
    SecurityPlan,
)
from asepsis.example.risk import CONTROLS, ELEMENTS
from asepsis.example.writer import Writer
from asepsis.store import acts, queries

NO_HARM = {"presence": "none", "text": "Measured: less than a millisecond for each message."}

# --- plan and frame -------------------------------------------------------------------------------------------------

OUTPUTS = {
    "5.1.1": ("planning", "release-manager", "SecurityPlan"), "5.1.2": ("planning", "security", "DevelopmentEnvironment"),
    "5.1.3": ("planning", "security", "CodingStandard"), "5.2.1": ("requirements", "architect", "Requirement"),
    "5.2.2": ("requirements", "architect", "Review"), "5.2.3": ("requirements", "security", "BillOfMaterials"),
    "5.3.1": ("architecture", "architect", "Layer"), "5.3.2": ("architecture", "architect", "DesignPractices"),
    "5.3.3": ("architecture", "architect", "Review"), "5.4.1": ("detailed design", "architect", "DesignElement"),
    "5.4.2": ("detailed design", "architect", "DesignElement"), "5.4.3": ("detailed design", "architect", "Interface"),
    "5.4.4": ("detailed design", "architect", "Review"), "5.5.1": ("coding", "developer", "CodingStandard"),
    "5.5.2": ("coding", "developer", "Review"), "5.6": ("test", "tester", "TestRun"), "5.7.1": ("test", "tester", "TestRun"),
    "5.7.2": ("test", "tester", "TestRun"), "5.7.3": ("test", "tester", "TestRun"), "5.7.4": ("test", "tester", "TestRun"),
    "5.7.5": ("test", "tester", "TestPlan"), "5.8.1": ("release", "release-manager", "Finding"),
    "5.8.2": ("release", "regulatory", "ReleaseDocument"), "5.8.3": ("release", "release-manager", "IntegrityManifest"),
    "5.8.4": ("release", "security", "SigningKey"), "5.8.5": ("release", "release-manager", "PeriodicReview"),
    "5.8.6": ("release", "release-manager", "ReleaseDocument"), "5.8.7": ("release", "regulatory", "DecommissioningGuide"),
}  # fmt: skip


def frame(w: Writer) -> None:
    """The plan comes first; then the place of work, and how one codes and designs."""
    w.new(
        "plan/security", SecurityPlan, by="daan", title="Security plan of Ward Gateway", profile=w("profile"),
        activities=[
            {"clause": clause.id, "phase": OUTPUTS[clause.id][0], "role": w(f"role/{OUTPUTS[clause.id][1]}"),
             "output": OUTPUTS[clause.id][2], "due": "2026-12-31"}
            for clause in catalogue().clauses if clause.id in OUTPUTS
        ], review_by="2026-01-31",
    )  # fmt: skip
    w.sign()
    w.new(
        "coding", CodingStandard, by="jonas", title="Coding standard for Python", languages=["Python"], version="3",
        topics=[
            {"topic": "exploitable-constructs", "rule_set": "No pickle, no shell, no XML with entities; ruff S."},
            {"topic": "banned-functions", "rule_set": "eval, exec, os.system, tempfile.mktemp, hashlib.md5."},
            {"topic": "tools", "rule_set": "ruff on each change; bandit on the package; no finding is merged."},
            {"topic": "practices", "rule_set": "Decisions apart from fetching; time and chance come in as arguments."},
            {"topic": "input-validation", "rule_set": "Bound first, then parse, then check; refuse, never mend."},
            {"topic": "error-handling", "rule_set": "Refuse with a reason in the log; tell the sender no more than needed."},
        ],
        tools=[{"name": "ruff", "version": "0.15.1", "languages": ["Python"], "rule_set": "S,B,F without S101",
                "severity_gate": "error"}],
        reviewed_on="2024-09-05", review_by="2025-09-05",
    )  # fmt: skip
    w.new(
        "practices", DesignPractices, by="jonas", title="How we design", reviewed_on="2024-09-05", practices=[
            {"topic": "boundaries-visible", "practice": "Each boundary is an element of the model and a class in the code."},
            {"topic": "least-privilege", "practice": "Each process has an account of its own, with the rights it needs."},
            {"topic": "proven-parts", "practice": "Cryptography, TLS and web server are well-kept packages, never our own."},
            {"topic": "simple-mechanisms", "practice": "One way in for each purpose; a rule fits on a page."},
            {"topic": "secure-patterns", "practice": "Deny, unless a rule allows; tokens that end; forms that count once."},
            {"topic": "small-attack-surface", "practice": "Four ports; what is not needed is not in the package."},
            {"topic": "no-debug-left", "practice": "The package is built without tests, shells and debug pages."},
            {"topic": "debug-data-guarded", "practice": "Support bundles hold no patient data and need an administrator."},
        ],
    )  # fmt: skip
    measures = [
        ("design", "access", "Models and records are open to the team alone, by the hospital-grade identity service."),
        ("implementation", "code", "A merge needs a review by another person; history cannot be rewritten."),
        ("implementation", "inputs", "Packages come from a mirror of our own, by digest."),
        (
            "test",
            "test-assets",
            "Test data is made up; test systems hold no patient and stand in a network of their own.",
        ),
        (
            "build",
            "build-chain",
            "Builds run on machines that start empty; their log ties each file to commit and bill.",
        ),
        ("release", "artefacts", "What was built is kept read-only, by digest, and signed from there."),
        ("delivery", "separation", "Who builds cannot publish; two people press the button."),
    ]
    w.new(
        "environment", DevelopmentEnvironment, by="jonas", org=True, title="Where we build", measures=[
            {"stage": stage, "topic": topic, "what": what, "verify_every_months": 6} for stage, topic, what in measures
        ],
    )  # fmt: skip
    w.sign()
    verified(w)


def verified(w: Writer) -> None:
    """Somebody looks whether the measures are in place."""
    held = (queries.effective_value(queries.row(w("environment"))) or {})["measures"]
    proof = w.text(f"Walk through the development environment, {w.today}", "Exports of settings and a log of a build.")
    w.happened(
        "environment", "tomasz", measures=[{**one, "proof": proof, "verified_on": w.today} for one in held]
    )  # fmt: skip


# --- requirements ---------------------------------------------------------------------------------------------------

REQUIREMENTS: dict[str, tuple[str, tuple[str, ...], str, str, str, str | None]] = {
    "framing": ("takes HL7 messages only when framed as MLLP", ("operate",), "control/bounds", "integrity",
                "A message without start or end is answered with AR, and nothing of it is kept.", "CR 3.5"),
    "bounded": ("refuses messages over 1 MB and images over 512 MB", ("operate",), "control/bounds", "resilience",
                "The first byte over the bound ends the transfer; memory stays under 600 MB.", "CR 7.1"),
    "waits": ("keeps 10,000 messages for a receiver that is away, in order", ("operate",), "control/queue", "resilience",
              "After an hour without the receiver all are delivered in their order; number 10,001 was refused.", "CR 7.1"),
    "matching": ("files a result only where number, name and birth date agree", ("operate",), "control/matching",
                 "integrity", "Of 100 pairs that differ in one field none is filed; each is set aside and shown.", "CR 3.5"),
    "stations": ("stores images of listed stations alone", ("install", "operate"), "control/stations", "authentication",
                 "A station that is not listed gets status 0122 and is a line of the log.", "CR 1.2"),
    "tokens": ("answers the API only for a signed token that has not ended", ("operate",), "control/tokens",
               "authentication", "A changed, forged or ended token gets 401 within 50 ms.", "CR 1.2"),
    "scopes": ("gives a client one patient's named resources and no other", ("operate",), "control/scopes",
               "authorisation", "Each resource and patient outside the token gets 403.", "CR 2.1"),
    "rights": ("lets viewers read and administrators change", ("install", "operate", "maintain"), "control/forms",
               "authorisation", "A viewer's order is refused for each of the seven orders there are.", "CR 2.1"),
    "passwords": ("keeps of a password only its scrypt digest", ("operate",), "control/lockout", "cryptography",
                  "The vault holds 64 bytes per account and no password; n is 16384 or more.", "CR 1.5"),
    "lockout": ("locks an account for 15 minutes after five wrong passwords", ("operate",), "control/lockout",
                "authentication", "The sixth try fails with the right password too; after 15 minutes it works.", "CR 1.11"),
    "forms": ("takes each form once, from a page of the same session", ("operate", "maintain"), "control/forms",
              "integrity", "A form sent twice, or with another form's token, changes nothing.", "CR 3.5"),
    "first-login": ("opens no port before the first password is set", ("install",), "control/first-login",
                    "authentication", "A port scan of a fresh gateway shows no open port.", "CR 1.5"),
    "journal": ("writes each act into a log whose lines are chained", ("operate", "maintain"), "control/chain", "logging",
                "With any one line taken out the daily check names the line after it.", "CR 2.8"),
    "updates": ("installs only whole, signed and newer packages", ("maintain",), "control/signed", "updates",
                "A changed package, a changed manifest and an older version are refused, each with its reason.", "CR 3.4"),
    "pins": ("consists of exactly the packages of its bill", ("install", "maintain"), "control/pins", "integrity",
             "The list of installed packages and the bill are equal.", "CR 3.4"),
    "erase": ("overwrites every store when it is taken out of service", ("decommission",), "control/erase",
              "confidentiality", "No byte of a known patient is found on the disk after it.", "CR 4.2"),
    "clock": ("refuses tokens by its own clock, which hospital IT keeps right", ("operate",), "assume/clock",
              "authentication", "With the clock five minutes past its end a token gets 401.", "CR 2.11"),
    "tls": ("speaks TLS 1.2 with forward secrecy at the least", ("operate",), "control/tls", "confidentiality",
            "A client that offers TLS 1.1 alone gets no connection.", "CR 4.1"),
    "limits": ("answers each client at most ten times a second, after forty at once", ("operate",), "control/limits",
               "resilience", "Of 100 requests at once 60 get 429; another client's are all answered.", "CR 7.1"),
}  # fmt: skip
LATER = ("tls", "limits")


def requirements(w: Writer, *names: str) -> None:
    """What the gateway has to do, so that the controls are there."""
    for key in names:
        statement, stages, because, capability, criterion, component = REQUIREMENTS[key]
        w.new(
            f"req/{key}", Requirement, by="jonas", title=statement[:1].upper() + statement[1:],
            statement=f"The gateway {statement}.", stages=list(stages), because=[w(because)], criterion=criterion,
            capability=capability, component_requirement=component,
        )  # fmt: skip
    w.sign()


def thought_better_of(w: Writer) -> None:
    """A requirement is written down and taken back: the hospital's own screen lock does it."""
    w.new(
        "req/screen", Requirement, by="jonas", title="Locks the screen of the ward", stages=["operate"],
        statement="The gateway locks the screen of the ward application.", because=[w("control/lockout")],
        criterion="After five minutes without input the screen is locked.", capability="authentication",
    )  # fmt: skip
    w.draft()
    record = w.records.pop("req/screen")
    acts.withdraw(w.hand("jonas"), record, "The ward application is not ours, and the hospital locks its screens.")


# --- design ---------------------------------------------------------------------------------------------------------

LAYERS: dict[str, tuple[int, str, str, tuple[str, ...], tuple[str, ...]]] = {
    "network": (1, "What may talk to the gateway", "Keeps out who is not listed, not encrypted or too greedy.",
                ("stations",), ("results", "delivery")),
    "entry": (2, "What may come in", "Lets in what is bounded, framed and authenticated, and nothing else.",
              ("bounds", "tokens", "lockout", "forms", "first-login"), ("results", "passwords", "api-key", "routes")),
    "rules": (3, "What may be done", "Holds each act against patient, scope and room, whoever asks.",
              ("scopes", "matching", "queue"), ("results", "delivery")),
    "kept": (4, "What is kept", "Keeps log, software and stored data whole, even against who is already inside.",
             ("chain", "signed", "pins", "erase"), ("log", "update", "results")),
}  # fmt: skip
LAYER_OF = {control: layer for layer, (_, _, _, held, _) in LAYERS.items() for control in held} | {
    "tls": "network", "limits": "network",
}  # fmt: skip

ARCHITECTURE: dict[str, tuple[str, tuple[str, ...], tuple[str, ...]]] = {
    "entries": ("Entry points", ("framing", "bounded", "stations", "tokens", "passwords", "lockout", "forms",
                                 "first-login", "clock"),
                ("boundaries-visible", "small-attack-surface", "secure-patterns", "no-debug-left")),
    "rules": ("Rules of routing and reading", ("waits", "matching", "scopes", "rights"),
              ("least-privilege", "simple-mechanisms")),
    "keeping": ("Stores and log", ("journal", "erase"), ("debug-data-guarded", "proven-parts")),
    "updating": ("Updating", ("updates", "pins"), ("proven-parts", "secure-patterns")),
}  # fmt: skip
DETAILED: dict[str, tuple[str, str, tuple[str, ...], tuple[str, ...], tuple[str, ...], tuple[str, ...]]] = {
    "dicom": ("DICOM listener", "entries", ("stations", "bounded"), ("stations", "bounds"), ("dicom_listener",), ()),
    "hl7": ("HL7 listener", "entries", ("framing", "bounded"), ("bounds",), ("hl7_listener",), ("tessaline", "hl7")),
    "fhir": ("FHIR API", "entries", ("tokens", "scopes", "clock"), ("tokens", "scopes"), ("fhir_api",),
             ("starlette", "pyjwt")),
    "console": ("Administrators' pages", "entries", ("passwords", "lockout", "forms", "first-login", "rights"),
                ("lockout", "forms", "first-login"), ("admin",), ("starlette",)),
    "router": ("Router and queue", "rules", ("waits", "matching", "erase"), ("queue", "matching", "erase"), ("router",), ()),
    "journal": ("Audit log", "keeping", ("journal",), ("chain",), ("audit",), ()),
    "updater": ("Updater", "updating", ("updates", "pins"), ("signed", "pins"), ("update",), ("cryptography", "urllib3")),
}  # fmt: skip
ALGORITHMS = {"fhir": ["SHA-256"], "journal": ["SHA-256"], "updater": ["Ed25519", "SHA-256"], "wire": ["ECDSA P-256"]}


def _counters(w: Writer, controls: tuple[str, ...]) -> list[str]:
    return w.all(dict.fromkeys(f"threat/{one}" for control in controls for one in CONTROLS[control][3]))


def _layers(w: Writer, controls: tuple[str, ...]) -> list[str]:
    return w.all(dict.fromkeys(f"layer/{LAYER_OF[one]}" for one in controls))


Detail = tuple[str, str, tuple[str, ...], tuple[str, ...], tuple[str, ...], tuple[str, ...]]


def detailed(w: Writer, key: str, said: Detail) -> dict[str, Any]:
    """Return what a detailed design says."""
    title, part_of, implements, controls, modules, items = said
    return {
        "title": title, "level": "detailed", "part_of": w(f"design/{part_of}"), "layers": _layers(w, controls),
        "implements": w.all(f"req/{one}" for one in implements), "counters": _counters(w, controls),
        "practices": list(ARCHITECTURE[part_of][2][:2]), "algorithms": ALGORITHMS.get(key), "language": "Python",
        "code_paths": [f"ward_gateway/{one}.py" for one in modules],
        "items": w.all(f"item/{one}" for one in items) or None, "safety_performance_weighed": NO_HARM,
    }  # fmt: skip


def design(w: Writer) -> None:
    """Layers, architecture, and the design that is coded from."""
    for key, (order, title, responsibility, held, serves) in LAYERS.items():
        w.new(
            f"layer/{key}", Layer, by="jonas", title=title, order=order, responsibility=responsibility,
            controls=w.all(f"control/{one}" for one in held), serves=w.all(f"asset/{one}" for one in serves),
        )  # fmt: skip
    w.sign()
    for key, (title, implements, practices) in ARCHITECTURE.items():
        controls = tuple(dict.fromkeys(
            control for _, part_of, _, held, _, _ in DETAILED.values() if part_of == key for control in held
        ))  # fmt: skip
        w.new(
            f"design/{key}", DesignElement, by="jonas", title=title, level="architecture",
            layers=_layers(w, controls), implements=w.all(f"req/{one}" for one in implements),
            counters=_counters(w, controls), practices=list(practices), safety_performance_weighed=NO_HARM,
        )  # fmt: skip
    w.sign()
    for key, said in DETAILED.items():
        w.new(f"design/{key}", DesignElement, by="jonas", **detailed(w, key, said))
    w.sign()


def second_design(w: Writer) -> None:
    """What 2.3.0 adds: TLS at the edge, and a limit for each client of the API."""
    w.revise("layer/network", by="jonas", controls=w.all(f"control/{one}" for one in (*LAYERS["network"][3], *LATER)))
    w.sign()
    implements = ARCHITECTURE["entries"][1]
    held = ("stations", "bounds", "tokens", "scopes", "lockout", "forms", "first-login", *LATER)
    w.revise(
        "design/entries", by="jonas", implements=w.all(f"req/{one}" for one in (*implements, *LATER)),
        layers=_layers(w, held), counters=_counters(w, held),
    )  # fmt: skip
    w.sign()
    title, part_of, implements, controls, modules, items = DETAILED["fhir"]
    limited: Detail = (title, part_of, (*implements, "limits"), (*controls, "limits"), (*modules, "limits"), items)
    w.revise("design/fhir", by="jonas", **detailed(w, "fhir", limited))
    wire: Detail = ("What is spoken on the wire", "entries", ("tls",), ("tls",), ("tls",), ("cryptography",))
    w.new("design/wire", DesignElement, by="jonas", **detailed(w, "wire", wire))
    w.sign()


# --- interfaces -----------------------------------------------------------------------------------------------------

FAMILIES: dict[str, dict[str, Any]] = {
    "dicom": {
        "elements": ("modality", "images", "port-dicom"), "port": 11112, "protocol": "DICOM", "users": ["imaging station"],
        "assets": ("results", "delivery"), "threats": ("rogue-station", "busy-station"),
        "capabilities": ("stations", "bounds"), "items": (),
        "context": "Reached from the network of medical devices alone; DICOM knows a title, and no login.",
        "privileges": "The title of a station that is listed; it may store, and nothing else.",
        "validation": "Title, class, size and patient of each image are checked before a byte is kept.",
        "output": "A status of the standard, and no text.", "errors": "A refused image is a line of the audit log.",
    },
    "hl7": {
        "elements": ("laboratory", "feed", "port-hl7"), "port": 2575, "protocol": "MLLP", "users": ["laboratory system"],
        "assets": ("results", "delivery"), "threats": ("flood", "wrong-patient"), "capabilities": ("bounds", "matching"),
        "items": ("tessaline", "hl7"), "context": "Reached from the laboratory's addresses alone; MLLP knows no login.",
        "privileges": "none beyond the address: the protocol knows no login; see the deviation",
        "validation": "Frame, length, encoding and first segment are checked before anything is read.",
        "output": "AA or AR with the control id, and no text of ours.", "errors": "AR to the sender, the reason to the log.",
    },
    "fhir": {
        "elements": ("ward", "reads", "port-fhir"), "port": 443, "protocol": "https", "users": ["ward application"],
        "assets": ("results", "api-key"), "threats": ("stolen-token", "over-reach", "eavesdrop"),
        "capabilities": ("tokens", "scopes"), "items": ("starlette", "pyjwt"),
        "context": "Reached from ward systems; the hospital's identity service gives out the tokens.",
        "privileges": "A token for one patient and named resources.",
        "validation": "Token, resource and patient are checked before anything is looked up.",
        "output": "One patient's resources; an error tells no more than its status.", "errors": "401, 403, 404 or 429.",
    },
    "console": {
        "elements": ("desk", "orders", "port-console"), "port": 8443, "protocol": "https", "users": ["hospital IT"],
        "assets": ("routes", "passwords"), "threats": ("guessed-password", "forged-form", "open-install"),
        "capabilities": ("lockout", "forms", "first-login"), "items": ("starlette",),
        "context": "Reached from the desks of hospital IT; the guide asks for a network of their own.",
        "privileges": "An account as viewer or administrator.",
        "validation": "Session, token of the form, and right are checked before an order is carried out.",
        "output": "Pages without scripts of others; no stack traces.", "errors": "A refused login tells not which part failed.",
    },
    "update": {
        "elements": ("updates", "service"), "port": None, "protocol": "https", "users": ["update service"],
        "assets": ("update",), "threats": ("evil-update", "old-update"), "capabilities": ("signed", "pins"),
        "items": ("urllib3", "cryptography"), "context": "The gateway asks, through the hospital's proxy; nothing asks it.",
        "privileges": "none: what is fetched is public and counts only when signed; see the deviation",
        "validation": "Signature, digest and version are checked before a file is opened.",
        "output": "A request for the newest manifest; it tells the installed version and nothing else.",
        "errors": "The reason of a refusal is shown to administrators and written to the log.",
    },
}  # fmt: skip
DESIGN_OF = {"update": "updater"}
NAMES = {"dicom": "DICOM", "hl7": "HL7", "fhir": "FHIR", "console": "Administration", "update": "Update"}


def interfaces(w: Writer) -> None:
    """Every way in, with what there is to know of it."""
    titles = {key: title for key, title, *_ in ELEMENTS}
    for family, said in FAMILIES.items():
        for key in said["elements"]:
            locator = (
                {"protocol": "tcp", "port": said["port"]} if key.startswith("port-") else {"protocol": said["protocol"]}
            )
            place = {} if key.startswith("port-") else {"path": f"{family}/{key}"}
            w.new(
                f"interface/{key}", Interface, by="jonas", title=f"{NAMES[family]}: {titles[key]}", element=w(f"element/{key}"),
                design=w(f"design/{DESIGN_OF.get(family, family)}"), physical=False, locators=[locator | place],
                reach="external", context_meaning=said["context"], users=said["users"],
                assets=w.all(f"asset/{one}" for one in said["assets"]), crosses_boundary=True,
                considerations=f"It carries {said['protocol']} and is bounded in size.",
                threats=w.all(f"threat/{one}" for one in said["threats"]), privileges=said["privileges"],
                capabilities=w.all(f"control/{one}" for one in said["capabilities"]), validation=said["validation"],
                output=said["output"], errors=said["errors"], items=w.all(f"item/{one}" for one in said["items"]) or None,
                mitigations=w.all(f"control/{one}" for one in said["capabilities"]),
                absent=None if said["items"] else [{"item": "items", "why": "No package of others stands behind it: the "
                                                   "listener is our own code down to the socket."}],
            )  # fmt: skip
    w.sign()
    w.new(
        "deviation/login", Deviation, by="jonas", title="Feeds without a login of their own", departs_from="design-practice",
        topic="secure-patterns", about=w.all(f"interface/{one}" for family in ("dicom", "hl7", "update")
                                             for one in FAMILIES[family]["elements"]),
        why="DICOM and MLLP as hospitals run them know no login, and an update is public; what comes in is checked for "
        "what it is instead: listed station, agreement of three fields, signature.",
        compensated_by=w.all(f"control/{one}" for one in ("stations", "bounds", "matching", "signed")),
    )  # fmt: skip
    w.new(
        "deviation/chance", Deviation, by="jonas", title="Chance that can be repeated, in tests", departs_from="coding-standard",
        tool="ruff", rule="S311", where="tests/**", why="A test that throws dice has to throw the same ones again, or nobody can "
        "look at what failed; nothing of it protects anything.",
    )  # fmt: skip
    w.sign()


# --- reviews --------------------------------------------------------------------------------------------------------

VIEWS = (("aiko", "architect-developer", 1), ("priya", "tester", 2), ("oskar", "cross-functional-clinical", 2),
         ("tomasz", "security-adviser", 2))  # fmt: skip


def review(
    w: Writer, name: str, of: ReviewOf, covers: list[str] | None, *, lead: str, people: tuple[tuple[str, str, int], ...],
    concluded: str = "pass", change_set: dict[str, Any] | None = None,
) -> None:  # fmt: skip
    """A review is held and every question answered."""
    w.new(
        name, Review, by=lead, title=f"Review of {of.value}, {w.today[:7]}", of=of.value, covers=covers,
        change_set=change_set, lead=w.who(lead), held_on=w.today, concluded=concluded,
        reviewers=[{"person": w.who(one), "viewpoint": view, "independence": level} for one, view, level in people],
        questions=[{"question": question, "answer": "yes"} for question in QUESTIONS[of]],
    )  # fmt: skip
    w.sign()


def reviews(w: Writer, suffix: str, change_set: dict[str, Any]) -> None:
    """Requirements, architecture, design and code of a release, each by who has to see it."""
    review(w, f"review/requirements/{suffix}", ReviewOf.REQUIREMENTS, w.like("req/"), lead="daan", people=VIEWS)
    borders = w("element/edge", "element/cloud")
    architecture = [*w.all(f"design/{one}" for one in ARCHITECTURE), *w.like("interface/"), *borders]
    review(w, f"review/architecture/{suffix}", ReviewOf.ARCHITECTURE, architecture, lead="aiko", people=VIEWS[1:])
    details = [record for name, record in w.records.items()
               if name.startswith("design/") and name.removeprefix("design/") not in ARCHITECTURE]  # fmt: skip
    review(w, f"review/design/{suffix}", ReviewOf.DESIGN, details, lead="aiko", people=(VIEWS[1], VIEWS[3]))
    code_review(w, suffix, change_set)


def code_review(w: Writer, suffix: str, change_set: dict[str, Any]) -> None:
    """The changes of a release are read by people who did not write all of them."""
    review(
        w, f"review/code/{suffix}", ReviewOf.IMPLEMENTATION, None, lead="aiko", change_set=change_set,
        people=(("minh", "architect-developer", 1), ("tomasz", "security-adviser", 2)),
    )  # fmt: skip
