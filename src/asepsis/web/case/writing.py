"""What a step of a case asks, as one form over several records: each fact once, and the rest given by the case itself."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from asepsis.readers import visible
from asepsis.record.fields import What
from asepsis.record.history import Head
from asepsis.record.kind import Kind, kind_named
from asepsis.store.acts import Hand
from asepsis.store.changes import Write
from asepsis.store.models import Link, Record
from asepsis.web.case.steps import CALLS, FIRST, OF, PARTS, Case, Fills, Step
from asepsis.web.forms import inputs
from asepsis.web.forms.inputs import Box
from asepsis.web.forms.names import Names

ELSEWHERE = frozenset({"former_id", "taken_over"})  # what a form of a case does not ask: what was before the program
CONTEXT = "SecurityContext"


@dataclass
class Open:
    """A record of a step that is open to be filled in: one that is there, or a new one."""

    fills: Fills
    row: Record | None
    value: dict[str, Any]
    given: frozenset[str]
    before: str = ""

    @property
    def root(self) -> str:
        """Return how the boxes of its form begin."""
        return self.row.label if self.row else self.fills.kind

    @cached_property
    def kind(self) -> type[Kind]:
        """Return the kind of the record."""
        return kind_named(self.fills.kind)

    @cached_property
    def asked(self) -> frozenset[str]:
        """Return the fields that the form asks: those that the case does not give."""
        return frozenset(one.name for one in inputs.own_fields(self.kind)) - self.given - ELSEWHERE

    def texts(self, names: Names) -> dict[str, str]:
        """Return what stands in its boxes before anybody typed."""
        return inputs.texts_of(self.kind, self.value, names, self.root)

    def boxes(
        self, texts: Mapping[str, str], wrong: Mapping[str, str], names: Names
    ) -> tuple[list[Box], list[Box], dict[str, tuple[str, ...]]]:
        """Return the boxes that come first, those that are folded away, and the lists of proposals that they name."""
        made, offers = inputs.boxes(self.kind, texts, wrong, names, self.root)
        named = {one.name.removeprefix(f"{self.root}."): one for one in made}
        first = [one for one in self.fills.asks if one in self.asked]
        needed = [name for name, box in named.items() if box.needed and name != "title"]
        first += [one for one in needed if one in self.asked and one not in first]
        rest = [name for name in named if name in self.asked and name not in first]
        return [named[one] for one in first], [named[one] for one in rest], offers


@dataclass
class Written:
    """What came of a form: the records to write, what does not fit by the name of its box, the files to keep."""

    writes: list[Write] = field(default_factory=list)
    wrong: dict[str, str] = field(default_factory=dict)
    files: list[bytes] = field(default_factory=list)


# --- what is open -----------------------------------------------------------------------------------------------------


def opened(case: Case, step: Step, edit: str = "", new: str = "", in_hand: bool = False) -> list[Open]:
    """Return the records of a step that are open: the one that `edit` names, a new one that `new` names; else, where the
    step is `in_hand`, its drafts and what it asks at once.
    """
    found: list[tuple[Fills, Record | None]] = []
    for fills in step.part.fills:
        own = [case.row] if fills.kind == OF else case.of_kind(fills.kind)
        if edit:
            found += [(fills, one) for one in own if one.label == edit]
        elif new:
            found += [(fills, None)] if fills.kind == new else []
        elif in_hand:
            drafts = [one for one in own if case.chains[one.id].head_state is Head.DRAFT]
            found += [(fills, one) for one in drafts]
            if fills.at_once and not drafts and (fills.kind == OF or not own):
                found.append((fills, own[0] if own else None))
    return _open(case, found)


def named(case: Case, roots: Iterable[str]) -> list[Open]:
    """Return what a form that was sent had open, by the names of its parts: labels of the case, and kinds."""
    fills = {one.kind: one for part in (*PARTS, CALLS) for one in part.fills}
    rows = {one.label: one for one in case.rows.values()}
    found = [(rows[one].kind, rows[one]) if one in rows else (one, None) for one in roots]
    return _open(case, [(fills[kind], row) for kind, row in found if kind in fills and (row or kind != OF)])


def _open(case: Case, found: list[tuple[Fills, Record | None]]) -> list[Open]:
    """Return records as they are open together: what one of them asks, no other of them asks again."""
    beside = {fills.kind for fills, _ in found}
    opened = []
    for fills, row in found:
        copied = {name for name, source in fills.copies.items() if source.partition(".")[0] in beside}
        given = frozenset(given_by(case, fills).keys() | copied)
        value = begun(case, fills) if row is None else case.values[row.id]
        opened.append(Open(fills, row, value, given, "" if row is None else case.chains[row.id].head.name))
    return opened


def given_by(case: Case, fills: Fills, typed: Mapping[str, dict[str, Any]] | None = None) -> dict[str, Any]:
    """Return the fields that the case gives; `typed` are values, by kind, that the same form writes."""
    forms = {one.name: one.form for one in inputs.own_fields(kind_named(fills.kind))}
    found: dict[str, Any] = {}
    for name, kinds in fills.ties.items():
        ids = next((ids for kind in kinds if (ids := _ids(case, kind))), [])
        if ids:
            found[name] = ids if forms[name].what is What.LIST else ids[-1]
    for name, source in fills.copies.items():
        kind, _, of = source.partition(".")
        newest = [case.values[one.id] for one in case.of_kind(kind)[-1:]]
        values = [typed[kind]] if typed and kind in typed else newest
        found.update((name, value[of]) for value in values if of in value)
    return found


def _ids(case: Case, kind: str) -> list[str]:
    return [case.row.id] if kind == OF else [one.id for one in case.of_kind(kind)]


def begun(case: Case, fills: Fills) -> dict[str, Any]:
    """Return what a new record begins with: the title of the case, and what there is one of alone."""
    value: dict[str, Any] = {"title": case.title}
    names = {one.name for one in inputs.own_fields(kind_named(fills.kind)) if one.needed}
    if "context" in names:
        contexts = list(visible.records().filter(kind=CONTEXT, product=case.row.product, standing="effective")[:2])
        if len(contexts) == 1:
            value["context"] = contexts[0].id
    if fills.kind == "Decision":
        risks = [one.id for one in _leading_here(case, "Risk")]
        value |= {"risk": risks[-1]} if risks else {}
    if "clock_from" in names:
        knew = [case.values[one.id].get("aware_of_exploitation_on") for one in case.of_kind("Report")]
        value |= {"clock_from": min(filter(None, knew))} if any(knew) else {}
    return value


def _leading_here(case: Case, kind: str) -> list[Record]:
    """Return the records of a kind that name the vulnerability."""
    sources = Link.objects.filter(target=case.row.id).order_by("source").values_list("source", flat=True)
    return [one for one in visible.by_id(sources[:400]).values() if one.kind == kind]


# --- what was typed ---------------------------------------------------------------------------------------------------


def read(
    case: Case,
    open_: list[Open],
    texts: Mapping[str, str],
    files: Mapping[str, Any],
    names: Names,
    hand: Hand,
) -> Written:
    """Return the records that the form changes or begins: what was not touched is not written again."""
    found = Written()
    values: dict[str, dict[str, Any]] = {}
    for one in open_:
        typed = inputs.typed(one.kind, texts, files, names, one.root)
        found.wrong |= typed.wrong
        found.files += typed.files
        own = {name: value for name, value in typed.value.items() if name in one.asked}
        own.setdefault("title", one.value.get("title", case.title))
        kept = {name: value for name, value in one.value.items() if name not in one.asked}
        values[one.fills.kind] = value = kept | own
        value |= {**given_by(case, one.fills, values), **_held(one)}
        before = texts.get(f"before.{one.root}", "") or one.before
        if value != one.value and (one.row or own != {name: one.value[name] for name in one.value if name in own}):
            found.writes.append(_write(case, one, value, before, hand))
    return found


def _held(one: Open) -> dict[str, Any]:
    """Return the ties that a record has already: what the case gives is for a new one."""
    return {name: one.value[name] for name in one.fills.ties if name in one.value}


def _write(case: Case, one: Open, value: dict[str, Any], before: str, hand: Hand) -> Write:
    if one.row is not None:
        return Write(one.row.id, one.row.kind, value, one.row.product, before)
    return Write(hand.new_id(), one.fills.kind, value, case.row.product, persons=case.persons)


# --- the first word ---------------------------------------------------------------------------------------------------


def first_words() -> list[Open]:
    """Return what the beginning of a case has open: the vulnerability, and the report of it, which is called the same."""
    vulnerability, report = FIRST
    return [Open(vulnerability, None, {}, frozenset()), Open(report, None, {}, frozenset({"title"}))]


def begin(
    product: str,
    texts: Mapping[str, str],
    files: Mapping[str, Any],
    names: Names,
    hand: Hand,
    persons: tuple[str, ...] | None,
) -> Written:
    """Return the records with which a case begins: the vulnerability, and the report with the inquiry that ties them.

    `persons` withholds them from their first word on. Without a word of a report there is the vulnerability alone.
    """
    found, values = Written(), []
    for one in first_words():
        typed = inputs.typed(one.kind, texts, files, names, one.root)
        found.wrong |= typed.wrong
        values.append({name: value for name, value in typed.value.items() if name in one.asked})
    vulnerability, report = values
    title = {"title": vulnerability["title"]} if "title" in vulnerability else {}
    flaw, heard, inquiry = hand.new_id(), hand.new_id(), hand.new_id()
    found.writes.append(Write(flaw, OF, vulnerability, product, persons=persons))
    if report:
        tie = {"reports": [heard], "leads_to": flaw}
        found.writes.append(Write(heard, "Report", report | title, product, persons=persons))
        found.writes.append(Write(inquiry, "Investigation", tie | title, product, persons=persons))
    return found
