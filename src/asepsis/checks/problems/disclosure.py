"""Disclosure is prepared: a procedure covers each market's law, somebody is there for it, and it is known whom to tell."""

from __future__ import annotations

from collections.abc import Iterator

from asepsis.checks import terms
from asepsis.checks.check import check
from asepsis.checks.view import View
from asepsis.configuration.records import Fielded, Release
from asepsis.maintenance.records import Notice
from asepsis.problems.records import Advisory, AuthorityReport
from asepsis.quality import domain
from asepsis.quality.records import Appointment, Procedure, ProductProfile, Role
from asepsis.record.dossier import Item
from asepsis.record.slots import SystemRole
from asepsis.record.verdict import Gap, Unknown
from asepsis.sentences import Sentence

CLAUSE = "4.1.7"
NEEDED = frozenset(kind.__name__ for kind in (Advisory, Notice, AuthorityReport))
NO_LAW = "none"  # a market in which no law asks anything of the product

NO_PROCEDURE = Sentence(
    "No procedure in force for disclosure makes records of the kinds {kinds}.",
    next="Name {kinds} among the record types of the procedure that serves clause 4.1.7, and have it approved.",
)
FOREIGN_LAW = Sentence(
    "{profile} is sold in {country} under '{law}', whose deadlines are not known here, and no procedure names that law.",
    next="Name '{law}' in the title or notes of the procedure for disclosure there, or correct the law in {profile}.",
)
NOBODY = Sentence(
    "Nobody holds a role that acts as regulatory today, so nobody can tell authorities.",
    next="Appoint somebody to a role that acts as regulatory.",
)
NOT_FIELDED = Sentence(
    "It is not known who uses {release}, so not who has to be told.",
    next="Bring in who uses {release}; a public download is a site like any other.",
)


@check("problems.disclosure_prepared", over=ProductProfile, owner=SystemRole.REGULATORY, needed=True)
def disclosure_is_prepared(profile: Item[ProductProfile], view: View) -> Iterator[Gap | Unknown]:
    """A procedure says how to disclose in each market, a regulatory person is there, and users are known.

    A law whose deadlines are in no table here is covered where a procedure for disclosure names it.

    Source: IEC 81001-5-1:2021, 4.1.7.
    """
    procedures = terms.procedures_of(CLAUSE, view)
    made = {name for one in procedures for name in one.content.record_types}
    if lacking := sorted(NEEDED - made):
        yield Gap(profile, NO_PROCEDURE, kinds=lacking)
    told = " ".join(_said_in(one) for one in procedures)
    for market in profile.content.markets:
        law = market.law.casefold()
        if law != NO_LAW and terms.law_named(market.law) is None and law not in told:
            yield Gap(profile, FOREIGN_LAW, profile=profile, country=market.country, law=market.law)
    if not any(_acts_as_regulatory(one, view) for one in view.dossier.all(Appointment)):
        yield Gap(profile, NOBODY)
    for release in view.dossier.all(Release):
        if terms.supported(release, view) and not _is_fielded(release, view):
            yield Unknown(release, NOT_FIELDED, release=release)


def _said_in(procedure: Item[Procedure]) -> str:
    content = procedure.content
    return f"{content.title} {content.notes or ''} {content.document.shows}".casefold()


def _acts_as_regulatory(appointment: Item[Appointment], view: View) -> bool:
    role: Item[Role] | None = view.dossier.get(appointment.content.role)
    acts = role is not None and SystemRole.REGULATORY in role.content.acts_as
    return acts and domain.in_force(appointment.content, view.today)


def _is_fielded(release: Item[Release], view: View) -> bool:
    return any(one.content.release == release.id for one in view.dossier.back(release, Fielded))
