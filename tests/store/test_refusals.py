"""Each reason why the door stays shut, met from outside; after each of them nothing at all was saved."""

from __future__ import annotations

import inspect
import sqlite3
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection

from asepsis.configuration.records import Supplier
from asepsis.errors import AsepsisError
from asepsis.exchange.facts import Feeds, document_bytes
from asepsis.problems.records import CaseNote
from asepsis.quality.records import (
    Appointment,
    ImprovementAction,
    Nonconformity,
    Procedure,
    ProductProfile,
    QualitySystem,
)
from asepsis.record.kind import IncompleteError, UnknownKindError
from asepsis.record.slots import Meaning, SystemRole
from asepsis.store import acts, faults, keys, queries, refusals, withholding
from asepsis.store.changes import (
    INSTALLATION,
    LATEST,
    Actor,
    Admit,
    Approve,
    Comment,
    FoundLedger,
    FoundProduct,
    MarkBaseline,
    Signed,
    Submit,
    TakeIn,
    Token,
    Write,
)
from asepsis.store.models import Record
from tests.kinds import smallest
from tests.store import engine
from tests.store.conftest import Store, refused, tables

SUPPLIER = smallest(Supplier)


def test_every_refusal_is_met_by_a_test() -> None:
    told = "".join(file.read_text(encoding="utf-8") for file in sorted(Path(__file__).parent.glob("test_*.py")))
    known = [
        name for name, one in vars(refusals).items() if inspect.isclass(one) and one.__module__ == refusals.__name__
    ]
    assert known
    assert not [name for name in known if f"refused(refusals.{name}" not in told]


@pytest.mark.skipif(engine.ADDRESS is None, reason="SQLite keeps every character")
def test_a_character_that_the_database_cannot_hold_is_refused(store: Store) -> None:
    with refused(refusals.UnkeptValueError), faults.told("here"):
        Record.objects.filter(label="\0").exists()


# --- the ledger itself ------------------------------------------------------------------------------------------------


@engine.only_sqlite
def test_where_no_store_is_nothing_is_read_or_written(empty: Path) -> None:
    connection.close()
    connection.settings_dict["NAME"] = empty / "none.sqlite3"
    with pytest.raises(refusals.NotFoundedError):
        acts.Hand(Actor("1" * 32), Store(empty).clock).commit([Comment("0" * 32, "Hello.")])
    with pytest.raises(refusals.NotFoundedError):
        queries.ledger()


def test_an_empty_store_takes_nothing_but_its_founding(empty: Path) -> None:
    hand = acts.Hand(Actor("1" * 32), Store(empty).clock)
    with refused(refusals.NotFoundedError):
        hand.commit([Comment("0" * 32, "Hello.")])


def test_a_ledger_is_founded_once(store: Store) -> None:
    with refused(refusals.FoundedAlreadyError):
        acts.found_ledger(store.home, acts.First("Eve"), time_zone="UTC", clock=store.clock)
    with refused(refusals.FoundedAlreadyError):
        store.hand("ada").commit([FoundLedger("0" * 64, "UTC")])


def test_a_time_zone_exists(empty: Path) -> None:
    with refused(refusals.UnknownZoneError):
        acts.found_ledger(empty, acts.First("Eve"), time_zone="Atlantis/Harbour", clock=Store(empty).clock)


def test_time_never_goes_back(store: Store) -> None:
    store.clock.now -= timedelta(days=1)
    with refused(refusals.ClockBackError):
        store.create("dev", Supplier)


def test_the_same_instant_is_not_before(store: Store) -> None:
    store.clock.now -= timedelta(minutes=1)
    assert store.create("dev", Supplier)


@engine.only_sqlite
def test_whoever_waits_too_long_is_told(store: Store) -> None:
    connection.close()
    before = connection.settings_dict["OPTIONS"]["timeout"]
    other = sqlite3.connect(store.file, isolation_level=None)
    try:
        connection.settings_dict["OPTIONS"]["timeout"] = 0.01
        other.execute("BEGIN IMMEDIATE")
        with refused(refusals.BusyError):
            store.create("dev", Supplier)
        other.execute("ROLLBACK")
        assert store.create("dev", Supplier)
    finally:
        connection.settings_dict["OPTIONS"]["timeout"] = before
        other.close()


@engine.only_sqlite
def test_a_full_disk_is_told(store: Store) -> None:
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA page_count")
        cursor.execute(f"PRAGMA max_page_count = {cursor.fetchone()[0]}")
    with refused(refusals.StoreFaultError, "full"):
        store.create("dev", Supplier, notes="x" * 40_000)


def test_another_key_signs_nothing(store: Store) -> None:
    (store.home / keys.FILE).unlink()
    keys.make(store.home, bytes(32))
    with refused(keys.KeyAbsentError, "not the key of this ledger"):
        store.create("dev", Supplier)


def test_without_the_key_nothing_is_written(store: Store) -> None:
    keys.load.cache_clear()
    (store.home / keys.FILE).unlink()
    with refused(keys.KeyAbsentError):
        store.create("dev", Supplier)


def test_what_has_not_come_yet_has_not_happened(store: Store) -> None:
    """The day of the entry holds, where the organisation is; a day that is planned may lie ahead."""
    today = store.clock.now.date()
    ahead = (today + timedelta(days=1)).isoformat()
    supplier = store.create("dev", Supplier)
    for name in ("done_on", "effect_checked_on"):
        with refused(refusals.FutureDayError, name):
            store.create("dev", ImprovementAction, because=[supplier], **{name: ahead})
    assert store.create("dev", ImprovementAction, because=[supplier], done_on=today.isoformat(), due=ahead)


def test_an_instant_that_has_not_come_yet_is_refused_too(store: Store) -> None:
    now, supplier = store.clock.now, store.create("dev", Supplier)
    for ahead, field in ((timedelta(minutes=5), "at"), (timedelta(days=2), "at")):
        with refused(refusals.FutureDayError, field):
            store.create("dev", CaseNote, about=[supplier], at=f"{now + ahead:%Y-%m-%dT%H:%M:%S.%fZ}")
    assert store.create("dev", CaseNote, about=[supplier], at=f"{now:%Y-%m-%dT%H:%M:%S.%fZ}")


# --- who may ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["found", "admit", "write", "submit", "comment", "facts", "baseline", "approve"])
def test_who_holds_no_role_does_nothing(store: Store, supplier: str, name: str) -> None:
    draft, waiting = store.create("dev", Supplier), _submitted(store)
    otto = store.hand("otto")
    facts = document_bytes(Feeds("2026-01-01T00:00:00Z", ()))
    deeds: dict[str, Callable[[], object]] = {
        "found": lambda: acts.found_product(otto, "OT", "Otto's"),
        "admit": lambda: acts.admit(otto, "Friend", "known"),
        "write": lambda: acts.create(otto, Supplier, SUPPLIER, None),
        "submit": lambda: acts.submit(otto, [draft]),
        "comment": lambda: acts.comment(otto, supplier, "I was here."),
        "facts": lambda: acts.take_in(otto, [TakeIn("feeds", "organisation", facts, None, "0" * 64, None)]),
        "baseline": lambda: acts.make_baseline(otto, store.product),
        "approve": lambda: store.sign("otto", waiting, Meaning.REVIEWED),
    }
    with refused(refusals.NoSuchSlotError if name == "approve" else refusals.NotPermittedError):
        deeds[name]()


def _submitted(store: Store) -> str:
    record = store.create("dev", Supplier)
    acts.submit(store.hand("dev"), [record])
    return record


def test_a_role_for_one_product_gives_nothing_for_another(store: Store) -> None:
    store.admit("pia")
    store.holds("pia", SystemRole.QUALITY, product=store.product)
    acts.comment(store.hand("pia"), store.create("dev", ProductProfile, product=store.product), "Seen.")
    elsewhere = store.create("dev", ProductProfile, product=store.other)
    with refused(refusals.NotPermittedError):
        acts.comment(store.hand("pia"), elsewhere, "Seen.")
    with refused(refusals.NotPermittedError):
        acts.create(store.hand("pia"), Supplier, SUPPLIER, None)


def test_a_revision_that_is_not_there_says_nothing(store: Store, supplier: str) -> None:
    row = queries.row(supplier)
    assert queries.said(row, 0) == {}
    assert queries.said(row, 1)["name"]
    for number in (-1, 2):
        with refused(refusals.UnknownRevisionError):
            queries.said(row, number)


def test_what_was_erased_is_told_and_not_taken_for_nothing(store: Store, supplier: str) -> None:
    asked = withholding.ask_erasure(store.hand("quality"), supplier, "court-order")
    withholding.redact(store.hand("ada"), asked)
    with refused(refusals.ErasedError):
        queries.said(queries.row(supplier), 1)


def test_a_token_signs_nothing_whoever_holds_it(store: Store) -> None:
    waiting = _submitted(store)
    by_token = acts.Hand(
        Actor(store.people["quality"], token=Token("0" * 16, "CI")), store.clock, store.chance.salt, store.chance.id
    )
    signing = Approve(waiting, queries.row(waiting).head_name, Meaning.REVIEWED, Signed("passphrase"))
    with refused(refusals.TokenSignsNothingError):
        by_token.commit([signing])
    assert store.hand("quality").commit([signing]).outcomes


def test_a_token_of_one_product_reaches_no_other(store: Store) -> None:
    own = store.create("dev", ProductProfile, product=store.product)
    elsewhere = store.create("dev", ProductProfile, product=store.other)
    actor = Actor(store.people["dev"], token=Token("0" * 16, "CI"), within=store.product)
    bound = acts.Hand(actor, store.clock, store.chance.salt, store.chance.id)
    acts.comment(bound, own, "Seen.")
    with refused(refusals.TokenBoundError):
        acts.comment(bound, elsewhere, "Seen.")


def test_an_appointment_counts_from_its_first_to_its_last_day(store: Store) -> None:
    row = queries.row(next(iter(_appointments_of(store, "dev"))))
    value = {**(queries.effective_value(row) or {}), "until": "2026-01-06"}
    acts.revise(store.hand("ada"), row.id, value)
    acts.submit(store.hand("ada"), [row.id])
    store.sign("ada", row.id)
    store.clock.now = store.clock.now.replace(day=6, hour=22, minute=50)  # 23:51 in Zurich: still the last day
    store.create("dev", Supplier)
    store.clock.now = store.clock.now.replace(hour=23, minute=0)  # 00:01 of the next day there
    with refused(refusals.NotPermittedError):
        store.create("dev", Supplier)


def _appointments_of(store: Store, name: str) -> list[str]:
    found = Record.objects.filter(kind=Appointment.__name__, who=store.people[name])
    return [one.id for one in found]


def test_who_is_not_admitted_does_not_sign(store: Store) -> None:
    record = _submitted(store)
    stranger = acts.Hand(Actor("5" * 32), store.clock)
    with refused(refusals.LateAppointmentError):
        acts.approve(stranger, [record], Meaning.REVIEWED, Signed("passphrase"))


def test_a_signature_of_a_demonstration_is_not_taken_elsewhere(store: Store) -> None:
    record = _submitted(store)
    with refused(refusals.DemonstrationError):
        acts.approve(store.hand("quality"), [record], Meaning.REVIEWED, Signed("demonstration"))


def test_the_installation_takes_facts_in_and_writes_nothing(store: Store) -> None:
    hand = acts.Hand(Actor(INSTALLATION), store.clock)
    with refused(refusals.NotPermittedError):
        acts.create(hand, Supplier, SUPPLIER, None)
    facts = document_bytes(Feeds("2026-01-01T00:00:00Z", ()))
    assert acts.take_in(hand, [TakeIn("feeds", "organisation", facts, None, "0" * 64, None)]).outcomes[0].position > 0


def test_who_may_import_facts_does_not_bring_what_the_store_knows(store: Store) -> None:
    with refused(refusals.NotPermittedError):
        acts.take_in(store.hand("dev"), [TakeIn("people", "organisation", b"{}", None, "0" * 64, None)])


# --- names that are nobody's ------------------------------------------------------------------------------------------


def test_only_who_is_admitted_gets_another_card(store: Store) -> None:
    with refused(refusals.UnknownPersonError):
        acts.rename(store.hand("ada"), "5" * 32, "Nobody", "not at all")


def test_an_id_is_used_once(store: Store) -> None:
    with refused(refusals.TakenIdError):
        store.hand("ada").commit([Admit(store.people["otto"], {"name": "Otto II", "checked": "no"})])
    with refused(refusals.TakenIdError):
        store.hand("ada").commit([FoundProduct(store.product, "ZZ", "Zebra")])


def test_an_unknown_record_is_told(store: Store) -> None:
    with refused(refusals.UnknownRecordError):
        acts.comment(store.hand("dev"), "ORG-SUP-99", "Hello?")
    with refused(refusals.UnknownRecordError):
        store.hand("dev").commit([Submit("9" * 32)])


def test_an_unknown_product_is_told(store: Store) -> None:
    with refused(refusals.UnknownProductError):
        store.hand("ada").commit([Write("9" * 32, "ProductProfile", smallest(ProductProfile), "8" * 32)])


def test_a_code_is_one_products_only(store: Store) -> None:
    for code in ("GW", "ORG"):
        with refused(refusals.TakenCodeError):
            acts.found_product(store.hand("ada"), code, "Another")
    with refused(refusals.TakenCodeError):
        store.hand("ada").commit([FoundProduct("1" * 32, "AA", "One"), FoundProduct("2" * 32, "AA", "Two")])


def test_an_unknown_kind_is_told(store: Store) -> None:
    with refused(UnknownKindError):
        store.hand("dev").commit([Write("9" * 32, "Unicorn", {"title": "One"}, None)])


# --- what is written --------------------------------------------------------------------------------------------------


def test_a_value_of_another_type_is_no_draft(store: Store) -> None:
    with refused(IncompleteError):
        store.create("dev", Supplier, name=["not", "a", "text"])


def test_an_incomplete_draft_is_kept_and_not_submitted(store: Store) -> None:
    record, _ = acts.create(store.hand("dev"), Supplier, {"title": "Just begun"}, None)
    with refused(IncompleteError, "contact is missing"):
        acts.submit(store.hand("dev"), [record])


def test_who_revises_saw_the_newest_revision(store: Store, supplier: str) -> None:
    seen = queries.row(supplier).head_name
    store.revise("dev", supplier, name="Another")
    with refused(refusals.StaleHeadError):
        acts.revise(store.hand("dev"), supplier, SUPPLIER, before=seen)


def test_a_record_is_begun_once(store: Store, supplier: str) -> None:
    with refused(refusals.StaleHeadError):
        store.hand("dev").commit([Write(supplier, "Supplier", SUPPLIER, None)])


def test_latest_is_what_this_commit_made(store: Store, supplier: str) -> None:
    with refused(refusals.StaleHeadError):
        store.hand("dev").commit([Write(supplier, "Supplier", {**SUPPLIER, "name": "Z"}, None, LATEST)])


def test_a_revision_says_something_new(store: Store, supplier: str) -> None:
    with refused(refusals.NothingNewError):
        acts.revise(store.hand("dev"), supplier, SUPPLIER)


def test_progress_says_something_new(store: Store, supplier: str) -> None:
    action = store.action(supplier, done_on="2026-01-05")
    with refused(refusals.NothingNewError):
        acts.report_progress(store.hand("dev"), action, {"done_on": "2026-01-05"}, "passphrase")


def test_what_was_signed_is_no_progress(store: Store, supplier: str) -> None:
    action = store.action(supplier)
    with refused(refusals.NotProgressError, "what"):
        acts.report_progress(store.hand("dev"), action, {"what": "Something else."}, "passphrase")


def test_a_kind_of_the_organisation_is_no_products(store: Store) -> None:
    with refused(refusals.WrongScopeError, "the organisation"):
        store.create("dev", Supplier, product=store.product)
    with refused(refusals.WrongScopeError, "a product"):
        store.create("dev", ProductProfile)


def test_a_single_kind_exists_once(store: Store) -> None:
    first = store.create("dev", QualitySystem)
    with refused(refusals.SecondSingleError):
        store.create("dev", QualitySystem, title="Another")
    acts.withdraw(store.hand("dev"), first, "Begun by mistake.")
    store.create("dev", QualitySystem, title="Another")
    with refused(refusals.SecondSingleError):
        store.revise("dev", first, title="Back again")


def test_a_single_kind_exists_once_for_each_product(store: Store) -> None:
    store.create("dev", ProductProfile, product=store.product)
    store.create("dev", ProductProfile, product=store.other)
    with refused(refusals.SecondSingleError):
        store.create("dev", ProductProfile, product=store.other)


# --- what is referred to ----------------------------------------------------------------------------------------------


def test_a_reference_names_a_record_that_is_here(store: Store) -> None:
    with refused(refusals.ForeignTargetError, "is not here"):
        store.create("dev", ImprovementAction, because=["9" * 32])


def test_a_reference_names_a_record_of_the_kind_that_it_takes(store: Store, supplier: str) -> None:
    with refused(refusals.ForeignTargetError, "of another kind"):
        store.create("dev", Procedure, owner=supplier)


def test_a_record_refers_to_no_other_product(store: Store) -> None:
    theirs = store.create("dev", ProductProfile, product=store.other)
    with refused(refusals.ForeignTargetError, "another product"):
        store.create("dev", ImprovementAction, product=store.product, because=[theirs])
    with refused(refusals.ForeignTargetError, "belongs to a product"):
        store.create("dev", ImprovementAction, because=[theirs])


def test_an_open_record_does_not_refer_to_a_withheld_one(store: Store) -> None:
    secret, label = acts.create(
        store.hand("sam"), Nonconformity, smallest(Nonconformity), store.product, persons=(store.people["sam"],)
    )
    with refused(refusals.ForeignTargetError, "is withheld"):
        store.create("sam", ImprovementAction, product=store.product, because=[secret])
    with refused(refusals.ForeignTargetError, "is not here"):
        store.create("dev", ImprovementAction, product=store.product, because=[secret])
    assert label[:7] == "GW-NCN-"
    assert label[7].isalpha()


def test_a_withheld_record_is_not_there_for_others(store: Store) -> None:
    secret, _ = acts.create(
        store.hand("sam"), Nonconformity, smallest(Nonconformity), store.product, persons=(store.people["sam"],)
    )
    with refused(refusals.UnknownRecordError):
        store.hand("dev").commit([Comment(secret, "What is this?")])
    acts.comment(store.hand("sue"), secret, "Security sees it.")


# --- states -----------------------------------------------------------------------------------------------------------


def test_what_is_submitted_is_not_submitted_again(store: Store) -> None:
    record = _submitted(store)
    with refused(refusals.WrongStateError):
        acts.submit(store.hand("dev"), [record])


def test_the_submitter_saw_the_newest_revision(store: Store) -> None:
    record = store.create("dev", Supplier)
    with refused(refusals.StaleHeadError):
        store.hand("dev").commit([Submit(record, revision="0" * 64)])


def test_a_draft_is_not_signed(store: Store) -> None:
    record = store.create("dev", Supplier)
    with refused(refusals.NotSubmittedError):
        store.sign("quality", record, Meaning.REVIEWED)
    with refused(refusals.NotSubmittedError):
        acts.reject(store.hand("quality"), record, "Not yet.")


def test_who_signs_saw_the_newest_revision(store: Store) -> None:
    record = _submitted(store)
    seen = queries.row(record).head_name
    store.revise("dev", record, name="Another")
    acts.submit(store.hand("dev"), [record])
    with refused(refusals.StaleHeadError):
        acts.approve(store.hand("quality"), [record], Meaning.REVIEWED, Signed("passphrase"), revisions={record: seen})


def test_a_signature_says_what_is_asked_for(store: Store) -> None:
    record = _submitted(store)
    with refused(refusals.NoSuchSlotError, "reviewed by quality"):
        store.sign("quality", record, Meaning.APPROVED)


def test_who_signs_holds_the_role(store: Store) -> None:
    record = _submitted(store)
    with refused(refusals.NoSuchSlotError):
        store.sign("tess", record, Meaning.REVIEWED)
    with refused(refusals.NotPermittedError):
        acts.reject(store.hand("tess"), record, "I do not like it.")


def test_an_author_is_not_the_second_pair_of_eyes(store: Store) -> None:
    record = store.create("quality", Procedure)
    acts.submit(store.hand("quality"), [record])
    with refused(refusals.OwnWorkError):
        store.sign("quality", record)


def test_what_is_rested_on_became_another_since(store: Store, supplier: str) -> None:
    action = store.create("dev", ImprovementAction, because=[supplier])
    acts.submit(store.hand("dev"), [action])
    seen = queries.ledger().size
    store.revise("dev", supplier, name="Another")
    acts.submit(store.hand("dev"), [supplier])
    store.sign("quality", supplier, Meaning.REVIEWED)
    with refused(refusals.MovedGroundError):
        store.sign("quality", action, seen=seen)
    store.sign("quality", action, seen=queries.ledger().size)


def test_one_record_of_the_same_set_does_not_hide_that_another_moved(store: Store, supplier: str) -> None:
    second = store.effective("dev", Supplier, ("quality", Meaning.REVIEWED))
    action = store.create("dev", ImprovementAction, because=[second, supplier])
    acts.submit(store.hand("dev"), [action])
    seen = queries.ledger().size
    store.revise("dev", supplier, name="Another")
    store.revise("dev", second, name="Yet another")
    acts.submit(store.hand("dev"), [supplier, second])
    store.sign("quality", supplier, Meaning.REVIEWED)
    heads = {one: queries.row(one).head_name for one in (second, action)}
    signed = Signed("passphrase", seen)
    with refused(refusals.MovedGroundError):
        store.hand("quality").commit(
            [
                Approve(second, heads[second], Meaning.REVIEWED, signed, set=2),
                Approve(action, heads[action], Meaning.APPROVED, signed, set=2),
            ]
        )


def test_nobody_saw_what_is_not_there_yet(store: Store, supplier: str) -> None:
    record = _submitted(store)
    size = queries.ledger().size
    with refused(refusals.FutureSeenError):
        store.sign("quality", record, Meaning.REVIEWED, seen=size + 1)
    action = store.action(supplier)
    with refused(refusals.FutureSeenError):
        acts.review_links(store.hand("quality"), [(action, supplier)], seen=queries.ledger().size + 1)


def test_a_set_is_as_large_as_it_says(store: Store) -> None:
    record = _submitted(store)
    name = queries.row(record).head_name
    with refused(ValueError, "fewer"):
        store.hand("quality").commit([Approve(record, name, Meaning.REVIEWED, Signed("passphrase"), set=2)])


def test_what_was_effective_is_not_withdrawn(store: Store, supplier: str) -> None:
    with refused(refusals.WrongStateError):
        acts.withdraw(store.hand("dev"), supplier, "Changed my mind.")


def test_only_an_author_withdraws(store: Store) -> None:
    record = store.create("dev", Supplier)
    with refused(refusals.NotPermittedError, "its author"):
        acts.withdraw(store.hand("quality"), record, "Not mine.")


def test_bad_news_is_not_withdrawn(store: Store) -> None:
    record = store.create("dev", Nonconformity, product=store.product)
    with refused(refusals.WarningKeptError):
        acts.withdraw(store.hand("dev"), record, "Never mind.")


def test_what_never_counted_is_not_retired(store: Store) -> None:
    record = store.create("dev", Supplier)
    with refused(refusals.WrongStateError):
        acts.retire(store.hand("dev"), record, "Old.")


def test_what_happened_is_entered_for_what_is_effective(store: Store, supplier: str) -> None:
    action = store.create("dev", ImprovementAction, because=[supplier])
    with refused(refusals.WrongStateError):
        acts.report_progress(store.hand("dev"), action, {"done_on": "2026-01-05"}, "passphrase")


def test_only_links_of_what_is_effective_are_looked_at(store: Store, supplier: str) -> None:
    action = store.create("dev", ImprovementAction, because=[supplier])
    with refused(refusals.WrongStateError):
        acts.review_links(store.hand("quality"), [(action, supplier)])


def test_only_a_holder_of_a_role_on_its_slots_looks(store: Store, supplier: str) -> None:
    action = store.action(supplier)
    with refused(refusals.NotPermittedError):
        acts.review_links(store.hand("tess"), [(action, supplier)])
    acts.report_progress(store.hand("dev"), action, {"done_on": "2026-01-05"}, "passphrase")
    with refused(refusals.NotPermittedError):
        acts.review_links(store.hand("tess"), [(action, supplier)])
    acts.review_links(store.hand("quality"), [(action, supplier)])


def test_only_a_link_that_is_there_is_looked_at(store: Store, supplier: str) -> None:
    action, other = store.action(supplier), store.effective("dev", Supplier, ("quality", Meaning.REVIEWED))
    with refused(refusals.UnknownRecordError):
        acts.review_links(store.hand("quality"), [(action, other)])


def test_a_baseline_is_of_what_its_marker_saw(store: Store) -> None:
    seen = queries.dossier(store.product).digest
    store.create("dev", Supplier)
    with refused(refusals.MovedDossierError):
        store.hand("quality").commit([MarkBaseline(store.product, seen)])


# --- all or nothing ---------------------------------------------------------------------------------------------------


def test_one_change_that_is_refused_takes_all_others_along(store: Store) -> None:
    good = Write("7" * 32, "Supplier", SUPPLIER, None)
    with refused(refusals.UnknownRecordError):
        store.hand("dev").commit([good, Submit("7" * 32), Comment("9" * 32, "?")], files=[b"evidence"])


def test_facts_twice_change_nothing(store: Store) -> None:
    facts = document_bytes(Feeds("2026-01-01T00:00:00Z", ()))
    taken = TakeIn("feeds", "organisation", facts, None, "0" * 64, None)
    first = acts.take_in(store.hand("dev"), [taken, taken])
    before = tables()
    again = acts.take_in(store.hand("dev"), [taken])
    assert [one.position >= 0 for one in (*first.outcomes, *again.outcomes)] == [True, False, False]
    assert tables() == before


def test_the_same_facts_of_another_product_are_other_facts(store: Store) -> None:
    facts = document_bytes(Feeds("2026-01-01T00:00:00Z", ()))
    for product in (store.product, store.other):
        acts.take_in(store.hand("dev"), [TakeIn("components", "5" * 64, facts, None, "0" * 64, product)])
        assert queries.facts(product).get("components", "5" * 64) is not None


def test_a_source_is_kept_under_its_own_digest(store: Store) -> None:
    with refused(ValueError, "not the digest"):
        acts.take_in(store.hand("dev"), [TakeIn("feeds", "organisation", b"{}", b"source", "0" * 64, None)])


def test_each_refusal_says_what_to_do_next() -> None:
    own = [one for one in vars(refusals).values() if inspect.isclass(one) and issubclass(one, AsepsisError)]
    assert all(one.sentence.next for one in own if one.__module__ == refusals.__name__)
