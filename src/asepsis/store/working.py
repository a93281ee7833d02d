"""The records that one commit works on: loaded in sets, changed in memory, written back as projections."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

import msgspec

from asepsis.record import content as contents
from asepsis.record.history import Head, History, Standing, pack, unpack
from asepsis.record.kind import KINDS, Kind, Reference, read_content, references
from asepsis.store import words
from asepsis.store.models import Holding, Link, Record
from asepsis.store.registered import registered
from asepsis.store.rows import delete_where, insert, select, select_in, upsert

_COMPACT = json.JSONEncoder(separators=(",", ":")).encode


@dataclass(slots=True)
class State:
    """One record while a commit works on it. Values are plain JSON values of the contents."""

    history: History
    head_value: dict[str, Any] | None
    effective_value: dict[str, Any] | None
    changed_at: str = ""
    changed_position: int = -1
    touched: bool = False

    @property
    def kind(self) -> type[Kind]:
        """Return the kind of the record."""
        return KINDS[self.history.kind]

    @property
    def standing(self) -> Standing:
        """Return whether the record counts."""
        if self.history.effective is None:
            return Standing.NONE
        retired = self.effective_value is not None and "retired" in self.effective_value
        return Standing.RETIRED if retired else Standing.EFFECTIVE

    @property
    def label(self) -> str:
        """Return how people call the record."""
        return self.history.label

    @property
    def id(self) -> str:
        """Return the id of the record."""
        return self.history.record

    def apply(self, position: int, name: str, entry: Mapping[str, Any], value: dict[str, Any] | None = None) -> None:
        """Take in an entry about this record; `value` is what a revision says."""
        before = self.history.effective
        self.history.apply(position, name, entry)
        if entry["form"] == "revision":
            self.head_value = value
        after = self.history.effective
        if after is not None and after is not before:
            self.effective_value = self.head_value
        self.changed_at, self.changed_position, self.touched = entry["at"], position, True


@dataclass(slots=True)
class Working:
    """The working set of one commit. Without `indexes`, the words are indexed when all is written."""

    states: dict[str, State] = field(default_factory=dict)
    of_a_kind: dict[str, list[State]] = field(default_factory=dict)
    absent: set[str] = field(default_factory=set)
    numbers: dict[tuple[str | None, str], int] = field(default_factory=dict)
    indexes: bool = True

    def load(self, records: Iterable[str]) -> None:
        """Bring in the records of these ids, in one go; those that are not there are remembered as absent."""
        wanted = [one for one in dict.fromkeys(records) if one not in self.states and one not in self.absent]
        if not wanted:
            return
        rows = select_in(
            "SELECT r.history, r.changed_at, r.changed_position, COALESCE(h.data, hr.data), COALESCE(e.data, er.data) "
            "FROM store_record r LEFT JOIN store_content h ON h.digest = r.head_content "
            "LEFT JOIN store_redacted hx ON hx.digest = r.head_content "
            "LEFT JOIN store_content hr ON hr.digest = hx.remainder "
            "LEFT JOIN store_content e ON e.digest = r.effective_content "
            "LEFT JOIN store_redacted ex ON ex.digest = r.effective_content "
            "LEFT JOIN store_content er ON er.digest = ex.remainder WHERE r.id IN ({})",
            wanted,
        )
        for packed, at, position, head, effective in rows:
            history = unpack(bytes(packed))
            self._keep(State(history, _value(head), _value(effective), at, position))
        self.absent.update(one for one in wanted if one not in self.states)

    def get(self, record: str) -> State | None:
        """Return the record of this id, from the working set or from the tables."""
        self.load((record,))
        return self.states.get(record)

    def begin(self, state: State) -> None:
        """Add a record that this commit makes."""
        self._keep(state)
        self.absent.discard(state.id)

    def _keep(self, state: State) -> None:
        self.states[state.id] = state
        self.of_a_kind.setdefault(state.history.kind, []).append(state)

    def next_number(self, product: str | None, kind: str) -> int:
        """Return the next number of a label: each is drawn once."""
        key = (product, kind)
        if key not in self.numbers:
            asked = f"SELECT MAX(number) FROM store_record WHERE kind = %s AND {_scope(product)}"
            rows = select(asked, [kind, *_of(product)])
            self.numbers[key] = rows[0][0] or 0
        self.numbers[key] += 1
        return self.numbers[key]

    def single(self, kind: str, product: str | None, besides: str | None = None) -> State | None:
        """Return the record of a single kind in this scope, `besides` left out, neither withdrawn nor retired."""
        rows = select(f"SELECT id FROM store_record WHERE kind = %s AND {_scope(product)}", [kind, *_of(product)])
        self.load(row[0] for row in rows)
        for state in self.of_a_kind.get(kind, ()):
            history = state.history
            if history.product != product or state.id == besides:
                continue
            if state.standing is not Standing.RETIRED and history.head_state is not Head.WITHDRAWN:
                return state
        return None

    def referring(self, target: str, kind: str) -> Iterator[State]:
        """Yield the records of `kind` whose effective content refers to `target`."""
        rows = select(
            "SELECT DISTINCT l.source FROM store_link l JOIN store_record r ON r.id = l.source "
            "WHERE l.target = %s AND l.effective AND r.kind = %s",
            [target, kind],
        )
        self.load(row[0] for row in rows)
        for state in tuple(self.of_a_kind.get(kind, ())):
            if state.effective_value is None:
                continue
            if any(one.target == target for one in references(state.kind, state.effective_value)):
                yield state

    def dossier_digest(self, product: str | None) -> str:
        """Return the digest of the dossier of `product` as this commit has made it so far (docs/format.md)."""
        rows = select(
            "SELECT id, effective_name, head_name, head_state, standing FROM store_record WHERE product IS NULL"
            + (" OR product = %s" if product else ""),
            [product] if product else [],
        )
        lines = {record: dossier_line(record, *rest) for record, *rest in rows}
        for state in self.states.values():
            history = state.history
            if state.touched and history.product in (None, product):
                effective = history.effective.name if history.effective else None
                head = history.head.name
                lines[state.id] = dossier_line(state.id, effective, head, history.head_state, state.standing)
        return sha256("".join(sorted(lines.values())).encode("ascii")).hexdigest()

    def write_back(self) -> None:
        """Write each record that was touched into the projections, with its links and holdings."""
        touched = [state for state in self.states.values() if state.touched]
        upsert(Record, [record_row(state) for state in touched])
        words.write([words_row(state) for state in touched], index=self.indexes)
        replace_links(touched)
        replace_holdings(self, touched)


def dossier_line(record: str, effective: str | None, head: str, head_state: str, standing: str) -> str:
    """Return the line of one record in what the digest of a dossier is made of."""
    return f"{record} {effective or '-'} {head} {head_state} {standing}\n"


def _scope(product: str | None) -> str:
    return "product = %s" if product else "product IS NULL"


def _of(product: str | None) -> tuple[str, ...]:
    return (product,) if product else ()


def _value(data: Any) -> dict[str, Any] | None:
    if data is None:
        return None
    value: dict[str, Any] = msgspec.json.decode(contents.value_bytes(bytes(data)))
    return shown(value)


def shown(value: dict[str, Any]) -> dict[str, Any]:
    """Return what a content shows: of what stands in for an erased one, all but the word that something was withheld."""
    return {name: one for name, one in value.items() if name != "withheld"} if "withheld" in value else value


def record_row(state: State) -> tuple[Any, ...]:
    """Return the row of a record, in the order of the table's columns."""
    history, value = state.history, state.head_value or {}
    head, effective, meta = history.head, history.effective, state.kind.meta
    digits = history.label.rsplit("-", 1)[1]
    return (
        history.record,
        history.product,
        history.kind,
        history.label,
        int(digits) if digits.isdigit() else None,
        str(value.get("title", "")),
        str(history.head_state),
        str(state.standing),
        head.name,
        head.number,
        head.content,
        effective.name if effective else None,
        effective.number if effective else 0,
        effective.content if effective else None,
        _column(value, meta.who, 32),
        _column(value, meta.due, 10),
        _rank(value, meta.rank),
        _column(value, meta.group, 64),
        state.changed_at,
        state.changed_position,
        history.seen,
        _COMPACT(history.turns),
        _COMPACT(history.looked) if history.looked else "",
        pack(history),
        history.persons is not None,
    )


def words_row(state: State) -> tuple[Any, ...]:
    """Return the row of the words by which a record is found, in the order of the table's columns."""
    head, effective = state.head_value or {}, state.effective_value or {}
    said = words.words_of(head) if effective == head else words.words_of(head, effective)
    return state.history.revisions[0].position, state.id, *said


def _column(value: Mapping[str, Any], name: str | None, width: int) -> str | None:
    found = value.get(name) if name else None
    return str(found)[:width] if isinstance(found, str | int) else None


def _rank(value: Mapping[str, Any], name: str | None) -> int | None:
    """Return a number in thousandths: of a whole number, a decimal, or a score."""
    found = value.get(name) if name else None
    if isinstance(found, dict):
        found = found.get("number")
    if isinstance(found, bool) or found is None:
        return None
    if isinstance(found, int):
        return found * 1000
    whole, _, part = str(found).partition(".")
    try:
        thousandths = int(whole) * 1000 + (-1 if whole.startswith("-") else 1) * int(f"{part:0<3}"[:3])
    except ValueError:
        return None
    return thousandths


def replace_links(states: Iterable[State]) -> None:
    """Put the links of these records in the place of those that were there."""
    rows: list[tuple[Any, ...]] = []
    sources: list[str] = []
    for state in states:
        sources.append(state.id)
        head = _references(state, state.head_value)
        same = state.effective_value == state.head_value
        effective = head if same else _references(state, state.effective_value)
        for reference in dict.fromkeys((*head, *effective)):
            rows.append(
                (
                    state.id,
                    reference.target,
                    reference.field,
                    reference.names,
                    reference in head,
                    reference in effective,
                )
            )
    delete_where(Link, "source", sources)
    insert(Link, rows)


def _references(state: State, value: dict[str, Any] | None) -> dict[Reference, None]:
    return dict.fromkeys(references(state.kind, value)) if value is not None else {}


def replace_holdings(working: Working, states: Iterable[State]) -> None:
    """Work out anew who holds which role, where an appointment or a role is among `states`."""
    rule = registered.roles
    if rule is None:
        return
    appointments: dict[str, State] = {}
    for state in states:
        if state.history.kind == rule.appointment:
            appointments[state.id] = state
        elif state.history.kind == rule.role:
            appointments |= {one.id: one for one in working.referring(state.id, rule.appointment)}
    if not appointments:
        return
    working.load(_named_role(state, rule.field) for state in appointments.values())
    rows: list[tuple[Any, ...]] = []
    for state in appointments.values():
        role = working.states.get(_named_role(state, rule.field))
        if state.standing is not Standing.EFFECTIVE or role is None or role.standing is not Standing.EFFECTIVE:
            continue
        if state.effective_value is None or role.effective_value is None:
            continue  # erased, or lost: who holds what is not known any more
        made = rule.holdings(_content(state), _content(role))
        rows += [
            (state.id, person, system_role, state.history.product, since, until, deputy)
            for person, system_role, since, until, deputy in made
        ]
    delete_where(Holding, "appointment", list(appointments))
    insert(Holding, rows)


def _named_role(state: State, name: str) -> str:
    return str((state.effective_value or {}).get(name, ""))


def _content(state: State) -> Any:
    return read_content(state.kind, msgspec.json.encode(state.effective_value), state.label)
