from __future__ import annotations

import gzip
import hashlib
import io
import os
import stat
import struct
import tarfile
import tracemalloc
import zipfile
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from asepsis.errors import InputError
from asepsis.exchange.facts import File
from asepsis.exchange.package import (
    Bounds,
    PackageTooLargeError,
    UnreadablePackageError,
    UnsafePackageError,
    read,
)
from asepsis.exchange.source import MIB, SourceMissingError

CONTENT = {"bin/tool": b"#!/bin/sh\n", "doc/readme.txt": b"Read me.\n", "empty": b"", "lib/large.bin": bytes(3 * MIB)}


def expected() -> tuple[File, ...]:
    return tuple(File(path, len(data), hashlib.sha256(data).hexdigest()) for path, data in sorted(CONTENT.items()))


def as_folder(path: Path) -> Path:
    for name, data in CONTENT.items():
        (path / "it" / name).parent.mkdir(parents=True, exist_ok=True)
        (path / "it" / name).write_bytes(data)
    return path / "it"


def as_zip(path: Path, members: Iterable[tuple[str | zipfile.ZipInfo, bytes]] = CONTENT.items()) -> Path:
    with zipfile.ZipFile(path / "it.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members:
            archive.writestr(name, data)
    return path / "it.zip"


def tar_member(name: str, data: bytes = b"", **fields: object) -> tuple[tarfile.TarInfo, bytes]:
    info = tarfile.TarInfo(name)
    info.size = len(data)
    for key, value in fields.items():
        setattr(info, key, value)
    return info, data


def as_tar(path: Path, *members: tuple[tarfile.TarInfo, bytes], mode: str = "w") -> Path:
    with tarfile.open(path / "it.tar", mode) as archive:  # type: ignore[call-overload]
        for info, data in members or [tar_member(f"./{name}", data) for name, data in CONTENT.items()]:
            archive.addfile(info, io.BytesIO(data))
    return path / "it.tar"


@pytest.mark.parametrize(
    "make",
    [as_folder, as_zip, as_tar, lambda path: as_tar(path, mode="w:gz")],
    ids=["folder", "zip", "tar", "tar.gz"],
)
def test_a_package_gives_the_same_files_in_each_form(make: Callable[[Path], Path], tmp_path: Path) -> None:
    reading = read(make(tmp_path))
    assert (reading.fact.files, reading.fact.executable) == (expected(), ("bin/tool",))
    assert (reading.receipt.kind, reading.receipt.taken, reading.receipt.not_taken) == ("package_files", 4, ())


def test_the_receipt_names_an_archive_by_its_own_digest(tmp_path: Path) -> None:
    path = as_zip(tmp_path)
    assert read(path).receipt.digest == hashlib.sha256(path.read_bytes()).hexdigest()


def test_the_receipt_names_a_folder_by_the_digest_of_its_listing(tmp_path: Path) -> None:
    lines = "".join(f"{file.sha256}  {file.path}\n" for file in expected())
    assert read(as_folder(tmp_path)).receipt.digest == hashlib.sha256(lines.encode()).hexdigest()


@pytest.mark.parametrize(
    ("start", "is_executable"),
    [
        (b"#!/bin/sh", True),
        (b"\x7fELF\x02", True),
        (b"MZ\x90", True),
        (b"\xcf\xfa\xed\xfe\x07", True),
        (b"\xca\xfe\xba\xbe\x00\x00\x00\x02", True),  # two machines
        (b"\xca\xfe\xba\xbe\x00\x00\x00\x34", False),  # a Java class of version 52
        (b"# !/bin/sh", False),
        (b"", False),
    ],
)
def test_a_program_is_told_by_its_first_bytes(start: bytes, is_executable: bool, tmp_path: Path) -> None:
    assert bool(read(as_zip(tmp_path, [("it", start)])).fact.executable) is is_executable


def test_a_program_is_told_by_its_mode(tmp_path: Path) -> None:
    info = zipfile.ZipInfo("run")
    info.create_system, info.external_attr = 3, (stat.S_IFREG | 0o755) << 16
    assert read(as_zip(tmp_path, [(info, b"code")])).fact.executable == ("run",)
    assert read(as_tar(tmp_path, tar_member("run", b"code", mode=0o755))).fact.executable == ("run",)


UNSAFE = ["/etc/passwd", "../evil", "a/../../evil", "C:/evil", "a\\..\\evil", "a/./../b", "x" * 5000]


@pytest.mark.parametrize("name", UNSAFE)
def test_a_path_that_leads_elsewhere_is_refused_in_a_zip(name: str, tmp_path: Path) -> None:
    with pytest.raises(UnsafePackageError):
        read(as_zip(tmp_path, [(name, b"")]))


@pytest.mark.parametrize("name", UNSAFE)
def test_a_path_that_leads_elsewhere_is_refused_in_a_tar(name: str, tmp_path: Path) -> None:
    with pytest.raises(UnsafePackageError):
        read(as_tar(tmp_path, tar_member(name)))


@pytest.mark.parametrize("names", [("a", "a"), ("a", "./a"), ("a", "a/b"), ("a/b", "a")])
@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_one_name_for_two_things_is_refused(names: tuple[str, str], tmp_path: Path) -> None:
    for path in (as_zip(tmp_path, [(name, b"") for name in names]), as_tar(tmp_path, *map(tar_member, names))):
        with pytest.raises(UnsafePackageError, match=r"two members have this name|a folder of other members too"):
            read(path)


@pytest.mark.parametrize(("one", "other"), [("Read.me", "read.ME"), ("caf\u00e9", "cafe\u0301"), ("\u00e9", "E\u0301")])
def test_names_that_some_file_systems_take_for_one_are_said(one: str, other: str, tmp_path: Path) -> None:
    reading = read(as_zip(tmp_path, [(one, b"1"), (other, b"2")]))
    assert (len(reading.fact.files), len(reading.receipt.notes)) == (2, 1)


@pytest.mark.parametrize("kind", [tarfile.CHRTYPE, tarfile.BLKTYPE, tarfile.FIFOTYPE])
def test_a_device_in_a_tar_is_refused(kind: bytes, tmp_path: Path) -> None:
    with pytest.raises(UnsafePackageError, match="neither a file nor a folder nor a link"):
        read(as_tar(tmp_path, tar_member("dev", type=kind)))


def test_a_device_in_a_zip_is_refused(tmp_path: Path) -> None:
    info = zipfile.ZipInfo("dev")
    info.create_system, info.external_attr = 3, stat.S_IFCHR << 16
    with pytest.raises(UnsafePackageError, match="neither a file nor a folder nor a link"):
        read(as_zip(tmp_path, [(info, b"")]))


def test_a_pipe_in_a_folder_is_refused(tmp_path: Path) -> None:
    os.mkfifo(as_folder(tmp_path) / "pipe")
    with pytest.raises(UnsafePackageError, match="neither a file nor a folder nor a link"):
        read(tmp_path / "it")


def test_symbolic_links_are_said_and_not_followed(tmp_path: Path) -> None:
    info = zipfile.ZipInfo("link")
    info.create_system, info.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
    (as_folder(tmp_path) / "link").symlink_to("/etc/passwd")
    (tmp_path / "it" / "up").symlink_to("..")
    packages = (
        as_zip(tmp_path, [("a", b""), (info, b"/etc/passwd")]),
        as_tar(tmp_path, tar_member("a"), tar_member("link", type=tarfile.SYMTYPE, linkname="/etc/passwd")),
        tmp_path / "it",
    )
    for package in packages:
        reading = read(package)
        left = {what: getattr(why, "text", str)() for what, why in reading.receipt.not_taken}
        assert "'/etc/passwd'" in left["link"]
        assert "link" not in {file.path for file in reading.fact.files}


def test_a_file_behind_a_link_of_the_same_name_is_refused(tmp_path: Path) -> None:
    package = as_tar(tmp_path, tar_member("a", type=tarfile.SYMTYPE, linkname="/etc"), tar_member("a/passwd", b"root"))
    with pytest.raises(UnsafePackageError, match="a folder of other members too"):
        read(package)


def test_a_hard_link_has_the_content_that_it_links_to(tmp_path: Path) -> None:
    package = as_tar(tmp_path, tar_member("a", b"#!"), tar_member("b", type=tarfile.LNKTYPE, linkname="./a"))
    reading = read(package)
    assert [file.sha256 for file in reading.fact.files] == [hashlib.sha256(b"#!").hexdigest()] * 2
    assert (reading.fact.executable, len(reading.receipt.notes)) == (("a", "b"), 1)


@pytest.mark.parametrize("target", ["later", "/etc/passwd", "../a"])
def test_a_hard_link_to_what_is_not_there_is_refused(target: str, tmp_path: Path) -> None:
    with pytest.raises(UnsafePackageError):
        read(as_tar(tmp_path, tar_member("b", type=tarfile.LNKTYPE, linkname=target), tar_member("later")))


def test_an_encrypted_member_is_refused(tmp_path: Path) -> None:
    path = as_zip(tmp_path, [("secret", b"x")])
    data = bytearray(path.read_bytes())
    data[6] |= 1
    data[data.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(data)
    with pytest.raises(UnsafePackageError, match="it is encrypted"):
        read(path)


def test_a_name_that_is_no_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "it").mkdir()
    Path(os.fsdecode(os.fsencode(tmp_path / "it") + b"/\xff")).write_bytes(b"")
    with pytest.raises(UnsafePackageError, match="not UTF-8"):
        read(tmp_path / "it")


def test_more_files_than_the_bound_are_refused(tmp_path: Path) -> None:
    path = as_zip(tmp_path, [(str(number), b"") for number in range(11)])
    assert len(read(path, bounds=Bounds(files=11)).fact.files) == 11
    with pytest.raises(PackageTooLargeError, match="more than 10 files"):
        read(path, bounds=Bounds(files=10))


@pytest.mark.parametrize("make", [as_folder, as_zip, lambda path: as_tar(path, mode="w:gz")])
def test_more_bytes_than_the_bound_are_refused(make: Callable[[Path], Path], tmp_path: Path) -> None:
    package = make(tmp_path)
    assert read(package, bounds=Bounds(size=4 * MIB)).receipt.taken == 4
    with pytest.raises(PackageTooLargeError, match="more than 2,097,152 bytes"):
        read(package, bounds=Bounds(size=2 * MIB))


def bomb_as_zip(path: Path) -> Path:
    with zipfile.ZipFile(path / "bomb.zip", "w", zipfile.ZIP_DEFLATED) as archive, archive.open("zero", "w") as out:
        for _ in range(100):
            out.write(bytes(MIB))
    return path / "bomb.zip"


def bomb_as_tar(path: Path, kind: bytes = tarfile.REGTYPE) -> Path:
    with gzip.open(path / "bomb.tar.gz", "wb") as out:
        info = tarfile.TarInfo("zero")
        info.size, info.type = 100 * MIB, kind
        out.write(info.tobuf())
        for _ in range(100):
            out.write(bytes(MIB))
        out.write(bytes(1024))
    return path / "bomb.tar.gz"


@pytest.mark.parametrize("make", [bomb_as_zip, bomb_as_tar])
def test_a_bomb_is_stopped_while_it_unpacks_and_takes_no_memory(make: Callable[[Path], Path], tmp_path: Path) -> None:
    package = make(tmp_path)
    tracemalloc.start()
    with pytest.raises(PackageTooLargeError, match="more than 200 bytes for each packed one"):
        read(package)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 16 * MIB


@pytest.mark.parametrize("kind", [tarfile.XHDTYPE, tarfile.GNUTYPE_LONGNAME])
def test_a_header_that_is_a_bomb_is_refused_before_it_is_read(kind: bytes, tmp_path: Path) -> None:
    with pytest.raises(UnreadablePackageError, match=r"a header of 104,?857,?600 bytes"):
        read(bomb_as_tar(tmp_path, kind))


def test_a_sparse_file_is_counted_with_its_holes(tmp_path: Path) -> None:
    info = tarfile.TarInfo("holes")
    info.type, info.size = tarfile.GNUTYPE_SPARSE, 0
    header = bytearray(info.tobuf(tarfile.GNU_FORMAT))
    header[483:495] = b"%011o\0" % (10 * MIB)  # its real size, without any data
    header[148:156] = b"        "
    header[148:156] = b"%06o\0 " % sum(header)
    (tmp_path / "it.tar").write_bytes(bytes(header) + bytes(1024))
    assert read(tmp_path / "it.tar").fact.files[0].size == 10 * MIB
    with pytest.raises(PackageTooLargeError):
        read(tmp_path / "it.tar", bounds=Bounds(size=5 * MIB))


def test_a_zip_directory_larger_than_the_bound_on_files_is_refused_unread(tmp_path: Path) -> None:
    path = as_zip(tmp_path, [("a", b"")])
    data = bytearray(path.read_bytes())
    struct.pack_into("<I", data, data.rindex(b"PK\x05\x06") + 12, 1 << 31)
    path.write_bytes(data)
    with pytest.raises(PackageTooLargeError, match="the directory of the archive"):
        read(path)


@pytest.mark.parametrize("make", [as_zip, as_tar, lambda path: as_tar(path, mode="w:gz")], ids=["zip", "tar", "tar.gz"])
def test_an_archive_that_is_cut_off_is_refused_wherever_it_is_cut(make: Callable[[Path], Path], tmp_path: Path) -> None:
    data = make(tmp_path).read_bytes()
    for size in [*range(0, len(data) - 1024 * 9, max(1, len(data) // 40)), 511, 512, 513, 1024]:
        (tmp_path / "cut").write_bytes(data[:size])
        with pytest.raises(UnreadablePackageError):
            read(tmp_path / "cut")


def test_a_damaged_header_is_not_taken_for_the_end(tmp_path: Path) -> None:
    path = as_tar(tmp_path, tar_member("a"), tar_member("b"))
    data = bytearray(path.read_bytes())
    data[512] ^= 1
    path.write_bytes(data)
    with pytest.raises(UnreadablePackageError, match="a header is damaged"):
        read(path)


def test_what_follows_the_end_of_a_tar_is_said(tmp_path: Path) -> None:
    path = as_tar(tmp_path)
    path.write_bytes(path.read_bytes() * 2)
    assert len(read(path).receipt.notes) == 1


def test_a_wrong_checksum_is_refused(tmp_path: Path) -> None:
    path = as_zip(tmp_path, [("a", b"content")])
    data = bytearray(path.read_bytes())
    data[14] ^= 1
    data[data.index(b"PK\x01\x02") + 16] ^= 1
    path.write_bytes(data)
    with pytest.raises(UnreadablePackageError, match="CRC"):
        read(path)


def test_a_member_that_is_shorter_than_the_archive_says_is_refused(tmp_path: Path) -> None:
    path = as_zip(tmp_path, [("a", b"content")])
    data = bytearray(path.read_bytes())
    data[22] += 1
    data[data.index(b"PK\x01\x02") + 24] += 1
    path.write_bytes(data)
    with pytest.raises(UnreadablePackageError, match="has 7 bytes in place of 8"):
        read(path)


@pytest.mark.parametrize(
    "data", [b"", b"hello", b"PK\x03\x04", gzip.compress(b"hello", mtime=0), b"PK\x05\x06" + bytes(18)]
)
def test_what_is_no_package_is_refused(data: bytes, tmp_path: Path) -> None:
    (tmp_path / "it").write_bytes(data)
    with pytest.raises(UnreadablePackageError):
        read(tmp_path / "it")


def test_a_package_without_a_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnreadablePackageError, match="no file"):
        read(tmp_path)


@pytest.mark.parametrize("name", ["absent", "a\0b"])
def test_a_path_without_anything_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(SourceMissingError):
        read(tmp_path / name)


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(data=st.data(), form=st.sampled_from(["zip", "tar", "gz"]))
def test_a_damaged_archive_is_read_or_refused(data: st.DataObject, form: str, tmp_path: Path) -> None:
    if form == "zip":
        path = as_zip(tmp_path, [("a", b"content"), ("d\u00e9/b", b"more")])
    else:
        path = as_tar(
            tmp_path,
            tar_member("a", b"content"),
            tar_member("d" * 200, b"more", pax_headers={"comment": "x"}),
            mode="w:gz" if form == "gz" else "w",
        )
    whole = bytearray(path.read_bytes())
    most = min(len(whole), 4096) - 1
    for _ in range(data.draw(st.integers(1, 4))):
        whole[data.draw(st.integers(0, most))] = data.draw(st.integers(0, 255))
    path.write_bytes(whole)
    try:
        code = None
        read(path)
    except InputError as refusal:
        code = refusal.code
    assert code in (None, "package-unreadable", "package-unsafe", "package-too-large")
