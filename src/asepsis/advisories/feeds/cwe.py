"""MITRE's list of weaknesses: what a CWE is called, and which attack patterns make use of it.

Source: cwe.mitre.org/data/downloads.html. The list is a document of XML in a zip; a copy may lie there as it is, or packed by
gzip or xz.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from typing import TYPE_CHECKING, BinaryIO

import msgspec

from asepsis.advisories.feeds.archive import members, whole
from asepsis.advisories.feeds.feed import Answer, Ask, Begun, Broken, Give, Outcome, Record, Source, Steps, instant

if TYPE_CHECKING:
    from asepsis.exchange.xml_nodes import Node

_LISTS = frozenset(("Weaknesses", "Categories", "Views"))


def steps(begun: Begun, give: Give) -> Steps:
    """Fetch the list where it changed."""
    answer = yield Ask(begun.url, conditional=True)
    if answer.is_same:
        return Outcome(is_same=True)
    catalogue = _Catalogue(answer)
    give(catalogue.records())
    if not catalogue.taken:
        raise Broken(answer.url, "holds no weakness")
    return Outcome(is_whole=True, newest=instant(catalogue.day))


class _Catalogue:
    """The list as it is read: `day` is known once its root was."""

    def __init__(self, answer: Answer) -> None:
        self.answer, self.day, self.taken = answer, "", 0

    def records(self) -> Iterator[Record]:
        """Yield a record for each weakness that was not withdrawn."""
        from asepsis.exchange.source import Source as Bytes  # XML is loaded where a list is read, not with each scan
        from asepsis.exchange.xml_nodes import UnreadableXmlError, nodes

        document = Bytes(self.answer.url.rpartition("/")[2], _document(self.answer.url, self.answer.stream()))
        try:
            for of, node in nodes(document, _LISTS):
                if not of:
                    self.day = node.attributes.get("Date", "")
                elif of == "Weaknesses" and node.attributes.get("Status") != "Deprecated":
                    yield from self._record(node)
        except UnreadableXmlError as problem:
            raise Broken(self.answer.url, f"is no list of weaknesses ({problem.said.text()})") from problem

    def _record(self, node: Node) -> Iterator[Record]:
        number, name = node.attributes.get("ID", ""), node.attributes.get("Name", "")
        if number.isdecimal() and name:
            self.taken += 1
            listed = (one.attributes.get("CAPEC_ID", "") for one in node.listed("Related_Attack_Patterns"))
            patterns = [f"CAPEC-{one}" for one in listed if one.isdecimal()]
            line = msgspec.json.encode({"id": f"CWE-{number}", "name": name, "of": patterns})
            yield Record(f"CWE-{number}", line)


def _document(url: str, stream: BinaryIO) -> bytes:
    """Return the document, out of its zip where it lies in one."""
    if not zipfile.is_zipfile(stream):
        stream.seek(0)
        return whole(url, stream)
    stream.seek(0)
    found = next((data for _, data in members(url, stream, ".xml")), None)
    if found is None:
        raise Broken(url, "holds no document of XML")
    return found


CWE = Source("cwe", "MITRE CWE", steps, url="https://cwe.mitre.org/data/xml/cwec_latest.xml.zip")
