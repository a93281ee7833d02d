"""What a next release may carry over from the one before it, and what has to be done anew, each with the reason.

A record is touched where it says something of what a change request affects, or of something that rests on that. What
is touched, or can never be carried, is done anew; all else is proposed, for people to sign.

Source: IEC 81001-5-1:2021, 5.8.6 and 6.2.2: what was shown before may be relied on where it still holds.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from asepsis.configuration.records import BillOfMaterials, ChangeDecision, ChangeRequest, Release
from asepsis.development.records import (
    CarriedForward,
    DecommissioningGuide,
    DocumentationReview,
    IntegrityManifest,
    ReleaseDecision,
    ReleaseDocument,
    Review,
    RunOutcome,
    TestPlan,
    TestRun,
    TestType,
)
from asepsis.exchange.facts import Component, Components
from asepsis.record.dossier import Dossier, Item
from asepsis.record.kind import KINDS, Kind
from asepsis.risk.records import Element, OverallRisk, SystemModel, Vulnerability

NEVER: tuple[tuple[type[Kind], str], ...] = (
    (BillOfMaterials, "A bill lists one build, and this is another."),
    (IntegrityManifest, "A manifest lists the files of one package."),
    (ReleaseDecision, "Each release is decided on by itself."),
)
NEVER_TYPES = {
    TestType.KNOWN_VULNERABILITIES: "What is known changes from day to day.",
    TestType.COMPOSITION: "It looks at one build, and this is another.",
}
OTHER_VERSION = "A document says for which version it is written, and this is another."
CARRIED: tuple[type[Kind], ...] = (TestRun, DocumentationReview, DecommissioningGuide, OverallRisk, SystemModel)
ATTESTED = "Attestation"  # by its name: its kind stands above this package; carried where it is for a release


@dataclass(frozen=True, slots=True)
class Proposed:
    """One record of the release before: carried, or done anew, and why."""

    item: Item[Any]
    why: str


@dataclass(frozen=True, slots=True)
class Differences:
    """What differs between two releases, as far as it is known: requests, and the bills where both are there.

    `added`, `removed` and `changed` are lines about components; they are empty and `bills` is false where one bill or
    its components are missing.
    """

    requests: tuple[Item[ChangeRequest], ...] = ()
    affected: tuple[Item[Any], ...] = ()
    bills: bool = False
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Proposal:
    """What a next release starts from."""

    predecessor: Item[Release]
    carried: tuple[Proposed, ...]
    anew: tuple[Proposed, ...]
    differences: Differences = field(default_factory=Differences)


def propose(
    dossier: Dossier,
    predecessor: Item[Release],
    bills: tuple[Components | None, Components | None] = (None, None),
    only: Collection[str] | None = None,
) -> Proposal:
    """Return what can be carried from `predecessor`, and what cannot.

    The requests that are decided to be done and not done yet are taken as those of the next release; with `only`, those
    among these ids, also while they wait for signatures: a patch beside a release that is in the making. `bills` are the
    components of the two bills, where they are known.
    """
    requests = tuple(one for one in open_requests(dossier, only or ()) if only is None or one.id in only)
    touched = _touched(dossier, requests)
    carried: list[Proposed] = []
    anew: list[Proposed] = []
    renewed: dict[str, str] = {}
    for item in _records_of(dossier, predecessor):
        why = _why_anew(dossier, item, touched) or _rests_on_renewed(item, renewed)
        if why:
            renewed[item.id] = item.label
        (anew if why else carried).append(Proposed(item, why or _why_carried(requests)))
    affected = tuple(_present(dossier, touched))
    return Proposal(predecessor, tuple(carried), tuple(anew), _differences(requests, affected, bills))


def open_requests(dossier: Dossier, submitted: Collection[str] = ()) -> Iterator[Item[ChangeRequest]]:
    """Yield the change requests that are decided to be done and that no release has brought yet.

    Those of the ids `submitted` count while they wait for their signatures: a release can be drafted with its request.
    """
    waiting = [one for one in dossier.submitted(ChangeRequest) if one.id in submitted]
    rewritten = {one.id for one in waiting}
    for one in (*(one for one in dossier.all(ChangeRequest) if one.id not in rewritten), *waiting):
        if one.content.decided is ChangeDecision.DO and one.content.done_in is None:
            yield one


def _records_of(dossier: Dossier, release: Item[Release]) -> Iterator[Item[Any]]:
    """Yield what was shown for a release: its own records, and those that were carried to it."""
    seen: set[str] = set()
    carried = [
        item
        for carrying in dossier.back(release, CarriedForward)
        if carrying.content.release == release.id
        for item in _present(dossier, (one.record for one in carrying.content.records))
    ]
    attested = (KINDS[ATTESTED],) if ATTESTED in KINDS else ()
    for kind in (*(kind for kind, _ in NEVER), ReleaseDocument, *CARRIED, *attested):
        own = _own(dossier, release, kind)
        for item in (*own, *(one for one in carried if one.kind is kind)):
            if item.id not in seen:
                seen.add(item.id)
                yield item


def _own(dossier: Dossier, release: Item[Release], kind: type[Kind]) -> tuple[Item[Any], ...]:
    """Return what is of a release itself: a threat model is of the version that it shows."""
    if kind is SystemModel:
        return tuple(one for one in dossier.all(SystemModel) if one.content.reflects == release.content.version)
    return tuple(one for one in dossier.back(release, kind) if getattr(one.content, "release", None) == release.id)


def _present(dossier: Dossier, records: Iterable[str]) -> Iterator[Item[Any]]:
    for record in records:
        item: Item[Any] | None = dossier.get(record)
        if item is not None:
            yield item


_ENDS = frozenset(
    (ReleaseDocument, *CARRIED, *(kind for kind, _ in NEVER))
)  # what is judged by itself; nothing is touched through it


def _touched(dossier: Dossier, requests: Iterable[Item[ChangeRequest]]) -> dict[str, str]:
    """Return what requests affect, and what rests on that, each with the label of the request."""
    touched: dict[str, str] = {}
    waiting = [(str(target), request.label) for request in requests for target in request.content.affects]
    while waiting:
        target, label = waiting.pop()
        if target in touched:
            continue
        touched[target] = label
        referring: tuple[Item[Any], ...] = dossier.back(target)
        for item in referring:
            if item.kind in _ENDS or isinstance(item.content, ChangeRequest | Review | Release | Vulnerability):
                continue
            if any(link.target == target and not link.names for link in dossier.links(item)):
                waiting.append((item.id, label))
    return touched


def _why_anew(dossier: Dossier, item: Item[Any], touched: Mapping[str, str]) -> str | None:
    for kind, why in NEVER:
        if item.kind is kind:
            return why
    if isinstance(item.content, TestRun):
        plan: Item[TestPlan] | None = dossier.get(item.content.plan)
        if plan is not None and plan.content.type in NEVER_TYPES:
            return NEVER_TYPES[plan.content.type]
        if item.content.outcome is not RunOutcome.PASS:
            return "It did not pass, so there is nothing that it shows."
    for target in _speaks_of(dossier, item):
        if target in touched:
            label = dossier.label(target)
            return (
                f"{touched[target]} affects {label}, of which it speaks" if label else f"{touched[target]} affects it"
            )
    broken = [link for link in dossier.links(item) if link.broken or link.suspect]
    if broken:
        return f"{dossier.label(broken[0].target)} changed since it was signed."
    return OTHER_VERSION if item.kind is ReleaseDocument else None


def _rests_on_renewed(item: Item[Any], renewed: Mapping[str, str]) -> str | None:
    """Return why a record is done anew that rests on one that is; what others are about comes before them.

    An attestation names what was looked at, and rests on it all the same.
    """
    attests = item.kind.__name__ == ATTESTED
    rests = (one.target for one in item.references if attests or not one.names)
    found = next((renewed[target] for target in rests if target in renewed), None)
    return f"It is about {found}, which is done anew." if found else None


def _speaks_of(dossier: Dossier, item: Item[Any]) -> Iterator[str]:
    """Yield what a record speaks of: what it refers to, for a run what its cases refer to, for a model its elements."""
    for reference in item.references:
        yield reference.target
        if isinstance(item.content, TestRun):
            case: Item[Any] | None = dossier.get(reference.target)
            if case is not None and case.kind.__name__ == "TestCase":
                yield from (inner.target for inner in case.references)
    if isinstance(item.content, SystemModel):
        yield from (one.id for one in dossier.back(item, Element))


def _why_carried(requests: tuple[Item[ChangeRequest], ...]) -> str:
    if not requests:
        return "No change request is open, so nothing that it speaks of changes."
    labels = ", ".join(one.label for one in requests)
    return f"Nothing that {labels} affects is in it, nor anything that rests on that."


# --- bills ----------------------------------------------------------------------------------------------------------


def _differences(
    requests: tuple[Item[ChangeRequest], ...],
    affected: tuple[Item[Any], ...],
    bills: tuple[Components | None, Components | None],
) -> Differences:
    before, after = bills
    if before is None or after is None:
        return Differences(requests, affected)
    old, new = _by_package(before), _by_package(after)
    return Differences(
        requests,
        affected,
        bills=True,
        added=tuple(f"{name} {_versions(new[name])}" for name in sorted(new.keys() - old.keys())),
        removed=tuple(f"{name} {_versions(old[name])}" for name in sorted(old.keys() - new.keys())),
        changed=tuple(
            f"{name} {_versions(old[name])} to {_versions(new[name])}"
            for name in sorted(old.keys() & new.keys())
            if old[name] != new[name]
        ),
    )


def _by_package(bill: Components) -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for component in bill.components:
        found.setdefault(_package(component), set()).add(component.version or "")
    return {name: frozenset(versions) for name, versions in found.items()}


def _package(component: Component) -> str:
    return component.purl.split("@", 1)[0] if component.purl else component.name


def _versions(versions: frozenset[str]) -> str:
    return ", ".join(sorted(one or "without a version" for one in versions))


def as_value(proposal: Proposal) -> dict[str, Any]:
    """Return a proposal as a plain JSON value: what the evidence of a CarriedForward holds."""
    differences = proposal.differences
    return {
        "predecessor": proposal.predecessor.label,
        "requests": [one.label for one in differences.requests],
        "affected": [one.label for one in differences.affected],
        "bills_compared": differences.bills,
        "added": list(differences.added),
        "removed": list(differences.removed),
        "changed": list(differences.changed),
        "carried": [[one.item.label, one.why] for one in proposal.carried],
        "anew": [[one.item.label, one.why] for one in proposal.anew],
    }
