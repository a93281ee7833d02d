"""Checks of the system model: it shows what an attacker could use, and the product as it is today."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from asepsis.checks import terms
from asepsis.checks.check import Findings, check
from asepsis.checks.evaluated import model_of
from asepsis.checks.view import View
from asepsis.configuration.records import Category, ChangeDecision, ChangeRequest, EffectSize, SoftwareItem
from asepsis.development.records import DesignElement, Interface
from asepsis.quality.records import PeriodicReview, Subject
from asepsis.record.dossier import Item, Pending
from asepsis.record.history import Head
from asepsis.record.slots import SystemRole
from asepsis.record.verdict import Gap
from asepsis.risk.records import Asset, Element, ElementKind, ModelPart, Phase, SystemModel, Threat
from asepsis.sentences import Sentence

# --- elements -------------------------------------------------------------------------------------------------------

NOT_SHOWN = Sentence(
    "{model} shows none of these and does not say that the product has none: {parts}.",
    next="Draw what is missing in {model}, or say there why the product has none.",
)
SAID_ABSENT = Sentence(
    "{model} says that the product has no {part}, and {element} is one.",
    next="Take the line out of {model}, or {element}, whichever is wrong.",
)
NO_PROTOCOL = Sentence(
    "{count} flows of {model} do not say what is spoken on them: {flows}.", next="Enter the protocols of these flows."
)
CROSSES_NOTHING = Sentence(
    "{flow} goes from the zone '{one}' to '{other}', and crosses no boundary.",
    next="Name in {flow} the boundary between '{one}' and '{other}', or correct the zones.",
)
EMPTY_STORE = Sentence("{store} holds no asset.", next="Name in {store} what worth protecting it holds.")
PHASES_FORGOTTEN = Sentence(
    "No threat of {model} is in these phases of the product's life, and it does not say why: {phases}.",
    next="Find the threats in these phases, or say in {model} why nothing can happen there.",
)
UPDATES_EXIST = Sentence(
    "{model} says that nothing can happen at updates, and {release} holds items that you maintain.",
    next="Find the threats to the way of updates, and take the line out of {model}.",
)
BY_KIND = {
    ElementKind.BOUNDARY: ModelPart.BOUNDARY,
    ElementKind.PROCESS: ModelPart.PROCESS,
    ElementKind.STORE: ModelPart.STORE,
    ElementKind.OUTSIDE_ENTITY: ModelPart.OUTSIDE_ENTITY,
    ElementKind.PORT: ModelPart.PORT,
    ElementKind.BOARD_CONNECTION: ModelPart.BOARD_CONNECTION,
    ElementKind.EXTERNAL_DEPENDENCY: ModelPart.EXTERNAL_DEPENDENCY,
}
PHASES = tuple(ModelPart(phase.value) for phase in Phase)
PARTS = tuple(part for part in ModelPart if part not in PHASES)
IN_PHASES = "7.2-3"


@check("risk.model_elements", over=SystemModel, owner=SystemRole.ARCHITECT, needed=True)
def the_model_shows_all_parts(model: Item[SystemModel], view: View) -> Findings:
    """The model shows each part and each phase that the standard names, or says why the product has none of it.

    Source: IEC 81001-5-1:2021, 7.2.
    """
    elements = [one for one in view.dossier.back(model, Element) if one.content.model == model.id]
    shown = _shown(elements, view)
    absent = {line.part for line in model.content.absent}
    if missing := [part for part in PARTS if part not in shown and part not in absent]:
        yield Gap(model, NOT_SHOWN, model=model, parts=missing)
    for part in PARTS:
        if part in absent and part in shown:
            yield Gap(model, SAID_ABSENT, model=model, part=part, element=shown[part])
    yield from _flows(model, elements, view)
    for element in elements:
        if element.content.kind is ElementKind.STORE and not element.content.assets:
            yield Gap(element, EMPTY_STORE, store=element)
    yield from _phases(model, absent, view)


def _shown(elements: list[Item[Element]], view: View) -> dict[ModelPart, Item[Element]]:
    """Return one element for each part that a model shows."""
    shown: dict[ModelPart, Item[Element]] = {}
    for element in elements:
        content = element.content
        if content.kind in BY_KIND:
            shown.setdefault(BY_KIND[content.kind], element)
        elif content.protocols:
            shown.setdefault(ModelPart.PROTOCOL, element)
        if content.kind is ElementKind.FLOW and _is_classified(element, view):
            shown.setdefault(ModelPart.CLASSIFIED_FLOW, element)
    return shown


def _is_classified(flow: Item[Element], view: View) -> bool:
    assets: list[Item[Asset] | None] = [view.dossier.get(one) for one in flow.content.assets]
    return any(asset is not None and asset.content.data_classes for asset in assets)


def _flows(model: Item[SystemModel], elements: list[Item[Element]], view: View) -> Findings:
    flows = [one for one in elements if one.content.kind is ElementKind.FLOW]
    silent = [one for one in flows if not one.content.protocols]
    if silent and len(silent) < len(flows):  # where none has one, the whole part is missing or said to be absent
        yield Gap(model, NO_PROTOCOL, count=len(silent), model=model, flows=silent)
    for flow in flows:
        ends: tuple[Item[Element] | None, ...] = (
            view.dossier.get(flow.content.flows_from),
            view.dossier.get(flow.content.flows_to),
        )
        zones = [end.content.zone for end in ends if end is not None]
        if len(set(zones)) > 1 and not flow.content.crosses:
            yield Gap(flow, CROSSES_NOTHING, flow=flow, one=zones[0], other=zones[1])


def _phases(model: Item[SystemModel], absent: set[ModelPart], view: View) -> Findings:
    threatened = view.once("phases by model", _phases_by_model).get(model.id, set())
    forgotten = [part for part in PHASES if part not in absent and part not in threatened]
    if forgotten:
        yield Gap(model, PHASES_FORGOTTEN, model=model, phases=forgotten).serving(IN_PHASES)
    if ModelPart.UPDATE in absent and view.release is not None and holds_maintained(view):
        yield Gap(model, UPDATES_EXIST, model=model, release=view.release).serving(IN_PHASES)


def _phases_by_model(view: View) -> dict[str, set[ModelPart]]:
    found: dict[str, set[ModelPart]] = {}
    for threat in view.dossier.all(Threat):
        if (model := model_of(threat, view)) is not None:
            found.setdefault(model.id, set()).update(ModelPart(phase.value) for phase in threat.content.phases)
    return found


def holds_maintained(view: View) -> bool:
    """Return whether the release looked at holds an item that the maker maintains. Raises `AbsentFactsError`."""
    return view.once(
        "holds maintained",
        lambda view: any(placed.category is Category.MAINTAINED for _, placed in terms.items_of_release(view)),
    )


# --- current --------------------------------------------------------------------------------------------------------

OTHER_VERSION = Sentence(
    "{model} shows version {found}; {release} is {asked}, and nothing carries the model forward to it.",
    next="Look {model} over against what changed, enter the version, and sign it.",
)
OLDER_THAN = Sentence(
    "{count} things that an attacker could use changed after {model} was signed on {day}: {things}.",
    next="Look {model} over against what changed, and sign it.",
)
NOT_REVIEWED = Sentence(
    "No review finds the threat model complete; one is due every {months} months.",
    next="Review the threat model as a whole, and sign what came of it.",
)
REVIEW_DUE = Sentence(
    "{review} is the newest that finds the threat model complete; the next one was due by {day}.",
    next="Review the threat model as a whole, and sign what came of it.",
)
NOT_SIGNED = Sentence(
    "{count} threats and elements were written and signed by nobody: {things}.",
    next="Have them signed with the system model, or withdraw them.",
)
REVIEW_MONTHS = "risk.model_review_months"


@check("risk.model_current", over=SystemModel, owner=SystemRole.SECURITY, needed=True, whole=True)
def the_model_is_current(models: tuple[Item[SystemModel], ...], view: View) -> Findings:
    """The model shows the version looked at and all that changed, is reviewed as a whole each year, and signed whole.

    Source: IEC 81001-5-1:2021, 7.2.
    """
    changes = list(_changes(view))
    for model in models:
        if view.release is not None and not _is_of(model, view):
            found, asked = model.content.reflects, view.release.content.version
            yield Gap(model, OTHER_VERSION, model=model, found=found, release=view.release, asked=asked)
        day = terms.day_of(model, view)
        later = [thing for changed, thing in changes if changed > day]
        if later:
            yield Gap(model, OLDER_THAN, count=len(later), model=model, day=day, things=later)
    yield from _reviewed(models[0], view)
    if unsigned := list(_unsigned(view)):
        yield Gap(models[0], NOT_SIGNED, count=len(unsigned), things=unsigned)


def _is_of(model: Item[SystemModel], view: View) -> bool:
    assert view.release is not None  # it is asked of one
    return model.content.reflects == view.release.content.version or model.id in terms.carried_to(view)


def _reviewed(model: Item[SystemModel], view: View) -> Findings:
    months = view.policy.number(REVIEW_MONTHS)
    good = [one for one in view.dossier.all(PeriodicReview) if _is_good(one, view)]
    if not good:
        yield Gap(model, NOT_REVIEWED, months=months).serving("7.2-4")
        return
    newest = max(good, key=lambda one: (one.content.last_day, terms.first_position(one, view)))
    due = terms.next_review(newest, months)
    if terms.past(due, view):
        yield Gap(model, REVIEW_DUE, review=newest, day=due).serving("7.2-4").owed(due=due)


def _is_good(review: Item[PeriodicReview], view: View) -> bool:
    content = review.content
    return content.subject is Subject.THREAT_MODEL and content.complete and content.last_day <= view.today


def _changes(view: View) -> Iterator[tuple[date, Item[Any]]]:
    """Yield what an attacker could use, with the day on which it last changed in what matters."""
    at_boundary: set[str] = set()
    for interface in view.dossier.all(Interface):
        if interface.content.crosses_boundary:
            at_boundary.add(interface.content.design)
        yield terms.changed_day(interface, view), interface
    for design in view.dossier.all(DesignElement):
        if design.id in at_boundary:
            yield terms.changed_day(design, view), design
    for item in view.dossier.all(SoftwareItem):
        yield terms.changed_day(item, view), item
    for change in view.dossier.all(ChangeRequest):
        touches = change.content.security_effect.size is not EffectSize.NONE
        if change.content.decided is ChangeDecision.DO and touches and _has_come(change, view):
            yield terms.changed_day(change, view), change


def _has_come(change: Item[ChangeRequest], view: View) -> bool:
    """Return whether a change is in the release looked at: that, or one that it descends from, brings it, or none yet."""
    brought_by = change.content.done_in
    if brought_by is None or view.release is None:
        return True
    return any(one.id == brought_by for one in terms.descent(view.release, view))


def _unsigned(view: View) -> Iterator[Pending]:
    for kind in (Threat, Element):
        for pending in view.dossier.pending(kind):
            if pending.state is not Head.WITHDRAWN:
                yield pending
