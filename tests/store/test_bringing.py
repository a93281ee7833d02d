"""What becomes of each row of a table, and all of them in one commit."""

from __future__ import annotations

import pytest

from asepsis import processes
from asepsis.configuration.records import Supplier
from asepsis.exchange.source import Source
from asepsis.exchange.tables import delimited
from asepsis.exchange.tables.matching import matched
from asepsis.record.kind import KINDS
from asepsis.record.slots import Meaning
from asepsis.store import acts, bringing, queries, refusals, withholding
from asepsis.store.bringing import Asked, Becomes, Plan, RefusedRowsError
from asepsis.store.changes import Signed
from asepsis.store.models import Checkpoint, Entry, Record
from asepsis.store.verify import verify
from tests.kinds import smallest
from tests.store.conftest import Store, refused

processes.load()


def asked(kind: str, text: str) -> Asked:
    (sheet,) = delimited.read(Source(f"{kind}.csv", text.encode())).sheets
    found = matched(KINDS[kind], [one.name for one in sheet.headings])
    return Asked(sheet, KINDS[kind], {one.heading: one.place.name for one in found if one.place})


def planned(store: Store, *sheets: Asked, who: str = "dev", submit: bool = False) -> Plan:
    return bringing.plan(store.hand(who), sheets, store.product, submit=submit)


def becomes(plan: Plan) -> list[str]:
    return [str(one.becomes) for one in plan.receipts]


def problem(plan: Plan, row: int = 0) -> str:
    return " ".join(one.text() for one in plan.receipts[row].problems)


def test_all_rows_come_in_by_one_commit_with_one_checkpoint(store: Store) -> None:
    entries, size = Entry.objects.count(), queries.ledger().size
    lines = "".join(f"R-{n},Requirement {n},A-{n}\n" for n in range(30))
    made = planned(
        store,
        asked("Requirement", f"id,title,because\n{lines}"),
        asked("Asset", "id,title\n" + "".join(f"A-{n},Asset {n}\n" for n in range(30))),
    )
    bringing.take(store.hand("dev"), made)
    assert (Entry.objects.count(), Checkpoint.objects.filter(size__gt=size).count()) == (entries + 60, 1)
    labels = [one.label for one in made.receipts[:30]]
    assert labels == [f"GW-REQ-{n}" for n in range(1, 31)]
    assert verify(deep=True).findings == ()


def test_looking_saves_nothing(store: Store) -> None:
    before = Entry.objects.count()
    assert becomes(planned(store, asked("Asset", "id,title\nA-1,Key\n"))) == ["taken"]
    assert Entry.objects.count() == before


def test_rows_in_a_ring_refer_to_each_other_all_the_same(store: Store) -> None:
    ring = "id,title,because\nT-1,One,T-2\nT-2,Two,T-3\nT-3,Three,T-1\n"
    made = planned(store, asked("Threat", ring))
    bringing.take(store.hand("dev"), made)
    found = {row.title: queries.head_value(row) for row in Record.objects.filter(kind="Threat")}
    by_id = {row.id: row.title for row in Record.objects.filter(kind="Threat")}
    assert {title: by_id[(value or {})["because"][0]] for title, value in found.items()} == {
        "One": "Two",
        "Two": "Three",
        "Three": "One",
    }
    assert becomes(planned(store, asked("Threat", ring))) == ["unchanged"] * 3


def test_a_row_is_a_record_by_label_then_former_id_then_title(store: Store) -> None:
    bringing.take(store.hand("dev"), planned(store, asked("Asset", "id,title\nA-1,Key\n,Door\n")))
    made = planned(store, asked("Asset", "label,id,title,notes\nGW-AST-1,A-9,Key 2,x\n,A-1,Other,y\n,,Door,z\n"))
    assert [(one.label, str(one.becomes)) for one in made.receipts] == [
        ("GW-AST-1", "changed"),
        ("GW-AST-1", "refused"),  # it is the same as the row before
        ("GW-AST-2", "changed"),
    ]
    assert "the same Asset as Asset, row 2" in problem(made, 1)


def test_two_records_of_one_name_are_told_apart_by_their_label_alone(store: Store) -> None:
    for _ in range(2):
        acts.create(store.hand("dev"), KINDS["Asset"], {"title": "Key", "former_id": "A-1"}, store.product)
    assert "2 records are called 'A-1'" in problem(planned(store, asked("Asset", "id,title\nA-1,Key\n")))
    assert "2 records are called so" in problem(planned(store, asked("Requirement", "id,title,because\nR,R,A-1\n")))
    assert becomes(planned(store, asked("Asset", "label,notes\ngw-ast-2,x\n"))) == ["changed"]


def test_one_former_id_may_stand_in_two_kinds(store: Store) -> None:
    made = planned(
        store, asked("Asset", "id,title\n1,Key\n"), asked("Control", "id,title\n1,Lock\n"),
        asked("Threat", "id,title,because\n1,Break in,GW-AST-1\n"), asked("Element", "id,title,assets\n2,Door,1\n"),
    )  # fmt: skip
    assert becomes(made) == ["taken", "taken", "refused", "taken"]
    assert made.receipts[3].value["assets"] == [made.receipts[0].record]


def test_what_refers_to_a_refused_row_is_refused_too_to_the_end(store: Store) -> None:
    made = planned(
        store,
        asked("Asset", "id,title,kind\nA-1,Key,nonsense\nA-2,Door,data\n"),
        asked("Element", "id,title,assets\nE-1,Door,A-1\n"),
        asked("Threat", "id,title,element\nT-1,Break in,E-1\nT-2,Other,\n"),
    )
    assert becomes(made) == ["refused", "taken", "refused", "refused", "taken"]
    assert "refers to Element, row 2, which is refused" in problem(made, 3)
    with refused(RefusedRowsError, match="3 of 5 rows are refused"):
        bringing.take(store.hand("dev"), made)
    bringing.take(store.hand("dev"), made, without_refused=True)
    assert Record.objects.filter(title__in=("Door", "Other", "Key")).count() == 2


def test_an_empty_cell_leaves_what_the_record_has(store: Store) -> None:
    bringing.take(store.hand("dev"), planned(store, asked("Asset", "id,title,notes\nA-1,Key,kept\n")))
    assert becomes(planned(store, asked("Asset", "id,title,notes\nA-1,Key,\n"))) == ["unchanged"]


@pytest.mark.parametrize(
    ("kind", "text", "said"),
    [
        ("Asset", "id,title,kind\nA,A,Datta\n", "C2: kind is 'Datta', not one of data"),
        ("Asset", "id,title,need integrity\nA,A,very\n", "C2: need.integrity is 'very', not one of none"),
        ("Risk", "id,title,owner\nR,R,Somebody\n", "C2: owner is 'Somebody', and nobody and no product is called so"),
        ("Threat", "id,title,element\nT,T,Nothing\n", "C2: element is 'Nothing', and no Element here or in this table"),
        ("Threat", "id,title,element\nT,T,T\n", "and no Element here"),
        (
            "Asset",
            "id,title,taken over on\nA,A,2031-01-01\n",
            "C2: taken_over.on is 2031-01-01, which has not come yet",
        ),
        ("Requirement", "id,notes\n,x\n", "neither a label nor a former id nor a title"),
        ("Asset", "label,title\nGW-AST-77,A\n", "there is no Asset GW-AST-77 that you may see"),
        ("Control", "id,title,look every months\nC,C,3.5\n", "C2: look_every_months is '3.5'; it is a whole number"),
    ],
)
def test_a_refused_row_names_the_cell_what_stands_there_and_what_is_expected(
    store: Store, kind: str, text: str, said: str
) -> None:
    made = planned(store, asked(kind, text))
    assert (becomes(made), said in problem(made)) == (["refused"], True), problem(made)


def test_nothing_of_another_product_is_found(store: Store) -> None:
    acts.create(store.hand("dev"), KINDS["Asset"], {"title": "Pump key", "former_id": "A-1"}, store.other)
    assert becomes(planned(store, asked("Asset", "id,title\nA-1,Pump key\n"))) == ["taken"]
    for name in ("A-1", "Pump key", "PX-AST-1"):
        assert "no Asset here" in problem(planned(store, asked("Element", f"id,title,assets\nE,E,{name}\n")))


def test_a_record_of_the_organisation_is_not_taken_for_one_of_the_product(store: Store) -> None:
    acts.create(store.hand("dev"), KINDS["Appointment"], {"title": "Anna", "former_id": "A-1"}, None)
    made = planned(store, asked("Appointment", "id,title\nA-1,Anna\n"))
    assert becomes(made) == ["taken"]
    bringing.take(store.hand("dev"), made)
    assert made.receipts[0].label == "GW-APT-1"


def test_what_is_the_organisations_goes_to_the_organisation(store: Store) -> None:
    made = planned(store, asked("Supplier", "id,title,name\nS-1,Acme,Acme\n"))
    bringing.take(store.hand("dev"), made)
    assert (made.receipts[0].label, Record.objects.get(kind="Supplier").product) == ("ORG-SUP-1", None)
    bare = bringing.plan(store.hand("dev"), [asked("Asset", "id,title\nA,A\n")], None)
    with refused(refusals.WrongScopeError):
        bringing.take(store.hand("dev"), bare)


def test_a_retired_record_is_not_revised_by_a_table(store: Store) -> None:
    supplier = store.effective("dev", Supplier, ("quality", Meaning.REVIEWED), title="Acme")
    acts.retire(store.hand("dev"), supplier, "It is gone.")
    store.sign("quality", supplier, Meaning.REVIEWED)
    assert "ORG-SUP-1 is retired" in problem(planned(store, asked("Supplier", "title,notes\nAcme,x\n")))


def test_what_is_withheld_is_no_record_for_others(store: Store) -> None:
    hidden = store.create("sam", KINDS["Asset"], product=store.product, title="Hidden", former_id="A-1")
    withholding.embargo(store.hand("sam"), hidden)
    table = asked("Element", "id,title,assets\nE,E,A-1\n")
    assert "no Asset here" in problem(planned(store, table))
    assert becomes(planned(store, asked("Asset", "id,title\nA-1,Hidden\n"))) == ["taken"]
    assert becomes(planned(store, asked("Asset", "id,title\nA-1,Hidden\n"), who="sam")) == ["unchanged"]


def test_a_head_that_moved_since_the_look_is_refused_and_nothing_is_saved(store: Store) -> None:
    bringing.take(store.hand("dev"), planned(store, asked("Asset", "id,title\nA-1,Key\n")))
    made = planned(store, asked("Asset", "id,title,notes\nA-1,Key,x\nA-2,New,\n"))
    store.revise("sam", made.receipts[0].record, notes="by another")
    with refused(refusals.StaleHeadError):
        bringing.take(store.hand("dev"), made)


def test_complete_rows_are_submitted_in_the_same_commit_and_the_others_stay_drafts(store: Store) -> None:
    value = smallest(Supplier)
    text = f"title,name,contact,disclosure channel,kind\nAcme,Acme,{value['contact']},post,open-source\nHalf,Half,,,\n"
    made = planned(store, asked("Supplier", text), submit=True)
    assert [one.lacks is None for one in made.receipts] == [True, False]
    bringing.take(store.hand("dev"), made)
    assert dict(Record.objects.filter(kind="Supplier").values_list("title", "head_state")) == {
        "Acme": "submitted",
        "Half": "draft",
    }
    acts.approve(store.hand("quality"), [made.receipts[0].record], Meaning.REVIEWED, Signed("passphrase"))
    assert queries.row("ORG-SUP-1").head_state == "effective"


def test_a_changed_effective_record_counts_as_it_was_until_the_draft_is_signed(store: Store) -> None:
    supplier = store.effective("dev", Supplier, ("quality", Meaning.REVIEWED), title="Acme")
    made = planned(store, asked("Supplier", "title,contact\nAcme,elsewhere\n"))
    assert made.of(Becomes.CHANGED)
    bringing.take(store.hand("dev"), made)
    row = queries.row(supplier)
    assert (row.standing, row.head_state, row.head_number) == ("effective", "draft", 2)


def test_who_may_not_write_takes_nothing_in(store: Store) -> None:
    made = planned(store, asked("Asset", "id,title\nA,A\n"), who="otto")
    with refused(refusals.NotPermittedError):
        bringing.take(store.hand("otto"), made)
