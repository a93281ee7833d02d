"""What a commit can be asked to do: one small class for each form of entry."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from asepsis.record.slots import Meaning

INSTALLATION = "0" * 32  # who acts where no person does
LATEST = "latest"  # the head that an earlier change of the same commit has made


@dataclass(frozen=True, slots=True)
class Token:
    """What a program acts by for a person: its id, and how the person called it."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: a person by id; `token` where a program acts for them, and `within` the one product it is bound to.

    Neither gives anything: a token signs nothing, and of the roles of its person those count that reach its product.
    """

    id: str
    token: Token | None = None
    within: str | None = None


@dataclass(frozen=True, slots=True)
class Signed:
    """How a person proved at the edge to be who signs, and what they had before their eyes.

    `seen` is the size of the ledger that was shown; absent: as it is when the commit begins.
    """

    how: str
    seen: int | None = None
    opened: bool = True


@dataclass(frozen=True, slots=True)
class FoundLedger:
    """The very first entry. `key` is the raw public key, hex."""

    key: str
    time_zone: str
    origin: str = "real"
    clock_offset_s: int = 0


@dataclass(frozen=True, slots=True)
class FoundProduct:
    """A new product; `id` is given by the caller, 32 hex digits."""

    id: str
    code: str
    name: str


@dataclass(frozen=True, slots=True)
class Admit:
    """A person comes in, or (`again`) gets another name card: `{name, checked}`."""

    id: str
    card: dict[str, str]
    again: bool = False


@dataclass(frozen=True, slots=True)
class Write:
    """A revision: `value` is the whole new content as a JSON value. `before` is the head that the writer saw.

    Without `before` the record is new; `LATEST` goes on from an earlier change of the same commit. `persons` withholds
    the record from its first revision on.
    """

    record: str
    kind: str
    value: dict[str, Any]
    product: str | None
    before: str | None = None
    persons: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Submit:
    """The head of a record is submitted; `revision` is the head that its submitter saw (absent: whatever it is now).

    `founding` asks for no signatures: it is for the first records of a ledger only.
    """

    record: str
    revision: str | None = None
    founding: bool = False


@dataclass(frozen=True, slots=True)
class Approve:
    """One person fills one slot of a submitted head. `set` counts the revisions that are signed in the same act.

    `revision` is the head that the signer saw, or `LATEST`.
    """

    record: str
    revision: str
    meaning: Meaning
    signed: Signed
    slot: int | None = None
    set: int = 1


@dataclass(frozen=True, slots=True)
class Reject:
    """A holder of a role on an open slot says no, and why."""

    record: str
    revision: str
    reason: str


@dataclass(frozen=True, slots=True)
class Withdraw:
    """An author takes back what was never effective, and says why."""

    record: str
    revision: str
    reason: str


@dataclass(frozen=True, slots=True)
class Look:
    """A holder of a role on the slots of `record` looked at its link to `target`, which changed, and lets it stand."""

    record: str
    target: str
    seen: int | None = None
    set: int = 1


@dataclass(frozen=True, slots=True)
class TakeIn:
    """Facts come in: the bytes of the fact document, and of the source it was made from (or its digest alone)."""

    kind: str
    subject: str
    document: bytes
    source: bytes | None
    source_digest: str
    product: str | None
    as_of: str | None = None


@dataclass(frozen=True, slots=True)
class MarkBaseline:
    """A position is marked, for a product and perhaps a release, with the digest of the dossier that stands there.

    `dossier` is the digest that its marker saw: another is refused. Empty: whatever stands there.
    """

    product: str | None
    dossier: str = ""
    release: str | None = None


@dataclass(frozen=True, slots=True)
class Comment:
    """Somebody says something about a record."""

    record: str
    text: str


@dataclass(frozen=True, slots=True)
class ChangeKey:
    """The ledger gets another key, which signs from then on: `key` is its public half, raw, hex; `why` a word of the form."""

    key: str
    why: str


@dataclass(frozen=True, slots=True)
class Embargo:
    """From now on only `persons`, and the holders of security and incident, see a record. All that refers to it goes too."""

    record: str
    persons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Disclose:
    """An embargo ends: for everybody, or (with `persons`) for these as well."""

    record: str
    persons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AskErasure:
    """Quality asks that a content (of `record`) or a file be erased, on a ground that the law knows.

    `fields` erases these alone: the content gets a remainder without them.
    """

    digest: str
    ground: str
    record: str | None = None  # absent: it is a file
    fields: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Redact:
    """Management erases what quality asked for; `asked` is the name of that entry."""

    asked: str


Change = (
    FoundLedger
    | FoundProduct
    | Admit
    | Write
    | Submit
    | Approve
    | Reject
    | Withdraw
    | Look
    | TakeIn
    | MarkBaseline
    | Comment
    | ChangeKey
    | Embargo
    | Disclose
    | AskErasure
    | Redact
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one change: the entry it made, and the record that it was about. `position` -1: nothing was new."""

    position: int
    name: str
    record: str | None = None
    label: str | None = None


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a commit did: the size of the ledger after it, its instant, and the outcome of each change in order."""

    size: int
    at: str
    outcomes: tuple[Outcome, ...] = field(default_factory=tuple)
