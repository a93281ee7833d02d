"""Tables brought in: what each row would become, and all of them in one commit.

A row is a record by its label, else by its former id, else by its title: so the same table twice changes nothing. What a
cell refers to is looked for by label, former id or title, among the records that whoever acts may see and among the rows
that come in with it.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from heapq import heappop, heappush
from typing import Any

import msgspec
import pydantic

from asepsis.errors import InputError
from asepsis.exchange.tables.places import FILE, LABEL, WITHHELD, MisfitError, over, value_of
from asepsis.exchange.tables.sheet import Row, Sheet
from asepsis.record.fields import Form, What, fields_of
from asepsis.record.history import unpack
from asepsis.record.kind import ID, Kind, complaints, draft_of, kind_named, plain_value, references, times_of
from asepsis.record.texts import Plain, misfit, plain_of, short
from asepsis.sentences import Said, Sentence
from asepsis.store import queries, refusals, rights
from asepsis.store.acts import Hand
from asepsis.store.changes import LATEST, Change, Submit, Write
from asepsis.store.changes import Receipt as Committed
from asepsis.store.going import zone_named
from asepsis.store.models import Product, Record

CELL = Sentence("{cell}: {field} {reason}.")
LEFT = Sentence("Left out: {cell}, since {field} {reason}.")
BETWEEN = Sentence("A control stands between it and {other}, as a draft: {title}.")
NAMED = "Named in cells"  # what the rows of records are called that are made since cells name them
ROW = Sentence("Row {row}: {reason}.")


LIKE_A_LABEL = re.compile(r"[A-Za-z]{2,8}-[A-Za-z]{3}-[A-Za-z0-9]+")


class RefusedRowsError(InputError):
    """Some rows of a table are refused, and nobody said that the others come in without them."""

    code = "rows-refused"
    sentence = Sentence(
        "{count} of {rows} rows are refused, so nothing was taken in. {first}",
        next="Correct them in the table and give it again, or take the others in without them.",
    )

    def __init__(self, receipts: Sequence[RowReceipt], rows: int) -> None:
        self.receipts = receipts
        super().__init__(count=len(receipts), rows=rows, first=receipts[0].problems[0].text())


class Becomes(StrEnum):
    """What becomes of a row."""

    TAKEN = "taken"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Asked:
    """A sheet, the kind that its rows are of, the place that each heading is taken for, and what words in them stand for."""

    sheet: Sheet
    kind: type[Kind]
    columns: Mapping[str, str]
    words: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Lenient:
    """What is done with cells that would have their rows refused.

    With `make`, what a cell names and is not here is made, as a draft of that title; with `leave`, a cell that does not fit
    is left out of its row. Both are told with the row.
    """

    make: bool = False
    leave: bool = False


STRICT = Lenient()


@dataclass(frozen=True, slots=True)
class Joint:
    """Two kinds that tables link directly and records through a third: what stands `between`, and the fields that lead there."""

    one: str
    one_field: str
    other: str
    other_field: str
    between: str


JOINTS = (
    Joint("Requirement", "because", "Risk", "controls", "Control"),
)  # a risk is lowered by a control that asks for it


@dataclass
class RowReceipt:
    """What becomes of one row: `label` and `record` of what it is, `problems` of one that is refused.

    `told` is what was left out of it or made for it. `lacks` says what is missing before it can be submitted.
    """

    sheet: Sheet
    row: Row
    kind: type[Kind]
    becomes: Becomes = Becomes.TAKEN
    record: str = ""
    label: str = ""
    title: str = ""
    problems: list[Said] = field(default_factory=list)
    told: list[Said] = field(default_factory=list)
    lacks: str | None = None
    value: dict[str, Any] = field(default_factory=dict)
    before: str | None = None
    was: dict[str, Any] = field(default_factory=dict)  # what it said before
    closed: str = ""  # that it is retired or withdrawn, so that it is not revised any more
    files: list[bytes] = field(default_factory=list)

    @property
    def place(self) -> str:
        """Return sheet and number of the row."""
        return f"{self.sheet.name}, row {self.row.number}"


@dataclass
class Plan:
    """What would become of a table. `submitted` is set where complete records are submitted at once."""

    receipts: tuple[RowReceipt, ...]
    product: str | None
    submitted: bool = False

    def of(self, *becomes: Becomes) -> list[RowReceipt]:
        """Return the rows of which that becomes."""
        return [one for one in self.receipts if one.becomes in becomes]

    @cached_property
    def counts(self) -> Mapping[Becomes, int]:
        """Return how many rows become what."""
        return Counter(one.becomes for one in self.receipts)


# --- what would become of it ------------------------------------------------------------------------------------------


def plan(
    hand: Hand,
    asked: Sequence[Asked],
    product: str | None,
    *,
    submit: bool = False,
    file: Callable[[str], bytes | None] = lambda name: None,
    lenient: Lenient = STRICT,
) -> Plan:
    """Return what would become of each row, without saving anything.

    `file` gives the bytes of a file that comes with the table, by its name. A row that refers to one that is refused is
    refused too. A new row without a title has the beginning of its first text as one.
    """
    known = Known(hand, product, makes=lenient.make)
    receipts: list[RowReceipt] = []
    texts: list[dict[str, str]] = []
    cells: list[dict[str, str]] = []  # of each row: the heading of each place
    for one in asked:
        columns = [(at, one.columns[h.name]) for at, h in enumerate(one.sheet.headings) if h.name in one.columns]
        headings = {place: one.sheet.headings[at].name for at, place in columns}
        for row in one.sheet.rows:
            receipt = RowReceipt(one.sheet, row, one.kind)
            said = {
                place: _meant(row.cells[at], one.words.get(one.sheet.headings[at].name))
                for at, place in columns
                if row.cells[at].strip()
            }
            _tell_bad_cells(receipt, one, lenient)
            _entitle(receipt, said)
            _find(receipt, said, known, hand)
            receipts.append(receipt)
            texts.append(said)
            cells.append(headings)
    known.come_with(receipts, texts)
    for receipt, said, headings in zip(receipts, texts, cells, strict=True):
        known.reading = receipt
        _read(receipt, said, headings, known, file, lenient)
    receipts += known.made.values()
    _join(receipts, known.joined)
    _refuse_what_leans_on_refused(receipts)
    return Plan(tuple(receipts), product, submit)


def _meant(text: str, words: Mapping[str, str] | None) -> str:
    """Return a cell with each word in the place of which a person gave another."""
    if not words:
        return text
    parts = re.split(r"([;,\n])", text)
    return "".join(words.get(one.strip(), one) for one in parts)


def _entitle(receipt: RowReceipt, texts: dict[str, str]) -> None:
    """Give a row without a title the beginning of its first text as one, where it can be told from others without."""
    if texts.get("title", "").strip() or not texts.get("former_id", "").strip() or texts.get(LABEL, "").strip():
        return
    first = next(
        (one.name for one in fields_of(receipt.kind) if one.form.what is What.TEXT and texts.get(one.name)), None
    )
    if first is not None and first not in ("former_id", "notes"):
        texts["title"] = short(" ".join(texts[first].split()))


def _tell_bad_cells(receipt: RowReceipt, asked: Asked, lenient: Lenient) -> None:
    for index, reason in receipt.row.bad:
        heading = asked.sheet.headings[index].name
        if heading in asked.columns:
            _misfits(receipt, lenient, asked.sheet.at(receipt.row, index), asked.columns[heading], reason)


def _misfits(receipt: RowReceipt, lenient: Lenient, cell: str, place: str, reason: str) -> None:
    """Refuse a row for a cell, or leave the cell out."""
    if lenient.leave:
        receipt.told.append(LEFT.said(cell=cell, field=place, reason=reason))
    else:
        _refuse(receipt, CELL, cell=cell, field=place, reason=reason)


def _refuse(receipt: RowReceipt, sentence: Sentence, **arguments: Any) -> None:
    receipt.becomes = Becomes.REFUSED
    receipt.problems.append(sentence.said(**arguments))


def _find(receipt: RowReceipt, texts: Mapping[str, str], known: Known, hand: Hand) -> None:
    """Find the record that a row is; a new one gets an id."""
    receipt.title = " ".join(texts.get("title", "").split())
    try:
        row = known.same(receipt.kind, texts)
    except MisfitError as problem:
        _refuse(receipt, ROW, row=receipt.row.number, reason=problem.reason)
        row = None
    if row is None:
        receipt.record = hand.new_id()
    else:
        receipt.record, receipt.label, receipt.before = row.id, row.label, row.head_name
        receipt.closed = _closed(row)
        receipt.title = receipt.title or row.title


def _closed(row: Record) -> str:
    """Return that a record is retired or withdrawn, in words; nothing where it is neither."""
    if row.standing == "retired":
        return f"{row.label} is retired"
    return f"{row.label} is withdrawn" if row.head_state == "withdrawn" else ""


def _read(
    receipt: RowReceipt,
    texts: Mapping[str, str],
    columns: Mapping[str, str],
    known: Known,
    file: Callable[[str], bytes | None],
    lenient: Lenient,
) -> None:
    kept = {at: text for at, text in texts.items() if at != LABEL and WITHHELD not in text.split("\n")}
    found = value_of(receipt.kind, kept, known.read, file, known.fits)
    for place, reason in found.wrong.items():
        _misfits(receipt, lenient, _cell(receipt, place, columns), place, reason)
    if receipt.problems:
        return
    receipt.was = known.value(receipt.record) if receipt.before else {}
    try:
        value = over(receipt.kind, receipt.was, found.value)
        receipt.value = plain_value(draft_of(receipt.kind).model_validate_json(msgspec.json.encode(value)))
    except pydantic.ValidationError as error:
        for place, complaint in complaints(error):
            _refuse(receipt, CELL, cell=_cell(receipt, place, columns), field=place, reason=complaint)
        return
    for name, time in times_of(receipt.kind, receipt.value):
        if time[:10] > known.today:
            reason = f"is {time[:10]}, which has not come yet"
            _refuse(receipt, CELL, cell=_cell(receipt, name, columns), field=name, reason=reason)
    receipt.files = found.files
    _settle(receipt)


def _settle(receipt: RowReceipt) -> None:
    """Say what becomes of a row whose value is known, and what it lacks."""
    if receipt.before and not receipt.problems:
        receipt.becomes = Becomes.UNCHANGED if receipt.value == receipt.was else Becomes.CHANGED
        if receipt.becomes is Becomes.CHANGED and receipt.closed:
            _refuse(receipt, ROW, row=receipt.row.number, reason=f"{receipt.closed} and is not revised any more")
    receipt.lacks = _lacks(receipt)


def _cell(receipt: RowReceipt, place: str, columns: Mapping[str, str]) -> str:
    """Return where the cell of a place stands, or of the part of it that has a column."""
    bare = re.sub(r"\[\d+\]", "", place)
    name = next((columns[at] for at in (bare, f"{bare}.{FILE}", bare.rpartition(".")[0]) if at in columns), None)
    index = receipt.sheet.index(name) if name else None
    return receipt.sheet.at(receipt.row, index) if index is not None else f"row {receipt.row.number}"


def _lacks(receipt: RowReceipt) -> str | None:
    try:
        receipt.kind.model_validate_json(msgspec.json.encode(receipt.value))
    except pydantic.ValidationError as error:
        return "; ".join(dict.fromkeys(f"{place} {complaint}" for place, complaint in complaints(error)))
    return None


def _refuse_what_leans_on_refused(receipts: Sequence[RowReceipt]) -> None:
    """Refuse each row that refers to a new record whose row is refused, and what refers to that, to the end."""
    fallen = {one.record: one for one in receipts if one.becomes is Becomes.REFUSED and not one.before}
    leaning: dict[str, list[RowReceipt]] = defaultdict(list)
    for one in receipts:
        if one.becomes is not Becomes.REFUSED:
            for reference in references(one.kind, one.value):
                leaning[reference.target].append(one)
    waiting = list(fallen)
    while waiting:
        target = waiting.pop()
        for one in leaning.get(target, ()):
            if one.becomes is not Becomes.REFUSED:
                reason = f"it refers to {fallen[target].place}, which is refused"
                _refuse(one, ROW, row=one.row.number, reason=reason)
                if not one.before:
                    fallen[one.record] = one
                    waiting.append(one.record)


def _join(receipts: Sequence[RowReceipt], joined: Iterable[tuple[str, str, str]]) -> None:
    """Let rows refer to what stands between them and others: each a record, the field, and what stands there."""
    by_record = {one.record: one for one in receipts}
    for record, name, between in joined:
        row = by_record[record]
        if row.becomes is not Becomes.REFUSED and between not in row.value.get(name, ()):
            row.value = {**row.value, name: [*row.value.get(name, ()), between]}
            _settle(row)


class Known:
    """The records that whoever brings a table in may see, and how they are called: label, former id, title.

    With `makes`, what is named and is not here is made: `made` are those drafts, `joined` which rows have to refer to them.
    """

    def __init__(self, hand: Hand, product: str | None, *, makes: bool = False) -> None:
        self._product = product
        self._makes, self._new_id = makes, hand.new_id
        self.made: dict[tuple[str, str], RowReceipt] = {}
        self.joined: list[tuple[str, str, str]] = []
        self.reading: RowReceipt | None = None
        self._rows_coming: dict[str, RowReceipt] = {}
        ledger = queries.ledger()
        now = hand.clock()
        self.today = now.astimezone(zone_named(ledger.time_zone)).date().isoformat()
        held = rights.held_by(hand.actor.id, self.today)
        wanted = Record.objects.filter(product__isnull=True)
        if product is not None:
            wanted = wanted | Record.objects.filter(product=product)
        self._rows = {
            row.id: row
            for row in wanted.defer("history", "turns", "looked")
            if not row.embargoed or rights.sees_all(held, row.product) or _names(row.id, hand.actor.id)
        }
        self._by_label = {row.label: row for row in self._rows.values()}
        self._by_title: dict[str, list[Record]] = defaultdict(list)
        for row in self._rows.values():
            self._by_title[row.title].append(row)
        self._coming: dict[str, list[tuple[str, str]]] = defaultdict(list)  # former id or title: kind and record
        self._seen: dict[str, str] = {}  # record: the row that is it

    def value(self, record: str) -> dict[str, Any]:
        """Return what the head of a record says."""
        return self._values(self._rows[record].kind).get(record, {})

    def same(self, kind: type[Kind], texts: Mapping[str, str]) -> Record | None:
        """Return the record that a row is, `None` for a new one. Raises `MisfitError`."""
        label, former, title = (texts.get(at, "").strip() for at in (LABEL, "former_id", "title"))
        if label:
            row = self._by_label.get(label.upper())
            if row is None or row.kind != kind.__name__:
                raise MisfitError(f"there is no {kind.__name__} {short(label)} that you may see")
            return row
        fits = self._former(kind, former) if former else [one for one in self._by_title[title] if title]
        fits = [one for one in fits if one.kind == kind.__name__ and one.product == scope_of(kind, self._product)]
        if len(fits) > 1:
            raise MisfitError(
                f"{len(fits)} records are called '{short(former or title)}'; give the label of the one meant"
            )
        return fits[0] if fits else None

    def come_with(self, receipts: Iterable[RowReceipt], texts: Iterable[Mapping[str, str]]) -> None:
        """Know the rows that come in together, so that they can refer to each other; a second one of a name is refused."""
        names: dict[tuple[str, str], RowReceipt] = {}
        for receipt, said in zip(receipts, texts, strict=True):
            former, title = said.get("former_id", "").strip(), said.get("title", "").strip()
            called = (receipt.kind.__name__, receipt.label or former or title)
            if not called[1]:
                reason = "it has neither a label nor a former id nor a title, so it could not be told from others"
                _refuse(receipt, ROW, row=receipt.row.number, reason=reason)
                continue
            earlier = names.setdefault(called, receipt)
            if earlier is not receipt:
                reason = f"it is the same {called[0]} as {earlier.place}"
                _refuse(receipt, ROW, row=receipt.row.number, reason=reason)
                continue
            self._rows_coming[receipt.record] = receipt
            for name in dict.fromkeys((former, title)):
                if name:
                    self._coming[name].append((receipt.kind.__name__, receipt.record))

    def read(self, form: Form, text: str) -> Plain:
        """Return the plain value of a text. Raises `MisfitError`, which says why it is none."""
        found = plain_of(form, text, self._id_of)
        if found is None:
            raise MisfitError(misfit(form, text))
        return found

    def fits(self, form: Form, text: str) -> bool:
        """Return whether a text says something by itself: without anything being made for it."""
        if form.what is What.REFERENCE and text in self._coming:
            return True
        makes, self._makes = self._makes, False
        try:
            self.read(form, text)
        except MisfitError:
            return False
        finally:
            self._makes = makes
        return True

    def _id_of(self, form: Form, text: str) -> str:
        return self._record(form.targets, text) if form.what is What.REFERENCE else self._person(text)

    def _record(self, targets: tuple[str, ...], text: str) -> str:
        def fits(kind: str) -> bool:
            return targets == ("record",) or kind in targets

        if (row := self._by_label.get(text.upper())) and fits(row.kind):
            return row.id
        if re.fullmatch(ID, text) and text in self._rows and fits(self._rows[text].kind):
            return text
        coming = {record for kind, record in self._coming.get(text, ()) if fits(kind)}
        former = {one.id for kind in self._kinds(targets) for one in self._former(kind_named(kind), text)}
        titled = {one.id for one in self._by_title.get(text, ()) if fits(one.kind)}
        for found in (coming, former, titled):
            if len(found) == 1:
                return found.pop()
            if found:
                raise MisfitError(f"is '{short(text)}', and {len(found)} records are called so; give a label")
        if (found_between := self._between(targets, text)) is not None:
            return found_between
        if self._makes and (made := self._draft(targets, text)) is not None:
            return made
        what = " or ".join(targets)
        raise MisfitError(f"is '{short(text)}', and no {what} here or in this table is called so")

    def _draft(self, targets: tuple[str, ...], text: str) -> str | None:
        """Return a new record of the first kind that a field takes, called as a cell says; `None` for what looks like a label."""
        if targets == ("record",) or LIKE_A_LABEL.fullmatch(text):
            return None
        return self._made(kind_named(targets[0]), text.casefold(), text)

    def _between(self, targets: tuple[str, ...], text: str) -> str | None:
        """Return what stands between the row that is read and another that it names, where kinds are linked through a third."""
        assert self.reading is not None
        kind = self.reading.kind.__name__
        for joint in JOINTS:
            if joint.between not in targets or kind not in (joint.one, joint.other):
                continue
            far = joint.other if kind == joint.one else joint.one
            found = {record for name, record in self._coming.get(text, ()) if name == far}
            if len(found) != 1:
                continue
            other = self._rows_coming[found.pop()]
            one = self.reading if kind == joint.one else other  # of which there is one between for all others
            made = self._made(kind_named(joint.between), f"for {one.record}", one.title)
            if made is None:
                continue
            self.joined.append((one.record, joint.one_field, made))
            self.joined.append((other.record if one is self.reading else self.reading.record, joint.other_field, made))
            self.reading.told.append(BETWEEN.said(other=text, title=one.title))
            return made
        return None

    def _made(self, kind: type[Kind], key: str, title: str) -> str | None:
        """Return the record that is made for a name, the same for the same name; one that was made before is taken again.

        Returns `None` where there is none, and none is to be made.
        """
        key_of_kind = (kind.__name__, key)
        before = [one for one in self._by_title.get(short(title), ()) if one.kind == kind.__name__]
        if len(before) == 1:
            return before[0].id
        if key_of_kind not in self.made and not self._makes:
            return None
        if key_of_kind not in self.made:
            row = Row(len(self.made) + 1, ())
            receipt = RowReceipt(Sheet(NAMED, (), ()), row, kind, record=self._new_id(), title=short(title))
            receipt.value = {"title": receipt.title}
            receipt.lacks = _lacks(receipt)
            self.made[key_of_kind] = receipt
        return self.made[key_of_kind].record

    def _person(self, text: str) -> str:
        fits = [one for one, name in self._people.items() if text.casefold() in (name.casefold(), one)]
        fits = fits or [one for one, code in self._products.items() if text.upper() == code or text == one]
        if len(fits) != 1:
            count = "nobody and no product is" if not fits else f"{len(fits)} people are"
            raise MisfitError(f"is '{short(text)}', and {count} called so here")
        return fits[0]

    def _kinds(self, targets: tuple[str, ...]) -> list[str]:
        return sorted({row.kind for row in self._rows.values()}) if targets == ("record",) else list(targets)

    def _former(self, kind: type[Kind], text: str) -> list[Record]:
        name = kind.__name__
        if name not in self._by_former:
            index: dict[str, list[Record]] = defaultdict(list)
            for record, value in self._values(name).items():
                if former := value.get("former_id"):
                    index[str(former)].append(self._rows[record])
            self._by_former[name] = index
        return self._by_former[name].get(text, [])

    def _values(self, kind: str) -> dict[str, dict[str, Any]]:
        if kind not in self._contents:
            rows = [row for row in self._rows.values() if row.kind == kind]
            found = queries.values_of(row.head_content for row in rows)
            self._contents[kind] = {row.id: found[row.head_content] for row in rows if row.head_content in found}
        return self._contents[kind]

    @cached_property
    def _contents(self) -> dict[str, dict[str, dict[str, Any]]]:
        return {}

    @cached_property
    def _by_former(self) -> dict[str, dict[str, list[Record]]]:
        return {}

    @cached_property
    def _people(self) -> dict[str, str]:
        return queries.names()

    @cached_property
    def _products(self) -> dict[str, str]:
        return dict(Product.objects.values_list("id", "code"))


def _names(record: str, person: str) -> bool:
    """Return whether a withheld record names a person as one who sees it."""
    history = Record.objects.values_list("history", flat=True).get(pk=record)
    return person in (unpack(bytes(history)).persons or ())


def scope_of(kind: type[Kind], product: str | None) -> str | None:
    """Return whose the records of a kind become: the product's where the kind can be one's, else the organisation's."""
    return product if "P" in kind.meta.of else None


# --- taking it in -----------------------------------------------------------------------------------------------------


def take(hand: Hand, made: Plan, *, without_refused: bool = False) -> Committed | None:
    """Do what a plan says in one commit; `None` where it changes nothing. Labels of new records are filled in.

    Complete rows are submitted where the plan says so, and always those that were signed elsewhere before. Raises
    `RefusedRowsError` where rows are refused and `without_refused` is not set, and what the commit raises; then nothing is
    saved.
    """
    refused = made.of(Becomes.REFUSED)
    if refused and not without_refused:
        raise RefusedRowsError(refused, len(made.receipts))
    new, changed = made.of(Becomes.TAKEN), made.of(Becomes.CHANGED)
    if not new and not changed:
        return None
    for one in new:
        if made.product is None and "O" not in one.kind.meta.of:
            raise refusals.WrongScopeError(kind=one.kind.__name__, scope="a product")
    changes: list[Change] = [*_writes(new, made.product)]
    changes += [
        Write(one.record, one.kind.__name__, one.value, scope_of(one.kind, made.product), one.before) for one in changed
    ]
    changes += [Submit(one.record) for one in (*new, *changed) if is_submitted(one, made)]
    receipt = hand.commit(changes, [data for one in (*new, *changed) for data in one.files])
    labels = {one.record: one.label for one in receipt.outcomes if one.record and one.label}
    for one in new:
        one.label = labels[one.record]
    return receipt


def is_submitted(one: RowReceipt, made: Plan) -> bool:
    """Return whether a row is submitted when it comes in: complete, and asked for or signed elsewhere before."""
    return one.lacks is None and (made.submitted or (not one.before and "taken_over" in one.value))


def _writes(new: Sequence[RowReceipt], product: str | None) -> Iterator[Write]:
    """Yield the first revisions, each behind those that it refers to.

    Where rows refer to each other in a ring, one is written without those references first and gets them at the end.
    """
    by_id = {one.record: one for one in new}
    place = {one.record: at for at, one in enumerate(new)}
    needs = {
        one.record: {ref.target for ref in references(one.kind, one.value)} & by_id.keys() - {one.record} for one in new
    }
    needed_by: dict[str, list[str]] = defaultdict(list)
    for record, targets in needs.items():
        for target in targets:
            needed_by[target].append(record)
    waits = {record: len(targets) for record, targets in needs.items()}
    ready = [place[record] for record, count in waits.items() if not count]  # in order, so a heap
    written: set[str] = set()
    again: list[RowReceipt] = []
    rest = iter(new)
    while len(written) < len(new):
        if ready:
            one = new[heappop(ready)]
        else:
            one = next(other for other in rest if other.record not in written)
            again.append(one)
        if one.record in written:
            continue
        value = one.value if needs[one.record] <= written else _without(one, by_id.keys() - written)
        yield Write(one.record, one.kind.__name__, value, scope_of(one.kind, product))
        written.add(one.record)
        for other in needed_by[one.record]:
            waits[other] -= 1
            if not waits[other]:
                heappush(ready, place[other])
    for one in again:
        yield Write(one.record, one.kind.__name__, one.value, scope_of(one.kind, product), LATEST)


def _without(one: RowReceipt, absent: Iterable[str]) -> dict[str, Any]:
    """Return a value without the fields that refer to what is not written yet."""
    gone = set(absent)
    fields = {ref.field.split(".")[0] for ref in references(one.kind, one.value) if ref.target in gone}
    return {name: value for name, value in one.value.items() if name not in fields}
