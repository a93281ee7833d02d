"""Checks of updates: in time, proven on their own build, there for each release that needs one, and whole."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from asepsis.checks import decided, terms
from asepsis.checks.check import Findings, check
from asepsis.checks.exploited import scans_of
from asepsis.checks.maintenance.clocks import affected_supported, analysis_of, due_of, is_maintained, last_day
from asepsis.checks.risk.model import holds_maintained
from asepsis.checks.tested import FAILED, Shown, results_of, shown
from asepsis.checks.view import View
from asepsis.clauses.policy import covered
from asepsis.configuration.records import BillOfMaterials, ChangeRequest, Release
from asepsis.development.records import (
    Capability,
    CarriedForward,
    CaseTechnique,
    Finding,
    IntegrityManifest,
    ReleaseDecision,
    ReleaseDocument,
    Requirement,
    RevokedBecause,
    RunOutcome,
    SigningKey,
    TestCase,
    TestRun,
)
from asepsis.maintenance.records import Update, UpdateVerification, VerificationOutcome
from asepsis.problems.domain import same_component
from asepsis.problems.records import Decision, Exploitability, Investigation, Option, Status, Verified
from asepsis.quality.domain import holds
from asepsis.record.dossier import Item
from asepsis.record.facts import TakenIn
from asepsis.record.slots import SystemRole
from asepsis.record.verdict import Gap, Unknown
from asepsis.risk.records import Vulnerability
from asepsis.sentences import Sentence

if TYPE_CHECKING:
    from asepsis.exchange.facts import ManifestFiles, Match, PackageFiles

ALGORITHMS = "development.algorithms"

# --- which updates are looked at ------------------------------------------------------------------------------------


def is_out(update: Item[Update], view: View) -> bool:
    """Return whether users can have an update."""
    return update.content.available_on is not None and update.content.available_on <= view.today


def is_out_or_up(update: Item[Update], view: View) -> bool:
    """Return whether users can have an update, or its release is decided on."""
    return update.content.available_on is not None or update.content.release in view.once(
        "releases decided", _decided_on
    )


def _decided_on(view: View) -> frozenset[str]:
    decisions = (*view.dossier.all(ReleaseDecision), *view.dossier.submitted(ReleaseDecision))
    return frozenset(one.content.release for one in decisions)


def fixed_by(update: Item[Update], view: View) -> Iterator[Item[Vulnerability]]:
    """Yield the vulnerabilities that an update repairs."""
    for reference in update.content.fixes:
        vulnerability: Item[Vulnerability] | None = view.dossier.get(reference)
        if vulnerability is not None:
            yield vulnerability


def passed_verifications(update: Item[Update], view: View) -> tuple[Item[UpdateVerification], ...]:
    """Return the effective verifications of an update that let it pass."""
    found = view.dossier.back(update, UpdateVerification)
    return tuple(
        one for one in found if one.content.update == update.id and one.content.outcome is VerificationOutcome.PASS
    )


def _runs_on_its_build(references: tuple[Any, ...], update: Item[Update], view: View) -> list[Item[TestRun]]:
    """Return the effective runs among `references` that were done on the build of an update."""
    release: Item[Release] | None = view.dossier.get(update.content.release)
    runs: list[Item[TestRun] | None] = [view.dossier.get(one) for one in references]
    build = release.content.build_id if release is not None else None
    return [run for run in runs if run is not None and build is not None and run.content.build_id == build]


# --- in time --------------------------------------------------------------------------------------------------------

AVAILABLE_LATE = Sentence(
    "{update} was there for users on {found}; for {vulnerability} it was due by {day}.",
    next="Write an improvement action that names {update}, on why it was late, and check its effect.",
)
VERIFIED_LATE = Sentence(
    "{update} was verified on {found}; for {vulnerability} that was due by {day}.",
    next="Write an improvement action that names {update}, on why it was late, and check its effect.",
)


@check("maintenance.update_on_time", over=Update, owner=SystemRole.RELEASE_MANAGER, heals="answered")
def updates_are_on_time(update: Item[Update], view: View) -> Findings:
    """Each update was verified and there for users by the days of its vulnerabilities, or by a later day decided in time.

    Source: IEC 81001-5-1:2021, 6.1.1.
    """
    verified = min((terms.first_day(one, view) for one in passed_verifications(update, view)), default=None)
    for vulnerability in fixed_by(update, view):
        due = due_of(vulnerability, view)
        if due is None:
            continue
        for sentence, found, day in (
            (AVAILABLE_LATE, update.content.available_on, due.deliver),
            (VERIFIED_LATE, verified, due.qualify),
        ):
            last = last_day(vulnerability, day, view)
            if found is not None and found > last:
                yield Gap(update, sentence, update=update, found=found, vulnerability=vulnerability, day=last)


# --- the fix is shown -----------------------------------------------------------------------------------------------

NOT_SHOWN = Sentence(
    "Nothing shows on the build of {update} that {vulnerability} is gone.",
    next="Run on the build of {update} the case that showed {vulnerability} before, and verify the update with it.",
)
STILL_MATCHED = Sentence(
    "{bill}, the bill of {update}, still matches {names}, which {update} is to repair.",
    next="Bring the repaired component into the build, or say in a statement why {vulnerability} is gone.",
)
NEVER_FAILED = Sentence(
    "{runs} show that {vulnerability} is gone; none of their cases ever failed on a release that has it.",
    next="Run the case on an affected release, so that it shows {vulnerability} there.",
)
YOUNGER_FAILURE = Sentence(
    "{verification} is younger than what lets {update} pass, and says otherwise.",
    next="Verify {update} again, and sign what came of it.",
)
MATCHES_ABSENT = Sentence(
    "{bill}, the bill of {update}, was not laid against advisory feeds.",
    next="Match {bill} with advisory feeds, and import the result.",
)
NO_BILL = Sentence(
    "{update} repairs a component, and its release has no bill of materials in force.",
    next="Have the bill of the build of {update} signed, and match it.",
)


@check("maintenance.fix_shown", over=Update, owner=SystemRole.TESTER, when=is_out_or_up)
def each_fix_is_shown(update: Item[Update], view: View) -> Findings:
    """On the build of an update a test shows that each weakness is gone which it showed before, and scans find it gone.

    Source: IEC 81001-5-1:2021, 6.2.2.
    """
    passed = passed_verifications(update, view)
    runs = [
        run
        for one in passed
        for run in _runs_on_its_build(one.content.fix_shown_by, update, view)
        if run.content.outcome is RunOutcome.PASS
    ]
    for vulnerability in fixed_by(update, view):
        if not runs:
            yield Gap(update, NOT_SHOWN, update=update, vulnerability=vulnerability)
        elif _is_own_and_shown(vulnerability, view) and not any(
            _failed_before(run, vulnerability, view) for run in runs
        ):
            yield Gap(update, NEVER_FAILED, runs=runs, vulnerability=vulnerability)
        if vulnerability.content.items:
            yield from _not_matched(update, vulnerability, view)
    yield from _no_younger_failure(update, passed, view)


def _is_own_and_shown(vulnerability: Item[Vulnerability], view: View) -> bool:
    """Return whether a weakness is in no item of others, and an investigation could show it."""
    return not vulnerability.content.items and any(
        one.content.leads_to == vulnerability.id and one.content.verified is Verified.YES
        for one in view.dossier.back(vulnerability, Investigation)
    )


def _failed_before(run: Item[TestRun], vulnerability: Item[Vulnerability], view: View) -> bool:
    """Return whether a case of a run failed on a release that has the vulnerability."""
    analysis = analysis_of(vulnerability, view)
    affected = {*vulnerability.content.affected, *(analysis.content.affected if analysis is not None else ())}
    return any(
        earlier.content.release in affected and _failed(case, earlier, view)
        for case in run.content.cases
        for earlier in view.dossier.back(case, TestRun)
        if earlier.id != run.id
    )


def _failed(case: str, run: Item[TestRun], view: View) -> bool:
    item: Item[TestCase] | None = view.dossier.get(case)
    if item is None or item.content.automation_id is None:
        return run.content.outcome is RunOutcome.FAIL
    results = results_of(run, view)
    if results is None:
        return run.content.outcome is RunOutcome.FAIL
    wanted = item.content.automation_id
    return any(one.automation_id == wanted and one.outcome in FAILED for one in results.cases)


def _not_matched(update: Item[Update], vulnerability: Item[Vulnerability], view: View) -> Findings:
    release: Item[Release] | None = view.dossier.get(update.content.release)
    bills = terms.bill_records(view, release) if release is not None else ()
    if not bills:
        yield Unknown(update, NO_BILL, update=update)
    names = {name.casefold() for name in vulnerability.content.ids}
    for bill in bills:
        scans = scans_of(bill.content.document.digest, view)
        scan: TakenIn | None = max(scans, key=lambda one: one.position, default=None)
        if scan is None:
            yield Unknown(bill, MATCHES_ABSENT, bill=bill, update=update)
            continue
        left = {
            match.advisory
            for match in view.document(scan).matches
            if match.result != "not-affected"
            and not names.isdisjoint(one.casefold() for one in (match.advisory, *match.aliases))
            and not _is_said_gone(match, bill, release, view)
        }
        if left:
            said = {"bill": bill, "update": update, "names": sorted(left), "vulnerability": vulnerability}
            yield Gap(update, STILL_MATCHED, **said)


def _is_said_gone(match: Match, bill: Item[BillOfMaterials], release: Item[Release] | None, view: View) -> bool:
    """Return whether a signed statement says that a release is not affected, or repaired, as by a patch of one's own."""
    by_name = view.once("gone by name", _gone_by_name)
    for name in dict.fromkeys(one.casefold() for one in (match.advisory, *match.aliases)):
        for statement in by_name.get(name, ()):
            said = statement.content
            if release is None or said.configuration not in (None, bill.content.configuration):
                continue
            of_release = release.id in said.releases or holds(said.versions, release.content.version) is True
            if of_release and same_component(said.component, match.component):
                return True
    return False


def _gone_by_name(view: View) -> dict[str, list[Item[Exploitability]]]:
    found: dict[str, list[Item[Exploitability]]] = {}
    for statement in view.dossier.all(Exploitability):
        content = statement.content
        if content.status in (Status.FIXED, Status.NOT_AFFECTED) and not terms.past(content.until, view):
            for name in dict.fromkeys((content.advisory_id, *content.aliases)):
                found.setdefault(name.casefold(), []).append(statement)
    return found


def _no_younger_failure(update: Item[Update], passed: tuple[Item[UpdateVerification], ...], view: View) -> Findings:
    last = max((terms.effective_position(one, view) for one in passed), default=None)
    if last is None:
        return
    for one in view.once("failed verifications", _failed_verifications).get(update.id, ()):
        if terms.saved_position(one, view) > last:
            yield Gap(update, YOUNGER_FAILURE, verification=one, update=update)


def _failed_verifications(view: View) -> dict[str, list[Item[UpdateVerification]]]:
    found: dict[str, list[Item[UpdateVerification]]] = {}
    for one in view.dossier.with_heads(UpdateVerification):
        if one.content.update is not None and one.content.outcome is not VerificationOutcome.PASS:
            found.setdefault(one.content.update, []).append(one)
    return found


# --- nothing else broke ---------------------------------------------------------------------------------------------

NO_REGRESSION = Sentence(
    "No verification that lets {update} pass names a run on its build that shows that nothing else broke.",
    next="Run the regression cases on the build of {update}, and verify it with them.",
)
REQUIREMENTS_LEFT_OUT = Sentence(
    "The changes of {update} touch {requirements}, which no regression run on its build covers.",
    next="Run the cases of {requirements} on the build of {update}, or carry their runs forward.",
)
FAILURE_UNDECIDED = Sentence(
    "{run} has failed cases, and no finding of it was decided.",
    next="Write the finding of each failed case of {run}, and decide it.",
)
RESULTS_ABSENT = Sentence(
    "The results of {run}, which shows for {update} that nothing else broke, were not imported.",
    next="Import the results of the report of {run}.",
)


@check("maintenance.regression_shown", over=Update, owner=SystemRole.TESTER, when=is_out_or_up)
def nothing_else_broke(update: Item[Update], view: View) -> Findings:
    """Runs on the build of an update cover each requirement that its changes touch, and failures in them are decided.

    That a verification says what limits the use of the update is refused otherwise by the kind itself.

    Source: IEC 81001-5-1:2021, 6.2.2.
    """
    runs = list(
        {
            run.id: run
            for one in passed_verifications(update, view)
            for run in _runs_on_its_build(one.content.regression_shown_by, update, view)
        }.values()
    )
    if not runs:
        yield Gap(update, NO_REGRESSION, update=update)
        return
    covered_by = {*_verified_by(runs, view), *_verified_by(_carried_runs(update, view), view)}
    missing = [one for one in _touched(update, view) if one.id not in covered_by]
    if missing:
        yield Gap(update, REQUIREMENTS_LEFT_OUT, update=update, requirements=missing)
    for run in runs:
        results = results_of(run, view)
        if results is None and _has_automation(run, view):
            yield Unknown(run, RESULTS_ABSENT, run=run, update=update)
        failed = results is not None and any(case.outcome in FAILED for case in results.cases)
        if (failed or run.content.outcome is not RunOutcome.PASS) and not _is_decided(run, view):
            yield Gap(update, FAILURE_UNDECIDED, run=run)


def _verified_by(runs: list[Item[TestRun]], view: View) -> Iterator[str]:
    for run in runs:
        for reference in run.content.cases:
            case: Item[TestCase] | None = view.dossier.get(reference)
            if case is not None:
                yield from case.content.verifies


def _carried_runs(update: Item[Update], view: View) -> list[Item[TestRun]]:
    """Return the runs that were carried forward to the release of an update and have not changed since."""
    found: list[Item[TestRun]] = []
    for carrying in view.dossier.back(update.content.release, CarriedForward):
        if carrying.content.release != update.content.release:
            continue
        for line in carrying.content.records:
            item: Item[Any] | None = view.dossier.get(line.record)
            if item is not None and item.kind is TestRun and view.dossier.sound(carrying, item):
                found.append(item)
    return found


def _touched(update: Item[Update], view: View) -> Iterator[Item[Requirement]]:
    seen: set[str] = set()
    for change in view.dossier.back(update.content.release, ChangeRequest):
        if change.content.done_in != update.content.release:
            continue
        for reference in change.content.affects:
            item: Item[Any] | None = view.dossier.get(reference)
            if item is not None and item.kind is Requirement and item.id not in seen:
                seen.add(item.id)
                yield item


def _has_automation(run: Item[TestRun], view: View) -> bool:
    cases: list[Item[TestCase] | None] = [view.dossier.get(one) for one in run.content.cases]
    return any(case is not None and case.content.automation_id is not None for case in cases)


def _is_decided(run: Item[TestRun], view: View) -> bool:
    findings = [one for one in view.dossier.back(run, Finding) if run.id in one.content.found_by]
    return bool(findings) and all(decided.decisions_on(one, view) for one in findings)


# --- there for each release -----------------------------------------------------------------------------------------

NOT_DELIVERED = Sentence(
    "{release} has {vulnerability}, which is to be fixed, and no update for it was there by {day}.",
    next="Make the update available for {release}.",
)
NOT_ANALYSED = Sentence(
    "{decision} is to fix {vulnerability}, and no impact analysis says which releases have it.",
    next="Write the impact analysis of {vulnerability}.",
)
NO_INSTRUCTIONS = Sentence(
    "{update} names instructions that are not in force.",
    next="Have the document signed that tells how to install {update}.",
)


def is_to_fix(decision: Item[Decision], view: View) -> bool:
    """Return whether a decision is to fix something."""
    return decision.content.option is Option.FIX


@check("maintenance.update_delivered", over=Decision, owner=SystemRole.RELEASE_MANAGER, when=is_to_fix)
def updates_are_delivered(decision: Item[Decision], view: View) -> Findings:
    """Each supported release with a weakness in what the maker maintains has an update by its day, with instructions.

    Source: IEC 81001-5-1:2021, 6.3.2.
    """
    for reference in decision.content.about:
        vulnerability: Item[Any] | None = view.dossier.get(reference)
        if vulnerability is None or vulnerability.kind is not Vulnerability or not is_maintained(vulnerability, view):
            continue
        analysis = analysis_of(vulnerability, view)
        if analysis is None:
            yield Unknown(decision, NOT_ANALYSED, decision=decision, vulnerability=vulnerability)
            continue
        due = due_of(vulnerability, view)
        day = last_day(vulnerability, due.deliver, view) if due is not None else decision.content.due
        updates = [one for one in view.dossier.back(vulnerability, Update) if vulnerability.id in one.content.fixes]
        for release in affected_supported(analysis, view):
            fitting = [one for one in updates if release.id in one.content.for_releases and is_out(one, view)]
            if not fitting and terms.past(day, view):
                said = {"release": release, "vulnerability": vulnerability, "day": day}
                yield Gap(decision, NOT_DELIVERED, **said).owed(due=day)
        for update in updates:
            instructions: Item[ReleaseDocument] | None = view.dossier.get(update.content.instructions)
            if is_out(update, view) and instructions is None:
                yield Gap(update, NO_INSTRUCTIONS, update=update)


# --- whole ----------------------------------------------------------------------------------------------------------

NO_MANIFEST = Sentence(
    "{update} names no integrity manifest in force.", next="Have the manifest of the package of {update} signed."
)
OTHER_RELEASE = Sentence(
    "{manifest}, which {update} names, is not of the release that {update} brings.",
    next="Name in {update} the manifest of its own release.",
)
BAD_SIGNATURE = Sentence(
    "The signature of {manifest}, with which users check {update}, does not hold: it is {found}.",
    next="Sign {manifest} with a valid key, and import it.",
)
NOT_CHECKED = Sentence(
    "The signature of {manifest} was not checked here.",
    next="Import {manifest} again with its signature and the public key.",
)
NO_KEY = Sentence(
    "The key that {manifest} names is not in force.",
    next="Have the key signed, or name the key that signed {manifest}.",
)
KEY_REVOKED = Sentence(
    "{manifest} was signed on {day} with {key}, which was revoked on {revoked}.",
    next="Sign {manifest} with a valid key.",
)
KEY_COMPROMISED = Sentence(
    "{key}, with which {manifest} was signed, was given away on {revoked}, and no newer update replaces {update}.",
    next="Bring out an update that is signed with another key, and tell the users.",
)
WEAK_ALGORITHM = Sentence(
    "{key} is of the algorithm {algorithm}, which the policy does not allow.",
    next="Sign {manifest} with a key of an algorithm that the policy allows.",
)
FILES_DIFFER = Sentence(
    "{count} files of the package of {update} are not in {manifest} as they are: {files}.",
    next="Make the manifest again from the package that is delivered.",
)


@check("maintenance.update_integrity", over=Update, owner=SystemRole.RELEASE_MANAGER, when=is_out)
def updates_can_be_checked(update: Item[Update], view: View) -> Findings:
    """Users can check each update: its manifest lists the files as they are, signed under a key that counted on its day.

    Source: IEC 81001-5-1:2021, 6.3.3.
    """
    manifest: Item[IntegrityManifest] | None = view.dossier.get(update.content.integrity)
    if manifest is None:
        yield Gap(update, NO_MANIFEST, update=update)
        return
    if manifest.content.release != update.content.release:
        yield Gap(update, OTHER_RELEASE, manifest=manifest, update=update)
        return
    fact: ManifestFiles = view.fact("manifest_files", manifest.content.files.digest)
    if fact.signature == "unchecked":
        yield Unknown(update, NOT_CHECKED, manifest=manifest)
    elif fact.signature != "good":
        yield Gap(update, BAD_SIGNATURE, manifest=manifest, update=update, found=fact.signature)
    signed = view.day(fact.made_at) if fact.made_at is not None else terms.first_day(manifest, view)
    yield from _key_counts(update, manifest, signed, view)
    package: PackageFiles = view.fact("package_files", update.content.release)
    listed = {file.path: file.sha256 for file in fact.files}
    left_out = [line.path for line in manifest.content.excluded]
    differing = [
        file.path
        for file in package.files
        if listed.get(file.path) != file.sha256
        and not (file.path not in listed and any(fnmatchcase(file.path, one) for one in left_out))
    ]
    if differing:
        yield Gap(update, FILES_DIFFER, count=len(differing), update=update, manifest=manifest, files=sorted(differing))


def _key_counts(update: Item[Update], manifest: Item[IntegrityManifest], signed: date, view: View) -> Findings:
    key: Item[SigningKey] | None = view.dossier.get(manifest.content.key)
    if key is None:
        yield Gap(update, NO_KEY, manifest=manifest)
        return
    content = key.content
    if not covered(content.algorithm, view.policy.words(ALGORITHMS)):
        yield Gap(update, WEAK_ALGORITHM, key=key, algorithm=content.algorithm, manifest=manifest)
    if content.revoked_on is None:
        return
    if content.revoked_on <= signed:
        said: dict[str, Any] = {"manifest": manifest, "day": signed, "key": key, "revoked": content.revoked_on}
        yield Gap(update, KEY_REVOKED, **said)
    elif content.revoked_because is RevokedBecause.COMPROMISE and not _is_replaced(update, content.revoked_on, view):
        said = {"key": key, "manifest": manifest, "revoked": content.revoked_on, "update": update}
        yield Gap(update, KEY_COMPROMISED, **said).owed(urgent=True)


def _is_replaced(update: Item[Update], revoked: date, view: View) -> bool:
    """Return whether users can have, since a key was revoked, an update for the same releases or for what this one is."""
    wanted = {*update.content.for_releases, update.content.release}
    return any(
        other.id != update.id
        and is_out(other, view)
        and (other.content.available_on or revoked) >= revoked
        and not wanted.isdisjoint(other.content.for_releases)
        for other in view.dossier.all(Update)
    )


# --- attacked -------------------------------------------------------------------------------------------------------

NOT_ATTACKED = Sentence(
    "No case that passed for {release} offers it {attack}, under a requirement on updates or integrity.",
    next="Offer {release} {attack}, and record that it refuses.",
)
ATTACK_UNKNOWN = Sentence(
    "Whether {release} refuses {attack} is not known: the results of the run are not there.",
    next="Import the results of the report of the run.",
)
ATTACKS = {CaseTechnique.TAMPERED_UPDATE: "a tampered update", CaseTechnique.REPLAYED_UPDATE: "an old update"}
UNDER = (Capability.UPDATES, Capability.INTEGRITY)


@check("maintenance.update_attack_tested", over=TestCase, owner=SystemRole.TESTER, needed=True, whole=True)
def updates_were_attacked(cases: tuple[Item[TestCase], ...], view: View) -> Findings:
    """Where updates are the maker's, tests show that the release refuses a tampered update and an old one.

    Source: IEC 81001-5-1:2021, 6.3.3.
    """
    if view.release is None or not holds_maintained(view):
        return
    found: dict[CaseTechnique, set[Shown | None]] = {technique: set() for technique in ATTACKS}
    for case in cases:
        technique = case.content.technique
        if technique is not None and technique in ATTACKS and _is_under(case, view):
            found[technique].add(shown(view).get(case.id))
    for technique, attack in ATTACKS.items():
        if Shown.PASSED in found[technique]:
            continue
        if Shown.UNKNOWN in found[technique]:
            yield Unknown(view.release, ATTACK_UNKNOWN, release=view.release, attack=attack)
        else:
            yield Gap(view.release, NOT_ATTACKED, release=view.release, attack=attack)


def _is_under(case: Item[TestCase], view: View) -> bool:
    for reference in case.content.verifies:
        requirement: Item[Requirement] | None = view.dossier.get(reference)
        if requirement is not None and requirement.content.capability in UNDER:
            return view.dossier.sound(case, requirement)
    return False
