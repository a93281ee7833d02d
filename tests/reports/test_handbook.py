"""The handbook of clauses: whole, true to the program, and as it lies in docs/clauses."""

from __future__ import annotations

from pathlib import Path

import pytest

from asepsis.checks import all as all_checks
from asepsis.checks.check import CHECKS
from asepsis.clauses.catalogue import catalogue
from asepsis.reports.handbook import pages, rests_on

DOCS = Path(__file__).resolve().parents[2] / "docs" / "clauses"


@pytest.fixture(scope="module")
def made() -> dict[str, str]:
    import asepsis.processes

    asepsis.processes.load()
    return pages(catalogue())


def test_each_clause_has_its_page(made: dict[str, str]) -> None:
    assert {f"{clause.id}.md" for clause in catalogue().clauses} <= made.keys()


def test_the_pages_in_docs_are_those_that_the_program_makes(made: dict[str, str]) -> None:
    kept = {file.name: file.read_text(encoding="utf-8") for file in DOCS.glob("*.md")}
    stale = sorted(name for name in made.keys() | kept.keys() if made.get(name) != kept.get(name))
    assert not stale, f"run `make handbook`: {', '.join(stale)}"


def test_a_page_names_every_obligation_and_every_check_of_its_clause(made: dict[str, str]) -> None:
    for clause in catalogue().clauses:
        page = made[f"{clause.id}.md"]
        for obligation in clause.obligations:
            assert f"**{obligation.id}**" in page
            assert all(f"`{check}`" in page for check in obligation.checks)


def test_each_line_that_software_can_check_stands_in_the_table(made: dict[str, str]) -> None:
    lines = sum(len(clause.software_checks) for clause in catalogue().clauses)
    assert made["checks.md"].count("\n| ") == lines + 1


def test_what_a_check_reads_is_found_in_its_code() -> None:
    all_checks.load()
    found = rests_on("quality.roles_held_today")
    assert "Appointment" in found.kinds
    assert found.facts == ("people",)


def test_each_check_goes_through_something_that_its_page_names() -> None:
    all_checks.load()
    for identity, check in CHECKS.items():
        found = rests_on(identity)
        assert check.over == "product" or check.over_name in (*found.kinds, *found.facts), identity
