"""Clauses 4.1.6, 4.1.7 and 9 in the example: channels, reports to decisions, an incident, and what users are told."""

from __future__ import annotations

from typing import Any

from asepsis.development.records import Finding
from asepsis.example import known
from asepsis.example.risk import score
from asepsis.example.writer import Writer
from asepsis.problems.records import (
    Advisory,
    AuthorityReport,
    CaseNote,
    Decision,
    EscapeAnalysis,
    Exploitability,
    ImpactAnalysis,
    Incident,
    Investigation,
    Report,
    ReportingChannel,
)
from asepsis.quality.records import ImprovementAction
from asepsis.risk.records import Vulnerability

NONE = {"size": "none", "why": "Nothing of it touches what the product does for patients."}


def channels(w: Writer) -> None:
    """Seven origins of reports, and who listens."""
    for key, title, origins, way, where in (
        ("psirt", "Security contact", ["researchers", "users", "supplier"], "security-txt",
         "https://quillhaven.example/.well-known/security.txt"),
        ("complaints", "Complaint route", ["users"], "complaint-route", "complaints@quillhaven.example"),
        ("tracker", "Tracker of the team", ["security-tests", "own-people"], "tracker", "tracker, label security"),
        ("logs", "Logs that sites send", ["logs"], "log-pipeline", "log intake of the service team"),
        ("feeds", "Advisory feeds", ["public-data"], "feed", "OSV, by matching"),
    ):  # fmt: skip
        how = [{"way": way, "where": where}]
        if key == "psirt":
            how.append({"way": "address", "where": "security@quillhaven.example"})
        w.new(
            f"channel/{key}", ReportingChannel, org=True, title=title, origins=origins, how=how, owner=w.who("samira"),
            acknowledge_days=5, try_every_months=12,
        )  # fmt: skip
    w.sign()
    tried(w)


def tried(w: Writer) -> None:
    """A trial report is sent through each channel, and arrives."""
    for key in ("psirt", "complaints", "tracker", "logs", "feeds"):
        w.happened(f"channel/{key}", "samira", tried_on=w.today)


# --- the greedy client, autumn 2025 ---------------------------------------------------------------------------------


def greedy_reported(w: Writer) -> None:
    """A hospital says that one of its applications slows down all others."""
    w.new(
        "report/greedy", Report, title="One application slows down the wards", origin="users", channel=w("channel/complaints"),
        received_on=w.now, what="Since our new whiteboard asks your API every second for each bed, the other wards wait up "
        "to half a minute for their results.", versions=["2.2.0"], weakness=["CWE-770"], exploited="no",
    )  # fmt: skip
    w.sign()


def greedy_acknowledged(w: Writer) -> None:
    """The hospital hears that its report arrived."""
    w.happened("report/greedy", "samira", acknowledged_on=w.today)
    w.new("note/greedy/1", CaseNote, title="Report acknowledged", about=[w("report/greedy")], at=w.now, direction="out",
          with_whom="site", text="We have your report and will tell you within two weeks what we found.")  # fmt: skip
    w.sign()


def greedy_investigated(w: Writer) -> None:
    """It applies; a vulnerability is written down."""
    w.new(
        "vulnerability/greedy", Vulnerability, title="No limit on what one API client asks", weakness=["CWE-770"],
        ids=["QMS-2025-01"], elements=[w("element/fhir")], threats=[w("threat/greedy")], affected=[w("release/2.2.0")],
        severity=score("7.5"), left_in=True,
    )  # fmt: skip
    w.sign()
    w.new(
        "investigation/greedy", Investigation, title="One application slows down the wards", reports=[w("report/greedy")],
        applicable=True, why="The API answers every request as it comes, whoever sends it.", verified="cannot",
        how="The load of that site cannot be made again here; its log shows 900 requests a second of one client.",
        threats=[w("threat/greedy")], started_on="2025-11-17", concluded_on=w.today, leads_to=w("vulnerability/greedy"),
    )  # fmt: skip
    w.sign()


def greedy_analysed(w: Writer) -> None:
    """What it means where the product is used."""
    w.new(
        "analysis/greedy", ImpactAnalysis, title="No limit on what one API client asks", vulnerability=w("vulnerability/greedy"),
        context=w("context"), environment="Any client with a valid token on the network of medical devices.",
        depth=[w("control/queue"), w("control/tokens")], severity=score("7.5"), affected=[w("release/2.2.0")],
        unaffected=[w("release/2.3.0")],
        root_cause="The requirement for resilience spoke of feeds, and nobody asked it of the API.",
        safety={"size": "minor", "why": "A ward waits for a result; critical ones are also told by the queue."},
        effectiveness={"size": "minor", "why": "Results come up to half a minute late."}, external_controls="partial",
        external_controls_why="A limit at the hospital's proxy helps where there is one.", hazards=[w("hazard/away")],
    )  # fmt: skip
    w.sign()


def greedy_decided(w: Writer) -> None:
    """It is repaired in 2.3.0."""
    w.new(
        "decision/greedy", Decision, title="Limit requests per client in 2.3.0", about=[w("vulnerability/greedy")],
        option="fix", why="A limit is small and tested, and helps every ward; a workaround at the proxy helps until then.",
        risk=w("risk/late"), disclose="later", disclose_by="2026-06-30", disclose_why="Every site with many applications is "
        "touched, and told when there is something to install; sites that ask are told of the workaround.",
        due="2026-05-31", prevents_similar="Each entry point has a requirement of capability resilience; asked in reviews.",
    )  # fmt: skip
    w.sign()
    w.happened("decision/greedy", "samira", told_processes=[
        {"who": "safety risk management", "on": w.today}, {"who": "release management", "on": w.today},
    ])  # fmt: skip


def greedy_closed(w: Writer) -> None:
    """Done, proved, and told; and why it got out."""
    w.happened("decision/greedy", "samira", closed_on=w.today, proved_by=w.all(["run/2.3.0/requirements/limits"]))
    w.new("note/greedy/2", CaseNote, title="Reporter told of the repair", about=[w("report/greedy")], at=w.now,
          direction="out", with_whom="reporter", text="2.3.0 limits each client; the guide tells how to set it.")  # fmt: skip
    w.sign()
    w.happened("report/greedy", "samira", closed_on=w.today, closed_because="Repaired in 2.3.0; the reporter was told.")


def escape(w: Writer) -> None:
    """Why nobody saw it before it was out, and what changes."""
    w.new(
        "escape/greedy", EscapeAnalysis, title="Why the missing limit got out", vulnerabilities=[w("vulnerability/greedy")],
        phase_missed="requirements", why="The review asked for resilience once, and the feeds answered it.",
        same_elsewhere_why="All entry points were gone through: DICOM and HL7 are bounded, the pages have a lockout.",
    )  # fmt: skip
    w.sign()
    w.new(
        "action/escape", ImprovementAction, by="eluned", title="Resilience is asked of each entry point", origin="escape",
        because=[w("escape/greedy")], what="The list of questions for reviews asks for resilience of each entry point.",
        owner=w.who("aiko"), due="2026-06-30",
    )  # fmt: skip
    w.sign()
    w.happened("action/escape", "aiko", done_on=w.today)


# --- what is known of components ------------------------------------------------------------------------------------


NUMBERS = {
    "AV:N/AC:H/PR:N/UI:N/S:U/C:L/I:L/A:H": "7.0", "AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:H/A:N": "7.5",
    "AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:L/A:N": "5.3", "AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H": "9.8",
    "AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N": "7.5", "AV:N/AC:L/PR:N/UI:N/S:U/C:L/I:N/A:N": "5.3",
    "AV:L/AC:L/PR:L/UI:N/S:U/C:N/I:N/A:H": "5.5", "AV:N/AC:H/PR:N/UI:R/S:U/C:L/I:L/A:N": "4.2",
    "AV:N/AC:L/PR:L/UI:N/S:U/C:L/I:L/A:N": "5.4", "AV:N/AC:H/PR:N/UI:N/S:U/C:N/I:N/A:L": "3.7",
    "AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:L": "5.3", "AV:N/AC:H/PR:N/UI:N/S:U/C:H/I:H/A:N": "7.4",
    "AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H": "7.5",
}  # fmt: skip

REASONS: dict[str, tuple[str, str]] = {
    "PYSEC-2025-61": ("vulnerable-code-not-in-execute-path", "We write previews as PNG only, never in the DDS format."),
    "PYSEC-2025-183": ("vulnerable-code-cannot-be-controlled-by-adversary", "The length of our key is fixed at 256 bits "
                       "when it is made; no caller chooses it."),
    "PYSEC-2026-120": ("vulnerable-code-not-in-execute-path", "Our tokens have no critical extensions, and one that names "
                       "any is refused before the library sees it."),
    "PYSEC-2026-35": ("vulnerable-code-not-in-execute-path", "We build no certificate chains with this library: TLS is that "
                      "of the system."),
    "PYSEC-2026-36": ("vulnerable-code-not-in-execute-path", "We pass whole byte strings to it, never views with gaps."),
    "PYSEC-2026-87": ("vulnerable-code-not-in-execute-path", "We parse XML with entities switched off; looked at in the "
                      "import of station settings, the only place that parses XML."),
    "PYSEC-2026-141": ("vulnerable-code-not-in-execute-path", "We follow no redirects: the address of the update service is "
                       "fixed, and the low-level interface is not used."),
    "PYSEC-2026-161": ("vulnerable-code-not-in-execute-path", "No decision about access is made on the address of a "
                       "request; tokens decide."),
    "PYSEC-2026-165": ("vulnerable-code-not-in-execute-path", "We draw no text with fonts into pictures."),
    "PYSEC-2026-175": ("vulnerable-code-not-in-execute-path", "We fetch no key sets: our key is in the vault."),
    "PYSEC-2026-176": ("vulnerable-code-not-in-execute-path", "We pass bytes as the key, not a key object of the library."),
    "PYSEC-2026-177": ("vulnerable-code-not-in-execute-path", "We fetch no key sets: our key is in the vault."),
    "PYSEC-2026-178": ("vulnerable-code-not-in-execute-path", "We take no detached tokens."),
    "PYSEC-2026-179": ("vulnerable-code-not-in-execute-path", "One algorithm is allowed, and the key is ours alone."),
    "PYSEC-2026-215": ("vulnerable-code-cannot-be-controlled-by-adversary", "Host names come from administrators alone, and "
                       "are bounded at 253 characters before."),
}  # fmt: skip


def _known(w: Writer, advisory: str, versions: list[str], day: str) -> dict[str, Any]:
    found = known.known(versions[0], day)
    match, vector = found.match(advisory), found.vector(advisory)
    aliases = [one for one in (match.advisory, *match.aliases) if one != advisory]
    number = NUMBERS.get(vector.removeprefix("CVSS:3.1/")) if vector else None
    severity = {"method": "cvss3.1", "vector": vector, "number": number} if vector and number else None
    return {
        "title": f"{advisory} in {match.component.split('/')[-1]}", "advisory_id": advisory, "aliases": aliases or None,
        "component": match.component, "releases": w.all(f"release/{one}" for one in versions), "severity": severity,
        "rests_on": {"reachability": "not-reachable", "kev": False, "epss": "unknown", "exploited": "no",
                     "advisory": match.advisory_digest},
    }  # fmt: skip


def not_affected(
    w: Writer, day: str, said: dict[str, list[str]], *, by: str = "samira", signer: str | None = None
) -> None:
    """Advisories that do not touch releases, each with its reason; a deputy may sign."""
    records = []
    for advisory, versions in said.items():
        by_component: dict[str, list[str]] = {}
        for version in versions:
            by_component.setdefault(known.known(version, day).match(advisory).component, []).append(version)
        for number, held in enumerate(by_component.values()):
            justification, impact = REASONS[advisory]
            records.append(w.new(
                f"vex/{advisory}/{'+'.join(held)}/{number}", Exploitability, by=by, status="not-affected",
                justification=justification, impact=impact, **_known(w, advisory, held, day),
            ))  # fmt: skip
    if signer is None:
        w.sign()
    else:
        w.submit()
        w.approve(records, only=signer)


def under_investigation(w: Writer, day: str, said: dict[str, list[str]], until: str) -> None:
    """Advisories that are being looked into."""
    for advisory, versions in said.items():
        for version in versions:
            told = _known(w, advisory, [version], day)
            told["rests_on"] = {**told["rests_on"], "reachability": "unknown"}
            w.new(f"vex/{advisory}/{version}", Exploitability, status="under-investigation", until=until, **told)
    w.sign()


def urllib3_affected(w: Writer, day: str) -> None:
    """One advisory does touch 2.3.0: its answer is 2.4.0."""
    told = _known(w, "PYSEC-2026-142", ["2.3.0"], day)
    told["rests_on"] = {**told["rests_on"], "reachability": "reachable", "exploited": "poc"}
    w.new(
        "vex/PYSEC-2026-142/2.3.0", Exploitability, status="affected", response="update",
        impact="The updater reads what the update service sends, in parts; a service that was broken into could make it use "
        "all memory.", action="Let the hospital's proxy bound answers at 600 MB until 2.4.0 is in.", **told,
    )  # fmt: skip
    w.new(
        "vulnerability/urllib3", Vulnerability, title="The updater can be made to use all memory", weakness=["CWE-409"],
        ids=["PYSEC-2026-142", *told["aliases"]], items=[w("item/urllib3")], elements=[w("element/core")],
        threats=[w("threat/evil-update")], affected=[w("release/2.3.0")], severity=told["severity"], left_in=True,
    )  # fmt: skip
    w.sign()


def urllib3_analysed(w: Writer) -> None:
    """What it means here, and what is done."""
    w.new(
        "analysis/urllib3", ImpactAnalysis, title="The updater can be made to use all memory",
        vulnerability=w("vulnerability/urllib3"), context=w("context"),
        environment="Only who runs the update service, or has broken into it, can send such an answer.",
        depth=[w("control/signed"), w("control/queue"), w("layer/kept")], severity=score("7.5"),
        affected=[w("release/2.3.0")], unaffected=[w("release/2.2.0")],
        root_cause="The package unpacks more than it was asked for; we read from it in parts and relied on that.",
        safety={"size": "minor", "why": "The gateway starts again within a minute; what comes meanwhile waits at its sender."},
        effectiveness=NONE, external_controls="effective", hazards=[w("hazard/away")],
        external_controls_why="The proxy through which the gateway asks bounds answers at every site that we know.",
    )  # fmt: skip
    w.sign()


def urllib3_decided(w: Writer) -> None:
    """Raise the package in 2.4.0."""
    w.new(
        "decision/urllib3", Decision, title="Raise urllib3 in 2.4.0", about=[w("vulnerability/urllib3")], option="fix",
        why="The repaired package is out and changes nothing that we use.", risk=w("risk/bad-software"), due="2026-08-01",
        disclose="later", disclose_why="Together with 2.4.0, so that there is something to install.",
        disclose_by="2026-08-15", prevents_similar="Answers are bounded in our own code too; a rule of the analyser asks it.",
    )  # fmt: skip
    w.sign()
    w.happened("decision/urllib3", "samira", told_processes=[{"who": "release management", "on": w.today}],
               told_third_parties=[{"supplier": w("supplier/urllib3"), "on": w.today}])  # fmt: skip


# --- the finding of the laboratory, and one that was none -----------------------------------------------------------


def names_decided(w: Writer) -> None:
    """The login page answers alike from the next build on."""
    w.new(
        "decision/names", Decision, title="Let the login page answer alike", about=[w("finding/names")], option="fix",
        why="Small, and it takes away the first step of guessing passwords.", risk=w("risk/taken-over"), disclose="no",
        disclose_why="It was in no release.", prevents_similar="A test measures both answers on every build.",
    )  # fmt: skip
    w.sign()


def names_closed(w: Writer) -> None:
    """The laboratory saw it gone."""
    w.happened("decision/names", "samira", closed_on=w.today, proved_by=w.all(["run/2.3.0/penetration"]))


def dismissed(w: Writer) -> None:
    """A reviewer's doubt is looked into, and is none."""
    w.new(
        "finding/status", Finding, by="tomasz", title="Status 404 before the rights are asked",
        found_by=[w("review/code/2.3.0")], what="A token without any right learns which resources exist.",
        where=[w("design/fhir")], weakness=["CWE-204"], severity=score("3.7"), origin="implementation",
    )  # fmt: skip
    w.sign()
    w.new(
        "investigation/status", Investigation, title="Status 404 before the rights are asked",
        reports=[w("finding/status")], applicable=False, why="The four resources stand in the public guide; nothing of a "
        "patient is told.", verified="no", how="Asked for twenty names with an empty token; the answers hold no patient.",
        started_on=w.today, concluded_on=w.today,
    )  # fmt: skip
    w.sign()


# --- the flood at a site, June 2026 ---------------------------------------------------------------------------------


def half_open_reported(w: Writer) -> None:
    """A hospital's log shows that somebody holds the laboratory's line."""
    w.new(
        "report/half-open", Report, title="Connections without messages hold the HL7 line", origin="users",
        channel=w("channel/psirt"), received_on=w.now, what="Since 10:40 results of the laboratory do not arrive. The gateway "
        "holds 4,000 connections from one address that send nothing. We have closed that address at the firewall.",
        versions=["2.3.0"], weakness=["CWE-400"], exploited="yes", aware_of_exploitation_on=w.now,
    )  # fmt: skip
    w.sign()
    w.happened("report/half-open", "samira", acknowledged_on=w.today)
    w.new(
        "incident/half-open", Incident, title="The HL7 line of site-0417 was held for 50 minutes", what="Malware on a "
        "workstation in the hospital's network of medical devices opened connections without end; laboratory results went by "
        "telephone for 50 minutes. Nobody was harmed as far as is known.", where="site", noticed_on=w.now, aware_on=w.now,
        patients="possible", hazards=[w("hazard/late")], reports=[w("report/half-open")],
    )  # fmt: skip
    w.sign()


def half_open_contained(w: Writer) -> None:
    """The address is shut out, the line is free."""
    w.happened("incident/half-open", "samira", contained_on=w.now, recovered_on=w.now)
    w.new("note/half-open", CaseNote, title="Site told what to do", about=w.all(["report/half-open", "incident/half-open"]),
          at=w.now, direction="out", with_whom="site", text="Bound connections per address at the firewall; we look for the "
          "cause and call you on Friday.")  # fmt: skip
    w.sign()


def half_open_investigated(w: Writer) -> None:
    """It is so, and 2.4.0 has it too."""
    w.new(
        "vulnerability/half-open", Vulnerability, title="Connections that send nothing are never ended",
        weakness=["CWE-400"], ids=["QMS-2026-02"], elements=[w("element/hl7")], threats=[w("threat/flood")],
        affected=w("release/2.3.0", "release/2.4.0"), severity=score("7.5"), left_in=False,
    )  # fmt: skip
    w.sign()
    w.new(
        "investigation/half-open", Investigation, title="Connections without messages hold the HL7 line",
        reports=[w("report/half-open")], applicable=True, why="The listener waits for the first byte without an end.",
        verified="cannot", how="Seen in the log of the site; a test bench for 4,000 connections is being built.",
        threats=[w("threat/flood")], started_on="2026-06-24", concluded_on=w.today, leads_to=w("vulnerability/half-open"),
    )  # fmt: skip
    w.sign()


def half_open_told(w: Writer) -> None:
    """The authority is told of the incident, on time."""
    w.new(
        "authority/half-open", AuthorityReport, by="samira", title="Incident at site-0417", law="mdr",
        authority="competent authority of the site's country", event="mdr-serious-incident",
        clock_from="2026-06-24T09:20:00.000000Z", step="notification", due="2026-07-09T09:20:00.000000Z",
        content=w.text("Manufacturer's incident report", "What happened, what is known, what we do next."),
        about=w.all(["incident/half-open"]),
    )  # fmt: skip
    w.sign()
    w.happened("authority/half-open", "ines", sent_on=w.now)


def half_open_drafted(w: Writer) -> None:
    """What is to be done is being written; nobody has signed it."""
    w.new(
        "decision/half-open", Decision, title="End connections that send nothing", about=[w("vulnerability/half-open")],
        option="fix", why="To be filled in: whether 2.4.0 waits for it.", disclose="yes",
    )  # fmt: skip
    w.draft()


# --- what is kept among few until September --------------------------------------------------------------------------

FEW = ("jonas",)  # beside product security and who handles incidents: who repairs it


def session_reported(w: Writer) -> None:
    """A researcher asks that a weakness of the pages be kept until her talk; it is withheld as soon as it is read."""
    w.new(
        "report/session", Report, title="Sessions outlive a change of password", origin="researchers",
        channel=w("channel/psirt"), received_on=w.now, what="A session of your administrators' pages stays open when its "
        "password is changed. Others who build such gateways do the same. I speak about it on 28 September; until then I ask "
        "you to keep it to yourselves.", versions=["2.2.0", "2.3.0", "2.4.0"], weakness=["CWE-613"], exploited="poc",
        embargo_until="2026-09-28",
    )  # fmt: skip
    w.sign()
    w.embargo("report/session", "samira", FEW)
    w.happened("report/session", "samira", acknowledged_on=w.today)


def session_investigated(w: Writer) -> None:
    """It is so, in each version; what is to be done is not decided yet: that keeps 2.4.0 back, too, and few know by what."""
    w.new(
        "vulnerability/session", Vulnerability, by="samira", title="A session outlives a change of its password",
        weakness=["CWE-613"], ids=["QMS-2026-03"], elements=[w("element/console")], threats=[w("threat/guessed-password")],
        affected=w("release/2.2.0", "release/2.3.0", "release/2.4.0"), severity=score("6.5"), left_in=False, among=FEW,
    )  # fmt: skip
    w.sign()
    w.new(
        "investigation/session", Investigation, title="Sessions outlive a change of password",
        reports=[w("report/session")], applicable=True, why="The pages end a session by its age alone.", verified="yes",
        how="Logged in twice as one administrator, changed the password in one session, ordered a route in the other.",
        threats=[w("threat/guessed-password")], started_on=w.today, concluded_on=w.today,
        leads_to=w("vulnerability/session"), among=FEW,
    )  # fmt: skip
    w.sign()


def advised(w: Writer) -> None:
    """Users of 2.2.0 are told of the missing limit, with the version that brings it."""
    w.new(
        "advisory/greedy", Advisory, by="samira", title="A client can slow down the API", vulnerabilities=[
            w("vulnerability/greedy")], description="The API of Ward Gateway 2.2.0 has no limit for one client, so that a "
        "faulty or hostile client can make others wait.", severity=score("7.5"), affected=[w("release/2.2.0")],
        resolution="Install 2.3.0.", resolved_by=[w("update/2.3.0")], workaround="Limit requests at the proxy.",
        to=["users"], credits="The IT team of site-0417.",
    )  # fmt: skip
    w.sign()
    w.happened("advisory/greedy", "ines", published_on=w.today)
