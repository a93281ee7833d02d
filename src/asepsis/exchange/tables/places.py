"""Where a cell can stand in a record: the places of a kind, and a row of texts as a plain value and back.

A place is a field or a part of one, `need.confidentiality`. A list in one cell has a member in each line, or between
semicolons; choices and references between commas, too. Of a list of values each part has its own column, line by line. A
line that begins with two blanks goes on with the one before it.
"""

from __future__ import annotations

import hashlib
import mimetypes
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from asepsis.record.fields import Form, What, fields_of
from asepsis.record.kind import Evidence, Kind
from asepsis.record.texts import Plain
from asepsis.scoring.calculators import completed

LABEL = "label"
FILE = "file"  # in an evidence: the name of a file that comes with the table, in the place of its digest, kind and size
WITHHELD = "a withheld record"  # what is written in the place of one that its reader may not see
_BETWEEN = " | "  # members of a list inside a line
_ON = "  "
SCORE = frozenset({"method", "vector", "number"})  # the parts of a score, of which a vector gives the others

Read = Callable[[Form, str], Plain]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a cell can stand. `form` is that of one member; `lists` says how many lists lie above it."""

    name: str
    form: Form
    help: str
    needed: bool
    lists: int = 0

    @property
    def words(self) -> str:
        """Return the place as a heading."""
        return self.name.replace("_", " ").replace(".", ", ")


@cache
def places_of(kind: type[Kind]) -> tuple[Place, ...]:
    """Return the places of a kind in the order of its fields, behind its label; what an act writes is none."""
    own = (one for one in fields_of(kind) if one.name != "retired")
    found = [Place(LABEL, Form(What.TEXT), "Its label here, for a record that is here already.", needed=False)]
    for one in own:
        found += _places(one.name, one.form, one.help, one.needed, 0)
    return tuple(found)


def _places(name: str, form: Form, help_: str, needed: bool, lists: int) -> Iterator[Place]:
    if form.what is What.LIST and form.inner is not None:
        yield from _places(name, form.inner, help_, needed, lists + 1)
    elif form.what is What.VALUE and form.value is not None:
        for part in fields_of(form.value):
            yield from _places(f"{name}.{part.name}", part.form, part.help, needed and part.needed, lists)
        if form.value is Evidence:
            told = "The name of a file that comes with the table; its digest, kind and size are filled in from it."
            yield Place(f"{name}.{FILE}", Form(What.TEXT), told, needed=False, lists=lists)
    else:
        yield Place(name, form, help_, needed, lists)


# --- reading ----------------------------------------------------------------------------------------------------------


class MisfitError(Exception):
    """A text does not fit its place: `reason` is what follows the name of the field."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass
class RowValue:
    """What a row says: the plain value, what does not fit by the name of its place, and the files that it names."""

    value: dict[str, Any] = field(default_factory=dict)
    wrong: dict[str, str] = field(default_factory=dict)
    files: list[bytes] = field(default_factory=list)


def value_of(
    kind: type[Kind],
    texts: Mapping[str, str],
    read: Read,
    file: Callable[[str], bytes | None] = lambda name: None,
    fits: Callable[[Form, str], bool] = lambda form, text: True,
) -> RowValue:
    """Return the texts of a row, by place, as a plain value of its kind.

    `read` gives the plain value of one text or raises `MisfitError`; `file` gives the bytes of a file by its name. `fits`
    says whether a text says something as a whole; else what stands between its commas may.
    """
    found = RowValue()
    reader = _RowReader(texts, read, file, fits, found)
    for one in fields_of(kind):
        if one.name != "retired" and reader.says(one.name):
            value = reader.part(one.name, one.form, None)
            if value is not None:
                found.value[one.name] = value
    return found


@dataclass
class _RowReader:
    texts: Mapping[str, str]
    read: Read
    file: Callable[[str], bytes | None]
    fits: Callable[[Form, str], bool]
    found: RowValue

    def says(self, name: str) -> bool:
        return any((at == name or at.startswith(f"{name}.")) and text.strip() for at, text in self.texts.items())

    def part(self, name: str, form: Form, line: int | None) -> Any:
        """Return the value of a part; `line` is the number of the member where a list of values lies above it."""
        if form.what is What.LIST and form.inner is not None:
            return self._list(name, form.inner, line)
        if form.what is What.VALUE and form.value is not None:
            parts = ((one.name, self.part(f"{name}.{one.name}", one.form, line)) for one in fields_of(form.value))
            value = {at: one for at, one in parts if one is not None}
            if {one.name for one in fields_of(form.value)} >= SCORE:
                value = completed(value)
            if form.value is Evidence and (called := self._text(f"{name}.{FILE}", line)):
                value |= self._stored(f"{name}.{FILE}", called.strip())
            return value or None
        text = self._text(name, line)
        return self._one(name, form, text) if text.strip() else None

    def _list(self, name: str, inner: Form, line: int | None) -> Any:
        if line is not None:
            members = self._text(name, line).split(_BETWEEN.strip())
        elif inner.what is What.VALUE:
            columns = [text for at, text in self.texts.items() if at.startswith(f"{name}.")]
            rows = max((len(lines_of(text)) for text in columns if text.strip()), default=0)
            values = [self.part(name, inner, number) for number in range(rows)]
            return [one for one in values if one is not None] or None
        else:
            members = members_of(self.texts.get(name, ""))
        members = [part for one in members for part in self._parted(inner, one)]
        values = [self._one(name, inner, one.strip()) for one in members if one.strip()]
        return [one for one in values if one is not None] or None

    def _parted(self, inner: Form, member: str) -> list[str]:
        """Return the names in a member that are parted by commas, where it is no name as a whole."""
        if (
            "," not in member
            or inner.what not in (What.CHOICE, What.REFERENCE, What.ID)
            or self.fits(inner, member.strip())
        ):
            return [member]
        parts = member.split(",")
        named = all(self.fits(inner, one.strip()) for one in parts if one.strip())
        return parts if named or inner.what is What.CHOICE else [member]

    def _text(self, name: str, line: int | None) -> str:
        text = self.texts.get(name, "")
        if line is None:
            return text
        lines = lines_of(text)
        return lines[line] if line < len(lines) else ""

    def _one(self, name: str, form: Form, text: str) -> Any:
        try:
            return self.read(form, text)
        except MisfitError as problem:
            self.found.wrong.setdefault(name, problem.reason)
            return None

    def _stored(self, at: str, name: str) -> dict[str, Any]:
        data = self.file(name)
        if data is None:
            self.found.wrong.setdefault(at, f"is '{name}', and no file of this name came with the table")
            return {}
        self.found.files.append(data)
        media = mimetypes.guess_type(name)[0] or "application/octet-stream"
        return {"digest": hashlib.sha256(data).hexdigest(), "media_type": media, "size": len(data)}


def lines_of(text: str) -> list[str]:
    """Return the lines of a cell; one that begins with two blanks goes on with the one before it."""
    lines: list[str] = []
    for one in text.split("\n"):
        if lines and one.startswith(_ON):
            lines[-1] += "\n" + one.removeprefix(_ON)
        else:
            lines.append(one)
    return lines


def members_of(text: str) -> list[str]:
    """Return the members of a list in a cell: its lines, or where it has one line, what stands between semicolons."""
    lines = lines_of(text)
    return lines[0].split(";") if len(lines) == 1 else lines


def laid_over(form: Form | None, before: Any, after: Any) -> Any:
    """Return what a table says of a part, laid over what the record has: parts that the table does not have stay."""
    if form is None or form.what is What.VALUE:
        parts = {one.name: one.form for one in fields_of(form.value)} if form and form.value else {}
        if isinstance(before, dict) and isinstance(after, dict):
            return {**before, **{at: laid_over(parts.get(at), before.get(at), one) for at, one in after.items()}}
    if form is not None and form.what is What.LIST and isinstance(before, list) and len(before) == len(after):
        return [laid_over(form.inner, old, new) for old, new in zip(before, after, strict=True)]
    return after


def over(kind: type[Kind], before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Any]:
    """Return a plain value of a kind with what a table says laid over it."""
    forms = {one.name: one.form for one in fields_of(kind)}
    return {**before, **{at: laid_over(forms[at], before.get(at), one) for at, one in after.items()}}


# --- writing ----------------------------------------------------------------------------------------------------------


def texts_of(kind: type[Kind], value: Mapping[str, Any], called: Callable[[str], str]) -> dict[str, str]:
    """Return the text of each place for a plain value; `called` names records, people and products by their ids."""
    found: dict[str, str] = {}
    for one in fields_of(kind):
        if one.name != "retired" and value.get(one.name) is not None:
            _write(one.name, one.form, value[one.name], called, found)
    return found


def _write(
    name: str, form: Form, value: Any, called: Callable[[str], str], found: dict[str, str], *, inside: bool = False
) -> None:
    """Add the texts of a part to `found`; `inside`: it stands in one line of a list of values."""
    if form.what is What.LIST and form.inner is not None and form.inner.what is What.VALUE:
        rows: list[dict[str, str]] = [{} for _ in value]
        for row, one in zip(rows, value, strict=True):
            _write(name, form.inner, one, called, row, inside=True)
        for at in dict.fromkeys(at for row in rows for at in row):
            found[at] = "\n".join(_indented(row.get(at, "")) for row in rows)
    elif form.what is What.LIST and form.inner is not None:
        members = [_scalar(form.inner, one, called) for one in value]
        found[name] = _BETWEEN.join(members) if inside else _joined(members)
    elif form.what is What.VALUE and form.value is not None:
        for part in fields_of(form.value):
            if value.get(part.name) is not None:
                _write(f"{name}.{part.name}", part.form, value[part.name], called, found, inside=inside)
    else:
        found[name] = _scalar(form, value, called)


def _joined(members: list[str]) -> str:
    if len(members) == 1 and ";" in members[0]:
        return _indented(members[0]) + "\n"
    return "\n".join(_indented(one) for one in members)


def _indented(text: str) -> str:
    return text.replace("\n", f"\n{_ON}")


def _scalar(form: Form, value: Any, called: Callable[[str], str]) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return called(str(value)) if form.what in (What.REFERENCE, What.ID) else str(value)
