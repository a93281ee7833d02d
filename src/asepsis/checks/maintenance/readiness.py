"""Checks of the update process before there is anything to update: a procedure that ends in records, and who does it."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from asepsis.checks import terms
from asepsis.checks.check import Findings, check
from asepsis.checks.view import View
from asepsis.development.records import IntegrityManifest
from asepsis.maintenance.records import CompatibilityStatement, Notice, Update, UpdateVerification
from asepsis.quality.domain import in_force
from asepsis.quality.records import Appointment, Procedure, Role
from asepsis.record.dossier import Item
from asepsis.record.kind import Kind
from asepsis.record.slots import SystemRole
from asepsis.record.verdict import Gap
from asepsis.sentences import Sentence

NO_PROCEDURE = Sentence(
    "No procedure in force serves clause {clause}, {clause_title}.",
    next="Extend the update procedure to {clause}, and have it approved.",
)
ENDS_IN_NOTHING = Sentence(
    "{procedures} serve clause {clause} and name no record that comes of it: {kinds}.",
    next="Name {kinds} among the record types of the procedure for {clause}, and have it approved.",
)
NOBODY = Sentence(
    "Nobody who is appointed today is responsible for clause {clause}, {clause_title}.",
    next="Make a role responsible for {clause}, and appoint somebody to it.",
)

# The kinds of records in which each clause of updates ends.
ENDS_IN: Mapping[str, tuple[type[Kind], ...]] = MappingProxyType(
    {
        "6.2.2": (UpdateVerification,),
        "6.3.1": (CompatibilityStatement, Notice),
        "6.3.2": (Update,),
        "6.3.3": (IntegrityManifest,),
    }
)


@check("maintenance.update_process_ready", over=Procedure, owner=SystemRole.QUALITY, needed=True, whole=True)
def the_update_process_is_ready(procedures: tuple[Item[Procedure], ...], view: View) -> Findings:
    """For each clause on updates there is a procedure in force that ends in its records, and somebody who does it.

    Source: IEC 81001-5-1:2021, 6.2.2; 6.3.1; 6.3.2; 6.3.3.
    """
    done = {
        clause for role in view.dossier.all(Role) if _is_held(role, view) for clause in role.content.responsible_for
    }
    for number, kinds in ENDS_IN.items():
        clause = view.catalogue.clause(number)
        said: dict[str, Any] = {"clause": number, "clause_title": clause.title}
        serving = terms.procedures_of(number, view)
        made = {name for procedure in serving for name in procedure.content.record_types}
        missing = [kind.__name__ for kind in kinds if kind.__name__ not in made]
        for obligation in clause.obligations:
            if not serving:
                yield Gap(view.product, NO_PROCEDURE, **said).serving(obligation.id)
            elif missing:
                gap = Gap(serving[0], ENDS_IN_NOTHING, procedures=list(serving), clause=number, kinds=missing)
                yield gap.serving(obligation.id)
            if number not in done:
                yield Gap(view.product, NOBODY, **said).serving(obligation.id).owed(by=SystemRole.MANAGEMENT)


def _is_held(role: Item[Role], view: View) -> bool:
    return any(in_force(one.content, view.today) for one in view.dossier.back(role, Appointment))
