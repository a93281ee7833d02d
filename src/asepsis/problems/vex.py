"""Statements of others brought in as drafts, each with a receipt; and what is in force, to be told to others (VEX)."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from asepsis.configuration.records import BillOfMaterials, Release
from asepsis.exchange.facts import Component
from asepsis.exchange.vex.receipt import Outcome, beaten, is_named, name_of
from asepsis.exchange.vex.statement import Response, Statement
from asepsis.problems.holdings import Words
from asepsis.problems.records import Exploitability
from asepsis.quality.domain import holds
from asepsis.record.dossier import Dossier, Item
from asepsis.sentences import Said, Sentence
from asepsis.store import queries
from asepsis.store.acts import Hand
from asepsis.store.changes import Write
from asepsis.store.models import Record

NOT_HELD = Sentence("No bill of {product} holds {component}.")
SAID_ALREADY = Sentence("{records} says the same already.")
SAYS_OTHERWISE = Sentence("{records} says {status} of {component}.")
DRAFTED = Sentence("It is drafted for {releases}.")


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of one statement, and why; `records` are the labels of those drafted, or that say the same already."""

    statement: Statement
    outcome: Outcome
    why: Said
    records: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Holding:
    """One component of a bill, and the releases whose bills hold it."""

    component: Component
    releases: tuple[Item[Release], ...]

    @property
    def name(self) -> str:
        """Return how a record names it."""
        return name_of(self.component)


def bring_in(
    hand: Hand, product: str, statements: Sequence[Statement], *, sees: Callable[[Record], bool]
) -> tuple[Receipt, ...]:
    """Draft what statements of others say of the components of a product (id), and return a receipt for each of them.

    A draft speaks of the releases whose bills hold the component and of which no record says the same yet; so the same
    file twice changes nothing. Nothing is drafted of what a record denies. `sees` says which records the receipts may
    speak of. All is one commit; people look at the drafts, say what they rest on, submit and sign.

    Source: IEC 81001-5-1:2021, 9.2 and 9.3.
    """
    dossier = queries.dossier(product)
    held, known = _held(dossier, product), Words(product, sees)
    code = queries.product(product).code
    told: list[tuple[Statement, Outcome, Said, tuple[str, ...], tuple[str, ...]]] = []
    writes: dict[str, Write] = {}
    alike: dict[tuple[str, str, str | None], list[Statement]] = {}
    for said in statements:
        alike.setdefault(_about(said), []).append(said)
    for said in statements:
        found = [one for one in held if is_named(said.thing, one.component)]
        if not found:
            told.append((said, Outcome.UNMATCHED, NOT_HELD.said(product=code, component=said.thing), (), ()))
            continue
        if other := beaten(said, alike[_about(said)]):
            told.append((said, *other, (), ()))
            continue
        told.append(_drafted(said, found, known, product, hand, writes))
    made = hand.commit(list(writes.values())).outcomes if writes else ()
    labels = {record: str(outcome.label) for record, outcome in zip(writes, made, strict=True)}
    return tuple(
        Receipt(said, outcome, why, (*(labels[one] for one in drafts), *records))
        for said, outcome, why, drafts, records in told
    )


def _about(said: Statement) -> tuple[str, str, str | None]:
    return said.vulnerability, said.product, said.component


def _drafted(
    said: Statement,
    found: Sequence[_Holding],
    known: Words,
    product: str,
    hand: Hand,
    writes: dict[str, Write],
) -> tuple[Statement, Outcome, Said, tuple[str, ...], tuple[str, ...]]:
    drafts, agreeing, releases = [], dict[str, None](), dict[str, None]()
    for holding in found:
        about = list(known.on((said.vulnerability, *said.aliases), holding.name))
        open_ = []
        for release in holding.releases:
            speaking = [word for word in about if word.speaks_of(release)]
            denying = next((word for word in speaking if word.value.get("status") != said.status), None)
            if denying is not None:
                status = str(denying.value.get("status"))
                why = SAYS_OTHERWISE.said(records=denying.row, status=status, component=holding.name)
                return said, Outcome.CONFLICTING, why, (), (denying.row.label,)
            agreeing.update(dict.fromkeys(word.row.label for word in speaking))
            if not speaking:
                open_.append(release)
        if open_:
            record = hand.new_id()
            value = _value(said, holding, open_)
            drafts.append((record, value))
            releases.update(dict.fromkeys(one.label for one in open_))
    for record, value in drafts:
        writes[record] = Write(record, Exploitability.__name__, value, product)
    if drafts:
        return said, Outcome.APPLIED, DRAFTED.said(releases=list(releases)), tuple(one for one, _ in drafts), ()
    return said, Outcome.APPLIED, SAID_ALREADY.said(records=list(agreeing)), (), tuple(agreeing)


def _value(said: Statement, holding: _Holding, releases: Iterable[Item[Release]]) -> dict[str, Any]:
    """Return the draft of a statement: what nobody told, such as whether it is exploited, a person fills in."""
    reach = {"vulnerable-code-not-in-execute-path": "not-reachable"}.get(said.justification or "", "unknown")
    value: dict[str, Any] = {
        "title": f"{said.vulnerability} in {holding.component.name}",
        "advisory_id": said.vulnerability,
        "aliases": list(said.aliases),
        "component": holding.name,
        "releases": [one.id for one in releases],
        "status": said.status,
        "justification": said.justification,
        "impact": said.impact,
        "action": said.action,
        "response": said.responses[0] if said.responses else None,
        "rests_on": {"reachability": reach},
    }
    return {key: one for key, one in value.items() if one not in (None, [])}


def _held(dossier: Dossier, product: str) -> list[_Holding]:
    """Return each component of the bills of a product once, with the releases that hold it."""
    facts, releases = queries.facts(product), dossier.all(Release)
    by_release = {one.id: one for one in releases}
    found: dict[Component, dict[str, Item[Release]]] = {}
    for bill in dossier.all(BillOfMaterials):
        taken = facts.get("components", bill.content.document.digest)
        document = queries.document(taken.document) if taken is not None else None
        release = by_release.get(bill.content.release)
        if document is not None and release is not None:
            for component in document.components:
                found.setdefault(component, {})[release.id] = release
    merged: dict[str, _Holding] = {}
    for component, of in found.items():
        one = _Holding(component, tuple(of.values()))
        before = merged.get(one.name)
        whole = {item.id: item for item in (*(before.releases if before else ()), *one.releases)}
        merged[one.name] = _Holding(component, tuple(sorted(whole.values(), key=lambda item: item.label)))
    return list(merged.values())


# --- what is told to others -----------------------------------------------------------------------------------------

_RESPONSES: dict[str, Response] = {
    one: one for one in ("update", "rollback", "workaround", "will-not-fix", "cannot-fix")
}


@dataclass(frozen=True, slots=True)
class InForce:
    """What is said of a product: the statements, and the name of a document of just these."""

    statements: tuple[Statement, ...]
    name: str


def in_force(product: str, *, today: date, release: str | None = None) -> InForce:
    """Return what is effective, not past its last day and not withheld, one statement for each release and component.

    With `release` (id or label) of that one only. Releases are named `pkg:generic/<code>@<version>`. A statement by
    versions is told for the releases on record that these hold.
    """
    dossier, code = queries.dossier(product), queries.product(product).code
    wanted = queries.row(release).id if release else None
    withheld = set(Record.objects.filter(embargoed=True).values_list("id", flat=True))
    releases = [
        one for one in dossier.all(Release) if one.id not in withheld and wanted in (None, one.id)
    ]  # fmt: skip
    found = []
    for item in dossier.all(Exploitability):
        said = item.content
        if item.id in withheld or (said.until is not None and said.until < today):
            continue
        for one in releases:
            if one.id in said.releases or holds(said.versions, one.content.version) is True:
                found.append(_told(said, f"pkg:generic/{code.casefold()}@{one.content.version}"))
    statements = tuple(dict.fromkeys(found))
    digest = uuid.uuid5(uuid.NAMESPACE_URL, "\n".join([product, *sorted(map(repr, statements))]))
    return InForce(statements, f"urn:uuid:{digest}")


def _told(said: Exploitability, product: str) -> Statement:
    return Statement(
        vulnerability=said.advisory_id,
        product=product,
        component=said.component,
        status=said.status.value,
        aliases=said.aliases,
        justification=said.justification.value if said.justification else None,
        impact=said.impact,
        action=said.action,
        responses=(_RESPONSES[said.response.value],) if said.response else (),
    )
