"""Clauses 5.6 and 5.7 in the example: plans, cases, runs on real reports, and what they found."""

from __future__ import annotations

from typing import Any

from asepsis.development.records import Finding, TestCase, TestPlan, TestRun
from asepsis.example import inputs, known
from asepsis.example.cast import LABORATORY
from asepsis.example.development import FAMILIES
from asepsis.example.risk import CONTROLS, THREATS, score
from asepsis.example.writer import Writer
from asepsis.exchange import cyclonedx, junit

PLANS: dict[str, tuple[int, str, tuple[str, ...]]] = {
    "requirements": (2, "The package on a fresh virtual machine", ("pytest 9.0",)),
    "threat-mitigation": (2, "The package on a fresh virtual machine", ("pytest 9.0",)),
    "vulnerability": (1, "The package on a machine that may break", ("pytest 9.0",)),
    "attack-surface": (1, "The package as installed by the guide, seen from the network beside it", ("nmap 7.95",)),
    "known-vulnerabilities": (1, "The bill of the build", ("osv", "cyclonedx-bom 7.5")),
    "composition": (0, "The package, unpacked", ("osv", "cyclonedx-bom 7.5")),
    "dynamic": (0, "The package under the interpreter's own checks", ("pytest 9.0", "python -X dev")),
    "penetration": (3, "A hospital's network built in the laboratory, with our package as shipped", ("burp 2026.3",)),
    "performance": (0, "The machine that the guide asks for", ("pytest 9.0",)),
    "boundary": (0, "Two networks with the gateway between them", ("pytest 9.0",)),
    "service-reliance": (0, "The package without its way out", ("pytest 9.0",)),
    "static": (0, "The source at the tag of the build", ("ruff 0.15.1", "bandit 1.9.4")),
    "integration": (0, "All parts of the package together", ("pytest 9.0",)),
}
FREE = "Testers belong to quality, not to the line that develops; they report to the head of quality, and what they find is "
FREE += "in the record before anybody speaks of it. The laboratory is paid whatever it finds."

Case = tuple[str, tuple[str, ...], tuple[str, ...], str | None, dict[str, Any]]
CASES: dict[str, Case] = {
    # name: plan, requirements, "control aim", technique, the rest
    "only_known_stations_store_images": ("requirements", ("stations",), ("stations works",), None, {}),
    "a_message_is_read_only_when_framed": ("requirements", ("framing",), ("bounds works",), None, {}),
    "an_api_client_reads_within_its_scopes": ("requirements", ("tokens", "scopes"), ("scopes works",), None, {}),
    "an_administrator_logs_in_and_a_viewer_changes_nothing": ("requirements", ("rights",), (), None, {}),
    "every_act_is_a_line_of_the_audit_log": ("requirements", ("journal",), ("chain works",), None, {}),
    "messages_wait_in_order_while_a_receiver_is_away": ("requirements", ("waits",), ("queue works",), None, {}),
    "stored_data_is_erased_for_good": ("requirements", ("erase",), ("erase works",), None, {}),
    "passwords_are_kept_as_scrypt_only": ("requirements", ("passwords",), (), None, {}),
    "controls_work": ("threat-mitigation", (), ("tokens works", "signed works", "forms works"), None, {}),
    "a_guessed_password_locks_the_account": (
        "threat-mitigation", ("lockout",), ("lockout works", "lockout gets-round"), None, {}),
    "a_lockout_ends_so_that_nobody_is_kept_out_for_good": (
        "threat-mitigation", ("lockout",), ("lockout no-new-weakness",), None, {}),
    "a_forged_token_reads_nothing": ("threat-mitigation", ("tokens", "clock"), ("tokens gets-round",), None, {}),
    "another_patients_record_stays_closed": ("threat-mitigation", ("scopes",), ("scopes gets-round",), None, {}),
    "an_answer_tells_nothing_of_who_is_known": ("threat-mitigation", ("tokens",), ("tokens no-new-weakness",), None, {}),
    "a_form_is_taken_once": ("threat-mitigation", ("forms",), ("forms gets-round",), None, {}),
    "a_line_taken_out_of_the_log_is_seen": ("threat-mitigation", ("journal",), ("chain gets-round",), None, {}),
    "a_name_cannot_forge_a_line_of_the_log": ("threat-mitigation", ("journal",), ("chain no-new-weakness",), None, {}),
    "a_tampered_update_is_refused": (
        "threat-mitigation", ("updates",), ("signed gets-round",), "tampered-update", {"families": ("update",)}),
    "a_replayed_update_is_refused": (
        "threat-mitigation", ("updates",), ("signed gets-round",), "replayed-update", {"families": ("update",)}),
    "an_image_of_another_patient_is_not_filed": (
        "threat-mitigation", ("matching",), ("matching works", "matching gets-round"), None, {}),
    "a_message_without_end_is_refused": ("threat-mitigation", ("framing",), ("bounds gets-round",), None, {}),
    "a_full_queue_refuses_and_loses_nothing": ("threat-mitigation", ("waits",), ("queue gets-round",), None, {}),
    "controls_bring_no_new_weakness": (
        "threat-mitigation", (),
        tuple(f"{one} no-new-weakness" for one in (
            "bounds", "queue", "matching", "stations", "scopes", "forms", "first-login", "signed", "pins", "erase")),
        None, {}),
    "hl7_load_a_message_too_long": ("vulnerability", ("bounded",), ("bounds gets-round",), "load", {"families": ("hl7",)}),
    "dicom_malformed_sizes": ("vulnerability", ("bounded",), ("stations gets-round",), "malformed", {"families": ("dicom",)}),
    "all_interfaces_abuse": (
        "vulnerability", ("first-login",), ("stations gets-round", "first-login works", "first-login gets-round"), "abuse",
        {"families": ("dicom", "hl7", "fhir", "console")}),
    "all_interfaces_malformed": ("vulnerability", (), (), "malformed", {"families": ("dicom", "hl7", "fhir", "console")}),
    "all_interfaces_fuzz": ("vulnerability", (), (), "fuzz", {"families": ("dicom", "hl7", "fhir", "console")}),
    "all_interfaces_load": ("vulnerability", (), (), "load", {"families": ("dicom", "hl7", "fhir", "console")}),
    "performance_a_token_is_checked_in_a_millisecond": ("performance", (), (), None, {}),
    "boundary_hospital_network": ("boundary", (), (), None, {"boundaries": ("edge",)}),
    "boundary_maker_service": ("boundary", (), (), None, {"boundaries": ("cloud",)}),
    "services_the_gateway_works_while_the_update_service_is_away": (
        "service-reliance", (), (), None, {"families": ("update",)}),
    "integration_a_result_goes_from_the_feed_to_its_ward": (
        "integration", ("journal",), (), None, {"boundaries": ("edge", "cloud")}),
}  # fmt: skip
LATER: dict[str, Case] = {
    "a_client_that_asks_too_much_is_slowed": ("requirements", ("limits",), ("limits works",), None, {}),
    "going_back_in_time_fills_no_bucket": ("requirements", ("limits",), ("limits gets-round",), None, {}),
    "a_slowed_client_slows_nobody_else": ("requirements", ("limits",), ("limits no-new-weakness",), None, {}),
    "nothing_older_than_tls_1_2_is_spoken": (
        "requirements", ("tls",), ("tls works", "tls gets-round", "tls no-new-weakness"), None, {}),
}  # fmt: skip
MANUAL: dict[str, tuple[Case, str]] = {
    "installed-is-billed": (
        ("composition", ("pins",), ("pins works", "pins gets-round"), None, {}),
        "Install from the package; list what is installed; compare with the bill. Then change one pin and install again.",
    ),
    "disk-after-erasing": (
        ("penetration", (), ("erase gets-round",), None, {}),
        "Store 100 images of a made-up patient, take the gateway out of service, search the disk for the name.",
    ),
}  # fmt: skip
FILES = {
    "requirements": "requirements", "threat-mitigation": "mitigations", "vulnerability": "vulnerability",
    "performance": "system", "boundary": "system", "service-reliance": "system", "integration": "system",
}  # fmt: skip


def plans(w: Writer) -> None:
    """How each type of test is done, and how far from the developers."""
    unfit = [
        {"leaves_out": w.all(f"interface/{one}" for one in FAMILIES["update"]["elements"]), "technique": technique,
         "why": "The gateway fetches and is not asked on this way: nobody can send to it. What it fetches is attacked by "
         "tampered and replayed updates."}
        for technique in ("abuse", "malformed", "fuzz", "load")
    ]  # fmt: skip
    for key, (independence, environment, tools) in PLANS.items():
        scope = None
        if key == "penetration":
            scope = [*w.like("interface/"), *(w(f"threat/{one}") for one in _attacked())]
        w.new(
            f"plan/{key}", TestPlan, by="priya", title=f"Plan: {key.replace('-', ' ')} tests", type=key, scope=scope,
            environment=environment, tools=list(tools), independence=independence, objectivity=FREE,
            not_available=unfit if key == "vulnerability" else None,
        )  # fmt: skip
    w.sign()


def _attacked() -> list[str]:
    return [key for key, said in THREATS.items() if said.get("disposition", "mitigate") == "mitigate"]


def cases(w: Writer, said: dict[str, Case]) -> None:
    """What is tested, each with the name that reports give it."""
    for key, case in said.items():
        file = "limits" if key in LATER else FILES[case[0]]
        _case(w, key, case, automation_id=f"tests.test_{file}.test_{key}")
    w.sign()


def by_hand(w: Writer) -> None:
    """What people test by hand."""
    for key, (case, steps) in MANUAL.items():
        _case(w, key, case, steps=steps)
    w.sign()


def _case(w: Writer, key: str, case: Case, **how: Any) -> None:
    plan, verifies, challenges, technique, rest = case
    challenged = []
    for one in challenges:
        control, aim = one.split(" ")
        threat = next((f"threat/{name}" for name in CONTROLS[control][3] if f"threat/{name}" in w.records), None)
        challenged.append({"control": w(f"control/{control}"), "aim": aim} | ({"threat": w(threat)} if threat else {}))
    ways = [w(f"interface/{one}") for family in rest.get("families", ()) for one in FAMILIES[family]["elements"]]
    title = key.replace("_", " ").replace("-", " ")
    w.new(
        f"case/{key}", TestCase, by="priya", title=title[:1].upper() + title[1:], plan=w(f"plan/{plan}"),
        verifies=w.all(f"req/{one}" for one in verifies) or None, challenges=challenged or None, interfaces=ways or None,
        boundaries=w.all(f"element/{one}" for one in rest.get("boundaries", ())) or None, technique=technique,
        expected=f"{title[:1].upper() + title[1:]}.", **how,
    )  # fmt: skip


# --- runs -----------------------------------------------------------------------------------------------------------


def run(
    w: Writer, version: str, plan: str, cases_: list[str], report: dict[str, Any], *, outcome: str = "pass",
    suffix: str = "", build: str | None = None, tester: str = "priya", **rest: Any,
) -> str:  # fmt: skip
    """Tests are run on a build."""
    return w.new(
        f"run/{version}/{plan}{suffix}", TestRun, by=tester, title=f"{plan.replace('-', ' ').capitalize()} tests of {version}",
        plan=w(f"plan/{plan}"), cases=cases_ or None, build_id=build or inputs.BUILDS[version],
        release=w(f"release/{version}"), tester=w.who(tester), on=w.today, report=report, outcome=outcome,
        tools=list(PLANS[plan][2]), **rest,
    )  # fmt: skip


def automated(w: Writer, version: str, *names: str) -> None:
    """Run what pytest runs: one run for each plan and report, with the report as the tool wrote it."""
    taken: set[str] = set()
    every = CASES | LATER
    for plan, file in [*FILES.items(), ("dynamic", "vulnerability"), ("attack-surface", "vulnerability")]:
        for stem in (file, "limits") if plan == "requirements" else (file,):
            if names and plan not in names:
                continue
            path = inputs.FOLDER / "junit" / version / f"{stem}.xml"
            if not path.exists():
                continue
            source = inputs.file("junit", version, f"{stem}.xml")
            ran = [
                w(f"case/{key}") for key, case in every.items()
                if case[0] == plan and f"case/{key}" in w.records and (key in LATER) == (stem == "limits")
            ]  # fmt: skip
            run(w, version, plan, ran, w.keep(source.data, f"pytest, {stem} of {version}", "application/xml"),
                suffix="/limits" if stem == "limits" else "")  # fmt: skip
            if source.digest not in taken:
                taken.add(source.digest)
                w.take("test_results", source.digest, junit.read(source).fact, source.data)
    w.sign()


def scanned(w: Writer, version: str, day: str, *, suffix: str = "") -> None:
    """Scan a build: for what it holds, and for what is known of that."""
    seen = inputs.file("scans", f"{version}.composition.cdx.json")
    found = known.known(version, day).source
    media = "application/vnd.cyclonedx+json"
    run(w, version, "composition", w.all(["case/installed-is-billed"]), w.keep(seen.data, "What the scan lists", media),
        source_data_as_of=day, suffix=suffix)  # fmt: skip
    w.take("components", seen.digest, cyclonedx.read(seen).fact, seen.data)
    run(w, version, "known-vulnerabilities", [], w.keep(found, "What is known of it", "application/json"), source_data_as_of=day,
        suffix=suffix)  # fmt: skip
    w.sign()


def broken_into(w: Writer) -> None:
    """The laboratory breaks in, finds one thing in an early build, and finds it gone in the last."""
    first = w.text(
        "Report of the penetration test of 2.3.0, first part",
        "Scope: all four ports and the way of updates. One finding: the login page answers faster for names that do not "
        "exist, so that names can be told apart.",
    )
    run(w, "2.3.0", "penetration", [], first, outcome="fail", suffix="/early", build="gw-2.3.0-b158", tester="nadia",
        organisation=LABORATORY)  # fmt: skip
    w.sign()
    w.new(
        "finding/names", Finding, by="nadia", title="The login page tells which names exist", results=None,
        found_by=[w("run/2.3.0/penetration/early")], what="The answer to a name that does not exist comes 60 ms sooner than "
        "that to one that does; 200 tries were enough to tell them apart.", where=[w("element/console")],
        weakness=["CWE-208"], severity=score("3.7"), origin="verification",
    )  # fmt: skip
    w.sign()


def broken_into_again(w: Writer) -> None:
    """The last build is attacked: what was found is gone."""
    second = w.text(
        "Report of the penetration test of 2.3.0, second part",
        "Repeated on the build that is to go out: names can no longer be told apart; nothing else was found.",
    )
    run(w, "2.3.0", "penetration", w.all(["case/disk-after-erasing"]), second, tester="nadia", organisation=LABORATORY,
        retests=w.all(["finding/names"]))  # fmt: skip
    w.sign()
    w.happened("finding/names", "jonas", fixed_in=inputs.BUILDS["2.3.0"])


def flooded(w: Writer) -> None:
    """On 2.4.0 a test fails: a flood of ADD segments is taken. Nobody has decided yet."""
    source = inputs.file("junit", "2.4.0", "add_segments.xml")
    w.new(
        "case/add-flood", TestCase, by="priya", title="A flood of ADD segments is refused", plan=w("plan/vulnerability"),
        verifies=w.all(["req/bounded"]), interfaces=w.all(f"interface/{one}" for one in FAMILIES["hl7"]["elements"]),
        technique="load", automation_id="tests.test_add_segments.test_hl7_load_a_flood_of_add_segments_is_refused",
        expected="The message is refused, as any other over the bound.",
    )  # fmt: skip
    w.sign()
    run(w, "2.4.0", "vulnerability", w.all(["case/add-flood"]), w.keep(source.data, "pytest, ADD segments", "application/xml"),
        outcome="fail", suffix="/add")  # fmt: skip
    w.take("test_results", source.digest, junit.read(source).fact, source.data)
    w.sign()
    w.new(
        "finding/add-flood", Finding, by="priya", title="ADD segments are joined without a bound",
        found_by=[w("run/2.4.0/vulnerability/add")], what="A message of 200,000 ADD segments is joined to one field list; the "
        "listener holds the line for seconds, and results of the laboratory wait behind it.", where=[w("element/hl7")],
        weakness=["CWE-770"], severity=score("7.5"), origin="verification",
    )  # fmt: skip
    w.sign()
