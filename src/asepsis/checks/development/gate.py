"""Checks of the decision about a release: what it rests on, that nothing is open, and that all was there before it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from asepsis.checks import decided, terms
from asepsis.checks.check import Findings, check
from asepsis.checks.view import View
from asepsis.configuration.records import Fielded, Release
from asepsis.development.records import ReleaseDecision, ReleaseOutcome
from asepsis.exchange.facts import Assessed
from asepsis.maintenance.records import Update
from asepsis.problems.records import Incident, Report
from asepsis.quality.domain import holds
from asepsis.quality.records import Grade, Nonconformity
from asepsis.record.dossier import Item
from asepsis.record.kind import KINDS, Kind
from asepsis.record.slots import SystemRole
from asepsis.record.verdict import Gap, Unknown
from asepsis.risk.records import Vulnerability
from asepsis.sentences import Sentence
from asepsis.statements.records import Claim, Policy
from asepsis.transition.records import ContinuedUseRationale

GATE = "5.8.6"  # the clause that asks whether all others are done
AFTER: frozenset[type[Kind]] = frozenset({ReleaseDecision, Update, Fielded, Claim, ContinuedUseRationale})


def kinds_before(view: View) -> tuple[type[Kind], ...]:
    """Return the kinds of records of a release that have to be there before it is decided."""
    return tuple(kind for kind in KINDS.values() if "release" in kind.model_fields and kind not in AFTER)


def records_of(release: Item[Release], view: View) -> Iterator[Item[Any]]:
    """Yield the effective records of a release that have to be there before it is decided."""
    for kind in kinds_before(view):
        for item in view.dossier.back(release, kind):
            if getattr(item.content, "release", None) == release.id:
                yield item


def _decided_at(decision: Item[ReleaseDecision], view: View) -> int:
    """Return the position at which a decision took effect; while it waits for signatures, where the ledger stands."""
    first = view.dossier.history(decision).first_effective
    return first.effective if first is not None and first.effective is not None else view.dossier.position


def assessed(decision: Item[ReleaseDecision], view: View) -> Assessed | None:
    """Return what is known of the assessment that a decision names; `None` where it is not among those taken in.

    Raises `AbsentFactsError` where its bytes are gone.
    """
    taken = view.taken_in("assessments", decision.content.assessment)
    if taken is None:
        return None
    found: Assessed = view.document(taken)
    return found


# --- nothing is open ------------------------------------------------------------------------------------------------

UNDECIDED = Sentence(
    "{issue} is in {release}, and no decision about it is in force.", next="Decide {issue} before {release} goes out."
)
NOT_INVESTIGATED = Sentence(
    "{issue} may be about {release}, and no investigation of it has come to its end.",
    next="Investigate {issue} before {release} goes out.",
)
NOT_CONTAINED = Sentence(
    "{issue} may be about {release} and is not contained.", next="Contain {issue} before {release} goes out."
)
NOT_ACCEPTED = Sentence(
    "{issue} is a major nonconformity about {release}, and its answer was not accepted.",
    next="Answer {issue} and have the answer accepted before {release} goes out.",
)
CAME_AFTER = Sentence(
    "{issue} came up after the assessment on which {decision} rests.",
    next="Assess {release} again, and decide on that assessment.",
)


@check("development.open_issues_at_gate", over="product", owner=SystemRole.RELEASE_MANAGER)
def no_issue_is_open_at_the_gate(product: Any, view: View) -> Findings:
    """No vulnerability, report, incident or major nonconformity of a release is open when it is decided, or came after.

    Source: IEC 81001-5-1:2021, 5.8.5.
    """
    release = view.release
    if release is None:
        return
    issues = list(_issues(release, view))
    seen: set[tuple[str, Sentence]] = set()
    for issue, sentence in issues:
        if sentence is not None and (issue.id, sentence) not in seen:
            seen.add((issue.id, sentence))
            yield Gap(issue, sentence, issue=issue, release=release).owed(by=_OWNERS.get(sentence))
    for decision in decided.at_gate(view):
        found = assessed(decision, view) if decision.content.outcome in terms.OUT else None
        if found is None:
            continue  # that it rests on no known assessment is another check's
        for issue in {issue.id: issue for issue, _ in issues}.values():
            begun = view.dossier.history(issue).revisions[0].position
            if found.position < begun <= _decided_at(decision, view):
                yield Gap(issue, CAME_AFTER, issue=issue, decision=decision, release=release)


_OWNERS = {
    UNDECIDED: SystemRole.SECURITY,
    NOT_INVESTIGATED: SystemRole.SECURITY,
    NOT_CONTAINED: SystemRole.INCIDENT,
    NOT_ACCEPTED: SystemRole.QUALITY,
}


def _issues(release: Item[Release], view: View) -> Iterator[tuple[Item[Any], Sentence | None]]:
    """Yield each issue of a release, drafts of it too, with what is open about it, if anything is."""
    near: set[str] = set()
    descent = {one.id for one in terms.descent(release, view)}
    for vulnerability in view.dossier.with_heads(Vulnerability):
        if _is_in(vulnerability, descent, release):
            near.add(vulnerability.id)
            is_decided = bool(decided.decisions_about(vulnerability.id, view))
            yield vulnerability, None if is_decided else UNDECIDED
    for report in view.dossier.with_heads(Report):
        versions = report.content.versions
        if not versions or holds(versions, release.content.version) is not False:
            near.add(report.id)
            concluded = any(one.content.concluded_on for one in decided.investigations_of(report.id, view))
            yield report, None if concluded else NOT_INVESTIGATED
    for incident in view.dossier.with_heads(Incident):
        named = {*map(str, incident.content.reports), *map(str, incident.content.vulnerabilities)}
        if not named or named & near:
            yield incident, None if _is_contained(incident) else NOT_CONTAINED
    for nonconformity in view.dossier.with_heads(Nonconformity):
        if nonconformity.content.grade is Grade.MAJOR and _is_about(nonconformity, release, view):
            yield nonconformity, None if nonconformity.content.accepted_on else NOT_ACCEPTED


def _is_in(vulnerability: Item[Vulnerability], descent: set[str], release: Item[Release]) -> bool:
    """Return whether a release has a vulnerability: it says so, or it was left in one that the release descends from."""
    affected = set(map(str, vulnerability.content.affected))
    return release.id in affected or (vulnerability.content.left_in and (not affected or bool(affected & descent)))


def _is_contained(incident: Item[Incident]) -> bool:
    """Return whether an incident was contained: before it was noticed by anybody, nobody contained it."""
    contained = incident.content.contained_on
    return contained is not None and contained >= incident.content.noticed_on


def _is_about(nonconformity: Item[Nonconformity], release: Item[Release], view: View) -> bool:
    """Return whether a nonconformity names a record of the product that is of the release."""
    for reference in nonconformity.content.about:
        item: Item[Any] | None = view.dossier.get(reference)
        if item is None or item.product is None:
            continue
        if item.id == release.id or (item.kind is not Release and terms.is_of_release(item, view)):
            return True
    return False


# --- what the decision rests on -------------------------------------------------------------------------------------

NOT_TAKEN_IN = Sentence(
    "{decision} names an assessment that is not here.", next="Assess {release}, and decide on that assessment."
)
OF_SOMETHING_ELSE = Sentence(
    "{decision} rests on an assessment of another {what} than that of {release}.",
    next="Assess {release} again, and decide on that assessment.",
)
OLDER = Sentence(
    "{decision} rests on an assessment that has not seen {count} records of {release} as they were decided on: "
    "{records}.",
    next="Assess {release} again, and decide on that assessment.",
)
HAS_GAPS = Sentence(
    "{decision} lets {release} go out on an assessment with gaps or unknowns in {obligations}.",
    next="Close them, assess {release} again, and decide on that assessment.",
)
NOT_IN_GAPS = Sentence(
    "{decision} lets {release} go out with gaps, and names none for {obligations}, which have gaps or are not known.",
    next="Enter for each who closes it and until when, or close it and assess {release} again.",
)
GAP_STANDS = Sentence(
    "{decision} lets {release} go out with a gap in {obligation} until {due}; that day is past, and it stands.",
    next="Close the gap in {obligation}, and assess {release} again.",
)
ASSESSMENT_GONE = Sentence(
    "The assessment on which {decision} rests is no longer stored, so it cannot be made again.",
    next="Assess {release} as it was decided on, and import that assessment.",
)


def _is_at_gate(release: Item[Release], view: View) -> bool:
    if view.release is None or release.id != view.release.id:
        return False
    return any(one.content.outcome in terms.OUT for one in decided.at_gate(view))


@check("development.release_rests_on_assessment", over=Release, owner=SystemRole.QUALITY, when=_is_at_gate)
def decisions_rest_on_an_assessment(release: Item[Release], view: View) -> Findings:
    """A release goes out on an assessment of just what goes out, without gaps but for those that are owed by a day.

    Source: IEC 81001-5-1:2021, 5.8.6.
    """
    for decision in decided.at_gate(view):
        if decision.content.outcome not in terms.OUT:
            continue
        found = assessed(decision, view)
        if found is None:
            yield Gap(decision, NOT_TAKEN_IN, decision=decision, release=release)
            continue
        for what in _differs(found, decision, release, view):
            yield Gap(decision, OF_SOMETHING_ELSE, decision=decision, what=what, release=release)
        younger = [one for one in records_of(release, view) if _came_between(one, found, decision, view)]
        if younger:
            yield Gap(decision, OLDER, decision=decision, count=len(younger), release=release, records=younger)
        yield from _is_met(found, decision, release, view)
        if not view.stored(decision.content.assessment):
            yield Unknown(decision, ASSESSMENT_GONE, decision=decision, release=release)


def _differs(found: Assessed, decision: Item[ReleaseDecision], release: Item[Release], view: View) -> Iterator[str]:
    if found.release != release.id:
        yield "release"
    if found.build_id != release.content.build_id:
        yield "build"
    if found.edition != view.catalogue.edition.id:
        yield "edition of the standard"
    if found.policy != view.policy.digest and not _policy_moved_since(_decided_at(decision, view), view):
        yield "policy"


def _policy_moved_since(position: int, view: View) -> bool:
    """Return whether a policy came into force after `position`: what was decided before it was decided without it."""
    policies = (*view.dossier.all(Policy), *view.dossier.retired(Policy))
    return any(at > position for one in policies for at, _, _ in view.dossier.history(one).turns)


def _came_between(item: Item[Any], found: Assessed, decision: Item[ReleaseDecision], view: View) -> bool:
    decided_at = _decided_at(decision, view)
    return any(found.position < at <= decided_at for at, _, _ in view.dossier.history(item).turns)


def unmet(found: Assessed, view: View) -> tuple[str, ...]:
    """Return the obligations of clauses 4 to 9 that count and that an assessment does not find met."""
    asked = {one.id for one in view.catalogue.obligations if one.clause != GATE and one.clause[0].isdigit()}
    return tuple(
        one.obligation
        for one in found.answers
        if one.counts and one.verdict in ("gap", "unknown") and one.obligation in asked
    )


def _is_met(found: Assessed, decision: Item[ReleaseDecision], release: Item[Release], view: View) -> Findings:
    said: dict[str, Any] = {"decision": decision, "release": release}
    left = unmet(found, view)
    if decision.content.outcome is ReleaseOutcome.RELEASE:
        if left:
            yield Gap(decision, HAS_GAPS, obligations=left, **said)
        return
    owed = {gap.obligation: gap for gap in decision.content.gaps}
    unnamed = [obligation for obligation in left if obligation not in owed]
    if unnamed:
        yield Gap(decision, NOT_IN_GAPS, obligations=unnamed, **said)
    newest = _newest(release, found, view)
    for obligation, gap in owed.items():
        if terms.past(gap.due, view) and obligation in unmet(newest, view):
            yield Gap(decision, GAP_STANDS, obligation=obligation, due=gap.due, **said).owed(by=gap.owner, due=gap.due)


def _newest(release: Item[Release], found: Assessed, view: View) -> Assessed:
    """Return the newest assessment of a release: it tells whether a gap that was left still stands."""
    documents: list[Assessed] = [view.document(taken) for taken in view.facts_of("assessments")]
    of_it = [one for one in documents if one.release == release.id]
    return max([found, *of_it], key=lambda one: one.position)


# --- all was there before -------------------------------------------------------------------------------------------

CAME_LATE = Sentence(
    "{count} records of {release} came into force after it had been decided on {day}: {records}.",
    next="Answer the late records by one improvement action that names {release}, and check its effect.",
)
UPDATE_EARLY = Sentence(
    "{updates} could be had before {release} had been decided on {day}.",
    next="Answer the early delivery by one improvement action that names {release}, and check its effect.",
)


def _is_out(release: Item[Release], view: View) -> bool:
    return view.release is not None and release.id == view.release.id and terms.released_by(release, view) is not None


@check(
    "development.records_before_release",
    over=Release,
    owner=SystemRole.QUALITY,
    heals="answered",
    when=_is_out,
)
def records_come_before_the_release(release: Item[Release], view: View) -> Findings:
    """All that a release rests on was in force before it was decided, and nobody had it before.

    Source: IEC 81001-5-1:2021, 5.8.6.
    """
    decision = terms.released_by(release, view)
    assert decision is not None  # `when` let it through
    day, decided_at = terms.first_day(decision, view), _decided_at(decision, view)
    late = [one for one in records_of(release, view) if terms.first_position(one, view) > decided_at]
    if late:
        yield Gap(release, CAME_LATE, count=len(late), release=release, day=day, records=late)
    early = [
        one
        for one in view.dossier.back(release, Update)
        if one.content.release == release.id and one.content.available_on and one.content.available_on < day
    ]
    if early:
        yield Gap(release, UPDATE_EARLY, updates=early, release=release, day=day)
