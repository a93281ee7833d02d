"""Whether the ledger is what it was: every entry, signature, content and projection is held against all others.

It reads in the order of the ledger, once, and keeps a few hundred bytes for each record. What cannot be worked out is
said to be unchecked: that is no pass.

Source: docs/format.md, "What a verifier does".
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Literal

import msgspec

from asepsis.errors import AsepsisError
from asepsis.exchange.facts import LedgerVerification, document_bytes
from asepsis.record import checkpoint, content, entry, tree
from asepsis.record.collector import resting
from asepsis.record.kind import KINDS, read_content, read_draft
from asepsis.sentences import Said, Sentence
from asepsis.store import rebuild, refusals, triggers
from asepsis.store.acts import Hand
from asepsis.store.chains import Chain, Chains, Misfit
from asepsis.store.changes import Receipt, TakeIn
from asepsis.store.going import FOUNDING, origin_of
from asepsis.store.models import BARE, Ledger
from asepsis.store.plainly import PlainEntries
from asepsis.store.queries import home
from asepsis.store.rows import columns, select, select_in, streamed
from asepsis.store.working import dossier_line

Result = Literal["agrees", "disagrees", "unchecked"]
Progress = Callable[[int, int], None]
AT_ONCE = 250  # what the processor keeps close: 2,000 at once took a fifth longer

PARTS = (
    "entries", "tree", "checkpoints", "chain", "approvals", "material", "contents", "files", "projections", "triggers",
)  # fmt: skip
DEEP_PARTS = ("kinds", "baselines")

HOLE = Sentence("There is no entry {position}, though later ones are there.")
CUT = Sentence("The ledger should hold {size} entries; {found} are there.")
LONGER = Sentence("{found} entries are there, and the ledger says that it holds {size}.")
UNREADABLE = Sentence("Its bytes are no entry: {why}")
BARE_ENTRIES = Sentence(
    "{count} entries are here as bare hashes: they are of other products, or were withheld when this was restored."
)
OTHER_NAME = Sentence("Its name is not that of its bytes.")
OTHER_COLUMN = Sentence("It is kept as {found} where its bytes say {expected}.")
TIME_BACK = Sentence("Its instant {found} lies before {before}, that of the entry before it.")
SET = Sentence("It says that {set} were signed in one act, and there are {found}.")
OTHER_ROOT = Sentence(
    "The entries up to here do not give the root of the checkpoint of {size} entries; they agreed up to {agreed}."
)
UNSIGNED = Sentence("The checkpoint of {size} entries does not hold: {why}")
OTHER_ORIGIN = Sentence("The checkpoint of {size} entries is one of another ledger.")
OTHER_SIZE = Sentence("The checkpoint that is kept for {size} entries speaks of {found}.")
OTHER_INSTANT = Sentence("The checkpoint of {size} entries is kept as of {found}; that entry is of {expected}.")
NO_SIZE = Sentence("A checkpoint is kept under a size that is no number.")
NO_CHECKPOINT = Sentence("There is no checkpoint of the {size} entries that there are.")
PAST_END = Sentence("A checkpoint speaks of {size} entries, and {found} are there: the end was cut off.")
OTHER_CONTENT = Sentence("The bytes of the content {digest} that it names were changed.")
LOST_CONTENTS = Sentence("{count} contents that entries name are not here, and nothing says that they were erased.")
OTHER_FILE = Sentence("The bytes of the file {digest} were changed.")
LOST_FILES = Sentence("{count} fact documents that entries name are not here.")
NOT_WORKED_OUT = Sentence(
    "{count} revisions could not be worked out again: a content is not here, or of an older shape."
)
UNKNOWN_KINDS = Sentence("This program does not know the kinds {kinds}.")
OTHER_LEDGER = Sentence("The ledger keeps {found} as its {what}; its entries say {expected}.")
OTHER_ROW = Sentence("What is shown of {record} is not what its entries say: {column}.")
EXTRA_ROWS = Sentence("{found} records are shown; the entries speak of {expected}.")
OTHER_TABLE = Sentence("The table {table} is not what the entries say: {where}.")
NOT_REBUILT = Sentence("They cannot be made again for comparison, since what they are made of does not hold.")
NO_TRIGGERS = Sentence("What keeps the tables append-only is not there: {names}.")
UNREAD = Sentence("Its content does not read as its kind: {why}")
OTHER_DOSSIER = Sentence("The dossier at this baseline gives another digest than it names.")

HIDDEN_DOSSIER = Sentence(
    "A dossier at a baseline holds records that are here as bare hashes: it cannot be worked out again."
)


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that does not fit: at which entry (`None`: at none in particular), and what.

    `until` is given where no single entry can be named: it is one from `position` on and before `until`.
    """

    part: str
    said: Said
    position: int | None = None
    name: str | None = None
    until: int | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a verification with its result, and the first thing that was found in it."""

    name: str
    result: Result
    said: Said | None = None


@dataclass(frozen=True, slots=True)
class Verification:
    """What a verification said of the first `size` entries."""

    size: int
    parts: tuple[Part, ...]
    findings: tuple[Finding, ...]
    left_at: str | None = None
    left_size: int | None = None

    @property
    def agrees(self) -> bool:
        """Return whether every part agrees and nothing was left unchecked."""
        return all(part.result == "agrees" for part in self.parts)

    @property
    def disagrees(self) -> bool:
        """Return whether some part disagrees."""
        return any(part.result == "disagrees" for part in self.parts)

    @property
    def first(self) -> Finding | None:
        """Return the first entry that does not fit; where no entry is to blame, the first finding."""
        placed = [one for one in self.findings if one.position is not None]
        if not placed:
            return self.findings[0] if self.findings else None
        return min(placed, key=lambda one: (one.until or (one.position or 0) + 1, one.until is not None))


def verify(progress: Progress | None = None, *, deep: bool = False) -> Verification:
    """Hold the whole ledger against itself. `progress` is told how many entries of how many were read.

    `deep` also reads every content as its kind, works out each baseline again, and makes all projections anew to
    compare them; nobody can write meanwhile. Raises `NotFoundedError`.
    """
    with resting():  # a great many small objects are made, and none of them in circles
        return _Verifier(progress or _silent, deep).run()


def take_in_verification(hand: Hand, verification: Verification) -> Receipt:
    """Put on record what a verification said, as a fact of the organisation. Needs quality or management."""
    at = entry.instant(hand.clock())
    document = document_bytes(
        LedgerVerification(
            at=at,
            position=verification.size - 1,
            parts=tuple((part.name, part.result) for part in verification.parts),
            checkpoint_left_at=verification.left_at,
            checkpoint_left_size=verification.left_size,
        )
    )
    digest = sha256(document).hexdigest()
    return hand.commit([TakeIn("ledger_verifications", "organisation", document, document, digest, None, at)])


def _silent(_: int, __: int) -> None:
    pass


@dataclass(frozen=True, slots=True)
class _Kept:
    """What the store says of itself, read in one statement, so that nobody writes in between."""

    size: int
    found: int  # entries, up to the last position
    ledger: Mapping[str, Any]
    notes: tuple[tuple[int, str, str, str], ...]  # size, at, note, kept; by size


def _kept() -> _Kept:
    names = columns(Ledger)
    wanted = ", ".join(f"l.{name}" for name in names)
    rows = select(
        f"SELECT {wanted}, (SELECT MAX(position) FROM store_entry), c.size, c.at, c.note, c.kept "
        "FROM store_ledger l LEFT JOIN store_checkpoint c ON 1 = 1 ORDER BY c.size"
    )
    if not rows:
        raise refusals.NotFoundedError(home=str(home()))
    ledger = dict(zip(names, rows[0], strict=False))
    width = len(names)
    notes = [(_whole(row[width + 1]), *row[width + 2 :]) for row in rows if row[width + 1] is not None]
    notes.sort(key=lambda one: one[0])
    last = rows[0][width]
    return _Kept(
        _whole(ledger["size"]),
        0 if last is None else _whole(last) + 1,
        ledger,
        tuple(sorted(notes, key=lambda one: one[0])),
    )


class _Verifier:
    """One run: what was found so far, part by part; of each part the first finding is kept."""

    def __init__(self, progress: Progress, deep: bool) -> None:
        self.progress = progress
        self.deep = deep
        self.kept = _kept()
        self.findings: dict[str, Finding] = {}
        self.unchecked: dict[str, Said] = {}
        self.here: set[str] = set()  # the digests of the contents that are kept
        self.spoiled: set[str] = set()  # of those that were changed
        self.retiring: set[str] = set()  # of those that speak of a retirement
        self.lost: set[str] = set()  # of those that an entry names, and that are not kept
        self.data: dict[str, bytes] = {}  # contents of the entries that are being read
        self.decoded: dict[str, dict[str, Any]] = {}
        self.chains = Chains(self._value, self.retiring.__contains__, FOUNDING)
        self.frontier = tree.Frontier()
        self.leaves: list[bytes] = []  # that the frontier has yet to take in
        self.agreed = 0
        self.origin = ""
        self.last_at = ""
        self.notes = list(reversed(self.kept.notes))
        self.lost_files: set[str] = set()
        self.spoiled_files: set[str] = set()
        self.act: tuple[Any, ...] = ()
        self.signed: list[tuple[int, str, int]] = []
        self.plain = PlainEntries()

    def run(self) -> Verification:
        self._files()
        self._contents()
        self._entries()
        self._end()
        self._projections()
        if missing := triggers.missing():
            self._found("triggers", NO_TRIGGERS.said(names=missing))
        return self._verification()

    def _verification(self) -> Verification:
        parts = []
        for name in PARTS + (DEEP_PARTS if self.deep else ()):
            if name in self.findings:
                parts.append(Part(name, "disagrees", self.findings[name].said))
            elif name in self.unchecked:
                parts.append(Part(name, "unchecked", self.unchecked[name]))
            else:
                bare = BARE_ENTRIES.said(count=self.chains.bare) if name == "entries" and self.chains.bare else None
                parts.append(Part(name, "agrees", bare))
        left = [(at, size) for size, at, _, kept in self.kept.notes if kept == "left"]
        left_at, left_size = max(left, default=(None, None))
        return Verification(self.kept.size, tuple(parts), tuple(self.findings.values()), left_at, left_size)

    def _found(
        self, part: str, said: Said, position: int | None = None, name: str | None = None, until: int | None = None
    ) -> None:
        held = self.findings.get(part)
        if held is None or (position is not None and (held.position is None or position < held.position)):
            self.findings[part] = Finding(part, said, position, name, until)

    # --- entries ------------------------------------------------------------------------------------------------------

    def _entries(self) -> None:
        size = min(self.kept.size, self.kept.found)
        for start in range(0, size, AT_ONCE):
            expected, stop = start, min(start + AT_ONCE, size)
            rows = select(
                "SELECT position, name, form, of, record, data FROM store_entry "
                "WHERE position >= %s AND position < %s ORDER BY position",
                [start, stop],
            )
            fields = self._read(rows)
            self._fetch(rows, fields)
            for row, read in zip(rows, fields, strict=True):
                if row[0] != expected:
                    self._found("entries", HOLE.said(position=expected), expected)
                self._entry(row, read)
                expected = row[0] + 1
            self._grow()
            if expected < stop:
                self._found("entries", HOLE.said(position=expected), expected)
            self.progress(stop, size)

    def _entry(self, row: tuple[Any, ...], read: dict[str, Any] | None) -> None:
        position, name, form, of, record, data = row
        bare = read is None and _is_bare(*row)
        leaf = bytes.fromhex(name) if bare else tree.leaf(_bytes(data))
        self.chains.bare += bare
        if leaf.hex() != name:
            self._found("entries", OTHER_NAME.said(), position, name)
        if read is not None:
            self._fits_its_row(position, name, read, form, of, record)
            self._in_time(position, name, read)
            if read["form"] in _CONTENTS:
                self._named(position, name, read)
            elif read["form"] == "facts":
                self._files_named(position, name, read)
            if position == 0:
                self.origin = origin_of(name)
            try:
                self.chains.follow(position, name, read, record)
            except Misfit as misfit:
                self._found(misfit.part, misfit.said, position, name)
            if self.deep:
                self._reads_as_its_kind(position, name, read, record)
        self.leaves.append(leaf)
        if self.notes and self.notes[-1][0] <= self.frontier.size + len(self.leaves):
            self._grow()
            self._checkpoint(position)

    def _grow(self) -> None:
        self.frontier.extend(self.leaves)
        self.leaves.clear()

    def _read(self, rows: list[tuple[Any, ...]]) -> list[dict[str, Any] | None]:
        """Return the fields of each entry; where its bytes are none, it is said and nothing comes back."""
        read = self.plain.read([_bytes(row[5]) for row in rows])
        return [
            self._strictly(row) if fields is None and not _is_bare(*row) else fields
            for row, fields in zip(rows, read, strict=True)
        ]

    def _strictly(self, row: tuple[Any, ...]) -> dict[str, Any] | None:
        try:
            return entry.read(_bytes(row[5]))
        except AsepsisError as error:
            self._found("entries", UNREADABLE.said(why=str(error)), row[0], row[1])
            return None

    def _fits_its_row(self, position: int, name: str, read: dict[str, Any], form: str, of: Any, record: Any) -> None:
        if (
            form == read["form"]
            and of == read.get("of")
            and (form in _ABOUT_A_REVISION or record == read.get("record"))
        ):
            return
        worked_out = read["form"] in _ABOUT_A_REVISION or (read["form"] in _ABOUT_A_CONTENT and "content" in read)
        said = read.get("record", record if worked_out else None)
        for found, expected in ((form, read["form"]), (of, read.get("of")), (record, said)):
            if found != expected:
                said = OTHER_COLUMN.said(found=found or "nothing", expected=expected or "nothing")
                self._found("entries", said, position, name)

    def _in_time(self, position: int, name: str, read: dict[str, Any]) -> None:
        at = read["at"]
        if at < self.last_at:
            self._found("entries", TIME_BACK.said(found=at, before=self.last_at), position, name)
        self.last_at = at
        if "set" in read:
            act = (at, read["by"], read["form"])
            if act != self.act:
                self._act_ended()
                self.act = act
            self.signed.append((position, name, read["set"]))

    def _act_ended(self) -> None:
        for position, name, size in self.signed:
            if size > len(self.signed):
                self._found("approvals", SET.said(set=size, found=len(self.signed)), position, name)
        self.signed.clear()

    # --- checkpoints --------------------------------------------------------------------------------------------------

    def _checkpoint(self, position: int) -> None:
        size, at, note, _ = self.notes.pop()
        if size < 1:
            self._found("checkpoints", NO_SIZE.said())
        if size != self.frontier.size:  # entries are missing, which is said already
            return
        try:
            kept = checkpoint.verify(note, bytes.fromhex(self.chains.key), self.origin)
        except (AsepsisError, ValueError) as error:
            self._found("checkpoints", UNSIGNED.said(size=size, why=str(error)), position)
            return
        if kept.origin != self.origin:
            self._found("checkpoints", OTHER_ORIGIN.said(size=size), position)
        elif kept.size != size:
            self._found("checkpoints", OTHER_SIZE.said(size=size, found=kept.size), position)
        elif kept.root != self.frontier.root():
            self._found("tree", OTHER_ROOT.said(size=size, agreed=self.agreed), self.agreed, until=size)
        else:
            self.agreed = size
        if at != self.last_at:
            self._found("checkpoints", OTHER_INSTANT.said(size=size, found=at, expected=self.last_at), position)

    def _end(self) -> None:
        self._act_ended()
        kept, found = self.kept, self.kept.found
        for size, *_ in kept.notes:
            if size > found:
                # It may be the end that is gone, or any entry since the checkpoint that agreed last.
                self._found("tree", PAST_END.said(size=size, found=found), self.agreed, until=found + 1)
        if kept.size > found:
            self._found("entries", CUT.said(size=kept.size, found=found), found)
        elif kept.size < found:
            self._found("projections", LONGER.said(size=kept.size, found=found), kept.size)
        if kept.size not in {size for size, *_ in kept.notes}:
            self._found("checkpoints", NO_CHECKPOINT.said(size=kept.size))
        if self.chains.not_worked_out:
            self.unchecked["material"] = NOT_WORKED_OUT.said(count=self.chains.not_worked_out)
        if self.chains.unknown_kinds:
            self.unchecked["approvals"] = UNKNOWN_KINDS.said(kinds=sorted(self.chains.unknown_kinds))
        if lost := self.lost - self.chains.erased:
            self.unchecked["contents"] = LOST_CONTENTS.said(count=len(lost))
        if lost := self.lost_files - self.chains.erased:
            self.unchecked["files"] = LOST_FILES.said(count=len(lost))

    # --- contents and files -------------------------------------------------------------------------------------------

    def _contents(self) -> None:
        """Hash every content, in the order that they lie in, whoever names it."""
        for digest, data in streamed("SELECT digest, data FROM store_content"):
            data = _bytes(data)  # noqa: PLW2901  # SQLite keeps whatever was put there
            self.here.add(digest)
            if sha256(data).hexdigest() != digest:
                self.spoiled.add(digest)
                self._found("contents", OTHER_CONTENT.said(digest=digest))
            elif b'"retired":' in data:
                self.retiring.add(digest)

    def _fetch(self, rows: list[tuple[Any, ...]], entries: list[dict[str, Any] | None]) -> None:
        """Bring in the contents that these entries are worked out from; when it goes deep, those of all revisions."""
        wanted: dict[str, None] = {}
        revisions = [read for read in entries if read is not None and read["form"] == "revision"]
        again = {read["record"] for read in revisions if read["number"] > 1}
        for read in revisions:
            if self.deep or read["record"] in again or read["content"] in self.retiring:
                wanted[read["content"]] = None
        for chain in filter(None, map(self.chains.chains.get, again)):
            wanted[chain.content] = None
            if chain.effective_content is not None:
                wanted[chain.effective_content] = None
        if self.deep:
            submitted = {
                row[4] for row, read in zip(rows, entries, strict=True) if read and read["form"] == "submission"
            }
            wanted |= dict.fromkeys(one.content for one in filter(None, map(self.chains.chains.get, submitted)))
        self.decoded.clear()
        found = select_in("SELECT digest, data FROM store_content WHERE digest IN ({})", wanted)
        self.data = {digest: _bytes(data) for digest, data in found if digest not in self.spoiled}

    def _named(self, position: int, name: str, read: dict[str, Any]) -> None:
        for field in _CONTENTS[read["form"]]:
            digest = read.get(field)
            if digest is None:
                continue
            if digest not in self.here:
                self.lost.add(digest)
            elif digest in self.spoiled:
                self._found("contents", OTHER_CONTENT.said(digest=digest), position, name)

    def _files_named(self, position: int, name: str, read: dict[str, Any]) -> None:
        for digest in (read["document"], read["source"]):
            if digest in self.spoiled_files:
                self._found("files", OTHER_FILE.said(digest=digest), position, name)
        if read["document"] not in self.files:
            self.lost_files.add(read["document"])

    def _value(self, digest: str) -> dict[str, Any] | None:
        if digest not in self.decoded:
            data = self.data.get(digest)
            if data is None:
                return None
            try:
                value = msgspec.json.decode(content.value_bytes(data))
            except (AsepsisError, msgspec.DecodeError):
                return None
            if not isinstance(value, dict):
                return None
            self.decoded[digest] = value
        return self.decoded[digest]

    def _files(self) -> None:
        self.files = {row[0] for row in select("SELECT digest FROM store_storedfile")}
        for digest in self.files:
            for data, size in select("SELECT data, size FROM store_storedfile WHERE digest = %s", [digest]):
                if sha256(_bytes(data)).hexdigest() != digest or len(data) != size:
                    self.spoiled_files.add(digest)
                    self._found("files", OTHER_FILE.said(digest=digest))

    # --- projections --------------------------------------------------------------------------------------------------

    def _projections(self) -> None:
        self._ledger_row()
        self._record_rows()
        if not self.deep or "projections" in self.findings:
            return
        if self.findings.keys() & {"entries", "tree", "chain", "contents"}:
            self.unchecked["projections"] = NOT_REBUILT.said()
        else:
            self.chains.chains.clear()  # followed to their ends; their memory is for the rebuilding
            for table, where in rebuild.differences():
                self._found("projections", OTHER_TABLE.said(table=table, where=where))

    def _ledger_row(self) -> None:
        if not self.chains.founding or "entries" in self.findings:
            return
        founding = self.chains.founding
        expected = {
            "size": self.frontier.size,
            "peaks": self.frontier.hex_peaks(),
            "last_at": self.last_at,
            "origin": founding["origin"],
            "clock_offset_s": founding.get("clock_offset_s", 0),
            "key": self.chains.key,
            "time_zone": founding["time_zone"],
        }
        for what, value in expected.items():
            found = self.kept.ledger[what]
            if what == "peaks":
                found = _list(found)
            if found != value:
                self._found("projections", OTHER_LEDGER.said(what=what, found=str(found), expected=str(value)))

    def _record_rows(self) -> None:
        """Hold the states that pages show against the chains, for records that nobody has touched meanwhile."""
        count = 0
        for row in streamed(
            "SELECT id, kind, product, label, head_state, head_name, head_number, head_content, effective_name, "
            "effective_number, effective_content, standing FROM store_record WHERE changed_position < %s",
            [self.kept.size],
        ):
            count += 1
            chain = self.chains.chains.get(row[0])
            expected = _shown(chain) if chain is not None else None
            if row[1:] != expected:
                column = _differing(row[1:], expected)
                self._found("projections", OTHER_ROW.said(record=str(row[3]), column=column))
        later = select("SELECT COUNT(*) FROM store_record WHERE changed_position >= %s", [self.kept.size])[0][0]
        if not count <= len(self.chains.chains) <= count + later:
            self._found("projections", EXTRA_ROWS.said(found=count + later, expected=len(self.chains.chains)))

    # --- deep ---------------------------------------------------------------------------------------------------------

    def _reads_as_its_kind(self, position: int, name: str, read: dict[str, Any], record: str | None) -> None:
        chain = self.chains.chains.get(record or "")
        if read["form"] == "revision":
            self._read_revision(position, name, read)
        elif read["form"] == "submission" and chain is not None:
            self._read_submitted(position, name, chain)
        elif read["form"] == "baseline" and read["dossier"] != self._dossier(read.get("of")):
            if self.chains.bare:  # some may be of its records
                self.unchecked["baselines"] = HIDDEN_DOSSIER.said()
            else:
                self._found("baselines", OTHER_DOSSIER.said(), position, name)

    def _read_revision(self, position: int, name: str, read: dict[str, Any]) -> None:
        kind, data = KINDS.get(read["kind"]), self.data.get(read["content"])
        if kind is None or kind.meta.version != read["version"] or data is None:
            self.unchecked["kinds"] = NOT_WORKED_OUT.said(count=1)
            return
        try:
            content.unseal(data)
            read_draft(kind, content.value_bytes(data))
        except AsepsisError as error:
            self._found("kinds", UNREAD.said(why=str(error)), position, name)

    def _read_submitted(self, position: int, name: str, chain: Chain) -> None:
        kind, data = KINDS.get(chain.kind), self.data.get(chain.content)
        if kind is None or data is None:
            return
        try:
            read_content(kind, content.value_bytes(data))
        except AsepsisError as error:
            self._found("kinds", UNREAD.said(why=str(error)), position, name)

    def _dossier(self, product: str | None) -> str:
        lines = [
            dossier_line(record, chain.effective_name, chain.name, chain.state, _standing(chain))
            for record, chain in self.chains.chains.items()
            if chain.of in (None, product)
        ]
        return sha256("".join(sorted(lines)).encode("ascii")).hexdigest()


# --- rows -------------------------------------------------------------------------------------------------------------

_ABOUT_A_REVISION = frozenset({"submission", "approval", "rejection", "withdrawal"})
_ABOUT_A_CONTENT = frozenset({"erasure-asked", "redaction"})  # whose record is the one that the content is of
_CONTENTS: Mapping[str, tuple[str, ...]] = {
    "product": ("name",),
    "admission": ("card",),
    "renaming": ("card",),
    "revision": ("content",),
    "rejection": ("reason",),
    "withdrawal": ("reason",),
    "comment": ("content",),
    "erasure-asked": ("remainder",),
    "redaction": ("remainder",),
}
"""The fields that name a content which belongs to the entry. An approval's card is that of an admission before it."""


def _is_bare(position: int, name: Any, form: Any, of: Any, record: Any, data: Any) -> bool:
    """Return whether an entry is its name alone: not the first, kept as nobody's, and without any bytes."""
    return bool(position and not data and form == of == BARE and record is None and entry.NAME.fits(name))


def _bytes(data: Any) -> bytes:
    """Return what stands in a column of bytes; SQLite keeps whatever was put there."""
    if type(data) is bytes:
        return data
    return data.encode() if isinstance(data, str) else bytes(data) if isinstance(data, memoryview) else b""


def _whole(number: Any) -> int:
    """Return what stands in a column of whole numbers, -1 where that is none."""
    return number if isinstance(number, int) else -1


def _standing(chain: Chain) -> str:
    return ("retired" if chain.effective_retired else "effective") if chain.effective_number else "none"


def _shown(chain: Chain) -> tuple[Any, ...]:
    return (
        chain.kind, chain.of, chain.label, chain.state, chain.name, chain.number, chain.content, chain.effective_name,
        chain.effective_number, chain.effective_content, _standing(chain),
    )  # fmt: skip


_SHOWN = (
    "kind", "product", "label", "head_state", "head_name", "head_number", "head_content", "effective_name",
    "effective_number", "effective_content", "standing",
)  # fmt: skip


def _differing(row: tuple[Any, ...], expected: tuple[Any, ...] | None) -> str:
    if expected is None:
        return "no entry speaks of it"
    return next(name for name, found, wanted in zip(_SHOWN, row, expected, strict=True) if found != wanted)


def _list(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text
