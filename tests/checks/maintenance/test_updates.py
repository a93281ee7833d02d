"""Updates: in time, proven on their own build, there for each release that needs one, and whole."""

from __future__ import annotations

from typing import Any

import pytest

from asepsis.checks.maintenance import updates
from asepsis.configuration.records import CategoryRule, ChangeRequest, SoftwareItem
from asepsis.conformance import run
from asepsis.development.records import (
    CarriedForward,
    Finding,
    IntegrityManifest,
    ReleaseDecision,
    Requirement,
    SigningKey,
    TestCase,
    TestRun,
)
from asepsis.exchange.facts import Case, File, ManifestFile, ManifestFiles, Match, PackageFiles, TestResults
from asepsis.maintenance.records import Update, UpdateVerification
from asepsis.problems.records import Exploitability, Investigation
from tests.checks.maintenance.maintained import DELIVER, LIMITS, QUALIFY, ZLIB, Maintained
from tests.dossiers import Story, breaks, days, digest, evidence, keeps, run_check

ON_TIME = "maintenance.update_on_time"
FIX = "maintenance.fix_shown"
REGRESSION = "maintenance.regression_shown"
DELIVERED = "maintenance.update_delivered"
INTEGRITY = "maintenance.update_integrity"
ATTACKED = "maintenance.update_attack_tested"
PURL = "pkg:generic/zlib@1.3"
DAY_AFTER = str(days(DELIVER, 1))
AFTER_QUALIFY = str(days(QUALIFY, 1))


# --- in time ---


@keeps(ON_TIME)
@breaks(ON_TIME)
def test_an_update_is_there_on_the_day_it_is_due() -> None:
    story = Maintained()
    update = story.fixing(DELIVER)
    assert story.said(ON_TIME).kept
    story.revise(update, available_on=DAY_AFTER)
    said = story.said(ON_TIME)
    assert (said.sentences, said.about) == ([updates.AVAILABLE_LATE], ["GW-UPD-1"])
    assert said.ran.check.heals == "answered"


@breaks(ON_TIME)
def test_it_was_verified_on_the_day_that_was_due() -> None:
    for day, sentences in ((QUALIFY, []), (AFTER_QUALIFY, [updates.VERIFIED_LATE])):
        story = Maintained()
        update = story.fixing(DELIVER)
        story.verified(update, day="2026-02-01", outcome="fail")
        story.verified(update, day=day)
        assert story.said(ON_TIME).sentences == sentences


@breaks(ON_TIME)
def test_a_later_day_is_on_time_where_it_was_decided_in_time() -> None:
    for decided, available, is_kept in (
        (DELIVER, "2026-05-01", True),
        (DELIVER, "2026-05-02", False),
        (DAY_AFTER, "2026-05-01", False),
    ):
        story = Maintained()
        story.fixing(available)
        story.a_decision(day=decided, due="2026-05-01")
        assert story.said(ON_TIME).kept is is_kept


def test_an_update_that_is_not_there_yet_is_not_late_here() -> None:
    story = Maintained()
    story.fixing()
    assert story.said(ON_TIME).kept


def test_without_a_due_day_nothing_is_late() -> None:
    story = Maintained()
    story.fixing("2026-11-01")
    story.retire(story.the_analysis)
    assert story.said(ON_TIME).kept
    assert Maintained().said(ON_TIME).silent


# --- the fix is shown ---


class Fixed(Maintained):
    """An update whose verification names a run of one case on its build that passed."""

    def __init__(self, **run: Any) -> None:
        super().__init__()
        self.the_update = self.fixing("2026-02-01")
        self.the_case = self.add(TestCase)
        self.the_run = self.a_run(**run)
        self.the_verification = self.verified(self.the_update, fix_shown_by=[self.the_run])

    def a_run(self, **fields: Any) -> str:
        given: dict[str, Any] = {
            "cases": [self.the_case],
            "release": self.the_fix,
            "build_id": "build-of-1.0.1",
            "outcome": "pass",
            "report": evidence("report of the fix"),
        }
        return self.add(TestRun, **(given | fields))

    def of_component(self) -> None:
        item = self.add(SoftwareItem, entered_in=self.the_release)
        self.revise(self.the_vulnerability, items=[item], ids=["CVE-2026-1"])
        self.bill(self.the_fix, ZLIB)


@keeps(FIX)
@breaks(FIX)
@pytest.mark.parametrize("wrong", [{"build_id": "build-of-1.0.0"}, {"outcome": "inconclusive"}])
def test_a_run_on_the_build_of_the_update_shows_the_fix(wrong: dict[str, Any]) -> None:
    assert Fixed().said(FIX).kept
    said = Fixed(**wrong).said(FIX)
    assert (said.sentences, said.about) == ([updates.NOT_SHOWN], ["GW-UPD-1"])


@breaks(FIX)
def test_the_verification_is_in_force_and_passes() -> None:
    story = Fixed()
    story.retire(story.the_verification)
    assert story.said(FIX).sentences == [updates.NOT_SHOWN]
    failed = Fixed()
    failed.revise(failed.the_verification, outcome="fail")
    assert failed.said(FIX).sentences == [updates.NOT_SHOWN]


@breaks(FIX)
def test_a_younger_failure_counts_before_it_is_signed() -> None:
    story = Fixed()
    story.draft(UpdateVerification, day="2026-03-01", update=story.the_update, outcome="fail", constraints=LIMITS)
    assert story.said(FIX).sentences == [updates.YOUNGER_FAILURE]
    story.verified(story.the_update, day="2026-03-02", fix_shown_by=[story.the_run])
    assert story.said(FIX).kept


@breaks(FIX)
def test_a_weakness_that_could_be_shown_has_a_case_that_failed_before() -> None:
    story = Fixed()
    investigation = story.add(
        Investigation, verified="no", leads_to=story.the_vulnerability, reports=[story.add(Finding)]
    )
    assert story.said(FIX).kept
    story.revise(investigation, verified="yes")
    assert story.said(FIX).sentences == [updates.NEVER_FAILED]
    earlier = story.a_run(release=story.the_release, build_id="build-of-1.0.0", outcome="pass")
    assert story.said(FIX).sentences == [updates.NEVER_FAILED]
    story.revise(earlier, outcome="fail")
    assert story.said(FIX).kept


def test_the_result_of_the_case_tells_whether_it_failed_before() -> None:
    for outcome, is_kept in (("fail", True), ("error", True), ("pass", False)):
        story = Fixed()
        story.add(Investigation, verified="yes", leads_to=story.the_vulnerability, reports=[story.add(Finding)])
        story.revise(story.the_case, automation_id="a.test")
        story.a_run(release=story.the_release, build_id="build-of-1.0.0", outcome="fail", report=evidence("before"))
        results = TestResults((Case("a.test", outcome), Case("b.test", "fail")))  # type: ignore[arg-type]
        story.take_in(results, digest("before"))
        assert story.said(FIX).kept is is_kept


def test_what_the_analysis_calls_affected_counts_as_such() -> None:
    story = Fixed()
    story.add(Investigation, verified="yes", leads_to=story.the_vulnerability, reports=[story.add(Finding)])
    story.a_run(release=story.the_release, build_id="build-of-1.0.0", outcome="fail")
    story.revise(story.the_vulnerability, affected=[])
    assert story.said(FIX).kept
    story.revise(story.the_analysis, affected=[])
    assert story.said(FIX).sentences == [updates.NEVER_FAILED]


def test_without_results_the_run_itself_tells_whether_it_failed_before() -> None:
    for outcome, is_kept in (("fail", True), ("pass", False)):
        story = Fixed()
        story.add(Investigation, verified="yes", leads_to=story.the_vulnerability, reports=[story.add(Finding)])
        story.revise(story.the_case, automation_id="a.test")
        story.a_run(release=story.the_release, build_id="build-of-1.0.0", outcome=outcome, report=evidence("before"))
        assert story.said(FIX).kept is is_kept


def test_results_that_can_no_longer_be_read_leave_it_open() -> None:
    story = Fixed()
    story.add(Investigation, verified="yes", leads_to=story.the_vulnerability, reports=[story.add(Finding)])
    story.revise(story.the_case, automation_id="a.test")
    story.a_run(release=story.the_release, build_id="build-of-1.0.0", outcome="fail", report=evidence("before"))
    story.take_in(TestResults(()), digest("before"), readable=False)
    assert story.said(FIX).sentences == [run.UNREADABLE]


@breaks(FIX)
def test_a_repaired_component_is_no_longer_matched() -> None:
    story = Fixed()
    story.of_component()
    story.scan(story.the_fix, Match("GHSA-1", PURL, "affected", aliases=("cve-2026-1",)))
    assert story.said(FIX).sentences == [updates.STILL_MATCHED]
    story.add(
        Exploitability, advisory_id="GHSA-1", component=PURL, status="fixed", releases=[story.the_fix], versions=[]
    )
    assert story.said(FIX).kept
    by_version = Fixed()
    by_version.of_component()
    by_version.scan(by_version.the_fix, Match("CVE-2026-1", PURL, "affected"))
    statement = by_version.add(
        Exploitability, advisory_id="CVE-2026-1", component=PURL, status="fixed", versions=["1.0.0"]
    )
    assert by_version.said(FIX).sentences == [updates.STILL_MATCHED]
    by_version.revise(statement, versions=["1.0.1"])
    assert by_version.said(FIX).kept
    gone = Fixed()
    gone.of_component()
    gone.scan(gone.the_fix, Match("CVE-2026-2", PURL, "affected"), Match("CVE-2026-1", PURL, "not-affected"))
    assert gone.said(FIX).kept


def test_without_matches_or_a_bill_of_the_update_it_is_not_known() -> None:
    story = Fixed()
    story.of_component()
    assert [one.said.sentence for one in story.said(FIX).unknowns] == [updates.MATCHES_ABSENT]
    unbilled = Fixed()
    item = unbilled.add(SoftwareItem, entered_in=unbilled.the_release)
    unbilled.revise(unbilled.the_vulnerability, items=[item])
    assert [one.said.sentence for one in unbilled.said(FIX).unknowns] == [updates.NO_BILL]


@pytest.mark.parametrize("check", [FIX, REGRESSION])
def test_updates_count_once_they_are_out_or_up_for_release(check: str) -> None:
    story = Maintained()
    story.fixing()
    assert story.said(check).silent
    story.submit(story.draft(ReleaseDecision, release=story.the_fix))
    assert story.said(check).gaps


# --- nothing else broke ---


class Regressed(Fixed):
    """An update whose change touches a requirement, which a run on its build verifies."""

    def __init__(self, **run: Any) -> None:
        super().__init__(**run)
        self.the_requirement = self.add(Requirement)
        self.revise(self.the_case, verifies=[self.the_requirement])
        self.add(ChangeRequest, done_in=self.the_fix, affects=[self.the_requirement])
        self.revise(self.the_verification, regression_shown_by=[self.the_run])


@keeps(REGRESSION)
@breaks(REGRESSION)
def test_regression_runs_cover_what_the_changes_touch() -> None:
    story = Regressed()
    assert story.said(REGRESSION).kept
    other = story.add(Requirement)
    story.add(ChangeRequest, done_in=story.the_release, affects=[other])
    assert story.said(REGRESSION).kept
    story.add(ChangeRequest, done_in=story.the_fix, affects=[other])
    said = story.said(REGRESSION)
    assert said.sentences == [updates.REQUIREMENTS_LEFT_OUT]
    assert "GW-REQ-2" in said.texts[0]
    case = story.add(TestCase, verifies=[other])
    earlier = story.a_run(cases=[case], release=story.the_release, build_id="build-of-1.0.0")
    story.add(
        CarriedForward, release=story.the_fix, from_release=story.the_release, differences=evidence("differences"),
        records=[{"record": earlier, "why_unaffected": "Nothing touched it."}],
    )  # fmt: skip
    assert story.said(REGRESSION).kept
    story.revise(earlier, day="2026-03-01", tools=["another tool"])
    assert story.said(REGRESSION).sentences == [updates.REQUIREMENTS_LEFT_OUT]


@breaks(REGRESSION)
def test_the_regression_run_is_on_the_build_of_the_update() -> None:
    assert Regressed(build_id="build-of-1.0.0").said(REGRESSION).sentences == [updates.NO_REGRESSION]
    assert Fixed().said(REGRESSION).sentences == [updates.NO_REGRESSION]


@breaks(REGRESSION)
def test_a_failed_result_has_a_finding_that_was_decided() -> None:
    story = Regressed()
    story.take_in(TestResults((Case("b.test", "fail"),)), digest("report of the fix"))
    assert story.said(REGRESSION).sentences == [updates.FAILURE_UNDECIDED]
    finding = story.add(Finding, found_by=[story.the_run])
    assert story.said(REGRESSION).sentences == [updates.FAILURE_UNDECIDED]
    story.a_decision(about=[finding], option="fix")
    assert story.said(REGRESSION).kept


@breaks(REGRESSION)
def test_a_run_that_did_not_pass_is_a_failure_too() -> None:
    assert Regressed(outcome="inconclusive").said(REGRESSION).sentences == [updates.FAILURE_UNDECIDED]


def test_results_of_automatic_cases_are_imported() -> None:
    story = Regressed()
    story.revise(story.the_case, automation_id="a.test")
    said = story.said(REGRESSION)
    assert ([one.said.sentence for one in said.unknowns], said.gaps) == ([updates.RESULTS_ABSENT], [])
    story.take_in(TestResults((Case("a.test", "pass"),)), digest("report of the fix"))
    assert story.said(REGRESSION).kept
    story.take_in(TestResults(()), digest("report of the fix"), readable=False)
    assert story.said(REGRESSION).sentences == [run.UNREADABLE]


# --- there for each release ---


@keeps(DELIVERED)
@breaks(DELIVERED)
def test_each_affected_release_has_an_update_by_its_day() -> None:
    story = Maintained()
    story.a_decision()
    assert story.said(DELIVERED, today=DELIVER).kept
    said = story.said(DELIVERED, today=DAY_AFTER)
    assert (said.sentences, said.about, str(said.gaps[0].due)) == ([updates.NOT_DELIVERED], ["GW-DCS-1"], DELIVER)
    update = story.fixing(DAY_AFTER)
    assert story.said(DELIVERED, today=DAY_AFTER).kept
    story.revise(update, for_releases=[story.the_fix])
    assert story.said(DELIVERED, today=DAY_AFTER).sentences == [updates.NOT_DELIVERED]
    story.revise(update, for_releases=[story.the_release], available_on=None)
    assert story.said(DELIVERED, today=DAY_AFTER).sentences == [updates.NOT_DELIVERED]


def test_a_later_day_that_was_decided_in_time_counts() -> None:
    story = Maintained()
    story.a_decision(due="2026-05-01")
    assert story.said(DELIVERED, today="2026-05-01").kept
    assert story.said(DELIVERED, today="2026-05-02").gaps


def test_without_a_band_the_day_of_the_decision_counts() -> None:
    story = Maintained()
    story.retire(story.the_policy)
    story.a_decision(due="2026-05-01")
    assert story.said(DELIVERED, today="2026-05-01").kept
    assert story.said(DELIVERED, today="2026-05-02").gaps


@breaks(DELIVERED)
def test_instructions_are_in_force() -> None:
    story = Maintained()
    story.a_decision()
    story.fixing("2026-02-01")
    story.retire(story.the_guide)
    said = story.said(DELIVERED)
    assert (said.sentences, said.about) == ([updates.NO_INSTRUCTIONS], ["GW-UPD-1"])


def test_without_an_analysis_the_releases_are_not_known() -> None:
    story = Maintained()
    story.a_decision()
    story.retire(story.the_analysis)
    said = story.said(DELIVERED)
    assert ([one.said.sentence for one in said.unknowns], said.gaps) == ([updates.NOT_ANALYSED], [])


@pytest.mark.parametrize(("category", "is_kept"), [("maintained", False), ("supported", True)])
def test_what_others_maintain_is_not_delivered_here(category: str, is_kept: bool) -> None:
    story = Maintained()
    item = story.add(SoftwareItem, category=category, entered_in=story.the_release)
    story.revise(story.the_vulnerability, items=[item])
    story.a_decision()
    assert story.said(DELIVERED, today=DAY_AFTER).kept is is_kept


def test_releases_without_support_and_other_decisions_ask_for_no_update() -> None:
    story = Maintained()
    story.a_decision()
    assert story.said(DELIVERED, today="2031-01-01").kept
    other = Maintained()
    other.a_decision(option="plan", due="2026-05-01")
    assert other.said(DELIVERED).silent


# --- whole ---


class Signed(Maintained):
    """An update whose manifest lists the one file of its package, signed with a key that counts."""

    def __init__(self, *, signature: str = "good", made_at: str | None = "2026-02-01T10:00:00Z", **key: Any) -> None:
        super().__init__()
        self.the_key = self.add(SigningKey, **({"algorithm": "Ed25519", "created": "2026-01-01"} | key))
        self.the_update = self.fixing("2026-02-02")
        self.revise(self.the_manifest, key=self.the_key)
        listed = (ManifestFile("app.bin", digest("app")),)
        facts = ManifestFiles(listed, signature=signature, made_at=made_at)  # type: ignore[arg-type]
        self.take_in(facts, digest("manifest"))
        self.package(File("app.bin", 1, digest("app")))

    def package(self, *files: File) -> None:
        self.take_in(PackageFiles(files), self.the_fix)


@keeps(INTEGRITY)
@breaks(INTEGRITY)
def test_users_can_check_an_update() -> None:
    story = Signed()
    assert story.said(INTEGRITY).kept
    story.package(File("app.bin", 1, digest("another")), File("new.bin", 1, digest("new")))
    said = story.said(INTEGRITY)
    assert (said.sentences, said.about) == ([updates.FILES_DIFFER], ["GW-UPD-1"])
    assert "2 files of the package of GW-UPD-1" in said.texts[0]


def test_files_that_the_manifest_leaves_out_with_a_reason_are_left_out() -> None:
    story = Signed()
    story.package(File("app.bin", 1, digest("app")), File("log/first.txt", 1, digest("log")))
    assert story.said(INTEGRITY).gaps
    story.revise(story.the_manifest, excluded=[{"path": "log/*", "why": "Written at installation."}])
    assert story.said(INTEGRITY).kept
    story.revise(story.the_manifest, excluded=[{"path": "*", "why": "Everything."}])
    story.package(File("app.bin", 1, digest("altered")))
    assert story.said(INTEGRITY).gaps


@breaks(INTEGRITY)
@pytest.mark.parametrize("signature", ["bad", "absent"])
def test_the_signature_holds(signature: str) -> None:
    assert Signed(signature=signature).said(INTEGRITY).sentences == [updates.BAD_SIGNATURE]
    assert Signed(signature="unchecked").said(INTEGRITY).sentences == [updates.NOT_CHECKED]


@breaks(INTEGRITY)
def test_the_key_was_not_revoked_on_the_day_of_signing() -> None:
    revoked = {"revoked_because": "rotation"}
    assert Signed(revoked_on="2026-02-02", **revoked).said(INTEGRITY).kept
    assert Signed(revoked_on="2026-02-01", **revoked).said(INTEGRITY).sentences == [updates.KEY_REVOKED]
    by_release = Signed(made_at=None, revoked_on="2026-01-05", **revoked)
    assert by_release.said(INTEGRITY).sentences == [updates.KEY_REVOKED]


@breaks(INTEGRITY)
def test_the_algorithm_is_one_of_the_policy() -> None:
    assert Signed(algorithm="RSA 1024").said(INTEGRITY).sentences == [updates.WEAK_ALGORITHM]


@breaks(INTEGRITY)
def test_an_update_whose_key_was_given_away_is_replaced() -> None:
    story = Signed(revoked_on="2026-03-01", revoked_because="compromise")
    said = story.said(INTEGRITY)
    assert (said.sentences, said.gaps[0].urgent) == ([updates.KEY_COMPROMISED], True)
    newer = story.add(
        Update, release=story.release("1.0.2"), for_releases=[story.the_fix], integrity=story.the_manifest,
        instructions=story.the_guide, available_on="2026-02-28",
    )  # fmt: skip
    assert updates.KEY_COMPROMISED in story.said(INTEGRITY).sentences
    story.revise(newer, available_on="2026-03-01")
    assert updates.KEY_COMPROMISED not in story.said(INTEGRITY).sentences


@breaks(INTEGRITY)
def test_the_manifest_is_in_force_and_of_its_own_release() -> None:
    story = Signed()
    story.revise(story.the_update, integrity=story.add(IntegrityManifest, release=story.the_release))
    assert story.said(INTEGRITY).sentences == [updates.OTHER_RELEASE]
    story.revise(story.the_update, integrity=story.draft(IntegrityManifest, release=story.the_fix))
    assert story.said(INTEGRITY).sentences == [updates.NO_MANIFEST]


@breaks(INTEGRITY)
def test_the_key_is_in_force() -> None:
    story = Signed()
    story.retire(story.the_key)
    assert story.said(INTEGRITY).sentences == [updates.NO_KEY]


def test_without_manifest_or_package_files_it_is_not_known() -> None:
    story = Maintained()
    story.fixing("2026-02-02")
    said = story.said(INTEGRITY)
    assert (said.sentences, said.gaps) == ([run.ABSENT], [])


def test_an_update_counts_from_its_day_on() -> None:
    story = Signed()
    assert story.said(INTEGRITY, today="2026-02-02").kept
    assert story.said(INTEGRITY, today="2026-02-01").silent


# --- attacked ---


class Attacked(Story):
    """A release of which an item is maintained, with a case for each attack on its updates that passed."""

    def __init__(self, category: str = "maintained", **case: Any) -> None:
        super().__init__()
        self.the_release = self.release()
        self.bill(self.the_release, ZLIB)
        self.add(CategoryRule, matches={"purl": "pkg:generic/*"}, category=category)
        self.the_requirement = self.add(Requirement, capability="updates")
        self.cases = {
            technique: self.add(TestCase, verifies=[self.the_requirement], **({"technique": technique} | case))
            for technique in ("tampered-update", "replayed-update")
        }
        self.runs = {technique: self.a_run(case) for technique, case in self.cases.items()}

    def a_run(self, case: str) -> str:
        return self.add(
            TestRun, cases=[case], release=self.the_release, build_id="build-of-1.0.0", outcome="pass",
            report=evidence(f"report of {case}"),
        )  # fmt: skip

    def said(self, **arguments: Any) -> Any:
        return run_check(ATTACKED, self, release=self.the_release, **arguments)


@keeps(ATTACKED)
@breaks(ATTACKED)
@pytest.mark.parametrize("technique", ["tampered-update", "replayed-update"])
def test_each_attack_on_updates_was_tried(technique: str) -> None:
    story = Attacked()
    assert story.said().kept
    story.revise(story.runs[technique], outcome="fail")
    said = story.said()
    assert (said.sentences, said.about) == ([updates.NOT_ATTACKED], ["GW-REL-1"])


@breaks(ATTACKED)
@pytest.mark.parametrize(("capability", "is_kept"), [("updates", True), ("integrity", True), ("logging", False)])
def test_the_cases_are_under_requirements_on_updates_or_integrity(capability: str, is_kept: bool) -> None:
    story = Attacked()
    story.revise(story.the_requirement, capability=capability)
    for case in story.cases.values():
        story.revise(case, day="2026-01-06", expected="It refuses.")
    said = story.said()
    assert said.kept is is_kept
    story.revise(story.the_requirement, day="2026-02-01", capability="other")
    assert story.said().sentences == [updates.NOT_ATTACKED] * 2


def test_where_no_item_is_maintained_nothing_is_asked() -> None:
    story = Attacked(category="supported")
    for one in story.runs.values():
        story.retire(one)
    assert story.said().kept


def test_results_that_are_not_there_leave_it_open() -> None:
    said = Attacked(automation_id="a.test").said()
    assert ([one.said.sentence for one in said.unknowns], said.gaps) == ([updates.ATTACK_UNKNOWN] * 2, [])


def test_without_cases_there_is_a_gap() -> None:
    story = Story()
    assert run_check(ATTACKED, story, release=story.release()).sentences == [run.NOTHING]
