"""The boxes of a form, found in the fields of a kind; what stands in them, and what was typed into them as a plain value.

A box is called after its place: `f.title`, `f.steps.0.text`; `f.steps.#` holds how many rows a list has. Only the places
that the kind has are read, so nothing else can be written by a form. A form that fills several records has a root for each.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from asepsis.record.fields import Field, Form, What, fields_of
from asepsis.record.kind import Evidence, Kind
from asepsis.record.texts import plain_of
from asepsis.risk.records import Score
from asepsis.scoring.calculators import completed
from asepsis.web.forms.names import PEOPLE, Names
from asepsis.web.words import field_words

ROOT = "f"
ACTED = frozenset({"retired"})  # fields that an act of its own writes
ROWS = 200  # of one list in a form
MOST_FILE = 25_000_000  # bytes


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a list, with the value of the button that takes it away."""

    box: Box
    at: str


@dataclass(frozen=True, slots=True)
class Box:
    """One place of a form: `what` names the element; `inner` are the boxes of a value, `rows` those of a list."""

    name: str
    what: str
    label: str
    help: str = ""
    hint: str = ""
    text: str = ""
    told: str = ""
    wrong: str = ""
    missing: bool = False
    needed: bool = False
    choices: tuple[tuple[str, str], ...] = ()
    options: str = ""
    inner: tuple[Box, ...] = ()
    rows: tuple[Row, ...] = ()
    takes_file: bool = False


@dataclass
class Typed:
    """What came of a form: the plain value of the kind, what does not fit by the name of its box, the files to keep."""

    value: dict[str, Any] = field(default_factory=dict)
    wrong: dict[str, str] = field(default_factory=dict)
    files: list[bytes] = field(default_factory=list)


def own_fields(kind: type[Kind]) -> tuple[Field, ...]:
    """Return the fields of a kind that a form has: all but those that an act writes."""
    return tuple(one for one in fields_of(kind) if one.name not in ACTED)


def texts_of(kind: type[Kind], value: Mapping[str, Any], names: Names, root: str = ROOT) -> dict[str, str]:
    """Return what stands in each box for a value."""
    texts: dict[str, str] = {}
    for one in own_fields(kind):
        _write(f"{root}.{one.name}", one.form, value.get(one.name), names, texts)
    return texts


def begun(kind: type[Kind], given: Mapping[str, str], ids: Mapping[str, str]) -> dict[str, Any]:
    """Return the value that a form begins with: its references, as far as `given` names them by the labels in `ids`."""
    found: dict[str, Any] = {}
    for one in own_fields(kind):
        target = ids.get(given.get(one.name, ""))
        if target is not None and one.form.what is What.REFERENCE:
            found[one.name] = target
        elif target is not None and one.form.inner is not None and one.form.inner.what is What.REFERENCE:
            found[one.name] = [target]
    return found


def _write(at: str, form: Form, value: Any, names: Names, texts: dict[str, str]) -> None:
    if value is None:
        return
    if form.what is What.LIST and form.inner is not None:
        texts[f"{at}.#"] = str(len(value))
        for number, one in enumerate(value):
            _write(f"{at}.{number}", form.inner, one, names, texts)
    elif form.what is What.VALUE and form.value is not None:
        for part in fields_of(form.value):
            _write(f"{at}.{part.name}", part.form, value.get(part.name), names, texts)
    elif form.what is What.FLAG:
        texts[at] = "yes" if value else "no"
    else:
        texts[at] = names.called(str(value)) if form.what in (What.REFERENCE, What.ID) else str(value)


# --- reading ----------------------------------------------------------------------------------------------------------


def typed(
    kind: type[Kind], texts: Mapping[str, str], files: Mapping[str, Any], names: Names, root: str = ROOT
) -> Typed:
    """Return what was typed as a value of a kind; what the kind has no place for is not looked at."""
    found = Typed()
    for one in own_fields(kind):
        value = _read(f"{root}.{one.name}", one.form, texts, files, names, found)
        if value is not None:
            found.value[one.name] = value
    return found


def rows_in(texts: Mapping[str, str], at: str) -> int:
    """Return how many rows of a list were sent."""
    count = texts.get(f"{at}.#", "0")
    return min(int(count), ROWS) if count.isdecimal() and len(count) < 6 else 0


def _read(at: str, form: Form, texts: Mapping[str, str], files: Mapping[str, Any], names: Names, found: Typed) -> Any:
    if form.what is What.LIST and form.inner is not None:
        rows = [_read(f"{at}.{n}", form.inner, texts, files, names, found) for n in range(rows_in(texts, at))]
        return [one for one in rows if one is not None] or None
    if form.what is What.VALUE and form.value is not None:
        inner = {
            one.name: _read(f"{at}.{one.name}", one.form, texts, files, names, found) for one in fields_of(form.value)
        }
        inner = {name: one for name, one in inner.items() if one is not None}
        if form.value is Score:
            inner = completed(inner)
        if form.value is Evidence and (sent := files.get(f"{at}.file")) is not None:
            inner |= _stored(f"{at}.file", sent, found)
        return inner or None
    text = texts.get(at, "").replace("\r\n", "\n")
    if not text.strip():
        return None
    value = plain_of(form, text, names.id_of)
    if value is None:
        about = "nothing that you may see is called so; write " if form.what in (What.REFERENCE, What.ID) else "write "
        found.wrong[at] = f"This does not fit: {about}{form.hint}."
    return value


def _stored(at: str, sent: Any, found: Typed) -> dict[str, Any]:
    """Return what an uploaded file says of itself; its bytes are kept with the record."""
    if sent.size > MOST_FILE:
        found.wrong[at] = f"The file has {sent.size:,} bytes; {MOST_FILE:,} are the most."
        return {}
    data = sent.read()
    found.files.append(data)
    media = sent.content_type if re.fullmatch(r"[\w.+-]{1,60}/[\w.+-]{1,60}", sent.content_type or "") else ""
    return {
        "digest": hashlib.sha256(data).hexdigest(),
        "media_type": media or "application/octet-stream",
        "size": len(data),
    }


# --- boxes ------------------------------------------------------------------------------------------------------------


def boxes(
    kind: type[Kind], texts: Mapping[str, str], wrong: Mapping[str, str], names: Names, root: str = ROOT
) -> tuple[tuple[Box, ...], dict[str, tuple[str, ...]]]:
    """Return the boxes of a form with what stands in them, and the lists of proposals that they name, by id."""
    options: dict[str, tuple[str, ...]] = {}
    made = tuple(_field(f"{root}.{one.name}", one, texts, wrong, names, options) for one in own_fields(kind))
    return made, options


def _field(
    at: str,
    one: Field,
    texts: Mapping[str, str],
    wrong: Mapping[str, str],
    names: Names,
    options: dict[str, Any],
    *,
    asks: bool = True,
) -> Box:
    """Return the box of a field; one that stands in a value that may stay away as a whole asks for nothing."""
    needed = one.needed and asks
    return _box(at, one.form, field_words(one.name), texts, wrong, names, options, help=one.help, needed=needed)


def _box(
    at: str,
    form: Form,
    label: str,
    texts: Mapping[str, str],
    wrong: Mapping[str, str],
    names: Names,
    options: dict[str, Any],
    *,
    help: str = "",
    needed: bool = False,
) -> Box:
    told: dict[str, Any] = {"label": label, "help": help, "needed": needed, "wrong": wrong.get(at, "")}
    if form.what is What.LIST and form.inner is not None:
        count, filled = _rows_shown(texts, at, form.inner)
        rows = tuple(
            Row(
                _box(f"{at}.{n}", form.inner, f"{label}, {n + 1}", texts, wrong, names, options, needed=True),
                f"{at}.{n}",
            )
            for n in range(count)
        )
        return Box(at, "list", **told, rows=rows, text=str(count), missing=needed and not filled)
    if form.what is What.VALUE and form.value is not None:
        asks = needed or any(text.strip() for name, text in texts.items() if name.startswith(f"{at}."))
        inner = tuple(
            _field(f"{at}.{one.name}", one, texts, wrong, names, options, asks=asks) for one in fields_of(form.value)
        )
        takes = form.value is Evidence
        told["wrong"] = told["wrong"] or wrong.get(f"{at}.file", "")
        return Box(at, "value", **told, inner=inner, takes_file=takes)
    text = texts.get(at, "")
    told |= {"text": text, "missing": needed and not text.strip(), "hint": form.hint}
    match form.what:
        case What.FLAG:
            return Box(at, "choice", **told, choices=(("yes", "Yes"), ("no", "No")))
        case What.CHOICE:
            return Box(at, "choice", **told, choices=tuple((one, one.replace("-", " ")) for one in form.choices))
        case What.REFERENCE | What.ID:
            targets = form.targets if form.what is What.REFERENCE else PEOPLE
            options.setdefault("offers-" + "-".join(targets), targets)
            row = names.id_of(form, text.strip()) if text.strip() else None
            told["told"] = names.title(row) if row else ""
            return Box(at, "named", **told, options="offers-" + "-".join(targets))
        case What.DAY:
            return Box(at, "day", **told)
        case What.TEXT:
            return Box(at, "line" if at.count(".") == 1 and at.endswith(".title") else "text", **told)
        case _:
            return Box(at, "line", **told)


def _rows_shown(texts: Mapping[str, str], at: str, inner: Form) -> tuple[int, int]:
    """Return how many rows of a list are shown, and how many of them hold something.

    Where a row is one box, a free one stands behind the last that is filled, so that nobody has to ask for it.
    """
    count = rows_in(texts, at)
    if inner.what is What.VALUE:
        return count, count
    filled = [number for number in range(count) if texts.get(f"{at}.{number}", "").strip()]
    return min(ROWS, max(count, filled[-1] + 2 if filled else 1)), len(filled)


# --- rows -------------------------------------------------------------------------------------------------------------


def with_row(texts: Mapping[str, str], at: str) -> dict[str, str]:
    """Return the same texts with one more row in a list."""
    return {**texts, f"{at}.#": str(min(rows_in(texts, at) + 1, ROWS))}


def without_row(texts: Mapping[str, str], at: str) -> dict[str, str]:
    """Return the same texts without one row of a list; those behind it move up."""
    whole, _, number = at.rpartition(".")
    count = rows_in(texts, whole)
    if not number.isdecimal() or len(number) > 5 or int(number) >= count:
        return dict(texts)
    gone, kept = int(number), {}
    for name, text in texts.items():
        rest = name.removeprefix(f"{whole}.")
        row, dot, more = rest.partition(".")
        if rest == name or not row.isdecimal():
            kept[name] = text
        elif int(row) != gone:
            kept[f"{whole}.{int(row) - (int(row) > gone)}{dot}{more}"] = text
    return kept | {f"{whole}.#": str(count - 1)}
