"""The bundle of docs/format.md: put together from that page, and verified; and the bundles of every version, read for ever."""

from __future__ import annotations

import base64
import json
from hashlib import sha256
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from asepsis import processes
from asepsis.bundle import layout, verify
from asepsis.bundle.reading import open_bundle
from asepsis.conformance.assessment import document_bytes
from asepsis.record import canonical
from tests.bundle.conftest import judged
from tests.record.test_format import ENTRIES, KEY, NOTE, PAGE, examples

processes.load()
(EXAMPLE,) = examples("bundle")
SAMPLES = sorted((Path(__file__).parents[1] / "samples/bundle").glob("*.zip"))


def put_together() -> dict[str, bytes]:
    """Return the files of the example as the page tells them."""
    contents = {one["digest"]: one["bytes"].encode() for one in examples("content")}
    lines: dict[str, list[bytes]] = {
        "entries.jsonl": list(ENTRIES),
        "checkpoints.jsonl": [EXAMPLE["checkpoint"].encode()],
    }
    for fields in map(json.loads, ENTRIES):
        match fields["form"]:
            case "revision":
                lines.setdefault(f"contents/{fields['kind']}.jsonl", []).append(contents[fields["content"]])
            case "admission" | "renaming":
                lines.setdefault("contents/cards.jsonl", []).append(contents[fields["card"]])
            case "product":
                lines.setdefault("contents/words.jsonl", []).append(contents[fields["name"]])
    files = {name: b"".join(line + b"\n" for line in found) for name, found in lines.items()}
    return files | {f"files/{sha256(b'{}').hexdigest()}": b"{}"}


def test_the_manifest_of_the_page_lists_the_files_of_the_page() -> None:
    files = put_together()
    manifest = canonical.loads(EXAMPLE["manifest"].encode())
    assert canonical.dumps(manifest).decode() == EXAMPLE["manifest"]
    assert manifest["files"] == [[name, len(data), sha256(data).hexdigest()] for name, data in sorted(files.items())]
    assert json.loads(EXAMPLE["checkpoint"])["note"] == NOTE


def test_the_manifest_of_the_page_is_signed_with_the_key_of_the_page() -> None:
    key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(KEY["public"]))
    key.verify(base64.b64decode(EXAMPLE["signature"]), b"asepsis-bundle\n" + EXAMPLE["manifest"].encode())


def test_the_bundle_of_the_page_verifies(tmp_path: Path) -> None:
    files = put_together() | {
        "manifest.json": EXAMPLE["manifest"].encode(),
        "manifest.sig": EXAMPLE["signature"].encode() + b"\n",
    }
    for name, data in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(data)
    (tmp_path.parent / "note.txt").write_text(NOTE)
    found = judged(tmp_path, tmp_path.parent / "note.txt")
    assert found.wrong == []
    assert found.unchecked == ["1 sources of facts are not here."]
    assert "signed     2026-11-25  GW-THR-1  reviewed as security or management: Ada Beispiel" in found.lines


def test_the_page_tells_what_the_verifier_and_the_program_hold() -> None:
    words = " ".join(PAGE.split())
    assert ", ".join(verify.UNSIGNED) in words
    assert f"`{verify.PLAIN.pattern}`" in PAGE
    assert f"{verify.MOST:,} bytes" in words
    assert f"`{layout.FORMAT}`" in PAGE
    for name in (layout.ENTRIES, layout.CHECKPOINTS, layout.CARDS, layout.WORDS, layout.CATALOGUE, layout.POLICY,
                 layout.VERIFIER, layout.README, layout.MANIFEST, layout.SIGNATURE):  # fmt: skip
        assert f"`{name}`" in PAGE


# --- kept for ever ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", SAMPLES, ids=lambda one: one.stem)
def test_a_bundle_of_an_earlier_version_verifies_opens_and_is_assessed(path: Path) -> None:
    note = path.with_suffix(".checkpoint")
    assert judged(path, note).wrong == []
    bundle = open_bundle(path)
    assert bundle.size > 20
    assert len(bundle.dossier()) > 3
    assert document_bytes(bundle.assess()) == document_bytes(open_bundle(path).assess())
    position = bundle.baselines()[0].position
    entry = next(one for at, _, one in bundle.entries if at == position)
    assert bundle.dossier(position - 1).digest == entry["dossier"]


def test_there_is_a_bundle_of_this_version() -> None:
    assert {one.stem for one in SAMPLES} >= {layout.FORMAT.replace("/", "-")}
