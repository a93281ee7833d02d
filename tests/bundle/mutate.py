"""Seeded mutations of a ledger: in a bundle or in a store, as found, or with everything hashed anew to fit but the key.

Whoever mutates holds all bytes and can hash, but has no key of the ledger: signatures stay what they were, or are made
with a key of one's own.
"""

from __future__ import annotations

import base64
import json
import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from asepsis.bundle import layout
from asepsis.record import canonical, checkpoint, tree

ABOUT = ("before", "revision", "asked")  # fields that name an entry
OWN_KEY = Ed25519PrivateKey.from_private_bytes(sha256(b"a key of one's own").digest())
Entry = dict[str, Any]


class Inapplicable(Exception):
    """There is nothing here that this mutation could change."""


@dataclass(frozen=True)
class Ledger:
    """All bytes of a ledger, taken apart: entries (a text is a bare hash), contents by file, files, checkpoints."""

    entries: tuple[Entry | str, ...]
    contents: dict[str, tuple[bytes, ...]]
    files: dict[str, bytes]
    notes: tuple[dict[str, Any], ...]

    def names(self) -> list[str]:
        return [one if isinstance(one, str) else name_of(one) for one in self.entries]

    def all_contents(self) -> dict[str, bytes]:
        return {sha256(data).hexdigest(): data for lines in self.contents.values() for data in lines}


@dataclass(frozen=True)
class Mutation:
    """A ledger that was changed, and the position of the first entry that is, or that names what is, another."""

    sort: str
    anew: bool
    ledger: Ledger
    position: int
    told: str
    signer: Ed25519PrivateKey | None = None  # with whose key the manifest and the newest checkpoint were signed again


def name_of(entry: Entry) -> str:
    return tree.leaf(canonical.dumps(entry)).hex()


def read(folder: Path) -> Ledger:
    """Return the ledger of an unpacked bundle."""
    entries = tuple(json.loads(line) for line in (folder / layout.ENTRIES).read_bytes().splitlines())
    contents = {
        str(one.relative_to(folder)): tuple(one.read_bytes().splitlines())
        for one in sorted((folder / "contents").iterdir())
    }
    files = {one.name: one.read_bytes() for one in (folder / "files").iterdir()}
    notes = tuple(json.loads(line) for line in (folder / layout.CHECKPOINTS).read_bytes().splitlines())
    return Ledger(entries, contents, files, notes)


def mutate(ledger: Ledger, sort: str, anew: bool, chance: random.Random) -> Mutation:
    """Return a mutation of one sort. Raises `Inapplicable` where nothing was changed by it."""
    changed, position, told = SORTS[sort](ledger, chance)
    if anew:
        changed = hashed_anew(ledger, changed, position)
    if changed == ledger:
        raise Inapplicable
    signer = None
    if anew:
        changed, signer = sealed_anew(changed, chance)
    return Mutation(sort, anew, changed, position, told, signer)


# --- the sorts --------------------------------------------------------------------------------------------------------


def _whole(ledger: Ledger, *forms: str) -> list[int]:
    return [
        at for at, one in enumerate(ledger.entries) if isinstance(one, dict) and (not forms or one["form"] in forms)
    ]


def _pick(found: list[int], chance: random.Random, count: int = 1) -> list[int]:
    if len(found) < count:
        raise Inapplicable
    return sorted(chance.sample(found, count))


def _with(ledger: Ledger, /, **changed: Any) -> Ledger:
    return replace(ledger, **changed)


def _put(ledger: Ledger, at: int, /, **fields: Any) -> Ledger:
    entries = list(ledger.entries)
    before = entries[at]
    assert isinstance(before, dict)
    entries[at] = before | fields
    return _with(ledger, entries=tuple(entries))


def edit(ledger: Ledger, chance: random.Random) -> tuple[Ledger, int, str]:
    """One field of one entry says something else that could be said there."""
    (at,) = _pick(_whole(ledger), chance)
    one = ledger.entries[at]
    assert isinstance(one, dict)
    field = chance.choice(sorted(one.keys() - {"v", "form"}))
    value = _other(one[field], field, chance)
    return _put(ledger, at, **{field: value}), at, f"{field} of entry {at}, a {one['form']}"


def _other(value: Any, field: str, chance: random.Random) -> Any:
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + 1 if chance.random() < 0.5 else max(value - 1, 0)
    if isinstance(value, list):
        return value[:-1] if value else ["0" * 32]
    if field in ("at", "as_of"):
        return value[:-4] + f"{(int(value[-4:-1]) + 1) % 1000:03}Z"
    digits = "0123456789abcdef"
    if len(value) in (32, 64) and set(value) <= set(digits):
        place = chance.randrange(len(value))
        return value[:place] + digits[(digits.index(value[place]) + 1) % 16] + value[place + 1 :]
    words = {
        "meaning": "tested", "how": "copy", "origin": "demonstration", "stands_in": "quality", "why": "lost",
        "kind": "Asset", "label": "GW-AST-999", "code": "ZZ", "time_zone": "UTC", "subject": "another",
    }  # fmt: skip
    return words.get(field, "another")


def delete(ledger: Ledger, chance: random.Random) -> tuple[Ledger, int, str]:
    """One entry is gone."""
    at = chance.randrange(len(ledger.entries))
    return _with(ledger, entries=ledger.entries[:at] + ledger.entries[at + 1 :]), at, f"entry {at}"


def reorder(ledger: Ledger, chance: random.Random) -> tuple[Ledger, int, str]:
    """Two entries stand in each other's place."""
    first, second = sorted(chance.sample(range(len(ledger.entries)), 2))
    if chance.random() < 0.5:
        second = first + 1
    entries = list(ledger.entries)
    entries[first], entries[second] = entries[second], entries[first]
    return _with(ledger, entries=tuple(entries)), first, f"entries {first} and {second}"


def truncate(ledger: Ledger, chance: random.Random) -> tuple[Ledger, int, str]:
    """The end is cut off, with the checkpoints that speak of it."""
    size = chance.randrange(1, len(ledger.entries))
    notes = tuple(one for one in ledger.notes if one["size"] <= size)
    if not notes:
        raise Inapplicable
    return _with(ledger, entries=ledger.entries[:size], notes=notes), size, f"all after {size}"


def swap_contents(ledger: Ledger, chance: random.Random) -> tuple[Ledger, int, str]:
    """Two revisions name each other's content."""
    first, second = _pick(_whole(ledger, "revision"), chance, 2)
    one, other = ledger.entries[first], ledger.entries[second]
    assert isinstance(one, dict)
    assert isinstance(other, dict)
    changed = _put(_put(ledger, first, content=other["content"]), second, content=one["content"])
    return changed, first, f"contents of entries {first} and {second}"


def move_approval(ledger: Ledger, chance: random.Random) -> tuple[Ledger, int, str]:
    """A signature is put on another revision, or to another place."""
    (at,) = _pick(_whole(ledger, "approval"), chance)
    one = ledger.entries[at]
    if chance.random() < 0.5:
        to = chance.randrange(1, len(ledger.entries))
        entries = list(ledger.entries)
        entries.insert(to, entries.pop(at))
        return _with(ledger, entries=tuple(entries)), min(at, to), f"the approval at {at} to {to}"
    (of,) = _pick(_whole(ledger, "submission"), chance)
    other = ledger.entries[of]
    assert isinstance(other, dict)
    assert isinstance(one, dict)
    return _put(ledger, at, revision=other["revision"]), at, f"the approval at {at} to the revision of entry {of}"


def change_card(ledger: Ledger, chance: random.Random) -> tuple[Ledger, int, str]:
    """A name card bears another name."""
    (at,) = _pick(_whole(ledger, "admission", "renaming"), chance)
    one = ledger.entries[at]
    assert isinstance(one, dict)
    return _rewrite(ledger, layout.CARDS, one["card"], b'"name":"', b'"name":"X'), at, f"the card of entry {at}"


def change_content(ledger: Ledger, chance: random.Random) -> tuple[Ledger, int, str]:
    """A record says something else."""
    (at,) = _pick(_whole(ledger, "revision"), chance)
    one = ledger.entries[at]
    assert isinstance(one, dict)
    changed = _rewrite(ledger, layout.of_kind(one["kind"]), one["content"], b'"title":"', b'"title":"X')
    return changed, at, f"the content of entry {at}"


def _rewrite(ledger: Ledger, path: str, digest: str, old: bytes, new: bytes) -> Ledger:
    lines = [
        data.replace(old, new, 1) if sha256(data).hexdigest() == digest else data
        for data in ledger.contents.get(path, ())
    ]
    return _with(ledger, contents=ledger.contents | {path: tuple(lines)})


def swap_facts(ledger: Ledger, chance: random.Random) -> tuple[Ledger, int, str]:
    """A fact document says something else, or two takings in name each other's document."""
    found = _whole(ledger, "facts")
    if chance.random() < 0.5 and len(found) > 1:
        first, second = _pick(found, chance, 2)
        one, other = ledger.entries[first], ledger.entries[second]
        assert isinstance(one, dict)
        assert isinstance(other, dict)
        changed = _put(_put(ledger, first, document=other["document"]), second, document=one["document"])
        return changed, first, f"facts of entries {first} and {second}"
    (at,) = _pick(found, chance)
    one = ledger.entries[at]
    assert isinstance(one, dict)
    files = ledger.files | {one["document"]: ledger.files[one["document"]] + b" "}
    first = min(other for other in found if ledger.entries[other]["document"] == one["document"])  # type: ignore[index]
    return _with(ledger, files=files), first, f"the facts of entry {first}"


def refound(ledger: Ledger, chance: random.Random) -> tuple[Ledger, int, str]:
    """The ledger is founded with a key of one's own."""
    return _put(ledger, 0, key=OWN_KEY.public_key().public_bytes_raw().hex()), 0, "the key of the founding"


Sort = Callable[[Ledger, random.Random], tuple[Ledger, int, str]]
SORTS: dict[str, Sort] = {
    "edit": edit,
    "delete": delete,
    "reorder": reorder,
    "truncate": truncate,
    "swap two contents": swap_contents,
    "move an approval": move_approval,
    "change a name card": change_card,
    "change a content": change_content,
    "swap a fact": swap_facts,
    "found it anew": refound,
}


# --- hashed anew ------------------------------------------------------------------------------------------------------


def hashed_anew(before: Ledger, ledger: Ledger, position: int) -> Ledger:
    """Let every name and digest fit what was changed: contents and files are called by what they are now."""
    moved = _moved_contents(before, ledger) | _moved_files(ledger)
    files = {sha256(data).hexdigest(): data for data in ledger.files.values()}
    renamed = dict(zip(before.names(), before.names(), strict=True))
    by_old = {id(one): name for one, name in zip(before.entries, before.names(), strict=True) if isinstance(one, dict)}
    entries: list[Entry | str] = []
    originals = _originals(before, ledger)
    for at, one in enumerate(ledger.entries):
        if isinstance(one, str):
            entries.append(one)
            continue
        fitted = {
            field: renamed.get(value, value)
            if field in ABOUT
            else moved.get(value, value)
            if isinstance(value, str)
            else value
            for field, value in one.items()
        }
        entries.append(fitted)
        old = by_old.get(id(one)) or originals.get(at)
        if old is not None:
            renamed[old] = name_of(fitted)
    return _with(ledger, entries=tuple(entries), files=files)


def _originals(before: Ledger, ledger: Ledger) -> dict[int, str]:
    """Return, where nothing was moved, what each entry was called before it was edited."""
    return dict(enumerate(before.names())) if len(before.entries) == len(ledger.entries) else {}


def _moved_contents(before: Ledger, ledger: Ledger) -> dict[str, str]:
    moved = {}
    for path, lines in ledger.contents.items():
        for old, new in zip(before.contents[path], lines, strict=True):
            if old != new:
                moved[sha256(old).hexdigest()] = sha256(new).hexdigest()
    return moved


def _moved_files(ledger: Ledger) -> dict[str, str]:
    return {old: new for old, data in ledger.files.items() if (new := sha256(data).hexdigest()) != old}


def sealed_anew(ledger: Ledger, chance: random.Random) -> tuple[Ledger, Ed25519PrivateKey | None]:
    """Write the checkpoints anew, with the roots there are now: under the old signatures, or under a key of one's own."""
    leaves = [bytes.fromhex(name) for name in ledger.names()]
    way = chance.choice(("left", "old signature", "own key"))
    if way == "left" and any(one["size"] == len(leaves) for one in ledger.notes):
        return ledger, None
    origin = f"asepsis/{ledger.names()[0][:32]}"
    notes = []
    for one in ledger.notes:
        if one["size"] > len(leaves):
            continue
        head = checkpoint.Checkpoint(origin, one["size"], tree.root(leaves[: one["size"]]))
        notes.append(one | {"note": _resealed(head, one["note"], way)})
    if not any(one["size"] == len(leaves) for one in notes):
        head = checkpoint.Checkpoint(origin, len(leaves), tree.root(leaves))
        notes.append({"size": len(leaves), "kept": "", "note": _resealed(head, ledger.notes[-1]["note"], way)})
    return _with(ledger, notes=tuple(notes)), OWN_KEY if way == "own key" else None


def _resealed(head: checkpoint.Checkpoint, note: str, way: str) -> str:
    if way == "own key":
        return checkpoint.sign(head, OWN_KEY, head.origin)
    return head.body() + "\n" + note.partition("\n\n")[2]


# --- written out ------------------------------------------------------------------------------------------------------


def write(mutation: Mutation, original: Path, folder: Path) -> None:
    """Write a mutated ledger as a bundle. Hashed anew, its manifest fits; its signature cannot, but with a key of one's own."""
    ledger = mutation.ledger
    out: dict[str, bytes] = {
        layout.ENTRIES: b"".join(canonical.dumps(one) + b"\n" for one in ledger.entries),
        layout.CHECKPOINTS: b"".join(canonical.dumps(one) + b"\n" for one in ledger.notes),
        **{path: b"".join(data + b"\n" for data in lines) for path, lines in ledger.contents.items()},
        **{layout.of_file(name): data for name, data in ledger.files.items()},
    }
    for name in (layout.CATALOGUE, layout.POLICY, layout.VERIFIER, layout.README):
        out[name] = (original / name).read_bytes()
    manifest = json.loads((original / layout.MANIFEST).read_bytes())
    if mutation.anew:
        last = next(one for one in reversed(ledger.entries) if isinstance(one, dict))
        listed = [[name, len(data), sha256(data).hexdigest()] for name, data in sorted(out.items())]
        manifest |= {"size": len(ledger.entries), "at": last["at"], "files": listed}
    out[layout.MANIFEST] = canonical.dumps(manifest)
    out[layout.SIGNATURE] = (original / layout.SIGNATURE).read_bytes()
    if mutation.signer is not None:
        signed = mutation.signer.sign(layout.SIGNED_AS + out[layout.MANIFEST])
        out[layout.SIGNATURE] = base64.b64encode(signed) + b"\n"
    for name, data in out.items():
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)
