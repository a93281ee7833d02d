"""Scope: which way through the standard each version takes, decided first, and nothing left out without a reason."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from asepsis.checks import terms
from asepsis.checks.check import check
from asepsis.checks.signatures import missing, signatures_of
from asepsis.checks.view import View
from asepsis.configuration.domain import purl_of
from asepsis.configuration.records import BillOfMaterials, Release
from asepsis.development.records import Requirement, TestRun
from asepsis.exchange.facts import Components
from asepsis.exchange.purl import matches
from asepsis.quality.domain import holds
from asepsis.quality.records import Applicability, Form, ProductProfile, Reach, Route, SupportingSoftware
from asepsis.record.dossier import Item
from asepsis.record.slots import SystemRole
from asepsis.record.verdict import Gap, Unknown
from asepsis.risk.records import Risk, SecurityContext, Threat
from asepsis.sentences import Sentence
from asepsis.statements.records import Claim

UNSCOPED = Sentence(
    "No applicability covers {release}, version {version}.",
    next="Decide which route of the standard version {version} follows, and sign it.",
)
SEVERAL = Sentence(
    "{release}, version {version}, is covered by {applicabilities}.", next="Leave version {version} with one of them."
)
UNREADABLE = Sentence(
    "Whether {applicability} covers {release} cannot be told: its versions do not read against '{version}'.",
    next="Write the versions of {applicability} so that '{version}' is among them or is not.",
)
PROFILE_GONE = Sentence(
    "{applicability} was decided on a product profile that is not in force.",
    next="Have the product profile signed, or decide {applicability} anew on the one in force.",
)
PROFILE_CHANGED = Sentence(
    "{applicability} was decided on {profile} before {profile} changed.",
    next="Look whether {applicability} still holds, and sign it again.",
)
CYBER_DEVICE = Sentence(
    "{applicability} says that the product is no cyber device, and {profile} says that it is reachable from {reach}.",
    next="Correct {applicability}, or the reach in {profile}, and have it signed.",
)
NOT_SO_OLD = Sentence(
    "{applicability} says that the software was developed before {day}, and {release} was planned on {planned}.",
    next="Enter in {applicability} a day before which the software was developed, no later than {planned}.",
)
DECIDED_LATE = Sentence(
    "{applicability} was first signed on {day}, after {record}, which was in force on {earlier}.",
    next="Answer the late scoping by an improvement action that names {applicability}, and check its effect.",
)
UNQUALIFIED = Sentence(
    "{applicability} leaves software out, and {person}, who reviewed it for security, had not shown {skills}.",
    next="Have a qualified security person review {applicability} and sign it anew.",
)
SAME_REASON = Sentence(
    "{applicability} leaves out '{what}' for the same words as '{other}'.",
    next="Give for '{what}' the reason that is its own.",
)
CLAIMED = Sentence(
    "{applicability} says that the standard does not apply to {release}, and {claim} claims conformity for it.",
    next="Retire {claim}, or decide a route on which conformity can be claimed.",
)
COPIED = Sentence(
    "{applicability} gives the reason of {other} word for word, and {profile} changed in between.",
    next="Say in {applicability} why it holds for the product as it is now.",
)
SHIPPED = Sentence(
    "{bill} lists {component}, and {applicability} leaves it out of scope as '{what}'.",
    next="Take '{what}' into scope in {applicability}, or show in the bill that it is not shipped.",
)
NO_PLATFORM = Sentence(
    "{bill} lists no operating system, driver or platform, and no line of an applicability says who brings them.",
    next="Name in the applicability what the product runs on, and why it is in scope or not.",
)
PLATFORMS = frozenset({"operating-system", "device-driver", "platform"})  # as CycloneDX writes the type
CONNECTED = (Reach.INTERNET, Reach.HOSPITAL_NETWORK)


# --- which applicability covers a release ---------------------------------------------------------------------------


def covering(release: Item[Release], view: View) -> tuple[Item[Applicability], ...]:
    """Return the applicabilities that have the version of a release among theirs."""
    version = release.content.version
    return tuple(one for one in view.dossier.all(Applicability) if holds(one.content.versions, version))


def is_current(release: Item[Release], view: View) -> bool:
    """Return whether a release is planned, under decision or supported: not refused for good, and not out of support.

    A newest decision that refuses leaves it under decision until another one is made.
    """
    return terms.released_by(release, view) is None or terms.supported(release, view)


@check(
    "quality.releases_scoped",
    over=Release,
    owner=SystemRole.REGULATORY,
    needed=True,
    whole=True,
    when=is_current,
)
def releases_are_scoped(releases: tuple[Item[Release], ...], view: View) -> Iterator[Gap | Unknown]:
    """Each release that is planned or supported follows one route, decided on the product as it is.

    Source: IEC 81001-5-1:2021, 4.1.3.
    """
    used: dict[str, Item[Applicability]] = {}
    for release in releases:
        version, found = release.content.version, covering(release, view)
        used |= {one.id: one for one in found}
        unread = [one for one in view.dossier.all(Applicability) if holds(one.content.versions, version) is None]
        if unread:
            yield Unknown(release, UNREADABLE, release=release, applicability=unread[0], version=version)
        elif not found:
            yield Gap(release, UNSCOPED, release=release, version=version)
        elif len(found) > 1:
            yield Gap(release, SEVERAL, release=release, version=version, applicabilities=found)
    for applicability in used.values():
        yield from _of_its_profile(applicability, view)
        yield from _of_its_age(applicability, view)


def _of_its_profile(applicability: Item[Applicability], view: View) -> Iterator[Gap]:
    profile: Item[ProductProfile] | None = view.dossier.get(applicability.content.profile)
    if profile is None:
        yield Gap(applicability, PROFILE_GONE, applicability=applicability)
        return
    if view.dossier.suspect(applicability, "profile"):
        yield Gap(applicability, PROFILE_CHANGED, applicability=applicability, profile=profile)
    # Health software that is no device is no cyber device either, wherever it can be reached from.
    is_device = profile.content.form is not Form.SOFTWARE_ONLY
    if is_device and not applicability.content.cyber_device and profile.content.reachable in CONNECTED:
        reach = profile.content.reachable
        yield Gap(applicability, CYBER_DEVICE, applicability=applicability, profile=profile, reach=reach)


def _of_its_age(applicability: Item[Applicability], view: View) -> Iterator[Gap]:
    before = applicability.content.developed_before
    if applicability.content.route is not Route.TRANSITIONAL or before is None:
        return  # the kind does not let that route be without a day
    oldest = min(view.dossier.all(Release), key=lambda one: terms.first_position(one, view))
    planned = terms.first_day(oldest, view)
    if before > planned:
        told: dict[str, Any] = {"applicability": applicability, "release": oldest}
        yield Gap(applicability, NOT_SO_OLD, day=before, planned=planned, **told)


# --- decided before the work ----------------------------------------------------------------------------------------


@check("quality.scope_decided_first", over=Applicability, owner=SystemRole.REGULATORY, heals="answered")
def scope_is_decided_first(applicability: Item[Applicability], view: View) -> Iterator[Gap]:
    """The route was decided before the first security work of the product, or on the same day.

    Work from before the product's records were kept here is left out.

    Source: IEC 81001-5-1:2021, 4.1.3.
    """
    decided = terms.first_day(applicability, view)
    profile = view.dossier.single(ProductProfile)
    since = profile.content.taken_over_on if profile else None
    work = (
        (terms.first_day(item, view), terms.first_position(item, view), item)
        for kind in (SecurityContext, Threat, Requirement, Risk, TestRun)
        for item in view.dossier.all(kind)
    )
    here = (one for one in work if since is None or one[0] >= since)
    earliest = min(here, key=lambda one: one[:2], default=None)
    if earliest is not None and earliest[0] < decided:
        told: dict[str, Any] = {"applicability": applicability, "record": earliest[2], "earlier": earliest[0]}
        yield Gap(applicability, DECIDED_LATE, day=decided, **told)


# --- what is left out -----------------------------------------------------------------------------------------------


def excludes(applicability: Item[Applicability], view: View) -> bool:
    """Return whether an applicability leaves something out: the product from the standard, or software from scope."""
    return applicability.content.route is Route.NONE or bool(_left_out(applicability.content))


def _left_out(content: Applicability) -> tuple[SupportingSoftware, ...]:
    return tuple(line for line in content.supporting_software if not line.in_scope)


@check("quality.exclusions_justified", over=Applicability, owner=SystemRole.SECURITY, when=excludes)
def exclusions_are_justified(applicability: Item[Applicability], view: View) -> Iterator[Gap]:
    """What is left out has a reason of its own, was reviewed by a qualified security person, and is not claimed.

    Source: IEC 81001-5-1:2021, 4.1.3 and 4.1.4.
    """
    for signature in signatures_of(applicability, view):
        if SystemRole.SECURITY not in signature.roles:
            continue
        if lacking := missing(signature.person, signature.roles, signature.day, view):
            skills = [need.skill for need in lacking]
            told: dict[str, Any] = {"person": signature.person, "skills": skills}
            yield Gap(applicability, UNQUALIFIED, applicability=applicability, **told)
    same: defaultdict[str, list[SupportingSoftware]] = defaultdict(list)
    for line in applicability.content.supporting_software:
        same[_words(line.why)].append(line)
    for line in _left_out(applicability.content):
        if other := next((one for one in same[_words(line.why)] if one is not line), None):
            yield Gap(applicability, SAME_REASON, applicability=applicability, what=line.what, other=other.what)
    if applicability.content.route is Route.NONE:
        yield from _claimed(applicability, view)
        yield from _copied(applicability, view)


def _words(text: str) -> str:
    return " ".join(text.casefold().split())


def _claimed(applicability: Item[Applicability], view: View) -> Iterator[Gap]:
    for claim in view.dossier.all(Claim):
        release: Item[Release] | None = view.dossier.get(claim.content.release)
        if release is not None and holds(applicability.content.versions, release.content.version):
            yield Gap(applicability, CLAIMED, applicability=applicability, release=release, claim=claim)


def _copied(applicability: Item[Applicability], view: View) -> Iterator[Gap]:
    """Compare with the applicabilities before it, also those retired for it."""
    profile: Item[ProductProfile] | None = view.dossier.get(applicability.content.profile)
    decided = terms.first_position(applicability, view)
    for other in (*view.dossier.all(Applicability), *view.dossier.retired(Applicability)):
        before = terms.first_position(other, view)
        if (
            profile is None
            or before >= decided
            or _words(other.content.rationale) != _words(applicability.content.rationale)
        ):
            continue
        if any(before < position < decided for position, *_ in view.dossier.history(profile).turns):
            yield Gap(applicability, COPIED, applicability=applicability, other=other, profile=profile)


# --- what is shipped ------------------------------------------------------------------------------------------------


@check("quality.components_in_scope", over="components", owner=SystemRole.ARCHITECT)
def components_are_in_scope(bill: Item[BillOfMaterials], document: Components, view: View) -> Iterator[Gap | Unknown]:
    """What the bill lists is shipped, so nothing in it is left out of scope; what it runs on is listed or explained.

    Source: IEC 81001-5-1:2021, 4.1.3.
    """
    scopings = covering(view.release, view) if view.release is not None else ()
    left_out = [(one, line) for one in scopings for line in _left_out(one.content) if line.matches is not None]
    if left_out:
        for component in document.components:
            purl = purl_of(component)
            for applicability, line in left_out:
                if purl is not None and matches(line.matches or "", purl):
                    told: dict[str, Any] = {"bill": bill, "component": component.purl, "what": line.what}
                    yield Gap(bill, SHIPPED, applicability=applicability, **told)
    explained = any(one.content.supporting_software for one in scopings)
    if not explained and PLATFORMS.isdisjoint(component.type for component in document.components):
        yield Gap(bill, NO_PLATFORM, bill=bill)
