"""Every output follows the schema of its format, says what is not known, and can be read again."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import jsonschema_rs
import msgspec
import pytest

from asepsis.advisories.findings import Candidate, Kinship, Result
from asepsis.advisories.notice import Ssvc
from asepsis.advisories.outputs import formats, page, sarif, vdr
from asepsis.advisories.outputs.formats import Author, UnknownOutputError, UnnamedPublisherError
from asepsis.advisories.outputs.report import Report
from asepsis.exchange import cyclonedx
from asepsis.exchange import sarif as sarif_reading
from asepsis.exchange.source import Source
from asepsis.exchange.vex import formats as vex
from asepsis.exchange.vex.statement import Statement
from asepsis.exchange.vex_matches import read_matches
from tests.advisories.outputs.conftest import PUMP

Reports = Callable[..., Report]
SUITES = Path(__file__).parents[4] / "shared/data/suites"
SAMPLES = Path(__file__).parents[2] / "samples"
BY = Author("Acme", "https://acme.example")
SAFE = Statement(
    "CVE-2026-0001", PUMP, "not-affected", "pkg:pypi/requests", justification="vulnerable-code-not-present",
    impact="It opens no connection of its own.", at="2026-09-01T00:00:00Z",
)  # fmt: skip
needs_suites = pytest.mark.skipif(not SUITES.exists(), reason="../shared/data/suites is not there")


def written(report: Report, name: str) -> bytes:
    return formats.named(name).write(report, BY)


def faults(schema: dict[str, Any], value: Any, registry: dict[str, Any] | None = None) -> list[str]:
    resources = list((registry or {}).items())
    known = jsonschema_rs.Registry(resources, retriever=_refused) if resources else None
    validator = jsonschema_rs.validator_for(schema, registry=known, retriever=_refused, validate_formats=True)
    return [one.message for one in validator.iter_errors(value)]


def _refused(uri: str) -> Any:
    raise LookupError(uri)


@needs_suites
def test_openvex_follows_its_schema(report: Reports) -> None:
    schema = json.loads((SUITES / "openvex-spec/openvex_json_schema.json").read_bytes())
    assert faults(schema, json.loads(written(report(SAFE), "openvex"))) == []


@needs_suites
def test_csaf_follows_its_schema_and_the_vex_profile(report: Reports) -> None:
    folder = SUITES / "csaf-oasis/csaf_2.0"
    schema = json.loads((folder / "json_schema/csaf_json_schema.json").read_bytes())
    cvss = {
        f"https://www.first.org/cvss/{one.name}": json.loads(one.read_bytes())
        for one in (folder / "referenced_schema/first").glob("cvss-v?.?.json")
    }
    value = json.loads(written(report(SAFE), "csaf"))
    assert faults(schema, value, cvss) == []
    assert value["document"]["category"] == "csaf_vex"
    for one in value["vulnerabilities"]:  # CSAF 2.0, 4.5: an id, and a status; a reason where not affected
        assert one.get("cve") or one.get("ids")
        (status,) = one["product_status"]
        assert status in ("under_investigation", "known_not_affected")
        assert status == "under_investigation" or one["flags"]


@pytest.mark.parametrize("name", ["vdr", "cyclonedx"])
def test_cyclonedx_follows_its_schema(report: Reports, name: str) -> None:
    data = written(report(SAFE), name)
    assert list(cyclonedx.departures_of(cyclonedx.load(Source("x.json", data)))) == []


def test_sarif_follows_its_schema(report: Reports) -> None:
    schema = json.loads((SAMPLES / "sarif/sarif-2.1.0.json").read_bytes())
    assert faults(schema, json.loads(written(report(SAFE), "sarif"))) == []


def test_sarif_is_read_again_with_each_finding_once_and_the_decided_one_suppressed(report: Reports) -> None:
    fact = sarif_reading.read(Source("x.sarif", sarif.write(report(SAFE))), analysis="source").fact
    (run,) = fact.runs
    assert [(one.rule, one.severity, one.suppressed) for one in run.results] == [
        ("CVE-2026-0001", "error", True), ("CVE-2026-0002", "error", False), ("CVE-2026-0003", "warning", False),
    ]  # fmt: skip


def test_sarif_notifies_of_what_could_not_be_looked_up_and_of_each_statement(report: Reports) -> None:
    run = json.loads(sarif.write(report(replace(SAFE, component="pkg:npm/x"))))["runs"][0]
    told = [one["message"]["text"] for one in run["invocations"][0]["toolExecutionNotifications"]]
    assert any("no feed covers its ecosystem" in one for one in told)
    assert any("unmatched. The bill holds no pkg:npm/x." in one for one in told)


@pytest.mark.parametrize("name", ["openvex", "csaf", "cyclonedx"])
def test_what_was_decided_and_what_was_not_is_read_again_as_it_was(report: Reports, name: str) -> None:
    made = report(SAFE)
    assert set(vex.read(Source("x.json", written(made, name))).statements) == set(made.statements())


@pytest.mark.parametrize("name", ["openvex", "csaf", "cyclonedx"])
def test_what_one_scan_says_is_laid_over_the_next_without_loss(report: Reports, name: str) -> None:
    made = report(SAFE)
    again = report(*vex.read(Source("x.json", written(made, name))).statements)
    assert [one.status for one in again.lines()] == [one.status for one in made.lines()]
    assert {str(one.outcome) for one in again.laid.receipts} == {"applied"}


def test_the_bill_with_its_vulnerabilities_holds_the_same_components_and_findings(report: Reports) -> None:
    made = report(SAFE)
    source = Source("x.json", vdr.write(made))
    again = cyclonedx.read(source)
    assert [one.purl for one in again.fact.components] == [one.purl for one in made.bill.fact.components]
    matches = read_matches(source, bill_digest="0" * 64, feeds_digest="1" * 64, components=again.fact).fact.matches
    assert [(one.advisory, one.component, one.result, one.epss, one.advisory_digest) for one in matches] == [
        (
            one.names[0],
            one.component.purl,
            "not-affected" if one.is_closed else one.finding.result,
            one.finding.epss,
            one.finding.digest,
        )
        for one in made.lines()
    ]
    told = {one["name"]: one["value"] for one in json.loads(source.data)["vulnerabilities"][1]["properties"]}
    assert (told["asepsis:reason"], told["asepsis:kev"]) == (
        "requests 1.5: its version is named as affected", "2026-07-03",
    )  # fmt: skip


@pytest.mark.parametrize("name", ["openvex", "csaf", "cyclonedx", "vdr", "sarif", "html"])
def test_every_document_says_how_much_was_not_looked_up_and_how_old_the_data_is(report: Reports, name: str) -> None:
    text = written(report(), name).decode()
    assert "the other 1 were not, so nothing about them is clean" in text
    assert "osv as of 2026-11-01" in text


@pytest.mark.parametrize("name", sorted(formats.OUTPUTS))
def test_the_same_report_gives_the_same_bytes(report: Reports, name: str) -> None:
    assert written(report(SAFE), name) == written(report(SAFE), name)


def test_csaf_without_a_publisher_is_refused(report: Reports) -> None:
    with pytest.raises(UnnamedPublisherError):
        formats.named("csaf").write(report(), Author())


def test_a_form_that_is_not_there_is_refused_by_name() -> None:
    with pytest.raises(UnknownOutputError, match="'pdf'"):
        formats.named("pdf")


# --- the page -----------------------------------------------------------------------------------------------------------


class Page(HTMLParser):
    """What a page holds: tags that are open and never closed, attributes that fetch, ids and links inside."""

    VOID = frozenset({"meta", "br", "hr", "img", "input", "link"})

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: set[str] = set()
        self.fetching: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.deepest = 0
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        if tag not in self.VOID:
            self.open.append(tag)
            self.deepest = max(self.deepest, len(self.open))
        for name, value in attrs:
            if name in ("src", "srcset", "data", "action", "style", "background"):
                self.fetching.append(f"{tag} {name}")
            if name == "href":
                self.links.append(value or "")
            if name == "id":
                self.ids.append(value or "")

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag, tag


def test_the_page_is_well_formed_fetches_nothing_and_every_link_leads_into_itself(report: Reports) -> None:
    found = Page(page.write(report(SAFE)).decode())
    assert found.open == []
    assert (found.fetching, found.tags & {"script", "link", "img", "iframe", "object"}) == ([], set())
    assert {one[1:] for one in found.links} <= set(found.ids)
    assert len(found.ids) == len(set(found.ids))


def test_what_comes_from_the_bill_is_text_on_the_page(report: Reports) -> None:
    text = page.write(report(replace(SAFE, impact="<img src=x onerror=alert(1)>"))).decode()
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text
    assert "<script" not in text
    assert "<img" not in text


def test_the_page_tells_reasons_decisions_licences_data_and_what_was_not_looked_up(report: Reports) -> None:
    text = page.write(report(SAFE)).decode()
    for said in (
        "its version is named as affected", "vulnerable code not present", "It opens no connection of its own.",
        "Apache-2.0", "2026-11-01T00:00:00Z", "no feed covers its ecosystem", "goes round in a circle", "requests / urllib3",
    ):  # fmt: skip
        assert said in text, said


def test_candidates_are_told_apart_and_count_for_nothing(report: Reports) -> None:
    made = report(SAFE)
    one = Candidate(
        "idna", "3", None, None, "CVE-2026-0007", "CVE-2026-0007", "nvd", "acme", "<b>idna</b>", Kinship.NAME,
        Result.AFFECTED, "its version lies in the affected range",
    )  # fmt: skip
    with_one = replace(made, scan=msgspec.structs.replace(made.scan, candidates=(one,)))
    text = page.write(with_one).decode()
    assert "CVE-2026-0007" in text
    assert "&lt;b&gt;idna" in text
    assert (with_one.affected, list(with_one.lines())) == (made.affected, list(made.lines()))
    assert "1 candidates by CPE or name wait" in written(with_one, "openvex").decode()


def test_a_component_of_which_something_is_known_is_text_too(report: Reports) -> None:
    made = report()
    evil = msgspec.structs.replace(made.scan.components[0], name="<i>evil")
    whole = replace(made, scan=msgspec.structs.replace(made.scan, components=(evil, *made.scan.components[1:])))
    text = page.write(whole).decode()
    assert ("&lt;i&gt;evil" in text, "<i>" in text) == (True, False)


# --- attacks and candidates ---------------------------------------------------------------------------------------------

SSVC = Ssvc("active", "yes", "total", "2026-07-04")
CANDIDATE = Candidate(
    "idna", "3", "pkg:pypi/idna@3", None, "CVE-2026-0007", "CVE-2026-0007", "nvd", "acme", "idna", Kinship.VENDOR,
    Result.AFFECTED, "its version lies in the affected range", kev="2026-08-01", ssvc=SSVC,
)  # fmt: skip


def attacked(report: Reports) -> Report:
    """A report in which CISA answered for each finding, with one candidate."""
    made = report(SAFE)
    parts = tuple(
        msgspec.structs.replace(
            one, findings=tuple(msgspec.structs.replace(each, ssvc=SSVC, epss="0.97") for each in one.findings)
        )
        for one in made.scan.components
    )
    return replace(made, scan=msgspec.structs.replace(made.scan, components=parts, candidates=(CANDIDATE,)))


@pytest.mark.parametrize("name", sorted(formats.OUTPUTS))
def test_every_document_tells_what_is_known_of_attacks(report: Reports, name: str) -> None:
    text = written(attacked(report), name).decode()
    for told in ("2026-07-03", "0.97", "Attend to Act"):
        assert (name, told, told in text) == (name, told, True)


@pytest.mark.parametrize("name", sorted({*formats.OUTPUTS} - {"openvex"}))
def test_a_candidate_is_told_with_what_speaks_for_it_and_never_among_the_findings(report: Reports, name: str) -> None:
    data = written(attacked(report), name)
    assert b"CVE-2026-0007" in data
    assert "its supplier and its name agree" in data.decode()
    if name != "html":
        value = json.loads(data)
        findings = value.get("vulnerabilities") or value["runs"][0]["results"]
        assert "CVE-2026-0007" not in json.dumps(findings)


@needs_suites
@pytest.mark.parametrize("name", ["openvex", "csaf"])
def test_with_attacks_and_candidates_a_statement_still_follows_its_schema(report: Reports, name: str) -> None:
    value = json.loads(written(attacked(report), name))
    if name == "openvex":
        assert faults(json.loads((SUITES / "openvex-spec/openvex_json_schema.json").read_bytes()), value) == []
        return
    folder = SUITES / "csaf-oasis/csaf_2.0"
    cvss = {
        f"https://www.first.org/cvss/{one.name}": json.loads(one.read_bytes())
        for one in (folder / "referenced_schema/first").glob("cvss-v?.?.json")
    }
    assert faults(json.loads((folder / "json_schema/csaf_json_schema.json").read_bytes()), value, cvss) == []


@pytest.mark.parametrize("name", ["vdr", "cyclonedx", "sarif"])
def test_with_attacks_and_candidates_a_bill_and_a_log_still_follow_their_schemas(report: Reports, name: str) -> None:
    data = written(attacked(report), name)
    if name == "sarif":
        schema = json.loads((SAMPLES / "sarif/sarif-2.1.0.json").read_bytes())
        assert faults(schema, json.loads(data)) == []
    else:
        assert list(cyclonedx.departures_of(cyclonedx.load(Source("x.json", data)))) == []


@pytest.mark.parametrize("name", ["openvex", "csaf", "cyclonedx"])
def test_what_is_known_of_attacks_changes_no_statement_that_is_read_again(report: Reports, name: str) -> None:
    made = attacked(report)
    assert set(vex.read(Source("x.json", written(made, name))).statements) == set(made.statements())
