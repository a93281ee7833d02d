"""Facts brought in from files and folders: read by their format, joined to a record, with a receipt."""

from __future__ import annotations

import hashlib
import re
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from asepsis.cli.opening import As, ProductOption, hand, open_store
from asepsis.cli.output import Answer, Part, Table, command, progress
from asepsis.errors import InputError
from asepsis.sentences import Sentence

if TYPE_CHECKING:
    from collections.abc import Callable

    from asepsis.exchange.formats import FactKind, Format
    from asepsis.exchange.source import Reading, Receipt
    from asepsis.store.models import Product, Record


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


def add_to(app: typer.Typer) -> None:
    """Add the command of this module to `app`."""
    command(app, "import")(take)


def take(
    kind: Annotated[str, typer.Argument(help="The kind of facts: components, matches, feeds, test_results, ...")],
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The file or folder that holds them.")],
    person: As,
    *,
    of: Annotated[
        str | None,
        typer.Option("--of", metavar="SUBJECT", help="What they are about: a record's label, a build id or a digest."),
    ] = None,
    product: ProductOption = None,
    format_name: Annotated[
        str | None, typer.Option("--format", metavar="FORMAT", help="How to read it; else it is told from the file.")
    ] = None,
    to: Annotated[
        str | None, typer.Option("--to", metavar="COMMIT", help="source: the commit or tag that was built.")
    ] = None,
    from_: Annotated[
        str | None, typer.Option("--from", metavar="COMMIT", help="source: that of the build before.")
    ] = None,
    name: Annotated[
        str | None, typer.Option("--name", help="source: what the repository is called in its settings.")
    ] = None,
    analysis: Annotated[
        str | None, typer.Option("--analysis", help="static_findings: source, binary or secrets.")
    ] = None,
    signature: Annotated[
        Path | None,
        typer.Option("--signature", metavar="FILE", help="manifest_files: the signature over the manifest."),
    ] = None,
    public_key: Annotated[
        Path | None, typer.Option("--public-key", metavar="FILE", help="manifest_files, signing_log: the public key.")
    ] = None,
) -> Answer:
    """Take in facts from FILE, which may be a folder, and print the receipt: what was taken, what was not, and why.

    What they are about is told by the file where it can be, else by --of: matches want the bill (label of a
    BillOfMaterials, digest or file), source and static_findings the Release or its build id, package_files the Release,
    signing_log the SigningKey. The bytes of a file are kept too, not those of a delivery or repository. The same file twice
    changes nothing.
    Who takes them in holds developer, tester or security.
    Exits with 0 when they are taken in or were already, 1 where that is refused, 4 where the file cannot be read.
    """
    open_store()
    from asepsis.exchange.formats import Subject, kind_named

    by, facts = hand(person), kind_named(kind)
    scope = None if facts.subject is Subject.ORGANISATION else _product(of, product, facts)
    bringing = _Bringing(facts, file, of, scope)
    format_ = facts.format(format_name) if format_name else facts.format_of(file)
    given = {
        "to": to,
        "from_": from_,
        "name": name,
        "analysis": analysis,
        "signature": signature,
        "public_key": public_key,
    }
    with progress(f"Reading {file.name}"):
        reading = format_.reading(file, **bringing.given(format_, {k: v for k, v in given.items() if v is not None}))
    return bringing.take(by, reading, format_)


def _product(of: str | None, product: str | None, facts: FactKind) -> Product:
    from asepsis.cli.product import chosen
    from asepsis.store import queries

    row = _record(of)
    if row is not None and row.product is not None:
        return queries.product(row.product)
    return chosen(product, facts.name.capitalize().replace("_", " "))


def _record(of: str | None) -> Record | None:
    """Return the record that `--of` names by its label; `None` where it is no label."""
    from asepsis.store import queries

    if of is None or not re.fullmatch(r"[A-Za-z]{2,8}-[A-Za-z]{3}-[A-Za-z0-9]+", of):
        return None
    return queries.row(of)


class _Bringing:
    """One taking in: what is read, and what it is about."""

    def __init__(self, facts: FactKind, file: Path, of: str | None, product: Product | None) -> None:
        self.facts, self.file, self.of, self.product = facts, file, of, product
        self.row = _record(of)

    # --- what a reader is given -------------------------------------------------------------------------------------

    def given(self, format_: Format, told: dict[str, Any]) -> dict[str, Any]:
        """Return the further arguments of a reader: what was told, and what the store knows."""
        from asepsis.exchange.formats import Form
        from asepsis.exchange.manifest import raw_key
        from asepsis.exchange.source import Source
        from asepsis.store import queries

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
        if self.of is not None and re.fullmatch(r"[0-9a-f]{64}", self.of):
            return self.of
        if self.of is not None and Path(self.of).is_file():
            return hashlib.sha256(Path(self.of).read_bytes()).hexdigest()
        raise self._unnamed("the label of a BillOfMaterials, the bill's file, or its SHA-256")

    @property
    def feeds(self) -> str:
        """Return the digest of the feeds document that is in force. Raises `UnknownFeedsError`."""
        from asepsis.exchange import subjects
        from asepsis.store import queries

        taken = queries.facts(None).get("feeds", subjects.ORGANISATION)
        if taken is None:
            raise UnknownFeedsError
        return taken.document

    def _components(self) -> Any:
        from asepsis.store import queries

        facts = queries.facts(self.product.id if self.product else None)
        taken = facts.get("components", self.bill)
        return None if taken is None else facts.document(taken)

    # --- what it is about -------------------------------------------------------------------------------------------

    def subject(self, reading: Reading[Any]) -> str:
        """Return the subject. Raises an `InputError` where the file does not say it and `--of` does not fit."""
        from asepsis.exchange import subjects
        from asepsis.exchange.formats import Subject

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
        from asepsis.store import queries

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
        from asepsis.store import queries

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

    def take(self, by: Any, reading: Reading[Any], format_: Format) -> Answer:
        """Take the facts in and return the receipt."""
        from asepsis.exchange.facts import document_bytes
        from asepsis.exchange.formats import Takes
        from asepsis.exchange.source import Source
        from asepsis.store import acts
        from asepsis.store.changes import TakeIn

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
        return _receipt(receipt, format_, subject, digest, outcome.position, self._told_subject(subject))

    def _told_subject(self, subject: str) -> str:
        from asepsis.exchange.formats import Subject

        if self.row is not None:
            return f"{self.row.label} ({subject})"
        if self.facts.subject is Subject.BUILD and self.product is not None:
            return f"build {subject.partition('+')[2]} of {self.product.code}"
        return subject


def _as_of(text: str | None) -> str | None:
    from asepsis.record.entry import instant

    return None if text is None else instant(datetime.fromisoformat(text))


def _who(name: str, email: str) -> str:
    """Return the id of the only person of a name, else a pseudonym of the address."""
    from asepsis.exchange.git import pseudonym
    from asepsis.store.models import Person

    called = list(Person.objects.filter(name__iexact=name)[:2])
    return called[0].id if len(called) == 1 else pseudonym(name, email)


def _receipt(receipt: Receipt, format_: Format, subject: str, document: str, position: int, told: str) -> Answer:
    from asepsis.sentences import Said

    def text(said: Said | str) -> str:
        return said.text() if isinstance(said, Said) else said

    new = position >= 0
    value = {
        "kind": receipt.kind,
        "format": format_.name,
        "source": receipt.source,
        "source_digest": receipt.digest,
        "document": document,
        "subject": subject,
        "new": new,
        "entry": position if new else None,
        "taken": receipt.taken,
        "not_taken_count": receipt.not_taken_count,
        "not_taken": [{"what": what, "why": text(why)} for what, why in receipt.not_taken],
        "notes": [text(one) for one in receipt.notes],
    }
    parts: list[Part] = [
        f"{receipt.source} was read as {format_.title}: {receipt.taken:,} taken, {receipt.not_taken_count:,} not.",
        f"They are {receipt.kind} of {told}.",
        f"Entry {position} says so." if new else "The same was taken in before; nothing changed.",
        f"The SHA-256 of the source is {receipt.digest}.",
    ]
    if receipt.not_taken:
        rows = ((what, text(why)) for what, why in receipt.not_taken)
        parts.append(Table.of("not taken|why", rows, ""))
    parts += [text(one) for one in receipt.notes]
    return Answer(value, tuple(parts))
