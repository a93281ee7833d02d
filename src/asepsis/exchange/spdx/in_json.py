"""SPDX 2 in JSON."""

from __future__ import annotations

from asepsis.exchange.bill import Bill, UnreadableBomError
from asepsis.exchange.departures import Departures, Schema
from asepsis.exchange.json_parts import Parts
from asepsis.exchange.recoded import in_utf8
from asepsis.exchange.source import Source, Tally
from asepsis.exchange.spdx.listing import Listing, version_of
from asepsis.record.collector import resting
from asepsis.sentences import Sentence

CHECKED = "SPDX-2.3"
UNCHECKED = Sentence("The document was read, and not checked against a schema: that is done for {version}.")


def read(source: Source) -> Bill:
    """Return the packages that an SPDX 2 document lists, in its order.

    The package that the document describes is the product and no component. A licence is what was concluded, else what
    is declared; a supplier the supplier, else the originator. Files are left out, which the receipt says. Version 2.3 is
    checked against its schema.

    Raises `UnreadableBomError` when it is no SPDX 2 document, and what `decode_json` raises.

    Source: SPDX 2.3 (ISO/IEC 5962:2021 is 2.2.1).
    """
    with resting():
        tally = Tally()
        document = in_utf8(source, tally)
        parts = Parts.of(document, ("packages", "files", "relationships", "snippets"))
        if parts is None:
            raise UnreadableBomError(source=source.name, reason="it holds no JSON object")
        version = version_of(source, parts.rest.get("spdxVersion"))
        schema = Departures(Schema("spdx", "spdx-schema-2.3.json")) if version == CHECKED else None
        if schema is None:
            tally.note(UNCHECKED.said(version=CHECKED))
        else:
            schema.look(parts.rest)
        listing, at = Listing(tally), dict.fromkeys(parts.long, 0)
        listing.own_licences(parts.rest.get("hasExtractedLicensingInfos"))
        takes = {
            "packages": listing.package,
            "files": listing.file,
            "snippets": listing.file,
            "relationships": listing.relationship,
        }
        for key, take in takes.items():
            for elements in parts.batches(key):
                decoded = [one.whole() if isinstance(one, Parts) else one for one in elements]
                if schema is not None:
                    schema.look_through(decoded, at[key], f"/{key}", f"/properties/{key}/items", may_repeat=True)
                at[key] += len(elements)
                for one in decoded:
                    take(one)
        return listing.bill(source, parts.rest, "JSON", None if schema is None else schema.found)
