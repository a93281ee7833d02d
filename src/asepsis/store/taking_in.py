"""Facts brought in from a file or folder: read by their format, joined to what they are about, taken in with a receipt.

Whoever brings them has looked up the record that is named, with the eyes of who asks; nothing here looks at a path but
the one that is read.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from asepsis.errors import InputError
from asepsis.exchange import subjects
from asepsis.exchange.facts import document_bytes
from asepsis.exchange.formats import FactKind, Form, Format, Subject, Takes
from asepsis.exchange.git import pseudonym
from asepsis.exchange.manifest import raw_key
from asepsis.exchange.source import Reading, Receipt, Source
from asepsis.record.entry import instant
from asepsis.sentences import Said, Sentence
from asepsis.store import acts, queries
from asepsis.store.acts import Hand
from asepsis.store.changes import TakeIn
from asepsis.store.models import Person, Product, Record

LABEL = re.compile(r"[A-Za-z]{2,8}-[A-Za-z]{3}-[A-Za-z0-9]+")
DIGEST = re.compile("[0-9a-f]{64}")


class UnnamedSubjectError(InputError):
    """Facts are about something that their file does not say."""

    code = "subject-unnamed"
    exit_code = 2
    sentence = Sentence(
        "The file does not say what these {kind} are about. {join}", next="Name it with --of: {example}."
    )


class OtherSubjectError(InputError):
    """A record names another file than the one that is given for it."""

    code = "subject-other"
    sentence = Sentence(
        "{record} names a file with the digest {named}; {source} has {found}.",
        next="Give the file that it names, or revise {record} first.",
    )


class ChangedFileError(InputError):
    """A file is not what was read a moment ago."""

    code = "source-changed"
    sentence = Sentence(
        "{source} was changed while it was read; nothing was taken in.", next="Try again when it is whole."
    )


class UnfitSubjectError(InputError):
    """What facts are said to be about is of a kind that they are not joined to."""

    code = "subject-unfit"
    sentence = Sentence("{record} is a {kind}; {facts} are joined to a {expected}.", next="Name one with --of.")


class UnknownFeedsError(InputError):
    """It is not known which feeds a bill was laid against."""

    code = "feeds-unknown"
    sentence = Sentence(
        "It is not known which feeds these matches were made with: none were taken in.",
        next="Take them in first: `asepsis import feeds FILE`.",
    )


@dataclass(frozen=True, slots=True)
class Taken:
    """What was taken in: the receipt of the reading, what it is about, and the entry that says so (-1: nothing was new)."""

    receipt: Receipt
    format: Format
    subject: str
    document: str
    position: int
    told: str

    def value(self) -> dict[str, Any]:
        """Return the receipt as a plain JSON value."""
        receipt, new = self.receipt, self.position >= 0
        return {
            "kind": receipt.kind,
            "format": self.format.name,
            "source": receipt.source,
            "source_digest": receipt.digest,
            "document": self.document,
            "subject": self.subject,
            "new": new,
            "entry": self.position if new else None,
            "taken": receipt.taken,
            "not_taken_count": receipt.not_taken_count,
            "not_taken": [{"what": what, "why": said(why)} for what, why in receipt.not_taken],
            "notes": [said(one) for one in receipt.notes],
        }


def said(words: Said | str) -> str:
    """Return a note of a receipt as text."""
    return words.text() if isinstance(words, Said) else words


class Bringing:
    """One taking in: what is read, and what it is about."""

    def __init__(
        self, facts: FactKind, file: Path, of: str | None, product: Product | None, row: Record | None = None
    ) -> None:
        self.facts, self.file, self.of, self.product, self.row = facts, file, of, product, row

    # --- what a reader is given -------------------------------------------------------------------------------------

    def given(self, format_: Format, told: dict[str, Any]) -> dict[str, Any]:
        """Return the further arguments of a reader: what was told, and what the store knows."""
        takes = {one.name: one for one in format_.given}
        given: dict[str, Any] = {}
        for name, value in told.items():
            form = takes[name].form if name in takes else Form.TEXT
            if form is Form.FILE:
                given[name] = Source.file(value)
            elif form is Form.KEY:
                given[name] = raw_key(Source.file(value))
            else:
                given[name] = value
        known: dict[str, Callable[[], Any]] = {
            "bill_digest": lambda: self.bill,
            "feeds_digest": lambda: self.feeds,
            "components": self._components,
            "content": lambda: queries.file,
            "who": lambda: _who,
            "requests": lambda: re.compile(rf"\b{self.product.code if self.product else 'ORG'}-CHG-\d+\b"),
        }
        found = {name: make() for name, make in known.items() if name in takes and name not in given}
        return given | {name: value for name, value in found.items() if value is not None}

    @property
    def bill(self) -> str:
        """Return the digest of the bill that matches are about."""
        if self.row is not None:
            return self._document("BillOfMaterials", "document")
        if self.of is not None and DIGEST.fullmatch(self.of):
            return self.of
        raise self._unnamed("the label of a BillOfMaterials, the bill's file, or its SHA-256")

    @property
    def feeds(self) -> str:
        """Return the digest of the feeds document that is in force. Raises `UnknownFeedsError`."""
        taken = queries.facts(None).get("feeds", subjects.ORGANISATION)
        if taken is None:
            raise UnknownFeedsError
        return taken.document

    def _components(self) -> Any:
        facts = queries.facts(self.product.id if self.product else None)
        taken = facts.get("components", self.bill)
        return None if taken is None else facts.document(taken)

    # --- what it is about -------------------------------------------------------------------------------------------

    def subject(self, reading: Reading[Any]) -> str:
        """Return the subject. Raises an `InputError` where the file does not say it and `--of` does not fit."""
        match self.facts.subject:
            case Subject.BILL:
                return self._digest(reading, "BillOfMaterials", "document")
            case Subject.BILL_AND_FEEDS:
                return subjects.bill_and_feeds(self.bill, self.feeds)
            case Subject.REPORT:
                return self._digest(reading, "TestRun", "report")
            case Subject.MANIFEST:
                return self._digest(reading, "IntegrityManifest", "files")
            case Subject.BUILD:
                return subjects.build(self.product.id if self.product else "", self._build(reading))
            case Subject.RELEASE:
                return self._of_kind("Release").id
            case Subject.SIGNING_KEY:
                return self._of_kind("SigningKey").id
            case Subject.PRODUCT if self.product is not None:
                return self.product.id
            case _:
                return subjects.ORGANISATION

    def _digest(self, reading: Reading[Any], kind: str, field: str) -> str:
        """Return the digest of what was read; where `--of` names a record, it has to name the same."""
        found = reading.receipt.digest
        if self.row is not None and (named := self._document(kind, field)) != found:
            raise OtherSubjectError(record=self.row, named=named, source=self.file.name, found=found)
        return found

    def _document(self, kind: str, field: str) -> str:
        row = self._of_kind(kind)
        value = queries.head_value(row) or {}
        return str(value.get(field, {}).get("digest", ""))

    def _of_kind(self, kind: str) -> Record:
        if self.row is None:
            raise self._unnamed(f"the label of a {kind}")
        if self.row.kind != kind:
            raise UnfitSubjectError(record=self.row, kind=self.row.kind, facts=self.facts.name, expected=kind)
        return self.row

    def _build(self, reading: Reading[Any]) -> str:
        if self.row is not None:
            build = (queries.head_value(self._of_kind("Release")) or {}).get("build_id")
            if build is None:
                raise self._unnamed(f"a build id ({self.row.label} has none yet)")
            return str(build)
        told = self.of or getattr(reading.fact, "build_id", None)
        if told is None:
            raise self._unnamed("the label of a Release, or its build id")
        return str(told)

    def _unnamed(self, example: str) -> UnnamedSubjectError:
        return UnnamedSubjectError(kind=self.facts.name, join=self.facts.subject.help, example=example)

    # --- taking in --------------------------------------------------------------------------------------------------

    def take(self, by: Hand, reading: Reading[Any], format_: Format) -> Taken:
        """Take the facts in, and return what was taken."""
        receipt, document = reading.receipt, document_bytes(reading.fact)
        subject = self.subject(reading)
        source = Source.file(self.file).data if format_.takes is Takes.FILE else None  # a delivery stays where it is
        if source is not None and hashlib.sha256(source).hexdigest() != receipt.digest:
            raise ChangedFileError(source=self.file.name)
        as_of = _as_of(getattr(reading.fact, "as_of", None))
        of = self.product.id if self.product else None
        taken = TakeIn(self.facts.name, subject, document, source, receipt.digest, of, as_of)
        outcome = acts.take_in(by, [taken]).outcomes[0]
        digest = hashlib.sha256(document).hexdigest()
        return Taken(receipt, format_, subject, digest, outcome.position, self._told_subject(subject))

    def _told_subject(self, subject: str) -> str:
        if self.row is not None:
            return f"{self.row.label} ({subject})"
        if self.facts.subject is Subject.BUILD and self.product is not None:
            return f"build {subject.partition('+')[2]} of {self.product.code}"
        return subject


def _as_of(text: str | None) -> str | None:
    return None if text is None else instant(datetime.fromisoformat(text))


def _who(name: str, email: str) -> str:
    """Return the id of the only person of a name, else a pseudonym of the address."""
    called = list(Person.objects.filter(name__iexact=name)[:2])
    return called[0].id if len(called) == 1 else pseudonym(name, email)
