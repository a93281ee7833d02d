"""ReqIF 1.2: each type of requirement object as a sheet, its attributes as columns, relations as references.

Attributes are taken as texts: strings, numbers, days, choices by their names, formatted text without its format. Of each
relation the object that it goes out from gets a cell with what the objects at its other end are called. An object is
called by its `ReqIF.ForeignID` where every object has one of its own, else by its identifier.

Source: OMG ReqIF 1.2 (formal/16-07-01).
"""

from __future__ import annotations

import io
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any, NoReturn
from xml.etree.ElementTree import Element, TreeBuilder

from asepsis.exchange.source import MIB, Source
from asepsis.exchange.tables.feeding import feed
from asepsis.exchange.tables.sheet import (
    MOST_CELL,
    MOST_ROWS,
    Book,
    Heading,
    Row,
    Sheet,
    UnreadableTableError,
    book_of,
)
from asepsis.exchange.xml_pieces import in_pieces
from asepsis.sentences import Said, Sentence

MOST_XML = 32 * MIB
MOST_ELEMENTS = 1_000_000
MOST_DEPTH = 200
FORMER = "former id"
FOREIGN = "ReqIF.ForeignID"
_BLOCKS = frozenset({"p", "div", "li", "br", "tr", "h1", "h2", "h3", "h4", "h5", "h6", "table", "ul", "ol"})

LOST = Sentence("{count} relations lead to or from an object that is not in the file and are left out.")
OBJECTS = Sentence("{count} pictures or other embedded objects stand in texts; they are left out.")
TREE = Sentence("The order and nesting of the {count} places in specifications are left out; the objects are taken.")


def read(source: Source) -> Book:
    """Return the objects of a ReqIF document, or of a .reqifz with one, as a sheet for each type.

    Raises `UnreadableTableError`. A document type or an entity is refused, whatever it says.
    """
    root = _root(Source(source.name, _unpacked(source)).limited(MOST_XML))
    if _name(root) != "REQ-IF":
        raise UnreadableTableError(source=source.name, reason="its outermost element is not REQ-IF")
    return _Document(root, source.name).book()


def _unpacked(source: Source) -> bytes:
    if not source.data.startswith(b"PK"):
        return source.data
    try:
        with zipfile.ZipFile(io.BytesIO(source.data)) as archive:
            inside = [one for one in archive.infolist() if one.filename.casefold().endswith((".reqif", ".xml"))]
            if len(inside) != 1:
                reason = f"it holds {len(inside)} ReqIF documents, and one is read at a time"
                raise UnreadableTableError(source=source.name, reason=reason)
            if inside[0].file_size > MOST_XML:
                raise UnreadableTableError(source=source.name, reason=f"it unpacks to more than {MOST_XML:,} bytes")
            with archive.open(inside[0]) as stream:
                return stream.read(MOST_XML + 1)
    except (zipfile.BadZipFile, zlib.error, RuntimeError, NotImplementedError, ValueError) as problem:
        raise UnreadableTableError(source=source.name, reason="it is a damaged or protected archive") from problem


def _root(source: Source) -> Element:
    def refuse(reason: str) -> NoReturn:
        raise UnreadableTableError(source=source.name, reason=reason)

    built = _Bounded(refuse)
    feed(built, in_pieces(source.data), refuse)
    return built.close()


class _Bounded(TreeBuilder):
    """Builds a document that is neither too deep nor too large."""

    def __init__(self, refuse: Callable[[str], NoReturn]) -> None:
        super().__init__()
        self._refuse, self._depth, self._count = refuse, 0, 0

    def start(self, tag: Any, attrs: Any, /) -> Element:
        self._depth, self._count = self._depth + 1, self._count + 1
        if self._depth > MOST_DEPTH:
            self._refuse(f"elements lie in each other deeper than {MOST_DEPTH} levels")
        if self._count > MOST_ELEMENTS:
            self._refuse(f"it has more than {MOST_ELEMENTS:,} elements")
        return super().start(tag, attrs)

    def end(self, tag: str, /) -> Element:
        self._depth -= 1
        return super().end(tag)


class _Document:
    """A document as it is gone through."""

    def __init__(self, root: Element, source: str) -> None:
        self.root, self.source = root, source
        self.names = {
            one.get("IDENTIFIER", ""): str(one.get("LONG-NAME") or one.get("IDENTIFIER"))
            for one in root.iter()
            if one.get("IDENTIFIER")
        }
        self.embedded = 0

    def book(self) -> Book:
        objects = [one for one in self.root.iter() if _name(one) == "SPEC-OBJECT"]
        if len(objects) > MOST_ROWS:
            raise UnreadableTableError(source=self.source, reason=f"it has more than {MOST_ROWS:,} objects")
        values = {one.get("IDENTIFIER", ""): dict(self._values(one)) for one in objects}
        called = _called(values)
        relations, lost = self._relations(called)
        by_type: dict[str, list[tuple[int, dict[str, str]]]] = {}
        for number, one in enumerate(objects, 1):
            identity = one.get("IDENTIFIER", "")
            cells = {FORMER: called[identity], **values[identity], **relations.get(identity, {})}
            by_type.setdefault(self.names.get(_reference(one, "TYPE"), "Objects"), []).append((number, cells))
        sheets = [_sheet(name, rows, self.source) for name, rows in by_type.items()]
        notes: list[Said] = []
        notes += [LOST.said(count=lost)] if lost else []
        notes += [OBJECTS.said(count=self.embedded)] if self.embedded else []
        placed = sum(_name(one) == "SPEC-HIERARCHY" for one in self.root.iter())
        notes += [TREE.said(count=placed)] if placed else []
        return book_of(self.source, sheets, notes)

    def _values(self, thing: Element) -> Iterator[tuple[str, str]]:
        """Yield name and text of each attribute of an object."""
        for one in _inner(thing, "VALUES"):
            name = self.names.get(_reference(one, "DEFINITION"), "")
            match _name(one):
                case "ATTRIBUTE-VALUE-XHTML":
                    text = "".join(self._plain(_inner(one, "THE-VALUE")))
                    text = "\n".join(line for part in text.split("\n") if (line := " ".join(part.split())))
                case "ATTRIBUTE-VALUE-ENUMERATION":
                    chosen = [(ref.text or "").strip() for ref in _inner(one, "VALUES")]
                    text = "\n".join(self.names.get(ref, ref) for ref in chosen)
                case "ATTRIBUTE-VALUE-BOOLEAN":
                    text = {"true": "yes", "1": "yes"}.get(one.get("THE-VALUE", "").strip(), "no")
                case "ATTRIBUTE-VALUE-DATE":
                    text = _day(one.get("THE-VALUE", ""))
                case _:
                    text = one.get("THE-VALUE", "")
            if len(text) > MOST_CELL:
                reason = f"the attribute {name} of an object holds more than {MOST_CELL:,} characters"
                raise UnreadableTableError(source=self.source, reason=reason)
            if name and text:
                yield name, text

    def _plain(self, elements: list[Element]) -> Iterator[str]:
        """Yield formatted text in pieces, with a line break where a block begins or ends."""
        for one in elements:
            name = _name(one)
            self.embedded += name == "object"
            if name in _BLOCKS:
                yield "\n"
            yield " ".join((one.text or "").split("\n"))
            yield from self._plain(list(one))
            if name in _BLOCKS:
                yield "\n"
            yield " ".join((one.tail or "").split("\n"))

    def _relations(self, called: dict[str, str]) -> tuple[dict[str, dict[str, str]], int]:
        found: dict[str, dict[str, str]] = {}
        lost = 0
        for one in self.root.iter():
            if _name(one) == "SPEC-RELATION":
                source, target = _reference(one, "SOURCE"), _reference(one, "TARGET")
                if source in called and target in called:
                    cells = found.setdefault(source, {})
                    name = self.names.get(_reference(one, "TYPE"), "relations")
                    cells[name] = f"{cells[name]}\n{called[target]}" if name in cells else called[target]
                else:
                    lost += 1
        return found, lost


def _called(values: dict[str, dict[str, str]]) -> dict[str, str]:
    """Return what each object is called."""
    foreign = Counter(one.get(FOREIGN, "") for one in values.values())
    if "" in foreign or max(foreign.values(), default=0) > 1:
        return {identity: identity for identity in values}
    return {identity: one[FOREIGN] for identity, one in values.items()}


def _sheet(name: str, rows: list[tuple[int, dict[str, str]]], source: str) -> Sheet:
    headings = list(dict.fromkeys(heading for _, cells in rows for heading in cells))
    made = tuple(Row(number, tuple(cells.get(one, "") for one in headings)) for number, cells in rows)
    return Sheet(name, tuple(Heading(one) for one in headings), made)


def _day(text: str) -> str:
    """Return the day of an instant at midnight, as tools write a day; any other as it is."""
    day, _, rest = text.strip().partition("T")
    return day if rest.startswith("00:00:00") else text.strip()


def _name(element: Any) -> str:
    return str(element.tag).rpartition("}")[2] if isinstance(element.tag, str) else ""


def _inner(element: Element, name: str) -> list[Element]:
    return [inner for one in element if _name(one) == name for inner in one]


def _reference(element: Element, name: str) -> str:
    """Return the identifier that stands in the first reference of a part."""
    return next(((one.text or "").strip() for one in _inner(element, name)), "")
