"""A record as a text that people fill in, YAML with the help of each field above it; and that text as a plain value."""

from __future__ import annotations

import difflib
import hashlib
import mimetypes
import re
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from pathlib import Path
from typing import Any, Protocol

import pydantic

from asepsis.cli.strict_yaml import Listed, Mapped, Tree, Word, read, written
from asepsis.errors import AsepsisError, InputError
from asepsis.exchange.source import Source
from asepsis.record import canonical
from asepsis.record.fields import Field, Form, What, fields_of
from asepsis.record.kind import ID, Evidence, Kind, Value, kind_named
from asepsis.record.texts import misfit, plain_of, short
from asepsis.sentences import Sentence

WIDTH = 110
FILE = "file"  # in the place of digest, media_type and size of an evidence that is to be stored


class UnfitFormError(InputError):
    """A text that was filled in holds something that its kind does not take."""

    code = "form-unfit"
    sentence = Sentence("{source} cannot be taken: {problems}.", next="Correct what is named; nothing was saved.")

    def __init__(self, source: str, problems: list[str]) -> None:
        self.problems = problems
        told = problems if len(problems) < 11 else [*problems[:10], f"and {len(problems) - 10} more"]
        super().__init__(source=source, problems="; ".join(told))


class Names(Protocol):
    """How records, people and products are called, both ways."""

    def id_of_record(self, text: str) -> str: ...
    def id_of_person(self, text: str) -> str: ...
    def told(self, identity: str) -> tuple[str, str | None] | None: ...


@dataclass
class Filled:
    """What a filled-in text says: the plain value, and the bytes of the files that it names as evidence."""

    value: dict[str, Any] = dataclass_field(default_factory=dict)
    files: list[bytes] = dataclass_field(default_factory=list)


# --- reading --------------------------------------------------------------------------------------------------------


def read_file(path: Path, kind: type[Kind], names: Names) -> Filled:
    """Return what a YAML or JSON file says about a record of `kind`; evidence is looked for beside it.

    Raises an `InputError` that names each thing that is wrong, with its line.
    """
    source = Source.file(path)
    return filled(source.data, source.name, kind, names, path.parent)


def filled(data: bytes, source: str, kind: type[Kind], names: Names, beside: Path) -> Filled:
    """Return what a text says about a record of `kind`. Raises an `InputError`, `UnfitFormError` in the first place."""
    tree = _json(data, source) if data.lstrip()[:1] == b"{" and source.endswith(".json") else read(data, source)
    reader = _Reader(names, beside)
    if isinstance(tree, Mapped):
        value = reader.mapped(kind, tree, "")
    else:
        value = {}
        reader.problems.append("it is not a map of fields, one `name: value` in each line")
    if reader.problems:
        raise UnfitFormError(source, reader.problems)
    return Filled(value, reader.files)


def several(path: Path, names: Names) -> list[tuple[type[Kind], Filled]]:
    """Return what a file says about many records: a map with `records`, a list of maps; `record` in each names the kind.

    Raises an `InputError` that names each thing that is wrong, with its line and the number of its record.
    """
    source = Source.file(path)
    data = source.data
    tree = _json(data, source.name) if source.name.endswith(".json") else read(data, source.name)
    listed = tree.get("records") if isinstance(tree, Mapped) else None  # type: ignore[call-overload]
    if not isinstance(listed, Listed) or not listed:
        raise UnfitFormError(source.name, ["it is not a map whose `records` is a list"])
    found: list[tuple[type[Kind], Filled]] = []
    problems: list[str] = []
    for number, one in enumerate(listed, start=1):
        name = one.pop("record", None) if isinstance(one, Mapped) else None  # type: ignore[call-overload]
        if not isinstance(name, Word):
            problems.append(f"record {number} does not say its kind, as `record: Procedure`")
            continue
        kind, reader = kind_named(name), _Reader(names, path.parent)
        found.append((kind, Filled(reader.mapped(kind, one, ""), reader.files)))
        problems += [f"record {number}: {problem}" for problem in reader.problems]
    if problems:
        raise UnfitFormError(source.name, problems)
    return found


def _json(data: bytes, source: str) -> Tree:
    return _tree(canonical.loads(data, where=source))


def _tree(value: Any) -> Tree:
    match value:
        case dict():
            return Mapped((Word(name, 1, bare=False), _tree(one)) for name, one in value.items())
        case list():
            return Listed(_tree(one) for one in value)
        case bool():
            return Word("yes" if value else "no", 1, bare=True)
        case _:
            return Word(str(value), 1, bare=False)


class _Reader:
    """Goes through a tree along the fields of a kind and keeps what does not fit."""

    def __init__(self, names: Names, beside: Path) -> None:
        self.names = names
        self.beside = beside
        self.problems: list[str] = []
        self.files: list[bytes] = []

    def mapped(self, kind: type[pydantic.BaseModel], tree: Mapped, place: str) -> dict[str, Any]:
        known = {one.name: one for one in fields_of(kind)}
        tree = self._with_file(tree, place) if kind is Evidence and FILE in tree else tree
        value: dict[str, Any] = {}
        for name, node in tree.items():
            at = f"{place}.{name}" if place else str(name)
            if name not in known:
                self._unknown(name, known, at)
            elif (found := self.node(known[str(name)].form, node, at)) is not None:
                value[str(name)] = found
        return value

    def node(self, form: Form, node: Tree, at: str) -> Any:
        """Return the plain value of one node; `None` where it is absent or does not fit."""
        if isinstance(node, Word) and node.absent:
            return None
        match form.what, node:
            case What.LIST, Listed() if form.inner is not None:
                members = [self.node(form.inner, one, f"{at}[{number}]") for number, one in enumerate(node, 1)]
                return [one for one in members if one is not None] or None
            case What.LIST, Word() if form.inner is not None and form.inner.what is not What.VALUE:
                one = self.node(form.inner, node, at)
                return None if one is None else [one]
            case What.VALUE, Mapped() if form.value is not None:
                return self.mapped(form.value, node, at) or None
            case What.LIST | What.VALUE, _:
                return self._problem(node, at, f"is {_shape(node)}; it is {form.hint}")
            case _, Word():
                return self.word(form, node, at)
        return self._problem(node, at, f"is {_shape(node)}; it is {form.hint}")

    def word(self, form: Form, word: Word, at: str) -> Any:
        try:
            found = plain_of(form, str(word), self._id_of)
        except AsepsisError as error:
            reason = error.said.text().removesuffix(".")
            return self._problem(word, at, f"is '{short(str(word).strip())}': {reason}")
        return self._problem(word, at, misfit(form, str(word))) if found is None else found

    def _id_of(self, form: Form, text: str) -> str:
        if re.fullmatch(ID, text):
            return text
        return self.names.id_of_record(text) if form.what is What.REFERENCE else self.names.id_of_person(text)

    def _with_file(self, tree: Mapped, place: str) -> Mapped:
        """Return the evidence with what its file says of itself in the place of its path; the bytes are kept."""
        rest = Mapped((name, node) for name, node in tree.items() if name != FILE)
        node = next(node for name, node in tree.items() if name == FILE)
        at = f"{place}.{FILE}"
        if not isinstance(node, Word) or node.absent:
            self._problem(node, at, "is no path of a file")
            return rest
        try:
            source = Source.file(self.beside / Path(str(node)).expanduser())
        except InputError as error:
            self._problem(node, at, f"cannot be read: {error.said.text().removesuffix('.')}")
            return rest
        digest = hashlib.sha256(source.data).hexdigest()
        if rest.get(Word("digest", 0, bare=True), digest) not in (digest, ""):
            self._problem(node, at, f"has another digest ({digest}) than the one beside it")
            return rest
        self.files.append(source.data)
        kind = mimetypes.guess_type(source.name)[0] or "application/octet-stream"
        said = {"digest": digest, "media_type": kind, "size": str(len(source.data))}
        fitting = Mapped(rest)
        for name, text in said.items():
            fitting.setdefault(Word(name, node.line, bare=True), Word(text, node.line, bare=False))
        return fitting

    def _unknown(self, name: Word, known: dict[str, Field], at: str) -> None:
        near = difflib.get_close_matches(str(name), known, n=1)
        hint = f"; perhaps {near[0]} is meant" if near else ""
        self._problem(name, at, f"is no field here{hint}")

    def _problem(self, node: Tree, at: str, what: str) -> None:
        line = getattr(node, "line", 1)
        self.problems.append(f"line {line}: {at} {what}")


def _shape(node: Tree) -> str:
    return "a list" if isinstance(node, Listed) else "a map" if isinstance(node, Mapped) else f"'{short(node)}'"


# --- writing --------------------------------------------------------------------------------------------------------


def form(kind: type[Kind], value: dict[str, Any], names: Names, heading: str) -> str:
    """Return the text of a record that people fill in; `heading` says what it is."""
    lines = [f"# {heading}", *_comment(kind.__doc__ or ""), "#"]
    lines += ["# Lines that begin with # are not read. What is empty or left out is absent.", ""]
    for one in fields_of(kind):
        lines += [*_comment(one.help), *_about(one), *_entry(one, value.get(one.name), names, 0), ""]
    return "\n".join(lines)


def _comment(text: str, bullet: str = "") -> list[str]:
    paragraphs = [" ".join(one.split()) for one in text.split("\n\n")]
    first, later = f"# {bullet}", f"# {' ' * len(bullet)}"
    wrapped = (
        textwrap.wrap(
            one, WIDTH, initial_indent=first, subsequent_indent=later, break_long_words=False, break_on_hyphens=False
        )
        for one in paragraphs
    )
    return [line for lines in wrapped for line in lines]


def _about(one: Field) -> list[str]:
    """Return the lines that say what may stand in a field, and what each member of a list of values has."""
    marks = ["needed before it is submitted"] if one.needed else ["may stay empty"]
    marks += ["tells what happened after signing"] if one.progress else []
    lines = _comment(f"({one.form.hint}; {'; '.join(marks)})")
    inner = one.form.inner if one.form.what is What.LIST else one.form
    if inner is not None and inner.value is not None:
        for part in fields_of(inner.value):
            needed = "" if part.needed else "; may stay empty"
            lines += _comment(f"{part.name} ({part.form.hint}{needed}): {part.help}", "  - ")
        if inner.value is Evidence:
            lines += _comment(f"{FILE}: the path of a file that is to be stored, in the place of its digest", "  - ")
    return lines


def _entry(one: Field, value: Any, names: Names, indent: int) -> list[str]:
    margin = " " * indent
    if value is None or value == []:
        return [f"{margin}# {one.name}:"]
    return list(_lines(one.name, one.form, value, names, indent))


def _lines(name: str, form: Form, value: Any, names: Names, indent: int) -> Iterator[str]:
    margin = " " * indent
    if isinstance(value, list) and form.inner is not None:
        yield f"{margin}{name}:"
        for member in value:
            yield from _member(form.inner, member, names, indent + 2)
    elif isinstance(value, dict) and form.value is not None:
        yield f"{margin}{name}:"
        yield from _nested(form.value, value, names, indent + 2)
    else:
        yield f"{margin}{name}: {_scalar(value, form, names, indent)}"


def _member(form: Form, member: Any, names: Names, indent: int) -> Iterator[str]:
    margin = " " * indent
    if isinstance(member, dict) and form.value is not None:
        first, *rest = _nested(form.value, member, names, indent + 2)
        yield f"{margin}- {first[indent + 2 :]}"
        yield from rest
    else:
        yield f"{margin}- {_scalar(member, form, names, indent)}"


def _nested(kind: type[Value], value: dict[str, Any], names: Names, indent: int) -> Iterator[str]:
    known = {one.name: one.form for one in fields_of(kind)}
    for name, one in value.items():
        yield from _lines(name, known.get(name, Form(What.TEXT)), one, names, indent)


def _scalar(value: Any, form: Form, names: Names, indent: int) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if form.what in (What.REFERENCE, What.ID) and (told := names.told(str(value))) is not None:
        called, title = told
        shown = written(called, indent)
        return f"{shown}  # {_one_line(title)}" if title and "\n" not in shown else shown
    return written(str(value), indent)


def _one_line(text: str) -> str:
    return "".join(one if one.isprintable() else " " for one in text)[:80]
