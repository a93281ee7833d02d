"""Embargo and its end, and erasure: who sees what, what goes along, what stands in, and that the bytes are gone."""

from __future__ import annotations

import re

import pytest
from django.db import DatabaseError, connection

from asepsis.configuration.records import Release, Supplier
from asepsis.problems.records import Report
from asepsis.quality.records import ImprovementAction, QualitySystem
from asepsis.record.history import Head
from asepsis.record.slots import Meaning, SystemRole
from asepsis.store import acts, queries, refusals, withholding
from asepsis.store.changes import AskErasure, Embargo, Redact
from asepsis.store.models import Assessed, Content, Record, Redacted
from asepsis.store.rows import select
from asepsis.store.verify import verify
from tests.store import engine
from tests.store.conftest import Store, refused

SECRET = "Zwanzigtausend Fledermaeuse wissen den Zugangscode"


@pytest.fixture
def report(store: Store) -> str:
    store.holds("sam", SystemRole.INCIDENT, product=store.product)
    return store.create("sam", Report, product=store.product, what=SECRET)


# --- embargo --------------------------------------------------------------------------------------------------------


def test_a_withheld_record_is_not_there_for_others(store: Store, report: str) -> None:
    withholding.embargo(store.hand("sam"), report)
    with refused(refusals.UnknownRecordError):
        store.revise("tess", report, what="Something else")


def test_it_stays_there_for_who_is_named(store: Store, report: str) -> None:
    withholding.embargo(store.hand("sam"), report, [store.people["tess"]])
    store.revise("tess", report, what="Something else")
    assert queries.history(report).head.number == 2


def test_security_sees_it_unnamed(store: Store, report: str) -> None:
    withholding.embargo(store.hand("sam"), report)
    store.revise("sue", report, what="Something else")
    assert queries.history(report).head.number == 2


def test_who_holds_neither_role_withholds_nothing(store: Store, report: str) -> None:
    with refused(refusals.NotPermittedError):
        withholding.embargo(store.hand("tess"), report)


def test_what_refers_to_it_is_listed_and_goes_along(store: Store, report: str) -> None:
    first = store.create("dev", ImprovementAction, product=store.product, because=[report])
    second = store.create("dev", ImprovementAction, product=store.product, because=[first])
    listed = {row.id for row in withholding.would_be_withheld(report)}
    withholding.embargo(store.hand("sam"), report)
    withheld = set(Record.objects.filter(embargoed=True).values_list("pk", flat=True))
    assert listed == withheld == {report, first, second}


def test_an_open_record_may_not_be_left_referring_to_it(store: Store, report: str) -> None:
    store.create("dev", ImprovementAction, product=store.product, because=[report])
    with refused(refusals.OpenReferrerError):
        store.hand("sam").commit([Embargo(report)])


def test_an_open_record_may_not_be_made_to_refer_to_it(store: Store, report: str) -> None:
    withholding.embargo(store.hand("sam"), report)
    with refused(refusals.ForeignTargetError, match="withheld"):
        store.create("sam", ImprovementAction, product=store.product, because=[report])


@pytest.mark.parametrize("kind", [Release, QualitySystem])
def test_a_release_and_what_exists_once_are_not_withheld(store: Store, kind: type[Release | QualitySystem]) -> None:
    product = store.product if kind is Release else None
    store.holds("sam", SystemRole.INCIDENT)
    record = store.create("quality", kind, product=product)
    with refused(refusals.NoEmbargoError):
        withholding.embargo(store.hand("sam"), record)


def test_an_embargo_ends_for_everybody(store: Store, report: str) -> None:
    withholding.embargo(store.hand("sam"), report)
    withholding.disclose(store.hand("sam"), [report])
    store.revise("tess", report, what="Something else")
    assert not queries.row(report).embargoed


def test_an_embargo_opens_for_some_more(store: Store, report: str) -> None:
    withholding.embargo(store.hand("sam"), report, [store.people["dev"]])
    withholding.disclose(store.hand("sam"), [report], [store.people["tess"]])
    assert queries.history(report).persons == sorted([store.people["dev"], store.people["tess"]])
    assert queries.row(report).embargoed


def test_what_is_open_cannot_be_disclosed(store: Store, report: str) -> None:
    with refused(refusals.WrongStateError):
        withholding.disclose(store.hand("sam"), [report])


def test_who_refers_to_something_withheld_is_not_disclosed_alone(store: Store, report: str) -> None:
    action = store.create("dev", ImprovementAction, product=store.product, because=[report])
    withholding.embargo(store.hand("sam"), report)
    with refused(refusals.OpenReferrerError):
        withholding.disclose(store.hand("sam"), [action])


def test_a_label_that_was_drawn_at_random_stays(store: Store) -> None:
    store.holds("sam", SystemRole.INCIDENT, product=store.product)
    record, label = acts.create(
        store.hand("sam"), Supplier, {"title": "Hidden", "name": "Hidden"}, None, persons=(store.people["sam"],)
    )
    assert re.fullmatch(r"ORG-SUP-[a-z][a-z0-9]{4}", label)
    withholding.disclose(store.hand("sam"), [record])
    assert queries.row(record).label == label


def test_a_ledger_with_embargoes_verifies(store: Store, report: str) -> None:
    withholding.embargo(store.hand("sam"), report)
    withholding.disclose(store.hand("sam"), [report])
    assert verify(deep=True).agrees


# --- erasure --------------------------------------------------------------------------------------------------------


def erased(store: Store, record: str, ground: str = "court-order", fields: tuple[str, ...] = ()) -> withholding.Traces:
    asked = withholding.ask_erasure(store.hand("quality"), record, ground, fields)
    return withholding.redact(store.hand("ada"), asked)


@pytest.fixture
def supplier(store: Store) -> str:
    return store.create("dev", Supplier, title="Told in confidence", contact=SECRET)


@engine.only_sqlite  # into the files of a server nobody looks from here, and that is told
def test_after_an_erasure_no_file_of_the_store_holds_the_bytes(store: Store, supplier: str) -> None:
    traces = erased(store, supplier)
    connection.close()
    files = [file for file in store.home.rglob("*") if file.is_file()]
    assert traces.gone
    assert [file.name for file in files if SECRET.encode() in file.read_bytes()] == []


@engine.only_sqlite
def test_bytes_that_are_still_there_are_told(store: Store, supplier: str) -> None:
    (store.home / "copied.sqlite3").write_bytes(store.file.read_bytes())
    connection.close()
    (store.home / "copied.sqlite3").write_bytes(store.file.read_bytes())
    assert erased(store, supplier).found_in == ("copied.sqlite3",)


def test_title_and_links_of_an_erased_record_are_gone_too(store: Store, supplier: str) -> None:
    erased(store, supplier)
    row = queries.row(supplier)
    assert (row.title, queries.value_of(row.head_content)) == ("", None)
    assert select("SELECT 1 FROM store_link WHERE source = %s", [supplier]) == []


def test_every_revision_of_a_record_is_erased(store: Store, supplier: str) -> None:
    store.revise("dev", supplier, title="Told again")
    contents = [one.content for one in queries.history(supplier).revisions]
    erased(store, supplier)
    assert not Content.objects.filter(pk__in=contents).exists()


def test_only_some_fields_go_and_the_rest_stands_in(store: Store, supplier: str) -> None:
    erased(store, supplier, fields=("contact",))
    remainder = queries.value_of(Redacted.objects.get().remainder)
    assert remainder is not None
    assert remainder["withheld"] == ["contact"]
    assert (remainder["title"], "contact" in remainder) == ("Told in confidence", False)
    assert queries.row(supplier).title == "Told in confidence"


def test_a_field_that_it_does_not_have_is_not_erased(store: Store, supplier: str) -> None:
    with refused(refusals.KeptFieldError):
        withholding.ask_erasure(store.hand("quality"), supplier, "court-order", ["nose"])


def test_chain_and_signatures_stand_after_an_erasure(store: Store, supplier: str) -> None:
    before = queries.history(supplier)
    erased(store, supplier)
    assert queries.history(supplier).head.name == before.head.name
    found = verify(deep=True)
    assert found.findings == ()
    assert {part.name: part.result for part in found.parts}["contents"] == "agrees"  # the ledger says where they went


def test_that_it_was_retired_is_still_known(store: Store) -> None:
    supplier = store.effective("dev", Supplier, ("quality", Meaning.REVIEWED), contact=SECRET)
    acts.retire(store.hand("dev"), supplier, "It is gone.")
    store.sign("quality", supplier, Meaning.REVIEWED)
    before = queries.dossier(None).digest
    erased(store, supplier)
    assert queries.row(supplier).standing == "retired"
    assert queries.dossier(None).digest == before


def test_management_erases_only_what_quality_asked_for(store: Store, supplier: str) -> None:
    with refused(refusals.NothingAskedError):
        store.hand("ada").commit([Redact("0" * 64)])


def test_who_asks_does_not_erase(store: Store, supplier: str) -> None:
    store.holds("quality", SystemRole.MANAGEMENT)
    asked = withholding.ask_erasure(store.hand("quality"), supplier, "court-order")
    with refused(refusals.OwnWorkError):
        withholding.redact(store.hand("quality"), asked)


@pytest.mark.parametrize("who", ["dev", "sam"])
def test_others_ask_for_no_erasure(store: Store, supplier: str, who: str) -> None:
    with refused(refusals.NotPermittedError):
        withholding.ask_erasure(store.hand(who), supplier, "court-order")


def test_others_erase_nothing(store: Store, supplier: str) -> None:
    asked = withholding.ask_erasure(store.hand("quality"), supplier, "court-order")
    with refused(refusals.NotPermittedError):
        withholding.redact(store.hand("sam"), asked)


def test_what_was_asked_waits_until_it_is_done(store: Store, supplier: str) -> None:
    asked = withholding.ask_erasure(store.hand("quality"), supplier, "court-order")
    assert withholding.waiting() == ((asked[0], "court-order", supplier),)
    withholding.redact(store.hand("ada"), asked)
    assert withholding.waiting() == ()
    with refused(refusals.NothingAskedError):
        withholding.redact(store.hand("ada"), asked)


def test_what_a_release_may_rest_on_is_kept_for_the_years_of_the_policy(store: Store) -> None:
    release = store.effective(
        "dev",
        Release,
        ("rita", Meaning.APPROVED),
        ("quality", Meaning.APPROVED),
        product=store.product,
        support_until="2026-06-30",
        security_support_until="2026-06-30",
    )
    action = store.create("dev", ImprovementAction, product=store.product, because=[release])
    with refused(refusals.RetainedError, match="2036-06-30"):
        withholding.ask_erasure(store.hand("quality"), action, "erasure-asked")


def test_a_wrong_file_goes_at_once(store: Store) -> None:
    data = SECRET.encode() * 3
    store.hand("dev").commit([], [data])
    digest = next(iter(queries.files()))
    asked = withholding.ask_file_erasure(store.hand("quality"), digest, "wrong-file")
    assert withholding.redact(store.hand("ada"), [asked]).found_in == ()
    assert queries.file(digest) is None


def test_what_is_not_here_cannot_be_asked_for(store: Store, supplier: str) -> None:
    with refused(refusals.AlreadyErasedError):
        withholding.ask_file_erasure(store.hand("quality"), "0" * 64, "wrong-file")
    with refused(refusals.AlreadyErasedError):
        store.hand("quality").commit([AskErasure("0" * 64, "court-order", supplier)])


def test_assessments_that_may_quote_it_go_with_it(store: Store, supplier: str) -> None:
    Assessed.objects.create(product=store.product, position=1, made_at="2026-01-05T08:00:00.000000Z", document="0" * 64)
    erased(store, supplier)
    assert not Assessed.objects.exists()


@pytest.mark.parametrize("table", ["store_content", "store_storedfile", "store_redacted"])
def test_the_database_lets_nothing_go_that_the_ledger_does_not_name(store: Store, supplier: str, table: str) -> None:
    store.hand("dev").commit([], [b"a file"])
    erased(store, store.create("dev", Supplier))
    with pytest.raises(DatabaseError, match="append-only"), connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {table}")


def test_a_record_goes_on_after_its_erasure(store: Store, supplier: str) -> None:
    erased(store, supplier)
    acts.revise(store.hand("dev"), supplier, {"title": "Anew", "name": "Anew"})
    assert queries.history(supplier).head_state is Head.DRAFT
    assert verify(deep=True).findings == ()
