"""What the entries about one record owe each other, followed in the order of the ledger with little memory for each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from sys import intern
from typing import Any

from asepsis.record.kind import KINDS, Kind, matters, signed_part
from asepsis.sentences import Said, Sentence
from asepsis.store.changes import INSTALLATION

Fields = Mapping[str, Any]
Value = dict[str, Any]

FIRST_IS_NOT_FOUNDING = Sentence("The first entry of a ledger founds it, and this one does not.")
SECOND_FOUNDING = Sentence("A ledger is founded once, by its first entry.")
RECORD_TWICE = Sentence("It begins a record that began earlier.")
RECORD_UNKNOWN = Sentence("It speaks of a record that nothing before it began.")
NUMBER = Sentence("It is revision {found} where {expected} comes next.")
BEFORE = Sentence("The revision that it names before it is not the newest one.")
KIND_CHANGED = Sentence("It has the kind {found}; its record is a {expected}.")
PRODUCT_CHANGED = Sentence("It belongs to another product than its record.")
LABEL_TWICE = Sentence("Its label {label} is another record's.")
LABEL_FOREIGN = Sentence("Its label {label} does not begin with {expected}.")
NOT_THE_HEAD = Sentence("It names a revision that is not the newest of its record.")
NO_DRAFT = Sentence("It submits what is no draft.")
NO_SLOTS = Sentence("It asks for no signature, though a {kind} needs some; only the founding may do that.")
PROGRESS_SLOTS = Sentence("It submits progress, and asks for another signature than that of who entered it.")
NOT_WAITING = Sentence("It signs, rejects or withdraws what does not wait for that.")
NO_SUCH_SLOT = Sentence("It fills slot {slot}; there are {count}.")
SLOT_TWICE = Sentence("It fills slot {slot}, which was filled before.")
MEANING = Sentence("It says {found}; its slot asks for {expected}.")
OTHER_PERSON = Sentence("Its slot is another person's.")
AUTHOR_SIGNS = Sentence("An author signs where somebody else has to.")
STANDS_IN = Sentence("Somebody stands in where nobody may.")
SEEN = Sentence("Its signer saw {seen} entries where there were {size}.")
NOT_ADMITTED = Sentence("Who signs is not admitted.")
OTHER_CARD = Sentence("The name card is not the one that its signer had then.")
DEMONSTRATION = Sentence("It is signed as in a demonstration, and this ledger is none.")
NOT_ITS_AUTHOR = Sentence("Who withdraws wrote none of its revisions.")
NEVER_EFFECTIVE = Sentence("It looks at a link of a record that is not effective.")
MATERIAL = Sentence("It says that what matters changed last in revision {found}; that was {expected}.")
PROGRESS = Sentence("It says {found} to being progress only, and its content says {expected}.")
CODE_TWICE = Sentence("The product's id or code is in use already.")
PERSON_TWICE = Sentence("It admits a person who is admitted already.")
PERSON_UNKNOWN = Sentence("It gives a name card to a person who is not admitted.")
NOT_ASKED = Sentence("It erases what no entry before it asked to erase.")


class Misfit(Exception):
    """An entry does not fit those before it; `part` says in which respect."""

    def __init__(self, part: str, said: Said) -> None:
        super().__init__(said.text())
        self.part = part
        self.said = said


@dataclass(slots=True)
class Chain:
    """One record as far as its entries were followed: its newest revision, and what was effective before."""

    kind: str
    of: str | None
    label: str
    number: int
    name: str
    content: str
    material: int
    progress: bool
    by: str
    authors: tuple[str, ...]
    slots: list[Any] | None = None
    open: int = 0  # one bit for each slot that waits
    ended: str = ""  # rejected or withdrawn
    effective: bool = False
    effective_number: int = 0
    effective_name: str | None = None
    effective_content: str | None = None
    effective_material: int = 0
    retired: bool = False
    effective_retired: bool = False

    @property
    def state(self) -> str:
        """Return the state of the newest revision."""
        if self.ended:
            return self.ended
        if self.effective:
            return "effective"
        return "draft" if self.slots is None else "submitted"


@dataclass(slots=True)
class Chains:
    """Everything that the entries so far say, as far as later ones have to fit it. `values` gives contents by digest.

    `may_retire` tells, without reading it, whether a content could be one that retires its record.
    """

    values: Callable[[str], Value | None]
    may_retire: Callable[[str], bool]
    founding_entries: int
    founding: Fields = field(default_factory=dict)
    key: str = ""
    chains: dict[str, Chain] = field(default_factory=dict)
    cards: dict[str, str] = field(default_factory=dict)
    codes: dict[str | None, str] = field(default_factory=lambda: {None: "ORG"})
    stems: dict[tuple[str | None, str], str] = field(default_factory=dict)
    labels: set[str] = field(default_factory=set)
    asked: dict[str, str] = field(default_factory=dict)
    erased: set[str] = field(default_factory=set)
    bare: int = 0  # entries that are here as their name alone: what they began is not known
    not_worked_out: int = 0
    unknown_kinds: set[str] = field(default_factory=set)

    def follow(self, position: int, name: str, entry: Fields, record: str | None) -> None:
        """Take in the entry at `position`; `record` is the one that it is kept under. Raises `Misfit`."""
        rule = _RULES.get(entry["form"])
        if (position == 0) != (entry["form"] == "founding"):
            raise Misfit("chain", (SECOND_FOUNDING if position else FIRST_IS_NOT_FOUNDING).said())
        if rule is not None:
            rule(self, position, name, entry, record)

    # --- records ------------------------------------------------------------------------------------------------------

    def chain(self, record: str | None) -> Chain:
        """Return the chain of a record that began. Raises `Misfit`."""
        found = self.chains.get(record or "")
        if found is None:
            raise Misfit("chain", RECORD_UNKNOWN.said())
        return found

    def _headed(self, record: str | None, entry: Fields) -> Chain:
        chain = self.chain(record)
        if chain.name != entry["revision"]:
            raise Misfit("chain", NOT_THE_HEAD.said())
        if chain.of != entry.get("of"):
            raise Misfit("chain", PRODUCT_CHANGED.said())
        return chain

    def revision(self, _: int, name: str, entry: Fields, record: str | None) -> None:
        """Follow a revision: the first of a record, or the next."""
        if entry["number"] == 1:
            self._first(name, entry)
            return
        chain = self.chain(record)
        if entry["number"] != chain.number + 1:
            raise _misfit("chain", NUMBER, found=entry["number"], expected=chain.number + 1)
        if entry["before"] != chain.name:
            raise _misfit("chain", BEFORE)
        if entry["kind"] != chain.kind:
            raise _misfit("chain", KIND_CHANGED, found=entry["kind"], expected=chain.kind)
        if entry.get("of") != chain.of:
            raise _misfit("chain", PRODUCT_CHANGED)
        self._worked_out(chain, entry)
        chain.number, chain.name, chain.content = entry["number"], name, entry["content"]
        chain.material, chain.progress, chain.by = entry["material"], entry["progress"], intern(entry["by"])
        if not chain.progress and chain.by not in chain.authors:
            chain.authors = (*chain.authors, chain.by)
        chain.slots, chain.open, chain.ended, chain.effective = None, 0, "", False
        self._look_whether_retired(chain)

    def _first(self, name: str, entry: Fields) -> None:
        record, label, of = entry["record"], entry["label"], entry.get("of")
        if record in self.chains:
            raise _misfit("chain", RECORD_TWICE)
        if label in self.labels:
            raise _misfit("chain", LABEL_TWICE, label=label)
        stem = self.stems.get((of, entry["kind"])) or self._stem(of, entry["kind"])
        if not label.startswith(stem):
            raise _misfit("chain", LABEL_FOREIGN, label=label, expected=stem)
        self.labels.add(label)
        by, of = intern(entry["by"]), intern(of) if of else None  # a few, kept once and not with each record
        self.chains[record] = chain = Chain(
            intern(entry["kind"]), of, label, 1, name, entry["content"], 1, False, by, (by,)
        )
        self._look_whether_retired(chain)

    def _stem(self, of: str | None, kind: str) -> str:
        """Return how the labels of a product's records of a kind begin."""
        known = KINDS.get(kind)
        stem = f"{self.codes.get(of, '?')}-{known.meta.prefix}-" if known else f"{self.codes.get(of, '?')}-"
        if of in self.codes:
            self.stems[of, kind] = stem
        return stem

    def _worked_out(self, chain: Chain, entry: Fields) -> None:
        """Work out `material` and `progress` again, where the contents are there and read by this program."""
        kind = KINDS.get(chain.kind)
        value, before = self.values(entry["content"]), self.values(chain.content)
        effective = self.values(chain.effective_content) if chain.effective_content else None
        unread = chain.effective_content is not None and effective is None
        if kind is None or kind.meta.version != entry["version"] or value is None or before is None or unread:
            self.not_worked_out += 1
            return
        progress = effective is not None and value != effective and _same_but_progress(kind, value, effective)
        if progress != entry["progress"]:
            raise _misfit("material", PROGRESS, found=entry["progress"], expected=progress)
        if progress:
            material = chain.effective_material
        else:
            same = value == before or matters(kind, value) == matters(kind, before)
            material = chain.material if same else entry["number"]
        if material != entry["material"]:
            raise _misfit("material", MATERIAL, found=entry["material"], expected=material)

    def _look_whether_retired(self, chain: Chain) -> None:
        chain.retired = self.may_retire(chain.content) and "retired" in (self.values(chain.content) or {})

    def submission(self, position: int, _: str, entry: Fields, record: str | None) -> None:
        """Follow a submission."""
        chain = self._headed(record, entry)
        if chain.state != "draft":
            raise _misfit("chain", NO_DRAFT)
        slots = entry["slots"]
        if chain.progress:
            asked = {"meaning": "authored", "apart": False, "person": chain.by}
            if slots != [asked]:
                raise _misfit("approvals", PROGRESS_SLOTS)
        elif not slots:
            self._may_ask_for_nothing(chain, position, entry)
        chain.slots, chain.open = slots, (1 << len(slots)) - 1
        if not slots:
            self._becomes_effective(chain)

    def _may_ask_for_nothing(self, chain: Chain, position: int, entry: Fields) -> None:
        if position < self.founding_entries and entry["at"] == self.founding.get("at"):
            return
        kind = KINDS.get(chain.kind)
        if kind is None:
            self.unknown_kinds.add(chain.kind)
            return
        if kind.meta.signed != () and (not callable(kind.meta.signed)):
            raise _misfit("approvals", NO_SLOTS, kind=chain.kind)

    def _becomes_effective(self, chain: Chain) -> None:
        chain.effective = True
        chain.effective_number, chain.effective_name = chain.number, chain.name
        chain.effective_content, chain.effective_material = chain.content, chain.material
        chain.effective_retired = chain.retired
        chain.slots = None  # nobody signs it any more
        if not chain.progress:
            chain.authors = ()

    def approval(self, position: int, _: str, entry: Fields, record: str | None) -> None:
        """Follow a signature."""
        chain = self._headed(record, entry)
        if chain.state != "submitted":
            raise _misfit("approvals", NOT_WAITING)
        slots, number, by = chain.slots or [], entry["slot"], entry["by"]
        if number >= len(slots):
            raise _misfit("approvals", NO_SUCH_SLOT, slot=number, count=len(slots))
        slot = slots[number]
        if not chain.open >> number & 1:
            raise _misfit("approvals", SLOT_TWICE, slot=number)
        asked = slot["meaning"]
        if entry["meaning"] != asked:
            raise _misfit("approvals", MEANING, found=entry["meaning"], expected=asked)
        if slot.get("person", by) != by:
            raise _misfit("approvals", OTHER_PERSON)
        if slot["apart"] and by in chain.authors:
            raise _misfit("approvals", AUTHOR_SIGNS)
        if "stands_in" in entry:
            kind = KINDS.get(chain.kind)
            allowed = slot["apart"] and "roles" in slot and (kind is None or kind.meta.stand_in)
            if not allowed:
                raise _misfit("approvals", STANDS_IN)
        if entry["seen"] > position:
            raise _misfit("approvals", SEEN, seen=entry["seen"], size=position)
        if by not in self.cards:
            raise _misfit("approvals", NOT_ADMITTED)
        if self.cards[by] != entry["card"]:
            raise _misfit("approvals", OTHER_CARD)
        shown = entry["how"] != "demonstration" or self.founding.get("origin") == "demonstration"
        if not shown:
            raise _misfit("approvals", DEMONSTRATION)
        chain.open &= ~(1 << number)
        if not chain.open:
            self._becomes_effective(chain)

    def rejection(self, _: int, __: str, entry: Fields, record: str | None) -> None:
        """Follow a rejection."""
        chain = self._headed(record, entry)
        if chain.state != "submitted":
            raise _misfit("chain", NOT_WAITING)
        chain.ended = "rejected"

    def withdrawal(self, _: int, __: str, entry: Fields, record: str | None) -> None:
        """Follow a withdrawal: of what was never effective, by an author."""
        chain = self._headed(record, entry)
        if chain.effective_number or chain.ended == "withdrawn":
            raise _misfit("chain", NOT_WAITING)
        if entry["by"] not in chain.authors:
            raise _misfit("chain", NOT_ITS_AUTHOR)
        chain.ended = "withdrawn"

    def looked(self, position: int, _: str, entry: Fields, record: str | None) -> None:
        """Follow a look at a link."""
        chain = self.chain(record)
        if not self.bare:
            self.chain(entry["target"])
        if not chain.effective_number:
            raise _misfit("chain", NEVER_EFFECTIVE)
        if entry["seen"] > position:
            raise _misfit("approvals", SEEN, seen=entry["seen"], size=position)

    def about(self, _: int, __: str, entry: Fields, record: str | None) -> None:
        """Follow an entry that only needs its record to be there."""
        if self.chain(record).of != entry.get("of"):
            raise _misfit("chain", PRODUCT_CHANGED)

    # --- everything else ----------------------------------------------------------------------------------------------

    def founded(self, _: int, __: str, entry: Fields, ___: str | None) -> None:
        """Follow the founding."""
        self.founding, self.key = entry, entry["key"]

    def product(self, _: int, __: str, entry: Fields, ___: str | None) -> None:
        """Follow the founding of a product."""
        product, code = entry["product"], entry["code"]
        if product in self.codes or code in self.codes.values():
            raise _misfit("chain", CODE_TWICE)
        if entry.get("of") != product:
            raise _misfit("chain", PRODUCT_CHANGED)
        self.codes[product] = code

    def admission(self, _: int, __: str, entry: Fields, ___: str | None) -> None:
        """Follow an admission."""
        if entry["person"] in self.cards or entry["person"] == INSTALLATION:
            raise _misfit("chain", PERSON_TWICE)
        self.cards[entry["person"]] = entry["card"]

    def renaming(self, _: int, __: str, entry: Fields, ___: str | None) -> None:
        """Follow a new name card."""
        if entry["person"] not in self.cards:
            raise _misfit("chain", PERSON_UNKNOWN)
        self.cards[entry["person"]] = entry["card"]

    def erasure_asked(self, _: int, name: str, entry: Fields, __: str | None) -> None:
        """Follow a request to erase."""
        self.asked[name] = entry.get("content") or entry["file"]

    def redaction(self, _: int, __: str, entry: Fields, ___: str | None) -> None:
        """Follow an erasure: what it names need not be there any more."""
        erased = entry.get("content") or entry["file"]
        if self.asked.get(entry["asked"]) != erased:
            raise _misfit("chain", NOT_ASKED)
        self.erased.add(erased)

    def new_key(self, _: int, __: str, entry: Fields, ___: str | None) -> None:
        """Follow a change of the key: it signs from this entry on."""
        self.key = entry["key"]


_RULES: dict[str, Callable[[Chains, int, str, Fields, str | None], None]] = {
    "founding": Chains.founded,
    "product": Chains.product,
    "admission": Chains.admission,
    "renaming": Chains.renaming,
    "revision": Chains.revision,
    "submission": Chains.submission,
    "approval": Chains.approval,
    "rejection": Chains.rejection,
    "withdrawal": Chains.withdrawal,
    "looked": Chains.looked,
    "comment": Chains.about,
    "embargo": Chains.about,
    "disclosure": Chains.about,
    "erasure-asked": Chains.erasure_asked,
    "redaction": Chains.redaction,
    "key": Chains.new_key,
}


def _misfit(part: str, sentence: Sentence, **arguments: Any) -> Misfit:
    return Misfit(part, sentence.said(**arguments))


def _same_but_progress(kind: type[Kind], value: Value, effective: Value) -> bool:
    return signed_part(kind, value) == signed_part(kind, effective)
