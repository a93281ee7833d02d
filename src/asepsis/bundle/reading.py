"""Open: a bundle as dossier and facts, without a database, once every file is what its signed manifest says."""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from asepsis.bundle import layout, verify
from asepsis.bundle.layout import UnreadableBundleError
from asepsis.checks import all as all_checks
from asepsis.checks.view import Product
from asepsis.clauses.catalogue import Catalogue, catalogue_of
from asepsis.conformance import inputs
from asepsis.conformance.assess import Given, assess
from asepsis.conformance.assessment import Assessment
from asepsis.errors import AsepsisError, InputError
from asepsis.exchange.facts import read_document
from asepsis.record import checkpoint, content, tree
from asepsis.record.dossier import Dossier, Stored
from asepsis.record.facts import Facts, TakenIn
from asepsis.record.history import History, fold
from asepsis.sentences import Sentence

Fields = dict[str, Any]
Progress = Callable[[int, int], None]
_BARE = re.compile(rb'"[0-9a-f]{64}"')
_KIND = re.compile(r"[A-Z][A-Za-z0-9]*")


class NoProductError(InputError):
    """A bundle of the organisation alone has no product to be assessed."""

    code = "bundle-no-product"
    sentence = Sentence(
        "{source} holds the organisation's records and no product.", next="Export a product to have it assessed."
    )


class NoEntryError(InputError):
    """A position is beyond the bundle, or its entry is kept from it."""

    code = "bundle-no-entry"
    sentence = Sentence(
        "There is no entry {position} to be read in {source}.", next="Name one of its baselines, or another entry."
    )


@dataclass(frozen=True, slots=True)
class Moment:
    """Where a release went out: the position of its newest baseline, and the instant of that entry."""

    position: int
    at: datetime


class _Strict(verify.Report):
    """Raises what the verifier would tell as wrong."""

    def __init__(self, source: Path) -> None:
        super().__init__(quiet=True, say=lambda _: None)
        self.source = source

    def __call__(self, mark: str, line: str, entry: int = verify.NONE, since: int = verify.NONE) -> None:
        if mark == "WRONG":
            raise UnreadableBundleError(source=str(self.source), reason=line.removesuffix("."))


class Opened:
    """A bundle whose bytes are those that were exported: what is in it, now and as of any of its entries.

    `size` counts the entries of the ledger, `bare` those that are here as hashes only. `hidden` are the kinds of which
    something is withheld.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.bundle = opened_files(path)
        self.manifest: dict[str, Any] = json.loads(self.bundle.signed)
        self.values: dict[str, bytes] = {}
        self.entries: list[tuple[int, str, Fields]] = []
        self.keys: list[tuple[int, bytes]] = []
        self.bare = 0
        self.frontier = tree.Frontier()
        self._hold_names()
        self._read_contents()
        self._read_entries()
        self._read_rest()
        self._hold_signatures()

    # --- reading ------------------------------------------------------------------------------------------------------

    def _read_contents(self) -> None:
        for name in sorted(one for one in self.bundle.names if one.startswith("contents/")):
            for data in self.bundle.parts(name):
                self.values[sha256(data).hexdigest()] = content.value_bytes(data)

    def _read_entries(self) -> None:
        decode = msgspec.json.Decoder(dict[str, Any]).decode
        for position, line in enumerate(self.bundle.parts(layout.ENTRIES)):
            if position and _BARE.fullmatch(line):
                self.bare += 1
                self.frontier.append(bytes.fromhex(line[1:-1].decode()))
                continue
            leaf = tree.leaf(line)
            self.frontier.append(leaf)
            fields = decode(line)
            self.entries.append((position, leaf.hex(), fields))
            if fields["form"] in ("founding", "key"):
                self.keys.append((position, bytes.fromhex(fields["key"])))

    def _hold_names(self) -> None:
        for name in sorted((self.bundle.names ^ self.bundle.listed.keys()) - {layout.MANIFEST, layout.SIGNATURE}):
            self._fail(f"{name} is {'missing' if name in self.bundle.listed else 'not in its manifest'}")

    def _read_rest(self) -> None:
        """Hash what is not read otherwise."""
        for name in sorted(self.bundle.names - {layout.MANIFEST, layout.SIGNATURE, layout.ENTRIES}):
            if not name.startswith("contents/"):
                for _ in self.bundle.parts(name, lines=False):
                    pass

    def _hold_signatures(self) -> None:
        if not self.entries or self.entries[0][2]["form"] != "founding":
            self._fail("its first entry founds no ledger")
        if self.size != self.manifest["size"] or self.entries[-1][2]["at"] > self.manifest["at"]:
            self._fail("its manifest speaks of another ledger")
        try:
            signature = base64.b64decode(self.bundle.signature, validate=False)
            key = Ed25519PublicKey.from_public_bytes(self.keys[-1][1])
            key.verify(signature, layout.SIGNED_AS + self.bundle.signed)
        except (InvalidSignature, binascii.Error, ValueError) as error:
            raise UnreadableBundleError(
                source=str(self.path), reason="its manifest is not signed with the key of its ledger"
            ) from error
        newest = [one["note"] for one in self.checkpoints() if one["size"] == self.size]
        origin = f"asepsis/{self.entries[0][1][:32]}"
        try:
            held = checkpoint.verify(newest[0], self.keys[-1][1], origin) if newest else None
        except AsepsisError as error:
            raise UnreadableBundleError(source=str(self.path), reason=str(error)) from error
        if held is None or (held.origin, held.size, held.root) != (origin, self.size, self.frontier.root()):
            self._fail("its entries are not those of its newest checkpoint")

    def _fail(self, reason: str) -> None:
        raise UnreadableBundleError(source=str(self.path), reason=reason)

    # --- what is in it ------------------------------------------------------------------------------------------------

    @property
    def size(self) -> int:
        """Return how many entries the ledger had when this was exported."""
        return self.frontier.size

    @property
    def zone(self) -> ZoneInfo:
        """Return the time zone in which days are counted."""
        return ZoneInfo(self.time_zone)

    @property
    def time_zone(self) -> str:
        """Return the name of that time zone."""
        return str(self.entries[0][2]["time_zone"])

    @property
    def product(self) -> Product:
        """Return the product that was exported. Raises `NoProductError`."""
        scope = self.manifest["scope"]
        if not scope:
            raise NoProductError(source=str(self.path))
        return Product(scope["product"], scope["code"])

    @cached_property
    def catalogue(self) -> Catalogue:
        """Return the catalogue that the bundle brings with it."""
        with self.bundle.open(layout.CATALOGUE) as file:
            return catalogue_of(file.read())

    @cached_property
    def files(self) -> frozenset[str]:
        """Return the digests of the files that are here."""
        return frozenset(one.removeprefix("files/") for one in self.bundle.names if one.startswith("files/"))

    @property
    def hidden(self) -> frozenset[str]:
        """Return the kinds of which records are withheld."""
        return frozenset(one for one in self.bundle.left_out if _KIND.fullmatch(one))

    @property
    def last_at(self) -> datetime:
        """Return the instant of the ledger's last entry."""
        return datetime.fromisoformat(self.manifest["at"])

    @cached_property
    def names(self) -> dict[str, str]:
        """Return how each person is called by their newest name card, by id."""
        names: dict[str, str] = {}
        for _, _, one in self.entries:
            if one["form"] in ("admission", "renaming") and one["card"] in self.values:
                names[one["person"]] = str(json.loads(self.values[one["card"]])["name"])
        return names

    def checkpoints(self) -> Iterator[Fields]:
        """Yield the checkpoints, `{size, kept, note}`, by size."""
        for line in self.bundle.parts(layout.CHECKPOINTS):
            yield json.loads(line)

    def lines(self) -> Iterator[tuple[int, str, bytes, Fields | None]]:
        """Yield each entry: position, name, bytes and fields; of a bare one the name alone."""
        whole = {position: (name, fields) for position, name, fields in self.entries}
        for position, line in enumerate(self.bundle.parts(layout.ENTRIES)):
            if position in whole:
                name, fields = whole[position]
                yield position, name, line, fields
            else:
                yield position, line[1:-1].decode(), b"", None

    def contents(self) -> Iterator[bytes]:
        """Yield the bytes of every content."""
        for name in sorted(one for one in self.bundle.names if one.startswith("contents/")):
            yield from self.bundle.parts(name)

    def file(self, digest: str) -> bytes | None:
        """Return the bytes of a file; `None` where it is not here."""
        if digest not in self.files:
            return None
        with self.bundle.open(layout.of_file(digest)) as file:
            return bytes(file.read())

    def dossier(self, position: int | None = None) -> Dossier:
        """Return every record of the product and of the organisation, at the end or as of an entry (that one included)."""
        last = self.size - 1 if position is None else min(position, self.size - 1)
        histories = fold(one for one in self.entries if one[0] <= last)
        stored = [Stored.of_history(one, self.values, self._retiring) for one in histories.values()]
        return Dossier(
            stored,
            product=self.manifest["scope"].get("product"),
            position=last,
            history=histories.__getitem__,
            earlier=self.values.get,
            hidden=self.hidden | {one.kind for one in histories.values() if self._lacks_head(one)},
        )

    @cached_property
    def erased(self) -> dict[str, tuple[int, str, str | None]]:
        """Return what was erased, by digest: the position of the redaction, who asked (an entry), what stands in for it."""
        return {
            one.get("content") or one["file"]: (at, one["asked"], one.get("remainder"))
            for at, _, one in self.entries
            if one["form"] == "redaction"
        }

    @cached_property
    def _retiring(self) -> frozenset[str]:
        """Return which erased contents retired their record, as what stands in for them says."""
        left = ((digest, self.values.get(remainder or "")) for digest, (_, _, remainder) in self.erased.items())
        return frozenset(digest for digest, value in left if value is not None and "retired" in json.loads(value))

    def _lacks_head(self, history: History) -> bool:
        """Return whether what a record's newest revision says was left out: it may warn of something."""
        head = history.head
        return head.effective is None and head.content not in self.values and head.content not in self.erased

    def facts(self, position: int | None = None) -> Facts:
        """Return the facts of the product and of the organisation, at the end or as of an entry."""
        last = self.size - 1 if position is None else position
        taken = (
            TakenIn(
                one["kind"], one["subject"], one["document"], one["source"], one["by"], one["at"], at, one.get("as_of")
            )
            for at, _, one in self.entries
            if one["form"] == "facts" and at <= last
        )
        return Facts(taken, self._document)

    def _document(self, digest: str) -> Any | None:
        data = self.file(digest)
        return None if data is None else read_document(data)

    def released(self, release: str) -> Moment | None:
        """Return where a release (by id) went out: its newest baseline."""
        for at, _, one in reversed(self.entries):
            if one["form"] == "baseline" and one.get("release") == release:
                return Moment(at, datetime.fromisoformat(one["at"]))
        return None

    def baselines(self) -> tuple[Moment, ...]:
        """Return every position that was marked, oldest first."""
        marked = ((at, one["at"]) for at, _, one in self.entries if one["form"] == "baseline")
        return tuple(Moment(at, datetime.fromisoformat(text)) for at, text in marked)

    def instant_of(self, position: int) -> datetime:
        """Return the instant of an entry. Raises `NoEntryError` where it is not here."""
        for at, _, one in self.entries:
            if at == position:
                return datetime.fromisoformat(one["at"])
        raise NoEntryError(position=position, source=str(self.path))

    # --- assessing ----------------------------------------------------------------------------------------------------

    def given_at(self, position: int | None, now: datetime) -> Given:
        """Return the inputs of one moment. `now` is the instant that counts as today there."""
        dossier = self.dossier(position)
        policy = inputs.policy_of(dossier, now, self.time_zone)
        return Given(dossier, self.facts(position), policy, now, self.files)

    def assess(
        self,
        release: str | None = None,
        position: int | None = None,
        now: datetime | None = None,
        progress: Progress | None = None,
    ) -> Assessment:
        """Return where the product stands, as the program that exported it would say at the same instant.

        `now` is the instant of the last entry unless it is given; at a `position` of the past, that of its entry.
        Raises `NoProductError`, `NoEntryError`, or `UnknownRecordError` for a release that is not here.
        """
        all_checks.load()
        product = self.product
        at = (now or self.last_at) if position is None else self.instant_of(position)
        given = self.given_at(position, at)
        looked_at = inputs.release_of(given.dossier, release)
        as_released = None
        if looked_at is not None and position is None:
            moment = self.released(looked_at.id)
            if moment is not None and inputs.is_out(given.dossier, looked_at):
                as_released = self.given_at(moment.position, moment.at)
        return assess(
            given,
            self.catalogue,
            product=product,
            product_name=self.manifest["scope"]["name"],
            zone=self.zone,
            release=looked_at,
            as_released=as_released,
            progress=progress,
        )


def opened_files(path: Path) -> verify.Bundle:
    """Return the files of a bundle; the first that is not what the manifest says raises `UnreadableBundleError`."""
    try:
        return verify.Bundle(str(path), _Strict(path))
    except verify.UnreadableError as error:
        reason = str(error).removeprefix(f"{path} cannot be read as a bundle: ")
        raise UnreadableBundleError(source=str(path), reason=reason) from error


def open_bundle(path: Path) -> Opened:
    """Return a bundle, opened, from a folder or a zip. Its kinds have to be loaded (`asepsis.processes.load`).

    Every file is held against the manifest, the manifest and the newest checkpoint against the ledger's key; chains and
    signatures of people are for `verify.py`. Raises `UnreadableBundleError`.
    """
    try:
        return Opened(path)
    except (*verify.FAULTS, msgspec.DecodeError, AsepsisError) as error:
        if isinstance(error, UnreadableBundleError):
            raise
        raise UnreadableBundleError(source=str(path), reason=str(error) or type(error).__name__) from error
