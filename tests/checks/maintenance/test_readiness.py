"""The update process before there is anything to update."""

from __future__ import annotations

from typing import Any

import pytest

from asepsis.checks.maintenance import readiness
from asepsis.conformance import run
from asepsis.quality.records import Appointment, Procedure, Role
from tests.dossiers import ORGANISATION, Cast, Story, breaks, keeps, run_check

READY = "maintenance.update_process_ready"
KINDS = {
    "6.2.2": ["UpdateVerification"],
    "6.3.1": ["CompatibilityStatement", "Notice"],
    "6.3.2": ["Update"],
    "6.3.3": ["IntegrityManifest"],
}
COUNT = {"6.2.2": 3, "6.3.1": 3, "6.3.2": 1, "6.3.3": 1}


class Ready(Story):
    """A procedure for each clause on updates, and a role that does them."""

    def __init__(self) -> None:
        super().__init__()
        self.procedures = {clause: self.procedure(clause) for clause in KINDS}
        self.role = self.add(Role, responsible_for=list(KINDS))
        self.appointment = self.add(
            Appointment, role=self.role, person=Cast.TESTER, since="2026-01-01", owned_by=ORGANISATION
        )

    def procedure(self, clause: str, **fields: Any) -> str:
        given = {
            "serves": [clause],
            "record_types": KINDS[clause],
            "effective": "2026-01-05",
            "review_by": "2026-11-25",
        }
        return self.add(Procedure, **(given | fields))


@keeps(READY)
@breaks(READY)
@pytest.mark.parametrize("clause", KINDS)
def test_each_clause_on_updates_has_a_procedure_in_force(clause: str) -> None:
    story = Ready()
    assert run_check(READY, story, today="2026-11-25").kept
    story.revise(story.procedures[clause], review_by="2026-11-24")
    said = run_check(READY, story, today="2026-11-25")
    assert said.sentences == [readiness.NO_PROCEDURE] * COUNT[clause]
    assert [one.obligation for one in said.gaps] == [f"{clause}-{number + 1}" for number in range(COUNT[clause])]


@breaks(READY)
@pytest.mark.parametrize(("clause", "kind"), [(clause, kind) for clause, kinds in KINDS.items() for kind in kinds])
def test_a_procedure_ends_in_the_records_of_its_clause(clause: str, kind: str) -> None:
    story = Ready()
    story.revise(story.procedures[clause], record_types=[one for one in KINDS[clause] if one != kind])
    said = run_check(READY, story)
    assert said.sentences == [readiness.ENDS_IN_NOTHING] * COUNT[clause]
    story.procedure(clause, record_types=[kind])
    assert run_check(READY, story).kept


@breaks(READY)
def test_somebody_who_is_appointed_does_it() -> None:
    story = Ready()
    story.revise(story.appointment, until="2026-11-24")
    assert run_check(READY, story, today="2026-11-24").kept
    assert run_check(READY, story, today="2026-11-25").sentences == [readiness.NOBODY] * sum(COUNT.values())
    story.retire(story.role)
    assert readiness.NOBODY in run_check(READY, story, today="2026-11-24").sentences


def test_without_procedures_there_is_a_gap() -> None:
    assert run_check(READY, Story()).sentences == [run.NOTHING]
