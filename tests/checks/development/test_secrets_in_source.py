"""Secrets that a scan found in the source."""

from __future__ import annotations

from typing import Any

import pytest

from asepsis.checks.development import secrets_in_source as secrets
from asepsis.conformance import run
from asepsis.development.records import Finding, IntegrityManifest, SigningKey, TestRun
from asepsis.exchange import subjects
from asepsis.exchange.facts import Analysis, ManifestFile, ManifestFiles, Result, StaticFindings
from asepsis.problems.records import Decision, Investigation
from tests.dossiers import PRODUCT, Story, breaks, digest, evidence, keeps, run_check

NONE = "development.no_secrets_in_source"
SECRET = Result("generic-api-key", "A token.", path="src/cloud.py")
PRIVATE = Result("private-key", "A key.", path="etc/key.pem", fingerprint=digest("public key"))


class Scanned(Story):
    def __init__(self, *results: Result, **fields: Any) -> None:
        super().__init__()
        self.the_release = self.release()
        given: dict[str, Any] = {"analysis": "secrets", "tool": "gitleaks", "history": "all", "results": results}
        self.scans(Analysis(**(given | fields)))

    def scans(self, *found: Analysis) -> None:
        self.take_in(StaticFindings(found), subjects.build(PRODUCT.id, "build-of-1.0.0"))

    def finding(self, **fields: Any) -> str:
        return self.add(Finding, results=[{"tool": "Gitleaks"} | fields])

    def said(self) -> Any:
        return run_check(NONE, self, release=self.the_release)


@keeps(NONE)
@breaks(NONE)
def test_a_secret_is_replaced_with_proof() -> None:
    assert Scanned().said().kept
    story = Scanned(SECRET, SECRET)
    said = story.said()
    assert said.sentences == [secrets.LEAKED]
    assert said.texts[0].startswith("gitleaks found 2 secrets")
    assert said.texts[0].endswith("none: src/cloud.py.")
    decision = story.add(Decision, about=[story.finding()], option="fix")
    assert story.said().gaps
    story.revise(decision, closed_on="2026-02-01")
    assert story.said().gaps
    story.revise(decision, proved_by=[story.add(TestRun)])
    assert story.said().kept


@breaks(NONE)
@pytest.mark.parametrize("fields", [{"rule": "another"}, {"place": "src/*.js"}, {"tool": "trufflehog"}])
def test_the_finding_is_about_that_secret(fields: dict[str, Any]) -> None:
    story = Scanned(SECRET)
    investigation: dict[str, Any] = {"applicable": False, "concluded_on": "2026-02-01", "started_on": "2026-02-01"}
    story.add(Investigation, reports=[story.finding(**fields)], **investigation)
    assert story.said().sentences == [secrets.LEAKED]


@keeps(NONE)
@pytest.mark.parametrize("fields", [{"rule": "generic-api-key"}, {"place": "src/*"}, {}])
def test_what_turned_out_to_be_no_secret_is_dismissed(fields: dict[str, Any]) -> None:
    story = Scanned(SECRET)
    given: dict[str, Any] = {"applicable": False, "started_on": "2026-02-01", "reports": [story.finding(**fields)]}
    investigation = story.add(Investigation, **given)
    assert story.said().gaps
    story.revise(investigation, concluded_on="2026-02-01")
    assert story.said().kept


def signing_key(story: Scanned, **fields: Any) -> str:
    return story.add(SigningKey, public_key=evidence("public key"), **fields)


@breaks(NONE)
def test_the_private_half_of_a_key_in_use_is_always_a_gap() -> None:
    story = Scanned(PRIVATE)
    investigation: dict[str, Any] = {"applicable": False, "concluded_on": "2026-02-01", "started_on": "2026-02-01"}
    story.add(Investigation, reports=[story.finding()], **investigation)
    assert story.said().kept
    key = signing_key(story)
    said = story.said()
    assert (said.sentences, said.about) == ([secrets.KEY_LEAKED], [story.labels[key]])
    assert said.gaps[0].urgent
    story.revise(key, revoked_on="2026-02-02", revoked_because="compromise")
    assert story.said().kept


@breaks(NONE)
def test_a_key_is_known_by_the_key_in_its_file_as_well() -> None:
    story = Scanned(Result("private-key", "A key.", path="etc/key.pem", fingerprint=digest("raw key")))
    key = signing_key(story)
    story.add(IntegrityManifest, release=story.the_release, key=key, files=evidence("manifest"))
    assert story.said().sentences == [secrets.LEAKED]
    listed = (ManifestFile("a", digest("a")),)
    fact = ManifestFiles(listed, "good", public_key=digest("raw key"), key_file=digest("public key"))
    story.take_in(fact, digest("manifest"))
    assert story.said().sentences == [secrets.KEY_LEAKED]


def test_a_public_half_in_the_source_is_no_leak_of_the_key() -> None:
    story = Scanned(Result("certificate", "A certificate.", fingerprint=digest("public key")))
    signing_key(story)
    assert story.said().sentences == [secrets.LEAKED]


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"finished": False}, secrets.NOT_FINISHED),
        ({"history": None}, secrets.HISTORY_UNTOLD),
        ({"analysis": "source"}, secrets.NOT_SCANNED),
    ],
)
def test_a_scan_that_does_not_tell_all_leaves_it_unknown(fields: dict[str, Any], sentence: Any) -> None:
    said = Scanned(**fields).said()
    assert [one.said.sentence for one in said.unknowns] == [sentence]
    assert not said.gaps


def test_without_a_scan_it_is_not_known() -> None:
    story = Story()
    assert run_check(NONE, story, release=story.release()).sentences == [run.ABSENT]
