"""What a scanner found: the vulnerabilities of a CycloneDX document as matches, and the feeds that they were made from."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal
from urllib.parse import unquote

import msgspec

from asepsis.exchange.bill import UnreadableBomError
from asepsis.exchange.cyclonedx import Document, component_objects, departures_of, load, properties
from asepsis.exchange.facts import Component, Components, Digest, Feed, Feeds, Match, Matches
from asepsis.exchange.instants import written_instant
from asepsis.exchange.json_values import mapping_of, mappings_of, shown, text_of
from asepsis.exchange.purl import PurlError, parse
from asepsis.exchange.source import Reading, Source, Tally, UnreadableError, decode_json
from asepsis.record.collector import resting
from asepsis.sentences import Said, Sentence

Result = Literal["affected", "not-affected", "undetermined"]


class UnreadableFeedsError(UnreadableError):
    """A file does not say which feeds of advisories were used, and as of when."""

    code = "feeds-unreadable"
    sentence = Sentence(
        "{source} cannot be read as a list of feeds: {reason}.",
        next="Write it as {form}, one entry for each source of advisories, with the day and time it was fetched.",
    )
    FORM = '{"feeds": [{"name": "...", "as_of": "2026-01-31T04:00:00Z", "covers": ["npm"], "records": 12345}]}'

    def __init__(self, *, source: str, reason: str) -> None:
        super().__init__(source=source, reason=reason, form=self.FORM)


class NothingLookedForError(UnreadableBomError):
    """A document has no section of vulnerabilities, so its silence says nothing."""

    code = "matches-absent"
    sentence = Sentence(
        "{source} has no 'vulnerabilities', so it does not say that anything was looked for.",
        next="Export what the scanner found as CycloneDX with vulnerabilities; where it found none the list is empty.",
    )


NO_OFFSET = Sentence("'{text}' of the feed {feed} does not say its offset; it was taken as UTC.")
NO_ID = Sentence("it has no id")
REJECTED = Sentence("it was rejected by those who published it, on {text}")
NO_AFFECTS = Sentence("it names no component that it is about")
NO_COMPONENT = Sentence("it is about '{ref}', which is no component of the document or of the bill")
OTHER_BILL = Sentence("it is about '{ref}', which lies in another bill than this one")
THE_PRODUCT = Sentence("it is about the product as a whole, '{ref}', and not about a component")
OTHER_FORM = Sentence("The property {name} of {advisory} is '{text}', which is not of its form, and was left out.")
NO_DAY = Sentence("The property {name} of {advisory} is '{text}', which is no day, and was left out.")
DEPARTS = Sentence("The document departs from its schema: {departure}.")


# ------------------------------------------------------------------------------------------------------------- the feeds


class _Feed(msgspec.Struct, forbid_unknown_fields=True):
    name: str
    as_of: str
    covers: tuple[str, ...] = ()
    records: int = 0


class _Feeds(msgspec.Struct, forbid_unknown_fields=True):
    feeds: tuple[_Feed, ...]


def read_feeds(source: Source) -> Reading[Feeds]:
    """Return the feeds that a file names, as of the oldest of them.

    The file is JSON of this form:

        {"feeds": [{"name": "OSV", "as_of": "2026-01-31T04:00:00Z", "covers": ["npm", "PyPI"], "records": 12345}]}

    `as_of` is when the feed was fetched, `covers` the ecosystems that it speaks of, `records` how many advisories it
    holds; the last two can be left out. At least one feed has to be there, and each name once.

    Raises `UnreadableFeedsError`, and what `decode_json` raises.
    """
    decoded = decode_json(source)
    tally = Tally(decoded.notes)
    try:
        written = msgspec.convert(decoded.value, _Feeds).feeds
    except msgspec.ValidationError as problem:
        raise UnreadableFeedsError(source=source.name, reason=str(problem)) from problem
    if not written:
        raise UnreadableFeedsError(source=source.name, reason="it names no feed")
    if len({feed.name for feed in written}) < len(written):
        raise UnreadableFeedsError(source=source.name, reason="it names one feed twice")
    feeds = tuple(_feed(feed, source, tally) for feed in written)
    oldest = min(feeds, key=lambda feed: _sortable(feed.as_of)).as_of
    return Reading(Feeds(as_of=oldest, feeds=feeds), tally.receipt(source, "feeds", len(feeds)))


def _feed(written: _Feed, source: Source, tally: Tally) -> Feed:
    if not written.name.strip():
        raise UnreadableFeedsError(source=source.name, reason="a feed has no name")
    if written.records < 0:
        raise UnreadableFeedsError(source=source.name, reason=f"{written.name} has {written.records} records")
    try:
        as_of, has_offset = written_instant(written.as_of)
    except ValueError as problem:
        reason = f"'{written.as_of}', as of which {written.name} is, is no date and time"
        raise UnreadableFeedsError(source=source.name, reason=reason) from problem
    if not has_offset:
        tally.note(NO_OFFSET.said(text=written.as_of, feed=written.name))
    return Feed(name=written.name, as_of=as_of, covers=written.covers, records=written.records)


def _sortable(instant: str) -> str:
    return instant.removesuffix("Z")  # "...:07" stands before "...:07.5", though "Z" stands after "."


# ----------------------------------------------------------------------------------------------------------- the matches


def read_matches(
    source: Source, *, bill_digest: Digest, feeds_digest: Digest, components: Components | None = None
) -> Reading[Matches]:
    """Return the vulnerabilities that a CycloneDX document names, one match for each component that each is about.

    `components` is the bill that was laid against the feeds; without it the document's own components stand for it. A
    component is joined by its bom-ref, by a BOM-Link into the bill, or by its package URL, and named as the bill names
    it: by its package URL or, where it has none, its bom-ref. Whatever cannot be joined is in the receipt with the reason.

    The result is `affected` unless the document says otherwise: `not-affected` when its analysis says not affected,
    false positive or resolved with pedigree, or when it lists the component's very version as unaffected;
    `undetermined` when the analysis says resolved and nothing shows it, or is in triage and the version is not listed, or
    listed as unknown. `fixed` are versions from "Upgrade ... to version ...", from the open end of an unaffected range
    and from the upper bound of an affected one. `severity` is the newest CVSS vector there is. `kev`, `first_seen`,
    `epss`, `ssvc` and `advisory_digest` come from the properties `asepsis:kev`, `asepsis:first_seen`, `asepsis:epss`,
    `asepsis:ssvc` and `asepsis:advisory`.

    Raises `NothingLookedForError` when there is no list of vulnerabilities, and what `cyclonedx.load` raises.

    Source: CycloneDX 1.4 to 1.7 (ECMA-424), vulnerabilities.
    """
    with resting():
        document = load(source)
        if not isinstance(document.rest.get("vulnerabilities"), list):
            raise NothingLookedForError(source=source.name)
        tally = Tally()
        for departure in departures_of(document):
            tally.note(DEPARTS.said(departure=departure))
        targets = _Targets.of(document, components)
        matches: dict[Match, None] = {}
        for written in document.rest["vulnerabilities"]:
            matches.update(dict.fromkeys(_matches(written, targets, tally)))
        fact = Matches(
            bill=bill_digest,
            feeds=feeds_digest,
            matches=tuple(matches),
            looked_up=targets.looked_up,
            not_looked_up=targets.not_looked_up,
        )
        return Reading(fact, tally.receipt(source, "matches", len(matches)))


@dataclass(frozen=True, slots=True)
class _Target:
    """A component that a vulnerability can be about: how a match names it, and what it is called there."""

    key: str
    name: str
    version: str | None


@dataclass(frozen=True, slots=True)
class _Targets:
    """The components that matches can name: by bom-ref of the document, of the bill, and by package URL."""

    own: dict[str, _Target]
    bill: dict[str, _Target]
    by_purl: dict[str, _Target]
    products: frozenset[str]
    serial: str | None
    is_bill_given: bool
    looked_up: int
    not_looked_up: tuple[str, ...]

    @classmethod
    def of(cls, document: Document, components: Components | None) -> _Targets:
        written = list(component_objects(document))
        own = {ref: target for one in written if (ref := text_of(one.get("bom-ref"))) and (target := _written(one))}
        if components is None:
            listed = [target for one in written if (target := _written(one))]
            serial = text_of(document.rest.get("serialNumber"))
            of_bill = own
        else:
            listed = [_listed(one) for one in components.components]
            serial = components.serial
            of_bill = {one.ref: _listed(one) for one in components.components if one.ref}
        root = mapping_of(mapping_of(document.rest.get("metadata")).get("component"))
        names = (text_of(root.get("bom-ref")), text_of(root.get("purl")))
        return cls(
            own=own,
            bill=of_bill,
            by_purl={_canonical(target.key): target for target in listed if _is_purl(target.key)},
            products=frozenset(filter(None, names)),
            serial=serial,
            is_bill_given=components is not None,
            looked_up=sum(_is_purl(target.key) for target in listed),
            not_looked_up=tuple(target.key for target in listed if not _is_purl(target.key)),
        )

    def find(self, ref: str) -> _Target | Said:
        """Return the component that `ref` names, or why there is none."""
        if link := _LINK.match(ref):
            if self.serial is None or link["serial"].lower() != self.serial.lower().removeprefix("urn:uuid:"):
                return OTHER_BILL.said(ref=ref)
            return self.bill.get(unquote(link["ref"])) or NO_COMPONENT.said(ref=ref)
        if ref in self.products:
            return THE_PRODUCT.said(ref=ref)
        return self._found(ref) or NO_COMPONENT.said(ref=ref)

    def _found(self, ref: str) -> _Target | None:
        """Return the component of the bill; what a reference means is first of all what the document itself says."""
        own = self.own.get(ref)
        if own is None:
            return self.bill.get(ref) or self.by_purl.get(_canonical(ref))
        if not self.is_bill_given:
            return own
        if _is_purl(own.key):
            return self.by_purl.get(_canonical(own.key))
        namesake = self.bill.get(own.key)
        return namesake if namesake and (namesake.name, namesake.version) == (own.name, own.version) else None


_LINK = re.compile(r"urn:cdx:(?P<serial>[0-9A-Fa-f-]{36})/[0-9]+#(?P<ref>.+)\Z", re.DOTALL)


def _written(component: dict[str, Any]) -> _Target | None:
    name = "/".join(filter(None, (text_of(component.get("group")), text_of(component.get("name")))))
    purl = text_of(component.get("purl"))
    key = purl if purl and _is_purl(purl) else text_of(component.get("bom-ref")) or name
    return _Target(key, name, text_of(component.get("version"))) if key and name else None


def _listed(component: Component) -> _Target:
    return _Target(component.purl or component.ref or component.name, component.name, component.version)


def _canonical(text: str) -> str:
    """Return a package URL as all who name that package write it; one that does not read as such stays as it is."""
    try:
        return str(parse(text))
    except PurlError:
        return text


def _is_purl(text: str) -> bool:
    return text[:4].lower() == "pkg:"


def _matches(written: Any, targets: _Targets, tally: Tally) -> Iterator[Match]:
    """Yield the matches of one vulnerability, and leave with `tally` what makes none."""
    written = mapping_of(written)
    advisory = text_of(written.get("id"), tally)
    if advisory is None:
        tally.leave(text_of(written.get("bom-ref")) or shown(written.get("id")), NO_ID.said())
        return
    if rejected := text_of(written.get("rejected")):
        tally.leave(advisory, REJECTED.said(text=rejected))
        return
    affects = [(ref, one) for one in mappings_of(written.get("affects")) if (ref := text_of(one.get("ref")))]
    if not affects:
        tally.leave(advisory, NO_AFFECTS.said())
    for ref, one in affects:
        target = targets.find(ref)
        if isinstance(target, Said):
            tally.leave(advisory, target)
            continue
        versions = list(mappings_of(one.get("versions")))
        yield Match(
            advisory=advisory,
            component=target.key,
            result=_result(written, versions, target),
            aliases=_aliases(written, advisory),
            fixed=tuple(dict.fromkeys((*_recommended(written, target), *_beyond(versions)))),
            severity=_vector(written),
            first_seen=_day(written, "asepsis:first_seen", advisory, tally),
            kev=_day(written, "asepsis:kev", advisory, tally),
            source=text_of(mapping_of(written.get("source")).get("name"), tally),
            epss=_told(written, "asepsis:epss", _CHANCE, advisory, tally),
            ssvc=_told(written, "asepsis:ssvc", _SSVC, advisory, tally),
            advisory_digest=_told(written, "asepsis:advisory", _DIGEST, advisory, tally),
        )


_STATES: dict[str, Result] = {
    "not_affected": "not-affected",
    "false_positive": "not-affected",
    "resolved_with_pedigree": "not-affected",
    "resolved": "undetermined",
    "exploitable": "affected",
}
_STATUSES: dict[str, Result] = {"unaffected": "not-affected", "unknown": "undetermined"}


def _result(written: dict[str, Any], versions: list[dict[str, Any]], target: _Target) -> Result:
    state = text_of(mapping_of(written.get("analysis")).get("state"))
    if state not in (None, "in_triage"):
        return _STATES.get(str(state), "undetermined")
    for one in versions:
        if target.version is not None and one.get("version") == target.version:
            return _STATUSES.get(str(one.get("status")), "affected")
    return "affected" if state is None else "undetermined"


def _aliases(written: dict[str, Any], advisory: str) -> tuple[str, ...]:
    told = (text_of(one.get("id")) for one in mappings_of(written.get("references")))
    return tuple(dict.fromkeys(alias for alias in told if alias and alias != advisory))


# ----------------------------------------------------------------------------------------------- versions, vectors, days

_UPGRADE = re.compile(r"Upgrade (?P<name>\S+) to version (?P<versions>[^;\n]+)")


def _recommended(written: dict[str, Any], target: _Target) -> Iterator[str]:
    """Yield the versions of "Upgrade NAME to version A, B; ..." for this component, or for the only one named."""
    upgrades = list(_UPGRADE.finditer(text_of(written.get("recommendation")) or ""))
    for upgrade in upgrades:
        if len(upgrades) == 1 or _last_name(upgrade["name"]) == _last_name(target.name):
            yield from filter(None, (version.strip(" .") for version in upgrade["versions"].split(",")))


def _last_name(name: str) -> str:
    return re.split("[:/]", name)[-1].lower()


def _beyond(versions: list[dict[str, Any]]) -> Iterator[str]:
    """Yield the versions from which ranges say that all is well.

    An unaffected range counts only where it is open above: ">=1.0|<=2.3" lies below what is affected as often as not.
    """
    for one in versions:
        _, _, constraints = (text_of(one.get("range")) or "").removeprefix("vers:").partition("/")
        bounds = [bound.strip() for bound in constraints.split("|")]
        match one.get("status", "affected"):
            case "unaffected" if bounds[-1].startswith(">="):
                yield unquote(bounds[-1][2:])
            case "affected":
                yield from (unquote(bound[1:]) for bound in bounds if re.match("<[^=]", bound))


_PREFIXES = {"CVSSv4": "CVSS:4.0/", "CVSSv31": "CVSS:3.1/", "CVSSv3": "CVSS:3.0/", "CVSSv2": ""}


def _vector(written: dict[str, Any]) -> str | None:
    """Return the vector of the newest CVSS version that the ratings give, else any vector, else `None`."""
    ratings = [(str(one.get("method")), text_of(one.get("vector"))) for one in mappings_of(written.get("ratings"))]
    vectors = [(method, vector) for method, vector in ratings if vector]
    for wanted, prefix in _PREFIXES.items():
        for method, vector in vectors:
            if method == wanted:
                return vector if vector.startswith("CVSS:") else prefix + vector
    return vectors[0][1] if vectors else None


def _day(written: dict[str, Any], name: str, advisory: str, tally: Tally) -> str | None:
    for text in properties(written, name):
        try:
            return date.fromisoformat(text).isoformat()
        except ValueError:
            tally.note(NO_DAY.said(name=name, advisory=advisory, text=text))
    return None


_CHANCE = re.compile(r"(0(\.[0-9]{1,20})?|1(\.0{1,20})?)\Z")
_SSVC = re.compile(r"(exploitation|automatable|impact)=[a-z]{1,20}( (automatable|impact)=[a-z]{1,20}){0,2}\Z")
_DIGEST = re.compile(r"[0-9a-f]{64}\Z")


def _told(written: dict[str, Any], name: str, form: re.Pattern[str], advisory: str, tally: Tally) -> str | None:
    for text in properties(written, name):
        if form.match(text):
            return text
        tally.note(OTHER_FORM.said(name=name, advisory=advisory, text=text[:80]))
    return None
