"""Statements carried to where they hold: other releases, other products; with a receipt for each place where they do not."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import Any

from asepsis.exchange.facts import Component
from asepsis.exchange.vex.receipt import name_of
from asepsis.problems.domain import Ground, changed, ground_of, known_of, same_component
from asepsis.problems.holdings import Holding, Scanned, Sees, Words, digests_of, holdings
from asepsis.problems.records import Exploitability, Exploited, Reachability, Report, Status
from asepsis.quality.domain import holds
from asepsis.record.dossier import Dossier, Item
from asepsis.sentences import Said, Sentence
from asepsis.store import queries
from asepsis.store.acts import Hand
from asepsis.store.changes import Write
from asepsis.store.models import Product

DRAFTED = Sentence("It is drafted: the same component, configuration and reachability, and nothing else is known now.")
SAID = Sentence("{records} speaks of it already.")
NOT_HELD = Sentence("No bill of it holds {component}.")
OTHER_DIGEST = Sentence("Its bill holds {component} with another digest.")
NO_VERSION = Sentence("It names no version of {component}, so it cannot be told that this is the same.")
NOT_SCANNED = Sentence(
    "A bill of it was laid against no feed, so it is not known whether KEV and EPSS are as they were."
)
NOT_FOUND = Sentence("The scan of its bill finds nothing of {advisory} there.")
OTHER_CONFIGURATION = Sentence("Its bills with the component are of {found}, and it was said of '{configuration}'.")
REACHED = Sentence("{records} says that the flawed code is {found} there.")
OWN_CONTROLS = Sentence("It rests on controls of {product}.")
WITHHELD = Sentence("It is withheld, and stays where it is.")
THINGS_CHANGED = Sentence("Things are otherwise there: {reasons}.")


class Outcome(StrEnum):
    """What became of carrying a statement to a release."""

    CARRIED = "carried"
    SAID = "said"
    NOT_CARRIED = "not carried"


@dataclass(frozen=True, slots=True)
class Carriage:
    """What became of one statement at one release, and why; `draft` is the label of what was drafted."""

    statement: str
    product: str  # code
    release: str
    outcome: Outcome
    why: Said
    draft: str | None = None


@dataclass(frozen=True, slots=True)
class _Left:
    """Why a statement is not carried to a release."""

    why: Said
    outcome: Outcome = Outcome.NOT_CARRIED


@dataclass(frozen=True, slots=True)
class _Place:
    """A product to carry to, with what its releases hold and what was said there."""

    product: Product
    held: tuple[Holding, ...]
    words: Words
    reports: tuple[Item[Report], ...]


def carry_over(
    hand: Hand, product: str, *, sees: Sees, today: date, to: Sequence[str] = (), only: Collection[str] = ()
) -> tuple[Carriage, ...]:
    """Draft each statement of `product` for every other release where it holds, and tell what became of it at each.

    It looks at the releases of the product, and of the products `to` (ids), that are repaired on `today`. A statement is in
    force, says affected or not affected, and holds where the same component, by package URL with version or by SHA-256, is
    in a bill of the same configuration, where nobody says otherwise of its reachability, and where the newest scan tells the
    same of its advisory, KEV and EPSS band. `only` (ids) leaves out all other statements. One draft speaks of all releases of
    a product on the same ground. All is one commit; people look at the drafts, submit and sign.

    Source: IEC 81001-5-1:2021, 9.3.
    """
    dossier = queries.dossier(product)
    places = [_place(one, sees) for one in dict.fromkeys((product, *to))]
    made: list[tuple[Carriage, str | None]] = []
    writes: dict[str, Write] = {}
    for item in _lasting(dossier, today, sees, only):
        for place in places:
            drafts: dict[tuple[str, Ground], str] = {}
            for holding in place.held:
                if holding.release.content.security_support_until < today:
                    continue
                if product == place.product.id and _speaks_of(item, holding):
                    continue
                found = _judged(item, holding, place, places[0])
                if isinstance(found, _Left):
                    made.append((_line(item, place, holding, found.outcome, found.why), None))
                    continue
                component, ground = found
                record = drafts.setdefault((component, ground), hand.new_id())
                if record in writes:
                    writes[record].value["releases"].append(holding.release.id)
                else:
                    value = _value(item, component, ground, holding, places[0].product, place.product)
                    writes[record] = Write(record, Exploitability.__name__, value, place.product.id)
                made.append((_line(item, place, holding, Outcome.CARRIED, DRAFTED.said()), record))
    outcomes = hand.commit(list(writes.values())).outcomes if writes else ()
    labels = {record: str(outcome.label) for record, outcome in zip(writes, outcomes, strict=True)}
    return tuple(replace(line, draft=labels.get(record or "")) for line, record in made)


def _lasting(dossier: Dossier, today: date, sees: Sees, only: Collection[str]) -> Iterator[Item[Exploitability]]:
    for item in sorted(dossier.all(Exploitability), key=lambda one: one.label):
        said = item.content
        lasts = said.status in (Status.NOT_AFFECTED, Status.AFFECTED) and (said.until is None or said.until >= today)
        if lasts and (not only or item.id in only) and sees(queries.row(item.id)):
            yield item


def _place(product: str, sees: Sees) -> _Place:
    dossier = queries.dossier(product)
    return _Place(
        queries.product(product), holdings(product, dossier), Words(product, sees), tuple(dossier.all(Report))
    )


def _line(item: Item[Exploitability], place: _Place, holding: Holding, outcome: Outcome, why: Said) -> Carriage:
    return Carriage(item.label, place.product.code, holding.release.label, outcome, why)


def _speaks_of(item: Item[Exploitability], holding: Holding) -> bool:
    said, release = item.content, holding.release
    return release.id in said.releases or holds(said.versions, release.content.version) is True


def _judged(item: Item[Exploitability], holding: Holding, place: _Place, home: _Place) -> _Left | tuple[str, Ground]:
    """Return under which name and on which ground a statement holds for a release, or what keeps it from that."""
    said = item.content
    names = (said.advisory_id, *said.aliases)
    if queries.row(item.id).embargoed:
        return _Left(WITHHELD.said())
    component = _component(item, holding, home)
    if isinstance(component, Said):
        return _Left(component)
    bills, one = component
    name = name_of(one)
    words = list(place.words.on(names, name))
    speaking = [word.row for word in words if word.speaks_of(holding.release)]
    if speaking:
        return _Left(SAID.said(records=speaking), Outcome.SAID)
    if said.mitigated_by and place is not home:
        return _Left(OWN_CONTROLS.said(product=home.product.code))
    configurations = sorted({bill.bill.content.configuration or "none" for bill in bills})
    if said.configuration is not None and said.configuration not in configurations:
        why = OTHER_CONFIGURATION.said(found=configurations, configuration=said.configuration)
        return _Left(why)
    reached = {str(said.rests_on.reachability), str(Reachability.UNKNOWN)}
    for word in words:
        found = str(word.value.get("rests_on", {}).get("reachability", Reachability.UNKNOWN))
        if word.row.id != item.id and found not in reached:
            return _Left(REACHED.said(records=word.row, found=found))
    if not holding.is_scanned:
        return _Left(NOT_SCANNED.said())
    matches = holding.matches_of(names, name)
    if not matches:
        return _Left(NOT_FOUND.said(advisory=said.advisory_id))
    then, known = ground_of(said), known_of(matches)
    attacked = any(_tells_of_attacks(report, names) for report in place.reports)
    now = replace(
        then, kev=known.kev, epss=known.epss, advisory=known.advisory,
        exploited=Exploited.YES if attacked else then.exploited,
    )  # fmt: skip
    if reasons := changed(then, now):
        return _Left(THINGS_CHANGED.said(reasons=[reason.text() for reason in reasons]))
    return name, now


def _component(
    item: Item[Exploitability], holding: Holding, home: _Place
) -> tuple[tuple[Scanned, ...], Component] | Said:
    """Return the component of a release that is the very one of a statement, with the bills that hold it; or why none is."""
    said, spoken_of = item.content, [each for each in home.held if _speaks_of(item, each)]
    own = [one for each in spoken_of for one in each.components.get(said.component, ())]
    digests = {digest for _, one in own for digest in digests_of(one)}
    found = list(holding.components.get(said.component, ()))
    found += [one for digest in sorted(digests) for one in holding.components.get(digest, ())]
    if not found:
        package = [one for bill in holding.components.values() for one in bill if _is_package(said.component, one[1])]
        return (NO_VERSION if package else NOT_HELD).said(component=said.component)
    for _, one in found:
        if digests and digests_of(one) and not digests & set(digests_of(one)):
            return OTHER_DIGEST.said(component=said.component)
    return tuple(bill for bill, _ in found), found[0][1]


def _is_package(named: str, component: Component) -> bool:
    """Return whether a statement that leaves the version open names this component."""
    return component.purl is not None and named != component.purl and same_component(named, component.purl)


def _tells_of_attacks(report: Item[Report], names: Iterable[str]) -> bool:
    known = {one.casefold() for one in report.content.ids}
    return report.content.exploited is Exploited.YES and not known.isdisjoint(one.casefold() for one in names)


def _value(
    item: Item[Exploitability], component: str, ground: Ground, holding: Holding, home: Product, to: Product
) -> dict[str, Any]:
    value = queries.effective_value(queries.row(item.id)) or {}
    value = {key: one for key, one in value.items() if key not in ("versions", "carried_from")}
    on = {
        "reachability": str(ground.reachability),
        "kev": ground.kev,
        "epss": str(ground.epss),
        "exploited": str(ground.exploited),
        "advisory": ground.advisory,
    }
    value |= {"component": component, "releases": [holding.release.id]}
    value["rests_on"] = {key: one for key, one in on.items() if one is not None}
    if home.id == to.id:
        return value | {"carried_from": item.id}
    return value | {"taken_from": f"{home.code}: {item.label}"}
