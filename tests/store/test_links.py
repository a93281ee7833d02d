"""Suspect links: they appear when what is rested on changed, and go when somebody looked."""

from __future__ import annotations

from typing import Any

from asepsis.configuration.records import Supplier
from asepsis.quality.records import Procedure, Role
from asepsis.record.dossier import Item
from asepsis.record.slots import Meaning
from asepsis.store import acts, queries
from asepsis.store.unsound import unsound
from tests.store.conftest import Store


def changed(store: Store, supplier: str, **fields: str) -> None:
    store.revise("dev", supplier, **(fields or {"name": "Another name"}))
    acts.submit(store.hand("dev"), [supplier])
    store.sign("quality", supplier, Meaning.REVIEWED)


def suspects(record: str, position: int | None = None) -> list[str]:
    dossier = queries.dossier(None, position)
    item: Item[Any] | None = dossier.get(record)
    assert item is not None
    found = [link.target for link in dossier.suspects(item)]
    if position is None:
        assert found == [one.target for one in unsound(None) if one.source == record and not one.broken]
    return found


def test_a_link_is_suspect_when_its_target_changed_in_what_matters(store: Store, supplier: str) -> None:
    action = store.action(supplier)
    assert suspects(action) == []
    changed(store, supplier)
    assert suspects(action) == [supplier]


def test_a_draft_of_the_target_makes_nothing_suspect(store: Store, supplier: str) -> None:
    action = store.action(supplier)
    store.revise("dev", supplier, name="Another name")
    assert suspects(action) == []


def test_another_title_makes_nothing_suspect(store: Store, supplier: str) -> None:
    action = store.action(supplier)
    changed(store, supplier, title="Another title")
    assert suspects(action) == []


def test_progress_makes_nothing_suspect_even_with_a_draft_pending(store: Store, supplier: str) -> None:
    first = store.action(supplier)
    second = store.action(first)
    store.revise("dev", first, what="Something else.")
    acts.report_progress(store.hand("dev"), first, {"done_on": "2026-01-05"}, "passphrase")
    assert suspects(second) == []


def test_a_look_heals_a_suspect_link(store: Store, supplier: str) -> None:
    action = store.action(supplier)
    changed(store, supplier)
    acts.review_links(store.hand("quality"), [(action, supplier)])
    assert suspects(action) == []


def test_a_look_at_what_was_before_the_change_heals_nothing(store: Store, supplier: str) -> None:
    action = store.action(supplier)
    before = queries.ledger().size
    changed(store, supplier)
    acts.review_links(store.hand("quality"), [(action, supplier)], seen=before)
    assert suspects(action) == [supplier]


def test_a_link_that_was_looked_at_is_suspect_again_after_the_next_change(store: Store, supplier: str) -> None:
    action = store.action(supplier)
    changed(store, supplier)
    acts.review_links(store.hand("quality"), [(action, supplier)])
    changed(store, supplier, name="Yet another name")
    assert suspects(action) == [supplier]


def test_signing_the_referring_record_again_heals_its_links(store: Store, supplier: str) -> None:
    action = store.action(supplier)
    changed(store, supplier)
    store.revise("dev", action, what="With the new name.")
    acts.submit(store.hand("dev"), [action])
    assert suspects(action) == [supplier]
    store.sign("quality", action)
    assert suspects(action) == []


def test_many_links_are_looked_at_as_one_set(store: Store, supplier: str) -> None:
    actions = [store.action(supplier) for _ in range(3)]
    changed(store, supplier)
    acts.review_links(store.hand("quality"), [(one, supplier) for one in actions])
    newest = [read for _, _, read in queries.entries(queries.ledger().size - 3)]
    assert [(read["form"], read["set"]) for read in newest] == [("looked", 3)] * 3
    assert [suspects(one) for one in actions] == [[], [], []]


def test_links_are_looked_at_by_label(store: Store, supplier: str) -> None:
    action = store.action(supplier)
    changed(store, supplier)
    acts.review_links(store.hand("quality"), [(queries.row(action).label, queries.row(supplier).label)])
    assert suspects(action) == []


def test_a_link_to_what_was_retired_is_broken(store: Store, supplier: str) -> None:
    action = store.action(supplier)
    acts.retire(store.hand("dev"), supplier, "Out of business.")
    assert not _broken(action)
    store.sign("quality", supplier, Meaning.REVIEWED)
    assert _broken(action) == [supplier]


def test_a_link_to_what_never_counted_is_broken(store: Store) -> None:
    draft = store.create("dev", Supplier)
    assert _broken(store.action(draft)) == [draft]


def _broken(record: str) -> list[str]:
    dossier = queries.dossier(None)
    item: Item[Any] | None = dossier.get(record)
    assert item is not None
    return [link.target for link in dossier.broken(item)]


def test_a_reference_that_merely_names_is_never_suspect(store: Store) -> None:
    role = store.effective("dev", Role, ("ada", Meaning.APPROVED), acts_as=["tester"])
    procedure = store.effective("dev", Procedure, ("quality", Meaning.APPROVED), review_by="2027-01-01", owner=role)
    store.revise("dev", role, acts_as=["developer"])
    acts.submit(store.hand("dev"), [role])
    store.sign("ada", role)
    assert suspects(procedure) == []


def test_what_was_suspect_at_an_entry_stays_so_for_who_asks_of_that_entry(store: Store, supplier: str) -> None:
    action = store.action(supplier)
    before = queries.ledger().size - 1
    changed(store, supplier)
    then = queries.ledger().size - 1
    acts.review_links(store.hand("quality"), [(action, supplier)])
    assert (suspects(action, before), suspects(action, then), suspects(action)) == ([], [supplier], [])


def test_a_dossier_tells_the_history_of_its_own_moment(store: Store, supplier: str) -> None:
    dossier = queries.dossier(None)
    store.revise("dev", supplier, name="Written afterwards")
    assert [one.number for one in dossier.history(supplier).revisions] == [1]
    assert [one.number for one in queries.dossier(None).history(supplier).revisions] == [1, 2]
