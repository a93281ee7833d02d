"""Who was there when, as a fact: from admissions, and from what a person says of who left."""

from __future__ import annotations

from datetime import date

from asepsis.store import queries, refusals
from asepsis.store.people import LeftBeforeError, take_in_people
from tests.store.conftest import Store, refused, tables


def people() -> dict[str, tuple[str, str | None]]:
    facts = queries.facts(None)
    taken = facts.get("people", "organisation")
    assert taken is not None
    document = facts.document(taken)
    assert document is not None
    return {one.id: (one.active_from, one.left_on) for one in document.people}


def test_everybody_admitted_is_there_from_that_day(store: Store) -> None:
    take_in_people(store.hand("quality"))
    assert people() == dict.fromkeys(store.people.values(), ("2026-01-05", None))


def test_the_day_is_that_of_the_organisation(store: Store) -> None:
    store.clock.now = store.clock.now.replace(hour=23, minute=30)
    late = store.admit("nina")
    take_in_people(store.hand("quality"))
    assert people()[late] == ("2026-01-06", None)


def test_who_left_stays_gone_until_somebody_says_otherwise(store: Store) -> None:
    otto = store.people["otto"]
    take_in_people(store.hand("ada"), {otto: date(2026, 1, 5)})
    store.admit("nina")
    take_in_people(store.hand("ada"))
    assert people()[otto] == ("2026-01-05", "2026-01-05")
    take_in_people(store.hand("ada"), {otto: None})
    assert people()[otto] == ("2026-01-05", None)


def test_nothing_new_is_not_written_again(store: Store) -> None:
    take_in_people(store.hand("quality"))
    before = tables()
    take_in_people(store.hand("quality"))
    assert tables() == before


def test_nobody_leaves_before_they_came(store: Store) -> None:
    with refused(LeftBeforeError):
        take_in_people(store.hand("quality"), {store.people["otto"]: date(2026, 1, 4)})


def test_nobody_leaves_who_was_never_there(store: Store) -> None:
    with refused(refusals.UnknownPersonError):
        take_in_people(store.hand("quality"), {"5" * 32: date(2026, 2, 1)})


def test_only_quality_and_management_say_who_was_there(store: Store) -> None:
    for name in ("dev", "otto"):
        with refused(refusals.NotPermittedError):
            take_in_people(store.hand(name))
