"""The story: the same each time, whole, in order, and with all that a demonstration has to show."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connection
from pytest_django.plugin import DjangoDbBlocker

from asepsis import example
from asepsis.record import entry
from asepsis.record.kind import KINDS
from asepsis.store import models, queries, refusals, rights, verify
from asepsis.store.rows import select
from tests.example.conftest import Example, opened, written_in


def _root(made: Example, blocker: DjangoDbBlocker) -> str:
    with opened(made.home, blocker):
        return str(models.Checkpoint.objects.order_by("-size")[0].note)


def test_the_same_seed_gives_the_same_ledger(once: Example, tmp_path: Path, django_db_blocker: DjangoDbBlocker) -> None:
    again = written_in(tmp_path, django_db_blocker)
    assert again.written == once.written
    assert _root(again, django_db_blocker) == _root(once, django_db_blocker)


def test_the_ledger_agrees_with_itself_even_when_looked_into_deeply(shown: example.Written) -> None:
    assert verify.verify(deep=True).findings == ()


def test_every_kind_has_a_record_in_force(shown: example.Written) -> None:
    there = set(models.Record.objects.filter(standing="effective").values_list("kind", flat=True))
    assert sorted(KINDS.keys() - there) == []


def test_each_way_a_record_can_end_is_there_to_see(shown: example.Written) -> None:
    states = set(models.Record.objects.values_list("head_state", "standing"))
    assert states >= {
        ("effective", "effective"),
        ("effective", "retired"),
        ("draft", "none"),
        ("rejected", "none"),
        ("withdrawn", "none"),
    }


def test_a_deputy_has_signed(shown: example.Written) -> None:
    vex = queries.history("GW-VEX-1")
    signer = queries.names()[vex.head.approvals[0].by]
    assert (vex.head_state, signer) == ("effective", "Samira Haddad")


def test_somebody_commented(shown: example.Written) -> None:
    forms = {row[0] for row in select("SELECT DISTINCT form FROM store_entry")}
    assert {"comment", "rejection", "withdrawal", "baseline", "facts"} <= forms


def test_nothing_is_later_than_the_last_day_and_time_never_goes_back(shown: example.Written) -> None:
    instants = [fields["at"] for _, _, fields in queries.entries(0, 100_000)]
    assert instants == sorted(instants)
    assert instants[-1] <= entry.instant(example.LAST)
    assert instants[0] < "2024-07-02"


def test_no_day_in_a_record_is_later_than_the_clock_said_when_it_was_written(shown: example.Written) -> None:
    told = (
        "on", "held_on", "started_on", "concluded_on", "evaluated_on", "accepted_on", "assessed_on", "answered_on", "done_on",
        "effect_checked_on", "created", "custody_checked_on", "tried_on", "sent_on", "published_on", "closed_on",
        "available_on", "acknowledged_on", "received_on", "noticed_on", "aware_on", "last_day",
    )  # fmt: skip
    late = []
    for _, _, fields in queries.entries(0, 100_000):
        if fields["form"] == "revision":
            value = queries.value_of(fields["content"]) or {}
            late += [
                (value["title"], name, value[name])
                for name in told
                if str(value.get(name, ""))[:10] > fields["at"][:10]
            ]
    assert late == []


def test_it_says_for_ever_that_it_is_a_demonstration(shown: example.Written) -> None:
    assert queries.ledger().origin == "demonstration"
    assert {fields["how"] for _, _, fields in queries.entries(0, 100_000) if fields["form"] == "approval"} == {
        "demonstration",
        "copy",  # what was signed on paper before
    }


def test_a_weakness_is_kept_among_few_until_a_researcher_speaks_of_it(shown: example.Written) -> None:
    withheld = list(models.Record.objects.filter(embargoed=True).order_by("kind"))
    assert [one.kind for one in withheld] == ["Investigation", "Report", "Vulnerability"]
    seers = {name for person, name in queries.names().items() if _sees(withheld[0].id, person)}
    assert seers == {"Jonas Feld", "Tomasz Wierzba", "Samira Haddad"}


def _sees(record: str, person: str) -> bool:
    persons: frozenset[str] | list[str] = queries.history(record).persons or frozenset()
    return person in persons or rights.sees_all(rights.held_by(person, "2026-07-01"), queries.row(record).product)


def test_what_was_signed_on_paper_came_in_as_one_set_that_quality_signed(shown: example.Written) -> None:
    copies = [fields for _, _, fields in queries.entries(0, 100_000) if fields.get("how") == "copy"]
    signed = models.Record.objects.filter(head_name__in=[fields["revision"] for fields in copies])
    assert {one.kind for one in signed} == {"Audit", "Qualification", "Training"}
    assert {fields["set"] for fields in copies} == {4}
    assert {queries.names()[fields["by"]] for fields in copies} == {"Ruben Achterberg"}


def test_progress_is_told_day_by_day_to_the_last(tmp_path: Path, django_db_blocker: DjangoDbBlocker) -> None:
    told: list[tuple[int, int]] = []
    with opened(tmp_path, django_db_blocker):
        call_command("migrate", verbosity=0)
        example.write(tmp_path, seed=b"seen", progress=lambda done, days: told.append((done, days)))
        behind = datetime.now(UTC) - queries.now(datetime.now(UTC))
    assert told == [(done, told[-1][1]) for done in range(1, told[-1][1] + 1)]
    assert abs((datetime.now(UTC) - behind - example.LAST).total_seconds()) < 600


def test_it_is_never_written_over_a_ledger(once: Example, shown: example.Written) -> None:
    size = queries.ledger().size
    with pytest.raises(refusals.FoundedAlreadyError):
        example.write(once.home, offset_days=0, seed=b"another")
    connection.rollback()
    assert queries.ledger().size == size
