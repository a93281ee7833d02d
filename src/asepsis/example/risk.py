"""Clauses 4.2 and 7 in the example: criteria, context, the threat model with its flows, risks before and after, controls."""

from __future__ import annotations

from typing import Any

from asepsis.example.writer import Writer
from asepsis.risk.records import (
    Analysis,
    Asset,
    Assumption,
    Control,
    ControlObservation,
    Element,
    HazardousSituation,
    OverallRisk,
    Risk,
    RiskPlan,
    SafetyHandover,
    SecurityContext,
    SystemModel,
    Threat,
)

VECTORS = {
    "9.8": "AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H",
    "8.1": "AV:N/AC:H/PR:N/UI:N/S:U/C:H/I:H/A:H",
    "7.5": "AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H",
    "7.5c": "AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N",
    "7.4": "AV:N/AC:H/PR:N/UI:N/S:U/C:H/I:H/A:N",
    "6.5": "AV:N/AC:L/PR:L/UI:N/S:U/C:H/I:N/A:N",
    "6.5a": "AV:A/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H",
    "5.9": "AV:N/AC:H/PR:N/UI:N/S:U/C:H/I:N/A:N",
    "5.3": "AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:L",
    "4.4": "AV:L/AC:L/PR:H/UI:N/S:U/C:H/I:N/A:N",
    "3.7": "AV:N/AC:H/PR:N/UI:N/S:U/C:L/I:N/A:N",
    "3.7a": "AV:N/AC:H/PR:N/UI:N/S:U/C:N/I:N/A:L",
}


def score(name: str) -> dict[str, str]:
    """Return a CVSS 3.1 score by its number; a letter after it tells two vectors of one number apart."""
    return {"method": "cvss3.1", "vector": f"CVSS:3.1/{VECTORS[name]}", "number": name.rstrip("ac")}


BANDS = (("0.0", "3.9"), ("4.0", "6.9"), ("7.0", "8.9"), ("9.0", "10.0"))
GRID = {
    "none": ("acceptable", "acceptable", "needs-approval", "needs-approval"),
    "minor": ("acceptable", "needs-approval", "needs-approval", "unacceptable"),
    "serious": ("needs-approval", "needs-approval", "unacceptable", "unacceptable"),
    "critical": ("needs-approval", "unacceptable", "unacceptable", "unacceptable"),
}
HARM = {
    "none": "Nobody's health is touched.",
    "minor": "Discomfort or a delay that passes without treatment.",
    "serious": "Harm that needs treatment, or a longer stay.",
    "critical": "Death or lasting harm.",
}


def criteria(w: Writer) -> None:
    """The plan comes before any risk."""
    cells = [
        {
            "method": "cvss3.1", "score_from": low, "score_to": high, "harm": harm, "verdict": verdict,
            "approver": "security" if verdict == "acceptable" else "management",
        }
        for harm, verdicts in GRID.items()
        for (low, high), verdict in zip(BANDS, verdicts, strict=True)
    ]  # fmt: skip
    w.new(
        "plan/risk", RiskPlan, org=True, title="Criteria of security risk", methods=[
            {"method": "cvss3.1", "version": "3.1", "lowest": "0.0", "highest": "10.0", "step": "0.1",
             "defined_in": w("sop/risk")},
        ],
        harm_scale=[{"level": level, "meaning": meaning} for level, meaning in HARM.items()], cells=cells,
        safety_interface="safety", practice="sw96",
    )  # fmt: skip
    for key, number, text, severity in (
        ("late", "HS-007", "A critical laboratory value reaches the ward after the time in which it can be acted on.",
         "serious"),
        ("wrong", "HS-011", "A result is shown in the record of another patient and treated there.", "critical"),
        ("away", "HS-014", "Images and results are away while the ward needs them to decide.", "serious"),
    ):  # fmt: skip
        w.new(
            f"hazard/{key}", HazardousSituation, by="livia", title=text.split(".")[0][:70], safety_id=number, text=text,
            severity=severity, source=w.text("Safety risk file of Ward Gateway, version 4"),
        )  # fmt: skip
    w.sign()


def context(w: Writer) -> None:
    """The surroundings, what is worth protecting, and what others have to see to."""
    w.new(
        "context", SecurityContext, title="A hospital's network of medical devices", profile=w("profile"),
        scenario="A virtual machine in the data centre of a hospital, between imaging, laboratory and ward systems.",
        exposure="hospital-network",
        network_place="On the network of medical devices: DICOM and HL7 come in, FHIR is read by ward systems; the only way "
        "out is to the update service, through the hospital's proxy.",
        physical_protection="A locked data centre; hospital IT alone has keys. Without it: whoever holds the disk holds the "
        "queue.",
        cyber_protection="The hospital's firewall keeps office and guest networks out; its identity service knows the ward "
        "staff; its log server takes our log.",
        isolation="A network of its own for medical devices; the gateway goes on working when the way out is cut.",
        safety_if_weaker="Results come late, or a stranger on the network sends results of their own making.",
        essential_functions_at_risk=["critical results reach the ward", "results belong to the right patient"],
        hardware_controls="none: it is software on the hospital's virtual machines",
        users=["ward nurse", "ward physician", "hospital IT", "service engineer"],
    )  # fmt: skip
    for key, title, kind, need, classes, function in (
        ("results", "Images and results that wait", "data", "hhhh", ["patient data"],
         "results belong to the right patient"),
        ("delivery", "Delivery of critical results", "function", "nhhh", None, "critical results reach the ward"),
        ("log", "Audit log", "data", "mhmn", ["audit log"], None),
        ("routes", "Table of routes", "data", "lhhm", ["settings"], None),
        ("passwords", "Administrators' passwords", "credential", "hhmm", None, None),
        ("api-key", "Key of the API tokens", "credential", "hhmm", None, None),
        ("update", "Way of updates", "service", "nhmm", None, None),
    ):  # fmt: skip
        words = {"n": "none", "l": "low", "m": "moderate", "h": "high"}
        names = ("confidentiality", "integrity", "availability", "safety")
        w.new(
            f"asset/{key}", Asset, title=title, kind=kind, data_classes=classes, essential_function=function,
            need={name: words[one] for name, one in zip(names, need, strict=True)},
        )  # fmt: skip
    w.sign()


# --- the model ------------------------------------------------------------------------------------------------------

HOSPITAL, GATEWAY, CLOUD = "medical network", "gateway", "maker's service"
ELEMENTS: tuple[tuple[str, str, str, str, dict[str, Any]], ...] = (
    ("edge", "Edge of the gateway", "boundary", HOSPITAL, {"reachable": "external"}),
    ("cloud", "Edge of the maker's service", "boundary", CLOUD, {"reachable": "external"}),
    ("modality", "Imaging station", "outside-entity", HOSPITAL, {"reachable": "external"}),
    ("laboratory", "Laboratory system", "outside-entity", HOSPITAL, {"reachable": "external"}),
    ("ward", "Ward application", "outside-entity", HOSPITAL, {"reachable": "external"}),
    ("desk", "Administrator's desk", "outside-entity", HOSPITAL, {"reachable": "external"}),
    ("service", "Update service", "external-dependency", CLOUD, {"reachable": "none"}),
    ("dicom", "DICOM listener", "process", GATEWAY, {"assets": ["results"], "reachable": "both"}),
    ("hl7", "HL7 listener", "process", GATEWAY, {"assets": ["results"], "items": ["tessaline"], "reachable": "both"}),
    ("fhir", "FHIR API", "process", GATEWAY, {"assets": ["results"], "items": ["starlette", "pyjwt"], "reachable": "both"}),
    ("console", "Administrators' pages", "process", GATEWAY, {"assets": ["routes"], "reachable": "both"}),
    ("core", "Router and updater", "process", GATEWAY, {"assets": ["delivery", "update"], "reachable": "internal"}),
    ("queue", "Queue", "store", GATEWAY, {"assets": ["results", "routes"], "reachable": "internal"}),
    ("journal", "Audit log", "store", GATEWAY, {"assets": ["log"], "reachable": "internal"}),
    ("vault", "Vault of keys", "store", GATEWAY, {"assets": ["passwords", "api-key"], "reachable": "internal"}),
    ("images", "Images, by C-STORE", "flow", HOSPITAL, {
        "ends": ("modality", "dicom"), "crosses": ["edge"], "protocols": ["DICOM"], "assets": ["results"]}),
    ("feed", "Results, by HL7 v2", "flow", HOSPITAL, {
        "ends": ("laboratory", "hl7"), "crosses": ["edge"], "protocols": ["HL7 v2", "MLLP"], "assets": ["results"]}),
    ("reads", "Reads, by FHIR", "flow", HOSPITAL, {
        "ends": ("fhir", "ward"), "crosses": ["edge"], "protocols": ["FHIR", "HTTPS"], "assets": ["results"]}),
    ("orders", "What administrators order", "flow", HOSPITAL, {
        "ends": ("desk", "console"), "crosses": ["edge"], "protocols": ["HTTPS"], "assets": ["routes", "passwords"]}),
    ("updates", "Updates", "flow", CLOUD, {
        "ends": ("service", "core"), "crosses": ["cloud"], "protocols": ["HTTPS"], "assets": ["update"]}),
    ("port-dicom", "Port 11112", "port", HOSPITAL, {"protocols": ["DICOM"], "reachable": "external"}),
    ("port-hl7", "Port 2575", "port", HOSPITAL, {"protocols": ["MLLP"], "reachable": "external"}),
    ("port-fhir", "Port 443", "port", HOSPITAL, {"protocols": ["HTTPS"], "reachable": "external"}),
    ("port-console", "Port 8443", "port", HOSPITAL, {"protocols": ["HTTPS"], "reachable": "external"}),
)  # fmt: skip

THREATS: dict[str, dict[str, Any]] = {
    "flood": {
        "title": "A flood of messages delays critical results", "element": "hl7", "category": "denial-of-service",
        "actor": "malware on the medical network", "severity": "7.5", "impact": "sssn", "harm": "late",
        "attack_vector": "Opens connections to the HL7 port and sends messages without end, so that those of the laboratory "
        "wait behind them.", "refs": ["CAPEC-125", "CWE-770"],
    },
    "greedy": {
        "title": "A greedy client starves the others", "element": "fhir", "category": "denial-of-service",
        "actor": "faulty or hostile API client", "severity": "7.5", "impact": "mmns", "harm": "away",
        "attack_vector": "Asks the FHIR API as fast as it can; ward applications wait for their answers.",
        "refs": ["CWE-770"],
    },
    "wrong-patient": {
        "title": "A result is filed under another patient", "element": "feed", "category": "tampering",
        "actor": "stranger on the medical network", "severity": "8.1", "impact": "sssn", "harm": "wrong",
        "attack_vector": "Sends a message with the number of one patient and the result of another, or changes one on its "
        "way; the feed knows no login.", "refs": ["CAPEC-94"],
    },
    "rogue-station": {
        "title": "A stranger sends images as a station", "element": "modality", "category": "spoofing",
        "actor": "stranger on the medical network", "severity": "8.1", "impact": "smsn", "harm": "wrong",
        "attack_vector": "Calls itself by the title of a CT and stores images of their own making.", "refs": ["CAPEC-151"],
    },
    "stolen-token": {
        "title": "A forged token opens the API", "element": "ward", "category": "spoofing",
        "actor": "former employee of a supplier", "severity": "7.5c", "impact": "nnsn",
        "attack_vector": "Makes or changes a token so that the API takes it for a ward application.", "refs": ["CWE-345"],
    },
    "over-reach": {
        "title": "A client reads other patients", "element": "fhir", "category": "information-disclosure",
        "actor": "curious ward application", "severity": "6.5", "impact": "nnsn",
        "attack_vector": "Asks with a valid token for a patient or a resource that the token does not hold.",
        "refs": ["CWE-639"],
    },
    "eavesdrop": {
        "title": "Somebody listens on the wire", "element": "reads", "category": "information-disclosure",
        "actor": "stranger on the medical network", "severity": "5.9", "impact": "nnsn",
        "attack_vector": "Makes both ends speak an old TLS and reads along.", "refs": ["CAPEC-94", "CWE-757"],
    },
    "guessed-password": {
        "title": "A password is guessed", "element": "desk", "category": "spoofing",
        "actor": "stranger on the medical network", "severity": "9.8", "impact": "sssm", "harm": "away",
        "attack_vector": "Tries common passwords at the administrators' pages until one fits.", "refs": ["CAPEC-49"],
    },
    "forged-form": {
        "title": "A page of somebody else sends a form", "element": "console", "category": "tampering",
        "actor": "web page that an administrator visits", "severity": "7.4", "impact": "mmsn", "harm": "late",
        "attack_vector": "Lets the administrator's browser send an order that deletes a route.", "refs": ["CWE-352"],
    },
    "open-install": {
        "title": "A fresh gateway is taken over", "element": "console", "category": "elevation-of-privilege",
        "actor": "stranger on the medical network", "severity": "9.8", "impact": "sssm", "phases": ["deployment"],
        "attack_vector": "Finds a gateway that was started and not yet set up, and sets the first password.",
        "refs": ["CWE-1392"], "harm": "away",
    },
    "erased-log": {
        "title": "Traces are taken out of the log", "element": "journal", "category": "tampering",
        "actor": "administrator who covers an act", "severity": "6.5", "impact": "nnsn",
        "attack_vector": "Deletes the lines of the audit log that tell of the act.", "refs": ["CWE-117"],
    },
    "evil-update": {
        "title": "An altered update is installed", "element": "updates", "category": "tampering",
        "actor": "attacker on the hosting service", "severity": "9.8", "impact": "sssm", "phases": ["update"],
        "attack_vector": "Puts a package of their own in the place of ours.", "refs": ["CAPEC-186"], "harm": "wrong",
    },
    "old-update": {
        "title": "An old update brings old weaknesses back", "element": "core", "category": "tampering",
        "actor": "attacker on the hosting service", "severity": "8.1", "impact": "mmsm", "phases": ["update"],
        "attack_vector": "Offers a genuine older package, whose weaknesses are known.", "refs": ["CAPEC-184"],
        "harm": "away",
    },
    "poisoned-package": {
        "title": "A package that we build from is poisoned", "element": "core", "category": "elevation-of-privilege",
        "actor": "whoever takes over an open project", "severity": "9.8", "impact": "sssm", "phases": ["supply-chain"],
        "attack_vector": "Publishes a version with a back door; our build takes it in.", "refs": ["CAPEC-437"],
        "harm": "away",
    },
    "left-data": {
        "title": "Data is left on a machine taken out of service", "element": "queue",
        "category": "information-disclosure", "actor": "buyer of used hardware", "severity": "5.9", "impact": "nnsn",
        "phases": ["decommissioning"], "attack_vector": "Reads the disk of the virtual machine after the gateway is gone.",
        "refs": ["CWE-226"],
    },
    "read-disk": {
        "title": "Who runs the hypervisor reads the vault", "element": "vault", "category": "information-disclosure",
        "actor": "administrator of the hypervisor", "severity": "4.4", "impact": "nnsn", "disposition": "transfer",
        "attack_vector": "Reads the memory or disk of the virtual machine from outside.",
        "why": "Only the hospital can see to it: who runs the machine sees all that is in it.", "refs": ["CWE-522"],
    },
    "busy-station": {
        "title": "A listed station sends too many images", "element": "images", "category": "denial-of-service",
        "actor": "faulty imaging station", "severity": "5.3", "impact": "mmnm", "disposition": "accept", "harm": "away",
        "attack_vector": "A station that is allowed to store fills the line for minutes.",
        "why": "Throttling a station could hold back an urgent image; results take another way and are not delayed.",
        "refs": ["CWE-770"],
    },
}  # fmt: skip
SIZES = {"n": "none", "m": "minor", "s": "serious"}

ASKED = {
    "outside-entity": ("spoofing", "repudiation"),
    "external-dependency": ("spoofing", "repudiation"),
    "process": ("spoofing", "tampering", "repudiation", "information-disclosure", "denial-of-service",
                "elevation-of-privilege"),
    "store": ("tampering", "repudiation", "information-disclosure", "denial-of-service"),
    "flow": ("tampering", "information-disclosure", "denial-of-service"),
    "port": ("tampering", "information-disclosure", "denial-of-service"),
}  # fmt: skip
ALSO = {  # where a threat on one element is the same on another
    ("dicom", "spoofing"): "rogue-station", ("hl7", "spoofing"): "wrong-patient", ("hl7", "tampering"): "wrong-patient",
    ("dicom", "denial-of-service"): "busy-station", ("fhir", "spoofing"): "stolen-token",
    ("fhir", "elevation-of-privilege"): "over-reach", ("console", "spoofing"): "guessed-password",
    ("console", "repudiation"): "erased-log", ("core", "spoofing"): "evil-update", ("service", "spoofing"): "evil-update",
    ("laboratory", "spoofing"): "wrong-patient", ("journal", "repudiation"): "erased-log",
    ("feed", "denial-of-service"): "flood", ("images", "tampering"): "rogue-station",
    ("reads", "denial-of-service"): "greedy", ("queue", "denial-of-service"): "flood", ("orders", "tampering"): "forged-form",
    ("port-hl7", "denial-of-service"): "flood", ("port-dicom", "denial-of-service"): "busy-station",
    ("port-fhir", "denial-of-service"): "greedy", ("port-fhir", "information-disclosure"): "eavesdrop",
    ("port-hl7", "tampering"): "wrong-patient", ("port-dicom", "tampering"): "rogue-station",
    ("port-console", "tampering"): "forged-form", ("orders", "information-disclosure"): "eavesdrop",
    ("vault", "tampering"): "read-disk", ("console", "information-disclosure"): "eavesdrop",
}  # fmt: skip
BECAUSE = {
    "spoofing": "{} has no identity of its own that somebody could take: what it is asked comes with that of its caller.",
    "tampering": "{} is reached by the gateway's own account alone, which nothing from outside speaks for.",
    "repudiation": "What {} does is a line of the audit log; a threat to that log stands at the log itself.",
    "information-disclosure": "{} tells nothing that its counterpart does not send or may not read anyway.",
    "denial-of-service": "When {} is away the gateway goes on and the rest waits in the queue; nobody is harmed by waiting.",
    "elevation-of-privilege": "{} runs under an account without rights of its own; there is nothing to climb to.",
}


def model(w: Writer) -> None:
    """The system model with its elements and flows, signed as one."""
    w.new(
        "model", SystemModel, title="Ward Gateway and what it talks to", context=w("context"), reflects="2.2.0",
        last_relevant_change=w.today, drawing=w.text("Data-flow diagram of the gateway", "Drawn for 2.2.0."), absent=[
            {"part": "board-connection", "why": "It is software on virtual machines: there is no board."},
            {"part": "manufacture", "why": "Nothing is manufactured; what is built is looked at under supply chain."},
        ],
    )  # fmt: skip
    for key, title, kind, zone, rest in ELEMENTS:
        start, end = rest.get("ends", (None, None))
        w.new(
            f"element/{key}", Element, title=title, model=w("model"), kind=kind, zone=zone,
            flows_from=w(f"element/{start}") if start else None, flows_to=w(f"element/{end}") if end else None,
            crosses=[w(f"element/{one}") for one in rest.get("crosses", ())] or None, protocols=rest.get("protocols"),
            assets=[w(f"asset/{one}") for one in rest.get("assets", ())] or None,
            items=[w(f"item/{one}") for one in rest.get("items", ())] or None, reachable=rest.get("reachable", "external"),
            debug=False,
        )  # fmt: skip
    w.sign()


def threats(w: Writer) -> None:
    """What somebody could do, found element by element, and what is done about it."""
    for key, said in THREATS.items():
        impact = zip(("safety", "effectiveness", "data", "availability"), said["impact"], strict=True)
        w.new(
            f"threat/{key}", Threat, title=said["title"], element=w(f"element/{said['element']}"), technique="stride",
            category=said["category"], actor=said["actor"], attack_vector=said["attack_vector"], refs=said["refs"],
            impact={name: SIZES[size] for name, size in impact}, severity=score(said["severity"]),
            harm=w(f"hazard/{said['harm']}") if "harm" in said else None, phases=said.get("phases", ["use"]),
            disposition=said.get("disposition", "mitigate"), why=said.get("why"),
        )  # fmt: skip
    w.sign()
    own = {(said["element"], said["category"]): key for key, said in reversed(THREATS.items())}
    proposals, rows = [], []
    for key, title, kind, _, _ in ELEMENTS:
        if kind not in ASKED:
            continue
        rows.append({"element": w(f"element/{key}"), "asked": list(ASKED[kind])})
        for category in ASKED[kind]:
            here = {"element": w(f"element/{key}"), "category": category}
            if (key, category) in own:
                proposals.append(here | {"disposition": "accepted", "threat": w(f"threat/{own[key, category]}")})
            elif (key, category) in ALSO:
                proposals.append(here | {"disposition": "merged", "threat": w(f"threat/{ALSO[key, category]}")})
            else:
                why = BECAUSE[category].format(title)
                proposals.append(here | {"disposition": "rejected", "why": why})
    w.new(
        "analysis/stride", Analysis, title="STRIDE, element by element", model=w("model"), technique="stride",
        settings="Per element, with the categories that fit its kind.",
        worksheet={"form": "stride", "variant": "per-element", "rows": rows}, proposals=proposals,
    )  # fmt: skip
    w.new(
        "analysis/linddun", Analysis, title="LINDDUN, where patients are", model=w("model"), technique="linddun",
        worksheet={"form": "linddun", "rows": [
            {"element": w("element/queue"), "asked": ["identifying", "data-disclosure"],
             "personal_data": "Names, numbers and results of patients."},
        ]},
        proposals=[{"element": w("element/queue"), "category": "data-disclosure", "disposition": "merged",
                    "threat": w("threat/left-data")}],
    )  # fmt: skip
    w.sign()


# --- controls and risks ---------------------------------------------------------------------------------------------

CONTROLS: dict[str, tuple[str, str, str, tuple[str, ...], str, str]] = {
    "bounds": ("inherent", "score", "Messages and images are bounded", ("flood",),
               "refused messages per week, by reason, in the audit log", "a sender changes its version"),
    "queue": ("protective", "both", "What cannot be delivered waits in order", ("flood",),
              "longest wait in the queue per day", "a wait of more than a minute"),
    "matching": ("protective", "both", "Number, name and birth date have to agree", ("wrong-patient", "rogue-station"),
                 "messages set aside per week for lack of agreement", "a message that a ward says was misfiled"),
    "stations": ("protective", "score", "Only listed stations store images", ("rogue-station",),
                 "refused associations per week", "a new station at a site"),
    "tokens": ("protective", "score", "API clients bear signed tokens that end", ("stolen-token",),
               "refused tokens per week", "a weakness of the token format is published"),
    "scopes": ("inherent", "score", "A token holds one patient and named resources", ("over-reach",),
               "answers 403 per client and week", "a new resource of the API"),
    "lockout": ("protective", "score", "Five wrong passwords lock an account for 15 minutes", ("guessed-password",),
                "locked accounts per week", "more than three lockouts on a day"),
    "forms": ("protective", "both", "Forms bear a token of their session, once", ("forged-form",),
              "refused forms per week", "a weakness of the page framework is published"),
    "first-login": ("inherent", "both", "No port opens before the first password is set at the console",
                    ("open-install",), "installations that report an unset password: none", "a new way of installing"),
    "chain": ("protective", "score", "Each line of the log holds the digest of the line before", ("erased-log",),
              "breaks that the daily check of the log finds: none", "a break, or a restored backup"),
    "signed": ("protective", "both", "Updates are signed, whole and newer", ("evil-update", "old-update"),
               "refused updates, by reason", "a refused update, or a rotation of the key"),
    "pins": ("inherent", "both", "Builds take packages by digest, from a mirror of our own", ("poisoned-package",),
             "builds that differ from their bill: none", "news of a poisoned package"),
    "erase": ("protective", "score", "Taking out of service overwrites every store", ("left-data",),
              "certificates of erasure per machine taken out", "a new store"),
    "tls": ("protective", "score", "TLS 1.2 with forward secrecy at the least", ("eavesdrop",),
            "handshakes refused per week, by version", "a weakness of TLS is published"),
    "limits": ("protective", "both", "Each client has a limit of requests", ("greedy",),
               "answers 429 per client and week", "a ward application that is slowed"),
    "proxy": ("information", "score", "Until 2.4.0 the hospital's proxy bounds what the updater is answered",
              ("evil-update",), "", ""),
    "guide": ("information", "score", "The guide tells how to place and run the gateway", ("guessed-password",), "", ""),
}  # fmt: skip
RISKS: dict[str, dict[str, Any]] = {
    "late": {
        "title": "Critical results come late", "threats": ("flood", "greedy"), "initial": "7.5", "harm": "serious",
        "controls": ("bounds", "queue", "limits"), "residual": "3.7a", "left": "minor", "says": "acceptable",
    },
    "wrong-patient": {
        "title": "A patient is treated on another's result", "threats": ("wrong-patient", "rogue-station"),
        "initial": "8.1", "harm": "critical", "controls": ("matching", "stations"), "residual": "3.7", "left": "minor",
        "says": "acceptable",
    },
    "strangers": {
        "title": "Strangers read results", "threats": ("stolen-token", "over-reach", "eavesdrop"), "initial": "7.5c",
        "harm": "none", "controls": ("tokens", "scopes", "tls"), "residual": "3.7", "left": "none", "says": "acceptable",
    },
    "taken-over": {
        "title": "The gateway is run by a stranger", "threats": ("guessed-password", "forged-form", "open-install"),
        "initial": "9.8", "harm": "serious", "controls": ("lockout", "forms", "first-login", "tls", "chain", "guide"),
        "residual": "3.7", "left": "serious", "says": "needs-approval",
        "benefit": "Wards get critical values in seconds instead of half an hour by telephone; a stranger would have to "
        "guess a password in the few tries that the lockout leaves, and be seen in the log.",
    },
    "untraced": {
        "title": "An act leaves no trace", "threats": ("erased-log",), "initial": "6.5", "harm": "none",
        "controls": ("chain",), "residual": "3.7", "left": "none", "says": "acceptable",
    },
    "bad-software": {
        "title": "The gateway runs software that is not ours", "threats": ("evil-update", "old-update", "poisoned-package"),
        "initial": "9.8", "harm": "critical", "controls": ("signed", "pins", "tls"), "residual": "3.7", "left": "minor",
        "says": "acceptable",
    },
    "left-data": {
        "title": "Data outlives the gateway", "threats": ("left-data",), "initial": "5.9", "harm": "none",
        "controls": ("erase",), "residual": "3.7", "left": "none", "says": "acceptable",
    },
    "hypervisor": {
        "title": "Who runs the machine reads along", "threats": ("read-disk",), "initial": "4.4", "harm": "none",
        "controls": (), "residual": "4.4", "left": "none", "says": "acceptable",
    },
    "busy-station": {
        "title": "A busy station holds up images", "threats": ("busy-station",), "initial": "5.3", "harm": "minor",
        "controls": (), "residual": "5.3", "left": "minor", "says": "needs-approval",
        "benefit": "An urgent image must never be slowed down; a full line for some minutes is the lesser harm, and wards "
        "see on their screen that images are on their way.",
    },
}  # fmt: skip
LATER = ("tls", "limits")  # controls that came with 2.3.0
MAKESHIFT = ("proxy",)  # and one that stands in until 2.4.0


def controls(w: Writer, *names: str) -> None:
    """What stands against the threats."""
    for key in names:
        kind, acts_on, title, mitigates, indicator, trigger = CONTROLS[key]
        none = {"presence": "none"}
        usability, safety = none, none
        if key == "lockout":
            text = (
                "A locked administrator cannot change a route for 15 minutes; a second account is told of in the guide."
            )
            safety = usability = {"presence": "some", "text": text}
        w.new(
            f"control/{key}", Control, title=title, kind=kind, mitigates=w.all(f"threat/{one}" for one in mitigates),
            acts_on=acts_on, side_effects={"security": none, "safety": safety, "usability": usability},
            compensating=key in ("bounds", "queue", "proxy"), indicator=indicator or None, trigger=trigger or None,
        )  # fmt: skip
    w.sign()


def risks(w: Writer, *names: str) -> None:
    """What the threats mean for patients, before and after."""
    for key in names:
        said = RISKS[key]
        have = [f"control/{one}" for one in said["controls"] if f"control/{one}" in w.records]
        w.new(
            f"risk/{key}", Risk, title=said["title"], threats=w.all(f"threat/{one}" for one in said["threats"]),
            initial=score(said["initial"]), harm_before=said["harm"], controls=w.all(have) or None,
            residual=score(said["residual"]), harm_after=said["left"], evaluation=said["says"],
            benefit_risk=said.get("benefit"), accepted_until="2027-06-30" if "benefit" in said else None,
            owner=w.who("tomasz"),
        )  # fmt: skip
    w.sign()


def second_risks(w: Writer) -> None:
    """What changes with the two controls of 2.3.0: three risks are looked at again."""
    for key in ("late", "strangers", "taken-over", "bad-software"):
        said = RISKS[key]
        found: dict[str, Any] = {"vulnerabilities": w.all(["vulnerability/greedy"])} if key == "late" else {}
        w.revise(f"risk/{key}", controls=w.all(f"control/{one}" for one in said["controls"]), **found)
    w.sign()


def bad_software_again(w: Writer) -> None:
    """A vulnerability of a package that the updater uses is taken into its risk, and the proxy makes up for it."""
    controls(w, "proxy")
    held = (*RISKS["bad-software"]["controls"], "proxy")
    w.revise("risk/bad-software", vulnerabilities=w.all(["vulnerability/urllib3"]),
             controls=w.all(f"control/{one}" for one in held))  # fmt: skip
    w.sign()


def assumptions(w: Writer) -> None:
    """What security rests on, and who has to see to it."""
    for key, title, statement, about, bearer in (
        ("network", "The medical network is closed", "The network of medical devices lets nobody in from office, guest or "
         "patient networks.", ["context"], "operator"),
        ("hypervisor", "Who runs the machine is trusted", "Disks of the virtual machines are encrypted, and who runs the "
         "hypervisor is bound to secrecy.", ["threat/read-disk"], "operator"),
        ("hosting", "The hosting service keeps its doors shut", "The hosting service patches its machines within a week and "
         "tells us of a break-in within a day.", ["element/service"], "supplier"),
        ("clock", "The gateway knows the time", "The clock of the gateway is right by five minutes; tokens end by it.",
         ["control/tokens"], "manufacturer"),
    ):  # fmt: skip
        w.new(f"assume/{key}", Assumption, title=title, statement=statement, about=w.all(about), falls_to=bearer)
    w.sign()


def harmful(w: Writer) -> list[str]:
    """Return the threats and risks that can harm people."""
    threats_ = [f"threat/{key}" for key, said in THREATS.items() if "harm" in said]
    return w.all([*threats_, *(f"risk/{key}" for key, said in RISKS.items() if said["harm"] != "none")])


def handed_to_safety(w: Writer, suffix: str, about: list[str], told: str, answer: str) -> None:
    """Security tells safety what changed, and safety answers."""
    w.new(f"handover/{suffix}", SafetyHandover, by="tomasz", title=f"To safety: {told[:60]}", direction="to-safety",
          about=about, what_changed=told)  # fmt: skip
    w.sign()
    w.happened(f"handover/{suffix}", "livia", answered_on=w.today, answer=answer)


def judged(w: Writer, version: str, why: str) -> None:
    """All that is left in a release, taken together."""
    w.new(
        f"overall/{version}", OverallRisk, by="aiko", title=f"What is left in {version}", release=w(f"release/{version}"),
        plan=w("plan/risk"), risks=w.of_kinds(Risk), conclusion="acceptable", why=why,
        benefit_risk="Critical values in seconds are worth what is left, and what is left is told to who runs the gateway.",
        tell=w("risk/taken-over", "risk/busy-station"),
    )  # fmt: skip
    w.sign()


def observed(w: Writer, day: str, seen: dict[str, str]) -> None:
    """Somebody looks at what the controls show."""
    for key, value in seen.items():
        w.new(
            f"seen/{key}/{day}", ControlObservation, title=f"{CONTROLS[key][2]}: looked at on {day}",
            control=w(f"control/{key}"), on=day, value=value, still_effective=True,
        )  # fmt: skip
    w.sign()
