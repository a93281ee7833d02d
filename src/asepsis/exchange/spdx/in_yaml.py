"""SPDX 2 in YAML."""

from __future__ import annotations

from asepsis.exchange.bill import Bill, UnreadableBomError
from asepsis.exchange.json_values import list_of
from asepsis.exchange.recoded import in_utf8
from asepsis.exchange.source import Source, Tally
from asepsis.exchange.spdx.in_json import CHECKED, UNCHECKED
from asepsis.exchange.spdx.listing import Listing, version_of
from asepsis.exchange.yaml_values import decode_yaml
from asepsis.record.collector import resting


def read(source: Source) -> Bill:
    """Return the packages that an SPDX 2 document lists, as `in_json.read` does; it is not checked against a schema.

    Raises `UnreadableBomError` when it is no SPDX 2 document, and what `decode_yaml` raises.
    """
    with resting():
        tally = Tally((UNCHECKED.said(version=f"{CHECKED} in JSON"),))
        document = decode_yaml(in_utf8(source, tally))
        if not isinstance(document, dict):
            raise UnreadableBomError(source=source.name, reason="it holds no mapping")
        version_of(source, document.get("spdxVersion"))
        listing = Listing(tally)
        listing.own_licences(document.get("hasExtractedLicensingInfos"))
        for key, take in (
            ("packages", listing.package),
            ("files", listing.file),
            ("snippets", listing.file),
            ("relationships", listing.relationship),
        ):
            for one in list_of(document.pop(key, None)):
                take(one)
        return listing.bill(source, document, "YAML")
