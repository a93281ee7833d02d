"""Checks of the transitional route itself: a version takes it by decision, and what it reuses holds."""

from __future__ import annotations

from typing import Any

from asepsis.checks.check import Findings, check
from asepsis.checks.quality.scope import covering
from asepsis.checks.view import View
from asepsis.quality.records import Applicability, Route
from asepsis.record.slots import SystemRole
from asepsis.record.verdict import Gap
from asepsis.sentences import Sentence

NOT_DECIDED = Sentence(
    "No applicability in force puts {release} on the transitional route.",
    next="Decide by which route {release} goes, with what shows how old its software is, and sign that.",
)
OTHER_ROUTE = Sentence(
    "{applicability} puts {release} on the route `{route}`, so Annex F does not stand for its clauses.",
    next="Decide by which route {release} goes, and sign {applicability} anew.",
)


@check("transition.reused_clauses_hold", over="product", owner=SystemRole.QUALITY, needed=True)
def the_route_is_decided(product: Any, view: View) -> Findings:
    """A version that goes by Annex F does so by an applicability in force; the clauses that it reuses then decide.

    Which of these clauses have gaps is joined to the obligation where all verdicts are known, in the assessment.

    Source: IEC 81001-5-1:2021, F.1; F.2; F.4.
    """
    found = view.dossier.all(Applicability) if view.release is None else covering(view.release, view)
    about = view.release or view.product
    if not found:
        yield Gap(about, NOT_DECIDED, release=about)
    for applicability in found:
        route = applicability.content.route
        if route is not Route.TRANSITIONAL:
            yield Gap(applicability, OTHER_ROUTE, applicability=applicability, release=about, route=route)
