"""Whatever is changed in a bundle or a store is found, by both verifiers, and the first wrong place is named."""

from __future__ import annotations

import json
import random
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.db import DatabaseError, connection, transaction
from pytest_django.plugin import DjangoDbBlocker

from asepsis.bundle import layout
from asepsis.bundle.reading import open_bundle
from asepsis.bundle.verify import NONE
from asepsis.bundle.writing import Scope, export
from asepsis.errors import AsepsisError
from asepsis.record import canonical, tree
from asepsis.store import acts, checkpoints, rebuild
from asepsis.store.chains import Misfit
from asepsis.store.models import BARE
from asepsis.store.rows import select
from asepsis.store.verify import Verification, verify
from tests.bundle import mutate
from tests.bundle.conftest import Kept, judged, own_facts
from tests.store.conftest import Store, copied, opened
from tests.store.walk import Walk

WAYS = [(sort, anew) for sort in mutate.SORTS for anew in (False, True) if sort != "found it anew" or anew]
IN_TEST, IN_SOAK = 300, 10_000


@pytest.fixture(scope="module")
def small(prepared: Store, tmp_path_factory: pytest.TempPathFactory, django_db_blocker: DjangoDbBlocker) -> Kept:
    """A small store with a bundle of it and a checkpoint that covers all and was kept elsewhere."""
    folder = tmp_path_factory.mktemp("small")
    own = copied(prepared, folder / "home")
    with opened(own.home, django_db_blocker):
        Walk(own, random.Random(11)).go(120)
        for number in range(3):
            acts.take_in(own.hand("dev"), [own_facts(own, b"results %d" % number)])
        acts.make_baseline(own.hand("quality"), own.product)
        note = checkpoints.give_out(folder / "checkpoint.txt")
        export(Scope(own.product), folder / "bundle")
    return Kept(own, folder / "bundle", note)


def mutations(ledger: mutate.Ledger, count: int, seed: int) -> Iterator[mutate.Mutation]:
    """Yield `count` mutations, all sorts and ways in turn."""
    chance, made = random.Random(seed), 0
    while made < count:
        sort, anew = WAYS[made % len(WAYS)]
        try:
            mutation = mutate.mutate(ledger, sort, anew, chance)
        except mutate.Inapplicable:
            continue
        made += 1
        yield mutation


def agreed(ledger: mutate.Ledger, mutation: mutate.Mutation) -> int:
    """Return how many entries the newest of the ledger's checkpoints covers that the mutation left as they were."""
    left = [one["size"] for one in ledger.notes if one in mutation.ledger.notes and one["size"] <= mutation.position]
    return max(left, default=0)


# --- bundles ----------------------------------------------------------------------------------------------------------


def look_at_bundles(small: Kept, folder: Path, count: int, seed: int) -> dict[str, int]:
    """Make mutations of the bundle and hold each against the verifier; return how many of each sort there were."""
    ledger, seen = mutate.read(small.bundle), dict.fromkeys(mutate.SORTS, 0)
    for number, mutation in enumerate(mutations(ledger, count, seed)):
        target = folder / f"m{number}"
        mutate.write(mutation, small.bundle, target)
        found = judged(target, small.note)
        told = (seed, number, mutation.sort, mutation.anew, mutation.told, found.wrong[:4], found.since, found.first)
        assert found.wrong, told
        low = min(found.since, found.first)
        if low < NONE:
            assert agreed(ledger, mutation) <= low <= max(mutation.position, 1), told
        else:
            assert mutation.ledger.entries == ledger.entries, told
            assert any(one in " ".join(found.wrong) for one in ("files/", "content")), told
        seen[mutation.sort] += 1
        shutil.rmtree(target)
    return seen


def test_every_mutation_of_a_bundle_is_found_and_its_first_wrong_place_is_named(small: Kept, tmp_path: Path) -> None:
    assert judged(small.bundle, small.note).wrong == []
    assert min(look_at_bundles(small, tmp_path, IN_TEST // 2, 1).values()) > 0


@pytest.mark.soak
def test_ten_thousand_mutations_of_a_bundle_are_found(small: Kept, tmp_path: Path) -> None:
    look_at_bundles(small, tmp_path, IN_SOAK // 2, 2)


def test_a_mutated_bundle_does_not_open(small: Kept, tmp_path: Path) -> None:
    for number, mutation in enumerate(mutations(mutate.read(small.bundle), 2 * len(WAYS), 3)):
        if mutation.sort == "found it anew":  # another ledger, whole in itself: only a kept checkpoint tells
            continue
        mutate.write(mutation, small.bundle, tmp_path / f"m{number}")
        with pytest.raises(AsepsisError, match=r"cannot be read as a bundle"):
            open_bundle(tmp_path / f"m{number}")


# --- stores -----------------------------------------------------------------------------------------------------------


@contextmanager
def spoilt(mutation: mutate.Mutation) -> Iterator[None]:
    """Put a mutated ledger into the store, behind its triggers, and all back afterwards."""
    with transaction.atomic():
        triggers = select("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
        with connection.cursor() as cursor:
            for name, _ in triggers:
                cursor.execute(f"DROP TRIGGER {name}")
            _put(mutation, cursor)
            for _, sql in triggers:
                cursor.execute(sql)
        if mutation.anew:
            try:
                with transaction.atomic():
                    rebuild.rebuild()
            except (AsepsisError, DatabaseError, LookupError, AttributeError, TypeError, ValueError, Misfit):
                pass  # it hangs together so little that no table can be made of it
        yield
        transaction.set_rollback(True)


def _put(mutation: mutate.Mutation, cursor: object) -> None:
    ledger = mutation.ledger
    execute = cursor.execute  # type: ignore[attr-defined]
    kept = dict(select("SELECT name, record FROM store_entry"))
    names = ledger.names()
    record_of = {name: one["record"] for name, one in zip(names, ledger.entries, strict=True)
                 if isinstance(one, dict) and one["form"] == "revision"}  # fmt: skip
    original = dict(select("SELECT name, data FROM store_entry"))
    execute("DELETE FROM store_entry")
    for at, (name, one) in enumerate(zip(names, ledger.entries, strict=True)):
        if isinstance(one, str):
            row = (at, name, *_columns(original[name]), kept[name], original[name])
        else:
            record = one.get("record", record_of.get(one.get("revision", "")))
            row = (at, name, one["form"], one.get("of"), record, canonical.dumps(one))
        execute(
            "INSERT OR IGNORE INTO store_entry (position, name, form, of, record, data) VALUES (%s, %s, %s, %s, %s, %s)",
            row,
        )
    before = mutate.read(BUNDLE[0]).all_contents()
    for digest, data in ledger.all_contents().items():
        if digest not in before:
            old = next(one for one in before if one not in ledger.all_contents())
            to = digest if mutation.anew else old
            execute("DELETE FROM store_content WHERE digest = %s", [old])
            execute("INSERT INTO store_content (digest, data) VALUES (%s, %s)", [to, data])
    for digest, data in ledger.files.items():
        execute("DELETE FROM store_storedfile WHERE digest = %s", [digest])
        execute("INSERT INTO store_storedfile (digest, size, data) VALUES (%s, %s, %s)", [digest, len(data), data])
    if mutation.anew:
        frontier = tree.Frontier()
        frontier.extend(bytes.fromhex(name) for name in names)
        last = next(one for one in reversed(ledger.entries) if isinstance(one, dict))
        execute("UPDATE store_ledger SET size = %s, peaks = %s, last_at = %s",
                [len(names), json.dumps(frontier.hex_peaks()), last["at"]])  # fmt: skip
        execute("DELETE FROM store_checkpoint")
        for one in ledger.notes:
            at = next(e for e in reversed(ledger.entries[: one["size"]]) if isinstance(e, dict))["at"]
            execute("INSERT INTO store_checkpoint (size, at, note, kept) VALUES (%s, %s, %s, %s)",
                    [one["size"], at, one["note"], one["kept"]])  # fmt: skip


BUNDLE: list[Path] = []


def _columns(data: bytes) -> tuple[str, str | None]:
    fields = json.loads(data) if data else {"form": BARE, "of": BARE}
    return fields["form"], fields.get("of")


def look_at_stores(small: Kept, count: int, seed: int) -> dict[str, int]:
    """Make mutations of the store and hold each against `verify` and the kept checkpoint."""
    BUNDLE[:] = [small.bundle]
    ledger, seen = mutate.read(small.bundle), dict.fromkeys(mutate.SORTS, 0)
    for number, mutation in enumerate(mutations(ledger, count, seed)):
        with spoilt(mutation):
            found = verify()
            forged = _forged(small.note)
        told = (seed, number, mutation.sort, mutation.anew, mutation.told, forged, _told(found))
        assert found.disagrees or forged, told
        placed = [one.position for one in found.findings if one.position is not None]
        if placed and mutation.position and mutation.ledger.notes[-1] == ledger.notes[-1]:
            # The first wrong entry is this one, or one that comes after what a checkpoint still proves.
            assert agreed(ledger, mutation) <= min(placed) <= max(mutation.position, 1), told
        elif placed:  # all checkpoints were written anew: what does not fit is told, and the kept one contradicts
            assert forged, told
        else:
            assert forged or "file" in str(_told(found)), told
        seen[mutation.sort] += 1
    return seen


def _told(found: Verification) -> list[tuple[str, int | None, str]]:
    return [(one.part, one.position, one.said.text()) for one in found.findings]


def _forged(note: Path) -> str | None:
    try:
        verdict = checkpoints.held_against(note.read_bytes()).verdict
    except AsepsisError as error:
        return error.code
    return None if verdict in (checkpoints.Verdict.SAME, checkpoints.Verdict.EXTENDED) else str(verdict)


@pytest.fixture
def in_store(small: Kept, tmp_path: Path, django_db_blocker: DjangoDbBlocker) -> Iterator[Kept]:
    own = copied(small.store, tmp_path / "home")
    with opened(own.home, django_db_blocker):
        yield small


def test_every_mutation_of_a_store_is_found_and_its_first_wrong_place_is_named(in_store: Kept) -> None:
    assert verify().agrees
    assert min(look_at_stores(in_store, IN_TEST // 2, 4).values()) > 0
    assert verify().agrees


@pytest.mark.soak
def test_ten_thousand_mutations_of_a_store_are_found(in_store: Kept) -> None:
    look_at_stores(in_store, IN_SOAK // 2, 5)


def test_a_verifier_finds_nothing_where_nothing_was_changed(in_store: Kept, tmp_path: Path) -> None:
    ledger = mutate.read(in_store.bundle)
    same = mutate.Mutation("none", False, ledger, 0, "nothing")
    mutate.write(same, in_store.bundle, tmp_path / "same")
    assert judged(tmp_path / "same", in_store.note).wrong == []
    BUNDLE[:] = [in_store.bundle]
    with spoilt(same):
        assert verify().agrees
        assert _forged(in_store.note) is None
    assert layout.ENTRIES in {one.name for one in (tmp_path / "same").iterdir()}
