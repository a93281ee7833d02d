"""How complete a bill is, measured against what NTIA, the BSI and the FDA ask of one; each gap says what to do."""

from __future__ import annotations

import enum
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from asepsis.exchange.bill import NO_DETAIL, NO_NAME, NO_TARGET, Bill, Detail
from asepsis.exchange.bill_writing import is_expression, spdx_ids
from asepsis.exchange.dependencies import UNREACHED
from asepsis.exchange.facts import Component, Matches
from asepsis.sentences import Said, Sentence


class Asker(enum.StrEnum):
    """Who asks for something in a bill."""

    NTIA = "ntia"
    BSI = "bsi"
    FDA = "fda"

    @property
    def document(self) -> str:
        """Return the document in which it is asked."""
        return _TITLES[self]


_TITLES = {
    Asker.NTIA: "NTIA minimum elements (2021)",
    Asker.BSI: "BSI TR-03183-2, version 2.1",
    Asker.FDA: "FDA, cybersecurity in medical devices: premarket submissions",
}
NTIA, BSI, FDA = Asker.NTIA, Asker.BSI, Asker.FDA


class Verdict(enum.StrEnum):
    """What came of one element."""

    MET = "met"
    GAP = "gap"
    UNKNOWN = "unknown"  # it could not be looked at


@dataclass(frozen=True, slots=True)
class Element:
    """Something that is asked of a bill. `only_if_known`: who asks for it only where there is such a thing."""

    name: str
    title: str
    asked_by: frozenset[Asker]
    only_if_known: frozenset[Asker] = frozenset()


@dataclass(frozen=True, slots=True)
class Answer:
    """What a bill says to one element: of how many things it was asked, and which of them lack it, the first 20 by name."""

    element: Element
    verdict: Verdict
    asked: int = 0
    lacking: int = 0
    examples: tuple[str, ...] = ()
    said: Said | None = None


@dataclass(frozen=True, slots=True)
class Quality:
    """The answers of one bill, in the order in which the elements stand."""

    answers: tuple[Answer, ...]

    def of(self, asker: Asker) -> tuple[Answer, ...]:
        """Return the answers to what one of them asks."""
        return tuple(one for one in self.answers if asker in one.element.asked_by)

    def verdict(self, asker: Asker) -> Verdict:
        """Return whether the bill holds all that one asks; what it asks for only where it is known does not count."""
        counted = [one.verdict for one in self.of(asker) if asker not in one.element.only_if_known]
        if Verdict.GAP in counted:
            return Verdict.GAP
        return Verdict.UNKNOWN if Verdict.UNKNOWN in counted else Verdict.MET


MOST_EXAMPLES = 20

# --------------------------------------------------------------------------------------------- of the bill as a whole

_Whole = Callable[[Bill, Matches | None], "Said | Verdict | None"]
_WHOLE: list[tuple[Element, _Whole]] = []


def _of_the_bill(
    name: str, title: str, *asked_by: Asker, only_if_known: tuple[Asker, ...] = ()
) -> Callable[[_Whole], _Whole]:
    def enter(function: _Whole) -> _Whole:
        _WHOLE.append((Element(name, title, frozenset(asked_by), frozenset(only_if_known)), function))
        return function

    return enter


NO_AUTHOR = Sentence(
    "The bill does not say which person or organisation made it.",
    next="Enter yourselves as its author: metadata.authors or manufacturer in CycloneDX, a Person or Organization in SPDX.",
)
NO_CONTACT = Sentence(
    "The bill names no email or web address of who made it.",
    next="Enter an email address of its author, or the web address of your organisation.",
)
NO_TIME = Sentence(
    "The bill does not say when it was made.",
    next="Have your tool write the time: metadata.timestamp in CycloneDX, created in SPDX.",
)
NO_PRODUCT = Sentence(
    "The bill does not say which product it is about.",
    next="Enter the product: metadata.component in CycloneDX, what the document describes in SPDX.",
)
NO_GRAPH = Sentence(
    "The bill says of no component what it depends on.",
    next="Make it with a tool that resolves dependencies, such as the one that builds the product.",
)
OLD_FORMAT = Sentence(
    "The bill is written in {format}; the BSI asks for CycloneDX 1.6 or SPDX 3.0.1, or later.",
    next="Write it again as CycloneDX 1.6: `asepsis sbom convert`.",
)
NO_FORMAT = Sentence(
    "{format} is no format for bills of materials.",
    next="Convert it to CycloneDX or SPDX: `asepsis sbom convert`.",
)
DEPARTS = Sentence(
    "The bill departs from the schema of {format}: {departures}.",
    next="Have the maker of the tool that wrote it mend this, or convert the bill.",
)
NO_SERIAL = Sentence(
    "The bill has no identifier of its own.",
    next="Have your tool write one: serialNumber in CycloneDX, documentNamespace in SPDX.",
)
NOT_LOOKED_UP = Sentence(
    "It is not known whether the components were laid against known vulnerabilities.",
    next="Lay the bill against the advisories: `asepsis scan`; the FDA wants each one assessed.",
)
NOT_ALL_LOOKED_UP = Sentence(
    "{count} components could not be laid against known vulnerabilities: {components}.",
    next="Give each a package URL or CPE, or watch it by its supplier.",
)


@_of_the_bill("author", "author of the bill", NTIA, FDA)
def _author(bill: Bill, matches: Matches | None) -> Said | None:
    return None if bill.fact.author else NO_AUTHOR.said()


@_of_the_bill("contact", "address of the bill's author", BSI)
def _contact(bill: Bill, matches: Matches | None) -> Said | None:
    return None if is_address(bill.contact) else NO_CONTACT.said()


@_of_the_bill("timestamp", "time of making", NTIA, BSI, FDA)
def _timestamp(bill: Bill, matches: Matches | None) -> Said | None:
    return None if bill.fact.made_at else NO_TIME.said()


@_of_the_bill("product", "product that the bill is about", NTIA, BSI, FDA)
def _product(bill: Bill, matches: Matches | None) -> Said | None:
    return None if bill.fact.product else NO_PRODUCT.said()


@_of_the_bill("format", "machine-readable format", NTIA, FDA)
def _format(bill: Bill, matches: Matches | None) -> Said | None:
    return None if _family(bill.fact.format) else NO_FORMAT.said(format=bill.fact.format)


@_of_the_bill("format_version", "version of the format", BSI)
def _format_version(bill: Bill, matches: Matches | None) -> Said | None:
    family = _family(bill.fact.format)
    if family is None:
        return NO_FORMAT.said(format=bill.fact.format)
    return None if family[1] >= _LEAST[family[0]] else OLD_FORMAT.said(format=bill.fact.format)


_FAMILY = re.compile(r"(CycloneDX|SPDX) (\d+(?:\.\d+)*)")
_LEAST = {"CycloneDX": (1, 6), "SPDX": (3, 0)}


def _family(format_: str) -> tuple[str, tuple[int, ...]] | None:
    found = _FAMILY.match(format_)
    return (found[1], tuple(map(int, found[2].split(".")))) if found else None


@_of_the_bill("schema", "follows its schema", BSI)
def _schema(bill: Bill, matches: Matches | None) -> Said | Verdict | None:
    match bill.fact.schema:
        case "departs":
            return DEPARTS.said(format=bill.fact.format, departures=bill.fact.departures[:3])
        case "unchecked":
            return Verdict.UNKNOWN
    return None


@_of_the_bill("serial", "identifier of the bill", BSI, only_if_known=(BSI,))
def _serial(bill: Bill, matches: Matches | None) -> Said | None:
    return None if bill.fact.serial else NO_SERIAL.said()


@_of_the_bill("graph", "dependencies", NTIA, BSI, FDA)
def _graph(bill: Bill, matches: Matches | None) -> Said | None:
    told = any(bill.tells) or any(depth != UNREACHED for depth in bill.depths)
    return None if told or not bill.fact.components else NO_GRAPH.said()


@_of_the_bill("vulnerabilities", "known vulnerabilities looked for", FDA)
def _vulnerabilities(bill: Bill, matches: Matches | None) -> Said | Verdict | None:
    if matches is None:
        return Verdict.UNKNOWN
    if left := matches.not_looked_up:
        return NOT_ALL_LOOKED_UP.said(count=len(left), components=left)
    return None


# -------------------------------------------------------------------------------------------------- of each component


@dataclass(frozen=True, slots=True)
class _Row:
    """A component with what stands around it."""

    component: Component
    detail: Detail
    is_product: bool = False
    is_placed: bool = True


_Each = Callable[[_Row], bool]
_EACH: list[tuple[Element, _Each, Sentence]] = []


def _of_each(
    name: str, title: str, sentence: Sentence, *asked_by: Asker, only_if_known: tuple[Asker, ...] = ()
) -> Callable[[_Each], _Each]:
    def enter(function: _Each) -> _Each:
        element = Element(name, title, frozenset(asked_by), frozenset(only_if_known))
        _EACH.append((element, function, sentence))
        return function

    return enter


def _lacks(what: str, next: str) -> Sentence:
    return Sentence(f"{{count}} of {{asked}} components {what}: {{components}}.", next=next)


@_of_each(
    "version",
    "version",
    _lacks(
        "have no version", "Enter the version that was built in; where there is none, the date of the file or its hash."
    ),
    NTIA,
    BSI,
    FDA,
)
def _version(row: _Row) -> bool:
    return row.component.version is not None


@_of_each(
    "supplier",
    "supplier",
    _lacks("name no supplier", "Enter who made it, by a rule over package URLs, or have your tool look it up."),
    NTIA,
    FDA,
)
def _supplier(row: _Row) -> bool:
    return row.component.supplier is not None or row.detail.contact is not None


@_of_each(
    "creator",
    "address of the component's maker",
    _lacks("have no email or web address of their maker", "Enter the address of the project or company."),
    BSI,
)
def _creator(row: _Row) -> bool:
    return is_address(row.detail.contact)


@_of_each(
    "identifier",
    "identifier that can be looked up",
    _lacks("have neither a package URL nor a CPE", "Enter a package URL, or the CPE where it is no package."),
    NTIA,
    BSI,
    FDA,
    only_if_known=(NTIA, BSI),
)
def _identifier(row: _Row) -> bool:
    return row.is_product or row.component.purl is not None or row.component.cpe is not None


@_of_each(
    "dependencies",
    "place among the dependencies",
    _lacks("are reached by no dependency", "Have your tool write the whole graph, from the product down."),
    NTIA,
    BSI,
    FDA,
)
def _placed(row: _Row) -> bool:
    return row.is_placed


@_of_each(
    "licence",
    "licence",
    _lacks("have no licence by an SPDX id or expression", "Enter the licence under which you use it."),
    BSI,
)
def _licence(row: _Row) -> bool:
    return bool(row.component.licences) and all(map(is_licence, row.component.licences))


@_of_each(
    "hash",
    "SHA-512 of the file",
    _lacks("have no SHA-512 of the file that is delivered", "Have the build write it; a weaker hash is not enough."),
    BSI,
)
def _hash(row: _Row) -> bool:
    hashes = row.detail.file_hashes or row.component.hashes
    return any(algorithm.upper().replace("-", "") == "SHA512" and content for algorithm, content in hashes)


@_of_each(
    "filename",
    "name of the file",
    _lacks("do not say as which file they are delivered", "Enter the name of the file, without its folder."),
    BSI,
)
def _filename(row: _Row) -> bool:
    return row.detail.filename is not None


def _trait(name: str, title: str) -> None:
    sentence = _lacks(
        f"do not say whether they are {title}", f"Have the build write the property bsi:component:{name}."
    )
    _of_each(name, f"says whether it is {title}", sentence, BSI)(lambda row: name in row.detail.kinds)


_trait("executable", "executable")
_trait("archive", "an archive")
_trait("structured", "an archive with its parts still told apart")


@_of_each(
    "source_url",
    "address of the source",
    _lacks("do not say where their source is", "Enter the address of the source where it is public."),
    BSI,
    only_if_known=(BSI,),
)
def _source_url(row: _Row) -> bool:
    return row.detail.source_url is not None


@_of_each(
    "source_hash",
    "hash of the source",
    _lacks("have no hash of their source", "Enter the hash of the source archive where there is one."),
    BSI,
    only_if_known=(BSI,),
)
def _source_hash(row: _Row) -> bool:
    return row.detail.source_hash is not None


@_of_each(
    "file_url",
    "address of the file",
    _lacks("do not say where their file can be fetched", "Enter the address of the file where it is public."),
    BSI,
    only_if_known=(BSI,),
)
def _file_url(row: _Row) -> bool:
    return row.detail.file_url is not None


@_of_each(
    "support",
    "level of support",
    _lacks(
        "do not say how their maker looks after them",
        "Enter it by a rule: actively maintained, no longer maintained or abandoned.",
    ),
    FDA,
)
def _support(row: _Row) -> bool:
    return row.is_product or row.component.support is not None


@_of_each(
    "end_of_support",
    "end of support",
    _lacks("have no end of support", "Enter the last day of support, or justify in the submission that none is known."),
    FDA,
)
def _end_of_support(row: _Row) -> bool:
    return row.is_product or row.component.end_of_support is not None


NAMELESS = Sentence(
    "{count} components have no name, so they were not taken.", next="Have your tool write a name for each component."
)
DANGLING = Sentence(
    "{count} dependencies lead to nothing that the bill lists: {references}.",
    next="Have your tool list what it refers to, or leave the reference out.",
)
_NAMES = Element("name", "name", frozenset(Asker))
_REFERENCES = Element("references", "dependencies lead to components", frozenset({BSI, NTIA, FDA}))

ELEMENTS: tuple[Element, ...] = (
    *(element for element, _ in _WHOLE),
    _NAMES,
    _REFERENCES,
    *(element for element, _, _ in _EACH),
)


def examine(bill: Bill, matches: Matches | None = None) -> Quality:
    """Return what a bill says to each element, its product among the components.

    `matches` is what came of laying it against known vulnerabilities; without it that is unknown.

    Source: NTIA, The Minimum Elements For an SBOM (2021); BSI TR-03183-2 v2.1.0, 5; FDA, Cybersecurity in Medical
    Devices: Quality System Considerations and Content of Premarket Submissions (2025), V.A.4 b.
    """
    rows = list(_rows(bill))
    return Quality(
        (
            *(_whole(element, function(bill, matches)) for element, function in _WHOLE),
            *_left(bill, len(rows)),
            *(_each(element, function, sentence, rows) for element, function, sentence in _EACH),
        )
    )


def _rows(bill: Bill) -> Iterator[_Row]:
    if bill.itself is not None:
        yield _Row(bill.itself, bill.itself_detail, is_product=True)
    for at, component in enumerate(bill.fact.components):
        yield _Row(component, bill.details.get(at, NO_DETAIL), is_placed=component.place != "unplaced")


def _whole(element: Element, found: Said | Verdict | None) -> Answer:
    if found is None:
        return Answer(element, Verdict.MET, 1)
    if isinstance(found, Verdict):
        said = NOT_LOOKED_UP.said() if element.name == "vulnerabilities" else None
        return Answer(element, found, 1, said=said)
    return Answer(element, Verdict.GAP, 1, 1, said=found)


def _each(element: Element, function: _Each, sentence: Sentence, rows: list[_Row]) -> Answer:
    lacking = [row.component.name for row in rows if not function(row)]
    if not lacking:
        return Answer(element, Verdict.MET, len(rows))
    said = sentence.said(count=len(lacking), asked=len(rows), components=tuple(lacking[:MOST_EXAMPLES]))
    return Answer(element, Verdict.GAP, len(rows), len(lacking), tuple(lacking[:MOST_EXAMPLES]), said)


def _left(bill: Bill, rows: int) -> Iterator[Answer]:
    """Yield what the reader could not take: components without names, and references that lead nowhere."""
    left = bill.receipt.not_taken
    nameless = sum(isinstance(why, Said) and why.sentence is NO_NAME for _, why in left)
    said = NAMELESS.said(count=nameless) if nameless else None
    yield Answer(_NAMES, Verdict.GAP if nameless else Verdict.MET, rows + nameless, nameless, said=said)
    dangling = tuple(what for what, why in left if isinstance(why, Said) and why.sentence is NO_TARGET)
    told = DANGLING.said(count=len(dangling), references=dangling[:MOST_EXAMPLES]) if dangling else None
    verdict = Verdict.GAP if dangling else Verdict.MET
    yield Answer(_REFERENCES, verdict, rows, len(dangling), dangling[:MOST_EXAMPLES], told)


_ADDRESS = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+\Z|https?://[^/\s]+\.[^\s]+\Z")
_OWN = re.compile(r"LicenseRef-[A-Za-z0-9.-]+\Z")


def is_address(text: str | None) -> bool:
    """Return whether a text is an email or web address."""
    return text is not None and _ADDRESS.match(text) is not None


def is_licence(text: str) -> bool:
    """Return whether a text is a licence by an SPDX id, an expression of these, or a reference to one of the bill's own."""
    return text in spdx_ids() or _OWN.match(text) is not None or is_expression(text)


def elements_of(askers: Iterable[Asker]) -> tuple[Element, ...]:
    """Return all that is asked by any of `askers`."""
    wanted = frozenset(askers)
    return tuple(element for element in ELEMENTS if element.asked_by & wanted)
