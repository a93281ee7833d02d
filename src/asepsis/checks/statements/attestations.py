"""Attestations: what no record's own signature says, a person of the right role says, every year or for each release."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from asepsis.checks import ordered, terms
from asepsis.checks.check import check
from asepsis.checks.signatures import roles_held, signatures_of
from asepsis.checks.view import View
from asepsis.clauses.catalogue import Every
from asepsis.quality.domain import months_after
from asepsis.record.dossier import Item
from asepsis.record.slots import SystemRole
from asepsis.record.verdict import Gap, Unknown
from asepsis.sentences import Sentence
from asepsis.statements.records import Attestation

MISSING = Sentence(
    "Nobody has attested {obligation} as {role}.", next="Look at what {obligation} rests on, and sign the attestation."
)
MISSING_FOR = Sentence(
    "Nobody has attested {obligation} as {role} for {release}.",
    next="Look at what {obligation} rests on in {release}, and sign the attestation.",
)
OVER = Sentence(
    "{attestation} of {obligation} held until {day}.",
    next="Look again at what {obligation} rests on, and sign the attestation anew.",
)
OUTSIDER = Sentence(
    "{attestation} was signed by {person}, who did not hold the role of {role} on that day.",
    next="Have a holder of the role sign the attestation of {obligation} anew.",
)
ATTESTED_BEFORE = Sentence(
    "{attestation} says what was so on {day}; {release} was not there before {since}.",
    next="Look at what {obligation} rests on in {release}, and sign the attestation with the day on which you did.",
)
RESTS_ON_NOTHING = Sentence(
    "{attestation} rests on nothing.", next="Name in {attestation} what you looked at, and sign it."
)
NOTHING_NEW = Sentence(
    "{attestation} rests on nothing that is younger than the attestation before it.",
    next="Look at what happened since then, name it in {attestation}, and sign it.",
)
EVIDENCE_GONE = Sentence(
    "A file that {attestation} rests on, '{shows}', is not stored here.", next="Store the file again."
)

Found = Iterator[Gap | Unknown]


def is_yearly(attestation: Item[Attestation], view: View) -> bool:
    """Return whether an attestation is one of those due at intervals."""
    return _every(attestation, view) == "year"


def is_for_the_release(attestation: Item[Attestation], view: View) -> bool:
    """Return whether an attestation is one of those due at each release, and is of the release looked at."""
    return _every(attestation, view) == "release" and terms.is_of_release(attestation, view)


def _every(attestation: Item[Attestation], view: View) -> Every | None:
    wanted = view.catalogue.obligation(attestation.content.obligation).attestation
    return wanted.every if wanted else None


@check(
    "statements.attestations_in_force",
    over=Attestation,
    owner=SystemRole.QUALITY,
    needed=True,
    whole=True,
    when=is_yearly,
)
def attestations_are_in_force(attestations: tuple[Item[Attestation], ...], view: View) -> Found:
    """What nobody's signature on a record says was attested by the right role within the interval, on something new.

    Source: IEC 81001-5-1:2021, 4.1.1, 4.1.2, 4.1.7 and 9.2.
    """
    months = view.policy.number("statements.attestation_months")
    for obligation, role, own in _by_obligation("year", attestations, view):
        if not own:
            yield Gap(view.product, MISSING, obligation=obligation, role=role).serving(obligation).owed(by=role)
            continue
        newest = max(own, key=lambda one: (one.content.on, terms.first_position(one, view)))
        last = months_after(newest.content.on, months)
        yield from _holds(newest, role, min(last, newest.content.until or last), view)


@check(
    "statements.release_attestations",
    over=Attestation,
    owner=SystemRole.QUALITY,
    needed=True,
    whole=True,
    when=is_for_the_release,
)
def release_is_attested(attestations: tuple[Item[Attestation], ...], view: View) -> Found:
    """What nobody's signature on a record says of a release was attested for it by the right role, on something new.

    Source: IEC 81001-5-1:2021, 5.1.2, 5.3.1, 5.4.2 and 5.7.2.
    """
    assert view.release is not None  # otherwise there is nothing that the check is about
    for obligation, role, own in _by_obligation("release", attestations, view):
        if not own:
            told = {"obligation": obligation, "role": role, "release": view.release}
            yield Gap(view.release, MISSING_FOR, **told).serving(obligation).owed(by=role)
            continue
        newest = max(own, key=lambda one: (one.content.on, terms.first_position(one, view)))
        yield from _holds(newest, role, newest.content.until, view)


def _by_obligation(
    every: Every, attestations: tuple[Item[Attestation], ...], view: View
) -> Iterator[tuple[str, SystemRole, list[Item[Attestation]]]]:
    """Yield each obligation that is asked and attested every so often, with its role and the attestations of it."""
    for clause in terms.asked_clauses(view):
        for obligation in clause.obligations:
            wanted = obligation.attestation
            if wanted is not None and wanted.every == every:
                own = [one for one in attestations if one.content.obligation == obligation.id]
                yield obligation.id, SystemRole(wanted.role), own


def _holds(attestation: Item[Attestation], role: SystemRole, last: date | None, view: View) -> Found:
    """Yield what keeps the newest attestation of an obligation from counting."""
    content, obligation = attestation.content, attestation.content.obligation
    gaps: list[Gap] = []
    if last is not None and terms.past(last, view):
        gap = Gap(attestation, OVER, attestation=attestation, obligation=obligation, day=last)
        gaps.append(gap.owed(due=last))
    for one in signatures_of(attestation, view):
        if not roles_held(one.person, one.roles, one.day, view):
            told = {"attestation": attestation, "obligation": obligation, "role": role}
            gaps.append(Gap(attestation, OUTSIDER, person=one.person, **told))
    if content.release is not None and (since := ordered.came_later(content.on, [content.release], view)) is not None:
        told = {"attestation": attestation, "obligation": obligation, "release": view.dossier.get(content.release)}
        gaps.append(Gap(attestation, ATTESTED_BEFORE, day=content.on, since=since, **told))
    if not content.rests_on and not content.evidence:
        gaps.append(Gap(attestation, RESTS_ON_NOTHING, attestation=attestation))
    elif not _has_something_new(attestation, view):
        gaps.append(Gap(attestation, NOTHING_NEW, attestation=attestation))
    yield from (gap.serving(obligation).owed(by=role) for gap in gaps)
    for file in content.evidence:
        if terms.is_gone(file, view):
            told_of = {"attestation": attestation, "shows": file.shows}
            yield Unknown(attestation, EVIDENCE_GONE, **told_of).serving(obligation)


def _has_something_new(attestation: Item[Attestation], view: View) -> bool:
    """Return whether it rests on a record that became another since the attestation before it, or on another file.

    Where the same record is signed anew each year, the one before it is its revision before.
    """
    before = _before(attestation, view)
    if before is None:
        return True
    position, files = before
    changed = (view.dossier.history(record).effective for record in _records(attestation, view))
    if any(revision is not None and (revision.effective or 0) > position for revision in changed):
        return True
    return any(file.digest not in files for file in attestation.content.evidence)


def _records(attestation: Item[Attestation], view: View) -> Iterator[str]:
    return (record for record in attestation.content.rests_on if view.dossier.get(record) is not None)


def _before(attestation: Item[Attestation], view: View) -> tuple[int, frozenset[str]] | None:
    """Return the position of the attestation before this one, and the digests of the files that it rests on."""
    position = terms.first_position(attestation, view)
    older = [
        one
        for one in (*view.dossier.all(Attestation), *view.dossier.retired(Attestation))
        if one.content.obligation == attestation.content.obligation and terms.first_position(one, view) < position
    ]
    revisions = [one for one in view.dossier.history(attestation).revisions if one.effective is not None]
    if len(revisions) > 1:
        return revisions[-2].effective or 0, frozenset()
    if not older:
        return None
    last = max(older, key=lambda one: terms.first_position(one, view))
    return terms.first_position(last, view), frozenset(file.digest for file in last.content.evidence)
