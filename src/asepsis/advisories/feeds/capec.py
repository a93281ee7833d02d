"""MITRE's attack patterns: what a CAPEC is called, and which weaknesses it makes use of.

Source: github.com/mitre/cti, capec/2.1: a bundle of STIX 2.1. A copy may also hold a bundle on each line.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from asepsis.advisories.feeds.archive import lines, whole
from asepsis.advisories.feeds.feed import (
    Answer,
    Ask,
    Begun,
    Broken,
    Give,
    Outcome,
    Record,
    Source,
    Steps,
    instant,
    newest_of,
)

_LINES = (".jsonl", ".jsonl.gz", ".jsonl.xz")


class _Reference(msgspec.Struct):
    source_name: str = ""
    external_id: str = ""


class _Object(msgspec.Struct):
    type: str = ""
    name: str = ""
    modified: str = ""
    external_references: list[_Reference] = []
    x_capec_status: str = ""


class _Bundle(msgspec.Struct):
    objects: list[_Object]


_DECODER = msgspec.json.Decoder(_Bundle)


def steps(begun: Begun, give: Give) -> Steps:
    """Fetch the patterns where they changed."""
    answer = yield Ask(begun.url, conditional=True)
    if answer.is_same:
        return Outcome(is_same=True)
    found = [one for one in _patterns(answer) if one.type == "attack-pattern" and one.x_capec_status != "Deprecated"]
    records = [record for one in found if (record := _record(one)) is not None]
    if not records:
        raise Broken(answer.url, "holds no attack pattern")
    give(records)
    return Outcome(is_whole=True, newest=newest_of((instant(one.modified) for one in found), begun.now))


def _patterns(answer: Answer) -> Iterator[_Object]:
    url, stream = answer.url, answer.stream()
    try:
        for document in lines(url, stream) if url.endswith(_LINES) else (whole(url, stream),):
            yield from _DECODER.decode(document).objects
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as problem:
        raise Broken(url, f"is no bundle of attack patterns: {problem}") from problem


def _record(one: _Object) -> Record | None:
    """Return a pattern by the number that CAPEC gives to it, with the weaknesses that it makes use of."""
    own = next((each.external_id for each in one.external_references if each.source_name == "capec"), None)
    if own is None or not one.name:
        return None
    weaknesses = [each.external_id for each in one.external_references if each.source_name == "cwe"]
    return Record(own, msgspec.json.encode({"id": own, "name": one.name, "of": weaknesses}))


CAPEC = Source(
    "capec",
    "MITRE CAPEC",
    steps,
    url="https://raw.githubusercontent.com/mitre/cti/master/capec/2.1/stix-capec.json",
)
