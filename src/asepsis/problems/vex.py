"""Statements of others brought in as drafts, each with a receipt; and what is in force, to be told to others (VEX)."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from asepsis.configuration.records import BillOfMaterials, Release
from asepsis.exchange.bill import purl_read
from asepsis.exchange.facts import Component
from asepsis.exchange.purl import Purl
from asepsis.exchange.vex.receipt import BOTH_SAID, PRESENT, Outcome, beaten, is_named, meaning, name_of
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
OTHER_RELEASE = Sentence("No release of {product} that holds {component} is one that it speaks of.")
DRAFTED = Sentence("It is drafted for {releases}.")
CONFIGURATION = "configuration"  # the qualifier of a product that a statement is narrowed by


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
    hand: Hand,
    product: str,
    statements: Sequence[Statement],
    *,
    sees: Callable[[Record], bool],
    author: str | None = None,
    original: Original | None = None,
) -> tuple[Receipt, ...]:
    """Draft what statements of others say of the components of a product (id), and return a receipt for each of them.

    A draft speaks of the releases whose bills hold the component, that the statement is not narrowed away from, and of which
    no record says the same yet; so the same file twice changes nothing. Nothing is drafted of what a record denies. `sees`
    says which records the receipts may speak of. A draft keeps who says it, `author` where the statement does not tell, and
    the `original` document, whole. All is one commit; people look at the drafts, say what they rest on, submit and sign.

    Source: IEC 81001-5-1:2021, 9.2 and 9.3.
    """
    bringing = _Bringing(hand, product, queries.product(product).code, Words(product, sees), author, original)
    held = _held(queries.dossier(product), product)
    told: list[_Told] = []
    alike: dict[tuple[str, str, str | None], list[Statement]] = {}
    for said in statements:
        alike.setdefault(_about(said), []).append(said)
    for said in statements:
        found = [one for one in held if is_named(said.thing, one.component)]
        if not found:
            why = NOT_HELD.said(product=bringing.code, component=said.thing)
            told.append(_Told(said, Outcome.UNMATCHED, why))
        elif other := beaten(said, alike[_about(said)]):
            told.append(_Told(said, *other))
        else:
            told.append(bringing.draft(said, found))
    labels = bringing.commit()
    return tuple(
        Receipt(one.said, one.outcome, one.why, (*(labels[each] for each in one.drafts), *one.records)) for one in told
    )


@dataclass(frozen=True, slots=True)
class Original:
    """The document that statements stand in, as it came."""

    name: str
    data: bytes

    @property
    def evidence(self) -> dict[str, Any]:
        """Return it as records name a file."""
        digest, size = hashlib.sha256(self.data).hexdigest(), len(self.data)
        return {"digest": digest, "shows": self.name, "media_type": "application/json", "size": size}


@dataclass(frozen=True, slots=True)
class _Told:
    """What became of a statement; `drafts` are ids of records that are not committed yet, `records` labels of others."""

    said: Statement
    outcome: Outcome
    why: Said
    drafts: tuple[str, ...] = ()
    records: tuple[str, ...] = ()


def _about(said: Statement) -> tuple[str, str, str | None]:
    return said.vulnerability, said.product, said.component


@dataclass
class _Bringing:
    """The drafts of one file, one for each statement and component, as they come to be."""

    hand: Hand
    product: str
    code: str
    known: Words
    author: str | None
    original: Original | None
    writes: dict[str, Write] = field(default_factory=dict)
    _drafted: dict[tuple[str, str], list[Statement]] = field(default_factory=dict)  # by component and release

    def draft(self, said: Statement, found: Sequence[_Holding]) -> _Told:
        """Draft what a statement says of the components that it names, and tell what became of it."""
        agreeing, open_ = dict[str, None](), list[tuple[_Holding, list[Item[Release]]]]()
        spoken_of = 0
        for holding in found:
            about = list(self.known.on((said.vulnerability, *said.aliases), holding.name))
            left = []
            for release in _spoken_of(said, holding, self.code):
                spoken_of += 1
                speaking = [word for word in about if word.speaks_of(release)]
                denying = next((word for word in speaking if word.value.get("status") != said.status), None)
                if denying is not None:
                    status = str(denying.value.get("status"))
                    why = SAYS_OTHERWISE.said(records=denying.row, status=status, component=holding.name)
                    return _Told(said, Outcome.CONFLICTING, why, records=(denying.row.label,))
                same = [one for one in self._drafted.get((holding.name, release.id), ()) if _share_a_name(one, said)]
                if other := next((one for one in same if meaning(one) != meaning(said)), None):
                    why = BOTH_SAID.said(one=other.status, other=said.status, component=holding.name)
                    return _Told(said, Outcome.CONFLICTING, why)
                agreeing.update(dict.fromkeys(word.row.label for word in speaking))
                if not speaking and not same:
                    left.append(release)
            if left:
                open_.append((holding, left))
        if spoken_of and said.justification == "component-not-present":
            return _Told(said, Outcome.CONFLICTING, PRESENT.said(component=[one.name for one in found]))
        if not spoken_of:
            return _Told(said, Outcome.UNMATCHED, OTHER_RELEASE.said(product=self.code, component=said.thing))
        if not open_:
            why = SAID_ALREADY.said(records=list(agreeing) or ["Another statement of the file"])
            return _Told(said, Outcome.APPLIED, why, records=tuple(agreeing))
        drafts = tuple(self._write(said, holding, releases) for holding, releases in open_)
        labels = dict.fromkeys(one.label for _, releases in open_ for one in releases)
        return _Told(said, Outcome.APPLIED, DRAFTED.said(releases=list(labels)), drafts)

    def _write(self, said: Statement, holding: _Holding, releases: Sequence[Item[Release]]) -> str:
        record: str = self.hand.new_id()
        value = _value(said, holding, releases)
        value |= {"taken_from": author} if (author := said.author or self.author) else {}
        value |= {"original": self.original.evidence} if self.original else {}
        self.writes[record] = Write(record, Exploitability.__name__, value, self.product)
        for release in releases:
            self._drafted.setdefault((holding.name, release.id), []).append(said)
        return record

    def commit(self) -> dict[str, str]:
        """Write all drafts in one commit, and return their labels by id."""
        if not self.writes:
            return {}
        files = [self.original.data] if self.original else []
        made = self.hand.commit(list(self.writes.values()), files).outcomes
        return {record: str(outcome.label) for record, outcome in zip(self.writes, made, strict=True)}


def _share_a_name(one: Statement, other: Statement) -> bool:
    names = {name.casefold() for name in (one.vulnerability, *one.aliases)}
    return not names.isdisjoint(name.casefold() for name in (other.vulnerability, *other.aliases))


def _spoken_of(said: Statement, holding: _Holding, code: str) -> Iterator[Item[Release]]:
    """Yield the releases that hold a component and that a statement speaks of.

    One that names this product, as `in_force` does, speaks of the release of its version alone.
    """
    named = purl_read(said.product) if said.component is not None else None
    own = isinstance(named, Purl) and (named.type, named.namespace, named.name) == ("generic", None, code.casefold())
    version = named.version if isinstance(named, Purl) and own else None
    for release in holding.releases:
        is_of_version = version is None or version == release.content.version
        if is_of_version and (not said.versions or holds(said.versions, release.content.version) is True):
            yield release


def _value(said: Statement, holding: _Holding, releases: Iterable[Item[Release]]) -> dict[str, Any]:
    """Return the draft of a statement: what nobody told, such as whether it is exploited, a person fills in."""
    reach = {"vulnerable-code-not-in-execute-path": "not-reachable"}.get(said.justification or "", "unknown")
    value: dict[str, Any] = {
        "title": f"{said.vulnerability} in {holding.component.name}",
        "advisory_id": said.vulnerability,
        "aliases": list(said.aliases),
        "component": holding.name,
        "releases": [one.id for one in releases],
        "configuration": said.configuration or _configuration_of(said.product),
        "status": said.status,
        "justification": said.justification,
        "impact": said.impact,
        "action": said.action,
        "response": said.responses[0] if said.responses else None,
        "until": said.until,
        "rests_on": {"reachability": reach},
    }
    return {key: one for key, one in value.items() if one not in (None, [])}


def _configuration_of(product: str) -> str | None:
    """Return the configuration that a product is narrowed to, as `in_force` writes it."""
    found = purl_read(product)
    return dict(found.qualifiers).get(CONFIGURATION) if isinstance(found, Purl) else None


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

    With `release` (id or label) of that one only. Releases are named `pkg:generic/<code>@<version>`, with the qualifier
    `configuration` where a statement speaks of one only, so that no reader takes it for all. A statement by versions is told
    for the releases on record that these hold.
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
                found.append(_told(said, _product(code, one.content.version, said.configuration)))
    statements = tuple(dict.fromkeys(found))
    digest = uuid.uuid5(uuid.NAMESPACE_URL, "\n".join([product, *sorted(map(repr, statements))]))
    return InForce(statements, f"urn:uuid:{digest}")


def _product(code: str, version: str, configuration: str | None) -> str:
    qualifiers = ((CONFIGURATION, configuration),) if configuration else ()
    return str(Purl("generic", None, code.casefold(), version, qualifiers))


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
        configuration=said.configuration,
        until=said.until.isoformat() if said.until else None,
    )
