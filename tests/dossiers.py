"""Dossiers for tests: what happened, told in a few lines, becomes real entries, real histories and a real view.

    story = Story()
    role = story.add(Role, acts_as=["quality"], accountable_for=["7.2"])
    story.add(Appointment, role=role, person=Cast.QUALITY, day="2026-03-01")
    assert run_check("quality.roles_held_today", story).about == ["ORG-ROL-1"]

A record is named by its id, which `add` returns. What is not given is made by `tests.kinds.smallest`. Acts may be told
in any order: they happen in the order of their days, and on one day in the order in which they were told.
"""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import Any, TypeVar, cast
from zoneinfo import ZoneInfo

import msgspec
from pydantic_core import to_jsonable_python

from asepsis.checks import all as every_check
from asepsis.checks.check import CHECKS
from asepsis.checks.view import View
from asepsis.clauses import policy
from asepsis.clauses.catalogue import catalogue
from asepsis.configuration.records import BillOfMaterials, Release
from asepsis.conformance.run import Ran, run
from asepsis.development.records import ReleaseDecision
from asepsis.exchange import facts as shapes
from asepsis.exchange import subjects
from asepsis.quality.records import Appointment, Role
from asepsis.record import content, entry
from asepsis.record.dossier import Dossier, Item, Stored
from asepsis.record.facts import Facts, TakenIn
from asepsis.record.history import History, fold
from asepsis.record.kind import KINDS, Kind, matters, plain_value, read_content, read_draft, signed_part
from asepsis.record.slots import Meaning, Slot, SystemRole
from asepsis.record.verdict import Gap, Unknown
from asepsis.sentences import Mention, Sentence
from tests.kinds import an_id, as_bytes, smallest

every_check.load()

K = TypeVar("K", bound=Kind)
F = TypeVar("F", bound=Callable[..., Any])
DayLike = date | str

START = date(2026, 1, 5)  # the day of every act that names none
TODAY = date(2026, 11, 25)
ZONE = ZoneInfo("Europe/Berlin")
PRODUCT = Mention(an_id("product"), "GW")
ORGANISATION = None


class Cast(StrEnum):
    """Who plays: the holder of each system role, who writes by default, a deputy, and one who holds nothing."""

    MANAGEMENT = an_id("person of management")
    QUALITY = an_id("person of quality")
    REGULATORY = an_id("person of regulatory")
    SECURITY = an_id("person of security")
    ARCHITECT = an_id("person of architecture")
    DEVELOPER = an_id("person of development")
    TESTER = an_id("person of testing")
    CLINICAL = an_id("person of the clinic")
    SAFETY = an_id("person of safety")
    RELEASE_MANAGER = an_id("person of releases")
    INCIDENT = an_id("person of incidents")
    AUDITOR = an_id("person who audits")
    SUPPLIER = an_id("person of a supplier")
    WRITER = an_id("person who writes")
    DEPUTY = an_id("person who stands in")
    OUTSIDER = an_id("person who holds nothing")


def holder(role: SystemRole) -> Cast:
    """Return who of the cast holds a system role."""
    return Cast[role.name]


def as_day(day: DayLike) -> date:
    """Return a day, also where it is given as `2026-11-25`."""
    return date.fromisoformat(day) if isinstance(day, str) else day


def days(day: DayLike, number: int) -> date:
    """Return the day `number` days later, or earlier."""
    return as_day(day) + timedelta(days=number)


def digest(name: str) -> str:
    """Return the SHA-256 that a file called `name` has in these tests."""
    return hashlib.sha256(name.encode()).hexdigest()


def evidence(name: str) -> dict[str, Any]:
    """Return the evidence that a file called `name` gives, as a plain value."""
    return {"digest": digest(name), "shows": name, "media_type": "application/pdf", "size": len(name)}


def elsewhere(name: str) -> dict[str, Any]:
    """Return the evidence of a file called `name` that is kept elsewhere, as a plain value."""
    return {"digest": digest(name), "shows": name, "address": f"https://example.com/{name}", "seen_on": "2026-01-05"}


# --- what happened --------------------------------------------------------------------------------------------------


@dataclass
class Ledger:
    """The ledger that a story becomes: its entries, the contents beside them, and the histories so far."""

    entries: list[tuple[int, str, Mapping[str, Any]]] = field(default_factory=list)
    contents: dict[str, bytes] = field(default_factory=dict)
    histories: dict[str, History] = field(default_factory=dict)
    policy: Mapping[str, Any] = field(default_factory=policy.in_force)
    withheld: set[str] = field(default_factory=set)
    _records: dict[str, str] = field(default_factory=dict)  # revision -> record

    def enter(self, form: str, /, *, at: datetime, by: str, **fields: Any) -> str:
        """Write one entry in its real bytes, and return its name."""
        data = entry.write(form, at=at, by=by, **fields)
        name, position = entry.name(data), len(self.entries)
        self.entries.append((position, name, entry.read(data)))
        self.histories = self.histories if form in _OF_NO_RECORD else self._folded()
        return name

    def _folded(self) -> dict[str, History]:
        """Fold only what the newest entry speaks of, as a projection does."""
        position, name, fields = self.entries[-1]
        record = fields.get("record") or self._record_of(fields["revision"])
        if record in self.histories:
            self.histories[record].apply(position, name, fields)
        else:
            self.histories[record] = History.begun(position, name, fields)
        if fields["form"] == "revision":
            self._records[name] = record
        return self.histories

    def _record_of(self, revision: str) -> str:
        return self._records[revision]

    def seal(self, value: Any) -> str:
        """Keep a value as a content, and return its digest."""
        data = content.seal(value, hashlib.sha256(str(len(self.contents)).encode()).digest()[:16])
        self.contents[content.digest(data)] = data
        return content.digest(data)

    def value(self, digest: str | None) -> dict[str, Any] | None:
        """Return the plain value of a content."""
        return None if digest is None else msgspec.json.decode(content.value_bytes(self.contents[digest]))

    def head(self, record: str) -> dict[str, Any]:
        """Return the newest value of a record."""
        return self.value(self.histories[record].head.content) or {}

    # What the slots of a submission may depend on.

    def get(self, ref: str) -> Any:
        """Return the effective content that `ref` names."""
        history = self.histories.get(ref)
        return self._effective(history) if history else None

    def back(self, ref: str, kind: type[K]) -> tuple[K, ...]:
        """Return the effective contents of `kind` that name `ref` anywhere."""
        return tuple(one for one in self._of(kind) if ref in as_bytes(plain_value(one)).decode())

    def in_force(self, kind: type[K]) -> K | None:
        """Return the one content of a single kind: the product's before the organisation's."""
        held = sorted(
            (one for one in self.histories.values() if one.kind == kind.__name__ and self._effective(one)),
            key=lambda one: one.product is None,
        )
        return cast("K", self._effective(held[0])) if held else None

    def _of(self, kind: type[K]) -> Iterator[K]:
        found = (self._effective(one) for one in self.histories.values() if one.kind == kind.__name__)
        return (cast("K", one) for one in found if one is not None)

    def _effective(self, history: History) -> Kind | None:
        if history.effective is None:
            return None
        read = read_content(KINDS[history.kind], as_bytes(self.value(history.effective.content) or {}))
        return read if read.retired is None else None


_OF_NO_RECORD = frozenset({"founding", "product", "admission", "facts", "baseline", "comment"})


class Story:
    """What happened to the records of one product and of the organisation, and the facts beside them."""

    def __init__(self, **settings: Any) -> None:
        self.settings = {name.replace("__", "."): value for name, value in settings.items()}
        self.lost: set[str] = set()
        self.labels: dict[str, str] = {}
        self._acts: list[tuple[datetime, Callable[[Ledger, datetime], object]]] = []
        self._facts: list[tuple[datetime, str, str, shapes.Fact | None, str | None]] = []
        self._kinds: dict[str, type[Kind]] = {}
        self._numbers: dict[str, int] = {}

    def set_policy(self, name: str, value: Any) -> None:
        """Set one value of the organisation's policy; all others stay at their default."""
        self.settings[name] = value

    # --- records ---

    def add(
        self,
        kind: type[Kind],
        /,
        *,
        day: DayLike = START,
        signed_on: DayLike | None = None,
        writer: str = Cast.WRITER,
        by: Mapping[SystemRole, str] | None = None,
        owned_by: Mention | None = PRODUCT,
        **fields: Any,
    ) -> str:
        """Write a record and have it signed by all who must; return its id.

        `by` names who signs in a role where it is not the cast's holder; `signed_on` is the day of the signatures where
        it is a later one. `owned_by=ORGANISATION` where a kind may be the organisation's or a product's.
        """
        record = self.draft(kind, day=day, writer=writer, owned_by=owned_by, **fields)
        self.submit(record, day=day, writer=writer)
        self.sign(record, day=signed_on or day, by=by)
        return record

    def draft(
        self,
        kind: type[Kind],
        /,
        *,
        day: DayLike = START,
        writer: str = Cast.WRITER,
        owned_by: Mention | None = PRODUCT,
        **fields: Any,
    ) -> str:
        """Write a record that nobody signed; return its id."""
        product = ORGANISATION if kind.meta.of == "O" else owned_by
        record, label = self._named(kind, product)
        value = smallest(kind, **fields)

        def write(ledger: Ledger, at: datetime) -> None:
            plain = plain_value(read_draft(kind, as_bytes(value), label))
            ledger.enter(
                "revision", at=at, by=writer, of=product and product.id, record=record, kind=kind.__name__, number=1,
                version=kind.meta.version, label=label, content=ledger.seal(plain), material=1, progress=False,
            )  # fmt: skip

        self._then(day, write)
        return record

    def unfinished(self, kind: type[Kind], /, *, day: DayLike = START, writer: str = Cast.WRITER, **fields: Any) -> str:
        """Write a draft that does not read as its kind: only what is given stands in it. Return its id."""
        product = ORGANISATION if kind.meta.of == "O" else PRODUCT
        record, label = self._named(kind, product)

        def write(ledger: Ledger, at: datetime) -> None:
            ledger.enter(
                "revision", at=at, by=writer, of=product and product.id, record=record, kind=kind.__name__, number=1,
                version=kind.meta.version, label=label, content=ledger.seal(to_jsonable_python(fields)), material=1,
                progress=False,
            )  # fmt: skip

        self._then(day, write)
        return record

    def revise(
        self,
        record: str,
        /,
        *,
        day: DayLike = START,
        signed: bool = True,
        writer: str = Cast.WRITER,
        by: Mapping[SystemRole, str] | None = None,
        **fields: Any,
    ) -> None:
        """Write a new revision with these fields changed (`None` leaves one out), and have it signed.

        Where only progress changes, one signature of the writer carries it, as at the door.
        """
        kind = self._kinds[record]

        def write(ledger: Ledger, at: datetime) -> None:
            history, before = ledger.histories[record], ledger.head(record)
            changed = before | {name: to_jsonable_python(one, exclude_none=True) for name, one in fields.items()}
            value = plain_value(
                read_draft(kind, as_bytes({name: one for name, one in changed.items() if one is not None}))
            )
            number = history.head.number + 1
            standing = ledger.value(history.effective.content) if history.effective else None
            ledger.enter(
                "revision", at=at, by=writer, of=history.product, record=record, kind=history.kind, number=number,
                version=kind.meta.version, before=history.head.name, content=ledger.seal(value),
                material=number if matters(kind, value) != matters(kind, before) else history.head.material,
                progress=standing is not None and signed_part(kind, value) == signed_part(kind, standing),
            )  # fmt: skip

        self._then(day, write)
        if signed:
            self.submit(record, day=day, writer=writer)
            self.sign(record, day=day, by=by)

    def retire(self, record: str, /, *, day: DayLike = START) -> None:
        """Retire a record, signed as its kind asks."""
        self.revise(record, day=day, retired={"why": "It no longer counts."})

    def submit(self, record: str, /, *, day: DayLike = START, writer: str = Cast.WRITER) -> None:
        """Submit the newest revision: its slots are worked out as at the door."""
        kind = self._kinds[record]

        def submit(ledger: Ledger, at: datetime) -> None:
            history = ledger.histories[record]
            read = read_content(kind, as_bytes(ledger.head(record)), history.label)
            slots = (
                (Slot(Meaning.AUTHORED, person=history.head.by),)
                if history.head.progress
                else kind.slots(read, cast("Any", ledger))
            )
            ledger.enter(
                "submission", at=at, by=writer, of=history.product, revision=history.head.name,
                slots=[_plain_slot(slot) for slot in slots],
            )  # fmt: skip

        self._then(day, submit)

    def sign(
        self,
        record: str,
        /,
        *,
        day: DayLike = START,
        by: Mapping[SystemRole, str] | None = None,
        seen: int | None = None,
        how: str = "passphrase",
        stands_in: str | None = None,
    ) -> None:
        """Fill every open slot of the newest revision, each by who holds its role, or whom `by` names for it.

        `stands_in` (deputy or quality) says in which place the second pair of eyes signs.
        """

        def sign(ledger: Ledger, at: datetime) -> None:
            history = ledger.histories[record]
            head = history.head
            for number in head.open_slots:
                slot = (head.slots or ())[number]
                signer = slot.person or _signer(slot, by or {})
                ledger.enter(
                    "approval", at=at, by=signer, of=history.product, revision=head.name, slot=number,
                    meaning=slot.meaning.value, card=ledger.seal({"name": signer}), how=how,
                    seen=len(ledger.entries) if seen is None else seen, set=1, opened=True,
                    stands_in=stands_in,
                )  # fmt: skip

        self._then(day, sign)

    def reject(self, record: str, /, *, day: DayLike = START, by: str = Cast.QUALITY) -> None:
        """Reject the newest revision."""
        self._end(record, "rejection", day, by)

    def withdraw(self, record: str, /, *, day: DayLike = START, by: str = Cast.WRITER) -> None:
        """Withdraw the newest revision."""
        self._end(record, "withdrawal", day, by)

    def look(self, record: str, target: str, /, *, day: DayLike = START, by: str = Cast.SECURITY) -> None:
        """Look at the link from a record to a target that changed, and let it stand."""

        def look(ledger: Ledger, at: datetime) -> None:
            of = ledger.histories[record].product
            ledger.enter("looked", at=at, by=by, of=of, record=record, target=target, seen=len(ledger.entries), set=1)

        self._then(day, look)

    def embargo(self, record: str, /, *, day: DayLike = START, to: tuple[str, ...] = ()) -> None:
        """Withhold a record from all but the persons named, and the holders of security and incident."""

        def shut(ledger: Ledger, at: datetime) -> None:
            of = ledger.histories[record].product
            ledger.enter("embargo", at=at, by=Cast.SECURITY, of=of, record=record, to=list(to))

        self._then(day, shut)

    def erase(self, record: str, /) -> None:
        """Take the content of a record away, as redaction or an export does: the dossier withholds it."""
        self._then(TODAY, lambda ledger, at: ledger.withheld.add(record))

    # --- facts and files ---

    def take_in(
        self,
        fact: shapes.Fact,
        /,
        subject: str,
        *,
        day: DayLike = START,
        as_of: str | None = None,
        readable: bool = True,
    ) -> None:
        """Take in a fact document about a subject (`asepsis.exchange.subjects` composes one).

        Without `readable` its bytes are gone again.
        """
        kind = str(type(fact).__struct_config__.tag)
        self._facts.append((_noon(day), kind, subject, fact if readable else None, as_of))

    def people(self, **spans: tuple[DayLike, DayLike | None]) -> None:
        """Say who was there: all of the cast from 2020 on, but for those named (in lower case), `(from, left on)`."""
        told = {one.name.lower(): (date(2020, 1, 1), None) for one in Cast} | spans
        people = tuple(
            shapes.Person(Cast[name.upper()], as_day(since).isoformat(), as_day(left).isoformat() if left else None)
            for name, (since, left) in told.items()
        )
        self.take_in(shapes.People(people), subjects.ORGANISATION)

    def lose(self, name: str, /) -> None:
        """Lose the bytes of the file called `name` in `evidence(name)`."""
        self.lost.add(digest(name))

    # --- what many tests need ---

    def staff(self, *roles: SystemRole, day: DayLike = START, since: DayLike = "2020-01-01", **fields: Any) -> None:
        """Found a Role and the Appointment of its holder for each system role, or for those named."""
        for role in roles or tuple(SystemRole):
            found = self.add(Role, day=day, title=role.value, acts_as=[role], **fields)
            self.add(Appointment, day=day, role=found, person=holder(role), since=as_day(since), owned_by=ORGANISATION)

    def release(self, version: str = "1.0.0", /, **fields: Any) -> str:
        """Plan a release of the build `build of <version>`, supported until 2030; return its id."""
        given = {
            "build_id": f"build-of-{version}",
            "support_until": "2030-12-31",
            "security_support_until": "2030-12-31",
        }
        return self.add(Release, version=version, **(given | fields))

    def send_out(self, release: str, /, *, day: DayLike = START, **fields: Any) -> str:
        """Decide that a release goes out; return the id of the decision."""
        return self.add(ReleaseDecision, day=day, release=release, on=as_day(day), **fields)

    def bill(
        self, release: str, /, *components: shapes.Component, day: DayLike = START, readable: bool = True, **fields: Any
    ) -> str:
        """Give a release a bill of materials with these components; return the id of the bill."""
        document = evidence(f"bill of {release} {fields.get('configuration', '')}")
        record = self.add(BillOfMaterials, day=day, release=release, document=document, **fields)
        listed = shapes.Components("CycloneDX 1.6", components)
        self.take_in(listed, document["digest"], day=day, readable=readable)
        return record

    # --- the end of the story ---

    def ledger(self) -> Ledger:
        """Return the ledger of all that happened."""
        ledger = Ledger(policy=self._policy())
        founded = datetime(2019, 1, 1, tzinfo=UTC)
        ledger.enter("founding", at=founded, by="0" * 32, origin="real", key="0" * 64, time_zone=ZONE.key)
        ledger.enter(
            "product", at=founded, by=Cast.MANAGEMENT, of=PRODUCT.id, product=PRODUCT.id, code=PRODUCT.label,
            name=ledger.seal("Gateway"),
        )  # fmt: skip
        for at, act in sorted(self._acts, key=lambda one: one[0]):
            act(ledger, at)
        return ledger

    def dossier(self) -> Dossier:
        """Return the dossier of the product at the end of the story, folded anew from its entries."""
        ledger = self.ledger()
        histories = fold(iter(ledger.entries))
        stored = (_stored(one, ledger) for one in histories.values())
        position = len(ledger.entries) - 1
        return Dossier(
            stored,
            product=PRODUCT.id,
            position=position,
            history=histories.__getitem__,
            earlier=lambda digest: as_bytes(ledger.value(digest) or {}),
        )

    def facts(self) -> Facts:
        """Return the facts that stand beside the dossier."""
        documents: dict[str, bytes] = {}
        taken = []
        for position, (at, kind, subject, fact, as_of) in enumerate(sorted(self._facts, key=lambda one: one[0])):
            data = shapes.document_bytes(fact) if fact else b"gone"
            name = hashlib.sha256(data).hexdigest()
            if fact:
                documents[name] = data
            taken.append(TakenIn(kind, subject, name, name, Cast.SECURITY, entry.instant(at), position, as_of))
        return Facts(taken, lambda name: shapes.read_document(documents[name]) if name in documents else None)

    def view(self, *, release: str | None = None, today: DayLike = TODAY) -> View:
        """Return what a check sees on a day: the dossier, looking at `release` where one is named."""
        dossier = self.dossier()
        looked_at: Item[Release] | None = dossier.get(release)
        if release is not None and looked_at is None:
            raise LookupError(f"{self.labels.get(release, release)} is no effective release")
        return View(
            dossier, self.facts(), self._policy(), catalogue(), product=PRODUCT, release=looked_at, now=_noon(today),
            zone=ZONE, stored=self._stored() if self.lost else None,
        )  # fmt: skip

    def _policy(self) -> policy.InForce:
        return policy.in_force(self.settings)

    def _stored(self) -> frozenset[str]:
        return frozenset(_digests([self.ledger().value(one) for one in self.ledger().contents])) - self.lost

    def _named(self, kind: type[Kind], product: Mention | None) -> tuple[str, str]:
        code = product.label if product else "ORG"
        row = f"{code}-{kind.meta.prefix}"
        self._numbers[row] = self._numbers.get(row, 0) + 1
        label = f"{row}-{self._numbers[row]}"
        record = an_id(label)
        self.labels[record], self._kinds[record] = label, kind
        return record, label

    def _then(self, day: DayLike, act: Callable[[Ledger, datetime], object]) -> None:
        self._acts.append((_noon(day), act))

    def _end(self, record: str, form: str, day: DayLike, by: str) -> None:
        def end(ledger: Ledger, at: datetime) -> None:
            history = ledger.histories[record]
            ledger.enter(
                form, at=at, by=by, of=history.product, revision=history.head.name, reason=ledger.seal("It is not so.")
            )

        self._then(day, end)


def _noon(day: DayLike) -> datetime:
    return datetime.combine(as_day(day), datetime.min.time(), tzinfo=UTC).replace(hour=12)


def _plain_slot(slot: Slot) -> dict[str, Any]:
    who: dict[str, Any] = {"roles": [role.value for role in slot.roles]} if slot.roles else {"person": slot.person}
    return {"meaning": slot.meaning.value, "apart": slot.apart, **who}


def _signer(slot: Slot, by: Mapping[SystemRole, str]) -> str:
    return next((by[role] for role in slot.roles if role in by), holder(slot.roles[0]))


def _stored(history: History, ledger: Ledger) -> Stored:
    effective, head = history.effective, history.head
    withheld = history.record in ledger.withheld
    return Stored(
        history.record,
        history.label,
        history.kind,
        history.product,
        history.head_state,
        head.name,
        head.number,
        effective.name if effective else None,
        effective.number if effective else 0,
        content.value_bytes(ledger.contents[effective.content]) if effective and not withheld else None,
        content.value_bytes(ledger.contents[head.content]) if head is not effective and not withheld else None,
        history.turns,
        history.seen,
        history.looked,
        withheld=withheld,
    )


def _digests(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        yield from (one for name, one in value.items() if name == "digest" and isinstance(one, str))
        value = list(value.values())
    if isinstance(value, list):
        for one in value:
            yield from _digests(one)


# --- running a check ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Said:
    """What a check said about a story. All lists are in the order in which it was said."""

    ran: Ran

    @property
    def silent(self) -> bool:
        """Return whether there was nothing to go through."""
        return self.ran.silent

    @property
    def gaps(self) -> list[Gap]:
        """Return the gaps."""
        return [one for one in self.ran.findings if isinstance(one, Gap)]

    @property
    def unknowns(self) -> list[Unknown]:
        """Return what could not be looked at."""
        return [one for one in self.ran.findings if isinstance(one, Unknown)]

    @property
    def kept(self) -> bool:
        """Return whether there was something to go through and nothing to say about it."""
        return bool(self.ran.looked_at) and not self.ran.findings

    @property
    def sentences(self) -> list[Sentence]:
        """Return the sentence of each finding."""
        return [one.said.sentence for one in self.ran.findings]

    @property
    def about(self) -> list[str]:
        """Return the label of what each finding is about."""
        return [one.about.label for one in self.ran.findings]

    @property
    def texts(self) -> list[str]:
        """Return each finding as people read it."""
        return [one.said.text() for one in self.ran.findings]

    def __repr__(self) -> str:
        return f"Said({'silent' if self.silent else self.ran.findings})"


_said: list[tuple[str, Said]] = []  # what `keeps` and `breaks` look at after a test


def run_check(identity: str, story: Story, *, release: str | None = None, today: DayLike = TODAY) -> Said:
    """Return what the real runner makes of one check over a story. A fault of the check is raised."""
    said = Said(run(CHECKS[identity], story.view(release=release, today=today), strict=True))
    _said.append((identity, said))
    return said


def keeps(identity: str) -> Callable[[F], F]:
    """Mark a test that shows a dossier which keeps a check; fails where none of its runs was kept."""
    return _marked(identity, lambda said: said.kept, "keeps")


def breaks(identity: str) -> Callable[[F], F]:
    """Mark a test that shows a dossier which breaks a check; fails where none of its runs gave a gap."""
    return _marked(identity, lambda said: bool(said.gaps), "breaks")


def _marked(identity: str, holds: Callable[[Said], bool], word: str) -> Callable[[F], F]:
    def mark(test: F) -> F:
        @functools.wraps(test)
        def marked(*arguments: Any, **named: Any) -> None:
            begun = len(_said)
            test(*arguments, **named)
            runs = [said for ran, said in _said[begun:] if ran == identity]
            assert any(map(holds, runs)), f"nothing here {word} {identity}: {runs}"

        return cast("F", marked)

    return mark
