"""An XML document gone through piece by piece, so that it never stands in memory whole."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from typing import Any, NoReturn
from xml.etree.ElementTree import ParseError

from defusedxml.common import DefusedXmlException

from asepsis.exchange.source import Source, UnreadableError
from asepsis.exchange.xml_pieces import fed, in_pieces, parser_for
from asepsis.sentences import Sentence

MOST_DEPTH = 200  # levels of elements in each other


class UnreadableXmlError(UnreadableError):
    """A source is not XML as it is read here."""

    code = "xml-unreadable"
    sentence = Sentence(
        "{source} cannot be read as XML: {reason} at line {line}, column {column}.",
        next="Have the tool that made it write it again, and give that file as it is.",
    )


@dataclass(slots=True)
class Node:
    """An element with all that lies in it. Names stand without their namespace."""

    name: str
    attributes: dict[str, str] = field(default_factory=dict)
    children: list[Node] = field(default_factory=list)
    pieces: list[str] = field(default_factory=list)

    @property
    def text(self) -> str | None:
        """Return its own text without the blanks around it, `None` where that is nothing."""
        return "".join(self.pieces).strip() or None

    def child(self, name: str) -> Node | None:
        """Return the first child of a name."""
        return next((one for one in self.children if one.name == name), None)

    def all(self, name: str) -> Iterator[Node]:
        """Yield the children of a name."""
        return (one for one in self.children if one.name == name)

    def said(self, name: str) -> str | None:
        """Return the text of the first child of a name."""
        found = self.child(name)
        return None if found is None else found.text

    def listed(self, name: str) -> Iterator[Node]:
        """Yield what lies in the first child of a name."""
        found = self.child(name)
        return iter(()) if found is None else iter(found.children)


def nodes(source: Source, through: Collection[str] = ()) -> Iterator[tuple[str, Node]]:
    """Yield the root of a document as it opens, then each of its children whole, as (name of what holds it, node).

    A child of the root whose name is in `through` is not given whole: its children come one by one. The root comes as
    ("", node), with its attributes, its namespace under "xmlns", and no children.

    Raises `UnreadableXmlError` with the place. A document type or an entity is refused, whatever it says.
    """
    target = _Target(source, frozenset(through))
    parser = parser_for(target)
    target.parser = parser.parser
    try:
        for _ in fed(parser, in_pieces(source.data), target.refuse):
            while target.done:
                yield target.done.popleft()
    except DefusedXmlException as problem:
        target.refuse("it declares a document type or an entity, which no bill needs,", problem)
    except ParseError as problem:
        line, column = problem.position
        reason = str(problem).partition(":")[0] or "it is not well-formed"
        raise UnreadableXmlError(source=source.name, reason=reason, line=line, column=column + 1) from problem
    except (LookupError, ValueError) as problem:  # of pyexpat: an encoding that it does not know
        target.refuse("its XML declaration names an encoding that is not read here", problem)
    yield from target.done


class _Target:
    """What the parser calls: the nodes that are open, and those that are done."""

    def __init__(self, source: Source, through: frozenset[str]) -> None:
        self.source, self._through = source, through
        self.done: deque[tuple[str, Node]] = deque()
        self._open: list[Node] = []
        self.parser: Any = None  # that calls this, for the place

    def refuse(self, reason: str, cause: Exception | None = None) -> NoReturn:
        line, column = self.parser.CurrentLineNumber, self.parser.CurrentColumnNumber + 1
        raise UnreadableXmlError(source=self.source.name, reason=reason, line=line, column=column) from cause

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if len(self._open) >= MOST_DEPTH:
            self.refuse(f"elements lie in each other deeper than {MOST_DEPTH} levels")
        space, _, name = tag.rpartition("}")
        node = Node(name, {key.rpartition("}")[2]: value for key, value in attributes.items()})
        if not self._open:
            self.done.append(("", Node(name, node.attributes | {"xmlns": space.removeprefix("{")})))
        self._open.append(node)

    def data(self, text: str) -> None:
        self._open[-1].pieces.append(text)

    def end(self, tag: str) -> None:
        node = self._open.pop()
        depth = len(self._open)
        if depth == 0 or (depth == 1 and node.name in self._through):
            return
        if depth == 1 or (depth == 2 and self._open[1].name in self._through):
            self.done.append((self._open[-1].name, node))
        else:
            self._open[-1].children.append(node)

    def close(self) -> None:
        pass
