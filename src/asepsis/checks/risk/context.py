"""Checks of the security context: it follows from the product's profile, and leaves out nothing that the profile names."""

from __future__ import annotations

from collections.abc import Iterator

from asepsis.checks.check import Findings, check
from asepsis.checks.view import View
from asepsis.quality.records import ProductProfile, Reach
from asepsis.record.dossier import Item
from asepsis.record.slots import SystemRole
from asepsis.record.verdict import Gap
from asepsis.risk.records import Asset, Assumption, Element, Reachable, SecurityContext, SystemModel
from asepsis.sentences import Sentence

NO_CONTEXT = Sentence(
    "No security context of {profile} is in force.", next="Describe the surroundings that the product is made for."
)
PROFILE_CHANGED = Sentence(
    "{profile} changed after {context} was signed.",
    next="Look whether {context} still fits {profile}, and sign it again.",
)
FUNCTION_NOT_AT_RISK = Sentence(
    "The essential function '{function}' of {profile} is in no security context, and no assumption says why.",
    next="Name '{function}' in the context in which an attack could take it away, or write the assumption that it cannot.",
)
FUNCTION_NO_ASSET = Sentence(
    "The essential function '{function}' of {profile} is named by no asset.",
    next="Write the asset that carries '{function}'.",
)
ASSET_NOWHERE = Sentence(
    "{asset}, which carries the essential function '{function}', is held by no element of the system model.",
    next="Name {asset} in the element that holds it.",
)
USER_FORGOTTEN = Sentence(
    "'{user}', whom {profile} names, is a user in no security context.",
    next="Name '{user}' in the context in which they use, run or service the product.",
)
NOT_REACHED = Sentence(
    "{profile} says that the product is reachable from {reach}, and no element of the model is reachable from outside.",
    next="Show in the system model where the product is reached from outside.",
)
MODEL_ON_OLD_CONTEXT = Sentence(
    "{context} changed after {model} was signed.",
    next="Look whether {model} still holds in {context}, and sign it again.",
)
NARROWER = Sentence(
    "{profile} says that the product is reachable from {reach}; no security context goes as far.",
    next="Describe the deployment that {profile} allows and no context has.",
)
OUTSIDE = (Reachable.EXTERNAL, Reachable.BOTH)
NETWORKS = (Reach.INTERNET, Reach.HOSPITAL_NETWORK)
WIDEST_FIRST = tuple(Reach)


def is_the_profile(profile: Item[ProductProfile], view: View) -> bool:
    """Return whether it is the product's profile in force."""
    return profile is view.dossier.single(ProductProfile)


@check("risk.context_follows_profile", over=ProductProfile, owner=SystemRole.SECURITY, needed=True, when=is_the_profile)
def the_context_follows_the_profile(profile: Item[ProductProfile], view: View) -> Findings:
    """What the profile says of essential functions, users and reach is found again in context, assets and model.

    Source: IEC 81001-5-1:2021, 4.2.
    """
    contexts = view.dossier.all(SecurityContext)
    if not contexts:
        yield Gap(profile, NO_CONTEXT, profile=profile)
        return
    yield from _on_this_profile(profile, contexts, view)
    yield from _functions_at_risk(profile, contexts, view)
    carried: dict[str, list[Item[Asset]]] = {}
    for asset in view.dossier.all(Asset):
        if asset.content.essential_function is not None:
            carried.setdefault(asset.content.essential_function, []).append(asset)
    for line in profile.content.essential_functions:
        assets = carried.get(line.what, [])
        if not assets:
            yield Gap(profile, FUNCTION_NO_ASSET, function=line.what, profile=profile)
        elif not any(asset.id in one.content.assets for asset in assets for one in view.dossier.back(asset, Element)):
            yield Gap(assets[0], ASSET_NOWHERE, asset=assets[0], function=line.what)
    there = {user for context in contexts for user in context.content.users}
    for actor in profile.content.users:
        if actor.who not in there:
            yield Gap(profile, USER_FORGOTTEN, user=actor.who, profile=profile)
    reach = profile.content.reachable
    if reach in NETWORKS and not any(one.content.reachable in OUTSIDE for one in view.dossier.all(Element)):
        yield Gap(profile, NOT_REACHED, profile=profile, reach=reach)


def _on_this_profile(
    profile: Item[ProductProfile], contexts: tuple[Item[SecurityContext], ...], view: View
) -> Iterator[Gap]:
    for context in contexts:
        if view.dossier.suspect(context, "profile"):
            yield Gap(context, PROFILE_CHANGED, profile=profile, context=context)


def _functions_at_risk(
    profile: Item[ProductProfile], contexts: tuple[Item[SecurityContext], ...], view: View
) -> Iterator[Gap]:
    at_risk = {function for context in contexts for function in context.content.essential_functions_at_risk}
    for line in profile.content.essential_functions:
        if line.what not in at_risk and not _is_assumed_away(line.what, contexts, view):
            yield Gap(profile, FUNCTION_NOT_AT_RISK, function=line.what, profile=profile)


def _is_assumed_away(function: str, contexts: tuple[Item[SecurityContext], ...], view: View) -> bool:
    """Return whether an assumption about a context speaks of a function, by its words."""
    return any(
        context.id in one.content.about and function.casefold() in one.content.statement.casefold()
        for context in contexts
        for one in view.dossier.back(context, Assumption)
    )


@check("risk.context_complete", over=SecurityContext, owner=SystemRole.SECURITY, needed=True, whole=True)
def the_context_is_complete(contexts: tuple[Item[SecurityContext], ...], view: View) -> Findings:
    """The security contexts together cover each deployment and each essential function, and the model rests on them.

    That each aspect of a context is written out is refused otherwise by the kind itself.

    Source: IEC 81001-5-1:2021, 7.1.2.
    """
    profile = view.dossier.single(ProductProfile)
    if profile is not None:
        yield from _on_this_profile(profile, contexts, view)
        yield from _functions_at_risk(profile, contexts, view)
        widest = min(WIDEST_FIRST.index(context.content.exposure) for context in contexts)
        if widest > WIDEST_FIRST.index(profile.content.reachable):
            yield Gap(profile, NARROWER, profile=profile, reach=profile.content.reachable)
    for model in view.dossier.all(SystemModel):
        context: Item[SecurityContext] | None = view.dossier.get(model.content.context)
        if context is not None and view.dossier.suspect(model, "context"):
            yield Gap(model, MODEL_ON_OLD_CONTEXT, context=context, model=model)
