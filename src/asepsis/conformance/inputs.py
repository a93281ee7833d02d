"""What an assessment is made from, wherever its dossier comes from: the policy in force, the release, whether it is out."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from asepsis.clauses.policy import InForce, in_force
from asepsis.configuration.records import Release
from asepsis.conformance.assess import release_looked_at
from asepsis.development.records import ReleaseDecision, ReleaseOutcome
from asepsis.record.dossier import Dossier, Item
from asepsis.statements.records import Policy
from asepsis.store import refusals


def policy_of(dossier: Dossier, now: datetime, zone: str) -> InForce:
    """Return the policy in force in a dossier: the defaults, over them the organisation's, over it the product's."""
    today = now.astimezone(ZoneInfo(zone)).date()
    begun = [one for one in dossier.all(Policy) if one.content.effective <= today]
    organisation = next((one.content.settings for one in begun if one.product is None), None)
    product = next((one.content.settings for one in begun if one.product is not None), None)
    return in_force(organisation, product, time_zone=zone)


def release_of(dossier: Dossier, wanted: str | None) -> Item[Release] | None:
    """Return the release of an id or label; where none is named, the one that is looked at by itself.

    Raises `UnknownRecordError`.
    """
    if wanted is None:
        return release_looked_at(dossier)
    record = wanted if len(wanted) == 32 else dossier.labelled(wanted.upper())
    found: Item[Release] | None = dossier.get(record)
    if found is None or found.kind is not Release:
        raise refusals.UnknownRecordError(record=wanted)
    return found


def is_out(dossier: Dossier, release: Item[Release]) -> bool:
    """Return whether a decision has let a release go out."""
    return any(one.content.outcome is not ReleaseOutcome.REFUSE for one in dossier.back(release, ReleaseDecision))
