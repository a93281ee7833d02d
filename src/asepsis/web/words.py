"""How things are written on pages: records as links, people by name, days with what is left, sentences with both."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from django.utils.html import conditional_escape, escape, format_html
from django.utils.safestring import SafeString, mark_safe

from asepsis.conformance.assessment import Note
from asepsis.readers import visible
from asepsis.record.kind import DIGEST, ID
from asepsis.sentences import Said, Sentence, is_named, listed, plain
from asepsis.store.models import Person, Product, Record
from asepsis.web.moment import Moment
from asepsis.web.people import Owner, People

WITHHELD = "a withheld record"
RESTS_ON_WITHHELD = "This rests on something withheld."
CLAUSE = re.compile(r"(?:[4-9](?:\.\d{1,2}){0,2}|F\.\d)(?:-\d{1,2})?")
DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


class Words:
    """The words of one page: what its ids are called is asked for many at once and remembered."""

    def __init__(self, moment: Moment) -> None:
        self.moment = moment
        self.people = People(moment)
        self._records: dict[str, Record] = {}
        self._names: dict[str, str] = {}
        self._products: dict[str, Product] = {}
        self._asked: set[str] = set()

    # --- what things are called -----------------------------------------------------------------------------------

    def know(self, ids: Iterable[str]) -> None:
        """Ask how these records, people and products are called, in three questions."""
        wanted = [one for one in dict.fromkeys(ids) if one not in self._asked and re.fullmatch(ID, one)]
        if not wanted:
            return
        self._asked.update(wanted)
        self._records |= visible.by_id(wanted)
        left = [one for one in wanted if one not in self._records]
        for at in range(0, len(left), 500):
            part = left[at : at + 500]
            self._names |= dict(Person.objects.filter(pk__in=part).values_list("pk", "name"))
            self._products |= visible.products().in_bulk(part)

    def know_notes(self, notes: Iterable[Note]) -> None:
        """Ask how everything that these findings speak of is called."""
        self.know(one for note in notes for one in _ids_of(note))

    def record(self, identity: str) -> Record | None:
        """Return the record of an id, if it may be shown."""
        self.know([identity])
        return self._records.get(identity)

    def name(self, person: str) -> str:
        """Return how a person is called now."""
        self.know([person])
        return self._names.get(person, "somebody")

    def link(self, record: Record, text: str | None = None) -> SafeString:
        """Return a link to a record, with its card."""
        return record_link(record.label, self.moment.to_record(record.label), text)

    def of_id(self, identity: str) -> SafeString:
        """Return how the record, person or product of an id is called, linked where it has a page."""
        self.know([identity])
        if identity in self._records:
            return self.link(self._records[identity])
        if identity in self._names:
            return conditional_escape(self._names[identity])
        if identity in self._products:
            return conditional_escape(self._products[identity].name)
        return conditional_escape(WITHHELD)

    def of_label(self, label: str) -> SafeString:
        """Return the record of a label as a link; of one that may not be shown no more than that there is one."""
        row = visible.records().filter(label=label).first()
        return self.link(row) if row is not None else conditional_escape(WITHHELD)

    def called(self, identity: str) -> str:
        """Return how the record, person or product of an id is called, as plain text."""
        self.know([identity])
        if identity in self._records:
            return self._records[identity].label
        if identity in self._products:
            return self._products[identity].name
        return self._names.get(identity, WITHHELD)

    def called_named(self, value: Any) -> str:
        """Return one argument of a sentence as plain text, for places that hold no links."""
        return self.called(value.id) if is_named(value) and re.fullmatch(ID, value.id) else plain(value)

    # --- sentences ------------------------------------------------------------------------------------------------

    def said(self, said: Said) -> SafeString:
        """Return a sentence with its records, clauses and people as links and names."""
        return mark_safe(_escaped(said).text(self.shown))  # noqa: S308 - template and arguments are escaped

    def next(self, said: Said) -> SafeString | None:
        """Return the next step of a sentence, in the same way."""
        text = _escaped(said).next(self.shown)
        return None if text is None else mark_safe(text)  # noqa: S308 - template and arguments are escaped

    def found(self, note: Note) -> SafeString:
        """Return what was found; of a withheld record no more than that there is something."""
        return conditional_escape(RESTS_ON_WITHHELD) if self.hidden(note) else self.said(note.said)

    def step(self, note: Note) -> SafeString | None:
        """Return the next step of what was found."""
        return None if self.hidden(note) else self.next(note.said)

    def hidden(self, note: Note) -> bool:
        """Return whether a finding is about something that this reader may not see."""
        return not self._told(note.about.id)

    def _told(self, identity: str) -> bool:
        self.know([identity])
        known = (self._records, self._products, self._names)
        return any(identity in one for one in known) or not re.fullmatch(ID, identity)

    def shown(self, value: Any) -> str:
        """Return one argument of a sentence, escaped."""
        match value:
            case str() if re.fullmatch(ID, value):
                return self.of_id(value)
            case str() if CLAUSE.fullmatch(value):
                return self.clause(value)
            case str():
                return escape(value)
            case date() if not isinstance(value, datetime):
                return self.day(value.isoformat())
            case list() | tuple() | set() | frozenset():
                return listed([self.shown(one) for one in value])
            case _ if is_named(value):
                return self.of_id(value.id) if re.fullmatch(ID, value.id) else escape(value.label)
            case _:
                return escape(plain(value))

    def clause(self, number: str) -> SafeString:
        """Return a clause or obligation as a link to its page."""
        if self.moment.product is None:
            return conditional_escape(number)
        clause, _, obligation = number.partition("-")
        place = f"#o-{obligation}" if obligation else ""
        return format_html('<a href="{}{}">{}</a>', self.moment.to(f"clause/{clause}"), place, number)

    # --- days and people ------------------------------------------------------------------------------------------

    def owner(self, who: str | None) -> Owner | None:
        """Return who owes something."""
        return self.people.owner(who) if who else None

    def day(self, day: str) -> SafeString:
        """Return a day, in figures, that never breaks."""
        return format_html('<time class="day" datetime="{}">{}</time>', day, day)

    def due(self, day: str | None) -> SafeString:
        """Return a deadline: weekday, day, and how many days are left of it."""
        if not day:
            return SafeString()
        text = f"{date.fromisoformat(day):%a} {day}"
        return format_html('<time class="day" datetime="{}">{}</time>, {}', day, text, self.left(day))

    def left(self, day: str) -> str:
        """Return how many days are left until a day."""
        days = (date.fromisoformat(day) - self.moment.today).days
        if days == 0:
            return "today"
        many = f"{abs(days):,} day{'' if abs(days) == 1 else 's'}"
        return f"{many} left" if days > 0 else f"{many} late"


def record_link(label: str, address: str, text: str | None = None) -> SafeString:
    """Return a link to a record; the script shows its card on hover and focus."""
    return format_html('<a class="id" href="{}" data-card="/card/{}">{}</a>', address, label, text or label)


def _escaped(said: Said) -> Said:
    following = None if said.sentence.next is None else escape(said.sentence.next)
    return Said(Sentence(escape(said.sentence.template), following), said.arguments)


def _ids_of(note: Note) -> list[str]:
    found = [note.about.id]
    waiting: list[Any] = [value for _, value in note.said.arguments]
    while waiting:
        value = waiting.pop()
        if isinstance(value, str):
            found += [value] if re.fullmatch(ID, value) else []
        elif isinstance(value, list | tuple):
            waiting += value
        elif is_named(value):
            found.append(value.id)
    if re.fullmatch(ID, note.owner):
        found.append(note.owner)
    return found


# --- names of kinds, fields and choices -------------------------------------------------------------------------------


def kind_words(name: str) -> str:
    """Return a kind as people say it: `ReleaseDecision` is a "release decision"."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).lower()


def kind_plural(name: str) -> str:
    """Return several of a kind: "release decisions"."""
    words = kind_words(name)
    if words == "bill of materials":
        return "bills of materials"
    if words == "fielded":
        return "fielded releases"
    if words.endswith("analysis"):
        return words[:-2] + "es"
    if re.search(r"(?<![aeiou])y$", words):
        return words[:-1] + "ies"
    return words + ("es" if re.search(r"(s|x|ch|sh)$", words) else "s")


def capital(words: str) -> str:
    """Return words with a capital at their beginning."""
    return words[:1].upper() + words[1:]


def field_words(name: str) -> str:
    """Return a field's name as a label: "Shown by"."""
    return capital(name.replace("_", " ").replace(".", ", "))


def grouped(digest: str) -> str:
    """Return the first twelve figures of a digest, in fours."""
    return " ".join(digest[at : at + 4] for at in (0, 4, 8))


def is_digest(value: str) -> bool:
    """Return whether a text is a SHA-256 as it is written here."""
    return re.fullmatch(DIGEST, value) is not None
