"""Export: a product's dossier, whole and in order, the same bytes each time at one position of the ledger."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from importlib import resources
from pathlib import Path
from typing import Any

import msgspec
from django.db import transaction

import asepsis
from asepsis.bundle import layout
from asepsis.clauses.catalogue import DEFAULT, EDITIONS
from asepsis.conformance.moments import policy_today
from asepsis.record import canonical
from asepsis.store import keys, queries
from asepsis.store.rows import in_parts, select, select_in, streamed

Progress = Callable[[str, int], None]
_DIGESTS = re.compile(rb'"([0-9a-f]{64})"')
LINE = b"\n"


@dataclass(frozen=True, slots=True)
class Scope:
    """What is exported: of one product, or (`None`) of the organisation alone, whose records come with every product.

    `without` are digests of contents or files that are left out by name. `withheld` are the records that the one who
    asks may not see: bare hashes stand for their entries.
    """

    product: str | None
    files: bool = True
    without: frozenset[str] = frozenset()
    withheld: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Exported:
    """What was written: how many entries, and how many of them whole; contents; files; what was left out and why."""

    target: Path
    size: int
    whole: int
    contents: int
    files: int
    left_out: tuple[tuple[str, str], ...]


@dataclass(slots=True)
class _Named:
    """What the entries name: contents by the file that they go into, in order, and files by digest."""

    contents: dict[str, list[bytes]] = field(default_factory=dict)
    files: dict[bytes, None] = field(default_factory=dict)
    documents: set[str] = field(default_factory=set)  # of facts: these should be here
    erased: set[str] = field(default_factory=set)
    absent: set[str] = field(default_factory=set)
    withheld_kinds: set[str] = field(default_factory=set)
    whole: int = 0

    def content(self, name: str, digest: str) -> None:
        self.contents.setdefault(name, []).append(bytes.fromhex(digest))


def export(scope: Scope, target: Path, progress: Progress | None = None) -> Exported:
    """Write the dossier of a product (`None`: the organisation's alone) to a folder, or to a file that ends in .zip.

    Raises `TargetTakenError`, `UnwritableBundleError`, or what the store raises where there is no ledger.
    """
    tell = progress or (lambda _what, _count: None)
    with layout.sink(target) as sink:
        with transaction.atomic():  # of one moment; what comes before its last entry does not change any more
            ledger = queries.ledger()
            notes = select(
                "SELECT size, kept, note FROM store_checkpoint WHERE size <= %s ORDER BY size", [ledger.size]
            )
        named = _entries(sink, scope, ledger.size, tell)
        contents = _contents(sink, scope, named, tell)
        files = _files(sink, scope, named, tell)
        _rest(sink, scope, ledger, notes)
        left_out = _left_out(scope, named)
        _manifest(sink, scope, ledger, left_out)
    return Exported(target, ledger.size, named.whole, contents, files, left_out)


def _entries(sink: layout.Sink, scope: Scope, size: int, tell: Progress) -> _Named:
    """Write each entry of the product and of the organisation whole, and every other as its bare hash, in order."""
    named = _Named()
    decode = msgspec.json.Decoder().decode
    with sink.file(layout.ENTRIES) as out:
        rows = streamed(
            "SELECT position, name, of, record, data FROM store_entry WHERE position < %s ORDER BY position", [size]
        )
        for position, name, of, record, data in rows:
            if position % 5_000 == 0:
                tell("entries", position)
            line = bytes(data)
            if not line or of not in (None, scope.product) or record in scope.withheld:
                out.write(b'"%s"\n' % name.encode())
                if line and record in scope.withheld and b'"form":"revision"' in line:
                    named.withheld_kinds.add(decode(line)["kind"])
                continue
            named.whole += 1
            out.write(line + LINE)
            _name(named, decode(line))
    return named


def _name(named: _Named, fields: dict[str, Any]) -> None:
    """Remember what an entry names, by where it goes."""
    form = fields["form"]
    match form:
        case "revision":
            named.content(layout.of_kind(fields["kind"]), fields["content"])
        case "admission" | "renaming":
            named.content(layout.CARDS, fields["card"])
        case "product":
            named.content(layout.WORDS, fields["name"])
        case "rejection" | "withdrawal":
            named.content(layout.WORDS, fields["reason"])
        case "comment":
            named.content(layout.WORDS, fields["content"])
        case "facts":
            for name in ("document", "source"):
                named.files[bytes.fromhex(fields[name])] = None
            named.documents.add(fields["document"])
        case "erasure-asked" | "redaction":
            if "remainder" in fields:
                named.content(layout.WORDS, fields["remainder"])
            if form == "redaction":
                named.erased.add(fields.get("content") or fields["file"])


def _contents(sink: layout.Sink, scope: Scope, named: _Named, tell: Progress) -> int:
    count = 0
    for path in sorted(named.contents):
        wanted = dict.fromkeys(named.contents[path])
        with sink.file(path) as out:
            for digest, data in _stored(wanted):
                del wanted[bytes.fromhex(digest)]
                if digest in scope.without:
                    continue
                out.write(data + LINE)
                count += 1
                for found in _DIGESTS.findall(data):
                    named.files[bytes.fromhex(found.decode())] = None
        named.absent.update(one.hex() for one in wanted)
        tell(path, count)
    return count


def _stored(digests: Iterable[bytes]) -> Iterator[tuple[str, bytes]]:
    """Yield the contents that are here, each once, in the order of `digests`."""
    for part in in_parts(dict.fromkeys(digests)):
        wanted = [one.hex() for one in part]
        found = dict(select_in("SELECT digest, data FROM store_content WHERE digest IN ({})", wanted))
        for digest in wanted:
            if digest in found:
                yield digest, bytes(found[digest])


def _files(sink: layout.Sink, scope: Scope, named: _Named, tell: Progress) -> int:
    if not scope.files:
        return 0
    wanted = (one.hex() for one in named.files)
    found = {row[0] for row in select_in("SELECT digest FROM store_storedfile WHERE digest IN ({})", wanted)}
    named.absent |= named.documents - found
    present = sorted(found - scope.without - _assessments(scope))
    for number, digest in enumerate(present):
        tell("files", number)
        data = queries.file(digest)
        if data is not None:
            with sink.file(layout.of_file(digest)) as out:
                out.write(data)
    return len(present)


def _assessments(scope: Scope) -> frozenset[str]:
    """Return the assessments, by digest, where something is withheld: they would tell of it."""
    if not scope.withheld:
        return frozenset()
    rows = select("SELECT document, source FROM store_facttaken WHERE kind = 'assessments'")
    return frozenset(digest for row in rows for digest in row)


def _rest(sink: layout.Sink, scope: Scope, ledger: Any, notes: list[tuple[Any, ...]]) -> None:
    """Write what belongs to no entry: checkpoints, catalogue, policy, and the verifier."""
    with sink.file(layout.CHECKPOINTS) as out:
        for size, kept, note in notes:
            out.write(canonical.dumps({"size": size, "kept": kept, "note": note}) + LINE)
    with sink.file(layout.CATALOGUE) as out:
        out.write((resources.files("asepsis.clauses") / EDITIONS[DEFAULT]).read_bytes())
    policy = policy_today(scope.product, datetime.fromisoformat(ledger.last_at), ledger.size - 1)
    with sink.file(layout.POLICY) as out:
        out.write(canonical.dumps([[name, _plain(value)] for name, value in sorted(policy.items())]) + LINE)
    for name in (layout.VERIFIER, layout.README):
        with sink.file(name) as out:
            out.write((resources.files("asepsis.bundle") / name).read_bytes())


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def _left_out(scope: Scope, named: _Named) -> tuple[tuple[str, str], ...]:
    """Return what is not here and why: a kind of records, all files, or one content or file by its digest."""
    left_out = dict.fromkeys(named.withheld_kinds, "records of this kind are withheld from who asked")
    left_out |= dict.fromkeys(_assessments(scope), "an assessment would tell of what is withheld")
    left_out |= dict.fromkeys(named.absent - named.erased, "not in the store that this was exported from")
    left_out |= dict.fromkeys(scope.without, "left out by name")
    if not scope.files:
        left_out[layout.FILES_LEFT_OUT] = "asked for without files"
    return tuple(sorted(left_out.items()))


def _manifest(sink: layout.Sink, scope: Scope, ledger: Any, left_out: tuple[tuple[str, str], ...]) -> None:
    product = queries.product(scope.product) if scope.product else None
    value = {
        "format": layout.FORMAT,
        "program": asepsis.__version__,
        "scope": {"product": product.id, "code": product.code, "name": product.name} if product else {},
        "size": ledger.size,
        "at": ledger.last_at,
        "time_zone": ledger.time_zone,
        "left_out": [list(one) for one in left_out],
        "files": [list(one) for one in sorted(sink.written)],
    }
    data = canonical.dumps(value)
    signature = keys.of_ledger(queries.home(), ledger.key).sign(layout.SIGNED_AS + data)
    with sink.file(layout.MANIFEST) as out:
        out.write(data)
    with sink.file(layout.SIGNATURE) as out:
        out.write(base64.b64encode(signature) + LINE)
