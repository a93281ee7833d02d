"""Assessments made up for tests: all is met, but for the obligations named."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import msgspec

from asepsis.clauses.catalogue import catalogue
from asepsis.conformance.assessment import (
    Assessment,
    ClauseVerdict,
    Moment,
    Note,
    ObligationVerdict,
    Released,
    Thing,
    as_told,
)
from asepsis.record.verdict import Verdict, joined
from tests.conformance.assessing import UNSEEN, WRONG

FINDING = Thing("f" * 32, "GW-FND-1")


def a_note(about: Thing = FINDING, *, check: str = "made.up", wrong: bool = True, **fields: Any) -> Note:
    """Return a note about a thing: a gap, or with `wrong=False` an unknown."""
    said = (WRONG if wrong else UNSEEN).said(thing=about.mention)
    return Note(check, about, as_told(said.value()), **({"owner": "quality"} | fields))


def an_assessment(
    verdicts: Mapping[str, Verdict],
    *,
    route: str = "full",
    release: Released | None = None,
    awaited: Collection[str] = (),
    changes: Mapping[str, Mapping[str, Any]] | None = None,
    recommended: bool = False,
) -> Assessment:
    """Return an assessment in which what the route asks is met, but for the obligations named, each with one note.

    `changes` gives other fields of an obligation's answer; with `recommended` what is recommended counts too.
    """
    edition = catalogue()
    asked = set(edition.route(route))
    answers: dict[str, ObligationVerdict] = {}
    for clause in edition.clauses:
        counted = {one.id for one in edition.counted(clause, recommended=recommended)}
        for one in clause.obligations:
            is_asked = clause.id in asked and one.asks
            verdict = verdicts.get(one.id, Verdict.MET) if is_asked else Verdict.NOT_ASKED
            answers[one.id] = ObligationVerdict(
                one.id,
                clause.id,
                verdict,
                counts=is_asked and one.id in counted,
                gaps=(a_note(),) if verdict is Verdict.GAP else (),
                unknowns=(a_note(wrong=False),) if verdict is Verdict.UNKNOWN and one.id not in awaited else (),
                awaited=("to.come",) if one.id in awaited else (),
            )
            if changes and one.id in changes:
                answers[one.id] = msgspec.structs.replace(answers[one.id], **changes[one.id])
    clauses = []
    for clause in edition.clauses:
        counting = [answers[one.id].verdict for one in clause.obligations if answers[one.id].counts]
        verdict = joined(counting) if counting else Verdict.NOT_ASKED
        clauses.append(ClauseVerdict(clause.id, verdict, clause.decided_by))
    return Assessment(
        v=1,
        program="0",
        edition=edition.edition.id,
        catalogue=edition.digest,
        product=Thing("p" * 32, "GW"),
        product_name="Gateway",
        time_zone="Europe/Berlin",
        route=route,
        moment=Moment(1, "0" * 64, "0" * 64, "0" * 64, "2026-11-25T12:00:00.000000Z", "2026-11-25"),
        obligations=tuple(answers.values()),
        clauses=tuple(clauses),
        release=release,
    )
