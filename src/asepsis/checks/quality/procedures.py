"""Procedures: each clause has one in force, and each kind of record is made by one."""

from __future__ import annotations

from collections.abc import Iterator

from asepsis.checks import terms
from asepsis.checks.check import check
from asepsis.checks.view import View
from asepsis.quality.domain import months_after
from asepsis.quality.records import Procedure
from asepsis.record.dossier import Item
from asepsis.record.slots import SystemRole
from asepsis.record.verdict import Gap, Unknown
from asepsis.sentences import Sentence

REVIEW_MONTHS = "quality.procedure_review_months"

UNSERVED = Sentence(
    "No procedure in force serves clause {clause}, {clause_title}.",
    next="Write the procedure for {clause}, or name {clause} in the one that covers it, and have it approved.",
)
LAPSED = Sentence(
    "{procedure} serves clause {clause} and was to be reviewed by {day}; no other procedure in force serves it.",
    next="Look whether {procedure} still fits, give it a new day of review, and have it approved.",
)
REVIEWED_TOO_LATE = Sentence(
    "{procedure} is to be reviewed by {day}; your policy asks for it by {last}.",
    next="Set its day of review to {last} or earlier, and have it approved.",
)
UNKNOWN_CLAUSE = Sentence(
    "{procedure} serves {clause}, which is no clause of {edition}.", next="Correct the number in {procedure}."
)
SAME_DOCUMENT = Sentence(
    "{procedure} and {other} have the same document under different versions.",
    next="Store the document that belongs to each version.",
)
DOCUMENT_GONE = Sentence("The document of {procedure} is not stored here.", next="Store the document of {procedure}.")
UNCONTROLLED = Sentence(
    "No procedure in force makes records of the kind {kind}, and there are some.",
    next="Name {kind} among the record types of the procedure that makes them, and have it approved.",
)


@check("quality.clauses_have_procedures", over=Procedure, owner=SystemRole.QUALITY, needed=True, whole=True)
def clauses_have_procedures(procedures: tuple[Item[Procedure], ...], view: View) -> Iterator[Gap | Unknown]:
    """Each clause that is asked has a procedure in force, whose review is near enough and whose document is its own.

    Source: IEC 81001-5-1:2021, 4.1.1.
    """
    lapsed = {clause: one for one in procedures if one.content.review_by < view.today for clause in one.content.serves}
    for clause in terms.asked_clauses(view):
        if terms.procedures_of(clause.id, view):
            continue
        if (old := lapsed.get(clause.id)) is not None:
            yield Gap(old, LAPSED, procedure=old, clause=clause.id, day=old.content.review_by)
        else:
            yield Gap(view.product, UNSERVED, clause=clause.id, clause_title=clause.title)
    yield from _each_in_order(procedures, view)


def _each_in_order(procedures: tuple[Item[Procedure], ...], view: View) -> Iterator[Gap | Unknown]:
    months = view.policy.number(REVIEW_MONTHS)
    known = {clause.id for clause in view.catalogue.clauses}
    others = _by_document(procedures)
    for procedure in terms.procedures_in_force(view):
        content = procedure.content
        last = months_after(content.effective, months)
        if content.review_by > last:
            yield Gap(procedure, REVIEWED_TOO_LATE, procedure=procedure, day=content.review_by, last=last)
        for clause in dict.fromkeys(content.serves):
            if clause not in known:
                edition = view.catalogue.edition.name
                yield Gap(procedure, UNKNOWN_CLAUSE, procedure=procedure, clause=clause, edition=edition)
        versions = others[content.document.digest]
        if other := next((one for version, one in versions.items() if version != content.version), None):
            yield Gap(procedure, SAME_DOCUMENT, procedure=procedure, other=other)
        if terms.is_gone(content.document, view):
            yield Unknown(procedure, DOCUMENT_GONE, procedure=procedure)


def _by_document(procedures: tuple[Item[Procedure], ...]) -> dict[str, dict[str, Item[Procedure]]]:
    """Return, for each document, one procedure of each version that has it."""
    found: dict[str, dict[str, Item[Procedure]]] = {}
    for one in procedures:
        found.setdefault(one.content.document.digest, {}).setdefault(one.content.version, one)
    return found


@check("quality.record_types_controlled", over=Procedure, owner=SystemRole.QUALITY, needed=True, whole=True)
def record_types_are_controlled(procedures: tuple[Item[Procedure], ...], view: View) -> Iterator[Gap]:
    """Each kind of record that there is, is named by a procedure in force as one that it makes.

    Source: IEC 81001-5-1:2021, 4.1.1.
    """
    made = {name for one in terms.procedures_in_force(view) for name in one.content.record_types}
    for name in sorted(kind.__name__ for kind in view.dossier.kinds):
        if name not in made:
            yield Gap(view.product, UNCONTROLLED, kind=name)
