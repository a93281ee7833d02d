"""Bundles that somebody spoilt, on purpose or not: one sentence each, nothing opened, nothing half restored."""

from __future__ import annotations

import json
import os
import shutil
import stat
import struct
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from asepsis.bundle import layout
from asepsis.bundle.layout import UnreadableBundleError
from asepsis.bundle.reading import open_bundle
from asepsis.bundle.restoring import NotWholeError, restore
from asepsis.errors import AsepsisError
from asepsis.record import canonical
from asepsis.store.rows import select
from tests.bundle.conftest import Kept, judged
from tests.store.conftest import Clock

Spoil = Callable[[Path], Path]


def zipped(folder: Path, target: Path, around: str = "") -> Path:
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for one in sorted(folder.rglob("*")):
            if one.is_file():
                archive.write(one, around + str(one.relative_to(folder)))
    return target


def extra_file(folder: Path) -> Path:
    (folder / "contents/Extra.jsonl").write_bytes(b"")
    return folder


def missing_file(folder: Path) -> Path:
    (folder / "policy.json").unlink()
    return folder


def link(folder: Path) -> Path:
    (folder / "policy.json").unlink()
    (folder / "policy.json").symlink_to("/etc/passwd")
    return folder


def linked_folder(folder: Path) -> Path:
    (folder / "more").symlink_to("/etc")
    return folder


def pipe(folder: Path) -> Path:
    (folder / "policy.json").unlink()
    os.mkfifo(folder / "policy.json")
    return folder


def climbing(folder: Path) -> Path:
    target = zipped(folder, folder.with_suffix(".zip"))
    with zipfile.ZipFile(target, "a") as archive:
        archive.writestr("../../outside.txt", "climbed")
    return target


def absolute(folder: Path) -> Path:
    target = zipped(folder, folder.with_suffix(".zip"))
    with zipfile.ZipFile(target, "a") as archive:
        archive.writestr("/etc/outside.txt", "climbed")
    return target


def link_in_zip(folder: Path) -> Path:
    target = zipped(folder, folder.with_suffix(".zip"))
    with zipfile.ZipFile(target, "a") as archive:
        info = zipfile.ZipInfo("linked.json")
        info.create_system, info.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
        archive.writestr(info, "/etc/passwd")
    return target


@pytest.mark.filterwarnings("ignore:Duplicate name")
def twice(folder: Path) -> Path:
    import warnings

    target = zipped(folder, folder.with_suffix(".zip"))
    with zipfile.ZipFile(target, "a") as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        archive.writestr("policy.json", "[]")
    return target


def truncated(folder: Path) -> Path:
    target = zipped(folder, folder.with_suffix(".zip"))
    target.write_bytes(target.read_bytes()[:-200])
    return target


def truncated_entries(folder: Path) -> Path:
    data = (folder / layout.ENTRIES).read_bytes()
    (folder / layout.ENTRIES).write_bytes(data[: len(data) // 2])
    return folder


def folder_around(folder: Path) -> Path:
    return zipped(folder, folder.with_suffix(".zip"), "bundle/")


def ten_gigabytes(folder: Path) -> Path:
    """A zip whose directory says that a file of it holds 10 GB."""
    target = zipped(folder, folder.with_suffix(".zip"))
    data = bytearray(target.read_bytes())
    at = data.rindex(b"PK\x01\x02")
    size = 4_000_000_000
    for _ in range(3):  # three files of the directory, 4 GB each
        data[at + 24 : at + 28] = struct.pack("<I", size)
        at = data.rindex(b"PK\x01\x02", 0, at)
    target.write_bytes(bytes(data))
    return target


def a_bomb(folder: Path) -> Path:
    """A zip in which the entries are a line of 66 MB that never ends."""
    target = folder.with_suffix(".zip")
    (folder / layout.ENTRIES).write_bytes(b"")
    zipped(folder, target)
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for one in sorted(folder.rglob("*")):
            if one.is_file() and one.name != layout.ENTRIES:
                archive.write(one, str(one.relative_to(folder)))
        with archive.open(layout.ENTRIES, "w") as out:
            for _ in range(66):
                out.write(b"0" * 2**20)
    return target


def changed_byte(folder: Path) -> Path:
    data = bytearray((folder / layout.ENTRIES).read_bytes())
    data[len(data) // 2] ^= 1
    (folder / layout.ENTRIES).write_bytes(bytes(data))
    return folder


def other_format(folder: Path) -> Path:
    manifest = json.loads((folder / layout.MANIFEST).read_bytes())
    (folder / layout.MANIFEST).write_bytes(canonical.dumps(manifest | {"format": "asepsis-bundle/2"}))
    return folder


def no_manifest(folder: Path) -> Path:
    (folder / layout.MANIFEST).unlink()
    return folder


def deep_manifest(folder: Path) -> Path:
    (folder / layout.MANIFEST).write_bytes(b"[" * 100_000)
    return folder


def no_bundle(folder: Path) -> Path:
    target = folder.with_suffix(".txt")
    target.write_text("Not at all.")
    return target


def nothing(folder: Path) -> Path:
    return folder.with_name("nowhere")


def dropped_signature(folder: Path) -> Path:
    (folder / layout.SIGNATURE).write_bytes(b"AAAA\n")
    return folder


def no_lines(folder: Path) -> Path:
    (folder / layout.CHECKPOINTS).write_bytes(b"nonsense\n")
    return folder


SPOILT: dict[Spoil, str] = {
    extra_file: "not in its manifest",
    missing_file: "policy.json is missing",
    link: "no plain file",
    linked_folder: "no plain file",
    pipe: "no plain file",
    climbing: "no plain file",
    absolute: "no plain file",
    link_in_zip: "no plain file",
    twice: "there twice",
    truncated: "cannot be read",
    truncated_entries: "entries.jsonl was changed",
    folder_around: "manifest.json",
    ten_gigabytes: "more bytes than it can",
    a_bomb: "entries.jsonl was changed",
    changed_byte: "entries.jsonl|not",
    other_format: "its format is 'asepsis-bundle/2' and not asepsis-bundle/1",
    no_manifest: "there is no manifest.json",
    deep_manifest: "cannot be read",
    no_bundle: "not a zip file",
    nothing: "No such file",
    dropped_signature: "not signed with the key of its ledger",
    no_lines: "checkpoints.jsonl",
}


@pytest.fixture
def folder(kept: Kept, tmp_path: Path) -> Path:
    return Path(shutil.copytree(kept.bundle, tmp_path / "bundle"))


@pytest.mark.parametrize("spoil", SPOILT, ids=lambda one: one.__name__)
def test_a_spoilt_bundle_is_told_in_one_sentence_and_nothing_is_restored(
    folder: Path, kept: Kept, elsewhere: Path, spoil: Spoil
) -> None:
    path = spoil(folder)
    with pytest.raises(UnreadableBundleError, match=SPOILT[spoil]) as raised:
        open_bundle(path)
    assert raised.value.said.text().count("\n") == 0
    with pytest.raises(AsepsisError):
        restore(path, elsewhere, Clock(kept.store.clock.now))
    assert select("SELECT COUNT(*) FROM store_entry")[0][0] == 0
    assert select("SELECT COUNT(*) FROM store_content")[0][0] == 0
    assert not (elsewhere / "ledger.key").exists()
    assert judged(path, kept.note).wrong
    restore(kept.bundle, elsewhere, Clock(kept.store.clock.now))  # and a whole one is still taken


@pytest.mark.parametrize("spoil", [truncated, no_manifest, other_format, ten_gigabytes, changed_byte, link],
                         ids=lambda one: one.__name__)  # fmt: skip
def test_the_verifier_ends_with_3_where_there_is_nothing_to_read_and_with_1_where_it_is_wrong(
    folder: Path, kept: Kept, spoil: Spoil
) -> None:
    verifier = shutil.copy(kept.bundle / "verify.py", folder.parent / "verify.py")
    said = subprocess.run([sys.executable, "-I", verifier, spoil(folder), "--quiet"], capture_output=True, text=True)
    assert said.returncode == (1 if spoil in (changed_byte, link) else 3), said.stdout
    assert said.stderr == ""


def test_a_bundle_that_was_packed_again_is_taken(folder: Path, kept: Kept, elsewhere: Path) -> None:
    path = zipped(folder, folder.with_suffix(".zip"))
    assert judged(path, kept.note).wrong == []
    assert restore(path, elsewhere, Clock(kept.store.clock.now)).entries == open_bundle(kept.bundle).size


def test_a_signature_that_was_moved_is_found_before_anything_is_restored(
    kept: Kept, elsewhere: Path, tmp_path: Path
) -> None:
    import random

    from tests.bundle import mutate

    ledger, chance = mutate.read(kept.bundle), random.Random(3)
    while True:
        mutation = mutate.mutate(ledger, "found it anew", True, chance)
        if mutation.signer is not None:  # a whole new ledger, signed with another key
            break
    entries = mutation.ledger.entries
    at = next(at for at, one in enumerate(entries) if isinstance(one, dict) and one["form"] == "approval")
    put = mutate._put(mutation.ledger, at, slot=9)
    anew = mutate.hashed_anew(mutation.ledger, put, at)
    sealed = mutation
    while sealed.signer is None or sealed.ledger.entries[at] != anew.entries[at]:
        changed, signer = mutate.sealed_anew(anew, chance)
        sealed = mutate.Mutation("moved", True, changed, at, "a slot", signer)
    mutate.write(sealed, kept.bundle, tmp_path / "forged")
    assert open_bundle(tmp_path / "forged").size == len(entries)
    with pytest.raises(NotWholeError, match=rf"Entry {at} is no signature that its revision waits for"):
        restore(tmp_path / "forged", elsewhere, Clock(kept.store.clock.now))
    assert select("SELECT COUNT(*) FROM store_entry")[0][0] == 0
