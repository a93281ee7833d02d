"""Export, open, assess, restore, go on, export again: nothing is lost on the way, and nothing is added."""

from __future__ import annotations

import shutil
import subprocess
import sys
import zipfile
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from pytest_django.plugin import DjangoDbBlocker

from asepsis.bundle import layout
from asepsis.bundle.reading import open_bundle
from asepsis.bundle.restoring import TakenHomeError, restore
from asepsis.bundle.writing import Scope, export
from asepsis.configuration.records import Supplier
from asepsis.conformance import moments
from asepsis.conformance.assessment import document_bytes
from asepsis.quality.records import Nonconformity
from asepsis.record.slots import Meaning
from asepsis.record.verdict import Verdict
from asepsis.store import acts, checkpoints, queries, refusals, withholding
from asepsis.store.models import BARE, Checkpoint, Entry
from asepsis.store.rows import select
from asepsis.store.verify import verify as verify_store
from tests.bundle.conftest import Kept, judged
from tests.store.conftest import Clock, Store, opened, tables


def bytes_of(folder: Path) -> dict[str, bytes]:
    return {str(one.relative_to(folder)): one.read_bytes() for one in sorted(folder.rglob("*")) if one.is_file()}


def test_a_bundle_verifies_with_python_alone_and_prints_each_signature(kept: Kept) -> None:
    command = [sys.executable, "-I", str(kept.bundle / "verify.py"), "--checkpoint", str(kept.note), "--all"]
    said = subprocess.run(command, capture_output=True, text=True, cwd="/", env={})
    assert said.returncode == 0, said.stdout
    lines = said.stdout.splitlines()
    assert lines[-1] == "0 wrong, 2 not checked: agrees"
    assert any(line.startswith("signed") and "approved as management: Ada" in line for line in lines)
    assert any("bare hashes" in line for line in lines)  # what belongs to the other product
    assert any("The one kept as" in line and "agrees" in line for line in lines)


def test_a_bundle_made_twice_at_one_position_is_the_same_bytes(going: Store, tmp_path: Path) -> None:
    for name in ("one", "two", "one.zip", "two.zip"):
        export(Scope(going.product), tmp_path / name)
    assert bytes_of(tmp_path / "one") == bytes_of(tmp_path / "two")
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.zip").read_bytes()
    with zipfile.ZipFile(tmp_path / "one.zip") as archive:
        assert {name: archive.read(name) for name in archive.namelist()} == bytes_of(tmp_path / "one")


def test_an_export_does_not_write_over_what_is_there(going: Store, tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    with pytest.raises(layout.TargetTakenError):
        export(Scope(going.product), tmp_path / "there")
    assert list((tmp_path / "there").iterdir()) == []


@pytest.mark.parametrize("name", ["bundle", "bundle.zip"])
def test_a_bundle_is_assessed_to_the_same_bytes_as_the_store(going: Store, tmp_path: Path, name: str) -> None:
    export(Scope(going.product), tmp_path / name)
    bundle = open_bundle(tmp_path / name)
    here = moments.assess_product(moments.Asked(going.product), bundle.last_at)
    assert document_bytes(bundle.assess()) == document_bytes(here)
    later = bundle.last_at + timedelta(days=400)
    there = moments.assess_product(moments.Asked(going.product), later)
    assert document_bytes(bundle.assess(now=later)) == document_bytes(there) != document_bytes(here)


def test_every_baseline_is_assessed_to_the_same_bytes_as_in_the_store(going: Store, tmp_path: Path) -> None:
    export(Scope(going.product), tmp_path / "bundle")
    bundle = open_bundle(tmp_path / "bundle")
    positions = [one.position for one in bundle.baselines()]
    assert len(positions) > 2
    for position in positions:
        here = moments.assess_product(moments.Asked(going.product, position=position), bundle.last_at)
        assert document_bytes(bundle.assess(position=position)) == document_bytes(here)
        assert bundle.dossier(position).digest == queries.dossier(going.product, position).digest


def test_a_bundle_opens_without_django(kept: Kept) -> None:
    program = (
        "import sys\nfrom pathlib import Path\nfrom importlib import import_module\n"
        "from asepsis.processes import PROCESSES\n"
        "[import_module(f'asepsis.{one}.records') for one in PROCESSES]\n"
        "from asepsis.bundle.reading import open_bundle\n"
        f"print(open_bundle(Path({str(kept.bundle)!r})).assess().product.label, 'django' in sys.modules)"
    )
    said = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True,
                          env={"PYTHONPATH": ":".join(sys.path)})  # fmt: skip
    assert said.stdout == "GW False\n"


def test_a_restored_bundle_is_the_store_it_came_from_but_for_the_key_and_other_products(
    kept: Kept, elsewhere: Path, django_db_blocker: DjangoDbBlocker
) -> None:
    clock = Clock(kept.store.clock.now)
    done = restore(kept.bundle, elsewhere, clock)
    after = tables()
    size = queries.ledger().size
    assert (done.entries, done.key_position) == (size - 1, size - 1)
    with opened(kept.store.home, django_db_blocker):
        before = tables()
    for name in ("person", "holding", "baseline", "content", "product"):
        own = [row for row in before[name] if kept.store.other not in row]
        if name == "content":
            assert set(after[name]) <= set(before[name])
        else:
            assert after[name] == own, name
    ours = [row for row in before["record"] if row[1] in (None, kept.store.product)]
    assert after["record"] == ours


def test_a_restored_store_agrees_with_itself_and_goes_on(kept: Kept, elsewhere: Path, tmp_path: Path) -> None:
    clock = Clock(kept.store.clock.now)
    done = restore(kept.bundle, elsewhere, clock)
    found = verify_store(deep=True)
    assert not found.disagrees, [one.said.text() for one in found.findings]
    assert done.bare > 0
    assert {one.name: one.result for one in found.parts}["entries"] == "agrees"
    assert Entry.objects.filter(form=BARE).count() == done.bare
    store = Store(elsewhere, dict(kept.store.people), kept.store.product, clock=clock)
    store.chance.name = "restored"
    store.effective("dev", Supplier, ("quality", Meaning.REVIEWED))
    acts.make_baseline(store.hand("quality"), store.product)
    assert not verify_store(deep=True).disagrees
    export(Scope(store.product), tmp_path / "again")
    report = judged(tmp_path / "again", kept.note)
    assert report.wrong == []
    assert checkpoints.held_against(kept.note.read_bytes()).verdict is checkpoints.Verdict.EXTENDED
    here = moments.assess_product(moments.Asked(store.product), clock.now)
    assert document_bytes(open_bundle(tmp_path / "again").assess(now=clock.now)) == document_bytes(here)


def test_a_restored_store_exports_what_was_not_there_as_left_out(kept: Kept, elsewhere: Path, tmp_path: Path,
                                                                 django_db_blocker: DjangoDbBlocker) -> None:  # fmt: skip
    with opened(kept.store.home, django_db_blocker):
        export(Scope(kept.store.product, files=False), tmp_path / "slim")
    restore(tmp_path / "slim", elsewhere, Clock(kept.store.clock.now))
    export(Scope(kept.store.product), tmp_path / "again")
    report = judged(tmp_path / "again", kept.note)
    assert report.wrong == []
    assert any("left out" in line for line in report.unchecked)


def test_the_checkpoints_of_a_restored_store_are_those_of_the_bundle_and_one_of_the_new_key(
    kept: Kept, elsewhere: Path
) -> None:
    restore(kept.bundle, elsewhere, Clock(kept.store.clock.now))
    sizes = [one["size"] for one in open_bundle(kept.bundle).checkpoints()]
    assert list(Checkpoint.objects.order_by("size").values_list("size", flat=True)) == [*sizes, sizes[-1] + 1]
    assert Checkpoint.objects.order_by("-size")[0].kept == "key"
    last = queries.entries(sizes[-1], 1)[0][2]
    assert (last["form"], last["why"], last["by"]) == ("key", "restored", "0" * 32)


def test_a_bundle_is_restored_into_an_empty_installation_only(going: Store, kept: Kept) -> None:
    before = tables()
    with pytest.raises(TakenHomeError, match="is not empty"):
        restore(kept.bundle, going.home, going.clock)
    assert tables() == before


def test_a_clock_that_is_behind_the_bundle_restores_nothing(kept: Kept, elsewhere: Path) -> None:
    with pytest.raises(refusals.ClockBackError):
        restore(kept.bundle, elsewhere, lambda: datetime.fromisoformat("2020-01-01T00:00:00Z"))
    assert select("SELECT COUNT(*) FROM store_entry")[0][0] == 0
    assert not (elsewhere / "ledger.key").exists()
    restore(kept.bundle, elsewhere, Clock(kept.store.clock.now))


# --- in part ----------------------------------------------------------------------------------------------------------


def test_a_bundle_without_files_verifies_and_says_what_it_lacks(going: Store, tmp_path: Path) -> None:
    export(Scope(going.product, files=False), tmp_path / "bundle")
    assert not (tmp_path / "bundle/files").exists()
    report = judged(tmp_path / "bundle")
    assert report.wrong == []
    bundle = open_bundle(tmp_path / "bundle")
    assert bundle.files == frozenset()
    taken = bundle.facts().of("test_results")[0]
    assert bundle.facts().document(taken) is None


def test_a_bundle_without_a_content_verifies_and_makes_what_rests_on_it_unknown(store: Store, tmp_path: Path) -> None:
    role = queries.row("ORG-ROL-1")
    export(Scope(store.product, without=frozenset({role.effective_content or ""})), tmp_path / "bundle")
    assert judged(tmp_path / "bundle").wrong == []
    bundle = open_bundle(tmp_path / "bundle")
    assert bundle.dossier().withheld == {role.id}
    assert bundle.dossier().hidden == {"Role"}
    whole = moments.assess_product(moments.Asked(store.product), bundle.last_at)
    rests = [one for one in whole.obligations if any(each.check.startswith("quality.role") for each in one.looked)]
    assert rests
    for one in rests:
        part = bundle.assess().obligation(one.id)
        assert part.verdict is not Verdict.MET
        told = [note.said.text() for note in part.unknowns]
        assert "This rests on role records, and not all of that is in the dossier at hand." in told


def test_a_bundle_without_the_content_of_a_draft_hides_what_it_may_warn_of(store: Store, tmp_path: Path) -> None:
    draft = queries.row(
        store.create("quality", Nonconformity, product=store.product, about=[queries.row("ORG-ROL-1").id])
    )
    export(Scope(store.product, without=frozenset({draft.head_content})), tmp_path / "bundle")
    assert judged(tmp_path / "bundle").wrong == []
    dossier = open_bundle(tmp_path / "bundle").dossier()
    assert not dossier.withheld
    assert dossier.hidden == {"Nonconformity"}


def test_withheld_records_are_bare_hashes_and_their_kind_is_unknown(
    store: Store, supplier: str, tmp_path: Path
) -> None:
    title = "Nobody may read this"
    secret = store.create("dev", Supplier, title=title)
    export(Scope(store.product, withheld=frozenset({secret})), tmp_path / "bundle")
    assert not any(title.encode() in data or secret.encode() in data for data in bytes_of(tmp_path / "bundle").values())
    report = judged(tmp_path / "bundle")
    assert report.wrong == []
    bundle = open_bundle(tmp_path / "bundle")
    assert bundle.hidden == {"Supplier"}
    assert bundle.dossier().label(secret) is None
    assert bundle.dossier().get(supplier) is not None


def test_a_baseline_over_withheld_records_is_unchecked_once_restored(
    store: Store, supplier: str, migrated: Path, tmp_path: Path, django_db_blocker: DjangoDbBlocker
) -> None:
    secret = store.create("dev", Supplier, title="Nobody may read this")
    acts.make_baseline(store.hand("quality"), store.product)
    export(Scope(store.product, withheld=frozenset({secret})), tmp_path / "bundle")
    shutil.copytree(migrated, tmp_path / "elsewhere")
    with opened(tmp_path / "elsewhere", django_db_blocker):
        restore(tmp_path / "bundle", tmp_path / "elsewhere", Clock(store.clock.now))
        found = verify_store(deep=True)
    assert not found.disagrees, [one.said.text() for one in found.findings]
    assert {one.name for one in found.parts if one.result == "unchecked"} == {"baselines"}


def test_the_organisation_alone_is_exported_and_has_no_product_to_assess(store: Store, tmp_path: Path) -> None:
    from asepsis.bundle.reading import NoProductError

    export(Scope(None), tmp_path / "bundle")
    assert judged(tmp_path / "bundle").wrong == []
    with pytest.raises(NoProductError):
        open_bundle(tmp_path / "bundle").assess()


# --- what was erased --------------------------------------------------------------------------------------------------


def test_what_was_erased_stays_erased_and_all_else_goes_on(
    store: Store, supplier: str, tmp_path: Path, migrated: Path, django_db_blocker: DjangoDbBlocker
) -> None:
    gone = store.effective("dev", Supplier, ("quality", Meaning.REVIEWED), title="A name to be erased", notes="and why")
    acts.make_baseline(store.hand("quality"), store.product)
    for record, fields in ((supplier, ("notes",)), (gone, ())):
        withholding.redact(
            store.hand("ada"), withholding.ask_erasure(store.hand("quality"), record, "court-order", fields)
        )
    acts.make_baseline(store.hand("quality"), store.product)
    export(Scope(store.product), tmp_path / "bundle")
    assert not any(b"to be erased" in data for data in bytes_of(tmp_path / "bundle").values())
    report = judged(tmp_path / "bundle")
    assert report.wrong == []
    assert any("left out or erased" in line for line in report.unchecked)
    bundle = open_bundle(tmp_path / "bundle")
    assert {gone, supplier} <= bundle.dossier().withheld
    assert bundle.dossier().digest == queries.dossier(store.product).digest
    here = moments.assess_product(moments.Asked(store.product), bundle.last_at)
    assert document_bytes(bundle.assess()) == document_bytes(here)
    redacted = tables_of_redacted()
    home = tmp_path / "elsewhere"
    shutil.copytree(migrated, home)
    with opened(home, django_db_blocker):
        restore(tmp_path / "bundle", home, Clock(store.clock.now))
        found = verify_store(deep=True)
        assert not found.disagrees, [one.said.text() for one in found.findings]
        assert tables_of_redacted() == redacted


def tables_of_redacted() -> list[tuple[object, ...]]:
    return sorted(select("SELECT digest, position, asked, remainder FROM store_redacted"))
